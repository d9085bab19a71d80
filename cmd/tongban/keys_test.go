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

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/seal"
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
			before := oneKey(t, f.Data)
			now = now.Add(time.Hour)
			if code, out := obey(t, now, append([]string{"key", "drop", before}, where...)...); code != 1 || !strings.Contains(out, "rotate first") {
				t.Errorf("dropping a key in use: %d %s", code, out)
			}
			if code, out := obey(t, now, append([]string{"key", "rotate"}, where...)...); code != 0 || !strings.Contains(out, "1 values were sealed anew") {
				t.Errorf("rotate: %d %s", code, out)
			}
			withFactor(t, a.gate, "li.clerk", password, code(t, secret, now))
			if code, out := obey(t, now, append([]string{"key", "drop", before}, where...)...); code != 0 {
				t.Errorf("drop: %d %s", code, out)
			}
			withApp(t, a, "wang.clerk", now) // sealed by the running server, under the new key
			if code, out := obey(t, now, append([]string{"key", "list"}, where...)...); code != 0 || !strings.Contains(out, "dropped") || !strings.Contains(out, "seals    2026-11-24      2") {
				t.Errorf("list: %d %s", code, out)
			}
			must(t, a.close())
			now = now.Add(time.Minute)
			a, err = storeFlags{placeFlags: f}.open(t.Context(), serveCommand{LogLevel: "error"}.logger(&world{err: &buffer{}}), clock)
			must(t, err)
			withFactor(t, a.gate, "li.clerk", password, code(t, secret, now))
			must(t, a.close())

			must(t, os.Remove(filepath.Join(f.Data, seal.FileName)))
			_, err = storeFlags{placeFlags: f}.open(t.Context(), serveCommand{LogLevel: "error"}.logger(&world{err: &buffer{}}), clock)
			if err == nil || !strings.Contains(err.Error(), seal.FileName) {
				t.Fatalf("served without the keys: %v", err)
			}
			for _, login := range []string{"li.clerk", "wang.clerk"} {
				if code, out := obey(t, now, append([]string{"user", "take-factors", login}, where...)...); code != 0 {
					t.Errorf("take-factors: %d %s", code, out)
				}
			}
			if code, out := obey(t, now, append([]string{"user", "take-factors", "nobody"}, where...)...); code != 1 || !strings.Contains(out, "no account") {
				t.Errorf("take-factors of nobody: %d %s", code, out)
			}
			a, err = storeFlags{placeFlags: f}.open(t.Context(), serveCommand{LogLevel: "error"}.logger(&world{err: &buffer{}}), clock)
			must(t, err)
			defer func() { must(t, a.close()) }()
			_, _, err = a.gate.SignIn(t.Context(), "li.clerk", password, access.Client{})
			must(t, err)
		})
	}
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

// oneKey is the id of the only key of a folder.
func oneKey(t *testing.T, folder string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(folder, seal.FileName))
	must(t, err)
	fields := strings.Fields(string(data))
	if len(fields) != 4 {
		t.Fatalf("the folder has keys %q", data)
	}
	return fields[1]
}
