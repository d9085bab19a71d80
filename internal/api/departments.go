package api

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/find"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/workday"
)

// DepartmentView is a department of a region as it stands.
type DepartmentView struct {
	ID        string         `json:"id"`
	Name      caseflow.Text  `json:"name"`
	Former    *caseflow.Text `json:"former,omitempty" doc:"The name that it had before a reform"`
	Into      string         `json:"into,omitempty" doc:"The department that has its duties now; missing if it has not gone"`
	Officials int            `json:"officials" doc:"Who have a role"`
}

// OfficeView is a department that goes, with the name that it had.
type OfficeView struct {
	ID   string        `json:"id"`
	Name caseflow.Text `json:"name"`
}

// ReformView is a renaming or a merger of departments (机构改革).
type ReformView struct {
	ID      string        `json:"id,omitempty" doc:"Missing of one that is only tried"`
	Region  string        `json:"region"`
	State   string        `json:"state" enum:"proposed,agreed,applied,withdrawn,declined" doc:"Agreed: it waits for its day"`
	Gone    []OfficeView  `json:"gone" nullable:"false" doc:"Merged into the target; none of a renaming"`
	Target  string        `json:"target"`
	Was     caseflow.Text `json:"was" doc:"Name of the target before; empty of a new department"`
	Name    caseflow.Text `json:"name" doc:"From then on"`
	Short   caseflow.Text `json:"short,omitzero" doc:"Short name from then on, for narrow lists"`
	Basis   string        `json:"basis"`
	From    time.Time     `json:"from,omitzero" doc:"Not before; missing: as soon as it is agreed to"`
	By      string        `json:"by" doc:"Id of the account that proposed it"`
	At      time.Time     `json:"at"`
	Decider string        `json:"decider,omitempty" doc:"Id of the account that agreed, declined or withdrew"`
	Decided time.Time     `json:"decided,omitzero"`
	Applied time.Time     `json:"applied,omitzero"`
}

// MovingTask is an open task of a department that goes.
type MovingTask struct {
	Case caseflow.CaseNo `json:"case"`
	Item caseflow.ItemID `json:"item"`
	Task int             `json:"task"`
	Step string          `json:"step,omitempty"`
	Due  time.Time       `json:"due,omitzero"`
}

// PlanView is a reform with what it moves.
type PlanView struct {
	Reform ReformView       `json:"reform"`
	Total  int              `json:"total" doc:"Open tasks that go over"`
	Tasks  []MovingTask     `json:"tasks" nullable:"false" doc:"The first 100 of them by due instant, while it does not count yet"`
	Moves  []ManagedAccount `json:"moves" nullable:"false" doc:"Officials who go over"`
	Stay   []ManagedAccount `json:"stay" nullable:"false" doc:"Officials who do not: they lose their roles"`
}

// PlanAnswer is one reform.
type PlanAnswer struct{ Body PlanView }

// DepartmentList is the departments of a region and their reforms.
type DepartmentList struct {
	Body struct {
		Region      string           `json:"region"`
		Departments []DepartmentView `json:"departments" nullable:"false"`
		Reforms     []ReformView     `json:"reforms" nullable:"false" doc:"Newest first"`
	}
}

// NewReform is a reform to be tried or proposed.
type NewReform struct {
	Region string        `json:"region,omitempty" maxLength:"20" doc:"Your own if left out"`
	Gone   []string      `json:"gone,omitempty" maxItems:"20" doc:"Ids of departments that are merged into the target; none renames the target"`
	Target string        `json:"target" maxLength:"40" doc:"Id of a department of the region, or of a new one, which then has a name"`
	Name   caseflow.Text `json:"name,omitzero" doc:"Of the target from then on; as it is if left out"`
	Short  caseflow.Text `json:"short,omitzero" doc:"Short name from then on, for narrow lists; at most 12 characters, in English 40; the name stands there if left out"`
	Basis  string        `json:"basis" maxLength:"800" doc:"The document that orders it"`
	From   string        `json:"from,omitempty" maxLength:"10" doc:"Day from which it counts, as 2026-12-01; at once if left out"`
	Stay   []string      `json:"stay,omitempty" maxItems:"1000" doc:"Ids of accounts that do not go over"`
}

type reformInput struct {
	caller
	Body NewReform
}

type proposeInput struct {
	caller
	Key  string `header:"Idempotency-Key" maxLength:"100" doc:"The same request, however often it is sent, makes one proposal"`
	Body NewReform
}

type reformPath struct {
	caller
	Reform string `path:"reform" maxLength:"40"`
}

type departmentsInput struct {
	caller
	Region string `query:"region" maxLength:"20" doc:"Region code; your own if left out"`
	Q      string `query:"q" maxLength:"60" doc:"Of a name that it has or had, full or short, or of the id: a part, or its pinyin, in full or by initials"`
}

func (a *API) registerDepartments(op func(id, method, path, summary, more string) huma.Operation) {
	made := op("propose-reform", http.MethodPost, "/reforms", "Propose that departments are renamed or merged", "The system administrator's. It counts once the security administrator has agreed, from its day on.")
	made.DefaultStatus = http.StatusCreated
	huma.Register(a.huma, op("list-departments", http.MethodGet, "/departments", "Departments of a region and their reforms", "Of all three."), a.departments)
	huma.Register(a.huma, op("try-reform", http.MethodPost, "/reforms/try", "What a reform would move; nothing is changed", "The system administrator's."), a.tryReform)
	huma.Register(a.huma, made, a.proposeReform)
	huma.Register(a.huma, op("see-reform", http.MethodGet, "/reforms/{reform}", "One reform, with what it moves", "Of all three."), a.seeReform)
	huma.Register(a.huma, op("agree-reform", http.MethodPost, "/reforms/{reform}/agree", "Agree to a reform", "The security administrator's."), a.judgeReform((*hall.Hall).AgreeReform))
	huma.Register(a.huma, op("decline-reform", http.MethodPost, "/reforms/{reform}/decline", "Do not agree to a reform", "The security administrator's."), a.judgeReform((*hall.Hall).DeclineReform))
	huma.Register(a.huma, op("withdraw-reform", http.MethodPost, "/reforms/{reform}/withdraw", "Take a reform back that does not count yet", "The system administrator's."), a.judgeReform((*hall.Hall).WithdrawReform))
}

