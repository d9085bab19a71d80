package page

import (
	"fmt"
	"slices"
	"time"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/internal/web/ui"
	"github.com/tongban/tongban/workday"
)

// The decisions against the applicant.
const (
	Declined     = "declined"     // 不予受理
	Refused      = "refused"      // 不予许可
	Revoked      = "revoked"      // 撤销
	RefusedPart  = "refused-part" // one item of a bundle, the others go on
	partInPapers = Refused + "-"  // begins the name of such a paper
)

// Decision is one decision against the applicant, with why: each has a paper of its own, since each is told in writing with
// its reason and the ways to have it reviewed (行政许可法 art. 38(2)).
type Decision struct {
	Kind   string
	Part   *caseflow.Part // of RefusedPart
	At     time.Time
	Ground *caseflow.GroundUsed
	number int // of the part within the item, for the paper's number
}

// Decisions lists the decisions against the applicant of a case, those on parts first. A part whose refusal has refused
// the whole is not listed beside it.
func Decisions(c *caseflow.Case, it *caseflow.Item) []Decision {
	var list []Decision
	for i := range c.Parts {
		p := &c.Parts[i]
		def := it.PartByID(p.ID)
		if p.State != caseflow.PartRefused || p.Ground == nil || def == nil {
			continue
		}
		d := Decision{Kind: RefusedPart, Part: def, At: refusedAt(c, it, p.ID), Ground: p.Ground, number: i + 1}
		if c.Phase != caseflow.PhaseRefused || !d.At.Equal(c.Ended) {
			list = append(list, d)
		}
	}
	kind := map[caseflow.Phase]string{caseflow.PhaseDeclined: Declined, caseflow.PhaseRefused: Refused, caseflow.PhaseRevoked: Revoked}[c.Phase]
	if kind != "" && c.Ground != nil {
		list = append(list, Decision{Kind: kind, At: c.Ended, Ground: c.Ground})
	}
	return list
}

// refusedAt is when the last step of a refused part was given its outcome.
func refusedAt(c *caseflow.Case, it *caseflow.Item, part caseflow.PartID) time.Time {
	var at time.Time
	for i := range c.Steps {
		st := &c.Steps[i]
		if def := it.StepByID(st.ID); def != nil && def.Part == part && st.State == caseflow.StepDone && st.Done.After(at) {
			at = st.Done
		}
	}
	return at
}

// Paper is the name of the decision's paper in addresses, unique within the case.
func (d *Decision) Paper() string {
	if d.Part != nil {
		return partInPapers + string(d.Part.ID)
	}
	return d.Kind
}

// Department is who decided.
func (d *Decision) Department(it *caseflow.Item) string {
	if d.Part != nil {
		return d.Part.Department
	}
	return it.Department
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

// Name is what the decision's paper is called, Sentence what it says.
func (d *Decision) Name(lang string) string { return i18n.T(lang, "page.decision."+d.Kind) }

// Sentence says what was decided.
func (d *Decision) Sentence(it *caseflow.Item, lang string) string {
	return i18n.T(lang, "page.decision-text."+d.Kind, it.Name.In(lang), d.Subject(it, lang))
}

// Number is the number of the paper: 渭南市不许〔2026〕7号, of a part with the part's own number behind.
func (d *Decision) Number(c *caseflow.Case) string {
	region := c.Region
	if r, ok := ident.Service().ByCode(c.Region); ok {
		region = r.Name
	}
	word := map[string]string{Declined: "不受", Refused: "不许", Revoked: "撤", RefusedPart: "不办"}[d.Kind]
	year, _, _ := workday.DateOf(d.At).Civil()
	serial := fmt.Sprint(c.Serial)
	if d.Part != nil {
		serial = fmt.Sprintf("%d-%d", c.Serial, d.number)
	}
	return fmt.Sprintf("%s%s〔%d〕%s号", region, word, year, serial)
}
