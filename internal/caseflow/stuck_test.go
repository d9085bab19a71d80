package caseflow

import (
	"slices"
	"testing"
)

// judge finds the live task of a judgement.
func (d *desk) judge() int {
	d.t.Helper()
	i := slices.IndexFunc(d.c.Tasks, func(t Task) bool { return t.Kind == TaskJudge && t.Live() })
	if i < 0 {
		d.t.Fatal("nobody is asked to judge")
	}
	return d.c.Tasks[i].ID
}

// A rule that cannot be evaluated stops nobody: before the applicant has handed in it is for them to mend, and later a
// person judges in its place.
func TestAConditionThatFails(t *testing.T) {
	t.Run("when the request is handed in is refused", func(t *testing.T) {
		d := newDeskOf(t, partsItem())
		d.it.Parts[0].When = broken{}
		d.no(CodeCondition, owner, Submit{})
	})
	t.Run("in the flow makes the step wait for the head, who lets it go on", func(t *testing.T) {
		for outcome, state := range map[string]string{OutcomeApplies: StepReady, OutcomeSkip: StepSkipped} {
			d := newDeskOf(t, partsItem())
			d.it.Steps[5].When = broken{}
			d.ok(owner, Submit{})
			d.ok(clerk, Accept{})
			d.refuseAt("a1", "market")
			events := d.last(reviewer("tax"), Grant{Task: d.task("b1")})
			if !slices.ContainsFunc(events, func(e Event) bool { s, ok := e.(StepStuck); return ok && s.Code == CodeCondition && s.Step == "last" }) {
				t.Fatalf("no word of it in %v", events)
			}
			d.no(CodeNotYours, reviewer("tax"), Complete{Task: d.judge(), Outcome: outcome, Words: "经核对"})
			d.no(CodeWords, chief, Complete{Task: d.judge(), Outcome: outcome})
			d.no(CodeOutcome, chief, Complete{Task: d.judge(), Outcome: OutcomePass, Words: "经核对"})
			d.ok(chief, Complete{Task: d.judge(), Outcome: outcome, Words: "经核对"})
			if s := d.c.step("last"); s.State != state || s.Stuck != "" {
				t.Fatalf("after %s the step is %+v", outcome, s)
			}
			d.ok(reviewer("tax"), Grant{Task: d.task("b2")})
			if outcome == OutcomeApplies {
				d.ok(chief, Complete{Task: d.task("last"), Outcome: OutcomeAgree})
			}
			d.phase(PhaseClosed)
		}
	})
	t.Run("in an automatic check is judged as passed or not", func(t *testing.T) {
		it := partsItem()
		it.Steps[5] = Step{ID: "last", Kind: KindCheck, Needs: []StepID{"b1"}, Check: broken{}}
		d := newDeskOf(t, it)
		d.ok(owner, Submit{})
		d.ok(clerk, Accept{})
		d.ok(reviewer("tax"), Grant{Task: d.task("b1")})
		d.ok(chief, Complete{Task: d.judge(), Outcome: OutcomeFail, Words: "经核对不符"})
		d.outcome("last", StepDone, OutcomeFail)
	})
	t.Run("when silence takes its effect leaves the case open to all commands", func(t *testing.T) {
		it := partsItem()
		d := newDeskOf(t, it)
		d.ok(owner, Submit{})
		it.Steps[0].When, it.Parts[1].When = broken{}, broken{}
		d.now = d.c.Clock(ClockAcceptance).Due
		d.ok(system, Tick{})
		d.phase(PhaseRunning)
		d.partIs("b", PartOpen)
		d.no(CodeNothingDue, system, Tick{})
		d.ok(clerk, Note{"已电话联系"})
		d.ok(chief, Complete{Task: d.judge(), Outcome: OutcomeApplies, Words: "应当办理"})
		d.ok(reviewer("market"), Grant{Task: d.task("a1")})
		d.ok(owner, Withdraw{"不办了"})
	})
	t.Run("is done again when the work is sent back over it", func(t *testing.T) {
		it := partsItem()
		it.Steps[5] = Step{ID: "last", Kind: KindReview, Needs: []StepID{"b1"}, When: broken{}, By: post("hall")}
		d := newDeskOf(t, it)
		d.ok(owner, Submit{})
		d.ok(clerk, Accept{})
		d.ok(reviewer("tax"), Grant{Task: d.task("b1")})
		first := d.judge()
		d.ok(reviewer("tax"), TakeBack{"b1", "填错"})
		d.outcome("last", StepPending, "")
		d.ok(reviewer("tax"), Grant{Task: d.task("b1")})
		if d.judge() == first || d.c.Task(first).State != TaskCancelled || d.c.Clock(TaskClock(first)).counts() {
			t.Fatalf("the first judgement is %+v", d.c.Task(first))
		}
	})
}
