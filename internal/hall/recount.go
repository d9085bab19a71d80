package hall

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
)

// Change of limits or calendar on a running system.
type Change struct {
	// Item limits the change to cases of one item; empty is all.
	Item caseflow.ItemID
	// Limits are the item's new rules; nil counts again under the calendar as it now is.
	Limits *caseflow.Limits
	// AcceptedFrom: cases accepted at or after it take the new rules, earlier ones keep the old.
	AcceptedFrom time.Time
	Reason       string
}

// Moved is one clock that a change gives another due instant or rule.
type Moved struct {
	store.Key
	Clock       string
	Was, Due    time.Time
	NewRule     bool
	Provisional bool
}

// Recount applies a change to every running case that it concerns, and lists what moved. A dry run lists the same and
// changes nothing.
func (h *Hall) Recount(ctx context.Context, by caseflow.Actor, change Change, dry bool) ([]Moved, error) {
	if by.Kind != caseflow.ActorSystem && !access.May(by, access.CalendarLoad, access.Resource{}).Allow {
		return nil, ErrNotFound
	}
	var moved []Moved
	err := h.each(ctx, func(key store.Key) error {
		list, err := h.recountCase(ctx, key, change, dry)
		moved = append(moved, list...)
		return err
	})
	return moved, err
}

func (h *Hall) recountCase(ctx context.Context, key store.Key, change Change, dry bool) ([]Moved, error) {
	got, err := h.fresh(ctx, key)
	if err != nil {
		return nil, err
	}
	c := got.c
	late := change.Limits != nil && (c.Accepted.IsZero() || c.Accepted.Before(change.AcceptedFrom))
	if !c.Phase.Open() || late || change.Item != "" && c.Item != change.Item {
		return nil, nil
	}
	it, err := h.itemOf(c)
	if err != nil {
		return nil, err
	}
	cmd := caseflow.Recount{Reason: change.Reason, Limits: change.Limits}
	env := caseflow.Env{Now: h.Now(), Calendar: h.calendar(key.Region)}
	dec, refusal := caseflow.Decide(c, it, System, cmd, env)
	if refusal != nil {
		return nil, nil // nothing moves
	}
	var list []Moved
	for _, e := range dec.Events {
		if m, ok := e.(caseflow.ClockMoved); ok {
			list = append(list, Moved{key, m.Clock, m.Was, m.Times.Due, m.Rule != nil, m.Times.Provisional})
		}
	}
	if dry {
		return list, nil
	}
	_, err = h.Do(ctx, System, "", key, cmd)
	if r := new(caseflow.Refusal); errors.As(err, &r) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("recount: %w", err)
	}
	return list, nil
}
