package desk

import (
	"errors"
	"net/http"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/web/i18n"
	kit "github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
)

// seenPage lets a window record whose papers it has seen, and of which company they are the legal representative.
type seenPage struct {
	*page
	Fields []ui.Field
}

// papersSeen asks what was seen; it is no page of who may not record it.
func (d *Desk) papersSeen(p *page, _ *http.Request) error {
	if !access.May(p.Actor, access.MandateRecord, access.Resource{Region: p.Actor.Region}).Allow {
		return hall.ErrNotFound
	}
	if name := p.r.URL.Query().Get("done"); name != "" {
		p.Notice = &ui.Notice{Kind: ui.Success, Text: p.T("desk.seen.done")}
	}
	return p.showSeen(http.StatusOK)
}

func (p *page) showSeen(status int) error {
	p.Title = p.T("desk.nav.papers-seen")
	v := &seenPage{page: p}
	docs := ui.Field{Kind: ui.KindSelect, Name: "docType"}
	for _, t := range ident.DocTypes() {
		if t != ident.DocCreditCode {
			docs.Options = append(docs.Options, ui.Option{Value: string(t), Label: t.Text(p.Lang)})
		}
	}
	for _, f := range []ui.Field{
		{Kind: ui.KindPhone, Name: "phone", Hint: p.T("desk.seen.phone-hint")}, docs, {Kind: ui.KindID, Name: "docNo"},
		{Kind: ui.KindText, Name: "company", Optional: true, Max: 100, Hint: p.T("desk.seen.company-hint")}, {Kind: ui.KindCode, Name: "code", Optional: true},
		{Kind: ui.KindTextarea, Name: "reason", Optional: true, Lines: 2, Max: 500, Hint: p.T("desk.seen.reason-hint")},
	} {
		f.Label, f.Value, f.Error = p.T("desk.seen."+f.Name), p.r.PostFormValue(f.Name), p.Errors.Of(f.Name)
		v.Fields = append(v.Fields, f)
	}
	return p.write(status, "papers-seen", v)
}

// recordSeen records it. What is wrong is told at its field and nothing typed is lost.
func (d *Desk) recordSeen(p *page, r *http.Request) error {
	doc := ident.Document{Type: ident.DocType(r.PostFormValue("docType")), No: r.PostFormValue("docNo")}
	account, err := d.gate.Vouch(r.Context(), p.Actor, r.PostFormValue("phone"), doc)
	company := hall.Company{Name: r.PostFormValue("company"), Code: r.PostFormValue("code")}
	if err == nil && (company.Name != "" || company.Code != "") {
		_, err = d.hall.RecordLegal(r.Context(), p.Actor, p.Actor.Region, account, company, r.PostFormValue("reason"))
	}
	refusal, refused := kit.Refusal(err)
	if !refused {
		return errors.Join(err, p.doneSeen(err))
	}
	p.Errors = &ui.Errors{}
	for _, f := range refusal.Fields {
		text := f.Text.In(p.Lang)
		if text == "" {
			text = i18n.T(p.Lang, "case.fault.required", p.T("desk.seen."+f.Field))
		}
		p.Errors.Faults = append(p.Errors.Faults, ui.Fault{Field: f.Field, Text: text})
	}
	if len(refusal.Fields) == 0 {
		p.Errors.Faults = []ui.Fault{{Field: "phone", Text: kit.Sentence(p.Lang, refusal)}}
	}
	return p.showSeen(http.StatusUnprocessableEntity)
}

func (p *page) doneSeen(err error) error {
	if err != nil {
		return nil
	}
	return p.back("/desk/papers-seen?done=1")
}
