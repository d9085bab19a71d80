package main

import (
	"net/http"
	"strings"
	"testing"
)

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
		if !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "frame-ancestors 'none'") || strings.Contains(policy, "unsafe") || strings.Contains(policy, "http") {
			t.Errorf("%s has the policy %q", at, policy)
		}
		if h.Get("Access-Control-Allow-Origin") != "" || h.Get("Referrer-Policy") == "" {
			t.Errorf("%s: %v", at, h)
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
