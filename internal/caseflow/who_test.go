package caseflow

import (
	"slices"
	"testing"
	"time"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/workday"
)

var (
	stranger = Actor{ID: "u2", Kind: ActorCitizen, Name: "李四", Document: ident.Document{Type: ident.DocResidentID, No: "610502198803120111"}}
	admin    = Actor{ID: "a1", Kind: ActorOfficial, Department: "office", Roles: []string{RoleAdmin}}
)

// everybody are the people of the matrix.
func everybody() []Actor {
	return []Actor{owner, stranger, clerk, chief, overseer, admin, system, reviewer("market"), reviewer("tax"), reviewer("fire"),
		{ID: "c9", Kind: ActorOfficial, Department: "market", Roles: []string{RoleClerk, RoleHead}}}
}

// matrixItem is the sample with a visit and its report beside the registration, and a material that nobody needs.
func matrixItem() *Item {
	it := sampleItem()
	it.Materials = append(it.Materials, Material{ID: "plan", Need: Deferrable, Deferral: &Deferral{Rule: rule("plan", 9, "")},
		When: condition(func(Facts) bool { return false })})
	deliver := it.Steps[len(it.Steps)-1]
	deliver.Needs = append(deliver.Needs, "report")
	it.Steps = append(it.Steps[:len(it.Steps)-1],
		Step{ID: "visit", Kind: KindReview, By: post("fire")},
		Step{ID: "report", Kind: KindReview, Needs: []StepID{"visit"}, By: post("fire")}, deliver)
	return it
}

// in brings a new case of the matrix item into a phase.
func in(t testing.TB, phase Phase) *desk {
	t.Helper()
	d := newDeskOf(t, matrixItem())
	d.fill()
	if phase != PhaseDraft && phase != PhaseWithdrawn {
		d.ok(owner, Submit{})
	}
	switch phase {
	case PhaseDraft, PhaseReceived:
	case PhaseWithdrawn:
		d.ok(owner, Withdraw{})
	case PhaseCorrecting:
		d.ok(clerk, RequestCorrection{Points: []CorrectionPoint{{Material: "identity", Words: "照片不清楚"}}})
	case PhaseDeclined:
		d.ok(clerk, Decline{Ground: "not-eligible", Words: "不属于本机关职权"})
	default:
		d.ok(clerk, Accept{})
	}
	switch phase {
	case PhaseRefused:
		d.ok(reviewer("market"), Refuse{Task: d.task("register"), Ground: "not-eligible", Words: "名称相同"})
	case PhaseGranted, PhaseClosed, PhaseRevoked:
		d.ok(reviewer("market"), Grant{Task: d.task("register")})
		d.ok(reviewer("police"), Grant{Task: d.task("seal")})
		d.ok(reviewer("tax"), Grant{Task: d.task("tax")})
		d.ok(reviewer("fire"), Complete{Task: d.task("visit"), Outcome: OutcomeAgree})
		d.ok(reviewer("fire"), Complete{Task: d.task("report"), Outcome: OutcomeAgree})
	}
	switch phase {
	case PhaseClosed:
		d.ok(clerk, Deliver{Task: d.task("deliver"), How: "window", Receiver: "王秀英"})
	case PhaseRevoked:
		d.ok(chief, Revoke{Reason: "以欺骗手段取得", Basis: Basis{"行政许可法", "69"}})
	}
	d.phase(phase)
	return d
}

var phases = []Phase{PhaseDraft, PhaseReceived, PhaseCorrecting, PhaseRunning, PhaseGranted, PhaseClosed, PhaseRefused,
	PhaseDeclined, PhaseWithdrawn, PhaseRevoked}

// may is one row of the matrix: who may give the command in which phases. cmd makes it, after it has set the scene.
type may struct {
	who    []Actor
	phases []Phase
	cmd    func(d *desk) Command
}

