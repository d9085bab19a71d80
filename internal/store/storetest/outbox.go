package storetest

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/store"
)

// withMessage is an opening that sends one message.
func withMessage(n int) *store.Change {
	c := Opening(n)
	c.Messages = []store.Message{{
		MessageKey: store.MessageKey{Key: c.Key, Entry: 1}, Channel: "sms", Recipient: "139", Template: "received",
		Body: []byte(`{"n":1}`), State: store.MessageWaiting, Next: At(n),
	}}
	return c
}

var outbox = group{
	"waking cases are claimed once per lease, the earliest first": func(t *testing.T, s store.Store) {
		for n := range 6 {
			c := Opening(n)
			c.Row.Wake = At(10 - n)
			if n == 5 {
				c.Row.Wake = time.Time{}
			}
			commit(t, s, c)
		}
		claim := func(now time.Time, limit int) []store.Key {
			return got(s.ClaimWaking(t.Context(), Region, now, now.Add(time.Minute), limit)).must(t)
		}
		same(t, "before any", len(claim(At(5), 10)), 0)
		same(t, "at the instant", claim(At(6), 10), []store.Key{KeyOf(4)})
		same(t, "leased", len(claim(At(6).Add(59*time.Second), 10)), 0)
		same(t, "after the lease, at most the limit", len(claim(At(10), 3)), 3)
		same(t, "the rest", len(claim(At(10), 10)), 2)
		same(t, "none left", len(claim(At(10), 10)), 0)
		same(t, "other region", len(got(s.ClaimWaking(t.Context(), "610600", At(99), At(100), 10)).must(t)), 0)
	},
	"a commit that moves the wake instant ends the lease, one that does not keeps it": func(t *testing.T, s store.Store) {
		c := Opening(1)
		c.Row.Wake = At(5)
		commit(t, s, c)
		same(t, "claimed", len(got(s.ClaimWaking(t.Context(), Region, At(5), At(60), 10)).must(t)), 1)
		keep := Next(1, 2)
		keep.Row.Wake = At(5)
		commit(t, s, keep)
		same(t, "still leased", len(got(s.ClaimWaking(t.Context(), Region, At(6), At(60), 10)).must(t)), 0)
		move := Next(1, 3)
		move.Row.Wake = At(7)
		commit(t, s, move)
		same(t, "wakes again", len(got(s.ClaimWaking(t.Context(), Region, At(7), At(60), 10)).must(t)), 1)
	},
	"several servers share the waking cases without meeting": func(t *testing.T, s store.Store) {
		for n := range 100 {
			c := Opening(n)
			c.Row.Wake = At(0)
			commit(t, s, c)
		}
		var mu sync.Mutex
		seen := map[store.Key]int{}
		must(t, errors.Join(together(8, func(int) error {
			for {
				keys, err := s.ClaimWaking(t.Context(), Region, At(1), At(60), 7)
				if err != nil || len(keys) == 0 {
					return err
				}
				mu.Lock()
				for _, k := range keys {
					seen[k]++
				}
				mu.Unlock()
			}
		})...))
		for k, n := range seen {
			if n != 1 {
				t.Errorf("%s was handed out %d times", k.Case, n)
			}
		}
		// SKIP LOCKED may pass over a row whose claim is being undone, so the rest is claimed by the next round.
		rest := got(s.ClaimWaking(t.Context(), Region, At(1), At(60), 100)).must(t)
		same(t, "handed out", len(seen)+len(rest), 100)
	},
	"messages are claimed when their time has come and finished once": func(t *testing.T, s store.Store) {
		for n := range 4 {
			commit(t, s, withMessage(n))
		}
		ctx := t.Context()
		same(t, "too early", len(got(s.ClaimMessages(ctx, Region, "sms", At(0).Add(-time.Second), At(9), 10)).must(t)), 0)
		all := got(s.ClaimMessages(ctx, Region, "sms", At(2), At(9), 10)).must(t)
		same(t, "claimed", all, []store.Message{held(0, At(9)), held(1, At(9)), held(2, At(9))})
		same(t, "leased", len(got(s.ClaimMessages(ctx, Region, "sms", At(2), At(9), 10)).must(t)), 0)
		all[0].State, all[0].Sent, all[0].Attempts = store.MessageSent, At(3), 1
		all[1].Next, all[1].Attempts, all[1].Error = At(20), 1, "gateway busy"
		all[2].State, all[2].Attempts, all[2].Error = store.MessageDead, 5, "no such number"
		must(t, s.FinishMessages(ctx, all))
		same(t, "only the fourth", len(got(s.ClaimMessages(ctx, Region, "sms", At(19), At(30), 10)).must(t)), 1)
		same(t, "the failed one again", got(s.ClaimMessages(ctx, Region, "sms", At(20), At(30), 10)).must(t), []store.Message{leased(all[1], At(30))})
		list := written(t, s, "139")
		same(t, "listed newest first", list[1:], []store.Message{leased(all[2], time.Time{}), leased(all[1], At(30)), leased(all[0], time.Time{})})
		all[0].State = store.MessageWaiting
		must(t, s.FinishMessages(ctx, all[:1]))
		same(t, "a sent message stays sent", written(t, s, "139")[3].State, store.MessageSent)
	},
	"several servers share the messages without meeting": func(t *testing.T, s store.Store) {
		c := Opening(1)
		for i := range 100 {
			c.Messages = append(c.Messages, store.Message{MessageKey: store.MessageKey{Index: i}, Channel: "sms", Recipient: "x", Next: At(0)})
		}
		commit(t, s, c)
		var mu sync.Mutex
		seen := map[int]int{}
		must(t, errors.Join(together(8, func(int) error {
			for {
				all, err := s.ClaimMessages(t.Context(), Region, "sms", At(1), At(60), 7)
				if err != nil || len(all) == 0 {
					return err
				}
				mu.Lock()
				for _, m := range all {
					seen[m.Index]++
				}
				mu.Unlock()
			}
		})...))
		for i, n := range seen {
			if n != 1 {
				t.Errorf("message %d was handed out %d times", i, n)
			}
		}
		rest := got(s.ClaimMessages(t.Context(), Region, "sms", At(1), At(60), 100)).must(t)
		same(t, "handed out", len(seen)+len(rest), 100)
	},
	"a message is read by its recipient, the first time counts": func(t *testing.T, s store.Store) {
		c := withMessage(1)
		commit(t, s, c)
		key := c.Messages[0].MessageKey
		wantErr(t, s.MarkRead(t.Context(), key, "somebody", At(5)), store.ErrNotFound)
		must(t, s.MarkRead(t.Context(), key, "139", At(6)))
		must(t, s.MarkRead(t.Context(), key, "139", At(7)))
		same(t, "read", written(t, s, "139")[0].Read, At(6))
	},
	"messages of another region or recipient are not listed": func(t *testing.T, s store.Store) {
		commit(t, s, withMessage(1))
		for _, who := range [][2]string{{"610600", "139"}, {Region, "138"}} {
			list, next, err := s.Messages(t.Context(), store.MessageQuery{Region: who[0], Recipients: []string{who[1]}})
			must(t, err)
			same(t, fmt.Sprint(who), fmt.Sprintf("%d%s", len(list), next), "0")
		}
	},
	"messages to a person and a department are read page by page as one list": func(t *testing.T, s store.Store) {
		for n := range 3 { // made at one instant, so that number, entry and index decide
			c := Opening(n)
			c.Entry.At = At(0)
			for i := range 6 {
				c.Messages = append(c.Messages, store.Message{MessageKey: store.MessageKey{Index: i}, Channel: "inapp",
					Recipient: []string{"li", "@tax", "wang"}[i%3], State: store.MessageSent, Sent: At(0)})
			}
			commit(t, s, c)
		}
		q := store.MessageQuery{Region: Region, Recipients: []string{"li", "@tax"}, Limit: 100}
		whole, next, err := s.Messages(t.Context(), q)
		must(t, err)
		same(t, "all on one page", fmt.Sprintf("%d%s", len(whole), next), "12")
		for size := 1; size <= 12; size++ {
			var paged []store.Message
			q.Cursor, q.Limit = "", size
			for more := true; more; more = q.Cursor != "" {
				list, next, err := s.Messages(t.Context(), q)
				must(t, err)
				if len(list) == 0 || len(list) > size {
					t.Fatalf("a page of %d, of %d at most", len(list), size)
				}
				paged, q.Cursor = append(paged, list...), next
			}
			same(t, fmt.Sprint("pages of ", size), paged, whole)
		}
		q.Cursor = "bm9uZQ"
		_, _, err = s.Messages(t.Context(), q)
		wantErr(t, err, store.ErrCursor)
	},
}

// held is the message of withMessage as a claim returns it.
func held(n int, lease time.Time) store.Message {
	m := withMessage(n).Messages[0]
	m.Made = withMessage(n).Entry.At
	return leased(m, lease)
}

func leased(m store.Message, lease time.Time) store.Message {
	m.Lease = lease
	return m
}

// written lists what was written to somebody.
func written(t *testing.T, s store.Store, recipient string) []store.Message {
	t.Helper()
	list, _, err := s.Messages(t.Context(), store.MessageQuery{Region: Region, Recipients: []string{recipient}})
	must(t, err)
	return list
}
