package pack

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/rule"
)

// formCheck is a form that checks data: its compiled schema, its pages, its rules across fields.
type formCheck struct {
	schemaText json.RawMessage // closed, with what must be answered, without $ref
	root       map[string]any  // the same, decoded
	schema     *jsonschema.Schema
	pages      []caseflow.Page
	formats    map[string]string // of each field that has one, by name; rows as people.name
	checks     []crossCheck
}

// crossCheck is a rule across fields.
type crossCheck struct {
	field string
	code  string
	cond  *rule.Condition
	text  caseflow.Text
}

// form builds a form from its file.
func (l *loader) form(name string) {
	b := &formBuild{}
	doc := l.conforms(name, "form", &b.source, &b.source.ID)
	if doc == nil {
		return
	}
	b.doc, b.id = doc, b.source.ID
	noSchema := func(err error) {
		l.add(doc.problem("form.schema", err.Error(), "mend the schema of the form", "schema"))
	}
	typ, err := rule.TypeOf(b.source.Schema)
	if err != nil {
		noSchema(err)
		return
	}
	b.typ = typ
	env, dated, err := formEnvs(typ)
	if err != nil {
		noSchema(err)
		return
	}
	l.pages(b, env)
	check := &formCheck{pages: b.source.Pages, formats: map[string]string{}}
	if err := check.compile(b); err != nil {
		noSchema(err)
		return
	}
	for i, c := range b.source.Checks {
		at := []string{"checks", index(i), "holds"}
		cond, fault := dated.Compile(c.Holds)
		if fault != nil {
			l.add(expressionProblem(doc, fault, at...))
			continue
		}
		check.checks = append(check.checks, crossCheck{c.Field, c.ID, cond, c.Text})
	}
	b.check = check
	l.forms[b.id] = b
}

// formEnvs are the environments of a form's conditions: of what is asked, and of checks, which know the day as well.
func formEnvs(typ *rule.Type) (env, dated *rule.Env, err error) {
	if env, err = rule.NewEnv(typ, nil, nil, nil); err != nil {
		return nil, nil, err
	}
	dated, err = env.Dated()
	return env, dated, err
}

// pages compiles the conditions of pages and fields, which see the form alone.
func (l *loader) pages(b *formBuild, env *rule.Env) {
	for i := range b.source.Pages {
		p := &b.source.Pages[i]
		p.When = l.compile(env, p.WhenText, b.doc, "pages", index(i), "when")
		for j := range p.Fields {
			f := &p.Fields[j]
			f.When = l.compile(env, f.WhenText, b.doc, "pages", index(i), "fields", index(j), "when")
			for k := range f.Fields {
				if f.Fields[k].WhenText != "" {
					l.add(b.doc.problem("form.row", "a question of a row cannot depend on a condition", "remove when, or ask it on a page of its own",
						"pages", index(i), "fields", index(j), "fields", index(k), "when"))
				}
			}
		}
	}
}

// compile makes the schema that data are checked with: closed, without $ref, with the fields that must be answered
// whatever else is said.
func (c *formCheck) compile(b *formBuild) error {
	var doc map[string]any
	if err := json.Unmarshal(b.source.Schema, &doc); err != nil {
		return err
	}
	defs, _ := doc["$defs"].(map[string]any)
	delete(doc, "$defs")
	root, err := inline(doc, defs, 0)
	if err != nil {
		return err
	}
	for _, p := range b.source.Pages {
		for _, f := range p.Fields {
			if f.Required && p.WhenText == "" && f.WhenText == "" {
				require(root, f.Name)
			}
			for _, g := range f.Fields {
				if g.Required {
					require(at(root, f.Name), "[]."+g.Name)
				}
			}
		}
	}
	c.collectFormats(root, "")
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	if c.schemaText, err = json.Marshal(root); err != nil {
		return err
	}
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	plain, err := jsonschema.UnmarshalJSON(bytes.NewReader(c.schemaText))
	if err != nil {
		return err
	}
	url := schemaBase + "form/" + b.id
	if err := compiler.AddResource(url, plain); err != nil {
		return err
	}
	c.root = root
	c.schema, err = compiler.Compile(url)
	return notASchema(err)
}

// notASchema says of a schema that is none where and why, in one line.
func notASchema(err error) error {
	var bad *jsonschema.SchemaValidationError
	var e *jsonschema.ValidationError
	if !errors.As(err, &bad) || !errors.As(bad.Err, &e) {
		return err
	}
	for len(e.Causes) > 0 {
		e = e.Causes[0]
	}
	what := plain(e)
	if k, ok := e.ErrorKind.(*kind.Format); ok {
		what = fmt.Sprintf("%q is no %s (%v)", clip(fmt.Sprint(k.Got)), k.Want, k.Err)
	}
	return fmt.Errorf("%s: %s", strings.Join(e.InstanceLocation, "."), what)
}

// inline copies a schema with every $ref replaced by what it points to, and every object closed.
func inline(n map[string]any, defs map[string]any, depth int) (map[string]any, error) {
	if depth > maxNested {
		return nil, errors.New("$defs refer to themselves")
	}
	if ref, ok := n["$ref"].(string); ok {
		def, ok := defs[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any)
		if !ok {
			return nil, fmt.Errorf("$defs has no %q", ref)
		}
		return inline(def, defs, depth+1)
	}
	out := maps.Clone(n)
	if items, ok := n["items"].(map[string]any); ok {
		sub, err := inline(items, defs, depth+1)
		if err != nil {
			return nil, err
		}
		out["items"] = sub
	}
	if props, ok := n["properties"].(map[string]any); ok {
		all := make(map[string]any, len(props))
		for k, v := range props {
			sub, err := inline(v.(map[string]any), defs, depth+1)
			if err != nil {
				return nil, err
			}
			all[k] = sub
		}
		out["properties"] = all
		out["additionalProperties"] = false
	}
	return out, nil
}

// at finds the schema of a dotted field; [] enters the rows of a list. Nil if there is none.
func at(n map[string]any, path string) map[string]any {
	for path != "" && n != nil {
		var key string
		key, path, _ = strings.Cut(path, ".")
		if key == "[]" {
			n, _ = n["items"].(map[string]any)
			continue
		}
		props, _ := n["properties"].(map[string]any)
		n, _ = props[key].(map[string]any)
	}
	return n
}

// require marks a dotted field, and the objects that it lies in, as required.
func require(n map[string]any, path string) {
	for path != "" && n != nil {
		var key string
		key, path, _ = strings.Cut(path, ".")
		if key != "[]" {
			list, _ := n["required"].([]any)
			if !slices.Contains(list, any(key)) {
				n["required"] = append(slices.Clone(list), key)
			}
		}
		n = at(n, key)
	}
}

// collectFormats notes which fields have a format, rows as people.name.
func (c *formCheck) collectFormats(n map[string]any, path string) {
	if f, ok := n["format"].(string); ok {
		c.formats[path] = f
	}
	if items, ok := n["items"].(map[string]any); ok {
		c.collectFormats(items, path)
	}
	props, _ := n["properties"].(map[string]any)
	for key, v := range props {
		if sub, ok := v.(map[string]any); ok {
			name := key
			if path != "" {
				name = path + "." + key
			}
			c.collectFormats(sub, name)
		}
	}
}
