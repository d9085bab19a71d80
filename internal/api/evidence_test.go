package api_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/sequencer"
	"github.com/tongban/tongban/internal/store"
)

// 16.3.1, 16.3.2: sign-ins, failed ones, lockouts and what somebody was denied are entries of the evidence log, each in its place, as
// salted hashes; who guesses on and on
// adds a few entries and no more.
func TestSignInsAndRefusalsReachTheEvidenceLog(t *testing.T) {
	t.Parallel()
	h := openHouse(t, t.TempDir(), access.Limits{AccountTries: 3, AddressTries: 8})
	no := h.running()
	for range 30 {
		h.must(http.StatusNotFound, "neighbour", "GET", "/cases/"+no, nil)
		h.must(http.StatusNotFound, "culture", "GET", "/cases/"+no+"/history", nil)
	}
	h.must(http.StatusForbidden, "clerk", "POST", path("/cases/%s/grant", no), map[string]any{"task": h.task("market", no, "register")})
	h.must(http.StatusNotFound, "neighbour", "GET", "/nowhere", nil)
	for range 50 {
		h.call("", "POST", "/sessions", map[string]any{"login": people["owner"].phone, "password": "wrong password 1"})
	}
	said := map[string]int{}
	q := store.TraceQuery{Log: store.SignInLog, Regions: []string{linwei, huazhou, ""}, Limit: 200}
	list, _, err := h.store.FindTraces(t.Context(), q)
	must(t, err)
	for _, x := range list {
		if x.Kind != string(access.SignedIn) {
			said[x.Kind+" "+x.Reason]++
		}
	}
	want := map[string]int{"denied GET /api/v1/cases/{case}": 1, "denied GET /api/v1/cases/{case}/history": 1, "denied POST /api/v1/cases/{case}/grant": 1,
		"sign-in-refused wrong": 3, "locked-out locked": 1, "sign-in-refused locked": 5, "locked-out throttled": 1}
	for what, n := range want {
		if said[what] != n {
			t.Errorf("%q stands in the log %d times, want %d: %v", what, said[what], n, said)
		}
	}
	_, err = h.log.Place(t.Context())
	must(t, err)
	placed := map[string]bool{}
	must(t, h.store.EachLeaf(t.Context(), func(l store.Leaf, place int64) error {
		placed[l.Name] = placed[l.Name] || l.Kind == store.LeafTrace && place >= 0
		return nil
	}))
	if i := slices.IndexFunc(list, func(x store.Trace) bool { return !placed[x.ID] }); i >= 0 {
		t.Errorf("%s is not in the log", list[i].Kind)
	}
	if _, err := sequencer.Compare(t.Context(), h.store); err != nil {
		t.Error(err)
	}
	h.pass(16 * time.Minute) // the next quarter of an hour is told again
	h.must(http.StatusNotFound, "neighbour", "GET", "/cases/"+no, nil)
	q.Kinds = []string{string(access.Denied)}
	if list, _, err = h.store.FindTraces(t.Context(), q); err != nil || len(list) != 4 {
		t.Errorf("%d denials after a quarter of an hour, %v", len(list), err)
	}
}
