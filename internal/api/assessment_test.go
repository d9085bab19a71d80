package api_test

import (
	"net/http"
	"slices"
	"testing"

	"github.com/tongban/tongban/internal/api"
	"github.com/tongban/tongban/internal/caseflow"
)

// Who may read what of an assessment, of the own region: promises whoever oversees or assesses, how sign-ins are protected whoever
// assesses or keeps the house.
func TestAssessment_is_read_by_whose_it_is(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.running()
	for at, readers := range map[string][]string{
		"/assessment/promises":   {"assessor", "supervisor", "head", "admin"},
		"/assessment/protection": {"assessor", "admin", "security", "audit"},
		"/assessment/components": {"assessor", "admin", "security", "audit"},
	} {
		for who, p := range people {
			want := http.StatusNotFound
			if slices.Contains(readers, who) || p.region == huazhou && slices.Contains(readers, map[string]string{"other-head": "head", "other-supervisor": "supervisor", "other-admin": "admin"}[who]) {
				want = http.StatusOK // of the own region
			}
			if r := h.call(who, "GET", at, nil); r.status != want {
				t.Errorf("%s of %s: %d, want %d: %s", at, who, r.status, want, r.body)
			}
		}
	}
	for _, who := range []string{"other-supervisor", "other-admin"} {
		h.must(http.StatusNotFound, who, "GET", "/assessment/promises?region="+linwei, nil)
	}
	var kept api.MeasuredList
	h.into(&kept.Body, h.must(http.StatusOK, "assessor", "GET", "/assessment/promises", nil))
	var all api.StatisticsView
	h.into(&all.Body, h.must(http.StatusOK, "assessor", "GET", "/statistics", nil))
	if len(kept.Body.Services) != 1 || kept.Body.Services[0].Figures.Received != all.Body.Figures.Received || len(kept.Body.Services[0].Promises) == 0 {
		t.Errorf("promises %+v, statistics %+v", kept.Body, all.Body.Figures)
	}
	h.token("clerk")
	var p api.ProtectionAnswer
	h.into(&p.Body, h.must(http.StatusOK, "assessor", "GET", "/assessment/protection", nil))
	if p.Body.Password.Shortest != 10 || p.Body.Tries.Account != 5 || p.Body.Sessions.IdleOfficials != 30 {
		t.Errorf("%+v", p.Body)
	}
	if !slices.Contains(p.Body.Officials, api.HoldersView{Role: caseflow.RoleClerk, Open: api.Total{Count: 1}}) {
		t.Errorf("accounts by role: %+v", p.Body.Officials)
	}
	h.must(http.StatusUnprocessableEntity, "assessor", "GET", "/assessment/promises?from=2026-13-01", nil)
	h.must(http.StatusUnprocessableEntity, "assessor", "GET", "/assessment/promises?from=2026-11-30&to=2026-11-01", nil)
}
