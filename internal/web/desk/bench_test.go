package desk_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/quarantine"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/store/sqlstore"
	"github.com/tongban/tongban/internal/web/desk"
	"github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
)

// bench is the desk over a real store, on virtual time, with people at it.
type bench struct {
	t      testing.TB
	hall   *hall.Hall
	store  *sqlstore.Store
	gate   *access.Gate
	web    http.Handler
	now    atomic.Int64 // microseconds
	reads  atomic.Int64 // statements
	people map[string]person
}

type person struct {
	actor caseflow.Actor
	token access.Token
}

// staff are the people of the tests: login, name, region, department, roles.
var staff = [][]string{
	{"clerk1", "赵窗口", region, "hall", "clerk"}, {"clerk2", "钱窗口", region, "hall", "clerk"}, {"chief", "孙主任", region, "hall", "head"},
	{"market1", "李登记", region, "market", "reviewer"}, {"market2", "周登记", region, "market", "reviewer"}, {"market3", "吴局长", region, "market", "head"},
	{"tax1", "郑税务", region, "tax", "reviewer"}, {"police1", "王公安", region, "police", "reviewer"}, {"police2", "冯队长", region, "police", "head"},
	{"super", "陈督查", region, "office", "supervisor"}, {"assessor1", "秦测评", region, "office", "assessor"}, {"admin1", "褚管理", region, "office", "admin"},
	{"far1", "卫登记", "610503", "market", "reviewer"}, {"farclerk", "蒋窗口", "610503", "hall", "clerk"},
	{"water1", "沈供水", region, "water", "reviewer"},
}

type noFiles struct{}

func (noFiles) Apart(context.Context, store.Key) (map[string][]store.Quarantined, error) {
	return nil, nil
}

func (noFiles) Take(context.Context, caseflow.Actor, store.Key, string) (caseflow.File, error) {
	return caseflow.File{}, store.ErrNotFound
}

func (noFiles) Put(context.Context, caseflow.Actor, quarantine.Place, io.Reader, int64) (caseflow.File, error) {
	return caseflow.File{}, &caseflow.Refusal{Code: caseflow.CodeFile, Args: []string{"type"}}
}

func (noFiles) Turn(context.Context, string, caseflow.File, string) (caseflow.File, error) {
	return caseflow.File{}, errors.ErrUnsupported
}

func (noFiles) Join(context.Context, caseflow.Actor, quarantine.Place, []string, int64) (caseflow.File, error) {
	return caseflow.File{}, errors.ErrUnsupported
}

func (noFiles) Open(context.Context, string) (io.ReadCloser, error) {
	return io.NopCloser(strings.NewReader("%PDF-1.7")), nil
}

func newBench(t testing.TB) *bench {
	t.Helper()
	return newBenchOf(t, opening())
}

// newBenchOf is the desk with another service.
func newBenchOf(t testing.TB, it *caseflow.Item) *bench {
	t.Helper()
	b := &bench{t: t, people: map[string]person{}}
	b.now.Store(monday.UnixMicro())
	st, err := sqlstore.Open(t.Context(), sqlstore.Options{Address: filepath.Join(t.TempDir(), "desk.db"), Read: func(string) { b.reads.Add(1) }})
	b.must(err)
	t.Cleanup(func() { b.must(st.Close()) })
	b.store = st
	items := catalogue{it}
	b.hall, err = hall.New(hall.Options{Store: st, Catalogue: items, Now: b.clock})
	b.must(err)
	b.gate, err = access.NewGate(st, access.Options{Now: b.clock, Hashes: access.Weak(), Limits: access.Limits{IdleOfficial: 365 * 24 * time.Hour, IdleCitizen: 365 * 24 * time.Hour, Absolute: 365 * 24 * time.Hour}})
	b.must(err)
	b.hire()
	door, err := access.NewDoor(b.gate, access.DoorOptions{})
	b.must(err)
	renderer, err := ui.New(ui.Options{Site: ui.Site{Name: text("渭南市政务服务", "Weinan services"), Host: text("渭南市行政审批服务局", "Weinan"), Phone: "0913-2000000", Complaints: "12345"},
		Pages: []fs.FS{page.Pages(), desk.Pages()}})
	b.must(err)
	kit := page.New(page.Options{UI: renderer, Department: func(_, id string) caseflow.Text { return items.Department(nil, id) }})
	mux := http.NewServeMux()
	desk.New(desk.Deps{Hall: b.hall, Kit: kit, Files: noFiles{}, Guides: items, Gate: b.gate, Accounts: st}).Register(mux)
	mux.Handle("GET "+ui.StaticPath, renderer.Static(http.NotFoundHandler()))
	b.web = ui.Preferences(page.WithReference(door.Middleware(mux)))
	return b
}

