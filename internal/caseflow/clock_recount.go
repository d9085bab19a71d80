package caseflow

import (
	"reflect"
	"slices"
	"time"

	"github.com/tongban/tongban/workday"
)

// How running clocks move when limits or the calendar have changed, and which limits hold in a case.

// recount computes all open due dates again, and says why if anything changes. Changed limits also hold for what begins
// later. A commitment keeps its own: its limit stands in what the applicant signed.
func (d *decider) recount(cmd Recount) *Refusal {
	if d.by.Kind != ActorSystem && (d.by.Kind != ActorOfficial || !d.by.Has(RoleAdmin)) {
		return refuse(CodeNotYours)
	}
	if cmd.Calendar > 0 { // what changes is counted before any command
		if d.by.Kind != ActorSystem || len(d.events) == 0 {
			return refuse(CodeNothingDue)
		}
		return nil
	}
	if r := words(cmd.Reason, true); r != nil {
		return r
	}
	if r := d.in(PhaseReceived, PhaseCorrecting, PhaseRunning, PhaseGranted); r != nil {
		return r
	}
	if !cmd.valid() {
		return refuse(CodeForm, "limits")
	}
	fired := len(d.events)
	if cmd.Limits != nil || cmd.Steps != nil {
		d.renew(cmd)
	}
	for _, k := range slices.Clone(d.c.Clocks) {
		e, moves := d.recounted(k)
		if !moves {
			continue
		}
		if len(d.events) == fired { // only the calendar has changed
			d.emit(Recounted{Reason: cmd.Reason})
		}
		d.move(k, e)
	}
	if len(d.events) == fired {
		return refuse(CodeNothingDue)
	}
	return nil
}

// followCalendar counts the running clocks again under a newer calendar, before anything else happens in the case. A case
// that has ended may have some: a commitment outlives the decision.
func (d *decider) followCalendar(change CalendarChange) {
	told := false
	for _, k := range slices.Clone(d.c.Clocks) {
		if k.State != ClockRunning || k.Calendar == d.env.Calendar.ID() {
			continue
		}
		t, moves := d.underCalendar(&k)
		if !moves {
			continue
		}
		if !told {
			told = true
			d.emit(Recounted{Reason: change.Reason, Calendar: change.Version})
		}
		d.emit(ClockMoved{Clock: k.ID, Why: "calendar", Was: k.Due, Times: t})
	}
}

// underCalendar is how a running clock is counted under the calendar as it is now, and whether that is to hold.
func (d *decider) underCalendar(k *Clock) (Times, bool) {
	t, differs := k.Under(d.env.Calendar)
	return t, differs && Keeps(k, t, d.env.Now) == ""
}

// Under is how a running clock is counted under a calendar, and whether that differs from what it has.
func (k *Clock) Under(cal *workday.Calendar) (t Times, differs bool) {
	t = ClockTimes(cal, k.Rule, k.From, k.Extended, k.Stops)
	was := k.Times
	was.Calendar = t.Calendar
	return t, t != was
}

// LevelAt is how a limit stands at an instant.
func (t Times) LevelAt(now time.Time) Level {
	for l := LevelOver; l > LevelNone; l-- {
		if at := t.threshold(l); !at.IsZero() && !now.Before(at) {
			return l
		}
	}
	return LevelNone
}

// Why a clock keeps what it has although a corrected calendar would shorten it.
const (
	KeepsApplicant = "applicant"
	KeepsPast      = "past"
)

// Keeps tells why a clock keeps its times although the calendar as it is now gives it others; "" if it takes them. More time is
// always taken. Less is not by the applicant, who was told a day and may rely on it (行政许可法 art. 8: what the citizen
// relied on is protected), nor by anybody if the limit would end before tomorrow: nobody can work on a day that is over, and
// no effect of silence comes about unannounced.
func Keeps(k *Clock, t Times, now time.Time) string {
	switch {
	case !t.Due.Before(k.Due):
		return ""
	case k.Bearer == BearerApplicant:
		return KeepsApplicant
	case !t.Due.After(workday.DateOf(now).End()):
		return KeepsPast
	}
	return ""
}

// renew gives the case other limits, if it is accepted late enough. One that is not accepted yet takes them at once if it
// cannot be accepted as from before the day, not even by silence (行政许可法 art. 32(4): as from when it came in); else the
// day of its acceptance will tell, and until then the limit to accept or to correct stays.
func (d *decider) renew(cmd Recount) {
	from, earliest := cmd.AcceptedFrom.UTC(), d.c.Accepted
	open := earliest.IsZero()
	if open {
		if earliest = d.c.complete(); d.c.Phase == PhaseCorrecting {
			earliest = d.env.Now
		}
	}
	switch early := !cmd.AcceptedFrom.IsZero() && earliest.Before(from); {
	case early && open && d.changes(cmd):
		if k := d.c.Coming; k == nil || !k.From.Equal(from) || !reflect.DeepEqual(k.Limits, cmd.Limits) || !reflect.DeepEqual(k.Steps, cmd.Steps) {
			d.emit(Recounted{Reason: cmd.Reason, Limits: cmd.Limits, Steps: cmd.Steps, From: from})
		}
	case !early && d.changes(cmd):
		d.emit(Recounted{Reason: cmd.Reason, Limits: cmd.Limits, Steps: cmd.Steps})
	}
}

// valid reports whether every limit counts into its direction.
func (cmd Recount) valid() bool {
	for _, r := range cmd.Steps {
		if !r.forward() {
			return false
		}
	}
	return cmd.Limits == nil || cmd.Limits.sound()
}

// changes reports whether the command brings other limits than the case has.
func (d *decider) changes(cmd Recount) bool {
	if cmd.Limits != nil && !reflect.DeepEqual(*cmd.Limits, *d.limits()) {
		return true
	}
	for id, r := range cmd.Steps {
		if def := d.it.StepByID(id); def != nil && (d.within(def) == nil || *d.within(def) != r) {
			return true
		}
	}
	return false
}

// limits are the rules of the case as a whole: its item's, or those that replaced them.
func (d *decider) limits() *Limits {
	if d.c.Limits != nil {
		return d.c.Limits
	}
	return &d.it.Limits
}

// within is the limit of a step, nil if it has none.
func (d *decider) within(def *Step) *Rule {
	if r, ok := d.c.StepLimits[def.ID]; ok {
		return &r
	}
	return def.Within
}

// recounted is how a clock moves under the limits of the case and the calendar as they are now; false if it does not.
func (d *decider) recounted(k Clock) (ClockMoved, bool) {
	if !k.counts() {
		return ClockMoved{}, false
	}
	rule := d.limits().of(k.Kind)
	if def := d.it.StepByID(k.Step); k.Kind == ClockStep && def != nil {
		rule = d.within(def)
	}
	if rule != nil && rule.at(k.Rule.Until) != k.Rule {
		changed := rule.at(k.Rule.Until)
		return ClockMoved{Why: "rule", Rule: &changed}, true
	}
	if k.State == ClockStopped { // computed when it runs again
		return ClockMoved{}, false
	}
	_, moves := d.underCalendar(&k)
	return ClockMoved{Why: "calendar"}, moves
}

// of returns the rule for a kind of case-level clock, or nil.
func (l *Limits) of(kind string) *Rule {
	switch kind {
	case ClockAcceptance:
		return &l.Acceptance
	case ClockStatutory:
		return &l.Statutory
	case ClockPromised:
		return &l.Promised
	case ClockCorrection:
		return &l.Correction
	case ClockDelivery:
		return l.Delivery
	}
	return nil
}
