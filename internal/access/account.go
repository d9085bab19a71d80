package access

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
)

// System is the actor of start-up and of the command line.
var System = caseflow.Actor{ID: "system", Kind: caseflow.ActorSystem}

// NewAccount is an account to be added by somebody else than its owner.
type NewAccount struct {
	Login      string // of a citizen: the mobile number
	Kind       string // caseflow.ActorCitizen or ActorOfficial
	Name       string
	Region     string
	Department string   // of an official
	Roles      []string // of an official
	Document   ident.Document
	Phone      string

	vacant bool // an official without a role yet: somebody else gives it
}

// At names an account as somebody saw it: a change that was decided on another version is refused (CodeMoved).
type At struct {
	ID      string
	Version int // of store.Account; negative: whatever stands
}

// Latest names an account whatever has become of it.
func Latest(id string) At { return At{ID: id, Version: -1} }

// NewCitizen is what somebody types to register.
type NewCitizen struct {
	Name     string
	Document ident.Document // of a person; checked for form, not verified
	Phone    string         // mobile; it is the login
	Password string
	Region   string
}

// Seeded is an account that Seed added, with its password in clear: print it once, store it nowhere.
type Seeded struct {
	NewAccount
	Password string
}

var (
	loginForm = regexp.MustCompile(`^[a-z0-9][a-z0-9._@-]{2,63}$`)
	roleForm  = regexp.MustCompile(`^[a-z][a-z0-9-]{1,39}$`)
)

// Register adds a citizen who chose the password. A *caseflow.Refusal names every field that is wrong; *Throttled
// after too many registrations from one address. That a number is taken is told: its owner can then sign in.
func (g *Gate) Register(ctx context.Context, n NewCitizen, from Client) (*store.Account, error) {
	now := g.now()
	key, since := addressKey("register", from.Address), now.Add(-g.limits.Window)
	tries, err := g.accounts.Attempts(ctx, key, since)
	if err != nil {
		return nil, fmt.Errorf("count registrations: %w", err)
	}
	if tries >= g.limits.Registrations {
		return nil, &Throttled{After: g.limits.Window}
	}
	a, wrong := g.account(NewAccount{Login: n.Phone, Kind: caseflow.ActorCitizen, Name: n.Name, Region: n.Region,
		Document: n.Document, Phone: n.Phone})
	if n.Document.Type == ident.DocCreditCode {
		wrong.addErr("document", &ident.Fault{Code: "doc.type"})
	}
	if code := weakness(n.Password, &a); code != "" {
		wrong.add("password", code)
	}
	if err := wrong.err(); err != nil {
		return nil, err
	}
	if _, err := g.accounts.CountAttempt(ctx, key, now, since); err != nil {
		return nil, fmt.Errorf("count registrations: %w", err)
	}
	if err := g.add(ctx, &a, n.Password, caseflow.Actor{}); err != nil {
		return nil, err
	}
	return shown(&a), nil
}

// AddAccount adds an account with a generated password, which its owner must change; it is returned in clear, once.
// Only who may add accounts of the region can; others get store.ErrNotFound. Whoever may not manage accounts besides adds an
// official without roles: nobody both knows a password and says what it opens (docs/adr/0021).
func (g *Gate) AddAccount(ctx context.Context, by caseflow.Actor, n NewAccount) (*store.Account, string, error) {
	return g.addGenerated(ctx, by, n, true)
}

// Seed adds those of the accounts whose login does not exist yet, with generated passwords that need not be changed,
// and returns what it added. For demonstrations: a second call adds nothing.
func (g *Gate) Seed(ctx context.Context, accounts []NewAccount) ([]Seeded, error) {
	var added []Seeded
	for _, n := range accounts {
		_, err := g.accounts.AccountByLogin(ctx, canonicalLogin(n.Login))
		if err == nil {
			continue
		}
		if !errors.Is(err, store.ErrNotFound) {
			return added, fmt.Errorf("find account %q: %w", n.Login, err)
		}
		_, password, err := g.addGenerated(ctx, System, n, false)
		if err != nil {
			return added, fmt.Errorf("seed account %q: %w", n.Login, err)
		}
		added = append(added, Seeded{NewAccount: n, Password: password})
	}
	return added, nil
}

