package caseflow

import (
	"slices"
	"strings"
	"time"
)

func (d *decider) openAcceptTask() {
	d.newTask(Task{Kind: TaskAccept, By: Post{Department: d.it.Department, Role: RoleClerk}})
}

// atWindow refuses unless a clerk of the leading department may judge what came in, then takes the acceptance task.
func (d *decider) atWindow(outcome string) *Refusal {
	if !d.clerk() {
		return refuse(CodeNotYours)
	}
	if r := d.in(PhaseReceived); r != nil {
		return r
	}
	for i := range d.c.Tasks {
		if t := &d.c.Tasks[i]; t.Kind == TaskAccept && t.Live() {
			if _, r := d.holds(t.ID); r != nil {
				return r
			}
			d.emit(TaskEnded{Task: t.ID, Outcome: outcome})
			return nil
		}
	}
	return refuse(CodeNoSuchTask)
}

func (d *decider) accept() *Refusal {
	if r := d.atWindow("accept"); r != nil {
		return r
	}
	if r := d.recheck(); r != nil {
		return r
	}
	d.endClock(ClockAcceptance, false)
	d.begin(d.env.Now, false)
	return nil
}

// begin starts the case's clocks from an instant, and the flow.
func (d *decider) begin(from time.Time, silent bool) {
	if silent {
		d.cancelTasks(func(t *Task) bool { return t.Kind == TaskAccept }, "ended")
	}
	d.emit(Accepted{From: from, Silent: silent})
	d.startClock(ClockStatutory, ClockStatutory, "", d.it.Department, d.limits().Statutory, from)
	d.startClock(ClockPromised, ClockPromised, "", d.it.Department, d.limits().Promised, from)
	wanted := d.partsAsked()
	d.startPromises(wanted)
	d.advance()
}

// partsAsked leaves out the parts that are not asked for and returns the others. One whose condition cannot be judged stays
// in, in doubt: its department will say, and leaving it out would be a refusal that nobody decided.
func (d *decider) partsAsked() map[PartID]bool {
	wanted := map[PartID]bool{}
	for i := range d.it.Parts {
		p := &d.it.Parts[i]
		ok, r := d.holdsTrue(p.When, string(p.ID))
		wanted[p.ID] = ok || r != nil
		switch {
		case r != nil:
			d.emit(PartInDoubt{Part: p.ID})
		case !ok:
			d.emit(PartLeftOut{Part: p.ID})
		}
	}
	return wanted
}

// startPromises starts the clocks of the deferred materials that the request needs. The applicant learns of a silent
// acceptance only now, so a promise runs from here. One that was given for a part or an answer that has been dropped since
// binds nobody.
func (d *decider) startPromises(wanted map[PartID]bool) {
	for _, k := range slices.Clone(d.c.Commitments) {
		m := d.it.MaterialByID(k.Material)
		if m == nil || m.Deferral == nil || k.State != CommitmentOpen {
			continue
		}
		if needed, r := d.needsMaterial(m, wanted); r == nil && !needed {
			d.emit(PromiseReleased{Material: k.Material})
			continue
		}
		rule := m.Deferral.Rule
		rule.Effect = EffectBreach
		d.startClock(commitmentClock(k.Material), ClockCommitment, "", BearerApplicant, rule, d.env.Now)
	}
}

func (d *decider) decline(cmd Decline) *Refusal {
	if r := d.atWindow("decline"); r != nil {
		return r
	}
	ground, r := d.ground("", cmd.Ground, cmd.Words)
	if r != nil {
		return r
	}
	d.closeAll(true)
	d.emit(Declined{Ground: *ground})
	return nil
}

// ground quotes a ground of the item that may be used against a part, with the ways to have the refusal reviewed.
func (d *decider) ground(part PartID, id, say string) (*GroundUsed, *Refusal) {
	grounds := d.it.GroundsFor(part)
	i := slices.IndexFunc(grounds, func(g Ground) bool { return g.ID == id })
	if i < 0 {
		return nil, refuse(CodeGround).because("行政许可法", "38")
	}
	if r := words(say, true); r != nil {
		return nil, r
	}
	return &GroundUsed{ID: id, Text: say, Basis: grounds[i].Basis, Relief: d.it.Relief}, nil
}

