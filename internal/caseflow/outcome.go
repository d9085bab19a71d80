package caseflow

import (
	"slices"

	"github.com/tongban/tongban/workday"
)

// deliver hands results out (送达); in a bundle everything goes out together at one window.
func (d *decider) deliver(cmd Deliver) *Refusal {
	t, _, def, r := d.holdsStep(cmd.Task)
	if r != nil {
		return r
	}
	switch {
	case def.Kind != KindDeliver:
		return refuse(CodeOutcome, def.Kind)
	case !slices.Contains([]string{"window", "post", "online"}, cmd.How):
		return refuse(CodeForm, "how")
	case cmd.Receiver == "" || !line(cmd.Receiver, MaxName):
		return refuse(CodeReceiver)
	case cmd.How == "post" && cmd.Waybill == "" || !line(cmd.Waybill, MaxID):
		return refuse(CodeForm, "waybill")
	case d.blocked(t.ID):
		return refuse(CodeOpinionPending)
	}
	id := t.ID
	d.emit(TaskEnded{Task: id, Outcome: OutcomeDone})
	d.emit(Delivered{Delivery: Delivery{Step: def.ID, How: cmd.How, Receiver: cmd.Receiver, Waybill: cmd.Waybill,
		At: d.env.Now, By: d.by.ID}})
	return d.endStep(def, OutcomeDone, nil, nil)
}

// revoke takes back what was granted; 行政许可法 art. 69 names the cases.
func (d *decider) revoke(cmd Revoke) *Refusal {
	if !d.by.fits(Post{Department: d.it.Department, Role: RoleHead}) {
		return refuse(CodeNotYours)
	}
	if r := d.in(PhaseGranted, PhaseClosed, PhaseRunning); r != nil {
		return r
	}
	if r := words(cmd.Reason, true); r != nil {
		return r
	}
	if cmd.Basis.Law == "" || !line(cmd.Basis.Law, MaxFileName) || !line(cmd.Basis.Article, MaxFileName) {
		return refuse(CodeGround)
	}
	if !d.hasLicence() {
		return refuse(CodeNoLicence)
	}
	d.closeAll(false)
	d.emit(LicencesRevoked{Ground: GroundUsed{Text: cmd.Reason, Basis: cmd.Basis, Relief: d.it.Relief}})
	return nil
}

func (d *decider) hasLicence() bool {
	return slices.ContainsFunc(d.c.Licences, func(l Licence) bool { return l.State == LicenceValid })
}

// fulfil hands in a deferred material before its promise is broken.
func (d *decider) fulfil(cmd FulfilCommitment) *Refusal {
	if door := d.atDoor(d.c.Channel); !d.owns() && !door || cmd.Paper && !door {
		return refuse(CodeNotYours)
	}
	if r := d.in(PhaseReceived, PhaseRunning, PhaseGranted, PhaseClosed); r != nil {
		return r
	}
	if !d.committed(cmd.Material) {
		return refuse(CodeNoSuchCommitment)
	}
	if len(cmd.Files) == 0 && !cmd.Paper {
		return refuse(CodeFile, "none")
	}
	cmd.Files = slices.Clone(cmd.Files)
	if r := d.newFiles(cmd.Material, cmd.Files, MaxFiles); r != nil {
		return r
	}
	d.emit(MaterialReceived(cmd))
	d.handedIn(cmd.Material)
	return nil
}

func (d *decider) committed(material string) bool {
	return slices.ContainsFunc(d.c.Commitments, func(k Commitment) bool {
		return k.Material == material && k.State == CommitmentOpen
	})
}

func (d *decider) breakCommitment(cmd BreakCommitment) *Refusal {
	if !d.clerk() && !d.by.fits(Post{Department: d.it.Department, Role: RoleHead}) {
		return refuse(CodeNotYours)
	}
	if r := d.in(PhaseReceived, PhaseCorrecting, PhaseRunning, PhaseGranted, PhaseClosed); r != nil {
		return r
	}
	if r := words(cmd.Reason, true); r != nil {
		return r
	}
	if !d.committed(cmd.Material) {
		return refuse(CodeNoSuchCommitment)
	}
	d.endClock(commitmentClock(cmd.Material), true)
	d.breach(cmd.Material, cmd.Reason)
	return nil
}

