package desk

import (
	"net/url"
	"slices"
	"strings"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/web/form"
	"github.com/tongban/tongban/internal/web/ui"
)

// questions collects what an act asks for.
type questions struct {
	*scene
	o      offer
	p      *page
	typed  answers
	list   []ui.Field
	points []pointGroup // of a correction notice
}

// T is a text in the language of the page.
func (q *questions) T(key string, args ...any) string { return q.p.T(key, args...) }

// add appends a field with what was typed for it.
func (q *questions) add(f ui.Field) {
	if f.Label == "" {
		f.Label = q.T("desk.ask." + f.Name)
	}
	if f.Kind == ui.KindCheckbox {
		f.Values = q.typed[f.Name]
	} else if typed, ok := q.typed[f.Name]; ok && len(typed) > 0 {
		f.Value = typed[0]
	}
	if f.Narrows {
		form.Narrow(&f, url.Values(q.typed), q.p.Lang)
	}
	q.list = append(q.list, f)
}

// words asks for free text, with common phrases to choose from instead.
func (q *questions) words(label string, required bool, phrases ...string) {
	q.add(ui.Field{Kind: ui.KindTextarea, Name: "words", Label: q.T(label), Optional: !required, Lines: 3, Max: caseflow.MaxWords})
	if len(phrases) == 0 {
		return
	}
	f := ui.Field{Kind: ui.KindSelect, Name: "words.phrase", Label: q.T("desk.ask.phrase"), Hint: q.T("desk.ask.phrase-hint"), Optional: true}
	for _, key := range phrases {
		text := q.T("desk.phrase." + key)
		f.Options = append(f.Options, ui.Option{Value: text, Label: text})
	}
	q.add(f)
}

func (q *questions) post(roles ...string) {
	q.add(ui.Field{Kind: ui.KindSelect, Name: "to", Narrows: true, Options: q.p.posts(q.c.Region, roles)})
}

// people are the officials of posts, without the posts as such.
func (q *questions) people(roles ...string) []ui.Option {
	return slices.DeleteFunc(q.p.posts(q.c.Region, roles), func(o ui.Option) bool { return readPost(o.Value).Person == "" })
}

// workdays asks for a number of working days.
func (q *questions) workdays(name, standard string) {
	q.add(ui.Field{Kind: ui.KindNumber, Name: name, Value: standard, Unit: q.T("desk.workdays"), Width: "short"})
}

func askReason(q *questions) { q.words("desk.ask.reason", true) }

// askWithdraw asks why; of a draft nobody needs to know.
func askWithdraw(q *questions) {
	if q.c.Phase != caseflow.PhaseDraft {
		q.words("desk.ask.reason", false)
	}
}

// askRecuse asks what stands in the way of handling the case.
func askRecuse(q *questions) {
	why := ui.Field{Kind: ui.KindRadio, Name: "relation"}
	for _, r := range caseflow.Relations() {
		why.Options = append(why.Options, ui.Option{Value: r, Label: q.T("desk.ask.recuse." + r)})
	}
	q.add(why)
	q.words("desk.ask.reason", false)
}

func askNote(q *questions) { q.words("desk.ask.note", true) }

// stepFields asks for the data that the signer of the task's step fills in.
func (q *questions) stepFields() {
	fields := q.signerFields(q.o)
	finds := form.Searches(fields, url.Values(q.typed))
	for i := range fields {
		f := &fields[i]
		x := ui.Field{Kind: f.Widget, Name: f.Name, Label: f.Label.In(q.p.Lang), Hint: f.Hint.In(q.p.Lang), Optional: !f.Required}
		if name, ok := strings.CutPrefix(f.Preset, "form."); ok {
			x.Value, _ = q.answer(name).(string)
		}
		for _, o := range f.Options {
			x.Options = append(x.Options, ui.Option{Value: o.Value, Label: o.Label.In(q.p.Lang), Hint: o.Hint.In(q.p.Lang)})
		}
		q.add(x)
		if form.Lists(f.Widget) {
			finds.Show(&q.list[len(q.list)-1], q.p.Lang)
		}
	}
}

func askGrant(q *questions) {
	q.stepFields()
	q.words("desk.ask.opinion", false, "grant-1", "grant-2", "grant-3")
}

