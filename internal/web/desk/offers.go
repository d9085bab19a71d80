package desk

import (
	"slices"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	kit "github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/workday"
)

// scene is one case in front of one person at one moment: all that deciding what they may do depends on.
type scene struct {
	view  *hall.View
	c     *caseflow.Case // what of the case the person reads
	it    *caseflow.Item
	entry int
	now   time.Time
	cal   *workday.Calendar
	staff []caseflow.Colleague // only where an act names a post
	trial *caseflow.Trial      // without staff; nil before anything was tried
	all   []offer              // see offers; nil before it was asked
}

// offer is an act that the core would take from this person now, and what it would concern.
type offer struct {
	Verb     string
	Task     int
	Step     caseflow.StepID // the task's step, or the one to take back
	Material string
}

// notNow are the refusals that say this person, or this moment, is wrong. Every other refusal speaks of what was
// written, so the act as such is open.
var notNow = []string{
	caseflow.CodeNotYours, caseflow.CodePhase, caseflow.CodeNoSuchTask, caseflow.CodeTaskTaken, caseflow.CodeTaskEnded,
	caseflow.CodeNotClaimed, caseflow.CodeNotYourTurn, caseflow.CodeNoSuchStep, caseflow.CodeNotEarlier,
	caseflow.CodeTakenUp, caseflow.CodeOutcome, caseflow.CodeCorrectedOnce, caseflow.CodeTooLate,
	caseflow.CodeNotExtendable, caseflow.CodeExtendedOnce, caseflow.CodeNoSuchCause, caseflow.CodeStopTooOften,
	caseflow.CodeStopped, caseflow.CodeNotStopped, caseflow.CodeNotDeferrable, caseflow.CodeCommitted,
	caseflow.CodeNoSuchCommitment, caseflow.CodeOpinionPending, caseflow.CodeLastSigner, caseflow.CodeNoSuchSigner,
	caseflow.CodeNoLicence, caseflow.CodeNothingDue, caseflow.CodeExists, caseflow.CodeRated, caseflow.CodeHeld,
	caseflow.CodeSignsAlready, caseflow.CodeFourEyes, caseflow.CodeNothingToConsult,
}

// try asks the core what it would say; nothing is committed.
func (s *scene) try(cmd caseflow.Command) (*caseflow.Decision, *caseflow.Refusal) {
	return s.view.Try(cmd, s.env())
}

func (s *scene) env() caseflow.Env { return caseflow.Env{Now: s.now, Calendar: s.cal, Staff: s.staff} }

// ask is the refusal of such a command, nil if it would be taken.
func (s *scene) ask(cmd caseflow.Command) *caseflow.Refusal {
	if s.staff != nil {
		_, refusal := s.try(cmd)
		return refusal
	}
	if s.trial == nil {
		s.trial = s.view.Trial(s.env())
	}
	return s.trial.Ask(cmd)
}

// open reports whether the core would take such a command from this person now, if it is filled in well.
func (s *scene) open(cmd caseflow.Command) bool {
	r := s.ask(cmd)
	return r == nil || !slices.Contains(notNow, r.Code)
}

// why is the code of the refusal, "" if there is none.
func (s *scene) why(cmd caseflow.Command) string {
	if r := s.ask(cmd); r != nil {
		return r.Code
	}
	return ""
}

// Stand-ins for what a person would write, good enough that only who and when are judged.
var (
	anyWords = "-"
	anyPost  = caseflow.Post{Department: "-", Role: "-"}
	aDay     = workday.Limit{N: 1, Unit: workday.WorkDay}
)

// offers lists what the person may do now, in the order in which it is offered: deciding first.
func (s *scene) offers() []offer {
	if s.all != nil {
		return s.all
	}
	list := []offer{}
	add := func(o offer, cmd caseflow.Command) {
		if s.open(cmd) {
			list = append(list, o)
		}
	}
	s.intake(add)
	for i := range s.c.Tasks {
		if s.c.Tasks[i].Live() {
			s.onTask(&s.c.Tasks[i], add)
		}
	}
	s.onSteps(add)
	s.onCase(add)
	slices.SortStableFunc(list, func(a, b offer) int { return acts[a.Verb].rank - acts[b.Verb].rank })
	s.all = list
	return list
}

type adder func(offer, caseflow.Command)

