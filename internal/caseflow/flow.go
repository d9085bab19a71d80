package caseflow

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/tongban/tongban/workday"
)

// advance makes every step ready whose needs are met, performs the automatic ones, and closes the case when nothing is
// left. Steps stand in an order in which each follows what it needs, so one pass is enough. It always comes to an end: a
// step that no rule can tell about waits for a person.
func (d *decider) advance() {
	for i := range d.it.Steps {
		def := &d.it.Steps[i]
		s := d.c.step(def.ID)
		if s == nil || s.State != StepPending || !d.met(def) || !d.c.Phase.Open() {
			continue
		}
		d.start(def, s.Round+1)
	}
	d.finish()
}

func (d *decider) met(def *Step) bool {
	for _, need := range def.Needs {
		if s := d.c.step(need); s == nil || s.State != StepDone && s.State != StepSkipped {
			return false
		}
	}
	return true
}

// start makes one step ready, performs it, or passes it over.
func (d *decider) start(def *Step, round int) {
	if p := d.c.part(def.Part); p != nil && (p.State == PartUnwanted || p.State == PartRefused) {
		d.emit(StepPassedOver{Step: def.ID, Why: p.State})
		return
	}
	silent := d.silent && def.decides()
	switch ok, r := d.holdsTrue(def.When, string(def.ID)); {
	case r != nil && !silent && !d.onlyDecision(def):
		d.stick(def, round, StuckWhen, r)
	case r == nil && !ok && !d.onlyDecision(def):
		d.emit(StepPassedOver{Step: def.ID, Why: OverWhen})
	case silent:
		d.emit(StepPassedOver{Step: def.ID, Why: OverSilence})
	default:
		d.carryOut(def, round)
	}
}

// carryOut performs an automatic step, and opens the tasks of any other.
func (d *decider) carryOut(def *Step, round int) {
	if def.Auto() {
		d.perform(def, round)
		return
	}
	switch def.Kind {
	case KindSubcase:
		d.askSubcase(def, round)
		return
	case KindPublish:
		d.publish(def, round)
		return
	case KindWait:
		d.timed(def, round)
		return
	case KindCancel:
		d.orderCancel(def, round)
		return
	}
	signers := d.c.step(def.ID).Signers
	if len(signers) == 0 {
		signers = placesOf(def)
	}
	d.emit(StepBegun{Step: def.ID, Round: round, Signers: signers})
	if rule := d.within(def); rule != nil {
		d.startClock(StepClock(def.ID, round), ClockStep, def.ID, def.By.Department, *rule, d.env.Now)
	}
	d.openSlots(def.ID, round, signers)
}

// onlyDecision reports whether nothing else decides the step's part, so that passing it over would grant without anybody
// having decided. Such a step waits for somebody, whatever its condition says: no licence without a decision
// (行政许可法 art. 37). A pack is refused for it when it is proved; this holds for whatever reaches the core.
func (d *decider) onlyDecision(def *Step) bool {
	if def.Kind != KindDecide {
		return false
	}
	return !slices.ContainsFunc(d.it.Steps, func(o Step) bool {
		if o.ID == def.ID || o.Part != def.Part || o.Kind != KindDecide {
			return false
		}
		s := d.c.step(o.ID)
		return s != nil && (s.State != StepSkipped || s.Outcome == OverSilence)
	})
}

// StepClock is the id of the clock of a step in its n-th round.
func StepClock(id StepID, round int) string { return fmt.Sprintf("step:%s#%d", id, round) }

// placesOf gives the signers of a step as its pack defines them.
func placesOf(def *Step) []Signer {
	if len(def.Signers) == 0 {
		return []Signer{{Post: def.By}}
	}
	places := make([]Signer, len(def.Signers))
	for i, p := range def.Signers {
		places[i].Post = p
		if def.Sign == SignOrder {
			places[i].After = i
		}
	}
	return places
}