// askComplete asks for the outcome of a review, or for the answer to an opinion, an order, a copy or a callback.
func askComplete(q *questions) {
	t := q.c.Task(q.o.Task)
	if t == nil {
		return
	}
	choices, why := q.judged(t), "desk.ask.reason"
	if t.Kind == caseflow.TaskClose {
		choices, why = caseflow.ClosingChoices(), "desk.ask.closing"
	}
	if len(choices) > 0 {
		outcome := ui.Field{Name: "outcome", Kind: ui.KindRadio}
		for _, o := range choices {
			outcome.Options = append(outcome.Options, ui.Option{Value: o.ID, Label: o.Name.In(q.p.Lang)})
		}
		q.add(outcome)
		q.words(why, true)
		return
	}
	if t.Kind != caseflow.TaskStep || t.Delegator != "" {
		phrases := []string{"answer-1", "answer-2", "answer-3"}
		if t.Kind == caseflow.TaskOrder {
			phrases = nil // what was done is told, not whether one agrees
		}
		q.words("desk.ask.answer", t.Kind != caseflow.TaskCopy, phrases...)
		return
	}
	def := q.it.StepByID(t.Step)
	outcome := ui.Field{Name: "outcome", Kind: ui.KindRadio, Inline: true}
	refuses := false
	for _, o := range def.Choices() {
		refuses = refuses || o.Refuse
		outcome.Options = append(outcome.Options, ui.Option{Value: o.ID, Label: o.Name.In(q.p.Lang)})
	}
	q.add(outcome)
	q.stepFields()
	if refuses {
		q.grounds(false)
	}
	phrases := []string{"agree-1", "agree-2", "disagree-1"}
	if !slices.ContainsFunc(def.Choices(), func(o caseflow.Outcome) bool { return o.ID == caseflow.OutcomeAgree }) {
		phrases = nil // they are about agreeing
	}
	q.words("desk.ask.opinion", false, phrases...)
}

// answer is what the applicant answered to a question.
func (q *questions) answer(name string) any {
	data, err := form.Decode(q.c.Form)
	if err != nil {
		return nil
	}
	return data.At(name)
}

// grounds offers the item's grounds that may be used here, each with its clause.
func (q *questions) grounds(required bool) {
	x := ui.Field{Name: "ground", Kind: ui.KindRadio, Optional: !required}
	if !required {
		x.Hint = q.T("desk.ask.ground-hint")
	}
	part := caseflow.PartID("")
	if def := q.it.StepByID(q.o.Step); def != nil {
		part = def.Part
	}
	for _, g := range q.it.GroundsFor(part) {
		x.Options = append(x.Options, ui.Option{Value: g.ID, Label: g.Text.In(q.p.Lang), Hint: g.Basis.String()})
	}
	q.add(x)
}

func askRefusal(q *questions) {
	q.grounds(true)
	q.words("desk.ask.refusal-words", true)
}

func askSendBack(q *questions) {
	x := ui.Field{Name: "step", Kind: ui.KindRadio}
	for _, id := range q.earlier(q.o.Task) {
		x.Options = append(x.Options, ui.Option{Value: string(id), Label: q.it.StepByID(id).Name.In(q.p.Lang)})
	}
	q.add(x)
	q.words("desk.ask.reason", true, "back-1", "back-2")
}

func askOpinion(q *questions) {
	q.post(caseflow.RoleReviewer, caseflow.RoleHead)
	q.words("desk.ask.question", true)
	q.workdays("within", "2")
	q.add(ui.Field{Name: "blocks", Kind: ui.KindCheckbox, Optional: true, Options: []ui.Option{{Value: "true", Label: q.T("desk.ask.blocks-yes")}}})
}

func askSigner(q *questions) {
	q.post(caseflow.RoleReviewer, caseflow.RoleHead)
	q.add(ui.Field{Name: "before", Kind: ui.KindRadio, Value: "false", Inline: true, Options: []ui.Option{
		{Value: "true", Label: q.T("desk.ask.before-yes")}, {Value: "false", Label: q.T("desk.ask.before-no")}}})
}

// askHandOver offers those who may take the task over.
func askHandOver(q *questions) {
	var w caseflow.Takers
	if t := q.c.Task(q.o.Task); t != nil {
		w = q.c.TakersOf(q.it, t)
	}
	is := func(department, duties string) bool {
		succeeds, _ := q.p.desk.hall.Duties(q.c.Region, department)
		return department == duties || slices.Contains(succeeds, duties)
	}
	q.add(ui.Field{Kind: ui.KindSelect, Name: "to", Narrows: true, Options: slices.DeleteFunc(q.p.posts(q.c.Region, w.Roles), func(o ui.Option) bool {
		department := readPost(o.Value).Department
		return w.Department != "" && !is(department, w.Department) || w.Except != "" && is(department, w.Except)
	})})
	q.words("desk.ask.reason", true, "hand-1", "hand-2")
}

