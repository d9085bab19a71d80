package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/tongban/tongban/internal/api"
)

// By the API a parameter is read with its bounds and changed on the version that was seen; a region without the right is not there.
func TestParameters_are_changed_by_programs(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	find := func(who string) api.ParameterView {
		t.Helper()
		var list struct{ Parameters []api.ParameterView }
		h.into(&list, h.must(http.StatusOK, who, "GET", "/console/parameters", nil))
		for _, p := range list.Parameters {
			if p.Name == "lookups" {
				return p
			}
		}
		t.Fatal("no parameter lookups")
		return api.ParameterView{}
	}
	if p := find("audit"); p.Value != "50" || p.Start != "50" || p.Min != 5 || p.Version != 0 || p.From != "" {
		t.Errorf("%+v", p)
	}
	change := map[string]any{"value": "7", "reason": "同一地址反复猜号", "version": 0}
	at := "/console/parameters/lookups"
	h.must(http.StatusNotFound, "audit", "POST", at, change)
	h.must(http.StatusNotFound, "other-admin", "POST", at, map[string]any{"region": linwei, "value": "7", "reason": "x", "version": 0})
	h.must(http.StatusOK, "admin", "POST", at, change)
	if r := h.must(http.StatusConflict, "admin", "POST", at, change); r.code() != "quicker" {
		t.Errorf("%s", r.body)
	}
	for _, fault := range []string{`"parameter.bounds"`, `"parameter.reason"`} {
		contains(t, h.must(http.StatusUnprocessableEntity, "admin", "POST", at, map[string]any{"value": "4", "reason": "", "version": 1}).body, fault)
	}
	if p := find("admin"); p.Value != "7" || p.From != linwei || p.Version != 1 || p.Reason != "同一地址反复猜号" || p.By == "" {
		t.Errorf("%+v", p)
	}

	// The doors for programs are metered like pages: by address, and of who is signed in by account.
	guess := "/licences/verify/" + strings.Repeat("A", 16)
	for range 7 {
		h.must(http.StatusNotFound, "", "GET", guess, nil)
	}
	r := h.must(http.StatusTooManyRequests, "", "GET", guess, nil)
	if r.code() != "too-often" {
		t.Errorf("%s", r.body)
	}
	h.must(http.StatusTooManyRequests, "owner", "GET", guess, nil)
}
