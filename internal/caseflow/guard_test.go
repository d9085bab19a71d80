package caseflow

import "testing"

// guardedItem is a bundle that the prover would refuse: the only step that decides the part may be passed over.
func guardedItem(decide ...Step) *Item {
	it := oneStep()
	it.Parts = []Part{{ID: "main", Core: true}, {ID: "side", When: condition(func(f Facts) bool { return f.Form["side"] != "no" })}}
	it.Steps = []Step{{ID: "main", Kind: KindDecide, Part: "main", By: post("market")}}
	it.Steps = append(it.Steps, decide...)
	return it
}

func TestAPartIsGrantedByADecisionOnly(t *testing.T) {
	never := condition(func(Facts) bool { return false })
	side := func(id StepID, when Condition, needs ...StepID) Step {
		return Step{ID: id, Kind: KindDecide, Part: "side", By: post("tax"), When: when, Needs: needs}
	}
	licence := Step{ID: "paper", Kind: KindIssue, Part: "side", Needs: []StepID{"side"}, Result: &Result{Licence: "side-permit"}}
	t.Run("the only step that decides it waits for somebody whatever its condition says", func(t *testing.T) {
		d := runningOne(t, guardedItem(side("side", never), licence))
		if s := d.c.step("side"); s.State != StepReady || len(d.c.Licences) != 0 {
			t.Fatalf("step %+v, %d licences", s, len(d.c.Licences))
		}
		d.ok(reviewer("market"), Grant{Task: d.task("main")})
		d.phase(PhaseRunning)
		d.ok(reviewer("tax"), Refuse{Task: d.task("side"), Ground: d.it.Grounds[0].ID, Words: "不符合条件"})
		d.phase(PhaseClosed)
		if d.c.part("side").State != PartRefused || len(d.c.Licences) != 0 {
			t.Fatalf("part %+v, %d licences", d.c.part("side"), len(d.c.Licences))
		}
	})
	t.Run("of several the last one does", func(t *testing.T) {
		d := runningOne(t, guardedItem(side("first", never), side("second", never, "first")))
		if a, b := d.c.step("first").State, d.c.step("second").State; a != StepSkipped || b != StepReady {
			t.Fatalf("first %s, second %s", a, b)
		}
	})
	t.Run("one that another has decided with is passed over", func(t *testing.T) {
		d := runningOne(t, guardedItem(side("first", nil), side("second", never, "first")))
		d.ok(reviewer("tax"), Grant{Task: d.task("first")})
		if s := d.c.step("second"); s.State != StepSkipped {
			t.Fatalf("second %+v", s)
		}
	})
	t.Run("the only one waits for somebody also where its condition cannot be told", func(t *testing.T) {
		d := runningOne(t, guardedItem(side("side", broken{}), licence))
		if s := d.c.step("side"); s.State != StepReady || s.Stuck != "" || len(d.c.Licences) != 0 {
			t.Fatalf("step %+v, %d licences", s, len(d.c.Licences))
		}
	})
	t.Run("one that became the only one while it was stuck is not judged away", func(t *testing.T) {
		it := guardedItem(side("first", broken{}), side("wait", nil, "main"), side("second", never, "wait"))
		it.Steps[2].Kind = KindReview
		d := runningOne(t, it)
		d.ok(reviewer("market"), Grant{Task: d.task("main")})
		d.ok(reviewer("tax"), Complete{Task: d.task("wait"), Outcome: OutcomeAgree})
		d.outcome("second", StepSkipped, OverWhen)
		d.no(CodeOnlyDecision, chief, Complete{Task: d.judge(), Outcome: OutcomeSkip, Words: "不适用"})
		d.ok(chief, Complete{Task: d.judge(), Outcome: OutcomeApplies, Words: "照常办理"})
		d.ok(reviewer("tax"), Grant{Task: d.task("first")})
		d.phase(PhaseClosed)
	})
	t.Run("of a part that is not wanted is passed over", func(t *testing.T) {
		it := guardedItem(side("side", never))
		it.Parts[1].When = never
		d := runningOne(t, it)
		if s := d.c.step("side"); s.State != StepSkipped || d.c.part("side").State != PartUnwanted {
			t.Fatalf("step %+v, part %+v", s, d.c.part("side"))
		}
	})
	t.Run("an item without parts is not granted without a decision either", func(t *testing.T) {
		it := oneStep()
		it.Steps[0].When = never
		d := runningOne(t, it)
		d.phase(PhaseRunning)
	})
}

func TestAPromiseForAPartThatIsNotWantedBindsNobody(t *testing.T) {
	it := guardedItem(Step{ID: "side", Kind: KindDecide, Part: "side", By: post("tax")})
	it.Materials = []Material{
		{ID: "map", Need: Deferrable, Parts: []PartID{"side"}, Deferral: &Deferral{Rule: rule("map", 2, ""), Consequence: ConsequenceRevoke}},
		{ID: "lease", Need: Deferrable, Deferral: &Deferral{Rule: rule("lease", 2, ""), Consequence: ConsequenceRevoke}},
	}
	d := newDeskOf(t, it)
	d.ok(owner, Defer{"map", "王秀英"})
	d.ok(owner, Defer{"lease", "王秀英"})
	d.ok(owner, SaveDraft{Data: []byte(`{"side":"no"}`)}) // promised first, then not wanted any more
	d.ok(owner, Submit{})
	d.ok(clerk, Accept{})
	if k := d.c.Clock(commitmentClock("map")); k != nil {
		t.Fatalf("clock %+v", k)
	}
	if p := d.c.Commitments[0]; p.State != CommitmentReleased || d.c.Material("map").State != MaterialMissing {
		t.Fatalf("promise %+v, material %+v", p, d.c.Material("map"))
	}
	d.clock(commitmentClock("lease"), ClockRunning)
	d.no(CodeNoSuchCommitment, owner, FulfilCommitment{Material: "map", Files: []File{file("ef")}})
	d.ok(reviewer("market"), Grant{Task: d.task("main")})
	for range 30 { // past every limit: nothing is revoked for a map that nobody needs
		d.now = d.now.AddDate(0, 0, 1)
		if at := d.c.Wake(); !at.IsZero() && !at.After(d.now) {
			d.ok(system, Tick{})
		}
	}
	for _, e := range d.log {
		if b, ok := e.(PromiseBroken); ok && b.Material == "map" {
			t.Fatal("the promise for an unwanted part was broken")
		}
	}
}
