package api

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/workday"
)

// Views is what view makes of each of a list; never nil, so that JSON has a list.
func Views[T, V any](list []T, view func(*T) V) []V {
	views := make([]V, len(list))
	for i := range list {
		views[i] = view(&list[i])
	}
	return views
}

// CaseSummary is a case in a list. Personal data are masked, except to the owner.
type CaseSummary struct {
	Case        caseflow.CaseNo `json:"case"`
	Region      string          `json:"region"`
	Item        caseflow.ItemID `json:"item"`
	Name        caseflow.Text   `json:"name"`
	Phase       caseflow.Phase  `json:"phase"`
	Channel     string          `json:"channel"`
	Department  string          `json:"department" doc:"Leads"`
	Departments []string        `json:"departments" doc:"Take part" nullable:"false"`
	Applicant   string          `json:"applicant"`
	Subject     string          `json:"subject,omitempty" doc:"What the case is about, such as the name of the company that is opened; of many items there is none"`
	Opened      time.Time       `json:"opened"`
	Submitted   time.Time       `json:"submitted,omitzero"`
	Accepted    time.Time       `json:"accepted,omitzero"`
	Decided     time.Time       `json:"decided,omitzero"`
	Ended       time.Time       `json:"ended,omitzero"`
	Statutory   time.Time       `json:"statutory,omitzero" doc:"Due by law"`
	Promised    time.Time       `json:"promised,omitzero" doc:"Due by promise"`
	Stopped     bool            `json:"stopped,omitempty"`
	Assisted    string          `json:"assisted,omitempty" doc:"How somebody helps the applicant: asked (nobody does yet), official, agent"`
	Updated     time.Time       `json:"updated"`
}

func (a *API) summary(by caseflow.Actor, r *store.CaseRow) CaseSummary {
	s := CaseSummary{
		Case: r.Case, Region: r.Region, Item: r.Item, Phase: r.Phase, Channel: r.Channel, Department: r.Department,
		Departments: filled(r.Departments), Applicant: r.Applicant, Subject: r.Subject.Text, Opened: r.Opened, Submitted: r.Submitted,
		Accepted: r.Accepted, Decided: r.Decided, Ended: r.Ended, Statutory: r.Statutory, Promised: r.Promised, Stopped: r.Stopped, Assisted: r.Assisted, Updated: r.Updated,
	}
	if it := a.o.Hall.Item(r.Item); it != nil {
		s.Name = it.Name
	}
	if by.Kind == caseflow.ActorCitizen { // the list holds the own cases, and those of whom they act for
		return s
	}
	s.Subject = r.Subject.Masked()
	if !strings.HasPrefix(r.Document, string(ident.DocCreditCode)+":") {
		s.Applicant = ident.MaskName(s.Applicant)
	}
	return s
}

