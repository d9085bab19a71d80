package desk

import (
	"cmp"
	"maps"
	"net/http"
	"slices"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/stat"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/internal/web/ui"
	"github.com/tongban/tongban/workday"
)

// overviewPage is the leader's one screen: what came in, what is due and late, whose it is, how people are served, and what to step
// in on. Each figure leads to its rows.
type overviewPage struct {
	*page
	Regions ui.Tabs
	Tiles   ui.Tiles
	Table   ui.Table
	All     *ui.Link // all departments, where the table has those that are worst
	Trend   ui.Trend
	Names   bool // cases, and who holds them, are the person's to see
	Red     []redLine
	Orders  bool // the person may give instructions
	More    []ui.Link
}

// redLine is a case on the red list, why it is there, and with whom.
type redLine struct {
	taskLine
	Why, With string
}

// trendDays is how many days the chart of the screen shows.
const trendDays = 30

// maxOffices is how many departments the table names, those with the most overdue first; the screen of a laptop has no room for more beside
// the rest. More stand there if somebody asks for all.
const maxOffices = 6

// maxRed is how many cases the red list names; the figures lead to all of them.
const maxRed = 6

func (d *Desk) overview(p *page, r *http.Request) error {
	s := p.readScope(r.URL.Query())
	region := cmp.Or(s.Region, p.Actor.Region)
	o, err := d.hall.Overview(r.Context(), p.Actor, hall.OverviewQuery{Region: region, Department: s.Department, Month: s.standard, Days: trendDays, Late: maxLate, Calls: maxRed})
	if err != nil {
		return err
	}
	today := workday.DateOf(p.Now)
	s.Period = stat.Period{From: today, To: today}
	p.nameHolders(o.Late, o.Calls)
	whose := p.region(region)
	if o.Department != "" {
		whose += " · " + p.office(o.Department)
	}
	p.Title = p.T("desk.overview.title", whose)
	v := &overviewPage{page: p, Names: p.atDesk(), Orders: p.Actor.Has(caseflow.RoleSupervisor), Trend: p.trend(s.of(stat.Period{From: today - trendDays + 1, To: today}), &hall.Statistics{Trend: o.Trend})}
	v.regions(s)
	v.departments(s, o.Tallies, o.Late)
	v.tiles(s, o)
	v.Red = p.redList(o.Calls, o.Late)
	if p.follows() {
		v.More = append(v.More, ui.Link{Text: p.T("desk.nav.orders"), Href: ordersAddress})
	}
	v.More = append(v.More, ui.Link{Text: p.T("desk.nav.statistics"), Href: scope{Region: s.Region, Department: s.Department, standard: s.standard, Period: s.standard}.at(statisticsAddress)})
	return p.show("overview", v)
}

// regions are the regions to choose from, where there are several.
func (v *overviewPage) regions(s scope) {
	options := v.regionOptions()
	if len(options) == 0 {
		return
	}
	v.Regions.Label = v.T("desk.statistics.region")
	v.Regions.Tabs = append(v.Regions.Tabs, ui.Link{Text: v.T("desk.statistics.all"), Href: overviewAddress, Current: s.Region == ""})
	for _, o := range options {
		v.Regions.Tabs = append(v.Regions.Tabs, ui.Link{Text: o.Label, Href: overviewAddress + "?region=" + o.Value, Current: s.Region == o.Value})
	}
}

// maxLate is how many overdue tasks are looked at for the names of who holds them.
const maxLate = 100

// nameHolders learns the names of those who hold the tasks, by one look for each region.
func (p *page) nameHolders(lists ...[]store.TaskItem) {
	seen := map[string]bool{}
	for _, row := range slices.Concat(lists...) {
		region := row.TaskRow.Key.Region
		if row.Holder == "" || seen[region] {
			continue
		}
		seen[region] = true
		people, err := p.desk.accounts.ListOfficials(p.r.Context(), region)
		if err != nil {
			p.desk.log.Error("people of the region", "region", region, "err", err)
		}
		for _, a := range people {
			p.called[a.ID], p.names[a.ID] = a.Name, p.brackets(a.Name, p.department(a.Department))
		}
	}
}

