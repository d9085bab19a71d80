package caseflow

import (
	"strings"
	"testing"

	"github.com/tongban/tongban/workday"
)

func TestHandingOver(t *testing.T) {
	t.Run("is for good: the new post has the task, in later rounds too", func(t *testing.T) {
		d := signing(t, SignAll)
		id := d.of("tax")
		d.ok(reviewer("tax"), HandOver{id, post("fire"), "不属于本科室"})
		d.no(CodeNotYours, reviewer("tax"), Complete{Task: id, Outcome: OutcomeAgree})
		d.ok(reviewer("fire"), SendBack{id, "draft", "重拟"})
		d.ok(reviewer("market"), Complete{Task: d.task("draft"), Outcome: OutcomeAgree})
		if d.of("tax") != 0 || d.of("fire") == 0 {
			t.Fatal("the next round asks the old post")
		}
	})
	t.Run("leaves the task of acceptance with the clerks who may accept", func(t *testing.T) {
		d := in(t, PhaseReceived)
		accept := len(d.c.Tasks)
		d.no(CodeForm, clerk, HandOver{accept, post("tax"), "转"})
		d.no(CodeForm, clerk, HandOver{accept, Post{Department: "hall", Role: RoleReviewer}, "转"})
		d.ok(overseer, HandOver{accept, Post{Department: "hall", Role: RoleClerk, Person: "c2"}, "换人"})
		d.no(CodeNotYours, clerk, Accept{})
		d.ok(Actor{ID: "c2", Kind: ActorOfficial, Department: "hall", Roles: []string{RoleClerk}}, Accept{})
	})
	t.Run("of a decision stays with those of the department who may decide", func(t *testing.T) {
		d := in(t, PhaseRunning)
		register := d.task("register")
		for _, to := range []Post{{Department: "market", Role: RoleClerk, Person: "c9"}, {Department: "hall", Role: RoleClerk},
			{Department: "hall", Role: RoleClerk, Person: "c2"}, {Department: "hall", Person: "c2"}, post("tax")} {
			d.no(CodePostUnfit, reviewer("market"), HandOver{register, to, "转"})
		}
		d.ok(reviewer("market"), HandOver{register, Post{Department: "market", Person: "c9"}, "转负责人"}) // who is a head too
		d.ok(Actor{ID: "c9", Kind: ActorOfficial, Department: "market", Roles: []string{RoleClerk, RoleHead}}, Grant{Task: register})
	})
	t.Run("of a review asks for the same powers, in whatever department", func(t *testing.T) {
		d := signing(t, SignAll)
		d.no(CodePostUnfit, reviewer("tax"), HandOver{d.of("tax"), Post{Department: "hall", Role: RoleClerk, Person: "c2"}, "转"})
		d.ok(reviewer("tax"), HandOver{d.of("tax"), post("fire"), "转"})
	})
	t.Run("of the closing of an instruction goes to nobody who was instructed", func(t *testing.T) {
		d := in(t, PhaseRunning)
		d.ok(overseer, Supervise{post("market"), "请加快", wd(1), ""})
		d.ok(reviewer("market"), Complete{Task: len(d.c.Tasks), Words: "已加快"})
		look := len(d.c.Tasks)
		d.no(CodePostUnfit, overseer, HandOver{look, post("market"), "请代为销号"})
		d.no(CodePostUnfit, overseer, HandOver{look, Post{Department: "market", Role: RoleHead, Person: "c9"}, "请代为销号"})
		d.ok(overseer, HandOver{look, Post{Department: "hall", Role: RoleHead}, "请代为销号"})
	})
	t.Run("wants a post and a reason", func(t *testing.T) {
		d := signing(t, SignAll)
		d.no(CodeForm, reviewer("tax"), HandOver{d.of("tax"), Post{Department: "tax"}, "转"})
		d.no(CodeForm, reviewer("tax"), HandOver{d.of("tax"), Post{Department: strings.Repeat("x", MaxID+1), Role: "r"}, "转"})
		d.no(CodeWords, reviewer("tax"), HandOver{d.of("tax"), post("fire"), ""})
		d.no(CodeNoSuchTask, reviewer("tax"), HandOver{99, post("fire"), "转"})
	})
}

