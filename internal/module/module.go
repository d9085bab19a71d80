// Package module is the one list of modules: what practices need that a pack cannot say. Who leaves a module out removes its lines here
// and its folder. It holds no code of its own.
package module

import (
	"context"
	"log/slog"
	"time"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/api"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/chore"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/module/credit"
	"github.com/tongban/tongban/internal/module/draws"
	"github.com/tongban/tongban/internal/module/inspect"
	"github.com/tongban/tongban/internal/pack"
	"github.com/tongban/tongban/internal/seal"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/web"
)

// Module is what the program does with each.
type Module interface {
	web.Module
	api.Module
}

// Worker is a module that has something to do without anybody asking.
type Worker interface {
	// Job is what that is called on the board of background work.
	Job() chore.Name
	// Work does all that is due now.
	Work(ctx context.Context) error
}

// Parts are what modules are made of.
type Parts struct {
	Store store.Modules
	Seal  *seal.Ring // of secrets
	Hall  *hall.Hall
	Now   func() time.Time
	Packs func() []*pack.Pack // the newest version of each
	Files inspect.Files       // nil: there are none
	Log   *slog.Logger
}

// Holder is a module that holds files: uploads that no case names.
type Holder interface {
	// Holds reports whether the module holds a file under a key that it gave to the store of files; mine is false for the key of a case.
	Holds(ctx context.Context, key store.Key, hash string) (held, mine bool, err error)
}

// Schemas are the tables of all modules, for whoever opens or restores a store.
func Schemas() []store.Schema {
	return []store.Schema{credit.Schema(), draws.Schema(), inspect.Schema()}
}

// PackParts are the folders of a pack that modules read.
func PackParts() []pack.Part { return []pack.Part{credit.Part()} }

// Reseal seals the secrets of modules with the newest key of the ring, and returns how many it changed.
func Reseal(ctx context.Context, st store.Modules, ring *seal.Ring) (int, error) {
	return draws.Reseal(ctx, st, ring)
}

// SealedWith counts the secrets of modules by the key that they are sealed with.
func SealedWith(ctx context.Context, st store.Modules) (map[string]int, error) {
	return draws.SealedWith(ctx, st)
}

// Open makes all modules.
func Open(p Parts) ([]Module, error) {
	tiers := credit.New(credit.Parts{Store: p.Store, Hall: p.Hall, Now: p.Now, Packs: p.Packs, Department: p.called, Log: p.Log})
	drawn := draws.New(draws.Parts{Store: p.Store, Seal: p.Seal, Now: p.Now, Department: p.called})
	visits := inspect.New(inspect.Parts{Store: p.Store, Hall: p.Hall, Draws: drawn, Tiers: tiers.EachTier, Files: p.Files, Department: p.called, Penalties: p.penalties, Now: p.Now, Log: p.Log})
	return []Module{tiers, drawn, visits}, nil
}

// penalties is the item by which a department of a region imposes penalties; nil if no pack has one.
func (p *Parts) penalties(region, department string) *caseflow.Item {
	for _, one := range p.Packs() {
		for _, it := range one.Items {
			if it.Kind != caseflow.KindPenalty || !it.OfferedIn(region) {
				continue
			}
			name := p.called(region, it.Department)
			if department == it.Department || department == name.ZH || department == name.EN {
				return it
			}
		}
	}
	return nil
}

// called is what a department of a region is called now: as reforms say, else as a pack does.
func (p *Parts) called(region, id string) caseflow.Text {
	name := caseflow.Text{ZH: id, EN: id}
	for _, one := range p.Packs() {
		for _, d := range one.Departments {
			switch {
			case d.ID != id:
			case one.Region == ident.Service().City(region):
				name = d.Name
			case name.ZH == id:
				name = d.Short // that of another city
			}
		}
	}
	name, _ = p.Hall.Called(region, id, name, time.Time{})
	return name
}
