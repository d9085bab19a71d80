package caseflow

import (
	"testing"
	"time"

	"github.com/tongban/tongban/workday"
)

var visitor = Actor{Kind: ActorVisitor}

// publishing is a running case whose first step is a public notice of twenty days.
func publishing(t testing.TB, objection string) *desk {
	t.Helper()
	it := sampleItem()
	within := Rule{ID: "notice", Limit: workday.Limit{N: 20, Unit: workday.Day}}
	publish := Step{ID: "publish", Name: Text{"公示", "Notice"}, Kind: KindPublish, By: post("market"), Within: &within,
		Publish: &Publish{Objection: objection, Answer: rule("answer", 3, ""), Reasons: []Option{{Value: "debt"}}}}
	if objection == ObjectionEnds {
		publish.Publish.Ground = "not-eligible"
	}
	it.Steps = append([]Step{publish}, it.Steps...)
	it.Steps[1].Needs = []StepID{"publish"}
	d := newDeskOf(t, it)
	d.running()
	d.ok(owner, FulfilCommitment{Material: "address", Files: []File{file("ee")}})
	return d
}

func objection(contact string) Object {
	return Object{Notice: 1, Reason: "debt", Words: "货款没有还", Name: "何建国", Contact: contact}
}

func (d *desk) notice(state string) *Publication {
	d.t.Helper()
	p := d.c.Publication(1)
	if p == nil || p.State != state {
		d.t.Fatalf("the notice is %+v, want %s", p, state)
	}
	return p
}

// A notice that nobody objects to ends by itself at the end of its last day, and the limits of the case stood still.
func TestANoticeEndsByItself(t *testing.T) {
	d := publishing(t, ObjectionEnds)
	d.notice(PublicationRunning)
	d.clock(ClockPromised, ClockStopped)
	until := d.c.Until(d.c.Publication(1))
	d.no(CodeNotYours, reviewer("market"), ResumeClock{Step: "publish"})
	d.now = until.Add(-time.Second)
	d.ok(system, Tick{}) // warns that it is the last day
	d.notice(PublicationRunning)
	d.now = until
	d.ok(system, Tick{})
	d.notice(PublicationOver)
	d.clock(ClockPromised, ClockRunning)
	if s := d.c.step("publish"); s.Outcome != OutcomeClear {
		t.Errorf("the step ended with %q", s.Outcome)
	}
	d.task("register")
	d.no(CodeNoNotice, visitor, objection("13800138099"))
}

// An objection ends the case by the ground that the item names; it is answered all the same, once.
func TestAnObjectionEndsTheCase(t *testing.T) {
	d := publishing(t, ObjectionEnds)
	d.no(CodeNotYours, owner, objection(""))
	d.no(CodeForm, visitor, Object{Notice: 1, Reason: "debt", Words: "货款没有还"})
	d.no(CodeForm, visitor, Object{Notice: 1, Words: "没有选理由", Name: "何建国", Contact: "13800138099"})
	d.no(CodeNoNotice, visitor, Object{Notice: 2, Reason: "debt", Words: "没有这个公示", Name: "何建国", Contact: "13800138099"})
	d.ok(visitor, objection("13800138099"))
	d.phase(PhaseRefused)
	p := d.notice(PublicationObjected)
	if d.c.Ground == nil || d.c.Ground.ID != "not-eligible" || d.c.OpenObjections() != 1 {
		t.Fatalf("ground %+v, %d objections", d.c.Ground, d.c.OpenObjections())
	}
	task := p.Objections[0].Task
	d.clock(TaskClock(task), ClockRunning)
	d.no(CodeNotYours, reviewer("tax"), Complete{Task: task, Outcome: OutcomeUpheld, Words: "属实"})
	d.no(CodeOutcome, reviewer("market"), Complete{Task: task, Outcome: OutcomeAgree, Words: "属实"})
	d.no(CodeWords, reviewer("market"), Complete{Task: task, Outcome: OutcomeUpheld})
	d.ok(reviewer("market"), Complete{Task: task, Outcome: OutcomeUpheld, Words: "属实"})
	d.clock(TaskClock(task), ClockMet)
	if o := d.c.Publication(1).Objections[0]; o.State != OutcomeUpheld || o.Answer != "属实" || d.c.OpenObjections() != 0 {
		t.Errorf("%+v", o)
	}
}

