package hall

import (
	"slices"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
)

// System is the actor of the clock runner and of the program's own upkeep.
var System = caseflow.Actor{ID: "system", Kind: caseflow.ActorSystem}

func mayOpen(by caseflow.Actor, region string) bool {
	return access.May(by, access.CaseOpen, access.Resource{Region: region}).Allow
}

// may decides an act on a case. Whoever a task is meant for or held by takes part with their department, also one that
// the item does not name.
func may(by caseflow.Actor, act access.Act, it *caseflow.Item, c *caseflow.Case) bool {
	if by.Kind == caseflow.ActorSystem {
		return by.ID == System.ID
	}
	return access.May(by, act, access.Resource{
		Region: c.Region, Owner: c.Owner, Departments: departments(it, c), Phase: c.Phase, Channel: c.Channel,
	}).Allow
}

// actOf is the act that a command on a case is: whoever sees a case may give it commands, and the core says which. An
// administrator sees no case, but may recount it.
func actOf(cmd caseflow.Command) access.Act {
	if _, recount := cmd.(caseflow.Recount); recount {
		return access.CaseRecount
	}
	return access.CaseSee
}

// narrow limits a queue's filter to what the actor may see, and reports false if that is nothing. A clerk or reviewer
// sees the own department; whoever oversees may leave the department open.
func narrow(by caseflow.Actor, act access.Act, region, department string) (string, bool) {
	if by.Kind == caseflow.ActorSystem {
		return department, by.ID == System.ID
	}
	ask := func(departments []string) bool {
		return access.May(by, act, access.Resource{Region: region, Departments: departments}).Allow
	}
	if department != "" {
		return department, ask([]string{department})
	}
	if ask(nil) {
		return "", true
	}
	return by.Department, ask([]string{by.Department})
}

// rolesFor are the roles whose tasks the actor finds in a queue.
func rolesFor(by caseflow.Actor, q *store.TaskQuery) {
	oversees := slices.ContainsFunc(by.Roles, func(r string) bool {
		return r == caseflow.RoleSupervisor || r == caseflow.RoleHead
	})
	if len(q.Roles) == 0 && !oversees && by.Kind == caseflow.ActorOfficial {
		q.Roles = by.Roles
	}
}
