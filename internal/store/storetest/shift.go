package storetest

import (
	"errors"
	"fmt"
	"testing"

	"github.com/tongban/tongban/internal/line"
	"github.com/tongban/tongban/internal/store"
)

// shift is the n-th offer, at the n-th minute.
func shift(n int) store.Shift {
	return store.Shift{Region: Region, ID: fmt.Sprint("H", n), State: store.ShiftOffered, Giver: "clerk1", Taker: "clerk2", Made: At(n), Department: "hall",
		Words: "下午三点来取", Papers: "租赁合同原件", Pieces: []store.Piece{{Case: No(1), Tasks: []int{1}, Assist: true}, {Lobby: "hall", Day: 9, Turn: 3}}}
}

// passed is the n-th hand-over as taken, with the change of each of the cases.
func passed(n int, cases ...int) (store.Shift, []*store.Change) {
	s := shift(n)
	s.State, s.Settled = store.ShiftTaken, At(n+1)
	var all []*store.Change
	for _, c := range cases {
		all = append(all, Next(c, 2))
	}
	return s, all
}

var shifts = group{
	"a hand-over comes back as it was written, and its id is its own": func(t *testing.T, s store.Store) {
		sh := shift(1)
		must(t, s.AddShift(t.Context(), sh))
		same(t, "hand-over", *got(s.Shift(t.Context(), Region, sh.ID)).must(t), sh)
		if err := s.AddShift(t.Context(), sh); !errors.Is(err, store.ErrConflict) {
			t.Errorf("the same id again: %v", err)
		}
		if _, err := s.Shift(t.Context(), "610600", sh.ID); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("another region: %v", err)
		}
	},
	"what is handed over is written with it: cases, turns and the hand-over": func(t *testing.T, s store.Store) {
		must(t, s.Commit(t.Context(), Opening(1)))
		must(t, s.Commit(t.Context(), Opening(2)))
		must(t, s.AddShift(t.Context(), shift(1)))
		first := got(s.AddTurn(t.Context(), turn("r1"))).must(t)
		first.By = "clerk2"
		sh, changes := passed(1, 2, 1)
		must(t, s.SettleShift(t.Context(), sh, changes, []line.Turn{first}))
		sh.Version = 1
		same(t, "hand-over", *got(s.Shift(t.Context(), Region, sh.ID)).must(t), sh)
		for _, n := range []int{1, 2} {
			if row := got(s.Case(t.Context(), KeyOf(n))).must(t); row.Entry != 2 {
				t.Errorf("case %d is at entry %d", n, row.Entry)
			}
		}
		if now := got(s.Turns(t.Context(), Region, first.Lobby, first.Day)).must(t); now[0].By != "clerk2" {
			t.Errorf("the turn is %s's", now[0].By)
		}
	},
	"if one part cannot be written nothing is": func(t *testing.T, s store.Store) {
		must(t, s.Commit(t.Context(), Opening(1)))
		must(t, s.Commit(t.Context(), Opening(2)))
		must(t, s.Commit(t.Context(), Opening(3)))
		must(t, s.Commit(t.Context(), Next(3, 2))) // somebody was quicker
		must(t, s.AddShift(t.Context(), shift(1)))
		first := got(s.AddTurn(t.Context(), turn("r1"))).must(t)
		moved := first
		moved.Version++
		late := func(c *store.Change) *store.Change { c.Calendar = 7; return c }
		sh, two := passed(1, 1, 2)
		_, three := passed(1, 1, 2, 3)
		gone := sh
		gone.ID = "H9"
		old := sh
		old.Version = 4
		for name, c := range map[string]struct {
			sh      store.Shift
			changes []*store.Change
			turns   []line.Turn
			want    error
		}{
			"a case moved on": {sh, three, nil, store.ErrConflict}, "a turn moved on": {sh, two, []line.Turn{moved}, store.ErrConflict},
			"no such offer": {gone, two, nil, store.ErrConflict}, "an offer at another version": {old, two, nil, store.ErrConflict},
			"another calendar": {sh, []*store.Change{Next(1, 2), late(Next(2, 2))}, nil, store.ErrCalendar},
		} {
			if err := s.SettleShift(t.Context(), c.sh, c.changes, c.turns); !errors.Is(err, c.want) {
				t.Errorf("%s: %v", name, err)
			}
			for _, n := range []int{1, 2} {
				if row := got(s.Case(t.Context(), KeyOf(n))).must(t); row.Entry != 1 {
					t.Fatalf("%s: case %d was written", name, n)
				}
			}
			if now := got(s.Shift(t.Context(), Region, "H1")).must(t); now.State != store.ShiftOffered {
				t.Fatalf("%s: the offer is %s", name, now.State)
			}
		}
	},
	"of all who settle an offer one does": func(t *testing.T, s store.Store) {
		must(t, s.Commit(t.Context(), Opening(1)))
		must(t, s.AddShift(t.Context(), shift(1)))
		won := 0
		for _, err := range together(8, func(i int) error {
			sh, changes := passed(1, 1)
			if i%2 == 0 {
				sh.State, changes = store.ShiftDeclined, nil
			}
			return s.SettleShift(t.Context(), sh, changes, nil)
		}) {
			if err == nil {
				won++
			} else if !errors.Is(err, store.ErrConflict) {
				t.Error(err)
			}
		}
		sh := got(s.Shift(t.Context(), Region, "H1")).must(t)
		row := got(s.Case(t.Context(), KeyOf(1))).must(t)
		if won != 1 || (sh.State == store.ShiftTaken) != (row.Entry == 2) {
			t.Errorf("%d won; the offer is %s, the case at entry %d", won, sh.State, row.Entry)
		}
	},
	"hand-overs are found by who gives and who takes, newest first": func(t *testing.T, s store.Store) {
		for n, change := range []func(*store.Shift){
			func(*store.Shift) {}, func(h *store.Shift) { h.Giver, h.Taker = "clerk2", "clerk3" }, func(h *store.Shift) { h.Taker = "clerk3" },
			func(h *store.Shift) { h.State = store.ShiftBack }, func(h *store.Shift) { h.Region = "610600" },
		} {
			h := shift(n)
			change(&h)
			must(t, s.AddShift(t.Context(), h))
		}
		for name, c := range map[string]struct {
			q    store.ShiftQuery
			want string
		}{
			"clerk1": {store.ShiftQuery{Person: "clerk1"}, "[H3 H2 H0]"}, "clerk2": {store.ShiftQuery{Person: "clerk2"}, "[H3 H1 H0]"},
			"offered to or by clerk2": {store.ShiftQuery{Person: "clerk2", State: store.ShiftOffered}, "[H1 H0]"}, "nobody": {store.ShiftQuery{Person: ""}, "[]"},
		} {
			c.q.Region, c.q.Limit = Region, 2
			ids := []string{}
			for _, h := range all(t, func(cur string) ([]store.Shift, string, error) {
				c.q.Cursor = cur
				return s.FindShifts(t.Context(), c.q)
			}) {
				ids = append(ids, h.ID)
			}
			same(t, name, fmt.Sprint(ids), c.want)
		}
		if _, _, err := s.FindShifts(t.Context(), store.ShiftQuery{Region: Region, Person: "clerk1", Cursor: "nonsense"}); !errors.Is(err, store.ErrCursor) {
			t.Errorf("a cursor that is none: %v", err)
		}
	},
}
