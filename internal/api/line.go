package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/line"
	"github.com/tongban/tongban/workday"
)

// LobbyPath is a lobby of a region.
type LobbyPath struct {
	Lobby  string `path:"lobby" maxLength:"60" doc:"Id of the lobby"`
	Region string `query:"region" maxLength:"20" doc:"Region code; your own if left out"`
}

// LobbyView is a lobby as its large screen shows it. Numbers say nothing about people.
type LobbyView struct {
	Lobby   string        `json:"lobby"`
	Name    caseflow.Text `json:"name"`
	Groups  []LobbyGroup  `json:"groups" nullable:"false"`
	Classes []line.Class  `json:"classes,omitempty" doc:"Who goes before others"`
	Called  []CalledView  `json:"called" nullable:"false"`
	Next    []string      `json:"next" nullable:"false" doc:"Numbers in the order in which they will be called"`
}

// LobbyGroup is a kind of service for which numbers are taken.
type LobbyGroup struct {
	Letter  string            `json:"letter"`
	Name    caseflow.Text     `json:"name"`
	Items   []caseflow.ItemID `json:"items,omitempty"`
	Waiting int               `json:"waiting"`
}

// CalledView is a number at a window.
type CalledView struct {
	Number string `json:"number"`
	Window string `json:"window"`
}

// PlaceView is the place of a number.
type PlaceView struct {
	Code    string       `json:"code" doc:"Who has it sees the place"`
	Lobby   string       `json:"lobby"`
	Day     workday.Date `json:"day"`
	No      int          `json:"no" doc:"The turn of other operations"`
	Number  string       `json:"number" example:"A017"`
	Class   string       `json:"class,omitempty"`
	Origin  string       `json:"origin" enum:"terminal,online,hotline,walk-in"`
	State   line.State   `json:"state" enum:"waiting,called,passed,done,left"`
	Window  string       `json:"window,omitempty"`
	For     string       `json:"for,omitempty" doc:"The only window that will call it"`
	Taken   time.Time    `json:"taken"`
	Called  time.Time    `json:"called,omitzero"`
	Ended   time.Time    `json:"ended,omitzero"`
	Ahead   int          `json:"ahead" doc:"People who are called before"`
	Minutes *int         `json:"minutes,omitempty" doc:"That are expected, from how long people took today; missing while it cannot be told"`
}

// LineFigures are counts of a day, with quantiles in minutes.
type LineFigures struct {
	Letter   string     `json:"letter,omitempty" doc:"Missing: all together"`
	Taken    int        `json:"taken"`
	Waiting  int        `json:"waiting"`
	Done     int        `json:"done"`
	Passed   int        `json:"passed"`
	Left     int        `json:"left"`
	Wait     line.Times `json:"wait" doc:"From taking the number to being called"`
	Services line.Times `json:"service" doc:"From being called to the end"`
}

// LobbyList is the lobbies of a region.
type LobbyList struct {
	Body struct {
		Lobbies []LobbyView `json:"lobbies" nullable:"false"`
	}
}

// Placed is one number.
type Placed struct{ Body PlaceView }

// LineDay is a day of a lobby, for who works there or sees its figures.
type LineDay struct {
	Body struct {
		Day     workday.Date  `json:"day"`
		Turns   []PlaceView   `json:"turns" nullable:"false"`
		Figures []LineFigures `json:"figures" nullable:"false"`
		Own     LineFigures   `json:"own" doc:"What you called"`
	}
}

type lobbiesInput struct {
	caller
	Region string `query:"region" maxLength:"20" doc:"Region code; your own if left out"`
}

type numberInput struct {
	caller
	LobbyPath
	Key  string `header:"Idempotency-Key" doc:"See the commands on a case"`
	Body struct {
		Letter string `json:"letter" minLength:"1" maxLength:"4" doc:"Of the group"`
		Class  string `json:"class,omitempty" maxLength:"40"`
		Origin string `json:"origin" enum:"online,hotline,walk-in" doc:"online: for yourself; hotline: for who calls; walk-in: for who stands at your window. Terminals give numbers by their page."`
	}
}

type actInput struct {
	caller
	LobbyPath
	Key  string `header:"Idempotency-Key" doc:"See the commands on a case"`
	Body struct {
		Act    string `json:"act" enum:"next,again,pass,back,move,done,leave" doc:"next: whoever is at the window is done, and the next one is called"`
		Window string `json:"window,omitempty" maxLength:"4"`
		Turn   int    `json:"turn,omitempty" minimum:"0" doc:"Its no; of next: who is at the window as you know it, 0 nobody"`
		To     string `json:"to,omitempty" maxLength:"4" doc:"Window, of move"`
		Note   string `json:"note,omitempty" maxLength:"600" doc:"Reason, of move"`
	}
}

type placeInput struct {
	caller
	Code   string `path:"code" maxLength:"64" doc:"Code of the number"`
	Region string `query:"region" maxLength:"20" doc:"Region code; your own if left out"`
	Key    string `header:"Idempotency-Key" doc:"See the commands on a case"`
}

type dayInput struct {
	caller
	LobbyPath
	Day string `query:"day" maxLength:"10" doc:"Today if left out" example:"2026-11-24"`
}

