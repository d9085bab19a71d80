package caseflow

import (
	"testing"
	"time"

	"github.com/tongban/tongban/workday"
)

// at is a clerk at a door that is not the leading department's.
func at(department string) Actor {
	return Actor{ID: "d-" + department, Kind: ActorOfficial, Name: "站长", Department: department, Region: "610502", Roles: []string{RoleClerk}}
}

// doorItem is asked for at the hotline and at a station besides, each with a department of its own.
func doorItem() *Item {
	it := sampleItem()
	it.Channels = []string{ChannelOnline, ChannelWindow, ChannelStation, ChannelHotline}
	it.Doors = []Door{{ChannelHotline, "hotline"}, {ChannelStation, "station"}}
	return it
}

func openAt(t *testing.T, it *Item, by Actor, channel string) (*desk, *Refusal) {
	t.Helper()
	d := &desk{t: t, it: it, now: time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)}
	open := Open{Item: it.ID, Channel: channel, Applicant: applicant}
	if _, r := Decide(nil, it, by, open, d.env()); r != nil {
		return nil, r
	}
	d.ok(by, open)
	return d, nil
}

func TestADoorTakesRequestsInAndAcceptsNone(t *testing.T) {
	for _, c := range []struct {
		by      Actor
		channel string
		code    string
	}{
		{at("hotline"), ChannelHotline, ""},
		{at("station"), ChannelStation, ""},
		{clerk, ChannelHotline, ""},
		{at("hotline"), ChannelStation, CodeNotYours},
		{at("station"), ChannelWindow, CodeNotYours},
		{reviewer("market"), ChannelHotline, CodeNotYours},
		{owner, ChannelTerminal, CodeNotOffered}, // the item does not name this channel
	} {
		if _, r := openAt(t, doorItem(), c.by, c.channel); (r == nil) != (c.code == "") || r != nil && r.Code != c.code {
			t.Errorf("%s through %s: %v, want %q", c.by.ID, c.channel, r, c.code)
		}
	}
	d, _ := openAt(t, doorItem(), at("station"), ChannelStation)
	d.no(CodeNotYours, at("hotline"), SaveDraft{Data: []byte(`{}`)})
	d.ok(at("station"), SeenPaper{Material: "identity"})
	d.ok(at("station"), Defer{Material: "address", Signed: applicant.Name})
	d.no(CodeNotYours, at("hotline"), Submit{})
	d.ok(at("station"), Submit{})
	d.no(CodeNotYours, at("station"), Accept{})
	d.ok(clerk, Accept{})
}

func TestTheFirstAskedIsInChargeUntilAnotherAgrees(t *testing.T) {
	it := doorItem()
	it.FirstAsked = true
	d, _ := openAt(t, it, at("hotline"), ChannelHotline)
	d.ok(at("hotline"), SeenPaper{Material: "identity"})
	d.ok(at("hotline"), Defer{Material: "address", Signed: applicant.Name})
	if d.c.Charge != nil {
		t.Error("somebody is in charge of a draft")
	}
	d.ok(at("hotline"), Submit{})
	in := func(who string) {
		t.Helper()
		if d.c.Charge == nil || d.c.Charge.Person != who {
			t.Fatalf("%+v is in charge, want %s", d.c.Charge, who)
		}
	}
	in("d-hotline")
	d.ok(clerk, Accept{})
	in("d-hotline") // whoever works on it later is not
	to := Post{Department: "market", Role: RoleReviewer, Person: "r-market"}
	d.no(CodeNotYours, clerk, OfferCharge{To: to, Words: "请接手"})
	d.no(CodeWords, at("hotline"), OfferCharge{To: to})
	d.no(CodeNoSuchPost, at("hotline"), OfferCharge{To: Post{Department: "market", Role: RoleReviewer}, Words: "请接手"})
	d.no(CodeNotYours, reviewer("market"), TakeCharge{})
	d.ok(at("hotline"), OfferCharge{To: to, Words: "请接手"})
	in("d-hotline") // nobody has agreed
	d.no(CodeNotYours, clerk, TakeCharge{})
	d.ok(reviewer("market"), TakeCharge{})
	in("r-market")
	d.no(CodeNotYours, reviewer("market"), TakeCharge{})
	d.ok(overseer, OfferCharge{To: Post{Department: "hall", Role: RoleClerk, Person: "c1"}, Words: "原责任人调离"})
	d.ok(clerk, TakeCharge{})
	in("c1")
}

