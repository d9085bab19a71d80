package api_test

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/api"
	"github.com/tongban/tongban/internal/hall"
)

// R6: one request, sent a hundred times at once, then again after a restart, opens one case and gets one answer.
func TestRepeats_are_one_request(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var first reply
	t.Run("a hundred at once", func(t *testing.T) {
		h := openHouse(t, dir, access.Limits{})
		h.token("owner")
		replies := make([]reply, 100)
		var wg sync.WaitGroup
		for i := range replies {
			wg.Go(func() { replies[i] = h.call("owner", "POST", "/cases", opening(), "Idempotency-Key", "k-1") })
		}
		wg.Wait()
		first = replies[0]
		for _, r := range replies {
			if r.status != http.StatusOK || !bytes.Equal(r.body, first.body) || r.header.Get("Idempotency-Key") != "k-1" {
				t.Fatalf("answers differ: %d %s, %d %s", first.status, first.body, r.status, r.body)
			}
		}
		var page struct{ Cases []struct{ Case string } }
		h.into(&page, h.must(http.StatusOK, "owner", "GET", "/cases", nil))
		if len(page.Cases) != 1 {
			t.Fatalf("%d cases were opened: %+v", len(page.Cases), page)
		}
	})
	t.Run("after a restart", func(t *testing.T) {
		h := openHouse(t, dir, access.Limits{})
		var out struct{ Token string }
		h.into(&out, h.must(http.StatusCreated, "", "POST", "/sessions", map[string]any{"login": people["owner"].phone, "password": password}))
		h.tokens["owner"] = out.Token
		again := h.must(http.StatusOK, "owner", "POST", "/cases", opening(), "Idempotency-Key", "k-1")
		if !bytes.Equal(again.body, first.body) {
			t.Errorf("after a restart: %s, first: %s", again.body, first.body)
		}
		other := opening()
		other["channel"] = "terminal"
		r := h.must(http.StatusUnprocessableEntity, "owner", "POST", "/cases", other, "Idempotency-Key", "k-1")
		if r.code() != "request-id-reused" {
			t.Errorf("another body: %s", r.body)
		}
		if r := h.must(http.StatusUnprocessableEntity, "neighbour", "POST", "/cases", opening(), "Idempotency-Key", "k-1"); r.code() != "request-id-reused" {
			t.Errorf("somebody else: %s", r.body)
		}
		h.must(http.StatusUnprocessableEntity, "owner", "POST", "/cases", opening(), "Idempotency-Key", "white space")
		h.must(http.StatusUnprocessableEntity, "owner", "POST", "/cases", opening(), "Idempotency-Key", strings.Repeat("k", 101))
	})
}

func TestRepeats_of_a_command_get_its_first_answer(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	no := h.running()
	grant := map[string]any{"task": h.task("market", no, "register")}
	first := h.must(http.StatusOK, "market", "POST", path("/cases/%s/grant", no), grant, "Idempotency-Key", "g")
	h.pass(time.Minute)
	again := h.must(http.StatusOK, "market", "POST", path("/cases/%s/grant", no), grant, "Idempotency-Key", "g")
	if !bytes.Equal(first.body, again.body) {
		t.Errorf("first %s, again %s", first.body, again.body)
	}
	h.must(http.StatusConflict, "market", "POST", path("/cases/%s/grant", no), grant, "Idempotency-Key", "another")
	var receipt hall.Receipt
	h.into(&receipt, first)
	if receipt.Verb != "grant" || len(receipt.Leaf) != 64 || first.header.Get("Next-Due") == "" {
		t.Errorf("receipt %+v, next due %q", receipt, first.header.Get("Next-Due"))
	}
}

