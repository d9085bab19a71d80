package hall_test

import (
	"errors"
	"sync/atomic"
	"testing"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
)

// R28: past the limit acts that cannot be taken back are refused, not silently unlogged, and done once the log has caught up.
func TestNothingIrrevocableIsDoneWhileTheLogLags(t *testing.T) {
	onBoth(t, func(t *testing.T, st store.Store) {
		c := monday()
		var behind atomic.Bool
		h, err := hall.New(hall.Options{Store: st, Catalogue: shelf{sample()}, Now: c.Now, Behind: behind.Load})
		if err != nil {
			t.Fatal(err)
		}
		behind.Store(true)
		key, other := submitted(t, h, region), submitted(t, h, region) // drafts and requests go on
		refused := func(by caseflow.Actor, key store.Key, cmd caseflow.Command) {
			t.Helper()
			before := entries(t, st, key)
			if _, err := h.Do(t.Context(), by, "act-"+by.ID+cmd.Verb(), key, cmd); !errors.Is(err, hall.ErrBehind) {
				t.Errorf("%s: %v", cmd.Verb(), err)
			}
			if after := entries(t, st, key); after != before {
				t.Errorf("%s: %d entries became %d", cmd.Verb(), before, after)
			}
			behind.Store(false)
			if _, err := h.Do(t.Context(), by, "act-"+by.ID+cmd.Verb(), key, cmd); err != nil {
				t.Errorf("%s again, once the log has caught up: %v", cmd.Verb(), err)
			}
			behind.Store(true)
		}
		refused(clerk, other, caseflow.Decline{Ground: "not-eligible", Words: "不属于本机关职权"})
		do(t, h, clerk, key, caseflow.Accept{})
		refused(market, key, caseflow.Grant{Task: task(t, h, key, "register")})
		refused(tax, key, caseflow.Grant{Task: task(t, h, key, "tax")})
		refused(police, key, caseflow.Grant{Task: task(t, h, key, "seal")})
		refused(clerk, key, caseflow.Deliver{Task: task(t, h, key, "deliver"), How: "window", Receiver: "王秀英"})
	})
}

func entries(t *testing.T, st store.Store, key store.Key) int {
	t.Helper()
	list, err := st.Entries(t.Context(), key, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}
