package caseflow

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"
)

// die throws a fair die of n sides, 0 to n-1: rapid's own numbers are mostly small ones, so that late branches are seldom taken.
func die(t *rapid.T, n int, label string) int {
	roll := 0
	for range 6 {
		roll <<= 1
		if rapid.Bool().Draw(t, label) {
			roll++
		}
	}
	return roll % n
}

// pick chooses fairly.
func pick[T any](t *rapid.T, list []T, label string) T { return list[die(t, len(list), label)] }

// anything is any command by anybody, sensible or not.
func (w *world) anything(t *rapid.T) (Actor, Command) {
	by := pick(t, people(), "by")
	verb := pick(t, slices.Sorted(maps.Keys(makes)), "verb")
	return by, makes[verb](w, t, by)
}

// offered is one of the commands that somebody is told that they could give, if anybody is.
func (w *world) offered(t *rapid.T) (Actor, Command) {
	everyone := people()
	from := rapid.IntRange(0, len(everyone)-1).Draw(t, "by")
	for i := range everyone {
		by := everyone[(from+i)%len(everyone)]
		verbs := Available(w.c, w.it, by, w.env())
		if die(t, 6, "rarely") > 0 {
			verbs = slices.DeleteFunc(verbs, func(verb string) bool { return slices.Contains(seldom, verb) })
		}
		if len(verbs) == 0 {
			continue
		}
		return by, makes[pick(t, verbs, "verb")](w, t, by)
	}
	return system, Tick{}
}

// seldom are commands that end a case, or that could be given all day.
var seldom = []string{"withdraw", "recall", "revoke", "cancel-licences", "recuse", "note", "copy-to", "seen-paper", "tell-parent"}

// task picks a task: mostly one that the actor could take or has, now and then any, or one that there is not.
func (w *world) task(t *rapid.T, by Actor) int {
	var mine []int
	for _, task := range w.c.Tasks {
		if task.Live() && task.State != TaskWaiting && (task.Holder == by.ID || task.Holder == "" && by.fits(task.By)) {
			mine = append(mine, task.ID)
		}
	}
	if len(mine) > 0 && die(t, 6, "any task") > 0 {
		return pick(t, mine, "task")
	}
	return rapid.IntRange(0, len(w.c.Tasks)+1).Draw(t, "task")
}

func (w *world) aStep(t *rapid.T) StepID {
	if die(t, 10, "no step") == 0 {
		return "none"
	}
	return pick(t, w.it.Steps, "step").ID
}

// doneStep is a step that was done, if there is one.
func (w *world) doneStep(t *rapid.T) StepID {
	var done []StepID
	for _, s := range w.c.Steps {
		if s.State == StepDone {
			done = append(done, s.ID)
		}
	}
	if len(done) == 0 {
		return w.aStep(t)
	}
	return pick(t, done, "done step")
}

func (w *world) aMaterial(t *rapid.T) string {
	return fmt.Sprint("m", rapid.IntRange(0, max(0, len(w.it.Materials))).Draw(t, "material"))
}

// words are mostly good ones.
func (w *world) words(t *rapid.T) string {
	return pick(t, []string{"说明", "说明", "说明", "说明", "", strings.Repeat("长", MaxWords+1), "bad\xff"}, "words")
}

func (w *world) hoursAgo(t *rapid.T, label string) time.Time {
	return w.now.Add(-time.Duration(rapid.IntRange(-2, 100).Draw(t, label)) * time.Hour)
}

func (w *world) aChannel(t *rapid.T) string {
	if rapid.Bool().Draw(t, "its own channel") {
		return w.c.Channel
	}
	return pick(t, append(slices.Clone(channels), "none"), "channel")
}

// outcome is one that a task of its kind may have, or none.
func (w *world) complete(t *rapid.T, by Actor) Command {
	id := w.task(t, by)
	if task := w.c.Task(id); task != nil && task.Live() && die(t, 4, "fitting") > 0 {
		if cmd, ok := w.finish(t, *task).(Complete); ok {
			return cmd
		}
	}
	return Complete{Task: id, Outcome: pick(t, []string{OutcomeAgree, OutcomeDisagree, ""}, "outcome"), Words: w.words(t)}
}

func (w *world) recounted(t *rapid.T) Command {
	cmd := Recount{Reason: w.words(t)}
	if die(t, 4, "calendar only") > 0 {
		cmd.Limits = &Limits{Acceptance: genRule(t, "a2", EffectAccept), Statutory: genRule(t, "s2", EffectNone),
			Promised: genRule(t, "p2", EffectNone), Correction: genRule(t, "c2", EffectWithdraw)}
		switch die(t, 3, "recount") {
		case 0:
			cmd.AcceptedFrom = w.hoursAgo(t, "accepted from")
		case 1:
			cmd.Steps = map[StepID]Rule{w.aStep(t): genRule(t, "step2", EffectNone, EffectGrant)}
		}
	}
	return cmd
}

