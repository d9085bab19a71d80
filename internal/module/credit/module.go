package credit

import (
	"cmp"
	"context"
	"embed"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/pack"
	"github.com/tongban/tongban/internal/sheet"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
	"github.com/tongban/tongban/workday"
)

//go:embed pages
var files embed.FS

// Parts are what the module needs. All are needed but Department and Log.
type Parts struct {
	Store store.Modules
	Hall  *hall.Hall
	Now   func() time.Time
	// Packs are the newest versions of all packs.
	Packs func() []*pack.Pack
	// Department is what a department of a region is called; nil: by its id.
	Department func(region, id string) caseflow.Text
	Log        *slog.Logger // nil: slog.Default
}

// Module is credit for the doors.
type Module struct {
	*Register
	hall  *hall.Hall
	packs func() []*pack.Pack
	named func(region, id string) caseflow.Text
	log   *slog.Logger

	mu    sync.Mutex
	ready map[*pack.Pack]*Standard // nil: it has none
}

// New makes the module.
func New(p Parts) *Module {
	m := &Module{hall: p.Hall, packs: p.Packs, named: p.Department, log: cmp.Or(p.Log, slog.Default()), ready: map[*pack.Pack]*Standard{}}
	if m.named == nil {
		m.named = func(_, id string) caseflow.Text { return caseflow.Text{ZH: id, EN: id} }
	}
	m.Register = &Register{st: p.Store, now: p.Now, standard: m.inForce, calendar: p.Hall.Calendar}
	return m
}

// inForce is the index of the pack of the region, else of the first pack that has one.
func (m *Module) inForce(region string) (found *Standard) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, p := range m.packs() {
		s, known := m.ready[p]
		if !known {
			var err error
			if s, err = standardOf(p); err != nil {
				m.log.Error("index of credit", "pack", p.ID, "err", err)
			}
			m.ready[p] = s
		}
		if s != nil && (found == nil || p.Region == region) {
			found = s
		}
	}
	return found
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
		{Layout: ui.Desk, Key: "credit.nav", Href: deskHome, May: func(by caseflow.Actor) bool { return reports(by) || looks(by) }},
		{Layout: ui.Desk, Key: "credit.check-title", Href: checkHome, Consults: caseflow.ConsultCredit},
		{Layout: ui.Desk, Standing: m.standing},
		{Layout: ui.Public, Key: "credit.nav-public", Href: publicHome},
		{Layout: ui.Public, Key: "credit.nav-score", Href: scoreHome, May: member, In: func(region string) bool { return m.scoreOf(ident.Service().City(region)) != nil }},
		{Layout: ui.Public, Key: "credit.nav-own", Href: ownHome, May: func(by caseflow.Actor) bool { return by.Kind == caseflow.ActorCitizen && by.ID != "" }},
	}
}

// Routes adds its pages.
func (m *Module) Routes(mux *http.ServeMux, kit *page.Kit) { (&pages{m, kit}).register(mux) }

// Operations adds its operations.
func (m *Module) Operations(api huma.API) {
	m.operations(api)
	m.publicOperations(api)
	m.checkOperations(api)
	m.scoreOperations(api)
}

// Uploads are the operations that take a file.
func (m *Module) Uploads() []string { return []string{batchesPath} }

func reports(by caseflow.Actor) bool {
	return access.May(by, access.CreditReport, access.Resource{Region: ident.Service().City(by.Region), Departments: []string{by.Department}}).Allow
}

func looks(by caseflow.Actor) bool {
	return access.May(by, access.CreditSee, access.Resource{Region: ident.Service().City(by.Region)}).Allow
}

// Sending is a list that a department sends.
type Sending struct {
	List   string // Records, Parties
	Name   string // of the file
	Accept string // Whole, Good; "": Whole
}

// columnsOf are the columns of a list; nil if there is no such list.
func columnsOf(list string) []sheet.Column {
	switch list {
	case Records:
		return RecordColumns
	case Parties:
		return SubjectColumns
	}
	return nil
}

// SendFile takes in a file of the official's own department. What came of its rows stands in the batch; a refusal is about the
// file as a whole.
func (m *Module) SendFile(ctx context.Context, by caseflow.Actor, s Sending, content io.Reader) (_ *Batch, err error) {
	if !reports(by) || columnsOf(s.List) == nil {
		return nil, hall.ErrNotFound
	}
	f, err := sheet.Spool(content, columnsOf(s.List))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Remove()) }()
	return m.send(ctx, by, s, f)
}

// SendRows takes in rows of the official's own department.
func (m *Module) SendRows(ctx context.Context, by caseflow.Actor, s Sending, list []sheet.Row) (*Batch, error) {
	if !reports(by) || columnsOf(s.List) == nil {
		return nil, hall.ErrNotFound
	}
	return m.send(ctx, by, s, sheet.List(list))
}

func (m *Module) send(ctx context.Context, by caseflow.Actor, s Sending, r sheet.Rows) (*Batch, error) {
	return m.take(ctx, &incoming{Batch: Batch{Region: ident.Service().City(by.Region), Source: by.Department, List: s.List, Name: caseflow.FileName(s.Name), By: by.ID}, rows: r, accept: s.Accept})
}

