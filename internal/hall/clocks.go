package hall

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/chore"
	"github.com/tongban/tongban/internal/store"
)

const (
	// tickBatch is how many cases one claim takes.
	tickBatch = 64
	// tickLease is how long a claim keeps other servers away; after a crash the case is due again then.
	tickLease = 30 * time.Second
)

// RunClocks lets every clock that is due by now warn or act, carries what cases have ordered of one another, and returns
// how many cases it moved. Any number of servers may run it: a case is leased to one of them, and what was done stands in
// the case, so it is never done twice.
func (h *Hall) RunClocks(ctx context.Context) (int, error) { return h.runClocks(ctx, h.Now()) }

func (h *Hall) runClocks(ctx context.Context, now time.Time) (int, error) {
	regions, err := h.store.Regions(ctx)
	if err != nil {
		return 0, fmt.Errorf("regions: %w", err)
	}
	moved := 0
	for _, region := range regions {
		n, err := h.runRegion(ctx, region, now)
		moved += n
		if err != nil {
			return moved, err
		}
	}
	return moved, nil
}

func (h *Hall) runRegion(ctx context.Context, region string, now time.Time) (int, error) {
	moved := 0
	for {
		keys, err := h.store.ClaimWaking(ctx, region, now, now.Add(tickLease), tickBatch)
		if err != nil {
			return moved, fmt.Errorf("claim clocks of %s: %w", region, err)
		}
		var stop error
		for i, err := range abreast(keys, func(key store.Key) error { return h.tick(ctx, key) }) {
			switch {
			case err == nil:
				moved++
			case ctx.Err() != nil, errors.Is(err, store.ErrFull), errors.Is(err, store.ErrBusy):
				stop = err
			default: // one case that cannot move must not stop the others; it is due again after its lease
				h.log.Error("clock", "case", keys[i].Case, "region", keys[i].Region, "err", err)
			}
		}
		if stop != nil || len(keys) == 0 { // else what they did may have made others due
			return moved, stop
		}
	}
}

// abreast does something to cases at the same time, so that their commits share flushes, and returns the outcomes in the same
// order. What falls due falls due together, at the end of a working day; one after another, a city would wait for it.
func abreast(keys []store.Key, do func(store.Key) error) []error {
	errs := make([]error, len(keys))
	var group sync.WaitGroup
	for i, key := range keys {
		group.Go(func() { errs[i] = do(key) })
	}
	group.Wait()
	return errs
}

// tick carries what the case has ordered of others, and lets its clocks act. An errand that cannot be carried now stops no
// clock; the case is due again after its lease.
func (h *Hall) tick(ctx context.Context, key store.Key) error {
	got, err := h.fresh(ctx, key)
	if err != nil {
		return err
	}
	errands := got.c.Errands()
	if len(errands) == 0 {
		return h.fire(ctx, key)
	}
	for _, e := range errands {
		err = errors.Join(err, h.carry(ctx, key, got.c, e))
	}
	now, late := h.fresh(ctx, key)
	if late != nil {
		return errors.Join(err, late)
	}
	if wake := now.c.Wake(); !wake.IsZero() && !wake.After(h.Now()) {
		err = errors.Join(err, h.fire(ctx, key))
	}
	return err
}

func (h *Hall) fire(ctx context.Context, key store.Key) error {
	_, err := h.Do(ctx, System, "", key, caseflow.Tick{})
	var refusal *caseflow.Refusal
	if errors.As(err, &refusal) && refusal.Code == caseflow.CodeNothingDue {
		return h.Rebuild(ctx, key) // the row's wake instant is stale
	}
	return err
}

// Rebuild computes all rows and the snapshot of a case from its journal alone and replaces what is stored.
func (h *Hall) Rebuild(ctx context.Context, key store.Key) error {
	h.cache.Remove(key)
	for range attempts {
		c, last, err := h.fromJournal(ctx, key)
		if err != nil {
			return err
		}
		it, err := h.itemOf(c)
		if err != nil {
			return err
		}
		change := &store.Change{Key: key, Entry: last}
		project(change, it, nil, c, it.SubjectOf(c.Form), last.At.UTC())
		if change.Snapshot, err = c.Encode(); err != nil {
			return err
		}
		if err = h.store.Reproject(ctx, change); !errors.Is(err, store.ErrConflict) {
			return err
		}
	}
	return store.ErrBusy
}

// fromJournal is a case as its journal alone tells it, and the last entry.
func (h *Hall) fromJournal(ctx context.Context, key store.Key) (*caseflow.Case, store.Entry, error) {
	list, err := h.store.Entries(ctx, key, 0, 0)
	if err != nil {
		return nil, store.Entry{}, err
	}
	if len(list) == 0 {
		return nil, store.Entry{}, ErrNotFound
	}
	c := &caseflow.Case{}
	for i := range list {
		if err := apply(c, &list[i]); err != nil {
			return nil, store.Entry{}, err
		}
	}
	return c, list[len(list)-1], nil
}

// eachIn walks all cases of a region.
func eachIn(ctx context.Context, st store.Store, region string, visit func(store.Key) error) error {
	after := caseflow.CaseNo("")
	for {
		keys, err := st.Keys(ctx, region, after, 500)
		if err != nil {
			return err
		}
		for _, key := range keys {
			if err := visit(key); err != nil {
				return fmt.Errorf("case %s: %w", key.Case, err)
			}
			after = key.Case
		}
		if len(keys) < 500 {
			return nil
		}
	}
}

// beatEvery is how often a server says that it serves.
const beatEvery = 10 * time.Second

// Serve beats, and runs the clocks when they are due, until ctx ends. Errors are logged and tried again. After a pause (the
// database was away, the machine was suspended) it records the outage, as Start does, before a clock acts.
func (h *Hall) Serve(ctx context.Context) {
	const every = time.Second // a clock acts at most this late when its case was moved by another server
	timer := time.NewTimer(0)
	defer timer.Stop()
	var beat time.Time
	var passing sync.WaitGroup
	defer passing.Wait()
	passing.Go(func() { h.serveCalendars(ctx) })
	bell := h.jobs.Bell(chore.Clocks)
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		case <-h.wake:
		case <-bell:
		}
		timer.Reset(every)
		now := h.Now() // of the whole turn: if the machine sleeps on the way, the pause is seen before what it made due is claimed
		if since := now.Sub(beat); since < 0 || since >= beatEvery {
			if err := h.Start(ctx); err != nil {
				h.complain(ctx, "beat", err)
				continue
			}
			beat = now
			if err := h.postJobs(ctx); err != nil {
				h.complain(ctx, "jobs", err)
			}
		}
		if _, err := h.jobs.Do(chore.Clocks, every, func() (int, error) { return h.runClocks(ctx, now) }); err != nil {
			h.complain(ctx, "clocks", err)
		}
	}
}

func (h *Hall) complain(ctx context.Context, what string, err error) {
	if ctx.Err() == nil {
		h.log.Error(what, "err", err)
	}
}

// Sent is signalled when messages wait to be carried outside.
func (h *Hall) Sent() <-chan struct{} { return h.sent }
