package sqlstore

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/tongban/tongban/evidence"
	"github.com/tongban/tongban/internal/store"
)

// traced are the rows of traces with their leaves, which have the same places.
type traced struct{ rows, leaves [][]any }

// traceRows are the rows of traces.
func (s *Store) traceRows(traces []store.Trace) (traced, error) {
	t := traced{make([][]any, len(traces)), make([][]any, len(traces))}
	for i := range traces {
		if err := t.put(s.Suite(), i, &traces[i]); err != nil {
			return traced{}, err
		}
	}
	return t, nil
}

func (t *traced) put(suite evidence.Suite, i int, tr *store.Trace) error {
	changes := ""
	if len(tr.Changes) > 0 {
		b, err := json.Marshal(tr.Changes)
		if err != nil {
			return fmt.Errorf("changes of a trace: %w", err)
		}
		changes = string(b)
	}
	salt := newSalt()
	leaf, err := tr.Leaf(suite, salt)
	if err != nil {
		return err
	}
	t.rows[i] = []any{store.Micros(tr.At), tr.ID, tr.Log, tr.Kind, tr.Region, tr.Account, tr.By, tr.Session, tr.Address, tr.Reason, changes, salt[:]}
	t.leaves[i] = leafRow(&leaf)
	return checkText(t.rows[i])
}

func scanTrace(sc scan) (store.Trace, error) {
	t, _, err := scanSaltedTrace(sc)
	return t, err
}

// scanSaltedTrace reads a trace with the salt of its leaf.
func scanSaltedTrace(sc scan) (t store.Trace, salt []byte, err error) {
	var changes string
	err = sc(store.At(&t.At), &t.ID, &t.Log, &t.Kind, &t.Region, &t.Account, &t.By, &t.Session, &t.Address, &t.Reason, &changes, &salt)
	if err == nil && changes != "" {
		err = json.Unmarshal([]byte(changes), &t.Changes)
	}
	return t, salt, err
}

// trace writes new traces with their leaves.
func (w *writer) trace(t traced) error {
	return w.together(step{shape: tTrace.add, rows: t.rows}, step{shape: tWaiting.add, rows: t.leaves})
}

// keepTraces adds traces that are not there and tells which.
var keepTraces = tTrace.adding(ignore + " RETURNING at, id")

// AddTrace records traces of what changes no row; the same one in the same microsecond counts once. Hardly any is there already, so that
// which of them are is only asked once one was.
func (s *Store) AddTrace(ctx context.Context, traces ...store.Trace) error {
	t, err := s.traceRows(traces)
	if err != nil || len(t.rows) == 0 {
		return err
	}
	err = s.leafTx(ctx, func(w *writer) error { return w.trace(t) })
	if err != nil && s.d.verdict(err) == taken {
		return s.leafTx(ctx, func(w *writer) error { return w.keepWithLeaves(keepTraces, tTrace, t.rows, t.leaves) })
	}
	return err
}

// within adds the bounds of time to a condition.
func (w *where) within(col string, from, until time.Time) {
	if !from.IsZero() {
		w.add(col+" >= ?", store.Micros(from))
	}
	if !until.IsZero() {
		w.add(col+" < ?", store.Micros(until))
	}
}

// paged reads a page and one row more; it returns the page, and its last row if another page follows.
func paged[T any](ctx context.Context, s *Store, limit int, read func(scan) (T, error), query string, args []any) ([]T, *T, error) {
	rows := []T{}
	err := s.each(ctx, func(sc scan) error {
		row, err := read(sc)
		rows = append(rows, row)
		return err
	}, query, args...)
	if err != nil || len(rows) <= limit {
		return rows, nil, err
	}
	return rows[:limit], &rows[limit-1], nil
}

// FindTraces lists traces, newest first.
func (s *Store) FindTraces(ctx context.Context, q store.TraceQuery) ([]store.Trace, string, error) {
	query, args, err := tracesQuery(q, limitOf(q.Limit)+1)
	if err != nil || query == "" {
		return nil, "", err
	}
	list, last, err := paged(ctx, s, limitOf(q.Limit), scanTrace, query, args)
	if err != nil || last == nil {
		return list, "", err
	}
	return list, cursor{List: "trace", At: store.Micros(last.At), Case: last.ID}.String(), nil
}

// tracesQuery is a range of each region's traces, or of an account's.
func tracesQuery(q store.TraceQuery, rows int) (string, []any, error) {
	at, err := readCursor(q.Cursor, "trace", cursor{At: math.MaxInt64})
	if err != nil || len(q.Regions) == 0 {
		return "", nil, err
	}
	var all []branch
	for _, region := range q.Regions {
		b := branch{from: "trace t"}
		if q.Account != "" {
			b.add("t.log = ? AND t.account = ?", q.Log, q.Account)
			in(&b.where, "t.region", q.Regions)
		} else {
			b.add("t.log = ? AND t.region = ?", q.Log, region)
		}
		b.add("(t.at, t.id) < (?, ?)", at.At, at.Case)
		b.within("t.at", q.From, q.Until)
		b.equal("t.actor", q.By)
		b.equal("t.address", q.Address)
		in(&b.where, "t.kind", q.Kinds)
		if all = append(all, b); q.Account != "" {
			break
		}
	}
	query, args := union(all, tTrace.list("t."), tTrace.list(""), "t.at DESC, t.id DESC", "at DESC, id DESC", rows)
	return query, args, nil
}