func matrix() map[string]may {
	market, fire := reviewer("market"), reviewer("fire")
	typing, late := []Phase{PhaseDraft, PhaseCorrecting}, phases[1:]
	received, running := []Phase{PhaseReceived}, []Phase{PhaseRunning}
	task := func(d *desk, step StepID) int { return d.find(step) }
	plain := func(cmd Command) func(*desk) Command { return func(*desk) Command { return cmd } }
	limits := sampleItem().Limits
	for _, r := range []*Rule{&limits.Acceptance, &limits.Statutory, &limits.Promised, &limits.Correction} {
		r.Limit.N++
	}
	return map[string]may{
		"open":       {nil, nil, plain(Open{Item: "company-open", Channel: ChannelOnline, Applicant: applicant})},
		"save-draft": {[]Actor{owner}, typing, plain(SaveDraft{Data: []byte(`{"a":1}`)})},
		"attach":     {[]Actor{owner}, typing, plain(Attach{Material: "identity", File: file("cd")})},
		"detach":     {[]Actor{owner}, typing, plain(Detach{"identity", file("ab").Hash})},
		"use-licence": {[]Actor{owner}, typing, func(d *desk) Command {
			d.it.Materials[0].Licences = []string{"licence"}
			d.held = []Held{{No: "L1", Kind: "licence", State: LicenceValid, Region: d.c.Region}}
			return UseLicence{Material: d.it.Materials[0].ID, No: "L1"}
		}},
		"seen-paper": {[]Actor{clerk}, phases[:3], plain(SeenPaper{"identity"})},
		"defer":      {[]Actor{owner}, typing, plain(Defer{"plan", "王秀英"})},
		"submit":     {[]Actor{owner}, phases[:1], plain(Submit{})},
		"accept":     {[]Actor{clerk}, received, plain(Accept{})},
		"decline":    {[]Actor{clerk}, received, plain(Decline{"not-eligible", "不属于本机关职权"})},
		"request-correction": {[]Actor{clerk}, received,
			plain(RequestCorrection{Points: []CorrectionPoint{{Words: "请补正"}}})},
		"correct": {[]Actor{owner}, []Phase{PhaseCorrecting}, plain(Correct{})},
		"claim":   {[]Actor{market}, running, func(d *desk) Command { return Claim{task(d, "register")} }},
		"release": {[]Actor{market, chief, overseer}, running, func(d *desk) Command {
			d.prepare(func() { d.ok(market, Claim{task(d, "register")}) })
			return Release{task(d, "register")}
		}},
		"complete": {[]Actor{fire}, running, func(d *desk) Command { return Complete{Task: task(d, "visit"), Outcome: OutcomeAgree} }},
		"consult": {[]Actor{market}, running, func(d *desk) Command {
			d.it.StepByID("register").Consults = ConsultCredit
			return Consult{Task: task(d, "register")}
		}},
		"grant":  {[]Actor{market}, running, func(d *desk) Command { return Grant{Task: task(d, "register")} }},
		"refuse": {[]Actor{market}, running, func(d *desk) Command { return Refuse{task(d, "register"), "not-eligible", "名称相同"} }},
		"ask-opinion": {[]Actor{market}, running, func(d *desk) Command {
			return AskOpinion{Task: task(d, "register"), To: post("tax"), Ask: "有无欠税?", Within: wd(1)}
		}},
		"withdraw-question": {[]Actor{market, chief, overseer, everybody()[10]}, running, func(d *desk) Command {
			d.prepare(func() {
				d.ok(market, AskOpinion{Task: task(d, "register"), To: post("tax"), Ask: "有无欠税?", Within: wd(1)})
			})
			return WithdrawQuestion{len(d.c.Tasks), "不需要了"}
		}},
		"add-signer": {[]Actor{market}, running, func(d *desk) Command { return AddSigner{Task: task(d, "register"), Who: post("tax")} }},
		"remove-signer": {[]Actor{market, chief, overseer}, running, func(d *desk) Command {
			mine := task(d, "register")
			d.prepare(func() { d.ok(market, AddSigner{Task: mine, Who: post("police")}) })
			return RemoveSigner{len(d.c.Tasks)}
		}},
		"hand-over": {[]Actor{market, chief, overseer}, running, func(d *desk) Command {
			return HandOver{task(d, "register"), post("market"), "不属于本科室"}
		}},
		"delegate": {[]Actor{market}, running, func(d *desk) Command { return Delegate{Task: task(d, "register"), To: post("tax")} }},
		"send-back": {[]Actor{fire}, running, func(d *desk) Command {
			d.prepare(func() { d.ok(fire, Complete{Task: task(d, "visit"), Outcome: OutcomeAgree}) })
			return SendBack{task(d, "report"), "visit", "照片不全"}
		}},
		"take-back": {[]Actor{fire}, running, func(d *desk) Command {
			d.prepare(func() { d.ok(fire, Complete{Task: task(d, "visit"), Outcome: OutcomeAgree}) })
			return TakeBack{"visit", "填错"}
		}},
		"extend": {[]Actor{chief}, running, plain(Extend{"案情复杂"})},
		"stop-clock": {[]Actor{market}, running, func(d *desk) Command {
			return StopClock{task(d, "register"), "appraisal", wd(3), "需要鉴定"}
		}},
		"resume-clock": {[]Actor{market, overseer, everybody()[10]}, running, func(d *desk) Command {
			d.prepare(func() { d.ok(market, StopClock{task(d, "register"), "appraisal", wd(3), "需要鉴定"}) })
			return ResumeClock{}
		}},
		"fulfil-commitment": {[]Actor{owner, clerk}, []Phase{PhaseReceived, PhaseRunning, PhaseGranted, PhaseClosed},
			plain(FulfilCommitment{Material: "address", Files: []File{file("ef")}})},
		"break-commitment": {[]Actor{clerk, chief}, []Phase{PhaseReceived, PhaseCorrecting, PhaseRunning, PhaseGranted, PhaseClosed},
			plain(BreakCommitment{"address", "查明不实"})},
		"withdraw":  {[]Actor{owner}, phases[:4], plain(Withdraw{})},
		"deliver":   {[]Actor{clerk}, []Phase{PhaseGranted}, func(d *desk) Command { return Deliver{task(d, "deliver"), "window", "王秀英", ""} }},
		"revoke":    {[]Actor{chief}, []Phase{PhaseGranted, PhaseClosed}, plain(Revoke{"以欺骗手段取得", Basis{"行政许可法", "69"}})},
		"rate":      {[]Actor{owner}, late, plain(Rate{Channel: ChannelOnline, Level: 5})},
		"supervise": {[]Actor{overseer}, late, plain(Supervise{post("tax"), "请尽快办理", wd(2), ""})},
		"tick":      {[]Actor{system}, running, plain(Tick{})}, // the step of one day is near its end from the start
		"record-outage": {[]Actor{system}, []Phase{PhaseReceived, PhaseCorrecting, PhaseRunning, PhaseGranted, PhaseClosed}, func(d *desk) Command {
			return RecordOutage{d.now.Add(-time.Hour), d.now}
		}},
		"open-subcase": {nil, nil, plain(OpenSubcase{Item: "company-open", Channel: ChannelOnline, Applicant: applicant, Parent: Parent{Case: "1"}})},
		"record-subcase": {[]Actor{system}, phases, func(d *desk) Command {
			d.c.Children = []Child{{Step: "register", Round: 9, No: "9", State: ChildOpen}}
			return RecordSubcase{Step: "register", Round: 9, No: "9", State: ChildGranted}
		}},
		"recall": {[]Actor{system}, phases[:4], func(d *desk) Command {
			d.c.Parent = &Parent{Case: "1", Step: "visit", Round: 1}
			return Recall{}
		}},
		"tell-parent": {[]Actor{system}, phases, func(d *desk) Command {
			d.c.Parent = &Parent{Case: "1", Step: "visit", Round: 1}
			return TellParent{ChildGranted}
		}},
		"assist": {[]Actor{clerk}, []Phase{PhaseReceived, PhaseCorrecting, PhaseRunning, PhaseGranted},
			plain(Assist{How: AssistOfficial, Why: "elderly", Post: Post{Department: "hall", Role: RoleClerk}})},
		"offer-charge": {[]Actor{clerk, chief, overseer}, phases[:5], func(d *desk) Command {
			d.c.Charge = &Charge{Person: clerk.ID}
			return OfferCharge{Post{Department: "market", Role: RoleReviewer, Person: "r-market"}, "请接手"}
		}},
		"take-charge": {[]Actor{reviewer("market")}, phases[:5], func(d *desk) Command {
			d.c.Charge = &Charge{Person: clerk.ID, Offered: "r-market"}
			return TakeCharge{}
		}},
		"take-shift":      {nil, nil, plain(TakeShift{From: clerk.ID, Tasks: []int{1}})}, // without the colleague's word: see shift_test.go
		"object":          {nil, nil, plain(Object{Notice: 1, Words: "没有公示"})},
		"cancel-licences": {nil, nil, plain(CancelLicences{No: "none", By: "x"})},
		"record-cancel":   {nil, nil, plain(RecordCancel{Step: "register"})},
		"recount":         {[]Actor{system, admin}, phases[1:5], plain(Recount{Reason: "新规定", Limits: &limits})},
	}
}

