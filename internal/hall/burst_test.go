package hall_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
)

// lossy is flaky for many goroutines: what is proposed fails now and then, before it is written or after.
type lossy struct {
	store.Store
	mu  sync.Mutex
	rng *rand.Rand
}

func (l *lossy) Propose(ctx context.Context, ch *store.Change) func() error {
	l.mu.Lock()
	f := &flaky{Store: l.Store, rng: l.rng, on: true}
	wait := f.Propose(ctx, ch)
	l.mu.Unlock()
	return wait
}

// Commands that meet on one case are decided on what the ones before them will have written. If one of these then fails,
// nothing that was decided on it stands, and every answer that was given is true: an accepted command is there once.
func TestCommandsThatMeetOnACaseLoseNothingWhenWritingFails(t *testing.T) {
	onBoth(t, func(t *testing.T, st store.Store) {
		for seed := range 10 {
			bad := &lossy{Store: st, rng: rand.New(rand.NewPCG(uint64(seed), 2))} // #nosec G404 -- a test's dice
			clock := monday()
			halls := []*hall.Hall{newHall(t, bad, clock), newHall(t, bad, clock)}
			key := submitted(t, newHall(t, st, clock), fmt.Sprintf("62%04d", seed))
			by := official("o-supervisor", "hall", caseflow.RoleSupervisor)
			by.Region = key.Region
			var wg sync.WaitGroup
			for i := range 40 {
				wg.Go(func() { persist(t, halls[i%2], by, key, fmt.Sprint("note ", i)) })
			}
			wg.Wait()
			s := &sim{t: t, rng: bad.rng, st: &flaky{Store: st}, halls: halls}
			s.holds(key)
			entries, err := st.Entries(t.Context(), key, 0, 0)
			if err != nil {
				t.Fatal(err)
			}
			counts := map[string]int{}
			for _, e := range entries {
				counts[e.Request]++
			}
			for i := range 40 {
				if n := counts[fmt.Sprint("once:", i)]; n != 1 {
					t.Errorf("seed %d: note %d is there %d times", seed, i, n)
				}
			}
		}
	})
}

// persist gives a command until it is accepted, as a client does: with the same request id.
func persist(t *testing.T, h *hall.Hall, by caseflow.Actor, key store.Key, words string) {
	for {
		_, err := h.Do(t.Context(), by, "once:"+words[len("note "):], key, caseflow.Note{Words: words})
		var refusal *caseflow.Refusal
		switch {
		case err == nil:
			return
		case errors.As(err, &refusal), errors.Is(err, hall.ErrNotFound), errors.Is(err, hall.ErrOtherBody):
			t.Errorf("%s: %v", words, err)
			return
		}
	}
}
