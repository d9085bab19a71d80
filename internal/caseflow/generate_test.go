package caseflow

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

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
	switch die(t, 12, "condition") {
	case 6:
		if len(before) > 0 { // fails only once the case runs
			id := string(before[0].ID)
			return failing(func(f Facts) bool { return f.Steps[id] == OutcomeAgree || f.Steps[id] == OutcomeGrant })
		}
	case 5:
		if len(before) == 0 { // of a part or a material: fails when somebody asks for help after the request was handed in
			return failing(func(f Facts) bool { return f.Applicant["help"] == "elderly" })
		}
	case 0:
		return condition(func(f Facts) bool { return f.Form["flag"] == true })
	case 1:
		return condition(func(f Facts) bool { return f.Form["flag"] != true })
	case 2:
		if len(before) > 0 {
			id := string(pick(t, before, "of step").ID)
			return condition(func(f Facts) bool { return f.Steps[id] != OutcomeDisagree && f.Steps[id] != OutcomeFail })
		}
	}
	return nil
}

var departments = []string{"hall", "market", "tax"}

// genStation is a post of a step: a pack names no persons.
func genStation(t *rapid.T) Post {
	return Post{Department: pick(t, departments, "department"),
		Role: pick(t, []string{RoleReviewer, RoleClerk}, "role")}
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
	if die(t, 10, "personal") == 0 {
		who := pick(t, people(), "person")
		p.Person = who.ID
		if die(t, 5, "at their post") > 0 {
			p.Department, p.Role = who.Department, ""
		}
	}
	return p
}

func genLimit(t *rapid.T) workday.Limit {
	return workday.Limit{N: die(t, 7, "n"), Unit: pick(t, []workday.Unit{
		workday.WorkDay, workday.WorkDay, workday.Day, workday.Hour, workday.WorkHour, workday.Month}, "unit")}
}

func genRule(t *rapid.T, id string, effects ...Effect) Rule {
	return Rule{ID: id, Limit: genLimit(t), Soon: genLimit(t), Effect: pick(t, effects, "effect")}
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
	if die(t, 4, "renewal") == 0 {
		it.Limits.Expiry = &Rule{ID: "expiry", Anchor: "form.expires", Limit: workday.Limit{Unit: workday.Day, Backward: true}, Effect: EffectGrant}
	}
	it.FirstAsked = die(t, 3, "first asked") == 0
	genOccasion(t, it)
	if rapid.Bool().Draw(t, "extension") {
		it.Extension = &Extension{Limit: genLimit(t), Role: RoleHead}
	}
	for i := range die(t, 4, "parts") {
		it.Parts = append(it.Parts, Part{ID: PartID(fmt.Sprint("p", i)), Core: die(t, 4, "core") == 0,
			When: genCondition(t, nil)})
	}
	for i := range die(t, 4, "materials") {
		m := Material{ID: fmt.Sprint("m", i), Need: pick(t, []Need{Required, Deferrable, Optional}, "need"),
			When: genCondition(t, nil)}
		if len(it.Parts) > 0 && rapid.Bool().Draw(t, "of a part") {
			m.Parts = []PartID{pick(t, it.Parts, "part").ID}
		}
		if rapid.Bool().Draw(t, "on file") {
			m.Licences, m.Fills = []string{"food-permit"}, []Fill{{Field: "form.name", From: FillHolder}}
		}
		if m.Need == Deferrable {
			m.Deferral = &Deferral{Rule: genRule(t, "deferral", EffectNone), Consequence: pick(t,
				[]Consequence{ConsequenceRecord, ConsequenceRefuse, ConsequenceRevoke}, "consequence")}
		}
		it.Materials = append(it.Materials, m)
	}
	for i := range 1 + die(t, 8, "steps") {
		it.Steps = append(it.Steps, genStep(t, it, i))
	}
	if it.Cancels != nil {
		last := Step{ID: "cancel", Kind: KindCancel, By: genStation(t)}
		for _, s := range it.Steps {
			last.Needs = append(last.Needs, s.ID)
		}
		it.Steps = append(it.Steps, last)
	}
	return it
}

