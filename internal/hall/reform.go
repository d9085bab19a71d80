package hall

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/workday"
)

// Reforms (机构改革): the system administrator proposes one, the security administrator agrees, because officials get other posts
// by it (docs/adr/0036); on its day it counts, on every server.

// NewReform is a reform to be proposed. Without Gone it renames Target; with it, the duties and officials of those go to Target,
// which is there or is new.
type NewReform struct {
	Region string
	Gone   []string
	Target string
	Name   caseflow.Text // of Target from then on; empty: as it is
	Short  caseflow.Text // short name (简称) from then on; empty: Name stands in narrow lists
	Basis  string        // the document that orders it
	From   workday.Date  // 0: as soon as it is agreed to
	Stay   []string      // accounts of officials of Gone who do not go over; they lose their roles
}

// Department is one of a region as it stands.
type Department struct {
	ID           string
	Name, Former caseflow.Text
	Into         string // the department that has its duties; "" if it has not gone
	Officials    int    // who have a role
}

// Names are those by which the department is looked for: its id, and what it is and was called.
func (d *Department) Names() []string {
	return []string{d.ID, d.Name.ZH, d.Name.EN, d.Former.ZH, d.Former.EN}
}

// ReformPlan is what a reform would do, or has begun to.
type ReformPlan struct {
	Reform    store.Reform
	Tasks     []store.TaskItem // open ones of those that go, the first PlanTasks by due instant
	Total     int              // of these
	Moves     []store.Account  // officials who go over
	Stay      []store.Account  // officials who do not, and lose their roles
	Undecided bool             // it may still be agreed to, declined or withdrawn
}

// PlanTasks is how many tasks a plan lists.
const PlanTasks = 100

// Bounds of a reform.
const (
	maxGone         = 20
	maxOffice       = 100 // characters of a name
	maxShort        = 12  // of a short name, and in English
	maxShortEnglish = 40
	maxBasis        = 200
	maxAhead        = 366 // days
)

// CodeReformMoved: another administrator was quicker, or what was agreed to does not stand any more.
const CodeReformMoved = "reform-moved"

// CodeQuicker: another administrator has changed it since it was looked at.
const CodeQuicker = "quicker"

// Words returns the sentence of every code of this package.
func Words() map[string]caseflow.Text {
	return map[string]caseflow.Text{CodeQuicker: {ZH: "其他管理员刚刚改过，您的修改没有保存。请刷新页面，看清现在的内容后再操作。",
		EN: "Another administrator has just changed it; nothing of yours was saved. Reload the page, look again, and decide."}, CodeReformMoved: {ZH: "这项机构调整已经由其他管理员处理，或者部门情况已有变化。请刷新页面，核对后再操作。",
		EN: "Another administrator was quicker, or the departments have changed. Reload the page, look again, and decide."}}
}

func reformMoved() error { return &caseflow.Refusal{Code: CodeReformMoved} }

// Departments lists those of a region: what its packs name, where officials are, what reforms made. For who may see them.
// ErrNotFound.
func (h *Hall) Departments(ctx context.Context, by caseflow.Actor, region string) ([]Department, error) {
	if !access.May(by, access.DepartmentSee, access.Resource{Region: region}).Allow {
		return nil, ErrNotFound
	}
	accounts, err := h.store.ListOfficials(ctx, region)
	if err != nil {
		return nil, fmt.Errorf("officials of %s: %w", region, err)
	}
	return h.departmentsIn(region, accounts), nil
}

// OfficesIn are the departments of a region, without who is in them.
func (h *Hall) OfficesIn(region string) []Department { return h.departmentsIn(region, nil) }

