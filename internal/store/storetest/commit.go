package storetest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/tongban/tongban/internal/store"
)

var commits = group{
	"what one command changed is read back whole": func(t *testing.T, s store.Store) {
		c := Opening(1)
		c.Snapshot = []byte(`{"snapshot":1}`)
		commit(t, s, c)
		l := got(s.Load(t.Context(), c.Key)).must(t)
		same(t, "loaded", l, &store.Loaded{Snapshot: c.Snapshot, SnapshotNo: 1, SnapshotLeaf: c.Entry.Leaf})
		same(t, "entries", got(s.Entries(t.Context(), c.Key, 0, 0)).must(t), []store.Entry{asRead(c.Entry)})
		same(t, "row", got(s.Case(t.Context(), c.Key)).must(t), &c.Row)
		items, _, err := s.Tasks(t.Context(), store.TaskQuery{Region: Region, Department: "market"})
		must(t, err)
		same(t, "tasks", items, []store.TaskItem{{TaskRow: c.Tasks[0], Case: c.Row}})
		clocks, _, err := s.Clocks(t.Context(), store.ClockQuery{Region: Region})
		must(t, err)
		same(t, "clocks", clocks, c.Clocks)
	},
	"an entry whose number is taken conflicts and writes nothing": func(t *testing.T, s store.Store) {
		commit(t, s, Opening(1), Next(1, 2))
		late := Next(1, 2)
		late.Entry.Request, late.Row.Applicant, late.Tasks[0].Holder = "another", "别人", "别人"
		late.Messages = []store.Message{{Channel: "sms", Recipient: "139"}}
		wantErr(t, s.Commit(t.Context(), late), store.ErrConflict)
		row := got(s.Case(t.Context(), KeyOf(1))).must(t)
		same(t, "applicant", row.Applicant, "王小明")
		same(t, "messages", len(written(t, s, "139")), 0)
		_, _, err := s.ByRequest(t.Context(), KeyOf(1), "another")
		wantErr(t, err, store.ErrNotFound)
	},
	"an entry that would leave a gap conflicts, alone or among others": func(t *testing.T, s store.Store) {
		wantErr(t, s.Commit(t.Context(), Next(7, 2)), store.ErrConflict)
		commit(t, s, Opening(1))
		errs := together(20, func(i int) error {
			if i == 7 {
				return s.Commit(t.Context(), Next(1, 3))
			}
			return s.Commit(t.Context(), Opening(100+i))
		})
		for i, err := range errs {
			if want := map[bool]error{true: store.ErrConflict}[i == 7]; !errors.Is(err, want) {
				t.Errorf("change %d: %v, want %v", i, err, want)
			}
		}
		same(t, "entries", len(got(s.Entries(t.Context(), KeyOf(1), 0, 0)).must(t)), 1)
		wantErr(t, errOf(s.Entries(t.Context(), KeyOf(7), 0, 0)), nil)
		wantErr(t, errOf(s.Case(t.Context(), KeyOf(7))), store.ErrNotFound)
	},
	"an entry that was decided on another entry than the last one conflicts": func(t *testing.T, s store.Store) {
		commit(t, s, Opening(1))
		other := Next(1, 2)
		other.After = []byte("an entry that was never written")
		wantErr(t, s.Commit(t.Context(), other), store.ErrConflict)
		same(t, "entries", len(got(s.Entries(t.Context(), KeyOf(1), 0, 0)).must(t)), 1)
		commit(t, s, Next(1, 2))
	},
	"a request id opens one case of a region, and may open one of another": func(t *testing.T, s store.Store) {
		commit(t, s, Opening(1))
		again := Opening(2)
		again.Entry.Request = Opening(1).Entry.Request
		wantErr(t, s.Commit(t.Context(), again), store.ErrRepeat)
		wantErr(t, errOf(s.Case(t.Context(), KeyOf(2))), store.ErrNotFound)
		key, e, err := s.ByRequest(t.Context(), store.Key{Region: Region}, again.Entry.Request)
		must(t, err)
		same(t, "key", key, KeyOf(1))
		same(t, "entry", *e, asRead(Opening(1).Entry))
		again.Region, again.Row.Region = "610600", "610600"
		commit(t, s, again)
	},
	"a request id is taken once in a case, and may be used in another": func(t *testing.T, s store.Store) {
		commit(t, s, Opening(1), Opening(2), Next(1, 2))
		again := Next(1, 3)
		again.Entry.Request = Next(1, 2).Entry.Request
		wantErr(t, s.Commit(t.Context(), again), store.ErrRepeat)
		key, e, err := s.ByRequest(t.Context(), KeyOf(1), again.Entry.Request)
		must(t, err)
		same(t, "key", key, KeyOf(1))
		same(t, "entry", *e, asRead(Next(1, 2).Entry))
		other := Next(2, 2)
		other.Entry.Request = again.Entry.Request
		_, _, err = s.ByRequest(t.Context(), KeyOf(2), again.Entry.Request)
		wantErr(t, err, store.ErrNotFound)
		commit(t, s, other)
	},
	"the same change again is a repeat, not a conflict": func(t *testing.T, s store.Store) {
		commit(t, s, Opening(1))
		wantErr(t, s.Commit(t.Context(), Opening(1)), store.ErrRepeat)
	},
	"of 100 requests with one id one wins and the others are repeats": func(t *testing.T, s store.Store) {
		errs := together(100, func(i int) error {
			c := Opening(i)
			c.Entry.Request = "once"
			return s.Commit(t.Context(), c)
		})
		countOutcomes(t, errs, store.ErrRepeat)
		key, _, err := s.ByRequest(t.Context(), store.Key{Region: Region}, "once")
		must(t, err)
		keys := got(s.Keys(t.Context(), Region, "", 1000)).must(t)
		same(t, "cases", keys, []store.Key{key})
	},
	"of 64 commands on the same state one wins and the others conflict": func(t *testing.T, s store.Store) {
		commit(t, s, Opening(1))
		errs := together(64, func(i int) error {
			c := Next(1, 2)
			c.Entry.Request, c.Tasks[0].Holder, c.Row.Owner = fmt.Sprint("r", i), fmt.Sprint("clerk", i), fmt.Sprint("clerk", i)
			return s.Commit(t.Context(), c)
		})
		winner := countOutcomes(t, errs, store.ErrConflict)
		row := got(s.Case(t.Context(), KeyOf(1))).must(t)
		same(t, "row is the winner's", row.Owner, fmt.Sprint("clerk", winner))
		items, _, err := s.Tasks(t.Context(), store.TaskQuery{Region: Region, Person: row.Owner})
		must(t, err)
		same(t, "tasks of the winner", len(items), 1)
	},
	"entries proposed one after another are all written, in order, told what was before or not": func(t *testing.T, s store.Store) {
		const cases, entries = 8, 30
		var waits [cases][entries]func() error
		var before [cases]*store.Change
		for n := range entries {
			for c := range cases {
				change := Opening(c)
				if n > 0 {
					change = Next(c, n+1)
				}
				if n > 0 && c%2 == 0 {
					tellBefore(change, before[c])
				}
				before[c] = change
				waits[c][n] = s.Propose(t.Context(), change)
			}
		}
		for c := range cases {
			for n := range entries {
				must(t, waits[c][n]())
			}
			row := got(s.Case(t.Context(), KeyOf(c))).must(t)
			same(t, "entry", row.Entry, entries)
			same(t, "journal", len(got(s.Entries(t.Context(), KeyOf(c), 0, 0)).must(t)), entries)
		}
		for holder, want := range map[int]int{entries: cases, entries - 1: 0} { // of all cases: only now are all written
			items, _, err := s.Tasks(t.Context(), store.TaskQuery{Region: Region, Person: fmt.Sprint("clerk", holder)})
			must(t, err)
			same(t, fmt.Sprint("tasks of holder ", holder), len(items), want)
		}
	},
	"an entry is not written if the one it follows is not": followers,
	"64 writers at once lose nothing": func(t *testing.T, s store.Store) {
		const each = 20
		errs := together(64, func(i int) error {
			if err := s.Commit(t.Context(), Opening(i)); err != nil {
				return err
			}
			for no := 2; no <= each; no++ {
				if err := s.Commit(t.Context(), Next(i, no)); err != nil {
					return err
				}
				row, err := s.Case(t.Context(), KeyOf(i))
				if err != nil || row.Entry != no {
					return fmt.Errorf("entry %d was acknowledged, the row says %+v, %w", no, row, err)
				}
			}
			return nil
		})
		must(t, errors.Join(errs...))
		for i := range 64 {
			l := got(s.Load(t.Context(), KeyOf(i))).must(t)
			if len(l.Entries) != each || l.Entries[each-1].No != each {
				t.Errorf("case %d has %d entries, want %d", i, len(l.Entries), each)
			}
		}
	},
	"one bad change fails alone": func(t *testing.T, s store.Store) {
		errs := together(50, func(i int) error {
			c := Opening(i)
			if i == 20 {
				c.Row.Applicant = "bad \xff text"
			}
			return s.Commit(t.Context(), c)
		})
		for i, err := range errs {
			if (err != nil) != (i == 20) {
				t.Errorf("change %d: %v", i, err)
			}
		}
		wantErr(t, errOf(s.Case(t.Context(), KeyOf(20))), store.ErrNotFound)
	},
	"a change whose context is over is not written": func(t *testing.T, s store.Store) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		err := s.Commit(ctx, Opening(1))
		row, e := s.Case(t.Context(), KeyOf(1))
		if (err == nil) != (e == nil) {
			t.Errorf("commit says %v, but the case is %v, %v", err, row, e)
		}
	},
}

