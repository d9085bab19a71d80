package caseflow

import (
	"strings"
	"testing"
)

// letter is a valid agent.
var letter = Assist{How: AssistAgent, Why: "disabled", Name: "张小明", Office: "杜桥街道便民服务站", Phone: "0913-2100001", Basis: "授权委托书"}

func TestAssistance(t *testing.T) {
	hall := Assist{How: AssistOfficial, Why: "elderly", Post: Post{Department: "hall", Role: RoleClerk}}
	t.Run("is asked for by the applicant and taken on by the window, and conditions see why", func(t *testing.T) {
		d := newDesk(t)
		d.ok(owner, Assist{How: AssistAsked, Why: "elderly"})
		if a := d.c.Assistance; a.How != AssistAsked || !a.Since.Equal(d.now) || a.By != owner.ID {
			t.Fatalf("assistance %+v", a)
		}
		d.no(CodeNotYours, clerk, hall) // nobody looks into what an applicant writes alone
		d.fill()
		d.ok(owner, Submit{})
		d.no(CodePhase, owner, Assist{How: AssistAsked, Why: "other"}) // now it is for the window to say
		d.ok(clerk, hall)
		if a := d.c.Assistance; a.How != AssistOfficial || a.Post.Department != "hall" || a.By != clerk.ID {
			t.Fatalf("assistance %+v", a)
		}
		f, r := (&decider{c: d.c, it: d.it}).facts()
		if r != nil || f.Applicant["help"] != "elderly" {
			t.Fatalf("facts %v %v", f.Applicant, r)
		}
		d.no(CodeExists, clerk, hall)
		nobody := hall
		nobody.Post = Post{Department: "hall", Role: "barber"}
		d.no(CodeNoSuchPost, clerk, nobody)
		nobody.Post = Post{Department: "hall", Role: RoleClerk, Person: "nobody"}
		d.no(CodeNoSuchPost, clerk, nobody)
		d.ok(clerk, Assist{How: AssistNone})
		if d.c.Assistance != nil {
			t.Fatalf("assistance %+v", d.c.Assistance)
		}
		d.no(CodeExists, clerk, Assist{How: AssistNone})
		d.ok(clerk, letter)
	})
	t.Run("by an agent needs who, from where, how to reach them and on what they act", func(t *testing.T) {
		d := newDesk(t)
		d.ok(owner, letter)
		d.no(CodeExists, owner, letter)
		for name, spoil := range map[string]func(*Assist){
			"name":   func(a *Assist) { a.Name = "" },
			"office": func(a *Assist) { a.Office = "" },
			"phone":  func(a *Assist) { a.Phone = "" },
			"basis":  func(a *Assist) { a.Basis = strings.Repeat("长", MaxName+1) },
			"why":    func(a *Assist) { a.Why = "" },
			"how":    func(a *Assist) { a.How = "somehow" },
		} {
			bad := letter
			spoil(&bad)
			d.no(CodeForm, owner, bad)
			_, r := Decide(d.c, d.it, owner, bad, d.env())
			if len(r.Fields) != 1 || r.Fields[0].Field != name {
				t.Errorf("%s: faults %+v", name, r.Fields)
			}
		}
	})
	t.Run("by an official is the window's to say, and keeps nothing of an agent", func(t *testing.T) {
		d := newDesk(t)
		d.no(CodeNotYours, owner, hall)
		d.fill()
		d.ok(owner, Submit{})
		d.no(CodeForm, clerk, Assist{How: AssistOfficial, Why: "elderly"})
		mixed := letter
		mixed.How, mixed.Post = AssistOfficial, hall.Post
		d.ok(clerk, mixed)
		if a := d.c.Assistance; a.Name != "" || a.Office != "" || a.Basis != "" || a.Phone != letter.Phone {
			t.Fatalf("assistance %+v", a)
		}
	})
}