// departments is the open work of each department, the latest first, and who holds what is overdue.
func (v *overviewPage) departments(s scope, tally []hall.RegionTally, late []store.TaskItem) {
	p := v.page
	sums, regions, names := map[string]store.Tally{}, map[string][]string{}, map[string][]string{}
	for _, t := range tally {
		sum := sums[t.Department]
		sum.Department = t.Department
		sum.Open, sum.Soon, sum.Today, sum.Overdue = sum.Open+t.Open, sum.Soon+t.Soon, sum.Today+t.Today, sum.Overdue+t.Overdue
		sums[t.Department], regions[t.Department] = sum, append(regions[t.Department], t.Region)
	}
	for _, row := range late {
		name := p.T("desk.overview.unclaimed")
		if row.Holder != "" {
			name = cmp.Or(p.called[row.Holder], p.T("desk.somebody"))
		}
		if !slices.Contains(names[row.Department], name) {
			names[row.Department] = append(names[row.Department], name)
		}
	}
	list := slices.SortedFunc(maps.Values(sums), func(a, b store.Tally) int {
		return cmp.Or(b.Overdue-a.Overdue, b.Today-a.Today, b.Open-a.Open, cmp.Compare(a.Department, b.Department))
	})
	v.Table = ui.Table{Caption: p.T("desk.overview.table"), Columns: []ui.Column{{Text: p.T("desk.department")},
		{Text: p.T("desk.overview.overdue"), Number: true}, {Text: p.T("desk.overview.today"), Number: true},
		{Text: p.T("desk.overview.soon"), Number: true}, {Text: p.T("desk.overview.open"), Number: true}}, Empty: &ui.Empty{Title: p.T("desk.overview.empty")}}
	if v.Names {
		v.Table.Columns = append(v.Table.Columns, ui.Column{Text: p.T("desk.overview.who")})
	}
	shown := list
	if len(list) > maxOffices && p.r.URL.Query().Get("departments") != "all" {
		shown = list[:maxOffices]
		v.All = &ui.Link{Text: p.T("desk.overview.all", len(list)), Href: p.With("departments", "all")}
	}
	for _, t := range shown {
		n := func(n int, due string) ui.Cell {
			if n == 0 {
				return ui.Cell{Text: "0"}
			}
			return ui.Cell{Text: i18n.Number(int64(n)), Href: p.toQueue(s, regions[t.Department], t.Department, due)}
		}
		row := ui.TableRow{Cells: []ui.Cell{{Text: p.office(t.Department), Head: true},
			n(t.Overdue, dueOverdue), n(t.Today, dueToday), n(t.Soon, dueSoon), n(t.Open, "")}}
		if v.Names {
			row.Cells = append(row.Cells, ui.Cell{Text: p.joined(names[t.Department])})
		}
		v.Table.Rows = append(v.Table.Rows, row)
	}
}

// toQueue is the address of the tasks behind a figure: the queue of one region or, of several, this screen of the first of them.
func (p *page) toQueue(s scope, regions []string, department, due string) string {
	switch {
	case !p.atDesk():
		return "" // figures only
	case len(regions) > 1:
		return s.with("department", department).with("region", regions[0]).of(s.standard).at(overviewAddress)
	}
	f := filter{Tab: tabDept, Department: department, Due: due, Size: 20}
	if len(regions) == 1 && regions[0] != p.Actor.Region {
		f.Region = regions[0]
	}
	return f.address("", "")
}

// tiles are the five figures that are read from three metres.
func (v *overviewPage) tiles(s scope, o *hall.Overview) {
	p := v.page
	var today, overdue int
	var regions []string
	for _, t := range o.Tallies {
		today, overdue = today+t.Today, overdue+t.Overdue
		if !slices.Contains(regions, t.Region) {
			regions = append(regions, t.Region)
		}
	}
	received := ui.Tile{Label: p.T("desk.overview.received"), Value: i18n.Number(o.Today),
		Change: p.T("desk.overview.of-month", i18n.Number(o.Month.Received), signed(stat.Change(o.Month.Received, o.Before)), signed(stat.Change(o.Month.Received, o.YearBefore)))}
	if p.atDesk() {
		received.Href = s.with("when", string(store.WhenSubmitted)).at(casesAddress)
	}
	satisfied := ui.Tile{Label: p.T("desk.overview.satisfied"), Value: percent(o.Month.Satisfied()), Change: p.T("desk.statistics.ratings", o.Month.Ratings.Count())}
	promised := ui.Tile{Label: p.T("desk.overview.promised"), Value: percent(o.Month.Ended(caseflow.ClockPromised).Share()),
		Change: p.T("desk.statistics.in-law", percent(o.Month.Ended(caseflow.ClockStatutory).Share()))}
	figures := s.of(s.standard).at(statisticsAddress)
	satisfied.Href, promised.Href = figures, figures
	v.Tiles = ui.Tiles{Source: p.T("desk.overview.source"), At: o.At, Tiles: []ui.Tile{received,
		{Label: p.T("desk.overview.today"), Value: i18n.Number(int64(today)), Href: p.toQueue(s, regions, s.Department, dueToday)},
		{Label: p.T("desk.overview.overdue"), Value: i18n.Number(int64(overdue)), Href: p.toQueue(s, regions, s.Department, dueOverdue), Red: overdue > 0},
		promised, satisfied}}
}

// redList is what a leader should step in on, and why: instructions without an answer in time and bad ratings that nobody has answered first,
// then the most overdue work.
func (p *page) redList(bad, late []store.TaskItem) []redLine {
	rank := func(row store.TaskItem) int {
		return map[string]int{caseflow.TaskOrder: -2, caseflow.TaskCallback: -1}[row.Kind]
	}
	rows := append(bad, slices.DeleteFunc(slices.Clone(late), func(row store.TaskItem) bool { return row.Kind == caseflow.TaskCallback })...)
	slices.SortStableFunc(rows, func(a, b store.TaskItem) int { return rank(a) - rank(b) })
	var list []redLine
	for _, row := range rows[:min(len(rows), maxRed)] {
		l := redLine{taskLine: p.taskLine(row, p.Now), Why: p.T("desk.overview.why-late")}
		l.With = cmp.Or(l.Holder, p.office(row.Department))
		if row.Kind == caseflow.TaskOrder || row.Kind == caseflow.TaskCallback {
			l.Why = p.T("desk.overview.why-" + row.Kind)
		} else {
			l.With = l.What + " · " + l.With
		}
		list = append(list, l)
	}
	return list
}
