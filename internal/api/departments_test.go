package api_test

import (
	"net/http"
	"slices"
	"testing"

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
