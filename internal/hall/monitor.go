package hall

import (
	"context"
	"fmt"
	"time"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
)

// Program names what runs, for who watches it.
type Program struct {
	Version  string
	Database string // SQLite or PostgreSQL
	Flags    []Flag // with which the server was started
	// Components are what others have written of it.
	Components []Component
}

// Flag is one with which the server was started. What is secret is not in Value.
type Flag struct {
	Name     string
	Env      string // variable of the environment that sets it too
	Value    string
	Standard string
}

// Monitor is how the system stands.
type Monitor struct {
	Program
	Started  time.Time // this server
	LastBeat time.Time // of any server: when one last said that it serves
	At       time.Time // when the figures were counted
	Load     store.Workload
}

// Monitor tells how the system stands, for who may see it. ErrNotFound for others.
func (h *Hall) Monitor(ctx context.Context, by caseflow.Actor) (*Monitor, error) {
	if !access.May(by, access.SystemSee, access.Resource{}).Allow {
		return nil, ErrNotFound
	}
	m := &Monitor{Program: h.program, Started: h.started, At: h.Now()}
	var err error
	if m.LastBeat, err = h.store.LastBeat(ctx); err != nil {
		return nil, fmt.Errorf("last beat: %w", err)
	}
	if m.Load, err = h.store.Workload(ctx, m.At); err != nil {
		return nil, fmt.Errorf("workload: %w", err)
	}
	return m, nil
}
