package hall

import (
	"context"
	"errors"
	"strings"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
)

// Related is another case that a case is tied to: by a step, the one that the case does the step of, or one that does a step of
// it; or because one is about the other (caseflow.Item.RefersTo).
type Related struct {
	Case   *caseflow.Case
	Item   *caseflow.Item
	Step   caseflow.Text // its name
	Parent bool          // the step is one of Case
	About  Tie           // set if one is about the other
	No     caseflow.CaseNo
}

// Tie says which of two cases is about the other.
type Tie string

// The ties. Of TieMissing only No is set: the number that was typed is not that of a case that the actor may see. Whether there is
// such a case for others it does not say.
const (
	TieAbout   Tie = "about" // the case is about Related.Case
	TieNamedBy Tie = "named" // Related.Case is about the case
	TieMissing Tie = "missing"
)

// Related lists the cases that a case is tied to, its parent first, as far as the actor may see them. It tells that they are
// there and how far they are, which is no look at one.
func (h *Hall) Related(ctx context.Context, by caseflow.Actor, v *View) ([]Related, error) {
	var list []Related
	add := func(no caseflow.CaseNo, step caseflow.StepID, parent bool) error {
		other, err := h.see(ctx, by, store.Key{Region: v.Case.Region, Case: no}, access.CaseSee)
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		r := Related{Case: other.Case, Item: other.Item, Parent: parent, No: no}
		it := v.Item
		if parent {
			it = other.Item
		}
		if def := it.StepByID(step); def != nil {
			r.Step = def.Name
		}
		list = append(list, r)
		return nil
	}
	if up := v.Case.Parent; up != nil {
		if err := add(up.Case, up.Step, true); err != nil {
			return nil, err
		}
	}
	for _, k := range v.Case.Children {
		if k.No == "" { // ordered, but not opened
			continue
		}
		if err := add(k.No, k.Step, false); err != nil {
			return nil, err
		}
	}
	about, err := h.about(ctx, by, v)
	return append(list, about...), err
}

// about lists the case that a case is about, and those that are about it.
func (h *Hall) about(ctx context.Context, by caseflow.Actor, v *View) ([]Related, error) {
	var list []Related
	if no := v.Item.RefersTo(v.Case.Form); no != "" { // only who reads the answer follows it
		region, _, _ := strings.Cut(string(no), "-")
		other, err := h.see(ctx, by, store.Key{Region: region, Case: no}, access.CaseSee)
		switch {
		case errors.Is(err, ErrNotFound):
			list = append(list, Related{No: no, About: TieMissing})
		case err != nil:
			return nil, err
		default:
			list = append(list, Related{No: no, Case: other.Case, Item: other.Item, About: TieAbout})
		}
	}
	rows, _, err := h.store.Cases(ctx, store.CaseQuery{Region: v.Case.Region, Search: referring(v.Case.No), Phases: caseflow.Phases(), Limit: 20})
	if err != nil {
		return nil, err
	}
	for i := range rows {
		other, err := h.see(ctx, by, rows[i].Key, access.CaseSee)
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if other.Item.RefersTo(other.Case.Form) == v.Case.No { // as far as the actor reads the answer
			list = append(list, Related{No: rows[i].Case, Case: other.Case, Item: other.Item, About: TieNamedBy})
		}
	}
	return list, nil
}
