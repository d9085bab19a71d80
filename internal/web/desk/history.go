package desk

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/web/form"
	"github.com/tongban/tongban/internal/web/i18n"
	kit "github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
)

// besideAddress lays another case of the same party beside a case; with is that other one.
func besideAddress(no, with caseflow.CaseNo) string {
	return caseAddress(no) + "/beside?" + url.Values{"with": {string(with)}}.Encode()
}

// history lists the other cases of the party, with what became of each.
func (v *casePage) history(s *scene) error {
	got, err := v.desk.hall.PartyHistory(v.r.Context(), v.Actor, keyOf(s.c))
	if err != nil {
		return err
	}
	told, err := v.desk.kit.Standings(v.r.Context(), v.Lang, v.Actor, s.view)
	if err != nil {
		return err
	}
	v.Standings = told
	if got.Last != nil {
		v.Last = &ui.Link{Text: v.T("desk.history-beside", string(got.Last.Case.No)), Href: besideAddress(s.c.No, got.Last.Case.No)}
	}
	v.History = ui.Table{Caption: v.T("desk.history-cases", len(got.Cases)), Columns: []ui.Column{{Text: v.T("desk.item")}, {Text: v.T("desk.history-day")},
		{Text: v.T("desk.history-outcome")}, {Text: v.T("desk.history-licences")}, {Text: v.T("desk.history-open")}},
		Empty: &ui.Empty{Title: v.T("desk.history-none"), Why: v.T("desk.history-none-why")}}
	for _, other := range got.Cases {
		v.History.Rows = append(v.History.Rows, v.pastRow(s, other))
	}
	if got.More {
		v.Older = v.T("desk.history-more", hall.HistoryCases)
	}
	return nil
}

// pastRow is one case of the past: its service, when, what became of it, what it granted, and what was not in order.
func (v *casePage) pastRow(s *scene, other *hall.View) ui.TableRow {
	c := other.Case
	name := ui.Cell{Text: other.Item.Name.In(v.Lang), Href: caseAddress(c.No), More: string(c.No), Head: true}
	if c.Item == s.c.Item {
		name.Links = []ui.Link{{Text: v.T("desk.history-compare"), Href: besideAddress(s.c.No, c.No)}}
	}
	day := ui.Cell{Text: i18n.Date(v.Lang, c.Submitted)}
	if !c.Ended.IsZero() {
		day.More = v.T("desk.history-ended", i18n.Date(v.Lang, c.Ended))
	}
	look := "blue"
	if !c.Phase.Open() {
		look = "ink"
	}
	outcome := ui.Cell{Tag: &ui.Tag{Text: v.phase(c), Look: look}}
	if c.Ground != nil {
		outcome.More = c.Ground.Text
	}
	var licences, open []string
	for i := range c.Licences {
		l := &c.Licences[i]
		text := v.brackets(l.Name.In(v.Lang)+" "+l.No, v.T("case.licence."+l.State))
		if l.Expires != 0 && l.State == caseflow.LicenceValid {
			text = v.brackets(l.Name.In(v.Lang)+" "+l.No, v.T("desk.history-until", l.Expires.Text(v.Lang)))
		}
		licences = append(licences, text)
	}
	if k := c.Correction; k != nil {
		open = append(open, v.T("desk.history-corrected", len(k.Points), i18n.Date(v.Lang, k.At)))
	}
	for i := range c.Commitments {
		if k := &c.Commitments[i]; k.State == caseflow.CommitmentOpen || k.State == caseflow.CommitmentBroken {
			open = append(open, v.T("desk.history-commitment", v.materialName(other.Item, k.Material), v.T("case.commitment."+k.State)))
		}
	}
	return ui.TableRow{Cells: []ui.Cell{name, day, outcome, {Text: v.joined(licences)}, {Text: v.joined(open)}}}
}

func (p *page) materialName(it *caseflow.Item, id string) string {
	if m := it.MaterialByID(id); m != nil {
		return m.Name.In(p.Lang)
	}
	return id
}

// besidePage is two cases of one party side by side.
type besidePage struct {
	*page
	*head
	Other     ui.Link
	All       ui.Link // to everything, or to the differences alone
	Facts     ui.Table
	Answers   ui.Table
	Materials ui.Table
	Differ    string // how much differs, in words
}

