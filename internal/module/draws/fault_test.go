package draws

import (
	"fmt"
	"testing"

	"github.com/tongban/tongban/internal/store/pgtest"
	"github.com/tongban/tongban/internal/store/sqlstore"
	"github.com/tongban/tongban/internal/store/storetest"
)

// tapped is a fresh PostgreSQL that asks a hook before each statement.
func tapped(t testing.TB, hook storetest.Hook) string { return pgtest.Tap(t, pgtest.Start(t), hook) }

// 2.3.3: whichever statement of a step of a draw fails, nothing of the step is seen, and the step succeeds when it is taken again.
func TestAFaultAtAnyStatementOfADrawLeavesNothing(t *testing.T) {
	storetest.OnBothBroken(t, tapped, func(t *testing.T, address, driver string, breaker *storetest.Breaker) {
		b := newBench(t, sqlstore.Options{Address: address, Driver: driver})
		seen, whole := map[string]bool{}, map[string]bool{}
		for n := 0; len(whole) < 6; n++ {
			b.broken(breaker, n, seen, whole)
		}
		if len(seen) < 8 || !seen["COMMIT"] {
			t.Errorf("only %d statements were failed: %v", len(seen), seen)
		}
	})
}

// broken goes a draw's way and lets the n-th statement of each step fail that is not whole yet: it is when it has not so many.
func (b *bench) broken(breaker *storetest.Breaker, n int, seen, whole map[string]bool) {
	b.t.Helper()
	ctx, st := b.t.Context(), b.st.(*sqlstore.Store)
	step := func(what string, do func() error) {
		b.t.Helper()
		if whole[what] {
			must(b.t, do())
			return
		}
		before := storetest.Rows(b.t, st)
		breaker.Arm(n)
		err := do()
		failed := breaker.Disarm()
		if failed == "" {
			whole[what] = true
		} else {
			seen[failed] = true
		}
		if err == nil {
			return
		}
		if storetest.Rows(b.t, st) != before {
			b.t.Errorf("%s failed at %.60s and left something", what, failed)
		}
		if err := do(); err != nil {
			b.t.Fatalf("%s, again after %.60s failed: %v", what, failed, err)
		}
	}
	var no int64
	b.at(2, 0)
	step("propose", func() (err error) {
		no, err = b.Propose(ctx, wang, fmt.Sprint("inspect ", n), plan("抽查"))
		return err
	})
	d, err := b.Find(ctx, "610700", no)
	must(b.t, err)
	step("confirm", func() error { return b.Confirm(ctx, li, d.ID()) })
	b.at(3, 0)
	step("give", func() error { return b.Give(ctx, wang, d.ID(), 0, dice) })
	step("give the index", func() error { return b.Give(ctx, wang, d.ID(), 2, "3870.02") })
	step("give the last", func() error { return b.Give(ctx, li, d.ID(), 1, dice) })
	if r, err := b.Record(ctx, "610700", no); err != nil || len(r.Stratum("A")) != 2 {
		b.t.Errorf("drawn: %v, %v", r, err)
	}
	step("abandon", func() error { return b.Abandon(ctx, wang, d.ID(), "名单有误") })
}
