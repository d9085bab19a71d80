package public

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/pack"
	"github.com/tongban/tongban/internal/rule"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
)

// service is one line of the list: what it is, in one sentence, and how long it takes.
type service struct {
	Name, Href, Sentence, Time, Visits, Fee string
	Beside                                  string // how long it is shown to the public, which does not count
	Why                                     string // of what was found: by what
}

func (s *Site) service(it *caseflow.Item, lang string) service {
	v := service{Name: it.Name.In(lang), Href: "/services/" + string(it.ID), Time: it.Limits.Promised.Limit.Text(lang)}
	var parts []string
	for _, p := range it.Parts {
		parts = append(parts, p.Name.In(lang))
	}
	if len(parts) > 1 {
		v.Sentence = i18n.T(lang, "public.bundle", len(parts), i18n.Joined(lang, parts))
	} else {
		v.Sentence = i18n.T(lang, "public.by-department", s.department(it, lang)(it.Department))
	}
	v.Visits, v.Fee = visits(it, lang), fee(it, lang)
	for _, limit := range publishing(it, lang) {
		v.Beside = i18n.T(lang, "public.beside-publish", limit)
	}
	return v
}

// publishing is how long the item is shown to the public before it is decided; the limits of the whole stand still meanwhile.
func publishing(it *caseflow.Item, lang string) (limits []string) {
	for i := range it.Steps {
		if s := &it.Steps[i]; s.Kind == caseflow.KindPublish && s.Within != nil {
			limits = append(limits, s.Within.Limit.Text(lang))
		}
	}
	return limits
}

func visits(it *caseflow.Item, lang string) string {
	if it.Visits == 0 {
		return i18n.T(lang, "public.no-visit")
	}
	return i18n.T(lang, "public.visits", it.Visits)
}

func fee(it *caseflow.Item, lang string) string {
	if it.Fee.Fen == 0 {
		return i18n.T(lang, "public.free")
	}
	return ident.FormatYuan(it.Fee.Fen)
}

// guideView is the guide (办事指南) of a service.
type guideView struct {
	ui.Page
	Benefit    *ui.Notice // of what nobody asks for
	Item       *caseflow.Item
	Sentence   string
	Facts      ui.Summary
	Listing    ui.Summary // what the catalogue records besides, for who looks for it
	Conditions []clause
	Materials  ui.Table
	Parts      []string
	Stages     []outlineStage
	Results    []ui.Link
	Basis      []string
	Relief     string
	FAQ        []qa
	Start      string
	Doors      string // where it says that each door is the same; empty where there is only one
	Online     bool
	Situation  *situationView // nil: the item asks about none
}

type clause struct{ Text, Basis string }

type qa struct{ Q, A string }

// itemOf is the item that the address names, if it is offered here; nil otherwise.
func (s *Site) itemOf(r *http.Request) *caseflow.Item {
	it := s.hall.Item(caseflow.ItemID(r.PathValue("item")))
	if it == nil || !it.OfferedIn(s.region) {
		return nil
	}
	return it
}

// isOfficial reports whether an official reads the page, who asks for nothing there.
func isOfficial(r *http.Request) bool {
	by, _, ok := access.FromRequest(r)
	return ok && by.Kind == caseflow.ActorOfficial
}

