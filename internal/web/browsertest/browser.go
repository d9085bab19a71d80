// Package browsertest drives a real Chromium for tests of pages: go somewhere, fill, click, read, look, and let axe-core judge
// what is there. It never sleeps: every act waits for the thing it needs, and fails the test when it does not come.
//
// A window that a test opens closes with the test; Chromium itself ends with the test binary. What pages complain about in the
// console (a blocked script, an exception) fails the test. It is for tests only and is never linked into the product.
package browsertest

import (
	"context"
	_ "embed" // for axe
	"encoding/json"
	"fmt"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// axe is axe-core 4.14.1 (MPL-2.0), unchanged.
//
//go:embed testdata/axe.min.js
var axe string

// patience is how long an act waits before the test fails. Test machines are shared, so it is long; nothing waits for it
// to pass.
const patience = 60 * time.Second

// Browser is one window of Chromium with one tab. Its methods fail the test that started it; they are not for several goroutines.
type Browser struct {
	t   testing.TB
	ctx context.Context

	shown *shown

	scriptless bool
}

// With is the same browser for a subtest, whose failures are then that subtest's.
func (b *Browser) With(t testing.TB) *Browser {
	return &Browser{t: t, ctx: b.ctx, shown: b.shown, scriptless: b.scriptless}
}

// names under which distributions install Chromium.
var names = []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"}

// Start opens a window that nobody sees, 1280 by 900, Chinese. It shares the Chromium of the test binary with other windows, and nothing else:
// cookies, storage, cache, workers and credentials are its own (an incognito profile of the protocol's, gone with the window). With -short,
// or without Chromium on the PATH, it skips the test; where TONGBAN_TEST_FULL=1 demands that everything runs, a missing Chromium fails it.
func Start(t testing.TB) *Browser {
	t.Helper()
	if testing.Short() {
		t.Skip("opens pages in Chromium, which -short leaves out")
	}
	b := &Browser{t: t, shown: &shown{}}
	b.shown.Store(newDocument(""))
	ctx, end := chromedp.NewContext(chromium(t), chromedp.WithNewBrowserContext(), chromedp.WithListener(b.shown.hear))
	b.ctx = ctx
	// The first use opens the window, so it must not carry a deadline that would close the window later.
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		t.Fatalf("cannot open a window of Chromium: %v", err)
	}
	listening, hush := context.WithCancel(ctx)
	heard := make(chan []string, 1)
	go func() { heard <- complaints(chromedp.Console(listening)) }()
	t.Cleanup(func() {
		hush()
		for _, c := range <-heard {
			t.Errorf("the page complained: %s", c)
		}
		if err := chromedp.Cancel(ctx); err != nil {
			t.Logf("closing the window: %v", err)
		}
		end()
	})
	b.Size(1280, 900)
	// Of several windows only one has the focus: each is told that it is the one.
	send(b, "give the window the focus", emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	return b
}

// complaints collects what pages complain about until listening ends. A failed load is left out: tests ask for pages that
// refuse on purpose.
func complaints(messages iter.Seq2[chromedp.ConsoleMessage, error]) (all []string) {
	for m, err := range messages {
		if err != nil {
			return all
		}
		if m.IsException() || m.Type == chromedp.ConsoleError && m.Source != "network" {
			all = append(all, m.String())
		}
	}
	return all
}

func find(t testing.TB) string {
	t.Helper()
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("TONGBAN_TEST_FULL") == "1" {
		t.Fatal("Chromium is not on the PATH (run: make deps)")
	}
	t.Skip("needs Chromium on the PATH to open pages (run: make deps)")
	return ""
}

type css = chromedp.CSS

type step = chromedp.Action[chromedp.Void]

// run performs actions, and fails the test with what was being done.
func (b *Browser) run(what string, actions ...step) {
	b.t.Helper()
	b.during(what, func(ctx context.Context) error { return chromedp.Do(ctx, actions...) })
}

// during gives what is done the time that an act may take, and fails the test with what was being done.
func (b *Browser) during(what string, do func(context.Context) error) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := do(ctx); err != nil {
		b.t.Fatalf("%s: %v\n%s", what, err, b.where())
	}
}

