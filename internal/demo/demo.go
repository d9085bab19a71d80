// Package demo fills an empty store with a fortnight of believable traffic, so that a first look shows a hall at work:
// companies at every stage of being opened, deadlines in every colour, a correction under way, a kept and a broken
// commitment, ratings good and bad; and, in the cities whose packs have them, credit and inspections at work
// ([FillCities]). Everything goes through the hall on virtual time, as real traffic would; names and numbers are invented
// from a seed, with valid check characters.
package demo

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/workday"
)

// Numbers is how many case numbers a traffic of so many openings may take: some are followed by cases of their own.
func Numbers(cases int) int { return 2*cases + 20 }

// Days is how far back the traffic goes, in calendar days.
const Days = 14

// Files keeps uploaded files.
type Files interface {
	hall.Files
	// Put stores a file of an account and says under which hash.
	Put(ctx context.Context, account string, r io.Reader, max int64) (caseflow.File, error)
}

// Options say what to fill. All fields are needed but Log.
type Options struct {
	Store     store.Store
	Catalogue hall.Catalogue
	Files     Files
	Region    string
	Seed      uint64
	Now       time.Time // the traffic ends here
	Cases     int       // how many are opened
	// Citizen is the account that some of the cases belong to, so that its owner finds some: from the fifth on.
	Citizen string
	Log     *slog.Logger
}

// Accounts are the people of the demonstration: one for each role, with the departments of practices 03 and 04; and those of the cities
// that show credit and inspections ([FillCities]).
func Accounts(region string) []access.NewAccount {
	official := func(login, name, department string, roles ...string) access.NewAccount {
		return officialOf(login, name, region, department, roles...)
	}
	return append([]access.NewAccount{
		{Login: "13800000001", Kind: caseflow.ActorCitizen, Name: "王秀英", Region: region, Phone: "13800000001", Document: applicant.party().Document},
		agents[0].account(region), agents[1].account(region),
		official("window", "李敏", "market", caseflow.RoleClerk),
		official("window2", "马晓燕", "market", caseflow.RoleClerk), // takes over from the first at a change of shift
		official("market", "张志强", "market", caseflow.RoleReviewer),
		official("police", "赵军", "police", caseflow.RoleReviewer),
		official("tax", "陈静", "tax", caseflow.RoleReviewer),
		official("bank", "高晓东", "bank", caseflow.RoleReviewer),
		official("insurance", "周丽娟", "insurance", caseflow.RoleReviewer),
		official("fund", "何雪梅", "fund", caseflow.RoleReviewer),
		official("head", "党建国", "market", caseflow.RoleHead),
		official("supervisor", "雷文博", "market", caseflow.RoleSupervisor),
		official("assessor", "孟海涛", "office", caseflow.RoleAssessor),
		official("admin", "同伟", "office", caseflow.RoleAdmin),
		official("security", "严格", "office", caseflow.RoleSecurity),
		official("audit", "常明", "office", caseflow.RoleAudit),
	}, append(doors(region), officials()...)...)
}

func officialOf(login, name, region, department string, roles ...string) access.NewAccount {
	return access.NewAccount{Login: login, Kind: caseflow.ActorOfficial, Name: name, Region: region, Department: department, Roles: roles}
}

// applicant is the citizen whose login is printed.
var applicant = person{name: "王秀英", id: "610502199001010011", phone: "13800000001"}

// traffic is one run.
type traffic struct {
	Options
	rng      *rand.Rand
	now      time.Time
	hall     *hall.Hall
	cal      *workday.Calendar
	plans    []*plan
	town     town
	closings int // companies that are being closed
	accounts []store.Account
}

