package public

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/web/form"
	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
)

// switchField of a form names a language or view to change to once all is saved.
const switchField = ui.Switch

// formID is the id of a page's form, which buttons outside it name.
const formID = "answers"

// clashes are the answers that were saved meanwhile from another device or window, and that what was typed would overwrite.
func (o *own) clashes(p *caseflow.Page, patch map[string]any, versions string) []page.Clash {
	mine := *o
	mine.data = form.Merged(o.data, patch)
	var list []page.Clash
	for _, f := range form.Clashes(p.Fields, versions, o.data, mine.data) {
		list = append(list, page.Clash{Label: f.Label.In(o.lang), Here: mine.reading(f), There: o.reading(f)})
	}
	return list
}

// reading is an answer in words, of a list with a line for each answer.
func (o *own) reading(f *caseflow.Field) string {
	rows := o.lines(f, "")
	if len(rows) == 1 && f.Widget != ui.KindList {
		return rows[0].Value
	}
	var lines []string
	for _, row := range rows {
		if row.Value != "" {
			lines = append(lines, i18n.T(o.lang, "public.row-label", row.Label, row.Value))
		}
	}
	return strings.Join(lines, "\n")
}

// showClash shows the page with what was typed here, and beside it what was saved elsewhere. Sent again it is saved.
func (s *Site) showClash(w http.ResponseWriter, r *http.Request, o *own, p *caseflow.Page, patch map[string]any, list []page.Clash) {
	o.data = form.Merged(o.data, patch)
	v := s.formView(r, o, p, &ui.Errors{Title: i18n.T(o.lang, "form.clash-title"), Faults: []ui.Fault{{Text: i18n.T(o.lang, "form.clash-text", i18n.Moment(o.lang, o.Case.Updated))}}})
	v.Clashes = &page.Clashes{List: list, Take: v.Action}
	s.kit.Show(w, http.StatusConflict, "public/form", v)
}

// tooLong names the answers that are longer than any may be: nothing is cut, and nothing of the page is saved.
func tooLong(o *own, p *caseflow.Page, post url.Values) *ui.Errors {
	errs := &ui.Errors{}
	for _, name := range form.TooLong(p.Fields, post) {
		errs.Faults = append(errs.Faults, ui.Fault{Field: name,
			Text: i18n.T(o.lang, "public.fault-length", labelOf(o.Item, name, o.lang), form.MaxAnswer, len([]rune(post.Get(name))))})
	}
	if len(errs.Faults) == 0 {
		return nil
	}
	return errs
}

// autosave keeps what was typed so far, without judging it.
func (s *Site) autosave(w http.ResponseWriter, r *http.Request, o *own, p *caseflow.Page, patch map[string]any) {
	version := r.PostForm.Get(form.VersionField)
	switch {
	case tooLong(o, p, r.PostForm) != nil:
		page.AnswerScript(w, http.StatusUnprocessableEntity, page.Saved{Text: i18n.T(o.lang, "form.saved-long", form.MaxAnswer)})
	case o.clashes(p, patch, version) != nil:
		page.AnswerScript(w, http.StatusConflict, page.Saved{Text: i18n.T(o.lang, "form.clash-title")})
	default:
		after, err := s.save(r, o, patch)
		if err != nil {
			status, _ := page.Status(err)
			_, text := page.Words(o.lang, err)
			page.AnswerScript(w, status, page.Saved{Text: text})
			return
		}
		page.AnswerScript(w, http.StatusOK, page.Saved{Version: form.Versions(p.Fields, after.data), Text: i18n.T(o.lang, "form.saved-now", i18n.Clock(s.hall.Now()))})
	}
}

// switched is the address of this page in the language or view that a switch of the header asks for; "" if none was pressed.
func switched(r *http.Request, address string) string {
	to := r.PostForm.Get(switchField)
	if !slices.Contains(ui.Switches(), to) {
		return ""
	}
	if strings.Contains(address, "?") {
		return address + "&" + to
	}
	return address + "?" + to
}
