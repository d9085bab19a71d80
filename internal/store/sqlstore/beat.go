package sqlstore

import (
	"context"
	"time"

	"github.com/tongban/tongban/internal/store"
)

// LastBeat returns the latest beat of any server.
func (s *Store) LastBeat(ctx context.Context) (time.Time, error) {
	var last time.Time
	err := s.one(ctx, store.Into(store.At(&last)), lastBeatQuery)
	return last, err
}

const lastBeatQuery = "SELECT COALESCE(max(at), 0) FROM beat"
