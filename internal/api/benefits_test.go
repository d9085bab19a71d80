package api_test

import (
	"net/http"
	"testing"
)

// A program turns one's own switch, and nobody else's.
func TestBenefits_are_switched_by_programs(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	off := func(who string) bool {
		t.Helper()
		var b struct{ Off bool }
		h.into(&b, h.must(http.StatusOK, who, "GET", "/benefits", nil))
		return b.Off
	}
	if off("owner") {
		t.Error("off before anybody said so")
	}
	h.must(http.StatusOK, "owner", "POST", "/benefits", map[string]any{"off": true})
	if !off("owner") || off("neighbour") {
		t.Error("the switch is not the own one")
	}
	h.must(http.StatusNotFound, "neighbour", "POST", "/benefits", map[string]any{"off": false, "for": "company:91610502MA00000000"})
	h.must(http.StatusNotFound, "clerk", "GET", "/benefits", nil)
	h.must(http.StatusOK, "owner", "POST", "/benefits", map[string]any{"off": false})
	if off("owner") {
		t.Error("off after it was switched on")
	}
}
