package credit

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/internal/web/ui"
)

// partyPage is what is kept about a party and the tier that follows: the same for the party and for officials.
type partyPage struct {
	*asked
	*Dossier
	Who      ui.Summary
	Tier     ui.Summary
	Lines    ui.Table
	Raise    []string
	Records  ui.Table
	Joint    ui.Table
	Changes  ui.Table
	LookedAt ui.Table
	None     bool // no index
	Own      bool
	Owner    string // of whom it is the own one
}

func (p *pages) showParty(a *asked, r *Dossier, owner string) error {
	v := &partyPage{asked: a, Dossier: r, None: r.Standard == nil, Own: owner != "", Owner: owner}
	name := r.Name
	if name == "" {
		name = r.Party
	}
	a.Title = a.T("credit.party-title", name)
	v.Who.Rows = []ui.SummaryRow{{Label: a.T("credit.column.party"), Copy: &ui.Copy{Code: r.Party, What: a.T("credit.column.party")}}, {Label: a.T("credit.column.since"), Value: a.Day(r.Since)}}
	v.records()
	v.changes()
	if !v.None {
		v.tier()
		v.lines()
		v.raise()
		if v.Standard.Joint != nil {
			v.Joint = v.asked.joint(v.Standard.Joint, v.Measures)
		}
	}
	return p.show(a, http.StatusOK, "party", v)
}

// points writes millionths of a point with two decimals, cut off towards zero.
func points(n int64) string {
	sign := ""
	if n < 0 {
		sign, n = "−", -n
	}
	return fmt.Sprintf("%s%d.%02d", sign, n/millionth, n%millionth/(millionth/100))
}

func (v *partyPage) tier() {
	s := &v.Stands
	v.Tier.Title = v.T("credit.tier")
	v.Tier.Rows = []ui.SummaryRow{{Label: v.T("credit.tier-all"), Value: v.T("credit.tier." + string(s.Tier)), Lines: []string{v.T("credit.points", points(s.Points))}}}
	for _, f := range s.Fields {
		v.Tier.Rows = append(v.Tier.Rows, ui.SummaryRow{Label: v.Standard.FieldName(f.Field).In(v.Lang), Value: v.T("credit.tier." + string(f.Tier)), Lines: []string{v.T("credit.points", points(f.Points))}})
	}
	if s.Next != 0 {
		v.Tier.Rows = append(v.Tier.Rows, ui.SummaryRow{Label: v.T("credit.next"), Value: v.Day(s.Next)})
	}
	c := v.Standard.General.Cuts
	v.Tier.Rows = append(v.Tier.Rows, ui.SummaryRow{Label: v.T("credit.cuts"), Value: v.T("credit.cuts-are", v.Standard.General.Start, c.A, c.B, c.C)},
		ui.SummaryRow{Label: v.T("credit.basis"), Value: v.Standard.General.Basis.String()})
}

// lines says which indicator gives how much, by which records, until when.
func (v *partyPage) lines() {
	v.Lines = ui.Table{Caption: v.T("credit.lines"), Columns: []ui.Column{{Text: v.T("credit.indicator")}, {Text: v.T("credit.gives"), Number: true}, {Text: v.T("credit.counted")}},
		Empty: &ui.Empty{Title: v.T("credit.lines-none"), Why: v.T("credit.lines-none-why")}}
	for i := range v.Stands.Lines {
		l := &v.Stands.Lines[i]
		name := l.Indicator.Name.In(v.Lang)
		if l.Field != "" {
			name = v.T("credit.of-field", name, v.Standard.FieldName(l.Field).In(v.Lang))
		}
		var why []string
		if l.Missing {
			why = append(why, v.T("credit.missing", l.Indicator.Missing.Months))
		}
		for _, c := range l.Counted {
			text := v.T("credit.counts", v.Day(c.Record.Day), c.Record.Title, c.Share/10)
			if c.Drops != 0 {
				text += " " + v.T("credit.drops", v.Day(c.Drops))
			}
			why = append(why, text)
		}
		if l.Bounded {
			why = append(why, v.T("credit.bounded", l.Indicator.Most))
		}
		if l.Floor != "" {
			why = append(why, v.T("credit.floor", string(l.Floor)))
		}
		v.Lines.Rows = append(v.Lines.Rows, ui.TableRow{Cells: []ui.Cell{{Text: name, Head: true, More: l.Indicator.Basis.String()}, {Text: points(l.Points)}, {Text: strings.Join(why, " ")}}})
	}
}

