package caseflow

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/tongban/tongban/workday"
	"pgregory.net/rapid"
)

// These tests drive random items by random commands of random people on a moving clock. Half of the commands follow the
// flow, so that cases get far; the others are anything at all.

func TestRandomCommandsKeepEveryInvariant(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t, genItem(t), &reached{})
		for range 1 + die(t, 60, "commands") {
			w.step(t)
		}
	})
}

// The clock runner alone brings every case to rest: each Tick at Wake does something, and Wake then lies later.
func TestTheClockRunnerComesToRest(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t, genItem(t), &reached{})
		for range 1 + die(t, 25, "commands") {
			w.step(t)
		}
		for n := 0; !w.c.Wake().IsZero(); n++ {
			if n > 3000 {
				t.Fatalf("still waking at %v", w.c.Wake())
			}
			if at := w.c.Wake(); at.After(w.now) {
				w.now = at
			}
			if r := w.give(t, system, Tick{}); r != nil {
				t.Fatalf("tick at its time: %v", r)
			}
		}
	})
}

// warning is what somebody was warned of.
type warning struct {
	clock string
	level Level
}

// world is one case, its journal replayed as it goes, and a plain model of what has been counted.
type world struct {
	it     *Item
	c      *Case
	replay *Case
	now    time.Time

	events    int
	warned    map[warning]bool
	lapsed    map[string]int // clock
	extended  map[string]int // clock
	corrected int
	relieving bool     // the overseer has taken over a shift
	held      []Held   // what the applicant holds
	relieves  string   // who gave the shift that is taken over now
	owner     Actor    // who asks
	seen      *reached // what was accepted so far
	trying    bool     // each command is asked for in a trial first
	refused   Command  // the last one that was
}

func newWorld(t *rapid.T, it *Item, seen *reached) *world {
	w := &world{it: it, seen: seen, now: time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC), replay: &Case{},
		warned: map[warning]bool{}, lapsed: map[string]int{}, extended: map[string]int{}}
	w.held = pick(t, [][]Held{nil, {foodPermit()}}, "held")
	w.owner = owner
	by, open := w.opening(t)
	if r := w.give(t, by, open); r != nil {
		t.Fatalf("open: %v", r)
	}
	if form := w.typed(t); len(form) > 0 && w.c.Phase == PhaseDraft {
		by = w.owner
		if w.c.Channel == ChannelWindow {
			by = clerk
		}
		data, err := json.Marshal(form)
		if err != nil {
			t.Fatal(err)
		}
		if r := w.give(t, by, SaveDraft{Data: data}); r != nil {
			t.Fatalf("draft: %v", r)
		}
	}
	return w
}

func (w *world) env() Env {
	return Env{Now: w.now, Calendar: workday.National(), No: "610502-20261123-000001", Region: "610502", Serial: 7, Staff: staff(), Held: w.held,
		Relieves: w.relieves, Name: w.named(), Renewed: w.renewedBy()}
}

// step moves the clock and gives one command.
func (w *world) step(t *rapid.T) {
	switch die(t, 10, "time") {
	case 0:
		if at := w.c.Wake(); at.After(w.now) {
			w.now = at
		}
	case 1:
		w.now = w.now.Add(time.Duration(rapid.IntRange(1, 200).Draw(t, "hours")) * time.Hour)
	case 2, 3, 4:
		w.now = w.now.Add(time.Duration(rapid.IntRange(1, 300).Draw(t, "minutes")) * time.Minute)
	}
	if die(t, 41, "licence ends") == 0 {
		w.held = nil
	}
	var by Actor
	var cmd Command
	switch roll := die(t, 16, "what"); {
	case roll == 0:
		by, cmd = w.relief(t)
	case roll <= 4:
		by, cmd = w.anything(t)
	case roll <= 8:
		by, cmd = w.offered(t)
	default:
		by, cmd = w.onward(t)
	}
	w.give(t, by, cmd)
	w.relieves = ""
}

// relief is what somebody has in hand going to somebody else, mostly a colleague.
func (w *world) relief(t *rapid.T) (Actor, Command) {
	everyone := people()
	busy := slices.DeleteFunc(people(), func(a Actor) bool { return w.c.InHand(a.ID).Empty() })
	if len(busy) == 0 {
		busy = everyone
	}
	from, to := pick(t, busy, "gives"), pick(t, everyone, "takes")
	w.relieves = from.ID
	return to, w.c.InHand(from.ID)
}