// intake is what a window does with what came in.
func (s *scene) intake(add adder) {
	switch s.c.Phase {
	case caseflow.PhaseDraft:
		add(offer{Verb: "submit"}, caseflow.Submit{})
	case caseflow.PhaseCorrecting:
		add(offer{Verb: "correct"}, caseflow.Correct{})
	case caseflow.PhaseReceived:
		add(offer{Verb: "accept"}, caseflow.Accept{})
		add(offer{Verb: "request-correction"}, caseflow.RequestCorrection{Points: []caseflow.CorrectionPoint{{Words: anyWords}}})
		if grounds := s.it.GroundsFor(""); len(grounds) > 0 {
			add(offer{Verb: "decline"}, caseflow.Decline{Ground: grounds[0].ID, Words: anyWords})
		}
	}
	for i := range s.c.Materials {
		m := &s.c.Materials[i]
		if m.Paper || m.State == caseflow.MaterialGiven && len(m.Files) == 0 {
			continue
		}
		add(offer{Verb: "seen-paper", Material: m.ID}, caseflow.SeenPaper{Material: m.ID})
	}
}

// onTask is what can be done with one task. Whoever cannot take the task can do nothing with it, but oversee it.
func (s *scene) onTask(t *caseflow.Task, add adder) {
	o := func(verb string) offer { return offer{Verb: verb, Task: t.ID, Step: t.Step} }
	switch s.why(caseflow.Claim{Task: t.ID}) {
	case "":
		add(o("claim"), caseflow.Claim{Task: t.ID})
	case caseflow.CodeHeld:
	default:
		add(o("release"), caseflow.Release{Task: t.ID})
		add(o("hand-over"), caseflow.HandOver{Task: t.ID, To: anyPost, Reason: anyWords})
		add(o("remove-signer"), caseflow.RemoveSigner{Task: t.ID})
		add(o("withdraw-question"), caseflow.WithdrawQuestion{Task: t.ID, Reason: anyWords})
		return
	}
	if t.Kind == caseflow.TaskOpinion {
		add(o("withdraw-question"), caseflow.WithdrawQuestion{Task: t.ID, Reason: anyWords})
	}
	if t.Kind == caseflow.TaskAccept {
		add(o("release"), caseflow.Release{Task: t.ID})
		add(o("hand-over"), caseflow.HandOver{Task: t.ID, To: anyPost, Reason: anyWords})
		return
	}
	add(o("consult"), caseflow.Consult{Task: t.ID})
	s.answers(t, o, add)
	add(o("ask-opinion"), caseflow.AskOpinion{Task: t.ID, To: anyPost, Ask: anyWords, Within: aDay})
	add(o("add-signer"), caseflow.AddSigner{Task: t.ID, Who: anyPost})
	add(o("delegate"), caseflow.Delegate{Task: t.ID, To: anyPost})
	add(o("hand-over"), caseflow.HandOver{Task: t.ID, To: anyPost, Reason: anyWords})
	if len(s.earlier(t.ID)) > 0 {
		add(o("send-back"), caseflow.SendBack{Task: t.ID, To: s.earlier(t.ID)[0], Reason: anyWords})
	}
	if len(s.causes(t.ID)) > 0 {
		cause := s.causes(t.ID)[0]
		add(o("stop-clock"), caseflow.StopClock{Task: t.ID, Cause: cause.ID, Need: cause.Max, Reason: anyWords})
	}
	add(o("release"), caseflow.Release{Task: t.ID})
}

// consulted reports whether the person has looked at what the step consults.
func (s *scene) consulted(step caseflow.StepID) bool {
	return slices.ContainsFunc(s.c.Steps, func(st caseflow.StepState) bool {
		return st.ID == step && slices.Contains(st.Consulted, s.view.Actor().ID)
	})
}

// consulting is the page of what the step consults; the case's own if no module has one.
func (s *scene) consulting(k *kit.Kit, step caseflow.StepID) string {
	if def := s.it.StepByID(step); def != nil {
		if at := k.Consulting(def.Consults, s.c.No); at != "" {
			return at
		}
	}
	return caseAddress(s.c.No)
}

