package desk

import (
	"slices"
	"strings"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/internal/web/ui"
)

// assistPrefix stands before the names of the questions about who helps the applicant.
const assistPrefix = "assist."

// askAssist asks who helps the applicant (帮办代办), and why.
func askAssist(q *questions) {
	a := q.c.Assistance
	if a == nil || a.How == caseflow.AssistAsked {
		a = &caseflow.Assistance{How: caseflow.AssistOfficial, Post: self(q.p.Actor)}
	}
	ways := slices.DeleteFunc(caseflow.Ways(), func(how string) bool { return how == caseflow.AssistAsked })
	if q.c.Assistance != nil {
		ways = append(ways, caseflow.AssistNone)
	}
	how := ui.Field{Kind: ui.KindRadio, Name: assistPrefix + "how", Value: a.How}
	for _, w := range ways {
		how.Options = append(how.Options, ui.Option{Value: w, Label: q.T("case.assist." + w)})
	}
	q.add(how)
	q.add(ui.Field{Kind: ui.KindSelect, Name: assistPrefix + "why", Value: a.Why, Options: q.p.assistReasons()})
	to := ui.Field{Kind: ui.KindSelect, Name: assistPrefix + "post", Narrows: true, Value: writePost(a.Post), Optional: true, Hint: q.T("desk.ask.assist.post-hint"),
		Options: append([]ui.Option{{Value: writePost(self(q.p.Actor)), Label: q.T("desk.ask.assist.self")}}, q.p.posts(q.c.Region, nil)...)}
	q.add(to)
	for _, f := range []struct{ name, value, hint string }{{"name", a.Name, "desk.ask.assist.name-hint"}, {"office", a.Office, ""},
		{"phone", a.Phone, ""}, {"basis", a.Basis, "desk.ask.assist.basis-hint"}} {
		x := ui.Field{Kind: ui.KindText, Name: assistPrefix + f.name, Value: f.value, Optional: true, Width: "medium"}
		if f.hint != "" {
			x.Hint = q.T(f.hint)
		}
		q.add(x)
	}
}

// self is the post of the clerk who helps in person.
func self(by caseflow.Actor) caseflow.Post {
	return caseflow.Post{Department: by.Department, Role: caseflow.RoleClerk, Person: by.ID}
}

// assistReasons are the reasons to choose from.
func (p *page) assistReasons() []ui.Option {
	var list []ui.Option
	for _, why := range caseflow.Reasons() {
		list = append(list, ui.Option{Value: why, Label: p.T("case.assist-why." + why)})
	}
	return list
}

func makeAssist(_ offer, v answers) caseflow.Command {
	get := func(name string) string { return v.get(assistPrefix + name) }
	return caseflow.Assist{How: get("how"), Why: get("why"), Post: v.post(assistPrefix + "post"), Name: get("name"), Office: get("office"),
		Phone: ident.Normalise(get("phone")), Basis: get("basis")}
}

// assisted is the mark of a case that somebody helps with; nil if nobody does.
func (p *page) assisted(how string) *ui.Tag {
	if how == "" {
		return nil
	}
	return &ui.Tag{Text: p.T("case.assist-mark." + how), Look: "blue"}
}

// helper says who helps, why and since when.
func (p *page) helper(a *caseflow.Assistance) string {
	if a == nil {
		return ""
	}
	who := p.T("case.assist." + a.How)
	switch a.How {
	case caseflow.AssistOfficial:
		who = p.postName(a.Post)
	case caseflow.AssistAgent:
		if a.Name != "" {
			who = p.brackets(ident.MaskName(a.Name), a.Office)
		}
	}
	words := []string{who}
	if a.Why != "" { // else it is not for this reader
		words = append(words, p.T("case.assist-why."+a.Why))
	}
	return strings.Join(append(words, p.T("desk.assist-since", i18n.Moment(p.Lang, a.Since))), p.either("，", ", "))
}

// assistant is who helps as a record that can be shown in full.
func (v *casePage) assistant(s *scene) {
	a := s.c.Assistance
	if a == nil || a.How != caseflow.AssistAgent || a.Name == "" { // the last: it is not for this reader
		return
	}
	name, phone := ident.MaskName(a.Name), ident.MaskPhone(a.Phone)
	if v.Full {
		name, phone = a.Name, a.Phone
	}
	v.Parties = append(v.Parties, record{ID: "assistant", Rows: ui.Summary{Title: v.T("case.assist." + a.How), Rows: []ui.SummaryRow{
		{Label: v.T("desk.name"), Value: name}, {Label: v.T("desk.ask.assist.office"), Value: a.Office},
		{Label: v.T("desk.phone"), Value: phone}, {Label: v.T("desk.ask.assist.basis"), Value: a.Basis},
	}}})
}
