package api_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/api"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/export"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/pack"
	"github.com/tongban/tongban/internal/parameter"
	"github.com/tongban/tongban/internal/quarantine"
	"github.com/tongban/tongban/internal/seal"
	"github.com/tongban/tongban/internal/sequencer"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/store/filestore"
	"github.com/tongban/tongban/internal/store/sqlstore"
	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/workday"
)

// Regions of the tests: the one where cases are, and the one where others sit.
const (
	linwei   = "610502"
	huazhou  = "610503"
	password = "correct horse 7"
)

// house is the real thing behind a real server: SQLite, files and accounts in a folder of the test, on virtual time.
type house struct {
	keys   *seal.Ring
	codes  []string // that went out by mail
	store  store.Store
	t      testing.TB
	server *httptest.Server
	api    *api.API
	hall   *hall.Hall
	files  filestore.Store
	gate   *access.Gate
	dir    string
	texts  []hall.RecordedText  // as a demonstration keeps them
	log    *sequencer.Sequencer // places nothing by itself
	logs   *syncBuffer
	rules  *contract
	packs  *catalogue
	mu     sync.Mutex
	now    time.Time
	tokens map[string]string
	known  map[string]bool // who has an account and is signed out
}

// syncBuffer is a log that many goroutines write.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// catalogue is where administrators load packs; how the store and other servers learn of it is tested with the program.
type catalogue struct{ pack.Catalogue }

// Proofs and Build are api.Packs'.
func (c *catalogue) Proofs(context.Context) ([]store.PackRow, error) {
	return []store.PackRow{{ID: "03-weinan-open-company", Version: "1.0.0", Digest: []byte{1}, Proved: "build 1"}}, nil
}

func (c *catalogue) Build() string { return "build 1" }

// Load is api.Packs.
func (c *catalogue) Load(_ context.Context, archive []byte, may func(string) error) (*pack.Pack, []pack.Problem, error) {
	fsys, err := pack.Open(archive)
	if err != nil {
		return nil, []pack.Problem{{File: "pack.yaml", Code: "file.read", What: err.Error(), Mend: "send a zip"}}, nil
	}
	p, problems := pack.Check(fsys)
	if len(problems) > 0 {
		return nil, problems, nil
	}
	if err := may(p.Region); err != nil {
		return nil, nil, err
	}
	return p, nil, c.Add(p)
}

// shelf is a catalogue of items made here.
type shelf []*caseflow.Item

func (s shelf) Current(id caseflow.ItemID) *caseflow.Item {
	for _, it := range s {
		if it.ID == id {
			return it
		}
	}
	return nil
}

func (s shelf) Item(pack, version string, id caseflow.ItemID) *caseflow.Item {
	if it := s.Current(id); it != nil && it.Pack == pack && version == "2" { // the next version, which promises a day less
		next := *it
		next.Version, next.Limits.Promised = version, rule("promised", 1, "")
		return &next
	}
	if it := s.Current(id); it != nil && it.Pack == pack && it.Version == version {
		return it
	}
	return nil
}

func newHouse(t testing.TB) *house {
	t.Helper()
	return openHouse(t, t.TempDir(), access.Limits{})
}

// openHouse starts the house over a folder, which may have been used before.
func openHouse(t testing.TB, dir string, limits access.Limits) *house {
	t.Helper()
	return openHouseOn(t, dir, limits, sqlstore.Options{Address: filepath.Join(dir, "tongban.db")})
}

