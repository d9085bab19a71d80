package public

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/web/ui"
)

// answers are a form's data as typed so far, addressed by dotted paths: people.0.name.
type answers map[string]any

// decodeAnswers reads a case's form; numbers stay as they were written.
func decodeAnswers(form json.RawMessage) (answers, error) {
	a := answers{}
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

// at finds the value at a path; nil if there is none.
func (a answers) at(path string) any {
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

// rows lists the rows at a path.
func (a answers) rows(path string) []any {
	rows, _ := a.at(path).([]any)
	return rows
}

// blank reports whether nothing was answered.
func blank(v any) bool {
	switch t := v.(type) {
	case nil:
		return true
	case string:
		return t == ""
	case []any:
		for _, row := range t {
			if !blank(row) {
				return false
			}
		}
		return true
	case map[string]any:
		for _, x := range t {
			if !blank(x) {
				return false
			}
		}
		return true
	}
	return false
}

// put sets the value at a dotted path of nested objects.
func put(m map[string]any, path string, v any) {
	for {
		key, rest, deeper := strings.Cut(path, ".")
		if !deeper {
			m[key] = v
			return
		}
		sub, ok := m[key].(map[string]any)
		if !ok {
			sub = map[string]any{}
			m[key] = sub
		}
		m, path = sub, rest
	}
}

// schema is a place in an item's JSON Schema, from which the type of an answer is known.
type schema struct{ root, node map[string]any }

func readSchema(raw json.RawMessage) schema {
	var root map[string]any
	if json.Unmarshal(raw, &root) != nil {
		root = nil // every answer is then text, and CheckForm says what is wrong
	}
	return schema{root, root}
}

// to follows a dotted name through properties, and references into $defs.
func (s schema) to(name string) schema {
	node := s.node
	for _, key := range strings.Split(name, ".") {
		props, _ := s.resolve(node)["properties"].(map[string]any)
		node, _ = props[key].(map[string]any)
	}
	return schema{s.root, s.resolve(node)}
}

// row is the schema of one entry of a list.
func (s schema) row() schema {
	items, _ := s.node["items"].(map[string]any)
	return schema{s.root, s.resolve(items)}
}

func (s schema) resolve(node map[string]any) map[string]any {
	ref, _ := node["$ref"].(string)
	name, ok := strings.CutPrefix(ref, "#/$defs/")
	if !ok {
		return node
	}
	defs, _ := s.root["$defs"].(map[string]any)
	target, _ := defs[name].(map[string]any)
	return target
}

func (s schema) kind() string {
	kind, _ := s.node["type"].(string)
	return kind
}

func (s schema) length() int {
	n, _ := s.node["maxLength"].(float64)
	return int(n)
}

// maxAnswer bounds one typed answer, in characters; the schema of the field is usually stricter and says so.
const maxAnswer = 4000

// maxRows bounds the rows of a list that one page shows.
const maxRows = 50

// typed reads the posted answers of the fields into a merge patch. Only fields that the page showed are read: each
// leaves its name under "asked", because an empty choice posts nothing.
func typed(fields []caseflow.Field, s schema, post url.Values) map[string]any {
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
			put(patch, f.Name, typedRows(f, s.to(f.Name).row(), post))
			continue
		}
		put(patch, f.Name, typedValue(f, s.to(f.Name), post[f.Name]))
	}
	return patch
}

// typedRows reads the rows of a list. Rows that were left empty are kept: they may be the one just added.
func typedRows(f *caseflow.Field, s schema, post url.Values) any {
	n, err := strconv.Atoi(post.Get(f.Name + ".rows"))
	if err != nil || n < 0 {
		return nil
	}
	rows := []any{}
	for i := range min(n, maxRows) {
		row := map[string]any{}
		for j := range f.Fields {
			g := &f.Fields[j]
			name := rowName(f.Name, i, g.Name)
			if v := typedValue(g, s.to(g.Name), post[name]); v != nil {
				put(row, g.Name, v)
			}
		}
		rows = append(rows, row)
	}
	return rows
}

func rowName(list string, i int, field string) string {
	return list + "." + strconv.Itoa(i) + "." + field
}

// withoutBlankRows drops the rows in which nothing was typed; nil if none is left.
func withoutBlankRows(v any) any {
	rows, ok := v.([]any)
	if !ok {
		return v
	}
	kept := rows[:0:0]
	for _, row := range rows {
		if !blank(row) {
			kept = append(kept, row)
		}
	}
	if len(kept) == 0 {
		return nil
	}
	return kept
}

// typedValue turns what was typed into the value that is stored: in canonical form if it can be read, as typed if not, so
// that nothing is lost and the check can say what to mend. nil for no answer.
func typedValue(f *caseflow.Field, s schema, post []string) any {
	if s.kind() == "array" {
		chosen := []any{}
		for _, v := range post {
			if v != "" && len(chosen) < 200 {
				chosen = append(chosen, clip(v))
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
	text := strings.TrimSpace(strings.ReplaceAll(clip(post[0]), "\r\n", "\n"))
	if text == "" {
		return nil
	}
	switch s.kind() {
	case "boolean":
		if text == "true" || text == "false" {
			return text == "true"
		}
	case "integer", "number":
		return typedNumber(f, text)
	}
	return canonical(f.Widget, text)
}

func clip(text string) string {
	text = strings.ToValidUTF8(text, "")
	if utf8.RuneCountInString(text) <= maxAnswer {
		return text
	}
	return string([]rune(text)[:maxAnswer])
}

var plainNumber = regexp.MustCompile(`^-?[0-9]{1,15}(\.[0-9]{1,6})?$`)

// typedNumber reads a number; money is typed in yuan and stored in fen.
func typedNumber(f *caseflow.Field, text string) any {
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
		return canonicalDate(text)
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

var dateForm = regexp.MustCompile(`^([0-9]{4})(?:[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?|([0-9]{2})([0-9]{2}))$`)

// canonicalDate reads 2026-11-23, 2026/11/23, 2026年11月23日, 20261123, also full-width; anything else stays as typed.
func canonicalDate(text string) string {
	m := dateForm.FindStringSubmatch(ident.Normalise(text))
	if m == nil {
		return text
	}
	two := func(digits string) string { return ("0" + digits)[len(digits)-1:] }
	return m[1] + "-" + two(m[2]+m[4]) + "-" + two(m[3]+m[5])
}
