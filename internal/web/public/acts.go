package public

import (
	"errors"
	"net/http"
	"strconv"
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
		Question: v.Title, Result: v.T("public.withdraw-result"), Action: o.path("/withdraw"), Grave: true,
		Button: v.T("public.withdraw-do"), Cancel: o.path(""),
		Object: o.named(),
		Keep:   []ui.Field{{Kind: ui.KindHidden, Name: page.RequestField, Value: page.NewRequestID()}},
		Fields: []ui.Field{{Kind: ui.KindTextarea, Name: "reason", Label: v.T("public.withdraw-why"), Optional: true,
			Value: reason, Lines: 3, Error: errs.Of("reason")}},
	}
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

// rateView asks how the service was.
type rateView struct {
	ui.Page
	Item      string
	Rating    ui.Rating
	Tags      ui.Field
	Words     ui.Field
	Action    string
	RequestID string
	Cancel    string
}

// rateTags are the reasons that may be ticked; their words stand in the catalogue.
var rateTags = []string{"fast", "clear", "kind", "once", "slow", "unclear", "rude", "twice"}

func (s *Site) ratePage(w http.ResponseWriter, r *http.Request, o *own) {
	_, refusal := caseflow.Decide(o.Case, o.Item, o.by, caseflow.Rate{Channel: o.Case.Channel, Level: 5}, caseflow.Env{Now: s.hall.Now(), Calendar: s.hall.Calendar(o.key.Region)})
	if refusal != nil {
		s.fail(w, r, refusal)
		return
	}
	s.showRate(w, r, o, nil, http.StatusOK)
}

func (s *Site) showRate(w http.ResponseWriter, r *http.Request, o *own, errs *ui.Errors, status int) {
	v := &rateView{Page: s.narrow(r, "", o.path("")), Item: o.Item.Name.In(o.lang), Action: o.path("/rate"), RequestID: page.NewRequestID(), Cancel: o.path("")}
	v.Title, v.Errors = v.T("public.rate-title"), errs
	v.Rating = ui.Rating{Name: "level", Legend: v.T("public.rate-legend"), Value: r.PostFormValue("level"), Error: errs.Of("level")}
	v.Tags = ui.Field{Kind: ui.KindCheckbox, Name: "tags", Label: v.T("public.rate-tags"), Optional: true, Values: r.PostForm["tags"]}
	for _, t := range rateTags {
		v.Tags.Options = append(v.Tags.Options, ui.Option{Value: t, Label: v.T("public.tag." + t)})
	}
	v.Words = ui.Field{Kind: ui.KindTextarea, Name: "words", Label: v.T("public.rate-words"), Optional: true,
		Hint: v.T("public.rate-words-hint"), Value: r.PostFormValue("words"), Error: errs.Of("words")}
	s.kit.Show(w, status, "public/rate", v)
}

func (s *Site) rate(w http.ResponseWriter, r *http.Request, o *own) {
	if err := r.ParseForm(); err != nil {
		s.fail(w, r, page.BadInput(err))
		return
	}
	level, err := strconv.Atoi(r.PostForm.Get("level"))
	if err != nil {
		level = 0
	}
	cmd := caseflow.Rate{Channel: o.Case.Channel, Level: level, Words: strings.TrimSpace(r.PostForm.Get("words"))}
	for _, t := range r.PostForm["tags"] {
		for _, known := range rateTags {
			if t == known {
				cmd.Tags = append(cmd.Tags, t)
			}
		}
	}
	_, err = s.do(r, o, cmd)
	var refusal *caseflow.Refusal
	if errors.As(err, &refusal) {
		for code, field := range map[string]string{caseflow.CodeLevel: "level", caseflow.CodeWords: "words"} {
			if refusal.Code == code {
				errs := &ui.Errors{Faults: []ui.Fault{{Field: field, Text: page.Sentence(o.lang, refusal)}}}
				s.showRate(w, r, o, errs, http.StatusUnprocessableEntity)
				return
			}
		}
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	http.Redirect(w, r, o.path(""), http.StatusSeeOther)
}