// followers proposes, many times over, a chain of entries of which one cannot be written, among the changes of other cases.
func followers(t *testing.T, s store.Store) {
	const chains = 20
	for c := range chains {
		commit(t, s, Opening(c), Next(c, 2))
	}
	var waits [chains][]func() error
	for c := range chains {
		for no := 3; no <= 7; no++ {
			change := Next(c, no)
			if no == 5 { // is a repeat, is decided on something else, or cannot be stored
				switch c % 3 {
				case 0:
					change.Entry.Request = Next(c, 2).Entry.Request
				case 1:
					change.After = []byte("else")
				case 2:
					change.Row.Applicant = "bad \xff text"
				}
			}
			waits[c] = append(waits[c], s.Propose(t.Context(), change))
		}
	}
	for c := range chains {
		for i, wait := range waits[c] {
			no, err := i+3, wait()
			switch {
			case no < 5 && err != nil, no == 5 && err == nil, no > 5 && !errors.Is(err, store.ErrConflict):
				t.Errorf("case %d entry %d: %v", c, no, err)
			}
		}
		same(t, "entries", len(got(s.Entries(t.Context(), KeyOf(c), 0, 0)).must(t)), 4)
		same(t, "row", got(s.Case(t.Context(), KeyOf(c))).must(t).Entry, 4)
		commit(t, s, Next(c, 5), Next(c, 6))
	}
}

