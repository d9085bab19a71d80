package hall

import (
	"context"
	"crypto/subtle"
	"encoding/hex"
	"errors"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
)

// ReceiptDigits is how many hexadecimal digits of an entry's evidence leaf stand on a receipt: 80 bits.
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
	list, err := h.store.Entries(ctx, key, 0, 0)
	if err != nil {
		return nil, nil, err
	}
	for i := range list {
		leaf := hex.EncodeToString(list[i].Leaf)
		if len(leaf) < ReceiptDigits || subtle.ConstantTimeCompare([]byte(leaf[:ReceiptDigits]), []byte(digits)) != 1 {
			continue
		}
		it, err := h.itemOf(got.c)
		if err != nil {
			return nil, nil, err
		}
		return viewOf(caseflow.Actor{}, it, got), &list[i], nil
	}
	return nil, nil, ErrNotFound
}

// ReadMessage records that the actor has read an in-app message. One that is not the actor's is left alone.
func (h *Hall) ReadMessage(ctx context.Context, by caseflow.Actor, key store.MessageKey) error {
	err := h.store.MarkRead(ctx, key, by.ID, h.Now())
	if errors.Is(err, store.ErrNotFound) {
		return ErrNotFound
	}
	return err
}

// ItemOf returns the item of a case, at the version it began with: what the case is about, and nothing of it. ErrNotFound.
func (h *Hall) ItemOf(ctx context.Context, key store.Key) (*caseflow.Item, error) {
	got, err := h.fresh(ctx, key)
	if err != nil {
		return nil, err
	}
	return h.itemOf(got.c)
}
