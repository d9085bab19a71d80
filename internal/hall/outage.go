package hall

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/workday"
)

// Outages: when nobody has served for a while, the beat that ends the pause records it, in the same transaction. From then on every
// command tells its case of it before a clock acts (caseflow.Env.Outages), so that nobody waits for the pass that tells all others.

// OutageAfter is how long nobody may have served before a pause counts as an outage.
const OutageAfter = 10 * time.Minute

// heard is what a server knows of outages.
type heard struct {
	beat time.Time // when it last told that it serves, and asked; zero: never
	rows []store.OutageRow
	// spans are those of the rows, as the core takes them.
	spans []workday.Span
}

// Start tells the store that this server serves, and records the pause if nobody did for OutageAfter. Then it tells the few cases
// whose applicants' limits ran out in it: nobody is to read of these that they are over. Call it before the clocks run. If it fails,
// or the process dies on the way, the next call of any server goes on.
func (h *Hall) Start(ctx context.Context) error {
	if err := h.beat(ctx, h.Now()); err != nil {
		return err
	}
	for _, o := range h.outages.Load().rows {
		if o.Cursor != "" { // the pass begins after this was done
			continue
		}
		if err := h.relieve(ctx, o); err != nil {
			return fmt.Errorf("outage of %v: %w", o.From, err)
		}
	}
	return nil
}

func (h *Hall) beat(ctx context.Context, now time.Time) error {
	last, err := h.store.Beat(ctx, h.server, now, OutageAfter)
	if err != nil {
		return fmt.Errorf("beat: %w", err)
	}
	if !last.IsZero() && now.Sub(last) >= OutageAfter {
		h.log.Warn("outage", "from", last, "to", now)
	}
	return h.followOutages(ctx, now)
}

// FollowOutages reads the outages that running cases have not all been told of. A server that serves does it with each beat.
func (h *Hall) FollowOutages(ctx context.Context) error {
	return h.followOutages(ctx, time.Time{})
}

func (h *Hall) followOutages(ctx context.Context, beat time.Time) error {
	h.reading.Lock()
	defer h.reading.Unlock()
	rows, err := h.store.Outages(ctx)
	if err != nil {
		return fmt.Errorf("outages: %w", err)
	}
	now := &heard{beat: beat, rows: rows}
	if beat.IsZero() {
		now.beat = h.outages.Load().beat
	}
	for _, o := range rows {
		now.spans = append(now.spans, workday.Span{From: o.From, To: o.To})
	}
	h.outages.Store(now)
	return nil
}

// outagesAt are those that a command given now has to tell its case of. A server that did not beat for so long that there may be one
// beats first: it was suspended, or its database away, and the command is quicker than Serve.
func (h *Hall) outagesAt(ctx context.Context, now time.Time) ([]workday.Span, error) {
	if beat := h.outages.Load().beat; !beat.IsZero() && now.Sub(beat) >= OutageAfter {
		if err := h.beat(ctx, now); err != nil {
			return nil, err
		}
	}
	return h.outages.Load().spans, nil
}

// relieve tells the cases of an outage in which a limit of the applicant, or of the public, ran out.
func (h *Hall) relieve(ctx context.Context, o store.OutageRow) error {
	p := h.outagePass(o)
	p.keep = func(context.Context, time.Time) error { return nil }
	return p.run(ctx, func(region string, _ caseflow.CaseNo) ([]caseflow.CaseNo, error) {
		var all []caseflow.CaseNo
		for _, bearer := range []string{caseflow.BearerApplicant, caseflow.BearerPublic} {
			q := store.ClockQuery{Region: region, Bearer: bearer, DueFrom: o.From, DueBefore: o.To, Limit: 200}
			for more := true; more; more = q.Cursor != "" {
				clocks, next, err := h.store.Clocks(ctx, q)
				if err != nil {
					return nil, fmt.Errorf("clocks of %s: %w", region, err)
				}
				for i := range clocks {
					all = append(all, clocks[i].Case)
				}
				q.Cursor = next
			}
		}
		slices.Sort(all)
		return slices.Compact(all), nil
	})
}

// ApplyOutages tells the running cases of every outage that they have not all been told of, and returns how many it touched.
// store.ErrBusy: another server is at it. Giving it again goes on where the last one, of any server, stopped.
func (h *Hall) ApplyOutages(ctx context.Context) (int, error) {
	touched := 0
	for _, o := range h.outages.Load().rows {
		now := h.Now()
		if now.Before(o.To) { // a server whose clock is behind that of another
			return touched, nil
		}
		row, err := h.store.ClaimOutage(ctx, o.From, h.server, now, now.Add(passLease))
		if errors.Is(err, store.ErrNotFound) { // another server has finished it just now
			continue
		}
		if err != nil {
			return touched, err
		}
		p := h.outagePass(row)
		p.gentle = true
		err = p.run(ctx, func(region string, after caseflow.CaseNo) ([]caseflow.CaseNo, error) {
			return h.store.Touched(ctx, region, []store.Span{{From: o.From, To: o.To}}, after)
		})
		touched += p.Cases - row.Cases
		if err != nil {
			return touched, fmt.Errorf("outage of %v: %w", o.From, err)
		}
		h.log.Info("outage recorded", "from", o.From, "to", o.To, "cases", p.Cases, "clocks", p.Clocks, "failed", p.Failed)
	}
	return touched, h.FollowOutages(ctx)
}

func (h *Hall) outagePass(row store.OutageRow) *pass {
	p := &pass{h: h, why: "outage", request: fmt.Sprintf("outage:%d:%d", row.From.UnixMicro(), row.To.UnixMicro()),
		cmd: caseflow.RecordOutage{From: row.From, To: row.To}, Progress: row.Progress}
	p.keep = func(ctx context.Context, lease time.Time) error {
		row.Progress = p.Progress
		return h.store.KeepOutage(ctx, row, lease)
	}
	return p
}
