package public

import (
	"net/http"
	"strings"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
)

// listing is what the national catalogue records of a service besides; what a pack leaves out is not shown.
func (s *Site) listing(it *caseflow.Item, lang string) []ui.SummaryRow {
	t := func(key string, args ...any) string { return i18n.T(lang, key, args...) }
	var rows []ui.SummaryRow
	add := func(label, value string) {
		if value != "" {
			rows = append(rows, ui.SummaryRow{Label: t("public.listing." + label), Value: value})
		}
	}
	coded := func(label, value string) {
		if value != "" {
			add(label, t("public.listing."+label+"."+value))
		}
	}
	l := &it.Listing
	coded("power", l.Power)
	coded("body", l.Body)
	add("entrusting", l.Entrusting.In(lang))
	var jointly, topics, services, helps []string
	for _, d := range l.Jointly {
		jointly = append(jointly, s.department(it, lang)(d))
	}
	add("jointly", i18n.Joined(lang, jointly))
	for _, x := range l.Intermediary {
		services = append(services, t("public.part-by", x.Name.In(lang), x.Basis.String()))
	}
	add("intermediary", i18n.Joined(lang, services))
	for _, x := range l.Topics {
		topics = append(topics, x.In(lang))
	}
	add("topics", i18n.Joined(lang, topics))
	coded("depth", l.Depth)
	coded("scope", l.Scope)
	for _, x := range []struct {
		key  string
		does bool
	}{{"booking", l.Booking}, {"pay-online", l.PayOnline}, {"post", l.Post}} {
		if x.does {
			helps = append(helps, t("public.listing.helps."+x.key))
		}
	}
	add("helps", i18n.Joined(lang, helps))
	for _, c := range it.Codes {
		rows = append(rows, ui.SummaryRow{Label: t("public.code"), Value: c.Value})
	}
	return rows
}

// notes is all that is said about a material.
func notes(m *caseflow.Material, lang string) string {
	var parts []string
	for _, x := range []caseflow.Text{m.Hint, m.Filling} {
		if s := x.In(lang); s != "" {
			parts = append(parts, s)
		}
	}
	if s := m.Standard.In(lang); s != "" {
		parts = append(parts, i18n.T(lang, "public.standard", s))
	}
	return strings.Join(parts, map[bool]string{true: " "}[lang == i18n.English])
}

// resultLink is a result by its name, with its sample if there is one.
func resultLink(it *caseflow.Item, step *caseflow.Step, lang string) ui.Link {
	link := ui.Link{Text: step.Result.Name.In(lang)}
	if step.Result.Sample != "" {
		link.Href = "/services/" + string(it.ID) + "/results/" + string(step.ID)
	}
	return link
}

// offered are the files of a pack that a guide hands out, by the folder of their address; empty if there is none.
var offered = map[string]func(it *caseflow.Item, id string) string{
	"samples": func(it *caseflow.Item, id string) string {
		if m := it.MaterialByID(id); m != nil {
			return m.Sample
		}
		return ""
	},
	"blanks": func(it *caseflow.Item, id string) string {
		if m := it.MaterialByID(id); m != nil {
			return m.Blank
		}
		return ""
	},
	"results": func(it *caseflow.Item, id string) string {
		if s := it.StepByID(caseflow.StepID(id)); s != nil && s.Result != nil {
			return s.Result.Sample
		}
		return ""
	},
}

// offer hands out a sample or blank form of a material, or the sample of a result.
func (s *Site) offer(folder string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		it := s.itemOf(r)
		if it == nil {
			s.fail(w, r, hall.ErrNotFound)
			return
		}
		name := offered[folder](it, r.PathValue("id"))
		data, mediaType, ok := s.guides.Sample(it, name)
		if name == "" || !ok {
			s.fail(w, r, hall.ErrNotFound)
			return
		}
		w.Header().Set("Content-Type", mediaType)
		w.Header().Set("Content-Disposition", page.Attachment(name[strings.LastIndex(name, "/")+1:]))
		w.Header().Set("X-Content-Type-Options", "nosniff")
		_, _ = w.Write(data) // #nosec G705 -- a proved pack's own file, served as an attachment; a write error has nobody to be told
	}
}
