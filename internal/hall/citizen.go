package hall

import (
	"context"
	"crypto/hmac"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/receipt"
	"github.com/tongban/tongban/internal/store"
)

// ReceiptDigits is how many hexadecimal digits stand on a receipt, for ByReceipt: 80 bits.
const ReceiptDigits = 20

// ByReceipt finds a case by its number and the digits of one of its receipts. Whoever holds a receipt may see how far the
// case is, but not its contents: the caller shows steps and due dates only, no name and no answer. It returns the
// entry that the receipt acknowledges. ErrNotFound if the two do not fit.
func (h *Hall) ByReceipt(ctx context.Context, key store.Key, digits string) (*View, *store.Entry, error) {
	if len(digits) != ReceiptDigits {
		return nil, nil, ErrNotFound
	}
	got, err := h.fresh(ctx, key)
	if err != nil {
		return nil, nil, err
	}
	e, err := h.acknowledged(ctx, key, func(e *store.Entry) bool { return hmac.Equal([]byte(digitsOf(e.Salt)), []byte(digits)) })
	if err != nil {
		return nil, nil, err
	}
	it, err := h.itemOf(got.c)
	if err != nil {
		return nil, nil, err
	}
	return viewOf(standing{Actor: bearerOf(key.Case)}, it, got), e, nil
}

// KnowsLeaf is nil if a receipt of the case acknowledges the entry of the leaf, in hexadecimal digits, else ErrNotFound. That is all that
// one who has scanned a printed receipt is told: case and leaf stand in its QR code, but leaves are public and numbers of cases can be
// guessed, so that both together open nothing.
func (h *Hall) KnowsLeaf(ctx context.Context, key store.Key, leaf string) error {
	_, err := h.acknowledged(ctx, key, func(e *store.Entry) bool { return hex.EncodeToString(e.Leaf) == leaf })
	return err
}

// acknowledged finds the entry of a case that fits, among those that a receipt acknowledges. ErrNotFound.
func (h *Hall) acknowledged(ctx context.Context, key store.Key, fits func(*store.Entry) bool) (*store.Entry, error) {
	list, err := h.store.Entries(ctx, key, 0, 0)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	for i := range list {
		if acknowledges(&list[i]) && fits(&list[i]) {
			return &list[i], nil
		}
	}
	return nil, ErrNotFound
}

// acknowledges reports whether the receipt of an entry is given: a request was handed in by it.
func acknowledges(e *store.Entry) bool {
	return e.Verb == (caseflow.Submit{}).Verb() || e.Verb == (caseflow.Correct{}).Verb()
}

// Receipted is the last entry by which a request was handed in, of a case's history; nil while none was.
func Receipted(history []Entry) *Entry {
	for i := range slices.Backward(history) {
		if acknowledges(&history[i].Entry) {
			return &history[i]
		}
	}
	return nil
}

// Acknowledged is what stands on a printed receipt of a case besides its words.
type Acknowledged struct {
	Digits  string           // for ByReceipt; "" if nothing was handed in
	Printed *receipt.Printed // what its QR code binds; nil if the entry is not in the evidence log yet
}

// Acknowledged tells what stands on the receipt that a case had at one of its entries, to somebody who may see the case.
func (h *Hall) Acknowledged(ctx context.Context, by caseflow.Actor, key store.Key, entry int) (Acknowledged, error) {
	history, err := h.History(ctx, by, key)
	if err != nil {
		return Acknowledged{}, err
	}
	if i := slices.IndexFunc(history, func(e Entry) bool { return e.No > entry }); i >= 0 {
		history = history[:i]
	}
	e := Receipted(history)
	if e == nil {
		return Acknowledged{}, nil
	}
	p, err := h.Printed(ctx, key, &e.Entry)
	return Acknowledged{e.Digits(), p}, err
}

// Digits stand on the receipt of the entry, for ByReceipt. Nothing public tells them.
func (e *Entry) Digits() string { return digitsOf(e.Salt) }

func digitsOf(salt []byte) string {
	return hex.EncodeToString(secretOf(salt, "progress"))[:ReceiptDigits]
}

// bearerOf is who has shown a receipt of a case. Nobody signs in as one.
func bearerOf(no caseflow.CaseNo) caseflow.Actor {
	return caseflow.Actor{ID: "receipt:" + string(no), Kind: caseflow.ActorBearer}
}

// RateByReceipt gives the rating of somebody who was served without an account: with the digits of a receipt, and the last
// four of the phone that the case has, if it has one. ErrNotFound if they do not fit, or somebody's account owns the case:
// its owner rates there.
func (h *Hall) RateByReceipt(ctx context.Context, request string, key store.Key, digits, phone string, rate caseflow.Rate) (Receipt, error) {
	v, _, err := h.ByReceipt(ctx, key, digits)
	if err != nil {
		return Receipt{}, err
	}
	if subtle.ConstantTimeCompare([]byte(v.phone()), []byte(phone)) != 1 {
		return Receipt{}, ErrNotFound
	}
	return h.Do(ctx, bearerOf(key.Case), request, key, rate)
}

// phone is the end of the number that was given with the request; "" if none was.
func (v *View) phone() string {
	given := phoneOf(v.matter.c)
	return given[max(0, len(given)-PhoneDigits):]
}

// AsksPhone reports whether RateByReceipt wants the end of a phone number beside the receipt.
func (v *View) AsksPhone() bool { return v.phone() != "" }

// PhoneDigits is how many last digits of a phone are asked for beside a receipt.
const PhoneDigits = 4

// Standing is a clock that runs or is stopped, as a list shows it, and why it is stopped.
type Standing struct {
	caseflow.Clock
	Why string
}

// Standings returns the live clocks of those cases among the rows that are in the space, by case: from the rows of the store, in
// one query, without loading a case.
func (h *Hall) Standings(ctx context.Context, sp *Space, region string, rows []store.CaseRow) (map[caseflow.CaseNo][]Standing, error) {
	var cases []caseflow.CaseNo
	for i := range rows {
		if r := &rows[i]; r.Region == region && r.Owner == sp.Owner && sp.Covers(r.Item) && r.Phase.Open() {
			cases = append(cases, r.Case)
		}
	}
	clocks, err := h.store.LiveClocks(ctx, region, cases)
	if err != nil {
		return nil, fmt.Errorf("clocks of %d cases: %w", len(cases), err)
	}
	all := map[caseflow.CaseNo][]Standing{}
	for i := range clocks {
		k, err := clockOf(&clocks[i])
		if err != nil {
			return nil, err
		}
		all[clocks[i].Case] = append(all[clocks[i].Case], Standing{k, clocks[i].Why})
	}
	return all, nil
}

// ItemOf returns the item of a case, at the version it began with: what the case is about, and nothing of it. ErrNotFound.
func (h *Hall) ItemOf(ctx context.Context, key store.Key) (*caseflow.Item, error) {
	got, err := h.fresh(ctx, key)
	if err != nil {
		return nil, err
	}
	return h.itemOf(got.c)
}
