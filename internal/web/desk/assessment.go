package desk

import (
	"cmp"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/internal/web/ui"
)

// The parts of the assessors' pages; the first one has no name in the address.
const (
	partPromises   = "promises"
	partProtection = "protection"
	partComponents = "components"
)

// assessmentPage is what an assessor (测评人员) came for: how promises are kept, how sign-ins are protected, what the program is made of.
type assessmentPage struct {
	*page
	Part    string
	Lead    string
	Parts   ui.Tabs
	Periods ui.Tabs
	Filters ui.Filters
	Tiles   ui.Tiles
	Facts   []ui.Summary
	Table   ui.Table
	Note    string
	Exports []ui.Link
}

// assesses reports whether the person may know how sign-ins are protected and what the program is made of.
func (p *page) assesses() bool {
	return access.May(p.Actor, access.AssessmentSee, access.Resource{Region: p.Actor.Region}).Allow
}

func (d *Desk) assessment(p *page, r *http.Request) error {
	v := &assessmentPage{page: p, Part: oneOf(r.URL.Query().Get("part"), []string{partProtection, partComponents})}
	v.Parts.Label = p.T("desk.assessment.parts")
	var open []string
	if p.seesFigures() {
		open = append(open, partPromises)
	}
	if p.assesses() {
		open = append(open, partProtection, partComponents)
	}
	if len(open) == 0 {
		return hall.ErrNotFound
	}
	v.Part = cmp.Or(v.Part, open[0])
	for _, part := range open {
		address := assessmentAddress
		if part != partPromises {
			address += "?" + url.Values{"part": {part}}.Encode()
		}
		v.Parts.Tabs = append(v.Parts.Tabs, ui.Link{Text: p.T("desk.assessment." + part), Href: address, Current: part == v.Part})
	}
	p.Title = p.T("desk.assessment.title", p.region(p.Actor.Region))
	switch v.Part {
	case partProtection:
		return v.protection()
	case partComponents:
		return v.components()
	}
	return v.promises()
}

// answer shows the page, or sends it as a file where the address asks for one.
func (v *assessmentPage) answer(f file) error {
	if kind := v.wanted(); kind != "" {
		return v.send(kind, f)
	}
	v.Exports = v.exports()
	return v.show("assessment", v)
}

// promises is every limit that services state and that ended in the period.
func (v *assessmentPage) promises() error {
	p := v.page
	s := p.readScope(p.r.URL.Query())
	list, got, err := p.desk.hall.Promises(p.r.Context(), p.Actor, s.query(p.Actor))
	if err != nil {
		return err
	}
	v.Title = p.T("desk.assessment.title", p.region(got.Query.Region))
	v.Lead, v.Periods, v.Filters = p.periodText(s.Period), p.periods(s, assessmentAddress), p.filters(s, assessmentAddress)
	v.Tiles = ui.Tiles{Tiles: p.tiles(s, got), Source: p.T("desk.overview.source"), At: got.At}
	v.Table = ui.Table{Caption: p.T("desk.assessment.promises"), Columns: []ui.Column{{Text: p.T("desk.item")}, {Text: p.T("desk.assessment.limit")},
		{Text: p.T("desk.assessment.broken"), Number: true}, {Text: p.T("desk.assessment.kept"), Number: true}, {Text: p.T("desk.assessment.share"), Number: true},
		{Text: p.T("desk.statistics.p50"), Number: true}, {Text: p.T("desk.statistics.p90"), Number: true}, {Text: p.T("desk.statistics.satisfied"), Number: true}},
		Empty: &ui.Empty{Title: p.T("desk.assessment.empty"), Why: p.T("desk.statistics.empty-why")}}
	f := file{name: "promises", title: p.T("desk.assessment.promises"), head: []string{p.T("desk.statistics.from"), p.T("desk.statistics.to")}}
	for _, c := range v.Table.Columns[:5] {
		f.head = append(f.head, c.Text)
	}
	f.head = append(f.head, p.T("desk.assessment.basis"), p.T("desk.statistics.days-p50"), p.T("desk.statistics.days-p90"), p.T("desk.statistics.satisfied"), p.T("desk.statistics.rated"))
	unmeasured := 0
	for i := range list {
		m := &list[i]
		for _, x := range m.Promises {
			if f.rows = append(f.rows, p.promiseCells(s, m, x)); x.Kept+x.Broken == 0 {
				unmeasured++
				continue
			}
			v.Table.Rows = append(v.Table.Rows, p.promiseRow(s, m, x))
		}
	}
	if unmeasured > 0 {
		v.Note = p.T("desk.assessment.unmeasured", unmeasured)
	}
	return v.answer(f)
}

