package store

import (
	"context"

	"github.com/tongban/tongban/internal/line"
	"github.com/tongban/tongban/workday"
)

// Lines keeps the turns of lobbies (package line). They belong to no case.
type Lines interface {
	// AddTurn stores a turn under the number after the last one of its lobby and day, and returns it. If its Request has taken one
	// there before, that one is returned as it is now, and nothing is written. ErrConflict if its code is taken or somebody was
	// quicker: try again.
	AddTurn(ctx context.Context, t line.Turn) (line.Turn, error)
	// UpdateTurns replaces what may change of turns of one day of one lobby, all or none. ErrConflict if one is not at its version.
	UpdateTurns(ctx context.Context, turns []line.Turn) error
	// Turns lists the turns of a lobby and day by their number.
	Turns(ctx context.Context, region, lobby string, day workday.Date) ([]line.Turn, error)
	// TurnByCode finds a turn. ErrNotFound.
	TurnByCode(ctx context.Context, region, code string) (line.Turn, error)
}
