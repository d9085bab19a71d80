package browsertest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path"
	"strconv"
	"strings"
	"testing"
)

// Recorded is a page as a server sent it to somebody.
type Recorded struct {
	Name   string // for messages
	Policy string // its Content-Security-Policy
	Body   string
}

// ran tells of a frame f in which markup that sets a variable of this name has run, or has become more than text, or is not shown at all.
const ran = `typeof f.contentWindow.ran !== "undefined" || !f.contentDocument.documentElement.outerHTML.includes(%q) ||
	f.contentDocument.querySelector('[onerror],[onload],[onclick],a[href^="javascript:"],img[src="x"]') !== null`

// framesAtOnce is how many frames a page holds: more take a busy machine longer to load than an act waits.
const framesAtOnce = 8

// Ran shows recorded pages, with markup that bears a mark and would set the variable ran, in one Chromium, some at once: each in a frame and under its
// own policy, of which nothing is changed but that it may stand in one. It returns the names of those where the markup is not text. A page that
// its policy has kept from something complains, and fails the test. Style sheets and scripts come from assets.
func Ran(t testing.TB, assets http.Handler, pages []Recorded, mark string) (names []string) {
	t.Helper()
	b := Start(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		framed, some := strings.HasPrefix(r.URL.Path, "/frame/"), strings.HasPrefix(r.URL.Path, "/from/")
		n, err := strconv.Atoi(path.Base(r.URL.Path))
		switch {
		case some && err == nil:
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			for i := n; i < min(n+framesAtOnce, len(pages)); i++ {
				fmt.Fprintf(w, "<iframe src=\"/frame/%d\"></iframe>", i)
			}
		case framed && err == nil && n < len(pages):
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.Header().Set("Content-Security-Policy", strings.ReplaceAll(pages[n].Policy, "frame-ancestors 'none'", "frame-ancestors 'self'"))
			_, _ = w.Write([]byte(pages[n].Body)) // the browser has gone: it says so itself
		default:
			assets.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(server.Close)
	for from := 0; from < len(pages); from += framesAtOnce {
		b.Goto(fmt.Sprintf("%s/from/%d", server.URL, from))
		var found []int
		b.Eval("[...document.querySelectorAll('iframe')].map((f, i) => "+fmt.Sprintf(ran, mark)+" ? i : -1).filter(i => i >= 0)", &found)
		for _, i := range found {
			names = append(names, pages[from+i].Name)
		}
	}
	return names
}
