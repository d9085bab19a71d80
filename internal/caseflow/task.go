package caseflow

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tongban/tongban/workday"
)

// MaxSigners bounds the places of one countersign.
const MaxSigners = 30

func (d *decider) claim(cmd Claim) *Refusal {
	t := d.c.Task(cmd.Task)
	if t != nil && t.State == TaskClaimed && t.Holder == d.by.ID {
		return refuse(CodeExists)
	}
	_, r := d.holds(cmd.Task)
	return r
}

func (d *decider) release(cmd Release) *Refusal {
	t := d.c.Task(cmd.Task)
	switch {
	case t == nil:
		return refuse(CodeNoSuchTask)
	case t.State != TaskClaimed:
		return refuse(CodeNotClaimed)
	case t.Holder != d.by.ID && !d.supervises():
		return refuse(CodeNotYours)
	}
	d.emit(TaskReleased(cmd))
	return nil
}

// supervises reports whether the actor oversees the case: a supervisor of its region, or the head of its leading department.
func (d *decider) supervises() bool {
	return d.by.Kind == ActorOfficial && (d.by.Has(RoleSupervisor) || d.by.Has(RoleHead) && d.by.Department == d.it.Department)
}

// complete ends any task that is not a decision or a hand-out.
func (d *decider) complete(cmd Complete) *Refusal {
	t, r := d.holds(cmd.Task, TaskStep, TaskOpinion, TaskCopy, TaskOrder, TaskCallback)
	if r != nil {
		return r
	}
	if r := words(cmd.Words, t.Kind != TaskStep && t.Kind != TaskCopy); r != nil {
		return r
	}
	if t.Delegator != "" {
		if r := words(cmd.Words, true); r != nil {
			return r
		}
		d.emit(TaskReturned{Task: t.ID, Words: cmd.Words})
		return nil
	}
	if t.Kind != TaskStep {
		d.emit(TaskEnded{Task: t.ID, Outcome: OutcomeDone, Words: cmd.Words})
		d.endClock(TaskClock(t.ID), false)
		return nil
	}
	def := d.it.StepByID(t.Step)
	if def.Kind == KindDecide || def.Kind == KindDeliver {
		return refuse(CodeOutcome, def.Kind)
	}
	out := def.outcome(cmd.Outcome)
	if out == nil {
		return refuse(CodeOutcome, cmd.Outcome)
	}
	var ground *GroundUsed
	if out.Refuse {
		if ground, r = d.ground(cmd.Ground, cmd.Words); r != nil {
			return r
		}
	}
	if r := words(cmd.Words, out.ID == OutcomeDisagree); r != nil {
		return r
	}
	return d.sign(t, def, cmd.Outcome, cmd.Words, cmd.Data, ground)
}

// outcome finds an outcome of a review; nil if the step has none of that name.
func (s *Step) outcome(id string) *Outcome {
	list := s.Outcomes
	if len(list) == 0 {
		list = reviewOutcomes
	}
	for i := range list {
		if list[i].ID == id {
			return &list[i]
		}
	}
	return nil
}

var reviewOutcomes = []Outcome{
	{ID: OutcomeAgree, Name: Text{"同意", "Agree"}},
	{ID: OutcomeDisagree, Name: Text{"不同意", "Disagree"}},
}

// Choices lists the outcomes that a signer of the step may give.
func (s *Step) Choices() []Outcome {
	if len(s.Outcomes) == 0 {
		return slices.Clone(reviewOutcomes)
	}
	return slices.Clone(s.Outcomes)
}

func (d *decider) decision(id int) (*Task, *Step, *Refusal) {
	t, _, def, r := d.holdsStep(id)
	if r != nil {
		return nil, nil, r
	}
	if def.Kind != KindDecide {
		return nil, nil, refuse(CodeOutcome, def.Kind)
	}
	if t.Delegator != "" {
		return nil, nil, refuse(CodeNotYours) // a delegate prepares with complete, the delegator decides
	}
	return t, def, nil
}

