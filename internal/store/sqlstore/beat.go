package sqlstore

import (
	"context"
	"time"

	"github.com/tongban/tongban/internal/store"
)

// LastBeat returns the latest beat of any server.
func (s *Store) LastBeat(ctx context.Context) (time.Time, error) {
	var last int64
	err := s.one(ctx, func(sc scan) error { return sc(&last) }, lastBeatQuery)
	return store.FromMicros(last), err
}

const lastBeatQuery = "SELECT COALESCE(max(at), 0) FROM beat"
