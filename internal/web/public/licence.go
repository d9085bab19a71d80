package public

import (
	"errors"
	"net/http"
	"strings"
	"time"

	qrcode "github.com/skip2/go-qrcode"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/paper"
	"github.com/tongban/tongban/internal/web/ui"
	"github.com/tongban/tongban/workday"
)

// licence is a licence as its owner sees it.
func (o *own) licence(l *caseflow.Licence, name func(string) string) ui.Licence {
	v := licenceCard(l, o.lang, o.today)
	v.Href = o.path("/licences/" + l.No)
	v.Issuer = name(hall.Issuer(l, o.Item))
	return v
}

// licenceCard is a licence as it stands today: one that has expired says so, to its holder as to who verifies it.
func licenceCard(l *caseflow.Licence, lang string, today workday.Date) ui.Licence {
	v := ui.Licence{
		Name: l.Name.In(lang), No: l.No, Holder: l.Holder, Issued: workday.DateOf(l.Issued), Expires: l.Expires, State: l.State,
		QR: "/verify/" + l.Verify + "/qr.png", Verify: "/verify/" + l.Verify, Code: l.Verify,
	}
	if l.State == caseflow.LicenceValid && !l.Expires.IsZero() && today > l.Expires {
		v.State = licenceExpired
	}
	return v
}

// licenceExpired is the state, on a card, of a licence that nobody has revoked or ended and whose time is over.
const licenceExpired = "expired"

// facts are what stands on the licence, as rows of a card.
func facts(l *caseflow.Licence, it *caseflow.Item, lang string, mask func(from, value string) string) []ui.SummaryRow {
	var rows []ui.SummaryRow
	for _, f := range paper.Facts(l, it, lang, mask) {
		rows = append(rows, ui.SummaryRow{Label: f.Label, Value: f.Value})
	}
	return rows
}

// licenceView is the page of one licence.
type licenceView struct {
	ui.Page
	Licence ui.Licence
	Ground  *caseflow.GroundUsed
	Verify  string
}

func (s *Site) licence(w http.ResponseWriter, r *http.Request, o *own) {
	for i := range o.Case.Licences {
		l := &o.Case.Licences[i]
		if l.No != r.PathValue("no") {
			continue
		}
		v := &licenceView{Page: s.frame(r, l.Name.In(o.lang)), Licence: o.licence(l, s.departmentOf(o)), Verify: s.origin(r) + "/verify/" + l.Verify}
		v.Licence.Href, v.Licence.Facts = "", facts(l, o.Item, o.lang, nil)
		v.Back = &ui.Link{Text: v.T("layout.back"), Href: o.path("")}
		if l.State == caseflow.LicenceRevoked {
			v.Ground = o.Case.Ground
		}
		s.kit.Show(w, http.StatusOK, "public/licence", v)
		return
	}
	s.fail(w, r, hall.ErrNotFound)
}

// origin is the site's address as a person outside reaches it.
func (s *Site) origin(r *http.Request) string {
	if s.base != "" {
		return s.base
	}
	scheme := "http://"
	if r.TLS != nil {
		scheme = "https://"
	}
	return scheme + r.Host
}

// verifyView is the public answer to a code on a licence.
type verifyView struct {
	ui.Page
	Code    string
	Asked   bool
	Found   bool
	Case    string // of a paper
	Field   ui.Field
	No      ui.Field
	Licence ui.Licence
	Paper   *verifiedPaper
	At      time.Time
}

// Result is the answer in a sentence.
func (v *verifyView) Result() ui.Notice {
	switch {
	case v.Paper != nil && v.Paper.Replaced.IsZero():
		return ui.Notice{Kind: ui.Success, Title: v.T("public.verify-paper")}
	case v.Paper != nil:
		return ui.Notice{Kind: ui.Warning, Title: v.T("public.verify-paper-replaced"), Text: v.T("public.verify-paper-since", v.Paper.Replaced)}
	case v.Case != "":
		return ui.Notice{Kind: ui.Failure, Title: v.T("public.verify-paper-none"), Text: v.T("public.verify-none-why")}
	case !v.Found:
		return ui.Notice{Kind: ui.Failure, Title: v.T("public.verify-none"), Text: v.T("public.verify-none-why")}
	case v.Licence.State == caseflow.LicenceValid:
		return ui.Notice{Kind: ui.Success, Title: v.T("public.verify-valid")}
	}
	return ui.Notice{Kind: ui.Failure, Title: v.T("public.verify-" + v.Licence.State)}
}

