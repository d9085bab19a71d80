package desk

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/paper"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/web/form"
	"github.com/tongban/tongban/internal/web/i18n"
	kit "github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
)

// actPage is the form of one act, or what came between.
type actPage struct {
	*page
	*head
	Act      offer
	Final    bool
	Concern  string // what of the case it concerns
	Asked    []opinion
	Fields   []ui.Field
	Points   []pointGroup
	Typed    []ui.SummaryRow // what was typed into a form that is closed now
	ID       string          // of the request
	Entry    int
	Action   string // where the form goes
	Refusal  string // what the core said of the whole
	Happened *ui.Timeline
}

// Looks reports whether an answer is looked up: then the key Enter must not press the button that searches.
func (v *actPage) Looks() bool {
	return slices.ContainsFunc(v.Fields, func(f ui.Field) bool { return f.Looked() || f.Narrows })
}

// narrowed are the names of the fields with a search of their own.
func (v *actPage) narrowed() []string {
	var list []string
	for _, f := range v.Fields {
		if f.Narrows {
			list = append(list, f.Name)
		}
	}
	return list
}

// confirmPage is the act before it is done.
type confirmPage struct {
	*page
	*head
	Confirm ui.Confirm
	Results []string        // what would happen
	Again   bool            // there is a form to go back to
	Paper   *paper.Doc      // of a correction notice: the notice itself
	Relief  *relief         // of a refusal: its clause and the ways to appeal
	Typed   []ui.SummaryRow // of any other act: what was typed
}

// relief is what a refusal must say (行政许可法 art. 38).
type relief struct{ Ground, Basis, Words, Appeal string }

// scene loads a case for the actor, records the look, and sets out what may be done.
func (p *page) scene(what, reason string) (*scene, error) {
	key, err := hall.KeyOf(p.r.PathValue("no"))
	if err != nil {
		return nil, err
	}
	v, err := p.desk.hall.View(p.r.Context(), p.Actor, key, what, reason)
	if err != nil {
		return nil, err
	}
	return &scene{view: v, c: v.Case, it: v.Item, entry: v.Entry, now: p.desk.hall.Now(), cal: p.desk.hall.Calendar(key.Region)}, nil
}

// actScene is the scene of an act. That of a hand-over shows to whom and where, in full, and the record of the look says for what.
func (p *page) actScene(o offer) (*scene, error) {
	reason := ""
	if o.Verb == "deliver" {
		reason = p.T("desk.look-to-deliver")
	}
	return p.scene("act:"+o.Verb, reason)
}

// asked reads which act of which task, step or material the address means.
func asked(r *http.Request) (offer, act, bool) {
	o := offer{Verb: r.PathValue("verb"), Step: caseflow.StepID(r.FormValue("of")), Material: r.FormValue("material")}
	o.Task, _ = strconv.Atoi(r.FormValue("task")) // no number is no task, which the core refuses
	a, ok := acts[o.Verb]
	return o, a, ok
}

// address is where the form of an offer is.
func (o offer) address(no caseflow.CaseNo) string {
	v := url.Values{}
	if o.Task != 0 {
		v.Set("task", strconv.Itoa(o.Task))
	}
	if o.Step != "" {
		v.Set("of", string(o.Step))
	}
	if o.Material != "" {
		v.Set("material", o.Material)
	}
	to := caseAddress(no) + "/acts/" + o.Verb
	if len(v) > 0 {
		to += "?" + v.Encode()
	}
	return to
}

// askAct shows the form of an act.
func (d *Desk) askAct(p *page, r *http.Request) error {
	o, a, ok := asked(r)
	if !ok {
		return hall.ErrNotFound
	}
	s, err := p.actScene(o)
	if err != nil {
		return err
	}
	v := p.actPage(s, o, a, answers{})
	v.ID = kit.NewRequestID()
	if !s.offered(o) {
		_, refusal := s.try(s.command(o, a, answers{}))
		return p.closed(s, o, a, answers{}, refusal, nil)
	}
	if a.final && len(v.Fields)+len(v.Points) == 0 { // nothing to fill in: straight to what it would do
		if dec, refusal := s.try(s.command(o, a, answers{})); refusal == nil {
			return p.confirm(s, o, a, answers{kit.RequestField: {v.ID}}, dec)
		}
	}
	return p.show("act", v)
}

