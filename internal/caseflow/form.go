package caseflow

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"
	"unicode/utf8"

	"github.com/tongban/tongban/workday"
)

// MaxData bounds what a signer fills in at one step, in bytes.
const MaxData = 64 << 10

// mergePatch applies an RFC 7396 merge patch to an object; keys come out sorted, so equal data are equal bytes.
func mergePatch(target, patch json.RawMessage) (json.RawMessage, error) {
	old := map[string]any{}
	if len(target) > 0 {
		var err error
		if old, err = decodeObject(target); err != nil {
			return nil, err
		}
	}
	add, err := decodeObject(patch)
	if err != nil {
		return nil, err
	}
	return json.Marshal(merge(old, add))
}

// encodeForm writes answers as a form holds them. CodeForm if they are too large.
func encodeForm(form map[string]any) (json.RawMessage, *Refusal) {
	data, err := json.Marshal(form)
	if err != nil || len(data) > MaxForm {
		return nil, refuse(CodeForm)
	}
	return data, nil
}

var errNoObject = errors.New("not one JSON object")

// decodeObject reads one JSON object, with numbers as they were typed: a large amount must not pass through a float.
func decodeObject(data json.RawMessage) (map[string]any, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var v map[string]any
	if err := dec.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := dec.Token(); err != io.EOF || v == nil {
		return nil, errNoObject
	}
	return v, nil
}

func merge(target, patch map[string]any) map[string]any {
	if target == nil {
		target = map[string]any{}
	}
	for k, v := range patch {
		switch v := v.(type) {
		case nil:
			delete(target, k)
		case map[string]any:
			sub, _ := target[k].(map[string]any)
			target[k] = merge(sub, v)
		default:
			target[k] = v
		}
	}
	return target
}

// filledIn checks what a signer filled in: as the pack has it, else known fields of plain values; required ones are
// present if complete. It returns the data in canonical form, nil if there are none.
func (d *decider) filledIn(def *Step, data json.RawMessage, complete bool) (json.RawMessage, *Refusal) {
	bad := func(faults ...FieldFault) (json.RawMessage, *Refusal) {
		return nil, &Refusal{Code: CodeData, Fields: faults}
	}
	got := map[string]any{}
	if len(data) > 0 {
		v, err := decodeObject(data)
		if err != nil || len(data) > MaxData {
			return bad(FieldFault{Field: "data", Code: "type"})
		}
		got = merge(got, v)
	}
	out, err := json.Marshal(got)
	if err != nil {
		return bad(FieldFault{Field: "data", Code: "type"})
	}
	faults := plainFaults(def.Fields, got)
	if def.CheckData != nil {
		facts, r := d.facts()
		if r != nil {
			return nil, r
		}
		faults = def.CheckData(out, facts, workday.DateOf(d.env.Now))
	}
	if !complete {
		faults = slices.DeleteFunc(faults, func(f FieldFault) bool { return f.Code == "required" })
	}
	if len(faults) > 0 {
		return bad(faults...)
	}
	if len(got) == 0 {
		return nil, nil
	}
	return out, nil
}

// plainFaults is what can be said of filled-in data without a schema.
func plainFaults(fields []Field, got map[string]any) []FieldFault {
	var faults []FieldFault
	known := map[string]bool{}
	for _, f := range fields {
		known[f.Name] = true
		if code := fieldFault(f, got[f.Name]); code != "" {
			faults = append(faults, FieldFault{Field: f.Name, Code: code})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(got)) {
		if !known[name] && MoreUnknown(faults) {
			faults = append(faults, UnknownField(name))
		}
	}
	return faults
}

// fieldFault tells what is wrong with one value; "" if nothing is.
func fieldFault(f Field, v any) string {
	s, text := v.(string)
	switch v := v.(type) {
	case nil, string, bool:
	case json.Number:
		if _, err := v.Float64(); err != nil {
			return "range"
		}
	default:
		return "type"
	}
	switch {
	case f.Required && (v == nil || text && s == ""):
		return "required"
	case text && utf8.RuneCountInString(s) > MaxWords:
		return "length"
	case text && len(f.Options) > 0 && s != "" && !slices.ContainsFunc(f.Options, func(o Option) bool { return o.Value == s }):
		return "enum"
	}
	return ""
}
