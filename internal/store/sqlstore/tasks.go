package sqlstore

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
)

// Tasks lists tasks with their cases, in the order of the query.
func (s *Store) Tasks(ctx context.Context, q store.TaskQuery) ([]store.TaskItem, string, error) {
	query, args, err := tasksQuery(q, limitOf(q.Limit)+1)
	if err != nil || query == "" {
		return nil, "", err
	}
	limit := limitOf(q.Limit)
	items := make([]store.TaskItem, 0, min(limit, 50))
	err = s.each(ctx, func(sc scan) error {
		var i store.TaskItem
		err := scanTask(sc, &i)
		items = append(items, i)
		return err
	}, query, args...)
	if err != nil || len(items) <= limit {
		return items, "", err
	}
	items = items[:limit]
	last := items[limit-1].TaskRow
	next := cursor{List: string(q.Order()), At: taskOrders[q.Order()].at(&last), Case: string(last.Case), ID: int64(last.ID)}
	return items, next.String(), nil
}

// taskOrder is an order as a statement has it: the column that leads, then case and task, rising or falling.
type taskOrder struct {
	col   string
	falls bool
	at    func(*store.TaskRow) int64
}

var taskOrders = map[store.TaskOrder]taskOrder{
	store.ByDue:   {"due", false, func(t *store.TaskRow) int64 { return dueMicros(t.Due) }},
	store.ByDone:  {"done", true, func(t *store.TaskRow) int64 { return store.Micros(t.Done) }},
	store.ByAsked: {"opened", true, func(t *store.TaskRow) int64 { return store.Micros(t.Opened) }},
}

// sorted is the order of columns of a table, by the column that leads and then by case and task.
func (o taskOrder) sorted(table, lead string) string {
	way := ""
	if o.falls {
		way = " DESC"
	}
	return table + lead + way + ", " + table + "case_no" + way + ", " + table + "id" + way
}

const taskSelect = `t.id, t.kind, t.step, t.department, t.role, t.person, t.holder, t.sender, t.state, t.opened, t.done, t.done_by,
	t.outcome, t.due, t.soon, t.stopped, `

// tasksQuery builds the statement for some rows. The branches yield keys, most of them from an index alone; rows are read in full
// for those that the page shows. CROSS keeps SQLite at this order, and means nothing to PostgreSQL.
func tasksQuery(q store.TaskQuery, rows int) (string, []any, error) {
	branches, err := taskBranches(q)
	if err != nil || len(branches) == 0 {
		return "", nil, err
	}
	o := taskOrders[q.Order()]
	keys, args := union(branches, "t.case_no, t.id, t."+o.col, "case_no, id, "+o.col, o.sorted("t.", o.col), o.sorted("", o.col), rows)
	return "SELECT " + taskSelect + caseCols("c.") + " FROM (" + keys + ") AS page CROSS JOIN case_task t CROSS JOIN cases c" +
		" WHERE t.region = ? AND t.case_no = page.case_no AND t.id = page.id AND c.region = ? AND c.case_no = page.case_no" +
		" ORDER BY " + o.sorted("page.", o.col), append(args, q.Region, q.Region), nil
}

// taskBranches are the ranges in which such tasks stand; none if there can be no such task.
func taskBranches(q store.TaskQuery) ([]branch, error) {
	o := taskOrders[q.Order()]
	at, err := readCursor(q.Cursor, string(q.Order()), cursor{})
	if err != nil {
		return nil, err
	}
	after, from := ">", "case_task t"
	if o.falls {
		after = "<"
	}
	if q.Item != "" || len(q.Assisted) > 0 {
		from += " JOIN cases c ON c.region = t.region AND c.case_no = t.case_no"
	}
	var all []branch
	for _, lead := range taskLeads(q) {
		b := branch{from: from}
		b.add("t.region = ?", q.Region)
		b.add(lead.cond, lead.args...)
		if q.Cursor != "" { // SQLite compares row by row
			b.add("(t."+o.col+", t.case_no, t.id) "+after+" (?, ?, ?)", at.At, at.Case, at.ID)
		}
		in(&b.where, "t.state", lead.states)
		b.filterTask(q)
		all = append(all, b)
	}
	return all, nil
}

