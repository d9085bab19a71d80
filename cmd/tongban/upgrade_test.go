package main

import (
	"compress/gzip"
	"context"
	"errors"
	"flag"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/seal"
	"github.com/tongban/tongban/internal/store/pgtest"
)

// The stores of releases stand with package sqlstore, which shows that no row is lost; here that this program can work with them.
const releases = "../../internal/store/sqlstore/testdata/releases"

// sealKeys is what the values of such a store are sealed with: of an invented town.
const sealKeys = seal.FileName + ".gz"

var baseline = flag.String("baseline", "", "keep a store of today's program as the release of this name (make baseline)")

// R12: the program that is here takes the store of every release: all entries prove sound, it serves, and a new case is opened.
func TestUpgrade_serves_the_store_of_every_release(t *testing.T) {
	t.Parallel()
	if *baseline != "" {
		keepRelease(t, filepath.Join(releases, *baseline))
	}
	files, err := filepath.Glob(filepath.Join(releases, "*", "sqlite.db.gz"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no release is kept: %v", err)
	}
	for _, file := range files {
		data := t.TempDir()
		unpack(t, file, filepath.Join(data, "tongban.db"))
		unpack(t, filepath.Join(filepath.Dir(file), sealKeys), filepath.Join(data, seal.FileName))
		does(t, "migrate", "--data", data)
		st, err := placeFlags{Data: data}.openExisting(t.Context(), time.Now)
		must(t, err)
		found, err := hall.Check(t.Context(), st)
		if err := errors.Join(err, st.Close()); err != nil || found.Cases < 6 {
			t.Errorf("%s: %+v %v", file, found, err)
		}
		address, stop := here(t, time.Now, "--data", data)
		citizen(t, address, 1).submitted(t, 1)
		stop()
	}
}

func unpack(t testing.TB, from, to string) {
	t.Helper()
	f, err := os.Open(filepath.Clean(from))
	must(t, err)
	z, err := gzip.NewReader(f)
	must(t, err)
	text, err := io.ReadAll(z)
	must(t, err)
	must(t, errors.Join(f.Close(), os.WriteFile(to, text, 0o600)))
}

func squeeze(t testing.TB, text []byte, to string) {
	t.Helper()
	f, err := os.Create(filepath.Clean(to))
	must(t, err)
	z, err := gzip.NewWriterLevel(f, gzip.BestCompression)
	must(t, err)
	_, err = z.Write(text)
	must(t, errors.Join(err, z.Close(), f.Close()))
}

// keepRelease makes a small hall with this program and keeps its store for both databases.
func keepRelease(t *testing.T, dir string) {
	t.Helper()
	at := time.Date(2026, 11, 24, 2, 0, 0, 0, time.UTC)
	do := func(args ...string) {
		t.Helper()
		var errw buffer
		w := &world{ctx: context.Background(), in: strings.NewReader(""), out: io.Discard, err: &errw, now: func() time.Time { return at }}
		if code := w.run(args); code != 0 {
			t.Fatalf("%v: exit %d: %s", args, code, errw.String())
		}
	}
	from, lite, archive, pg := t.TempDir(), t.TempDir(), filepath.Join(t.TempDir(), "archive"), pgtest.Start(t)
	do("demo", "--data", from, "--cases", "6")
	do("backup", "--data", from, archive)
	do("restore", "--data", lite, "--keys", filepath.Join(from, seal.FileName), archive)
	do("restore", "--store", pg, "--data", filepath.Join(lite, "pg"), "--keys", filepath.Join(from, seal.FileName), archive)
	must(t, os.MkdirAll(dir, 0o750))
	db, err := os.ReadFile(filepath.Join(lite, "tongban.db"))
	must(t, err)
	squeeze(t, db, filepath.Join(dir, "sqlite.db.gz"))
	keys, err := os.ReadFile(filepath.Join(from, seal.FileName))
	must(t, err)
	squeeze(t, keys, filepath.Join(dir, sealKeys))
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/pg_dump")
	must(t, err)
	if len(found) == 0 {
		found = []string{"pg_dump"}
	}
	sql, err := exec.Command(found[len(found)-1], "--inserts", "--rows-per-insert=100", "--no-owner", "--no-privileges", "--dbname", pg).Output() // #nosec G204 -- the test's own database
	must(t, err)
	sql = regexp.MustCompile(`(?m)^\\.*\n`).ReplaceAll(sql, nil) // psql's own commands
	squeeze(t, sql, filepath.Join(dir, "postgres.sql.gz"))
	if _, err := os.Stat(filepath.Join(dir, "rows.json")); err != nil {
		must(t, os.WriteFile(filepath.Join(dir, "rows.json"), []byte("[]\n"), 0o600))
	}
}