// offered reports whether the act is open to the person now.
func (s *scene) offered(o offer) bool {
	if o.Verb == "defer" {
		return s.open(caseflow.Defer{Material: o.Material, Signed: anyWords})
	}
	return slices.ContainsFunc(s.offers(), func(x offer) bool {
		return x.Verb == o.Verb && x.Task == o.Task && x.Material == o.Material && (o.Step == "" || x.Step == o.Step)
	})
}

// actPage prepares the form of an act with what was typed.
func (p *page) actPage(s *scene, o offer, a act, typed answers) *actPage {
	v := &actPage{page: p, head: p.head(s), Act: o, Final: a.final, Entry: s.entry,
		Action: o.address(s.c.No), Concern: p.concern(s, o), ID: typed.get(kit.RequestField)}
	if t := s.c.Task(o.Task); o.Step == "" && t != nil {
		o.Step = t.Step
	}
	if o.Verb == (caseflow.Complete{}).Verb() || o.Verb == (caseflow.Grant{}).Verb() {
		v.Asked = append(p.before(s, o), p.asked(s, o)...)
	}
	if a.asks != nil {
		q := questions{scene: s, o: o, p: p, typed: typed}
		a.asks(&q)
		v.Fields, v.Points = q.list, q.points
	}
	p.Title = kit.CommandName(p.Lang, s.c, o.Verb)
	return v
}

// before is what was said in the steps that the task's step rests on: who checks or decides reads it where they do.
func (p *page) before(s *scene, o offer) []opinion {
	t := s.c.Task(o.Task)
	if t == nil || t.Kind != caseflow.TaskStep {
		return nil
	}
	var list []opinion
	for _, id := range s.it.StepByID(t.Step).Needs {
		st, def := stepState(s.c, id), s.it.StepByID(id)
		if st == nil {
			continue
		}
		for i := range s.c.Tasks {
			u := &s.c.Tasks[i]
			if u.Step == id && u.Round == st.Round && u.Kind == caseflow.TaskStep && u.State == caseflow.TaskDone && u.Words != "" {
				list = append(list, opinion{Step: def.Name.In(p.Lang), Who: p.person(u.DoneBy), Outcome: p.outcomeName(def, u.Outcome), Words: u.Words, At: u.Done})
			}
		}
	}
	return list
}

// asked is what the task was opened for, and what was said to the task before: who answers reads the question, who closes an instruction
// its answer, on the page where they do it.
func (p *page) asked(s *scene, o offer) []opinion {
	t := s.c.Task(o.Task)
	if t == nil || t.Ask == "" {
		return nil
	}
	list := []opinion{{Who: p.person(t.From), Ask: t.Ask, At: t.Opened}}
	if before := s.c.Task(t.Parent); before != nil && before.State == caseflow.TaskDone && before.Words != "" {
		list = append(list, opinion{Who: p.person(before.DoneBy), Words: before.Words, At: before.Done})
	}
	return list
}

// concern names what of the case an act concerns: a step, a material.
func (p *page) concern(s *scene, o offer) string {
	if m := s.it.MaterialByID(o.Material); m != nil {
		return m.Name.In(p.Lang)
	}
	step := o.Step
	if t := s.c.Task(o.Task); t != nil {
		step = t.Step
		if t.Kind != caseflow.TaskStep {
			return p.T("case.task-kind." + t.Kind)
		}
	}
	if def := s.it.StepByID(step); def != nil {
		return def.Name.In(p.Lang)
	}
	return ""
}

