package access

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/chore"
	"github.com/tongban/tongban/internal/parameter"
	"github.com/tongban/tongban/internal/seal"
	"github.com/tongban/tongban/internal/store"
)

// Limits bound guessing and sessions. Zero fields take the default.
type Limits struct {
	AccountTries  int           // wrong passwords for one login within Window before it waits; default 5
	AddressTries  int           // failed sign-ins from one address (IPv6: one /64) within Window; default 50
	Registrations int           // new citizens from one address within Window; default 20: a street station has one
	Window        time.Duration // sliding; default 15 minutes
	IdleOfficial  time.Duration // a session unused this long is over; default 30 minutes
	IdleCitizen   time.Duration // default 2 hours
	Absolute      time.Duration // no session lasts longer; default 12 hours
	Officials     int           // sessions of an official at one time; default 3
	Citizens      int           // sessions of a citizen at one time; default 10
	Refuse        bool          // one session too many is refused; else the oldest one ends
	Hashing       int           // password hashes computed at once, 19 MiB each; default one per CPU, at most 8
	Waiting       int           // sign-ins that wait for that before ErrBusy; default 64
}

// DefaultLimits are the limits where nothing else is configured.
func DefaultLimits() Limits {
	return Limits{
		AccountTries: 5, AddressTries: 50, Registrations: 20, Window: 15 * time.Minute,
		IdleOfficial: 30 * time.Minute, IdleCitizen: 2 * time.Hour, Absolute: 12 * time.Hour,
		Officials: 3, Citizens: 10, Hashing: 0, Waiting: 64,
	}
}

func (l Limits) filled() Limits {
	d := DefaultLimits()
	for _, f := range []struct{ field, standard *int }{
		{&l.AccountTries, &d.AccountTries}, {&l.AddressTries, &d.AddressTries}, {&l.Registrations, &d.Registrations},
		{&l.Officials, &d.Officials}, {&l.Citizens, &d.Citizens}, {&l.Waiting, &d.Waiting},
	} {
		if *f.field <= 0 {
			*f.field = *f.standard
		}
	}
	for _, f := range []struct{ field, standard *time.Duration }{
		{&l.Window, &d.Window}, {&l.IdleOfficial, &d.IdleOfficial}, {&l.IdleCitizen, &d.IdleCitizen}, {&l.Absolute, &d.Absolute},
	} {
		if *f.field <= 0 {
			*f.field = *f.standard
		}
	}
	return l
}

// touchEvery is how often the use of a session is written down: a session may end this much before its idle limit,
// never after it.
const touchEvery = time.Minute

// Options are what a gate needs from outside.
type Options struct {
	Now    func() time.Time // default time.Now
	Rand   io.Reader        // safe for many goroutines; default crypto/rand
	Limits Limits
	// Seal keeps the secrets of second factors and the document numbers of accounts. Nil: nobody can set either, who has a factor cannot
	// sign in, and document numbers stay as they are sealed.
	Seal *seal.Ring
	// Issuer is what authenticator apps call this site. Default: Tongban.
	Issuer string
	// FactorRoles must have a second factor: until it is set up, nothing else is open to them. Nil: nobody must.
	FactorRoles []string
	// Providers are those of sign-ins by OpenID Connect. Nil: there are none.
	Providers *Providers
	// Departments tells, of a department of a region, which others it has taken the duties over of, and whether it has gone into
	// another one itself. Nil: no department was ever reformed.
	Departments func(region, department string) (succeeds []string, gone bool)
	// Hashes is what new hashes of passwords cost. Zero: what OWASP asks for.
	Hashes Cost
	// Values are what administrators have set: how long a session may be unused, how often one address or account looks up and objects.
	// Nil: the idle times of Limits, and the standards.
	Values func() *parameter.Table
	Jobs   *chore.Board // nil: nobody is told of the background work
	Region string       // of this hall: its values hold for who comes in without an account
	Notify func(Event)  // called after what it tells of is stored, by many goroutines; it must not block. May be nil
}

// Gate signs people in and out and keeps accounts. Its methods may be called from many goroutines.
type Gate struct {
	accounts store.Accounts
	now      func() time.Time
	random   io.Reader
	limits   Limits
	notify   func(Event)
	hasher   *hasher

	seal        *seal.Ring
	issuer      string
	factorRoles []string
	providers   *Providers
	departments func(region, department string) (succeeds []string, gone bool)
	values      func() *parameter.Table
	region      string
	jobs        *chore.Board
	denials     denials

	// writing lets changes of accounts queue here, and not in conflicts at the store, which decides between servers.
	writing sync.Mutex
}

