package pack

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/rule"
)

// envs are the facts that conditions may use, by when they are asked.
type envs struct {
	ask   *rule.Env // before anything is decided: form and applicant
	flow  *rule.Env // everything
	check *rule.Env // everything, and the day on which somebody signs
}

// applicantType is what conditions know about who asks; help is why somebody helps them, "" if nobody does; name and code are
// of an organisation, "" of a person.
var applicantType = rule.Strings("kind", "docType", "region", "channel", "help", "name", "code")

// item builds an item from its file.
func (l *loader) item(name string) {
	var src itemSource
	doc := l.conforms(name, "item", &src, (*string)(&src.ID))
	if doc == nil {
		return
	}
	form := l.forms[src.Form]
	if form == nil {
		if _, broken := l.pack.documents["forms/"+src.Form+".yaml"]; !broken {
			l.add(doc.problem("form.unknown", fmt.Sprintf("there is no form %q", src.Form), "write forms/"+src.Form+".yaml, or correct the name", "form"))
		}
		return
	}
	it := src.Item
	it.Pack, it.Version, it.Region = l.pack.ID, l.pack.Version, l.pack.Region
	it.Pages, it.Schema, it.CheckForm, it.CheckDraft = form.source.Pages, form.check.schemaText, form.check.Check, form.check.Draft
	it.Persons = form.source.Persons
	env := l.envs(doc, form, src.Steps)
	l.limits(doc, form, &it, src.Limits)
	if x := it.Extension; x != nil && x.Limit.Backward {
		l.add(doc.problem("limit.backward", "an extension cannot shorten a limit", "write its length without a minus", "extension", "limit"))
	}
	l.naming(doc, form, &it, env.ask)
	l.parts(doc, &it, env.ask)
	for i := range it.Situations {
		st := &it.Situations[i]
		st.When = l.compile(env.ask, st.WhenText, doc, "situations", index(i), "when")
	}
	l.materials(doc, &it, src.Materials, env.ask)
	l.steps(doc, &it, form, src.Steps, env)
	b := &itemBuild{item: &it, doc: doc, form: form, place: map[caseflow.StepID]int{}}
	for i := range it.Steps {
		b.place[it.Steps[i].ID] = i
	}
	it.Steps, b.cyclic = ordered(it.Steps)
	l.pack.items[it.ID] = b
	l.pack.Items = append(l.pack.Items, b.item)
}

// envs makes the environments of an item; signers' fields are known by their step.
func (l *loader) envs(doc *document, form *formBuild, steps []stepSource) envs {
	outcomes := rule.Strings()
	data := &rule.Type{Kind: rule.Object, Fields: map[string]*rule.Type{}}
	for i := range steps {
		s := &steps[i]
		outcomes.Fields[string(s.ID)] = &rule.Type{Kind: rule.String}
		if len(s.Fields) > 0 {
			data.Fields[string(s.ID)] = fieldsType(s.Fields)
		}
	}
	ask, err := rule.NewEnv(form.typ, applicantType, nil, nil)
	flow, err2 := rule.NewEnv(form.typ, applicantType, outcomes, data)
	if err != nil || err2 != nil {
		l.add(doc.problem("expression", "the facts of the item cannot be typed", "mend the form's schema"))
		return envs{}
	}
	check, err := flow.Dated()
	if err != nil {
		l.add(doc.problem("expression", "the facts of the item cannot be typed", "mend the form's schema"))
	}
	return envs{ask, flow, check}
}

