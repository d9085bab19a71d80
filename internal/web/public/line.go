package public

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/line"
	"github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
)

// How many seconds pass before a page of the line asks anew. It is a header, so that it needs no script; who has trouble with pages that
// change by themselves switches it off (?still=1).
const (
	screenEvery = "5"
	placeEvery  = "20"
)

// lobbiesView lists the lobbies of the region.
type lobbiesView struct {
	ui.Page
	Lobbies []ui.Link
}

// lobbies lists them; the only one is opened at once.
func (s *Site) lobbies(w http.ResponseWriter, r *http.Request) {
	if list := s.hall.Lobbies(s.region); len(list) == 1 {
		http.Redirect(w, r, "/line/"+list[0].ID, http.StatusSeeOther)
		return
	}
	v := &lobbiesView{Page: s.narrow(r, "", "/")}
	v.Title = v.T("public.line-title")
	for _, l := range s.hall.Lobbies(s.region) {
		v.Lobbies = append(v.Lobbies, ui.Link{Text: l.Name.In(v.Lang), Href: "/line/" + l.ID})
	}
	if len(v.Lobbies) == 0 {
		s.fail(w, r, hall.ErrNotFound)
		return
	}
	s.kit.Show(w, http.StatusOK, "public/lobbies", v)
}

// lobbyView is where a number is taken: at a terminal by anybody, elsewhere by who is signed in.
type lobbyView struct {
	ui.Page
	ID     string
	Action string
	Screen string
	Groups []lobbyGroup
	Class  ui.Field
	Signs  string // address where who takes a number signs in first; empty for who need not
	Own    string // address of the number that they have
	Closed string // why no number can be taken from afar today; empty if one can
}

type lobbyGroup struct {
	Letter, Name string
	Items        []string
	Waiting      int
}

func (s *Site) lobby(w http.ResponseWriter, r *http.Request) {
	s.showLobby(w, r, http.StatusOK, nil)
}

