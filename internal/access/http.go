package access

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
)

// DoorOptions say how the gate is reached.
type DoorOptions struct {
	// Secure: browsers reach the server by TLS, here or at a proxy in front. The cookie is then Secure and bound to the
	// host. A request that comes by TLS itself is treated so anyway.
	Secure bool
	// Proxies may say in X-Forwarded-For whom they speak for. From others the header is ignored.
	Proxies []netip.Prefix
	// Terminals are networks of public terminals: whoever signs in there is forgotten after TerminalMost.
	Terminals []netip.Prefix
	// Origins besides the own one that may send forms, as scheme://host[:port].
	Origins []string
	// Free are path prefixes that stay open to an account whose first password is not yet changed, or which lacks a second
	// factor that it must have: the page to mend that, sign-out, static files.
	Free []string
	// Deny writes the answer to a request that Middleware turns away. Default: the sentence in both languages as text.
	Deny func(w http.ResponseWriter, r *http.Request, status int, why *caseflow.Refusal)
}

// TerminalMost is how long a session at a public terminal lasts at most, whatever the page does to end it before.
const TerminalMost = time.Hour

// Door is a gate for HTTP: cookies, bearer tokens, cross-site protection.
type Door struct {
	gate  *Gate
	o     DoorOptions
	cross *http.CrossOriginProtection
}

// NewDoor makes a door. It fails if an origin cannot be read.
func NewDoor(gate *Gate, o DoorOptions) (*Door, error) {
	d := &Door{gate: gate, o: o, cross: http.NewCrossOriginProtection()}
	if d.o.Deny == nil {
		d.o.Deny = denyText
	}
	for _, origin := range o.Origins {
		if err := d.cross.AddTrustedOrigin(origin); err != nil {
			return nil, fmt.Errorf("origin of forms: %w (write it as https://host)", err)
		}
	}
	return d, nil
}

func denyText(w http.ResponseWriter, _ *http.Request, status int, why *caseflow.Refusal) {
	text := words[why.Code]
	http.Error(w, text.ZH+"\n"+text.EN, status)
}

// visitor is who sent a request.
type visitor struct {
	actor   caseflow.Actor
	account *store.Account
	token   Token
	left    time.Duration
}

type visitorKey struct{}

// Middleware finds out who sends a request, for FromRequest. It turns away what another site makes a browser send
// (403), and everything but the free paths while a first password is not changed (403). If the store does not answer,
// nobody gets in (503). A token that is no good leaves the visitor anonymous.
func (d *Door) Middleware(next http.Handler) http.Handler {
	metered := d.meter(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := d.cross.Check(r); err != nil {
			d.gate.notify(Event{Kind: CrossSite, At: d.gate.now(), Address: d.Client(r).Address})
			d.o.Deny(w, r, http.StatusForbidden, refuse(CodeCrossSite))
			return
		}
		token := d.token(r)
		session, account, err := d.gate.use(r.Context(), token)
		switch {
		case errors.Is(err, ErrNoSession):
			metered.ServeHTTP(w, r)
			return
		case err != nil:
			w.Header().Set("Retry-After", "5")
			d.o.Deny(w, r, http.StatusServiceUnavailable, refuse(CodeNoAnswer))
			return
		}
		w.Header().Set("Cache-Control", "no-store") // what a person sees stays out of shared caches
		if account.MustChange && !d.free(r.URL.Path) {
			d.o.Deny(w, r, http.StatusForbidden, refuse(CodeMustChange))
			return
		}
		if d.gate.mustFactor(session, account) && !d.free(r.URL.Path) {
			d.o.Deny(w, r, http.StatusForbidden, refuse(CodeMustFactor))
			return
		}
		session.Seen = d.gate.now() // also where the store is told only once a minute: the session lasts that much less at most
		v := &visitor{actor: d.gate.actorOf(account), account: shown(account), token: token, left: max(0, d.gate.left(session, account)-touchEvery)}
		d.watched(w, r.WithContext(context.WithValue(r.Context(), visitorKey{}, v)), metered, v.actor, account.Region)
	})
}

