package hall_test

import (
	"errors"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/stat"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/workday"
)

// Each limit that a service states is told with how it was kept; their sums are those of the statistics, since they are the same marks.
func TestPromisesAreThoseOfTheStatistics(t *testing.T) {
	onBoth(t, func(t *testing.T, st store.Store) {
		c := monday()
		h := newHall(t, st, c)
		kept, late := submitted(t, h, region), submitted(t, h, region)
		do(t, h, clerk, kept, caseflow.Accept{})
		do(t, h, clerk, late, caseflow.Accept{})
		do(t, h, market, kept, caseflow.Grant{Task: task(t, h, kept, "register")})
		do(t, h, tax, kept, caseflow.Grant{Task: task(t, h, kept, "tax")})
		do(t, h, police, kept, caseflow.Grant{Task: task(t, h, kept, "seal")})
		c.Add(7 * 24 * time.Hour)
		if _, err := h.RunClocks(t.Context()); err != nil {
			t.Fatal(err)
		}
		assessor := official("o-assessor", "office", caseflow.RoleAssessor)
		today := workday.DateOf(h.Now())
		list, s, err := h.Promises(t.Context(), assessor, hall.StatQuery{Period: stat.Period{From: today - 30, To: today}})
		if err != nil || len(list) != 1 || s.Now.Received != 2 {
			t.Fatalf("%+v, %v", list, err)
		}
		var promised stat.Outcome
		for _, p := range list[0].Promises {
			if p.Kind == caseflow.ClockPromised {
				promised = p.Outcome
			}
		}
		if promised != s.Now.Ended(caseflow.ClockPromised) || promised != (stat.Outcome{Kept: 1, Broken: 1}) {
			t.Errorf("the promise was kept as %+v, the statistics say %+v", promised, s.Now.Ended(caseflow.ClockPromised))
		}
		for _, by := range []caseflow.Actor{clerk, market, citizen} {
			if _, _, err := h.Promises(t.Context(), by, hall.StatQuery{Period: stat.Period{From: today, To: today}}); !errors.Is(err, hall.ErrNotFound) {
				t.Errorf("%s reads what was promised: %v", by.ID, err)
			}
			if _, err := h.Components(by); !errors.Is(err, hall.ErrNotFound) {
				t.Errorf("%s reads the components: %v", by.ID, err)
			}
		}
	})
}
