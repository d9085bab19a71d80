package web

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
)

const accountPath = "/account" // page.AccountPath

// shell is what belongs to no door: signing in and out, registering, the own account.
type shell struct {
	gate   *access.Gate
	door   *access.Door
	kit    *page.Kit
	region string
	idle   int // seconds at a terminal

	contacts *access.Contacts
}

func (s *shell) register(mux *http.ServeMux) {
	mux.HandleFunc("GET "+page.SignInPath, s.signInPage)
	mux.HandleFunc("POST "+page.SignInPath, s.signIn)
	mux.HandleFunc("POST "+page.SignOutPath, s.signOut)
	mux.HandleFunc("GET "+ui.TerminalEnd, s.endTerminal)
	mux.HandleFunc("POST "+ui.TerminalEnd, s.endTerminal)
	mux.HandleFunc("GET /register", s.registerPage)
	mux.HandleFunc("POST /register", s.registerCitizen)
	mux.HandleFunc("GET "+accountPath, s.account)
	mux.HandleFunc("POST "+accountPath+"/password", s.changePassword)
	mux.HandleFunc("POST "+accountPath+"/sessions/{id}/end", s.endSession)
	mux.HandleFunc("POST "+accountPath+"/sessions/end-others", s.endOthers)
	mux.HandleFunc("POST "+accountPath+"/stay", s.stay)
	s.registerFactors(mux)
	s.registerProviders(mux)
	s.registerContact(mux)
}

// deny answers what the door's middleware turns away.
func (s *shell) deny(w http.ResponseWriter, r *http.Request, status int, why *caseflow.Refusal) {
	if why.Code == access.CodeMustChange && r.Method == http.MethodGet {
		http.Redirect(w, r, accountPath+"?must", http.StatusSeeOther)
		return
	}
	if why.Code == access.CodeMustFactor && r.Method == http.MethodGet {
		http.Redirect(w, r, factorPath, http.StatusSeeOther)
		return
	}
	if status == http.StatusServiceUnavailable {
		s.kit.Fail(w, r, ui.Public, store.ErrBusy)
		return
	}
	s.kit.Fail(w, r, ui.Public, why)
}

func (s *shell) signInPage(w http.ResponseWriter, r *http.Request) {
	to := page.Local(r.URL.Query().Get(page.ReturnField))
	if _, account, ok := access.FromRequest(r); ok {
		if to == "" {
			to = page.HomeOf(account)
		}
		http.Redirect(w, r, to, http.StatusSeeOther)
		return
	}
	s.kit.ShowSignIn(w, http.StatusOK, &page.SignInView{Page: s.kit.Frame(r, ui.Public, ""), Return: to})
}

// signIn lets somebody in and leads back to where they were; what they had typed there waits for one press of a button.
func (s *shell) signIn(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		s.kit.Fail(w, r, ui.Public, page.BadInput(err))
		return
	}
	carry := page.Carried(r.PostForm)
	login := r.PostForm.Get("login")
	account, err := s.door.SignIn(w, r, login, r.PostForm.Get("password"))
	var step *access.Step
	if errors.As(err, &step) {
		s.showStep(w, r, http.StatusOK, carry, nil)
		return
	}
	if err != nil {
		s.signInAgain(w, r, login, carry, err)
		return
	}
	if at, err := s.gate.FactorsTaken(r.Context(), account); err == nil && !at.IsZero() && len(carry.Kept) == 0 { // the account page would say it too
		carry.To = factorPath
	}
	s.goOn(w, r, account, carry)
}

// goOn leads somebody who has signed in to where they were.
func (s *shell) goOn(w http.ResponseWriter, r *http.Request, account *store.Account, carry page.Carry) {
	if carry.To == "" {
		carry.To = page.HomeOf(account)
	}
	if len(carry.Kept) == 0 {
		http.Redirect(w, r, carry.To, http.StatusSeeOther)
		return
	}
	s.resume(w, r, account, carry)
}