// ReasonLapsed is the reason of a promise that was broken by its time running out.
const ReasonLapsed = "lapsed"

// breach records a broken promise and lets its consequence follow. Only what the promise said follows: a case that has
// granted a licence is not refused for it, and one that has none has nothing to revoke.
func (d *decider) breach(material, reason string) {
	i := slices.IndexFunc(d.c.Commitments, func(k Commitment) bool { return k.Material == material && k.State == CommitmentOpen })
	if i < 0 {
		return
	}
	consequence := d.c.Commitments[i].Consequence
	d.emit(PromiseBroken{Material: material, Reason: reason})
	ground := GroundUsed{ID: "commitment", Text: reason, Relief: d.it.Relief}
	if m := d.it.MaterialByID(material); m != nil && m.Deferral != nil {
		ground.Basis = m.Deferral.Rule.Basis
	}
	undecided := d.c.Phase == PhaseReceived || d.c.Phase == PhaseCorrecting || d.c.Phase == PhaseRunning
	switch {
	case consequence == ConsequenceRecord:
	case d.hasLicence():
		if consequence == ConsequenceRevoke {
			d.closeAll(false)
			d.emit(LicencesRevoked{Ground: ground})
		}
	case undecided && !d.ending():
		d.closeAll(true)
		d.emit(Rejected{Ground: ground})
	}
}

// MaxTags bounds the ticked words of one rating.
const MaxTags = 10

// mayRate reports whether a rating is the actor's to give: the owner's, or, where a case has none, the bearer's of a receipt
// (国办发〔2019〕51号: who was served rates, at the window too).
func (d *decider) mayRate() bool {
	return d.owns() || d.by.Kind == ActorBearer && d.c.Owner == ""
}

// cameThrough reports whether somebody was served through a channel in this case: it was opened there, originals were shown
// or results handed out there.
func (c *Case) cameThrough(channel string) bool {
	return channel == c.Channel || slices.ContainsFunc(c.Deliveries, func(x Delivery) bool { return x.How == channel }) ||
		channel == ChannelWindow && slices.ContainsFunc(c.Materials, func(m MaterialState) bool { return m.Paper })
}

// rate records one of five levels, once for each channel; a bad one starts a callback (好差评, 国办发〔2019〕51号).
func (d *decider) rate(cmd Rate) *Refusal {
	if !d.mayRate() {
		return refuse(CodeNotYours)
	}
	switch {
	case d.c.Phase == PhaseDraft:
		return refuse(CodePhase, string(d.c.Phase))
	case cmd.Level < 1 || cmd.Level > 5:
		return refuse(CodeLevel)
	case !slices.Contains(channels, cmd.Channel):
		return refuse(CodeForm, "channel")
	case !d.c.cameThrough(cmd.Channel):
		return refuse(CodeNotUsed)
	case len(cmd.Tags) > MaxTags:
		return refuse(CodeTooMany, "tags")
	case slices.ContainsFunc(cmd.Tags, func(s string) bool { return s == "" || !line(s, MaxID) }):
		return refuse(CodeForm, "tags")
	case slices.ContainsFunc(d.c.Ratings, func(r Rating) bool { return r.Channel == cmd.Channel }):
		return refuse(CodeRated)
	}
	if r := words(cmd.Words, false); r != nil {
		return r
	}
	d.emit(Rated{Rating: Rating{Channel: cmd.Channel, Level: cmd.Level, Tags: cmd.Tags, Words: cmd.Words, At: d.env.Now}})
	if cmd.Level <= 2 {
		id := d.newTask(Task{Kind: TaskCallback, By: Post{Department: d.it.Department, Role: RoleSupervisor}, Ask: cmd.Words})
		d.startClock(TaskClock(id), ClockOrder, "", d.it.Department, callbackRule, d.env.Now)
	}
	return nil
}

