package hall

import (
	"context"
	"errors"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
)

// Answered reports whether the actor's request has been carried out, and on which case: in the case, or in the region if at names none.
// A page that checks something before it gives a command asks this first, so that a repeat is not refused for what it did itself.
func (h *Hall) Answered(ctx context.Context, by caseflow.Actor, at store.Key, request string) (store.Key, bool, error) {
	key, e, err := h.store.ByRequest(ctx, at, request)
	if errors.Is(err, store.ErrNotFound) {
		return store.Key{}, false, nil
	}
	if err != nil || e.Actor.ID != by.ID {
		return store.Key{}, false, err
	}
	return key, true, nil
}
