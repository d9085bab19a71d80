package api_test

import (
	"net/http"
	"testing"

	"github.com/tongban/tongban/internal/api"
)

// A shift goes over by the API as by the page: what is in hand, the offer, and one act that takes all of it.
func TestShift_goes_to_a_colleague(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	no := h.running()
	h.give("market", no, "claim", map[string]any{"task": h.task("market", no, "register")})
	var hand struct{ Pieces []api.PieceView }
	h.into(&hand, h.must(http.StatusOK, "market", "GET", "/in-hand", nil))
	if len(hand.Pieces) != 1 || string(hand.Pieces[0].Case) != no {
		t.Fatalf("in hand: %+v", hand.Pieces)
	}
	s := api.ShiftView{ID: h.offered()}
	contains(t, h.must(http.StatusUnprocessableEntity, "market", "POST", "/shifts", map[string]any{"to": "nobody"}).body, `"field":"to"`)
	for _, who := range []string{"owner", "clerk", "other-market", "market"} {
		h.must(http.StatusNotFound, who, "POST", "/shifts/"+s.ID+"/take", nil)
	}
	h.into(&s, h.must(http.StatusOK, "market-left", "POST", "/shifts/"+s.ID+"/take", nil))
	h.into(&hand, h.must(http.StatusOK, "market-left", "GET", "/in-hand", nil))
	if s.State != "taken" || len(hand.Pieces) != 1 {
		t.Errorf("%+v; in hand: %+v", s, hand.Pieces)
	}
	h.must(http.StatusConflict, "market-left", "POST", "/shifts/"+s.ID+"/decline", map[string]any{})
	h.must(http.StatusNotFound, "owner", "GET", "/in-hand", nil)
	contains(t, h.must(http.StatusOK, "market", "GET", "/shifts?state=taken", nil).body, s.ID)
	lacks(t, h.must(http.StatusOK, "clerk", "GET", "/shifts", nil).body, s.ID)
}

// offered is a shift that one reviewer of the market authority offers to another one.
func (h *house) offered() string {
	h.t.Helper()
	h.token("market-left")
	var list struct{ People []api.PersonView }
	h.into(&list, h.must(http.StatusOK, "market", "GET", "/people", nil))
	var s api.ShiftView
	for _, p := range list.People {
		if p.Name == people["market-left"].name {
			h.into(&s, h.must(http.StatusOK, "market", "POST", "/shifts", map[string]any{"to": p.ID, "words": "三点回电"}))
		}
	}
	return s.ID
}
