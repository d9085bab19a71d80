package public

import (
	"errors"
	"net/http"
	"slices"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/paper"
	"github.com/tongban/tongban/internal/web/form"
	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
)

// draftView is the task list of a request that is being filled in or corrected.
type draftView struct {
	ui.Page
	No         ui.Copy
	Subject    string
	Tasks      ui.TaskList
	Correcting bool
	Points     []point
	Lamp       *ui.Lamp
	How        string  // address of 怎么算的?
	Told       ui.Link // the notice as a paper
	Withdraw   string
	Helper     *helperView
	Related    []page.Related
}

// point is one thing that a correction notice asks for.
type point struct {
	Words, Basis, What, Href string
	Mended                   bool // something was changed there since
}

// casePage shows the task list while the applicant writes, and how far the case is afterwards: one address for all.
func (s *Site) casePage(w http.ResponseWriter, r *http.Request, o *own) {
	if o.typing() {
		s.draft(w, r, o)
		return
	}
	s.standing(w, r, o)
}

func (s *Site) draft(w http.ResponseWriter, r *http.Request, o *own) {
	unmended, err := s.unmended(r, o)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	v := &draftView{
		Page: s.narrow(r, o.Item.Name.In(o.lang), o.space()), No: o.number(), Subject: o.subject(), Tasks: ui.TaskList{Sections: o.sections(unmended)},
		Withdraw: o.path("/withdraw"), Helper: s.helper(o),
	}
	if v.Related, err = s.related(r, o); err != nil {
		s.fail(w, r, err)
		return
	}
	if o.Case.Phase == caseflow.PhaseCorrecting {
		v.Correcting, v.Title, v.Points = true, v.T("public.correct-title"), o.correction(o.Case.Correction.Points, unmended)
		if told := hall.PaperNamed(o.Case, o.Item, hall.PaperCorrection); told != nil {
			v.Told = ui.Link{Text: paper.Title(told, o.lang), Href: o.path("/papers/" + told.Name())}
		}
		if k := o.Case.Clock(caseflow.ClockCorrection); k != nil {
			lamp := s.lamp(o.Case, k, o.lang)
			v.Lamp, v.How = &lamp, o.path("/clocks/"+k.ID)
		}
	}
	s.kit.Show(w, http.StatusOK, "public/draft", v)
}

// subject is what the case is about; empty if the item has none or it is not answered yet.
func (o *own) subject() string { return o.Item.SubjectOf(o.Case.Form).Text }

// named are the rows by which a case is known: its number, service, subject and applicant.
func (o *own) named() []ui.SummaryRow {
	row := func(key, value string) ui.SummaryRow {
		return ui.SummaryRow{Label: i18n.T(o.lang, key), Value: value}
	}
	rows := []ui.SummaryRow{row("public.case-no", string(o.key.Case)), row("public.item", o.Item.Name.In(o.lang))}
	if s := o.subject(); s != "" {
		rows = append(rows, row("public.subject", s))
	}
	return append(rows, row("public.applicant", o.Case.Applicant.Name))
}

func (o *own) number() ui.Copy {
	return ui.Copy{Code: string(o.key.Case), What: i18n.T(o.lang, "public.case-no")}
}

