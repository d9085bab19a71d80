package main

import (
	"bytes"
	"context"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/seal"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/store/pgtest"
	"github.com/tongban/tongban/packs"
)

// states reads every case of a store through the hall, as the bytes of its encoding.
func states(t testing.TB, f placeFlags, packs ...string) map[caseflow.CaseNo]string {
	t.Helper()
	ctx := context.Background()
	a, err := storeFlags{placeFlags: f, packsFlag: packsFlag{packs}}.open(ctx, slog.New(slog.DiscardHandler), time.Now)
	must(t, err)
	defer func() { must(t, a.close()) }()
	all := map[caseflow.CaseNo]string{}
	regions, err := a.store.Regions(ctx)
	must(t, err)
	for _, region := range regions {
		for after := caseflow.CaseNo(""); ; {
			keys, err := a.store.Keys(ctx, region, after, 200)
			must(t, err)
			for _, key := range keys {
				all[key.Case] = state(t, a, key)
				after = key.Case
			}
			if len(keys) < 200 {
				break
			}
		}
	}
	return all
}

func state(t testing.TB, a *app, key store.Key) string {
	t.Helper()
	v, err := a.hall.View(context.Background(), hall.System, key, "", "")
	must(t, err)
	data, err := v.Case.Encode()
	must(t, err)
	return string(data)
}

// equal compares the states of two stores.
func equal(t testing.TB, what string, want, got map[caseflow.CaseNo]string) {
	t.Helper()
	if len(want) == 0 || len(got) != len(want) {
		t.Errorf("%s: %d cases, want %d", what, len(got), len(want))
	}
	for no, state := range want {
		if got[no] != state {
			t.Errorf("%s: %s is\n%s\nwant\n%s", what, no, got[no], state)
		}
	}
}

// does runs a command that must work and returns its standard output.
func does(t testing.TB, args ...string) string {
	t.Helper()
	out, errw, code := cli(t, args...)
	if code != 0 {
		t.Fatalf("%v: exit %d: %s", args, code, errw)
	}
	return out
}

// refuses runs a command that must refuse with 1, and say words on standard error.
func refuses(t testing.TB, words string, args ...string) {
	t.Helper()
	if out, errw, code := cli(t, args...); code != 1 || out != "" || !strings.Contains(errw, words) {
		t.Errorf("%v: exit %d, printed %q, error %q; want exit 1 and %q", args, code, out, errw, words)
	}
}

// carryKeys copies the keys of sealed values, which are in no backup, into another data folder.
func carryKeys(t testing.TB, from, to string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(from, seal.FileName))
	must(t, err)
	must(t, os.WriteFile(filepath.Join(to, seal.FileName), text, 0o600))
}

// R11: a backup made under load holds everything acknowledged before it began.
func TestBackup_under_load_is_restored_elsewhere(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts servers under load, which -short leaves out")
	}
	data, other, file := t.TempDir(), filepath.Join(t.TempDir(), "other"), filepath.Join(t.TempDir(), "backup")
	p := serve(t, "--data", data)
	people := crowd(t, p.address)
	done := people[0].submitted(t, 1)
	want := people[0].detail(t, done)
	l := press(t, 0, people)
	up := pressUploads(t, people[1], 2)
	l.after(30)
	<-up.some
	l.mu.Lock()
	before := slices.Clone(l.sent)
	l.mu.Unlock()
	if out := does(t, "backup", "--data", data, file); strings.TrimSpace(out) != file {
		t.Errorf("printed %q, want the name of the file", out)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the backup holds personal data and may be read by others: %v %v", info, err)
	}
	refuses(t, "does not exist", "backup", "--data", data, file) // nothing is overwritten
	p.end()
	l.wg.Wait()
	up.wg.Wait()

	refuses(t, "--keys", "restore", "--data", other, file)
	does(t, "restore", "--data", other, "--keys", filepath.Join(data, seal.FileName), file)
	refuses(t, "restore", "restore", "--data", other, file)
	refuses(t, "restore", "restore", "--data", data, file)
	p = serve(t, "--data", other)
	for _, c := range people {
		c.base = p.address
	}
	if got := people[0].detail(t, done); got.Entry != want.Entry || got.Phase != want.Phase || string(got.Form) != string(want.Form) {
		t.Errorf("the case is now %+v, was %+v", got, want)
	}
	equalUploads(t, placeFlags{Data: other}, len(want.Materials))
	if len(before) < 30 {
		t.Fatalf("only %d commands came before the backup", len(before))
	}
	for _, s := range before {
		if status, answer, err := s.repeat(); err != nil || status != http.StatusOK || s.answer != nil && string(answer) != string(s.answer) {
			t.Errorf("%s was acknowledged before the backup as %s; the copy says %d %s %v", s.key, s.answer, status, answer, err)
		}
	}
	for _, f := range want.Materials {
		for _, x := range f.Files {
			if status, body := get(t, p.address+"/api/v1/cases/"+string(done)+"/files/"+x.Hash, "Authorization", "Bearer "+people[0].token); status != http.StatusOK || !strings.HasPrefix(body, "%PDF") {
				t.Errorf("the file of %s: %d", f.ID, status)
			}
		}
	}
}

