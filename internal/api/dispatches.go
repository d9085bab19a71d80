package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
)

// DispatchView is one message to the outside that has not arrived.
type DispatchView struct {
	ID        string          `json:"id" doc:"To settle it"`
	Case      caseflow.CaseNo `json:"case"`
	Channel   string          `json:"channel" enum:"sms,email,webhook"`
	Recipient string          `json:"recipient" doc:"Masked; of a webhook the subscription"`
	Template  string          `json:"template" doc:"What happened"`
	State     string          `json:"state" enum:"waiting,sending,unclear,dead"`
	Attempts  int             `json:"attempts"`
	Made      time.Time       `json:"made"`
	Next      time.Time       `json:"next,omitzero" doc:"Of one that waits: when it is tried again"`
	Error     string          `json:"error,omitempty" doc:"Of the last attempt"`
	Cause     string          `json:"cause,omitempty" enum:"channel,subscription,stopped,recipient,settings,text,silent,unreached,refused,answered,other" doc:"What kind of error it is"`
}

// DispatchCountView is how many messages of a channel are in a state.
type DispatchCountView struct {
	State   string `json:"state"`
	Channel string `json:"channel"`
	N       int    `json:"n"`
}

// DispatchList is one page of messages that have not arrived.
type DispatchList struct {
	Body struct {
		Dispatches []DispatchView      `json:"dispatches" nullable:"false"`
		Counts     []DispatchCountView `json:"counts" nullable:"false" doc:"Of all that are not sent, in the region"`
		Next       string              `json:"next,omitempty" doc:"Cursor of the next page; missing on the last"`
	}
}

// RecordedTextView is one text message that a demonstration kept instead of sending it.
type RecordedTextView struct {
	Case      caseflow.CaseNo `json:"case"`
	Made      time.Time       `json:"made"`
	Recipient string          `json:"recipient" doc:"Masked"`
	Text      string          `json:"text" doc:"As it would have been sent, in Chinese"`
}

// RecordedTextList is the newest texts of a demonstration.
type RecordedTextList struct {
	Body struct {
		Texts []RecordedTextView `json:"texts" nullable:"false" doc:"The newest first; 50 at most"`
	}
}

type dispatchesInput struct {
	caller
	PageQuery
	State string `query:"state" enum:"unclear,dead,waiting,sending" default:"unclear"`
}

func (a *API) registerDispatches() {
	tags := []string{"dispatches"}
	huma.Register(a.huma, huma.Operation{OperationID: "list-dispatches", Method: http.MethodGet, Path: "/dispatches", Tags: tags,
		Summary:     "Messages to the outside that have not arrived, or of which nobody can tell",
		Description: "For the system and the audit administrator; 404 for others."}, a.dispatches)
	huma.Register(a.huma, huma.Operation{OperationID: "list-recorded-texts", Method: http.MethodGet, Path: "/dispatches/recorded", Tags: tags,
		Summary:     "Text messages that a demonstration kept instead of sending them",
		Description: "Since the server was started. For the system administrator of a demonstration; 404 for others, and where texts are sent."}, a.recordedTexts)
	huma.Register(a.huma, huma.Operation{OperationID: "resend-dispatch", Method: http.MethodPost, Path: "/dispatches/{message}/resend", Tags: tags,
		Summary:     "Send a message again that is dead or unclear",
		Description: "One that is unclear may have arrived: then the person gets it twice. For the system administrator; 404 for others, and for a message in another state."},
		a.settleDispatch(true))
	huma.Register(a.huma, huma.Operation{OperationID: "settle-dispatch", Method: http.MethodPost, Path: "/dispatches/{message}/settle", Tags: tags,
		Summary:     "Take a message that is dead or unclear as sent: it has arrived, or need not any more",
		Description: "For the system administrator; 404 for others, and for a message in another state."}, a.settleDispatch(false))
}

func (a *API) dispatches(ctx context.Context, in *dispatchesInput) (*DispatchList, error) {
	region, err := in.home(in.Region)
	if err != nil {
		return nil, err
	}
	list, counts, next, err := a.o.Hall.Dispatches(ctx, in.by, store.DispatchQuery{Region: region, State: in.State, Cursor: in.Cursor, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	out := &DispatchList{}
	out.Body.Next, out.Body.Dispatches, out.Body.Counts = next, make([]DispatchView, len(list)), make([]DispatchCountView, len(counts))
	for i, d := range list {
		v := DispatchView{ID: messageID(d.MessageKey), Case: d.Case, Channel: d.Channel, Recipient: d.Recipient, Template: d.Template,
			State: d.State, Attempts: d.Attempts, Made: d.Made, Error: d.Error, Cause: d.Cause}
		if d.State == store.MessageWaiting {
			v.Next = d.Next
		}
		out.Body.Dispatches[i] = v
	}
	for i, n := range counts {
		out.Body.Counts[i] = DispatchCountView(n)
	}
	return out, nil
}

func (a *API) settleDispatch(again bool) func(context.Context, *messageInput) (*struct{}, error) {
	return func(ctx context.Context, in *messageInput) (*struct{}, error) {
		key, err := in.key()
		if err != nil {
			return nil, err
		}
		return nil, a.o.Hall.Settle(ctx, in.by, key, again)
	}
}

func (a *API) recordedTexts(_ context.Context, in *regionInput) (*RecordedTextList, error) {
	region, err := in.home(in.Region)
	if err != nil {
		return nil, err
	}
	list, err := hall.RecordedTexts(in.by, region, a.o.Recorded)
	if err != nil {
		return nil, err
	}
	out := &RecordedTextList{}
	out.Body.Texts = make([]RecordedTextView, len(list))
	for i, t := range list {
		out.Body.Texts[i] = RecordedTextView{Case: t.Case, Made: t.Made, Recipient: t.Recipient, Text: t.Text}
	}
	return out, nil
}
