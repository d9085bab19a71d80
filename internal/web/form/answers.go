package form

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/dotted"
	"github.com/tongban/tongban/internal/web/ui"
)

// Answers are a form's data as typed so far, addressed by dotted paths: people.0.name.
type Answers map[string]any

// Decode reads a case's form; numbers stay as they were written.
func Decode(form json.RawMessage) (Answers, error) {
	a := Answers{}
	if len(form) == 0 {
		return a, nil
	}
	dec := json.NewDecoder(strings.NewReader(string(form)))
	dec.UseNumber()
	if err := dec.Decode(&a); err != nil {
		return nil, fmt.Errorf("form data: %w", err)
	}
	return a, nil
}

// At finds the value at a path; nil if there is none.
func (a Answers) At(path string) any {
	var v any = map[string]any(a)
	for _, key := range strings.Split(path, ".") {
		switch t := v.(type) {
		case map[string]any:
			v = t[key]
		case []any:
			i, err := strconv.Atoi(key)
			if err != nil || i < 0 || i >= len(t) {
				return nil
			}
			v = t[i]
		default:
			return nil
		}
	}
	return v
}

// Rows lists the rows at a path.
func (a Answers) Rows(path string) []any {
	rows, _ := a.At(path).([]any)
	return rows
}

// Blank reports whether nothing was answered.
func Blank(v any) bool {
	switch t := v.(type) {
	case nil:
		return true
	case string:
		return t == ""
	case []any:
		for _, row := range t {
			if !Blank(row) {
				return false
			}
		}
		return true
	case map[string]any:
		for _, x := range t {
			if !Blank(x) {
				return false
			}
		}
		return true
	}
	return false
}

// Schema is a place in an item's JSON Schema, from which the type of an answer is known.
type Schema struct{ root, node map[string]any }

// ReadSchema reads an item's JSON Schema; of one that cannot be read every answer is text.
func ReadSchema(raw json.RawMessage) Schema {
	var root map[string]any
	if json.Unmarshal(raw, &root) != nil {
		root = nil // every answer is then text, and CheckForm says what is wrong
	}
	return Schema{root, root}
}

// to follows a dotted name through properties, and references into $defs.
func (s Schema) to(name string) Schema {
	node := s.node
	for _, key := range strings.Split(name, ".") {
		props, _ := s.resolve(node)["properties"].(map[string]any)
		node, _ = props[key].(map[string]any)
	}
	return Schema{s.root, s.resolve(node)}
}

// row is the schema of one entry of a list.
func (s Schema) row() Schema {
	items, _ := s.node["items"].(map[string]any)
	return Schema{s.root, s.resolve(items)}
}

func (s Schema) resolve(node map[string]any) map[string]any {
	ref, _ := node["$ref"].(string)
	name, ok := strings.CutPrefix(ref, "#/$defs/")
	if !ok {
		return node
	}
	defs, _ := s.root["$defs"].(map[string]any)
	target, _ := defs[name].(map[string]any)
	return target
}

func (s Schema) kind() string {
	kind, _ := s.node["type"].(string)
	return kind
}

func (s Schema) length() int {
	n, _ := s.node["maxLength"].(float64)
	return int(n)
}

// MaxAnswer bounds one typed answer, in characters; the schema of the field is usually stricter and says so.
const MaxAnswer = 4000

// TooLong names the asked fields, also of rows, in which more was typed than MaxAnswer.
func TooLong(fields []caseflow.Field, post url.Values) []string {
	var names []string
	long := func(name string) {
		if slices.ContainsFunc(post[name], func(v string) bool { return utf8.RuneCountInString(v) > MaxAnswer }) {
			names = append(names, name)
		}
	}
	for i := range fields {
		f := &fields[i]
		if f.Widget != ui.KindList {
			long(f.Name)
			continue
		}
		for row := range MaxRows {
			for j := range f.Fields {
				long(RowName(f.Name, row, f.Fields[j].Name))
			}
		}
	}
	return names
}

// MaxRows bounds the rows of a list that one page shows.
const MaxRows = 50

// Typed reads the posted answers of the fields into a merge patch. Only fields that the page showed are read: each
// leaves its name under "asked", because an empty choice posts nothing.
func Typed(fields []caseflow.Field, s Schema, post url.Values) map[string]any {
	asked := map[string]bool{}
	for _, name := range post["asked"] {
		asked[name] = true
	}
	patch := map[string]any{}
	for i := range fields {
		f := &fields[i]
		if !asked[f.Name] {
			continue
		}
		if f.Widget == ui.KindList {
			dotted.Set(patch, f.Name, rowsTyped(f, s.to(f.Name).row(), post))
			continue
		}
		dotted.Set(patch, f.Name, valueTyped(f, s.to(f.Name), looked(f, f.Name, post)))
	}
	return patch
}

