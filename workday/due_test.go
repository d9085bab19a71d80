package workday

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func at(s string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04", s, Shanghai)
	if err != nil {
		panic(err) // a mistake in a test table
	}
	return t
}

func stop(from, to string) Span {
	s := Span{From: at(from)}
	if to != "" {
		s.To = at(to)
	}
	return s
}

func TestDue(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, start, limit string
		stops              []Span
		want               string // 24:00 is written as 00:00 of the next day
		rolled             bool
	}{
		{"ends_at_midnight", "2026-11-23 09:00", "5 workday", nil, "2026-12-01 00:00", false},
		{"ends_at_closing_time", "2026-11-23 09:00", "5 workday closing", nil, "2026-11-30 17:00", false},
		{"event_after_closing_is_still_that_day", "2026-11-23 18:30", "5 workday closing", nil, "2026-11-30 17:00", false},
		{"a_window_promise_may_begin_next_day", "2026-11-23 18:30", "5 workday closing window", nil, "2026-12-01 17:00", false},
		{"window_at_closing_time_begins_next_day", "2026-11-23 17:00", "5 workday window", nil, "2026-12-02 00:00", false},
		{"window_before_opening_begins_that_day", "2026-11-23 07:00", "5 workday window", nil, "2026-12-01 00:00", false},
		{"window_on_saturday_begins_monday", "2026-11-21 10:00", "1 workday window", nil, "2026-11-25 00:00", false},
		{"window_on_make_up_saturday_begins_that_day", "2026-02-14 10:00", "1 workday window", nil, "2026-02-25 00:00", false},
		{"on_the_spot", "2026-11-23 09:00", "0 workday closing", nil, "2026-11-23 17:00", false},
		{"on_the_spot_after_closing", "2026-11-23 18:00", "0 workday closing", nil, "2026-11-24 17:00", true},
		{"on_the_spot_on_sunday", "2026-11-22 10:00", "0 workday", nil, "2026-11-24 00:00", true},
		{"days_roll", "2026-09-11 09:00", "15 day", nil, "2026-09-29 00:00", true},
		{"days_do_not_roll_where_the_rule_says_so", "2026-09-11 09:00", "15 day noroll", nil, "2026-09-27 00:00", false},
		{"no_closing_time_on_a_day_off", "2026-09-11 09:00", "15 day noroll closing", nil, "2026-09-27 00:00", false},
		{"days_end_on_make_up_saturday", "2026-02-04 09:00", "10 day", nil, "2026-02-15 00:00", false},
		{"leap_day", "2024-02-29 09:00", "1 year", nil, "2025-03-01 00:00", false},
		{"instants_are_read_in_shanghai", "2026-11-24 00:00", "1 day", nil, "2026-11-26 00:00", false},

		{"hours_run_through_the_night", "2026-11-20 18:30", "24 hour", nil, "2026-11-21 18:30", false},
		{"hours_do_not_roll", "2026-09-30 12:00", "48 hour", nil, "2026-10-02 12:00", false},
		{"hours_lose_exactly_the_stop", "2026-11-23 10:00", "5 hour", []Span{stop("2026-11-23 11:00", "2026-11-23 12:30")}, "2026-11-23 16:30", false},
		{"hours_stopped_before_they_began", "2026-11-23 10:00", "5 hour", []Span{stop("2026-11-23 09:00", "2026-11-23 11:00")}, "2026-11-23 16:00", false},
		{"office_hours_skip_lunch", "2026-11-23 11:00", "2 workhour", nil, "2026-11-23 14:30", false},
		{"office_hours_end_at_closing", "2026-11-23 13:30", "3 workhour", nil, "2026-11-23 16:30", false},
		{"office_hours_run_to_the_end_of_the_day", "2026-11-23 09:30", "6 workhour", nil, "2026-11-23 17:00", false},
		{"office_hours_over_the_weekend", "2026-11-20 16:30", "1 workhour", nil, "2026-11-23 09:30", false},
		{"office_hours_begin_at_night", "2026-11-20 22:00", "3 workhour", nil, "2026-11-23 12:00", false},
		{"office_hours_count_a_make_up_sunday", "2026-09-18 16:00", "2 workhour", nil, "2026-09-20 10:00", false},
		{"office_hours_lose_the_office_time_stopped", "2026-11-23 10:00", "2 workhour", []Span{stop("2026-11-23 11:00", "2026-11-23 14:00")}, "2026-11-23 15:00", false},
		{"office_hours_stopped_over_night", "2026-11-23 16:00", "2 workhour", []Span{stop("2026-11-23 16:30", "2026-11-24 09:00")}, "2026-11-24 10:30", false},

		{"stop_day_is_used_resume_day_is_not", "2026-11-23 09:00", "5 workday", []Span{stop("2026-11-25 10:00", "2026-11-27 15:00")}, "2026-12-03 00:00", false},
		{"stop_within_a_day_changes_nothing", "2026-11-23 09:00", "5 workday", []Span{stop("2026-11-25 09:00", "2026-11-25 17:00")}, "2026-12-01 00:00", false},
		{"stop_on_the_due_day", "2026-11-23 09:00", "5 workday", []Span{stop("2026-11-30 10:00", "2026-12-02 10:00")}, "2026-12-03 00:00", false},
		{"stop_on_the_due_day_resumed_on_saturday", "2026-11-23 09:00", "5 workday", []Span{stop("2026-11-30 10:00", "2026-12-05 10:00")}, "2026-12-08 00:00", true},
		{"stop_after_the_end_changes_nothing", "2026-11-23 09:00", "5 workday", []Span{stop("2026-12-01 00:00", "2026-12-02 10:00")}, "2026-12-01 00:00", false},
		{"stop_after_closing_of_the_due_day_changes_nothing", "2026-11-23 09:00", "5 workday closing", []Span{stop("2026-11-30 17:00", "2026-12-02 10:00")}, "2026-11-30 17:00", false},
		{"resumed_after_closing_of_the_due_day", "2026-11-23 09:00", "5 workday closing", []Span{stop("2026-11-30 10:00", "2026-11-30 18:00")}, "2026-12-01 17:00", true},
		{"stop_over_a_weekend_costs_no_working_day", "2026-11-23 09:00", "5 workday", []Span{stop("2026-11-27 10:00", "2026-11-29 10:00")}, "2026-12-01 00:00", false},
		{"stop_from_before_the_start", "2026-11-23 09:00", "5 workday", []Span{stop("2026-11-20 10:00", "2026-11-25 10:00")}, "2026-12-03 00:00", false},
		{"overlapping_stops_count_once", "2026-11-23 09:00", "5 workday",
			[]Span{stop("2026-11-26 10:00", "2026-11-27 15:00"), stop("2026-11-25 10:00", "2026-11-26 15:00")}, "2026-12-03 00:00", false},
		{"a_stop_that_ends_before_it_begins_is_none", "2026-11-23 09:00", "5 workday", []Span{stop("2026-11-27 10:00", "2026-11-25 10:00")}, "2026-12-01 00:00", false},
		{"days_stopped", "2026-11-23 09:00", "10 day", []Span{stop("2026-11-25 10:00", "2026-11-27 15:00")}, "2026-12-08 00:00", true},
		{"days_stopped_while_rolling", "2026-09-11 09:00", "15 day", []Span{stop("2026-09-27 10:00", "2026-09-29 10:00")}, "2026-09-30 00:00", false},
		{"months_move_by_the_days_stopped", "2026-03-31 09:00", "6 month", []Span{stop("2026-05-06 09:00", "2026-05-11 09:00")}, "2026-10-09 00:00", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			l, err := ParseLimit(test.limit)
			if err != nil {
				t.Fatal(err)
			}
			due := National().Due(at(test.start).UTC(), l, test.stops...)
			if !due.At.Equal(at(test.want)) || due.At.Location() != time.UTC || due.Rolled != test.rolled || due.Provisional || due.Open {
				t.Errorf("got %+v (%v), want %s, rolled %t", due, due.At.In(Shanghai), test.want, test.rolled)
			}
		})
	}
}

