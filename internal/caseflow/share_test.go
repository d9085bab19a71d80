package caseflow

import (
	"testing"
	"time"

	"github.com/tongban/tongban/workday"
)

// used adds up the working days of each bearer.
func (d *desk) used() map[string]int {
	days := map[string]int{}
	for _, s := range d.c.Shares(workday.National(), d.now) {
		days[s.Bearer] += s.Workdays
	}
	return days
}

func (d *desk) days(n int) { d.now = d.now.AddDate(0, 0, n) }

func (d *desk) usedIs(want map[string]int) {
	d.t.Helper()
	got := d.used()
	for bearer, n := range want {
		if got[bearer] != n {
			d.t.Errorf("%s used %d working days, want %d (%v)", bearer, got[bearer], n, got)
		}
	}
}

// All begin on a Monday, so a few days on are working days.
func TestSharesAreOfWhoeverHadTheCase(t *testing.T) {
	market, tax := reviewer("market"), reviewer("tax")
	t.Run("also after a hand-over", func(t *testing.T) {
		d := runningOne(t, oneReview())
		d.days(1)
		d.ok(market, HandOver{d.task("decide"), post("tax"), "不属于本科室"})
		d.days(2)
		d.usedIs(map[string]int{"market": 1, "tax": 2})
		d.ok(tax, Complete{Task: d.task("decide"), Outcome: OutcomeAgree})
		d.days(1)
		d.usedIs(map[string]int{"market": 1, "tax": 2})
	})
	t.Run("without the days on which the clock stood", func(t *testing.T) {
		d := runningOne(t, oneStep())
		d.days(1)
		d.ok(market, StopClock{d.task("decide"), "appraisal", wd(8), "鉴定"})
		d.days(2)
		d.ok(market, ResumeClock{})
		d.days(1)
		d.usedIs(map[string]int{"market": 2})
		d.now = d.now.Add(30 * time.Minute)
		if s := d.c.Shares(workday.National(), d.now); s[len(s)-1].Office != 2*workday.National().OfficeHours().PerDay()+30*time.Minute {
			t.Errorf("office time %s of two days and half an hour: %+v", s[len(s)-1].Office, s)
		}
		if s := d.c.Shares(workday.National(), d.now); s[len(s)-1].Stopped != 48*time.Hour || !s[len(s)-1].Running {
			t.Errorf("shares %+v", s)
		}
	})
	t.Run("of every signer, from when their turn came", func(t *testing.T) {
		d := signing(t, SignOrder)
		d.days(1)
		d.signed("market", OutcomeAgree)
		d.days(1)
		d.signed("tax", OutcomeAgree)
		d.days(2)
		d.signed("police", OutcomeAgree)
		d.usedIs(map[string]int{"market": 1, "tax": 1, "police": 2})
	})
	t.Run("of a department that was asked", func(t *testing.T) {
		d := runningOne(t, oneStep())
		d.ok(market, AskOpinion{Task: d.task("decide"), To: post("tax"), Ask: "有无欠税？", Within: wd(2)})
		d.days(1)
		d.ok(tax, Complete{Task: len(d.c.Tasks), Words: "无欠税"})
		d.days(1)
		d.usedIs(map[string]int{"market": 2, "tax": 1})
	})
	t.Run("of the lender while a delegate prepares", func(t *testing.T) {
		d := runningOne(t, oneStep())
		d.ok(market, Delegate{Task: d.task("decide"), To: post("tax")})
		d.days(1)
		d.ok(tax, Complete{Task: d.task("decide"), Words: "建议准予"})
		d.usedIs(map[string]int{"market": 1, "tax": 0})
	})
	t.Run("of the applicant while a correction is awaited", func(t *testing.T) {
		d := newDesk(t)
		d.fill()
		d.ok(owner, Submit{})
		d.days(1)
		d.ok(clerk, RequestCorrection{Points: []CorrectionPoint{{Words: "请补正"}}})
		d.days(2)
		d.ok(owner, Correct{})
		d.usedIs(map[string]int{"hall": 1, BearerApplicant: 2})
	})
}

// In a bundle each department may stop its own step; the case's clocks stand until the last of them goes on.
func TestDepartmentsStopTheirOwnSteps(t *testing.T) {
	d := newDesk(t)
	d.it.Stops[0].Times = 3
	d.running()
	d.ok(owner, FulfilCommitment{Material: "address", Files: []File{file("ef")}})
	market, tax, police := reviewer("market"), reviewer("tax"), reviewer("police")
	d.ok(market, Grant{Task: d.task("register")})
	d.ok(tax, StopClock{d.task("tax"), "appraisal", wd(3), "鉴定"})
	d.no(CodeStopped, tax, StopClock{d.task("tax"), "appraisal", wd(3), "鉴定"})
	d.clock(StepClock("seal", 1), ClockRunning)
	d.ok(police, StopClock{d.task("seal"), "appraisal", wd(5), "鉴定"})
	d.clock(StepClock("seal", 1), ClockStopped)
	d.no(CodeNotYours, police, ResumeClock{"tax"})
	d.ok(police, ResumeClock{})
	d.clock(StepClock("seal", 1), ClockRunning)
	d.clock(ClockStatutory, ClockStopped)
	d.now = d.c.Clock(StopClockID(1)).Due
	d.ok(system, Tick{})
	d.clock(ClockStatutory, ClockRunning)
	d.no(CodeNotStopped, tax, ResumeClock{})
}

// The department that stopped the clock, and the one that has the task now, may let it run again.
func TestAStopIsEndedAfterAHandOver(t *testing.T) {
	for _, by := range []Actor{reviewer("market"), reviewer("tax")} {
		d := runningOne(t, oneReview())
		d.ok(reviewer("market"), StopClock{d.task("decide"), "appraisal", wd(3), "鉴定"})
		d.ok(reviewer("market"), HandOver{d.task("decide"), post("tax"), "转办"})
		d.no(CodeNotYours, reviewer("police"), ResumeClock{})
		d.ok(by, ResumeClock{})
	}
}
