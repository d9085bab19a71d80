package credit

import (
	"cmp"
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tongban/tongban/internal/api"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/web/ui"
	"github.com/tongban/tongban/workday"
)

// checkHome leads, with the number of a case behind it, to what a step of it consults.
const checkHome = deskHome + "/cases"

// checkView is what is seen at a step.
type checkView struct {
	*asked
	*CaseCheck
	Who        ui.Summary
	Stand      ui.Table
	Joint      ui.Table
	Asks       ui.Summary // the record that the case is about
	Conditions []string
	Back       ui.Link
}

func (p *pages) check(a *asked) error {
	c, err := p.Check(a.R.Context(), a.By, a.R.PathValue("case"))
	if err != nil {
		return err
	}
	a.Title = a.T("credit.check-title")
	v := &checkView{asked: a, CaseCheck: c, Back: ui.Link{Text: a.T("credit.check-back"), Href: "/desk/cases/" + string(c.Case)}}
	v.Who.Rows = []ui.SummaryRow{{Label: a.T("credit.party"), Value: c.Name, Lines: []string{c.Party}}, {Label: a.T("credit.check-case"), Value: string(c.Case), Lines: []string{c.Item.Name.In(a.Lang)}}}
	v.Stand = ui.Table{Caption: a.T("credit.check-records"), Columns: []ui.Column{{Text: a.T("credit.column.title")}, {Text: a.T("credit.column.kind")}, {Text: a.T("credit.column.result")},
		{Text: a.T("credit.column.day")}, {Text: a.T("credit.source")}}, Empty: &ui.Empty{Title: a.T("credit.records-none"), Why: a.T("credit.records-none-why")}}
	for i := range c.Records {
		r := &c.Records[i]
		v.Stand.Rows = append(v.Stand.Rows, ui.TableRow{Cells: []ui.Cell{{Text: r.Title, More: a.contested(r), Head: true}, {Text: a.T("credit.kind." + r.Kind.Name())},
			{Text: a.T("credit.result." + r.Result.Name(r.Kind))}, {Text: a.Day(r.Day)}, {Text: a.source("", r.Source), More: r.ID}}})
	}
	if c.Standard != nil && c.Standard.Joint != nil {
		v.Joint = a.joint(c.Standard.Joint, c.Measures)
	}
	if r := c.About; r != nil {
		v.Asks = ui.Summary{Title: a.T("credit.check-about"), Rows: []ui.SummaryRow{{Label: a.T("credit.column.title"), Value: r.Title, Lines: []string{a.source("", r.Source), r.ID}}, {Label: a.T("credit.column.day"), Value: a.Day(r.Day)}}}
		if c.Repair != nil {
			row := ui.SummaryRow{Label: a.T("credit.repair-from"), Value: a.Day(c.From), Lines: []string{c.Repair.Basis.String()}}
			if c.Early {
				row.Lines = append(row.Lines, a.T("credit.check-early"))
			}
			v.Asks.Rows = append(v.Asks.Rows, row)
			for _, x := range c.Repair.Conditions {
				v.Conditions = append(v.Conditions, x.In(a.Lang))
			}
		}
	}
	return p.show(a, http.StatusOK, "check", v)
}

// joint is a table of measures with what brings each about, since when and until when.
func (a *asked) joint(j *Joint, list []Applied) ui.Table {
	t := ui.Table{Caption: a.T("credit.joint"), Columns: []ui.Column{{Text: a.T("credit.joint-area")}, {Text: a.T("credit.joint-measure")}, {Text: a.T("credit.joint-why")}, {Text: a.T("credit.joint-time")}},
		Empty: &ui.Empty{Title: a.T("credit.joint-none"), Why: a.T("credit.joint-none-why")}}
	for i := range list {
		m := &list[i]
		area := j.Area(m.Area)
		var why []string
		for _, r := range m.Because {
			why = append(why, a.T("credit.because", a.Day(r.Day), r.Title))
		}
		look := "blue"
		if m.Kind == Punishment {
			look = "ink"
		}
		until := a.T("credit.joint-stands")
		if m.Until != 0 {
			until = a.T("credit.joint-until", a.Day(m.Until))
		}
		t.Rows = append(t.Rows, ui.TableRow{Cells: []ui.Cell{{Tag: &ui.Tag{Text: area.Name.In(a.Lang) + " · " + a.T("credit.joint-kind."+m.Kind), Look: look}, Head: true},
			{Text: m.Text.In(a.Lang), More: area.By.In(a.Lang) + " · " + m.Basis.String()}, {Text: strings.Join(why, a.T("credit.joint-and"))}, {Text: a.T("credit.joint-since", a.Day(m.Since)), More: until}}})
	}
	return t
}

