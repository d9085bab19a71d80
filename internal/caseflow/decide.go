package caseflow

import (
	"cmp"
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/tongban/tongban/workday"
)

// Env is everything from outside that a decision depends on.
type Env struct {
	Now      time.Time         // UTC
	Calendar *workday.Calendar // of the case's region
	No       CaseNo            // of the case that Open starts
	Region   string            // where Open starts it
	Serial   int64             // its unique number within the region
	Nonce    [16]byte          // unguessable, fresh for each command
	Staff    []Colleague       // of the case's region, for a command that names a post (see NamesPosts)
	Name     *NameFacts        // of the name that a request asks for (see ClaimsName)
	Renewed  map[string]string // which licence took the place of one of Case.Expiring, by its number
	Held     []Held            // licences of the applicant, newest first (see NeedsHeld)
	Earlier  []Earlier         // requests of the applicant, for one that ends a licence
	Relieves string            // account of who gave a shift that the actor takes over (see TakeShift)
	// Corrected is set while the calendar is new and running cases may still be counted under the one before.
	Corrected *CalendarChange
	// Outages are times when nobody served that running cases may not have been told of yet, oldest first.
	Outages []workday.Span
	// Trying asks what would be answered, without the facts above: what rests on them counts as true.
	Trying bool
}

// Decision is what a command leads to: the events, and the case after them.
type Decision struct {
	Events []Event
	Case   *Case
}

// Decide judges a command. c is nil for Open, and is not changed. Clocks whose effect is due by env.Now take it before
// the command is judged, so that nobody overtakes the law by being quicker than the clock runner. On a refusal nothing
// has happened.
func Decide(c *Case, it *Item, by Actor, cmd Command, env Env) (*Decision, *Refusal) {
	d := newDecider(it, by, env)
	if c == nil {
		d.c = &Case{}
		if r := d.begins(cmd); r != nil {
			return nil, r
		}
		return &Decision{d.events, d.c}, nil
	}
	d.prepare(c)
	if _, outage := cmd.(RecordOutage); !outage {
		d.fire()
	}
	return d.conclude(cmd)
}

// prepare takes a copy of the case to work on.
func (d *decider) prepare(c *Case) {
	d.c = c.Clone()
	if d.env.Corrected != nil { // before a clock acts on a day that the calendar has moved
		d.followCalendar(*d.env.Corrected)
	}
	for _, span := range d.env.Outages { // nor on one that ran out while nobody could act
		d.outage(span)
	}
}

// conclude judges the command on what the clocks have left.
func (d *decider) conclude(cmd Command) (*Decision, *Refusal) {
	if r := d.stepsAside(cmd); r != nil {
		return nil, r
	}
	if r := d.judge(cmd); r != nil {
		return nil, r
	}
	if takesUp(cmd) {
		d.charged()
	}
	return &Decision{d.events, d.c}, nil
}

// begins judges a command that starts a case. None begins on an item that its pack should not have.
func (d *decider) begins(cmd Command) *Refusal {
	if r := d.it.sound(); r != nil {
		return r
	}
	switch cmd := cmd.(type) {
	case Open:
		if d.by.Kind == ActorOfficial && (d.by.named(cmd.Applicant.Document) || cmd.Agent != nil && d.by.named(cmd.Agent.Document)) {
			return conflict() // nobody takes in their own request
		}
		return d.open(cmd)
	case OpenSubcase:
		return d.openSubcase(cmd)
	}
	return refuse(CodePhase)
}

// decider carries one decision: events are applied to the working copy as they are emitted.
type decider struct {
	c      *Case
	it     *Item
	by     Actor
	env    Env
	meta   Meta
	events []Event
	form   map[string]any // of c.Form, decoded once
	trying bool           // what would be accepted is asked, without facts from outside
	silent bool           // the law decides: steps that would wait for somebody are passed over
}

func newDecider(it *Item, by Actor, env Env) *decider {
	return &decider{it: it, by: by, env: env, meta: Meta{At: env.Now, By: by.Stamp()}, trying: env.Trying}
}

func (d *decider) emit(e Event) {
	d.events = append(d.events, e)
	Apply(d.c, e, d.meta)
}

