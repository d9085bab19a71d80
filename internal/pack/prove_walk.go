package pack

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/workday"
)

// commands decodes the command of each verb that a person can give.
var commands = map[string]func([]byte) (caseflow.Command, error){
	"open":               as[caseflow.Open],
	"save-draft":         as[caseflow.SaveDraft],
	"attach":             as[caseflow.Attach],
	"detach":             as[caseflow.Detach],
	"seen-paper":         as[caseflow.SeenPaper],
	"use-licence":        as[caseflow.UseLicence],
	"defer":              as[caseflow.Defer],
	"submit":             as[caseflow.Submit],
	"accept":             as[caseflow.Accept],
	"decline":            as[caseflow.Decline],
	"request-correction": as[caseflow.RequestCorrection],
	"correct":            as[caseflow.Correct],
	"claim":              as[caseflow.Claim],
	"release":            as[caseflow.Release],
	"complete":           as[caseflow.Complete],
	"grant":              as[caseflow.Grant],
	"refuse":             as[caseflow.Refuse],
	"ask-opinion":        as[caseflow.AskOpinion],
	"withdraw-question":  as[caseflow.WithdrawQuestion],
	"add-signer":         as[caseflow.AddSigner],
	"remove-signer":      as[caseflow.RemoveSigner],
	"hand-over":          as[caseflow.HandOver],
	"delegate":           as[caseflow.Delegate],
	"copy-to":            as[caseflow.CopyTo],
	"send-back":          as[caseflow.SendBack],
	"take-back":          as[caseflow.TakeBack],
	"extend":             as[caseflow.Extend],
	"stop-clock":         as[caseflow.StopClock],
	"resume-clock":       as[caseflow.ResumeClock],
	"fulfil-commitment":  as[caseflow.FulfilCommitment],
	"break-commitment":   as[caseflow.BreakCommitment],
	"withdraw":           as[caseflow.Withdraw],
	"deliver":            as[caseflow.Deliver],
	"revoke":             as[caseflow.Revoke],
	"rate":               as[caseflow.Rate],
	"supervise":          as[caseflow.Supervise],
	"note":               as[caseflow.Note],
	"consult":            as[caseflow.Consult],
	"offer-charge":       as[caseflow.OfferCharge],
	"take-charge":        as[caseflow.TakeCharge],
	"object":             as[caseflow.Object],
	"assist":             as[caseflow.Assist],
	"tick":               as[caseflow.Tick],
}

func as[T caseflow.Command](text []byte) (caseflow.Command, error) {
	var c T
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	err := dec.Decode(&c)
	return c, err
}

// Command is the command of an act, with the number of the live task of its step where it has one, the file that was
// uploaded for it, and its sample answers. It fails on an unknown verb, on fields that the command does not have, and for look, which is none.
func (w *Walk) Command(a *Act, task int, file *caseflow.File) (caseflow.Command, error) {
	parse := commands[a.Do]
	if parse == nil {
		return nil, fmt.Errorf("no command is called %q", a.Do)
	}
	body := map[string]any{}
	if len(a.With) > 0 {
		if err := json.Unmarshal(a.With, &body); err != nil {
			return nil, err
		}
	}
	if a.Step != "" && a.Do != "take-back" && task > 0 {
		body["task"] = task
	}
	switch {
	case file == nil:
	case a.Do == "fulfil-commitment":
		body["files"] = []*caseflow.File{file}
	default:
		body["file"] = file
	}
	if a.Form != "" {
		body["data"] = w.Forms[a.Form]
	}
	text, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	return parse(text)
}

// When is the instant of an act that follows one at before.
func (a *Act) When(before time.Time, cal *workday.Calendar) (time.Time, error) {
	if a.After != nil {
		return cal.Due(before, *a.After).At, nil
	}
	if a.At == "" {
		return before, nil
	}
	text := a.At
	if !strings.Contains(text, " ") {
		text = before.In(workday.Shanghai).Format("2006-01-02 ") + text
	}
	t, err := time.ParseInLocation("2006-01-02 15:04", text, workday.Shanghai)
	return t.UTC(), err
}

// Begin is the instant at which the virtual clock stands first.
func (w *Walk) Begin() (time.Time, error) {
	t, err := time.ParseInLocation("2006-01-02 15:04", w.Start, workday.Shanghai)
	return t.UTC(), err
}

// Account finds somebody who acts; nil if there is nobody of that id.
func (w *Walk) Account(id string) *Account {
	i := slices.IndexFunc(w.Accounts, func(a Account) bool { return a.ID == id })
	if i < 0 {
		return nil
	}
	return &w.Accounts[i]
}

