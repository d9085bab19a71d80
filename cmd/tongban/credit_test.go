package main

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/api"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/module"
	"github.com/tongban/tongban/internal/module/credit"
	"github.com/tongban/tongban/internal/sequencer"
	"github.com/tongban/tongban/internal/store"
)

// creditHouse is the whole program in Yulin with some people.
type creditHouse struct {
	*httptest.Server
	t      testing.TB
	app    *app
	tokens map[string]string
	log    *sequencer.Sequencer
}

func newCreditHouse(t *testing.T, packs ...string) *creditHouse {
	t.Helper()
	return creditHouseAt(t, placeFlags{Data: t.TempDir()}, packs...)
}

func creditHouseAt(t *testing.T, place placeFlags, packs ...string) *creditHouse {
	t.Helper()
	now := func() time.Time { return time.Date(2026, 11, 27, 2, 0, 0, 0, time.UTC) }
	a, err := storeFlags{placeFlags: place, packsFlag: packsFlag{Packs: packs}}.open(t.Context(), slog.New(slog.DiscardHandler), now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.close() })
	handler, err := a.handler(serveCommand{Region: "610800"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	log, err := sequencer.Open(t.Context(), sequencer.Options{Store: a.store, Seal: a.ring, Origin: "yulin.example/log", Now: now, Rand: rand.Reader, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	h := &creditHouse{httptest.NewServer(handler), t, a, map[string]string{}, log}
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

func jsonOf(t testing.TB, v any) []byte {
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
	if text = h.want(http.StatusUnprocessableEntity, "market", "POST", files, "application/octet-stream", []byte("PK\x03\x04")); !bytes.Contains(text, []byte("list-file")) {
		t.Errorf("%s", text)
	}
	if err := h.app.modules[0].(module.Worker).Work(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, who := range []string{"market", "county", "police"} {
		text = h.want(http.StatusOK, who, "GET", party, "", nil)
		for _, part := range []string{`"tier":"B"`, `"indicator":"penalty-ordinary"`, `"drops":"2029-08-31"`, `"repair":"2026-11-30"`, `"how":"time"`, `"day":"2027-08-31"`, `"why":"new"`} {
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

// What is to be published everybody sees without signing in, by page and by program; how much was in time only officials see, and what
// was late only the department that was.
func TestCredit_decisions_are_public(t *testing.T) {
	t.Parallel()
	h := newCreditHouse(t)
	h.want(http.StatusCreated, "market", "POST", api.Prefix+"/credit/batches", "application/octet-stream", []byte(creditList))
	h.work()
	page := h.want(http.StatusOK, "", "GET", "/credit?kind=penalty&party="+strings.ToLower(creditParty), "", nil)
	if !bytes.Contains(page, []byte("&lt;b&gt;超范围经营&lt;/b&gt;")) || !bytes.Contains(page, []byte("公示至 2029年11月26日")) || bytes.Contains(page, []byte("风险")) {
		t.Errorf("%s", page)
	}
	if page = h.want(http.StatusOK, "", "GET", "/credit", "", nil); !bytes.Contains(page, []byte("没有公示信息")) {
		t.Errorf("%s", page)
	}
	const list = api.Prefix + "/credit/publications?kind=penalty&region=610802"
	if text := h.want(http.StatusOK, "", "GET", list, "", nil); !bytes.Contains(text, []byte(`"id":"罚1"`)) || !bytes.Contains(text, []byte(`"late":true`)) {
		t.Errorf("%s", text)
	}
	const compliance, late = api.Prefix + "/credit/compliance?from=2026-01-01&to=2026-12-31", api.Prefix + "/credit/late"
	if text := h.want(http.StatusOK, "police", "GET", compliance, "", nil); !bytes.Contains(text, []byte(`"departments":[{"source":"market","all":1,"late":1,"share":0}]`)) {
		t.Errorf("%s", text)
	}
	if page = h.want(http.StatusOK, "market", "GET", "/desk/credit/published", "", nil); !bytes.Contains(page, []byte("未达到")) || !bytes.Contains(page, []byte("应在 2026年9月9日（周三） 前公示")) {
		t.Errorf("%s", page)
	}
	if page = h.want(http.StatusOK, "police", "GET", "/desk/credit/published", "", nil); !bytes.Contains(page, []byte("未达到")) || bytes.Contains(page, []byte("超范围")) {
		t.Errorf("%s", page)
	}
	if text := h.want(http.StatusOK, "police", "GET", late, "", nil); bytes.Contains(text, []byte("罚1")) {
		t.Errorf("%s", text)
	}
	for _, who := range []string{"system", "13800138001"} {
		h.want(http.StatusNotFound, who, "GET", compliance, "", nil)
		h.want(http.StatusNotFound, who, "GET", late, "", nil)
		h.want(http.StatusNotFound, who, "GET", "/desk/credit/published", "", nil)
	}
}

// A licence of a part of a bundle and a penalty that are decided here are public within their seven working days by themselves: of the company
// that the bundle founds, and of whom the penalty is imposed on. The other part makes nothing.
func TestCredit_publishes_what_is_decided_here(t *testing.T) {
	t.Parallel()
	h := newCreditHouse(t, filepath.FromSlash("../../internal/module/credit/testdata/permit"))
	open := func(item, name string, applicant map[string]any) string {
		t.Helper()
		var opened struct{ Case string }
		if err := json.Unmarshal(h.post("credit", "/cases", map[string]any{"item": item, "channel": "window", "applicant": applicant}), &opened); err != nil {
			t.Fatal(err)
		}
		at := "/cases/" + opened.Case
		h.post("credit", at+"/save-draft", map[string]any{"data": map[string]string{"name": name}})
		h.post("credit", at+"/submit", map[string]any{})
		h.post("credit", at+"/accept", map[string]any{})
		return at
	}
	company := map[string]any{"kind": "organisation", "name": "榆林甲公司", "document": map[string]string{"docType": "credit-code", "docNo": creditParty}, "phone": "13800138001"}
	fine := open("fine", "榆林甲公司", company)
	h.post("credit", fine+"/grant", map[string]any{"task": h.task("credit", fine, "decide"), "data": map[string]any{"gravity": "grave", "fen": 500000}})
	start := open("start", "榆林新公司", map[string]any{"kind": "person", "name": "李明", "document": map[string]string{"docType": "resident-id", "docNo": "610502198803120111"}, "phone": "13800138001"})
	for _, step := range []string{"decide", "judge"} {
		h.post("credit", start+"/grant", map[string]any{"task": h.task("credit", start, step)})
	}
	for range 2 {
		h.work()
	}
	const list = api.Prefix + "/credit/publications?region=610800"
	if text := h.want(http.StatusOK, "", "GET", list+"&kind=penalty", "", nil); bytes.Count(text, []byte(`"party":"`)) != 1 || !bytes.Contains(text, []byte(`"result":"grave"`)) || !bytes.Contains(text, []byte("500000")) || bytes.Contains(text, []byte(`"late":true`)) {
		t.Errorf("%s", text)
	}
	text := h.want(http.StatusOK, "", "GET", list, "", nil)
	if bytes.Count(text, []byte(`"party":"`)) != 1 || !bytes.Contains(text, []byte("许可证")) || !bytes.Contains(text, []byte("榆林新公司")) || bytes.Contains(text, []byte("李明")) || bytes.Contains(text, []byte("执照")) {
		t.Errorf("%s", text)
	}
	if text := h.want(http.StatusOK, "police", "GET", api.Prefix+"/credit/compliance?from=2026-01-01&to=2026-12-31", "", nil); !bytes.Contains(text, []byte(`"source":"credit","all":2,"late":0`)) {
		t.Errorf("%s", text)
	}
}

// Who joins gets points and perks by a number that leads to nobody; who leaves is erased. Nobody else sees more than yes or no.
func TestCredit_score_is_for_who_wants_it(t *testing.T) {
	t.Parallel()
	h := newCreditHouse(t)
	const me, own, deeds = "13800138001", api.Prefix + "/credit/membership", api.Prefix + "/credit/deeds"
	score := func(method string) (v credit.CreditMembership) {
		t.Helper()
		if err := json.Unmarshal(h.want(http.StatusOK, me, method, own, "", nil), &v); err != nil {
			t.Fatal(err)
		}
		return v
	}
	if v := score("GET"); v.Member != "" || v.Points != 0 {
		t.Errorf("before joining: %+v", v)
	}
	h.want(http.StatusOK, me, "POST", "/my/score", "application/x-www-form-urlencoded", []byte("act=join"))
	v := score("POST") // again: the same number
	no := v.Member
	if len(no) != 12 || score("GET").Member != no {
		t.Fatalf("%+v", v)
	}
	deed := func(status int, who, no, id, kind, day string) []byte {
		t.Helper()
		return h.want(status, who, "POST", deeds, "application/json", jsonOf(t, map[string]string{"member": no, "id": id, "deed": kind, "day": day}))
	}
	for range 2 { // the same deed counts once
		deed(http.StatusNoContent, "market", strings.ToLower(no), "血1", "blood", "2026-11-01")
	}
	deed(http.StatusUnprocessableEntity, "market", "NOBODY", "血2", "blood", "2026-11-01")
	deed(http.StatusUnprocessableEntity, "market", no, "血2", "theft", "2026-11-01")
	deed(http.StatusUnprocessableEntity, "market", no, "血2", "blood", "2026-11-28")
	deed(http.StatusNotFound, me, no, "血2", "blood", "2026-11-01")
	page := h.want(http.StatusOK, "market", "POST", "/desk/credit/deeds", "application/x-www-form-urlencoded", []byte(url.Values{"member": {no}, "id": {"志1"}, "deed": {"volunteer"}, "day": {"2026-11-02"}}.Encode()))
	if !bytes.Contains(page, []byte("已记录")) || bytes.Contains(page, []byte("李明")) {
		t.Errorf("%s", page)
	}
	if v = score("GET"); v.Points != 40 || len(v.Deeds) != 2 {
		t.Errorf("%+v", v)
	}
	h.want(http.StatusUnprocessableEntity, "market", "POST", "/desk/credit/deeds", "application/x-www-form-urlencoded", []byte("member=x&deed=blood&id=1&day=2026-11-02"))
	h.want(http.StatusOK, me, "POST", own+"/perks/library", "", nil)
	h.want(http.StatusNotFound, me, "POST", own+"/perks/moon", "", nil)
	code := ""
	for _, p := range score("GET").Perks {
		if p.Perk == "library" {
			code = p.Code
		}
	}
	check := func(want string) {
		t.Helper()
		text := h.want(http.StatusOK, "", "GET", api.Prefix+"/credit/perk-codes/"+code+"?region=610800", "", nil)
		if !bytes.Contains(text, []byte(`"good":`+want)) || bytes.Contains(text, []byte(no)) {
			t.Errorf("%s", text)
		}
	}
	check("true")
	if page = h.want(http.StatusOK, "", "GET", "/credit/perk?region=610800&code="+strings.ToLower(code), "", nil); !bytes.Contains(page, []byte("有效：借书免押金（榆林市图书馆）")) {
		t.Errorf("%s", page)
	}
	if page = h.want(http.StatusOK, me, "GET", "/my/score", "", nil); !bytes.Contains(page, []byte(code)) || !bytes.Contains(page, []byte("退出并清除")) {
		t.Errorf("%s", page)
	}
	if page = h.want(http.StatusOK, me, "GET", "/my/score?leave", "", nil); !bytes.Contains(page, []byte("退出桃花分吗？")) || !bytes.Contains(page, []byte(`name="act" value="leave"`)) {
		t.Errorf("leaving does not ask first: %s", page)
	}
	for _, who := range []string{"market", "system"} {
		h.want(http.StatusNotFound, who, "GET", own, "", nil)
	}
	if v = score("DELETE"); v.Member != "" || len(v.Deeds) > 0 {
		t.Errorf("%+v", v)
	}
	check("false")
	for _, table := range []string{"credit_member", "credit_deed", "credit_code"} {
		n := 0
		if err := h.app.store.Read(t.Context(), func(sc store.Scan) error { return sc(&n) }, "SELECT COUNT(*) FROM "+table); err != nil || n != 0 {
			t.Errorf("%d rows are left in %s, %v", n, table, err)
		}
	}
	deed(http.StatusUnprocessableEntity, "market", no, "血3", "blood", "2026-11-01")
}
