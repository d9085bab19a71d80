package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
)

func accountRow(a *store.Account) []any {
	return []any{
		a.ID, login(a.Login), a.Kind, a.Name, a.Password, a.Region, a.Department, asList(a.Roles), a.DocType, a.DocNo, a.Phone,
		truth(a.Disabled), store.Micros(a.Locked), truth(a.MustChange), store.Micros(a.Added),
		store.Micros(a.Verified), int64(a.Version),
	}
}

// login is how a login is stored: one that is a number, as a telephone is, like other numbers, and one that would be taken for sealed.
func login(of string) any {
	if store.FoundBy(of) != "" || keyOf(of) != "" {
		return found(of)
	}
	return of
}

// askedLogin is the stored form of a login.
func (s *Store) askedLogin(of string) string {
	if asked, is := login(of).(found); is {
		return s.asked(string(asked))
	}
	return of
}

func scanAccount(sc scan) (store.Account, error) {
	var a store.Account
	var roles string
	err := sc(&a.ID, (*covered)(&a.Login), &a.Kind, &a.Name, &a.Password, &a.Region, &a.Department, &roles, &a.DocType, &a.DocNo, &a.Phone,
		&a.Disabled, store.At(&a.Locked), &a.MustChange, store.At(&a.Added), store.At(&a.Verified), &a.Version)
	a.Roles = list(roles)
	return a, err
}

// AddAccount stores a new account. ErrConflict if its login or id is taken.
func (s *Store) AddAccount(ctx context.Context, a store.Account, traces ...store.Trace) error {
	traced, err := s.traceRows(traces)
	if err != nil {
		return err
	}
	return s.leafTx(ctx, func(w *writer) error {
		if err := w.addAccount(a); err != nil {
			return err
		}
		return w.trace(traced)
	})
}

// addAccount stores a new account. ErrConflict if its login is taken.
func (w *writer) addAccount(a store.Account) error {
	a.Version = 0
	row := accountRow(&a)
	if err := w.s.checkRow(row); err != nil {
		return err
	}
	n, err := w.count(tAccount.one(), row...)
	if err == nil && n == 0 {
		err = store.ErrConflict
	}
	if err != nil {
		return err
	}
	return w.keepRegion(a.Region)
}

// keepRegion puts a region into the list of those that have cases or accounts.
func (w *writer) keepRegion(region string) error {
	if region == "" {
		return nil
	}
	return w.many(tRegion.keep, [][]any{{region}}, nil)
}

// UpdateAccount replaces what may change of an account that is still at its version. ErrConflict, ErrNotFound.
func (s *Store) UpdateAccount(ctx context.Context, a store.Account, traces ...store.Trace) error {
	traced, err := s.traceRows(traces)
	if err = errors.Join(err, checkText(accountRow(&a))); err != nil {
		return err
	}
	return s.leafTx(ctx, func(w *writer) error {
		n, err := w.count(`UPDATE account SET name = ?, password = ?, region = ?, department = ?, roles = ?, doc_type = ?, doc_no = ?, phone = ?,
			disabled = ?, locked = ?, must_change = ?, verified = ?, version = version + 1 WHERE id = ? AND version = ?`,
			a.Name, a.Password, a.Region, a.Department, asList(a.Roles), a.DocType, a.DocNo, a.Phone,
			truth(a.Disabled), store.Micros(a.Locked), truth(a.MustChange), store.Micros(a.Verified), a.ID, int64(a.Version))
		if err != nil {
			return err
		}
		if n == 1 {
			return errors.Join(w.keepRegion(a.Region), w.trace(traced))
		}
		err = store.ErrNotFound
		there := w.query(func(scan) error { err = store.ErrConflict; return nil }, "SELECT 1 FROM account WHERE id = ?", a.ID)
		return errors.Join(there, err)
	})
}

// AccountByLogin finds an account by its login.
func (s *Store) AccountByLogin(ctx context.Context, login string) (*store.Account, error) {
	return s.account(ctx, "login = ?", s.askedLogin(login))
}

// AccountByID finds an account by its id.
func (s *Store) AccountByID(ctx context.Context, id string) (*store.Account, error) {
	return s.account(ctx, "id = ?", id)
}

