package hall

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/line"
	"github.com/tongban/tongban/internal/store"
)

// MaxPieces is how many pieces of work one hand-over of a shift takes.
const MaxPieces = 200

// MaxShiftWords is how many characters the note of a hand-over, and the list of papers, may have.
const MaxShiftWords = 2000

// Hand is one piece of work that an official has in hand.
type Hand struct {
	store.Piece
	View *View      // of a case
	Turn *line.Turn // of who stands at the window
}

// ID names the piece among those of one person.
func (p *Hand) ID() string { return pieceID(&p.Piece) }

func pieceID(p *store.Piece) string {
	if p.Case != "" {
		return string(p.Case)
	}
	return fmt.Sprintf("%s:%s:%d", p.Lobby, p.Day, p.Turn)
}

// NewShift is what an official hands over at the end of a shift.
type NewShift struct {
	To     string   // account
	Words  string   // what the colleague must know
	Papers string   // that go over the counter with it
	Pieces []string // ids; nil: all that is in hand
}

func mayHand(by caseflow.Actor, department string) bool {
	return by.Kind == caseflow.ActorOfficial && department != "" &&
		access.May(by, access.ShiftHand, access.Resource{Region: by.Region, Departments: []string{department}}).Allow
}

// InHand lists what an official has in hand (交接班): the tasks that they hold, that are meant for them alone or that they lent out, the
// applicants whom they help, and who stands at their window; more says that there is more than one hand-over takes. ErrNotFound
// for who has no post.
func (h *Hall) InHand(ctx context.Context, by caseflow.Actor) (list []Hand, more bool, err error) {
	if !mayHand(by, by.Department) {
		return nil, false, ErrNotFound
	}
	live := []string{caseflow.TaskOpen, caseflow.TaskClaimed, caseflow.TaskWaiting}
	seen := map[caseflow.CaseNo]bool{}
	add := func(v *View) {
		if has := v.Case.InHand(by.ID); !seen[v.Case.No] && !has.Empty() {
			seen[v.Case.No] = true
			list = append(list, Hand{Piece: store.Piece{Case: v.Case.No, Tasks: has.Tasks, Assist: has.Assist}, View: v})
		}
	}
	for _, q := range []store.TaskQuery{{Person: by.ID}, {From: by.ID}} {
		q.Region, q.States, q.Limit = by.Region, live, MaxPieces
		tasks, next, err := h.store.Tasks(ctx, q)
		if err != nil {
			return nil, false, err
		}
		more = more || next != ""
		for i := range tasks {
			if seen[tasks[i].Key.Case] {
				continue
			}
			v, err := h.see(ctx, by, tasks[i].Key, access.CaseSee)
			if errors.Is(err, ErrNotFound) {
				continue
			}
			if err != nil {
				return nil, false, err
			}
			add(v)
		}
	}
	helped, err := h.Helped(ctx, by)
	if err != nil {
		return nil, false, err
	}
	for _, v := range helped {
		add(v)
	}
	turns, err := h.turnsOf(ctx, by)
	for i := range turns {
		list = append(list, Hand{Piece: store.Piece{Lobby: turns[i].Lobby, Day: turns[i].Day, Turn: turns[i].No}, Turn: &turns[i]})
	}
	if len(list) > MaxPieces {
		list, more = list[:MaxPieces], true
	}
	return list, more, err
}

// turnsOf are the numbers at the windows of an official now.
func (h *Hall) turnsOf(ctx context.Context, by caseflow.Actor) ([]line.Turn, error) {
	var all []line.Turn
	for _, l := range h.Lobbies(by.Region) {
		if !h.Calls(by, &l) {
			continue
		}
		ln, err := h.Line(ctx, by.Region, l.ID)
		if err != nil {
			return nil, err
		}
		for i := range ln.Turns {
			if t := &ln.Turns[i]; t.State == line.Called && t.By == by.ID {
				all = append(all, *t)
			}
		}
	}
	return all, nil
}

