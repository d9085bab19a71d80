package access

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
)

// Whoever is signed in and asks for what is not theirs is answered 403, or 404 as if there were none (OWASP ASVS 16.3.2). That is
// recorded as the kind of request, without the number that was asked for, once an account, kind of request and quarter of an hour: who
// tries ten thousand numbers fills no log. A number that nobody has is told apart by nobody, and recorded alike.
const (
	deniedWithin = 15 * time.Minute
	deniedMost   = 100 // kinds of request of one account in that time
)

// denials remembers what is recorded already, in this server.
type denials struct {
	mu   sync.Mutex
	slot int64
	seen map[string]map[string]bool // patterns, by account
}

// first reports whether a denial is to be recorded.
func (d *denials) first(account, pattern string, at time.Time) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if slot := at.UnixMicro() / deniedWithin.Microseconds(); slot != d.slot || d.seen == nil {
		d.slot, d.seen = slot, map[string]map[string]bool{}
	}
	patterns := d.seen[account]
	if patterns[pattern] || len(patterns) >= deniedMost {
		return false
	}
	if patterns == nil {
		patterns = map[string]bool{}
		d.seen[account] = patterns
	}
	patterns[pattern] = true
	return true
}

// watched serves a request of somebody who is signed in, and records if they were denied it.
func (d *Door) watched(w http.ResponseWriter, r *http.Request, next http.Handler, by caseflow.Actor, region string) {
	answer := &answered{ResponseWriter: w}
	next.ServeHTTP(answer, r)
	known := r.Pattern != "" && !strings.HasSuffix(r.Pattern, "/") // else there is no such page
	if answer.status != http.StatusForbidden && answer.status != http.StatusNotFound || !known {
		return
	}
	now := d.gate.now()
	if !d.gate.denials.first(by.ID, r.Pattern, now) {
		return
	}
	e := Event{Kind: Denied, At: now, Account: by.ID, Address: d.Client(r).Address, Reason: r.Pattern}
	if err := d.gate.record(context.WithoutCancel(r.Context()), e, region); err != nil {
		d.gate.notify(e) // the answer is given; the operator's log has it at least
	}
}
