package public

import (
	"net/http"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/naming"
	"github.com/tongban/tongban/internal/web/ui"
)

// namesView is the page on which everybody may look whether a name of a firm could be had.
type namesView struct {
	ui.Page
	Fields   []ui.Field
	Check    *hall.NameCheck // nil: nothing was asked
	Findings []ui.Notice
	Declare  string // address of the guide of the item that keeps names; empty if there is none
}

// Result is the answer in a sentence.
func (v *namesView) Result() ui.Notice {
	if !v.Check.Free() {
		return ui.Notice{Kind: ui.Failure, Title: v.T("public.names-taken", v.Check.Full)}
	}
	return ui.Notice{Kind: ui.Success, Title: v.T("public.names-free", v.Check.Full), Text: v.T("public.names-free-why")}
}

// Parts are what the name was taken apart into.
func (v *namesView) Parts() []ui.SummaryRow {
	var rows []ui.SummaryRow
	for _, p := range [][2]string{{"region", v.Check.Region}, {"trade", v.Check.Trade}, {"industry", v.Check.Industry}, {"form", v.Check.Form}} {
		if p[1] != "" {
			rows = append(rows, ui.SummaryRow{Label: v.T("public.names-" + p[0]), Value: p[1]})
		}
	}
	return rows
}

// names answers whether a name could be had; it keeps nothing.
func (s *Site) names(w http.ResponseWriter, r *http.Request) {
	v := &namesView{Page: s.narrow(r, "", "")}
	v.Title = v.T("public.names-title")
	q := r.URL.Query()
	name, region := query(q.Get("name")), q.Get("region")
	places := s.places(v.Lang)
	if region == "" && len(places) > 0 {
		region = places[0].Value
	}
	v.Fields = []ui.Field{
		{Kind: ui.KindSelect, Name: "region", Label: v.T("public.names-place"), Hint: v.T("public.names-place-hint"), Value: region, Options: places},
		{Kind: ui.KindText, Name: "name", Label: v.T("public.names-name"), Hint: v.T("public.names-hint"), Value: name, Autocomplete: "off", Max: naming.MaxName},
	}
	if it := s.declares(); it != nil {
		v.Declare = "/services/" + string(it.ID)
	}
	if name != "" {
		var err error
		if v.Check, err = s.hall.CheckName(r.Context(), region, caseflow.NameAsked{Name: name, Region: region}, ""); err != nil {
			s.fail(w, r, err)
			return
		}
		for _, f := range v.Check.Findings {
			n := ui.Notice{Kind: ui.Warning, Title: caseflow.Text{ZH: f.ZH, EN: f.EN}.In(v.Lang), Text: v.T("public.names-basis", naming.Law, f.Article)}
			if f.Refuse {
				n.Kind = ui.Failure
			}
			v.Findings = append(v.Findings, n)
		}
	}
	s.kit.Show(w, http.StatusOK, "public/names", v)
}

// places are the region of the site and all directly below it: each registers firms.
func (s *Site) places(lang string) []ui.Option {
	list := []ui.Option{{Value: s.region, Label: ident.Service().FullNameIn(s.region, lang)}}
	for _, r := range ident.Service().Children(s.region) {
		list = append(list, ui.Option{Value: r.Code, Label: ident.Service().FullNameIn(r.Code, lang)})
	}
	return list
}

// declares is the item by which a name is kept before the firm is registered; nil if this place has none.
func (s *Site) declares() *caseflow.Item {
	for _, it := range s.guides.Items() {
		if it.Naming != nil && it.Naming.Keeps != nil && it.OfferedIn(s.region) {
			return it
		}
	}
	return nil
}
