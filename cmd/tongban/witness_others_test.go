package main

import (
	"bufio"
	"crypto/ed25519"
	"crypto/rand"
	"database/sql"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
	"golang.org/x/mod/sumdb/note"

	"github.com/tongban/tongban/evidence"
)

// tool builds a program of others whose version stands in tools/go.mod.
func tool(t *testing.T, path string) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "tool")
	said, err := exec.CommandContext(t.Context(), "go", "build", "-modfile=../../tools/go.mod", "-o", bin, path).CombinedOutput() // #nosec G204 -- a test's own arguments
	if err != nil {
		t.Fatalf("%s: %v: %s", path, err, said)
	}
	return bin
}

// litewitness runs the witness of filippo.io/torchwood, as it is, for one log, and returns where it is and its key.
func litewitness(t *testing.T, name, origin, key string) (address string, k evidence.WitnessKey) {
	t.Helper()
	bin := tool(t, "filippo.io/torchwood/cmd/litewitness")
	dir, err := os.MkdirTemp("", "lw") // the path of a socket is short
	must(t, err)
	t.Cleanup(func() { must(t, os.RemoveAll(dir)) })
	public, secret, err := ed25519.GenerateKey(rand.Reader)
	must(t, err)
	k, err = evidence.NewWitnessKey(name, public)
	must(t, err)
	ring := agent.NewKeyring() // it signs through an ssh-agent
	must(t, ring.Add(agent.AddedKey{PrivateKey: secret}))
	l, err := net.Listen("unix", filepath.Join(dir, "s"))
	must(t, err)
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { _ = agent.ServeAgent(ring, c) }()
		}
	}()
	db, err := sql.Open("sqlite", filepath.Join(dir, "db"))
	must(t, err)
	empty := evidence.EmptyTree().Root
	for _, do := range [][]any{
		{"CREATE TABLE log (origin TEXT PRIMARY KEY, tree_size INTEGER NOT NULL, tree_hash TEXT NOT NULL)"},
		{"CREATE TABLE key (origin TEXT NOT NULL, key TEXT NOT NULL, FOREIGN KEY(origin) REFERENCES log(origin))"},
		{"INSERT INTO log VALUES (?, 0, ?)", origin, base64.StdEncoding.EncodeToString(empty[:])},
		{"INSERT INTO key VALUES (?, ?)", origin, key},
	} {
		_, err = db.Exec(do[0].(string), do[1:]...)
		must(t, err)
	}
	must(t, db.Close())
	sshKey, err := ssh.NewPublicKey(public)
	must(t, err)
	address = freePort(t)
	c := exec.CommandContext(t.Context(), bin, "-name", name, "-db", filepath.Join(dir, "db"), "-ssh-agent", filepath.Join(dir, "s"), "-listen", address,
		"-key", ssh.FingerprintSHA256(sshKey)) // #nosec G204 -- a test's own arguments
	said := &buffer{}
	c.Stderr = said
	must(t, c.Start())
	t.Cleanup(func() {
		_ = c.Process.Kill()
		_ = c.Wait()
		if t.Failed() {
			t.Log(said)
		}
	})
	return address, k
}

// A witness of others, unchanged, signs our log as it grows; nothing is set up but its key and address.
func TestWitness_of_others_signs_our_log(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds and runs another program, which -short leaves out")
	}
	c := newCity(t, "city", "--data", t.TempDir())
	at, key := litewitness(t, "lite.example/w", "city.example/log", c.log)
	c.policy = filepath.Join(t.TempDir(), "policy")
	must(t, os.WriteFile(c.policy, fmt.Appendf(nil, "log %s\nwitness lite %s http://%s\nquorum lite\n", c.log, key, at), 0o600))
	c.start("--witnesses", c.policy)
	size := int64(1)
	for n := range 3 {
		citizen(t, c.address, n+1)
		size = c.witnessed(size+1, 1).Size
	}
	c.kill() // what it has seen is known again, or asked for
	c.start("--witnesses", c.policy)
	citizen(t, c.address, 5)
	c.witnessed(size+1, 1)
	if said, code := c.check(); code != 0 || !strings.Contains(said, "witnessed by lite.example/w") {
		t.Errorf("exit %d: %s", code, said)
	}
}

// A log of others, unchanged, that publishes nothing until its witnesses have signed, publishes with ours.
func TestWitness_signs_a_log_of_others(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds and runs another program, which -short leaves out")
	}
	onBoth(t, func(t *testing.T, _ placeFlags, flags []string) {
		bin := tool(t, "github.com/transparency-dev/tessera/cmd/examples/posix-oneshot")
		dir := t.TempDir()
		skey, vkey, err := note.GenerateKey(nil, "tessera.example/log")
		must(t, err)
		file := func(name, text string) string {
			path := filepath.Join(dir, name)
			must(t, os.WriteFile(path, []byte(text), 0o600))
			return path
		}
		args := append([]string{"witness", "--listen", freePort(t), "--name", "w.example/w", "--watch", file("watch", "quorum none\nlog "+vkey)}, flags...)
		address, public := startWitness(t, args...)
		policy := file("policy", "witness ours "+public+" "+address+"\nquorum ours\n")
		must(t, os.Mkdir(filepath.Join(dir, "log"), 0o700))
		var last evidence.Checkpoint
		for n := range 3 {
			entries := file(fmt.Sprint("entry", n), fmt.Sprint("entry ", n))
			said, err := exec.CommandContext(t.Context(), bin, "--storage_dir", filepath.Join(dir, "log"), "--entries", entries, "--private_key", file("key", skey),
				"--witness_policy_file", policy, "--witness_timeout", "20s", "--logtostderr").CombinedOutput() // #nosec G204 -- a test's own arguments
			if err != nil {
				t.Fatalf("%v: %s", err, said)
			}
			msg, err := os.ReadFile(filepath.Join(dir, "log", "checkpoint"))
			must(t, err)
			trust, err := evidence.ParsePolicy("log " + vkey + "\nwitness ours " + public + "\nquorum ours\n")
			must(t, err)
			now, _, err := trust.Open(msg)
			if err != nil || now.Size <= last.Size {
				t.Fatalf("after %d: %+v, %v: %s", n, now, err, msg)
			}
			last = now
		}
	})
}

// startWitness runs a witness alone, in a process of its own.
func startWitness(t *testing.T, args ...string) (address, key string) {
	t.Helper()
	p := &process{t: t, cmd: child(args...), out: &buffer{}, err: &buffer{}, read: make(chan struct{})}
	p.cmd.Stderr = p.err
	out, err := p.cmd.StdoutPipe()
	must(t, err)
	must(t, p.cmd.Start())
	t.Cleanup(func() {
		if code := p.end(); code != 0 {
			t.Errorf("exit %d: %s", code, p.err)
		}
	})
	r := bufio.NewReader(out)
	first, err := r.ReadString('\n')
	if err != nil {
		t.Fatalf("the witness does not start: %v: %s", err, p.err)
	}
	key, err = r.ReadString('\n')
	must(t, err)
	go func() {
		defer close(p.read)
		_, _ = io.Copy(io.Discard, r)
	}()
	address, key = addressIn(t, first), strings.TrimSpace(key)
	if status, _, shown := fetch(t, address+"/key"); status != http.StatusOK || strings.TrimSpace(shown) != key {
		t.Errorf("it shows the key %q and says %q", shown, key)
	}
	return address, key
}
