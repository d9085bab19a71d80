package main

import (
	"bytes"
	"cmp"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/api"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/module/inspect"
)

// moduleOperation is one of a module's operations as the document has it, aimed at what a department of Hanzhong keeps.
type moduleOperation struct {
	id, method, at string
	public, aimed  bool
	kind           string
	body           []byte
}

// kernel are the operations that the API has without any module: those are for the tests of internal/api, which read them off its document.
func (h *inspectHouse) kernel() map[string]bool {
	h.t.Helper()
	if h.without != nil {
		return h.without
	}
	a := h.app
	handler, err := api.New(api.Options{Hall: a.hall, Gate: a.gate, Contacts: access.NewContacts(a.store, a.hall.Now, nil, nil), Files: a.files, Quarantine: a.apart, Items: a.items.Items, Find: a.find, Packs: a.items, Log: a.log, Version: version})
	must(h.t, err)
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, api.Prefix+"/openapi.json", nil))
	var doc struct {
		Paths map[string]map[string]struct{ OperationID string }
	}
	h.into(w.Body.Bytes(), &doc)
	h.without = map[string]bool{}
	for _, methods := range doc.Paths {
		for _, op := range methods {
			h.without[op.OperationID] = true
		}
	}
	return h.without
}

// operationsOf reads the document: whatever a module adds is tried without a line here. ids stand in place of parameters, and * in that of every
// other text of a body, if it is there.
func (h *inspectHouse) operationsOf(ids map[string]string) []moduleOperation {
	h.t.Helper()
	var doc map[string]any
	h.into(h.get(http.StatusOK, "", "/openapi.json"), &doc)
	var list []moduleOperation
	kernel := h.kernel()
	for path, methods := range doc["paths"].(map[string]any) {
		for method, v := range methods.(map[string]any) {
			op := v.(map[string]any)
			if kernel[op["operationId"].(string)] {
				continue
			}
			o := moduleOperation{id: op["operationId"].(string), method: strings.ToUpper(method), aimed: strings.Contains(path, "{")}
			if security, ok := op["security"].([]any); ok && len(security) == 0 {
				o.public = true
			}
			query := url.Values{}
			parameters, _ := op["parameters"].([]any)
			for _, v := range parameters {
				p := v.(map[string]any)
				name := p["name"].(string)
				switch value, known := ids[name]; {
				case p["in"] == "path" && !known:
					h.t.Fatalf("%s has a parameter %s that the test does not know", path, name)
				case p["in"] == "path":
					path = strings.ReplaceAll(path, "{"+name+"}", url.PathEscape(value))
				case p["in"] == "query" && known:
					query.Set(name, value)
					o.aimed = o.aimed || name == "task" || name == "party" || name == "owner"
				}
			}
			o.at = api.Prefix + path + "?" + query.Encode()
			if b, ok := op["requestBody"].(map[string]any); ok {
				o.kind, o.body = "application/octet-stream", picture(h.t)
				if content, ok := b["content"].(map[string]any)["application/json"].(map[string]any); ok {
					o.kind, o.body = "application/json", jsonOf(h.t, fitting(doc, content["schema"].(map[string]any), ids))
				}
			}
			list = append(list, o)
		}
	}
	return list
}

// begins is 1 of an operation that makes something new, of which nobody else is asked.
func (o *moduleOperation) begins() int {
	if o.method == http.MethodPost && !o.aimed {
		return 1
	}
	return 0
}

