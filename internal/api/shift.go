package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/workday"
)

// PieceView is one piece of work that somebody has in hand: of a case, or a number at the window.
type PieceView struct {
	ID     string          `json:"id" doc:"To choose it"`
	Case   caseflow.CaseNo `json:"case,omitempty"`
	Tasks  []int           `json:"tasks,omitempty" doc:"Held, meant for that person alone, or lent out by them"`
	Assist bool            `json:"assist,omitempty" doc:"That person helps the applicant"`
	Lobby  string          `json:"lobby,omitempty"`
	Day    workday.Date    `json:"day,omitzero"`
	Turn   int             `json:"turn,omitempty"`
	Over   bool            `json:"over,omitempty" doc:"Done or somebody else's when the shift was taken over: it did not go over"`
}

// InHandList is what one has in hand.
type InHandList struct {
	Body struct {
		Pieces []PieceView `json:"pieces" nullable:"false"`
		More   bool        `json:"more" doc:"There is more than one hand-over takes"`
	}
}

// ShiftView is the hand-over of a shift.
type ShiftView struct {
	ID         string      `json:"id"`
	State      string      `json:"state" enum:"offered,taken,declined,back"`
	Giver      string      `json:"giver" doc:"Account"`
	Taker      string      `json:"taker" doc:"Account"`
	Department string      `json:"department"`
	Made       time.Time   `json:"made"`
	Settled    time.Time   `json:"settled,omitzero"`
	Words      string      `json:"words,omitempty"`
	Papers     string      `json:"papers,omitempty"`
	Reply      string      `json:"reply,omitempty" doc:"Why it was declined"`
	Pieces     []PieceView `json:"pieces" nullable:"false"`
}

// ShiftAnswer is one hand-over.
type ShiftAnswer struct{ Body ShiftView }

// ShiftPage is a page of them.
type ShiftPage struct {
	Body struct {
		Shifts []ShiftView `json:"shifts" nullable:"false" doc:"The newest first"`
		Next   string      `json:"next,omitempty" doc:"Cursor of the next page"`
	}
}

type ownInput struct{ caller }

type shiftsInput struct {
	caller
	State  string `query:"state" enum:"offered,taken,declined,back" doc:"All if left out"`
	Cursor string `query:"cursor" maxLength:"400"`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

type shiftInput struct {
	caller
	Shift string `path:"shift" maxLength:"40"`
}

type offerInput struct {
	caller
	Key  string `header:"Idempotency-Key" doc:"See the commands on a case"`
	Body struct {
		To     string   `json:"to" maxLength:"64" doc:"Account of a colleague of your department"`
		Words  string   `json:"words,omitempty" maxLength:"2000" doc:"What the colleague must know"`
		Papers string   `json:"papers,omitempty" maxLength:"2000" doc:"That go over the counter with it"`
		Pieces []string `json:"pieces,omitempty" maxItems:"200" doc:"Ids of what is handed over; all that is in hand if left out"`
	}
}

type declineInput struct {
	caller
	Shift string `path:"shift" maxLength:"40"`
	Body  struct {
		Reply string `json:"reply,omitempty" maxLength:"2000" doc:"Why"`
	}
}

func (a *API) registerShifts() {
	op := func(id, method, path, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: path, Tags: []string{"work"}, Summary: summary}
	}
	huma.Register(a.huma, op("list-in-hand", http.MethodGet, "/in-hand", "What you have in hand and may hand over at the end of a shift (交接班)"), a.inHand)
	huma.Register(a.huma, op("list-shifts", http.MethodGet, "/shifts", "Hand-overs that you give or are offered"), a.shifts)
	offer := op("offer-shift", http.MethodPost, "/shifts", "Ask a colleague of your department to take work over")
	offer.Description = "Nothing moves before the colleague agrees. 422 names the piece that the colleague could not do."
	huma.Register(a.huma, offer, a.offerShift)
	huma.Register(a.huma, op("see-shift", http.MethodGet, "/shifts/{shift}", "One hand-over, for who gives or takes it"), a.oneShift(a.o.Hall.Shift))
	take := op("accept-shift", http.MethodPost, "/shifts/{shift}/take", "Take a shift over: all that is still in the colleague's hand, or nothing")
	take.Description = "In one transaction. Each case gets an entry; what was done meanwhile is marked as over."
	huma.Register(a.huma, take, a.oneShift(a.o.Hall.TakeShift))
	huma.Register(a.huma, op("decline-shift", http.MethodPost, "/shifts/{shift}/decline", "Do not take a shift over"), func(ctx context.Context, in *declineInput) (*ShiftAnswer, error) {
		return shiftAnswer(a.o.Hall.DeclineShift(ctx, in.by, in.Shift, in.Body.Reply))
	})
	huma.Register(a.huma, op("take-shift-back", http.MethodPost, "/shifts/{shift}/back", "Take your offer back"), a.oneShift(a.o.Hall.BackShift))
}

func pieceView(h *hall.Hand) PieceView {
	return PieceView{h.ID(), h.Case, h.Tasks, h.Assist, h.Lobby, h.Day, h.Piece.Turn, h.Over}
}

func shiftView(s *store.Shift) ShiftView {
	v := ShiftView{s.ID, s.State, s.Giver, s.Taker, s.Department, s.Made, s.Settled, s.Words, s.Papers, s.Reply, make([]PieceView, len(s.Pieces))}
	for i := range s.Pieces {
		v.Pieces[i] = pieceView(&hall.Hand{Piece: s.Pieces[i]})
	}
	return v
}

func shiftAnswer(s *store.Shift, err error) (*ShiftAnswer, error) {
	if err != nil {
		return nil, err
	}
	return &ShiftAnswer{shiftView(s)}, nil
}

func (a *API) inHand(ctx context.Context, in *ownInput) (*InHandList, error) {
	list, more, err := a.o.Hall.InHand(ctx, in.by)
	if err != nil {
		return nil, err
	}
	out := &InHandList{}
	out.Body.Pieces, out.Body.More = Views(list, pieceView), more
	return out, nil
}

func (a *API) shifts(ctx context.Context, in *shiftsInput) (*ShiftPage, error) {
	list, next, err := a.o.Hall.Shifts(ctx, in.by, in.State, in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &ShiftPage{}
	out.Body.Shifts, out.Body.Next = Views(list, shiftView), next
	return out, nil
}

func (a *API) offerShift(ctx context.Context, in *offerInput) (*ShiftAnswer, error) {
	return shiftAnswer(a.o.Hall.OfferShift(ctx, in.by, in.Key, hall.NewShift{To: in.Body.To, Words: in.Body.Words, Papers: in.Body.Papers, Pieces: in.Body.Pieces}))
}

// oneShift is an operation on one hand-over.
func (a *API) oneShift(do func(context.Context, caseflow.Actor, string) (*store.Shift, error)) func(context.Context, *shiftInput) (*ShiftAnswer, error) {
	return func(ctx context.Context, in *shiftInput) (*ShiftAnswer, error) {
		return shiftAnswer(do(ctx, in.by, in.Shift))
	}
}
