package sqlstore

import (
	"cmp"
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/tongban/tongban/evidence"
	"github.com/tongban/tongban/internal/store"
)

// job is one change on its way to the database.
type job struct {
	change *store.Change
	rows   *changeRows
	since  time.Time
	taken  bool // by a writer: from here on only the outcome ends the wait
	done   chan error
}

// name is something that two batches in flight must not share: a case, or a request id.
type name struct {
	store.Key
	request string
}

// asked is the name of the job's request id: of a region for a first entry, else of the case.
func (j *job) asked() name {
	n := name{j.change.Key, j.change.Entry.Request}
	if j.change.Entry.No == 1 {
		n.Case = ""
	}
	return n
}

// queue holds the changes that wait for a writer, oldest first. Entries of one case may follow one another in a batch, but a
// case, and a request id, is in the hands of one writer at a time: two transactions would wait for each other.
type queue struct {
	mu       sync.Mutex
	some     sync.Cond
	jobs     []*job
	flight   map[name]bool
	busy     int // batches in flight
	size     int
	patience time.Duration
	closed   bool
}

func newQueue(size int, patience time.Duration) *queue {
	q := &queue{flight: map[name]bool{}, size: size, patience: patience}
	q.some.L = &q.mu
	return q
}

// add queues a change. ErrBusy if there is no room or the oldest has waited too long.
func (q *queue) add(r *changeRows) (*job, error) {
	j := &job{change: r.Change, rows: r, since: time.Now(), done: make(chan error, 1)}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return nil, errClosed
	}
	if len(q.jobs) >= q.size || len(q.jobs) > 0 && j.since.Sub(q.jobs[0].since) > q.patience {
		return nil, store.ErrBusy
	}
	q.jobs = append(q.jobs, j)
	if q.busy == 0 || len(q.jobs) >= gather {
		q.some.Signal()
	}
	return j, nil
}

// withdraw takes a change back. It reports false if a writer has it already.
func (q *queue) withdraw(j *job) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if j.taken {
		return false
	}
	for i, other := range q.jobs {
		if other == j {
			q.jobs = append(q.jobs[:i], q.jobs[i+1:]...)
			break
		}
	}
	return true
}

// gather is how many changes make it worth to begin another transaction while one is under way; below that they wait for
// its end, so that under load transactions grow instead of their number.
const gather = 32

// wait returns when there are changes to be taken; false if the queue is closed and empty.
func (q *queue) wait() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	for {
		if q.busy == 0 && len(q.jobs) > 0 || len(q.jobs) >= gather && len(q.pick(gather)) == gather {
			return true
		}
		if q.closed && len(q.jobs) == 0 {
			return false
		}
		q.some.Wait()
	}
}

// pick chooses up to n changes, by their places: entries of a case in their order, none whose case or request id is in
// flight, and no request id twice.
func (q *queue) pick(n int) []int {
	places := make([]int, 0, min(n, len(q.jobs)))
	asked := make(map[name]bool, cap(places))
	var held map[store.Key]bool // cases of which an earlier entry stays behind
	for i, j := range q.jobs {
		if len(places) == n {
			break
		}
		key, request := j.change.Key, j.asked()
		if held[key] || q.flight[name{Key: key}] || q.flight[request] || asked[request] {
			if held == nil {
				held = map[store.Key]bool{}
			}
			held[key] = true
			continue
		}
		asked[request] = true
		places = append(places, i)
	}
	return places
}

// take hands out up to n changes; the others keep their place.
func (q *queue) take(n int) []*job {
	q.mu.Lock()
	defer q.mu.Unlock()
	places := q.pick(n)
	if len(places) == 0 {
		return nil
	}
	batch := make([]*job, 0, len(places))
	rest := q.jobs[:0]
	for i, j := range q.jobs {
		if len(batch) == len(places) || i != places[len(batch)] {
			rest = append(rest, j)
			continue
		}
		j.taken = true
		q.flight[name{Key: j.change.Key}], q.flight[j.asked()] = true, true
		batch = append(batch, j)
	}
	clear(q.jobs[len(rest):])
	q.jobs = rest
	q.busy++
	return batch
}

// release ends the flight of a batch.
func (q *queue) release(batch []*job) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, j := range batch {
		delete(q.flight, name{Key: j.change.Key})
		delete(q.flight, j.asked())
	}
	q.busy--
	q.some.Broadcast()
}

// close turns new changes away; those that wait are still written.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.some.Broadcast()
}

// Commit queues the change and waits for its outcome.
func (s *Store) Commit(ctx context.Context, change *store.Change) error {
	return s.Propose(ctx, change)()
}

// Propose queues the change. When ctx ends while the change still waits, it is taken back.
func (s *Store) Propose(ctx context.Context, change *store.Change) (wait func() error) {
	j, err := s.enqueue(change)
	if err != nil {
		return func() error { return err }
	}
	return func() error {
		select {
		case err := <-j.done:
			return err
		case <-ctx.Done():
			if s.queue.withdraw(j) {
				return ctx.Err()
			}
			return <-j.done
		}
	}
}

func (s *Store) enqueue(change *store.Change) (*job, error) {
	if change.Entry.Hash == (evidence.Hash{}) {
		return nil, fmt.Errorf("store: entry %s/%d has no hash for the log", change.Case, change.Entry.No)
	}
	rows, err := s.check(change)
	if err != nil {
		return nil, err
	}
	if s.stopped.Load() {
		return nil, errStopped
	}
	return s.queue.add(rows)
}

// writeLoop writes batches until the store is closed, and answers when they are on the disk. Another loop writes meanwhile.
func (s *Store) writeLoop() {
	for s.queue.wait() {
		w := <-s.idle
		batch := s.queue.take(s.batch)
		var outcome []error
		if len(batch) > 0 {
			outcome = w.writeBatch(batch)
			s.queue.release(batch)
		}
		s.idle <- w
		err := s.flush()
		s.pokeLeaves()
		for i, j := range batch {
			j.done <- cmp.Or(err, outcome[i])
		}
	}
}
