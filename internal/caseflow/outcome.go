package caseflow

import (
	"slices"

	"github.com/tongban/tongban/workday"
)

// deliver hands results out (送达); in a bundle everything goes out together at one window.
func (d *decider) deliver(cmd Deliver) *Refusal {
	t, _, def, r := d.holdsStep(cmd.Task)
	if r != nil {
		return r
	}
	switch {
	case def.Kind != KindDeliver:
		return refuse(CodeOutcome, def.Kind)
	case !slices.Contains([]string{"window", "post", "online"}, cmd.How):
		return refuse(CodeForm, "how")
	case cmd.Receiver == "" || tooLong(cmd.Receiver):
		return refuse(CodeReceiver)
	case cmd.How == "post" && cmd.Waybill == "" || len(cmd.Waybill) > 64:
		return refuse(CodeForm, "waybill")
	}
	id := t.ID
	d.emit(TaskEnded{Task: id, Outcome: OutcomeDone})
	d.emit(Delivered{Delivery: Delivery{Step: def.ID, How: cmd.How, Receiver: cmd.Receiver, Waybill: cmd.Waybill,
		At: d.env.Now, By: d.by.ID}})
	return d.endStep(def, OutcomeDone, nil, nil)
}

// revoke takes back what was granted; 行政许可法 art. 69 names the cases.
func (d *decider) revoke(cmd Revoke) *Refusal {
	if !d.by.fits(Post{Department: d.it.Department, Role: RoleHead}) {
		return refuse(CodeNotYours)
	}
	if r := d.in(PhaseGranted, PhaseClosed, PhaseRunning); r != nil {
		return r
	}
	if r := words(cmd.Reason, true); r != nil {
		return r
	}
	if cmd.Basis.Law == "" || tooLong(cmd.Basis.Law) || tooLong(cmd.Basis.Article) {
		return refuse(CodeGround)
	}
	if !d.hasLicence() {
		return refuse(CodeNoLicence)
	}
	d.closeAll("ended")
	d.emit(LicencesRevoked{Ground: GroundUsed{Text: cmd.Reason, Basis: cmd.Basis, Relief: d.it.Relief}})
	return nil
}

func (d *decider) hasLicence() bool {
	return slices.ContainsFunc(d.c.Licences, func(l Licence) bool { return l.State == LicenceValid })
}

// fulfil hands in a deferred material, in time or late but before the promise was broken.
func (d *decider) fulfil(cmd FulfilCommitment) *Refusal {
	if d.by.Kind == ActorCitizen && d.by.ID != d.c.Owner || d.by.Kind != ActorCitizen && !d.clerk() || cmd.Paper && !d.clerk() {
		return refuse(CodeNotYours)
	}
	if r := d.in(PhaseReceived, PhaseRunning, PhaseGranted, PhaseClosed); r != nil {
		return r
	}
	if !d.committed(cmd.Material) {
		return refuse(CodeNoSuchCommitment, cmd.Material)
	}
	if len(cmd.Files) == 0 && !cmd.Paper {
		return refuse(CodeFile, "none")
	}
	if len(cmd.Files) > MaxFiles {
		return refuse(CodeTooMany, "files")
	}
	for _, f := range cmd.Files {
		if r := d.attachFile(cmd.Material, f, func() {}); r != nil {
			return r
		}
	}
	d.emit(MaterialReceived(cmd))
	d.emit(PromiseKept{Material: cmd.Material})
	d.endClock("commitment:"+cmd.Material, false)
	return nil
}

func (d *decider) committed(material string) bool {
	return slices.ContainsFunc(d.c.Commitments, func(k Commitment) bool {
		return k.Material == material && k.State == CommitmentOpen
	})
}

func (d *decider) breakCommitment(cmd BreakCommitment) *Refusal {
	if !d.clerk() && !d.by.fits(Post{Department: d.it.Department, Role: RoleHead}) {
		return refuse(CodeNotYours)
	}
	if r := words(cmd.Reason, true); r != nil {
		return r
	}
	if !d.committed(cmd.Material) {
		return refuse(CodeNoSuchCommitment, cmd.Material)
	}
	d.endClock("commitment:"+cmd.Material, true)
	return d.breach(cmd.Material, cmd.Reason)
}

