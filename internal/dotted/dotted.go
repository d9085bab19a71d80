// Package dotted finds and sets values at dotted names in decoded JSON objects, as packs write them: company.name is the name
// in the object company. It knows no lists, no types and no law; those who do stand above it.
package dotted

import "strings"

// At finds the value at a dotted name; false if there is none, or if what stands on the way is no object.
func At(m map[string]any, name string) (any, bool) {
	for {
		key, rest, deeper := strings.Cut(name, ".")
		v, ok := m[key]
		if !deeper || !ok {
			return v, ok
		}
		if m, ok = v.(map[string]any); !ok {
			return nil, false
		}
		name = rest
	}
}

// Set sets the value at a dotted name; what is no object on the way becomes one.
func Set(m map[string]any, name string, v any) {
	for {
		key, rest, deeper := strings.Cut(name, ".")
		if !deeper {
			m[key] = v
			return
		}
		sub, ok := m[key].(map[string]any)
		if !ok {
			sub = map[string]any{}
			m[key] = sub
		}
		m, name = sub, rest
	}
}
