package hall

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
)

// What the record of looks says of a case that was listed for, or laid beside, another one of the same party.
const (
	HistoryLook = "history"
	BesideLook  = "beside"
)

// HistoryCases is how many other cases of a party a history lists, the newest first.
const HistoryCases = 50

// PartyHistory is what else a party has asked for here, as far as an official may see it.
type PartyHistory struct {
	Cases []*View // that were handed in, without the case itself, the newest first
	More  bool    // there are older ones
	Last  *View   // the newest of them that was opened before the case and is about the same item; nil: there is none
}

// PartyHistory lists the other cases of whoever applies in a case, of the region of the case and of the actor's and those below,
// for an official who may see the case. What the actor may not see is left out, and each case that is listed is recorded as looked
// at (个人信息保护法 art. 51). Who has no document has no history. ErrNotFound for everybody else: applicants have their own list.
func (h *Hall) PartyHistory(ctx context.Context, by caseflow.Actor, key store.Key) (*PartyHistory, error) {
	v, err := h.forOfficial(ctx, by, key)
	if err != nil {
		return nil, err
	}
	out := &PartyHistory{}
	if v.matter.c.Applicant.Document.No == "" {
		return out, nil
	}
	regions, err := h.regionsIn(ctx, by.Region)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(regions, key.Region) {
		regions = append(regions, key.Region)
	}
	var rows []store.CaseRow
	for _, region := range regions {
		list, next, err := h.store.Cases(ctx, store.CaseQuery{Region: region, Document: documentOf(v.matter.c.Applicant), Phases: caseflow.Phases()[1:], Limit: HistoryCases + 1})
		if err != nil {
			return nil, fmt.Errorf("cases of the applicant: %w", err)
		}
		rows, out.More = append(rows, list...), out.More || next != ""
	}
	rows = slices.DeleteFunc(rows, func(r store.CaseRow) bool { return r.Key == key })
	slices.SortStableFunc(rows, func(a, b store.CaseRow) int { return b.Opened.Compare(a.Opened) })
	if len(rows) > HistoryCases {
		rows, out.More = rows[:HistoryCases], true
	}
	keys := make([]store.Key, len(rows))
	for i := range rows {
		keys[i] = rows[i].Key
	}
	views, err := h.Views(ctx, by, keys, HistoryLook, "")
	if err != nil {
		return nil, err
	}
	for _, other := range views {
		if other == nil {
			continue
		}
		out.Cases = append(out.Cases, other)
		if out.Last == nil && other.Case.Item == v.Case.Item && other.Case.Opened.Before(v.Case.Opened) {
			out.Last = other
		}
	}
	return out, nil
}

// forOfficial is a case as an official sees it; ErrNotFound for anybody else.
func (h *Hall) forOfficial(ctx context.Context, by caseflow.Actor, key store.Key) (*View, error) {
	if by.Kind != caseflow.ActorOfficial {
		return nil, ErrNotFound
	}
	return h.see(ctx, by, key, access.CaseSee)
}

// Beside lays another case of the same party and item beside a case: the one that is named, else the last one before it. Both are
// recorded as looked at. ErrNotFound if there is none that the official may see.
func (h *Hall) Beside(ctx context.Context, by caseflow.Actor, key store.Key, with string) (this, other *View, err error) {
	v, err := h.forOfficial(ctx, by, key)
	if err != nil {
		return nil, nil, err
	}
	if v.matter.c.Applicant.Document.No == "" {
		return nil, nil, ErrNotFound
	}
	keys, err := h.besides(ctx, v, with)
	if err != nil {
		return nil, nil, err
	}
	for _, second := range keys {
		if second == key {
			continue
		}
		o, err := h.see(ctx, by, second, access.CaseSee)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return nil, nil, err
		}
		if err != nil || o.Case.Item != v.Case.Item || documentOf(o.matter.c.Applicant) != documentOf(v.matter.c.Applicant) || o.Case.Submitted.IsZero() {
			continue
		}
		both, err := h.Views(ctx, by, []store.Key{key, second}, BesideLook, "")
		if err != nil {
			return nil, nil, err
		}
		return both[0], both[1], nil
	}
	return nil, nil, ErrNotFound
}

// besides are the cases that may be laid beside a case: the one that is named, else all before it, the newest first.
func (h *Hall) besides(ctx context.Context, v *View, with string) ([]store.Key, error) {
	if with != "" {
		key, err := KeyOf(with)
		return []store.Key{key}, err
	}
	rows, _, err := h.store.Cases(ctx, store.CaseQuery{Region: v.Case.Region, Document: documentOf(v.matter.c.Applicant), Item: v.Case.Item, Phases: caseflow.Phases()[1:], Limit: HistoryCases})
	if err != nil {
		return nil, fmt.Errorf("cases of the applicant: %w", err)
	}
	var keys []store.Key
	for i := range rows {
		if rows[i].Opened.Before(v.Case.Opened) {
			keys = append(keys, rows[i].Key)
		}
	}
	return keys, nil
}
