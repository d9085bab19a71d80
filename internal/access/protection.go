package access

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/parameter"
	"github.com/tongban/tongban/internal/store"
)

// Protection is how sign-ins are protected in a region, as it is in force: what an assessor (测评人员) asks of passwords, tries, sessions and
// accounts (GB/T 22239-2019, 8.1.4.1 and 8.1.4.2).
type Protection struct {
	PasswordMin, PasswordMax int // characters
	PasswordKinds            int // of letters, digits and others
	PasswordDistinct         int // different characters
	PasswordsRefused         int // well-known ones
	HashMemory, HashPasses   int // of argon2id: KiB, and passes over them

	AccountTries, AddressTries int           // failures within Window before it waits
	Window                     time.Duration // sliding
	IdleOfficials              time.Duration // a session unused this long is over
	IdleCitizens               time.Duration
	Absolute                   time.Duration // no session lasts longer
	OfficialSessions           int           // at one time
	CitizenSessions            int
	RefusesSurplus             bool     // one session too many is refused; else the oldest one ends
	FactorRoles                []string // must have a second factor
	Sealed                     bool     // secrets of second factors and document numbers are sealed with a key outside the store

	SessionsKept time.Duration // rows of ended sessions; the logs themselves are kept for good
	Officials    []Holders
}

// Holders are the accounts that hold a role in a region, open and closed. Each counts up to store.CountMost.
type Holders struct {
	Role         string
	Open, Closed store.Count
}

// Protection tells how sign-ins are protected, for who may know: as the own region's parameters have it. store.ErrNotFound for others.
func (g *Gate) Protection(ctx context.Context, by caseflow.Actor) (*Protection, error) {
	regions, err := g.regions(ctx, by, AssessmentSee, "")
	if err != nil {
		return nil, err
	}
	values, cost := g.values(), g.hasher.cost
	p := &Protection{PasswordMin: minPassword, PasswordMax: maxPassword, PasswordKinds: minKinds, PasswordDistinct: minDistinct, PasswordsRefused: len(common()),
		HashMemory: int(cost.memory), HashPasses: int(cost.passes), AccountTries: g.limits.AccountTries, AddressTries: g.limits.AddressTries, Window: g.limits.Window,
		IdleOfficials: values.Time(parameter.IdleOfficials, by.Region), IdleCitizens: values.Time(parameter.IdleCitizens, by.Region), Absolute: g.limits.Absolute,
		OfficialSessions: g.limits.Officials, CitizenSessions: g.limits.Citizens, RefusesSurplus: g.limits.Refuse, FactorRoles: slices.Clone(g.factorRoles),
		Sealed: g.seal != nil, SessionsKept: KeepSessions}
	for _, role := range caseflow.Roles {
		h := Holders{Role: role}
		for _, x := range []struct {
			closed bool
			into   *store.Count
		}{{false, &h.Open}, {true, &h.Closed}} {
			if *x.into, err = g.accounts.CountAccounts(ctx, store.AccountQuery{Kind: caseflow.ActorOfficial, Regions: regions, Role: role, Disabled: &x.closed}); err != nil {
				return nil, fmt.Errorf("count accounts: %w", err)
			}
		}
		p.Officials = append(p.Officials, h)
	}
	return p, nil
}
