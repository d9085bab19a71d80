package caseflow

import (
	"time"

	"github.com/tongban/tongban/workday"
)

// Share is the time one bearer had the case, for the question whose time was used.
type Share struct {
	Bearer   string        `json:"bearer"` // department, or BearerApplicant
	Clock    string        `json:"clock"`  // that ran meanwhile, if the step has a limit
	Step     StepID        `json:"step,omitempty"`
	From     time.Time     `json:"from"`
	To       time.Time     `json:"to"` // now, if it still runs
	Stopped  time.Duration `json:"stopped"`
	Workdays int           `json:"workdays"` // working days begun and ended in between, without those that were stopped
	Office   time.Duration `json:"office"`   // office time in between, without that of stops
	Running  bool          `json:"running,omitempty"`
}

// Shares tells whose time was used: of the departments, task by task, by whoever had it then (acceptance, the signatures
// of steps, opinions); of the applicant, while a correction was awaited. Departments that work at the same time each used
// theirs.
func (c *Case) Shares(cal *workday.Calendar, now time.Time) []Share {
	var out []Share
	for i := range c.Tasks {
		t := &c.Tasks[i]
		s := Share{Step: t.Step, Clock: TaskClock(t.ID)}
		switch t.Kind {
		case TaskAccept:
			s.Clock = ClockAcceptance
		case TaskStep:
			s.Clock = StepClock(t.Step, t.Round)
		case TaskOpinion:
		default:
			continue
		}
		list := t.tenures(now)
		for j, had := range list {
			s.Bearer, s.From, s.To, s.Running = had.Department, had.From, had.To, !t.Since.IsZero() && j == len(list)-1
			out = append(out, s.measured(cal, c.stopsAt(t)))
		}
	}
	if k := c.Clock(ClockCorrection); k != nil {
		s := Share{Bearer: k.Bearer, Clock: k.ID, From: k.From, To: k.Ended}
		if k.Ended.IsZero() {
			s.To, s.Running = now, true
		}
		out = append(out, s.measured(cal, k.Stops))
	}
	return out
}

// tenures are the times during which departments had the task, the present one until now.
func (t *Task) tenures(now time.Time) []Tenure {
	open := *t
	open.leave(now)
	return open.Past
}

// stopsAt are the stops during which nobody worked at a task: those of its step.
func (c *Case) stopsAt(t *Task) []workday.Span {
	var list []workday.Span
	for i := range c.Stops {
		if s := &c.Stops[i]; t.Kind == TaskStep && s.Step == t.Step {
			list = append(list, workday.Span{From: s.From, To: s.To})
		}
	}
	return list
}

// measured counts the time of a share without its stops, which never overlap. As with limits, the day on which a stop
// begins is used, and the days after it until the work goes on are not.
func (s Share) measured(cal *workday.Calendar, stops []workday.Span) Share {
	days := func(from, to time.Time) int {
		return cal.Between(workday.DateOf(from), workday.DateOf(to), workday.WorkDay)
	}
	s.Workdays, s.Office = days(s.From, s.To), cal.OfficeTime(s.From, s.To)
	for _, stop := range stops {
		from, to := stop.From, stop.To
		if from.Before(s.From) {
			from = s.From
		}
		if to.IsZero() || to.After(s.To) {
			to = s.To
		}
		if from.Before(to) {
			s.Stopped += to.Sub(from)
			s.Workdays -= days(from, to)
			s.Office -= cal.OfficeTime(from, to)
		}
	}
	return s
}
