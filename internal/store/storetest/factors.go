package storetest

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/tongban/tongban/internal/store"
)

func factor(account, id string) store.Factor {
	return store.Factor{Account: account, ID: id, Kind: "totp", Name: "手机", Secret: "A256GCM.k1." + id, Added: At(1)}
}

func ticket(i int) store.Ticket {
	return store.Ticket{Hash: []byte{byte(i), 255}, Kind: "factor", Account: "a1", Body: []byte{0, byte(i)}, Expires: At(i)}
}

var factors = group{
	"a factor is kept, replaced and dropped": func(t *testing.T, s store.Store) {
		ctx := t.Context()
		later := factor("a1", "totp")
		later.Name, later.Step, later.Used = "另一部", 7, At(3)
		recovery := store.Factor{Account: "a1", ID: "digest", Kind: "recovery", Added: At(1)}
		must(t, errors.Join(s.PutFactor(ctx, factor("a1", "totp")), s.PutFactor(ctx, later), s.PutFactor(ctx, recovery), s.PutFactor(ctx, factor("a2", "totp"))))
		same(t, "by kind and id", got(s.Factors(ctx, "a1")).must(t), []store.Factor{recovery, later})
		same(t, "dropped", got(s.DropFactors(ctx, "a1", "digest", "none")).must(t), 1)
		same(t, "dropped twice", got(s.DropFactors(ctx, "a1", "digest")).must(t), 0)
		same(t, "all", got(s.DropFactors(ctx, "a1")).must(t), 1)
		same(t, "another's", len(got(s.Factors(ctx, "a2")).must(t)), 1)
	},
	"of a factor only later steps are used, each once, and none before it is confirmed": func(t *testing.T, s store.Store) {
		ctx := t.Context()
		must(t, s.PutFactor(ctx, factor("a1", "totp")))
		var through atomic.Int64
		must(t, errors.Join(together(16, func(int) error {
			err := s.UseFactor(ctx, "a1", "totp", 5, At(2))
			if err == nil {
				through.Add(1)
			} else if !errors.Is(err, store.ErrConflict) {
				return err
			}
			return nil
		})...))
		same(t, "through", through.Load(), int64(1))
		wantErr(t, s.UseFactor(ctx, "a1", "totp", 4, At(3)), store.ErrConflict)
		wantErr(t, s.UseFactor(ctx, "a1", "none", 9, At(3)), store.ErrConflict)
		must(t, s.UseFactor(ctx, "a1", "totp", 6, At(4)))
		f := got(s.Factors(ctx, "a1")).must(t)[0]
		same(t, "step", f.Step, int64(6))
		same(t, "used", f.Used, At(4))
		pending := factor("a2", "totp")
		pending.Added = pending.Used
		must(t, s.PutFactor(ctx, pending))
		wantErr(t, s.UseFactor(ctx, "a2", "totp", 9, At(4)), store.ErrConflict)
	},
	"sealed secrets are walked through and replaced only as they were read": func(t *testing.T, s store.Store) {
		ctx := t.Context()
		for i := range 5 {
			must(t, s.PutFactor(ctx, factor(fmt.Sprint("a", i/2), fmt.Sprint("f", i))))
		}
		must(t, s.PutFactor(ctx, store.Factor{Account: "a1", ID: "digest", Kind: "recovery", Added: At(1)}))
		var seen []string
		var last store.Factor
		for {
			list := got(s.SealedFactors(ctx, last, 2)).must(t)
			if len(list) == 0 {
				break
			}
			for _, last = range list {
				seen = append(seen, last.ID)
				must(t, s.ResealFactor(ctx, last, "A256GCM.k2."+last.ID))
				wantErr(t, s.ResealFactor(ctx, last, "again"), store.ErrConflict)
			}
		}
		same(t, "seen", seen, []string{"f0", "f1", "f2", "f3", "f4"})
		same(t, "secret", got(s.Factors(ctx, "a2")).must(t)[0].Secret, "A256GCM.k2.f4")
	},
	"sealed values of accounts are walked through and replaced only as they were read": func(t *testing.T, s store.Store) {
		ctx := t.Context()
		for i := range 5 {
			a := account(fmt.Sprint("a", i), fmt.Sprint("login", i))
			if a.DocNo = fmt.Sprint("A256GCM.k1.", i); i == 3 {
				a.DocType, a.DocNo = "", ""
			}
			a.Phone = a.DocNo
			must(t, s.AddAccount(ctx, a))
			must(t, s.PutContact(ctx, store.Contact{Account: a.ID, Email: a.DocNo}))
		}
		for _, column := range store.SealedColumns {
			var seen []string
			for last := ""; ; {
				list := got(s.SealedValues(ctx, column, last, 2)).must(t)
				if len(list) == 0 {
					break
				}
				for _, v := range list {
					last, seen = v.Account, append(seen, v.Account)
					must(t, s.ResealValue(ctx, v, column.Place(v.Account)))
					wantErr(t, s.ResealValue(ctx, v, "again"), store.ErrConflict)
				}
			}
			same(t, "seen", seen, []string{"a0", "a1", "a2", "a4"})
		}
		a, n := got(s.AccountByID(ctx, "a4")).must(t), got(s.Contact(ctx, "a4")).must(t)
		same(t, "values", []string{a.DocNo, a.Phone, n.Email}, []string{"account.document/a4", "account.phone/a4", "contact.email/a4"})
		same(t, "versions", []int{a.Version, n.Version}, []int{0, 1})
	},
	"a subject of a provider means one account": func(t *testing.T, s store.Store) {
		ctx := t.Context()
		one := store.Identity{Issuer: "https://id.example", Subject: "s1", Account: "a1", Added: At(1)}
		other := store.Identity{Issuer: "https://id.example", Subject: "s1", Account: "a2", Added: At(2)}
		must(t, s.AddIdentity(ctx, one, nil))
		wantErr(t, s.AddIdentity(ctx, other, nil), store.ErrConflict)
		same(t, "it", *got(s.Identity(ctx, one.Issuer, "s1")).must(t), one)
		wantErr(t, errOf(s.Identity(ctx, one.Issuer, "s2")), store.ErrNotFound)
		wantErr(t, errOf(s.Identity(ctx, "https://other.example", "s1")), store.ErrNotFound)
		wantErr(t, errOf(s.Identity(ctx, one.Issuer, "s\x00")), store.ErrNotFound)
		same(t, "of an account", got(s.Identities(ctx, "a1")).must(t), []store.Identity{one})
		wantErr(t, s.DropIdentity(ctx, other), store.ErrNotFound)
		must(t, s.DropIdentity(ctx, one))
		must(t, s.AddIdentity(ctx, other, nil))
	},
	"an identity comes with its new account and its trace, or not at all": func(t *testing.T, s store.Store) {
		ctx := t.Context()
		log := func() []string {
			return tracesOf(t, s, store.TraceQuery{Log: store.OperationLog, Regions: []string{Region}})
		}
		identity := func(subject, account string) store.Identity {
			return store.Identity{Issuer: "https://id.example", Subject: subject, Account: account, Added: At(1)}
		}
		fresh := func(id, login string) *store.Account { a := account(id, login); return &a }
		must(t, s.AddAccount(ctx, account("a0", "wang")))
		must(t, s.AddIdentity(ctx, identity("s1", "a1"), fresh("a1", "li"), trace(1, store.OperationLog, Region)))
		same(t, "the account", got(s.AccountByID(ctx, "a1")).must(t).Login, "li")
		same(t, "the regions", got(s.Regions(ctx)).must(t), []string{Region})

		wantErr(t, s.AddIdentity(ctx, identity("s1", "a2"), fresh("a2", "zhao"), trace(2, store.OperationLog, Region)), store.ErrConflict)
		wantErr(t, errOf(s.AccountByID(ctx, "a2")), store.ErrNotFound)
		wantErr(t, s.AddIdentity(ctx, identity("s3", "a3"), fresh("a3", "wang"), trace(3, store.OperationLog, Region)), store.ErrConflict)
		wantErr(t, errOf(s.Identity(ctx, "https://id.example", "s3")), store.ErrNotFound)
		if s.AddIdentity(ctx, identity("s4", "a4"), fresh("a4", "sun"), store.Trace{ID: "\xff"}) == nil {
			t.Error("a trace that is no text was stored")
		}
		wantErr(t, errOf(s.AccountByID(ctx, "a4")), store.ErrNotFound)
		wantErr(t, s.DropIdentity(ctx, identity("s9", "a1"), trace(5, store.OperationLog, Region)), store.ErrNotFound)
		wantErr(t, s.DropIdentity(ctx, identity("s\x00", "a1")), store.ErrNotFound)
		must(t, s.DropIdentity(ctx, identity("s1", "a1"), trace(6, store.OperationLog, Region)))
		same(t, "traces", log(), []string{"t6", "t1"})

		var mine atomic.Int64 // of several that are first at once one is
		must(t, errors.Join(together(8, func(n int) error {
			id := fmt.Sprint("b", n)
			err := s.AddIdentity(ctx, identity("s5", id), fresh(id, id))
			if err == nil {
				mine.Add(1)
			} else if !errors.Is(err, store.ErrConflict) {
				return err
			}
			return nil
		})...))
		same(t, "first", mine.Load(), int64(1))
	},
	"a ticket is taken once": func(t *testing.T, s store.Store) {
		ctx := t.Context()
		must(t, s.AddTicket(ctx, ticket(1)))
		wantErr(t, s.AddTicket(ctx, ticket(1)), store.ErrConflict)
		same(t, "read", *got(s.Ticket(ctx, ticket(1).Hash)).must(t), ticket(1))
		wantErr(t, errOf(s.Ticket(ctx, ticket(2).Hash)), store.ErrNotFound)
		var taken atomic.Int64
		must(t, errors.Join(together(16, func(int) error {
			_, err := s.TakeTicket(ctx, ticket(1).Hash)
			if err == nil {
				taken.Add(1)
			} else if !errors.Is(err, store.ErrNotFound) {
				return err
			}
			return nil
		})...))
		same(t, "taken", taken.Load(), int64(1))
	},
}
