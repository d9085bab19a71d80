package hall

import (
	"hash/maphash"
	"sync"

	"github.com/tongban/tongban/internal/store"
)

// lane is where commands on a case wait for one another while they are decided, not while they are written: the next one is
// decided on what the one before it will have written, and the store writes them in that order, many in one flush.
type lane struct {
	mu   sync.Mutex
	last map[store.Key]*proposal // the newest that is not written yet, of each case
}

func (l *lane) put(key store.Key, p *proposal) {
	if l.last == nil {
		l.last = map[store.Key]*proposal{}
	}
	l.last[key] = p
}

var laneSeed = maphash.MakeSeed()

func (h *Hall) lane(key store.Key) *lane {
	return &h.lanes[maphash.Comparable(laneSeed, key)%uint64(len(h.lanes))]
}

// proposal is a decided change on its way into the store, and the case as it will then be.
type proposal struct {
	held
	change *store.Change
	wait   func() error
	done   chan struct{}
	// passing: the case is not kept in memory for this, lest a pass through all cases pushes out those that are worked on.
	passing bool
	err     error // after done
}

func newProposal(after held, change *store.Change, wait func() error) *proposal {
	return &proposal{held: after, change: change, wait: wait, done: make(chan struct{})}
}

// outcome waits until the proposal has settled.
func (p *proposal) outcome() error {
	<-p.done
	return p.err
}

// settle waits for the outcome of a proposal and takes it out of its lane; whoever made it calls this once. One that was
// written is what stands now; after one that was not, nothing that was decided on it can be written either, and the case
// is read again.
func (h *Hall) settle(key store.Key, p *proposal) error {
	p.err = p.wait()
	defer close(p.done)
	lane := h.lane(key)
	lane.mu.Lock()
	defer lane.mu.Unlock()
	if p.err != nil {
		delete(lane.last, key)
		h.cache.Remove(key)
		return p.err
	}
	if lane.last[key] == p {
		delete(lane.last, key)
	}
	if got, ok := h.cache.Peek(key); !ok && !p.passing || ok && got.entry < p.entry {
		h.cache.Add(key, p.held)
	}
	return nil
}
