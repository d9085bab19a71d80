// Package admit bounds how much a server works on at one time, so that whoever is let in is served as fast as ever, however many knock.
//
// Requests that compute share the processors: of so many at one time each takes so many times as long, and no more of them are done. Those
// that wait, for a disk, a database or a slow line, cost nothing, and with a disk many are done together. So the bound moves by what is seen:
// while the processors are behind with what they have, fewer come in at one time, and more again once they are not.
package admit

import (
	"container/list"
	"context"
	"runtime"
	"runtime/metrics"
	"slices"
	"sync"
	"time"
)

// How long one waits for a place. A queue that empties now and then is a burst, which waiting smooths. One that has stood for all of an
// interval is overload, in which waiting makes everybody late and serves nobody more: then most are told at once to come again, until for
// all of an interval nobody had to wait: of so many who came, lest a stall in which nobody gets as far as to ask counts as calm, or for long. This is what RFC 8289 (CoDel) does in networks, as servers do it: B. Maurer, "Fail at Scale",
// ACM Queue 13(8), 2015.
const (
	burst    = 100 * time.Millisecond
	standing = 10 * time.Millisecond
	interval = 80 * time.Millisecond
	proof    = 16
	long     = 10 * interval
)

// How the bound moves: looked at so often, by how long goroutines that could run had to wait for a processor, fast down and slowly up (as TCP
// does, RFC 5681).
const (
	look   = 20 * time.Millisecond
	behind = 5 * time.Millisecond
)

// gap is how long work that nobody waits for is put off at a time by that of people. It goes on however busy they are.
const gap = 20 * time.Millisecond

// Room has places. It is safe for concurrent use.
type Room struct {
	few, most, waiters int // places while the processors are behind, and while they are not; who may wait

	mu     sync.Mutex
	bound  int // between few and most
	inside int
	queue  list.List     // of chan struct{}, closed when its owner has a place
	calm   time.Time     // when somebody last got in without waiting
	late   time.Time     // when somebody last did not
	free   int           // how many did since
	over   bool          // a queue stood, and has not been gone for long enough
	empty  chan struct{} // closed once nobody is inside; nil: nobody asks
}

// New makes a room with so many places, and so many who may wait for one.
func New(places, waiters int) *Room {
	return &Room{few: places, most: places, waiters: waiters, bound: places, calm: time.Now()}
}

// Work is a room for requests that compute, once somebody runs its [Room.Watch]: for each processor (of two at least) between one and a half and 128.
func Work() *Room {
	p := max(2, runtime.GOMAXPROCS(0))
	r := New(128*p, 512*p)
	r.few = p + p/2
	return r
}

// Watch moves the bound until ctx ends.
func (r *Room) Watch(ctx context.Context) {
	tick := time.NewTicker(look)
	defer tick.Stop()
	var l latencies
	l.since()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			r.move(l.since())
		}
	}
}

// move takes in how late the processors are.
func (r *Room) move(late time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if late > behind {
		r.bound = max(r.few, min(r.bound, r.inside)*3/4) // of what is inside: a bound that nobody meets bounds nothing
		return
	}
	r.bound = min(r.most, r.bound+1+r.bound/8)
	r.call()
}

// latencies is what the runtime has counted of how long goroutines wait for a processor.
type latencies struct{ before []uint64 }

// since is how long nine of ten waited, at least, since it was last asked; 0 if nobody did.
func (l *latencies) since() time.Duration {
	sample := []metrics.Sample{{Name: "/sched/latencies:seconds"}}
	metrics.Read(sample)
	h := sample[0].Value.Float64Histogram()
	var all uint64
	counts := slices.Clone(h.Counts)
	for i := range counts {
		if l.before != nil {
			counts[i] -= l.before[i]
		}
		all += counts[i]
	}
	l.before = h.Counts // a sample of its own each time
	if all == 0 {
		return 0
	}
	rest, i := all-all/10, 0
	for ; rest > counts[i]; i++ {
		rest -= counts[i]
	}
	return time.Duration(max(h.Buckets[i], 0) * float64(time.Second)) // the first bucket begins below all times
}

// Full reports whether a queue stands that is longer than what is left of it in time. Enter would say no: whoever asks before they read what
// was sent saves that work.
func (r *Room) Full() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	full := r.full()
	if full {
		r.waits()
	}
	return full
}

func (r *Room) full() bool {
	return r.queue.Len() >= r.waiters || r.queue.Len() > r.bound/4 && r.stands()
}

// stands reports whether there is overload. A queue in which nobody waits long is often empty: that alone does not end it.
func (r *Room) stands() bool {
	late := time.Since(r.late)
	if r.over {
		r.over = late <= interval || r.free < proof && late <= long
	} else {
		r.over = late <= interval+burst && time.Since(r.calm) > interval // who came last may still wait
	}
	return r.over
}

// waits notes that somebody does not get in at once.
func (r *Room) waits() { r.late, r.free = time.Now(), 0 }

// Enter takes a place, which [Room.Leave] gives back, and reports whether there was one in time.
func (r *Room) Enter(ctx context.Context) bool {
	r.mu.Lock()
	if r.inside < r.bound && r.queue.Len() == 0 {
		r.inside++
		r.free++
		r.calm = time.Now()
		r.mu.Unlock()
		return true
	}
	over, full := r.stands(), r.full()
	r.waits()
	if full {
		r.mu.Unlock()
		return false
	}
	patience := burst
	if over {
		patience = standing
	}
	called := make(chan struct{})
	at := r.queue.PushBack(called)
	r.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	select {
	case <-called:
		return true
	case <-ctx.Done():
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	select {
	case <-called: // just now
		return true
	default:
		r.queue.Remove(at)
		return false
	}
}

// Leave gives a place back.
func (r *Room) Leave() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.inside--
	r.call()
	if r.inside == 0 && r.empty != nil {
		close(r.empty)
		r.empty = nil
	}
}

// Gap waits until nobody is inside, for a moment at most. Work that nobody waits for calls it before each of its pieces, which are to be
// as small as a request.
func (r *Room) Gap(ctx context.Context) {
	r.mu.Lock()
	if r.inside == 0 {
		r.mu.Unlock()
		return
	}
	if r.empty == nil {
		r.empty = make(chan struct{})
	}
	empty := r.empty
	r.mu.Unlock()
	timer := time.NewTimer(gap)
	defer timer.Stop()
	select {
	case <-empty:
	case <-timer.C:
	case <-ctx.Done():
	}
}

// call gives places that are left: to those who have waited longest, and in overload to who came last, so that some are in time. Who came
// before is late already, and is served if nobody comes any more: it was a stall.
func (r *Room) call() {
	if r.queue.Len() == 0 {
		return
	}
	next := r.queue.Front
	if r.stands() {
		next = r.queue.Back
	}
	for r.inside < r.bound && r.queue.Len() > 0 {
		r.inside++
		close(r.queue.Remove(next()).(chan struct{}))
	}
}
