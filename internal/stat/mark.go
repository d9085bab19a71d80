package stat

import (
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/workday"
)

// Mark is one thing that is counted of a case, on a day in Asia/Shanghai.
type Mark struct {
	Day        workday.Date
	Department string // whose figure it is: it leads the case or, of a limit, has to keep it
	Channel    string // the door: where the case came in or, of a rating, what was rated
	Measure    string
	Bucket     int // what of the measure; its meaning stands beside the measure
}

// The measures. Values are stored: only ever add.
const (
	Received  = "received"  // handed in
	Accepted  = "accepted"  // 受理
	Decided   = "decided"   // bucket: one of the outcomes below
	Delivered = "delivered" // 办结: granted, and all results handed out
	Withdrawn = "withdrawn"
	Declined  = "declined" // 不予受理
	Minutes   = "minutes"  // office time from acceptance to decision without stops; bucket: see Bucket
	Days      = "days"     // working days from acceptance to decision without stops; bucket: their number, MaxDays at most
	Rated     = "rated"    // bucket: the level, 1 to 5
	limits    = "limit:"   // LimitOf; bucket: Kept or Broken
)

// Outcomes of a decision.
const (
	Granted = 0
	Refused = 1 // 不予许可
)

// How a limit ended.
const (
	Kept   = 0
	Broken = 1
)

// MaxDays is the most working days that are told apart.
const MaxDays = 999

// LimitOf is the measure of a limit: which clock, of a step with its step, under which length. Another length is another promise.
func LimitOf(kind string, step caseflow.StepID, limit workday.Limit) string {
	return limits + kind + ":" + string(step) + ":" + limit.String()
}

// LimitsOf is the beginning of the measures of all limits of a kind; of every kind for "".
func LimitsOf(kind string) string {
	if kind == "" {
		return limits
	}
	return limits + kind + ":"
}

// MarksOf are the marks of a case. Those of a case that goes on are only ever added, but for a limit that was overdue and is given
// another end. department leads the case.
func MarksOf(c *caseflow.Case, department string) []Mark {
	var marks []Mark
	add := func(m Mark) {
		if m.Department == "" {
			m.Department = department
		}
		if m.Channel == "" {
			m.Channel = c.Channel
		}
		marks = append(marks, m)
	}
	if !c.Submitted.IsZero() {
		add(Mark{Day: workday.DateOf(c.Submitted), Measure: Received})
	}
	if !c.Accepted.IsZero() {
		add(Mark{Day: workday.DateOf(c.Accepted), Measure: Accepted})
	}
	ends(c, add)
	for i := range c.Clocks {
		limitMark(&c.Clocks[i], add)
	}
	for _, r := range c.Ratings {
		add(Mark{Day: workday.DateOf(r.At), Channel: r.Channel, Measure: Rated, Bucket: r.Level})
	}
	return marks
}

// ends adds how the case was decided and ended, and how long that took.
func ends(c *caseflow.Case, add func(Mark)) {
	if !c.Decided.IsZero() {
		day, outcome := workday.DateOf(c.Decided), Granted
		if c.Phase == caseflow.PhaseRefused {
			outcome = Refused
		}
		add(Mark{Day: day, Measure: Decided, Bucket: outcome})
		if k := c.Clock(caseflow.ClockStatutory); k != nil && k.Used != nil {
			add(Mark{Day: day, Measure: Minutes, Bucket: Bucket(k.Used.Minutes)})
			add(Mark{Day: day, Measure: Days, Bucket: min(k.Used.Days, MaxDays)})
		}
	}
	switch n := len(c.Deliveries); {
	case n > 0 && (c.Phase == caseflow.PhaseClosed || c.Phase == caseflow.PhaseRevoked):
		add(Mark{Day: workday.DateOf(c.Deliveries[n-1].At), Measure: Delivered})
	case c.Phase == caseflow.PhaseClosed:
		add(Mark{Day: workday.DateOf(c.Ended), Measure: Delivered})
	case c.Phase == caseflow.PhaseWithdrawn && !c.Discarded():
		add(Mark{Day: workday.DateOf(c.Ended), Measure: Withdrawn})
	case c.Phase == caseflow.PhaseDeclined:
		add(Mark{Day: workday.DateOf(c.Ended), Measure: Declined})
	}
}

// lastDay is the day on which a limit is due: one that ends at 24:00 is due on the day that ends then.
func lastDay(k *caseflow.Clock) workday.Date { return workday.DateOf(k.Due.Add(-1)) }

// limitMark adds whether a limit of the agency was kept: when it ended, or from the instant on at which it is overdue. What runs
// against the applicant is nobody's promise, and what was called off before it was due is no case of either.
func limitMark(k *caseflow.Clock, add func(Mark)) {
	switch k.Kind {
	case caseflow.ClockAcceptance, caseflow.ClockStatutory, caseflow.ClockPromised, caseflow.ClockStep, caseflow.ClockDelivery, caseflow.ClockOrder:
	default:
		return
	}
	m := Mark{Department: k.Bearer, Measure: LimitOf(k.Kind, k.Step, k.Limit())}
	running := k.State == caseflow.ClockRunning || k.State == caseflow.ClockStopped
	switch {
	case k.State == caseflow.ClockMissed || running && k.Level == caseflow.LevelOver:
		m.Day, m.Bucket = lastDay(k), Broken
	case k.State == caseflow.ClockMet:
		m.Day, m.Bucket = workday.DateOf(k.Ended), Kept
	default:
		return
	}
	add(m)
}
