package inspect

import (
	"cmp"
	"context"
	"crypto/rand"
	"embed"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tongban/tongban/draw"
	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/chore"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
)

//go:embed pages
var files embed.FS

// Draws are where draws are kept (module draws).
type Draws interface {
	// Propose keeps a plan of the official's department for somebody else to confirm, and returns its number. One draw that counts for a
	// purpose at a time.
	Propose(ctx context.Context, by caseflow.Actor, purpose string, p draw.Plan) (int64, error)
	// Withdraw replaces a candidate or an inspector (from: draw.Candidates, draw.Inspectors) from the same order, with a reason.
	Withdraw(ctx context.Context, by caseflow.Actor, id, from, who, reason string) error
	// Stands tells the state of a draw (proposed, committed, drawn, abandoned) and its version, which grows with the record.
	Stands(ctx context.Context, region string, no int64) (state string, version int64, err error)
	// Record is the draw as it is published.
	Record(ctx context.Context, region string, no int64) (*draw.Record, error)
}

// Tiers calls each for every company of a register that has a credit tier, A to D (module credit).
type Tiers func(ctx context.Context, region string, each func(party, tier string)) error

// Files keep the photos.
type Files interface {
	// Put keeps the content for an official and returns what it is: hash, bytes, media type.
	Put(ctx context.Context, by caseflow.Actor, name string, in io.Reader) (caseflow.File, error)
	// Keep has a file stay as long as [Module.Holds] says so.
	Keep(ctx context.Context, key store.Key, hash string) error
	// Open opens one.
	Open(ctx context.Context, hash string) (io.ReadCloser, error)
}

// Parts are what the module needs. All are needed but Rand, Log, Files and Penalties.
type Parts struct {
	Store      store.Modules
	Hall       *hall.Hall
	Draws      Draws
	Tiers      Tiers
	Files      Files // nil: photos are refused
	Department func(region, id string) caseflow.Text
	Penalties  Penalties // nil: a hand-over opens no case
	Now        func() time.Time
	Rand       io.Reader // nil: the system's randomness
	Log        *slog.Logger
}

// Module is inspections for the doors. It is safe for concurrent use, also by any number of servers on one database.
type Module struct {
	st         store.Modules
	hall       *hall.Hall
	draws      Draws
	tiers      Tiers
	files      Files
	department func(region, id string) caseflow.Text
	penalties  Penalties
	now        func() time.Time
	rand       io.Reader
	log        *slog.Logger
}

// New makes the module.
func New(p Parts) *Module {
	return &Module{st: p.Store, hall: p.Hall, draws: p.Draws, tiers: p.Tiers, files: p.Files, department: p.Department, penalties: p.Penalties, now: p.Now,
		rand: cmp.Or(p.Rand, rand.Reader), log: cmp.Or(p.Log, slog.Default())}
}

// drawID is how pages and programs name a draw.
func drawID(region string, no int64) string { return region + "-" + strconv.FormatInt(no, 10) }

// Pages are the templates of the module.
func (m *Module) Pages() fs.FS {
	sub, err := fs.Sub(files, "pages")
	if err != nil {
		return files // "pages" is compiled in: it cannot be missing
	}
	return sub
}

// Entries lead to its pages.
func (m *Module) Entries() []page.Entry {
	return []page.Entry{
		{Layout: ui.Public, Key: "inspect.nav", Href: publicHome},
		{Layout: ui.Desk, Key: "inspect.nav", Href: deskHome, May: keepsLists},
		{Layout: ui.Desk, Key: "inspect.nav-plans", Href: plansHome, May: plans},
		{Layout: ui.Console, Key: "inspect.nav-compare", Href: compareHome, May: compares},
	}
}

func compares(by caseflow.Actor) bool {
	return access.May(by, access.StatsSee, access.Resource{Region: by.Region}).Allow
}

// Routes adds its pages.
func (m *Module) Routes(mux *http.ServeMux, kit *page.Kit) { (&pages{m, kit}).register(mux) }

// Operations adds its operations.
func (m *Module) Operations(api huma.API) { m.operations(api) }

// Uploads are the operations that take a file.
func (m *Module) Uploads() []string { return []string{listsPath, photosPath} }

// Job is what its work is called.
func (m *Module) Job() chore.Name { return chore.Inspections }

// Work makes tasks of what was drawn, publishes what has to be, corrects what was objected to with success, opens and follows the cases of hand-overs, and removes editions that nobody needs.
func (m *Module) Work(ctx context.Context) error {
	var regions []string
	err := m.st.Read(ctx, store.Column(&regions), "SELECT DISTINCT region FROM inspect_edition ORDER BY region")
	for _, region := range regions {
		err = errors.Join(err, m.dispatches(ctx, region), m.due(ctx, region), m.objections(ctx, region), m.enforce(ctx, region), m.sweep(ctx, region))
	}
	return err
}

// dispatches follows the draws of the plans whose visits may still be made.
func (m *Module) dispatches(ctx context.Context, region string) error {
	var list []Plan
	err := m.st.Read(ctx, func(sc store.Scan) error {
		p, err := scanPlan(sc)
		if p.Draw != 0 {
			list = append(list, p)
		}
		return err
	}, planColumns+"WHERE region = ? ORDER BY no DESC LIMIT 200", region)
	for i := range list {
		err = errors.Join(err, m.dispatch(ctx, &list[i]))
	}
	return err
}