// Where an objection only holds the case up, the step goes on when the time is over and the last one is answered.
func TestAnObjectionHoldsTheCaseUp(t *testing.T) {
	for outcome, want := range map[string]string{OutcomeDismissed: OutcomeClear, OutcomeUpheld: OutcomeObjected} {
		d := publishing(t, ObjectionWaits)
		d.ok(visitor, objection("13800138099"))
		d.no(CodeObjected, visitor, objection("13800138099"))
		d.ok(stranger, objection(""))
		d.phase(PhaseRunning)
		d.now = d.c.Until(d.c.Publication(1))
		d.ok(system, Tick{})
		p := d.notice(PublicationOver)
		first, second := p.Objections[0].Task, p.Objections[1].Task
		if s := d.c.step("publish"); s.State != StepReady {
			t.Fatalf("the step is %s with open objections", s.State)
		}
		d.ok(reviewer("market"), Complete{Task: first, Outcome: outcome, Words: "查过了"})
		if s := d.c.step("publish"); s.State != StepReady {
			t.Fatalf("the step is %s with one open objection", s.State)
		}
		d.ok(reviewer("market"), Complete{Task: second, Outcome: OutcomeDismissed, Words: "查过了"})
		if s := d.c.step("publish"); s.Outcome != want {
			t.Errorf("%s: the step ended with %q, want %q", outcome, s.Outcome, want)
		}
	}
}

// A case that is taken back takes its notice with it.
func TestANoticeIsDroppedWithItsCase(t *testing.T) {
	d := publishing(t, ObjectionEnds)
	d.ok(owner, Withdraw{})
	d.notice(PublicationDropped)
	d.no(CodeNoNotice, visitor, objection("13800138099"))
}

// The public is not cut short by an outage either.
func TestAnOutageLengthensANotice(t *testing.T) {
	d := publishing(t, ObjectionEnds)
	until := d.c.Until(d.c.Publication(1))
	d.now = d.now.Add(72 * time.Hour)
	d.ok(system, RecordOutage{From: d.now.Add(-48 * time.Hour), To: d.now})
	if got := d.c.Until(d.c.Publication(1)); !got.After(until) {
		t.Errorf("the notice ends %s, as before", got)
	}
}

// cancelling is the draft of a company that asks for the end of its licence.
func cancelling(t testing.TB, facts func(*Env)) (*desk, func(cmd Command, by Actor) (*Decision, *Refusal)) {
	t.Helper()
	it := sampleItem()
	it.Materials = nil
	it.Cancels = &Cancels{Licence: "business-licence", Basis: Basis{"市场主体登记管理条例", "33"}}
	it.Steps = append(it.Steps, Step{ID: "cancel", Kind: KindCancel, Needs: []StepID{"register"}})
	d := newDeskOf(t, it)
	d.c.Applicant = Party{Kind: KindOrganisation, Name: "某某公司"}
	d.c.Applicant.Document.No = "91610131MA6U00005F"
	d.c.Owner = CompanyOwner("91610131MA6U00005F")
	return d, func(cmd Command, by Actor) (*Decision, *Refusal) {
		env := d.env()
		env.Held = []Held{{No: "91610131MA6U00005F", Kind: "business-licence", State: LicenceValid, Region: "610502", Case: "610502-20250101-000001"}}
		if facts != nil {
			facts(&env)
		}
		return Decide(d.c, d.it, by, cmd, env)
	}
}

func TestALicenceIsEndedForItsCompanyAlone(t *testing.T) {
	agent := owner
	agent.For = CompanyOwner("91610131MA6U00005F")
	for _, x := range []struct {
		code  string
		facts func(*Env)
	}{
		{"", nil},
		{CodeNotHere, func(e *Env) { e.Held = nil }},
		{CodeNotHere, func(e *Env) { e.Held[0].State = LicenceCancelled }},
		{CodeUnderWay, func(e *Env) { e.Earlier = []Earlier{{No: "x", Running: true}} }},
		{CodeObjectionOpen, func(e *Env) { e.Earlier = []Earlier{{No: "x", Objections: 1}} }},
	} {
		_, decide := cancelling(t, x.facts)
		switch _, r := decide(Submit{}, agent); {
		case x.code == "" && r != nil:
			t.Errorf("refused: %v", r)
		case x.code != "" && (r == nil || r.Code != x.code):
			t.Errorf("refused with %v, want %s", r, x.code)
		}
	}
	d, decide := cancelling(t, nil)
	d.c.Owner = owner.ID
	if _, r := decide(Submit{}, owner); r == nil || r.Code != CodeNotLegal {
		t.Errorf("an account of its own: %v, want %s", r, CodeNotLegal)
	}
}

