package web

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
)

const (
	newcomerPath   = "/signin/new"
	identitiesPath = "/account/identities"
	// mostCarried bounds what is kept of a form while somebody is at a provider, in bytes.
	mostCarried = 16 << 10
)

// registerProviders adds sign-in by OpenID Connect. It needs no script.
func (s *shell) registerProviders(mux *http.ServeMux) {
	mux.HandleFunc("POST /signin/{provider}", s.startProvider)
	mux.HandleFunc("GET /signin/{provider}/callback", s.finishProvider)
	mux.HandleFunc("GET "+newcomerPath, s.newcomerPage)
	mux.HandleFunc("POST "+newcomerPath+"/join", s.join)
	mux.HandleFunc("POST "+newcomerPath+"/link", s.linkNewcomer)
	mux.HandleFunc("GET "+identitiesPath, s.identitiesPage)
	mux.HandleFunc("POST "+identitiesPath, s.startLink)
	mux.HandleFunc("POST "+identitiesPath+"/waiting", s.linkWaiting)
	mux.HandleFunc("POST "+identitiesPath+"/remove", s.unlink)
}

// leaveView leads to a provider. A form may not lead to another site (the policy of the pages), a page may.
type leaveView struct {
	ui.Page
	Lead, Address string
}

func (s *shell) leave(w http.ResponseWriter, r *http.Request, id, lead, address string) {
	v := &leaveView{Page: s.kit.Frame(r, ui.Public, ""), Address: address}
	name := s.providerName(v.Lang, id)
	v.Title, v.Narrow, v.Lead = v.T("page.provider-leave", name), true, v.T(lead, name)
	w.Header().Set("Refresh", "0; url="+address)
	w.Header().Set("Cache-Control", "no-store")
	s.kit.Show(w, http.StatusOK, "web/leave", v)
}

// providerName is what people call a provider.
func (s *shell) providerName(lang, id string) string {
	for _, p := range s.gate.Providers() {
		if p.ID == id {
			return p.Name.Text().In(lang)
		}
	}
	return id
}

func (s *shell) startProvider(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		s.kit.Fail(w, r, ui.Public, page.BadInput(err))
		return
	}
	carry, id := page.Carried(r.PostForm), r.PathValue("provider")
	keep, err := json.Marshal(carry)
	if err == nil && len(keep) > mostCarried {
		err = &caseflow.Refusal{Code: access.CodeProviderLarge}
	}
	address := ""
	if err == nil {
		address, err = s.door.StartProvider(w, r, id, keep)
	}
	if err != nil {
		s.signInAgain(w, r, "", carry, err)
		return
	}
	s.leave(w, r, id, "page.provider-leave-text", address)
}

// kept is what startProvider has put aside.
func kept(data []byte) page.Carry {
	var c page.Carry
	if json.Unmarshal(data, &c) != nil {
		return page.Carry{}
	}
	c.To = page.Local(c.To)
	return c
}

func (s *shell) finishProvider(w http.ResponseWriter, r *http.Request) {
	_, account, in := access.FromRequest(r)
	arrival, err := s.door.FinishProvider(w, r, r.PathValue("provider"), r.URL.Query())
	var step *access.Step
	if err != nil { // a page whose links, for the language and the like, do not repeat what came back
		r = r.Clone(r.Context())
		r.URL = &url.URL{Path: page.SignInPath}
		r.RequestURI = page.SignInPath
	}
	switch {
	case errors.As(err, &step):
		s.showStep(w, r, http.StatusOK, kept(arrival.Keep), nil)
	case err != nil && in && account.Kind == caseflow.ActorCitizen:
		s.identitiesAgain(w, r, err)
	case err != nil:
		s.signInAgain(w, r, "", page.Carry{}, err)
	case arrival.Linked:
		http.Redirect(w, r, identitiesPath+"?linked", http.StatusSeeOther)
	case !arrival.New.IsZero():
		http.Redirect(w, r, newcomerPath, http.StatusSeeOther)
	default:
		s.goOn(w, r, arrival.Account, kept(arrival.Keep))
	}
}

// newcomerView asks somebody whom a provider knows whether there is an account here already.
type newcomerView struct {
	ui.Page
	Lead   string
	Facts  ui.Summary
	Fields []ui.Field
}

func (s *shell) newcomerPage(w http.ResponseWriter, r *http.Request) {
	s.showNewcomer(w, r, http.StatusOK, nil)
}

