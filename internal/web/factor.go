package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"time"

	qrcode "github.com/skip2/go-qrcode"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
)

const factorPath = "/account/factor"

// registerFactors adds the pages of the second factor.
func (s *shell) registerFactors(mux *http.ServeMux) {
	mux.HandleFunc("POST /signin/factor", s.passFactor)
	mux.HandleFunc("GET "+factorPath, s.factorPage)
	mux.HandleFunc("POST "+factorPath, s.changeFactor)
	mux.HandleFunc("GET "+factorPath+"/qr.png", s.factorQR)
	s.registerPasskeys(mux)
	mux.HandleFunc("POST "+factorPath+"/confirm", s.confirmFactor)
}

// stepView is the page between the password and the session: it carries on what the sign-in form carries.
type stepView struct {
	ui.Page
	page.Carry
	Code ui.Field
}

func (s *shell) showStep(w http.ResponseWriter, r *http.Request, status int, carry page.Carry, err error) {
	v := &stepView{Page: s.kit.Frame(r, ui.Public, ""), Carry: carry}
	v.Carry.Kept = page.Prefixed(carry.Kept)
	v.Title, v.Narrow, v.SignIn, v.Scripts = v.T("page.factor-title"), true, "", []string{"passkey.js"}
	if err != nil {
		_, text := page.Words(v.Lang, err)
		v.Errors = &ui.Errors{Faults: []ui.Fault{{Field: "code", Text: text}}}
	}
	v.Code = codeField(&v.Page)
	v.Code.Hint, v.Code.Width = v.T("page.factor-code-hint"), "medium"
	s.kit.Show(w, status, "web/step", v)
}

func codeField(p *ui.Page) ui.Field {
	return ui.Field{Kind: ui.KindText, Name: "code", Label: p.T("page.factor-code"), Autocomplete: "one-time-code", Width: "short",
		Error: p.Errors.Of("code"), Max: 40}
}

// passFactor ends a sign-in by the code; what was typed before it is kept through both steps.
func (s *shell) passFactor(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		s.kit.Fail(w, r, ui.Public, page.BadInput(err))
		return
	}
	carry := page.Carried(r.PostForm)
	account, err := s.door.PassFactor(w, r, r.PostForm.Get("code"))
	if refusal, ok := page.Refusal(err); ok && refusal.Code == access.CodeFactor {
		s.showStep(w, r, http.StatusUnauthorized, carry, err)
		return
	}
	if err != nil {
		s.signInAgain(w, r, "", carry, err)
		return
	}
	s.goOn(w, r, account, carry)
}

// factorView is the page of the own second factor, in one of three states: none, being set up, in use.
type factorView struct {
	ui.Page
	Must      bool
	Enrolment *access.Enrolment
	Secret    ui.Copy
	Active    bool
	Facts     ui.Summary
	Password  ui.Field
	Code      ui.Field
	Codes     []string // shown once
	On        string   // what was turned on just now
}

func (s *shell) factorPage(w http.ResponseWriter, r *http.Request) {
	s.showFactor(w, r, http.StatusOK, nil, nil)
}

// showFactor shows the page; codes are recovery codes that were just made.
func (s *shell) showFactor(w http.ResponseWriter, r *http.Request, status int, errs *ui.Errors, codes []string) {
	_, account, ok := access.FromRequest(r)
	if !ok {
		s.kit.SignIn(w, r, ui.Public)
		return
	}
	v := &factorView{Page: s.kit.Frame(r, ui.Public, ""), Codes: codes}
	v.Title, v.Narrow, v.Errors = v.T("page.factor-own"), true, errs
	v.Back = &ui.Link{Text: v.T("page.account-title"), Href: accountPath}
	v.Password = ui.Field{Kind: ui.KindPassword, Name: "old", Label: v.T("page.password-again"), Autocomplete: "current-password", Error: errs.Of("old"), Width: "medium"}
	v.Code = codeField(&v.Page)
	v.Active, v.On = codes != nil, r.Form.Get("on")
	if codes == nil { // a session that was just renewed is not yet the request's
		own, err := s.gate.Factors(r.Context(), access.TokenFromRequest(r))
		if err != nil {
			s.kit.Fail(w, r, ui.Public, err)
			return
		}
		v.Must = own.Must && !account.MustChange
		v.Notice = factorsTaken(&v.Page, own.Taken)
		v.Active = slices.ContainsFunc(own.List, func(f access.OwnFactor) bool { return f.Kind == access.FactorTOTP })
		v.Facts.Rows = factorRows(&v.Page, own)
	}
	if !v.Active {
		var err error
		if v.Enrolment, err = s.gate.PendingTOTP(r.Context(), access.TokenFromRequest(r)); err != nil && !errors.Is(err, store.ErrNotFound) {
			s.kit.Fail(w, r, ui.Public, err)
			return
		}
		if v.Enrolment != nil {
			v.Secret = ui.Copy{Code: v.Enrolment.Secret, What: v.T("page.factor-secret")}
		}
	}
	s.kit.Show(w, status, "web/factor", v)
}