// judge hands a command to its own function.
//
//house:long one case a command
func (d *decider) judge(cmd Command) *Refusal {
	switch cmd := cmd.(type) {
	case Open, OpenSubcase:
		return refuse(CodeExists)
	case SaveDraft:
		return d.saveDraft(cmd)
	case Attach:
		return d.attach(cmd)
	case Detach:
		return d.detach(cmd)
	case SeenPaper:
		return d.seenPaper(cmd)
	case Defer:
		return d.deferMaterial(cmd)
	case Submit:
		return d.submit()
	case Accept:
		return d.accept()
	case Decline:
		return d.decline(cmd)
	case RequestCorrection:
		return d.requestCorrection(cmd)
	case Correct:
		return d.correct()
	case Claim:
		return d.claim(cmd)
	case Release:
		return d.release(cmd)
	case Complete:
		return d.complete(cmd)
	case Grant:
		return d.grant(cmd)
	case Refuse:
		return d.reject(cmd)
	case AskOpinion:
		return d.askOpinion(cmd)
	case WithdrawQuestion:
		return d.withdrawQuestion(cmd)
	case AddSigner:
		return d.addSigner(cmd)
	case RemoveSigner:
		return d.removeSigner(cmd)
	case HandOver:
		return d.handOver(cmd)
	case Delegate:
		return d.delegate(cmd)
	case CopyTo:
		return d.copyTo(cmd)
	case SendBack:
		return d.sendBack(cmd)
	case TakeBack:
		return d.takeBack(cmd)
	case Extend:
		return d.extend(cmd)
	case StopClock:
		return d.stopClock(cmd)
	case ResumeClock:
		return d.resumeClock(cmd)
	case FulfilCommitment:
		return d.fulfil(cmd)
	case BreakCommitment:
		return d.breakCommitment(cmd)
	case Withdraw:
		return d.withdraw(cmd)
	case Deliver:
		return d.deliver(cmd)
	case Revoke:
		return d.revoke(cmd)
	case Rate:
		return d.rate(cmd)
	case Supervise:
		return d.supervise(cmd)
	case Note:
		return d.note(cmd)
	case Consult:
		return d.consult(cmd)
	case Tick:
		return d.tick()
	case RecordOutage:
		return d.recordOutage(cmd)
	case Recount:
		return d.recount(cmd)
	case Assist:
		return d.assist(cmd)
	case RecordSubcase:
		return d.recordSubcase(cmd)
	case Recall:
		return d.recall()
	case TellParent:
		return d.tellParent(cmd)
	case OfferCharge:
		return d.offerCharge(cmd)
	case TakeCharge:
		return d.takeCharge()
	case TakeShift:
		return d.takeShift(cmd)
	case Recuse:
		return d.recuse(cmd)
	case Object:
		return d.object(cmd)
	case CancelLicences:
		return d.cancelLicences(cmd)
	case RecordCancel:
		return d.recordCancel(cmd)
	case UseLicence:
		return d.useLicence(cmd)
	}
	return refuse(CodePhase)
}

// in refuses unless the case is in one of the phases.
func (d *decider) in(phases ...Phase) *Refusal {
	if slices.Contains(phases, d.c.Phase) {
		return nil
	}
	return refuse(CodePhase, string(d.c.Phase))
}

// files reports whether the actor may act for the applicant: the owner, or a clerk at the door for a case that was opened
// through a person (window, station, terminal, hotline).
func (d *decider) files() bool {
	if d.by.Kind == ActorCitizen {
		return d.owns()
	}
	return d.c.Channel != ChannelOnline && d.atDoor(d.c.Channel)
}

// atDoor reports whether the actor takes requests in through a channel: a clerk of the leading department, or of one whose
// door it is.
func (d *decider) atDoor(channel string) bool {
	return d.clerk() || slices.ContainsFunc(d.it.DoorsOf(channel), func(department string) bool {
		return d.by.fits(Post{Department: department, Role: RoleClerk})
	})
}

// owns reports whether the actor is the applicant's account, or acts for it. A case opened at a window may have none.
func (d *decider) owns() bool {
	return d.by.Kind == ActorCitizen && d.by.ID != "" && d.c.Owner != "" && (d.by.ID == d.c.Owner || d.by.For == d.c.Owner)
}

func (d *decider) clerk() bool {
	return d.by.fits(Post{Department: d.it.Department, Role: RoleClerk})
}

// Channels through which a case is opened.
const (
	ChannelOnline   = "online"
	ChannelWindow   = "window"
	ChannelStation  = "station"
	ChannelTerminal = "terminal"
	ChannelHotline  = "hotline"
)

var channels = []string{ChannelOnline, ChannelWindow, ChannelStation, ChannelTerminal, ChannelHotline}

// reach tells why the actor cannot work on a task now. It is "" if they can: it is meant for their post, and nobody else
// holds it.
func (d *decider) reach(t *Task) string {
	switch {
	case !t.Live():
		return CodeTaskEnded
	case t.State == TaskWaiting:
		return CodeNotYourTurn
	case !d.by.fits(t.By): // also one who holds it, but has another post by now
		return CodeNotYours
	case t.State == TaskClaimed && t.Holder != d.by.ID:
		return CodeTaskTaken
	case t.Kind == TaskStep && t.Delegator == "" && d.signsBeside(t, d.by.ID):
		return CodeSignsAlready
	case d.checksOwn(t, d.by.ID):
		return CodeFourEyes
	}
	return ""
}

