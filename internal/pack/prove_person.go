package pack

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tongban/tongban/internal/caseflow"
)

// persons proves that each person is asked for as it says, and is the same only as somebody who is known by then.
func (p *formProver) persons() {
	for i := range p.source.Persons {
		who := &p.source.Persons[i]
		at := []string{"persons", index(i)}
		if who.ID == caseflow.PersonApplicant || who.ID == caseflow.PersonAgent {
			p.fail("person.known", fmt.Sprintf("%q means who asks for the service", who.ID), "choose another id", append(at, "id")...)
		}
		p.personFields(who, at...)
		for j, like := range who.Like {
			p.like(i, like, append(slices.Clone(at), "like", index(j))...)
		}
	}
}

// personFields proves that the fields of a person are questions of one page, or of the rows of one list.
func (p *formProver) personFields(who *caseflow.Person, at ...string) {
	home := -1
	for _, f := range [][2]string{{"name", who.Fields.Name}, {"docType", who.Fields.DocType}, {"docNo", who.Fields.DocNo}, {"phone", who.Fields.Phone}} {
		if f[1] == "" {
			continue
		}
		page, q := p.questionOf(who.List, f[1])
		below := append(slices.Clone(at), "fields", f[0])
		switch {
		case q == nil:
			p.fail("person.field", fmt.Sprintf("%q of the person %q is not asked", f[1], who.ID), "name a field of a page, or of the list's rows", below...)
		case !slices.Contains(personWidgets[f[0]], q.Widget):
			p.fail("person.field", fmt.Sprintf("%q is asked with the widget %s, which gives no %s of a person", f[1], q.Widget, f[0]),
				"name a field with the widget "+strings.Join(personWidgets[f[0]], " or "), below...)
		case home >= 0 && page != home:
			p.fail("person.page", fmt.Sprintf("%q of the person %q stands on another page than its name", f[1], who.ID), "ask for one person on one page", below...)
		default:
			home = page
		}
	}
}

// personWidgets are the widgets that ask for what is known of a person.
var personWidgets = map[string][]string{"name": {"text"}, "docType": {"select", "radio"}, "docNo": {"id"}, "phone": {"phone"}}

// questionOf finds a question and its page, of a row if a list is named; nil if there is none.
func (p *formProver) questionOf(list, name string) (int, *caseflow.Field) {
	for i := range p.source.Pages {
		fields := p.source.Pages[i].Fields
		if list != "" {
			f := named(fields, list)
			if f == nil || f.Widget != "list" {
				continue
			}
			fields = f.Fields
		}
		if f := named(fields, name); f != nil && f.Name == name {
			return i, f
		}
	}
	return 0, nil
}

// like proves that a person may be the same as somebody: one of those who ask, or a single person of an earlier page.
func (p *formProver) like(i int, id string, at ...string) {
	if id == caseflow.PersonApplicant || id == caseflow.PersonAgent {
		return
	}
	k := slices.IndexFunc(p.source.Persons, func(x caseflow.Person) bool { return x.ID == id })
	if k < 0 {
		p.fail("person.unknown", fmt.Sprintf("there is no person %q", id), "name applicant, agent, or a person of this form", at...)
		return
	}
	who, other := &p.source.Persons[i], &p.source.Persons[k]
	page, _ := p.questionOf(who.List, who.Fields.Name)
	before, _ := p.questionOf(other.List, other.Fields.Name)
	if other.List != "" || before >= page {
		p.fail("person.order", fmt.Sprintf("the person %q is not known yet when %q is asked for", id, who.ID), "name one person of an earlier page", at...)
	}
}
