package hall

import (
	"context"
	"fmt"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/workday"
)

// staff are the officials of a region whose account is open, if judging the command needs to know them; else nil.
func (h *Hall) staff(ctx context.Context, region string, cmd caseflow.Command) ([]caseflow.Colleague, error) {
	if !caseflow.NamesPosts(cmd) {
		return nil, nil
	}
	list, err := h.store.ListAccounts(ctx, region)
	if err != nil {
		return nil, fmt.Errorf("officials of %s: %w", region, err)
	}
	var staff []caseflow.Colleague
	for i := range list {
		if a := &list[i]; a.Kind == caseflow.ActorOfficial && !a.Disabled {
			succeeds, _ := h.Duties(a.Region, a.Department)
			staff = append(staff, caseflow.Colleague{ID: a.ID, Department: a.Department, Succeeds: succeeds, Roles: a.Roles})
		}
	}
	return staff, nil
}

// heldBy are the licences of the applicant, if judging the command needs to know them; else nil. They are those of the region
// of the case: what was issued elsewhere stands in the form alone.
func (h *Hall) heldBy(ctx context.Context, at store.Key, cmd caseflow.Command) ([]caseflow.Held, error) {
	if !caseflow.HandsIn(cmd) {
		return nil, nil
	}
	var it *caseflow.Item
	var holder string
	if open, ok := cmd.(caseflow.OpenSubcase); ok {
		it, holder = h.items.Item(open.Pack, open.Version, open.Item), documentOf(open.Applicant)
	} else {
		got, err := h.load(ctx, at)
		if err != nil {
			return nil, err
		}
		if it, err = h.itemOf(got.c); err != nil {
			return nil, err
		}
		holder = documentOf(got.c.Applicant)
	}
	if it == nil || it.Renews == nil && it.Cancels == nil {
		return nil, nil
	}
	rows, err := h.store.LicencesOf(ctx, at.Region, holder)
	if err != nil {
		return nil, fmt.Errorf("licences of the applicant: %w", err)
	}
	var held []caseflow.Held
	for i := range rows {
		l := caseflow.Held{No: rows[i].No, Kind: rows[i].Kind, State: rows[i].State, Case: rows[i].Case}
		if rows[i].Expires != "" {
			if l.Expires, err = workday.ParseDate(rows[i].Expires); err != nil {
				return nil, fmt.Errorf("licence %s: %w", l.No, err)
			}
		}
		held = append(held, l)
	}
	return held, nil
}

// earlier are the other requests of an applicant for an item that ends a licence; nil of any other.
func (h *Hall) earlier(ctx context.Context, it *caseflow.Item, c *caseflow.Case, cmd caseflow.Command) ([]caseflow.Earlier, error) {
	if it.Cancels == nil || c == nil || !caseflow.HandsIn(cmd) {
		return nil, nil
	}
	rows, _, err := h.store.Cases(ctx, store.CaseQuery{Region: c.Region, Item: it.ID, Search: c.Applicant.Document.No, Limit: 200})
	if err != nil {
		return nil, fmt.Errorf("requests of the applicant: %w", err)
	}
	var list []caseflow.Earlier
	for i := range rows {
		got, err := h.load(ctx, rows[i].Key)
		if err != nil {
			return nil, err
		}
		running := got.c.Phase.Open() && got.c.Phase != caseflow.PhaseDraft
		list = append(list, caseflow.Earlier{No: got.c.No, Running: running, Objections: got.c.OpenObjections()})
	}
	return list, nil
}

// renewals are the licences that took the place of those of the case that are to expire now, by their numbers. One of the same
// kind is not enough, as a firm may hold one for each of its premises: the request must have named the number.
func (h *Hall) renewals(ctx context.Context, at store.Key, it *caseflow.Item, c *caseflow.Case, now time.Time) (map[string]string, error) {
	due := c.Expiring(now)
	if len(due) == 0 {
		return nil, nil
	}
	by := map[string]string{}
	for _, l := range due {
		mine := licenceRow(at, it, c, l, companyOf(it, c))
		rows, err := h.store.LicencesOf(ctx, at.Region, mine.Document)
		if err != nil {
			return nil, fmt.Errorf("licences of the holder: %w", err)
		}
		for i := range rows {
			r := &rows[i]
			if r.Kind != l.Kind || r.State != caseflow.LicenceValid || r.Case == at.Case || r.Expires != "" && r.Expires <= mine.Expires {
				continue
			}
			got, err := h.load(ctx, r.Key)
			if err != nil {
				return nil, err
			}
			its, err := h.itemOf(got.c)
			if err != nil {
				return nil, err
			}
			if got.c.Renewing(its, l.Kind, l.No) {
				by[l.No] = r.No
			}
		}
	}
	return by, nil
}

// Env is what a command on a case of the region would be judged by now: for pages that ask the core beforehand.
func (h *Hall) Env(ctx context.Context, region string, cmd caseflow.Command) (caseflow.Env, error) {
	staff, err := h.staff(ctx, region, cmd)
	b := h.book.Load()
	return caseflow.Env{Now: h.Now(), Calendar: b.region(region), Staff: staff, Corrected: b.correcting}, err
}
