package api_test

import (
	"bytes"
	"net/http"
	"testing"
	"time"
)

// An account uploads so many files within a day (OWASP ASVS 5.2.4) and no more; others go on, officials have ten times as much, and a
// day later there is room again.
func TestUploads_of_an_account_are_bounded(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.must(http.StatusOK, "admin", "POST", "/console/parameters/upload-files", map[string]any{"value": "10", "reason": "x", "version": 0})
	send := func(who string, n, want int) {
		t.Helper()
		r := h.must(want, who, "POST", "/files?name=a.png", bytes.NewReader(image(3+n, 3)))
		if want == http.StatusUnprocessableEntity && r.code() != "upload-quota" {
			t.Errorf("%s", r.body)
		}
	}
	for n := range 10 {
		send("owner", n, http.StatusCreated)
	}
	send("owner", 10, http.StatusUnprocessableEntity)
	send("neighbour", 11, http.StatusCreated)
	for n := range 11 {
		send("clerk", 20+n, http.StatusCreated)
	}
	h.pass(25 * time.Hour)
	h.signOut("owner")
	send("owner", 40, http.StatusCreated)
}
