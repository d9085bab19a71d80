package caseflow

import (
	"slices"
	"testing"
	"time"

	"github.com/tongban/tongban/workday"
)

// monday is 10:00 in Xi'an.
var monday = time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)

func day(d int, hour int) time.Time {
	return time.Date(2026, 11, d, hour, 0, 0, 0, workday.Shanghai).UTC()
}

func (d *desk) clock(id, state string) *Clock {
	d.t.Helper()
	k := d.c.Clock(id)
	if k == nil || k.State != state {
		d.t.Fatalf("clock %s is %+v, want %s", id, k, state)
	}
	return k
}

func (d *desk) due(id string, want time.Time) {
	d.t.Helper()
	if k := d.c.Clock(id); !k.Due.Equal(want) {
		d.t.Fatalf("clock %s is due %v, want %v", id, k.Due, want)
	}
}

// last gives the events of the last command.
func (d *desk) last(by Actor, cmd Command) []Event {
	d.t.Helper()
	n := len(d.log)
	d.ok(by, cmd)
	return d.log[n:]
}

func lapseOf(t *testing.T, events []Event) ClockLapsed {
	t.Helper()
	i := slices.IndexFunc(events, func(e Event) bool { return e.Name() == "clock-lapsed" })
	if i < 0 {
		t.Fatalf("no lapse in %v", events)
	}
	return events[i].(ClockLapsed)
}

// oneStep is an item of one decision; limits may be changed.
func oneStep() *Item {
	it := sampleItem()
	it.Parts, it.Materials, it.Steps = nil, nil, []Step{{ID: "decide", Kind: KindDecide, By: post("market")}}
	it.Limits.Delivery = nil
	return it
}

// oneReview is oneStep where nothing is decided: such a step may go to another department.
func oneReview() *Item {
	it := oneStep()
	it.Steps[0].Kind = KindReview
	return it
}

func runningOne(t testing.TB, it *Item) *desk {
	t.Helper()
	d := newDeskOf(t, it)
	d.ok(owner, Submit{})
	d.ok(clerk, Accept{})
	return d
}

func TestWarnings(t *testing.T) {
	times := func(limit, soon workday.Limit) Times {
		return ClockTimes(workday.National(), Rule{Limit: limit, Soon: soon}, monday, nil, nil)
	}
	hours := func(n int) workday.Limit { return workday.Limit{N: n, Unit: workday.Hour} }
	zero := time.Time{}
	for _, test := range []struct {
		name             string
		limit, soon      workday.Limit
		near, today, due time.Time
	}{
		{"come a day before, on the day, and at its end", wd(3), wd(1), day(25, 0), day(26, 0), day(27, 0)},
		{"start with the clock when the limit is shorter than the warning", wd(2), wd(10), monday, day(25, 0), day(26, 0)},
		{"say at once that something is due today", wd(0), wd(1), zero, monday, day(24, 0)},
		{"do not announce the last day as near", wd(1), hours(5), zero, day(24, 0), day(25, 0)},
		{"of hours know no day", hours(5), hours(1), day(23, 14), zero, day(23, 15)},
		{"that are not wanted do not come", wd(3), wd(0), zero, day(26, 0), day(27, 0)},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := times(test.limit, test.soon)
			if !got.Soon.Equal(test.near) || !got.Today.Equal(test.today) || !got.Due.Equal(test.due) {
				t.Fatalf("soon %v, today %v, due %v", got.Soon, got.Today, got.Due)
			}
		})
	}
	t.Run("are given once each, and late ones say so", func(t *testing.T) {
		d := runningOne(t, oneStep())
		d.now = d.c.Wake()
		if got := d.last(system, Tick{}); len(got) != 1 || got[0].(ClockWarned).Late {
			t.Fatalf("events %v", got)
		}
		d.no(CodeNothingDue, system, Tick{})
		d.now = day(30, 12) // nobody looked for days
		late := d.last(system, Tick{})
		for _, e := range late {
			if w, ok := e.(ClockWarned); !ok || !w.Late || w.Planned.After(d.now) {
				t.Fatalf("event %+v", e)
			}
		}
		if len(late) != 2 || d.c.Clock(ClockPromised).Level != LevelOver {
			t.Fatalf("%d warnings", len(late))
		}
		d.no(CodeNothingDue, system, Tick{})
	})
	t.Run("of several late clocks come in the order of their instants", func(t *testing.T) {
		d := runningOne(t, oneStep())
		d.now = d.c.Clock(ClockStatutory).Due.AddDate(0, 0, 3)
		var planned []time.Time
		for _, e := range d.last(system, Tick{}) {
			planned = append(planned, e.(ClockWarned).Planned)
		}
		if len(planned) != 6 || !slices.IsSortedFunc(planned, time.Time.Compare) {
			t.Fatalf("planned %v", planned)
		}
	})
}

