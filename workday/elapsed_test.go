package workday

import (
	"testing"
	"time"
)

// What was used of a limit of working days and what remains of it are always the whole limit.
func TestElapsed_and_remaining_add_up(t *testing.T) {
	t.Parallel()
	cal := National()
	at := func(day, hour, minute int) time.Time {
		return time.Date(2026, 9, day, hour, minute, 0, 0, Shanghai)
	}
	stop := Span{From: at(3, 15, 0), To: at(8, 10, 0)}
	for name, c := range map[string]struct {
		start, now time.Time
		stops      []Span
		want       Elapsed
	}{
		"the day of the event does not count": {at(1, 10, 0), at(1, 11, 30), nil, Elapsed{0, 90}},
		"night and noon are no office time":   {at(1, 16, 0), at(2, 10, 0), nil, Elapsed{1, 120}},
		"a weekend counts nothing":            {at(4, 16, 0), at(7, 10, 0), nil, Elapsed{1, 120}},
		"a stop counts nothing":               {at(1, 10, 0), at(9, 10, 0), []Span{stop}, Elapsed{3, 0}},
		"a stop that still stands":            {at(1, 10, 0), at(9, 10, 0), []Span{{From: at(2, 9, 0)}}, Elapsed{1, 0}},
		"nothing before it began":             {at(2, 10, 0), at(1, 10, 0), nil, Elapsed{}},
		"a stop beyond it":                    {at(1, 10, 0), at(2, 10, 0), []Span{stop}, Elapsed{1, 0}},
	} {
		got := cal.Elapsed(c.start, c.now, c.stops...)
		if got.Days != c.want.Days || c.want.Minutes > 0 && got.Minutes != c.want.Minutes {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
		if c.now.Before(c.start) {
			continue
		}
		left := cal.Remaining(c.start, Limit{N: 30}, c.now, c.stops...)
		if got.Days+left.N != 30 {
			t.Errorf("%s: %d days used and %d left of 30", name, got.Days, left.N)
		}
	}
}
