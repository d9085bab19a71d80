package caseflow

import (
	"fmt"
	"slices"
	"time"

	"github.com/tongban/tongban/workday"
)

// What gives running clocks more time: the one extension, the special procedures that stop them, an outage.

// extend gives the statutory and promised clocks more time, once; 行政许可法 art. 42.
func (d *decider) extend(cmd Extend) *Refusal {
	if r := d.in(PhaseRunning); r != nil {
		return r
	}
	ext := d.it.Extension
	if ext == nil {
		return refuse(CodeNotExtendable).because("行政许可法", "42")
	}
	if !d.by.fits(Post{Department: d.it.Department, Role: ext.Role}) {
		return refuse(CodeNotYours)
	}
	if r := words(cmd.Reason, true); r != nil {
		return r
	}
	k := d.c.Clock(ClockStatutory)
	switch {
	case k == nil:
		return refuse(CodeNotExtendable)
	case k.Extended != nil:
		return refuse(CodeExtendedOnce).because(ext.Basis.Law, ext.Basis.Article)
	case k.late(d.env.Now):
		return refuse(CodeTooLate)
	case !d.mayExtend(k.Rule, ext.Limit):
		return refuse(CodeNotExtendable).because(ext.Basis.Law, ext.Basis.Article)
	}
	used := ExtensionUsed{Limit: ext.Limit, By: d.by.ID, Reason: cmd.Reason, At: d.env.Now, Basis: ext.Basis}
	for _, id := range []string{ClockStatutory, ClockPromised} {
		if k := d.c.Clock(id); k != nil && k.counts() {
			d.move(*k, ClockMoved{Why: "extension", Extended: &used})
		}
	}
	return nil
}

// mayExtend reports whether the law lets a limit be extended so far: as the catalogue of limits says, else by at most the
// limit itself.
func (d *decider) mayExtend(rule Rule, by workday.Limit) bool {
	if law, ok := workday.StatutoryLimits().Lookup(rule.ID); ok && law.Limit == rule.Limit && law.Extension.By.N > 0 {
		return by.Unit == law.Extension.By.Unit && by.N <= law.Extension.By.N
	}
	return by.N > 0 && !d.longer(by, rule.Limit)
}

// stopClock begins a special procedure; 行政许可法 art. 45.
func (d *decider) stopClock(cmd StopClock) *Refusal {
	if r := d.in(PhaseRunning); r != nil {
		return r
	}
	t, _, def, r := d.holdsStep(cmd.Task)
	if r != nil {
		return r
	}
	if r := words(cmd.Reason, true); r != nil {
		return r
	}
	i := slices.IndexFunc(d.it.Stops, func(s StopCause) bool { return s.ID == cmd.Cause })
	if i < 0 {
		return refuse(CodeNoSuchCause).because("行政许可法", "45")
	}
	cause := d.it.Stops[i]
	used := 0
	for _, s := range d.c.Stops {
		if s.Cause == cmd.Cause {
			used++
		}
	}
	switch {
	case d.c.StoppedAt(def.ID) != nil:
		return refuse(CodeStopped)
	case used >= cause.Times:
		return refuse(CodeStopTooOften, cause.ID).because(cause.Basis.Law, cause.Basis.Article)
	case cmd.Need.N <= 0 || cmd.Need.Backward || cmd.Need.Valid() != nil:
		return refuse(CodeForm, "need")
	case d.longer(cmd.Need, cause.Max):
		return refuse(CodeStopTooLong, cause.Max.String()).because(cause.Basis.Law, cause.Basis.Article)
	}
	stop := Stop{ID: len(d.c.Stops) + 1, Cause: cause.ID, Step: def.ID, By: t.By.Department, Reason: cmd.Reason, Need: cmd.Need, From: d.env.Now}
	d.stand(stop, t.By.Department, Rule{ID: "stop." + cause.ID, Name: cause.Name, Limit: cmd.Need, Basis: cause.Basis, Effect: EffectResume})
	return nil
}

// stand lets the clocks that stand with a stop stand still, for the time of a rule.
func (d *decider) stand(stop Stop, bearer string, rule Rule) {
	d.emit(StopBegun{Stop: stop})
	for _, k := range slices.Clone(d.c.Clocks) {
		if d.standsWith(k, stop) {
			d.hold(k.ID)
		}
	}
	d.startClock(StopClockID(stop.ID), ClockStop, stop.Step, bearer, rule, d.env.Now)
}

