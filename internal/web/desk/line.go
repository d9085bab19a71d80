package desk

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/line"
	kit "github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
	"github.com/tongban/tongban/workday"
)

// lineAddress is the page of the line.
const lineAddress = "/desk/line"

// linePage is the line of a lobby as its clerks work on it: whoever is at the window, and numbers and walk-ins in one list.
type linePage struct {
	*page
	ID      string
	Lobby   string // name
	LobbyID string
	Lobbies []ui.Link
	Window  string
	Windows []ui.Link
	Current *turnLine
	Known   int // number of who is at the window
	Begin   string
	Wait    []turnLine
	Passed  []turnLine
	Groups  []ui.Option
	Class   ui.Field
	Move    []ui.Field
	Calls   bool
	Gives   bool
	Given   string // number that was just taken
	// Elsewhere are the windows that call it, where this one does not.
	Elsewhere string
	Figures   ui.Table
	Screen    string
}

// turnLine is one turn in a list.
type turnLine struct {
	No                          int
	Label, Group, Class, Origin string
	Waits                       int // minutes
	For                         string
}

// lobbies are those in whose line the person has something to do.
func (p *page) lobbies() []line.Lobby {
	return slices.DeleteFunc(p.desk.hall.Lobbies(p.Actor.Region), func(l line.Lobby) bool {
		return !p.desk.hall.Calls(p.Actor, &l) && !p.desk.hall.Gives(p.Actor, &l)
	})
}

// showLine shows the line at the window of the address, else at the one where the clerk called last.
func (d *Desk) showLine(p *page, r *http.Request) error {
	return p.writeLine(http.StatusOK, r.URL.Query().Get("lobby"), r.URL.Query().Get("window"))
}

func (p *page) writeLine(status int, lobby, window string) error {
	all := p.lobbies()
	if len(all) == 0 {
		return hall.ErrNotFound
	}
	i := max(0, slices.IndexFunc(all, func(l line.Lobby) bool { return l.ID == lobby }))
	l := &all[i]
	ln, err := p.desk.hall.Line(p.r.Context(), l.Region, l.ID)
	if err != nil {
		return err
	}
	p.Title = p.T("desk.nav.line")
	v := &linePage{page: p, ID: kit.NewRequestID(), Lobby: l.Name.In(p.Lang), LobbyID: l.ID, Calls: p.desk.hall.Calls(p.Actor, l), Gives: p.desk.hall.Gives(p.Actor, l),
		Screen: "/line/" + l.ID + "/screen?region=" + l.Region, Given: p.r.URL.Query().Get("given")}
	for _, other := range all {
		if len(all) > 1 {
			v.Lobbies = append(v.Lobbies, ui.Link{Text: other.Name.In(p.Lang), Href: lineAt(other.ID, ""), Current: other.ID == l.ID})
		}
	}
	for _, g := range l.Groups {
		v.Groups = append(v.Groups, ui.Option{Value: g.Letter, Label: g.Letter + " " + g.Name.In(p.Lang)})
	}
	v.Class = ui.Field{Kind: ui.KindSelect, Name: "class", Label: p.T("desk.line.class"), Optional: true, Width: "medium", Value: p.r.PostFormValue("class")}
	for _, c := range l.Classes {
		v.Class.Options = append(v.Class.Options, ui.Option{Value: c.ID, Label: c.Name.In(p.Lang)})
	}
	if v.Calls {
		v.atWindow(ln, window)
	}
	v.lists(ln)
	v.elsewhere(ln)
	v.Figures = p.lineFigures(ln, func(t *line.Turn) bool { return t.By == p.Actor.ID }, p.T("desk.line.own"))
	return p.write(status, "line", v)
}

func lineAt(lobby, window string) string {
	q := url.Values{"lobby": {lobby}}
	if window != "" {
		q.Set("window", window)
	}
	return lineAddress + "?" + q.Encode()
}