func (s *Store) account(ctx context.Context, cond, value string) (*store.Account, error) {
	var a store.Account
	err := s.one(ctx, func(sc scan) (err error) {
		a, err = scanAccount(sc)
		return err
	}, "SELECT "+tAccount.list("")+" FROM account WHERE "+cond, value)
	if err != nil {
		return nil, err
	}
	return &a, nil
}

// ListOfficials lists a region's officials by login: a range of the index account_kind.
func (s *Store) ListOfficials(ctx context.Context, region string) ([]store.Account, error) {
	var all []store.Account
	err := s.each(ctx, store.List(&all, scanAccount), "SELECT "+tAccount.list("")+" FROM account WHERE region = ? AND kind = ? ORDER BY login", region, caseflow.ActorOfficial)
	slices.SortFunc(all, func(a, b store.Account) int { return strings.Compare(a.Login, b.Login) }) // one that is sealed stands elsewhere
	return all, err
}

// sealedColumns are where the values of sealed columns stand: table, key and column.
var sealedColumns = map[store.SealedColumn][3]string{
	store.SealedDocument: {"account", "id", "doc_no"},
	store.SealedPhone:    {"account", "id", "phone"},
	store.SealedEmail:    {"contact", "account", "email"},
}

// SealedValues lists the values of a column behind those of one account.
func (s *Store) SealedValues(ctx context.Context, column store.SealedColumn, after string, limit int) ([]store.SealedValue, error) {
	at := sealedColumns[column]
	var all []store.SealedValue
	err := s.each(ctx, func(sc scan) error {
		v := store.SealedValue{Column: column}
		err := sc(&v.Account, &v.Text)
		all = append(all, v)
		return err
	}, fmt.Sprintf("SELECT %[2]s, %[3]s FROM %[1]s WHERE %[2]s > ? AND %[3]s <> '' ORDER BY %[2]s LIMIT ?", at[0], at[1], at[2]), after, int64(limit))
	return all, err
}

// ResealValue replaces a value that has not changed since it was read.
func (s *Store) ResealValue(ctx context.Context, v store.SealedValue, fresh string) error {
	at := sealedColumns[v.Column]
	return s.tx(ctx, func(w *writer) error {
		n, err := w.count(fmt.Sprintf("UPDATE %[1]s SET %[3]s = ? WHERE %[2]s = ? AND %[3]s = ?", at[0], at[1], at[2]), fresh, v.Account, v.Text)
		if err == nil && n == 0 {
			err = store.ErrConflict
		}
		return err
	})
}

// AddSession stores a session. ErrConflict if its hash is taken.
func (s *Store) AddSession(ctx context.Context, n store.Session, traces ...store.Trace) error {
	row := []any{blob(n.Hash), n.Account, store.Micros(n.Started), store.Micros(n.Seen), store.Micros(n.Expires), store.Micros(n.Ended), n.Address, n.Agent, n.Factor}
	traced, err := s.traceRows(traces)
	if err = errors.Join(err, checkText(row)); err != nil {
		return err
	}
	return s.leafTx(ctx, func(w *writer) error {
		added, err := w.count(tSession.one(), row...)
		switch {
		case err != nil:
			return err
		case added == 0:
			return store.ErrConflict
		}
		return w.trace(traced)
	})
}

func scanSession(sc scan) (store.Session, error) {
	var n store.Session
	err := sc(&n.Hash, &n.Account, store.At(&n.Started), store.At(&n.Seen), store.At(&n.Expires), store.At(&n.Ended), &n.Address, &n.Agent, &n.Factor)
	return n, err
}

// Session finds a session by the hash of its token.
func (s *Store) Session(ctx context.Context, hash []byte) (*store.Session, error) {
	var n store.Session
	err := s.one(ctx, func(sc scan) (err error) {
		n, err = scanSession(sc)
		return err
	}, "SELECT "+tSession.list("")+" FROM session WHERE hash = ?", blob(hash))
	if err != nil {
		return nil, err
	}
	return &n, nil
}

// Sessions lists the sessions of an account that have not ended, newest first.
func (s *Store) Sessions(ctx context.Context, account string) ([]store.Session, error) {
	var all []store.Session
	err := s.each(ctx, store.List(&all, scanSession), "SELECT "+tSession.list("")+" FROM session WHERE account = ? AND ended = 0 ORDER BY started DESC, hash", account)
	return all, err
}

