package pack

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Edit is one value within a Change, so that nobody has to look for it in two long texts.
type Edit struct {
	Path     []string // names of properties and ids of rows, from what the change is of inwards; none: all of it
	Old, New string   // as text; "" where there is none
}

// Edits are the values in which the old and the new of a change differ, of something that was added or removed all that it has. Of files
// it is the lines between the first and the last that differ.
func (c *Change) Edits() []Edit {
	old, oldOK := decoded(c.Old)
	now, nowOK := decoded(c.New)
	if !oldOK || !nowOK {
		was, is := between(c.Old, c.New)
		return []Edit{{Old: was, New: is}}
	}
	was, is := map[string]string{}, map[string]string{}
	flatten(old, "", was)
	flatten(now, "", is)
	all := maps.Clone(was)
	maps.Copy(all, is)
	var edits []Edit
	for _, at := range slices.Sorted(maps.Keys(all)) {
		if was[at] == is[at] {
			continue
		}
		e := Edit{Old: was[at], New: is[at]}
		if at != "" {
			e.Path = strings.Split(at[1:], separator)
		}
		edits = append(edits, e)
	}
	return edits
}

// separator stands before each name of a path while the values are gathered: no name holds it.
const separator = "\x1f"

// decoded reads a value as Compare encodes it; the empty text is nothing. false: it is the text of a file.
func decoded(text string) (v any, ok bool) {
	if text == "" {
		return nil, true
	}
	return v, json.Unmarshal([]byte(text), &v) == nil
}

// flatten gathers the single values of a value by where they stand. A list of single values is one.
func flatten(v any, at string, into map[string]string) {
	switch v := v.(type) {
	case nil:
	case map[string]any:
		for name, inner := range v {
			flatten(inner, at+separator+name, into)
		}
	case []any:
		var words []string
		for i, inner := range v {
			switch inner := inner.(type) {
			case map[string]any:
				flatten(inner, at+separator+rowName(inner, i), into)
			case []any:
				flatten(inner, at+separator+fmt.Sprint(i+1), into)
			default:
				words = append(words, fmt.Sprint(inner))
			}
		}
		if len(words) > 0 {
			into[at] = strings.Join(words, ", ")
		}
	case float64:
		into[at] = fmt.Sprint(int64(v))
		if v != float64(int64(v)) {
			into[at] = fmt.Sprint(v)
		}
	default:
		into[at] = fmt.Sprint(v)
	}
}

// rowName is what a row of a list is known by, so that rows which only moved are none that changed; else its place, from 1 on.
func rowName(row map[string]any, i int) string {
	for _, key := range []string{"id", "name", "value", "key"} {
		if name, ok := row[key].(string); ok {
			return name
		}
	}
	return fmt.Sprint(i + 1)
}

// between leaves out the lines that two files begin and end with alike.
func between(old, now string) (was, is string) {
	a, b := strings.Split(old, "\n"), strings.Split(now, "\n")
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	return strings.Join(a, "\n"), strings.Join(b, "\n")
}