// FindLooks lists looks of the regions, newest first.
func (s *Store) FindLooks(ctx context.Context, q store.LookQuery) ([]store.Look, string, error) {
	query, args, err := looksQuery(q, limitOf(q.Limit)+1)
	if err != nil || query == "" {
		return nil, "", err
	}
	list, last, err := paged(ctx, s, limitOf(q.Limit), scanLook, query, args)
	if err != nil || last == nil {
		return list, "", err
	}
	return list, cursor{List: "look", At: store.Micros(last.At), Case: string(last.Case), Clock: last.Account, What: last.What}.String(), nil
}

func scanLook(sc scan) (store.Look, error) {
	l, _, err := scanSaltedLook(sc)
	return l, err
}

// scanSaltedLook reads a look with the salt of its leaf.
func scanSaltedLook(sc scan) (l store.Look, salt []byte, err error) {
	err = sc(&l.Region, &l.Case, store.At(&l.At), &l.Account, &l.What, &l.Department, &l.Reason, &salt)
	return l, salt, err
}

// looksQuery is a range of each region's looks. A case number begins with its region, so that it orders what has one instant.
func looksQuery(q store.LookQuery, rows int) (string, []any, error) {
	at, err := readCursor(q.Cursor, "look", cursor{At: math.MaxInt64})
	if err != nil || len(q.Regions) == 0 {
		return "", nil, err
	}
	all := make([]branch, len(q.Regions))
	for i, region := range q.Regions {
		b := branch{from: "look l"}
		if q.Owner != "" {
			b.from = "cases c JOIN look l ON l.region = c.region AND l.case_no = c.case_no"
			b.add("c.region = ? AND c.owner = ?", region, q.Owner)
		}
		b.add("l.region = ?", region)
		b.add("(l.at, l.case_no, l.account, l.what) < (?, ?, ?, ?)", at.At, at.Case, at.Clock, at.What)
		b.within("l.at", q.From, q.Until)
		b.equal("l.account", q.Account)
		b.equal("l.case_no", string(q.Case))
		all[i] = b
	}
	query, args := union(all, tLook.list("l."), tLook.list(""), "l.at DESC, l.case_no DESC, l.account DESC, l.what DESC",
		"at DESC, case_no DESC, account DESC, what DESC", rows)
	return query, args, nil
}

// FindAccounts lists accounts by login.
func (s *Store) FindAccounts(ctx context.Context, q store.AccountQuery) ([]store.Account, string, error) {
	limit := limitOf(q.Limit)
	if q.Search != "" && q.Named != nil {
		list, err := s.sought(ctx, q, limit+1)
		if err != nil || len(list) <= limit {
			return list, "", err
		}
		return list[:limit], s.afterAccount(&list[limit-1]), nil
	}
	query, args, err := s.accountsQuery(q, limit+1)
	if err != nil || query == "" {
		return nil, "", err
	}
	list, last, err := paged(ctx, s, limit, scanAccount, query, args)
	if err != nil || last == nil {
		return list, "", err
	}
	return list, s.afterAccount(last), nil
}

// afterAccount is the cursor behind an account.
func (s *Store) afterAccount(a *store.Account) string {
	return cursor{List: "account", Case: s.askedLogin(a.Login)}.String()
}

// namedAtOnce is how many accounts are read at a time where names are compared here.
const namedAtOnce = 256

// sought finds accounts whose login or name the search is a part of, or whose name is named by it: it reads the range of the others in parts
// until it has as many as are wanted, and holds no more than those and one part.
func (s *Store) sought(ctx context.Context, q store.AccountQuery, most int) (found []store.Account, err error) {
	search, login := q.Search, strings.ToLower(q.Search)
	for q.Search = ""; len(found) < most; {
		query, args, err := s.accountsQuery(q, namedAtOnce)
		if err != nil || query == "" {
			return nil, err
		}
		part, _, err := paged(ctx, s, namedAtOnce, scanAccount, query, args)
		if err != nil {
			return nil, err
		}
		for i := range part {
			if a := &part[i]; len(found) < most && (strings.Contains(a.Name, search) || strings.Contains(a.Login, login) || q.Named(a.Name)) {
				found = append(found, *a)
			}
		}
		if len(part) < namedAtOnce {
			break
		}
		q.Cursor = s.afterAccount(&part[len(part)-1])
	}
	return found, nil
}

