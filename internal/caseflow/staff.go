package caseflow

import "slices"

// Colleague is an enabled official of the case's region: a fact that is looked up before a command that names a post is
// decided, so that no task goes to somebody who does not exist.
type Colleague struct {
	ID         string
	Department string
	Succeeds   []string // see Actor
	Roles      []string
}

func (c *Colleague) bears(department string) bool { return bears(c.Department, c.Succeeds, department) }

// NamesPosts reports whether a command gives something to a post, so that Env.Staff is needed to judge it.
func NamesPosts(cmd Command) bool {
	switch cmd.(type) {
	case HandOver, Delegate, AskOpinion, AddSigner, CopyTo, Supervise, OfferCharge:
		return true
	}
	a, ok := cmd.(Assist)
	return ok && a.How == AssistOfficial
}

// staffed refuses a post at which nobody is: a person who is no enabled official of that department and role in the region
// of the case, or a department and role that neither the item names nor anybody there has.
func (d *decider) staffed(p Post) *Refusal {
	if p.Person == "" && d.it.hasPost(p) {
		return nil
	}
	if d.besidesRecused(p) != p {
		return conflict()
	}
	if slices.ContainsFunc(d.env.Staff, func(c Colleague) bool {
		return c.bears(p.Department) && (p.Person == "" || c.ID == p.Person) && (p.Role == "" || slices.Contains(c.Roles, p.Role))
	}) {
		return nil
	}
	return refuse(CodeNoSuchPost)
}

// leads reports whether a department is the leading one, or has taken its duties over, as the officials who are there tell.
func (d *decider) leads(department string) bool {
	return department == d.it.Department || slices.ContainsFunc(d.env.Staff, func(c Colleague) bool {
		return c.Department == department && c.bears(d.it.Department)
	})
}

// hasPost reports whether the item itself gives work to the post.
func (it *Item) hasPost(p Post) bool {
	if p.Department == it.Department && (p.Role == RoleClerk || p.Role == RoleHead || p.Role == RoleSupervisor) {
		return true
	}
	same := func(o Post) bool { return o.Department == p.Department && o.Role == p.Role }
	return slices.ContainsFunc(it.Steps, func(s Step) bool { return same(s.By) || slices.ContainsFunc(s.Signers, same) })
}