func TestDelegating(t *testing.T) {
	lent := func(t *testing.T) (*desk, int) {
		d := in(t, PhaseRunning)
		id := d.task("register")
		d.ok(reviewer("market"), Delegate{Task: id, To: post("tax"), Ask: "先核一下"})
		return d, id
	}
	t.Run("brings the task back to its holder with what the delegate found", func(t *testing.T) {
		d, id := lent(t)
		d.no(CodeNotYours, reviewer("market"), Grant{Task: id})
		d.no(CodeWords, reviewer("tax"), Complete{Task: id})
		d.ok(reviewer("tax"), Complete{Task: id, Words: "材料齐全"})
		task := d.c.Task(id)
		if task.Holder != "r-market" || task.By != post("market") || task.Words != "材料齐全" || task.Delegator != "" {
			t.Fatalf("task %+v", task)
		}
		d.ok(reviewer("market"), Grant{Task: id})
	})
	t.Run("lets the delegate only prepare", func(t *testing.T) {
		d, id := lent(t)
		tax := reviewer("tax")
		for _, cmd := range []Command{Grant{Task: id}, Refuse{id, "not-eligible", "否"}, HandOver{id, post("fire"), "转"},
			AddSigner{Task: id, Who: post("fire")}, StopClock{id, "appraisal", wd(2), "鉴定"}, SendBack{id, "visit", "退"},
			AskOpinion{Task: id, To: post("fire"), Ask: "?", Within: wd(1)}} {
			d.no(CodeNotYours, tax, cmd)
		}
		d.no(CodeExists, tax, Delegate{Task: id, To: post("fire")})
	})
	t.Run("can be called back by the holder, and changed by a supervisor", func(t *testing.T) {
		d, id := lent(t)
		d.ok(reviewer("tax"), Claim{id})
		d.no(CodeNotYours, reviewer("police"), Release{id})
		d.ok(reviewer("market"), Release{id})
		if task := d.c.Task(id); task.Holder != "r-market" || task.Delegator != "" {
			t.Fatalf("task %+v", task)
		}
		d.ok(reviewer("market"), Delegate{Task: id, To: post("tax")})
		d.no(CodePostUnfit, overseer, HandOver{id, post("tax"), "人员调整"}) // who prepares does not decide
		d.ok(overseer, HandOver{id, Post{Department: "market", Role: RoleHead, Person: "c9"}, "人员调整"})
		head := Actor{ID: "c9", Kind: ActorOfficial, Department: "market", Roles: []string{RoleHead}}
		d.no(CodeOutcome, head, Complete{Task: id, Words: "好"}) // it is theirs now, to decide
	})
}