// requestCorrection is the one-time notice (一次性告知).
func (d *decider) requestCorrection(cmd RequestCorrection) *Refusal {
	if r := d.atWindow("correction"); r != nil {
		return r
	}
	switch {
	case d.c.Correction != nil:
		return refuse(CodeCorrectedOnce).because("行政许可法", "32(4)")
	case len(cmd.Points) == 0:
		return refuse(CodeCorrectionEmpty)
	case len(cmd.Points) > MaxPoints:
		return refuse(CodeTooMany, "points")
	}
	asked, r := Ask(d.c, d.it)
	if r != nil {
		return r
	}
	for _, p := range cmd.Points {
		if r := d.point(asked, p); r != nil {
			return r
		}
	}
	d.hold(ClockAcceptance)
	d.emit(CorrectionRequested(cmd))
	d.startClock(ClockCorrection, ClockCorrection, "", BearerApplicant, d.limits().Correction, d.env.Now)
	return nil
}

// point refuses a point of a correction that does not say what to mend.
func (d *decider) point(asked *Asked, p CorrectionPoint) *Refusal {
	if r := words(p.Words, true); r != nil {
		return r
	}
	ticked := func(g Ground) bool { return g.ID == p.Ground }
	switch {
	case p.Material != "" && !slices.ContainsFunc(asked.Materials, func(m *Material) bool { return m.ID == p.Material }):
		return refuse(CodeNoSuchMaterial)
	case p.Field != "" && !d.it.asks(p.Field):
		return refuse(CodeForm, "field")
	case p.Ground != "" && !slices.ContainsFunc(d.it.Corrections, ticked) && !slices.ContainsFunc(d.it.Grounds, ticked):
		return refuse(CodeGround)
	}
	return nil
}

// asks reports whether the form has a field, or a list of which it is a row.
func (it *Item) asks(name string) bool {
	for i := range it.Pages {
		for j := range it.Pages[i].Fields {
			f := &it.Pages[i].Fields[j]
			if f.Name == name || f.Widget == "list" && strings.HasPrefix(name, f.Name+".") && line(name, MaxName) {
				return true
			}
		}
	}
	return false
}

func (d *decider) correct() *Refusal {
	if !d.files() {
		return refuse(CodeNotYours)
	}
	if r := d.in(PhaseCorrecting); r != nil {
		return r
	}
	if r := d.ready(); r != nil {
		return r
	}
	if r := d.recheck(); r != nil {
		return r
	}
	if r := d.claimName(); r != nil {
		return r
	}
	d.endClock(ClockCorrection, false)
	d.emit(Corrected{})
	if k := d.c.Clock(ClockAcceptance); k != nil {
		d.free(k, d.env.Now)
	}
	d.openAcceptTask()
	return nil
}

func (d *decider) withdraw(cmd Withdraw) *Refusal {
	if !d.files() {
		return refuse(CodeNotYours)
	}
	if r := d.in(PhaseDraft, PhaseReceived, PhaseCorrecting, PhaseRunning); r != nil {
		return r
	}
	if r := words(cmd.Reason, false); r != nil {
		return r
	}
	if len(d.c.Licences) > 0 || d.ending() {
		return refuse(CodeTooLate)
	}
	d.closeAll(false)
	d.emit(TakenOut{Reason: cmd.Reason})
	return nil
}

// closeAll drops every live task, recalls the children under way and ends every clock of the case, and all stops. If the case was decided, the agency has
// done its duty on it; else nobody waits for that any more. Instructions, callbacks and objections outlive the case.
func (d *decider) closeAll(decided bool) {
	for s := d.c.Stopped(); s != nil; s = d.c.Stopped() {
		d.emit(StopEnded{Stop: s.ID, At: d.env.Now})
	}
	d.cancelTasks(func(t *Task) bool {
		return t.Kind != TaskOrder && t.Kind != TaskClose && t.Kind != TaskCallback && t.Kind != TaskObjection
	}, "ended")
	d.recallFrom("")
	d.unpublish("")
	for i := range d.c.Clocks {
		switch k := &d.c.Clocks[i]; k.Kind {
		case ClockOrder:
		case ClockAcceptance, ClockStatutory, ClockPromised, ClockExpiry:
			d.endClock(k.ID, !decided)
		default:
			d.endClock(k.ID, true)
		}
	}
}

// cancelTasks drops the live tasks that the choice picks, with their clocks.
func (d *decider) cancelTasks(pick func(*Task) bool, why string) {
	for i := range d.c.Tasks {
		if t := &d.c.Tasks[i]; t.Live() && pick(t) {
			id := t.ID
			d.emit(TaskDropped{Task: id, Why: why})
			d.endClock(TaskClock(id), true)
		}
	}
}
