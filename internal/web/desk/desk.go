package desk

import (
	"cmp"
	"context"
	"embed"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/find"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/hanzi"
	"github.com/tongban/tongban/internal/quarantine"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/web/i18n"
	kit "github.com/tongban/tongban/internal/web/page"
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

// Files keeps uploaded documents by the SHA-256 of their content.
type Files interface {
	// Put keeps what a clerk scanned, of at most max bytes. It refuses (a *caseflow.Refusal) what is larger or unfit.
	Put(ctx context.Context, by caseflow.Actor, at quarantine.Place, r io.Reader, max int64) (caseflow.File, error)
	// Apart lists the files of a case that the scanner warned of, by material.
	Apart(ctx context.Context, key store.Key) (map[string][]store.Quarantined, error)
	// Take brings one in that was released, for who sent it.
	Take(ctx context.Context, by caseflow.Actor, key store.Key, id string) (caseflow.File, error)
	// Turn puts another content of an image: left, right or black. It refuses (a *caseflow.Refusal) what is no image.
	Turn(ctx context.Context, account string, f caseflow.File, how string) (caseflow.File, error)
	// Join puts one PDF of at most max bytes made of pictures, a page each. It refuses (a *caseflow.Refusal) what is no picture.
	Join(ctx context.Context, by caseflow.Actor, at quarantine.Place, hashes []string, max int64) (caseflow.File, error)
	// Open returns the content of a hash in lower-case hexadecimal; store.ErrNotFound if there is none.
	Open(ctx context.Context, hash string) (io.ReadCloser, error)
}

// Guides lists the services and names their departments.
type Guides interface {
	// Items lists the newest version of every item, in the order in which a list shows them.
	Items() []*caseflow.Item
	// Item returns the version that a case began with; nil if it is not loaded.
	Item(pack, version string, id caseflow.ItemID) *caseflow.Item
	// Department names a department of an item's pack.
	Department(it *caseflow.Item, id string) caseflow.Text
	// Short is the short name of a department of an item's pack; empty if it has none.
	Short(it *caseflow.Item, id string) caseflow.Text
	// Versions lists the versions of a pack that are loaded, the oldest first.
	Versions(pack string) []string
}

// Deps are what the door needs. All are needed but Base and Log.
type Deps struct {
	Hall     *hall.Hall
	Kit      *kit.Kit
	Files    Files
	Guides   Guides
	Gate     *access.Gate               // records whose papers were seen
	Find     *find.Shelf                // nil: made of Guides
	Accounts store.Accounts             // names the people of a region
	Recorded func() []hall.RecordedText // a copy of the texts that a demonstration keeps, the oldest first; nil: they are sent
	Base     string                     // address of the site for QR codes, https://host; empty: as the request says
	Log      *slog.Logger               // nil: slog.Default
}

// Desk is the door for officials.
type Desk struct {
	hall     *hall.Hall
	gate     *access.Gate
	kit      *kit.Kit
	files    Files
	guides   Guides
	shelf    *find.Shelf
	accounts store.Accounts
	recorded func() []hall.RecordedText
	base     string
	log      *slog.Logger
}

// New makes the door.
func New(d Deps) *Desk {
	if d.Log == nil {
		d.Log = slog.Default()
	}
	if d.Find == nil {
		d.Find = find.NewShelf(d.Guides.Items, func(it *caseflow.Item, id string) []caseflow.Text {
			return []caseflow.Text{d.Guides.Department(it, id)}
		})
	}
	desk := &Desk{hall: d.Hall, gate: d.Gate, kit: d.Kit, files: d.Files, guides: d.Guides, shelf: d.Find, accounts: d.Accounts, recorded: d.Recorded,
		base: strings.TrimSuffix(d.Base, "/"), log: d.Log}
	d.Kit.Navigate(ui.Desk, func(r *http.Request, frame *ui.Page) {
		p := &page{Page: *frame, desk: desk, r: r}
		p.Actor, _, _ = access.FromRequest(r)
		p.nav()
		frame.Nav = p.Nav
	})
	return desk
}

// Register adds the desk's addresses. The caller wraps the mux in access.Door.Middleware.
func (d *Desk) Register(mux *http.ServeMux) {
	for pattern, serve := range map[string]func(*page, *http.Request) error{
		"GET /desk":                                         d.queue,
		"GET /desk/find":                                    d.find,
		"POST /desk/bulk":                                   d.bulk,
		"GET /desk/overview":                                d.overview,
		"GET /desk/statistics":                              d.statistics,
		"GET /desk/assessment":                              d.assessment,
		"GET /desk/cases":                                   d.cases,
		"GET /desk/orders":                                  d.orders,
		"GET /desk/new":                                     d.newCase,
		"POST /desk/new":                                    d.openCase,
		"GET /desk/services":                                d.findServices,
		"GET /desk/messages":                                d.messages,
		"GET /desk/announcements":                           d.announcements,
		"POST /desk/announcements/{id}/read":                d.readAnnouncement,
		"GET /desk/papers-seen":                             d.papersSeen,
		"POST /desk/papers-seen":                            d.recordSeen,
		"GET /desk/dispatches":                              d.dispatches,
		"POST /desk/dispatches/{message}/{how}":             d.settle,
		"GET /desk/recount":                                 d.recounts(d.askRecount),
		"POST /desk/recount":                                d.recounts(d.applyRecount),
		"GET /desk/calendars":                               d.loads(d.calendars),
		"POST /desk/calendars":                              d.loads(d.tryCalendar),
		"POST /desk/calendars/list":                         d.loads(d.listCalendar),
		"GET /desk/cases/{no}/intake":                       d.intakeForm,
		"POST /desk/cases/{no}/intake":                      d.intakeSave,
		"GET /desk/cases/{no}":                              d.caseTab,
		"GET /desk/cases/{no}/{tab}":                        d.caseTab,
		"GET /desk/cases/{no}/situation":                    d.situation,
		"POST /desk/cases/{no}/situation":                   d.situationSave,
		"GET /desk/cases/{no}/beside":                       d.beside,
		"POST /desk/cases/{no}/reveal":                      d.reveal,
		"GET /desk/cases/{no}/clocks/{clock}":               d.clock,
		"GET /desk/cases/{no}/acts/{verb}":                  d.askAct,
		"POST /desk/cases/{no}/acts/{verb}":                 d.doAct,
		"GET /desk/cases/{no}/files/{material}/{hash}":      d.file,
		"GET /desk/cases/{no}/papers/{paper}":               d.paper,
		"GET /desk/callers":                                 d.callers,
		"POST /desk/callers":                                d.findCaller,
		"GET /desk/line":                                    d.showLine,
		"POST /desk/line":                                   d.actLine,
		"GET /desk/line/day":                                d.lineDay,
		"GET /desk/shift":                                   d.shift,
		"POST /desk/shift":                                  d.offerShift,
		"POST /desk/shift/{shift}/{how}":                    d.actShift,
		"GET /desk/today":                                   d.today,
		"POST /desk/today":                                  d.handToday,
		"GET /desk/cases/{no}/intake/materials/{material}":  d.scan,
		"POST /desk/cases/{no}/intake/materials/{material}": d.scanned,
	} {
		mux.Handle(pattern, d.handle(serve))
	}
}

// page is one request of an official: the frame, who asks, and where the answer goes.
type page struct {
	ui.Page
	Actor caseflow.Actor
	desk  *Desk
	w     http.ResponseWriter
	r     *http.Request
	names map[string]string // people by account id, of this request
	// called are the names alone, of those whom the page has looked up together.
	called map[string]string
	depts  []department
	lists  bool     // the page lists people
	known  []string // what was filled in from where
}

// maxBody bounds what a form may send.
const maxBody = 1 << 20

// handle lets officials in and answers errors.
func (d *Desk) handle(serve func(*page, *http.Request) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !kit.IsUpload(r) { // scans have a bound of their own
			r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		}
		actor, _, ok := access.FromRequest(r)
		switch {
		case !ok:
			d.kit.SignIn(w, r, ui.Desk)
			return
		case actor.Kind != caseflow.ActorOfficial:
			d.kit.Fail(w, r, ui.Desk, hall.ErrNotFound)
			return
		}
		if err := r.ParseForm(); err != nil {
			d.kit.Fail(w, r, ui.Desk, kit.BadInput(err))
			return
		}
		if r.URL.Path == kit.DeskHome && r.Method == http.MethodGet && !slices.ContainsFunc(actor.Roles, access.Handles) {
			http.Redirect(w, r, kit.HomeOf(&store.Account{Kind: actor.Kind, Roles: actor.Roles}), http.StatusSeeOther)
			return
		}
		p := &page{Page: d.kit.Frame(r, ui.Desk, ""), Actor: actor, desk: d, w: w, r: r, names: map[string]string{}, called: map[string]string{}}
		p.Now = d.hall.Now()
		p.Unsent, p.Scripts = actor.ID, append(p.Scripts, "resend.js")
		p.Notice = kit.CalendarEnds(p.Lang, r.URL.Path, p.Actor, d.hall)
		if err := serve(p, r); err != nil {
			d.kit.Fail(w, r, ui.Desk, err)
		}
	})
}

