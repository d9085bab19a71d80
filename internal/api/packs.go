package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/pack"
	"github.com/tongban/tongban/internal/stat"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/workday"
)

// Packs is what the API needs to show and to load packs.
type Packs interface {
	// Packs lists the newest version of every pack, by id.
	Packs() []*pack.Pack
	// Versions lists the versions of a pack, the oldest first.
	Versions(id string) []string
	// Pack finds one version; pack.ErrNoSuch if there is none.
	Pack(id, version string) (*pack.Pack, error)
	// Proofs lists the stored versions with the builds that proved and loaded them.
	Proofs(ctx context.Context) ([]store.PackRow, error)
	// Build is the build of this program; "" if it vouches for nothing.
	Build() string
	// Load proves a pack and lets new cases begin with it, on every server of the store. It returns what is wrong with the
	// pack; or an error such as pack.ErrVersionTaken.
	// may is asked first whether packs of a region may be loaded, also that of the pack whose place it takes.
	Load(ctx context.Context, archive []byte, may func(region string) error) (*pack.Pack, []pack.Problem, error)
}

// PackView is a pack that runs.
type PackView struct {
	ID       string            `json:"id"`
	Version  string            `json:"version" doc:"The newest: new cases begin with it"`
	Versions []string          `json:"versions" nullable:"false" doc:"All that are loaded, the oldest first; running cases stay on theirs"`
	Name     caseflow.Text     `json:"name"`
	Items    []caseflow.ItemID `json:"items" nullable:"false"`
}

// LoadedPack is a pack that was taken.
type LoadedPack struct {
	PackView
	Loaded  string        `json:"loaded" doc:"The version that was sent"`
	Changes []pack.Change `json:"changes,omitempty" doc:"What new cases find otherwise than before"`
}

// PackList is the packs that run.
type PackList struct {
	Body struct {
		Packs []PackView `json:"packs" nullable:"false"`
	}
}

// LoadedAnswer is a pack that was taken.
type LoadedAnswer struct{ Body LoadedPack }

type packsInput struct{ caller }

func (a *API) registerPacks() {
	tags := []string{"packs"}
	huma.Register(a.huma, huma.Operation{OperationID: "list-packs", Method: http.MethodGet, Path: "/packs", Tags: tags,
		Summary: "The packs that run, for administrators"}, a.packs)
	huma.Register(a.huma, huma.Operation{OperationID: "see-kept", Method: http.MethodGet, Path: "/console/packs/{pack}/versions/{version}/kept", Tags: tags,
		Summary: "What a version of a pack promises, and how the live cases of a region kept it in the last year, for administrators"}, a.kept)
	huma.Register(a.huma, huma.Operation{
		OperationID: "load-pack", Method: http.MethodPost, Path: "/packs", Tags: tags, DefaultStatus: http.StatusCreated,
		Summary: "Load a pack while the system runs: the body is a zip of its files",
		Description: "For administrators of the region that the pack is for, or of one above it. The pack is proved first; what is wrong comes back as fields, each with file and line. " +
			"Running cases stay on the version that they began with, new ones begin with the newest. Other servers on the same database take it within seconds.",
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
			"application/octet-stream": {Schema: &huma.Schema{Type: "string", Format: "binary"}}}},
	}, a.loadPack)
}

// mayLoad reports whether somebody may load packs; who may not is told that there is no such thing.
func (a *API) mayLoad(by caseflow.Actor) bool {
	return a.o.Packs != nil && access.May(by, access.PackLoad, access.Resource{Region: by.Region}).Allow
}

func (a *API) packs(_ context.Context, in *packsInput) (*PackList, error) {
	if err := a.maySee(in.by); err != nil {
		return nil, err
	}
	out := &PackList{}
	out.Body.Packs = []PackView{}
	for _, p := range a.o.Packs.Packs() {
		out.Body.Packs = append(out.Body.Packs, a.packView(p))
	}
	return out, nil
}

func (a *API) packView(p *pack.Pack) PackView {
	v := PackView{ID: p.ID, Version: p.Version, Versions: filled(a.o.Packs.Versions(p.ID)), Name: p.Name, Items: []caseflow.ItemID{}}
	for _, it := range p.Items {
		v.Items = append(v.Items, it.ID)
	}
	return v
}