func askCharge(q *questions) {
	q.add(ui.Field{Kind: ui.KindSelect, Name: "to", Narrows: true, Options: q.people()})
	q.words("desk.ask.reason", true)
}

func askDelegate(q *questions) {
	q.post()
	q.words("desk.ask.instruction", false)
}

// copies are the names of the fields of those who get a copy.
var copies = []string{"to", "to-2", "to-3"}

func askCopy(q *questions) {
	for i, name := range copies {
		q.add(ui.Field{Kind: ui.KindSelect, Name: name, Label: q.T("desk.ask.to"), Narrows: true, Options: q.p.posts(q.c.Region, nil), Optional: i > 0})
	}
	q.words("desk.ask.message", false)
}

func askSupervise(q *questions) {
	q.post()
	q.words("desk.ask.instruction", true, "order-1", "order-2")
	q.workdays("within", "1")
	q.closer()
}

// closer asks who says that the answer to an instruction is enough: an official who oversees something, by default oneself.
func (q *questions) closer() {
	if options := q.people(caseflow.RoleHead, caseflow.RoleSupervisor); len(options) > 0 {
		q.add(ui.Field{Kind: ui.KindSelect, Name: "closer", Narrows: true, Options: options, Optional: true, Hint: q.T("desk.ask.closer-hint")})
	}
}

func askStop(q *questions) {
	x := ui.Field{Name: "cause", Kind: ui.KindRadio}
	for _, c := range q.causes(q.o.Task) {
		x.Options = append(x.Options, ui.Option{Value: c.ID, Label: c.Name.In(q.p.Lang),
			Hint: q.T("desk.ask.cause-hint", c.Max.Text(q.p.Lang), c.Basis.String())})
	}
	q.add(x)
	q.workdays("need", "5")
	q.words("desk.ask.reason", true)
}

func askDeliver(q *questions) {
	how := ui.Field{Name: "how", Kind: ui.KindRadio, Value: "window", Inline: true}
	asked, _ := q.answer("delivery.how").(string)
	for _, h := range []string{"window", "post", "online"} {
		how.Options = append(how.Options, ui.Option{Value: h, Label: q.p.T("case.deliver." + h)})
		if h == asked {
			how.Value = h
		}
	}
	q.add(how)
	who, _ := q.answer("delivery.receiver").(string)
	switch {
	case who != "":
	case q.c.Agent != nil:
		who = q.c.Agent.Name
	default:
		who = q.c.Applicant.Name
	}
	var hint []string
	for _, name := range []string{"phone", "address"} {
		if text, ok := q.answer("delivery." + name).(string); ok && text != "" {
			hint = append(hint, q.p.labelled(q.T("desk.ask.delivery-"+name), text))
		}
	}
	q.add(ui.Field{Name: "receiver", Kind: ui.KindText, Value: who, Width: "medium", Hint: strings.Join(hint, q.p.either("；", "; "))})
	q.add(ui.Field{Name: "waybill", Kind: ui.KindCode, Optional: true, Hint: q.T("desk.ask.waybill-hint")})
}

func askRevoke(q *questions) {
	q.words("desk.ask.reason", true)
	q.add(ui.Field{Name: "law", Kind: ui.KindText, Value: "行政许可法"})
	q.add(ui.Field{Name: "article", Kind: ui.KindText, Hint: q.T("desk.ask.article-hint")})
}

func askDefer(q *questions) {
	if m := q.it.MaterialByID(q.o.Material); m != nil && m.Deferral != nil {
		q.add(ui.Field{Name: "signed", Kind: ui.KindText, Hint: m.Deferral.Promise.In(q.p.Lang)})
	}
}

// pointGroup is a group of things that a correction notice may name: reasons, materials, the fields of a page.
type pointGroup struct {
	Title  string
	Points []point
	Open   bool // shown at once; the others open when their title is pressed
}

// point is one of them: ticked or not, with the words that go on the notice.
type point struct {
	ID, Label, Hint, Words string
	Preset                 string // the words that the page proposes
	Ticked                 bool
}

