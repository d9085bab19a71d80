package access

import (
	"context"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/seal"
	"github.com/tongban/tongban/internal/store"
)

const (
	ticketAsked  = "provider"
	ticketNew    = "provider-new"
	providerAsks = 200 // from one address within the window
)

// ByProvider stands before the id of the provider in what is recorded of a sign-in or an account.
const ByProvider = "provider:"

// Arrival is what became of an answer of a provider.
type Arrival struct {
	Token   Token          // of the new session; zero if the person is new here, or linked an account in a running session
	Account *store.Account // nil if the person is new here
	New     Token          // the ticket of somebody who is new here, for Newcomer, Join and Link
	Linked  bool           // the identity now means the account of the running session
	Keep    []byte         // what the door gave to StartProvider
}

// Newcomer is somebody whom a provider knows and this site does not yet.
type Newcomer struct {
	Provider string
	Name     string
	Document ident.Document
	Keep     []byte
}

// arrived is a newcomer as the ticket keeps it.
type arrived struct {
	Provider string
	Told     told
	Keep     []byte `json:",omitempty"`
}

// Providers are the providers of sign-ins that are set up.
func (g *Gate) Providers() []Provider { return g.providers.List() }

// StartProvider begins a sign-in at a provider: the address where the browser goes, and the ticket that it must bring back.
// store.ErrNotFound if there is no such provider; CodeProviderAway if it does not answer; *Throttled after too many.
func (g *Gate) StartProvider(ctx context.Context, id string, keep []byte, from Client) (string, Token, error) {
	return g.start(ctx, id, "", keep, from)
}

// StartLink begins to link the account of who holds the token to a person of a provider, for who gives the password again. For
// parties: an official's account is linked by administrators.
func (g *Gate) StartLink(ctx context.Context, t Token, id, password string, from Client) (string, Token, error) {
	s, a, err := g.find(ctx, t)
	if err != nil {
		return "", Token{}, err
	}
	if a.Kind != caseflow.ActorCitizen {
		return "", Token{}, refuse(CodeNotAllowed)
	}
	if err := g.again(ctx, s, a, password, from); err != nil {
		return "", Token{}, err
	}
	return g.start(ctx, id, a.ID, nil, from)
}

func (g *Gate) start(ctx context.Context, id, account string, keep []byte, from Client) (string, Token, error) {
	p := g.providers.byID(id)
	if p == nil || account != "" && p.Realm != RealmParties {
		return "", Token{}, store.ErrNotFound
	}
	now := g.now()
	asks, err := g.accounts.CountAttempt(ctx, addressKey("provider", from.Address), now, now.Add(-g.limits.Window))
	if err != nil {
		return "", Token{}, fmt.Errorf("count sign-ins at providers: %w", err)
	}
	if asks > providerAsks {
		return "", Token{}, &Throttled{After: g.limits.Window}
	}
	m, err := p.discover(ctx)
	if err != nil {
		return "", Token{}, g.refusedProvider(ctx, err, "", from)
	}
	a := quest{Provider: id, Began: now, Keep: keep}
	for _, secret := range []*string{&a.State, &a.Nonce, &a.Verifier} {
		t, err := newToken(g.random)
		if err != nil {
			return "", Token{}, err
		}
		*secret = t.Reveal()
	}
	body, err := json.Marshal(a)
	if err != nil {
		return "", Token{}, fmt.Errorf("begin a sign-in at a provider: %w", err)
	}
	ticket, err := g.issue(ctx, ticketAsked, account, body)
	if err != nil {
		return "", Token{}, err
	}
	return p.address(m, a, from.Most > 0), ticket, nil // at a public terminal the last person may still be signed in there
}

// FinishProvider takes the answer that a browser brought back from a provider, with the ticket that it got when it left and the
// token of the session that it holds. A *Step comes beside an arrival. What is not believed is refused, recorded with its reason
// (one of the Why… of a lie), and changes nothing.
func (g *Gate) FinishProvider(ctx context.Context, ticket, session Token, id string, answer url.Values, from Client) (*Arrival, error) {
	if err := g.throttle(ctx, from); err != nil {
		return nil, err
	}
	t, a, err := g.awaited(ctx, ticket, id, answer)
	if err != nil {
		return nil, g.refusedProvider(ctx, err, "", from)
	}
	p := g.providers.byID(id)
	told, err := p.redeem(ctx, a, answer)
	if err != nil {
		return nil, g.refusedProvider(ctx, err, t.Account, from)
	}
	if t.Account != "" {
		return g.finishLink(ctx, p, told, t.Account, session, from)
	}
	known, err := g.meant(ctx, p, told)
	if errors.Is(err, store.ErrNotFound) {
		return g.newcomer(ctx, p, told, a.Keep, from)
	}
	if err != nil {
		return nil, g.refusedProvider(ctx, err, "", from)
	}
	if known.Disabled || g.now().Before(known.Locked) {
		return nil, g.refusedProvider(ctx, lie(WhyDisabled), known.ID, from)
	}
	arrival := &Arrival{Keep: a.Keep}
	arrival.Token, arrival.Account, err = g.admit(ctx, known, ByProvider+p.ID, from)
	return arrival, err
}