func (h *Hall) departmentsIn(region string, accounts []store.Account) []Department {
	var list []Department
	o := h.offices.Load().regions[region]
	at := func(id string, own caseflow.Text) *Department {
		i := slices.IndexFunc(list, func(d Department) bool { return d.ID == id })
		if i < 0 {
			d := Department{ID: id, Name: own}
			if known, ok := o.name(id, forever); ok {
				d.Name = known
				if first, _ := o.name(id, time.Time{}); first != known {
					d.Former = first
				}
			}
			if heir := o.heir(id, forever); heir != id {
				d.Into = heir
			}
			i, list = len(list), append(list, d)
		}
		return &list[i]
	}
	for _, d := range h.packed(region) {
		at(d.ID, d.Name)
	}
	if o != nil {
		for id := range o.names {
			at(id, caseflow.Text{ZH: id})
		}
	}
	for i := range accounts {
		if a := &accounts[i]; a.Kind == caseflow.ActorOfficial && a.Department != "" && len(a.Roles) > 0 {
			at(a.Department, caseflow.Text{ZH: a.Department}).Officials++
		}
	}
	slices.SortStableFunc(list, func(a, b Department) int { return cmp.Compare(a.ID, b.ID) })
	return list
}

// Reforms lists those of a region, the newest first, for who may see its departments. ErrNotFound.
func (h *Hall) Reforms(ctx context.Context, by caseflow.Actor, region string) ([]store.Reform, error) {
	if !access.May(by, access.DepartmentSee, access.Resource{Region: region}).Allow {
		return nil, ErrNotFound
	}
	all, err := h.store.Reforms(ctx)
	all = slices.DeleteFunc(all, func(r store.Reform) bool { return r.Region != region })
	slices.Reverse(all)
	return all, err
}

// Reform finds one with what it would do, or did. ErrNotFound.
func (h *Hall) Reform(ctx context.Context, by caseflow.Actor, id string) (*ReformPlan, error) {
	r, err := h.reform(ctx, id)
	if err != nil || !access.May(by, access.DepartmentSee, access.Resource{Region: r.Region}).Allow {
		return nil, cmp.Or(err, ErrNotFound)
	}
	return h.plan(ctx, *r)
}

func (h *Hall) reform(ctx context.Context, id string) (*store.Reform, error) {
	all, err := h.store.Reforms(ctx)
	if err != nil {
		return nil, fmt.Errorf("reforms: %w", err)
	}
	for i := range all {
		if all[i].ID == id {
			return &all[i], nil
		}
	}
	return nil, ErrNotFound
}

// plan lists what a reform moves. Of one that is applied only what stands in it.
func (h *Hall) plan(ctx context.Context, r store.Reform) (*ReformPlan, error) {
	p := &ReformPlan{Reform: r, Undecided: r.State == store.ReformProposed || r.State == store.ReformAgreed}
	if !p.Undecided || len(r.Gone) == 0 {
		p.Total = r.Tasks
		return p, nil
	}
	gone := h.goneOf(&r)
	accounts, err := h.store.ListOfficials(ctx, r.Region)
	if err != nil {
		return nil, fmt.Errorf("officials of %s: %w", r.Region, err)
	}
	for _, a := range accounts {
		switch {
		case !slices.Contains(gone, a.Department) || len(a.Roles) == 0:
		case slices.Contains(r.Stay, a.ID):
			p.Stay = append(p.Stay, a)
		default:
			p.Moves = append(p.Moves, a)
		}
	}
	tally, err := h.store.Tally(ctx, r.Region, h.Now())
	if err != nil {
		return nil, fmt.Errorf("open work of %s: %w", r.Region, err)
	}
	for _, t := range tally {
		if slices.Contains(gone, t.Department) {
			p.Total += t.Open
		}
	}
	p.Tasks, _, err = h.store.Tasks(ctx, store.TaskQuery{Region: r.Region, Department: gone[0], Succeeds: gone[1:], Limit: PlanTasks,
		States: []string{caseflow.TaskOpen, caseflow.TaskClaimed, caseflow.TaskWaiting}})
	return p, err
}

// goneOf are the departments that a reform ends, with all whose duties they have taken over before.
func (h *Hall) goneOf(r *store.Reform) []string {
	var list []string
	o := h.offices.Load().regions[r.Region]
	for _, g := range r.Gone {
		list = append(append(list, g.ID), o.succeeds(g.ID)...)
	}
	return list
}

