package credit

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tongban/tongban/internal/pack"
	"github.com/tongban/tongban/workday"
)

var (
	withIndex = pack.Options{Parts: []pack.Part{Part()}}
	pack35    = os.DirFS("../../../packs/35-yulin-credit")
)

// standard35 is the index of practice 35.
func standard35(t testing.TB) *Standard {
	t.Helper()
	p, problems := withIndex.Check(pack35)
	for _, problem := range problems {
		t.Error(problem)
	}
	if p == nil {
		t.FailNow()
	}
	s, err := standardOf(p)
	must(t, err)
	return s
}

var today = workday.NewDate(2026, 11, 27)

// record draws any record that a list could bring.
func record(i int) *rapid.Generator[Record] {
	return rapid.Custom(func(t *rapid.T) Record {
		k := KindOf(rapid.SampledFrom(KindNames()).Draw(t, "kind"))
		r := Record{Ref: Ref{"market", fmt.Sprint(i)}, Kind: k, Result: ResultOf(k, rapid.SampledFrom(ResultNames(k)).Draw(t, "result")), Title: "事项",
			Day: today - workday.Date(rapid.IntRange(0, 2000).Draw(t, "ago")), Field: rapid.SampledFrom([]string{"", "energy", "food-drug"}).Draw(t, "field")}
		if rapid.Bool().Draw(t, "ends") {
			r.Until = r.Day + workday.Date(rapid.IntRange(0, 2000).Draw(t, "until"))
		}
		r.Withdrawn = rapid.IntRange(0, 9).Draw(t, "withdrawn") == 0
		r.Mark = Mark(max(0, rapid.IntRange(-6, 2).Draw(t, "mark")))
		return r
	})
}

func drawn(t *rapid.T) (*Subject, []Record) {
	sub := &Subject{Party: code(1), Fields: []string{"energy", "food-drug"}}
	if rapid.Bool().Draw(t, "age known") {
		sub.Since = today - workday.Date(rapid.IntRange(0, 4000).Draw(t, "age"))
	}
	var list []Record
	for i := range rapid.IntRange(0, 12).Draw(t, "records") {
		list = append(list, record(i).Draw(t, "record"))
	}
	return sub, list
}

func equal(a, b Standing) bool {
	return a.Points == b.Points && a.Tier == b.Tier && a.Next == b.Next && slices.Equal(a.Fields, b.Fields)
}

func TestProperties_of_tiers(t *testing.T) {
	t.Parallel()
	s := standard35(t)
	rapid.Check(t, func(t *rapid.T) {
		sub, list := drawn(t)
		got := s.Assess(sub, list, today)

		// The order of records does not matter.
		other := slices.Clone(list)
		rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "shuffle"), 1)).Shuffle(len(other), func(i, j int) { other[i], other[j] = other[j], other[i] })
		if again := s.Assess(sub, other, today); !equal(got, again) {
			t.Fatalf("in another order %+v, was %+v", again, got)
		}

		// A further bad record never raises, and taking one away never lowers.
		bad := record(99).Filter(func(r Record) bool { return s.bad(&r) }).Draw(t, "bad")
		if worse := s.Assess(sub, append(slices.Clone(list), bad), today); worse.Points > got.Points || worse.Tier < got.Tier {
			t.Fatalf("%+v raises from %+v to %+v", bad, got, worse)
		}

		// What is explained is what is computed: the lines add up, and every record that counts is one of the party's.
		e := s.Explain(sub, list, today)
		sum := s.General.Start * millionth
		for _, l := range e.Lines {
			if l.Field == "" {
				sum += l.Points
			}
		}
		if !equal(e.Standing, got) || sum != got.Points {
			t.Fatalf("explained %+v with the sum %d, computed %+v", e.Standing, sum, got)
		}

		// Nothing changes by itself before the day that is named.
		if got.Next != 0 {
			if got.Next <= today {
				t.Fatalf("next is %v", got.Next)
			}
			day := today + workday.Date(rapid.IntRange(0, int(got.Next-today)-1).Draw(t, "before"))
			if then := s.Assess(sub, list, day); then.Points != got.Points || then.Tier != got.Tier {
				t.Fatalf("on %v already %+v, was %+v until %v", day, then, got, got.Next)
			}
		} else if then := s.Assess(sub, list, today+workday.Date(rapid.IntRange(1, 20000).Draw(t, "after"))); then.Points != got.Points {
			t.Fatalf("never, but later %+v, was %+v", then, got)
		}

		// Whatever is said to raise it, by itself, does not lower it, and comes true.
		for _, b := range s.Raise(sub, list, &e) {
			if b.Tier > got.Tier {
				t.Fatalf("%+v lowers %+v", b, got)
			}
			if b.How == ByTime && s.Assess(sub, list, b.Day).Tier != b.Tier {
				t.Fatalf("%+v does not come true", b)
			}
		}
	})
}

