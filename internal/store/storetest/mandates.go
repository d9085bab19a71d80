package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
)

// mandate is one that is complete in every field that can be set.
func mandate(id, principal, agent string) store.Mandate {
	return store.Mandate{
		ID: id, Kind: store.MandateAgent, Principal: principal, Name: "渭南市华山客栈有限公司", Document: "credit-code:" + principal,
		Agent: agent, AgentName: "李建国", Items: []caseflow.ItemID{"renewal", "open-company"}, From: At(0), Until: At(100),
		State: store.MandateActive, Code: []byte("code of " + id), Salt: "salt of " + id, Added: At(1),
		History: []store.MandateStep{{At: At(1), By: "wang", What: store.MandateGiven, Words: "为期一年"}},
	}
}

// legal is a company's legal representative.
func legal(id, principal, agent string) store.Mandate {
	m := mandate(id, principal, agent)
	m.Kind, m.Items, m.Code, m.Until = store.MandateLegal, nil, nil, time.Time{}
	return m
}

var mandates = group{
	"a mandate is found by id and, while it waits, by its code": func(t *testing.T, s store.Store) {
		ctx := t.Context()
		m := mandate("m1", "company:A", "")
		m.State = store.MandateInvited
		must(t, s.AddMandate(ctx, m))
		same(t, "by id", got(s.Mandate(ctx, "m1")).must(t), &m)
		same(t, "by code", got(s.MandateByCode(ctx, m.Code)).must(t), &m)
		wantErr(t, errOf(s.MandateByCode(ctx, []byte("x"))), store.ErrNotFound)
		wantErr(t, errOf(s.MandateByCode(ctx, nil)), store.ErrNotFound)
		wantErr(t, errOf(s.Mandate(ctx, "m2")), store.ErrNotFound)
		wantErr(t, s.AddMandate(ctx, m), store.ErrConflict)
		m.State, m.Agent = store.MandateActive, "li"
		must(t, s.UpdateMandate(ctx, m))
		wantErr(t, errOf(s.MandateByCode(ctx, m.Code)), store.ErrNotFound)
		open := mandate("m3", "company:A", "li")
		open.Items, open.Until, open.Code, open.History = nil, time.Time{}, nil, nil
		must(t, s.AddMandate(ctx, open))
		same(t, "of all items", got(s.Mandate(ctx, "m3")).must(t), &open)
	},
	"of two changes of the same mandate one wins and the other must be decided again": func(t *testing.T, s store.Store) {
		ctx := t.Context()
		must(t, s.AddMandate(ctx, mandate("m1", "company:A", "li")))
		errs := together(8, func(i int) error {
			m := mandate("m1", "company:A", "li")
			m.State, m.History = store.MandateEnded, append(m.History, store.MandateStep{At: At(2), By: fmt.Sprint(i), What: store.MandateTaken})
			return s.UpdateMandate(ctx, m)
		})
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
			} else {
				wantErr(t, err, store.ErrConflict)
			}
		}
		same(t, "won", won, 1)
		same(t, "version", got(s.Mandate(ctx, "m1")).must(t).Version, 1)
		wantErr(t, s.UpdateMandate(ctx, mandate("m9", "company:A", "li")), store.ErrNotFound)
	},
	"a company has one legal representative at a time": func(t *testing.T, s store.Store) {
		ctx := t.Context()
		first := legal("m1", "company:A", "li")
		must(t, s.AddMandate(ctx, first))
		wantErr(t, s.AddMandate(ctx, legal("m2", "company:A", "wang")), store.ErrConflict)
		must(t, s.AddMandate(ctx, legal("m3", "company:B", "wang")))
		first.State = store.MandateEnded
		must(t, s.UpdateMandate(ctx, first))
		must(t, s.AddMandate(ctx, legal("m2", "company:A", "wang")))
	},
	"mandates are listed by principal, by agent and by both, in pages": func(t *testing.T, s store.Store) {
		ctx := t.Context()
		all := map[string]store.Mandate{}
		for i := range 24 {
			m := mandate(fmt.Sprintf("m%02d", i), fmt.Sprint("company:", i%2), fmt.Sprint("agent", i%3))
			m.Added = At(i / 5)
			if i%4 == 0 {
				m.State = store.MandateEnded
			}
			must(t, s.AddMandate(ctx, m))
			all[m.ID] = m
		}
		must(t, s.AddMandate(ctx, legal("zz", "company:1", "agent1")))
		for name, c := range map[string]struct {
			q    store.MandateQuery
			want func(i int) bool
		}{
			"principal":        {store.MandateQuery{Principal: "company:1", Kind: store.MandateAgent}, func(i int) bool { return i%2 == 1 }},
			"agent":            {store.MandateQuery{Agent: "agent2"}, func(i int) bool { return i%3 == 2 }},
			"both":             {store.MandateQuery{Principal: "company:0", Agent: "agent2"}, func(i int) bool { return i%2 == 0 && i%3 == 2 }},
			"both, active":     {store.MandateQuery{Principal: "company:0", Agent: "agent2", State: store.MandateActive}, func(i int) bool { return i%2 == 0 && i%3 == 2 && i%4 > 0 }},
			"of nobody":        {store.MandateQuery{Principal: "company:9"}, func(int) bool { return false }},
			"agent of another": {store.MandateQuery{Principal: "company:9", Agent: "agent2"}, func(int) bool { return false }},
		} {
			var want, have []string
			for i := 23; i >= 0; i-- {
				if c.want(i) {
					want = append(want, fmt.Sprintf("m%02d", i))
				}
			}
			c.q.Limit = 3
			for more := true; more; more = c.q.Cursor != "" {
				page, next, err := s.Mandates(ctx, c.q)
				must(t, err)
				for _, m := range page {
					same(t, name, m, all[m.ID])
					have = append(have, m.ID)
				}
				c.q.Cursor = next
			}
			if !slices.Equal(have, want) {
				t.Errorf("%s: %v, want %v", name, have, want)
			}
		}
		wantErr(t, errOf(secondOf(s.Mandates(ctx, store.MandateQuery{Agent: "x", Cursor: "?"}))), store.ErrCursor)
		if _, _, err := s.Mandates(ctx, store.MandateQuery{}); err == nil {
			t.Error("everybody's mandates were listed")
		}
	},
	"a change under a mandate that was changed since is not written": func(t *testing.T, s store.Store) {
		ctx := t.Context()
		m := mandate("m1", "company:A", "li")
		must(t, s.AddMandate(ctx, m))
		under := func(c *store.Change, version int) *store.Change {
			c.Mandate = &store.MandateRef{ID: "m1", Version: version}
			return c
		}
		wantErr(t, s.Commit(ctx, under(Opening(1), 1)), store.ErrConflict)
		unknown := under(Opening(1), 0)
		unknown.Mandate.ID = "m2"
		wantErr(t, s.Commit(ctx, unknown), store.ErrConflict)
		commit(t, s, under(Opening(1), 0), Opening(2))
		m.State = store.MandateEnded
		must(t, s.UpdateMandate(ctx, m))
		wantErr(t, s.Commit(ctx, under(Next(1, 2), 0)), store.ErrConflict)
		commit(t, s, Next(1, 2))
	},
	"whatever runs at the same time, nothing follows the taking back of a mandate": func(t *testing.T, s store.Store) {
		ctx := t.Context()
		for round := range 6 {
			m := mandate(fmt.Sprint("m", round), "company:A", "li")
			must(t, s.AddMandate(ctx, m))
			n, after := 10+round*10, 0
			errs := together(9, func(i int) error {
				if i == 0 {
					ended := m
					ended.State = store.MandateEnded
					if err := s.UpdateMandate(ctx, ended); err != nil {
						t.Error(err)
					}
					for k := range 9 {
						if _, err := s.Case(ctx, KeyOf(n+k)); err == nil {
							after++
						}
					}
					return nil
				}
				c := Opening(n + i)
				c.Mandate = &store.MandateRef{ID: m.ID}
				return s.Commit(ctx, c)
			})
			written := 0
			for _, err := range errs[1:] {
				if err == nil {
					written++
				} else if !errors.Is(err, store.ErrConflict) {
					t.Error(err)
				}
			}
			same(t, "cases there when it had been taken back", after, written)
		}
	},
	"the entry of an agent keeps for whom it was done": func(t *testing.T, s store.Store) {
		c := Opening(1)
		c.Entry.Actor.For = "company:A"
		commit(t, s, c)
		same(t, "actor", got(s.Entries(t.Context(), KeyOf(1), 0, 0)).must(t)[0].Actor, c.Entry.Actor)
	},
	"licences are found by case and by the legal representative that they name": func(t *testing.T, s store.Store) {
		ctx := t.Context()
		for n := range 4 {
			c := Opening(n)
			c.Licences = []store.LicenceRow{{Key: c.Key, No: fmt.Sprint("L", n), Kind: "business-licence", Holder: "华山客栈", Document: "credit-code:A",
				Verify: fmt.Sprint("V", n), Issued: At(n), State: caseflow.LicenceValid, Item: "open-company", Legal: fmt.Sprint("id:", n%2), Body: []byte("{}")}}
			if n == 3 {
				c.Licences[0].State = caseflow.LicenceRevoked
			}
			commit(t, s, c)
		}
		numbers := func(list []store.LicenceRow) (all []string) {
			for _, l := range list {
				all = append(all, l.No)
			}
			return all
		}
		same(t, "in", numbers(got(s.LicencesIn(ctx, Region, []caseflow.CaseNo{No(1), No(3), No(9)})).must(t)), []string{"L3", "L1"})
		same(t, "in none", len(got(s.LicencesIn(ctx, Region, nil)).must(t)), 0)
		same(t, "elsewhere", len(got(s.LicencesIn(ctx, "610900", []caseflow.CaseNo{No(1)})).must(t)), 0)
		same(t, "naming", numbers(got(s.LicencesNaming(ctx, Region, "id:0")).must(t)), []string{"L2", "L0"})
		same(t, "naming, revoked", numbers(got(s.LicencesNaming(ctx, Region, "id:1")).must(t)), []string{"L1"})
		same(t, "naming nobody", len(got(s.LicencesNaming(ctx, Region, "")).must(t)), 0)
	},
	"messages and cases are listed of some items only, messages also those that were not read": func(t *testing.T, s store.Store) {
		ctx := t.Context()
		for n := range 6 {
			c := Opening(n)
			c.Row.Owner, c.Row.Item = "company:A", caseflow.ItemID(fmt.Sprint("item", n%3))
			c.Messages = []store.Message{{MessageKey: store.MessageKey{Key: c.Key, Entry: 1, Index: 1}, Channel: "inapp", Recipient: "company:A",
				Template: "x", Item: c.Row.Item, Body: []byte("{}"), State: store.MessageSent, Sent: At(n)}}
			commit(t, s, c)
		}
		must(t, s.MarkRead(ctx, store.MessageKey{Key: KeyOf(4), Entry: 1, Index: 1}, "company:A", At(9)))
		cases := func(q store.MessageQuery) (all []caseflow.CaseNo) {
			q.Region, q.Recipients = Region, []string{"company:A"}
			list, _, err := s.Messages(ctx, q)
			must(t, err)
			for _, m := range list {
				all = append(all, m.Case)
			}
			return all
		}
		some := []caseflow.ItemID{"item1", "item2"}
		same(t, "messages", cases(store.MessageQuery{Items: some}), []caseflow.CaseNo{No(5), No(4), No(2), No(1)})
		same(t, "unread", cases(store.MessageQuery{Items: some, Unread: true}), []caseflow.CaseNo{No(5), No(2), No(1)})
		same(t, "cases", walkCases(t, s, store.CaseQuery{Region: Region, Owner: "company:A", Items: some, Limit: 1}), []caseflow.CaseNo{No(5), No(4), No(2), No(1)})
	},
}

func secondOf[T any](_ T, next string, err error) (string, error) { return next, err }
