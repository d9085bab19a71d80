package sqlstore

import (
	"context"
	"errors"
	"time"

	"github.com/tongban/tongban/internal/store"
)

func factorRow(f *store.Factor) []any {
	return []any{f.Account, f.ID, f.Kind, f.Name, f.Secret, f.Step, store.Micros(f.Added), store.Micros(f.Used)}
}

func scanFactor(sc scan) (store.Factor, error) {
	var f store.Factor
	err := sc(&f.Account, &f.ID, &f.Kind, &f.Name, &f.Secret, &f.Step, store.At(&f.Added), store.At(&f.Used))
	return f, err
}

// PutFactor stores a factor, or replaces it.
func (s *Store) PutFactor(ctx context.Context, f store.Factor) error {
	row := factorRow(&f)
	if err := checkText(row); err != nil {
		return err
	}
	return s.tx(ctx, func(w *writer) error { return w.many(tFactor.put, [][]any{row}, nil) })
}

func (s *Store) factors(ctx context.Context, rest string, args ...any) ([]store.Factor, error) {
	var all []store.Factor
	err := s.each(ctx, store.List(&all, scanFactor), "SELECT "+tFactor.list("")+" FROM factor WHERE "+rest, args...)
	return all, err
}

// Factors lists an account's factors by kind and id.
func (s *Store) Factors(ctx context.Context, account string) ([]store.Factor, error) {
	return s.factors(ctx, "account = ? ORDER BY kind, id", account)
}

// UseFactor moves a confirmed factor's step on. ErrConflict unless it lies behind.
func (s *Store) UseFactor(ctx context.Context, account, id string, step int64, at time.Time) error {
	return s.tx(ctx, func(w *writer) error {
		n, err := w.count("UPDATE factor SET step = ?, used = ? WHERE account = ? AND id = ? AND added > 0 AND step < ?",
			step, store.Micros(at), account, id, step)
		if err == nil && n == 0 {
			err = store.ErrConflict
		}
		return err
	})
}

// DropFactors deletes the named factors of an account, or all.
func (s *Store) DropFactors(ctx context.Context, account string, ids ...string) (int, error) {
	var gone int64
	err := s.tx(ctx, func(w *writer) (err error) {
		gone = 0
		if len(ids) == 0 {
			gone, err = w.count("DELETE FROM factor WHERE account = ?", account)
			return err
		}
		for _, id := range ids {
			n, err := w.count("DELETE FROM factor WHERE account = ? AND id = ?", account, id)
			if err != nil {
				return err
			}
			gone += n
		}
		return nil
	})
	return int(gone), err
}

// SealedFactors lists factors with a sealed secret behind one.
func (s *Store) SealedFactors(ctx context.Context, after store.Factor, limit int) ([]store.Factor, error) {
	return s.factors(ctx, "(account, id) > (?, ?) AND secret <> '' ORDER BY account, id LIMIT ?", after.Account, after.ID, int64(limit))
}

// ResealFactor replaces a secret that has not changed since it was read.
func (s *Store) ResealFactor(ctx context.Context, f store.Factor, secret string) error {
	return s.tx(ctx, func(w *writer) error {
		n, err := w.count("UPDATE factor SET secret = ? WHERE account = ? AND id = ? AND secret = ?", secret, f.Account, f.ID, f.Secret)
		if err == nil && n == 0 {
			err = store.ErrConflict
		}
		return err
	})
}

func scanIdentity(sc scan) (store.Identity, error) {
	var i store.Identity
	err := sc(&i.Issuer, &i.Subject, &i.Account, store.At(&i.Added))
	return i, err
}

// AddIdentity stores whom a provider means, and the account if it is new. ErrConflict if the subject or the login is taken.
func (s *Store) AddIdentity(ctx context.Context, i store.Identity, fresh *store.Account, traces ...store.Trace) error {
	row := []any{i.Issuer, i.Subject, i.Account, store.Micros(i.Added)}
	traced, err := s.traceRows(traces)
	if err = errors.Join(err, checkText(row)); err != nil {
		return err
	}
	return s.leafTx(ctx, func(w *writer) error {
		n, err := w.count(tIdentity.one(), row...)
		if err == nil && n == 0 {
			err = store.ErrConflict
		}
		if err == nil && fresh != nil {
			err = w.addAccount(*fresh)
		}
		if err != nil {
			return err
		}
		return w.trace(traced)
	})
}

// Identity finds whom a provider means by a subject.
func (s *Store) Identity(ctx context.Context, issuer, subject string) (*store.Identity, error) {
	if err := checkText([]any{issuer, subject}); err != nil {
		return nil, store.ErrNotFound // it cannot have been stored
	}
	var i store.Identity
	err := s.one(ctx, func(sc scan) (err error) {
		i, err = scanIdentity(sc)
		return err
	}, "SELECT "+tIdentity.list("")+" FROM identity WHERE issuer = ? AND subject = ?", issuer, subject)
	if err != nil {
		return nil, err
	}
	return &i, nil
}

// Identities lists whom providers mean an account by.
func (s *Store) Identities(ctx context.Context, account string) ([]store.Identity, error) {
	var all []store.Identity
	err := s.each(ctx, store.List(&all, scanIdentity), "SELECT "+tIdentity.list("")+" FROM identity WHERE account = ? ORDER BY issuer, subject", account)
	return all, err
}

// DropIdentity forgets one of an account. ErrNotFound.
func (s *Store) DropIdentity(ctx context.Context, i store.Identity, traces ...store.Trace) error {
	if checkText([]any{i.Issuer, i.Subject, i.Account}) != nil {
		return store.ErrNotFound // it cannot have been stored
	}
	traced, err := s.traceRows(traces)
	if err != nil {
		return err
	}
	return s.leafTx(ctx, func(w *writer) error {
		n, err := w.count("DELETE FROM identity WHERE issuer = ? AND subject = ? AND account = ?", i.Issuer, i.Subject, i.Account)
		if err == nil && n == 0 {
			err = store.ErrNotFound
		}
		if err != nil {
			return err
		}
		return w.trace(traced)
	})
}

// AddTicket stores something that is waited for. ErrConflict if its hash is taken.
func (s *Store) AddTicket(ctx context.Context, t store.Ticket) error {
	row := []any{blob(t.Hash), t.Kind, t.Account, blob(t.Body), store.Micros(t.Expires)}
	if err := checkText(row); err != nil {
		return err
	}
	return s.tx(ctx, func(w *writer) error {
		n, err := w.count(tTicket.one(), row...)
		if err == nil && n == 0 {
			err = store.ErrConflict
		}
		return err
	})
}

// Ticket reads what is waited for.
func (s *Store) Ticket(ctx context.Context, hash []byte) (*store.Ticket, error) {
	var t store.Ticket
	err := s.one(ctx, store.Into(&t.Hash, &t.Kind, &t.Account, &t.Body, store.At(&t.Expires)),
		"SELECT "+tTicket.list("")+" FROM ticket WHERE hash = ?", blob(hash))
	if err != nil {
		return nil, err
	}
	return &t, nil
}

// TakeTicket reads what is waited for and takes it away.
func (s *Store) TakeTicket(ctx context.Context, hash []byte) (*store.Ticket, error) {
	t, err := s.Ticket(ctx, hash)
	if err != nil {
		return nil, err
	}
	err = s.tx(ctx, func(w *writer) error {
		n, err := w.count("DELETE FROM ticket WHERE hash = ?", blob(hash))
		if err == nil && n == 0 {
			err = store.ErrNotFound
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return t, nil
}