func (d *Door) free(path string) bool {
	for _, prefix := range d.o.Free {
		if path == prefix || strings.HasPrefix(path, strings.TrimSuffix(prefix, "/")+"/") {
			return true
		}
	}
	return false
}

// FromRequest returns who sent a request that came through Middleware; false for somebody who is not signed in. A
// handler calls it and passes the actor on as an argument: below the handler nothing reads it from a context.
func FromRequest(r *http.Request) (caseflow.Actor, *store.Account, bool) {
	v, ok := r.Context().Value(visitorKey{}).(*visitor)
	if !ok {
		return caseflow.Actor{}, nil, false
	}
	return v.actor, v.account, true
}

// TokenFromRequest returns the token of who sent a request that came through Middleware, for Gate's methods on own
// sessions; the zero Token for somebody who is not signed in.
func TokenFromRequest(r *http.Request) Token {
	v, ok := r.Context().Value(visitorKey{}).(*visitor)
	if !ok {
		return Token{}
	}
	return v.token
}

// LeftFromRequest is how long the session of a request that came through Middleware surely lasts if it is not used again; 0 for
// somebody who is not signed in.
func LeftFromRequest(r *http.Request) time.Duration {
	v, ok := r.Context().Value(visitorKey{}).(*visitor)
	if !ok {
		return 0
	}
	return v.left
}

// token reads the bearer token, or else the cookie. A bearer token that is no good does not fall back to the cookie.
func (d *Door) token(r *http.Request) Token {
	scheme, text, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return d.kept(r, sessionCookie)
	}
	token, err := ParseToken(text)
	if err != nil {
		return Token{}
	}
	return token
}

// kept is the token in a cookie; the zero Token if there is none.
func (d *Door) kept(r *http.Request, name string) Token {
	cookie, err := r.Cookie(d.cookieName(r, name))
	if err != nil {
		return Token{}
	}
	token, err := ParseToken(cookie.Value)
	if err != nil {
		return Token{}
	}
	return token
}

// The cookies: a session, a sign-in that waits for its second step, a passkey that is waited for.
const (
	sessionCookie = "tongban"
	stepCookie    = "tongban-step"
	passkeyCookie = "tongban-key"
	askedCookie   = "tongban-asked" // a sign-in at a provider that is waited for
	newCookie     = "tongban-new"   // somebody whom a provider knows and this site does not
	viaCookie     = "tongban-via"   // the provider that the browser was at last; no secret
)

func (d *Door) secure(r *http.Request) bool { return d.o.Secure || r.TLS != nil }

// cookieName uses the prefix that makes browsers refuse the cookie from a subdomain or without TLS (RFC 6265bis).
func (d *Door) cookieName(r *http.Request, name string) string {
	if d.secure(r) {
		return "__Host-" + name
	}
	return name
}

func (d *Door) setCookie(w http.ResponseWriter, r *http.Request, value string, maxAge int) {
	d.keep(w, r, sessionCookie, value, maxAge)
}

func (d *Door) keep(w http.ResponseWriter, r *http.Request, name, value string, maxAge int) {
	// #nosec G124 -- Secure is off only on plain HTTP, where browsers would drop the cookie: loopback
	http.SetCookie(w, &http.Cookie{
		Name: d.cookieName(r, name), Value: value, Path: "/", MaxAge: maxAge,
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: d.secure(r),
	})
}

// Client is where a request comes from: the peer, or whom a trusted proxy names.
func (d *Door) Client(r *http.Request) Client {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	named := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(named) - 1; i >= 0 && d.trusted(host); i-- { // the last entry was written by the nearest proxy
		a, err := netip.ParseAddr(strings.TrimSpace(named[i]))
		if err != nil {
			break
		}
		host = a.Unmap().String()
	}
	c := Client{Address: host, Agent: r.UserAgent()}
	if within(d.o.Terminals, host) {
		c.Most = TerminalMost
	}
	return c
}

