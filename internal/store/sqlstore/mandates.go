package sqlstore

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
)

func mandateRow(m *store.Mandate) []any {
	return []any{
		m.ID, m.Kind, m.Principal, m.Name, found(m.Document), m.Agent, m.AgentName, asList(words(m.Items)), store.Micros(m.From), dueMicros(m.Until),
		m.State, hex.EncodeToString(m.Code), store.Micros(m.Added), historyOf(m), int64(m.Version), m.Salt,
	}
}

func words[T ~string](items []T) []string {
	list := make([]string, len(items))
	for i, it := range items {
		list[i] = string(it)
	}
	return list
}

func historyOf(m *store.Mandate) string {
	b, err := json.Marshal(m.History)
	if err != nil { // strings and times always encode
		return "[]"
	}
	return string(b)
}

func scanMandate(sc scan) (store.Mandate, error) {
	var m store.Mandate
	var items, code, history string
	var until int64
	err := sc(&m.ID, &m.Kind, &m.Principal, &m.Name, (*covered)(&m.Document), &m.Agent, &m.AgentName, &items, store.At(&m.From), &until, &m.State, &code,
		store.At(&m.Added), &history, &m.Version, &m.Salt)
	if err != nil {
		return m, err
	}
	for _, it := range list(items) {
		m.Items = append(m.Items, caseflow.ItemID(it))
	}
	if code != "" {
		if m.Code, err = hex.DecodeString(code); err != nil {
			return m, fmt.Errorf("mandate %s: %w", m.ID, err)
		}
	}
	m.Until = dueInstant(until)
	return m, json.Unmarshal([]byte(history), &m.History)
}

// AddMandate stores a new mandate. ErrConflict if its id, its code or the company's place for a representative is taken.
func (s *Store) AddMandate(ctx context.Context, m store.Mandate) error {
	m.Version = 0
	row := mandateRow(&m)
	if err := s.checkRow(row); err != nil {
		return err
	}
	return s.tx(ctx, func(w *writer) error {
		n, err := w.count(tMandate.one(), row...)
		if err == nil && n == 0 {
			err = store.ErrConflict
		}
		return err
	})
}

// UpdateMandate replaces what may change of a mandate that is still at its version. ErrConflict, ErrNotFound.
func (s *Store) UpdateMandate(ctx context.Context, m store.Mandate) error {
	if err := checkText(mandateRow(&m)); err != nil {
		return err
	}
	return s.tx(ctx, func(w *writer) error {
		n, err := w.count("UPDATE mandate SET agent = ?, state = ?, code = ?, salt = ?, history = ?, version = version + 1 WHERE id = ? AND version = ?",
			m.Agent, m.State, hex.EncodeToString(m.Code), m.Salt, historyOf(&m), m.ID, int64(m.Version))
		if err != nil || n == 1 {
			return err
		}
		err = store.ErrNotFound
		there := w.query(func(scan) error { err = store.ErrConflict; return nil }, "SELECT 1 FROM mandate WHERE id = ?", m.ID)
		return errors.Join(there, err)
	})
}

// Mandate finds a mandate by its id.
func (s *Store) Mandate(ctx context.Context, id string) (*store.Mandate, error) {
	return s.mandate(ctx, "id = ?", id)
}

// MandateByCode finds a mandate by the hash of its invitation.
func (s *Store) MandateByCode(ctx context.Context, code []byte) (*store.Mandate, error) {
	if len(code) == 0 {
		return nil, store.ErrNotFound
	}
	return s.mandate(ctx, "code = ? AND state = 'invited'", hex.EncodeToString(code))
}

func (s *Store) mandate(ctx context.Context, cond, value string) (*store.Mandate, error) {
	var m store.Mandate
	err := s.one(ctx, func(sc scan) (err error) {
		m, err = scanMandate(sc)
		return err
	}, "SELECT "+tMandate.list("")+" FROM mandate WHERE "+cond, value)
	if err != nil {
		return nil, err
	}
	return &m, nil
}

// Mandates lists mandates of a principal or an agent, newest first.
func (s *Store) Mandates(ctx context.Context, q store.MandateQuery) ([]store.Mandate, string, error) {
	if q.Principal == "" && q.Agent == "" {
		return nil, "", errors.New("store: mandates are those of a principal or of an agent")
	}
	from, err := readCursor(q.Cursor, "mandates", cursor{At: math.MaxInt64})
	if err != nil {
		return nil, "", err
	}
	query, args := mandatesQuery(q, from)
	var all []store.Mandate
	err = s.each(ctx, store.List(&all, scanMandate), query, args...)
	limit := limitOf(q.Limit)
	if err != nil || len(all) <= limit {
		return all, "", err
	}
	all = all[:limit]
	last := &all[limit-1]
	return all, cursor{List: "mandates", At: store.Micros(last.Added), Case: last.ID}.String(), nil
}

func mandatesQuery(q store.MandateQuery, from cursor) (string, []any) {
	b := branch{from: "mandate"}
	b.equal("agent", q.Agent)
	b.equal("principal", q.Principal)
	b.equal("state", q.State)
	b.equal("kind", q.Kind)
	b.add("(added, id) < (?, ?)", from.At, from.Case)
	return union([]branch{b}, tMandate.list(""), "", "added DESC, id DESC", "", limitOf(q.Limit)+1)
}

// lockMandates reads the versions of mandates, and keeps them from changing until the transaction ends: whoever takes one back
// waits for what was decided on it before, and stops what is decided after.
var lockMandates = &shape{tMandate.kinds[:1], func(d *dialect, n int) string {
	return "SELECT id, version FROM mandate WHERE " + among(d, tMandate.cols[:1], tMandate.kinds[:1], n) + " ORDER BY id" + d.share
}}

// readMandates is the step that reads the mandates on which changes of the batch were decided.
func readMandates(batch []*job, versions map[string]int) step {
	st := step{shape: lockMandates, each: func(sc scan) error {
		var id string
		var version int
		err := sc(&id, &version)
		versions[id] = version
		return err
	}}
	asked := map[string]bool{}
	for _, j := range batch {
		if m := j.change.Mandate; m != nil && !asked[m.ID] {
			asked[m.ID] = true
			st.rows = append(st.rows, []any{m.ID})
		}
	}
	return st
}

// mandated reports whether the mandate on which a change was decided, if it needed one, stands as it was.
func mandated(c *store.Change, versions map[string]int) bool {
	if c.Mandate == nil {
		return true
	}
	version, ok := versions[c.Mandate.ID]
	return ok && version == c.Mandate.Version
}
