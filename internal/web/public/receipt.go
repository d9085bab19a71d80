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
	"github.com/tongban/tongban/internal/web/ui"
)

// progressAddress is where whoever holds a receipt sees how far the case is.
func progressAddress(no caseflow.CaseNo, digits string) string {
	return "/progress/" + string(no) + "/" + digits
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
