package receipt

import (
	"strings"

	"github.com/tongban/tongban/internal/caseflow"
)

// Withholder tells, event by event in their order, what the applicant does not get to read: what officials write to one another (notes,
// questions, instructions, copies, lending and handing over, the words of sending back inside the house), and who objected to a public
// notice. All else of the case is the applicant's own, and so is every clock but those of such questions.
type Withholder struct {
	tasks map[int]bool // that are between officials
}

// between are the kinds of task that officials give one another.
var between = map[string]bool{caseflow.TaskOpinion: true, caseflow.TaskCopy: true, caseflow.TaskOrder: true, caseflow.TaskClose: true}

// Withheld reports whether the event is withheld.
func (w *Withholder) Withheld(e caseflow.Event) bool {
	switch e := e.(type) {
	case caseflow.Noted, caseflow.Objected, caseflow.TaskHandedOver, caseflow.TaskDelegated, caseflow.TaskReturned,
		caseflow.QuestionWithdrawn, caseflow.SentBack, caseflow.TakenBack:
		return true
	case caseflow.TaskOpened:
		if !between[e.Task.Kind] {
			return false
		}
		if w.tasks == nil {
			w.tasks = map[int]bool{}
		}
		w.tasks[e.Task.ID] = true
		return true
	case caseflow.TaskTurn:
		return w.tasks[e.Task]
	case caseflow.TaskTaken:
		return w.tasks[e.Task]
	case caseflow.TaskReleased:
		return w.tasks[e.Task]
	case caseflow.TaskEnded:
		return w.tasks[e.Task]
	case caseflow.TaskReopened:
		return w.tasks[e.Task]
	case caseflow.TaskDropped:
		return w.tasks[e.Task]
	case caseflow.ClockStarted:
		return w.clock(e.Clock.ID)
	case caseflow.ClockEnded:
		return w.clock(e.Clock)
	case caseflow.ClockHeld:
		return w.clock(e.Clock)
	case caseflow.ClockFreed:
		return w.clock(e.Clock)
	case caseflow.ClockMoved:
		return w.clock(e.Clock)
	case caseflow.ClockWarned:
		return w.clock(e.Clock)
	case caseflow.ClockLapsed:
		return w.clock(e.Clock)
	}
	return false
}

// clock reports whether a clock is that of a task between officials.
func (w *Withholder) clock(id string) bool {
	for task := range w.tasks {
		if id == caseflow.TaskClock(task) || strings.HasPrefix(id, caseflow.TaskClock(task)+"#") {
			return true
		}
	}
	return false
}
