package caseflow

import (
	"slices"
	"testing"
)

// signItem is a draft that is reviewed by three at once or in turn, then decided.
func signItem(form Sign) *Item {
	it := sampleItem()
	it.Parts, it.Materials = nil, nil
	it.Steps = []Step{
		{ID: "draft", Kind: KindReview, By: post("market")},
		{ID: "sign", Kind: KindReview, Needs: []StepID{"draft"}, By: post("market"), Sign: form,
			Signers: []Post{post("market"), post("tax"), post("police")}, Fields: []Field{{Name: "note"}, {Name: "sum"}}},
		{ID: "decide", Kind: KindDecide, Needs: []StepID{"sign"}, By: Post{Department: "hall", Role: RoleHead}},
	}
	return it
}

// signing is a case of it at the countersign.
func signing(t testing.TB, form Sign) *desk {
	t.Helper()
	d := newDeskOf(t, signItem(form))
	d.ok(owner, Submit{})
	d.ok(clerk, Accept{})
	d.ok(reviewer("market"), Complete{Task: d.task("draft"), Outcome: OutcomeAgree})
	return d
}

// of is the live task of a department at the countersign; 0 if it has none.
func (d *desk) of(dept string) int {
	for i := len(d.c.Tasks) - 1; i >= 0; i-- {
		if t := &d.c.Tasks[i]; t.Kind == TaskStep && t.By.Department == dept && t.Live() {
			return t.ID
		}
	}
	return 0
}

// signed signs for a department.
func (d *desk) signed(dept, outcome string) {
	d.t.Helper()
	d.ok(reviewer(dept), Complete{Task: d.of(dept), Outcome: outcome, Words: "意见"})
}

func (d *desk) outcome(step StepID, state, outcome string) {
	d.t.Helper()
	if s := d.c.step(step); s.State != state || s.Outcome != outcome {
		d.t.Fatalf("step %s is %s with %q, want %s with %q", step, s.State, s.Outcome, state, outcome)
	}
}

// states lists the states of the tasks of the countersign in its present round, by place.
func (d *desk) states() []string {
	s := d.c.step("sign")
	out := make([]string, len(s.Signers))
	for _, t := range d.c.Tasks {
		if t.Step == "sign" && t.Kind == TaskStep && t.Round == s.Round {
			out[t.Slot] = t.State
		}
	}
	return out
}

func (d *desk) want(states ...string) {
	d.t.Helper()
	if got := d.states(); !slices.Equal(got, states) {
		d.t.Fatalf("tasks are %v, want %v", got, states)
	}
}

func TestCountersign(t *testing.T) {
	t.Run("of all waits for everybody, in any order", func(t *testing.T) {
		d := signing(t, SignAll)
		d.signed("police", OutcomeAgree)
		d.signed("market", OutcomeAgree)
		d.outcome("sign", StepReady, "")
		d.signed("tax", OutcomeAgree)
		d.outcome("sign", StepDone, OutcomeAgree)
	})
	t.Run("of all disagrees if one does, but hears the others first", func(t *testing.T) {
		d := signing(t, SignAll)
		d.signed("market", OutcomeDisagree)
		d.signed("tax", OutcomeAgree)
		d.outcome("sign", StepReady, "")
		d.signed("police", OutcomeAgree)
		d.outcome("sign", StepDone, OutcomeDisagree)
	})
	t.Run("takes the first outcome against it, in the order of places", func(t *testing.T) {
		d := signing(t, SignAll)
		d.it.Steps[1].Outcomes = []Outcome{{ID: OutcomeAgree}, {ID: "late"}, {ID: "never"}}
		d.signed("police", "never")
		d.signed("tax", "late")
		d.signed("market", OutcomeAgree)
		d.outcome("sign", StepDone, "late")
	})
	t.Run("of any is done with the first, and the others' tasks go", func(t *testing.T) {
		d := signing(t, SignAny)
		d.signed("tax", OutcomeDisagree)
		d.outcome("sign", StepDone, OutcomeDisagree)
		d.want(TaskCancelled, TaskDone, TaskCancelled)
	})
	t.Run("in order lets nobody sign before their turn", func(t *testing.T) {
		d := signing(t, SignOrder)
		d.want(TaskOpen, TaskWaiting, TaskWaiting)
		d.no(CodeNotYourTurn, reviewer("police"), Complete{Task: d.of("police"), Outcome: OutcomeAgree})
		d.no(CodeNotYourTurn, reviewer("tax"), Claim{d.of("tax")})
		d.signed("market", OutcomeAgree)
		d.want(TaskDone, TaskOpen, TaskWaiting)
		d.signed("tax", OutcomeAgree)
		d.signed("police", OutcomeAgree)
		d.outcome("sign", StepDone, OutcomeAgree)
	})
	t.Run("wants words from who disagrees, and only outcomes that it has", func(t *testing.T) {
		d := signing(t, SignAll)
		d.no(CodeWords, reviewer("tax"), Complete{Task: d.of("tax"), Outcome: OutcomeDisagree})
		d.no(CodeOutcome, reviewer("tax"), Complete{Task: d.of("tax"), Outcome: "whatever"})
		d.no(CodeOutcome, reviewer("tax"), Grant{Task: d.of("tax")})
	})
}

