package api

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/quarantine"
	"github.com/tongban/tongban/internal/store/filestore"
)

// FileAnswer is an uploaded file, to be given to the command attach as it is.
type FileAnswer struct{ Body caseflow.File }

type uploadInput struct {
	caller
	Name     string `query:"name" required:"true" maxLength:"1000" doc:"What the file is called; shown, never opened"`
	Case     string `query:"case" maxLength:"60" doc:"With material: the limits of that material hold"`
	Material string `query:"material" maxLength:"100"`
}

type downloadInput struct {
	caller
	CasePath
	Hash string `path:"hash" doc:"SHA-256 of the content" maxLength:"64"`
}

type givenInput struct {
	caller
	CasePath
	Material string `path:"material" maxLength:"100"`
}

// GivenView is a file that the applicant gave before.
type GivenView struct {
	Case caseflow.CaseNo `json:"case" doc:"That has it; give it as from, with the hash, to the command attach"`
	Item caseflow.Text   `json:"item" doc:"Of that case"`
	File caseflow.File   `json:"file" doc:"given is the day on which it was handed in first, from the case"`
}

// GivenList is what can be used again for a material.
type GivenList struct {
	Body struct {
		Files []GivenView `json:"files" doc:"The newest first, at most 10"`
	}
}

// OnFileList is what may stand for a material.
type OnFileList struct {
	Body struct {
		Licences []caseflow.OnFile `json:"licences" doc:"The newest first"`
	}
}

// Download is the content of a file.
type Download struct {
	Body func(huma.Context)
}

func (a *API) registerFiles() {
	binary := map[string]*huma.MediaType{"application/octet-stream": {Schema: &huma.Schema{Type: "string", Format: "binary"}}}
	huma.Register(a.huma, huma.Operation{
		OperationID: "upload", Method: http.MethodPost, Path: "/files", Tags: []string{"files"}, DefaultStatus: http.StatusCreated,
		Summary:     "Upload a file: the body is its content",
		Description: "At most 20 MiB: PDF, JPEG, PNG, WebP, docx, xlsx, OFD, known by content. What the virus scan warns of is kept apart and answered with 422. The same content twice is one file. A photo is kept upright, at most 3,508 pixels long, and without where it was taken; original is then the SHA-256 of what was sent.",
		RequestBody: &huma.RequestBody{Required: true, Content: binary},
	}, a.upload)
	content := map[string]*huma.MediaType{}
	for _, kind := range filestore.Types() {
		content[kind] = &huma.MediaType{Schema: &huma.Schema{Type: "string", Format: "binary"}}
	}
	huma.Register(a.huma, huma.Operation{
		OperationID: "download", Method: http.MethodGet, Path: "/cases/{case}/files/{hash}", Tags: []string{"files"},
		Summary:   "The content of a file of a case that you may see",
		Responses: map[string]*huma.Response{"200": {Description: "The content", Content: content}},
	}, a.download)
	huma.Register(a.huma, huma.Operation{
		OperationID: "given-before", Method: http.MethodGet, Path: "/cases/{case}/materials/{material}/given-before", Tags: []string{"files"},
		Summary:     "Files that the applicant handed in before and can use again for a material",
		Description: "Those of the same person or company, for a material of the same id and name, in cases that you may see. To use one, give the command attach with its hash and, as from, its case; nothing is uploaded.",
	}, a.givenBefore)
	a.registerQuarantined()
	a.registerJoin()
	huma.Register(a.huma, huma.Operation{
		OperationID: "on-file", Method: http.MethodGet, Path: "/cases/{case}/materials/{material}/licences", Tags: []string{"files"},
		Summary:     "Licences of the applicant that were granted here and may stand for a material (证照免提交)",
		Description: "Valid ones of the kinds that the material names, in whatever region of this installation. Nobody else's, and none once the request is handed in. To use one, give the command use-licence with its number.",
	}, a.onFile)
}

