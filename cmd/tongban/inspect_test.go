package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tongban/tongban/draw"
	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/api"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/module"
	"github.com/tongban/tongban/internal/module/inspect"
	"github.com/tongban/tongban/internal/store/pgtest"
)

// inspectHouse is the whole program in Hanzhong with some people, on a clock of its own.
type inspectHouse struct {
	creditHouse
	mu        sync.Mutex
	now       time.Time
	passwords map[string]string
	away      atomic.Bool     // the network is down
	without   map[string]bool // operations of the API that no module adds, once somebody has asked
}

// wire breaks every connection while the network is away.
func (h *inspectHouse) wire(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if h.away.Load() {
			panic(http.ErrAbortHandler)
		}
		next.ServeHTTP(w, r)
	})
}

func (h *inspectHouse) clock() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}

func (h *inspectHouse) pass(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(d)
}

// bothInspectHouses runs a test on each database.
func bothInspectHouses(t *testing.T, do func(t *testing.T, h *inspectHouse)) {
	t.Run("SQLite", func(t *testing.T) { t.Parallel(); do(t, newInspectHouse(t, "")) })
	t.Run("PostgreSQL", func(t *testing.T) { t.Parallel(); do(t, newInspectHouse(t, pgtest.Start(t))) })
}

func newInspectHouse(t testing.TB, store string) *inspectHouse {
	t.Helper()
	return newInspectHouseIn(t, placeFlags{Store: store})
}

