package main

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/tongban/tongban/evidence"
	"github.com/tongban/tongban/internal/seal"
)

// fsck runs the checker of transparency-dev/tessera, as it is, against a log; the key of the log stands in a file.
func fsck(t *testing.T, at, key string) (ok bool, said string) {
	t.Helper()
	said2, err := exec.CommandContext(t.Context(), "go", "tool", "-modfile=../../tools/go.mod", "fsck", "--ui=false", "--v=1", "--logtostderr",
		"--storage_url="+at, "--public_key="+key).CombinedOutput() // #nosec G204 -- a test's own arguments
	must(t, err)
	return !strings.Contains(string(said2), "fsck failed") && strings.Contains(string(said2), "Completed ranges"), string(said2)
}

func fetch(t *testing.T, address string) (int, http.Header, string) {
	t.Helper()
	resp, err := http.Get(address) // #nosec G107 -- the test's own server
	must(t, err)
	body, err := io.ReadAll(resp.Body)
	must(t, err)
	must(t, resp.Body.Close())
	return resp.StatusCode, resp.Header, string(body)
}

// The log of a running server holds for a client of others, unchanged; under another key, or with one bit changed, it does not. (The other
// client hangs over a changed bit, so that is left to ours.)
func TestLog_is_verified_by_a_client_of_others(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds and runs another program, which -short leaves out")
	}
	onBoth(t, func(t *testing.T, f placeFlags, flags []string) {
		p := serve(t, append(flags, "--log-origin", "city.example/log")...)
		people := crowd(t, p.address)
		l := press(t, 0, people)
		l.after(400)
		log := "http://" + strings.TrimPrefix(p.address, "http://") + "/log"
		_, _, key := fetch(t, log+"/key")
		keyFile := filepath.Join(t.TempDir(), "key")
		must(t, os.WriteFile(keyFile, []byte(key), 0o600))
		stranger := filepath.Join(t.TempDir(), "stranger")
		must(t, os.WriteFile(stranger, []byte(newLog(t, "city.example/log").key), 0o600))
		if ok, said := fsck(t, log, keyFile); !ok {
			t.Errorf("under load: %s", said)
		}
		older, errs, code := cli(t, "log", "check", log, "--trust", strings.TrimSpace(key))
		if code != 0 {
			t.Fatalf("under load: %s", errs)
		}
		if code := p.end(); code != 0 {
			t.Errorf("exit %d: %s", code, p.err)
		}
		l.wg.Wait()
		dir := t.TempDir()
		if _, errs, code := cli(t, "log", "export", "--data", f.Data, "--store", f.Store, dir); code != 0 {
			t.Fatal(errs)
		}
		if ok, said := fsck(t, "file://"+dir, keyFile); !ok {
			t.Errorf("as files: %s", said)
		}
		if ok, said := fsck(t, "file://"+dir, stranger); ok {
			t.Errorf("with another key it holds: %s", said)
		}
		since := filepath.Join(t.TempDir(), "older")
		must(t, os.WriteFile(since, []byte(older), 0o600))
		if _, errs, code := cli(t, "log", "check", dir, "--since", since); code != 0 {
			t.Errorf("since: %s", errs)
		}
		bundle := filepath.Join(dir, "tile", "entries", "000")
		body, err := os.ReadFile(bundle)
		must(t, err)
		body[100] ^= 1
		must(t, os.WriteFile(bundle, body, 0o600))
		if _, errs, code := cli(t, "log", "check", dir); code != 1 || errs == "" {
			t.Errorf("with a bit changed: exit %d, %s", code, errs)
		}
	})
}

func TestLog_files_are_served_to_be_kept(t *testing.T) {
	t.Parallel()
	address, stop := here(t, time.Now, "--data", t.TempDir())
	defer stop()
	citizen(t, address, 1)
	for path, want := range map[string]int{
		"checkpoint": 200, "key": 200, "": 404, "tile/0/999": 404, "tile/0/000": 404, "tile/entries/000.p/256": 404, "tile/data/000.p/1": 404, "tile/8/0/000.p/1": 404,
		"tile/64/000.p/1": 404, "tile/0/..%2f000": 404, "tile/0/000.p/255": 404,
	} {
		if status, _, body := fetch(t, address+"/log/"+path); status != want {
			t.Errorf("%q: %d, want %d: %.100s", path, status, want, body)
		}
	}
	_, h, _ := fetch(t, address+"/log/checkpoint")
	if h.Get("Content-Type") != "text/plain; charset=utf-8" || h.Get("Cache-Control") != "max-age=1" {
		t.Errorf("headers of the checkpoint: %v", h)
	}
}

// shownLog is a log in a folder, signed with a key of its own.
type shownLog struct {
	t    *testing.T
	dir  string
	tree evidence.Tree
	key  string
	sign note.Signer
}

func (l *shownLog) ReadTile(t evidence.Tile) ([]byte, error) {
	return os.ReadFile(filepath.Join(l.dir, t.Path()))
}

func newLog(t *testing.T, name string) *shownLog {
	skey, vkey, err := note.GenerateKey(nil, name)
	must(t, err)
	l := &shownLog{t: t, dir: t.TempDir(), tree: evidence.EmptyTree(), key: vkey}
	l.sign, err = note.NewSigner(skey)
	must(t, err)
	must(t, writeLogFile(filepath.Join(l.dir, "key"), []byte(vkey+"\n")))
	return l
}

