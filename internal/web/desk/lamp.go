package desk

import (
	"strings"
	"time"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/web/ui"
	"github.com/tongban/tongban/workday"
)

// taskLamp reads a row of the queue. Its rule's own threshold stands in Soon.
func taskLamp(t *store.TaskRow, now time.Time) *ui.Lamp {
	l := &ui.Lamp{Due: t.Due}
	switch {
	case t.Due.IsZero():
		return nil
	case t.State == caseflow.TaskDone && t.Done.Before(t.Due):
		l.State = ui.LampMet
	case t.State == caseflow.TaskDone:
		l.State = ui.LampMissed
	case t.State == caseflow.TaskCancelled:
		return nil
	case t.Stopped:
		l.State = ui.LampPaused
	default:
		l.State = running(now, t.Soon, t.Due)
	}
	return l
}

// caseLamp reads a row of cases by the promised limit.
func caseLamp(c *store.CaseRow, now time.Time) *ui.Lamp {
	due := c.Promised
	if due.IsZero() {
		due = c.Statutory
	}
	l := &ui.Lamp{Due: due}
	switch {
	case due.IsZero() || c.Phase == caseflow.PhaseWithdrawn || c.Phase == caseflow.PhaseDeclined:
		return nil
	case !c.Decided.IsZero() && c.Decided.Before(due):
		l.State = ui.LampMet
	case !c.Decided.IsZero():
		l.State = ui.LampMissed
	case c.Stopped:
		l.State = ui.LampPaused
	default:
		l.State = running(now, time.Time{}, due)
	}
	return l
}

func running(now, soon, due time.Time) string {
	switch {
	case !now.Before(due):
		return ui.LampOverdue
	case workday.DateOf(now) == workday.DateOf(due.Add(-time.Microsecond)):
		return ui.LampToday
	case !soon.IsZero() && !now.Before(soon):
		return ui.LampSoon
	}
	return ui.LampNormal
}

// clockLamp reads a clock of a case, with what remains of it.
func clockLamp(k *caseflow.Clock, cal *workday.Calendar, now time.Time) *ui.Lamp {
	l := &ui.Lamp{Due: k.Due}
	switch k.State {
	case caseflow.ClockMet:
		l.State = ui.LampMet
	case caseflow.ClockMissed:
		l.State = ui.LampMissed
	case caseflow.ClockStopped:
		l.State = ui.LampPaused
		remaining(l, k, cal, now)
	case caseflow.ClockRunning:
		l.State = running(now, k.Soon, k.Due)
		remaining(l, k, cal, now)
	}
	return l
}

func remaining(l *ui.Lamp, k *caseflow.Clock, cal *workday.Calendar, now time.Time) {
	left := cal.Remaining(k.From, limitOf(k), now, k.Stops...)
	l.Left, l.Unit = max(left.N, -left.N), left.Unit
}

// limitOf is the clock's limit with its extension, where both count in the same unit.
func limitOf(k *caseflow.Clock) workday.Limit {
	l := k.Rule.Limit
	if k.Extended != nil && k.Extended.Limit.Unit == l.Unit {
		l.N += k.Extended.Limit.N
	}
	return l
}

// maskParty masks a person's name in a list; an organisation's is public.
func maskParty(name, document string) string {
	if strings.HasPrefix(document, string(ident.DocCreditCode)) {
		return name
	}
	return ident.MaskName(name)
}