func (d *decider) grant(cmd Grant) *Refusal {
	t, def, r := d.decision(cmd.Task)
	if r != nil {
		return r
	}
	if r := words(cmd.Words, false); r != nil {
		return r
	}
	return d.sign(t, def, OutcomeGrant, cmd.Words, cmd.Data, nil)
}

// reject refuses the request: 行政许可法 art. 38 wants the reason and the ways to appeal.
func (d *decider) reject(cmd Refuse) *Refusal {
	t, def, r := d.decision(cmd.Task)
	if r != nil {
		return r
	}
	ground, r := d.ground(cmd.Ground, cmd.Words)
	if r != nil {
		return r
	}
	return d.sign(t, def, OutcomeRefuse, cmd.Words, nil, ground)
}

// sign gives one signature, and completes the step when the form of its countersign is satisfied.
func (d *decider) sign(t *Task, def *Step, outcome, say string, data json.RawMessage, ground *GroundUsed) *Refusal {
	if d.blocked(t.ID) {
		return refuse(CodeOpinionPending)
	}
	if faults := checkData(def.Fields, data, ground == nil && outcome != OutcomeDisagree); len(faults) > 0 {
		return &Refusal{Code: CodeData, Fields: faults}
	}
	id, slot, round := t.ID, t.Slot, t.Round
	d.emit(TaskEnded{Task: id, Outcome: outcome, Words: say, Data: data})
	d.endClock(TaskClock(id), false)
	if ground != nil || def.Sign == SignAny {
		return d.endStep(def, outcome, data, ground)
	}
	d.turnAfter(id)
	pending, combined, merged := d.tally(def, round, slot, outcome, data)
	if pending {
		return nil
	}
	return d.endStep(def, combined, merged, nil)
}

// tally combines the signatures of a round: whether some are missing, the common outcome (the first that is not
// favourable, in the order of places), and the data, later places over earlier ones.
func (d *decider) tally(def *Step, round, slot int, outcome string, data json.RawMessage) (bool, string, json.RawMessage) {
	combined, merged := outcome, data
	bySlot := make([]*Task, len(d.c.step(def.ID).Signers))
	for i := range d.c.Tasks {
		t := &d.c.Tasks[i]
		if t.Kind != TaskStep || t.Step != def.ID || t.Round != round || t.State == TaskCancelled {
			continue
		}
		if t.Live() {
			return true, "", nil
		}
		if t.Slot < len(bySlot) {
			bySlot[t.Slot] = t
		}
	}
	found := false
	for _, t := range bySlot {
		if t == nil || t.Slot == slot && len(bySlot) == 1 {
			continue
		}
		if !found && t.Outcome != OutcomeAgree && t.Outcome != OutcomeGrant {
			combined, found = t.Outcome, true
		}
		if len(t.Data) > 0 {
			if both, err := mergePatch(merged, t.Data); err == nil {
				merged = both
			}
		}
	}
	return false, combined, merged
}

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

// checkData checks what a signer filled in: known fields of plain values, required ones present.
func checkData(fields []Field, data json.RawMessage, complete bool) []FieldFault {
	got := map[string]any{}
	if len(data) > 64<<10 || len(data) > 0 && unmarshalNumbers(data, &got) != nil {
		return []FieldFault{{Field: "data", Code: "type"}}
	}
	var faults []FieldFault
	for _, f := range fields {
		v, ok := got[f.Name]
		delete(got, f.Name)
		s, text := v.(string)
		switch {
		case complete && f.Required && (!ok || text && s == ""):
			faults = append(faults, FieldFault{Field: f.Name, Code: "required", Text: f.Label})
		case text && utf8.RuneCountInString(s) > MaxWords:
			faults = append(faults, FieldFault{Field: f.Name, Code: "length", Text: f.Label})
		case text && len(f.Options) > 0 && s != "" && !slices.ContainsFunc(f.Options, func(o Option) bool { return o.Value == s }):
			faults = append(faults, FieldFault{Field: f.Name, Code: "enum", Text: f.Label})
		}
		switch v.(type) {
		case nil, string, bool, json.Number:
		default:
			faults = append(faults, FieldFault{Field: f.Name, Code: "type", Text: f.Label})
		}
	}
	for name := range got {
		faults = append(faults, FieldFault{Field: name, Code: "unknown"})
	}
	slices.SortFunc(faults, func(a, b FieldFault) int { return strings.Compare(a.Field, b.Field) })
	return faults
}

