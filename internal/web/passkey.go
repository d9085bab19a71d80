package web

import (
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
)

// registerPasskeys adds what passkeys need. They work by script only: their forms are hidden without, and the password stays.
func (s *shell) registerPasskeys(mux *http.ServeMux) {
	mux.HandleFunc("POST /signin/passkey/options", s.askPasskey)
	mux.HandleFunc("POST /signin/passkey", s.signInPasskey)
	mux.HandleFunc("GET /account/passkeys", s.passkeyPage)
	mux.HandleFunc("POST /account/passkeys/options", s.startPasskey)
	mux.HandleFunc("POST /account/passkeys", s.addPasskey)
	mux.HandleFunc("POST /account/passkeys/remove", s.removePasskey)
}

// answer gives the script what the browser needs, or the sentence that says what is wrong.
func (s *shell) answer(w http.ResponseWriter, r *http.Request, options json.RawMessage, err error) {
	body := struct {
		Options json.RawMessage `json:"options,omitempty"`
		Text    string          `json:"text,omitempty"`
	}{Options: options}
	status := http.StatusOK
	if err != nil {
		status, body.Text = page.Words(page.Lang(r), err)
		if refusal, ok := page.Refusal(err); ok && len(refusal.Fields) > 0 {
			body.Text = refusal.Fields[0].Text.In(page.Lang(r))
		}
		if _, retry := page.Status(err); retry > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(int(retry.Seconds())))
		}
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the reader went away
}

func (s *shell) askPasskey(w http.ResponseWriter, r *http.Request) {
	options, err := s.door.AskPasskey(w, r)
	s.answer(w, r, options, err)
}

func (s *shell) signInPasskey(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		s.kit.Fail(w, r, ui.Public, page.BadInput(err))
		return
	}
	carry := page.Carried(r.PostForm)
	account, err := s.door.SignInPasskey(w, r, []byte(r.PostForm.Get("answer")))
	if err != nil {
		s.signInAgain(w, r, "", carry, err)
		return
	}
	s.goOn(w, r, account, carry)
}

// passkeysView is the page of the own passkeys.
type passkeysView struct {
	ui.Page
	Keys     []passkeyLine
	Password ui.Field
	Name     ui.Field
}

type passkeyLine struct{ ID, Name, Since string }

func (s *shell) passkeyPage(w http.ResponseWriter, r *http.Request) {
	s.showPasskeys(w, r, http.StatusOK, nil)
}

func (s *shell) showPasskeys(w http.ResponseWriter, r *http.Request, status int, errs *ui.Errors) {
	if _, _, ok := access.FromRequest(r); !ok {
		s.kit.SignIn(w, r, ui.Public)
		return
	}
	own, err := s.gate.Factors(r.Context(), access.TokenFromRequest(r))
	if err != nil {
		s.kit.Fail(w, r, ui.Public, err)
		return
	}
	v := &passkeysView{Page: s.kit.Frame(r, ui.Public, "")}
	v.Title, v.Narrow, v.Errors, v.Scripts = v.T("page.passkeys"), true, errs, []string{"passkey.js"}
	v.Back = &ui.Link{Text: v.T("page.account-title"), Href: accountPath}
	if done := map[string]string{"added": "page.passkey-added", "removed": "page.passkey-removed"}[r.FormValue("done")]; done != "" && errs == nil {
		v.Notice = &ui.Notice{Kind: ui.Success, Text: v.T(done)}
	}
	for _, f := range own.List {
		if f.Kind == access.FactorPasskey {
			v.Keys = append(v.Keys, passkeyLine{f.ID, f.Name, v.T("page.factor-since", moment(v.Lang, f.Added), moment(v.Lang, f.Used))})
		}
	}
	v.Password = ui.Field{Kind: ui.KindPassword, Name: "old", Label: v.T("page.password-again"), Autocomplete: "current-password", Error: errs.Of("old"), Width: "medium"}
	v.Name = ui.Field{Kind: ui.KindText, Name: "name", Label: v.T("page.passkey-name"), Hint: v.T("page.passkey-name-hint"), Value: r.PostFormValue("name"), Error: errs.Of("name"), Width: "medium", Max: 40}
	s.kit.Show(w, status, "web/passkeys", v)
}

func (s *shell) startPasskey(w http.ResponseWriter, r *http.Request) {
	options, err := s.door.StartPasskey(w, r, r.PostFormValue("old"))
	s.answer(w, r, options, err)
}

func (s *shell) addPasskey(w http.ResponseWriter, r *http.Request) {
	if _, _, ok := access.FromRequest(r); !ok {
		toSignIn(w, r, "/account/passkeys")
		return
	}
	codes, err := s.door.AddPasskey(w, r, r.PostFormValue("name"), []byte(r.PostFormValue("answer")))
	switch {
	case err != nil:
		s.passkeyDone(w, r, err)
	case codes != nil:
		r.Form.Set("on", "passkey")
		s.showFactor(w, r, http.StatusOK, nil, codes)
	default:
		http.Redirect(w, r, "/account/passkeys?done=added", http.StatusSeeOther)
	}
}

// passkeyDone answers what was asked of a passkey that there is.
func (s *shell) passkeyDone(w http.ResponseWriter, r *http.Request, err error) {
	refusal, refused := page.Refusal(err)
	switch {
	case err == nil:
		http.Redirect(w, r, "/account/passkeys?done=removed", http.StatusSeeOther)
	case refused && refusal.Code == caseflow.CodeForm:
		s.showPasskeys(w, r, http.StatusUnprocessableEntity, faults(page.Lang(r), refusal))
	case refused:
		_, text := page.Words(page.Lang(r), err)
		s.showPasskeys(w, r, http.StatusUnprocessableEntity, &ui.Errors{Faults: []ui.Fault{{Field: "old", Text: text}}})
	default:
		s.kit.Fail(w, r, ui.Public, err)
	}
}

func (s *shell) removePasskey(w http.ResponseWriter, r *http.Request) {
	if _, _, ok := access.FromRequest(r); !ok {
		toSignIn(w, r, "/account/passkeys")
		return
	}
	s.passkeyDone(w, r, s.door.RemoveFactor(w, r, r.PostFormValue("id"), r.PostFormValue("old")))
}
