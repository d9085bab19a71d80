//go:build unix

package sqlstore

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/store/pgtest"
	"github.com/tongban/tongban/internal/store/storetest"
)

// childEnv makes a run of the test binary a child that commits until it is killed.
const childEnv = "TONGBAN_STORE_CHILD"

func TestMain(m *testing.M) {
	if address := os.Getenv(childEnv); address != "" {
		if err := child(address, os.Args[1]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	if address := os.Getenv(upgradeEnv); address != "" {
		if err := upgradeAndDie(address, os.Args[1]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// child commits entries of eight cases and prints every acknowledged one as "case entry".
func child(address, round string) error {
	s, err := Open(context.Background(), Options{Address: address})
	if err != nil {
		return err
	}
	r, err := strconv.Atoi(round)
	if err != nil {
		return err
	}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for c := range 8 {
		wg.Go(func() {
			for n := 1; ; n++ {
				if err := s.Commit(context.Background(), entry(r*8+c, n)); err != nil {
					fmt.Fprintln(os.Stderr, err)
					return
				}
				mu.Lock()
				fmt.Println(c, n)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return nil
}

// entry is the n-th change of a case.
func entry(of, n int) *store.Change {
	if n == 1 {
		return storetest.Opening(of)
	}
	return storetest.Next(of, n)
}

// R1: kill -9 at a random moment between acknowledgements, five rounds on one database.
func TestKill_loses_nothing_acknowledged(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, address func(testing.TB) string) {
		where := address(t)
		for round := range rounds() {
			acked := killed(t, where, round, 20+rand.IntN(200)) // #nosec G404 -- a test's dice
			s, err := Open(t.Context(), Options{Address: where})
			if err != nil {
				t.Fatal(err)
			}
			for c, want := range acked {
				entries, err := s.Entries(t.Context(), storetest.KeyOf(round*8+c), 0, 0)
				if err != nil {
					t.Fatal(err)
				}
				row, err := s.Case(t.Context(), storetest.KeyOf(round*8+c))
				if len(entries) < want || len(entries) > 0 && (err != nil || row.Entry != len(entries)) {
					t.Errorf("round %d case %d: %d acknowledged, %d there, row %+v, %v", round, c, want, len(entries), row, err)
				}
				if want == 0 {
					continue
				}
				if err := s.Commit(t.Context(), entry(round*8+c, want)); !errors.Is(err, store.ErrRepeat) {
					t.Errorf("round %d case %d: the last acknowledged entry again: %v, want a repeat", round, c, err)
				}
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}
	})
}

// rounds is how often to kill: TONGBAN_TEST_ROUNDS, or 5.
func rounds() int {
	if n, err := strconv.Atoi(os.Getenv("TONGBAN_TEST_ROUNDS")); err == nil && n > 0 {
		return n
	}
	return 5
}

// killed runs a child, kills it after a number of acknowledgements, and returns the last acknowledged entry of each case.
func killed(t *testing.T, address string, round, after int) (acked [8]int) {
	t.Helper()
	c := exec.Command(os.Args[0], strconv.Itoa(round)) // #nosec G204 G702 -- the test itself
	c.Env = append(os.Environ(), childEnv+"="+address)
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for seen := 0; lines.Scan(); seen++ {
		var of, n int
		if _, err := fmt.Sscan(lines.Text(), &of, &n); err != nil {
			break // the last line may be cut off
		}
		acked[of] = n
		if seen == after {
			if err := c.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := c.Wait(); err == nil {
		t.Error("the child ended by itself")
	}
	return acked
}

// R10: PostgreSQL is restarted under load, in good order and as in a crash. Whoever got an error asks again with the same
// request id; nothing is lost or doubled, and no answer takes longer than five seconds plus the restart.
func TestPostgreSQL_restarted_under_load_loses_nothing(t *testing.T) {
	t.Parallel()
	server := pgtest.New(t, pgtest.Options{})
	s := newStore(t, Options{Address: server.Database(t)})
	ctx, stop := context.WithCancel(t.Context())
	var acked [8]atomic.Int64
	var slowest atomic.Int64
	var wg sync.WaitGroup
	for c := range acked {
		wg.Go(func() {
			for n := 1; ctx.Err() == nil; {
				start := time.Now()
				err := s.Commit(context.Background(), entry(c, n))
				slowest.Store(max(slowest.Load(), int64(time.Since(start))))
				switch {
				case err == nil, errors.Is(err, store.ErrRepeat):
					acked[c].Store(int64(n))
					n++
				case errors.Is(err, store.ErrConflict):
					t.Errorf("case %d entry %d: %v", c, n, err)
					return
				}
			}
		})
	}
	for _, mode := range []pgtest.Mode{pgtest.Fast, pgtest.Immediate, pgtest.Immediate} {
		for goal := acked[0].Load() + 20; acked[0].Load() < goal; {
			if err := s.Ping(t.Context()); err != nil {
				t.Log(err)
			}
		}
		server.Restart(t, mode)
	}
	stop()
	wg.Wait()
	for c := range acked {
		entries, err := s.Entries(t.Context(), storetest.KeyOf(c), 0, 0)
		row, err2 := s.Case(t.Context(), storetest.KeyOf(c))
		if err != nil || err2 != nil || int64(len(entries)) != acked[c].Load() || row.Entry != len(entries) {
			t.Errorf("case %d: %d acknowledged, %d there, row %+v, %v %v", c, acked[c].Load(), len(entries), row, err, err2)
		}
	}
	if d := time.Duration(slowest.Load()); d > 10*time.Second {
		t.Errorf("the slowest answer took %v", d)
	}
}

// A server that is away gives an error in time, and the store works again when it is back.
func TestPostgreSQL_away_is_an_error_in_time(t *testing.T) {
	t.Parallel()
	server := pgtest.New(t, pgtest.Options{})
	s := newStore(t, Options{Address: server.Database(t)})
	if err := s.Commit(t.Context(), entry(1, 1)); err != nil {
		t.Fatal(err)
	}
	server.Stop(t, pgtest.Fast)
	start := time.Now()
	if err := s.Commit(t.Context(), entry(1, 2)); !errors.Is(err, store.ErrAway) {
		t.Errorf("a commit without a server: %v, want %v", err, store.ErrAway)
	}
	if _, err := s.Case(t.Context(), storetest.KeyOf(1)); !errors.Is(err, store.ErrAway) {
		t.Errorf("a look without a server: %v, want %v", err, store.ErrAway)
	}
	if err := s.Ping(t.Context()); err == nil {
		t.Error("ping without a server says nothing")
	}
	if d := time.Since(start); d > 10*time.Second {
		t.Errorf("the answers took %v", d)
	}
	server.Resume(t)
	if err := s.Commit(t.Context(), entry(1, 2)); err != nil {
		t.Errorf("with the server again: %v", err)
	}
}

// Two servers on one PostgreSQL: of commands on the same state one wins, and every entry has one writer.
func TestTwoStores_on_one_PostgreSQL_lose_nothing(t *testing.T) {
	t.Parallel()
	address := pgtest.Start(t)
	stores := []*Store{newStore(t, Options{Address: address}), newStore(t, Options{Address: address})}
	const cases, entries = 4, 20
	var wins [cases][entries + 1]atomic.Int64
	var wg sync.WaitGroup
	for client := range 8 {
		s := stores[client%2]
		for c := range cases {
			wg.Go(func() {
				for n := 1; n <= entries; {
					change := entry(c, n)
					change.Entry.Request = fmt.Sprintf("client %d case %d entry %d", client, c, n)
					err := s.Commit(t.Context(), change)
					switch {
					case err == nil:
						wins[c][n].Add(1)
						n++
					case errors.Is(err, store.ErrConflict):
						row, err := s.Case(t.Context(), storetest.KeyOf(c))
						if err != nil || row.Entry < n {
							t.Errorf("conflict on entry %d, but the row says %+v, %v", n, row, err)
							return
						}
						n = row.Entry + 1
					default:
						t.Errorf("client %d: %v", client, err)
						return
					}
				}
			})
		}
	}
	wg.Wait()
	for c := range cases {
		for n := 1; n <= entries; n++ {
			if wins[c][n].Load() != 1 {
				t.Errorf("case %d entry %d was acknowledged %d times", c, n, wins[c][n].Load())
			}
		}
	}
}