func TestProblems_speak_the_language_asked_for_and_repeat_nothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	no := h.submitted()
	for accept, want := range map[string]string{"": "zh", "en-GB,en;q=0.9": "en", "zh-TW": "zh", "fr, en": "en", "fr": "zh"} {
		r := h.must(http.StatusConflict, "owner", "POST", path("/cases/%s/submit", no), nil, "Accept-Language", accept)
		if got := r.header.Get("Content-Language"); got != want || r.code() != "phase" {
			t.Errorf("Accept-Language %q: %s, %s", accept, got, r.body)
		}
		if english := !strings.ContainsFunc(string(r.body), func(r rune) bool { return r > 0x2fff }); english != (want == "en") {
			t.Errorf("Accept-Language %q: %s", accept, r.body)
		}
	}
	secret := "610502199001019990"
	if _, err := ident.Check(ident.Document{Type: ident.DocResidentID, No: secret}, h.time()); err == nil {
		t.Fatalf("%s is a good number", secret)
	}
	open := opening()
	open["applicant"].(map[string]any)["document"] = secret
	open[secret] = secret
	r := h.must(http.StatusUnprocessableEntity, "owner", "POST", "/cases", open)
	lacks(t, r.body, secret) // neither as a value nor as the name of a field
	contains(t, r.body, `"field":"applicant.document"`)
	contains(t, r.body, `"code":"unknown"`)
	r = h.must(http.StatusBadRequest, "owner", "POST", "/cases", []byte(`{"item":"`+secret))
	lacks(t, r.body, secret)
	if got := h.must(http.StatusUnprocessableEntity, "owner", "POST", "/cases", map[string]any{"item": "company-open", "channel": "online",
		"applicant": map[string]any{"kind": "person", "name": "王秀英", "document": map[string]any{"docType": "resident-id", "docNo": secret}}}); got.code() != "form" {
		t.Errorf("a wrong check digit: %s", got.body)
	} else {
		lacks(t, got.body, secret)
	}
	// The request's number is in the answer's head and body, so that a person can quote it.
	contains(t, r.body, `"request":"`+r.header.Get("Request-Id")+`"`)
	logs := h.logs.String()
	for _, private := range []string{secret, "王秀英", "13892300001", password, h.token("owner"), no} {
		if strings.Contains(logs, private) {
			t.Errorf("%q is in the log", private)
		}
	}
	if !strings.Contains(logs, `"route":"/cases/{case}/submit"`) {
		t.Errorf("the log does not name the operation: %.500s", logs)
	}
}

// A field that there is not is named, wherever it stands, so that a slip of the pen is found; its name makes no text of its own.
func TestProblems_name_the_field_that_there_is_not(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	no := h.open()
	before := h.must(http.StatusOK, "owner", "GET", "/cases/"+no, nil)
	for body, want := range map[string][3]string{
		`{"data":{},"coment":1}`:        {"coment", "没有“coment”这一项，请去掉。", `There is no field "coment". Leave it out.`},
		`{"data":{},"备注":1}`:            {"备注", "没有“备注”这一项，请去掉。", `There is no field "备注". Leave it out.`},
		`{"data":{},"a\"\n\u202e":1}`:   {`a\"\n\u202e`, `没有“a\"\n\u202e”这一项，请去掉。`, `There is no field "a\"\n\u202e". Leave it out.`},
		`{"data":{},"no13892300001":1}`: {"no…", "没有“no…”这一项，请去掉。", `There is no field "no…". Leave it out.`},
		`{"data":{},"` + strings.Repeat("长", 5000) + `":1}`: {strings.Repeat("长", 60) + "…",
			"没有“" + strings.Repeat("长", 60) + "…”这一项，请去掉。", `There is no field "` + strings.Repeat("长", 60) + `…". Leave it out.`},
	} {
		for i, lang := range []string{"zh", "en"} {
			var p struct{ Fields []api.FieldFault }
			h.into(&p, h.must(http.StatusUnprocessableEntity, "owner", "POST", path("/cases/%s/save-draft", no), []byte(body), "Accept-Language", lang))
			if len(p.Fields) != 1 || p.Fields[0] != (api.FieldFault{Field: want[0], Code: "unknown", Text: want[i+1]}) {
				t.Errorf("%.60s in %s: %+v", body, lang, p.Fields)
			}
		}
	}
	var many strings.Builder
	for i := range 500 {
		fmt.Fprintf(&many, `"key%d":1,`, i)
	}
	var p struct{ Fields []api.FieldFault }
	if h.into(&p, h.must(http.StatusUnprocessableEntity, "owner", "POST", path("/cases/%s/save-draft", no), []byte(`{`+many.String()+`"data":{}}`))); len(p.Fields) != 10 {
		t.Errorf("%d of 500 are named", len(p.Fields))
	}
	open := opening()
	open["applicant"].(map[string]any)["fone"] = "1"
	contains(t, h.must(http.StatusUnprocessableEntity, "owner", "POST", "/cases", open).body, `"field":"applicant.fone"`)
	contains(t, h.must(http.StatusUnprocessableEntity, "owner", "GET", "/cases?stat=open", nil).body, `"field":"stat"`)
	if after := h.must(http.StatusOK, "owner", "GET", "/cases/"+no, nil); !bytes.Equal(before.body, after.body) {
		t.Errorf("something was changed:\n%s\n%s", before.body, after.body)
	}
}

