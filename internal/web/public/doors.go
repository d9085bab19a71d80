package public

import (
	"net/http"
	"strconv"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/pack"
	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
)

// doorsView shows that a service is the same at each of its doors (六统一).
type doorsView struct {
	ui.Page
	Item  string
	Table ui.Table
	Extra []string // materials that only some doors ask for, because somebody acts for the applicant there
}

// doors is made from the item alone, once for all doors: there is nothing by which one could differ, but what a rule of the item
// asks for at one of them, and that is said.
func (s *Site) doors(w http.ResponseWriter, r *http.Request) {
	it := s.itemOf(r)
	if it == nil || len(it.Channels) == 0 {
		s.fail(w, r, hall.ErrNotFound)
		return
	}
	v := &doorsView{Page: s.narrow(r, "", "/services/"+string(it.ID)), Item: it.Name.In(page.Lang(r))}
	v.Title = v.T("public.doors-title", v.Item)
	v.Narrow = false
	v.Table = ui.Table{Caption: v.Title, HideCaption: true, Columns: []ui.Column{{Text: v.T("public.doors-door")}, {Text: v.T("public.doors-who")}}}
	for _, c := range unities {
		v.Table.Columns = append(v.Table.Columns, ui.Column{Text: v.T("public.doors-" + c)})
	}
	asked, err := askedAt(it, s.region)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	for _, channel := range it.Channels {
		row := ui.TableRow{Title: v.T("case.channel." + channel), Cells: []ui.Cell{{Text: v.T("case.channel." + channel), Head: true}, {Text: s.keeper(it, channel, v.Lang)}}}
		v.Table.Rows = append(v.Table.Rows, ui.TableRow{Title: row.Title, Cells: append(row.Cells, s.unified(it, v.Lang)...)})
	}
	for i := range it.Materials {
		m, at := &it.Materials[i], []string(nil)
		for _, channel := range it.Channels {
			if asked[channel][m.ID] {
				at = append(at, v.T("case.channel."+channel))
			}
		}
		if len(at) > 0 && len(at) < len(it.Channels) {
			v.Extra = append(v.Extra, v.T("public.doors-extra", i18n.Joined(v.Lang, at), m.Name.In(v.Lang)))
		}
	}
	s.kit.Show(w, http.StatusOK, "public/doors", v)
}

// unities are the six things that are the same at each door.
var unities = []string{"guide", "limit", "steps", "scene", "materials", "sign"}

// unified words the six things. It is not told which door asks.
func (s *Site) unified(it *caseflow.Item, lang string) []ui.Cell {
	guide := "/services/" + string(it.ID)
	stages := 0
	for _, stage := range s.outline(it, pack.Situate(it, nil), lang) {
		stages += len(stage.Steps)
	}
	return []ui.Cell{
		{Text: it.Name.In(lang), Href: guide},
		{Text: it.Limits.Promised.Limit.Text(lang)},
		{Text: i18n.T(lang, "public.doors-step-count", strconv.Itoa(stages)), Href: guide + "#steps"},
		{Text: it.Contact.Address.In(lang)},
		{Text: i18n.T(lang, "public.doors-material-count", strconv.Itoa(len(it.Materials))), Href: guide + "#materials"},
		{Text: it.Name.In(lang) + " " + it.Contact.Ask},
	}
}

// keeper is who takes requests in at a door: the applicant alone, or a department's clerks.
func (s *Site) keeper(it *caseflow.Item, channel, lang string) string {
	if channel == caseflow.ChannelOnline || channel == caseflow.ChannelTerminal {
		return i18n.T(lang, "public.doors-self")
	}
	if doors := it.DoorsOf(channel); len(doors) > 0 {
		return s.department(it, lang)(doors[0])
	}
	return s.department(it, lang)(it.Department)
}

// askedAt lists by door which materials a request without answers is asked for.
func askedAt(it *caseflow.Item, region string) (map[string]map[string]bool, error) {
	all := map[string]map[string]bool{}
	for _, channel := range it.Channels {
		asked, refusal := caseflow.Ask(&caseflow.Case{Item: it.ID, Region: region, Channel: channel, Phase: caseflow.PhaseDraft}, it)
		if refusal != nil {
			return nil, refusal
		}
		all[channel] = map[string]bool{}
		for _, m := range asked.Materials {
			all[channel][m.ID] = true
		}
	}
	return all, nil
}
