package storetest

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
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
	"an account is changed, but not its id, login, kind and birth": func(t *testing.T, s store.Store) {
		ctx := t.Context()
		must(t, s.AddAccount(ctx, account("a1", "li")))
		want := account("a1", "li")
		want.Name, want.Password, want.Department, want.Roles, want.Disabled = "新", "$hash2", "tax", nil, true
		want.Locked, want.MustChange, want.Region = At(9), false, "610600"
		change := want
		change.Login, change.Kind, change.Added = "x", "x", At(99)
		must(t, s.UpdateAccount(ctx, change))
		same(t, "regions", got(s.Regions(ctx)).must(t), []string{Region, "610600"})
		want.Version = 1
		same(t, "account", got(s.AccountByID(ctx, "a1")).must(t), &want)
		wantErr(t, s.UpdateAccount(ctx, account("a9", "li")), store.ErrNotFound)
	},
	"of two changes of the same account one wins and the other must be decided again": func(t *testing.T, s store.Store) {
		ctx := t.Context()
		must(t, s.AddAccount(ctx, account("a1", "li")))
		was := *got(s.AccountByID(ctx, "a1")).must(t)
		reset, moved := was, was
		reset.Password, moved.Department = "$new", "tax"
		must(t, s.UpdateAccount(ctx, reset))
		wantErr(t, s.UpdateAccount(ctx, moved), store.ErrConflict)
		now := *got(s.AccountByLogin(ctx, "li")).must(t)
		reset.Version = 1
		same(t, "the first change stands, whole", now, reset)
		same(t, "listed with its version", got(s.ListOfficials(ctx, Region)).must(t), []store.Account{now})
		now.Department = "tax"
		must(t, s.UpdateAccount(ctx, now))
		wantErr(t, s.UpdateAccount(ctx, was), store.ErrConflict)
	},
	"changes of one account at the same moment are none of them lost": func(t *testing.T, s store.Store) {
		ctx := t.Context()
		must(t, s.AddAccount(ctx, account("a1", "li")))
		must(t, errors.Join(together(16, func(i int) error {
			for {
				a, err := s.AccountByID(ctx, "a1")
				if err != nil {
					return err
				}
				a.Roles = append(a.Roles, fmt.Sprint("role", i))
				if err = s.UpdateAccount(ctx, *a); !errors.Is(err, store.ErrConflict) {
					return err
				}
			}
		})...))
		a := got(s.AccountByID(ctx, "a1")).must(t)
		same(t, "roles", len(a.Roles), 2+16)
		same(t, "version", a.Version, 16)
	},
	"officials of a region are listed by login, its citizens are not": func(t *testing.T, s store.Store) {
		for i, login := range []string{"zhao", "li", "王"} {
			must(t, s.AddAccount(t.Context(), account(fmt.Sprint("a", i), login)))
		}
		other := account("b", "other")
		other.Region = "610600"
		must(t, s.AddAccount(t.Context(), other))
		citizen := account("c", "13800138000")
		citizen.Kind = caseflow.ActorCitizen
		must(t, s.AddAccount(t.Context(), citizen))
		var logins []string
		for _, a := range got(s.ListOfficials(t.Context(), Region)).must(t) {
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
	"what is counted is added at once and taken back at its instant": func(t *testing.T, s store.Store) {
		ctx := t.Context()
		add := func(n, at, want int) {
			t.Helper()
			same(t, fmt.Sprint(n, " at ", at), got(s.AddAttempts(ctx, "kib", n, At(at), At(-10))).must(t), want)
		}
		add(500, 0, 500)
		add(70, 1, 570)
		add(-200, 0, 370)
		add(-70, 1, 300)
		same(t, "since", got(s.Attempts(ctx, "kib", At(1))).must(t), 0)
		same(t, "other key", got(s.Attempts(ctx, "files", At(-10))).must(t), 0)
		must(t, errors.Join(together(16, func(int) error { return errOf(s.AddAttempts(t.Context(), "many", 10, At(0), At(-1))) })...))
		must(t, errors.Join(together(16, func(int) error { return errOf(s.AddAttempts(t.Context(), "many", -9, At(0), At(-1))) })...))
		same(t, "many at once", got(s.Attempts(ctx, "many", At(-1))).must(t), 16)
	},
	"what is old is pruned, the oldest first, and nothing else": func(t *testing.T, s store.Store) {
		ctx := t.Context()
		for i := range 6 {
			n := session(i)
			n.Expires = At(10 + i)
			must(t, s.AddSession(ctx, n))
			must(t, errOf(s.CountAttempt(ctx, fmt.Sprint("key", i), At(i), At(-10))))
		}
		for i := range 6 {
			must(t, s.AddTicket(ctx, ticket(i)))
		}
		must(t, s.EndSessions(ctx, "a1", session(0).Hash, At(1)))
		left := func() (sessions, attempts, tickets string) {
			for i := range 6 {
				if _, err := s.Ticket(ctx, ticket(i).Hash); err == nil {
					tickets += fmt.Sprint(i)
				} else {
					wantErr(t, err, store.ErrNotFound)
				}
				if _, err := s.Session(ctx, session(i).Hash); err == nil {
					sessions += fmt.Sprint(i)
				} else {
					wantErr(t, err, store.ErrNotFound)
				}
				if got(s.Attempts(ctx, fmt.Sprint("key", i), At(-10))).must(t) > 0 {
					attempts += fmt.Sprint(i)
				}
			}
			return sessions, attempts, tickets
		}
		for _, step := range []struct {
			limit, gone                 int
			sessions, attempts, tickets string
		}{{2, 6, "2345", "2345", "2345"}, {2, 5, "345", "45", "45"}, {2, 0, "345", "45", "45"}} {
			same(t, "gone", got(s.Prune(ctx, At(4), At(13), step.limit)).must(t), step.gone)
			sessions, attempts, tickets := left()
			same(t, "sessions, attempts and tickets left", []string{sessions, attempts, tickets}, []string{step.sessions, step.attempts, step.tickets})
		}
	},
	"servers that prune at the same moment take each row once": func(t *testing.T, s store.Store) {
		ctx := t.Context()
		for i := range 40 {
			must(t, errOf(s.CountAttempt(ctx, fmt.Sprint("key", i), At(i%3), At(-10))))
		}
		var gone atomic.Int64
		must(t, errors.Join(together(8, func(int) error {
			for n := -1; n != 0; {
				var err error
				if n, err = s.Prune(ctx, At(9), At(0), 3); err != nil {
					return err
				}
				gone.Add(int64(n))
			}
			return nil
		})...))
		same(t, "gone", gone.Load(), int64(40))
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
		Hash: []byte{byte(i), 0, 255}, Account: "a1", Started: At(i), Seen: At(1), Expires: At(60), Address: "192.0.2.1", Agent: "curl", Factor: "totp",
	}
}

// pause makes an outage of the time between two beats.
const pause = 10 * time.Minute

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
		forged.Proved = "build 1"
		wantErr(t, s.VouchPack(ctx, forged), store.ErrNotFound)
		unknown := p
		unknown.Version = "3.0.0"
		wantErr(t, s.VouchPack(ctx, unknown), store.ErrNotFound)
		same(t, "nobody vouches for other files", got(s.Packs(ctx)).must(t), []store.PackRow{p, second})
		p.Proved, p.Loaded = "build 1", "build 2"
		must(t, s.VouchPack(ctx, p))
		same(t, "vouched for", got(s.Packs(ctx)).must(t), []store.PackRow{p, second})
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
	"looks given together, and by many at once, are all there when they are acknowledged": func(t *testing.T, s store.Store) {
		look := func(of, i int) store.Look {
			return store.Look{Key: KeyOf(of), Account: fmt.Sprint("clerk", i), Department: "market", At: At(i), What: "page"}
		}
		must(t, s.AddLook(t.Context()))
		must(t, s.AddLook(t.Context(), look(1, 0), look(1, 0), look(2, 0)))
		same(t, "the same look twice is one", got(s.Looks(t.Context(), KeyOf(1))).must(t), []store.Look{look(1, 0)})
		must(t, errors.Join(together(64, func(i int) error {
			if err := s.AddLook(t.Context(), look(3, i), look(4, i)); err != nil {
				return err
			}
			for _, of := range []int{3, 4} {
				list, err := s.Looks(t.Context(), KeyOf(of))
				if err != nil || !slices.Contains(list, look(of, i)) {
					return fmt.Errorf("look %d at case %d is not among %d (%v)", i, of, len(list), err)
				}
			}
			return nil
		})...))
		same(t, "all", len(got(s.Looks(t.Context(), KeyOf(3))).must(t)), 64)
		bad := look(5, 1)
		bad.Reason = "\xff"
		if s.AddLook(t.Context(), look(5, 0), bad) == nil || len(got(s.Looks(t.Context(), KeyOf(5))).must(t)) != 0 {
			t.Error("of looks of which one cannot be stored some were")
		}
	},
	"a beat returns the latest one before, of any server": func(t *testing.T, s store.Store) {
		ctx := t.Context()
		same(t, "none yet", got(s.LastBeat(ctx)).must(t), time.Time{})
		same(t, "first", got(s.Beat(ctx, "a", At(1), pause)).must(t), time.Time{})
		same(t, "second", got(s.Beat(ctx, "b", At(3), pause)).must(t), At(1))
		same(t, "reading it is no beat", got(s.LastBeat(ctx)).must(t), At(3))
		same(t, "third", got(s.Beat(ctx, "a", At(4), pause)).must(t), At(3))
		must(t, s.Ping(ctx))
		same(t, "a ping is no beat", got(s.Beat(ctx, "a", At(5), pause)).must(t), At(4))
	},
	"a beat after a pause records it as an outage, once": func(t *testing.T, s store.Store) {
		ctx := t.Context()
		must(t, errOf(s.Beat(ctx, "a", At(1), pause)))
		must(t, errOf(s.Beat(ctx, "a", At(1).Add(pause-time.Microsecond), pause)))
		same(t, "none", len(got(s.Outages(ctx)).must(t)), 0)
		from := At(1).Add(pause - time.Microsecond)
		must(t, errors.Join(together(8, func(i int) error {
			_, err := s.Beat(ctx, fmt.Sprint("server ", i), from.Add(pause), pause)
			return err
		})...))
		first := store.OutageRow{From: from, To: from.Add(pause)}
		same(t, "one", got(s.Outages(ctx)).must(t), []store.OutageRow{first})
		must(t, errOf(s.Beat(ctx, "a", first.To.Add(2*pause), pause)))
		second := store.OutageRow{From: first.To, To: first.To.Add(2 * pause)}
		same(t, "oldest first", got(s.Outages(ctx)).must(t), []store.OutageRow{first, second})
		o := got(s.ClaimOutage(ctx, first.From, "a", At(0), At(1))).must(t)
		o.Cursor, o.Cases, o.Clocks, o.Failed = Region+"|7", 3, 5, 1
		must(t, s.KeepOutage(ctx, o, At(3)))
		wantErr(t, errOf(s.ClaimOutage(ctx, first.From, "b", At(2), At(9))), store.ErrBusy)
		taken := got(s.ClaimOutage(ctx, first.From, "b", At(3), At(9))).must(t)
		o.Holder = "b"
		same(t, "b goes on where a was", taken, o)
		taken.Finished = At(4)
		must(t, s.KeepOutage(ctx, taken, time.Time{}))
		wantErr(t, errOf(s.ClaimOutage(ctx, first.From, "b", At(9), At(10))), store.ErrNotFound)
		wantErr(t, s.KeepOutage(ctx, taken, At(9)), store.ErrConflict)
		same(t, "what is left", got(s.Outages(ctx)).must(t), []store.OutageRow{second})
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
			if i%2 == 1 {
				return s.AddLook(t.Context(), store.Look{Key: KeyOf(i), Account: "li", At: At(i), What: "page"})
			}
			return s.Commit(t.Context(), Opening(i))
		})
		must(t, errs[10])
		if s.AddLook(t.Context(), store.Look{Key: KeyOf(1), Account: "li", At: At(1), What: "page"}) == nil {
			t.Error("a closed store accepted a look")
		}
		if s.Commit(t.Context(), Opening(99)) == nil {
			t.Error("a closed store accepted a change")
		}
		must(t, s.Close())
	},
}
