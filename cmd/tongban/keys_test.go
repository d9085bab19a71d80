package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha1" // #nosec G505 -- what authenticator apps compute
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/seal"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/store/pgtest"
)

// obey runs a command at an instant, and returns its exit status and what it wrote.
func obey(t *testing.T, now time.Time, args ...string) (int, string) {
	t.Helper()
	var out bytes.Buffer
	code := (&world{ctx: context.Background(), out: &out, err: &out, now: func() time.Time { return now }}).run(args)
	return code, out.String()
}

// Keys are changed while a server runs: what was sealed before and after is read by it and by a server that starts anew, on both
// databases. A folder without the keys is not served, and a lost factor can be taken away without them.
func TestKeys_are_changed_while_a_server_runs(t *testing.T) {
	for name, dsn := range map[string]func(testing.TB) string{"SQLite": func(testing.TB) string { return "" }, "PostgreSQL": pgtest.Start} {
		t.Run(name, func(t *testing.T) {
			f := placeFlags{Data: t.TempDir(), Store: dsn(t)}
			where := []string{"--data", f.Data}
			if f.Store != "" {
				where = append(where, "--store", f.Store)
			}
			now := time.Date(2026, 11, 24, 2, 0, 0, 0, time.UTC)
			clock := func() time.Time { return now }
			a, err := storeFlags{placeFlags: f}.open(t.Context(), serveCommand{LogLevel: "error"}.logger(&world{err: &buffer{}}), clock)
			must(t, err)
			secret, password := withApp(t, a, "li.clerk", now)
			passport := ident.Document{Type: ident.DocPassport, No: "E12345678"}
			must(t, a.gate.SetDocument(t.Context(), access.System, access.Latest(idOf(t, a, "li.clerk")), passport))
			unreadable(t, a, f.Data, passport.No)
			before := oneKey(t, f.Data)
			now = now.Add(time.Hour)
			if code, out := obey(t, now, append([]string{"key", "drop", before}, where...)...); code != 1 || !strings.Contains(out, "rotate first") {
				t.Errorf("dropping a key in use: %d %s", code, out)
			}
			if code, out := obey(t, now, append([]string{"key", "rotate", "--cipher", "SM4GCM"}, where...)...); code != 0 || !strings.Contains(out, "2 values were sealed anew") {
				t.Errorf("rotate: %d %s", code, out)
			}
			withFactor(t, a.gate, "li.clerk", password, code(t, secret, now))
			unreadable(t, a, f.Data, passport.No)
			if code, out := obey(t, now, append([]string{"key", "drop", before}, where...)...); code != 0 {
				t.Errorf("drop: %d %s", code, out)
			}
			withApp(t, a, "wang.clerk", now) // sealed by the running server, under the new key
			if code, out := obey(t, now, append([]string{"key", "list"}, where...)...); code != 0 || !strings.Contains(out, "dropped") || !strings.Contains(out, "SM4GCM   seals    2026-11-24      3") {
				t.Errorf("list: %d %s", code, out)
			}
			must(t, a.close())
			now = now.Add(time.Minute)
			a, err = storeFlags{placeFlags: f}.open(t.Context(), serveCommand{LogLevel: "error"}.logger(&world{err: &buffer{}}), clock)
			must(t, err)
			withFactor(t, a.gate, "li.clerk", password, code(t, secret, now))
			if got := documentOf(t, a, "li.clerk"); got != passport {
				t.Errorf("the document is %v", got)
			}
			must(t, a.close())
			newFinder(t, f, where, now)
			sealed := lastKey(t, f.Data)
			if code, out := obey(t, now, append([]string{"key", "lost", sealed}, where...)...); code != 1 || !strings.Contains(out, "nothing is lost") {
				t.Errorf("a key that is here was lost: %d %s", code, out)
			}
			newestLost(t, f, where, now, sealed, password)
		})
	}
}