// read gets a value from the page, and fails the test with what was being done.
func read[T any](b *Browser, what string, action chromedp.Action[T]) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, action)
	if err != nil {
		b.t.Fatalf("%s: %v\n%s", what, err, b.where())
	}
	return v
}

// send gives a command of the protocol.
func send[P, R any](b *Browser, what string, command cdp.Command[P, R], params P) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if _, err := chromedp.Call(ctx, command, params); err != nil {
		b.t.Fatalf("%s: %v", what, err)
	}
}

// where says which page is open, for messages.
func (b *Browser) where() string {
	ctx, cancel := context.WithTimeout(b.ctx, 5*time.Second)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string]("location.href + '\\n' + (document.body ? document.body.innerText.slice(0, 800) : '')"))
	if err != nil {
		return "(the page cannot be read: " + err.Error() + ")"
	}
	return "at " + text
}

// Size sets the viewport in CSS pixels; a width below 720 reports a touch screen.
func (b *Browser) Size(width, height int64) {
	b.t.Helper()
	send(b, "set the size", emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: width, Height: height, DeviceScaleFactor: 1, Mobile: width < 720})
}

// WithoutScript switches scripts of pages off, from the next page on. Evaluating for tests still works.
func (b *Browser) WithoutScript() {
	b.t.Helper()
	b.scriptless = true
	send(b, "switch scripts off", emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
}

// Slow puts a slow line before the browser: how long a request takes at least, and how many bytes a second come in.
func (b *Browser) Slow(latency time.Duration, perSecond float64) {
	b.t.Helper()
	send(b, "slow the line down", network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{
		MatchedNetworkConditions: []*network.Conditions{{Latency: float64(latency.Milliseconds()), DownloadThroughput: perSecond, UploadThroughput: perSecond}}})
}

// Offline takes the network away, or gives it back.
func (b *Browser) Offline(on bool) {
	b.t.Helper()
	send(b, "switch the network", network.OverrideNetworkState, network.OverrideNetworkStateParams{Offline: on, DownloadThroughput: -1, UploadThroughput: -1})
	send(b, "switch the line", network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{
		MatchedNetworkConditions: []*network.Conditions{{DownloadThroughput: -1, UploadThroughput: -1, Offline: on}}})
}

// Passkeys gives the browser a device that keeps passkeys and always lets its holder pass (CDP's virtual authenticator).
func (b *Browser) Passkeys() {
	b.t.Helper()
	send(b, "switch passkeys on", webauthn.Enable, webauthn.EnableParams{})
	send(b, "add an authenticator", webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
		HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
	}})
}

// Paper shows pages as they print, or on screen again.
func (b *Browser) Paper(on bool) {
	b.t.Helper()
	media := ""
	if on {
		media = "print"
	}
	send(b, "set the medium", emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: media})
}

// ForcedColors shows pages in the few colours that somebody chose (Windows high contrast), light on dark, or in their own again.
func (b *Browser) ForcedColors(on bool) {
	b.t.Helper()
	var features []*emulation.MediaFeature
	if on {
		features = []*emulation.MediaFeature{{Name: "forced-colors", Value: "active"}, {Name: "prefers-color-scheme", Value: "dark"}}
	}
	send(b, "force colours", emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: features})
}

// Goto opens an address and waits until it has loaded and been drawn; a page that goes on by itself is followed.
func (b *Browser) Goto(url string) {
	b.t.Helper()
	b.during("open "+url, func(ctx context.Context) error { return b.reach(ctx, url) })
	b.painted()
}

