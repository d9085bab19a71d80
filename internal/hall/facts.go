package hall

import (
	"context"
	"fmt"

	"github.com/tongban/tongban/internal/caseflow"
)

// lookUp fetches the facts that judging a command needs.
func (h *Hall) lookUp(ctx context.Context, region string, cmd caseflow.Command, env *caseflow.Env) error {
	if !caseflow.NamesPosts(cmd) {
		return nil
	}
	list, err := h.store.ListAccounts(ctx, region)
	if err != nil {
		return fmt.Errorf("officials of %s: %w", region, err)
	}
	for i := range list {
		if a := &list[i]; a.Kind == caseflow.ActorOfficial && !a.Disabled {
			env.Staff = append(env.Staff, caseflow.Colleague{ID: a.ID, Department: a.Department, Roles: a.Roles})
		}
	}
	return nil
}

// Env is what a command on a case of the region would be judged by now: for pages that ask the core beforehand.
func (h *Hall) Env(ctx context.Context, region string, cmd caseflow.Command) (caseflow.Env, error) {
	env := caseflow.Env{Now: h.Now(), Calendar: h.calendar(region)}
	return env, h.lookUp(ctx, region, cmd, &env)
}