func (g *Gate) addGenerated(ctx context.Context, by caseflow.Actor, n NewAccount, mustChange bool) (*store.Account, string, error) {
	if !May(by, AccountAdd, Resource{Region: n.Region}).Allow {
		return nil, "", store.ErrNotFound
	}
	n.vacant = n.Kind == caseflow.ActorOfficial && !May(by, AccountManage, Resource{Region: n.Region}).Allow
	a, wrong := g.account(n)
	if err := wrong.err(); err != nil {
		return nil, "", err
	}
	password, err := g.generate(4)
	if err != nil {
		return nil, "", err
	}
	a.MustChange = mustChange
	if by.ID == System.ID && by.Kind == System.Kind && !mustChange && a.Kind == caseflow.ActorCitizen { // invented people, whose papers are as invented
		a.Verified = a.Added
	}
	if err := g.add(ctx, &a, password, by); err != nil {
		return nil, "", err
	}
	return shown(&a), password, nil
}

// account checks everything that is typed and brings it into canonical form.
func (g *Gate) account(n NewAccount) (store.Account, faults) {
	var wrong faults
	now := g.now()
	a := store.Account{Login: canonicalLogin(n.Login), Kind: n.Kind, Region: n.Region, Added: now}
	name, err := ident.Name(n.Name)
	wrong.addErr("name", err)
	a.Name = name
	if !isRegion(n.Region) {
		wrong.add("region", codeRegion)
	}
	if n.Document != (ident.Document{}) || n.Kind == caseflow.ActorCitizen {
		doc, err := ident.Check(n.Document, now)
		wrong.addErr("document", err)
		a.DocType, a.DocNo = string(doc.Type), doc.No
	}
	if n.Phone != "" || n.Kind == caseflow.ActorCitizen {
		phone, err := ident.ParsePhone(n.Phone)
		wrong.addErr("phone", err)
		if err == nil && n.Kind == caseflow.ActorCitizen && phone.Kind != ident.PhoneMobile {
			wrong.add("phone", codeMobile)
		}
		a.Phone = phone.E164
	}
	if n.Kind != caseflow.ActorCitizen && !loginForm.MatchString(a.Login) {
		wrong.add("login", codeLoginForm)
	}
	if _, gone := g.departments(n.Region, strings.TrimSpace(n.Department)); gone {
		wrong.add("department", codeDepartmentGone)
	}
	if n.vacant && len(n.Roles) == 0 {
		wrong = append(wrong, seat(&a, n.Department)...)
		return a, wrong
	}
	if wrong = append(wrong, place(&a, n.Department, n.Roles)...); n.vacant {
		wrong.add("roles", codeRolesApart)
	}
	return a, wrong
}

func isRegion(code string) bool {
	_, service := ident.Service().ByCode(code)
	_, region := ident.RegionByCode(code)
	return service || region
}

// seat gives an official a department.
func seat(a *store.Account, department string) faults {
	var wrong faults
	if department = strings.TrimSpace(department); department == "" || len(department) > 100 {
		wrong.add("department", codeDepartment)
	}
	a.Department = department
	return wrong
}

// place gives an account its department and roles.
func place(a *store.Account, department string, roles []string) faults {
	var wrong faults
	roles = slices.Compact(slices.Sorted(slices.Values(roles)))
	switch a.Kind {
	case caseflow.ActorCitizen:
		if len(roles) > 0 || department != "" {
			wrong.add("roles", codeRoles)
		}
	case caseflow.ActorOfficial:
		unknown := func(role string) bool { return !roleForm.MatchString(role) || reserved(role) }
		if len(roles) == 0 || len(roles) > 20 || slices.ContainsFunc(roles, unknown) {
			wrong.add("roles", codeRoles)
		} else if slices.ContainsFunc(roles, Administers) && len(roles) > 1 {
			wrong.add("roles", codeAdministers)
		}
		wrong = append(wrong, seat(a, department)...)
	default:
		wrong.add("kind", codeKind)
	}
	a.Roles = roles
	return wrong
}

// Administers reports whether the role is one of the three administrators'.
func Administers(role string) bool {
	return role == caseflow.RoleAdmin || role == caseflow.RoleSecurity || role == caseflow.RoleAudit
}

// Handles reports whether the role works on cases: every role does but the administrators' and the assessors'.
func Handles(role string) bool { return !Administers(role) && role != caseflow.RoleAssessor }

