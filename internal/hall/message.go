package hall

import (
	"cmp"
	"encoding/json"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
)

// Channels of messages.
const (
	ChannelInApp   = "inapp" // shown on the recipient's pages; sent with the commit
	ChannelSMS     = "sms"
	ChannelEmail   = "email"
	ChannelWebhook = "webhook" // to a Subscription
)

// MessageHelpWanted tells a department that somebody who writes a request alone wants help with it.
const MessageHelpWanted = "help-wanted"

// Notice is what a message's template is filled with: no personal data beyond the applicant's own name and the subject, in
// full to the applicant alone, to officials masked.
type Notice struct {
	Case    caseflow.CaseNo `json:"case"`
	Item    caseflow.Text   `json:"item"`
	Kind    string          `json:"kind,omitempty"`    // of the item, whose word for the decision the template takes
	Subject string          `json:"subject,omitempty"` // which of the recipient's cases it is; of messages in the program only
	Name    string          `json:"name"`
	Due     time.Time       `json:"due,omitzero"`
	Points  int             `json:"points,omitempty"` // of a correction
	Words   string          `json:"words,omitempty"`
	Late    bool            `json:"late,omitempty"`
	Part    caseflow.Text   `json:"part,omitzero"`   // the bundled service, the document or, of a limit, the step that is meant
	Limit   string          `json:"limit,omitempty"` // the kind of limit that is near or over
	// Pack and Version are set when the template is one of the pack's own (a notify step); Phone is the number to ask then.
	Pack    string `json:"pack,omitempty"`
	Version string `json:"version,omitempty"`
	Phone   string `json:"phone,omitempty"`
}

// messages tells those concerned what happened: the applicant on every turn of the case; an official to whom a task is given
// by name, or who is asked to take charge, or whose turn has come in a task that they hold; who asked, when the answer is there; a department that is
// asked, instructed or has let its limit run out, and the leading one when a rule has failed or help with a draft is wanted. A task that merely waits in a
// post's queue is no message: the queue shows it.
func messages(ch *store.Change, it *caseflow.Item, dec *caseflow.Decision, o outside) []store.Message {
	m := mailbag{ch: ch, it: it, c: dec.Case, outside: o, base: Notice{Case: dec.Case.No, Item: it.Name, Kind: it.Kind, Subject: ch.Row.Subject.Text, Name: dec.Case.Applicant.Name}}
	for _, e := range dec.Events {
		if r, ok := e.(caseflow.Recounted); ok {
			m.recounted(r.Reason, dec.Events)
		}
		m.event(e)
		m.official(e)
	}
	m.programs(dec.Events)
	return m.list
}

type mailbag struct {
	ch   *store.Change
	it   *caseflow.Item
	c    *caseflow.Case
	base Notice
	list []store.Message
	outside
	// silent and down hold what was said by an earlier event of the entry.
	silent, down bool
}

