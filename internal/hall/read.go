package hall

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
)

// caseForm is what a case number looks like: its region (six digits, or a service area such as yangling), its day, its number.
var caseForm = regexp.MustCompile(`^[a-z0-9]{2,20}-[0-9]{8}-[0-9]{6,12}$`)

// KeyOf reads a case number. What is no number names no case: ErrNotFound.
func KeyOf(no string) (store.Key, error) {
	if !caseForm.MatchString(no) {
		return store.Key{}, ErrNotFound
	}
	region, _, _ := strings.Cut(no, "-")
	return store.Key{Region: region, Case: caseflow.CaseNo(no)}, nil
}

// View is a case with its item, as one actor may see it: without what is meant for others. It is shared and must not be
// changed.
type View struct {
	Case  *caseflow.Case
	Item  *caseflow.Item
	Entry int // number of the last entry
	// Limited is set when fields, materials or words were left out because they are meant for others.
	Limited bool
	// Legal is set when the viewer acts for the company that owns the case as its legal representative.
	Legal bool

	by     standing
	matter *matter // what is decided on, whatever of it the actor reads
}

// Try asks what the core would answer to a command of the viewer; nothing is committed.
func (v *View) Try(cmd caseflow.Command, env caseflow.Env) (*caseflow.Decision, *caseflow.Refusal) {
	env.Trying = true
	return caseflow.Decide(v.matter.c, v.Item, v.by.Actor, cmd, env)
}

// Trial asks whether the core would take several commands of the viewer at one moment; nothing is committed.
func (v *View) Trial(env caseflow.Env) *caseflow.Trial {
	return caseflow.NewTrial(v.matter.c, v.Item, v.by.Actor, env)
}

// Asked is what the applicant is asked for, as the answers decide it that the viewer may not all read.
func (v *View) Asked() (*caseflow.Asked, *caseflow.Refusal) { return v.matter.ask() }

// Next lists the verbs of the commands that the viewer could give.
func (v *View) Next(env caseflow.Env) []string {
	return caseflow.Available(v.matter.c, v.Item, v.by.Actor, env)
}

// Actor is the viewer, with whom they act for in this case.
func (v *View) Actor() caseflow.Actor { return v.by.Actor }

// Own reports whether the case belongs to the viewer, or to somebody whom they act for.
func (v *View) Own() bool {
	return v.Case.Owner != "" && v.by.Kind == caseflow.ActorCitizen && (v.by.ID == v.Case.Owner || v.by.For == v.Case.Owner)
}

func viewOf(by standing, it *caseflow.Item, got held) *View {
	v := &View{Item: it, Entry: got.entry, Legal: by.legal(), by: by, matter: &matter{it: it, c: got.c}}
	v.read()
	return v
}

// read leaves out of the case what is meant for others.
func (v *View) read() {
	r := readerOf(v.by.Actor, v.Item, v.matter.c)
	v.Case, v.Limited = r.objectors(r.reads()), !r.all()
}

// View returns a case to somebody who may see it, else ErrNotFound. Every look of an official is recorded before the
// case is handed out, with what was looked at and, for data in full, the reason.
func (h *Hall) View(ctx context.Context, by caseflow.Actor, key store.Key, what, reason string) (*View, error) {
	list, err := h.Views(ctx, by, []store.Key{key}, what, reason)
	if err != nil {
		return nil, err
	}
	if list[0] == nil {
		return nil, ErrNotFound
	}
	return list[0], nil
}

// Views returns several cases in the order of their keys, nil for those that the actor may not see. The looks at all of
// them are recorded together, before any is handed out. Who gives a reason is to be shown personal data in full.
func (h *Hall) Views(ctx context.Context, by caseflow.Actor, keys []store.Key, what, reason string) ([]*View, error) {
	act := access.CaseSee
	if reason != "" {
		act = access.CaseReveal
	}
	list := make([]*View, len(keys))
	var looks []store.Look
	for i, key := range keys {
		v, err := h.see(ctx, by, key, act)
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		list[i] = v
		if by.Kind == caseflow.ActorOfficial {
			looks = append(looks, store.Look{Key: key, Account: by.ID, Department: by.Department, At: h.Now(), What: what, Reason: reason})
		}
	}
	if len(looks) > 0 {
		if err := h.store.AddLook(ctx, looks...); err != nil {
			return nil, fmt.Errorf("record the look at %s: %w", looks[0].Case, err)
		}
	}
	return list, nil
}