// countOutcomes fails the test unless exactly one error is nil and all others are other; it returns the winner.
func countOutcomes(t *testing.T, errs []error, other error) (winner int) {
	t.Helper()
	winner = -1
	for i, err := range errs {
		switch {
		case err == nil && winner >= 0:
			t.Errorf("both %d and %d won", winner, i)
		case err == nil:
			winner = i
		case !errors.Is(err, other):
			t.Errorf("change %d: %v, want %v", i, err, other)
		}
	}
	if winner < 0 {
		t.Error("nobody won")
	}
	return winner
}

func wantErr(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("got %v, want %v", err, want)
	}
}

func errOf[T any](_ T, err error) error { return err }

// tellBefore fills in what the rows of a change were after the one before it.
func tellBefore(c, before *store.Change) {
	c.WasTasks = were(c.Tasks, before.Tasks, func(a, b *store.TaskRow) bool { return a.ID == b.ID })
	c.WasClocks = were(c.Clocks, before.Clocks, func(a, b *store.ClockRow) bool { return a.ID == b.ID })
}

func were[R any](rows, before []R, same func(a, b *R) bool) []*R {
	was := make([]*R, len(rows))
	for i := range rows {
		for j := range before {
			if same(&rows[i], &before[j]) {
				was[i] = &before[j]
			}
		}
	}
	return was
}