// AtTerminal reports whether a request comes from a public terminal.
func (d *Door) AtTerminal(r *http.Request) bool { return within(d.o.Terminals, d.Client(r).Address) }

func (d *Door) trusted(host string) bool { return within(d.o.Proxies, host) }

func within(networks []netip.Prefix, host string) bool {
	a, err := netip.ParseAddr(host)
	if err != nil {
		return false
	}
	for _, p := range networks {
		if p.Contains(a.Unmap()) {
			return true
		}
	}
	return false
}

// SignIn is Gate.SignIn that sets the cookie and ends the session that the browser held before. If a second factor is due the
// error is a *Step, whose ticket then is in a cookie, for PassFactor.
func (d *Door) SignIn(w http.ResponseWriter, r *http.Request, login, password string) (*store.Account, error) {
	account, _, err := d.SignInFor(w, r, login, password)
	return account, err
}

// waits puts the ticket of a second factor that is due into a cookie, and hands the error on.
func (d *Door) waits(w http.ResponseWriter, r *http.Request, err error) error {
	var step *Step
	if errors.As(err, &step) {
		d.keep(w, r, stepCookie, step.Ticket.Reveal(), int(ticketFor.Seconds()))
	}
	return err
}

// hold puts a new session into the browser in place of the one that it held before, which ends.
func (d *Door) hold(w http.ResponseWriter, r *http.Request, token Token) error {
	if err := d.gate.SignOut(r.Context(), d.token(r)); err != nil {
		return err
	}
	d.setCookie(w, r, token.Reveal(), 0) // until the browser closes; the store knows when the session ends
	return nil
}

// PassFactor is Gate.PassFactor with the ticket that SignIn put into a cookie.
func (d *Door) PassFactor(w http.ResponseWriter, r *http.Request, code string) (*store.Account, error) {
	token, account, err := d.gate.PassFactor(r.Context(), d.kept(r, stepCookie), code, d.Client(r))
	if err != nil {
		return nil, err
	}
	d.keep(w, r, stepCookie, "", -1)
	return account, d.hold(w, r, token)
}

// Origin is where the browser sees this site.
func (d *Door) Origin(r *http.Request) Origin {
	if d.secure(r) {
		return Origin{"https", r.Host}
	}
	return Origin{"http", r.Host}
}

// AskPasskey is Gate.AskPasskey that keeps the ticket in a cookie, for SignInPasskey.
func (d *Door) AskPasskey(w http.ResponseWriter, r *http.Request) (json.RawMessage, error) {
	options, ticket, err := d.gate.AskPasskey(r.Context(), d.Origin(r), d.Client(r))
	if err != nil {
		return nil, err
	}
	d.keep(w, r, passkeyCookie, ticket.Reveal(), int(ticketFor.Seconds()))
	return options, nil
}

// SignInPasskey is Gate.SignInPasskey that sets the cookie and ends the session that the browser held before.
func (d *Door) SignInPasskey(w http.ResponseWriter, r *http.Request, answer []byte) (*store.Account, error) {
	token, account, err := d.gate.SignInPasskey(r.Context(), d.kept(r, passkeyCookie), answer, d.Origin(r), d.Client(r))
	if err != nil {
		return nil, err
	}
	d.keep(w, r, passkeyCookie, "", -1)
	return account, d.hold(w, r, token)
}

// StartPasskey is Gate.StartPasskey that keeps the ticket in a cookie, for AddPasskey.
func (d *Door) StartPasskey(w http.ResponseWriter, r *http.Request, password string) (json.RawMessage, error) {
	options, ticket, err := d.gate.StartPasskey(r.Context(), d.token(r), password, d.Origin(r), d.Client(r))
	if err != nil {
		return nil, err
	}
	d.keep(w, r, passkeyCookie, ticket.Reveal(), int(ticketFor.Seconds()))
	return options, nil
}