// lead is the condition that chooses an index, and the states that are left to be filtered.
type lead struct {
	cond   string
	args   []any
	states []string
}

// taskLeads are the ranges in which tasks of the query stand; none if it asks for what cannot be.
func taskLeads(q store.TaskQuery) []lead {
	var alive, ended []string
	for _, st := range q.States {
		if live(st) {
			alive = append(alive, st)
		} else {
			ended = append(ended, st)
		}
	}
	all := len(q.States) == 0
	switch {
	case q.Person != "" && len(alive) == 0 && !all:
		return nil
	case q.Person != "":
		return []lead{
			{"t.holder = ? AND t.holder <> '' AND t.live = 1", []any{q.Person}, alive},
			{"t.person = ? AND t.person <> '' AND t.live = 1 AND t.holder <> ?", []any{q.Person, q.Person}, alive},
		}
	case q.From != "" && q.Order() == store.ByDue:
		return []lead{{"t.sender = ? AND t.sender <> '' AND t.live = 1", []any{q.From}, q.States}}
	case q.From != "":
		return []lead{{"t.sender = ? AND t.sender <> ''", []any{q.From}, q.States}}
	case q.DoneBy != "":
		return []lead{{"t.done_by = ? AND t.done_by <> ''", []any{q.DoneBy}, q.States}}
	case q.Department != "":
		return departmentLeads(q)
	}
	var leads []lead
	if all || len(alive) > 0 {
		leads = append(leads, lead{"t.live = 1", nil, alive})
	}
	if all || len(ended) > 0 {
		leads = append(leads, lead{"t.live = 0", nil, ended})
	}
	return leads
}

// departmentLeads are a range for each department and state.
func departmentLeads(q store.TaskQuery) []lead {
	states := q.States
	if len(states) == 0 {
		states = []string{
			caseflow.TaskOpen, caseflow.TaskClaimed, caseflow.TaskWaiting, caseflow.TaskDone, caseflow.TaskCancelled,
		}
	}
	var leads []lead
	for _, department := range together(q.Department, q.Succeeds) {
		for _, st := range states {
			leads = append(leads, lead{cond: "t.department = ? AND t.state = ?", args: []any{department, st}})
		}
	}
	return leads
}

// filterTask adds what a query asks besides.
func (b *branch) filterTask(q store.TaskQuery) {
	if q.Person != "" || q.From != "" || q.DoneBy != "" { // else the department leads
		in(&b.where, "t.department", together(q.Department, q.Succeeds))
	}
	in(&b.where, "t.role", q.Roles)
	in(&b.where, "t.kind", q.Kinds)
	b.equal("c.item", string(q.Item))
	in(&b.where, "c.assisted", q.Assisted)
	if q.Person != "" || q.From != "" {
		b.equal("t.done_by", q.DoneBy)
	}
	if q.Person != "" {
		b.equal("t.sender", q.From)
	}
	if !q.DueBefore.IsZero() {
		b.add("t.due < ?", store.Micros(q.DueBefore))
	}
	at, midnight := q.Now.UnixMicro(), endOfDay(q.Now)
	switch q.Level {
	case caseflow.LevelSoon:
		b.add("t.stopped = 0 AND t.due > ? AND t.due <> ? AND t.soon > 0 AND t.soon <= ?", midnight, int64(noDue), at)
	case caseflow.LevelToday:
		b.add("t.stopped = 0 AND t.due > ? AND t.due <= ?", at, midnight)
	case caseflow.LevelOver:
		b.add("t.stopped = 0 AND t.due <= ?", at)
	}
}

// endOfDay is 24:00 of the day of an instant, when most limits end.
func endOfDay(now time.Time) int64 {
	y, m, d := now.In(shanghai).Date()
	return time.Date(y, m, d+1, 0, 0, 0, 0, shanghai).UnixMicro()
}

// shanghai is the zone in which a day ends. Constant: China has had no summer time since 1991.
var shanghai = time.FixedZone("Asia/Shanghai", 8*60*60)

