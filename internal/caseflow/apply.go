package caseflow

import (
	"slices"
	"time"

	"github.com/tongban/tongban/workday"
)

// Apply changes the case by one event. It is total: an event that names something the case does not have changes
// nothing, so that a journal from a newer program still replays.
func Apply(c *Case, e Event, m Meta) {
	e.apply(c, m)
	c.Seq++
	c.Updated = m.At
}

func (e Opened) apply(c *Case, m Meta) {
	*c = Case{
		No: e.No, Region: e.Region, Serial: e.Serial, Item: e.Item, Pack: e.Pack, Version: e.Version, Seq: c.Seq,
		Phase: PhaseDraft, Applicant: e.Applicant, Agent: e.Agent, Owner: e.Owner, Channel: e.Channel, Opened: m.At,
		Parent: e.Parent, Turn: e.Turn,
	}
	for _, id := range e.Materials {
		c.Materials = append(c.Materials, MaterialState{ID: id, State: MaterialMissing})
	}
	for _, id := range e.Steps {
		c.Steps = append(c.Steps, StepState{ID: id, State: StepPending})
	}
	for _, id := range e.Parts {
		c.Parts = append(c.Parts, PartState{ID: id, State: PartOpen})
	}
}

func (e DraftSaved) apply(c *Case, _ Meta) { c.Form = e.Form }

func (e Attached) apply(c *Case, _ Meta) {
	if s := c.Material(e.Material); s != nil {
		s.Files = placed(s.Files, e)
		s.State = MaterialGiven
	}
}

// placed puts a file where it belongs among the others.
func placed(files []File, e Attached) []File {
	files = slices.Clone(files)
	files = slices.DeleteFunc(files, func(f File) bool { return f.Hash == e.File.Hash })
	if len(e.Joins) > 0 {
		joined := func(f File) bool { return slices.Contains(e.Joins, f.Hash) }
		at := max(0, slices.IndexFunc(files, joined)) // what stands before the first one stays where it is
		return slices.Insert(slices.DeleteFunc(files, joined), at, e.File)
	}
	if i := slices.IndexFunc(files, func(f File) bool { return f.Hash == e.Replaces }); i >= 0 {
		files[i] = e.File
		return files
	}
	if i := slices.IndexFunc(files, func(f File) bool { return f.Hash == e.Before }); i >= 0 {
		return slices.Insert(files, i, e.File)
	}
	return append(files, e.File)
}

func (e Detached) apply(c *Case, _ Meta) {
	s := c.Material(e.Material)
	if s == nil {
		return
	}
	s.Files = slices.DeleteFunc(s.Files, func(f File) bool { return f.Hash == e.Hash })
	if len(s.Files) == 0 {
		s.Files = nil
		s.emptied()
	}
}

func (e PaperSeen) apply(c *Case, _ Meta) {
	if s := c.Material(e.Material); s != nil {
		s.Paper, s.State = true, MaterialGiven
	}
}

func (e Deferred) apply(c *Case, _ Meta) {
	if s := c.Material(e.Commitment.Material); s != nil {
		s.State = MaterialDeferred
		c.Commitments = append(c.Commitments, e.Commitment)
	}
}

func (e Submitted) apply(c *Case, m Meta) { c.Phase, c.Submitted = PhaseReceived, m.At }

func (AppliedLate) apply(*Case, Meta)    {}
func (RenewalChecked) apply(*Case, Meta) {}

func (e CorrectionRequested) apply(c *Case, m Meta) {
	c.Phase = PhaseCorrecting
	c.Correction = &Correction{Points: e.Points, At: m.At, By: m.By.ID}
}

func (e Corrected) apply(c *Case, m Meta) {
	c.Phase = PhaseReceived
	if c.Correction != nil {
		done := *c.Correction
		done.Done = m.At
		c.Correction = &done
	}
}

func (e Accepted) apply(c *Case, _ Meta) {
	c.Phase, c.Accepted = PhaseRunning, e.From
	if coming := c.Coming; coming != nil && !e.From.Before(coming.From) {
		c.take(coming.Limits, coming.Steps)
	}
	c.Coming = nil
}

// take replaces limits of the case.
func (c *Case) take(limits *Limits, steps map[StepID]Rule) {
	if limits != nil {
		c.Limits = limits
	}
	if steps != nil {
		c.StepLimits = steps
	}
}

func (e Declined) apply(c *Case, m Meta) {
	c.Phase, c.Ended, c.Ground = PhaseDeclined, m.At, &e.Ground
	c.release(m.At)
}

func (e PartLeftOut) apply(c *Case, _ Meta) {
	if p := c.part(e.Part); p != nil {
		p.State = PartUnwanted
	}
}

