package pack

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

//go:embed schema/*.json
var schemaFiles embed.FS

// SchemaNames are the kinds of file that have a schema.
var SchemaNames = []string{"pack", "item", "form", "rules", "walk"}

// Schema is the schema of one kind of file in one piece, without references to others, as editors like it. It fails with
// ErrNoSuch.
func Schema(name string) ([]byte, error) {
	if !slices.Contains(SchemaNames, name) {
		return nil, fmt.Errorf("schema %.40q, none of %s: %w", name, strings.Join(SchemaNames, ", "), ErrNoSuch)
	}
	parts := map[string]map[string]any{}
	for _, file := range []string{name, "common"} {
		text, err := schemaFiles.ReadFile("schema/" + file + ".schema.json")
		if err != nil {
			return nil, fmt.Errorf("schema %s: %w", file, err)
		}
		var part map[string]any
		if err := json.Unmarshal(bytes.ReplaceAll(text, []byte("common.schema.json#"), []byte("#")), &part); err != nil {
			return nil, fmt.Errorf("schema %s: %w", file, err)
		}
		parts[file] = part
	}
	defs, _ := parts["common"]["$defs"].(map[string]any)
	own, _ := parts[name]["$defs"].(map[string]any)
	maps.Copy(defs, own)
	parts[name]["$defs"] = defs
	out, err := json.MarshalIndent(parts[name], "", "  ")
	return append(out, '\n'), err
}

// schemaBase is where the schemas stand for each other; no network is asked.
const schemaBase = "tongban:///schema/"

var schemas = sync.OnceValues(func() (map[string]*jsonschema.Schema, error) {
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	names, err := fs.Glob(schemaFiles, "schema/*.json")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		text, err := schemaFiles.ReadFile(name)
		if err != nil {
			return nil, err
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if err := c.AddResource(schemaBase+strings.TrimPrefix(name, "schema/"), doc); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	out := map[string]*jsonschema.Schema{}
	for _, name := range SchemaNames {
		if out[name], err = c.Compile(schemaBase + name + ".schema.json"); err != nil {
			return nil, err
		}
	}
	return out, nil
})

// conform checks a document against one of the schemas and decodes it into v. It reports whether v can be used.
func (d *document) conform(schema string, v any) bool {
	if len(d.faults) > 0 {
		return false
	}
	all, err := schemas()
	if err != nil {
		d.faults = append(d.faults, Problem{File: d.file, Code: "schema", What: err.Error(), Mend: "this is a fault of the program: report it"})
		return false
	}
	if !d.valid(all[schema]) {
		return false
	}
	if schema == "form" {
		d.choices()
	}
	text, err := json.Marshal(d.value)
	if err == nil {
		err = json.Unmarshal(text, v)
	}
	if err != nil {
		d.faults = append(d.faults, d.problem("schema", "the file cannot be read: "+err.Error(), "mend the value that is named"))
		return false
	}
	return len(d.faults) == 0
}

// valid checks a document against a schema.
func (d *document) valid(schema *jsonschema.Schema) bool {
	if len(d.faults) > 0 {
		return false
	}
	var invalid *jsonschema.ValidationError
	if err := schema.Validate(d.value); errors.As(err, &invalid) {
		d.explain(invalid)
		return false
	}
	return true
}

// choices puts the named lists of answers of a form in place of their names.
func (d *document) choices() {
	form, _ := d.value.(map[string]any)
	lists, _ := form["choices"].(map[string]any)
	delete(form, "choices")
	var fill func(fields any, path ...string)
	fill = func(fields any, path ...string) {
		rows, _ := fields.([]any)
		for i, v := range rows {
			f, _ := v.(map[string]any)
			here := append(slices.Clone(path), strconv.Itoa(i))
			fill(f["fields"], append(slices.Clone(here), "fields")...)
			name, ok := f["choices"].(string)
			if !ok {
				continue
			}
			delete(f, "choices")
			if lists[name] == nil {
				d.faults = append(d.faults, d.problem("form.choices", fmt.Sprintf("the form has no choices %q", name), "add the list under choices, or correct the name",
					append(here, "choices")...))
				continue
			}
			f["options"] = lists[name]
		}
	}
	pages, _ := form["pages"].([]any)
	for i, v := range pages {
		p, _ := v.(map[string]any)
		fill(p["fields"], "pages", strconv.Itoa(i), "fields")
	}
}

// explain turns the leaves of a validation error into problems.
func (d *document) explain(e *jsonschema.ValidationError) {
	if len(e.Causes) > 0 {
		for _, c := range e.Causes {
			d.explain(c)
		}
		return
	}
	at := e.InstanceLocation
	here := "the file"
	if len(at) > 0 {
		here = strings.Join(at, ".")
	}
	add := func(what, mend string, path ...string) {
		d.faults = append(d.faults, d.problem("schema", what, mend, path...))
	}
	switch k := e.ErrorKind.(type) {
	case *kind.Required:
		for _, key := range k.Missing {
			add(fmt.Sprintf("%s lacks %q", here, key), fmt.Sprintf("add %s: … here", key), at...)
		}
	case *kind.AdditionalProperties:
		for _, key := range k.Properties {
			add(fmt.Sprintf("%s knows no key %q", here, clip(key)), "remove it or correct its spelling", append(slices.Clone(at), key)...)
		}
	case *kind.Type:
		add(fmt.Sprintf("%s is %s, but must be %s", here, k.Got, strings.Join(k.Want, " or ")), typeHint(k), at...)
	case *kind.Enum:
		add(here+" has a value that is not allowed", "use one of "+words(k.Want), at...)
	case *kind.Pattern:
		add(fmt.Sprintf("%s, %q, is not written as it should be", here, clip(k.Got)), "write it to match "+k.Want, at...)
	case *kind.PropertyNames:
		add(fmt.Sprintf("the key %q is not written as it should be", clip(k.Property)), "use letters and digits, beginning with a small letter", append(slices.Clone(at), k.Property)...)
	case *kind.MinLength, *kind.MinItems, *kind.MinProperties:
		add(here+" is empty or too short", "fill it in, or remove the key if it is not needed", at...)
	case *kind.MaxLength, *kind.MaxItems, *kind.MaxProperties:
		add(here+" is too long", "shorten it", at...)
	default:
		add(here+": "+plain(e), "see the schema of this file for what belongs here", at...)
	}
}

// plain is the library's own sentence without the place.
func plain(e *jsonschema.ValidationError) string {
	s := e.Error()
	if i := strings.LastIndex(s, ": "); i >= 0 {
		s = s[i+2:]
	}
	return s
}

func typeHint(k *kind.Type) string {
	if slices.Contains(k.Want, "string") && (k.Got == "number" || k.Got == "integer" || k.Got == "boolean") {
		return "put it in quotes"
	}
	return "write it as " + strings.Join(k.Want, " or ")
}

func words(values []any) string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = fmt.Sprint(v)
	}
	return strings.Join(out, ", ")
}
