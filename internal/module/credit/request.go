package credit

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/workday"
)

// About is a record that its party asks something about.
type About struct {
	Record  *Record
	Item    *caseflow.Item
	Repair  *Repair      // of a repair
	From    workday.Date // when it may be repaired at the earliest
	Refused error        // why it cannot be asked for now; nil: it can
}

// About finds a record of the own company, to ask for its repair or to object to it. ErrNotFound.
func (m *Module) About(ctx context.Context, by caseflow.Actor, region, owner string, item caseflow.ItemID, ref Ref) (*About, error) {
	d, err := m.Own(ctx, by, ident.Service().City(region), owner)
	if err != nil {
		return nil, err
	}
	a := &About{Item: m.hall.Item(item)}
	i := slices.IndexFunc(d.Records, func(r Record) bool { return r.Ref == ref })
	if _, known := requests[item]; !known || i < 0 || a.Item == nil {
		return nil, store.ErrNotFound
	}
	a.Record = &d.Records[i]
	if repairs(item) && d.Standard != nil {
		a.Repair, a.From = d.Standard.RepairOf(a.Record)
	}
	a.Refused = a.refused(workday.DateOf(m.now()))
	return a, nil
}

// refused says why the record cannot be asked about. What the index says of the waiting time the program knows; whether the
// conditions are met an official judges.
func (a *About) refused(today workday.Date) error {
	repair, asked := repairs(a.Item.ID), a.Record.Asked.Objection
	if repair {
		asked = a.Record.Asked.Repair
	}
	switch {
	case asked != "":
		return refuse(CodeAsked, string(asked))
	case a.Record.Withdrawn, a.Record.Mark == Struck, repair && a.Record.Mark == Repaired:
		return refuse(CodeRecord)
	case !repair:
		return nil
	case a.Repair == nil:
		return refuse(CodeRecord)
	case today < a.From:
		return refuse(CodeEarly, a.From.String())
	}
	return nil
}

// Ask opens the case, once for each request id, as a draft that names the record; its party fills in the rest and hands it in like any other.
func (m *Module) Ask(ctx context.Context, by caseflow.Actor, request, region, owner string, self caseflow.Party, item caseflow.ItemID, ref Ref) (caseflow.CaseNo, error) {
	a, err := m.About(ctx, by, region, owner, item, ref)
	if err != nil {
		return "", err
	}
	if a.Refused != nil {
		return "", a.Refused
	}
	r, err := m.hall.Do(ctx, by, request, store.Key{Region: region}, caseflow.Open{Item: item, Channel: caseflow.ChannelOnline, Applicant: self, Agent: &self, Owner: owner})
	if err != nil {
		return "", err
	}
	form, err := json.Marshal(map[string]string{"title": a.Record.Title, "source": ref.Source, "recordId": ref.ID})
	if err != nil {
		return "", fmt.Errorf("the record %s of %s: %w", ref.ID, ref.Source, err)
	}
	_, err = m.hall.Do(ctx, by, request+".record", store.Key{Region: region, Case: r.Case}, caseflow.SaveDraft{Data: form})
	return r.Case, err
}

// partyOfAccount is the person of an account, who acts for the company.
func partyOfAccount(a *store.Account) caseflow.Party {
	return caseflow.Party{Kind: "person", Name: a.Name, Phone: a.Phone, Document: ident.Document{Type: ident.DocType(a.DocType), No: a.DocNo}}
}