// callbackRule: a bad rating is put right or explained within five working days (domain.md section 6; a city may differ).
var callbackRule = Rule{ID: "rating.callback", Name: Text{"差评整改时限", "Time to answer a bad rating"},
	Limit: workday.Limit{N: 5, Unit: workday.WorkDay}, Soon: workday.Limit{N: 1, Unit: workday.WorkDay}}

// supervise instructs a post and follows it until it is closed (督办).
func (d *decider) supervise(cmd Supervise) *Refusal {
	if d.by.Kind != ActorOfficial || !d.by.Has(RoleSupervisor) {
		return refuse(CodeNotYours)
	}
	if d.c.Phase == PhaseDraft {
		return refuse(CodePhase, string(d.c.Phase))
	}
	closer := Post{Department: d.by.Department, Person: d.by.ID}
	if cmd.Closer != "" && cmd.Closer != d.by.ID {
		i := slices.IndexFunc(d.env.Staff, func(c Colleague) bool { return c.ID == cmd.Closer })
		switch {
		case i < 0:
			return refuse(CodeNoSuchPost)
		case d.env.Staff[i].bears(cmd.To.Department): // nobody says of their own work that it is enough
			return refuse(CodeForm, "closer")
		}
		closer = Post{Department: d.env.Staff[i].Department, Person: cmd.Closer}
	}
	order := Task{Kind: TaskOrder, By: cmd.To, Ask: cmd.Words, From: d.by.ID, Closer: closer}
	if d.checksOwn(&order, cmd.To.Person) {
		return refuse(CodeFourEyes)
	}
	return d.ask(order, cmd.Within)
}

// closing are the outcomes of a look at the answer to an instruction.
var closing = []Outcome{
	{ID: OutcomeClosed, Name: Text{"销号", "Close it"}},
	{ID: OutcomeReturned, Name: Text{"答复不到位，退回再办", "Not enough: give it back"}},
}

// ClosingChoices lists how an instruction that was answered may be judged.
func ClosingChoices() []Outcome { return slices.Clone(closing) }

// checksOwn reports whether somebody with the task would say of their own work that it is enough: at a step that another person has to
// do than did one before, at an instruction that they are to close, or closing one that they have done or prepared.
func (d *decider) checksOwn(t *Task, person string) bool {
	switch t.Kind {
	case TaskStep:
		return d.handled(t.Step, person)
	case TaskOrder:
		return person != "" && t.Closer.Person == person
	case TaskClose:
		order := d.c.Task(t.Parent)
		return order != nil && order.workOf(person)
	}
	return false
}

// answered lets whoever closes an instruction judge the answer.
func (d *decider) answered(order Task) {
	if order.Closer.Person != "" {
		d.newTask(Task{Kind: TaskClose, By: order.Closer, Ask: order.Ask, From: order.From, Parent: order.ID})
	}
}

// closeOrder ends an instruction, or gives it back to the same post under the same limit.
func (d *decider) closeOrder(t *Task, cmd Complete) *Refusal {
	if cmd.Outcome != OutcomeClosed && cmd.Outcome != OutcomeReturned {
		return refuse(CodeOutcome)
	}
	order, rule := d.c.Task(t.Parent), (*Clock)(nil)
	if order != nil {
		rule = d.c.Clock(TaskClock(order.ID))
	}
	closer := t.By
	d.emit(TaskEnded{Task: t.ID, Outcome: cmd.Outcome, Words: cmd.Words})
	if cmd.Outcome == OutcomeClosed || order == nil || rule == nil {
		return nil
	}
	if len(d.c.Tasks) >= MaxTasks {
		return refuse(CodeTooMany, "tasks")
	}
	again := Task{Kind: TaskOrder, By: order.By, Ask: cmd.Words, From: order.From, Closer: closer, Parent: order.ID}
	limit := rule.Rule
	id := d.newTask(again)
	d.startClock(TaskClock(id), ClockOrder, "", again.By.Department, limit, d.env.Now)
	return nil
}

func (d *decider) note(cmd Note) *Refusal {
	if !d.involved() && !d.atDoor(d.c.Channel) {
		return refuse(CodeNotYours)
	}
	if r := words(cmd.Words, true); r != nil {
		return r
	}
	d.emit(Noted(cmd))
	return nil
}