func TestOpinions(t *testing.T) {
	ask := func(t *testing.T, blocks bool) (*desk, int, int) {
		d := in(t, PhaseRunning)
		id := d.task("register")
		d.ok(reviewer("market"), AskOpinion{Task: id, To: post("tax"), Ask: "有无欠税?", Blocks: blocks, Within: wd(1)})
		return d, id, len(d.c.Tasks)
	}
	t.Run("that block must come before the step is completed", func(t *testing.T) {
		d, id, opinion := ask(t, true)
		d.no(CodeOpinionPending, reviewer("market"), Grant{Task: id})
		d.no(CodeWords, reviewer("tax"), Complete{Task: opinion})
		d.ok(reviewer("tax"), Complete{Task: opinion, Words: "无"})
		if k := d.c.Clock(TaskClock(opinion)); k.State != ClockMet || k.Bearer != "tax" {
			t.Fatalf("clock %+v", k)
		}
		d.ok(reviewer("market"), Grant{Task: id})
	})
	t.Run("that do not block go with the step", func(t *testing.T) {
		d, id, opinion := ask(t, false)
		d.ok(reviewer("market"), Grant{Task: id})
		if d.c.Task(opinion).Live() || d.c.Clock(TaskClock(opinion)).State != ClockCancelled {
			t.Fatal("the question outlives its step")
		}
		d.no(CodeTaskEnded, reviewer("tax"), Complete{Task: opinion, Words: "无"})
	})
	t.Run("go with the signer who asked", func(t *testing.T) {
		d := signing(t, SignAll)
		tax := d.of("tax")
		d.ok(reviewer("tax"), AskOpinion{Task: tax, To: post("fire"), Ask: "?", Blocks: true, Within: wd(1)})
		d.ok(overseer, RemoveSigner{tax})
		if d.of("fire") != 0 || d.c.Tasks[len(d.c.Tasks)-1].Live() {
			t.Fatal("the question of a removed signer is still asked")
		}
	})
	t.Run("block a hand-out too", func(t *testing.T) {
		d := in(t, PhaseGranted)
		d.ok(clerk, AskOpinion{Task: d.task("deliver"), To: post("tax"), Ask: "?", Blocks: true, Within: wd(1)})
		d.no(CodeOpinionPending, clerk, Deliver{d.task("deliver"), "window", "王秀英", ""})
	})
	t.Run("want words and a time that ends", func(t *testing.T) {
		d := in(t, PhaseRunning)
		cmd := AskOpinion{Task: d.task("register"), To: post("tax"), Ask: "?", Within: wd(1)}
		empty := cmd
		empty.Ask = ""
		d.no(CodeWords, reviewer("market"), empty)
		for _, within := range []workday.Limit{{}, {N: 1, Backward: true}, {N: 2, Unit: workday.Year}, {N: 1, Unit: 99}, {N: -1}} {
			cmd.Within = within
			d.no(CodeForm, reviewer("market"), cmd)
		}
	})
}

func TestCopiesAndInstructions(t *testing.T) {
	d := in(t, PhaseRunning)
	d.no(CodeTooMany, clerk, CopyTo{})
	d.no(CodeTooMany, clerk, CopyTo{To: make([]Post, 21)})
	d.ok(clerk, CopyTo{To: []Post{post("tax"), post("fire")}, Ask: "请知悉"})
	read := len(d.c.Tasks)
	d.ok(reviewer("fire"), Complete{Task: read})
	if d.c.Task(read).State != TaskDone || d.c.Task(read-1).State != TaskOpen {
		t.Fatal("reading one copy changed another")
	}
	d.no(CodeWords, overseer, Supervise{To: post("tax"), Within: wd(1)})
	d.ok(overseer, Supervise{post("tax"), "请尽快办理", wd(1), ""})
	order := len(d.c.Tasks)
	d.ok(owner, Withdraw{})
	if !d.c.Task(order).Live() || d.c.Task(read-1).Live() {
		t.Fatal("an instruction outlives the case, a copy does not")
	}
	d.no(CodeWords, reviewer("tax"), Complete{Task: order})
	d.ok(reviewer("tax"), Complete{Task: order, Words: "已办"})
}

func TestClaimingATask(t *testing.T) {
	d := in(t, PhaseRunning)
	id, other := d.task("register"), Actor{ID: "m2", Kind: ActorOfficial, Department: "market", Roles: []string{RoleReviewer}}
	d.no(CodeNotClaimed, reviewer("market"), Release{id})
	d.ok(reviewer("market"), Claim{id})
	d.no(CodeHeld, reviewer("market"), Claim{id})
	d.no(CodeTaskTaken, other, Claim{id})
	d.no(CodeTaskTaken, other, Grant{Task: id})
	d.no(CodeNotYours, other, Release{id})
	d.no(CodeNoSuchTask, other, Claim{0})
	d.no(CodeNoSuchTask, other, Release{0})
	d.ok(reviewer("market"), Release{id})
	d.ok(other, Grant{Task: id})
	d.no(CodeTaskEnded, other, Claim{id})
	// A citizen who somehow has an official's account name holds nothing.
	d.ok(reviewer("tax"), Claim{d.task("tax")})
	d.no(CodeNotYours, Actor{ID: "r-tax", Kind: ActorCitizen}, Grant{Task: d.task("tax")})
}
