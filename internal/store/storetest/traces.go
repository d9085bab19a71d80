package storetest

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
)

// trace is the n-th trace of the tests, at the n-th minute.
func trace(n int, log, region string) store.Trace {
	return store.Trace{ID: fmt.Sprint("t", n), At: At(n), Log: log, Kind: "account-changed", Region: region, Account: "a1", By: "boss", Session: "s",
		Address: "192.0.2.1", Reason: "调岗", Changes: []store.FieldChange{{Field: "roles", Old: "clerk", New: "reviewer, head"}}}
}

// all reads every page of a list, two rows at a time.
func all[T any](t *testing.T, page func(cursor string) ([]T, string, error)) []T {
	t.Helper()
	var list []T
	for cursor := ""; ; {
		rows, next, err := page(cursor)
		must(t, err)
		if list = append(list, rows...); next == "" {
			return list
		}
		if cursor = next; len(rows) != 2 {
			t.Fatalf("a page of %d rows, and another one follows", len(rows))
		}
	}
}

func tracesOf(t *testing.T, s store.Store, q store.TraceQuery) (ids []string) {
	t.Helper()
	q.Limit = 2
	for _, x := range all(t, func(c string) ([]store.Trace, string, error) { q.Cursor = c; return s.FindTraces(t.Context(), q) }) {
		ids = append(ids, x.ID)
	}
	same(t, "how many traces", got(s.CountTraces(t.Context(), q)).must(t), store.Count{N: len(ids)})
	return ids
}