// guide shows all that one must know before beginning, without signing in. It is made from the pack alone.
func (s *Site) guide(w http.ResponseWriter, r *http.Request) {
	it := s.itemOf(r)
	if it == nil {
		s.fail(w, r, hall.ErrNotFound)
		return
	}
	lang := page.Lang(r)
	sit := pack.Situate(it, page.GivenIn(r.URL.Query()))
	v := &guideView{
		Page: s.frame(r, it.Name.In(lang)), Item: it, Sentence: s.service(it, lang).Sentence, Materials: s.materialTable(it, sit, lang),
		Stages: s.outline(it, sit, lang), Relief: it.Relief.In(lang), Start: withAnswers("/services/"+string(it.ID)+"/start", sit),
		Online: slices.Contains(it.Channels, channelOf(r)) && len(sit.Cannot) == 0 && it.Benefit == nil && !isOfficial(r), Situation: s.situation(it, sit, lang), Facts: s.guideFacts(it, lang), Listing: ui.Summary{Rows: s.listing(it, lang)},
	}
	if len(it.Channels) > 1 {
		v.Doors = "/services/" + string(it.ID) + "/doors"
	}
	if b := it.Benefit; b != nil {
		v.Benefit = &ui.Notice{Title: v.T("public.benefit-unasked", ident.FormatYuan(b.Fen)), Text: b.Who.In(lang)}
	}
	v.Narrow = true
	v.Back = &ui.Link{Text: v.T("page.nav-services"), Href: "/"}
	for _, c := range it.Conditions {
		v.Conditions = append(v.Conditions, clause{c.Text.In(lang), c.Basis.String()})
	}
	for _, p := range sit.Parts {
		if sit.Wants(p.ID) {
			v.Parts = append(v.Parts, v.T("public.part-by", p.Name.In(lang), s.department(it, lang)(p.Department)))
		}
	}
	for i := range it.Steps {
		if st := &it.Steps[i]; st.Result != nil && sit.Wants(st.Part) {
			v.Results = append(v.Results, resultLink(it, &it.Steps[i], lang))
		}
	}
	for _, b := range it.Basis {
		v.Basis = append(v.Basis, b.String())
	}
	for _, q := range it.FAQ {
		v.FAQ = append(v.FAQ, qa{q.Q.In(lang), q.A.In(lang)})
	}
	s.kit.Show(w, http.StatusOK, "public/guide", v)
}

func (s *Site) guideFacts(it *caseflow.Item, lang string) ui.Summary {
	t := func(key string, args ...any) string { return i18n.T(lang, key, args...) }
	var who, channels []string
	for _, f := range it.For {
		who = append(who, t("public.for."+f))
	}
	for _, c := range it.Channels {
		channels = append(channels, t("case.channel."+c))
	}
	times := []string{
		t("public.promised", it.Limits.Promised.Limit.Text(lang), it.Limits.Acceptance.Limit.Text(lang)),
		t("public.statutory", it.Limits.Statutory.Limit.Text(lang)) + basisOf(it.Limits.Statutory, lang),
	}
	for _, limit := range publishing(it, lang) {
		times = append(times, t("public.beside-publish", limit))
	}
	rows := []ui.SummaryRow{
		{Label: t("public.who"), Value: i18n.Joined(lang, who)},
		{Label: t("public.time"), Lines: times},
		{Label: t("public.fee"), Lines: slices.DeleteFunc([]string{fee(it, lang), it.Fee.Why.In(lang)}, func(s string) bool { return s == "" })},
		{Label: t("public.visit-count"), Value: visits(it, lang)},
		{Label: t("public.channels"), Value: i18n.Joined(lang, channels)},
		{Label: t("public.department"), Value: s.department(it, lang)(it.Department)},
	}
	return ui.Summary{Rows: rows}
}

// materialTable lists the materials that a situation asks for, or may ask for.
func (s *Site) materialTable(it *caseflow.Item, sit *pack.Situated, lang string) ui.Table {
	t := func(key string, args ...any) string { return i18n.T(lang, key, args...) }
	table := ui.Table{Caption: t("public.materials"), HideCaption: true,
		Columns: []ui.Column{{Text: t("public.material")}, {Text: t("public.need")}, {Text: t("public.source")}, {Text: t("public.basis")}},
		Empty:   &ui.Empty{Title: t("public.no-materials")}}
	for _, m := range sit.Materials {
		if m.Needed == rule.No {
			continue
		}
		name := ui.Cell{Text: m.Name.In(lang), More: notes(m.Material, lang), Head: true}
		if m.Blank != "" {
			name.Links = append(name.Links, ui.Link{Text: t("public.blank"), Href: "/services/" + string(it.ID) + "/blanks/" + m.ID})
		}
		if m.Sample != "" {
			name.Links = append(name.Links, ui.Link{Text: t("public.sample"), Href: "/services/" + string(it.ID) + "/samples/" + m.ID})
		}
		need := t("case.material-need." + string(m.Need))
		switch {
		case m.Needed == rule.Unknown && m.When != nil:
			need = t("public.need-some") // its hint says when
		case m.Needed == rule.Unknown:
			need = t("public.need-parts", partNames(it, m.Parts, lang))
		}
		if m.Deferral != nil {
			need = t("public.defer-by", m.Deferral.Rule.Limit.Text(lang))
		}
		table.Rows = append(table.Rows, ui.TableRow{Title: m.Name.In(lang), Cells: []ui.Cell{
			name, {Text: need}, {Text: t("public.source." + m.Source)}, {Text: m.Basis.String()}}})
	}
	return table
}

