package line

import (
	"slices"
	"time"
)

// What a clerk does.
const (
	Next    = "next"  // 叫下一位: whoever is at the window is done
	Again   = "again" // 重呼
	Pass    = "pass"  // 过号
	Return  = "back"  // 过号回队
	Move    = "move"  // 转窗口, with the reason
	Finish  = "done"  // 办结
	GiveUp  = "leave" // 退号
	taken   = "taken" // first step of each turn
	relieve = "shift" // 交接班: somebody else stands at the window
	maxNote = 200     // characters of a reason
)

// Acts lists what a clerk does.
var Acts = []string{Next, Again, Pass, Return, Move, Finish, GiveUp}

// Act is one thing that a clerk does at a window.
type Act struct {
	What    string
	Window  string
	Turn    int    // number that the clerk acts on; of Next: who is at the window as the clerk knows it, 0 nobody
	To      string // window, of Move
	Note    string // reason, of Move
	By      string // account
	At      time.Time
	Request string // a repeat changes nothing
}

// Fault is why something cannot be done. Values are logged and named in the API: only ever add.
type Fault string

// The faults.
const (
	NoWindow Fault = "line-window" // there is no such window
	NoTurn   Fault = "line-turn"   // the turn is not, or no longer, where the act needs it
	Nobody   Fault = "line-empty"  // nobody waits for this window
	NoReason Fault = "line-reason" // moving needs a reason and another window
)

// First is the first step of a turn.
func First(at time.Time, by, request string) Step {
	return Step{At: at, By: by, What: taken, Request: request}
}

// Do gives the turns that an act changes, as they become: of Next the one that is called last. A repeat gives the turn of the
// first time, and changes none.
func (l *Lobby) Do(turns []Turn, a Act) (changed []Turn, result *Turn, fault Fault) {
	for i := range turns {
		if slices.ContainsFunc(turns[i].History, func(s Step) bool { return s.Request == a.Request && s.What == a.What }) {
			return nil, &turns[i], ""
		}
	}
	if a.What != Return && a.What != GiveUp && l.Window(a.Window) == nil {
		return nil, nil, NoWindow
	}
	if a.What == Next {
		return l.next(turns, a)
	}
	i := slices.IndexFunc(turns, func(t Turn) bool { return t.No == a.Turn })
	if i < 0 {
		return nil, nil, NoTurn
	}
	t := turns[i]
	if fault = l.change(&t, a); fault != "" {
		return nil, nil, fault
	}
	return []Turn{t}, &t, ""
}

func (l *Lobby) next(turns []Turn, a Act) ([]Turn, *Turn, Fault) {
	var changed []Turn
	current, known := Current(turns, a.Window), 0
	if current != nil {
		known = current.No
	}
	if known != a.Turn {
		return nil, nil, NoTurn // the page is older than the line: nobody is called by an old key
	}
	order := l.Order(turns, l.At(a.Window))
	if len(order) == 0 {
		return nil, nil, Nobody
	}
	if current != nil {
		done := *current
		done.end(Done, a)
		done.step(Finish, a)
		changed = append(changed, done)
	}
	t := *order[0]
	if t.Called.IsZero() || !t.Back.IsZero() {
		t.Called = a.At
	}
	t.State, t.Window, t.By, t.Back = Called, a.Window, a.By, time.Time{}
	t.step(Next, a)
	changed = append(changed, t)
	return changed, &changed[len(changed)-1], ""
}

// change does what is done to one turn.
func (l *Lobby) change(t *Turn, a Act) Fault {
	if !t.fits(a) {
		return NoTurn
	}
	switch a.What {
	case Pass:
		t.State, t.For = Passed, ""
	case Finish:
		t.end(Done, a)
	case Move:
		if l.Window(a.To) == nil || a.To == a.Window || a.Note == "" || len([]rune(a.Note)) > maxNote {
			return NoReason
		}
		t.State, t.For, t.Window = Waiting, a.To, ""
	case Return:
		t.State, t.Window, t.Back = Waiting, "", a.At
	case GiveUp:
		t.end(Left, a)
	}
	t.step(a.What, a)
	return ""
}

// fits reports whether a turn is where an act needs it.
func (t *Turn) fits(a Act) bool {
	switch a.What {
	case Again, Pass, Finish, Move:
		return t.State == Called && t.Window == a.Window
	case Return:
		return t.State == Passed
	case GiveUp:
		return t.State == Waiting || t.State == Passed
	}
	return false
}

func (t *Turn) end(s State, a Act) { t.State, t.Ended = s, a.At }

func (t *Turn) step(what string, a Act) {
	s := Step{At: a.At, By: a.By, What: what, Window: a.Window, Note: a.Note, Request: a.Request}
	if what == Move {
		s.To = a.To
	}
	t.History = append(slices.Clone(t.History), s)
}

// Relieve gives a turn that is at a window to who stands there now (交接班).
func (t Turn) Relieve(by string, at time.Time, request string) Turn {
	t.By = by
	t.step(relieve, Act{By: by, At: at, Window: t.Window, Request: request})
	return t
}