// openHouseOn starts the house over a store of a test's choice.
func openHouseOn(t testing.TB, dir string, limits access.Limits, o sqlstore.Options) *house {
	t.Helper()
	h := &house{t: t, dir: dir, packs: &catalogue{}, logs: &syncBuffer{}, tokens: map[string]string{}, known: map[string]bool{},
		now: time.Date(2026, 11, 24, 2, 0, 0, 0, time.UTC)} // a Tuesday, 10:00 in Weinan
	log := slog.New(slog.NewJSONHandler(h.logs, nil))
	keys, err := seal.Open(dir, h.now)
	must(t, err)
	o.Log, o.Ring, h.keys = log, keys, keys
	st, err := sqlstore.Open(t.Context(), o)
	must(t, err)
	t.Cleanup(func() { must(t, st.Close()) })
	files, err := filestore.Open(filepath.Join(dir, "files"), h.now)
	must(t, err)
	t.Cleanup(func() { must(t, files.Close()) })
	h.files, h.store = files, st
	h.hall, err = hall.New(hall.Options{Store: st, Catalogue: items, Lobbies: lobbies, Files: files, Now: h.time, Log: log, Departments: offices,
		Program: hall.Program{Version: "test", Database: "SQLite"}})
	must(t, err)
	h.log, err = sequencer.Open(t.Context(), sequencer.Options{Store: st, Seal: keys, Origin: "test.example/log", Now: h.time, Rand: rand.Reader, Log: log})
	must(t, err)
	providers, err := access.ParseProviders("providers.yaml", []byte("providers: [{id: staff, name: {zh: 政务内网, en: Staff network}, issuer: 'https://id.example.cn', client: tongban, realm: officials}]"), os.LookupEnv)
	must(t, err)
	h.gate, err = access.NewGate(st, access.Options{Now: h.time, Hashes: access.Weak(), Limits: limits, Departments: h.hall.Duties, Seal: keys, Values: valuesOf(h, limits), Region: linwei, Providers: access.NewProviders(providers, "https://zwfw.example.cn", http.DefaultClient, h.time)})
	must(t, err)
	h.api, err = api.New(api.Options{Exports: export.New(h.gate, st, h.log.Seal, h.time), Hall: h.hall, Gate: h.gate, Contacts: access.NewContacts(st, h.time, nil, h.mail), Files: files, Quarantine: bounded(quarantine.New(files, st, h.gate, h.time, log), h), Log: log, Version: "test",
		Items: func() []*caseflow.Item { return items }, Packs: h.packs, Backups: h.archives(dir), Recorded: func() []hall.RecordedText { return slices.Clone(h.texts) },
		Sample: func(_ *caseflow.Item, name string) ([]byte, string, bool) {
			return []byte(name), "text/plain; charset=utf-8", true
		},
		Words: func(lang, code string, args ...string) string {
			if !i18n.Has("refusal." + code) {
				return ""
			}
			list := make([]any, len(args))
			for i := range args {
				list[i] = args[i]
			}
			return i18n.T(lang, "refusal."+code, list...)
		}})
	must(t, err)
	h.server = httptest.NewServer(h.api)
	t.Cleanup(h.server.Close)
	h.rules = newContract(t, h)
	return h
}

// mail keeps the code that it is to send.
func (h *house) mail(_ context.Context, _, code string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.codes = append(h.codes, code)
	return nil
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (h *house) time() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}

func (h *house) pass(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(d)
}

// person is somebody of the tests. Officials are added by the house, citizens register themselves.
type person struct{ name, region, department, role, phone string }

