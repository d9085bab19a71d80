package pack

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/rule"
)

// forms proves that what is asked is what the data hold.
func (p *prover) forms() {
	done := map[string]bool{}
	for _, it := range p.Items {
		if f := p.items[it.ID].form; !done[f.id] {
			done[f.id] = true
			(&formProver{p, f, map[string]bool{}}).prove()
		}
	}
}

type formProver struct {
	*prover
	*formBuild
	asked map[string]bool // fields asked so far
}

func (p *formProver) fail(code, what, mend string, at ...string) {
	p.add(p.doc, code, what, mend, at...)
}

func (p *formProver) prove() {
	p.unique(p.doc, "pages", "checks", "persons")
	for i := range p.source.Pages {
		page := &p.source.Pages[i]
		p.known(page.When, "pages", index(i), "when")
		for j := range page.Fields {
			p.field(&page.Fields[j], "pages", index(i), "fields", index(j))
		}
	}
	p.everything(p.typ, "")
	p.persons()
	for i, c := range p.source.Checks {
		at := []string{"checks", index(i)}
		if !p.asked[c.Field] {
			p.fail("field.unknown", fmt.Sprintf("the check %q is shown at %q, which is not asked", c.ID, c.Field), "name a field of a page", append(at, "field")...)
		}
		if i < len(p.check.checks) {
			cond := condition{p.check.checks[i].cond}
			p.known(cond, append(at, "holds")...)
			if cond.Dated() && c.Basis.Law == "" {
				p.problems = append(p.problems, undated(p.doc, c, at...))
			}
		}
	}
}

// known proves that a condition looks at answers that have been asked for before, and at values that they can have.
func (p *formProver) known(cond caseflow.Condition, at ...string) {
	c, ok := cond.(condition)
	if !ok {
		return
	}
	p.runs(p.doc, c, at...)
	for _, path := range c.Reads() {
		if field, _ := strings.CutPrefix(path, "form."); !p.isAsked(field) {
			p.fail("form.order", fmt.Sprintf("the condition looks at %q, which is not asked before", field), "ask it on an earlier page", at...)
		}
	}
	for path, values := range c.Compared() {
		enum := p.allowed(strings.TrimPrefix(path, "form."))
		for _, v := range values {
			if enum != nil && !slices.Contains(enum, v) {
				p.fail("value.impossible", fmt.Sprintf("%s is never %q", path, clip(v)), "use one of "+strings.Join(enum, ", "), at...)
			}
		}
	}
}

// isAsked reports whether a field, or a field below it, was asked.
func (p *formProver) isAsked(field string) bool {
	for f := range p.asked {
		if f == field || strings.HasPrefix(f, field+".") {
			return true
		}
	}
	return false
}

// field proves one question.
func (p *formProver) field(f *caseflow.Field, at ...string) {
	p.known(f.When, append(slices.Clone(at), "when")...)
	if p.asked[f.Name] {
		p.fail("form.twice", fmt.Sprintf("%q is asked a second time", f.Name), "ask each thing once", at...)
	}
	p.asked[f.Name] = true
	for i, d := range f.Departments {
		p.department(p.doc, d, append(slices.Clone(at), "departments", index(i))...)
	}
	p.question(f, p.typ.At(f.Name), f.Name, at...)
	if f.Widget != "list" {
		return
	}
	for i := range f.Fields {
		row := &f.Fields[i]
		name := f.Name + "." + row.Name
		p.asked[name] = true
		p.question(row, p.typ.At(name), name, append(slices.Clone(at), "fields", index(i))...)
	}
}

// widgetKinds are the types of data that a widget can give.
var widgetKinds = map[string][]rule.Kind{
	"number": {rule.Int, rule.Number}, "checkbox": {rule.List}, "list": {rule.List},
}

// question proves that a question and its data agree.
func (p *formProver) question(f *caseflow.Field, t *rule.Type, name string, at ...string) {
	if t == nil {
		p.fail("form.schema", fmt.Sprintf("the schema has no %q", name), "add it to the schema, or remove the question", at...)
		return
	}
	p.noCatchAll(p.doc, f.Label, append(slices.Clone(at), "label")...)
	kinds := widgetKinds[f.Widget]
	if kinds == nil {
		kinds = []rule.Kind{rule.String}
	}
	rows := t.Kind == rule.List && t.Elem.Kind == rule.Object
	if !slices.Contains(kinds, t.Kind) || (f.Widget == "list") != rows || (f.Widget == "list") != (len(f.Fields) > 0) {
		p.fail("form.widget", fmt.Sprintf("the widget %s does not fit the type of %q in the schema", f.Widget, name),
			"number gives an integer or number, checkbox a list of text, list rows with fields of their own, all others text", append(slices.Clone(at), "widget")...)
		return
	}
	p.options(f, t, name, at...)
	if private := []string{"person-name", "document-no", "citizen-id", "phone", "email"}; slices.Contains(private, p.check.formats[name]) && !f.Personal {
		p.fail("form.personal", fmt.Sprintf("%q is personal data, but is not marked so", name), "add personal: true, so that it is masked in lists, exports and logs", at...)
	}
}

// options proves that the answers offered are the answers allowed.
func (p *formProver) options(f *caseflow.Field, t *rule.Type, name string, at ...string) {
	enum := t.Enum
	if t.Kind == rule.List {
		enum = t.Elem.Enum
	}
	chooses := f.Widget == "radio" || f.Widget == "select" || f.Widget == "checkbox"
	if !chooses {
		if len(f.Options) > 0 {
			p.fail("form.options", fmt.Sprintf("%q offers answers, but is not answered by choosing", name), "use radio, select or checkbox, or remove options", at...)
		}
		return
	}
	offered := make([]string, len(f.Options))
	for i, o := range f.Options {
		offered[i] = o.Value
	}
	for _, v := range offered {
		if !slices.Contains(enum, v) {
			p.fail("form.options", fmt.Sprintf("%q offers %q, which the schema does not allow", name, v), "add it to enum in the schema, or remove the option", at...)
		}
	}
	for _, v := range enum {
		if !slices.Contains(offered, v) {
			p.fail("form.options", fmt.Sprintf("%q cannot be answered %q, though the schema allows it", name, v), "add an option, or remove it from enum", at...)
		}
	}
}

// everything proves that every datum of the schema is asked.
func (p *formProver) everything(t *rule.Type, path string) {
	switch {
	case t.Kind == rule.Object:
		for _, name := range slices.Sorted(maps.Keys(t.Fields)) {
			below := name
			if path != "" {
				below = path + "." + name
			}
			p.everything(t.Fields[name], below)
		}
	case t.Kind == rule.List && t.Elem.Kind == rule.Object:
		p.everything(t.Elem, path)
	case !p.asked[path]:
		p.fail("form.unasked", fmt.Sprintf("the schema has %q, but no page asks for it", path), "ask it on a page, or remove it from the schema",
			append([]string{"schema", "properties"}, strings.Split(strings.ReplaceAll(path, ".", ".properties."), ".")...)...)
	}
}
