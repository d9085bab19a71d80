package public

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/web/form"
	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
)

// The fields of a form page that are no answers.
const (
	versionField  = "version"  // of the page's answers when the page was made
	switchField   = ui.Switch  // a language or view to change to once all is saved
	autosaveField = "autosave" // the page's script saves, and wants no page back
)

// formID is the id of a page's form, which buttons outside it name.
const formID = "answers"

// versionOf tells two states of a page's answers apart, each answer by itself: what is saved on another page, or by the
// script of this one a moment ago, is no clash.
func versionOf(p *caseflow.Page, data form.Answers) string {
	list := make([]string, len(p.Fields))
	for i := range p.Fields {
		list[i] = versionOfAnswer(data.At(p.Fields[i].Name))
	}
	return strings.Join(list, ".")
}

func versionOfAnswer(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return "" // what came out of JSON goes into it
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:6])
}

// clash is an answer that was saved elsewhere after this page was made, beside what was typed here.
type clash struct{ Label, Here, There string }

// clashes are the answers that were saved meanwhile from another device or window, and that what was typed would overwrite.
// A page that does not say its version, such as one sent by a program, overwrites.
func (o *own) clashes(p *caseflow.Page, patch map[string]any, version string) []clash {
	was := strings.Split(version, ".")
	if version == "" || len(was) != len(p.Fields) {
		return nil
	}
	mine := *o
	mine.data = mergedWith(o.data, patch)
	var list []clash
	for i := range p.Fields {
		f := &p.Fields[i]
		now := o.data.At(f.Name)
		if was[i] == versionOfAnswer(now) || reflect.DeepEqual(now, mine.data.At(f.Name)) {
			continue
		}
		list = append(list, clash{f.Label.In(o.lang), mine.reading(f), o.reading(f)})
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
func (s *Site) showClash(w http.ResponseWriter, r *http.Request, o *own, p *caseflow.Page, patch map[string]any, list []clash) {
	o.data = mergedWith(o.data, patch)
	v := s.formView(r, o, p, &ui.Errors{Title: i18n.T(o.lang, "public.clash-title"), Faults: []ui.Fault{{Text: i18n.T(o.lang, "public.clash-text", i18n.Moment(o.lang, o.Case.Updated))}}})
	v.Clashes = list
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

// saved is what the script of a page gets to know.
type saved struct {
	Version string `json:"version,omitempty"`
	Text    string `json:"text"`
}

// answerScript tells the page's script how saving ended, in words for the page.
func (s *Site) answerScript(w http.ResponseWriter, status int, v saved) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the client has gone: nobody to tell
}

// autosave keeps what was typed so far, without judging it.
func (s *Site) autosave(w http.ResponseWriter, r *http.Request, o *own, p *caseflow.Page, patch map[string]any) {
	version := r.PostForm.Get(versionField)
	switch {
	case tooLong(o, p, r.PostForm) != nil:
		s.answerScript(w, http.StatusUnprocessableEntity, saved{Text: i18n.T(o.lang, "public.saved-long", form.MaxAnswer)})
	case o.clashes(p, patch, version) != nil:
		s.answerScript(w, http.StatusConflict, saved{Text: i18n.T(o.lang, "public.clash-title")})
	default:
		after, err := s.save(r, o, patch)
		if err != nil {
			status, _ := page.Status(err)
			_, text := page.Words(o.lang, err)
			s.answerScript(w, status, saved{Text: text})
			return
		}
		s.answerScript(w, http.StatusOK, saved{versionOf(p, after.data), i18n.T(o.lang, "public.saved-now", i18n.Clock(s.hall.Now()))})
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
