package public

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
	"github.com/tongban/tongban/workday"
)

// mandatesView is who may act for the owner of a space, and whom one may act for oneself.
type mandatesView struct {
	space
	Ended        bool     // one was just ended
	Code         *ui.Copy // the invitation that was just made
	Agent        string   // whom it is for
	Claimable    []hall.Company
	Given        []mandateLine
	More         string
	Fields       []ui.Field
	RequestID    string
	Received     []mandateLine
	MoreReceived string
	Accept       ui.Field
}

// mandateLine is one mandate.
type mandateLine struct {
	Title, State, Items, Period string
	History                     []mandateStep
	End, EndText                string
	Manage                      string // address where the legal representative says who else acts for the company
}

type mandateStep struct {
	store.MandateStep
	Text string
}

// allItems is the value of the choice of all items.
const allItems = "*"

// endedField in the address says that a mandate was just ended.
const endedField = "ended"

func (s *Site) mandates(w http.ResponseWriter, r *http.Request, by caseflow.Actor) {
	s.showMandates(w, r, by, nil, http.StatusOK, nil, "")
}

func (s *Site) showMandates(w http.ResponseWriter, r *http.Request, by caseflow.Actor, errs *ui.Errors, status int, given *store.Mandate, code string) {
	sp, err := s.spacePage(r, by, "public.mandates", "/my")
	if err != nil {
		s.fail(w, r, err)
		return
	}
	v := &mandatesView{space: sp, Ended: r.Method == http.MethodGet && r.URL.Query().Has(endedField)}
	v.Errors = errs
	if code != "" {
		v.Code, v.Agent = &ui.Copy{Code: code, What: v.T("public.invitation")}, given.AgentName
	}
	if err := s.fillMandates(r, by, v); err != nil {
		s.fail(w, r, err)
		return
	}
	v.RequestID = page.NewRequestID()
	v.Fields = s.mandateFields(r, v, errs, code != "")
	v.Accept = ui.Field{Kind: ui.KindCode, Name: "code", Label: v.T("public.invitation"), Hint: v.T("public.invitation-hint"),
		Value: r.PostFormValue("code"), Error: errs.Of("code"), Width: "medium"}
	s.kit.Show(w, status, "public/mandates", v)
}

// fillMandates reads a page of what was given and, in the own space, of what was received.
func (s *Site) fillMandates(r *http.Request, by caseflow.Actor, v *mandatesView) error {
	given, more, err := s.hall.Given(r.Context(), by, v.Space.Owner, r.URL.Query().Get("after"), 0)
	if err != nil {
		return err
	}
	if more != "" {
		v.More = v.With("after", more)
	}
	for i := range given {
		v.Given = append(v.Given, s.mandateLine(&v.space, &given[i], false))
	}
	if !v.Space.Own {
		return nil
	}
	received, more, err := s.hall.Received(r.Context(), by, r.URL.Query().Get("received"), 0)
	if err != nil {
		return err
	}
	if more != "" {
		v.MoreReceived = v.With("received", more)
	}
	for i := range received {
		v.Received = append(v.Received, s.mandateLine(&v.space, &received[i], true))
	}
	v.Claimable, err = s.hall.Claimable(r.Context(), by, s.region)
	return err
}

// mandateLine words a mandate for its principal, or (received) for its agent.
func (s *Site) mandateLine(v *space, m *store.Mandate, received bool) mandateLine {
	state := m.State
	if now := s.hall.Now(); state == store.MandateActive && !m.Live(now) {
		if state = "over"; now.Before(m.From) {
			state = "coming"
		}
	}
	l := mandateLine{Title: m.AgentName, State: v.T("public.mandate-state." + state), Items: v.T("public.mandate-all"),
		Period: v.T("public.mandate-from", workday.DateOf(m.From).Text(v.Lang))}
	if !m.Until.IsZero() {
		l.Period = v.T("public.mandate-period", workday.DateOf(m.From).Text(v.Lang), (workday.DateOf(m.Until) - 1).Text(v.Lang))
	}
	if received {
		l.Title = m.Name
	}
	if m.Items != nil {
		l.Items = v.T("public.mandate-items", s.itemNames(m.Items, v.Lang))
	}
	if m.Kind == store.MandateLegal {
		l.Items = v.T("public.mandate-legal")
		if received && state == store.MandateActive {
			to := space{Space: &hall.Space{Owner: m.Principal}}
			l.Manage = "/my/mandates" + to.Query()
		}
	}
	for _, h := range m.History {
		step := mandateStep{h, v.T("public.mandate-did." + h.What)}
		if h.What == store.MandateRecorded || h.What == store.MandateReplaced { // the window's own words: which papers it saw
			step.Words = ""
		}
		l.History = append(l.History, step)
	}
	if m.Kind == store.MandateAgent && m.State != store.MandateEnded {
		l.End, l.EndText = "/my/mandates/"+m.ID+"/end"+v.Query(), v.T("public.mandate-take-back")
		if received {
			l.EndText = v.T("public.mandate-lay-down")
		}
	}
	return l
}

