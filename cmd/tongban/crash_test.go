package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/sequencer"
	"github.com/tongban/tongban/internal/store/pgtest"
)

// sent is a command that a client gave, and what it was answered; an answer of nil is not known.
type sent struct {
	by     *client
	path   string
	key    string
	body   any
	answer []byte
}

func (s *sent) repeat() (int, []byte, error) { return s.by.send("POST", s.path, s.key, s.body) }

// load is citizens who open cases and save drafts until the server is gone.
type load struct {
	t     testing.TB
	mu    sync.Mutex
	sent  []*sent
	acked chan struct{} // one for each acknowledgement
	wg    sync.WaitGroup
}

// press starts the clients. round keeps request ids apart.
func press(t testing.TB, round int, clients []*client) *load {
	l := &load{t: t, acked: make(chan struct{}, 1<<16)}
	for i, c := range clients {
		l.wg.Go(func() {
			for n := 0; ; n++ {
				no, ok := l.open(c, fmt.Sprintf("round-%d-client-%d-case-%d", round, i, n), i+1)
				for k := 0; ok && k < 5; k++ {
					_, ok = l.give(&sent{by: c, path: "/cases/" + string(no) + "/save-draft", key: fmt.Sprintf("round-%d-client-%d-case-%d-save-%d", round, i, n, k),
						body: map[string]any{"data": map[string]any{"company": map[string]any{"name": fmt.Sprintf("渭南秦东%d食品有限公司", k)}}}})
				}
				if !ok {
					return
				}
			}
		})
	}
	return l
}

func (l *load) open(c *client, key string, n int) (caseflow.CaseNo, bool) {
	r, ok := l.give(&sent{by: c, path: "/cases", key: key, body: opening(n)})
	return r.Case, ok
}

// give sends a command and keeps what became of it; false if the server is gone.
func (l *load) give(s *sent) (r hall.Receipt, ok bool) {
	status, answer, err := s.repeat()
	if err == nil && status != http.StatusOK {
		l.t.Errorf("%s %s: %d %s", s.path, s.key, status, answer)
		return r, false
	}
	if err == nil {
		s.answer = answer
		err = json.Unmarshal(answer, &r)
	}
	l.mu.Lock()
	l.sent = append(l.sent, s)
	l.mu.Unlock()
	if err != nil {
		return r, false
	}
	l.acked <- struct{}{}
	return r, true
}

// after waits for a number of acknowledgements.
func (l *load) after(n int) {
	for range n {
		select {
		case <-l.acked:
		case <-time.After(2 * time.Minute):
			l.t.Fatal("the server acknowledges nothing")
		}
	}
}

// check repeats everything that was sent: what was acknowledged gets its first answer, what was not is carried out once.
// Then the journals hold each command once, under the numbers and leaves of the receipts.
func (l *load) check() (acked int) {
	l.t.Helper()
	cases := map[caseflow.CaseNo]map[int]string{} // leaves by entry
	by := map[caseflow.CaseNo]*client{}
	for _, s := range l.sent {
		status, answer, err := s.repeat()
		if err != nil || status != http.StatusOK {
			l.t.Fatalf("%s again: %d %v %s", s.key, status, err, answer)
		}
		switch {
		case s.answer == nil:
			s.answer = answer
			if _, again, err := s.repeat(); err != nil || !bytes.Equal(again, answer) {
				l.t.Errorf("%s a third time: %s, %v; before: %s", s.key, again, err, answer)
			}
		case !bytes.Equal(answer, s.answer):
			l.t.Errorf("%s was answered\n%s\nand after the restart\n%s", s.key, s.answer, answer)
		default:
			acked++
		}
		var r hall.Receipt
		must(l.t, json.Unmarshal(answer, &r))
		if cases[r.Case] == nil {
			cases[r.Case], by[r.Case] = map[int]string{}, s.by
		}
		if leaf, ok := cases[r.Case][r.Entry]; ok {
			l.t.Errorf("%s entry %d was given to two commands: leaf %s and %s", r.Case, r.Entry, leaf, r.Leaf)
		}
		cases[r.Case][r.Entry] = r.Leaf
	}
	for no, want := range cases {
		got := by[no].timeline(l.t, no)
		if len(got) != len(want) {
			l.t.Errorf("%s has %d entries, %d commands were given", no, len(got), len(want))
		}
		for _, e := range got {
			if e.Leaf != want[e.Entry] {
				l.t.Errorf("%s entry %d has leaf %s, its receipt says %s", no, e.Entry, e.Leaf, want[e.Entry])
			}
		}
	}
	return acked
}

// opened counts the cases that were asked for.
func (l *load) opened() int {
	n := map[string]bool{}
	for _, s := range l.sent {
		if s.path == "/cases" {
			n[s.key] = true
		}
	}
	return len(n)
}

