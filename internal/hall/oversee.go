package hall

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
)

// RegionTally is the open work of one department in one region.
type RegionTally struct {
	Region string
	store.Tally
}

// tally counts the open work of a region as who asks about the region top sees it: what waits for a department that has gone is
// counted with the one that bears its duties; of one department if it is named.
func (h *Hall) tally(ctx context.Context, by caseflow.Actor, top, region, department string) ([]store.Tally, error) {
	list, err := h.store.Tally(ctx, region, h.Now())
	if err != nil {
		return nil, err
	}
	o, only := h.offices.Load().regions[top], append([]string{department}, h.succeeded(by, top, department)...)
	var all []store.Tally
	for _, t := range list {
		if department != "" && !slices.Contains(only, t.Department) {
			continue
		}
		t.Department = cmp.Or(department, o.heir(t.Department, forever))
		i := slices.IndexFunc(all, func(x store.Tally) bool { return x.Department == t.Department })
		if i < 0 {
			all = append(all, t)
			continue
		}
		x := &all[i]
		x.Open, x.Soon, x.Today, x.Overdue = x.Open+t.Open, x.Soon+t.Soon, x.Today+t.Today, x.Overdue+t.Overdue
	}
	return all, nil
}

// QueueBelow is Queue over a region and all below it: the first rows in the order of the query, at most its limit, and no cursor.
func (h *Hall) QueueBelow(ctx context.Context, by caseflow.Actor, q store.TaskQuery) ([]store.TaskItem, error) {
	regions, err := h.regionsIn(ctx, q.Region)
	if err != nil {
		return nil, err
	}
	return h.queueIn(ctx, by, regions, q)
}

// queueIn is QueueBelow in these regions.
func (h *Hall) queueIn(ctx context.Context, by caseflow.Actor, regions []string, q store.TaskQuery) ([]store.TaskItem, error) {
	var all []store.TaskItem
	seen := false
	for _, r := range regions {
		q.Region = r
		list, _, err := h.Queue(ctx, by, q)
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		all, seen = append(all, list...), true
	}
	if !seen && len(regions) > 0 {
		return nil, ErrNotFound
	}
	slices.SortStableFunc(all, func(a, b store.TaskItem) int {
		return cmp.Or(q.Order().Compare(&a.TaskRow, &b.TaskRow), strings.Compare(string(a.Case.Key.Case), string(b.Case.Key.Case)))
	})
	return all[:min(len(all), max(q.Limit, 1))], nil
}

// RegionsBelow are the regions with cases or accounts that are a region or lie below it.
func (h *Hall) RegionsBelow(ctx context.Context, region string) ([]string, error) {
	return h.regionsIn(ctx, region)
}

// CasesBelow is Cases over a region and all below it, region by region, and a cursor.
func (h *Hall) CasesBelow(ctx context.Context, by caseflow.Actor, q store.CaseQuery) ([]store.CaseRow, string, error) {
	regions, err := h.regionsIn(ctx, q.Region)
	if err != nil {
		return nil, "", err
	}
	at, cursor, begun := strings.Cut(q.Cursor, ".")
	if q.Cursor != "" && !(begun && slices.Contains(regions, at)) {
		return nil, "", store.ErrCursor
	}
	var all []store.CaseRow
	limit, asked := max(q.Limit, 1), false
	for i, r := range regions {
		if begun && r < at {
			continue
		}
		if q.Region, q.Cursor = r, ""; begun && r == at {
			q.Cursor = cursor
		}
		q.Limit = limit - len(all)
		list, next, err := h.Cases(ctx, by, q)
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, "", err
		}
		all, asked = append(all, list...), true
		switch {
		case next != "":
			return all, r + "." + next, nil
		case len(all) >= limit && i+1 < len(regions):
			return all, regions[i+1] + ".", nil
		}
	}
	if !asked {
		return nil, "", ErrNotFound
	}
	return all, "", nil
}

// How an instruction that somebody follows stands.
const (
	OrdersWaiting  = "waiting"  // for the answer
	OrdersAnswered = "answered" // to be closed
	OrdersClosed   = "closed"   // or given back, which is an instruction of its own again
)

// OrderStates lists them.
func OrderStates() []string { return []string{OrdersWaiting, OrdersAnswered, OrdersClosed} }

// Orders lists the instructions that the actor follows in the own region and below: those that the actor gave and, of those that are
// answered, those that the actor is to close. Soonest due first; those that are closed by when they were asked for, the newest first.
// At most limit rows of each; more tells that there may be others.
func (h *Hall) Orders(ctx context.Context, by caseflow.Actor, state string, limit int) (rows []store.TaskItem, more bool, err error) {
	q := store.TaskQuery{Region: by.Region, Kinds: []string{caseflow.TaskClose}, From: by.ID, Limit: limit}
	switch state {
	case OrdersWaiting:
		q.Kinds, q.States = []string{caseflow.TaskOrder}, []string{caseflow.TaskOpen, caseflow.TaskClaimed, caseflow.TaskWaiting}
	case OrdersAnswered:
		q.States = []string{caseflow.TaskOpen, caseflow.TaskClaimed}
	default:
		q.States = []string{caseflow.TaskDone}
	}
	if rows, err = h.QueueBelow(ctx, by, q); err != nil {
		return nil, false, err
	}
	if state == OrdersAnswered {
		q.From, q.Person = "", by.ID
		mine, err := h.QueueBelow(ctx, by, q)
		if err != nil {
			return nil, false, err
		}
		rows = append(rows, slices.DeleteFunc(mine, func(t store.TaskItem) bool { return t.From == by.ID })...)
	}
	return rows, len(rows) >= limit, nil
}
