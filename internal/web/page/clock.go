package page

import (
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/internal/web/ui"
	"github.com/tongban/tongban/workday"
)

// Lamp shows how a clock of a case stands at now. Its thresholds are those of the clock's own rule.
func Lamp(k *caseflow.Clock, cal *workday.Calendar, now time.Time, lang string) ui.Lamp {
	l := ui.Lamp{Clock: i18n.T(lang, "case.clock."+k.Kind), Due: k.Due}
	left := cal.Remaining(k.From, LimitOf(k), now, k.Stops...)
	switch k.State {
	case caseflow.ClockMet, caseflow.ClockCancelled:
		l.State = ui.LampMet
		return l
	case caseflow.ClockMissed:
		l.State = ui.LampMissed
		return l
	case caseflow.ClockStopped:
		l.State = ui.LampPaused
	default:
		l.State = running(k, now)
	}
	l.Left, l.Unit = max(left.N, -left.N), left.Unit
	return l
}

func running(k *caseflow.Clock, now time.Time) string {
	reached := func(t time.Time) bool { return !t.IsZero() && !now.Before(t) }
	switch {
	case reached(k.Due):
		return ui.LampOverdue
	case reached(k.Today):
		return ui.LampToday
	case reached(k.Soon):
		return ui.LampSoon
	}
	return ui.LampNormal
}

// LimitOf is the clock's limit with its extension, where both count in the same unit.
func LimitOf(k *caseflow.Clock) workday.Limit {
	l := k.Rule.Limit
	if k.Extended != nil && k.Extended.Limit.Unit == l.Unit {
		l.N += k.Extended.Limit.N
	}
	return l
}

// Count answers 怎么算的? for a clock: each day, whether it counted and why, and what the limit rests on.
func Count(k *caseflow.Clock, cal *workday.Calendar, lang string) *ui.Count {
	name := k.Rule.Name.In(lang)
	if name == "" {
		name = i18n.T(lang, "case.clock."+k.Kind)
	}
	c := ui.NewCount(lang, name, k.Rule.Basis.String(), cal.Explain(k.Start(), LimitOf(k), k.Stops...))
	if k.Extended != nil && k.Extended.Limit.Unit != k.Rule.Limit.Unit {
		c.Due = i18n.Due(lang, k.Due) // the extension counts on in another unit
	}
	return c
}