// awaited takes the ticket of a sign-in at a provider, if the answer is for it. A forged answer leaves it where it is.
func (g *Gate) awaited(ctx context.Context, ticket Token, id string, answer url.Values) (*store.Ticket, quest, error) {
	var a quest
	t, err := g.ticket(ctx, ticketAsked, ticket)
	var late *caseflow.Refusal
	if errors.As(err, &late) {
		return nil, a, WhyState
	}
	if err != nil {
		return nil, a, err
	}
	if err := json.Unmarshal(t.Body, &a); err != nil {
		return nil, a, fmt.Errorf("read a sign-in at a provider: %w", err)
	}
	state := answer["state"]
	if len(state) != 1 || subtle.ConstantTimeCompare([]byte(state[0]), []byte(a.State)) != 1 || a.Provider != id || g.providers.byID(id) == nil {
		return nil, a, WhyState
	}
	if err := g.take(ctx, ticket); errors.As(err, &late) {
		return nil, a, WhyState
	} else if err != nil {
		return nil, a, err
	}
	return t, a, nil
}

// meant is the account that a provider's person means; store.ErrNotFound if none is yet.
func (g *Gate) meant(ctx context.Context, p *provider, t *told) (*store.Account, error) {
	i, err := g.accounts.Identity(ctx, p.Issuer, t.Subject)
	if err != nil {
		return nil, err
	}
	a, err := g.accounts.AccountByID(ctx, i.Account)
	if err != nil {
		return nil, fmt.Errorf("find the account of an identity: %w", err)
	}
	if a.Kind != p.kind() { // a provider that was moved to the other realm opens nothing there
		return nil, WhyUnlinked
	}
	return a, nil
}

func (p *provider) kind() string {
	if p.Realm == RealmOfficials {
		return caseflow.ActorOfficial
	}
	return caseflow.ActorCitizen
}

// newcomer keeps what a provider says of somebody whom nobody knows here. A provider never makes an official.
func (g *Gate) newcomer(ctx context.Context, p *provider, t *told, keep []byte, from Client) (*Arrival, error) {
	if p.Realm == RealmOfficials {
		return nil, g.refusedProvider(ctx, WhyUnlinked, "", from)
	}
	if _, err := ident.Check(t.document(), g.now()); err != nil || t.Name == "" {
		return nil, g.refusedProvider(ctx, WhyThin, "", from)
	}
	body, err := json.Marshal(arrived{p.ID, *t, keep})
	if err != nil {
		return nil, fmt.Errorf("keep a newcomer: %w", err)
	}
	ticket, err := g.issue(ctx, ticketNew, "", body)
	return &Arrival{New: ticket, Keep: keep}, err
}

func (t *told) document() ident.Document {
	return ident.Document{Type: ident.DocResidentID, No: t.Document}
}

func (g *Gate) arrived(ctx context.Context, ticket Token) (*provider, *arrived, error) {
	t, err := g.ticket(ctx, ticketNew, ticket)
	if err != nil {
		return nil, nil, err
	}
	if g.seal == nil {
		return nil, nil, errors.New("access: no keys to open who has arrived")
	}
	body, err := g.seal.Open(ticketPlace(t.Hash), string(t.Body))
	if errors.Is(err, seal.ErrKey) { // dropped meanwhile: a ticket is not sealed anew, it does not last so long
		return nil, nil, refuse(CodeLate)
	}
	var n arrived
	if err == nil {
		err = json.Unmarshal(body, &n)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read a newcomer: %w", err)
	}
	p := g.providers.byID(n.Provider)
	if p == nil { // taken out of the file meanwhile
		return nil, nil, refuse(CodeLate)
	}
	return p, &n, nil
}

// Newcomer is who waits with the ticket of an arrival. CodeLate if nobody does.
func (g *Gate) Newcomer(ctx context.Context, ticket Token) (*Newcomer, error) {
	p, n, err := g.arrived(ctx, ticket)
	if err != nil {
		return nil, err
	}
	return &Newcomer{Provider: p.ID, Name: n.Told.Name, Document: n.Told.document(), Keep: n.Keep}, nil
}

