package caseflow

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/tongban/tongban/workday"
)

// orderingItem has a look, a case of its own that follows it, and a decision.
func orderingItem() *Item {
	it := oneStep()
	it.Steps = []Step{
		{ID: "look", Kind: KindReview, By: post("market")},
		{ID: "fire", Kind: KindSubcase, Needs: []StepID{"look"}, Subcase: &Subcase{Item: "fire-check", Form: []Carry{
			{To: "place.name", From: "form.company.name"}, {To: "place.size", From: "form.size"}, {To: "none", From: "form.none"}}}},
		{ID: "decide", Kind: KindDecide, Needs: []StepID{"fire"}, By: post("market"),
			When: condition(func(f Facts) bool { return f.Steps["fire"] != "never" })},
	}
	return it
}

// ordering is a case whose child is ordered.
func ordering(t testing.TB) *desk {
	t.Helper()
	d := newDeskOf(t, orderingItem())
	d.ok(owner, SaveDraft{Data: []byte(`{"company":{"name":"渭南秦东商贸有限公司"},"size":12345678901234567890}`)})
	d.ok(owner, Submit{})
	d.ok(clerk, Accept{})
	d.ok(reviewer("market"), Complete{Task: d.task("look"), Outcome: OutcomeAgree})
	return d
}

func (d *desk) child(state string) *Child {
	d.t.Helper()
	k := &d.c.Children[len(d.c.Children)-1]
	if k.State != state {
		d.t.Fatalf("child %+v, want %s", k, state)
	}
	return k
}

func (d *desk) errands(kinds ...string) {
	d.t.Helper()
	var got []string
	for _, e := range d.c.Errands() {
		got = append(got, e.Kind)
	}
	if !slices.Equal(got, kinds) {
		d.t.Fatalf("errands %v, want %v", got, kinds)
	}
}

var opened = RecordSubcase{Step: "fire", Round: 1, No: "610502-20261123-000002", State: ChildOpen}

func ends(how string) RecordSubcase {
	r := opened
	r.State = how
	return r
}

func TestAStepIsDoneByACaseOfItsOwn(t *testing.T) {
	t.Run("which is ordered with what it carries over, every digit of it", func(t *testing.T) {
		d := ordering(t)
		d.errands(ErrandOpen)
		k := d.child(ChildAsked)
		if want := `{"place":{"name":"渭南秦东商贸有限公司","size":12345678901234567890}}`; string(k.Form) != want || k.Item != "fire-check" {
			t.Fatalf("ordered %s with %s", k.Item, k.Form)
		}
		if d.find("fire") != 0 || d.c.step("fire").State != StepReady || d.c.step("decide").State != StepPending {
			t.Fatalf("steps %+v", d.c.Steps)
		}
		d.ok(system, opened)
		d.errands()
		if k := d.child(ChildOpen); k.No != opened.No || k.Form != nil {
			t.Fatalf("child %+v", k)
		}
		d.no(CodeNothingDue, system, opened)
	})
	t.Run("whose end completes it, whatever it is", func(t *testing.T) {
		for _, how := range ChildEnds() {
			d := ordering(t)
			d.ok(system, opened)
			d.ok(system, ends(how))
			d.outcome("fire", StepDone, how)
			d.child(how)
			d.errands()
			d.no(CodeNothingDue, system, ends(how))
			d.ok(reviewer("market"), Grant{Task: d.task("decide")})
			d.phase(PhaseClosed)
		}
	})
	t.Run("whose end may be known before its number", func(t *testing.T) {
		d := ordering(t)
		d.ok(system, ends(ChildGranted))
		d.outcome("fire", StepDone, ChildGranted)
		d.errands()
		d.no(CodeNothingDue, system, opened)
	})
	t.Run("that is not another one", func(t *testing.T) {
		d := ordering(t)
		d.ok(system, opened)
		other := ends(ChildGranted)
		other.No = "610502-20261123-000077"
		d.no(CodeNothingDue, system, other)
		other.Round = 2
		d.no(CodeNoSuchStep, system, other)
		d.no(CodeNotYours, chief, ends(ChildGranted))
	})
	t.Run("and what is revoked later undoes nothing by itself", func(t *testing.T) {
		d := ordering(t)
		d.ok(system, opened)
		d.ok(system, ends(ChildGranted))
		d.ok(system, ends(ChildRevoked))
		d.outcome("fire", StepDone, ChildGranted)
		d.child(ChildRevoked)
		d.phase(PhaseRunning)
	})
}

