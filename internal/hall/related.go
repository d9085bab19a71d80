package hall

import (
	"context"
	"errors"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
)

// Related is another case that a step ties a case to: the one that the case does the step of, or one that does a step of it.
type Related struct {
	Case   *caseflow.Case
	Item   *caseflow.Item
	Step   caseflow.Text // its name
	Parent bool          // the step is one of Case
}

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
		r := Related{Case: other.Case, Item: other.Item, Parent: parent}
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
	return list, nil
}
