package public

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/find"
	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
)

// Bounds on what one search shows.
const (
	maxFound     = 50
	maxSuggested = 8
	maxClose     = 5
)

// maxAnnounced is how many announcements the first page names; the others are one click away.
const maxAnnounced = 3

// homeView is the start page: one search box, the occasions of life, and the services.
type homeView struct {
	ui.Page
	Asked     string
	For       string // person, company, or empty
	Occasion  string // whose services are shown, by name; empty: no occasion was chosen
	Who       []ui.Link
	Lines     bool // there is a lobby for which numbers are taken
	Occasions []occasionGroup
	Services  []service
	Close     []service
	Announced []page.Announcement // on the first page alone, the newest
}

// occasionGroup is the occasions of a person's life, or of a company's.
type occasionGroup struct {
	Title string
	Links []ui.Link
}

func (s *Site) home(w http.ResponseWriter, r *http.Request) {
	ask := r.URL.Query()
	v := &homeView{Page: s.frame(r, ""), Asked: query(ask.Get("q"))}
	v.Title, v.Narrow = v.T("public.home-title"), true
	if whom := ask.Get("for"); whom == caseflow.ForPerson || whom == caseflow.ForCompany {
		v.For = whom
	}
	occasion := caseflow.OccasionByID(ask.Get("occasion"))
	keep := func(it *caseflow.Item) bool {
		return it.Asked(s.region) && (v.For == "" || slices.Contains(it.For, v.For)) && (occasion == nil || slices.Contains(it.Occasions, occasion.ID))
	}
	if occasion != nil {
		v.Occasion = occasion.Name.In(v.Lang)
	}
	if v.Asked == "" {
		for _, it := range s.guides.Items() {
			if keep(it) {
				v.Services = append(v.Services, s.service(it, v.Lang))
			}
		}
	} else {
		v.found(s, s.shelf.Search(v.Asked, maxFound, keep))
	}
	if v.Asked == "" && v.Occasion == "" {
		v.Announced = page.Announcements(s.hall.Announced(s.region), v.Lang)
		v.Announced = v.Announced[:min(len(v.Announced), maxAnnounced)]
	}
	v.who()
	v.occasions(s)
	v.Lines = len(s.hall.Lobbies(s.region)) > 0
	s.kit.Show(w, http.StatusOK, "public/home", v)
}

// found shows what a search found, or what is close to it.
func (v *homeView) found(s *Site, list []find.Service) {
	for _, f := range list {
		line := s.service(f.Item, v.Lang)
		line.Why = why(f.Hit, v.Lang)
		if !f.Close {
			v.Services = append(v.Services, line)
		} else if len(v.Close) < maxClose {
			v.Close = append(v.Close, line)
		}
	}
}

// why says by what a service was found. Its own name needs no words.
func why(h find.Hit, lang string) string {
	if h.In == find.InName && h.How == find.ByText {
		return ""
	}
	text := h.Text
	if r := []rune(text); len(r) > 40 {
		text = string(r[:40]) + "…"
	}
	return i18n.T(lang, "public.why", i18n.T(lang, "public.why-in."+h.In.String(), text), i18n.T(lang, "public.why-how."+h.How.String()))
}

// who are the links to what is for persons, for companies, or for both.
func (v *homeView) who() {
	for _, w := range []string{"", caseflow.ForPerson, caseflow.ForCompany} {
		link := ui.Link{Text: v.T("public.who-all"), Href: v.With("for", w), Current: v.For == w}
		if w != "" {
			link.Text = v.T("public.who-am." + w)
		}
		v.Who = append(v.Who, link)
	}
}

// occasions are the occasions that have a service here.
func (v *homeView) occasions(s *Site) {
	some := map[string]int{}
	for _, it := range s.guides.Items() {
		if it.Asked(s.region) {
			for _, id := range it.Occasions {
				some[id]++
			}
		}
	}
	for _, whose := range []string{caseflow.ForPerson, caseflow.ForCompany} {
		g := occasionGroup{Title: v.T("public.occasions." + whose)}
		for _, o := range caseflow.Occasions() {
			if o.For == whose && some[o.ID] > 0 && (v.For == "" || v.For == whose) {
				g.Links = append(g.Links, ui.Link{Text: o.Name.In(v.Lang), Href: "/?" + url.Values{"occasion": {o.ID}}.Encode(), Count: some[o.ID]})
			}
		}
		if len(g.Links) > 0 {
			v.Occasions = append(v.Occasions, g)
		}
	}
}

// suggest finds services while somebody types, for the script of the search box; without script the page itself searches.
func (s *Site) suggest(w http.ResponseWriter, r *http.Request) {
	lang := page.Lang(r)
	answers := []found{}
	for _, f := range s.shelf.Search(query(r.URL.Query().Get("q")), maxSuggested, func(it *caseflow.Item) bool { return it.Asked(s.region) }) {
		answers = append(answers, found{Value: "/services/" + string(f.ID), Label: f.Name.In(lang), Hint: why(f.Hit, lang)})
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "private, max-age=60") // the language is the visitor's own
	_ = json.NewEncoder(w).Encode(answers)                 // the client has gone: nobody to tell
}

// query cuts what is looked for.
func query(text string) string {
	runes := []rune(strings.TrimSpace(strings.ToValidUTF8(text, "")))
	return string(runes[:min(len(runes), find.MaxQuery)])
}

// announcedView lists what the hall announces now (公告).
type announcedView struct {
	ui.Page
	List  []page.Announcement
	Empty *ui.Empty
}

func (s *Site) announced(w http.ResponseWriter, r *http.Request) {
	v := &announcedView{Page: s.narrow(r, "", "")}
	v.Title, v.List = v.T("public.announced"), page.Announcements(s.hall.Announced(s.region), v.Lang)
	if len(v.List) == 0 {
		v.Empty = &ui.Empty{Title: v.T("public.announced-none"), Why: v.T("public.announced-none-why")}
	}
	s.kit.Show(w, http.StatusOK, "public/announced", v)
}