// nav is the desk's own navigation.
func (p *page) nav() {
	add := func(key, href string, more ...string) {
		p.Nav = append(p.Nav, ui.Link{Text: p.T("desk.nav." + key), Href: href,
			Current: p.r.URL.Path == href || slices.Contains(more, p.r.URL.Path)})
	}
	if p.atDesk() {
		add("queue", "/desk")
	}
	if p.Actor.Has(caseflow.RoleClerk) {
		add("new", "/desk/new")
		add("papers-seen", "/desk/papers-seen")
		if len(p.lobbies()) > 0 {
			add("line", lineAddress)
		}
		if len(p.taken()) > 0 {
			add("callers", "/desk/callers")
			add("today", "/desk/today")
		}
	}
	if p.atDesk() {
		add("find", "/desk/find")
	}
	if access.May(p.Actor, access.ShiftHand, access.Resource{Region: p.Actor.Region, Departments: []string{p.Actor.Department}}).Allow {
		add("shift", shiftAddress)
	}
	if p.Actor.Has(caseflow.RoleSupervisor) || p.Actor.Has(caseflow.RoleHead) || p.Actor.Has(caseflow.RoleAdmin) {
		add("overview", overviewAddress)
	}
	if p.seesFigures() {
		add("statistics", statisticsAddress)
	}
	if p.seesFigures() || p.assesses() {
		add("assessment", assessmentAddress)
	}
	if p.follows() {
		add("orders", ordersAddress)
	}
	if p.Actor.Has(caseflow.RoleAdmin) {
		add("recount", "/desk/recount")
		add("calendars", calendarAddress)
	}
	if slices.ContainsFunc(p.Actor.Roles, access.Administers) {
		add("console", kit.ConsoleHome)
	}
	if access.May(p.Actor, access.SystemSee, access.Resource{Region: p.Actor.Region}).Allow {
		add("dispatches", "/desk/dispatches")
	}
	add("messages", "/desk/messages")
}