// sections groups the pages of the form, then the materials, then the check of all.
func (o *own) sections(unmended []caseflow.CorrectionPoint) []ui.TaskSection {
	var list []ui.TaskSection
	faults := map[string][]caseflow.FieldFault{}
	all := o.faults("")
	for _, f := range all {
		faults[f.Page] = append(faults[f.Page], f)
	}
	for _, p := range o.asked.Pages {
		name := p.Group.In(o.lang)
		if len(list) == 0 || list[len(list)-1].Title != name {
			list = append(list, ui.TaskSection{Title: name})
		}
		row := ui.TaskRow{Text: p.Title.In(o.lang), State: o.pageState(p, faults[p.ID]), Href: o.path("/form/" + p.ID)}
		if row.State == ui.TaskWrong {
			row.Href += "?faults"
		}
		o.mark(&row, unmended, p.ID, "")
		sec := &list[len(list)-1]
		sec.Tasks = append(sec.Tasks, row)
	}
	if len(o.asked.Materials) > 0 {
		sec := ui.TaskSection{Title: i18n.T(o.lang, "public.materials")}
		for _, m := range o.asked.Materials {
			row := o.materialTask(m)
			o.mark(&row, unmended, "", m.ID)
			sec.Tasks = append(sec.Tasks, row)
		}
		list = append(list, sec)
	}
	help := ui.TaskRow{Text: i18n.T(o.lang, "public.help-title"), Href: o.path("/help"), State: ui.TaskOptional, Hint: i18n.T(o.lang, "public.help-hint")}
	if a := o.Case.Assistance; a != nil {
		help.State, help.Hint = ui.TaskDone, i18n.T(o.lang, "case.assist."+a.How)
	}
	list = append(list, ui.TaskSection{Title: i18n.T(o.lang, "public.help-section"), Tasks: []ui.TaskRow{help}})
	last := ui.TaskRow{Text: i18n.T(o.lang, "public.check-title"), State: ui.TaskTodo, Href: o.path("/check")}
	if len(all) > 0 || len(o.missing()) > 0 {
		last.State, last.Href, last.Hint = ui.TaskBlocked, "", i18n.T(o.lang, "public.check-blocked")
	}
	return append(list, ui.TaskSection{Title: i18n.T(o.lang, "public.hand-in"), Tasks: []ui.TaskRow{last}})
}

// pageState says how far a page is: wrong only if something typed is wrong, not because something is still missing.
func (o *own) pageState(p *caseflow.Page, faults []caseflow.FieldFault) string {
	started, wrong := false, false
	for i := range p.Fields {
		if o.asked.Holds(p.Fields[i].When) && !form.Blank(o.data.At(p.Fields[i].Name)) {
			started = true
		}
	}
	for _, f := range faults {
		wrong = wrong || f.Code != "required"
	}
	switch {
	case wrong && started:
		return ui.TaskWrong
	case len(faults) > 0 && started:
		return ui.TaskDoing
	case started:
		return ui.TaskDone
	case len(faults) == 0:
		return ui.TaskOptional
	}
	return ui.TaskTodo
}

func (o *own) materialTask(m *caseflow.Material) ui.TaskRow {
	t := ui.TaskRow{Text: m.Name.In(o.lang), Href: o.path("/materials/" + m.ID), State: ui.TaskTodo}
	if st := o.Case.Material(m.ID); st != nil && st.State != caseflow.MaterialMissing {
		t.State = ui.TaskDone
		if st.State == caseflow.MaterialDeferred {
			t.Hint = i18n.T(o.lang, "case.material.deferred")
		}
		if st.OnFile != nil {
			t.Hint = i18n.T(o.lang, "public.on-file-hint")
		}
	} else if m.Need != caseflow.Required {
		t.Hint = i18n.T(o.lang, "case.material-need."+string(m.Need))
		if m.Need == caseflow.Optional {
			t.State = ui.TaskOptional
		}
	}
	return t
}

// missing lists the materials that are still needed.
func (o *own) missing() []*caseflow.Material {
	var list []*caseflow.Material
	for _, m := range o.asked.Materials {
		if st := o.Case.Material(m.ID); m.Need != caseflow.Optional && st != nil && st.State == caseflow.MaterialMissing {
			list = append(list, m)
		}
	}
	return list
}

// correction lists points of the notice, each with a link to where it is mended.
func (o *own) correction(points, unmended []caseflow.CorrectionPoint) []point {
	var list []point
	for _, c := range points {
		p := point{Words: c.Words, Mended: (c.Field != "" || c.Material != "") && !slices.Contains(unmended, c)}
		for i := range o.Item.Corrections {
			if o.Item.Corrections[i].ID == c.Ground {
				p.Basis = o.Item.Corrections[i].Basis.String()
			}
		}
		if m := o.Item.MaterialByID(c.Material); m != nil {
			p.What, p.Href = m.Name.In(o.lang), o.path("/materials/"+m.ID)
		} else if pg := o.pageOf(pageOfField(o.Item, c.Field)); c.Field != "" && pg != nil {
			p.What, p.Href = pg.Title.In(o.lang), o.path("/form/"+pg.ID)+"#"+ui.FieldID(c.Field)
		}
		list = append(list, p)
	}
	return list
}