// event tells the applicant.
//
//house:long one case an event that the applicant is told of
func (m *mailbag) event(e caseflow.Event) {
	n := m.base
	switch e := e.(type) {
	case caseflow.Opened:
		if e.Parent != nil && m.c.Phase == caseflow.PhaseDraft {
			m.applicant("subcase-draft", n)
		}
	case caseflow.Submitted:
		if m.it.Benefit != nil { // nobody asked: see StopBegun
			return
		}
		n.Due = m.due(caseflow.ClockAcceptance)
		m.applicant("submitted", n)
	case caseflow.CorrectionRequested:
		n.Due, n.Points = m.due(caseflow.ClockCorrection), len(e.Points)
		m.applicant("correction", n)
	case caseflow.Accepted:
		if m.it.Benefit != nil {
			return
		}
		n.Due = m.due(caseflow.ClockPromised)
		if e.Silent {
			m.applicant("accepted-by-silence", n)
			return
		}
		m.applicant("accepted", n)
	case caseflow.Declined:
		n.Words = e.Ground.Text
		m.applicant("declined", n)
	case caseflow.ClockLapsed:
		k := m.c.Clock(e.Clock)
		m.silent = m.silent || e.Effect == caseflow.EffectGrant && k != nil && k.Kind != caseflow.ClockStep
	case caseflow.Decided:
		if m.silent {
			m.applicant("granted-by-silence", n)
			return
		}
		m.applicant("decided", n)
	case caseflow.PartDecided:
		if e.State == caseflow.PartRefused && e.Ground != nil && m.c.Phase != caseflow.PhaseRefused { // else all of it was refused
			n.Words = e.Ground.Text
			if p := m.it.PartByID(e.Part); p != nil {
				n.Part = p.Name
			}
			m.applicant("part-refused", n)
		}
	case caseflow.PromiseBroken:
		if n.Words = e.Reason; e.Reason == caseflow.ReasonLapsed {
			n.Words = ""
		}
		if mat := m.it.MaterialByID(e.Material); mat != nil {
			n.Part = mat.Name
		}
		m.applicant("promise-broken", n)
	case caseflow.Rejected:
		n.Words = e.Ground.Text
		m.applicant("rejected", n)
	case caseflow.Delivered:
		n.Words = e.Delivery.Waybill
		m.applicant("delivered", n)
	case caseflow.LicenceReminded:
		m.expiring(e, n)
	case caseflow.LicencesRevoked:
		n.Words = e.Ground.Text
		m.applicant("revoked", n)
	case caseflow.StopBegun:
		n.Words, n.Due = e.Stop.Reason, m.due(caseflow.StopClockID(e.Stop.ID))
		switch {
		case e.Stop.Cause == caseflow.KindPublish:
			m.applicant("published", n)
		case e.Stop.Special():
			m.applicant("stopped", n)
		case m.it.Benefit != nil:
			m.applicant("benefit", n)
		}
	case caseflow.Objected:
		m.applicant("objected", n)
	case caseflow.ObjectionAnswered:
		m.answered(e, n)
	case caseflow.LicencesCancelled:
		n.Words = string(e.By)
		m.applicant("cancelled", n)
	case caseflow.ClockMoved:
		if e.Why == "extension" && e.Clock == caseflow.ClockStatutory {
			n.Words, n.Due = e.Extended.Reason, e.Times.Due
			m.applicant("extended", n)
		}
		if e.Why == "outage" && !m.down { // one message, however many limits moved
			m.down = true
			n.Due = e.Times.Due
			m.applicant("outage", n)
		}
	case caseflow.TakenOut:
		if e.Silent {
			m.applicant("withdrawn-by-silence", n)
		}
	case caseflow.ClockWarned:
		m.warned(e, n)
	case caseflow.StepEnded:
		m.notify(e, n)
	}
}

// answered tells the applicant what became of an objection, and who objected if they have an account.
func (m *mailbag) answered(e caseflow.ObjectionAnswered, n Notice) {
	n.Words = e.Words
	m.applicant("objection-answered", n)
	p := m.c.Publication(e.Publication)
	if p == nil || e.Objection < 1 || e.Objection > len(p.Objections) {
		return
	}
	if o := p.Objections[e.Objection-1]; o.By != "" {
		m.add(ChannelInApp, o.By, "objection-to-you", Notice{Case: n.Case, Item: n.Item, Words: e.Words})
	}
}

// recounted tells that due dates moved, and why: the applicant if a limit of the whole case did, each department if one
// of its own did.
func (m *mailbag) recounted(reason string, events []caseflow.Event) {
	n := m.base
	n.Words = reason
	told := map[string]bool{}
	whole := ""
	for _, e := range events {
		moved, ok := e.(caseflow.ClockMoved)
		k := m.c.Clock(moved.Clock)
		if !ok || k == nil || moved.Was.Equal(moved.Times.Due) || moved.Why != "calendar" && moved.Why != "rule" {
			continue
		}
		if k.Kind != caseflow.ClockStep && (whole == "" || k.Kind == caseflow.ClockPromised) {
			whole = k.ID
		}
		if k.Bearer != caseflow.BearerApplicant && !told[k.Bearer] {
			told[k.Bearer] = true
			n.Due = k.Due
			m.office(k.Bearer, "recounted", n)
		}
		m.holders(k, told, n)
	}
	if whole != "" {
		n.Due = m.due(whole)
		m.applicant("recounted", n)
	}
}