func (s *Site) itemNames(items []caseflow.ItemID, lang string) string {
	names := make([]string, len(items))
	for i, id := range items {
		if names[i] = string(id); s.hall.Item(id) != nil {
			names[i] = s.hall.Item(id).Name.In(lang)
		}
	}
	return strings.Join(names, i18n.T(lang, "public.mandate-and"))
}

// mandateFields ask who shall act, for what and how long. Empty begins anew.
func (s *Site) mandateFields(r *http.Request, v *mandatesView, errs *ui.Errors, empty bool) []ui.Field {
	typed := func(name string) string {
		if empty {
			return ""
		}
		return r.PostFormValue(name)
	}
	items := ui.Field{Kind: ui.KindCheckbox, Name: "items", Label: v.T("public.mandate-what"), Error: errs.Of("items"),
		Options: []ui.Option{{Value: allItems, Label: v.T("public.mandate-all")}}}
	if !empty {
		items.Values = r.PostForm["items"]
	}
	for _, it := range s.guides.Items() {
		if !it.Asked(s.region) {
			continue
		}
		items.Options = append(items.Options, ui.Option{Value: string(it.ID), Label: it.Name.In(v.Lang)})
	}
	return []ui.Field{
		{Kind: ui.KindText, Name: "agent", Label: v.T("public.mandate-who"), Hint: v.T("public.mandate-who-hint"), Value: typed("agent"), Error: errs.Of("agent"), Max: 50},
		items,
		{Kind: ui.KindDate, Name: "from", Label: v.T("public.mandate-first"), Optional: true, Hint: v.T("public.mandate-first-hint"), Value: typed("from"), Error: errs.Of("from")},
		{Kind: ui.KindDate, Name: "until", Label: v.T("public.mandate-last"), Hint: v.T("public.mandate-last-hint"), Value: typed("until"), Error: errs.Of("until")},
	}
}

