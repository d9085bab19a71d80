package api_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/api"
	"github.com/tongban/tongban/internal/line"
)

func lobbies() []line.Lobby {
	return []line.Lobby{{ID: "hall", Region: linwei, Department: "hall", Groups: []line.Group{{Letter: "A"}}, Windows: []line.Window{{ID: "1"}, {ID: "2"}}}}
}

// Everything that the pages of the line do, a program does.
func TestLine_is_worked_on_by_programs(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	take := func(who, origin, key string) (v api.PlaceView) {
		t.Helper()
		h.into(&v, h.must(http.StatusOK, who, "POST", "/lobbies/hall/turns", map[string]any{"letter": "A", "origin": origin}, "Idempotency-Key", key))
		return v
	}
	first := take("owner", "online", "k1")
	if again := take("owner", "online", "k1"); again.No != first.No || first.Number != "A001" || first.Minutes != nil {
		t.Errorf("%+v, then %+v", first, again)
	}
	if second := take("owner", "online", "k2"); second.No != first.No {
		t.Errorf("one person has two numbers: %+v", second)
	}
	walk := take("clerk", "walk-in", "k3")
	for _, who := range []string{"owner", "tax", "other-clerk", "head", "admin"} {
		h.must(http.StatusNotFound, who, "POST", "/lobbies/hall/acts?region="+linwei, map[string]any{"act": "next", "window": "1"})
		h.must(http.StatusNotFound, who, "POST", "/lobbies/hall/turns?region="+linwei, map[string]any{"letter": "A", "origin": "walk-in"})
	}
	act := func(status int, body map[string]any) reply {
		t.Helper()
		return h.must(status, "clerk", "POST", "/lobbies/hall/acts", body)
	}
	act(http.StatusOK, map[string]any{"act": "next", "window": "1"})
	if r := act(http.StatusConflict, map[string]any{"act": "next", "window": "1"}); r.code() != "line-turn" {
		t.Errorf("an old page: %s", r.body)
	}
	open := opening()
	open["channel"], open["turn"] = "window", map[string]any{"lobby": "hall", "day": "2026-11-24", "no": walk.No, "label": "Z999"}
	if r := h.call("clerk", "POST", "/cases", open); r.code() != "not-called" {
		t.Errorf("a case by a number that waits: %s", r.body)
	}
	open["turn"].(map[string]any)["no"] = first.No
	if r := h.call("owner", "POST", "/cases", open); r.status != http.StatusNotFound {
		t.Errorf("a citizen opens by a number: %s", r.body)
	}
	var made struct{ Case string }
	h.into(&made, h.must(http.StatusOK, "clerk", "POST", "/cases", open))
	var c api.CaseDetail
	h.into(&c, h.must(http.StatusOK, "clerk", "GET", "/cases/"+made.Case, nil))
	if c.Turn == nil || c.Turn.Label != "A001" || c.Turn.Window != "1" {
		t.Errorf("turn %+v", c.Turn)
	}
	h.pass(5 * time.Minute)
	act(http.StatusOK, map[string]any{"act": "done", "window": "1", "turn": first.No})
	var place api.PlaceView
	h.into(&place, h.must(http.StatusOK, "", "GET", "/turns/"+first.Code+"?region="+linwei, nil))
	if place.State != line.Done {
		t.Errorf("%+v", place)
	}
	h.must(http.StatusOK, "", "POST", "/turns/"+walk.Code+"/leave?region="+linwei, nil)
	h.must(http.StatusConflict, "", "POST", "/turns/"+walk.Code+"/leave?region="+linwei, nil)
	h.must(http.StatusNotFound, "", "GET", "/turns/none?region="+linwei, nil)
	var list struct{ Lobbies []api.LobbyView }
	h.into(&list, h.must(http.StatusOK, "", "GET", "/lobbies?region="+linwei, nil))
	if len(list.Lobbies) != 1 || list.Lobbies[0].Groups[0].Waiting != 0 {
		t.Errorf("%+v", list)
	}
	for _, who := range []string{"clerk", "head", "supervisor"} {
		var day struct{ Figures []api.LineFigures }
		h.into(&day, h.must(http.StatusOK, who, "GET", "/lobbies/hall/day", nil))
		if f := day.Figures[len(day.Figures)-1]; f.Done != 1 || f.Left != 1 || f.Services.Median != 5 {
			t.Errorf("%s: %+v", who, f)
		}
	}
	h.must(http.StatusUnprocessableEntity, "clerk", "GET", "/lobbies/hall/day?day=x", nil)
	for _, who := range []string{"owner", "tax", "other-clerk"} {
		h.must(http.StatusNotFound, who, "GET", "/lobbies/hall/day?region="+linwei, nil)
	}
}