// holders writes to those who have a task whose limit is the clock.
func (m *mailbag) holders(k *caseflow.Clock, told map[string]bool, n Notice) {
	for i := range m.c.Tasks {
		t := &m.c.Tasks[i]
		if who := cmp.Or(t.Holder, t.By.Person); t.Live() && !told[who] {
			if limit := limitOf(m.it, m.c, t); limit != nil && limit.ID == k.ID {
				told[who] = true
				n.Name, n.Due = "", k.Due
				m.person(who, "recounted", n)
			}
		}
	}
}

// office writes to a department, without the applicant's name: its people find the case by its number.
func (m *mailbag) office(department, template string, n Notice) {
	n.Name = ""
	m.add(ChannelInApp, DepartmentBox(department), template, n)
}

// official tells officials what has come to them.
func (m *mailbag) official(e caseflow.Event) {
	n := m.base
	n.Subject = m.ch.Row.Subject.Masked()
	switch e := e.(type) {
	case caseflow.TaskOpened:
		m.opened(&e.Task, n)
	case caseflow.TaskHandedOver:
		n.Words = e.Reason
		m.person(e.To.Person, "task-handed-over", n)
	case caseflow.ChargeOffered:
		n.Words = e.Words
		m.person(e.To, "charge-offered", n)
	case caseflow.TaskDelegated:
		n.Words = e.Ask
		m.person(e.To.Person, "task-delegated", n)
	case caseflow.TaskReturned:
		if t := m.c.Task(e.Task); t != nil {
			n.Words = e.Words
			m.person(t.Holder, "task-returned", n)
		}
	case caseflow.TaskTurn:
		if t := m.c.Task(e.Task); t != nil && !e.Wait {
			m.person(cmp.Or(t.Holder, t.By.Person), "task-turn", n)
		}
	case caseflow.TaskEnded:
		if t := m.c.Task(e.Task); t != nil && (t.Kind == caseflow.TaskOpinion || t.Kind == caseflow.TaskOrder) {
			n.Words = e.Words
			m.person(t.From, "answered", n)
		}
	case caseflow.SubcaseFailed:
		if k := m.c.ChildOf(e.Step, e.Round); k != nil && k.Detached && e.Code != caseflow.CodeBenefitsOff { // that is as the applicant or the region wants it
			m.office(m.it.Department, "detached-failed", n)
		}
	case caseflow.SubcaseEnded:
		if e.State == caseflow.ChildRevoked {
			n.Words = string(e.No)
			m.office(m.it.Department, "subcase-revoked", n)
		}
	case caseflow.StepStuck:
		m.add(ChannelInApp, DepartmentBox(m.it.Department), "stuck", n)
	case caseflow.Assisted:
		if e.Assistance.How == caseflow.AssistAsked && m.c.Phase == caseflow.PhaseDraft { // nobody sees what they write: who is asked must be told
			n.Subject = ""
			m.office(m.it.Department, MessageHelpWanted, n)
		}
	}
}

// opened tells of a new task: the person who is named, else the department that is asked or instructed.
func (m *mailbag) opened(t *caseflow.Task, n Notice) {
	n.Words, n.Due = t.Ask, m.due(caseflow.TaskClock(t.ID))
	switch t.Kind {
	case caseflow.TaskOpinion, caseflow.TaskOrder:
		if t.By.Person == "" {
			m.add(ChannelInApp, DepartmentBox(t.By.Department), "task-"+t.Kind, n)
			return
		}
		m.person(t.By.Person, "task-"+t.Kind, n)
	case caseflow.TaskObjection:
		m.add(ChannelInApp, DepartmentBox(t.By.Department), "task-objection", Notice{Case: n.Case, Item: n.Item, Due: n.Due})
	case caseflow.TaskCopy:
		m.person(t.By.Person, "task-copy", n)
	case caseflow.TaskClose:
		if t.By.Person != t.From { // who instructed is told that the answer is there
			m.person(t.By.Person, "task-close", n)
		}
	case caseflow.TaskStep:
		if t.State != caseflow.TaskWaiting {
			m.person(t.By.Person, "task-turn", n)
		}
	}
}

// person writes to one official; nobody is told of what they did themself.
func (m *mailbag) person(account, template string, n Notice) {
	if account != "" && account != m.ch.Entry.Actor.ID {
		m.add(ChannelInApp, account, template, n)
	}
}