// Tally counts the open work of a region.
func (s *Store) Tally(ctx context.Context, region string, now time.Time) ([]store.Tally, error) {
	at, midnight := now.UnixMicro(), endOfDay(now)
	var all []store.Tally
	err := s.each(ctx, func(sc scan) error {
		var t store.Tally
		err := sc(&t.Department, &t.Open, &t.Soon, &t.Today, &t.Overdue)
		all = append(all, t)
		return err
	}, `SELECT department, count(*),
			SUM(CASE WHEN stopped = 0 AND due > ? AND due <> ? AND soon > 0 AND soon <= ? THEN 1 ELSE 0 END),
			SUM(CASE WHEN stopped = 0 AND due > ? AND due <= ? THEN 1 ELSE 0 END),
			SUM(CASE WHEN stopped = 0 AND due <= ? THEN 1 ELSE 0 END)
		FROM case_task WHERE region = ? AND live = 1 GROUP BY department ORDER BY department`,
		midnight, int64(noDue), at, at, midnight, at, region)
	return all, err
}

// Clocks lists running clocks by due instant.
func (s *Store) Clocks(ctx context.Context, q store.ClockQuery) ([]store.ClockRow, string, error) {
	query, args, err := clocksQuery(q)
	if err != nil {
		return nil, "", err
	}
	var all []store.ClockRow
	err = s.each(ctx, store.List(&all, scanClock), query, args...)
	limit := limitOf(q.Limit)
	if err != nil || len(all) <= limit {
		return all, "", err
	}
	last := all[limit-1]
	next := cursor{List: "clock", At: dueMicros(last.Due), Case: string(last.Case), Clock: last.ID}
	return all[:limit], next.String(), nil
}

// clocksQuery builds the statement for a page and one row more.
func clocksQuery(q store.ClockQuery) (string, []any, error) {
	at, err := readCursor(q.Cursor, "clock", cursor{At: -1 << 62})
	if err != nil {
		return "", nil, err
	}
	b := branch{from: "case_clock"}
	b.add("region = ? AND state = 'running' AND (due, case_no, id) > (?, ?, ?)", q.Region, at.At, at.Case, at.Clock)
	b.equal("bearer", q.Bearer)
	if !q.DueFrom.IsZero() {
		b.add("due >= ?", store.Micros(q.DueFrom))
	}
	if !q.DueBefore.IsZero() {
		b.add("due < ?", store.Micros(q.DueBefore))
	}
	query, args := union([]branch{b}, tClock.list(""), "", "due, case_no, id", "", limitOf(q.Limit)+1)
	return query, args, nil
}

// maxCases is how many cases LiveClocks takes.
const maxCases = 200

// LiveClocks lists the clocks of cases that run or are stopped.
func (s *Store) LiveClocks(ctx context.Context, region string, cases []caseflow.CaseNo) ([]store.ClockRow, error) {
	if len(cases) == 0 {
		return nil, nil
	}
	if len(cases) > maxCases {
		return nil, fmt.Errorf("store: clocks of %d cases at once, at most %d", len(cases), maxCases)
	}
	query, args := liveClocksQuery(s.d, region, cases)
	var all []store.ClockRow
	err := s.each(ctx, store.List(&all, scanClock), query, args...)
	slices.SortFunc(all, func(a, b store.ClockRow) int {
		return cmp.Or(strings.Compare(string(a.Case), string(b.Case)), strings.Compare(a.ID, b.ID))
	})
	return all, err
}

// liveClocksQuery asks for a number of cases that is a power of two, the last one several times, so that few statements are
// prepared.
func liveClocksQuery(d *dialect, region string, cases []caseflow.CaseNo) (string, []any) {
	n := 1
	for n < len(cases) {
		n *= 2
	}
	keys := make([][]any, n)
	for i := range keys {
		keys[i] = []any{region, string(cases[min(i, len(cases)-1)])}
	}
	return "SELECT " + tClock.list("") + " FROM case_clock WHERE " + among(d, tClock.cols[:2], tClock.kinds[:2], n) +
		" AND state IN ('running', 'stopped')", d.args(tClock.kinds[:2], keys)
}
