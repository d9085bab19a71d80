package desk

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/sheet"
	"github.com/tongban/tongban/internal/stat"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/internal/web/ui"
	"github.com/tongban/tongban/workday"
)

// statisticsPage shows figures of a period, what they were before and a year ago, and whose they are.
type statisticsPage struct {
	*page
	Lead    string
	Counted string // names of departments that have gone and are counted in; "" none
	Periods ui.Tabs
	Filters ui.Filters
	Tiles   ui.Tiles
	Trend   ui.Trend
	Groups  ui.Tabs
	Chart   *ui.Bars // nil: one group or none
	Table   ui.Table
	Exports []ui.Link
}

func (d *Desk) statistics(p *page, r *http.Request) error {
	s := p.readScope(r.URL.Query())
	if s.Group == "" {
		s.Group = hall.ByDepartment
	}
	got, err := d.hall.Statistics(r.Context(), p.Actor, s.query(p.Actor))
	if err != nil {
		return err
	}
	p.Title = p.T("desk.statistics.title", p.region(got.Query.Region))
	v := &statisticsPage{page: p, Lead: p.periodText(s.Period), Filters: p.filters(s, statisticsAddress), Trend: p.trend(s, got)}
	v.Filters.Keep = []ui.Field{{Name: "group", Value: s.Group}}
	v.Counted = p.countedIn(got.Succeeds)
	v.Periods = p.periods(s, statisticsAddress)
	v.Tiles = ui.Tiles{Tiles: p.tiles(s, got), Source: p.T("desk.overview.source"), At: got.At}
	v.Groups.Label = p.T("desk.statistics.group")
	for _, g := range hall.Groupings() {
		v.Groups.Tabs = append(v.Groups.Tabs, ui.Link{Text: p.T("desk.statistics.by-" + g), Href: s.with("group", g).at(statisticsAddress), Current: g == s.Group})
	}
	groups := p.figureGroups(s, got)
	v.Chart, v.Table, v.Exports = p.figuresChart(s, groups), p.figuresTable(s, groups, &got.Now), p.exports()
	if kind := p.wanted(); kind != "" {
		return p.send(kind, p.figuresFile(s, got))
	}
	return p.show("statistics", v)
}

// countedIn names departments that a reform has merged into others, whose figures are counted in.
func (p *page) countedIn(gone []string) string {
	names := make([]string, len(gone))
	for i, id := range gone {
		names[i] = p.department(id)
	}
	return strings.Join(names, p.T("desk.statistics.list"))
}

// periods are the usual ones to choose from.
func (p *page) periods(s scope, path string) ui.Tabs {
	today := workday.DateOf(p.Now)
	first := stat.FirstOf(today)
	y, _, _ := today.Civil()
	t := ui.Tabs{Label: p.T("desk.statistics.periods")}
	for _, c := range []struct {
		key string
		of  stat.Period
	}{
		{"today", stat.Period{From: today, To: today}}, {"month", stat.Period{From: first, To: today}},
		{"last-month", stat.MonthOf(first - 1)}, {"year", stat.Period{From: workday.NewDate(y, 1, 1), To: today}},
	} {
		t.Tabs = append(t.Tabs, ui.Link{Text: p.T("desk.statistics." + c.key), Href: s.of(c.of).at(path), Current: c.of == s.Period})
	}
	return t
}

// tiles are the main figures of a period, each with 环比 and 同比.
func (p *page) tiles(s scope, got *hall.Statistics) []ui.Tile {
	count := func(key string, of func(*stat.Figures) int64, when store.Happening) ui.Tile {
		t := ui.Tile{Label: p.T("desk.statistics." + key), Value: i18n.Number(of(&got.Now)),
			Change: p.changes(of(&got.Now), of(&got.Before), of(&got.Year))}
		if p.atDesk() {
			t.Href = s.with("group", "").with("when", string(when)).at(casesAddress)
		}
		return t
	}
	behind := func(when store.Happening) string {
		if !p.atDesk() {
			return ""
		}
		return s.with("group", "").with("when", string(when)).at(casesAddress)
	}
	delivered := func(f *stat.Figures) int64 { return f.Delivered }
	return []ui.Tile{
		count("received", func(f *stat.Figures) int64 { return f.Received }, store.WhenSubmitted),
		count("decided", func(f *stat.Figures) int64 { return f.Decided() }, store.WhenDecided),
		count("delivered", delivered, store.WhenEnded),
		{Label: p.T("desk.statistics.promised"), Value: percent(got.Now.Ended(caseflow.ClockPromised).Share()),
			Change: p.T("desk.statistics.in-law", percent(got.Now.Ended(caseflow.ClockStatutory).Share())), Href: behind(store.WhenBroken)},
		{Label: p.T("desk.statistics.satisfied"), Value: percent(got.Now.Satisfied()), Href: behind(store.WhenPoor), Change: p.T("desk.statistics.ratings", got.Now.Ratings.Count())},
	}
}

