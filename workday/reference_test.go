package workday

import (
	"encoding/json"
	"fmt"
	"os"
	"testing"
	"time"
)

// reference counts days one by one on time.Time and a map of dates: slow, and plain enough to be checked by eye. It shares
// nothing with the package but the files.
type reference map[string]bool // date -> worked

func readReference(tb testing.TB) reference {
	tb.Helper()
	ref := reference{}
	for _, name := range []string{"data/cn-holidays-2018-2026.json", "data/cn-holidays-2027-provisional.json"} {
		b, err := os.ReadFile(name)
		if err != nil {
			tb.Fatal(err)
		}
		var file struct {
			Days []struct{ Date, Kind string }
		}
		if err := json.Unmarshal(b, &file); err != nil {
			tb.Fatal(err)
		}
		for _, d := range file.Days {
			ref[d.Date] = d.Kind == "work"
		}
	}
	return ref
}

func (r reference) worked(t time.Time) bool {
	if worked, ok := r[t.Format(time.DateOnly)]; ok {
		return worked
	}
	return t.Weekday() != time.Saturday && t.Weekday() != time.Sunday
}

func (r reference) roll(t time.Time) time.Time {
	for !r.worked(t) {
		t = t.AddDate(0, 0, 1)
	}
	return t
}

func (r reference) add(t time.Time, n int, u Unit) time.Time {
	switch u {
	case WorkDay:
		for n > 0 {
			t = t.AddDate(0, 0, 1)
			if r.worked(t) {
				n--
			}
		}
		return r.roll(t)
	case Day:
		return r.roll(t.AddDate(0, 0, n))
	case Year:
		n *= 12
	}
	return r.roll(correspondingDay(t, n))
}

func correspondingDay(t time.Time, months int) time.Time {
	first := time.Date(t.Year(), t.Month()+time.Month(months), 1, 0, 0, 0, 0, t.Location())
	day := first.AddDate(0, 0, t.Day()-1)
	for day.Month() != first.Month() {
		day = day.AddDate(0, 0, -1)
	}
	return day
}

func (r reference) sub(t time.Time, n int, u Unit) time.Time {
	switch u {
	case WorkDay:
		for n > 0 {
			t = t.AddDate(0, 0, -1)
			if r.worked(t) {
				n--
			}
		}
		return t
	case Day:
		return t.AddDate(0, 0, -n)
	case Year:
		n *= 12
	}
	return correspondingDay(t, -n)
}

// firstPublished is the first year whose notice the embedded calendar holds.
const firstPublished = 2018

// TestAgreesWithReference is row R33 of the quality list: every day of 2004 to 2026, n = 0 to 60, every unit of days. No
// notice from before 2018 is embedded: those years are compared in counting Monday to Friday only, which is not what was
// worked then, and the calendar must say of every such day that it does not know it.
func TestAgreesWithReference(t *testing.T) {
	t.Parallel()
	c, ref := National(), readReference(t)
	for year := 2004; year <= 2026; year++ {
		name := fmt.Sprint(year, " by the notice")
		if year < firstPublished {
			name = fmt.Sprint(year, " by weekends alone")
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for d := NewDate(year, 1, 1); d <= NewDate(year, 12, 31); d++ {
				if _, listed := ref[d.String()]; c.Known(d) != (year >= firstPublished) || listed && year < firstPublished {
					t.Fatalf("%v: known %t, listed %t", d, c.Known(d), listed)
				}
			}
			if due := c.Due(NewDate(year, 3, 1).Start(), Limit{N: 5}); due.Provisional != (year < firstPublished) {
				t.Fatalf("five working days in %d: provisional %t", year, due.Provisional)
			}
			for at := time.Date(year, 1, 1, 0, 0, 0, 0, Shanghai); at.Year() == year; at = at.AddDate(0, 0, 1) {
				d := DateOf(at)
				if c.IsWorkday(d) != ref.worked(at) {
					t.Fatalf("%v: worked is %t", d, c.IsWorkday(d))
				}
				forward, back := at, at // the reference for n working days, carried along from n-1
				for n := 0; n <= 60; n++ {
					if n > 0 {
						forward, back = ref.add(forward, 1, WorkDay), ref.sub(back, 1, WorkDay)
					} else {
						forward = ref.roll(at)
					}
					if n == 1 {
						forward = ref.add(at, 1, WorkDay)
					}
					check(t, c.Add(d, n, WorkDay), forward, d, n, WorkDay)
					check(t, c.Sub(d, n, WorkDay), back, d, -n, WorkDay)
					for _, u := range []Unit{Day, Month, Year} {
						check(t, c.Add(d, n, u), ref.add(at, n, u), d, n, u)
						check(t, c.Sub(d, n, u), ref.sub(at, n, u), d, -n, u)
					}
				}
			}
		})
	}
}

func check(t *testing.T, got Date, want time.Time, d Date, n int, u Unit) {
	t.Helper()
	if !got.Start().Equal(want) {
		t.Fatalf("%v %+d %v = %v, want %s", d, n, u, got, want.Format(time.DateOnly))
	}
}

// TestWorkingDaysOfYears compares with the counts that were measured on the notices (mission notes, calendars).
func TestWorkingDaysOfYears(t *testing.T) {
	t.Parallel()
	want := map[int]int{2018: 250, 2019: 250, 2020: 249, 2021: 250, 2022: 249, 2023: 249, 2024: 251, 2025: 248, 2026: 248}
	for y, n := range want {
		if got := National().Between(NewDate(y-1, 12, 31), NewDate(y, 12, 31), WorkDay); got != n {
			t.Errorf("%d has %d working days, want %d", y, got, n)
		}
	}
}

// dueDate counts a limit in working or calendar days with stops, one day after the other, until every unit is used, on a
// working day that no stop goes beyond.
func (r reference) dueDate(start time.Time, n int, u Unit, stops []Span) time.Time {
	midnight := func(t time.Time) time.Time {
		t = t.In(Shanghai)
		return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, Shanghai)
	}
	first := midnight(start)
	for day := first; ; day = day.AddDate(0, 0, 1) {
		next := day.AddDate(0, 0, 1)
		lost, goesOn := false, false
		for _, s := range stops {
			if s.To.Before(s.From) {
				continue
			}
			// Lost are the days after the one on which the stop begins, up to the one on which it ends.
			lost = lost || day.After(midnight(s.From)) && !day.After(midnight(s.To))
			goesOn = goesOn || s.From.Before(next) && !s.To.Before(next)
		}
		if n > 0 && day.After(first) && !lost && (u == Day || r.worked(day)) {
			n--
		}
		if n == 0 && !goesOn && r.worked(day) {
			return day
		}
	}
}
