package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/tongban/tongban/evidence"
	"github.com/tongban/tongban/internal/seal"
	"github.com/tongban/tongban/internal/store/pgtest"
)

// city is a server that is watched by other cities, and watches them.
type city struct {
	*process
	t        testing.TB
	name     string
	flags    []string
	listen   string
	log, wit string // public keys
	policy   string // file: its own log and witnesses
}

// freePort is an address on which nobody listens, to which a server can come back.
func freePort(t testing.TB) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	must(t, l.Close())
	return l.Addr().String()
}

// newCity starts a city once, so that it has its keys.
func newCity(t testing.TB, name string, flags ...string) *city {
	c := &city{t: t, name: name, listen: freePort(t), flags: append(flags, "--log-origin", name+".example/log", "--reach", "127.0.0.0/8")}
	none := filepath.Join(t.TempDir(), "none")
	must(t, os.WriteFile(none, []byte("quorum none\n"), 0o600))
	c.start("--watch", none)
	c.log, c.wit = strings.TrimSpace(c.get("/log/key")), strings.TrimSpace(c.get("/witness/key"))
	if code := c.end(); code != 0 {
		t.Fatalf("exit %d: %s", code, c.process.err)
	}
	return c
}

func (c *city) start(more ...string) {
	c.process = serve(c.t, append(append(append([]string{}, c.flags...), "--listen", c.listen), more...)...)
}

func (c *city) get(path string) string {
	c.t.Helper()
	resp, err := http.Get("http://" + c.listen + path) // #nosec G107 -- the test's own server
	must(c.t, err)
	body, err := io.ReadAll(resp.Body)
	must(c.t, err)
	must(c.t, resp.Body.Close())
	if resp.StatusCode != http.StatusOK {
		c.t.Fatalf("%s: %d %s", path, resp.StatusCode, body)
	}
	return string(body)
}

// join writes who watches whom, and starts the city so.
func (c *city) join(k int, witnesses []*city, watched ...string) {
	var p strings.Builder
	fmt.Fprintf(&p, "log %s http://%s/log\n", c.log, c.listen)
	names := ""
	for _, w := range witnesses {
		fmt.Fprintf(&p, "witness %s %s http://%s/witness\n", w.name, w.wit, w.listen)
		names += " " + w.name
	}
	fmt.Fprintf(&p, "group enough %d%s\nquorum enough\n", k, names)
	c.policy = filepath.Join(c.t.TempDir(), "policy")
	must(c.t, os.WriteFile(c.policy, []byte(p.String()), 0o600))
	watch := filepath.Join(c.t.TempDir(), "watch")
	text := "quorum none\n"
	for _, key := range watched {
		text += "log " + key + "\n"
	}
	must(c.t, os.WriteFile(watch, []byte(text), 0o600))
	c.flags = append(c.flags, "--witnesses", c.policy, "--watch", watch)
	c.start()
}

// check holds the city's log against its policy from outside.
func (c *city) check(more ...string) (said string, code int) {
	_, errs, code := cli(c.t.(*testing.T), append([]string{"log", "check", "http://" + c.listen + "/log", "--trust", c.policy}, more...)...)
	return errs, code
}

func (c *city) until(what string, holds func() bool) {
	c.t.Helper()
	defer func() {
		if c.t.Failed() {
			c.t.Logf("waiting for %s: %s", what, c.process.err)
		}
	}()
	until(c.t, holds)
}

// witnessed waits until a checkpoint of at least a size is shown that so many of the policy have signed.
func (c *city) witnessed(size int64, n int) evidence.Checkpoint {
	c.t.Helper()
	text, err := os.ReadFile(c.policy)
	must(c.t, err)
	policy, err := evidence.ParsePolicy(string(text))
	must(c.t, err)
	var got evidence.Checkpoint
	c.until(fmt.Sprintf("%d signatures at %d", n, size), func() bool {
		msg := []byte(c.get("/log/checkpoint"))
		all, _, err := policy.Met(msg)
		must(c.t, err)
		got, err = evidence.ReadCheckpoint(msg)
		must(c.t, err)
		return got.Size >= size && len(all) == n
	})
	return got
}

func (c *city) metric(line string) bool { return strings.Contains(c.get("/metrics"), "\n"+line+"\n") }

// backedUp is a backup of a city that is not served.
func backedUp(t *testing.T, data string) string {
	t.Helper()
	backup := filepath.Join(t.TempDir(), "backup")
	if _, errs, code := cli(t, "backup", "--data", data, backup); code != 0 {
		t.Fatal(errs)
	}
	return backup
}

// restored is a store that is restored elsewhere, with the keys that lie apart and without what was shown.
func restored(t *testing.T, backup, from string) string {
	t.Helper()
	to := t.TempDir()
	if _, errs, code := cli(t, "restore", "--data", to, "--keys", filepath.Join(from, seal.FileName), backup); code != 0 {
		t.Fatal(errs)
	}
	return to
}