// give invites an agent and shows the invitation, this once.
func (s *Site) give(w http.ResponseWriter, r *http.Request, by caseflow.Actor) {
	if err := r.ParseForm(); err != nil {
		s.fail(w, r, page.BadInput(err))
		return
	}
	g, faults := giving(page.Lang(r), r.PostForm)
	if len(faults) > 0 {
		s.showMandates(w, r, by, &ui.Errors{Faults: faults}, http.StatusUnprocessableEntity, nil, "")
		return
	}
	m, code, err := s.hall.Give(r.Context(), by, page.RequestID(r), r.PostForm.Get(forField), g)
	if refusal, ok := page.Refusal(err); ok {
		s.showMandates(w, r, by, faultsOf(page.Lang(r), refusal), http.StatusUnprocessableEntity, nil, "")
		return
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.showMandates(w, r, by, nil, http.StatusOK, m, code)
}

// giving reads the form of a mandate: what is asked for, and all that is missing or cannot be read, in the order of its questions.
func giving(lang string, post url.Values) (g hall.Giving, faults []ui.Fault) {
	g.Agent = post.Get("agent")
	if _, err := ident.Name(g.Agent); err != nil {
		fault := ui.Fault{Field: "agent", Text: i18n.T(lang, "public.mandate-no-name")}
		if f, ok := errors.AsType[*ident.Fault](err); ok {
			fault.Text = f.Text(lang)
		}
		faults = append(faults, fault)
	}
	if chosen := post["items"]; !slices.Contains(chosen, allItems) {
		g.Items = []caseflow.ItemID{}
		for _, id := range chosen {
			g.Items = append(g.Items, caseflow.ItemID(id))
		}
		if len(chosen) == 0 {
			faults = append(faults, ui.Fault{Field: "items", Text: page.Sentence(lang, &caseflow.Refusal{Code: caseflow.CodeMandateItems})})
		}
	}
	for _, d := range []struct {
		name string
		day  *workday.Date
	}{{"from", &g.From}, {"until", &g.Until}} {
		text := strings.TrimSpace(post.Get(d.name))
		day, err := ui.Day(text)
		if *d.day = day; err != nil && (text != "" || d.name == "until") {
			faults = append(faults, ui.Fault{Field: d.name, Text: i18n.T(lang, "public.mandate-date")})
		}
	}
	return g, faults
}

// faultsOf are the faults of a refusal at their fields, else its sentence.
func faultsOf(lang string, refusal *caseflow.Refusal) *ui.Errors {
	errs := &ui.Errors{}
	for _, f := range refusal.Fields {
		text := f.Text.In(lang)
		if text == "" {
			text = page.Sentence(lang, refusal)
		}
		errs.Faults = append(errs.Faults, ui.Fault{Field: f.Field, Text: text})
	}
	if len(errs.Faults) == 0 {
		errs.Title = page.Sentence(lang, refusal)
	}
	return errs
}

func (s *Site) accept(w http.ResponseWriter, r *http.Request, by caseflow.Actor) {
	m, err := s.hall.Accept(r.Context(), by, r.PostFormValue("code"))
	if refusal, ok := page.Refusal(err); ok {
		errs := &ui.Errors{Faults: []ui.Fault{{Field: "code", Text: page.Sentence(page.Lang(r), refusal)}}}
		s.showMandates(w, r, by, errs, http.StatusUnprocessableEntity, nil, "")
		return
	}
	s.toSpace(w, r, m, err)
}

func (s *Site) claim(w http.ResponseWriter, r *http.Request, by caseflow.Actor) {
	m, err := s.hall.Claim(r.Context(), by, s.region, r.PostFormValue("code"))
	s.toSpace(w, r, m, err)
}

// toSpace leads to the space that a mandate opens.
func (s *Site) toSpace(w http.ResponseWriter, r *http.Request, m *store.Mandate, err error) {
	if err != nil {
		s.fail(w, r, err)
		return
	}
	to := space{Space: &hall.Space{Owner: m.Principal}}
	if !m.Live(s.hall.Now()) { // it begins later
		http.Redirect(w, r, "/my/mandates", http.StatusSeeOther)
		return
	}
	http.Redirect(w, r, "/my"+to.Query(), http.StatusSeeOther)
}

// endPage asks before a mandate ends.
func (s *Site) endPage(w http.ResponseWriter, r *http.Request, by caseflow.Actor) {
	sp, err := s.spacePage(r, by, "public.mandate-end-title", "")
	if err != nil {
		s.fail(w, r, err)
		return
	}
	m, err := s.hall.Ending(r.Context(), by, r.PathValue("mandate"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	line := s.mandateLine(&sp, m, false)
	back := "/my/mandates" + sp.Query()
	sp.Back = &ui.Link{Text: sp.T("layout.back"), Href: back}
	v := &withdrawView{Page: sp.Page, Confirm: ui.Confirm{
		Question: sp.Title, Result: sp.T("public.mandate-end-result"), Action: "/my/mandates/" + r.PathValue("mandate") + "/end", Grave: true,
		Object: []ui.SummaryRow{{Label: sp.T("public.mandate-principal"), Value: m.Name}, {Label: sp.T("public.mandate-who"), Value: m.AgentName},
			{Label: sp.T("public.mandate-what"), Value: line.Items}, {Label: sp.T("public.mandate-time"), Value: line.Period}},
		Button: sp.T("public.mandate-end-do"), Cancel: back, Keep: []ui.Field{{Kind: ui.KindHidden, Name: forField, Value: sp.Owner()}},
		Fields: []ui.Field{{Kind: ui.KindTextarea, Name: "words", Label: sp.T("public.mandate-end-why"), Optional: true, Lines: 3, Max: 500}},
	}}
	s.kit.Show(w, http.StatusOK, "public/withdraw", v)
}

func (s *Site) end(w http.ResponseWriter, r *http.Request, by caseflow.Actor) {
	sp, err := s.spacePage(r, by, "public.mandate-end-title", "")
	if err == nil {
		err = s.hall.End(r.Context(), by, r.PathValue("mandate"), strings.TrimSpace(r.PostFormValue("words")))
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	done := url.Values{endedField: {"yes"}}
	if owner := sp.Owner(); owner != "" {
		done.Set(forField, owner)
	}
	http.Redirect(w, r, "/my/mandates?"+done.Encode(), http.StatusSeeOther)
}
