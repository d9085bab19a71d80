package web

import (
	"net/http"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
)

const contactPath = accountPath + "/contact"

// contactView is how a person wants to be reached.
type contactView struct {
	ui.Page
	Fields  []ui.Field
	Code    *ui.Field // to confirm the mail address; nil if there is nothing to confirm
	Pending string    // the address that is not confirmed
	Email   string    // the state of the mail address, in words
}

func (s *shell) registerContact(mux *http.ServeMux) {
	mux.HandleFunc("GET "+accountPath+"/contact", s.contact)
	mux.HandleFunc("POST "+accountPath+"/contact", s.contactAct(s.chooseContact, "saved"))
	mux.HandleFunc("POST "+accountPath+"/contact/code", s.contactAct(s.sendCode, "sent"))
	mux.HandleFunc("POST "+accountPath+"/contact/confirm", s.contactAct(s.confirmEmail, "confirmed"))
}

func (s *shell) contact(w http.ResponseWriter, r *http.Request) {
	s.showContact(w, r, nil, http.StatusOK)
}

func (s *shell) showContact(w http.ResponseWriter, r *http.Request, errs *ui.Errors, status int) {
	by, _, ok := access.FromRequest(r)
	if !ok {
		s.kit.SignIn(w, r, ui.Public)
		return
	}
	n, err := s.contacts.See(r.Context(), by.ID)
	if err != nil {
		s.kit.Fail(w, r, ui.Public, err)
		return
	}
	v := &contactView{Page: s.kit.Frame(r, ui.Public, "")}
	v.Title, v.Narrow, v.Errors = v.T("page.contact-title"), true, errs
	v.Back = &ui.Link{Text: v.T("layout.back"), Href: accountPath}
	for done, text := range map[string]string{"saved": v.T("page.contact-saved"), "sent": v.T("page.contact-sent"), "confirmed": v.T("page.contact-confirmed")} {
		if r.URL.Query().Has(done) {
			v.Notice = &ui.Notice{Kind: ui.Success, Title: text}
		}
	}
	wish := access.WishOf(n)
	if r.URL.Path == contactPath && r.Method == http.MethodPost {
		wish = wishIn(r)
	}
	yes := func(on bool) string {
		if on {
			return "yes"
		}
		return "no"
	}
	choice := []ui.Option{{Value: "yes", Label: v.T("page.contact-yes")}, {Value: "no", Label: v.T("page.contact-no")}}
	v.Fields = []ui.Field{{Kind: ui.KindRadio, Name: "sms", Label: v.T("page.contact-sms"), Hint: v.T("page.contact-sms-hint"), Value: yes(!wish.NoSMS), Options: choice}}
	if s.contacts.Mails() {
		v.Fields = append(v.Fields,
			ui.Field{Kind: ui.KindEmail, Name: "email", Label: v.T("page.contact-email"), Hint: v.T("page.contact-email-hint"), Value: wish.Email, Autocomplete: "email", Optional: true},
			ui.Field{Kind: ui.KindRadio, Name: "mail", Label: v.T("page.contact-mail"), Value: yes(!wish.NoEmail), Options: choice})
		if n.Email != "" && n.Confirmed.IsZero() {
			v.Pending = n.Email
			v.Code = &ui.Field{Kind: ui.KindText, Name: "code", Label: v.T("page.contact-code"), Hint: v.T("page.contact-code-hint"), Autocomplete: "one-time-code", Width: "short", Error: errs.Of("code")}
		}
	}
	v.Fields = append(v.Fields,
		ui.Field{Kind: ui.KindText, Name: "quietFrom", Label: v.T("page.contact-quiet-from"), Hint: v.T("page.contact-quiet-hint"), Value: wish.QuietFrom, Width: "short", Optional: true},
		ui.Field{Kind: ui.KindText, Name: "quietTo", Label: v.T("page.contact-quiet-to"), Value: wish.QuietTo, Width: "short", Optional: true})
	for i := range v.Fields {
		v.Fields[i].Error = errs.Of(v.Fields[i].Name)
	}
	s.kit.Show(w, status, "web/contact", v)
}

// wishIn is what somebody chose on the page.
func wishIn(r *http.Request) access.Wish {
	return access.Wish{Email: r.PostFormValue("email"), NoEmail: r.PostFormValue("mail") == "no", NoSMS: r.PostFormValue("sms") == "no",
		QuietFrom: r.PostFormValue("quietFrom"), QuietTo: r.PostFormValue("quietTo")}
}

// contactAct does something for who is signed in, and shows the page again: with what is to be mended, or that it is done.
func (s *shell) contactAct(do func(*http.Request, string) error, done string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		by, _, ok := access.FromRequest(r)
		if !ok {
			s.kit.SignIn(w, r, ui.Public)
			return
		}
		if err := r.ParseForm(); err != nil {
			s.kit.Fail(w, r, ui.Public, page.BadInput(err))
			return
		}
		err := do(r, by.ID)
		if refusal, ok := page.Refusal(err); ok && len(refusal.Fields) > 0 {
			s.showContact(w, r, faults(page.Lang(r), refusal), http.StatusUnprocessableEntity)
			return
		}
		if err != nil {
			s.kit.Fail(w, r, ui.Public, err)
			return
		}
		http.Redirect(w, r, contactPath+"?"+done, http.StatusSeeOther)
	}
}

func (s *shell) chooseContact(r *http.Request, account string) error {
	return s.contacts.Choose(r.Context(), account, wishIn(r))
}

func (s *shell) sendCode(r *http.Request, account string) error {
	return s.contacts.SendCode(r.Context(), account)
}

func (s *shell) confirmEmail(r *http.Request, account string) error {
	return s.contacts.Confirm(r.Context(), account, r.PostForm.Get("code"))
}