func TestHowAClockEnds(t *testing.T) {
	t.Run("a refusal in time meets the limits", func(t *testing.T) {
		d := runningOne(t, oneStep())
		d.ok(reviewer("market"), Refuse{d.task("decide"), "not-eligible", "否"})
		d.clock(ClockStatutory, ClockMet)
		d.clock(ClockPromised, ClockMet)
	})
	t.Run("a decision that comes late has missed them", func(t *testing.T) {
		d := runningOne(t, oneStep())
		d.now = d.c.Clock(ClockPromised).Due
		d.ok(reviewer("market"), Refuse{d.task("decide"), "not-eligible", "否"})
		d.clock(ClockStatutory, ClockMet)
		d.clock(ClockPromised, ClockMissed)
	})
	t.Run("a withdrawal cancels what runs, but what was missed stays missed", func(t *testing.T) {
		d := runningOne(t, oneStep())
		d.now = d.c.Clock(ClockPromised).Due
		d.ok(owner, Withdraw{})
		d.clock(ClockStatutory, ClockCancelled)
		d.clock(ClockPromised, ClockMissed)
	})
	t.Run("a refused acceptance in time meets the limit for acceptance", func(t *testing.T) {
		d := newDeskOf(t, oneStep())
		d.ok(owner, Submit{})
		d.ok(clerk, Decline{"not-eligible", "否"})
		d.clock(ClockAcceptance, ClockMet)
	})
	t.Run("a clock that stood when the case was decided was missed only if it was late before", func(t *testing.T) {
		d := runningOne(t, oneStep())
		d.now = d.c.Clock(ClockPromised).Due
		d.ok(reviewer("market"), StopClock{d.task("decide"), "appraisal", wd(3), "鉴定"})
		d.ok(reviewer("market"), Refuse{d.task("decide"), "not-eligible", "否"})
		d.clock(ClockPromised, ClockMissed)
		d.clock(ClockStatutory, ClockMet)
	})
}

func TestExtending(t *testing.T) {
	t.Run("is once, by the named role, in time, with a reason, where the item has it", func(t *testing.T) {
		d := runningOne(t, oneStep())
		was := d.c.Clock(ClockStatutory).Due
		d.no(CodeWords, chief, Extend{})
		d.no(CodeNotYours, clerk, Extend{"案情复杂"})
		d.ok(chief, Extend{"案情复杂"})
		want := workday.National().Due(monday, wd(30)).At
		d.due(ClockStatutory, want)
		if k := d.c.Clock(ClockStatutory); !want.After(was) || k.Extended.By != chief.ID || k.Extended.Reason == "" {
			t.Fatalf("clock %+v", k)
		}
		d.no(CodeExtendedOnce, chief, Extend{"还要时间"})
		it := oneStep()
		it.Extension = nil
		runningOne(t, it).no(CodeNotExtendable, chief, Extend{"案情复杂"})
		late := runningOne(t, oneStep())
		late.now = late.c.Clock(ClockStatutory).Due
		late.no(CodeTooLate, chief, Extend{"案情复杂"})
	})
	t.Run("in another unit counts from the last day of the limit", func(t *testing.T) {
		rule, ext := Rule{Limit: wd(3)}, &ExtensionUsed{Limit: workday.Limit{N: 10, Unit: workday.Day}}
		got := ClockTimes(workday.National(), rule, monday, ext, nil)
		if want := time.Date(2026, 12, 8, 0, 0, 0, 0, workday.Shanghai); !got.Due.Equal(want) { // 26 Nov + 10 days is Sunday 6 Dec, so Monday
			t.Fatalf("due %v, want %v", got.Due, want)
		}
		stop := workday.Span{From: time.Date(2026, 11, 30, 2, 0, 0, 0, time.UTC), To: time.Date(2026, 12, 2, 2, 0, 0, 0, time.UTC)}
		if later := ClockTimes(workday.National(), rule, monday, ext, []workday.Span{stop}); !later.Due.After(got.Due) {
			t.Fatalf("a stop in the extension is lost: due %v", later.Due)
		}
	})
	t.Run("of a clock that stands shows the day it would have if it ran", func(t *testing.T) {
		d := runningOne(t, oneStep())
		d.ok(reviewer("market"), StopClock{d.task("decide"), "appraisal", wd(3), "鉴定"})
		d.ok(chief, Extend{"案情复杂"})
		d.due(ClockStatutory, workday.National().Due(monday, wd(30)).At)
		d.clock(ClockStatutory, ClockStopped)
	})
}

