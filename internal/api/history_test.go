package api_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/api"
)

// Programs of officials read the history of a party and two cases side by side as the pages show them; nobody else does.
func TestHistory_and_two_cases_side_by_side(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	first := h.running()
	h.pass(time.Minute)
	second := h.running()
	var got api.HistoryAnswer
	h.into(&got.Body, h.must(http.StatusOK, "clerk", "GET", "/cases/"+second+"/history", nil))
	if c := got.Body.Cases; len(c) != 1 || string(c[0].Case) != first || !c[0].Last || c[0].Phase != "running" {
		t.Errorf("%+v", got.Body)
	}
	var both api.BesideAnswer
	answer := h.must(http.StatusOK, "clerk", "GET", "/cases/"+second+"/beside", nil)
	h.into(&both.Body, answer)
	if string(both.Body.This) != second || string(both.Body.Other) != first || len(both.Body.Answers) == 0 || len(both.Body.Materials) == 0 {
		t.Errorf("%+v", both.Body)
	}
	for _, a := range both.Body.Answers {
		if a.Differs {
			t.Errorf("the same form differs: %+v", a)
		}
	}
	lacks(t, answer.body, "王秀英")
	lacks(t, answer.body, "13891300001")
	for _, who := range []string{"owner", "neighbour", "other-clerk", "admin"} {
		h.must(http.StatusNotFound, who, "GET", "/cases/"+second+"/history", nil)
		h.must(http.StatusNotFound, who, "GET", "/cases/"+second+"/beside", nil)
	}
	h.must(http.StatusNotFound, "clerk", "GET", "/cases/"+first+"/beside", nil)
}

// What is known of the questions that are still empty is told to who fills the case in, and to nobody else.
func TestKnown_answers_are_for_who_fills_in(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	no := h.open()
	var got api.KnownAnswerList
	h.into(&got.Body, h.must(http.StatusOK, "owner", "GET", "/cases/"+no+"/known", nil))
	if got.Body.Answers == nil || len(got.Body.Answers) != 0 {
		t.Errorf("%+v", got.Body)
	}
	for _, who := range []string{"neighbour", "clerk", "other-clerk"} {
		h.must(http.StatusNotFound, who, "GET", "/cases/"+no+"/known", nil)
	}
}
