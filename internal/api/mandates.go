package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/workday"
)

// ForQuery names a principal for whom the caller acts.
type ForQuery struct {
	For string `query:"for" maxLength:"100" doc:"Whose: an owner of GET /spaces for whom you act; yourself if left out"`
}

type spaceInput struct {
	caller
	Region string `query:"region" maxLength:"20" doc:"Region code; your own if left out"`
	ForQuery
}

// SpaceView is somebody for whom you may act now.
type SpaceView struct {
	Owner string            `json:"owner" doc:"The for of other operations, and the owner of a case that you open"`
	Name  string            `json:"name"`
	Legal bool              `json:"legal,omitempty" doc:"You are the company's legal representative"`
	Items []caseflow.ItemID `json:"items,omitempty" doc:"Missing: all"`
	Until time.Time         `json:"until,omitzero" doc:"The first instant at which you may not any more; missing: no end"`
}

// SpaceList is whom you may act for, and which companies' spaces you can open as their legal representative.
type SpaceList struct {
	Body struct {
		Spaces    []SpaceView   `json:"spaces" nullable:"false"`
		Claimable []CompanyView `json:"claimable" nullable:"false" doc:"Companies whose licence names you as legal representative"`
	}
}

// CompanyView names a company.
type CompanyView struct {
	Name string `json:"name"`
	Code string `json:"code" doc:"Unified social credit code"`
}

// MandateView is one mandate. Nobody's account is named.
type MandateView struct {
	ID      string            `json:"id"`
	Kind    string            `json:"kind" enum:"agent,legal"`
	For     string            `json:"for" doc:"Owner of the cases"`
	Name    string            `json:"name" doc:"Of the principal"`
	Agent   string            `json:"agent" doc:"Name of the agent"`
	Items   []caseflow.ItemID `json:"items,omitempty" doc:"Missing: all"`
	From    time.Time         `json:"from"`
	Until   time.Time         `json:"until,omitzero" doc:"The first instant at which it is over"`
	State   string            `json:"state" enum:"invited,active,ended"`
	History []MandateStepView `json:"history" nullable:"false"`
}

// MandateStepView is one thing that happened to a mandate.
type MandateStepView struct {
	At    time.Time `json:"at"`
	What  string    `json:"what"`
	Words string    `json:"words,omitempty"`
	Mine  bool      `json:"mine,omitempty" doc:"You did it"`
}

// MandateList is one page of mandates.
type MandateList struct {
	Body struct {
		Mandates []MandateView `json:"mandates" nullable:"false"`
		Next     string        `json:"next,omitempty" doc:"Cursor of the next page; missing on the last"`
	}
}

// MandateAnswer is one mandate, and its invitation where it was just given.
type MandateAnswer struct {
	Body struct {
		MandateView
		Code string `json:"code,omitempty" doc:"The invitation, for the agent: it is shown here and to a repeat of the request, and good for fourteen days"`
	}
}

type mandatesInput struct {
	caller
	ForQuery
	Cursor   string `query:"cursor" maxLength:"500" doc:"The next of the page before"`
	Limit    int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
	Received bool   `query:"received" doc:"Those that you have accepted, instead of those that were given"`
}

type giveInput struct {
	caller
	Key  string `header:"Idempotency-Key" doc:"Makes one mandate however often it is sent; see the commands on a case"`
	Body struct {
		For   string            `json:"for,omitempty" maxLength:"100" doc:"Whom the agent will act for: an owner of GET /spaces; yourself if left out"`
		Agent string            `json:"agent" maxLength:"100" doc:"Name of the agent, as in the agent's account"`
		Items []caseflow.ItemID `json:"items,omitempty" maxItems:"200" doc:"Left out: all"`
		From  string            `json:"from,omitempty" maxLength:"10" doc:"First day; left out: at once"`
		Until string            `json:"until" maxLength:"10" example:"2027-06-30" doc:"Last day, within five years"`
	}
}

type acceptInput struct {
	caller
	Body struct {
		Code string `json:"code" maxLength:"60" doc:"The invitation"`
	}
}