// atDesk reports whether the person works on cases.
func (p *page) atDesk() bool {
	return slices.ContainsFunc(p.Actor.Roles, access.Handles)
}

func (p *page) show(name string, v ui.View) error { return p.write(http.StatusOK, name, v) }

func (p *page) write(status int, name string, v ui.View) error {
	p.desk.kit.Show(p.w, status, "desk/"+name, v)
	return nil
}

// back leads to a page of the desk after an act.
func (p *page) back(to string) error {
	http.Redirect(p.w, p.r, to, http.StatusSeeOther)
	return nil
}

func (d *Desk) itemAt(c *store.CaseRow) *caseflow.Item {
	return d.guides.Item(c.Pack, c.Version, c.Item)
}

// department is one that takes part in the services here.
type department struct {
	ID, Name string
	Gone     bool   // into another one
	Short    string // 简称, for narrow lists; the name if there is none
}

// itemName is the name of a service.
func (p *page) itemName(id caseflow.ItemID) string {
	if it := p.desk.hall.Item(id); it != nil {
		return it.Name.In(p.Lang)
	}
	return string(id)
}

// department is the name of a department; its id if it has none.
func (p *page) department(id string) string {
	for _, d := range p.departments() {
		if d.ID == id {
			return d.Name
		}
	}
	return kit.Unnamed(p.Lang, id)
}

