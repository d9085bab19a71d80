package draws

import (
	"embed"
	"io/fs"
	"net/http"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tongban/tongban/draw"
	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/seal"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
)

//go:embed pages
var files embed.FS

// Parts are what the module needs.
type Parts struct {
	Store store.Modules
	Seal  *seal.Ring // of the keys of offices
	Now   func() time.Time
	// Department is what a department of a region is called.
	Department func(region, id string) caseflow.Text
}

// Module is draws for the doors. It is safe for concurrent use, also by any number of servers on one database.
type Module struct {
	st         store.Modules
	seal       *seal.Ring
	now        func() time.Time
	department func(region, id string) caseflow.Text

	mu   sync.Mutex
	kept map[string]*draw.Record // by draw and version
}

// New makes the module.
func New(p Parts) *Module {
	return &Module{st: p.Store, seal: p.Seal, now: p.Now, department: p.Department, kept: map[string]*draw.Record{}}
}

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
		{Layout: ui.Public, Key: "draws.nav", Href: publicHome},
		{Layout: ui.Desk, Key: "draws.nav", Href: deskHome, May: mayKeep},
	}
}

func mayKeep(by caseflow.Actor) bool {
	return by.Kind == caseflow.ActorOfficial && access.May(by, access.DrawKeep, access.Resource{Region: by.Region, Departments: []string{by.Department}}).Allow
}

// Routes adds its pages.
func (m *Module) Routes(mux *http.ServeMux, kit *page.Kit) { (&pages{m, kit}).register(mux) }

// Operations adds its operations.
func (m *Module) Operations(api huma.API) { m.operations(api) }

// Uploads are the operations that take a file.
func (m *Module) Uploads() []string { return []string{drawsPath} }
