package seal

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

var day = time.Date(2026, 11, 24, 1, 0, 0, 0, time.UTC)

func open(t testing.TB, folder string) *Ring {
	t.Helper()
	r, err := Open(folder, day)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func mustSeal(t *testing.T, r *Ring, place, plain string) string {
	t.Helper()
	s, err := r.Seal(place, []byte(plain))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func opens(t *testing.T, r *Ring, place, sealed, want string) {
	t.Helper()
	if got, err := r.Open(place, sealed); err != nil || string(got) != want {
		t.Errorf("Open = %q, %v, want %q", got, err, want)
	}
}

func TestAValueOpensAtItsPlaceAndUnchangedOnly(t *testing.T) {
	t.Parallel()
	r := open(t, t.TempDir())
	sealed := mustSeal(t, r, "factor.secret/a1/totp", "二次验证")
	opens(t, r, "factor.secret/a1/totp", sealed, "二次验证")
	opens(t, r, "x", mustSeal(t, r, "x", ""), "")
	if other := mustSeal(t, r, "factor.secret/a1/totp", "二次验证"); other == sealed {
		t.Error("two equal values look equal")
	}
	if strings.Contains(sealed, "二次") || !strings.HasPrefix(sealed, AES256GCM+"."+KeyOf(sealed)+".") {
		t.Errorf("sealed as %s", sealed)
	}
	if _, err := r.Open("factor.secret/a2/totp", sealed); !errors.Is(err, ErrSealed) {
		t.Errorf("moved to another row: %v", err)
	}
	for i := range len(sealed) {
		for _, c := range []byte("A.b") {
			if bad := sealed[:i] + string(c) + sealed[i+1:]; bad != sealed {
				if got, err := r.Open("factor.secret/a1/totp", bad); err == nil {
					t.Errorf("byte %d changed: opens to %q", i, got)
				}
			}
		}
		if _, err := r.Open("factor.secret/a1/totp", sealed[:i]); err == nil {
			t.Errorf("cut at %d: opens", i)
		}
	}
}

func TestKeysAreMadeOnceAndReadByTheirOwnerOnly(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	rings := make([]*Ring, 8)
	var all sync.WaitGroup
	for i := range rings {
		all.Go(func() { rings[i], _ = Open(folder, day) })
	}
	all.Wait()
	sealed := mustSeal(t, rings[0], "x", "v")
	for _, r := range append(rings, open(t, folder)) {
		if r == nil {
			t.Fatal("a server could not open the keys that another was making")
		}
		opens(t, r, "x", sealed, "v")
	}
	left, _ := os.ReadDir(folder)
	if info, err := os.Stat(filepath.Join(folder, FileName)); err != nil || info.Mode().Perm() != 0o600 || len(left) != 1 {
		t.Errorf("the folder holds %v, the keys have mode %v, %v", left, info.Mode(), err)
	}
	if err := os.Chmod(filepath.Join(folder, FileName), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(folder, day); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("keys that all may read: %v", err)
	}
}

func TestAKeyIsChangedWhileServersRun(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	server, tool := open(t, folder), open(t, folder)
	old := mustSeal(t, server, "x", "v")
	id, err := tool.Rotate(day.Add(time.Hour), SM4GCM)
	if err != nil {
		t.Fatal(err)
	}
	young := mustSeal(t, server, "x", "v")
	if KeyOf(young) != id || KeyOf(old) == id || !strings.HasPrefix(young, SM4GCM+".") {
		t.Errorf("after the change values are sealed with %s, want %s", KeyOf(young), id)
	}
	opens(t, server, "x", old, "v")
	opens(t, server, "x", young, "v")
	if _, err := tool.Rotate(day.Add(time.Hour), "SM4CBC"); err == nil {
		t.Error("a cipher that there is not was taken")
	}
	if err := tool.Drop(id); !errors.Is(err, ErrKey) {
		t.Errorf("dropping the key that seals: %v", err)
	}
	if err := tool.Drop("none"); !errors.Is(err, ErrKey) {
		t.Errorf("dropping a key that there is not: %v", err)
	}
	if err := tool.Drop(KeyOf(old)); err != nil {
		t.Fatal(err)
	}
	fresh := open(t, folder)
	if _, err := fresh.Open("x", old); !errors.Is(err, ErrKey) {
		t.Errorf("sealed with a dropped key: %v", err)
	}
	opens(t, fresh, "x", young, "v")
	keys, err := fresh.Keys()
	if err != nil || len(keys) != 3 || !keys[0].Gone || keys[1].Gone || keys[2].Gone || keys[2].ID != id {
		t.Errorf("keys = %+v, %v", keys, err)
	}
}

func TestAFileThatIsNoKeysIsRefusedAndLeftAlone(t *testing.T) {
	t.Parallel()
	line := func(f ...string) string { return strings.Join(f, " ") + "\n" }
	secret := strings.Repeat("A", 43)
	good := line(AES256GCM, "AAAAAAAA", secret, "2026-11-24T01:00:00Z")
	for name, text := range map[string]string{
		"empty":            "",
		"twice the same":   good + good,
		"short key":        line(AES256GCM, "AAAAAAAA", "AAAA", "2026-11-24T01:00:00Z"),
		"unknown cipher":   line("SM4CBC", "AAAAAAAA", secret, "2026-11-24T01:00:00Z"),
		"long key":         line(SM4GCM, "AAAAAAAA", secret, "2026-11-24T01:00:00Z"),
		"a dot in its id":  line(AES256GCM, "AAAA.AAA", secret, "2026-11-24T01:00:00Z"),
		"a short id":       line(AES256GCM, "AAA", secret, "2026-11-24T01:00:00Z"),
		"only finds":       line(AES256SIV, "AAAAAAAA", strings.Repeat("A", 86), "2026-11-24T01:00:00Z"),
		"finds no more":    good + line(AES256SIV, "AAAAAAAB", "-", "2026-11-24T01:00:00Z"),
		"no date":          line(AES256GCM, "AAAAAAAA", secret, "yesterday"),
		"only dropped":     line(AES256GCM, "AAAAAAAA", "-", "2026-11-24T01:00:00Z"),
		"the last dropped": good + line(AES256GCM, "AAAAAAAB", "-", "2026-11-24T01:00:00Z"),
		"too long":         strings.Repeat(good, 6000),
	} {
		folder := t.TempDir()
		path := filepath.Join(folder, FileName)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(folder, day); err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: %v", name, err)
		}
		if now, err := os.ReadFile(path); err != nil || string(now) != text {
			t.Errorf("%s: the file was changed", name)
		}
	}
}

// A file system that counts whole seconds, or a key file that is replaced within one: the size tells, since a change adds or
// takes away a secret.
func TestAChangeWithinOneTickOfTheClockIsSeen(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	server, tool := open(t, folder), open(t, folder)
	info, err := os.Stat(filepath.Join(folder, FileName))
	if err != nil {
		t.Fatal(err)
	}
	id, err := tool.Rotate(day, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(filepath.Join(folder, FileName), info.ModTime(), info.ModTime()); err != nil {
		t.Fatal(err)
	}
	if now, err := server.Current(); err != nil || now != id {
		t.Errorf("Current = %s, %v, want %s", now, err, id)
	}
}

func FuzzOpen(f *testing.F) {
	r := open(f, f.TempDir())
	f.Add("A256GCM.k.AAAA")
	f.Add("..")
	f.Fuzz(func(t *testing.T, sealed string) {
		if plain, err := r.Open("x", sealed); err == nil {
			t.Errorf("%q opens to %q", sealed, plain)
		}
	})
}

func TestAnIdOfAKeyIsNeverReadAsAFlag(t *testing.T) {
	t.Parallel()
	for range 1000 {
		k, err := fresh(day, AES256GCM)
		if err != nil || !regexp.MustCompile(`^[A-Z2-7]{8}$`).MatchString(k.ID) {
			t.Fatalf("id %q, %v", k.ID, err)
		}
	}
}