// add hashes the password and stores the account.
func (g *Gate) add(ctx context.Context, a *store.Account, password string, by caseflow.Actor) error {
	var id [16]byte
	if _, err := io.ReadFull(g.random, id[:]); err != nil {
		return fmt.Errorf("draw an account id: %w", err)
	}
	a.ID = hex.EncodeToString(id[:])
	hash, err := g.hash(ctx, password)
	if err != nil {
		return err
	}
	a.Password = hash
	e := Event{Kind: AccountAdded, At: a.Added, Account: a.ID, By: by.ID}
	t, err := g.trace(e, a.Region, differences(&store.Account{}, a)...)
	if err != nil {
		return err
	}
	switch err := g.accounts.AddAccount(ctx, *a, t); {
	case errors.Is(err, store.ErrConflict):
		field := "login"
		if a.Kind == caseflow.ActorCitizen {
			field = "phone"
		}
		var wrong faults
		wrong.add(field, codeLoginTaken)
		return wrong.err()
	case err != nil:
		return fmt.Errorf("store an account: %w", err)
	}
	g.notify(e)
	return nil
}

func (g *Gate) hash(ctx context.Context, password string) (string, error) {
	release, err := g.hasher.take(ctx)
	if err != nil {
		return "", err
	}
	defer release()
	return g.hasher.hash(password)
}

// generate draws groups of four characters, 19.8 bits each, without characters that are mistaken for others: a password has four.
func (g *Gate) generate(groups int) (string, error) {
	const letters = "abcdefghjkmnpqrstuvwxyz23456789" // 31, without i l o 0 1
	const fair = 256 / len(letters) * len(letters)    // bytes from here on would favour some letters
	var b strings.Builder
	var one [1]byte
	for n := 0; n < 4*groups; {
		if _, err := io.ReadFull(g.random, one[:]); err != nil {
			return "", fmt.Errorf("draw a password: %w", err)
		}
		if int(one[0]) >= fair {
			continue
		}
		if n > 0 && n%4 == 0 {
			b.WriteByte('-')
		}
		b.WriteByte(letters[int(one[0])%len(letters)])
		n++
	}
	return b.String(), nil
}

// ChangePassword gives the holder of the token a new password. All sessions of the account end, and the caller gets
// the token of a new one. A refusal says what is wrong with the new password, or that the old one is; wrong old ones
// count as failed sign-ins, so that a stolen session cannot guess on.
func (g *Gate) ChangePassword(ctx context.Context, t Token, old, fresh string, from Client) (Token, error) {
	s, a, err := g.find(ctx, t)
	if err != nil {
		return Token{}, err
	}
	if code := weakness(fresh, a); code != "" {
		return Token{}, fieldFault("password", code)
	}
	if folded(fresh) == folded(old) {
		return Token{}, fieldFault("password", "password.same")
	}
	was, hash, err := g.rehash(ctx, a, old, fresh, from)
	if err != nil {
		return Token{}, err
	}
	e := Event{Kind: PasswordChanged, At: g.now(), Account: a.ID, Address: from.Address}
	changed, err := g.update(ctx, e, func(a *store.Account) error {
		if a.Disabled || a.Password != was { // somebody reset the password, or closed the account, after the old one was checked
			return fieldFault("old", codeWrongOld)
		}
		a.Password, a.MustChange = hash, false
		return nil
	})
	if err != nil {
		return Token{}, err
	}
	return g.renew(ctx, changed, s.Factor, from)
}

// rehash checks the old password and hashes the new one; it returns both hashes.
func (g *Gate) rehash(ctx context.Context, a *store.Account, old, fresh string, from Client) (was, hash string, err error) {
	release, err := g.hasher.take(ctx)
	if err != nil {
		return "", "", err
	}
	defer release()
	if was, err = g.proved(ctx, a, old, from); err != nil {
		return "", "", err
	}
	hash, err = g.hasher.hash(fresh)
	return was, hash, err
}