// AddPasskey is Gate.AddPasskey that sets the cookie of the new session.
func (d *Door) AddPasskey(w http.ResponseWriter, r *http.Request, name string, answer []byte) ([]string, error) {
	token, codes, err := d.gate.AddPasskey(r.Context(), d.token(r), d.kept(r, passkeyCookie), name, answer, d.Origin(r), d.Client(r))
	if err != nil {
		return nil, err
	}
	d.keep(w, r, passkeyCookie, "", -1)
	d.setCookie(w, r, token.Reveal(), 0)
	return codes, nil
}

// ConfirmTOTP is Gate.ConfirmTOTP that sets the cookie of the new session.
func (d *Door) ConfirmTOTP(w http.ResponseWriter, r *http.Request, code string) ([]string, error) {
	token, codes, err := d.gate.ConfirmTOTP(r.Context(), d.token(r), code, d.Client(r))
	if err != nil {
		return nil, err
	}
	d.setCookie(w, r, token.Reveal(), 0)
	return codes, nil
}

// RemoveFactor is Gate.RemoveFactor that sets the cookie of the new session.
func (d *Door) RemoveFactor(w http.ResponseWriter, r *http.Request, id, password string) error {
	token, err := d.gate.RemoveFactor(r.Context(), d.token(r), id, password, d.Client(r))
	if err != nil {
		return err
	}
	d.setCookie(w, r, token.Reveal(), 0)
	return nil
}

// SignOut ends the session and removes the cookie.
func (d *Door) SignOut(w http.ResponseWriter, r *http.Request) error {
	d.setCookie(w, r, "", -1)
	return d.gate.SignOut(r.Context(), d.token(r))
}

// ChangePassword is Gate.ChangePassword that sets the cookie of the new session.
func (d *Door) ChangePassword(w http.ResponseWriter, r *http.Request, old, fresh string) error {
	token, err := d.gate.ChangePassword(r.Context(), d.token(r), old, fresh, d.Client(r))
	if err != nil {
		return err
	}
	d.setCookie(w, r, token.Reveal(), 0)
	return nil
}

// Status turns an error of this package into an HTTP status, the refusal to show, and the time for Retry-After (zero:
// none). Failures, which are not shown, give 500 and nil.
func Status(err error) (status int, show *caseflow.Refusal, retry time.Duration) {
	var throttled *Throttled
	var refusal *caseflow.Refusal
	var step *Step
	switch {
	case errors.As(err, &throttled):
		return http.StatusTooManyRequests, refuse(CodeThrottled), throttled.After
	case errors.Is(err, ErrBusy), errors.Is(err, store.ErrBusy), errors.Is(err, store.ErrAway):
		return http.StatusServiceUnavailable, refuse(CodeBusy), 5 * time.Second
	case errors.Is(err, ErrNoSession):
		return http.StatusUnauthorized, refuse(CodeNoSession), 0
	case errors.As(err, &step):
		return http.StatusUnauthorized, refuse(CodeStep), 0
	case errors.As(err, &refusal):
		switch refusal.Code {
		case CodeOften:
			return http.StatusTooManyRequests, refusal, 0
		case CodeProviderAway:
			return http.StatusBadGateway, refusal, 0
		case CodeSignIn, CodeFactor, CodeLate, CodePasskey, CodePasskeyHost, CodeProvider, CodeProviderNo, CodeProviderWeak, CodeProviderUnset:
			return http.StatusUnauthorized, refusal, 0
		case CodeNotAllowed, CodeMustChange, CodeMustFactor, CodeCrossSite:
			return http.StatusForbidden, refusal, 0
		case CodeMoved:
			return http.StatusConflict, refusal, 0
		}
		if refusal.Code == CodeSessions {
			return http.StatusConflict, refusal, 0
		}
		return http.StatusUnprocessableEntity, refusal, 0
	}
	return http.StatusInternalServerError, nil, 0
}
