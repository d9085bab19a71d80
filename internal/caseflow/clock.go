package caseflow

import (
	"strings"
	"time"

	"github.com/tongban/tongban/workday"
)

// lateness is how much later than planned a clock may act without saying so.
const lateness = time.Minute

// times computes the instants of a limit.
func (d *decider) times(rule Rule, from time.Time, ext *ExtensionUsed, stops []workday.Span) Times {
	return ClockTimes(d.env.Calendar, rule, from, ext, stops)
}

// extendedFrom is where an extension in another unit begins: with the last day of the limit, which itself does not count.
func extendedFrom(due workday.Due, ext workday.Limit) time.Time {
	if hours(ext.Unit) {
		return due.At
	}
	return due.Date.Start()
}

// Explain lists day by day how a clock is counted, as ClockTimes does it: the limit, with an extension in the same unit, and
// after it an extension in another. The last one ends when the clock is due.
func (k *Clock) Explain(cal *workday.Calendar) []workday.Explanation {
	limit := k.Rule.Limit
	joined := k.Extended != nil && k.Extended.Limit.Unit == limit.Unit
	if joined {
		limit.N += k.Extended.Limit.N
	}
	list := []workday.Explanation{cal.Explain(k.Start(), limit, k.Stops...)}
	if k.Extended != nil && !joined {
		from := extendedFrom(list[0].Due, k.Extended.Limit)
		list = append(list, cal.Explain(from, k.Extended.Limit, k.Stops...))
	}
	return list
}

// ClockTimes computes when a limit that began at from ends and warns, with its extension and stops. It is what the
// kernel used, so that anybody can compute it again.
func ClockTimes(cal *workday.Calendar, rule Rule, from time.Time, ext *ExtensionUsed, stops []workday.Span) Times {
	if !rule.Until.IsZero() { // a date does not move by stops or an extension
		due := cal.Due(rule.Until.Start(), rule.Limit)
		return timesOf(cal, rule, from, due, due.Provisional, rule.Limit.Unit, nil)
	}
	limit := rule.Limit
	joined := ext != nil && ext.Limit.Unit == limit.Unit
	if joined {
		limit.N += ext.Limit.N
	}
	due := cal.Due(from, limit, stops...)
	provisional := due.Provisional
	if ext != nil && !joined {
		limit = ext.Limit
		due = cal.Due(extendedFrom(due, limit), limit, stops...)
	}
	return timesOf(cal, rule, from, due, provisional || due.Provisional, limit.Unit, stops)
}

// timesOf adds when a limit warns.
func timesOf(cal *workday.Calendar, rule Rule, from time.Time, due workday.Due, provisional bool, unit workday.Unit, stops []workday.Span) Times {
	t := Times{Due: due.At, Provisional: provisional, Calendar: cal.ID()}
	if !hours(unit) {
		t.Today = due.Date.Start().UTC()
	}
	if rule.Soon.N > 0 {
		soon := rule.Soon
		soon.Backward = true
		if hours(soon.Unit) {
			t.Soon = cal.Due(due.At, soon).At
		} else {
			t.Soon = cal.Sub(due.Date, soon.N, soon.Unit).Start().UTC()
		}
	}
	t.settle(from, stops)
	return t
}

func hours(u workday.Unit) bool { return u == workday.Hour || u == workday.WorkHour }

// settle brings the warnings of a limit into order: none is planned before the limit began or while it stood, none
// after it is due, and a day that is the last one is not announced as near.
func (t *Times) settle(from time.Time, stops []workday.Span) {
	for _, s := range stops {
		if s.To.After(from) {
			from = s.To
		}
	}
	if !t.Today.IsZero() && t.Today.Before(from) {
		t.Today = from
	}
	if !t.Today.Before(t.Due) {
		t.Today = time.Time{}
	}
	if t.Soon.IsZero() {
		return
	}
	if t.Soon.Before(from) {
		t.Soon = from
	}
	next := t.Due
	if !t.Today.IsZero() {
		next = t.Today
	}
	if !t.Soon.Before(next) {
		t.Soon = time.Time{}
	}
}

// startClock begins a limit at from.
func (d *decider) startClock(id, kind string, step StepID, bearer string, rule Rule, from time.Time) {
	d.emit(ClockStarted{Clock: Clock{
		ID: id, Kind: kind, Step: step, Bearer: bearer, Rule: rule, From: from,
		Times: d.times(rule, from, nil, nil), State: ClockRunning,
	}})
}

// endClock ends a clock that still counts. One that is past its due instant was missed, however it ends; else it was met,
// or is cancelled because nobody waits for it any more.
func (d *decider) endClock(id string, cancelled bool) {
	k := d.c.Clock(id)
	if k == nil || !k.counts() {
		return
	}
	state := ClockMet
	switch {
	case k.late(d.env.Now):
		state = ClockMissed
	case cancelled:
		state = ClockCancelled
	}
	e := ClockEnded{Clock: id, State: state, At: d.env.Now}
	if k.Kind == ClockStatutory {
		used := d.env.Calendar.Elapsed(k.From, d.env.Now, closeStop(k.Stops, d.env.Now)...)
		e.Used = &used
	}
	d.emit(e)
}

// counts reports whether the clock has not ended.
func (k *Clock) counts() bool { return k.State == ClockRunning || k.State == ClockStopped }