// handIn hands a checkpoint of an invented log in.
func (c *city) handIn(s evidence.Submission) (int, string, string) {
	c.t.Helper()
	resp, err := http.Post("http://"+c.listen+"/witness/add-checkpoint", "text/plain", bytes.NewReader(s.Text()))
	must(c.t, err)
	body, err := io.ReadAll(resp.Body)
	must(c.t, err)
	must(c.t, resp.Body.Close())
	return resp.StatusCode, resp.Header.Get("Content-Type"), string(body)
}

// R29: three cities (two on SQLite, one on PostgreSQL) witness each other and a fourth, which lies: its store is set back and goes on with other
// cases. Witnesses refuse that, the one that was killed before like the others; the log that is set back finds out by what they have signed.
func TestWitnesses_of_a_log_that_lies(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts four servers and kills some, which -short leaves out")
	}
	data := t.TempDir()
	a, b, c := newCity(t, "a", "--data", t.TempDir()), newCity(t, "b", "--data", t.TempDir(), "--store", pgtest.Start(t)), newCity(t, "c", "--data", t.TempDir())
	d := newCity(t, "d", "--data", data)
	early := backedUp(t, data)
	split := newLog(t, "village.example/log")
	a.join(2, []*city{b, c}, b.log, c.log, d.log, split.key)
	b.join(2, []*city{a, c}, a.log, c.log, d.log, split.key)
	c.join(2, []*city{a, b}, a.log, b.log, d.log, split.key)
	d.join(2, []*city{a, b, c})
	for _, x := range []*city{a, b, c} {
		citizen(t, x.address, 1)
		x.witnessed(1, 2)
		x.until("quorum in metrics", func() bool { return x.metric("tongban_log_quorum_met 1") })
		if said, code := x.check(); code != 0 || !strings.Contains(said, "it holds") {
			t.Errorf("%s: exit %d: %s", x.name, code, said)
		}
	}
	citizen(t, d.address, 1)
	before := d.witnessed(1, 3).Size

	b.kill() // the others go on without it, and say so
	citizen(t, a.address, 2)
	size := a.witnessed(2, 1).Size
	if said, code := a.check(); code != 1 || !strings.Contains(said, "2 of (b, c)") {
		t.Errorf("without b: exit %d: %s", code, said)
	}
	a.until("b is missed", func() bool {
		return a.metric("tongban_log_quorum_met 0") && a.metric(`tongban_log_witness_up{witness="b.example/witness"} 0`)
	})
	b.start()
	a.witnessed(size, 2)
	citizen(t, d.address, 2)
	seen := d.witnessed(before+1, 3)
	shown := filepath.Join(t.TempDir(), "shown")
	must(t, os.WriteFile(shown, []byte(d.get("/log/checkpoint")), 0o600))

	b.kill()
	b.start()
	splitView(t, split, a, b, c)
	d.kill()
	again := &city{t: t, name: "d", listen: d.listen, log: d.log, policy: d.policy, flags: append([]string{"--data", restored(t, backedUp(t, data), data)}, d.flags[2:]...)}
	again.start() // what is restored whole goes on where it was (R11)
	citizen(t, again.address, 3)
	seen = again.witnessed(seen.Size+1, 3)
	must(t, os.WriteFile(shown, []byte(again.get("/log/checkpoint")), 0o600))
	again.kill()
	liar := &city{t: t, name: "d", listen: d.listen, log: d.log, policy: d.policy, flags: append([]string{"--data", restored(t, early, data)}, d.flags[2:]...)}
	liar.start()
	liar.until("the alarm", func() bool { return liar.metric(`tongban_log_alarms{kind="behind"} 3`) })
	if page := liar.get("/log"); !strings.Contains(page, "可能恢复了旧备份") || !strings.Contains(page, "b.example/witness") {
		t.Errorf("its page says nothing: %s", page)
	}
	if said, code := liar.check(); code != 1 {
		t.Errorf("the liar's log: exit %d: %s", code, said)
	}
	if said, code := liar.check("--since", shown); code != 1 || !strings.Contains(said, "rolled back") && !strings.Contains(said, "too few") {
		t.Errorf("the liar's log since it was shown: exit %d: %s", code, said)
	}
	for _, x := range []*city{a, b, c} {
		kept, err := evidence.ReadCheckpoint([]byte(x.get("/witness/checkpoint?origin=d.example/log")))
		must(t, err)
		if kept.Size < seen.Size {
			t.Errorf("%s has signed %+v after %+v", x.name, kept, seen)
		}
	}
}

