package api

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

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
	Visits     int             `json:"visits"`
	Occasions  []string        `json:"occasions,omitempty" doc:"Events of life to which it belongs"`
	Found      *Found          `json:"found,omitempty" doc:"Of a search: why it was found"`
}

// Guide (办事指南) is all that one needs to know before asking: generated from the pack.
type Guide struct {
	ItemSummary
	Codes       []caseflow.Code      `json:"codes,omitempty"`
	Promise     bool                 `json:"promise" doc:"承诺件: promised within a limit; false: 即办件, done on the spot"`
	Level       string               `json:"level,omitempty"`
	Channels    []string             `json:"channels" nullable:"false"`
	Conditions  []caseflow.Criterion `json:"conditions,omitempty"`
	Basis       []caseflow.Basis     `json:"basis" nullable:"false"`
	Parts       []caseflow.Part      `json:"parts,omitempty"`
	Pages       []caseflow.Page      `json:"pages" doc:"A question whose widget is region or industry is answered from the list of that name, see GET /lists/{list}" nullable:"false"`
	Persons     []caseflow.Person    `json:"persons,omitempty" doc:"Whom the form asks for, and who each is often the same as: the applicant, an agent, or a person who is asked for before; so that nobody types what is known"`
	Schema      json.RawMessage      `json:"schema,omitempty" doc:"JSON Schema 2020-12 of the form"`
	Situations  []caseflow.Situation `json:"situations,omitempty" doc:"Questions to ask before the form; see GET /items/{id}/situation for what follows from the answers"`
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

// Found is by what a search found an item.
type Found struct {
	In    string `json:"in" enum:"name,nickname,code,part,occasion,topic,department,text" doc:"Where the term stands"`
	How   string `json:"how" enum:"text,pinyin,initials,mixed,sound,typo" doc:"By its words, its reading in full, by initials or both, another word of the same sound, or with one letter wrong"`
	Text  string `json:"text" doc:"The term" example:"开公司"`
	Close bool   `json:"close,omitempty" doc:"Less than half of what was asked; such items come only if there are no others"`
}

// maxItemsFound bounds what one search gives.
const maxItemsFound = 100

type itemsInput struct {
	Q        string `query:"q" maxLength:"120" doc:"Words of plain speech, pinyin, initials, a code"`
	For      string `query:"for" enum:"person,company,institution,association,other"`
	Occasion string `query:"occasion" maxLength:"40" doc:"An event of life, such as open or retirement" example:"open"`
	Region   string `query:"region" maxLength:"12" doc:"What is offered there, GB/T 2260"`
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
		Summary: "What can be asked for; with q what words, pinyin, initials, a nickname, an occasion of life or a code find, best first"}), a.items)
	huma.Register(a.huma, anyone(huma.Operation{OperationID: "see-item", Method: http.MethodGet, Path: "/items/{id}", Tags: tags,
		Summary: "The guide of one item: who, what is needed, how long, fee, result, complaints"}), a.item)
	huma.Register(a.huma, anyone(huma.Operation{OperationID: "see-situation", Method: http.MethodGet, Path: "/items/{id}/situation", Tags: tags,
		Summary: "What an item asks of somebody by the answers to its situations: questions, materials, parts, whether they can apply, and what goes into the draft"}), a.situation)
	huma.Register(a.huma, anyone(huma.Operation{OperationID: "search-list", Method: http.MethodGet, Path: "/lists/{list}", Tags: tags,
		Summary: "The answers of a question whose widget is region or industry, by words or a code, as the pages find them"}), a.list)
}

func (a *API) items(_ context.Context, in *itemsInput) (*ItemList, error) {
	out := &ItemList{}
	out.Body.Items = []ItemSummary{}
	keep := func(it *caseflow.Item) bool {
		return (in.For == "" || slices.Contains(it.For, in.For)) && (in.Occasion == "" || slices.Contains(it.Occasions, in.Occasion)) && (in.Region == "" || it.OfferedIn(in.Region)) && !it.Officious()
	}
	if strings.TrimSpace(in.Q) == "" {
		for _, it := range a.o.Items() {
			if keep(it) {
				out.Body.Items = append(out.Body.Items, itemSummary(it))
			}
		}
		return out, nil
	}
	for _, f := range a.o.Find.Search(in.Q, maxItemsFound, keep) {
		one := itemSummary(f.Item)
		one.Found = &Found{In: f.In.String(), How: f.How.String(), Text: f.Text, Close: f.Close}
		out.Body.Items = append(out.Body.Items, one)
	}
	return out, nil
}

func (a *API) item(_ context.Context, in *itemInput) (*GuideAnswer, error) {
	it := a.o.Hall.Item(caseflow.ItemID(in.ID))
	if it == nil {
		return nil, hall.ErrNotFound
	}
	g := Guide{
		ItemSummary: itemSummary(it), Codes: it.Codes, Promise: it.Promise, Level: it.Level,
		Channels: filled(it.Channels), Conditions: it.Conditions, Basis: filled(it.Basis), Parts: it.Parts, Pages: filled(it.Pages), Persons: it.Persons,
		Schema: it.Schema, Situations: it.Situations, Materials: it.Materials, Limits: it.Limits, Extension: it.Extension, Stops: it.Stops,
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
		Promised: it.Limits.Promised.Limit.String(), Statutory: it.Limits.Statutory.Limit.String(), Fee: it.Fee, Visits: it.Visits, Occasions: it.Occasions,
	}
}