// late reports whether the clock was past due at now, or, if it stands, when it was stopped.
func (k *Clock) late(now time.Time) bool {
	if n := len(k.Stops); k.State == ClockStopped && n > 0 {
		now = k.Stops[n-1].From
	}
	return !now.Before(k.Due)
}

// move gives a clock other times. One that stands gets those it would have if it ran again at once.
func (d *decider) move(k Clock, e ClockMoved) {
	rule, ext, stops := k.Rule, k.Extended, k.Stops
	if e.Rule != nil {
		rule = *e.Rule
	}
	if e.Extended != nil {
		ext = e.Extended
	}
	if e.Stops != nil {
		stops = e.Stops
	}
	e.Clock, e.Was = k.ID, k.Due
	e.Times = d.times(rule, k.From, ext, closeStop(stops, d.env.Now))
	d.emit(e)
}

func (d *decider) hold(id string) {
	if k := d.c.Clock(id); k != nil && k.State == ClockRunning {
		d.emit(ClockHeld{Clock: id})
	}
}

// free lets a held clock run again from the instant at.
func (d *decider) free(k *Clock, at time.Time) {
	if k.State != ClockStopped {
		return
	}
	stops := closeStop(k.Stops, at)
	d.emit(ClockFreed{Clock: k.ID, At: at, Times: d.times(k.Rule, k.From, k.Extended, stops)})
}

// threshold is when the level is reached; the zero time if the clock never warns so.
func (t *Times) threshold(l Level) time.Time {
	switch l {
	case LevelSoon:
		return t.Soon
	case LevelToday:
		return t.Today
	case LevelOver:
		return t.Due
	}
	return time.Time{}
}

// next is when the clock has something to do next; false if never.
func (k *Clock) next() (time.Time, Level, bool) {
	if k.State != ClockRunning {
		return time.Time{}, 0, false
	}
	for l := k.Level + 1; l <= LevelOver; l++ {
		if at := k.threshold(l); !at.IsZero() {
			return at, l, true
		}
	}
	return time.Time{}, 0, false
}

// Wake is the next instant at which one of the case's clocks warns or acts, or the holder of a licence is to be reminded; zero if
// none ever will.
func (c *Case) Wake() time.Time {
	var wake time.Time
	for i := range c.Clocks {
		if at, _, ok := c.Clocks[i].next(); ok && (wake.IsZero() || at.Before(wake)) {
			wake = at
		}
	}
	for i := range c.Licences {
		if at, _, ok := c.Licences[i].reminder(); ok && (wake.IsZero() || at.Before(wake)) {
			wake = at
		}
	}
	return wake
}

// fire lets every clock that has reached a threshold warn or act, earliest first, until none has.
func (d *decider) fire() {
	for {
		var first *Clock
		var at time.Time
		var level Level
		for i := range d.c.Clocks {
			t, l, ok := d.c.Clocks[i].next()
			if ok && !t.After(d.env.Now) && (first == nil || t.Before(at)) {
				first, at, level = &d.c.Clocks[i], t, l
			}
		}
		if first == nil {
			d.remind()
			return
		}
		d.ring(*first, at, level)
	}
}

// acts reports whether the silence of a clock has an effect in law as the case stands. One that has none is overdue like
// any other, and says so.
func (d *decider) acts(k Clock) bool {
	switch k.Rule.Effect {
	case EffectAccept:
		return k.Kind == ClockAcceptance && d.c.Phase == PhaseReceived
	case EffectWithdraw:
		return k.Kind == ClockCorrection && d.c.Phase == PhaseCorrecting
	case EffectBreach:
		return k.Kind == ClockCommitment
	case EffectResume:
		return k.Kind == ClockStop
	case EffectGrant:
		return d.c.Phase == PhaseRunning || k.Kind == ClockExpiry && d.c.Phase == PhaseReceived
	}
	return false
}

// ring makes one clock warn, or act where silence has an effect in law.
func (d *decider) ring(k Clock, at time.Time, level Level) {
	late := d.env.Now.Sub(at) > lateness
	if level < LevelOver || !d.acts(k) {
		d.emit(ClockWarned{Clock: k.ID, Level: level, Planned: at, Late: late})
		return
	}
	d.emit(ClockLapsed{Clock: k.ID, Effect: k.Rule.Effect, Due: k.Due, Late: late})
	switch k.Rule.Effect {
	case EffectAccept:
		d.begin(d.c.complete(), true)
	case EffectWithdraw:
		d.closeAll(false)
		d.emit(TakenOut{Silent: true})
	case EffectBreach:
		if material, ok := strings.CutPrefix(k.ID, "commitment:"); ok {
			d.breach(material, ReasonLapsed)
		}
	case EffectResume:
		if s := d.c.openStop(func(s *Stop) bool { return StopClockID(s.ID) == k.ID }); s != nil {
			stop := *s
			d.endStop(s, k.Due)
			d.timeOver(stop)
		}
	case EffectGrant:
		if k.Kind == ClockExpiry && d.c.Phase == PhaseReceived {
			d.silent = true
			d.endClock(ClockAcceptance, true)
			d.begin(d.c.complete(), true)
			d.silent = false
			return
		}
		d.grantBySilence(k)
	}
}

// tick is the clock runner's command; fire has done the work already.
func (d *decider) tick() *Refusal {
	if d.by.Kind != ActorSystem {
		return refuse(CodeNotYours)
	}
	if len(d.events) == 0 {
		return refuse(CodeNothingDue)
	}
	return nil
}