// give judges a command, and checks what must hold whether it is accepted or not.
func (w *world) give(t *rapid.T, by Actor, cmd Command) *Refusal {
	var before []byte
	if w.c != nil {
		before = encode(t, w.c)
	}
	offered := Available(w.c, w.it, by, w.env())
	dec, r := Decide(w.c, w.it, by, cmd, w.env())
	if w.c != nil && !bytes.Equal(before, encode(t, w.c)) {
		t.Fatalf("%s changed its input", cmd.Verb())
	}
	if w.trying && w.c != nil {
		w.try(t, by, cmd)
	}
	listed := slices.Contains(offered, cmd.Verb())
	if r != nil {
		w.refused = cmd
		if listed && slices.Contains([]string{"submit", "accept", "correct", "withdraw", "resume-clock", "tick"}, cmd.Verb()) {
			wd, leaves := cmd.(Withdraw)
			rc, resumes := cmd.(ResumeClock)
			outside := r.Code == CodeLicenceGone || r.Code == CodeNotHere || r.Code == CodeForm && w.it.Naming != nil
			if !outside && !(leaves && tooLong(wd.Reason)) && !(resumes && rc.Step != "") { // what they name is their own
				t.Fatalf("%s was offered to %s but refused: %v", cmd.Verb(), by.ID, r)
			}
		}
		return r
	}
	if !listed {
		t.Fatalf("%s by %s was accepted but not offered in %v", cmd.Verb(), by.ID, offered)
	}
	if len(dec.Events) == 0 {
		t.Fatalf("%s was accepted and nothing happened", cmd.Verb())
	}
	w.seen.add(w.c, cmd, dec.Events)
	w.record(t, by, dec)
	if _, ok := cmd.(TakeShift); ok && by.ID == overseer.ID {
		w.relieving = true
	}
	w.c = dec.Case
	w.check(t, cmd)
	return nil
}

func encode(t *rapid.T, c *Case) []byte {
	data, err := c.Encode()
	if err != nil {
		t.Fatalf("encode: %v", err)
	}
	return data
}

// record replays the events as read back from the journal, one by one, and counts.
func (w *world) record(t *rapid.T, by Actor, dec *Decision) {
	data, err := EncodeEvents(dec.Events)
	if err != nil {
		t.Fatalf("events: %v", err)
	}
	list, err := DecodeEvents(data)
	if err != nil {
		t.Fatalf("events: %v", err)
	}
	readAsWritten(t, data)
	for _, e := range list {
		w.count(t, e)
		Apply(w.replay, e, Meta{w.now, by.Stamp()})
	}
	w.events += len(list)
	if got, want := encode(t, w.replay), encode(t, dec.Case); !bytes.Equal(got, want) {
		t.Fatalf("replay differs:\n got %s\nwant %s", got, want)
	}
	if w.replay, err = DecodeCase(encode(t, w.replay)); err != nil {
		t.Fatalf("snapshot: %v", err)
	}
}

// replanned forgets the warnings of what is still to come at an instant: it is warned of again when it comes.
func (w *world) replanned(clock string, to Times, now time.Time) {
	for l := LevelSoon; l <= LevelOver; l++ {
		if at := to.threshold(l); at.IsZero() || at.After(now) {
			delete(w.warned, warning{clock, l})
		}
	}
}

