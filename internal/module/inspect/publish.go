package inspect

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/tongban/tongban/evidence"
	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/workday"
)

// items reads the check items of a task, by the lists that count.
func (t *Task) items(r store.Reader, terms string) error {
	var x Terms
	if err := json.Unmarshal([]byte(terms), &x); err != nil {
		return err
	}
	editions, err := current(r, t.Region, Items)
	if err != nil {
		return err
	}
	return eachItem(r, editions, func(it CheckItem) {
		if slices.Contains(x.Items, it.Department+"/"+it.ID) {
			t.Items = append(t.Items, it)
		}
	})
}

// leaf makes a result provable; what is published is public, and so is its salt.
func (m *Module) leaf(w store.Writer, t *Task, what string, at time.Time) error {
	now, err := readTask(w, t.Region, t.No)
	if err != nil {
		return err
	}
	data, err := json.Marshal(struct {
		Task  int64  `json:"task"`
		What  string `json:"what"`
		Token string `json:"token"`
		Party string `json:"party"`
		Kind  Kind   `json:"kind"`
		Words string `json:"words"`
	}{now.No, what, now.Token, now.Party, now.Kind, now.Words})
	l := store.ModuleLeaf{Region: t.Region, Module: "inspect", Name: "task " + what, No: t.No, At: at, Data: data}
	if what == "published" {
		l.Salt = make([]byte, evidence.SaltBytes)
	}
	return errors.Join(err, w.Leaf(l))
}

// TaskOf is a task of the plans of the official's department, with everything. ErrNotFound.
func (m *Module) TaskOf(ctx context.Context, by caseflow.Actor, no int64) (*Task, error) {
	if !plans(by) {
		return nil, hall.ErrNotFound
	}
	t, err := m.task(ctx, ident.Service().City(by.Region), no)
	if err == nil && !access.May(by, access.InspectPlan, access.Resource{Region: t.Place, Departments: []string{t.Department}}).Allow {
		err = hall.ErrNotFound
	}
	return t, err
}

// TasksOf lists the tasks of a plan of the official's department, and says which hand-overs opened no case.
func (m *Module) TasksOf(ctx context.Context, by caseflow.Actor, plan int64, most int) ([]Task, error) {
	p, err := m.planOf(ctx, by, plan)
	if err != nil {
		return nil, err
	}
	list, err := m.tasks(ctx, taskColumns+"WHERE t.region = ? AND t.plan = ? AND t.state <> ? ORDER BY t.no LIMIT ?", p.Region, p.No, TaskDropped, int64(most))
	if err != nil {
		return nil, err
	}
	unfiled, err := m.unfiled(ctx, p.Region)
	for i := range list {
		list[i].Unfiled = unfiled[list[i].No]
	}
	return list, err
}

// Publish shows a result to everybody. Whoever went does not publish alone: somebody else of the planning department does. What nobody
// published is by the last day published by itself, since the law leaves no choice.
func (m *Module) Publish(ctx context.Context, by caseflow.Actor, login string, no int64) (*Task, error) {
	t, err := m.TaskOf(ctx, by, no)
	switch {
	case err != nil:
		return nil, err
	case t.State == TaskPublished:
		return t, nil
	case t.State != TaskDone:
		return nil, refuse(CodeState)
	case slices.ContainsFunc(t.Members, func(x Member) bool { return x.Login == login }):
		return nil, refuse(CodeSame)
	}
	if err := m.publish(ctx, t, by.ID); err != nil {
		return nil, err
	}
	return m.task(ctx, t.Region, t.No)
}

func (m *Module) publish(ctx context.Context, t *Task, by string) error {
	now := m.now()
	return m.st.Update(ctx, func(w store.Writer) error {
		n, err := w.Exec("UPDATE inspect_task SET state = ?, published = ?, publisher = ? WHERE region = ? AND no = ? AND state = ?", TaskPublished, store.Micros(now), by, t.Region, t.No, TaskDone)
		if err != nil || n == 0 {
			return err
		}
		return m.leaf(w, t, "published", now)
	})
}

// due publishes what has reached its last day.
func (m *Module) due(ctx context.Context, region string) error {
	list, err := m.tasks(ctx, taskColumns+"WHERE t.region = ? AND t.state = ? AND t.publish <= ? ORDER BY t.publish, t.no LIMIT 500", region, TaskDone, int64(workday.DateOf(m.now())))
	for i := range list {
		err = errors.Join(err, m.publish(ctx, &list[i], ""))
	}
	return err
}

