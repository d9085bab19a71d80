package caseflow

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/tongban/tongban/ident"
)

// Publish (公示) says what a publish step shows to everybody, and what an objection (异议) to it leads to. How long it is shown is
// the step's Within; the step's By answers the objections.
type Publish struct {
	Who       Text     `json:"who"`   // who may object, and with what
	Shows     []Datum  `json:"shows"` // what everybody reads; nothing else of the case is public
	Objection string   `json:"objection"`
	Ground    string   `json:"ground,omitempty"`  // of the item, by which an objection ends the case
	Reasons   []Option `json:"reasons,omitempty"` // one of which an objection names; empty: words alone
	Answer    Rule     `json:"answer"`            // within which an objection is answered
}

// What an objection leads to.
const (
	ObjectionEnds  = "ends"  // the case ends at once, by Publish.Ground
	ObjectionWaits = "waits" // the step waits until it is answered
)

// Outcomes of a publish step, and of the answer to an objection.
const (
	OutcomeClear     = "clear"     // nobody objected, or no objection was right
	OutcomeObjected  = "objected"  // somebody did, and was not shown to be wrong
	OutcomeUpheld    = "upheld"    // 异议成立
	OutcomeDismissed = "dismissed" // 异议不成立
)

// Bounds on objections to one public notice.
const MaxObjections = 100

// Publication is a public notice of a case.
type Publication struct {
	No         int             `json:"no"` // within the case, from 1
	Step       StepID          `json:"step"`
	Round      int             `json:"round"`
	Stop       int             `json:"stop"` // during which the case's own limits stand still
	Shown      json.RawMessage `json:"shown"`
	From       time.Time       `json:"from"`
	State      string          `json:"state"`
	Ended      time.Time       `json:"ended,omitzero"`
	Objections []Objection     `json:"objections,omitempty"`
}

// States of a public notice.
const (
	PublicationRunning  = "running"
	PublicationOver     = "over"     // its time is over
	PublicationObjected = "objected" // an objection has ended it
	PublicationDropped  = "dropped"  // its case or its step has ended otherwise
)

// Objection is what somebody holds against a public notice. Who it was is for the desk that answers it.
type Objection struct {
	ID         int       `json:"id"` // within the notice, from 1
	At         time.Time `json:"at"`
	By         string    `json:"by,omitempty"`         // account; "" of somebody who has none
	Department string    `json:"department,omitempty"` // of an official
	Name       string    `json:"name"`
	Contact    string    `json:"contact,omitempty"`
	Reason     string    `json:"reason,omitempty"`
	Words      string    `json:"words"`
	Task       int       `json:"task"` // that answers it
	State      string    `json:"state"`
	Answer     string    `json:"answer,omitempty"`
	Answered   time.Time `json:"answered,omitzero"`
}

// ObjectionOpen is the state of an objection that nobody has answered; then it is OutcomeUpheld or OutcomeDismissed.
const ObjectionOpen = "open"

// Object (提出异议) objects to a public notice of the case while it runs: anybody may but who asked for what is published. Who has
// no account says who they are and how to reach them.
type Object struct {
	Notice  int    `json:"notice"`
	Reason  string `json:"reason,omitempty"`
	Words   string `json:"words"`
	Name    string `json:"name,omitempty"`
	Contact string `json:"contact,omitempty"`
}

func (Object) Verb() string { return "object" }

// The events of a public notice.
type (
	// Published begins it.
	Published struct {
		Publication Publication `json:"publication"`
	}
	// PublicationEnded ends it.
	PublicationEnded struct {
		Publication int    `json:"publication"`
		State       string `json:"state"`
	}
	// Objected is an objection.
	Objected struct {
		Publication int       `json:"publication"`
		Objection   Objection `json:"objection"`
	}
	// ObjectionAnswered is the answer to it.
	ObjectionAnswered struct {
		Publication int    `json:"publication"`
		Objection   int    `json:"objection"`
		State       string `json:"state"`
		Words       string `json:"words"`
	}
)

func (Published) Name() string         { return "published" }
func (PublicationEnded) Name() string  { return "publication-ended" }
func (Objected) Name() string          { return "objected" }
func (ObjectionAnswered) Name() string { return "objection-answered" }

func (e Published) apply(c *Case, _ Meta) { c.Publications = append(c.Publications, e.Publication) }

func (e PublicationEnded) apply(c *Case, m Meta) {
	if p := c.Publication(e.Publication); p != nil {
		p.State, p.Ended = e.State, m.At
	}
}

func (e Objected) apply(c *Case, _ Meta) {
	if p := c.Publication(e.Publication); p != nil {
		p.Objections = append(p.Objections, e.Objection)
	}
}

func (e ObjectionAnswered) apply(c *Case, m Meta) {
	p := c.Publication(e.Publication)
	if p == nil {
		return
	}
	for i := range p.Objections {
		if o := &p.Objections[i]; o.ID == e.Objection {
			o.State, o.Answer, o.Answered = e.State, e.Words, m.At
		}
	}
}