// office is the short name of a department, for a narrow column.
func (p *page) office(id string) string {
	for _, d := range p.departments() {
		if d.ID == id {
			return d.Short
		}
	}
	return kit.Unnamed(p.Lang, id)
}

// departments lists every department that an item names, each once, in the order of the items.
func (p *page) departments() []department {
	if p.depts != nil {
		return p.depts
	}
	seen := map[string]bool{}
	add := func(it *caseflow.Item, id string) {
		if id == "" || seen[id] {
			return
		}
		seen[id] = true
		own, former := p.desk.hall.Called(p.Actor.Region, id, p.desk.guides.Department(it, id), time.Time{})
		name := kit.Called(p.Lang, own, former)
		if name == "" {
			name = id
		}
		_, gone := p.desk.hall.Duties(p.Actor.Region, id)
		short := p.desk.hall.Short(p.Actor.Region, id, p.desk.guides.Short(it, id)).In(p.Lang)
		p.depts = append(p.depts, department{id, name, gone, cmp.Or(short, name)})
	}
	for _, it := range kit.LocalFirst(p.desk.guides.Items(), p.Actor.Region) { // each city has its own market authority, by the same id
		add(it, it.Department)
		for _, door := range it.Doors {
			add(it, door.Department)
		}
		for i := range it.Parts {
			add(it, it.Parts[i].Department)
		}
		for i := range it.Steps {
			add(it, it.Steps[i].By.Department)
			for _, s := range it.Steps[i].Signers {
				add(it, s.Department)
			}
		}
	}
	for _, o := range p.desk.hall.Offices(p.Actor.Region) { // that reforms made
		if !seen[o.ID] {
			short := p.desk.hall.Short(p.Actor.Region, o.ID, caseflow.Text{}).In(p.Lang)
			p.depts = append(p.depts, department{o.ID, o.Name.In(p.Lang), false, cmp.Or(short, o.Name.In(p.Lang))})
		}
	}
	return p.depts
}

// paperOffice names a department of a case as it was called when a paper was given.
func (p *page) paperOffice(it *caseflow.Item, region string) func(id string, at time.Time) string {
	return func(id string, at time.Time) string {
		name, _ := p.desk.hall.Called(region, id, p.desk.guides.Department(it, id), at)
		return cmp.Or(name.In(p.Lang), p.department(id))
	}
}

func (p *page) region(code string) string { return ident.Service().Called(code, p.Lang) }

// phase names the phase of a case.
func (p *page) phase(c *caseflow.Case) string {
	return kit.PhaseName(p.Lang, "desk.phase.", c.Phase, c.Discarded())
}

// postName names a post: the person if it is meant for one, else department and role.
func (p *page) postName(post caseflow.Post) string {
	if post.Person != "" {
		return p.person(post.Person)
	}
	return p.department(post.Department) + " · " + p.role(post.Role)
}

// oversees reports whether the person's lists go across departments.
func (p *page) oversees() bool { return p.Actor.Has(caseflow.RoleSupervisor) }

// postHere names a post without the department that everybody on the page shares.
func (p *page) postHere(post caseflow.Post) string {
	if post.Person == "" && !p.oversees() && post.Department == p.Actor.Department {
		return p.role(post.Role)
	}
	if post.Person == "" {
		return p.office(post.Department) + " · " + p.role(post.Role)
	}
	return p.postName(post)
}

// colleague is person without the department that everybody on the page shares.
func (p *page) colleague(id string) string {
	if p.oversees() {
		return p.person(id)
	}
	return strings.TrimSuffix(p.person(id), p.brackets("", p.department(p.Actor.Department)))
}