// An explanation ends when the clock is due, whatever the unit of its extension.
func TestExplanationEndsWhenTheClockIsDue(t *testing.T) {
	for _, ext := range []workday.Limit{wd(10), {N: 15, Unit: workday.Day}, {N: 1, Unit: workday.Month}, {N: 6, Unit: workday.WorkHour}} {
		it := oneStep()
		it.Extension.Limit, it.Limits.Statutory.Limit = ext, wd(25) // none is longer than the limit
		d := runningOne(t, it)
		was := *d.c.Clock(ClockStatutory)
		d.ok(chief, Extend{"案情复杂"})
		for _, k := range d.c.Clocks {
			why := k.Explain(workday.National())
			if last := why[len(why)-1]; !last.Due.At.Equal(k.Due) {
				t.Errorf("extended by %s: %s is due %s, its explanation ends %s", ext, k.ID, k.Due, last.Due.At)
			}
		}
		if k := d.c.Clock(ClockStatutory); !k.Due.After(was.Due) || k.Extended.Basis.Law == "" {
			t.Errorf("extended by %s: %s after %s, by %v", ext, k.Due, was.Due, k.Extended)
		}
	}
}

func TestStoppingTheClock(t *testing.T) {
	market := reviewer("market")
	t.Run("is for listed causes, within their length, as often as they allow", func(t *testing.T) {
		d := runningOne(t, oneStep())
		id := d.task("decide")
		d.no(CodeNoSuchCause, market, StopClock{id, "coffee", wd(1), "x"})
		for _, need := range []workday.Limit{wd(11), {N: 3, Unit: workday.Month}} {
			d.no(CodeStopTooLong, market, StopClock{id, "appraisal", need, "鉴定"})
		}
		for _, need := range []workday.Limit{wd(0), {N: 3, Backward: true}, {N: 3, Unit: 99}} { // no length at all
			d.no(CodeForm, market, StopClock{id, "appraisal", need, "鉴定"})
		}
		d.no(CodeWords, market, StopClock{id, "appraisal", wd(1), ""})
		d.ok(market, StopClock{id, "appraisal", wd(10), "鉴定"})
		d.no(CodeStopped, market, StopClock{id, "appraisal", wd(1), "鉴定"})
		d.ok(market, ResumeClock{})
		d.no(CodeStopTooOften, market, StopClock{id, "appraisal", wd(1), "鉴定"})
		d.no(CodeNotStopped, market, ResumeClock{})
	})
	t.Run("holds the case's clocks and that of its step, not the shares of others", func(t *testing.T) {
		d := in(t, PhaseRunning)
		d.it.Steps[4].Within = d.it.Steps[0].Within
		d.ok(market, StopClock{d.task("register"), "appraisal", wd(3), "鉴定"})
		d.clock(ClockStatutory, ClockStopped)
		d.clock(ClockPromised, ClockStopped)
		d.clock(StepClock("register", 1), ClockStopped)
		d.clock("commitment:address", ClockRunning)
		if k := d.c.Clock(StopClockID(1)); k.Rule.Limit != wd(3) || k.Bearer != "market" {
			t.Fatalf("told time %+v", k)
		}
	})
}