// fieldsType is the type of what fields ask for, read from their widgets: signers' fields have no schema of their own.
func fieldsType(fields []caseflow.Field) *rule.Type {
	t := &rule.Type{Kind: rule.Object, Fields: map[string]*rule.Type{}}
	for i := range fields {
		f := &fields[i]
		switch f.Widget {
		case "number":
			t.Fields[f.Name] = &rule.Type{Kind: rule.Int}
		case "checkbox":
			t.Fields[f.Name] = &rule.Type{Kind: rule.List, Elem: &rule.Type{Kind: rule.String}}
		case "list":
			t.Fields[f.Name] = &rule.Type{Kind: rule.List, Elem: fieldsType(f.Fields)}
		default:
			typ := &rule.Type{Kind: rule.String}
			for _, o := range f.Options {
				typ.Enum = append(typ.Enum, o.Value)
			}
			t.Fields[f.Name] = typ
		}
	}
	return t
}

// anchored finds a limit that is counted back from a date in the form; nil if the item has none.
func (l *loader) anchored(doc *document, form *formBuild, src *ruleSource, at ...string) *caseflow.Rule {
	if src == nil {
		return nil
	}
	r := l.find(doc, *src, at...)
	r.Anchor = src.Anchor
	field, ok := strings.CutPrefix(src.Anchor, "form.")
	if t := form.typ.At(field); !ok || t == nil || t.Kind != rule.String {
		l.add(doc.problem("limit.anchor", fmt.Sprintf("no date stands at %q", src.Anchor), "name the field of the form that holds the date: form.…", append(slices.Clone(at), "anchor")...))
	}
	if r.ID != "" && !r.Limit.Backward {
		l.add(doc.problem("limit.anchor", fmt.Sprintf("%q runs forward, so it cannot end at a date", src.Rule), "write its length with a minus, such as -30 day; -0 day ends with the day itself", append(slices.Clone(at), "rule")...))
	}
	return &r
}

func (l *loader) limits(doc *document, form *formBuild, it *caseflow.Item, src limitsSource) {
	it.Limits = caseflow.Limits{
		Acceptance: l.rule(doc, src.Acceptance, "limits", "acceptance"),
		Statutory:  l.rule(doc, src.Statutory, "limits", "statutory"),
		Promised:   l.rule(doc, src.Promised, "limits", "promised"),
		Correction: l.rule(doc, src.Correction, "limits", "correction"),
	}
	if src.Delivery != nil {
		r := l.rule(doc, *src.Delivery, "limits", "delivery")
		it.Limits.Delivery = &r
	}
	it.Limits.Expiry = l.anchored(doc, form, src.Expiry, "limits", "expiry")
	it.Limits.Apply = l.anchored(doc, form, src.Apply, "limits", "apply")
}

// naming finds the fields that hold the name of a firm.
func (l *loader) naming(doc *document, form *formBuild, it *caseflow.Item, env *rule.Env) {
	if it.Naming == nil {
		return
	}
	n := *it.Naming
	for key, path := range map[string]string{"name": n.Name, "industry": n.Industry, "region": n.Region} {
		if t := form.typ.At(strings.TrimPrefix(path, "form.")); path != "" && (t == nil || t.Kind != rule.String) {
			l.add(doc.problem("fact.unknown", fmt.Sprintf("no text stands at %q", path), "name a field of the form", "naming", key))
		}
	}
	n.LongerWhen = l.compile(env, n.WhenText, doc, "naming", "longerWhen")
	it.Naming = &n
}

func (l *loader) parts(doc *document, it *caseflow.Item, env *rule.Env) {
	for i := range it.Parts {
		p := &it.Parts[i]
		p.When = l.compile(env, p.WhenText, doc, "parts", index(i), "when")
	}
}

func (l *loader) materials(doc *document, it *caseflow.Item, src []materialSource, env *rule.Env) {
	it.Materials = nil
	for i, s := range src {
		m := s.Material
		m.When = l.compile(env, m.WhenText, doc, "materials", index(i), "when")
		if d := s.Deferral; d != nil {
			m.Deferral = &caseflow.Deferral{
				Rule:        l.rule(doc, d.Rule, "materials", index(i), "deferral", "rule"),
				Consequence: d.Consequence, Promise: d.Promise,
			}
		}
		it.Materials = append(it.Materials, m)
	}
}