// Unreachable opens an address that the browser cannot reach, being offline, and shows its own page for that instead.
func (b *Browser) Unreachable(url string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Navigate(url)); err == nil || !strings.Contains(err.Error(), "ERR_INTERNET_DISCONNECTED") {
		b.t.Fatalf("open %s while offline: %v\n%s", url, err, b.where())
	}
}

// painted waits until the page has been drawn: Chromium drops keys and clicks that come before.
func (b *Browser) painted() {
	b.t.Helper()
	if !b.scriptless { // without scripts no frame is reported
		b.during("draw the page", func(ctx context.Context) error {
			return b.lasting(ctx, `new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))`)
		})
	}
}

// Until waits until an expression holds on the page that is open, or on the one that it goes on to by itself. It does not ask by the
// execution context that the library has heard of, as chromedp.Poll does: on a busy machine that is still the one of the page before
// when the load of this one is reported.
func (b *Browser) Until(expression string) {
	b.t.Helper()
	b.during("wait until "+expression, func(ctx context.Context) error {
		return b.lasting(ctx, `new Promise(done => { (function look() { `+expression+` ? done() : requestAnimationFrame(look); })(); })`)
	})
}

// Fill types a value over what stands in an input or textarea.
func (b *Browser) Fill(selector, value string) {
	b.t.Helper()
	selected := fmt.Sprintf("void (e => { e.focus(); e.select(); })(document.querySelector(%q))", selector)
	if value == "" {
		value = kb.Delete
	}
	b.run("fill "+selector, chromedp.WaitVisible(css(selector)), chromedp.Evaluate[chromedp.Void](selected), pressed(value))
}

// Choose selects the option of a <select> with a value.
func (b *Browser) Choose(selector, value string) {
	b.t.Helper()
	b.run("choose "+value+" in "+selector, chromedp.WaitVisible(css(selector)), chromedp.SetValue(css(selector), value))
}

// Upload puts files into a file input.
func (b *Browser) Upload(selector string, files ...string) {
	b.t.Helper()
	b.run("upload into "+selector, chromedp.SetUploadFiles(css(selector), files))
}

// Click clicks on something that stays on the page: a radio button, a tick, a summary.
func (b *Browser) Click(selector string) {
	b.t.Helper()
	b.run("click "+selector, chromedp.WaitVisible(css(selector)), chromedp.Click(css(selector)))
}

// Follow clicks a link or button that opens a page, and waits until that has loaded.
func (b *Browser) Follow(selector string) {
	b.t.Helper()
	b.arrive("follow "+selector, chromedp.WaitVisible(css(selector)), chromedp.Click(css(selector)))
}

// arrive performs actions and waits for the page that they open.
func (b *Browser) arrive(what string, actions ...step) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if _, err := chromedp.RunResponse(ctx, actions...); err != nil {
		b.t.Fatalf("%s: %v\n%s", what, err, b.where())
	}
	b.painted()
}

// FollowText follows the link or button whose text (or accessible name) is exactly this.
func (b *Browser) FollowText(text string) {
	b.t.Helper()
	quoted, err := json.Marshal(text)
	if err != nil {
		b.t.Fatal(err)
	}
	find := fmt.Sprintf(`[...document.querySelectorAll("a, button, summary")].find(e =>
		(e.getAttribute("aria-label") || e.innerText).trim() === %s && e.getClientRects().length)`, quoted)
	if !b.scriptless { // without scripts nothing more comes to a page that has loaded
		b.Until("!!(" + find + ")")
	}
	b.arrive("follow “"+text+"”", chromedp.Evaluate[chromedp.Void]("void ("+find+").click()"))
}

// WaitFor waits until something is visible.
func (b *Browser) WaitFor(selector string) {
	b.t.Helper()
	b.run("wait for "+selector, chromedp.WaitVisible(css(selector)))
}

// Text is the visible text of the first match.
func (b *Browser) Text(selector string) string {
	b.t.Helper()
	return strings.TrimSpace(read(b, "read "+selector, chromedp.Text(css(selector))))
}