// openSlots makes a task for each place; one that signs after another waits for its turn.
func (d *decider) openSlots(step StepID, round int, places []Signer) {
	first := d.c.LastTask + 1
	taskOf := make([]int, len(places)) // slot to task
	next := first
	for i, p := range places {
		if !p.Removed {
			taskOf[i] = next
			next++
		}
	}
	for i, p := range places {
		if p.Removed {
			continue
		}
		t := Task{Kind: TaskStep, Step: step, Slot: i, Round: round, By: p.Post}
		if before := p.After; before > 0 && before <= len(places) && taskOf[before-1] != 0 {
			t.State, t.After = TaskWaiting, taskOf[before-1]
		}
		d.newTask(t)
	}
}

// perform does an automatic step.
func (d *decider) perform(def *Step, round int) {
	outcome := OutcomeDone
	switch def.Kind {
	case KindCheck:
		ok, r := d.holdsTrue(def.Check, string(def.ID))
		if r != nil {
			d.stick(def, round, StuckCheck, r)
			return
		}
		outcome = OutcomePass
		if !ok {
			outcome = OutcomeFail
		}
	case KindIssue:
		if r := d.issue(def); r != nil {
			d.stick(def, round, StuckIssue, r)
			return
		}
	}
	d.emit(StepEnded{Step: def.ID, Outcome: outcome})
}

// issue makes the licence of an issue step.
func (d *decider) issue(def *Step) *Refusal {
	res := def.Result
	if res == nil {
		return nil
	}
	f, r := d.exactly()
	if r != nil {
		return r
	}
	shown := map[string]any{}
	for _, s := range res.Shows {
		if v, ok := f.at(s.From); ok {
			shown[s.Key] = v
		}
	}
	data, err := json.Marshal(shown)
	if err != nil {
		return refuse(CodeForm)
	}
	no := d.licenceNo(res)
	if no == "" {
		return refuse(CodeNumber)
	}
	lic := Licence{
		No: no, Kind: res.Licence, Step: def.ID, Part: def.Part, Name: res.Name,
		Template: res.Template, Holder: d.holder(res, f), Data: data, Verify: d.secret("licence:" + string(def.ID)),
		Issued: d.env.Now, State: LicenceValid,
	}
	if d.it.Benefit != nil {
		lic.Fen = d.it.Benefit.Fen
	}
	if res.Valid != nil {
		lic.Expires = d.env.Calendar.Add(workday.DateOf(d.env.Now), res.Valid.N, res.Valid.Unit)
	}
	d.emit(LicenceIssued{Licence: lic})
	return nil
}

// holder is who the result names, else the applicant.
func (d *decider) holder(res *Result, f Facts) string {
	if name, ok := f.at(res.Holder); ok {
		if s, ok := name.(string); ok && s != "" {
			return s
		}
	}
	return d.c.Applicant.Name
}

// finish marks the decision when all but the handing out is done, and the end when that is done too.
func (d *decider) finish() {
	if d.c.Phase == PhaseRunning && d.left(func(s *Step) bool { return s.Kind != KindDeliver }) == 0 {
		d.decided()
	}
	if d.c.Phase == PhaseGranted && d.left(func(*Step) bool { return true }) == 0 {
		d.endClock(ClockDelivery, false)
		d.emit(Ended{})
	}
}

// decided ends the agency's clocks and starts the one for handing out.
func (d *decider) decided() {
	d.emit(Decided{})
	d.endClock(ClockStatutory, false)
	d.endClock(ClockPromised, false)
	d.endClock(ClockExpiry, false)
	for i := range d.c.Parts {
		if d.c.Parts[i].State == PartOpen {
			d.emit(PartDecided{Part: d.c.Parts[i].ID, State: PartGranted})
		}
	}
	if rule := d.limits().Delivery; rule != nil && d.left(func(*Step) bool { return true }) > 0 {
		d.startClock(ClockDelivery, ClockDelivery, "", d.it.Department, *rule, d.env.Now)
	}
}

func (d *decider) left(count func(*Step) bool) int {
	n := 0
	for i := range d.it.Steps {
		if s := d.c.step(d.it.Steps[i].ID); s != nil && s.State != StepDone && s.State != StepSkipped && count(&d.it.Steps[i]) {
			n++
		}
	}
	return n
}

