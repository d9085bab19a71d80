package store

import (
	"context"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
)

// Reforms keeps what became of departments: which was renamed, which were merged into another. Packs and journals go on naming a
// department by its id; who bears its duties is read from here. An applied reform never changes and is never deleted.
type Reforms interface {
	// AddReform stores a proposal. ErrConflict if the id is taken. Traces are written in the same transaction, or not at all, here
	// and below.
	AddReform(ctx context.Context, r Reform, traces ...Trace) error
	// SettleReform replaces a reform that is not applied and is in the state was. ErrConflict, and nothing is changed, if it is in
	// another one; ErrNotFound.
	SettleReform(ctx context.Context, r Reform, was string, traces ...Trace) error
	// ApplyReform makes an agreed reform count, and gives the accounts their new departments and roles. It fails with ErrConflict,
	// and changes nothing, if it is not agreed any more, its Version is not the one after the newest, an account is not at its
	// Version, or there is an official in one of Gone who is not among the accounts.
	ApplyReform(ctx context.Context, r Reform, accounts []Account, traces ...Trace) error
	// Reforms lists all, in the order of their proposals; ReformVersion tells the newest version, 0 if none was applied: cheap
	// enough to ask every second.
	Reforms(ctx context.Context) ([]Reform, error)
	ReformVersion(ctx context.Context) (int, error)
}

// States of a reform.
const (
	ReformProposed  = "proposed"
	ReformAgreed    = "agreed" // by a second administrator; it waits for its day
	ReformApplied   = "applied"
	ReformWithdrawn = "withdrawn" // by who may propose, or because it can no longer be applied
	ReformDeclined  = "declined"
)

// Reform is one change of the departments of a region (机构改革).
type Reform struct {
	ID      string        `json:"-"`
	Region  string        `json:"-"`
	State   string        `json:"-"`
	Version int           `json:"-"`              // from 1 without gaps, over all regions, in the order in which they were applied; 0 before
	Gone    []Office      `json:"gone"`           // merged into Target, with the names that they had; none of a renaming
	Target  string        `json:"target"`         // goes on
	Was     caseflow.Text `json:"was"`            // name of Target before; empty of a new one
	Name    caseflow.Text `json:"name"`           // of Target from then on
	Short   caseflow.Text `json:"short,omitzero"` // 简称 of Target from then on, for narrow lists; empty: Name stands there
	Basis   string        `json:"basis"`          // the document that orders it
	From    time.Time     `json:"from,omitzero"`  // not before; zero: at once
	By      string        `json:"by"`             // account that proposed it
	At      time.Time     `json:"at"`
	Decider string        `json:"decider,omitempty"` // account that agreed, declined or withdrew
	Decided time.Time     `json:"decided,omitzero"`
	Applied time.Time     `json:"applied,omitzero"`
	Stay    []string      `json:"stay,omitempty"`  // accounts of officials of Gone who do not go over: they lose their roles
	Moved   []string      `json:"moved,omitempty"` // accounts that went over when it was applied
	Tasks   int           `json:"tasks,omitempty"` // open ones of Gone when it was applied
}

// Office is a department with the name that it had.
type Office struct {
	ID   string        `json:"id"`
	Name caseflow.Text `json:"name"`
}
