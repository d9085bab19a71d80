package web_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"io"
	"io/fs"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/textproto"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/chore"
	"github.com/tongban/tongban/internal/export"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/module"
	"github.com/tongban/tongban/internal/pack"
	"github.com/tongban/tongban/internal/quarantine"
	"github.com/tongban/tongban/internal/seal"
	"github.com/tongban/tongban/internal/sequencer"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/store/filestore"
	"github.com/tongban/tongban/internal/store/sqlstore"
	"github.com/tongban/tongban/internal/web"
	"github.com/tongban/tongban/internal/web/ui"
	"github.com/tongban/tongban/packs"
	"github.com/tongban/tongban/workday"
)

// weinan is the region of the tests.
const weinan = "610500"

// bench is the whole site over a real store, file store and pack, on virtual time, served on a free port.
type bench struct {
	keys      *seal.Ring
	jobs      *chore.Board
	shelf     web.Library
	code      string // that went out by mail last
	t         testing.TB
	hall      *hall.Hall
	store     *sqlstore.Store
	reads     *reads // of the hall
	gate      *access.Gate
	sequencer *sequencer.Sequencer
	server    *httptest.Server
	log       *bytes.Buffer
	now       atomic.Int64 // microseconds
	room      atomic.Int64 // on the disk of the backups
	passwords map[string]string
	region    string
}

// newBench starts a site at ten in the morning of Tuesday 24 November 2026.
func newBench(t testing.TB) *bench {
	t.Helper()
	return newBenchOf(t, practice03(t))
}

// roleMustProve is a role of nobody else: who has it must have a second factor.
const roleMustProve = "keeper"

// newBenchWith is the site with other limits of sessions.
func newBenchWith(t testing.TB, limits access.Limits) *bench {
	t.Helper()
	return benchOf(t, practice03(t), weinan, limits)
}

// newBenchOf is the site with another pack.
func newBenchOf(t testing.TB, p *pack.Pack) *bench {
	t.Helper()
	return newBenchAt(t, p, weinan)
}

// newBenchAt is the site of another region, with what is changed of its parts.
func newBenchAt(t testing.TB, p *pack.Pack, region string, change ...func(*web.Deps)) *bench {
	t.Helper()
	return benchOf(t, p, region, access.Limits{}, change...)
}

func benchOf(t testing.TB, p *pack.Pack, region string, limits access.Limits, change ...func(*web.Deps)) *bench {
	t.Helper()
	return benchGated(t, p, region, func(_ *bench, o *access.Options) { o.Limits = limits }, change...)
}

// benchGated is the site with another gate.
func benchGated(t testing.TB, p *pack.Pack, region string, gate func(*bench, *access.Options), change ...func(*web.Deps)) *bench {
	t.Helper()
	b := &bench{t: t, log: &bytes.Buffer{}, passwords: map[string]string{}, region: region}
	b.now.Store(time.Date(2026, 11, 24, 10, 0, 0, 0, workday.Shanghai).UnixMicro())
	b.room.Store(1 << 40)
	keys, err := seal.Open(t.TempDir(), b.clock())
	b.must(err)
	b.keys = keys
	st, err := sqlstore.Open(t.Context(), sqlstore.Options{Address: filepath.Join(t.TempDir(), "web.db"), Ring: keys})
	b.must(err)
	t.Cleanup(func() { b.must(st.Close()) })
	b.store, b.reads = st, &reads{Store: st}
	catalogue := &pack.Catalogue{}
	b.must(catalogue.Add(p))
	library := web.Library{Catalogue: catalogue}
	b.shelf, b.jobs = library, chore.NewBoard(b.clock)
	b.hall, err = hall.New(hall.Options{Store: b.reads, Catalogue: library, Lobbies: library.Lobbies, Departments: library.Departments, Now: b.clock, Jobs: b.jobs, Server: "here",
		Program: hall.Program{Flags: []hall.Flag{{Name: "session-life", Value: "12h0m0s", Standard: "12h"}, {Name: "demo", Value: "false"}}}})
	b.must(err)
	b.sequencer, err = sequencer.Open(t.Context(), sequencer.Options{Store: st, Seal: keys, Origin: "test.example/log", Now: b.clock, Rand: rand.Reader})
	b.must(err)
	o := access.Options{Now: b.clock, Hashes: access.Weak(), Seal: keys, FactorRoles: []string{roleMustProve}}
	gate(b, &o)
	if o.Region = region; o.Limits.IdleOfficial == 0 && o.Limits.IdleCitizen == 0 {
		o.Values = b.hall.Values
	}
	b.gate, err = access.NewGate(st, o)
	b.must(err)
	files, err := filestore.Open(t.TempDir(), b.clock())
	b.must(err)
	t.Cleanup(func() { b.must(files.Close()) })
	deps := web.Deps{
		Hall: b.hall, Gate: b.gate, Contacts: access.NewContacts(st, b.clock, nil, func(_ context.Context, _, code string) error {
			b.code = code
			return nil
		}), Accounts: st, Guides: library, Packs: proofs{library, st}, Backups: b.archives(), Exports: export.New(b.gate, st, b.sequencer.Seal, b.clock), Files: files, Quarantine: quarantine.New(files, st, b.gate, b.clock, nil), Region: region,
		Site: ui.Site{Name: caseflow.Text{ZH: "渭南市政务服务", EN: "Weinan government services"},
			Host: caseflow.Text{ZH: "渭南市行政审批服务局", EN: "Weinan Administrative Approval Bureau"}, Phone: "0913-2930000", Complaints: "12345"},
		Log: slog.New(slog.NewTextHandler(b.log, nil)),
	}
	for _, c := range change {
		c(&deps)
	}
	site, err := web.New(deps)
	b.must(err)
	b.server = httptest.NewServer(site)
	t.Cleanup(b.server.Close)
	b.people()
	return b
}

