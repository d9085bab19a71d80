package sqlstore

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"strings"
	"sync"
	"testing"

	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/store/storetest"
)

func TestMigrations_have_the_same_numbers_for_both_databases(t *testing.T) {
	t.Parallel()
	names := func(dir string) (all []string) {
		entries, err := fs.ReadDir(migrations, "migrations/"+dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			all = append(all, e.Name())
		}
		return all
	}
	if lite, pg := names("sqlite"), names("postgres"); strings.Join(lite, " ") != strings.Join(pg, " ") || len(lite) == 0 {
		t.Errorf("SQLite has %v, PostgreSQL %v", lite, pg)
	}
}

// The tenant stands first in every key and index of the case tables.
func TestMigrations_begin_every_key_of_a_case_table_with_the_region(t *testing.T) {
	t.Parallel()
	reference := map[string]bool{"account": true, "mandate": true, "session": true, "factor": true, "identity": true, "ticket": true, "attempt": true, "pack": true, "beat": true, "calendar": true, "outage": true, "reform": true, "contact": true, "setting": true, "trace": true, "log_head": true, "parameter": true, "announcement": true, "announcement_read": true, "benefit_off": true, "job": true, "log_tile": true, "log_key": true}
	for _, tb := range kernelTables {
		if !reference[tb.name] && tb.cols[0] != "region" {
			t.Errorf("%s begins with %s", tb.name, tb.cols[0])
		}
	}
	err := fs.WalkDir(migrations, "migrations", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(migrations, name)
		if err != nil {
			return err
		}
		if strings.Contains(strings.ToUpper(string(text)), "TRIGGER") {
			t.Errorf("%s has a trigger", name)
		}
		for line := range strings.Lines(string(text)) {
			line = strings.TrimSpace(line)
			if strings.HasPrefix(line, "CREATE INDEX") && !strings.Contains(line, "(region") &&
				!strings.Contains(line, "licence_verify") && !strings.Contains(line, "leaf_place_by_place") && // whose log is one for all regions
				!reference[indexed(line)] {
				t.Errorf("%s: %s", path.Base(name), line)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// R12: an old program refuses a newer database and leaves it alone.
// indexed is the table of a line that makes an index.
func indexed(line string) string {
	_, rest, _ := strings.Cut(line, " ON ")
	name, _, _ := strings.Cut(rest, " ")
	return name
}

func TestOpen_refuses_a_newer_database(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, address func(testing.TB) string) {
		where := address(t)
		s := newStore(t, Options{Address: where})
		if _, err := s.write.ExecContext(t.Context(), s.d.bind("INSERT INTO migration (version_id, is_applied) VALUES (?, ?)"), 999, true); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(t.Context(), Options{Address: where}); !errors.Is(err, store.ErrNewer) {
			t.Errorf("got %v, want %v", err, store.ErrNewer)
		}
	})
}

// R12: a migration that was killed half-way left nothing behind and runs again.
func TestOpen_resumes_a_migration_that_was_killed(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, address func(testing.TB) string) {
		where := address(t)
		first := &Store{d: dialectOf(where)}
		var err error
		if first.write, first.read, err = first.d.open(Options{Address: where}.defaults()); err != nil {
			t.Fatal(err)
		}
		text, err := fs.ReadFile(migrations, "migrations/"+first.d.name+"/00001_first.sql")
		if err != nil {
			t.Fatal(err)
		}
		conn, err := first.write.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		half := string(text)[:strings.Index(string(text), "CREATE TABLE case_task")]
		for _, statement := range []string{first.d.begin, half} {
			if _, err := conn.ExecContext(t.Context(), statement); err != nil {
				t.Fatal(err)
			}
		}
		if err := errors.Join(conn.Raw(func(any) error { return errors.New("killed") }), conn.Close(), first.closeDB()); err == nil {
			t.Fatal("the connection was not broken off")
		}
		s := newStore(t, Options{Address: where})
		if err := s.Commit(t.Context(), storetest.Opening(1)); err != nil {
			t.Error(err)
		}
	})
}

func TestOpen_by_several_servers_at_once_migrates_once(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, address func(testing.TB) string) {
		where := address(t)
		errs := make([]error, 3)
		var wg sync.WaitGroup
		for i := range errs {
			wg.Go(func() {
				s, err := Open(context.Background(), Options{Address: where})
				if err == nil {
					err = errors.Join(s.Ping(context.Background()), s.Close())
				}
				errs[i] = err
			})
		}
		wg.Wait()
		if err := errors.Join(errs...); err != nil {
			t.Error(err)
		}
	})
}
