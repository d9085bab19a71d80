package caseflow

import (
	"testing"

	"github.com/tongban/tongban/workday"
)

// renewalItem is a renewal: the old licence's expiry stands in the form.
func renewalItem(late Effect) *Item {
	it := oneStep()
	it.Materials = nil
	it.Limits.Expiry = &Rule{ID: "expiry", Anchor: "form.expires", Limit: workday.Limit{Unit: workday.Day, Backward: true},
		Soon: wd(1), Effect: EffectGrant, Basis: Basis{"行政许可法", "50"}}
	it.Limits.Apply = &Rule{ID: "apply", Anchor: "form.expires", Limit: workday.Limit{N: 30, Unit: workday.Day, Backward: true},
		Effect: late, Basis: Basis{"行政许可法", "50"}}
	return it
}

func renewing(t testing.TB, late Effect, expires string) *desk {
	d := newDeskOf(t, renewalItem(late))
	d.ok(owner, SaveDraft{Data: []byte(`{"expires":"` + expires + `"}`)})
	return d
}

// 行政许可法 art. 50. All begin on 2026-11-23.
func TestARenewal(t *testing.T) {
	t.Run("is granted when nobody has decided by the end of the day of expiry", func(t *testing.T) {
		for _, accepted := range []bool{true, false} {
			d := renewing(t, EffectRefuse, "2026-12-28")
			d.it.Limits.Acceptance = rule("acceptance", 60, EffectAccept)
			d.ok(owner, Submit{})
			d.due(ClockExpiry, workday.NewDate(2026, 12, 28).End().UTC())
			if accepted {
				d.ok(clerk, Accept{})
			}
			d.now = d.c.Clock(ClockExpiry).Due.Add(-1)
			d.ok(system, Tick{})
			if d.c.Decided.IsZero() != true {
				t.Fatal("granted before the day is over")
			}
			d.now = d.c.Clock(ClockExpiry).Due
			d.ok(system, Tick{})
			d.outcome("decide", StepSkipped, OverSilence)
			if d.c.Decided.IsZero() || d.c.Accepted.IsZero() {
				t.Fatalf("accepted %t: the case is %s", accepted, d.c.Phase)
			}
		}
	})
	t.Run("is not granted while the applicant has to correct it", func(t *testing.T) {
		d := renewing(t, EffectRefuse, "2026-12-28")
		d.it.Limits.Correction = rule("correction", 60, EffectWithdraw)
		d.ok(owner, Submit{})
		d.ok(clerk, RequestCorrection{Points: []CorrectionPoint{{Words: "请补正"}}})
		d.now = d.c.Clock(ClockExpiry).Due
		d.ok(system, Tick{})
		d.phase(PhaseCorrecting)
	})
	t.Run("decided in time meets its limit", func(t *testing.T) {
		d := renewing(t, EffectRefuse, "2026-12-28")
		d.ok(owner, Submit{})
		d.ok(clerk, Accept{})
		d.ok(reviewer("market"), Refuse{d.task("decide"), "not-eligible", "不符合条件"})
		d.clock(ClockExpiry, ClockMet)
	})
	t.Run("is handed in thirty days before", func(t *testing.T) {
		last := renewing(t, EffectRefuse, "2026-12-23") // thirty days before is today
		last.ok(owner, Submit{})
		late := renewing(t, EffectRefuse, "2026-12-22")
		late.no(CodeTooLate, owner, Submit{})
	})
	t.Run("that comes late is taken where the law lets it, but silence does not grant it", func(t *testing.T) {
		d := renewing(t, EffectNone, "2026-12-22")
		events := d.last(owner, Submit{})
		if _, ok := events[len(events)-2].(AppliedLate); !ok {
			t.Fatalf("no word of it in %v", events)
		}
		d.ok(clerk, Accept{})
		d.now = d.c.Clock(ClockExpiry).Due
		d.ok(system, Tick{})
		d.phase(PhaseRunning)
	})
	t.Run("of what has expired, or of no date, is refused", func(t *testing.T) {
		renewing(t, EffectNone, "2026-11-22").no(CodeTooLate, owner, Submit{})
		renewing(t, EffectNone, "soon").no(CodeForm, owner, Submit{})
	})
	t.Run("keeps its date whatever stops or is recounted", func(t *testing.T) {
		d := renewing(t, EffectRefuse, "2026-12-28")
		d.ok(owner, Submit{})
		d.ok(clerk, Accept{})
		was := d.c.Clock(ClockExpiry).Due
		d.ok(reviewer("market"), StopClock{d.task("decide"), "appraisal", wd(3), "鉴定"})
		d.clock(ClockExpiry, ClockRunning)
		limits := d.it.Limits
		limits.Promised.Limit.N = 9
		d.ok(system, Recount{Reason: "新规定", Limits: &limits})
		d.due(ClockExpiry, was)
	})
}
