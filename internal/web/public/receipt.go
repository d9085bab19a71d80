package public

import (
	"encoding/hex"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/internal/web/ui"
)

// receiptView is the receipt of what was handed in, to be printed.
type receiptView struct {
	ui.Page
	Office    string
	Facts     ui.Summary
	Materials ui.Summary
	QR        string // address of the picture
	Progress  string // address that the picture holds
	Mark      proofMark
	Leaf      string
	Digits    ui.Copy // that a stranger needs to see the progress
	Phone     string
	Complain  string
	Due       time.Time
}

// receipt shows the receipt of the last time that the request was handed in.
func (s *Site) receipt(w http.ResponseWriter, r *http.Request, o *own) {
	history, err := s.hall.History(r.Context(), o.by, o.key)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	entry := hall.Receipted(history)
	if entry == nil {
		s.fail(w, r, hall.ErrNotFound)
		return
	}
	leaf := hex.EncodeToString(entry.Leaf)
	address := progressAddress(o.key.Case, entry.Digits())
	v := &receiptView{
		Page: s.narrow(r, "", o.path("")), Office: s.departmentOf(o)(o.Item.Department),
		QR: address + "/qr.png", Progress: s.origin(r) + address, Leaf: leaf, Digits: ui.Copy{Code: entry.Digits(), What: i18n.T(o.lang, "public.digits")}, Materials: o.materialAnswers(false),
		Phone: o.Item.Contact.Ask, Complain: o.Item.Contact.Complain,
	}
	if v.Mark, err = s.proofMark(r, o.key, &entry.Entry, o.path("/receipt.json")); err != nil {
		s.fail(w, r, err)
		return
	}
	v.Title = v.T("public.receipt-title")
	v.Facts.Rows = append(o.named(), []ui.SummaryRow{
		{Label: v.T("public.document"), Value: o.Case.Applicant.Document.Masked()},
		{Label: v.T("public.handed-in"), Value: momentOf(v, entry.At)},
		{Label: v.T("case.clock.promised"), Value: o.Item.Limits.Promised.Limit.Text(o.lang) + basisOf(o.Item.Limits.Promised, o.lang)},
		{Label: v.T("case.clock.statutory"), Value: o.Item.Limits.Statutory.Limit.Text(o.lang) + basisOf(o.Item.Limits.Statutory, o.lang)},
	}...)
	if k := o.Case.Clock(caseflow.ClockAcceptance); k != nil {
		v.Due = k.Due
	}
	s.kit.Show(w, http.StatusOK, "public/receipt", v)
}

// progressAddress is where whoever holds a receipt sees how far the case is.
func progressAddress(no caseflow.CaseNo, digits string) string {
	return "/progress/" + string(no) + "/" + digits
}

// basisOf is where a limit stands, behind the limit.
func basisOf(rule caseflow.Rule, lang string) string {
	if b := rule.Basis.String(); b != "" {
		return i18n.T(lang, "public.limit-basis", b)
	}
	return ""
}

// progressView is what whoever holds a receipt may see: steps and due dates, no name and no answer.
type progressView struct {
	ui.Page
	No       string
	Item     string
	State    string
	Clocks   []clockView
	Plan     ui.Progress
	At       time.Time
	Field    []ui.Field
	NotFound bool
	Rate     string // where the service at a window is rated, by whom has no account
	Proof    string // where the receipt with proofs is fetched, by whom has no account
	Rated    bool
}

// Missing says that number and digits do not fit.
func (v *progressView) Missing() ui.Notice {
	return ui.Notice{Kind: ui.Failure, Title: v.T("public.progress-missing")}
}

// progressForm asks for the number and digits that stand on a receipt.
func (s *Site) progressForm(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	no, digits := strings.TrimSpace(q.Get("no")), canonicalDigits(q.Get("digits"))
	if no != "" && digits != "" {
		if _, err := hall.KeyOf(no); err == nil {
			http.Redirect(w, r, "/progress/"+no+"/"+digits, http.StatusSeeOther)
			return
		}
	}
	s.askProgress(w, r, http.StatusOK, no, q.Get("digits"), q.Has("digits") && no+q.Get("digits") != "") // the verify page knows the number alone
}

func (s *Site) askProgress(w http.ResponseWriter, r *http.Request, status int, no, digits string, notFound bool) {
	v := &progressView{Page: s.narrow(r, "", ""), NotFound: notFound}
	v.Title = v.T("public.progress-title")
	v.Field = []ui.Field{
		{Kind: ui.KindText, Name: "no", Label: v.T("public.case-no"), Hint: v.T("public.no-hint"), Value: no, Autocomplete: "off"},
		{Kind: ui.KindText, Autocomplete: "off", Name: "digits", Label: v.T("public.digits"), Hint: v.T("public.digits-hint"), Value: digits},
	}
	s.kit.Show(w, status, "public/progress-form", v)
}

// canonicalDigits reads the digits of a receipt as people type them; "" if they cannot be.
func canonicalDigits(text string) string {
	digits := strings.ToLower(canonicalCode(text))
	if len(digits) != hall.ReceiptDigits {
		return ""
	}
	if _, err := hex.DecodeString(digits); err != nil {
		return ""
	}
	return digits
}

// byReceipt finds the case of a receipt and the entry that it acknowledges; on failure it has answered, and returns nil. Who mistyped
// a number or digits sees them again.
func (s *Site) byReceipt(w http.ResponseWriter, r *http.Request) (v *hall.View, e *store.Entry) {
	no, digits := r.PathValue("case"), r.PathValue("digits")
	key, err := hall.KeyOf(no)
	if err == nil {
		v, e, err = s.hall.ByReceipt(r.Context(), key, digits)
	}
	switch {
	case errors.Is(err, hall.ErrNotFound):
		s.askProgress(w, r, http.StatusNotFound, no, digits, true)
	case err != nil:
		s.fail(w, r, err)
	}
	return v, e
}

func (s *Site) progress(w http.ResponseWriter, r *http.Request) {
	found, _ := s.byReceipt(w, r)
	if found == nil {
		return
	}
	c, it := found.Case, found.Item
	v := &progressView{Page: s.frame(r, ""), No: string(c.No), At: s.hall.Now()}
	v.Item, v.State = it.Name.In(v.Lang), v.T("case.phase."+string(c.Phase))
	v.Title = v.Item
	v.Plan, v.Clocks = s.plan(c, it, v.Lang), s.clocks(c, v.Lang)
	for i := range v.Clocks {
		v.Clocks[i].Lamp.Why = "" // written words may name somebody
	}
	for i := range v.Plan.Stages {
		for j := range v.Plan.Stages[i].Steps {
			p := &v.Plan.Stages[i].Steps[j]
			p.Why = ""
			if p.Lamp != nil {
				p.Lamp.Why = ""
			}
		}
	}
	if c.Owner == "" {
		v.Proof = progressAddress(c.No, r.PathValue("digits")) + "/receipt"
	}
	switch refusal := s.mayRate(found); {
	case refusal == nil:
		v.Rate = progressAddress(c.No, r.PathValue("digits")) + "/rate"
	case refusal.Code == caseflow.CodeRated:
		v.Rated = true
	}
	s.kit.Show(w, http.StatusOK, "public/progress", v)
}

func (s *Site) progressQR(w http.ResponseWriter, r *http.Request) {
	no, digits := r.PathValue("case"), canonicalDigits(r.PathValue("digits"))
	if _, err := hall.KeyOf(no); err != nil || digits == "" {
		s.fail(w, r, hall.ErrNotFound)
		return
	}
	s.qr(w, r, s.origin(r)+"/progress/"+no+"/"+digits)
}