func (b *bench) clock() time.Time { return time.UnixMicro(b.now.Load()).UTC() }

func (b *bench) pass(d time.Duration) { b.now.Add(d.Microseconds()) }

func (b *bench) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// hire gives everybody an account and a session, without the cost of a password.
func (b *bench) hire() {
	b.t.Helper()
	list := []store.Account{{Login: "wang", Kind: caseflow.ActorCitizen, Name: "王秀英", Region: region,
		DocType: string(ident.DocResidentID), DocNo: "610502199001010011"}}
	for _, s := range staff {
		list = append(list, store.Account{Login: s[0], Kind: caseflow.ActorOfficial, Name: s[1], Region: s[2], Department: s[3], Roles: s[4:]})
	}
	for _, a := range list {
		a.ID, a.Added = "id-"+a.Login, b.clock()
		b.must(b.store.AddAccount(b.t.Context(), a))
		secret := sha256.Sum256([]byte(b.t.Name() + a.Login))
		token, err := access.ParseToken(base64.RawURLEncoding.EncodeToString(secret[:]))
		b.must(err)
		b.must(b.store.AddSession(b.t.Context(), store.Session{Hash: token.Hash(), Account: a.ID, Started: b.clock(), Seen: b.clock(), Expires: b.clock().AddDate(1, 0, 0)}))
		p := person{token: token}
		p.actor, _, err = b.gate.Who(b.t.Context(), token)
		b.must(err)
		b.people[a.Login] = p
	}
}

// answer is a page that came back.
type answer struct {
	*httptest.ResponseRecorder
	body string
}

// as sends a request of somebody; "" is nobody.
func (b *bench) as(login, method, path string, form url.Values, change ...func(*http.Request)) answer {
	b.t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r := httptest.NewRequest(method, path, body)
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if login != "" {
		r.AddCookie(&http.Cookie{Name: "tongban", Value: b.people[login].token.Reveal()})
	}
	for _, c := range change {
		c(r)
	}
	w := httptest.NewRecorder()
	b.web.ServeHTTP(w, r)
	a := answer{w, w.Body.String()}
	if key := wordless.FindString(plain(a.body)); key != "" {
		b.t.Errorf("%s %s: no words for %s", method, path, key)
	}
	return a
}

// wordless finds a key of the catalogue that is shown because it has no words.
var wordless = regexp.MustCompile(`\b(desk|case|command|event|refusal|ui|lamp|page)\.[a-z][a-z0-9.-]*\b`)

func (b *bench) get(login, path string) answer {
	b.t.Helper()
	a := b.as(login, "GET", path, nil)
	if a.Code != http.StatusOK {
		b.t.Fatalf("%s GET %s: %d\n%s", login, path, a.Code, plain(a.body))
	}
	return a
}

func (b *bench) do(login string, key store.Key, cmd caseflow.Command) hall.Receipt {
	b.t.Helper()
	r, err := b.hall.Do(b.t.Context(), b.people[login].actor, "", key, cmd)
	if err != nil {
		b.t.Fatalf("%s: %s: %v", login, cmd.Verb(), err)
	}
	return r
}

// received is a case that was handed in.
func (b *bench) received() store.Key {
	b.t.Helper()
	return b.receivedAs("渭南秦东商贸有限公司")
}

// longName is the longest name that a company may have.
var longName = strings.Repeat("渭南秦东绿色农产品加工贸易", 4) + "物流有限责任公司"

// receivedAs is a case to open a company of the name.
func (b *bench) receivedAs(company string) store.Key {
	b.t.Helper()
	return b.receivedFor(company, "王秀英")
}

