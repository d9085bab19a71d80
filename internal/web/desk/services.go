package desk

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/web/ui"
)

// Names of the search for the service of a new case: its words, and those that the page was made for.
const (
	serviceField  = "item"
	serviceWords  = serviceField + ".find"
	serviceBefore = serviceField + ".was"
)

// maxServices bounds what a search at the window shows.
const maxServices = 12

// mine reports whether the clerk takes requests for an item in: the own department leads it, or has a door to it.
func (p *page) mine(it *caseflow.Item) bool {
	return it.OfferedIn(p.Actor.Region) && len(it.TakenBy(p.Actor.Duties()...)) > 0
}

// services are what words find among the clerk's items, best first: by name, nickname, pinyin, its initials, or code. Without
// words all come.
func (p *page) services(words string) []ui.Option {
	var list []ui.Option
	add := func(it *caseflow.Item) {
		list = append(list, ui.Option{Value: string(it.ID), Label: it.Name.In(p.Lang)})
	}
	if strings.TrimSpace(words) == "" {
		for _, it := range p.desk.guides.Items() {
			if p.mine(it) && len(list) < maxServices {
				add(it)
			}
		}
		return list
	}
	for _, f := range p.desk.shelf.Search(words, maxServices, p.mine) {
		add(f.Item)
	}
	return list
}

// seeksService reports whether the form was sent to look for a service, and not to open a case: words that the page has not answered
// yet are looked for first, whatever is chosen.
func seeksService(typed answers) bool {
	words := typed.get(serviceWords)
	return typed.get(ui.FindAnswer) == serviceField || words != "" && words != typed.get(serviceBefore)
}

// serviceQuestion asks for the service: what was chosen, and what a search found. The only one, of few, is chosen.
func (p *page) serviceQuestion(typed answers) ui.Field {
	words := typed.get(serviceWords)
	f := ui.Field{Kind: ui.KindService, Name: serviceField, Words: words, From: "/desk/services", Hint: p.T("desk.service-hint"), Value: typed.get(serviceField)}
	switch chosen := p.desk.hall.Item(caseflow.ItemID(f.Value)); {
	case words != "" || typed.get(ui.FindAnswer) == serviceField:
		f.Options = p.services(words)
		f.Found = p.T("form.found", words, len(f.Options))
		if len(f.Options) == 0 {
			f.Found = p.T("form.found-none", words)
		}
	case chosen != nil && p.mine(chosen):
		f.Options = []ui.Option{{Value: f.Value, Label: chosen.Name.In(p.Lang)}}
	default:
		f.Options = p.services("")
		if len(f.Options) > 1 { // else the one that is left is the one that is chosen
			f.Found = p.T("form.found-all", len(f.Options))
		}
	}
	if len(f.Options) == 1 && f.Value == "" {
		f.Value = f.Options[0].Value
	}
	return f
}

// findServices answers the script of the search.
func (d *Desk) findServices(p *page, r *http.Request) error {
	if !p.Actor.Has(caseflow.RoleClerk) {
		return hall.ErrNotFound
	}
	type found struct {
		Value string `json:"value"`
		Label string `json:"label"`
	}
	answer := []found{}
	for _, o := range p.services(r.URL.Query().Get("q")) {
		answer = append(answer, found{o.Value, o.Label})
	}
	p.w.Header().Set("Content-Type", "application/json; charset=utf-8")
	p.w.Header().Set("Cache-Control", "no-store")
	return json.NewEncoder(p.w).Encode(answer)
}
