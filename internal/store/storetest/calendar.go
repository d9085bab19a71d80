package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
)

var calendars = group{
	"calendars are versions without gaps, read back as stored": func(t *testing.T, s store.Store) {
		version, finished, err := s.CalendarVersion(t.Context())
		must(t, err)
		if version != 0 || !finished {
			t.Fatalf("an empty store has version %d (%t)", version, finished)
		}
		if err := s.AddCalendar(t.Context(), calendarOf(2)); !errors.Is(err, store.ErrConflict) {
			t.Fatalf("version 2 before version 1: %v", err)
		}
		must(t, s.AddCalendar(t.Context(), calendarOf(1), trace(9, store.OperationLog, Region)))
		for _, v := range []int{1, 2, 3} { // 2: not before all cases are counted again
			if err := s.AddCalendar(t.Context(), calendarOf(v), trace(v, store.OperationLog, Region)); !errors.Is(err, store.ErrConflict) {
				t.Fatalf("version %d: %v", v, err)
			}
		}
		same(t, "traces", tracesOf(t, s, store.TraceQuery{Log: store.OperationLog, Regions: []string{Region}}), []string{"t9"})
		same(t, "calendars", got(s.Calendars(t.Context())).must(t), []store.CalendarRow{calendarOf(1)})
		finish(t, s, 1)
		must(t, s.AddCalendar(t.Context(), calendarOf(2)))
		version, finished, err = s.CalendarVersion(t.Context())
		must(t, err)
		if version != 2 || finished {
			t.Fatalf("version %d (%t), want an unfinished 2", version, finished)
		}
	},
	"of many servers that add the same version one does": func(t *testing.T, s store.Store) {
		added := 0
		for _, err := range together(8, func(int) error { return s.AddCalendar(t.Context(), calendarOf(1)) }) {
			switch {
			case err == nil:
				added++
			case !errors.Is(err, store.ErrConflict):
				t.Error(err)
			}
		}
		if added != 1 {
			t.Errorf("%d added it", added)
		}
	},
	"only changes decided under the newest calendar are written": func(t *testing.T, s store.Store) {
		commit(t, s, Opening(1), Opening(2))
		must(t, s.AddCalendar(t.Context(), calendarOf(1)))
		if err := s.Commit(t.Context(), Next(1, 2)); !errors.Is(err, store.ErrCalendar) {
			t.Fatalf("decided under version 0: %v", err)
		}
		ahead := Next(1, 2)
		ahead.Calendar = 2
		if err := s.Commit(t.Context(), ahead); !errors.Is(err, store.ErrCalendar) {
			t.Fatalf("decided under version 2: %v", err)
		}
		same(t, "entries", len(got(s.Entries(t.Context(), KeyOf(1), 0, 0)).must(t)), 1)
		again := Next(1, 2)
		again.Calendar = 1
		commit(t, s, again)
		repeat := Opening(2)
		if err := s.Commit(t.Context(), repeat); !errors.Is(err, store.ErrRepeat) {
			t.Fatalf("the repeat of what was written under version 0: %v", err)
		}
	},
	"what is written while a calendar is added was decided before it or after": func(t *testing.T, s store.Store) {
		const n = 40
		errs := together(n+1, func(i int) error {
			if i == n {
				return s.AddCalendar(t.Context(), calendarOf(1))
			}
			return s.Commit(t.Context(), Opening(i))
		})
		must(t, errs[n])
		for i, err := range errs[:n] {
			_, loadErr := s.Load(t.Context(), KeyOf(i))
			switch {
			case err == nil && loadErr != nil, errors.Is(err, store.ErrCalendar) && !errors.Is(loadErr, store.ErrNotFound):
				t.Errorf("case %d: commit %v, load %v", i, err, loadErr)
			case err != nil && !errors.Is(err, store.ErrCalendar):
				t.Error(err)
			}
		}
	},
	"a pass belongs to one server until its lease ends": func(t *testing.T, s store.Store) {
		if _, err := s.ClaimCalendar(t.Context(), 1, "a", At(0), At(1)); !errors.Is(err, store.ErrNotFound) {
			t.Fatalf("no such version: %v", err)
		}
		must(t, s.AddCalendar(t.Context(), calendarOf(1)))
		c := got(s.ClaimCalendar(t.Context(), 1, "a", At(0), At(1))).must(t)
		c.Cursor, c.Cases, c.Clocks, c.Failed = Region+"|7", 3, 5, 1
		must(t, s.KeepCalendar(t.Context(), c, At(3)))
		if _, err := s.ClaimCalendar(t.Context(), 1, "b", At(2), At(9)); !errors.Is(err, store.ErrBusy) {
			t.Fatalf("b takes what a has: %v", err)
		}
		same(t, "a again", got(s.ClaimCalendar(t.Context(), 1, "a", At(2), At(3))).must(t), c)
		taken := got(s.ClaimCalendar(t.Context(), 1, "b", At(3), At(9))).must(t)
		want := c
		want.Holder = "b"
		same(t, "b goes on where a was", taken, want)
		if err := s.KeepCalendar(t.Context(), c, At(20)); !errors.Is(err, store.ErrConflict) {
			t.Fatalf("a records what b has now: %v", err)
		}
		taken.Finished = At(4)
		must(t, s.KeepCalendar(t.Context(), taken, time.Time{}))
		same(t, "the row", got(s.Calendars(t.Context())).must(t), []store.CalendarRow{taken})
		if _, err := s.ClaimCalendar(t.Context(), 1, "b", At(30), At(31)); !errors.Is(err, store.ErrNotFound) {
			t.Fatalf("a finished pass is claimed: %v", err)
		}
		if err := s.KeepCalendar(t.Context(), taken, At(40)); !errors.Is(err, store.ErrConflict) {
			t.Fatalf("a finished pass is changed: %v", err)
		}
	},
	"cases are touched by the days of their running clocks": func(t *testing.T, s store.Store) {
		for n := range 6 { // case n: from n days to n+1 days after T0
			c := Opening(n)
			c.Clocks[0].From, c.Clocks[0].Due = day(n), day(n+1)
			second := c.Clocks[0]
			second.ID = "promised"
			c.Clocks = append(c.Clocks, second)
			if n == 4 {
				c.Clocks[0].State, c.Clocks[1].State = caseflow.ClockStopped, caseflow.ClockMet
			}
			commit(t, s, c)
		}
		for _, q := range []struct {
			spans []store.Span
			after caseflow.CaseNo
			want  []caseflow.CaseNo
		}{
			{nil, "", nil},
			{[]store.Span{{From: day(0), To: day(9)}}, "", []caseflow.CaseNo{No(0), No(1), No(2), No(3), No(5)}},
			{[]store.Span{{From: day(2).Add(time.Hour), To: day(3)}}, "", []caseflow.CaseNo{No(2)}},
			{[]store.Span{{From: day(2), To: day(3)}}, "", []caseflow.CaseNo{No(1), No(2)}}, // due at the instant
			{[]store.Span{{From: day(0).Add(-time.Hour), To: day(0)}}, "", nil},             // until before it began
			{[]store.Span{{From: day(5).Add(time.Hour), To: day(9)}, {From: day(0), To: day(1)}}, "", []caseflow.CaseNo{No(0), No(5)}},
			{[]store.Span{{From: day(0), To: day(9)}}, No(2), []caseflow.CaseNo{No(3), No(5)}},
		} {
			same(t, fmt.Sprint(q.spans, q.after), got(s.Touched(t.Context(), Region, q.spans, q.after)).must(t), q.want)
		}
		same(t, "another region", len(got(s.Touched(t.Context(), "610100", []store.Span{{From: day(0), To: day(9)}}, "")).must(t)), 0)
	},
	"clocks that stand still are listed by case, and counted": func(t *testing.T, s store.Store) {
		for i, state := range []string{caseflow.ClockStopped, caseflow.ClockRunning, caseflow.ClockStopped, caseflow.ClockStopped} {
			c := Opening(i)
			for j := range c.Clocks {
				c.Clocks[j].State = caseflow.ClockRunning
			}
			c.Clocks[0].State = state
			commit(t, s, c)
		}
		list, total, err := s.StoppedClocks(t.Context(), Region, 2)
		if err != nil || total != 3 || len(list) != 2 || list[0].Case != No(0) || list[1].Case != No(2) {
			t.Errorf("%d of %d: %+v, %v", len(list), total, list, err)
		}
		list, total, err = s.StoppedClocks(t.Context(), "610100", 2)
		if err != nil || total != 0 || len(list) != 0 {
			t.Errorf("in another region: %d of %d, %v", len(list), total, err)
		}
	},
	"many cases are loaded as one by one": func(t *testing.T, s store.Store) {
		const n = 150
		list := make([]caseflow.CaseNo, 0, n+1)
		for i := range n {
			c := Opening(i)
			if i%3 == 0 {
				c.Snapshot = fmt.Appendf(nil, `{"case":%d}`, i)
			}
			commit(t, s, c)
			for no := 2; no < 2+i%4; no++ {
				next := Next(i, no)
				if no == 3 {
					next.Snapshot = fmt.Appendf(nil, `{"case":%d,"no":3}`, i)
				}
				commit(t, s, next)
			}
			list = append(list, No(n-1-i))
		}
		list = append(list[:70:70], append([]caseflow.CaseNo{No(n)}, list[70:]...)...)
		many := got(s.LoadMany(t.Context(), Region, list)).must(t)
		for i, no := range list {
			one, err := s.Load(t.Context(), store.Key{Region: Region, Case: no})
			if errors.Is(err, store.ErrNotFound) {
				one, err = nil, nil
			}
			must(t, err)
			same(t, string(no), many[i], one)
		}
		same(t, "none", len(got(s.LoadMany(t.Context(), Region, nil)).must(t)), 0)
	},
}

func day(n int) time.Time { return T0.Add(time.Duration(n) * 24 * time.Hour) }

// calendarOf is a version that is complete but for what a pass fills in.
func calendarOf(version int) store.CalendarRow {
	return store.CalendarRow{
		Version: version, Name: fmt.Sprintf("%d.json", 2026+version), Text: []byte(`{"days":[]}`), Digest: "a1", Source: "国办发明电〔2026〕1号",
		Reason: "国务院办公厅公布", By: "o-admin", Loaded: At(version),
	}
}

func finish(t *testing.T, s store.Store, version int) {
	t.Helper()
	c := got(s.ClaimCalendar(t.Context(), version, "a", At(0), At(1))).must(t)
	c.Finished = At(1)
	must(t, s.KeepCalendar(t.Context(), c, time.Time{}))
}