// brackets puts a remark behind a text, joined writes a list, labelled a label before its text, each as the language does.
func (p *page) brackets(text, remark string) string {
	return text + p.either("（", " (") + remark + p.either("）", ")")
}

func (p *page) joined(parts []string) string { return strings.Join(parts, p.either("、", ", ")) }

func (p *page) labelled(label, text string) string { return label + p.either("：", ": ") + text }

func (p *page) either(zh, en string) string {
	if p.Lang == i18n.English {
		return en
	}
	return zh
}

func (p *page) role(id string) string {
	if key := "case.role." + id; i18n.Has(key) {
		return p.T(key)
	}
	return id
}

// person is the name of an official for colleagues; citizens and the system are named by what they are.
func (p *page) person(id string) string {
	if name, ok := p.names[id]; ok {
		return name
	}
	name := p.T("desk.somebody")
	if id == hall.System.ID {
		name = p.T("case.actor.system")
	}
	a, err := p.desk.accounts.AccountByID(p.r.Context(), id)
	switch {
	case err != nil:
	case a.Kind == caseflow.ActorOfficial:
		name = p.brackets(a.Name, p.department(a.Department))
	default:
		name = p.T("case.actor.citizen")
	}
	p.names[id] = name
	return name
}

// actor names who acted: an official by name, an agent by what is shown of one, everybody else by what they are.
func (p *page) actor(e *hall.Entry) string {
	by := e.Actor
	if by.For != "" {
		return strings.TrimSpace(p.T("case.by-agent") + " " + ident.MaskName(e.Agent))
	}
	if key := "case.actor." + by.Kind; by.Kind != caseflow.ActorOfficial && i18n.Has(key) {
		return p.T(key)
	}
	return p.person(by.ID)
}

// posts lists whom work can be given to: each department's roles, then its people.
func (p *page) posts(region string, roles []string) []ui.Option {
	people, err := p.desk.accounts.ListOfficials(p.r.Context(), region)
	if err != nil {
		p.desk.log.Error("people of the region", "region", region, "err", err)
	}
	if len(roles) == 0 {
		roles = []string{caseflow.RoleClerk, caseflow.RoleReviewer, caseflow.RoleHead}
	}
	p.lists = true
	hanzi.Sort(p.nameOrder(), people, func(a store.Account) string { return a.Name })
	var list []ui.Option
	for _, d := range p.departments() {
		for _, role := range roles {
			if slices.ContainsFunc(people, func(a store.Account) bool { return fills(a, d.ID, role) }) {
				list = append(list, ui.Option{Value: writePost(caseflow.Post{Department: d.ID, Role: role}),
					Label: d.Name + " · " + p.T("desk.anyone", p.role(role))})
			}
		}
		for _, a := range people {
			if i := slices.IndexFunc(roles, func(role string) bool { return fills(a, d.ID, role) }); i >= 0 && a.ID != p.Actor.ID {
				post := caseflow.Post{Department: d.ID, Role: roles[i], Person: a.ID}
				list = append(list, ui.Option{Value: writePost(post), Label: d.Name + " · " + a.Name})
			}
		}
	}
	return list
}

// nameOrder is the order in which this official wants names to stand; the address of the page says so.
func (p *page) nameOrder() hanzi.Order {
	if p.r.FormValue(namesParameter) == string(hanzi.ByStroke) {
		return hanzi.ByStroke
	}
	return hanzi.ByPinyin
}

// namesParameter of an address orders the names of people.
const namesParameter = "names"

// NameOrders are the links that order the names of this page; none, if it lists no people.
func (p *page) NameOrders() []ui.Link {
	if !p.lists {
		return nil
	}
	var list []ui.Link
	for _, o := range hanzi.Orders() {
		list = append(list, ui.Link{Text: p.T("desk.names." + string(o)), Href: p.With(namesParameter, string(o)), Current: p.nameOrder() == o})
	}
	return list
}

func fills(a store.Account, department, role string) bool {
	return a.Kind == caseflow.ActorOfficial && !a.Disabled && a.Department == department && slices.Contains(a.Roles, role)
}

func (p *page) short(t time.Time) string { return i18n.Short(t, p.Now) }
