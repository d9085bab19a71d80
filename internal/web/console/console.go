package console

import (
	"cmp"
	"context"
	"embed"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/backup"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/export"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/pack"
	"github.com/tongban/tongban/internal/quarantine"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/web/i18n"
	kit "github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
	"github.com/tongban/tongban/internal/witness"
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

// Packs are the packs that run, with all their versions.
type Packs interface {
	// Packs lists the newest version of every pack, by id.
	Packs() []*pack.Pack
	// Pack finds one version; an error if there is none.
	Pack(id, version string) (*pack.Pack, error)
	// Versions lists the versions of a pack that are loaded, the oldest first.
	Versions(id string) []string
	// Proofs lists the stored versions with the builds that proved and loaded them.
	Proofs(ctx context.Context) ([]store.PackRow, error)
	// Build is the build of this program, which vouches for what it proved; "" if it vouches for nothing.
	Build() string
}

// Deps are what the door needs. All are needed but Backups and Log.
type Deps struct {
	Hall  *hall.Hall
	Gate  *access.Gate
	Kit   *kit.Kit
	Packs Packs
	Log   *slog.Logger // nil: slog.Default

	Backups    *backup.Keeper // nil: there are none
	Exports    *export.Sealer // nil: nothing is sealed
	Quarantine *quarantine.Keeper
	// Settle says what an alarm about a log was; nil: there are none. A refusal, hall.ErrNotFound.
	Settle func(ctx context.Context, by caseflow.Actor, alarm, reason string) error
	// Witnesses tells how the evidence log is witnessed; nil: by nobody.
	Witnesses func(context.Context) (*witness.State, error)
}

// Console is the door for administrators.
type Console struct {
	hall  *hall.Hall
	gate  *access.Gate
	kit   *kit.Kit
	packs Packs
	log   *slog.Logger

	backups    *backup.Keeper
	exports    *export.Sealer
	quarantine *quarantine.Keeper
	witnesses  func(context.Context) (*witness.State, error)
	settle     func(ctx context.Context, by caseflow.Actor, alarm, reason string) error
}

// New makes the door.
func New(d Deps) *Console {
	if d.Log == nil {
		d.Log = slog.Default()
	}
	d.Kit.Navigate(ui.Console, func(r *http.Request, frame *ui.Page) {
		p := &page{Page: *frame, r: r}
		p.Actor, _, _ = access.FromRequest(r)
		p.menu()
		frame.Menu = p.Menu
	})
	return &Console{hall: d.Hall, gate: d.Gate, kit: d.Kit, packs: d.Packs, log: d.Log, backups: d.Backups, exports: d.Exports, quarantine: d.Quarantine, witnesses: d.Witnesses, settle: d.Settle}
}

// Register adds the console's addresses. The caller wraps the mux in access.Door.Middleware.
func (c *Console) Register(mux *http.ServeMux) {
	for pattern, serve := range map[string]func(*page) error{
		"GET /console":                                 c.home,
		"GET /console/accounts":                        c.accounts,
		"GET /console/accounts/new":                    c.newAccount,
		"POST /console/accounts/new":                   c.addAccount,
		"GET /console/accounts/{account}":              c.account,
		"POST /console/accounts/{account}/assign":      c.assign,
		"POST /console/accounts/{account}/close":       c.closing,
		"POST /console/accounts/{account}/open":        c.opening,
		"POST /console/accounts/{account}/password":    c.password,
		"POST /console/accounts/{account}/factors":     c.takeFactors,
		"POST /console/accounts/{account}/document":    c.document,
		"POST /console/accounts/{account}/sign-out":    c.signOut,
		"POST /console/accounts/{account}/link":        c.link,
		"POST /console/accounts/{account}/unlink":      c.unlink,
		"GET /console/sign-ins":                        c.signIns,
		"GET /console/operations":                      c.operations,
		"GET /console/looks":                           c.looks,
		"GET /console/exports":                         c.askExport,
		"POST /console/exports":                        c.sealExport,
		"GET /console/online":                          c.online,
		"GET /console/system":                          c.system,
		"GET /console/log":                             c.evidenceLog,
		"POST /console/log/{alarm}":                    c.settleAlarm,
		"GET /console/parameters":                      c.parameterList,
		"GET /console/parameters/{parameter}":          c.seeParameter,
		"POST /console/parameters/{parameter}":         c.setParameter,
		"GET /console/announcements":                   c.announcementList,
		"GET /console/announcements/new":               c.newAnnouncement,
		"POST /console/announcements/new":              c.announce,
		"GET /console/announcements/{id}":              c.announcement,
		"POST /console/announcements/{id}/withdraw":    c.withdrawAnnouncement,
		"GET /console/jobs":                            c.jobs,
		"POST /console/jobs/{job}":                     c.runJob,
		"GET /console/backups":                         c.backupList,
		"POST /console/backups":                        c.backUp,
		"GET /console/quarantine":                      c.quarantineList,
		"GET /console/quarantine/{file}":               c.quarantined,
		"POST /console/quarantine/{file}/{act}":        c.decideQuarantined,
		"GET /console/departments":                     c.departmentList,
		"GET /console/reforms/new":                     c.newReform,
		"POST /console/reforms/new":                    c.tryOrPropose,
		"GET /console/reforms/{reform}":                c.seeReform,
		"POST /console/reforms/{reform}/{act}":         c.settleReform,
		"GET /console/dictionaries":                    c.dictionaryList,
		"GET /console/dictionaries/{source}/{list...}": c.seeDictionary,
		"GET /console/packs":                           c.packList,
		"GET /console/packs/{pack}":                    c.packVersions,
		"GET /console/packs/{pack}/{version}":          c.packVersion,
	} {
		mux.Handle(pattern, c.handle(serve))
	}
}

// page is one request of an administrator: the frame, who asks, and where the answer goes.
type page struct {
	ui.Page
	Actor   caseflow.Actor
	console *Console
	w       http.ResponseWriter
	r       *http.Request
	people  map[string]*store.Account // of this request, by id
}

// handle lets administrators in and answers errors.
func (c *Console) handle(serve func(*page) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		actor, _, ok := access.FromRequest(r)
		switch {
		case !ok:
			c.kit.SignIn(w, r, ui.Console)
			return
		case !slices.ContainsFunc(actor.Roles, access.Administers) || actor.Kind != caseflow.ActorOfficial:
			c.kit.Fail(w, r, ui.Console, hall.ErrNotFound)
			return
		}
		if err := r.ParseForm(); err != nil {
			c.kit.Fail(w, r, ui.Console, kit.BadInput(err))
			return
		}
		p := &page{Page: c.kit.Frame(r, ui.Console, ""), Actor: actor, console: c, w: w, r: r, people: map[string]*store.Account{}}
		p.Now = c.hall.Now()
		p.Notice = kit.CalendarEnds(p.Lang, r.URL.Path, p.Actor, c.hall)
		if err := serve(p); err != nil {
			if errors.Is(err, store.ErrCursor) || errors.Is(err, pack.ErrNoSuch) {
				err = hall.ErrNotFound
			}
			c.kit.Fail(w, r, ui.Console, err)
		}
	})
}

