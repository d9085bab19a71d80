package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/naming"
)

// NameAnswer says whether the name of a firm could be had now. It keeps nothing.
type NameAnswer struct {
	Body struct {
		Free     bool          `json:"free" doc:"No finding refuses it. Somebody else may still be first: a name is kept only by handing a request in"`
		Name     string        `json:"name"`
		Region   string        `json:"region,omitempty" doc:"The part of the name that says the region"`
		Trade    string        `json:"trade,omitempty" doc:"The trade name (字号)"`
		Industry string        `json:"industry,omitempty" doc:"The part that says the industry"`
		Division string        `json:"division,omitempty" doc:"Division of GB/T 4754 in which the trade name is compared"`
		Form     string        `json:"form,omitempty" doc:"The form of organisation"`
		Findings []NameFinding `json:"findings" nullable:"false" doc:"Refusals first, then warnings"`
	}
}

// NameFinding is one thing to say of a name.
type NameFinding struct {
	Code   string         `json:"code" example:"name.same"`
	Refuse bool           `json:"refuse" doc:"false: a warning; the name may be used, and the applicant answers for it"`
	Text   caseflow.Text  `json:"text"`
	Basis  caseflow.Basis `json:"basis"`
}

type nameInput struct {
	Name     string `query:"name" required:"true" maxLength:"100" doc:"The whole name" example:"安康汉水软件有限公司"`
	Region   string `query:"region" required:"true" pattern:"^[0-9a-z]{1,12}$" doc:"Where the firm is registered, with whose names it is compared" example:"610902"`
	Industry string `query:"industry" pattern:"^[A-T]?[0-9]{0,4}$" doc:"Of the main business, GB/T 4754; without it the words of the name tell" example:"I65"`
}

func (a *API) registerNames() {
	huma.Register(a.huma, anyone(huma.Operation{OperationID: "check-name", Method: http.MethodGet, Path: "/names", Tags: []string{"guide"},
		Summary: "Whether the name of a firm could be had: its parts, words that it must not hold, names that it comes near (企业名称登记管理规定)"}), a.checkName)
}

func (a *API) checkName(ctx context.Context, in *nameInput) (*NameAnswer, error) {
	check, err := a.o.Hall.CheckName(ctx, in.Region, caseflow.NameAsked{Name: in.Name, Industry: in.Industry, Region: in.Region}, "")
	if err != nil {
		return nil, err
	}
	out := &NameAnswer{}
	out.Body.Free, out.Body.Name, out.Body.Region, out.Body.Trade = check.Free(), check.Full, check.Region, check.Trade
	out.Body.Industry, out.Body.Division, out.Body.Form = check.Industry, check.Division, check.Form
	out.Body.Findings = []NameFinding{}
	for _, f := range check.Findings {
		out.Body.Findings = append(out.Body.Findings, NameFinding{f.Code, f.Refuse, caseflow.Text{ZH: f.ZH, EN: f.EN}, caseflow.Basis{Law: naming.Law, Article: f.Article}})
	}
	return out, nil
}
