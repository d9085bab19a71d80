package access

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// The bounds of what is believed and read of a provider.
const (
	mostProvider = 256 << 10        // bytes of an answer
	knownFor     = time.Hour        // how long its discovery document and keys are believed
	failedFor    = 10 * time.Second // it is not asked again for them so soon after it failed
	keysEvery    = 30 * time.Second // it is not asked for new keys more often, however many unknown ones it signs with
	skew         = time.Minute      // by how much its clock and ours may differ
	subjectMost  = 255              // bytes, by OpenID Connect Core 2
	claimMost    = 200              // bytes of another claim
)

// Providers are the providers of sign-ins that a site trusts. Its methods may be called from many goroutines.
type Providers struct {
	list []*provider
}

// NewProviders makes them. base is the address of this site, https://host: browsers come back to base/signin/ID/callback.
// client is how they are reached; it bounds time and place, redirects are never followed and long answers never read.
func NewProviders(list []Provider, base string, client *http.Client, now func() time.Time) *Providers {
	all := &Providers{}
	own := *client
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	own.Transport = bounded{client.Transport}
	for _, p := range list {
		all.list = append(all.list, &provider{Provider: p, back: strings.TrimSuffix(base, "/") + "/signin/" + p.ID + "/callback", client: &own, now: now})
	}
	return all
}

// List are the providers in the order of the file.
func (ps *Providers) List() []Provider {
	if ps == nil {
		return nil
	}
	list := make([]Provider, len(ps.list))
	for i, p := range ps.list {
		list[i] = p.Provider
	}
	return list
}

func (ps *Providers) find(match func(*provider) bool) *provider {
	if ps == nil {
		return nil
	}
	if i := slices.IndexFunc(ps.list, match); i >= 0 {
		return ps.list[i]
	}
	return nil
}

func (ps *Providers) byID(id string) *provider {
	return ps.find(func(p *provider) bool { return p.ID == id })
}

// lie is an answer of a provider that is not believed, or that says no; its value is the reason that is recorded.
type lie string

func (l lie) Error() string { return "the provider's answer is refused: " + string(l) }

// Why an answer of a provider was refused. Values are stored: only ever add.
const (
	WhyState     lie = "provider-state"     // no sign-in of this browser waits for it, or it was answered before
	WhyAway      lie = "provider-away"      // not reached, or what it sent could not be read
	WhyMetadata  lie = "provider-metadata"  // its discovery document is of another issuer, or names addresses that are none
	WhyMixUp     lie = "provider-mix-up"    // the answer names another issuer (RFC 9207)
	WhyDenied    lie = "provider-denied"    // it or the person said no
	WhyCode      lie = "provider-code"      // it gave no token for the code: used before, or of another client
	WhySignature lie = "provider-signature" // not signed, by an algorithm that is not allowed, or with a key that is not its own
	WhyIssuer    lie = "provider-issuer"
	WhyAudience  lie = "provider-audience" // the token is for another client
	WhyExpired   lie = "provider-expired"
	WhyFuture    lie = "provider-future" // issued later than now
	WhyNonce     lie = "provider-nonce"  // of another sign-in
	WhyAtHash    lie = "provider-at-hash"
	WhySubject   lie = "provider-subject" // none, or userinfo tells of somebody else
	WhyWeak      lie = "provider-weak"    // not with the assurance that is asked for
	WhyThin      lie = "provider-thin"    // no name, or no number of a document
	WhyUnlinked  lie = "provider-unlinked"
	WhyOther     lie = "provider-other" // the account is somebody else's
)

// provider is one that is talked to.
type provider struct {
	Provider
	back   string // where browsers come back to
	client *http.Client
	now    func() time.Time

	asking sync.Mutex // one at a time asks for the document
	known  *metadata
	until  time.Time // when known, or the failure, is forgotten
	failed error
}

