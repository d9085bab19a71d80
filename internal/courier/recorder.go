package courier

import (
	"context"
	"sync"
)

// Recorder is a channel that keeps the newest parcels in memory instead of sending them: the SMS gateway of
// demonstrations and tests. Like a real gateway it takes a key only once.
type Recorder struct {
	mu   sync.Mutex
	keys map[string]bool
	list []Parcel
}

// recorded bounds how many parcels and keys a Recorder keeps.
const recorded = 1000

// Deliver keeps the parcel.
func (r *Recorder) Deliver(_ context.Context, p Parcel) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.keys[p.Key] {
		return nil
	}
	if r.keys == nil {
		r.keys = map[string]bool{}
	}
	if len(r.list) >= recorded {
		delete(r.keys, r.list[0].Key)
		r.list = r.list[1:]
	}
	r.keys[p.Key] = true
	r.list = append(r.list, p)
	return nil
}

// Parcels returns what was sent, oldest first.
func (r *Recorder) Parcels() []Parcel {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Parcel(nil), r.list...)
}
