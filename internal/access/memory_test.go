package access

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/store/sqlstore"
)

// memory keeps accounts and sessions in maps, where a test can look at them and make them fail; the rest is the real store's.
type memory struct {
	store.Accounts
	mu       sync.Mutex
	accounts map[string]store.Account // by id
	sessions map[string]store.Session // by hash
	attempts map[string][]time.Time
	traces   []store.Trace
	down     error // answered to everything when set
}

func newMemory(t *testing.T) *memory {
	t.Helper()
	real, err := sqlstore.Open(t.Context(), sqlstore.Options{Address: filepath.Join(t.TempDir(), "test.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := real.Close(); err != nil {
			t.Error(err)
		}
	})
	return &memory{Accounts: real, accounts: map[string]store.Account{}, sessions: map[string]store.Session{}, attempts: map[string][]time.Time{}}
}

func (m *memory) AddAccount(_ context.Context, a store.Account, traces ...store.Trace) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, other := range m.accounts {
		if other.Login == a.Login {
			return store.ErrConflict
		}
	}
	m.accounts[a.ID] = a
	m.traces = append(m.traces, traces...)
	return m.down
}

func (m *memory) UpdateAccount(_ context.Context, a store.Account, traces ...store.Trace) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	old, ok := m.accounts[a.ID]
	switch {
	case !ok:
		return store.ErrNotFound
	case old.Version != a.Version:
		return store.ErrConflict
	}
	a.Version++
	m.accounts[a.ID] = a
	m.traces = append(m.traces, traces...)
	return m.down
}

func (m *memory) AccountByLogin(_ context.Context, login string) (*store.Account, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, a := range m.accounts {
		if a.Login == login && m.down == nil {
			return &a, nil
		}
	}
	return nil, m.or(store.ErrNotFound)
}

func (m *memory) or(err error) error {
	if m.down != nil {
		return m.down
	}
	return err
}

func (m *memory) AccountByID(_ context.Context, id string) (*store.Account, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if a, ok := m.accounts[id]; ok && m.down == nil {
		return &a, nil
	}
	return nil, m.or(store.ErrNotFound)
}

func (m *memory) ListOfficials(_ context.Context, region string) ([]store.Account, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []store.Account
	for _, a := range m.accounts {
		if a.Region == region && a.Kind == caseflow.ActorOfficial {
			list = append(list, a)
		}
	}
	slices.SortFunc(list, func(a, b store.Account) int {
		if a.Login < b.Login {
			return -1
		}
		return 1
	})
	return list, m.down
}

func (m *memory) SealedValues(_ context.Context, column store.SealedColumn, after string, _ int) ([]store.SealedValue, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []store.SealedValue
	for _, a := range m.accounts {
		text := map[store.SealedColumn]string{store.SealedDocument: a.DocNo, store.SealedPhone: a.Phone}[column]
		if a.ID > after && text != "" {
			list = append(list, store.SealedValue{Column: column, Account: a.ID, Text: text})
		}
	}
	slices.SortFunc(list, func(a, b store.SealedValue) int { return strings.Compare(a.Account, b.Account) })
	return list, m.down
}

func (m *memory) AddSession(_ context.Context, s store.Session, traces ...store.Trace) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sessions[string(s.Hash)] = s
	m.traces = append(m.traces, traces...)
	return m.down
}

func (m *memory) Session(_ context.Context, hash []byte) (*store.Session, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if s, ok := m.sessions[string(hash)]; ok && m.down == nil {
		return &s, nil
	}
	return nil, m.or(store.ErrNotFound)
}

func (m *memory) Sessions(_ context.Context, account string) ([]store.Session, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []store.Session
	for _, s := range m.sessions {
		if s.Account == account && s.Ended.IsZero() {
			list = append(list, s)
		}
	}
	slices.SortFunc(list, func(a, b store.Session) int { return b.Started.Compare(a.Started) })
	return list, m.down
}

func (m *memory) TouchSession(_ context.Context, hash []byte, seen time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, ok := m.sessions[string(hash)]
	if !ok {
		return store.ErrNotFound
	}
	s.Seen = seen
	m.sessions[string(hash)] = s
	return m.down
}

func (m *memory) EndSessions(_ context.Context, account string, hash []byte, at time.Time, traces ...store.Trace) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.traces = append(m.traces, traces...)
	for key, s := range m.sessions {
		if s.Account == account && s.Ended.IsZero() && (hash == nil || key == string(hash)) {
			s.Ended = at
			m.sessions[key] = s
		}
	}
	return m.down
}

func (m *memory) CountAttempt(ctx context.Context, key string, at, since time.Time) (int, error) {
	m.mu.Lock()
	m.attempts[key] = append(m.attempts[key], at)
	m.mu.Unlock()
	return m.Attempts(ctx, key, since)
}

func (m *memory) Attempts(_ context.Context, key string, since time.Time) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := 0
	for _, at := range m.attempts[key] {
		if !at.Before(since) {
			n++
		}
	}
	return n, m.down
}

func (m *memory) ClearAttempts(_ context.Context, key string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.attempts, key)
	return m.down
}

func (m *memory) Prune(_ context.Context, attempts, sessions time.Time, limit int) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	gone := 0
	for hash, s := range m.sessions {
		if s.Expires.Before(sessions) && gone < limit {
			delete(m.sessions, hash)
			gone++
		}
	}
	for key, list := range m.attempts {
		kept := slices.DeleteFunc(list, func(at time.Time) bool { return at.Before(attempts) })
		gone += len(list) - len(kept)
		m.attempts[key] = kept
	}
	return gone, m.down
}

func (m *memory) AddTrace(_ context.Context, traces ...store.Trace) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.traces = append(m.traces, traces...)
	return m.down
}

func (m *memory) Regions(context.Context) ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []string
	for _, a := range m.accounts {
		list = append(list, a.Region)
	}
	slices.Sort(list)
	return slices.Compact(list), m.down
}

// FindTraces lists the traces of a log in the regions, newest first, whatever else the query asks.
func (m *memory) FindTraces(_ context.Context, q store.TraceQuery) ([]store.Trace, string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []store.Trace
	for _, t := range m.traces {
		if t.Log == q.Log && slices.Contains(q.Regions, t.Region) && (q.Account == "" || q.Account == t.Account) &&
			(len(q.Kinds) == 0 || slices.Contains(q.Kinds, t.Kind)) && !t.At.Before(q.From) {
			list = slices.Insert(list, 0, t)
		}
	}
	return list, "", m.down
}

func (m *memory) FindLooks(context.Context, store.LookQuery) ([]store.Look, string, error) {
	return nil, "", m.down
}

func (m *memory) FindAccounts(_ context.Context, q store.AccountQuery) ([]store.Account, string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []store.Account
	for _, a := range m.accounts {
		if a.Kind == q.Kind && slices.Contains(q.Regions, a.Region) && (q.Login == "" || q.Login == a.Login) {
			list = append(list, a)
		}
	}
	return list, "", m.down
}

func (m *memory) OpenSessions(_ context.Context, q store.SessionQuery) ([]store.OpenSession, string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []store.OpenSession
	for _, s := range m.sessions {
		if a := m.accounts[s.Account]; s.Ended.IsZero() && slices.Contains(q.Regions, a.Region) {
			list = append(list, store.OpenSession{Session: s, Owner: a})
		}
	}
	return list, "", m.down
}

func (m *memory) Workload(context.Context, time.Time) (store.Workload, error) {
	return store.Workload{}, m.down
}