// metadata is what is used of a discovery document.
type metadata struct {
	Issuer        string   `json:"issuer"`
	Authorization string   `json:"authorization_endpoint"`
	Token         string   `json:"token_endpoint"`
	Keys          string   `json:"jwks_uri"`
	UserInfo      string   `json:"userinfo_endpoint"`
	EndSession    string   `json:"end_session_endpoint"`
	NamesIssuer   bool     `json:"authorization_response_iss_parameter_supported"`
	Methods       []string `json:"token_endpoint_auth_methods_supported"`

	keys *keys
}

// bounded reads no more than mostProvider of an answer.
type bounded struct{ next http.RoundTripper }

// RoundTrip sends one request.
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	next := b.next
	if next == nil {
		next = http.DefaultTransport
	}
	answer, err := next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	answer.Body = &short{ReadCloser: answer.Body, left: mostProvider}
	return answer, nil
}

// short is a body that fails where it is too long.
type short struct {
	io.ReadCloser
	left int
}

func (s *short) Read(b []byte) (int, error) {
	if s.left <= 0 {
		return 0, errors.New("the answer is too long")
	}
	n, err := s.ReadCloser.Read(b[:min(len(b), s.left)])
	s.left -= n
	return n, err
}

// json asks for a document of JSON.
func (p *provider) json(ctx context.Context, address, bearer string, into any) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return WhyAway
	}
	r.Header.Set("Accept", "application/json")
	if bearer != "" {
		r.Header.Set("Authorization", "Bearer "+bearer)
	}
	answer, err := p.client.Do(r)
	if err != nil {
		return fmt.Errorf("%w: %w", WhyAway, err)
	}
	defer answer.Body.Close() //nolint:errcheck // read only
	kind, _, _ := mime.ParseMediaType(answer.Header.Get("Content-Type"))
	if answer.StatusCode != http.StatusOK || kind != "application/json" && !strings.HasSuffix(kind, "+json") {
		return fmt.Errorf("%w: status %d, %.40q", WhyAway, answer.StatusCode, kind)
	}
	data, err := io.ReadAll(answer.Body)
	if err == nil {
		err = json.Unmarshal(data, into)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", WhyAway, err)
	}
	return nil
}

// discover is what the provider says of itself. It is asked once an hour, and not at once again when it failed.
func (p *provider) discover(ctx context.Context) (*metadata, error) {
	p.asking.Lock()
	defer p.asking.Unlock()
	if p.now().Before(p.until) {
		return p.known, p.failed
	}
	m := &metadata{}
	err := p.json(ctx, strings.TrimSuffix(p.Issuer, "/")+"/.well-known/openid-configuration", "", m)
	if ctx.Err() != nil { // who asked has gone away: that says nothing of the provider
		return nil, WhyAway
	}
	if err == nil {
		err = m.check(p.Issuer)
	}
	if err != nil {
		p.known, p.failed, p.until = nil, err, p.now().Add(failedFor)
		return nil, err
	}
	m.keys = &keys{provider: p, address: m.Keys}
	p.known, p.failed, p.until = m, nil, p.now().Add(knownFor)
	return m, nil
}

// check finds a document of somebody else, and addresses that a browser or this server must not be sent to.
func (m *metadata) check(issuer string) error {
	if m.Issuer != issuer {
		return fmt.Errorf("%w: it is of the issuer %.100q", WhyMetadata, m.Issuer)
	}
	for _, a := range []struct {
		name, address string
		needed        bool
	}{
		{"authorization_endpoint", m.Authorization, true}, {"token_endpoint", m.Token, true}, {"jwks_uri", m.Keys, true},
		{"userinfo_endpoint", m.UserInfo, false}, {"end_session_endpoint", m.EndSession, false},
	} {
		if a.address == "" && !a.needed {
			continue
		}
		if _, err := endpoint(a.address, issuer); err != nil {
			return fmt.Errorf("%w: %s %w", WhyMetadata, a.name, err)
		}
	}
	return nil
}

// keys are the provider's, asked for when one is met that is not known, but not more often than keysEvery.
type keys struct {
	provider *provider
	address  string

	asking sync.Mutex
	set    oidc.KeySet
	asked  time.Time
}