func (s *Site) showLobby(w http.ResponseWriter, r *http.Request, status int, refusal *caseflow.Refusal) {
	ln, err := s.hall.Line(r.Context(), s.region, r.PathValue("lobby"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	by, _, _ := access.FromRequest(r)
	back := "/line"
	if len(s.hall.Lobbies(s.region)) == 1 { // there is no other to choose
		back = "/"
	}
	v := &lobbyView{Page: s.narrow(r, ln.Name.In(page.Lang(r)), back), ID: page.NewRequestID(), Action: "/line/" + ln.ID, Screen: "/line/" + ln.ID + "/screen"}
	if !page.AtTerminal(r) && by.Kind != caseflow.ActorCitizen {
		v.Signs = page.SignInPath + "?" + url.Values{page.ReturnField: {v.Action}}.Encode()
	}
	if own := ln.Own(by); own != nil {
		v.Own = "/number/" + own.Code
	}
	if !page.AtTerminal(r) && !s.hall.Calendar(s.region).IsWorkday(ln.Day) {
		v.Closed = page.Sentence(v.Lang, &caseflow.Refusal{Code: caseflow.CodeLineClosed})
	} else if refusal != nil {
		v.Errors = &ui.Errors{Faults: []ui.Fault{{Text: page.Sentence(v.Lang, refusal)}}}
	}
	for _, g := range ln.Groups {
		one := lobbyGroup{Letter: g.Letter, Name: g.Name.In(v.Lang), Waiting: line.Count(ln.Turns, func(t *line.Turn) bool { return t.Letter == g.Letter }).Waiting}
		for _, id := range g.Items {
			if it := s.hall.Item(id); it != nil {
				one.Items = append(one.Items, it.Name.In(v.Lang))
			}
		}
		v.Groups = append(v.Groups, one)
	}
	v.Class = ui.Field{Kind: ui.KindRadio, Name: "class", Label: v.T("public.line-class"), Hint: v.T("public.line-class-hint"), Optional: true, Options: []ui.Option{{Label: v.T("public.line-no-class")}}}
	for _, c := range ln.Classes {
		v.Class.Options = append(v.Class.Options, ui.Option{Value: c.ID, Label: c.Name.In(v.Lang)})
	}
	s.kit.Show(w, status, "public/lobby", v)
}

func (s *Site) takeTurn(w http.ResponseWriter, r *http.Request) {
	by, _, signed := access.FromRequest(r)
	origin := line.Online
	if page.AtTerminal(r) {
		origin = line.AtTerminal
	} else if !signed {
		s.kit.SignIn(w, r, ui.Public)
		return
	}
	t, err := s.hall.TakeTurn(r.Context(), by, page.RequestID(r), s.region, r.PathValue("lobby"),
		hall.Taking{Letter: r.PostFormValue("letter"), Class: r.PostFormValue("class"), Origin: origin, Terminal: page.AtTerminal(r)})
	if refusal, refused := page.Refusal(err); refused {
		s.showLobby(w, r, http.StatusUnprocessableEntity, refusal)
		return
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	http.Redirect(w, r, "/number/"+t.Code, http.StatusSeeOther)
}

// placeView is the ticket of a number: it is printed, and its QR code leads here again. Nothing on it is about a person.
type placeView struct {
	ui.Page
	*hall.Place
	ID, Action string
	Group      string
	QR         *page.QR
	Still      bool
	Again      string // address with or without asking anew
	Live       bool
}

func (s *Site) place(w http.ResponseWriter, r *http.Request) {
	p, err := s.hall.Place(r.Context(), s.region, r.PathValue("code"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	v := &placeView{Page: s.narrow(r, "", ""), Place: p, ID: page.NewRequestID(), Action: "/number/" + p.Code, Still: r.URL.Query().Get("still") != "",
		QR: page.NewQR(s.origin(r) + "/number/" + p.Code)}
	v.Title = v.T("public.line-number", p.Label())
	if g := p.Lobby.Group(p.Letter); g != nil {
		v.Group = g.Name.In(v.Lang)
	}
	v.Live = p.Today && (p.State == line.Waiting || p.State == line.Called || p.State == line.Passed)
	v.Again = v.Action
	if !v.Still {
		v.Again += "?still=1"
		if v.Live && !v.Terminal {
			w.Header().Set("Refresh", placeEvery)
		}
	}
	w.Header().Set("Cache-Control", "no-store")
	s.kit.Show(w, http.StatusOK, "public/place", v)
}

// leave gives the number back.
func (s *Site) leave(w http.ResponseWriter, r *http.Request) {
	_, err := s.hall.LeaveLine(r.Context(), s.region, r.PathValue("code"), page.RequestID(r))
	if _, refused := page.Refusal(err); err != nil && !refused { // refused: it was called meanwhile, which the page says
		s.fail(w, r, err)
		return
	}
	http.Redirect(w, r, "/number/"+r.PathValue("code"), http.StatusSeeOther)
}

// screenView is the large screen of a lobby: which number is called to which window.
type screenView struct {
	ui.Page
	Name   string
	Called []calledLine
	Next   []string
	Still  bool
	Again  string
}

type calledLine struct {
	Label, Window string
	Newest        bool
}

// shownNext is how many of those who wait the screen names.
const shownNext = 8

func (s *Site) screen(w http.ResponseWriter, r *http.Request) {
	region := cmp.Or(r.URL.Query().Get("region"), s.region) // a desk of another city on this server names its own
	ln, err := s.hall.Line(r.Context(), region, r.PathValue("lobby"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	v := &screenView{Page: s.frame(r, ""), Name: ln.Name.In(page.Lang(r)), Still: r.URL.Query().Get("still") != ""}
	v.Title, v.Bare = v.T("public.line-screen", v.Name), true
	var called []*line.Turn
	for i := range ln.Turns {
		if t := &ln.Turns[i]; t.State == line.Called {
			called = append(called, t)
		}
	}
	slices.SortFunc(called, func(a, b *line.Turn) int { return lastStep(b).At.Compare(lastStep(a).At) })
	for i, t := range called {
		v.Called = append(v.Called, calledLine{t.Label(), t.Window, i == 0})
	}
	for i, t := range ln.Order(ln.Turns, line.All) {
		if i < shownNext {
			v.Next = append(v.Next, t.Label())
		}
	}
	again := url.Values{"region": {region}}
	if !v.Still {
		again.Set("still", "1")
		w.Header().Set("Refresh", screenEvery)
	}
	v.Again = r.URL.Path + "?" + again.Encode()
	w.Header().Set("Cache-Control", "no-store")
	s.kit.Show(w, http.StatusOK, "public/screen", v)
}

func lastStep(t *line.Turn) line.Step { return t.History[len(t.History)-1] }
