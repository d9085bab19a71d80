package pack

import (
	"fmt"
	"sync"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/workday"
)

// starts are the instants at which acceptances are tried: the turning points of every day of the last published year
// with all its holidays and make-up days. Between two of them, limits in days, working days and working hours end at the
// same time or move along with the start.
var starts = sync.OnceValue(func() []time.Time {
	cal := workday.National()
	_, last := cal.Coverage()
	year, _, _ := last.Civil()
	var out []time.Time
	for d := workday.NewDate(year, time.January, 1); d < last-40; d++ {
		for _, clock := range []time.Duration{0, 9 * time.Hour, 11*time.Hour + 59*time.Minute, 13*time.Hour + 30*time.Minute, 16*time.Hour + 59*time.Minute, 23*time.Hour + 59*time.Minute} {
			out = append(out, d.Start().Add(clock))
		}
	}
	return out
})

// chain is limits one after the other, each beginning when the one before has used all its time.
type chain []workday.Limit

func (c chain) end(cal *workday.Calendar, from time.Time) time.Time {
	at := from
	for i, l := range c {
		if i > 0 {
			at = at.Add(-time.Nanosecond) // the end of a limit is the first instant too late
		}
		at = cal.Due(at, l).At
	}
	return at
}

// later finds a start from which a ends after b; false if there is none in the year tried.
func later(a, b chain) (start, endA, endB time.Time, found bool) {
	cal := workday.National()
	for _, from := range starts() {
		if endA, endB = a.end(cal, from), b.end(cal, from); endA.After(endB) {
			return from, endA, endB, true
		}
	}
	return time.Time{}, time.Time{}, time.Time{}, false
}

func moment(t time.Time) string { return t.In(workday.Shanghai).Format("2006-01-02 15:04") }

// times proves that the work fits the promise, the promise the law, and deferrals the promise.
func (p *prover) times(b *itemBuild) {
	l := &b.item.Limits
	promised := chain{l.Promised.Limit}
	if from, ends, due, bad := later(promised, chain{l.Statutory.Limit}); bad {
		p.add(b.doc, "time.promise", fmt.Sprintf("the promise of %s is longer than the law's %s: accepted %s, it would end %s, the law's limit %s",
			l.Promised.Limit, l.Statutory.Limit, moment(from), moment(ends), moment(due)), "shorten the promise", "limits", "promised")
	}
	for i, m := range b.item.Materials {
		if m.Deferral == nil {
			continue
		}
		if from, ends, due, bad := later(chain{m.Deferral.Rule.Limit}, promised); bad {
			p.add(b.doc, "time.deferral", fmt.Sprintf("the material %q may come after the promised end: accepted %s, it is due %s, the case %s",
				m.ID, moment(from), moment(ends), moment(due)), "shorten the deferral to the promise", "materials", index(i), "deferral")
		}
	}
	if len(b.cyclic) > 0 {
		return
	}
	steps, path := longest(b.item)
	if from, ends, due, bad := later(path, promised); bad {
		p.add(b.doc, "time.path", fmt.Sprintf("the longest path %s does not fit the promise of %s: accepted %s, it would end %s, the promise %s",
			steps, l.Promised.Limit, moment(from), moment(ends), moment(due)), "shorten a step on it, let steps run in parallel, or promise more", "limits", "promised")
	}
}

// longest finds the path of steps that takes longest, up to the decision, when each department uses its whole time. Paths
// are compared by where they end for an acceptance on an ordinary Monday.
func longest(it *caseflow.Item) (names string, path chain) {
	type way struct {
		names string
		path  chain
		end   time.Time
	}
	cal := workday.National()
	monday := workday.NewDate(2025, time.November, 3).Start().Add(9 * time.Hour)
	ways := map[caseflow.StepID]way{}
	best := way{end: monday}
	for i := range it.Steps {
		s := &it.Steps[i]
		w := way{end: monday}
		for _, n := range s.Needs {
			if ways[n].end.After(w.end) {
				w = ways[n]
			}
		}
		if s.Within != nil && !s.Auto() && s.Kind != caseflow.KindDeliver {
			w.path = append(append(chain{}, w.path...), s.Within.Limit)
			if w.names != "" {
				w.names += " → "
			}
			w.names += string(s.ID)
			w.end = w.path.end(cal, monday)
		}
		ways[s.ID] = w
		if w.end.After(best.end) {
			best = w
		}
	}
	return best.names, best.path
}