// proved checks the password of who is signed in, and returns its hash. Wrong ones count as failed sign-ins, and are refused at the
// field old. The caller holds a slot of the hasher.
func (g *Gate) proved(ctx context.Context, a *store.Account, password string, from Client) (string, error) {
	checked, why, err := g.verify(ctx, a.Login, password)
	if err != nil {
		return "", err
	}
	if why != "" {
		if why != WhyLocked {
			now := g.now()
			if _, err := g.accounts.CountAttempt(context.WithoutCancel(ctx), loginKey(a.Login), now, now.Add(-g.limits.Window)); err != nil {
				return "", fmt.Errorf("count a wrong password: %w", err)
			}
		}
		e := Event{Kind: PasswordRefused, At: g.now(), Account: a.ID, Address: from.Address, Reason: why}
		if err := g.record(context.WithoutCancel(ctx), e, a.Region); err != nil {
			return "", err
		}
		return "", fieldFault("old", codeWrongOld)
	}
	return checked.Password, nil
}

// again lets somebody who is signed in do what a stolen session must not: they give the password once more.
func (g *Gate) again(ctx context.Context, _ *store.Session, a *store.Account, password string, from Client) error {
	release, err := g.hasher.take(ctx)
	if err != nil {
		return err
	}
	defer release()
	_, err = g.proved(ctx, a, password, from)
	return err
}

func fieldFault(field, code string) error {
	var wrong faults
	wrong.add(field, code)
	return wrong.err()
}

