package caseflow

import (
	"encoding/json"
	"slices"

	"github.com/tongban/tongban/internal/dotted"
)

// Subcase says which item does the work of a step, and what of the case goes into its form. The case that is opened for it,
// the child, has the region, applicant, agent and owner of its parent, and a number, clocks and an end of its own.
type Subcase struct {
	Item ItemID  `json:"item"`
	Form []Carry `json:"form,omitempty"`
	// Detached lets the step end as soon as the case is ordered: nothing waits for it, and it goes on when its parent has ended.
	Detached bool `json:"detached,omitempty"`
}

// Carry brings one fact of the parent (form.…, applicant.…, data.<step>.…) into a field of the child's form. A fact that
// there is none of is left out.
type Carry struct {
	To   string `json:"to"` // dotted name of the field, such as company.name
	From string `json:"from"`
}

// Child is the case that was ordered for a step in one of its rounds, as its parent knows it.
type Child struct {
	Step  StepID          `json:"step"`
	Round int             `json:"round"`
	Item  ItemID          `json:"item"`
	Form  json.RawMessage `json:"form,omitempty"` // carried over; until it is opened
	Order string          `json:"order"`          // unguessable: makes it opened once, however often that is tried
	No    CaseNo          `json:"no,omitempty"`   // once it is
	State string          `json:"state"`
	// Detached children are waited for by nobody.
	Detached bool `json:"detached,omitempty"`
}

// States of a child. Those that end it are the outcomes of its step as well.
const (
	ChildAsked     = "asked"    // ordered, to be opened
	ChildOpen      = "open"     // under way
	ChildRecalled  = "recalled" // its parent does not wait for it any more: to be told
	ChildLeft      = "left"     // it was told
	ChildFailed    = "failed"   // it could not be opened
	ChildGranted   = "granted"
	ChildRefused   = "refused"
	ChildDeclined  = "declined"
	ChildWithdrawn = "withdrawn"
	ChildRevoked   = "revoked"
)

// ChildEnds lists how a child may end: the outcomes of a subcase step.
func ChildEnds() []string {
	return []string{ChildGranted, ChildRefused, ChildDeclined, ChildWithdrawn, ChildRevoked}
}

// Parent is the step of another case that a case does the work of.
type Parent struct {
	Case  CaseNo `json:"case"`
	Step  StepID `json:"step"`
	Round int    `json:"round"`
	Told  string `json:"told,omitempty"` // which end it knows of
}

// end is how the case ended as its parent sees it; "" while it is undecided. What was granted is an end before it is
// handed out, and another one if it is revoked.
func (c *Case) end() string {
	switch c.Phase {
	case PhaseGranted, PhaseClosed:
		return ChildGranted
	case PhaseRefused:
		return ChildRefused
	case PhaseDeclined:
		return ChildDeclined
	case PhaseWithdrawn:
		return ChildWithdrawn
	case PhaseRevoked:
		return ChildRevoked
	}
	return ""
}

// Errand is something that a case has ordered of another one, and that has still to be carried there. It stands in the
// case, so that it outlives whoever carries it.
type Errand struct {
	Kind  string
	Child Child  // of ErrandOpen and ErrandRecall
	End   string // of ErrandTell
}

// Kinds of errand.
const (
	ErrandOpen   = "open"   // open the child, and note its number
	ErrandRecall = "recall" // withdraw the child
	ErrandTell   = "tell"   // tell the parent how this case ended
)

// Errands lists what is to be carried to other cases.
func (c *Case) Errands() []Errand {
	var list []Errand
	for _, k := range c.Children {
		switch k.State {
		case ChildAsked:
			list = append(list, Errand{Kind: ErrandOpen, Child: k})
		case ChildRecalled:
			list = append(list, Errand{Kind: ErrandRecall, Child: k})
		}
	}
	if end := c.end(); c.Parent != nil && end != "" && end != c.Parent.Told {
		list = append(list, Errand{Kind: ErrandTell, End: end})
	}
	if c.Cancels != nil && c.Cancels.State == CancelAsked {
		list = append(list, Errand{Kind: ErrandCancel})
	}
	return list
}

// ChildOf returns the child of a step in a round, or nil.
func (c *Case) ChildOf(step StepID, round int) *Child {
	for i := range c.Children {
		if k := &c.Children[i]; k.Step == step && k.Round == round {
			return k
		}
	}
	return nil
}

// OpenSubcase opens the child of a step with what was carried over, and hands it in if that is all that its form and its
// materials ask for; else it is a draft for the applicant to complete. The system, for a step that ordered it. Without a parent it opens
// a case of an item that an office acts on by itself ([Item.Officious]), against the party that is named.
type OpenSubcase struct {
	Item      ItemID          `json:"item"`
	Pack      string          `json:"pack"` // with the version of its parent, against which what is carried over was proved
	Version   string          `json:"version"`
	Applicant Party           `json:"applicant"`
	Agent     *Party          `json:"agent,omitempty"`
	Owner     string          `json:"owner"`
	Channel   string          `json:"channel"`
	Form      json.RawMessage `json:"form,omitempty"`
	Parent    Parent          `json:"parent"`
}