func genStep(t *rapid.T, it *Item, i int) Step {
	s := Step{ID: StepID(fmt.Sprint("s", i)), By: genStation(t), When: genCondition(t, it.Steps), Check: genCondition(t, it.Steps),
		Kind: pick(t, []string{KindReview, KindReview, KindDecide, KindDecide, KindCheck, KindIssue, KindNotify,
			KindDeliver, KindSubcase, KindPublish, KindWait}, "kind"),
		Sign: pick(t, []Sign{SignAll, SignAny, SignOrder, ""}, "sign")}
	for _, earlier := range it.Steps {
		if rapid.Bool().Draw(t, "needs") {
			s.Needs = append(s.Needs, earlier.ID)
		}
	}
	if len(it.Parts) > 0 && die(t, 4, "has part") > 0 {
		s.Part = pick(t, it.Parts, "part").ID
	}
	for range die(t, 4, "signers") {
		s.Signers = append(s.Signers, genStation(t))
	}
	if s.Timed() || rapid.Bool().Draw(t, "within") {
		rule := genRule(t, "step", EffectNone, EffectNone, EffectGrant)
		s.Within = &rule
	}
	if s.Kind == KindPublish {
		s.Publish = genPublish(t)
	}
	if len(it.Steps) > 0 && die(t, 6, "other than") == 0 {
		s.OtherThan = []StepID{it.Steps[0].ID}
	}
	if s.Kind == KindReview && rapid.Bool().Draw(t, "own outcomes") {
		s.Outcomes = []Outcome{{ID: "fit"}, {ID: OutcomeAgree}, {ID: "unfit", Refuse: true}}
	}
	if die(t, 4, "has fields") == 0 {
		s.Consults = pick(t, []string{"", "", ConsultCredit}, "consults")
		s.Fields = []Field{{Name: "note", Required: rapid.Bool().Draw(t, "required")}, {Name: "sum"}}
	}
	if s.Kind == KindSubcase {
		s.Subcase = &Subcase{Item: "other", Form: []Carry{{To: "asked.name", From: "form.name"}, {To: "asked.note", From: "data.s0.note"}}}
	}
	if s.Kind == KindIssue {
		s.Result = &Result{Licence: "permit", Numbering: pick(t, []string{NumberCreditCode, "serial"}, "numbering"),
			Shows: []Datum{{Key: "name", From: "form.name"}, {Key: "sum", From: "data.s0.sum"}}}
		if rapid.Bool().Draw(t, "expires") {
			s.Result.Valid = &workday.Limit{N: rapid.IntRange(40, 90).Draw(t, "valid"), Unit: workday.Day}
		}
	}
	return s
}

