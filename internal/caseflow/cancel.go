package caseflow

import (
	"slices"
	"time"
)

// Cancels says which licence of the applicant, a company, a request ends (注销): the item's cancel step does it. Only one that was
// granted here can be ended here.
type Cancels struct {
	Licence string `json:"licence"` // its kind; its number is the company's credit code
	Basis   Basis  `json:"basis"`
}

// Cancelling is the licence that a request ends, and how far that is.
type Cancelling struct {
	No    string `json:"no"`
	Kind  string `json:"kind"`
	Case  CaseNo `json:"case"` // that granted it
	Step  StepID `json:"step,omitempty"`
	Round int    `json:"round,omitempty"`
	State string `json:"state"`
}

// States of a licence that is to be ended.
const (
	CancelNamed  = "named"  // it is what the request is about
	CancelAsked  = "asked"  // it is to be ended: see ErrandCancel
	CancelDone   = "done"   // it is ended
	CancelFailed = "failed" // it could not be
)

// ErrandCancel ends the licence that a case asks to be ended, in the case that granted it.
const ErrandCancel = "cancel"

// Cancelled stands in the case that granted: its licences are ended, by which case.
type Cancelled struct {
	At    time.Time `json:"at"`
	By    CaseNo    `json:"by"`
	Basis Basis     `json:"basis"`
}

// Earlier is another request of the applicant for the same: a fact that is looked up before one that cancels is handed in.
type Earlier struct {
	No         CaseNo
	Running    bool
	Objections int // that nobody has answered
}

// CancelLicences ends what the case has granted to a company that is no more. The system, for a step of the other case.
type CancelLicences struct {
	No    string `json:"no"`
	By    CaseNo `json:"by"`
	Basis Basis  `json:"basis"`
}

// RecordCancel tells the case that asked what became of it; Code says why it could not be done. The system.
type RecordCancel struct {
	Step  StepID `json:"step"`
	Round int    `json:"round"`
	Code  string `json:"code,omitempty"`
}

func (CancelLicences) Verb() string { return "cancel-licences" }
func (RecordCancel) Verb() string   { return "record-cancel" }

// The events of a licence that ends because its holder asks for it.
type (
	// LicenceNamed says which licence the request is about.
	LicenceNamed struct {
		Cancelling Cancelling `json:"cancelling"`
	}
	// CancelOrdered lets it be ended, for a step.
	CancelOrdered struct {
		Step  StepID `json:"step"`
		Round int    `json:"round"`
	}
	// CancelEnded says that it is, or (Code) why it could not be.
	CancelEnded struct {
		Code string `json:"code,omitempty"`
	}
	// LicencesCancelled stands in the case that granted.
	LicencesCancelled struct {
		By    CaseNo `json:"by"`
		Basis Basis  `json:"basis"`
	}
)

func (LicenceNamed) Name() string      { return "licence-named" }
func (CancelOrdered) Name() string     { return "cancel-ordered" }
func (CancelEnded) Name() string       { return "cancel-ended" }
func (LicencesCancelled) Name() string { return "licences-cancelled" }

func (e LicenceNamed) apply(c *Case, _ Meta) { c.Cancels = &e.Cancelling }

func (e CancelOrdered) apply(c *Case, _ Meta) {
	if c.Cancels != nil {
		k := *c.Cancels
		k.Step, k.Round, k.State = e.Step, e.Round, CancelAsked
		c.Cancels = &k
	}
}

func (e CancelEnded) apply(c *Case, _ Meta) {
	if c.Cancels != nil {
		k := *c.Cancels
		if k.State = CancelDone; e.Code != "" {
			k.State = CancelFailed
		}
		c.Cancels = &k
	}
}

func (e LicencesCancelled) apply(c *Case, m Meta) {
	c.Cancelled = &Cancelled{At: m.At, By: e.By, Basis: e.Basis}
	for i := range c.Licences {
		if c.Licences[i].State == LicenceValid {
			c.Licences[i].State = LicenceCancelled
		}
	}
}

