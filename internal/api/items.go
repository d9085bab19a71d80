package api

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
)

// ItemSummary is an item in the list of what can be asked for.
type ItemSummary struct {
	ID         caseflow.ItemID `json:"id"`
	Pack       string          `json:"pack"`
	Version    string          `json:"version"`
	Name       caseflow.Text   `json:"name"`
	Nicknames  []string        `json:"nicknames,omitempty" doc:"What people look for when they mean it"`
	Kind       string          `json:"kind"`
	For        []string        `json:"for" nullable:"false"`
	Department string          `json:"department"`
	Promised   string          `json:"promised" doc:"Limit by promise" example:"2 workday"`
	Statutory  string          `json:"statutory" doc:"Limit by law" example:"20 workday"`
	Fee        caseflow.Fee    `json:"fee"`
}

// Guide (办事指南) is all that one needs to know before asking: generated from the pack.
type Guide struct {
	ItemSummary
	Codes       []caseflow.Code      `json:"codes,omitempty"`
	Promise     bool                 `json:"promise" doc:"承诺件: promised within a limit; false: 即办件, done on the spot"`
	Level       string               `json:"level,omitempty"`
	Visits      int                  `json:"visits"`
	Channels    []string             `json:"channels" nullable:"false"`
	Conditions  []caseflow.Criterion `json:"conditions,omitempty"`
	Basis       []caseflow.Basis     `json:"basis" nullable:"false"`
	Parts       []caseflow.Part      `json:"parts,omitempty"`
	Pages       []caseflow.Page      `json:"pages" doc:"A question whose widget is region or industry is answered from the list of that name, see GET /lists/{list}" nullable:"false"`
	Persons     []caseflow.Person    `json:"persons,omitempty" doc:"Whom the form asks for, and who each is often the same as: the applicant, an agent, or a person who is asked for before; so that nobody types what is known"`
	Schema      json.RawMessage      `json:"schema,omitempty" doc:"JSON Schema 2020-12 of the form"`
	Materials   []caseflow.Material  `json:"materials,omitempty"`
	Steps       []GuideStep          `json:"steps" nullable:"false"`
	Limits      caseflow.Limits      `json:"limits"`
	Extension   *caseflow.Extension  `json:"extension,omitempty"`
	Stops       []caseflow.StopCause `json:"stops,omitempty"`
	Grounds     []caseflow.Ground    `json:"grounds,omitempty"`
	Corrections []caseflow.Ground    `json:"corrections,omitempty"`
	Relief      caseflow.Text        `json:"relief"`
	Contact     caseflow.Contact     `json:"contact"`
	FAQ         []caseflow.QA        `json:"faq,omitempty"`
	Listing     caseflow.Listing     `json:"listing" doc:"What the national catalogue records besides"`
	Results     []GuideResult        `json:"results,omitempty"`
}

// GuideResult is what one gets in the end.
type GuideResult struct {
	Step    caseflow.StepID `json:"step" doc:"That issues it"`
	Licence string          `json:"licence"`
	Name    caseflow.Text   `json:"name"`
	Valid   string          `json:"valid,omitempty" example:"3 year"`
	Sample  string          `json:"sample,omitempty" doc:"File of the pack"`
}

// GuideStep is a step of the flow as the public knows it.
type GuideStep struct {
	ID         caseflow.StepID    `json:"id"`
	Name       caseflow.Text      `json:"name"`
	Kind       string             `json:"kind"`
	Part       caseflow.PartID    `json:"part,omitempty"`
	Needs      []caseflow.StepID  `json:"needs,omitempty"`
	Department string             `json:"department,omitempty"`
	Within     string             `json:"within,omitempty" example:"1 workday"`
	Outcomes   []caseflow.Outcome `json:"outcomes,omitempty"`
	Fields     []caseflow.Field   `json:"fields,omitempty" doc:"What the signer fills in"`
	Schema     json.RawMessage    `json:"schema,omitempty" doc:"JSON Schema 2020-12 of that"`
}

// ItemList is what can be asked for.
type ItemList struct {
	Body struct {
		Items []ItemSummary `json:"items" nullable:"false"`
	}
}

// GuideAnswer is one guide.
type GuideAnswer struct{ Body Guide }

type itemInput struct {
	ID string `path:"id" maxLength:"100"`
}

func (a *API) registerItems() {
	tags := []string{"guide"}
	huma.Register(a.huma, anyone(huma.Operation{OperationID: "list-items", Method: http.MethodGet, Path: "/items", Tags: tags,
		Summary: "What can be asked for"}), a.items)
	huma.Register(a.huma, anyone(huma.Operation{OperationID: "see-item", Method: http.MethodGet, Path: "/items/{id}", Tags: tags,
		Summary: "The guide of one item: who, what is needed, how long, fee, result, complaints"}), a.item)
	huma.Register(a.huma, anyone(huma.Operation{OperationID: "search-list", Method: http.MethodGet, Path: "/lists/{list}", Tags: tags,
		Summary: "The answers of a question whose widget is region or industry, by words or a code, as the pages find them"}), a.list)
}

func (a *API) items(context.Context, *struct{}) (*ItemList, error) {
	out := &ItemList{}
	out.Body.Items = []ItemSummary{}
	for _, it := range a.o.Items() {
		out.Body.Items = append(out.Body.Items, itemSummary(it))
	}
	return out, nil
}

func (a *API) item(_ context.Context, in *itemInput) (*GuideAnswer, error) {
	it := a.o.Hall.Item(caseflow.ItemID(in.ID))
	if it == nil {
		return nil, hall.ErrNotFound
	}
	g := Guide{
		ItemSummary: itemSummary(it), Codes: it.Codes, Promise: it.Promise, Level: it.Level, Visits: it.Visits,
		Channels: filled(it.Channels), Conditions: it.Conditions, Basis: filled(it.Basis), Parts: it.Parts, Pages: filled(it.Pages), Persons: it.Persons,
		Schema: it.Schema, Materials: it.Materials, Limits: it.Limits, Extension: it.Extension, Stops: it.Stops,
		Grounds: it.Grounds, Corrections: it.Corrections, Relief: it.Relief, Contact: it.Contact, FAQ: it.FAQ, Listing: it.Listing,
		Steps: make([]GuideStep, len(it.Steps)),
	}
	for i := range it.Steps {
		s := &it.Steps[i]
		g.Steps[i] = GuideStep{ID: s.ID, Name: s.Name, Kind: s.Kind, Part: s.Part, Needs: s.Needs, Department: s.By.Department,
			Outcomes: s.Outcomes, Fields: s.Fields, Schema: s.Schema}
		if s.Within != nil {
			g.Steps[i].Within = s.Within.Limit.String()
		}
		if r := s.Result; r != nil {
			result := GuideResult{Step: s.ID, Licence: r.Licence, Name: r.Name, Sample: r.Sample}
			if r.Valid != nil {
				result.Valid = r.Valid.String()
			}
			g.Results = append(g.Results, result)
		}
	}
	return &GuideAnswer{g}, nil
}

func itemSummary(it *caseflow.Item) ItemSummary {
	return ItemSummary{
		ID: it.ID, Pack: it.Pack, Version: it.Version, Name: it.Name, Nicknames: it.Nicknames, Kind: it.Kind, For: filled(it.For), Department: it.Department,
		Promised: it.Limits.Promised.Limit.String(), Statutory: it.Limits.Statutory.Limit.String(), Fee: it.Fee,
	}
}
