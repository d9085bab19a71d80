package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/tongban/tongban/evidence"
	"github.com/tongban/tongban/internal/store"
)

// Sample is a module with a table of every kind of column.
var Sample = store.Schema{
	Module: "sample",
	Migrations: fstest.MapFS{
		"migrations/sqlite/00001_first.sql": {Data: []byte(`-- +goose Up
CREATE TABLE sample_row (region TEXT NOT NULL, id TEXT NOT NULL, n INTEGER NOT NULL, body BLOB NOT NULL, PRIMARY KEY (region, id)) WITHOUT ROWID;
CREATE TABLE sample_mark (region TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (region, name)) WITHOUT ROWID;
`)},
		"migrations/postgres/00001_first.sql": {Data: []byte(`-- +goose Up
CREATE TABLE sample_row (region text COLLATE "C" NOT NULL, id text COLLATE "C" NOT NULL, n bigint NOT NULL, body bytea NOT NULL, PRIMARY KEY (region, id));
CREATE TABLE sample_mark (region text COLLATE "C" NOT NULL, name text COLLATE "C" NOT NULL, PRIMARY KEY (region, name));
`)},
	},
	Tables: []store.Table{
		{Name: "sample_row", Key: 2, Columns: "region:t id:t n:i body:b"},
		{Name: "sample_mark", Key: 2, Columns: "region:t name:t"},
	},
}

