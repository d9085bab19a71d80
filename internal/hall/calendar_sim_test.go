package hall_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/workday"
)

// TestSimulatedCalendars loads random calendars, and corrections of them, among random commands on two servers over a store that
// fails now and then. After each pass every running clock is what a case that is decided afresh would have, or keeps a later
// day; what counts was decided under one calendar; and replay, rows and leaves hold as in TestSimulation.
func TestSimulatedCalendars(t *testing.T) {
	t.Parallel()
	n := *seeds / 4
	if testing.Short() {
		n = min(n, 8)
	}
	moved := 0
	for seed := range n {
		t.Run(fmt.Sprintf("seed_%d", seed), func(t *testing.T) {
			s := newSim(t, openStore(t), seed)
			for range 6 {
				s.some(15)
				s.notice()
				s.some(4) // between the calendar and its pass
				s.applied()
				for _, key := range s.keys {
					counted(t, s.hall(), key)
					moved += s.onlyOnce(key)
				}
			}
			s.run(0)
		})
	}
	if moved < n {
		t.Errorf("in %d runs cases were counted again only %d times: too few to show anything", n, moved)
	}
}

func (s *sim) some(steps int) {
	for i := range steps {
		s.st.on = i > 4
		s.step()
	}
	s.st.on = false
}

// notice loads a document for the region or the country, with a few days in the weeks that follow; one in two corrects an earlier.
func (s *sim) notice() {
	today := workday.DateOf(s.clock.Now())
	var days []string
	for range 1 + s.rng.IntN(4) {
		d := today + workday.Date(s.rng.IntN(16))
		kind := " off"
		if w := d.Weekday(); w == time.Saturday || w == time.Sunday {
			kind = " work"
		}
		if y, _, _ := d.Civil(); y == 2026 && !slices.Contains(days, d.String()+kind) {
			days = append(days, d.String()+kind)
		}
	}
	region := []string{"", s.region, s.region[:4] + "00"}[s.rng.IntN(3)]
	c := notice(fmt.Sprintf("%d.json", s.rng.IntN(3)), region, 2026, days...)
	if _, err := s.hall().LoadCalendar(context.Background(), admin, c); err != nil {
		s.t.Fatal(err)
	}
}

// applied lets servers try the pass, with faults, until it is done.
func (s *sim) applied() {
	s.st.on = true
	for i := 0; ; i++ {
		if i == 20 {
			s.st.on = false
		}
		row, err := s.hall().ApplyCalendars(context.Background())
		if err == nil && !row.Finished.IsZero() {
			if row.Failed > 0 && i > 20 {
				s.t.Fatalf("%+v", row)
			}
			break
		}
		if err != nil && !errors.Is(err, store.ErrBusy) {
			s.t.Fatal(err)
		}
		s.clock.Add(31 * time.Second) // past the lease
	}
	s.st.on = false
	for _, h := range s.halls {
		if err := h.FollowCalendars(context.Background()); err != nil {
			s.t.Fatal(err)
		}
	}
}

// onlyOnce fails the test if a case was counted again twice for one calendar, and tells for how many it was.
func (s *sim) onlyOnce(key store.Key) int {
	seen := map[int]bool{}
	for _, e := range journal(s.t, s.hall(), key) {
		for _, ev := range e.Decoded {
			if r, ok := ev.(caseflow.Recounted); ok && r.Calendar > 0 {
				if seen[r.Calendar] {
					s.t.Fatalf("%s was counted again twice for calendar %d", key.Case, r.Calendar)
				}
				seen[r.Calendar] = true
			}
		}
	}
	return len(seen)
}