// What a witness answers to a log whose keeper signs whatever they like, before and after it is killed; the evidence stands on its page.
func TestWitness_refuses_and_keeps_a_fork(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts a server and kills it, which -short leaves out")
	}
	onBoth(t, func(t *testing.T, _ placeFlags, flags []string) {
		log := newLog(t, "village.example/log")
		w := newCity(t, "w", flags...)
		w.join(1, []*city{{name: "nobody", listen: freePort(t), wit: w.wit}}, log.key)
		first := log.grow("one", 5)
		second := log.grow("two", 5)
		proof, err := evidence.ProveGrowth(log.tree, log, 5)
		must(t, err)
		fork := &shownLog{t: t, dir: t.TempDir(), tree: evidence.EmptyTree(), key: log.key, sign: log.sign}
		forked5 := fork.grow("other", 5)
		forked10 := fork.grow("other", 5)
		other := newLog(t, "village.example/log").grow("one", 5)
		stranger := newLog(t, "elsewhere.example/log").grow("one", 5)
		try := func(what string, status int, s evidence.Submission) string {
			t.Helper()
			got, kind, body := w.handIn(s)
			if got != status || (kind == "text/x.tlog.size") != (strings.Trim(body, "0123456789") == "\n") {
				t.Errorf("%s: %d %s %s, want %d", what, got, kind, body, status)
			}
			return body
		}
		sub := func(old int64, proof []evidence.Hash, msg []byte) evidence.Submission {
			return evidence.Submission{Old: old, Proof: proof, Checkpoint: msg}
		}
		line := try("the first", 200, sub(0, nil, first))
		key, err := evidence.ParseWitnessKey(w.wit)
		must(t, err)
		if all, err := evidence.Cosignatures(append(first[:len(first):len(first)], line...), key); err != nil || len(all) != 1 || time.Since(all[0].At) > time.Hour {
			t.Errorf("signed: %v, %v", all, err)
		}
		w.kill()
		w.start()
		if body := try("where it is", 409, sub(0, nil, second)); body != "5\n" {
			t.Errorf("it says %q", body)
		}
		try("the same again", 200, sub(5, nil, first))
		try("a log that it does not watch", 404, sub(0, nil, stranger))
		try("another key", 403, sub(5, nil, other))
		try("shorter than said", 400, sub(6, nil, first))
		try("no checkpoint", 400, sub(5, nil, []byte("x")))
		try("a proof too much", 422, sub(5, proof, first))
		try("without a proof", 422, sub(5, nil, second))
		try("a fork of the same size", 409, sub(5, nil, forked5))
		try("a fork that has grown", 422, sub(5, proof, forked10))
		w.kill()
		w.start()
		try("the fork after a crash", 409, sub(5, nil, forked5))
		try("what continues", 200, sub(5, proof, second))
		try("rolled back", 409, sub(5, nil, first))
		w.until("the alarms", func() bool {
			return w.metric(`tongban_log_alarms{kind="forked"} 1`) && w.metric(`tongban_log_alarms{kind="unproven"} 1`)
		})
	})
}

// splitView lets a log show one tree to a and c and another to b: no two of them have signed the second, and who is shown both has the proof.
func splitView(t *testing.T, log *shownLog, a, b, c *city) {
	other := &shownLog{t: t, dir: t.TempDir(), tree: evidence.EmptyTree(), key: log.key, sign: log.sign}
	one, two := log.grow("one", 5), other.grow("two", 5)
	policy, err := evidence.ParsePolicy(fmt.Sprintf("log %s\nwitness a %s\nwitness b %s\nwitness c %s\ngroup most 2 a b c\nquorum most", log.key, a.wit, b.wit, c.wit))
	must(t, err)
	signed := func(msg []byte, by ...*city) []byte {
		all := bytes.Clone(msg)
		for _, w := range by {
			status, _, line := w.handIn(evidence.Submission{Checkpoint: msg})
			if status == http.StatusOK {
				all = append(all, line...)
			}
		}
		return all
	}
	if _, _, err := policy.Open(signed(one, a, c)); err != nil {
		t.Errorf("what two have seen: %v", err)
	}
	if _, _, err := policy.Open(signed(two, b, a, c)); !errors.Is(err, evidence.ErrQuorum) {
		t.Errorf("what one has seen: %v", err)
	}
	key, err := evidence.ParseKey(log.key)
	must(t, err)
	for _, w := range []*city{a, c} {
		link := regexp.MustCompile(`/log/alarms/[0-9a-f]{16}`).FindString(w.get("/log"))
		if link == "" {
			t.Errorf("%s: no alarm on its page", w.name)
			continue
		}
		before, after, both := strings.Cut(w.get(link), "\n\nvillage")
		first, err1 := evidence.OpenCheckpoint([]byte(before+"\n"), key)
		second, err2 := evidence.OpenCheckpoint([]byte("village"+after), key)
		if err := errors.Join(err1, err2); !both || err != nil || first.Size != second.Size || first.Root == second.Root {
			t.Errorf("%s: the evidence is %s: %v", w.name, w.get(link), err)
		}
	}
}