// Sent lists the newest batches of the official's department.
func (m *Module) Sent(ctx context.Context, by caseflow.Actor) ([]Batch, error) {
	if !reports(by) {
		return nil, hall.ErrNotFound
	}
	return m.batches(ctx, ident.Service().City(by.Region), by.Department, 100)
}

// SentBatch is one batch of the official's department with what was wrong.
func (m *Module) SentBatch(ctx context.Context, by caseflow.Actor, no int64) (*Batch, error) {
	if !reports(by) {
		return nil, hall.ErrNotFound
	}
	return m.batch(ctx, ident.Service().City(by.Region), by.Department, no)
}

// Compliance counts for an official what was published in time; the first is the sum of all departments.
func (m *Module) Compliance(ctx context.Context, by caseflow.Actor, from, to workday.Date) ([]Compliance, error) {
	if !reports(by) && !looks(by) {
		return nil, hall.ErrNotFound
	}
	return m.compliance(ctx, ident.Service().City(by.Region), from, to)
}

// Late lists what the official's department had published late, and a cursor.
func (m *Module) Late(ctx context.Context, by caseflow.Actor, after string) ([]Published, string, error) {
	if !reports(by) {
		return nil, "", hall.ErrNotFound
	}
	return m.late(ctx, ident.Service().City(by.Region), by.Department, after)
}

// Dossier (信用档案) is everything about a party, with its standing explained.
type Dossier struct {
	File
	Standard *Standard   // nil: no pack has an index, and nothing is explained
	Stands   Explanation // zero without an index
	Raise    []Better
	Measures []Applied // joint incentives and punishments
	Changes  []Change  // of the tier, newest first
	Looks    []Look    // of officials, newest first; for the party itself

	objects, repairs *caseflow.Item // by which the party asks for something about a record; nil: nothing of the kind is offered there
}

// Look is one look of an official at a party.
type Look struct {
	At         time.Time
	Department string
	Reason     string
}

// maxReason bounds a reason, in bytes.
const maxReason = 600

// See shows an official a party, and records that and why. Without a record nothing is shown.
func (m *Module) See(ctx context.Context, by caseflow.Actor, code, reason string) (*Dossier, error) {
	if !looks(by) {
		return nil, hall.ErrNotFound
	}
	party, err := ident.ParseCreditCode(code)
	if err != nil {
		return nil, hall.ErrNotFound
	}
	if reason == "" || len(reason) > maxReason {
		return nil, refuse(CodeReason)
	}
	region := ident.Service().City(by.Region)
	r, err := m.report(ctx, region, string(party))
	if err != nil {
		return nil, err
	}
	return r, m.seen(ctx, region, r.Party, by, reason)
}

// seen records a look, with a leaf that proves it; one twice in the same microsecond counts once.
func (m *Module) seen(ctx context.Context, region, party string, by caseflow.Actor, reason string) error {
	at := m.now()
	return m.st.Update(ctx, func(w store.Writer) error {
		there := false
		err := w.Read(func(store.Scan) error { there = true; return nil }, "SELECT 1 FROM credit_look WHERE region = ? AND party = ? AND at = ? AND by_id = ?",
			region, party, at.UnixMicro(), by.ID)
		if err != nil || there {
			return err
		}
		return errors.Join(w.Add("credit_look", []any{region, party, at.UnixMicro(), by.ID, by.Department, reason}),
			leaf(w, region, "look "+party+" "+by.ID, at.UnixMicro(), at, struct {
				Department string `json:"department"`
				Reason     string `json:"reason"`
			}{by.Department, reason}))
	})
}

// Own shows a company, through its legal representative, what is kept about it, and who looked.
func (m *Module) Own(ctx context.Context, by caseflow.Actor, region, owner string) (*Dossier, error) {
	space, err := m.hall.Space(ctx, by, owner)
	if err != nil {
		return nil, err
	}
	party := caseflow.CompanyOf(space.Owner)
	r := access.Resource{Owner: space.Owner}
	if space.Legal {
		r.Legal = []string{by.ID}
	}
	if party == "" || !access.May(by, access.CreditOwn, r).Allow {
		return nil, hall.ErrNotFound
	}
	report, err := m.report(ctx, region, party)
	if err != nil {
		return nil, err
	}
	report.objects, report.repairs = m.offered(region, itemObjection), m.offered(region, itemRepair, itemMend)
	return report, m.st.Read(ctx, func(sc store.Scan) error {
		var l Look
		err := sc(store.At(&l.At), &l.Department, &l.Reason)
		report.Looks = append(report.Looks, l)
		return err
	}, "SELECT at, department, reason FROM credit_look WHERE region = ? AND party = ? ORDER BY at DESC LIMIT 100", region, party)
}

func (m *Module) report(ctx context.Context, region, party string) (*Dossier, error) {
	f, err := m.file(ctx, region, party)
	if err != nil {
		return nil, err
	}
	r := &Dossier{File: *f, Standard: m.standard(region)}
	if r.Standard != nil {
		r.Stands = r.Standard.Explain(&r.Subject, r.Records, workday.DateOf(m.now()))
		r.Raise = r.Standard.Raise(&r.Subject, r.Records, &r.Stands)
		if r.Standard.Joint != nil {
			r.Measures = r.Standard.Joint.Apply(r.Records, r.Stands.Day)
		}
	}
	r.Changes, err = m.changes(ctx, region, party)
	return r, err
}
