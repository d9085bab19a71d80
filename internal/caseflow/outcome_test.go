package caseflow

import (
	"errors"
	"slices"
	"testing"
)

func (d *desk) partIs(id PartID, state string) {
	d.t.Helper()
	if p := d.c.part(id); p.State != state {
		d.t.Fatalf("part %s is %s, want %s", id, p.State, state)
	}
}

// partsItem has part a with two decisions at once, then its licence, part b, and one last look at all.
func partsItem() *Item {
	it := sampleItem()
	it.Materials = nil
	it.Parts = []Part{{ID: "a", Department: "market"}, {ID: "b", Department: "tax"}}
	it.Steps = []Step{
		{ID: "a1", Kind: KindDecide, Part: "a", By: post("market")},
		{ID: "a2", Kind: KindDecide, Part: "a", By: post("fire")},
		{ID: "b1", Kind: KindDecide, Part: "b", By: post("tax")},
		{ID: "a3", Kind: KindIssue, Part: "a", Needs: []StepID{"a1", "a2", "b1"}, Result: &Result{Licence: "permit"}},
		{ID: "b2", Kind: KindDecide, Part: "b", Needs: []StepID{"a1", "a2", "b1"}, By: post("tax")},
		{ID: "last", Kind: KindReview, Needs: []StepID{"a1", "a2", "b1"}, By: Post{Department: "hall", Role: RoleHead}},
	}
	return it
}

func runningParts(t testing.TB) *desk {
	d := newDeskOf(t, partsItem())
	d.ok(owner, Submit{})
	d.ok(clerk, Accept{})
	return d
}

func (d *desk) refuseAt(step StepID, dept string) {
	d.t.Helper()
	d.ok(reviewer(dept), Refuse{d.task(step), "not-eligible", "不符合条件"})
}

func TestRefusingAPart(t *testing.T) {
	t.Run("passes over its steps, and the others go on", func(t *testing.T) {
		d := runningParts(t)
		d.refuseAt("a1", "market")
		d.outcome("a2", StepSkipped, PartRefused)
		d.partIs("a", PartRefused)
		d.partIs("b", PartOpen)
		d.ok(reviewer("tax"), Grant{Task: d.task("b1")})
		d.outcome("a3", StepSkipped, PartRefused)
		d.partIs("b", PartOpen) // a second decision on it is still out
		d.ok(reviewer("tax"), Grant{Task: d.task("b2")})
		d.partIs("b", PartGranted)
		d.ok(chief, Complete{Task: d.task("last"), Outcome: OutcomeAgree})
		d.phase(PhaseClosed)
		if len(d.c.Licences) != 0 || d.c.part("a").Ground.Basis.Law != "公司法" {
			t.Fatalf("licences %v, ground %+v", d.c.Licences, d.c.part("a").Ground)
		}
	})
	t.Run("refuses the case when nothing else is left to grant", func(t *testing.T) {
		d := runningParts(t)
		d.refuseAt("a1", "market")
		d.refuseAt("b1", "tax")
		d.phase(PhaseRefused)
		if k := d.c.Clock(ClockStatutory); k.State != ClockMet {
			t.Fatalf("the decision came in time, the clock is %s", k.State)
		}
	})
	t.Run("by a review needs a ground like any refusal", func(t *testing.T) {
		d := runningParts(t)
		d.it.Steps[0].Kind = KindReview
		d.it.Steps[0].Outcomes = []Outcome{{ID: "fit"}, {ID: "unfit", Refuse: true}}
		d.no(CodeGround, reviewer("market"), Complete{Task: d.task("a1"), Outcome: "unfit", Words: "否"})
		d.ok(reviewer("market"), Complete{Task: d.task("a1"), Outcome: "unfit", Words: "否", Ground: "not-eligible"})
		d.partIs("a", PartRefused)
	})
	t.Run("ends the stop of a step that is passed over", func(t *testing.T) {
		d := runningParts(t)
		d.ok(reviewer("fire"), StopClock{d.task("a2"), "appraisal", wd(5), "鉴定"})
		d.refuseAt("a1", "market")
		if d.c.Stopped() != nil || d.c.Clock(ClockStatutory).State != ClockRunning {
			t.Fatal("the case stands for a step that is over")
		}
	})
}