func TestTheEndOfAStop(t *testing.T) {
	market := reviewer("market")
	t.Run("comes by itself at the told time, and only postpones", func(t *testing.T) {
		d := runningOne(t, oneStep())
		was := d.c.Clock(ClockStatutory).Due
		d.ok(market, StopClock{d.task("decide"), "appraisal", wd(3), "鉴定"})
		d.now = d.c.Clock(StopClockID(1)).Due.Add(-time.Second)
		d.ok(system, Tick{}) // a warning
		d.clock(ClockStatutory, ClockStopped)
		d.now = d.now.Add(time.Second)
		d.ok(system, Tick{})
		if k := d.clock(ClockStatutory, ClockRunning); !k.Due.After(was) || d.c.Stopped() != nil {
			t.Fatalf("clock %+v", k)
		}
	})
	t.Run("is at the told time although nobody was there to see it", func(t *testing.T) {
		d, e := runningOne(t, oneStep()), runningOne(t, oneStep())
		for _, desk := range []*desk{d, e} {
			desk.ok(market, StopClock{desk.task("decide"), "appraisal", wd(3), "鉴定"})
		}
		told := d.c.Clock(StopClockID(1)).Due
		d.now, e.now = told, told.AddDate(0, 0, 6)
		d.ok(system, Tick{})
		lapse := lapseOf(t, e.last(system, Tick{}))
		if !lapse.Late || !lapse.Due.Equal(told) || !e.c.Stops[0].To.Equal(told) {
			t.Fatalf("lapse %+v, stop %+v", lapse, e.c.Stops[0])
		}
		e.due(ClockStatutory, d.c.Clock(ClockStatutory).Due)
	})
	t.Run("comes before anything else is judged, even if the clock runner sleeps", func(t *testing.T) {
		d := runningOne(t, oneStep())
		d.ok(market, StopClock{d.task("decide"), "appraisal", wd(1), "鉴定"})
		d.now = d.c.Clock(StopClockID(1)).Due
		d.no(CodeNotStopped, market, ResumeClock{})
		d.ok(market, Grant{Task: d.task("decide")})
		d.clock(StopClockID(1), ClockMet)
		d.clock(ClockStatutory, ClockMet)
	})
	t.Run("takes back warnings that are too early now", func(t *testing.T) {
		d := runningOne(t, oneStep())
		d.now = day(25, 10) // the last day of the promise
		d.ok(system, Tick{})
		if level := d.c.Clock(ClockPromised).Level; level != LevelToday {
			t.Fatalf("level %d", level)
		}
		d.ok(market, StopClock{d.task("decide"), "appraisal", wd(5), "鉴定"})
		d.now = day(27, 10)
		d.ok(market, ResumeClock{})
		d.due(ClockPromised, day(28, 0)) // begun on its last day, it ends on the day of resumption
		if level := d.c.Clock(ClockPromised).Level; level != LevelToday {
			t.Fatalf("level %d on the last day", level)
		}
		d = runningOne(t, oneStep())
		d.now = day(24, 10) // the day before
		d.ok(system, Tick{})
		d.ok(market, StopClock{d.task("decide"), "appraisal", wd(5), "鉴定"})
		d.now = day(27, 10)
		d.ok(market, ResumeClock{})
		if k := d.c.Clock(ClockPromised); k.Level != LevelSoon || !k.Soon.Equal(d.now) {
			t.Fatalf("clock %+v", k)
		}
		d.ok(chief, Extend{"案情复杂"})
		if k := d.c.Clock(ClockPromised); k.Level != LevelNone {
			t.Fatalf("clock %+v", k)
		}
	})
	t.Run("comes with the end of its step", func(t *testing.T) {
		d := in(t, PhaseRunning)
		d.ok(market, StopClock{d.task("register"), "appraisal", wd(3), "鉴定"})
		d.ok(market, Grant{Task: d.task("register")})
		d.clock(ClockStatutory, ClockRunning)
		d.clock(StopClockID(1), ClockMet)
	})
}

