package caseflow

import (
	"slices"
	"time"
)

// Charge (首问负责) is who answers to the applicant for a case: the first official who was asked, until another one agrees to take
// over. Tasks go their own ways; the charge stays.
type Charge struct {
	Person     string    `json:"person"` // account
	Name       string    `json:"name"`   // told to the applicant: one name from beginning to end (一对一跟踪)
	Department string    `json:"department"`
	Since      time.Time `json:"since"`
	Offered    string    `json:"offered,omitempty"` // account of who is asked to take over
	Words      string    `json:"words,omitempty"`   // why
}

// ChargeTaken says who is in charge from now on; the charge of whoever had it ends.
type ChargeTaken struct {
	Charge Charge `json:"charge"`
}

// ChargeOffered says who is asked to take over, and why. Nothing changes before that person agrees.
type ChargeOffered struct {
	To    string `json:"to"`
	Words string `json:"words"`
}

func (ChargeTaken) Name() string   { return "charge-taken" }
func (ChargeOffered) Name() string { return "charge-offered" }

func (e ChargeTaken) apply(c *Case, _ Meta) { c.Charge = &e.Charge }

func (e ChargeOffered) apply(c *Case, _ Meta) {
	if c.Charge != nil {
		k := *c.Charge
		k.Offered, k.Words = e.To, e.Words
		c.Charge = &k
	}
}

// OfferCharge asks a colleague to take over who answers to the applicant. Whoever is in charge; a supervisor, if that person cannot.
type OfferCharge struct {
	To    Post   `json:"to"` // with its person
	Words string `json:"words"`
}

// TakeCharge agrees to it. Whoever was asked.
type TakeCharge struct{}

func (OfferCharge) Verb() string { return "offer-charge" }
func (TakeCharge) Verb() string  { return "take-charge" }

// charged makes the actor answer for the case if nobody does yet and the item wants somebody to.
func (d *decider) charged() {
	if d.it.FirstAsked && d.c.Charge == nil && d.by.Kind == ActorOfficial && d.c.Phase.Open() && d.c.Phase != PhaseDraft {
		d.emit(ChargeTaken{Charge: Charge{Person: d.by.ID, Name: d.by.Name, Department: d.by.Department, Since: d.env.Now}})
	}
}

// takesUp reports whether a command of an official is work on a case, by which the first who gives one is in charge.
func takesUp(cmd Command) bool {
	switch cmd.(type) {
	case Submit, Accept, Decline, RequestCorrection, Claim, Complete, Grant, Refuse, Note:
		return true
	}
	return false
}

func (d *decider) inCharge() bool {
	return d.c.Charge != nil && d.c.Phase.Open() && (d.c.Charge.Person == d.by.ID || d.supervises())
}

func (d *decider) offerCharge(cmd OfferCharge) *Refusal {
	if !d.inCharge() {
		return refuse(CodeNotYours)
	}
	if r := words(cmd.Words, true); r != nil {
		return r
	}
	if cmd.To.Person == "" || cmd.To.Person == d.c.Charge.Person {
		return refuse(CodeNoSuchPost)
	}
	if r := d.staffed(cmd.To); r != nil {
		return r
	}
	d.emit(ChargeOffered{To: cmd.To.Person, Words: cmd.Words})
	return nil
}

func (d *decider) takeCharge() *Refusal {
	if d.c.Charge == nil || d.by.Kind != ActorOfficial || d.c.Charge.Offered != d.by.ID || !d.c.Phase.Open() {
		return refuse(CodeNotYours)
	}
	d.emit(ChargeTaken{Charge: Charge{Person: d.by.ID, Name: d.by.Name, Department: d.by.Department, Since: d.env.Now}})
	return nil
}

// workOf reports whether somebody has done the task, or prepared it for who did.
func (t *Task) workOf(person string) bool {
	return person != "" && (t.DoneBy == person || slices.Contains(t.Prepared, person))
}

// handled reports whether somebody had a hand in one of the steps that a step must not share a person with (回避, 双人复核):
// signed it, in any round, or prepared it.
func (d *decider) handled(step StepID, person string) bool {
	def := d.it.StepByID(step)
	if def == nil || len(def.OtherThan) == 0 {
		return false
	}
	for i := range d.c.Tasks {
		t := &d.c.Tasks[i]
		for _, other := range def.OtherThan {
			if t.Step == other && t.workOf(person) {
				return true
			}
		}
	}
	return false
}