// grow appends n entries made of a word and returns the checkpoint.
func (l *shownLog) grow(word string, n int) []byte {
	l.t.Helper()
	entries := make([]evidence.Hash, n)
	for i := range entries {
		entries[i] = evidence.Standard.Entry([evidence.SaltBytes]byte{byte(i), byte(i >> 8)}, []byte(word))
	}
	tree, tiles, err := evidence.Grow(l.tree, l, entries)
	must(l.t, err)
	for _, tile := range tiles {
		must(l.t, writeLogFile(filepath.Join(l.dir, tile.Path()), tile.Body))
	}
	l.tree = tree
	msg, err := (evidence.Checkpoint{Origin: l.sign.Name(), Tree: tree}).Sign(l.sign)
	must(l.t, err)
	must(l.t, writeLogFile(filepath.Join(l.dir, "checkpoint"), msg))
	return msg
}

func TestLogCheckSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	log := newLog(t, "city.example/log")
	file := func(text []byte) string {
		path := filepath.Join(t.TempDir(), "older")
		must(t, os.WriteFile(path, text, 0o600))
		return path
	}
	older := file(log.grow("one", 300))
	now := log.grow("two", 700)
	fork := &shownLog{t: t, dir: t.TempDir(), tree: evidence.EmptyTree(), key: log.key, sign: log.sign}
	fork.grow("other", 400)
	back := &shownLog{t: t, dir: t.TempDir(), tree: evidence.EmptyTree(), key: log.key, sign: log.sign}
	back.grow("one", 200)
	strange := newLog(t, "village.example/log")
	strange.grow("one", 10)
	unsigned := newLog(t, "city.example/log")
	unsigned.grow("one", 10)
	cut := newLog(t, "city.example/log")
	cut.grow("one", 300)
	must(t, os.Truncate(filepath.Join(cut.dir, "tile", "entries", "000"), 1000))
	for name, c := range map[string]struct {
		args []string
		code int
		says string
	}{
		"it holds":              {[]string{log.dir}, 0, "it holds: 1000 entries"},
		"it continues":          {[]string{log.dir, "--since", older, "--trust", log.key}, 0, "it holds"},
		"no other key":          {[]string{log.dir, "--trust", unsigned.key}, 1, "bad checkpoint"},
		"one of two keys":       {[]string{log.dir, "--trust", unsigned.key, "--trust", log.key}, 0, "it holds"},
		"forked":                {[]string{fork.dir, "--since", older, "--trust", log.key}, 1, "forked"},
		"rolled back":           {[]string{back.dir, "--since", older, "--trust", log.key}, 1, "rolled back"},
		"another log":           {[]string{strange.dir, "--since", older, "--trust", log.key, "--trust", strange.key}, 1, "another log"},
		"cut tiles":             {[]string{cut.dir}, 1, "tile/entries/000"},
		"no key":                {[]string{fork.dir}, 1, "--trust"},
		"a key that is none":    {[]string{log.dir, "--trust", "x"}, 2, "public key"},
		"neither":               {[]string{"ftp://city.example"}, 2, "neither"},
		"nowhere":               {[]string{}, 2, "url-or-dir"},
		"a folder without logs": {[]string{t.TempDir(), "--trust", log.key}, 1, "checkpoint"},
	} {
		out, errs, code := cli(t, append([]string{"log", "check"}, c.args...)...)
		if code != c.code || !strings.Contains(errs, c.says) {
			t.Errorf("%s: exit %d, %s", name, code, errs)
		}
		if code == 0 && !bytes.Equal([]byte(out), now) {
			t.Errorf("%s: prints %s", name, out)
		}
	}
}

// R11, R29: a server whose store was set back behind what it has shown does not start, and says so.
func TestLog_that_was_set_back_is_not_served(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	address, stop := here(t, time.Now, "--data", data)
	citizen(t, address, 1)
	stop()
	backup := filepath.Join(t.TempDir(), "backup")
	if _, errs, code := cli(t, "backup", "--data", data, backup); code != 0 {
		t.Fatal(errs)
	}
	if out, errs, code := cli(t, "verify", "backup", backup, "--keys", filepath.Join(data, seal.FileName), "--since", filepath.Join(data, shownName)); code != 0 {
		t.Errorf("verify: %s%s", out, errs)
	}
	address, stop = here(t, time.Now, "--data", data)
	citizen(t, address, 2)
	stop()
	_, errs, code := cli(t, "log", "compare", "--data", data)
	if code != 0 {
		t.Errorf("compare: %s", errs)
	}
	if _, errs, code := cli(t, "verify", "backup", backup, "--keys", filepath.Join(data, seal.FileName), "--since", filepath.Join(data, shownName)); code != 1 || !strings.Contains(errs, "rolled back") {
		t.Errorf("a backup that is older than what was shown: exit %d, %s", code, errs)
	}
	set := t.TempDir()
	if _, errs, code := cli(t, "restore", "--data", set, "--keys", filepath.Join(data, seal.FileName), backup); code != 0 {
		t.Fatal(errs)
	}
	text, err := os.ReadFile(filepath.Join(data, shownName)) // it is kept beside the store
	must(t, err)
	must(t, os.WriteFile(filepath.Join(set, shownName), text, 0o600))
	if _, errs, code := cli(t, "serve", "--data", set, "--listen", "127.0.0.1:0"); code != 1 || !strings.Contains(errs, "older backup") {
		t.Errorf("exit %d: %s", code, errs)
	}
}