func (a *API) newest(id string) *pack.Pack {
	for _, p := range a.o.Packs.Packs() {
		if p.ID == id {
			return p
		}
	}
	return nil
}

func (a *API) loadPack(ctx context.Context, in *packsInput) (*LoadedAnswer, error) {
	if !a.mayLoad(in.by) {
		return nil, hall.ErrNotFound
	}
	ex := of(ctx)
	archive, err := io.ReadAll(http.MaxBytesReader(nil, in.request.Body, pack.MaxArchive))
	if err != nil {
		return nil, ex.unread(err)
	}
	before := map[string]*pack.Pack{}
	for _, p := range a.o.Packs.Packs() {
		before[p.ID] = p
	}
	p, problems, err := a.o.Packs.Load(ctx, archive, func(region string) error {
		if !access.May(in.by, access.PackLoad, access.Resource{Region: region}).Allow {
			return &caseflow.Refusal{Code: caseflow.CodeOtherRegion, Args: []string{region}}
		}
		return nil
	})
	switch {
	case errors.Is(err, pack.ErrVersionTaken):
		return nil, ex.problem(http.StatusConflict, codePackVersion)
	case errors.Is(err, pack.ErrItemTaken):
		return nil, ex.problem(http.StatusConflict, codePackItem)
	case err != nil:
		return nil, err
	case len(problems) > 0:
		return nil, ex.refused(http.StatusUnprocessableEntity, &caseflow.Refusal{Code: codePack, Fields: placed(problems)})
	}
	if err := a.o.Gate.Note(ctx, in.by, access.PackLoaded, p.ID+" "+p.Version); err != nil {
		return nil, err
	}
	a.o.Log.Info("pack loaded", "pack", p.ID, "version", p.Version, "actor", in.by.ID)
	out := &LoadedAnswer{LoadedPack{Loaded: p.Version, PackView: a.packView(p)}}
	if now := a.newest(p.ID); now != nil {
		out.Body.PackView = a.packView(now)
		if old := before[p.ID]; old != nil {
			out.Body.Changes = pack.Compare(old, now)
		}
	}
	return out, nil
}

// placed turns the problems of a pack into fields: where it stands, what is wrong and how to mend it. The prover speaks
// English to whoever writes packs.
func placed(problems []pack.Problem) []caseflow.FieldFault {
	out := make([]caseflow.FieldFault, len(problems))
	for i, p := range problems {
		where := p.File
		if p.Line > 0 {
			where = fmt.Sprintf("%s:%d", p.File, p.Line)
		}
		says := p.What + "; " + p.Mend
		out[i] = caseflow.FieldFault{Field: where, Code: p.Code, Text: caseflow.Text{ZH: says, EN: says}}
	}
	return out
}

// KeptView is one limit that an item states, and how it was kept.
type KeptView struct {
	Item    caseflow.ItemID `json:"item"`
	Kind    string          `json:"kind"`
	Step    caseflow.StepID `json:"step,omitempty"`
	Limit   workday.Limit   `json:"limit"`
	Outcome OutcomeView     `json:"outcome" doc:"Of limits of this very length"`
}

// KeptList is how the promises of a version were kept.
type KeptList struct {
	Body struct {
		From     workday.Date `json:"from"`
		To       workday.Date `json:"to"`
		Promises []KeptView   `json:"promises" nullable:"false"`
	}
}

type keptInput struct {
	caller
	Pack    string `path:"pack" maxLength:"100"`
	Version string `path:"version" maxLength:"40"`
	Region  string `query:"region" maxLength:"20" doc:"Region code, with all below it; your own if left out"`
}

func (a *API) kept(ctx context.Context, in *keptInput) (*KeptList, error) {
	k, err := a.packAt(in.by, in.Pack, in.Version)
	if err != nil {
		return nil, err
	}
	region, err := in.home(in.Region)
	if err != nil {
		return nil, err
	}
	kept, period, err := a.o.Hall.Kept(ctx, in.by, region)
	if err != nil {
		return nil, err
	}
	out := &KeptList{}
	out.Body.From, out.Body.To, out.Body.Promises = period.From, period.To, []KeptView{}
	for _, it := range k.Items {
		for _, p := range stat.Promises(it) {
			out.Body.Promises = append(out.Body.Promises, KeptView{it.ID, p.Kind, p.Step, p.Rule.Limit, outcomeView(kept[it.ID][p.Measure()])})
		}
	}
	return out, nil
}
