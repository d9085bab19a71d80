package api

import (
	"context"
	"mime"
	"net/http"
	"path"
	"slices"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store/filestore"
	"github.com/tongban/tongban/workday"
)

// AskedView is what is asked of the applicant as the answers stand, and what is still to be mended before the request can be
// handed in.
type AskedView struct {
	Parts     []caseflow.PartID `json:"parts" doc:"That are wanted" nullable:"false"`
	Pages     []string          `json:"pages" doc:"Of the form, that are asked" nullable:"false"`
	Materials []string          `json:"materials" doc:"That are asked for" nullable:"false"`
	Missing   []string          `json:"missing" doc:"Of those: needed, and neither handed in, seen nor deferred" nullable:"false"`
	Faults    []FieldFault      `json:"faults" doc:"Of the form" nullable:"false"`
}

// AskedAnswer is what is asked of one case.
type AskedAnswer struct{ Body AskedView }

type sampleInput struct {
	ID       string `path:"id" maxLength:"100"`
	Material string `path:"material" maxLength:"100"`
}

// sampleTypes are the media types in which a sample comes.
var sampleTypes = append(filestore.Types(), "text/plain", "application/octet-stream")

func (a *API) registerAsked() {
	content := map[string]*huma.MediaType{}
	for _, kind := range sampleTypes {
		content[kind] = &huma.MediaType{Schema: &huma.Schema{Type: "string", Format: "binary"}}
	}
	huma.Register(a.huma, huma.Operation{OperationID: "see-asked", Method: http.MethodGet, Path: "/cases/{case}/asked", Tags: []string{"cases"},
		Summary: "What is asked for, and what is still to be mended: to know before handing in"}, a.asked)
	huma.Register(a.huma, anyone(huma.Operation{OperationID: "see-sample", Method: http.MethodGet, Path: "/items/{id}/samples/{material}", Tags: []string{"guide"},
		Summary: "The sample of a material", Responses: map[string]*huma.Response{"200": {Description: "The file", Content: content}}}), a.sample)
}

func (a *API) asked(ctx context.Context, in *lookInput) (*AskedAnswer, error) {
	v, err := a.look(ctx, &in.caller, in.CasePath, "asked")
	if err != nil {
		return nil, err
	}
	if v.Limited { // what was not answered well is told to those who read the answers
		return nil, hall.ErrNotFound
	}
	asked, refusal := v.Asked()
	if refusal != nil {
		return nil, refusal
	}
	out := AskedView{Parts: []caseflow.PartID{}, Pages: []string{}, Materials: []string{}, Missing: []string{}, Faults: []FieldFault{}}
	for i := range v.Item.Parts {
		if id := v.Item.Parts[i].ID; asked.Parts[id] {
			out.Parts = append(out.Parts, id)
		}
	}
	for _, p := range asked.Pages {
		out.Pages = append(out.Pages, p.ID)
	}
	for _, m := range asked.Materials {
		out.Materials = append(out.Materials, m.ID)
		if s := v.Case.Material(m.ID); m.Need != caseflow.Optional && s != nil && s.State == caseflow.MaterialMissing {
			out.Missing = append(out.Missing, m.ID)
		}
	}
	if v.Item.CheckForm != nil {
		form := v.Case.Form
		if len(form) == 0 {
			form = []byte("{}")
		}
		faults := v.Item.CheckForm(form, "", workday.DateOf(a.o.Hall.Now()))
		out.Faults = append(out.Faults, of(ctx).refused(http.StatusOK, &caseflow.Refusal{Code: caseflow.CodeForm, Fields: faults}).Fields...)
	}
	return &AskedAnswer{out}, nil
}

func (a *API) sample(_ context.Context, in *sampleInput) (*Download, error) {
	it := a.o.Hall.Item(caseflow.ItemID(in.ID))
	if it == nil || a.o.Sample == nil {
		return nil, hall.ErrNotFound
	}
	i := slices.IndexFunc(it.Materials, func(m caseflow.Material) bool { return m.ID == in.Material && m.Sample != "" })
	if i < 0 {
		return nil, hall.ErrNotFound
	}
	name := it.Materials[i].Sample
	data, kind, ok := a.o.Sample(it, name)
	if !ok {
		return nil, hall.ErrNotFound
	}
	if plain, _, err := mime.ParseMediaType(kind); err != nil || !slices.Contains(sampleTypes, plain) {
		kind = "application/octet-stream"
	}
	return &Download{func(ctx huma.Context) {
		_, w := humago.Unwrap(ctx)
		w.Header().Set("Content-Type", kind)
		w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": path.Base(name)}))
		w.Header().Set("X-Content-Type-Options", "nosniff")
		ctx.SetStatus(http.StatusOK)
		_, _ = w.Write(data) // #nosec G705 -- a proved pack's own file, served as an attachment; a write error has nobody to be told
	}}, nil
}