func (a *API) upload(ctx context.Context, in *uploadInput) (*FileAnswer, error) {
	most, err := a.mostBytes(ctx, in)
	if err != nil {
		return nil, err
	}
	if n := in.request.ContentLength; n > most {
		return nil, filestore.ErrTooLarge // said at once, before 200 MB have come
	} else if n > 0 {
		most = n // no more of the account's quota is set aside
	}
	place := quarantine.Place{Name: fileName(in.Name)}
	if in.Case != "" && in.Material != "" { // mostBytes has found them
		if place.Key, err = (CasePath{in.Case}).key(); err != nil {
			return nil, err
		}
		place.Material = in.Material
	}
	body := &arriving{Reader: in.request.Body}
	info, err := a.o.Quarantine.Put(ctx, in.by, place, body, most)
	switch {
	case body.err != nil:
		return nil, of(ctx).unread(body.err)
	case err != nil:
		return nil, err
	}
	return &FileAnswer{caseflow.File{Hash: info.Hash, Name: fileName(in.Name), Bytes: info.Bytes, Type: info.Type, Original: info.Original}}, nil
}

// arriving remembers that the client, not the disk, failed.
type arriving struct {
	io.Reader
	err error
}

// Read is io.Reader's.
func (r *arriving) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		r.err = err
	}
	return n, err
}

// mostBytes is how large a file may be: as the material says, if one is named.
func (a *API) mostBytes(ctx context.Context, in *uploadInput) (int64, error) {
	if in.Case == "" || in.Material == "" {
		return filestore.MaxBytes, nil
	}
	v, err := a.look(ctx, &in.caller, CasePath{in.Case}, "materials")
	if err != nil {
		return 0, err
	}
	m := v.Item.MaterialByID(in.Material)
	if m == nil {
		return 0, &caseflow.Refusal{Code: caseflow.CodeNoSuchMaterial}
	}
	if m.MaxBytes > 0 {
		return min(m.MaxBytes, filestore.MaxBytes), nil
	}
	return filestore.MaxBytes, nil
}

func (a *API) download(ctx context.Context, in *downloadInput) (*Download, error) {
	v, err := a.look(ctx, &in.caller, in.CasePath, "file "+in.Hash)
	if err != nil {
		return nil, err
	}
	file, ok := fileOf(v, in.Hash)
	if !ok {
		return nil, hall.ErrNotFound
	}
	f, err := a.o.Files.Open(ctx, file.Hash)
	if err != nil {
		return nil, err
	}
	return &Download{func(ctx huma.Context) {
		defer f.Close() //nolint:errcheck // read only
		_, w := humago.Unwrap(ctx)
		h := w.Header()
		h.Set("Content-Type", f.Type)
		h.Set("Content-Length", strconv.FormatInt(f.Bytes, 10))
		h.Set("Content-Disposition", disposition(file.Name))
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(uploadTime))
		ctx.SetStatus(http.StatusOK)
		_, _ = io.Copy(w, f.ReadCloser) // the client is gone; nothing is left to be done
	}}, nil
}

func (a *API) givenBefore(ctx context.Context, in *givenInput) (*GivenList, error) {
	key, err := in.key()
	if err != nil {
		return nil, err
	}
	list, err := a.o.Hall.GivenBefore(ctx, in.by, key, in.Material)
	if err != nil {
		return nil, err
	}
	out := &GivenList{}
	out.Body.Files = make([]GivenView, len(list))
	for i, g := range list {
		out.Body.Files[i] = GivenView(g)
	}
	return out, nil
}

func (a *API) onFile(ctx context.Context, in *givenInput) (*OnFileList, error) {
	key, err := in.key()
	if err != nil {
		return nil, err
	}
	list, err := a.o.Hall.OnFile(ctx, in.by, key, in.Material)
	if err != nil {
		return nil, err
	}
	out := &OnFileList{}
	out.Body.Licences = make([]caseflow.OnFile, len(list))
	for i := range list {
		out.Body.Licences[i] = list[i].OnFile(a.o.Hall.Now())
	}
	return out, nil
}

// fileOf finds a file among the materials of a case.
func fileOf(v *hall.View, hash string) (caseflow.File, bool) {
	for _, m := range v.Case.Materials {
		if i := slices.IndexFunc(m.Files, func(f caseflow.File) bool { return f.Hash == hash }); i >= 0 {
			return m.Files[i], true
		}
	}
	return caseflow.File{}, false
}

// disposition names a download (RFC 6266): a plain name for old programs, the real one in UTF-8 (RFC 8187) beside it.
// Quotes, control characters and whatever is not ASCII stand in the second only, percent-encoded.
func disposition(name string) string {
	name = fileName(name)
	plain := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || strings.ContainsRune(`"\%;/`, r) {
			return '_'
		}
		return r
	}, name)
	return `attachment; filename="` + plain + `"; filename*=UTF-8''` + strings.ReplaceAll(url.QueryEscape(name), "+", "%20")
}
