package main

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/pack"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/store/sqlstore"
	"github.com/tongban/tongban/packs"
)

// falsePack is a pack that loads but does not prove, under a version of its own.
func falsePack(t testing.TB, version string) string {
	t.Helper()
	dir := pack03(t, "pack.yaml", "version: 1.2.0", "version: "+version)
	path := filepath.Join(dir, "items", "company-open.yaml")
	data, err := os.ReadFile(filepath.Clean(path))
	must(t, err)
	must(t, os.WriteFile(path, bytes.Replace(data, []byte("needs: [nameCheck]"), []byte("needs: [nameChek]"), 1), 0o600))
	return dir
}

// vouched stores a pack as one that a build has proved and loaded.
func vouched(t testing.TB, st store.Store, dir, version, build string) {
	t.Helper()
	sealed, problems := pack.Seal(os.DirFS(dir))
	if len(problems) > 0 {
		t.Fatal(problems[0])
	}
	row := store.PackRow{ID: "03-weinan-open-company", Version: version, Digest: sealed.Digest[:], Archive: sealed.Archive, Added: time.Now(), Proved: build, Loaded: build}
	must(t, st.PutPack(t.Context(), row))
}

// A proof holds for the very files and the very program that it was made of, and for nothing else. The pack is false on purpose:
// whoever proves it sees that.
func TestProof_is_used_again_for_the_same_files_and_program_only(t *testing.T) {
	t.Parallel()
	st, err := placeFlags{Data: t.TempDir()}.openStore(t.Context(), time.Now)
	must(t, err)
	t.Cleanup(func() { must(t, st.Close()) })
	dir := falsePack(t, "9.9.9")
	load := func(build string) error {
		_, err := loadPacks(t.Context(), st, []string{dir}, build, slog.New(slog.DiscardHandler), time.Now)
		return err
	}
	refused := func(what string, err error) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), "nameChek") {
			t.Errorf("%s: %v; want it proved again, and refused", what, err)
		}
	}
	refused("never proved", load("build 1"))
	vouched(t, st, dir, "9.9.9", "build 1")
	must(t, load("build 1"))
	refused("another program", load("build 2"))
	refused("a program without a name", load(""))
	must(t, load("build 1"))
	form := filepath.Join(dir, "forms", "company-open.yaml")
	data, err := os.ReadFile(filepath.Clean(form))
	must(t, err)
	must(t, os.WriteFile(form, append(data, '\n'), 0o600))
	refused("a blank line more", load("build 1"))
	must(t, os.WriteFile(form, data, 0o600))
	must(t, load("build 1"))
}

// What was proved is noted, with the build; another build proves anew and notes itself.
func TestProof_is_noted_with_the_build(t *testing.T) {
	t.Parallel()
	st, err := placeFlags{Data: t.TempDir()}.openStore(t.Context(), time.Now)
	must(t, err)
	t.Cleanup(func() { must(t, st.Close()) })
	newer := pack03(t, "pack.yaml", "version: 1.2.0", "version: 1.3.0")
	for _, build := range []string{"build 1", "build 2"} {
		_, err := loadPacks(t.Context(), st, []string{newer}, build, slog.New(slog.DiscardHandler), time.Now)
		must(t, err)
		rows, err := st.Packs(t.Context())
		must(t, err)
		for _, row := range rows {
			if row.Proved != build || row.Loaded != build {
				t.Errorf("%s %s: proved by %q, loaded by %q, want %q", row.ID, row.Version, row.Proved, row.Loaded, build)
			}
		}
		if len(rows) != 5 { // practices 03, in two versions, 04, 35 and 36
			t.Errorf("%d packs are stored, want 5", len(rows))
		}
	}
	lib, err := loadPacks(t.Context(), st, nil, "build 3", slog.New(slog.DiscardHandler), time.Now) // 1.3.0 comes from the store: loaded, not proved
	must(t, err)
	rows, err := st.Packs(t.Context())
	must(t, err)
	for _, row := range rows {
		want := "build 3"
		if row.ID == "03-weinan-open-company" && row.Version == "1.3.0" {
			want = "build 2"
		}
		if row.Proved != want || row.Loaded != "build 3" {
			t.Errorf("%s %s: proved by %q, loaded by %q", row.ID, row.Version, row.Proved, row.Loaded)
		}
	}
	if it := lib.Item("03-weinan-open-company", "1.3.0", "company-open"); it == nil {
		t.Error("a case that began with 1.3.0 does not find its item")
	}
}

