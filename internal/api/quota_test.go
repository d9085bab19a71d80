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

// So many bytes too: a refused try takes nothing, and what is left is the most that the next file may have.
func TestUploads_of_an_account_are_bounded_in_bytes(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.must(http.StatusOK, "admin", "POST", "/console/parameters/upload-megabytes", map[string]any{"value": "20", "reason": "x", "version": 0})
	const mebi = 1 << 20
	send := func(n, size int) reply {
		t.Helper()
		body := append([]byte("%PDF-1.7\n"), bytes.Repeat([]byte{byte('a' + n)}, size-9)...)
		return h.call("owner", "POST", "/files?name=a.pdf", bytes.NewReader(body))
	}
	for n := range 6 {
		if r := send(n, 3*mebi); r.status != http.StatusCreated {
			t.Fatalf("%d MiB before: %d %s", 3*n, r.status, r.body)
		}
	}
	if r := send(6, 3*mebi); r.status/100 != 4 {
		t.Errorf("3 MiB into the 2 that are left: %d %s", r.status, r.body)
	}
	if r := send(7, 2*mebi); r.status != http.StatusCreated {
		t.Errorf("2 MiB into the 2 that are left: %d %s", r.status, r.body)
	}
	if r := send(8, 100); r.status != http.StatusUnprocessableEntity || r.code() != "upload-quota" {
		t.Errorf("a file when nothing is left: %d %s", r.status, r.body)
	}
	h.pass(25 * time.Hour)
	h.signOut("owner")
	if r := send(9, 3*mebi); r.status != http.StatusCreated {
		t.Errorf("a day later: %d %s", r.status, r.body)
	}
}
