package credit

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tongban/tongban/workday"
)

func d(y, m, day int) workday.Date { return workday.NewDate(y, time.Month(m), day) }

// applied are the ids of the measures of records on a day, with their last days.
func applied(j *Joint, day workday.Date, records ...Record) string {
	var out []string
	for _, a := range j.Apply(records, day) {
		out = append(out, fmt.Sprintf("%s since %v until %v because of %d", a.ID, a.Since, a.Until, len(a.Because)))
	}
	return strings.Join(out, "; ")
}

// A measure is there from the day of its record until its ground ends, and nobody has to end it.
func TestMeasures_end_with_their_ground(t *testing.T) {
	t.Parallel()
	j := &Joint{Measures: []Measure{
		{ID: "wages", Kind: Punishment, Ground: Ground{Record: "serious", Results: []string{"listed"}, Field: "labour", Stands: true}},
		{ID: "supply", Kind: Punishment, Ground: Ground{Record: "penalty", Results: []string{"grave"}, Months: 36}},
		{ID: "court", Kind: Punishment, Ground: Ground{Record: "serious", Results: []string{"listed"}, Sources: []string{"court"}, Stands: true}},
		{ID: "green", Kind: Incentive, Ground: Ground{Record: "promise", Results: []string{"kept"}, Months: 12},
			Without: []Ground{{Record: "penalty", Results: []string{"grave"}, Months: 36}}},
	}}
	listed := Record{Ref: Ref{"labour", "1"}, Kind: Serious, Result: ResultOf(Serious, "listed"), Day: d(2026, 1, 5), Until: d(2026, 6, 30), Field: "labour"}
	open := listed
	open.Ref, open.Day, open.Until = Ref{"court", "2"}, d(2026, 3, 1), 0
	grave := Record{Ref: Ref{"market", "3"}, Kind: Penalty, Result: ResultOf(Penalty, "grave"), Day: d(2024, 2, 29)}
	kept := Record{Ref: Ref{"market", "4"}, Kind: Promise, Result: ResultOf(Promise, "kept"), Day: d(2026, 2, 1)}
	repaired, withdrawn := grave, listed
	repaired.Mark, withdrawn.Withdrawn = Repaired, true
	for name, c := range map[string]struct {
		day  workday.Date
		of   []Record
		want string
	}{
		"before its day":            {d(2026, 1, 4), []Record{listed}, ""},
		"on its day":                {d(2026, 1, 5), []Record{listed}, "wages since 2026-01-05 until 2026-06-30 because of 1"},
		"on its last day":           {d(2026, 6, 30), []Record{listed}, "wages since 2026-01-05 until 2026-06-30 because of 1"},
		"after it":                  {d(2026, 7, 1), []Record{listed}, ""},
		"while a listing is open":   {d(2026, 3, 1), []Record{listed, open}, "wages since 2026-01-05 until 0000-00-00 because of 2; court since 2026-03-01 until 0000-00-00 because of 1"},
		"after months, a leap day":  {d(2027, 2, 27), []Record{grave}, "supply since 2024-02-29 until 2027-02-27 because of 1"},
		"one day later":             {d(2027, 2, 28), []Record{grave}, ""},
		"repaired":                  {d(2026, 3, 1), []Record{repaired}, ""},
		"withdrawn":                 {d(2026, 3, 1), []Record{withdrawn}, ""},
		"an incentive":              {d(2026, 3, 1), []Record{kept}, "green since 2026-02-01 until 2027-01-31 because of 1"},
		"an incentive beside a bar": {d(2026, 3, 1), []Record{kept, grave}, "supply since 2024-02-29 until 2027-02-27 because of 1"},
		"the bar is repaired":       {d(2026, 3, 1), []Record{kept, repaired}, "green since 2026-02-01 until 2027-01-31 because of 1"},
	} {
		want := strings.ReplaceAll(c.want, "0000-00-00", workday.Date(0).String())
		if got := applied(j, c.day, c.of...); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// The pack's measures follow from what counts alone: without records there is none, taking a record away brings no punishment about,
// and every one names its records, which all count.
func TestProperties_of_measures(t *testing.T) {
	t.Parallel()
	s := standard35(t)
	if s.Joint == nil || len(s.Joint.Measures) < 40 {
		t.Fatal("the pack has no measures")
	}
	rapid.Check(t, func(t *rapid.T) {
		day := d(2026, 11, 27)
		var records []Record
		for i := range rapid.IntRange(0, 8).Draw(t, "records") {
			kind := Kind(rapid.IntRange(1, int(Utility)).Draw(t, "kind"))
			names := ResultNames(kind)
			r := Record{Ref: Ref{rapid.SampledFrom([]string{"market", "court"}).Draw(t, "source"), fmt.Sprint(i)}, Kind: kind, Result: ResultOf(kind, rapid.SampledFrom(names).Draw(t, "result")),
				Day: day - workday.Date(rapid.IntRange(-30, 1500).Draw(t, "age")), Field: rapid.SampledFrom([]string{"", "labour", "safety", "food-drug"}).Draw(t, "field"),
				Mark: Mark(rapid.IntRange(0, 2).Draw(t, "mark"))}
			if rapid.Bool().Draw(t, "ends") {
				r.Until = r.Day + workday.Date(rapid.IntRange(0, 900).Draw(t, "length"))
			}
			records = append(records, r)
		}
		had := map[string]bool{}
		for _, a := range s.Joint.Apply(records, day) {
			had[a.ID] = true
			if len(a.Because) == 0 || a.Since > day || a.Until != 0 && a.Until < day {
				t.Errorf("%+v", a)
			}
			for _, r := range a.Because {
				if !r.counts() {
					t.Errorf("%s because of a record that does not count", a.ID)
				}
			}
		}
		if len(records) == 0 && len(had) > 0 {
			t.Errorf("%v of nothing", had)
		}
		if len(records) > 0 {
			for _, a := range s.Joint.Apply(records[1:], day) {
				if a.Kind == Punishment && !had[a.ID] {
					t.Errorf("%s came because a record went", a.ID)
				}
			}
		}
	})
}