// OfferShift asks a colleague of the same department to take work over. Nothing moves before the colleague agrees. It is refused if there is
// something among it that the colleague could not do, with the piece as the field at fault. The same request gives the same offer.
func (h *Hall) OfferShift(ctx context.Context, by caseflow.Actor, request string, n NewShift) (*store.Shift, error) {
	hands, _, err := h.InHand(ctx, by)
	if err != nil {
		return nil, err
	}
	if request == "" {
		request = h.text()
	}
	if !validRequest(request) {
		return nil, ErrBadRequest
	}
	sum := sha256.Sum256([]byte("shift\x00" + by.ID + "\x00" + request))
	s := &store.Shift{Region: by.Region, ID: hex.EncodeToString(sum[:12]), State: store.ShiftOffered, Giver: by.ID, Taker: n.To, Made: h.Now(), Department: by.Department,
		Words: strings.TrimSpace(n.Words), Papers: strings.TrimSpace(n.Papers)}
	if was, err := h.store.Shift(ctx, s.Region, s.ID); err == nil {
		return h.sameShift(was, s)
	} else if !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	taker, refusal, err := h.reliever(ctx, by, n.To)
	if err != nil {
		return nil, err
	}
	if refusal != nil {
		return nil, refusal
	}
	if refusal = choose(s, hands, n.Pieces); refusal != nil {
		return nil, refusal
	}
	if _, _, err := h.passing(ctx, taker, s); err != nil { // may the colleague do all of it?
		return nil, err
	}
	return s, h.store.AddShift(ctx, *s)
}

// sameShift is the first answer to a request again. ErrOtherBody if it asked for something else.
func (h *Hall) sameShift(was, s *store.Shift) (*store.Shift, error) {
	if was.Taker != s.Taker || was.Words != s.Words || was.Papers != s.Papers {
		return nil, ErrOtherBody
	}
	return was, nil
}

// reliever is the colleague who is to take over: an enabled official of the same department and region.
func (h *Hall) reliever(ctx context.Context, by caseflow.Actor, account string) (caseflow.Actor, *caseflow.Refusal, error) {
	none := &caseflow.Refusal{Code: caseflow.CodeForm, Fields: []caseflow.FieldFault{{Field: "to", Code: "enum"}}}
	a, err := h.store.AccountByID(ctx, account)
	if errors.Is(err, store.ErrNotFound) {
		return caseflow.Actor{}, none, nil
	}
	if err != nil {
		return caseflow.Actor{}, nil, fmt.Errorf("a colleague: %w", err)
	}
	if !h.Relieves(by, a) {
		return caseflow.Actor{}, none, nil
	}
	return h.official(a), nil, nil
}

// Relieves reports whether an account may take over a shift of the actor: an enabled official with a post in the same department.
func (h *Hall) Relieves(by caseflow.Actor, a *store.Account) bool {
	return a.Kind == caseflow.ActorOfficial && !a.Disabled && a.ID != by.ID && a.Region == by.Region && a.Department == by.Department &&
		mayHand(h.official(a), by.Department)
}

// official is the actor that an account will be when it is signed in.
func (h *Hall) official(a *store.Account) caseflow.Actor {
	succeeds, _ := h.Duties(a.Region, a.Department)
	return caseflow.Actor{ID: a.ID, Kind: a.Kind, Name: a.Name, Department: a.Department, Region: a.Region, Roles: a.Roles, Succeeds: succeeds, Document: ident.Document{Type: ident.DocType(a.DocType), No: a.DocNo}}
}

