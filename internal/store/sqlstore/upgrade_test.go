//go:build unix

package sqlstore

import (
	"compress/gzip"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"

	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/pressly/goose/v3"

	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/store/storetest"
)

// testdata/releases keeps a store of each release as it was: the SQLite file, what pg_dump wrote, and what stands in its tables. They
// are made once, by `make baseline NAME=v1.2.3` at the release, and never again; "unreleased" is today's schema until there is a first
// release, and is made anew when the first migration is edited in place.
const releases = "testdata/releases"

var update = flag.Bool("update", false, "write rows.json of the stored release that is new (make baseline)")

// kept is a stored release.
type kept struct {
	name string
	rows []keptTable
}

// keptTable is a table of a release: its columns then, how many rows, and the SHA-256 of them.
type keptTable struct {
	Table   string   `json:"table"`
	Columns []string `json:"columns"`
	Rows    int      `json:"rows"`
	SHA256  string   `json:"sha256"`
}

// tablesOf reads a dump as tables. Of a table that wanted names, only the columns that are wanted count, so that a later program's
// dump can be compared with an earlier one's.
func tablesOf(t testing.TB, dump string, wanted []keptTable) (list []keptTable) {
	t.Helper()
	sum := sha256.New()
	var take []int
	end := func() {
		if len(list) > 0 {
			list[len(list)-1].SHA256 = hex.EncodeToString(sum.Sum(nil))
		}
		sum.Reset()
	}
	for line := range strings.Lines(dump) {
		if !strings.HasPrefix(line, "[") {
			var head dumpLine
			if err := json.Unmarshal([]byte(line), &head); err != nil {
				t.Fatal(err)
			}
			if end(); head.Table == "" {
				continue
			}
			columns := head.Columns
			if i := slices.IndexFunc(wanted, func(k keptTable) bool { return k.Table == head.Table }); i >= 0 {
				columns = wanted[i].Columns
			}
			take = take[:0]
			for _, c := range columns {
				take = append(take, slices.Index(head.Columns, c))
			}
			list = append(list, keptTable{Table: head.Table, Columns: columns})
			continue
		}
		var row []json.RawMessage
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			t.Fatal(err)
		}
		for _, i := range take {
			if i >= 0 {
				sum.Write(row[i])
			}
			sum.Write([]byte{'\n'})
		}
		list[len(list)-1].Rows++
	}
	return list
}

// keptReleases reads testdata/releases.
func keptReleases(t testing.TB) (list []kept) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(releases, "*", "rows.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no release is kept: %v", err)
	}
	for _, f := range files {
		k := kept{name: filepath.Base(filepath.Dir(f))}
		text, err := os.ReadFile(filepath.Clean(f))
		if err == nil {
			err = json.Unmarshal(text, &k.rows)
		}
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, k)
	}
	return list
}

func (k kept) read(t testing.TB, file string) []byte {
	t.Helper()
	f, err := os.Open(filepath.Join(releases, k.name, file))
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	return text
}

// at puts the release into a fresh database.
func (k kept) at(t testing.TB, address func(testing.TB) string) string {
	t.Helper()
	where := address(t)
	if dialectOf(where).inside {
		if err := os.WriteFile(where, k.read(t, "sqlite.db.gz"), 0o600); err != nil {
			t.Fatal(err)
		}
		return where
	}
	conn, err := pgx.Connect(t.Context(), where)
	if err != nil {
		t.Fatal(err)
	}
	_, err = conn.PgConn().Exec(t.Context(), string(k.read(t, "postgres.sql.gz"))).ReadAll()
	if err := errors.Join(err, conn.Close(t.Context())); err != nil {
		t.Fatal(err)
	}
	return where
}

// same checks that all rows of the release are there as they were.
func (k kept) same(t testing.TB, s *Store) {
	t.Helper()
	if len(k.rows) == 0 {
		t.Fatalf("nobody wrote down what stands in %s (make baseline does)", k.name)
	}
	got := tablesOf(t, dump(t, s), k.rows)
	for _, want := range k.rows {
		i := slices.IndexFunc(got, func(g keptTable) bool { return g.Table == want.Table })
		if i < 0 {
			t.Errorf("%s of %s is gone", want.Table, k.name)
		} else if !reflect.DeepEqual(got[i], want) {
			t.Errorf("%s is not what %s had: %+v, want %+v", want.Table, k.name, got[i], want)
		}
	}
}

const editedInPlace = `the stored release %q does not fit this program: %v
Before the first release the first migration may be edited in place: then make baseline NAME=unreleased. Afterwards never: write a migration.`

// R12: the store of every release is migrated, keeps every row, and takes new ones.
func TestUpgrade_from_every_release_keeps_every_row(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, address func(testing.TB) string) {
		for _, k := range keptReleases(t) {
			where := k.at(t, address)
			s, err := Open(t.Context(), Options{Address: where})
			if err != nil {
				t.Fatalf(editedInPlace, k.name, err)
			}
			if err := s.Backup(t.Context(), io.Discard, nil); err != nil {
				t.Fatalf(editedInPlace, k.name, errors.Join(err, s.Close()))
			}
			if *update && (k.name == "unreleased" || len(k.rows) == 0) {
				k.rows = tablesOf(t, dump(t, s), nil)
				text, err := json.MarshalIndent(k.rows, "", " ")
				if err := errors.Join(err, os.WriteFile(filepath.Join(releases, k.name, "rows.json"), append(text, '\n'), 0o600)); err != nil {
					t.Fatal(err)
				}
			}
			k.same(t, s)
			if err := errors.Join(s.Commit(t.Context(), storetest.Opening(1)), s.Close()); err != nil {
				t.Errorf("it takes no case: %v", err)
			}
		}
	})
}