// rounds is how often to kill: TONGBAN_TEST_ROUNDS, or 5.
func rounds() int {
	if n, err := strconv.Atoi(os.Getenv("TONGBAN_TEST_ROUNDS")); err == nil && n > 0 {
		return n
	}
	return 5
}

const clients = 4

// crowd is citizens who are signed in, for the whole of a test: sessions outlive the process.
func crowd(t testing.TB, address string) []*client {
	list := make([]*client, clients)
	for i := range list {
		list[i] = citizen(t, address, i+1)
	}
	return list
}

// R1: the served program is killed at a random moment under load.
func TestKilled_server_loses_nothing_acknowledged(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts and kills servers, which -short leaves out")
	}
	onBoth(t, func(t *testing.T, f placeFlags, flags []string) {
		p := serve(t, flags...)
		people := crowd(t, p.address)
		total, opened := 0, 0
		var signed []byte
		for round := range rounds() {
			l := press(t, round, people)
			l.after(10 + rand.IntN(150)) // #nosec G404 -- a test's dice
			p.kill()
			l.wg.Wait()
			signed, _ = logHolds(t, f, signed)
			p = serve(t, flags...)
			for _, c := range people {
				c.base = p.address
			}
			total += l.check()
			opened += l.opened()
		}
		if code := p.end(); code != 0 {
			t.Errorf("exit %d: %s", code, p.err)
		}
		if got := len(states(t, f)); got != opened {
			t.Errorf("%d cases in the store, %d were opened", got, opened)
		}
		if _, got := logHolds(t, f, signed); got.Waiting != 0 || got.Placed != got.Size || got.Size < int64(total) {
			t.Errorf("after the end the log has %d leaves of %d rows, and %d wait; %d commands were acknowledged", got.Size, got.Placed, got.Waiting, total)
		}
		t.Logf("%d acknowledged commands on %d cases survived %d kills", total, opened, rounds())
	})
}

// logHolds compares store and log: every entry that stands has its leaf, once; and the log continues the checkpoint that was signed
// before. It returns the newest.
func logHolds(t *testing.T, f placeFlags, before []byte) ([]byte, sequencer.Compared) {
	t.Helper()
	st, err := f.openStore(t.Context(), time.Now)
	must(t, err)
	got, err := sequencer.Compare(t.Context(), st)
	if err != nil {
		t.Errorf("store and log: %v", err)
	}
	head, err := st.LogHead(t.Context())
	must(t, err)
	must(t, st.Close())
	dir := t.TempDir()
	if _, errs, code := cli(t, "log", "export", "--data", f.Data, "--store", f.Store, dir); code != 0 {
		t.Errorf("export: %s", errs)
	}
	args := []string{"log", "check", dir}
	if before != nil {
		older := filepath.Join(t.TempDir(), "older")
		must(t, os.WriteFile(older, before, 0o600))
		args = append(args, "--since", older)
	}
	if out, errs, code := cli(t, args...); code != 0 || out != string(head.Checkpoint) {
		t.Errorf("check: %s%s", errs, out)
	}
	return head.Checkpoint, got
}

// onBoth runs a test on an empty store of either kind; flags name it on the command line.
func onBoth(t *testing.T, test func(t *testing.T, f placeFlags, flags []string)) {
	t.Run("SQLite", func(t *testing.T) {
		t.Parallel()
		f := placeFlags{Data: t.TempDir()}
		test(t, f, []string{"--data", f.Data})
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		t.Parallel()
		f := placeFlags{Data: t.TempDir(), Store: pgtest.Start(t)}
		test(t, f, []string{"--data", f.Data, "--store", f.Store})
	})
}

// R40: asked to stop under load, the server finishes what it has taken and goes with status 0.
func TestStopped_server_finishes_what_it_accepted(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts servers under load, which -short leaves out")
	}
	data := t.TempDir()
	p := serve(t, "--data", data)
	people := crowd(t, p.address)
	l := press(t, 0, people)
	l.after(60)
	if code := p.end(); code != 0 {
		t.Errorf("exit %d: %s", code, p.err)
	}
	l.wg.Wait()
	stopped := time.Now()
	p = serve(t, "--data", data)
	for _, c := range people {
		c.base = p.address
	}
	for _, s := range l.sent {
		if s.answer != nil {
			continue
		}
		var r hall.Receipt
		if _, answer, err := s.repeat(); err != nil || json.Unmarshal(answer, &r) != nil || r.At.Before(stopped) {
			t.Errorf("%s was carried out before the stop and never answered: %s %v", s.key, answer, err)
		}
	}
	if acked := l.check(); acked < 60 {
		t.Errorf("%d commands were acknowledged before the stop, want 60 or more", acked)
	}
	if code := p.end(); code != 0 {
		t.Errorf("exit %d: %s", code, p.err)
	}
}
