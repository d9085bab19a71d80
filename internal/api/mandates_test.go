package api_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/api"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
)

// legal has the window record somebody as the legal representative of a company, and returns its owner.
func (h *house) legal(who, serial, name string) string {
	h.t.Helper()
	code := string(ident.MakeCreditCode('9', '1', linwei, serial))
	h.token(who) // registers them
	h.must(http.StatusNoContent, "clerk", "POST", "/papers-seen", map[string]any{"phone": people[who].phone, "docNo": document.No,
		"company": name, "code": code, "reason": "核验营业执照"})
	return caseflow.CompanyOwner(code)
}

// An agent reaches what the mandate covers, by every operation that pages have, and nothing else: no other company's case by any
// operation of the document, and nothing at all once the mandate is taken back.
func TestAgents_reach_nothing_beyond_their_mandate(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	firmA, firmB := h.legal("neighbour", "MA6TE1TA", "华山客栈"), h.legal("owner", "MA6TE1TB", "秦东茶舍")
	h.must(http.StatusNotFound, "market", "POST", "/papers-seen", map[string]any{"phone": "13892300001", "docNo": "x"})
	open := func(who, owner string, status int) string {
		body := opening()
		body["owner"] = owner
		var out hall.Receipt
		h.into(&out, h.must(status, who, "POST", "/cases", body))
		return string(out.Case)
	}
	no := open("owner", firmB, http.StatusOK)
	open("neighbour", firmB, http.StatusNotFound)
	unreached := func() {
		t.Helper()
		for _, o := range h.rules.operations(t, no, "0") {
			if !o.aimed || o.public {
				continue
			}
			if r := h.call("neighbour", o.method, o.at, o.body); r.status != http.StatusNotFound {
				t.Errorf("%s: %d %s", o.id, r.status, r.body)
			}
		}
		for _, list := range []string{"/cases", "/messages", "/licences", "/mandates"} {
			h.must(http.StatusNotFound, "neighbour", "GET", list+"?for="+url.QueryEscape(firmB), nil)
		}
		h.must(http.StatusNotFound, "neighbour", "POST", "/mandates", map[string]any{"for": firmB, "agent": "王秀英", "until": "2027-01-01"})
	}
	unreached() // the representative of another company

	var given struct{ ID, Code string }
	give := map[string]any{"for": firmB, "agent": "李建国", "items": []string{"company-open"}, "until": "2027-06-30"}
	h.into(&given, h.must(http.StatusOK, "owner", "POST", "/mandates", give, "Idempotency-Key", "m-1"))
	again := given
	if h.into(&again, h.must(http.StatusOK, "owner", "POST", "/mandates", give, "Idempotency-Key", "m-1")); again != given {
		t.Errorf("the same request made %+v, then %+v", given, again)
	}
	give["until"] = "2027-07-01"
	h.must(http.StatusUnprocessableEntity, "owner", "POST", "/mandates", give, "Idempotency-Key", "m-1")
	h.must(http.StatusUnprocessableEntity, "owner", "POST", "/mandates/accept", map[string]any{"code": given.Code})
	h.must(http.StatusOK, "neighbour", "POST", "/mandates/accept", map[string]any{"code": given.Code})
	var c api.CaseDetail
	h.into(&c, h.must(http.StatusOK, "neighbour", "GET", "/cases/"+no, nil))
	if !c.Mine || c.Masked || c.Applicant.Name != "秦东茶舍" {
		t.Errorf("the agent reads %+v", c)
	}
	h.give("neighbour", no, "save-draft", map[string]any{"data": map[string]any{"company": map[string]any{"name": "秦东"}}})
	h.must(http.StatusNotFound, "neighbour", "GET", "/cases/"+no+"/looks", nil)
	var spaces struct{ Spaces []api.SpaceView }
	h.into(&spaces, h.must(http.StatusOK, "neighbour", "GET", "/spaces", nil))
	if len(spaces.Spaces) != 2 {
		t.Errorf("spaces %+v", spaces.Spaces)
	}
	var line struct{ Entries []api.TimelineEntry }
	h.into(&line, h.must(http.StatusOK, "owner", "GET", "/cases/"+no+"/timeline", nil))
	if e := line.Entries[0]; e.For != firmB || e.Mine || e.Agent != "李建国" {
		t.Errorf("the agent's entry is %+v", e)
	}
	h.must(http.StatusNotFound, "clerk", "POST", "/mandates/"+given.ID+"/end", map[string]any{})
	h.must(http.StatusNoContent, "owner", "POST", "/mandates/"+given.ID+"/end", map[string]any{"words": "换人"})
	unreached()
	h.must(http.StatusOK, "neighbour", "GET", "/cases?for="+url.QueryEscape(firmA), nil)
}
