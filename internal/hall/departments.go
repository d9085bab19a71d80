package hall

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
)

// Departments of a running system. Packs and journals name a department by its id, for good; who bears its duties after a reform
// (机构改革), and what it is called, is read here, from the reforms that the store keeps. No case is changed by one.

// register is the departments as one version of the reforms has them. It never changes once made.
type register struct {
	version int
	regions map[string]*offices
}

// offices are the departments of a region that a reform ever touched.
type offices struct {
	gone    map[string]leave   // by id
	names   map[string][]named // by id, oldest first
	reforms []store.Reform     // that were applied, oldest first
}

// leave is into which department another one went, and when.
type leave struct {
	into string
	at   time.Time
}

// named is a name from an instant on.
type named struct {
	since time.Time
	name  caseflow.Text
	short caseflow.Text // 简称
	given bool          // by a reform, and not known from before
}

// registerOf reads the applied reforms.
func registerOf(all []store.Reform) *register {
	r := &register{regions: map[string]*offices{}}
	done := slices.DeleteFunc(slices.Clone(all), func(x store.Reform) bool { return x.State != store.ReformApplied })
	slices.SortFunc(done, func(a, b store.Reform) int { return a.Version - b.Version })
	for i := range done {
		x := &done[i]
		o := r.regions[x.Region]
		if o == nil {
			o = &offices{gone: map[string]leave{}, names: map[string][]named{}}
			r.regions[x.Region] = o
		}
		o.call(x.Target, x.Was, time.Time{})
		for _, g := range x.Gone {
			o.call(g.ID, g.Name, time.Time{})
			o.gone[g.ID] = leave{x.Target, x.Applied}
		}
		o.names[x.Target] = append(o.names[x.Target], named{x.Applied, x.Name, x.Short, true})
		o.reforms = append(o.reforms, *x)
		r.version = x.Version
	}
	return r
}

// call notes the name that a department had all along, unless its names are known already.
func (o *offices) call(id string, name caseflow.Text, since time.Time) {
	if len(o.names[id]) == 0 && name != (caseflow.Text{}) {
		o.names[id] = []named{{since: since, name: name}}
	}
}

// heir is who bears the duties of a department at an instant: itself if it has not gone.
func (o *offices) heir(id string, at time.Time) string {
	for o != nil { // ends: what has gone is never gone into
		to, gone := o.gone[id]
		if !gone || at.Before(to.at) {
			return id
		}
		id = to.into
	}
	return id
}

// succeeds lists the departments whose duties another one has taken over, sorted.
func (o *offices) succeeds(id string) []string {
	if o == nil {
		return nil
	}
	var list []string
	for gone, to := range o.gone {
		if o.heir(to.into, forever) == id {
			list = append(list, gone)
		}
	}
	slices.Sort(list)
	return list
}

// left lists the departments that have gone into others, sorted.
func (o *offices) left() []string {
	if o == nil {
		return nil
	}
	return slices.Sorted(maps.Keys(o.gone))
}

// forever is later than everything that has happened.
var forever = time.Unix(1<<40, 0)

// name is what a department is called at an instant; false if no reform ever named it.
func (o *offices) name(id string, at time.Time) (caseflow.Text, bool) {
	if o == nil {
		return caseflow.Text{}, false
	}
	list := o.names[id]
	for i := len(list) - 1; i >= 0; i-- {
		if i == 0 || !at.Before(list[i].since) {
			return list[i].name, true
		}
	}
	return caseflow.Text{}, false
}

// Offices are the departments of a region that reforms made or renamed and that have not gone, by id.
func (h *Hall) Offices(region string) []store.Office {
	o := h.offices.Load().regions[region]
	if o == nil {
		return nil
	}
	var list []store.Office
	for _, id := range slices.Sorted(maps.Keys(o.names)) {
		if name, _ := o.name(id, forever); o.heir(id, forever) == id {
			list = append(list, store.Office{ID: id, Name: name})
		}
	}
	return list
}

// FollowReforms reads the reforms that the store keeps, if one was applied since. A server that serves does it by itself.
func (h *Hall) FollowReforms(ctx context.Context) error {
	version, err := h.store.ReformVersion(ctx)
	if err != nil {
		return fmt.Errorf("version of the reforms: %w", err)
	}
	if h.offices.Load().version == version {
		return nil
	}
	h.reading.Lock()
	defer h.reading.Unlock()
	all, err := h.store.Reforms(ctx)
	if err != nil {
		return fmt.Errorf("reforms: %w", err)
	}
	h.offices.Store(registerOf(all))
	return nil
}

// Duties tells which departments a department of a region has taken the duties over of, and whether it has itself gone into
// another one: for access.Options.
func (h *Hall) Duties(region, department string) (succeeds []string, gone bool) {
	o := h.offices.Load().regions[region]
	return o.succeeds(department), o.heir(department, forever) != department
}

// Called is what a department of a region is called at an instant, zero: now; own is its name in the pack that speaks of it. former
// is the name that it had before, if its duties are another one's by then or it was renamed: empty if not.
func (h *Hall) Called(region, id string, own caseflow.Text, at time.Time) (name, former caseflow.Text) {
	o := h.offices.Load().regions[region]
	if at.IsZero() {
		at = forever
	}
	heir := o.heir(id, at)
	name, ok := o.name(heir, at)
	if !ok {
		return own, caseflow.Text{}
	}
	if first, known := o.name(id, time.Time{}); known && first != name {
		former = first
		if last, _ := o.name(id, at); heir != id { // as it was called when it went
			former = last
		}
	}
	return name, former
}

// Short is the short name (简称) of who bears the duties of a department of a region now, for narrow lists: the one that a reform gave with its
// name, or the pack's; empty if there is none, and its name stands there.
func (h *Hall) Short(region, id string, own caseflow.Text) caseflow.Text {
	o := h.offices.Load().regions[region]
	if o == nil {
		return own
	}
	heir := o.heir(id, forever)
	list := o.names[heir]
	last := len(list) - 1
	kept := last > 0 && list[last].name == list[last-1].name // it was merged with others under the name that it had
	if last >= 0 && list[last].given && (list[last].short != caseflow.Text{} || !kept) {
		return list[last].short
	}
	if heir != id {
		return caseflow.Text{}
	}
	return own
}

// reformedFor is for how long officials are told of a reform of their department.
const reformedFor = 30 * 24 * time.Hour

// Reformed lists the reforms that made the department of an official what it is, of the last thirty days, the newest first.
func (h *Hall) Reformed(by caseflow.Actor) (list []store.Reform) {
	o := h.offices.Load().regions[by.Region]
	if o == nil {
		return nil
	}
	for _, r := range slices.Backward(o.reforms) {
		if r.Target == by.Department && h.Now().Sub(r.Applied) < reformedFor {
			list = append(list, r)
		}
	}
	return list
}

// FormerNames are the names under which a department was known in any region, for who searches by one: its own, those that it was
// given, and those of the department that has its duties now.
func (h *Hall) FormerNames(id string) []caseflow.Text {
	var all []caseflow.Text
	add := func(list []named) {
		for _, n := range list {
			if !slices.Contains(all, n.name) {
				all = append(all, n.name)
			}
		}
	}
	for _, o := range h.offices.Load().regions {
		add(o.names[id])
		if heir := o.heir(id, forever); heir != id {
			add(o.names[heir])
		}
	}
	return all
}

// ReformVersion is the version of the reforms that this server knows: what is derived from names is made anew when it changes.
func (h *Hall) ReformVersion() int { return h.offices.Load().version }