// holds finds a live task of one of the kinds that the actor holds, or takes it at once if it is within reach.
func (d *decider) holds(id int, kinds ...string) (*Task, *Refusal) {
	t := d.c.Task(id)
	if t == nil || len(kinds) > 0 && !slices.Contains(kinds, t.Kind) {
		return nil, refuse(CodeNoSuchTask)
	}
	if code := d.reach(t); code != "" {
		return nil, refuse(code)
	}
	if t.State == TaskOpen {
		d.emit(TaskTaken{Task: id, Holder: d.by.ID})
	}
	return t, nil
}

// holdsStep is holds for commands that act on a running step. A delegate only prepares, with Complete; the rest is for
// whoever lent the task.
func (d *decider) holdsStep(id int) (*Task, *StepState, *Step, *Refusal) {
	if r := d.in(PhaseRunning, PhaseGranted); r != nil {
		return nil, nil, nil, r
	}
	t, r := d.holds(id, TaskStep)
	if r != nil {
		return nil, nil, nil, r
	}
	if t.Delegator != "" {
		return nil, nil, nil, refuse(CodeNotYours)
	}
	return t, d.c.step(t.Step), d.it.StepByID(t.Step), nil
}

func words(s string, needed bool) *Refusal {
	if tooLong(s) || needed && s == "" {
		return refuse(CodeWords)
	}
	return nil
}

// facts collects what conditions see.
func (d *decider) facts() (Facts, *Refusal) {
	if d.form == nil {
		d.form = map[string]any{}
		if len(d.c.Form) > 0 && json.Unmarshal(d.c.Form, &d.form) != nil {
			return Facts{}, refuse(CodeForm)
		}
	}
	f := Facts{
		Form: d.form,
		Applicant: map[string]any{
			"kind": d.c.Applicant.Kind, "docType": string(d.c.Applicant.Document.Type), "region": d.c.Region,
			"channel": d.c.Channel, "help": "", "name": "", "code": "",
		},
		Steps: map[string]string{}, Data: map[string]any{},
	}
	if d.c.Applicant.Kind == KindOrganisation { // a person's are nobody's condition
		f.Applicant["name"], f.Applicant["code"] = d.c.Applicant.Name, d.c.Applicant.Document.No
	}
	if d.c.Assistance != nil {
		f.Applicant["help"] = d.c.Assistance.Why
	}
	for i := range d.c.Steps {
		s := &d.c.Steps[i]
		switch s.State {
		case StepSkipped:
			f.Steps[string(s.ID)] = d.silence(s)
		case StepDone:
			f.Steps[string(s.ID)] = s.Outcome
			var v map[string]any
			if len(s.Data) > 0 && json.Unmarshal(s.Data, &v) == nil {
				f.Data[string(s.ID)] = v
			}
		}
	}
	return f, nil
}

// silence gives the outcome of a step that was passed over: silence that counts as consent is consent.
func (d *decider) silence(s *StepState) string {
	if s.Outcome != OverSilence {
		return s.Outcome
	}
	if def := d.it.StepByID(s.ID); def != nil && def.Kind == KindDecide {
		return OutcomeGrant
	}
	return OutcomeAgree
}

// exactly is facts for what is printed: numbers keep every digit that was typed.
func (d *decider) exactly() (Facts, *Refusal) {
	f, r := d.facts()
	if r != nil {
		return f, r
	}
	if len(d.c.Form) > 0 {
		form, err := decodeObject(d.c.Form)
		if err != nil {
			return f, refuse(CodeForm)
		}
		f.Form = form
	}
	for id := range f.Data {
		if v, err := decodeObject(d.c.step(StepID(id)).Data); err == nil {
			f.Data[id] = v
		}
	}
	return f, nil
}

// holdsTrue evaluates a condition; nil is true.
func (d *decider) holdsTrue(cond Condition, where string) (bool, *Refusal) {
	if cond == nil {
		return true, nil
	}
	f, r := d.facts()
	if r != nil {
		return false, r
	}
	ok, err := cond.Holds(f)
	if err != nil {
		return false, refuse(CodeCondition, where)
	}
	return ok, nil
}

// secret derives an unguessable code for a purpose from the command's nonce: 26 characters, safe to read aloud.
func (d *decider) secret(purpose string) string {
	sum := sha256.Sum256(append(d.env.Nonce[:], purpose...))
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:16])
}

func (d *decider) newTask(t Task) int {
	t.ID, t.By = d.c.LastTask+1, d.besidesRecused(t.By)
	t.Opened, t.State = d.env.Now, cmp.Or(t.State, TaskOpen)
	d.emit(TaskOpened{Task: t})
	return t.ID
}

// TaskClock is the id of the clock of a task that carries a question or an instruction.
func TaskClock(id int) string { return fmt.Sprintf("task:%d", id) }
