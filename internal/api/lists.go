package api

import (
	"context"

	"github.com/tongban/tongban/ident"
)

// ListOption is one answer of a long list.
type ListOption struct {
	Value string `json:"value" example:"610502"`
	Label string `json:"label" example:"陕西省渭南市临渭区"`
}

// ListAnswer are the answers that words find, best first.
type ListAnswer struct {
	Body struct {
		Options []ListOption `json:"options" nullable:"false"`
	}
}

type listInput struct {
	List string `path:"list" enum:"region,industry" doc:"region: provinces, and the cities, counties and service areas of Shaanxi (GB/T 2260); industry: divisions of GB/T 4754"`
	Q    string `query:"q" maxLength:"60" doc:"Words or a code; without it all answers come"`
}

// list searches a published list, so that another client can offer the same answers as the pages.
func (a *API) list(_ context.Context, in *listInput) (*ListAnswer, error) {
	out := &ListAnswer{}
	out.Body.Options = []ListOption{}
	if in.List == "region" {
		for _, r := range ident.SearchRegions(in.Q) {
			out.Body.Options = append(out.Body.Options, ListOption{r.Code, ident.Service().FullName(r.Code)})
		}
		return out, nil
	}
	for _, i := range ident.SearchDivisions(in.Q) {
		out.Body.Options = append(out.Body.Options, ListOption{i.Code, i.FullName()})
	}
	return out, nil
}