// verifyForm asks for the code that is printed on a licence, or leads to what one says. What cannot be one is shown again.
func (s *Site) verifyForm(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	v := &verifyView{Page: s.narrow(r, "", ""), Code: query(q.Get("code")), Case: query(q.Get("no"))}
	code := canonicalCode(v.Code)
	_, err := hall.KeyOf(v.Case)
	wrong := &ui.Errors{}
	if q.Has("code") && code == "" {
		wrong.Faults = append(wrong.Faults, ui.Fault{Field: "code", Text: v.T("public.verify-code-fault")})
	}
	if v.Case != "" && err != nil {
		wrong.Faults = append(wrong.Faults, ui.Fault{Field: "no", Text: v.T("public.verify-no-fault")})
	}
	switch {
	case len(wrong.Faults) > 0:
		v.Errors = wrong
		s.showVerify(w, http.StatusUnprocessableEntity, v)
	case code == "":
		s.showVerify(w, http.StatusOK, v)
	case v.Case != "":
		http.Redirect(w, r, "/verify/"+v.Case+"/"+code, http.StatusSeeOther)
	default:
		http.Redirect(w, r, "/verify/"+code, http.StatusSeeOther)
	}
}

func (s *Site) showVerify(w http.ResponseWriter, status int, v *verifyView) {
	v.Title, v.At = v.T("public.verify-title"), s.hall.Now()
	v.Field = ui.Field{Kind: ui.KindText, Autocomplete: "off", Name: "code", Label: v.T("public.verify-code"), Hint: v.T("public.verify-hint"), Value: v.Code, Error: v.Errors.Of("code")}
	v.No = ui.Field{Kind: ui.KindText, Autocomplete: "off", Name: "no", Label: v.T("public.verify-no"), Optional: true, Hint: v.T("public.verify-no-hint"), Value: v.Case, Error: v.Errors.Of("no")}
	s.kit.Show(w, status, "public/verify", v)
}

// canonicalCode reads a code as people type it: capitals, without spaces and hyphens; "" if it cannot be one.
func canonicalCode(text string) string {
	code := strings.ReplaceAll(ident.Normalise(text), "-", "")
	if len(code) < 10 || len(code) > 60 {
		return ""
	}
	for _, r := range code {
		if (r < 'A' || r > 'Z') && (r < '0' || r > '9') {
			return ""
		}
	}
	return code
}

// verify says what a licence with the code is, with personal data masked.
func (s *Site) verify(w http.ResponseWriter, r *http.Request) {
	v := &verifyView{Page: s.narrow(r, "", "/verify"), Code: canonicalCode(r.PathValue("code")), Asked: true}
	l, row, err := s.hall.Verify(r.Context(), v.Code)
	var it *caseflow.Item
	if err == nil {
		it, err = s.hall.ItemOf(r.Context(), row.Key)
	}
	status := http.StatusOK
	switch {
	case err == nil:
		v.Found, v.Licence = true, maskedCard(l, it, v.Lang, workday.DateOf(s.hall.Now()))
		v.Licence.Issuer = s.department(it, v.Lang)(hall.Issuer(l, it))
	case errors.Is(err, hall.ErrNotFound):
		status = http.StatusNotFound
	default:
		s.fail(w, r, err)
		return
	}
	s.showVerify(w, status, v)
}

// maskedCard is what a stranger may read of a licence: personal names, numbers and addresses masked, what stands in public
// registers plain. What is personal is said by the field that the value came from.
func maskedCard(l *caseflow.Licence, it *caseflow.Item, lang string, today workday.Date) ui.Licence {
	card := licenceCard(l, lang, today)
	card.Verify, card.QR = "", ""
	holder := ""
	if st := it.StepByID(l.Step); st != nil && st.Result != nil {
		holder = st.Result.Holder
	}
	if f := paper.FieldAt(it, holder); f == nil || f.Personal {
		card.Holder = maskName(l.Holder)
	}
	card.Facts = facts(l, it, lang, func(from, value string) string {
		f := paper.FieldAt(it, from)
		if f == nil || !f.Personal {
			return value
		}
		switch f.Widget {
		case ui.KindPhone:
			return ident.MaskPhone(value)
		case ui.KindID:
			return ident.MaskID(value)
		}
		return maskName(value)
	})
	return card
}

// maskName masks a name that may be a person's. A company's stands in a
// public register.
func maskName(name string) string {
	if strings.HasSuffix(name, "公司") {
		return name
	}
	return ident.MaskName(name)
}

func (s *Site) verifyQR(w http.ResponseWriter, r *http.Request) {
	code := canonicalCode(r.PathValue("code"))
	if code == "" {
		s.fail(w, r, hall.ErrNotFound)
		return
	}
	s.qr(w, r, s.origin(r)+"/verify/"+code)
}

// qr writes a QR code of an address. It says nothing about whether there is something at the address.
func (s *Site) qr(w http.ResponseWriter, r *http.Request, address string) {
	png, err := qrcode.Encode(address, qrcode.Medium, 288)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "image/png")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "private, max-age=86400")
	_, _ = w.Write(png) // #nosec G705 -- a picture made here; a write error has nobody to be told
}