func (w *world) assisted(t *rapid.T) Command {
	return pick(t, []Command{
		Assist{How: AssistAsked, Why: "elderly"}, Assist{How: AssistOfficial, Why: "disabled", Post: genPost(t)}, Assist{How: AssistNone},
		Assist{How: AssistAgent, Why: "other", Name: w.words(t), Office: "社区", Phone: "0913", Basis: "委托书"},
	}, "assist")
}

func (w *world) subcaseTold(t *rapid.T) Command {
	cmd := RecordSubcase{Step: w.aStep(t), Round: 1, No: "610502-20261123-000099",
		State: pick(t, append(ChildEnds(), ChildOpen, ChildLeft, ChildFailed), "child")}
	if len(w.c.Children) > 0 {
		k := pick(t, w.c.Children, "of")
		cmd.Step, cmd.Round = k.Step, k.Round
	}
	return cmd
}

// makes says for each verb what a command of it may look like.
var makes = verbs()

//house:long a table
func verbs() map[string]func(*world, *rapid.T, Actor) Command {
	type (
		wo = *world
		tt = *rapid.T
	)
	return map[string]func(*world, *rapid.T, Actor) Command{
		"open": func(w wo, t tt, _ Actor) Command {
			return Open{Item: "any", Channel: w.aChannel(t), Applicant: applicant}
		},
		"open-subcase": func(wo, tt, Actor) Command { return OpenSubcase{Item: "any", Applicant: applicant} },
		"save-draft": func(w wo, t tt, _ Actor) Command {
			if die(t, 6, "no object") == 0 {
				return SaveDraft{Data: []byte(`[1]`)}
			}
			return SaveDraft{Data: fmt.Appendf(nil, `{"flag":%t,"name":%q,"n":{"a":null,"b":1e40}}`, rapid.Bool().Draw(t, "flag"), w.words(t))}
		},
		"attach": func(w wo, t tt, _ Actor) Command { return Attach{Material: w.aMaterial(t), File: genFile(t)} },
		"detach": func(w wo, t tt, _ Actor) Command {
			for _, m := range w.c.Materials {
				if len(m.Files) > 0 && rapid.Bool().Draw(t, "this one") {
					return Detach{m.ID, m.Files[0].Hash}
				}
			}
			return Detach{w.aMaterial(t), genFile(t).Hash}
		},
		"seen-paper": func(w wo, t tt, _ Actor) Command { return SeenPaper{w.aMaterial(t)} },
		"use-licence": func(w wo, t tt, _ Actor) Command {
			return UseLicence{w.aMaterial(t), pick(t, []string{"JY1", "JY1", ""}, "licence")}
		},
		"defer":   func(w wo, t tt, _ Actor) Command { return Defer{w.aMaterial(t), w.c.Applicant.Name} },
		"submit":  func(wo, tt, Actor) Command { return Submit{} },
		"accept":  func(wo, tt, Actor) Command { return Accept{} },
		"decline": func(w wo, t tt, _ Actor) Command { return Decline{"no", w.words(t)} },
		"request-correction": func(w wo, t tt, _ Actor) Command {
			point := CorrectionPoint{Words: w.words(t)}
			if rapid.Bool().Draw(t, "field") {
				point.Field = "name"
			} else if rapid.Bool().Draw(t, "material") {
				point.Material = w.aMaterial(t)
			}
			return RequestCorrection{Points: []CorrectionPoint{point}}
		},
		"correct":  func(wo, tt, Actor) Command { return Correct{} },
		"claim":    func(w wo, t tt, by Actor) Command { return Claim{w.task(t, by)} },
		"release":  func(w wo, t tt, by Actor) Command { return Release{w.task(t, by)} },
		"complete": (*world).complete,
		"grant":    func(w wo, t tt, by Actor) Command { return Grant{Task: w.task(t, by)} },
		"refuse":   func(w wo, t tt, by Actor) Command { return Refuse{w.task(t, by), "no", w.words(t)} },
		"ask-opinion": func(w wo, t tt, by Actor) Command {
			return AskOpinion{Task: w.task(t, by), To: genPost(t), Ask: w.words(t), Blocks: rapid.Bool().Draw(t, "blocks"), Within: genLimit(t)}
		},
		"withdraw-question": func(w wo, t tt, by Actor) Command {
			for _, task := range w.c.Tasks {
				if task.Kind == TaskOpinion && task.Live() && rapid.Bool().Draw(t, "this one") {
					return WithdrawQuestion{task.ID, w.words(t)}
				}
			}
			return WithdrawQuestion{w.task(t, by), w.words(t)}
		},
		"add-signer": func(w wo, t tt, by Actor) Command {
			return AddSigner{Task: w.task(t, by), Who: genPost(t), Before: rapid.Bool().Draw(t, "before")}
		},
		"remove-signer": func(w wo, t tt, _ Actor) Command {
			return RemoveSigner{rapid.IntRange(0, len(w.c.Tasks)+1).Draw(t, "task")}
		},
		"hand-over": func(w wo, t tt, by Actor) Command {
			return HandOver{Task: w.task(t, by), To: genPost(t), Reason: w.words(t)}
		},
		"delegate": func(w wo, t tt, by Actor) Command { return Delegate{Task: w.task(t, by), To: genPost(t)} },
		"copy-to":  func(w wo, t tt, _ Actor) Command { return CopyTo{To: []Post{genPost(t)}, Ask: w.words(t)} },
		"send-back": func(w wo, t tt, by Actor) Command {
			return SendBack{Task: w.task(t, by), To: w.doneStep(t), Reason: w.words(t)}
		},
		"take-back": func(w wo, t tt, _ Actor) Command {
			if rapid.Bool().Draw(t, "a signature") {
				return TakeBack{w.aStep(t), w.words(t)}
			}
			return TakeBack{w.doneStep(t), w.words(t)}
		},
		"extend": func(w wo, t tt, _ Actor) Command { return Extend{w.words(t)} },
		"stop-clock": func(w wo, t tt, by Actor) Command {
			return StopClock{Task: w.task(t, by), Cause: pick(t, []string{"testing", "hearing", "none"}, "cause"), Need: genLimit(t), Reason: w.words(t)}
		},
		"resume-clock": func(w wo, t tt, _ Actor) Command {
			if rapid.Bool().Draw(t, "whichever") {
				return ResumeClock{}
			}
			return ResumeClock{w.aStep(t)}
		},
		"fulfil-commitment": func(w wo, t tt, _ Actor) Command {
			cmd := FulfilCommitment{Material: w.aMaterial(t)}
			if cmd.Paper = rapid.Bool().Draw(t, "paper"); !cmd.Paper {
				cmd.Files = []File{genFile(t)}
			}
			return cmd
		},
		"break-commitment": func(w wo, t tt, _ Actor) Command { return BreakCommitment{w.aMaterial(t), w.words(t)} },
		"withdraw":         func(w wo, t tt, _ Actor) Command { return Withdraw{w.words(t)} },
		"deliver":          func(w wo, t tt, by Actor) Command { return Deliver{w.task(t, by), "post", "王秀英", "EMS1"} },
		"revoke":           func(w wo, t tt, _ Actor) Command { return Revoke{w.words(t), Basis{"行政许可法", "69"}} },
		"rate": func(w wo, t tt, _ Actor) Command {
			return Rate{Channel: w.aChannel(t), Level: die(t, 7, "level"), Words: w.words(t)}
		},
		"supervise":      func(w wo, t tt, _ Actor) Command { return Supervise{genPost(t), w.words(t), genLimit(t), ""} },
		"note":           func(w wo, t tt, _ Actor) Command { return Note{w.words(t)} },
		"consult":        func(w wo, t tt, by Actor) Command { return Consult{w.task(t, by)} },
		"tick":           func(wo, tt, Actor) Command { return Tick{} },
		"record-outage":  func(w wo, t tt, _ Actor) Command { return RecordOutage{w.hoursAgo(t, "from"), w.now.Add(-time.Hour)} },
		"recount":        func(w wo, t tt, _ Actor) Command { return w.recounted(t) },
		"assist":         func(w wo, t tt, _ Actor) Command { return w.assisted(t) },
		"record-subcase": func(w wo, t tt, _ Actor) Command { return w.subcaseTold(t) },
		"recall":         func(wo, tt, Actor) Command { return Recall{} },
		"tell-parent":    func(w wo, _ tt, _ Actor) Command { return TellParent{ChildGranted} },
		"object":         func(w wo, t tt, _ Actor) Command { return genObject(t, max(1, len(w.c.Publications)), w.words(t)) },
		"cancel-licences": func(w wo, _ tt, _ Actor) Command {
			return CancelLicences{No: w.licence(), By: "610502-20261123-000098"}
		},
		"record-cancel": func(w wo, t tt, _ Actor) Command {
			if k := w.c.Cancels; k != nil && rapid.Bool().Draw(t, "that one") {
				return RecordCancel{Step: k.Step, Round: k.Round}
			}
			return RecordCancel{Step: w.aStep(t), Round: 1}
		},
		"offer-charge": func(w wo, t tt, _ Actor) Command { return OfferCharge{genPost(t), w.words(t)} },
		"take-charge":  func(wo, tt, Actor) Command { return TakeCharge{} },
		"take-shift":   func(w wo, t tt, _ Actor) Command { return w.c.InHand(pick(t, people(), "gives").ID) },
		"recuse": func(w wo, t tt, _ Actor) Command {
			return Recuse{pick(t, append(Relations(), "none"), "relation"), w.words(t)}
		},
	}
}