// count looks at one event before it is applied.
func (w *world) count(t *rapid.T, e Event) {
	once := func(m map[string]int, key, what string) {
		if m[key]++; m[key] > 1 {
			t.Fatalf("%s twice: %s", what, key)
		}
	}
	switch e := e.(type) {
	case ClockWarned:
		k := w.replay.Clock(e.Clock)
		if k.State != ClockRunning || e.Planned.After(w.now) || e.Level <= k.Level {
			t.Fatalf("clock %+v warned %d planned %v at %v", k, e.Level, e.Planned, w.now)
		}
		if e.Late != (w.now.Sub(e.Planned) > lateness) {
			t.Fatalf("late %t: planned %v, now %v", e.Late, e.Planned, w.now)
		}
		if key := (warning{e.Clock, e.Level}); w.warned[key] {
			t.Fatalf("warned twice: %+v", e)
		} else {
			w.warned[key] = true
		}
	case ClockStarted:
		w.replanned(e.Clock.ID, Times{}, w.now)
	case ClockLapsed:
		k := w.replay.Clock(e.Clock)
		if k.State != ClockRunning || e.Due.After(w.now) || !e.Due.Equal(k.Due) || k.Rule.Effect == EffectNone {
			t.Fatalf("clock %+v lapsed %v at %v", k, e.Due, w.now)
		}
		once(w.lapsed, e.Clock, "lapsed")
	case ClockFreed:
		k := w.replay.Clock(e.Clock)
		if k.State != ClockStopped || e.Times.Due.Before(k.Due) {
			t.Fatalf("a stop brought %+v forward to %v", k, e.Times.Due)
		}
		w.replanned(e.Clock, e.Times, e.At)
	case ClockMoved:
		k := w.replay.Clock(e.Clock)
		w.replanned(e.Clock, e.Times, w.now)
		if e.Why == "extension" {
			once(w.extended, e.Clock, "extended")
		}
		if !k.counts() || (e.Why == "extension" || e.Why == "outage") && e.Times.Due.Before(k.Due) {
			t.Fatalf("%s brought %+v to %v", e.Why, k, e.Times.Due)
		}
	case CorrectionRequested:
		if w.corrected++; w.corrected > 1 {
			t.Fatalf("corrected twice")
		}
	case LicenceIssued:
		if w.replay.Phase != PhaseRunning {
			t.Fatalf("licence in phase %s", w.replay.Phase)
		}
	}
}

// check holds the case against the invariants.
func (w *world) check(t *rapid.T, cmd Command) {
	fail := func(format string, args ...any) {
		t.Helper()
		t.Fatalf("after %s: %s\n%s", cmd.Verb(), fmt.Sprintf(format, args...), encode(t, w.c))
	}
	if w.c.Seq != w.events {
		fail("seq %d, %d events", w.c.Seq, w.events)
	}
	if _, ok := cmd.(Tick); ok && !w.c.Wake().IsZero() && !w.c.Wake().After(w.now) {
		fail("wakes at %v, now %v", w.c.Wake(), w.now)
	}
	w.checkTasks(fail)
	w.checkFlow(fail)
	w.checkClocks(fail)
	w.checkEnd(fail)
	w.checkChildren(fail)
	w.checkNotices(fail)
	w.checkCancel(fail)
}

// checkChildren: no child is under way for a step that does not wait for it.
func (w *world) checkChildren(fail func(string, ...any)) {
	for _, k := range w.c.Children {
		s := w.c.step(k.Step)
		if waits := w.c.Phase == PhaseRunning || w.c.Phase == PhaseGranted; (k.State == ChildAsked || k.State == ChildOpen) && (!waits || s.State != StepReady || s.Round != k.Round) {
			fail("the child %+v is under way for a step that is %s in round %d", k, s.State, s.Round)
		}
		if (k.State == ChildAsked) != (k.Form != nil) {
			fail("the child %+v is %s", k, k.State)
		}
	}
}

func (w *world) checkTasks(fail func(string, ...any)) {
	for i := range w.c.Tasks {
		task := &w.c.Tasks[i]
		if task.ID != i+1 {
			fail("task %d has id %d", i+1, task.ID)
		}
		if task.State == TaskClaimed != (task.Holder != "") && task.State != TaskWaiting && task.Live() {
			fail("task %d is %s by %q", task.ID, task.State, task.Holder)
		}
		for _, r := range w.c.Recusals {
			if task.InHand(r.Person) {
				fail("task %d is in the hand of %s, who has stepped aside", task.ID, r.Person)
			}
		}
		if order := w.c.Task(task.Parent); task.Kind == TaskClose && task.State == TaskDone && (order == nil || order.DoneBy == task.DoneBy) {
			fail("%s closed the own work with task %d", task.DoneBy, task.ID)
		}
		if task.State == TaskWaiting {
			if before := w.c.Task(task.After); before == nil || !before.Live() || before.Step != task.Step {
				fail("task %d waits for %d in vain", task.ID, task.After)
			}
		}
		if task.Live() && task.Kind == TaskOpinion {
			if parent := w.c.Task(task.Parent); !parent.Live() && parent.State != TaskDone {
				fail("opinion %d outlives task %d", task.ID, parent.ID)
			}
		}
		if task.Live() && !w.atWork(task) {
			fail("task %d is for %+v, where nobody is", task.ID, task.By)
		}
		if k := w.c.Clock(TaskClock(task.ID)); k != nil && k.counts() != task.Live() {
			fail("task %d is %s, its clock %s", task.ID, task.State, k.State)
		}
	}
}

