package caseflow

import "slices"

// Available lists the verbs that the actor could give the case at env.Now with some arguments, in the order of a case's
// life. Whatever Decide accepts is listed; and what needs no arguments (submit, accept, correct, withdraw, resume-clock,
// tick) is accepted if it is listed. For pages: which next steps to show as buttons. c is nil before Open.
func Available(c *Case, it *Item, by Actor, env Env) []string {
	d := newDecider(it, by, env)
	if c == nil {
		if it.Asked(env.Region) && by.Kind == ActorCitizen || it.OfferedIn(env.Region) && slices.ContainsFunc(channels, d.atDoor) {
			return []string{Open{}.Verb()}
		}
		if by.Kind == ActorSystem {
			return []string{OpenSubcase{}.Verb()}
		}
		return nil
	}
	var out []string
	if by.Kind == ActorSystem && slices.ContainsFunc(c.Clocks, func(k Clock) bool { return k.State == ClockRunning }) {
		out = append(out, RecordOutage{}.Verb())
	}
	d.c = c.Clone()
	d.fire()
	aside := d.conflicted()
	for _, o := range offers {
		if aside && o.verb != "release" && o.verb != "offer-charge" && o.verb != "recuse" {
			continue
		}
		if o.may(d) {
			out = append(out, o.verb)
		}
	}
	return out
}

// offers says for each verb whether anything like it would be accepted.
var offers = []struct {
	verb string
	may  func(d *decider) bool
}{
	{"save-draft", (*decider).mayType},
	{"attach", func(d *decider) bool { return d.mayType() && len(d.c.Materials) > 0 }},
	{"detach", func(d *decider) bool {
		return d.mayType() && slices.ContainsFunc(d.c.Materials, func(m MaterialState) bool { return len(m.Files) > 0 })
	}},
	{"seen-paper", func(d *decider) bool {
		return d.atDoor(d.c.Channel) && d.in(PhaseDraft, PhaseReceived, PhaseCorrecting) == nil && len(d.c.Materials) > 0
	}},
	{"defer", func(d *decider) bool {
		return d.mayType() && slices.ContainsFunc(d.it.Materials, func(m Material) bool {
			s := d.c.Material(m.ID)
			return m.Need == Deferrable && m.Deferral != nil && s != nil && s.State == MaterialMissing
		})
	}},
	{"use-licence", func(d *decider) bool { return d.mayType() && d.it.TakesLicences() && d.c.ShowsLicences(d.by) }},
	{"submit", func(d *decider) bool { return d.would(Submit{}) }},
	{"accept", func(d *decider) bool { return d.would(Accept{}) }},
	{"decline", func(d *decider) bool { return len(d.it.Grounds) > 0 && d.mayJudge() }},
	{"request-correction", func(d *decider) bool { return d.c.Correction == nil && d.mayJudge() }},
	{"correct", func(d *decider) bool { return d.would(Correct{}) }},
	{"claim", func(d *decider) bool {
		return d.any(func(t *Task) bool { return t.State == TaskOpen && d.reach(t) == "" })
	}},
	{"release", func(d *decider) bool {
		return d.any(func(t *Task) bool {
			return d.lent(t) || t.State == TaskClaimed && (t.Holder == d.by.ID || d.supervises())
		})
	}},
	{"complete", func(d *decider) bool {
		return d.any(func(t *Task) bool {
			if t.Kind == TaskAccept || d.reach(t) != "" {
				return false
			}
			return t.Kind != TaskStep || t.Delegator != "" || !d.isOf(t, KindDecide) && !d.isOf(t, KindDeliver) && !d.blocked(t.ID)
		})
	}},
	{"grant", func(d *decider) bool { return d.works(KindDecide) }},
	{"refuse", func(d *decider) bool { return len(d.it.Grounds) > 0 && d.works(KindDecide) }},
	{"deliver", func(d *decider) bool { return d.works(KindDeliver) }},
	{"ask-opinion", func(d *decider) bool { return d.works("") }},
	{"withdraw-question", func(d *decider) bool {
		return d.any(func(t *Task) bool { return t.Kind == TaskOpinion && d.asked(t) })
	}},
	{"add-signer", func(d *decider) bool { return d.works("") }},
	{"remove-signer", func(d *decider) bool {
		return d.any(func(t *Task) bool {
			return t.Kind == TaskStep && (d.signsWith(t) || d.supervises()) && keeps(d.c.step(t.Step).Signers, t.Slot)
		})
	}},
	{"hand-over", func(d *decider) bool {
		return d.any(func(t *Task) bool { return d.supervises() || t.Delegator == "" && d.reach(t) == "" })
	}},
	{"delegate", func(d *decider) bool {
		return d.any(func(t *Task) bool {
			return slices.Contains(delegable, t.Kind) && t.Delegator == "" && d.reach(t) == ""
		})
	}},
	{"copy-to", (*decider).involved},
	{"send-back", func(d *decider) bool {
		return d.any(func(t *Task) bool {
			return t.Kind == TaskStep && d.reach(t) == "" && slices.ContainsFunc(d.it.Steps, func(s Step) bool {
				return d.c.step(s.ID).State == StepDone && d.would(SendBack{Task: t.ID, To: s.ID, Reason: "-"})
			})
		})
	}},
	{"take-back", func(d *decider) bool {
		return slices.ContainsFunc(d.c.Steps, func(s StepState) bool {
			return (s.State == StepDone || s.State == StepReady) && d.would(TakeBack{Step: s.ID, Reason: "-"})
		})
	}},
	{"extend", func(d *decider) bool { return d.would(Extend{Reason: "-"}) }},
	{"stop-clock", func(d *decider) bool {
		return d.c.Phase == PhaseRunning && d.any(func(t *Task) bool {
			return t.Kind == TaskStep && t.Delegator == "" && d.c.StoppedAt(t.Step) == nil && d.reach(t) == ""
		})
	}},
	{"resume-clock", func(d *decider) bool { return d.would(ResumeClock{}) }},
	{"fulfil-commitment", func(d *decider) bool {
		return (d.owns() || d.atDoor(d.c.Channel)) && d.in(PhaseReceived, PhaseRunning, PhaseGranted, PhaseClosed) == nil && d.promised()
	}},
	{"break-commitment", func(d *decider) bool {
		return d.promised() && slices.ContainsFunc(d.c.Commitments, func(k Commitment) bool {
			return d.would(BreakCommitment{Material: k.Material, Reason: "-"})
		})
	}},
	{"withdraw", func(d *decider) bool { return d.would(Withdraw{}) }},
	{"revoke", func(d *decider) bool { return d.would(Revoke{Reason: "-", Basis: Basis{Law: "-"}}) }},
	{"rate", func(d *decider) bool {
		return d.mayRate() && d.c.Phase != PhaseDraft && slices.ContainsFunc(channels, func(channel string) bool {
			return d.c.cameThrough(channel) && !slices.ContainsFunc(d.c.Ratings, func(r Rating) bool { return r.Channel == channel })
		})
	}},
	{"supervise", func(d *decider) bool {
		return d.by.Kind == ActorOfficial && d.by.Has(RoleSupervisor) && d.c.Phase != PhaseDraft
	}},
	{"assist", func(d *decider) bool { return d.mayAssist(AssistAsked) == nil }},
	{"offer-charge", (*decider).inCharge},
	{"take-charge", func(d *decider) bool { return d.would(TakeCharge{}) }},
	{"recuse", (*decider).mayRecuse},
	{"take-shift", func(d *decider) bool {
		return d.env.Relieves != "" && d.by.Kind == ActorOfficial && d.by.ID != d.env.Relieves
	}},
	{"note", func(d *decider) bool { return d.involved() || d.atDoor(d.c.Channel) }},
	{"consult", func(d *decider) bool { return d.any(func(t *Task) bool { return d.would(Consult{t.ID}) }) }},
	{"tick", func(d *decider) bool { return d.tick() == nil }},
	{"record-subcase", func(d *decider) bool { return d.by.Kind == ActorSystem && len(d.c.Children) > 0 }},
	{"recall", func(d *decider) bool { return d.would(Recall{}) }},
	{"tell-parent", func(d *decider) bool { return d.by.Kind == ActorSystem && d.c.Parent != nil }},
	{"object", func(d *decider) bool {
		return !d.owns() && d.by.Kind != ActorSystem && d.by.Kind != ActorBearer && d.published("") != nil
	}},
	{"cancel-licences", func(d *decider) bool {
		return d.by.Kind == ActorSystem && d.hasLicence() && d.in(PhaseRunning, PhaseGranted, PhaseClosed) == nil
	}},
	{"record-cancel", func(d *decider) bool {
		return d.by.Kind == ActorSystem && d.c.Cancels != nil && d.c.Cancels.State == CancelAsked
	}},
	{"recount", func(d *decider) bool {
		return d.by.Kind == ActorSystem || d.by.Kind == ActorOfficial && d.by.Has(RoleAdmin)
	}},
}