// VerifySignature is the payload of a token that one of the keys has signed.
func (k *keys) VerifySignature(ctx context.Context, token string) ([]byte, error) {
	k.asking.Lock()
	defer k.asking.Unlock()
	payload, err := k.set.VerifySignature(ctx, token) // believe has seen to it that there is one
	if err == nil || k.provider.now().Sub(k.asked) < keysEvery {
		return payload, err
	}
	if err := k.fetch(ctx); err != nil {
		return nil, err
	}
	return k.set.VerifySignature(ctx, token)
}

// ready fetches the keys if there are none yet.
func (k *keys) ready(ctx context.Context) error {
	k.asking.Lock()
	defer k.asking.Unlock()
	if k.set != nil {
		return nil
	}
	return k.fetch(ctx)
}

func (k *keys) fetch(ctx context.Context) error {
	var body json.RawMessage
	k.asked = k.provider.now()
	if err := k.provider.json(ctx, k.address, "", &body); err != nil {
		return err
	}
	// The library parses keys only as it fetches them: it is handed what was fetched, and never asks anybody itself.
	k.set = oidc.NewRemoteKeySet(oidc.ClientContext(context.WithoutCancel(ctx), &http.Client{Transport: still(body)}), k.address)
	return nil
}

// still answers every request with the same document.
type still []byte

// RoundTrip answers without asking anybody.
func (s still) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Status: "200 OK", Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(string(s))), Request: r}, nil
}

// config is the library's side of a sign-in.
func (p *provider) config(m *metadata) *oauth2.Config {
	style := oauth2.AuthStyleInHeader
	if p.Secret == "" || len(m.Methods) > 0 && !slices.Contains(m.Methods, "client_secret_basic") {
		style = oauth2.AuthStyleInParams
	}
	return &oauth2.Config{ClientID: p.Client, ClientSecret: string(p.Secret), RedirectURL: p.back,
		Scopes:   append([]string{oidc.ScopeOpenID}, p.Scopes...),
		Endpoint: oauth2.Endpoint{AuthURL: m.Authorization, TokenURL: m.Token, AuthStyle: style}}
}

// quest is a sign-in at a provider that is waited for.
type quest struct {
	Provider string
	State    string
	Nonce    string
	Verifier string
	Began    time.Time
	Keep     []byte `json:",omitempty"` // what the door wants back
}

// address is where the browser is sent to. again: the provider must not let in who is signed in there already.
func (p *provider) address(m *metadata, a quest, again bool) string {
	options := []oauth2.AuthCodeOption{oidc.Nonce(a.Nonce), oauth2.S256ChallengeOption(a.Verifier)}
	if again {
		options = append(options, oauth2.SetAuthURLParam("prompt", "login"))
	}
	if len(p.Assured) > 0 && p.Claims.Assurance == "acr" {
		options = append(options, oauth2.SetAuthURLParam("acr_values", strings.Join(p.Assured, " ")))
	}
	return p.config(m).AuthCodeURL(a.State, options...)
}

// told is what a provider says of a person, as far as it is believed.
type told struct {
	Subject  string
	Name     string
	Document string
	Phone    string
	Assured  bool
}

// redeem checks the answer that a browser brought, and gives the code for what the provider says of the person.
func (p *provider) redeem(ctx context.Context, a quest, answer url.Values) (*told, error) {
	m, err := p.discover(ctx)
	if err != nil {
		return nil, err
	}
	if iss := answer["iss"]; len(iss) > 1 || len(iss) == 1 && iss[0] != p.Issuer || len(iss) == 0 && m.NamesIssuer {
		return nil, WhyMixUp
	}
	if answer.Get("error") != "" {
		return nil, WhyDenied
	}
	code := answer.Get("code")
	if code == "" {
		return nil, WhyCode
	}
	token, err := p.config(m).Exchange(oidc.ClientContext(ctx, p.client), code, oauth2.VerifierOption(a.Verifier))
	var refused *oauth2.RetrieveError
	switch {
	case errors.As(err, &refused) && refused.Response.StatusCode/100 == 4:
		return nil, WhyCode
	case err != nil:
		return nil, fmt.Errorf("%w: the token endpoint failed", WhyAway) // the error may quote the answer
	}
	raw, _ := token.Extra("id_token").(string)
	claims, err := p.believe(ctx, m, a, raw, token.AccessToken)
	if err != nil {
		return nil, err
	}
	return p.person(ctx, m, claims, token.AccessToken)
}

