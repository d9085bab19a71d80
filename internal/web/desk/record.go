package desk

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/web/form"
	kit "github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
)

// record is a party or a page of the form, with personal data masked, or in full after a reason was given.
type record struct {
	ID   string
	Rows ui.Summary
}

// whatAll is what a look at the whole request in full is recorded as.
const whatAll = "reveal:all"

// records sets out the parties and the form, page by page.
func (v *casePage) records(s *scene) error {
	party := func(id, title string, p *caseflow.Party) {
		if p == nil {
			return
		}
		rec := record{ID: id, Rows: ui.Summary{Title: title}}
		name, no, phone := maskParty(p.Name, string(p.Document.Type)), p.Document.Masked(), ident.MaskPhone(p.Phone)
		if v.Full {
			name, no, phone = p.Name, p.Document.No, p.Phone
		}
		rec.Rows.Rows = []ui.SummaryRow{{Label: v.T("desk.name"), Value: name},
			{Label: p.Document.Type.Text(v.Lang), Value: no}, {Label: v.T("desk.phone"), Value: phone}}
		v.Parties = append(v.Parties, rec)
	}
	party("applicant", v.T("desk.applicant"), &s.c.Applicant)
	party("agent", v.T("desk.agent"), s.c.Agent)
	v.assistant(s)
	data, err := form.Decode(s.c.Form)
	if err != nil {
		return err
	}
	for i := range s.it.Pages {
		pg := &s.it.Pages[i]
		rec := record{ID: "page:" + pg.ID, Rows: ui.Summary{Title: pg.Title.In(v.Lang), Rows: make([]ui.SummaryRow, 0, len(pg.Fields))}}
		for j := range pg.Fields {
			v.fieldRows(&rec, &pg.Fields[j], data, "")
		}
		if len(rec.Rows.Rows) > 0 {
			v.Pages = append(v.Pages, rec)
		}
	}
	return nil
}

// fieldRows adds the answers of a field; those of a list row by row.
func (v *casePage) fieldRows(rec *record, f *caseflow.Field, data form.Answers, prefix string) {
	val := data.At(f.Name)
	if form.Blank(val) {
		return
	}
	label := prefix + f.Label.In(v.Lang)
	if rows, isList := val.([]any); isList && f.Widget == ui.KindList {
		for n, row := range rows {
			m, _ := row.(map[string]any)
			for j := range f.Fields {
				v.fieldRows(rec, &f.Fields[j], m, f.Label.In(v.Lang)+" "+strconv.Itoa(n+1)+" · ")
			}
		}
		return
	}
	text := form.Reading(f, val, v.Lang)
	if f.Personal && !v.Full {
		text = maskField(f, text)
	}
	row := ui.SummaryRow{Label: label, Value: text}
	if !f.Personal && (f.Widget == ui.KindCode || f.Widget == ui.KindID) {
		row.Value, row.Copy = "", &ui.Copy{Code: text, What: label}
	}
	rec.Rows.Rows = append(rec.Rows.Rows, row)
}

// maskField hides an answer in the way of its kind.
func maskField(f *caseflow.Field, text string) string {
	switch f.Widget {
	case ui.KindPhone:
		return ident.MaskPhone(text)
	case ui.KindID, ui.KindCode:
		return ident.MaskID(text)
	case ui.KindRegion, "address":
		return ident.MaskAddress(text)
	case ui.KindDate:
		if len(text) >= 4 {
			return text[:4] + "-**-**"
		}
	}
	if strings.Contains(strings.ToLower(f.Name), "address") || strings.Contains(f.Label.ZH, "地址") || strings.Contains(f.Label.ZH, "住所") {
		return ident.MaskAddress(text)
	}
	return ident.MaskName(text)
}

// maxReason bounds why somebody looks, in characters.
const maxReason = 200

// reveal shows the whole request in full on this one page; the reason is recorded before it is shown.
func (d *Desk) reveal(p *page, r *http.Request) error {
	reason := strings.TrimSpace(strings.ReplaceAll(strings.ToValidUTF8(r.PostFormValue("reason"), ""), "\x00", "")) // what no store keeps
	if reason == "" || len([]rune(reason)) > maxReason {
		p.Errors = &ui.Errors{Faults: []ui.Fault{{Field: "reason", Text: p.T("desk.reveal-reason-missing")}}}
		return d.showCase(p, caseTabs[0], "")
	}
	return d.showCase(p, caseTabs[0], reason)
}

// material is a document of the case with what can be done about it.
type material struct {
	ID, Name, State, Need, Basis, Form string
	Paper                              bool
	Files                              []ui.File
	Apart                              []kit.Apart // what the scanner warned of
	Steps                              []step
	Commitment                         string
	OnFile                             string // the licence that stands for it
}

func (v *casePage) materials(s *scene) error {
	offers := s.offers()
	apart, err := v.desk.files.Apart(v.r.Context(), keyOf(s.c))
	if err != nil {
		return err
	}
	asked, refusal := s.view.Asked()
	for i := range s.it.Materials {
		def := &s.it.Materials[i]
		st := s.c.Material(def.ID)
		wanted := refusal != nil || slices.Contains(asked.Materials, def)
		if st == nil || !wanted && st.State == caseflow.MaterialMissing {
			continue
		}
		m := material{ID: def.ID, Name: def.Name.In(v.Lang), State: v.T("case.material." + st.State), Paper: st.Paper,
			Need: v.T("case.material-need." + string(def.Need)), Basis: def.Basis.String()}
		if st.OnFile != nil {
			m.OnFile = kit.OnFileWords(st.OnFile, v.Lang, v.granter)
		}
		for _, f := range st.Files {
			m.Files = append(m.Files, ui.File{Name: f.Name, Size: bytesText(f.Bytes),
				Href: caseAddress(s.c.No) + "/files/" + def.ID + "/" + f.Hash})
		}
		m.Apart = kit.Aparts(apart[def.ID], v.Actor.ID, v.Lang)
		for _, o := range offers {
			if o.Material == def.ID {
				v.beside(s, &m, o)
			}
		}
		for _, k := range s.c.Commitments {
			if k.Material == def.ID {
				m.Commitment = v.T("desk.commitment", ident.MaskName(k.Signed), v.T("case.commitment."+k.State))
			}
		}
		v.Materials = append(v.Materials, m)
	}
	return nil
}

func (v *casePage) beside(s *scene, m *material, o offer) {
	st := step{offer: o, Text: v.T("desk.act." + o.Verb), Href: o.address(s.c.No), Quick: acts[o.Verb].quick, Look: "secondary"}
	if st.Quick {
		st.ID, st.Entry = kit.NewRequestID(), s.entry
	}
	m.Steps = append(m.Steps, st)
}

func bytesText(n int64) string {
	switch {
	case n >= 1<<20:
		return strconv.FormatFloat(float64(n)/(1<<20), 'f', 1, 64) + " MB"
	case n >= 1<<10:
		return strconv.FormatInt(n>>10, 10) + " KB"
	}
	return strconv.FormatInt(n, 10) + " B"
}
