package api

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
)

// mask hides the personal data of a case: who applies, what the form marks as personal, who received results, and the
// names of files, which people write themselves.
func (d *CaseDetail) mask(it *caseflow.Item) {
	d.Applicant = maskParty(d.Applicant)
	if d.Agent != nil {
		agent := maskParty(*d.Agent)
		d.Agent = &agent
	}
	if a := d.Assistance; a != nil && a.How == caseflow.AssistAgent {
		a.Name, a.Phone = ident.MaskName(a.Name), ident.MaskPhone(a.Phone)
	}
	d.Form = maskForm(it, d.Form)
	for i := range d.Deliveries {
		d.Deliveries[i].Receiver = ident.MaskName(d.Deliveries[i].Receiver)
	}
	for i := range d.Materials {
		for j := range d.Materials[i].Files {
			d.Materials[i].Files[j].Name = ""
		}
	}
	commitments := make([]caseflow.Commitment, len(d.Commitments))
	for i, c := range d.Commitments {
		c.Signed = ident.MaskName(c.Signed)
		commitments[i] = c
	}
	d.Commitments = commitments
	licences := make([]caseflow.Licence, len(d.Licences))
	for i, l := range d.Licences {
		l.Data, l.Verify = nil, ""
		if d.Applicant.Kind == "person" {
			l.Holder = ident.MaskName(l.Holder)
		}
		licences[i] = l
	}
	d.Licences = licences
}

func maskParty(p caseflow.Party) caseflow.Party {
	p.Document.No = p.Document.Masked() // a credit code is public and stays
	p.Phone = ident.MaskPhone(p.Phone)
	if p.Kind != "organisation" {
		p.Name = ident.MaskName(p.Name)
	}
	return p
}

// maskForm hides the fields that the item marks as personal. A form that cannot be read is left out whole.
func maskForm(it *caseflow.Item, form json.RawMessage) json.RawMessage {
	if len(form) == 0 {
		return nil
	}
	var data map[string]any
	dec := json.NewDecoder(bytes.NewReader(form))
	dec.UseNumber()
	if err := dec.Decode(&data); err != nil {
		return nil
	}
	for i := range it.Pages {
		for j := range it.Pages[i].Fields {
			maskField(data, &it.Pages[i].Fields[j])
		}
	}
	out, err := json.Marshal(data)
	if err != nil {
		return nil
	}
	return out
}

// maskField hides one field of an object, or the personal fields of its rows.
func maskField(data map[string]any, f *caseflow.Field) {
	keys := strings.Split(f.Name, ".")
	for _, k := range keys[:len(keys)-1] {
		inner, ok := data[k].(map[string]any)
		if !ok {
			return
		}
		data = inner
	}
	last := keys[len(keys)-1]
	v, ok := data[last]
	switch {
	case !ok:
	case f.Personal:
		data[last] = maskValue(f.Widget, v)
	case len(f.Fields) > 0:
		rows, _ := v.([]any)
		for _, row := range rows {
			if m, ok := row.(map[string]any); ok {
				for i := range f.Fields {
					maskField(m, &f.Fields[i])
				}
			}
		}
	}
}

// maskValue hides a value in the manner of its field. What is no text disappears whole.
func maskValue(widget string, v any) any {
	s, ok := v.(string)
	if !ok {
		return nil
	}
	switch widget {
	case "phone":
		return ident.MaskPhone(s)
	case "id", "code":
		return ident.MaskID(s)
	case "textarea":
		return "****"
	}
	return ident.MaskName(s)
}
