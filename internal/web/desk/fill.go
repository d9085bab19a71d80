package desk

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/internal/web/ui"
)

// fill fills in who asks from what is known under the number that was typed, and says where each comes from, or that nothing is known.
// What was typed already stays.
func (p *page) fill(typed answers) error {
	doc, err := p.document(typed, "docType", "docNo")
	var fault *ident.Fault
	if errors.As(err, &fault) {
		p.Errors = &ui.Errors{Faults: []ui.Fault{{Field: "docNo", Text: fault.Text(p.Lang)}}}
		return p.showNew(http.StatusUnprocessableEntity, typed, nil)
	}
	known, err := p.desk.hall.Known(p.r.Context(), p.Actor, doc)
	if err != nil {
		return err
	}
	typed["docType"], typed["docNo"] = []string{string(doc.Type)}, []string{doc.No}
	p.take(typed, "party", known.Name)
	p.take(typed, "phone", known.Phone)
	if len(p.known) == 0 {
		p.known = append(p.known, p.T("desk.fill.none"))
	}
	if !known.Born.IsZero() {
		p.known = append(p.known, p.T("desk.fill.person", known.Sex.Text(p.Lang), i18n.Date(p.Lang, known.Born)))
	}
	return p.showNew(http.StatusOK, typed, nil)
}

// document reads a document that was typed or came from a scanner; a credit code is one also under another kind of document.
func (p *page) document(typed answers, kind, no string) (ident.Document, error) {
	doc, err := ident.Check(ident.Document{Type: ident.DocType(typed.get(kind)), No: typed.get(no)}, p.Now)
	if err != nil {
		if code, mistake := ident.Check(ident.Document{Type: ident.DocCreditCode, No: typed.get(no)}, p.Now); mistake == nil {
			return code, nil
		}
	}
	return doc, err
}

// onlyNumber reports whether somebody typed a good number and no name yet, as a card reader does, which ends with Enter: then what is
// known under it is what is wanted.
func (p *page) onlyNumber(typed answers) bool {
	_, err := p.document(typed, "docType", "docNo")
	return err == nil && typed.get("party") == "" && typed.get("phone") == ""
}

// take fills one question in, and says from where; what was typed otherwise stays, and that is said.
func (p *page) take(typed answers, name string, f hall.Fact) {
	if f.Value == "" {
		return
	}
	from := p.T("desk.fill.case", string(f.Case))
	if f.Licence != "" {
		from = p.T("desk.fill.licence", f.Licence)
	}
	if had := typed.get(name); had != "" && had != f.Value {
		p.known = append(p.known, p.T("desk.fill.kept", p.T("desk.ask."+name), from))
		return
	}
	typed[name] = []string{f.Value}
	p.known = append(p.known, p.T("desk.fill.from", p.T("desk.ask."+name), from, i18n.Date(p.Lang, f.At)))
}

// fillAnswers fills in what earlier cases and licences of the applicant say, where the form is still empty, and shows it again.
func (p *page) fillAnswers(c *caseflow.Case, do func(string, caseflow.Command) error) error {
	list, err := p.desk.hall.KnownAnswers(p.r.Context(), p.Actor, keyOf(c))
	if err != nil {
		return err
	}
	data, err := json.Marshal(hall.Patch(list))
	if err != nil {
		return fmt.Errorf("what is known: %w", err)
	}
	if len(list) > 0 {
		if err := do("known", caseflow.SaveDraft{Data: data}); err != nil {
			return err
		}
	}
	return p.back(caseAddress(c.No) + "/intake")
}