// Publication returns a public notice of the case by its number, or nil.
func (c *Case) Publication(no int) *Publication {
	if no < 1 || no > len(c.Publications) {
		return nil
	}
	return &c.Publications[no-1]
}

// Until is when a public notice ends, or was to end.
func (c *Case) Until(p *Publication) time.Time {
	if k := c.Clock(StopClockID(p.Stop)); k != nil {
		return k.Due
	}
	return p.Ended
}

// Open counts the objections that nobody has answered.
func (p *Publication) Open() int {
	n := 0
	for i := range p.Objections {
		if p.Objections[i].State == ObjectionOpen {
			n++
		}
	}
	return n
}

// OpenObjections counts those of all notices of the case.
func (c *Case) OpenObjections() int {
	n := 0
	for i := range c.Publications {
		n += c.Publications[i].Open()
	}
	return n
}

// Special reports whether a stop is one that the law lets an authority take (特别程序), and not the time of a step.
func (s *Stop) Special() bool { return s.Cause != KindPublish && s.Cause != KindWait }

// Timed reports whether a step only lets time pass: that of a public notice, or that which somebody has to say no.
func (s *Step) Timed() bool { return s.Kind == KindPublish || s.Kind == KindWait }

// timed begins a step that lets time pass. It is not the agency's time, so the limits of the case stand still (市场主体登记管理条例
// art. 33: what is asked for may be granted only after it). It returns the stop.
func (d *decider) timed(def *Step, round int) int {
	rule := *d.within(def)
	rule.Effect = EffectResume
	d.emit(StepBegun{Step: def.ID, Round: round})
	stop := Stop{ID: len(d.c.Stops) + 1, Cause: def.Kind, Step: def.ID, By: def.By.Department, Reason: def.Name.ZH, Need: rule.Limit, From: d.env.Now}
	bearer := BearerApplicant
	if def.Kind == KindPublish {
		bearer = BearerPublic
	}
	d.stand(stop, bearer, rule)
	return stop.ID
}

// publish begins a public notice.
func (d *decider) publish(def *Step, round int) {
	f, r := d.exactly()
	if r != nil {
		d.stick(def, round, StuckPublish, r)
		return
	}
	shown := map[string]any{}
	for _, s := range def.Publish.Shows {
		if v, ok := f.at(s.From); ok {
			shown[s.Key] = v
		}
	}
	data, err := json.Marshal(shown)
	if err != nil {
		d.stick(def, round, StuckPublish, refuse(CodeForm))
		return
	}
	stop := d.timed(def, round)
	d.emit(Published{Publication: Publication{
		No: len(d.c.Publications) + 1, Step: def.ID, Round: round, Stop: stop, Shown: data, From: d.env.Now, State: PublicationRunning,
	}})
}

// timeOver goes on after the time of a step that lets time pass.
func (d *decider) timeOver(stop Stop) {
	def := d.it.StepByID(stop.Step)
	if s := d.c.step(stop.Step); def == nil || !def.Timed() || s == nil || s.State != StepReady {
		return
	}
	if def.Kind == KindWait {
		d.passed(def, OutcomeDone)
		return
	}
	p := d.published(def.ID)
	if p == nil {
		return
	}
	d.emit(PublicationEnded{Publication: p.No, State: PublicationOver})
	d.noticed(def, d.c.Publication(p.No))
}

// noticed ends the step of a notice that is over when every objection to it is answered.
func (d *decider) noticed(def *Step, p *Publication) {
	if p.State != PublicationOver || p.Open() > 0 {
		return
	}
	outcome := OutcomeClear
	if slices.ContainsFunc(p.Objections, func(o Objection) bool { return o.State == OutcomeUpheld }) {
		outcome = OutcomeObjected
	}
	d.passed(def, outcome)
}

// passed ends a step that nobody signs.
func (d *decider) passed(def *Step, outcome string) {
	d.leave(def.ID, "outcome", false)
	d.emit(StepEnded{Step: def.ID, Outcome: outcome})
	d.advance()
}

// published is the notice of a step that runs; nil if none does.
func (d *decider) published(step StepID) *Publication {
	for i := range d.c.Publications {
		if p := &d.c.Publications[i]; p.State == PublicationRunning && (step == "" || p.Step == step) {
			return p
		}
	}
	return nil
}

// unpublish drops the notices of a step that still run; "" those of all.
func (d *decider) unpublish(step StepID) {
	for p := d.published(step); p != nil; p = d.published(step) {
		d.emit(PublicationEnded{Publication: p.No, State: PublicationDropped})
	}
}