// answers are the ways to end a task.
func (s *scene) answers(t *caseflow.Task, o func(string) offer, add adder) {
	def := s.it.StepByID(t.Step)
	outcome := ""
	if t.Kind == caseflow.TaskStep && def != nil {
		outcome = def.Choices()[0].ID
	}
	if choices := s.judged(t); len(choices) > 0 {
		outcome = choices[0].ID
	}
	if t.Kind == caseflow.TaskClose {
		outcome = caseflow.OutcomeClosed
	}
	if def != nil {
		if grounds := s.it.GroundsFor(def.Part); len(grounds) > 0 {
			add(o("refuse"), caseflow.Refuse{Task: t.ID, Ground: grounds[0].ID, Words: anyWords})
		}
	}
	add(o("grant"), caseflow.Grant{Task: t.ID})
	add(o("deliver"), caseflow.Deliver{Task: t.ID, How: "window", Receiver: anyWords})
	if t.Kind == caseflow.TaskStep && t.Delegator == "" && def != nil && (def.Kind == caseflow.KindDecide || def.Kind == caseflow.KindDeliver) {
		return
	}
	add(o("complete"), caseflow.Complete{Task: t.ID, Outcome: outcome, Words: anyWords})
}

// judged are the outcomes of a judgement on a stuck step, and of the answer to an objection.
func (s *scene) judged(t *caseflow.Task) []caseflow.Outcome {
	if t.Kind == caseflow.TaskObjection {
		return caseflow.ObjectionOutcomes()
	}
	i := slices.IndexFunc(s.c.Steps, func(st caseflow.StepState) bool { return st.ID == t.Step })
	if t.Kind != caseflow.TaskJudge || i < 0 {
		return nil
	}
	return s.c.Steps[i].Stuck.Choices()
}

// earlier lists the steps that the holder of a task may send the work back to.
func (s *scene) earlier(task int) []caseflow.StepID {
	var list []caseflow.StepID
	for i := range s.it.Steps {
		id := s.it.Steps[i].ID
		if s.open(caseflow.SendBack{Task: task, To: id, Reason: anyWords}) {
			list = append(list, id)
		}
	}
	return list
}

// causes lists the grounds on which the clock may still be stopped.
func (s *scene) causes(task int) []caseflow.StopCause {
	var list []caseflow.StopCause
	for _, cause := range s.it.Stops {
		if s.open(caseflow.StopClock{Task: task, Cause: cause.ID, Need: cause.Max, Reason: anyWords}) {
			list = append(list, cause)
		}
	}
	return list
}

func (s *scene) onSteps(add adder) {
	for i := range s.c.Steps {
		if st := s.c.Steps[i].State; st == caseflow.StepDone || st == caseflow.StepReady {
			id := s.c.Steps[i].ID
			add(offer{Verb: "take-back", Step: id}, caseflow.TakeBack{Step: id, Reason: anyWords})
		}
	}
}

// onCase is what concerns the case as a whole.
func (s *scene) onCase(add adder) {
	for _, k := range s.c.Commitments {
		if k.State == caseflow.CommitmentOpen {
			o := offer{Material: k.Material}
			o.Verb = "fulfil-commitment"
			add(o, caseflow.FulfilCommitment{Material: k.Material, Paper: true})
			o.Verb = "break-commitment"
			add(o, caseflow.BreakCommitment{Material: k.Material, Reason: anyWords})
		}
	}
	for i := range s.c.Stops {
		if st := &s.c.Stops[i]; st.To.IsZero() {
			add(offer{Verb: "resume-clock", Step: st.Step}, caseflow.ResumeClock{Step: st.Step})
		}
	}
	add(offer{Verb: "extend"}, caseflow.Extend{Reason: anyWords})
	add(offer{Verb: "supervise"}, caseflow.Supervise{To: anyPost, Words: anyWords, Within: aDay})
	add(offer{Verb: "copy-to"}, caseflow.CopyTo{To: []caseflow.Post{anyPost}})
	add(offer{Verb: "recuse"}, caseflow.Recuse{Relation: caseflow.RelationOwn})
	add(offer{Verb: "note"}, caseflow.Note{Words: anyWords})
	add(offer{Verb: "take-charge"}, caseflow.TakeCharge{})
	add(offer{Verb: "offer-charge"}, caseflow.OfferCharge{To: anyPost, Words: anyWords})
	add(offer{Verb: "assist"}, caseflow.Assist{How: caseflow.AssistOfficial, Why: anyWords})
	add(offer{Verb: "revoke"}, caseflow.Revoke{Reason: anyWords, Basis: caseflow.Basis{Law: anyWords}})
	add(offer{Verb: "withdraw"}, caseflow.Withdraw{})
}