// askOpinion asks another post while the holder keeps the task.
func (d *decider) askOpinion(cmd AskOpinion) *Refusal {
	t, _, _, r := d.holdsStep(cmd.Task)
	if r != nil {
		return r
	}
	return d.ask(Task{Kind: TaskOpinion, Step: t.Step, Round: t.Round, By: cmd.To, Ask: cmd.Ask, Blocks: cmd.Blocks,
		Parent: t.ID, From: d.by.ID}, cmd.Within)
}

// ask opens a task that carries a question, with a clock of its own.
func (d *decider) ask(t Task, within workday.Limit) *Refusal {
	if r := words(t.Ask, true); r != nil {
		return r
	}
	if r := checkPost(t.By); r != nil {
		return r
	}
	if within.N <= 0 || within.N > 366 || within.Backward || within.Valid() != nil {
		return refuse(CodeForm, "within")
	}
	if len(d.c.Tasks) >= MaxTasks {
		return refuse(CodeTooMany, "tasks")
	}
	id := d.newTask(t)
	rule := Rule{ID: t.Kind, Name: Text{"答复时限", "Time to reply"}, Limit: within, Soon: workday.Limit{N: 1, Unit: within.Unit}}
	d.startClock(TaskClock(id), ClockOrder, t.Step, t.By.Department, rule, d.env.Now)
	return nil
}

func checkPost(p Post) *Refusal {
	if p.Department == "" || p.Role == "" && p.Person == "" || len(p.Department) > 64 || len(p.Role) > 64 || len(p.Person) > 64 {
		return refuse(CodeForm, "post")
	}
	return nil
}

func (d *decider) handOver(cmd HandOver) *Refusal {
	if r := checkPost(cmd.To); r != nil {
		return r
	}
	if r := words(cmd.Reason, true); r != nil {
		return r
	}
	t := d.c.Task(cmd.Task)
	if t == nil || !t.Live() || !d.supervises() {
		var r *Refusal
		if t, r = d.holds(cmd.Task); r != nil {
			return r
		}
	}
	step := t.Step
	slot := t.Slot
	d.emit(TaskHandedOver(cmd))
	if s := d.c.step(step); s != nil && t.Kind == TaskStep && slot < len(s.Signers) {
		places := slices.Clone(s.Signers)
		places[slot].Post = cmd.To
		d.emit(SignersChanged{Step: step, Signers: places})
	}
	return nil
}

func (d *decider) delegate(cmd Delegate) *Refusal {
	if r := checkPost(cmd.To); r != nil {
		return r
	}
	if r := words(cmd.Ask, false); r != nil {
		return r
	}
	t, r := d.holds(cmd.Task, TaskStep, TaskOrder, TaskOpinion)
	if r != nil {
		return r
	}
	if t.Delegator != "" {
		return refuse(CodeExists)
	}
	d.emit(TaskDelegated(cmd))
	return nil
}

func (d *decider) copyTo(cmd CopyTo) *Refusal {
	if !d.involved() {
		return refuse(CodeNotYours)
	}
	if len(cmd.To) == 0 || len(cmd.To) > 20 || len(d.c.Tasks)+len(cmd.To) > MaxTasks {
		return refuse(CodeTooMany, "copies")
	}
	if r := words(cmd.Ask, false); r != nil {
		return r
	}
	for _, to := range cmd.To {
		if r := checkPost(to); r != nil {
			return r
		}
		d.newTask(Task{Kind: TaskCopy, By: to, Ask: cmd.Ask, From: d.by.ID})
	}
	return nil
}