func (a *API) registerLines() {
	op := func(id, method, path, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: path, Tags: []string{"line"}, Summary: summary}
	}
	huma.Register(a.huma, anyone(op("list-lobbies", http.MethodGet, "/lobbies", "Lobbies of a region: what is called where, and how many wait")), a.lobbies)
	huma.Register(a.huma, op("take-turn", http.MethodPost, "/lobbies/{lobby}/turns", "Take a number for today"), a.takeTurn)
	huma.Register(a.huma, op("act-in-line", http.MethodPost, "/lobbies/{lobby}/acts", "Call the next one to your window, and what else a clerk does in the line"), a.actInLine)
	huma.Register(a.huma, op("see-line", http.MethodGet, "/lobbies/{lobby}/day", "The numbers of a day, with waiting and service times by quantile"), a.lineDay)
	huma.Register(a.huma, anyone(op("see-turn", http.MethodGet, "/turns/{code}", "The place of a number in the line")), a.seeTurn)
	huma.Register(a.huma, anyone(op("leave-line", http.MethodPost, "/turns/{code}/leave", "Give a number back")), a.leaveLine)
}

func placeView(p *hall.Place) PlaceView {
	v := PlaceView{Code: p.Code, Lobby: p.Turn.Lobby, Day: p.Day, No: p.No, Number: p.Label(), Class: p.Class, Origin: p.Origin, State: p.State, Window: p.Window,
		For: p.For, Taken: p.Taken, Called: p.Called, Ended: p.Ended, Ahead: p.Ahead}
	if p.Expected {
		v.Minutes = &p.Minutes
	}
	return v
}

func (a *API) lobbies(ctx context.Context, in *lobbiesInput) (*LobbyList, error) {
	region, err := in.home(in.Region)
	if err != nil {
		return nil, err
	}
	out := &LobbyList{}
	out.Body.Lobbies = []LobbyView{}
	for _, l := range a.o.Hall.Lobbies(region) {
		ln, err := a.o.Hall.Line(ctx, region, l.ID)
		if err != nil {
			return nil, err
		}
		v := LobbyView{Lobby: l.ID, Name: l.Name, Groups: []LobbyGroup{}, Classes: l.Classes, Called: []CalledView{}, Next: []string{}}
		for _, g := range l.Groups {
			f := line.Count(ln.Turns, func(t *line.Turn) bool { return t.Letter == g.Letter })
			v.Groups = append(v.Groups, LobbyGroup{g.Letter, g.Name, g.Items, f.Waiting})
		}
		for i := range ln.Turns {
			if t := &ln.Turns[i]; t.State == line.Called {
				v.Called = append(v.Called, CalledView{t.Label(), t.Window})
			}
		}
		for _, t := range ln.Order(ln.Turns, line.All) {
			v.Next = append(v.Next, t.Label())
		}
		out.Body.Lobbies = append(out.Body.Lobbies, v)
	}
	return out, nil
}

func (a *API) takeTurn(ctx context.Context, in *numberInput) (*Placed, error) {
	region, err := in.home(in.Region)
	if err != nil {
		return nil, err
	}
	t, err := a.o.Hall.TakeTurn(ctx, in.by, in.Key, region, in.Lobby, hall.Taking{Letter: in.Body.Letter, Class: in.Body.Class, Origin: in.Body.Origin})
	if err != nil {
		return nil, err
	}
	return a.placed(ctx, region, t.Code)
}

func (a *API) placed(ctx context.Context, region, code string) (*Placed, error) {
	p, err := a.o.Hall.Place(ctx, region, code)
	if err != nil {
		return nil, err
	}
	return &Placed{placeView(p)}, nil
}

func (a *API) actInLine(ctx context.Context, in *actInput) (*Placed, error) {
	region, err := in.home(in.Region)
	if err != nil {
		return nil, err
	}
	b := &in.Body
	t, err := a.o.Hall.AtWindow(ctx, in.by, region, in.Lobby, line.Act{What: b.Act, Window: b.Window, Turn: b.Turn, To: b.To, Note: b.Note, Request: in.Key})
	if err != nil {
		return nil, err
	}
	return a.placed(ctx, region, t.Code)
}

func (a *API) seeTurn(ctx context.Context, in *placeInput) (*Placed, error) {
	region, err := in.home(in.Region)
	if err != nil {
		return nil, err
	}
	return a.placed(ctx, region, in.Code)
}

func (a *API) leaveLine(ctx context.Context, in *placeInput) (*Placed, error) {
	region, err := in.home(in.Region)
	if err != nil {
		return nil, err
	}
	if _, err := a.o.Hall.LeaveLine(ctx, region, in.Code, in.Key); err != nil {
		return nil, err
	}
	return a.placed(ctx, region, in.Code)
}

func (a *API) lineDay(ctx context.Context, in *dayInput) (*LineDay, error) {
	region, err := in.home(in.Region)
	if err != nil {
		return nil, err
	}
	var day workday.Date
	if in.Day != "" {
		if day, err = workday.ParseDate(in.Day); err != nil {
			return nil, &caseflow.Refusal{Code: codeFields, Fields: []caseflow.FieldFault{{Field: "day", Code: "unknown"}}}
		}
	}
	ln, err := a.o.Hall.WorkLine(ctx, in.by, region, in.Lobby, day)
	if err != nil {
		return nil, err
	}
	out := &LineDay{}
	out.Body.Day, out.Body.Turns = ln.Day, []PlaceView{}
	for i := range ln.Turns {
		out.Body.Turns = append(out.Body.Turns, placeView(ln.Place(&ln.Turns[i])))
	}
	for _, g := range ln.Groups {
		out.Body.Figures = append(out.Body.Figures, lineFigures(g.Letter, line.Count(ln.Turns, func(t *line.Turn) bool { return t.Letter == g.Letter })))
	}
	out.Body.Figures = append(out.Body.Figures, lineFigures("", line.Count(ln.Turns, line.All)))
	out.Body.Own = lineFigures("", line.Count(ln.Turns, func(t *line.Turn) bool { return t.By == in.by.ID }))
	return out, nil
}

func lineFigures(letter string, f line.Figures) LineFigures {
	return LineFigures{letter, f.Taken, f.Waiting, f.Done, f.Passed, f.Left, f.Wait, f.Service}
}