// Value is what stands in an input.
func (b *Browser) Value(selector string) string {
	b.t.Helper()
	return read(b, "read the value of "+selector, chromedp.Value(css(selector)))
}

// Has reports whether there is a match now.
func (b *Browser) Has(selector string) bool {
	b.t.Helper()
	var n int
	b.Eval(fmt.Sprintf("document.querySelectorAll(%q).length", selector), &n)
	return n > 0
}

// URL is the address of the page.
func (b *Browser) URL() string {
	b.t.Helper()
	return read(b, "read the address", chromedp.Location())
}

// Title is the page's title.
func (b *Browser) Title() string {
	b.t.Helper()
	return read(b, "read the title", chromedp.Title())
}

// Eval evaluates an expression, waits for it if it is a promise, and decodes its value from JSON. With a nil result the
// script is a list of statements.
func (b *Browser) Eval(script string, result any) {
	b.t.Helper()
	if result == nil {
		b.run("evaluate", chromedp.Evaluate[chromedp.Void]("(() => { "+script+" })()", chromedp.EvalAwaitPromise))
		return
	}
	text := read(b, "evaluate", chromedp.Evaluate[json.RawMessage](script, chromedp.EvalAwaitPromise))
	if err := json.Unmarshal(text, result); err != nil {
		b.t.Fatalf("evaluate %.80s: %v", script, err)
	}
}

// Press types keys where the focus is. Tab and Enter are "\t" and "\r"; other keys are those of chromedp/kb.
func (b *Browser) Press(keys string) {
	b.t.Helper()
	b.run("press keys", pressed(keys))
}

// pressed sends each key as a keyboard does: the character belongs to the press, so that a key that moves the focus does not
// leave its character in the field that gets it.
func pressed(keys string) step {
	return func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		for _, r := range keys {
			var down *input.DispatchKeyEventParams
			for _, k := range kb.Encode(r) {
				switch k.Type {
				case kb.KeyDown:
					down = k
					continue
				case kb.KeyChar:
					down.Text, down.UnmodifiedText = k.Text, k.UnmodifiedText
					continue
				}
				for _, event := range []*input.DispatchKeyEventParams{down, k} {
					if _, err := cdp.Call(ctx, t, input.DispatchKeyEvent, *event); err != nil {
						return chromedp.Void{}, err
					}
				}
			}
		}
		return chromedp.Void{}, nil
	}
}

// FollowKey presses a key that opens a page, and waits until that has loaded.
func (b *Browser) FollowKey(key string) {
	b.t.Helper()
	b.arrive("follow the key "+key, pressed(key))
}

// Tab moves the focus on.
func (b *Browser) Tab() {
	b.t.Helper()
	b.Press(kb.Tab)
}

// Focused tells what has the focus: its id as #id, or else its name or text.
func (b *Browser) Focused() string {
	b.t.Helper()
	var s string
	b.Eval(`(() => { const e = document.activeElement;
		return !e || e === document.body ? "" : e.id ? "#" + e.id : (e.getAttribute("aria-label") || e.innerText || e.name || e.tagName).trim(); })()`, &s)
	return s
}

// Screenshot writes the whole page as a PNG into the folder that TONGBAN_SCREENSHOTS names. Without one it does nothing: pictures
// are for people to look at, and taking them takes long.
func (b *Browser) Screenshot(name string) {
	b.t.Helper()
	dir := os.Getenv("TONGBAN_SCREENSHOTS")
	if dir == "" {
		return
	}
	png := read(b, "take a screenshot", chromedp.FullScreenshot(100))
	if err := os.MkdirAll(dir, 0o750); err != nil { // #nosec G703 -- whoever runs the test names the folder
		b.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), png, 0o600); err != nil { // #nosec G703 -- as above
		b.t.Fatal(err)
	}
}

