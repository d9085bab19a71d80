package caseflow

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/workday"
	"pgregory.net/rapid"
)

var applicant = Party{Kind: "person", Name: "王秀英",
	Document: ident.Document{Type: ident.DocResidentID, No: "610502199001010011"}}

// condition is a Go function as a condition.
type condition func(Facts) bool

func (f condition) Holds(facts Facts) (bool, error) { return f(facts), nil }

// failing is a condition that cannot be evaluated on some facts.
type failing func(Facts) bool

func (f failing) Holds(facts Facts) (bool, error) {
	if f(facts) {
		return false, errors.New("no such key")
	}
	return true, nil
}

func genCondition(t *rapid.T, before []Step) Condition {
	switch rapid.IntRange(0, 6).Draw(t, "condition") {
	case 6:
		if len(before) > 0 { // fails only once the case runs
			id := string(before[0].ID)
			return failing(func(f Facts) bool { return f.Steps[id] == OutcomeAgree || f.Steps[id] == OutcomeGrant })
		}
	case 0:
		return condition(func(f Facts) bool { return f.Form["flag"] == true })
	case 1:
		return condition(func(f Facts) bool { return f.Form["flag"] != true })
	case 2:
		if len(before) > 0 {
			id := string(rapid.SampledFrom(before).Draw(t, "of step").ID)
			return condition(func(f Facts) bool { return f.Steps[id] != OutcomeDisagree && f.Steps[id] != OutcomeFail })
		}
	}
	return nil
}

var departments = []string{"hall", "market", "tax"}

// genStation is a post of a step: a pack names no persons.
func genStation(t *rapid.T) Post {
	return Post{Department: rapid.SampledFrom(departments).Draw(t, "department"),
		Role: rapid.SampledFrom([]string{RoleReviewer, RoleClerk}).Draw(t, "role")}
}

// staff is everybody who works in the region; s1 has left.
func staff() []Colleague {
	var list []Colleague
	for _, a := range people() {
		if a.Kind == ActorOfficial && a.ID != overseer.ID {
			list = append(list, Colleague{ID: a.ID, Department: a.Department, Roles: a.Roles})
		}
	}
	return list
}

func genPost(t *rapid.T) Post {
	p := genStation(t)
	if rapid.IntRange(0, 9).Draw(t, "personal") == 0 {
		who := rapid.SampledFrom(people()).Draw(t, "person")
		p.Person = who.ID
		if rapid.IntRange(0, 4).Draw(t, "at their post") > 0 {
			p.Department, p.Role = who.Department, ""
		}
	}
	return p
}

func genLimit(t *rapid.T) workday.Limit {
	return workday.Limit{N: rapid.IntRange(0, 6).Draw(t, "n"), Unit: rapid.SampledFrom([]workday.Unit{
		workday.WorkDay, workday.WorkDay, workday.Day, workday.Hour, workday.WorkHour, workday.Month}).Draw(t, "unit")}
}

func genRule(t *rapid.T, id string, effects ...Effect) Rule {
	return Rule{ID: id, Limit: genLimit(t), Soon: genLimit(t), Effect: rapid.SampledFrom(effects).Draw(t, "effect")}
}

