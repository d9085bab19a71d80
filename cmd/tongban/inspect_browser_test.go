package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tongban/tongban/internal/module/inspect"
	"github.com/tongban/tongban/internal/web/browsertest"
)

// An inspector records at a company where there is no network: the page opens, what is handed in is kept, and it arrives once.
func TestInspect_without_a_network(t *testing.T) {
	t.Parallel()
	w := browsertest.Start(t)
	h := newInspectHouse(t, "")
	h.lists()
	p := h.drawn(plainTerms)
	list := h.tasks("plan", fmt.Sprintf("/inspect/plans/%d/tasks", p.Plan))
	var one inspect.InspectTask
	h.into(h.get(http.StatusOK, "plan", fmt.Sprintf("/inspect/tasks/%d", list[0].Task)), &one)
	who := "in" + strings.TrimPrefix(one.Members[0].Inspector, "Z")
	s := &screen{w, t, h.URL}
	w.Size(390, 844)
	s.signIn(who, h.passwords[who])
	page := fmt.Sprintf("%s/desk/inspections/tasks/%d", h.URL, one.Task)
	s.at("/desk/inspections")
	w.Screenshot("inspect-mine")
	w.Narrow(t)
	until(t, func() (there bool) {
		w.Eval(`!!(navigator.serviceWorker && navigator.serviceWorker.controller)`, &there)
		return there
	})
	w.Goto(page)
	w.Axe(t)
	w.Narrow(t)
	w.Screenshot("inspect-visit")

	h.away.Store(true)
	w.Goto(page) // from what the worker keeps
	w.Click(`input[name="kind"][value="ordered"]`)
	w.Fill("#f-words", "灭火器过期。")
	w.Eval(`document.querySelectorAll("[data-sign] canvas").forEach(function (c) {
		var r = c.getBoundingClientRect();
		[["pointerdown", 20, 30], ["pointermove", 80, 60], ["pointermove", 120, 40], ["pointerup", 120, 40]].forEach(function (e) {
			try { c.dispatchEvent(new PointerEvent(e[0], {pointerId: 1, clientX: r.left + e[1], clientY: r.top + e[2], bubbles: true})); } catch (x) { /* no pointer to capture */ }
		});
	}) || 0`, new(any))
	w.Click(`form[data-offline] input[name="act"][value="result"] ~ .acts .btn`)
	w.WaitFor("[data-kept]:not([hidden])")
	w.Axe(t)
	w.Screenshot("inspect-kept")
	if text := w.Text("[data-kept]"); !strings.Contains(text, "有 1 份内容保存在本机") {
		t.Errorf("says %q", text)
	}
	w.Goto(page) // the browser forgets nothing
	w.WaitFor("[data-kept]:not([hidden])")
	h.away.Store(false)
	if h.into(h.get(http.StatusOK, who, fmt.Sprintf("/inspect/tasks/%d", one.Task)), &one); one.State != inspect.TaskOpen {
		t.Errorf("it is %s", one.State)
	}
	w.Goto(page)
	until(t, func() bool {
		h.into(h.get(http.StatusOK, who, fmt.Sprintf("/inspect/tasks/%d", one.Task)), &one)
		return one.State != inspect.TaskOpen
	})
	if one.State != inspect.TaskDone || one.Kind != inspect.Ordered || len(one.Marks) != 2 {
		t.Errorf("%+v", one)
	}
	until(t, func() bool { return !w.Has("[data-kept]:not([hidden])") })
}

// phone is an inspector's browser, 390 by 844, signed in as who was drawn for a task.
func (h *inspectHouse) phone(t *testing.T, who string) *screen {
	w := browsertest.Start(t)
	s := &screen{w, t, h.URL}
	w.Size(390, 844)
	s.signIn(who, h.passwords[who])
	return s
}

// visit is the first one of a plan that was drawn from the lists.
func (h *inspectHouse) visit() inspect.InspectTask {
	h.t.Helper()
	h.lists()
	p := h.drawn(plainTerms)
	return h.seen("plan", h.tasks("plan", fmt.Sprintf("/inspect/plans/%d/tasks", p.Plan))[0].Task)
}

