package chore_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/chore"
)

func TestBoard_tells_what_was_done_last_and_what_failed(t *testing.T) {
	now := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
	b := chore.NewBoard(func() time.Time { return now })
	running := false
	n, err := b.Do(chore.Clocks, time.Second, func() (int, error) {
		r := b.All()
		running = len(r) == 1 && r[0].Ended.IsZero() && r[0].Began.Equal(now)
		now = now.Add(time.Minute)
		return 7, errors.New("disk full " + strings.Repeat("长", 200))
	})
	if n != 7 || err == nil || !running {
		t.Fatalf("n %d, err %v, seen while it ran: %v", n, err, running)
	}
	if r := b.Changed()[0]; r.N != 7 || !r.Ended.Equal(now) || !r.Next.Equal(now.Add(time.Second)) || !r.Failed.Equal(now) || len(r.Fault) > 310 || !strings.HasPrefix(r.Fault, "disk full") {
		t.Errorf("%+v", r)
	}
	if list := b.Changed(); len(list) != 0 {
		t.Errorf("changed again: %+v", list)
	}
	failed := now
	now = now.Add(time.Hour)
	_, _ = b.Do(chore.Clocks, 0, func() (int, error) { return 0, nil })
	if r := b.All()[0]; !r.Failed.Equal(failed) || r.Fault == "" || !r.Next.IsZero() || !r.Ended.Equal(now) {
		t.Errorf("a run that goes well forgets the last fault, or keeps its time: %+v", r)
	}
}

func TestBoard_rings_once_for_who_listens(t *testing.T) {
	b := chore.NewBoard(time.Now)
	if b.Ring(chore.Packs) || b.Rings(chore.Packs) {
		t.Error("it rings though nobody listens")
	}
	bell := b.Bell(chore.Packs)
	for range 2 {
		if !b.Ring(chore.Packs) || !b.Rings(chore.Packs) {
			t.Error("it does not ring")
		}
	}
	<-bell
	select {
	case <-bell:
		t.Error("it rings twice")
	default:
	}
	var none *chore.Board
	if n, err := none.Do(chore.Packs, 0, func() (int, error) { return 3, nil }); n != 3 || err != nil || none.Ring(chore.Packs) || none.Bell(chore.Packs) != nil || none.All() != nil {
		t.Error("a board that there is none of keeps something")
	}
}