func genItem(t *rapid.T) *Item {
	it := &Item{ID: "any", Pack: "any", Version: "1", Department: "hall", Pages: []Page{{Fields: []Field{{Name: "name"}}}},
		Grounds: []Ground{{ID: "no", Basis: Basis{"行政许可法", "38"}}},
		Limits: Limits{
			Acceptance: genRule(t, "acceptance", EffectAccept, EffectAccept, EffectNone),
			Statutory:  genRule(t, "statutory", EffectNone, EffectNone, EffectGrant),
			Promised:   genRule(t, "promised", EffectNone),
			Correction: genRule(t, "correction", EffectWithdraw, EffectNone),
		},
		Stops: []StopCause{{ID: "hearing", Max: wd(5), Times: 1}, {ID: "testing", Max: wd(8), Times: 2}},
	}
	if rapid.Bool().Draw(t, "delivery") {
		rule := genRule(t, "delivery", EffectNone)
		it.Limits.Delivery = &rule
	}
	if rapid.IntRange(0, 3).Draw(t, "renewal") == 0 {
		it.Limits.Expiry = &Rule{ID: "expiry", Anchor: "form.expires", Limit: workday.Limit{Unit: workday.Day, Backward: true}, Effect: EffectGrant}
	}
	if rapid.Bool().Draw(t, "extension") {
		it.Extension = &Extension{Limit: genLimit(t), Role: RoleHead}
	}
	for i := range rapid.IntRange(0, 3).Draw(t, "parts") {
		it.Parts = append(it.Parts, Part{ID: PartID(fmt.Sprint("p", i)), Core: rapid.IntRange(0, 3).Draw(t, "core") == 0,
			When: genCondition(t, nil)})
	}
	for i := range rapid.IntRange(0, 3).Draw(t, "materials") {
		m := Material{ID: fmt.Sprint("m", i), Need: rapid.SampledFrom([]Need{Required, Deferrable, Optional}).Draw(t, "need"),
			When: genCondition(t, nil)}
		if len(it.Parts) > 0 && rapid.Bool().Draw(t, "of a part") {
			m.Parts = []PartID{rapid.SampledFrom(it.Parts).Draw(t, "part").ID}
		}
		if rapid.Bool().Draw(t, "on file") {
			m.Licences, m.Fills = []string{"food-permit"}, []Fill{{Field: "form.name", From: FillHolder}}
		}
		if m.Need == Deferrable {
			m.Deferral = &Deferral{Rule: genRule(t, "deferral", EffectNone), Consequence: rapid.SampledFrom(
				[]Consequence{ConsequenceRecord, ConsequenceRefuse, ConsequenceRevoke}).Draw(t, "consequence")}
		}
		it.Materials = append(it.Materials, m)
	}
	for i := range rapid.IntRange(1, 7).Draw(t, "steps") {
		it.Steps = append(it.Steps, genStep(t, it, i))
	}
	return it
}

func genStep(t *rapid.T, it *Item, i int) Step {
	s := Step{ID: StepID(fmt.Sprint("s", i)), By: genStation(t), When: genCondition(t, it.Steps), Check: genCondition(t, it.Steps),
		Kind: rapid.SampledFrom([]string{KindReview, KindReview, KindDecide, KindDecide, KindCheck, KindIssue, KindNotify,
			KindDeliver, KindSubcase}).Draw(t, "kind"),
		Sign: rapid.SampledFrom([]Sign{SignAll, SignAny, SignOrder, ""}).Draw(t, "sign")}
	for _, earlier := range it.Steps {
		if rapid.Bool().Draw(t, "needs") {
			s.Needs = append(s.Needs, earlier.ID)
		}
	}
	if len(it.Parts) > 0 && rapid.IntRange(0, 3).Draw(t, "has part") > 0 {
		s.Part = rapid.SampledFrom(it.Parts).Draw(t, "part").ID
	}
	for range rapid.IntRange(0, 3).Draw(t, "signers") {
		s.Signers = append(s.Signers, genStation(t))
	}
	if rapid.Bool().Draw(t, "within") {
		rule := genRule(t, "step", EffectNone, EffectNone, EffectGrant)
		s.Within = &rule
	}
	if s.Kind == KindReview && rapid.Bool().Draw(t, "own outcomes") {
		s.Outcomes = []Outcome{{ID: "fit"}, {ID: OutcomeAgree}, {ID: "unfit", Refuse: true}}
	}
	if rapid.IntRange(0, 3).Draw(t, "has fields") == 0 {
		s.Consults = rapid.SampledFrom([]string{"", "", ConsultCredit}).Draw(t, "consults")
		s.Fields = []Field{{Name: "note", Required: rapid.Bool().Draw(t, "required")}, {Name: "sum"}}
	}
	if s.Kind == KindSubcase {
		s.Subcase = &Subcase{Item: "other", Form: []Carry{{To: "asked.name", From: "form.name"}, {To: "asked.note", From: "data.s0.note"}}}
	}
	if s.Kind == KindIssue {
		s.Result = &Result{Licence: "permit", Numbering: rapid.SampledFrom([]string{NumberCreditCode, "serial"}).Draw(t, "numbering"),
			Shows: []Datum{{Key: "name", From: "form.name"}, {Key: "sum", From: "data.s0.sum"}}}
	}
	return s
}