func TestBackwardLimitsAreNotRolledLater(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		event, limit, want string
		date               Date
	}{
		{"2026-09-28 14:00", "-15 day", "2026-09-14 00:00", NewDate(2026, 9, 13)}, // a Sunday
		{"2026-11-30 14:00", "-7 workday", "2026-11-20 00:00", NewDate(2026, 11, 19)},
		{"2026-11-30 14:00", "-7 workday closing", "2026-11-19 17:00", NewDate(2026, 11, 19)},
		{"2026-03-31 14:00", "-1 month", "2026-03-01 00:00", NewDate(2026, 2, 28)},
		{"2026-11-30 14:00", "-24 hour", "2026-11-29 14:00", NewDate(2026, 11, 29)},
		{"2026-11-30 14:00", "-1 workhour", "2026-11-30 11:30", NewDate(2026, 11, 30)},
		{"2026-11-30 09:30", "-1 workhour", "2026-11-27 16:30", NewDate(2026, 11, 27)},
		{"2026-11-29 12:00", "-7 workhour", "2026-11-26 16:30", NewDate(2026, 11, 26)},
	} {
		l, err := ParseLimit(test.limit)
		if err != nil {
			t.Fatal(err)
		}
		due := National().Due(at(test.event), l)
		if !due.At.Equal(at(test.want)) || due.Date != test.date || due.Provisional {
			t.Errorf("%s of %s: %+v, want %s", test.limit, test.event, due, test.want)
		}
		if stopped := National().Due(at(test.event), l, stop("2026-01-01 00:00", "2026-12-31 00:00")); stopped != due {
			t.Errorf("%s of %s moved with a stop: %+v", test.limit, test.event, stopped)
		}
	}
}

