package hall_test

import (
	"errors"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
)

// looksAt counts the looks of an account at a case that say what.
func looksAt(t *testing.T, st store.Store, key store.Key, account, what string) (n int) {
	t.Helper()
	list, err := st.Looks(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range list {
		if l.Account == account && l.What == what {
			n++
		}
	}
	return n
}

// What a party has asked for here is listed to officials who may see the cases, with the last one of the same item, and each listed
// case is recorded as looked at. Another region's cases and another party's are not among it, nor drafts.
func TestHistoryIsThePartysAsFarAsOneMaySee(t *testing.T) {
	onBoth(t, func(t *testing.T, st store.Store) {
		c := monday()
		h := newHall(t, st, c)
		first := submitted(t, h, region)
		far := submitted(t, h, "610503")
		c.Add(time.Hour)
		second := submitted(t, h, region)
		c.Add(time.Hour)
		key := submitted(t, h, region)
		c.Add(time.Hour)
		later := submitted(t, h, region)
		draft := begin(t, h, region, "")
		stranger := openCommand
		stranger.Applicant.Name, stranger.Applicant.Document.No = "李建国", "610502198803120111"
		r, err := h.Do(t.Context(), clerk, "", store.Key{Region: region}, func() caseflow.Command { s := stranger; s.Channel = caseflow.ChannelWindow; return s }())
		if err != nil {
			t.Fatal(err)
		}
		got, err := h.PartyHistory(t.Context(), clerk, key)
		if err != nil || len(got.Cases) != 3 || got.More {
			t.Fatalf("%+v, %v", got, err)
		}
		for i, want := range []store.Key{later, second, first} {
			if got.Cases[i].Case.No != want.Case || looksAt(t, st, want, clerk.ID, hall.HistoryLook) != 1 {
				t.Errorf("%d: %s, want %s with one look", i, got.Cases[i].Case.No, want.Case)
			}
		}
		if got.Last == nil || got.Last.Case.No != second.Case {
			t.Errorf("the last before it is %+v", got.Last)
		}
		for _, other := range []store.Key{far, draft, {Region: region, Case: r.Case}} {
			if n := looksAt(t, st, other, clerk.ID, hall.HistoryLook); n != 0 {
				t.Errorf("%d looks at %s", n, other.Case)
			}
		}
		for _, by := range []caseflow.Actor{citizen, other, {Kind: caseflow.ActorOfficial, ID: "far", Region: "610503", Department: "hall", Roles: []string{caseflow.RoleClerk}}} {
			if _, err := h.PartyHistory(t.Context(), by, key); !errors.Is(err, hall.ErrNotFound) {
				t.Errorf("%s: %v", by.ID, err)
			}
			if _, _, err := h.Beside(t.Context(), by, key, ""); !errors.Is(err, hall.ErrNotFound) {
				t.Errorf("beside for %s: %v", by.ID, err)
			}
		}
	})
}

// The last case of the same party and item stands beside a case; a stranger's, another region's, the case itself or no number does not.
func TestBesideComparesWhatBothSay(t *testing.T) {
	onBoth(t, func(t *testing.T, st store.Store) {
		c := monday()
		h := newHall(t, st, c)
		far := submitted(t, h, "610503")
		first := submitted(t, h, region)
		if _, _, err := h.Beside(t.Context(), clerk, first, ""); !errors.Is(err, hall.ErrNotFound) {
			t.Errorf("nothing was before: %v", err)
		}
		c.Add(time.Hour)
		key := begin(t, h, region, "")
		do(t, h, citizen, key, caseflow.SaveDraft{Data: []byte(`{"child":"王小明"}`)})
		do(t, h, citizen, key, caseflow.Attach{Material: "address", File: scan("a", "lease.pdf")})
		do(t, h, citizen, key, caseflow.Submit{})
		this, before, err := h.Beside(t.Context(), clerk, key, "")
		if err != nil || this.Case.No != key.Case || before.Case.No != first.Case || looksAt(t, st, first, clerk.ID, hall.BesideLook) != 1 || looksAt(t, st, key, clerk.ID, hall.BesideLook) != 1 {
			t.Fatalf("%v, %v, %v", this, before, err)
		}
		answers, materials := hall.Compare(this, before)
		if len(answers) != 1 || answers[0].This != "王小明" || answers[0].Other != nil || !answers[0].Differs() || len(materials) != 1 || !materials[0].Differs() {
			t.Errorf("%+v %+v", answers, materials)
		}
		answers, materials = hall.Compare(this, this)
		if answers[0].Differs() || materials[0].Differs() {
			t.Errorf("a case differs from itself: %+v %+v", answers, materials)
		}
		for _, with := range []string{string(far.Case), string(key.Case), "610502-20261123-999999", "x"} {
			if _, _, err := h.Beside(t.Context(), clerk, key, with); !errors.Is(err, hall.ErrNotFound) {
				t.Errorf("beside %s: %v", with, err)
			}
		}
	})
}
