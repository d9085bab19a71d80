package sqlstore

import (
	"maps"
	"math/bits"
	"slices"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
)

// rowKey is the key of a task or clock; id is its number or name, and nil of a case.
type rowKey struct {
	region, caseNo string
	id             any
}

func keyOf(row []any) rowKey { return rowKey{row[0].(string), row[1].(string), row[2]} }

// caseState is the state of a case's row: its last entry, and what stands in other rows and in indexes.
type caseState struct {
	entry       int
	tip         string // leaf of the entry
	stage       string
	searched    string // the names under whose pairs it stands: of a private draft, none
	departments []string
	opened      int64
	index       []any // values of the indexed columns
}

// stateOf is the state after a change.
func stateOf(c *changeRows) caseState {
	r := &c.Row
	return caseState{c.Entry.No, string(c.Entry.Leaf), stage(r.Phase), searched(r, names(r)), r.Departments, store.Micros(r.Opened),
		tCase.indexOf(c.row)}
}

// searched is those of the names under whose pairs the case stands.
func searched(r *store.CaseRow, names string) string {
	if r.Private() {
		return ""
	}
	return names
}

// readOld returns the steps that begin a transaction, and those of readStanding.
func (w *writer) readOld(batch []*job, old map[store.Key]caseState, calendar *int) []step {
	return append([]step{{text: w.s.d.begin}}, w.readStanding(batch, old, calendar)...)
}

// readStanding returns the steps that read the newest version of the calendars, which stays the newest until the end of the
// transaction, and the rows of the cases that the batch changes.
func (w *writer) readStanding(batch []*job, old map[store.Key]caseState, calendar *int) []step {
	lock := step{shape: lockCases, each: scanOldCase(old)}
	var last store.Key
	for _, j := range batch {
		if j.change.Key != last {
			last = j.change.Key
			lock.rows = append(lock.rows, j.rows.entry[:2])
		}
	}
	var steps []step
	if w.s.d.abreast != "" {
		steps = append(steps, step{text: w.s.d.abreast})
	}
	return append(steps, step{shape: newestCalendar, rows: [][]any{{}}, each: func(sc scan) error { return sc(calendar) }}, lock)
}

// newestCalendar reads the newest version of the calendars.
var newestCalendar = &shape{nil, func(*dialect, int) string { return "SELECT COALESCE(max(version), 0) FROM calendar" }}

var lockCases = &shape{tCase.kinds[:2], func(d *dialect, n int) string {
	return "SELECT region, case_no, entry, tip, phase, channel, departments, find, item, stage, owner, document, opened, submitted, decided, ended, wake FROM cases WHERE " +
		among(d, tCase.cols[:2], tCase.kinds[:2], n) + d.lock
}}

// scanOldCase reads a row of lockCases. A case that is new is not among them.
func scanOldCase(old map[store.Key]caseState) func(scan) error {
	return func(sc scan) error {
		var k store.Key
		var o caseState
		var r store.CaseRow
		var tip []byte
		var departments, find, item, owner, document string
		var submitted, decided, ended, wake int64
		err := sc(&k.Region, &k.Case, &o.entry, &tip, &r.Phase, &r.Channel, &departments, &find, &item, &o.stage, &owner, &document, &o.opened, &submitted, &decided, &ended, &wake)
		o.searched = searched(&r, find)
		o.tip, o.departments, o.index = string(tip), list(departments), []any{item, o.stage, owner, document, o.opened, submitted, decided, ended, wake}
		old[k] = o
		return err
	}
}

// fold makes one change of those that follow one another in a case: the last value of each row stands.
func fold(changes []*changeRows) []*changeRows {
	var all []*changeRows
	for _, c := range changes {
		if n := len(all); n > 0 && all[n-1].Key == c.Key {
			all[n-1] = all[n-1].followed(c)
			continue
		}
		all = append(all, c)
	}
	return all
}

// followed is the change that comes to the same as this one and the next.
func (c *changeRows) followed(next *changeRows) *changeRows {
	sum := &changeRows{Change: next.Change, opens: c.opens, row: next.row, more: make([][][]any, len(moreTables)), was: maps.Clone(c.was),
		totals: maps.Clone(c.totals)}
	sum.totals.add(next.totals)
	for i := range moreTables {
		rows := slices.Clone(c.more[i])
		for _, r := range next.more[i] {
			if at := slices.IndexFunc(rows, func(o []any) bool { return sameKey(moreTables[i].table, o, r) }); at >= 0 {
				rows[at] = r
				continue
			}
			rows = append(rows, r)
			if i == tasksAt || i == clocksAt {
				if k := keyOf(r); next.was[k] != nil {
					sum.was[k] = next.was[k]
				}
			}
		}
		sum.more[i] = rows
	}
	sum.more[freedAt] = without(c.more[freedAt], firsts(next.more[namesAt], tNameOf.key))
	sum.more[freedAt] = append(sum.more[freedAt], next.more[freedAt]...)
	return sum
}

