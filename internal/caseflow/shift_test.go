package caseflow

import (
	"slices"
	"testing"
)

// colleague is another reviewer of a department.
func colleague(department string) Actor {
	a := reviewer(department)
	a.ID += "-2"
	return a
}

// relieve lets somebody take over what another one has in hand, with that one's word.
func (d *desk) relieve(from string, by Actor, cmd TakeShift) *Refusal {
	env := d.env()
	env.Relieves = from
	dec, r := Decide(d.c, d.it, by, cmd, env)
	if r == nil {
		d.c = dec.Case
	}
	return r
}

func code(r *Refusal) string {
	if r == nil {
		return ""
	}
	return r.Code
}

// What somebody holds, is meant for them alone or was lent by them goes over, with department and role as they were.
func TestAShiftPassesWhatIsInHand(t *testing.T) {
	d := in(t, PhaseRunning)
	market, next := reviewer("market"), colleague("market")
	register := d.task("register")
	d.ok(market, AskOpinion{Task: register, To: post("tax"), Ask: "有无欠税？", Within: wd(1)})
	d.c.Tasks[len(d.c.Tasks)-1].By.Person = "r-tax" // asked of one person
	has := d.c.InHand(market.ID)
	if !slices.Equal(has.Tasks, []int{register}) {
		t.Fatalf("in hand: %+v", has)
	}
	if r := d.relieve(market.ID, next, has); r != nil {
		t.Fatal(r)
	}
	got := d.c.Task(register)
	if got.Holder != next.ID || got.State != TaskClaimed || got.By != post("market") || !d.c.InHand(market.ID).Empty() {
		t.Errorf("%+v", got)
	}
	tax := colleague("tax")
	if r := d.relieve("r-tax", tax, d.c.InHand("r-tax")); r != nil {
		t.Fatal(r)
	}
	if by := d.c.Tasks[len(d.c.Tasks)-1].By; by.Person != tax.ID || by.Role != RoleReviewer {
		t.Errorf("the question is for %+v", by)
	}

	lent := in(t, PhaseRunning)
	lent.ok(market, Delegate{Task: lent.task("register"), To: Post{Department: "market", Role: RoleClerk}})
	if r := lent.relieve(market.ID, next, lent.c.InHand(market.ID)); r != nil {
		t.Fatal(r)
	}
	if got := lent.c.Task(lent.task("register")); got.Delegator != next.ID || got.Holder != "" {
		t.Errorf("lent out: %+v", got)
	}
}

// Nobody takes over without the other's word, what is not in that one's hand, or what they could not do themselves.
func TestAShiftIsNoWayAroundTheRules(t *testing.T) {
	d := in(t, PhaseRunning)
	market, next := reviewer("market"), colleague("market")
	register := d.task("register")
	d.ok(market, Claim{register})
	cmd := TakeShift{From: market.ID, Tasks: []int{register}}
	for name, c := range map[string]struct {
		word string
		by   Actor
		cmd  TakeShift
		want string
	}{
		"without a word":         {"", next, cmd, CodeNotYours},
		"by another one's word":  {"r-tax", next, cmd, CodeNotYours},
		"from oneself":           {market.ID, market, cmd, CodeNotYours},
		"by a citizen":           {market.ID, owner, cmd, CodeNotYours},
		"without the post":       {market.ID, colleague("tax"), cmd, CodeNotYours},
		"nothing":                {market.ID, next, TakeShift{From: market.ID}, CodeNotYours},
		"what is not there":      {market.ID, next, TakeShift{From: market.ID, Tasks: []int{99}}, CodeNoSuchTask},
		"twice the same":         {market.ID, next, TakeShift{From: market.ID, Tasks: []int{register, register}}, CodeNoSuchTask},
		"what somebody else has": {market.ID, next, TakeShift{From: market.ID, Tasks: []int{d.task("visit")}}, CodeNotYours},
		"what is over":           {market.ID, next, TakeShift{From: market.ID, Tasks: []int{1}}, CodeTaskEnded},
		"help that is not given": {market.ID, next, TakeShift{From: market.ID, Assist: true}, CodeNotYours},
	} {
		if got := code(d.relieve(c.word, c.by, c.cmd)); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}

	it := matrixItem()
	for i := range it.Steps {
		if it.Steps[i].ID == "report" {
			it.Steps[i].OtherThan = []StepID{"visit"}
		}
	}
	eyes := in(t, PhaseRunning)
	eyes.it = it
	fire, second := reviewer("fire"), colleague("fire")
	eyes.ok(second, Complete{Task: eyes.task("visit"), Outcome: OutcomeAgree, Words: "已到现场"})
	eyes.ok(fire, Claim{eyes.task("report")})
	if got := code(eyes.relieve(fire.ID, second, eyes.c.InHand(fire.ID))); got != CodeFourEyes {
		t.Errorf("who did the visit takes its check over: %q", got)
	}
}
