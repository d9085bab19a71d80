package public

import (
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/web/form"
	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
)

// formView is one page of the form.
type formView struct {
	ui.Page
	Why       string
	Users     string // which departments need the answers
	Fields    []ui.Field
	Asked     []string // names of the fields that are shown: an empty choice posts nothing
	Points    []string // of a correction notice, to be mended on this page
	Clashes   *page.Clashes
	Advice    []ui.Notice
	Known     *page.Knowing // of this page, that could be filled in
	Action    string
	Group     string
	RequestID string
	Version   string
	Saved     page.Saving
}

// HeadingField reports whether the only question of the page is its heading.
func (v *formView) HeadingField() bool { return len(v.Fields) == 1 && v.Fields[0].Heading }

// pageOf finds the page that the address names, if it is asked for.
func (o *own) pageOf(id string) *caseflow.Page {
	for _, p := range o.asked.Pages {
		if p.ID == id {
			return p
		}
	}
	return nil
}

// formPage shows one page of the form with what was typed so far. With ?faults it says at once what is to be mended,
// which is where links from the check of answers lead.
func (s *Site) formPage(w http.ResponseWriter, r *http.Request, o *own) {
	p := o.pageOf(r.PathValue("page"))
	if p == nil || !o.typing() {
		s.fail(w, r, hall.ErrNotFound)
		return
	}
	var errs *ui.Errors
	if r.URL.Query().Has("faults") {
		errs = s.errors(o, o.faults(p.ID))
	}
	s.showForm(w, r, o, p, errs, http.StatusOK)
}

func (s *Site) showForm(w http.ResponseWriter, r *http.Request, o *own, p *caseflow.Page, errs *ui.Errors, status int) {
	s.kit.Show(w, status, "public/form", s.formView(r, o, p, errs))
}

// formView is the page with the answers that o holds; they may be typed and not saved. Its version is that of what is saved.
func (s *Site) formView(r *http.Request, o *own, p *caseflow.Page, errs *ui.Errors) *formView {
	back := o.path("")
	if checking(r) {
		back = o.path("/check")
	}
	a := s.asker(o, errs)
	a.Finds = form.FindsIn(r.URL.Query())
	v := &formView{
		Page: s.narrow(r, p.Title.In(o.lang), back), Why: p.Why.In(o.lang), Users: a.Users(p), Fields: a.Fields(p.Fields),
		Points: o.points(p), Action: o.path("/form/"+p.ID) + keepQuery(r), Group: p.Group.In(o.lang),
		RequestID: page.NewRequestID(), Version: form.Versions(p.Fields, o.saved()),
		Saved: page.Saving{Last: i18n.T(o.lang, "form.saved-last", i18n.Moment(o.lang, o.Case.Updated)), Plain: i18n.T(o.lang, "public.saved-plain")},
	}
	v.SaveForm, v.Advice, v.Known = formID, o.advice(p), s.knowing(r, o, p)
	if len(v.Fields) == 1 && v.Fields[0].Kind != ui.KindList && v.Fields[0].Label == v.Title {
		v.Fields[0].Heading = true
	}
	for _, f := range v.Fields {
		v.Asked = append(v.Asked, f.Name)
	}
	v.Errors = errs
	return v
}

// saved are the answers as they stand in the draft.
func (o *own) saved() form.Answers {
	data, err := form.Decode(o.Case.Form)
	if err != nil {
		return o.data // it was read before
	}
	return data
}

func (s *Site) asker(o *own, errs *ui.Errors) *form.Asker {
	return &form.Asker{Lang: o.lang, Department: s.departmentOf(o), Asked: o.asked, Answers: o.data,
		Schema: form.ReadSchema(o.Item.Schema), Errors: errs, People: form.PeopleOf(o.Item, o.Case, o.data, true)}
}

// errors is the summary of faults; nil if there is none.
func (s *Site) errors(o *own, faults []caseflow.FieldFault) *ui.Errors {
	if len(faults) == 0 {
		return nil
	}
	e := &ui.Errors{}
	for _, f := range faults {
		e.Faults = append(e.Faults, ui.Fault{Field: f.Field, Text: o.words(f)})
	}
	return e
}

