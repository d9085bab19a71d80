package storetest

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
)

var reading = group{
	"what does not exist is not found": func(t *testing.T, s store.Store) {
		ctx := t.Context()
		wantErr(t, errOf(s.Load(ctx, KeyOf(1))), store.ErrNotFound)
		wantErr(t, errOf(s.Case(ctx, KeyOf(1))), store.ErrNotFound)
		wantErr(t, errOf(s.LicenceByVerify(ctx, "none")), store.ErrNotFound)
		wantErr(t, errOf(s.LicenceByVerify(ctx, "")), store.ErrNotFound)
		_, _, err := s.ByRequest(ctx, KeyOf(1), "none")
		wantErr(t, err, store.ErrNotFound)
		same(t, "entries", len(got(s.Entries(ctx, KeyOf(1), 0, 0)).must(t)), 0)
	},
	"a case of another region is another case": func(t *testing.T, s store.Store) {
		commit(t, s, Opening(1))
		wantErr(t, errOf(s.Case(t.Context(), store.Key{Region: "610600", Case: No(1)})), store.ErrNotFound)
	},
	"load returns the newest snapshot and what follows it": func(t *testing.T, s store.Store) {
		var want []store.Entry
		commit(t, s, Opening(1))
		for no := 2; no <= 10; no++ {
			c := Next(1, no)
			if no == 3 || no == 7 {
				c.Snapshot = fmt.Append(nil, "after ", no)
			}
			if no > 7 {
				want = append(want, asRead(c.Entry))
			}
			commit(t, s, c)
		}
		same(t, "loaded", *got(s.Load(t.Context(), KeyOf(1))).must(t),
			store.Loaded{Snapshot: []byte("after 7"), SnapshotNo: 7, SnapshotLeaf: Next(1, 7).Entry.Leaf, Entries: want})
	},
	"bytes come back as they were, whatever they are": func(t *testing.T, s store.Store) {
		long := bytes.Repeat([]byte(`{"n":"task-claimed","d":{"task":1,"holder":"李"}},`), 2000)
		for i, value := range [][]byte{
			{0}, []byte("\x00text"), []byte("\x28\xb5\x2f\xfd"), []byte("\x28\xb5\x2f\xfd and more"), []byte(`[]`), long,
			append([]byte("\x28\xb5\x2f\xfd"), long...), append([]byte{0}, long...), bytes.Repeat([]byte{0}, 1<<20),
		} {
			c := Opening(i)
			c.Entry.Events, c.Snapshot = value, value
			c.Messages = []store.Message{{Channel: "sms", Recipient: c.Entry.Request, Body: value}}
			c.Licences = []store.LicenceRow{{Key: c.Key, No: "1", Verify: c.Entry.Request, Body: value}}
			commit(t, s, c)
			l := got(s.Load(t.Context(), c.Key)).must(t)
			_, again, err := s.ByRequest(t.Context(), c.Key, c.Entry.Request)
			must(t, err)
			licence := got(s.LicenceByVerify(t.Context(), c.Entry.Request)).must(t)
			message := written(t, s, c.Entry.Request)[0]
			for what, b := range map[string][]byte{
				"events": got(s.Entries(t.Context(), c.Key, 0, 0)).must(t)[0].Events, "events by request": again.Events,
				"snapshot": l.Snapshot, "message": message.Body, "licence": licence.Body,
			} {
				if !bytes.Equal(b, value) {
					t.Errorf("%s of %d: %.20q … (%d bytes), want %.20q … (%d)", what, i, b, len(b), value, len(value))
				}
			}
		}
	},
	"entries come in order, after a number, at most a limit": func(t *testing.T, s store.Store) {
		commit(t, s, Opening(1))
		for no := 2; no <= 12; no++ { // 10 comes after 9, not after 1
			commit(t, s, Next(1, no))
		}
		var nos []int
		for _, e := range got(s.Entries(t.Context(), KeyOf(1), 8, 3)).must(t) {
			nos = append(nos, e.No)
		}
		same(t, "numbers", nos, []int{9, 10, 11})
		same(t, "all", len(got(s.Entries(t.Context(), KeyOf(1), 0, 0)).must(t)), 12)
	},
	"keys walk every case of a region once": func(t *testing.T, s store.Store) {
		var want []store.Key
		for n := range 25 {
			commit(t, s, Opening(n))
			want = append(want, KeyOf(n))
		}
		other := Opening(3)
		other.Region = "610600"
		commit(t, s, other, Next(5, 2))
		var all []store.Key
		after := caseflow.CaseNo("")
		for {
			keys := got(s.Keys(t.Context(), Region, after, 7)).must(t)
			if len(keys) == 0 {
				break
			}
			all = append(all, keys...)
			after = keys[len(keys)-1].Case
		}
		same(t, "keys", all, want)
		same(t, "first region", len(got(s.Keys(t.Context(), "", "", 100)).must(t)), 25)
	},
	"an instant is kept to the microsecond, and none stays none": func(t *testing.T, s store.Store) {
		c := Opening(1)
		c.Row.Decided = At(5).Add(999999)
		c.Tasks[0].Due, c.Tasks[0].Soon = At(0).AddDate(-200, 0, 0), At(0).AddDate(300, 0, 0)
		commit(t, s, c)
		r := got(s.Case(t.Context(), c.Key)).must(t)
		same(t, "decided", r.Decided, At(5).Add(999000))
		same(t, "ended is none", r.Ended.IsZero(), true)
		items, _, err := s.Tasks(t.Context(), store.TaskQuery{Region: Region})
		must(t, err)
		same(t, "long ago", items[0].Due, c.Tasks[0].Due)
		same(t, "far ahead", items[0].Soon, c.Tasks[0].Soon)
	},
}
