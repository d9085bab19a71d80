package form

import (
	"slices"
	"strconv"
	"strings"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/dotted"
	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/internal/web/ui"
)

// People are the persons of a form and who they may be the same as: who asks, and persons that are filled in already.
type People struct {
	item    *caseflow.Item
	asking  map[string]*caseflow.Party // by caseflow.PersonApplicant, caseflow.PersonAgent
	answers Answers
	typed   Answers // on the page that is sent, not saved yet
	me      string  // which of them reads the page; empty at the desk
}

// PeopleOf are the people of a case. own says that who asks fills in the form, so that the page may speak of "me".
func PeopleOf(it *caseflow.Item, c *caseflow.Case, answers Answers, own bool) People {
	p := People{item: it, asking: map[string]*caseflow.Party{}, answers: answers}
	if c.Applicant.Kind == "person" {
		p.asking[caseflow.PersonApplicant] = &c.Applicant
	}
	if c.Agent != nil {
		p.asking[caseflow.PersonAgent] = c.Agent
	}
	switch {
	case own && c.Agent != nil:
		p.me = caseflow.PersonAgent
	case own:
		p.me = caseflow.PersonApplicant
	}
	return p
}

// known is what is known of somebody.
type known struct{ name, docType, docNo, phone string }

// at finds what is known of who asks, or of a person of the form; nothing if there is no name yet.
func (p People) at(id string) known {
	if party := p.asking[id]; party != nil {
		return known{party.Name, string(party.Document.Type), party.Document.No, canonical(ui.KindPhone, party.Phone)}
	}
	who := p.person(id)
	if who == nil || who.List != "" {
		return known{}
	}
	text := func(name string) string {
		v := p.typed.At(name)
		if v == nil {
			v = p.answers.At(name)
		}
		s, _ := v.(string)
		return s
	}
	k := known{text(who.Fields.Name), text(who.Fields.DocType), text(who.Fields.DocNo), text(who.Fields.Phone)}
	if who.Fields.DocType == "" && k.docNo != "" {
		k.docType = string(ident.DocResidentID)
	}
	return k
}

func (p People) person(id string) *caseflow.Person {
	if p.item == nil {
		return nil
	}
	for i := range p.item.Persons {
		if p.item.Persons[i].ID == id {
			return &p.item.Persons[i]
		}
	}
	return nil
}

// offers are the buttons that fill in a person: of a field by its name, or of the rows of a list. One person that is known
// under two names is offered once.
func (p People) offers(lang string, of func(*caseflow.Person) (target string, ok bool)) []ui.Button {
	if p.item == nil {
		return nil
	}
	var list []ui.Button
	for i := range p.item.Persons {
		who := &p.item.Persons[i]
		target, ok := of(who)
		if !ok {
			continue
		}
		var seen []known
		for _, like := range who.Like {
			k := p.at(like)
			same := func(x known) bool { return x.name == k.name && x.docNo == k.docNo }
			if k.name == "" || slices.ContainsFunc(seen, same) {
				continue
			}
			seen = append(seen, k)
			list = append(list, ui.Button{Name: ui.SamePerson, Value: target + "=" + like, Text: p.label(lang, like, k.name), Look: "secondary small"})
		}
	}
	return list
}

// field are the offers above a field that asks for a person's name.
func (p People) field(lang, name string) []ui.Button {
	return p.offers(lang, func(who *caseflow.Person) (string, bool) { return who.ID, who.List == "" && who.Fields.Name == name })
}

// row are the offers of a row of a list.
func (p People) row(lang, list string, row int) []ui.Button {
	return p.offers(lang, func(who *caseflow.Person) (string, bool) { return who.ID + "." + strconv.Itoa(row), who.List == list })
}

var askingWords = map[string]string{caseflow.PersonApplicant: "form.applicant", caseflow.PersonAgent: "form.agent"}

func (p People) label(lang, like, name string) string {
	switch {
	case like == p.me:
		return i18n.T(lang, "form.same-me", name)
	case p.asking[like] != nil:
		return i18n.T(lang, "form.same", i18n.T(lang, askingWords[like]), name)
	}
	return i18n.T(lang, "form.same", p.person(like).Name.In(lang), name)
}

// pressed reads a button: the person to fill in, the row if it is one of a list (else -1), and who it is the same as; nil if
// the form has no such button.
func (p People) pressed(same string) (who *caseflow.Person, row int, like string) {
	target, like, _ := strings.Cut(same, "=")
	id, text, inRow := strings.Cut(target, ".")
	who, row = p.person(id), -1
	if who == nil || !slices.Contains(who.Like, like) || inRow != (who.List != "") {
		return nil, -1, ""
	}
	if inRow {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 || n >= MaxRows {
			return nil, -1, ""
		}
		row = n
	}
	return who, row, like
}

// first is the name of the input that a button fills in first; empty if the form has no such button.
func (p People) first(same string) string {
	who, row, _ := p.pressed(same)
	switch {
	case who == nil:
		return ""
	case row >= 0:
		return RowName(who.List, row, who.Fields.Name)
	}
	return who.Fields.Name
}

// Fill takes over what the pressed button says into the patch of what was typed: "contact=legal", or "officer.1=legal" for a
// row. What is not known of somebody, and a document that the form does not take, stays as it was typed.
func (p People) Fill(same string, patch map[string]any) {
	who, n, like := p.pressed(same)
	if who == nil {
		return
	}
	p.typed = patch
	k, into := p.at(like), patch
	if n >= 0 {
		rows := Answers(patch).Rows(who.List)
		if n >= len(rows) {
			return
		}
		into, _ = rows[n].(map[string]any)
	}
	set := func(name, text string) {
		if name != "" && text != "" {
			dotted.Set(into, name, text)
		}
	}
	set(who.Fields.Name, k.name)
	set(who.Fields.Phone, k.phone)
	if k.docNo != "" && p.takes(who, k.docType) {
		set(who.Fields.DocType, k.docType)
		set(who.Fields.DocNo, k.docNo)
	}
}

// takes reports whether the form takes a type of document of a person.
func (p People) takes(who *caseflow.Person, docType string) bool {
	if who.Fields.DocType == "" {
		return docType == string(ident.DocResidentID)
	}
	f := p.question(who.List, who.Fields.DocType)
	return f != nil && slices.ContainsFunc(f.Options, func(o caseflow.Option) bool { return o.Value == docType })
}

// question finds a question by its name, of the rows of a list if one is given.
func (p People) question(list, name string) *caseflow.Field {
	for i := range p.item.Pages {
		for j := range p.item.Pages[i].Fields {
			f := &p.item.Pages[i].Fields[j]
			if list == "" && f.Name == name {
				return f
			}
			if k := slices.IndexFunc(f.Fields, func(q caseflow.Field) bool { return q.Name == name }); list != "" && f.Name == list && k >= 0 {
				return &f.Fields[k]
			}
		}
	}
	return nil
}
