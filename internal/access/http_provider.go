package access

import (
	"net/http"
	"net/url"

	"github.com/tongban/tongban/internal/store"
)

// StartProvider is Gate.StartProvider that keeps the ticket in a cookie. It returns the address at the provider.
func (d *Door) StartProvider(w http.ResponseWriter, r *http.Request, id string, keep []byte) (string, error) {
	address, ticket, err := d.gate.StartProvider(r.Context(), id, keep, d.Client(r))
	if err == nil {
		d.keep(w, r, askedCookie, ticket.Reveal(), int(ticketFor.Seconds()))
	}
	return address, err
}

// StartLink is Gate.StartLink that keeps the ticket in a cookie.
func (d *Door) StartLink(w http.ResponseWriter, r *http.Request, id, password string) (string, error) {
	address, ticket, err := d.gate.StartLink(r.Context(), d.token(r), id, password, d.Client(r))
	if err == nil {
		d.keep(w, r, askedCookie, ticket.Reveal(), int(ticketFor.Seconds()))
	}
	return address, err
}

// FinishProvider is Gate.FinishProvider with what the cookies hold. A new session takes the place of the one that the browser
// held; the ticket of a newcomer, or of a second factor that is due, is then in a cookie.
func (d *Door) FinishProvider(w http.ResponseWriter, r *http.Request, id string, answer url.Values) (*Arrival, error) {
	a, err := d.gate.FinishProvider(r.Context(), d.kept(r, askedCookie), d.token(r), id, answer, d.Client(r))
	if a == nil {
		return nil, err
	}
	d.keep(w, r, askedCookie, "", -1)
	d.keep(w, r, viaCookie, id, 0) // the browser is signed in there: signing out leads there
	if err = d.waits(w, r, err); err != nil || a.Linked {
		return a, err
	}
	if !a.New.IsZero() {
		d.keep(w, r, newCookie, a.New.Reveal(), int(ticketFor.Seconds()))
		return a, nil
	}
	return a, d.hold(w, r, a.Token)
}

// Newcomer is Gate.Newcomer with the ticket of the cookie.
func (d *Door) Newcomer(r *http.Request) (*Newcomer, error) {
	return d.gate.Newcomer(r.Context(), d.kept(r, newCookie))
}

// Join is Gate.Join that sets the cookie of the session.
func (d *Door) Join(w http.ResponseWriter, r *http.Request, region string) (*store.Account, error) {
	token, account, err := d.gate.Join(r.Context(), d.kept(r, newCookie), region, d.Client(r))
	if err != nil {
		return nil, err
	}
	d.keep(w, r, newCookie, "", -1)
	return account, d.hold(w, r, token)
}

// SignInFor is SignIn that also returns the token of the session, for what is done in it at once.
func (d *Door) SignInFor(w http.ResponseWriter, r *http.Request, login, password string) (*store.Account, Token, error) {
	token, account, err := d.gate.SignIn(r.Context(), login, password, d.Client(r))
	if err = d.waits(w, r, err); err != nil {
		return nil, Token{}, err
	}
	return account, token, d.hold(w, r, token)
}

// Link is Gate.Link with the ticket of the cookie. session is the token of a session that has just begun; zero for that of the request.
func (d *Door) Link(w http.ResponseWriter, r *http.Request, session Token, password string) error {
	if session.IsZero() {
		session = d.token(r)
	}
	err := d.gate.Link(r.Context(), session, d.kept(r, newCookie), password, d.Client(r))
	if err == nil {
		d.keep(w, r, newCookie, "", -1)
	}
	return err
}

// Via is the provider that the browser was at last, "" if none, and forgets it.
func (d *Door) Via(w http.ResponseWriter, r *http.Request) string {
	cookie, err := r.Cookie(d.cookieName(r, viaCookie))
	if err != nil || cookie.Value == "" {
		return ""
	}
	d.keep(w, r, viaCookie, "", -1)
	return cookie.Value
}