// atWork reports whether anybody of the region may do a task, and whoever holds it is one of them. A callback goes to the
// supervisors of the leading department, of whom this world has none. The overseer is not among those whom others give work,
// but may take over a shift, and is asked again then when it is done again.
func (w *world) atWork(task *Task) bool {
	return task.Kind == TaskCallback || slices.ContainsFunc(people(), func(a Actor) bool {
		return (a.ID != overseer.ID || task.Kind == TaskClose || w.relieving && task.By.Person == a.ID) && a.fits(task.By) && (task.Holder == "" || task.Holder == a.ID)
	})
}

// checkFlow is the plain model of a flow: a step is pending exactly as long as something it needs is.
func (w *world) checkFlow(fail func(string, ...any)) {
	working := w.c.Phase == PhaseRunning || w.c.Phase == PhaseGranted
	over := func(id StepID) bool { s := w.c.step(id).State; return s == StepDone || s == StepSkipped }
	stuck := true
	for i := range w.it.Steps {
		def := &w.it.Steps[i]
		s := w.c.step(def.ID)
		met := !slices.ContainsFunc(def.Needs, func(id StepID) bool { return !over(id) })
		if working && (s.State == StepPending) == met {
			fail("step %s is %s, what it needs is met: %t", def.ID, s.State, met)
		}
		if p := w.c.part(def.Part); working && s.State == StepSkipped && (s.Outcome == PartRefused || s.Outcome == PartUnwanted) && p.State != s.Outcome {
			fail("step %s was passed over as %s, its part is %s", s.ID, s.Outcome, p.State)
		}
		if s.State != StepReady {
			continue
		}
		stuck = false
		if s.Stuck != "" {
			w.checkStuck(s, fail)
			continue
		}
		if def.Auto() || !w.c.Phase.Open() && w.c.Phase == PhaseClosed {
			fail("step %s is ready", def.ID)
		}
		if def.Kind == KindSubcase {
			if k := w.c.ChildOf(s.ID, s.Round); working && (k == nil || k.State != ChildAsked && k.State != ChildOpen) {
				fail("step %s waits for the child %+v", s.ID, k)
			}
			continue
		}
		if def.Timed() || def.Kind == KindCancel {
			if working && def.Timed() {
				w.checkTimed(def, s, fail)
			}
			continue
		}
		if working {
			w.checkPlaces(def, s, fail)
		}
	}
	if w.c.Phase == PhaseRunning && stuck {
		fail("nothing is ready: the case is stuck")
	}
	perStep := map[StepID]int{}
	for _, l := range w.c.Licences {
		if perStep[l.Step]++; perStep[l.Step] > 1 {
			fail("two licences of step %s", l.Step)
		}
		if p := w.c.part(l.Part); p != nil && l.State == LicenceValid && p.State == PartUnwanted {
			fail("licence for part %s, which is %s", p.ID, p.State)
		}
		if w.c.step(l.Step).State != StepDone {
			fail("licence of step %s, which is %s", l.Step, w.c.step(l.Step).State)
		}
	}
	d := &decider{it: w.it, c: w.c}
	for _, p := range w.c.Parts {
		refused := slices.ContainsFunc(w.it.Steps, func(s Step) bool { return s.Part == p.ID && d.refusedBy(&s) })
		if (p.State == PartRefused) != refused {
			fail("part %s is %s; a step refused it: %t", p.ID, p.State, refused)
		}
		if p.State == PartGranted && !w.decidedFor(p.ID) {
			fail("part %s is granted and nobody decided", p.ID)
		}
	}
	if (w.c.Phase == PhaseGranted || w.c.Phase == PhaseClosed) && !w.decidedFor("") {
		fail("the case is granted and nobody decided")
	}
}

// decidedFor reports whether a step that decides the part granted it, by somebody's word or by the silence of the law. What
// no step decides goes with the rest.
func (w *world) decidedFor(part PartID) bool {
	any := false
	for i := range w.it.Steps {
		if def := &w.it.Steps[i]; def.Part == part && def.Kind == KindDecide {
			any = true
			s := w.c.step(def.ID)
			if s.State == StepDone && s.Outcome == OutcomeGrant || s.State == StepSkipped && s.Outcome == OverSilence {
				return true
			}
		}
	}
	return !any
}

