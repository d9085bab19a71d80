package sqlstore

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/tongban/tongban/internal/store"
)

// looks are the looks that wait to be written. They have a queue of their own beside that of changes, because nothing of
// them can conflict: whoever comes while a flush is under way shares the next one.
type looks struct {
	mu      sync.Mutex
	waiting []*lookJob
	writing bool // somebody takes what waits
	closed  bool
}

// lookJob is the looks of one caller.
type lookJob struct {
	rows, leaves [][]any
	done         chan error
}

// maxLooks bounds the callers that wait, and looksAtOnce those that share a transaction.
const (
	maxLooks    = 4096
	looksAtOnce = 256
)

// AddLook records looks. The same look in the same microsecond counts once.
func (s *Store) AddLook(ctx context.Context, list ...store.Look) error {
	if len(list) == 0 {
		return nil
	}
	j := &lookJob{done: make(chan error, 1)}
	for _, l := range list {
		salt := newSalt()
		leaf, err := l.Leaf(s.Suite(), salt)
		row := []any{l.Region, string(l.Case), store.Micros(l.At), l.Account, l.What, l.Department, l.Reason, salt[:]}
		if err = errors.Join(err, checkText(row)); err != nil {
			return err
		}
		j.rows, j.leaves = append(j.rows, row), append(j.leaves, leafRow(&leaf))
	}
	if err := s.addLook(j); err != nil {
		return err
	}
	select {
	case err := <-j.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// addLook queues looks, and begins to write if nobody does.
func (s *Store) addLook(j *lookJob) error {
	q := &s.looks
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case q.closed:
		return errClosed
	case len(q.waiting) >= maxLooks:
		return store.ErrBusy
	}
	q.waiting = append(q.waiting, j)
	if !q.writing {
		q.writing = true
		s.loops.Go(s.writeLooks)
	}
	return nil
}

// keepLooks adds looks that are not there and tells which.
var keepLooks = tLook.adding(ignore + " RETURNING region, case_no, at, account, what")

// writeLooks writes what waits until nothing does. What comes while it waits for a writer is taken along.
func (s *Store) writeLooks() {
	for {
		var batch []*lookJob
		err := s.leafTx(context.Background(), func(w *writer) error {
			if batch == nil {
				batch = s.looks.take()
			}
			var rows, leaves [][]any
			for _, j := range batch {
				rows, leaves = append(rows, j.rows...), append(leaves, j.leaves...)
			}
			return w.keepWithLeaves(keepLooks, tLook, rows, leaves)
		})
		if batch == nil { // there was no writer to be had
			batch = s.looks.take()
		}
		for _, j := range batch {
			j.done <- err
		}
		if s.looks.finished() {
			return
		}
	}
}

func (q *looks) take() []*lookJob {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := min(len(q.waiting), looksAtOnce)
	batch := slices.Clone(q.waiting[:n])
	q.waiting = slices.Delete(q.waiting, 0, n)
	return batch
}

// finished reports that nothing waits; the next look then begins to write again.
func (q *looks) finished() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.writing = len(q.waiting) > 0
	return !q.writing
}

// close turns new looks away; those that wait are still written.
func (q *looks) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
}