type endInput struct {
	caller
	ID   string `path:"mandate" maxLength:"64"`
	Body struct {
		Words string `json:"words,omitempty" maxLength:"500" doc:"Why"`
	} `required:"false"`
}

type claimInput struct {
	caller
	Region string `query:"region" maxLength:"20" doc:"Where the licence was issued; your own region if left out"`
	Body   struct {
		Code string `json:"code" maxLength:"40" doc:"Unified social credit code"`
	}
}

type papersInput struct {
	caller
	Body PapersSeen
}

// PapersSeen is what an official notes who has seen somebody's papers.
type PapersSeen struct {
	Phone   string `json:"phone" maxLength:"40" doc:"With which the person signs in"`
	DocType string `json:"docType,omitempty" maxLength:"40" doc:"Left out: resident-id"`
	DocNo   string `json:"docNo" maxLength:"40" doc:"As on the document that was seen"`
	Company string `json:"company,omitempty" maxLength:"100" doc:"Name of the company whose legal representative the person is; left out: only the identity was seen"`
	Code    string `json:"code,omitempty" maxLength:"40" doc:"Its unified social credit code"`
	Reason  string `json:"reason,omitempty" maxLength:"500" doc:"Which papers were seen, and why it is recorded; needed with a company"`
}

func (a *API) registerMandates() {
	tags := []string{"mandates"}
	huma.Register(a.huma, huma.Operation{OperationID: "list-spaces", Method: http.MethodGet, Path: "/spaces", Tags: tags,
		Summary: "Whom you may act for now"}, a.spaces)
	huma.Register(a.huma, huma.Operation{OperationID: "see-benefits", Method: http.MethodGet, Path: "/benefits", Tags: tags,
		Summary: "Whether what nobody asked for (免申即享) is opened for you, or a company that you represent"}, a.benefits)
	huma.Register(a.huma, huma.Operation{OperationID: "switch-benefits", Method: http.MethodPost, Path: "/benefits", Tags: tags,
		Summary: "Say that you, or a company that you represent, want nothing that nobody asked for, or want it again", Description: "What is open already goes on; withdraw declines it."}, a.switchBenefits)
	huma.Register(a.huma, huma.Operation{OperationID: "list-mandates", Method: http.MethodGet, Path: "/mandates", Tags: tags,
		Summary: "The mandates that you, or a company that you represent, have given; or those that you have received"}, a.mandates)
	huma.Register(a.huma, huma.Operation{OperationID: "give-mandate", Method: http.MethodPost, Path: "/mandates", Tags: tags,
		Summary: "Let somebody act for you, or for a company that you represent"}, a.give)
	huma.Register(a.huma, huma.Operation{OperationID: "accept-mandate", Method: http.MethodPost, Path: "/mandates/accept", Tags: tags,
		Summary: "Become an agent by an invitation"}, a.accept)
	huma.Register(a.huma, huma.Operation{OperationID: "end-mandate", Method: http.MethodPost, Path: "/mandates/{mandate}/end", Tags: tags,
		Summary: "Take a mandate back, or lay it down: from then on the agent sees nothing by it"}, a.end)
	huma.Register(a.huma, huma.Operation{OperationID: "claim-company", Method: http.MethodPost, Path: "/companies", Tags: tags,
		Summary: "Open a company's space as the legal representative whom its licence names"}, a.claim)
	huma.Register(a.huma, huma.Operation{OperationID: "record-papers", Method: http.MethodPost, Path: "/papers-seen", Tags: tags,
		Summary: "Record that a window saw somebody's papers, and that they are a company's legal representative"}, a.recordPapers)
}

func (a *API) spaces(ctx context.Context, in *regionInput) (*SpaceList, error) {
	region, err := in.home(in.Region)
	if err != nil {
		return nil, err
	}
	list, err := a.o.Hall.Spaces(ctx, in.by)
	if err != nil {
		return nil, err
	}
	companies, err := a.o.Hall.Claimable(ctx, in.by, region)
	if err != nil {
		return nil, err
	}
	out := &SpaceList{}
	out.Body.Spaces, out.Body.Claimable = make([]SpaceView, len(list)), make([]CompanyView, len(companies))
	for i, s := range list {
		out.Body.Spaces[i] = SpaceView{s.Owner, s.Name, s.Legal, s.Items, s.Until}
	}
	for i, c := range companies {
		out.Body.Claimable[i] = CompanyView(c)
	}
	return out, nil
}