// choose fills in what is handed over: all that is in hand, or what was chosen of it, with a note or papers if that is all.
func choose(s *store.Shift, hands []Hand, ids []string) *caseflow.Refusal {
	fault := func(field, code string) *caseflow.Refusal {
		return &caseflow.Refusal{Code: caseflow.CodeForm, Fields: []caseflow.FieldFault{{Field: field, Code: code}}}
	}
	for field, text := range map[string]string{"words": s.Words, "papers": s.Papers} {
		if len([]rune(text)) > MaxShiftWords {
			return fault(field, "length")
		}
	}
	for i := range hands {
		if ids == nil || slices.Contains(ids, hands[i].ID()) {
			s.Pieces = append(s.Pieces, hands[i].Piece)
		}
	}
	for _, id := range ids {
		if !slices.ContainsFunc(s.Pieces, func(p store.Piece) bool { return pieceID(&p) == id }) {
			return fault("pieces", "enum") // it is not in hand any more
		}
	}
	if len(s.Pieces) == 0 && s.Words == "" && s.Papers == "" {
		return fault("pieces", "required")
	}
	return nil
}

// passed is a case as it is once the shift is taken.
type passed struct {
	key    store.Key
	change *store.Change
	after  held
}

// passing computes what taking a hand-over writes: the changes of cases, and the turns. What was done, or is somebody else's by now, is
// marked as over in it. A refusal names the piece that stands in the way.
func (h *Hall) passing(ctx context.Context, taker caseflow.Actor, s *store.Shift) ([]passed, []line.Turn, error) {
	var cases []passed
	var turns []line.Turn
	for i := range s.Pieces {
		p := &s.Pieces[i]
		if p.Case == "" {
			t, err := h.passTurn(ctx, taker, s, p)
			if err != nil {
				return nil, nil, err
			}
			if t != nil {
				turns = append(turns, *t)
			}
			continue
		}
		one, err := h.passCase(ctx, taker, s, p)
		if refusal, ok := errors.AsType[*caseflow.Refusal](err); ok {
			return nil, nil, &caseflow.Refusal{Code: refusal.Code, Args: refusal.Args, Fields: []caseflow.FieldFault{{Field: "pieces." + string(p.Case), Code: refusal.Code}}}
		}
		if err != nil {
			return nil, nil, err
		}
		if one != nil {
			cases = append(cases, *one)
		}
	}
	return cases, turns, nil
}

// passCase is what changes in one case; nil if nothing of it is in the giver's hand any more.
func (h *Hall) passCase(ctx context.Context, taker caseflow.Actor, s *store.Shift, p *store.Piece) (*passed, error) {
	key := store.Key{Region: s.Region, Case: p.Case}
	if err := h.underWay(ctx, key); err != nil {
		return nil, err
	}
	got, err := h.fresh(ctx, key)
	if err != nil {
		return nil, err
	}
	it, err := h.itemOf(got.c)
	if err != nil {
		return nil, err
	}
	has := got.c.InHand(s.Giver)
	cmd := caseflow.TakeShift{From: s.Giver, Assist: p.Assist && has.Assist}
	for _, id := range p.Tasks {
		if slices.Contains(has.Tasks, id) {
			cmd.Tasks = append(cmd.Tasks, id)
		}
	}
	if p.Over = cmd.Empty(); p.Over {
		return nil, nil
	}
	by := standing{Actor: taker}
	if !may(by, access.CaseSee, &matter{it: it, c: got.c}) {
		return nil, &caseflow.Refusal{Code: caseflow.CodeNotYours}
	}
	j := job{h: h, by: taker, request: "shift." + s.ID, key: key, cmd: cmd, from: s.Giver}
	if j.body, err = bodyOf(taker, key, cmd); err != nil {
		return nil, err
	}
	now := later(h.Now(), got.c.Updated)
	env, err := j.env(ctx, now)
	if err != nil {
		return nil, err
	}
	dec, refusal := caseflow.Decide(got.c, it, taker, cmd, env)
	if refusal != nil {
		return nil, refusal
	}
	after, change, err := j.change(ctx, by, it, got, dec, now)
	if err != nil {
		return nil, err
	}
	return &passed{key, change, after}, nil
}