func TestARefusalOfAPart(t *testing.T) {
	t.Run("is not undone when other work is sent back", func(t *testing.T) {
		d := runningParts(t)
		d.refuseAt("a1", "market")
		d.ok(reviewer("tax"), Grant{Task: d.task("b1")})
		d.ok(chief, SendBack{d.task("last"), "b1", "再核"})
		d.partIs("a", PartRefused)
		d.partIs("b", PartOpen)
		d.ok(reviewer("tax"), Grant{Task: d.task("b1")})
		if len(d.c.Licences) != 0 {
			t.Fatal("a refused part got its licence after a send-back")
		}
	})
	t.Run("is undone by sending back to it, and whoever was passed over is asked again", func(t *testing.T) {
		d := runningParts(t)
		d.refuseAt("a1", "market")
		d.ok(reviewer("tax"), Grant{Task: d.task("b1")})
		d.ok(chief, SendBack{d.task("last"), "a1", "理由不足"})
		d.partIs("a", PartOpen)
		d.ok(reviewer("market"), Grant{Task: d.task("a1")})
		d.partIs("a", PartOpen)
		if len(d.c.Licences) != 0 {
			t.Fatal("a licence without the second decision")
		}
		d.ok(reviewer("fire"), Grant{Task: d.task("a2")})
		d.partIs("a", PartGranted)
		if len(d.c.Licences) != 1 {
			t.Fatalf("%d licences", len(d.c.Licences))
		}
	})
	t.Run("is not undone by who granted beside it: not by a take-back, not by a send-back", func(t *testing.T) {
		d := runningParts(t)
		d.ok(reviewer("market"), Grant{Task: d.task("a1")})
		d.ok(reviewer("fire"), Refuse{d.task("a2"), "not-eligible", "不符合条件"})
		d.no(CodePartRefused, reviewer("market"), TakeBack{"a1", "看错"})
		d.ok(reviewer("tax"), Grant{Task: d.task("b1")})
		d.no(CodePartRefused, chief, SendBack{d.task("last"), "a1", "再核"})
		d.partIs("a", PartRefused)
	})
	t.Run("is not undone with a decision that built on another part", func(t *testing.T) {
		it := partsItem()
		it.Steps[1].Needs = []StepID{"b1"} // a2 builds on part b, a1 on nothing
		it.Steps[4].Needs = []StepID{"b1"}
		d := newDeskOf(t, it)
		d.ok(owner, Submit{})
		d.ok(clerk, Accept{})
		d.ok(reviewer("tax"), Grant{Task: d.task("b1")})
		d.ok(reviewer("fire"), Grant{Task: d.task("a2")})
		d.refuseAt("a1", "market")
		d.ok(reviewer("tax"), SendBack{d.task("b2"), "b1", "再核"})
		d.partIs("a", PartRefused)
		d.ok(reviewer("tax"), Grant{Task: d.task("b1")})
		d.outcome("a2", StepSkipped, PartRefused)
	})
	t.Run("can be taken back by who refused", func(t *testing.T) {
		d := runningParts(t)
		d.refuseAt("a1", "market")
		d.ok(reviewer("market"), TakeBack{"a1", "看错"})
		d.partIs("a", PartOpen)
		if d.task("a1") == 0 || d.task("a2") == 0 {
			t.Fatal("a decision was lost")
		}
	})
	t.Run("does not refuse a case that has granted a licence: that is revoked", func(t *testing.T) {
		d := newDesk(t)
		d.it.Parts[1].Core = true
		d.running()
		d.ok(reviewer("market"), Grant{Task: d.task("register")})
		d.no(CodeTooLate, reviewer("tax"), Refuse{d.task("tax"), "not-eligible", "否"})
		d.no(CodeTooLate, owner, Withdraw{})
		d.ok(chief, Revoke{"以欺骗手段取得", Basis{"行政许可法", "69"}})
		d.phase(PhaseRevoked)
	})
}

func TestPartsThatNobodyWants(t *testing.T) {
	d := newDeskOf(t, partsItem())
	want := condition(func(f Facts) bool { return f.Form["b"] == true })
	d.it.Parts[1].When = want
	d.it.Parts[0].When = condition(func(f Facts) bool { return f.Form["a"] == true })
	d.no(CodeForm, owner, Submit{}) // nothing is asked for
	d.ok(owner, SaveDraft{Data: []byte(`{"a":true}`)})
	d.ok(owner, Submit{})
	d.ok(clerk, Accept{})
	d.partIs("b", PartUnwanted)
	d.outcome("b1", StepSkipped, PartUnwanted)
	d.refuseAt("a1", "market")
	d.phase(PhaseRefused)
}

type broken struct{}

func (broken) Holds(Facts) (bool, error) { return false, errors.New("no such key") }

