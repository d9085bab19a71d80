package caseflow

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// reached is what random histories have come to: which commands were accepted in which phases, and which events followed.
type reached struct {
	verbs  map[string]map[Phase]int
	events map[string]int
}

// none is the phase of a case that does not exist yet.
const none Phase = "none"

func (r *reached) add(c *Case, cmd Command, events []Event) {
	if r.verbs == nil {
		r.verbs, r.events = map[string]map[Phase]int{}, map[string]int{}
	}
	phase := none
	if c != nil {
		phase = c.Phase
	}
	if r.verbs[cmd.Verb()] == nil {
		r.verbs[cmd.Verb()] = map[Phase]int{}
	}
	r.verbs[cmd.Verb()][phase]++
	for _, e := range events {
		r.events[e.Name()]++
	}
}

// histories plays n random cases, the same ones every time, and shows each state to look.
func histories(n int, look func(*rapid.T, *world)) *reached {
	seen := &reached{}
	history := rapid.Custom(func(t *rapid.T) bool {
		w := newWorld(t, genItem(t), seen)
		draft, after := 0, 0 // a draft is not filled in for ever, and little happens once a case has ended
		for draft < 20 && after < 8 && w.events < 300 {
			look(t, w)
			switch w.step(t); {
			case w.c.Phase == PhaseDraft:
				draft++
			case !w.c.Phase.Open():
				after++
			}
		}
		return true
	})
	for seed := range n {
		history.Example(seed)
	}
	return seen
}

// A command or an event that no random history reaches is held against no invariant.
func TestRandomHistoriesReachEveryCommandAndEvent(t *testing.T) {
	t.Parallel()
	seen := histories(120, func(*rapid.T, *world) {})
	for verb := range Verbs() {
		if makes[verb] == nil {
			t.Errorf("no history can hold %s: it is not in makes", verb)
		}
		if len(seen.verbs[verb]) == 0 {
			t.Errorf("no history in which %s is accepted", verb)
		}
	}
	for name := range events {
		if seen.events[name] == 0 {
			t.Errorf("no history in which %s happens", name)
		}
	}
}

// lawful says of each command in which phases it may be accepted at all, and from whom, by what its comment promises. Who of them
// may give it to whose task is for TestEachCommandIsForItsPeopleInItsPhases.
func lawful() map[string]struct{ phases, kinds string } {
	const (
		typing  = "draft correcting"
		begun   = "received correcting running granted"
		worked  = "running granted"
		handed  = begun + " closed refused declined withdrawn revoked"
		ever    = "draft " + handed
		people  = ActorCitizen + " " + ActorOfficial
		kernel  = ActorSystem
		offices = ActorOfficial
	)
	return map[string]struct{ phases, kinds string }{
		"save-draft": {typing, people}, "attach": {typing, people}, "detach": {typing, people}, "use-licence": {typing, people}, "defer": {typing, people},
		"seen-paper": {"draft received correcting", offices}, "submit": {"draft", people}, "correct": {"correcting", people},
		"accept": {"received", offices}, "decline": {"received", offices}, "request-correction": {"received", offices},
		"claim": {ever, offices}, "release": {ever, offices}, "complete": {ever, offices}, "hand-over": {ever, offices}, "delegate": {ever, offices},
		"grant": {"running", offices}, "refuse": {"running", offices}, "deliver": {worked, offices},
		"ask-opinion": {worked, offices}, "withdraw-question": {worked, offices}, "add-signer": {worked, offices}, "remove-signer": {worked, offices},
		"send-back": {worked, offices}, "take-back": {worked, offices}, "stop-clock": {worked, offices}, "resume-clock": {worked, offices},
		"extend": {"running", offices}, "consult": {worked, offices}, "copy-to": {ever, offices}, "note": {ever, offices},
		"fulfil-commitment": {"received running granted closed", people}, "break-commitment": {begun + " closed", offices},
		"withdraw": {"draft received correcting running", people}, "revoke": {"running granted closed", offices},
		"rate": {handed, ActorCitizen + " " + ActorBearer}, "supervise": {handed, offices},
		"object": {"running", people + " " + ActorVisitor}, "assist": {"draft " + begun, people},
		"recuse": {"draft " + begun, offices}, "offer-charge": {"draft " + begun, offices}, "take-charge": {"draft " + begun, offices},
		"take-shift": {ever, offices}, "recount": {begun, kernel + " " + offices},
		"tick": {handed, kernel}, "record-outage": {handed, kernel}, "record-subcase": {ever, kernel}, "tell-parent": {ever, kernel},
		"recall": {"draft received correcting running", kernel}, "cancel-licences": {"running granted closed", kernel}, "record-cancel": {"running revoked", kernel},
	}
}

// In states of random cases every command is tried by everybody (ASVS 2.3.1): what passes is lawful and was offered, and trying
// changes nothing.
func TestEveryCommandFromEveryState(t *testing.T) {
	t.Parallel()
	rows, verbs := lawful(), slices.Sorted(maps.Keys(makes))
	passed := map[string]int{}
	states, seen := map[Phase]int{}, map[Phase]int{}
	histories(120, func(rt *rapid.T, w *world) {
		env := w.env()
		if _, r := Decide(w.c, w.it, system, Tick{}, env); r == nil {
			return // a clock acts first, and the phase is another one then
		}
		if seen[w.c.Phase]++; states[w.c.Phase] >= 3 && seen[w.c.Phase]%40 > 0 {
			return // each phase is tried, and the common ones not too often
		}
		states[w.c.Phase]++
		before := encode(rt, w.c)
		for _, by := range people() {
			offered := Available(w.c, w.it, by, env)
			for _, verb := range verbs { // in one order, so that the dice give the same each time
				cmd := makes[verb](w, rt, by)
				_, r := Decide(w.c, w.it, by, cmd, env)
				if r != nil {
					continue
				}
				passed[verb]++
				row := rows[verb]
				if !slices.Contains(strings.Fields(row.phases), string(w.c.Phase)) || !slices.Contains(strings.Fields(row.kinds), by.Kind) {
					t.Errorf("%s passed in phase %s by %s %q", verb, w.c.Phase, by.Kind, by.ID)
				}
				if !slices.Contains(offered, verb) {
					t.Errorf("%s passed in phase %s by %q and was not offered", verb, w.c.Phase, by.ID)
				}
			}
		}
		if !bytes.Equal(before, encode(rt, w.c)) {
			t.Error("trying changed the case")
		}
	})
	for _, p := range Phases() {
		if states[p] == 0 {
			t.Errorf("no state in phase %s", p)
		}
	}
	if len(passed) < len(rows)*3/4 { // each one passes somewhere in TestRandomHistoriesReachEveryCommandAndEvent
		t.Errorf("only %d of %d commands passed in any state: %v", len(passed), len(rows), passed)
	}
}
