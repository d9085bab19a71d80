package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/quarantine"
	"github.com/tongban/tongban/internal/store"
)

// ApartView is an upload of a case that the virus scan warned of.
type ApartView struct {
	ID       string    `json:"id" doc:"To take it, once it is released"`
	Material string    `json:"material"`
	Name     string    `json:"name"`
	State    string    `json:"state" enum:"held,asked,released,taken,deleted" doc:"released: who sent it can take it"`
	At       time.Time `json:"at"`
	Yours    bool      `json:"yours,omitempty" doc:"You sent it"`
}

// ApartList is what of a case is kept apart.
type ApartList struct {
	Body struct {
		Files []ApartView `json:"files" nullable:"false" doc:"By material, then the newest first"`
	}
}

type apartInput struct {
	caller
	CasePath
}

type takeInput struct {
	caller
	CasePath
	File string `path:"file" maxLength:"64" doc:"The id of the list"`
}

func (a *API) registerQuarantined() {
	huma.Register(a.huma, huma.Operation{
		OperationID: "list-quarantined-of-case", Method: http.MethodGet, Path: "/cases/{case}/quarantine", Tags: []string{"files"},
		Summary:     "Uploads of a case that the virus scan warned of",
		Description: "Of the materials that you may see. Nobody can download them, and the case goes on without them.",
	}, a.apart)
	huma.Register(a.huma, huma.Operation{
		OperationID: "take-quarantined", Method: http.MethodPost, Path: "/cases/{case}/quarantine/{file}/take", Tags: []string{"files"},
		Summary:     "Take a file that was released from quarantine, as if it were uploaded now",
		Description: "For who sent it; 404 for others and while it is not released. Give the answer to the command attach.",
	}, a.takeApart)
}

func (a *API) apart(ctx context.Context, in *apartInput) (*ApartList, error) {
	v, err := a.look(ctx, &in.caller, in.CasePath, "materials")
	if err != nil {
		return nil, err
	}
	all, err := a.o.Quarantine.Of(ctx, store.Key{Region: v.Case.Region, Case: v.Case.No})
	if err != nil {
		return nil, err
	}
	out := &ApartList{}
	out.Body.Files = []ApartView{}
	for _, m := range v.Case.Materials {
		for _, q := range all[m.ID] {
			out.Body.Files = append(out.Body.Files, ApartView{q.ID, q.Material, q.Name, q.State, q.At, q.Account == in.by.ID})
		}
	}
	return out, nil
}

func (a *API) takeApart(ctx context.Context, in *takeInput) (*FileAnswer, error) {
	v, err := a.look(ctx, &in.caller, in.CasePath, "materials")
	if err != nil {
		return nil, err
	}
	f, err := a.o.Quarantine.Take(ctx, in.by, store.Key{Region: v.Case.Region, Case: v.Case.No}, in.File)
	if err != nil {
		return nil, err
	}
	return &FileAnswer{f}, nil
}

// QuarantinedView is an upload that the virus scan warned of, as administrators see it: not what it is called, which may name a person.
type QuarantinedView struct {
	ID      string          `json:"id" doc:"To decide about it"`
	Region  string          `json:"region"`
	Case    caseflow.CaseNo `json:"case,omitempty"`
	At      time.Time       `json:"at"`
	Finding string          `json:"finding,omitempty" doc:"Of the scanner; missing: it could not look into the file"`
	Bytes   int64           `json:"bytes"`
	Type    string          `json:"type"`
	SHA256  string          `json:"sha256"`
	Account string          `json:"account" doc:"Id of who sent it"`
	State   string          `json:"state" enum:"held,asked,released,taken,deleted"`
	Asked   string          `json:"asked,omitempty" doc:"Id of who asked for its release"`
	Decided string          `json:"decided,omitempty" doc:"Id of who released or deleted it"`
	Reason  string          `json:"reason,omitempty"`
}

func quarantinedView(q *store.Quarantined) QuarantinedView {
	return QuarantinedView{ID: quarantine.ID(q), Region: q.Region, Case: q.Case, At: q.At, Finding: q.Finding, Bytes: q.Bytes, Type: q.Type, SHA256: q.SHA256,
		Account: q.Account, State: q.State, Asked: q.Asked, Decided: q.Decided, Reason: q.Reason}
}