// rowsTyped reads the rows of a list. Rows that were left empty are kept: they may be the one just added.
func rowsTyped(f *caseflow.Field, s Schema, post url.Values) any {
	n, err := strconv.Atoi(post.Get(f.Name + ".rows"))
	if err != nil || n < 0 {
		return nil
	}
	rows := []any{}
	for i := range min(n, MaxRows) {
		row := map[string]any{}
		for j := range f.Fields {
			g := &f.Fields[j]
			name := RowName(f.Name, i, g.Name)
			if v := valueTyped(g, s.to(g.Name), looked(g, name, post)); v != nil {
				dotted.Set(row, g.Name, v)
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// RowName is the name of a field in the n-th row of a list: people.0.name.
func RowName(list string, i int, field string) string {
	return list + "." + strconv.Itoa(i) + "." + field
}

// WithoutBlankRows drops the rows in which nothing was typed; nil if none is left.
func WithoutBlankRows(v any) any {
	rows, ok := v.([]any)
	if !ok {
		return v
	}
	kept := rows[:0:0]
	for _, row := range rows {
		if !Blank(row) {
			kept = append(kept, row)
		}
	}
	if len(kept) == 0 {
		return nil
	}
	return kept
}

// valueTyped turns what was typed into the value that is stored: in canonical form if it can be read, as typed if not, so
// that nothing is lost and the check can say what to mend. nil for no answer.
func valueTyped(f *caseflow.Field, s Schema, post []string) any {
	if s.kind() == "array" {
		chosen := []any{}
		for _, v := range post {
			if v != "" && len(chosen) < 200 {
				chosen = append(chosen, strings.ToValidUTF8(v, ""))
			}
		}
		if len(chosen) == 0 {
			return nil
		}
		return chosen
	}
	if len(post) == 0 {
		return nil
	}
	text := strings.TrimSpace(strings.ReplaceAll(strings.ToValidUTF8(post[0], ""), "\r\n", "\n"))
	if text == "" {
		return nil
	}
	switch s.kind() {
	case "boolean":
		if text == "true" || text == "false" {
			return text == "true"
		}
	case "integer", "number":
		return numberTyped(f, text)
	}
	return canonical(f.Widget, text)
}

var plainNumber = regexp.MustCompile(`^-?[0-9]{1,15}(\.[0-9]{1,6})?$`)

// numberTyped reads a number; money is typed in yuan and stored in fen.
func numberTyped(f *caseflow.Field, text string) any {
	if f.Widget == ui.KindMoney {
		if fen, err := ident.ParseYuan(text); err == nil {
			return json.Number(strconv.FormatInt(fen, 10))
		}
		return text
	}
	plain := strings.ReplaceAll(ident.Normalise(text), ",", "")
	if !plainNumber.MatchString(plain) {
		return text
	}
	sign := ""
	if strings.HasPrefix(plain, "-") {
		sign, plain = "-", plain[1:]
	}
	whole, _, _ := strings.Cut(plain, ".")
	if trimmed := strings.TrimLeft(whole, "0"); trimmed != whole { // JSON has no leading zeros
		if trimmed == "" {
			trimmed = "0"
		}
		plain = trimmed + plain[len(whole):]
	}
	return json.Number(sign + plain)
}

// canonical writes a code the way it is stored: full-width characters, spaces and hyphens are how people type.
func canonical(widget, text string) string {
	switch widget {
	case ui.KindDate:
		return ui.CanonicalDay(text)
	case ui.KindMoney:
		if fen, err := ident.ParseYuan(text); err == nil {
			return plainYuan(fen)
		}
		return text
	case ui.KindPhone:
		if p, err := ident.ParsePhone(text); err == nil && p.Kind == ident.PhoneMobile {
			return strings.TrimPrefix(p.E164, "+86")
		}
		return text
	case ui.KindID, ui.KindCode:
		return strings.ReplaceAll(ident.Normalise(text), "-", "")
	case ui.KindEmail:
		return strings.ToLower(ident.Normalise(text))
	}
	return text
}

// Edit is a change of the answers that a button of the form asks for: the list's name to add a row, a row's name (people.1)
// to remove it, or who is the same person as whom (contact=legal).
type Edit struct{ Add, Remove, Same string }

// ReadEdit reads which button was pressed.
func ReadEdit(post url.Values) Edit {
	return Edit{post.Get(ui.AddRow), post.Get(ui.RemoveRow), post.Get(ui.SamePerson)}
}

// Any reports whether one was pressed.
func (e Edit) Any() bool { return e.Add != "" || e.Remove != "" || e.Same != "" }

// Anchor is the id of the input where to look after the button was pressed, or of the list; "" if none was.
func (e Edit) Anchor(it *caseflow.Item, data Answers) string {
	switch {
	case e.Same != "":
		return ui.FieldID(People{item: it}.first(e.Same))
	case e.Add != "":
		rows, fields := data.Rows(e.Add), rowsOf(it, e.Add)
		if len(rows) > 0 && len(fields) > 0 {
			return ui.FieldID(RowName(e.Add, len(rows)-1, fields[0].Name))
		}
		return ui.FieldID(e.Add)
	case e.Remove != "":
		return ui.FieldID(e.Remove[:max(0, strings.LastIndex(e.Remove, "."))])
	}
	return ""
}

// rowsOf are the questions of the rows of a list; none if the form has no such list.
func rowsOf(it *caseflow.Item, list string) []caseflow.Field {
	for i := range it.Pages {
		for j := range it.Pages[i].Fields {
			if f := &it.Pages[i].Fields[j]; f.Name == list {
				return f.Fields
			}
		}
	}
	return nil
}

// Rows adds or removes a row in the patch; when no button was pressed, it drops the rows that were left empty.
func (e Edit) Rows(fields []caseflow.Field, patch map[string]any) {
	for i := range fields {
		f := &fields[i]
		rows, ok := Answers(patch).At(f.Name).([]any)
		if f.Widget != ui.KindList || !ok {
			continue
		}
		switch {
		case e.Add == f.Name && len(rows) < MaxRows:
			dotted.Set(patch, f.Name, append(rows, map[string]any{}))
		case e.Any():
			if n, err := strconv.Atoi(strings.TrimPrefix(e.Remove, f.Name+".")); err == nil && n >= 0 && n < len(rows) {
				dotted.Set(patch, f.Name, slices.Delete(rows, n, n+1))
			}
		default:
			dotted.Set(patch, f.Name, WithoutBlankRows(rows))
		}
	}
}