// bad reports whether a record fulfils no duty and counts below zero wherever it counts.
func (s *Standard) bad(r *Record) bool {
	counts := false
	for _, x := range append([]*Index{s.General}, s.Special["energy"], s.Special["food-drug"]) {
		for i := range x.Indicators {
			if in := &x.Indicators[i]; KindOf(in.Record) == r.Kind && slices.Contains(in.Results, r.Result.Name(r.Kind)) {
				if in.Points > 0 || in.Missing != nil {
					return false
				}
				counts = true
			}
		}
	}
	return counts
}

func TestTiers_by_example(t *testing.T) {
	t.Parallel()
	s := standard35(t)
	day := func(y, m, d int) workday.Date { return workday.NewDate(y, time.Month(m), d) }
	old := day(2015, 1, 1)
	report := Record{Ref: Ref{"market", "r"}, Kind: Report, Result: ResultOf(Report, "on-time"), Day: day(2026, 6, 1)}
	penalty := func(id, result string, on workday.Date) Record {
		return Record{Ref: Ref{"market", id}, Kind: Penalty, Result: ResultOf(Penalty, result), Day: on, Field: "energy"}
	}
	for name, c := range map[string]struct {
		since   workday.Date
		records []Record
		points  string
		tiers   string // general, energy
		next    workday.Date
	}{
		"nothing is known of it":               {0, nil, "1000.00", "A A", 0},
		"it should have reported":              {old, nil, "940.00", "B B", 0},
		"it is too young to have reported":     {day(2026, 1, 31), nil, "1000.00", "A A", day(2027, 7, 31)},
		"it has reported":                      {old, []Record{report}, "1000.00", "A A", day(2027, 12, 1)},
		"one penalty":                          {0, []Record{penalty("1", "ordinary", day(2026, 8, 31))}, "920.00", "B B", day(2027, 8, 31)},
		"one penalty a year ago to the day":    {0, []Record{penalty("1", "ordinary", day(2025, 11, 27))}, "960.00", "A B", day(2027, 11, 27)},
		"one penalty a year ago less a day":    {0, []Record{penalty("1", "ordinary", day(2025, 11, 28))}, "920.00", "B B", day(2026, 11, 28)},
		"six penalties, of which four count":   {0, []Record{penalty("1", "ordinary", today), penalty("2", "ordinary", today), penalty("3", "ordinary", today), penalty("4", "ordinary", today), penalty("5", "ordinary", today), penalty("6", "ordinary", today)}, "680.00", "C D", day(2027, 11, 27)},
		"a grave penalty leaves no better one": {0, []Record{penalty("1", "grave", today)}, "800.00", "C C", day(2027, 11, 27)},
		"a list without end":                   {0, []Record{{Ref: Ref{"market", "s"}, Kind: Serious, Result: ResultOf(Serious, "listed"), Day: day(2020, 1, 1)}}, "600.00", "D D", 0},
		"a list that has ended":                {0, []Record{{Ref: Ref{"market", "s"}, Kind: Serious, Result: ResultOf(Serious, "listed"), Day: day(2020, 1, 1), Until: day(2026, 11, 26)}}, "1000.00", "A A", 0},
		"a list on its last day":               {0, []Record{{Ref: Ref{"market", "s"}, Kind: Serious, Result: ResultOf(Serious, "listed"), Day: day(2020, 1, 1), Until: today}}, "600.00", "D D", today + 1},
		"it was repaired":                      {0, []Record{{Ref: Ref{"market", "s"}, Kind: Serious, Result: ResultOf(Serious, "listed"), Day: day(2020, 1, 1), Mark: Repaired}}, "1000.00", "A A", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := s.Assess(&Subject{Since: c.since, Fields: []string{"energy"}}, c.records, today)
			tiers := string(got.Tier) + " " + string(got.Fields[0].Tier)
			if points(got.Points) != c.points || tiers != c.tiers || got.Next != c.next {
				t.Errorf("%s points, %s, next %v", points(got.Points), tiers, got.Next)
			}
		})
	}
}

