package paper

import (
	"encoding/json"
	"strings"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/web/form"
)

// Facts are what stands on a licence, in the item's order. mask, where given, hides what a stranger must not read.
func Facts(l *caseflow.Licence, it *caseflow.Item, lang string, mask func(from, value string) string) []Row {
	var data map[string]any
	dec := json.NewDecoder(strings.NewReader(string(l.Data)))
	dec.UseNumber()
	if dec.Decode(&data) != nil {
		return nil
	}
	st := it.StepByID(l.Step)
	if st == nil || st.Result == nil {
		return nil
	}
	var rows []Row
	for _, d := range st.Result.Shows {
		v, ok := data[d.Key]
		if !ok {
			continue
		}
		value := shown(it, d.From, v, lang)
		if mask != nil {
			value = mask(d.From, value)
		}
		rows = append(rows, Row{d.Label.In(lang), value})
	}
	return rows
}

// shown reads a value the way the form shows the field that it came from.
func shown(it *caseflow.Item, from string, v any, lang string) string {
	if f := FieldAt(it, from); f != nil {
		return form.Reading(f, v, lang)
	}
	return form.Reading(&caseflow.Field{}, v, lang)
}

// FieldAt finds the field that a fact comes from: form.company.name, or data.register.approvedName, which a signer of the
// step filled in; nil for any other fact.
func FieldAt(it *caseflow.Item, fact string) *caseflow.Field {
	if name, ok := strings.CutPrefix(fact, "form."); ok {
		for i := range it.Pages {
			if f := named(it.Pages[i].Fields, name); f != nil {
				return f
			}
		}
		return nil
	}
	rest, ok := strings.CutPrefix(fact, "data.")
	id, name, _ := strings.Cut(rest, ".")
	if st := it.StepByID(caseflow.StepID(id)); ok && st != nil {
		return named(st.Fields, name)
	}
	return nil
}

func named(fields []caseflow.Field, name string) *caseflow.Field {
	for i := range fields {
		if fields[i].Name == name {
			return &fields[i]
		}
	}
	return nil
}
