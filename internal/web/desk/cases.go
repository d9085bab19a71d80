package desk

import (
	"cmp"
	"errors"
	"net/http"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/sheet"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/web/i18n"
	kit "github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
	"github.com/tongban/tongban/workday"
)

// casesPage lists the cases behind a figure.
type casesPage struct {
	*page
	Lead    string
	Column  string // what the instants of the list are
	Filters ui.Filters
	Lines   []caseLine
	Turn    ui.Turn
	Exports []ui.Link
}

// caseQuery asks for the cases of a scope: the same that its figures count.
func (s scope) caseQuery(by caseflow.Actor) store.CaseQuery {
	q := store.CaseQuery{Region: cmp.Or(s.Region, by.Region), Lead: s.Department, Channel: s.Door, Item: caseflow.ItemID(s.Item),
		When: store.Happening(cmp.Or(s.When, string(store.WhenSubmitted))), Cursor: s.Cursor, Limit: s.Rows}
	q.From, q.To = s.instants()
	if q.When == store.WhenEnded {
		q.Phases = []caseflow.Phase{caseflow.PhaseClosed}
	}
	return q
}

// cases lists what was received, decided or delivered in a period, or where people were not served as they should have been.
func (d *Desk) cases(p *page, r *http.Request) error {
	s := p.readScope(r.URL.Query())
	when := cmp.Or(s.When, string(store.WhenSubmitted))
	v := &casesPage{page: p, Column: p.T("desk.cases." + when)}
	if store.Happening(when) == store.WhenBroken {
		v.Column = p.T("desk.statistics.promise-due")
	}
	if kind := p.wanted(); kind != "" {
		all, whole, err := gather(func(cursor string) ([]store.CaseRow, string, error) {
			q := s.caseQuery(p.Actor)
			q.Cursor, q.Limit = cursor, 200
			return d.hall.CasesBelow(r.Context(), p.Actor, q)
		})
		if err != nil {
			return err
		}
		if whole {
			return p.send(kind, p.casesFile(all))
		}
		p.Notice = p.tooMany()
	}
	rows, next, err := d.hall.CasesBelow(r.Context(), p.Actor, s.caseQuery(p.Actor))
	if errors.Is(err, store.ErrCursor) {
		return p.back(s.with("cursor", "").at(casesAddress))
	}
	if err != nil {
		return err
	}
	p.Title = p.T("desk.cases." + when)
	options := make([]ui.Option, 0, len(happenings()))
	for _, h := range happenings() {
		options = append(options, ui.Option{Value: h, Label: p.T("desk.cases." + h)})
	}
	v.Lead = p.brackets(p.periodText(s.Period), p.region(cmp.Or(s.Region, p.Actor.Region)))
	v.Filters = p.filters(s, casesAddress, ui.Field{Kind: ui.KindSelect, Name: "when", Label: p.T("desk.cases.when"), Value: when, Options: options})
	for i := range rows {
		row := &rows[i]
		v.Lines = append(v.Lines, p.caseLine(row))
		l := &v.Lines[i]
		l.When, l.Lead = i18n.Short(happenedTo(row, when), p.Now), p.office(row.Department)
	}
	v.Turn = ui.NewTurn(r.URL, s.Rows, next)
	if v.Turn.Total, err = p.casesTotal(s, when); err != nil {
		return err
	}
	if len(rows) > 0 {
		v.Exports = p.exports()
	}
	return p.write(status(p.Notice), "cases", v)
}

// casesTotal says how many cases a list has, by the figures that lead to it; "" where no figure counts them, or they are not for
// the person.
func (p *page) casesTotal(s scope, when string) (string, error) {
	got, err := p.desk.hall.Statistics(p.r.Context(), p.Actor, s.with("group", hall.ByDepartment).query(p.Actor))
	if errors.Is(err, hall.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	n := map[store.Happening]int64{store.WhenSubmitted: got.Now.Received, store.WhenDecided: got.Now.Decided(), store.WhenEnded: got.Now.Delivered}
	if of, known := n[store.Happening(when)]; known {
		return p.T("ui.page-count", i18n.Number(of)), nil
	}
	return "", nil
}

// casesFile is a list of cases as a file; names of people are masked as on the page.
func (p *page) casesFile(rows []store.CaseRow) file {
	f := file{name: "cases", title: p.T("desk.nav.cases")}
	for _, key := range []string{"desk.case-no", "desk.item", "desk.subject", "desk.applicant", "desk.department", "desk.statistics.region", "desk.channel", "desk.state",
		"desk.cases.submitted", "desk.cases.decided", "desk.cases.ended", "desk.statistics.promise-due", "desk.statistics.law-due"} {
		f.head = append(f.head, p.T(key))
	}
	for i := range rows {
		r := &rows[i]
		a := aboutRow(r)
		channel := r.Channel
		if key := "case.channel." + channel; i18n.Has(key) {
			channel = p.T(key)
		}
		f.rows = append(f.rows, []any{string(r.Key.Case), p.itemName(r.Item), a.Subject, a.Applicant, p.department(r.Department), p.region(r.Region),
			channel, kit.PhaseName(p.Lang, "desk.phase.", r.Phase, r.Discarded()), fileTime(r.Submitted), fileTime(r.Decided), fileTime(r.Ended), fileDue(r.Promised), fileDue(r.Statutory)})
	}
	return f
}

// fileTime is an instant in a file: local, to the minute; none if it is zero.
func fileTime(t time.Time) sheet.Minute {
	if t.IsZero() {
		return sheet.Minute{}
	}
	return sheet.Minute(t.In(workday.Shanghai))
}

// fileDue is fileTime of the end of a limit: 24:00 belongs to the day that ends.
func fileDue(t time.Time) sheet.Minute {
	if t.IsZero() {
		return sheet.Minute{}
	}
	return fileTime(t.Add(-time.Second))
}

// happenedTo is when it happened to a case in a list: 24:00 belongs to the day that ends.
func happenedTo(row *store.CaseRow, when string) time.Time {
	if store.Happening(when) == store.WhenBroken {
		return row.Happened.Add(-time.Second)
	}
	return row.Happened
}
