package storetest

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
)

var accounts = group{
	"an account is found by login and id, once": func(t *testing.T, s store.Store) {
		ctx := t.Context()
		a := account("a1", "li")
		must(t, s.AddAccount(ctx, a))
		twin := account("a2", "li")
		wantErr(t, s.AddAccount(ctx, twin), store.ErrConflict)
		wantErr(t, s.AddAccount(ctx, account("a1", "other")), store.ErrConflict)
		same(t, "by login", got(s.AccountByLogin(ctx, "li")).must(t), &a)
		same(t, "by id", got(s.AccountByID(ctx, "a1")).must(t), &a)
		wantErr(t, errOf(s.AccountByLogin(ctx, "Li")), store.ErrNotFound)
		wantErr(t, errOf(s.AccountByID(ctx, "a2")), store.ErrNotFound)
	},
	"an account is changed, but not its id, login, kind, region and birth": func(t *testing.T, s store.Store) {
		ctx := t.Context()
		must(t, s.AddAccount(ctx, account("a1", "li")))
		want := account("a1", "li")
		want.Name, want.Password, want.Department, want.Roles, want.Disabled = "新", "$hash2", "tax", nil, true
		want.Locked, want.MustChange = At(9), false
		change := want
		change.Login, change.Region, change.Kind, change.Added = "x", "999999", "x", At(99)
		must(t, s.UpdateAccount(ctx, change))
		same(t, "account", got(s.AccountByID(ctx, "a1")).must(t), &want)
		wantErr(t, s.UpdateAccount(ctx, account("a9", "li")), store.ErrNotFound)
	},
	"accounts of a region are listed by login": func(t *testing.T, s store.Store) {
		for i, login := range []string{"zhao", "li", "王"} {
			must(t, s.AddAccount(t.Context(), account(fmt.Sprint("a", i), login)))
		}
		other := account("b", "other")
		other.Region = "610600"
		must(t, s.AddAccount(t.Context(), other))
		var logins []string
		for _, a := range got(s.ListAccounts(t.Context(), Region)).must(t) {
			logins = append(logins, a.Login)
		}
		same(t, "logins", logins, []string{"li", "zhao", "王"})
		same(t, "regions", got(s.Regions(t.Context())).must(t), []string{Region, "610600"})
	},
	"a session is kept, touched, and ended once": func(t *testing.T, s store.Store) {
		ctx := t.Context()
		for i := range 3 {
			must(t, s.AddSession(ctx, session(i)))
		}
		same(t, "session", *got(s.Session(ctx, session(1).Hash)).must(t), session(1))
		wantErr(t, errOf(s.Session(ctx, []byte("none"))), store.ErrNotFound)
		must(t, s.TouchSession(ctx, session(1).Hash, At(5)))
		same(t, "seen", got(s.Session(ctx, session(1).Hash)).must(t).Seen, At(5))
		must(t, s.EndSessions(ctx, "somebody", session(1).Hash, At(6)))
		must(t, s.EndSessions(ctx, "a1", session(1).Hash, At(7)))
		same(t, "open sessions, newest first", got(s.Sessions(ctx, "a1")).must(t), []store.Session{session(2), session(0)})
		must(t, s.EndSessions(ctx, "a1", nil, At(8)))
		must(t, s.TouchSession(ctx, session(1).Hash, At(9)))
		for i, ended := range []time.Time{At(8), At(7), At(8)} {
			same(t, fmt.Sprint("ended ", i), got(s.Session(ctx, session(i).Hash)).must(t).Ended, ended)
		}
		same(t, "not touched after the end", got(s.Session(ctx, session(1).Hash)).must(t).Seen, At(5))
	},
	"failed sign-ins are counted per key since an instant": func(t *testing.T, s store.Store) {
		ctx := t.Context()
		for i, want := range []int{1, 2, 3} {
			same(t, "count", got(s.CountAttempt(ctx, "li", At(i/2), At(-10))).must(t), want)
		}
		same(t, "other key", got(s.Attempts(ctx, "wang", At(-10))).must(t), 0)
		same(t, "since", got(s.Attempts(ctx, "li", At(1))).must(t), 1)
		same(t, "all", got(s.Attempts(ctx, "li", At(0))).must(t), 3)
		must(t, s.ClearAttempts(ctx, "li"))
		same(t, "cleared", got(s.Attempts(ctx, "li", At(-10))).must(t), 0)
	},
	"failed sign-ins at the same moment are all counted": func(t *testing.T, s store.Store) {
		must(t, errors.Join(together(32, func(int) error { return errOf(s.CountAttempt(t.Context(), "li", At(0), At(-1))) })...))
		same(t, "count", got(s.Attempts(t.Context(), "li", At(-1))).must(t), 32)
	},
}

func account(id, login string) store.Account {
	return store.Account{ // #nosec G101 -- not a password
		ID: id, Login: login, Kind: caseflow.ActorOfficial, Name: "李", Password: "$argon2id$x", Region: Region, Department: "market",
		Roles: []string{"clerk", "head"}, DocType: "id", DocNo: "610502199001011234", Phone: "13900000000", MustChange: true, Added: At(0),
	}
}

