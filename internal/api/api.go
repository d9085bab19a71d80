package api

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/admit"
	"github.com/tongban/tongban/internal/backup"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/export"
	"github.com/tongban/tongban/internal/find"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/quarantine"
	"github.com/tongban/tongban/internal/store/filestore"
	"github.com/tongban/tongban/internal/witness"
)

// Prefix is where the API is served.
const Prefix = "/api/v1"

// Options wire the API. Hall, Gate, Contacts, Files and Items are needed; the rest has good zero values.
type Options struct {
	Hall *hall.Hall
	Gate *access.Gate
	// Contacts is how people want to be reached.
	Contacts *access.Contacts
	Door     access.DoorOptions // Deny and Free are set here
	Files    filestore.Store
	// Items lists the newest version of every item, in the order of the guide.
	Items func() []*caseflow.Item
	// Find finds services. Nil finds among Items, without the names of departments.
	Find *find.Shelf
	// Sample returns a sample file of an item's pack and its media type. Nil has none.
	Sample func(it *caseflow.Item, name string) (data []byte, mediaType string, ok bool)
	// Department names a department of an item's pack, for papers. Nil: by its id.
	Department func(it *caseflow.Item, id string) caseflow.Text
	Base       string // address of the site for QR codes, https://host; empty: as the request says
	Packs      Packs  // nil: packs cannot be loaded here
	Modules    []Module
	Backups    *backup.Keeper // nil: there are none
	Exports    *export.Sealer // nil: nothing is sealed
	// Recorded is a copy of the texts that a demonstration keeps instead of sending them, the oldest first; nil: they are sent.
	Recorded func() []hall.RecordedText
	// Settle says what an alarm about a log was; nil: there are none. A refusal, hall.ErrNotFound.
	Settle func(ctx context.Context, by caseflow.Actor, alarm, reason string) error
	// Witnesses tells how the evidence log is witnessed; nil: by nobody.
	Witnesses  func(context.Context) (*witness.State, error)
	Quarantine *quarantine.Keeper // takes uploads in, for Files
	// Words is the message catalogue: the sentence of a refusal code in "zh" or "en", "" for a code that it does not
	// know. Nil knows none; the sentences of packages access and api are known anyway.
	Words   func(lang, code string, args ...string) string
	Log     *slog.Logger  // nil: slog.Default
	Version string        // of the program, for the document
	Work    *admit.Room   // what requests take their places in, beyond which 503 is answered; nil: one of the API's own
	Uploads int           // uploads at one time, beyond which 503 is answered; 0: 32
	Timeout time.Duration // for everything but uploads and downloads; 0: 30 s
}

// Module is what a module has for programs.
type Module interface {
	// Operations registers its operations, whose inputs embed [Caller]. They need a sign-in, but those that went through [Anyone];
	// what one may do the module decides. Errors are answered as those of other operations.
	Operations(api huma.API)
}

// Uploads are the paths of a module, below Prefix, whose POST brings a file: it streams, and may take longer.
type Uploads interface{ Uploads() []string }

// API is an http.Handler for everything below Prefix.
type API struct {
	o       Options
	door    *access.Door
	huma    huma.API
	handler http.Handler
	reading *admit.Room     // while a body is read, before the request takes its place in o.Work
	uploads *admit.Room     // while an upload runs
	files   map[string]bool // paths whose body is a file
	page    []byte          // the list of operations for people
}

// New makes the API. It fails if the options lack something or an origin cannot be read.
func New(o Options) (*API, error) {
	if o.Hall == nil || o.Gate == nil || o.Contacts == nil || o.Files == nil || o.Items == nil || o.Quarantine == nil {
		return nil, errors.New("api: Hall, Gate, Contacts, Files, Items and Quarantine are needed")
	}
	if o.Find == nil {
		o.Find = find.NewShelf(o.Items, nil)
	}
	if o.Words == nil {
		o.Words = func(string, string, ...string) string { return "" }
	}
	if o.Work == nil {
		o.Work = admit.Work()
	}
	o.Log, o.Uploads, o.Timeout = cmp.Or(o.Log, slog.Default()), cmp.Or(o.Uploads, 32), cmp.Or(o.Timeout, 30*time.Second)
	ownErrors()
	files := map[string]bool{filesPath: true, packsPath: true}
	for _, m := range o.Modules {
		if u, ok := m.(Uploads); ok {
			for _, path := range u.Uploads() {
				files[Prefix+path] = true
			}
		}
	}
	a := &API{files: files, o: o, reading: admit.New(maxReading, 0), uploads: admit.New(o.Uploads, 0)}
	a.o.Door.Free = []string{Prefix + "/me", Prefix + "/sessions"}
	a.o.Door.Deny = a.deny
	var err error
	if a.door, err = access.NewDoor(o.Gate, a.o.Door); err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	a.huma = humago.NewWithPrefix(mux, Prefix, a.config())
	a.huma.UseMiddleware(a.known)
	a.register()
	if a.page, err = operations(a.huma.OpenAPI()); err != nil {
		return nil, fmt.Errorf("page of operations: %w", err)
	}
	mux.HandleFunc("GET "+Prefix+"/{$}", a.servePage)
	mux.HandleFunc("/", nowhere(mux))
	a.handler = a.exchanges(a.limits(a.door.Middleware(mux)))
	return a, nil
}

