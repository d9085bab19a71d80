package sqlstore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/tongban/tongban/internal/store"
)

func reformRow(r *store.Reform) ([]any, error) {
	body, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("reform %s: %w", r.ID, err)
	}
	row := []any{r.ID, r.Region, r.State, int64(r.Version), store.Micros(r.At), string(body)}
	return row, checkText(row)
}

// AddReform stores a proposal.
func (s *Store) AddReform(ctx context.Context, r store.Reform, traces ...store.Trace) error {
	row, err := reformRow(&r)
	traced, wrong := s.traceRows(traces)
	if err = errors.Join(err, wrong); err != nil {
		return err
	}
	return s.leafTx(ctx, func(w *writer) error {
		taken := false
		err := w.query(func(scan) error { taken = true; return nil }, "SELECT 1 FROM reform WHERE id = ?", r.ID)
		switch {
		case err != nil:
			return err
		case taken:
			return store.ErrConflict
		}
		return errors.Join(w.many(tReform.add, [][]any{row}, nil), w.trace(traced))
	})
}

// SettleReform replaces a reform that is in a state.
func (s *Store) SettleReform(ctx context.Context, r store.Reform, was string, traces ...store.Trace) error {
	return s.settle(ctx, r, was, traces, func(*writer) error { return nil })
}

// settle replaces a reform, and does more in the same transaction.
func (s *Store) settle(ctx context.Context, r store.Reform, was string, traces []store.Trace, more func(w *writer) error) error {
	row, err := reformRow(&r)
	traced, wrong := s.traceRows(traces)
	if err = errors.Join(err, wrong); err != nil {
		return err
	}
	return s.leafTx(ctx, func(w *writer) error {
		if s.d.alone != "" {
			if err := w.exec(s.d.alone); err != nil {
				return err
			}
		}
		n, err := w.count("UPDATE reform SET state = ?, version = ?, body = ? WHERE id = ? AND state = ? AND state <> 'applied'",
			r.State, int64(r.Version), row[5], r.ID, was)
		if err != nil {
			return err
		}
		if n == 0 {
			err = store.ErrNotFound
			there := w.query(func(scan) error { err = store.ErrConflict; return nil }, "SELECT 1 FROM reform WHERE id = ?", r.ID)
			return errors.Join(there, err)
		}
		return errors.Join(more(w), w.trace(traced))
	})
}

// ApplyReform makes an agreed reform count.
func (s *Store) ApplyReform(ctx context.Context, r store.Reform, accounts []store.Account, traces ...store.Trace) error {
	gone := make([]string, len(r.Gone))
	for i, o := range r.Gone {
		gone[i] = o.ID
	}
	return s.settle(ctx, r, store.ReformAgreed, traces, func(w *writer) error {
		newer := 0
		if err := w.query(store.Into(&newer), "SELECT COUNT(*) FROM reform WHERE version >= ? AND id <> ?",
			int64(r.Version), r.ID); err != nil {
			return err
		}
		if newer > 0 {
			return store.ErrConflict
		}
		for i := range accounts {
			a := &accounts[i]
			if err := checkText(accountRow(a)); err != nil {
				return err
			}
			n, err := w.count("UPDATE account SET department = ?, roles = ?, version = version + 1 WHERE id = ? AND version = ?",
				a.Department, asList(a.Roles), a.ID, int64(a.Version))
			if err != nil {
				return err
			}
			if n == 0 {
				return store.ErrConflict
			}
		}
		return w.vacated(r.Region, gone)
	})
}

// vacated is ErrConflict while an official with a role is left in one of the departments.
func (w *writer) vacated(region string, gone []string) error {
	if len(gone) == 0 {
		return nil
	}
	var c where
	c.add("region = ? AND kind = 'official' AND roles <> '[]'", region)
	in(&c, "department", gone)
	left := 0
	if err := w.query(store.Into(&left), "SELECT COUNT(*) FROM account WHERE "+strings.Join(c.conds, " AND "), c.args...); err != nil {
		return err
	}
	if left > 0 {
		return store.ErrConflict
	}
	return nil
}

// Reforms lists all.
func (s *Store) Reforms(ctx context.Context) ([]store.Reform, error) {
	var all []store.Reform
	err := s.each(ctx, func(sc scan) error {
		var r store.Reform
		var at int64
		var body string
		if err := sc(&r.ID, &r.Region, &r.State, &r.Version, &at, &body); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(body), &r); err != nil {
			return fmt.Errorf("reform %s: %w", r.ID, err)
		}
		all = append(all, r)
		return nil
	}, "SELECT "+tReform.list("")+" FROM reform ORDER BY proposed, id")
	return all, err
}

// ReformVersion tells the newest version.
func (s *Store) ReformVersion(ctx context.Context) (int, error) {
	version := 0
	err := s.one(ctx, store.Into(&version), "SELECT COALESCE(max(version), 0) FROM reform")
	return version, err
}
