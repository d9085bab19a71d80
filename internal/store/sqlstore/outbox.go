package sqlstore

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/tongban/tongban/internal/store"
)

// ClaimWaking leases cases whose wake instant has come, the earliest first.
func (s *Store) ClaimWaking(ctx context.Context, region string, now, lease time.Time, limit int) ([]store.Key, error) {
	var all []store.Key
	err := s.tx(ctx, func(w *writer) error {
		all = nil
		return w.query(func(sc scan) error {
			k := store.Key{Region: region}
			err := sc(&k.Case)
			all = append(all, k)
			return err
		}, `UPDATE cases SET lease = ? WHERE region = ? AND case_no IN (`+wakingQuery+s.d.claim+`) RETURNING case_no`,
			store.Micros(lease), region, region, store.Micros(now), store.Micros(now), int64(limit))
	})
	return all, err
}

const wakingQuery = `SELECT case_no FROM cases WHERE region = ? AND wake > 0 AND wake <= ? AND lease <= ?
	ORDER BY wake, case_no LIMIT ?`

// ClaimMessages leases messages whose time has come, the earliest first, then those whose sending was broken off.
func (s *Store) ClaimMessages(ctx context.Context, region, channel string, now, lease time.Time, limit int) ([]store.Message, error) {
	var all []store.Message
	err := s.tx(ctx, func(w *writer) error {
		all = nil
		for _, due := range []string{dueMessagesQuery, brokenMessagesQuery} {
			if len(all) >= limit { // PostgreSQL may hand out some more
				break
			}
			err := w.query(store.List(&all, scanMessage), `UPDATE message SET lease = ? WHERE region = ? AND (case_no, entry, idx) IN (`+due+s.d.claim+`) RETURNING `+messageCols,
				store.Micros(lease), region, region, channel, store.Micros(now), store.Micros(now), int64(limit-len(all)))
			if err != nil {
				return err
			}
		}
		return nil
	})
	slices.SortFunc(all, func(a, b store.Message) int {
		return cmp.Or(a.Next.Compare(b.Next), cmp.Compare(a.Case, b.Case), cmp.Compare(a.Entry, b.Entry), cmp.Compare(a.Index, b.Index))
	})
	return all, err
}

// That the state is not 'sent' says to the planner that the index of open messages has all of them.
var (
	dueMessagesQuery    = claimable(store.MessageWaiting)
	brokenMessagesQuery = claimable(store.MessageSending)
)

func claimable(state string) string {
	return `SELECT case_no, entry, idx FROM message WHERE region = ? AND state <> 'sent' AND state = '` + state + `' AND channel = ?
	AND next <= ? AND lease <= ? ORDER BY next, case_no, entry, idx LIMIT ?`
}

// BeginMessage counts an attempt of a message that is held. ErrConflict if it is not.
func (s *Store) BeginMessage(ctx context.Context, m store.Message) error {
	return s.tx(ctx, func(w *writer) error {
		n, err := w.count(`UPDATE message SET state = 'sending', attempts = attempts + 1
			WHERE region = ? AND case_no = ? AND entry = ? AND idx = ? AND lease = ? AND state IN ('waiting', 'sending')`,
			m.Region, string(m.Case), int64(m.Entry), int64(m.Index), store.Micros(m.Lease))
		if err == nil && n == 0 {
			err = store.ErrConflict
		}
		return err
	})
}

// FinishMessages records outcomes and ends the leases. What is settled keeps what it has.
func (s *Store) FinishMessages(ctx context.Context, done []store.Message) error {
	if len(done) == 0 {
		return nil
	}
	rows := make([][]any, len(done))
	for i, m := range done {
		rows[i] = []any{m.Region, string(m.Case), int64(m.Entry), int64(m.Index), m.State, int64(m.Attempts), store.Micros(m.Next), store.Micros(m.Sent), m.Error,
			store.Micros(m.Lease)}
		if err := checkText(rows[i]); err != nil {
			return err
		}
	}
	slices.SortFunc(rows, func(a, b []any) int { return strings.Compare(a[0].(string)+a[1].(string), b[0].(string)+b[1].(string)) })
	return s.tx(ctx, func(w *writer) error { return w.many(finishMessages, rows, nil) })
}

var finishKinds = []kind{text, text, num, num, text, num, num, num, text, num}

var finishMessages = &shape{finishKinds, func(d *dialect, n int) string {
	return `UPDATE message SET state = v.column5, attempts = v.column6, next = v.column7, lease = 0, sent = v.column8, error = v.column9
		FROM (` + d.rows(finishKinds, n) + `) AS v
		WHERE region = v.column1 AND case_no = v.column2 AND entry = v.column3 AND idx = v.column4
			AND (state IN ('waiting', 'sending') AND lease = v.column10 OR state IN ('waiting', 'sending', 'unclear') AND v.column5 = 'sent')`
}}

// SettleMessage records what a person decided about a message that is dead or unclear. ErrNotFound if it is neither.
func (s *Store) SettleMessage(ctx context.Context, key store.MessageKey, state string, at time.Time, traces ...store.Trace) error {
	traced, err := s.traceRows(traces)
	if err != nil {
		return err
	}
	set, args := "state = 'sent', sent = ?", []any{store.Micros(at)}
	if state == store.MessageWaiting {
		set = "state = 'waiting', attempts = 0, error = '', lease = 0, next = ?"
	}
	return s.leafTx(ctx, func(w *writer) error {
		n, err := w.count("UPDATE message SET "+set+` WHERE region = ? AND case_no = ? AND entry = ? AND idx = ?
			AND state IN ('dead', 'unclear')`, append(args, key.Region, string(key.Case), int64(key.Entry), int64(key.Index))...)
		switch {
		case err != nil:
			return err
		case n == 0:
			return store.ErrNotFound
		}
		return w.trace(traced)
	})
}

