package public

import (
	"net/http"

	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/paper"
	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
)

// decisionView is a decision against the applicant on the case's page: why, and what can be done about it.
type decisionView struct {
	Title  string
	Rows   []paper.Row
	Relief string
	Paper  ui.Link
}

// decisions are the decisions against the applicant, of the whole and of its parts.
func (s *Site) decisions(o *own) []decisionView {
	var list []decisionView
	for _, d := range paper.Decisions(o.Case, o.Item) {
		list = append(list, decisionView{
			Title: d.Why(o.Item, o.lang),
			Rows: append(d.Rows(o.Item, o.lang),
				paper.Row{Label: i18n.T(o.lang, "paper.decision-by"), Value: s.departmentOf(o)(d.Department)},
				paper.Row{Label: i18n.T(o.lang, "paper.decision-at"), Value: i18n.Moment(o.lang, d.At)}),
			Relief: d.Ground.Relief.In(o.lang),
			Paper:  ui.Link{Text: i18n.T(o.lang, "public.decision-paper", paper.Title(&d.Paper, o.lang)), Href: o.path("/papers/" + d.Name())},
		})
	}
	return list
}

// paper shows a paper of the case: each is owed in writing (行政许可法 art. 32, 38, 42, 44, 45).
func (s *Site) paper(w http.ResponseWriter, r *http.Request, o *own) {
	err := s.kit.Paper(w, r, s.frame(r, ""), page.PaperRequest{Hall: s.hall, View: o.View, Key: o.key, Name: r.PathValue("paper"),
		Department: s.paperOffice(o.key.Region, o.Item, o.lang), Origin: s.origin(r), Home: o.path(""), Text: i18n.T(o.lang, "layout.back")})
	if err != nil {
		s.fail(w, r, err)
	}
}

// papers are the links to all papers that the case has come to.
func (o *own) papers() []ui.Link {
	var list []ui.Link
	for _, p := range hall.Papers(o.Case, o.Item) {
		list = append(list, ui.Link{Text: paper.Title(&p, o.lang), Href: o.path("/papers/" + p.Name())})
	}
	return list
}