func (v *partyPage) raise() {
	for _, b := range v.Dossier.Raise {
		tier := v.T("credit.tier." + string(b.Tier))
		switch b.How {
		case ByTime:
			v.Raise = append(v.Raise, v.T("credit.raise-time", v.Day(b.Day), tier))
		case ByRepair:
			v.Raise = append(v.Raise, v.T("credit.raise-repair", b.Record.Title, v.Day(b.Day), tier, points(b.Points)))
		case ByReport:
			v.Raise = append(v.Raise, v.T("credit.raise-missing", b.Lacks.Name.In(v.Lang), tier, points(b.Points)))
		}
	}
}

func (v *partyPage) records() {
	v.Records = ui.Table{Caption: v.T("credit.records"), Columns: []ui.Column{{Text: v.T("credit.column.title")}, {Text: v.T("credit.column.kind")}, {Text: v.T("credit.column.result")},
		{Text: v.T("credit.column.day")}, {Text: v.T("credit.source")}, {Text: v.T("credit.state")}}, Empty: &ui.Empty{Title: v.T("credit.records-none"), Why: v.T("credit.records-none-why")}}
	for i := range v.Dossier.Records {
		r := &v.Dossier.Records[i]
		more := r.Basis
		if r.Fen > 0 {
			more = strings.TrimSpace(more + " " + ident.FormatYuan(r.Fen))
		}
		v.Records.Rows = append(v.Records.Rows, ui.TableRow{Cells: []ui.Cell{{Text: r.Title, Head: true, More: more}, {Text: v.T("credit.kind." + r.Kind.Name())},
			{Text: v.T("credit.result." + r.Result.Name(r.Kind))}, {Text: v.Day(r.Day)}, {Text: v.source("", r.Source), More: r.ID}, {Text: v.T("credit.record-state." + r.State()), More: v.contested(r), Links: v.asks(r)}}})
	}
}

// asks lead the party to what it may ask about a record.
func (v *partyPage) asks(r *Record) (list []ui.Link) {
	if !v.Own || !r.counts() {
		return nil
	}
	if v.objects != nil && r.Asked.Objection == "" {
		list = append(list, ui.Link{Text: v.T("credit.object"), Href: askAddress(v.Owner, v.objects.ID, r.Ref)})
	}
	if v.repairs != nil && v.Standard != nil && r.Asked.Repair == "" {
		if repair, _ := v.Standard.RepairOf(r); repair != nil {
			list = append(list, ui.Link{Text: v.T("credit.repair"), Href: askAddress(v.Owner, v.repairs.ID, r.Ref)})
		}
	}
	return list
}

func (v *partyPage) changes() {
	v.Changes = ui.Table{Caption: v.T("credit.changes"), Columns: []ui.Column{{Text: v.T("credit.when")}, {Text: v.T("credit.tier")}, {Text: v.T("credit.why")}}}
	for _, c := range v.Dossier.Changes {
		text := v.T("credit.tier." + string(c.Tier))
		why := "credit.why." + c.Why
		if c.Was == "" {
			why = "credit.why-first"
		} else {
			text = v.T("credit.was", v.T("credit.tier."+string(c.Was)), text)
		}
		v.Changes.Rows = append(v.Changes.Rows, ui.TableRow{Cells: []ui.Cell{{Text: i18n.Moment(v.Lang, c.At), Head: true}, {Text: text}, {Text: v.T(why)}}})
	}
	v.LookedAt = ui.Table{Caption: v.T("credit.looks"), Columns: []ui.Column{{Text: v.T("credit.when")}, {Text: v.T("credit.source")}, {Text: v.T("credit.reason")}}}
	for _, l := range v.Looks {
		v.LookedAt.Rows = append(v.LookedAt.Rows, ui.TableRow{Cells: []ui.Cell{{Text: i18n.Moment(v.Lang, l.At), Head: true}, {Text: v.source("", l.Department)}, {Text: l.Reason}}})
	}
}
