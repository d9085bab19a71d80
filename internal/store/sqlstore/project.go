package sqlstore

import (
	"maps"
	"math/bits"
	"slices"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
)

// caseState is the state of a case's row: its last entry, and what stands in other rows and in indexes.
type caseState struct {
	entry       int
	tip         string // leaf of the entry
	stage       string
	searched    string // the names under whose pairs it stands: of a private draft, none
	departments string // as it is stored
	opened      int64
	index       []any // values of the indexed columns
}

// The places of columns of cases.
var departmentsAt, findAt = slices.Index(tCase.cols, "departments"), slices.Index(tCase.cols, "find")

// stateOf is what other rows say of the case after a change.
func stateOf(c *changeRows) caseState {
	return caseState{stage: stage(c.Row.Phase), searched: searched(&c.Row, c.row[findAt].(string)), departments: c.row[departmentsAt].(string),
		opened: store.Micros(c.Row.Opened)}
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
		o.tip, o.departments, o.index = string(tip), departments, []any{item, o.stage, owner, document, o.opened, submitted, decided, ended, wake}
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
	sum := &changeRows{Change: next.Change, opens: c.opens, row: next.row, more: make([][][]any, len(moreTables)), was: c.was,
		counts: slices.Concat(c.counts, next.counts)}
	for i := range moreTables {
		rows := slices.Clone(c.more[i])
		for n, r := range next.more[i] {
			if at := slices.IndexFunc(rows, func(o []any) bool { return sameKey(moreTables[i].table, o, r) }); at >= 0 {
				rows[at] = r
				continue
			}
			rows = append(rows, r)
			if i < len(sum.was) {
				sum.was[i] = append(slices.Clip(sum.was[i]), next.was[i][n])
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
	var regions, cases, wasCases [][]any
	sums := totals{}
	all := make([][][]any, len(moreTables))
	var was [clocksAt + 1][][]any
	for _, c := range changes {
		o := old[c.Key]
		now := stateOf(c)
		cases, wasCases = append(cases, c.row), append(wasCases, o.index)
		if o.opened != now.opened || o.stage != now.stage || o.departments != now.departments {
			parties.add(partyRows(c.Key, o), partyRows(c.Key, now))
		}
		if o.opened != now.opened || o.searched != now.searched {
			grams.add(gramRows(c.Key, o), gramRows(c.Key, now))
		}
		if _, known := w.s.regions.Load(c.Region); c.opens && !known {
			regions = append(regions, []any{c.Region})
		}
		for _, one := range c.counts {
			sums.marks(one.Region, one.Row.Item, one.Marks, 1)
			sums.marks(one.Region, one.Row.Item, one.WasMarks, -1)
		}
		for i, rows := range c.more {
			all[i] = append(all[i], rows...)
		}
		for i, rows := range c.was {
			was[i] = append(was[i], rows...)
		}
	}
	steps := w.puts(tCase, cases, wasCases)
	for i := range was {
		steps = append(steps, w.puts(moreTables[i].table, all[i], was[i])...)
	}
	for i := len(was); i < len(moreTables); i++ {
		steps = append(steps, step{shape: moreTables[i].write, rows: all[i]})
	}
	return append(steps, step{shape: tParty.drop, rows: parties.gone}, step{shape: tParty.keep, rows: parties.come},
		step{shape: tGram.drop, rows: grams.gone}, step{shape: tGram.keep, rows: grams.come}, step{shape: tRegion.keep, rows: regions},
		step{shape: addTotals, rows: sums.rows(w.slot)})
}

// puts returns the steps that insert or replace rows of a table. Where an update rewrites every index on a column that it
// names, rows go by which of their indexed columns change, and only these are named; was is the values before beside each row, nil
// for one that is new.
func (w *writer) puts(t *table, rows, was [][]any) []step {
	if !w.s.d.reindex {
		return []step{{shape: t.put, rows: rows}}
	}
	groups := map[uint][][]any{}
	for i, r := range rows {
		mask := t.changed(was[i], r)
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
