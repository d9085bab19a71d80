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

// leads reports whether a department is the leading one, or has taken its duties over.
func (d *decider) leads(department string) bool { return d.isOrSucceeds(department, d.it.Department) }

// isOrSucceeds reports whether a department is a certain one, or has taken its duties over, as the officials who are there tell.
func (d *decider) isOrSucceeds(department, duties string) bool {
	return department == duties || slices.ContainsFunc(d.env.Staff, func(c Colleague) bool {
		return c.Department == department && c.bears(duties)
	})
}

// Takers say to whom a task may be handed over. Empty fields ask for nothing.
type Takers struct {
	Roles      []string // one of which the new post needs
	Department string   // that it must belong to
	Except     string   // department that it must not belong to
}

// TakersOf tells who may take a task over. What is decided in the name of an office is decided there, and by who may decide
// (行政许可法 art. 22, 行政处罚法 art. 17: only the organ that has the power, within its powers): a step goes to its own kind of post or to a
// head, a decision only within its department. Whether the answer to an instruction is enough is said by somebody who oversees, and
// not by the department that was instructed.
func (c *Case) TakersOf(it *Item, t *Task) Takers {
	switch t.Kind {
	case TaskAccept:
		return Takers{Roles: []string{RoleClerk}, Department: it.Department}
	case TaskClose:
		w := Takers{Roles: []string{RoleHead, RoleSupervisor}}
		if order := c.Task(t.Parent); order != nil {
			w.Except = order.By.Department
		}
		return w
	}
	def := it.StepByID(t.Step)
	if t.Kind != TaskStep || def == nil {
		return Takers{}
	}
	place := def.By // whose the task is, also while it is lent
	if s := c.step(t.Step); s != nil && t.Slot < len(s.Signers) {
		place = s.Signers[t.Slot].Post
	}
	var w Takers
	for _, p := range slices.Concat([]Post{def.By, place}, def.Signers, []Post{{Role: RoleHead}}) {
		if p.Role != "" && !slices.Contains(w.Roles, p.Role) {
			w.Roles = append(w.Roles, p.Role)
		}
	}
	if def.Kind == KindDecide {
		w.Department = place.Department
	}
	return w
}

// takesOver reports whether a post at which somebody is may take a task over.
func (d *decider) takesOver(t *Task, to Post) bool {
	if d.checksOwn(t, to.Person) {
		return false
	}
	w := d.c.TakersOf(d.it, t)
	if w.Department != "" && !d.isOrSucceeds(to.Department, w.Department) || w.Except != "" && d.isOrSucceeds(to.Department, w.Except) {
		return false
	}
	fits := func(role string) bool { return slices.Contains(w.Roles, role) }
	if w.Roles == nil || fits(to.Role) {
		return true
	}
	return to.Role == "" && slices.ContainsFunc(d.env.Staff, func(c Colleague) bool { return c.ID == to.Person && slices.ContainsFunc(c.Roles, fits) })
}

// hasPost reports whether the item itself gives work to the post.
func (it *Item) hasPost(p Post) bool {
	if p.Department == it.Department && (p.Role == RoleClerk || p.Role == RoleHead || p.Role == RoleSupervisor) {
		return true
	}
	same := func(o Post) bool { return o.Department == p.Department && o.Role == p.Role }
	return slices.ContainsFunc(it.Steps, func(s Step) bool { return same(s.By) || slices.ContainsFunc(s.Signers, same) })
}
