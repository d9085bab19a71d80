package workday

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// TestAFaultIsNamedByItsLine: whoever wrote the document finds what is wrong.
func TestAFaultIsNamedByItsLine(t *testing.T) {
	t.Parallel()
	const head = `{
  "schema": "tongban.holidays/1", "country": "CN", "timezone": "Asia/Shanghai",
  "coverage": {"from": "2027-01-01", "to": "2027-12-31"},
  "days": [
`
	for name, c := range map[string]struct{ days, want string }{
		"both off and worked":      {"    {\"date\": \"2027-01-01\", \"name\": \"元旦\", \"kind\": \"off\"},\n    {\"date\": \"2027-01-01\", \"name\": \"元旦\", \"kind\": \"work\"}\n  ]}", "doc: line 6: contradicts itself: 2027-01-01"},
		"listed twice":             {"\n    {\"date\": \"2027-01-01\", \"name\": \"元旦\", \"kind\": \"off\"},\n\n    {\"date\": \"2027-01-01\", \"name\": \"元旦\", \"kind\": \"off\"}\n  ]}", "doc: line 8: lists 2027-01-01 twice"},
		"no such day":              {"    {\"date\": \"2027-02-30\", \"name\": \"元旦\", \"kind\": \"off\"}\n  ]}", "doc: line 5: is not readable"},
		"a number for a name":      {"\n    {\"date\": \"2027-02-20\", \"name\": 7, \"kind\": \"off\"}\n  ]}", "doc: line 6: is not readable"},
		"an unknown field":         {"    {\"date\": \"2027-02-20\", \"name\": \"a\", \"kind\": \"off\", \"x\": 1}\n  ]}", "doc: line 5: is not readable"},
		"a comma that is missing":  {"    {\"date\": \"2027-02-20\" \"name\": \"a\", \"kind\": \"off\"}\n  ]}", "doc: line 5: is not readable"},
		"a weekday made up for":    {"    {\"date\": \"2027-03-01\", \"name\": \"a\", \"kind\": \"off\"},\n    {\"date\": \"2027-03-02\", \"name\": \"a\", \"kind\": \"work\"}\n  ]}", "doc: line 6: 2027-03-02 is a Tuesday"},
		"a name twice in a record": {"    {\"date\": \"2027-03-01\", \"name\": \"a\", \"kind\": \"off\"},\n    {\"name\": \"a\", \"name\": \"b\"}\n  ]}", "doc: line 6: has the name"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := NewSet(Document{Name: "doc", Text: []byte(head + c.days)})
			if err == nil || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

// TestNoLimitMovesOutsideTheChanges: a limit whose days, as the first calendar counts it, hold none of the days that a change
// touches is counted and marked alike by both calendars.
func TestNoLimitMovesOutsideTheChanges(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(2027, 1))
	base, moved, same := National(), 0, 0
	first := NewDate(2025, 6, 1)
	for range 400 {
		other := corrected(t, r)
		changes := base.Changes(other)
		for range 50 {
			from := first + Date(r.IntN(700))
			start := from.Start().Add(time.Duration(r.IntN(24*60)) * time.Minute)
			limit := Limit{N: 1 + r.IntN(30), Unit: []Unit{WorkDay, Day, Month, WorkHour, Hour}[r.IntN(5)]}
			var stops []Span
			if r.IntN(3) == 0 {
				stop := start.Add(time.Duration(r.IntN(72)) * time.Hour)
				stops = []Span{{From: stop, To: stop.Add(time.Duration(1+r.IntN(96)) * time.Hour)}}
			}
			was, now := base.Due(start, limit, stops...), other.Due(start, limit, stops...)
			if was == now {
				same++
				continue
			}
			moved++
			if !touches(changes, from, DateOf(was.At)) {
				t.Fatalf("%v from %v was due %v and is now %v (%t, %t), but the changes %v are outside", limit, start, was.At, now.At, was.Provisional, now.Provisional, changes)
			}
		}
	}
	if moved < 100 || same < 100 {
		t.Fatalf("%d moved and %d did not: too few to show anything", moved, same)
	}
}

func touches(changes []Days, from, to Date) bool {
	for _, d := range changes {
		if d.From <= to && from <= d.To {
			return true
		}
	}
	return false
}

// corrected is the national calendar with a notice for some days, and now and then a year more.
func corrected(t *testing.T, r *rand.Rand) *Calendar {
	t.Helper()
	var days []string
	seen := map[Date]bool{}
	for range 1 + r.IntN(4) {
		d := NewDate(2026, 2, 1) + Date(r.IntN(320))
		if !seen[d] {
			seen[d] = true
			days = append(days, fmt.Sprintf(`{"date":%q,"name":"x","kind":"off"}`, d))
		}
	}
	year := 2026 + r.IntN(2)
	if year == 2027 {
		days = nil
	}
	set, err := NewSet(Document{Name: "notice", Text: fmt.Appendf(nil, `{"schema":"tongban.holidays/1","country":"CN","timezone":"Asia/Shanghai",
		"coverage":{"from":"%d-01-01","to":"%[1]d-12-31"},"days":[%s]}`, year, strings.Join(days, ","))})
	if err != nil {
		t.Fatal(err)
	}
	return set.Region("")
}
