// Package page is what the doors of the web share: the frame of a page for who asks, the request id that makes a form act
// once, and errors as calm pages with words of their own.
//
// Every handler of a door starts its view with [Kit.Frame], shows it with [Kit.Show], and hands every error it does not
// show itself to [Kit.Fail]. A refusal becomes 409 or 422 with its sentence and its clause; what is not found, and what
// one has no right to see, is one and the same 404; overload is 503 with Retry-After; everything else is 500 with a
// reference number under which the cause is logged. Nobody who is signed out loses what was typed: [Kit.SignIn] keeps it.
package page

import (
	"context"
	"crypto/rand"
	"embed"
	"io/fs"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/internal/web/ui"
)

//go:embed pages
var files embed.FS

// Pages are the templates of this package, for ui.Options.
func Pages() fs.FS {
	sub, err := fs.Sub(files, "pages")
	if err != nil {
		return files // "pages" is compiled in: it cannot be missing
	}
	return sub
}

// LocalFirst orders items: those that are offered in a region come first. What several packs name is called as it is there.
func LocalFirst(items []*caseflow.Item, region string) []*caseflow.Item {
	items = slices.Clone(items)
	slices.SortStableFunc(items, func(a, b *caseflow.Item) int {
		switch near, other := a.OfferedIn(region), b.OfferedIn(region); {
		case near == other:
			return 0
		case near:
			return -1
		}
		return 1
	})
	return items
}

// Called is what a department is called, with the name that it had before a reform, if it had one.
func Called(lang string, name, former caseflow.Text) string {
	if former.ZH == "" {
		return name.In(lang)
	}
	return i18n.T(lang, "page.formerly", name.In(lang), former.In(lang))
}

// ReformText says in a line what a reform of departments does.
func ReformText(lang string, r *store.Reform) string {
	if len(r.Gone) == 0 {
		return i18n.T(lang, "page.reform-renames", r.Was.In(lang), r.Name.In(lang))
	}
	names := make([]string, len(r.Gone))
	for i, g := range r.Gone {
		names[i] = g.Name.In(lang)
	}
	was := r.Was
	if was == r.Name {
		was = caseflow.Text{}
	}
	return i18n.T(lang, "page.reform-merges", i18n.Joined(lang, names), Called(lang, r.Name, was))
}

// Unnamed is what a department is called that no pack names: that of the administrators of the demo has a name among the words of the
// program, others are known by their ids.
func Unnamed(lang, id string) string {
	if key := "page.department." + id; i18n.Has(key) {
		return i18n.T(lang, key)
	}
	return id
}

// The addresses that every frame links to.
const (
	SignInPath     = "/signin"
	SignOutPath    = "/signout"
	CitizenHome    = "/my"
	NoticesHome    = "/notices"
	DeskHome       = "/desk"
	ConsoleHome    = "/console"
	AccountPath    = "/account"
	AssessmentHome = "/desk/assessment"
)

// Options say what a Kit shows beside what the request tells.
type Options struct {
	UI  *ui.Renderer
	Log *slog.Logger // nil: slog.Default
	// Department names an official's department for the header; nil shows none.
	Department func(region, id string) caseflow.Text
	// Providers are those of sign-ins by OpenID Connect; nil has none.
	Providers func() []access.Provider
	// Entries lead to pages of modules.
	Entries []Entry
	// Region is that of the public pages.
	Region string
}

// Entry leads to a page of a module from the navigation of a door, at the public door from beside the notices or one's cases ([Kit.Beside]).
type Entry struct {
	Layout string // of the door: ui.Public, ui.Desk, ui.Console
	Key    string // its words in the catalogue
	Href   string
	// May reports whether somebody may see the page; nil: everybody may.
	May func(caseflow.Actor) bool
	// In reports whether the region where somebody is at home has the page; nil: each has it. An official works in it, a citizen lives there.
	In func(region string) bool
	// Consults is what the page shows of a case whose step consults it (caseflow.Step.Consults): Href, and the number of the case
	// behind it. Such a page is in no navigation.
	Consults string
	// Standing says what a module knows of the party of a case, to an official who sees the case; nil if it says nothing to them. It is
	// shown with the history of the party, and each time is a look that the module records. Such an entry is in no navigation.
	Standing func(ctx context.Context, lang string, by caseflow.Actor, v *hall.View) (*Standing, error)
}

