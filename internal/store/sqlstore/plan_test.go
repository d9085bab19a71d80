package sqlstore

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/store/pgtest"
	"github.com/tongban/tongban/internal/store/storetest"
)

// planned is a statement whose plan is looked at.
type planned struct {
	query string
	args  []any
}

// mainQueries are the statements behind lists, searches and claims.
func mainQueries(t *testing.T, s *Store) map[string]planned {
	t.Helper()
	all := map[string]planned{
		"wake":     {wakingQuery, []any{storetest.Region, store.Micros(storetest.At(1)), store.Micros(storetest.At(1)), int64(10)}},
		"messages": {dueMessagesQuery, []any{storetest.Region, "sms", store.Micros(storetest.At(1)), store.Micros(storetest.At(1)), int64(10)}},
		"broken":   {brokenMessagesQuery, []any{storetest.Region, "sms", store.Micros(storetest.At(1)), store.Micros(storetest.At(1)), int64(10)}},
		"dead":     {dispatchesQuery, []any{storetest.Region, "dead", "", int64(0), "", int64(0), int64(0), int64(10)}},
		"attempts": {oldAttempts, []any{store.Micros(storetest.At(9)), int64(10)}},
		"placed":   {placedQuery, []any{int64(0), int64(10), store.LeafEntry}},
		"sessions": {oldSessions, []any{store.Micros(storetest.At(9)), int64(10)}},
	}
	query, args := s.messagesQuery(store.MessageQuery{Region: storetest.Region}, "citizen", cursor{At: math.MaxInt64})
	all["recipient"] = planned{query, args}
	query, args = s.messagesQuery(store.MessageQuery{Region: storetest.Region, Items: []caseflow.ItemID{"open-company", "b"}, Unread: true}, "citizen", cursor{At: math.MaxInt64})
	all["unread of items"] = planned{query, args}
	for name, q := range map[string]store.MandateQuery{"mandates of principal": {Principal: "company:1", State: store.MandateActive},
		"mandates of agent": {Agent: "a"}, "mandates between": {Principal: "company:1", Agent: "a", State: store.MandateActive}} {
		query, args := mandatesQuery(q, cursor{At: math.MaxInt64})
		all[name] = planned{query, args}
	}
	running := []caseflow.Phase{caseflow.PhaseRunning}
	for name, q := range map[string]store.CaseQuery{
		"cases": {}, "cases running": {Phases: running}, "cases of owner": {Owner: "citizen-1"}, "cases of applicant": {Document: "resident-id:1"},
		"cases of owner and items": {Owner: "citizen-1", Items: []caseflow.ItemID{"open-company", "other"}}, "cases of item": {Item: "open-company"},
		"cases of department": {Department: "tax"}, "cases of department running": {Department: "tax", Phases: running},
		"search name": {Search: "渭南"}, "search part of name": {Search: "7号科技"}, "search family name": {Search: "渭"},
		"search of owner": {Search: "科技", Owner: "citizen-1"},
		"search number":   {Search: "610500-20250303-0000"},
		"cases handed in": {When: store.WhenSubmitted, From: storetest.At(1), To: storetest.At(9)}, "cases decided": {When: store.WhenDecided},
		"promises broken": {When: store.WhenBroken, From: storetest.At(1), To: storetest.At(9000)}, "rated badly": {When: store.WhenPoor, From: storetest.At(1)},
		"promises broken of a department": {When: store.WhenBroken, Lead: "market"}, "cases ended": {When: store.WhenEnded, Item: "open-company"},
	} {
		q.Region, q.Limit = storetest.Region, 20
		query, args, err := s.casesQuery(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		all[name] = planned{query, args}
	}
	open := []string{caseflow.TaskOpen, caseflow.TaskClaimed}
	for name, q := range map[string]store.TaskQuery{
		"queue": {Department: "tax", Roles: []string{"clerk", "reviewer"}, States: open}, "tasks of person": {Person: "clerk", States: open},
		"tasks done by": {DoneBy: "clerk"}, "tasks of region": {States: open}, "ended tasks of region": {States: []string{caseflow.TaskDone}},
		"asked by": {From: "head"}, "asked by, not answered": {From: "head", States: open}, "overdue": {States: open, DueBefore: storetest.At(9)},
	} {
		q.Region, q.Limit = storetest.Region, 20
		query, args, err := tasksQuery(q, limitOf(q.Limit)+1)
		if err != nil {
			t.Fatal(err)
		}
		all[name] = planned{query, args}
	}
	var some []caseflow.CaseNo
	for n := range 12 {
		some = append(some, storetest.No(100+n))
	}
	query, args = liveClocksQuery(s.d, storetest.Region, some)
	all["live clocks"] = planned{query, args}
	all["touched"] = planned{touchedQuery, []any{storetest.Region, store.Micros(storetest.At(1)), store.Micros(storetest.At(9)), ""}}
	keys := make([][]any, 8)
	for i := range keys {
		keys[i] = []any{storetest.Region, string(storetest.No(100 + i)), int64(0)}
	}
	all["many snapshots"] = planned{manySnapshots.text(s.d, len(keys)), s.d.args(manyKinds, keys)}
	all["many entries"] = planned{manyEntries.text(s.d, len(keys)), s.d.args(manyKinds, keys)}
	query, args, err := clocksQuery(store.ClockQuery{Region: storetest.Region, DueBefore: storetest.At(9)})
	if err != nil {
		t.Fatal(err)
	}
	all["clocks"] = planned{query, args}
	regions := []string{storetest.Region, "610600"}
	query, args, err1 := tracesQuery(store.TraceQuery{Log: store.SignInLog, Regions: regions, Limit: 20}, 21)
	all["traces"] = planned{query, args}
	query, args, err2 := tracesQuery(store.TraceQuery{Log: store.SignInLog, Regions: regions, Account: "a", Limit: 20}, 21)
	all["traces of account"] = planned{query, args}
	query, args, err3 := looksQuery(store.LookQuery{Regions: regions, Limit: 20}, 21)
	all["looks"] = planned{query, args}
	query, args, err4 := s.accountsQuery(store.AccountQuery{Kind: caseflow.ActorOfficial, Regions: regions, Search: "li", Limit: 20}, 21)
	all["accounts"] = planned{query, args}
	query, args, err5 := sessionsQuery(store.SessionQuery{Regions: regions, Now: storetest.At(9), Limit: 20}, 21)
	all["open sessions"] = planned{query, args}
	query, args, err6 := shiftsQuery(store.ShiftQuery{Region: storetest.Region, Person: "clerk", Limit: 20})
	all["shifts"] = planned{query, args}
	if err := errors.Join(err1, err2, err3, err4, err5, err6); err != nil {
		t.Fatal(err)
	}
	return all
}

// Every list is a range of an index: no plan reads a big table from end to end or sorts one.
func TestPlans_use_indexes_on_SQLite(t *testing.T) {
	t.Parallel()
	s := newStore(t, Options{Address: liteFile(t)})
	fill(t, s, 30)
	bad := regexp.MustCompile(`^SCAN (c|t|x|p|j|leaf_place|cases|case_\w+|message|journal|attempt|session|mandate|licence|trace|look|account|shift|[lsah])\b|AUTOMATIC|^USE TEMP B-TREE FOR ORDER BY`)
	for name, q := range mainQueries(t, s) {
		var lines []string
		err := s.each(t.Context(), func(sc scan) error {
			var id, parent, none int64
			var detail string
			err := sc(&id, &parent, &none, &detail)
			lines = append(lines, detail)
			return err
		}, "EXPLAIN QUERY PLAN "+q.query, q.args...)
		if err != nil {
			t.Fatal(err)
		}
		for i, l := range lines {
			page := i > 0 && lines[i-1] == "SCAN branch" // the rows of a branch are a page at most
			if bad.MatchString(l) && !page {
				t.Errorf("%s: %s\n  %s\n%s", name, l, strings.Join(lines, "\n  "), q.query)
			}
		}
	}
}

// A plan that looked at the value would find that the partial index serves, and be made again for each value.
func TestPlans_do_not_depend_on_values_on_SQLite(t *testing.T) {
	s := newStore(t, Options{Address: liteFile(t)})
	var plan string
	err := s.each(t.Context(), func(sc scan) error {
		var id, parent, none int64
		return sc(&id, &parent, &none, &plan)
	}, "EXPLAIN QUERY PLAN SELECT due FROM case_clock WHERE region = ? AND state = ? ORDER BY due", storetest.Region, "running")
	if err != nil || plan == "" || strings.Contains(plan, "case_clock_running") {
		t.Errorf("the plan is %q, %v", plan, err)
	}
}

// On PostgreSQL what counts is also what is read: a page of each branch, and not the table.
func TestPlans_read_a_page_on_PostgreSQL(t *testing.T) {
	t.Parallel()
	s := newStore(t, Options{Address: pgtest.Start(t)})
	place := placeAll(t, s)
	fill(t, s, 3)
	many(t, s, 3000)
	place()
	if _, err := s.write.ExecContext(t.Context(), "VACUUM ANALYZE"); err != nil {
		t.Fatal(err)
	}
	for name, q := range mainQueries(t, s) {
		var lines []string
		err := s.each(t.Context(), func(sc scan) error {
			var l string
			err := sc(&l)
			lines = append(lines, l)
			return err
		}, "EXPLAIN (ANALYZE, TIMING OFF, SUMMARY OFF) "+q.query, q.args...)
		if err != nil {
			t.Fatal(err)
		}
		plan := strings.Join(lines, "\n")
		if m := regexp.MustCompile(`Seq Scan on \w+`).FindString(plan); m != "" {
			t.Errorf("%s: %s\n%s\n%s", name, m, plan, q.query)
		}
		most := 21 * (1 + strings.Count(q.query, "UNION ALL")) // a page and one row of each branch
		for _, m := range regexp.MustCompile(`rows=(\d+) loops|Removed by Filter: (\d+)`).FindAllStringSubmatch(plan, -1) {
			var n int
			if _, err := fmt.Sscan(m[1]+m[2], &n); err != nil || n > most {
				t.Errorf("%s: reads or drops %d rows for a page\n%s", name, n, plan)
			}
		}
	}
}

// placeAll begins the log of a store without rows, and place gives every leaf that came since its place in it.
func placeAll(t *testing.T, s *Store) (place func()) {
	t.Helper()
	head, err := s.BeginLog(t.Context(), store.LogHead{Checkpoint: []byte("none")})
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		t.Helper()
		leaves, err := s.WaitingLeaves(t.Context(), math.MaxInt32)
		if err != nil || len(leaves) < 3000 {
			t.Fatalf("%d leaves wait: %v", len(leaves), err)
		}
		if err := s.GrowLog(t.Context(), head, store.Growth{Head: store.LogHead{Size: int64(len(leaves)), Checkpoint: []byte("all")}, Leaves: leaves}); err != nil {
			t.Fatal(err)
		}
	}
}

