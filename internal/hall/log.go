package hall

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tongban/tongban/evidence"
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