// underWay waits for the command on a case that is being written.
func (h *Hall) underWay(ctx context.Context, key store.Key) error {
	lane := h.lane(key)
	lane.mu.Lock()
	last := lane.last[key]
	lane.mu.Unlock()
	if last == nil {
		return nil
	}
	select {
	case <-last.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// passTurn is the number at the giver's window as it becomes; nil if nobody stands there any more.
func (h *Hall) passTurn(ctx context.Context, taker caseflow.Actor, s *store.Shift, p *store.Piece) (*line.Turn, error) {
	l, err := h.Lobby(s.Region, p.Lobby)
	if err == nil && !h.Calls(taker, l) {
		return nil, &caseflow.Refusal{Code: caseflow.CodeNotYours, Fields: []caseflow.FieldFault{{Field: "pieces." + pieceID(p), Code: caseflow.CodeNotYours}}}
	}
	turns, err := h.store.Turns(ctx, s.Region, p.Lobby, p.Day)
	if err != nil {
		return nil, fmt.Errorf("line of %s: %w", p.Lobby, err)
	}
	i := slices.IndexFunc(turns, func(t line.Turn) bool { return t.No == p.Turn && t.State == line.Called && t.By == s.Giver })
	if p.Over = i < 0; p.Over {
		return nil, nil
	}
	t := turns[i].Relieve(taker.ID, h.Now(), "shift."+s.ID)
	return &t, nil
}

// TakeShift takes over what a colleague offers: all of it that is still in that person's hand, in one transaction, or nothing. It is
// for whom it is offered; ErrNotFound for others. A repeat gives the first answer.
func (h *Hall) TakeShift(ctx context.Context, by caseflow.Actor, id string) (*store.Shift, error) {
	for range attempts {
		s, err := h.shiftFor(ctx, by, id, func(s *store.Shift) bool { return s.Taker == by.ID && mayHand(by, s.Department) })
		if err != nil || s.State == store.ShiftTaken {
			return s, err
		}
		if s.State != store.ShiftOffered {
			return nil, &caseflow.Refusal{Code: caseflow.CodeShiftSettled}
		}
		cases, turns, err := h.passing(ctx, by, s)
		if err != nil {
			return nil, err
		}
		changes := make([]*store.Change, len(cases))
		for i := range cases {
			changes[i] = cases[i].change
		}
		s.State, s.Settled = store.ShiftTaken, h.Now()
		switch err = h.store.SettleShift(ctx, *s, changes, turns); {
		case errors.Is(err, store.ErrCalendar):
			if err = h.FollowCalendars(ctx); err != nil {
				return nil, err
			}
		case err == nil:
			for i := range cases {
				h.remember(&cases[i])
				h.nudge(cases[i].change)
			}
			s.Version++
			return s, nil
		case !errors.Is(err, store.ErrConflict):
			return nil, err
		}
		for i := range cases { // somebody was quicker: what is in memory may be old
			h.cache.Remove(cases[i].key)
		}
	}
	return nil, store.ErrBusy
}

// DeclineShift says no to an offer, for whom it is offered; BackShift takes it back, for who made it.
func (h *Hall) DeclineShift(ctx context.Context, by caseflow.Actor, id, why string) (*store.Shift, error) {
	if why = strings.TrimSpace(why); len([]rune(why)) > MaxShiftWords {
		return nil, &caseflow.Refusal{Code: caseflow.CodeForm, Fields: []caseflow.FieldFault{{Field: "reply", Code: "length"}}}
	}
	return h.settleShift(ctx, by, id, store.ShiftDeclined, why, func(s *store.Shift) bool { return s.Taker == by.ID })
}

// BackShift is explained at DeclineShift.
func (h *Hall) BackShift(ctx context.Context, by caseflow.Actor, id string) (*store.Shift, error) {
	return h.settleShift(ctx, by, id, store.ShiftBack, "", func(s *store.Shift) bool { return s.Giver == by.ID })
}

func (h *Hall) settleShift(ctx context.Context, by caseflow.Actor, id, state, reply string, such func(*store.Shift) bool) (*store.Shift, error) {
	s, err := h.shiftFor(ctx, by, id, such)
	if err != nil || s.State == state {
		return s, err
	}
	if s.State != store.ShiftOffered {
		return nil, &caseflow.Refusal{Code: caseflow.CodeShiftSettled}
	}
	s.State, s.Settled, s.Reply = state, h.Now(), reply
	err = h.store.SettleShift(ctx, *s, nil, nil)
	if errors.Is(err, store.ErrConflict) {
		return nil, &caseflow.Refusal{Code: caseflow.CodeShiftSettled}
	}
	s.Version++
	return s, err
}

func (h *Hall) shiftFor(ctx context.Context, by caseflow.Actor, id string, such func(*store.Shift) bool) (*store.Shift, error) {
	s, err := h.store.Shift(ctx, by.Region, id)
	if errors.Is(err, store.ErrNotFound) || err == nil && (by.Kind != caseflow.ActorOfficial || !such(s)) {
		return nil, ErrNotFound
	}
	return s, err
}

// Offered is what of a hand-over is still in the giver's hand, as far as the actor may see it; of the rest View and Turn are nil.
func (h *Hall) Offered(ctx context.Context, by caseflow.Actor, s *store.Shift) ([]Hand, error) {
	list := make([]Hand, len(s.Pieces))
	for i := range s.Pieces {
		list[i].Piece = s.Pieces[i]
		p := &list[i]
		if p.Case == "" {
			turns, err := h.store.Turns(ctx, s.Region, p.Lobby, p.Day)
			if err != nil {
				return nil, fmt.Errorf("line of %s: %w", p.Lobby, err)
			}
			if i := slices.IndexFunc(turns, func(t line.Turn) bool { return t.No == p.Piece.Turn && t.State == line.Called && t.By == s.Giver }); i >= 0 {
				p.Turn = &turns[i]
			}
			continue
		}
		v, err := h.see(ctx, by, store.Key{Region: s.Region, Case: p.Case}, access.CaseSee)
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if has := v.Case.InHand(s.Giver); !has.Empty() {
			p.View = v
		}
	}
	return list, nil
}

// Shift finds a hand-over for who gives or takes it. ErrNotFound for others.
func (h *Hall) Shift(ctx context.Context, by caseflow.Actor, id string) (*store.Shift, error) {
	return h.shiftFor(ctx, by, id, func(s *store.Shift) bool { return s.Giver == by.ID || s.Taker == by.ID })
}

// Shifts lists the hand-overs that an official gives or is offered, newest first, with a cursor; state "" is all.
func (h *Hall) Shifts(ctx context.Context, by caseflow.Actor, state, cursor string, limit int) ([]store.Shift, string, error) {
	if !mayHand(by, by.Department) {
		return nil, "", ErrNotFound
	}
	return h.store.FindShifts(ctx, store.ShiftQuery{Region: by.Region, Person: by.ID, State: state, Cursor: cursor, Limit: limit})
}

// remember keeps a case in memory as it was written, unless it has moved on since.
func (h *Hall) remember(p *passed) {
	lane := h.lane(p.key)
	lane.mu.Lock()
	defer lane.mu.Unlock()
	if got, ok := h.cache.Peek(p.key); !ok || got.entry < p.after.entry {
		h.cache.Add(p.key, p.after)
	}
}

// ReliefAsked reports whether a colleague waits for the actor to take a shift over.
func (h *Hall) ReliefAsked(ctx context.Context, by caseflow.Actor) (bool, error) {
	if !mayHand(by, by.Department) {
		return false, nil
	}
	list, _, err := h.store.FindShifts(ctx, store.ShiftQuery{Region: by.Region, Person: by.ID, State: store.ShiftOffered, Limit: MaxPieces})
	return slices.ContainsFunc(list, func(s store.Shift) bool { return s.Taker == by.ID }), err
}