// NewGate makes a gate over the accounts of a store.
func NewGate(accounts store.Accounts, o Options) (*Gate, error) {
	g := &Gate{accounts: sealedAccounts{accounts, o.Seal}, now: o.Now, random: o.Rand, limits: o.Limits.filled(), notify: o.Notify,
		seal: o.Seal, issuer: cmp.Or(o.Issuer, "Tongban"), factorRoles: o.FactorRoles, providers: o.Providers, departments: o.Departments, values: o.Values, region: o.Region, jobs: o.Jobs}
	if g.now == nil {
		g.now = time.Now
	}
	if g.departments == nil {
		g.departments = func(string, string) ([]string, bool) { return nil, false }
	}
	if g.values == nil {
		fixed := parameter.NewTable(map[parameter.Name]int{parameter.IdleOfficials: int(g.limits.IdleOfficial / time.Minute),
			parameter.IdleCitizens: int(g.limits.IdleCitizen / time.Minute)}, nil)
		g.values = func() *parameter.Table { return fixed }
	}
	if g.random == nil {
		g.random = rand.Reader
	}
	if g.notify == nil {
		g.notify = func(Event) {}
	}
	var err error
	g.hasher, err = newHasher(g.limits.Hashing, g.limits.Waiting, o.Hashes, g.random)
	return g, err
}

// Client is where a request comes from.
type Client struct {
	Address string        // without port
	Agent   string        // what the browser calls itself
	Most    time.Duration // a session from here ends after this at the latest; zero: as the limits say
}

// SignIn makes a session for who knows the password. Unknown login, wrong password, locked and disabled account get
// one and the same refusal (CodeSignIn) after the same work; *Throttled after too many failures from the address;
// ErrBusy under overload; *Step, and no session yet, if the account has a second factor. The session is new whatever token the client held before.
func (g *Gate) SignIn(ctx context.Context, login, password string, from Client) (Token, *store.Account, error) {
	if err := g.throttle(ctx, from); err != nil { // before the queue, so that a flood from one address does not fill it
		return Token{}, nil, err
	}
	release, err := g.hasher.take(ctx)
	if err != nil {
		return Token{}, nil, err
	}
	defer release()
	if err := g.throttle(ctx, from); err != nil {
		return Token{}, nil, err
	}
	login = canonicalLogin(login)
	account, why, err := g.verify(ctx, login, password)
	if err != nil {
		return Token{}, nil, err
	}
	if why != "" {
		return Token{}, nil, g.failed(ctx, login, account, why, from)
	}
	if err := g.accounts.ClearAttempts(ctx, loginKey(login)); err != nil {
		return Token{}, nil, fmt.Errorf("forget failed sign-ins: %w", err)
	}
	return g.admit(ctx, account, "", from)
}

// confirm takes a session back if the password was changed or the account disabled while it was made: whoever did
// that ended all sessions, perhaps just before this one was stored.
func (g *Gate) confirm(ctx context.Context, account *store.Account, token Token) error {
	latest, err := g.accounts.AccountByID(ctx, account.ID)
	if err != nil {
		return fmt.Errorf("find the account: %w", err)
	}
	if latest.Password == account.Password && !latest.Disabled {
		return nil
	}
	if err := g.accounts.EndSessions(ctx, account.ID, token.Hash(), g.now()); err != nil {
		return fmt.Errorf("end a session: %w", err)
	}
	return refuse(CodeSignIn)
}

// throttle refuses an address with too many failures, without any work.
func (g *Gate) throttle(ctx context.Context, from Client) error {
	tries, err := g.accounts.Attempts(ctx, addressKey("sign-in", from.Address), g.now().Add(-g.limits.Window))
	if err != nil {
		return fmt.Errorf("count failed sign-ins: %w", err)
	}
	if tries < g.limits.AddressTries {
		return nil
	}
	g.notify(Event{Kind: SignInRefused, At: g.now(), Address: from.Address, Reason: WhyThrottled})
	return &Throttled{After: g.limits.Window}
}

