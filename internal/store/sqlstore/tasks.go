package sqlstore

import (
	"context"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
)

// Tasks lists tasks with their cases, by due instant, those without one last.
func (s *Store) Tasks(ctx context.Context, q store.TaskQuery) ([]store.TaskItem, string, error) {
	query, args, err := tasksQuery(q)
	if err != nil {
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
	next := cursor{List: "task", At: dueMicros(last.Due), Case: string(last.Case), ID: int64(last.ID)}
	return items, next.String(), nil
}

// taskNames are the columns of tasksQuery behind its branches.
const taskNames = `id, kind, step, task_department, role, person, holder, sender, state, task_opened, done, done_by, outcome, due,
	soon, task_stopped, `

const taskSelect = `t.id, t.kind, t.step, t.department AS task_department, t.role, t.person, t.holder, t.sender, t.state,
	t.opened AS task_opened, t.done, t.done_by, t.outcome, t.due, t.soon, t.stopped AS task_stopped, `

// tasksQuery builds the statement for a page and one row more: a branch for every state and every way to belong.
func tasksQuery(q store.TaskQuery) (string, []any, error) {
	at, err := readCursor(q.Cursor, "task", cursor{At: -1 << 62})
	if err != nil {
		return "", nil, err
	}
	states := q.States
	if len(states) == 0 {
		states = []string{
			caseflow.TaskOpen, caseflow.TaskClaimed, caseflow.TaskWaiting, caseflow.TaskDone, caseflow.TaskCancelled,
		}
	}
	var all []branch
	for _, st := range states {
		for _, lead := range taskLeads(q, st) {
			b := branch{from: "case_task t JOIN cases c ON c.region = t.region AND c.case_no = t.case_no"}
			b.add("t.region = ? AND t.state = ?", q.Region, st)
			b.add(lead.cond, lead.args...)
			b.add("(t.due, t.case_no, t.id) > (?, ?, ?)", at.At, at.Case, at.ID)
			b.filterTask(q)
			all = append(all, b)
		}
	}
	query, args := union(all, taskSelect+caseCols("c."), taskNames+caseCols(""),
		"t.due, t.case_no, t.id", "due, case_no, id", limitOf(q.Limit)+1)
	return query, args, nil
}

// lead is the condition that chooses an index.
type lead struct {
	cond string
	args []any
}

// taskLeads are the ways in which a task of a state may belong to whom the query names.
func taskLeads(q store.TaskQuery, state string) []lead {
	switch {
	case q.Person != "":
		return []lead{
			{"t.holder = ? AND t.holder <> ''", []any{q.Person}},
			{"t.person = ? AND t.person <> '' AND t.holder <> ?", []any{q.Person, q.Person}},
		}
	case q.From != "":
		return []lead{{"t.sender = ? AND t.sender <> ''", []any{q.From}}}
	case q.DoneBy != "":
		return []lead{{"t.done_by = ? AND t.done_by <> ''", []any{q.DoneBy}}}
	case q.Department != "":
		return []lead{{"t.department = ?", []any{q.Department}}}
	case live(state):
		return []lead{{"t.live = 1", nil}}
	}
	return []lead{{"t.live = 0", nil}}
}

// filterTask adds what a query asks besides.
func (b *branch) filterTask(q store.TaskQuery) {
	b.equal("t.department", q.Department)
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
		b.add("t.due < ?", micros(q.DueBefore))
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

// Clocks lists clocks that fall due before an instant.
func (s *Store) Clocks(ctx context.Context, q store.ClockQuery) ([]store.ClockRow, error) {
	query, args := clocksQuery(q)
	var all []store.ClockRow
	err := s.each(ctx, func(sc scan) error {
		c, err := scanClock(sc)
		all = append(all, c)
		return err
	}, query, args...)
	return all, err
}

func clocksQuery(q store.ClockQuery) (string, []any) {
	states := q.States
	if len(states) == 0 {
		states = []string{caseflow.ClockRunning, caseflow.ClockStopped, caseflow.ClockMet, caseflow.ClockMissed, caseflow.ClockCancelled}
	}
	var all []branch
	for _, st := range states {
		b := branch{from: "case_clock"}
		b.add("region = ? AND state = ?", q.Region, st)
		b.equal("bearer", q.Bearer)
		if !q.DueBefore.IsZero() {
			b.add("due < ?", micros(q.DueBefore))
		}
		all = append(all, b)
	}
	const order = "due, case_no, id"
	return union(all, tClock.list(""), tClock.list(""), order, order, limitOf(q.Limit))
}