// doAct takes the form of an act: back to it with what is wrong, to what happened meanwhile, to the confirmation, or done.
func (d *Desk) doAct(p *page, r *http.Request) error {
	o, a, ok := asked(r)
	if !ok {
		return hall.ErrNotFound
	}
	s, err := p.actScene(o)
	if err != nil {
		return err
	}
	typed := answers(r.PostForm)
	searches := s.looked(o, typed)
	cmd := s.command(o, a, typed)
	key := store.Key{Region: s.c.Region, Case: s.c.No}
	env, err := d.hall.Env(r.Context(), key.Region, cmd)
	if err != nil {
		return err
	}
	s.staff = env.Staff
	request := typed.get(kit.RequestField)
	if request == "" {
		return hall.ErrBadRequest
	}
	news, repeat, err := d.since(r.Context(), p, key, typed.get("entry"), request)
	if err != nil {
		return err
	}
	if repeat { // sent twice: the first answer again, or a refusal to do something else under its name
		return p.done(d.commit(r.Context(), p, request, key, cmd))
	}
	if len(news) > 0 {
		return p.overtaken(s, o, a, typed, news)
	}
	v := p.actPage(s, o, a, typed)
	if typed.get("again") != "" || searches || form.Narrows(r.PostForm, v.narrowed()...) {
		return p.show("act", v)
	}
	if p.Errors = v.forgotten(); p.Errors != nil {
		return p.write(http.StatusUnprocessableEntity, "act", v)
	}
	dec, refusal := s.try(cmd)
	if refusal != nil {
		return p.refused(s, o, a, typed, refusal)
	}
	if a.final && typed.get("confirmed") != "yes" {
		return p.confirm(s, o, a, typed, dec)
	}
	if err := d.commit(r.Context(), p, request, key, cmd); errors.As(err, &refusal) {
		return p.refused(s, o, a, typed, refusal)
	} else if err != nil {
		return err
	}
	if t := s.c.Task(o.Task); o.Verb == "consult" && t != nil {
		return p.back(s.consulting(d.kit, t.Step))
	}
	return p.done(nil)
}

func (d *Desk) commit(ctx context.Context, p *page, request string, key store.Key, cmd caseflow.Command) error {
	_, err := d.hall.Do(ctx, p.Actor, request, key, cmd)
	return err
}

// done leads back to the case, or to the page that the form came from.
func (p *page) done(err error) error {
	if err != nil {
		return err
	}
	to := caseAddress(caseflow.CaseNo(p.r.PathValue("no"))) + "?done=" + url.QueryEscape(p.r.PathValue("verb"))
	if next := p.r.PostFormValue("next"); strings.HasPrefix(next, "/desk") && !strings.HasPrefix(next, "/desk/cases/..") {
		to = next
	}
	return p.back(to)
}

// since tells what others did to the case after the entry that the form was made from, and whether the form itself was
// already carried out. Warnings of clocks are no news: they change nothing that somebody decides on.
func (d *Desk) since(ctx context.Context, p *page, key store.Key, entry, request string) ([]ui.Entry, bool, error) {
	after, err := strconv.Atoi(entry)
	if err != nil || after < 0 {
		return nil, false, hall.ErrBadRequest
	}
	history, err := d.hall.History(ctx, p.Actor, key)
	if err != nil {
		return nil, false, fmt.Errorf("what happened since: %w", err)
	}
	var news []ui.Entry
	for i := range history {
		e := &history[i]
		if e.Request == request {
			return nil, true, nil
		}
		if e.No <= after || !slices.ContainsFunc(e.Decoded, func(ev caseflow.Event) bool { return !isWarning(ev) }) {
			continue
		}
		news = append(news, p.entry(nil, e))
	}
	return news, false, nil
}

func isWarning(e caseflow.Event) bool {
	switch e.(type) {
	case caseflow.ClockWarned:
		return true
	}
	return false
}

// overtaken shows what happened meanwhile beside what was typed; sending the form again is an informed act.
func (p *page) overtaken(s *scene, o offer, a act, typed answers, news []ui.Entry) error {
	if !s.offered(o) {
		_, refusal := s.try(s.command(o, a, typed))
		return p.closed(s, o, a, typed, refusal, news)
	}
	v := p.actPage(s, o, a, typed)
	v.Happened = &ui.Timeline{Entries: news}
	return p.write(http.StatusConflict, "act", v)
}

// closed says why the act is not open any more, and shows back what was typed for it.
func (p *page) closed(s *scene, o offer, a act, typed answers, why *caseflow.Refusal, news []ui.Entry) error {
	if why == nil || !slices.Contains(notNow, why.Code) { // it speaks of the words, which are not at fault
		why = &caseflow.Refusal{Code: caseflow.CodePhase}
	}
	v := p.actPage(s, o, a, typed)
	v.Refusal = p.refusalText(why)
	if len(news) > 0 {
		v.Happened = &ui.Timeline{Entries: news}
	}
	v.Typed = v.typed(typed)
	return p.write(http.StatusConflict, "closed", v)
}