// proofs are the packs of the site with what the store keeps of them.
type proofs struct {
	web.Library
	st store.Store
}

func (p proofs) Proofs(ctx context.Context) ([]store.PackRow, error) { return p.st.PackVersions(ctx) }

func (proofs) Build() string { return "build 1" }

func practice03(t testing.TB) *pack.Pack {
	t.Helper()
	return practice(t, "03-weinan-open-company")
}

// practice is a built-in pack. Nobody changes one that is loaded, so all tests use the same.
func practice(t testing.TB, folder string) *pack.Pack {
	t.Helper()
	if p, ok := practices.Load(folder); ok {
		return p.(*pack.Pack)
	}
	sub, err := fs.Sub(packs.FS, folder)
	if err != nil {
		t.Fatal(err)
	}
	p, _ := practices.LoadOrStore(folder, loaded(t, sub))
	return p.(*pack.Pack)
}

var practices sync.Map // of *pack.Pack by folder

func loaded(t testing.TB, dir fs.FS) *pack.Pack {
	t.Helper()
	p, problems := pack.Options{Parts: module.PackParts()}.Load(dir)
	for _, problem := range problems {
		t.Error(problem)
	}
	if p == nil {
		t.FailNow()
	}
	return p
}

func (b *bench) clock() time.Time { return time.UnixMicro(b.now.Load()).UTC() }

func (b *bench) pass(d time.Duration) { b.now.Add(d.Microseconds()) }

func (b *bench) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// The people of the tests: two citizens, and the officials whom practice 03 needs.
const (
	wang = "13891300001" // 王秀英
	li   = "13891300002" // 李志强
)

func (b *bench) people() {
	b.t.Helper()
	list := []access.NewAccount{
		{Login: wang, Kind: caseflow.ActorCitizen, Name: "王秀英", Region: b.region, Phone: wang, Document: citizen(1)},
		{Login: li, Kind: caseflow.ActorCitizen, Name: "李志强", Region: b.region, Phone: li, Document: citizen(2)},
	}
	for _, o := range [][3]string{
		{"clerk", "market", caseflow.RoleClerk}, {"market", "market", caseflow.RoleReviewer}, {"police", "police", caseflow.RoleReviewer},
		{"tax", "tax", caseflow.RoleReviewer}, {"bank", "bank", caseflow.RoleReviewer}, {"insurance", "insurance", caseflow.RoleReviewer},
		{"fund", "fund", caseflow.RoleReviewer}, {"head", "market", caseflow.RoleHead},
		{"sys", "market", caseflow.RoleAdmin}, {"sec", "market", caseflow.RoleSecurity}, {"aud", "market", caseflow.RoleAudit},
		{"hotline", "hotline", caseflow.RoleClerk}, {"station", "station", caseflow.RoleClerk}, {"health", "health", caseflow.RoleReviewer},
	} {
		list = append(list, access.NewAccount{Login: o[0] + "1", Kind: caseflow.ActorOfficial, Name: "赵明", Region: b.region, Department: o[1], Roles: []string{o[2]}})
	}
	list = append(list, access.NewAccount{Login: "station2", Kind: caseflow.ActorOfficial, Name: "钱亮", Region: b.region, Department: "station", Roles: []string{caseflow.RoleClerk}})
	seeded, err := b.gate.Seed(b.t.Context(), list)
	b.must(err)
	for _, s := range seeded {
		b.passwords[s.Login] = s.Password
	}
}

func citizen(n int) ident.Document {
	return ident.Document{Type: ident.DocResidentID, No: string(ident.MakeCitizenID("610502", 1990, 1, n, 11))}
}

// official gives a command as an official, past the pages.
func (b *bench) official(login string, key store.Key, cmd caseflow.Command) {
	b.t.Helper()
	a, err := b.store.AccountByLogin(b.t.Context(), login)
	b.must(err)
	by := caseflow.Actor{ID: a.ID, Kind: a.Kind, Name: a.Name, Department: a.Department, Region: a.Region, Roles: a.Roles}
	if _, err := b.hall.Do(b.t.Context(), by, "", key, cmd); err != nil {
		b.t.Fatalf("%s %s: %v", login, cmd.Verb(), err)
	}
}

