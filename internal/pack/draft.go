package pack

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"

	"github.com/tongban/tongban/internal/caseflow"
)

// Draft reports what of a draft's data has no place in the form. Values may be wrong: a draft keeps what was typed. null
// takes an answer away.
func (c *formCheck) Draft(data json.RawMessage) []caseflow.FieldFault {
	form, fault := decode(data)
	if fault != nil {
		return []caseflow.FieldFault{*fault}
	}
	var faults []caseflow.FieldFault
	misplaced(c.root, form, "", &faults)
	return faults
}

// misplaced walks a value beside its schema.
func misplaced(schema map[string]any, value any, path string, faults *[]caseflow.FieldFault) {
	add := func(path, code string, text caseflow.Text) {
		*faults = append(*faults, caseflow.FieldFault{Field: clip(path), Code: code, Text: text})
	}
	below := func(key string) string {
		if path == "" {
			return key
		}
		return path + "." + key
	}
	properties, isObject := schema["properties"].(map[string]any)
	items, isList := schema["items"].(map[string]any)
	switch v := value.(type) {
	case nil:
	case map[string]any:
		if !isObject {
			add(path, "type", textShape)
			return
		}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			if sub, ok := properties[key].(map[string]any); ok {
				misplaced(sub, v[key], below(key), faults)
			} else {
				add(below(key), "unknown", textUnknown)
			}
		}
	case []any:
		if !isList {
			add(path, "type", textShape)
			return
		}
		for i, x := range v {
			misplaced(items, x, below(strconv.Itoa(i)), faults)
		}
	default:
		if isObject || isList {
			add(path, "type", textShape)
		}
	}
}