// Fill makes the traffic. A store that has cases in the region is left alone: it returns 0.
func Fill(ctx context.Context, o Options) (int, error) {
	keys, err := o.Store.Keys(ctx, o.Region, "", 1)
	if err != nil || len(keys) > 0 {
		return 0, err
	}
	place := slices.IndexFunc(towns, func(w town) bool { it := o.Catalogue.Current(w.item); return it != nil && it.OfferedIn(o.Region) })
	if place < 0 {
		return 0, fmt.Errorf("no service that opens companies is offered in region %s (choose a region that lies in that of its pack, or add a pack of that region)", o.Region)
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	t := &traffic{Options: o, town: towns[place], rng: rand.New(rand.NewPCG(o.Seed, 3)), cal: workday.National()} // #nosec G404 -- invented people, no secret
	t.hall, err = hall.New(hall.Options{Store: o.Store, Catalogue: o.Catalogue, Files: o.Files, Now: func() time.Time { return t.now }, Log: o.Log})
	if err != nil {
		return 0, err
	}
	if t.accounts, err = o.Store.ListOfficials(ctx, o.Region); err != nil {
		return 0, err
	}
	t.now = o.Now.AddDate(0, 0, -Days)
	for i := range o.Cases {
		t.plans = append(t.plans, t.plan(i))
	}
	if t.town.salon {
		t.plans = append(t.plans, t.salon())
	}
	if err := t.run(ctx); err != nil {
		return len(t.plans), err
	}
	return len(t.plans), t.mandates(ctx)
}

// run lets everybody act in the order of time, and the clocks in between.
func (t *traffic) run(ctx context.Context) error {
	for {
		p := slices.MinFunc(t.plans, func(a, b *plan) int { return cmp.Or(a.next.Compare(b.next), cmp.Compare(a.no, b.no)) })
		if p.next.After(t.Now) {
			t.now = t.Now
			_, err := t.hall.RunClocks(ctx)
			return err
		}
		if p.next.Sub(t.now) > time.Hour {
			if _, err := t.hall.RunClocks(ctx); err != nil {
				return err
			}
		}
		t.now = p.next
		if err := p.act(ctx); err != nil {
			return fmt.Errorf("case %d (%s): %w", p.no, p.key.Case, err)
		}
	}
}

// later is an instant some working minutes after another, in office hours.
func (t *traffic) later(from time.Time, minutes int) time.Time {
	at := t.cal.Due(from, workday.Limit{N: minutes / 60, Unit: workday.WorkHour}).At
	at = at.Add(time.Duration(minutes%60) * time.Minute)
	if !open(at) {
		at = t.cal.Due(at, workday.Limit{N: 1, Unit: workday.WorkHour}).At
	}
	return at
}

// open reports whether an instant lies within the hours of the halls, 9:00 to 12:00 and 13:30 to 17:00.
func open(at time.Time) bool {
	at = at.In(workday.Shanghai)
	minute := at.Hour()*60 + at.Minute()
	return minute >= 9*60 && minute < 12*60 || minute >= 13*60+30 && minute < 17*60
}

// official is the actor who does the work of a role in a department: the account of the demonstration if there is one.
func (t *traffic) official(department, role string) caseflow.Actor {
	by := caseflow.Actor{ID: "demo-" + department + "-" + role, Kind: caseflow.ActorOfficial, Department: department,
		Region: t.Region, Roles: []string{role}}
	for i := range t.accounts {
		if a := &t.accounts[i]; a.Department == department && slices.Contains(a.Roles, role) {
			by.ID, by.Name = a.ID, a.Name
		}
	}
	return by
}

// do gives a command; a refusal is no failure, the traffic goes on as people do. An official has opened the case before, and
// the applicant can see that.
func (t *traffic) do(ctx context.Context, by caseflow.Actor, key store.Key, cmd caseflow.Command) (hall.Receipt, error) {
	if by.Kind == caseflow.ActorOfficial && key.Case != "" {
		if _, err := t.hall.View(ctx, by, key, "case:overview", ""); err != nil && !errors.Is(err, hall.ErrNotFound) {
			return hall.Receipt{}, err
		}
	}
	r, err := t.hall.Do(ctx, by, "", key, cmd)
	if refusal := new(caseflow.Refusal); errors.As(err, &refusal) {
		t.Log.Debug("demo", "refused", refusal.Code, "verb", cmd.Verb())
		return hall.Receipt{}, nil
	}
	return r, err
}

func encode(v any) json.RawMessage {
	data, err := json.Marshal(v)
	if err != nil {
		return json.RawMessage("{}")
	}
	return data
}
