package hall_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/workday"
)

// permits grants a permit for a month, and renews it: the old one's number and its expiry, as the applicant knows it, stand
// in the form.
func permits() pair {
	first, renewal := sample(), sample()
	back := func(n int) *caseflow.Rule {
		return &caseflow.Rule{Anchor: "form.expires", Limit: workday.Limit{N: n, Unit: workday.Day, Backward: true}, Effect: caseflow.EffectGrant,
			Basis: caseflow.Basis{Law: "行政许可法", Article: "50"}}
	}
	for _, it := range []*caseflow.Item{first, renewal} {
		it.Parts, it.Materials = nil, nil
		it.Steps = []caseflow.Step{
			{ID: "decide", Kind: caseflow.KindDecide, By: caseflow.Post{Department: "market", Role: caseflow.RoleReviewer}},
			{ID: "issue", Kind: caseflow.KindIssue, Needs: []caseflow.StepID{"decide"}, Result: &caseflow.Result{Licence: "permit", Numbering: "serial",
				Valid: &workday.Limit{N: 60, Unit: workday.Day}}},
		}
	}
	first.ID, renewal.ID = "permit", "renewal"
	renewal.Renews = &caseflow.Renews{Licence: "permit", No: "form.no"}
	renewal.Limits.Expiry, renewal.Limits.Apply = back(0), back(30)
	renewal.Limits.Apply.Effect = caseflow.EffectRefuse
	return pair{"permit": first, "renewal": renewal}
}

// 行政许可法 art. 50 counts from the licence, whatever its holder remembers of it.
func TestARenewalCountsFromTheLicenceThatTheStoreKnows(t *testing.T) {
	onBoth(t, func(t *testing.T, st store.Store) {
		c := monday()
		h := serverOf(t, st, c, permits())
		opened := func(item caseflow.ItemID) store.Key {
			open := openCommand
			open.Item = item
			r, err := h.Do(t.Context(), citizen, "", store.Key{Region: region}, open)
			if err != nil {
				t.Fatal(err)
			}
			return store.Key{Region: region, Case: r.Case}
		}
		granted := func() (store.Key, caseflow.Licence) {
			key := opened("permit")
			do(t, h, citizen, key, caseflow.Submit{})
			do(t, h, clerk, key, caseflow.Accept{})
			do(t, h, market, key, caseflow.Grant{Task: task(t, h, key, "decide")})
			return key, seen(t, h, key).Licences[0]
		}
		renew := func(no, expires string) (store.Key, error) {
			key := opened("renewal")
			do(t, h, citizen, key, caseflow.SaveDraft{Data: fmt.Appendf(nil, `{"no":%q,"expires":%q}`, no, expires)})
			_, err := h.Do(t.Context(), citizen, "", key, caseflow.Submit{})
			return key, err
		}
		code := func(err error) string {
			var r *caseflow.Refusal
			if errors.As(err, &r) {
				return r.Code
			}
			return fmt.Sprint(err)
		}
		first, permit := granted()
		key, err := renew(" "+permit.No+" ", "2028-01-01")
		if err != nil {
			t.Fatal(err)
		}
		if got := due(t, h, key, caseflow.ClockExpiry); !got.Equal(permit.Expires.End()) {
			t.Fatalf("due %v, the permit expires %v", got, permit.Expires)
		}
		if key, err = renew("他处 1 号", "2027-03-01"); err != nil || !due(t, h, key, caseflow.ClockExpiry).Equal(workday.NewDate(2027, 3, 1).End()) {
			t.Fatalf("one that the store does not know: %v", err)
		}
		_, revoked := granted()
		do(t, h, official("o-head", "hall", caseflow.RoleHead), first, caseflow.Revoke{Reason: "弄虚作假", Basis: caseflow.Basis{Law: "行政许可法", Article: "69"}})
		if _, err := renew(permit.No, "2028-01-01"); code(err) != caseflow.CodeNoLicence {
			t.Fatalf("one that was revoked: %v", err)
		}
		c.Add(40 * 24 * time.Hour) // less than thirty days are left, whatever the form says
		if _, err := renew(revoked.No, "2028-01-01"); code(err) != caseflow.CodeTooLate {
			t.Fatalf("too late by the licence: %v", err)
		}
	})
}

// Who has renewed a licence is not told that it expires; who holds another of the same kind, or was refused, is.
func TestNobodyIsRemindedOfALicenceThatWasRenewed(t *testing.T) {
	onBoth(t, func(t *testing.T, st store.Store) {
		c := monday()
		h := serverOf(t, st, c, permits())
		apply := func(item caseflow.ItemID, no string) store.Key {
			open := openCommand
			open.Item = item
			key := store.Key{Region: region, Case: must[hall.Receipt](t)(h.Do(t.Context(), citizen, "", store.Key{Region: region}, open)).Case}
			if no != "" {
				do(t, h, citizen, key, caseflow.SaveDraft{Data: fmt.Appendf(nil, `{"no":%q,"expires":"2027-01-21"}`, " "+no)})
			}
			do(t, h, citizen, key, caseflow.Submit{})
			do(t, h, clerk, key, caseflow.Accept{})
			return key
		}
		granted := func(key store.Key) caseflow.Licence {
			do(t, h, market, key, caseflow.Grant{Task: task(t, h, key, "decide")})
			return seen(t, h, key).Licences[0]
		}
		first, other, refused := apply("permit", ""), apply("permit", ""), apply("permit", "")
		old, open := granted(first), granted(refused)
		granted(other)
		c.Add(10 * 24 * time.Hour)
		renewal := apply("renewal", old.No)
		newer := granted(renewal)
		apply("renewal", open.No) // not decided on the day of the reminder
		c.Set((old.Expires - 30).Start())
		for range 2 {
			must[int](t)(h.RunClocks(t.Context()))
		}
		told := func(key store.Key) int {
			list, _, err := st.Messages(t.Context(), store.MessageQuery{Region: region, Recipients: []string{citizen.ID}, Limit: 200})
			if err != nil {
				t.Fatal(err)
			}
			return len(slices.DeleteFunc(list, func(m store.Message) bool { return m.Template != "licence-expiring" || m.Case != key.Case }))
		}
		for key, want := range map[store.Key]int{first: 0, other: 1, refused: 1} {
			if got := told(key); got != want {
				t.Errorf("%d reminders of case %s, want %d", got, key.Case, want)
			}
		}
		if l := seen(t, h, first).Licences[0]; l.Renewed != newer.No {
			t.Errorf("renewed by %q, want %q", l.Renewed, newer.No)
		}
		c.Set((newer.Expires - 30).Start())
		must[int](t)(h.RunClocks(t.Context()))
		if told(renewal) != 1 {
			t.Error("nobody was told that the newer one expires")
		}
	})
}
