package hall

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/workday"
)

// staff are the officials of a region whose account is open, if judging the command needs to know them; else nil.
func (h *Hall) staff(ctx context.Context, region string, cmd caseflow.Command) ([]caseflow.Colleague, error) {
	if !caseflow.NamesPosts(cmd) {
		return nil, nil
	}
	list, err := h.store.ListOfficials(ctx, region)
	if err != nil {
		return nil, fmt.Errorf("officials of %s: %w", region, err)
	}
	var staff []caseflow.Colleague
	for i := range list {
		if a := &list[i]; !a.Disabled {
			succeeds, _ := h.Duties(a.Region, a.Department)
			staff = append(staff, caseflow.Colleague{ID: a.ID, Department: a.Department, Succeeds: succeeds, Roles: a.Roles})
		}
	}
	return staff, nil
}

// heldBy are the licences of the applicant, if judging the command needs to know them; else nil. They are those of the region
// of the case, and for what needs no material (caseflow.OnFile) those of all regions here.
func (h *Hall) heldBy(ctx context.Context, at store.Key, cmd caseflow.Command) ([]caseflow.Held, error) {
	it, holder, err := h.asking(ctx, at, cmd)
	if err != nil || it == nil || !it.NeedsHeld(cmd) {
		return nil, err
	}
	return h.licencesOf(ctx, at.Region, it, holder)
}

// asking is the item that a command is about, and the document of who asks; nil of an unknown one, and of a command that no
// licence matters to.
func (h *Hall) asking(ctx context.Context, at store.Key, cmd caseflow.Command) (*caseflow.Item, string, error) {
	switch cmd := cmd.(type) {
	case caseflow.Open:
		p := cmd.Applicant
		if doc, err := ident.Check(p.Document, h.Now()); err == nil {
			p.Document = doc
		}
		return h.items.Current(cmd.Item), documentOf(p), nil
	case caseflow.OpenSubcase:
		return h.items.Item(cmd.Pack, cmd.Version, cmd.Item), documentOf(cmd.Applicant), nil
	case caseflow.UseLicence, caseflow.Submit, caseflow.Correct, caseflow.Accept:
		got, err := h.load(ctx, at)
		if err != nil {
			return nil, "", err
		}
		it, err := h.itemOf(got.c)
		return it, documentOf(got.c.Applicant), err
	}
	return nil, "", nil
}

// licencesOf are the licences that the holder of a document has, newest first.
func (h *Hall) licencesOf(ctx context.Context, region string, it *caseflow.Item, holder string) ([]caseflow.Held, error) {
	regions := []string{region}
	if it.TakesLicences() {
		all, err := h.store.Regions(ctx)
		if err != nil {
			return nil, fmt.Errorf("regions: %w", err)
		}
		regions = all
	}
	rows, err := h.store.LicencesOf(ctx, regions, holder)
	if err != nil {
		return nil, fmt.Errorf("licences of the applicant: %w", err)
	}
	var held []caseflow.Held
	for i := range rows {
		one, err := h.heldOf(&rows[i])
		if err != nil {
			return nil, err
		}
		held = append(held, one)
	}
	return held, nil
}

func (h *Hall) heldOf(row *store.LicenceRow) (caseflow.Held, error) {
	held := caseflow.Held{No: row.No, Kind: row.Kind, State: row.State, Region: row.Region, Case: row.Case, Item: row.Item, Holder: row.Holder, Issued: row.Issued}
	var l caseflow.Licence
	if err := readLicence(row, &l); err != nil {
		return held, err
	}
	held.Name, held.Holder, held.Data, held.Expires = l.Name, cmp.Or(l.Holder, row.Holder), l.Data, l.Expires
	if it := h.items.Current(row.Item); it != nil {
		held.Department = Issuer(&l, it)
	}
	return held, nil
}

// OnFile lists the licences that may stand for a material of a case that the actor fills in, newest first: with number, issuer,
// day and where they were granted. None if the actor may not learn what the applicant holds.
func (h *Hall) OnFile(ctx context.Context, by caseflow.Actor, key store.Key, material string) ([]caseflow.Held, error) {
	v, err := h.see(ctx, by, key, access.CaseSee)
	if err != nil {
		return nil, err
	}
	m := v.Item.MaterialByID(material)
	if m == nil || v.Case.Material(material) == nil {
		return nil, ErrNotFound
	}
	if len(m.Licences) == 0 || !v.matter.c.ShowsLicences(v.by.Actor) || !slices.Contains(v.Next(caseflow.Env{Now: h.Now(), Calendar: h.Calendar(key.Region)}), caseflow.UseLicence{}.Verb()) {
		return nil, nil
	}
	all, err := h.licencesOf(ctx, key.Region, v.Item, documentOf(v.matter.c.Applicant))
	if err != nil {
		return nil, err
	}
	today := workday.DateOf(h.Now())
	return slices.DeleteFunc(all, func(l caseflow.Held) bool { return !m.Stands(&l, today) }), nil
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
		rows, err := h.store.LicencesOf(ctx, []string{at.Region}, mine.Document)
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
	return caseflow.Env{Now: h.Now(), Calendar: b.region(region), Staff: staff, Corrected: b.correcting, Outages: h.outages.Load().spans}, err
}