// people are all who might give a command.
func people() []Actor {
	list := []Actor{owner, clerk, chief, overseer, system,
		{ID: "u2", Kind: ActorCitizen, Name: "李四"},
		{ID: "c2", Kind: ActorOfficial, Department: "hall", Roles: []string{RoleClerk, RoleReviewer}},
		{ID: "admin", Kind: ActorOfficial, Department: "office", Roles: []string{RoleAdmin}},
	}
	for _, dept := range departments {
		for _, n := range []string{"1", "2"} {
			list = append(list, Actor{ID: dept + n, Kind: ActorOfficial, Department: dept, Roles: []string{RoleReviewer, RoleClerk}})
		}
	}
	return list
}

// onward is a command that brings the case further.
func (w *world) onward(t *rapid.T) (Actor, Command) {
	switch w.c.Phase {
	case PhaseDraft, PhaseCorrecting:
		by := owner
		if w.c.Channel != ChannelOnline {
			by = clerk
		}
		for _, m := range w.c.Materials {
			if m.State == MaterialMissing && rapid.Bool().Draw(t, "hand in") {
				if w.it.MaterialByID(m.ID).Need == Deferrable {
					return by, Defer{Material: m.ID, Signed: "王秀英"}
				}
				return by, Attach{Material: m.ID, File: genFile(t)}
			}
			if n := len(m.Files); n > 0 && rapid.IntRange(0, 3).Draw(t, "rearrange") == 0 {
				other := m.Files[rapid.IntRange(0, n-1).Draw(t, "other")].Hash
				if rapid.Bool().Draw(t, "replace") {
					return by, Attach{Material: m.ID, File: genFile(t), Replaces: other}
				}
				return by, Attach{Material: m.ID, File: m.Files[n-1], Before: other}
			}
		}
		if w.c.Phase == PhaseDraft {
			return by, Submit{}
		}
		return by, Correct{}
	case PhaseReceived:
		return clerk, Accept{}
	}
	var live []Task
	for _, task := range w.c.Tasks {
		if task.State == TaskOpen || task.State == TaskClaimed {
			live = append(live, task)
		}
	}
	if errands := w.c.Errands(); len(errands) > 0 && (len(live) == 0 || rapid.Bool().Draw(t, "errand")) {
		return system, w.carry(t, errands[0])
	}
	if k := w.underway(); k != nil && (len(live) == 0 || rapid.Bool().Draw(t, "child ends")) {
		return system, RecordSubcase{Step: k.Step, Round: k.Round, No: k.No, State: rapid.SampledFrom(ChildEnds()).Draw(t, "end")}
	}
	if len(live) == 0 {
		return system, Tick{}
	}
	task := rapid.SampledFrom(live).Draw(t, "task")
	by := w.whoFor(t, task)
	if task.Delegator == "" && task.Kind == TaskStep && rapid.IntRange(0, 3).Draw(t, "finish") == 0 {
		return by, w.act(t, task.ID)
	}
	return by, w.finish(t, task)
}

// underway is a child that somebody works on, or nil.
func (w *world) underway() *Child {
	for i := range w.c.Children {
		if k := &w.c.Children[i]; k.No != "" && (k.State == ChildOpen || k.State == ChildLeft) {
			return k
		}
	}
	return nil
}

// carry is what is told to the case when its errand was run.
func (w *world) carry(t *rapid.T, e Errand) Command {
	r := RecordSubcase{Step: e.Child.Step, Round: e.Child.Round, No: e.Child.No, State: ChildLeft}
	if e.Kind == ErrandOpen {
		r.State, r.No = ChildOpen, "610502-20261123-000099"
		if rapid.IntRange(0, 3).Draw(t, "cannot be opened") == 0 {
			r.State, r.No, r.Code = ChildFailed, "", CodeNotOffered
		}
	}
	return r
}