// RecordSubcase tells a parent what became of the child of a step: it was opened, could not be (Code says why), was told
// that nobody waits for it, or has ended. The system.
type RecordSubcase struct {
	Step  StepID `json:"step"`
	Round int    `json:"round"`
	No    CaseNo `json:"no,omitempty"`
	State string `json:"state"`
	Code  string `json:"code,omitempty"`
}

// Recall withdraws a child whose parent does not wait for it any more, unless it is decided. The system.
type Recall struct{}

// TellParent notes in a child which end of it its parent knows. The system.
type TellParent struct {
	End string `json:"end"`
}

func (OpenSubcase) Verb() string   { return "open-subcase" }
func (RecordSubcase) Verb() string { return "record-subcase" }
func (Recall) Verb() string        { return "recall" }
func (TellParent) Verb() string    { return "tell-parent" }

// The events of parent and child.
type (
	// SubcaseAsked orders a child.
	SubcaseAsked struct {
		Child Child `json:"child"`
	}
	// SubcaseOpened gives it its number.
	SubcaseOpened struct {
		Step  StepID `json:"step"`
		Round int    `json:"round"`
		No    CaseNo `json:"no"`
	}
	// SubcaseFailed says that it could not be opened, and by which refusal.
	SubcaseFailed struct {
		Step  StepID `json:"step"`
		Round int    `json:"round"`
		Code  string `json:"code"`
	}
	// SubcaseEnded is its end.
	SubcaseEnded struct {
		Step  StepID `json:"step"`
		Round int    `json:"round"`
		No    CaseNo `json:"no"`
		State string `json:"state"`
	}
	// SubcaseRecalled says that nobody waits for it any more.
	SubcaseRecalled struct {
		Step  StepID `json:"step"`
		Round int    `json:"round"`
	}
	// SubcaseLeft says that it has been told so.
	SubcaseLeft struct {
		Step  StepID `json:"step"`
		Round int    `json:"round"`
	}
	// Recalled stands in the child: its parent does not wait for it. The withdrawal follows as an event of its own.
	Recalled struct {
		Parent CaseNo `json:"parent"`
	}
	// ParentTold stands in the child: its parent knows how it ended.
	ParentTold struct {
		End string `json:"end"`
	}
)

func (e SubcaseAsked) apply(c *Case, _ Meta) { c.Children = append(c.Children, e.Child) }

func (e SubcaseOpened) apply(c *Case, _ Meta) {
	k := c.ChildOf(e.Step, e.Round)
	if k == nil {
		return
	}
	if k.No, k.Form = e.No, nil; k.State == ChildAsked {
		k.State = ChildOpen
	} else {
		k.State = ChildRecalled // nobody waits for it any more, and it does not know
	}
}

func (e SubcaseFailed) apply(c *Case, _ Meta) { c.setChild(e.Step, e.Round, ChildFailed) }

func (e SubcaseEnded) apply(c *Case, _ Meta) {
	if k := c.ChildOf(e.Step, e.Round); k != nil {
		k.No, k.Form, k.State = e.No, nil, e.State
	}
}

func (e SubcaseRecalled) apply(c *Case, _ Meta) { c.setChild(e.Step, e.Round, ChildRecalled) }
func (e SubcaseLeft) apply(c *Case, _ Meta)     { c.setChild(e.Step, e.Round, ChildLeft) }
func (Recalled) apply(*Case, Meta)              {}

func (e ParentTold) apply(c *Case, _ Meta) {
	if c.Parent != nil {
		told := *c.Parent
		told.Told = e.End
		c.Parent = &told
	}
}

func (c *Case) setChild(step StepID, round int, state string) {
	if k := c.ChildOf(step, round); k != nil {
		k.Form, k.State = nil, state
	}
}

// askSubcase orders the child of a step. What it carries over is settled now, so that however often it is tried, one and
// the same case is opened.
func (d *decider) askSubcase(def *Step, round int) {
	form, r := d.carried(def.Subcase)
	if r != nil {
		d.stick(def, round, StuckSubcase, r)
		return
	}
	d.emit(StepBegun{Step: def.ID, Round: round})
	d.emit(SubcaseAsked{Child: Child{Step: def.ID, Round: round, Item: def.Subcase.Item, Form: form,
		Order: d.secret("subcase:" + string(def.ID)), State: ChildAsked, Detached: def.Subcase.Detached}})
	if def.Subcase.Detached {
		d.emit(StepEnded{Step: def.ID, Outcome: OutcomeDone})
	}
}

