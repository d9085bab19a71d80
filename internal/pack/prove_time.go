package pack

import (
	"fmt"
	"strings"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/workday"
)

// finish says when something ends that begins at an instant. It never ends earlier for a later beginning.
type finish func(from time.Time) time.Time

// due is the finish of one limit.
func due(l workday.Limit) finish {
	cal := workday.National()
	return func(from time.Time) time.Time { return cal.Due(from, l).At }
}

// later finds a beginning, on any day that the calendar knows, from which the work ends after its bound; the newest one.
func later(work finish, bound workday.Limit) (from, ends, end time.Time, found bool) {
	first, last := workday.National().Coverage()
	limit, clocks := due(bound), instants(bound)
	for d := last; d >= first; d-- {
		for _, clock := range clocks {
			from = d.Start().Add(clock)
			if end = limit(from); end.After(last.End()) {
				continue // rests on days that nobody has published
			}
			if ends = work(from); ends.After(end) {
				return from, ends, end, true
			}
		}
	}
	return time.Time{}, time.Time{}, time.Time{}, false
}

// instants are the times of a day that have to be tried, counted from 00:00. A bound in days moves at midnight, one that
// counts from the window at closing time also, so that the last instants before them are the worst ones. A bound in hours moves all
// the time; work that begins with whole hours or half days can only fall behind it right after a half hour.
func instants(bound workday.Limit) []time.Duration {
	if bound.Unit != workday.Hour && bound.Unit != workday.WorkHour {
		return []time.Duration{24*time.Hour - 1, 17*time.Hour - 1}
	}
	var out []time.Duration
	for at := time.Duration(0); at < 24*time.Hour; at += 30 * time.Minute {
		out = append(out, at, at+1)
	}
	return out
}

// longer finds a beginning from which one limit ends after the other.
func longer(a, b workday.Limit) (from, ends, end time.Time, found bool) {
	if same := b; a.N <= b.N {
		if same.N = a.N; same == a {
			return time.Time{}, time.Time{}, time.Time{}, false
		}
	}
	return later(due(a), b)
}

func moment(t time.Time) string { return t.In(workday.Shanghai).Format("2006-01-02 15:04") }

// times proves that the work fits the promise, the promise the law, and deferrals the promise.
func (p *prover) times(b *itemBuild) {
	l := &b.item.Limits
	if from, ends, end, bad := longer(l.Promised.Limit, l.Statutory.Limit); bad {
		p.add(b.doc, "time.promise", fmt.Sprintf("the promise of %s is longer than the law's %s: accepted %s, it would end %s, the law's limit %s",
			l.Promised.Limit, l.Statutory.Limit, moment(from), moment(ends), moment(end)), "shorten the promise", "limits", "promised")
	}
	noticeWithin, ok := p.law("licence.correction_notice")
	if from, ends, end, bad := longer(l.Acceptance.Limit, noticeWithin.Limit); ok && bad {
		p.add(b.doc, "time.acceptance", fmt.Sprintf("acceptance may take %s, longer than the %s in which the law wants one notice of all that is missing: received %s, it would end %s, the law's limit %s",
			l.Acceptance.Limit, noticeWithin.Limit, moment(from), moment(ends), moment(end)), "name licence.correction_notice, or a shorter limit (行政许可法 art. 32(4))", "limits", "acceptance")
	}
	for i, m := range b.item.Materials {
		if m.Deferral == nil {
			continue
		}
		if from, ends, end, bad := longer(m.Deferral.Rule.Limit, l.Promised.Limit); bad {
			p.add(b.doc, "time.deferral", fmt.Sprintf("the material %q may come after the promised end: accepted %s, it is due %s, the case %s",
				m.ID, moment(from), moment(ends), moment(end)), "shorten the deferral to the promise", "materials", index(i), "deferral")
		}
	}
	if len(b.cyclic) > 0 {
		return
	}
	work := newPlan(b.item, p.items)
	if from, ends, end, bad := later(work.end, l.Promised.Limit); bad {
		p.add(b.doc, "time.path", fmt.Sprintf("the path %s does not fit the promise of %s: accepted %s, it would end %s, the promise %s",
			work.longest(), l.Promised.Limit, moment(from), moment(ends), moment(end)), "shorten a step on it, let steps run in parallel, or promise more", "limits", "promised")
	}
}

// plan is the flow up to the decision, each department using its whole time. What is kept for one beginning is used again
// for the next, so that all paths are tried at the cost of one.
type plan struct {
	stages []stage
	last   int // the stage that ended last, from the beginning tried last
}

// stage is one step, after those that it needs.
type stage struct {
	id     caseflow.StepID
	within []workday.Limit // one after the other; none: takes no time
	needs  []int
	ends   time.Time
	after  int // the one of needs that ended last; -1 for none
}

func newPlan(it *caseflow.Item, items map[caseflow.ItemID]*itemBuild) *plan {
	p := &plan{}
	place := map[caseflow.StepID]int{}
	for i := range it.Steps {
		s := &it.Steps[i]
		st := stage{id: s.ID}
		if s.Within != nil && !s.Auto() && !s.Timed() && s.Kind != caseflow.KindDeliver { // what only lets time pass is not the agency's time
			st.within = []workday.Limit{s.Within.Limit}
		}
		if s.Publish != nil && s.Publish.Objection == caseflow.ObjectionWaits { // the last instant is early enough to object
			st.within = []workday.Limit{s.Publish.Answer.Limit}
		}
		if sub := s.Subcase; sub != nil && !sub.Detached && items[sub.Item] != nil { // it is looked at, and then done as promised
			l := &items[sub.Item].item.Limits
			st.within = []workday.Limit{l.Acceptance.Limit, l.Promised.Limit}
		}
		for _, n := range s.Needs {
			if j, ok := place[n]; ok {
				st.needs = append(st.needs, j)
			}
		}
		place[s.ID] = len(p.stages)
		p.stages = append(p.stages, st)
	}
	return p
}

// end is when the last step ends for an acceptance at an instant.
func (p *plan) end(from time.Time) time.Time {
	cal := workday.National()
	last := from
	for i := range p.stages {
		s := &p.stages[i]
		s.ends, s.after = from, -1
		for _, n := range s.needs {
			if e := p.stages[n].ends; e.After(s.ends) {
				s.ends, s.after = e, n
			}
		}
		for n, limit := range s.within {
			begins := s.ends
			if s.after >= 0 || n > 0 {
				begins = begins.Add(-1) // the end of a limit is the first instant too late
			}
			s.ends = cal.Due(begins, limit).At
		}
		if s.ends.After(last) {
			last, p.last = s.ends, i
		}
	}
	return last
}

// longest names the steps that took longest, from the beginning tried last.
func (p *plan) longest() string {
	var names []string
	for i := p.last; i >= 0; i = p.stages[i].after {
		if len(p.stages[i].within) > 0 {
			names = append([]string{string(p.stages[i].id)}, names...)
		}
	}
	return strings.Join(names, " → ")
}
