package web_test

import (
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/web"
	"github.com/tongban/tongban/internal/web/browsertest"
)

// terminal is the site of practice 04 as the public terminals of a hall see it.
func terminal(t testing.TB) *bench {
	t.Helper()
	return fiveDoors(t, func(d *web.Deps) {
		d.Terminals, d.TerminalIdle = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, 600
	})
}

// A terminal opens cases through its channel, keeps nothing, and forgets its user by itself, also without script.
func TestTerminal_forgets_who_used_it(t *testing.T) {
	t.Parallel()
	b := terminal(t)
	b.visitor().get("/").is(http.StatusOK).has(`elder terminal"`, "结束并清除").lacks(`http-equiv="refresh"`, "data-forget")
	v := b.signedIn(wang)
	p := v.get("/services/ankang-company-open/start").is(http.StatusOK).has(`<noscript><meta http-equiv="refresh" content="600;url=/terminal/end"></noscript>`)
	if p.header.Get("Cache-Control") != "no-store" {
		t.Errorf("stored: %q", p.header.Get("Cache-Control"))
	}
	p = v.post("/services/ankang-company-open/start", url.Values{"request": {p.hidden()}, "for": {"self"}}).is(http.StatusOK)
	home := p.path
	if got := b.stored(strings.TrimPrefix(home, "/my/cases/")).Channel; got != caseflow.ChannelTerminal {
		t.Errorf("channel %s", got)
	}
	there := *v.client
	there.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	there.Jar = nil // the header alone, without its end
	if got := (&visitor{b, &there}).get("/terminal/end").header.Get("Clear-Site-Data"); got != `"cache", "cookies", "storage"` {
		t.Errorf("the browser is told to clear %q", got)
	}
	p = v.get("/terminal/end").is(http.StatusOK)
	if p.path != "/" {
		t.Errorf("ends at %s", p.path)
	}
	v.get(home).is(http.StatusUnauthorized)

	v = b.signedIn(wang)
	b.pass(access.TerminalMost - time.Minute)
	for range 3 { // in use all the time, and over all the same
		v.get(home).is(http.StatusOK)
	}
	b.pass(2 * time.Minute)
	v.get(home).is(http.StatusUnauthorized)

	clerk := b.signedIn("clerk1") // is signed out at once
	clerk.get("/desk").is(http.StatusUnauthorized)
	if _, err := b.hall.View(t.Context(), caseflow.Actor{ID: "system", Kind: caseflow.ActorSystem}, ankangKey(strings.TrimPrefix(home, "/my/cases/")), "", ""); err != nil {
		t.Errorf("what was saved is gone: %v", err)
	}
}

// Elsewhere there is no terminal, whatever a browser says of itself.
func TestTerminal_is_known_by_its_address_alone(t *testing.T) {
	t.Parallel()
	b := fiveDoors(t, func(d *web.Deps) { d.Terminals = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")} })
	v := b.signedIn(wang)
	r, err := http.NewRequest(http.MethodGet, b.server.URL+"/services/ankang-company-open/start?view=terminal", nil)
	b.must(err)
	r.Header.Set("X-Forwarded-For", "192.0.2.7")
	v.send(r).is(http.StatusOK).lacks("结束并清除", "data-forget")
	p := v.get("/services/ankang-company-open/start")
	p = v.post("/services/ankang-company-open/start", url.Values{"request": {p.hidden()}, "for": {"self"}, "channel": {"terminal"}}).is(http.StatusOK)
	if got := b.stored(strings.TrimPrefix(p.path, "/my/cases/")).Channel; got != caseflow.ChannelOnline {
		t.Errorf("channel %s", got)
	}
}

// By keyboard: from the first page to a draft; the warning takes the focus and gives it back; then the terminal ends by itself.
func TestTerminal_by_keyboard(t *testing.T) {
	t.Parallel()
	b := terminal(t)
	w := browsertest.Start(t)
	w.Goto(b.server.URL + "/")
	w.Axe(t)
	w.Targets(t, 44)
	w.Screenshot("terminal-home")
	b.signIn(w, wang)
	w.Goto(b.server.URL + "/services/ankang-company-open/start")
	w.Axe(t)
	w.Eval(`document.getElementById("f-for").focus() || 0`, new(any))
	w.Press(" ")
	later := func(seconds string) { // the clock of the page, so that nobody waits
		w.Eval(`(function () { var now = Date.now; Date.now = function () { return now() + `+seconds+` * 1000; }; return 0; })()`, new(int))
	}
	later("450")
	w.WaitFor("[data-idle-warning]:not([hidden])")
	w.Axe(t)
	w.Screenshot("terminal-warning")
	if got := w.Text(":focus"); got != "继续办理" {
		t.Errorf("focus on %q", got)
	}
	w.Press("\r")
	if !w.Has("[data-idle-warning][hidden]") {
		t.Error("the warning stays")
	}
	var back string
	w.Eval(`document.activeElement.id`, &back)
	if back != "f-for" {
		t.Errorf("focus goes back to %q", back)
	}
	w.FollowKey("\r") // goes on with the form
	if !strings.Contains(w.URL(), "/my/cases/") {
		t.Fatalf("at %s", w.URL())
	}
	draft := w.URL()
	w.Screenshot("terminal-draft")
	later("900")
	w.WaitFor("html.terminal:not([data-forget])")
	if w.URL() != b.server.URL+"/" {
		t.Errorf("ends at %s", w.URL())
	}
	w.Goto(draft)
	if !w.Has("#f-password") {
		t.Errorf("somebody else sees %s", w.Text("main"))
	}
}