// view is a case as its owner sees it.
func (b *bench) view(login string, key store.Key) *hall.View {
	b.t.Helper()
	a, err := b.store.AccountByLogin(b.t.Context(), login)
	b.must(err)
	v, err := b.hall.View(b.t.Context(), caseflow.Actor{ID: a.ID, Kind: a.Kind}, key, "", "")
	b.must(err)
	return v
}

// visitor is a browser without script: it follows redirects and keeps cookies.
type visitor struct {
	b      *bench
	client *http.Client
}

func (b *bench) visitor() *visitor {
	jar, err := cookiejar.New(nil)
	b.must(err)
	return &visitor{b, &http.Client{Jar: jar}}
}

// signedIn is a visitor who has signed in by the page.
func (b *bench) signedIn(login string) *visitor {
	b.t.Helper()
	v := b.visitor()
	p := v.post("/signin", url.Values{"login": {login}, "password": {b.passwords[login]}})
	if p.status != http.StatusOK || strings.HasPrefix(p.path, "/signin") {
		b.t.Fatalf("sign-in of %s: %d at %s", login, p.status, p.path)
	}
	return v
}

// shown is a page that came back, where redirects have led.
type shown struct {
	t      testing.TB
	status int
	path   string
	header http.Header
	body   string
}

func (v *visitor) send(r *http.Request) shown {
	v.b.t.Helper()
	resp, err := v.client.Do(r)
	v.b.must(err)
	body, err := io.ReadAll(resp.Body)
	v.b.must(err)
	v.b.must(resp.Body.Close())
	return shown{v.b.t, resp.StatusCode, resp.Request.URL.Path, resp.Header, string(body)}
}

func (v *visitor) get(path string) shown {
	v.b.t.Helper()
	r, err := http.NewRequest(http.MethodGet, v.b.server.URL+path, nil)
	v.b.must(err)
	return v.send(r)
}

func (v *visitor) post(path string, form url.Values, change ...func(*http.Request)) shown {
	v.b.t.Helper()
	r, err := http.NewRequest(http.MethodPost, v.b.server.URL+path, strings.NewReader(form.Encode()))
	v.b.must(err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for _, f := range change {
		f(r)
	}
	return v.send(r)
}

// upload sends a file form.
func (v *visitor) upload(path, name string, content []byte, fields url.Values) shown {
	v.b.t.Helper()
	if name == "" {
		return v.uploads(path, fields)
	}
	return v.uploads(path, fields, chosen{name, content})
}

// chosen is a file as a person chooses it.
type chosen struct {
	name    string
	content []byte
}

// uploads posts several files at once.
func (v *visitor) uploads(path string, fields url.Values, files ...chosen) shown {
	v.b.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for k, list := range fields {
		for _, x := range list {
			v.b.must(w.WriteField(k, x))
		}
	}
	for _, f := range files {
		h := textproto.MIMEHeader{}
		h.Set("Content-Disposition", multipart.FileContentDisposition("files", f.name))
		h.Set("Content-Type", "application/octet-stream")
		part, err := w.CreatePart(h)
		v.b.must(err)
		_, err = part.Write(f.content)
		v.b.must(err)
	}
	v.b.must(w.Close())
	r, err := http.NewRequest(http.MethodPost, v.b.server.URL+path, &body)
	v.b.must(err)
	r.Header.Set("Content-Type", w.FormDataContentType())
	return v.send(r)
}

// hidden reads the request id of the first form of a page that carries one.
func (s shown) hidden() string {
	s.t.Helper()
	m := regexp.MustCompile(`name="request" value="([^"]+)"`).FindStringSubmatch(s.body)
	if m == nil {
		s.t.Fatalf("no request id on %s (%d):\n%s", s.path, s.status, s.body)
	}
	return m[1]
}

func (s shown) is(status int) shown {
	s.t.Helper()
	if s.status != status {
		s.t.Fatalf("%s: got %d, want %d\n%s", s.path, s.status, status, text(s.body))
	}
	return s
}

func (s shown) has(words ...string) shown {
	s.t.Helper()
	for _, w := range words {
		if !strings.Contains(s.body, w) {
			s.t.Errorf("%s (%d) lacks %q:\n%s", s.path, s.status, w, text(s.body))
		}
	}
	return s
}

func (s shown) lacks(words ...string) shown {
	s.t.Helper()
	for _, w := range words {
		if strings.Contains(s.body, w) {
			s.t.Errorf("%s (%d) must not hold %q:\n%s", s.path, s.status, w, text(s.body))
		}
	}
	return s
}

var tags = regexp.MustCompile(`(?s)<(script|style).*?</(script|style)>|<[^>]+>|\n\s*`)

// text is what stands in <main>, roughly.
func text(body string) string {
	if _, rest, ok := strings.Cut(body, "<main"); ok {
		body = rest
	}
	return tags.ReplaceAllString(body, "\n")
}

// pdf is a small file of a kind that is taken.
func pdf(words string) []byte {
	return []byte("%PDF-1.4\n1 0 obj<<>>endobj\n% " + words + "\ntrailer<<>>\n%%EOF\n")
}
