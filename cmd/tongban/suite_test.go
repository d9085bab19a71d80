package main

import (
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tongban/tongban/evidence"
	"github.com/tongban/tongban/internal/seal"
)

// checkpointOf reads what a log shows, signed by all of its keys.
func checkpointOf(t *testing.T, address string) (c evidence.Checkpoint, keys []string) {
	t.Helper()
	_, _, lines := fetch(t, address+"/log/key")
	keys = strings.Fields(lines)
	trust, err := evidence.Trust(keys...)
	must(t, err)
	_, _, msg := fetch(t, address+"/log/checkpoint")
	c, _, err = trust.Open([]byte(msg))
	must(t, err)
	return c, keys
}

// A server that is started with the Chinese suite signs by SM2 beside Ed25519 and hashes entries by SM3; clients of others read its log, its
// receipts hold by either key, its keys are changed in pairs, and the suite is never another.
func TestSuite_sm_is_kept_by_a_whole_server(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, f placeFlags, flags []string) {
		p := serve(t, append(flags, "--log-origin", "city.example/log", "--log-suite", "sm", "--demo")...)
		citizen(t, p.address, 1).open(t, 1)
		c, keys := checkpointOf(t, p.address)
		if c.Suite != evidence.SM || len(keys) != 2 {
			t.Fatalf("suite %s, keys %v", c.Suite, keys)
		}
		sm2, ed := keys[0], keys[1]
		if v, err := evidence.ParseKey(sm2); err != nil || evidence.KeySuite(v) != evidence.SM {
			sm2, ed = ed, sm2
		}
		log := p.address + "/log"
		for _, trust := range [][]string{{"--trust", sm2}, {"--trust", ed}, {"--trust", sm2, "--trust", ed}} {
			if _, errs, code := cli(t, append([]string{"log", "check", log}, trust...)...); code != 0 {
				t.Errorf("trusting %v: %s", trust, errs)
			}
		}
		if !testing.Short() {
			keyFile := filepath.Join(t.TempDir(), "key")
			must(t, os.WriteFile(keyFile, []byte(ed), 0o600))
			if ok, said := fsck(t, log, keyFile); !ok {
				t.Errorf("a client of others: %s", said)
			}
		}
		if code := p.end(); code != 0 {
			t.Fatalf("exit %d: %s", code, p.err)
		}
		if _, errs, code := cli(t, append([]string{"log", "compare"}, flags...)...); code != 0 {
			t.Errorf("store and log: %s", errs)
		}
		smReceipts(t, f, ed, sm2)
		smRestored(t, f, flags, ed, sm2)
		smKeys(t, flags)
		if _, errs, code := cli(t, append([]string{"serve", "--listen", "127.0.0.1:0", "--log-suite", "ed25519"}, flags...)...); code != 1 || !strings.Contains(errs, "begun with the suite sm2-sm3") {
			t.Errorf("another suite: exit %d, %s", code, errs)
		}
		p = serve(t, flags...)
		if c, keys := checkpointOf(t, p.address); c.Suite != evidence.SM || len(keys) != 4 {
			t.Errorf("later: %s, %v", c.Suite, keys)
		}
	})
}

// smReceipts checks the receipts of a store of suite SM.
func smReceipts(t *testing.T, f placeFlags, ed, sm2 string) {
	t.Helper()
	a, err := storeFlags{placeFlags: f}.open(t.Context(), serveCommand{LogLevel: "error"}.logger(&world{err: &buffer{}}), time.Now)
	must(t, err)
	defer func() { must(t, a.close()) }()
	place(t, a) // a server that ends may leave its last entries to the next
	both, other := filepath.Join(t.TempDir(), "keys"), filepath.Join(t.TempDir(), "other")
	must(t, os.WriteFile(both, []byte(ed+"\n"+sm2+"\n"), 0o600))
	_, strange, err := evidence.GenerateSM2Key(rand.Reader, "city.example/log")
	must(t, err)
	must(t, os.WriteFile(other, []byte(ed+"\n"+strange+"\n"), 0o600))
	n := 0
	for no, r := range receipts(t, a) {
		text, err := r.Encode()
		must(t, err)
		file := filepath.Join(t.TempDir(), "receipt.json")
		must(t, os.WriteFile(file, text, 0o600))
		if out, errs, code := cli(t, "verify", "receipt", file, "--trust", both); code != 0 || !strings.Contains(out, "SM2") {
			t.Errorf("case %s: %s", no, errs)
		}
		if _, errs, code := cli(t, "verify", "receipt", file, "--trust", other); code != 1 {
			t.Errorf("case %s by another SM2 key: exit %d, %s", no, code, errs)
		}
		if n++; n == 3 {
			return
		}
	}
	t.Errorf("%d receipts", n)
}

