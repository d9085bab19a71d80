package page

import (
	"net/http"
	"time"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/web/ui"
	"github.com/tongban/tongban/workday"
)

// Asked is one request for a page of a module: the frame of the page, who asks, and the request.
type Asked struct {
	ui.Page
	By      caseflow.Actor // zero: nobody is signed in
	Account *store.Account // nil: nobody is signed in
	W       http.ResponseWriter
	R       *http.Request
}

// Anybody serves a page of a layout to everybody, at the time that now tells.
func (k *Kit) Anybody(layout string, now func() time.Time, serve func(*Asked) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		a := &Asked{Page: k.Frame(r, layout, ""), W: w, R: r}
		if by, account, ok := access.FromRequest(r); ok {
			a.By, a.Account = by, account
		}
		a.Now = now()
		if err := serve(a); err != nil {
			k.Fail(w, r, layout, err)
		}
	}
}

// SignedIn serves a page to whoever is signed in; others are asked to sign in, and come back to it.
func (k *Kit) SignedIn(layout string, now func() time.Time, serve func(*Asked) error) http.HandlerFunc {
	known := k.Anybody(layout, now, serve)
	return func(w http.ResponseWriter, r *http.Request) {
		if _, _, ok := access.FromRequest(r); !ok {
			k.SignIn(w, r, layout)
			return
		}
		known(w, r)
	}
}

// Typed is what was typed into a form that is shown again.
func (a *Asked) Typed(name string) string {
	if a.R.Method != http.MethodPost || IsUpload(a.R) {
		return ""
	}
	return a.R.PostFormValue(name)
}

// Day is a day in words; "" is none.
func (a *Asked) Day(d workday.Date) string {
	if d == 0 {
		return ""
	}
	return d.Text(a.Lang)
}