func TestProvisional(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		start, limit string
		want         bool
	}{
		{"2026-11-30 09:00", "23 workday", false}, // 2026-12-31, the last published day
		{"2026-12-31 09:00", "1 workday", true},
		{"2026-12-01 09:00", "30 day", false},
		{"2026-12-01 09:00", "31 day", true},
		{"2027-03-01 09:00", "1 workday", true}, // the provisional list is loaded, and stays provisional
		{"2017-12-31 09:00", "1 workday", false},
		{"2017-12-20 09:00", "10 workday", true},
		{"2026-12-31 20:00", "5 hour", false}, // the wall clock needs no calendar
		{"2026-12-31 16:00", "1 workhour", false},
		{"2026-12-31 16:30", "1 workhour", true},
		{"2026-12-31 20:00", "5 day noroll", false},
		{"2026-12-31 20:00", "5 day noroll closing", true},
		{"2026-12-31 20:00", "0 hour window", true},
		{"2027-01-20 20:00", "-5 day", false},
		{"2027-01-20 20:00", "-5 workday", true},
	} {
		l, err := ParseLimit(test.limit)
		if err != nil {
			t.Fatal(err)
		}
		if due := National().Due(at(test.start), l); due.Provisional != test.want {
			t.Errorf("%s from %s: %+v, want provisional %t", test.limit, test.start, due, test.want)
		}
	}
}

func TestAnOpenStopNeverFires(t *testing.T) {
	t.Parallel()
	for u := WorkDay; u <= WorkHour; u++ {
		l := Limit{N: 5, Unit: u}
		due := National().Due(at("2026-11-23 09:30"), l, stop("2026-11-23 10:00", ""))
		if !due.Open || due.At.Year() != 9999 {
			t.Errorf("%v: %+v, want it open", l, due)
		}
		if later := National().Due(at("2026-11-23 09:30"), l, stop("2099-11-23 10:00", "")); u != Year && later.Open {
			t.Errorf("%v: an open stop long after the end makes it %+v", l, later)
		}
	}
	if due := National().Due(at("2026-11-23 09:30"), Limit{Unit: 77}); !due.Open {
		t.Errorf("an unknown unit gives %+v, which would fire", due)
	}
}