// notify sends the message of a notify step to the applicant.
func (m *mailbag) notify(e caseflow.StepEnded, n Notice) {
	step := m.it.StepByID(e.Step)
	if step == nil || step.Kind != caseflow.KindNotify || step.Message == "" {
		return
	}
	n.Pack, n.Version, n.Phone, n.Due = m.it.Pack, m.it.Version, m.it.Contact.Ask, m.due(caseflow.ClockPromised)
	m.applicant(step.Message, n)
}

// warned tells the bearer of a clock that it is due, today or over; the applicant also that it is near.
func (m *mailbag) warned(e caseflow.ClockWarned, n Notice) {
	k := m.c.Clock(e.Clock)
	if k == nil || k.Level != e.Level || k.Kind == caseflow.ClockStop && (k.Bearer == caseflow.BearerApplicant || k.Bearer == caseflow.BearerPublic) {
		return // a lower warning that was overtaken in the same breath
	}
	n.Due, n.Late, n.Limit = k.Due, e.Late, k.Kind
	if step := m.it.StepByID(k.Step); step != nil && k.Kind == caseflow.ClockStep {
		n.Part = step.Name
	}
	template := map[caseflow.Level]string{
		caseflow.LevelSoon: "due-soon", caseflow.LevelToday: "due-today", caseflow.LevelOver: "overdue",
	}[e.Level]
	switch {
	case k.Bearer == caseflow.BearerApplicant:
		m.applicant(template, n)
	case e.Level >= caseflow.LevelToday:
		n.Subject = m.ch.Row.Subject.Masked()
		m.office(k.Bearer, template, n)
		if order := m.orderOf(k); order != nil && e.Level == caseflow.LevelOver { // who instructed follows it
			n.Name = ""
			m.person(order.From, template, n)
		}
	}
}

// orderOf is the instruction that a clock is the limit of; nil if it is none's.
func (m *mailbag) orderOf(k *caseflow.Clock) *caseflow.Task {
	for i := range m.c.Tasks {
		if t := &m.c.Tasks[i]; t.Kind == caseflow.TaskOrder && caseflow.TaskClock(t.ID) == k.ID {
			return t
		}
	}
	return nil
}

// expiring tells the holder that a licence expires: who asked for it, and the company if it is one that the case has opened.
func (m *mailbag) expiring(e caseflow.LicenceReminded, n Notice) {
	for i := range m.c.Licences {
		if l := &m.c.Licences[i]; l.No == e.No {
			n.Part, n.Due = l.Name, l.Expires.End()
		}
	}
	m.applicant("licence-expiring", n)
	if code := companyOf(m.it, m.c); code != "" && m.c.Owner != caseflow.CompanyOwner(code) {
		m.add(ChannelInApp, caseflow.CompanyOwner(code), "licence-expiring", n)
	}
}

// DepartmentBox is the recipient under which a department's messages are kept.
func DepartmentBox(department string) string { return "department:" + department }

// departmentBoxes are those that an official reads.
func departmentBoxes(by caseflow.Actor) []string {
	list := by.Duties()
	for i := range list {
		list[i] = DepartmentBox(list[i])
	}
	return list
}

func (m *mailbag) due(clock string) time.Time {
	if k := m.c.Clock(clock); k != nil {
		return k.Due
	}
	return time.Time{}
}

func (m *mailbag) add(channel, to, template string, n Notice) { m.put(channel, to, template, n) }

// put adds a message; body is encoded as it is.
func (m *mailbag) put(channel, to, template string, body any) {
	msg := store.Message{
		MessageKey: store.MessageKey{Key: m.ch.Key, Entry: m.ch.Entry.No, Index: len(m.list) + 1},
		Channel:    channel, Recipient: to, Template: template, Item: m.c.Item, Body: mustJSON(body), State: store.MessageWaiting, Next: m.ch.Entry.At,
	}
	if channel == ChannelInApp {
		msg.State, msg.Sent = store.MessageSent, m.ch.Entry.At
	}
	m.list = append(m.list, msg)
}

// mustJSON encodes plain structs of strings, numbers and times, which cannot fail.
func mustJSON(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		return []byte("null")
	}
	return data
}
