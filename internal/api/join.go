package api

import (
	"cmp"
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/quarantine"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/store/filestore"
)

type joinInput struct {
	caller
	CasePath
	Material string `path:"material" maxLength:"100"`
	Body     struct {
		Files []string `json:"files" minItems:"1" maxItems:"50" doc:"SHA-256 of each picture, in the order of the pages: of the material, or uploaded by you"`
		Name  string   `json:"name,omitempty" maxLength:"1000" doc:"What the PDF is called; without it, as the material"`
	}
}

func (a *API) registerJoin() {
	huma.Register(a.huma, huma.Operation{
		OperationID: "join-files", Method: http.MethodPost, Path: "/cases/{case}/materials/{material}/joined", Tags: []string{"files"}, DefaultStatus: http.StatusCreated,
		Summary:     "Make one PDF of photos, a page each",
		Description: "JPEG and PNG, at most 50, for a material that takes PDF; on A4 at 200 dpi, or at 150 where the file would be larger than the material takes. It counts as an upload. The same pictures give the same file. Give the answer to the command attach; with joins it stands for the pages that the material holds.",
	}, a.join)
}

// join makes a PDF of pictures that the caller may read: those of the material, and those that the caller has uploaded.
func (a *API) join(ctx context.Context, in *joinInput) (*FileAnswer, error) {
	v, err := a.look(ctx, &in.caller, in.CasePath, "materials")
	if err != nil {
		return nil, err
	}
	m, held := v.Item.MaterialByID(in.Material), v.Case.Material(in.Material)
	if m == nil || held == nil {
		return nil, &caseflow.Refusal{Code: caseflow.CodeNoSuchMaterial}
	}
	if !m.Joins() { // before anything is made of them
		return nil, &caseflow.Refusal{Code: caseflow.CodeFile, Args: []string{"type"}}
	}
	for _, hash := range in.Body.Files {
		if held.Holds(hash) {
			continue
		}
		if _, err := a.uploaded(ctx, in.by, caseflow.File{Hash: hash}); err != nil {
			return nil, err
		}
	}
	most := int64(filestore.MaxBytes)
	if m.MaxBytes > 0 {
		most = min(m.MaxBytes, most)
	}
	name := fileName(cmp.Or(in.Body.Name, m.Name.ZH+".pdf"))
	place := quarantine.Place{Key: store.Key{Region: v.Case.Region, Case: v.Case.No}, Material: m.ID, Name: name}
	info, err := a.o.Quarantine.Join(ctx, in.by, place, in.Body.Files, most)
	if err != nil {
		return nil, err
	}
	return &FileAnswer{caseflow.File{Hash: info.Hash, Name: name, Bytes: info.Bytes, Type: info.Type}}, nil
}