func TestRestore_refuses_what_is_no_backup(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	data, file := filepath.Join(dir, "data"), filepath.Join(dir, "backup")
	keys := filepath.Join(data, seal.FileName)
	does(t, "migrate", "--new", "--data", data)
	does(t, "user", "add", "window", "--data", data, "--name", "李敏", "--region", weinan, "--department", "market", "--role", "clerk")
	does(t, "backup", "--data", data, file)
	whole, err := os.ReadFile(filepath.Clean(file))
	must(t, err)
	for name, content := range map[string][]byte{"empty": nil, "cut": whole[:len(whole)-40], "other": []byte("hello, this is a letter\n"),
		"changed": bytes.Replace(whole, []byte("李敏"), []byte("李梅"), 1)} {
		bad := filepath.Join(dir, name)
		must(t, os.WriteFile(bad, content, 0o600))
		into := filepath.Join(dir, name+"-data")
		refuses(t, "restore", "restore", "--data", into, "--keys", keys, bad)
		does(t, "restore", "--data", into, "--keys", keys, file) // what was refused has left nothing behind
	}
}

// A mistyped name must not be answered with an empty store.
func TestUpkeep_of_a_store_that_is_not_there(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	nowhere, file := filepath.Join(dir, "nowhere"), filepath.Join(dir, "backup")
	refuses(t, "there is no store", "backup", "--data", nowhere, file)
	refuses(t, "there is no store", "move", nowhere, filepath.Join(dir, "to"))
	refuses(t, "cannot read the backup", "restore", "--data", nowhere, file)
	for _, path := range []string{nowhere, file} {
		if _, err := os.Stat(path); !os.IsNotExist(err) {
			t.Errorf("%s was made: %v", path, err)
		}
	}
}

// R13: from the embedded store to PostgreSQL and back, every case is byte for byte the same.
func TestMove_there_and_back_keeps_every_case(t *testing.T) {
	t.Parallel()
	dsn := pgtest.Start(t)
	data, back := t.TempDir(), filepath.Join(t.TempDir(), "back")
	demoOf(t, 24, "--data", data)
	want := states(t, placeFlags{Data: data})
	does(t, "move", data, dsn)
	equal(t, "PostgreSQL", want, states(t, placeFlags{Data: data, Store: dsn}))
	refuses(t, "move", "move", data, dsn)   // it is not empty
	refuses(t, "--data", "move", dsn, back) // there are no uploads in back
	if _, err := os.Lstat(back); !os.IsNotExist(err) {
		t.Errorf("a refused move made %s: %v", back, err)
	}
	does(t, "move", dsn, back, "--data", data)
	equalUploads(t, placeFlags{Data: back}, 24)
	if _, errw, code := cli(t, "move", dsn, dsn); code != 2 || !strings.Contains(errw, "--data") {
		t.Errorf("between two PostgreSQL without --data: exit %d, %s", code, errw)
	}
	equal(t, "the embedded store again", want, states(t, placeFlags{Data: back}))
	for range 2 {
		for _, where := range [][]string{{"--data", back}, {"--store", dsn}} {
			if out := does(t, append([]string{"migrate"}, where...)...); strings.TrimSpace(out) != "up to date" {
				t.Errorf("migrate %v printed %q", where, out)
			}
		}
	}
	equal(t, "after migrating again", want, states(t, placeFlags{Data: data, Store: dsn}))
}

func TestUserAdd_prints_a_password_that_must_be_changed(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	p := serve(t, "--data", data) // an account may be added while the hall is open
	add := []string{"user", "add", "window", "--data", data, "--name", "李敏", "--region", weinan, "--department", "market", "--role", "clerk"}
	w := strings.Fields(does(t, add...))
	if len(w) != 2 || w[0] != "window" {
		t.Fatalf("printed %q, want login and password", w)
	}
	refuses(t, "login: ", add...) // the login is taken
	c := newClient(p.address)
	c.signIn(t, w[0], w[1])
	if status, answer, err := c.send("GET", "/tasks", "", nil); err != nil || status != http.StatusForbidden || !strings.Contains(string(answer), "must-change") {
		t.Errorf("before the change: %d %s %v", status, answer, err)
	}
	var changed struct{ Token string }
	c.want(t, http.StatusOK, "POST", "/me/password", map[string]string{"old": w[1], "new": "three grey geese"}, &changed)
	c.token = changed.Token
	c.want(t, http.StatusOK, "GET", "/tasks", nil, nil)
	for name, wrong := range map[string][3]string{"--role": {"king", weinan}, "--region": {"clerk", "999999"}} {
		out, errw, code := cli(t, "user", "add", "other", "--data", data, "--name", "李敏", "--department", "market", "--role", wrong[0], "--region", wrong[1])
		if code != 2 || out != "" || !strings.Contains(errw, name) {
			t.Errorf("%s: exit %d, %q %q", name, code, out, errw)
		}
	}
	if _, errw, code := cli(t, "user", "add", "boss", "--data", data, "--name", "同伟", "--department", "office", "--role", "admin", "--region", weinan); code != 0 || strings.Contains(errw, "No pack") {
		t.Errorf("%d %s", code, errw)
	}
	if _, errw, code := cli(t, "user", "add", "chief", "--data", data, "--name", "同伟", "--department", "offcie", "--role", "admin", "--region", weinan); code != 0 || !strings.Contains(errw, "offcie") {
		t.Errorf("a department that no pack has: exit %d, %q; want it mentioned", code, errw)
	}
}