// atWindow shows the window of the clerk: the one that is asked for, else where they called last today, else none yet.
func (v *linePage) atWindow(ln *hall.Line, window string) {
	if ln.Window(window) == nil {
		window = ""
		for i := range ln.Turns {
			if t := &ln.Turns[i]; window == "" && t.By == v.Actor.ID && t.State == line.Called {
				window = t.Window
			}
		}
	}
	v.Window = window
	to := ui.Field{Kind: ui.KindSelect, Name: "to", Label: v.T("desk.line.to"), Value: v.r.PostFormValue("to"), Error: v.Errors.Of("to")}
	for _, w := range ln.Windows {
		v.Windows = append(v.Windows, ui.Link{Text: v.T("desk.line.window", w.ID), Href: lineAt(ln.ID, w.ID), Current: w.ID == window})
		if w.ID != window {
			to.Options = append(to.Options, ui.Option{Value: w.ID, Label: v.T("desk.line.window", w.ID)})
		}
	}
	v.Move = []ui.Field{to, {Kind: ui.KindText, Name: "note", Label: v.T("desk.line.note"), Width: "medium", Value: v.r.PostFormValue("note"), Error: v.Errors.Of("note")}}
	if t := line.Current(ln.Turns, window); t != nil && window != "" {
		now := v.turn(ln, t)
		v.Current, v.Known = &now, t.No
		q := url.Values{"lobby": {ln.ID}, "turn": {strconv.Itoa(t.No)}}
		if g := ln.Group(t.Letter); g != nil && len(g.Items) == 1 {
			q.Set("item", string(g.Items[0]))
		}
		v.Begin = "/desk/new?" + q.Encode()
	}
}

// lists are who waits, in the order of calling, and who was passed over.
func (v *linePage) lists(ln *hall.Line) {
	fits := func(*line.Turn) bool { return true }
	if v.Window != "" {
		fits = ln.At(v.Window)
	}
	for _, t := range ln.Order(ln.Turns, fits) {
		v.Wait = append(v.Wait, v.turn(ln, t))
	}
	for i := range ln.Turns {
		if ln.Turns[i].State == line.Passed {
			v.Passed = append(v.Passed, v.turn(ln, &ln.Turns[i]))
		}
	}
}

// elsewhere says who calls the number that was just taken, if this window does not: it is not in the list here.
func (v *linePage) elsewhere(ln *hall.Line) {
	i := slices.IndexFunc(ln.Turns, func(t line.Turn) bool { return t.Label() == v.Given })
	if i < 0 || v.Window == "" || ln.At(v.Window)(&ln.Turns[i]) {
		return
	}
	var names []string
	for _, w := range ln.Windows {
		if ln.At(w.ID)(&ln.Turns[i]) {
			names = append(names, v.T("desk.line.window", w.ID))
		}
	}
	v.Elsewhere = v.joined(names)
}

func (p *page) turn(ln *hall.Line, t *line.Turn) turnLine {
	one := turnLine{No: t.No, Label: t.Label(), Origin: p.T("desk.line.origin." + t.Origin), For: t.For, Waits: int(ln.Now.Sub(t.Taken).Minutes())}
	if g := ln.Group(t.Letter); g != nil {
		one.Group = g.Name.In(p.Lang)
	}
	if c := ln.Class(t.Class); c != nil {
		one.Class = c.Name.In(p.Lang)
	}
	return one
}

// lineFigures counts turns of a line by group.
func (p *page) lineFigures(ln *hall.Line, fits func(*line.Turn) bool, title string) ui.Table {
	t := ui.Table{Caption: title, Columns: []ui.Column{{Text: p.T("desk.line.group")}}}
	for _, c := range []string{"taken", "waiting", "done", "passed", "wait", "wait-p90", "service", "service-p90"} {
		t.Columns = append(t.Columns, ui.Column{Text: p.T("desk.line.figure." + c), Number: true})
	}
	row := func(name string, f line.Figures) {
		cells := []ui.Cell{{Text: name, Head: true}}
		for _, n := range []int{f.Taken, f.Waiting, f.Done, f.Passed} {
			cells = append(cells, ui.Cell{Text: strconv.Itoa(n)})
		}
		for _, q := range []line.Times{f.Wait, f.Service} {
			for _, n := range []int{q.Median, q.P90} {
				text := "–"
				if q.N > 0 {
					text = p.T("desk.line.minutes", n)
				}
				cells = append(cells, ui.Cell{Text: text})
			}
		}
		t.Rows = append(t.Rows, ui.TableRow{Cells: cells})
	}
	for _, g := range ln.Groups {
		row(g.Letter+" "+g.Name.In(p.Lang), line.Count(ln.Turns, func(u *line.Turn) bool { return u.Letter == g.Letter && fits(u) }))
	}
	row(p.T("desk.line.all"), line.Count(ln.Turns, fits))
	return t
}

