package desk

import (
	"strings"
	"time"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/web/i18n"
	kit "github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
	"github.com/tongban/tongban/workday"
)

// taskLamp reads a row of the queue. Its rule's own threshold stands in Soon.
func taskLamp(t *store.TaskRow, now time.Time) *ui.Lamp {
	l := &ui.Lamp{Due: t.Due, Brief: i18n.ShortDue(t.Due, now)}
	switch {
	case t.Due.IsZero() && !t.Stopped:
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
	l := &ui.Lamp{Due: due, Brief: i18n.ShortDue(due, now)}
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

// lamp shows a clock of the case, and why it is paused; nil for one that is no longer counted.
func (p *page) lamp(s *scene, k *caseflow.Clock) *ui.Lamp {
	if k.State == caseflow.ClockCancelled {
		return nil
	}
	l := kit.Lamp(k, s.cal, s.now, p.Lang)
	if stop := s.c.Stopped(); k.State == caseflow.ClockStopped && stop != nil {
		l.Why = stop.Reason
	}
	return &l
}

// maskParty masks a person's name in a list; an organisation's is public.
func maskParty(name, document string) string {
	if strings.HasPrefix(document, string(ident.DocCreditCode)) {
		return name
	}
	return ident.MaskName(name)
}