// Each command is tried in every phase by everybody: it passes only where its row says so, and a refusal changes nothing.
func TestEachCommandIsForItsPeopleInItsPhases(t *testing.T) {
	rows := matrix()
	for verb := range Verbs() {
		row, ok := rows[verb]
		if !ok {
			if verb != "copy-to" && verb != "note" && verb != "recuse" { // see TestNotesAndCopiesAreForThoseInvolved, TestWhoDeclaresAConflictStepsAside
				t.Errorf("no row for %s", verb)
			}
			continue
		}
		t.Run(verb, func(t *testing.T) {
			t.Parallel()
			for _, phase := range phases {
				d := in(t, phase)
				d.now = d.now.Add(2 * time.Hour)
				cmd := row.cmd(d)
				for _, by := range everybody() {
					right := slices.ContainsFunc(row.who, func(a Actor) bool { return a.ID == by.ID })
					before, _ := d.c.Encode()
					_, r := Decide(d.c, d.it, by, cmd, d.env())
					after, _ := d.c.Encode()
					if string(before) != string(after) {
						t.Fatalf("%s by %s: the input changed", phase, by.ID)
					}
					switch want := right && slices.Contains(row.phases, phase); {
					case want != (r == nil):
						t.Errorf("%s by %s: accepted %t, want %t: %v", phase, by.ID, r == nil, want, r)
					case r != nil && !right && slices.Contains(row.phases, phase) && r.Code != CodeNotYours:
						t.Errorf("%s by %s: refused with %s, want %s", phase, by.ID, r.Code, CodeNotYours)
					}
				}
			}
		})
	}
}

