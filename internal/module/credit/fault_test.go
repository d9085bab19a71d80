package credit

import (
	"testing"

	"github.com/tongban/tongban/internal/store/pgtest"
	"github.com/tongban/tongban/internal/store/sqlstore"
	"github.com/tongban/tongban/internal/store/storetest"
)

// tapped is a fresh PostgreSQL that asks a hook before each statement.
func tapped(t testing.TB, hook storetest.Hook) string { return pgtest.Tap(t, pgtest.Start(t), hook) }

// 2.3.3: whichever statement of taking a list fails, no record of it is seen, and the list is taken once when it is sent again.
func TestAFaultAtAnyStatementOfAListLeavesNothing(t *testing.T) {
	storetest.OnBothBroken(t, tapped, func(t *testing.T, address, driver string, breaker *storetest.Breaker) {
		b := benchOf(t, sqlstore.Options{Address: address, Driver: driver})
		seen := map[string]bool{}
		for n := 0; ; n++ {
			list := []byte(head + sample(n+1))
			breaker.Arm(n)
			batch, err := b.trySend("market", Records, Whole, list)
			failed := breaker.Disarm()
			if failed == "" {
				must(t, err)
				break
			}
			seen[failed] = true
			if err != nil {
				if left := b.records(code(n + 1)); len(left) > 0 {
					t.Errorf("the list failed at %.60s and left %v", failed, left)
				}
				b.pass(lost) // what a server left that died is nobody's any more
				if batch, err = b.trySend("market", Records, Whole, list); err != nil {
					t.Fatalf("again after %.60s failed: %v", failed, err)
				}
			}
			if left := b.records(code(n + 1)); batch.Added != 1 || len(left) != 1 {
				t.Errorf("after %.60s failed: %+v, %v", failed, batch, left)
			}
		}
		if len(seen) < 8 || !seen["COMMIT"] {
			t.Errorf("only %d statements were failed: %v", len(seen), seen)
		}
	})
}