func TestNobodyWaitsForAChildAnyMore(t *testing.T) {
	for name, leave := range map[string]func(d *desk){
		"when the request is withdrawn": func(d *desk) { d.ok(owner, Withdraw{}) },
		"when the law decides": func(d *desk) {
			d.it.Limits.Statutory.Effect = EffectGrant
			d.now = d.now.AddDate(0, 3, 0)
			d.ok(system, Tick{})
		},
	} {
		t.Run(name, func(t *testing.T) {
			it := orderingItem()
			it.Limits.Statutory.Effect = EffectGrant
			d := newDeskOf(t, it)
			d.ok(owner, Submit{})
			d.ok(clerk, Accept{})
			d.ok(reviewer("market"), Complete{Task: d.task("look"), Outcome: OutcomeAgree})
			d.ok(system, opened)
			leave(d)
			d.errands(ErrandRecall)
			d.no(CodeNothingDue, system, RecordSubcase{Step: "fire", Round: 1, No: "other", State: ChildLeft})
			d.ok(system, RecordSubcase{Step: "fire", Round: 1, No: opened.No, State: ChildLeft})
			d.errands()
			d.ok(system, ends(ChildWithdrawn))
			d.child(ChildWithdrawn)
		})
	}
	t.Run("also if it is opened only then", func(t *testing.T) {
		d := ordering(t)
		d.ok(owner, Withdraw{})
		d.errands(ErrandRecall)
		d.ok(system, RecordSubcase{Step: "fire", Round: 1, State: ChildLeft})
		d.errands()
		d.ok(system, opened)
		d.errands(ErrandRecall)
	})
	t.Run("after the work was sent back, and another one is ordered", func(t *testing.T) {
		it := orderingItem()
		it.Steps = append(it.Steps, Step{ID: "beside", Kind: KindReview, Needs: []StepID{"look"}, By: post("tax")})
		d := runningOne(t, it)
		d.ok(reviewer("market"), Complete{Task: d.task("look"), Outcome: OutcomeAgree})
		d.ok(system, opened)
		d.ok(reviewer("tax"), SendBack{Task: d.task("beside"), To: "look", Reason: "重新核对"})
		d.errands(ErrandRecall)
		d.ok(reviewer("market"), Complete{Task: d.task("look"), Outcome: OutcomeAgree})
		d.errands(ErrandRecall, ErrandOpen)
		d.ok(system, ends(ChildGranted)) // the first one, which was too far to be recalled
		d.ok(system, RecordSubcase{Step: "fire", Round: 2, No: "610502-20261123-000003", State: ChildGranted})
		d.outcome("fire", StepDone, ChildGranted)
		d.no(CodeTakenUp, reviewer("tax"), SendBack{Task: d.task("beside"), To: "look", Reason: "重新核对"})
	})
}

func TestAChildThatCannotBeOpenedIsJudged(t *testing.T) {
	d := ordering(t)
	failed := RecordSubcase{Step: "fire", Round: 1, State: ChildFailed, Code: CodeNotOffered}
	d.ok(system, failed)
	d.errands()
	d.no(CodeNothingDue, system, failed)
	d.ok(chief, Complete{Task: d.judge(), Outcome: OutcomeAgain, Words: "已恢复"})
	d.errands(ErrandOpen)
	if k := d.child(ChildAsked); k.Round != 2 {
		t.Fatalf("child %+v", k)
	}
	failed.Round = 2
	d.ok(system, failed)
	d.ok(chief, Complete{Task: d.judge(), Outcome: OutcomeSkip, Words: "不需要"})
	d.outcome("fire", StepSkipped, OverWhen)
	d.task("decide")
}

