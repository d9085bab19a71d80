package hall

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/workday"
)

// Change is what running cases are counted again for: other limits of an item, or the calendar as it is now.
type Change struct {
	// Region limits the change to this region and all in it; empty is everywhere that the actor may recount.
	Region string
	// Item limits it to cases of one item; empty is all.
	Item caseflow.ItemID
	// Version of the item's pack whose limits are taken over; empty counts again under the calendar alone. Item is needed then.
	Version string
	// AcceptedFrom: cases accepted at or after it take the new limits, earlier ones keep theirs. Of those that are not accepted
	// yet the day of acceptance decides, which may lie ahead. Needed with Version.
	AcceptedFrom time.Time
	Reason       string // is told to all concerned
}

// How a recount ended for a case.
const (
	WouldChange = "would-change" // of a trial
	Changed     = "changed"
	Busy        = "busy"   // nothing was written; give the same recount again
	Failed      = "failed" // ours: the log says why
)

// Recounted is one case that a change concerns.
type Recounted struct {
	store.Key
	Accepted time.Time
	Outcome  string
	Takes    string // why it takes the new limits; empty for a recount under the calendar
	Moves    []Move // of clocks that run; none if the change is about later steps only
}

// Why a case takes new limits.
const (
	TakesAccepted   = "accepted"    // it was accepted on the day or later
	TakesSurely     = "surely"      // it is not accepted yet, and cannot be as from an earlier day
	TakesIfAccepted = "if-accepted" // it is not accepted yet: if it is as from the day or later; until then nothing moves
)

// takes says why a case takes the new limits, from how it is after them.
func (r *recounting) takes(after *caseflow.Case) string {
	switch {
	case r.change.Version == "":
		return ""
	case !after.Accepted.IsZero():
		return TakesAccepted
	case after.Coming != nil:
		return TakesIfAccepted
	}
	return TakesSurely
}

// Move is one clock that gets another due instant or rule.
type Move struct {
	Clock       string
	Kind        string
	Step        caseflow.StepID
	StepName    caseflow.Text // of a clock of a step
	Bearer      string
	Why         string // rule or calendar
	Was, Due    time.Time
	Limit       workday.Limit // that holds from now on
	Basis       caseflow.Basis
	Provisional bool
}

// RecountPage is a part of a recount. Give its cursor for the part that follows; "" is the end.
type RecountPage struct {
	Cases []Recounted
	Kept  int // running cases of this part that keep what they have
	Next  string
}

// Bounds of one part, so that a recount of a city neither holds a request for long nor comes all at once.
const (
	recountCases = 50   // concerned
	recountRows  = 2000 // looked at in lists
)

// TryRecount lists what a change would do and changes nothing. Those who may recount only; ErrNotFound for others.
func (h *Hall) TryRecount(ctx context.Context, by caseflow.Actor, change Change, cursor string) (*RecountPage, error) {
	r, err := h.recount(by, change)
	if err != nil {
		return nil, err
	}
	return r.part(ctx, cursor, r.try)
}

// Recount applies a change to the running cases that it concerns, each with a command of its own, so that one that is
// busy stops no other. The request id makes it happen once to each case however often a part is given.
func (h *Hall) Recount(ctx context.Context, by caseflow.Actor, request string, change Change, cursor string) (*RecountPage, error) {
	const most = 60 // with a case number behind it, it must still be a request id
	if request == "" || len(request) > most || !validRequest(request) {
		return nil, ErrBadRequest
	}
	r, err := h.recount(by, change)
	if err != nil {
		return nil, err
	}
	if cursor == "" {
		if err := r.trace(ctx, request); err != nil {
			return nil, err
		}
	}
	return r.part(ctx, cursor, func(ctx context.Context, key store.Key) (*Recounted, error) { return r.apply(ctx, request, key) })
}