func (e StepBegun) apply(c *Case, m Meta) {
	if s := c.step(e.Step); s != nil {
		s.State, s.Round, s.Signers, s.Ready, s.Consulted = StepReady, e.Round, e.Signers, m.At, nil
		s.Outcome, s.Done, s.By, s.Stuck = "", time.Time{}, "", ""
	}
}

func (e StepStuck) apply(c *Case, m Meta) {
	if s := c.step(e.Step); s != nil {
		s.State, s.Round, s.Ready, s.Stuck = StepReady, e.Round, m.At, e.What
	}
}

func (PartInDoubt) apply(*Case, Meta) {}

func (e StepPassedOver) apply(c *Case, m Meta) {
	if s := c.step(e.Step); s != nil {
		s.State, s.Outcome, s.Done, s.Stuck = StepSkipped, e.Why, m.At, ""
	}
}

func (e StepEnded) apply(c *Case, m Meta) {
	if s := c.step(e.Step); s != nil {
		s.State, s.Outcome, s.Done, s.By, s.Data, s.Stuck = StepDone, e.Outcome, m.At, m.By.ID, e.Data, ""
	}
}

func (e StepReset) apply(c *Case, _ Meta) {
	if s := c.step(e.Step); s != nil {
		s.State, s.Outcome, s.Done, s.Ready, s.By, s.Stuck = StepPending, "", time.Time{}, time.Time{}, "", ""
	}
}

func (e TaskOpened) apply(c *Case, m Meta) {
	if e.Task.State != TaskWaiting {
		e.Task.Since = m.At
	}
	c.Tasks = append(c.Tasks, e.Task)
	c.LastTask = max(c.LastTask, e.Task.ID)
}

// leave ends the time during which the task's department has had it. A delegate's time is the lender's.
func (t *Task) leave(at time.Time) {
	department := t.By.Department
	if t.Delegator != "" {
		department = t.Lender.Department
	}
	if !t.Since.IsZero() && !at.Before(t.Since) {
		t.Past = append(slices.Clone(t.Past), Tenure{department, t.Since, at})
	}
	t.Since = time.Time{}
}

func (e TaskTurn) apply(c *Case, m Meta) {
	t := c.Task(e.Task)
	switch {
	case t == nil:
		return
	case e.Wait:
		t.leave(m.At)
	case t.Since.IsZero():
		t.Since = m.At
	}
	switch {
	case e.Wait:
		t.State, t.After = TaskWaiting, e.After
	case t.Holder != "":
		t.State, t.After = TaskClaimed, e.After
	default:
		t.State, t.After = TaskOpen, e.After
	}
}

func (e TaskTaken) apply(c *Case, m Meta) {
	if t := c.Task(e.Task); t != nil {
		t.State, t.Holder, t.Claimed = TaskClaimed, e.Holder, m.At
	}
}

func (e TaskReleased) apply(c *Case, _ Meta) {
	if t := c.Task(e.Task); t != nil {
		t.Holder, t.Claimed = "", time.Time{}
		if t.State == TaskClaimed { // not while it waits for another signature
			t.State = TaskOpen
		}
	}
}

func (e TaskEnded) apply(c *Case, m Meta) {
	if t := c.Task(e.Task); t != nil {
		t.leave(m.At)
		t.State, t.Outcome, t.Words, t.Done, t.DoneBy = TaskDone, e.Outcome, e.Words, m.At, m.By.ID
		t.Data, t.Signed = e.Data, c.Seq+1
	}
}

func (e TaskReopened) apply(c *Case, m Meta) {
	if t := c.Task(e.Task); t != nil {
		t.State, t.Holder, t.Claimed, t.Since = TaskClaimed, t.DoneBy, m.At, m.At
		t.Outcome, t.Words, t.Done, t.DoneBy, t.Data, t.Signed = "", "", time.Time{}, "", nil, 0
	}
}

func (e TaskDropped) apply(c *Case, m Meta) {
	if t := c.Task(e.Task); t != nil {
		t.leave(m.At)
		t.State, t.Outcome, t.Done = TaskCancelled, e.Why, m.At
	}
}

func (e TaskHandedOver) apply(c *Case, m Meta) {
	if t := c.Task(e.Task); t != nil {
		if !t.Since.IsZero() {
			t.leave(m.At)
			t.Since = m.At
		}
		t.By, t.Holder, t.Claimed = e.To, "", time.Time{}
		t.Delegator, t.Lender = "", Post{}
		if t.State == TaskClaimed {
			t.State = TaskOpen
		}
	}
}

func (e TaskDelegated) apply(c *Case, _ Meta) {
	if t := c.Task(e.Task); t != nil {
		t.Delegator, t.Lender = t.Holder, t.By
		t.By, t.Ask, t.Holder, t.State, t.Claimed = e.To, e.Ask, "", TaskOpen, time.Time{}
	}
}