// whoFor picks somebody who can work on the task.
func (w *world) whoFor(t *rapid.T, task Task) Actor {
	var fit []Actor
	for _, a := range people() {
		if a.fits(task.By) && (task.Holder == "" || a.ID == task.Holder) {
			fit = append(fit, a)
		}
	}
	if len(fit) == 0 {
		return overseer
	}
	return rapid.SampledFrom(fit).Draw(t, "who")
}

// finish ends a task in one of the ways its kind has.
func (w *world) finish(t *rapid.T, task Task) Command {
	words := "说明"
	if task.Kind == TaskJudge {
		choices := w.c.step(task.Step).Stuck.Choices()
		return Complete{Task: task.ID, Outcome: rapid.SampledFrom(choices).Draw(t, "judgement").ID, Words: words}
	}
	if task.Kind == TaskClose {
		return Complete{Task: task.ID, Outcome: rapid.SampledFrom(ClosingChoices()).Draw(t, "closing").ID, Words: words}
	}
	data := json.RawMessage(`{"note":"好", "sum":12345678901234567890}`)
	def := w.it.StepByID(task.Step)
	if def == nil || task.Kind != TaskStep || task.Delegator != "" {
		return Complete{Task: task.ID, Words: words}
	}
	if len(def.Fields) == 0 {
		data = nil
	}
	bad := rapid.IntRange(0, 4).Draw(t, "bad") == 0
	switch {
	case def.Kind == KindDecide && bad:
		return Refuse{Task: task.ID, Ground: "no", Words: words}
	case def.Kind == KindDecide:
		return Grant{Task: task.ID, Data: data}
	case def.Kind == KindDeliver:
		return Deliver{Task: task.ID, How: "window", Receiver: "王秀英"}
	}
	out := rapid.SampledFrom(def.Choices()).Draw(t, "outcome")
	return Complete{Task: task.ID, Outcome: out.ID, Words: words, Ground: "no", Data: data}
}

// act is something a holder may do beside finishing.
func (w *world) act(t *rapid.T, id int) Command {
	step := w.it.Steps[rapid.IntRange(0, len(w.it.Steps)-1).Draw(t, "step")].ID
	return rapid.SampledFrom([]Command{
		Claim{id}, Release{id}, RemoveSigner{id},
		AskOpinion{Task: id, To: genPost(t), Ask: "意见?", Blocks: rapid.Bool().Draw(t, "blocks"), Within: genLimit(t)},
		AddSigner{Task: id, Who: genPost(t), Before: rapid.Bool().Draw(t, "before")},
		WithdrawQuestion{len(w.c.Tasks), "撤回"},
		AddSigner{Task: id, Who: genPost(t), Before: rapid.Bool().Draw(t, "before")},
		HandOver{Task: id, To: genPost(t), Reason: "转办"},
		Delegate{Task: id, To: genPost(t)},
		SendBack{Task: id, To: step, Reason: "退回"},
		SendBack{Task: id, To: step, Reason: "退回"},
		StopClock{Task: id, Cause: "testing", Need: genLimit(t), Reason: "检测"},
		StopClock{Task: id, Cause: "hearing", Need: genLimit(t), Reason: "听证"},
	}).Draw(t, "act")
}

func genFile(t *rapid.T) File {
	return File{Hash: strings.Repeat(fmt.Sprintf("%02x", rapid.IntRange(0, 30).Draw(t, "hash")), 32), Name: "a.png", Bytes: 9, Type: "image/png"}
}