// checkPlaces: every place of a ready step has exactly one task that is live or done, and one of them can act.
func (w *world) checkPlaces(def *Step, s *StepState, fail func(string, ...any)) {
	acts := false
	signed := map[string]bool{}
	for slot, place := range s.Signers {
		n := 0
		for i := range w.c.Tasks {
			task := &w.c.Tasks[i]
			if task.Kind != TaskStep || task.Step != s.ID || task.Round != s.Round || task.Slot != slot || task.State == TaskCancelled {
				continue
			}
			n++
			if task.State == TaskDone && signed[task.DoneBy] {
				fail("%s signed step %s twice", task.DoneBy, def.ID)
			}
			signed[task.DoneBy] = task.State == TaskDone
			acts = acts || task.State == TaskOpen || task.State == TaskClaimed
		}
		if before := w.taskAt(s, place.After-1); before != nil && before.Live() && !place.Removed {
			if mine := w.taskAt(s, slot); mine.State != TaskWaiting {
				fail("place %d of step %s does not wait for place %d", slot, s.ID, place.After-1)
			}
		}
		if want := map[bool]int{true: 0, false: 1}[place.Removed]; n != want {
			fail("step %s round %d place %d has %d tasks, want %d", def.ID, s.Round, slot, n, want)
		}
	}
	if !acts {
		fail("nobody can act on step %s", def.ID)
	}
}

// checkStuck: somebody is asked to judge a stuck step, and nobody works at it.
func (w *world) checkStuck(s *StepState, fail func(string, ...any)) {
	judges := 0
	for i := range w.c.Tasks {
		if task := &w.c.Tasks[i]; task.Step == s.ID && task.Live() {
			if task.Kind == TaskObjection {
				continue
			}
			if task.Kind != TaskJudge {
				fail("step %s is stuck, task %d is live", s.ID, task.ID)
			}
			judges++
		}
	}
	if want := 1; w.c.Phase.Open() && judges != want || !w.c.Phase.Open() && judges > 0 {
		fail("step %s is stuck, %d are asked to judge", s.ID, judges)
	}
}

// taskAt is the task of a place in the present round.
func (w *world) taskAt(s *StepState, slot int) *Task {
	for i := range w.c.Tasks {
		task := &w.c.Tasks[i]
		if task.Kind == TaskStep && task.Step == s.ID && task.Round == s.Round && task.Slot == slot && task.State != TaskCancelled {
			return task
		}
	}
	return nil
}

func (w *world) checkClocks(fail func(string, ...any)) {
	seen := map[string]bool{}
	for i := range w.c.Clocks {
		k := &w.c.Clocks[i]
		if seen[k.ID] {
			fail("clock %s twice", k.ID)
		}
		seen[k.ID] = true
		if !k.Soon.IsZero() && !k.Today.IsZero() && !k.Soon.Before(k.Today) || k.Today.After(k.Due) || k.Soon.After(k.Due) {
			fail("clock %s warns out of order: %v %v %v", k.ID, k.Soon, k.Today, k.Due)
		}
		if at := k.threshold(k.Level); k.State == ClockRunning && k.Level > LevelNone && (at.IsZero() || at.After(w.now)) {
			fail("clock %s shows level %d, which is reached at %v, now %v", k.ID, k.Level, at, w.now)
		}
		if k.Due.Before(k.From) {
			fail("clock %s is due before it began", k.ID)
		}
		if k.Kind == ClockStep && k.counts() && w.c.step(k.Step).State != StepReady {
			fail("clock %s counts, its step is %s", k.ID, w.c.step(k.Step).State)
		}
		if k.State == ClockStopped && k.Kind != ClockAcceptance && w.c.Stopped() == nil {
			fail("clock %s stands without a stop", k.ID)
		}
		if k.State == ClockMissed && k.Ended.Before(k.Due) || k.State == ClockMet && k.Ended.IsZero() {
			fail("clock %s %s at %v, due %v", k.ID, k.State, k.Ended, k.Due)
		}
	}
	open := map[StepID]bool{}
	for _, s := range w.c.Stops {
		if s.To.IsZero() {
			if open[s.Step] {
				fail("step %s is stopped twice", s.Step)
			}
			open[s.Step] = true
			if w.c.step(s.Step).State != StepReady || !w.c.Clock(StopClockID(s.ID)).counts() {
				fail("stop %d outlives its step or its clock", s.ID)
			}
		}
	}
	for i := range w.c.Clocks {
		k := &w.c.Clocks[i]
		stands := k.State == ClockStopped
		switch {
		case !k.counts():
		case (k.Kind == ClockStatutory || k.Kind == ClockPromised) && stands != (len(open) > 0),
			k.Kind == ClockStep && stands != open[k.Step]:
			fail("clock %s is %s, stopped are %v", k.ID, k.State, open)
		}
	}
	w.checkShares(fail)
	for _, p := range w.c.Commitments {
		k := w.c.Clock(commitmentClock(p.Material))
		running := w.c.Phase == PhaseRunning || w.c.Phase == PhaseGranted || w.c.Phase == PhaseClosed
		if p.State == CommitmentOpen && running && (k == nil || k.State != ClockRunning) {
			fail("the promise of %s is open, its clock is not", p.Material)
		}
		if k != nil && k.State == ClockRunning && k.From.Equal(w.c.Updated) && w.c.Phase == PhaseRunning && !w.needs(p.Material) {
			fail("the clock of %s runs, and nobody needs it", p.Material)
		}
		if p.State == CommitmentOpen && w.c.Material(p.Material).State != MaterialDeferred {
			fail("the promise of %s is open, the material %s", p.Material, w.c.Material(p.Material).State)
		}
	}
}

