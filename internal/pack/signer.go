package pack

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/rule"
	"github.com/tongban/tongban/workday"
)

// signerForm compiles what a signer fills in as a form of one page, so that it is checked like any form: each field by its
// widget, by what the step's schema says beyond that, and the step's rules by all facts of the case.
func (l *loader) signerForm(doc *document, form *formBuild, step *caseflow.Step, checks []checkSource, env *rule.Env, at ...string) {
	fail := func(code, what, mend string, below ...string) {
		l.add(doc.problem(code, what, mend, append(slices.Clone(at), below...)...))
	}
	var own struct {
		Properties map[string]map[string]any `json:"properties"`
	}
	if len(step.Schema) > 0 && json.Unmarshal(step.Schema, &own) != nil {
		fail("step.schema", "the schema of what is filled in is no object of properties", "write schema: {properties: {…}}", "schema")
		return
	}
	properties := map[string]any{}
	for i := range step.Fields {
		f := &step.Fields[i]
		properties[f.Name] = fieldSchema(f, own.Properties[f.Name])
		delete(own.Properties, f.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(own.Properties)) {
		fail("step.schema", fmt.Sprintf("the schema has %q, but the step does not ask for it", name), "add a field, or remove it", "schema", "properties", name)
	}
	b := &formBuild{id: form.id + "/" + string(step.ID)}
	b.source.Pages = []caseflow.Page{{ID: string(step.ID), Fields: step.Fields}}
	var err error
	if b.source.Schema, err = json.Marshal(map[string]any{"type": "object", "properties": properties, "$defs": definitions(form)}); err != nil {
		fail("step.schema", err.Error(), "mend the schema", "schema")
		return
	}
	check := &formCheck{pages: b.source.Pages, formats: map[string]string{}}
	if err := check.compile(b); err != nil {
		fail("step.schema", err.Error(), "mend the schema, or the $defs of the form that it names", "schema")
		return
	}
	step.Schema = check.schemaText
	rules := l.signerRules(doc, step, checks, env, at...)
	id := string(step.ID)
	step.CheckData = func(data json.RawMessage, f caseflow.Facts, today workday.Date) []caseflow.FieldFault {
		faults := check.Check(data, "", today)
		if filled, bad := decode(data); bad == nil {
			f.Data = maps.Clone(f.Data)
			f.Data[id] = filled
		}
		known := factsOf(f)
		known.Today = today
		for _, r := range rules {
			wrong := slices.ContainsFunc(faults, func(x caseflow.FieldFault) bool { return x.Field == r.field })
			if v, err := r.cond.Judge(known); !wrong && err == nil && v == rule.No {
				faults = append(faults, caseflow.FieldFault{Field: r.field, Code: r.code, Text: r.text})
			}
		}
		return faults
	}
}

// signerRules compiles the rules of a step, which see every fact of the case and what is being filled in.
func (l *loader) signerRules(doc *document, step *caseflow.Step, checks []checkSource, env *rule.Env, at ...string) []crossCheck {
	var rules []crossCheck
	if env == nil {
		return nil // the form has been refused then
	}
	for i, c := range checks {
		below := append(slices.Clone(at), "checks", index(i))
		if named(step.Fields, c.Field) == nil {
			l.add(doc.problem("field.unknown", fmt.Sprintf("the check %q is shown at %q, which is not asked", c.ID, c.Field), "name a field of the step", append(below, "field")...))
			continue
		}
		cond, fault := env.Compile(c.Holds)
		if fault != nil {
			l.add(expressionProblem(doc, fault, append(below, "holds")...))
			continue
		}
		if cond.Dated() && c.Basis.Law == "" {
			l.add(undated(doc, c, below...))
		}
		rules = append(rules, crossCheck{c.Field, c.ID, cond, c.Text})
	}
	return rules
}

// undated is a check that counts from the day without a law that says so.
func undated(doc *document, c checkSource, at ...string) Problem {
	return doc.problem("check.basis", fmt.Sprintf("the check %q counts from today, but names no law that says so", c.ID), "add basis: {law: …, article: …}", at...)
}

// definitions are the $defs of a form, which the schemas of its item's steps may name.
func definitions(form *formBuild) any {
	var doc map[string]any
	if json.Unmarshal(form.source.Schema, &doc) != nil {
		return nil // the form itself has been refused then
	}
	return doc["$defs"]
}

// fieldSchema is what a widget gives, narrowed by what the pack says of the field.
func fieldSchema(f *caseflow.Field, own map[string]any) map[string]any {
	s := map[string]any{"type": "string", "maxLength": 200}
	switch f.Widget {
	case "textarea":
		s["maxLength"] = caseflow.MaxWords
	case "number":
		s = map[string]any{"type": "integer", "minimum": 0, "maximum": 1_000_000_000}
	case "money", "phone", "email", "date", "region", "industry":
		s["format"] = f.Widget
	case "id":
		s["format"] = "document-no"
	case "code":
		s["pattern"] = `^[\p{L}\p{N}][\p{L}\p{N} ,，、.·/_〔〕()（）-]*$`
	case "radio", "select":
		s["enum"] = values(f)
	case "checkbox":
		s = map[string]any{"type": "array", "uniqueItems": true, "items": map[string]any{"type": "string", "enum": values(f)}}
	case "list":
		rows := map[string]any{}
		for i := range f.Fields {
			rows[f.Fields[i].Name] = fieldSchema(&f.Fields[i], nil)
		}
		s = map[string]any{"type": "array", "maxItems": 50, "items": map[string]any{"type": "object", "properties": rows}}
	}
	if own["$ref"] != nil {
		return own
	}
	maps.Copy(s, own)
	return s
}

func values(f *caseflow.Field) []any {
	list := make([]any, len(f.Options))
	for i, o := range f.Options {
		list[i] = o.Value
	}
	return list
}