// partNames are the names of parts of an item, joined.
func partNames(it *caseflow.Item, parts []caseflow.PartID, lang string) string {
	names := make([]string, len(parts))
	for i, id := range parts {
		names[i] = it.PartByID(id).Name.In(lang)
	}
	return i18n.Joined(lang, names)
}

// outlineStage is a stage of the flow before any case: who does what at the same time, and how long that may take.
type outlineStage struct {
	Together bool
	Steps    []outlineStep
}

type outlineStep struct{ Name, Who, Within string }

// outline is the plan of every case of an item in a situation, without states.
func (s *Site) outline(it *caseflow.Item, sit *pack.Situated, lang string) []outlineStage {
	within := map[string]string{i18n.T(lang, "public.intake"): it.Limits.Acceptance.Limit.Text(lang)}
	without := map[string]bool{}
	for i := range it.Steps {
		st := &it.Steps[i]
		if st.Within != nil {
			within[st.Name.In(lang)] = st.Within.Limit.Text(lang)
		}
		without[st.Name.In(lang)] = !sit.Wants(st.Part)
	}
	var list []outlineStage
	for _, stage := range s.plan(&caseflow.Case{Phase: caseflow.PhaseDraft, Region: s.region}, it, lang).Stages {
		var o outlineStage
		for _, p := range stage.Steps {
			if without[p.Name] {
				continue
			}
			step := outlineStep{Name: p.Name, Who: p.Who}
			if w := within[p.Name]; w != "" {
				step.Within = i18n.T(lang, "public.step-within", w)
			}
			o.Steps = append(o.Steps, step)
		}
		if len(o.Steps) == 0 {
			continue
		}
		o.Together = len(o.Steps) > 1
		list = append(list, o)
	}
	return list
}

// startView asks for whom the request is made.
type startView struct {
	ui.Page
	Item      string
	Fields    []ui.Field
	Action    string
	RequestID string
	Privacy   string
	Carried   url.Values // answers about the situation, sent on
	Fills     ui.Summary // what of them goes into the form
}

// For whom a request can be made.
const (
	forSelf  = "self"
	forOrg   = "organisation"
	forOther = "other"
	forSpace = "space:" // and the owner: under a mandate
)

func (s *Site) startPage(w http.ResponseWriter, r *http.Request, by caseflow.Actor) {
	it := s.itemOf(r)
	if it == nil || !slices.Contains(it.Channels, channelOf(r)) {
		s.fail(w, r, hall.ErrNotFound)
		return
	}
	if err := r.ParseForm(); err != nil {
		s.fail(w, r, page.BadInput(err))
		return
	}
	s.showStart(w, r, by, it, nil, http.StatusOK)
}

