package caseflow

import (
	"encoding/json"
	"slices"
)

// MaxSigners bounds the places of one countersign.
const MaxSigners = 30

// sign gives one signature, and completes the step when the form of its countersign is satisfied.
func (d *decider) sign(t *Task, def *Step, outcome, say string, data json.RawMessage, ground *GroundUsed) *Refusal {
	if d.blocked(t.ID) {
		return refuse(CodeOpinionPending)
	}
	if s := d.c.step(t.Step); def.Consults != "" && !slices.Contains(s.Consulted, d.by.ID) {
		return refuse(CodeConsultFirst)
	}
	data, r := d.filledIn(def, data, ground == nil && outcome != OutcomeDisagree)
	if r != nil {
		return r
	}
	d.emit(TaskEnded{Task: t.ID, Outcome: outcome, Words: say, Data: data})
	if ground != nil || def.Sign == SignAny {
		return d.endStep(def, outcome, data, ground)
	}
	d.turnAfter(t.ID)
	outcome, data, complete := d.tally(def, t.Round)
	if !complete {
		return nil
	}
	return d.endStep(def, outcome, data, nil)
}

// consult records that who does a step has looked at what it has to look at.
func (d *decider) consult(cmd Consult) *Refusal {
	t, _, def, r := d.holdsStep(cmd.Task)
	if r != nil {
		return r
	}
	if def.Consults == "" {
		return refuse(CodeNothingToConsult)
	}
	d.emit(Consulted{Step: t.Step, What: def.Consults})
	return nil
}

// tally combines the signatures of a round once nobody is missing: the first outcome that is not favourable in the order
// of places, else that of the first place; and the data, later signatures over earlier ones.
func (d *decider) tally(def *Step, round int) (outcome string, data json.RawMessage, complete bool) {
	var signed []*Task
	for i := range d.c.Tasks {
		t := &d.c.Tasks[i]
		if t.Kind != TaskStep || t.Step != def.ID || t.Round != round {
			continue
		}
		if t.Live() {
			return "", nil, false
		}
		if t.State == TaskDone {
			signed = append(signed, t)
		}
	}
	slices.SortFunc(signed, func(a, b *Task) int { return a.Slot - b.Slot })
	for _, t := range signed {
		if outcome == "" || favourable(outcome) && !favourable(t.Outcome) {
			outcome = t.Outcome
		}
	}
	slices.SortFunc(signed, func(a, b *Task) int { return a.Signed - b.Signed })
	for _, t := range signed {
		if len(data) == 0 {
			data = t.Data
		} else if len(t.Data) > 0 {
			if both, err := mergePatch(data, t.Data); err == nil {
				data = both
			}
		}
	}
	return outcome, data, len(signed) > 0
}

func favourable(outcome string) bool { return outcome == OutcomeAgree || outcome == OutcomeGrant }

// turnAfter opens the tasks that waited for this one.
func (d *decider) turnAfter(id int) {
	for i := range d.c.Tasks {
		if t := &d.c.Tasks[i]; t.State == TaskWaiting && t.After == id {
			d.emit(TaskTurn{Task: t.ID})
		}
	}
}

// blocked reports whether an opinion that must come first is still out.
func (d *decider) blocked(id int) bool {
	return slices.ContainsFunc(d.c.Tasks, func(t Task) bool {
		return t.Kind == TaskOpinion && t.Parent == id && t.Blocks && t.Live()
	})
}