func TestWhatSignersFillIn(t *testing.T) {
	t.Run("is joined over all places, later signatures over earlier ones", func(t *testing.T) {
		d := signing(t, SignAll)
		d.ok(reviewer("police"), Complete{Task: d.of("police"), Outcome: OutcomeAgree, Data: []byte(`{"note":"三"}`)})
		d.ok(reviewer("tax"), Complete{Task: d.of("tax"), Outcome: OutcomeAgree})
		d.ok(reviewer("market"), Complete{Task: d.of("market"), Outcome: OutcomeAgree,
			Data: []byte(` { "sum": 12345678901234567890, "note":"一"}`)})
		if got := string(d.c.step("sign").Data); got != `{"note":"一","sum":12345678901234567890}` {
			t.Fatalf("data %s", got)
		}
	})
	t.Run("is needed only of who is in favour, in known fields", func(t *testing.T) {
		d := newDeskOf(t, signItem(SignAll))
		d.it.Steps[1].Fields[0].Required = true
		d.ok(owner, Submit{})
		d.ok(clerk, Accept{})
		d.ok(reviewer("market"), Complete{Task: d.task("draft"), Outcome: OutcomeAgree})
		tax := reviewer("tax")
		for _, data := range []string{``, `{}`, `{"note":""}`, `{"note":null}`, `{"note":["x"]}`, `{"note":"x","else":1}`, `[]`, `{"note":"x"}x`,
			`{"note":"x","sum":1e999}`} {
			d.no(CodeData, tax, Complete{Task: d.of("tax"), Outcome: OutcomeAgree, Data: []byte(data)})
		}
		d.ok(tax, Complete{Task: d.of("tax"), Outcome: OutcomeDisagree, Words: "缺材料"})
	})
	t.Run("is that of the last round alone when it is done again", func(t *testing.T) {
		d := signing(t, SignAny)
		d.ok(reviewer("tax"), Complete{Task: d.of("tax"), Outcome: OutcomeAgree, Data: []byte(`{"note":"一"}`)})
		d.ok(chief, SendBack{d.task("decide"), "sign", "重签"})
		d.signed("tax", OutcomeAgree)
		if data := d.c.step("sign").Data; data != nil {
			t.Fatalf("data %s", data)
		}
	})
}

