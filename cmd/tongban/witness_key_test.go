package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tongban/tongban/evidence"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/receipt"
)

// fileOf writes a file of a test.
func fileOf(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// A witness, a process of its own, makes a second key and later ends the first, while it signs for a log that runs. Whoever knows the old key, the new
// one or both believes what was signed while both did; what was signed before and after is believed by those who know that key.
func TestWitness_changes_its_key(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts two servers and ends one, which -short leaves out")
	}
	onBoth(t, func(t *testing.T, _ placeFlags, place []string) {
		c := newCity(t, "city", "--data", t.TempDir())
		at, older := startWitness(t, append([]string{"witness", "--listen", freePort(t), "--name", "w.example/w", "--watch", fileOf(t, "quorum none\nlog "+c.log)}, place...)...)
		witness := func(do string, args ...string) (out, errs string, code int) {
			return cli(t, append(append([]string{"witness", do}, place...), args...)...)
		}
		policy := func(keys ...string) string {
			text, names := "log "+c.log+"\n", ""
			for i, key := range keys {
				text += fmt.Sprintf("witness w%d %s %s\n", i, key, at)
				names += fmt.Sprintf(" w%d", i)
			}
			return fileOf(t, text+"group w any"+names+"\nquorum w\n")
		}
		c.policy = policy(older)
		c.start("--witnesses", c.policy)
		someone := citizen(t, c.address, 1)
		no := someone.open(t, 1)
		size := c.witnessed(2, 1).Size
		before := c.receipt(someone, no, 1)

		out, errs, code := witness("rotate")
		newer := strings.TrimSpace(out)
		if _, err := evidence.ParseWitnessKey(newer); err != nil || code != 0 || newer == older {
			t.Fatalf("exit %d: %s%s", code, out, errs)
		}
		if _, _, shown := fetch(t, at+"/key"); strings.TrimSpace(shown) != newer+"\n"+older {
			t.Errorf("it shows %s", shown)
		}
		citizen(t, c.address, 2) // who knows the old key alone is signed for as before
		size = c.witnessed(size+1, 1).Size
		if code := c.end(); code != 0 {
			t.Fatalf("exit %d: %s", code, c.process.err)
		}
		onlyOld, onlyNew, both := c.policy, policy(newer), policy(older, newer)
		c.policy = both
		c.start("--witnesses", both)
		citizen(t, c.address, 3)
		size = c.witnessed(size+1, 2).Size
		between := c.receipt(someone, no, 2)
		c.believed(t, map[string]int{onlyOld: 0, onlyNew: 0, both: 0})

		list, _, _ := witness("keys")
		if rows := strings.Split(strings.TrimSpace(list), "\n"); len(rows) != 2 || !strings.HasSuffix(rows[0], newer) || !strings.HasSuffix(rows[1], older) {
			t.Errorf("keys: %s", list)
		}
		id := strings.Split(older, "+")[1]
		if said, errs, code := witness("end", id); code != 0 || !strings.Contains(said, "signs no more") {
			t.Fatalf("exit %d: %s", code, errs)
		}
		for _, last := range []string{id, strings.Split(newer, "+")[1], "x"} {
			if _, errs, code := witness("end", last); code != 1 || !strings.Contains(errs, "witness keys") {
				t.Errorf("end of %s: exit %d, %s", last, code, errs)
			}
		}
		citizen(t, c.address, 4)
		c.witnessed(size+1, 1) // by the newer one
		c.believed(t, map[string]int{onlyOld: 1, onlyNew: 0, both: 0})
		after := c.receipt(someone, no, 1)
		for name, r := range map[string]struct {
			file string
			want [3]int // by the old key, the new one, both
		}{"before": {before, [3]int{0, 1, 0}}, "between": {between, [3]int{0, 0, 0}}, "after": {after, [3]int{1, 0, 0}}} {
			for i, keys := range []string{older, newer, older + "\n" + newer} {
				if _, errs, code := cli(t, "verify", "receipt", r.file, "--trust", fileOf(t, c.log+"\n"+keys+"\n")); code != r.want[i] {
					t.Errorf("a receipt of %s, keys %d: exit %d, %s", name, i, code, errs)
				}
			}
		}
	})
}

// receipt downloads the receipt of a case, once it stands under a checkpoint that so many of the policy have signed.
func (c *city) receipt(of *client, no caseflow.CaseNo, n int) (file string) {
	c.t.Helper()
	policy, err := readPolicy(c.policy)
	must(c.t, err)
	c.until("the receipt", func() bool {
		status, text, err := of.send("GET", "/cases/"+string(no)+"/receipt", "", nil)
		must(c.t, err)
		r, err := receipt.Parse(text)
		if status != http.StatusOK || err != nil {
			return false
		}
		signed, _, err := policy.Met([]byte(r.Log.Checkpoint))
		must(c.t, err)
		file = fileOf(c.t.(*testing.T), string(text))
		return len(signed) == n
	})
	return file
}