// QuarantinePage is a page of quarantined files.
type QuarantinePage struct {
	Body struct {
		Files []QuarantinedView `json:"files" nullable:"false" doc:"The newest first"`
		Next  string            `json:"next,omitempty" doc:"Cursor of the next page"`
	}
}

// QuarantinedAnswer is one quarantined file.
type QuarantinedAnswer struct{ Body QuarantinedView }

type quarantineInput struct {
	caller
	LogPage
	State string `query:"state" enum:"held,asked,released,taken,deleted" doc:"All if left out"`
}

// QuarantinedPath is the id of a quarantined file in a path.
type QuarantinedPath struct {
	File string `path:"file" maxLength:"80"`
}

type quarantinedInput struct {
	caller
	QuarantinedPath
}

type reasonInput struct {
	caller
	QuarantinedPath
	Body struct {
		Reason string `json:"reason" maxLength:"500" doc:"Stands in the operation log"`
	}
}

func (a *API) registerQuarantine(op func(id, method, path, summary, more string) huma.Operation) {
	q := a.o.Quarantine
	huma.Register(a.huma, op("list-quarantine", http.MethodGet, "/quarantine", "Uploads that the virus scan warned of", "Of all three."), a.quarantine)
	huma.Register(a.huma, op("see-quarantined", http.MethodGet, "/quarantine/{file}", "One of them", "Of all three."),
		func(ctx context.Context, in *quarantinedInput) (*QuarantinedAnswer, error) {
			return a.quarantinedFile(ctx, in.by, in.File, nil)
		})
	huma.Register(a.huma, op("ask-release", http.MethodPost, "/quarantine/{file}/ask", "Ask for the release of a file", "The security administrator's."), a.decide(q.Ask))
	huma.Register(a.huma, op("release-quarantined", http.MethodPost, "/quarantine/{file}/release", "Agree to the release of a file",
		"The security and the system administrator's, but not of who asked for it: 409."),
		func(ctx context.Context, in *quarantinedInput) (*QuarantinedAnswer, error) {
			region, id := quarantine.Parse(in.File)
			return a.quarantinedFile(ctx, in.by, in.File, q.Release(ctx, in.by, region, id))
		})
	huma.Register(a.huma, op("refuse-release", http.MethodPost, "/quarantine/{file}/refuse", "Do not agree to the release of a file, or take the request back",
		"The security and the system administrator's."), a.decide(q.Refuse))
	huma.Register(a.huma, op("delete-quarantined", http.MethodPost, "/quarantine/{file}/delete", "Delete the content of a file for good",
		"The security administrator's. What is known of it stays."), a.decide(q.Delete))
}

func (a *API) quarantine(ctx context.Context, in *quarantineInput) (*QuarantinePage, error) {
	q := store.QuarantineQuery{Cursor: in.Cursor, Limit: in.Limit}
	if in.State != "" {
		q.States = []string{in.State}
	}
	list, next, err := a.o.Quarantine.List(ctx, in.by, in.Region, q)
	if err != nil {
		return nil, err
	}
	out := &QuarantinePage{}
	out.Body.Next, out.Body.Files = next, make([]QuarantinedView, len(list))
	for i := range list {
		out.Body.Files[i] = quarantinedView(&list[i])
	}
	return out, nil
}

// quarantinedFile is a file after an act on it.
func (a *API) quarantinedFile(ctx context.Context, by caseflow.Actor, file string, err error) (*QuarantinedAnswer, error) {
	if err != nil {
		return nil, err
	}
	region, id := quarantine.Parse(file)
	q, err := a.o.Quarantine.File(ctx, by, region, id)
	if err != nil {
		return nil, err
	}
	return &QuarantinedAnswer{quarantinedView(q)}, nil
}

// decide is an act with a reason.
func (a *API) decide(act func(ctx context.Context, by caseflow.Actor, region, id, reason string) error) func(context.Context, *reasonInput) (*QuarantinedAnswer, error) {
	return func(ctx context.Context, in *reasonInput) (*QuarantinedAnswer, error) {
		region, id := quarantine.Parse(in.File)
		return a.quarantinedFile(ctx, in.by, in.File, act(ctx, in.by, region, id, in.Body.Reason))
	}
}