// pack03 copies the pack of practice 03 with one replacement in one of its files.
func pack03(t testing.TB, file, from, to string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "pack")
	sub, err := fs.Sub(packs.FS, "03-weinan-open-company")
	must(t, err)
	must(t, os.CopyFS(dir, sub))
	path := filepath.Join(dir, filepath.FromSlash(file))
	data, err := os.ReadFile(filepath.Clean(path))
	must(t, err)
	if !bytes.Contains(data, []byte(from)) {
		t.Fatalf("%s does not hold %q", file, from)
	}
	must(t, os.WriteFile(path, bytes.Replace(data, []byte(from), []byte(to), 1), 0o600))
	return dir
}

func TestPackCheck_says_file_and_line(t *testing.T) {
	t.Parallel()
	good := pack03(t, "pack.yaml", "version: 1.2.0", "version: 1.2.1")
	bad := pack03(t, "items/company-open.yaml", "needs: [nameCheck]", "needs: [nameChek]")
	if out := does(t, "pack", "check", good); !strings.Contains(out, "03-weinan-open-company 1.2.1 holds") {
		t.Errorf("printed %q", out)
	}
	_, errw, code := cli(t, "pack", "check", good, bad)
	at := regexp.MustCompile(regexp.QuoteMeta(bad) + `/items/company-open\.yaml:[1-9][0-9]*`)
	if code != 1 || !at.MatchString(errw) || !strings.Contains(errw, "nameChek") {
		t.Errorf("exit %d: %s; want 1 with file, line and name", code, errw)
	}
	for _, args := range [][]string{{"pack", "check"}, {"pack", "check", filepath.Join(bad, "nowhere")}, {"pack", "prove", bad}} {
		if _, errw, code := cli(t, args...); code != 2 || errw == "" {
			t.Errorf("%v: exit %d %q, want 2", args, code, errw)
		}
	}
	refuses(t, "does not hold", "serve", "--data", t.TempDir(), "--listen", "127.0.0.1:0", "--packs", bad)
	if out := does(t, "pack", "list", "--packs", good); !strings.Contains(out, "1.2.0") || !strings.Contains(out, "1.2.1") || !strings.Contains(out, "company-open") {
		t.Errorf("list printed %q", out)
	}
}

// Running cases stay on the version that they began with; a newer one is for new cases, also when --packs is gone.
func TestPacks_of_two_versions_serve_side_by_side(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts three servers, which -short leaves out")
	}
	data := t.TempDir()
	p := serve(t, "--data", data)
	c := citizen(t, p.address, 1)
	old := c.open(t, 1)
	p.end()
	newer := pack03(t, "pack.yaml", "version: 1.2.0", "version: 1.3.0")
	p = serve(t, "--data", data, "--packs", newer)
	c.base = p.address
	fresh := c.submitted(t, 1)
	check := func() {
		t.Helper()
		for no, want := range map[caseflow.CaseNo]string{old: "1.2.0", fresh: "1.3.0"} {
			if d := c.detail(t, no); d.Version != want {
				t.Errorf("%s is on version %s, want %s", no, d.Version, want)
			}
		}
	}
	c.give(t, old, "save-draft", map[string]any{"data": form(1)})
	check()
	p.end()
	p = serve(t, "--data", data)
	c.base = p.address
	check()
	c.give(t, old, "save-draft", map[string]any{"data": map[string]any{"seals": []string{"official", "finance"}}})
	c.give(t, fresh, "withdraw", map[string]any{"reason": "暂不办理"})
	p.end()
	changed := pack03(t, "pack.yaml", "version: 1.2.0\nname: {zh: 企业开办", "version: 1.3.0\nname: {zh: 开办企业")
	refuses(t, "raise version", "serve", "--data", data, "--listen", "127.0.0.1:0", "--packs", changed)
}