// would tries a command on a copy.
func (d *decider) would(cmd Command) bool {
	try := *d
	try.c, try.events, try.trying = d.c.Clone(), nil, true
	return try.judge(cmd) == nil
}

func (d *decider) mayType() bool { return d.typing() == nil }

// mayJudge reports whether the actor may judge what came in.
func (d *decider) mayJudge() bool {
	try := *d
	try.c = d.c.Clone()
	return try.atWindow("") == nil
}

// any reports whether a live task is such.
func (d *decider) any(such func(*Task) bool) bool {
	for i := range d.c.Tasks {
		if t := &d.c.Tasks[i]; t.Live() && such(t) {
			return true
		}
	}
	return false
}

// works reports whether the actor can work on a step, of the kind if one is given; a decision or a hand-out must not wait
// for an opinion.
func (d *decider) works(kind string) bool {
	return d.any(func(t *Task) bool {
		return t.Kind == TaskStep && t.Delegator == "" && d.reach(t) == "" && (kind == "" || d.isOf(t, kind) && !d.blocked(t.ID))
	})
}

func (d *decider) isOf(t *Task, kind string) bool {
	def := d.it.StepByID(t.Step)
	return def != nil && def.Kind == kind
}

func (d *decider) promised() bool {
	return slices.ContainsFunc(d.c.Commitments, func(k Commitment) bool { return k.State == CommitmentOpen })
}