// unchangedField is ticked by who hands a correction in although a point of the notice is as it was.
const unchangedField = "unchanged"

// errUnchanged says that it was not ticked.
var errUnchanged = errors.New("a point of the notice is as it was")

// maxLacking is how many missing things the check of answers lists; the task list shows where the others are.
const maxLacking = 10

// checkView is the check of answers.
type checkView struct {
	ui.Page
	Groups    []ui.Summary
	Lacking   []ui.Link
	More      int // that are not listed
	Ready     bool
	Advice    []ui.Notice
	Unmended  []point   // of the correction notice, at which nothing was changed
	Unchanged *ui.Field // says that this is meant so
	Action    string
	Button    ui.Button
	RequestID string
}

// Rest is the number of missing things that are not listed.
func (v *checkView) Rest() int { return max(v.More, 0) }

// checkPage shows everything that will be handed in, each line with a way to change it and come back.
func (s *Site) checkPage(w http.ResponseWriter, r *http.Request, o *own) {
	if !o.typing() {
		http.Redirect(w, r, o.path(""), http.StatusSeeOther)
		return
	}
	s.showCheck(w, r, o, nil, http.StatusOK)
}

func (s *Site) showCheck(w http.ResponseWriter, r *http.Request, o *own, refusal error, status int) {
	v := &checkView{
		Page: s.narrow(r, i18n.T(o.lang, "public.check-title"), o.path("")), Groups: o.answers(true),
		Action: o.path("/check"), RequestID: page.NewRequestID(),
		Button: ui.Button{Text: i18n.T(o.lang, "public.submit", o.Item.Name.In(o.lang))},
	}
	if o.Case.Phase == caseflow.PhaseCorrecting {
		v.Button.Text = i18n.T(o.lang, "public.resubmit")
	}
	unmended, err := s.unmended(r, o)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if len(unmended) > 0 {
		v.Unmended = o.correction(unmended, unmended)
		v.Unchanged = &ui.Field{Kind: ui.KindCheckbox, Name: unchangedField, Label: v.T("public.unchanged"),
			Options: []ui.Option{{Value: "yes", Label: v.T("public.unchanged-yes")}}}
	}
	v.Lacking, v.Advice = o.lacking(), o.allAdvice()
	v.Ready = len(v.Lacking) == 0
	if v.More = len(v.Lacking) - maxLacking; v.More > 0 {
		v.Lacking = v.Lacking[:maxLacking]
	}
	if refusal == errUnchanged {
		v.Unchanged.Error = v.T("public.unchanged-fault")
		v.Errors = &ui.Errors{Faults: []ui.Fault{{Field: unchangedField, Text: v.Unchanged.Error}}}
	} else if refusal != nil {
		_, text := page.Words(o.lang, refusal)
		v.Errors = &ui.Errors{Title: text, Faults: []ui.Fault{{Text: v.T("public.lacking", len(o.lacking()))}}}
		if v.Ready {
			v.Errors.Faults = nil
		}
	}
	s.kit.Show(w, status, "public/check", v)
}

// lacking is everything that keeps the request from being handed in, with where it is mended.
func (o *own) lacking() []ui.Link {
	var list []ui.Link
	for _, f := range o.faults("") {
		href := ""
		if f.Page != "" {
			href = o.path("/form/"+f.Page) + "?back=check&faults#" + ui.FieldID(f.Field)
		}
		list = append(list, ui.Link{Text: o.words(f), Href: href})
	}
	for _, m := range o.missing() {
		list = append(list, ui.Link{Text: i18n.T(o.lang, "case.fault.material", m.Name.In(o.lang)), Href: o.path("/materials/"+m.ID) + "?back=check"})
	}
	return list
}