func (s *shell) showNewcomer(w http.ResponseWriter, r *http.Request, status int, errs *ui.Errors) {
	n, err := s.door.Newcomer(r)
	if err != nil {
		s.signInAgain(w, r, "", page.Carry{}, err)
		return
	}
	v := &newcomerView{Page: s.kit.Frame(r, ui.Public, "")}
	v.Title, v.Narrow, v.Errors, v.SignIn = v.T("page.newcomer-title"), true, errs, ""
	v.Lead = v.T("page.newcomer-lead", s.providerName(v.Lang, n.Provider))
	v.Facts.Rows = newcomerRows(&v.Page, n)
	v.Fields = []ui.Field{
		{Kind: ui.KindText, Name: "login", Label: v.T("page.login"), Hint: v.T("page.newcomer-login-hint"), Value: r.PostFormValue("login"), Autocomplete: "username", Error: errs.Of("login"), Max: 64},
		{Kind: ui.KindPassword, Name: "password", Label: v.T("page.password"), Autocomplete: "current-password", Error: errs.Of("password"), Max: 128},
	}
	w.Header().Set("Cache-Control", "no-store")
	s.kit.Show(w, status, "web/newcomer", v)
}

func newcomerRows(p *ui.Page, n *access.Newcomer) []ui.SummaryRow {
	return []ui.SummaryRow{{Label: p.T("page.name"), Value: ident.MaskName(n.Name)}, {Label: n.Document.Type.Text(p.Lang), Value: ident.MaskID(n.Document.No)}}
}

// join makes an account for a newcomer.
func (s *shell) join(w http.ResponseWriter, r *http.Request) {
	n, err := s.door.Newcomer(r)
	if err != nil {
		s.signInAgain(w, r, "", page.Carry{}, err)
		return
	}
	account, err := s.door.Join(w, r, s.region)
	if err != nil {
		s.signInAgain(w, r, "", page.Carry{}, err)
		return
	}
	s.goOn(w, r, account, kept(n.Keep))
}

// linkNewcomer signs a newcomer in to the account that they say is theirs, by its password, and links it. Where a second factor is
// due the link waits for them behind it.
func (s *shell) linkNewcomer(w http.ResponseWriter, r *http.Request) {
	n, err := s.door.Newcomer(r)
	if err != nil {
		s.signInAgain(w, r, "", page.Carry{}, err)
		return
	}
	password := r.PostFormValue("password")
	account, session, err := s.door.SignInFor(w, r, r.PostFormValue("login"), password)
	var step *access.Step
	if errors.As(err, &step) {
		s.showStep(w, r, http.StatusOK, page.Carry{To: identitiesPath}, nil)
		return
	}
	if err != nil {
		s.newcomerAgain(w, r, err)
		return
	}
	if err := s.door.Link(w, r, session, password); err != nil {
		s.newcomerAgain(w, r, err)
		return
	}
	s.goOn(w, r, account, kept(n.Keep))
}

// newcomerAgain says what is wrong at the login.
func (s *shell) newcomerAgain(w http.ResponseWriter, r *http.Request, err error) {
	errs, status := s.refused(w, r, err, "login")
	if errs != nil {
		s.showNewcomer(w, r, status, errs)
	}
}

// refused is what is wrong, at the fields that are named or at one; nil if the answer is written already.
func (s *shell) refused(w http.ResponseWriter, r *http.Request, err error, field string) (*ui.Errors, int) {
	status, retry := page.Status(err)
	refusal, ok := page.Refusal(err)
	if ok && len(refusal.Fields) > 0 {
		return faults(page.Lang(r), refusal), http.StatusUnprocessableEntity
	}
	var throttled *access.Throttled
	if !ok && !errors.As(err, &throttled) && !errors.Is(err, access.ErrBusy) {
		s.kit.Fail(w, r, ui.Public, err)
		return nil, 0
	}
	if retry > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(retry.Seconds())))
	}
	_, text := page.Words(page.Lang(r), err)
	return &ui.Errors{Faults: []ui.Fault{{Field: field, Text: text}}}, status
}

// identitiesView is the page of whom providers mean the own account by.
type identitiesView struct {
	ui.Page
	List     []identityLine
	Remove   bool // there is a password to come back with
	Offers   []ui.Option
	Password ui.Field
	Waiting  string // the provider of an identity that waits to be linked
	Facts    ui.Summary
	Official bool
}