// TouchSession records use of a session that has not ended; of any other it does nothing.
func (s *Store) TouchSession(ctx context.Context, hash []byte, seen time.Time) error {
	return s.tx(ctx, func(w *writer) error {
		return w.exec("UPDATE session SET seen = ? WHERE hash = ? AND ended = 0", store.Micros(seen), blob(hash))
	})
}

// EndSessions ends one session of the account, or all. Ended ones keep their instant.
func (s *Store) EndSessions(ctx context.Context, account string, hash []byte, at time.Time, traces ...store.Trace) error {
	traced, err := s.traceRows(traces)
	if err != nil {
		return err
	}
	query, args := "UPDATE session SET ended = ? WHERE ended = 0 AND account = ?", []any{store.Micros(at), account}
	if hash != nil {
		query, args = query+" AND hash = ?", append(args, hash)
	}
	return s.leafTx(ctx, func(w *writer) error { return errors.Join(w.exec(query, args...), w.trace(traced)) })
}

// CountAttempt adds a failed sign-in and returns how many there were since the instant; older ones are forgotten.
func (s *Store) CountAttempt(ctx context.Context, key string, at, since time.Time) (int, error) {
	return s.AddAttempts(ctx, key, 1, at, since)
}

// AddAttempts adds n at once, or takes back what was added at the same instant.
func (s *Store) AddAttempts(ctx context.Context, key string, more int, at, since time.Time) (int, error) {
	if err := checkText([]any{key}); err != nil {
		return 0, err
	}
	var n int
	err := s.tx(ctx, func(w *writer) error {
		if err := w.exec("DELETE FROM attempt WHERE who = ? AND at < ?", key, store.Micros(since)); err != nil {
			return err
		}
		err := w.exec("INSERT INTO attempt (who, at, n) VALUES (?, ?, ?) ON CONFLICT (who, at) DO UPDATE SET n = attempt.n + excluded.n", key, store.Micros(at), int64(more))
		if err != nil {
			return err
		}
		return w.query(store.Into(&n), attemptsQuery, key, store.Micros(since))
	})
	return n, err
}

const attemptsQuery = "SELECT CAST(COALESCE(sum(n), 0) AS BIGINT) FROM attempt WHERE who = ? AND at >= ?"

// Attempts counts the failed sign-ins since the instant.
func (s *Store) Attempts(ctx context.Context, key string, since time.Time) (int, error) {
	var n int
	err := s.one(ctx, store.Into(&n), attemptsQuery, key, store.Micros(since))
	return n, err
}

// ClearAttempts forgets the failed sign-ins.
func (s *Store) ClearAttempts(ctx context.Context, key string) error {
	return s.tx(ctx, func(w *writer) error { return w.exec("DELETE FROM attempt WHERE who = ?", key) })
}

// Prune deletes old failed sign-ins and sessions that are long over. Rows that another server deletes just now are left to it.
func (s *Store) Prune(ctx context.Context, attempts, sessions time.Time, limit int) (int, error) {
	var gone int64
	err := s.tx(ctx, func(w *writer) error {
		a, err := w.count("DELETE FROM attempt WHERE (who, at) IN ("+oldAttempts+s.d.claim+")", store.Micros(attempts), int64(limit))
		if err != nil {
			return err
		}
		n, err := w.count("DELETE FROM session WHERE hash IN ("+oldSessions+s.d.claim+")", store.Micros(sessions), int64(limit))
		if err != nil {
			return err
		}
		t, err := w.count("DELETE FROM ticket WHERE hash IN ("+oldTickets+s.d.claim+")", store.Micros(attempts), int64(limit))
		gone = a + n + t
		return err
	})
	return int(gone), err
}

const (
	oldAttempts = "SELECT who, at FROM attempt WHERE at < ? ORDER BY at LIMIT ?"
	oldTickets  = "SELECT hash FROM ticket WHERE expires < ? ORDER BY expires LIMIT ?"
	oldSessions = "SELECT hash FROM session WHERE expires < ? ORDER BY expires LIMIT ?"
)

// Regions lists the regions that have cases or accounts.
func (s *Store) Regions(ctx context.Context) ([]string, error) {
	var all []string
	err := s.each(ctx, store.Column(&all), "SELECT region FROM region ORDER BY region")
	if err != nil {
		return nil, fmt.Errorf("list regions: %w", err)
	}
	return all, nil
}