// changes says how a figure compares with the period before and with a year ago.
func (p *page) changes(now, before, year int64) string {
	return p.T("desk.statistics.changes", signed(stat.Change(now, before)), signed(stat.Change(now, year)))
}

// none is what stands for a figure that cannot be had.
const none = "—"

// percent writes a share with one decimal.
func percent(share float64, ok bool) string {
	if !ok {
		return none
	}
	return strconv.FormatFloat(share*100, 'f', 1, 64) + "%"
}

// signed is percent with its sign.
func signed(change float64, ok bool) string {
	if ok && change > 0 {
		return "+" + percent(change, ok)
	}
	return percent(change, ok)
}

// trend is the chart of a scope; each point leads to what was received then.
func (p *page) trend(s scope, got *hall.Statistics) ui.Trend {
	key := "desk.statistics.daily"
	if got.Monthly {
		key = "desk.statistics.monthly"
	}
	t := ui.Trend{Title: p.T(key), Column: p.T("desk.statistics.date"), Lines: []string{p.T("desk.statistics.received"), p.T("desk.statistics.decided")}}
	for _, x := range got.Trend {
		point := ui.TrendPoint{Label: x.Day.String(), Values: []int64{x.Received, x.Decided}}
		of := stat.Period{From: x.Day, To: x.Day}
		if got.Monthly {
			point.Label, of = point.Label[:7], stat.MonthOf(x.Day)
		}
		if x.Received > 0 && p.atDesk() {
			point.Href = s.of(of).with("group", "").with("when", string(store.WhenSubmitted)).at(casesAddress)
		}
		t.Points = append(t.Points, point)
	}
	return t
}

// figureGroup is a group with its figures; its name leads to its cases.
type figureGroup struct {
	Name ui.Cell
	*stat.Figures
}

func (p *page) figureGroups(s scope, got *hall.Statistics) (list []figureGroup) {
	for i := range got.Groups {
		g := &got.Groups[i]
		if s.Group == hall.ByDepartment && g.Figures.Led() == 0 {
			continue // it only took part: nothing in these columns is its own
		}
		name := ui.Cell{Text: p.groupName(s.Group, g.Key), Head: true}
		if s.Group == hall.ByDepartment {
			name.Text = p.office(g.Key)
		}
		if p.atDesk() && s.Group != hall.ByRegion {
			name.Href = s.with(s.Group, g.Key).with("group", "").with("when", string(store.WhenSubmitted)).at(casesAddress)
		} else if s.Group == hall.ByRegion {
			name.Href = s.with(s.Group, g.Key).with("group", hall.ByDepartment).at(statisticsAddress)
		}
		list = append(list, figureGroup{name, &g.Figures})
	}
	return list
}

// maxBars is how many groups the chart shows: those that received most.
const maxBars = 10

// figuresChart is what groups received.
func (p *page) figuresChart(s scope, groups []figureGroup) *ui.Bars {
	if len(groups) < 2 {
		return nil
	}
	most := slices.SortedStableFunc(slices.Values(groups), func(a, b figureGroup) int { return cmp.Compare(b.Received, a.Received) })
	chart := &ui.Bars{Title: p.T("desk.statistics.received"), Item: p.T("desk.statistics.by-" + s.Group)}
	if len(most) > maxBars {
		chart.Title, most = p.T("desk.statistics.top", maxBars), most[:maxBars]
	}
	for _, g := range most {
		chart.Bars = append(chart.Bars, ui.Bar{Label: g.Name.Text, Href: g.Name.Href, Value: float64(g.Received), Text: i18n.Number(g.Received)})
	}
	return chart
}

