package store

import (
	"context"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
)

// Quarantine keeps what is known of uploads that the scanner warned of. Their content is elsewhere.
type Quarantine interface {
	// AddQuarantined keeps a new one. ErrConflict if its id is taken in the region.
	AddQuarantined(ctx context.Context, q Quarantined) error
	// QuarantinedFile finds one. ErrNotFound.
	QuarantinedFile(ctx context.Context, region, id string) (*Quarantined, error)
	// ChangeQuarantined replaces the state of one that is still at its version, and who changed it, with the traces, in one
	// transaction; the version is counted. ErrConflict, ErrNotFound.
	ChangeQuarantined(ctx context.Context, q Quarantined, traces ...Trace) error
	// FindQuarantined lists by the query, newest first, and a cursor. ErrCursor.
	FindQuarantined(ctx context.Context, q QuarantineQuery) ([]Quarantined, string, error)
}

// Quarantined (隔离文件) is an upload that is kept apart.
type Quarantined struct {
	Region   string
	ID       string // of the content in the file store
	Case     caseflow.CaseNo
	Material string // for which it was sent; "" with no case
	Name     string
	Bytes    int64
	Type     string
	SHA256   string // of what came
	Finding  string // of the scanner; "" if it could not look into it
	Account  string // who sent it
	At       time.Time

	State   string // Quarantine…
	Asked   string // id of who asked for its release
	Reason  string // of the last change of state
	Decided string // id of who released or deleted it
	Changed time.Time
	Hash    string // once it was taken into the file store
	Version int
}

// The states of a quarantined file.
const (
	QuarantineHeld     = "held"     // nobody reads it
	QuarantineAsked    = "asked"    // one person wants it released
	QuarantineReleased = "released" // a second one agreed: who sent it may hand it in
	QuarantineTaken    = "taken"    // it is a file like others
	QuarantineDeleted  = "deleted"  // its content is gone
)

// QuarantineQuery selects quarantined files. Empty fields do not filter, but Regions do: none finds none.
type QuarantineQuery struct {
	Regions []string
	Case    caseflow.CaseNo
	Account string
	States  []string
	Cursor  string
	Limit   int // 1 to 200, 0 means 50
}
