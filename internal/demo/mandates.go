package demo

import (
	"context"
	"errors"
	"fmt"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/workday"
)

// agents are two citizens who act for companies: both for that of the applicant, the second also for one of the first.
var agents = []person{
	{name: "李志远", id: string(ident.MakeCitizenID("610502", 1988, 3, 12, 35)), phone: "13800000002"},
	{name: "周雨桐", id: string(ident.MakeCitizenID("610503", 1993, 7, 5, 48)), phone: "13800000003"},
}

func (p person) account(region string) access.NewAccount {
	return access.NewAccount{Login: p.phone, Kind: caseflow.ActorCitizen, Name: p.name, Region: region, Phone: p.phone, Document: p.party().Document}
}

// mandates lets the applicant, as the legal representative of a company opened here, authorise both agents, and the first agent,
// whom a window records as the representative of another one, the second. Where no company of the applicant is open yet
// there are none.
func (t *traffic) mandates(ctx context.Context) error {
	var who [3]caseflow.Actor
	for i, p := range []person{applicant, agents[0], agents[1]} {
		var err error
		if who[i], err = t.citizen(ctx, p); err != nil {
			return err
		}
	}
	boss, first, second := who[0], who[1], who[2]
	companies, err := t.hall.Claimable(ctx, boss, t.Region)
	if err != nil || len(companies) == 0 || first.ID == "" || second.ID == "" {
		return err
	}
	own, err := t.hall.Claim(ctx, boss, t.Region, companies[0].Code)
	if err != nil {
		return fmt.Errorf("company of the applicant: %w", err)
	}
	other := hall.Company{Name: "渭南市少华山庄有限公司", Code: string(ident.MakeCreditCode('9', '1', "610500", "MA0DEM0X"))}
	window := t.official("market", caseflow.RoleClerk)
	recorded, err := t.hall.RecordLegal(ctx, window, t.Region, &store.Account{ID: first.ID, Name: first.Name}, other, "核验营业执照正本和法定代表人身份证原件")
	if err != nil {
		return fmt.Errorf("company of an agent: %w", err)
	}
	for _, g := range []struct {
		by, to caseflow.Actor
		owner  string
		items  []caseflow.ItemID
	}{{boss, first, own.Principal, nil}, {boss, second, own.Principal, []caseflow.ItemID{t.town.item}}, {first, second, recorded.Principal, nil}} {
		_, code, err := t.hall.Give(ctx, g.by, "", g.owner, hall.Giving{Agent: g.to.Name, Items: g.items, Until: workday.DateOf(t.now) + 300})
		if err == nil {
			_, err = t.hall.Accept(ctx, g.to, code)
		}
		if err != nil {
			return fmt.Errorf("mandate for %s: %w", g.to.Name, err)
		}
	}
	return nil
}

// citizen is the actor of an invented person's account; without an id if there is none.
func (t *traffic) citizen(ctx context.Context, p person) (caseflow.Actor, error) {
	by := caseflow.Actor{Kind: caseflow.ActorCitizen, Name: p.name, Document: p.party().Document, Verified: true}
	a, err := t.Store.AccountByLogin(ctx, p.phone)
	if err == nil {
		by.ID = a.ID
	} else if !errors.Is(err, store.ErrNotFound) {
		return by, fmt.Errorf("account of %s: %w", p.name, err)
	}
	return by, nil
}
