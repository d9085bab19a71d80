package caseflow

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/workday"
)

// desk is a case with people around it, on virtual time.
type desk struct {
	t    testing.TB
	it   *Item
	c    *Case
	log  []Event
	at   []Meta
	now  time.Time
	cal  *workday.Calendar // nil is the national one
	held []Held            // what the applicant holds
	down []workday.Span    // outages that the case may not know
}

var (
	owner    = Actor{ID: "u1", Kind: ActorCitizen, Name: "王秀英", Document: applicant.Document, Verified: true}
	clerk    = Actor{ID: "c1", Kind: ActorOfficial, Department: "hall", Region: "610502", Roles: []string{RoleClerk}}
	chief    = Actor{ID: "h1", Kind: ActorOfficial, Department: "hall", Region: "610502", Roles: []string{RoleHead}}
	overseer = Actor{ID: "s1", Kind: ActorOfficial, Department: "office", Region: "610502", Roles: []string{RoleSupervisor}}
	system   = Actor{ID: "system", Kind: ActorSystem}
)

func reviewer(dept string) Actor {
	return Actor{ID: "r-" + dept, Kind: ActorOfficial, Department: dept, Region: "610502", Roles: []string{RoleReviewer}}
}

func post(dept string) Post { return Post{Department: dept, Role: RoleReviewer} }

func wd(n int) workday.Limit { return workday.Limit{N: n, Unit: workday.WorkDay} }

func rule(id string, n int, effect Effect) Rule {
	return Rule{ID: id, Name: Text{ZH: id}, Limit: wd(n), Soon: wd(1), Effect: effect, Basis: Basis{"行政许可法", "32"}}
}

// sampleItem is a bundle: a core registration, then tax and seal in parallel, then results at one window.
func sampleItem() *Item {
	within := rule("step", 1, EffectNone)
	return &Item{
		ID: "company-open", Pack: "03", Version: "1", Name: Text{ZH: "企业开办"}, Department: "hall",
		Parts: []Part{{ID: "registration", Department: "market", Core: true}, {ID: "tax", Department: "tax"}, {ID: "seal", Department: "police"}},
		Materials: []Material{
			{ID: "identity", Need: Required, Accept: []string{"image/png"}, MaxBytes: 1 << 20},
			{ID: "address", Need: Deferrable, Deferral: &Deferral{Rule: rule("deferral", 2, ""), Consequence: ConsequenceRevoke}},
		},
		Steps: []Step{
			{ID: "register", Kind: KindDecide, Part: "registration", By: post("market"), Within: &within},
			{ID: "licence", Kind: KindIssue, Part: "registration", Needs: []StepID{"register"},
				Result: &Result{Licence: "business-licence", Numbering: NumberCreditCode}},
			{ID: "tax", Kind: KindDecide, Part: "tax", Needs: []StepID{"licence"}, By: post("tax"), Within: &within},
			{ID: "seal", Kind: KindDecide, Part: "seal", Needs: []StepID{"licence"}, By: post("police"), Within: &within},
			{ID: "deliver", Kind: KindDeliver, Needs: []StepID{"tax", "seal"}, By: Post{Department: "hall", Role: RoleClerk}},
		},
		Limits: Limits{Acceptance: rule("acceptance", 5, EffectAccept), Statutory: rule("statutory", 20, ""),
			Promised: rule("promised", 2, ""), Correction: rule("correction", 15, EffectWithdraw)},
		Extension: &Extension{Limit: wd(10), Role: RoleHead, Basis: Basis{"行政许可法", "42(1)"}},
		Stops:     []StopCause{{ID: "appraisal", Max: wd(10), Times: 1, Basis: Basis{"行政许可法", "45"}}},
		Grounds:   []Ground{{ID: "not-eligible", Basis: Basis{"公司法", "29"}}},
	}
}

func newDesk(t testing.TB) *desk { return newDeskOf(t, sampleItem()) }