func TestNobodyIsInChargeWhereTheItemDoesNotSayIt(t *testing.T) {
	d := newDesk(t)
	d.ok(owner, SaveDraft{Data: []byte(`{}`)})
	d.ok(owner, Attach{Material: "identity", File: file("aa")})
	d.ok(owner, Defer{Material: "address", Signed: applicant.Name})
	d.ok(owner, Submit{})
	d.ok(clerk, Accept{})
	if d.c.Charge != nil {
		t.Errorf("%+v", d.c.Charge)
	}
	d.no(CodeNotYours, clerk, OfferCharge{To: Post{Department: "hall", Role: RoleClerk, Person: "c2"}, Words: "请接手"})
}

// Whoever answers a step that consults has looked before, in the same round; what was found decides nothing.
func TestAStepThatConsultsIsAnsweredAfterTheLook(t *testing.T) {
	within := rule("step", 1, EffectNone)
	it := sampleItem()
	it.Parts, it.Materials = nil, nil
	it.Steps = []Step{
		{ID: "handle", Kind: KindReview, By: post("market"), Within: &within},
		{ID: "verify", Kind: KindDecide, Needs: []StepID{"handle"}, By: post("market"), Within: &within, Consults: ConsultCredit},
	}
	scene := func() *desk {
		d := newDeskOf(t, it)
		d.ok(owner, Submit{})
		d.ok(clerk, Accept{})
		d.no(CodeNothingToConsult, reviewer("market"), Consult{d.find("handle")})
		d.ok(reviewer("market"), Complete{Task: d.find("handle"), Outcome: OutcomeAgree})
		return d
	}
	d := scene()
	verify := d.find("verify")
	d.no(CodeConsultFirst, reviewer("market"), Grant{Task: verify})
	d.no(CodeConsultFirst, reviewer("market"), Refuse{verify, "not-eligible", "不符合"})
	d.no(CodeNotYours, reviewer("tax"), Consult{verify})
	d.ok(reviewer("market"), Consult{verify})
	d.ok(reviewer("market"), Consult{verify}) // again
	if got := d.c.step("verify").Consulted; len(got) != 1 || got[0] != reviewer("market").ID {
		t.Errorf("%v", got)
	}
	d.ok(reviewer("market"), SendBack{verify, "handle", "再核实"}) // needs no look
	d.ok(reviewer("market"), Complete{Task: d.find("handle"), Outcome: OutcomeAgree})
	d.no(CodeConsultFirst, reviewer("market"), Grant{Task: d.find("verify")}) // a new round
	d.ok(reviewer("market"), Consult{d.find("verify")})
	d.ok(reviewer("market"), HandOver{d.find("verify"), post("market"), "交接"})
	second := reviewer("market")
	second.ID = "r-market-2"
	d.no(CodeConsultFirst, second, Grant{Task: d.find("verify")}) // another's look is not one's own
	d.ok(second, Consult{d.find("verify")})
	d.ok(second, Refuse{d.find("verify"), "not-eligible", "不符合"})
	d.phase(PhaseRefused)
}

func TestWhoHandledAStepDoesNotCheckIt(t *testing.T) {
	within := rule("step", 1, EffectNone)
	it := sampleItem()
	it.Parts, it.Materials = nil, nil
	it.Steps = []Step{
		{ID: "handle", Kind: KindReview, By: post("market"), Within: &within},
		{ID: "verify", Kind: KindDecide, Needs: []StepID{"handle"}, By: post("market"), Within: &within, OtherThan: []StepID{"handle"}},
	}
	second := reviewer("market")
	second.ID = "r-market-2"
	scene := func() *desk {
		d := newDeskOf(t, it)
		d.ok(owner, Submit{})
		d.ok(clerk, Accept{})
		return d
	}
	d := scene()
	d.ok(reviewer("market"), Complete{Task: d.find("handle"), Outcome: OutcomeAgree})
	verify := d.find("verify")
	for _, cmd := range []Command{Claim{verify}, Grant{Task: verify}, Refuse{verify, "not-eligible", "不符合"}, SendBack{verify, "handle", "再处理"}} {
		d.no(CodeFourEyes, reviewer("market"), cmd)
	}
	d.ok(second, SendBack{verify, "handle", "没有解决"})
	d.ok(second, Complete{Task: d.find("handle"), Outcome: OutcomeAgree}) // the second round by the one who would check
	d.no(CodeFourEyes, second, Grant{Task: d.find("verify")})
	d.no(CodeFourEyes, reviewer("market"), Grant{Task: d.find("verify")}) // who did the first round had a hand in it too
	third := reviewer("market")
	third.ID = "r-market-3"
	d.ok(third, Grant{Task: d.find("verify")})

	d = scene() // who lets somebody prepare, and who prepares, both handled it
	d.ok(reviewer("market"), Delegate{Task: d.find("handle"), To: Post{Department: "market", Role: RoleHead, Person: "c9"}})
	helper := Actor{ID: "c9", Kind: ActorOfficial, Department: "market", Region: "610502", Roles: []string{RoleHead, RoleReviewer}}
	d.ok(helper, Complete{Task: d.find("handle"), Outcome: OutcomeAgree, Words: "已办妥"})
	d.ok(reviewer("market"), Complete{Task: d.find("handle"), Outcome: OutcomeAgree})
	d.no(CodeFourEyes, helper, Grant{Task: d.find("verify")})
	d.no(CodeFourEyes, reviewer("market"), Grant{Task: d.find("verify")})
}