// forgotten are the points whose words were rewritten without a tick; nil if there are none.
func (v *actPage) forgotten() *ui.Errors {
	var list []ui.Fault
	for _, group := range v.Points {
		for _, p := range group.Points {
			if p.forgotten() {
				list = append(list, ui.Fault{Field: p.Name(), Text: v.T("desk.points.forgotten", p.Label)})
			}
		}
	}
	if list == nil {
		return nil
	}
	return &ui.Errors{Faults: list}
}

// typed sets out what was typed into the form of an act, question by question and in their order.
func (v *actPage) typed(typed answers) []ui.SummaryRow {
	var rows []ui.SummaryRow
	add := func(label string, lines ...string) {
		row := ui.SummaryRow{Label: label}
		for _, text := range lines {
			if strings.TrimSpace(text) != "" {
				row.Lines = append(row.Lines, text)
			}
		}
		if len(row.Lines) > 0 {
			rows = append(rows, row)
		}
	}
	for _, group := range v.Points {
		for _, p := range group.Points {
			if p.Ticked {
				add(p.Label, p.Words)
			}
		}
	}
	shown := map[string]bool{}
	for _, f := range v.Fields {
		if f.Name == "words.phrase" && typed.get("words") != "" || shown[f.Name] {
			continue
		}
		shown[f.Name] = true
		var lines []string
		for _, text := range typed[f.Name] {
			if i := slices.IndexFunc(f.Options, func(o ui.Option) bool { return o.Value == text }); i >= 0 {
				text = f.Options[i].Label
			}
			if f.Unit != "" && strings.TrimSpace(text) != "" {
				text += " " + f.Unit
			}
			lines = append(lines, text)
		}
		add(f.Label, lines...)
	}
	return rows
}

// names are the fields that were typed, sorted, without those that the page itself set.
func (v answers) names() []string {
	var list []string
	for name := range v {
		switch name {
		case kit.RequestField, "entry", "confirmed", "again", "task", "of", "material", "next":
		default:
			list = append(list, name)
		}
	}
	slices.Sort(list)
	return list
}

// refused shows the form again with what is to be mended. Nothing typed is lost.
func (p *page) refused(s *scene, o offer, a act, typed answers, r *caseflow.Refusal) error {
	if slices.Contains(notNow, r.Code) && !s.offered(o) {
		return p.closed(s, o, a, typed, r, nil)
	}
	v := p.actPage(s, o, a, typed)
	p.Errors = &ui.Errors{}
	say := func(name, text string) {
		i := slices.IndexFunc(v.Fields, func(f ui.Field) bool { return f.Name == name })
		if i < 0 {
			p.Errors.Faults = append(p.Errors.Faults, ui.Fault{Text: text})
			return
		}
		v.Fields[i].Error = text
	}
	for _, f := range r.Fields {
		if o.Verb == "assist" {
			name := assistPrefix + f.Field
			f.Text = caseflow.Text{ZH: p.T("desk.ask." + name)}
			say(name, p.faultText(f))
			continue
		}
		say(dataPrefix+f.Field, p.atData(v.Fields, r, f))
	}
	if len(r.Fields) == 0 {
		say(faultOf(r), p.atField(v.Fields, r))
	}
	if len(p.Errors.Faults) == 0 {
		v.missing(typed)
	}
	for i := range v.Fields {
		if f := &v.Fields[i]; f.Error != "" {
			p.Errors.Faults = append(p.Errors.Faults, ui.Fault{Field: f.Name, Text: f.Error})
		}
	}
	return p.write(http.StatusUnprocessableEntity, "act", v)
}

// missing marks all that was left out, so that it is said at once: the core names the first thing that it misses.
func (v *actPage) missing(typed answers) {
	for i := range v.Fields {
		f := &v.Fields[i]
		if f.Optional || f.Error != "" || f.Value != "" || f.Kind == ui.KindCheckbox || f.Name == "words" && typed.words(f.Name) != "" {
			continue
		}
		f.Error = v.left(f)
	}
}