// many adds n cases of one entry, spread over departments, owners and time, through the store's own writer.
func many(t testing.TB, s *Store, n int) {
	t.Helper()
	const group = 250
	for from := 0; from < n; from += group {
		batch := make([]*job, 0, group)
		for i := from; i < min(from+group, n); i++ {
			c := storetest.Opening(100 + i)
			c.Row.Owner = fmt.Sprint("citizen-", i%500)
			c.Row.Item = caseflow.ItemID(fmt.Sprint("item-", i%40))
			c.Row.Applicant = fmt.Sprintf("西安%d号商贸有限公司", i)
			c.Row.Departments = departments[i%6 : i%6+1]
			c.Tasks[0].Department = departments[i%6]
			c.Tasks[0].Role = []string{"clerk", "reviewer", "head"}[i/6%3]
			c.Tasks[0].Due = c.Row.Opened.Add(time.Duration(i%90) * time.Hour)
			if i/18%10 > 0 { // most have ended
				c.Row.Phase, c.Row.Wake = caseflow.PhaseClosed, time.Time{}
				c.Tasks[0].State, c.Tasks[0].DoneBy, c.Clocks[0].State = caseflow.TaskDone, fmt.Sprint("clerk", i%70), caseflow.ClockMet
			}
			rows, err := s.check(c)
			if err != nil {
				t.Fatal(err)
			}
			batch = append(batch, &job{change: c, rows: rows})
		}
		w := <-s.idle
		outcome := w.writeBatch(batch)
		s.idle <- w
		for _, err := range outcome {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
}