func newDeskOf(t testing.TB, it *Item) *desk {
	t.Helper()
	d := &desk{t: t, it: it, now: time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)} // Monday 10:00 in Xi'an
	d.ok(owner, Open{Item: "company-open", Channel: ChannelOnline,
		Applicant: applicant})
	return d
}

func (d *desk) env() Env {
	cal := d.cal
	if cal == nil {
		cal = workday.National()
	}
	return Env{Now: d.now, Calendar: cal, No: "610502-20261123-000001", Region: "610502", Serial: 7, Staff: colleagues(), Held: d.held, Outages: d.down}
}

// colleagues are everybody of the region who is a person of these tests.
func colleagues() []Colleague {
	list := []Colleague{{ID: "c9", Department: "market", Roles: []string{RoleClerk, RoleHead}},
		{ID: "c2", Department: "hall", Roles: []string{RoleClerk}}}
	for _, a := range []Actor{clerk, chief, overseer, reviewer("market"), reviewer("tax"), reviewer("fire"), reviewer("police")} {
		list = append(list, Colleague{ID: a.ID, Department: a.Department, Roles: a.Roles})
	}
	return list
}

// file is a picture whose hash is the two digits and zeros.
func file(hash string) File {
	return File{Hash: hash + strings.Repeat("0", 62), Name: "身份证.png", Bytes: 10, Type: "image/png"}
}

// find is the live task of a step; 0 if there is none.
func (d *desk) find(step StepID) int {
	for _, t := range d.c.Tasks {
		if t.Kind == TaskStep && t.Step == step && t.Live() && t.State != TaskWaiting {
			return t.ID
		}
	}
	return 0
}

// prepare sets a scene that only a running case can have.
func (d *desk) prepare(scene func()) {
	if d.c.Phase == PhaseRunning {
		scene()
	}
}

func (d *desk) ok(by Actor, cmd Command) {
	d.t.Helper()
	dec, r := Decide(d.c, d.it, by, cmd, d.env())
	if r != nil {
		d.t.Fatalf("%s by %s: %v", cmd.Verb(), by.ID, r)
	}
	for _, e := range dec.Events {
		d.log = append(d.log, e)
		d.at = append(d.at, Meta{d.now, by.Stamp()})
	}
	d.c = dec.Case
	d.replays()
}

// replays checks that the journal, written and read, gives the same case to the byte.
func (d *desk) replays() {
	d.t.Helper()
	data, err := EncodeEvents(d.log)
	if err != nil {
		d.t.Fatal(err)
	}
	list, err := DecodeEvents(data)
	if err != nil {
		d.t.Fatal(err)
	}
	c := &Case{}
	for i, e := range list {
		Apply(c, e, d.at[i])
	}
	got, _ := c.Encode()
	want, _ := d.c.Encode()
	if !bytes.Equal(got, want) {
		d.t.Fatalf("replay differs:\n got %s\nwant %s", got, want)
	}
}

func (d *desk) no(code string, by Actor, cmd Command) {
	d.t.Helper()
	before, _ := d.c.Encode()
	_, r := Decide(d.c, d.it, by, cmd, d.env())
	if r == nil || r.Code != code {
		d.t.Fatalf("%s by %s: got %v, want refusal %s", cmd.Verb(), by.ID, r, code)
	}
	if after, _ := d.c.Encode(); !bytes.Equal(before, after) {
		d.t.Fatalf("%s was refused but changed the case", cmd.Verb())
	}
}

// task is find for a task that must be there.
func (d *desk) task(step StepID) int {
	d.t.Helper()
	id := d.find(step)
	if id == 0 {
		d.t.Fatalf("no live task of step %s", step)
	}
	return id
}

func (d *desk) phase(want Phase) {
	d.t.Helper()
	if d.c.Phase != want {
		d.t.Fatalf("phase %s, want %s", d.c.Phase, want)
	}
}

func (d *desk) fill() {
	d.ok(owner, SaveDraft{Data: []byte(`{"company":{"name":"渭南秦东商贸有限公司"}}`)})
	d.ok(owner, Attach{Material: "identity", File: file("ab")})
	d.ok(owner, Defer{Material: "address", Signed: "王秀英"})
}

