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
		want, no := Decide(w.c, w.it, by, cmd, env)
		got, refused := trial.Ask(cmd)
		if (no == nil) != (refused == nil) || no != nil && no.Code != refused.Code {
			t.Fatalf("%s by %s: a trial says %v, Decide %v", cmd.Verb(), by.ID, refused, no)
		}
		if no == nil && (len(got.Events) != len(want.Events) || !bytes.Equal(encode(t, got.Case), encode(t, want.Case))) {
			t.Fatalf("%s by %s: a trial leads to another case than Decide", cmd.Verb(), by.ID)
		}
	}
}
