package page_test

import (
	"testing"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/workday"
)

// A limit that was over when it was paused is over while it is paused: its lamp must not promise the days that it is late by.
func TestA_limit_that_is_paused_when_it_is_over_says_so(t *testing.T) {
	t.Parallel()
	cal := workday.National()
	from := time.Date(2026, 11, 2, 2, 0, 0, 0, time.UTC)
	for days, want := range map[int]bool{1: false, 14: true} {
		k := &caseflow.Clock{Kind: caseflow.ClockPromised, State: caseflow.ClockStopped, From: from,
			Rule: caseflow.Rule{Limit: workday.Limit{N: 3, Unit: workday.WorkDay}}}
		k.Due = cal.Due(from, k.Rule.Limit).At
		l := page.Lamp(k, cal, from.AddDate(0, 0, days), i18n.Chinese)
		if l.Left == 0 || l.Over != want {
			t.Errorf("after %d days: %+v", days, l)
		}
	}
}