// shortName is the short name of a department of a region; empty if it has none.
func (a *API) shortName(region, id string) string {
	var own caseflow.Text
	for _, p := range a.o.Packs.Packs() {
		for i := range p.Departments {
			if d := &p.Departments[i]; d.ID == id {
				own = d.Short
			}
		}
	}
	return a.o.Hall.Short(region, id, own).ZH
}

func reformView(r *store.Reform) ReformView {
	v := ReformView{ID: r.ID, Region: r.Region, State: r.State, Gone: make([]OfficeView, len(r.Gone)), Target: r.Target, Was: r.Was, Name: r.Name, Short: r.Short, Basis: r.Basis,
		From: r.From, By: r.By, At: r.At, Decider: r.Decider, Decided: r.Decided, Applied: r.Applied}
	for i, g := range r.Gone {
		v.Gone[i] = OfficeView(g)
	}
	return v
}

func planAnswer(p *hall.ReformPlan) *PlanAnswer {
	v := PlanView{Reform: reformView(&p.Reform), Total: p.Total, Tasks: make([]MovingTask, len(p.Tasks)), Moves: []ManagedAccount{}, Stay: []ManagedAccount{}}
	for i := range p.Tasks {
		t := &p.Tasks[i]
		v.Tasks[i] = MovingTask{t.TaskRow.Case, t.Case.Item, t.ID, string(t.Step), t.Due}
	}
	for i := range p.Moves {
		v.Moves = append(v.Moves, managedAccount(&p.Moves[i]))
	}
	for i := range p.Stay {
		v.Stay = append(v.Stay, managedAccount(&p.Stay[i]))
	}
	return &PlanAnswer{v}
}

func (a *API) departments(ctx context.Context, in *departmentsInput) (*DepartmentList, error) {
	region, err := in.home(in.Region)
	if err != nil {
		return nil, err
	}
	list, err := a.o.Hall.Departments(ctx, in.by, region)
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(d hall.Department) bool {
		return !find.Named(in.Q, append(d.Names(), a.shortName(region, d.ID))...)
	})
	reforms, err := a.o.Hall.Reforms(ctx, in.by, region)
	if err != nil {
		return nil, err
	}
	out := &DepartmentList{}
	b := &out.Body
	b.Region, b.Departments, b.Reforms = region, make([]DepartmentView, len(list)), make([]ReformView, len(reforms))
	for i, d := range list {
		b.Departments[i] = DepartmentView{ID: d.ID, Name: d.Name, Into: d.Into, Officials: d.Officials}
		if d.Former != (caseflow.Text{}) {
			b.Departments[i].Former = &d.Former
		}
	}
	for i := range reforms {
		b.Reforms[i] = reformView(&reforms[i])
	}
	return out, nil
}

// asked is the reform that a request describes.
func (c *caller) asked(n NewReform) (hall.NewReform, error) {
	region, err := c.home(n.Region)
	if err != nil {
		return hall.NewReform{}, err
	}
	r := hall.NewReform{Region: region, Gone: n.Gone, Target: n.Target, Name: n.Name, Short: n.Short, Basis: n.Basis, Stay: n.Stay}
	if n.From != "" {
		if r.From, err = workday.ParseDate(n.From); err != nil {
			return r, &caseflow.Refusal{Code: codeFields, Fields: []caseflow.FieldFault{{Field: "from", Code: "format"}}}
		}
	}
	return r, nil
}

func (a *API) tryReform(ctx context.Context, in *reformInput) (*PlanAnswer, error) {
	n, err := in.asked(in.Body)
	if err != nil {
		return nil, err
	}
	p, err := a.o.Hall.TryReform(ctx, in.by, n)
	if err != nil {
		return nil, err
	}
	return planAnswer(p), nil
}

func (a *API) proposeReform(ctx context.Context, in *proposeInput) (*PlanAnswer, error) {
	n, err := in.asked(in.Body)
	if err != nil {
		return nil, err
	}
	r, err := a.o.Hall.ProposeReform(ctx, in.by, in.Key, n)
	if err != nil {
		return nil, err
	}
	return a.reformed(ctx, in.by, r.ID)
}

func (a *API) seeReform(ctx context.Context, in *reformPath) (*PlanAnswer, error) {
	return a.reformed(ctx, in.by, in.Reform)
}

func (a *API) reformed(ctx context.Context, by caseflow.Actor, id string) (*PlanAnswer, error) {
	p, err := a.o.Hall.Reform(ctx, by, id)
	if err != nil {
		return nil, err
	}
	return planAnswer(p), nil
}

// decide answers what an administrator decides about a reform.
func (a *API) judgeReform(how func(h *hall.Hall, ctx context.Context, by caseflow.Actor, id string) (*store.Reform, error)) func(context.Context, *reformPath) (*PlanAnswer, error) {
	return func(ctx context.Context, in *reformPath) (*PlanAnswer, error) {
		if _, err := how(a.o.Hall, ctx, in.by, in.Reform); err != nil {
			return nil, err
		}
		return a.reformed(ctx, in.by, in.Reform)
	}
}
