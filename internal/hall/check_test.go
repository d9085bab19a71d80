package hall_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
)

// bent is a store in which something is not as it was written.
type bent struct {
	store.Store
	entries func([]store.Entry) []store.Entry
	loaded  func(*store.Loaded)
	row     func(*store.CaseRow)
	noPacks bool
}

func (b bent) Entries(ctx context.Context, key store.Key, after, limit int) ([]store.Entry, error) {
	list, err := b.Store.Entries(ctx, key, after, limit)
	if b.entries != nil {
		list = b.entries(list)
	}
	return list, err
}

func (b bent) Load(ctx context.Context, key store.Key) (*store.Loaded, error) {
	l, err := b.Store.Load(ctx, key)
	if b.loaded != nil && err == nil {
		b.loaded(l)
	}
	return l, err
}

func (b bent) Case(ctx context.Context, key store.Key) (*store.CaseRow, error) {
	r, err := b.Store.Case(ctx, key)
	if b.row != nil && err == nil {
		b.row(r)
	}
	return r, err
}

func (b bent) PackVersions(ctx context.Context) ([]store.PackRow, error) {
	if b.noPacks {
		return nil, nil
	}
	return b.Store.PackVersions(ctx)
}

// What was written is found sound, on both databases; whatever is bent in it afterwards is named with its case.
func TestCheck_names_what_is_not_sound(t *testing.T) {
	onBoth(t, func(t *testing.T, st store.Store) {
		h := newHall(t, st, monday())
		key := submitted(t, h, region)
		for i := 4; i <= 16; i++ { // the sixteenth entry has a snapshot
			do(t, h, clerk, key, caseflow.Note{Words: fmt.Sprint("备注", i)})
		}
		submitted(t, h, region)
		if err := st.PutPack(t.Context(), store.PackRow{ID: "test", Version: "1", Digest: []byte{1}, Archive: []byte{1}}); err != nil {
			t.Fatal(err)
		}
		if got, err := hall.Check(t.Context(), st); err != nil || got != (hall.Checked{Cases: 2, Entries: 19}) {
			t.Fatalf("a sound store: %+v, %v", got, err)
		}
		second := func(change func(*store.Entry)) func([]store.Entry) []store.Entry {
			return func(list []store.Entry) []store.Entry {
				if len(list) > 1 {
					change(&list[1])
				}
				return list
			}
		}
		for what, b := range map[string]bent{
			"an event":          {entries: second(func(e *store.Entry) { e.Events = bytes.Replace(e.Events, []byte("address"), []byte("addresz"), 1) })},
			"who acted":         {entries: second(func(e *store.Entry) { e.Actor.ID = "u-li" })},
			"when":              {entries: second(func(e *store.Entry) { e.At = e.At.Add(1e6) })},
			"the salt":          {entries: second(func(e *store.Entry) { e.Salt = bytes.Repeat([]byte{1}, len(e.Salt)) })},
			"no salt":           {entries: second(func(e *store.Entry) { e.Salt = nil })},
			"the leaf":          {entries: second(func(e *store.Entry) { e.Leaf = bytes.Repeat([]byte{1}, len(e.Leaf)) })},
			"one left out":      {entries: func(list []store.Entry) []store.Entry { return append(list[:1:1], list[2:]...) }},
			"the last left out": {entries: func(list []store.Entry) []store.Entry { return list[:len(list)-1] }},
			"the snapshot": {loaded: func(l *store.Loaded) {
				l.Snapshot = bytes.Replace(l.Snapshot, []byte("王秀英"), []byte("王秀芳"), 1)
			}},
			"the row":            {row: func(r *store.CaseRow) { r.Phase = caseflow.PhaseDraft }},
			"the row's place":    {row: func(r *store.CaseRow) { r.Entry-- }},
			"the pack is gone":   {noPacks: true},
			"a row that is gone": {row: func(r *store.CaseRow) { *r = store.CaseRow{} }},
		} {
			b.Store = st
			if _, err := hall.Check(t.Context(), b); !errors.Is(err, hall.ErrUnsound) || !strings.Contains(err.Error(), string(key.Case[:10])) {
				t.Errorf("%s is bent, and the check says %v", what, err)
			}
		}
	})
}
