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
	d.emit(TaskEnded{Task: id, Outcome: OutcomeSentBack, Words: cmd.Reason})
	if r := d.reset(to.ID, "sent-back"); r != nil {
		return r
	}
	d.advance()
	return nil
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
	case s.State == StepReady && s.Stuck == "":
		return d.unsign(s, cmd)
	case s.State != StepDone || def.Auto() || def.Timed():
		return refuse(CodeNotEarlier, string(cmd.Step))
	case d.by.Kind != ActorOfficial || s.By != d.by.ID:
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
	d.advance()
	d.hadBefore(s)
	return nil
}

// hadBefore gives the actor the task again that they ended in the round of a step before, if it is still theirs to take: nobody
// else comes in between who took back their own work.
func (d *decider) hadBefore(s *StepState) {
	was := slices.IndexFunc(d.c.Tasks, func(t Task) bool {
		return t.Kind == TaskStep && t.Step == s.ID && t.Round == s.Round-1 && t.DoneBy == d.by.ID
	})
	if was < 0 {
		return
	}
	for i := range d.c.Tasks {
		if t := &d.c.Tasks[i]; t.Kind == TaskStep && t.Step == s.ID && t.Round == s.Round && t.Slot == d.c.Tasks[was].Slot && t.State == TaskOpen && d.reach(t) == "" {
			d.emit(TaskTaken{Task: t.ID, Holder: d.by.ID})
			return
		}
	}
}

// unsign takes a signature back while others have still to sign. Whose turn came by it waits again; if one of them has
// taken up the work, it is too late.
func (d *decider) unsign(s *StepState, cmd TakeBack) *Refusal {
	i := slices.IndexFunc(d.c.Tasks, func(t Task) bool {
		return t.Kind == TaskStep && t.Step == s.ID && t.Round == s.Round && t.State == TaskDone && t.DoneBy == d.by.ID
	})
	if i < 0 {
		return refuse(CodeNotEarlier, string(cmd.Step))
	}
	mine := d.c.Tasks[i]
	if !d.by.fits(mine.By) {
		return refuse(CodeNotYours)
	}
	var turned []int
	for i := range d.c.Tasks {
		t := &d.c.Tasks[i]
		if !t.beside(&mine) || t.Slot >= len(s.Signers) || s.Signers[t.Slot].After != mine.Slot+1 || t.State == TaskCancelled {
			continue
		}
		if t.State != TaskOpen {
			return refuse(CodeTakenUp, string(cmd.Step))
		}
		turned = append(turned, t.ID)
	}
	d.emit(TakenBack(cmd))
	d.emit(TaskReopened{Task: mine.ID})
	for _, id := range turned {
		d.emit(TaskTurn{Task: id, After: mine.ID, Wait: true})
	}
	return nil
}