// believed checks the log by several policies: what the exit status is.
func (c *city) believed(t *testing.T, want map[string]int) {
	t.Helper()
	for policy, code := range want {
		if _, errs, got := cli(t, "log", "check", "http://"+c.listen+"/log", "--trust", policy); got != code {
			text, _ := os.ReadFile(policy) // #nosec G304 -- a test's own file
			t.Errorf("exit %d, want %d: %s\nby %s", got, code, errs, text)
		}
	}
}

// A log that shows one history to whoever checks it and another to a witness, a process of its own, is found out, whether it is asked about by its address
// or by a policy.
func TestLogCheck_finds_what_is_shown_to_witnesses_alone(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts a witness, which -short leaves out")
	}
	log := newLog(t, "village.example/log")
	at, key := startWitness(t, "witness", "--listen", freePort(t), "--name", "w.example/w", "--watch", fileOf(t, "quorum none\nlog "+log.key), "--data", t.TempDir())
	hand := func(s evidence.Submission) {
		resp, err := http.Post(at+"/add-checkpoint", "text/plain", bytes.NewReader(s.Text())) // #nosec G107 -- the test's own server
		must(t, err)
		said, err := io.ReadAll(resp.Body)
		must(t, err)
		must(t, resp.Body.Close())
		if resp.StatusCode != http.StatusOK {
			t.Fatalf("%d %s", resp.StatusCode, said)
		}
	}
	of := func(word string, sizes ...int) string {
		l := &shownLog{t: t, dir: t.TempDir(), tree: evidence.EmptyTree(), key: log.key, sign: log.sign}
		for _, n := range sizes {
			l.grow(word, n)
		}
		return l.dir
	}
	first := log.grow("one", 5)
	hand(evidence.Submission{Checkpoint: first})
	policy := fileOf(t, "log "+log.key+"\nwitness w "+key+" "+at+"\nquorum none\n")
	away := "http://" + freePort(t)
	check := func(what string, want int, says, dir string, more ...string) {
		t.Helper()
		_, errs, code := cli(t, append([]string{"log", "check", dir}, more...)...)
		if code != want || !strings.Contains(errs, says) {
			t.Errorf("%s: exit %d, want %d: %s", what, code, want, errs)
		}
	}
	byKey := []string{"--trust", log.key, "--witness", at}
	check("the same", 0, "agrees with the 5 entries that the witness w.example/w has signed", log.dir, "--trust", policy)
	check("the same by address", 0, "agrees with the 5 entries", log.dir, byKey...)
	check("another of the same size", 1, "forked", of("other", 5), "--trust", policy)
	check("another, longer", 1, "the witness w.example/w has signed 5 entries of it: forked", of("other", 5, 4), "--trust", policy)
	check("another, shorter", 1, "rolled back: the log shows 3", of("other", 3), byKey...)
	check("an older one", 1, "rolled back: the log shows 3", of("one", 3), byKey...)
	second := log.grow("two", 7)
	check("it has grown", 0, "agrees with the 5 entries", log.dir, byKey...)
	proof, err := evidence.ProveGrowth(log.tree, log, 5)
	must(t, err)
	hand(evidence.Submission{Old: 5, Proof: proof, Checkpoint: second})
	must(t, writeLogFile(filepath.Join(log.dir, "checkpoint"), first)) // it is about to show what the witness has signed: the tiles are there
	check("behind for a moment", 0, "agrees with the 12 entries", log.dir, byKey...)
	check("another with tiles for as many", 1, "forked", func() string {
		dir := of("other", 5, 7)
		l := &shownLog{t: t, dir: t.TempDir(), tree: evidence.EmptyTree(), key: log.key, sign: log.sign}
		must(t, writeLogFile(filepath.Join(dir, "checkpoint"), l.grow("other", 5)))
		return dir
	}(), byKey...)
	check("a witness that is away", 1, "does not tell what it has signed", log.dir, "--trust", log.key, "--witness", away)
	check("one of a policy that is away", 0, "does not tell what it has signed", log.dir, "--trust", fileOf(t, "log "+log.key+"\nwitness w "+key+" "+away+"\nquorum none\n"))
	check("no address", 2, "is not the address of a witness", log.dir, "--trust", log.key, "--witness", "x")
	check("a log that the witness does not know", 1, "does not tell", newDir(t, "elsewhere.example/log"), "--witness", at)
}

// newDir is the folder of a log of its own.
func newDir(t *testing.T, name string) string {
	l := newLog(t, name)
	l.grow("one", 3)
	return l.dir
}
