package desk

import (
	"net/http"
	"slices"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/internal/web/ui"
)

// overviewPage shows heads and supervisors what is open and what is late, each figure leading to its rows.
type overviewPage struct {
	*page
	Tiles ui.Tiles
	Table ui.Table
	Late  []taskLine // the most overdue, to be supervised on the spot
}

func (d *Desk) overview(p *page, r *http.Request) error {
	region := p.Actor.Region
	tally, err := d.hall.Tally(r.Context(), p.Actor, region)
	if err != nil {
		return err
	}
	now := d.hall.Now()
	p.Title = p.T("desk.overview.title", p.region(region))
	v := &overviewPage{page: p}
	slices.SortStableFunc(tally, func(a, b store.Tally) int { return b.Overdue - a.Overdue })
	to := func(dept, due string) string {
		if !p.atDesk() {
			return "" // figures only
		}
		return filter{Tab: tabDept, Department: dept, Due: due, Size: 20}.address("", "")
	}
	v.Table = ui.Table{Caption: p.T("desk.overview.table"), Columns: []ui.Column{{Text: p.T("desk.department")},
		{Text: p.T("desk.overview.open"), Number: true}, {Text: p.T("desk.overview.soon"), Number: true},
		{Text: p.T("desk.overview.today"), Number: true}, {Text: p.T("desk.overview.overdue"), Number: true}}}
	var sum store.Tally
	for _, t := range tally {
		sum.Open, sum.Soon, sum.Today, sum.Overdue = sum.Open+t.Open, sum.Soon+t.Soon, sum.Today+t.Today, sum.Overdue+t.Overdue
		n := func(n int, href string) ui.Cell {
			if n == 0 {
				return ui.Cell{Text: "0"}
			}
			return ui.Cell{Text: i18n.Number(int64(n)), Href: href}
		}
		v.Table.Rows = append(v.Table.Rows, ui.TableRow{Cells: []ui.Cell{{Text: p.department(t.Department), Head: true},
			n(t.Open, to(t.Department, "")), n(t.Soon, to(t.Department, dueSoon)), n(t.Today, to(t.Department, dueToday)),
			n(t.Overdue, to(t.Department, dueOverdue))}})
	}
	v.Table.Empty = &ui.Empty{Title: p.T("desk.overview.empty")}
	tile := func(key string, n int, due string, red bool) ui.Tile {
		return ui.Tile{Label: p.T(key), Value: i18n.Number(int64(n)), Href: to("", due), Red: red && n > 0}
	}
	v.Tiles = ui.Tiles{Tiles: []ui.Tile{tile("desk.overview.open", sum.Open, "", false), tile("desk.overview.soon", sum.Soon, dueSoon, false),
		tile("desk.overview.today", sum.Today, dueToday, false), tile("desk.overview.overdue", sum.Overdue, dueOverdue, true)},
		Source: p.T("desk.overview.source"), At: now}
	late, _, err := d.hall.Queue(r.Context(), p.Actor, store.TaskQuery{Region: region, States: liveStates, Level: caseflow.LevelOver, Now: now, Limit: 10})
	if err != nil && err != hall.ErrNotFound {
		return err
	}
	for _, row := range late {
		v.Late = append(v.Late, p.taskLine(row, now))
	}
	return p.show("overview", v)
}
