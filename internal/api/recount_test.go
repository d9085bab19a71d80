package api_test

import (
	"maps"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/api"
)

// recountPart is an answer to a recount.
type recountPart struct {
	Cases []api.RecountedView
	Kept  int
	Next  string
}

// follow sends a recount part by part until its end.
func (h *house) follow(at, key string, body map[string]any) (all map[string]api.RecountedView, parts int) {
	h.t.Helper()
	all = map[string]api.RecountedView{}
	for cursor := ""; ; parts++ {
		var p recountPart
		h.into(&p, h.must(http.StatusOK, "admin", "POST", at+"?cursor="+url.QueryEscape(cursor), body, "Idempotency-Key", key))
		for _, c := range p.Cases {
			all[string(c.Case)] = c
		}
		if cursor = p.Next; cursor == "" {
			return all, parts + 1
		}
	}
}

func (h *house) promised(no string) time.Time {
	h.t.Helper()
	var c api.CaseDetail
	h.into(&c, h.must(http.StatusOK, "owner", "GET", "/cases/"+no, nil))
	for _, k := range c.Clocks {
		if k.ID == "promised" {
			return k.Due
		}
	}
	return time.Time{}
}

func TestRecount_is_tried_then_applied_in_parts_and_once(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	waiting := h.submitted() // not accepted yet, and not before the day
	var young []string
	for range 55 { // more than a part holds
		young = append(young, h.running())
	}
	body := map[string]any{"item": "company-open", "version": "2", "acceptedFrom": "2026-11-24", "reason": "承诺时限压缩"}
	was := h.promised(young[0])

	tried, parts := h.follow("/recounts/try", "", body)
	if len(tried) != 56 || parts < 2 {
		t.Fatalf("%d cases in %d parts", len(tried), parts)
	}
	if r := tried[young[0]]; r.Outcome != "would-change" || r.Takes != "accepted" || len(r.Moves) != 1 || r.Moves[0].Clock != "promised" || !r.Moves[0].Was.Equal(was) {
		t.Fatalf("trial: %+v", r)
	}
	if !h.promised(young[0]).Equal(was) {
		t.Fatal("a trial moved a clock")
	}
	done, _ := h.follow("/recounts", "limits-2026", body)
	again, _ := h.follow("/recounts", "limits-2026", body)
	if len(done) != 56 || len(again) != 56 || done[young[3]].Outcome != "changed" {
		t.Fatalf("%d cases changed, %d on the repeat, %+v", len(done), len(again), done[young[3]])
	}
	for _, no := range young {
		if got := h.promised(no); !got.Equal(tried[no].Moves[0].Due) {
			t.Fatalf("%s is due %v, the trial said %v", no, got, tried[no].Moves[0].Due)
		}
	}
	if r := tried[waiting]; r.Takes != "surely" || len(r.Moves) != 0 {
		t.Errorf("a case that is not accepted: %+v", r)
	}
	later := maps.Clone(body)
	later["acceptedFrom"] = "2026-11-25"
	also := h.submitted()
	if some, _ := h.follow("/recounts/try", "", later); len(some) != 1 || some[also].Takes != "if-accepted" {
		t.Errorf("of cases accepted before the date, or not yet, would take the new limits: %+v", some)
	}
	contains(t, h.must(http.StatusOK, "owner", "GET", path("/cases/%s/timeline", young[0]), nil).body, "承诺时限压缩")
	contains(t, h.must(http.StatusOK, "owner", "GET", "/messages", nil).body, `"template":"recounted"`)
	contains(t, h.must(http.StatusOK, "clerk", "GET", "/messages", nil).body, `"template":"recounted"`)
	lacks(t, h.must(http.StatusOK, "tax", "GET", "/messages", nil).body, `"template":"recounted"`)

	other := maps.Clone(body)
	other["reason"] = "另一件事"
	if r := h.call("admin", "POST", "/recounts", other, "Idempotency-Key", "limits-2026"); r.status != http.StatusUnprocessableEntity {
		t.Errorf("another body under the same key: %d %s", r.status, r.body)
	}
}

func TestRecount_is_for_administrators_and_says_what_is_missing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	no := h.running()
	body := map[string]any{"item": "company-open", "version": "2", "acceptedFrom": "2026-11-24", "reason": "新规定"}
	was := h.promised(no)
	for who := range people {
		want := http.StatusNotFound
		if who == "admin" || who == "other-admin" {
			want = http.StatusOK
		}
		h.must(want, who, "POST", "/recounts/try", body)
		if who != "admin" {
			lacks(t, h.must(want, who, "POST", "/recounts", body).body, no)
		}
		h.must(http.StatusNotFound, who, "POST", path("/cases/%s/recount", no), map[string]any{"reason": "新规定"})
	}
	h.must(http.StatusUnauthorized, "", "POST", "/recounts", body)
	foreign := maps.Clone(body)
	foreign["region"] = linwei
	h.must(http.StatusNotFound, "other-admin", "POST", "/recounts", foreign)
	if !h.promised(no).Equal(was) {
		t.Fatal("somebody without the right moved a clock")
	}
	for field, value := range map[string]any{"reason": "", "version": "9", "item": "nothing", "acceptedFrom": nil} {
		bad := maps.Clone(body)
		if bad[field] = value; value == nil {
			delete(bad, field)
		}
		r := h.must(http.StatusUnprocessableEntity, "admin", "POST", "/recounts/try", bad)
		contains(t, r.body, `"field":"`+field+`"`)
	}
	h.must(http.StatusUnprocessableEntity, "admin", "POST", "/recounts?cursor=610502%7Cnonsense", body)
	h.must(http.StatusUnprocessableEntity, "admin", "POST", "/recounts?cursor=x", map[string]any{"reason": "x"}) // a later part without its key
}

func TestAssistance_is_shown_to_those_who_see_the_case_and_filters_the_queue(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	no := h.running()
	other := h.running()
	h.give("clerk", no, "assist", map[string]any{"how": "agent", "why": "elderly", "name": "张小明", "office": "杜桥便民服务站",
		"phone": "13892300009", "basis": "授权委托书"})
	mine := h.must(http.StatusOK, "owner", "GET", "/cases/"+no, nil).body
	contains(t, mine, `"name":"张小明"`)
	contains(t, mine, `"office":"杜桥便民服务站"`)
	masked := h.must(http.StatusOK, "clerk", "GET", "/cases/"+no, nil).body
	lacks(t, masked, "张小明")
	lacks(t, masked, "13892300009")
	contains(t, masked, "杜桥便民服务站")
	for query, want := range map[string][2]bool{"": {true, true}, "?assisted=agent": {true, false}, "?assisted=official": {false, false},
		"?assisted=official,agent": {true, false}} {
		body := h.must(http.StatusOK, "market", "GET", "/tasks"+query, nil).body
		for i, number := range []string{no, other} {
			if want[i] {
				contains(t, body, number)
			} else {
				lacks(t, body, number)
			}
		}
	}
	if r := h.call("market", "POST", path("/cases/%s/assist", no), map[string]any{"how": "none"}); r.status != http.StatusForbidden {
		t.Errorf("a reviewer ends the help: %d %s", r.status, r.body)
	}
	h.give("clerk", no, "assist", map[string]any{"how": "none"})
	lacks(t, h.must(http.StatusOK, "owner", "GET", "/cases/"+no, nil).body, `"assistance"`)
}
