package main

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"testing"

	"github.com/tongban/tongban/internal/api"
	"github.com/tongban/tongban/internal/module/inspect"
)

// On every team of a joint inspection is somebody of each department that the plan names, also after somebody was replaced by the page; whoever
// names a department's item and not its inspectors is refused; without shares those of the region hold, as an administrator has set them.
func TestInspect_jointly(t *testing.T) {
	t.Parallel()
	bothInspectHouses(t, inspectsJointly)
}

func inspectsJointly(t *testing.T, h *inspectHouse) {
	h.lists()
	for list, text := range map[string]string{
		"items":      "事项编号,抽查事项,事项类别,检查方式,检查依据\nT1,发票检查,一般,现场检查,《中华人民共和国税收征收管理法》\n",
		"inspectors": "执法证号,姓名,账号,证件有效期至\nT1,税务甲,tax1,2028-12-31\nT2,税务乙,tax2,2028-12-31\nT3,税务丙,tax3,2028-12-31\n",
	} {
		if e := h.send("tax", list, text); e.State != inspect.Taken {
			t.Fatalf("%s: %+v", list, e)
		}
	}
	terms := map[string]any{"items": []string{"market/A1", "tax/T1"}, "total": 8, "team": 2, "cap": 8, "together": 4}
	plan := map[string]any{"title": "联合抽查", "due": "2026-12-31", "terms": terms}
	if text := h.post(http.StatusUnprocessableEntity, "plan", "/inspect/plans", plan); !bytes.Contains(text, []byte(`units`)) {
		t.Errorf("%s", text)
	}
	terms["units"] = []string{"610700/market", "610700/tax"}
	terms["specialists"], terms["field"] = 1, "食品"
	h.post(http.StatusUnprocessableEntity, "plan", "/inspect/plans", plan)
	delete(terms, "specialists")
	p := h.drawn(terms)
	path := fmt.Sprintf("/inspect/plans/%d/tasks", p.Plan)
	first := h.bothDepartments(path)
	h.replaces(first, path)
	h.usualShares()
}

// bothDepartments checks every team of a plan, and returns a task.
func (h *inspectHouse) bothDepartments(path string) (first inspect.InspectTask) {
	h.t.Helper()
	list := h.tasks("plan", path)
	if len(list) != 8 {
		h.t.Fatalf("%d tasks", len(list))
	}
	for i := range list {
		var one inspect.InspectTask
		h.into(h.get(http.StatusOK, "plan", fmt.Sprintf("/inspect/tasks/%d", list[i].Task)), &one)
		var departments []string
		for _, m := range one.Members {
			departments = append(departments, m.Department)
		}
		if slices.Sort(departments); !slices.Equal(departments, []string{"market", "tax"}) {
			h.t.Errorf("task %d: %v", one.Task, departments)
		}
		if i == 0 {
			first = one
		}
	}
	return first
}

// replaces takes the tax inspector of a task out by its page, without a reason first.
func (h *inspectHouse) replaces(task inspect.InspectTask, path string) {
	t := h.t
	t.Helper()
	at := slices.IndexFunc(task.Members, func(m inspect.InspectMember) bool { return m.Department == "tax" })
	gone, page := task.Members[at], fmt.Sprintf("/desk/inspections/tasks/%d", task.Task)
	post := func(status int, who, token, reason string) []byte {
		t.Helper()
		return h.want(status, who, "POST", page, "application/x-www-form-urlencoded", []byte(url.Values{"act": {"replace"}, "replace": {token}, "reason": {reason}}.Encode()))
	}
	if text := post(http.StatusUnprocessableEntity, "plan", gone.Token, ""); !bytes.Contains(text, []byte("details open")) {
		t.Errorf("%s", text)
	}
	post(http.StatusUnprocessableEntity, "plan", "nobody", "病假")
	post(http.StatusNotFound, "tax", gone.Token, "病假") // who does not plan it
	post(http.StatusOK, "plan", gone.Token, "病假")
	for _, x := range h.tasks("plan", path) {
		var one inspect.InspectTask
		h.into(h.get(http.StatusOK, "plan", fmt.Sprintf("/inspect/tasks/%d", x.Task)), &one)
		if slices.ContainsFunc(one.Members, func(m inspect.InspectMember) bool { return m.Inspector == gone.Inspector }) {
			t.Errorf("%s still goes to task %d", gone.Name, one.Task)
		}
	}
	h.bothDepartments(path)
	post(http.StatusOK, "plan", task.Token, "企业已停业")
	if list := h.tasks("plan", path); slices.ContainsFunc(list, func(x inspect.InspectTask) bool { return x.Party == task.Party }) || len(list) != 8 {
		t.Errorf("%d tasks, or the company is still visited", len(list))
	}
}

// usualShares sets a share for the region; a year, and a plan, that name none have it.
func (h *inspectHouse) usualShares() {
	t := h.t
	t.Helper()
	h.post(http.StatusOK, "admin", "/console/parameters/inspect-c", map[string]any{"value": "55", "reason": "年度监管重点", "version": 0})
	h.post(http.StatusUnprocessableEntity, "admin", "/console/parameters/inspect-d", map[string]any{"value": "101", "reason": "错", "version": 0})
	var p inspect.InspectPlan
	h.into(h.post(http.StatusCreated, "plan", "/inspect/plans", map[string]any{"title": "按参数抽查", "due": "2026-12-31",
		"terms": map[string]any{"items": []string{"market/A1"}, "team": 2, "cap": 6, "together": 2}}), &p)
	if p.Terms.Ratios["C"] != 5500 || p.Terms.Ratios["A"] != 300 || p.Terms.Ratios["D"] != 8000 || p.Terms.Ratios["N"] != 100 {
		t.Errorf("%v", p.Terms.Ratios)
	}
	h.post(http.StatusCreated, "plan", "/inspect/years", map[string]any{"title": "2026年度计划", "year": 2026, "rounds": 4})
	if text := h.want(http.StatusOK, "", "GET", api.Prefix+"/inspect/years", "", nil); !bytes.Contains(text, []byte(`"C":5500`)) {
		t.Errorf("%s", text)
	}
}