// What a case has granted is ended once for one other case, and its name stays taken for a year.
func TestWhatWasGrantedIsEndedOnce(t *testing.T) {
	d := in(t, PhaseClosed)
	no := d.c.Licences[0].No
	cmd := CancelLicences{No: no, By: "610502-20260101-000009"}
	d.no(CodeNotYours, chief, cmd)
	d.no(CodeNoLicence, system, CancelLicences{No: "another", By: cmd.By})
	d.ok(system, cmd)
	if l := d.c.Licences[0]; l.State != LicenceCancelled || d.c.Phase != PhaseClosed {
		t.Errorf("%s, phase %s", l.State, d.c.Phase)
	}
	d.no(CodeNothingDue, system, cmd)
	d.no(CodeNoLicence, system, CancelLicences{No: no, By: "610502-20260101-000010"})
	d.no(CodeNoLicence, chief, Revoke{Reason: "以欺骗手段取得", Basis: Basis{"行政许可法", "69"}})
	d.c.Name = &NameHeld{Name: "某某公司"}
	if until, stands := d.c.NameStands(&Naming{}); !stands || !until.Equal(d.now.AddDate(1, 0, 0)) {
		t.Errorf("the name stands %t until %s", stands, until)
	}
}

// Once the licence is about to be ended nobody takes the request back, silence does not pass the end over, and what is told after a
// revocation undoes nothing.
func TestTheEndOfALicenceIsNotTakenBack(t *testing.T) {
	agent := owner
	agent.For = CompanyOwner("91610131MA6U00005F")
	d, decide := cancelling(t, nil)
	step := func(by Actor, cmd Command) {
		t.Helper()
		dec, r := decide(cmd, by)
		if r != nil {
			t.Fatalf("%s: %v", cmd.Verb(), r)
		}
		d.c = dec.Case
	}
	d.it.Limits.Statutory.Effect = EffectGrant
	step(agent, Submit{})
	step(clerk, Accept{})
	step(reviewer("market"), Grant{Task: d.task("register")})
	if k := d.c.Cancels; k.State != CancelAsked {
		t.Fatalf("the licence is %s", k.State)
	}
	d.c.Licences = nil // as if the item granted nothing
	for by, cmd := range map[string]Command{"owner": Withdraw{}, "system": Recall{}} {
		who := map[string]Actor{"owner": agent, "system": system}[by]
		d.c.Parent = &Parent{Case: "1", Step: "visit", Round: 1}
		if _, r := decide(cmd, who); r == nil || r.Code != CodeTooLate {
			t.Errorf("%s: %v, want %s", cmd.Verb(), r, CodeTooLate)
		}
	}
	d.now = d.now.AddDate(0, 3, 0) // nobody decided on the rest
	step(system, Tick{})
	if s := d.c.step("cancel"); s.State != StepReady || d.c.Phase != PhaseRunning {
		t.Fatalf("the step is %s, the case %s", s.State, d.c.Phase)
	}
	step(system, RecordCancel{Step: "cancel", Round: 1})
	if s := d.c.step("cancel"); s.State != StepDone || d.c.Cancels.State != CancelDone {
		t.Errorf("the step is %s, the licence %s", s.State, d.c.Cancels.State)
	}
}

// A step that an objection refused is asked again when the work is sent back to it: the refusal goes with it.
func TestAPartThatAnObjectionRefusedIsOpenAgain(t *testing.T) {
	d := publishing(t, ObjectionEnds)
	d.it.Steps[0].Part, d.it.Steps[0].Needs = "seal", nil
	d.ok(visitor, objection("13800138099"))
	if p := d.c.part("seal"); p.State != PartRefused {
		t.Fatalf("the part is %s", p.State)
	}
	d.phase(PhaseRunning)
	d.ok(reviewer("market"), SendBack{Task: d.task("register"), To: "publish", Reason: "异议不属实"})
	if p := d.c.part("seal"); p.State != PartOpen || d.c.step("publish").State != StepReady {
		t.Errorf("the part is %s, the notice %s", p.State, d.c.step("publish").State)
	}
}
