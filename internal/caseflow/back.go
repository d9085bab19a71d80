package caseflow

import "slices"

// sendBack returns the work to an earlier step.
func (d *decider) sendBack(cmd SendBack) *Refusal {
	if r := words(cmd.Reason, true); r != nil {
		return r
	}
	if r := d.in(PhaseRunning); r != nil {
		return r
	}
	t, _, def, r := d.holdsStep(cmd.Task)
	if r != nil {
		return r
	}
	to := d.it.StepByID(cmd.To)
	switch {
	case to == nil:
		return refuse(CodeNoSuchStep)
	case to.Auto() || !slices.Contains(d.it.dependents(to.ID), def.ID) || d.c.step(to.ID).State != StepDone:
		return refuse(CodeNotEarlier, string(cmd.To))
	}
	id := t.ID
	d.emit(SentBack{From: def.ID, To: to.ID, Reason: cmd.Reason})
	d.emit(TaskEnded{Task: id, Outcome: "sent-back", Words: cmd.Reason})
	if r := d.reset(to.ID, "sent-back"); r != nil {
		return r
	}
	return d.advance()
}

// takeBack undoes one's own completion while nobody has taken up what follows.
func (d *decider) takeBack(cmd TakeBack) *Refusal {
	if r := words(cmd.Reason, true); r != nil {
		return r
	}
	if r := d.in(PhaseRunning); r != nil {
		return r
	}
	s, def := d.c.step(cmd.Step), d.it.StepByID(cmd.Step)
	switch {
	case s == nil || def == nil:
		return refuse(CodeNoSuchStep)
	case s.State != StepDone || def.Auto():
		return refuse(CodeNotEarlier, string(cmd.Step))
	case s.By != d.by.ID:
		return refuse(CodeNotYours)
	}
	for _, id := range d.affected(cmd.Step) {
		if id == cmd.Step {
			continue
		}
		follows := d.c.step(id)
		if follows.State == StepDone && !d.it.StepByID(id).Auto() {
			return refuse(CodeTakenUp, string(id))
		}
		if slices.ContainsFunc(d.c.Tasks, func(t Task) bool {
			return t.Step == id && t.Round == follows.Round && follows.State == StepReady && (t.State == TaskClaimed || t.State == TaskDone)
		}) {
			return refuse(CodeTakenUp, string(id))
		}
	}
	d.emit(TakenBack(cmd))
	if r := d.reset(cmd.Step, "taken-back"); r != nil {
		return r
	}
	return d.advance()
}