// childDesk is the child of a step as it is opened; the form that its item wants is {"place": …}.
func childDesk(t testing.TB, cmd OpenSubcase, ask func(it *Item)) *desk {
	t.Helper()
	it := oneStep()
	if ask != nil {
		ask(it)
	}
	d := &desk{t: t, it: it, now: time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)}
	d.ok(system, cmd)
	return d
}

func order() OpenSubcase {
	return OpenSubcase{Item: "company-open", Applicant: applicant, Owner: owner.ID, Channel: ChannelOnline,
		Form: []byte(`{"place":"渭南"}`), Parent: Parent{Case: "610502-20261123-000001", Step: "fire", Round: 1}}
}

func TestAChildKnowsItsParent(t *testing.T) {
	t.Run("and is handed in, if nothing is missing", func(t *testing.T) {
		d := childDesk(t, order(), nil)
		d.phase(PhaseReceived)
		if want := order().Parent; !reflect.DeepEqual(*d.c.Parent, want) || d.c.Owner != owner.ID || string(d.c.Form) != `{"place":"渭南"}` {
			t.Fatalf("child %+v of %+v", d.c, d.c.Parent)
		}
	})
	t.Run("and is left to the applicant, if something is", func(t *testing.T) {
		d := childDesk(t, order(), func(it *Item) { it.Materials = []Material{{ID: "plan", Need: Required}} })
		d.phase(PhaseDraft)
		d.ok(owner, Attach{Material: "plan", File: file("ab")})
		d.ok(owner, Submit{})
	})
	t.Run("and tells it every end once", func(t *testing.T) {
		d := childDesk(t, order(), nil)
		d.ok(clerk, Accept{})
		d.errands()
		d.ok(reviewer("market"), Grant{Task: d.task("decide")})
		d.errands(ErrandTell)
		d.no(CodeNotYours, owner, TellParent{ChildGranted})
		d.ok(system, TellParent{ChildGranted})
		d.errands()
		d.no(CodeNothingDue, system, TellParent{ChildGranted})
	})
	t.Run("which recalls it", func(t *testing.T) {
		d := childDesk(t, order(), nil)
		d.no(CodeNotYours, chief, Recall{})
		d.ok(system, Recall{})
		d.phase(PhaseWithdrawn)
		d.errands(ErrandTell)
	})
	t.Run("and needs none where an office acts by itself, which nobody asks for", func(t *testing.T) {
		alone := order()
		alone.Parent, alone.Owner = Parent{}, ""
		d := childDesk(t, alone, func(it *Item) { it.Kind = KindPenalty })
		d.phase(PhaseReceived)
		if d.c.Parent != nil || len(d.c.Errands()) > 0 {
			t.Errorf("%+v", d.c)
		}
		env := Env{Now: d.now, Calendar: workday.National(), No: "1", Region: "610502", Serial: 1}
		for kind, want := range map[string]string{KindPenalty: CodeNotOffered, "licensing": ""} {
			it := oneStep()
			it.Kind = kind
			_, r := Decide(nil, it, owner, Open{Item: it.ID, Channel: ChannelOnline, Applicant: applicant}, env)
			got := ""
			if r != nil {
				got = r.Code
			}
			if got != want || it.Asked("610502") != (want == "") {
				t.Errorf("a citizen asks for %s: %q", kind, got)
			}
			if _, r = Decide(nil, it, system, alone, env); (r == nil) != (kind == KindPenalty) {
				t.Errorf("an office begins %s by itself: %v", kind, r)
			}
		}
	})
	t.Run("and nobody but the system opens one", func(t *testing.T) {
		env := Env{Now: time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC), Calendar: workday.National(), No: "1", Region: "610502", Serial: 1}
		for _, by := range everybody() {
			_, r := Decide(nil, oneStep(), by, order(), env)
			if (r == nil) != (by.ID == system.ID) {
				t.Errorf("%s: %v", by.ID, r)
			}
		}
		alone := order()
		alone.Parent = Parent{}
		if _, r := Decide(nil, oneStep(), system, alone, env); r == nil || r.Code != CodeNotYours {
			t.Errorf("without a parent: %v", r)
		}
	})
}
