package workday

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestExplanationTexts(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, start, limit string
		stops              []Span
	}{
		{"five_working_days_over_spring_festival", "2026-02-13 09:30", "5 workday", nil},
		{"window_promise", "2026-02-13 19:30", "2 workday closing window", nil},
		{"days_stopped_and_rolled", "2026-09-11 09:30", "12 day", []Span{stop("2026-09-21 10:00", "2026-09-23 11:00")}},
		{"stopped_on_the_last_day", "2026-09-18 15:30", "2 workday", []Span{stop("2026-09-21 10:00", "2026-09-23 11:00")}},
		{"months_stopped", "2026-06-25 09:30", "3 month", []Span{stop("2026-09-21 10:00", "2026-09-23 11:00")}},
		{"month_end", "2026-01-31 09:30", "1 month", nil},
		{"working_hours", "2026-09-18 15:30", "12 workhour", []Span{stop("2026-09-20 10:00", "2026-09-20 11:00")}},
		{"before_a_meeting", "2026-09-28 15:30", "-15 day", nil},
		{"still_stopped", "2026-09-18 15:30", "5 workday", []Span{stop("2026-09-21 10:00", "")}},
		{"provisional", "2026-12-30 15:30", "3 workday", nil},
		{"on_the_spot", "2026-11-23 15:30", "0 workday closing", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			l, err := ParseLimit(test.limit)
			if err != nil {
				t.Fatal(err)
			}
			e := National().Explain(at(test.start), l, test.stops...)
			got := e.Text(Chinese) + "\n" + e.Text(English)
			golden := filepath.Join("testdata", "explain", test.name+".txt")
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

// TestExplanationAddsUp counts the lines of an explanation again, and arrives where Due does.
func TestExplanationAddsUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l, start, stops := drawLimit(t, allUnits...), drawTime(t, "start", 200), drawStops(t)
		if rapid.Bool().Draw(t, "open") {
			stops = append(stops, Span{From: drawTime(t, "openFrom", 300)})
		}
		e := National().Explain(start, l, stops...)
		due := National().Due(start, l, stops...)
		if e.Due != due {
			t.Fatalf("explains %v, but Due is %v", e.Due, due)
		}
		units, minutes, counted := 0, 0, 0
		for i, n := range e.Days {
			last := n.Date
			if !n.To.IsZero() {
				last = n.To
			}
			if next := i + 1; next < len(e.Days) && e.Days[next].Date != last+1 && n.Why != WhyWindow {
				t.Fatalf("%v: the line after %v is %v", l, last, e.Days[next].Date)
			}
			if last < n.Date || n.Last != (i == len(e.Days)-1 && !due.Open) {
				t.Fatalf("%v: line %+v is wrong", l, n)
			}
			if n.Counted && n.To.IsZero() {
				counted++
			}
			if (l.Unit == WorkDay || l.Unit == Day) && n.Counted && n.N != counted {
				t.Fatalf("%v: line %+v is the %dth that counts", l, n, counted)
			}
			units, minutes = max(units, n.N), minutes+n.Minutes
		}
		if due.Open {
			if e.Days[len(e.Days)-1].Why != WhyOpen {
				t.Fatalf("%v: the last line is %+v", l, e.Days[len(e.Days)-1])
			}
			return
		}
		if l.Unit == Hour || l.Unit == WorkHour {
			units = minutes / 60
		}
		if units != l.N || e.Days[len(e.Days)-1].Date != due.Date {
			t.Fatalf("%v from %v with %v: %d units until %v in %+v", l, start, stops, units, due.Date, e.Days)
		}
	})
}

func TestBackwardExplanationAddsUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l, event := drawLimit(t, allUnits...), drawTime(t, "event", 300)
		l.Backward = true
		e := National().Explain(event, l)
		units, minutes := 0, 0
		for _, n := range e.Days {
			units, minutes = max(units, n.N), minutes+n.Minutes
		}
		if l.Unit == Hour || l.Unit == WorkHour {
			units = minutes / 60
		}
		if units != l.N || e.Days[len(e.Days)-1].Date != e.Due.Date {
			t.Fatalf("%v before %v: %d units back to %v in %+v", l, event, units, e.Due.Date, e.Days)
		}
	})
}

func TestLongExplanationsAreShortened(t *testing.T) {
	t.Parallel()
	e := National().Explain(at("2018-01-01 09:00"), Limit{N: 2000})
	if len(e.Days) != maxLines || e.Omitted == 0 || e.Days[maxLines-1].N != 2000 || e.Days[0].Why != WhyEvent {
		t.Errorf("%d lines, %d left out, the last is %+v", len(e.Days), e.Omitted, e.Days[len(e.Days)-1])
	}
	if last, first := e.Days[maxLines-1].Date, e.Days[0].Date; int(last-first)+1 != maxLines+e.Omitted {
		t.Errorf("%d days are %d lines and %d left out", last-first+1, maxLines, e.Omitted)
	}
	if !strings.Contains(e.Text(English), "lines left out") {
		t.Error("the text does not say that lines are left out")
	}
}

func TestExplanationInJSON(t *testing.T) {
	t.Parallel()
	b, err := json.Marshal(National().Explain(at("2026-02-13 09:30"), Limit{N: 1}))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"start":"2026-02-13T09:30:00+08:00","begin":"2026-02-13T09:30:00+08:00","limit":"1 workday","due":{"at":"2026-02-14T16:00:00Z","date":"2026-02-14"},` +
		`"days":[{"date":"2026-02-13","kind":"working","why":"event","counted":false},` +
		`{"date":"2026-02-14","kind":"makeup","festival":"春节","why":"counted","counted":true,"n":1,"last":true}],` +
		`"calendar":"` + National().ID() + `","hours":"09:00-12:00, 13:30-17:00"}`
	if string(b) != want {
		t.Errorf("got  %s\nwant %s", b, want)
	}
	var again Explanation
	if err := json.Unmarshal(b, &again); err != nil || again.Text(Chinese) != National().Explain(at("2026-02-13 09:30"), Limit{N: 1}).Text(Chinese) {
		t.Errorf("it does not come back from JSON: %v\n%s", err, again.Text(Chinese))
	}
	var k Kind
	if err := k.UnmarshalText([]byte("holy")); err == nil {
		t.Errorf("a kind that is none is read as %v", k)
	}
}

// TestEveryReasonHasWords reads the reasons from the source, so that a new one cannot be forgotten.
func TestEveryReasonHasWords(t *testing.T) {
	t.Parallel()
	src, err := os.ReadFile("explain.go")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`Why += "([a-z_]+)"`).FindAllSubmatch(src, -1)
	if len(found) != len(reasons) {
		t.Errorf("%d reasons in the source, %d with words", len(found), len(reasons))
	}
	for _, m := range found {
		w := Why(m[1])
		if w.Text(Chinese) == "" || w.Text(English) == "" || (w.Law(Chinese) == "") != (w.Law(English) == "") {
			t.Errorf("reason %s: %q, %q, %q, %q", w, w.Text(Chinese), w.Text(English), w.Law(Chinese), w.Law(English))
		}
	}
	for u := range unitNames {
		if Unit(u).Text(2, Chinese) == "2 " || Unit(u).Text(2, English) == "2 " {
			t.Errorf("unit %v has no words", Unit(u))
		}
	}
}
