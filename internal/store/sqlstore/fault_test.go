//go:build unix && (amd64 || arm64 || loong64)

package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"

	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/store/storetest"
)

// load writes entries of eight cases at once until each has n or do says no; it counts the acknowledged ones.
func load(t testing.TB, s *Store, acked *tally, n int) (failures []error) {
	t.Helper()
	var wg sync.WaitGroup
	var mu sync.Mutex
	for c := range acked {
		wg.Go(func() {
			for i := int(acked[c].Load()) + 1; i <= n; i++ {
				if err := s.Commit(context.Background(), entry(c, i)); err != nil {
					mu.Lock()
					failures = append(failures, err)
					mu.Unlock()
					return
				}
				acked[c].Store(int64(i))
			}
		})
	}
	wg.Wait()
	return failures
}

// whole reports what of the acknowledged entries a store lacks, and cases whose journal and rows do not agree.
func whole(t testing.TB, s *Store, acked [8]int64) (wrong []string) {
	t.Helper()
	for c, want := range acked {
		entries, err := s.Entries(t.Context(), storetest.KeyOf(c), 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		if int64(len(entries)) < want {
			wrong = append(wrong, fmt.Sprintf("case %d: %d entries were acknowledged, %d are there", c, want, len(entries)))
		}
		row, err := s.Case(t.Context(), storetest.KeyOf(c))
		switch {
		case errors.Is(err, store.ErrNotFound) && len(entries) == 0:
			continue
		case err != nil || row.Entry != len(entries) || entries[len(entries)-1].No != len(entries):
			wrong = append(wrong, fmt.Sprintf("case %d: journal of %d, row %+v, %v", c, len(entries), row, err))
		}
	}
	return wrong
}

// checkLeft opens what is left after a power loss and reports what is wrong with it.
func checkLeft(t testing.TB, files map[string][]byte, acked [8]int64) (wrong []string) {
	t.Helper()
	s, err := Open(t.Context(), Options{Address: filepath.Join(put(t, files), "t.db")})
	if err != nil {
		return []string{err.Error()}
	}
	defer s.Close()
	var check string
	if err := s.read.QueryRow("PRAGMA integrity_check").Scan(&check); err != nil || check != "ok" {
		return []string{fmt.Sprintf("integrity: %s %v", check, err)}
	}
	return whole(t, s, acked)
}

// cuts runs a load on a disk whose power is cut at every stride-th write or flush, and returns what is wrong afterwards.
func cuts(t *testing.T, stride, after int, pragmas ...string) (wrong []string, n int) {
	d := newDisk(t)
	type moment struct {
		files map[string][]byte
		acked [8]int64
	}
	var moments []moment
	var acked tally
	s := newStore(t, Options{Address: filepath.Join(t.TempDir(), "t.db"), vfs: d.vfs, Batch: 4, copy: after, pragmas: pragmas})
	d.mu.Lock()
	d.watch = func(op int) {
		if op%stride != 0 {
			return
		}
		now := acked.now() // what is acknowledged by now must survive
		var dice *rand.Rand
		if op%(2*stride) == 0 {
			dice = rand.New(rand.NewPCG(uint64(op), 1)) // #nosec G404 -- a test's dice
		}
		moments = append(moments, moment{d.cut(dice), now})
	}
	d.mu.Unlock()
	for _, err := range load(t, s, &acked, 25) {
		t.Error(err)
	}
	d.mu.Lock()
	d.watch = nil
	d.mu.Unlock()
	for _, m := range moments {
		wrong = append(wrong, checkLeft(t, m.files, m.acked)...)
	}
	return wrong, len(moments)
}

// R2: nothing acknowledged is lost when the power fails at any write or flush, whatever part of the unflushed writes
// reached the disk.
func TestPowerLoss_loses_nothing_acknowledged(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		name         string
		after, pages int
	}{{"by SQLite", 0, 40}, {"beside", 1, 0}, {"by both", 1, 40}} { // how the log comes into the database
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			wrong, n := cuts(t, 5, x.after, fmt.Sprintf("wal_autocheckpoint(%d)", x.pages))
			if n < 20 {
				t.Errorf("the power failed only %d times", n)
			}
			for _, w := range wrong {
				t.Error(w)
			}
		})
	}
}

// The test above must be able to fail: without flushes it does.
func TestPowerLoss_test_bites_without_flushes(t *testing.T) {
	t.Parallel()
	wrong, _ := cuts(t, 5, 1, "synchronous(off)", "wal_autocheckpoint(40)")
	if len(wrong) == 0 {
		t.Error("no loss was seen although nothing was flushed")
	}
}

