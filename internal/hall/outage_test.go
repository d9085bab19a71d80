package hall_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
)

// correcting opens a case whose applicant has a limit running.
func correcting(t testing.TB, h *hall.Hall) store.Key {
	t.Helper()
	key := submitted(t, h, region)
	do(t, h, clerk, key, caseflow.RequestCorrection{Points: []caseflow.CorrectionPoint{{Material: "address", Words: "请补充住所证明"}}})
	return key
}

// killed is a store whose server dies after some more commits.
type killed struct {
	store.Store
	after atomic.Int64
}

func doomed(st store.Store, commits int) *killed {
	k := &killed{Store: st}
	k.after.Store(int64(commits))
	return k
}

func (k *killed) Propose(ctx context.Context, c *store.Change) func() error {
	if k.after.Add(-1) < 0 {
		return func() error { return store.ErrBusy }
	}
	return k.Store.Propose(ctx, c)
}

func outages(t testing.TB, h *hall.Hall, key store.Key) int {
	t.Helper()
	v, err := h.View(t.Context(), hall.System, key, "", "")
	if err != nil {
		t.Fatal(err)
	}
	return len(v.Case.Outages)
}

// A server that dies while it records an outage is followed by one that finds the same pause, and gives nobody the time twice.
func TestAnOutageIsRecordedWhollyAlsoIfTheServerDiesOverIt(t *testing.T) {
	onBoth(t, func(t *testing.T, st store.Store) {
		c := monday()
		h := newHall(t, st, c)
		if _, err := h.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		keys := []store.Key{correcting(t, h), correcting(t, h), correcting(t, h)}
		c.Add(48 * time.Hour)
		if n, err := newHall(t, doomed(st, 1), c).Start(t.Context()); err == nil || n != 1 {
			t.Fatalf("the first server touched %d cases (%v)", n, err)
		}
		c.Add(24 * time.Hour) // nobody served in between: the outage was longer than the first server knew
		second := newHall(t, st, c)
		if n, err := second.Start(t.Context()); err != nil || n != 3 {
			t.Fatalf("the second server touched %d cases (%v)", n, err)
		}
		want := due(t, second, keys[0], caseflow.ClockCorrection)
		for _, key := range keys {
			if n, at := outages(t, second, key), due(t, second, key, caseflow.ClockCorrection); n != 1 || !at.Equal(want) {
				t.Errorf("case %s has %d outages and is due %v, want %v", key.Case, n, at, want)
			}
		}
		if n, err := newHall(t, st, c).Start(t.Context()); err != nil || n != 0 {
			t.Fatalf("a third start touched %d cases (%v)", n, err)
		}
	})
}

// beating tells of every beat.
type beating struct {
	store.Store
	beats chan struct{}
}

func (b *beating) Beat(ctx context.Context, server string, now time.Time) (time.Time, error) {
	last, err := b.Store.Beat(ctx, server, now)
	select {
	case b.beats <- struct{}{}:
	case <-ctx.Done():
	}
	return last, err
}

// A server that goes on after the machine was suspended records the pause before a clock of the applicant acts on it.
func TestAPauseOfTheRunningServerIsAnOutage(t *testing.T) {
	t.Parallel()
	c := monday()
	st := &beating{openStore(t), make(chan struct{})}
	h := newHall(t, st, c)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	go h.Serve(ctx)
	<-st.beats
	key := correcting(t, h)
	was := due(t, h, key, caseflow.ClockCorrection)
	c.Set(was.Add(time.Hour))
	<-st.beats
	v, err := h.View(t.Context(), hall.System, key, "", "")
	if err != nil || v.Case.Phase != caseflow.PhaseCorrecting || len(v.Case.Outages) != 1 || !v.Case.Clock(caseflow.ClockCorrection).Due.After(was) {
		t.Fatalf("phase %s, outages %v (%v)", v.Case.Phase, v.Case.Outages, err)
	}
}

// An outage lengthens the limit of every applicant, however many they are.
func TestAnOutageReachesEveryApplicant(t *testing.T) {
	c := monday()
	st := openStore(t)
	h := newHall(t, st, c)
	if _, err := h.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	const many = 205 // more than a page of the list
	before := map[caseflow.CaseNo]time.Time{}
	for range many {
		key := submitted(t, h, region)
		do(t, h, clerk, key, caseflow.RequestCorrection{Points: []caseflow.CorrectionPoint{{Material: "address", Words: "请补充住所证明"}}})
		before[key.Case] = due(t, h, key, caseflow.ClockCorrection)
	}
	c.Add(48 * time.Hour)
	again := newHall(t, st, c)
	if n, err := again.Start(t.Context()); err != nil || n != many {
		t.Errorf("the outage touched %d cases, want %d (%v)", n, many, err)
	}
	keys, err := st.Keys(t.Context(), region, "", many)
	if err != nil || len(keys) != many {
		t.Fatal(len(keys), err)
	}
	for _, key := range keys {
		if after := due(t, again, key, caseflow.ClockCorrection); !after.After(before[key.Case]) {
			t.Errorf("%s: the applicant's limit stays at %v", key.Case, after)
		}
	}
}