// carried is what goes into the child's form.
func (d *decider) carried(sub *Subcase) (json.RawMessage, *Refusal) {
	f, r := d.exactly()
	if r != nil {
		return nil, r
	}
	form := map[string]any{}
	for _, carry := range sub.Form {
		if v, ok := f.at(carry.From); ok {
			dotted.Set(form, carry.To, v)
		}
	}
	return encodeForm(form)
}

// openSubcase starts the child as a draft and hands it in, if nothing is missing.
func (d *decider) openSubcase(cmd OpenSubcase) *Refusal {
	parent := &cmd.Parent
	if parent.Case == "" {
		parent = nil
	}
	if d.by.Kind != ActorSystem || parent == nil && !d.it.Officious() {
		return refuse(CodeNotYours)
	}
	open := Open{Item: cmd.Item, Applicant: cmd.Applicant, Agent: cmd.Agent, Channel: cmd.Channel, Owner: cmd.Owner}
	if r := d.opened(open, cmd.Owner, parent); r != nil {
		return r
	}
	if len(cmd.Form) > 0 {
		if d.it.CheckDraft != nil {
			if faults := d.it.CheckDraft(cmd.Form); len(faults) > 0 {
				return &Refusal{Code: CodeForm, Fields: faults}
			}
		}
		d.emit(DraftSaved{Form: cmd.Form})
	}
	try := *d
	try.c, try.trying = d.c.Clone(), true
	if try.handIn() != nil { // something is missing that the applicant has to say or bring
		return nil
	}
	return d.handIn()
}

// recordSubcase takes in what became of a child. What is known already changes nothing, so that it may be told again.
func (d *decider) recordSubcase(cmd RecordSubcase) *Refusal {
	if d.by.Kind != ActorSystem {
		return refuse(CodeNotYours)
	}
	k := d.c.ChildOf(cmd.Step, cmd.Round)
	if k == nil {
		return refuse(CodeNoSuchStep)
	}
	switch same := k.No == "" || k.No == cmd.No; {
	case cmd.State == ChildOpen && k.No == "" && cmd.No != "":
		d.emit(SubcaseOpened{Step: cmd.Step, Round: cmd.Round, No: cmd.No})
	case cmd.State == ChildFailed && k.State == ChildAsked:
		d.emit(SubcaseFailed{Step: cmd.Step, Round: cmd.Round, Code: cmd.Code})
		if !k.Detached { // the leading department is told
			d.stick(d.it.StepByID(cmd.Step), cmd.Round, StuckSubcase, refuse(cmd.Code))
		}
	case cmd.State == ChildLeft && k.State == ChildRecalled && cmd.No == k.No:
		d.emit(SubcaseLeft{Step: cmd.Step, Round: cmd.Round})
	case slices.Contains(ChildEnds(), cmd.State) && cmd.No != "" && same && k.State != cmd.State:
		return d.childEnded(cmd, k.State)
	default:
		return refuse(CodeNothingDue)
	}
	return nil
}

// childEnded completes the step that waits for the child. One that has been granted and is revoked later undoes nothing by
// itself: what rests on it is for the leading department to judge (行政许可法 art. 69), which is told.
func (d *decider) childEnded(cmd RecordSubcase, was string) *Refusal {
	d.emit(SubcaseEnded{Step: cmd.Step, Round: cmd.Round, No: cmd.No, State: cmd.State})
	s := d.c.step(cmd.Step)
	if waited := was == ChildAsked || was == ChildOpen; !waited || s.State != StepReady || s.Round != cmd.Round {
		return nil
	}
	return d.endStep(d.it.StepByID(cmd.Step), cmd.State, nil, nil)
}

// recallFrom tells the child of a step that nobody waits for it any more, if it is under way.
func (d *decider) recallFrom(step StepID) {
	for _, k := range slices.Clone(d.c.Children) {
		if (step == "" || k.Step == step) && (k.State == ChildAsked || k.State == ChildOpen) {
			d.emit(SubcaseRecalled{Step: k.Step, Round: k.Round})
		}
	}
}

// recall withdraws the child.
func (d *decider) recall() *Refusal {
	if d.by.Kind != ActorSystem || d.c.Parent == nil {
		return refuse(CodeNotYours)
	}
	if r := d.in(PhaseDraft, PhaseReceived, PhaseCorrecting, PhaseRunning); r != nil {
		return r
	}
	if len(d.c.Licences) > 0 || d.ending() {
		return refuse(CodeTooLate)
	}
	d.closeAll(false)
	d.emit(Recalled{Parent: d.c.Parent.Case})
	d.emit(TakenOut{})
	return nil
}

func (d *decider) tellParent(cmd TellParent) *Refusal {
	switch {
	case d.by.Kind != ActorSystem || d.c.Parent == nil:
		return refuse(CodeNotYours)
	case cmd.End == d.c.Parent.Told || !slices.Contains(ChildEnds(), cmd.End):
		return refuse(CodeNothingDue)
	}
	d.emit(ParentTold(cmd))
	return nil
}
