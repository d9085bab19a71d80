package caseflow

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"
)

func TestATrialAnswersAsDecideDoes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t, genItem(t), &reached{})
		w.trying = true
		for range 1 + die(t, 30, "commands") {
			w.step(t)
		}
	})
}

// try asks in one trial for the command, for one that was refused before and for the command again: each answer is that of Decide.
func (w *world) try(t *rapid.T, by Actor, cmd Command) {
	env := w.env()
	env.Trying = true
	trial, asked := NewTrial(w.c, w.it, by, env), []Command{cmd, cmd}
	if w.refused != nil {
		asked = []Command{cmd, w.refused, cmd}
	}
	for _, cmd := range asked {
		before := encode(t, w.c)
		_, no := Decide(w.c, w.it, by, cmd, env)
		refused := trial.Ask(cmd)
		if (no == nil) != (refused == nil) || no != nil && no.Code != refused.Code {
			t.Fatalf("%s by %s: a trial says %v, Decide %v", cmd.Verb(), by.ID, refused, no)
		}
		if !bytes.Equal(encode(t, w.c), before) {
			t.Fatalf("%s by %s: the trial has changed the case", cmd.Verb(), by.ID)
		}
		if trial.d != nil && !bytes.Equal(encode(t, trial.d.c), encode(t, trial.fired)) {
			t.Fatalf("%s by %s: the trial goes on with another case", cmd.Verb(), by.ID)
		}
	}
}