// ServeHTTP answers one request.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.handler.ServeHTTP(w, r) }

// OpenAPI is the document that is served.
func (a *API) OpenAPI() *huma.OpenAPI { return a.huma.OpenAPI() }

func (a *API) config() huma.Config {
	c := huma.DefaultConfig("Tongban 通办", a.o.Version)
	c.DocsPath = ""     // its page loads from another host
	c.SchemasPath = ""  // the schemas stand in the document
	c.CreateHooks = nil // no links into bodies
	c.RejectUnknownQueryParameters = true
	c.NoFormatFallback = false
	c.Info.Description = "Cases of public services: open, decide, follow. Times are UTC, limits are texts such as \"5 workday\", " +
		"money is an integer of fen. Problems carry a stable code; see the schema Problem."
	c.Info.License = &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"}
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"bearer": {Type: "http", Scheme: "bearer", Description: "The token of POST /sessions."},
	}
	describeTypes(c.Components.Schemas)
	c.Security = []map[string][]string{{"bearer": {}}}
	return c
}

func (a *API) register() {
	a.registerCommands()
	a.registerCases()
	a.registerWork()
	a.registerStatistics()
	a.registerAssessment()
	a.registerItems()
	a.registerNames()
	a.registerNotices()
	a.registerAnnouncements()
	a.registerLog()
	a.registerCallers()
	a.registerLines()
	a.registerShifts()
	a.registerKnown()
	a.registerHistory()
	a.registerAccounts()
	a.registerFactors()
	a.registerIdentities()
	a.registerFiles()
	a.registerRecounts()
	a.registerCalendars()
	a.registerAsked()
	a.registerPapers()
	a.registerPeople()
	a.registerMandates()
	a.registerPacks()
	a.registerConsole()
	a.registerDispatches()
	a.registerContact()
	for _, m := range a.o.Modules {
		m.Operations(a.huma)
	}
}

// Anyone marks an operation of a module that needs no sign-in.
func Anyone(op huma.Operation) huma.Operation { return anyone(op) }

// anyone marks an operation that needs no sign-in.
func anyone(op huma.Operation) huma.Operation {
	op.Security = []map[string][]string{}
	return op
}

// known turns away who is not signed in, except from operations for anyone, and what asks for one thing twice, of which a proxy might
// judge the one and we obey the other; it names the operation for the log.
func (a *API) known(ctx huma.Context, next func(huma.Context)) {
	r, _ := humago.Unwrap(ctx)
	op := ctx.Operation()
	of(r.Context()).route = op.Path
	if op.Security == nil {
		if _, _, ok := access.FromRequest(r); !ok {
			_ = huma.WriteErr(a.huma, ctx, http.StatusUnauthorized, "", access.ErrNoSession)
			return
		}
	}
	asked := r.URL.Query()
	for _, p := range op.Parameters {
		if p.In == "query" && len(asked[p.Name]) > 1 && (p.Explode == nil || !*p.Explode) {
			_ = huma.WriteErr(a.huma, ctx, http.StatusUnprocessableEntity, "", &caseflow.Refusal{Code: codeFields, Fields: []caseflow.FieldFault{{Field: p.Name, Code: "twice"}}})
			return
		}
	}
	next(ctx)
}

// nowhere answers what no operation is for: 405 if the path exists under another method, else 404.
func nowhere(mux *http.ServeMux) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var allow []string
		for _, m := range []string{http.MethodGet, http.MethodPost, http.MethodDelete} {
			probe := *r
			probe.Method = m
			if _, pattern := mux.Handler(&probe); pattern != "" && pattern != "/" {
				allow = append(allow, m)
			}
		}
		ex := of(r.Context())
		ex.route = "(none)"
		if len(allow) == 0 {
			ex.write(w, ex.problem(http.StatusNotFound, codeNotFound))
			return
		}
		for _, m := range allow {
			w.Header().Add("Allow", m)
		}
		ex.write(w, ex.problem(http.StatusMethodNotAllowed, codeMethod))
	}
}

// deny writes what the door turns away.
func (a *API) deny(w http.ResponseWriter, r *http.Request, status int, why *caseflow.Refusal) {
	ex := of(r.Context())
	ex.route = "(door)"
	ex.write(w, ex.refused(status, why))
}

// ownErrors replaces the errors of huma, which repeat what was sent. The hooks are variables of its package, so once.
var ownErrors = sync.OnceFunc(func() {
	huma.NewErrorWithContext = func(ctx huma.Context, status int, msg string, errs ...error) huma.StatusError {
		p, retry := of(ctx.Context()).answer(status, errs)
		if retry > 0 {
			ctx.SetHeader("Retry-After", seconds(retry))
		}
		return p
	}
	huma.NewError = func(status int, msg string, errs ...error) huma.StatusError {
		p, _ := (&exchange{}).answer(status, errs)
		return p
	}
})
