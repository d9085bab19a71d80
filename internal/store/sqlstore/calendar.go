package sqlstore

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
)

// AddCalendar stores the next version, when no change is being written: each was decided before it, or must be after it.
func (s *Store) AddCalendar(ctx context.Context, c store.CalendarRow, traces ...store.Trace) error {
	row := []any{int64(c.Version), c.Name, blob(c.Text), c.Digest, c.Source, c.Reason, c.By, store.Micros(c.Loaded), c.Holder, c.Cursor,
		int64(c.Cases), int64(c.Clocks), int64(c.Failed), int64(0), store.Micros(c.Finished)}
	leaf, err := c.Leaf(s.Suite())
	traced, wrong := s.traceRows(traces)
	if err = errors.Join(err, wrong, checkText(row)); err != nil {
		return err
	}
	return s.leafTx(ctx, func(w *writer) error {
		if s.d.alone != "" {
			if err := w.exec(s.d.alone); err != nil {
				return err
			}
		}
		version, finished := 0, true
		if err := w.query(scanVersion(&version, &finished), calendarVersionQuery); err != nil {
			return err
		}
		if c.Version != version+1 || !finished {
			return store.ErrConflict
		}
		if err := w.together(step{shape: tCalendar.add, rows: [][]any{row}}, step{shape: tWaiting.add, rows: [][]any{leafRow(&leaf)}}); err != nil {
			return err
		}
		return w.trace(traced)
	})
}

const calendarVersionQuery = "SELECT version, finished FROM calendar ORDER BY version DESC LIMIT 1"

func scanVersion(version *int, finished *bool) func(scan) error {
	return func(sc scan) error {
		var at int64
		err := sc(version, &at)
		*finished = at != 0
		return err
	}
}

// CalendarVersion tells the newest version.
func (s *Store) CalendarVersion(ctx context.Context) (version int, finished bool, err error) {
	finished = true
	err = s.each(ctx, scanVersion(&version, &finished), calendarVersionQuery)
	return version, finished, err
}

// Calendars lists all versions, oldest first.
func (s *Store) Calendars(ctx context.Context) ([]store.CalendarRow, error) {
	var all []store.CalendarRow
	err := s.each(ctx, store.List(&all, scanCalendar), "SELECT "+tCalendar.list("")+" FROM calendar ORDER BY version")
	return all, err
}

func scanCalendar(sc scan) (store.CalendarRow, error) {
	var c store.CalendarRow
	var lease int64
	err := sc(&c.Version, &c.Name, &c.Text, &c.Digest, &c.Source, &c.Reason, &c.By, store.At(&c.Loaded), &c.Holder, &c.Cursor, &c.Cases, &c.Clocks,
		&c.Failed, &lease, store.At(&c.Finished))
	return c, err
}

// ClaimCalendar leases the pass of a version.
func (s *Store) ClaimCalendar(ctx context.Context, version int, holder string, now, lease time.Time) (store.CalendarRow, error) {
	return claim(ctx, s, tCalendar, int64(version), holder, now, lease, func(sc scan) (store.CalendarRow, store.Progress, error) {
		c, err := scanCalendar(sc)
		return c, c.Progress, err
	})
}

// KeepCalendar records how far the holder has come.
func (s *Store) KeepCalendar(ctx context.Context, c store.CalendarRow, lease time.Time) error {
	return s.keepProgress(ctx, tCalendar, int64(c.Version), &c.Progress, lease)
}

const touchedQuery = `SELECT case_no, since, due FROM case_clock
	WHERE region = ? AND state = 'running' AND due >= ? AND since < ? AND case_no > ?`

// Touched lists the cases whose running clocks meet the spans: a range of the index of running clocks, which holds all that is
// asked.
func (s *Store) Touched(ctx context.Context, region string, spans []store.Span, after caseflow.CaseNo) ([]caseflow.CaseNo, error) {
	if len(spans) == 0 {
		return nil, nil
	}
	lo, hi := spans[0].From, spans[0].To
	for _, sp := range spans[1:] {
		if sp.From.Before(lo) {
			lo = sp.From
		}
		if sp.To.After(hi) {
			hi = sp.To
		}
	}
	from, to := make([]int64, len(spans)), make([]int64, len(spans))
	for i, sp := range spans {
		from[i], to[i] = sp.From.UnixMicro(), sp.To.UnixMicro()
	}
	var all []caseflow.CaseNo
	var since, due int64
	err := s.each(ctx, func(sc scan) error {
		var no caseflow.CaseNo
		if err := sc(&no, &since, &due); err != nil {
			return err
		}
		for i := range from {
			if due >= from[i] && since < to[i] {
				all = append(all, no)
				break
			}
		}
		return nil
	}, touchedQuery, region, lo.UnixMicro(), hi.UnixMicro(), string(after))
	slices.Sort(all)
	return slices.Compact(all), err
}

