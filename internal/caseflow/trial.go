package caseflow

import "slices"

// Trial asks what the core would say to one command after another of the same actor at the same moment; nothing is committed.
// Its answers are those of Decide. A page asks for thirty: most are refused before anything happens, and the next one is judged
// on the same copy of the case.
type Trial struct {
	c   *Case
	it  *Item
	by  Actor
	env Env
	d   *decider // what the clocks have left, on which nothing else has happened; nil: to be made
}

// NewTrial begins one. The case is not changed, and must not be by others meanwhile.
func NewTrial(c *Case, it *Item, by Actor, env Env) *Trial {
	env.Trying = true
	return &Trial{c: c, it: it, by: by, env: env}
}

// Ask says what Decide would.
func (t *Trial) Ask(cmd Command) (*Decision, *Refusal) {
	if _, outage := cmd.(RecordOutage); outage || t.c == nil {
		return Decide(t.c, t.it, t.by, cmd, t.env)
	}
	if t.d == nil {
		t.d = newDecider(t.it, t.by, t.env)
		t.d.prepare(t.c)
		t.d.fire()
		t.d.events = slices.Clip(t.d.events)
	}
	d := *t.d
	dec, refusal := d.conclude(cmd)
	if dec != nil || len(d.events) > len(t.d.events) {
		t.d = nil // its copy of the case is no longer what it was, or is the caller's
	} else {
		t.d.form = d.form
	}
	return dec, refusal
}