func (s *shell) signInAgain(w http.ResponseWriter, r *http.Request, login string, carry page.Carry, err error) {
	status, retry := page.Status(err)
	_, refused := page.Refusal(err)
	if status >= http.StatusInternalServerError && !refused && !page.Busy(err) && !errors.Is(err, access.ErrBusy) {
		s.kit.Fail(w, r, ui.Public, err)
		return
	}
	if retry > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(retry.Seconds())))
	}
	v := &page.SignInView{Page: s.kit.Frame(r, ui.Public, ""), Login: login, Return: carry.To, Kept: page.Prefixed(carry.Kept), Files: carry.Files}
	_, text := page.Words(v.Lang, err)
	v.Errors = &ui.Errors{Title: v.T("page.signin-failed"), Faults: []ui.Fault{{Field: "login", Text: text}}}
	s.kit.ShowSignIn(w, status, v)
}

// resumeView is the page after a sign-in that interrupted a form.
type resumeView struct {
	ui.Page
	page.Carry
}

func (s *shell) resume(w http.ResponseWriter, r *http.Request, account *store.Account, carry page.Carry) {
	v := &resumeView{Page: s.kit.Frame(r, ui.Public, ""), Carry: carry}
	v.Title, v.Narrow, v.SignIn = v.T("page.resume-title"), true, ""
	v.User = &ui.User{Name: account.Name, Home: page.HomeOf(account), Out: page.SignOutPath}
	w.Header().Set("Cache-Control", "no-store")
	s.kit.Show(w, http.StatusOK, "web/resume", v)
}