// filled is the list, never null.
func filled[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// CaseDetail is a case as one actor sees it. Nobody else's account is named: others are departments and roles.
type CaseDetail struct {
	Case        caseflow.CaseNo       `json:"case"`
	Region      string                `json:"region"`
	Item        caseflow.ItemID       `json:"item"`
	Name        caseflow.Text         `json:"name"`
	Pack        string                `json:"pack"`
	Version     string                `json:"version"`
	Entry       int                   `json:"entry" doc:"Number of the last entry of its journal"`
	Phase       caseflow.Phase        `json:"phase"`
	Channel     string                `json:"channel"`
	Turn        *caseflow.Turn        `json:"turn,omitempty" doc:"Number by which the applicant was called to the window"`
	Mine        bool                  `json:"mine" doc:"You are the owner"`
	Masked      bool                  `json:"masked" doc:"Personal data are masked; ask with a reason to see them"`
	Limited     bool                  `json:"limited,omitempty" doc:"Fields, materials and words that are meant for other departments are left out"`
	Applicant   caseflow.Party        `json:"applicant"`
	Agent       *caseflow.Party       `json:"agent,omitempty"`
	Parent      *ParentView           `json:"parent,omitempty" doc:"The step of another case that this one does the work of"`
	Subject     string                `json:"subject,omitempty" doc:"What the case is about; of many items there is none"`
	Assistance  *AssistanceView       `json:"assistance,omitempty"`
	Charge      *ChargeView           `json:"charge,omitempty" doc:"Who answers for the case, of an item whose first asked does (首问负责)"`
	Opened      time.Time             `json:"opened"`
	Submitted   time.Time             `json:"submitted,omitzero"`
	Accepted    time.Time             `json:"accepted,omitzero"`
	Decided     time.Time             `json:"decided,omitzero"`
	Ended       time.Time             `json:"ended,omitzero"`
	Form        json.RawMessage       `json:"form,omitempty" doc:"As typed; valid once submitted"`
	Materials   []MaterialView        `json:"materials" nullable:"false"`
	Steps       []StepView            `json:"steps" nullable:"false"`
	Parts       []caseflow.PartState  `json:"parts,omitempty"`
	Tasks       []TaskView            `json:"tasks" doc:"That still wait for somebody, or were yours" nullable:"false"`
	Clocks      []ClockView           `json:"clocks" nullable:"false"`
	Stops       []caseflow.Stop       `json:"stops,omitempty"`
	Correction  *CorrectionView       `json:"correction,omitempty"`
	Commitments []caseflow.Commitment `json:"commitments,omitempty"`
	Licences    []caseflow.Licence    `json:"licences,omitempty"`
	Deliveries  []DeliveryView        `json:"deliveries,omitempty"`
	Ratings     []caseflow.Rating     `json:"ratings,omitempty"`
	Outages     []workday.Span        `json:"outages,omitempty"`
	Ground      *caseflow.GroundUsed  `json:"ground,omitempty" doc:"Of a refusal or revocation, with the ways to have it reviewed"`
	Notices     []CaseNotice          `json:"notices,omitempty" doc:"What the case shows to everybody (公示)"`
	Cancels     *caseflow.Cancelling  `json:"cancels,omitempty" doc:"The licence that the request ends (注销)"`
	Cancelled   *caseflow.Cancelled   `json:"cancelled,omitempty" doc:"What was granted was ended, at the request of the other case"`
	Benefit     *caseflow.Benefit     `json:"benefit,omitempty" doc:"Of what nobody asked for (免申即享): withdraw declines it"`
	Next        []string              `json:"next" doc:"The commands that you could give now" nullable:"false"`
}

// ParentView is the step of another case.
type ParentView struct {
	Case caseflow.CaseNo `json:"case"`
	Step caseflow.StepID `json:"step"`
}

// ChargeView is who answers to the applicant for a case.
type ChargeView struct {
	Name       string    `json:"name"`
	Department string    `json:"department"`
	Since      time.Time `json:"since"`
	Mine       bool      `json:"mine,omitempty" doc:"You are"`
	Offered    bool      `json:"offered,omitempty" doc:"You were asked to take over: see the command take-charge"`
}

func charge(by caseflow.Actor, c *caseflow.Case) *ChargeView {
	k := c.Charge
	if k == nil {
		return nil
	}
	return &ChargeView{Name: k.Name, Department: k.Department, Since: k.Since, Mine: k.Person == by.ID, Offered: k.Offered != "" && k.Offered == by.ID}
}

// AssistanceView is who helps the applicant (帮办代办).
type AssistanceView struct {
	How        string    `json:"how" enum:"asked,official,agent" doc:"asked: nobody does yet"`
	Why        string    `json:"why" enum:"elderly,disabled,unfamiliar,other"`
	Department string    `json:"department,omitempty" doc:"Of an official"`
	Role       string    `json:"role,omitempty"`
	Name       string    `json:"name,omitempty" doc:"Of an agent"`
	Office     string    `json:"office,omitempty" doc:"Where an agent comes from"`
	Phone      string    `json:"phone,omitempty"`
	Basis      string    `json:"basis,omitempty" doc:"What an agent acts on"`
	Since      time.Time `json:"since"`
	Mine       bool      `json:"mine,omitempty" doc:"You are the official"`
}

func assistance(by caseflow.Actor, c *caseflow.Case) *AssistanceView {
	a := c.Assistance
	if a == nil {
		return nil
	}
	return &AssistanceView{How: a.How, Why: a.Why, Department: a.Post.Department, Role: a.Post.Role, Name: a.Name, Office: a.Office,
		Phone: a.Phone, Basis: a.Basis, Since: a.Since, Mine: a.Post.Person != "" && a.Post.Person == by.ID}
}

// MaterialView is a material with what the item says of it.
type MaterialView struct {
	ID    string          `json:"id"`
	Name  caseflow.Text   `json:"name"`
	Need  caseflow.Need   `json:"need"`
	State string          `json:"state" enum:"missing,given,deferred"`
	Asked bool            `json:"asked" doc:"The answers as they stand ask for it"`
	Paper bool            `json:"paper,omitempty"`
	Files []caseflow.File `json:"files,omitempty"`
	// Licence stands for it, so that nothing is handed in.
	Licence *caseflow.OnFile `json:"licence,omitempty" doc:"Was granted here and stands for the material"`
}

// StepView is a step of the flow and how far it is.
type StepView struct {
	ID         caseflow.StepID   `json:"id"`
	Name       caseflow.Text     `json:"name"`
	Kind       string            `json:"kind"`
	Part       caseflow.PartID   `json:"part,omitempty"`
	Needs      []caseflow.StepID `json:"needs,omitempty"`
	Department string            `json:"department,omitempty"`
	State      string            `json:"state" enum:"pending,ready,done,skipped"`
	Outcome    string            `json:"outcome,omitempty"`
	Case       caseflow.CaseNo   `json:"case,omitempty" doc:"Of a subcase step: the case of its own that does the work"`
	Ready      time.Time         `json:"ready,omitzero"`
	Done       time.Time         `json:"done,omitzero"`
}

// TaskView is a task. Who holds it is told to officials, and to nobody else.
type TaskView struct {
	ID         int             `json:"id" doc:"Within its case"`
	Kind       string          `json:"kind"`
	Step       caseflow.StepID `json:"step,omitempty"`
	Department string          `json:"department"`
	Role       string          `json:"role"`
	State      string          `json:"state" enum:"open,claimed,done,cancelled,waiting"`
	Mine       bool            `json:"mine,omitempty" doc:"You hold it, or it is meant for you"`
	Holder     string          `json:"holder,omitempty" doc:"To officials: who holds it, see GET /people"`
	Person     string          `json:"person,omitempty" doc:"To officials: the only person that it is meant for"`
	Opened     time.Time       `json:"opened"`
	Done       time.Time       `json:"done,omitzero"`
	Outcome    string          `json:"outcome,omitempty"`
	Ask        string          `json:"ask,omitempty" doc:"To officials: the question or instruction"`
	Words      string          `json:"words,omitempty" doc:"To officials: the opinion given"`
	Due        time.Time       `json:"due,omitzero" doc:"While its limit is stopped: when it must run again"`
	Soon       time.Time       `json:"soon,omitzero" doc:"From when on it counts as due soon"`
	Stopped    bool            `json:"stopped,omitempty"`
}

// ClockView is a limit: what is due, when, under which rule.
type ClockView struct {
	ID          string                `json:"id"`
	Kind        string                `json:"kind"`
	Step        caseflow.StepID       `json:"step,omitempty"`
	Bearer      string                `json:"bearer" doc:"Department that must act, or applicant"`
	Rule        string                `json:"rule"`
	Name        caseflow.Text         `json:"name"`
	Limit       workday.Limit         `json:"limit" example:"5 workday"`
	Basis       string                `json:"basis,omitempty"`
	From        time.Time             `json:"from"`
	Due         time.Time             `json:"due" doc:"The first instant that is too late"`
	Soon        time.Time             `json:"soon,omitzero"`
	State       string                `json:"state" enum:"running,stopped,met,missed,cancelled"`
	Level       int                   `json:"level" doc:"0, 1 due soon, 2 due today, 3 overdue"`
	Ended       time.Time             `json:"ended,omitzero"`
	Provisional bool                  `json:"provisional,omitempty" doc:"Rests on days whose holidays are not yet published"`
	Extended    *ExtensionView        `json:"extended,omitempty"`
	Stops       []workday.Span        `json:"stops,omitempty"`
	Explained   []workday.Explanation `json:"explained,omitempty" doc:"Day by day, why each counted or not; an extension in another unit counts on in a second one. The last ends when the clock is due."`
}

// ExtensionView is the one extension of a limit.
type ExtensionView struct {
	Limit  workday.Limit `json:"limit"`
	Reason string        `json:"reason"`
	Basis  string        `json:"basis,omitempty"`
	At     time.Time     `json:"at"`
}

// CorrectionView is the one-time notice.
type CorrectionView struct {
	Points []caseflow.CorrectionPoint `json:"points" nullable:"false"`
	At     time.Time                  `json:"at"`
	Done   time.Time                  `json:"done,omitzero"`
}

// DeliveryView is results handed over.
type DeliveryView struct {
	Step     caseflow.StepID `json:"step"`
	How      string          `json:"how"`
	Receiver string          `json:"receiver"`
	Waybill  string          `json:"waybill,omitempty"`
	At       time.Time       `json:"at"`
}

// detail shows a case. open shows personal data in full, as to the owner.
func detail(by caseflow.Actor, v *hall.View, open bool) CaseDetail {
	c, it := v.Case, v.Item
	d := CaseDetail{
		Case: c.No, Region: c.Region, Item: c.Item, Name: it.Name, Pack: c.Pack, Version: c.Version, Entry: v.Entry,
		Phase: c.Phase, Channel: c.Channel, Turn: c.Turn, Mine: v.Own(), Masked: !open, Limited: v.Limited, Applicant: c.Applicant, Agent: c.Agent, Assistance: assistance(by, c), Charge: charge(by, c),
		Opened: c.Opened, Submitted: c.Submitted, Accepted: c.Accepted, Decided: c.Decided, Ended: c.Ended, Form: c.Form,
		Materials: materials(v), Steps: steps(v), Parts: c.Parts, Tasks: tasks(by, it, c), Clocks: clocks(c),
		Stops: c.Stops, Commitments: c.Commitments, Licences: c.Licences, Ratings: c.Ratings, Outages: c.Outages, Ground: c.Ground,
	}
	d.Notices, d.Cancels, d.Cancelled, d.Benefit = caseNotices(v, open), c.Cancels, c.Cancelled, it.Benefit
	if c.Parent != nil {
		d.Parent = &ParentView{c.Parent.Case, c.Parent.Step}
	}
	if c.Correction != nil {
		d.Correction = &CorrectionView{filled(c.Correction.Points), c.Correction.At, c.Correction.Done}
	}
	for _, x := range c.Deliveries {
		d.Deliveries = append(d.Deliveries, DeliveryView{x.Step, x.How, x.Receiver, x.Waybill, x.At})
	}
	subject := it.SubjectOf(c.Form)
	d.Subject = subject.Text
	if !open {
		d.Subject = subject.Masked()
		d.mask(it)
	}
	return d
}

func materials(v *hall.View) []MaterialView {
	list := make([]MaterialView, 0, len(v.Case.Materials))
	asked, refusal := v.Asked()
	for _, s := range v.Case.Materials {
		m := MaterialView{ID: s.ID, State: s.State, Paper: s.Paper, Files: slices.Clone(s.Files), Licence: s.OnFile}
		if it := v.Item.MaterialByID(s.ID); it != nil {
			m.Name, m.Need = it.Name, it.Need
			m.Asked = refusal != nil || slices.Contains(asked.Materials, it)
		}
		list = append(list, m)
	}
	return list
}

func steps(v *hall.View) []StepView {
	list := make([]StepView, 0, len(v.Case.Steps))
	for _, s := range v.Case.Steps {
		x := StepView{ID: s.ID, State: s.State, Outcome: s.Outcome, Ready: s.Ready, Done: s.Done}
		if it := v.Item.StepByID(s.ID); it != nil {
			x.Name, x.Kind, x.Part, x.Needs, x.Department = it.Name, it.Kind, it.Part, it.Needs, it.By.Department
		}
		if k := v.Case.ChildOf(s.ID, s.Round); k != nil {
			x.Case = k.No
		}
		list = append(list, x)
	}
	return list
}

// tasks shows what still waits for somebody, and what the actor did. What officials ask one another is theirs.
func tasks(by caseflow.Actor, it *caseflow.Item, c *caseflow.Case) []TaskView {
	list := []TaskView{}
	for i := range c.Tasks {
		t := &c.Tasks[i]
		own := by.ID == t.Holder || by.ID == t.By.Person || by.ID == t.DoneBy
		if !t.Live() && !own && by.Kind != caseflow.ActorOfficial {
			continue
		}
		x := TaskView{ID: t.ID, Kind: t.Kind, Step: t.Step, Department: t.By.Department, Role: t.By.Role, State: t.State,
			Mine: own, Opened: t.Opened, Done: t.Done, Outcome: t.Outcome}
		if by.Kind == caseflow.ActorOfficial {
			x.Ask, x.Words, x.Holder, x.Person = t.Ask, t.Words, t.Holder, t.By.Person
		}
		x.Due, x.Soon, x.Stopped = hall.TaskDue(it, c, t)
		list = append(list, x)
	}
	return list
}

func clocks(c *caseflow.Case) []ClockView {
	list := make([]ClockView, 0, len(c.Clocks))
	for i := range c.Clocks {
		k := &c.Clocks[i]
		x := ClockView{
			ID: k.ID, Kind: k.Kind, Step: k.Step, Bearer: k.Bearer, Rule: k.Rule.ID, Name: k.Rule.Name, Limit: k.Rule.Limit,
			Basis: k.Rule.Basis.String(), From: k.From, Due: k.Due, Soon: k.Soon, State: k.State, Level: int(k.Level),
			Ended: k.Ended, Provisional: k.Provisional, Stops: k.Stops,
		}
		if e := k.Extended; e != nil {
			x.Extended = &ExtensionView{e.Limit, e.Reason, e.Basis.String(), e.At}
		}
		list = append(list, x)
	}
	return list
}

// TaskSummary is a task in a queue, with its case.
type TaskSummary struct {
	Task TaskView    `json:"task"`
	Case CaseSummary `json:"case"`
}

func (a *API) taskSummary(by caseflow.Actor, r *store.TaskItem) TaskSummary {
	holder, person := r.Holder, r.Person
	if by.Kind != caseflow.ActorOfficial {
		holder, person = "", ""
	}
	return TaskSummary{
		Task: TaskView{ID: r.ID, Kind: r.Kind, Step: r.Step, Department: r.Department, Role: r.Role, State: r.State,
			Holder: holder, Person: person, Mine: by.ID == r.Holder || by.ID == r.Person, Opened: r.Opened, Done: r.Done, Outcome: r.Outcome, Due: r.Due, Soon: r.Soon,
			Stopped: r.Stopped},
		Case: a.summary(by, &r.Case),
	}
}