// later are the migrations of a program to come: a column with values, a table filled from another with an index, a table that is made
// anew under its name. step is called before each statement, with its number.
func later(d *dialect, step func(int)) (list []*goose.Migration, statements int) {
	for i, sqls := range [][]string{
		{"ALTER TABLE cases ADD COLUMN later_note TEXT NOT NULL DEFAULT ''", "UPDATE cases SET later_note = item || '/' || case_no"},
		{"CREATE TABLE later_log (region TEXT NOT NULL, case_no TEXT NOT NULL, no BIGINT NOT NULL, PRIMARY KEY (region, case_no, no))",
			"INSERT INTO later_log (region, case_no, no) SELECT region, case_no, no FROM journal", "CREATE INDEX later_log_no ON later_log (region, no)"},
		{"CREATE TABLE beat_next (server TEXT NOT NULL PRIMARY KEY, at BIGINT NOT NULL)", "INSERT INTO beat_next (server, at) SELECT server, at FROM beat",
			"DROP TABLE beat", "ALTER TABLE beat_next RENAME TO beat"},
	} {
		first := statements
		statements += len(sqls)
		list = append(list, goose.NewGoMigration(int64(9001+i), &goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error {
			for n, text := range sqls {
				step(first + n)
				if _, err := tx.ExecContext(ctx, d.bind(text)); err != nil {
					return err
				}
			}
			return nil
		}}, nil))
	}
	return list, statements
}

// upgradeEnv makes a run of the test binary a program that migrates a store and is killed before a statement of it.
const upgradeEnv = "TONGBAN_STORE_UPGRADE"

func upgradeAndDie(address, before string) error {
	at, err := strconv.Atoi(before)
	if err != nil {
		return err
	}
	next, _ := later(dialectOf(address), func(n int) {
		if n == at {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {} // it does not come back
		}
	})
	s, err := Open(context.Background(), Options{Address: address, later: next})
	if err != nil {
		return err
	}
	return errors.Join(s.Close(), errors.New("it was not killed"))
}

// R12: killed by SIGKILL before each statement of each migration, the next start goes on, and every row of the release is there once.
// The old program serves as long as none is finished, and refuses after.
func TestUpgrade_killed_at_any_statement_goes_on(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, address func(testing.TB) string) {
		releases := keptReleases(t)
		k := releases[len(releases)-1]
		_, statements := later(dialectOf(address(t)), nil)
		for at := range statements {
			where := k.at(t, address)
			c := exec.Command(os.Args[0], strconv.Itoa(at)) // #nosec G204 G702 -- the test itself
			c.Env = append(os.Environ(), upgradeEnv+"="+where)
			out, err := c.CombinedOutput()
			if status, ok := c.ProcessState.Sys().(syscall.WaitStatus); !ok || !status.Signaled() {
				t.Fatalf("statement %d: %v %s", at, err, out)
			}
			old, err := Open(t.Context(), Options{Address: where})
			switch finished := at >= 2; { // the first migration has two statements
			case finished && !errors.Is(err, store.ErrNewer):
				t.Errorf("statement %d: the old program says %v", at, err)
			case !finished && err != nil:
				t.Errorf("statement %d: the old program cannot go on: %v", at, err)
			}
			if err == nil {
				k.same(t, old)
				if err := old.Close(); err != nil {
					t.Fatal(err)
				}
			}
			next, _ := later(dialectOf(where), func(int) {})
			s := newStore(t, Options{Address: where, later: next})
			k.same(t, s)
			var noted, logged, entries int64
			err = errors.Join(s.one(t.Context(), func(sc scan) error { return sc(&noted) }, "SELECT COUNT(*) FROM cases WHERE later_note = item || '/' || case_no"),
				s.one(t.Context(), func(sc scan) error { return sc(&logged) }, "SELECT COUNT(*) FROM later_log"),
				s.one(t.Context(), func(sc scan) error { return sc(&entries) }, "SELECT COUNT(*) FROM journal"))
			if err != nil || noted == 0 || logged != entries {
				t.Errorf("statement %d: %d cases noted, %d of %d entries logged, %v", at, noted, logged, entries, err)
			}
			if err := errors.Join(s.Ping(t.Context()), s.Commit(t.Context(), storetest.Opening(1))); err != nil {
				t.Errorf("statement %d: it takes no case: %v", at, err)
			}
		}
	})
}

// The comparison of a release with what is there bites.
func TestUpgrade_comparison_bites(t *testing.T) {
	t.Parallel()
	k := keptReleases(t)[0]
	where := k.at(t, liteFile)
	for _, change := range []string{"DELETE FROM look WHERE at = (SELECT MIN(at) FROM look)", "UPDATE cases SET phase = 'lost' WHERE case_no = (SELECT MIN(case_no) FROM cases)",
		"INSERT INTO setting (name, value) VALUES ('more', x'00')"} {
		s, err := Open(t.Context(), Options{Address: where})
		if err != nil {
			t.Fatal(err)
		}
		before := tablesOf(t, dump(t, s), k.rows)
		if err := s.tx(t.Context(), func(w *writer) error { return w.exec(change) }); err != nil {
			t.Fatal(err)
		}
		if after := tablesOf(t, dump(t, s), k.rows); reflect.DeepEqual(before, after) {
			t.Errorf("after %s nothing differs", change)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