// walk proves that the scenario speaks of what the pack has, in the order of time, and shows every number of the practice.
func (p *prover) walk() {
	w, doc := p.Walk, p.documents["walk.yaml"]
	p.unique(doc, "accounts", "scenes")
	now, err := w.Begin()
	if err != nil {
		p.add(doc, "walk.time", "start is no instant that exists", "write it as 2026-04-03 09:00", "start")
	}
	phones := map[string]bool{}
	for i, a := range w.Accounts {
		p.account(doc, i, &a, phones, now)
		if a.Kind != caseflow.ActorOfficial {
			continue
		}
		p.department(doc, a.Department, "accounts", index(i), "department")
		for j, r := range a.Roles {
			if !p.hasRole(r) {
				p.add(doc, "role.unknown", fmt.Sprintf("there is no role %q", r), "add it under roles in pack.yaml, or correct the id", "accounts", index(i), "roles", index(j))
			}
		}
	}
	shown := map[string]bool{}
	for i := range w.Scenes {
		now = p.scene(doc, i, now, shown)
	}
	manifest := p.documents["pack.yaml"]
	for i, f := range p.Facts {
		if strings.Contains(f.ID, "-R") && !shown[f.ID] {
			p.add(manifest, "walk.unproved", fmt.Sprintf("no scene of walk.yaml shows the number %s", f.ID), "add a scene that expects it, with proves: ["+f.ID+"]", "facts", index(i))
		}
	}
}

// account proves that the walk can add an account: a citizen signs in with a mobile phone of their own and has a valid document,
// an official has a region and a role.
func (p *prover) account(doc *document, i int, a *Account, phones map[string]bool, now time.Time) {
	fail := func(what, mend string, key ...string) {
		p.add(doc, "walk.account", fmt.Sprintf("the account %q %s", a.ID, what), mend, append([]string{"accounts", index(i)}, key...)...)
	}
	if _, err := ident.Name(a.Name); err != nil {
		fail("has a name that nobody can have: "+said(err), "write a name of Chinese or Latin letters", "name")
	}
	if a.Region != "" {
		if _, ok := ident.RegionByCode(a.Region); !ok {
			fail("is of the region "+a.Region+", which GB/T 2260 does not have", "write the six digits of a region", "region")
		}
	}
	if a.Kind == caseflow.ActorOfficial {
		if a.Region == "" || len(a.Roles) == 0 || a.Department == "" {
			fail("is an official without department, role or region", `add department: …, roles: […], region: "610500"`)
		}
		return
	}
	phone, err := ident.ParsePhone(a.Phone)
	switch {
	case err != nil || phone.Kind != ident.PhoneMobile:
		fail("is a citizen without a mobile phone, with which citizens sign in", `add phone: "13800138001"`)
	case phones[phone.E164]:
		fail("has the phone of another account", "give every citizen a phone of their own", "phone")
	}
	phones[phone.E164] = true
	if _, err := ident.Check(a.Document, now); err != nil {
		fail("is a citizen without a valid document: "+said(err), `add document: {docType: resident-id, docNo: "…"} with a right check digit`)
	}
	if a.Department != "" || len(a.Roles) > 0 {
		fail("is a citizen with a department or roles", "remove them, or write kind: official")
	}
}

// said is what a fault of an identifier says in English.
func said(err error) string {
	var f *ident.Fault
	if errors.As(err, &f) {
		return f.Text("en")
	}
	return err.Error()
}

func (p *prover) scene(doc *document, i int, now time.Time, shown map[string]bool) time.Time {
	s := &p.Walk.Scenes[i]
	for j, id := range s.Proves {
		shown[id] = true
		if !slices.ContainsFunc(p.Facts, func(f Fact) bool { return f.ID == id }) {
			p.add(doc, "walk.fact", fmt.Sprintf("pack.yaml has no fact %s", id), "add it under facts in pack.yaml, or correct the id", "scenes", index(i), "proves", index(j))
		}
	}
	if p.items[s.Item] == nil {
		p.add(doc, "item.unknown", fmt.Sprintf("the pack has no item %q", s.Item), "correct the id", "scenes", index(i), "item")
		return now
	}
	for j := range s.Acts {
		a := &s.Acts[j]
		at := []string{"scenes", index(i), "acts", index(j)}
		then, err := a.When(now, workday.National())
		switch {
		case err != nil:
			p.add(doc, "walk.time", fmt.Sprintf("%q is no instant that exists", a.At), "write it as 2026-04-03 09:00 or 09:00", append(at, "at")...)
		case then.Before(now):
			p.add(doc, "walk.time", fmt.Sprintf("the act is at %s, before the one above it at %s", moment(then), moment(now)), "put the acts in the order of time", append(at, "at")...)
		default:
			now = then
		}
		p.act(doc, s, a, at)
	}
	return now
}

