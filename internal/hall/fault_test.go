package hall_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/store/pgtest"
	"github.com/tongban/tongban/internal/store/sqlstore"
	"github.com/tongban/tongban/internal/store/storetest"
)

// tapped is a fresh PostgreSQL that asks a hook before each statement.
func tapped(t testing.TB, hook storetest.Hook) string { return pgtest.Tap(t, pgtest.Start(t), hook) }

// onBothBroken runs a test on each database with a breaker before its statements.
func onBothBroken(t *testing.T, test func(t *testing.T, st *sqlstore.Store, b *storetest.Breaker)) {
	storetest.OnBothBroken(t, tapped, func(t *testing.T, address, driver string, b *storetest.Breaker) {
		st, err := sqlstore.Open(t.Context(), sqlstore.Options{Address: address, Driver: driver})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := st.Close(); err != nil {
				t.Error(err)
			}
		})
		test(t, st, b)
	})
}

// 2.3.3: whichever statement of a command fails, nothing of the command is seen, and the same request succeeds once when it is
// sent again. Opening, a command that hands work to others, and the one that grants a licence.
func TestAFaultAtAnyStatementOfACommandLeavesNothing(t *testing.T) {
	onBothBroken(t, func(t *testing.T, st *sqlstore.Store, b *storetest.Breaker) {
		seen, whole := map[string]bool{}, map[string]bool{}
		for n := 0; len(whole) < 4; n++ {
			faults(t, st, b, n, seen, whole)
		}
		for _, want := range []string{"BEGIN", "COMMIT", "INSERT INTO journal", "INSERT INTO cases", "INSERT INTO leaf_waiting", "INSERT INTO message", "INSERT INTO total", "INSERT INTO licence"} {
			if !slices.ContainsFunc(slices.Collect(maps.Keys(seen)), func(s string) bool { return len(s) >= len(want) && s[:len(want)] == want }) {
				t.Errorf("no %s was failed, of %d statements: %q", want, len(seen), slices.Sorted(maps.Keys(seen)))
			}
		}
	})
}

// faults lets the n-th statement of each command of a case fail that is not whole yet: it is when it has not so many.
func faults(t *testing.T, st *sqlstore.Store, b *storetest.Breaker, n int, seen, whole map[string]bool) {
	t.Helper()
	h := newHall(t, st, monday())
	ctx := context.Background()
	act := func(by caseflow.Actor, key store.Key, cmd caseflow.Command) store.Key {
		t.Helper()
		if whole[cmd.Verb()] {
			r := do(t, h, by, key, cmd)
			return store.Key{Region: r.Region, Case: r.Case}
		}
		request := fmt.Sprintf("%s-%s-%d", key.Case, cmd.Verb(), n)
		before := storetest.Rows(t, st)
		b.Arm(n)
		_, err := h.Do(ctx, by, request, key, cmd)
		failed := b.Disarm()
		if failed == "" {
			whole[cmd.Verb()] = true
		} else {
			seen[failed] = true
		}
		if err != nil {
			if after := storetest.Rows(t, st); after != before {
				t.Errorf("%s failed at %.60s (%v) and left %s, before %s", cmd.Verb(), failed, err, after, before)
			}
		}
		r, err := h.Do(ctx, by, request, key, cmd)
		if err != nil {
			t.Fatalf("%s, again after %.60s failed: %v", cmd.Verb(), failed, err)
		}
		once := storetest.Rows(t, st)
		if again, err := h.Do(ctx, by, request, key, cmd); err != nil || again.Entry != r.Entry || storetest.Rows(t, st) != once {
			t.Errorf("%s was done twice: %+v, %v", cmd.Verb(), again, err)
		}
		return store.Key{Region: r.Region, Case: r.Case}
	}
	key := act(citizen, store.Key{Region: region}, openCommand)
	do(t, h, citizen, key, caseflow.Defer{Material: "address", Signed: "王秀英"})
	act(citizen, key, caseflow.Submit{})
	act(clerk, key, caseflow.Accept{})
	act(market, key, caseflow.Grant{Task: task(t, h, key, "register")})
}