func session(i int) store.Session {
	return store.Session{
		Hash: []byte{byte(i), 0, 255}, Account: "a1", Started: At(i), Seen: At(1), Expires: At(60), Address: "192.0.2.1", Agent: "curl",
	}
}

var upkeep = group{
	"regions are those with cases or accounts": func(t *testing.T, s store.Store) {
		same(t, "none", len(got(s.Regions(t.Context())).must(t)), 0)
		other := Opening(1)
		other.Region = "610100"
		commit(t, s, Opening(1), Opening(2), other)
		same(t, "regions", got(s.Regions(t.Context())).must(t), []string{"610100", Region})
	},
	"a counter never hands out a number twice": func(t *testing.T, s store.Store) {
		var mu sync.Mutex
		var all []int64
		must(t, errors.Join(together(32, func(i int) error {
			for range 5 {
				first, err := s.Reserve(t.Context(), Region, "case", i%3+1)
				if err != nil {
					return err
				}
				mu.Lock()
				for n := range i%3 + 1 {
					all = append(all, first+int64(n))
				}
				mu.Unlock()
			}
			return nil
		})...))
		slices.Sort(all)
		same(t, "distinct", len(slices.Compact(slices.Clone(all))), len(all))
		same(t, "from", all[0], int64(1))
		same(t, "another counter", got(s.Reserve(t.Context(), Region, "x", 1)).must(t), int64(1))
		same(t, "another region", got(s.Reserve(t.Context(), "610600", "case", 1)).must(t), int64(1))
		if _, err := s.Reserve(t.Context(), Region, "case", 0); err == nil {
			t.Error("reserving no number succeeded")
		}
	},
	"a pack version is stored once, with one digest": func(t *testing.T, s store.Store) {
		ctx := t.Context()
		p := store.PackRow{ID: "03-weinan", Version: "1.0.0", Digest: []byte{1}, Archive: []byte("zip"), Added: At(1)}
		second := p
		second.Version, second.Added = "0.9.0", At(2)
		must(t, s.PutPack(ctx, p))
		must(t, s.PutPack(ctx, second))
		must(t, s.PutPack(ctx, p))
		forged := p
		forged.Digest = []byte{2}
		wantErr(t, s.PutPack(ctx, forged), store.ErrConflict)
		same(t, "packs", got(s.Packs(ctx)).must(t), []store.PackRow{p, second})
		same(t, "one version", got(s.Pack(ctx, p.ID, "0.9.0")).must(t), second)
		for _, unknown := range [][2]string{{p.ID, "2.0.0"}, {"04-x", "1.0.0"}} {
			_, err := s.Pack(ctx, unknown[0], unknown[1])
			wantErr(t, err, store.ErrNotFound)
		}
		bare, bareSecond := p, second
		bare.Archive, bareSecond.Archive = nil, nil
		same(t, "versions", got(s.PackVersions(ctx)).must(t), []store.PackRow{bare, bareSecond})
	},
	"looks are kept, newest first": func(t *testing.T, s store.Store) {
		var want []store.Look
		for i := range 3 {
			l := store.Look{Key: KeyOf(1), Account: "li", Department: "market", At: At(i), What: "page", Reason: "电话询问"}
			must(t, s.AddLook(t.Context(), l))
			want = slices.Insert(want, 0, l)
		}
		same(t, "looks", got(s.Looks(t.Context(), KeyOf(1))).must(t), want)
		same(t, "other case", len(got(s.Looks(t.Context(), KeyOf(2))).must(t)), 0)
	},
	"a beat returns the latest one before, of any server": func(t *testing.T, s store.Store) {
		ctx := t.Context()
		same(t, "first", got(s.Beat(ctx, "a", At(1))).must(t), time.Time{})
		same(t, "second", got(s.Beat(ctx, "b", At(3))).must(t), At(1))
		same(t, "third", got(s.Beat(ctx, "a", At(4))).must(t), At(3))
		must(t, s.Ping(ctx))
		same(t, "a ping is no beat", got(s.Beat(ctx, "a", At(5))).must(t), At(4))
	},
	"of many who set a value the first wins and all learn it": func(t *testing.T, s store.Store) {
		wantErr(t, errOf(s.Setting(t.Context(), "key")), store.ErrNotFound)
		values := make([]string, 16)
		must(t, errors.Join(together(16, func(i int) error {
			v, err := s.PutSetting(t.Context(), "key", fmt.Append(nil, "value ", i))
			values[i] = string(v)
			return err
		})...))
		slices.Sort(values)
		same(t, "values", len(slices.Compact(values)), 1)
		same(t, "stands", string(got(s.Setting(t.Context(), "key")).must(t)), values[0])
	},
	"closing writes what was accepted and refuses what comes after": func(t *testing.T, s store.Store) {
		errs := together(20, func(i int) error {
			if i == 10 {
				return s.Close()
			}
			return s.Commit(t.Context(), Opening(i))
		})
		must(t, errs[10])
		if s.Commit(t.Context(), Opening(99)) == nil {
			t.Error("a closed store accepted a change")
		}
		must(t, s.Close())
	},
}
