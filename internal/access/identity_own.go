package access

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
)

// Which identities an account has: its holder lists and unlinks them; an official's are named by administrators.

// OwnIdentity is a provider's person that means an account.
type OwnIdentity struct {
	Provider string // "" if it is no longer set up
	Issuer   string
	Subject  string
	Added    time.Time
}

// Identities are whom providers mean an account by.
type Identities struct {
	List     []OwnIdentity
	Password bool // the account has one
}

// Identities lists the own ones.
func (g *Gate) Identities(ctx context.Context, t Token) (*Identities, error) {
	_, a, err := g.find(ctx, t)
	if err != nil {
		return nil, err
	}
	list, err := g.identities(ctx, a.ID)
	return &Identities{List: list, Password: a.Password != ""}, err
}

// IdentitiesOf lists those of an account, for who may see it. Others get store.ErrNotFound.
func (g *Gate) IdentitiesOf(ctx context.Context, by caseflow.Actor, id string) ([]OwnIdentity, error) {
	if _, err := g.Account(ctx, by, id); err != nil {
		return nil, err
	}
	return g.identities(ctx, id)
}

func (g *Gate) identities(ctx context.Context, account string) ([]OwnIdentity, error) {
	rows, err := g.accounts.Identities(ctx, account)
	if err != nil {
		return nil, fmt.Errorf("list identities: %w", err)
	}
	list := make([]OwnIdentity, len(rows))
	for i, r := range rows {
		list[i] = OwnIdentity{Issuer: r.Issuer, Subject: r.Subject, Added: r.Added}
		if p := g.providers.find(func(p *provider) bool { return p.Issuer == r.Issuer }); p != nil {
			list[i].Provider = p.ID
		}
	}
	return list, nil
}

// Unlink takes an identity from the own account, for who gives the password again; an account without a password keeps it, since
// nobody could sign in any more. store.ErrNotFound if there is none.
func (g *Gate) Unlink(ctx context.Context, t Token, issuer, subject, password string, from Client) error {
	s, a, err := g.find(ctx, t)
	if err != nil {
		return err
	}
	if a.Password == "" {
		return refuse(CodeProviderLast)
	}
	if err := g.again(ctx, s, a, password, from); err != nil {
		return err
	}
	return g.unlink(ctx, Event{Kind: IdentityUnlinked, At: g.now(), Account: a.ID, Address: from.Address}, a, issuer, subject)
}

func (g *Gate) unlink(ctx context.Context, e Event, a *store.Account, issuer, subject string) error {
	change := store.FieldChange{Field: FieldIdentity, Old: issuer + ":" + subject}
	if p := g.providers.find(func(p *provider) bool { return p.Issuer == issuer }); p != nil {
		e.Reason, change = ByProvider+p.ID, identityChange(p, subject, false)
	}
	t, err := g.trace(e, a.Region, change)
	if err != nil {
		return err
	}
	err = g.accounts.DropIdentity(ctx, store.Identity{Issuer: issuer, Subject: subject, Account: a.ID}, t)
	if err == nil {
		g.notify(e)
	}
	return err
}

// LinkOfficial lets a person of a provider sign in to an official's account. Like a new password it takes two administrators (ADR
// 0021): who may add accounts names the person, and an account that can do something is closed by it until who may manage accounts opens it.
func (g *Gate) LinkOfficial(ctx context.Context, by caseflow.Actor, at At, providerID, subject string) error {
	switch a, err := g.Account(ctx, by, at.ID); { // before a word about what was given: who may not learns nothing
	case err != nil:
		return err
	case !May(by, AccountAdd, Resource{Region: a.Region}).Allow:
		return store.ErrNotFound
	}
	p := g.providers.byID(providerID)
	subject = strings.TrimSpace(subject)
	var wrong faults
	if p == nil || p.Realm != RealmOfficials {
		wrong.add("provider", codeNoProvider)
	}
	if subject == "" || len(subject) > subjectMost || strings.Map(printableRune, subject) != subject {
		wrong.add("subject", codeSubject)
	}
	if err := wrong.err(); err != nil {
		return err
	}
	if _, err := g.accounts.Identity(ctx, p.Issuer, subject); err == nil {
		return refuse(CodeProviderTaken)
	} else if !errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("find an identity: %w", err)
	}
	// Closed first: between the two writes nobody can sign in by a link that only one has made.
	a, err := g.manage(ctx, by, AccountAdd, at, FieldIdentity, func(a *store.Account) error {
		if a.Kind != caseflow.ActorOfficial {
			return refuse(CodeNotAllowed)
		}
		if len(a.Roles) > 0 {
			a.Disabled = a.Disabled || !May(by, AccountManage, Resource{Region: a.Region}).Allow
		}
		return nil
	})
	if err != nil {
		return err
	}
	e := Event{Kind: IdentityLinked, At: g.now(), Account: a.ID, By: by.ID, Reason: ByProvider + p.ID}
	t, err := g.trace(e, a.Region, identityChange(p, subject, true))
	if err != nil {
		return err
	}
	err = g.accounts.AddIdentity(ctx, store.Identity{Issuer: p.Issuer, Subject: subject, Account: a.ID, Added: g.now()}, nil, t)
	if errors.Is(err, store.ErrConflict) {
		return refuse(CodeProviderTaken)
	}
	if err != nil {
		return fmt.Errorf("store an identity: %w", err)
	}
	g.notify(e)
	return g.endAll(ctx, a)
}

// UnlinkOfficial takes an identity from somebody's account and ends its sessions, for who may manage accounts of its region.
func (g *Gate) UnlinkOfficial(ctx context.Context, by caseflow.Actor, id, issuer, subject string) error {
	a, err := g.accounts.AccountByID(ctx, id)
	switch {
	case err != nil:
		return err
	case !May(by, AccountManage, Resource{Region: a.Region}).Allow:
		return store.ErrNotFound
	case by.ID == id:
		return refuse(CodeNotAllowed)
	}
	if err := g.unlink(ctx, Event{Kind: IdentityUnlinked, At: g.now(), Account: id, By: by.ID}, a, issuer, subject); err != nil {
		return err
	}
	return g.endAll(ctx, a)
}