func TestLicences(t *testing.T) {
	t.Run("print numbers with every digit that was typed", func(t *testing.T) {
		d := newDesk(t)
		d.it.Steps[1].Result.Shows = []Datum{{Key: "capital", From: "form.capital"}, {Key: "note", From: "data.register.note"},
			{Key: "none", From: "form.none"}}
		d.it.Steps[1].Result.Holder = "form.company.name"
		d.it.Steps[0].Fields = []Field{{Name: "note"}}
		d.fill()
		d.ok(owner, SaveDraft{Data: []byte(`{"capital":12345678901234567890.10}`)})
		d.ok(owner, Submit{})
		d.ok(clerk, Accept{})
		d.ok(reviewer("market"), Grant{Task: d.task("register"), Data: []byte(`{"note":98765432109876543210}`)})
		lic := d.c.Licences[0]
		if got := string(lic.Data); got != `{"capital":12345678901234567890.10,"note":98765432109876543210}` {
			t.Fatalf("data %s", got)
		}
		if lic.Holder != "渭南秦东商贸有限公司" || len(lic.Verify) != 26 {
			t.Fatalf("licence %+v", lic)
		}
	})
	t.Run("are revoked with the clause, once", func(t *testing.T) {
		d := in(t, PhaseClosed)
		d.no(CodeGround, chief, Revoke{"欺骗", Basis{}})
		d.no(CodeWords, chief, Revoke{"", Basis{"行政许可法", "69"}})
		d.ok(chief, Revoke{"欺骗", Basis{"行政许可法", "69"}})
		if d.c.Licences[0].State != LicenceRevoked || d.c.Ground.Basis.Article != "69" {
			t.Fatalf("licence %+v", d.c.Licences[0])
		}
		d.no(CodePhase, chief, Revoke{"欺骗", Basis{"行政许可法", "69"}})
		e := runningParts(t)
		e.no(CodeNoLicence, chief, Revoke{"欺骗", Basis{"行政许可法", "69"}})
	})
}

func TestDelivering(t *testing.T) {
	d := in(t, PhaseGranted)
	id := d.task("deliver")
	d.no(CodeForm, clerk, Deliver{id, "pigeon", "王秀英", ""})
	d.no(CodeForm, clerk, Deliver{id, "post", "王秀英", ""})
	d.no(CodeReceiver, clerk, Deliver{id, "window", "", ""})
	d.no(CodeReceiver, clerk, Deliver{id, "window", "王\n秀英", ""})
	d.no(CodeOutcome, clerk, Complete{Task: id, Outcome: OutcomeAgree})
	d.no(CodePhase, owner, Withdraw{})
	d.ok(clerk, Deliver{id, "post", "王秀英", "EMS1"})
	d.phase(PhaseClosed)
	d.no(CodePhase, clerk, Deliver{id, "window", "王秀英", ""})
}

func TestRating(t *testing.T) {
	d := in(t, PhaseClosed)
	tasks := len(d.c.Tasks)
	d.no(CodeLevel, owner, Rate{Channel: ChannelOnline, Level: 0})
	d.no(CodeLevel, owner, Rate{Channel: ChannelOnline, Level: 6})
	d.no(CodeForm, owner, Rate{Channel: "pigeon", Level: 5})
	d.no(CodeTooMany, owner, Rate{Channel: ChannelOnline, Level: 5, Tags: slices.Repeat([]string{"快"}, MaxTags+1)})
	d.no(CodeForm, owner, Rate{Channel: ChannelOnline, Level: 5, Tags: []string{""}})
	d.ok(owner, Rate{Channel: ChannelOnline, Level: 3, Tags: []string{"快"}})
	if len(d.c.Tasks) != tasks {
		t.Fatal("a middling rating started a callback")
	}
	d.no(CodeRated, owner, Rate{Channel: ChannelOnline, Level: 1})
	d.no(CodeNotUsed, owner, Rate{Channel: ChannelHotline, Level: 1})
	d.ok(owner, Rate{Channel: ChannelWindow, Level: 1, Words: "跑了三趟"}) // where the results were handed out
	callback := len(d.c.Tasks)
	if callback != tasks+1 || d.c.Task(callback).Kind != TaskCallback || !d.c.Clock(TaskClock(callback)).counts() {
		t.Fatal("a bad rating starts one callback with a clock")
	}
	by := Actor{ID: "s2", Kind: ActorOfficial, Department: "hall", Roles: []string{RoleSupervisor}}
	d.ok(by, Complete{Task: callback, Words: "已电话致歉并整改"})
	// A case opened at a window for nobody's account cannot be rated by one without a name.
	d.c.Owner = ""
	d.no(CodeNotYours, Actor{Kind: ActorCitizen}, Rate{Channel: ChannelWindow, Level: 1})
}

// Who was served at a window and has no account rates with a receipt; nobody else does with it, and nothing else.
func TestWhoHoldsAReceiptRates(t *testing.T) {
	bearer := Actor{ID: "receipt", Kind: ActorBearer}
	for _, phase := range phases {
		d := in(t, phase)
		d.no(CodeNotYours, bearer, Rate{Channel: ChannelOnline, Level: 5})
		d.c.Owner, d.c.Channel = "", ChannelWindow
		for verb, cmd := range Verbs() {
			if _, r := Decide(d.c, d.it, bearer, cmd, d.env()); r == nil {
				t.Errorf("%s: %s by who holds a receipt", phase, verb)
			}
		}
		rate := Rate{Channel: ChannelWindow, Level: 5}
		if phase == PhaseDraft {
			d.no(CodePhase, bearer, rate)
			continue
		}
		dec, r := Decide(d.c, d.it, bearer, rate, d.env())
		if r != nil {
			t.Fatalf("%s: %v", phase, r)
		}
		if _, again := Decide(dec.Case, d.it, bearer, rate, d.env()); again == nil || again.Code != CodeRated {
			t.Errorf("%s: a second time: %v", phase, again)
		}
	}
}