// verify looks the login up and compares the password, always at the cost of one hash. It returns why not, or "".
func (g *Gate) verify(ctx context.Context, login, password string) (*store.Account, string, error) {
	account, err := g.accounts.AccountByLogin(ctx, login)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, "", fmt.Errorf("find the account: %w", err)
	}
	stored := ""
	if account != nil {
		stored = account.Password
	}
	now := g.now()
	tries, err := g.accounts.Attempts(ctx, loginKey(login), now.Add(-g.limits.Window))
	if err != nil {
		return nil, "", fmt.Errorf("count failed sign-ins: %w", err)
	}
	if len(password) > maxPasswordBytes {
		password = "" // nobody has an empty one
	}
	right, err := g.hasher.matches(stored, password)
	if err != nil {
		return nil, "", fmt.Errorf("compare the password of account %s: %w", account.ID, err)
	}
	switch {
	case tries >= g.limits.AccountTries, account != nil && now.Before(account.Locked):
		return account, WhyLocked, nil
	case account == nil:
		return nil, WhyUnknown, nil
	case !right:
		return account, WhyWrong, nil
	case account.Disabled:
		return account, WhyDisabled, nil
	}
	return account, "", nil
}

// failed counts a failure and makes its refusal. While a login is locked, further failures do not prolong the lock.
func (g *Gate) failed(ctx context.Context, login string, account *store.Account, why string, from Client) error {
	ctx = context.WithoutCancel(ctx) // hanging up must not save the failure from being counted
	now := g.now()
	keys := []string{addressKey("sign-in", from.Address)}
	if why != WhyLocked {
		keys = append(keys, loginKey(login))
	}
	e := Event{Kind: SignInRefused, At: now, Address: from.Address, Reason: why}
	region := ""
	if account != nil {
		e.Account, region = account.ID, account.Region
	}
	for i, key := range keys {
		n, err := g.accounts.CountAttempt(ctx, key, now, now.Add(-g.limits.Window))
		if err != nil {
			return fmt.Errorf("count a failed sign-in: %w", err)
		}
		if err := g.lockedOut(ctx, e, region, i == 0, n); err != nil {
			return err
		}
	}
	if err := g.record(ctx, e, region); err != nil {
		return err
	}
	return refuse(CodeSignIn)
}

// lockedOut records the failure with which an address, or else a login, begins to wait. What is tried while an address waits is
// not recorded: that would let it fill the log.
func (g *Gate) lockedOut(ctx context.Context, e Event, region string, address bool, n int) error {
	e.Kind = LockedOut
	switch {
	case address && n == g.limits.AddressTries:
		e.Reason = WhyThrottled
	case !address && n == g.limits.AccountTries:
		e.Reason = WhyLocked
	default:
		return nil
	}
	return g.record(ctx, e, region)
}

// loginKey and addressKey name counters. A login is digested: people type passwords into that field.
func loginKey(login string) string {
	sum := sha256.Sum256([]byte(login))
	return "login:" + hex.EncodeToString(sum[:16])
}

// addressKey groups an IPv6 client by its /64, which is what one subscriber has.
func addressKey(what, address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return what + ":unknown"
	}
	if a = a.Unmap().WithZone(""); a.Is6() {
		p, _ := a.Prefix(64) // cannot fail for an IPv6 address
		return what + ":" + p.String()
	}
	return what + ":" + a.String()
}

// canonicalLogin makes what people type comparable: no outer spaces, half-width, lower case; a mobile number in any
// spelling is its eleven digits.
func canonicalLogin(login string) string {
	const most = 256
	if len(login) > most {
		login = login[:most] // no login is that long: it will not be found
	}
	if phone, err := ident.ParsePhone(login); err == nil && phone.Kind == ident.PhoneMobile {
		return strings.TrimPrefix(phone.E164, "+86")
	}
	return strings.ToLower(strings.TrimSpace(folded(strings.ToValidUTF8(login, ""))))
}

// shown is the account without its password hash.
func shown(a *store.Account) *store.Account {
	c := *a
	c.Password = ""
	return &c
}

// actorOf is what the core and the rights know of an account. Who belongs to a department that has gone into another one and
// was not taken over has neither department nor role.
func (g *Gate) actorOf(a *store.Account) caseflow.Actor {
	actor := actorOf(a)
	if actor.Department == "" {
		return actor
	}
	succeeds, gone := g.departments(a.Region, a.Department)
	if actor.Succeeds = succeeds; gone {
		actor.Department, actor.Roles, actor.Succeeds = "", nil, nil
	}
	return actor
}

func actorOf(a *store.Account) caseflow.Actor {
	actor := caseflow.Actor{ID: a.ID, Kind: a.Kind, Name: a.Name, Document: documentOf(a)}
	if a.Kind == caseflow.ActorCitizen {
		actor.Verified = !a.Verified.IsZero()
	}
	if a.Kind == caseflow.ActorOfficial {
		actor.Department, actor.Region, actor.Roles = a.Department, a.Region, a.Roles
	}
	return actor
}