// TryReform tells what a reform would move, before anything is asked of anybody (先列出将移动的办件). It refuses what ProposeReform
// refuses. ErrNotFound for who may not propose.
func (h *Hall) TryReform(ctx context.Context, by caseflow.Actor, n NewReform) (*ReformPlan, error) {
	r, err := h.newReform(ctx, by, n)
	if err != nil {
		return nil, err
	}
	return h.plan(ctx, *r)
}

// ProposeReform asks the security administrator to agree to a reform. The same request gives the same
// proposal; an empty one gets a fresh id.
func (h *Hall) ProposeReform(ctx context.Context, by caseflow.Actor, request string, n NewReform) (*store.Reform, error) {
	if request == "" {
		request = h.text()
	}
	if request == "" || !validRequest(request) {
		return nil, ErrBadRequest
	}
	sum := sha256.Sum256([]byte(by.ID + "\n" + request))
	id := hex.EncodeToString(sum[:12])
	if known, err := h.reform(ctx, id); err == nil && access.May(by, access.DepartmentReform, access.Resource{Region: known.Region}).Allow {
		return known, nil
	}
	r, err := h.newReform(ctx, by, n)
	if err != nil {
		return nil, err
	}
	r.ID = id
	t, err := h.trace(by, r, access.ReformProposed)
	if err != nil {
		return nil, err
	}
	err = h.store.AddReform(ctx, *r, t)
	if errors.Is(err, store.ErrConflict) { // the same request, twice at a time
		return h.reform(ctx, id)
	}
	return r, err
}

// AgreeReform lets a reform count from its day on, at once if that has come. DeclineReform does not let it. Both are the security
// administrator's; WithdrawReform takes one back that does not count yet, and is the system administrator's.
func (h *Hall) AgreeReform(ctx context.Context, by caseflow.Actor, id string) (*store.Reform, error) {
	r, err := h.decide(ctx, by, id, access.DepartmentConfirm, store.ReformAgreed, access.ReformAgreed, store.ReformProposed)
	if err != nil || r.From.After(h.Now()) {
		return r, err
	}
	return h.applyReform(ctx, r)
}

// DeclineReform does not let a reform count.
func (h *Hall) DeclineReform(ctx context.Context, by caseflow.Actor, id string) (*store.Reform, error) {
	return h.decide(ctx, by, id, access.DepartmentConfirm, store.ReformDeclined, access.ReformDeclined, store.ReformProposed)
}

// WithdrawReform takes a reform back that does not count yet.
func (h *Hall) WithdrawReform(ctx context.Context, by caseflow.Actor, id string) (*store.Reform, error) {
	return h.decide(ctx, by, id, access.DepartmentReform, store.ReformWithdrawn, access.ReformWithdrawn, store.ReformProposed, store.ReformAgreed)
}

// decide brings a reform from one of the states into another. What is in that state already stays there.
func (h *Hall) decide(ctx context.Context, by caseflow.Actor, id string, act access.Act, to string, kind access.EventKind, from ...string) (*store.Reform, error) {
	r, err := h.reform(ctx, id)
	if err != nil || !access.May(by, act, access.Resource{Region: r.Region}).Allow {
		return nil, cmp.Or(err, ErrNotFound)
	}
	switch {
	case r.Decider == by.ID && (r.State == to || to == store.ReformAgreed && r.State == store.ReformApplied): // the same once more
		return r, nil
	case !slices.Contains(from, r.State):
		return nil, reformMoved()
	case act == access.DepartmentConfirm && r.By == by.ID:
		return nil, &caseflow.Refusal{Code: access.CodeNotAllowed} // nobody agrees to what they proposed
	}
	was := r.State
	r.State, r.Decider, r.Decided = to, by.ID, h.Now()
	t, err := h.trace(by, r, kind)
	if err != nil {
		return nil, err
	}
	err = h.store.SettleReform(ctx, *r, was, t)
	if errors.Is(err, store.ErrConflict) {
		return nil, reformMoved()
	}
	return r, err
}

