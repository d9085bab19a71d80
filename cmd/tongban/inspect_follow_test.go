package main

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/tongban/tongban/internal/api"
	"github.com/tongban/tongban/internal/module/inspect"
	"github.com/tongban/tongban/internal/store"
)

// A list with a name under which no case can be opened is refused at the door; a visit that has such a name already, from a list of before,
// gives its hand-over back to who planned, marked, with the reason, until it is handed over by the right name or closed with words.
func TestInspect_hand_over_that_opens_no_case(t *testing.T) {
	t.Parallel()
	bothInspectHouses(t, opensNoCase)
}

func opensNoCase(t *testing.T, h *inspectHouse) {
	h.lists()
	bad := []string{"<b>公司", "汉中=公司", "汉中\u200b公司", "=1+1"}
	text := "统一社会信用代码,名称,所在区县,地址\n"
	for i, name := range append(bad, strings.Repeat("长", 101), "汉中（集团）公司·A-1号") {
		text += fmt.Sprintf("%s,%s,汉台区,街\n", companyCode(i), name)
	}
	e := h.send("plan", "objects", text)
	if e.State != inspect.Refused || len(e.Faults) != len(bad)+1 || e.Faults[0].Code != "firm" || e.Faults[0].Row != 2 || e.Faults[len(bad)].Code != "long" {
		t.Fatalf("%s: %+v", e.State, e.Faults)
	}
	page := h.want(http.StatusOK, "plan", "GET", fmt.Sprintf("/desk/inspections/lists/%d", e.Edition), "", nil)
	if !bytes.Contains(page, []byte("名称只能有文字、数字和企业名称常用的标点")) {
		t.Errorf("%s", page)
	}
	p := h.drawn(plainTerms) // from the list before
	list := h.tasks("plan", fmt.Sprintf("/inspect/plans/%d/tasks", p.Plan))
	one, path := h.visited(list[0].Task)
	if err := h.app.store.Update(t.Context(), func(w store.Writer) error { // as lists had it before the door asked
		_, err := w.Exec("UPDATE inspect_task SET name = ? WHERE region = ? AND no = ?", "<b>公司", "610700", one.Task)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	h.into(h.post(http.StatusCreated, "plan", path+"/follows", map[string]any{"kind": "handover", "department": "enforcement", "words": "涉嫌违反登记管理条例。"}), &one)
	for range 2 { // no round of work tries it again
		h.work()
	}
	h.into(h.get(http.StatusOK, "plan", path), &one)
	if f := one.Follows[0]; f.Unfiled != inspect.UnfiledName || f.Case != "" || !f.Done.IsZero() {
		t.Fatalf("%+v", f)
	}
	h.marked(p.Plan, one.Task, true)
	h.handsOverByName(&one)
	h.marked(p.Plan, one.Task, false)
	h.closesUnfiled(list[1].Task)
}

// visited is a visit with its result, signed by all.
func (h *inspectHouse) visited(task int64) (one inspect.InspectTask, path string) {
	h.t.Helper()
	path = fmt.Sprintf("/inspect/tasks/%d", task)
	h.into(h.get(http.StatusOK, "plan", path), &one)
	res := result("ordered")
	res["request"], res["signatures"] = path+"/result", map[string]string{one.Members[1].Inspector: "M1 1L20 20"}
	h.into(h.post(http.StatusCreated, "in"+strings.TrimPrefix(one.Members[0].Inspector, "Z"), path+"/result", res), &one)
	return one, path
}

// marked looks whether a visit is marked in the list of its plan, and says why on its own page.
func (h *inspectHouse) marked(plan, task int64, want bool) {
	h.t.Helper()
	n := 0
	for _, x := range h.tasks("plan", fmt.Sprintf("/inspect/plans/%d/tasks", plan)) {
		if x.Unfiled {
			n++
		}
	}
	list := h.want(http.StatusOK, "plan", "GET", fmt.Sprintf("/desk/inspection-plans/%d", plan), "", nil)
	page := h.want(http.StatusOK, "plan", "GET", fmt.Sprintf("/desk/inspections/tasks/%d", task), "", nil)
	for what, got := range map[string]bool{"the API": n == 1, "the list": bytes.Contains(list, []byte("移送未立案")), "the page": bytes.Contains(page, []byte("没有立案：企业名称")) && bytes.Contains(page, []byte("重新移送"))} {
		if got != want {
			h.t.Errorf("%s marks it: %v", what, got)
		}
	}
}

// handsOverByName hands over again: not by another bad name, which stays typed in, and once.
func (h *inspectHouse) handsOverByName(one *inspect.InspectTask) {
	t, path := h.t, fmt.Sprintf("/inspect/tasks/%d", one.Task)
	t.Helper()
	again := path + "/follows/1/again"
	h.post(http.StatusUnprocessableEntity, "plan", again, map[string]any{}) // as it was
	h.post(http.StatusUnprocessableEntity, "plan", again, map[string]any{"firm": "=汉中"})
	h.post(http.StatusNotFound, "plan", path+"/follows/9/again", map[string]any{"firm": "汉中公司"})
	h.post(http.StatusNotFound, "tax", again, map[string]any{"firm": "汉中公司"})
	form := func(act, firm string) (int, []byte) {
		return h.ask("plan", "POST", fmt.Sprintf("/desk/inspections/tasks/%d", one.Task), "application/x-www-form-urlencoded", []byte(url.Values{"act": {act}, "firm1": {firm}}.Encode()))
	}
	if status, body := form("again.1", "汉中=公司"); status != http.StatusUnprocessableEntity || !bytes.Contains(body, []byte(`value="汉中=公司"`)) || !bytes.Contains(body, []byte(`href="#f-firm1"`)) {
		t.Errorf("%d %s", status, body)
	}
	answer := h.post(http.StatusOK, "plan", again, map[string]any{"firm": " 汉中第一公司 "})
	*one = inspect.InspectTask{} // JSON leaves what it does not name
	h.into(answer, one)
	f := one.Follows[0]
	if f.Case == "" || f.Unfiled != "" || f.Firm != "汉中第一公司" {
		t.Fatalf("%+v", f)
	}
	var c api.CaseDetail
	h.into(h.get(http.StatusOK, "plan", "/cases/"+f.Case), &c)
	if c.Applicant.Name != "汉中第一公司" || c.Applicant.Document.No != one.Party {
		t.Errorf("%+v", c.Applicant)
	}
	h.post(http.StatusUnprocessableEntity, "plan", again, map[string]any{"firm": "汉中第二公司"})
}

// closesUnfiled closes a hand-over for whose department there is no item any more.
func (h *inspectHouse) closesUnfiled(task int64) {
	t := h.t
	t.Helper()
	one, path := h.visited(task)
	h.into(h.post(http.StatusCreated, "plan", path+"/follows", map[string]any{"kind": "handover", "department": "公安机关", "words": "线索移送。"}), &one)
	if err := h.app.store.Update(t.Context(), func(w store.Writer) error {
		_, err := w.Exec("UPDATE inspect_follow SET item = ? WHERE region = ? AND task = ? AND no = 1", "gone", "610700", task)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	h.work()
	h.into(h.get(http.StatusOK, "plan", path), &one)
	if f := one.Follows[0]; f.Unfiled != inspect.UnfiledItem || f.Case != "" {
		t.Fatalf("%+v", f)
	}
	h.into(h.post(http.StatusOK, "plan", path+"/follows/1/again", map[string]any{}), &one)
	if f := one.Follows[0]; f.Unfiled != inspect.UnfiledItem {
		t.Fatalf("%+v", f)
	}
	h.into(h.post(http.StatusOK, "plan", path+"/follows/1/end", map[string]any{"outcome": "已书面移送。"}), &one)
	if f := one.Follows[0]; f.Done.IsZero() || f.Outcome != "已书面移送。" {
		t.Errorf("%+v", f)
	}
	h.post(http.StatusUnprocessableEntity, "plan", path+"/follows/1/again", map[string]any{})
}