// PDF prints the page on paper of its own @page size.
func (b *Browser) PDF() []byte {
	b.t.Helper()
	return read(b, "print", chromedp.PrintToPDF(chromedp.PDFPreferCSSPageSize()))
}

// finding is one violation that axe reports.
type finding struct {
	ID     string `json:"id"`
	Impact string `json:"impact"`
	Help   string `json:"help"`
	Nodes  []struct {
		HTML    string `json:"html"`
		Summary string `json:"failureSummary"`
	} `json:"nodes"`
}

// Axe lets axe-core check the page with all the rules that it runs by itself, best practices too, and with those named, such
// as color-contrast-enhanced (7:1). It reports every violation as a test error.
func (b *Browser) Axe(t testing.TB, more ...string) {
	t.Helper()
	var loaded bool
	b.Eval("!!window.axe", &loaded)
	if !loaded {
		b.Eval(axe, nil)
	}
	rules := map[string]map[string]bool{}
	for _, r := range more {
		rules[r] = map[string]bool{"enabled": true}
	}
	options, err := json.Marshal(map[string]any{"resultTypes": []string{"violations"}, "rules": rules})
	if err != nil {
		t.Fatal(err)
	}
	var found []finding
	b.Eval(fmt.Sprintf(`axe.run(document, %s).then(r => r.violations)`, options), &found)
	for _, f := range found {
		for _, n := range f.Nodes {
			t.Errorf("%s: %s (%s): %s\n%s\n%s", b.URL(), f.ID, f.Impact, f.Help, n.HTML, n.Summary)
		}
	}
}

// Narrow fails the test if the page is wider than its window, so that a phone would have to scroll sideways. The window is what
// the page is laid out for: innerWidth grows with what sticks out, because a phone zooms out to show it.
func (b *Browser) Narrow(t testing.TB) {
	t.Helper()
	var wide []string
	b.Eval(`document.documentElement.scrollWidth <= document.documentElement.clientWidth ? [] :
		[...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
		.slice(0, 5).map(e => e.outerHTML.slice(0, 160))`, &wide)
	for _, w := range wide {
		t.Errorf("%s: wider than the window: %s", b.URL(), w)
	}
}

// Look judges the page that is open as a laptop shows it and as a phone does: nothing that axe finds, nothing wider than the screen.
// It takes a picture of both, and leaves the screen a laptop's.
func (b *Browser) Look(t testing.TB, name string) {
	t.Helper()
	for _, size := range []struct {
		width, height int64
		name          string
	}{{375, 800, name + "-375"}, {1280, 900, name}} {
		b.Size(size.width, size.height)
		b.Axe(t)
		b.Narrow(t)
		b.Screenshot(size.name)
	}
}

// Targets fails the test for each link, button or input on the page that is lower than a number of CSS pixels. Links within a
// sentence are exempt (WCAG 2.5.8), and so are ticks whose label is large enough.
func (b *Browser) Targets(t testing.TB, pixels int) {
	t.Helper()
	var small []string
	b.Eval(fmt.Sprintf(`[...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")].filter(e => {
		const r = e.getBoundingClientRect();
		if (!r.width || e.matches(".skip, .quiet") || e.closest("p, dd, .cell, h1, h2, h3") && e.matches("a") && getComputedStyle(e).display === "inline") return false;
		if (e.matches("[type=radio], [type=checkbox]")) { const l = e.labels && e.labels[0]; return !l || l.getBoundingClientRect().height < %[1]d - 0.5; }
		const after = getComputedStyle(e, "::after");
		if (after.position === "absolute" && after.content !== "none") return e.closest("li").getBoundingClientRect().height < %[1]d - 0.5;
		return r.height < %[1]d - 0.5;
	}).map(e => Math.round(e.getBoundingClientRect().height) + " px: " + e.outerHTML.slice(0, 120))`, pixels), &small)
	for _, s := range small {
		t.Errorf("%s: target lower than %d px: %s", b.URL(), pixels, s)
	}
}
