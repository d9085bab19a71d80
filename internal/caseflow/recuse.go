package caseflow

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/dotted"
)

// Recuse (申请回避) declares a conflict of interest: whoever handles a case in which they or their relatives have an interest, or that
// is near to them in another way, steps aside (公务员法 art. 76, 77; for penalties 行政处罚法 art. 43). What they have in hand of
// the case goes back to its posts, and they get nothing of it any more. An official who has or could get work of the case.
type Recuse struct {
	Relation string `json:"relation"` // one of Relations
	Words    string `json:"words,omitempty"`
}

// Relations lists what somebody steps aside for, as 公务员法 art. 76 puts them.
func Relations() []string { return []string{RelationOwn, RelationFamily, RelationOther} }

// What somebody steps aside for.
const (
	RelationOwn    = "own"    // 涉及本人利害关系
	RelationFamily = "family" // 涉及夫妻、直系血亲、三代以内旁系血亲或近姻亲的利害关系
	RelationOther  = "other"  // 其他可能影响公正执行公务的；说明是什么
)

// Recused tells who stepped aside.
type Recused struct {
	Recusal Recusal `json:"recusal"`
}

// Recusal (回避) is somebody who has stepped aside in a case.
type Recusal struct {
	Person     string    `json:"person"` // account
	Department string    `json:"department"`
	Role       string    `json:"role"` // to which goes what was meant for the person alone
	Relation   string    `json:"relation"`
	Words      string    `json:"words,omitempty"` // among officials
	At         time.Time `json:"at"`
}

func (Recuse) Verb() string  { return "recuse" }
func (Recused) Name() string { return "recused" }

func (e Recused) apply(c *Case, _ Meta) { c.Recusals = append(slices.Clone(c.Recusals), e.Recusal) }

func (d *decider) recuse(cmd Recuse) *Refusal {
	if d.hasRecused() {
		return refuse(CodeExists)
	}
	if !d.mayRecuse() {
		return refuse(CodeNotYours)
	}
	if !slices.Contains(Relations(), cmd.Relation) {
		return refuse(CodeForm, "relation")
	}
	if r := words(cmd.Words, cmd.Relation == RelationOther); r != nil {
		return r
	}
	d.emit(Recused{Recusal{Person: d.by.ID, Department: d.by.Department, Role: d.firstRole(), Relation: cmd.Relation, Words: cmd.Words, At: d.env.Now}})
	for i := range d.c.Tasks {
		if d.c.Tasks[i].InHand(d.by.ID) {
			d.giveBack(d.c.Tasks[i])
		}
	}
	for i := range d.c.Steps { // also of what is done: it may come again
		s := &d.c.Steps[i]
		places := slices.Clone(s.Signers)
		for n := range places {
			places[n].Post = d.besidesRecused(places[n].Post)
		}
		if !slices.Equal(places, s.Signers) {
			d.emit(SignersChanged{Step: s.ID, Signers: places})
		}
	}
	return nil
}

// besidesRecused is a post without the person, if that one has stepped aside.
func (d *decider) besidesRecused(p Post) Post {
	if i := slices.IndexFunc(d.c.Recusals, func(r Recusal) bool { return r.Person == p.Person }); i >= 0 {
		p.Person, p.Role = "", cmp.Or(p.Role, d.c.Recusals[i].Role)
	}
	return p
}

// mayRecuse reports whether the actor has work of the case, or could get some.
func (d *decider) mayRecuse() bool {
	return d.by.Kind == ActorOfficial && d.c.Phase.Open() && !d.hasRecused() && (d.supervises() || d.atDoor(d.c.Channel) ||
		d.any(func(t *Task) bool { return t.InHand(d.by.ID) || d.by.fits(t.By) }))
}

// giveBack returns a task of the actor to the post that it is for.
func (d *decider) giveBack(t Task) {
	to := d.besidesRecused(t.By)
	switch {
	case t.Delegator == d.by.ID:
		d.emit(TaskHandedOver{Task: t.ID, To: d.besidesRecused(t.Lender), Reason: "recused"})
	case t.Delegator != "": // somebody lent it: it is theirs again
		d.emit(TaskReturned{Task: t.ID})
	case to != t.By:
		d.emit(TaskHandedOver{Task: t.ID, To: to, Reason: "recused"})
	case t.Holder != "":
		d.emit(TaskReleased{Task: t.ID})
	}
}

// firstRole is that of the actor: what was meant for them alone goes to those who have the same one.
func (d *decider) firstRole() string {
	if len(d.by.Roles) == 0 {
		return RoleHead
	}
	return d.by.Roles[0]
}

func (d *decider) hasRecused() bool {
	return slices.ContainsFunc(d.c.Recusals, func(r Recusal) bool { return r.Person == d.by.ID })
}

// stepsAside refuses an official who has declared a conflict, or whose own case it is: as applicant, agent, or as a person whom the form
// names, such as the legal representative. They may still put down what they have.
func (d *decider) stepsAside(cmd Command) *Refusal {
	switch cmd.(type) {
	case Recuse, Release, OfferCharge:
		return nil
	}
	if d.conflicted() {
		return conflict()
	}
	return nil
}

func conflict() *Refusal { return refuse(CodeConflict).because("公务员法", "76") }

func (d *decider) conflicted() bool {
	return d.by.Kind == ActorOfficial && (d.hasRecused() || d.by.Document.No != "" && slices.ContainsFunc(d.documents(), d.by.named))
}

// named reports whether a document is that of the actor.
func (a Actor) named(doc ident.Document) bool {
	return a.Document.No != "" && plainNo(doc.No) == plainNo(a.Document.No) && cmp.Or(doc.Type, ident.DocResidentID) == cmp.Or(a.Document.Type, ident.DocResidentID)
}

// plainNo is a number as it is compared, however it was typed.
func plainNo(no string) string { return strings.ToUpper(ident.Normalise(no)) }

// documents are those of all persons whom the case names.
func (d *decider) documents() []ident.Document {
	list := []ident.Document{d.c.Applicant.Document}
	if d.c.Agent != nil {
		list = append(list, d.c.Agent.Document)
	}
	var form map[string]any
	if len(d.it.Persons) == 0 || len(d.c.Form) == 0 || json.Unmarshal(d.c.Form, &form) != nil {
		return list
	}
	for _, p := range d.it.Persons {
		for _, row := range rowsOf(form, p.List) {
			no, _ := dotted.At(row, p.Fields.DocNo)
			kind, _ := dotted.At(row, p.Fields.DocType)
			if text, ok := no.(string); ok && p.Fields.DocNo != "" {
				t, _ := kind.(string)
				list = append(list, ident.Document{Type: ident.DocType(t), No: text})
			}
		}
	}
	return list
}

// rowsOf are the rows of a list of the form, or the form itself.
func rowsOf(form map[string]any, list string) []map[string]any {
	if list == "" {
		return []map[string]any{form}
	}
	v, _ := dotted.At(form, list)
	items, _ := v.([]any)
	var rows []map[string]any
	for _, x := range items {
		if row, ok := x.(map[string]any); ok {
			rows = append(rows, row)
		}
	}
	return rows
}

// StepsAside reports whether an official handles nothing of the case: it is their own, or they have declared a conflict.
func StepsAside(c *Case, it *Item, by Actor) bool {
	d := &decider{c: c, it: it, by: by}
	return d.conflicted()
}
