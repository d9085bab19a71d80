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

type resultInput struct {
	ID   string `path:"id" maxLength:"100"`
	Step string `path:"step" maxLength:"100" doc:"Step that issues the result"`
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
	offer := func(id, path, summary string) huma.Operation {
		return anyone(huma.Operation{OperationID: id, Method: http.MethodGet, Path: "/items/{id}" + path, Tags: []string{"guide"},
			Summary: summary, Responses: map[string]*huma.Response{"200": {Description: "The file", Content: content}}})
	}
	material := func(file func(*caseflow.Material) string) func(context.Context, *sampleInput) (*Download, error) {
		return func(_ context.Context, in *sampleInput) (*Download, error) {
			return a.offered(in.ID, func(it *caseflow.Item) string {
				if m := it.MaterialByID(in.Material); m != nil {
					return file(m)
				}
				return ""
			})
		}
	}
	huma.Register(a.huma, offer("see-sample", "/samples/{material}", "The sample of a material"),
		material(func(m *caseflow.Material) string { return m.Sample }))
	huma.Register(a.huma, offer("see-blank", "/blanks/{material}", "The blank form of a material"),
		material(func(m *caseflow.Material) string { return m.Blank }))
	huma.Register(a.huma, offer("see-result-sample", "/results/{step}", "The sample of a result"), a.resultSample)
}

func (a *API) resultSample(_ context.Context, in *resultInput) (*Download, error) {
	return a.offered(in.ID, func(it *caseflow.Item) string {
		if s := it.StepByID(caseflow.StepID(in.Step)); s != nil && s.Result != nil {
			return s.Result.Sample
		}
		return ""
	})
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

// offered is a file of an item's pack that its guide hands out; file is its name, "" if there is none.
func (a *API) offered(id string, file func(*caseflow.Item) string) (*Download, error) {
	it := a.o.Hall.Item(caseflow.ItemID(id))
	if it == nil || a.o.Sample == nil {
		return nil, hall.ErrNotFound
	}
	name := file(it)
	if name == "" {
		return nil, hall.ErrNotFound
	}
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
