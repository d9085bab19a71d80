package line

import (
	"slices"
	"time"

	"github.com/tongban/tongban/workday"
)

// State is where a turn is.
type State string

// The states of a turn.
const (
	Waiting State = "waiting"
	Called  State = "called" // at a window
	Passed  State = "passed" // did not come; may come back (过号)
	Done    State = "done"
	Left    State = "left" // gave the number back
)

// Where a turn came from.
const (
	AtTerminal = "terminal" // 自助终端取号
	Online     = "online"   // 网上取号
	ByHotline  = "hotline"  // 话务员代取
	WalkIn     = "walk-in"  // 无号：直接到窗口
)

// Turn (排队号) is a place in the line of a lobby on one day. It holds nothing about the person.
type Turn struct {
	Region, Lobby string
	Day           workday.Date
	No            int    // 1 for the first of the day, without gaps
	Code          string // unguessable: who has it sees the turn
	Letter        string // of its group
	Class         string // empty: none
	Origin        string
	Holder        string // digest of the account that took it online, so that one does not take many
	State         State
	Window        string // where it was called, the last time
	For           string // only this window calls it: it was sent there
	Taken         time.Time
	Called        time.Time // the first time
	Ended         time.Time
	Back          time.Time // when it came back after it was passed
	By            string    // account that called it last
	Request       string    // that took it
	History       []Step
	Version       int
}

// Step is one thing that was done with a turn.
type Step struct {
	At      time.Time `json:"at"`
	By      string    `json:"by,omitempty"`
	What    string    `json:"what"`
	Window  string    `json:"window,omitempty"`
	To      string    `json:"to,omitempty"`
	Note    string    `json:"note,omitempty"`
	Request string    `json:"request,omitempty"`
}

// Label is the number as people read it.
func (t *Turn) Label() string { return Label(t.Letter, t.No) }

// behind is how many others are called before one who comes back after being passed.
const behind = 3

// Order lists the turns that wait and that serves fits, as they will be called: those that were sent to the window first, then
// those of a class, at most InRow in a row while others wait, each in the order of taking. Who comes back after being passed
// goes behind three others.
func (l *Lobby) Order(turns []Turn, serves func(*Turn) bool) []*Turn {
	var wait []*Turn
	for i := range turns {
		if t := &turns[i]; t.State == Waiting && serves(t) {
			wait = append(wait, t)
		}
	}
	slices.SortStableFunc(wait, func(a, b *Turn) int {
		if c := a.Taken.Compare(b.Taken); c != 0 {
			return c
		}
		return a.No - b.No
	})
	row, calls := l.recent(turns, serves)
	var order []*Turn
	for len(wait) > 0 {
		i := l.pick(wait, row, calls)
		t := wait[i]
		wait = slices.Delete(wait, i, i+1)
		order, calls = append(order, t), append(calls, time.Time{})
		row = l.after(t, row)
	}
	return order
}

// recent is how many of a class were called in a row last, and when each was called who was.
func (l *Lobby) recent(turns []Turn, serves func(*Turn) bool) (row int, calls []time.Time) {
	var called []*Turn
	for i := range turns {
		if t := &turns[i]; !t.Called.IsZero() && serves(t) {
			called, calls = append(called, t), append(calls, t.Called)
		}
	}
	slices.SortStableFunc(called, func(a, b *Turn) int { return a.Called.Compare(b.Called) })
	for _, t := range called {
		row = l.after(t, row)
	}
	return row, calls
}

// after is how many of a class were called in a row when t is called.
func (l *Lobby) after(t *Turn, row int) int {
	if t.Class == "" {
		return 0
	}
	return row + 1
}

// pick is the index of who is called next of those who wait, in the order of taking. A zero call is one that is still to come.
func (l *Lobby) pick(wait []*Turn, row int, calls []time.Time) int {
	best, bestRank := 0, 9
	for i, t := range wait {
		rank := 2
		switch {
		case held(t, calls):
			rank = 4
		case t.For != "":
			rank = 0
		case t.Class != "" && (l.InRow == 0 || row < l.InRow):
			rank = 1
		case t.Class != "":
			rank = 3
		}
		if rank < bestRank {
			best, bestRank = i, rank
		}
	}
	return best
}

// held reports whether a turn that came back still has others before it.
func held(t *Turn, calls []time.Time) bool {
	if t.Back.IsZero() {
		return false
	}
	since := 0
	for _, at := range calls {
		if at.IsZero() || at.After(t.Back) {
			since++
		}
	}
	return since < behind
}

// At is who may be called to a window.
func (l *Lobby) At(window string) func(*Turn) bool {
	w := l.Window(window)
	return func(t *Turn) bool {
		if t.For != "" {
			return t.For == window
		}
		return w != nil && w.Serves(t.Letter)
	}
}

// beside is who may be called before a turn or instead of it: by a window that could call it.
func (l *Lobby) beside(t *Turn) func(*Turn) bool {
	var at []func(*Turn) bool
	for i := range l.Windows {
		if w := &l.Windows[i]; t.For == w.ID || t.For == "" && w.Serves(t.Letter) {
			at = append(at, l.At(w.ID))
		}
	}
	return func(u *Turn) bool {
		return slices.ContainsFunc(at, func(fits func(*Turn) bool) bool { return fits(u) })
	}
}

// Ahead is how many people are called before a turn that waits; 0 if it does not wait.
func (l *Lobby) Ahead(turns []Turn, t *Turn) int {
	for i, u := range l.Order(turns, l.beside(t)) {
		if u.No == t.No {
			return i
		}
	}
	return 0
}

// Current is the turn that is at a window now; nil if nobody is.
func Current(turns []Turn, window string) *Turn {
	for i := range turns {
		if turns[i].State == Called && turns[i].Window == window {
			return &turns[i]
		}
	}
	return nil
}
