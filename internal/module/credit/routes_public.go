package credit

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
)

const (
	publicHome = "/credit"
	sharesHome = deskHome + "/published"
)

// open serves a page to everybody.
func (p *pages) open(serve func(*asked) error) http.HandlerFunc {
	return p.kit.Anybody(ui.Public, p.now, func(a *page.Asked) error { return serve(&asked{a, p.named}) })
}

// publicView lists licences or penalties as everybody may see them.
type publicView struct {
	*asked
	Filters ui.Filters
	List    ui.Table
	More    string
}

func (p *pages) public(a *asked) error {
	query := a.R.URL.Query()
	regions, err := p.regions(a.R.Context())
	if err != nil {
		return err
	}
	region := ""
	if len(regions) > 0 {
		region = regions[0]
	}
	if r := query.Get("region"); r != "" {
		region = ident.Service().City(r)
	}
	q := ListQuery{Kind: Licence, Words: strings.TrimSpace(query.Get("party")), After: query.Get("after")}
	if k := KindOf(query.Get("kind")); publishable(k) {
		q.Kind = k
	}
	list, next, err := p.Public(a.R.Context(), region, q)
	if err != nil {
		return err
	}
	a.Title = a.T("credit.public-title")
	v := &publicView{asked: a, Filters: ui.Filters{Action: publicHome, Open: true, Clear: publicHome, Fields: []ui.Field{
		{Kind: ui.KindRadio, Name: "kind", Label: a.T("credit.column.kind"), Inline: true, Value: q.Kind.Name(), Options: []ui.Option{
			{Value: Licence.Name(), Label: a.T("credit.kind.licence")}, {Value: Penalty.Name(), Label: a.T("credit.kind.penalty")}, {Value: Promise.Name(), Label: a.T("credit.kind.promise")}}},
		{Kind: ui.KindText, Name: "party", Label: a.T("credit.party"), Hint: a.T("credit.party-hint"), Value: q.Words, Max: 100}}}}
	if len(regions) > 1 {
		f := ui.Field{Kind: ui.KindSelect, Name: "region", Label: a.T("credit.region"), Value: region}
		for _, r := range regions {
			f.Options = append(f.Options, ui.Option{Value: r, Label: ident.Service().FullNameIn(r, a.Lang)})
		}
		v.Filters.Fields = append(v.Filters.Fields, f)
	}
	v.List = a.published(region, a.T("credit.kind."+q.Kind.Name()), list, true)
	v.List.Empty = &ui.Empty{Title: a.T("credit.public-none"), Why: a.T("credit.public-none-why")}
	if next != "" {
		v.More = a.With("after", next)
	}
	return p.show(a, http.StatusOK, "public", v)
}

// published is a table of publications of a region; "" is that of who asks.
func (a *asked) published(region, caption string, list []Published, public bool) ui.Table {
	t := ui.Table{Caption: caption, Columns: []ui.Column{{Text: a.T("credit.party")}, {Text: a.T("credit.column.title")}, {Text: a.T("credit.column.result")},
		{Text: a.T("credit.source")}, {Text: a.T("credit.decided")}, {Text: a.T("credit.column.published")}}}
	for i := range list {
		x := &list[i]
		result := a.T("credit.result." + x.Result.Name(x.Kind))
		more := x.Basis
		if x.Fen > 0 {
			result += "　" + ident.FormatYuan(x.Fen)
		}
		validity := ""
		switch {
		case !public:
			validity = a.T("credit.due", a.Day(x.Due))
		case x.Kind == Licence && x.Until != 0:
			validity = a.T("credit.valid", a.Day(x.Until))
		case x.Last != 0:
			validity = a.T("credit.shown", a.Day(x.Last))
		}
		t.Rows = append(t.Rows, ui.TableRow{Cells: []ui.Cell{{Text: cmp.Or(x.Name, x.Party), More: x.Party, Head: true}, {Text: x.Title, More: more}, {Text: result},
			{Text: a.source(region, x.Source), More: x.ID}, {Text: a.Day(x.Day)}, {Text: a.Day(x.Published), More: validity}}})
	}
	return t
}

// sharesView says how much is published in time, and which of the own department's was not.
type sharesView struct {
	*asked
	Within  int
	Filters ui.Filters
	Shares  ui.Table
	Reports bool
	Late    ui.Table
	More    string
}

func (p *pages) shares(a *asked) error {
	from, to, err := p.period(a.R.URL.Query().Get("from"), a.R.URL.Query().Get("to"))
	if err != nil {
		return err
	}
	list, err := p.Compliance(a.R.Context(), a.By, from, to)
	if err != nil {
		return err
	}
	a.Title = a.T("credit.shares-title")
	a.Crumbs = []ui.Link{{Text: a.T("credit.title"), Href: deskHome}}
	v := &sharesView{asked: a, Reports: reports(a.By), Filters: ui.Filters{Action: sharesHome, Open: true, Clear: sharesHome, Fields: []ui.Field{
		{Kind: ui.KindText, Name: "from", Label: a.T("credit.from"), Hint: "2026-01-01", Value: from.String(), Width: "medium"},
		{Kind: ui.KindText, Name: "to", Label: a.T("credit.to"), Value: to.String(), Width: "medium"}}}}
	if s := p.standard(ident.Service().City(a.By.Region)); s != nil && s.General.Publish != nil {
		v.Within = s.General.Publish.Within
	}
	v.Shares = ui.Table{Caption: a.T("credit.shares"), Columns: []ui.Column{{Text: a.T("credit.source")}, {Text: a.T("credit.decisions"), Number: true}, {Text: a.T("credit.late"), Number: true},
		{Text: a.T("credit.share"), Number: true}, {Text: a.T("credit.share-mark")}}}
	for i, c := range list {
		source := a.T("credit.all") // the first is the sum
		if i > 0 {
			source = a.source("", c.Source)
		}
		mark := &ui.Tag{Text: a.T("credit.reached"), Look: "blue"}
		if !c.Reached() {
			mark = &ui.Tag{Text: a.T("credit.missed"), Look: "red"}
		}
		v.Shares.Rows = append(v.Shares.Rows, ui.TableRow{Cells: []ui.Cell{{Text: source, Head: true}, {Text: fmt.Sprint(c.All)}, {Text: fmt.Sprint(c.Late)},
			{Text: percent(c.Share())}, {Tag: mark}}})
	}
	if v.Reports {
		late, next, err := p.Module.Late(a.R.Context(), a.By, a.R.URL.Query().Get("after"))
		if err != nil {
			return err
		}
		v.Late = a.published("", a.T("credit.late-own"), late, false)
		v.Late.Empty = &ui.Empty{Title: a.T("credit.late-none"), Why: a.T("credit.late-none-why")}
		if next != "" {
			v.More = a.With("after", next)
		}
	}
	return p.show(a, http.StatusOK, "shares", v)
}

// percent writes ten thousandths with two decimals.
func percent(n int64) string { return fmt.Sprintf("%d.%02d %%", n/100, n%100) }
