// Package web joins the doors for people: the public pages, the desk of officials, the console of administrators,
// and what belongs to all — signing in
// and out, registering, the own account, static files, headers, and errors as pages.
//
// Every request passes, from outside in: a reference number, a limit on the body, the language and view switches, whether
// there is room for it (admission), the check that no other site sent it, and who sends it (access.Door). Pages come with a strict Content-Security-Policy
// (package ui writes it), and nothing is loaded from elsewhere.
package web

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"mime"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/admit"
	"github.com/tongban/tongban/internal/backup"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/export"
	"github.com/tongban/tongban/internal/find"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/quarantine"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/store/filestore"
	"github.com/tongban/tongban/internal/web/console"
	"github.com/tongban/tongban/internal/web/desk"
	"github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/public"
	"github.com/tongban/tongban/internal/web/ui"
	"github.com/tongban/tongban/internal/witness"
)

//go:embed pages
var files embed.FS

// Guides lists what can be asked for, for both doors; Library is one.
type Guides interface {
	public.Guides
	desk.Guides
}

// Deps are what the doors need. All are needed but Find, Base, Proxies, Log and Secure.
type Deps struct {
	Verifier *public.Verifier // for tests; nil: what is built in
	Hall     *hall.Hall
	Gate     *access.Gate
	Contacts *access.Contacts
	Accounts store.Accounts
	Guides   Guides
	Packs    console.Packs
	Backups  *backup.Keeper // nil: there are none
	Exports  *export.Sealer // nil: nothing is sealed
	// Settle says what an alarm about a log was; nil: there are none.
	Settle func(ctx context.Context, by caseflow.Actor, alarm, reason string) error
	// Witnesses tells how the evidence log is witnessed; nil: by nobody.
	Witnesses func(context.Context) (*witness.State, error)
	// Recorded are the texts that a demonstration keeps instead of sending them; nil: they are sent.
	Recorded   func() []hall.RecordedText
	Find       *find.Shelf // what both doors find services with; nil: made of Guides
	Files      filestore.Store
	Quarantine *quarantine.Keeper // takes uploads in, for Files
	Site       ui.Site
	Region     string         // where cases are opened and citizens register, GB/T 2260
	Base       string         // address of the site for QR codes, https://host; empty: as the request says
	Secure     bool           // browsers reach the site by TLS, here or at a proxy
	Proxies    []netip.Prefix // that may say whom they speak for
	Work       *admit.Room    // what requests take their places in; nil: one of the pages' own
	Log        *slog.Logger   // nil: slog.Default

	Terminals    []netip.Prefix // networks of public terminals
	TerminalIdle int            // seconds without a touch after which one forgets its user; 0: two minutes

	Modules []Module
}

// Module is what a module has for people.
type Module interface {
	// Pages are its templates; nil has none.
	Pages() fs.FS
	// Entries lead to its pages from the doors.
	Entries() []page.Entry
	// Routes adds its addresses. The door knows then who asks (access.FromRequest); what one may see the module decides.
	Routes(mux *http.ServeMux, kit *page.Kit)
}

// maxForm bounds the body of any request that is no upload. Uploads have their own bound, at their page.
const maxForm = 1 << 20

