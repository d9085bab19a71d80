//go:build unix && (amd64 || arm64 || loong64)

package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/store/storetest"
)

func look(of, i int) store.Look {
	return store.Look{Key: storetest.KeyOf(of), Account: fmt.Sprint("clerk", i), At: storetest.At(i), What: "page"}
}

// Whoever looks while a flush is under way shares the next one.
func TestLooks_of_many_share_a_flush(t *testing.T) {
	t.Parallel()
	d := newDisk(t)
	s := newStore(t, Options{Address: filepath.Join(t.TempDir(), "t.db"), vfs: d.vfs})
	const callers = 100
	w := <-s.idle // nobody can write for now
	d.mu.Lock()
	before := d.flushes
	d.mu.Unlock()
	var all sync.WaitGroup
	for i := range callers {
		all.Go(func() {
			if err := s.AddLook(t.Context(), look(1, i), look(2, i)); err != nil {
				t.Error(err)
			}
		})
	}
	for n := 0; n < callers; { // until all wait
		s.looks.mu.Lock()
		n = len(s.looks.waiting)
		s.looks.mu.Unlock()
	}
	s.idle <- w
	all.Wait()
	d.mu.Lock()
	defer d.mu.Unlock()
	if n := d.flushes - before; n != 1 {
		t.Errorf("%d flushes for the looks of %d callers, want 1", n, callers)
	}
	for of := 1; of <= 2; of++ {
		list, err := s.Looks(t.Context(), storetest.KeyOf(of))
		if err != nil || len(list) != callers {
			t.Errorf("case %d has %d looks (%v), want %d", of, len(list), err, callers)
		}
	}
}

// A look that was acknowledged survives a power loss at any write or flush, like a command.
func TestLooks_survive_power_loss(t *testing.T) {
	t.Parallel()
	d := newDisk(t)
	s := newStore(t, Options{Address: filepath.Join(t.TempDir(), "t.db"), vfs: d.vfs, pragmas: []string{"wal_autocheckpoint(40)"}})
	type moment struct {
		files map[string][]byte
		acked [8]int64
	}
	var moments []moment
	var acked tally
	d.mu.Lock()
	d.watch = func(op int) {
		if op%5 == 0 {
			moments = append(moments, moment{acked: acked.now(), files: d.cut(nil)})
		}
	}
	d.mu.Unlock()
	var all sync.WaitGroup
	for c := range acked {
		all.Go(func() {
			for i := range 20 {
				if err := s.AddLook(t.Context(), look(c, i)); err != nil {
					t.Error(err)
				}
				acked[c].Add(1)
			}
		})
	}
	all.Wait()
	d.mu.Lock()
	d.watch = nil
	d.mu.Unlock()
	if len(moments) < 10 {
		t.Errorf("the power failed only %d times", len(moments))
	}
	for _, m := range moments {
		left, err := Open(t.Context(), Options{Address: filepath.Join(put(t, m.files), "t.db")})
		if err != nil {
			t.Fatal(err)
		}
		for c, want := range m.acked {
			if list, err := left.Looks(t.Context(), storetest.KeyOf(c)); err != nil || int64(len(list)) < want {
				t.Errorf("case %d: %d looks were acknowledged, %d are there (%v)", c, want, len(list), err)
			}
		}
		if err := left.Close(); err != nil {
			t.Error(err)
		}
	}
}

// After a failed flush no look is acknowledged, and nobody waits for ever.
func TestLooks_are_refused_after_the_disk_failed(t *testing.T) {
	t.Parallel()
	d := newDisk(t)
	s := newStore(t, Options{Address: filepath.Join(t.TempDir(), "t.db"), vfs: d.vfs})
	if err := s.AddLook(t.Context(), look(1, 0)); err != nil {
		t.Fatal(err)
	}
	d.mu.Lock()
	d.failAt = d.ops + 1
	d.mu.Unlock()
	var refused atomic.Int64
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			if errors.Is(s.AddLook(t.Context(), look(1, 1+i)), errStopped) {
				refused.Add(1)
			}
		})
	}
	all.Wait()
	if refused.Load() != 20 {
		t.Errorf("%d of 20 looks were refused", refused.Load())
	}
}

// Whoever stops waiting gets an answer at once, and the others theirs.
func TestLooks_can_be_given_up(t *testing.T) {
	t.Parallel()
	s := newStore(t, Options{Address: liteFile(t)})
	w := <-s.idle
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.AddLook(gone, look(1, 0)); !errors.Is(err, context.Canceled) {
		t.Errorf("given up: %v", err)
	}
	done := make(chan error)
	go func() { done <- s.AddLook(t.Context(), look(1, 1)) }()
	s.idle <- w
	if err := <-done; err != nil {
		t.Error(err)
	}
}