// receivedFor also takes the name of its legal representative.
func (b *bench) receivedFor(company, legal string) store.Key {
	b.t.Helper()
	r := b.do("wang", store.Key{Region: region}, caseflow.Open{Item: "company-open", Channel: caseflow.ChannelOnline, Applicant: caseflow.Party{
		Kind: "person", Name: "王秀英", Document: ident.Document{Type: ident.DocResidentID, No: "610502199001010011"}, Phone: "13891300001"}})
	key := store.Key{Region: r.Region, Case: r.Case}
	b.do("wang", key, caseflow.SaveDraft{Data: []byte(`{"company":{"name":"` + company + `","capital":100000000,"address":"渭南市临渭区东风大街88号"},"legal":{"name":"` + legal + `","id":"610502199001010011","phone":"13891300001"}}`)})
	b.do("wang", key, caseflow.Attach{Material: "identity", File: caseflow.File{Hash: strings.Repeat("ab", 32), Name: "身份证.pdf", Bytes: 8, Type: "application/pdf"}})
	b.do("wang", key, caseflow.Defer{Material: "address", Signed: "王秀英"})
	b.do("wang", key, caseflow.Submit{})
	return key
}

// running is a case that was accepted.
func (b *bench) running() store.Key {
	key := b.received()
	b.do("clerk1", key, caseflow.Accept{})
	return key
}

// state is the case as it stands.
func (b *bench) state(key store.Key) *caseflow.Case {
	b.t.Helper()
	v, err := b.hall.View(b.t.Context(), hall.System, key, "", "")
	b.must(err)
	return v.Case
}

// task finds the live task of a step that has its turn.
func (b *bench) task(key store.Key, step caseflow.StepID) int {
	b.t.Helper()
	for _, t := range b.state(key).Tasks {
		if t.Step == step && t.Kind == caseflow.TaskStep && (t.State == caseflow.TaskOpen || t.State == caseflow.TaskClaimed) {
			return t.ID
		}
	}
	b.t.Fatalf("no task of step %s", step)
	return 0
}

func home(key store.Key) string { return "/desk/cases/" + string(key.Case) }

var hidden = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)

// form reads the hidden fields of the form on a page that goes to action, and adds answers.
func form(t testing.TB, a answer, action string, add ...string) url.Values {
	t.Helper()
	_, rest, ok := strings.Cut(a.body, `action="`+strings.ReplaceAll(action, "&", "&amp;")+`"`)
	if !ok {
		t.Fatalf("no form to %s on the page:\n%s", action, plain(a.body))
	}
	inner, _, _ := strings.Cut(rest, "</form>")
	v := url.Values{}
	for _, m := range hidden.FindAllStringSubmatch(inner, -1) {
		v.Add(m[1], unescape.Replace(m[2]))
	}
	for i := 0; i+1 < len(add); i += 2 {
		v.Add(add[i], add[i+1])
	}
	return v
}

var unescape = strings.NewReplacer("&amp;", "&", "&lt;", "<", "&gt;", ">", "&#34;", `"`, "&#39;", "'", "&#43;", "+")

var tags = regexp.MustCompile(`(?s)<(script|style|svg|head).*?</(script|style|svg|head)>|<[^>]+>`)

func plain(body string) string {
	lines := strings.Split(unescape.Replace(tags.ReplaceAllString(body, "\n")), "\n")
	lines = slices.DeleteFunc(lines, func(s string) bool { return strings.TrimSpace(s) == "" })
	return strings.Join(lines, "\n")
}

// act goes through an act as a person does: opens its form, fills it in, confirms where asked. It ends at the case.
func (b *bench) act(login string, key store.Key, verb string, task int, answers ...string) {
	b.t.Helper()
	path := home(key) + "/acts/" + verb
	if task != 0 {
		path += "?task=" + strconv.Itoa(task)
		if step := b.state(key).Task(task).Step; step != "" {
			path = fmt.Sprintf("%s/acts/%s?of=%s&task=%d", home(key), verb, step, task)
		}
	}
	a := b.as(login, "POST", path, form(b.t, b.get(login, path), path, answers...))
	if a.Code == http.StatusOK && strings.Contains(a.body, `name="confirmed"`) {
		a = b.as(login, "POST", path, form(b.t, a, path))
	}
	if a.Code != http.StatusSeeOther {
		b.t.Fatalf("%s %s: %d\n%s", login, verb, a.Code, plain(a.body))
	}
}

func contains(t testing.TB, a answer, want ...string) {
	t.Helper()
	body := unescape.Replace(a.body)
	for _, w := range want {
		if !strings.Contains(body, w) {
			t.Errorf("%q is not on the page:\n%s", w, plain(a.body))
		}
	}
}

func lacks(t testing.TB, a answer, unwanted ...string) {
	t.Helper()
	for _, w := range unwanted {
		if bytes.Contains([]byte(a.body), []byte(w)) {
			t.Errorf("%q is on the page:\n%s", w, plain(a.body))
		}
	}
}
