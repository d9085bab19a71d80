package api

import (
	"context"
	"crypto/rand"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/workday"
)

// RecountBody says what running cases are counted again for.
type RecountBody struct {
	Region       string          `json:"region,omitempty" maxLength:"20" doc:"This region and all in it; all that you may recount if left out"`
	Item         caseflow.ItemID `json:"item,omitempty" maxLength:"100" doc:"Cases of this item only; needed with version"`
	Version      string          `json:"version,omitempty" maxLength:"40" doc:"Version of the item's pack whose limits are taken over; left out: count again under the calendar as it is now"`
	AcceptedFrom workday.Date    `json:"acceptedFrom,omitzero" doc:"Cases accepted on this day or later take the new limits, earlier ones keep theirs; needed with version"`
	Reason       string          `json:"reason" maxLength:"2000" doc:"Told to all concerned"`
}

func (b RecountBody) change() hall.Change {
	c := hall.Change{Region: b.Region, Item: b.Item, Version: b.Version, Reason: b.Reason}
	if !b.AcceptedFrom.IsZero() {
		c.AcceptedFrom = b.AcceptedFrom.Start()
	}
	return c
}

type tryRecountInput struct {
	caller
	Cursor string `query:"cursor" maxLength:"500" doc:"The next of the part before"`
	Body   RecountBody
}

type recountInput struct {
	caller
	Key    string `header:"Idempotency-Key" maxLength:"60" doc:"The same for all parts of a recount: it then happens to each case once, however often a part is sent. One is made for the first part if you send none."`
	Cursor string `query:"cursor" maxLength:"500" doc:"The next of the part before"`
	Body   RecountBody
}

// RecountAnswer is one part of a recount.
type RecountAnswer struct {
	Key  string `header:"Idempotency-Key" doc:"For the parts that follow; missing from a trial"`
	Body struct {
		Cases []RecountedView `json:"cases" doc:"That the change concerns" nullable:"false"`
		Kept  int             `json:"kept" doc:"Running cases of this part that keep what they have"`
		Next  string          `json:"next,omitempty" doc:"Cursor of the part that follows; missing at the end"`
	}
}

// RecountedView is one case that a change concerns.
type RecountedView struct {
	Case     caseflow.CaseNo `json:"case"`
	Region   string          `json:"region"`
	Accepted time.Time       `json:"accepted,omitzero"`
	Outcome  string          `json:"outcome" enum:"would-change,changed,busy,failed"`
	Takes    string          `json:"takes,omitempty" enum:"accepted,surely,if-accepted" doc:"Why it takes the new limits: accepted on the day or later; not accepted yet, and it cannot be as from an earlier day; not accepted yet, if it will be as from the day or later"`
	Moves    []MoveView      `json:"moves" doc:"Of clocks that run; none if the change is about later steps only" nullable:"false"`
}

// MoveView is one clock that gets another due instant or rule.
type MoveView struct {
	Clock       string          `json:"clock"`
	Kind        string          `json:"kind"`
	Step        caseflow.StepID `json:"step,omitempty"`
	Bearer      string          `json:"bearer" doc:"Department that must act, or applicant"`
	Why         string          `json:"why" enum:"rule,calendar"`
	Was         time.Time       `json:"was"`
	Due         time.Time       `json:"due"`
	Limit       workday.Limit   `json:"limit" example:"5 workday" doc:"That holds from now on"`
	Basis       string          `json:"basis,omitempty"`
	Provisional bool            `json:"provisional,omitempty"`
}

func (a *API) registerRecounts() {
	tags := []string{"recounts"}
	huma.Register(a.huma, huma.Operation{OperationID: "try-recount", Method: http.MethodPost, Path: "/recounts/try", Tags: tags,
		Summary: "List what changed limits or a changed calendar would move in running cases; changes nothing",
		Description: "For administrators; 404 for others. Answers in parts: send the same body with the cursor next until there " +
			"is none."}, a.tryRecount)
	huma.Register(a.huma, huma.Operation{OperationID: "recount", Method: http.MethodPost, Path: "/recounts", Tags: tags,
		Summary: "Apply changed limits or a changed calendar to the running cases that they concern",
		Description: "For administrators; 404 for others. Each case is one command of its own and is told apart in the answer; a " +
			"case that is busy is changed by sending the same part again. Answers in parts, as a trial does."}, a.recount)
}

func (a *API) tryRecount(ctx context.Context, in *tryRecountInput) (*RecountAnswer, error) {
	p, err := a.o.Hall.TryRecount(ctx, in.by, in.Body.change(), in.Cursor)
	if err != nil {
		return nil, err
	}
	return recountAnswer(p), nil
}

func (a *API) recount(ctx context.Context, in *recountInput) (*RecountAnswer, error) {
	if in.Key == "" && in.Cursor == "" {
		in.Key = rand.Text()
	}
	p, err := a.o.Hall.Recount(ctx, in.by, in.Key, in.Body.change(), in.Cursor)
	if err != nil {
		return nil, err
	}
	out := recountAnswer(p)
	out.Key = in.Key
	return out, nil
}

func recountAnswer(p *hall.RecountPage) *RecountAnswer {
	out := &RecountAnswer{}
	out.Body.Kept, out.Body.Next, out.Body.Cases = p.Kept, p.Next, make([]RecountedView, len(p.Cases))
	for i, c := range p.Cases {
		v := RecountedView{Case: c.Case, Region: c.Region, Accepted: c.Accepted, Outcome: c.Outcome, Takes: c.Takes, Moves: []MoveView{}}
		for _, m := range c.Moves {
			v.Moves = append(v.Moves, MoveView{Clock: m.Clock, Kind: m.Kind, Step: m.Step, Bearer: m.Bearer, Why: m.Why, Was: m.Was,
				Due: m.Due, Limit: m.Limit, Basis: m.Basis.String(), Provisional: m.Provisional})
		}
		out.Body.Cases[i] = v
	}
	return out
}