func (s *Site) showStart(w http.ResponseWriter, r *http.Request, by caseflow.Actor, it *caseflow.Item, errs *ui.Errors, status int) {
	lang := page.Lang(r)
	_, account, _ := access.FromRequest(r)
	v := &startView{Page: s.narrow(r, "", "/services/"+string(it.ID)), Item: it.Name.In(lang),
		Action: "/services/" + string(it.ID) + "/start", RequestID: page.NewRequestID()}
	v.Title, v.Errors = v.T("public.start-title", v.Item), errs
	sit := pack.Situate(it, page.GivenIn(r.Form))
	v.Carried, v.Fills = carried(sit), fills(it, sit, lang)
	typed := func(name string) string { return r.PostFormValue(name) }
	who := ui.Field{Kind: ui.KindRadio, Name: "for", Label: v.T("public.start-for"), Value: typed("for"), Error: errs.Of("for"),
		Options: []ui.Option{{Value: forSelf, Label: v.T("public.for-self", account.Name), Hint: documentOf(account).Masked()}}}
	spaces, err := s.hall.Spaces(r.Context(), by)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	for i := range spaces {
		if sp := &spaces[i]; sp.Covers(it.ID) {
			hint := v.T("public.for-space-agent")
			if sp.Legal {
				hint = v.T("public.for-space-legal")
			}
			who.Options = append(who.Options, ui.Option{Value: forSpace + sp.Owner, Label: sp.Name, Hint: hint})
		}
	}
	who.Options = append(who.Options,
		ui.Option{Value: forOrg, Label: v.T("public.for-organisation"), Hint: v.T("public.for-organisation-hint")},
		ui.Option{Value: forOther, Label: v.T("public.for-other"), Hint: v.T("public.for-other-hint")})
	if owner := r.URL.Query().Get(forField); who.Value == "" && owner != "" { // from the space of somebody
		who.Value = forSpace + owner
	}
	v.Fields = []ui.Field{who}
	if typed("for") == forOrg || typed("for") == forOther {
		v.Fields = append(v.Fields,
			ui.Field{Kind: ui.KindText, Name: "name", Label: v.T("public.party-name." + typed("for")), Value: typed("name"), Error: errs.Of("name"), Max: 100})
		if typed("for") == forOther {
			v.Fields = append(v.Fields, docTypeField(&v.Page, typed("docType"), errs))
		}
		v.Fields = append(v.Fields,
			ui.Field{Kind: ui.KindCode, Name: "document", Label: v.T("public.party-document." + typed("for")), Value: typed("document"), Error: errs.Of("document")},
			basisField(&v.Page, typed("for"), typed("basis"), errs))
	}
	s.kit.Show(w, status, "public/start", v)
}

// basisField asks what somebody acts on who asks for another.
func basisField(p *ui.Page, whom, value string, errs *ui.Errors) ui.Field {
	f := ui.Field{Kind: ui.KindRadio, Name: "basis", Label: p.T("public.start-basis"), Value: value, Error: errs.Of("basis")}
	other := map[string]string{forOrg: caseflow.BasisRepresentative, forOther: caseflow.BasisGuardian}[whom]
	for _, basis := range []string{other, caseflow.BasisLetter} {
		f.Options = append(f.Options, ui.Option{Value: basis, Label: p.T("case.agent-basis." + basis)})
	}
	return f
}

func docTypeField(p *ui.Page, value string, errs *ui.Errors) ui.Field {
	f := ui.Field{Kind: ui.KindSelect, Name: "docType", Label: p.T("public.document-type"), Value: value, Error: errs.Of("docType")}
	for _, t := range ident.DocTypes() {
		if t != ident.DocCreditCode {
			f.Options = append(f.Options, ui.Option{Value: string(t), Label: t.Text(p.Lang)})
		}
	}
	return f
}

func documentOf(a *store.Account) ident.Document {
	return ident.Document{Type: ident.DocType(a.DocType), No: a.DocNo}
}