// people are all who might give a command.
func people() []Actor {
	list := []Actor{owner, clerk, chief, overseer, system, director, visitor, {ID: "bearer", Kind: ActorBearer},
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
		by := w.owner
		if w.c.Channel != ChannelOnline {
			by = clerk
		}
		if die(t, 6, "answers") == 0 {
			return by, SaveDraft{Data: fmt.Appendf(nil, `{"flag":%t,"name":"渭南某某有限公司"}`, rapid.Bool().Draw(t, "flag"))}
		}
		for _, m := range w.c.Materials {
			if m.State == MaterialMissing && rapid.Bool().Draw(t, "hand in") {
				if w.it.MaterialByID(m.ID).Need == Deferrable {
					return by, Defer{Material: m.ID, Signed: "王秀英"}
				}
				return by, Attach{Material: m.ID, File: genFile(t)}
			}
			if n := len(m.Files); n > 0 && die(t, 4, "rearrange") == 0 {
				other := m.Files[rapid.IntRange(0, n-1).Draw(t, "other")].Hash
				if rapid.Bool().Draw(t, "replace") {
					if rapid.Bool().Draw(t, "join") {
						return by, Attach{Material: m.ID, File: genFile(t), Joins: hashesOf(m.Files)}
					}
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
		if w.c.Correction == nil && die(t, 6, "to be mended") == 0 {
			return clerk, RequestCorrection{Points: []CorrectionPoint{{Field: "name", Words: "请写全称"}}}
		}
		if w.c.Assistance == nil && die(t, 12, "help") == 0 {
			return clerk, Assist{How: AssistOfficial, Why: "elderly", Post: Post{Department: "hall", Role: RoleClerk}}
		}
		return clerk, Accept{}
	}
	if by, cmd := w.aside(t); cmd != nil {
		return by, cmd
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
		return system, RecordSubcase{Step: k.Step, Round: k.Round, No: k.No, State: pick(t, ChildEnds(), "end")}
	}
	if len(live) == 0 {
		return system, Tick{}
	}
	task := pick(t, live, "task")
	by := w.whoFor(t, task)
	if task.Delegator == "" && task.Kind == TaskStep && die(t, 5, "finish") < 2 {
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
	switch e.Kind {
	case ErrandTell:
		return TellParent{e.End}
	case ErrandCancel:
		return RecordCancel{Step: w.c.Cancels.Step, Round: w.c.Cancels.Round,
			Code: pick(t, []string{"", "", CodeNoLicence}, "cannot be ended")}
	}
	r := RecordSubcase{Step: e.Child.Step, Round: e.Child.Round, No: e.Child.No, State: ChildLeft}
	if e.Kind == ErrandOpen {
		r.State, r.No = ChildOpen, "610502-20261123-000099"
		if die(t, 4, "cannot be opened") == 0 {
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
	return pick(t, fit, "who")
}

// finish ends a task in one of the ways its kind has.
func (w *world) finish(t *rapid.T, task Task) Command {
	words := "说明"
	if task.Kind == TaskJudge {
		choices := w.c.step(task.Step).Stuck.Choices()
		return Complete{Task: task.ID, Outcome: pick(t, choices, "judgement").ID, Words: words}
	}
	if task.Kind == TaskObjection {
		return Complete{Task: task.ID, Outcome: pick(t, ObjectionOutcomes(), "answer").ID, Words: words}
	}
	if task.Kind == TaskClose {
		return Complete{Task: task.ID, Outcome: pick(t, ClosingChoices(), "closing").ID, Words: words}
	}
	data := json.RawMessage(`{"note":"好", "sum":12345678901234567890}`)
	def := w.it.StepByID(task.Step)
	if def == nil || task.Kind != TaskStep || task.Delegator != "" {
		return Complete{Task: task.ID, Words: words}
	}
	if len(def.Fields) == 0 {
		data = nil
	}
	bad := die(t, 5, "bad") == 0
	switch {
	case def.Kind == KindDecide && bad:
		return Refuse{Task: task.ID, Ground: "no", Words: words}
	case def.Kind == KindDecide:
		return Grant{Task: task.ID, Data: data}
	case def.Kind == KindDeliver:
		return Deliver{Task: task.ID, How: "window", Receiver: "王秀英"}
	}
	out := pick(t, def.Choices(), "outcome")
	return Complete{Task: task.ID, Outcome: out.ID, Words: words, Ground: "no", Data: data}
}

// act is something a holder may do beside finishing.
func (w *world) act(t *rapid.T, id int) Command {
	step := w.it.Steps[rapid.IntRange(0, len(w.it.Steps)-1).Draw(t, "step")].ID
	return pick(t, []Command{
		Claim{id}, Release{id}, RemoveSigner{id}, SendBack{Task: id, To: w.doneStep(t), Reason: "退回"},
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
	}, "act")
}

func genFile(t *rapid.T) File {
	return File{Hash: strings.Repeat(fmt.Sprintf("%02x", die(t, 31, "hash")), 32), Name: "a.png", Bytes: 9, Type: "image/png"}
}

func hashesOf(files []File) []string {
	var list []string
	for _, f := range files {
		list = append(list, f.Hash)
	}
	return list
}
