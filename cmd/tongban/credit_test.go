package main

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/api"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
)

// creditHouse is the whole program in Yulin with some people.
type creditHouse struct {
	*httptest.Server
	t      *testing.T
	app    *app
	tokens map[string]string
}

func newCreditHouse(t *testing.T) *creditHouse {
	t.Helper()
	now := func() time.Time { return time.Date(2026, 11, 27, 2, 0, 0, 0, time.UTC) }
	a, err := storeFlags{placeFlags: placeFlags{Data: t.TempDir()}}.open(t.Context(), slog.New(slog.DiscardHandler), now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.close() })
	handler, err := a.handler(serveCommand{Region: "610800"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	h := &creditHouse{httptest.NewServer(handler), t, a, map[string]string{}}
	t.Cleanup(h.Close)
	official := func(login, region, department string, roles ...string) access.NewAccount {
		return access.NewAccount{Login: login, Kind: caseflow.ActorOfficial, Name: "赵明", Region: region, Department: department, Roles: roles}
	}
	people := []access.NewAccount{
		official("market", "610800", "market", caseflow.RoleReviewer), official("county", "610802", "market", caseflow.RoleReviewer), official("window", "610800", "market", caseflow.RoleClerk),
		official("credit", "610800", "credit", caseflow.RoleClerk, caseflow.RoleReviewer, caseflow.RoleHead),
		official("police", "610800", "police", caseflow.RoleReviewer), official("weinan", "610500", "market", caseflow.RoleReviewer), official("system", "610800", "office", caseflow.RoleAdmin),
		{Login: "13800138001", Kind: caseflow.ActorCitizen, Name: "李明", Region: "610800", Phone: "13800138001", Document: ident.Document{Type: ident.DocResidentID, No: "610502198803120111"}},
	}
	seeded, err := a.gate.Seed(t.Context(), people)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range seeded {
		var in api.SignedIn
		status, body := h.ask("", "POST", api.Prefix+"/sessions", "application/json", jsonOf(t, map[string]string{"login": s.Login, "password": s.Password}))
		if err := json.Unmarshal(body, &in.Body); err != nil || status != http.StatusCreated {
			t.Fatalf("%s signs in: %d %s", s.Login, status, body)
		}
		h.tokens[s.Login] = in.Body.Token
	}
	return h
}

func jsonOf(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (h *creditHouse) ask(who, method, path, kind string, body []byte) (int, []byte) {
	h.t.Helper()
	r, err := http.NewRequestWithContext(h.t.Context(), method, h.URL+path, bytes.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	if h.tokens[who] != "" {
		r.Header.Set("Authorization", "Bearer "+h.tokens[who])
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		h.t.Fatal(err)
	}
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return res.StatusCode, got
}

func (h *creditHouse) want(status int, who, method, path, kind string, body []byte) []byte {
	h.t.Helper()
	got, text := h.ask(who, method, path, kind, body)
	if got != status {
		h.t.Fatalf("%s %s as %s: %d, want %d: %s", method, path, who, got, status, text)
	}
	return text
}

const creditList = "统一社会信用代码,记录编号,信息类别,结果,日期,事项,领域\n91350100M000100Y43,罚1,行政处罚,一般,2026-08-31,<b>超范围经营</b>,能源\n"

// A department sends what it knows by program or page; officials of the city see the party and why its tier is what it is; the party
// can read who looked; nobody else is told that there is anything.
func TestCredit_is_seen_by_those_who_may(t *testing.T) {
	t.Parallel()
	h := newCreditHouse(t)
	const files, party = api.Prefix + "/credit/batches", api.Prefix + "/credit/parties/91350100M000100Y43?reason=%E6%A3%80%E6%9F%A5"
	text := h.want(http.StatusCreated, "market", "POST", files+"?name=a.csv", "application/octet-stream", []byte(creditList))
	if !bytes.Contains(text, []byte(`"state":"taken"`)) || !bytes.Contains(text, []byte(`"added":1`)) {
		t.Errorf("%s", text)
	}
	wrong := strings.Replace(creditList, "Y43", "Y44", 1)
	if text = h.want(http.StatusCreated, "window", "POST", files, "application/octet-stream", []byte(wrong)); !bytes.Contains(text, []byte(`"code":"uscc.check"`)) || !bytes.Contains(text, []byte(`"state":"refused"`)) {
		t.Errorf("%s", text)
	}
	if text = h.want(http.StatusUnprocessableEntity, "market", "POST", files, "application/octet-stream", []byte("PK\x03\x04")); !bytes.Contains(text, []byte("credit-file")) {
		t.Errorf("%s", text)
	}
	if err := h.app.modules[0].Work(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, who := range []string{"market", "county", "police"} {
		text = h.want(http.StatusOK, who, "GET", party, "", nil)
		for _, part := range []string{`"tier":"B"`, `"indicator":"penalty-ordinary"`, `"drops":"2029-08-31"`, `"repair":"2026-11-30"`, `"how":"time"`, `"day":"2027-08-31"`, `"why":"index"`} {
			if !bytes.Contains(text, []byte(part)) {
				t.Errorf("as %s no %s in %s", who, part, text)
			}
		}
	}
	for _, who := range []string{"weinan", "system", "window", "13800138001"} { // another city, an administrator, a window, a citizen
		h.want(http.StatusNotFound, who, "GET", party, "", nil)
	}
	for _, who := range []string{"system", "13800138001"} {
		h.want(http.StatusNotFound, who, "GET", files, "", nil)
		h.want(http.StatusNotFound, who, "POST", files, "application/octet-stream", []byte(creditList))
		h.want(http.StatusNotFound, who, "GET", "/desk/credit", "", nil)
	}
	h.want(http.StatusUnauthorized, "", "GET", party, "", nil)
	h.want(http.StatusNotFound, "police", "GET", files+"/1", "", nil)
	h.want(http.StatusNotFound, "13800138001", "GET", api.Prefix+"/credit/own?owner="+url.QueryEscape(caseflow.CompanyOwner("91350100M000100Y43")), "", nil)
	h.want(http.StatusUnprocessableEntity, "market", "GET", strings.TrimSuffix(party, "%E6%A3%80%E6%9F%A5"), "", nil)
}

func TestCredit_pages(t *testing.T) {
	t.Parallel()
	h := newCreditHouse(t)
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	_ = w.WriteField("list", "records")
	_ = w.WriteField("accept", "whole")
	file, err := w.CreateFormFile("file", "名单.csv")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(file, strings.Replace(creditList, "2026-08-31", "2026-02-30", 1))
	_ = w.Close()
	page := h.want(http.StatusOK, "market", "POST", "/desk/credit", w.FormDataContentType(), form.Bytes()) // the client follows to the batch
	for _, part := range []string{"整份名单没有入库", "日期应写成", "名单.csv"} {
		if !bytes.Contains(page, []byte(part)) {
			t.Errorf("no %s in %s", part, page)
		}
	}
	h.want(http.StatusCreated, "market", "POST", api.Prefix+"/credit/batches", "application/octet-stream", []byte(creditList))
	find := func(status int, reason string) []byte {
		return h.want(status, "police", "POST", "/desk/credit/party", "application/x-www-form-urlencoded", []byte(url.Values{"code": {"91350100M000100Y43"}, "reason": {reason}}.Encode()))
	}
	page = find(http.StatusOK, "监督检查")
	for _, part := range []string{"B（风险一般）", "920.00 分", "&lt;b&gt;超范围经营&lt;/b&gt;", "不对外公开", "2027年8月31日", "2026年11月30日"} {
		if !bytes.Contains(page, []byte(part)) {
			t.Errorf("no %s in %s", part, page)
		}
	}
	if page = find(http.StatusUnprocessableEntity, " "); !bytes.Contains(page, []byte("需要说明事由")) || !bytes.Contains(page, []byte("91350100M000100Y43")) {
		t.Errorf("%s", page)
	}
	if page = h.want(http.StatusOK, "market", "GET", "/desk/credit?lang=en", "", nil); !bytes.Contains(page, []byte("Send a list")) || !bytes.Contains(page, []byte("Refused")) {
		t.Errorf("%s", page)
	}
	if page = h.want(http.StatusOK, "13800138001", "GET", "/my/credit", "", nil); !bytes.Contains(page, []byte("没有可以查看的企业")) {
		t.Errorf("%s", page)
	}
}

// The repair of a record is an ordinary case; what it grants takes the record out of the tier, once, and says so.
func TestCredit_is_repaired_by_a_case(t *testing.T) {
	t.Parallel()
	h := newCreditHouse(t)
	h.want(http.StatusCreated, "market", "POST", api.Prefix+"/credit/batches", "application/octet-stream", []byte(creditList))
	work := func() {
		t.Helper()
		for range 2 { // what was carried out is not carried out again
			if err := h.app.modules[0].Work(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	work()
	post := func(path string, body any) []byte {
		t.Helper()
		status, text := h.ask("credit", "POST", api.Prefix+path, "application/json", jsonOf(t, body))
		if status/100 != 2 {
			t.Fatalf("%s: %d %s", path, status, text)
		}
		return text
	}
	var opened struct{ Case string }
	text := post("/cases", map[string]any{"item": "credit-repair", "channel": "window", "applicant": map[string]any{"kind": "organisation", "name": "榆林甲公司",
		"document": map[string]string{"docType": "credit-code", "docNo": "91350100M000100Y43"}, "phone": "13800138001"}})
	if err := json.Unmarshal(text, &opened); err != nil || opened.Case == "" {
		t.Fatalf("%s", text)
	}
	at := "/cases/" + opened.Case
	post(at+"/save-draft", map[string]any{"data": map[string]string{"title": "超范围经营", "source": "market", "recordId": "罚1", "words": "已经缴清罚款并变更登记。"}})
	pdf := []byte("%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n")
	var file caseflow.File
	if err := json.Unmarshal(h.want(http.StatusCreated, "credit", "POST", api.Prefix+"/files?name=a.pdf", "application/octet-stream", pdf), &file); err != nil {
		t.Fatal(err)
	}
	post(at+"/attach", map[string]any{"material": "proof", "file": file})
	post(at+"/submit", map[string]any{})
	post(at+"/accept", map[string]any{})
	task := func(step string) int {
		t.Helper()
		var c api.CaseDetail
		if err := json.Unmarshal(h.want(http.StatusOK, "credit", "GET", api.Prefix+at, "", nil), &c); err != nil {
			t.Fatal(err)
		}
		for _, x := range c.Tasks {
			if string(x.Step) == step {
				return x.ID
			}
		}
		t.Fatalf("no task %s", step)
		return 0
	}
	post(at+"/complete", map[string]any{"task": task("verify"), "outcome": "agree"})
	see := func() []byte {
		return h.want(http.StatusOK, "police", "GET", api.Prefix+"/credit/parties/91350100M000100Y43?reason=%E6%A3%80%E6%9F%A5", "", nil)
	}
	work()
	if text := see(); !bytes.Contains(text, []byte(`"tier":"B"`)) || !bytes.Contains(text, []byte(`"state":"stands"`)) {
		t.Errorf("before it is decided: %s", text)
	}
	post(at+"/grant", map[string]any{"task": task("decide")})
	work()
	text = see()
	if !bytes.Contains(text, []byte(`"state":"repaired"`)) || !bytes.Contains(text, []byte(`"tier":"A"`)) || bytes.Count(text, []byte(`"why":`)) != 2 {
		t.Errorf("granted: %s", text)
	}
	h.proves(map[string]int{"batch": 1, "look": 1, "mark": 1}) // at one instant a look counts once
	// The department sends the same record again: the repair stays.
	h.want(http.StatusCreated, "market", "POST", api.Prefix+"/credit/batches", "application/octet-stream", []byte(strings.Replace(creditList, "一般", "严重", 1)))
	work()
	if text := see(); !bytes.Contains(text, []byte(`"state":"repaired"`)) || !bytes.Contains(text, []byte(`"result":"grave"`)) {
		t.Errorf("sent again: %s", text)
	}
}

// proves checks how many acts of the module the log proves, by their kind.
func (h *creditHouse) proves(want map[string]int) {
	h.t.Helper()
	got := map[string]int{}
	err := h.app.store.EachLeaf(h.t.Context(), func(l store.Leaf, _ int64) error {
		if l.Kind == store.LeafModule {
			act, _, _ := strings.Cut(strings.TrimPrefix(l.Name, "credit "), " ")
			got[act]++
		}
		return nil
	})
	if err != nil || !maps.Equal(got, want) {
		h.t.Errorf("the log proves %v, want %v, %v", got, want, err)
	}
}
