package sqlstore

import (
	"context"
	"errors"
	"math"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
)

func quarantineRow(q *store.Quarantined) []any {
	return []any{
		q.Region, q.ID, string(q.Case), q.Material, q.Name, q.Bytes, q.Type, q.SHA256, q.Finding, q.Account, store.Micros(q.At),
		q.State, q.Asked, q.Reason, q.Decided, store.Micros(q.Changed), q.Hash, int64(q.Version),
	}
}

func scanQuarantined(sc scan) (store.Quarantined, error) {
	var q store.Quarantined
	var no string
	err := sc(&q.Region, &q.ID, &no, &q.Material, &q.Name, &q.Bytes, &q.Type, &q.SHA256, &q.Finding, &q.Account, store.At(&q.At),
		&q.State, &q.Asked, &q.Reason, &q.Decided, store.At(&q.Changed), &q.Hash, &q.Version)
	q.Case = caseflow.CaseNo(no)
	return q, err
}

// AddQuarantined keeps a new quarantined file. ErrConflict if its id is taken.
func (s *Store) AddQuarantined(ctx context.Context, q store.Quarantined) error {
	q.Version = 0
	row := quarantineRow(&q)
	if err := checkText(row); err != nil {
		return err
	}
	return s.tx(ctx, func(w *writer) error {
		n, err := w.count(tQuarantine.one(), row...)
		if err == nil && n == 0 {
			err = store.ErrConflict
		}
		return err
	})
}

// QuarantinedFile finds one quarantined file.
func (s *Store) QuarantinedFile(ctx context.Context, region, id string) (*store.Quarantined, error) {
	var q store.Quarantined
	err := s.one(ctx, func(sc scan) (err error) {
		q, err = scanQuarantined(sc)
		return err
	}, "SELECT "+tQuarantine.list("")+" FROM quarantine WHERE region = ? AND id = ?", region, id)
	if err != nil {
		return nil, err
	}
	return &q, nil
}

// ChangeQuarantined replaces the state of a quarantined file that is still at its version.
func (s *Store) ChangeQuarantined(ctx context.Context, q store.Quarantined, traces ...store.Trace) error {
	traced, err := s.traceRows(traces)
	if err = errors.Join(err, checkText(quarantineRow(&q))); err != nil {
		return err
	}
	return s.leafTx(ctx, func(w *writer) error {
		n, err := w.count(`UPDATE quarantine SET state = ?, asked = ?, reason = ?, decided = ?, changed = ?, hash = ?, version = version + 1
			WHERE region = ? AND id = ? AND version = ?`,
			q.State, q.Asked, q.Reason, q.Decided, store.Micros(q.Changed), q.Hash, q.Region, q.ID, int64(q.Version))
		if err != nil {
			return err
		}
		if n == 1 {
			return w.trace(traced)
		}
		err = store.ErrNotFound
		there := w.query(func(scan) error { err = store.ErrConflict; return nil }, "SELECT 1 FROM quarantine WHERE region = ? AND id = ?", q.Region, q.ID)
		return errors.Join(there, err)
	})
}

// FindQuarantined lists quarantined files, newest first.
func (s *Store) FindQuarantined(ctx context.Context, q store.QuarantineQuery) ([]store.Quarantined, string, error) {
	query, args, err := quarantineQuery(q)
	if err != nil || query == "" {
		return nil, "", err
	}
	list, last, err := paged(ctx, s, limitOf(q.Limit), scanQuarantined, query, args)
	if err != nil || last == nil {
		return list, "", err
	}
	return list, cursor{List: "quarantine", At: store.Micros(last.At), What: last.ID}.String(), nil
}

// quarantineQuery is a range of each region's files, of a case or of an account.
func quarantineQuery(q store.QuarantineQuery) (string, []any, error) {
	at, err := readCursor(q.Cursor, "quarantine", cursor{At: math.MaxInt64})
	if err != nil || len(q.Regions) == 0 {
		return "", nil, err
	}
	var all []branch
	for _, region := range q.Regions {
		b := branch{from: "quarantine q"}
		b.add("q.region = ? AND (q.at, q.id) < (?, ?)", region, at.At, at.What)
		b.equal("q.case_no", string(q.Case))
		b.equal("q.account", q.Account)
		in(&b.where, "q.state", q.States)
		all = append(all, b)
	}
	query, args := union(all, tQuarantine.list("q."), tQuarantine.list(""), "q.at DESC, q.id DESC", "at DESC, id DESC", limitOf(q.Limit)+1)
	return query, args, nil
}