func (d *desk) running() {
	d.fill()
	d.ok(owner, Submit{})
	d.ok(clerk, Accept{})
}

func TestCompanyIsOpened(t *testing.T) {
	d := newDesk(t)
	d.fill()
	d.ok(owner, Submit{})
	d.phase(PhaseReceived)
	d.no(CodeNotYours, reviewer("tax"), Accept{})
	d.ok(clerk, Accept{})
	d.phase(PhaseRunning)
	d.no(CodeNotYours, reviewer("tax"), Grant{Task: d.task("register")})
	d.ok(reviewer("market"), Grant{Task: d.task("register"), Words: "符合条件"})
	if len(d.c.Licences) != 1 {
		t.Fatal("no licence was issued")
	}
	if _, err := ident.ParseCreditCode(d.c.Licences[0].No); err != nil {
		t.Fatalf("licence number: %v", err)
	}
	d.ok(reviewer("police"), Grant{Task: d.task("seal")})
	d.ok(reviewer("tax"), Grant{Task: d.task("tax")})
	d.phase(PhaseGranted)
	d.ok(clerk, Deliver{Task: d.task("deliver"), How: "window", Receiver: "王秀英"})
	d.phase(PhaseClosed)
	if k := d.c.Clock(ClockPromised); k.State != ClockMet {
		t.Fatalf("promised clock is %s", k.State)
	}
	d.ok(owner, Rate{Channel: ChannelOnline, Level: 2, Words: "等太久"})
	d.no(CodeRated, owner, Rate{Channel: ChannelOnline, Level: 5})
}

func TestSilenceCountsAsAcceptanceFromTheDayThePapersCameIn(t *testing.T) {
	d := newDesk(t)
	d.fill()
	d.ok(owner, Submit{})
	submitted := d.now
	d.now = d.c.Clock(ClockAcceptance).Due.Add(-time.Second)
	d.ok(system, Tick{}) // warnings only
	d.phase(PhaseReceived)
	d.now = d.c.Clock(ClockAcceptance).Due
	// A clerk who is quicker than the clock runner cannot overtake the law.
	d.no(CodePhase, clerk, Decline{Ground: "not-eligible", Words: "不符合"})
	d.ok(system, Tick{})
	d.phase(PhaseRunning)
	if !d.c.Accepted.Equal(submitted) {
		t.Fatalf("accepted from %v, want %v", d.c.Accepted, submitted)
	}
	d.no(CodeNothingDue, system, Tick{})
}

func TestRejectionOfTheCorePartEndsTheCase(t *testing.T) {
	d := newDesk(t)
	d.running()
	d.no(CodeGround, reviewer("market"), Refuse{Task: d.task("register"), Ground: "whim", Words: "不行"})
	d.ok(reviewer("market"), Refuse{Task: d.task("register"), Ground: "not-eligible", Words: "名称与已登记企业相同"})
	d.phase(PhaseRefused)
	if d.c.Ground == nil || d.c.Ground.Basis.Law != "公司法" {
		t.Fatalf("ground %+v", d.c.Ground)
	}
	for _, task := range d.c.Tasks {
		if task.Live() {
			t.Fatalf("task %d is still live", task.ID)
		}
	}
}

func TestBrokenCommitmentRevokesWhatWasGranted(t *testing.T) {
	d := newDesk(t)
	d.running()
	d.ok(reviewer("market"), Grant{Task: d.task("register")})
	d.ok(reviewer("police"), Grant{Task: d.task("seal")})
	d.ok(reviewer("tax"), Grant{Task: d.task("tax")})
	d.ok(clerk, Deliver{Task: d.task("deliver"), How: "post", Receiver: "王秀英", Waybill: "EMS1"})
	d.phase(PhaseClosed)
	d.now = d.c.Wake()
	for d.c.Phase == PhaseClosed {
		d.now = d.c.Wake()
		d.ok(system, Tick{})
	}
	d.phase(PhaseRevoked)
	if d.c.Licences[0].State != LicenceRevoked {
		t.Fatal("licence is still valid")
	}
}
