package sqlstore

import (
	"context"
	"errors"
	"math"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
)

const entryCols = "no, request, body, at, actor_id, actor_kind, actor_department, actor_for, verb, seq, events, salt, leaf"

// Load returns the newest snapshot and the entries after it. A snapshot written in between only makes a few of the entries
// older than it needs them to be, never leaves one out.
func (s *Store) Load(ctx context.Context, key store.Key) (*store.Loaded, error) {
	l := &store.Loaded{}
	err := s.one(ctx, func(sc scan) error { return sc(&l.SnapshotNo, (*zipped)(&l.Snapshot), &l.SnapshotLeaf) },
		`SELECT s.no, s.body, j.leaf FROM case_snapshot s
			JOIN journal j ON j.region = s.region AND j.case_no = s.case_no AND j.no = s.no
			WHERE s.region = ? AND s.case_no = ?`, key.Region, string(key.Case))
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	if l.Entries, err = s.Entries(ctx, key, l.SnapshotNo, 0); err != nil {
		return nil, err
	}
	if l.Snapshot == nil && len(l.Entries) == 0 {
		return nil, store.ErrNotFound
	}
	return l, nil
}

// Entries returns the entries after a number, oldest first.
func (s *Store) Entries(ctx context.Context, key store.Key, after, limit int) ([]store.Entry, error) {
	if limit <= 0 {
		limit = math.MaxInt32
	}
	var all []store.Entry
	err := s.each(ctx, func(sc scan) error {
		e, err := scanEntry(sc)
		all = append(all, e)
		return err
	}, "SELECT "+entryCols+" FROM journal WHERE region = ? AND case_no = ? AND no > ? ORDER BY no LIMIT ?",
		key.Region, string(key.Case), int64(after), int64(limit))
	return all, err
}

// ByRequest returns the entry that a request made.
func (s *Store) ByRequest(ctx context.Context, at store.Key, request string) (store.Key, *store.Entry, error) {
	query, args := "SELECT case_no, "+entryCols+" FROM journal WHERE region = ? AND request = ? AND ", []any{at.Region, request}
	if at.Case == "" {
		query += "no = 1"
	} else {
		query, args = query+"case_no = ?", append(args, string(at.Case))
	}
	var e store.Entry
	err := s.one(ctx, func(sc scan) (err error) {
		e, err = scanEntry(sc, &at.Case)
		return err
	}, query, args...)
	if err != nil {
		return store.Key{}, nil, err
	}
	return at, &e, nil
}

// Keys walks the cases of a region by number.
func (s *Store) Keys(ctx context.Context, region string, after caseflow.CaseNo, limit int) ([]store.Key, error) {
	if region == "" {
		regions, err := s.Regions(ctx)
		if err != nil || len(regions) == 0 {
			return nil, err
		}
		region = regions[0]
	}
	var all []store.Key
	err := s.each(ctx, func(sc scan) error {
		k := store.Key{Region: region}
		err := sc(&k.Case)
		all = append(all, k)
		return err
	}, "SELECT case_no FROM journal WHERE region = ? AND case_no > ? AND no = 1 ORDER BY case_no LIMIT ?",
		region, string(after), int64(max(limit, 1)))
	return all, err
}