func TestNotesAndCopiesAreForThoseInvolved(t *testing.T) {
	for _, phase := range phases {
		d := in(t, phase)
		for _, by := range everybody() {
			worked := slices.ContainsFunc(d.c.Tasks, func(task Task) bool { return task.DoneBy == by.ID })
			involved := worked || by.ID == chief.ID || by.ID == overseer.ID
			for verb, cmd := range map[string]Command{"note": Note{"电话已联系"}, "copy-to": CopyTo{To: []Post{post("tax")}}} {
				want := involved || verb == "note" && by.ID == clerk.ID
				if _, r := Decide(d.c, d.it, by, cmd, d.env()); (r == nil) != want {
					t.Errorf("%s in %s by %s: %v, want accepted %t", verb, phase, by.ID, r, want)
				}
			}
		}
	}
}

func TestOpeningIsForCitizensOnlineAndClerksAtWindows(t *testing.T) {
	citizen, window := Open{Channel: ChannelOnline, Applicant: applicant}, Open{Channel: ChannelWindow, Applicant: applicant}
	env := Env{Now: time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC), Calendar: workday.National(), No: "1", Region: "610502", Serial: 1}
	for _, by := range everybody() {
		citizen.Applicant.Name, citizen.Applicant.Document = by.Name, by.Document
		_, online := Decide(nil, sampleItem(), by, citizen, env)
		_, atWindow := Decide(nil, sampleItem(), by, window, env)
		if (online == nil) != (by.Kind == ActorCitizen) || (atWindow == nil) != (by.ID == clerk.ID) {
			t.Errorf("%s: online %v, at the window %v", by.ID, online, atWindow)
		}
	}
	if _, r := Decide(nil, sampleItem(), owner, Submit{}, env); r == nil || r.Code != CodePhase {
		t.Errorf("a command before Open: %v", r)
	}
}