// firsts are the leading columns of rows.
func firsts(rows [][]any, n int) [][]any {
	out := make([][]any, len(rows))
	for i, r := range rows {
		out[i] = r[:n]
	}
	return out
}

func sameKey(t *table, a, b []any) bool { return slices.Equal(a[:t.key], b[:t.key]) }

// project returns the steps that write the rows derived from the journal, and the messages. There is one change a case.
func (w *writer) project(changes []*changeRows, old map[store.Key]caseState) []step {
	var parties, grams rowDiff
	var regions, cases [][]any
	sums := totals{}
	all := make([][][]any, len(moreTables))
	was := make(map[rowKey][]any, 4*len(changes))
	for _, c := range changes {
		o := old[c.Key]
		now := stateOf(c)
		cases = append(cases, c.row)
		if o.index != nil {
			was[rowKey{c.Region, string(c.Case), nil}] = o.index
		}
		if o.opened != now.opened || o.stage != now.stage || !slices.Equal(o.departments, now.departments) {
			parties.add(partyRows(c.Key, o), partyRows(c.Key, now))
		}
		if o.opened != now.opened || o.searched != now.searched {
			grams.add(gramRows(c.Key, o), gramRows(c.Key, now))
		}
		if _, known := w.s.regions.Load(c.Region); c.opens && !known {
			regions = append(regions, []any{c.Region})
		}
		maps.Copy(was, c.was)
		sums.add(c.totals)
		for i, rows := range c.more {
			all[i] = append(all[i], rows...)
		}
	}
	steps := w.puts(tCase, cases, func(row []any) []any { return was[rowKey{row[0].(string), row[1].(string), nil}] })
	before := func(row []any) []any { return was[keyOf(row)] }
	steps = append(steps, w.puts(tTask, all[tasksAt], before)...)
	steps = append(steps, w.puts(tClock, all[clocksAt], before)...)
	for i := clocksAt + 1; i < len(moreTables); i++ {
		steps = append(steps, step{shape: moreTables[i].write, rows: all[i]})
	}
	return append(steps, step{shape: tParty.drop, rows: parties.gone}, step{shape: tParty.keep, rows: parties.come},
		step{shape: tGram.drop, rows: grams.gone}, step{shape: tGram.keep, rows: grams.come}, step{shape: tRegion.keep, rows: regions},
		step{shape: addTotals, rows: sums.rows(w.slot)})
}

// puts returns the steps that insert or replace rows of a table. Where an update rewrites every index on a column that it
// names, rows go by which of their indexed columns change, and only these are named; was gives the values before, nil for
// a row that is new.
func (w *writer) puts(t *table, rows [][]any, was func(row []any) []any) []step {
	if !w.s.d.reindex {
		return []step{{shape: t.put, rows: rows}}
	}
	groups := map[uint][][]any{}
	for _, r := range rows {
		mask := t.changed(was(r), r)
		groups[mask] = append(groups[mask], r)
	}
	var steps []step
	for _, mask := range slices.Sorted(maps.Keys(groups)) {
		steps = append(steps, step{shape: w.putOf(t, mask), rows: groups[mask]})
	}
	return steps
}

// masked is a table and which of its indexed columns change.
type masked struct {
	t    *table
	mask uint
}

// putOf is the statement that replaces rows whose indexed columns change as the mask says, made once per connection.
func (w *writer) putOf(t *table, mask uint) *shape {
	if bits.OnesCount(mask) == len(t.indexed) {
		return t.put
	}
	k := masked{t, mask}
	if w.puttings[k] == nil {
		w.puttings[k] = t.putting(mask)
	}
	return w.puttings[k]
}

// rowDiff collects the rows that have to go and to come; those that stand already are left alone.
type rowDiff struct{ gone, come [][]any }

func (d *rowDiff) add(old, now [][]any) {
	d.gone = append(d.gone, without(old, now)...)
	d.come = append(d.come, without(now, old)...)
}

// without is the rows that are not among the others.
func without(rows, others [][]any) [][]any {
	return slices.DeleteFunc(slices.Clone(rows), func(r []any) bool {
		return slices.ContainsFunc(others, func(o []any) bool { return slices.Equal(r, o) })
	})
}

// stage is where a case stands in the lists: open, or the phase in which it ended.
func stage(p caseflow.Phase) string {
	if p.Open() {
		return stageOpen
	}
	return string(p)
}

const stageOpen = "open"