// fitting is a value that a schema accepts: with all that is required, and ids where a field has the name of one.
func fitting(doc, schema map[string]any, ids map[string]string) any {
	if ref, ok := schema["$ref"].(string); ok {
		schema = doc["components"].(map[string]any)["schemas"].(map[string]any)[strings.TrimPrefix(ref, "#/components/schemas/")].(map[string]any)
	}
	if list, ok := schema["enum"].([]any); ok {
		return list[0]
	}
	switch kind := schema["type"]; {
	case kind == "integer" || kind == "number":
		if least, ok := schema["minimum"].(float64); ok {
			return least
		}
		return 1
	case kind == "boolean":
		return true
	case kind == "array":
		items, _ := schema["items"].(map[string]any)
		least, _ := schema["minItems"].(float64)
		list := []any{fitting(doc, items, ids)}
		for float64(len(list)) < least {
			list = append(list, list[0])
		}
		return list
	case kind == "string" && schema["format"] == "date-time":
		return "2026-12-01T02:00:00Z"
	case kind == "string" && schema["format"] == "date":
		return "2026-12-01"
	case kind == "string":
		return cmp.Or(ids["*"], "x")
	}
	out := map[string]any{}
	properties, _ := schema["properties"].(map[string]any)
	required, _ := schema["required"].([]any)
	for name, v := range properties {
		p, _ := v.(map[string]any)
		switch id, ok := ids[name]; {
		case !slices.Contains(required, any(name)) && (ids["*"] == "" || name == "$schema" || p["readOnly"] == true):
		case ok && p["enum"] == nil && p["type"] == "string":
			out[name] = id
		default:
			out[name] = fitting(doc, p, ids)
		}
	}
	return out
}

// strangersOf makes people who have no right to what the market department of Hanzhong keeps: each role of another city, other
// departments of the city, administrators, and a citizen.
func (h *inspectHouse) strangersOf() (abroad, beside []string) {
	h.t.Helper()
	var people []access.NewAccount
	add := func(list *[]string, login, region, department string, roles ...string) {
		people = append(people, access.NewAccount{Login: login, Kind: caseflow.ActorOfficial, Name: "钱进", Region: region, Department: department, Roles: roles})
		*list = append(*list, login)
	}
	for _, role := range []string{caseflow.RoleClerk, caseflow.RoleReviewer, caseflow.RoleHead, caseflow.RoleSupervisor} {
		add(&abroad, "weinan-"+role, "610500", "market", role)
		add(&beside, "culture-"+role, "610700", "culture", role)
	}
	add(&abroad, "county-head", "610702", "market", caseflow.RoleHead, caseflow.RoleReviewer, caseflow.RoleClerk)
	for _, role := range []string{caseflow.RoleSecurity, caseflow.RoleAudit} {
		add(&beside, role, "610700", "office", role)
	}
	people = append(people, access.NewAccount{Login: "13800138002", Kind: caseflow.ActorCitizen, Name: "何建国", Region: "610700", Phone: "13800138002",
		Document: ident.Document{Type: ident.DocResidentID, No: string(ident.MakeCitizenID("610702", 1980, 5, 5, 12))}})
	seeded, err := h.app.gate.Seed(h.t.Context(), people)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, s := range seeded {
		h.passwords[s.Login] = s.Password
	}
	h.signIn()
	return abroad, append(beside, "admin", "13800138001", "13800138002")
}

// keptWords are in a record that only the department that sent it, and who looks at the party, may read.
const keptWords = "不为外人道"

// kept makes a draw, a plan, a task with a photo and a result, and a list of records with words of a test's choice; it returns their ids.
func (h *inspectHouse) kept(words string) (ids map[string]string, one inspect.InspectTask) {
	h.t.Helper()
	h.lists()
	p := h.drawn(plainTerms)
	tasks := h.tasks("plan", fmt.Sprintf("/inspect/plans/%d/tasks", p.Plan))
	h.into(h.get(http.StatusOK, "plan", fmt.Sprintf("/inspect/tasks/%d", tasks[0].Task)), &one)
	inspector := "in" + strings.TrimPrefix(one.Members[0].Inspector, "Z")
	task := fmt.Sprint(one.Task)
	var photo inspect.InspectTask
	h.into(h.want(http.StatusCreated, inspector, "POST", api.Prefix+"/inspect/photos?task="+task+"&request=request-1&taken=2026-11-27T02:00:00Z", "application/octet-stream", picture(h.t)), &photo)
	h.post(http.StatusCreated, inspector, "/inspect/tasks/"+task+"/result", result("ordered"))
	records := "统一社会信用代码,记录编号,信息类别,结果,日期,事项,领域\n" + one.Party + ",罚1,行政处罚,一般,2026-08-31," + words + ",能源\n"
	h.want(http.StatusCreated, "plan", "POST", api.Prefix+"/credit/batches?name=a.csv", "application/octet-stream", []byte(records))
	h.work()
	return map[string]string{"draw": p.Draw, "plan": fmt.Sprint(p.Plan), "task": task, "edition": "1", "batch": "1", "party": one.Party, "case": "610700-20261127-000001", "follow": "1",
		"hash": photo.Photos[0].Hash, "perk": "library", "code": "AAAA", "list": "items", "owner": caseflow.CompanyOwner(one.Party), "region": "610700", "request": "request-2", "taken": "2026-11-27T02:00:00Z",
		"id": one.Token, "from": "2026-01-01", "to": "2026-12-31", "reason": "检查"}, one
}

