package caseflow

import (
	"fmt"
	"reflect"
	"slices"
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
	d.emit(ClockEnded{Clock: id, State: state, At: d.env.Now})
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
func (k *Clock) threshold(l Level) time.Time {
	switch l {
	case LevelSoon:
		return k.Soon
	case LevelToday:
		return k.Today
	case LevelOver:
		return k.Due
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

// Wake is the next instant at which one of the case's clocks warns or acts; zero if none ever will.
func (c *Case) Wake() time.Time {
	var wake time.Time
	for i := range c.Clocks {
		if at, _, ok := c.Clocks[i].next(); ok && (wake.IsZero() || at.Before(wake)) {
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
			d.endStop(s, k.Due)
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
	d.emit(StopBegun{Stop: stop})
	for _, k := range slices.Clone(d.c.Clocks) {
		if d.standsWith(k, stop) {
			d.hold(k.ID)
		}
	}
	rule := Rule{ID: "stop." + cause.ID, Name: cause.Name, Limit: cmd.Need, Basis: cause.Basis, Effect: EffectResume}
	d.startClock(StopClockID(stop.ID), ClockStop, def.ID, t.By.Department, rule, d.env.Now)
	return nil
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
	return d.by.Kind == ActorOfficial && (d.by.Has(RoleSupervisor) || d.by.Department == s.By ||
		d.any(func(t *Task) bool {
			return t.Kind == TaskStep && t.Step == s.Step && t.By.Department == d.by.Department
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

// recordOutage notes on a case with a running limit that the service was down, and lengthens the applicant's limits by that
// time, never the agency's. An outage that turns out to have been longer replaces the one that began at the same instant.
func (d *decider) recordOutage(cmd RecordOutage) *Refusal {
	if d.by.Kind != ActorSystem {
		return refuse(CodeNotYours)
	}
	span := workday.Span{From: cmd.From.UTC(), To: cmd.To.UTC()}
	if !span.From.Before(span.To) || span.To.After(d.env.Now) {
		return refuse(CodeForm, "outage")
	}
	known := func(list []workday.Span) bool {
		return slices.ContainsFunc(list, func(s workday.Span) bool { return s.From.Equal(span.From) && !s.To.Before(span.To) })
	}
	touched := func(k Clock) bool {
		return k.State == ClockRunning && span.To.After(k.From) && span.From.Before(k.Due)
	}
	if known(d.c.Outages) || !slices.ContainsFunc(d.c.Clocks, touched) {
		return refuse(CodeNothingDue)
	}
	d.emit(OutageRecorded{Outage: span})
	for _, k := range slices.Clone(d.c.Clocks) {
		if k.Bearer != BearerApplicant || !touched(k) {
			continue
		}
		shorter := func(s workday.Span) bool { return s.From.Equal(span.From) }
		d.move(k, ClockMoved{Why: "outage", Stops: append(slices.DeleteFunc(slices.Clone(k.Stops), shorter), span)})
	}
	return nil
}

// recount computes all open due dates again, and says why if anything changes. Changed limits also hold for what begins
// later. A commitment keeps its own: its limit stands in what the applicant signed.
func (d *decider) recount(cmd Recount) *Refusal {
	if d.by.Kind != ActorSystem && (d.by.Kind != ActorOfficial || !d.by.Has(RoleAdmin)) {
		return refuse(CodeNotYours)
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
	t := d.times(k.Rule, k.From, k.Extended, k.Stops)
	return ClockMoved{Why: "calendar"}, !t.Due.Equal(k.Due) || t.Provisional != k.Provisional
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
