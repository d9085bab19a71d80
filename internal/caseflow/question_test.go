package caseflow

import (
	"slices"
	"testing"
)

// A question that blocks a decision can be called back, so that no department holds the case up by its silence.
func TestQuestionsAreCalledBack(t *testing.T) {
	market, tax := reviewer("market"), reviewer("tax")
	asked := func(t *testing.T, it *Item) (*desk, int) {
		d := runningOne(t, it)
		d.ok(market, AskOpinion{Task: d.task("decide"), To: post("tax"), Ask: "有无欠税？", Blocks: true, Within: wd(2)})
		return d, len(d.c.Tasks)
	}
	asking := func(t *testing.T) (*desk, int) {
		d, id := asked(t, oneStep())
		d.no(CodeOpinionPending, market, Grant{Task: d.task("decide")})
		return d, id
	}
	head := Actor{ID: "c9", Kind: ActorOfficial, Department: "market", Roles: []string{RoleHead}}
	for name, by := range map[string]Actor{"by who asked": market, "by the head of the case": chief,
		"by the head of the department that asked": head, "by a supervisor": overseer} {
		t.Run(name, func(t *testing.T) {
			d, id := asking(t)
			d.no(CodeNotYours, tax, WithdrawQuestion{id, "不需要了"})
			d.no(CodeNotYours, clerk, WithdrawQuestion{id, "不需要了"})
			d.no(CodeWords, by, WithdrawQuestion{id, ""})
			d.no(CodeNoSuchTask, by, WithdrawQuestion{d.task("decide"), "不需要了"})
			events := d.last(by, WithdrawQuestion{id, "不需要了"})
			if !slices.ContainsFunc(events, func(e Event) bool { return e.Name() == "question-withdrawn" }) {
				t.Fatalf("no word of it in %v", events)
			}
			if d.c.Task(id).State != TaskCancelled || d.c.Clock(TaskClock(id)).counts() {
				t.Fatalf("the question is %+v", d.c.Task(id))
			}
			d.no(CodeTaskEnded, by, WithdrawQuestion{id, "不需要了"})
			d.ok(market, Grant{Task: d.task("decide")})
		})
	}
	t.Run("by who has the task after a hand-over, and still by who asked", func(t *testing.T) {
		for _, by := range []Actor{market, reviewer("police")} {
			d, id := asked(t, oneReview())
			d.no(CodeNotYours, reviewer("police"), WithdrawQuestion{id, "不需要了"})
			d.ok(market, HandOver{d.task("decide"), Post{Department: "police", Role: RoleReviewer, Person: "r-police"}, "转办"})
			d.ok(by, WithdrawQuestion{id, "不需要了"})
			d.ok(reviewer("police"), Complete{Task: d.task("decide"), Outcome: OutcomeAgree})
		}
	})
}

// A countersign is the word of several people.
func TestNobodyFillsTwoPlacesOfACountersign(t *testing.T) {
	twice := func(t *testing.T, sign Sign) *desk {
		it := signItem(sign)
		it.Steps[1].Signers = []Post{post("market"), post("market"), post("tax")}
		d := newDeskOf(t, it)
		d.ok(owner, Submit{})
		d.ok(clerk, Accept{})
		d.ok(reviewer("market"), Complete{Task: d.task("draft"), Outcome: OutcomeAgree})
		return d
	}
	market, other := reviewer("market"), Actor{ID: "m2", Kind: ActorOfficial, Department: "market", Roles: []string{RoleReviewer}}
	for _, sign := range []Sign{SignAll, SignOrder} {
		d := twice(t, sign)
		first := d.task("sign")
		d.ok(market, Complete{Task: first, Outcome: OutcomeAgree})
		second := first + 1
		d.no(CodeSignsAlready, market, Complete{Task: second, Outcome: OutcomeAgree})
		d.no(CodeSignsAlready, market, Claim{second})
		d.no(CodeSignsAlready, overseer, HandOver{second, Post{Department: "market", Role: RoleReviewer, Person: market.ID}, "指定"})
		d.ok(other, Complete{Task: second, Outcome: OutcomeAgree})
	}
	t.Run("nor holds two", func(t *testing.T) {
		d := twice(t, SignAll)
		first := d.task("sign")
		d.ok(market, Claim{first})
		d.no(CodeSignsAlready, market, Claim{first + 1})
		d.no(CodeSignsAlready, market, AddSigner{Task: first, Who: Post{Department: "market", Role: RoleReviewer, Person: market.ID}})
		d.ok(market, Release{first})
		d.ok(market, Claim{first + 1})
	})
}

// What is filled in stands in the order of signing: somebody put before the last signer signs earlier.
func TestDataOfASignerAddedBeforeDoNotWin(t *testing.T) {
	it := oneStep()
	it.Steps[0].Fields = []Field{{Name: "note"}}
	d := runningOne(t, it)
	mine := d.task("decide")
	d.ok(reviewer("market"), AddSigner{Task: mine, Who: post("tax"), Before: true})
	d.ok(reviewer("tax"), Grant{Task: len(d.c.Tasks), Data: []byte(`{"note":"先"}`)})
	d.ok(reviewer("market"), Grant{Task: mine, Data: []byte(`{"note":"后"}`)})
	if got := string(d.c.step("decide").Data); got != `{"note":"后"}` {
		t.Fatalf("data %s", got)
	}
}

