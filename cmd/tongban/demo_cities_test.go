package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/module/credit"
	"github.com/tongban/tongban/internal/module/draws"
	"github.com/tongban/tongban/internal/module/inspect"
	"github.com/tongban/tongban/internal/sequencer"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/workday"
)

// demoTown is a demo with few cases, and its modules.
type demoTown struct {
	*app
	credit  *credit.Module
	draws   *draws.Module
	inspect *inspect.Module
	logins  map[string]string
}

func newDemoTown(t *testing.T) *demoTown {
	t.Helper()
	data := t.TempDir()
	demoOf(t, 2, "--data", data)
	a, err := storeFlags{placeFlags: placeFlags{Data: data}}.open(t.Context(), serveCommand{LogLevel: "error"}.logger(&world{err: &buffer{}}), time.Now)
	must(t, err)
	t.Cleanup(func() { must(t, a.close()) })
	logins, err := a.demo(t.Context(), demoOptions{region: weinan, data: data, now: time.Now(), seed: demoSeed, cases: 2})
	must(t, err)
	d := &demoTown{app: a, logins: map[string]string{}}
	for _, l := range logins {
		d.logins[l.Login] = l.Password
	}
	for _, m := range a.modules {
		switch m := m.(type) {
		case *credit.Module:
			d.credit = m
		case *draws.Module:
			d.draws = m
		case *inspect.Module:
			d.inspect = m
		}
	}
	return d
}

// as signs in as somebody of the demo.
func (d *demoTown) as(t *testing.T, login string) caseflow.Actor {
	t.Helper()
	token, _, err := d.gate.SignIn(t.Context(), login, d.logins[login], access.Client{Address: "127.0.0.1"})
	must(t, err)
	by, _, err := d.gate.Who(t.Context(), token)
	must(t, err)
	return by
}

// showsAPenalty follows a published result to the case that its hand-over has opened, to the decision, and to its publication within the seven
// working days, which the log brings about.
func (d *demoTown) showsAPenalty(t *testing.T, results []inspect.Task) {
	t.Helper()
	log, err := sequencer.Open(t.Context(), sequencer.Options{Store: d.store, Seal: d.ring, Origin: "demo.example/log", Now: time.Now, Rand: rand.Reader, Log: d.log})
	must(t, err)
	for more := 1; more > 0; {
		more, err = log.Place(t.Context())
		must(t, err)
	}
	must(t, d.credit.Work(t.Context()))
	punished := 0
	for i := range results {
		x, err := d.inspect.TaskOf(t.Context(), d.as(t, "planner"), results[i].No)
		must(t, err)
		for _, f := range x.Follows {
			if f.Kind != inspect.HandOver {
				continue
			}
			punished++
			key, err := hall.KeyOf(string(f.Case))
			must(t, err)
			v, err := d.hall.View(t.Context(), d.as(t, "enforcer"), key, "test", "")
			must(t, err)
			shown, _, err := d.credit.Public(t.Context(), "610700", credit.ListQuery{Kind: credit.Penalty, Words: x.Party})
			must(t, err)
			if v.Case.Phase != caseflow.PhaseClosed || f.Outcome != string(caseflow.PhaseClosed) || v.Case.Applicant.Document.No != x.Party || len(shown) == 0 || shown[0].ID != string(f.Case) || shown[0].Fen != 1_000_000 || shown[0].Late {
				t.Errorf("task %d, case %s of %s is %s, its follow-up %q; public: %+v", x.No, f.Case, v.Case.Applicant.Document.No, v.Case.Phase, f.Outcome, shown)
			}
		}
	}
	if punished == 0 {
		t.Error("nothing was handed over")
	}
}

// The doors of Ankang have work where the demo is of another city: a permit waits for the health authority.
func TestDemo_the_health_authority_has_a_permit_to_decide_on(t *testing.T) {
	t.Parallel()
	d := newDemoTown(t)
	by := d.as(t, "health")
	queue, _, err := d.hall.Queue(t.Context(), by, store.TaskQuery{Region: by.Region, Department: by.Department, Limit: 10})
	must(t, err)
	if len(queue) != 1 || queue[0].Step != "hygieneReview" {
		t.Errorf("the health authority finds %+v", queue)
	}
}

