package sqlstore

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/tongban/tongban/evidence"
	"github.com/tongban/tongban/internal/line"
	"github.com/tongban/tongban/internal/store"
)

func shiftRow(s *store.Shift) ([]any, error) {
	body, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("hand-over %s: %w", s.ID, err)
	}
	row := []any{s.Region, s.ID, s.State, s.Giver, s.Taker, store.Micros(s.Made), store.Micros(s.Settled), int64(s.Version), string(body)}
	return row, checkText(row)
}

func scanShift(sc scan) (store.Shift, error) {
	var s store.Shift
	var body string
	if err := sc(&s.Region, &s.ID, &s.State, &s.Giver, &s.Taker, store.At(&s.Made), store.At(&s.Settled), &s.Version, &body); err != nil {
		return s, err
	}
	return s, json.Unmarshal([]byte(body), &s)
}

// AddShift stores an offer. ErrConflict if its id is taken.
func (s *Store) AddShift(ctx context.Context, sh store.Shift) error {
	sh.Version = 0
	row, err := shiftRow(&sh)
	if err != nil {
		return err
	}
	return s.tx(ctx, func(w *writer) error {
		n, err := w.count(tShift.one(), row...)
		if err == nil && n == 0 {
			err = store.ErrConflict
		}
		return err
	})
}

// Shift finds a hand-over.
func (s *Store) Shift(ctx context.Context, region, id string) (*store.Shift, error) {
	var sh store.Shift
	err := s.one(ctx, func(sc scan) (err error) {
		sh, err = scanShift(sc)
		return err
	}, "SELECT "+tShift.list("")+" FROM shift WHERE region = ? AND id = ?", region, id)
	if err != nil {
		return nil, err
	}
	return &sh, nil
}

// FindShifts lists the hand-overs of a person, newest first.
func (s *Store) FindShifts(ctx context.Context, q store.ShiftQuery) ([]store.Shift, string, error) {
	query, args, err := shiftsQuery(q)
	if err != nil {
		return nil, "", err
	}
	list, last, err := paged(ctx, s, limitOf(q.Limit), scanShift, query, args)
	if err != nil || last == nil {
		return list, "", err
	}
	return list, cursor{List: "shift", At: store.Micros(last.Made), What: last.ID}.String(), nil
}

// shiftsQuery is a range of what the person gives and one of what the person is offered.
func shiftsQuery(q store.ShiftQuery) (string, []any, error) {
	at, err := readCursor(q.Cursor, "shift", cursor{At: math.MaxInt64})
	if err != nil {
		return "", nil, err
	}
	var both []branch
	for _, who := range []string{"giver", "taker"} {
		b := branch{from: "shift h"}
		b.add("h.region = ? AND h."+who+" = ? AND (h.made, h.id) < (?, ?)", q.Region, q.Person, at.At, at.What)
		b.equal("h.state", q.State)
		both = append(both, b)
	}
	query, args := union(both, tShift.list("h."), tShift.list(""), "h.made DESC, h.id DESC", "made DESC, id DESC", limitOf(q.Limit)+1)
	return query, args, nil
}

// SettleShift ends an offer together with what goes with it, all or nothing.
func (s *Store) SettleShift(ctx context.Context, sh store.Shift, changes []*store.Change, turns []line.Turn) error {
	row, err := shiftRow(&sh)
	if err != nil {
		return err
	}
	batch := make([]*job, len(changes))
	for i, c := range changes {
		if c.Entry.Hash == (evidence.Hash{}) {
			return fmt.Errorf("store: entry %s/%d has no hash for the log", c.Case, c.Entry.No)
		}
		rows, err := s.check(c)
		if err != nil {
			return err
		}
		batch[i] = &job{change: c, rows: rows}
	}
	slices.SortFunc(batch, func(a, b *job) int { // as every batch: nobody waits in a circle
		return cmp.Or(strings.Compare(a.change.Region, b.change.Region), strings.Compare(string(a.change.Case), string(b.change.Case)))
	})
	turned, err := turnRows(turns)
	if err != nil {
		return err
	}
	return s.leafTx(ctx, func(w *writer) error {
		if err := w.writeWhole(batch); err != nil {
			return err
		}
		n, err := w.count("UPDATE shift SET state = ?, settled = ?, body = ?, version = version + 1 WHERE region = ? AND id = ? AND state = ? AND version = ?",
			row[2], row[6], row[8], sh.Region, sh.ID, store.ShiftOffered, int64(sh.Version))
		if err == nil && n == 0 {
			err = store.ErrConflict
		}
		if err != nil {
			return err
		}
		return w.updateTurns(turned)
	})
}

// writeWhole writes the changes, each of another case, in the transaction that has begun; an error if one of them cannot be.
func (w *writer) writeWhole(batch []*job) error {
	if len(batch) == 0 {
		return nil
	}
	old, mandates, calendar := make(map[store.Key]caseState, len(batch)), map[string]int{}, 0
	if err := w.together(append(w.readStanding(batch, old, &calendar), readMandates(batch, mandates))...); err != nil {
		return err
	}
	accepted, refused := judge(batch, old, mandates, calendar, nil)
	if len(refused) > 0 {
		if batch[refused[0]].change.Calendar != calendar {
			return store.ErrCalendar
		}
		return store.ErrConflict
	}
	return w.together(w.writing(accepted, old)...)
}