// ApplyReforms lets agreed reforms count whose day has come, and tells how many. Any number of servers may do it.
func (h *Hall) ApplyReforms(ctx context.Context) (int, error) {
	all, err := h.store.Reforms(ctx)
	if err != nil {
		return 0, fmt.Errorf("reforms: %w", err)
	}
	done := 0
	for i := range all {
		if r := &all[i]; r.State == store.ReformAgreed && !r.From.After(h.Now()) {
			if _, err := h.applyReform(ctx, r); err != nil {
				return done, err
			}
			done++
		}
	}
	return done, nil
}

// applyReform lets an agreed reform count. What it moves is read anew until nobody changes it in between.
func (h *Hall) applyReform(ctx context.Context, r *store.Reform) (*store.Reform, error) {
	for range attempts {
		if err := h.FollowReforms(ctx); err != nil {
			return nil, err
		}
		p, err := h.plan(ctx, *r)
		if err != nil {
			return nil, err
		}
		next, moves, traces, err := h.application(p)
		if err != nil {
			return nil, err
		}
		err = h.store.ApplyReform(ctx, next, moves, traces...)
		if err == nil {
			h.log.Info("reform applied", "reform", r.ID, "region", r.Region, "target", r.Target, "officials", len(next.Moved), "tasks", next.Tasks)
			return &next, h.FollowReforms(ctx)
		}
		if !errors.Is(err, store.ErrConflict) {
			return nil, fmt.Errorf("apply reform %s: %w", r.ID, err)
		}
		if r, err = h.reform(ctx, r.ID); err != nil || r.State == store.ReformApplied {
			return r, cmp.Or(err, h.FollowReforms(ctx))
		}
		if r.State != store.ReformAgreed {
			return nil, reformMoved()
		}
	}
	return nil, fmt.Errorf("reform %s: %w after %d attempts", r.ID, store.ErrBusy, attempts)
}

// application is a reform as it counts, with the accounts that it changes and what the log says of each.
func (h *Hall) application(p *ReformPlan) (next store.Reform, moves []store.Account, traces []store.Trace, err error) {
	next = p.Reform
	next.State, next.Version, next.Applied, next.Tasks = store.ReformApplied, h.offices.Load().version+1, h.Now(), p.Total
	by := caseflow.Actor{ID: next.Decider}
	t, err := h.trace(by, &next, access.ReformApplied)
	traces = append(traces, t)
	for i, a := range append(slices.Clone(p.Moves), p.Stay...) {
		change := store.FieldChange{Field: access.FieldDepartment, Old: a.Department, New: next.Target}
		if i < len(p.Moves) {
			a.Department, next.Moved = next.Target, append(next.Moved, a.ID)
		} else {
			change = store.FieldChange{Field: access.FieldRoles, Old: strings.Join(a.Roles, ",")}
			a.Roles = nil
		}
		told, wrong := h.trace(by, &next, access.AccountChanged, change)
		told.Account, told.Reason = a.ID, "reformed"
		moves, traces, err = append(moves, a), append(traces, told), cmp.Or(err, wrong)
	}
	return next, moves, traces, err
}

// trace is what the operation log says of a reform.
func (h *Hall) trace(by caseflow.Actor, r *store.Reform, kind access.EventKind, changes ...store.FieldChange) (store.Trace, error) {
	id := h.text()
	if id == "" {
		return store.Trace{}, errors.New("draw the id of a trace")
	}
	if changes == nil {
		for _, g := range r.Gone {
			changes = append(changes, store.FieldChange{Field: access.FieldDepartment, Old: g.ID, New: r.Target})
		}
		if r.Short != (caseflow.Text{}) {
			changes = append(changes, store.FieldChange{Field: "short-name", New: r.Short.ZH})
		}
		if r.Name != r.Was {
			changes = append(changes, store.FieldChange{Field: "name", Old: r.Was.ZH, New: r.Name.ZH})
		}
	}
	return store.Trace{ID: id[:24], At: h.Now(), Log: store.OperationLog, Kind: string(kind), Region: r.Region, By: by.ID, Reason: r.Basis, Changes: changes}, nil
}
