package caseflow

import "slices"

// Trial asks whether the core would take one command after another of the same actor at the same moment; nothing is committed.
// Its answers are those of Decide. A page asks for thirty: all of them are judged on one copy of the case, which is set back when one
// has changed it.
type Trial struct {
	c     *Case
	it    *Item
	by    Actor
	env   Env
	fired *Case    // what the clocks have left
	d     *decider // on its copy; nil: to be made
	at    decider  // of the command that is judged
}

// NewTrial begins one. The case is not changed, and must not be by others meanwhile.
func NewTrial(c *Case, it *Item, by Actor, env Env) *Trial {
	env.Trying = true
	return &Trial{c: c, it: it, by: by, env: env}
}

// Ask says why Decide would refuse, nil if it would not.
func (t *Trial) Ask(cmd Command) *Refusal {
	if _, outage := cmd.(RecordOutage); outage || t.c == nil {
		_, refusal := Decide(t.c, t.it, t.by, cmd, t.env)
		return refusal
	}
	if t.d == nil {
		t.d = newDecider(t.it, t.by, t.env)
		t.d.prepare(t.c)
		t.d.fire()
		t.d.events = slices.Clip(t.d.events)
		t.fired = t.d.c.Clone()
	}
	t.at = *t.d
	d := &t.at
	_, refusal := d.conclude(cmd)
	if refusal == nil || len(d.events) > len(t.d.events) {
		t.fired.copyTo(t.d.c)
		t.d.form = nil
	} else {
		t.d.form = d.form
	}
	return refusal
}
