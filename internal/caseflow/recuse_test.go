package caseflow

import (
	"testing"

	"github.com/tongban/tongban/ident"
)

// Nobody handles their own request: as applicant, as agent, or as a person whom the form names (公务员法 art. 76).
func TestNobodyHandlesTheirOwnCase(t *testing.T) {
	own := func(a Actor, no string) Actor {
		a.Document = ident.Document{Type: ident.DocResidentID, No: no}
		return a
	}
	legal := string(ident.MakeCitizenID("610502", 1980, 5, 5, 3))
	it := matrixItem()
	it.Persons = []Person{{ID: PersonLegal, Fields: PersonFields{Name: "legal", DocNo: "legalNo"}},
		{ID: "owner", List: "owners", Fields: PersonFields{Name: "name", DocNo: "no"}}}
	for name, no := range map[string]string{"the applicant": applicant.Document.No, "the legal representative": legal, "one of several": "61050219700101001x"} {
		d := in(t, PhaseRunning)
		d.it = it
		d.c.Form = []byte(`{"legal":"李四","legalNo":"` + legal + `","owners":[{"name":"甲"},{"name":"乙","no":"61050219700101001X"}]}`)
		register := d.task("register")
		me, stranger := own(reviewer("market"), no), own(reviewer("market"), string(ident.MakeCitizenID("610502", 1981, 6, 6, 5)))
		for _, cmd := range []Command{Claim{register}, Grant{Task: register}, Note{"催一下"}, HandOver{register, Post{"market", RoleReviewer, "x"}, "转"}} {
			_, r := Decide(d.c, d.it, me, cmd, d.env())
			if code(r) != CodeConflict || r.Basis.Law != "公务员法" {
				t.Errorf("%s: %s: %v", name, cmd.Verb(), r)
			}
		}
		if verbs := Available(d.c, d.it, me, d.env()); len(verbs) > 1 {
			t.Errorf("%s is offered %v", name, verbs)
		}
		if _, r := Decide(d.c, d.it, stranger, Grant{Task: register}, d.env()); r != nil {
			t.Errorf("somebody else: %v", r)
		}
	}
	d := newDeskOf(t, it)
	open := Open{Item: it.ID, Channel: ChannelWindow, Applicant: applicant}
	if _, r := Decide(nil, it, own(clerk, applicant.Document.No), open, d.env()); code(r) != CodeConflict {
		t.Errorf("a clerk takes the own request in: %v", r)
	}
	open.Agent, open.Applicant = &applicant, Party{Kind: "person", Name: "李四", Document: ident.Document{Type: ident.DocResidentID, No: legal}, Phone: "13800138000"}
	if _, r := Decide(nil, it, own(clerk, applicant.Document.No), open, d.env()); code(r) != CodeConflict {
		t.Errorf("a clerk takes in what they ask for as agent: %v", r)
	}
}

// Who declares a conflict puts down what they have and gets nothing of the case any more; others go on.
func TestWhoDeclaresAConflictStepsAside(t *testing.T) {
	d := in(t, PhaseRunning)
	market, next := reviewer("market"), colleague("market")
	register := d.task("register")
	d.ok(market, Claim{register})
	d.c.Task(register).By.Person = market.ID // meant for them alone
	d.no(CodeForm, market, Recuse{"cousin", ""})
	d.no(CodeWords, market, Recuse{RelationOther, ""})
	d.no(CodeNotYours, reviewer("culture"), Recuse{RelationOwn, ""})
	d.ok(market, Recuse{RelationFamily, "申请人是我的表妹"})
	if got := d.c.Task(register); got.Holder != "" || got.State != TaskOpen || got.By != post("market") {
		t.Fatalf("%+v", got)
	}
	for _, cmd := range []Command{Claim{register}, Grant{Task: register}, Note{"催一下"}} {
		d.no(CodeConflict, market, cmd)
	}
	d.no(CodeExists, market, Recuse{RelationFamily, ""})
	if got := code(d.relieve(next.ID, market, TakeShift{From: next.ID, Tasks: []int{register}})); got != CodeConflict {
		t.Errorf("it comes back by a shift: %q", got)
	}
	d.no(CodeConflict, overseer, HandOver{register, Post{"market", RoleReviewer, market.ID}, "请办理"})
	d.ok(next, Claim{register})
	d.ok(next, Grant{Task: register})
}

// A task that waits for another signature is put down too: it does not come back to who stepped aside when its turn comes.
func TestWhoStepsAsideAlsoPutsDownWhatWaits(t *testing.T) {
	d := in(t, PhaseRunning)
	market, next := reviewer("market"), colleague("market")
	register := d.task("register")
	d.ok(market, Claim{register})
	d.ok(market, AddSigner{Task: register, Who: post("tax"), Before: true})
	added := d.c.LastTask
	d.ok(market, Recuse{RelationFamily, "申请人是我的表妹"})
	if got := d.c.Task(register); got.Holder != "" || got.State != TaskWaiting {
		t.Fatalf("%+v", got)
	}
	d.ok(reviewer("tax"), Grant{Task: added})
	if got := d.c.Task(register); got.Holder != "" || got.State != TaskOpen {
		t.Fatalf("%+v", got)
	}
	d.ok(next, Grant{Task: register})
}
