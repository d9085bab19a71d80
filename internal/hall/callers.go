package hall

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
)

// CallerLook is what the record of looks says of a case that was found for somebody who asked at a door.
const CallerLook = "caller"

// CallerCase is what an agent tells somebody who asks how far a case is.
type CallerCase struct {
	store.CaseRow
	Charge *caseflow.Charge // who answers for it (首问负责), nil if nobody does yet
	Sees   bool             // the agent may open it: it came through the agent's door
	// Phone is where somebody who writes a draft alone and asks for help is reached. It is told to who names the case, one at a time.
	Phone string
}

// CallerCases is how many cases are looked through for somebody who asks, the newest first.
const CallerCases = 50

// Callers finds the cases of somebody who calls or stands at a door, by a telephone, a number of a document, a name, or the number of a
// case: of the own region and those below it (a city's hotline is called about its districts), and of services whose door the actor keeps. Each is recorded as looked at, with the reason, before any is handed out
// (个人信息保护法 art. 51, 55). The newest CallerCases are looked through; more says
// that there are others. A refusal if nothing or no reason is given; ErrNotFound for who keeps no door.
func (h *Hall) Callers(ctx context.Context, by caseflow.Actor, who, reason string) (list []CallerCase, more bool, err error) {
	who, reason = strings.TrimSpace(who), strings.TrimSpace(reason)
	if !mayFind(by, access.Resource{Region: by.Region, Departments: []string{by.Department}}) {
		return nil, false, ErrNotFound
	}
	if len([]rune(who)) < 2 || len(who) > 200 {
		return nil, false, &caseflow.Refusal{Code: caseflow.CodeForm, Fields: []caseflow.FieldFault{{Field: "who", Code: "required"}}}
	}
	if reason == "" || len(reason) > 600 {
		return nil, false, &caseflow.Refusal{Code: caseflow.CodeForm, Fields: []caseflow.FieldFault{{Field: "reason", Code: "required"}}}
	}
	rows, more, err := h.casesBelow(ctx, by, who)
	if err != nil {
		return nil, false, err
	}
	var looks []store.Look
	for _, row := range rows {
		got, err := h.fresh(ctx, row.Key)
		if err != nil {
			return nil, false, err
		}
		it, err := h.itemOf(got.c)
		if err != nil {
			return nil, false, err
		}
		wanted := got.c.Phase == caseflow.PhaseDraft && got.c.Assistance != nil && got.c.Assistance.How == caseflow.AssistAsked
		if !mayFind(by, access.Resource{Region: row.Region, Departments: keepers(it), Phase: phaseOf(got.c), Channel: row.Channel, Wanted: wanted}) {
			continue
		}
		found := CallerCase{CaseRow: row, Charge: got.c.Charge, Sees: may(standing{Actor: by}, access.CaseSee, &matter{it: it, c: got.c})}
		if wanted && who == string(row.Case) {
			found.Phone = phoneOf(got.c)
		}
		list = append(list, found)
		looks = append(looks, store.Look{Key: row.Key, Account: by.ID, Department: by.Department, At: h.Now(), What: CallerLook, Reason: reason})
	}
	if len(looks) > 0 {
		if err := h.store.AddLook(ctx, looks...); err != nil {
			return nil, false, fmt.Errorf("record looks for a caller: %w", err)
		}
	}
	return list, more, nil
}

// phoneOf is where whoever writes a request is reached: an agent before the applicant.
func phoneOf(c *caseflow.Case) string {
	if a := c.Agent; a != nil && a.Phone != "" {
		return a.Phone
	}
	return c.Applicant.Phone
}

// casesBelow finds the newest CallerCases of all regions in which the actor may look for a caller; more says that there are others.
func (h *Hall) casesBelow(ctx context.Context, by caseflow.Actor, who string) (all []store.CaseRow, more bool, err error) {
	regions, err := h.store.Regions(ctx)
	if err != nil {
		return nil, false, fmt.Errorf("regions: %w", err)
	}
	for _, region := range regions {
		if !mayFind(by, access.Resource{Region: region, Departments: []string{by.Department}}) {
			continue
		}
		rows, next, err := h.store.Cases(ctx, store.CaseQuery{Region: region, Search: who, Phases: caseflow.Phases(), Limit: CallerCases})
		if err != nil {
			return nil, false, err
		}
		all, more = append(all, rows...), more || next != ""
	}
	slices.SortStableFunc(all, func(a, b store.CaseRow) int { return b.Opened.Compare(a.Opened) })
	if len(all) > CallerCases {
		all, more = all[:CallerCases], true
	}
	return all, more, nil
}

func mayFind(by caseflow.Actor, r access.Resource) bool {
	return by.Kind == caseflow.ActorOfficial && access.May(by, access.CallerFind, r).Allow
}

// keepers are the departments whose clerks take requests for an item in.
func keepers(it *caseflow.Item) []string {
	list := []string{it.Department}
	for _, d := range it.Doors {
		if !slices.Contains(list, d.Department) {
			list = append(list, d.Department)
		}
	}
	return list
}

// Helped lists the open cases through which the actor helps (帮办代办), those that wait longest for a touch first. It tells whoever
// typed them in that they are there and how far they are, which is no look at one.
func (h *Hall) Helped(ctx context.Context, by caseflow.Actor) ([]*View, error) {
	var open []caseflow.Phase
	for _, phase := range caseflow.Phases() {
		if phase.Open() {
			open = append(open, phase)
		}
	}
	rows, _, err := h.Cases(ctx, by, store.CaseQuery{Region: by.Region, Department: by.Department, Phases: open, Limit: 200})
	if err != nil {
		return nil, err
	}
	var list []*View
	for _, row := range rows {
		if row.Assisted != caseflow.AssistOfficial {
			continue
		}
		v, err := h.see(ctx, by, row.Key, access.CaseSee)
		if err != nil {
			return nil, err
		}
		if a := v.Case.Assistance; a != nil && a.Post.Person == by.ID {
			list = append(list, v)
		}
	}
	slices.SortStableFunc(list, func(a, b *View) int { return a.Case.Updated.Compare(b.Case.Updated) })
	return list, nil
}

// Missing lists what an applicant still has to fill in or bring before the request can be handed in, as the core would say it;
// nil if nothing, or if it is not the applicant's turn.
func (v *View) Missing(env caseflow.Env) []caseflow.FieldFault {
	var cmd caseflow.Command = caseflow.Submit{}
	switch v.Case.Phase {
	case caseflow.PhaseDraft:
	case caseflow.PhaseCorrecting:
		cmd = caseflow.Correct{}
	default:
		return nil
	}
	if _, refusal := v.Try(cmd, env); refusal != nil {
		return refusal.Fields
	}
	return nil
}
