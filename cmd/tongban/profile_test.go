package main

import (
	"net/http"
	"strings"
	"testing"
)

func TestProfiles_are_for_the_system_administrator_only(t *testing.T) {
	t.Parallel()
	r := start(t, placeFlags{Data: t.TempDir()})
	bearer := func(c *client) string { return "Bearer " + c.token }
	for name, c := range map[string]struct {
		path, auth string
		status     int
		say        string
	}{
		"administrator":          {"/debug/pprof/", bearer(r.admin), http.StatusOK, "goroutine"},
		"a heap":                 {"/debug/pprof/heap?debug=1", bearer(r.admin), http.StatusOK, "heap profile"},
		"a second of it":         {"/debug/pprof/profile?seconds=1", bearer(r.admin), http.StatusOK, ""},
		"too long":               {"/debug/pprof/profile?seconds=61", bearer(r.admin), http.StatusBadRequest, "60"},
		"longer than a number":   {"/debug/pprof/trace?seconds=9999999999999999999999", bearer(r.admin), http.StatusBadRequest, "60"},
		"the command line":       {"/debug/pprof/cmdline", bearer(r.admin), http.StatusNotFound, ""},
		"an official":            {"/debug/pprof/", bearer(r.clerk), http.StatusNotFound, ""},
		"a citizen":              {"/debug/pprof/heap", bearer(citizen(t, r.address, 1)), http.StatusNotFound, ""},
		"nobody":                 {"/debug/pprof/", "", http.StatusNotFound, ""},
		"somebody with a forged": {"/debug/pprof/", "Bearer " + strings.Repeat("A", 43), http.StatusNotFound, ""},
	} {
		t.Run(name, func(t *testing.T) {
			status, body := get(t, r.address+c.path, "Authorization", c.auth)
			if status != c.status || !strings.Contains(body, c.say) || status == http.StatusNotFound && strings.Contains(body, "goroutine") {
				t.Errorf("%d, want %d with %q: %.200s", status, c.status, c.say, body)
			}
		})
	}
}