// believe checks an ID token (OpenID Connect Core 3.1.3.7) and returns its claims.
func (p *provider) believe(ctx context.Context, m *metadata, a quest, raw, access string) (map[string]any, error) {
	if err := m.keys.ready(ctx); err != nil {
		return nil, err
	}
	// The library checks algorithm and signature; what follows is checked here, each with its own reason.
	verifier := oidc.NewVerifier(p.Issuer, m.keys, &oidc.Config{SupportedSigningAlgs: p.Algorithms, SkipClientIDCheck: true, SkipExpiryCheck: true, SkipIssuerCheck: true})
	token, err := verifier.Verify(ctx, raw)
	if err != nil {
		return nil, WhySignature
	}
	var claims map[string]any
	var times struct {
		NotBefore float64 `json:"nbf"`
		Party     string  `json:"azp"`
	}
	if err := errors.Join(token.Claims(&claims), token.Claims(&times)); err != nil {
		return nil, WhySignature
	}
	now := p.now()
	switch {
	case token.Issuer != p.Issuer:
		return nil, WhyIssuer
	case !slices.Contains(token.Audience, p.Client), len(token.Audience) > 1 && times.Party == "", times.Party != "" && times.Party != p.Client:
		return nil, WhyAudience
	case !token.Expiry.After(now.Add(-skew)), token.IssuedAt.Before(a.Began.Add(-skew)): // nobody can have asked for it before it was asked for
		return nil, WhyExpired
	case token.IssuedAt.After(now.Add(skew)), times.NotBefore > float64(now.Add(skew).Unix()):
		return nil, WhyFuture
	case subtle.ConstantTimeCompare([]byte(token.Nonce), []byte(a.Nonce)) != 1:
		return nil, WhyNonce
	case token.AccessTokenHash != "" && token.VerifyAccessToken(access) != nil:
		return nil, WhyAtHash
	case token.Subject == "":
		return nil, WhySubject
	}
	return claims, nil
}

// person reads the claims, and asks for those that the token lacks. Whom they mean stands in the token alone.
func (p *provider) person(ctx context.Context, m *metadata, claims map[string]any, access string) (*told, error) {
	subject := claim(claims, p.Claims.Subject)
	if subject == "" || len(subject) > subjectMost {
		return nil, WhySubject
	}
	lacks := func(name string) bool { return name != "" && claim(claims, name) == "" }
	if m.UserInfo != "" && p.Realm == RealmParties && (lacks(p.Claims.Name) || lacks(p.Claims.Document)) {
		var more map[string]any
		if err := p.json(ctx, m.UserInfo, access, &more); err != nil {
			return nil, err
		}
		if claim(more, "sub") != claim(claims, "sub") {
			return nil, WhySubject
		}
		for name, value := range more {
			if _, signed := claims[name]; !signed {
				claims[name] = value
			}
		}
	}
	t := &told{Subject: subject, Name: short200(claim(claims, p.Claims.Name)), Document: short200(claim(claims, p.Claims.Document)), Phone: short200(claim(claims, p.Claims.Phone))}
	if verified, said := claims["phone_number_verified"].(bool); said && !verified {
		t.Phone = ""
	}
	t.Assured = len(p.Assured) > 0
	if t.Assured && !slices.Contains(p.Assured, claim(claims, p.Claims.Assurance)) {
		return nil, WhyWeak
	}
	return t, nil
}

// claim is a claim that is a text; "" if it is none.
func claim(claims map[string]any, name string) string {
	s, _ := claims[name].(string)
	return s
}

// short200 is a claim that is not absurdly long.
func short200(s string) string {
	if len(s) > claimMost {
		return ""
	}
	return s
}