// New joins the doors. It fails if a template does not parse.
func New(d Deps) (http.Handler, error) {
	if d.Log == nil {
		d.Log = slog.Default()
	}
	pages, err := fs.Sub(files, "pages")
	if err != nil {
		return nil, fmt.Errorf("pages: %w", err)
	}
	all := []fs.FS{page.Pages(), public.Pages(), desk.Pages(), console.Pages(), pages}
	var entries []page.Entry
	for _, m := range d.Modules {
		if pages := m.Pages(); pages != nil {
			all = append(all, pages)
		}
		entries = append(entries, m.Entries()...)
	}
	renderer, err := ui.New(ui.Options{Site: d.Site, Pages: all})
	if err != nil {
		return nil, fmt.Errorf("pages: %w", err)
	}
	kit := page.New(page.Options{UI: renderer, Log: d.Log, Department: func(region, id string) caseflow.Text {
		name, _ := d.Hall.Called(region, id, department(d.Guides, region, id), time.Time{})
		return name
	}, Providers: d.Gate.Providers, Entries: entries, Region: d.Region})
	s := &shell{gate: d.Gate, kit: kit, region: d.Region, contacts: d.Contacts, idle: d.TerminalIdle}
	if s.idle == 0 {
		s.idle = terminalIdle
	}
	s.door, err = access.NewDoor(d.Gate, access.DoorOptions{
		Secure: d.Secure, Proxies: d.Proxies, Terminals: d.Terminals, Deny: s.deny,
		Free: []string{accountPath, page.SignOutPath, page.SignInPath, strings.TrimSuffix(ui.StaticPath, "/")},
	})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	missing := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { kit.Fail(w, r, ui.Public, hall.ErrNotFound) })
	mux.Handle("GET "+ui.StaticPath, renderer.Static(missing))
	mux.Handle("GET "+ui.GalleryPath, renderer.Gallery())
	mux.Handle("GET "+ui.GalleryPath+"/{component}", renderer.Gallery())
	mux.Handle("/", missing)
	s.register(mux)
	files := uploads{d.Files, d.Quarantine}
	if d.Find == nil {
		d.Find = find.NewShelf(d.Guides.Items, func(it *caseflow.Item, id string) []caseflow.Text {
			return append([]caseflow.Text{d.Guides.Department(it, id)}, d.Hall.FormerNames(id)...)
		})
		d.Find.Edition = d.Hall.ReformVersion
	}
	public.New(public.Deps{Hall: d.Hall, Kit: kit, Files: files, Guides: d.Guides, Find: d.Find, Region: d.Region, Base: d.Base, Verifier: d.Verifier, Log: d.Log, Witnesses: d.Witnesses}).Register(mux)
	desk.New(desk.Deps{Hall: d.Hall, Kit: kit, Files: files, Guides: d.Guides, Find: d.Find, Gate: d.Gate, Accounts: d.Accounts, Recorded: d.Recorded, Base: d.Base, Log: d.Log}).Register(mux)
	console.New(console.Deps{Hall: d.Hall, Gate: d.Gate, Kit: kit, Packs: d.Packs, Log: d.Log, Backups: d.Backups, Exports: d.Exports, Quarantine: d.Quarantine, Witnesses: d.Witnesses, Settle: d.Settle}).Register(mux)
	for _, m := range d.Modules {
		m.Routes(mux, kit)
	}
	return page.WithReference(headers(d.Secure, survive(kit, limit(ui.Preferences(s.admit(d.Work, s.door.Middleware(s.terminals(s.readable(mux))))))))), nil
}

// headers are those of every answer; pages add their Content-Security-Policy.
func headers(secure bool, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()")
		h.Set("Content-Security-Policy", ui.Policy)
		if secure || r.TLS != nil {
			h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
		}
		next.ServeHTTP(w, r)
	})
}

// readable refuses a form that is not in UTF-8, such as one in GBK, before any of it is taken for something else.
func (s *shell) readable(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
		if r.Method != http.MethodPost || kind != "application/x-www-form-urlencoded" {
			next.ServeHTTP(w, r)
			return
		}
		err := r.ParseForm()
		var large *http.MaxBytesError
		switch {
		case errors.As(err, &large): // who reads it says so, with what was typed
			r.Form, r.PostForm = nil, nil
		case err != nil:
			s.kit.Fail(w, r, ui.Public, page.BadInput(err))
			return
		case !page.InUTF8(r.PostForm):
			s.kit.Fail(w, r, ui.Public, page.ErrEncoding)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// uploadWithin is how long an upload form may take: a slow line is no attack.
const uploadWithin = 10 * time.Minute

// limit bounds every body but that of an upload form, which streams, has bounds of its own, and may take longer.
func limit(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if page.IsUpload(r) {
			_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(uploadWithin)) // a test's writer has no deadlines
		} else {
			r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		}
		next.ServeHTTP(w, r)
	})
}