// object takes an objection. Each is answered by the desk of the notice, whatever becomes of the case.
func (d *decider) object(cmd Object) *Refusal {
	p := d.c.Publication(cmd.Notice)
	if p == nil || p.State != PublicationRunning {
		return refuse(CodeNoNotice)
	}
	def := d.it.StepByID(p.Step)
	o, r := d.objection(p, def, cmd)
	if r != nil {
		return r
	}
	step, no := p.Step, p.No
	o.Task = d.c.LastTask + 1
	d.emit(Objected{Publication: no, Objection: o})
	d.newTask(Task{Kind: TaskObjection, Step: step, By: def.By, Ask: cmd.Words})
	d.startClock(TaskClock(o.Task), ClockOrder, step, def.By.Department, def.Publish.Answer, d.env.Now)
	if def.Publish.Objection != ObjectionEnds {
		return nil
	}
	i := slices.IndexFunc(d.it.Grounds, func(g Ground) bool { return g.ID == def.Publish.Ground })
	if i < 0 {
		return refuse(CodeItem, string(step))
	}
	g := d.it.Grounds[i]
	d.emit(PublicationEnded{Publication: no, State: PublicationObjected})
	return d.endStep(def, OutcomeObjected, nil, &GroundUsed{ID: g.ID, Text: g.Text.ZH, Basis: g.Basis, Relief: d.it.Relief})
}

// objection judges who objects and what they say.
func (d *decider) objection(p *Publication, def *Step, cmd Object) (Objection, *Refusal) {
	o := Objection{ID: len(p.Objections) + 1, At: d.env.Now, Reason: cmd.Reason, Words: strings.TrimSpace(cmd.Words), State: ObjectionOpen}
	switch d.by.Kind {
	case ActorCitizen:
		if d.owns() || d.by.ID == "" {
			return o, refuse(CodeNotYours)
		}
		o.By, o.Name, o.Contact = d.by.ID, d.by.Name, strings.TrimSpace(cmd.Contact)
	case ActorOfficial: // 市场主体登记管理条例 art. 33: departments concerned object as well
		o.By, o.Name, o.Department = d.by.ID, d.by.Name, d.by.Department
	case ActorVisitor:
		o.Name, o.Contact = strings.TrimSpace(cmd.Name), strings.TrimSpace(cmd.Contact)
	default:
		return o, refuse(CodeNotYours)
	}
	if faults := o.faults(d.by.Kind == ActorVisitor, def.Publish.Reasons); len(faults) > 0 {
		return o, &Refusal{Code: CodeForm, Fields: faults}
	}
	same := func(x Objection) bool {
		return x.State == ObjectionOpen && (o.By != "" && x.By == o.By || o.By == "" && x.By == "" && x.Contact == o.Contact)
	}
	switch {
	case slices.ContainsFunc(p.Objections, same):
		return o, refuse(CodeObjected)
	case len(p.Objections) >= MaxObjections || len(d.c.Tasks) >= MaxTasks:
		return o, refuse(CodeTooMany, "objections")
	}
	return o, nil
}

// faults finds what is to be mended in an objection.
func (o *Objection) faults(stranger bool, reasons []Option) []FieldFault {
	var list []FieldFault
	fault := func(field, code string) { list = append(list, FieldFault{Field: field, Code: code}) }
	if named := slices.ContainsFunc(reasons, func(r Option) bool { return r.Value == o.Reason }); !named && (len(reasons) > 0 || o.Reason != "") {
		fault("reason", "required")
	}
	switch {
	case o.Words == "":
		fault("words", "required")
	case tooLong(o.Words):
		fault("words", "length")
	}
	if stranger {
		if code, _ := (Party{Kind: KindOrganisation, Name: o.Name}).NameFault(); code != "" {
			fault("name", code)
		}
		if o.Contact == "" {
			fault("contact", "required")
			return list
		}
	}
	if o.Contact != "" && !reachable(o.Contact) {
		fault("contact", "pattern")
	}
	return list
}

// reachable reports whether a text looks like a telephone number or an address of mail.
func reachable(s string) bool {
	if _, err := ident.ParsePhone(s); err == nil {
		return true
	}
	name, host, ok := strings.Cut(s, "@")
	return ok && name != "" && strings.Contains(host, ".") && line(s, MaxName) && !strings.ContainsAny(s, " <>,;\"")
}

// answerObjection takes the answer to an objection. The step goes on if its notice is over and this was the last one.
func (d *decider) answerObjection(t *Task, cmd Complete) *Refusal {
	if cmd.Outcome != OutcomeUpheld && cmd.Outcome != OutcomeDismissed {
		return refuse(CodeOutcome)
	}
	d.emit(TaskEnded{Task: t.ID, Outcome: cmd.Outcome, Words: cmd.Words})
	d.endClock(TaskClock(cmd.Task), false)
	for i := range d.c.Publications {
		p := &d.c.Publications[i]
		j := slices.IndexFunc(p.Objections, func(o Objection) bool { return o.Task == cmd.Task })
		if j < 0 {
			continue
		}
		d.emit(ObjectionAnswered{Publication: p.No, Objection: p.Objections[j].ID, State: cmd.Outcome, Words: cmd.Words})
		if s := d.c.step(p.Step); s != nil && s.State == StepReady && s.Round == p.Round && d.c.Phase == PhaseRunning {
			d.noticed(d.it.StepByID(p.Step), d.c.Publication(p.No))
		}
		return nil
	}
	return nil
}

// ObjectionOutcomes lists how an objection may be answered.
func ObjectionOutcomes() []Outcome {
	return []Outcome{{ID: OutcomeUpheld, Name: Text{"异议成立", "The objection is right"}}, {ID: OutcomeDismissed, Name: Text{"异议不成立", "The objection is not right"}}}
}
