package desk

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strings"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/web/form"
	"github.com/tongban/tongban/internal/web/i18n"
	kit "github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
)

// typing is the form of a case at the window: what is saved of it, and what it would hold with what was typed.
type typing struct {
	*scene
	saved, mine form.Answers
	patch       map[string]any
	versions    string // of what was saved when the page was made
}

// questions are those of all pages of the form, asked now or not: always the same of one case.
func (t *typing) questions() []caseflow.Field {
	var all []caseflow.Field
	for i := range t.it.Pages {
		all = append(all, t.it.Pages[i].Fields...)
	}
	return all
}

// typed reads what was typed into the form of a case.
func (p *page) typed(s *scene, edit form.Edit) (*typing, error) {
	a, err := p.asker(s)
	if err != nil {
		return nil, err
	}
	t := &typing{scene: s, saved: a.Answers, patch: map[string]any{}, versions: p.r.PostFormValue(form.VersionField)}
	for _, pg := range a.Asked.Pages {
		part := form.Typed(pg.Fields, a.Schema, p.r.PostForm)
		edit.Rows(pg.Fields, part)
		merge(t.patch, part)
	}
	a.People.Fill(edit.Same, t.patch)
	t.mine = form.Merged(t.saved, t.patch)
	return t, nil
}

// merge puts what one page asked for beside what others did, also where they share an object.
func merge(into, part map[string]any) {
	for name, val := range part {
		sub, isObject := val.(map[string]any)
		if have, ok := into[name].(map[string]any); ok && isObject {
			merge(have, sub)
			continue
		}
		into[name] = val
	}
}

// clashes are the answers that a colleague, or another window, saved meanwhile and that what was typed would overwrite.
func (p *page) clashes(t *typing) []kit.Clash {
	var list []kit.Clash
	for _, f := range form.Clashes(t.questions(), t.versions, t.saved, t.mine) {
		list = append(list, kit.Clash{Label: f.Label.In(p.Lang), Here: p.reading(f, t.mine), There: p.reading(f, t.saved)})
	}
	return list
}

// reading is an answer in words, of a list with a line for each row.
func (p *page) reading(f *caseflow.Field, data form.Answers) string {
	val := data.At(f.Name)
	if f.Widget != ui.KindList {
		if form.Blank(val) {
			return ""
		}
		return form.Reading(f, val, p.Lang)
	}
	var rows []string
	for i := range data.Rows(f.Name) {
		var cells []string
		for j := range f.Fields {
			g := &f.Fields[j]
			if cell := data.At(form.RowName(f.Name, i, g.Name)); !form.Blank(cell) {
				cells = append(cells, form.Reading(g, cell, p.Lang))
			}
		}
		rows = append(rows, strings.Join(cells, " "))
	}
	return strings.Join(rows, "\n")
}

// save keeps what was typed. What stands there already is not written again.
func (p *page) save(t *typing, request string) error {
	if reflect.DeepEqual(t.saved, t.mine) {
		return nil
	}
	data, err := json.Marshal(t.patch)
	if err != nil {
		return fmt.Errorf("what was typed: %w", err)
	}
	_, err = p.desk.hall.Do(p.r.Context(), p.Actor, request, store.Key{Region: t.c.Region, Case: t.c.No}, caseflow.SaveDraft{Data: data})
	return err
}

// autosave keeps what was typed so far, for the page's script.
func (p *page) autosave(t *typing) error {
	if len(p.clashes(t)) > 0 {
		kit.AnswerScript(p.w, http.StatusConflict, kit.Saved{Text: p.T("form.clash-title")})
		return nil
	}
	if err := p.save(t, ""); err != nil {
		status, _ := kit.Status(err)
		_, text := kit.Words(p.Lang, err)
		kit.AnswerScript(p.w, status, kit.Saved{Text: text})
		return nil
	}
	kit.AnswerScript(p.w, http.StatusOK, kit.Saved{Version: form.Versions(t.questions(), t.mine), Text: p.T("form.saved-now", i18n.Clock(p.Now))})
	return nil
}