// beside lays the last case of the same party and item, or the one that is named, beside a case.
func (d *Desk) beside(p *page, r *http.Request) error {
	s, err := p.scene(hall.BesideLook, "")
	if err != nil {
		return err
	}
	this, other, err := d.hall.Beside(r.Context(), p.Actor, keyOf(s.c), r.URL.Query().Get("with"))
	if err != nil {
		return err
	}
	only := r.URL.Query().Get("show") == "differences"
	v := &besidePage{page: p, head: p.head(s), Other: ui.Link{Text: string(other.Case.No), Href: caseAddress(other.Case.No)}}
	p.Title = p.T("desk.beside-title", string(s.c.No), string(other.Case.No))
	v.All = ui.Link{Text: p.T("desk.beside-only"), Href: besideAddress(s.c.No, other.Case.No) + "&show=differences"}
	if only {
		v.All = ui.Link{Text: p.T("desk.beside-all"), Href: besideAddress(s.c.No, other.Case.No)}
	}
	columns := []ui.Column{{Text: p.T("desk.beside-what")}, {Text: p.T("desk.beside-this", string(s.c.No))}, {Text: p.T("desk.beside-other", string(other.Case.No))}, {Text: p.T("desk.beside-differs")}}
	v.Facts = ui.Table{Caption: p.T("desk.beside-facts"), Columns: columns[:3], Rows: p.factRows(this, other)}
	answers, materials := hall.Compare(this, other)
	differ := 0
	add := func(t *ui.Table, differs bool, label, a, b string) {
		row := ui.TableRow{Cells: []ui.Cell{{Text: label, Head: true}, {Text: a}, {Text: b}, {}}, Now: differs}
		if differs {
			differ++
			row.Cells[3].Tag = &ui.Tag{Text: p.T("desk.beside-differ"), Look: "blue"}
		}
		if differs || !only {
			t.Rows = append(t.Rows, row)
		}
	}
	none := &ui.Empty{Title: p.T("desk.beside-same"), Why: p.T("desk.beside-same-why")}
	v.Answers = ui.Table{Caption: p.T("desk.beside-answers"), Columns: columns, Empty: none}
	v.Materials = ui.Table{Caption: p.T("desk.case-tab.materials"), Columns: columns, Empty: none}
	for i := range answers {
		a := &answers[i]
		add(&v.Answers, a.Differs(), p.comparedLabel(a), p.shownAnswer(a.Field, a.This), p.shownAnswer(a.Field, a.Other))
	}
	for i := range materials {
		m := &materials[i]
		add(&v.Materials, m.Differs(), m.Material.Name.In(p.Lang), p.heldWords(m.This), p.heldWords(m.Other))
	}
	v.Differ = p.T("desk.beside-count", differ)
	return p.show("beside", v)
}

// comparedLabel names an answer; one in a list with its row.
func (p *page) comparedLabel(a *hall.Compared) string {
	label := a.Field.Label.In(p.Lang)
	if a.List != nil {
		label = a.List.Label.In(p.Lang) + " " + strconv.Itoa(a.Row) + " · " + label
	}
	return label
}

// shownAnswer is an answer as lists show it: masked where it is personal.
func (p *page) shownAnswer(f *caseflow.Field, val any) string {
	if form.Blank(val) {
		return p.T("ui.empty-value")
	}
	text := form.Reading(f, val, p.Lang)
	if f.Personal {
		text = maskField(f, text)
	}
	return text
}

// heldWords say what a case holds for a material.
func (p *page) heldWords(m *caseflow.MaterialState) string {
	if m == nil {
		return p.T("ui.empty-value")
	}
	parts := []string{p.T("case.material." + m.State)}
	if m.Paper {
		parts = append(parts, p.T("desk.original-seen"))
	}
	if m.OnFile != nil {
		parts = append(parts, kit.OnFileWords(m.OnFile, p.Lang, p.granter))
	}
	if n := len(m.Files); n > 0 {
		parts = append(parts, p.T("desk.beside-files", n))
	}
	return p.joined(parts)
}

// factRows are what two cases are known by: what became of them and when, who applied and who acted.
func (p *page) factRows(this, other *hall.View) (rows []ui.TableRow) {
	add := func(key string, of func(c *caseflow.Case) string) {
		a, b := of(this.Case), of(other.Case)
		if a != "" || b != "" {
			rows = append(rows, ui.TableRow{Cells: []ui.Cell{{Text: p.T(key), Head: true}, {Text: a}, {Text: b}}})
		}
	}
	add("desk.history-outcome", p.phase)
	add("desk.history-day", func(c *caseflow.Case) string { return i18n.Date(p.Lang, c.Submitted) })
	add("desk.beside-ended", func(c *caseflow.Case) string {
		if c.Ended.IsZero() {
			return ""
		}
		return i18n.Date(p.Lang, c.Ended)
	})
	add("desk.channel", func(c *caseflow.Case) string { return p.T("case.channel." + c.Channel) })
	add("desk.phone", func(c *caseflow.Case) string { return ident.MaskPhone(c.Applicant.Phone) })
	add("desk.agent", func(c *caseflow.Case) string {
		if c.Agent == nil {
			return ""
		}
		return maskParty(c.Agent.Name, string(c.Agent.Document.Type))
	})
	add("desk.ground", func(c *caseflow.Case) string {
		if c.Ground == nil {
			return ""
		}
		return c.Ground.Text
	})
	add("desk.history-licences", func(c *caseflow.Case) string {
		var list []string
		for i := range c.Licences {
			if no := c.Licences[i].No; !slices.Contains(list, no) {
				list = append(list, no)
			}
		}
		return p.joined(list)
	})
	return rows
}