// may asks the policies about the actor's own region.
func (p *page) may(act access.Act) bool {
	return access.May(p.Actor, act, access.Resource{Region: p.Actor.Region}).Allow
}

// entry is a line of the menu, and of the home page.
type entry struct {
	key, href string
	act       access.Act
}

// menus are the parts of the menu, each with what one must be permitted to see it.
var menus = []struct {
	title   string
	entries []entry
}{
	{"people", []entry{{"accounts", "/console/accounts", access.AccountSee}, {"departments", "/console/departments", access.DepartmentSee}, {"online", "/console/online", access.AccountLog}}},
	{"logs", []entry{{"sign-ins", "/console/sign-ins", access.AccountLog}, {"operations", "/console/operations", access.AuditSee}, {"looks", "/console/looks", access.AuditSee}, {"exports", "/console/exports", access.AccountLog}}},
	{"house", []entry{{"packs", "/console/packs", access.SystemSee}, {"dictionaries", "/console/dictionaries", access.SystemSee}, {"recount", "/desk/recount", access.CaseRecount},
		{"calendars", "/desk/calendars", access.CalendarLoad}, {"dispatches", "/desk/dispatches", access.SystemSee}, {"overview", "/desk/overview", access.StatsSee}, {"assessment", "/desk/assessment", access.AssessmentSee}, {"quarantine", "/console/quarantine", access.QuarantineSee}, {"backups", "/console/backups", access.SystemSee}, {"log", "/console/log", access.LogSee}, {"announcements", "/console/announcements", access.SystemSee}, {"parameters", "/console/parameters", access.SystemSee}, {"jobs", "/console/jobs", access.SystemSee}, {"system", "/console/system", access.SystemSee}}},
}

