package access

import (
	"cmp"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/tongban/tongban/internal/parameter"
)

// What needs no account is bounded by address (OWASP ASVS 2.4.1), and of who is signed in by account too: how often one guesses at
// numbers of papers and receipts, and how often one objects to public notices, of which each takes a hundred objections. The address is
// that of a sign-in: of IPv6 one /64. How often is a parameter of the hall's region. ObjectionsWithin is the time in which objections are
// counted, also such that are not taken; lookups that find nothing are counted within the window of failed sign-ins.
const ObjectionsWithin = 24 * time.Hour

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

// count is a number that a request adds to, and its bound.
type count struct {
	key  string
	most int
}

// counts are those of a request for something: of its address, and of the account that sends it.
func (d *Door) counts(r *http.Request, what string, address, person parameter.Name) []count {
	values := d.gate.values()
	list := []count{{addressKey(what, d.Client(r).Address), values.Int(address, d.gate.region)}}
	if by, _, ok := FromRequest(r); ok {
		list = append(list, count{what + "-of:" + by.ID, values.Int(person, d.gate.region)})
	}
	return list
}

// meter bounds what one address and one account do. A store that cannot tell lets nobody through.
func (d *Door) meter(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case looksUp(r):
			d.metered(w, r, next, d.counts(r, "lookup", parameter.Lookups, parameter.LookupsPerson), d.gate.limits.Window, false)
		case objects(r):
			d.metered(w, r, next, d.counts(r, "objection", parameter.Objections, parameter.ObjectionsOfOne), ObjectionsWithin, true)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// metered lets a request through while none of its counts is full. What always counts is counted before it is done, so that of many at
// once each is; else what found nothing is, behind it.
func (d *Door) metered(w http.ResponseWriter, r *http.Request, next http.Handler, counts []count, within time.Duration, always bool) {
	now, full, err := d.gate.now(), false, error(nil)
	for _, c := range counts {
		n, wrong := d.gate.accounts.Attempts(r.Context(), c.key, now.Add(-within))
		full, err = full || n >= c.most, cmp.Or(err, wrong)
	}
	for _, c := range counts {
		if err == nil && !full && always {
			var n int
			n, err = d.gate.accounts.CountAttempt(r.Context(), c.key, now, now.Add(-within))
			full = n > c.most
		}
	}
	switch {
	case err != nil:
		w.Header().Set("Retry-After", "5")
		d.o.Deny(w, r, http.StatusServiceUnavailable, refuse(CodeNoAnswer))
		return
	case full:
		w.Header().Set("Retry-After", strconv.Itoa(int(within.Seconds())))
		d.o.Deny(w, r, http.StatusTooManyRequests, refuse(CodeOften))
		return
	}
	answer := &answered{ResponseWriter: w}
	next.ServeHTTP(answer, r)
	if !always && answer.status == http.StatusNotFound {
		for _, c := range counts { // the answer is given; the next one asks the store again
			_, _ = d.gate.accounts.CountAttempt(r.Context(), c.key, now, now.Add(-within))
		}
	}
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