func (s *shell) signOut(w http.ResponseWriter, r *http.Request) {
	via := s.door.Via(w, r)
	if err := s.door.SignOut(w, r); err != nil {
		s.kit.Fail(w, r, ui.Public, err)
		return
	}
	if address := s.gate.Leave(r.Context(), via); address != "" {
		s.leave(w, r, via, "page.provider-signed-out", address)
		return
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// registerView is the page to register.
type registerView struct {
	ui.Page
	Fields []ui.Field
	Return string
}

func (s *shell) registerPage(w http.ResponseWriter, r *http.Request) {
	s.showRegister(w, r, nil, page.Local(r.URL.Query().Get(page.ReturnField)), http.StatusOK)
}

func (s *shell) showRegister(w http.ResponseWriter, r *http.Request, errs *ui.Errors, to string, status int) {
	v := &registerView{Page: s.kit.Frame(r, ui.Public, ""), Return: to}
	v.Title, v.Narrow, v.Errors = v.T("page.register-title"), true, errs
	doc := ui.Field{Kind: ui.KindSelect, Name: "docType", Label: v.T("page.doc-type"), Value: r.PostFormValue("docType")}
	if doc.Value == "" {
		doc.Value = string(ident.DocResidentID)
	}
	for _, t := range ident.DocTypes() {
		if t != ident.DocCreditCode {
			doc.Options = append(doc.Options, ui.Option{Value: string(t), Label: t.Text(v.Lang)})
		}
	}
	v.Fields = []ui.Field{
		{Kind: ui.KindText, Name: "name", Label: v.T("page.name"), Hint: v.T("page.name-hint"), Value: r.PostFormValue("name"), Autocomplete: "name", Width: "medium"},
		doc,
		{Kind: ui.KindID, Name: "document", Label: v.T("page.doc-no"), Value: r.PostFormValue("document")},
		{Kind: ui.KindPhone, Name: "phone", Label: v.T("page.phone"), Hint: v.T("page.phone-hint"), Value: r.PostFormValue("phone"), Autocomplete: "tel"},
		{Kind: ui.KindPassword, Name: "password", Label: v.T("page.password-new"), Hint: v.T("page.password-hint"), Autocomplete: "new-password"},
	}
	for i := range v.Fields {
		v.Fields[i].Error = errs.Of(v.Fields[i].Name)
	}
	s.kit.Show(w, status, "web/register", v)
}

func (s *shell) registerCitizen(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		s.kit.Fail(w, r, ui.Public, page.BadInput(err))
		return
	}
	to, password := page.Local(r.PostForm.Get(page.ReturnField)), r.PostForm.Get("password")
	account, err := s.gate.Register(r.Context(), access.NewCitizen{
		Name: r.PostForm.Get("name"), Phone: r.PostForm.Get("phone"), Password: password, Region: s.region,
		Document: ident.Document{Type: ident.DocType(r.PostForm.Get("docType")), No: r.PostForm.Get("document")},
	}, s.door.Client(r))
	if refusal, ok := page.Refusal(err); ok && len(refusal.Fields) > 0 {
		s.showRegister(w, r, faults(page.Lang(r), refusal), to, http.StatusUnprocessableEntity)
		return
	}
	if err == nil {
		_, err = s.door.SignIn(w, r, account.Login, password)
	}
	if err != nil {
		s.kit.Fail(w, r, ui.Public, err)
		return
	}
	if to == "" {
		to = page.CitizenHome
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// faults is the summary of a refusal's fields.
func faults(lang string, refusal *caseflow.Refusal) *ui.Errors {
	errs := &ui.Errors{}
	for _, f := range refusal.Fields {
		errs.Faults = append(errs.Faults, ui.Fault{Field: f.Field, Text: f.Text.In(lang)})
	}
	return errs
}

// accountView is a person's own account: who, where signed in, the password.
type accountView struct {
	ui.Page
	Facts    ui.Summary
	Sessions []sessionLine // of these, one is the current one
	Fields   []ui.Field
	Must     bool
	Factor   ui.Summary // of the second factor
}

// sessionLine is one sign-in.
type sessionLine struct {
	ID, Since, From, Agent string
	Current                bool
}

func (s *shell) account(w http.ResponseWriter, r *http.Request) {
	s.showAccount(w, r, nil, http.StatusOK)
}

func (s *shell) showAccount(w http.ResponseWriter, r *http.Request, errs *ui.Errors, status int) {
	_, account, ok := access.FromRequest(r)
	if !ok {
		s.kit.SignIn(w, r, ui.Public)
		return
	}
	sittings, err := s.gate.Sittings(r.Context(), access.TokenFromRequest(r))
	if err != nil {
		s.kit.Fail(w, r, ui.Public, err)
		return
	}
	own, err := s.gate.Factors(r.Context(), access.TokenFromRequest(r))
	if err != nil {
		s.kit.Fail(w, r, ui.Public, err)
		return
	}
	v := &accountView{Page: s.kit.Frame(r, ui.Public, ""), Must: account.MustChange}
	v.Factor.Rows = []ui.SummaryRow{{Label: v.T("page.factor-own"), Value: v.T("page.factor-off-short"), Change: factorPath}}
	if len(own.List) > 0 {
		v.Factor.Rows = factorRows(&v.Page, own)
		v.Factor.Rows[0].Change = factorPath
	}
	v.Factor.Rows = append(v.Factor.Rows, ui.SummaryRow{Label: v.T("page.passkeys"), Value: v.T("page.passkey-short"), Change: "/account/passkeys"})
	if len(s.gate.Providers()) > 0 {
		v.Factor.Rows = append(v.Factor.Rows, ui.SummaryRow{Label: v.T("page.identities"), Value: v.T("page.identities-short"), Change: identitiesPath})
	}
	v.Title, v.Narrow, v.Errors, v.Notice = v.T("page.account-title"), true, errs, factorsTaken(&v.Page, own.Taken)
	if r.URL.Query().Has("changed") {
		v.Notice = &ui.Notice{Kind: ui.Success, Title: v.T("page.password-done")}
	}
	if home := page.HomeOf(account); home != accountPath {
		v.Back = &ui.Link{Text: v.T("layout.back"), Href: home}
	} else {
		v.Notice = cmp.Or(v.Notice, &ui.Notice{Title: v.T("page.no-role"), Text: v.T("page.no-role-text")})
	}
	login := account.Login
	if account.Kind == caseflow.ActorCitizen { // a telephone number; an official's name of the account tells nothing
		login = ident.MaskPhone(login)
	}
	v.Facts.Rows = []ui.SummaryRow{{Label: v.T("page.name"), Value: account.Name}, {Label: v.T("page.login"), Value: login}}
	if account.DocNo != "" {
		v.Facts.Rows = append(v.Facts.Rows, ui.SummaryRow{Label: ident.DocType(account.DocType).Text(v.Lang), Value: ident.MaskID(account.DocNo)})
	}
	for _, t := range sittings {
		v.Sessions = append(v.Sessions, sessionLine{
			ID: t.ID, Current: t.Current, Agent: t.Agent, From: v.T("page.session-from", t.Address),
			Since: v.T("page.session-since", moment(v.Lang, t.Started), moment(v.Lang, t.Seen)),
		})
	}
	v.Fields = []ui.Field{
		{Kind: ui.KindPassword, Name: "old", Label: v.T("page.password-old"), Autocomplete: "current-password", Error: errs.Of("old"), Width: "medium"},
		{Kind: ui.KindPassword, Name: "password", Label: v.T("page.password-fresh"), Hint: v.T("page.password-hint"), Autocomplete: "new-password", Error: errs.Of("password"), Width: "medium"},
	}
	s.kit.Show(w, status, "web/account", v)
}

func moment(lang string, t time.Time) string { return i18n.Moment(lang, t) }

func (s *shell) changePassword(w http.ResponseWriter, r *http.Request) {
	if _, _, ok := access.FromRequest(r); !ok {
		toSignIn(w, r, accountPath)
		return
	}
	if err := r.ParseForm(); err != nil {
		s.kit.Fail(w, r, ui.Public, page.BadInput(err))
		return
	}
	err := s.door.ChangePassword(w, r, r.PostForm.Get("old"), r.PostForm.Get("password"))
	if refusal, ok := page.Refusal(err); ok && len(refusal.Fields) > 0 {
		s.showAccount(w, r, faults(page.Lang(r), refusal), http.StatusUnprocessableEntity)
		return
	}
	if err != nil {
		s.kit.Fail(w, r, ui.Public, err)
		return
	}
	http.Redirect(w, r, accountPath+"?changed", http.StatusSeeOther)
}

func (s *shell) endSession(w http.ResponseWriter, r *http.Request) {
	if _, _, ok := access.FromRequest(r); !ok {
		s.kit.SignIn(w, r, ui.Public)
		return
	}
	err := s.gate.EndSitting(r.Context(), access.TokenFromRequest(r), r.PathValue("id"))
	if errors.Is(err, store.ErrNotFound) {
		err = hall.ErrNotFound
	}
	if err != nil {
		s.kit.Fail(w, r, ui.Public, err)
		return
	}
	http.Redirect(w, r, accountPath, http.StatusSeeOther)
}

func (s *shell) endOthers(w http.ResponseWriter, r *http.Request) {
	if _, _, ok := access.FromRequest(r); !ok {
		s.kit.SignIn(w, r, ui.Public)
		return
	}
	if _, err := s.gate.EndOthers(r.Context(), access.TokenFromRequest(r)); err != nil {
		s.kit.Fail(w, r, ui.Public, err)
		return
	}
	http.Redirect(w, r, accountPath, http.StatusSeeOther)
}

// stay answers a page that was open long, and whose reader goes on: coming here was a use of the session.
func (s *shell) stay(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	if _, _, ok := access.FromRequest(r); !ok {
		w.WriteHeader(http.StatusUnauthorized)
	}
	_, _ = fmt.Fprintf(w, `{"left":%d}`, int(access.LeftFromRequest(r).Seconds())) // #nosec G705 -- a number; the reader may have gone away
}
