package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/store"
)

// claimOne claims the only message that is due.
func claimOne(t *testing.T, s store.Store, now, lease time.Time) store.Message {
	t.Helper()
	list := got(s.ClaimMessages(t.Context(), Region, "sms", now, lease, 10)).must(t)
	if len(list) != 1 {
		t.Fatalf("%d messages were claimed, want 1", len(list))
	}
	return list[0]
}

var dispatches = group{
	"a claim takes one channel's messages and no other's": func(t *testing.T, s store.Store) {
		c := Opening(1)
		for i, channel := range []string{"sms", "email", "sms", "webhook"} {
			c.Messages = append(c.Messages, store.Message{MessageKey: store.MessageKey{Index: i}, Channel: channel, Recipient: "x", Next: At(0)})
		}
		commit(t, s, c)
		same(t, "webhook", len(got(s.ClaimMessages(t.Context(), Region, "webhook", At(1), At(9), 10)).must(t)), 1)
		same(t, "sms", len(got(s.ClaimMessages(t.Context(), Region, "sms", At(1), At(9), 10)).must(t)), 2)
		same(t, "none", len(got(s.ClaimMessages(t.Context(), Region, "inapp", At(1), At(9), 10)).must(t)), 0)
		same(t, "email", len(got(s.ClaimMessages(t.Context(), Region, "email", At(1), At(9), 10)).must(t)), 1)
	},
	"an attempt is recorded before it is made, only by who holds the message": func(t *testing.T, s store.Store) {
		commit(t, s, withMessage(0))
		first := claimOne(t, s, At(1), At(2))
		must(t, s.BeginMessage(t.Context(), first))
		m := written(t, s, "139")[0]
		same(t, "begun", []any{m.State, m.Attempts}, []any{store.MessageSending, 1})
		same(t, "held", len(got(s.ClaimMessages(t.Context(), Region, "sms", At(1), At(9), 10)).must(t)), 0)
		second := claimOne(t, s, At(2), At(5))
		same(t, "told that the attempt was broken off", []any{second.State, second.Attempts}, []any{store.MessageSending, 1})
		wantErr(t, s.BeginMessage(t.Context(), first), store.ErrConflict)
		first.State, first.Error = store.MessageDead, "late"
		must(t, s.FinishMessages(t.Context(), []store.Message{first}))
		same(t, "who lost it does not end it", written(t, s, "139")[0].State, store.MessageSending)
		must(t, s.BeginMessage(t.Context(), second))
		second.State, second.Sent = store.MessageSent, At(3)
		must(t, s.FinishMessages(t.Context(), []store.Message{second}))
		wantErr(t, s.BeginMessage(t.Context(), second), store.ErrConflict)
	},
	"that a message was sent is believed also of who lost it, a failure is not": func(t *testing.T, s store.Store) {
		commit(t, s, withMessage(0))
		first := claimOne(t, s, At(1), At(2))
		second := claimOne(t, s, At(2), At(5))
		second.State = store.MessageUnclear
		must(t, s.FinishMessages(t.Context(), []store.Message{second}))
		first.State, first.Next = store.MessageWaiting, At(3)
		must(t, s.FinishMessages(t.Context(), []store.Message{first}))
		same(t, "still unclear", written(t, s, "139")[0].State, store.MessageUnclear)
		first.State, first.Sent = store.MessageSent, At(4)
		must(t, s.FinishMessages(t.Context(), []store.Message{first}))
		same(t, "sent after all", written(t, s, "139")[0].State, store.MessageSent)
	},
	"of servers that begin one message, one may": func(t *testing.T, s store.Store) {
		commit(t, s, withMessage(0))
		m := claimOne(t, s, At(1), At(2))
		m2 := claimOne(t, s, At(2), At(3))
		errs := together(6, func(i int) error {
			if i%2 == 0 {
				return s.BeginMessage(t.Context(), m)
			}
			return nil
		})
		for i := 0; i < 6; i += 2 {
			wantErr(t, errs[i], store.ErrConflict)
		}
		must(t, errors.Join(s.BeginMessage(t.Context(), m2)))
	},
	"a person settles what is dead or unclear, and nothing else": func(t *testing.T, s store.Store) {
		for n := range 4 {
			commit(t, s, withMessage(n))
		}
		all := got(s.ClaimMessages(t.Context(), Region, "sms", At(9), At(20), 10)).must(t)
		for i, state := range []string{store.MessageDead, store.MessageUnclear, store.MessageSent, store.MessageWaiting} {
			all[i].State, all[i].Attempts, all[i].Error, all[i].Next = state, 12, "gateway", At(30)
		}
		must(t, s.FinishMessages(t.Context(), all))
		must(t, s.SettleMessage(t.Context(), all[0].MessageKey, store.MessageWaiting, At(40), trace(1, store.OperationLog, Region)))
		must(t, s.SettleMessage(t.Context(), all[1].MessageKey, store.MessageSent, At(41)))
		wantErr(t, s.SettleMessage(t.Context(), all[1].MessageKey, store.MessageWaiting, At(42)), store.ErrNotFound)
		wantErr(t, s.SettleMessage(t.Context(), all[2].MessageKey, store.MessageWaiting, At(42)), store.ErrNotFound)
		wantErr(t, s.SettleMessage(t.Context(), all[3].MessageKey, store.MessageSent, At(42), trace(2, store.OperationLog, Region)), store.ErrNotFound)
		same(t, "traces", tracesOf(t, s, store.TraceQuery{Log: store.OperationLog, Regions: []string{Region}}), []string{"t1"})
		list := written(t, s, "139")
		again, sent := list[3], list[2]
		same(t, "tried anew", []any{again.State, again.Attempts, again.Next, again.Error}, []any{store.MessageWaiting, 0, At(40), ""})
		same(t, "taken as sent", []any{sent.State, sent.Sent}, []any{store.MessageSent, At(41)})
	},
	"what is not sent is counted, and listed page by page": func(t *testing.T, s store.Store) {
		var keys []store.MessageKey
		for n := range 3 {
			c := Opening(n)
			for i := range 4 {
				c.Messages = append(c.Messages, store.Message{MessageKey: store.MessageKey{Index: i}, Channel: []string{"sms", "email"}[i%2],
					Recipient: "x", State: []string{store.MessageDead, store.MessageDead, store.MessageDead, store.MessageSent}[i], Next: At(5 - n)})
			}
			commit(t, s, c)
		}
		q := store.DispatchQuery{Region: Region, State: store.MessageDead, Limit: 2}
		for more := true; more; more = q.Cursor != "" {
			list, next, err := s.Dispatches(t.Context(), q)
			must(t, err)
			for _, m := range list {
				if m.State != store.MessageDead || slices.Contains(keys, m.MessageKey) {
					t.Errorf("%+v", m)
				}
				keys = append(keys, m.MessageKey)
			}
			q.Cursor = next
		}
		same(t, "listed", len(keys), 9)
		same(t, "counted", got(s.CountDispatches(t.Context(), Region)).must(t),
			[]store.DispatchCount{{State: store.MessageDead, Channel: "email", N: 3}, {State: store.MessageDead, Channel: "sms", N: 6}})
		q.Cursor = "bm9uZQ"
		_, _, err := s.Dispatches(t.Context(), q)
		wantErr(t, err, store.ErrCursor)
		q.Cursor, q.Region = "", "610600"
		list, _, err := s.Dispatches(t.Context(), q)
		must(t, err)
		same(t, "of another region", len(list), 0)
	},
	"how an account is reached is kept, and changed by one at a time": func(t *testing.T, s store.Store) {
		ctx := t.Context()
		same(t, "never said", got(s.Contact(ctx, "a1")).must(t), store.Contact{Account: "a1"})
		n := store.Contact{Account: "a1", Email: "wang@example.cn", Confirmed: At(1), NoSMS: true, QuietFrom: 1320, QuietTo: 420,
			Code: []byte{1, 2}, CodeUntil: At(3), Tries: 5}
		must(t, s.PutContact(ctx, n))
		wantErr(t, s.PutContact(ctx, n), store.ErrConflict)
		n.Version = 1
		same(t, "kept", got(s.Contact(ctx, "a1")).must(t), n)
		accounts := []string{"a1", ""}
		for i := range 300 { // more than are read at once
			accounts = append(accounts, fmt.Sprintf("b%d", i))
		}
		all := got(s.Contacts(ctx, accounts)).must(t)
		same(t, "of many", []any{len(all), all["a1"], all["b299"]}, []any{len(accounts), n, store.Contact{Account: "b299"}})
		same(t, "of none", len(got(s.Contacts(ctx, nil)).must(t)), 0)
		n.Email, n.NoEmail, n.NoSMS, n.Code = "li@example.cn", true, false, nil
		failed := 0
		for _, err := range together(6, func(int) error { return s.PutContact(ctx, n) }) {
			if errors.Is(err, store.ErrConflict) {
				failed++
			}
		}
		same(t, "one of six", failed, 5)
		n.Version = 2
		is := got(s.Contact(ctx, "a1")).must(t)
		is.Code = nil
		same(t, "changed", is, n)
	},
}