// newestLost serves a store of which only an older copy of the keys is left: the newest one is lost.
func newestLost(t *testing.T, f placeFlags, where []string, now time.Time, sealed, password string) {
	t.Helper()
	clock := func() time.Time { return now }
	keys := filepath.Join(f.Data, seal.FileName)
	whole, err := os.ReadFile(filepath.Clean(keys))
	must(t, err)
	must(t, os.Remove(keys))
	_, err = storeFlags{placeFlags: f}.open(t.Context(), serveCommand{LogLevel: "error"}.logger(&world{err: &buffer{}}), clock)
	if err == nil || !strings.Contains(err.Error(), seal.FileName) {
		t.Fatalf("served without the keys: %v", err)
	}
	if _, err := os.Stat(keys); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file of keys that opens nothing was left: %v", err)
	}
	for _, login := range []string{"li.clerk", "wang.clerk"} {
		if code, out := obey(t, now, append([]string{"user", "take-factors", login}, where...)...); code != 0 {
			t.Errorf("take-factors: %d %s", code, out)
		}
		if code, out := obey(t, now, append([]string{"user", "take-factors", login}, where...)...); code != 1 || !strings.Contains(out, "no second factor") {
			t.Errorf("take-factors of who has none: %d %s", code, out)
		}
	}
	if code, out := obey(t, now, append([]string{"user", "take-factors", "nobody"}, where...)...); code != 1 || !strings.Contains(out, "no account") {
		t.Errorf("take-factors of nobody: %d %s", code, out)
	}
	lines := bytes.SplitAfter(whole, []byte("\n"))
	must(t, os.WriteFile(keys, bytes.Join(lines[:len(lines)-2], nil), 0o600)) // a copy from before the newest key
	if _, err = (storeFlags{placeFlags: f}).open(t.Context(), serveCommand{LogLevel: "error"}.logger(&world{err: &buffer{}}), clock); err == nil || !strings.Contains(err.Error(), "tongban key lost "+sealed) {
		t.Fatalf("served with a document that nobody can read: %v", err)
	}
	for _, want := range []string{"of 1 accounts", "of 0 accounts"} {
		if code, out := obey(t, now, append([]string{"key", "lost", sealed}, where...)...); code != 0 || !strings.Contains(out, want) {
			t.Errorf("lost: %d %s", code, out)
		}
	}
	a, err := storeFlags{placeFlags: f}.open(t.Context(), serveCommand{LogLevel: "error"}.logger(&world{err: &buffer{}}), clock)
	must(t, err)
	defer func() { must(t, a.close()) }()
	if _, _, err = a.gate.SignIn(t.Context(), "li.clerk", password, access.Client{}); err == nil {
		t.Error("an official whose document was lost is let in before anybody opened the account")
	}
	must(t, a.gate.Enable(t.Context(), access.System, access.Latest(idOf(t, a, "li.clerk"))))
	_, _, err = a.gate.SignIn(t.Context(), "li.clerk", password, access.Client{})
	must(t, err)
}

// newFinder changes the key by which rows are found: not while a server works, and then a citizen still signs in by telephone.
func newFinder(t *testing.T, f placeFlags, where []string, now time.Time) {
	t.Helper()
	st, err := f.openExisting(t.Context(), time.Now)
	must(t, err)
	must(t, st.AddAccount(t.Context(), store.Account{ID: "c1", Login: phone(1), Kind: caseflow.ActorCitizen, Region: weinan}))
	_, err = st.Beat(t.Context(), "other", now.Add(-time.Second), 24*time.Hour)
	must(t, errors.Join(err, st.Close()))
	rotate := append([]string{"key", "rotate", "--find"}, where...)
	if code, out := obey(t, now, rotate...); code != 1 || !strings.Contains(out, "stop all servers") {
		t.Errorf("rotate --find beside a server: %d %s", code, out)
	}
	was, err := os.ReadFile(filepath.Join(f.Data, seal.FileName))
	must(t, err)
	if code, out := obey(t, now.Add(time.Hour), rotate...); code != 0 || !strings.Contains(out, "were sealed anew") {
		t.Errorf("rotate --find: %d %s", code, out)
	}
	newest := lastKey(t, f.Data)
	if code, out := obey(t, now.Add(time.Hour), append([]string{"key", "rotate", "--resume"}, where...)...); code != 0 || !strings.Contains(out, newest+" seals now; 0 values") {
		t.Errorf("rotate --resume when all is done: %d %s", code, out)
	}
	ring, err := seal.Open(f.Data, now)
	must(t, err)
	finder, err := ring.Finder()
	must(t, err)
	if bytes.Contains(was, []byte(finder.ID)) {
		t.Error("the key that finds is the same")
	}
	st, err = f.openExisting(t.Context(), time.Now)
	must(t, err)
	if a, err := st.AccountByLogin(t.Context(), phone(1)); err != nil || a.ID != "c1" || a.Login != phone(1) {
		t.Errorf("by telephone: %+v, %v", a, err)
	}
	must(t, st.Close())
}