// trace records who recounts what and why, once a request, before the first case is touched.
func (r *recounting) trace(ctx context.Context, request string) error {
	id := sha256.Sum256([]byte(r.by.ID + "\n" + request))
	err := r.h.store.AddTrace(ctx, store.Trace{ID: hex.EncodeToString(id[:12]), At: r.h.Now(), Log: store.OperationLog, Kind: string(access.Recounted),
		Region: cmp.Or(r.change.Region, r.by.Region), By: r.by.ID, Reason: r.change.Reason,
		Changes: []store.FieldChange{{Field: "item", New: string(r.change.Item)}, {Field: "version", New: r.change.Version}}})
	if err != nil {
		return fmt.Errorf("record a recount: %w", err)
	}
	return nil
}

// recounting is one change on its way through the cases.
type recounting struct {
	h      *Hall
	by     caseflow.Actor
	change Change
	cmd    caseflow.Recount
}

func (h *Hall) recount(by caseflow.Actor, change Change) (*recounting, error) {
	if !mayRecount(by, cmp.Or(change.Region, by.Region)) {
		return nil, ErrNotFound
	}
	r := &recounting{h: h, by: by, change: change, cmd: caseflow.Recount{Reason: change.Reason, AcceptedFrom: change.AcceptedFrom}}
	wrong := func(field, code string) (*recounting, error) {
		return nil, &caseflow.Refusal{Code: caseflow.CodeForm, Fields: []caseflow.FieldFault{{Field: field, Code: code}}}
	}
	if strings.TrimSpace(change.Reason) == "" {
		return wrong("reason", "required")
	}
	now := h.items.Current(change.Item)
	switch {
	case change.Item != "" && now == nil:
		return wrong("item", "enum")
	case change.Version == "":
		return r, nil
	case now == nil:
		return wrong("item", "required")
	case change.AcceptedFrom.IsZero():
		return wrong("acceptedFrom", "required")
	}
	it := h.items.Item(now.Pack, change.Version, change.Item)
	if it == nil {
		return wrong("version", "enum")
	}
	r.cmd.Limits, r.cmd.Steps = &it.Limits, map[caseflow.StepID]caseflow.Rule{}
	for i := range it.Steps {
		if within := it.Steps[i].Within; within != nil {
			r.cmd.Steps[it.Steps[i].ID] = *within
		}
	}
	return r, nil
}

func mayRecount(by caseflow.Actor, region string) bool {
	if by.Kind == caseflow.ActorSystem {
		return by.ID == System.ID
	}
	return access.May(by, access.CaseRecount, access.Resource{Region: region}).Allow
}

// regions are those that have cases and belong to the change, sorted.
func (r *recounting) regions(ctx context.Context) ([]string, error) {
	list, err := r.h.store.Regions(ctx)
	if err != nil {
		return nil, fmt.Errorf("regions: %w", err)
	}
	slices.Sort(list)
	return slices.DeleteFunc(list, func(code string) bool {
		outside := r.change.Region != "" && code != r.change.Region && !ident.Service().Within(code, r.change.Region)
		return outside || !mayRecount(r.by, code)
	}), nil
}

// running are the phases in which a case that was handed in has limits.
var running = []caseflow.Phase{caseflow.PhaseReceived, caseflow.PhaseCorrecting, caseflow.PhaseRunning, caseflow.PhaseGranted}

// part goes through the lists of running cases from the cursor on, until enough are concerned or looked at.
func (r *recounting) part(ctx context.Context, cursor string, visit func(context.Context, store.Key) (*Recounted, error)) (*RecountPage, error) {
	regions, err := r.regions(ctx)
	if err != nil {
		return nil, err
	}
	from, inside, _ := strings.Cut(cursor, "|")
	p, rows := &RecountPage{}, 0
	for i, region := range regions {
		if region < from {
			continue
		}
		if region > from {
			inside = ""
		}
		for more := true; more; {
			list, next, err := r.h.store.Cases(ctx, store.CaseQuery{Region: region, Item: r.change.Item, Phases: running, Cursor: inside, Limit: recountCases})
			if err != nil {
				return nil, err
			}
			if err := r.visit(ctx, p, list, visit); err != nil {
				return nil, err
			}
			rows += len(list)
			inside, more = next, next != ""
			full := len(p.Cases) >= recountCases || rows >= recountRows
			switch {
			case full && more:
				p.Next = region + "|" + next
				return p, nil
			case full && i+1 < len(regions):
				p.Next = regions[i+1] + "|"
				return p, nil
			}
		}
	}
	return p, nil
}

