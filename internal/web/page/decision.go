package page

import (
	"slices"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/internal/web/ui"
)

// Decision is the paper of a decision against the applicant, in words.
type Decision struct{ hall.Paper }

// Decisions lists the decisions against the applicant of a case, those on parts first.
func Decisions(c *caseflow.Case, it *caseflow.Item) []Decision {
	var list []Decision
	for _, p := range hall.Decisions(c, it) {
		list = append(list, Decision{p})
	}
	return list
}

// Reason is the ticked reason in the words of the item; "" if none was ticked, as of a revocation.
func (d *Decision) Reason(it *caseflow.Item, lang string) string {
	i := slices.IndexFunc(it.Grounds, func(g caseflow.Ground) bool { return g.ID == d.Ground.ID })
	if i < 0 {
		return ""
	}
	return it.Grounds[i].Text.In(lang)
}

// Subject is what was decided on: the part, or the whole request.
func (d *Decision) Subject(it *caseflow.Item, lang string) string {
	if d.Part != nil {
		return d.Part.Name.In(lang)
	}
	return it.Name.In(lang)
}

// Rows are the reason, the clause and the decider's own words, as a page and a paper show them.
func (d *Decision) Rows(it *caseflow.Item, lang string) []ui.SummaryRow {
	var rows []ui.SummaryRow
	add := func(key, value string) {
		if value != "" {
			rows = append(rows, ui.SummaryRow{Label: i18n.T(lang, key), Value: value})
		}
	}
	reason := d.Reason(it, lang)
	add("page.decision-reason", reason)
	if d.Ground.Text != reason {
		add("page.decision-words", d.Ground.Text)
	}
	add("page.decision-clause", d.Ground.Basis.String())
	return rows
}

// Title is what the decision's paper is called, Sentence what it says.
func (d *Decision) Title(lang string) string { return i18n.T(lang, "page.decision."+d.Kind) }

// Sentence says what was decided.
func (d *Decision) Sentence(it *caseflow.Item, lang string) string {
	return i18n.T(lang, "page.decision-text."+d.Kind, it.Name.In(lang), d.Subject(it, lang))
}
