package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/tongban/tongban/internal/web/browsertest"
)

// lookEverywhere looks at a page in both languages and on both screens: nothing that axe finds, nothing wider than the screen, one
// place at a time in the navigation.
func lookEverywhere(t *testing.T, w *browsertest.Browser, name, at string) {
	t.Helper()
	join := "?"
	if strings.Contains(at, "?") {
		join = "&"
	}
	for _, lang := range []string{"en", "zh"} { // the last one stays
		w.Goto(at + join + "lang=" + lang)
		w.Look(t, name+"-"+lang)
		var places int
		w.Eval(`document.querySelectorAll('.nav [aria-current=page]').length`, &places)
		if places > 1 {
			t.Errorf("%s: %d places are the current one", name, places)
		}
	}
}

// The pages of the line, as somebody who waits, the screen of the lobby, a clerk and the head see them.
func TestPages_of_the_line_look_right_and_are_accessible(t *testing.T) {
	t.Parallel()
	b := fiveDoors(t)
	clerk := b.signedIn("clerk1")
	wangs := b.signedIn(wang)
	p := wangs.get("/line/hall").is(http.StatusOK)
	ticket := wangs.post("/line/hall", url.Values{"request": {p.hidden()}, "letter": {"A"}}).is(http.StatusOK).path
	clerk.line("1", "walk-in:A").is(http.StatusOK)
	w := browsertest.Start(t)
	for _, page := range [][2]string{{"lobbies", "/line"}, {"lobby", "/line/hall"}, {"number", ticket}, {"lobby-screen", "/line/hall/screen?still=1"}} {
		lookEverywhere(t, w, page[0], b.server.URL+page[1])
	}
	for _, part := range []string{".nav", ".tools", "footer"} { // nobody operates the large screen
		if w.Has(part) {
			t.Errorf("the screen of the lobby shows %s", part)
		}
	}
	b.signIn(w, "clerk1")
	clerk.line("1", "next").is(http.StatusOK)
	for _, page := range [][2]string{{"desk-line", "/desk/line?lobby=hall&window=1"}, {"desk-new-turn", "/desk/new"}, {"desk-shift", "/desk/shift"}} {
		lookEverywhere(t, w, page[0], b.server.URL+page[1])
	}
	w.Goto(b.server.URL + "/account")
	w.Follow(".top form button")
	b.signIn(w, "head1")
	lookEverywhere(t, w, "desk-line-day", b.server.URL+"/desk/line/day")
}

// The pages of departments, their reforms, quarantine and the log.
func TestPages_of_administrators_look_right_and_are_accessible(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	typed := url.Values{"gone": {"market"}, "target": {"tax"}, "new-name": {"渭南市综合服务局"}, "english-name": {"Weinan Joint Office"},
		"basis": {"渭编发〔2026〕1号"}, "step": {"propose"}, "request": {"one-reform"}}
	reform := b.signedIn("sys1").post("/console/reforms/new?region="+weinan, typed).is(http.StatusOK).path
	file := b.quarantinedFile()
	w := browsertest.Start(t)
	lookEverywhere(t, w, "log", b.server.URL+"/log")
	b.signIn(w, "sys1")
	for _, page := range [][2]string{{"departments", "/console/departments"}, {"reform-new", "/console/reforms/new?region=" + weinan}, {"reform", reform},
		{"quarantine", "/console/quarantine"}, {"quarantined", file}, {"dictionaries", "/console/dictionaries"}, {"dictionary", "/console/dictionaries/core/document"}} {
		lookEverywhere(t, w, page[0], b.server.URL+page[1])
	}
	w.Goto(b.server.URL + "/account")
	w.Follow(".top form button")
	b.signIn(w, "aud1")
	lookEverywhere(t, w, "exports", b.server.URL+"/console/exports")
}

// In large print and in English, whose words are the longest, a phone does not scroll sideways: the list of one's cases with their
// states, papers with tables. And the label of a row's head stands above it, as the others do.
func TestPages_fit_a_phone_in_large_print(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	own := b.signedIn(wang)
	no := own.handIn()
	b.run(no)
	w := browsertest.Start(t)
	b.signIn(w, wang)
	w.Size(390, 844)
	w.Goto(b.server.URL + "/my?lang=en&view=elder")
	w.Eval(`document.querySelector(".cases .tag").textContent = "Granted, result ready to be handed out"`, nil) // the longest
	w.Narrow(t)
	for _, at := range []string{"/my/cases/" + no + "/papers/receipt", "/my/cases/" + no + "/papers/granted", "/services/company-open"} {
		w.Goto(b.server.URL + at + "?lang=en&view=elder")
		w.Narrow(t)
	}
	var display string
	w.Eval(`getComputedStyle(document.querySelector(".table tbody th"), "::before").display`, &display)
	if display != "block" {
		t.Errorf("the label of a material stands %s with its name", display)
	}
}