// visit judges the cases of a list and adds those that are concerned.
func (r *recounting) visit(ctx context.Context, p *RecountPage, rows []store.CaseRow, judge func(context.Context, store.Key) (*Recounted, error)) error {
	for i := range rows {
		row := &rows[i]
		if r.change.Version != "" && !row.Accepted.IsZero() && row.Accepted.Before(r.change.AcceptedFrom) {
			p.Kept++
			continue
		}
		got, err := judge(ctx, row.Key)
		var refusal *caseflow.Refusal
		switch {
		case errors.As(err, &refusal) && refusal.Code != caseflow.CodeNothingDue && refusal.Code != caseflow.CodePhase:
			return err
		case errors.As(err, &refusal): // nothing of it changes, or it ended meanwhile
			p.Kept++
			continue
		case errors.Is(err, store.ErrBusy), errors.Is(err, store.ErrFull):
			got = &Recounted{Outcome: Busy}
		case err != nil && ctx.Err() != nil, errors.Is(err, ErrOtherBody):
			return err
		case err != nil: // one case that cannot be counted must not stop the others
			r.h.log.Error("recount", "case", row.Key.Case, "region", row.Key.Region, "err", err)
			got = &Recounted{Outcome: Failed}
		}
		got.Key, got.Accepted = row.Key, row.Accepted
		p.Cases = append(p.Cases, *got)
	}
	return nil
}

// try finds out what the change would do to a case.
func (r *recounting) try(ctx context.Context, key store.Key) (*Recounted, error) {
	got, err := r.h.fresh(ctx, key)
	if err != nil {
		return nil, err
	}
	it, err := r.h.itemOf(got.c)
	if err != nil {
		return nil, err
	}
	env := caseflow.Env{Now: later(r.h.Now(), got.c.Updated), Calendar: r.h.Calendar(key.Region)}
	dec, refusal := caseflow.Decide(got.c, it, r.by, r.cmd, env)
	if refusal != nil {
		return nil, refusal
	}
	return &Recounted{Outcome: WouldChange, Takes: r.takes(dec.Case), Moves: moves(it, dec.Case, dec.Events)}, nil
}

// apply changes a case, and reads from its journal what moved: of a repeat, what moved the first time.
func (r *recounting) apply(ctx context.Context, request string, key store.Key) (*Recounted, error) {
	receipt, err := r.h.Do(ctx, r.by, request+":"+string(key.Case), key, r.cmd)
	if err != nil {
		return nil, err
	}
	list, err := r.h.store.Entries(ctx, key, receipt.Entry-1, 1)
	if err != nil {
		return nil, err
	}
	got, err := r.h.load(ctx, key)
	if err != nil {
		return nil, err
	}
	it, err := r.h.itemOf(got.c)
	if err != nil {
		return nil, err
	}
	out := &Recounted{Outcome: Changed, Takes: r.takes(got.c)}
	for i := range list {
		events, err := caseflow.DecodeEvents(list[i].Events)
		if err != nil {
			return nil, fmt.Errorf("case %s entry %d: %w", key.Case, list[i].No, err)
		}
		out.Moves = append(out.Moves, moves(it, got.c, events)...)
	}
	return out, nil
}

// moves lists the clocks that a recount moved.
func moves(it *caseflow.Item, c *caseflow.Case, events []caseflow.Event) []Move {
	var list []Move
	for _, e := range events {
		m, ok := e.(caseflow.ClockMoved)
		k := c.Clock(m.Clock)
		if !ok || k == nil {
			continue
		}
		rule := k.Rule
		if m.Rule != nil {
			rule = *m.Rule
		}
		move := Move{Clock: m.Clock, Kind: k.Kind, Step: k.Step, Bearer: k.Bearer, Why: m.Why, Was: m.Was,
			Due: m.Times.Due, Limit: rule.Limit, Basis: rule.Basis, Provisional: m.Times.Provisional}
		if def := it.StepByID(k.Step); def != nil {
			move.StepName = def.Name
		}
		list = append(list, move)
	}
	return list
}