// The stored files of a version are not trusted either when they are no longer what was stored.
func TestProof_of_stored_files_that_were_changed_is_not_believed(t *testing.T) {
	t.Parallel()
	st, err := placeFlags{Data: t.TempDir()}.openStore(t.Context(), time.Now)
	must(t, err)
	t.Cleanup(func() { must(t, st.Close()) })
	sealed, problems := pack.Seal(os.DirFS(pack03(t, "pack.yaml", "version: 1.2.0", "version: 0.9.0")))
	if len(problems) > 0 {
		t.Fatal(problems[0])
	}
	digest := bytes.Clone(sealed.Digest[:])
	digest[0] ^= 1
	must(t, st.PutPack(t.Context(), store.PackRow{ID: "03-weinan-open-company", Version: "0.9.0", Digest: digest, Archive: sealed.Archive,
		Added: time.Now(), Proved: "build 1", Loaded: "build 1"}))
	if _, err := loadPacks(t.Context(), st, nil, "build 1", slog.New(slog.DiscardHandler), time.Now); err == nil || !strings.Contains(err.Error(), "digest differs") {
		t.Errorf("%v, want it to say that the digest differs", err)
	}
}

// The served program notes its own build, uses its proofs at the second start, and stops with a sentence if a pack that it
// has loaded before cannot be loaded: it does not go on without it.
func TestServe_twice_proves_once(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	p := serve(t, "--data", data)
	p.end()
	build, err := buildID()
	must(t, err)
	st, err := placeFlags{Data: data}.openStore(t.Context(), time.Now)
	must(t, err)
	rows, err := st.Packs(t.Context())
	must(t, err)
	for _, row := range rows {
		if row.Proved != build {
			t.Errorf("%s was proved by %q, want this very program %q", row.ID, row.Proved, build)
		}
	}
	good := falsePack(t, "9.9.9") // false, but vouched for: only who does not prove it serves it
	vouched(t, st, good, "9.9.9", build)
	must(t, st.Close())
	p = serve(t, "--data", data, "--packs", good)
	if status, body := get(t, p.address+"/services/company-open"); status != http.StatusOK || !strings.Contains(body, "企业开办") {
		t.Errorf("the guide of a pack that was loaded late: %d %.200s", status, body)
	}
	if code := p.end(); code != 0 {
		t.Errorf("exit %d: %s", code, p.err)
	}

	broken := pack03(t, "pack.yaml", "version: 1.2.0", "version: 9.9.8\nnonsense: 1")
	st, err = placeFlags{Data: data}.openStore(t.Context(), time.Now)
	must(t, err)
	vouched(t, st, broken, "9.9.8", build)
	must(t, st.Close())
	p = serve(t, "--data", data)
	if code := p.wait(); code != 1 || !strings.Contains(p.err.String(), "9.9.8") {
		t.Errorf("exit %d: %s; want 1 and the pack's version", code, p.err)
	}
}

func TestBuildID_is_of_this_program(t *testing.T) {
	t.Parallel()
	id, err := buildID()
	again, _ := buildID()
	if err != nil || len(id) < 20 || id != again {
		t.Errorf("%q, %q, %v", id, again, err)
	}
	text := filepath.Join(t.TempDir(), "text")
	must(t, os.WriteFile(text, []byte("no program"), 0o600))
	f, err := os.Open(filepath.Clean(text))
	must(t, err)
	t.Cleanup(func() { must(t, f.Close()) })
	if id := goBuildID(f); id != "" {
		t.Errorf("a file that is no program has the build id %q", id)
	}
}

// manyPacks makes n packs like that of practice 03 under other ids.
func manyPacks(t testing.TB, n int) []string {
	t.Helper()
	var dirs []string
	for i := range n {
		dir := filepath.Join(t.TempDir(), fmt.Sprintf("pack-%02d", i))
		sub, err := fs.Sub(packs.FS, "03-weinan-open-company")
		must(t, err)
		must(t, fs.WalkDir(sub, ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			data, err := fs.ReadFile(sub, name)
			if err != nil {
				return err
			}
			own := func(s string) string {
				s = strings.ReplaceAll(s, "03-weinan-open-company", fmt.Sprintf("%02d-weinan-open-company", 40+i))
				return strings.ReplaceAll(s, "company-open", fmt.Sprintf("company-open-%d", i))
			}
			path := filepath.Join(dir, filepath.FromSlash(own(name)))
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				return err
			}
			return os.WriteFile(path, []byte(own(string(data))), 0o600)
		}))
		dirs = append(dirs, dir)
	}
	return dirs
}

// What the packs of all 36 practices cost at a second start, and what they would cost a program that has not proved them.
func BenchmarkPacksAtStart(b *testing.B) {
	dirs := manyPacks(b, 35)
	st, err := sqlstore.Open(context.Background(), sqlstore.Options{Address: filepath.Join(b.TempDir(), "t.db")})
	must(b, err)
	b.Cleanup(func() { must(b, st.Close()) })
	start := func(b *testing.B, build string) {
		b.Helper()
		lib, err := loadPacks(context.Background(), st, dirs, build, slog.New(slog.DiscardHandler), time.Now)
		if err != nil || !lib.Has("40-weinan-open-company", "1.2.0") {
			b.Fatal(err)
		}
	}
	b.Run("another build", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			start(b, fmt.Sprint("build ", i))
		}
	})
	start(b, "this")
	b.Run("same build", func(b *testing.B) {
		for b.Loop() {
			start(b, "this")
		}
	})
}