// Join makes an account of a region for a newcomer and signs in to it. It has no password. Its document is proved if the provider
// gave the assurance that is asked for. Whoever has an account here already links it instead (Link): neither number nor name nor
// document joins them by itself.
func (g *Gate) Join(ctx context.Context, ticket Token, region string, from Client) (Token, *store.Account, error) {
	p, n, err := g.arrived(ctx, ticket)
	if err != nil {
		return Token{}, nil, err
	}
	a, err := g.joining(p, &n.Told, region)
	if err != nil {
		return Token{}, nil, err
	}
	if err := g.take(ctx, ticket); err != nil {
		return Token{}, nil, err
	}
	e := Event{Kind: AccountAdded, At: a.Added, Account: a.ID, Address: from.Address, Reason: ByProvider + p.ID}
	t, err := g.trace(e, a.Region, append(differences(&store.Account{}, a), identityChange(p, n.Told.Subject, true))...)
	if err != nil {
		return Token{}, nil, err
	}
	i := store.Identity{Issuer: p.Issuer, Subject: n.Told.Subject, Account: a.ID, Added: a.Added}
	err = g.accounts.AddIdentity(ctx, i, a, t)
	if errors.Is(err, store.ErrConflict) && a.Phone != "" { // somebody has that number as login: the account does without
		a.Login = "@" + a.ID
		err = g.accounts.AddIdentity(ctx, i, a, t)
	}
	if errors.Is(err, store.ErrConflict) {
		return Token{}, nil, refuse(CodeProviderTaken)
	}
	if err != nil {
		return Token{}, nil, fmt.Errorf("store an account: %w", err)
	}
	g.notify(e)
	return g.enter(ctx, a, ByProvider+p.ID, from)
}

// joining is the account of a newcomer.
func (g *Gate) joining(p *provider, t *told, region string) (*store.Account, error) {
	n := NewAccount{Login: t.Phone, Kind: caseflow.ActorCitizen, Name: t.Name, Region: region, Document: t.document(), Phone: t.Phone}
	a, wrong := g.account(n)
	silent := slices.ContainsFunc(wrong, func(f caseflow.FieldFault) bool { return f.Field == "phone" })
	wrong = slices.DeleteFunc(wrong, func(f caseflow.FieldFault) bool { return f.Field == "phone" })
	if len(wrong) > 0 {
		return nil, refuse(CodeProviderThin)
	}
	var id [16]byte
	if _, err := io.ReadFull(g.random, id[:]); err != nil {
		return nil, fmt.Errorf("draw an account id: %w", err)
	}
	a.ID = hex.EncodeToString(id[:])
	if silent {
		a.Phone, a.Login = "", "@"+a.ID // no login of anybody who has a password begins so
	}
	if t.Assured {
		a.Verified = a.Added
	}
	return &a, nil
}

// identityChange is what a trace tells of an identity.
func identityChange(p *provider, subject string, added bool) store.FieldChange {
	c := store.FieldChange{Field: FieldIdentity}
	if said := p.ID + ":" + subject; added {
		c.New = said
	} else {
		c.Old = said
	}
	return c
}

// Link gives the account of who holds the token a newcomer's identity, for who gives the password again.
func (g *Gate) Link(ctx context.Context, session, ticket Token, password string, from Client) error {
	s, a, err := g.find(ctx, session)
	if err != nil {
		return err
	}
	p, n, err := g.arrived(ctx, ticket)
	if err != nil {
		return err
	}
	if err := g.again(ctx, s, a, password, from); err != nil {
		return err
	}
	if err := g.fits(p, &n.Told, a); err != nil { // the ticket stays: there may be another account
		return g.refusedProvider(ctx, err, a.ID, from)
	}
	if err := g.take(ctx, ticket); err != nil {
		return err
	}
	if err := g.link(ctx, p, &n.Told, a, from); err != nil {
		return g.refusedProvider(ctx, err, a.ID, from)
	}
	return nil
}

// finishLink ends what StartLink began, in the session of the same account only.
func (g *Gate) finishLink(ctx context.Context, p *provider, t *told, account string, session Token, from Client) (*Arrival, error) {
	_, a, err := g.find(ctx, session)
	if errors.Is(err, ErrNoSession) || err == nil && a.ID != account {
		err = WhyState
	}
	if err == nil {
		err = g.link(ctx, p, t, a, from)
	}
	if err != nil {
		return nil, g.refusedProvider(ctx, err, account, from)
	}
	return &Arrival{Account: shown(a), Linked: true}, nil
}

