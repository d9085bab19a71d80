//go:build unix

package pgtest

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// query runs one statement on a new connection and returns its single value.
func query[T any](t *testing.T, dsn, sql string) (value T) {
	t.Helper()
	conn := connect(t, dsn)
	defer conn.Close(t.Context())
	if err := conn.QueryRow(t.Context(), sql).Scan(&value); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return value
}

func connect(t *testing.T, dsn string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

func exec1(t *testing.T, conn *pgx.Conn, sql string) {
	t.Helper()
	if _, err := conn.Exec(t.Context(), sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

func TestStart_gives_each_caller_an_empty_database_of_its_own(t *testing.T) {
	a, b := Start(t), Start(t)
	if a == b {
		t.Fatalf("both callers got %s", a)
	}
	conn := connect(t, a)
	defer conn.Close(t.Context())
	exec1(t, conn, "CREATE TABLE only_in_a (n int)")
	const count = "SELECT count(*) FROM pg_tables WHERE tablename = 'only_in_a'"
	if n := query[int](t, a, count); n != 1 {
		t.Errorf("a sees %d tables, want 1", n)
	}
	if n := query[int](t, b, count); n != 0 {
		t.Errorf("b sees %d tables, want 0", n)
	}
}

func TestFrom_copies_what_was_filled_in_once(t *testing.T) {
	filled := 0
	fill := func(dsn string) {
		filled++
		conn := connect(t, dsn)
		defer conn.Close(t.Context())
		exec1(t, conn, "CREATE TABLE kept (n int)")
		exec1(t, conn, "INSERT INTO kept VALUES (7)")
	}
	a, b := From(t, "model", fill), From(t, "model", fill)
	conn := connect(t, a)
	defer conn.Close(t.Context())
	exec1(t, conn, "DELETE FROM kept")
	if n := query[int](t, b, "SELECT n FROM kept"); n != 7 || filled != 1 {
		t.Errorf("b holds %d, want 7; filled %d times", n, filled)
	}
}

func TestStart_drops_the_database_when_the_test_ends_even_if_a_connection_is_open(t *testing.T) {
	const count = "SELECT count(*) FROM pg_database WHERE datname LIKE 't%' AND NOT datistemplate"
	outer := Start(t)
	before := query[int](t, outer, count)
	t.Run("inner", func(t *testing.T) {
		_ = connect(t, Start(t)) // left open on purpose
		if n := query[int](t, outer, count); n != before+1 {
			t.Fatalf("%d databases while the inner test runs, want %d", n, before+1)
		}
	})
	if n := query[int](t, outer, count); n != before {
		t.Errorf("%d databases after the inner test, want %d", n, before)
	}
}

func TestNew_is_durable_unless_told_otherwise(t *testing.T) {
	for name, c := range map[string]struct {
		o    Options
		want string
	}{
		"own server":   {Options{}, "on"},
		"hasty server": {Options{Hasty: true}, "off"},
	} {
		t.Run(name, func(t *testing.T) {
			dsn := New(t, c.o).Database(t)
			for _, setting := range []string{"fsync", "synchronous_commit", "full_page_writes"} {
				if got := query[string](t, dsn, "SHOW "+setting); got != c.want {
					t.Errorf("%s = %s, want %s", setting, got, c.want)
				}
			}
		})
	}
}

func TestNew_applies_settings(t *testing.T) {
	dsn := New(t, Options{Settings: map[string]string{"application_name": "it's set"}}).Database(t)
	if got := query[string](t, dsn, "SHOW application_name"); got != "it's set" {
		t.Errorf("application_name = %q", got)
	}
}

func TestRestart_breaks_connections_and_keeps_what_was_committed(t *testing.T) {
	for _, m := range []Mode{Fast, Immediate} {
		t.Run(string(m), func(t *testing.T) {
			s := New(t, Options{})
			dsn := s.Database(t)
			conn := connect(t, dsn)
			defer conn.Close(t.Context())
			exec1(t, conn, "CREATE TABLE kept (n int)")
			exec1(t, conn, "INSERT INTO kept VALUES (7)")

			s.Restart(t, m)

			if err := conn.Ping(t.Context()); err == nil {
				t.Error("the old connection lives on")
			}
			if n := query[int](t, dsn, "SELECT n FROM kept"); n != 7 {
				t.Errorf("n = %d, want 7", n)
			}
			if recovered := strings.Contains(s.Log(), "not properly shut down"); recovered != (m == Immediate) {
				t.Errorf("the server went through crash recovery: %v", recovered)
			}
		})
	}
}

func TestStop_refuses_connections_until_Resume(t *testing.T) {
	s := New(t, Options{Hasty: true})
	dsn := s.Database(t)
	s.Stop(t, Fast)
	if conn, err := pgx.Connect(t.Context(), dsn); err == nil {
		conn.Close(t.Context())
		t.Fatal("a stopped server accepted a connection")
	}
	s.Resume(t)
	if n := query[int](t, dsn, "SELECT 1"); n != 1 {
		t.Fatalf("got %d", n)
	}
}

// A killed test binary must not leave a server behind. The test runs itself as
// a child with a pipe that the child, its guard and its server all hold open;
// the pipe ends when the last of them has ended.
func TestServer_ends_with_a_killed_test_binary(t *testing.T) {
	if os.Getenv("PGTEST_CHILD") == "1" {
		fmt.Printf("dir=%s\n", New(t, Options{Hasty: true}).dir)
		io.Copy(io.Discard, os.Stdin) // until killed
		return
	}
	require(t)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	child := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	child.Env = append(os.Environ(), "PGTEST_CHILD=1")
	child.ExtraFiles = []*os.File{w}
	stdin, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	stdout, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	var dir string
	if _, err := fmt.Fscanf(stdout, "dir=%s\n", &dir); err != nil {
		t.Fatalf("the child said no folder: %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "data", "postmaster.pid")); err != nil {
		t.Fatalf("the child's server is not up: %v", err)
	}

	child.Process.Kill()
	child.Wait()
	io.Copy(io.Discard, r) // returns when nobody holds the pipe any more

	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s is still there (%v)", dir, err)
	}
}

func TestFind(t *testing.T) {
	programs := func(dir string, names ...string) string {
		dir = filepath.Join(t.TempDir(), dir)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		for _, n := range names {
			if err := os.WriteFile(filepath.Join(dir, n), []byte("#!/bin/sh\n"), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		return dir
	}
	all := []string{"initdb", "pg_ctl", "postgres"}
	onPath := programs("bin", all...)
	partial := programs("bin", "postgres")
	debian := t.TempDir()
	for _, v := range []string{"9", "15", "17"} {
		if err := os.MkdirAll(filepath.Join(debian, v), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(programs("bin", all...), filepath.Join(debian, v, "bin")); err != nil {
			t.Fatal(err)
		}
	}
	glob := debian + "/*/bin"
	for name, c := range map[string]struct{ path, glob, want string }{
		"PATH comes first":                    {onPath, glob, onPath},
		"an incomplete folder is passed over": {partial, glob, debian + "/17/bin"},
		"the highest version, as a number":    {"", glob, debian + "/17/bin"},
		"nothing there":                       {partial, t.TempDir() + "/*/bin", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := find(c.path, c.glob)
			if got != c.want || (err == nil) != (c.want != "") {
				t.Errorf("find = %q, %v; want %q", got, err, c.want)
			}
		})
	}
}