func TestAddingAndRemovingSigners(t *testing.T) {
	t.Run("one added before signs first, and the holder keeps the task", func(t *testing.T) {
		d := signing(t, SignAll)
		mine := d.of("tax")
		d.ok(reviewer("tax"), AddSigner{Task: mine, Who: post("fire"), Before: true})
		d.want(TaskOpen, TaskWaiting, TaskOpen, TaskOpen)
		d.no(CodeNotYourTurn, reviewer("tax"), Complete{Task: mine, Outcome: OutcomeAgree})
		d.signed("fire", OutcomeAgree)
		if task := d.c.Task(mine); task.State != TaskClaimed || task.Holder != "r-tax" {
			t.Fatalf("task %+v", task)
		}
	})
	t.Run("one added after takes the place before the next in turn", func(t *testing.T) {
		d := signing(t, SignOrder)
		d.ok(reviewer("market"), AddSigner{Task: d.of("market"), Who: post("fire")})
		d.want(TaskClaimed, TaskWaiting, TaskWaiting, TaskWaiting)
		d.signed("market", OutcomeAgree)
		d.want(TaskDone, TaskWaiting, TaskWaiting, TaskOpen)
		d.signed("fire", OutcomeAgree)
		d.want(TaskDone, TaskOpen, TaskWaiting, TaskDone)
	})
	t.Run("who is added stays in the next round, and who was removed stays away", func(t *testing.T) {
		d := signing(t, SignOrder)
		d.ok(reviewer("market"), AddSigner{Task: d.of("market"), Who: post("fire"), Before: true})
		d.ok(overseer, RemoveSigner{d.of("tax")})
		d.ok(reviewer("fire"), SendBack{d.of("fire"), "draft", "重拟"})
		d.ok(reviewer("market"), Complete{Task: d.task("draft"), Outcome: OutcomeAgree})
		d.want(TaskWaiting, "", TaskWaiting, TaskOpen)
		for _, dept := range []string{"fire", "market", "police"} {
			d.signed(dept, OutcomeAgree)
		}
		d.outcome("sign", StepDone, OutcomeAgree)
	})
	t.Run("removing the last one missing completes the step", func(t *testing.T) {
		d := signing(t, SignAll)
		d.signed("market", OutcomeAgree)
		d.signed("tax", OutcomeAgree)
		d.ok(reviewer("tax"), RemoveSigner{d.of("police")})
		d.outcome("sign", StepDone, OutcomeAgree)
	})
	t.Run("removing one in the middle lets the next one wait for the one before", func(t *testing.T) {
		d := signing(t, SignOrder)
		d.ok(reviewer("market"), RemoveSigner{d.of("tax")})
		d.no(CodeNotYourTurn, reviewer("police"), Claim{d.of("police")})
		d.signed("market", OutcomeAgree)
		d.want(TaskDone, TaskCancelled, TaskOpen)
	})
	t.Run("removes neither who has signed nor the only one", func(t *testing.T) {
		d := signing(t, SignAll)
		id := d.of("market")
		d.signed("market", OutcomeAgree)
		d.no(CodeTaskEnded, reviewer("tax"), RemoveSigner{id})
		d.ok(reviewer("market"), RemoveSigner{d.of("tax")})
		d.ok(reviewer("market"), RemoveSigner{d.of("police")})
		d.no(CodeLastSigner, overseer, RemoveSigner{d.task("decide")})
		d.no(CodeNoSuchTask, overseer, RemoveSigner{99})
	})
	t.Run("a step that is decided by removal has the outcome of those who signed", func(t *testing.T) {
		d := signing(t, SignAll)
		for _, dept := range []string{"market", "tax", "police"} {
			d.signed(dept, OutcomeAgree)
		}
		d.ok(chief, AddSigner{Task: d.task("decide"), Who: post("tax")})
		d.ok(chief, Grant{Task: d.task("decide")})
		d.ok(chief, RemoveSigner{d.of("tax")})
		d.outcome("decide", StepDone, OutcomeGrant)
		d.phase(PhaseClosed)
	})
	t.Run("is bounded in number", func(t *testing.T) {
		d := signing(t, SignAll)
		for len(d.c.step("sign").Signers) < MaxSigners {
			d.ok(reviewer("tax"), AddSigner{Task: d.of("tax"), Who: post("fire")})
		}
		d.no(CodeTooMany, reviewer("tax"), AddSigner{Task: d.of("tax"), Who: post("fire")})
	})
}

