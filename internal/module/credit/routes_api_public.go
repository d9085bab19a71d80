package credit

import (
	"context"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/api"
	"github.com/tongban/tongban/workday"
)

// CreditPublication is a licence, penalty or commitment as everybody may see it.
type CreditPublication struct {
	Party     string       `json:"party"`
	Name      string       `json:"name,omitempty"`
	Source    string       `json:"source" doc:"The department that has decided"`
	ID        string       `json:"id" doc:"Number of the decision"`
	Kind      string       `json:"kind" enum:"licence,penalty,promise"`
	Result    string       `json:"result"`
	Day       workday.Date `json:"day" doc:"Of the decision"`
	Until     workday.Date `json:"until,omitzero" doc:"Until when a licence is valid"`
	Published workday.Date `json:"published"`
	Due       workday.Date `json:"due" doc:"The last day on which it was published in time"`
	Last      workday.Date `json:"last,omitzero" doc:"Until when it is shown"`
	Fen       int64        `json:"fen,omitempty"`
	Title     string       `json:"title"`
	Basis     string       `json:"basis,omitempty"`
	Late      bool         `json:"late,omitempty"`
}

// CreditPublications is a page of publications.
type CreditPublications struct {
	Body struct {
		Publications []CreditPublication `json:"publications" nullable:"false"`
		After        string              `json:"after,omitempty" doc:"Of the next page"`
	}
}

// CreditCompliance counts decisions of a period.
type CreditCompliance struct {
	Body struct {
		Mark        int64         `json:"mark" doc:"In ten thousandths"`
		All         CreditShare   `json:"all"`
		Departments []CreditShare `json:"departments" nullable:"false"`
	}
}

// CreditShare is how much of a department's decisions was published in time.
type CreditShare struct {
	Source string `json:"source,omitempty"`
	All    int64  `json:"all"`
	Late   int64  `json:"late"`
	Share  int64  `json:"share" doc:"In ten thousandths, cut off"`
}

type creditPublicInput struct {
	api.Caller
	Region string `query:"region" maxLength:"20" doc:"Where; your own if left out"`
	Kind   string `query:"kind" enum:"licence,penalty,promise" default:"licence"`
	Party  string `query:"party" maxLength:"100" doc:"Unified social credit code, or how the name begins"`
	After  string `query:"after" maxLength:"300"`
}

type creditPeriodInput struct {
	api.Caller
	From string `query:"from" maxLength:"10" doc:"First day of decision; the first of this year if left out" example:"2026-01-01"`
	To   string `query:"to" maxLength:"10" doc:"Last day; today if left out" example:"2026-12-31"`
}

type creditLateInput struct {
	api.Caller
	After string `query:"after" maxLength:"300"`
}

func (m *Module) apiPublic(ctx context.Context, in *creditPublicInput) (*CreditPublications, error) {
	region, err := in.Home(in.Region)
	if err != nil {
		return nil, err
	}
	return publications(m.Public(ctx, ident.Service().City(region), ListQuery{Kind: KindOf(in.Kind), Words: in.Party, After: in.After}))
}

func (m *Module) apiLate(ctx context.Context, in *creditLateInput) (*CreditPublications, error) {
	return publications(m.Late(ctx, in.By(), in.After))
}

func publications(list []Published, next string, err error) (*CreditPublications, error) {
	if err != nil {
		return nil, err
	}
	out := &CreditPublications{}
	out.Body.Publications, out.Body.After = make([]CreditPublication, len(list)), next
	for i := range list {
		x := &list[i]
		out.Body.Publications[i] = CreditPublication{x.Party, x.Name, x.Source, x.ID, x.Kind.Name(), x.Result.Name(x.Kind), x.Day, x.Until, x.Published, x.Due, x.Last,
			x.Fen, x.Title, x.Basis, x.Late}
	}
	return out, nil
}

func (m *Module) apiCompliance(ctx context.Context, in *creditPeriodInput) (*CreditCompliance, error) {
	from, to, err := m.period(in.From, in.To)
	if err != nil {
		return nil, err
	}
	list, err := m.Compliance(ctx, in.By(), from, to)
	if err != nil {
		return nil, err
	}
	out := &CreditCompliance{}
	out.Body.Mark, out.Body.Departments = shareMark, []CreditShare{}
	for i, c := range list {
		share := CreditShare{c.Source, c.All, c.Late, c.Share()}
		if i == 0 {
			out.Body.All = share
			continue
		}
		out.Body.Departments = append(out.Body.Departments, share)
	}
	return out, nil
}