// promiseRow is one limit as the page shows it. What was not kept leads to its cases, the service to its figures.
func (p *page) promiseRow(s scope, m *hall.Measured, x hall.MeasuredPromise) ui.TableRow {
	of := s.with("item", string(m.Item.ID))
	broken := ui.Cell{Text: i18n.Number(x.Broken)}
	if x.Kind == caseflow.ClockPromised && x.Broken > 0 && p.atDesk() {
		broken.Href = of.with("when", string(store.WhenBroken)).at(casesAddress)
	}
	row := ui.TableRow{Cells: []ui.Cell{{Text: m.Item.Name.In(p.Lang), Head: true, Href: of.at(statisticsAddress)}, {Text: p.promiseName(m.Item, x), More: x.Rule.Limit.Text(p.Lang)},
		broken, {Text: i18n.Number(x.Kept)}, {Text: percent(x.Share())}}}
	if x.Kind != caseflow.ClockPromised { // how long it took and how people were served is said of a service once
		return ui.TableRow{Cells: append(row.Cells, ui.Cell{}, ui.Cell{}, ui.Cell{})}
	}
	row.Cells = append(row.Cells, ui.Cell{Text: p.took(&m.Figures, .5)}, ui.Cell{Text: p.took(&m.Figures, .9)}, ui.Cell{Text: percent(m.Figures.Satisfied())})
	return row
}

// promiseCells is the same as a file has it, also of limits that nothing was measured of.
func (p *page) promiseCells(s scope, m *hall.Measured, x hall.MeasuredPromise) []any {
	cells := []any{s.Period.From.String(), s.Period.To.String(), m.Item.Name.In(p.Lang), p.promiseName(m.Item, x) + " " + x.Rule.Limit.Text(p.Lang), x.Broken, x.Kept, shared(x.Share()), x.Rule.Basis.String()}
	for _, q := range []float64{.5, .9} {
		if days, ok := m.Figures.Days.Quantile(q); ok {
			cells = append(cells, int64(days))
		} else {
			cells = append(cells, nil)
		}
	}
	return append(cells, shared(m.Figures.Satisfied()), m.Figures.Ratings.Count())
}

// promiseName names what a limit is for: a step, or the case as a whole.
func (p *page) promiseName(it *caseflow.Item, x hall.MeasuredPromise) string {
	if s := it.StepByID(x.Step); s != nil {
		return s.Name.In(p.Lang)
	}
	return p.T("case.clock." + x.Kind)
}