// smRestored restores a backup of a store of suite SM elsewhere, and serves it: its log goes on by both keys, receipts from before and after hold, and the
// suite is kept.
func smRestored(t *testing.T, f placeFlags, flags []string, ed, sm2 string) {
	t.Helper()
	backup, older := filepath.Join(t.TempDir(), "backup"), filepath.Join(t.TempDir(), "older")
	does(t, append(append([]string{"backup"}, flags...), backup)...)
	a, err := storeFlags{placeFlags: f}.open(t.Context(), serveCommand{LogLevel: "error"}.logger(&world{err: &buffer{}}), time.Now)
	must(t, err)
	for _, r := range receipts(t, a) { // as somebody holds it from before
		text, err := r.Encode()
		must(t, err)
		must(t, os.WriteFile(older, text, 0o600))
		break
	}
	must(t, a.close())
	keys := filepath.Join(t.TempDir(), "keys")
	must(t, os.WriteFile(keys, []byte(ed+"\n"+sm2+"\n"), 0o600))
	does(t, "verify", "backup", backup, "--keys", filepath.Join(f.Data, seal.FileName), "--since", older)
	to := restored(t, backup, f.Data)
	if _, errs, code := cli(t, "log", "compare", "--data", to); code != 0 {
		t.Errorf("the restored store and its log: %s", errs)
	}
	p := serve(t, "--data", to, "--demo")
	citizen(t, p.address, 2).open(t, 2)
	if c, shown := checkpointOf(t, p.address); c.Suite != evidence.SM || len(shown) != 2 {
		t.Errorf("restored: suite %s, keys %v", c.Suite, shown)
	}
	for _, trust := range []string{ed, sm2} {
		if _, errs, code := cli(t, "log", "check", p.address+"/log", "--trust", trust, "--since", older); code != 0 {
			t.Errorf("the restored log: %s", errs)
		}
	}
	if out, errs, code := cli(t, "verify", "receipt", older, "--trust", keys); code != 0 || !strings.Contains(out, "SM2") {
		t.Errorf("a receipt of before: exit %d, %s", code, errs)
	}
	if code := p.end(); code != 0 {
		t.Fatalf("exit %d: %s", code, p.err)
	}
	smReceipts(t, placeFlags{Data: to}, ed, sm2)
	if _, errs, code := cli(t, "serve", "--listen", "127.0.0.1:0", "--log-suite", "ed25519", "--data", to); code != 1 || !strings.Contains(errs, "begun with the suite sm2-sm3") {
		t.Errorf("another suite after the restore: exit %d, %s", code, errs)
	}
}

// smKeys changes the keys of a log of suite SM.
func smKeys(t *testing.T, flags []string) {
	t.Helper()
	out, errs, code := cli(t, append([]string{"log", "rotate"}, flags...)...)
	if made := strings.Fields(out); code != 0 || len(made) != 2 {
		t.Fatalf("rotate: exit %d, %s%s", code, out, errs)
	}
	list, _, _ := cli(t, append([]string{"log", "keys"}, flags...)...)
	rows := strings.Split(strings.TrimSpace(list), "\n")
	if len(rows) != 4 {
		t.Fatalf("keys: %s", list)
	}
	for i, row := range rows { // of each kind one may end
		id, _, _ := strings.Cut(row, " ")
		_, errs, code := cli(t, append(append([]string{"log", "end"}, flags...), id)...)
		if want := map[bool]int{true: 0, false: 1}[i < 2]; code != want {
			t.Errorf("end of key %d: exit %d, %s", i, code, errs)
		}
	}
}

func TestSuite_that_is_none_is_refused(t *testing.T) {
	t.Parallel()
	if _, errs, code := cli(t, "serve", "--data", t.TempDir(), "--log-suite", "rot13"); code != 2 || !strings.Contains(errs, "--log-suite") {
		t.Errorf("exit %d: %s", code, errs)
	}
	data := t.TempDir()
	demoOf(t, 1, "--data", data)
	if _, errs, code := cli(t, "serve", "--data", data, "--listen", "127.0.0.1:0", "--log-suite", "sm"); code != 1 || !strings.Contains(errs, "begun with the suite ed25519-sha256") {
		t.Errorf("a store that has cases: exit %d, %s", code, errs)
	}
}