// act proves what one act names.
func (p *prover) act(doc *document, s *Scene, a *Act, at []string) {
	fail := func(code, what, mend string, key ...string) {
		p.add(doc, code, what, mend, append(slices.Clone(at), key...)...)
	}
	if a.Do == DoCall {
		p.call(a, fail)
		return
	}
	b := p.caseOf(s, a.Case)
	if b == nil {
		fail("walk.case", fmt.Sprintf("no step of the case %q is done by a case of its own", a.Case), "write <case>/<step> with a step of kind subcase", "case")
		return
	}
	idle := a.Do == "look" || a.Do == "tick" || a.Do == caseflow.Object{}.Verb()
	if a.Who == "" && !idle || a.Who != "" && p.Walk.Account(a.Who) == nil {
		fail("walk.who", fmt.Sprintf("nobody is called %q", a.Who), "write the id of one of the accounts", "who")
	}
	if a.Step != "" && b.item.StepByID(a.Step) == nil {
		fail("walk.step", fmt.Sprintf("the item has no step %q", a.Step), "correct the id", "step")
	}
	if _, ok := p.Walk.Forms[a.Form]; a.Form != "" && !ok {
		fail("walk.form", fmt.Sprintf("walk.yaml has no sample answers %q", a.Form), "add them under forms, or correct the name", "form")
	}
	if !slices.Contains([]string{"look", DoPapers, DoTurn, DoLine}, a.Do) {
		if _, err := p.Walk.Command(a, 1, nil); err != nil {
			fail("walk.command", fmt.Sprintf("the command %q cannot be given so: %v", clip(a.Do), err), "use a verb of the core and the fields that its command has", "do")
		}
	}
	if (a.Do == "attach" || a.Do == "fulfil-commitment") && a.File == nil {
		fail("walk.file", "the act hands in no file", "add file: {name: …, type: …}", "do")
	}
	if e := a.Expect; e != nil {
		p.expect(b, e, fail)
	}
}

// call proves what can be known of a call without the API that it calls.
func (p *prover) call(a *Act, fail func(code, what, mend string, key ...string)) {
	if a.Operation == "" {
		fail("walk.call", "nothing says what is called", "add operation: with the id of an operation of the API", "do")
	}
	if a.Who != "" && p.Walk.Account(a.Who) == nil {
		fail("walk.who", fmt.Sprintf("nobody is called %q", a.Who), "write the id of one of the accounts, or leave it out for somebody who has not signed in", "who")
	}
	if a.List != nil && len(a.With) > 0 {
		fail("walk.call", "the call has two bodies", "keep with or list", "with")
	}
	if a.Opens != "" && a.Case == "" {
		fail("walk.call", "the case that the answer names gets no name here", "add case: with a name", "opens")
	}
}

// caseOf is the item of a case of a scene: that with which it is opened there, or of the step whose work the case does; nil if
// there is none.
func (p *prover) caseOf(s *Scene, name string) *itemBuild {
	parent, step, child := ChildOf(name)
	if !child {
		return p.items[s.itemOf(name)]
	}
	b := p.caseOf(s, parent)
	if b == nil {
		return nil
	}
	if s := b.item.StepByID(step); s != nil && s.Subcase != nil {
		return p.items[s.Subcase.Item]
	}
	return nil
}

// expect proves that an expectation speaks of what the item has.
func (p *prover) expect(b *itemBuild, e *Expect, fail func(code, what, mend string, key ...string)) {
	for id := range e.Steps {
		if b.item.StepByID(id) == nil {
			fail("walk.step", fmt.Sprintf("the item has no step %q", id), "correct the id", "expect", "steps", string(id))
		}
	}
	for id := range e.Tasks {
		if b.item.StepByID(id) == nil {
			fail("walk.step", fmt.Sprintf("the item has no step %q", id), "correct the id", "expect", "tasks", string(id))
		}
	}
	for id := range e.Parts {
		if b.item.PartByID(id) == nil {
			fail("part.unknown", fmt.Sprintf("the item has no part %q", id), "correct the id", "expect", "parts", string(id))
		}
	}
	for id := range e.Material {
		if b.item.MaterialByID(id) == nil {
			fail("material.unknown", fmt.Sprintf("the item has no material %q", id), "correct the id", "expect", "material", id)
		}
	}
	for i, id := range e.Messages {
		if p.papers[id] == nil {
			fail("template.unknown", fmt.Sprintf("pack.yaml has no template %q", id), "correct the id", "expect", "messages", index(i))
		}
	}
	for i, id := range e.Licences {
		if !slices.ContainsFunc(p.Licences, func(k LicenceKind) bool { return k.ID == id }) {
			fail("licence.unknown", fmt.Sprintf("pack.yaml has no licence %q", id), "correct the id", "expect", "licences", index(i))
		}
	}
}
