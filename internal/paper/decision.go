package paper

import (
	"slices"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/web/i18n"
)

// Decision is the paper of a decision against the applicant, in words: a page of the case shows it as well.
type Decision struct{ hall.Paper }

// Decisions lists the decisions against the applicant of a case, those on parts first.
func Decisions(c *caseflow.Case, it *caseflow.Item) []Decision {
	var list []Decision
	for _, p := range hall.Decisions(c, it) {
		list = append(list, Decision{p})
	}
	return list
}

// reason is the ticked reason in the words of the item; "" if none was ticked, as of a revocation.
func (d *Decision) reason(it *caseflow.Item, lang string) string {
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

// Rows are the reason, the clause and the decider's own words.
func (d *Decision) Rows(it *caseflow.Item, lang string) []Row {
	var rows []Row
	add := func(key, value string) {
		if value != "" {
			rows = append(rows, Row{i18n.T(lang, key), value})
		}
	}
	reason := d.reason(it, lang)
	add("paper.decision-reason", reason)
	if d.Ground.Text != reason {
		add("paper.decision-words", i18n.Reason(lang, d.Ground.Text))
	}
	add("paper.decision-clause", d.Ground.Basis.String())
	return rows
}

// Why heads the reasons.
func (d *Decision) Why(it *caseflow.Item, lang string) string {
	if d.Kind == hall.PaperRefused {
		return KindText(lang, it.Kind, "refused-why")
	}
	return i18n.T(lang, "paper.decision-why."+d.Kind, d.Subject(it, lang))
}

// sentence says what was decided.
func (d *Decision) sentence(it *caseflow.Item, lang string) string {
	if d.Kind == hall.PaperRefused {
		return KindText(lang, it.Kind, "refused-text", it.Name.In(lang))
	}
	return i18n.T(lang, "paper.decision-text."+d.Kind, it.Name.In(lang), d.Subject(it, lang))
}
