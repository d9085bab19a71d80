package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/tongban/tongban/evidence"
	"github.com/tongban/tongban/internal/store"
)

// proven gives changes of cases, in their order, the salts and leaves that their entries have.
func proven(t *testing.T, changes ...*store.Change) []*store.Change {
	t.Helper()
	last := map[store.Key][]byte{}
	for i, c := range changes {
		c.After = last[c.Key]
		c.Entry.Salt = fmt.Appendf(nil, "%016d", i)
		hash, err := store.EntryHash(evidence.Standard, c.Key, c.After, &c.Entry)
		must(t, err)
		leaf := hash.Leaf()
		c.Entry.Hash, c.Entry.Leaf = hash, leaf[:]
		last[c.Key] = leaf[:]
	}
	return changes
}

// wroteAll writes one of everything that leaves prove, and returns how many that is.
func wroteAll(t *testing.T, s store.Store) int {
	t.Helper()
	ctx := t.Context()
	changes := proven(t, Opening(1), Next(1, 2), Opening(2), Next(1, 3))
	commit(t, s, changes...)
	must(t, s.AddLook(ctx, look(1, 1), look(2, 1), look(1, 1)))
	must(t, s.AddTrace(ctx, trace(1, store.SignInLog, Region), trace(1, store.SignInLog, Region)))
	must(t, s.AddAccount(ctx, store.Account{ID: "a1", Login: "li", Region: Region}, trace(2, store.OperationLog, "")))
	must(t, s.PutPack(ctx, store.PackRow{ID: "p", Version: "1", Digest: []byte("d"), Archive: []byte("zip"), Added: At(1)}))
	must(t, s.AddCalendar(ctx, store.CalendarRow{Version: 1, Text: []byte("{}"), Digest: "00", Loaded: At(2)}))
	return len(changes) + 2 + 2 + 2
}

func look(of, n int) store.Look {
	return store.Look{Key: KeyOf(of), Account: "clerk", Department: "market", At: At(n), What: "case", Reason: "核对"}
}

// begun begins the log and returns its head.
func begun(t *testing.T, s store.Store) store.LogHead {
	t.Helper()
	return got(s.BeginLog(t.Context(), store.LogHead{Checkpoint: []byte("none"), At: At(0)})).must(t)
}

// growth places leaves behind a head.
func growth(was store.LogHead, leaves []store.Leaf) store.Growth {
	size := was.Size + int64(len(leaves))
	return store.Growth{Head: store.LogHead{Size: size, Checkpoint: fmt.Append(nil, "signed ", size), At: At(int(size))}, Leaves: leaves,
		Tiles: []store.LogTile{{Level: evidence.Entries, N: 0, Body: fmt.Append(nil, "bundle ", size)}, {Level: 1, N: 0, Body: fmt.Append(nil, "tile ", size)}}}
}

// leavesOf computes the leaves of all rows again, with their places.
func leavesOf(t *testing.T, s store.Store) (all map[store.LeafID]evidence.Hash, places map[store.LeafID]int64) {
	t.Helper()
	all, places = map[store.LeafID]evidence.Hash{}, map[store.LeafID]int64{}
	must(t, s.EachLeaf(t.Context(), func(l store.Leaf, place int64) error {
		all[l.LeafID], places[l.LeafID] = l.Entry, place
		return nil
	}))
	return all, places
}

// waits checks that the leaves of all rows wait, each once and as computed from its row.
func waits(t *testing.T, s store.Store, n int) []store.Leaf {
	t.Helper()
	waiting := got(s.WaitingLeaves(t.Context(), 1000)).must(t)
	all, _ := leavesOf(t, s)
	if len(waiting) != n || len(all) != n {
		t.Fatalf("%d leaves wait, %d rows are proved by one, want %d", len(waiting), len(all), n)
	}
	for _, l := range waiting {
		if all[l.LeafID] != l.Entry {
			t.Errorf("the leaf of %+v is not that of its row", l.LeafID)
		}
	}
	return waiting
}

