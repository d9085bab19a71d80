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
}

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
// Only who may manage accounts of the region can; others get store.ErrNotFound.
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
	if !May(by, AccountManage, Resource{Region: n.Region}).Allow {
		return nil, "", store.ErrNotFound
	}
	a, wrong := g.account(n)
	if err := wrong.err(); err != nil {
		return nil, "", err
	}
	password, err := g.generate()
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
	if _, ok := ident.Service().ByCode(n.Region); !ok {
		if _, ok := ident.RegionByCode(n.Region); !ok {
			wrong.add("region", codeRegion)
		}
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
	wrong = append(wrong, place(&a, n.Department, n.Roles)...)
	return a, wrong
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
		if department = strings.TrimSpace(department); department == "" || len(department) > 100 {
			wrong.add("department", codeDepartment)
		}
	default:
		wrong.add("kind", codeKind)
	}
	a.Department, a.Roles = department, roles
	return wrong
}

// Administers reports whether the role is one of the three administrators'.
func Administers(role string) bool {
	return role == caseflow.RoleAdmin || role == caseflow.RoleSecurity || role == caseflow.RoleAudit
}

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
	switch err := g.accounts.AddAccount(ctx, *a); {
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
	g.notify(Event{Kind: AccountAdded, At: a.Added, Account: a.ID, By: by.ID})
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

// generate draws a password of four groups of four: 79 bits, without characters that are mistaken for others.
func (g *Gate) generate() (string, error) {
	const letters = "abcdefghjkmnpqrstuvwxyz23456789" // 31, without i l o 0 1
	const fair = 256 / len(letters) * len(letters)    // bytes from here on would favour some letters
	var b strings.Builder
	var one [1]byte
	for n := 0; n < 16; {
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
	_, a, err := g.find(ctx, t)
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
	changed, err := g.update(ctx, a.ID, func(a *store.Account) error {
		if a.Disabled || a.Password != was { // somebody reset the password, or closed the account, after the old one was checked
			return fieldFault("old", codeWrongOld)
		}
		a.Password, a.MustChange = hash, false
		return nil
	})
	if err != nil {
		return Token{}, err
	}
	if err := g.endAll(ctx, changed); err != nil {
		return Token{}, err
	}
	g.notify(Event{Kind: PasswordChanged, At: g.now(), Account: a.ID, Address: from.Address})
	return g.begin(ctx, changed, from)
}

// rehash checks the old password and hashes the new one; it returns both hashes.
func (g *Gate) rehash(ctx context.Context, a *store.Account, old, fresh string, from Client) (was, hash string, err error) {
	release, err := g.hasher.take(ctx)
	if err != nil {
		return "", "", err
	}
	defer release()
	checked, why, err := g.verify(ctx, a.Login, old)
	if err != nil {
		return "", "", err
	}
	if why != "" {
		if why != WhyLocked {
			now := g.now()
			if _, err := g.accounts.CountAttempt(context.WithoutCancel(ctx), loginKey(a.Login), now, now.Add(-g.limits.Window)); err != nil {
				return "", "", fmt.Errorf("count a wrong password: %w", err)
			}
		}
		g.notify(Event{Kind: PasswordRefused, At: g.now(), Account: a.ID, Address: from.Address, Reason: why})
		return "", "", fieldFault("old", codeWrongOld)
	}
	hash, err = g.hasher.hash(fresh)
	return checked.Password, hash, err
}

func fieldFault(field, code string) error {
	var wrong faults
	wrong.add(field, code)
	return wrong.err()
}

// ResetPassword gives an account a generated password that its owner must change, ends its sessions and forgets its
// failed sign-ins. For who may manage accounts of its region.
func (g *Gate) ResetPassword(ctx context.Context, by caseflow.Actor, id string) (string, error) {
	password, err := g.generate()
	if err != nil {
		return "", err
	}
	hash, err := g.hash(ctx, password)
	if err != nil {
		return "", err
	}
	a, err := g.manage(ctx, by, id, "password", func(a *store.Account) error {
		a.Password, a.MustChange = hash, true
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

// Disable closes an account and ends its sessions. For who may manage accounts of its region; not the own one, so
// that a city is never left without an administrator by one slip.
func (g *Gate) Disable(ctx context.Context, by caseflow.Actor, id string) error {
	if by.ID == id {
		return refuse(CodeNotAllowed)
	}
	a, err := g.manage(ctx, by, id, "disabled", func(a *store.Account) error { a.Disabled = true; return nil })
	if err != nil {
		return err
	}
	return g.endAll(ctx, a)
}

// Enable opens an account again: not disabled, not locked, failed sign-ins forgotten. For who may manage accounts of
// its region.
func (g *Gate) Enable(ctx context.Context, by caseflow.Actor, id string) error {
	a, err := g.manage(ctx, by, id, "enabled", func(a *store.Account) error {
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

// Assign gives an official another department and other roles, at once also in running sessions. For who may manage
// accounts of the region; nobody assigns roles to themselves.
func (g *Gate) Assign(ctx context.Context, by caseflow.Actor, id, department string, roles []string) error {
	if by.ID == id {
		return refuse(CodeNotAllowed)
	}
	_, err := g.manage(ctx, by, id, "assigned", func(a *store.Account) error {
		return place(a, department, roles).err()
	})
	return err
}

// Accounts lists a region's accounts for who may see them, without password hashes. Others get store.ErrNotFound.
func (g *Gate) Accounts(ctx context.Context, by caseflow.Actor, region string) ([]store.Account, error) {
	if !May(by, AccountSee, Resource{Region: region}).Allow {
		return nil, store.ErrNotFound
	}
	list, err := g.accounts.ListAccounts(ctx, region)
	if err != nil {
		return nil, fmt.Errorf("list accounts: %w", err)
	}
	for i := range list {
		list[i].Password = ""
	}
	return list, nil
}

// Colleagues lists the officials of a region that work can be given to, for who works on cases there: id, name, department
// and roles, nothing else of the account. Others get store.ErrNotFound.
func (g *Gate) Colleagues(ctx context.Context, by caseflow.Actor, region string) ([]store.Account, error) {
	if !May(by, ColleagueSee, Resource{Region: region}).Allow {
		return nil, store.ErrNotFound
	}
	all, err := g.accounts.ListAccounts(ctx, region)
	if err != nil {
		return nil, fmt.Errorf("list colleagues: %w", err)
	}
	var list []store.Account
	for _, a := range all {
		if a.Kind == caseflow.ActorOfficial && !a.Disabled {
			list = append(list, store.Account{ID: a.ID, Kind: a.Kind, Name: a.Name, Region: a.Region, Department: a.Department, Roles: a.Roles})
		}
	}
	return list, nil
}

// manage changes somebody's account for who may, and tells.
func (g *Gate) manage(ctx context.Context, by caseflow.Actor, id, what string, change func(*store.Account) error) (*store.Account, error) {
	a, err := g.update(ctx, id, func(a *store.Account) error {
		if !May(by, AccountManage, Resource{Region: a.Region}).Allow {
			return store.ErrNotFound
		}
		return change(a)
	})
	if err != nil {
		return nil, err
	}
	g.notify(Event{Kind: AccountChanged, At: g.now(), Account: a.ID, By: by.ID, Reason: what})
	return a, nil
}

// changes bounds how often a change of an account is decided again because another server was quicker.
const changes = 16

// update reads, changes and writes an account in one step: if another server was quicker, change decides again on what then
// stands.
func (g *Gate) update(ctx context.Context, id string, change func(*store.Account) error) (*store.Account, error) {
	g.writing.Lock()
	defer g.writing.Unlock()
	for range changes {
		a, err := g.accounts.AccountByID(ctx, id)
		if err != nil {
			return nil, err
		}
		if err := change(a); err != nil {
			return nil, err
		}
		err = g.accounts.UpdateAccount(ctx, *a)
		if err == nil {
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
