package page

import (
	"time"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/internal/web/ui"
	"github.com/tongban/tongban/workday"
)

// Lamp shows how a clock of a case stands at now. Its thresholds are those of the clock's own rule.
func Lamp(k *caseflow.Clock, cal *workday.Calendar, now time.Time, lang string) ui.Lamp {
	l := ui.Lamp{Clock: i18n.T(lang, "case.clock."+k.Kind), Due: k.Due}
	left := cal.Remaining(k.From, k.Limit(), now, k.Stops...)
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
	l.Left, l.Unit, l.Over = max(left.N, -left.N), left.Unit, left.N < 0
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

// Count answers 怎么算的? for a clock: each day, whether it counted and why, and what the limit rests on.
func Count(k *caseflow.Clock, cal *workday.Calendar, lang string) *ui.Count {
	name := k.Rule.Name.In(lang)
	if name == "" {
		name = i18n.T(lang, "case.clock."+k.Kind)
	}
	why := k.Explain(cal)
	c := ui.NewCount(lang, name, k.Rule.Basis.String(), why[0])
	c.Limit = k.Rule.Limit.Text(lang)
	for _, more := range why[1:] {
		c.Then(lang, more)
	}
	c.Calendar = calendarWords(cal, lang)
	if x := k.Extended; x != nil {
		c.Extension = i18n.T(lang, "ui.count-extension-text", x.Limit.Text(lang), x.Reason)
		c.ExtensionBasis = x.Basis.String()
	}
	return c
}

// calendarWords say which days off a limit was counted with: whose notices, and how far they reach.
func calendarWords(cal *workday.Calendar, lang string) string {
	from, to := cal.Coverage()
	if from > to {
		return i18n.T(lang, "ui.count-calendar-none")
	}
	whose := []string{i18n.T(lang, "ui.count-state-council")}
	for _, code := range cal.Regions() {
		if r, ok := ident.Service().ByCode(code); ok {
			code = r.Name
		}
		whose = append(whose, code)
	}
	return i18n.T(lang, "ui.count-calendar", i18n.Joined(lang, whose), to.Text(lang))
}