// fits refuses an account that is no party's, or of another document than the provider tells.
func (g *Gate) fits(p *provider, t *told, a *store.Account) error {
	if a.Kind != caseflow.ActorCitizen || p.Realm != RealmParties {
		return refuse(CodeNotAllowed)
	}
	doc, err := ident.Check(t.document(), g.now())
	if t.Document != "" && (err != nil || string(doc.Type) != a.DocType || !strings.EqualFold(doc.No, a.DocNo)) {
		return WhyOther
	}
	return nil
}

// link stores that a person of a provider means an account. The provider's assurance proves the document.
func (g *Gate) link(ctx context.Context, p *provider, t *told, a *store.Account, from Client) error {
	if err := g.fits(p, t, a); err != nil {
		return err
	}
	e := Event{Kind: IdentityLinked, At: g.now(), Account: a.ID, Address: from.Address, Reason: ByProvider + p.ID}
	trace, err := g.trace(e, a.Region, identityChange(p, t.Subject, true))
	if err != nil {
		return err
	}
	err = g.accounts.AddIdentity(ctx, store.Identity{Issuer: p.Issuer, Subject: t.Subject, Account: a.ID, Added: g.now()}, nil, trace)
	if errors.Is(err, store.ErrConflict) {
		return refuse(CodeProviderTaken)
	}
	if err != nil {
		return fmt.Errorf("store an identity: %w", err)
	}
	g.notify(e)
	if !t.Assured || t.Document == "" || !a.Verified.IsZero() {
		return nil
	}
	e = Event{Kind: AccountChanged, At: g.now(), Account: a.ID, Reason: "verified"}
	_, err = g.update(ctx, e, func(a *store.Account) error { a.Verified = g.now(); return nil })
	return err
}

// refusedProvider records an answer that is refused, and says so without telling why to somebody who may have forged it. Errors that
// are no lies come back as they are.
func (g *Gate) refusedProvider(ctx context.Context, err error, account string, from Client) error {
	var why lie
	var refused *caseflow.Refusal
	switch {
	case errors.As(err, &why):
	case errors.As(err, &refused) && refused.Code == CodeProviderTaken:
		why = WhyOther
	default:
		return err
	}
	ctx = context.WithoutCancel(ctx)
	now := g.now()
	e := Event{Kind: SignInRefused, At: now, Account: account, Address: from.Address, Reason: string(why)}
	region := ""
	if account != "" {
		a, err := g.accounts.AccountByID(ctx, account)
		if err != nil {
			return fmt.Errorf("find the account: %w", err)
		}
		region = a.Region
	}
	if why != WhyAway && why != WhyMetadata && why != WhyDenied { // these nobody can bring about who is not the provider
		if _, err := g.accounts.CountAttempt(ctx, addressKey("sign-in", from.Address), now, now.Add(-g.limits.Window)); err != nil {
			return fmt.Errorf("count a failed sign-in: %w", err)
		}
	}
	if err := g.record(ctx, e, region); err != nil {
		return err
	}
	if refused != nil {
		return refused
	}
	if code, ok := answers[why]; ok {
		return refuse(code)
	}
	return refuse(CodeProvider)
}

// answers are what people are told, where they can do something about it.
var answers = map[lie]string{
	WhyState: CodeLate, WhyAway: CodeProviderAway, WhyMetadata: CodeProviderAway, WhyDenied: CodeProviderNo, WhyWeak: CodeProviderWeak,
	WhyThin: CodeProviderThin, WhyUnlinked: CodeProviderUnset, WhyOther: CodeProviderOther, lie(WhyDisabled): CodeSignIn,
}

// Leave is where a browser ends the session at the provider too, after it was ended here (OpenID Connect RP-Initiated Logout); ""
// if the provider offers none. It comes back to the first page, whose address the provider must know.
func (g *Gate) Leave(ctx context.Context, id string) string {
	p := g.providers.byID(id)
	if p == nil {
		return ""
	}
	m, err := p.discover(ctx)
	if err != nil || m.EndSession == "" {
		return ""
	}
	u, err := endpoint(m.EndSession, p.Issuer)
	if err != nil {
		return ""
	}
	q := u.Query()
	q.Set("client_id", p.Client)
	q.Set("post_logout_redirect_uri", strings.TrimSuffix(p.back, "signin/"+p.ID+"/callback"))
	u.RawQuery = q.Encode()
	return u.String()
}
