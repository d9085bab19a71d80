package store

import (
	"context"
	"slices"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
)

// Mandates keeps who may act for whom (民法典 art. 161 to 165). A row is never deleted.
type Mandates interface {
	// AddMandate stores a new mandate, at Version 0. ErrConflict if its id is taken, or the company has a representative who
	// still is one.
	AddMandate(ctx context.Context, m Mandate) error
	// UpdateMandate replaces what may change of a mandate: its agent, state, code, salt and history, and counts its Version up. It
	// fails with ErrConflict, and changes nothing, if the mandate is no longer at m.Version; ErrNotFound. When it returns
	// nil, no change that was decided on the older version is written any more.
	UpdateMandate(ctx context.Context, m Mandate) error
	// Mandate finds one by its id, MandateByCode by the SHA-256 of an invitation that nobody has accepted. ErrNotFound.
	Mandate(ctx context.Context, id string) (*Mandate, error)
	MandateByCode(ctx context.Context, code []byte) (*Mandate, error)
	// Mandates lists mandates by the query, newest first, and a cursor for the next page ("" at the end). ErrCursor.
	Mandates(ctx context.Context, q MandateQuery) ([]Mandate, string, error)
}

// Mandate (授权) lets an agent act for a principal.
type Mandate struct {
	ID        string
	Kind      string            // MandateAgent, MandateLegal
	Principal string            // owner of the cases: an account, or a company (caseflow.CompanyOwner)
	Name      string            // of the principal
	Document  string            // type:number of the principal
	Agent     string            // account; "" until the invitation is accepted
	AgentName string            // as who gave the mandate wrote it
	Items     []caseflow.ItemID // nil: all
	From      time.Time
	Until     time.Time // the first instant at which it is over; zero: it has no end
	State     string
	Code      []byte // SHA-256 of the invitation; nil once it is accepted or ended
	Salt      string // of the invitation; "" once it is accepted or ended
	Added     time.Time
	History   []MandateStep // oldest first
	Version   int           // how often it was changed; see UpdateMandate
}

// Mandate kinds.
const (
	MandateAgent = "agent" // 代理人, for items and a time
	MandateLegal = "legal" // 法定代表人: for everything, and to say who else may
)

// Mandate states.
const (
	MandateInvited = "invited" // waits for the agent to accept it
	MandateActive  = "active"
	MandateEnded   = "ended" // taken back, laid down, or replaced
)

// MandateStep is one thing that happened to a mandate.
type MandateStep struct {
	At    time.Time `json:"at"`
	By    string    `json:"by"` // account
	What  string    `json:"what"`
	Words string    `json:"words,omitempty"`
}

// What happens to a mandate.
const (
	MandateGiven    = "given"
	MandateAccepted = "accepted"
	MandateTaken    = "taken-back" // by who may say who acts for the principal
	MandateLaidDown = "laid-down"  // by the agent
	MandateClaimed  = "claimed"    // by a legal representative, from the licence that was issued here
	MandateRecorded = "recorded"   // by a window that saw the papers
	MandateReplaced = "replaced"   // the company has another legal representative
)

// Holds reports whether the mandate covers an item at an instant.
func (m *Mandate) Holds(item caseflow.ItemID, at time.Time) bool {
	return m.Live(at) && (m.Items == nil || slices.Contains(m.Items, item))
}

// Live reports whether the mandate covers anything at an instant.
func (m *Mandate) Live(at time.Time) bool {
	return m.State == MandateActive && !at.Before(m.From) && (m.Until.IsZero() || at.Before(m.Until))
}

// MandateRef is a mandate as a command was decided on it.
type MandateRef struct {
	ID      string
	Version int
}

// MandateQuery selects mandates of a principal, of an agent, or of both. One of the two must be given.
type MandateQuery struct {
	Principal string
	Agent     string
	State     string // "": any
	Kind      string // "": any
	Cursor    string
	Limit     int // 1 to 200, 0 means 50
}