// CreditMeasure is a joint incentive or punishment that a party is under.
type CreditMeasure struct {
	Measure string         `json:"measure"`
	Area    string         `json:"area"`
	Name    caseflow.Text  `json:"name" doc:"Of the area"`
	By      caseflow.Text  `json:"by" doc:"Which department acts there"`
	Kind    string         `json:"kind" enum:"incentive,punishment"`
	Text    caseflow.Text  `json:"text"`
	Basis   caseflow.Basis `json:"basis"`
	Because []Ref          `json:"because" nullable:"false" doc:"The records that bring it about"`
	Since   workday.Date   `json:"since"`
	Until   workday.Date   `json:"until,omitzero" doc:"The last day by what is known now; none: while the records stand"`
}

func measuresView(s *Standard, list []Applied) []CreditMeasure {
	out := make([]CreditMeasure, len(list))
	for i := range list {
		m := &list[i]
		area := s.Joint.Area(m.Area)
		out[i] = CreditMeasure{m.ID, m.Area, area.Name, area.By, m.Kind, m.Text, m.Basis, make([]Ref, len(m.Because)), m.Since, m.Until}
		for k, r := range m.Because {
			out[i].Because[k] = r.Ref
		}
	}
	return out
}

// CreditCheck is what is seen of a company at a step of its case. It decides nothing, and the tier is not among it.
type CreditCheck struct {
	Case     string          `json:"case"`
	Party    string          `json:"party,omitempty" doc:"None: no company asks"`
	Records  []CreditRecord  `json:"records" nullable:"false" doc:"That stand"`
	Measures []CreditMeasure `json:"measures" nullable:"false"`
	About    *Ref            `json:"about,omitempty" doc:"The record that the case is about"`
	From     workday.Date    `json:"from,omitzero" doc:"Of a repair: the first day on which it may be"`
	Early    bool            `json:"early,omitempty"`
}

// CreditCheckAnswer is one check.
type CreditCheckAnswer struct{ Body CreditCheck }

type creditCheckInput struct {
	api.Caller
	Case string `path:"case" maxLength:"60"`
}

func (m *Module) checkOperations(a huma.API) {
	huma.Register(a, huma.Operation{OperationID: "see-credit-party-of-case", Method: http.MethodGet, Path: "/credit/cases/{case}/party", Tags: []string{"credit"},
		Summary: "The company that asks with its tier and why, for reviewers, heads and supervisors who have given the command consult at a step of its case; it is no ground for anything, and each look is recorded"}, m.apiOfCase)
	huma.Register(a, huma.Operation{OperationID: "see-credit-of-case", Method: http.MethodGet, Path: "/credit/cases/{case}", Tags: []string{"credit"},
		Summary: "What stands about the company that asks, for who has given the command consult at a step of its case; each look is recorded"}, m.apiCheck)
}

func (m *Module) apiOfCase(ctx context.Context, in *creditCheckInput) (*CreditPartyAnswer, error) {
	d, err := m.OfCase(ctx, in.By(), in.Case)
	if err != nil {
		return nil, err
	}
	return &CreditPartyAnswer{partyView(d)}, nil
}

// ofCase shows the party of a case as the page of a party does.
func (p *pages) ofCase(a *asked) error {
	d, err := p.OfCase(a.R.Context(), a.By, a.R.PathValue("case"))
	if err != nil {
		return err
	}
	a.Crumbs = []ui.Link{{Text: a.T("credit.check-back"), Href: "/desk/cases/" + a.R.PathValue("case") + "/history"}}
	return p.showParty(a, d, "")
}

func (m *Module) apiCheck(ctx context.Context, in *creditCheckInput) (*CreditCheckAnswer, error) {
	c, err := m.Check(ctx, in.By(), in.Case)
	if err != nil {
		return nil, err
	}
	v := CreditCheck{Case: string(c.Case), Party: c.Party, Records: []CreditRecord{}, Measures: measuresView(c.Standard, c.Measures), From: c.From, Early: c.Early}
	for i := range c.Records {
		v.Records = append(v.Records, recordView(&c.Records[i]))
	}
	if c.About != nil {
		v.About = &c.About.Ref
	}
	return &CreditCheckAnswer{v}, nil
}

// contested says that a record is objected to, or that its repair is asked for.
func (a *asked) contested(r *Record) string {
	return cmp.Or(a.when("credit.objected", r.Asked.Objection != ""), a.when("credit.repair-asked", r.Asked.Repair != ""))
}

func (a *asked) when(key string, so bool) string {
	if !so {
		return ""
	}
	return a.T(key)
}
