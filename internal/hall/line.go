package hall

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/line"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/workday"
)

// Lobbies lists the lobbies of a region.
func (h *Hall) Lobbies(region string) []line.Lobby {
	return slices.DeleteFunc(slices.Clone(h.lobbies()), func(l line.Lobby) bool { return l.Region != region })
}

// Lobby finds a lobby. ErrNotFound.
func (h *Hall) Lobby(region, id string) (*line.Lobby, error) {
	list := h.Lobbies(region)
	if i := slices.IndexFunc(list, func(l line.Lobby) bool { return l.ID == id }); i >= 0 {
		return &list[i], nil
	}
	return nil, ErrNotFound
}

// Line is a lobby on one day.
type Line struct {
	*line.Lobby
	Day   workday.Date
	Turns []line.Turn
	Now   time.Time
}

// Line reads the line of a lobby as everybody may see it on the screen there, today.
func (h *Hall) Line(ctx context.Context, region, lobby string) (*Line, error) {
	return h.lineOn(ctx, region, lobby, workday.DateOf(h.Now()))
}

func (h *Hall) lineOn(ctx context.Context, region, lobby string, day workday.Date) (*Line, error) {
	l, err := h.Lobby(region, lobby)
	if err != nil {
		return nil, err
	}
	turns, err := h.store.Turns(ctx, region, lobby, day)
	if err != nil {
		return nil, fmt.Errorf("line of %s: %w", lobby, err)
	}
	return &Line{l, day, turns, h.Now()}, nil
}

// WorkLine reads the line of a lobby on a day for who calls there, or for who sees its figures. ErrNotFound for others.
func (h *Hall) WorkLine(ctx context.Context, by caseflow.Actor, region, lobby string, day workday.Date) (*Line, error) {
	l, err := h.Lobby(region, lobby)
	if err != nil {
		return nil, err
	}
	r := access.Resource{Region: region, Departments: []string{l.Department}}
	if by.Kind != caseflow.ActorOfficial || !access.May(by, access.LineCall, r).Allow && !access.May(by, access.StatsSee, r).Allow {
		return nil, ErrNotFound
	}
	if day.IsZero() {
		day = workday.DateOf(h.Now())
	}
	return h.lineOn(ctx, region, lobby, day)
}

// Calls reports whether the actor calls people to the windows of a lobby, Gives whether they take numbers for who calls them.
func (h *Hall) Calls(by caseflow.Actor, l *line.Lobby) bool {
	return access.May(by, access.LineCall, access.Resource{Region: l.Region, Departments: []string{l.Department}}).Allow
}

// Gives is explained at Calls.
func (h *Hall) Gives(by caseflow.Actor, l *line.Lobby) bool {
	return access.May(by, access.LineGive, access.Resource{Region: l.Region, Departments: h.lobbyKeepers(l)}).Allow
}

// lobbyKeepers are the departments whose clerks take in what numbers of the lobby are taken for.
func (h *Hall) lobbyKeepers(l *line.Lobby) []string {
	list := []string{l.Department}
	for _, g := range l.Groups {
		for _, id := range g.Items {
			if it := h.Item(id); it != nil {
				list = append(list, keepers(it)...)
			}
		}
	}
	return list
}

// Taking is what somebody takes a number for.
type Taking struct {
	Letter, Class, Origin string
	Window                string // at which a walk-in stands
	Terminal              bool   // the request comes from a terminal of the lobby, as its door knows
}

// TakeTurn takes a number for today. At a terminal, which the door knows by its address, anybody may; online whoever is signed in,
// who gets the number that they have there if one still waits; by telephone and at the window a clerk for who asks. Online and by
// telephone only on a working day. A repeat of the request gives the number of the first time.
func (h *Hall) TakeTurn(ctx context.Context, by caseflow.Actor, request, region, lobby string, take Taking) (line.Turn, error) {
	l, err := h.Lobby(region, lobby)
	if err != nil {
		return line.Turn{}, err
	}
	if !h.mayTake(by, l, take) {
		return line.Turn{}, ErrNotFound
	}
	if request == "" {
		request = h.text()
	}
	if !validRequest(request) {
		return line.Turn{}, ErrBadRequest
	}
	now := h.Now()
	t := line.Turn{Region: region, Lobby: lobby, Day: workday.DateOf(now), Code: h.text(), Letter: take.Letter, Class: take.Class, Origin: take.Origin,
		State: line.Waiting, Taken: now, Request: request, History: []line.Step{line.First(now, by.ID, request)}}
	switch away := take.Origin == line.Online || take.Origin == line.ByHotline; {
	case l.Group(take.Letter) == nil || take.Class != "" && l.Class(take.Class) == nil:
		return line.Turn{}, &caseflow.Refusal{Code: caseflow.CodeLineGroup}
	case away && !h.Calendar(region).IsWorkday(t.Day):
		return line.Turn{}, &caseflow.Refusal{Code: caseflow.CodeLineClosed}
	case take.Origin == line.Online:
		t.Holder, t.History[0].By = holder(by, &t), "" // nobody reads in the line who took the number
	}
	h.line.Lock()
	defer h.line.Unlock()
	if t.Holder != "" {
		turns, err := h.store.Turns(ctx, region, lobby, t.Day)
		if err != nil {
			return line.Turn{}, fmt.Errorf("line of %s: %w", lobby, err)
		}
		if i := slices.IndexFunc(turns, func(u line.Turn) bool { return u.Holder == t.Holder && u.State == line.Waiting }); i >= 0 {
			return turns[i], nil
		}
	}
	var stands line.Turn
	err = untilWritten(ctx, func() error {
		var err error
		stands, err = h.store.AddTurn(ctx, t)
		return err
	})
	return stands, err
}