var people = map[string]person{
	"owner":       {name: "王秀英", region: linwei, phone: "13892300001"},
	"neighbour":   {name: "李建国", region: linwei, phone: "13892300002"},
	"clerk":       {name: "赵敏", region: linwei, department: "hall", role: caseflow.RoleClerk},
	"market":      {name: "孙立", region: linwei, department: "market", role: caseflow.RoleReviewer},
	"market-left": {name: "钱留", region: linwei, department: "market", role: caseflow.RoleReviewer},
	"tax":         {name: "周强", region: linwei, department: "tax", role: caseflow.RoleReviewer},
	"police":      {name: "吴刚", region: linwei, department: "police", role: caseflow.RoleReviewer},
	"culture":     {name: "郑洁", region: linwei, department: "culture", role: caseflow.RoleReviewer},
	"head":        {name: "冯磊", region: linwei, department: "hall", role: caseflow.RoleHead},
	"supervisor":  {name: "陈静", region: linwei, department: "office", role: caseflow.RoleSupervisor},
	"assessor":    {name: "秦测", region: linwei, department: "office", role: caseflow.RoleAssessor},
	"admin":       {name: "褚勇", region: linwei, department: "office", role: caseflow.RoleAdmin},
	"security":    {name: "严格", region: linwei, department: "office", role: caseflow.RoleSecurity},
	"audit":       {name: "常明", region: linwei, department: "office", role: caseflow.RoleAudit},

	"other-clerk":      {name: "卫东", region: huazhou, department: "hall", role: caseflow.RoleClerk},
	"other-market":     {name: "蒋涛", region: huazhou, department: "market", role: caseflow.RoleReviewer},
	"other-head":       {name: "沈芳", region: huazhou, department: "hall", role: caseflow.RoleHead},
	"other-supervisor": {name: "韩雪", region: huazhou, department: "office", role: caseflow.RoleSupervisor},
	"other-admin":      {name: "杨帆", region: huazhou, department: "office", role: caseflow.RoleAdmin},
}

var document = ident.Document{Type: ident.DocResidentID, No: string(ident.MakeCitizenID(linwei, 1990, 1, 1, 2))}

// token signs somebody in, through the API, and adds them first if need be.
func (h *house) token(who string) string {
	h.t.Helper()
	h.mu.Lock()
	token, ok := h.tokens[who]
	h.mu.Unlock()
	if ok {
		return token
	}
	p, ok := people[who]
	if !ok {
		h.t.Fatalf("nobody is called %s", who)
	}
	login, secret := p.phone, password
	switch {
	case h.known[who]:
	case p.role == "":
		h.must(http.StatusCreated, "", "POST", "/accounts", map[string]any{"name": p.name, "document": document, "phone": p.phone,
			"password": password, "region": p.region})
	default:
		login = who
		added, err := h.gate.Seed(h.t.Context(), []access.NewAccount{{Login: who, Kind: caseflow.ActorOfficial, Name: p.name,
			Region: p.region, Department: p.department, Roles: []string{p.role}}})
		must(h.t, err)
		secret = added[0].Password
	}
	var out struct{ Token string }
	h.into(&out, h.must(http.StatusCreated, "", "POST", "/sessions", map[string]any{"login": login, "password": secret}))
	h.mu.Lock()
	defer h.mu.Unlock()
	h.tokens[who] = out.Token
	return out.Token
}

// signOut forgets the session of somebody who has an account: the next request of theirs signs in again.
func (h *house) signOut(who string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.tokens, who)
	h.known[who] = true
}

// reply is an answer, read to its end.
type reply struct {
	status int
	header http.Header
	body   []byte
}

func (r reply) code() string {
	var p struct{ Code string }
	_ = json.Unmarshal(r.body, &p)
	return p.Code
}

