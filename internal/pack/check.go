package pack

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/rule"
	"github.com/tongban/tongban/workday"
)

// maxDataDepth bounds how deep the data of a form may nest.
const maxDataDepth = 16

// Check reports what is to be mended in a form's data, one fault a field at most, in the order in which the fields are
// asked. Fields and pages whose condition does not hold are not asked and not judged; what is missing is a fault only
// where it is required. With a page, only its fields are judged.
func (c *formCheck) Check(data json.RawMessage, page string, today workday.Date) []caseflow.FieldFault {
	form, fault := decode(data)
	if fault != nil {
		return []caseflow.FieldFault{*fault}
	}
	run := &checking{formCheck: c, form: form, today: today, leaves: c.leaves(form)}
	facts := caseflow.Facts{Form: form}
	for i := range c.pages {
		p := &c.pages[i]
		if page != "" && p.ID != page || !asked(p.When, facts) {
			continue
		}
		for j := range p.Fields {
			if f := &p.Fields[j]; asked(f.When, facts) {
				run.field(p.ID, f)
			}
		}
	}
	run.across(rule.Facts{Form: form, Today: today})
	if page == "" {
		run.strays()
	}
	return run.faults
}

// decode reads the data as an object, without losing digits of numbers.
func decode(data json.RawMessage) (map[string]any, *caseflow.FieldFault) {
	bad := func() *caseflow.FieldFault { return &caseflow.FieldFault{Code: "type", Text: textNotForm} }
	if len(data) > caseflow.MaxForm || tooDeep(data) {
		return nil, bad()
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var form map[string]any
	if err := dec.Decode(&form); err != nil || form == nil || dec.More() {
		return nil, bad()
	}
	return form, nil
}

// tooDeep counts brackets outside strings, before anything is built from them.
func tooDeep(data []byte) bool {
	depth, text, escaped := 0, false, false
	for _, b := range data {
		switch {
		case escaped:
			escaped = false
		case text:
			escaped = b == '\\'
			text = b != '"'
		case b == '"':
			text = true
		case b == '{' || b == '[':
			if depth++; depth > maxDataDepth {
				return true
			}
		case b == '}' || b == ']':
			depth--
		}
	}
	return false
}

// asked reports whether a condition of a page or field holds; facts of a wrong type hold nothing.
func asked(cond caseflow.Condition, f caseflow.Facts) bool {
	if cond == nil {
		return true
	}
	ok, err := cond.Holds(f)
	return ok && err == nil
}

// leaf is one finding of the schema: where, and what.
type leaf struct {
	path []string
	kind jsonschema.ErrorKind
	used bool
}

// leaves validates the data with the schema. What is missing is left to the fields, which know when they are asked.
func (c *formCheck) leaves(form map[string]any) []leaf {
	var invalid *jsonschema.ValidationError
	if err := c.schema.Validate(any(form)); !errors.As(err, &invalid) {
		return nil
	}
	var out []leaf
	var walk func(*jsonschema.ValidationError)
	walk = func(e *jsonschema.ValidationError) {
		for _, cause := range e.Causes {
			walk(cause)
		}
		if len(e.Causes) > 0 {
			return
		}
		switch k := e.ErrorKind.(type) {
		case *kind.Required:
		case *kind.AdditionalProperties:
			for _, key := range k.Properties {
				out = append(out, leaf{path: append(slices.Clone(e.InstanceLocation), key), kind: k})
			}
		default:
			out = append(out, leaf{path: e.InstanceLocation, kind: k})
		}
	}
	walk(invalid)
	slices.SortStableFunc(out, func(a, b leaf) int { return slices.Compare(a.path, b.path) })
	return out
}

// checking is one check of one form.
type checking struct {
	*formCheck
	form   map[string]any
	today  workday.Date
	leaves []leaf
	faults []caseflow.FieldFault
	judged []string // fields in question
}

func (r *checking) add(page, field, code string, text caseflow.Text) {
	if !slices.ContainsFunc(r.faults, func(f caseflow.FieldFault) bool { return f.Field == field }) {
		r.faults = append(r.faults, caseflow.FieldFault{Field: field, Page: page, Code: code, Text: text})
	}
}

// field judges one field that is asked.
func (r *checking) field(page string, f *caseflow.Field) {
	r.judged = append(r.judged, f.Name)
	path := strings.Split(f.Name, ".")
	value, siblings := valueAt(r.form, path)
	bad := r.badLeaf(page, path, f, f.Label)
	switch {
	case empty(value):
		if f.Required {
			r.add(page, f.Name, "required", textRequired(f))
		}
		return
	case f.Widget == "list":
		r.rows(page, f, value)
	case bad:
	default:
		r.format(page, f.Name, f.Name, f.Label, value, siblings)
	}
}

// badLeaf reports the schema's finding at exactly this field, or inside its value where no row explains it better. An
// empty answer is no wrong answer: whether it is missing is judged apart.
func (r *checking) badLeaf(page string, path []string, f *caseflow.Field, label caseflow.Text) bool {
	found := false
	value, _ := valueAt(r.form, path)
	for i := range r.leaves {
		lf := &r.leaves[i]
		if len(lf.path) < len(path) || !slices.Equal(lf.path[:len(path)], path) {
			continue
		}
		if len(lf.path) > len(path) && f.Widget == "list" {
			continue // its rows speak for themselves
		}
		lf.used = true
		if empty(value) {
			continue
		}
		code, text := schemaFault(lf.kind, f, label)
		r.add(page, strings.Join(path, "."), code, text)
		found = true
	}
	return found
}

// rows judges the questions of each row of a list.
func (r *checking) rows(page string, f *caseflow.Field, value any) {
	list, ok := value.([]any)
	if !ok {
		return // the schema has said so
	}
	for i, row := range list {
		m, ok := row.(map[string]any)
		if !ok {
			r.add(page, f.Name+"."+strconv.Itoa(i), "type", textRow(f.Label, i))
			continue
		}
		for j := range f.Fields {
			q := &f.Fields[j]
			name := f.Name + "." + strconv.Itoa(i) + "." + q.Name
			label := rowLabel(f.Label, i, q.Label)
			path := strings.Split(name, ".")
			v, siblings := valueAt(m, strings.Split(q.Name, "."))
			bad := r.badLeaf(page, path, q, label)
			switch {
			case empty(v):
				if q.Required {
					labelled := *q
					labelled.Label = label
					r.add(page, name, "required", textRequired(&labelled))
				}
			case !bad:
				r.format(page, name, f.Name+"."+q.Name, label, v, siblings)
			}
		}
		r.strayRow(page, f, i)
	}
}

// strayRow reports findings in a row that belong to no question, such as an unknown key.
func (r *checking) strayRow(page string, f *caseflow.Field, row int) {
	prefix := append(strings.Split(f.Name, "."), strconv.Itoa(row))
	for i := range r.leaves {
		lf := &r.leaves[i]
		if !lf.used && len(lf.path) >= len(prefix) && slices.Equal(lf.path[:len(prefix)], prefix) {
			lf.used = true
			code, text := schemaFault(lf.kind, f, f.Label)
			r.add(page, strings.Join(lf.path, "."), code, text)
		}
	}
}

// format judges a text by what the schema says it is: a credit code, a phone number, an amount.
func (r *checking) format(page, name, key string, label caseflow.Text, value any, siblings map[string]any) {
	s, ok := value.(string)
	format := r.formats[key]
	if !ok || format == "" {
		return
	}
	if code, text, bad := formatFault(format, s, siblings, label, r.today); bad {
		r.add(page, name, code, text)
	}
}

// across judges the rules across fields that are shown at a field in question. A rule that looks at an answer with a
// fault says nothing: mending the one may mend the other.
func (r *checking) across(facts rule.Facts) {
	for _, c := range r.checks {
		if !slices.Contains(r.judged, c.field) || slices.ContainsFunc(c.cond.Reads(), r.faulty) {
			continue
		}
		if v, err := c.cond.Judge(facts); err == nil && v == rule.No {
			r.add(r.pageOf(c.field), c.field, c.code, c.text)
		}
	}
}

// faulty reports whether the answer at a path, or within it, has a fault.
func (r *checking) faulty(path string) bool {
	field := strings.TrimPrefix(path, "form.")
	return slices.ContainsFunc(r.faults, func(f caseflow.FieldFault) bool {
		return f.Field == field || strings.HasPrefix(f.Field, field+".") || strings.HasPrefix(field, f.Field+".")
	})
}

func (r *checking) pageOf(field string) string {
	for i := range r.pages {
		if slices.ContainsFunc(r.pages[i].Fields, func(f caseflow.Field) bool { return f.Name == field }) {
			return r.pages[i].ID
		}
	}
	return ""
}

// strays reports what the schema found outside every question: keys that the form does not know. Answers to questions
// that are not asked any more are left alone, so that nothing typed is lost.
func (r *checking) strays() {
	for i := range r.leaves {
		lf := &r.leaves[i]
		if _, ok := lf.kind.(*kind.AdditionalProperties); ok && !lf.used {
			r.add("", clip(strings.Join(lf.path, ".")), "unknown", textUnknown)
		}
	}
}

// valueAt finds a value by its path, and the object that it stands in.
func valueAt(form map[string]any, path []string) (any, map[string]any) {
	var v any = form
	var in map[string]any
	for _, key := range path {
		switch m := v.(type) {
		case map[string]any:
			in, v = m, m[key]
		case []any:
			i, err := strconv.Atoi(key)
			if err != nil || i < 0 || i >= len(m) {
				return nil, nil
			}
			in, v = nil, m[i]
		default:
			return nil, nil
		}
	}
	return v, in
}

// empty reports whether nothing was answered.
func empty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return strings.TrimSpace(v) == ""
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}