// figuresTable is the figures of each group, and of all.
func (p *page) figuresTable(s scope, groups []figureGroup, all *stat.Figures) ui.Table {
	t := ui.Table{Caption: p.T("desk.statistics.by-" + s.Group), Columns: []ui.Column{{Text: p.T("desk.statistics.by-" + s.Group)}},
		Empty: &ui.Empty{Title: p.T("desk.statistics.empty"), Why: p.T("desk.statistics.empty-why")}}
	for _, c := range figureColumns {
		t.Columns = append(t.Columns, ui.Column{Text: p.T("desk.statistics." + c), Number: true})
	}
	if len(groups) > 1 {
		groups = append(groups, figureGroup{ui.Cell{Text: p.T("desk.statistics.all"), Head: true}, all})
	}
	for _, g := range groups {
		row := ui.TableRow{Cells: []ui.Cell{g.Name}}
		for _, text := range p.figureTexts(g.Figures) {
			row.Cells = append(row.Cells, ui.Cell{Text: text})
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// figureColumns are the columns of figures; figureTexts writes one group's.
var figureColumns = []string{"received", "decided", "delivered", "p50", "p90", "p99", "promised", "statutory", "broken", "satisfied"}

func (p *page) figureTexts(f *stat.Figures) []string {
	return []string{i18n.Number(f.Received), i18n.Number(f.Decided()), i18n.Number(f.Delivered),
		p.took(f, .5), p.took(f, .9), p.took(f, .99), percent(f.Ended(caseflow.ClockPromised).Share()), percent(f.Ended(caseflow.ClockStatutory).Share()),
		i18n.Number(f.Ended(caseflow.ClockPromised).Broken), percent(f.Satisfied())}
}

// took writes how long decisions took: working days, and hours of office time with one decimal.
func (p *page) took(f *stat.Figures, q float64) string {
	days, ok := f.Days.Quantile(q)
	if !ok {
		return none
	}
	minutes, _ := f.Minutes.Quantile(q)
	return p.T("desk.statistics.took", strconv.Itoa(days), strconv.FormatFloat(float64(stat.Middle(minutes))/60, 'f', 1, 64))
}

// groupName is the name of an item, department, region or door.
func (p *page) groupName(group, key string) string {
	switch group {
	case hall.ByItem:
		return p.itemName(caseflow.ItemID(key))
	case hall.ByDepartment:
		return p.department(key)
	case hall.ByRegion:
		return p.region(key)
	}
	if full := "case.channel." + key; i18n.Has(full) {
		return p.T(full)
	}
	return key
}

// figuresFile is the figures of each group as a file, numbers as numbers.
func (p *page) figuresFile(s scope, got *hall.Statistics) file {
	f := file{name: "statistics", title: p.T("desk.nav.statistics"), head: []string{p.T("desk.statistics.from"), p.T("desk.statistics.to"), p.T("desk.statistics.by-" + s.Group)}}
	for _, c := range []string{"received", "decided", "delivered", "days-p50", "days-p90", "days-p99", "minutes-p50", "minutes-p90", "minutes-p99", "promised", "statutory", "broken", "satisfied", "rated"} {
		f.head = append(f.head, p.T("desk.statistics."+c))
	}
	row := func(name string, x *stat.Figures) {
		promised := x.Ended(caseflow.ClockPromised)
		cells := []any{sheet.Day(s.Period.From.Start()), sheet.Day(s.Period.To.Start()), name, x.Received, x.Decided(), x.Delivered}
		for _, h := range []stat.Histogram{x.Days, x.Minutes} {
			for _, q := range []float64{.5, .9, .99} {
				bucket, ok := h.Quantile(q)
				switch {
				case !ok:
					cells = append(cells, nil)
				case len(cells) < 9:
					cells = append(cells, int64(bucket))
				default:
					cells = append(cells, int64(stat.Middle(bucket)))
				}
			}
		}
		f.rows = append(f.rows, append(cells, shared(promised.Share()), shared(x.Ended(caseflow.ClockStatutory).Share()), promised.Broken,
			shared(x.Satisfied()), x.Ratings.Count()))
	}
	for i := range got.Groups {
		row(p.groupName(s.Group, got.Groups[i].Key), &got.Groups[i].Figures)
	}
	row(p.T("desk.statistics.all"), &got.Now)
	return f
}

// shared is a share as a cell; none if it cannot be had.
func shared(v float64, ok bool) any {
	if !ok {
		return nil
	}
	return sheet.Share(v)
}