// leave takes down what a step has standing: its tasks, its child, a stop for it, its clock.
func (d *decider) leave(id StepID, why string, cancelled bool) {
	d.cancelTasks(func(t *Task) bool {
		return t.Step == id && (t.Kind == TaskStep || t.Kind == TaskOpinion || t.Kind == TaskJudge)
	}, why)
	d.recallFrom(id)
	d.unpublish(id)
	if stop := d.c.StoppedAt(id); stop != nil {
		clock := StopClockID(stop.ID)
		d.endStop(stop, d.env.Now)
		d.endClock(clock, false)
	}
	d.endClock(StepClock(id, d.c.step(id).Round), cancelled)
}

// endStep completes a step with its outcome: other tasks of it are dropped, its clock ends, a refusal takes its effect,
// and what follows becomes ready.
func (d *decider) endStep(def *Step, outcome string, data json.RawMessage, ground *GroundUsed) *Refusal {
	d.leave(def.ID, "outcome", false)
	d.emit(StepEnded{Step: def.ID, Outcome: outcome, Data: data})
	if ground != nil {
		if r := d.refusePart(def, *ground); r != nil || !d.c.Phase.Open() {
			return r
		}
	} else if def.Kind == KindDecide && d.c.part(def.Part) != nil && d.lastDecision(def) {
		d.emit(PartDecided{Part: def.Part, State: PartGranted})
	}
	d.advance()
	return nil
}

// lastDecision reports whether no other decide step of the part is open.
func (d *decider) lastDecision(def *Step) bool {
	for i := range d.it.Steps {
		o := &d.it.Steps[i]
		if o.ID == def.ID || o.Part != def.Part || o.Kind != KindDecide {
			continue
		}
		if s := d.c.step(o.ID); s != nil && s.State != StepDone && s.State != StepSkipped {
			return false
		}
	}
	return true
}

// refusePart refuses the step's part, and the whole case if the part carries it or nothing else is left to grant. A case
// that has already granted a licence is not refused: the licence would have to be revoked first (行政许可法 art. 69).
func (d *decider) refusePart(def *Step, ground GroundUsed) *Refusal {
	part := d.it.PartByID(def.Part)
	whole := part == nil || part.Core
	if whole && (d.hasLicence() || d.ending()) {
		return refuse(CodeTooLate).because("行政许可法", "69")
	}
	if part != nil && part.Relief.ZH != "" {
		ground.Relief = part.Relief
	}
	if part != nil {
		d.emit(PartDecided{Part: part.ID, State: PartRefused, Ground: &ground})
	}
	if whole || !d.anythingLeft() {
		d.closeAll(true)
		d.emit(Rejected{Ground: ground})
		return nil
	}
	for i := range d.it.Steps {
		o := &d.it.Steps[i]
		if o.Part == part.ID && d.c.step(o.ID).State == StepReady {
			d.leave(o.ID, "outcome", true)
			d.emit(StepPassedOver{Step: o.ID, Why: PartRefused})
		}
	}
	return nil
}

// anythingLeft reports whether a part may still be granted, or something was granted already.
func (d *decider) anythingLeft() bool {
	return d.hasLicence() || slices.ContainsFunc(d.c.Parts, func(p PartState) bool {
		return p.State == PartOpen || p.State == PartGranted
	})
}

// Why a step was passed over, beside its part being refused or unwanted.
const (
	OverWhen    = "when"    // its condition is false
	OverSilence = "silence" // the law decided in its place
)

// decides reports whether the step waits for a word of the agency, which silence takes the place of. What follows from a grant,
// such as the licence that it ends, is carried out all the same.
func (s *Step) decides() bool { return !s.Auto() && s.Kind != KindDeliver && s.Kind != KindCancel }

// grantBySilence decides for the applicant because the law says so: a clock of the case (行政许可法 art. 50: no decision on
// a renewal before expiry) passes over every step that waits for somebody, a clock of a step only that one.
func (d *decider) grantBySilence(k Clock) {
	if d.c.Phase != PhaseRunning {
		return
	}
	for i := range d.it.Steps {
		def := &d.it.Steps[i]
		if s := d.c.step(def.ID); s.State != StepReady || !def.decides() || k.Kind == ClockStep && k.Step != def.ID {
			continue
		}
		d.leave(def.ID, "ended", true)
		d.emit(StepPassedOver{Step: def.ID, Why: OverSilence})
	}
	d.silent = k.Kind != ClockStep
	d.advance()
	d.silent = false
}