// Name is the field of its words.
func (p point) Name() string { return "words." + p.ID }

// At is Name as an id.
func (p point) At() string { return ui.FieldID(p.Name()) }

// forgotten reports whether the words were rewritten and the point is not ticked: the notice would go out without them, and there is
// only one.
func (p point) forgotten() bool {
	words := strings.TrimSpace(p.Words)
	return !p.Ticked && words != "" && words != p.Preset
}

// askCorrection offers everything that can be wrong, so that one notice names it all (行政许可法 art. 32(4)).
func askCorrection(q *questions) {
	ticked := q.typed["point"]
	one := func(id, label, hint, words string) point {
		p := point{ID: id, Label: label, Hint: hint, Words: words, Preset: words, Ticked: slices.Contains(ticked, id)}
		if w, ok := q.typed[p.Name()]; ok && len(w) > 0 {
			p.Words = w[0]
		}
		return p
	}
	asked, refusal := q.view.Asked()
	if refusal != nil {
		return
	}
	reasons := pointGroup{Title: q.T("desk.points.reasons"), Open: true}
	for _, g := range q.it.Corrections {
		if g.Material != "" && !slices.ContainsFunc(asked.Materials, func(m *caseflow.Material) bool { return m.ID == g.Material }) {
			continue
		}
		reasons.Points = append(reasons.Points, one("ground:"+g.ID, g.Text.In(q.p.Lang), g.Basis.String(), g.Text.In(q.p.Lang)))
	}
	materials := pointGroup{Title: q.T("desk.points.materials"), Open: true}
	for _, m := range asked.Materials {
		state := ""
		if s := q.c.Material(m.ID); s != nil {
			state = q.p.T("case.material." + s.State)
		}
		name := m.Name.In(q.p.Lang)
		materials.Points = append(materials.Points, one("material:"+m.ID, name, state, q.T("desk.points.material-words", name)))
	}
	groups := []pointGroup{reasons, materials}
	times := map[string]int{}
	each := func(visit func(pg *caseflow.Page, f *caseflow.Field)) {
		for _, pg := range asked.Pages {
			for i := range pg.Fields {
				if f := &pg.Fields[i]; asked.Holds(f.When) {
					visit(pg, f)
				}
			}
		}
	}
	each(func(_ *caseflow.Page, f *caseflow.Field) { times[f.Label.In(q.p.Lang)]++ })
	var last *caseflow.Page
	each(func(pg *caseflow.Page, f *caseflow.Field) {
		if pg != last {
			groups, last = append(groups, pointGroup{Title: pg.Title.In(q.p.Lang)}), pg
		}
		g, label := &groups[len(groups)-1], f.Label.In(q.p.Lang)
		if times[label] > 1 { // say whose document number it is
			label = q.p.brackets(label, pg.Title.In(q.p.Lang))
		}
		p := one("field:"+f.Name, label, "", q.T("desk.points.field-words", label))
		g.Open = g.Open || p.Ticked || p.forgotten()
		g.Points = append(g.Points, p)
	})
	q.points = slices.DeleteFunc(groups, func(g pointGroup) bool { return len(g.Points) == 0 })
	q.add(ui.Field{Name: "words.other", Kind: ui.KindTextarea, Lines: 2, Optional: true, Label: q.T("desk.ask.other")})
}

// faultOf says which question of a form a refusal speaks of; "" if it is the whole.
func faultOf(r *caseflow.Refusal) string {
	arg := ""
	if len(r.Args) > 0 {
		arg = r.Args[0]
	}
	switch r.Code {
	case caseflow.CodeWords:
		return "words"
	case caseflow.CodeGround:
		return "ground"
	case caseflow.CodeOutcome:
		return "outcome"
	case caseflow.CodeReceiver:
		return "receiver"
	case caseflow.CodeStopTooLong:
		return "need"
	case caseflow.CodeNoSuchCause, caseflow.CodeStopTooOften:
		return "cause"
	case caseflow.CodeNoSuchStep, caseflow.CodeNotEarlier:
		return "step"
	case caseflow.CodeTooMany, caseflow.CodeNoSuchPost, caseflow.CodePostUnfit:
		return "to"
	case caseflow.CodeCorrectionEmpty:
		return "words.other"
	case caseflow.CodeForm:
		if arg == "post" {
			return "to"
		}
		return arg
	}
	return ""
}