// protection is how sign-ins are protected, in four lists of facts, and who holds which role.
func (v *assessmentPage) protection() error {
	p := v.page
	got, err := p.desk.gate.Protection(p.r.Context(), p.Actor)
	if err != nil {
		return err
	}
	v.Lead = p.T("desk.assessment.protection-lead", i18n.Moment(p.Lang, p.Now))
	f := file{name: "protection", title: p.T("desk.assessment.protection"), head: []string{p.T("desk.assessment.group"), p.T("desk.assessment.fact"), p.T("desk.assessment.value")}}
	group := func(key string, facts ...[2]string) {
		list := ui.Summary{Title: p.T("desk.assessment." + key)}
		for _, x := range facts {
			label := p.T("desk.assessment." + x[0])
			list.Rows = append(list.Rows, ui.SummaryRow{Label: label, Value: x[1]})
			f.rows = append(f.rows, []any{list.Title, label, x[1]})
		}
		v.Facts = append(v.Facts, list)
	}
	roles := make([]string, len(got.FactorRoles))
	for i, role := range got.FactorRoles {
		roles[i] = p.role(role)
	}
	either := func(yes bool, this, that string) string {
		if yes {
			return p.T("desk.assessment." + this)
		}
		return p.T("desk.assessment." + that)
	}
	group("passwords",
		[2]string{"length", p.T("desk.assessment.characters", got.PasswordMin, got.PasswordMax)},
		[2]string{"make-up", p.T("desk.assessment.kinds", got.PasswordKinds, got.PasswordDistinct)},
		[2]string{"common", p.T("desk.assessment.common-refused", got.PasswordsRefused)},
		[2]string{"expiry", p.T("desk.assessment.never-expires")},
		[2]string{"kept-as", p.T("desk.assessment.hashed", got.HashMemory/1024, got.HashPasses)})
	group("tries",
		[2]string{"of-login", p.T("desk.assessment.failures", got.AccountTries, minutes(got.Window))},
		[2]string{"of-address", p.T("desk.assessment.failures", got.AddressTries, minutes(got.Window))})
	group("sessions",
		[2]string{"idle-officials", p.T("desk.assessment.minutes", minutes(got.IdleOfficials))},
		[2]string{"idle-citizens", p.T("desk.assessment.minutes", minutes(got.IdleCitizens))},
		[2]string{"longest", p.T("desk.assessment.hours", strconv.Itoa(int(got.Absolute/time.Hour)))},
		[2]string{"at-once", p.T("desk.assessment.sessions-each", got.OfficialSessions, got.CitizenSessions)},
		[2]string{"surplus", either(got.RefusesSurplus, "surplus-refused", "surplus-ends")})
	group("factors",
		[2]string{"must", cmp.Or(p.joined(roles), p.T("desk.assessment.nobody"))},
		[2]string{"sealed", either(got.Sealed, "sealed-yes", "sealed-no")})
	group("records",
		[2]string{"logs", p.T("desk.assessment.for-good")},
		[2]string{"session-rows", p.T("desk.assessment.days", int(got.SessionsKept/(24*time.Hour)))})
	v.holders(got, &f)
	return v.answer(f)
}

// holders are the accounts of each role.
func (v *assessmentPage) holders(got *access.Protection, f *file) {
	p := v.page
	v.Table = ui.Table{Caption: p.T("desk.assessment.accounts"), Columns: []ui.Column{{Text: p.T("desk.assessment.role")},
		{Text: p.T("desk.assessment.accounts-open"), Number: true}, {Text: p.T("desk.assessment.accounts-closed"), Number: true}}}
	count := func(c store.Count) string {
		if c.More {
			return p.T("desk.assessment.more-than", i18n.Number(int64(c.N)))
		}
		return i18n.Number(int64(c.N))
	}
	for _, h := range got.Officials {
		open, closed := count(h.Open), count(h.Closed)
		v.Table.Rows = append(v.Table.Rows, ui.TableRow{Cells: []ui.Cell{{Text: p.role(h.Role), Head: true}, {Text: open}, {Text: closed}}})
		f.rows = append(f.rows, []any{p.T("desk.assessment.accounts-open"), p.role(h.Role), open}, []any{p.T("desk.assessment.accounts-closed"), p.role(h.Role), closed})
	}
}

// components lists what others have written of the program, with their licences.
func (v *assessmentPage) components() error {
	p := v.page
	list, err := p.desk.hall.Components(p.Actor)
	if err != nil {
		return err
	}
	v.Lead = p.T("desk.assessment.components-lead", len(list))
	v.Table = ui.Table{Caption: p.T("desk.assessment.components"), HideCaption: true, Columns: []ui.Column{{Text: p.T("desk.assessment.module")}, {Text: p.T("desk.assessment.version")}, {Text: p.T("desk.assessment.licence")}},
		Empty: &ui.Empty{Title: p.T("desk.assessment.components-none")}}
	f := file{name: "components", title: p.T("desk.assessment.components")}
	for _, c := range v.Table.Columns {
		f.head = append(f.head, c.Text)
	}
	for _, c := range list {
		licence := cmp.Or(c.Licence, p.T("desk.assessment.licence-unknown"))
		v.Table.Rows = append(v.Table.Rows, ui.TableRow{Cells: []ui.Cell{{Text: c.Module, Head: true}, {Text: c.Version}, {Text: licence}}})
		f.rows = append(f.rows, []any{c.Module, c.Version, licence})
	}
	return v.answer(f)
}

func minutes(d time.Duration) int { return int(d / time.Minute) }
