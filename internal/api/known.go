package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/workday"
)

// KnownAnswer is what licences and cases here say about who asks, each with its source.
type KnownAnswer struct {
	Body struct {
		Name  *KnownFact `json:"name,omitempty"`
		Phone *KnownFact `json:"phone,omitempty"`
		Sex   string     `json:"sex,omitempty" enum:"male,female" doc:"By the number of a resident id"`
		Born  string     `json:"born,omitempty" doc:"Likewise" example:"1990-01-01"`
	}
}

// KnownFact is a value with its source.
type KnownFact struct {
	Value   string          `json:"value"`
	Licence string          `json:"licence,omitempty" doc:"Number of the licence that says it"`
	Case    caseflow.CaseNo `json:"case"`
	At      time.Time       `json:"at"`
}

type knownInput struct {
	caller
	Body struct {
		Document ident.Document `json:"document"`
	}
}

func (a *API) registerKnown() {
	huma.Register(a.huma, huma.Operation{OperationID: "find-known", Method: http.MethodPost, Path: "/known", Tags: []string{"work"},
		Summary:     "What licences and cases of your region say about who stands at your window",
		Description: "As far as you may see them. Each case that something is taken from is recorded as looked at."}, a.findKnown)
	huma.Register(a.huma, huma.Operation{OperationID: "list-known-answers", Method: http.MethodGet, Path: "/cases/{case}/known", Tags: []string{"work"},
		Summary:     "What earlier cases and licences of the applicant say of the questions that are still empty, for who fills the case in",
		Description: "As the pack declares it, each with source and day; save-draft fills it in. To an official each case that says something is recorded as looked at."}, a.knownAnswers)
}

func (a *API) findKnown(ctx context.Context, in *knownInput) (*KnownAnswer, error) {
	known, err := a.o.Hall.Known(ctx, in.by, in.Body.Document)
	if err != nil {
		return nil, err
	}
	out := &KnownAnswer{}
	out.Body.Name, out.Body.Phone = knownFact(known.Name), knownFact(known.Phone)
	if !known.Born.IsZero() {
		out.Body.Sex, out.Body.Born = known.Sex.Text("en"), workday.DateOf(known.Born).String()
	}
	return out, nil
}

func knownFact(f hall.Fact) *KnownFact {
	if f.Value == "" {
		return nil
	}
	return &KnownFact{f.Value, f.Licence, f.Case, f.At}
}

// KnownAnswerList is what is known of the questions of a form.
type KnownAnswerList struct {
	Body struct {
		Answers []KnownField `json:"answers" nullable:"false"`
	}
}

// KnownField is the answer to one question, with its source.
type KnownField struct {
	Field   string          `json:"field" doc:"Its name in the form, with dots"`
	Label   caseflow.Text   `json:"label"`
	Value   any             `json:"value"`
	Licence string          `json:"licence,omitempty" doc:"Number of the licence that says it"`
	Case    caseflow.CaseNo `json:"case" doc:"That says it, or that granted the licence"`
	At      time.Time       `json:"at"`
}

func (a *API) knownAnswers(ctx context.Context, in *lookInput) (*KnownAnswerList, error) {
	key, err := in.key()
	if err != nil {
		return nil, err
	}
	list, err := a.o.Hall.KnownAnswers(ctx, in.by, key)
	if err != nil {
		return nil, err
	}
	out := &KnownAnswerList{}
	out.Body.Answers = make([]KnownField, len(list))
	for i := range list {
		x := &list[i]
		out.Body.Answers[i] = KnownField{x.Field.Name, x.Field.Label, x.Value, x.Licence, x.Case, x.At}
	}
	return out, nil
}
