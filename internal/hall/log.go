package hall

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tongban/tongban/evidence"
	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
)

// LogState is how the evidence log stands: what anybody may know of it.
type LogState struct {
	evidence.Checkpoint
	Signed string    // the checkpoint as it was signed
	At     time.Time // when it was signed
	Keys   []LogKey  // that sign, or have signed, the newest first
	Behind bool      // it lags, so that nothing that cannot be taken back is done
}

// LogKey is a key of the log.
type LogKey struct {
	Public string // verifier key of c2sp.org/signed-note
	Began  time.Time
	Ended  time.Time
}

// Log tells how the evidence log stands. ErrNotFound before a server has begun it.
func (h *Hall) Log(ctx context.Context) (*LogState, error) {
	head, err := h.store.ShownLog(ctx)
	if errors.Is(err, store.ErrNotFound) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("head of the log: %w", err)
	}
	keys, err := h.store.LogKeys(ctx)
	if err != nil {
		return nil, fmt.Errorf("keys of the log: %w", err)
	}
	s := &LogState{Signed: string(head.Checkpoint), At: head.At, Behind: h.behind()}
	if s.Checkpoint, err = evidence.ReadCheckpoint(head.Checkpoint); err != nil {
		return nil, err
	}
	for i := len(keys) - 1; i >= 0; i-- {
		s.Keys = append(s.Keys, LogKey{keys[i].Public, keys[i].Began, keys[i].Ended})
	}
	return s, nil
}

// Happened is an entry of a case that has its place in the log.
type Happened struct {
	store.PlacedEntry
	Decoded []caseflow.Event
}

// Follow lists the entries of all cases at so many places of the log, in their order, and the place to go on from: what a module
// sees of cases without asking for each. ErrNotFound unless the actor may list the cases of every region.
func (h *Hall) Follow(ctx context.Context, by caseflow.Actor, from int64, places int) ([]Happened, int64, error) {
	if !access.May(by, access.CaseList, access.Resource{}).Allow {
		return nil, from, ErrNotFound
	}
	h.Yield(ctx)
	list, next, err := h.store.PlacedEntries(ctx, from, places)
	if err != nil {
		return nil, from, fmt.Errorf("entries in the log from %d: %w", from, err)
	}
	out := make([]Happened, len(list))
	for i := range list {
		h.Yield(ctx)
		events, err := caseflow.DecodeEvents(list[i].Events)
		if err != nil {
			return nil, from, fmt.Errorf("case %s entry %d: %w", list[i].Case, list[i].No, err)
		}
		out[i] = Happened{list[i], events}
	}
	return out, next, nil
}
