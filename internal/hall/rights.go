package hall

import (
	"slices"
	"sync"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
)

// System is the actor of the clock runner and of the program's own upkeep.
var System = caseflow.Actor{ID: "system", Kind: caseflow.ActorSystem}

func mayOpen(by standing, region, owner string) bool {
	if by.Kind == caseflow.ActorSystem { // a step that is done by a case of its own
		return by.ID == System.ID
	}
	return access.May(by.Actor, access.CaseOpen, by.to(access.Resource{Region: region, Owner: owner})).Allow
}

// matter is a case with its item, and with what it asks for, which is worked out once.
type matter struct {
	it      *caseflow.Item
	c       *caseflow.Case
	once    sync.Once
	asked   *caseflow.Asked
	refusal *caseflow.Refusal
}

func (m *matter) ask() (*caseflow.Asked, *caseflow.Refusal) {
	m.once.Do(func() { m.asked, m.refusal = caseflow.Ask(m.c, m.it) })
	return m.asked, m.refusal
}

// may decides an act on a case.
func may(by standing, act access.Act, m *matter) bool {
	c := m.c
	if by.Kind == caseflow.ActorSystem {
		return by.ID == System.ID
	}
	if by.Kind == caseflow.ActorBearer { // see RateByReceipt; the core lets them rate and nothing else
		return by.ID == bearerOf(c.No).ID && c.Owner == ""
	}
	if act == access.NoticeObject && !published(c) { // what is not public reads as not there
		return false
	}
	r := by.to(access.Resource{Region: c.Region, Owner: c.Owner, Phase: phaseOf(c), Channel: c.Channel})
	if by.Kind == caseflow.ActorOfficial { // nobody else has a department
		r.Departments = departments(m)
	}
	return access.May(by.Actor, act, r).Allow
}

// phaseOf is the phase by which rights go: a draft that was deleted is still nobody else's business.
func phaseOf(c *caseflow.Case) caseflow.Phase {
	if c.Discarded() {
		return caseflow.PhaseDraft
	}
	return c.Phase
}

// departments lists everybody who takes part in a case, sorted: who leads; whom a task was ever meant for, also one that
// the item does not name; and once the request is handed in, whose parts are asked for and whose steps are not ruled
// out. What the applicant did not ask for is nobody's business (个人信息保护法 art. 6: no more than the purpose needs).
func departments(m *matter) []string {
	it, c := m.it, m.c
	list := make([]string, 0, 8)
	add := func(department string) {
		if department != "" && !slices.Contains(list, department) {
			list = append(list, department)
		}
	}
	add(it.Department)
	for _, department := range it.DoorsOf(c.Channel) { // who took it in
		add(department)
	}
	for i := range c.Tasks {
		add(c.Tasks[i].By.Department)
	}
	if !c.Submitted.IsZero() {
		wanted := m.wanted()
		for i := range it.Parts {
			if wanted(it.Parts[i].ID) {
				add(it.Parts[i].Department)
			}
		}
		for i := range it.Steps {
			if s := &it.Steps[i]; wanted(s.Part) && !m.ruledOut(s) {
				add(s.By.Department)
				for _, p := range s.Signers {
					add(p.Department)
				}
			}
		}
	}
	slices.Sort(list)
	return list
}

// wanted tells which parts of a bundle are asked for: as acceptance found it, before that as the answers stand. ""
// stands for the whole.
func (m *matter) wanted() func(caseflow.PartID) bool {
	if !m.c.Accepted.IsZero() {
		return func(id caseflow.PartID) bool {
			return !slices.ContainsFunc(m.c.Parts, func(p caseflow.PartState) bool {
				return p.ID == id && p.State == caseflow.PartUnwanted
			})
		}
	}
	asked, refusal := m.ask()
	if refusal != nil { // nobody can say what such a form asks for
		return func(id caseflow.PartID) bool { return id == "" }
	}
	return func(id caseflow.PartID) bool { return asked.Parts[id] }
}

// ruledOut reports whether a step is not done in this case: it was passed over for its condition, or its condition does
// not hold as things stand.
func (m *matter) ruledOut(s *caseflow.Step) bool {
	if s.When == nil {
		return false
	}
	i := slices.IndexFunc(m.c.Steps, func(st caseflow.StepState) bool { return st.ID == s.ID })
	if i >= 0 && m.c.Steps[i].State == caseflow.StepSkipped {
		return m.c.Steps[i].Outcome == caseflow.OverWhen
	}
	if i >= 0 && m.c.Steps[i].State != caseflow.StepPending {
		return false
	}
	asked, refusal := m.ask()
	return refusal != nil || !asked.Holds(s.When)
}

// actOf is the act that a command on a case is: whoever sees a case may give it commands, and the core says which. An
// administrator sees no case, but may recount it.
func actOf(cmd caseflow.Command) access.Act {
	switch cmd.(type) {
	case caseflow.Recount:
		return access.CaseRecount
	case caseflow.Object:
		return access.NoticeObject
	}
	return access.CaseSee
}

// published reports whether everybody reads a notice of the case now.
func published(c *caseflow.Case) bool {
	return slices.ContainsFunc(c.Publications, func(p caseflow.Publication) bool { return p.State == caseflow.PublicationRunning })
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

// succeeded are the departments whose cases and tasks are listed with those of a department, for an actor who asks about a region.
func (h *Hall) succeeded(by caseflow.Actor, region, department string) []string {
	switch {
	case department == "":
		return nil
	case department == by.Department:
		return by.Succeeds
	}
	return h.offices.Load().regions[region].succeeds(department)
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