// breach records a broken promise and lets its consequence follow.
func (d *decider) breach(material, reason string) *Refusal {
	i := slices.IndexFunc(d.c.Commitments, func(k Commitment) bool { return k.Material == material && k.State == CommitmentOpen })
	if i < 0 {
		return nil
	}
	consequence := d.c.Commitments[i].Consequence
	d.emit(PromiseBroken{Material: material, Reason: reason})
	ground := GroundUsed{ID: "commitment", Text: reason, Relief: d.it.Relief}
	if m := d.it.MaterialByID(material); m != nil && m.Deferral != nil {
		ground.Basis = m.Deferral.Rule.Basis
	}
	undecided := d.c.Phase == PhaseReceived || d.c.Phase == PhaseCorrecting || d.c.Phase == PhaseRunning
	switch {
	case consequence == ConsequenceRecord:
	case consequence == ConsequenceRevoke && d.hasLicence():
		d.closeAll("ended")
		d.emit(LicencesRevoked{Ground: ground})
	case undecided:
		d.closeAll("ended")
		d.emit(Rejected{Ground: ground})
	}
	return nil
}

// rate records one of five levels, once for each channel; a bad one starts a callback (好差评, 国办发〔2019〕51号).
func (d *decider) rate(cmd Rate) *Refusal {
	if d.by.Kind != ActorCitizen || d.by.ID != d.c.Owner {
		return refuse(CodeNotYours)
	}
	switch {
	case d.c.Phase == PhaseDraft:
		return refuse(CodePhase, string(d.c.Phase))
	case cmd.Level < 1 || cmd.Level > 5:
		return refuse(CodeLevel)
	case !slices.Contains(channels, cmd.Channel) || len(cmd.Tags) > 10:
		return refuse(CodeForm, "channel")
	case slices.ContainsFunc(d.c.Ratings, func(r Rating) bool { return r.Channel == cmd.Channel }):
		return refuse(CodeRated)
	}
	for _, s := range append(slices.Clone(cmd.Tags), cmd.Words) {
		if tooLong(s) {
			return refuse(CodeWords)
		}
	}
	d.emit(Rated{Rating: Rating{Channel: cmd.Channel, Level: cmd.Level, Tags: cmd.Tags, Words: cmd.Words, At: d.env.Now}})
	if cmd.Level <= 2 {
		id := d.newTask(Task{Kind: TaskCallback, By: Post{Department: d.it.Department, Role: RoleSupervisor}, Ask: cmd.Words})
		d.startClock(TaskClock(id), ClockOrder, "", d.it.Department, callbackRule, d.env.Now)
	}
	return nil
}

// callbackRule: a bad rating is put right or explained within five working days (domain.md section 6; a city may differ).
var callbackRule = Rule{ID: "rating.callback", Name: Text{"差评整改时限", "Time to answer a bad rating"},
	Limit: workday.Limit{N: 5, Unit: workday.WorkDay}, Soon: workday.Limit{N: 1, Unit: workday.WorkDay}}

// supervise instructs a post and follows it until answered (督办).
func (d *decider) supervise(cmd Supervise) *Refusal {
	if d.by.Kind != ActorOfficial || !d.by.Has(RoleSupervisor) {
		return refuse(CodeNotYours)
	}
	if d.c.Phase == PhaseDraft {
		return refuse(CodePhase, string(d.c.Phase))
	}
	return d.ask(Task{Kind: TaskOrder, By: cmd.To, Ask: cmd.Words, From: d.by.ID}, cmd.Within)
}

func (d *decider) note(cmd Note) *Refusal {
	if !d.involved() && !d.clerk() {
		return refuse(CodeNotYours)
	}
	if r := words(cmd.Words, true); r != nil {
		return r
	}
	d.emit(Noted(cmd))
	return nil
}
