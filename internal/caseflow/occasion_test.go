package caseflow

import (
	"encoding/json"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/workday"
	"pgregory.net/rapid"
)

// What random items and cases have beside a plain flow: names, renewals, licences that end, notices, parents.

const company = "91610131MA6U00005F"

// director acts for the company that asks.
var director = Actor{ID: "u3", Kind: ActorCitizen, Name: "李建国", For: CompanyOwner(company),
	Document: ident.Document{Type: ident.DocResidentID, No: "610502198803120111"}, Verified: true}

var firm = Party{Kind: KindOrganisation, Name: "渭南某某有限公司", Document: ident.Document{Type: ident.DocCreditCode, No: company}}

// businessLicence is what the company holds, so that it can be renewed and ended.
func businessLicence(expires workday.Date) Held {
	return Held{No: company, Kind: "business-licence", State: LicenceValid, Region: "610502", Case: "610502-20250101-000001",
		Expires: expires, Holder: firm.Name, Data: json.RawMessage(`{}`)}
}

// genOccasion gives an item, now and then, what few items have.
func genOccasion(t *rapid.T, it *Item) {
	switch die(t, 10, "occasion") {
	case 0:
		it.Cancels = &Cancels{Licence: "business-licence", Basis: Basis{"市场主体登记管理条例", "33"}}
	case 1:
		keeps := workday.Limit{N: 2, Unit: workday.Month}
		it.Naming = &Naming{Name: "form.name", Industry: "form.industry", Region: "form.region", Keeps: &keeps}
	case 2:
		it.Instant = true
	case 3:
		it.Benefit = &Benefit{Fen: 300_00}
	case 4:
		it.Renews = &Renews{Licence: "business-licence", No: "form.old"}
		apply := Rule{ID: "apply", Anchor: "form.expires", Limit: workday.Limit{N: 20, Unit: workday.Day, Backward: true},
			Effect: pick(t, []Effect{EffectNone, EffectRefuse}, "too late")}
		it.Limits.Apply = &apply
		it.Limits.Expiry = &Rule{ID: "expiry", Anchor: "form.expires", Limit: workday.Limit{Unit: workday.Day, Backward: true}, Effect: EffectGrant}
	}
}

func genPublish(t *rapid.T) *Publish {
	return &Publish{Objection: pick(t, []string{ObjectionEnds, ObjectionWaits}, "objection"), Ground: "no",
		Shows: []Datum{{Key: "name", From: "form.name"}}, Answer: genRule(t, "answer", EffectNone)}
}

func genObject(t *rapid.T, notice int, words string) Object {
	return Object{Notice: notice, Words: words, Name: "何建国", Contact: pick(t, []string{"13800138099", "13800138098", "x"}, "contact")}
}

// opening is how the case begins, and by whom: by the applicant, at a window, by an agent of a company, or for a step of another case.
func (w *world) opening(t *rapid.T) (Actor, Command) {
	switch {
	case w.it.Benefit != nil || w.it.Cancels == nil && w.it.Naming == nil && die(t, 8, "child") == 0:
		return system, OpenSubcase{Item: w.it.ID, Channel: ChannelOnline, Applicant: applicant, Owner: owner.ID,
			Form: []byte(`{"name":"某某"}`), Parent: Parent{Case: "610502-20261123-000077", Step: "s0", Round: 1}}
	case w.it.Cancels != nil:
		w.owner = director
		agent := Party{Kind: "person", Name: director.Name, Document: director.Document, Basis: AgentBases()[0]}
		return director, Open{Item: w.it.ID, Channel: ChannelOnline, Applicant: firm, Agent: &agent}
	case rapid.Bool().Draw(t, "at window"):
		open := Open{Item: w.it.ID, Channel: ChannelWindow, Applicant: applicant, Owner: owner.ID}
		if die(t, 4, "no account") == 0 {
			open.Owner = ""
		}
		return clerk, open
	}
	return owner, Open{Item: w.it.ID, Channel: ChannelOnline, Applicant: applicant}
}

// typed is what the form of the case asks for, and that somebody types first.
func (w *world) typed(t *rapid.T) map[string]any {
	form := map[string]any{}
	if w.it.Limits.Expiry != nil {
		expires := workday.DateOf(w.now) + workday.Date(1+die(t, 30, "expires"))
		form["expires"] = expires.String()
		if w.it.Renews != nil && rapid.Bool().Draw(t, "known") {
			form["old"] = company
			w.held = append(w.held, businessLicence(expires))
		}
	}
	if w.it.Cancels != nil {
		w.held = append(w.held, businessLicence(0))
	}
	if w.it.Naming != nil {
		form["name"] = "渭南某某有限公司"
	}
	return form
}

// named are the facts of the name that the form asks for, as the store would know them.
func (w *world) named() *NameFacts {
	if w.c == nil {
		return nil
	}
	asked, ok := w.it.Naming.Asks(w.c.Form, "610502")
	if !ok {
		return nil
	}
	return &NameFacts{Asked: asked, Held: NameHeld{Name: asked.Name, Trade: "某某"}}
}

// licence is the number of one that the case has granted; "" if it has none.
func (w *world) licence() string {
	if w.c == nil || len(w.c.Licences) == 0 {
		return ""
	}
	return w.c.Licences[0].No
}