// withApp makes an official with an authenticator app; it returns the secret and the password.
func withApp(t *testing.T, a *app, login string, now time.Time) (secret, password string) {
	t.Helper()
	seeded, err := a.gate.Seed(t.Context(), []access.NewAccount{{Login: login, Kind: caseflow.ActorOfficial, Name: "李晓梅",
		Region: "610500", Department: "market", Roles: []string{caseflow.RoleClerk}}})
	must(t, err)
	password = seeded[0].Password
	token, _, err := a.gate.SignIn(t.Context(), login, password, access.Client{})
	must(t, err)
	e, err := a.gate.StartTOTP(t.Context(), token, password, access.Client{})
	must(t, err)
	_, _, err = a.gate.ConfirmTOTP(t.Context(), token, code(t, e.Secret, now), access.Client{})
	must(t, err)
	return e.Secret, password
}

func idOf(t *testing.T, a *app, login string) string {
	t.Helper()
	account, err := a.store.AccountByLogin(t.Context(), login)
	must(t, err)
	return account.ID
}

// documentOf is the document of an official as the gate reads it.
func documentOf(t *testing.T, a *app, login string) ident.Document {
	t.Helper()
	account, err := a.gate.Account(t.Context(), access.System, idOf(t, a, login))
	must(t, err)
	return ident.Document{Type: ident.DocType(account.DocType), No: account.DocNo}
}

// unreadable looks for a document number wherever the database keeps something.
func unreadable(t *testing.T, a *app, folder, number string) {
	t.Helper()
	list, err := a.store.SealedValues(t.Context(), store.SealedDocument, "", 100)
	must(t, err)
	if len(list) != 1 || seal.KeyOf(list[0].Text) != lastKey(t, folder) || strings.Contains(list[0].Text, number) {
		t.Errorf("stored as %v", list)
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.db*")) // none where the store is PostgreSQL
	must(t, err)
	for _, name := range files {
		data, err := os.ReadFile(name)
		must(t, err)
		if bytes.Contains(data, []byte(number)) {
			t.Errorf("%s has the number in clear", name)
		}
	}
}

func withFactor(t *testing.T, gate *access.Gate, login, password, code string) {
	t.Helper()
	_, _, err := gate.SignIn(t.Context(), login, password, access.Client{})
	var step *access.Step
	if !errors.As(err, &step) {
		t.Fatalf("SignIn: %v, want a second step", err)
	}
	_, _, err = gate.PassFactor(t.Context(), step.Ticket, code, access.Client{})
	must(t, err)
}

// code is what an authenticator app shows.
func code(t *testing.T, secret string, at time.Time) string {
	t.Helper()
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	must(t, err)
	mac := hmac.New(sha1.New, key)
	must(t, binary.Write(mac, binary.BigEndian, at.Unix()/30))
	sum := mac.Sum(nil)
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[sum[19]&15:])&0x7fffffff%1_000_000)
}

// lastKey is the id of the key that seals.
func lastKey(t *testing.T, folder string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(folder, seal.FileName))
	must(t, err)
	id := ""
	for line := range strings.Lines(string(data)) {
		if f := strings.Fields(line); !strings.HasSuffix(f[0], "SIV") {
			id = f[1]
		}
	}
	return id
}

// oneKey is the id of the only key of a folder that seals; the other one finds.
func oneKey(t *testing.T, folder string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(folder, seal.FileName))
	must(t, err)
	fields := strings.Fields(string(data))
	if len(fields) != 8 {
		t.Fatalf("the folder has keys %q", data)
	}
	return fields[1]
}