// addSigner puts a place before or after the holder's own.
func (d *decider) addSigner(cmd AddSigner) *Refusal {
	t, s, _, r := d.holdsStep(cmd.Task)
	if r != nil {
		return r
	}
	if r := checkPost(cmd.Who); r != nil {
		return r
	}
	if len(s.Signers) >= MaxSigners || len(d.c.Tasks) >= MaxTasks {
		return refuse(CodeTooMany, "signers")
	}
	if r := d.staffed(cmd.Who); r != nil {
		return r
	}
	if cmd.Who.Person == d.by.ID || d.signsBeside(t, cmd.Who.Person) {
		return refuse(CodeSignsAlready)
	}
	mine := *t
	places := slices.Clone(s.Signers)
	place := Signer{Post: cmd.Who, AddedBy: d.by.ID}
	task := Task{Kind: TaskStep, Step: t.Step, Slot: len(places), Round: t.Round, By: cmd.Who, From: d.by.ID}
	if cmd.Before {
		place.After = places[t.Slot].After
		places[t.Slot].After = len(places) + 1
		places = append(places, place)
		d.emit(SignersChanged{Step: t.Step, Signers: places})
		id := d.newTask(task)
		d.emit(TaskTurn{Task: mine.ID, After: id, Wait: true})
		return nil
	}
	for i := range places { // who waited for me now waits for the new one
		if places[i].After == t.Slot+1 {
			places[i].After = len(places) + 1
		}
	}
	place.After = t.Slot + 1
	places = append(places, place)
	d.emit(SignersChanged{Step: mine.Step, Signers: places})
	task.State, task.After = TaskWaiting, mine.ID
	id := d.newTask(task)
	for i := range d.c.Tasks {
		if o := &d.c.Tasks[i]; o.ID != id && o.State == TaskWaiting && o.After == mine.ID && o.Step == mine.Step {
			d.emit(TaskTurn{Task: o.ID, After: id, Wait: true})
		}
	}
	return nil
}

// signsWith reports whether the actor signs, or has signed, the step of a task at another place.
func (d *decider) signsWith(gone *Task) bool {
	return d.by.Kind == ActorOfficial && slices.ContainsFunc(d.c.Tasks, func(t Task) bool {
		return t.beside(gone) && (t.Live() && (t.Holder == d.by.ID || d.by.fits(t.By)) || t.State == TaskDone && t.DoneBy == d.by.ID)
	})
}

// beside reports whether the tasks are two places of one countersign.
func (t *Task) beside(o *Task) bool {
	return t.ID != o.ID && t.Kind == TaskStep && o.Kind == TaskStep && t.Step == o.Step && t.Round == o.Round
}

// signsBeside reports whether a person has another place of the countersign: they signed there, hold or lent it, or it is
// theirs by name. A countersign is the word of several people, so nobody fills two places.
func (d *decider) signsBeside(at *Task, person string) bool {
	return person != "" && slices.ContainsFunc(d.c.Tasks, func(t Task) bool {
		if !t.beside(at) {
			return false
		}
		holds := t.Delegator == person || t.Delegator == "" && (t.Holder == person || t.By.Person == person)
		return t.State == TaskDone && t.DoneBy == person || t.Live() && holds && at.Holder != person
	})
}

// keeps reports whether somebody signs besides the place.
func keeps(places []Signer, slot int) bool {
	for i := range places {
		if i != slot && !places[i].Removed {
			return slot < len(places)
		}
	}
	return false
}

// removeSigner takes away a place that has not signed.
func (d *decider) removeSigner(cmd RemoveSigner) *Refusal {
	gone := d.c.Task(cmd.Task)
	if gone == nil || gone.Kind != TaskStep {
		return refuse(CodeNoSuchTask)
	}
	if !gone.Live() {
		return refuse(CodeTaskEnded)
	}
	if !d.signsWith(gone) && !d.supervises() {
		return refuse(CodeNotYours)
	}
	places := slices.Clone(d.c.step(gone.Step).Signers)
	if !keeps(places, gone.Slot) {
		return refuse(CodeLastSigner)
	}
	id, after, slot, step, round := gone.ID, gone.After, gone.Slot, gone.Step, gone.Round
	for i := range places {
		if places[i].After == slot+1 {
			places[i].After = places[slot].After
		}
	}
	places[slot].Removed = true
	d.emit(SignersChanged{Step: step, Signers: places})
	d.emit(TaskDropped{Task: id, Why: "removed"})
	d.cancelTasks(func(t *Task) bool { return t.Kind == TaskOpinion && t.Parent == id }, "removed")
	for i := range d.c.Tasks {
		t := &d.c.Tasks[i]
		if t.State != TaskWaiting || t.After != id {
			continue
		}
		if before := d.c.Task(after); before != nil && before.Live() {
			d.emit(TaskTurn{Task: t.ID, After: after, Wait: true})
		} else {
			d.emit(TaskTurn{Task: t.ID})
		}
	}
	def := d.it.StepByID(step)
	if outcome, data, complete := d.tally(def, round); complete {
		return d.endStep(def, outcome, data, nil)
	}
	return nil
}