// accountsQuery is a range of each region's accounts of the kind.
func (s *Store) accountsQuery(q store.AccountQuery, rows int) (string, []any, error) {
	at, err := readCursor(q.Cursor, "account", cursor{})
	if err != nil || len(q.Regions) == 0 {
		return "", nil, err
	}
	all := make([]branch, len(q.Regions))
	for i, region := range q.Regions {
		b := branch{from: "account a"}
		b.add("a.region = ? AND a.kind = ? AND a.login > ?", region, q.Kind, at.Case)
		b.equal("a.login", s.askedLogin(q.Login))
		b.equal("a.department", q.Department)
		if q.Search != "" {
			var found where
			found.add(fmt.Sprintf(s.d.holds, "a.name"), q.Search)
			found.add(fmt.Sprintf(s.d.holds, "a.login"), strings.ToLower(q.Search))
			if number := store.FoundBy(q.Search); number != "" { // a login that is one is sealed
				found.add("a.login = ?", s.asked(number))
			}
			b.add("("+strings.Join(found.conds, " OR ")+")", found.args...)
		}
		if q.Role != "" {
			b.add(fmt.Sprintf(s.d.holds, "a.roles"), strings.Trim(asList([]string{q.Role}), "[]"))
		}
		if q.Disabled != nil {
			b.add("a.disabled = ?", truth(*q.Disabled))
		}
		all[i] = b
	}
	query, args := union(all, tAccount.list("a."), tAccount.list(""), "a.login", "login", rows)
	return query, args, nil
}

// OpenSessions lists sessions with their accounts: those that expire last, which is those that began last, first.
func (s *Store) OpenSessions(ctx context.Context, q store.SessionQuery) ([]store.OpenSession, string, error) {
	query, args, err := sessionsQuery(q, limitOf(q.Limit)+1)
	if err != nil || query == "" {
		return nil, "", err
	}
	list, last, err := paged(ctx, s, limitOf(q.Limit), scanOpenSession, query, args)
	if err != nil || last == nil {
		return list, "", err
	}
	return list, cursor{List: "session", At: store.Micros(last.Expires), Case: hex.EncodeToString(last.Hash)}.String(), nil
}

func sessionsQuery(q store.SessionQuery, rows int) (string, []any, error) {
	at, err := readCursor(q.Cursor, "session", cursor{At: math.MaxInt64})
	if err != nil || len(q.Regions) == 0 {
		return "", nil, err
	}
	hash, err := hex.DecodeString(at.Case)
	if err != nil {
		return "", nil, store.ErrCursor
	}
	b := branch{from: "session s CROSS JOIN account a"} // in this order: SQLite takes CROSS at its word
	b.add("a.id = s.account AND s.expires > ? AND (s.expires, s.hash) < (?, ?)", store.Micros(q.Now), at.At, blob(hash))
	b.add("s.ended = 0 AND a.disabled = 0 AND s.seen > CASE WHEN a.kind = 'citizen' THEN CAST(? AS BIGINT) ELSE CAST(? AS BIGINT) END",
		store.Micros(q.Citizens), store.Micros(q.Officials))
	in(&b.where, "a.region", q.Regions)
	b.equal("s.account", q.Account)
	b.equal("a.kind", q.Kind)
	query, args := union([]branch{b}, tSession.list("s.")+", "+tAccount.list("a."), "", "s.expires DESC, s.hash DESC", "", rows)
	return query, args, nil
}

// scanOpenSession reads the columns of both tables in one go: each scanner is asked where its columns go, and the second one to
// be asked reads the row.
func scanOpenSession(sc scan) (o store.OpenSession, err error) {
	o.Session, err = scanSession(func(session ...any) (err error) {
		o.Owner, err = scanAccount(func(account ...any) error { return sc(append(session, account...)...) })
		return err
	})
	return o, err
}

// Workload counts what waits, region by region, by the indexes from which it is claimed.
func (s *Store) Workload(ctx context.Context, now time.Time) (store.Workload, error) {
	var w store.Workload
	regions, err := s.Regions(ctx)
	if err != nil {
		return w, err
	}
	oldest := int64(math.MaxInt64)
	for _, region := range regions {
		var waking, waiting, dead int
		var first int64
		err = errors.Join(
			s.one(ctx, store.Into(&waking),
				"SELECT count(*) FROM cases WHERE region = ? AND wake > 0 AND wake <= ? AND lease <= ?", region, store.Micros(now), store.Micros(now)),
			s.one(ctx, store.Into(&waiting, &first),
				"SELECT count(*), CAST(COALESCE(min(next), 0) AS BIGINT) FROM message WHERE region = ? AND state = 'waiting' AND state <> 'sent'", region),
			s.one(ctx, store.Into(&dead),
				"SELECT count(*) FROM message WHERE region = ? AND state = 'dead' AND state <> 'sent'", region))
		if err != nil {
			return w, err
		}
		w.Waking, w.Waiting, w.Dead = w.Waking+waking, w.Waiting+waiting, w.Dead+dead
		if waiting > 0 {
			oldest = min(oldest, first)
		}
	}
	if w.Waiting > 0 {
		w.Oldest = store.FromMicros(oldest)
	}
	return w, errors.Join(
		s.one(ctx, store.Into(&w.Open), "SELECT count(*) FROM session WHERE expires > ? AND ended = 0", store.Micros(now)),
		s.one(ctx, store.Into(&w.Bytes), s.d.size))
}
