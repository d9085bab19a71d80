package sqlstore

import (
	"context"
	"sync"
	"time"

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

// name is something that two changes in flight must not share.
type name struct {
	region, word string
	request      bool
}

func (j *job) names() [2]name {
	c := j.change
	return [2]name{{c.Region, string(c.Case), false}, {c.Region, c.Entry.Request, true}}
}

// queue holds the changes that wait for a writer, oldest first. Two changes of one case, or with one request id, are never
// in the hands of writers at the same time: their rows would meet in one statement, or two transactions would wait for
// each other.
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
		free := 0
		for _, j := range q.jobs {
			if q.free(j) {
				free++
			}
			if free > 0 && q.busy == 0 || free >= gather {
				return true
			}
		}
		if q.closed && len(q.jobs) == 0 {
			return false
		}
		q.some.Wait()
	}
}

func (q *queue) free(j *job) bool {
	n := j.names()
	return !q.flight[n[0]] && !q.flight[n[1]]
}

// take hands out up to n changes that share nothing with one another or with those in flight; the others keep their place.
func (q *queue) take(n int) []*job {
	q.mu.Lock()
	defer q.mu.Unlock()
	var batch []*job
	rest := q.jobs[:0]
	for i, j := range q.jobs {
		if len(batch) == n {
			rest = append(rest, q.jobs[i:]...)
			break
		}
		if !q.free(j) {
			rest = append(rest, j)
			continue
		}
		for _, name := range j.names() {
			q.flight[name] = true
		}
		j.taken = true
		batch = append(batch, j)
	}
	clear(q.jobs[len(rest):])
	q.jobs = rest
	if len(batch) > 0 {
		q.busy++
	}
	return batch
}

// release ends the flight of a batch.
func (q *queue) release(batch []*job) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, j := range batch {
		for _, name := range j.names() {
			delete(q.flight, name)
		}
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

// Commit queues the change and waits for its outcome. When ctx ends while the change still waits, it is taken back.
func (s *Store) Commit(ctx context.Context, change *store.Change) error {
	rows, err := check(change)
	if err != nil {
		return err
	}
	if s.stopped.Load() {
		return errStopped
	}
	j, err := s.queue.add(rows)
	if err != nil {
		return err
	}
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

// writeLoop writes batches until the store is closed.
func (s *Store) writeLoop() {
	for s.queue.wait() {
		w := <-s.idle
		if batch := s.queue.take(s.batch); len(batch) > 0 {
			outcome := w.writeBatch(batch)
			s.queue.release(batch)
			for i, j := range batch {
				j.done <- outcome[i]
			}
		}
		s.idle <- w
	}
}