func TestRemaining(t *testing.T) {
	t.Parallel()
	hearing := stop("2026-11-25 10:00", "2026-11-27 15:00")
	for _, test := range []struct {
		name, limit, now string
		stops            []Span
		n                int
		overdue, stopped bool
	}{
		{"at_the_start", "5 workday", "2026-11-23 09:00", nil, 5, false, false},
		{"on_the_day_before", "5 workday", "2026-11-27 09:00", nil, 1, false, false},
		{"on_the_last_day", "5 workday", "2026-11-30 23:59", nil, 0, false, false},
		{"at_the_end", "5 workday", "2026-12-01 00:00", nil, -1, true, false},
		{"two_overdue", "5 workday", "2026-12-02 10:00", nil, -2, true, false},
		{"overdue_over_a_weekend", "4 workday", "2026-11-29 10:00", nil, 0, true, false},
		{"after_closing", "5 workday closing", "2026-11-30 17:00", nil, 0, true, false},
		{"stopped", "5 workday", "2026-11-26 10:00", []Span{hearing}, 3, false, true},
		{"stopped_for_long", "5 workday", "2027-11-26 10:00", []Span{stop("2026-11-25 10:00", "")}, 3, false, true},
		{"a_planned_stop_uses_nothing", "5 workday", "2026-11-24 10:00", []Span{hearing}, 4, false, false},
		{"gone_on", "5 workday", "2026-11-30 10:00", []Span{hearing}, 2, false, false},
		{"before_the_start", "5 workday", "2026-11-02 10:00", nil, 5, false, false},
		{"days_for_a_month", "1 month", "2026-12-20 10:00", nil, 3, false, false},
		{"hours", "48 hour", "2026-11-24 08:30", nil, 24, false, false},
		{"hours_overdue", "48 hour", "2026-11-25 12:30", nil, -3, true, false},
		{"office_hours", "10 workhour", "2026-11-23 14:00", nil, 6, false, false},
		{"before_a_meeting", "-5 day", "2026-11-10 09:00", nil, 8, false, false},
		{"too_late_before_a_meeting", "-5 day", "2026-11-20 09:00", nil, -2, true, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			l, err := ParseLimit(test.limit)
			if err != nil {
				t.Fatal(err)
			}
			r := National().Remaining(at("2026-11-23 09:00"), l, at(test.now), test.stops...)
			if r.N != test.n || r.Overdue != test.overdue || r.Stopped != test.stopped {
				t.Errorf("got %+v, want %d, overdue %t, stopped %t", r, test.n, test.overdue, test.stopped)
			}
		})
	}
}

// Generators for the properties below.

func drawLimit(t *rapid.T, units ...Unit) Limit {
	u := rapid.SampledFrom(units).Draw(t, "unit")
	return Limit{
		N: rapid.IntRange(0, 60).Draw(t, "n"), Unit: u,
		Close: rapid.SampledFrom([]EndOfDay{Midnight, ClosingTime}).Draw(t, "close"),
		Last:  rapid.SampledFrom([]LastDay{RollForward, NoRoll}).Draw(t, "last"),
		From:  rapid.SampledFrom([]StartDay{EventDay, WindowDay}).Draw(t, "from"),
	}
}

var year2026 = NewDate(2026, 1, 1).Start()

func drawTime(t *rapid.T, label string, days int) time.Time {
	// Half hours, so that midnights, openings and closings are often met exactly.
	return year2026.Add(time.Duration(rapid.IntRange(0, days*48).Draw(t, label)) * 30 * time.Minute)
}

func drawStops(t *rapid.T) []Span {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Span {
		s := Span{From: drawTime(t, "stop", 250)}
		s.To = s.From.Add(time.Duration(rapid.IntRange(-10, 20*48).Draw(t, "halfHours")) * 30 * time.Minute)
		return s
	}), 0, 5).Draw(t, "stops")
}

var allUnits = []Unit{WorkDay, Day, Month, Year, Hour, WorkHour}

func TestStopsOnlyPostpone(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l, start, stops := drawLimit(t, allUnits...), drawTime(t, "start", 200), drawStops(t)
		if len(stops) == 0 {
			return
		}
		fewer := slices.Delete(slices.Clone(stops), 0, 1)
		a, b := National().Due(start, l, fewer...), National().Due(start, l, stops...)
		if b.At.Before(a.At) || b.Date < a.Date {
			t.Fatalf("%v from %v: due %v with %d stops, and %v with one more", l, start, a, len(fewer), b)
		}
		for _, s := range stops {
			if s.From.Before(b.At) && b.At.Before(s.To) {
				t.Fatalf("%v from %v: due %v within the stop %v", l, start, b, s)
			}
		}
		reversed := slices.Clone(stops)
		slices.Reverse(reversed)
		if c := National().Due(start, l, reversed...); c != b {
			t.Fatalf("due %v, and %v with the stops in another order", b, c)
		}
	})
}