// answers lists all answers and materials, page by page; with change each has its way to the page and back.
func (o *own) answers(change bool) []ui.Summary {
	var groups []ui.Summary
	for _, p := range o.asked.Pages {
		g := ui.Summary{Title: p.Title.In(o.lang)}
		for i := range p.Fields {
			f := &p.Fields[i]
			if !o.asked.Holds(f.When) {
				continue
			}
			at := ""
			if change {
				at = o.path("/form/"+p.ID) + "?back=check#"
			}
			g.Rows = append(g.Rows, o.lines(f, at)...)
		}
		groups = append(groups, g)
	}
	if len(o.asked.Materials) > 0 {
		groups = append(groups, o.materialAnswers(change))
	}
	return groups
}

// lines are the answers to one field: one, or for a list one for each question of each row.
func (o *own) lines(f *caseflow.Field, at string) []ui.SummaryRow {
	line := func(label, name, value string) ui.SummaryRow {
		row := ui.SummaryRow{Label: label, Value: value}
		if at != "" {
			row.Change = at + ui.FieldID(name)
		}
		return row
	}
	rows := o.data.Rows(f.Name)
	if f.Widget != ui.KindList || len(rows) == 0 {
		return []ui.SummaryRow{line(f.Label.In(o.lang), f.Name, form.Reading(f, o.data.At(f.Name), o.lang))}
	}
	var list []ui.SummaryRow
	for i, row := range rows {
		m, _ := row.(map[string]any)
		title := i18n.T(o.lang, "public.row-title", f.Label.In(o.lang), i+1)
		for j := range f.Fields {
			g := &f.Fields[j]
			list = append(list, line(i18n.T(o.lang, "public.row-label", title, g.Label.In(o.lang)), form.RowName(f.Name, i, g.Name),
				form.Reading(g, form.Answers(m).At(g.Name), o.lang)))
		}
	}
	return list
}

func (o *own) materialAnswers(change bool) ui.Summary {
	g := ui.Summary{Title: i18n.T(o.lang, "public.materials")}
	for _, m := range o.asked.Materials {
		row := ui.SummaryRow{Label: m.Name.In(o.lang)}
		if st := o.Case.Material(m.ID); st != nil {
			for _, f := range st.Files {
				row.Lines = append(row.Lines, f.Name)
			}
			if st.OnFile != nil {
				row.Lines = append(row.Lines, page.OnFileWords(st.OnFile, o.lang, o.granter))
			}
			switch {
			case st.Paper:
				row.Lines = append(row.Lines, i18n.T(o.lang, "public.paper-seen"))
			case st.State == caseflow.MaterialDeferred:
				row.Lines = append(row.Lines, i18n.T(o.lang, "case.material.deferred"))
			}
		}
		if change {
			row.Change = o.path("/materials/"+m.ID) + "?back=check"
		}
		g.Rows = append(g.Rows, row)
	}
	return g
}

// submit hands the request, or its correction, in. Sent twice it acts once, and the second answer is that of the first.
func (s *Site) submit(w http.ResponseWriter, r *http.Request, o *own) {
	if err := r.ParseForm(); err != nil {
		s.fail(w, r, page.BadInput(err))
		return
	}
	var cmd caseflow.Command = caseflow.Submit{}
	if o.Case.Correction != nil {
		cmd = caseflow.Correct{}
	}
	unmended, err := s.unmended(r, o)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if len(unmended) > 0 && r.PostForm.Get(unchangedField) == "" {
		s.showCheck(w, r, o, errUnchanged, http.StatusUnprocessableEntity)
		return
	}
	_, err = s.do(r, o, cmd)
	switch refusal, refused := page.Refusal(err); {
	case err == nil, refused && refusal.Code == caseflow.CodePhase: // handed in meanwhile, in another tab
		http.Redirect(w, r, o.path(""), http.StatusSeeOther)
	case refused && o.typing():
		s.showCheck(w, r, o, err, http.StatusUnprocessableEntity)
	default:
		s.fail(w, r, err)
	}
}
