package sqlstore

import (
	"context"
	"time"

	"github.com/tongban/tongban/internal/store"
)

// LastBeat returns the latest beat of any server.
func (s *Store) LastBeat(ctx context.Context) (time.Time, error) {
	var last time.Time
	err := s.one(ctx, store.Into(store.At(&last)), lastBeatQuery)
	return last, err
}

const lastBeatQuery = "SELECT COALESCE(max(at), 0) FROM beat"

// Beat records that a server is alive, and the outage if none was for so long.
func (s *Store) Beat(ctx context.Context, server string, now time.Time, pause time.Duration) (time.Time, error) {
	if err := checkText([]any{server}); err != nil {
		return time.Time{}, err
	}
	var last time.Time
	err := s.tx(ctx, func(w *writer) error {
		if err := w.query(store.Into(store.At(&last)), lastBeatQuery); err != nil {
			return err
		}
		if !last.IsZero() && now.Sub(last) >= pause { // of servers that find it at one time, one has it
			row := []any{store.Micros(last), store.Micros(now), "", "", int64(0), int64(0), int64(0), int64(0), int64(0)}
			if err := w.many(tOutage.keep, [][]any{row}, nil); err != nil {
				return err
			}
		}
		return w.many(tBeat.put, [][]any{{server, store.Micros(now)}}, nil)
	})
	return last, err
}

// Outages lists those that running cases have not all been told of, oldest first.
func (s *Store) Outages(ctx context.Context) ([]store.OutageRow, error) {
	var all []store.OutageRow
	err := s.each(ctx, store.List(&all, scanOutage), "SELECT "+tOutage.list("")+" FROM outage WHERE finished = 0 ORDER BY began")
	return all, err
}

func scanOutage(sc scan) (store.OutageRow, error) {
	var o store.OutageRow
	var lease int64
	err := sc(store.At(&o.From), store.At(&o.To), &o.Holder, &o.Cursor, &o.Cases, &o.Clocks, &o.Failed, &lease, store.At(&o.Finished))
	return o, err
}

// ClaimOutage leases the pass of an outage.
func (s *Store) ClaimOutage(ctx context.Context, from time.Time, holder string, now, lease time.Time) (store.OutageRow, error) {
	return claim(ctx, s, tOutage, store.Micros(from), holder, now, lease, func(sc scan) (store.OutageRow, store.Progress, error) {
		o, err := scanOutage(sc)
		return o, o.Progress, err
	})
}

// KeepOutage records how far the holder has come.
func (s *Store) KeepOutage(ctx context.Context, o store.OutageRow, lease time.Time) error {
	return s.keepProgress(ctx, tOutage, store.Micros(o.From), &o.Progress, lease)
}

// claim leases the unfinished pass of a row, known by the table's first column.
func claim[T any](ctx context.Context, s *Store, t *table, key any, holder string, now, lease time.Time, read func(scan) (T, store.Progress, error)) (row T, err error) {
	if err := checkText([]any{holder}); err != nil {
		return row, err
	}
	err = s.tx(ctx, func(w *writer) error {
		n, err := w.count("UPDATE "+t.name+" SET holder = ?, lease = ? WHERE "+t.cols[0]+" = ? AND finished = 0 AND (holder = ? OR lease <= ?)",
			holder, store.Micros(lease), key, holder, store.Micros(now))
		if err != nil {
			return err
		}
		found := false
		var p store.Progress
		err = w.query(func(sc scan) (err error) {
			found = true
			row, p, err = read(sc)
			return err
		}, "SELECT "+t.list("")+" FROM "+t.name+" WHERE "+t.cols[0]+" = ?", key)
		switch {
		case err != nil || n == 1:
			return err
		case !found || !p.Finished.IsZero():
			return store.ErrNotFound
		}
		return store.ErrBusy
	})
	return row, err
}

// keepProgress records how far the holder of a pass has come.
func (s *Store) keepProgress(ctx context.Context, t *table, key any, p *store.Progress, lease time.Time) error {
	if err := checkText([]any{p.Holder, p.Cursor}); err != nil {
		return err
	}
	return s.tx(ctx, func(w *writer) error {
		n, err := w.count("UPDATE "+t.name+" SET cursor = ?, cases = ?, clocks = ?, failed = ?, lease = ?, finished = ? WHERE "+t.cols[0]+
			" = ? AND holder = ? AND finished = 0", p.Cursor, int64(p.Cases), int64(p.Clocks), int64(p.Failed), store.Micros(lease),
			store.Micros(p.Finished), key, p.Holder)
		if err == nil && n == 0 {
			err = store.ErrConflict
		}
		return err
	})
}
