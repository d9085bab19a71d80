package hall_test

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
)

// counting counts how often looks are written.
type counting struct {
	store.Store
	writes atomic.Int64
}

func (c *counting) AddLook(ctx context.Context, looks ...store.Look) error {
	c.writes.Add(1)
	return c.Store.AddLook(ctx, looks...)
}

// A page that shows several cases records its looks in one go: at those that the official may see, and at no other.
func TestLooksAtSeveralCasesAreWrittenTogether(t *testing.T) {
	st := &counting{Store: openStore(t)}
	h := newHall(t, st, monday())
	mine, also, foreign := submitted(t, h, region), submitted(t, h, region), begin(t, h, region, "")
	none := store.Key{Region: region, Case: "610502-20261123-999999"}
	before := st.writes.Load()
	views, err := h.Views(t.Context(), official("li", "market", caseflow.RoleClerk), []store.Key{mine, none, foreign, also}, "act:claim", "")
	if err != nil {
		t.Fatal(err)
	}
	if n := st.writes.Load() - before; n != 1 {
		t.Errorf("the looks were written %d times, want once", n)
	}
	for i, key := range []store.Key{mine, none, foreign, also} {
		seen := i == 0 || i == 3
		if (views[i] != nil) != seen || seen && views[i].Case.No != key.Case {
			t.Errorf("%d: %+v, want a case: %t", i, views[i], seen)
		}
		want := 0
		if seen {
			want = 1
		}
		if looks, err := st.Looks(t.Context(), key); err != nil || len(looks) != want {
			t.Errorf("%s has looks %+v (%v), want %d", key.Case, looks, err, want)
		}
	}
	if _, err := h.Views(t.Context(), hall.System, []store.Key{mine, none}, "", ""); err != nil || st.writes.Load() != before+1 {
		t.Errorf("the system's own reading is no look: %v, written %d times", err, st.writes.Load()-before)
	}
}