func TestDueIsMonotone(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l, start, stops := drawLimit(t, allUnits...), drawTime(t, "start", 200), drawStops(t)
		due := National().Due(start, l, stops...)
		if due.At.Before(start) {
			t.Fatalf("%v from %v is due before it starts: %v", l, start, due)
		}
		longer := l
		longer.N++
		if d := National().Due(start, longer, stops...); d.At.Before(due.At) {
			t.Fatalf("%v due %v, %v due %v", l, due, longer, d)
		}
		if l.Unit == Month || l.Unit == Year {
			return // from 28 and 31 January a month ends on 28 February, so a stop on the 29th can tell them apart
		}
		later := start.Add(time.Duration(rapid.IntRange(0, 500).Draw(t, "later")) * 30 * time.Minute)
		if d := National().Due(later, l, stops...); d.At.Before(due.At) {
			t.Fatalf("%v from %v due %v, from %v due %v", l, start, due, later, d)
		}
	})
}

func TestDueAgreesWithReference(t *testing.T) {
	t.Parallel()
	ref := readReference(t)
	rapid.Check(t, func(t *rapid.T) {
		u := rapid.SampledFrom([]Unit{WorkDay, Day}).Draw(t, "unit")
		n := rapid.IntRange(0, 60).Draw(t, "n")
		start, stops := drawTime(t, "start", 200), drawStops(t)
		due := National().Due(start, Limit{N: n, Unit: u}, stops...)
		if want := ref.dueDate(start, n, u, stops); !due.Date.Start().Equal(want) {
			t.Fatalf("%d %v from %v with %v: due %v, want %v", n, u, start, stops, due.Date, want)
		}
	})
}

// TestHoursAgreeWithMinutes counts hours minute by minute.
func TestHoursAgreeWithMinutes(t *testing.T) {
	t.Parallel()
	ref := readReference(t)
	rapid.Check(t, func(t *rapid.T) {
		u := rapid.SampledFrom([]Unit{Hour, WorkHour}).Draw(t, "unit")
		n := rapid.IntRange(1, 30).Draw(t, "n")
		start, stops := drawTime(t, "start", 200), drawStops(t)
		minute, left := start, n*60
		for ; left > 0; minute = minute.Add(time.Minute) {
			clock := minute.In(Shanghai).Format("15:04")
			open := ref.worked(minute.In(Shanghai)) && (clock >= "09:00" && clock < "12:00" || clock >= "13:30" && clock < "17:00")
			stopped := slices.ContainsFunc(stops, func(s Span) bool { return !minute.Before(s.From) && minute.Before(s.To) })
			if !stopped && (u == Hour || open) {
				left--
			}
		}
		if due := National().Due(start, Limit{N: n, Unit: u}, stops...); !due.At.Equal(minute) {
			t.Fatalf("%d %v from %v with %v: due %v, want %v", n, u, start, stops, due.At.In(Shanghai), minute)
		}
	})
}

func TestBackwardOfficeHoursMirrorForward(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		event := drawTime(t, "event", 200)
		n := rapid.IntRange(1, 100).Draw(t, "n")
		c := National()
		from := c.Due(event, Limit{N: n, Unit: WorkHour, Backward: true}).At
		if got := c.business(from, event); got != time.Duration(n)*time.Hour {
			t.Fatalf("%v of office time lie between %v and %v, want %d hours", got, from, event, n)
		}
		if got := c.business(from.Add(time.Minute), event); got >= time.Duration(n)*time.Hour {
			t.Fatalf("%d working hours before %v begin %v: a minute later would do", n, event, from)
		}
		if due := c.Due(from, Limit{N: n, Unit: WorkHour}).At; due.After(event) {
			t.Fatalf("%d working hours before %v begin %v, but end %v", n, event, from, due)
		}
	})
}