var modules = group{
	"rows are added, kept, replaced and dropped": func(t *testing.T, s store.Store) {
		const many = 1100 // more than fit into one statement of either database
		var rows [][]any
		for i := range many {
			rows = append(rows, sample(i, int64(i)))
		}
		must(t, s.Update(t.Context(), func(w store.Writer) error {
			return errors.Join(w.Add("sample_row", rows...), w.Put("sample_mark", []any{Region, "a"}))
		}))
		must(t, s.Update(t.Context(), func(w store.Writer) error {
			return errors.Join(w.Keep("sample_row", sample(1, 100), sample(many, 200)), w.Put("sample_row", sample(2, 300)),
				w.Drop("sample_row", []any{Region, "000003"}), w.Put("sample_mark", []any{Region, "a"}, []any{Region, "b"}))
		}))
		got := samples(t, s)
		if len(got) != many || got["000001"] != 1 || got["000002"] != 300 || got["001100"] != 200 {
			t.Errorf("%d rows; 1: %d, 2: %d, last: %d", len(got), got["000001"], got["000002"], got["001100"])
		}
		if _, there := got["000003"]; there {
			t.Error("a dropped row is there")
		}
		marks := 0
		must(t, s.Read(t.Context(), store.Into(&marks), "SELECT count(*) FROM sample_mark WHERE region = ?", Region))
		if marks != 2 {
			t.Errorf("%d rows of nothing but a key", marks)
		}
	},
	"a row that must be new and is not is a conflict, and nothing of the update is left": func(t *testing.T, s store.Store) {
		add := func(rows ...[]any) error {
			return s.Update(t.Context(), func(w store.Writer) error { return w.Add("sample_row", rows...) })
		}
		must(t, add(sample(1, 1)))
		if err := add(sample(2, 2), sample(1, 5)); !errors.Is(err, store.ErrConflict) {
			t.Errorf("added twice: %v", err)
		}
		late := errors.New("changed our mind")
		if err := s.Update(t.Context(), func(w store.Writer) error {
			return errors.Join(w.Put("sample_row", sample(1, 9)), late)
		}); !errors.Is(err, late) {
			t.Errorf("the error of an update: %v", err)
		}
		if got := samples(t, s); len(got) != 1 || got["000001"] != 1 {
			t.Errorf("left: %v", got)
		}
	},
	"what does not fit its table is refused": func(t *testing.T, s store.Store) {
		for name, row := range map[string][]any{
			"a column too few": {Region, "x", int64(1)}, "a plain int": {Region, "x", 1, []byte{}}, "bytes for text": {Region, []byte("x"), int64(1), []byte{}},
			"no bytes": {Region, "x", int64(1), []byte(nil)}, "NUL": {Region, "a\x00b", int64(1), []byte{}}, "not UTF-8": {Region, "\xff", int64(1), []byte{}},
			"nothing": {Region, nil, int64(1), []byte{}},
		} {
			if err := s.Update(t.Context(), func(w store.Writer) error { return w.Put("sample_row", row) }); err == nil {
				t.Errorf("%s: written", name)
			}
		}
		for _, table := range []string{"journal", "account", "sample_rows", ""} {
			if err := s.Update(t.Context(), func(w store.Writer) error { return w.Put(table, sample(1, 1)) }); err == nil {
				t.Errorf("table %q: written", table)
			}
		}
		if got := samples(t, s); len(got) != 0 {
			t.Errorf("left: %v", got)
		}
	},
	"a leaf stands if and only if the update does, and is computed from what is kept": func(t *testing.T, s store.Store) {
		ctx := t.Context()
		kept := store.ModuleLeaf{Region: Region, Module: "sample", Name: "list <甲>", No: 1, At: At(1), Data: []byte(`{"rows":1}`)}
		open := kept
		open.Region, open.Salt = "", make([]byte, evidence.SaltBytes)
		for len(s.Leaves()) > 0 {
			<-s.Leaves()
		}
		must(t, s.Update(ctx, func(w store.Writer) error {
			return errors.Join(w.Put("sample_row", sample(1, 1)), w.Leaf(kept), w.Leaf(open))
		}))
		<-s.Leaves()
		wantErr(t, s.Update(ctx, func(w store.Writer) error { return errors.Join(w.Put("sample_row", sample(2, 2)), w.Leaf(kept)) }), store.ErrConflict)
		kept.No = 2
		late := errors.New("changed our mind")
		wantErr(t, s.Update(ctx, func(w store.Writer) error { return errors.Join(w.Leaf(kept), late) }), late)
		for _, bad := range []store.ModuleLeaf{{Module: "journal", Name: "x", Data: []byte("1")}, {Module: "sample", Name: "x", Data: []byte("no JSON")},
			{Module: "sample", Name: "x\x00", Data: []byte("1")}, {Module: "sample", Name: "x", Data: []byte("1"), Salt: []byte("short")}} {
			if s.Update(ctx, func(w store.Writer) error { return w.Leaf(bad) }) == nil {
				t.Errorf("written: %+v", bad)
			}
		}
		waits(t, s, 2)
		if got := samples(t, s); len(got) != 1 {
			t.Errorf("left: %v", got)
		}
		back := got(s.ModuleLeaf(ctx, Region, "sample", "list <甲>", 1)).must(t)
		if len(back.Salt) != evidence.SaltBytes || bytes.Equal(back.Salt, open.Salt) {
			t.Errorf("salt %x", back.Salt)
		}
		kept.No, kept.Salt = 1, back.Salt
		same(t, "what the leaf proves", back, kept)
		same(t, "what the public leaf proves", got(s.ModuleLeaf(ctx, "", "sample", "list <甲>", 1)).must(t), open)
		wantErr(t, errOf(s.ModuleLeaf(ctx, Region, "sample", "list <甲>", 2)), store.ErrNotFound)
	},
	"updates that read and then write lose nothing of one another": func(t *testing.T, s store.Store) {
		must(t, s.Update(t.Context(), func(w store.Writer) error { return w.Add("sample_row", sample(1, 0), sample(2, 0)) }))
		var all sync.WaitGroup
		for i := range 32 {
			all.Go(func() {
				err := store.ErrBusy
				for errors.Is(err, store.ErrBusy) {
					err = s.Update(t.Context(), func(w store.Writer) error { return addUp(w, i) })
				}
				if err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if got := samples(t, s); got["000001"]+got["000002"] != 32 {
			t.Errorf("counted %d and %d, want 32 in all", got["000001"], got["000002"])
		}
	},
	"a view is of one state": func(t *testing.T, s store.Store) {
		must(t, s.Update(t.Context(), func(w store.Writer) error { return w.Add("sample_row", sample(1, 1)) }))
		must(t, s.View(t.Context(), func(r store.Reader) error {
			before := values(t, r)
			must(t, s.Update(t.Context(), func(w store.Writer) error { return w.Put("sample_row", sample(1, 2), sample(2, 2)) }))
			if after := values(t, r); !slices.Equal(before, after) || !slices.Equal(after, []int64{1}) {
				t.Errorf("a view changed from %v to %v", before, after)
			}
			return nil
		}))
	},
}

// addUp raises one of two rows so that both together grow by one, if they are still what they were read as.
func addUp(w store.Writer, i int) error {
	var sum int64
	if err := w.Read(store.Into(&sum), "SELECT CAST(SUM(n) AS BIGINT) FROM sample_row WHERE region = ? AND id <= ?", Region, "000002"); err != nil {
		return err
	}
	mine, other := sample(1+i%2, 0), fmt.Sprintf("%06d", 2-i%2)
	var rest int64
	if err := w.Read(store.Into(&rest), "SELECT n FROM sample_row WHERE region = ? AND id = ?", Region, other); err != nil {
		return err
	}
	mine[2] = sum - rest + 1
	return w.Put("sample_row", mine)
}

func sample(i int, n int64) []any {
	return []any{Region, fmt.Sprintf("%06d", i), n, []byte{0, byte(i)}}
}

func samples(t *testing.T, s store.Store) map[string]int64 {
	t.Helper()
	got := map[string]int64{}
	must(t, s.Read(t.Context(), func(sc store.Scan) error {
		var id string
		var n int64
		var body []byte
		if err := sc(&id, &n, &body); err != nil {
			return err
		}
		if len(body) != 2 || body[0] != 0 {
			t.Errorf("row %s has the bytes %v", id, body)
		}
		got[id] = n
		return nil
	}, "SELECT id, n, body FROM sample_row WHERE region = ? ORDER BY id", Region))
	return got
}

func values(t *testing.T, r store.Reader) (list []int64) {
	t.Helper()
	must(t, r.Read(store.Column(&list), "SELECT n FROM sample_row WHERE region = ? ORDER BY id", Region))
	return list
}