func TestAnOutage(t *testing.T) {
	scene := func(t *testing.T) *desk {
		d := in(t, PhaseCorrecting)
		d.now = d.c.Clock(ClockCorrection).Due.Add(time.Hour) // the service was down when the limit ran out
		return d
	}
	t.Run("lengthens the applicant's limits before they lapse, never the agency's", func(t *testing.T) {
		d := scene(t)
		was := *d.c.Clock(ClockCorrection)
		d.ok(system, RecordOutage{was.Due.AddDate(0, 0, -3), d.now})
		if k := d.clock(ClockCorrection, ClockRunning); !k.Due.After(d.now) || len(d.c.Outages) != 1 {
			t.Fatalf("clock %+v", k)
		}
		d.no(CodeNothingDue, system, RecordOutage{was.Due.AddDate(0, 0, -3), d.now}) // told twice
		d.ok(owner, Correct{})
		d.ok(clerk, Accept{})
		statutory := *d.c.Clock(ClockStatutory)
		d.now = d.now.AddDate(0, 0, 1)
		d.ok(system, RecordOutage{d.now.Add(-9 * time.Hour), d.now})
		d.due(ClockStatutory, statutory.Due)
	})
	t.Run("is told before a clock acts and before a command is judged, once", func(t *testing.T) {
		d := scene(t)
		was := d.c.Clock(ClockCorrection).Due
		d.down = []workday.Span{{From: was.AddDate(0, 0, -3), To: was.AddDate(0, 0, -2)}, {From: was.Add(-time.Hour), To: d.now}}
		n := len(d.log)
		d.ok(system, Tick{})
		if k := d.clock(ClockCorrection, ClockRunning); !k.Due.After(d.now) || len(d.c.Outages) != 2 {
			t.Fatalf("clock %+v, outages %v", k, d.c.Outages)
		}
		if _, first := d.log[n].(OutageRecorded); !first {
			t.Fatalf("the first event is %+v", d.log[n])
		}
		d.no(CodeNothingDue, system, Tick{})
		d.no(CodeNothingDue, system, RecordOutage{d.down[1].From, d.down[1].To})
		d.ok(owner, Correct{})
	})
	t.Run("does not lengthen what stood still all the time", func(t *testing.T) {
		d := in(t, PhaseRunning)
		d.ok(reviewer("market"), StopClock{d.task("register"), "appraisal", wd(3), "鉴定"})
		down := workday.Span{From: d.now.Add(time.Hour), To: d.now.Add(2 * time.Hour)}
		d.now = d.now.Add(3 * time.Hour)
		d.ok(reviewer("market"), ResumeClock{})
		commitment := -1
		for i := range d.c.Clocks { // as if the applicant's had stood still, and alone
			if k := &d.c.Clocks[i]; k.ID == ClockStatutory {
				k.Bearer, commitment = BearerApplicant, i
			} else {
				k.State = ClockMet
			}
		}
		was := d.c.Clocks[commitment].Due
		d.down = []workday.Span{down}
		d.no(CodeNothingDue, system, Tick{})
		if k := d.c.Clocks[commitment]; !k.Due.Equal(was) || len(d.c.Outages) != 0 {
			t.Fatalf("clock %+v, outages %v", k, d.c.Outages)
		}
	})
	t.Run("that is over before the limit began, or began after it ended, touches nothing", func(t *testing.T) {
		d := scene(t)
		d.no(CodeNothingDue, system, RecordOutage{monday.AddDate(0, 0, -2), monday.AddDate(0, 0, -1)})
		d.no(CodeNothingDue, system, RecordOutage{d.c.Clock(ClockCorrection).Due, d.now})
	})
	t.Run("cannot be in the future or run backwards", func(t *testing.T) {
		d := scene(t)
		d.no(CodeForm, system, RecordOutage{d.now, d.now.Add(time.Hour)})
		d.no(CodeForm, system, RecordOutage{d.now, d.now.Add(-time.Hour)})
	})
}

// promising are the limits of the item of one step, with another promise.
func promising(n int) *Limits {
	l := oneStep().Limits
	l.Promised.Limit.N = n
	return &l
}