func mandateView(by caseflow.Actor, m *store.Mandate) MandateView {
	v := MandateView{ID: m.ID, Kind: m.Kind, For: m.Principal, Name: m.Name, Agent: m.AgentName, Items: m.Items, From: m.From, Until: m.Until,
		State: m.State, History: make([]MandateStepView, len(m.History))}
	for i, s := range m.History {
		v.History[i] = MandateStepView{s.At, s.What, s.Words, s.By == by.ID}
	}
	return v
}

func (a *API) mandates(ctx context.Context, in *mandatesInput) (*MandateList, error) {
	var list []store.Mandate
	var err error
	out := &MandateList{}
	if in.Received {
		list, out.Body.Next, err = a.o.Hall.Received(ctx, in.by, in.Cursor, in.Limit)
	} else {
		list, out.Body.Next, err = a.o.Hall.Given(ctx, in.by, in.For, in.Cursor, in.Limit)
	}
	if err != nil {
		return nil, err
	}
	out.Body.Mandates = make([]MandateView, len(list))
	for i := range list {
		out.Body.Mandates[i] = mandateView(in.by, &list[i])
	}
	return out, nil
}

func (a *API) give(ctx context.Context, in *giveInput) (*MandateAnswer, error) {
	g := hall.Giving{Agent: in.Body.Agent, Items: in.Body.Items}
	for _, d := range []struct {
		field, text string
		day         *workday.Date
	}{{"from", in.Body.From, &g.From}, {"until", in.Body.Until, &g.Until}} {
		if d.text == "" {
			continue
		}
		var err error
		if *d.day, err = workday.ParseDate(d.text); err != nil {
			return nil, &caseflow.Refusal{Code: caseflow.CodeForm, Fields: []caseflow.FieldFault{{Field: d.field, Code: "date"}}}
		}
	}
	m, code, err := a.o.Hall.Give(ctx, in.by, in.Key, in.Body.For, g)
	if err != nil {
		return nil, err
	}
	out := &MandateAnswer{}
	out.Body.MandateView, out.Body.Code = mandateView(in.by, m), code
	return out, nil
}

func (a *API) accept(ctx context.Context, in *acceptInput) (*MandateAnswer, error) {
	return a.mandateAnswer(in.by)(a.o.Hall.Accept(ctx, in.by, in.Body.Code))
}

func (a *API) mandateAnswer(by caseflow.Actor) func(*store.Mandate, error) (*MandateAnswer, error) {
	return func(m *store.Mandate, err error) (*MandateAnswer, error) {
		if err != nil {
			return nil, err
		}
		out := &MandateAnswer{}
		out.Body.MandateView = mandateView(by, m)
		return out, nil
	}
}

func (a *API) end(ctx context.Context, in *endInput) (*struct{}, error) {
	return nil, a.o.Hall.End(ctx, in.by, in.ID, in.Body.Words)
}

func (a *API) claim(ctx context.Context, in *claimInput) (*MandateAnswer, error) {
	region, err := in.home(in.Region)
	if err != nil {
		return nil, err
	}
	return a.mandateAnswer(in.by)(a.o.Hall.Claim(ctx, in.by, region, in.Body.Code))
}

func (a *API) recordPapers(ctx context.Context, in *papersInput) (*struct{}, error) {
	b := &in.Body
	kind := ident.DocType(b.DocType)
	if kind == "" {
		kind = ident.DocResidentID
	}
	account, err := a.o.Gate.Vouch(ctx, in.by, b.Phone, ident.Document{Type: kind, No: b.DocNo})
	if err != nil || b.Company == "" && b.Code == "" {
		return nil, err
	}
	_, err = a.o.Hall.RecordLegal(ctx, in.by, in.by.Region, account, hall.Company{Name: b.Company, Code: b.Code}, b.Reason)
	return nil, err
}