func TestNumbers_of_results_tell_the_kind(t *testing.T) {
	t.Parallel()
	for _, kind := range KindNames() {
		for _, result := range ResultNames(KindOf(kind)) {
			if r := ResultOf(KindOf(kind), result); r.kind() != KindOf(kind) || r > 127 {
				t.Errorf("%s %s has the number %d", kind, result, r)
			}
		}
	}
}

func TestMonths_are_those_of_the_calendar(t *testing.T) {
	t.Parallel()
	for from, want := range map[string]string{"2024-01-31": "2024-02-29", "2025-01-31": "2025-02-28", "2025-12-31": "2026-01-31", "2026-08-31": "2026-09-30", "2026-02-28": "2026-03-28"} {
		d, err := workday.ParseDate(from)
		must(t, err)
		if got := afterMonths(d, 1).String(); got != want {
			t.Errorf("a month after %s is %s, want %s", from, got, want)
		}
	}
}

// Each way in which an index can be wrong is found, with its line.
func TestBroken_indexes_are_refused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ file, from, to, want string }{
		"cut-offs that rise":            {"general", "cuts: {A: 950, B: 850", "cuts: {A: 800, B: 850", "credit.cuts"},
		"a start below B":               {"general", "start: 1000", "start: 800", "credit.start"},
		"a field twice":                 {"general", "id: transport,", "id: energy,", "credit.field"},
		"an indicator twice":            {"general", "id: penalty-light", "id: penalty-grave", "credit.indicator"},
		"a result that is none":         {"general", "results: [light]", "results: [gentle]", "credit.result"},
		"a result twice":                {"general", "results: [light]", "results: [light, light]", "credit.result"},
		"a record that counts more":     {"general", "{months: 24, share: 500}]\n    repair", "{months: 24, share: 1000}]\n    repair", "credit.fade"},
		"no time at all":                {"general", "    stands: true\n    floor: D\n", "    floor: D\n", "credit.fade"},
		"a most of the other sign":      {"general", "most: -100", "most: 100", "credit.most"},
		"a most below one record":       {"general", "most: -100", "most: -10", "credit.most"},
		"nothing changes":               {"general", "points: -20\n", "points: 0\n", "credit.points"},
		"points with a floor":           {"general", "points: -400", "points: 400", "credit.floor"},
		"points with a repair":          {"general", "points: -80", "points: 80", "credit.repair"},
		"a gain by not reporting":       {"general", "missing: {points: -60", "missing: {points: 60", "credit.missing"},
		"a bad record better than none": {"general", "results: [on-time, late]\n    points: 0", "results: [on-time, late]\n    points: -10", "credit.missing"},
		"a part of a point":             {"general", "points: -20\n", "points: -20.5\n", "schema"},
		"an unknown key":                {"general", "start: 1000", "begin: 1000", "schema"},
		"an id that is not its file's":  {"energy", "id: energy\n", "id: power\n", "file.name"},
		"a field that is none":          {"energy", "field: energy", "field: power", "credit.field"},
		"a second index of a field":     {"energy", "field: energy", "field: transport", "credit.field"},
		"a second general index":        {"energy", "field: energy\n", "", "credit.general"},
		"a general word in a field's":   {"energy", "field: energy\n", "field: energy\nstart: 10\n", "credit.general"},
		"an area too few":               {"joint", "promised: 67", "promised: 68", "credit.promised"},
		"a law without a title":         {"energy", "law: 《国家", "law: 国家", "basis"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			must(t, os.CopyFS(dir, pack35))
			path := filepath.Join(dir, "credit", c.file+".yaml")
			text, err := os.ReadFile(path)
			must(t, err)
			if !strings.Contains(string(text), c.from) {
				t.Fatalf("%q is not in the file", c.from)
			}
			must(t, os.WriteFile(path, []byte(strings.Replace(string(text), c.from, c.to, 1)), 0o600))
			_, problems := withIndex.Check(os.DirFS(dir))
			if !slices.ContainsFunc(problems, func(p pack.Problem) bool {
				return strings.HasPrefix(p.Code, c.want) && strings.HasPrefix(p.File, "credit/") && p.Line > 0
			}) {
				t.Errorf("%v", problems)
			}
		})
	}
	if _, problems := pack.Check(pack35); len(problems) == 0 || problems[0].Code != "file.unknown" {
		t.Errorf("a program without the module: %v", problems)
	}
}