// photoFile is a photo to be uploaded.
func photoFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "门面.png")
	if err := os.WriteFile(path, picture(t), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// keeps waits until the phone has the page of a task that nobody opened.
func (s *screen) keeps(page string) {
	s.t.Helper()
	s.at("/desk/inspections")
	until(s.t, func() (there bool) {
		s.Eval(fmt.Sprintf(`caches.match(%q).then(r => !!r)`, page), &there)
		return there
	})
}

func (h *inspectHouse) seen(who string, task int64) (one inspect.InspectTask) {
	h.t.Helper()
	h.into(h.get(http.StatusOK, who, fmt.Sprintf("/inspect/tasks/%d", task)), &one)
	return one
}

// A whole visit without a network, on a page that was never opened: photos one after the other, a draft that a new page has again, a result
// that is taken back and mended, and all of it arrives, once.
func TestInspect_with_photos_and_a_draft_without_a_network(t *testing.T) {
	t.Parallel()
	h := newInspectHouse(t, "")
	one := h.visit()
	who := "in" + strings.TrimPrefix(one.Members[0].Inspector, "Z")
	s := h.phone(t, who)
	page := fmt.Sprintf("%s/desk/inspections/tasks/%d", h.URL, one.Task)
	photo := photoFile(t)
	s.keeps(page)
	h.away.Store(true)
	s.Goto(page)
	s.Click(`input[name="kind"][value="ordered"]`)
	s.Fill("#f-words", "灭火器过期。")
	waits := func(n int) {
		t.Helper()
		until(t, func() bool { return s.says("body", fmt.Sprintf("有 %d 份内容保存在本机", n)) })
	}
	for n := range 2 {
		s.Upload("#f-file", photo)
		s.Click("form[data-locate] .btn")
		waits(n + 1)
	}
	s.Goto(page) // the browser was closed in the middle
	waits(2)
	s.Upload("#f-file", photo)
	s.Click("form[data-locate] .btn")
	waits(3)
	if words := s.Value("#f-words"); words != "灭火器过期。" || !s.Has(`input[name="kind"][value="ordered"]:checked`) {
		t.Errorf("of the draft %q is left", words)
	}
	s.Click(`form[data-offline]:not([data-locate]) .acts .btn`)
	waits(4)
	s.Screenshot("inspect-kept-photos")
	s.Axe(t)
	s.Narrow(t)
	s.Goto(page)
	waits(4)
	if s.Has("#f-words:not([hidden] *)") {
		t.Error("a second result can be written while the first one waits")
	}
	s.Eval(`[...document.querySelectorAll("[data-kept] button")].find(b => b.innerText === "取回修改").click()`, nil)
	waits(3)
	s.Fill("#f-words", "灭火器过期，已当场更换。")
	s.Click(`form[data-offline]:not([data-locate]) .acts .btn`)
	waits(4)
	s.Goto(h.URL + "/desk/inspections/lists") // never seen
	until(t, func() bool { return s.says("body", "没有存在本机") })
	h.away.Store(false)
	s.Goto(page)
	until(t, func() bool { one = h.seen(who, one.Task); return one.State != inspect.TaskOpen && len(one.Photos) == 3 })
	if one.State != inspect.TaskSigning || one.Words != "灭火器过期，已当场更换。" || len(one.Marks) != 2 {
		t.Errorf("%+v", one)
	}
	until(t, func() bool { return !s.Has("[data-kept]:not([hidden])") && s.says("[data-photos]", "照片 3") })
}

// Two phones of a team: what the second one wrote without a network comes after the first one's result. It is refused with the reason and
// stays to be read until its author deletes it. A photo that is taken meanwhile arrives, and takes nothing away that is being typed.
func TestInspect_on_a_second_phone(t *testing.T) {
	t.Parallel()
	h := newInspectHouse(t, "")
	one := h.visit()
	who := func(i int) string { return "in" + strings.TrimPrefix(one.Members[i].Inspector, "Z") }
	s := h.phone(t, who(1))
	page := fmt.Sprintf("%s/desk/inspections/tasks/%d", h.URL, one.Task)
	photo := photoFile(t)
	s.keeps(page)
	s.Goto(page)
	s.Click(`form[data-locate] .btn`) // no photo
	s.Click(`input[name="kind"][value="pending"]`)
	s.Fill("#f-words", "后厨需要复查。")
	s.Upload("#f-file", photo)
	s.Click("form[data-locate] .btn")
	until(t, func() bool { return s.says("[data-photos]", "照片 1") })
	if words := s.Value("#f-words"); words != "后厨需要复查。" {
		t.Errorf("the photo left %q of what was typed", words)
	}
	h.away.Store(true)
	s.Click(`form[data-offline]:not([data-locate]) .acts .btn`)
	s.WaitFor("[data-kept]:not([hidden])")
	h.away.Store(false)
	h.post(http.StatusCreated, who(0), fmt.Sprintf("/inspect/tasks/%d/result", one.Task), result("ordered"))
	s.Goto(page)
	until(t, func() bool { return s.says("body", "已经提交过结果") })
	s.Screenshot("inspect-refused")
	s.Axe(t)
	s.Narrow(t)
	if text := s.Text("[data-kept]"); !strings.Contains(text, "后厨需要复查。") {
		t.Errorf("it says %q", text)
	}
	s.Eval(`window.confirm = () => true; [...document.querySelectorAll("[data-kept] button")].find(b => b.innerText === "删除").click()`, nil)
	until(t, func() bool { return !s.Has("[data-kept]:not([hidden])") })
	if one = h.seen(who(0), one.Task); one.Kind != inspect.Ordered || len(one.Photos) != 1 {
		t.Errorf("%+v", one)
	}
}

// says reports whether what a selector finds has such words, in one look: the page may be loading itself anew.
func (s *screen) says(selector, words string) (does bool) {
	s.t.Helper()
	s.Eval(fmt.Sprintf("(document.querySelector(%q)?.innerText ?? '').includes(%q)", selector, words), &does)
	return does
}

// Every page of draws and inspections is read, by axe, in both languages.
func TestInspect_pages_in_a_browser(t *testing.T) {
	t.Parallel()
	w := browsertest.Start(t)
	h := newInspectHouse(t, "")
	h.lists()
	h.post(http.StatusCreated, "plan", "/inspect/years", map[string]any{"title": "2026年度抽查工作计划", "year": 2026, "rounds": 2, "visits": 2, "ratios": map[string]int64{"A": 300, "B": 1000, "C": 4000, "D": 8000}})
	p := h.drawn(plainTerms)
	list := h.tasks("plan", fmt.Sprintf("/inspect/plans/%d/tasks", p.Plan))
	s := &screen{w, t, h.URL}
	look := func(names map[string]string) {
		for path, name := range names {
			s.at(path)
			w.Screenshot("inspect-" + name)
			s.at(path + "?lang=en")
			w.Goto(h.URL + path + "?lang=zh")
		}
	}
	look(map[string]string{"/draws": "draws", "/draws/" + p.Draw: "draw", "/draws/" + p.Draw + "/screen": "screen", "/inspections": "published"})
	s.at("/draws/" + p.Draw + "/screen")
	if text := w.Text("main"); !strings.Contains(text, "封存哈希") || !strings.Contains(text, list[0].Token+" ") {
		t.Errorf("the wall shows neither the commitment nor who goes where: %s", text)
	}
	s.at("/draws/" + p.Draw + "?id=" + list[0].Token)
	if text := w.Text("#own"); !strings.Contains(text, "抽中") {
		t.Errorf("own: %s", text)
	}
	s.signIn("plan", h.passwords["plan"])
	look(map[string]string{"/desk/inspections": "desk", "/desk/inspections/lists": "lists", "/desk/inspections/lists/1": "edition", "/desk/inspection-plans": "plans", fmt.Sprintf("/desk/inspection-plans/%d", p.Plan): "plan",
		fmt.Sprintf("/desk/inspections/tasks/%d", list[0].Task): "task", "/desk/draws": "desk-draws", "/desk/draws/" + p.Draw: "desk-draw"})
	h.post(http.StatusOK, "plan", "/draws/"+p.Draw+"/abandon", map[string]any{"reason": "名单有误"})
	s.at("/desk/draws/" + p.Draw)
	if !s.says("main", "您已申请作废，等待本部门另一人同意") {
		t.Errorf("who asked for it is told: %s", w.Text("main"))
	}
	s.signOut()
	s.signIn("admin", h.passwords["admin"])
	look(map[string]string{"/console/inspections": "compare"})
	if text := w.Text("main"); !strings.Contains(text, "2,766") {
		t.Errorf("the comparison: %s", text)
	}
}