var traces = group{
	"a trace comes back as it was written": func(t *testing.T, s store.Store) {
		want := trace(1, store.OperationLog, Region)
		bare := store.Trace{ID: "bare", At: At(0), Log: store.OperationLog}
		must(t, s.AddTrace(t.Context(), want, bare))
		must(t, s.AddTrace(t.Context()))
		list, next, err := s.FindTraces(t.Context(), store.TraceQuery{Log: store.OperationLog, Regions: []string{Region, ""}})
		must(t, err)
		same(t, "traces", list, []store.Trace{want, bare})
		same(t, "cursor", next, "")
	},
	"traces are found by log, region, account, doer, kind, address and time, newest first": func(t *testing.T, s store.Store) {
		for n, change := range []func(*store.Trace){
			func(*store.Trace) {}, func(x *store.Trace) { x.Log = store.SignInLog }, func(x *store.Trace) { x.Region = "610600" },
			func(x *store.Trace) { x.Account = "a2" }, func(x *store.Trace) { x.By = "other" }, func(x *store.Trace) { x.Kind = "k" },
			func(x *store.Trace) { x.Address = "::1" }, func(x *store.Trace) { x.At = At(6) },
		} {
			x := trace(n, store.OperationLog, Region)
			change(&x)
			must(t, s.AddTrace(t.Context(), x))
		}
		here, both := []string{Region}, []string{Region, "610600"}
		for name, c := range map[string]struct {
			q    store.TraceQuery
			want []string
		}{
			"both regions":     {store.TraceQuery{Regions: both}, []string{"t7", "t6", "t5", "t4", "t3", "t2", "t0"}},
			"one":              {store.TraceQuery{Regions: here}, []string{"t7", "t6", "t5", "t4", "t3", "t0"}},
			"none":             {store.TraceQuery{}, nil},
			"the other log":    {store.TraceQuery{Log: store.SignInLog, Regions: both}, []string{"t1"}},
			"account":          {store.TraceQuery{Regions: both, Account: "a2"}, []string{"t3"}},
			"account, not its": {store.TraceQuery{Regions: []string{"610600"}, Account: "a2"}, nil},
			"doer":             {store.TraceQuery{Regions: both, By: "other"}, []string{"t4"}},
			"kind":             {store.TraceQuery{Regions: both, Kinds: []string{"k", "l"}}, []string{"t5"}},
			"address":          {store.TraceQuery{Regions: both, Address: "::1"}, []string{"t6"}},
			"from, until":      {store.TraceQuery{Regions: both, From: At(2), Until: At(4)}, []string{"t3", "t2"}},
		} {
			if c.q.Log == "" {
				c.q.Log = store.OperationLog
			}
			same(t, name, tracesOf(t, s, c.q), c.want)
		}
		wantErr(t, errOf2(s.FindTraces(t.Context(), store.TraceQuery{Log: store.SignInLog, Regions: here, Cursor: "x"})), store.ErrCursor)
	},
	"a trace stands if and only if what it tells of does": func(t *testing.T, s store.Store) {
		ctx := t.Context()
		log := func() []string {
			return tracesOf(t, s, store.TraceQuery{Log: store.OperationLog, Regions: []string{Region}})
		}
		must(t, s.AddAccount(ctx, account("a1", "li"), trace(1, store.OperationLog, Region)))
		wantErr(t, s.AddAccount(ctx, account("a2", "li"), trace(2, store.OperationLog, Region)), store.ErrConflict)
		must(t, s.UpdateAccount(ctx, account("a1", "li"), trace(3, store.OperationLog, Region)))
		wantErr(t, s.UpdateAccount(ctx, account("a1", "li"), trace(4, store.OperationLog, Region)), store.ErrConflict)
		wantErr(t, s.UpdateAccount(ctx, account("a9", "li"), trace(5, store.OperationLog, Region)), store.ErrNotFound)
		must(t, s.AddSession(ctx, session(1), trace(6, store.OperationLog, Region)))
		wantErr(t, s.AddSession(ctx, session(1), trace(7, store.OperationLog, Region)), store.ErrConflict)
		must(t, s.EndSessions(ctx, "a1", nil, At(8), trace(8, store.OperationLog, Region)))
		same(t, "traces", log(), []string{"t8", "t6", "t3", "t1"})
		if s.UpdateAccount(ctx, store.Account{ID: "a1", Name: "坏", Version: 1}, store.Trace{ID: "\xff"}) == nil {
			t.Error("a trace that is no text was stored")
		}
		same(t, "nothing of what cannot be stored", got(s.AccountByID(ctx, "a1")).must(t).Name, "李")
	},
	"looks are found over all cases of the regions": func(t *testing.T, s store.Store) {
		ctx := t.Context()
		var want []store.Look
		for n := range 5 {
			l := store.Look{Key: KeyOf(n % 2), Account: fmt.Sprint("clerk", n%3), Department: "market", At: At(n / 2), What: fmt.Sprint("page", n), Reason: "电话询问"}
			must(t, s.AddLook(ctx, l))
			want = append(want, l)
		}
		other := store.Look{Key: store.Key{Region: "610600", Case: "610600-20250303-000001"}, Account: "clerk0", At: At(9), What: "page"}
		must(t, s.AddLook(ctx, other))
		find := func(q store.LookQuery) (list []string) {
			q.Limit = 2
			for _, l := range all(t, func(c string) ([]store.Look, string, error) { q.Cursor = c; return s.FindLooks(ctx, q) }) {
				list = append(list, l.What)
			}
			same(t, "how many looks", got(s.CountLooks(ctx, q)).must(t), store.Count{N: len(list)})
			return list
		}
		here := []string{Region}
		same(t, "the region", find(store.LookQuery{Regions: here}), []string{"page4", "page3", "page2", "page1", "page0"})
		same(t, "both", find(store.LookQuery{Regions: []string{"610600", Region}})[:2], []string{"page", "page4"})
		same(t, "none", find(store.LookQuery{}), []string(nil))
		same(t, "account", find(store.LookQuery{Regions: here, Account: "clerk1"}), []string{"page4", "page1"})
		same(t, "case", find(store.LookQuery{Regions: here, Case: No(1)}), []string{"page3", "page1"})
		same(t, "time", find(store.LookQuery{Regions: here, From: At(1), Until: At(2)}), []string{"page3", "page2"})
		owned := Opening(1)
		owned.Row.Owner = "citizen-1"
		commit(t, s, owned)
		same(t, "owner", find(store.LookQuery{Regions: here, Owner: "citizen-1"}), []string{"page3", "page1"})
		same(t, "no case of the owner", find(store.LookQuery{Regions: here, Owner: "citizen-2"}), []string(nil))
		list, _, err := s.FindLooks(ctx, store.LookQuery{Regions: here, Account: "clerk2"})
		must(t, err)
		same(t, "whole", list, want[2:3])
	},
	"a long list is counted up to a bound": func(t *testing.T, s store.Store) {
		q := store.TraceQuery{Log: store.OperationLog, Regions: []string{Region}}
		for _, want := range []store.Count{{N: store.CountMost}, {N: store.CountMost, More: true}} {
			var list []store.Trace
			for n := range store.CountMost {
				x := trace(n, store.OperationLog, Region)
				x.ID = fmt.Sprintf("%d-%v", n, want.More)
				if list = append(list, x); want.More {
					break
				}
			}
			must(t, s.AddTrace(t.Context(), list...))
			same(t, "count", got(s.CountTraces(t.Context(), q)).must(t), want)
		}
		same(t, "of no region", got(s.CountTraces(t.Context(), store.TraceQuery{Log: store.OperationLog})).must(t), store.Count{})
	},
	"accounts are found by name, login, department, role and state": func(t *testing.T, s store.Store) {
		ctx := t.Context()
		for n, change := range []func(*store.Account){
			func(*store.Account) {}, func(a *store.Account) { a.Name = "王小明" }, func(a *store.Account) { a.Department = "tax" },
			func(a *store.Account) { a.Roles = []string{"clerk-of-tax"} }, func(a *store.Account) { a.Disabled = true }, func(a *store.Account) { a.Region = "610600" },
			func(a *store.Account) { a.Kind = caseflow.ActorCitizen },
		} {
			a := account(fmt.Sprint("a", n), fmt.Sprint("u", n))
			change(&a)
			must(t, s.AddAccount(ctx, a))
		}
		yes, no := true, false
		sounds, mute := func(name string) bool { return name != "王小明" }, func(string) bool { return false }
		for name, c := range map[string]struct {
			q    store.AccountQuery
			want string
		}{
			"all": {store.AccountQuery{}, "u0 u1 u2 u3 u4"}, "name": {store.AccountQuery{Search: "小明"}, "u1"}, "login": {store.AccountQuery{Search: "U2"}, "u2"},
			"also by sound": {store.AccountQuery{Search: "小明", Named: sounds}, "u0 u1 u2 u3 u4"}, "by sound alone": {store.AccountQuery{Department: "tax", Search: "xx", Named: sounds}, "u2"},
			"by login, not by sound": {store.AccountQuery{Search: "U1", Named: mute}, "u1"}, "by neither": {store.AccountQuery{Search: "xx", Named: mute}, ""},
			"no search asks for no sound": {store.AccountQuery{Department: "tax", Named: mute}, "u2"},
			"whole login":                 {store.AccountQuery{Login: "u3"}, "u3"}, "no part of a login": {store.AccountQuery{Login: "u"}, ""},
			"department": {store.AccountQuery{Department: "tax"}, "u2"}, "role, not its beginning": {store.AccountQuery{Role: "clerk"}, "u0 u1 u2 u4"},
			"disabled": {store.AccountQuery{Disabled: &yes}, "u4"}, "not disabled": {store.AccountQuery{Disabled: &no}, "u0 u1 u2 u3"},
			"two regions": {store.AccountQuery{Regions: []string{"610600", Region}, Disabled: &no}, "u0 u1 u2 u3 u5"},
			"citizens":    {store.AccountQuery{Kind: caseflow.ActorCitizen}, "u6"},
		} {
			q := c.q
			if q.Regions == nil {
				q.Regions = []string{Region}
			}
			if q.Kind == "" {
				q.Kind = caseflow.ActorOfficial
			}
			q.Limit = 2
			found, n := "", 0
			for _, a := range all(t, func(cur string) ([]store.Account, string, error) { q.Cursor = cur; return s.FindAccounts(ctx, q) }) {
				found += " " + a.Login
				n++
			}
			same(t, "how many: "+name, got(s.CountAccounts(ctx, q)).must(t), store.Count{N: n})
			same(t, name, found, pad(c.want))
		}
	},
	"accounts are found by sound however many are read for it": func(t *testing.T, s store.Store) {
		for n := range 300 { // more than are read at a time
			a := account(fmt.Sprint("a", n), fmt.Sprintf("u%03d", n))
			if n%100 == 99 {
				a.Name = "王小明"
			}
			must(t, s.AddAccount(t.Context(), a))
		}
		for sound, want := range map[string]string{"王小明": " u099 u199 u299", "": ""} {
			q := store.AccountQuery{Kind: caseflow.ActorOfficial, Regions: []string{Region}, Search: "wxm", Limit: 2, Named: func(name string) bool { return name == sound }}
			found := ""
			for _, a := range all(t, func(cur string) ([]store.Account, string, error) {
				q.Cursor = cur
				return s.FindAccounts(t.Context(), q)
			}) {
				found += " " + a.Login
			}
			same(t, "by the sound of "+sound, found, want)
			same(t, "how many", got(s.CountAccounts(t.Context(), q)).must(t), store.Count{N: strings.Count(want, " ")})
		}
	},
	"open sessions are those in use, with their accounts, newest first": func(t *testing.T, s store.Store) {
		ctx := t.Context()
		official, citizen, closed, far := account("a1", "li"), account("c1", "wang"), account("x1", "zhao"), account("f1", "qian")
		citizen.Kind, closed.Disabled, far.Region = caseflow.ActorCitizen, true, "610600"
		for _, a := range []store.Account{official, citizen, closed, far} {
			must(t, s.AddAccount(ctx, a))
		}
		for n, who := range []string{"a1", "a1", "c1", "x1", "f1", "a1", "c1"} {
			x := session(n)
			x.Account, x.Expires, x.Seen = who, At(60+n), At(20)
			if n >= 5 {
				x.Seen = At(10) // too long ago for an official
			}
			must(t, s.AddSession(ctx, x))
		}
		must(t, s.EndSessions(ctx, "a1", session(0).Hash, At(21)))
		q := store.SessionQuery{Regions: []string{Region}, Now: At(30), Officials: At(15), Citizens: At(5), Limit: 2}
		find := func(q store.SessionQuery) (list []int) {
			for _, o := range all(t, func(c string) ([]store.OpenSession, string, error) { q.Cursor = c; return s.OpenSessions(ctx, q) }) {
				list = append(list, int(o.Hash[0]))
				same(t, "its account", o.Owner.ID, o.Account)
			}
			same(t, "how many sessions", got(s.CountOpenSessions(ctx, q)).must(t), store.Count{N: len(list)})
			return list
		}
		same(t, "all", find(q), []int{6, 2, 1})
		q.Kind = caseflow.ActorCitizen
		same(t, "citizens", find(q), []int{6, 2})
		q.Kind, q.Account = "", "a1"
		same(t, "one account's", find(q), []int{1})
		q.Account, q.Regions = "", []string{"610600", Region}
		same(t, "two regions", find(q), []int{6, 4, 2, 1})
		q.Now = At(64)
		same(t, "expired", find(q), []int{6})
		list, _, err := s.OpenSessions(ctx, store.SessionQuery{Regions: []string{Region}, Now: At(30), Account: "a1"})
		must(t, err)
		same(t, "whole", list[1].Owner, official)
	},
	"the workload counts what waits": func(t *testing.T, s store.Store) {
		ctx := t.Context()
		empty := got(s.Workload(ctx, At(0))).must(t)
		if empty.Bytes <= 0 {
			t.Errorf("a database of %d bytes", empty.Bytes)
		}
		empty.Bytes = 0
		same(t, "nothing", empty, store.Workload{})
		c := Opening(1)
		for n := range 3 {
			c.Messages = append(c.Messages, store.Message{MessageKey: store.MessageKey{Key: c.Key, Entry: 1, Index: n}, Channel: "sms", Recipient: "13900000000",
				Template: "x", State: store.MessageWaiting, Next: At(n + 1)})
		}
		commit(t, s, c, Opening(2))
		must(t, s.AddAccount(ctx, account("a1", "li")))
		must(t, s.AddSession(ctx, session(1)))
		dead := c.Messages[0]
		dead.State = store.MessageDead
		must(t, s.FinishMessages(ctx, []store.Message{dead}))
		check := func(what string, at time.Time, want store.Workload) {
			w := got(s.Workload(ctx, at)).must(t)
			w.Bytes = 0
			same(t, what, w, want)
		}
		check("before", At(5), store.Workload{Waiting: 2, Oldest: At(2), Dead: 1, Open: 1})
		check("a day later", At(24*60+1), store.Workload{Waking: 1, Waiting: 2, Oldest: At(2), Dead: 1})
		must(t, errOf(s.ClaimWaking(ctx, Region, At(24*60+1), At(24*60+9), 9)))
		check("taken up", At(24*60+1), store.Workload{Waiting: 2, Oldest: At(2), Dead: 1})
	},
}

func pad(words string) string {
	if words == "" {
		return ""
	}
	return " " + words
}

func errOf2[T any](_ T, _ string, err error) error {
	if err == nil {
		return errors.New("no error")
	}
	return err
}