func TestHeaders_of_every_answer(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, at := range []string{"/items", "/me", "/nothing", "/openapi.json", "/"} {
		r := h.call("", "GET", at, nil)
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"} {
			if got := r.header.Get(name); got != want {
				t.Errorf("GET %s: %s is %q", at, name, got)
			}
		}
		for _, part := range []string{"default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"} {
			if policy := r.header.Get("Content-Security-Policy"); !strings.Contains(policy, part) || at != "/" && !strings.Contains(policy, "sandbox") {
				t.Errorf("GET %s: the policy %q", at, policy)
			}
		}
	}
	if r := h.must(http.StatusMethodNotAllowed, "", "DELETE", "/items", nil); r.header.Get("Allow") != "GET" {
		t.Errorf("Allow is %q", r.header.Get("Allow"))
	}
	h.must(http.StatusNotFound, "owner", "GET", "/cases/nonsense", nil)
	h.must(http.StatusNotFound, "owner", "GET", "/cases/610502-20261124-999999", nil)
}

func TestSessions_over_HTTP(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.must(http.StatusUnauthorized, "", "GET", "/me", nil)
	h.must(http.StatusUnauthorized, "", "GET", "/me", nil, "Authorization", "Bearer nonsense")
	contains(t, h.must(http.StatusOK, "owner", "GET", "/me", nil).body, "王秀英")
	contains(t, h.must(http.StatusOK, "owner", "GET", "/sessions", nil).body, `"current":true`)
	wrong := h.must(http.StatusUnauthorized, "", "POST", "/sessions", map[string]any{"login": "13892300001", "password": "wrong wrong 1"})
	unknown := h.must(http.StatusUnauthorized, "", "POST", "/sessions", map[string]any{"login": "13892300009", "password": "wrong wrong 1"})
	if wrong.code() != unknown.code() || wrong.code() != "sign-in" {
		t.Errorf("a wrong password %s, an unknown login %s", wrong.body, unknown.body)
	}
	var fresh struct{ Token string }
	h.into(&fresh, h.must(http.StatusOK, "owner", "POST", "/me/password", map[string]any{"old": password, "new": "another horse 8"}))
	h.must(http.StatusUnauthorized, "owner", "GET", "/me", nil) // the old session is over
	h.must(http.StatusOK, "", "GET", "/me", nil, "Authorization", "Bearer "+fresh.Token)
	h.pass(3 * time.Hour)
	if r := h.must(http.StatusUnauthorized, "", "GET", "/me", nil, "Authorization", "Bearer "+fresh.Token); r.code() != "no-session" {
		t.Errorf("an expired session: %s", r.body)
	}
	h.must(http.StatusNoContent, "neighbour", "DELETE", "/sessions/current", nil)
	h.must(http.StatusUnauthorized, "neighbour", "GET", "/me", nil)
}

func TestThrottled_sign_in_says_when_to_come_back(t *testing.T) {
	t.Parallel()
	h := openHouse(t, t.TempDir(), access.Limits{AddressTries: 3})
	var last reply
	for i := range 4 {
		last = h.call("", "POST", "/sessions", map[string]any{"login": path("nobody%d", i), "password": "wrong wrong 1"})
		if i < 3 && last.status != http.StatusUnauthorized {
			t.Errorf("try %d: %d %s", i, last.status, last.body)
		}
	}
	if last.status != http.StatusTooManyRequests || last.header.Get("Retry-After") != "900" || last.code() != "throttled" {
		t.Errorf("after many failures: %d %q %s", last.status, last.header.Get("Retry-After"), last.body)
	}
}

func TestMustChange_leaves_only_the_own_account_open(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, secret, err := h.gate.AddAccount(t.Context(), access.System, newOfficial("novice"))
	must(t, err)
	var out struct{ Token string }
	h.into(&out, h.must(http.StatusCreated, "", "POST", "/sessions", map[string]any{"login": "novice", "password": secret}))
	bearer := "Bearer " + out.Token
	if r := h.must(http.StatusForbidden, "", "GET", "/tasks", nil, "Authorization", bearer); r.code() != "must-change" {
		t.Errorf("with a first password: %s", r.body)
	}
	h.must(http.StatusOK, "", "GET", "/me", nil, "Authorization", bearer)
	h.must(http.StatusOK, "", "POST", "/me/password", map[string]any{"old": secret, "new": "my own words 9"}, "Authorization", bearer)
}

// A body that is packed is not unpacked, whatever it would become, and the sender is told what to do.
func TestPacked_bodies_are_refused(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, at := range []string{"/cases", "/files?name=a.pdf"} {
		r := h.must(http.StatusUnsupportedMediaType, "owner", "POST", at, bytes.NewReader([]byte("\x1f\x8b\x08")), "Content-Encoding", "gzip")
		if r.code() != "content-encoding" {
			t.Errorf("%s: %s", at, r.body)
		}
	}
	h.must(http.StatusUnprocessableEntity, "owner", "POST", "/cases", map[string]any{}, "Content-Encoding", "identity")
}