// anything is any command by anybody, sensible or not.
func (w *world) anything(t *rapid.T) (Actor, Command) {
	by := rapid.SampledFrom(people()).Draw(t, "by")
	id := rapid.IntRange(0, len(w.c.Tasks)+1).Draw(t, "task")
	steps := append(slices.Clone(w.it.Steps), Step{ID: "none"})
	step := rapid.SampledFrom(steps).Draw(t, "step").ID
	material := fmt.Sprint("m", rapid.IntRange(0, 3).Draw(t, "material"))
	words := rapid.SampledFrom([]string{"", "说明", strings.Repeat("长", MaxWords+1), "bad\xff"}).Draw(t, "words")
	limits := Limits{Acceptance: genRule(t, "a2", EffectAccept), Statutory: genRule(t, "s2", EffectNone),
		Promised: genRule(t, "p2", EffectNone), Correction: genRule(t, "c2", EffectWithdraw)}
	before := func(label string) time.Time {
		return w.now.Add(-time.Duration(rapid.IntRange(-2, 100).Draw(t, label)) * time.Hour)
	}
	flag := fmt.Appendf(nil, `{"flag":%t,"name":%q,"n":{"a":null,"b":1e40}}`, rapid.Bool().Draw(t, "flag"), words)
	channel := rapid.SampledFrom(append(slices.Clone(channels), "none")).Draw(t, "channel")
	return by, rapid.SampledFrom([]Command{
		Open{Item: "any", Channel: channel, Applicant: applicant},
		SaveDraft{Data: flag}, SaveDraft{Data: []byte(`[1]`)}, Attach{Material: material, File: genFile(t)},
		Detach{material, genFile(t).Hash}, SeenPaper{material}, UseLicence{material, "JY1"}, UseLicence{material, ""}, Defer{material, "王秀英"}, Submit{}, Accept{},
		Decline{"no", words}, RequestCorrection{Points: []CorrectionPoint{{Material: material, Words: words}}},
		RequestCorrection{Points: []CorrectionPoint{{Field: "name", Words: words}}}, Correct{}, Claim{id}, Release{id},
		Complete{Task: id, Outcome: OutcomeAgree, Words: words}, Complete{Task: id, Outcome: OutcomeDisagree, Words: words},
		Grant{Task: id}, Refuse{id, "no", words}, w.act(t, id), w.act(t, id),
		CopyTo{To: []Post{genPost(t)}, Ask: words}, TakeBack{step, words}, TakeBack{step, "收回"}, Extend{words}, ResumeClock{},
		ResumeClock{step}, WithdrawQuestion{id, words},
		FulfilCommitment{Material: material, Files: []File{genFile(t)}}, FulfilCommitment{Material: material, Paper: true},
		BreakCommitment{material, words}, Withdraw{words}, Deliver{id, "post", "王秀英", "EMS1"},
		Revoke{words, Basis{"行政许可法", "69"}}, Rate{Channel: channel, Level: rapid.IntRange(0, 6).Draw(t, "level"), Words: words},
		Supervise{genPost(t), words, genLimit(t), ""}, Note{words}, Consult{id}, Tick{}, Tick{}, RecordOutage{before("from"), before("to")},
		Recount{Reason: words, Limits: &limits, AcceptedFrom: before("accepted from")},
		Recount{Reason: words}, Recount{Reason: words, Limits: &limits},
		Recount{Reason: words, Limits: &limits, Steps: map[StepID]Rule{step: genRule(t, "step2", EffectNone, EffectGrant)}},
		Assist{How: AssistAsked, Why: "elderly"}, Assist{How: AssistOfficial, Why: "disabled", Post: genPost(t)}, Assist{How: AssistNone},
		RecordSubcase{Step: step, Round: 1, No: "610502-20261123-000099", State: rapid.SampledFrom(append(ChildEnds(), ChildOpen, ChildLeft, ChildFailed)).Draw(t, "child")},
		Recuse{rapid.SampledFrom(append(Relations(), "none")).Draw(t, "relation"), words},
		Recall{}, TellParent{ChildGranted}, OfferCharge{genPost(t), words}, TakeCharge{},
		Assist{How: AssistAgent, Why: "other", Name: words, Office: "社区", Phone: "0913", Basis: "委托书"},
	}).Draw(t, "command")
}