// StartFollow records what follows a result: a second look by a day, or the hand-over to a department that enforces, which opens a case
// there if a pack has an item for its penalties.
func (m *Module) StartFollow(ctx context.Context, by caseflow.Actor, no int64, f Follow) (*Task, error) {
	t, err := m.TaskOf(ctx, by, no)
	if err != nil {
		return nil, err
	}
	ok := false
	f.Words, ok = worded(f.Words, maxWords)
	f.Department = strings.TrimSpace(f.Department)
	switch {
	case t.State != TaskDone && t.State != TaskPublished:
		return nil, refuse(CodeState)
	case !ok || f.Words == "":
		return nil, at(CodeFollow, "words", "missing")
	case f.Kind == Recheck && f.Due <= workday.DateOf(m.now()):
		return nil, at(CodeFollow, "due", "date")
	case f.Kind == HandOver && f.Department == "":
		return nil, at(CodeFollow, "department", "missing")
	case f.Kind != Recheck && f.Kind != HandOver:
		return nil, at(CodeFollow, "kind", "unknown")
	}
	if f.Kind == HandOver && m.penalties != nil {
		if it := m.penalties(t.Place, f.Department); it != nil {
			f.Department, f.item = it.Department, it.ID
		}
	}
	f.No = int64(len(t.Follows)) + 1
	if err := m.st.Update(ctx, func(w store.Writer) error {
		return w.Add("inspect_follow", []any{t.Region, t.No, f.No, f.Kind, int64(f.Due), f.Department, f.Words, by.ID, store.Micros(m.now()), int64(0), "", string(f.item), "", "", ""})
	}); err != nil {
		return nil, err
	}
	if f.item != "" { // at once; if the server dies here, the next round of work does it
		if err := m.file(ctx, t.Region, handedOver{task: t.No, no: f.No, item: f.item, words: f.Words}); err != nil {
			return nil, err
		}
	}
	return m.task(ctx, t.Region, t.No)
}

// EndFollow says what came of it, once.
func (m *Module) EndFollow(ctx context.Context, by caseflow.Actor, no, follow int64, outcome string) (*Task, error) {
	t, err := m.TaskOf(ctx, by, no)
	if err != nil {
		return nil, err
	}
	outcome, ok := worded(outcome, maxWords)
	if !ok || outcome == "" {
		return nil, at(CodeFollow, "outcome", "missing")
	}
	if k := slices.IndexFunc(t.Follows, func(f Follow) bool { return f.No == follow }); k >= 0 && t.Follows[k].Case != "" {
		return nil, refuse(CodeState) // its case says what came of it
	}
	return m.followed(ctx, t, func(w store.Writer) error {
		n, err := w.Exec("UPDATE inspect_follow SET done = ?, outcome = ? WHERE region = ? AND task = ? AND no = ? AND done = 0", store.Micros(m.now()), outcome, t.Region, t.No, follow)
		if err == nil && n == 0 {
			err = refuse(CodeState)
		}
		return err
	})
}

func (m *Module) followed(ctx context.Context, t *Task, do func(store.Writer) error) (*Task, error) {
	if err := m.st.Update(ctx, do); err != nil {
		return nil, err
	}
	return m.task(ctx, t.Region, t.No)
}

// Inspections lists published results: of a company, or the newest.
func (m *Module) Inspections(ctx context.Context, by caseflow.Actor, party string) ([]Task, error) {
	if !access.May(by, access.InspectSee, access.Resource{}).Allow {
		return nil, hall.ErrNotFound
	}
	if party == "" {
		return m.tasks(ctx, taskColumns+"WHERE t.state = ? ORDER BY t.published DESC, t.no DESC LIMIT 100", TaskPublished)
	}
	code, err := ident.ParseCreditCode(party)
	if err != nil {
		return nil, nil
	}
	return m.tasks(ctx, taskColumns+"WHERE t.party = ? AND t.state = ? ORDER BY t.published DESC, t.no DESC LIMIT 100", string(code), TaskPublished)
}

// Own shows a company, through its legal representative, all inspections that have a result, with who came and the salts by which it finds
// itself, and them, in the record of the draw.
func (m *Module) Own(ctx context.Context, by caseflow.Actor, region, owner string) ([]OwnTask, error) {
	space, err := m.hall.Space(ctx, by, owner)
	if err != nil {
		return nil, err
	}
	party := caseflow.CompanyOf(space.Owner)
	r := access.Resource{Owner: space.Owner}
	if space.Legal {
		r.Legal = []string{by.ID}
	}
	if party == "" || !access.May(by, access.InspectOwn, r).Allow {
		return nil, hall.ErrNotFound
	}
	rows, err := m.tasks(ctx, taskColumns+"WHERE t.region = ? AND t.party = ? AND t.state IN (?, ?) ORDER BY t.no DESC LIMIT 100", ident.Service().City(region), party, TaskDone, TaskPublished)
	if err != nil {
		return nil, err
	}
	list := make([]OwnTask, len(rows))
	for i := range rows {
		t, err := m.task(ctx, rows[i].Region, rows[i].No)
		if err != nil {
			return nil, err
		}
		own := OwnTask{Task: t, Draw: drawID(t.Region, t.draw), Salt: Salt(t.secret, t.Party), Salts: map[string]string{}}
		for _, x := range t.Members {
			own.Salts[x.Inspector] = Salt(t.secret, x.Inspector)
		}
		list[i] = own
	}
	return list, nil
}

// OwnTask is a task as its company sees it.
type OwnTask struct {
	*Task
	Draw  string            // number of the draw
	Salt  string            // of the company
	Salts map[string]string // of the inspectors, by certificate
}