// words says what to mend. The pack words its faults; those of the kernel are worded here, by the field's label.
func (o *own) words(f caseflow.FieldFault) string {
	if text := f.Text.In(o.lang); text != "" {
		return text
	}
	key := "case.fault." + f.Code
	if !i18n.Has(key) {
		key = "case.fault.other"
	}
	return i18n.T(o.lang, key, labelOf(o.Item, f.Field, o.lang))
}

// labelOf is the label of a field, given with or without a row; the name itself if it is unknown.
func labelOf(it *caseflow.Item, name, lang string) string {
	for i := range it.Pages {
		for j := range it.Pages[i].Fields {
			f := &it.Pages[i].Fields[j]
			if f.Name == name {
				return f.Label.In(lang)
			}
			rest, ok := strings.CutPrefix(name, f.Name+".")
			if !ok {
				continue
			}
			_, sub, _ := strings.Cut(rest, ".")
			for k := range f.Fields {
				if f.Fields[k].Name == sub {
					return f.Fields[k].Label.In(lang)
				}
			}
		}
	}
	return name
}

// points are what a correction notice asks to mend on the page.
func (o *own) points(p *caseflow.Page) []string {
	if o.Case.Phase != caseflow.PhaseCorrecting {
		return nil
	}
	var list []string
	for _, c := range o.Case.Correction.Points {
		if c.Field != "" && pageOfField(o.Item, c.Field) == p.ID {
			list = append(list, c.Words)
		}
	}
	return list
}

// pageOfField finds the page that asks for a field, given with or without a row; "" if none does.
func pageOfField(it *caseflow.Item, name string) string {
	for i := range it.Pages {
		for j := range it.Pages[i].Fields {
			if f := &it.Pages[i].Fields[j]; f.Name == name || strings.HasPrefix(name, f.Name+".") {
				return it.Pages[i].ID
			}
		}
	}
	return ""
}

// faults checks one page, or ("") the whole form, and gives each fault its page.
func (o *own) faults(pageID string) []caseflow.FieldFault {
	if o.Item.CheckForm == nil {
		return nil
	}
	form := o.Case.Form
	if len(form) == 0 {
		form = json.RawMessage("{}")
	}
	faults := slices.Clone(o.Item.CheckForm(form, pageID, o.today))
	for i := range faults {
		if faults[i].Page == "" {
			faults[i].Page = pageOfField(o.Item, faults[i].Field)
		}
	}
	return faults
}

// saveForm keeps what was typed, faulty or not, and goes on if the page is in order.
func (s *Site) saveForm(w http.ResponseWriter, r *http.Request, o *own) {
	p := o.pageOf(r.PathValue("page"))
	if p == nil {
		s.fail(w, r, hall.ErrNotFound)
		return
	}
	if err := r.ParseForm(); err != nil {
		s.fail(w, r, page.BadInput(err))
		return
	}
	patch := form.Typed(p.Fields, form.ReadSchema(o.Item.Schema), r.PostForm)
	e := form.ReadEdit(r.PostForm)
	e.Rows(p.Fields, patch)
	form.PeopleOf(o.Item, o.Case, o.data, true).Fill(e.Same, patch)
	if r.PostForm.Has(form.AutosaveField) {
		s.autosave(w, r, o, p, patch)
		return
	}
	if errs := tooLong(o, p, r.PostForm); errs != nil {
		o.data = form.Merged(o.data, patch)
		s.showForm(w, r, o, p, errs, http.StatusUnprocessableEntity)
		return
	}
	if list := o.clashes(p, patch, r.PostForm.Get(form.VersionField)); list != nil {
		s.showClash(w, r, o, p, patch, list)
		return
	}
	saved, err := s.save(r, o, patch)
	if err != nil {
		s.notSaved(w, r, o, p, patch, err)
		return
	}
	s.afterSave(w, r, saved, p, e)
}

