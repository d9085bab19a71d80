package sqlstore

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/tongban/tongban/internal/line"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/workday"
)

func turnRow(t *line.Turn) ([]any, error) {
	history, err := json.Marshal(t.History)
	if err != nil {
		return nil, fmt.Errorf("history of turn %s: %w", t.Label(), err)
	}
	row := []any{t.Region, t.Lobby, int64(t.Day), int64(t.No), t.Code, t.Letter, t.Class, t.Origin, t.Holder, string(t.State), t.Window, t.For,
		store.Micros(t.Taken), store.Micros(t.Called), store.Micros(t.Ended), store.Micros(t.Back), t.By, t.Request, string(history), int64(t.Version)}
	return row, checkText(row)
}

func scanTurn(sc scan) (line.Turn, error) {
	var t line.Turn
	var state, history string
	err := sc(&t.Region, &t.Lobby, &t.Day, &t.No, &t.Code, &t.Letter, &t.Class, &t.Origin, &t.Holder, &state, &t.Window, &t.For,
		store.At(&t.Taken), store.At(&t.Called), store.At(&t.Ended), store.At(&t.Back), &t.By, &t.Request, &history, &t.Version)
	if err != nil {
		return t, err
	}
	t.State = line.State(state)
	return t, json.Unmarshal([]byte(history), &t.History)
}

// AddTurn stores a turn under the next number of its lobby and day.
func (s *Store) AddTurn(ctx context.Context, t line.Turn) (line.Turn, error) {
	if _, err := turnRow(&t); err != nil {
		return t, err
	}
	stands := t
	err := s.tx(ctx, func(w *writer) error {
		stands = t
		found := false
		err := w.query(func(sc scan) (err error) {
			stands, err = scanTurn(sc)
			found = true
			return err
		}, "SELECT "+tTurn.list("")+" FROM turn WHERE region = ? AND lobby = ? AND day = ? AND request = ?", t.Region, t.Lobby, int64(t.Day), t.Request)
		if err != nil || found {
			return err
		}
		last := int64(0)
		err = w.query(store.Into(&last), "SELECT COALESCE(max(no), 0) FROM turn WHERE region = ? AND lobby = ? AND day = ?",
			t.Region, t.Lobby, int64(t.Day))
		if err != nil {
			return err
		}
		stands.No = int(last) + 1
		row, err := turnRow(&stands)
		if err != nil {
			return err
		}
		n, err := w.count(tTurn.one(), row...)
		if err == nil && n == 0 {
			err = store.ErrConflict
		}
		return err
	})
	return stands, err
}

// UpdateTurns replaces what may change of turns, all or none.
func (s *Store) UpdateTurns(ctx context.Context, turns []line.Turn) error {
	rows, err := turnRows(turns)
	if err != nil {
		return err
	}
	return s.tx(ctx, func(w *writer) error { return w.updateTurns(rows) })
}

func turnRows(turns []line.Turn) ([][]any, error) {
	rows := make([][]any, len(turns))
	for i := range turns {
		var err error
		if rows[i], err = turnRow(&turns[i]); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// updateTurns replaces what may change of turns; ErrConflict if one is not at its version.
func (w *writer) updateTurns(rows [][]any) error {
	for _, r := range rows {
		n, err := w.count(`UPDATE turn SET state = ?, place = ?, aim = ?, called = ?, ended = ?, back = ?, by_id = ?, history = ?, version = version + 1
			WHERE region = ? AND lobby = ? AND day = ? AND no = ? AND version = ?`,
			r[9], r[10], r[11], r[13], r[14], r[15], r[16], r[18], r[0], r[1], r[2], r[3], r[19])
		if err == nil && n == 0 {
			err = store.ErrConflict
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Turns lists the turns of a lobby and day by their number.
func (s *Store) Turns(ctx context.Context, region, lobby string, day workday.Date) ([]line.Turn, error) {
	var all []line.Turn
	err := s.each(ctx, store.List(&all, scanTurn), "SELECT "+tTurn.list("")+" FROM turn WHERE region = ? AND lobby = ? AND day = ? ORDER BY no", region, lobby, int64(day))
	return all, err
}

// TurnByCode finds a turn by its code.
func (s *Store) TurnByCode(ctx context.Context, region, code string) (line.Turn, error) {
	var t line.Turn
	if code == "" {
		return t, store.ErrNotFound
	}
	err := s.one(ctx, func(sc scan) (err error) {
		t, err = scanTurn(sc)
		return err
	}, "SELECT "+tTurn.list("")+" FROM turn WHERE region = ? AND code = ?", region, code)
	return t, err
}