// Standing is what a module knows of a party: in a line, and where all of it is explained.
type Standing struct {
	Text string
	Note string // what else is to be known; "": nothing
	Why  string // address of the explanation
}

// Kit answers requests with pages. It is safe for concurrent use.
type Kit struct {
	ui         *ui.Renderer
	log        *slog.Logger
	department func(region, id string) caseflow.Text
	providers  func() []access.Provider
	entries    []Entry
	region     string
	navigation map[string]func(*http.Request, *ui.Page)
	busyPages  sync.Map // see Busy
}

// New makes a kit.
func New(o Options) *Kit {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Department == nil {
		o.Department = func(string, string) caseflow.Text { return caseflow.Text{} }
	}
	if o.Providers == nil {
		o.Providers = func() []access.Provider { return nil }
	}
	return &Kit{ui: o.UI, log: o.Log, department: o.Department, providers: o.Providers, entries: o.Entries, region: o.Region,
		navigation: map[string]func(*http.Request, *ui.Page){}}
}

// Guides reports whether the public pages have a guide of an item: it is offered in their region.
func (k *Kit) Guides(it *caseflow.Item) bool { return it != nil && it.OfferedIn(k.region) }

// Navigate says how the pages of a layout for officials get their navigation, also those of modules and errors. Doors call it while
// they are made.
func (k *Kit) Navigate(layout string, fill func(*http.Request, *ui.Page)) {
	k.navigation[layout] = fill
}

// Frame starts the frame of a page: language, view, who is signed in, reference number.
func (k *Kit) Frame(r *http.Request, layout, title string) ui.Page {
	p := ui.NewPage(r, layout)
	p.Title, p.Request, p.SignIn = title, Reference(r), SignInPath
	p.User, p.Idle = k.user(r, p.Lang), int(access.LeftFromRequest(r).Seconds())
	k.navigate(r, &p)
	atTerminal(r, &p)
	return p
}

// atTerminal makes the page that of a public terminal, if the browser is one.
func atTerminal(r *http.Request, p *ui.Page) {
	idle := idleAt(r)
	if idle <= 0 {
		return
	}
	p.Terminal, p.Elder = true, true
	if p.User != nil || r.URL.Path != "/" { // on the first page, with nobody there, is nothing to forget
		p.Forget = idle
	}
}

// navigate fills in the navigation: the door's own, then what leads to pages of modules.
func (k *Kit) navigate(r *http.Request, p *ui.Page) {
	by, _, _ := access.FromRequest(r)
	links := k.links(r, p, by)
	if p.Layout == ui.Public { // five places fit on a phone: what modules show is found at two of them (Beside)
		p.Nav = publicNav(p)
		markPublic(p, links)
		return
	}
	fill := k.navigation[p.Layout]
	if fill == nil || by.Kind != caseflow.ActorOfficial {
		return
	}
	fill(r, p)
	if slices.ContainsFunc(links, func(l ui.Link) bool { return l.Current }) { // one place at a time: /desk/credit lies below /desk
		for i := range p.Nav {
			p.Nav[i].Current = false
		}
	}
	switch {
	case len(links) == 0:
	case p.Layout == ui.Console:
		p.Menu = append(p.Menu, ui.LinkGroup{Title: p.T("console.group.practices"), Links: links})
	default:
		p.Nav = append(p.Nav, links...)
	}
}

// links lead to the pages of modules that somebody may see at the door of the page.
func (k *Kit) links(r *http.Request, p *ui.Page, by caseflow.Actor) (links []ui.Link) {
	home := ""
	if _, account, ok := access.FromRequest(r); ok {
		home = account.Region
	}
	for _, e := range k.entries {
		if e.Layout == p.Layout && e.Consults == "" && e.Standing == nil && (e.May == nil || e.May(by)) && (e.In == nil || e.In(home)) {
			links = append(links, ui.Link{Text: p.T(e.Key), Href: e.Href, Current: r.URL.Path == e.Href || strings.HasPrefix(r.URL.Path, e.Href+"/")})
		}
	}
	return links
}

// markPublic marks the place of the public navigation that leads to the page of a module: what everybody may read is found beside the
// notices, what is one's own beside one's cases, where it is current already.
func markPublic(p *ui.Page, links []ui.Link) {
	if !slices.ContainsFunc(links, func(l ui.Link) bool { return l.Current && !isOwn(l) }) {
		return
	}
	for i := range p.Nav {
		p.Nav[i].Current = p.Nav[i].Href == NoticesHome
	}
}