// ResetPassword gives an account a generated password that its owner must change, ends its sessions and forgets its
// failed sign-ins. For who may add accounts of its region; not the own one. An account that can do something is closed by it until
// who may manage accounts opens it again, having made sure of the person: nobody alone both knows a password and has it open
// something (docs/adr/0021). Who may do both keeps it open.
func (g *Gate) ResetPassword(ctx context.Context, by caseflow.Actor, at At) (string, error) {
	password, err := g.generate(4)
	if err != nil {
		return "", err
	}
	hash, err := g.hash(ctx, password)
	if err != nil {
		return "", err
	}
	a, err := g.manage(ctx, by, AccountAdd, at, "password", func(a *store.Account) error {
		a.Password, a.MustChange = hash, true
		if a.Kind == caseflow.ActorCitizen || len(a.Roles) > 0 {
			a.Disabled = a.Disabled || !May(by, AccountManage, Resource{Region: a.Region}).Allow
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	if err := g.accounts.ClearAttempts(ctx, loginKey(a.Login)); err != nil {
		return "", fmt.Errorf("forget failed sign-ins: %w", err)
	}
	return password, g.endAll(ctx, a)
}

// SetDocument says by which document a person an official is, so that nobody handles a case of their own (回避); the zero document takes it
// away. For who may add accounts of its region; not the own one. As with a password (ResetPassword), an account that can do something is closed
// by it until who may manage accounts opens it again: nobody alone decides whose cases somebody is kept out of.
func (g *Gate) SetDocument(ctx context.Context, by caseflow.Actor, at At, document ident.Document) error {
	a, err := g.manage(ctx, by, AccountAdd, at, "document", func(a *store.Account) error {
		var wrong faults
		switch {
		case a.Kind != caseflow.ActorOfficial:
			return refuse(CodeNotAllowed)
		case document.No == "":
			document = ident.Document{}
		case document.Type == ident.DocCreditCode:
			wrong.addErr("document", &ident.Fault{Code: "doc.type"})
		default:
			var err error
			document, err = ident.Check(document, g.now())
			wrong.addErr("document", err)
		}
		if document != documentOf(a) && len(a.Roles) > 0 {
			a.Disabled = a.Disabled || !May(by, AccountManage, Resource{Region: a.Region}).Allow
		}
		a.DocType, a.DocNo = string(document.Type), document.No
		return wrong.err()
	})
	if err != nil || !a.Disabled {
		return err
	}
	return g.endAll(ctx, a)
}

// Disable closes an account and ends its sessions. For who may manage accounts of its region; not the own one, so
// that a city is never left without an administrator by one slip.
func (g *Gate) Disable(ctx context.Context, by caseflow.Actor, at At) error {
	a, err := g.manage(ctx, by, AccountManage, at, "disabled", func(a *store.Account) error { a.Disabled = true; return nil })
	if err != nil {
		return err
	}
	return g.endAll(ctx, a)
}

// Enable opens an account again: not disabled, not locked, failed sign-ins forgotten. For who may manage accounts of
// its region.
func (g *Gate) Enable(ctx context.Context, by caseflow.Actor, at At) error {
	a, err := g.manage(ctx, by, AccountManage, at, "enabled", func(a *store.Account) error {
		a.Disabled, a.Locked = false, time.Time{}
		return nil
	})
	if err != nil {
		return err
	}
	if err := g.accounts.ClearAttempts(ctx, loginKey(a.Login)); err != nil {
		return fmt.Errorf("forget failed sign-ins: %w", err)
	}
	return nil
}

// Place is where an official works and what they may do there.
type Place struct {
	Region     string // empty: as it is
	Department string
	Roles      []string
}

// Assign gives an official another place, at once also in running sessions. For who may manage accounts of the region that it has
// and of the one that it gets; nobody assigns themselves.
func (g *Gate) Assign(ctx context.Context, by caseflow.Actor, at At, to Place) error {
	_, err := g.manage(ctx, by, AccountManage, at, "assigned", func(a *store.Account) error {
		wrong := place(a, to.Department, to.Roles)
		if to.Region != "" && to.Region != a.Region {
			if !isRegion(to.Region) || !May(by, AccountManage, Resource{Region: to.Region}).Allow {
				wrong.add("region", codeRegion)
			}
			a.Region = to.Region
		}
		if _, gone := g.departments(a.Region, a.Department); gone {
			wrong.add("department", codeDepartmentGone)
		}
		return wrong.err()
	})
	return err
}

// Colleagues lists the officials of a region that work can be given to, for who works on cases there: id, name, department
// and roles, nothing else of the account. Who may see no running case of their own department (the three administrators, an
// assessor, somebody without a post) is none of them. Others get store.ErrNotFound.
func (g *Gate) Colleagues(ctx context.Context, by caseflow.Actor, region string) ([]store.Account, error) {
	if !May(by, ColleagueSee, Resource{Region: region}).Allow {
		return nil, store.ErrNotFound
	}
	all, err := g.accounts.ListOfficials(ctx, region)
	if err != nil {
		return nil, fmt.Errorf("list colleagues: %w", err)
	}
	var list []store.Account
	for _, a := range all {
		if !a.Disabled && May(g.actorOf(&a), CaseSee, Resource{Region: region, Departments: []string{a.Department}, Phase: caseflow.PhaseRunning}).Allow {
			list = append(list, store.Account{ID: a.ID, Kind: a.Kind, Name: a.Name, Region: a.Region, Department: a.Department, Roles: a.Roles})
		}
	}
	return list, nil
}

// manage changes somebody else's account for who may, and tells.
func (g *Gate) manage(ctx context.Context, by caseflow.Actor, act Act, at At, what string, change func(*store.Account) error) (*store.Account, error) {
	return g.update(ctx, Event{Kind: AccountChanged, At: g.now(), Account: at.ID, By: by.ID, Reason: what}, func(a *store.Account) error {
		switch {
		case !May(by, act, Resource{Region: a.Region}).Allow:
			return store.ErrNotFound
		case by.ID == a.ID:
			return refuse(CodeNotAllowed)
		case at.Version >= 0 && at.Version != a.Version:
			return refuse(CodeMoved)
		}
		return change(a)
	})
}

// changes bounds how often a change of an account is decided again because another server was quicker.
const changes = 16

// update reads, changes and writes the account of an event in one step, with its trace: if another server was quicker, change
// decides again on what then stands.
func (g *Gate) update(ctx context.Context, e Event, change func(*store.Account) error) (*store.Account, error) {
	g.writing.Lock()
	defer g.writing.Unlock()
	for range changes {
		a, err := g.accounts.AccountByID(ctx, e.Account)
		if err != nil {
			return nil, err
		}
		was := *a
		if err := change(a); err != nil {
			return nil, err
		}
		t, err := g.trace(e, was.Region, differences(&was, a)...)
		if err != nil {
			return nil, err
		}
		err = g.accounts.UpdateAccount(ctx, *a, t)
		if err == nil {
			g.notify(e)
			return a, nil
		}
		if !errors.Is(err, store.ErrConflict) {
			return nil, fmt.Errorf("change an account: %w", err)
		}
	}
	return nil, fmt.Errorf("change an account: %w after %d attempts", store.ErrBusy, changes)
}

func (g *Gate) endAll(ctx context.Context, a *store.Account) error {
	if err := g.accounts.EndSessions(ctx, a.ID, nil, g.now()); err != nil {
		return fmt.Errorf("end all sessions: %w", err)
	}
	return nil
}