// newInspectHouseIn is newInspectHouse in a store of a test's choice.
func newInspectHouseIn(t testing.TB, place placeFlags) *inspectHouse {
	t.Helper()
	place.Data = t.TempDir()
	h := &inspectHouse{now: time.Date(2026, 11, 27, 2, 0, 0, 0, time.UTC), passwords: map[string]string{}}
	a, err := storeFlags{placeFlags: place}.open(t.Context(), slog.New(slog.DiscardHandler), h.clock)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.close() })
	handler, err := a.handler(serveCommand{Region: "610700"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	h.creditHouse = creditHouse{Server: httptest.NewServer(h.wire(handler)), t: t, app: a, tokens: map[string]string{}}
	t.Cleanup(h.Close)
	official := func(login, region, department, role string) access.NewAccount {
		return access.NewAccount{Login: login, Kind: caseflow.ActorOfficial, Name: "赵明", Region: region, Department: department, Roles: []string{role}}
	}
	people := []access.NewAccount{
		official("plan", "610700", "market", caseflow.RoleReviewer), official("head", "610700", "market", caseflow.RoleHead), official("tax", "610700", "tax", caseflow.RoleReviewer),
		official("county", "610702", "market", caseflow.RoleReviewer), official("admin", "610700", "office", caseflow.RoleAdmin),
		{Login: "13800138001", Kind: caseflow.ActorCitizen, Name: "李明", Region: "610700", Phone: "13800138001", Document: ident.Document{Type: ident.DocResidentID, No: "610502198803120111"}},
	}
	for i := range 5 {
		people = append(people, official(fmt.Sprintf("in%d", i+1), "610700", "market", caseflow.RoleClerk))
	}
	seeded, err := a.gate.Seed(t.Context(), people)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range seeded {
		h.passwords[s.Login] = s.Password
	}
	h.signIn()
	return h
}

// signIn has everybody sign in: a session ends when nothing is done for a while.
func (h *inspectHouse) signIn() {
	h.t.Helper()
	for login, password := range h.passwords {
		var in api.SignedIn
		status, body := h.ask("", "POST", api.Prefix+"/sessions", "application/json", jsonOf(h.t, map[string]string{"login": login, "password": password}))
		if err := json.Unmarshal(body, &in.Body); err != nil || status != http.StatusCreated {
			h.t.Fatalf("%s signs in: %d %s", login, status, body)
		}
		h.tokens[login] = in.Body.Token
	}
}

// post is a call of the API that must have a status.
func (h *inspectHouse) post(status int, who, path string, body any) []byte {
	h.t.Helper()
	return h.want(status, who, "POST", api.Prefix+path, "application/json", jsonOf(h.t, body))
}

func (h *inspectHouse) get(status int, who, path string) []byte {
	h.t.Helper()
	return h.want(status, who, "GET", api.Prefix+path, "", nil)
}

func (h *inspectHouse) into(text []byte, to any) {
	h.t.Helper()
	if err := json.Unmarshal(text, to); err != nil {
		h.t.Fatalf("%v: %s", err, text)
	}
}

// work does what is due.
func (h *inspectHouse) work() {
	h.t.Helper()
	for _, m := range h.app.modules {
		w, ok := m.(module.Worker)
		if !ok {
			continue
		}
		if err := w.Work(h.t.Context()); err != nil {
			h.t.Fatal(err)
		}
	}
}

func (h *inspectHouse) send(who, list, text string) inspect.InspectEdition {
	h.t.Helper()
	var e inspect.InspectEdition
	h.into(h.want(http.StatusCreated, who, "POST", api.Prefix+"/inspect/lists?list="+list, "application/octet-stream", []byte(text)), &e)
	return e
}

func companyCode(n int) string {
	return string(ident.MakeCreditCode('9', '1', "610700", fmt.Sprintf("%08d", n)))
}

// lists sends the one list and the two libraries: 40 companies, 5 inspectors.
func (h *inspectHouse) lists() {
	h.t.Helper()
	var objects strings.Builder
	objects.WriteString("统一社会信用代码,名称,所在区县,地址,行业\n")
	for i := range 40 {
		fmt.Fprintf(&objects, "%s,汉中第%d公司,汉台区,民主街%d号,餐饮\n", companyCode(i), i, i)
	}
	inspectors := "执法证号,姓名,账号,证件有效期至,可派区域,业务专长,回避对象\n"
	for i := range 5 {
		inspectors += fmt.Sprintf("Z%d,检查员%d,in%d,2028-12-31,汉台区,食品,%s\n", i+1, i+1, i+1, companyCode(i))
	}
	for list, text := range map[string]string{"items": "事项编号,抽查事项,事项类别,检查方式,检查依据\nA1,登记事项检查,一般,现场检查,《公司法》\nA2,公示信息检查,重点,书面检查,《企业信息公示暂行条例》\n",
		"inspectors": inspectors, "objects": objects.String()} {
		if e := h.send("plan", list, text); e.State != inspect.Taken {
			h.t.Fatalf("%s: %+v", list, e)
		}
	}
}

// drawn plans a round, draws it and dispatches its tasks. It returns the plan.
func (h *inspectHouse) drawn(terms map[string]any) inspect.InspectPlan {
	h.t.Helper()
	var p inspect.InspectPlan
	h.into(h.post(http.StatusCreated, "plan", "/inspect/plans", map[string]any{"title": "2026年12月餐饮抽查", "due": "2026-12-31", "terms": terms}), &p)
	h.propose(&p)
	h.confirm(p.Draw)
	h.work()
	return p
}

func (h *inspectHouse) propose(p *inspect.InspectPlan) {
	h.t.Helper()
	h.into(h.post(http.StatusCreated, "plan", fmt.Sprintf("/inspect/plans/%d/draw", p.Plan), map[string]any{"opens": h.clock().Add(10 * time.Minute), "sources": []map[string]any{
		{"kind": "dice", "name": "机关", "rolls": 8, "faces": 6}, {"kind": "dice", "name": "企业代表", "rolls": 8, "faces": 6}}}), p)
}

func (h *inspectHouse) confirm(draw string) {
	h.t.Helper()
	h.post(http.StatusOK, "head", "/draws/"+draw+"/confirm", map[string]any{})
	h.pass(11 * time.Minute)
	h.post(http.StatusOK, "plan", "/draws/"+draw+"/values", map[string]any{"source": 0, "value": "3,1,6,2,5,5,1,4"})
	h.post(http.StatusOK, "head", "/draws/"+draw+"/values", map[string]any{"source": 1, "value": "2,6,6,3,1,4,2,5"})
}

var plainTerms = map[string]any{"items": []string{"market/A1", "market/A2"}, "total": 6, "team": 2, "cap": 6, "together": 2, "visits": 1}

func (h *inspectHouse) tasks(who, path string) []inspect.InspectTask {
	h.t.Helper()
	var list struct{ Tasks []inspect.InspectTask }
	h.into(h.get(http.StatusOK, who, path), &list)
	return list.Tasks
}

func result(kind string) map[string]any {
	return map[string]any{"request": "request-" + kind, "kind": kind, "words": "现场查看。", "marks": []map[string]string{{"department": "market", "item": "A1", "kind": kind}, {"department": "market", "item": "A2", "kind": "none"}}}
}

// From the lists to a published result, all through the doors: plan, draw by two, dispatch, visit, signatures, publication.
func TestInspect_from_plan_to_publication(t *testing.T) {
	t.Parallel()
	bothInspectHouses(t, goesToPublication)
}

func goesToPublication(t *testing.T, h *inspectHouse) {
	h.lists()
	p := h.drawn(plainTerms)
	list := h.tasks("plan", fmt.Sprintf("/inspect/plans/%d/tasks", p.Plan))
	if len(list) != 6 {
		t.Fatalf("%d tasks", len(list))
	}
	// The published record holds, and names nobody.
	record := h.get(http.StatusOK, "", "/draws/"+p.Draw+"/record")
	if _, err := draw.Verify(record); err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(record, []byte("公司")) || bytes.Contains(record, []byte(list[0].Party)) || bytes.Contains(record, []byte("检查员")) {
		t.Error("the record names somebody")
	}
	at := filepath.Join(t.TempDir(), "record.json")
	if err := os.WriteFile(at, record, 0o600); err != nil {
		t.Fatal(err)
	}
	obeyed(t, "draw", "verify", at)
	var one inspect.InspectTask
	h.into(h.get(http.StatusOK, "plan", fmt.Sprintf("/inspect/tasks/%d", list[0].Task)), &one)
	if len(one.Members) != 2 || len(one.Items) != 2 {
		t.Fatalf("%+v", one)
	}
	who := func(i int) string { return "in" + strings.TrimPrefix(one.Members[i].Inspector, "Z") }
	path := fmt.Sprintf("/inspect/tasks/%d", one.Task)
	h.post(http.StatusCreated, who(0), path+"/result", result("ordered"))
	again := h.post(http.StatusCreated, who(0), path+"/result", result("ordered")) // the network dropped
	if !bytes.Contains(again, []byte(`"state":"signing"`)) {
		t.Errorf("%s", again)
	}
	h.post(http.StatusUnprocessableEntity, who(1), path+"/result", result("none"))
	h.post(http.StatusUnprocessableEntity, "plan", path+"/publish", map[string]any{}) // not signed by both
	h.post(http.StatusOK, who(1), path+"/sign", map[string]any{})
	h.into(h.get(http.StatusOK, who(1), path), &one)
	if one.State != inspect.TaskDone || one.Publish.String() != "2026-12-25" { // 20 working days from 27 November
		t.Errorf("%s until %s", one.State, one.Publish)
	}
	if len(h.tasks("", "/inspections?party="+one.Party)) != 0 {
		t.Error("it is public before it is published")
	}
	h.post(http.StatusOK, "plan", path+"/publish", map[string]any{})
	shown := h.get(http.StatusOK, "", "/inspections?party="+one.Party)
	if !bytes.Contains(shown, []byte(`"kind":"ordered"`)) || bytes.Contains(shown, []byte(one.Token)) {
		t.Errorf("%s", shown)
	}
	page := h.want(http.StatusOK, "", "GET", "/inspections?party="+url.QueryEscape(one.Party), "", nil)
	if !bytes.Contains(page, []byte("发现问题已责令改正")) {
		t.Errorf("%s", page)
	}
	h.handsOver(&one)
}

// handsOver gives what was found to the department that enforces, by its name: a case is opened there once, whoever works; what came of it
// its case says. To who has no item for penalties it goes as words.
func (h *inspectHouse) handsOver(one *inspect.InspectTask) {
	t, path := h.t, fmt.Sprintf("/inspect/tasks/%d", one.Task)
	t.Helper()
	h.into(h.post(http.StatusCreated, "plan", path+"/follows", map[string]any{"kind": "handover", "department": "汉中市市场监管综合行政执法支队", "words": "涉嫌违反登记管理条例。"}), one)
	h.into(h.post(http.StatusCreated, "plan", path+"/follows", map[string]any{"kind": "handover", "department": "公安机关", "words": "线索移送。"}), one)
	no := one.Follows[0].Case
	if no == "" || one.Follows[0].Department != "enforcement" || one.Follows[1].Case != "" {
		t.Fatalf("%+v", one.Follows)
	}
	h.work()
	var c api.CaseDetail
	h.into(h.get(http.StatusOK, "plan", "/cases/"+no), &c)
	if c.Phase != caseflow.PhaseReceived || c.Applicant.Document.No != one.Party || !bytes.Contains(c.Form, []byte(`"found":"`)) {
		t.Errorf("%s of %s: %s", c.Phase, c.Applicant.Document.No, c.Form)
	}
	h.post(http.StatusUnprocessableEntity, "plan", path+"/follows/1/end", map[string]any{"outcome": "已处理。"}) // its case says it
	page := h.want(http.StatusOK, "plan", "GET", "/desk/inspections/tasks/"+fmt.Sprint(one.Task), "", nil)
	if !bytes.Contains(page, []byte("执法部门的办件："+no)) || !bytes.Contains(page, []byte("移送执法：汉中市市场监管综合行政执法支队")) {
		t.Errorf("%s", page)
	}
	h.post(http.StatusUnprocessableEntity, "13800138001", "/cases?region=610700", map[string]any{"item": "inspection-penalty", "channel": "online", "applicant": map[string]any{"kind": "person", "name": "李明",
		"document": map[string]string{"docType": "resident-id", "docNo": "610502198803120111"}}})
	if home := h.want(http.StatusOK, "", "GET", "/", "", nil); bytes.Contains(home, []byte("移送案件行政处罚")) || !bytes.Contains(home, []byte("抽查结果异议")) {
		t.Error("a penalty is offered as a service")
	}
}

// Each wrong way is refused and loses nothing: a second result, somebody else's task, a company twice in a year, a draw before its time, lists
// with one bad row; what nobody publishes is published on its last day, and an objection that is granted corrects the result.
func TestInspect_refuses_and_keeps(t *testing.T) {
	t.Parallel()
	bothInspectHouses(t, refusesAndKeeps)
}

func refusesAndKeeps(t *testing.T, h *inspectHouse) {
	h.lists()
	if e := h.send("plan", "objects", "统一社会信用代码,名称,所在区县,地址\n"+companyCode(1)+",甲,汉台区,街\n91350100M000100Y44,乙,汉台区,街\n"); e.State != inspect.Refused || len(e.Faults) != 1 || e.Faults[0].Code != "uscc.check" || e.Faults[0].Row != 3 {
		t.Errorf("%+v", e)
	}
	p := h.drawn(plainTerms) // the 40 companies of the list before
	list := h.tasks("plan", fmt.Sprintf("/inspect/plans/%d/tasks", p.Plan))
	var one inspect.InspectTask
	h.into(h.get(http.StatusOK, "plan", fmt.Sprintf("/inspect/tasks/%d", list[0].Task)), &one)
	path := fmt.Sprintf("/inspect/tasks/%d", one.Task)
	mine, theirs := "in"+strings.TrimPrefix(one.Members[0].Inspector, "Z"), ""
	for i := range 5 {
		if z := fmt.Sprintf("Z%d", i+1); z != one.Members[0].Inspector && z != one.Members[1].Inspector {
			theirs = fmt.Sprintf("in%d", i+1)
		}
	}
	for _, who := range []string{theirs, "tax", "county", "admin", "13800138001"} { // not drawn for it
		h.get(http.StatusNotFound, who, path)
		h.post(http.StatusNotFound, who, path+"/result", result("none"))
		h.post(http.StatusNotFound, who, path+"/sign", map[string]any{})
		h.post(http.StatusNotFound, who, path+"/publish", map[string]any{})
	}
	h.post(http.StatusNotFound, "head", path+"/result", result("none")) // who plans does not go
	wrong := result("ordered")
	wrong["words"] = ""
	h.post(http.StatusUnprocessableEntity, mine, path+"/result", wrong)
	wrong = result("none")
	wrong["marks"] = []map[string]string{{"department": "market", "item": "A1", "kind": "pending"}, {"department": "market", "item": "A2", "kind": "none"}}
	h.post(http.StatusUnprocessableEntity, mine, path+"/result", wrong) // a problem that the result does not say
	h.once(&one, mine)
	h.afterwards(list, one)
}

// once hands one result in from two phones at the same time, each with a request of its own, and a photo twice: one of each counts.
func (h *inspectHouse) once(one *inspect.InspectTask, mine string) {
	t, path := h.t, fmt.Sprintf("/inspect/tasks/%d", one.Task)
	t.Helper()
	var wait sync.WaitGroup
	taken := make([]int, 2)
	for i := range taken {
		wait.Go(func() {
			res := result("ordered")
			res["request"], res["signatures"] = fmt.Sprintf("request-%d", i), map[string]string{one.Members[1].Inspector: "M1 1L20 20"}
			taken[i], _ = h.ask(mine, "POST", api.Prefix+path+"/result", "application/json", jsonOf(t, res))
		})
	}
	wait.Wait()
	if taken[0]+taken[1] != http.StatusCreated+http.StatusUnprocessableEntity {
		t.Errorf("%v", taken)
	}
	h.into(h.get(http.StatusOK, mine, path), one)
	if one.State != inspect.TaskDone || len(one.Marks) != 2 {
		t.Fatalf("%+v", one)
	}
	for range 2 {
		h.want(http.StatusCreated, mine, "POST", fmt.Sprintf("%s/inspect/photos?task=%d&request=photo-0001&located=true&lat=33067480&lon=107023010", api.Prefix, one.Task), "application/octet-stream", picture(t))
	}
	h.into(h.get(http.StatusOK, mine, path), one)
	if len(one.Photos) != 1 || one.Photos[0].Lat == nil || *one.Photos[0].Lat != 33067480 {
		t.Errorf("%+v", one.Photos)
	}
	h.post(http.StatusCreated, "plan", path+"/follows", map[string]any{"kind": "recheck", "due": "2026-12-20", "words": "限期改正后复查。"})
	h.post(http.StatusOK, "plan", path+"/follows/1/end", map[string]any{"outcome": "已改正。"})
	h.post(http.StatusUnprocessableEntity, "plan", path+"/follows/1/end", map[string]any{"outcome": "再次。"})
}

// afterwards is what becomes of a result: the next round, publication by the last day, an objection.
func (h *inspectHouse) afterwards(list []inspect.InspectTask, one inspect.InspectTask) {
	t := h.t
	t.Helper()
	// The next round leaves out whom this one drew.
	next := h.drawn(plainTerms)
	before := map[string]bool{}
	for _, x := range list {
		before[x.Party] = true
	}
	for _, x := range h.tasks("plan", fmt.Sprintf("/inspect/plans/%d/tasks", next.Plan)) {
		if before[x.Party] {
			t.Errorf("%s is visited twice in a year", x.Name)
		}
	}
	// Nobody publishes: on the last day it is public all the same, not before.
	h.pass(27 * 24 * time.Hour)
	h.work()
	if len(h.tasks("", "/inspections?party="+one.Party)) != 0 {
		t.Error("published early")
	}
	h.pass(24 * time.Hour)
	h.work()
	if got := h.tasks("", "/inspections?party="+one.Party); len(got) != 1 || got[0].Kind != inspect.Ordered {
		t.Fatalf("%+v", got)
	}
	h.signIn()
	h.object(one)
	for range 2 {
		h.work()
	}
	if got := h.tasks("", "/inspections?party="+one.Party); len(got) != 1 || got[0].Kind != inspect.NoProblem || got[0].Corrected == "" {
		t.Errorf("%+v", got)
	}
}

// object runs the case by which a company objects, to its grant.
func (h *inspectHouse) object(task inspect.InspectTask) {
	h.t.Helper()
	var opened struct{ Case string }
	h.into(h.post(http.StatusOK, "in1", "/cases", map[string]any{"item": "inspection-objection", "channel": "window", "applicant": map[string]any{"kind": "organisation", "name": task.Name,
		"document": map[string]string{"docType": "credit-code", "docNo": task.Party}, "phone": "13800138001"}}), &opened)
	at := "/cases/" + opened.Case
	give := func(who, verb string, body any) {
		h.t.Helper()
		if status, text := h.ask(who, "POST", api.Prefix+at+"/"+verb, "application/json", jsonOf(h.t, body)); status/100 != 2 {
			h.t.Fatalf("%s: %d %s", verb, status, text)
		}
	}
	give("in1", "save-draft", map[string]any{"data": map[string]string{"task": fmt.Sprint(task.Task), "words": "与事实不符。"}})
	var file caseflow.File
	h.into(h.want(http.StatusCreated, "in1", "POST", api.Prefix+"/files?name=a.png", "application/octet-stream", picture(h.t)), &file)
	give("in1", "attach", map[string]any{"material": "proof", "file": file})
	give("in1", "submit", map[string]any{})
	give("in1", "accept", map[string]any{})
	step := func(name string) int {
		var c api.CaseDetail
		h.into(h.get(http.StatusOK, "in1", at), &c)
		for _, x := range c.Tasks {
			if string(x.Step) == name {
				return x.ID
			}
		}
		h.t.Fatalf("no task %s", name)
		return 0
	}
	give("plan", "complete", map[string]any{"task": step("verify"), "outcome": "agree"})
	give("head", "grant", map[string]any{"task": step("decide")})
}

// picture is a small PNG.
func picture(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 8, 8))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