// The demo shows inspections at work: an inspector with tasks that are overdue, done and published, draws that are over, given up, to come and to
// be confirmed, results with what followed them, a penalty, an objection; and credit with everybody in a tier, a repair and an objection under way.
func TestDemo_shows_inspections_and_credit(t *testing.T) {
	t.Parallel()
	d := newDemoTown(t)
	tasks, err := d.inspect.Mine(t.Context(), d.as(t, "inspector"), "inspector")
	must(t, err)
	seen := map[string]int{}
	for i := range tasks {
		state := tasks[i].State
		if state == inspect.TaskOpen && tasks[i].Due < workday.DateOf(time.Now()) {
			state = "overdue"
		}
		seen[state]++
	}
	for _, state := range []string{"overdue", inspect.TaskOpen, inspect.TaskDone, inspect.TaskPublished} { // whatever the draws decide: see demo.evenly
		if seen[state] == 0 {
			t.Errorf("the inspector has no task that is %s: %v", state, seen)
		}
	}
	list, err := d.draws.List(t.Context(), d.as(t, "planner2"), "610700", 100)
	must(t, err)
	for _, state := range []string{draws.Proposed, draws.Committed, draws.Drawn, draws.Abandoned} {
		if !slices.ContainsFunc(list, func(x draws.Draw) bool { return x.State == state }) {
			t.Errorf("no draw is %s", state)
		}
	}
	results, err := d.inspect.Inspections(t.Context(), caseflow.Actor{}, "")
	must(t, err)
	if len(results) < 12 {
		t.Errorf("%d results are public", len(results))
	}
	d.showsAPenalty(t, results)
	for region, items := range map[string][]caseflow.ItemID{"610700": {"inspection-objection"}, "610800": {"credit-repair", "credit-objection"}} {
		for _, item := range items {
			rows, _, err := d.hall.Cases(t.Context(), d.as(t, map[string]string{"610700": "planner", "610800": "credit"}[region]), store.CaseQuery{Region: region, Item: item, Phases: []caseflow.Phase{caseflow.PhaseRunning}, Limit: 10})
			must(t, err)
			if len(rows) != 1 {
				t.Errorf("%d cases of %s are under way", len(rows), item)
			}
		}
	}
}

// A calendar of the country counts in all cities of the demo: whoever administers the province loads it, who administers one city cannot.
func TestDemo_province_loads_the_calendar_of_the_country(t *testing.T) {
	t.Parallel()
	d := newDemoTown(t)
	last, _, _ := d.hall.CalendarEnds()
	year, _, _ := (last + 1).Civil()
	next := hall.NewCalendar{Name: "next.json", Source: "国办发明电〔2026〕7号", Reason: "国务院办公厅公布下一年放假安排", Text: fmt.Appendf(nil,
		`{"schema":"tongban.holidays/1","country":"CN","timezone":"Asia/Shanghai","coverage":{"from":"%d-01-01","to":"%[1]d-12-31"},"days":[{"date":"%[1]d-01-01","name":"元旦","kind":"off"}]}`, year)}
	var refusal *caseflow.Refusal
	if _, err := d.hall.LoadCalendar(t.Context(), d.as(t, "admin"), next); !errors.As(err, &refusal) || refusal.Code != caseflow.CodeOtherRegion {
		t.Errorf("who administers one city: %v", err)
	}
	_, err := d.hall.LoadCalendar(t.Context(), d.as(t, "province"), next)
	must(t, err)
	must(t, d.hall.FollowCalendars(t.Context()))
	if now, _, _ := d.hall.CalendarEnds(); now != workday.NewDate(year, time.December, 31) {
		t.Errorf("the calendar ends on %v", now)
	}
}