func (l *loader) steps(doc *document, it *caseflow.Item, form *formBuild, src []stepSource, env envs) {
	it.Steps = nil
	for i, s := range src {
		step := s.Step
		step.When = l.compile(env.flow, step.WhenText, doc, "steps", index(i), "when")
		step.Check = l.compile(env.flow, step.CheckText, doc, "steps", index(i), "check")
		if s.Within != nil {
			r := l.rule(doc, *s.Within, "steps", index(i), "within")
			step.Within = &r
		}
		if s.Publish != nil {
			publish := s.Publish.Publish
			publish.Answer = l.rule(doc, s.Publish.Answer, "steps", index(i), "publish", "answer")
			step.Publish = &publish
		}
		if len(step.Fields) > 0 {
			l.signerForm(doc, form, &step, s.Checks, env.check, "steps", index(i))
		}
		it.Steps = append(it.Steps, step)
	}
}

// ordered puts steps into an order in which each follows what it needs, keeping the file's order where it can. Steps on
// a cycle, and those behind it, are returned apart.
func ordered(steps []caseflow.Step) (out []caseflow.Step, cyclic []caseflow.StepID) {
	placed := map[caseflow.StepID]bool{}
	exists := map[caseflow.StepID]bool{}
	for i := range steps {
		exists[steps[i].ID] = true
	}
	for len(out) < len(steps) {
		next := slices.IndexFunc(steps, func(s caseflow.Step) bool {
			return !placed[s.ID] && !slices.ContainsFunc(s.Needs, func(n caseflow.StepID) bool { return exists[n] && !placed[n] })
		})
		if next < 0 {
			break
		}
		placed[steps[next].ID] = true
		out = append(out, steps[next])
	}
	for i := range steps {
		if !placed[steps[i].ID] {
			cyclic = append(cyclic, steps[i].ID)
			out = append(out, steps[i])
		}
	}
	return out, cyclic
}

// table compiles a decision table against the facts of its item.
func (l *loader) table(name string) {
	var src tableSource
	doc := l.conforms(name, "rules", &src, &src.ID)
	if doc == nil {
		return
	}
	b := l.pack.items[src.Item]
	if b == nil {
		if len(l.problems) == 0 {
			l.add(doc.problem("item.unknown", fmt.Sprintf("there is no item %q", src.Item), "correct the name of the item", "item"))
		}
		return
	}
	t := rule.TableSource{ID: src.ID, Hit: rule.Hit(src.Hit), Complete: src.Complete}
	out := &Table{Name: src.Name, Item: src.Item, Labels: map[string]caseflow.Text{}}
	kinds := map[string]rule.Kind{"text": rule.String, "int": rule.Int, "number": rule.Number, "bool": rule.Bool}
	for _, o := range src.Outputs {
		t.Outputs = append(t.Outputs, rule.Output{Name: o.Name, Kind: kinds[o.Kind], Enum: o.Enum})
		out.Labels[o.Name] = o.Label
	}
	for _, r := range src.Rows {
		t.Rows = append(t.Rows, rule.RowSource{ID: r.ID, Name: rule.Text(r.Name), When: r.When, Then: r.Then, Basis: rule.Basis(r.Basis)})
	}
	env, err := rule.NewEnv(b.form.typ, applicantType, nil, nil)
	if err != nil {
		l.add(doc.problem("expression", err.Error(), "mend the form's schema"))
		return
	}
	table, faults := env.Table(t)
	for _, f := range faults {
		if f.Fault != nil {
			l.add(expressionProblem(doc, f.Fault, "rows", index(f.Row), "when"))
			continue
		}
		l.add(doc.problem("table.output", fmt.Sprintf("the output %q %s", f.Column, f.What), "give every output a value of its kind, and no other",
			"rows", index(f.Row), "then", f.Column))
	}
	out.Table = table
	l.pack.Tables = append(l.pack.Tables, out)
}