// namedItem claims the name in its form when it is handed in.
func namedItem() *Item {
	it := sampleItem()
	it.Materials = nil
	it.Naming = &Naming{Name: "form.name", Industry: "form.industry"}
	return it
}

func TestANameIsClaimedWhenTheRequestIsHandedIn(t *testing.T) {
	asked := NameAsked{Name: "安康汉水软件有限公司", Region: "610502"}
	held := NameHeld{Name: asked.Name, Trade: "汉水", Division: "65"}
	submit := func(it *Item, facts *NameFacts) (*desk, *Refusal) {
		d := newDeskOf(t, it)
		d.ok(owner, SaveDraft{Data: []byte(`{"name":"安康汉水软件有限公司"}`)})
		env := d.env()
		env.Name = facts
		dec, r := Decide(d.c, it, owner, Submit{}, env)
		if r == nil {
			d.c = dec.Case
		}
		return d, r
	}
	for name, facts := range map[string]*NameFacts{
		"nothing is known of it": nil, "it is another name": {Asked: NameAsked{Name: "安康秦巴软件有限公司", Region: "610502"}, Held: held},
		"it is taken": {Asked: asked, Held: held, Faults: []FieldFault{{Field: "name", Code: "name.same"}}},
	} {
		if d, r := submit(namedItem(), facts); r == nil || r.Code != CodeForm || d.c.Name != nil {
			t.Errorf("%s: %v", name, r)
		}
	}
	d, r := submit(namedItem(), &NameFacts{Asked: asked, Held: held})
	if r != nil || d.c.Name == nil || *d.c.Name != held {
		t.Fatalf("%v, %+v", r, d.c.Name)
	}
	if until, stands := d.c.NameStands(d.it.Naming); !stands || !until.IsZero() {
		t.Error("a name under way stands")
	}
	d.c.Phase = PhaseRefused
	if _, stands := d.c.NameStands(d.it.Naming); stands {
		t.Error("a refused firm keeps its name")
	}
	d.c.Phase, d.c.Ended = PhaseRevoked, d.now
	if until, stands := d.c.NameStands(d.it.Naming); !stands || !until.Equal(d.now.AddDate(1, 0, 0)) {
		t.Errorf("art. 17(3): %v", until)
	}
	kept := namedItem()
	kept.Naming.Keeps, kept.Naming.Longer = &workday.Limit{N: 2, Unit: workday.Month}, &workday.Limit{N: 1, Unit: workday.Year}
	kept.Naming.LongerWhen = condition(func(f Facts) bool { return f.Form["approval"] == "yes" })
	d, _ = submit(kept, &NameFacts{Asked: asked, Held: held})
	if day := workday.DateOf(d.c.Name.Until.Add(-time.Nanosecond)).String(); day != "2027-01-25" { // 23 January is a Saturday
		t.Errorf("art. 18: kept until %s", day)
	}
}

func TestAnInstantItemIsAcceptedWhenItIsHandedIn(t *testing.T) {
	it := sampleItem()
	it.Instant, it.Parts, it.Materials = true, nil, nil
	it.Steps = []Step{{ID: "notice", Kind: KindIssue, Result: &Result{Licence: "notice", Numbering: "serial", Prefix: "名"}}}
	d := newDeskOf(t, it)
	d.ok(owner, Submit{})
	if d.c.Phase != PhaseClosed || len(d.c.Licences) != 1 || len(d.c.Tasks) != 0 {
		t.Errorf("phase %s, %d licences, %d tasks", d.c.Phase, len(d.c.Licences), len(d.c.Tasks))
	}
}