func isOwn(l ui.Link) bool { return strings.HasPrefix(l.Href, CitizenHome+"/") }

// Beside are the pages of modules that are found beside a page of the public door: beside one's own cases those that are one's own,
// beside the notices those that everybody may read.
func (k *Kit) Beside(r *http.Request, p *ui.Page) []ui.Link {
	by, _, _ := access.FromRequest(r)
	own := r.URL.Path == CitizenHome
	return slices.DeleteFunc(k.links(r, p, by), func(l ui.Link) bool { return isOwn(l) != own })
}

// Consulting is where officials see what a step of a case consults; "" if no module shows it.
func (k *Kit) Consulting(what string, no caseflow.CaseNo) string {
	for _, e := range k.entries {
		if what != "" && e.Consults == what {
			return e.Href + "/" + string(no)
		}
	}
	return ""
}

// Standings is what modules know of the party of a case, as far as they tell the official.
func (k *Kit) Standings(ctx context.Context, lang string, by caseflow.Actor, v *hall.View) (list []Standing, err error) {
	for _, e := range k.entries {
		if e.Standing == nil {
			continue
		}
		s, err := e.Standing(ctx, lang, by, v)
		if err != nil {
			return nil, err
		}
		if s != nil {
			list = append(list, *s)
		}
	}
	return list, nil
}

func (k *Kit) user(r *http.Request, lang string) *ui.User {
	by, account, ok := access.FromRequest(r)
	if !ok {
		return nil
	}
	u := &ui.User{Name: account.Name, Home: HomeOf(account), Out: SignOutPath}
	if by.Kind == caseflow.ActorOfficial {
		u.Post = k.department(by.Region, by.Department).In(lang)
	}
	return u
}

// HomeOf is where somebody belongs after signing in: an administrator in the console, an official to whom no role was given yet at
// the own account.
func HomeOf(a *store.Account) string {
	switch {
	case a.Kind != caseflow.ActorOfficial:
		return CitizenHome
	case len(a.Roles) == 0:
		return AccountPath
	case slices.ContainsFunc(a.Roles, access.Administers):
		return ConsoleHome
	case !slices.ContainsFunc(a.Roles, access.Handles):
		return AssessmentHome
	}
	return DeskHome
}

// places are the first parts of the addresses that belong to a place of the public navigation.
var places = map[string][]string{
	"/": {"", "services", "names", "line", "number", "announcements"}, CitizenHome: {"my"}, "/progress": {"progress"}, "/verify": {"verify", "log"},
	NoticesHome: {"notices"},
}

func publicNav(p *ui.Page) []ui.Link {
	links := []ui.Link{
		{Text: p.T("page.nav-services"), Href: "/"},
		{Text: p.T("page.nav-my"), Href: CitizenHome},
		{Text: p.T("page.nav-progress"), Href: "/progress"},
		{Text: p.T("page.nav-verify"), Href: "/verify"},
		{Text: p.T("page.nav-notices"), Href: NoticesHome},
	}
	path, _, _ := strings.Cut(strings.TrimPrefix(p.Here, "/"), "?")
	first, _, _ := strings.Cut(path, "/")
	for i := range links {
		links[i].Current = slices.Contains(places[links[i].Href], first)
	}
	return links
}

// Show writes a page.
func (k *Kit) Show(w http.ResponseWriter, status int, name string, view ui.View) {
	k.ui.Render(w, status, name, view)
}

// Lang is the language that the request asks for.
func Lang(r *http.Request) string {
	p := ui.NewPage(r, ui.Public)
	if p.Lang == i18n.English {
		return i18n.English
	}
	return i18n.Chinese
}

// RequestField is the name of the hidden field that carries a form's request id.
const RequestField = "request"

// NewRequestID is a fresh request id for a form.
func NewRequestID() string { return rand.Text() }

// RequestID is the request id that the posted form carries; "" if it has none, and the command gets a fresh one.
func RequestID(r *http.Request) string { return r.PostFormValue(RequestField) }

type referenceKey struct{}

// WithReference gives every request a number that a person can report and the log can be searched by.
func WithReference(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), referenceKey{}, rand.Text()[:10])))
	})
}

// Reference is the number of the request, "" if it did not come through WithReference.
func Reference(r *http.Request) string {
	ref, _ := r.Context().Value(referenceKey{}).(string)
	return ref
}