// NextDue is the next instant at which something is due in the case, zero if nothing is: for the answer to a command that
// the actor has just given. It shows nothing of the case, so it is no look.
func (h *Hall) NextDue(ctx context.Context, by caseflow.Actor, key store.Key) (time.Time, error) {
	got, err := h.load(ctx, key)
	if err != nil {
		return time.Time{}, err
	}
	it, err := h.itemOf(got.c)
	if err != nil {
		return time.Time{}, err
	}
	st, err := h.standing(ctx, by, got.c.Owner, got.c.Item, h.Now())
	if err != nil {
		return time.Time{}, err
	}
	if !may(st, access.CaseSee, &matter{it: it, c: got.c}) {
		return time.Time{}, ErrNotFound
	}
	var due time.Time
	for i := range got.c.Clocks {
		if k := &got.c.Clocks[i]; k.State == caseflow.ClockRunning && (due.IsZero() || k.Due.Before(due)) {
			due = k.Due
		}
	}
	return due, nil
}

func (h *Hall) see(ctx context.Context, by caseflow.Actor, key store.Key, act access.Act) (*View, error) {
	got, err := h.fresh(ctx, key)
	if err != nil {
		return nil, err
	}
	it, err := h.itemOf(got.c)
	if err != nil {
		return nil, err
	}
	st, err := h.standing(ctx, by, got.c.Owner, got.c.Item, h.Now())
	if err != nil {
		return nil, err
	}
	v := &View{Item: it, Entry: got.entry, Legal: st.legal(), by: st, matter: &matter{it: it, c: got.c}}
	if !may(st, act, v.matter) {
		return nil, ErrNotFound
	}
	v.read()
	return v, nil
}

// fresh returns the case as last committed by any server.
func (h *Hall) fresh(ctx context.Context, key store.Key) (held, error) {
	if !h.cache.Contains(key) {
		return h.load(ctx, key)
	}
	row, err := h.store.Case(ctx, key)
	if errors.Is(err, store.ErrNotFound) {
		return held{}, ErrNotFound
	}
	if err != nil {
		return held{}, err
	}
	if got, ok := h.cache.Get(key); ok && got.entry >= row.Entry {
		return got, nil
	}
	h.cache.Remove(key)
	return h.load(ctx, key)
}

// Entry is one journal entry with its events decoded.
type Entry struct {
	store.Entry
	Decoded []caseflow.Event
	Agent   string // name of who acted for the owner; "" where nobody did
}

// Events are those of entries, one after the other.
func Events(list []Entry) []caseflow.Event {
	var all []caseflow.Event
	for i := range list {
		all = append(all, list[i].Decoded...)
	}
	return all
}

// History returns the journal of a case to somebody who may see the case, oldest first. What was said and handed in is
// left out where it is meant for others.
func (h *Hall) History(ctx context.Context, by caseflow.Actor, key store.Key) ([]Entry, error) {
	v, err := h.see(ctx, by, key, access.CaseSee)
	if err != nil {
		return nil, err
	}
	reads := readerOf(v.by.Actor, v.Item, v.matter.c)
	list, err := h.store.Entries(ctx, key, 0, 0)
	if err != nil {
		return nil, err
	}
	out := make([]Entry, len(list))
	agents := map[caseflow.Stamp]string{}
	for i := range list {
		events, err := caseflow.DecodeEvents(list[i].Events)
		if err != nil {
			return nil, fmt.Errorf("case %s entry %d: %w", key.Case, list[i].No, err)
		}
		agent, err := h.agentOf(ctx, list[i].Actor, agents)
		if err != nil {
			return nil, err
		}
		out[i] = Entry{list[i], events, agent}
		if reads.all() {
			continue
		}
		out[i].Events = nil // the bytes that the journal keeps hold everything
		for n := range events {
			events[n] = reads.event(events[n], list[i].Actor.Department)
		}
	}
	return out, nil
}

