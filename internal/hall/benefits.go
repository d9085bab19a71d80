package hall

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/parameter"
	"github.com/tongban/tongban/internal/store"
)

// Benefits is whether what nobody asked for (免申即享) is opened for an owner.
type Benefits struct {
	Off time.Time // since when it is not; zero: it is
	By  string    // account that said so
}

// Benefits tells it of the actor, or with owner of a company that the actor represents. ErrNotFound for who may not switch it.
func (h *Hall) Benefits(ctx context.Context, by caseflow.Actor, owner string) (Benefits, error) {
	owner, err := h.switches(ctx, by, owner)
	if err != nil {
		return Benefits{}, err
	}
	off, who, err := h.store.BenefitsOff(ctx, owner)
	return Benefits{off, who}, err
}

// SwitchBenefits says that an owner wants nothing that nobody asked for, or wants it again. What is open goes on: each can be declined.
func (h *Hall) SwitchBenefits(ctx context.Context, by caseflow.Actor, owner string, off bool) (Benefits, error) {
	id, err := h.switches(ctx, by, owner)
	if err != nil {
		return Benefits{}, err
	}
	if err := h.store.SwitchBenefits(ctx, id, off, by.ID, h.Now()); err != nil {
		return Benefits{}, fmt.Errorf("switch benefits: %w", err)
	}
	return h.Benefits(ctx, by, owner)
}

// switches is the owner whose switch an actor may turn.
func (h *Hall) switches(ctx context.Context, by caseflow.Actor, owner string) (string, error) {
	s, err := h.Space(ctx, by, owner)
	if err != nil {
		return "", err
	}
	r := access.Resource{Owner: s.Owner}
	if s.Legal {
		r.Legal = []string{by.ID}
	}
	if !access.May(by, access.BenefitSwitch, r).Allow {
		return "", ErrNotFound
	}
	return s.Owner, nil
}

// unwanted reports whether a child is something that nobody asked for, and its region or owner wants nothing of the kind.
func (h *Hall) unwanted(ctx context.Context, key store.Key, c *caseflow.Case, k *caseflow.Child) (bool, error) {
	it := h.items.Item(c.Pack, c.Version, k.Item)
	if it == nil || it.Benefit == nil {
		return false, nil
	}
	if err := h.FollowParameters(ctx); err != nil { // what was switched off on another server holds at once
		return false, err
	}
	if !h.Values().On(parameter.Benefits, key.Region) {
		return true, nil
	}
	since, _, err := h.store.BenefitsOff(ctx, cmp.Or(c.Owner, "-"))
	return !since.IsZero(), err
}
