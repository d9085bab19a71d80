package sqlstore

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/store/storetest"
)

var sampleOnly = []store.Schema{storetest.Sample}

func addSample(t *testing.T, s *Store) {
	t.Helper()
	err := s.Update(t.Context(), func(w store.Writer) error {
		return w.Add("sample_row", []any{storetest.Region, "一", int64(7), []byte{0, 255}})
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestModule_rows_are_in_a_backup_and_come_back(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, address func(testing.TB) string) {
		s := newStore(t, Options{Address: address(t), Schemas: sampleOnly})
		addSample(t, s)
		want := dump(t, s)
		if !strings.Contains(want, `["610500","一",7,"AP8="]`) {
			t.Fatalf("not in the backup:\n%s", want)
		}
		to := Options{Address: address(t), Schemas: sampleOnly}
		if err := Restore(t.Context(), to, strings.NewReader(want), nil); err != nil {
			t.Fatal(err)
		}
		if got := dump(t, newStore(t, to)); got != want {
			t.Errorf("restored:\n%s\nwant\n%s", got, want)
		}
		without := Options{Address: address(t)}
		if err := Restore(t.Context(), without, strings.NewReader(want), nil); !errors.Is(err, store.ErrNewer) || !strings.Contains(err.Error(), "sample") {
			t.Errorf("into a program without the module: %v", err)
		}
	})
}

// A module that a later program brings finds a store, and a backup, from before.
func TestModule_comes_to_a_store_that_is_there(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, address func(testing.TB) string) {
		at := address(t)
		before, err := Open(t.Context(), Options{Address: at})
		if err != nil {
			t.Fatal(err)
		}
		fill(t, before, 1)
		old := dump(t, before)
		if err := before.Close(); err != nil {
			t.Fatal(err)
		}
		s := newStore(t, Options{Address: at, Schemas: sampleOnly})
		addSample(t, s)
		to := Options{Address: address(t), Schemas: sampleOnly}
		if err := Restore(t.Context(), to, strings.NewReader(old), nil); err != nil {
			t.Fatalf("a backup from before the module: %v", err)
		}
		addSample(t, newStore(t, to))
		if kept := dump(t, newStore(t, Options{Address: at})); kept != old {
			t.Error("a program without the module changes what the kernel keeps")
		}
	})
}

func TestModule_at_a_newer_version_is_refused_untouched(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, address func(testing.TB) string) {
		later := storetest.Sample
		files := fstest.MapFS{}
		for name, f := range later.Migrations.(fstest.MapFS) {
			files[name] = f
		}
		for _, folder := range []string{"sqlite", "postgres"} {
			files["migrations/"+folder+"/00002_more.sql"] = &fstest.MapFile{Data: []byte("-- +goose Up\nCREATE TABLE sample_more (id bigint PRIMARY KEY);\n")}
		}
		later.Migrations = files
		at := address(t)
		s, err := Open(t.Context(), Options{Address: at, Schemas: []store.Schema{later}})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(t.Context(), Options{Address: at, Schemas: sampleOnly}); !errors.Is(err, store.ErrNewer) || !strings.Contains(err.Error(), "module sample") {
			t.Errorf("opened by the older program: %v", err)
		}
	})
}

func TestModules_cannot_meet_the_tables_of_others(t *testing.T) {
	t.Parallel()
	table := func(name, cols string, key int) []store.Table {
		return []store.Table{{Name: name, Columns: cols, Key: key}}
	}
	for name, schemas := range map[string][]store.Schema{
		"no name":                {{Module: ""}},
		"a name that is SQL":     {{Module: "a b"}},
		"twice":                  {storetest.Sample, storetest.Sample},
		"a table of the kernel":  {{Module: "sample", Tables: table("journal", "a:t", 1)}},
		"another module's table": {{Module: "sample", Tables: table("other_row", "a:t", 1)}},
		"a table that is SQL":    {{Module: "sample", Tables: table("sample_row; DROP", "a:t", 1)}},
		"a column that is SQL":   {{Module: "sample", Tables: table("sample_row", "a--:t", 1)}},
		"an unknown kind":        {{Module: "sample", Tables: table("sample_row", "a:z", 1)}},
		"no key":                 {{Module: "sample", Tables: table("sample_row", "a:t", 0)}},
		"a key beyond its table": {{Module: "sample", Tables: table("sample_row", "a:t", 2)}},
		"a table twice":          {{Module: "sample", Tables: append(table("sample_row", "a:t", 1), table("sample_row", "a:t", 1)...)}},
	} {
		if s, err := Open(t.Context(), Options{Address: liteFile(t), Schemas: schemas}); err == nil {
			t.Errorf("%s: opened", name)
			_ = s.Close()
		}
	}
}
