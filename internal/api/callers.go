package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tongban/tongban/internal/caseflow"
)

type callerInput struct {
	caller
	Body struct {
		Who    string `json:"who" minLength:"2" maxLength:"100" doc:"A telephone, the number of a document or of a case, or at least two characters of a name"`
		Reason string `json:"reason" minLength:"1" maxLength:"200" doc:"Recorded with each case, for the person to see"`
	}
}

// CallerCases are the cases of somebody who calls.
type CallerCases struct {
	Body struct {
		Cases []CallerCase `json:"cases" nullable:"false" doc:"Of the newest 50 that fit"`
		More  bool         `json:"more,omitempty" doc:"There are others: ask by a document or telephone, or by the number of the case"`
	}
}

// CallerCase is how far a case is, and who answers for it: nothing of what was asked or answered.
type CallerCase struct {
	Case   caseflow.CaseNo `json:"case"`
	Item   caseflow.ItemID `json:"item"`
	Phase  caseflow.Phase  `json:"phase"`
	Due    time.Time       `json:"due,omitzero" doc:"By the promise, else by law"`
	Charge string          `json:"charge,omitempty" doc:"Name of who is in charge (首问责任人)"`
	Sees   bool            `json:"sees" doc:"You may open it: it came through your door"`
	Phone  string          `json:"phone,omitempty" doc:"Of somebody who writes a draft alone and asks for help: where they are reached. Only if who is the number of the case"`
}

func (a *API) registerCallers() {
	huma.Register(a.huma, huma.Operation{OperationID: "find-caller", Method: http.MethodPost, Path: "/callers", Tags: []string{"work"},
		Summary:     "How far the cases of somebody are who calls or stands at your door",
		Description: "Of your region and those below it, and of services that you take in. Each case found is recorded as looked at, with the reason."}, a.findCaller)
}

func (a *API) findCaller(ctx context.Context, in *callerInput) (*CallerCases, error) {
	list, more, err := a.o.Hall.Callers(ctx, in.by, in.Body.Who, in.Body.Reason)
	if err != nil {
		return nil, err
	}
	out := &CallerCases{}
	out.Body.More = more
	out.Body.Cases = make([]CallerCase, len(list))
	for i := range list {
		c := &list[i]
		due := c.Promised
		if due.IsZero() {
			due = c.Statutory
		}
		out.Body.Cases[i] = CallerCase{Case: c.Case, Item: c.Item, Phase: c.Phase, Due: due, Sees: c.Sees, Phone: c.Phone}
		if c.Charge != nil {
			out.Body.Cases[i].Charge = c.Charge.Name
		}
	}
	return out, nil
}