func (e TaskReturned) apply(c *Case, m Meta) {
	if t := c.Task(e.Task); t != nil {
		t.Holder, t.By, t.State, t.Claimed = t.Delegator, t.Lender, TaskClaimed, m.At
		t.Words, t.Delegator, t.Lender = e.Words, "", Post{}
		t.Prepared = append(slices.Clone(t.Prepared), m.By.ID)
	}
}

func (e SignersChanged) apply(c *Case, _ Meta) {
	if s := c.step(e.Step); s != nil {
		s.Signers = e.Signers
	}
}

func (SentBack) apply(*Case, Meta)          {}
func (TakenBack) apply(*Case, Meta)         {}
func (QuestionWithdrawn) apply(*Case, Meta) {}

func (e ClockStarted) apply(c *Case, _ Meta) { c.Clocks = append(c.Clocks, e.Clock) }

func (e ClockEnded) apply(c *Case, _ Meta) {
	k := c.Clock(e.Clock)
	if k == nil {
		return
	}
	if k.State == ClockStopped && len(k.Stops) > 0 {
		k.Stops = closeStop(k.Stops, e.At)
	}
	k.State, k.Ended, k.Used = e.State, e.At, e.Used
}

func (e ClockHeld) apply(c *Case, m Meta) {
	if k := c.Clock(e.Clock); k != nil {
		k.State = ClockStopped
		k.Stops = append(slices.Clone(k.Stops), workday.Span{From: m.At})
	}
}

func (e ClockFreed) apply(c *Case, _ Meta) {
	if k := c.Clock(e.Clock); k != nil {
		k.State, k.Times = ClockRunning, e.Times
		k.Stops = closeStop(k.Stops, e.At)
		k.relevel(e.At)
	}
}

func closeStop(stops []workday.Span, at time.Time) []workday.Span {
	stops = slices.Clone(stops)
	if n := len(stops); n > 0 && stops[n-1].To.IsZero() {
		stops[n-1].To = at
	}
	return stops
}

func (e ClockMoved) apply(c *Case, m Meta) {
	k := c.Clock(e.Clock)
	if k == nil {
		return
	}
	k.Times = e.Times
	if e.Rule != nil {
		k.Rule = *e.Rule
	}
	if e.Stops != nil {
		k.Stops = e.Stops
	}
	if e.Extended != nil {
		k.Extended = e.Extended
	}
	k.relevel(m.At)
}

// relevel forgets warnings whose instant lies ahead again after the due instant moved.
func (k *Clock) relevel(now time.Time) {
	for k.Level > LevelNone {
		if at := k.threshold(k.Level); !at.IsZero() && !at.After(now) {
			return
		}
		k.Level--
	}
}

func (e ClockWarned) apply(c *Case, _ Meta) {
	if k := c.Clock(e.Clock); k != nil {
		k.Level = e.Level
	}
}

func (e ClockLapsed) apply(c *Case, _ Meta) {
	if k := c.Clock(e.Clock); k != nil {
		k.State, k.Ended, k.Level = ClockMissed, e.Due, LevelOver
		if e.Effect == EffectResume { // the told time of a stop is over: nobody missed anything
			k.State = ClockMet
		}
	}
}

func (e StopBegun) apply(c *Case, _ Meta) { c.Stops = append(c.Stops, e.Stop) }

func (e StopEnded) apply(c *Case, _ Meta) {
	for i := range c.Stops {
		if c.Stops[i].ID == e.Stop {
			c.Stops[i].To = e.At
		}
	}
}

func (e MaterialReceived) apply(c *Case, _ Meta) {
	if s := c.Material(e.Material); s != nil {
		s.State, s.Paper = MaterialGiven, s.Paper || e.Paper
		s.Files = append(s.Files, e.Files...)
	}
}

func (e Assisted) apply(c *Case, _ Meta)      { c.Assistance = &e.Assistance }
func (AssistanceEnded) apply(c *Case, _ Meta) { c.Assistance = nil }

func (e Recounted) apply(c *Case, _ Meta) {
	switch {
	case !e.From.IsZero():
		c.Coming = &Coming{e.From, e.Limits, e.Steps}
	case e.Limits != nil || e.Steps != nil:
		c.Coming = nil
		c.take(e.Limits, e.Steps)
	}
}

func (e PromiseKept) apply(c *Case, m Meta)   { c.endCommitment(e.Material, CommitmentKept, m.At) }
func (e PromiseBroken) apply(c *Case, m Meta) { c.endCommitment(e.Material, CommitmentBroken, m.At) }