// menu shows what the person may do and nothing else.
func (p *page) menu() {
	at := p.r.URL.Path
	p.Menu = []ui.LinkGroup{{Links: []ui.Link{{Text: p.T("console.menu.home"), Href: kit.ConsoleHome, Current: at == kit.ConsoleHome}}}}
	for _, m := range menus {
		group := ui.LinkGroup{Title: p.T("console.group." + m.title)}
		for _, e := range m.entries {
			if p.may(e.act) {
				group.Links = append(group.Links, ui.Link{Text: p.T("console.menu." + e.key), Href: e.href, Current: at == e.href || strings.HasPrefix(at, e.href+"/")})
			}
		}
		if len(group.Links) > 0 {
			p.Menu = append(p.Menu, group)
		}
	}
}

func (p *page) show(name string, v ui.View) error { return p.write(http.StatusOK, name, v) }

func (p *page) write(status int, name string, v ui.View) error {
	p.console.kit.Show(p.w, status, "console/"+name, v)
	return nil
}

// back leads to a page of the console after an act.
func (p *page) back(to string) error {
	http.Redirect(p.w, p.r, to, http.StatusSeeOther)
	return nil
}

// homeView says who one is here and leads to what one may do.
type homeView struct {
	*page
	Role, Duty string
	Entries    []homeEntry
}

type homeEntry struct{ Text, Href, What string }

func (c *Console) home(p *page) error {
	role := p.Actor.Roles[slices.IndexFunc(p.Actor.Roles, access.Administers)]
	p.Title = p.T("console.menu.home")
	v := &homeView{page: p, Role: p.role(role), Duty: p.T("console.duty." + role)}
	if p.may(access.LogSee) { // whoever is to act on it is told where they begin
		s, err := c.witnessed(p)
		if err != nil {
			return err
		}
		if alarm := p.logAlarm(s); alarm != nil {
			alarm.Links = []ui.Link{{Text: p.T("console.menu.log"), Href: "/console/log"}}
			p.Notice = alarm
		} else if err := c.lagging(p); err != nil {
			return err
		}
	}
	for _, m := range menus {
		for _, e := range m.entries {
			if p.may(e.act) {
				v.Entries = append(v.Entries, homeEntry{p.T("console.menu." + e.key), e.href, p.T("console.what." + e.key)})
			}
		}
	}
	return p.show("home", v)
}

// role names a role in the words of the catalogue or of the pack that has it.
func (p *page) role(id string) string {
	if key := "case.role." + id; i18n.Has(key) {
		return p.T(key)
	}
	for _, k := range p.console.packs.Packs() {
		for _, r := range k.Roles {
			if r.ID == id {
				return r.Name.In(p.Lang)
			}
		}
	}
	return id
}

// roles names several, as the log keeps them.
func (p *page) roles(ids []string) string {
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = p.role(id)
	}
	return strings.Join(names, p.T("console.and"))
}

// department is the full name of a department, for papers, files and the page of one thing.
func (p *page) department(id string) string {
	if d := p.packed(id, ""); d != nil {
		return d.Name.In(p.Lang)
	}
	return kit.Unnamed(p.Lang, id)
}

// office is the short name of a department of a region, for lists, as on the desk; its name there if it has none.
func (p *page) office(region, id string) string {
	if id == "" {
		return ""
	}
	var own pack.Department
	if d := p.packed(id, region); d != nil {
		own = *d
	}
	name, _ := p.console.hall.Called(region, id, own.Name, time.Time{})
	return cmp.Or(p.console.hall.Short(region, id, own.Short).In(p.Lang), name.In(p.Lang), kit.Unnamed(p.Lang, id))
}

// packed is the department of a pack; that of a pack which is offered in a region comes first, since each city has its own market
// authority by the same id. nil if none has it.
func (p *page) packed(id, region string) *pack.Department {
	var found *pack.Department
	for _, k := range p.console.packs.Packs() {
		for i := range k.Departments {
			if d := &k.Departments[i]; d.ID == id {
				if slices.ContainsFunc(k.Items, func(it *caseflow.Item) bool { return it.OfferedIn(region) }) {
					return d
				}
				if found == nil {
					found = d
				}
			}
		}
	}
	return found
}

func (p *page) region(code string) string {
	return cmp.Or(ident.Service().FullNameIn(code, p.Lang), code)
}

// person is an account that the log names; nil if it is gone or in a region that one does not see.
func (p *page) person(id string) *store.Account {
	if a, known := p.people[id]; known {
		return a
	}
	a, err := p.console.gate.Account(p.r.Context(), p.Actor, id)
	if err != nil {
		a = nil
	}
	p.people[id] = a
	return a
}

// named names an account in a list: an official by name and login, a citizen with the name masked.
func (p *page) named(id string) (name, login string) {
	switch a := p.person(id); {
	case id == "":
		return "", ""
	case id == access.System.ID:
		return p.T("case.actor.system"), ""
	case a == nil:
		return p.T("console.somebody"), ""
	}
	return shownAs(p.person(id))
}