// Data that the step does not ask for are named, the first of them, so that a slip of the pen is found.
func TestDataThatAStepDoesNotAskForAreNamed(t *testing.T) {
	it := oneStep()
	it.Steps[0].Fields = []Field{{Name: "note"}}
	d := runningOne(t, it)
	for data, want := range map[string][]string{
		`{"note":"先","nota":"x","610502199001019990":1}`:                                {"…", "nota"},
		`{"k0":1,"k1":1,"k2":1,"k3":1,"k4":1,"k5":1,"k6":1,"k7":1,"k8":1,"k9":1,"l":1}`: {"k0", "k1", "k2", "k3", "k4", "k5", "k6", "k7", "k8", "k9"},
	} {
		_, r := Decide(d.c, d.it, reviewer("market"), Grant{Task: d.task("decide"), Data: []byte(data)}, d.env())
		if r == nil || r.Code != CodeData {
			t.Fatalf("%s: %v", data, r)
		}
		var got []string
		for _, f := range r.Fields {
			got = append(got, f.Field)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s names %q, want %q", data, got, want)
		}
	}
}

// Who has signed may take it back while others have still to sign.
func TestASignatureIsTakenBackWhileOthersHaveNotSigned(t *testing.T) {
	d := signing(t, SignOrder)
	d.no(CodeNotEarlier, reviewer("market"), TakeBack{"sign", "看错了"})
	d.signed("market", OutcomeAgree)
	d.want(TaskDone, TaskOpen, TaskWaiting)
	d.no(CodeNotEarlier, reviewer("tax"), TakeBack{"sign", "看错了"})
	d.ok(reviewer("market"), TakeBack{"sign", "看错了"})
	d.want(TaskClaimed, TaskWaiting, TaskWaiting)
	d.ok(reviewer("market"), Complete{Task: d.of("market"), Outcome: OutcomeDisagree, Words: "不符合"})
	d.ok(reviewer("tax"), Claim{d.of("tax")})
	d.no(CodeTakenUp, reviewer("market"), TakeBack{"sign", "看错了"})
	d.signed("tax", OutcomeAgree)
	d.signed("police", OutcomeAgree)
	d.outcome("sign", StepDone, OutcomeDisagree)

	all := signing(t, SignAll)
	all.signed("police", OutcomeAgree)
	all.signed("tax", OutcomeAgree)
	all.ok(reviewer("police"), TakeBack{"sign", "看错了"})
	all.signed("market", OutcomeAgree)
	all.outcome("sign", StepReady, "")
	all.signed("police", OutcomeAgree)
	all.outcome("sign", StepDone, OutcomeAgree)
}

func TestNothingIsOfferedThatIsAlwaysRefused(t *testing.T) {
	d := newDesk(t)
	d.running()
	d.ok(reviewer("market"), Grant{Task: d.task("register")})
	if got := Available(d.c, d.it, reviewer("tax"), d.env()); slices.Contains(got, "send-back") {
		t.Errorf("a licence was issued on the way back: %v", got)
	}
}

func TestAPointOfACorrectionNamesAFieldOfTheForm(t *testing.T) {
	d := newDesk(t)
	d.it.Pages = []Page{{Fields: []Field{{Name: "company.name"}, {Name: "people", Widget: "list"}}}}
	d.fill()
	d.ok(owner, Submit{})
	at := func(field string) RequestCorrection {
		return RequestCorrection{Points: []CorrectionPoint{{Field: field, Words: "请补正"}}}
	}
	d.no(CodeForm, clerk, at("nosuch"))
	d.no(CodeForm, clerk, at("company.name.x"))
	for _, field := range []string{"company.name", "people", "people.0.name"} {
		if _, r := Decide(d.c, d.it, clerk, at(field), d.env()); r != nil {
			t.Errorf("%s: %v", field, r)
		}
	}
}

func TestACommitmentIsSignedByTheApplicantOrTheAgent(t *testing.T) {
	d := newDesk(t)
	d.no(CodeWords, owner, Defer{"address", "别人"})
	d.no(CodeWords, owner, Defer{"address", ""})
	d.c.Agent = &Party{Name: "张小明"}
	for _, name := range []string{"王秀英", "张小明"} {
		if _, r := Decide(d.c, d.it, owner, Defer{"address", name}, d.env()); r != nil {
			t.Errorf("%s: %v", name, r)
		}
	}
}

// A limit whose effect does not fit what it is the limit of is overdue like any other.
func TestAStepThatIsOverdueAlwaysWarns(t *testing.T) {
	for _, effect := range []Effect{EffectNone, EffectAccept, EffectWithdraw, EffectBreach, EffectResume} {
		it := oneStep()
		within := rule("step", 1, effect)
		it.Steps[0].Within = &within
		d := runningOne(t, it)
		d.now = d.c.Clock(StepClock("decide", 1)).Due
		d.ok(system, Tick{})
		if k := d.clock(StepClock("decide", 1), ClockRunning); k.Level != LevelOver {
			t.Errorf("%q: clock %+v", effect, k)
		}
	}
}