// TestModules_are_kept_apart: R18 for the modules, generated from the document. Every operation of a module, with what a department
// keeps, as everybody who has no right to it: what names the thing is answered by 404 or 403, what lists tells nothing of it, and nothing
// of it has changed afterwards.
func TestModules_are_kept_apart(t *testing.T) {
	t.Parallel()
	h := newInspectHouse(t, "")
	ids, one := h.kept(keptWords)
	abroad, beside := h.strangersOf()
	list := h.operationsOf(ids)
	if len(list) < 35 {
		t.Fatalf("the document has only %d operations of modules", len(list))
	}
	ours := func() (all []string) {
		for _, at := range []string{"/inspect/plans", "/inspect/plans/" + ids["plan"], "/inspect/plans/" + ids["plan"] + "/tasks", "/inspect/tasks/" + ids["task"], "/inspect/lists", "/draws/" + ids["draw"], "/credit/batches", "/credit/batches/1"} {
			all = append(all, string(h.get(http.StatusOK, "plan", at)))
		}
		return all
	}
	before := ours()
	slices.SortStableFunc(list, func(a, b moduleOperation) int { // numbers count within a region: what strangers begin there comes last
		return cmp.Compare(a.begins(), b.begins())
	})
	for _, o := range list {
		for _, who := range slices.Concat(abroad, beside) {
			h.strange(who, o, slices.Contains(beside, who), []string{keptWords, one.Name, one.Token, "检查员", "餐饮抽查"})
		}
	}
	for _, o := range list {
		if status, body := h.ask("", o.method, o.at, o.kind, o.body); !o.public && status != http.StatusUnauthorized {
			t.Errorf("%s without signing in: %d %s", o.id, status, body)
		}
	}
	if after := ours(); !slices.Equal(before, after) {
		t.Errorf("strangers changed something:\n%s\n%s", before, after)
	}
}

// regional are operations that everybody with a role in the region may use, or that are a citizen's own: what they show of whom is
// for TestCredit_is_seen_by_those_who_may and TestCredit_score_is_for_who_wants_it.
var regional = map[string]string{
	"see-credit": "culture", "see-credit-compliance": "culture", "list-credit-late": "culture", "compare-draws": "",
	"see-score": "138", "join-score": "138", "leave-score": "138",
}

// strange tries one operation as somebody who has no right to what it aims at. In the region but in another department, or as an
// administrator or citizen, even what aims at nothing does nothing.
func (h *inspectHouse) strange(who string, o moduleOperation, beside bool, secrets []string) {
	h.t.Helper()
	if o.public {
		return
	}
	if whose, ok := regional[o.id]; ok && strings.HasPrefix(who, whose) || who == "county-head" && strings.Contains(o.at, "/credit/") {
		return // a county works with the credit records of its city
	}
	status, body := h.ask(who, o.method, o.at, o.kind, o.body)
	for _, s := range secrets {
		if bytes.Contains(body, []byte(s)) {
			h.t.Errorf("%s as %s tells %q: %d %s", o.id, who, s, status, body)
		}
	}
	turned := status == http.StatusNotFound || status == http.StatusForbidden
	switch {
	case status >= 500:
		h.t.Errorf("%s as %s fails: %d %s", o.id, who, status, body)
	case o.aimed && !turned:
		h.t.Errorf("%s as %s: %d %s", o.id, who, status, body)
	case !o.aimed && beside && o.method != http.MethodGet && status/100 == 2 && !strings.HasPrefix(who, "culture"):
		h.t.Errorf("%s as %s did something: %d %s", o.id, who, status, body)
	}
}