// agentOf is the name of who acted for the owner of a case, as the mandate has it that let them, whether or not it still holds.
func (h *Hall) agentOf(ctx context.Context, by caseflow.Stamp, known map[caseflow.Stamp]string) (string, error) {
	if by.For == "" || by.ID == "" {
		return "", nil
	}
	if name, ok := known[by]; ok {
		return name, nil
	}
	list, _, err := h.store.Mandates(ctx, store.MandateQuery{Principal: by.For, Agent: by.ID, Limit: 1})
	if err != nil {
		return "", fmt.Errorf("mandates of account %s: %w", by.ID, err)
	}
	if len(list) > 0 {
		known[by] = list[0].AgentName
	}
	return known[by], nil
}

// Queue lists tasks that the actor may see, in the order of the query. ErrNotFound if the actor may see none of the region. What
// the actor holds, did or asked of others is the actor's own, whichever department it is meant for.
func (h *Hall) Queue(ctx context.Context, by caseflow.Actor, q store.TaskQuery) ([]store.TaskItem, string, error) {
	if !h.queueOf(by, &q) {
		return nil, "", ErrNotFound
	}
	return h.store.Tasks(ctx, q)
}

// CountQueue counts what Queue lists, up to store.CountMost. ErrNotFound.
func (h *Hall) CountQueue(ctx context.Context, by caseflow.Actor, q store.TaskQuery) (store.Count, error) {
	if !h.queueOf(by, &q) {
		return store.Count{}, ErrNotFound
	}
	return h.store.CountTasks(ctx, q)
}

// queueOf limits a query for tasks to what the actor may see of it; false: nothing.
func (h *Hall) queueOf(by caseflow.Actor, q *store.TaskQuery) bool {
	dept, ok := narrow(by, access.QueueSee, q.Region, q.Department)
	if own := by.ID != "" && (q.Person == by.ID || q.DoneBy == by.ID || q.From == by.ID); !own && ok {
		q.Department, q.Succeeds = dept, h.succeeded(by, q.Region, dept)
		rolesFor(by, q)
	}
	return ok
}

// Cases lists cases that the actor may see, newest first: a citizen's own or, as far as a mandate goes, those of the owner that
// the query names; an official's within the data scope.
func (h *Hall) Cases(ctx context.Context, by caseflow.Actor, q store.CaseQuery) ([]store.CaseRow, string, error) {
	if by.Kind == caseflow.ActorCitizen {
		sp, err := h.Space(ctx, by, q.Owner)
		if err != nil {
			return nil, "", err
		}
		q.Owner, q.Items, q.Department = sp.Owner, sp.Items, ""
		return h.store.Cases(ctx, q)
	}
	dept, ok := narrow(by, access.CaseList, q.Region, q.Department)
	if !ok {
		return nil, "", ErrNotFound
	}
	q.Department, q.Succeeds, q.LeadSucceeds = dept, h.succeeded(by, q.Region, dept), h.succeeded(by, q.Region, q.Lead)
	return h.handedIn(ctx, q)
}

// handedIn lists cases without the drafts that applicants are filling in by themselves; drafts opened at a window are
// an official's work and are listed when asked for.
func (h *Hall) handedIn(ctx context.Context, q store.CaseQuery) ([]store.CaseRow, string, error) {
	if len(q.Phases) == 0 {
		q.Phases = caseflow.Phases()[1:]
	}
	rows, next, err := h.store.Cases(ctx, q)
	rows = slices.DeleteFunc(rows, func(r store.CaseRow) bool { return r.Private() })
	return rows, next, err
}

// Tally counts open work per department of a region, for those who may see its figures.
func (h *Hall) Tally(ctx context.Context, by caseflow.Actor, region string) ([]store.Tally, error) {
	dept, ok := narrow(by, access.StatsSee, region, "")
	if !ok {
		return nil, ErrNotFound
	}
	return h.tally(ctx, by, region, region, dept)
}

