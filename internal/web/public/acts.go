package public

import (
	"net/http"
	"strings"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
)

// withdrawView asks before a request is taken back.
type withdrawView struct {
	ui.Page
	Confirm ui.Confirm
}

func (s *Site) withdrawPage(w http.ResponseWriter, r *http.Request, o *own) {
	if _, refusal := caseflow.Decide(o.Case, o.Item, o.by, caseflow.Withdraw{}, caseflow.Env{Now: s.hall.Now(), Calendar: s.hall.Calendar(o.key.Region)}); refusal != nil {
		s.fail(w, r, refusal)
		return
	}
	s.showWithdraw(w, r, o, "", nil, http.StatusOK)
}

func (s *Site) showWithdraw(w http.ResponseWriter, r *http.Request, o *own, reason string, errs *ui.Errors, status int) {
	v := &withdrawView{Page: s.narrow(r, "", o.path(""))}
	v.Title, v.Errors = v.T("public.withdraw-title"), errs
	v.Confirm = ui.Confirm{
		Result: v.T("public.withdraw-result"), Action: o.path("/withdraw"), Grave: true,
		Button: page.CommandName(o.lang, o.Case, "withdraw"), Cancel: o.path(""),
		Object: o.named(),
		Keep:   []ui.Field{{Kind: ui.KindHidden, Name: page.RequestField, Value: page.NewRequestID()}},
		Fields: []ui.Field{{Kind: ui.KindTextarea, Name: "reason", Label: v.T("public.withdraw-why"), Optional: true,
			Value: reason, Lines: 3, Error: errs.Of("reason")}},
	}
	if o.Case.Phase == caseflow.PhaseDraft {
		v.Title, v.Confirm.Result, v.Confirm.Fields = v.T("public.discard-title"), v.T("public.discard-result"), nil
	}
	v.Confirm.Question = v.Title
	s.kit.Show(w, status, "public/withdraw", v)
}

func (s *Site) withdraw(w http.ResponseWriter, r *http.Request, o *own) {
	if err := r.ParseForm(); err != nil {
		s.fail(w, r, page.BadInput(err))
		return
	}
	reason := strings.TrimSpace(r.PostForm.Get("reason"))
	_, err := s.do(r, o, caseflow.Withdraw{Reason: reason})
	if refusal, ok := page.Refusal(err); ok && refusal.Code == caseflow.CodeWords {
		errs := &ui.Errors{Faults: []ui.Fault{{Field: "reason", Text: page.Sentence(o.lang, refusal)}}}
		s.showWithdraw(w, r, o, reason, errs, http.StatusUnprocessableEntity)
		return
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	http.Redirect(w, r, o.path(""), http.StatusSeeOther)
}
