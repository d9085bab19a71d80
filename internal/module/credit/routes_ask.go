package credit

import (
	"net/http"
	"net/url"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
)

const askPath = ownHome + "/ask"

// askAddress leads to the page on which the party asks something about a record.
func askAddress(owner string, item caseflow.ItemID, ref Ref) string {
	return askPath + "?" + url.Values{"owner": {owner}, "item": {string(item)}, "source": {ref.Source}, "id": {ref.ID}}.Encode()
}

// askPage says what is asked about which record, and under which conditions.
type askPage struct {
	*asked
	*About
	Owner, Request string
	Sum            ui.Summary
	Conditions     []string
	Why            string // it cannot be asked now
}

// asks are what the address names.
func asks(a *asked) (owner string, item caseflow.ItemID, ref Ref) {
	get := a.R.FormValue
	return get("owner"), caseflow.ItemID(get("item")), Ref{get("source"), get("id")}
}

// about shows the record before anything is opened.
func (p *pages) about(a *asked) error {
	owner, item, ref := asks(a)
	x, err := p.About(a.R.Context(), a.By, account(a.R), owner, item, ref)
	if err != nil {
		return err
	}
	v := &askPage{asked: a, About: x, Owner: owner, Request: page.NewRequestID()}
	a.Title = x.Item.Name.In(a.Lang)
	a.Back = &ui.Link{Text: a.T("layout.back"), Href: ownHome + "?owner=" + url.QueryEscape(owner)}
	r := x.Record
	v.Sum.Rows = []ui.SummaryRow{{Label: a.T("credit.column.title"), Value: r.Title}, {Label: a.T("credit.column.kind"), Value: a.T("credit.kind." + r.Kind.Name())},
		{Label: a.T("credit.column.result"), Value: a.T("credit.result." + r.Result.Name(r.Kind))}, {Label: a.T("credit.column.day"), Value: a.Day(r.Day)},
		{Label: a.T("credit.source"), Value: a.source("", r.Source), Lines: []string{r.ID}}}
	if x.Repair != nil {
		v.Sum.Rows = append(v.Sum.Rows, ui.SummaryRow{Label: a.T("credit.repair-from"), Value: a.Day(x.From), Lines: []string{x.Repair.Basis.String()}})
		for _, c := range x.Repair.Conditions {
			v.Conditions = append(v.Conditions, c.In(a.Lang))
		}
	}
	if refusal, ok := page.Refusal(x.Refused); ok {
		v.Why = page.Sentence(a.Lang, refusal)
	}
	return p.show(a, http.StatusOK, "ask", v)
}

// ask opens the case.
func (p *pages) ask(a *asked) error {
	owner, item, ref := asks(a)
	_, who, ok := access.FromRequest(a.R)
	if !ok {
		return hall.ErrNotFound
	}
	no, err := p.Ask(a.R.Context(), a.By, page.RequestID(a.R), who.Region, owner, partyOfAccount(who), item, ref)
	if err != nil {
		return err
	}
	http.Redirect(a.W, a.R, page.CitizenHome+"/cases/"+string(no), http.StatusSeeOther)
	return nil
}