func (e PromiseReleased) apply(c *Case, m Meta) {
	c.endCommitment(e.Material, CommitmentReleased, m.At)
	if s := c.Material(e.Material); s != nil && s.State == MaterialDeferred {
		s.State = MaterialMissing
	}
}

func (c *Case) endCommitment(material, state string, at time.Time) {
	for i := range c.Commitments {
		if k := &c.Commitments[i]; k.Material == material && k.State == CommitmentOpen {
			k.State, k.Ended = state, at
		}
	}
}

// release lets go of the open promises of a case that has come to nothing: nobody waits for the material any more.
func (c *Case) release(at time.Time) {
	for i := range c.Commitments {
		if k := &c.Commitments[i]; k.State == CommitmentOpen {
			k.State, k.Ended = CommitmentReleased, at
		}
	}
}

func (e PartDecided) apply(c *Case, _ Meta) {
	if p := c.part(e.Part); p != nil {
		p.State, p.Ground = e.State, e.Ground
	}
}

func (e LicenceRenewed) apply(c *Case, _ Meta) {
	for i := range c.Licences {
		if c.Licences[i].No == e.No {
			c.Licences[i].Renewed = e.By
		}
	}
}

func (e LicenceReminded) apply(c *Case, _ Meta) {
	for i := range c.Licences {
		if c.Licences[i].No == e.No {
			c.Licences[i].Reminded = e.Days
		}
	}
}

func (e LicenceIssued) apply(c *Case, _ Meta) { c.Licences = append(c.Licences, e.Licence) }

func (e Decided) apply(c *Case, m Meta) { c.Phase, c.Decided = PhaseGranted, m.At }

func (e Rejected) apply(c *Case, m Meta) {
	c.Phase, c.Decided, c.Ended, c.Ground = PhaseRefused, m.At, m.At, &e.Ground
	c.release(m.At)
}

func (e Delivered) apply(c *Case, _ Meta) { c.Deliveries = append(c.Deliveries, e.Delivery) }

func (e Ended) apply(c *Case, m Meta) { c.Phase, c.Ended = PhaseClosed, m.At }

func (e TakenOut) apply(c *Case, m Meta) {
	c.Phase, c.Ended = PhaseWithdrawn, m.At
	c.release(m.At)
}

func (e LicencesRevoked) apply(c *Case, m Meta) {
	c.Phase, c.Ended, c.Ground = PhaseRevoked, m.At, &e.Ground
	c.release(m.At)
	for i := range c.Licences {
		c.Licences[i].State = LicenceRevoked
	}
}

func (e Rated) apply(c *Case, _ Meta) { c.Ratings = append(c.Ratings, e.Rating) }
func (Noted) apply(*Case, Meta)       {}

func (e Consulted) apply(c *Case, m Meta) {
	if s := c.step(e.Step); s != nil && !slices.Contains(s.Consulted, m.By.ID) {
		s.Consulted = append(s.Consulted, m.By.ID)
	}
}

func (e OutageRecorded) apply(c *Case, _ Meta) { c.Outages = append(c.Outages, e.Outage) }

// Clone copies the case so deeply that changing the copy leaves the original alone. Encoded JSON and the values behind
// pointers are shared: both are only ever replaced, never written into.
func (c *Case) Clone() *Case {
	d := &Case{}
	c.copyTo(d)
	return d
}

// copyTo makes d a deep copy in the memory that it has.
func (c *Case) copyTo(d *Case) {
	was := *d
	*d = *c
	d.Materials = copied(was.Materials, c.Materials)
	for i := range d.Materials {
		d.Materials[i].Files = slices.Clone(c.Materials[i].Files)
	}
	d.Steps = copied(was.Steps, c.Steps)
	d.Parts = copied(was.Parts, c.Parts)
	d.Tasks = copied(was.Tasks, c.Tasks)
	d.Clocks = copied(was.Clocks, c.Clocks)
	d.Stops = copied(was.Stops, c.Stops)
	d.Commitments = copied(was.Commitments, c.Commitments)
	d.Licences = copied(was.Licences, c.Licences)
	d.Deliveries = copied(was.Deliveries, c.Deliveries)
	d.Ratings = copied(was.Ratings, c.Ratings)
	d.Outages = copied(was.Outages, c.Outages)
	d.Children = copied(was.Children, c.Children)
	d.Publications = copied(was.Publications, c.Publications)
	for i := range d.Publications {
		d.Publications[i].Objections = slices.Clone(c.Publications[i].Objections)
	}
}

// copied is a copy of list in the memory of was, if that is large enough.
func copied[T any](was, list []T) []T {
	if was == nil || list == nil {
		return slices.Clone(list)
	}
	return append(was[:0], list...)
}
