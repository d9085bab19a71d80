package public

import (
	"net/http"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
	"github.com/tongban/tongban/workday"
)

// decisionView is a decision against the applicant on the case's page: why, and what can be done about it.
type decisionView struct {
	Title  string
	Rows   []ui.SummaryRow
	Relief string
	Paper  ui.Link
}

// decisions are the decisions against the applicant, of the whole and of its parts.
func (s *Site) decisions(o *own) []decisionView {
	var list []decisionView
	for _, d := range page.Decisions(o.Case, o.Item) {
		list = append(list, decisionView{
			Title: i18n.T(o.lang, "page.decision-why."+d.Kind, d.Subject(o.Item, o.lang)),
			Rows: append(d.Rows(o.Item, o.lang),
				ui.SummaryRow{Label: i18n.T(o.lang, "page.decision-by"), Value: s.department(o.Item, o.lang)(d.Department)},
				ui.SummaryRow{Label: i18n.T(o.lang, "page.decision-at"), Value: i18n.Moment(o.lang, d.At)}),
			Relief: d.Ground.Relief.In(o.lang),
			Paper:  ui.Link{Text: i18n.T(o.lang, "public.decision-paper", d.Title(o.lang)), Href: o.path("/papers/" + d.Name())},
		})
	}
	return list
}

// paperView is the paper of one decision, to be read and printed.
type paperView struct {
	ui.Page
	Office, Number, To, Text, Relief, Date string
	Facts                                  ui.Summary
	Contact                                caseflow.Contact
	Address                                string
}

// paper shows the paper of a decision against the applicant: it is owed in writing (行政许可法 art. 38(2)).
func (s *Site) paper(w http.ResponseWriter, r *http.Request, o *own) {
	for _, d := range page.Decisions(o.Case, o.Item) {
		if d.Name() != r.PathValue("paper") {
			continue
		}
		v := &paperView{Page: s.narrow(r, d.Title(o.lang), o.path("")), Office: s.department(o.Item, o.lang)(d.Department),
			Number: d.Number, To: i18n.T(o.lang, "public.row-label", o.Case.Applicant.Name, ""), Text: d.Sentence(o.Item, o.lang),
			Relief: d.Ground.Relief.In(o.lang), Date: workday.DateOf(d.At).Text(o.lang), Contact: o.Item.Contact,
			Address: o.Item.Contact.Address.In(o.lang)}
		v.Facts.Rows = append([]ui.SummaryRow{{Label: v.T("public.case-no"), Value: string(o.key.Case)}}, d.Rows(o.Item, o.lang)...)
		s.kit.Show(w, http.StatusOK, "public/paper", v)
		return
	}
	s.fail(w, r, hall.ErrNotFound)
}
