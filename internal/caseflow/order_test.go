package caseflow

import "testing"

// An instruction is followed until it is closed: by who gave it, or by whom they named, and by nobody else.
func TestInstructionsAreFollowedUntilClosed(t *testing.T) {
	d := in(t, PhaseRunning)
	d.ok(overseer, Supervise{post("tax"), "请核实", wd(2), ""})
	order := len(d.c.Tasks)
	d.ok(reviewer("tax"), Complete{Task: order, Words: "已核实"})
	look := d.c.Task(len(d.c.Tasks))
	if look.Kind != TaskClose || look.Parent != order || look.By.Person != overseer.ID || look.From != overseer.ID {
		t.Fatalf("%+v", look)
	}
	d.no(CodeNotYours, reviewer("tax"), Complete{Task: look.ID, Outcome: OutcomeClosed, Words: "行"})
	d.no(CodeOutcome, overseer, Complete{Task: look.ID, Outcome: OutcomeDone, Words: "行"})
	d.no(CodeWords, overseer, Complete{Task: look.ID, Outcome: OutcomeClosed})

	d.ok(overseer, Complete{Task: look.ID, Outcome: OutcomeReturned, Words: "没有附材料，重新答复"})
	again := d.c.Task(len(d.c.Tasks))
	if again.Kind != TaskOrder || again.By != post("tax") || again.Ask != "没有附材料，重新答复" || again.Parent != order || again.From != overseer.ID {
		t.Fatalf("%+v", again)
	}
	if k := d.c.Clock(TaskClock(again.ID)); k == nil || k.State != ClockRunning || k.Rule.Limit != wd(2) {
		t.Fatalf("the second round runs under %+v", k)
	}
	d.ok(owner, Withdraw{}) // the case ends; the instruction does not
	d.ok(reviewer("tax"), Complete{Task: again.ID, Words: "已附"})
	last := len(d.c.Tasks)
	d.ok(overseer, Complete{Task: last, Outcome: OutcomeClosed, Words: "同意销号"})
	if t2 := d.c.Task(last); t2.Outcome != OutcomeClosed || len(d.c.Tasks) != last {
		t.Fatalf("%+v and %d tasks", t2, len(d.c.Tasks)-last)
	}
}

func TestInstructionsAreClosedByWhoIsNamed(t *testing.T) {
	d := in(t, PhaseRunning)
	d.no(CodeNoSuchPost, overseer, Supervise{post("tax"), "请核实", wd(2), "nosuch"})
	d.no(CodeForm, overseer, Supervise{post("tax"), "请核实", wd(2), reviewer("tax").ID})
	named := reviewer("market")
	d.ok(overseer, Supervise{post("tax"), "请核实", wd(2), named.ID})
	d.ok(reviewer("tax"), Complete{Task: len(d.c.Tasks), Words: "已核实"})
	look := len(d.c.Tasks)
	d.no(CodeNotYours, overseer, Complete{Task: look, Outcome: OutcomeClosed, Words: "行"})
	d.ok(named, Complete{Task: look, Outcome: OutcomeClosed, Words: "行"})
}

// Nobody does what they are to close, nor closes what they have done, by whichever way it came to them.
func TestNobodySaysOfTheirOwnWorkThatItIsEnough(t *testing.T) {
	d := in(t, PhaseRunning)
	d.no(CodeFourEyes, overseer, Supervise{Post{Department: "office", Person: overseer.ID}, "请核实", wd(2), ""})
	d.ok(overseer, Supervise{post("tax"), "请核实", wd(2), ""})
	order := len(d.c.Tasks)
	tax := reviewer("tax")
	d.no(CodePostUnfit, tax, HandOver{order, Post{Department: "office", Person: overseer.ID}, "转"})
	d.no(CodePostUnfit, tax, Delegate{Task: order, To: Post{Department: "office", Person: overseer.ID}})
	d.ok(tax, Claim{order})
	both := overseer // the supervisor also works at the post that was instructed
	both.Department, both.Roles = tax.Department, append([]string{RoleReviewer}, overseer.Roles...)
	if got := code(d.relieve(tax.ID, both, TakeShift{From: tax.ID, Tasks: []int{order}})); got != CodeFourEyes {
		t.Errorf("it comes by a shift: %q", got)
	}
	d.ok(tax, Release{order})
	d.no(CodeFourEyes, both, Complete{Task: order, Words: "已核实"})
	d.ok(tax, Complete{Task: order, Words: "已核实"})
	look := d.c.LastTask
	d.c.Task(look).By = Post{Department: "tax", Role: RoleReviewer} // as if it had been passed on
	d.no(CodeFourEyes, tax, Complete{Task: look, Outcome: OutcomeClosed, Words: "行"})
	if _, r := Decide(d.c, d.it, colleague("tax"), Complete{Task: look, Outcome: OutcomeClosed, Words: "行"}, d.env()); r != nil {
		t.Errorf("somebody else: %v", r)
	}
}
