package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

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

// until waits for what the browser does in its own time.
func until(t *testing.T, there func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !there(); {
		if time.Now().After(end) {
			t.Fatal("it does not come")
		}
	}
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
	s.at("/draws/" + p.Draw + "?id=" + list[0].Token)
	if text := w.Text("#own"); !strings.Contains(text, "抽中") {
		t.Errorf("own: %s", text)
	}
	s.signIn("plan", h.passwords["plan"])
	look(map[string]string{"/desk/inspections": "desk", "/desk/inspections/lists": "lists", "/desk/inspections/lists/1": "edition", "/desk/inspection-plans": "plans", fmt.Sprintf("/desk/inspection-plans/%d", p.Plan): "plan",
		fmt.Sprintf("/desk/inspections/tasks/%d", list[0].Task): "task", "/desk/draws": "desk-draws", "/desk/draws/" + p.Draw: "desk-draw"})
	s.signOut()
	s.signIn("admin", h.passwords["admin"])
	look(map[string]string{"/console/inspections": "compare"})
	if text := w.Text("main"); !strings.Contains(text, "2766") {
		t.Errorf("the comparison: %s", text)
	}
}
