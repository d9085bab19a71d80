package hall

import (
	"context"
	"fmt"

	"github.com/tongban/tongban/internal/caseflow"
)

// staff are the officials of a region whose account is open, if judging the command needs to know them; else nil.
func (h *Hall) staff(ctx context.Context, region string, cmd caseflow.Command) ([]caseflow.Colleague, error) {
	if !caseflow.NamesPosts(cmd) {
		return nil, nil
	}
	list, err := h.store.ListAccounts(ctx, region)
	if err != nil {
		return nil, fmt.Errorf("officials of %s: %w", region, err)
	}
	var staff []caseflow.Colleague
	for i := range list {
		if a := &list[i]; a.Kind == caseflow.ActorOfficial && !a.Disabled {
			staff = append(staff, caseflow.Colleague{ID: a.ID, Department: a.Department, Roles: a.Roles})
		}
	}
	return staff, nil
}

// Env is what a command on a case of the region would be judged by now: for pages that ask the core beforehand.
func (h *Hall) Env(ctx context.Context, region string, cmd caseflow.Command) (caseflow.Env, error) {
	staff, err := h.staff(ctx, region, cmd)
	return caseflow.Env{Now: h.Now(), Calendar: h.calendar(region), Staff: staff}, err
}
