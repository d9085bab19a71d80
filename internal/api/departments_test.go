package api_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/api"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
)

// offices are the departments that the packs of every region name here.
func offices(string) []store.Office {
	var list []store.Office
	for id, name := range map[string]string{"hall": "政务大厅", "market": "市场局", "tax": "税务局", "police": "公安局", "culture": "文化局", "office": "政务办"} {
		list = append(list, store.Office{ID: id, Name: caseflow.Text{ZH: name}})
	}
	return list
}

// proposed proposes a reform as the system administrator.
func (h *house) proposed(n api.NewReform) (plan api.PlanView) {
	h.t.Helper()
	h.into(&plan, h.must(http.StatusCreated, "admin", "POST", "/console/reforms", n, "Idempotency-Key", "reform-"+n.Target))
	return plan
}

// seenBy lists the cases in somebody's queue.
func (h *house) seenBy(who string) (cases []string) {
	h.t.Helper()
	var page struct {
		Tasks []struct{ Case struct{ Case string } }
	}
	h.into(&page, h.must(http.StatusOK, who, "GET", "/tasks", nil))
	for _, t := range page.Tasks {
		cases = append(cases, t.Case.Case)
	}
	return cases
}

// A reform through the API, with officials who are signed in all the while: the successor works on, who stayed reaches nothing,
// others gain nothing, and no account is put into a department that has gone.
func TestReform_moves_work_and_rights_at_once(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	no := h.running()
	for _, who := range []string{"market", "market-left", "tax", "police", "security", "other-market"} {
		h.token(who)
	}
	left := h.accounts("admin", "?q=market-left").Accounts[0]
	n := api.NewReform{Gone: []string{"market"}, Target: "tax", Name: caseflow.Text{ZH: "综合局"}, Basis: "渭编发〔2026〕1号", Stay: []string{left.ID}}
	var tried, done api.PlanView
	h.into(&tried, h.must(http.StatusOK, "admin", "POST", "/console/reforms/try", n))
	if tried.Total == 0 || len(tried.Tasks) != tried.Total || string(tried.Tasks[0].Case) != no || len(tried.Moves) != 1 || len(tried.Stay) != 1 {
		t.Fatalf("tried: %+v", tried)
	}
	p := h.proposed(n)
	if again := h.proposed(n); again.Reform.ID != p.Reform.ID {
		t.Errorf("one request made two proposals")
	}
	at := "/console/reforms/" + p.Reform.ID
	h.must(http.StatusNotFound, "admin", "POST", at+"/agree", nil)
	h.must(http.StatusNotFound, "other-admin", "POST", at+"/withdraw", nil)
	h.must(http.StatusNotFound, "market", "GET", at, nil)
	for range 2 { // the second answer is the first one
		h.into(&done, h.must(http.StatusOK, "security", "POST", at+"/agree", nil))
	}
	if done.Reform.State != store.ReformApplied || done.Reform.Applied.IsZero() {
		t.Fatalf("done: %+v", done)
	}
	h.must(http.StatusConflict, "admin", "POST", at+"/withdraw", nil)
	for _, who := range []string{"market", "tax"} {
		if !slices.Contains(h.seenBy(who), no) {
			t.Errorf("%s does not find the work of the department that has gone", who)
		}
	}
	if slices.Contains(h.seenBy("police"), no) {
		t.Error("an unrelated department found it")
	}
	h.must(http.StatusNotFound, "market-left", "GET", "/cases/"+no, nil)
	h.must(http.StatusNotFound, "market-left", "GET", "/tasks", nil)
	h.must(http.StatusNotFound, "other-market", "GET", "/cases/"+no, nil)
	id := h.task("tax", no, "register")
	h.give("tax", no, "claim", map[string]any{"task": id})
	left = h.accounts("admin", "?q=market-left").Accounts[0]
	if len(left.Roles) != 0 {
		t.Errorf("who stayed kept %v", left.Roles)
	}
	h.must(http.StatusUnprocessableEntity, "security", "POST", "/console/accounts/"+left.ID+"/assign",
		map[string]any{"version": left.Version, "department": "market", "roles": []string{"reviewer"}})
	h.must(http.StatusUnprocessableEntity, "admin", "POST", "/console/accounts", map[string]any{"login": "late.one", "name": "迟到", "region": linwei, "department": "market"})
	var list struct{ Departments []api.DepartmentView }
	h.into(&list, h.must(http.StatusOK, "audit", "GET", "/console/departments", nil))
	for _, d := range list.Departments {
		if d.ID == "market" && (d.Into != "tax" || d.Officials != 0) || d.ID == "tax" && (d.Name.ZH != "综合局" || d.Former == nil || d.Former.ZH != "税务局" || d.Officials != 2) {
			t.Errorf("%+v", d)
		}
	}
}