// involved reports whether the actor holds or held a task of the case, or oversees it.
func (d *decider) involved() bool {
	return d.supervises() || d.by.Kind == ActorOfficial && slices.ContainsFunc(d.c.Tasks, func(t Task) bool {
		return t.Holder == d.by.ID || t.DoneBy == d.by.ID
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
	if len(s.Signers) >= MaxSigners {
		return refuse(CodeTooMany, "signers")
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

// removeSigner takes away a place that has not signed.
func (d *decider) removeSigner(cmd RemoveSigner) *Refusal {
	gone := d.c.Task(cmd.Task)
	if gone == nil || gone.Kind != TaskStep {
		return refuse(CodeNoSuchTask)
	}
	if !gone.Live() {
		return refuse(CodeTaskEnded)
	}
	mine := slices.ContainsFunc(d.c.Tasks, func(t Task) bool {
		return t.ID != gone.ID && t.Kind == TaskStep && t.Step == gone.Step && t.Round == gone.Round &&
			(t.Holder == d.by.ID || t.DoneBy == d.by.ID || t.State != TaskDone && t.Live() && d.by.fits(t.By))
	})
	if !mine && !d.supervises() {
		return refuse(CodeNotYours)
	}
	s := d.c.step(gone.Step)
	places := slices.Clone(s.Signers)
	left := 0
	for i := range places {
		if i != gone.Slot && !places[i].Removed {
			left++
		}
	}
	if left == 0 || gone.Slot >= len(places) {
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
	if pending, outcome, data := d.tally(def, round, -1, OutcomeAgree, nil); !pending && def.Sign != SignAny {
		return d.endStep(def, outcome, data, nil)
	}
	return nil
}

// sendBack returns the work to an earlier step.
func (d *decider) sendBack(cmd SendBack) *Refusal {
	if r := words(cmd.Reason, true); r != nil {
		return r
	}
	if r := d.in(PhaseRunning); r != nil {
		return r
	}
	t, _, def, r := d.holdsStep(cmd.Task)
	if r != nil {
		return r
	}
	to := d.it.StepByID(cmd.To)
	switch {
	case to == nil:
		return refuse(CodeNoSuchStep, string(cmd.To))
	case to.ID == def.ID || to.Auto() || !slices.Contains(d.it.dependents(to.ID), def.ID) || d.c.step(to.ID).State != StepDone:
		return refuse(CodeNotEarlier, string(cmd.To))
	}
	id := t.ID
	d.emit(SentBack{From: def.ID, To: to.ID, Reason: cmd.Reason})
	d.emit(TaskEnded{Task: id, Outcome: "sent-back", Words: cmd.Reason})
	if r := d.reset(to.ID, "sent-back"); r != nil {
		return r
	}
	return d.advance()
}

// takeBack undoes one's own completion while nobody has taken up what follows.
func (d *decider) takeBack(cmd TakeBack) *Refusal {
	if r := words(cmd.Reason, true); r != nil {
		return r
	}
	if r := d.in(PhaseRunning); r != nil {
		return r
	}
	s, def := d.c.step(cmd.Step), d.it.StepByID(cmd.Step)
	switch {
	case s == nil || def == nil:
		return refuse(CodeNoSuchStep, string(cmd.Step))
	case s.State != StepDone || def.Auto():
		return refuse(CodeNotEarlier, string(cmd.Step))
	case s.By != d.by.ID:
		return refuse(CodeNotYours)
	}
	for _, id := range d.it.dependents(cmd.Step)[1:] {
		follows := d.c.step(id)
		if follows.State == StepDone && !d.it.StepByID(id).Auto() {
			return refuse(CodeTakenUp, string(id))
		}
		if slices.ContainsFunc(d.c.Tasks, func(t Task) bool {
			return t.Step == id && t.Round == follows.Round && follows.State == StepReady && (t.State == TaskClaimed || t.State == TaskDone)
		}) {
			return refuse(CodeTakenUp, string(id))
		}
	}
	d.emit(TakenBack(cmd))
	if r := d.reset(cmd.Step, "taken-back"); r != nil {
		return r
	}
	return d.advance()
}