// Dispatches lists messages that are not sent, in the order of their index.
func (s *Store) Dispatches(ctx context.Context, q store.DispatchQuery) ([]store.Message, string, error) {
	from, err := readCursor(q.Cursor, "dispatches", cursor{At: math.MinInt64})
	if err != nil {
		return nil, "", err
	}
	limit := limitOf(q.Limit)
	var all []store.Message
	err = s.each(ctx, store.List(&all, scanMessage), dispatchesQuery, q.Region, q.State, from.Clock, from.At, from.Case, from.ID, from.Index, int64(limit)+1)
	if err != nil || len(all) <= limit {
		return all, "", err
	}
	all = all[:limit]
	last := &all[limit-1]
	return all, cursor{List: "dispatches", Clock: last.Channel, At: store.Micros(last.Next), Case: string(last.Case), ID: int64(last.Entry),
		Index: int64(last.Index)}.String(), nil
}

const dispatchesQuery = "SELECT " + messageCols + ` FROM message WHERE region = ? AND state <> 'sent' AND state = ?
	AND (channel, next, case_no, entry, idx) > (?, ?, ?, ?, ?) ORDER BY channel, next, case_no, entry, idx LIMIT ?`

// CountDispatches counts the messages of a region that are not sent, by state and channel.
func (s *Store) CountDispatches(ctx context.Context, region string) ([]store.DispatchCount, error) {
	var all []store.DispatchCount
	err := s.each(ctx, func(sc scan) error {
		var n store.DispatchCount
		err := sc(&n.State, &n.Channel, &n.N)
		all = append(all, n)
		return err
	}, "SELECT state, channel, count(*) FROM message WHERE region = ? AND state <> 'sent' GROUP BY state, channel ORDER BY state, channel", region)
	return all, err
}

// Messages lists the messages of the recipients, newest first. Each recipient's are read in the order of their index and
// joined here, so that a page costs the same however many there are.
func (s *Store) Messages(ctx context.Context, q store.MessageQuery) ([]store.Message, string, error) {
	from, err := readCursor(q.Cursor, "messages", cursor{At: math.MaxInt64})
	if err != nil {
		return nil, "", err
	}
	limit := limitOf(q.Limit)
	var all []placed
	for _, recipient := range q.Recipients {
		query, args := s.messagesQuery(q, recipient, from)
		err := s.each(ctx, func(sc scan) error {
			var p placed
			var err error
			p.message, err = scanMessage(func(dest ...any) error { return sc(append([]any{&p.made}, dest...)...) })
			all = append(all, p)
			return err
		}, query, args...)
		if err != nil {
			return nil, "", err
		}
	}
	slices.SortFunc(all, func(a, b placed) int { return b.compare(a) })
	next := ""
	if len(all) > limit {
		all = all[:limit]
		last := &all[limit-1]
		next = cursor{List: "messages", At: last.made, Case: string(last.message.Case), ID: int64(last.message.Entry), Index: int64(last.message.Index)}.String()
	}
	list := make([]store.Message, len(all))
	for i := range all {
		list[i] = all[i].message
	}
	return list, next, nil
}

// placed is a message with when it was made, by which lists are sorted.
type placed struct {
	made    int64
	message store.Message
}

func (p placed) compare(o placed) int {
	a, b := &p.message, &o.message
	return cmp.Or(cmp.Compare(p.made, o.made), cmp.Compare(a.Case, b.Case), cmp.Compare(a.Entry, b.Entry), cmp.Compare(a.Index, b.Index))
}

// messagesQuery is a page of a recipient's messages and one more.
func (s *Store) messagesQuery(q store.MessageQuery, recipient string, from cursor) (string, []any) {
	b := branch{from: "message"}
	b.add("region = ? AND recipient = ? AND (made, case_no, entry, idx) < (?, ?, ?, ?)", q.Region, s.asked(recipient), from.At, from.Case, from.ID, from.Index)
	in(&b.where, "item", q.Items)
	if q.Unread {
		b.add("seen = 0")
	}
	return union([]branch{b}, "made, "+messageCols, "", "made DESC, case_no DESC, entry DESC, idx DESC", "", limitOf(q.Limit)+1)
}

// MarkRead records the first reading of a message by its recipient. ErrNotFound if it is not the recipient's.
func (s *Store) MarkRead(ctx context.Context, key store.MessageKey, recipient string, at time.Time) error {
	return s.tx(ctx, func(w *writer) error {
		n, err := w.count(`UPDATE message SET seen = CASE WHEN seen = 0 THEN CAST(? AS BIGINT) ELSE seen END
			WHERE region = ? AND case_no = ? AND entry = ? AND idx = ? AND recipient = ?`,
			store.Micros(at), key.Region, string(key.Case), int64(key.Entry), int64(key.Index), s.asked(recipient))
		if err == nil && n == 0 {
			err = store.ErrNotFound
		}
		return err
	})
}