// untilWritten does it again while others are quicker: each time somebody else is, somebody gets on.
func untilWritten(ctx context.Context, do func() error) error {
	err := do()
	for errors.Is(err, store.ErrConflict) && ctx.Err() == nil {
		err = do()
	}
	return err
}

// holder is the digest of who took a number online: it is told whose it is only to who asks for their own.
func holder(by caseflow.Actor, t *line.Turn) string {
	sum := sha256.Sum256([]byte(by.ID + "\x1f" + t.Region + "\x1f" + t.Lobby + "\x1f" + t.Day.String()))
	return hex.EncodeToString(sum[:])
}

func (h *Hall) mayTake(by caseflow.Actor, l *line.Lobby, take Taking) bool {
	switch take.Origin {
	case line.AtTerminal:
		return access.May(by, access.LinePrint, access.Resource{Region: l.Region, Terminal: take.Terminal}).Allow
	case line.Online:
		return by.ID != "" && access.May(by, access.LineTake, access.Resource{Region: l.Region}).Allow
	case line.ByHotline:
		return h.Gives(by, l)
	case line.WalkIn:
		return h.Calls(by, l)
	}
	return false
}

// Place (排队位置) is what who has a number may know.
type Place struct {
	line.Turn
	Lobby    *line.Lobby
	Ahead    int
	Minutes  int  // that are expected
	Expected bool // else they cannot be told
	Today    bool
}

// Place finds the place of a number by its code. ErrNotFound.
func (h *Hall) Place(ctx context.Context, region, code string) (*Place, error) {
	t, err := h.store.TurnByCode(ctx, region, code)
	if errors.Is(err, store.ErrNotFound) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("a number: %w", err)
	}
	ln, err := h.lineOn(ctx, region, t.Lobby, t.Day)
	if err != nil {
		return nil, err
	}
	return ln.Place(&t), nil
}

// Own finds the number that the actor took online today and that still waits or is called; nil if there is none.
func (ln *Line) Own(by caseflow.Actor) *line.Turn {
	for i := range ln.Turns {
		if t := &ln.Turns[i]; by.ID != "" && t.Holder == holder(by, t) && (t.State == line.Waiting || t.State == line.Called) {
			return t
		}
	}
	return nil
}

// Place is the place of one of the turns of the line.
func (ln *Line) Place(t *line.Turn) *Place {
	p := &Place{Turn: *t, Lobby: ln.Lobby, Today: ln.Day == workday.DateOf(ln.Now)}
	if t.State == line.Waiting && p.Today {
		p.Ahead = ln.Ahead(ln.Turns, t)
		p.Minutes, p.Expected = ln.Estimate(ln.Turns, t, ln.Now)
	}
	return p
}

// AtWindow does what a clerk does in the line of a lobby today, and returns the turn that it was done to: of line.Next the one
// that is called. Two who call at the same moment get two different people. A repeat of a request gives the first answer.
func (h *Hall) AtWindow(ctx context.Context, by caseflow.Actor, region, lobby string, act line.Act) (*line.Turn, error) {
	l, err := h.Lobby(region, lobby)
	if err != nil {
		return nil, err
	}
	if !h.Calls(by, l) {
		return nil, ErrNotFound
	}
	act.By = by.ID
	return h.inLine(ctx, l, act)
}

// LeaveLine gives a number back that one has. ErrNotFound.
func (h *Hall) LeaveLine(ctx context.Context, region, code, request string) (*line.Turn, error) {
	p, err := h.Place(ctx, region, code)
	if err != nil {
		return nil, err
	}
	return h.inLine(ctx, p.Lobby, line.Act{What: line.GiveUp, Turn: p.No, Request: request})
}

func (h *Hall) inLine(ctx context.Context, l *line.Lobby, act line.Act) (*line.Turn, error) {
	if act.Request == "" {
		act.Request = h.text()
	}
	if !validRequest(act.Request) {
		return nil, ErrBadRequest
	}
	h.line.Lock() // of one server; between servers the versions of the turns decide
	defer h.line.Unlock()
	var result *line.Turn
	err := untilWritten(ctx, func() error {
		ln, err := h.Line(ctx, l.Region, l.ID)
		if err != nil {
			return err
		}
		act.At = ln.Now
		changed, t, fault := l.Do(ln.Turns, act)
		if result = t; fault != "" {
			return &caseflow.Refusal{Code: string(fault)}
		}
		if len(changed) == 0 {
			return nil
		}
		return h.store.UpdateTurns(ctx, changed)
	})
	if err != nil {
		return nil, err
	}
	return result, nil
}

// called finds the number by which the applicant of a case that is opened was called to the window of the actor, and says in the
// command what the case keeps of it.
func (h *Hall) called(ctx context.Context, by caseflow.Actor, region string, open caseflow.Open) (caseflow.Open, error) {
	if open.Turn == nil {
		return open, nil
	}
	l, err := h.Lobby(region, open.Turn.Lobby)
	if err != nil || by.Kind != caseflow.ActorOfficial || !h.Calls(by, l) {
		return open, ErrNotFound
	}
	ln, err := h.Line(ctx, region, l.ID)
	if err != nil {
		return open, err
	}
	for i := range ln.Turns {
		if t := &ln.Turns[i]; t.No == open.Turn.No && ln.Day == open.Turn.Day && t.State == line.Called && t.By == by.ID {
			open.Turn = &caseflow.Turn{Lobby: t.Lobby, Day: t.Day, No: t.No, Label: t.Label(), Origin: t.Origin, Window: t.Window}
			return open, nil
		}
	}
	return open, &caseflow.Refusal{Code: caseflow.CodeNotCalled}
}
