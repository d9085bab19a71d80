package hall_test

import (
	"encoding/hex"
	"errors"
	"testing"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
)

// Who was served at a window without an account rates with a receipt and the last digits of the phone, once.
func TestAWindowCaseWithoutAnAccountIsRated(t *testing.T) {
	onBoth(t, func(t *testing.T, st store.Store) {
		h := newHall(t, st, monday())
		open := openCommand
		open.Channel = caseflow.ChannelWindow
		r, err := h.Do(t.Context(), clerk, "", store.Key{Region: region}, open)
		if err != nil {
			t.Fatal(err)
		}
		key := store.Key{Region: region, Case: r.Case}
		do(t, h, clerk, key, caseflow.Defer{Material: "address", Signed: "王秀英"})
		do(t, h, clerk, key, caseflow.Submit{})
		receipt := digits(t, h, clerk, key)
		good := caseflow.Rate{Channel: caseflow.ChannelWindow, Level: 1, Words: "等太久"}
		rate := func(key store.Key, digits, phone, request string, rate caseflow.Rate) error {
			_, err := h.RateByReceipt(t.Context(), request, key, digits, phone, rate)
			return err
		}
		for name, err := range map[string]error{
			"another phone":   rate(key, receipt, "0001", "a", good),
			"no phone":        rate(key, receipt, "", "b", good),
			"another receipt": rate(key, "00000000000000000000", "8000", "c", good),
		} {
			if !errors.Is(err, hall.ErrNotFound) {
				t.Errorf("%s: %v", name, err)
			}
		}
		refusedWith(t, caseflow.CodeNotUsed, rate(key, receipt, "8000", "d", caseflow.Rate{Channel: caseflow.ChannelHotline, Level: 5}))
		for range 2 { // the repeat of the request is no second rating
			if err := rate(key, receipt, "8000", "e", good); err != nil {
				t.Fatal(err)
			}
		}
		refusedWith(t, caseflow.CodeRated, rate(key, receipt, "8000", "f", good))
		if got := seen(t, h, key); len(got.Ratings) != 1 || got.Ratings[0].Level != 1 {
			t.Fatalf("ratings %+v", got.Ratings)
		}
		if _, err := h.Do(t.Context(), caseflow.Actor{ID: "receipt:other", Kind: caseflow.ActorBearer}, "", key, good); !errors.Is(err, hall.ErrNotFound) {
			t.Errorf("who holds the receipt of another case: %v", err)
		}
		own := begin(t, h, region, "")
		do(t, h, citizen, own, caseflow.Defer{Material: "address", Signed: "王秀英"})
		do(t, h, citizen, own, caseflow.Submit{})
		if err := rate(own, digits(t, h, citizen, own), "8000", "g", caseflow.Rate{Channel: caseflow.ChannelOnline, Level: 1}); !errors.Is(err, hall.ErrNotFound) {
			t.Errorf("a case that somebody's account owns: %v", err)
		}
	})
}

// digits are those on the receipt of a case.
func digits(t *testing.T, h *hall.Hall, by caseflow.Actor, key store.Key) string {
	t.Helper()
	list, err := h.History(t.Context(), by, key)
	if err != nil {
		t.Fatal(err)
	}
	return hall.Receipted(list).Digits()
}

// What the public log tells of a case opens nothing: its leaves are no digits of a receipt, wherever one cuts them, and only the leaf that a
// receipt acknowledges is known, with the number of its own case alone.
func TestPublicLeavesOpenNoCase(t *testing.T) {
	onBoth(t, func(t *testing.T, st store.Store) {
		h := newHall(t, st, monday())
		key, other := begin(t, h, region, ""), begin(t, h, region, "other")
		do(t, h, citizen, key, caseflow.Defer{Material: "address", Signed: "王秀英"})
		leaf := do(t, h, citizen, key, caseflow.Submit{}).Leaf
		list, err := st.Entries(t.Context(), key, 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		right := digits(t, h, citizen, key)
		if v, e, err := h.ByReceipt(t.Context(), key, right); err != nil || v.Case.No != key.Case || hex.EncodeToString(e.Leaf) != leaf {
			t.Fatalf("the digits of the receipt: %v", err)
		}
		for i := range list {
			entry := hex.EncodeToString(list[i].Leaf)
			for at := 0; at+hall.ReceiptDigits <= len(entry); at++ {
				if _, _, err := h.ByReceipt(t.Context(), key, entry[at:at+hall.ReceiptDigits]); !errors.Is(err, hall.ErrNotFound) {
					t.Errorf("entry %d, leaf from digit %d: %v", i+1, at, err)
				}
			}
			if err := h.KnowsLeaf(t.Context(), key, entry); (err == nil) != (entry == leaf) || err != nil && !errors.Is(err, hall.ErrNotFound) {
				t.Errorf("entry %d by %s is known: %v", i+1, list[i].Verb, err)
			}
		}
		for name, err := range map[string]error{
			"another case":   h.KnowsLeaf(t.Context(), other, leaf),
			"no case":        h.KnowsLeaf(t.Context(), store.Key{Region: region, Case: key.Case[:len(key.Case)-3] + "999"}, leaf),
			"part of a leaf": h.KnowsLeaf(t.Context(), key, leaf[:hall.ReceiptDigits]),
			"nothing":        h.KnowsLeaf(t.Context(), key, ""),
			"the digits":     h.KnowsLeaf(t.Context(), key, right),
		} {
			if !errors.Is(err, hall.ErrNotFound) {
				t.Errorf("%s is known: %v", name, err)
			}
		}
		if _, _, err := h.ByReceipt(t.Context(), other, right); !errors.Is(err, hall.ErrNotFound) {
			t.Errorf("the digits of another case: %v", err)
		}
	})
}
