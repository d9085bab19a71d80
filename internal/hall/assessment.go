package hall

import (
	"cmp"
	"context"
	"slices"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/stat"
)

// Component is a part of the program that others have written.
type Component struct {
	Module, Version string
	Licence         string // SPDX expression; "" if it is not known
}

// Components are the parts of the program that others have written, for who assesses it. ErrNotFound for others.
func (h *Hall) Components(by caseflow.Actor) ([]Component, error) {
	if !access.May(by, access.AssessmentSee, access.Resource{Region: by.Region}).Allow {
		return nil, ErrNotFound
	}
	return h.program.Components, nil
}

// Measured is a service with its figures in a period, and how each limit that its current version states was kept.
type Measured struct {
	Item     *caseflow.Item
	Figures  stat.Figures
	Promises []MeasuredPromise
}

// MeasuredPromise is one limit and how cases kept it: of limits of this very length.
type MeasuredPromise struct {
	stat.Promise
	stat.Outcome
}

// Promises tells how the services of a query kept what they promise, by its figures: of services that cases were received of, or whose
// limits ended, in the period. Those with the most limits broken come first. For who may see figures. ErrNotFound, ErrPeriod.
func (h *Hall) Promises(ctx context.Context, by caseflow.Actor, q StatQuery) ([]Measured, *Statistics, error) {
	q.Group = ByItem
	s, err := h.Statistics(ctx, by, q)
	if err != nil {
		return nil, nil, err
	}
	var list []Measured
	for i := range s.Groups {
		it := h.Item(caseflow.ItemID(s.Groups[i].Key))
		if it == nil {
			continue // of a pack that is not loaded any more: what it promised is not known
		}
		m := Measured{Item: it, Figures: s.Groups[i].Figures}
		for _, p := range stat.Promises(it) {
			m.Promises = append(m.Promises, MeasuredPromise{p, m.Figures.Limits[p.Measure()]})
		}
		list = append(list, m)
	}
	slices.SortStableFunc(list, func(a, b Measured) int { return cmp.Compare(b.broken(), a.broken()) })
	return list, s, nil
}

// broken is how many limits of a service were not kept.
func (m *Measured) broken() (n int64) {
	for i := range m.Promises {
		n += m.Promises[i].Broken
	}
	return n
}