// call sends a request as somebody ("" is nobody) and holds the answer against the document. body is sent as JSON; an
// io.Reader and a []byte are sent as they are.
func (h *house) call(who, method, path string, body any, headers ...string) reply {
	h.t.Helper()
	var r io.Reader
	kind := "application/json"
	switch b := body.(type) {
	case nil:
	case io.Reader:
		r, kind = b, "application/octet-stream"
	case []byte:
		r = bytes.NewReader(b)
	default:
		data, err := json.Marshal(b)
		must(h.t, err)
		r = bytes.NewReader(data)
	}
	req, err := http.NewRequestWithContext(h.t.Context(), method, h.server.URL+api.Prefix+path, r)
	must(h.t, err)
	if body != nil {
		req.Header.Set("Content-Type", kind)
	}
	if who != "" {
		req.Header.Set("Authorization", "Bearer "+h.token(who))
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := h.server.Client().Do(req)
	must(h.t, err)
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	must(h.t, err)
	out := reply{res.StatusCode, res.Header, data}
	if h.rules != nil {
		h.rules.check(h.t, method, path, out)
	}
	return out
}

// must is call that fails the test unless the answer has the status.
func (h *house) must(status int, who, method, path string, body any, headers ...string) reply {
	h.t.Helper()
	r := h.call(who, method, path, body, headers...)
	if r.status != status {
		h.t.Fatalf("%s %s as %q: status %d, want %d: %s", method, path, who, r.status, status, r.body)
	}
	return r
}

func (h *house) into(v any, r reply) {
	h.t.Helper()
	if err := json.Unmarshal(r.body, v); err != nil {
		h.t.Fatalf("%v in %s", err, r.body)
	}
}

// give gives a command and returns its receipt.
func (h *house) give(who, no, verb string, body any) hall.Receipt {
	h.t.Helper()
	var out hall.Receipt
	h.into(&out, h.must(http.StatusOK, who, "POST", "/cases/"+no+"/"+verb, body))
	return out
}

func opening() map[string]any {
	return map[string]any{"item": "company-open", "channel": "online",
		"applicant": map[string]any{"kind": "person", "name": "王秀英", "document": document, "phone": "13892300001"}}
}

// open opens a case as the owner.
func (h *house) open() string {
	h.t.Helper()
	var out hall.Receipt
	h.into(&out, h.must(http.StatusOK, "owner", "POST", "/cases", opening()))
	return string(out.Case)
}

// upload uploads a file as somebody.
func (h *house) upload(who, name string, content []byte) caseflow.File {
	h.t.Helper()
	var f caseflow.File
	h.into(&f, h.must(http.StatusCreated, who, "POST", "/files?name="+name, bytes.NewReader(content)))
	return f
}

// submitted is a case that the owner has handed in.
func (h *house) submitted() string {
	h.t.Helper()
	no := h.open()
	h.give("owner", no, "save-draft", map[string]any{"data": map[string]any{"company": map[string]any{"name": "渭南秦东商贸有限公司"},
		"agent": map[string]any{"name": "王秀英", "phone": "13892300001"}}})
	h.give("owner", no, "attach", map[string]any{"material": "identity", "file": h.upload("owner", "id.png", image(20, 20))})
	h.give("owner", no, "defer", map[string]any{"material": "address", "signed": "王秀英"})
	h.give("owner", no, "submit", nil)
	return no
}

// running is a case that was accepted.
func (h *house) running() string {
	h.t.Helper()
	no := h.submitted()
	h.give("clerk", no, "accept", nil)
	return no
}

// posted is a case with a public notice.
func (h *house) posted() string {
	h.t.Helper()
	open := opening()
	open["item"] = "school-place"
	var out hall.Receipt
	h.into(&out, h.must(http.StatusOK, "owner", "POST", "/cases", open))
	no := string(out.Case)
	h.give("owner", no, "save-draft", map[string]any{"data": map[string]any{"school": "前进路小学"}})
	h.give("owner", no, "submit", nil)
	h.give("clerk", no, "accept", nil)
	return no
}

// task finds the live task of a step, as somebody sees it.
func (h *house) task(who, no, step string) int {
	h.t.Helper()
	var c api.CaseDetail
	h.into(&c, h.must(http.StatusOK, who, "GET", "/cases/"+no, nil))
	for _, t := range c.Tasks {
		if string(t.Step) == step && (t.State == "open" || t.State == "claimed") {
			return t.ID
		}
	}
	h.t.Fatalf("%s sees no task of %s in %s", who, step, no)
	return 0
}

func wd(n int) workday.Limit { return workday.Limit{N: n, Unit: workday.WorkDay} }

func rule(id string, n int, effect caseflow.Effect) caseflow.Rule {
	return caseflow.Rule{ID: id, Name: caseflow.Text{ZH: id, EN: id}, Limit: wd(n), Soon: wd(1), Effect: effect,
		Basis: caseflow.Basis{Law: "行政许可法", Article: "三十二"}}
}

// items is what can be asked for: a bundle with a core registration, then tax and seal in parallel, then results at
// one window.
var items = func() shelf {
	within := rule("step", 1, caseflow.EffectNone)
	post := func(department string) caseflow.Post {
		return caseflow.Post{Department: department, Role: caseflow.RoleReviewer}
	}
	return shelf{{
		ID: "company-open", Pack: "03", Version: "1", Name: caseflow.Text{ZH: "企业开办", EN: "Open a company"}, Department: "hall",
		Kind: "许可", For: []string{"person"}, Channels: []string{"online", "window"},
		Parts: []caseflow.Part{{ID: "registration", Department: "market", Core: true}, {ID: "tax", Department: "tax"}, {ID: "seal", Department: "police"}},
		Pages: []caseflow.Page{{ID: "who", Title: caseflow.Text{ZH: "经办人"}, Fields: []caseflow.Field{
			{Name: "company.name", Label: caseflow.Text{ZH: "名称"}, Widget: "text"},
			{Name: "agent.name", Label: caseflow.Text{ZH: "姓名"}, Widget: "text", Personal: true},
			{Name: "agent.phone", Label: caseflow.Text{ZH: "电话"}, Widget: "phone", Personal: true}}}},
		Subject: "form.company.name",
		Situations: []caseflow.Situation{{ID: "place", Ask: caseflow.Text{ZH: "住所在哪里"}, Answers: []caseflow.Answer{
			{ID: "here", Label: caseflow.Text{ZH: "本市"}, Sets: map[string]string{"form.place.kind": "own", "applicant.help": "elderly", "applicant.channel": "window"}},
			{ID: "elsewhere", Label: caseflow.Text{ZH: "外地"}, Cannot: &caseflow.Cannot{Text: caseflow.Text{ZH: "不能在这里办"}, Instead: caseflow.Text{ZH: "请到当地"}}}}}},
		Persons: []caseflow.Person{{ID: "agent", Name: caseflow.Text{ZH: "经办人", EN: "agent"}, Like: []string{caseflow.PersonApplicant},
			Fields: caseflow.PersonFields{Name: "agent.name", Phone: "agent.phone"}}},
		Schema: json.RawMessage(`{"type":"object"}`),
		Materials: []caseflow.Material{
			{ID: "identity", Sample: "samples/identity.txt", Blank: "samples/blank.txt", Name: caseflow.Text{ZH: "身份证"}, Need: caseflow.Required, Accept: []string{"image/png"}, MaxBytes: 1 << 20},
			{ID: "address", Name: caseflow.Text{ZH: "住所证明"}, Need: caseflow.Deferrable,
				Deferral: &caseflow.Deferral{Rule: rule("deferral", 2, caseflow.EffectBreach), Consequence: caseflow.ConsequenceRevoke}},
		},
		Steps: []caseflow.Step{
			{ID: "register", Kind: caseflow.KindDecide, Part: "registration", By: post("market"), Within: &within},
			{ID: "licence", Kind: caseflow.KindIssue, Part: "registration", Needs: []caseflow.StepID{"register"},
				Result: &caseflow.Result{Licence: "business-licence", Numbering: caseflow.NumberCreditCode, Holder: "form.company.name",
					Name: caseflow.Text{ZH: "营业执照"}, Sample: "samples/licence.txt"}},
			{ID: "tax", Kind: caseflow.KindDecide, Part: "tax", Needs: []caseflow.StepID{"licence"}, By: post("tax"), Within: &within},
			{ID: "seal", Kind: caseflow.KindDecide, Part: "seal", Needs: []caseflow.StepID{"licence"}, By: post("police"), Within: &within},
			{ID: "deliver", Kind: caseflow.KindDeliver, Needs: []caseflow.StepID{"tax", "seal"}, By: caseflow.Post{Department: "hall", Role: caseflow.RoleClerk}},
		},
		Limits: caseflow.Limits{Acceptance: rule("acceptance", 5, caseflow.EffectAccept), Statutory: rule("statutory", 20, ""),
			Promised: rule("promised", 2, ""), Correction: rule("correction", 15, caseflow.EffectWithdraw)},
		Extension: &caseflow.Extension{Limit: wd(10), Role: caseflow.RoleHead, Basis: caseflow.Basis{Law: "行政许可法", Article: "四十二"}},
		Stops:     []caseflow.StopCause{{ID: "appraisal", Max: wd(10), Times: 1, Basis: caseflow.Basis{Law: "行政许可法", Article: "四十五"}}},
		Grounds:   []caseflow.Ground{{ID: "not-eligible", Text: caseflow.Text{ZH: "不符合条件"}, Basis: caseflow.Basis{Law: "公司法", Article: "二十九"}}},
	}, {
		ID: "school-place", Pack: "03", Version: "1", Name: caseflow.Text{ZH: "入学登记", EN: "School place"}, Department: "hall",
		Kind: "public-service", For: []string{"person"}, Channels: []string{"online"}, Subject: "form.child",
		Pages: []caseflow.Page{{ID: "child", Title: caseflow.Text{ZH: "儿童"}, Fields: []caseflow.Field{
			{Name: "child", Label: caseflow.Text{ZH: "姓名"}, Widget: "text", Personal: true}}}},
		Schema: json.RawMessage(`{"type":"object"}`),
		Steps: []caseflow.Step{
			{ID: "list", Name: caseflow.Text{ZH: "拟录取名单公示", EN: "Public list"}, Kind: caseflow.KindPublish, By: post("hall"), Within: &within,
				Publish: &caseflow.Publish{Objection: caseflow.ObjectionWaits, Answer: rule("answer", 3, ""),
					Shows: []caseflow.Datum{{Key: "school", Label: caseflow.Text{ZH: "学校", EN: "School"}, From: "form.school"}}}},
			{ID: "decide", Kind: caseflow.KindDecide, Needs: []caseflow.StepID{"list"}, By: post("hall"), Within: &within}},
		Limits: caseflow.Limits{Acceptance: rule("acceptance", 5, caseflow.EffectAccept), Statutory: rule("statutory", 20, ""),
			Promised: rule("promised", 2, ""), Correction: rule("correction", 15, caseflow.EffectWithdraw)},
	}}
}()

func path(format string, args ...any) string { return fmt.Sprintf(format, args...) }

func contains(t testing.TB, body []byte, want string) {
	t.Helper()
	if !strings.Contains(string(body), want) {
		t.Errorf("%q is not in %s", want, body)
	}
}

func lacks(t testing.TB, body []byte, never string) {
	t.Helper()
	if strings.Contains(string(body), never) {
		t.Errorf("%q is in %s", never, body)
	}
}

// place puts the pack of the items, of which only the files matter here, into the store, and all leaves into the log.
func (h *house) place() {
	h.t.Helper()
	sealed, problems := pack.Seal(fstest.MapFS{"pack.yaml": {Data: []byte("id: 03")}, "items/company-open.yaml": {Data: []byte("id: company-open")}})
	if len(problems) > 0 {
		h.t.Fatal(problems)
	}
	must(h.t, h.store.PutPack(h.t.Context(), store.PackRow{ID: "03", Version: "1", Digest: sealed.Digest[:], Archive: sealed.Archive, Added: h.time()}))
	_, err := h.log.Place(h.t.Context())
	must(h.t, err)
}

// valuesOf are the parameters of the hall, unless the test says how long a session may be unused.
func valuesOf(h *house, limits access.Limits) func() *parameter.Table {
	if limits.IdleOfficial != 0 {
		return nil
	}
	return h.hall.Values
}

// bounded lets an account upload no more than the parameters of the hall say.
func bounded(k *quarantine.Keeper, h *house) *quarantine.Keeper {
	k.Bound(h.hall.Values, linwei)
	return k
}