// StoppedClocks lists the first clocks that stand still, and counts all of them.
func (s *Store) StoppedClocks(ctx context.Context, region string, limit int) (all []store.ClockRow, total int, err error) {
	const stopped = " FROM case_clock WHERE region = ? AND state = 'stopped'"
	if err = s.one(ctx, store.Into(&total), "SELECT COUNT(*)"+stopped, region); err != nil || total == 0 {
		return nil, total, err
	}
	err = s.each(ctx, store.List(&all, scanClock), "SELECT "+tClock.list("")+stopped+" ORDER BY case_no, id LIMIT ?", region, limit)
	return all, total, err
}

// manyCases is how many cases LoadMany reads at once, a power of two.
const manyCases = 128

// LoadMany loads cases of a region. What was written in between makes a snapshot older than it needs to be, as in Load.
func (s *Store) LoadMany(ctx context.Context, region string, cases []caseflow.CaseNo) ([]*store.Loaded, error) {
	all := make([]*store.Loaded, 0, len(cases))
	for some := range slices.Chunk(cases, manyCases) {
		got, err := s.loadSome(ctx, region, some)
		if err != nil {
			return nil, err
		}
		all = append(all, got...)
	}
	return all, nil
}

func (s *Store) loadSome(ctx context.Context, region string, cases []caseflow.CaseNo) ([]*store.Loaded, error) {
	found := make(map[caseflow.CaseNo]*store.Loaded, len(cases))
	keys := make([][]any, manyCases)
	for i := range keys {
		keys[i] = []any{region, "", int64(0)} // no case has this number
		if i < len(cases) {
			keys[i][1] = string(cases[i])
			found[cases[i]] = &store.Loaded{}
		}
	}
	err := s.each(ctx, func(sc scan) error {
		var no caseflow.CaseNo
		l := &store.Loaded{}
		err := sc(&no, &l.SnapshotNo, (*zipped)(&l.Snapshot), &l.SnapshotLeaf)
		found[no] = l
		return err
	}, manySnapshots.text(s.d, manyCases), s.d.args(manySnapshots.kinds, keys)...)
	if err != nil {
		return nil, err
	}
	for i, no := range cases {
		keys[i][2] = int64(found[no].SnapshotNo)
	}
	err = s.each(ctx, func(sc scan) error {
		var no caseflow.CaseNo
		e, err := scanEntry(sc, &no)
		if l := found[no]; l != nil {
			l.Entries = append(l.Entries, e)
		}
		return err
	}, manyEntries.text(s.d, manyCases), s.d.args(manyEntries.kinds, keys)...)
	if err != nil {
		return nil, err
	}
	all := make([]*store.Loaded, len(cases))
	for i, no := range cases {
		l := found[no]
		if l.Snapshot == nil && len(l.Entries) == 0 {
			continue
		}
		slices.SortFunc(l.Entries, func(a, b store.Entry) int { return a.No - b.No })
		all[i] = l
	}
	return all, nil
}

var manyKinds = []kind{text, text, num}

// manySnapshots and manyEntries walk the cases, and look each up: the order of the join is fixed.
var (
	manySnapshots = &shape{manyKinds, func(d *dialect, n int) string {
		return "SELECT s.case_no, s.no, s.body, j.leaf FROM (" + d.rows(manyKinds, n) + `) AS v CROSS JOIN case_snapshot s CROSS JOIN journal j
			WHERE s.region = v.column1 AND s.case_no = v.column2 AND j.region = s.region AND j.case_no = s.case_no AND j.no = s.no`
	}}
	manyEntries = &shape{manyKinds, func(d *dialect, n int) string {
		return "SELECT j.case_no, " + behind("j.", entryCols) + " FROM (" + d.rows(manyKinds, n) + `) AS v CROSS JOIN journal j
			WHERE j.region = v.column1 AND j.case_no = v.column2 AND j.no > v.column3`
	}}
)

// behind puts a prefix before each column of a list.
func behind(prefix, cols string) string {
	return prefix + strings.ReplaceAll(cols, ", ", ", "+prefix)
}
