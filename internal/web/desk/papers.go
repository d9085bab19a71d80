package desk

import (
	"net/http"
	"slices"
	"strings"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/paper"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/web/form"
	"github.com/tongban/tongban/internal/web/i18n"
	kit "github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
)

func (v *casePage) papers(s *scene) {
	for _, given := range hall.Papers(s.c, s.it) {
		v.Papers = append(v.Papers, v.paperLink(s, &given))
	}
}

func (v *casePage) paperLink(s *scene, given *hall.Paper) ui.Link {
	text := paper.Title(given, v.Lang)
	switch {
	case given.Part != nil:
		text = v.brackets(text, given.Part.Name.In(v.Lang))
	case given.Licence != nil:
		text = v.brackets(text, given.Number)
	}
	return ui.Link{Text: text, Href: caseAddress(s.c.No) + "/papers/" + given.Name()}
}

// told is a correction notice as its case shows it until the request is accepted: what was to be mended, and where something was.
type told struct {
	When   string
	Paper  ui.Link
	Points []toldPoint
}

type toldPoint struct {
	caseflow.CorrectionPoint
	State ui.Tag // "" where nobody can tell
}

// told fills in the correction notice.
func (v *casePage) told(s *scene, key store.Key) error {
	c := s.c
	given := hall.PaperNamed(c, s.it, hall.PaperCorrection)
	if given == nil || !c.Accepted.IsZero() || !c.Phase.Open() || s.view.Limited {
		return nil
	}
	history, err := v.desk.hall.History(v.r.Context(), v.Actor, key)
	if err != nil {
		return err
	}
	unmended, err := form.Unmended(c, hall.Events(history))
	if err != nil {
		return err
	}
	v.Told = &told{When: i18n.Moment(v.Lang, c.Correction.At), Paper: v.paperLink(s, given)}
	for _, p := range c.Correction.Points {
		point := toldPoint{CorrectionPoint: p}
		switch {
		case slices.Contains(unmended, p):
			point.State = ui.Tag{Text: v.T("desk.told.unchanged")}
			if !c.Correction.Done.IsZero() {
				point.State.Look = "red"
			}
		case p.Field != "" || p.Material != "":
			point.State = ui.Tag{Text: v.T("desk.told.changed"), Look: "blue"}
		}
		v.Told.Points = append(v.Told.Points, point)
	}
	return nil
}

// draft is the one-time notice before it is given: all that is to be mended.
func (p *page) draft(s *scene, points []caseflow.CorrectionPoint) *paper.Doc {
	c := s.c.Clone()
	c.Correction = &caseflow.Correction{Points: points, At: s.now}
	until := caseflow.Clock{ID: caseflow.ClockCorrection}
	until.Due = s.cal.Due(s.now, s.it.Limits.Correction.Limit).At
	c.Clocks = append(c.Clocks, until)
	given := hall.PaperNamed(c, s.it, hall.PaperCorrection)
	d := paper.Write(paper.Source{Lang: p.Lang, Department: p.paperOffice(s.it, c.Region),
		Issued: &hall.Issued{Paper: *given, View: &hall.View{Case: c, Item: s.it}}})
	d.Draft = true
	return d
}

// paper prints one of the case's papers.
func (d *Desk) paper(p *page, r *http.Request) error {
	name := r.PathValue("paper")
	kind := hall.PaperKind(strings.TrimSuffix(name, kit.PaperFile))
	if kind == "" {
		return hall.ErrNotFound
	}
	s, err := p.scene("paper:"+kind, p.T("paper.reason"))
	if err != nil {
		return err
	}
	return d.kit.Paper(p.w, r, p.Page, kit.PaperRequest{Hall: d.hall, View: s.view, Key: store.Key{Region: s.c.Region, Case: s.c.No}, Name: name,
		Masked: !p.handsOut(s), Department: p.paperOffice(s.it, s.c.Region), Origin: p.address(""), Home: caseAddress(s.c.No) + "/materials", Text: p.T("desk.to-case")})
}

// handsOut reports whether the official gives papers of the case to people: at a window of the department that leads, or of the door
// that took the request in. To others a paper is a copy with personal data masked, and without the codes by which its holder is known.
func (p *page) handsOut(s *scene) bool {
	return p.Actor.Has(caseflow.RoleClerk) && (p.Actor.Bears(s.it.Department) || slices.ContainsFunc(s.it.DoorsOf(s.c.Channel), p.Actor.Bears))
}

// address is a page of the site as a phone reaches it.
func (p *page) address(path string) string {
	base := p.desk.base
	if base == "" {
		scheme := "http"
		if p.r.TLS != nil {
			scheme = "https"
		}
		base = scheme + "://" + p.r.Host
	}
	return base + path
}
