package desk

import (
	"cmp"
	"errors"
	"net/http"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/internal/web/ui"
)

// casesPage lists the cases behind a figure.
type casesPage struct {
	*page
	Lead    string
	Filters ui.Filters
	Lines   []caseLine
	Next    string
	Exports []ui.Link
}

// caseQuery asks for the cases of a scope: the same that its figures count.
func (s scope) caseQuery(by caseflow.Actor) store.CaseQuery {
	q := store.CaseQuery{Region: cmp.Or(s.Region, by.Region), Lead: s.Department, Channel: s.Door, Item: caseflow.ItemID(s.Item),
		When: store.Happening(cmp.Or(s.When, string(store.WhenSubmitted))), Cursor: s.Cursor, Limit: 50}
	q.From, q.To = s.instants()
	if q.When == store.WhenEnded {
		q.Phases = []caseflow.Phase{caseflow.PhaseClosed}
	}
	return q
}

// cases lists what was received, decided or delivered in a period.
func (d *Desk) cases(p *page, r *http.Request) error {
	s := p.readScope(r.URL.Query())
	rows, next, err := d.hall.CasesBelow(r.Context(), p.Actor, s.caseQuery(p.Actor))
	if errors.Is(err, store.ErrCursor) {
		return p.back(s.with("cursor", "").at(casesAddress))
	}
	if err != nil {
		return err
	}
	when := cmp.Or(s.When, string(store.WhenSubmitted))
	p.Title = p.T("desk.cases." + when)
	options := make([]ui.Option, 0, len(happenings()))
	for _, h := range happenings() {
		options = append(options, ui.Option{Value: h, Label: p.T("desk.cases." + h)})
	}
	v := &casesPage{page: p, Lead: p.brackets(p.periodText(s.Period), p.region(cmp.Or(s.Region, p.Actor.Region))),
		Filters: p.filters(s, casesAddress, ui.Field{Kind: ui.KindSelect, Name: "when", Label: p.T("desk.cases.when"), Value: when, Options: options})}
	for i := range rows {
		row := &rows[i]
		v.Lines = append(v.Lines, caseLine{No: row.Key.Case, Phase: row.Phase, Service: p.itemName(row.Item), about: aboutRow(row), Lamp: caseLamp(row, p.Now),
			When: i18n.Short(happenedTo(row, when), p.Now), Lead: p.department(row.Department)})
	}
	if next != "" {
		v.Next = s.with("cursor", next).at(casesAddress)
	}
	return p.show("cases", v)
}

// happenedTo is when it happened to a case.
func happenedTo(row *store.CaseRow, when string) time.Time {
	switch store.Happening(when) {
	case store.WhenDecided:
		return row.Decided
	case store.WhenEnded:
		return row.Ended
	}
	return row.Submitted
}