// afterSave shows what comes after a page that was saved.
func (s *Site) afterSave(w http.ResponseWriter, r *http.Request, saved *own, p *caseflow.Page, e form.Edit) {
	again, finds := saved.path("/form/"+p.ID)+keepQuery(r), form.Searches(p.Fields, r.PostForm)
	to := switched(r, again)
	switch {
	case to != "":
		http.Redirect(w, r, to, http.StatusSeeOther)
	case len(finds) > 0:
		http.Redirect(w, r, finds.Address(again), http.StatusSeeOther)
	case r.PostForm.Has(page.FillField):
		s.fillKnown(w, r, saved, p, again)
	case e.Any():
		http.Redirect(w, r, again+"#"+e.Anchor(saved.Item, saved.data), http.StatusSeeOther)
	case r.PostForm.Has("later"):
		http.Redirect(w, r, saved.path(""), http.StatusSeeOther)
	case saved.opened(p, r.PostForm["asked"]):
		// An answer has opened other questions on this page: they are shown before going on.
		http.Redirect(w, r, again, http.StatusSeeOther)
	default:
		if errs := s.errors(saved, saved.faults(p.ID)); errs != nil {
			s.showForm(w, r, saved, p, errs, http.StatusUnprocessableEntity)
			return
		}
		if len(saved.advice(p)) > 0 && !r.PostForm.Has(advisedField) {
			http.Redirect(w, r, again, http.StatusSeeOther)
			return
		}
		http.Redirect(w, r, saved.next(r, p), http.StatusSeeOther)
	}
}

// checking reports whether the page was opened from the check of answers, to return there.
func checking(r *http.Request) bool { return r.URL.Query().Get("back") == "check" }

func keepQuery(r *http.Request) string {
	if checking(r) {
		return "?back=check"
	}
	return ""
}

// opened reports whether the answers ask a question that hangs on another one, and that the page did not show.
func (o *own) opened(p *caseflow.Page, shown []string) bool {
	return slices.ContainsFunc(p.Fields, func(f caseflow.Field) bool {
		return f.When != nil && o.asked.Holds(f.When) && !slices.Contains(shown, f.Name)
	})
}

// save merges what was typed into the draft and returns the case after it. What stands there already is not written
// again, so a form that is sent twice is saved once.
func (s *Site) save(r *http.Request, o *own, patch map[string]any) (*own, error) {
	if reflect.DeepEqual(o.data, form.Merged(o.data, patch)) {
		return o, nil
	}
	data, err := json.Marshal(patch)
	if err != nil {
		return nil, err
	}
	if _, err := s.hall.Do(r.Context(), o.by, "", o.key, caseflow.SaveDraft{Data: data}); err != nil {
		return nil, err
	}
	return s.find(r, o.by, string(o.key.Case))
}

// notSaved shows the page again with what was typed and why it could not be kept.
func (s *Site) notSaved(w http.ResponseWriter, r *http.Request, o *own, p *caseflow.Page, patch map[string]any, err error) {
	_, refused := page.Refusal(err)
	if errors.Is(err, hall.ErrNotFound) || !refused && !page.Busy(err) {
		s.fail(w, r, err)
		return
	}
	o.data = form.Merged(o.data, patch)
	status, retry := page.Status(err)
	if retry > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(retry.Seconds())))
	}
	_, text := page.Words(o.lang, err)
	s.showForm(w, r, o, p, &ui.Errors{Title: text}, status)
}

// next is where to go after a page in order: back to the check, the next page of the section, or the task list. Who mends what a notice
// names goes back to the list of its points: the other pages of the section are in order.
func (o *own) next(r *http.Request, p *caseflow.Page) string {
	if checking(r) {
		return o.path("/check")
	}
	if o.Case.Phase == caseflow.PhaseCorrecting {
		return o.path("")
	}
	for i, q := range o.asked.Pages {
		if q.ID == p.ID && i+1 < len(o.asked.Pages) && o.asked.Pages[i+1].Group == p.Group {
			return o.path("/form/" + o.asked.Pages[i+1].ID)
		}
	}
	return o.path("")
}
