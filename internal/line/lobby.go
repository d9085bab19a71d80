package line

import (
	"slices"
	"strconv"

	"github.com/tongban/tongban/internal/caseflow"
)

// Lobby (大厅) is where people wait for a window.
type Lobby struct {
	ID         string        `json:"id"`
	Name       caseflow.Text `json:"name"`
	Region     string        `json:"region,omitempty"` // GB/T 2260; in a pack, empty: the pack's own
	Department string        `json:"department"`       // whose clerks sit at its windows
	Groups     []Group       `json:"groups"`
	Windows    []Window      `json:"windows"`
	Classes    []Class       `json:"classes,omitempty"` // who goes before others
	InRow      int           `json:"inRow,omitempty"`   // how many of the classes go in a row at most while others wait; 0: any number
}

// Group (业务类别) is a kind of service for which numbers are taken.
type Group struct {
	Letter string            `json:"letter"` // before the number
	Name   caseflow.Text     `json:"name"`
	Items  []caseflow.ItemID `json:"items,omitempty"`
}

// Window (窗口) is where people are called to.
type Window struct {
	ID     string   `json:"id"`
	Groups []string `json:"groups,omitempty"` // letters; none: all
}

// Class (优先类别) is who goes before others.
type Class struct {
	ID   string        `json:"id"`
	Name caseflow.Text `json:"name"`
}

// Group finds a group by its letter; nil if there is none.
func (l *Lobby) Group(letter string) *Group {
	if i := slices.IndexFunc(l.Groups, func(g Group) bool { return g.Letter == letter }); i >= 0 {
		return &l.Groups[i]
	}
	return nil
}

// Window finds a window; nil if there is none.
func (l *Lobby) Window(id string) *Window {
	if i := slices.IndexFunc(l.Windows, func(w Window) bool { return w.ID == id }); i >= 0 {
		return &l.Windows[i]
	}
	return nil
}

// Class finds a class; nil if there is none.
func (l *Lobby) Class(id string) *Class {
	if i := slices.IndexFunc(l.Classes, func(c Class) bool { return c.ID == id }); i >= 0 {
		return &l.Classes[i]
	}
	return nil
}

// Serves reports whether the window calls numbers of a group.
func (w *Window) Serves(letter string) bool {
	return len(w.Groups) == 0 || slices.Contains(w.Groups, letter)
}

// Label is a number as people read it: A017.
func Label(letter string, no int) string {
	s := strconv.Itoa(no)
	for len(s) < 3 {
		s = "0" + s
	}
	return letter + s
}