// cancels finds the licence that the request ends. A citizen asks for it as the company, under a mandate or as its
// representative; at a window the papers are looked at. One request runs at a time, and none while an objection to an earlier one
// is open.
func (d *decider) cancels() *Refusal {
	n := d.it.Cancels
	if n == nil || d.trying {
		return nil
	}
	code := d.c.Applicant.Document.No
	if d.by.Kind == ActorCitizen && d.c.Owner != CompanyOwner(code) {
		return refuse(CodeNotLegal).because(n.Basis.Law, n.Basis.Article)
	}
	i := slices.IndexFunc(d.env.Held, func(h Held) bool { return h.Kind == n.Licence && h.No == code && h.Region == d.c.Region })
	if i < 0 || d.env.Held[i].State != LicenceValid {
		return refuse(CodeNotHere).because(n.Basis.Law, n.Basis.Article)
	}
	for _, e := range d.env.Earlier {
		switch {
		case e.No == d.c.No:
		case e.Running:
			return refuse(CodeUnderWay, string(e.No))
		case e.Objections > 0:
			return refuse(CodeObjectionOpen, string(e.No)).because(n.Basis.Law, n.Basis.Article)
		}
	}
	d.emit(LicenceNamed{Cancelling: Cancelling{No: code, Kind: n.Licence, Case: d.env.Held[i].Case, State: CancelNamed}})
	return nil
}

// orderCancel lets the licence be ended in the case that granted it.
func (d *decider) orderCancel(def *Step, round int) {
	if d.c.Cancels == nil {
		d.stick(def, round, StuckCancel, refuse(CodeNoLicence))
		return
	}
	d.emit(StepBegun{Step: def.ID, Round: round})
	d.emit(CancelOrdered{Step: def.ID, Round: round})
}

// ending reports whether the licence that the request is about is ended, or about to be: nobody can take that back.
func (d *decider) ending() bool {
	return d.c.Cancels != nil && (d.c.Cancels.State == CancelAsked || d.c.Cancels.State == CancelDone)
}

// cancelLicences ends what the case has granted. What is ended already, for the same case, is nothing new.
func (d *decider) cancelLicences(cmd CancelLicences) *Refusal {
	if d.by.Kind != ActorSystem || cmd.By == "" {
		return refuse(CodeNotYours)
	}
	if d.c.Cancelled != nil && d.c.Cancelled.By == cmd.By {
		return refuse(CodeNothingDue)
	}
	if !slices.ContainsFunc(d.c.Licences, func(l Licence) bool { return l.No == cmd.No && l.State == LicenceValid }) {
		return refuse(CodeNoLicence)
	}
	if r := d.in(PhaseRunning, PhaseGranted, PhaseClosed); r != nil {
		return r
	}
	d.emit(LicencesCancelled{By: cmd.By, Basis: cmd.Basis})
	return nil
}

// recordCancel takes in what became of it. What is known already changes nothing.
func (d *decider) recordCancel(cmd RecordCancel) *Refusal {
	k := d.c.Cancels
	switch {
	case d.by.Kind != ActorSystem:
		return refuse(CodeNotYours)
	case k == nil || k.State != CancelAsked || k.Step != cmd.Step || k.Round != cmd.Round:
		return refuse(CodeNothingDue)
	}
	def := d.it.StepByID(cmd.Step)
	d.emit(CancelEnded{Code: cmd.Code})
	if s := d.c.step(cmd.Step); s.State != StepReady || d.c.Phase != PhaseRunning { // revoked meanwhile: nothing waits for it
		return nil
	}
	if cmd.Code != "" {
		d.stick(def, cmd.Round, StuckCancel, refuse(cmd.Code))
		return nil
	}
	d.passed(def, OutcomeDone)
	return nil
}
