package main

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// A site that is not said to be reached by TLS binds no browser to TLS, at no door: the host may have other sites, and be tried without.
func TestPlain_sites_bind_nobody_to_TLS(t *testing.T) {
	t.Parallel()
	r := start(t, placeFlags{Data: t.TempDir()})
	for _, at := range []string{"/", "/_static/tongban.css", "/api/v1/items", "/api/v1/none", "/healthz", "/schemas/pack.json", "/none"} {
		resp, err := http.Get(r.address + at) // #nosec G107 -- the program under test
		must(t, err)
		must(t, resp.Body.Close())
		if bound := resp.Header.Get("Strict-Transport-Security"); bound != "" {
			t.Errorf("%s: %q", at, bound)
		}
	}
}

// Pages, API, schemas, health, profiles and what is not there: each answer keeps a browser strict, and TRACE is none of theirs.
func TestEvery_door_keeps_browsers_strict(t *testing.T) {
	t.Parallel()
	p := serve(t, "--data", t.TempDir(), "--secure")
	for _, at := range []string{"/", "/signin", "/services/company-open", "/console", "/_static/tongban.css", "/api/v1/items", "/api/v1/", "/api/v1/none", "/healthz",
		"/readyz", "/metrics", "/debug/pprof/", "/schemas/pack.json", "/none"} {
		resp, err := http.Get(p.address + at) // #nosec G107 -- the program under test
		must(t, err)
		must(t, resp.Body.Close())
		h := resp.Header
		if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Strict-Transport-Security") != "max-age=31536000; includeSubDomains" {
			t.Errorf("%s (%d): %v", at, resp.StatusCode, h)
		}
		policy := h.Get("Content-Security-Policy")
		if !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "base-uri 'none'") || !strings.Contains(policy, "frame-ancestors 'none'") || strings.Contains(policy, "unsafe") || strings.Contains(policy, "http") {
			t.Errorf("%s has the policy %q", at, policy)
		}
		if h.Get("Access-Control-Allow-Origin") != "" || h.Get("Referrer-Policy") == "" {
			t.Errorf("%s: %v", at, h)
		}
		if kind := h.Get("Content-Type"); kind == "" || strings.HasPrefix(kind, "text/") && !strings.Contains(kind, "charset=utf-8") {
			t.Errorf("%s is %q", at, kind)
		}
		if stored := h.Get("Cache-Control"); !strings.Contains(stored, "no-store") && !strings.HasPrefix(at, "/_static/") {
			t.Errorf("%s may be stored: %q", at, stored)
		}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodTrace, p.address+at, nil)
		must(t, err)
		r.Header.Set("X-Canary", "canary")
		traced, err := http.DefaultClient.Do(r)
		must(t, err)
		must(t, traced.Body.Close())
		if traced.StatusCode < 400 {
			t.Errorf("TRACE %s: %d", at, traced.StatusCode)
		}
	}
}

// Where one request ends and the next begins is not left to whoever sends them (ASVS 4.2.1): what two readers might cut differently is
// refused and the connection closed, and chunks count where a length is given too.
func TestMessages_that_two_might_cut_differently_are_refused(t *testing.T) {
	t.Parallel()
	p := serve(t, "--data", t.TempDir())
	const next = "GET /smuggled HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
	for name, c := range map[string]struct {
		heads, body string
		status      []int
	}{
		"two lengths":             {"Content-Length: 4\r\nContent-Length: 0\r\n", "", []int{400}},
		"a length with a sign":    {"Content-Length: +0\r\n", "", []int{400}},
		"a length that is none":   {"Content-Length: 0x4\r\n", "", []int{400}},
		"a space before a colon":  {"Content-Length : 0\r\n", "", []int{400}},
		"a folded header":         {"X-A: b\r\n Content-Length: 9\r\nContent-Length: 0\r\n", "", []int{401, 404}},
		"another encoding":        {"Transfer-Encoding: xchunked\r\n", "0\r\n\r\n", []int{501}},
		"two encodings":           {"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", "0\r\n\r\n", []int{501}},
		"a chunk that has no end": {"Transfer-Encoding: chunked\r\n", "2\r\na=bX", []int{400}},
		"a length beside chunks":  {"Content-Length: 80\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n", []int{401, 404}},
		"as it should be":         {"Content-Length: 3\r\n", "a=b", []int{401, 404}},
	} {
		conn, err := net.Dial("tcp", strings.TrimPrefix(p.address, "http://"))
		must(t, err)
		_, err = io.WriteString(conn, "POST /signin HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"+c.heads+"\r\n"+c.body+next)
		must(t, err)
		must(t, conn.SetReadDeadline(time.Now().Add(time.Minute))) // it is the server who ends it
		var got []int
		for r := bufio.NewReader(conn); ; {
			resp, err := http.ReadResponse(r, nil)
			if err != nil {
				break
			}
			got = append(got, resp.StatusCode)
			_, _ = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
		}
		must(t, conn.Close())
		if !slices.Equal(got, c.status) {
			t.Errorf("%s: answered %v, want %v", name, got, c.status)
		}
	}
}