// R3: when the n-th write or flush fails, nothing is acknowledged after it; reading goes on; opened again, the store has all
// that was acknowledged, and also after a power loss some writes later.
func TestDiskFailure_stops_writing_and_loses_nothing(t *testing.T) {
	t.Parallel()
	for n := 1; n <= 85; n += 3 {
		t.Run(fmt.Sprint("op ", n), func(t *testing.T) {
			d := newDisk(t)
			o := Options{Address: filepath.Join(t.TempDir(), "t.db"), vfs: d.vfs, Batch: 4, copy: n % 2, pragmas: []string{"wal_autocheckpoint(40)"}}
			s := newStore(t, o)
			d.mu.Lock()
			d.failAt = d.ops + n
			d.mu.Unlock()
			var acked tally
			failures := load(t, s, &acked, 30)
			d.mu.Lock()
			failed := d.failed
			d.mu.Unlock()
			if !failed {
				t.Fatalf("the disk did not fail (%d ops)", d.ops)
			}
			if wrong := whole(t, s, acked.now()); len(wrong) > 0 {
				t.Errorf("read after the failure: %v", wrong)
			}
			if len(failures) > 0 {
				if err := s.Commit(t.Context(), storetest.Opening(99)); !errors.Is(err, errStopped) || !errors.Is(err, store.ErrAway) {
					t.Errorf("a commit after the failure: %v, want %v", err, errStopped)
				}
				if err := s.Ping(t.Context()); !errors.Is(err, errStopped) {
					t.Errorf("ping after the failure: %v, want %v", err, errStopped)
				}
			}
			if err := s.Close(); err != nil {
				t.Logf("close: %v", err)
			}
			reopened(t, d, o, &acked)
		})
	}
}

// reopened opens a store whose disk failed, goes on writing, and lets the power fail.
func reopened(t *testing.T, d *disk, o Options, acked *tally) {
	t.Helper()
	s := newStore(t, o)
	if wrong := whole(t, s, acked.now()); len(wrong) > 0 {
		t.Errorf("opened again: %v", wrong)
	}
	for c := range acked { // what was not acknowledged may be there all the same
		entries, err := s.Entries(t.Context(), storetest.KeyOf(c), 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		acked[c].Store(int64(len(entries)))
	}
	for _, err := range load(t, s, acked, 16) {
		t.Error(err)
	}
	d.mu.Lock()
	left := d.cut(nil)
	d.mu.Unlock()
	if wrong := checkLeft(t, left, acked.now()); len(wrong) > 0 {
		t.Errorf("after a power loss: %v", wrong)
	}
}

// R4: a full disk refuses commits, reading goes on, and writing goes on by itself when there is room again.
func TestFullDisk_refuses_and_recovers(t *testing.T) {
	t.Parallel()
	d := newDisk(t)
	s := newStore(t, Options{Address: filepath.Join(t.TempDir(), "t.db"), vfs: d.vfs})
	var acked tally
	load(t, s, &acked, 3)
	fullDisk(t, s, &acked, func(full bool) {
		d.mu.Lock()
		d.full = full
		d.mu.Unlock()
	})
}

func TestFullQuota_refuses_and_recovers(t *testing.T) {
	t.Parallel()
	s := newStore(t, Options{Address: liteFile(t)})
	var acked tally
	load(t, s, &acked, 3)
	fullDisk(t, s, &acked, func(full bool) {
		limit := 1 << 30
		if full {
			limit = 1 // SQLite makes it the present size
		}
		w := <-s.idle
		defer func() { s.idle <- w }()
		if err := w.query(func(scan) error { return nil }, fmt.Sprintf("PRAGMA max_page_count=%d", limit)); err != nil {
			t.Fatal(err)
		}
	})
}

func fullDisk(t *testing.T, s *Store, acked *tally, set func(full bool)) {
	t.Helper()
	set(true)
	failures := load(t, s, acked, 3000)
	if len(failures) != len(acked) {
		t.Errorf("%d of %d writers were refused", len(failures), len(acked))
	}
	for _, err := range failures {
		if !errors.Is(err, store.ErrFull) {
			t.Errorf("got %v, want %v", err, store.ErrFull)
		}
	}
	if _, err := s.Reserve(t.Context(), storetest.Region, "case", 1); err != nil && !errors.Is(err, store.ErrFull) {
		t.Errorf("another write: %v", err)
	}
	if wrong := whole(t, s, acked.now()); len(wrong) > 0 {
		t.Errorf("while the disk is full: %v", wrong)
	}
	set(false)
	n := int(max(acked.now()[0], 3)) + 2
	for _, err := range load(t, s, acked, n) {
		t.Errorf("with room again: %v", err)
	}
	if wrong := whole(t, s, acked.now()); len(wrong) > 0 {
		t.Errorf("with room again: %v", wrong)
	}
}