// start opens a draft for the chosen party and leads to its task list.
func (s *Site) start(w http.ResponseWriter, r *http.Request, by caseflow.Actor) {
	it := s.itemOf(r)
	if it == nil || !slices.Contains(it.Channels, channelOf(r)) {
		s.fail(w, r, hall.ErrNotFound)
		return
	}
	if err := r.ParseForm(); err != nil {
		s.fail(w, r, page.BadInput(err))
		return
	}
	cmd, errs := s.opening(r, it)
	if errs != nil {
		s.showStart(w, r, by, it, errs, http.StatusUnprocessableEntity)
		return
	}
	if cmd == nil { // the party's fields are shown first
		s.showStart(w, r, by, it, nil, http.StatusOK)
		return
	}
	receipt, err := s.hall.Do(r.Context(), by, page.RequestID(r), store.Key{Region: s.region}, *cmd)
	if refusal, ok := page.Refusal(err); ok && refusal.Code == caseflow.CodeForm {
		_, text := page.Words(page.Lang(r), err)
		s.showStart(w, r, by, it, &ui.Errors{Title: text}, http.StatusUnprocessableEntity)
		return
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if err := s.carryOver(r, by, store.Key{Region: s.region, Case: receipt.Case}, pack.Situate(it, page.GivenIn(r.Form))); err != nil {
		s.fail(w, r, err)
		return
	}
	http.Redirect(w, r, "/my/cases/"+string(receipt.Case), http.StatusSeeOther)
}

// carryOver puts what was answered about the situation, and shown on the page of the start, into the draft that was opened.
func (s *Site) carryOver(r *http.Request, by caseflow.Actor, key store.Key, sit *pack.Situated) error {
	if len(sit.Form) > 0 {
		data, err := json.Marshal(sit.Form)
		if err != nil {
			return fmt.Errorf("answers about the situation: %w", err)
		}
		if _, err := s.hall.Do(r.Context(), by, page.RequestID(r)+".situation", key, caseflow.SaveDraft{Data: data}); err != nil {
			return err
		}
	}
	if sit.Help == "" {
		return nil
	}
	_, err := s.hall.Do(r.Context(), by, page.RequestID(r)+".help", key, caseflow.Assist{How: caseflow.AssistAsked, Why: sit.Help})
	return err
}

// channelOf is the door that a request of an applicant comes through: the terminal it is sent from, or the site.
func channelOf(r *http.Request) string {
	if page.AtTerminal(r) {
		return caseflow.ChannelTerminal
	}
	return caseflow.ChannelOnline
}

// opening reads for whom the request is made. Both results are nil while the questions about another party are still to
// be asked.
func (s *Site) opening(r *http.Request, it *caseflow.Item) (*caseflow.Open, *ui.Errors) {
	_, account, _ := access.FromRequest(r)
	lang := page.Lang(r)
	self := caseflow.Party{Kind: "person", Name: account.Name, Document: documentOf(account), Phone: account.Phone}
	cmd := &caseflow.Open{Item: it.ID, Channel: channelOf(r), Applicant: self}
	whom := r.PostForm.Get("for")
	owner, space := strings.CutPrefix(whom, forSpace)
	switch {
	case space: // who asks, and on what the account acts, is in the mandate
		cmd.Owner, cmd.Agent = owner, &self
		return cmd, nil
	case whom == forSelf:
		return cmd, nil
	case whom == forOrg, whom == forOther:
	default:
		return nil, &ui.Errors{Faults: []ui.Fault{{Field: "for", Text: i18n.T(lang, "case.fault.choose", i18n.T(lang, "public.start-for"))}}}
	}
	if !r.PostForm.Has("name") {
		return nil, nil
	}
	self.Basis = r.PostForm.Get("basis")
	cmd.Agent = &self
	cmd.Applicant = caseflow.Party{Kind: "person", Document: ident.Document{Type: ident.DocType(r.PostForm.Get("docType")), No: r.PostForm.Get("document")}}
	if whom == forOrg {
		cmd.Applicant.Kind, cmd.Applicant.Document.Type = "organisation", ident.DocCreditCode
	}
	var errs ui.Errors
	wrong := func(field string, err error) {
		var fault *ident.Fault
		if errors.As(err, &fault) {
			errs.Faults = append(errs.Faults, ui.Fault{Field: field, Text: fault.Text(lang)})
		}
	}
	var err error
	if whom == forOrg {
		cmd.Applicant.Name = strings.TrimSpace(r.PostForm.Get("name"))
		if n := len([]rune(cmd.Applicant.Name)); n < 2 || n > 100 {
			errs.Faults = append(errs.Faults, ui.Fault{Field: "name", Text: i18n.T(lang, "case.fault.required", i18n.T(lang, "public.party-name."+whom))})
		}
	} else {
		cmd.Applicant.Name, err = ident.Name(r.PostForm.Get("name"))
		wrong("name", err)
	}
	cmd.Applicant.Document, err = ident.Check(cmd.Applicant.Document, s.hall.Now())
	wrong("document", err)
	if !slices.Contains(caseflow.AgentBases(), self.Basis) {
		errs.Faults = append(errs.Faults, ui.Fault{Field: "basis", Text: i18n.T(lang, "case.fault.choose", i18n.T(lang, "public.start-basis"))})
	}
	if len(errs.Faults) > 0 {
		return nil, &errs
	}
	return cmd, nil
}

// basisOf is where a limit stands, behind the limit.
func basisOf(rule caseflow.Rule, lang string) string {
	if b := rule.Basis.String(); b != "" {
		return i18n.T(lang, "public.limit-basis", b)
	}
	return ""
}
