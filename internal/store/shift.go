package store

import (
	"context"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/line"
	"github.com/tongban/tongban/workday"
)

// Shifts keeps what officials have handed over to colleagues at the end of a shift (交接班). None is ever deleted.
type Shifts interface {
	// AddShift stores an offer. ErrConflict if its id is taken.
	AddShift(ctx context.Context, s Shift) error
	// Shift finds one. ErrNotFound.
	Shift(ctx context.Context, region, id string) (*Shift, error)
	// FindShifts lists those that a person gives or is offered, newest first, and a cursor. ErrCursor.
	FindShifts(ctx context.Context, q ShiftQuery) ([]Shift, string, error)
	// SettleShift ends an offer that still stands at its version, together with the changes of cases and the turns that go with it: all
	// of that is written in one transaction, or nothing. ErrConflict if the offer does not stand so any more, a change does not
	// follow the last entry of its case (see Commit) or a turn is not at its version; ErrCalendar as Commit.
	SettleShift(ctx context.Context, s Shift, changes []*Change, turns []line.Turn) error
}

// Shift is the hand-over of a shift.
type Shift struct {
	Region     string    `json:"-"`
	ID         string    `json:"-"`
	State      string    `json:"-"` // Shift…
	Giver      string    `json:"-"` // accounts
	Taker      string    `json:"-"`
	Made       time.Time `json:"-"`
	Settled    time.Time `json:"-"`
	Version    int       `json:"-"`
	Department string    `json:"department"`
	Words      string    `json:"words,omitempty"`  // what the colleague must know
	Papers     string    `json:"papers,omitempty"` // in hand, that go over the counter with it (纸质材料)
	Reply      string    `json:"reply,omitempty"`  // why it was declined
	Pieces     []Piece   `json:"pieces"`
}

// Piece is one thing that is handed over: what somebody has in hand of a case, or who stands at the window.
type Piece struct {
	Case   caseflow.CaseNo `json:"case,omitempty"`
	Tasks  []int           `json:"tasks,omitempty"`
	Assist bool            `json:"assist,omitempty"`
	Lobby  string          `json:"lobby,omitempty"`
	Day    workday.Date    `json:"day,omitzero"`
	Turn   int             `json:"turn,omitempty"`
	Over   bool            `json:"over,omitempty"` // it was done or somebody else's when the shift was taken
}

// The states of a hand-over.
const (
	ShiftOffered  = "offered"
	ShiftTaken    = "taken"
	ShiftDeclined = "declined"
	ShiftBack     = "back" // the giver took the offer back
)

// ShiftQuery selects hand-overs of one person in one region.
type ShiftQuery struct {
	Region string
	Person string // gives or takes
	State  string // "": all
	Cursor string
	Limit  int // 1 to 200, 0 means 50
}