// actLine does what a clerk does in the line.
func (d *Desk) actLine(p *page, r *http.Request) error {
	typed := answers(r.PostForm)
	lobby, window, request := typed.get("lobby"), typed.get("window"), typed.get(kit.RequestField)
	act, rest, _ := strings.Cut(typed.get("act"), ":")
	var err error
	switch act {
	case "give", "walk-in":
		take := hall.Taking{Letter: rest, Class: typed.get("class"), Origin: line.ByHotline}
		if act == "walk-in" {
			take.Origin = line.WalkIn
		}
		var t line.Turn
		if t, err = d.hall.TakeTurn(r.Context(), p.Actor, request, p.Actor.Region, lobby, take); err == nil {
			return p.back(lineAt(lobby, window) + "&given=" + url.QueryEscape(t.Label()))
		}
	default:
		no, _ := strconv.Atoi(typed.get("turn"))
		if rest != "" { // of a line of the list
			no, _ = strconv.Atoi(rest)
		}
		_, err = d.hall.AtWindow(r.Context(), p.Actor, p.Actor.Region, lobby, line.Act{What: act, Window: window, Turn: no, To: typed.get("to"), Note: typed.get("note"), Request: request})
	}
	if refusal, refused := kit.Refusal(err); refused {
		p.Errors = &ui.Errors{Faults: []ui.Fault{{Text: p.refusalText(refusal)}}}
		return p.writeLine(http.StatusUnprocessableEntity, lobby, window)
	}
	if err != nil {
		return err
	}
	return p.back(lineAt(lobby, window))
}

// lineDay shows the figures of a line on a day to who leads, each clerk by name.
func (d *Desk) lineDay(p *page, r *http.Request) error {
	day := workday.DateOf(p.Now)
	if text := r.URL.Query().Get("day"); text != "" {
		if asked, err := ui.Day(text); err == nil {
			day = asked
		}
	}
	v := &lineDayPage{page: p, Day: day}
	for _, l := range d.hall.Lobbies(p.Actor.Region) {
		ln, err := d.hall.WorkLine(r.Context(), p.Actor, l.Region, l.ID, day)
		if err != nil {
			continue // not theirs
		}
		v.Tables = append(v.Tables, p.lineFigures(ln, line.All, l.Name.In(p.Lang)))
		if access.May(p.Actor, access.StatsSee, access.Resource{Region: l.Region, Departments: []string{l.Department}}).Allow {
			v.Tables = append(v.Tables, p.clerkFigures(ln))
		}
	}
	if len(v.Tables) == 0 {
		return hall.ErrNotFound
	}
	p.Title = p.T("desk.line.figures")
	return p.show("line-day", v)
}

type lineDayPage struct {
	*page
	Day    workday.Date
	Tables []ui.Table
}

// clerkFigures counts what each clerk called.
func (p *page) clerkFigures(ln *hall.Line) ui.Table {
	t := ui.Table{Caption: p.T("desk.line.by-clerk", ln.Name.In(p.Lang)), Columns: []ui.Column{{Text: p.T("desk.line.clerk")}, {Text: p.T("desk.line.figure.done"), Number: true}, {Text: p.T("desk.line.figure.service"), Number: true}},
		Empty: &ui.Empty{Title: p.T("desk.line.nobody-called")}}
	var clerks []string
	for i := range ln.Turns {
		if by := ln.Turns[i].By; by != "" && !slices.Contains(clerks, by) {
			clerks = append(clerks, by)
		}
	}
	for _, id := range clerks {
		f := line.Count(ln.Turns, func(u *line.Turn) bool { return u.By == id })
		took := "–"
		if f.Service.N > 0 {
			took = p.T("desk.line.minutes", f.Service.Median)
		}
		t.Rows = append(t.Rows, ui.TableRow{Cells: []ui.Cell{{Text: p.person(id), Head: true}, {Text: strconv.Itoa(f.Done)}, {Text: took}}})
	}
	return t
}