func TestSendingBack(t *testing.T) {
	t.Run("from a countersign resets it: nothing is lost and everybody signs again", func(t *testing.T) {
		d := signing(t, SignAll)
		d.signed("market", OutcomeAgree)
		d.ok(reviewer("tax"), AddSigner{Task: d.of("tax"), Who: post("fire")})
		d.ok(reviewer("police"), SendBack{d.of("police"), "draft", "材料不全"})
		d.outcome("draft", StepReady, "")
		d.outcome("sign", StepPending, "")
		for _, task := range d.c.Tasks {
			if task.Step == "sign" && task.Live() {
				t.Fatalf("task %d is still live", task.ID)
			}
		}
		d.ok(reviewer("market"), Complete{Task: d.task("draft"), Outcome: OutcomeAgree})
		d.want(TaskOpen, TaskOpen, TaskOpen, TaskWaiting)
		for _, dept := range []string{"market", "tax", "police", "fire"} {
			d.outcome("sign", StepReady, "")
			d.signed(dept, OutcomeAgree)
		}
		d.outcome("sign", StepDone, OutcomeAgree)
	})
	t.Run("goes only to an earlier human step that is done", func(t *testing.T) {
		d := signing(t, SignAll)
		d.no(CodeNoSuchStep, reviewer("tax"), SendBack{d.of("tax"), "nowhere", "退回"})
		d.no(CodeNotEarlier, reviewer("tax"), SendBack{d.of("tax"), "sign", "退回"})
		d.no(CodeNotEarlier, reviewer("tax"), SendBack{d.of("tax"), "decide", "退回"})
		d.no(CodeWords, reviewer("tax"), SendBack{d.of("tax"), "draft", ""})
	})
	t.Run("ends a stop of the work that is done again, and the case's clocks run", func(t *testing.T) {
		d := signing(t, SignAll)
		d.ok(reviewer("tax"), StopClock{d.of("tax"), "appraisal", wd(3), "鉴定"})
		d.ok(reviewer("tax"), SendBack{d.of("tax"), "draft", "退回"})
		if d.c.Stopped() != nil || d.c.Clock(ClockStatutory).State != ClockRunning || d.c.Clock(StopClockID(1)).counts() {
			t.Fatalf("stop %+v, clock %+v", d.c.Stopped(), d.c.Clock(ClockStatutory))
		}
	})
	t.Run("does not undo a licence or a hand-out", func(t *testing.T) {
		d := in(t, PhaseRunning)
		d.ok(reviewer("market"), Grant{Task: d.task("register")})
		d.no(CodeTakenUp, reviewer("tax"), SendBack{d.task("tax"), "register", "退回"})
		d.no(CodeTakenUp, reviewer("market"), TakeBack{"register", "填错"})
		if len(d.c.Licences) != 1 {
			t.Fatalf("%d licences", len(d.c.Licences))
		}
	})
}

func TestTakingBack(t *testing.T) {
	t.Run("undoes one's own completion while nobody has taken up what follows", func(t *testing.T) {
		d := signing(t, SignAll)
		d.ok(reviewer("market"), TakeBack{"draft", "写错"})
		d.outcome("draft", StepReady, "")
		d.outcome("sign", StepPending, "")
		if mine := d.c.Task(d.task("draft")); mine.State != TaskClaimed || mine.Holder != "r-market" {
			t.Errorf("the work that was taken back is %s and held by %q", mine.State, mine.Holder)
		}
	})
	t.Run("leaves the work to the queue when who takes it back has another post by now", func(t *testing.T) {
		d := signing(t, SignAll)
		at := reviewer("market")
		at.Department = "tax"
		d.no(CodeNotYours, reviewer("tax"), TakeBack{"draft", "写错"})
		d.ok(at, TakeBack{"draft", "写错"})
		if again := d.c.Task(d.task("draft")); again.State != TaskOpen {
			t.Errorf("whoever has another post by now holds it: %+v", again)
		}
	})
	t.Run("comes too late once somebody claimed or signed", func(t *testing.T) {
		d := signing(t, SignAll)
		d.ok(reviewer("tax"), Claim{d.of("tax")})
		d.no(CodeTakenUp, reviewer("market"), TakeBack{"draft", "写错"})
		d.ok(reviewer("tax"), Release{d.of("tax")})
		d.signed("police", OutcomeAgree)
		d.no(CodeTakenUp, reviewer("market"), TakeBack{"draft", "写错"})
		d.no(CodeNoSuchStep, reviewer("market"), TakeBack{"nowhere", "写错"})
		d.no(CodeNotEarlier, reviewer("market"), TakeBack{"sign", "写错"})
	})
}
