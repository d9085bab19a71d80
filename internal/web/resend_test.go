package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/web/browsertest"
)

// opened is how many cases there are.
func (b *bench) opened() int {
	b.t.Helper()
	rows, _, err := b.store.Cases(b.t.Context(), store.CaseQuery{Region: b.region, Phases: caseflow.Phases(), Limit: 200})
	b.must(err)
	return len(rows)
}

// fillNew fills in who asks for what.
func fillNew(b *bench, w *browsertest.Browser, n int) {
	w.Goto(b.server.URL + "/desk/new?item=ankang-company-open")
	w.Fill("#f-docNo", citizen(n).No)
	w.Fill("#f-party", "张桂兰")
}

// The network drops while a clerk sends: nothing is lost, and it happens once when the network is back, also on another page.
func TestResend_survives_a_network_that_drops(t *testing.T) {
	t.Parallel()
	b := fiveDoors(t)
	w := browsertest.Start(t)
	b.signIn(w, "clerk1")
	const send = "main form[data-resend] .acts:last-of-type .btn"
	stored := func() (s string) {
		w.Eval(`sessionStorage.getItem("unsent") || ""`, &s)
		return s
	}

	fillNew(b, w, 3)
	w.Offline(true)
	w.Click(send)
	w.WaitFor("[data-unsent]:not([hidden])")
	w.Axe(t)
	w.Screenshot("desk-offline")
	if got := w.Text("[data-unsent]"); !strings.Contains(got, "网络中断，内容已保留，恢复后自动重发") {
		t.Errorf("says %q", got)
	}
	if w.Value("#f-party") != "张桂兰" || b.opened() != 0 {
		t.Errorf("holds %q, %d cases", w.Value("#f-party"), b.opened())
	}
	w.Offline(false)
	w.WaitFor(".intake")
	if n := b.opened(); n != 1 || stored() != "" {
		t.Fatalf("%d cases, stored %q", n, stored())
	}

	// A button that leads to its place on the page does not leave the page for the browser's own either.
	address := w.URL()
	w.Fill("#f-company-name", "安康汉水星河软件有限公司")
	w.Offline(true)
	w.Click(`button[name="_add"]`)
	w.WaitFor("[data-unsent]:not([hidden])")
	if got := w.Value("#f-company-name"); got != "安康汉水星河软件有限公司" || w.URL() != address {
		t.Errorf("holds %q at %s", got, w.URL())
	}
	w.Offline(false)
	w.Until(`!sessionStorage.getItem("unsent") && document.querySelector("#f-company-name").value === "安康汉水星河软件有限公司" && document.querySelector("[data-unsent]").hidden`)
	w.Follow(`button[name="_add"]`)
	if !strings.Contains(w.URL(), "#f-") {
		t.Errorf("the line is up and the button leads to %s", w.URL())
	}

	fillNew(b, w, 4) // the page is left meanwhile
	w.Offline(true)
	w.Click(send)
	w.WaitFor("[data-unsent]:not([hidden])")
	w.Unreachable(b.server.URL + "/desk")
	w.Offline(false)
	w.Goto(b.server.URL + "/desk/find") // whichever page notices first sends it, and goes on to the case
	w.Until(`!sessionStorage.getItem("unsent")`)
	w.Goto(b.server.URL + "/desk/find")
	if n := b.opened(); n != 2 {
		t.Fatalf("%d cases", n)
	}

	w.Eval(`sessionStorage.setItem("unsent", JSON.stringify({ who: "another", at: Date.now(), action: "/desk/new", body: "act=begin" })) || 0`, new(any))
	w.Goto(b.server.URL + "/desk/find") // somebody else's is thrown away, not sent
	if stored() != "" || !strings.HasSuffix(w.URL(), "/desk/find") {
		t.Errorf("at %s, stored %q", w.URL(), stored())
	}
	w.Eval(`sessionStorage.setItem("unsent", "x") || 0`, new(any))
	w.Follow("form[action='/signout'] button")
	if stored() != "" {
		t.Errorf("after signing out %q is stored", stored())
	}
}

// The answer was lost on the way: the same form again leads to what was done the first time, and does it once.
func TestResend_of_what_was_done_does_it_once(t *testing.T) {
	t.Parallel()
	b := fiveDoors(t)
	v := b.signedIn("clerk1")
	p := v.get("/desk/new").is(http.StatusOK)
	open := url.Values{"request": {p.hidden()}, "item": {"ankang-stuck"}, "docType": {"resident-id"}, "docNo": {citizen(3).No},
		"party": {"张桂兰"}, "phone": {"13891300003"}, "channel": {"window"}, "assisted": {"elderly"}}
	first := v.post("/desk/new", open).is(http.StatusOK)
	if again := v.post("/desk/new", open).is(http.StatusOK); again.path != first.path || b.opened() != 1 {
		t.Errorf("at %s, not %s; %d cases", again.path, first.path, b.opened())
	}
	open.Set("request", "another")
	v.post("/desk/new", open).is(http.StatusConflict)
}