// left says that a question was left out.
func (p *page) left(f *ui.Field) string {
	if f.Kind == ui.KindRadio || f.Kind == ui.KindSelect {
		return p.T("case.fault.choose", f.Label)
	}
	return p.T("case.fault.required", f.Label)
}

// atData says what to mend in what a signer filled in.
func (p *page) atData(fields []ui.Field, r *caseflow.Refusal, f caseflow.FieldFault) string {
	if i := slices.IndexFunc(fields, func(x ui.Field) bool { return x.Name == dataPrefix+f.Field }); i >= 0 && f.Text.ZH == "" {
		f.Text = caseflow.Text{ZH: fields[i].Label, EN: fields[i].Label}
	} else if r.Code == caseflow.CodeData && f.Text.ZH != "" {
		return f.Text.In(p.Lang)
	}
	return p.faultText(f)
}

// atField words a refusal for the field that it speaks of: what was not chosen is to be chosen.
func (p *page) atField(fields []ui.Field, r *caseflow.Refusal) string {
	for i := range fields {
		f := &fields[i]
		switch choice := f.Kind == ui.KindRadio || f.Kind == ui.KindSelect; {
		case f.Name != faultOf(r):
		case f.Value == "" && (choice || r.Code == caseflow.CodeForm || r.Code == caseflow.CodeWords):
			return p.left(f)
		case r.Code == caseflow.CodeForm:
			return p.T("case.fault.other", f.Label)
		}
	}
	return p.refusalText(r)
}

// confirm names the object and the result of an act that cannot be undone.
func (p *page) confirm(s *scene, o offer, a act, typed answers, dec *caseflow.Decision) error {
	form := p.actPage(s, o, a, typed)
	h, name := form.head, p.Title
	p.Title = p.T("desk.confirm", name)
	v := &confirmPage{page: p, head: h, Results: p.results(s, dec), Again: len(form.Fields)+len(form.Points) > 0}
	v.Confirm = ui.Confirm{Question: p.Title, Object: h.object(p, p.concern(s, o)), Action: o.address(s.c.No), Button: p.T("desk.confirm-button", name),
		Cancel: caseAddress(s.c.No), Grave: grave[o.Verb]}
	keep := func(name, value string) {
		v.Confirm.Keep = append(v.Confirm.Keep, ui.Field{Kind: ui.KindHidden, Name: name, Value: value})
	}
	keep(kit.RequestField, typed.get(kit.RequestField))
	keep("entry", strconv.Itoa(s.entry))
	keep("confirmed", "yes")
	for _, name := range typed.names() {
		for _, text := range typed[name] {
			keep(name, text)
		}
	}
	switch cmd := s.command(o, a, typed).(type) {
	case caseflow.RequestCorrection:
		v.Paper = p.draft(s, cmd.Points)
	case caseflow.Refuse:
		v.Relief = p.relief(s, cmd.Ground, cmd.Words)
	case caseflow.Decline:
		v.Relief = p.relief(s, cmd.Ground, cmd.Words)
	default:
		v.Typed = form.typed(typed)
	}
	return p.show("confirm", v)
}

// grave are the acts that take something from the applicant.
var grave = map[string]bool{"refuse": true, "decline": true, "revoke": true, "withdraw": true, "break-commitment": true}

func (p *page) relief(s *scene, ground, words string) *relief {
	for _, g := range s.it.Grounds {
		if g.ID == ground {
			return &relief{g.Text.In(p.Lang), g.Basis.String(), words, s.it.Relief.In(p.Lang)}
		}
	}
	return nil
}

// refusalText is the sentence of a refusal with the clause that it rests on.
func (p *page) refusalText(r *caseflow.Refusal) string {
	if r == nil {
		return ""
	}
	text := kit.Sentence(p.Lang, r)
	if basis := r.Basis.String(); basis != "" {
		text = p.brackets(text, p.T("desk.under", basis))
	}
	return text
}

// faultText says what to mend in one field.
func (p *page) faultText(f caseflow.FieldFault) string {
	label := f.Text.In(p.Lang)
	if key := "case.fault." + f.Code; i18n.Has(key) {
		return p.T(key, label)
	}
	return p.T("case.fault.other", label)
}
