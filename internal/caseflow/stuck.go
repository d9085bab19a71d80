package caseflow

import (
	"slices"

	"github.com/tongban/tongban/workday"
)

// Stuck says what of a step could not be made out by rule. A person judges it then (行政许可法 art. 42: a request is decided
// in time, whatever becomes of a rule): without one, a fault in a pack would stop the case for everybody.
type Stuck string

// What a step may be stuck at.
const (
	StuckWhen    Stuck = "when"    // whether it applies
	StuckCheck   Stuck = "check"   // whether the check is passed
	StuckIssue   Stuck = "issue"   // the licence could not be made
	StuckSubcase Stuck = "subcase" // its case could not be opened
	StuckPublish Stuck = "publish" // what is to be published could not be made out
	StuckCancel  Stuck = "cancel"  // the licence could not be ended
)

// Outcomes of a judgement on a stuck step.
const (
	OutcomeApplies = "applies" // the step is done like any other
	OutcomeSkip    = "skip"    // it is passed over
	OutcomeAgain   = "again"   // the cause was mended: the licence is made, or the case is opened, now
)

// Choices lists the outcomes that a judgement may have.
func (s Stuck) Choices() []Outcome {
	switch s {
	case StuckWhen:
		return []Outcome{{ID: OutcomeApplies, Name: Text{"适用，照常办理", "It applies"}}, {ID: OutcomeSkip, Name: Text{"不适用，跳过", "It does not apply"}}}
	case StuckCheck:
		return []Outcome{{ID: OutcomePass, Name: Text{"通过", "Passed"}}, {ID: OutcomeFail, Name: Text{"不通过", "Not passed"}}}
	case StuckIssue:
		return []Outcome{{ID: OutcomeAgain, Name: Text{"已排除故障，重新制发", "The cause is mended, issue it now"}}}
	case StuckPublish, StuckCancel:
		return []Outcome{{ID: OutcomeAgain, Name: Text{"已排除故障，重新进行", "The cause is mended, do it now"}}}
	case StuckSubcase:
		return []Outcome{{ID: OutcomeAgain, Name: Text{"已排除故障，重新发起", "The cause is mended, open it now"}}, {ID: OutcomeSkip, Name: Text{"不适用，跳过", "It does not apply"}}}
	}
	return nil
}

// judgeRule: a stuck step is judged within a working day. It is the kernel's own rule, without effect in law.
var judgeRule = Rule{ID: "step.judge", Name: Text{"人工判断时限", "Time to judge a stuck step"},
	Limit: workday.Limit{N: 1, Unit: workday.WorkDay}, Soon: workday.Limit{N: 1, Unit: workday.WorkDay}}

// stick hands a step to the head of the leading department.
func (d *decider) stick(def *Step, round int, what Stuck, why *Refusal) {
	d.emit(StepStuck{Step: def.ID, Round: round, What: what, Code: why.Code})
	id := d.newTask(Task{Kind: TaskJudge, Step: def.ID, Round: round, By: Post{Department: d.it.Department, Role: RoleHead}})
	d.startClock(TaskClock(id), ClockOrder, def.ID, d.it.Department, judgeRule, d.env.Now)
}

// judgeStuck takes the judgement on a stuck step, with its reason.
func (d *decider) judgeStuck(t *Task, cmd Complete) *Refusal {
	s, def := d.c.step(t.Step), d.it.StepByID(t.Step)
	if !slices.ContainsFunc(s.Stuck.Choices(), func(o Outcome) bool { return o.ID == cmd.Outcome }) {
		return refuse(CodeOutcome)
	}
	if cmd.Outcome == OutcomeSkip && d.onlyDecision(def) { // what else decided was passed over meanwhile
		return refuse(CodeOnlyDecision)
	}
	round := s.Round
	d.emit(TaskEnded{Task: t.ID, Outcome: cmd.Outcome, Words: cmd.Words})
	d.endClock(TaskClock(cmd.Task), false)
	switch cmd.Outcome {
	case OutcomeApplies:
		d.carryOut(def, round)
	case OutcomeSkip:
		d.emit(StepPassedOver{Step: def.ID, Why: OverWhen})
	case OutcomeAgain:
		if def.Kind == KindSubcase || def.Kind == KindPublish || def.Kind == KindCancel {
			d.carryOut(def, round+1)
			break
		}
		if r := d.issue(def); r != nil {
			return r
		}
		d.emit(StepEnded{Step: def.ID, Outcome: OutcomeDone})
	default:
		d.emit(StepEnded{Step: def.ID, Outcome: cmd.Outcome})
	}
	d.advance()
	return nil
}