// needs reports whether the request as it stands needs the material.
func (w *world) needs(material string) bool {
	asked, r := Ask(w.c, w.it)
	return r != nil || slices.ContainsFunc(asked.Materials, func(m *Material) bool { return m.ID == material })
}

// checkShares: a department's time is counted exactly while it has a task, and never twice.
func (w *world) checkShares(fail func(string, ...any)) {
	running := 0
	for _, s := range w.c.Shares(workday.National(), w.now) {
		if s.Running {
			running++
		}
		if s.To.Before(s.From) || s.Stopped > s.To.Sub(s.From) || s.Workdays < 0 || s.Bearer == "" {
			fail("share %+v", s)
		}
	}
	had := 0
	for i := range w.c.Tasks {
		t := &w.c.Tasks[i]
		if counted := t.Kind == TaskAccept || t.Kind == TaskStep || t.Kind == TaskOpinion; counted && !t.Since.IsZero() {
			had++
		}
		if (t.State == TaskOpen || t.State == TaskClaimed) == t.Since.IsZero() {
			fail("task %d is %s, its department has it since %v", t.ID, t.State, t.Since)
		}
	}
	if k := w.c.Clock(ClockCorrection); k != nil && k.Ended.IsZero() {
		had++
	}
	if running != had {
		fail("%d shares run, %d tasks are at work", running, had)
	}
}

// checkEnd: a case that is over leaves nothing running but what outlives it.
func (w *world) checkEnd(fail func(string, ...any)) {
	switch w.c.Phase {
	case PhaseReceived:
		if !slices.ContainsFunc(w.c.Tasks, func(t Task) bool { return t.Kind == TaskAccept && t.Live() }) {
			fail("nobody is asked to accept")
		}
	case PhaseWithdrawn, PhaseRefused, PhaseDeclined:
		if slices.ContainsFunc(w.c.Licences, func(l Licence) bool { return l.State == LicenceValid }) {
			fail("a licence in phase %s", w.c.Phase)
		}
	}
	if w.c.Phase == PhaseGranted || w.c.Phase.Open() {
		return
	}
	for i := range w.c.Clocks {
		k := &w.c.Clocks[i]
		if k.counts() && k.Kind != ClockOrder && (k.Kind != ClockCommitment || w.c.Phase != PhaseClosed) {
			fail("clock %s is %s", k.ID, k.State)
		}
	}
	for i := range w.c.Tasks {
		if task := &w.c.Tasks[i]; task.Live() && (task.Kind == TaskStep || task.Kind == TaskAccept || task.Kind == TaskOpinion) {
			fail("task %d is live", task.ID)
		}
	}
	for _, p := range w.c.Commitments {
		if p.State == CommitmentOpen && w.c.Phase != PhaseClosed {
			fail("the promise of %s is open", p.Material)
		}
	}
}