type identityLine struct{ Value, Name, Since string }

func (s *shell) identitiesPage(w http.ResponseWriter, r *http.Request) {
	s.showIdentities(w, r, http.StatusOK, nil)
}

func (s *shell) showIdentities(w http.ResponseWriter, r *http.Request, status int, errs *ui.Errors) {
	_, account, ok := access.FromRequest(r)
	if !ok {
		s.kit.SignIn(w, r, ui.Public)
		return
	}
	own, err := s.gate.Identities(r.Context(), access.TokenFromRequest(r))
	if err != nil {
		s.kit.Fail(w, r, ui.Public, err)
		return
	}
	v := &identitiesView{Page: s.kit.Frame(r, ui.Public, ""), Official: account.Kind == caseflow.ActorOfficial, Remove: own.Password}
	v.Title, v.Narrow, v.Errors = v.T("page.identities"), true, errs
	v.Back = &ui.Link{Text: v.T("page.account-title"), Href: accountPath}
	if r.URL.Query().Has("linked") {
		v.Notice = &ui.Notice{Kind: ui.Success, Title: v.T("page.identity-linked")}
	}
	for _, i := range own.List {
		name := i.Issuer
		if i.Provider != "" {
			name = s.providerName(v.Lang, i.Provider)
		}
		v.List = append(v.List, identityLine{i.Issuer + " " + i.Subject, name, v.T("page.identity-since", moment(v.Lang, i.Added))})
	}
	v.Password = ui.Field{Kind: ui.KindPassword, Name: "old", Label: v.T("page.password-again"), Autocomplete: "current-password", Error: errs.Of("old"), Width: "medium"}
	if own.Password && !v.Official {
		v.offers(s, own)
		if n, err := s.door.Newcomer(r); err == nil {
			v.Waiting, v.Facts.Rows = s.providerName(v.Lang, n.Provider), newcomerRows(&v.Page, n)
		}
	}
	s.kit.Show(w, status, "web/identities", v)
}

// offers are the providers for parties that do not know the account yet.
func (v *identitiesView) offers(s *shell, own *access.Identities) {
	for _, p := range s.gate.Providers() {
		known := false
		for _, i := range own.List {
			known = known || i.Provider == p.ID
		}
		if !known && p.Realm == access.RealmParties {
			v.Offers = append(v.Offers, ui.Option{Value: p.ID, Label: p.Name.Text().In(v.Lang)})
		}
	}
}

// identitiesAgain says what is wrong at the password.
func (s *shell) identitiesAgain(w http.ResponseWriter, r *http.Request, err error) {
	errs, status := s.refused(w, r, err, "old")
	if errs != nil {
		s.showIdentities(w, r, status, errs)
	}
}

func (s *shell) startLink(w http.ResponseWriter, r *http.Request) {
	if _, _, ok := access.FromRequest(r); !ok {
		toSignIn(w, r, identitiesPath)
		return
	}
	id := r.PostFormValue("provider")
	address, err := s.door.StartLink(w, r, id, r.PostFormValue("old"))
	if err != nil {
		s.identitiesAgain(w, r, err)
		return
	}
	s.leave(w, r, id, "page.provider-leave-text", address)
}

// linkWaiting links the identity that has waited behind a second factor.
func (s *shell) linkWaiting(w http.ResponseWriter, r *http.Request) {
	if _, _, ok := access.FromRequest(r); !ok {
		toSignIn(w, r, identitiesPath)
		return
	}
	if err := s.door.Link(w, r, access.Token{}, r.PostFormValue("old")); err != nil {
		s.identitiesAgain(w, r, err)
		return
	}
	http.Redirect(w, r, identitiesPath+"?linked", http.StatusSeeOther)
}

func (s *shell) unlink(w http.ResponseWriter, r *http.Request) {
	if _, _, ok := access.FromRequest(r); !ok {
		toSignIn(w, r, identitiesPath)
		return
	}
	issuer, subject, _ := strings.Cut(r.PostFormValue("identity"), " ")
	err := s.gate.Unlink(r.Context(), access.TokenFromRequest(r), issuer, subject, r.PostFormValue("old"), s.door.Client(r))
	if err != nil && !errors.Is(err, store.ErrNotFound) { // it is gone already
		s.identitiesAgain(w, r, err)
		return
	}
	http.Redirect(w, r, identitiesPath, http.StatusSeeOther)
}