// Looks lists who looked at a case, for its owner and for supervisors.
func (h *Hall) Looks(ctx context.Context, by caseflow.Actor, key store.Key) ([]store.Look, error) {
	v, err := h.see(ctx, by, key, access.LookList)
	if err != nil {
		return nil, err
	}
	return h.LooksAt(ctx, v)
}

// LooksAt is Looks for who views the case: ErrNotFound if they may not know who else did.
func (h *Hall) LooksAt(ctx context.Context, v *View) ([]store.Look, error) {
	if !may(v.by, access.LookList, v.matter) {
		return nil, ErrNotFound
	}
	return h.store.Looks(ctx, store.Key{Region: v.matter.c.Region, Case: v.matter.c.No})
}

// OwnLook is one look at a case of an owner.
type OwnLook struct {
	store.Look
	Item *caseflow.Item // of the case
}

// OwnLooks lists who looked at any case of a citizen, "", or of an owner whom they represent by law, in all regions, newest first,
// and a cursor. ErrNotFound for other agents: who looked is the principal's to know.
func (h *Hall) OwnLooks(ctx context.Context, by caseflow.Actor, owner, cursor string, limit int) ([]OwnLook, string, error) {
	sp, err := h.Space(ctx, by, owner)
	if err != nil {
		return nil, "", err
	}
	r := access.Resource{Owner: sp.Owner}
	if sp.Legal {
		r.Legal = []string{by.ID}
	}
	if !access.May(by, access.LookList, r).Allow {
		return nil, "", ErrNotFound
	}
	regions, err := h.store.Regions(ctx)
	if err != nil {
		return nil, "", fmt.Errorf("regions: %w", err)
	}
	looks, next, err := h.store.FindLooks(ctx, store.LookQuery{Regions: regions, Owner: sp.Owner, Cursor: cursor, Limit: limit})
	if err != nil {
		return nil, "", err
	}
	items := map[store.Key]*caseflow.Item{} // many looks are at one case
	list := make([]OwnLook, len(looks))
	for i := range looks {
		key := looks[i].Key
		if items[key] == nil {
			got, err := h.load(ctx, key)
			if err != nil {
				return nil, "", err
			}
			if items[key], err = h.itemOf(got.c); err != nil {
				return nil, "", err
			}
		}
		list[i] = OwnLook{Look: looks[i], Item: items[key]}
	}
	return list, next, nil
}

// Messages lists the in-app messages of the actor, newest first, and a cursor for the next page; to an official also those
// to the own department. owner, if it is not empty, is somebody whom a citizen acts for: then those of the items of the mandate.
func (h *Hall) Messages(ctx context.Context, by caseflow.Actor, owner string, q store.MessageQuery) ([]store.Message, string, error) {
	q.Recipients = []string{by.ID}
	if by.Kind == caseflow.ActorCitizen {
		sp, err := h.Space(ctx, by, owner)
		if err != nil {
			return nil, "", err
		}
		q.Recipients, q.Items = []string{sp.Owner}, sp.Items
	}
	if inBox(by, q.Region) {
		q.Recipients = append(q.Recipients, departmentBoxes(by)...)
	}
	return h.store.Messages(ctx, q)
}

// inBox reports whether the actor reads what is written to the own department in the region.
func inBox(by caseflow.Actor, region string) bool {
	return by.Kind == caseflow.ActorOfficial && by.Department != "" && by.Region == region
}

// Verify finds a licence by the code printed on it: anybody may, that is what the code is for. ErrNotFound.
func (h *Hall) Verify(ctx context.Context, code string) (*caseflow.Licence, *store.LicenceRow, error) {
	row, err := h.store.LicenceByVerify(ctx, code)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil, ErrNotFound
	}
	if err != nil {
		return nil, nil, err
	}
	var l caseflow.Licence
	if err := json.Unmarshal(row.Body, &l); err != nil {
		return nil, nil, fmt.Errorf("licence %s: %w", row.No, err)
	}
	l.State = row.State
	return &l, row, nil
}