// Departments are found by what they are called or were, in full, short, by pinyin, initials or id; a short name that a reform gives holds from then on.
func TestDepartments_are_found_by_every_name(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.token("security")
	found := func(q string) (ids []string) {
		t.Helper()
		var list struct{ Departments []api.DepartmentView }
		h.into(&list, h.must(http.StatusOK, "audit", "GET", "/console/departments?q="+url.QueryEscape(q), nil))
		for _, d := range list.Departments {
			ids = append(ids, d.ID)
		}
		slices.Sort(ids)
		return ids
	}
	all := []string{"culture", "hall", "market", "office", "police", "tax"}
	p := h.proposed(api.NewReform{Target: "culture", Name: caseflow.Text{ZH: "文化和旅游广电局"}, Short: caseflow.Text{ZH: "文旅"}, Basis: "渭编发〔2026〕2号"})
	if p.Reform.Short.ZH != "文旅" || len(found("wenlv")) != 0 {
		t.Errorf("proposed with %+v; wenlv finds %v", p.Reform.Short, found("wenlv"))
	}
	h.must(http.StatusOK, "security", "POST", "/console/reforms/"+p.Reform.ID+"/agree", nil)
	var seen api.PlanView
	h.into(&seen, h.must(http.StatusOK, "audit", "GET", "/console/reforms/"+p.Reform.ID, nil))
	if seen.Reform.Short.ZH != "文旅" {
		t.Errorf("it reads back with %+v", seen.Reform.Short)
	}
	for q, want := range map[string][]string{"": all, "税": {"tax"}, "swj": {"tax"}, "shuiwu": {"tax"}, "TAX": {"tax"}, "文旅": {"culture"}, "wl": {"culture"}, "wenlv": {"culture"}, "文化局": {"culture"}, "whj": {"culture"},
		"gongan": {"police"}, "xx": nil} {
		if got := found(q); !slices.Equal(got, want) {
			t.Errorf("%q finds %v, want %v", q, got, want)
		}
	}
	h.must(http.StatusUnprocessableEntity, "audit", "GET", "/console/departments?q="+strings.Repeat("x", 61), nil)
	h.must(http.StatusNotFound, "market", "GET", "/console/departments?q=swj", nil)
	for _, short := range []string{strings.Repeat("长", 13), "文\n旅"} { // too long; two lines
		r := h.must(http.StatusUnprocessableEntity, "admin", "POST", "/console/reforms/try", api.NewReform{Target: "tax", Name: caseflow.Text{ZH: "国家税务局"}, Short: caseflow.Text{ZH: short}, Basis: "x"})
		contains(t, r.body, `"field":"short`)
	}
}

// Figures after departments were merged and renamed are those before, added up: whoever bears them now, none is lost, and none counts twice.
func TestReform_figures_add_up(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.token("security")
	for range 2 {
		no := h.running()
		h.give("market", no, "grant", map[string]any{"task": h.task("market", no, "register")})
		h.pass(time.Minute)
	}
	h.running()
	h.posted()
	type figures = map[string]float64
	ask := func(query string) (total figures, groups map[string]figures, succeeds []string) {
		t.Helper()
		var s struct {
			Figures  map[string]any
			Succeeds []string
			Groups   []struct {
				Key     string
				Figures map[string]any
			}
		}
		h.into(&s, h.must(http.StatusOK, "supervisor", "GET", "/statistics?from=2026-11-01&to=2026-11-30"+query, nil))
		numbers := func(all map[string]any) figures {
			f := figures{}
			for name, v := range all {
				if n, ok := v.(float64); ok {
					f[name] = n
				}
			}
			return f
		}
		groups = map[string]figures{}
		for _, g := range s.Groups {
			groups[g.Key] = numbers(g.Figures)
		}
		return numbers(s.Figures), groups, s.Succeeds
	}
	before, each, _ := ask("&group=department")
	if len(before) < 3 || len(each) == 0 {
		t.Fatalf("no figures: %v %v", before, each)
	}
	for i, n := range []api.NewReform{{Target: "hall", Name: caseflow.Text{ZH: "行政审批服务局"}}, {Gone: []string{"hall"}, Target: "office", Name: caseflow.Text{ZH: "数据和政务服务局"}}, {Gone: []string{"market"}, Target: "office"}} {
		n.Basis = "x"
		var p api.PlanView
		h.into(&p, h.must(http.StatusCreated, "admin", "POST", "/console/reforms", n))
		h.must(http.StatusOK, "security", "POST", "/console/reforms/"+p.Reform.ID+"/agree", nil)
		total, groups, _ := ask("&group=department")
		if !maps.Equal(total, before) {
			t.Errorf("after reform %d all departments have %v, before %v", i, total, before)
		}
		sum := figures{}
		for key, g := range groups {
			if slices.Contains(n.Gone, key) {
				t.Errorf("after reform %d %s still has figures of its own", i, key)
			}
			for _, name := range []string{"received", "accepted", "granted"} {
				sum[name] += g[name]
			}
		}
		for _, name := range []string{"received", "accepted", "granted"} {
			if sum[name] != before[name] {
				t.Errorf("after reform %d the departments have %v %s, all of them %v", i, sum[name], name, before[name])
			}
		}
	}
	one, _, succeeds := ask("&department=office")
	if !maps.Equal(one, before) || !slices.Equal(succeeds, []string{"hall", "market"}) {
		t.Errorf("the successor of %v has %v, want %v", succeeds, one, before)
	}
	var cases struct{ Cases []json.RawMessage }
	h.into(&cases, h.must(http.StatusOK, "supervisor", "GET", "/statistics/cases?from=2026-11-01&to=2026-11-30&department=office", nil))
	if float64(len(cases.Cases)) != before["received"] {
		t.Errorf("%d cases stand behind %v received", len(cases.Cases), before["received"])
	}
}