var evidences = group{
	"each row that a leaf proves has one that waits, whatever is repeated or refused": func(t *testing.T, s store.Store) {
		n := wroteAll(t, s)
		ctx := t.Context()
		again := proven(t, Opening(1))[0]
		wantErr(t, s.Commit(ctx, again), store.ErrRepeat)
		must(t, s.AddLook(ctx, look(1, 1)))
		must(t, s.AddTrace(ctx, trace(1, store.SignInLog, Region)))
		must(t, s.PutPack(ctx, store.PackRow{ID: "p", Version: "1", Digest: []byte("d")}))
		wantErr(t, s.PutPack(ctx, store.PackRow{ID: "p", Version: "1", Digest: []byte("e")}), store.ErrConflict)
		wantErr(t, s.AddCalendar(ctx, store.CalendarRow{Version: 1}), store.ErrConflict)
		wantErr(t, s.AddAccount(ctx, store.Account{ID: "a2", Login: "li"}, trace(3, store.OperationLog, "")), store.ErrConflict)
		bare := proven(t, Opening(3))[0]
		bare.Entry.Hash, bare.Calendar = evidence.Hash{}, 1
		if s.Commit(ctx, bare) == nil {
			t.Error("an entry without a hash for the log was written")
		}
		waiting := waits(t, s, n)
		no := int64(0)
		for _, l := range waiting {
			if l.Kind == store.LeafEntry && l.Name == string(KeyOf(1).Case) {
				if l.No != no+1 {
					t.Errorf("entry %d waits behind entry %d", l.No, no)
				}
				no = l.No
			}
		}
	},
	"a log that is begun late has what stands already, and is begun once": func(t *testing.T, s store.Store) {
		wantErr(t, errOf(s.LogHead(t.Context())), store.ErrNotFound)
		n := wroteAll(t, s)
		head := begun(t, s)
		same(t, "head", head, store.LogHead{Checkpoint: []byte("none"), At: At(0)})
		first := waits(t, s, n)
		must(t, s.GrowLog(t.Context(), head, growth(head, first[:3])))
		grown := got(s.BeginLog(t.Context(), store.LogHead{Checkpoint: []byte("another")})).must(t)
		same(t, "head of a log that is begun again", grown, growth(head, first[:3]).Head)
		if left := got(s.WaitingLeaves(t.Context(), 1000)).must(t); len(left) != n-3 {
			t.Errorf("%d leaves wait, want %d", len(left), n-3)
		}
	},
	"a log grows by leaves that wait, in their order": func(t *testing.T, s store.Store) {
		n := wroteAll(t, s)
		head := begun(t, s)
		ctx := t.Context()
		waiting := waits(t, s, n)
		_, err := s.LeafPlace(ctx, waiting[0].LeafID)
		wantErr(t, err, store.ErrNotFound)
		g := growth(head, waiting[:2])
		must(t, s.GrowLog(ctx, head, g))
		same(t, "head", got(s.LogHead(ctx)).must(t), g.Head)
		rest := got(s.WaitingLeaves(ctx, 1000)).must(t)
		same(t, "what still waits", rest, waiting[2:])
		same(t, "the first that waits", got(s.WaitingLeaves(ctx, 1)).must(t), waiting[2:3])
		must(t, s.GrowLog(ctx, g.Head, growth(g.Head, rest)))
		_, places := leavesOf(t, s)
		for i, l := range waiting {
			if place := got(s.LeafPlace(ctx, l.LeafID)).must(t); place != int64(i) || places[l.LeafID] != place {
				t.Errorf("leaf %d has place %d, and by its row %d", i, place, places[l.LeafID])
			}
		}
		same(t, "bundle", string(got(s.LogTile(ctx, evidence.Entries, 0)).must(t)), fmt.Sprint("bundle ", n))
		same(t, "tile", string(got(s.LogTile(ctx, 1, 0)).must(t)), fmt.Sprint("tile ", n))
		_, err = s.LogTile(ctx, 1, 1)
		wantErr(t, err, store.ErrNotFound)
	},
	"outsiders are shown what was last shown, never less": func(t *testing.T, s store.Store) {
		ctx := t.Context()
		wantErr(t, errOf(s.ShownLog(ctx)), store.ErrNotFound)
		n := wroteAll(t, s)
		head := begun(t, s)
		waiting := waits(t, s, n)
		g := growth(head, waiting[:2])
		must(t, s.GrowLog(ctx, head, g))
		shows := func(what string, want store.LogHead) {
			t.Helper()
			same(t, what, got(s.ShownLog(ctx)).must(t), want)
		}
		shows("before anything is shown", g.Head)
		signed := store.LogHead{Size: g.Head.Size, Checkpoint: []byte("signed by two"), At: At(2)}
		must(t, s.ShowLog(ctx, signed))
		next := growth(g.Head, waiting[2:3])
		must(t, s.GrowLog(ctx, g.Head, next))
		shows("while the log grows", signed)
		same(t, "head", got(s.LogHead(ctx)).must(t), next.Head)
		more := store.LogHead{Size: g.Head.Size, Checkpoint: []byte("signed by three"), At: At(3)}
		must(t, s.ShowLog(ctx, more))
		shows("signed by one more", more)
		longer := store.LogHead{Size: next.Head.Size, Checkpoint: []byte("longer"), At: At(4)}
		must(t, s.ShowLog(ctx, longer))
		must(t, s.ShowLog(ctx, more))
		shows("a shorter one that comes late", longer)
		must(t, s.ShowLog(ctx, store.LogHead{}))
		shows("nothing is shown any more", next.Head)
	},
	"who follows the places of a log sees each entry once, in one order": func(t *testing.T, s store.Store) {
		ctx := t.Context()
		placed, at, err := s.PlacedEntries(ctx, 0, 10)
		if len(placed) > 0 || at != 0 || err != nil {
			t.Errorf("before there is a log: %v, %d, %v", placed, at, err)
		}
		n := wroteAll(t, s)
		head := begun(t, s)
		waiting := waits(t, s, n)
		first := growth(head, waiting[:n-1])
		must(t, s.GrowLog(ctx, head, first))
		follow := func(from int64, step int) (list []store.PlacedEntry, _ int64) {
			for {
				page, next, err := s.PlacedEntries(ctx, from, step)
				must(t, err)
				list = append(list, page...)
				if next == from {
					return list, next
				}
				from = next
			}
		}
		var all []store.PlacedEntry
		for step := 1; step <= n; step++ { // pages without an entry, and of several
			list, next := follow(0, step)
			if next != int64(n-1) {
				t.Errorf("by %d: goes on from %d", step, next)
			}
			if step > 1 {
				same(t, fmt.Sprint("entries by ", step), list, all)
			}
			all = list
		}
		must(t, s.GrowLog(ctx, first.Head, growth(first.Head, waiting[n-1:])))
		more, next := follow(int64(n-1), 3)
		all = append(all, more...)
		if again, last, err := s.PlacedEntries(ctx, next, 3); len(again) > 0 || last != next || err != nil {
			t.Errorf("at the end: %v, %d, %v", again, last, err)
		}
		if far, last, err := s.PlacedEntries(ctx, 1<<40, 3); len(far) > 0 || last != 1<<40 || err != nil {
			t.Errorf("behind the end: %v, %d, %v", far, last, err)
		}
		no := map[store.Key]int{}
		for _, p := range all {
			no[p.Key]++
			entry := got(s.Entries(ctx, p.Key, no[p.Key]-1, 1)).must(t)[0]
			same(t, "entry", p.Entry, entry)
			if place := got(s.LeafPlace(ctx, store.EntryLeaf(p.Key, p.No))).must(t); place != p.Place {
				t.Errorf("%s/%d has place %d, want %d", p.Case, p.No, p.Place, place)
			}
		}
		if len(all) != 4 || no[KeyOf(1)] != 3 {
			t.Errorf("%d entries, %v", len(all), no)
		}
	},
	"a log grows from its newest head only, and by nothing that does not wait": func(t *testing.T, s store.Store) {
		n := wroteAll(t, s)
		head := begun(t, s)
		ctx := t.Context()
		waiting := waits(t, s, n)
		g := growth(head, waiting[:2])
		must(t, s.GrowLog(ctx, head, g))
		wantErr(t, s.GrowLog(ctx, head, growth(head, waiting[2:])), store.ErrConflict)
		other := g.Head
		other.Checkpoint = []byte("a fork")
		wantErr(t, s.GrowLog(ctx, other, growth(other, waiting[2:])), store.ErrConflict)
		wantErr(t, s.GrowLog(ctx, g.Head, growth(g.Head, waiting[2:3:3])), nil)
		now := got(s.LogHead(ctx)).must(t)
		gone := waiting[3]
		gone.ID = 1 << 40
		wantErr(t, s.GrowLog(ctx, now, growth(now, []store.Leaf{waiting[4], gone})), store.ErrConflict)
		same(t, "head", got(s.LogHead(ctx)).must(t), now)
		_, err := s.LeafPlace(ctx, waiting[4].LeafID)
		wantErr(t, err, store.ErrNotFound)
		same(t, "tile", string(got(s.LogTile(ctx, 1, 0)).must(t)), "tile 3")
	},
	"of many that grow a log at one time one does": func(t *testing.T, s store.Store) {
		n := wroteAll(t, s)
		head := begun(t, s)
		waiting := waits(t, s, n)
		errs := together(8, func(int) error { return s.GrowLog(t.Context(), head, growth(head, waiting)) })
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
			} else if !errors.Is(err, store.ErrConflict) {
				t.Error(err)
			}
		}
		if won != 1 {
			t.Errorf("%d of 8 grew the log", won)
		}
	},
	"who waits for leaves is told of them": func(t *testing.T, s store.Store) {
		for {
			select {
			case <-s.Leaves():
				continue
			default:
			}
			break
		}
		must(t, s.AddTrace(t.Context(), trace(1, store.SignInLog, Region)))
		<-s.Leaves()
		commit(t, s, proven(t, Opening(1))...)
		<-s.Leaves()
	},
	"the suite of the log is settled once, before there is anything in it": func(t *testing.T, s store.Store) {
		ctx := t.Context()
		same(t, "suite", s.Suite(), evidence.Standard)
		won := got(s.SettleSuite(ctx, evidence.SM)).must(t)
		same(t, "settled", won, evidence.SM)
		same(t, "suite", s.Suite(), evidence.SM)
		same(t, "settled again", got(s.SettleSuite(ctx, evidence.Standard)).must(t), evidence.SM)
		must(t, s.AddTrace(ctx, trace(1, store.SignInLog, Region)))
		waits(t, s, 1)
		begun(t, s)
		waits(t, s, 1)
		same(t, "settled late", got(s.SettleSuite(ctx, evidence.Standard)).must(t), evidence.SM)
		other := trace(1, store.SignInLog, Region)
		usual := got(other.Leaf(evidence.Standard, [evidence.SaltBytes]byte{})).must(t)
		if usual == got(other.Leaf(evidence.SM, [evidence.SaltBytes]byte{})).must(t) {
			t.Error("both suites give one hash")
		}
	},
	"a store with entries keeps the suite that they have": func(t *testing.T, s store.Store) {
		commit(t, s, proven(t, Opening(1))...)
		same(t, "settled", got(s.SettleSuite(t.Context(), evidence.SM)).must(t), evidence.Standard)
		same(t, "settled again", got(s.SettleSuite(t.Context(), evidence.SM)).must(t), evidence.Standard)
	},
	"keys of the log stand in their order and end once": func(t *testing.T, s store.Store) {
		ctx := t.Context()
		key := func(n int) store.LogKey {
			return store.LogKey{ID: fmt.Sprint("k", n), Public: fmt.Sprint("log+k", n), Secret: fmt.Sprint("sealed ", n), Began: At(n)}
		}
		must(t, s.AddLogKey(ctx, key(1)))
		wantErr(t, s.AddLogKey(ctx, key(1)), store.ErrConflict)
		wantErr(t, s.AddLogKey(ctx, key(0)), store.ErrConflict)
		wantErr(t, s.AddLogKey(ctx, key(3), key(1)), store.ErrConflict)
		must(t, s.AddLogKey(ctx, key(2)))
		must(t, s.ResealLogKey(ctx, "k2", "sealed 2", "sealed anew"))
		wantErr(t, s.ResealLogKey(ctx, "k2", "sealed 2", "sealed late"), store.ErrNotFound)
		must(t, s.EndLogKey(ctx, "k1", At(3)))
		wantErr(t, s.EndLogKey(ctx, "k1", At(4)), store.ErrNotFound)
		first, second := key(1), key(2)
		first.Secret, first.Ended, second.Secret = "", At(3), "sealed anew"
		same(t, "keys", got(s.LogKeys(ctx)).must(t), []store.LogKey{first, second})
		won := 0
		for _, err := range together(8, func(i int) error { k := key(3); k.ID = fmt.Sprint("r", i); return s.AddLogKey(ctx, k) }) {
			if err == nil {
				won++
			}
		}
		if all := got(s.LogKeys(ctx)).must(t); won != 1 || len(all) != 3 || !slices.IsSortedFunc(all, func(a, b store.LogKey) int { return a.Began.Compare(b.Began) }) {
			t.Errorf("%d of 8 made a key at one time; keys %v", won, all)
		}
	},
}
