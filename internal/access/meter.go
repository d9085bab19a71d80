package access

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// What needs no account is bounded by address (OWASP ASVS 2.4.1): how often one guesses at numbers of papers and receipts, and how often one
// objects to public notices, of which each takes a hundred objections. The address is that of a sign-in: of IPv6 one /64.
const (
	// MissesMost is how many lookups that find nothing one address has within the window of failed sign-ins.
	MissesMost = 50
	// ObjectionsMost is how many objections one address sends within ObjectionsWithin, also such that are not taken.
	ObjectionsMost   = 20
	ObjectionsWithin = 24 * time.Hour
)

// apiPrefix stands before the addresses of the API, which are otherwise metered as those of pages.
const apiPrefix = "/api/v1"

// looksUp reports whether a request asks for something by a number that is printed on paper.
func looksUp(r *http.Request) bool {
	path := strings.TrimPrefix(r.URL.Path, apiPrefix)
	for _, prefix := range []string{"/progress/", "/verify/", "/receipts/", "/papers/verify/", "/licences/verify/"} {
		if strings.HasPrefix(path, prefix) {
			return true
		}
	}
	return false
}

// objects reports whether a request objects to a public notice.
func objects(r *http.Request) bool {
	return r.Method == http.MethodPost && strings.HasPrefix(strings.TrimPrefix(r.URL.Path, apiPrefix), "/notices/")
}

// meter bounds what one address does without an account. A store that cannot tell lets nobody through.
func (d *Door) meter(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		what, most, within := "", 0, d.gate.limits.Window
		switch {
		case looksUp(r):
			what, most = "lookup", MissesMost
		case objects(r):
			what, most, within = "objection", ObjectionsMost, ObjectionsWithin
		default:
			next.ServeHTTP(w, r)
			return
		}
		now, key := d.gate.now(), addressKey(what, d.Client(r).Address)
		n, err := d.gate.accounts.Attempts(r.Context(), key, now.Add(-within))
		if err == nil && n < most && what == "objection" { // before it is done: many at once are counted each
			n, err = d.gate.accounts.CountAttempt(r.Context(), key, now, now.Add(-within))
			n--
		}
		switch {
		case err != nil:
			w.Header().Set("Retry-After", "5")
			d.o.Deny(w, r, http.StatusServiceUnavailable, refuse(CodeNoAnswer))
			return
		case n >= most:
			w.Header().Set("Retry-After", strconv.Itoa(int(within.Seconds())))
			d.o.Deny(w, r, http.StatusTooManyRequests, refuse(CodeOften))
			return
		}
		answer := &answered{ResponseWriter: w}
		next.ServeHTTP(answer, r)
		if what == "lookup" && answer.status == http.StatusNotFound {
			_, _ = d.gate.accounts.CountAttempt(r.Context(), key, now, now.Add(-within)) // the answer is given; the next one asks the store again
		}
	})
}

// answered remembers the status of an answer.
type answered struct {
	http.ResponseWriter
	status int
}

// WriteHeader is http.ResponseWriter's.
func (a *answered) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
	a.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach the writer below.
func (a *answered) Unwrap() http.ResponseWriter { return a.ResponseWriter }