// factorsTaken tells that somebody else took the factors away; nil at the zero time.
func factorsTaken(p *ui.Page, at time.Time) *ui.Notice {
	if at.IsZero() {
		return nil
	}
	return &ui.Notice{Kind: ui.Warning, Title: p.T("page.factor-taken", moment(p.Lang, at)), Text: p.T("page.factor-taken-text")}
}

func factorRows(p *ui.Page, own *access.Factors) []ui.SummaryRow {
	var rows []ui.SummaryRow
	for _, f := range own.List {
		label := p.T("page.factor-kind." + f.Kind)
		if f.Name != "" {
			label = f.Name
		}
		rows = append(rows, ui.SummaryRow{Label: label, Value: p.T("page.factor-since", moment(p.Lang, f.Added), moment(p.Lang, f.Used))})
	}
	return append(rows, ui.SummaryRow{Label: p.T("page.factor-recovery"), Value: p.T("page.factor-left", own.Recovery)})
}

// changeFactor starts, ends, or makes new recovery codes, for who gives the password again.
func (s *shell) changeFactor(w http.ResponseWriter, r *http.Request) {
	if _, _, ok := access.FromRequest(r); !ok {
		toSignIn(w, r, factorPath)
		return
	}
	if err := r.ParseForm(); err != nil {
		s.kit.Fail(w, r, ui.Public, page.BadInput(err))
		return
	}
	token, password, from := access.TokenFromRequest(r), r.PostForm.Get("old"), s.door.Client(r)
	var err error
	switch r.PostForm.Get("act") {
	case "remove":
		err = s.door.RemoveFactor(w, r, access.FactorTOTP, password)
	case "codes":
		var codes []string
		if codes, err = s.gate.NewRecovery(r.Context(), token, password, from); err == nil {
			s.showFactor(w, r, http.StatusOK, nil, codes)
			return
		}
	default:
		_, err = s.gate.StartTOTP(r.Context(), token, password, from)
	}
	s.factorDone(w, r, err)
}

// factorDone leads back to the page, or says there what is wrong.
func (s *shell) factorDone(w http.ResponseWriter, r *http.Request, err error) {
	refusal, refused := page.Refusal(err)
	switch {
	case err == nil:
		http.Redirect(w, r, factorPath, http.StatusSeeOther)
	case refused && refusal.Code == caseflow.CodeForm:
		s.showFactor(w, r, http.StatusUnprocessableEntity, faults(page.Lang(r), refusal), nil)
	case errors.Is(err, store.ErrNotFound):
		s.kit.Fail(w, r, ui.Public, hall.ErrNotFound)
	default:
		s.kit.Fail(w, r, ui.Public, err)
	}
}

func (s *shell) confirmFactor(w http.ResponseWriter, r *http.Request) {
	if _, _, ok := access.FromRequest(r); !ok {
		toSignIn(w, r, factorPath)
		return
	}
	codes, err := s.door.ConfirmTOTP(w, r, r.PostFormValue("code"))
	if err != nil {
		s.factorDone(w, r, err)
		return
	}
	r.Form.Set("on", "factor")
	s.showFactor(w, r, http.StatusOK, nil, codes)
}

// factorQR is the picture for the app. The secret stands in no address.
func (s *shell) factorQR(w http.ResponseWriter, r *http.Request) {
	e, err := s.gate.PendingTOTP(r.Context(), access.TokenFromRequest(r))
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, access.ErrNoSession) {
		err = hall.ErrNotFound
	}
	var png []byte
	if err == nil {
		png, err = qrcode.Encode(e.URI, qrcode.Medium, 264)
	}
	if err != nil {
		s.kit.Fail(w, r, ui.Public, err)
		return
	}
	w.Header().Set("Content-Type", "image/png")
	_, _ = w.Write(png) // #nosec G705 -- a picture that was drawn here; the reader may have gone away
}

// toSignIn leads to the sign-in page and back. What was typed is a password or a code: it is not carried over, where it would stand
// in a page.
func toSignIn(w http.ResponseWriter, r *http.Request, back string) {
	http.Redirect(w, r, page.SignInPath+"?"+page.ReturnField+"="+url.QueryEscape(back), http.StatusSeeOther)
}