// aside is what somebody who is not asked to does, now and then: objects, ends a licence, recalls a child, rates, looks.
func (w *world) aside(t *rapid.T) (Actor, Command) {
	roll := die(t, 12, "aside")
	for i := range w.c.Publications {
		if p := &w.c.Publications[i]; p.State == PublicationRunning && roll < 4 {
			by := pick(t, []Actor{visitor, {ID: "u2", Kind: ActorCitizen, Name: "李四"}, clerk}, "objects")
			cmd := genObject(t, p.No, "货款没有还")
			if by.Kind == ActorOfficial {
				cmd.Contact = ""
			}
			return by, cmd
		}
	}
	switch charge := w.c.Charge; {
	case charge != nil && charge.Offered != "" && roll < 4:
		return person(charge.Offered), TakeCharge{}
	case charge != nil && roll == 4:
		to := pick(t, []string{"hall1", "market1"}, "takes over")
		return person(charge.Person), OfferCharge{Post{Department: person(to).Department, Person: to}, "请接手"}
	case w.c.Parent != nil && roll == 5 && die(t, 4, "recalled") == 0:
		return system, Recall{}
	case len(w.c.Licences) > 0 && roll == 6 && !w.now.Before(w.c.Licences[0].Issued.AddDate(0, 0, 10)):
		return system, CancelLicences{No: w.licence(), By: "610502-20261123-000098"}
	case len(w.c.Licences) > 0 && roll == 7:
		return chief, Revoke{"以欺骗手段取得", Basis{"行政许可法", "69"}}
	case w.c.Phase == PhaseRunning && w.it.Extension != nil && roll == 9:
		return chief, Extend{"案情复杂"}
	case roll == 3 && w.signature() != nil:
		return person(w.signature().DoneBy), TakeBack{w.signature().Step, "看错了"}
	case w.c.Stopped() != nil && roll == 10:
		return overseer, ResumeClock{}
	case roll == 11 && w.question() != 0:
		return overseer, WithdrawQuestion{w.question(), "不需要了"}
	case w.c.Owner == "" && roll == 8:
		return Actor{ID: "bearer", Kind: ActorBearer}, Rate{Channel: w.c.Channel, Level: 5}
	case len(w.c.Licences) > 0 && roll >= 9 && !w.c.Phase.Open():
		w.now = w.now.AddDate(0, 0, rapid.IntRange(5, 40).Draw(t, "later"))
		return system, Tick{}
	}
	return Actor{}, nil
}

// question is an opinion that was asked for and has not come; 0 if there is none.
func (w *world) question() int {
	for _, task := range w.c.Tasks {
		if task.Kind == TaskOpinion && task.Live() {
			return task.ID
		}
	}
	return 0
}

// signature is one that was given on a step that waits for others to sign, or that is done; nil if there is none.
func (w *world) signature() *Task {
	for i := range w.c.Tasks {
		if task := &w.c.Tasks[i]; task.Kind == TaskStep && task.State == TaskDone {
			return task
		}
	}
	return nil
}

// person finds one of the people by account.
func person(id string) Actor {
	for _, a := range people() {
		if a.ID == id {
			return a
		}
	}
	return Actor{}
}

// renewedBy says, half of the time, that another licence took the place of the first one of the case.
func (w *world) renewedBy() map[string]string {
	if no := w.licence(); no != "" && w.now.Unix()/3600%2 == 0 {
		return map[string]string{no: "new"}
	}
	return nil
}

// checkNotices: a notice runs exactly as long as its step waits for its time, and each objection that is open has its task.
func (w *world) checkNotices(fail func(string, ...any)) {
	for i := range w.c.Publications {
		p := &w.c.Publications[i]
		s := w.c.step(p.Step)
		now := s.State == StepReady && s.Round == p.Round && w.c.Phase.Open()
		if p.State == PublicationRunning && !now || p.State == PublicationOver && now && p.Open() == 0 {
			fail("notice %d is %s, its step %s in round %d", p.No, p.State, s.State, s.Round)
		}
		if stop := w.c.StoppedAt(p.Step); p.State == PublicationRunning && (stop == nil || stop.ID != p.Stop) {
			fail("notice %d runs without its stop", p.No)
		}
		if (p.State == PublicationRunning) != p.Ended.IsZero() {
			fail("notice %d is %s, ended %v", p.No, p.State, p.Ended)
		}
		for _, o := range p.Objections {
			if task := w.c.Task(o.Task); task == nil || task.Kind != TaskObjection || task.Live() != (o.State == ObjectionOpen) {
				fail("objection %d is %s, its task %+v", o.ID, o.State, task)
			}
		}
	}
}

// checkTimed: a step that only lets time pass waits for its time, or for the answers to what was held against it.
func (w *world) checkTimed(def *Step, s *StepState, fail func(string, ...any)) {
	if w.c.StoppedAt(def.ID) != nil {
		return
	}
	for i := range w.c.Publications {
		if p := &w.c.Publications[i]; p.Step == def.ID && p.Round == s.Round && p.State == PublicationOver && p.Open() > 0 {
			return
		}
	}
	fail("step %s waits for nothing", def.ID)
}

// checkCancel: what is to be ended is, only while its step waits for it.
func (w *world) checkCancel(fail func(string, ...any)) {
	k := w.c.Cancels
	if k == nil {
		return
	}
	s := w.c.step("cancel")
	waits := s.State == StepReady && s.Stuck == ""
	if w.c.Phase.Open() && waits != (k.State == CancelAsked) {
		fail("licence %s is %s, its step %s %q", k.No, k.State, s.State, s.Stuck)
	}
}
