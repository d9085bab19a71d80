package caseflow

import (
	"slices"
	"time"
)

// TakeShift (交接班) takes over what a colleague of the same department has in hand of one case: tasks held, meant for or lent out by
// that person, and the help that the person gives. Who answers for the case stays (首问负责: one person from beginning to end). Only
// through the hall, which takes over all cases of a shift or none, when both have agreed: Env.Relieves says who gave it.
type TakeShift struct {
	From   string `json:"from"` // account
	Tasks  []int  `json:"tasks,omitempty"`
	Assist bool   `json:"assist,omitempty"`
}

// ShiftTaken gives tasks to the colleague who took the shift over.
type ShiftTaken struct {
	From  string `json:"from"`
	Tasks []int  `json:"tasks,omitempty"`
}

func (TakeShift) Verb() string  { return "take-shift" }
func (ShiftTaken) Name() string { return "shift-taken" }

func (e ShiftTaken) apply(c *Case, m Meta) {
	for _, id := range e.Tasks {
		if t := c.Task(id); t != nil {
			t.pass(e.From, m.By.ID, m.At)
		}
	}
}

// pass puts one person in the place of another. Department and role stay.
func (t *Task) pass(from, to string, at time.Time) {
	if t.Holder == from {
		t.Holder, t.Claimed = to, at
	}
	if t.By.Person == from {
		t.By.Person = to
	}
	if t.Delegator == from {
		t.Delegator = to
	}
	if t.Lender.Person == from {
		t.Lender.Person = to
	}
}

// InHand reports whether a task waits for the person: they hold it, it is meant for them alone, or they lent it and get it back.
func (t *Task) InHand(person string) bool {
	return person != "" && t.Live() && (t.Holder == person || t.By.Person == person || t.Delegator == person)
}

// InHand is what a person would leave behind in the case at the end of a shift.
func (c *Case) InHand(person string) TakeShift {
	mine := TakeShift{From: person}
	for i := range c.Tasks {
		if c.Tasks[i].InHand(person) {
			mine.Tasks = append(mine.Tasks, c.Tasks[i].ID)
		}
	}
	mine.Assist = c.Phase.Open() && c.Assistance != nil && c.Assistance.How == AssistOfficial && c.Assistance.Post.Person == person
	return mine
}

// Empty reports whether nothing is taken over.
func (cmd TakeShift) Empty() bool { return len(cmd.Tasks) == 0 && !cmd.Assist }

func (d *decider) takeShift(cmd TakeShift) *Refusal {
	if d.by.Kind != ActorOfficial || d.env.Relieves == "" || d.env.Relieves != cmd.From || cmd.From == d.by.ID {
		return refuse(CodeNotYours)
	}
	has := d.c.InHand(cmd.From)
	if cmd.Empty() || cmd.Assist && !has.Assist {
		return refuse(CodeNotYours)
	}
	for i, id := range cmd.Tasks {
		switch t := d.c.Task(id); {
		case t == nil || slices.Contains(cmd.Tasks[:i], id):
			return refuse(CodeNoSuchTask)
		case !t.Live():
			return refuse(CodeTaskEnded)
		case !slices.Contains(has.Tasks, id):
			return refuse(CodeNotYours)
		default:
			if code := d.relieves(t, cmd.From); code != "" {
				return refuse(code)
			}
		}
	}
	d.passShift(cmd)
	return nil
}

// relieves tells why the actor cannot stand in for somebody at a task; "" if they can. Nobody takes over what they could not have
// taken themselves: a post they do not have, a second place of a countersign, a check of their own work (回避).
func (d *decider) relieves(t *Task, from string) string {
	after := *t
	after.pass(from, d.by.ID, d.env.Now)
	post := after.By
	if t.Delegator == from {
		post = after.Lender
	}
	switch {
	case !d.by.fits(post):
		return CodeNotYours
	case t.Kind == TaskStep && (t.Delegator == "" || t.Delegator == from) && d.besides(t):
		return CodeSignsAlready
	case d.checksOwn(t, d.by.ID):
		return CodeFourEyes
	}
	return ""
}

// besides reports whether the actor has another place of the countersign than that of the task.
func (d *decider) besides(t *Task) bool {
	other := *t
	other.Holder = "" // of somebody else: it does not matter here who has this place
	return d.signsBeside(&other, d.by.ID)
}

func (d *decider) passShift(cmd TakeShift) {
	for _, id := range cmd.Tasks {
		d.passPlace(d.c.Task(id), cmd.From)
	}
	d.emit(ShiftTaken{From: cmd.From, Tasks: cmd.Tasks})
	if cmd.Assist {
		a := *d.c.Assistance
		a.Post.Person, a.Since, a.By = d.by.ID, d.env.Now, cmd.From
		d.emit(Assisted{Assistance: a})
	}
}

// passPlace keeps the list of signers true, if it names the person.
func (d *decider) passPlace(t *Task, from string) {
	s := d.c.step(t.Step)
	if s == nil || t.Kind != TaskStep || t.Slot >= len(s.Signers) || s.Signers[t.Slot].Post.Person != from {
		return
	}
	places := slices.Clone(s.Signers)
	places[t.Slot].Post.Person = d.by.ID
	d.emit(SignersChanged{Step: t.Step, Signers: places})
}
