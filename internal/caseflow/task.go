package caseflow

import (
	"slices"

	"github.com/tongban/tongban/workday"
)

func (d *decider) claim(cmd Claim) *Refusal {
	t := d.c.Task(cmd.Task)
	if t != nil && t.State == TaskClaimed && t.Holder == d.by.ID {
		return refuse(CodeHeld)
	}
	_, r := d.holds(cmd.Task)
	return r
}

func (d *decider) release(cmd Release) *Refusal {
	t := d.c.Task(cmd.Task)
	switch {
	case t == nil:
		return refuse(CodeNoSuchTask)
	case t.Live() && d.lent(t):
		d.emit(TaskReturned{Task: t.ID})
		return nil
	case t.State != TaskClaimed:
		return refuse(CodeNotClaimed)
	case t.Holder != d.by.ID && !d.supervises():
		return refuse(CodeNotYours)
	}
	d.emit(TaskReleased(cmd))
	return nil
}

// lent reports whether the actor lent the task to a delegate, and so may call it back.
func (d *decider) lent(t *Task) bool { return d.by.Kind == ActorOfficial && t.Delegator == d.by.ID }

// supervises reports whether the actor oversees the case: a supervisor of its region, or the head of its leading department.
func (d *decider) supervises() bool {
	return d.by.Kind == ActorOfficial && (d.by.Has(RoleSupervisor) || d.by.Has(RoleHead) && d.by.Bears(d.it.Department))
}

// complete ends any task that is not a decision or a hand-out.
func (d *decider) complete(cmd Complete) *Refusal {
	t, r := d.holds(cmd.Task, TaskStep, TaskOpinion, TaskCopy, TaskOrder, TaskClose, TaskCallback, TaskJudge, TaskObjection)
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
	switch t.Kind {
	case TaskJudge:
		return d.judgeStuck(t, cmd)
	case TaskObjection:
		return d.answerObjection(t, cmd)
	case TaskClose:
		return d.closeOrder(t, cmd)
	}
	if t.Kind != TaskStep {
		ended := *t
		d.emit(TaskEnded{Task: t.ID, Outcome: OutcomeDone, Words: cmd.Words})
		d.endClock(TaskClock(ended.ID), false)
		if ended.Kind == TaskOrder {
			d.answered(ended)
		}
		return nil
	}
	def := d.it.StepByID(t.Step)
	if def.Kind == KindDecide || def.Kind == KindDeliver {
		return refuse(CodeOutcome, def.Kind)
	}
	out := def.outcome(cmd.Outcome)
	if out == nil {
		return refuse(CodeOutcome)
	}
	var ground *GroundUsed
	if out.Refuse {
		if ground, r = d.ground(def.Part, cmd.Ground, cmd.Words); r != nil {
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
	ground, r := d.ground(def.Part, cmd.Ground, cmd.Words)
	if r != nil {
		return r
	}
	return d.sign(t, def, OutcomeRefuse, cmd.Words, nil, ground)
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

// withdrawQuestion calls back an opinion that is still out.
func (d *decider) withdrawQuestion(cmd WithdrawQuestion) *Refusal {
	t := d.c.Task(cmd.Task)
	switch {
	case t == nil || t.Kind != TaskOpinion:
		return refuse(CodeNoSuchTask)
	case !t.Live():
		return refuse(CodeTaskEnded)
	case !d.asked(t):
		return refuse(CodeNotYours)
	}
	if r := words(cmd.Reason, true); r != nil {
		return r
	}
	d.emit(QuestionWithdrawn(cmd))
	d.emit(TaskDropped{Task: cmd.Task, Why: "withdrawn"})
	d.endClock(TaskClock(cmd.Task), true)
	return nil
}

// asked reports whether a question is the actor's to call back.
func (d *decider) asked(t *Task) bool {
	if d.by.Kind != ActorOfficial {
		return false
	}
	if t.From == d.by.ID || d.supervises() {
		return true
	}
	parent := d.c.Task(t.Parent)
	return parent != nil && (d.reach(parent) == "" || d.by.fits(Post{Department: parent.By.Department, Role: RoleHead}))
}

// ask opens a task that carries a question, with a clock of its own.
func (d *decider) ask(t Task, within workday.Limit) *Refusal {
	if r := words(t.Ask, true); r != nil {
		return r
	}
	if r := checkPost(t.By); r != nil {
		return r
	}
	if within.N <= 0 || within.Backward || within.Valid() != nil || d.longer(within, workday.Limit{N: 366, Unit: workday.Day}) {
		return refuse(CodeForm, "within")
	}
	if len(d.c.Tasks) >= MaxTasks {
		return refuse(CodeTooMany, "tasks")
	}
	if r := d.staffed(t.By); r != nil {
		return r
	}
	id := d.newTask(t)
	rule := Rule{ID: t.Kind, Name: Text{"答复时限", "Time to reply"}, Limit: within, Soon: workday.Limit{N: 1, Unit: within.Unit}}
	d.startClock(TaskClock(id), ClockOrder, t.Step, t.By.Department, rule, d.env.Now)
	return nil
}

func checkPost(p Post) *Refusal {
	if p.Department == "" || p.Role == "" && p.Person == "" || !line(p.Department, MaxID) || !line(p.Role, MaxID) || !line(p.Person, MaxID) {
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
		if t.Delegator != "" { // it is only lent
			return refuse(CodeNotYours)
		}
	}
	if t.Kind == TaskAccept && (!d.leads(cmd.To.Department) || cmd.To.Role != RoleClerk) {
		return refuse(CodeForm, "post") // nobody else may accept
	}
	if r := d.staffed(cmd.To); r != nil {
		return r
	}
	if !d.takesOver(t, cmd.To) {
		return refuse(CodePostUnfit)
	}
	if t.Kind == TaskStep && d.signsBeside(t, cmd.To.Person) {
		return refuse(CodeSignsAlready)
	}
	d.emit(TaskHandedOver(cmd))
	if s := d.c.step(t.Step); s != nil && t.Kind == TaskStep && t.Slot < len(s.Signers) {
		places := slices.Clone(s.Signers)
		places[t.Slot].Post = cmd.To
		d.emit(SignersChanged{Step: t.Step, Signers: places})
	}
	return nil
}

// delegable are the kinds of task that somebody else may prepare.
var delegable = []string{TaskStep, TaskOrder, TaskOpinion}

func (d *decider) delegate(cmd Delegate) *Refusal {
	if r := checkPost(cmd.To); r != nil {
		return r
	}
	if r := words(cmd.Ask, false); r != nil {
		return r
	}
	t, r := d.holds(cmd.Task, delegable...)
	if r != nil {
		return r
	}
	if t.Delegator != "" {
		return refuse(CodeExists)
	}
	if r := d.staffed(cmd.To); r != nil {
		return r
	}
	if d.checksOwn(t, cmd.To.Person) {
		return refuse(CodePostUnfit)
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
		if r := d.staffed(to); r != nil {
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