// dependents returns the step and every step that directly or indirectly needs it, in flow order.
func (it *Item) dependents(id StepID) []StepID {
	out := []StepID{id}
	for i := range it.Steps {
		if slices.ContainsFunc(it.Steps[i].Needs, func(n StepID) bool { return slices.Contains(out, n) }) {
			out = append(out, it.Steps[i].ID)
		}
	}
	return out
}

// affected returns the steps that are done again when one is: the step, all that builds on it, and, where the refusal of a
// part is undone with them, the steps that were passed over for it. In flow order.
func (d *decider) affected(to StepID) []StepID {
	again := map[StepID]bool{to: true}
	for n := 0; n != len(again); {
		n = len(again)
		for i := range d.it.Steps {
			def := &d.it.Steps[i]
			if slices.ContainsFunc(def.Needs, func(id StepID) bool { return again[id] }) {
				again[def.ID] = true
			}
			if !again[def.ID] || !d.refusedBy(def) {
				continue
			}
			for j := range d.it.Steps {
				o := &d.it.Steps[j]
				if s := d.c.step(o.ID); o.Part == def.Part && s.State == StepSkipped && s.Outcome == PartRefused {
					again[o.ID] = true
				}
			}
		}
	}
	var steps []StepID
	for i := range d.it.Steps {
		if id := d.it.Steps[i].ID; again[id] {
			steps = append(steps, id)
		}
	}
	return steps
}

// refusedBy reports whether the step is the one that refused its part.
func (d *decider) refusedBy(def *Step) bool {
	s := d.c.step(def.ID)
	if s.State != StepDone || def.Part == "" {
		return false
	}
	switch def.Kind {
	case KindDecide:
		return s.Outcome == OutcomeRefuse
	case KindPublish:
		return s.Outcome == OutcomeObjected && def.Publish.Objection == ObjectionEnds
	}
	out := def.outcome(s.Outcome)
	return out != nil && out.Refuse
}

// refusedBeside reports whether the part was refused by a step other than those.
func (d *decider) refusedBeside(part PartID, steps []StepID) bool {
	return slices.ContainsFunc(d.it.Steps, func(o Step) bool {
		return o.Part == part && !slices.Contains(steps, o.ID) && d.refusedBy(&o)
	})
}

// reset puts a step and all that builds on it back to pending. It refuses when a licence was issued, a child granted or a
// result handed out on the way: that is revoked, not quietly undone. It refuses too when somebody else has refused the
// step's part meanwhile: nobody would be asked to do it again.
func (d *decider) reset(to StepID, why string) *Refusal {
	if len(d.c.Tasks) >= MaxTasks {
		return refuse(CodeTooMany, "tasks")
	}
	steps := d.affected(to)
	if d.refusedBeside(d.it.StepByID(to).Part, steps) {
		return refuse(CodePartRefused)
	}
	for _, id := range steps {
		handed := d.it.StepByID(id).Kind == KindDeliver && d.c.step(id).State == StepDone
		granted := slices.ContainsFunc(d.c.Children, func(k Child) bool { return k.Step == id && k.State == ChildGranted })
		ended := d.it.StepByID(id).Kind == KindCancel && d.c.step(id).State != StepPending
		if handed || granted || ended || slices.ContainsFunc(d.c.Licences, func(l Licence) bool { return l.Step == id }) {
			return refuse(CodeTakenUp, string(id))
		}
	}
	for _, id := range steps {
		def, s := d.it.StepByID(id), d.c.step(id)
		if s.State == StepPending {
			continue
		}
		decided := d.refusedBy(def) || def.Kind == KindDecide && s.State == StepDone
		d.leave(id, why, true)
		d.emit(StepReset{Step: id})
		if p := d.c.part(def.Part); decided && p != nil && (p.State == PartGranted || p.State == PartRefused && !d.refusedBeside(p.ID, steps)) {
			d.emit(PartDecided{Part: p.ID, State: PartOpen})
		}
	}
	return nil
}