func TestRecounting(t *testing.T) {
	holiday, err := workday.National().Overlay("610502", []byte(`{"schema":"tongban.holidays/1","country":"CN",
		"timezone":"Asia/Shanghai","region":"610502","coverage":{"from":"2026-01-01","to":"2026-12-31"},
		"days":[{"date":"2026-11-24","name":"防汛","kind":"off"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	t.Run("under another calendar moves what it touches and says from where", func(t *testing.T) {
		d := runningOne(t, oneStep())
		d.no(CodeNothingDue, system, Recount{Reason: "日历更新"})
		was := d.c.Clock(ClockPromised).Due
		d.cal = holiday
		moved := d.last(system, Recount{Reason: "日历更新"})
		d.due(ClockPromised, day(27, 0))
		if e := moved[len(moved)-1].(ClockMoved); e.Why != "calendar" || !e.Was.Equal(was) || e.Times.Calendar != holiday.ID() {
			t.Fatalf("event %+v", e)
		}
		d.no(CodeNothingDue, system, Recount{Reason: "日历更新"})
	})
	t.Run("under changed limits also changes a clock that stands, which then runs by the new rule", func(t *testing.T) {
		d := runningOne(t, oneStep())
		d.ok(reviewer("market"), StopClock{d.task("decide"), "appraisal", wd(3), "鉴定"})
		d.ok(system, Recount{Reason: "新规定", Limits: promising(9)})
		d.due(ClockPromised, workday.National().Due(monday, wd(9)).At)
		d.ok(reviewer("market"), ResumeClock{})
		d.due(ClockPromised, workday.National().Due(monday, wd(9)).At)
	})
	t.Run("to a day that is past makes the clock late, once and honestly", func(t *testing.T) {
		d := runningOne(t, oneStep())
		d.now = monday.AddDate(0, 0, 1)
		d.ok(system, Tick{})
		d.ok(system, Recount{Reason: "新规定", Limits: promising(0)})
		d.ok(system, Tick{})
		if k := d.clock(ClockPromised, ClockRunning); k.Level != LevelOver {
			t.Fatalf("clock %+v", k)
		}
		d.no(CodeNothingDue, system, Tick{})
	})
	t.Run("under changed limits holds for what begins later", func(t *testing.T) {
		it := sampleItem()
		delivery := rule("delivery", 1, "")
		it.Limits.Delivery = &delivery
		d := newDeskOf(t, it)
		d.fill()
		d.ok(owner, Submit{})
		d.ok(clerk, Accept{})
		l := it.Limits
		later := rule("delivery", 3, "")
		l.Delivery = &later
		change := Recount{Reason: "新规定", Limits: &l, Steps: map[StepID]Rule{"tax": rule("tax", 4, ""), "register": rule("register", 3, "")}}
		events := d.last(admin, change)
		i := slices.IndexFunc(events, func(e Event) bool { return e.Name() == "recounted" })
		if e, ok := events[i].(Recounted); !ok || e.Reason != "新规定" || e.Limits.Delivery.Limit != wd(3) {
			t.Fatalf("the first event is %+v", events[0])
		}
		d.due(StepClock("register", 1), workday.National().Due(d.now, wd(3)).At)
		d.no(CodeNothingDue, admin, change)
		d.no(CodeNothingDue, system, Recount{Reason: "日历更新"}) // the new rules are the case's own now
		d.ok(reviewer("market"), Grant{Task: d.task("register")})
		d.due(StepClock("tax", 1), workday.National().Due(d.now, wd(4)).At)
		d.due(StepClock("seal", 1), workday.National().Due(d.now, wd(1)).At)
		d.ok(reviewer("tax"), Grant{Task: d.task("tax")})
		d.ok(reviewer("police"), Grant{Task: d.task("seal")})
		d.due(ClockDelivery, workday.National().Due(d.now, wd(3)).At)
	})
}

func TestRecountingHasItsBounds(t *testing.T) {
	t.Run("leaves what was signed alone", func(t *testing.T) {
		d := newDeskOf(t, sampleItem())
		d.ok(owner, Attach{Material: "identity", File: file("ab")})
		d.ok(owner, Defer{"address", "王秀英"})
		d.ok(owner, Submit{})
		d.ok(clerk, Accept{})
		was := d.c.Clock(commitmentClock("address")).Due
		l := d.it.Limits
		l.Promised.Limit.N = 9
		d.ok(admin, Recount{Reason: "新规定", Limits: &l})
		d.due(commitmentClock("address"), was)
	})
	t.Run("needs a reason", func(t *testing.T) {
		d := runningOne(t, oneStep())
		d.no(CodeWords, admin, Recount{Limits: promising(9)})
	})
	t.Run("refuses limits that are none", func(t *testing.T) {
		d := runningOne(t, oneStep())
		bad := promising(1)
		bad.Promised.Limit.Backward = true
		d.no(CodeForm, system, Recount{Reason: "新规定", Limits: bad})
		d.no(CodeForm, system, Recount{Reason: "新规定", Limits: promising(-1)})
	})
}

func TestSilence(t *testing.T) {
	t.Run("after a correction counts as acceptance from the day that all was there", func(t *testing.T) {
		d := in(t, PhaseCorrecting)
		d.now = d.now.AddDate(0, 0, 3)
		d.ok(owner, Correct{})
		corrected := d.now
		d.now = d.c.Clock(ClockAcceptance).Due
		d.ok(system, Tick{})
		d.phase(PhaseRunning)
		if !d.c.Accepted.Equal(corrected) {
			t.Fatalf("accepted from %v, want %v", d.c.Accepted, corrected)
		}
	})
	t.Run("of the applicant withdraws the request, and its promises go", func(t *testing.T) {
		d := in(t, PhaseCorrecting)
		d.now = d.c.Clock(ClockCorrection).Due
		d.no(CodePhase, owner, Correct{})
		d.ok(system, Tick{})
		d.phase(PhaseWithdrawn)
		d.clock(ClockAcceptance, ClockCancelled)
		d.clock(ClockCorrection, ClockMissed)
		if d.c.Commitments[0].State != CommitmentReleased {
			t.Fatalf("commitment %+v", d.c.Commitments[0])
		}
	})
}

func TestSilenceThatGrants(t *testing.T) {
	t.Run("on a renewal grants it: every step that waits is passed over, results are issued", func(t *testing.T) {
		it := sampleItem()
		it.Materials = nil
		it.Limits.Statutory.Effect = EffectGrant
		it.Steps[1].When = condition(func(f Facts) bool { return f.Steps["register"] == OutcomeGrant })
		d := runningOne(t, it)
		d.ok(reviewer("market"), Claim{d.task("register")})
		due := d.c.Clock(ClockStatutory).Due
		d.now = due.Add(-time.Second)
		d.ok(system, Tick{})
		d.phase(PhaseRunning)
		d.now = due.AddDate(0, 0, 9)
		d.no(CodeTaskEnded, reviewer("market"), Refuse{d.task("register"), "not-eligible", "否"})
		if lapse := lapseOf(t, d.last(system, Tick{})); !lapse.Late || !lapse.Due.Equal(due) {
			t.Fatalf("lapse %+v", lapse)
		}
		d.phase(PhaseGranted)
		for _, id := range []StepID{"register", "tax", "seal"} {
			d.outcome(id, StepSkipped, OverSilence)
		}
		for _, p := range d.c.Parts {
			d.partIs(p.ID, PartGranted)
		}
		if len(d.c.Licences) != 1 || d.find("deliver") == 0 {
			t.Fatalf("licences %v", d.c.Licences)
		}
		d.clock(ClockStatutory, ClockMissed)
	})
	t.Run("at a step counts for that step alone", func(t *testing.T) {
		d := in(t, PhaseRunning)
		within := rule("step", 1, EffectGrant)
		d.it.Steps[2].Within = &within
		d.ok(reviewer("market"), Grant{Task: d.task("register")})
		d.now = d.c.Clock(StepClock("tax", 1)).Due
		d.ok(system, Tick{})
		d.outcome("tax", StepSkipped, OverSilence)
		d.outcome("seal", StepReady, "")
		d.phase(PhaseRunning)
		if d.find("tax") != 0 {
			t.Fatal("the task of a step that silence decided is still live")
		}
		e := newDeskOf(t, matrixItem())
		e.it.Steps[4].Within = &within
		e.running()
		e.now = e.c.Clock(StepClock("visit", 1)).Due
		e.ok(system, Tick{})
		e.outcome("visit", StepSkipped, OverSilence)
		e.outcome("report", StepReady, "") // what follows is asked as ever
	})
	t.Run("has no effect where its rule has no business", func(t *testing.T) {
		it := oneStep()
		it.Limits.Statutory.Effect, it.Limits.Promised.Effect = EffectBreach, EffectAccept
		within := rule("step", 1, EffectWithdraw)
		it.Steps[0].Within = &within
		d := runningOne(t, it)
		d.now = d.c.Clock(ClockStatutory).Due
		d.ok(system, Tick{})
		d.phase(PhaseRunning)
		d.outcome("decide", StepReady, "")
		if len(d.c.Clocks) != 4 {
			t.Fatalf("clocks %+v", d.c.Clocks)
		}
	})
}
