package hall_test

import (
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
		receipt := do(t, h, clerk, key, caseflow.Submit{}).Leaf[:hall.ReceiptDigits]
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
		digits := do(t, h, citizen, own, caseflow.Submit{}).Leaf[:hall.ReceiptDigits]
		if err := rate(own, digits, "8000", "g", caseflow.Rate{Channel: caseflow.ChannelOnline, Level: 1}); !errors.Is(err, hall.ErrNotFound) {
			t.Errorf("a case that somebody's account owns: %v", err)
		}
	})
}
