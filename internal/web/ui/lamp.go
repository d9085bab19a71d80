package ui

import (
	"time"

	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/workday"
)

// Lamp states, all seven. Which one holds is the hall's to say, by the rule's thresholds; a page never computes it.
const (
	LampNormal  = "normal"
	LampSoon    = "soon"
	LampToday   = "today"
	LampOverdue = "overdue"
	LampPaused  = "paused"
	LampMet     = "met"
	LampMissed  = "missed"
)

// Lamp is the one way to show a deadline: word, shape and colour.
type Lamp struct {
	State string
	Clock string // which limit, such as 法定时限; may be empty
	Due   time.Time
	Left  int // units left or over; 0 is not shown
	Unit  workday.Unit
	Over  bool   // Left is over the limit, also of one that is paused
	Why   string // why it is paused
	Brief string // the due instant as a narrow list has it; "": in full
}

// lampShapes are what is drawn for each state, so that none depends on its colour.
var lampShapes = map[string]string{
	LampNormal:  `<circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" stroke-width="3"/>`,
	LampSoon:    `<path d="M8 1a7 7 0 100 14A7 7 0 008 1z" fill="none" stroke="currentColor" stroke-width="2"/><path d="M8 1a7 7 0 010 14z" fill="currentColor"/>`,
	LampToday:   `<path d="M8 1l7.500 14H.500z" fill="currentColor"/>`,
	LampOverdue: `<path d="M1 1h14v14H1z" fill="currentColor"/><path d="M8 3.500v5.500M8 10.500v2" stroke="#fff" stroke-width="2"/>`,
	LampPaused:  `<path d="M3 2h4v12H3zM9 2h4v12H9z" fill="currentColor"/>`,
	LampMet:     `<path d="M1.500 8.500l4 4 9-9" fill="none" stroke="currentColor" stroke-width="3"/>`,
	LampMissed:  `<path d="M2 2h12v12H2z" fill="none" stroke="currentColor" stroke-width="2"/><path d="M4.500 8l2.500 2.500 4.500-5" fill="none" stroke="currentColor" stroke-width="2"/>`,
}

// left is how much of the limit is left, or by how much it was missed.
func (l Lamp) left(lang string) string {
	if l.Left == 0 {
		return ""
	}
	key := "lamp.left"
	if l.Over || l.State == LampOverdue || l.State == LampMissed {
		key = "lamp.over"
	}
	return i18n.T(lang, key, l.Unit.Text(l.Left, lang))
}

// due is when the limit ends, where that still matters.
func (l Lamp) due(lang string) string {
	if l.Due.IsZero() || l.State == LampMet || l.State == LampMissed || l.State == LampPaused {
		return ""
	}
	at := l.Brief
	if at == "" {
		at = i18n.Due(lang, l.Due)
	}
	return i18n.T(lang, "lamp.due", at)
}
