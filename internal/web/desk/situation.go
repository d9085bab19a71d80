package desk

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/dotted"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/pack"
	"github.com/tongban/tongban/internal/rule"
	"github.com/tongban/tongban/internal/web/form"
	kit "github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
)

// situationPage asks at the window what the guide asks before the form: the answers shorten the list of materials.
type situationPage struct {
	*page
	*head
	ID, Action string
	Questions  []ui.Field
	Open       string // how many questions are left
	Cannot     []kit.Cannot
	Needed     []string // materials that are asked for
	Depends    []string // that hang on what has no answer yet
	Without    []string // that are not needed
	Intake     string
}

func situationAddress(no caseflow.CaseNo) string { return caseAddress(no) + "/situation" }

// situation shows the questions, with the answers that the form holds or the address carries; nothing is stored.
func (d *Desk) situation(p *page, r *http.Request) error {
	s, err := p.situated()
	if err != nil {
		return err
	}
	given := kit.GivenIn(r.URL.Query())
	if len(given) == 0 {
		if given, err = answeredIn(s.it, s.c); err != nil {
			return err
		}
	}
	return p.showSituation(s, pack.Situate(s.it, given))
}

// situated is a case that the clerk fills in, of an item that asks about situations.
func (p *page) situated() (*scene, error) {
	s, err := p.typing("intake")
	if err == nil && len(s.it.Situations) == 0 {
		err = hall.ErrNotFound
	}
	return s, err
}

// answeredIn are the answers that the form of a case holds: those whose values all stand in it.
func answeredIn(it *caseflow.Item, c *caseflow.Case) (map[string]string, error) {
	data, err := form.Decode(c.Form)
	if err != nil {
		return nil, err
	}
	facts, given := map[string]any{"form": map[string]any(data)}, map[string]string{}
	for i := range it.Situations {
		for _, a := range it.Situations[i].Answers {
			holds := len(a.Sets) > 0
			for path, value := range a.Sets {
				at, _ := dotted.At(facts, path)
				holds = holds && at == value
			}
			if holds {
				given[it.Situations[i].ID] = a.ID
			}
		}
	}
	return given, nil
}

func (p *page) showSituation(s *scene, sit *pack.Situated) error {
	v := &situationPage{page: p, head: p.head(s), ID: kit.NewRequestID(), Action: situationAddress(s.c.No), Questions: kit.SituationFields(sit, p.Lang),
		Without: kit.Needless(sit, p.Lang), Intake: caseAddress(s.c.No) + "/intake"}
	p.Title = p.T("desk.situation.title")
	if sit.Open > 0 {
		v.Open = p.T("desk.situation.open", sit.Open)
	}
	for _, m := range sit.Materials {
		switch m.Needed {
		case rule.Yes:
			v.Needed = append(v.Needed, m.Name.In(p.Lang))
		case rule.Unknown:
			v.Depends = append(v.Depends, m.Name.In(p.Lang))
		}
	}
	for _, c := range sit.Cannot {
		line := kit.Cannot{Text: c.Text.In(p.Lang), Basis: c.Basis.String(), Instead: c.Instead.In(p.Lang)}
		for _, id := range c.Items {
			line.Items = append(line.Items, ui.Link{Text: p.itemName(id), Href: "/services/" + string(id)})
		}
		v.Cannot = append(v.Cannot, line)
	}
	return p.show("situation", v)
}

// situationSave puts what was answered into the draft, which then asks for these materials alone. With act=look it shows again what
// the answers lead to, and stores nothing.
func (d *Desk) situationSave(p *page, r *http.Request) error {
	s, err := p.situated()
	if err != nil {
		return err
	}
	sit := pack.Situate(s.it, kit.GivenIn(r.PostForm))
	if r.PostFormValue("act") == "look" || len(sit.Cannot) > 0 {
		return p.showSituation(s, sit)
	}
	if len(sit.Form) > 0 {
		data, err := json.Marshal(sit.Form)
		if err != nil {
			return fmt.Errorf("answers about the situation: %w", err)
		}
		if _, err := d.hall.Do(r.Context(), p.Actor, r.PostFormValue(kit.RequestField), keyOf(s.c), caseflow.SaveDraft{Data: data}); err != nil {
			return err
		}
	}
	return p.back(caseAddress(s.c.No) + "/intake")
}