// longer compares two limits by the day on which they would end from now.
func (d *decider) longer(a, b workday.Limit) bool {
	return d.env.Calendar.Due(d.env.Now, a).At.After(d.env.Calendar.Due(d.env.Now, b).At)
}

// standsWith says which clocks a stop holds: those of the whole case, and of the step that it concerns. Other
// departments' shares run on.
func (d *decider) standsWith(k Clock, s Stop) bool {
	switch k.Kind {
	case ClockStatutory, ClockPromised:
		return true
	case ClockStep:
		return k.Step == s.Step
	}
	return false
}

func (d *decider) resumeClock(cmd ResumeClock) *Refusal {
	if d.c.Stopped() == nil || cmd.Step != "" && d.c.StoppedAt(cmd.Step) == nil {
		return refuse(CodeNotStopped)
	}
	s := d.c.openStop(func(s *Stop) bool { return (cmd.Step == "" || s.Step == cmd.Step) && d.mayResume(s) })
	if s == nil {
		return refuse(CodeNotYours)
	}
	id := StopClockID(s.ID)
	d.endStop(s, d.env.Now)
	d.endClock(id, false)
	return nil
}

// mayResume reports whether a stop is for the actor to end: one of the department that began it, or that has a task of
// its step by now; a supervisor.
func (d *decider) mayResume(s *Stop) bool {
	if def := d.it.StepByID(s.Step); def != nil && def.Timed() { // nobody shortens what the law or the pack promises
		return false
	}
	return d.by.Kind == ActorOfficial && (d.by.Has(RoleSupervisor) || d.by.Bears(s.By) ||
		d.any(func(t *Task) bool {
			return t.Kind == TaskStep && t.Step == s.Step && d.by.Bears(t.By.Department)
		}))
}

// endStop lets the clocks run that no other stop holds.
func (d *decider) endStop(s *Stop, at time.Time) {
	stop := *s
	d.emit(StopEnded{Stop: stop.ID, At: at})
	for _, k := range slices.Clone(d.c.Clocks) {
		held := d.c.openStop(func(o *Stop) bool { return d.standsWith(k, *o) }) != nil
		if d.standsWith(k, stop) && !held {
			d.free(&k, at)
		}
	}
}

// StopClockID is the id of the clock that counts the told time of a stop.
func StopClockID(id int) string { return fmt.Sprintf("stop:%d", id) }

// recordOutage tells a case that the service was down.
func (d *decider) recordOutage(cmd RecordOutage) *Refusal {
	if d.by.Kind != ActorSystem {
		return refuse(CodeNotYours)
	}
	span := workday.Span{From: cmd.From.UTC(), To: cmd.To.UTC()}
	if !span.From.Before(span.To) || span.To.After(d.env.Now) {
		return refuse(CodeForm, "outage")
	}
	if !d.outage(span) && len(d.events) == 0 {
		return refuse(CodeNothingDue)
	}
	return nil
}

// outage notes on a case with a limit that ran in it that the service was down, and lengthens the applicant's limits by that time,
// never the agency's. It reports whether it did: not again if the case knows of it, nor for limits that stood still all the time.
func (d *decider) outage(span workday.Span) bool {
	touched := func(k Clock) bool {
		return k.State == ClockRunning && span.To.After(k.From) && span.From.Before(k.Due) && !slices.ContainsFunc(k.Stops, func(s workday.Span) bool {
			return !s.From.After(span.From) && (s.To.IsZero() || !s.To.Before(span.To))
		})
	}
	known := slices.ContainsFunc(d.c.Outages, func(s workday.Span) bool { return s.From.Equal(span.From) })
	if known || !slices.ContainsFunc(d.c.Clocks, touched) {
		return false
	}
	d.emit(OutageRecorded{Outage: span})
	for _, k := range slices.Clone(d.c.Clocks) {
		if (k.Bearer == BearerApplicant || k.Bearer == BearerPublic) && touched(k) {
			d.move(k, ClockMoved{Why: "outage", Stops: append(slices.Clone(k.Stops), span)})
		}
	}
	return true
}
