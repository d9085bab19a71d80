package public

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
)

// helperView is who helps the applicant, by office and telephone; an official is not named.
type helperView struct {
	How, Name, Office, Phone string
	Since                    time.Time
	Told                     string // who has been told that help is wanted with what is being written
}

func (s *Site) helper(o *own) *helperView {
	a := o.Case.Assistance
	if a == nil {
		return nil
	}
	v := &helperView{How: i18n.T(o.lang, "case.assist."+a.How), Phone: a.Phone, Since: a.Since}
	switch a.How {
	case caseflow.AssistAsked:
		if o.Case.Phase == caseflow.PhaseDraft {
			v.Told = i18n.T(o.lang, "public.help-told", s.departmentOf(o)(o.Item.Department))
		}
	case caseflow.AssistOfficial:
		v.Office = s.departmentOf(o)(a.Post.Department)
		if v.Phone == "" {
			v.Phone = s.guides.Phone(o.Item, a.Post.Department)
		}
	case caseflow.AssistAgent:
		v.Name, v.Office = a.Name, a.Office
	}
	if v.Phone == "" {
		v.Phone = o.Item.Contact.Ask
	}
	return v
}

// helpView asks whether the applicant wants help, or who acts for them.
type helpView struct {
	ui.Page
	Fields    []ui.Field
	Action    string
	RequestID string
	Cancel    string
}

// helpWays are the ways that an applicant can choose; which official helps is for the window to record.
var helpWays = []string{caseflow.AssistNone, caseflow.AssistAsked, caseflow.AssistAgent}

func (s *Site) helpPage(w http.ResponseWriter, r *http.Request, o *own) {
	if !o.typing() {
		http.Redirect(w, r, o.path(""), http.StatusSeeOther)
		return
	}
	s.showHelp(w, r, o, nil, http.StatusOK)
}

func (s *Site) showHelp(w http.ResponseWriter, r *http.Request, o *own, errs *ui.Errors, status int) {
	v := &helpView{Page: s.narrow(r, i18n.T(o.lang, "public.help-title"), o.path("")), Action: o.path("/help"), RequestID: page.NewRequestID(), Cancel: o.path("")}
	v.Errors = errs
	now := map[string]string{"how": caseflow.AssistNone}
	if a := o.Case.Assistance; a != nil {
		now = map[string]string{"how": a.How, "why": a.Why, "name": a.Name, "office": a.Office, "phone": a.Phone, "basis": a.Basis}
	}
	add := func(kind, name string, optional bool, options ...ui.Option) {
		f := ui.Field{Kind: kind, Name: name, Label: v.T("public.help." + name), Optional: optional, Value: now[name], Options: options, Error: errs.Of(name)}
		if hint := "public.help-hint-" + name; i18n.Has(hint) {
			f.Hint = v.T(hint)
		}
		if r.PostForm != nil {
			f.Value = r.PostForm.Get(name)
		}
		v.Fields = append(v.Fields, f)
	}
	var ways, reasons []ui.Option
	for _, how := range helpWays {
		ways = append(ways, ui.Option{Value: how, Label: v.T("public.help-how." + how)})
	}
	for _, why := range caseflow.Reasons() {
		reasons = append(reasons, ui.Option{Value: why, Label: v.T("case.assist-why." + why)})
	}
	add(ui.KindRadio, "how", false, ways...)
	add(ui.KindRadio, "why", true, reasons...)
	for _, name := range []string{"name", "office", "phone", "basis"} {
		add(ui.KindText, name, true)
	}
	s.kit.Show(w, status, "public/help", v)
}

// saveHelp records what was chosen. Nobody is asked twice: choosing what is so already changes nothing.
func (s *Site) saveHelp(w http.ResponseWriter, r *http.Request, o *own) {
	if err := r.ParseForm(); err != nil {
		s.fail(w, r, page.BadInput(err))
		return
	}
	get := func(name string) string { return strings.TrimSpace(r.PostForm.Get(name)) }
	cmd := caseflow.Assist{How: get("how"), Why: get("why")}
	if cmd.How == caseflow.AssistAgent {
		cmd.Name, cmd.Office, cmd.Phone, cmd.Basis = get("name"), get("office"), ident.Normalise(get("phone")), get("basis")
	}
	if !slices.Contains(helpWays, cmd.How) {
		text := i18n.T(o.lang, "case.fault.choose", i18n.T(o.lang, "public.help.how"))
		s.showHelp(w, r, o, &ui.Errors{Faults: []ui.Fault{{Field: "how", Text: text}}}, http.StatusUnprocessableEntity)
		return
	}
	_, err := s.do(r, o, cmd)
	refusal, refused := page.Refusal(err)
	switch {
	case err == nil, refused && refusal.Code == caseflow.CodeExists:
		http.Redirect(w, r, o.path(""), http.StatusSeeOther)
	case refused && refusal.Code == caseflow.CodeForm && len(refusal.Fields) > 0:
		errs := &ui.Errors{}
		for _, f := range refusal.Fields {
			f.Text = caseflow.Text{ZH: i18n.T(o.lang, "public.help."+f.Field)}
			errs.Faults = append(errs.Faults, ui.Fault{Field: f.Field, Text: faultWords(o.lang, f)})
		}
		s.showHelp(w, r, o, errs, http.StatusUnprocessableEntity)
	default:
		s.fail(w, r, err)
	}
}

// faultWords says what to mend in a question of this page.
func faultWords(lang string, f caseflow.FieldFault) string {
	if f.Code == "enum" {
		return i18n.T(lang, "case.fault.choose", f.Text.In(lang))
	}
	return i18n.T(lang, "case.fault.required", f.Text.In(lang))
}
