package desk

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/paper"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/web/form"
	"github.com/tongban/tongban/internal/web/i18n"
	kit "github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
)

// head stays above every page of a case.
type head struct {
	No   ui.Copy
	Item string
	about
	Phase    ui.Tag
	Assisted *ui.Tag // somebody helps the applicant, or should
	Helper   string  // who, why and since when
	Charge   string  // who answers to the applicant for the case
	Channel  string
	Turn     string          // by which the applicant came to the window
	Lamps    []ui.SummaryRow // the limits that run, each with its lamp
	Home     string
	Tabs     ui.Tabs
}

// caseTabs are the views of a case.
var caseTabs = []string{"overview", "materials", "opinions", "timeline", "history", "evidence"}

func (p *page) head(s *scene) *head {
	c := s.c
	h := &head{No: ui.Copy{Code: string(c.No), What: p.T("desk.case-no")}, Item: s.it.Name.In(p.Lang),
		about: aboutOf(s.it.SubjectOf(c.Form), c.Applicant.Name, string(c.Applicant.Document.Type)), Home: caseAddress(c.No),
		Phase: ui.Tag{Text: p.phase(c), Look: "blue"}, Channel: p.T("case.channel." + c.Channel)}
	if !c.Phase.Open() {
		h.Phase.Look = "ink"
	}
	if c.Assistance != nil {
		h.Assisted, h.Helper = p.assisted(c.Assistance.How), p.helper(c.Assistance)
	}
	if t := c.Turn; t != nil {
		h.Turn = p.T("desk.line.turn", t.Label, t.Window, p.T("desk.line.origin."+t.Origin))
	}
	if k := c.Charge; k != nil {
		h.Charge = k.Name + " " + p.department(k.Department)
		if k.Offered != "" {
			h.Charge = p.brackets(h.Charge, p.T("desk.charge-offered", p.person(k.Offered)))
		}
	}
	limits := []string{caseflow.ClockAcceptance, caseflow.ClockPromised, caseflow.ClockStatutory, caseflow.ClockCorrection, caseflow.ClockDelivery}
	for i := range c.Stops {
		if c.Stops[i].To.IsZero() { // how long a limit may stand still is a limit too
			limits = append(limits, caseflow.StopClockID(c.Stops[i].ID))
		}
	}
	for _, id := range limits {
		k := c.Clock(id)
		if k == nil || k.State == caseflow.ClockCancelled || id == caseflow.ClockAcceptance && !c.Accepted.IsZero() {
			continue
		}
		h.Lamps = append(h.Lamps, p.clockRow(s, k))
	}
	h.Tabs.Label = p.T("desk.case-parts")
	for _, tab := range caseTabs {
		to := h.Home
		if tab != caseTabs[0] {
			to += "/" + tab
		}
		h.Tabs.Tabs = append(h.Tabs.Tabs, ui.Link{Text: p.T("desk.case-tab." + tab), Href: to, Current: p.r.URL.Path == to})
	}
	p.Crumbs = []ui.Link{{Text: p.T("desk.nav.queue"), Href: "/desk"}, {Text: string(c.No)}}
	return h
}

// limitName is a limit as the lamps of the case call it; that of a step bears the step's name.
func (p *page) limitName(it *caseflow.Item, k *caseflow.Clock) string {
	if def := it.StepByID(k.Step); def != nil && k.Kind == caseflow.ClockStep {
		return def.Name.In(p.Lang)
	}
	return p.T("case.clock." + k.Kind)
}

func (p *page) clockRow(s *scene, k *caseflow.Clock) ui.SummaryRow {
	return ui.SummaryRow{Label: p.T("case.clock." + k.Kind), Lamp: p.lamp(s, k), Change: caseAddress(s.c.No) + "/clocks/" + k.ID}
}

// object names the case on a confirmation.
func (h *head) object(p *page, concern string) []ui.SummaryRow {
	rows := []ui.SummaryRow{{Label: p.T("desk.case-no"), Value: h.No.Code}, {Label: p.T("desk.item"), Value: h.Item}}
	if h.Subject != "" {
		rows = append(rows, ui.SummaryRow{Label: p.T("desk.subject"), Value: h.Subject})
	}
	rows = append(rows, ui.SummaryRow{Label: p.T("desk.applicant"), Value: h.Applicant})
	if concern != "" {
		rows = append(rows, ui.SummaryRow{Label: p.T("desk.concern"), Value: concern})
	}
	return rows
}

// casePage is one view of a case.
type casePage struct {
	*page
	*head
	Entry     int
	Steps     []step // next steps, at most four
	More      []step
	Next      *ui.Link // to what waits for this person next, after something was done
	Waits     []string // why nothing is offered
	Full      bool     // personal data are shown in full
	Limited   bool     // what is meant for others is left out
	Told      *told    // the correction notice
	Reveal    string   // where the form that shows them in full goes
	Parties   []record
	Pages     []record
	Notices   []record
	Materials []material
	Deferrals []ui.SummaryRow
	Path      ui.Progress
	Seen      []seen // who has looked
	SeenAll   bool   // this person may see who looked
	Shares    []share
	Related   []kit.Related
	Opinions  []opinion
	Timeline  ui.Timeline
	Evidence  []leaf
	History   ui.Table // the other cases of the party
	Standings []kit.Standing
	Last      *ui.Link // to the last case of the same service, beside this one
	Older     string   // there are more cases than are listed
	Papers    []ui.Link
	Licences  []ui.SummaryRow
	Result    []ui.SummaryRow // ground of a refusal, deliveries, ratings
}

// maxSteps is how many next steps are buttons.
const maxSteps = 4

// step is a next step on the page.
type step struct {
	offer
	Text  string
	Of    string // which step or task, where there are several
	Href  string
	Quick bool
	ID    string // request id of a quick one
	Entry int
	Look  string
	Key   string // of the keyboard
}

func (d *Desk) caseTab(p *page, r *http.Request) error {
	tab := r.PathValue("tab")
	if tab == "" {
		tab = caseTabs[0]
	}
	if !slices.Contains(caseTabs, tab) {
		return hall.ErrNotFound
	}
	return d.showCase(p, tab, "")
}

// showCase shows a view of a case; with a reason, personal data in full.
func (d *Desk) showCase(p *page, tab, reason string) error {
	what := "case:" + tab
	if reason != "" {
		what = whatAll
	}
	s, err := p.scene(what, reason)
	if err != nil {
		return err
	}
	key := store.Key{Region: s.c.Region, Case: s.c.No}
	v := &casePage{page: p, head: p.head(s), Entry: s.entry, Full: reason != "", Limited: s.view.Limited, Reveal: caseAddress(s.c.No) + "/reveal"}
	p.Title = strings.TrimSpace(v.Subject + " " + v.Item + " " + v.No.Code) // the subject first: it tells the tabs of a browser apart
	if verb := p.r.URL.Query().Get("done"); i18n.Has("command." + verb) {
		p.Notice = &ui.Notice{Kind: ui.Success, Text: p.T("desk.done", kit.CommandName(p.Lang, s.c, verb))}
	}
	if p.Notice == nil && caseflow.StepsAside(s.c, s.it, p.Actor) {
		p.Notice = &ui.Notice{Kind: ui.Warning, Text: p.T("desk.aside")}
	}
	v.nextSteps(s)
	if err := v.next(s); err != nil {
		return err
	}
	switch tab {
	case "overview":
		err = errors.Join(v.materials(s), v.records(s), v.told(s, key))
		if err == nil {
			err = v.path(s)
		}
		if err == nil {
			err = v.notices(s)
		}
		if err == nil {
			err = v.related(s)
		}
	case "materials":
		err = v.materials(s)
		v.papers(s)
	case "opinions":
		v.opinions(s)
	case "timeline":
		err = v.timeline(s, key)
	case "history":
		err = v.history(s)
	case "evidence":
		err = v.evidence(s, key)
	}
	if err != nil {
		return err
	}
	return p.show("case-"+tab, v)
}

// related are the other cases that the case is tied to, as far as the person may see them.
func (v *casePage) related(s *scene) error {
	list, err := v.desk.hall.Related(v.r.Context(), v.Actor, s.view)
	v.Related = kit.RelatedOf(list, v.Lang, caseAddress)
	return err
}

// nextSteps puts the acts that are open to the person on the page.
func (v *casePage) nextSteps(s *scene) {
	all := s.offers()
	tasks := map[string]int{}
	for _, o := range all {
		tasks[o.Verb]++
	}
	for _, o := range all {
		if acts[o.Verb].place {
			continue
		}
		st := step{offer: o, Text: v.T("desk.act." + o.Verb), Href: o.address(s.c.No), Quick: acts[o.Verb].quick, Look: "secondary"}
		if o.Verb == "submit" || o.Verb == "correct" { // on the screen where it is filled in
			st.Text, st.Href, st.Quick = v.T("desk.act.intake"), v.Home+"/intake", false
		}
		if o.Verb == "withdraw" && s.c.Phase == caseflow.PhaseDraft {
			st.Text = kit.CommandName(v.Lang, s.c, o.Verb)
		}
		if o.Verb == "consult" && s.consulted(o.Step) { // once it was looked at, the button leads there
			st.Text, st.Href, st.Quick = v.T("desk.act.consulted"), s.consulting(v.desk.kit, o.Step), false
		}
		if tasks[o.Verb] > 1 {
			st.Of = v.concern(s, o)
		}
		if st.Quick {
			st.ID, st.Entry = kit.NewRequestID(), s.entry
		}
		if len(v.Steps) == 0 && acts[o.Verb].rank < 30 {
			st.Look = ""
		}
		if len(v.Steps) < maxSteps {
			st.Key = strconv.Itoa(len(v.Steps) + 1)
			v.Steps = append(v.Steps, st)
		} else {
			v.More = append(v.More, st)
		}
	}
	v.waits(s)
}

// goesOn are the acts after which the person goes on with the same case.
var goesOn = []string{"claim", "consult", "resume-clock"}

// next leads to what waits for the person next, so that they go through their queue without going back to it: what they have, else what
// they may claim. What stands still waits for somebody else.
func (v *casePage) next(s *scene) error {
	if done := v.r.URL.Query().Get("done"); !i18n.Has("command."+done) || slices.Contains(goesOn, done) {
		return nil
	}
	for _, tab := range []string{tabMine, tabOpen} {
		rows, _, err := v.desk.hall.Queue(v.r.Context(), v.Actor, filter{Tab: tab, Region: v.Actor.Region, Size: 20}.query(v.Actor, v.Now))
		if err != nil {
			return err
		}
		for _, row := range rows {
			l := v.taskLine(row, v.Now)
			if row.TaskRow.Key.Case == s.c.No || row.State == caseflow.TaskWaiting || l.Lamp != nil && l.Lamp.State == ui.LampPaused {
				continue
			}
			v.Next = &ui.Link{Text: v.T("desk.next-case", l.No, strings.TrimSpace(cmp.Or(l.Subject, l.Applicant)+" "+l.What)), Href: l.Href}
			return nil
		}
	}
	return nil
}

// waits says in words whom the case waits for.
func (v *casePage) waits(s *scene) {
	for i := range s.c.Tasks {
		t := &s.c.Tasks[i]
		if !t.Live() || t.Kind == caseflow.TaskCopy {
			continue
		}
		what := v.T("case.task-kind." + t.Kind)
		if def := s.it.StepByID(t.Step); def != nil && t.Kind == caseflow.TaskStep {
			what = def.Name.In(v.Lang)
		}
		who := v.postName(t.By)
		if t.Holder != "" {
			who = v.person(t.Holder)
		}
		line := v.T("desk.waits."+t.State, what, who)
		if b := sentBack(s.c, t); b != nil {
			line = v.T("desk.waits.sent-back", line, s.it.StepByID(b.Step).Name.In(v.Lang), cmp.Or(b.Words, v.T("desk.waits.unread")))
		}
		v.Waits = append(v.Waits, line)
	}
	if s.c.Phase == caseflow.PhaseCorrecting {
		v.Waits = append(v.Waits, v.T("desk.waits.applicant"))
	}
}

// sentBack is the task by which a later step gave the work back, so that this one was opened: both by one command. Nil if none did.
func sentBack(c *caseflow.Case, t *caseflow.Task) *caseflow.Task {
	i := slices.IndexFunc(c.Tasks, func(b caseflow.Task) bool {
		return b.Outcome == caseflow.OutcomeSentBack && t.Kind == caseflow.TaskStep && b.Step != t.Step && b.Done.Equal(t.Opened)
	})
	if i < 0 {
		return nil
	}
	return &c.Tasks[i]
}

// outcome is what the case led to: results, deliveries, the ground of a refusal.
func (v *casePage) outcome(s *scene) {
	for _, d := range paper.Decisions(s.c, s.it) {
		if d.Part != nil && s.view.Limited {
			continue
		}
		row := ui.SummaryRow{Label: v.T("desk.ground")}
		if d.Part != nil {
			row.Label = v.brackets(row.Label, d.Part.Name.In(v.Lang))
		}
		for _, r := range d.Rows(s.it, v.Lang) {
			row.Lines = append(row.Lines, r.Value)
		}
		row.Lines = append(row.Lines, d.Ground.Relief.In(v.Lang))
		v.Result, v.Papers = append(v.Result, row), append(v.Papers, v.paperLink(s, &d.Paper))
	}
	for i := range s.c.Licences {
		l := &s.c.Licences[i]
		v.Licences = append(v.Licences, ui.SummaryRow{Label: l.Name.In(v.Lang), Value: v.T("case.licence." + l.State),
			Copy: &ui.Copy{Code: l.No, What: l.Name.In(v.Lang)}})
	}
	for _, d := range s.c.Deliveries {
		v.Result = append(v.Result, ui.SummaryRow{Label: v.T("desk.delivered"), Lines: []string{
			v.T("case.deliver." + d.How), i18n.Moment(v.Lang, d.At), d.Waybill}})
	}
}

// opinion is what somebody said on a task.
type opinion struct {
	Step, Kind, Who, Outcome, Ask, Words string
	At                                   time.Time
	Open                                 bool
	Data                                 []ui.SummaryRow
}

func (v *casePage) opinions(s *scene) {
	for i := len(s.c.Tasks) - 1; i >= 0; i-- {
		t := &s.c.Tasks[i]
		if t.State == caseflow.TaskCancelled || t.Kind == caseflow.TaskCopy && t.Words == "" && t.Ask == "" {
			continue
		}
		o := opinion{Kind: v.T("case.task-kind." + t.Kind), Who: v.postName(t.By), Ask: t.Ask, Words: t.Words, At: t.Done, Open: t.Live()}
		def := s.it.StepByID(t.Step)
		if def != nil {
			o.Step = def.Name.In(v.Lang)
		}
		if t.DoneBy != "" {
			o.Who = v.person(t.DoneBy)
		}
		o.Outcome = v.outcomeName(def, t.Outcome)
		if def != nil && len(t.Data) > 0 {
			o.Data = v.stepData(def, t.Data)
		}
		if o.Open && o.Ask == "" && o.Words == "" {
			continue
		}
		v.Opinions = append(v.Opinions, o)
	}
}

func (v *casePage) stepData(def *caseflow.Step, data json.RawMessage) []ui.SummaryRow {
	got, err := form.Decode(data)
	if err != nil {
		return nil
	}
	var rows []ui.SummaryRow
	for i := range def.Fields {
		f := &def.Fields[i]
		if val := got.At(f.Name); !form.Blank(val) {
			text := form.Reading(f, val, v.Lang)
			if f.Personal {
				text = maskField(f, text)
			}
			rows = append(rows, ui.SummaryRow{Label: f.Label.In(v.Lang), Value: text})
		}
	}
	return rows
}

func (p *page) outcomeName(def *caseflow.Step, id string) string {
	if def != nil {
		for _, o := range def.Choices() {
			if o.ID == id {
				return o.Name.In(p.Lang)
			}
		}
	}
	for _, prefix := range []string{"case.outcome.", "case.child.", "desk.outcome.", "command."} {
		if i18n.Has(prefix + id) {
			return p.T(prefix + id)
		}
	}
	return id
}

func (v *casePage) timeline(s *scene, key store.Key) error {
	history, err := v.desk.hall.History(v.r.Context(), v.Actor, key)
	if err != nil {
		return err
	}
	for i := len(history) - 1; i >= 0; i-- {
		v.Timeline.Entries = append(v.Timeline.Entries, v.entry(s, &history[i]))
	}
	return nil
}

// leaf is one entry's place in the evidence log.
type leaf struct {
	No   int
	At   time.Time
	Text string
	Hash ui.Copy
}

func (v *casePage) evidence(s *scene, key store.Key) error {
	history, err := v.desk.hall.History(v.r.Context(), v.Actor, key)
	if err != nil {
		return err
	}
	for i := range history {
		e := &history[i]
		v.Evidence = append(v.Evidence, leaf{No: e.No, At: e.At, Text: kit.CommandName(v.Lang, s.c, e.Verb),
			Hash: ui.Copy{Code: fmt.Sprintf("%x", e.Leaf), What: v.T("desk.leaf", e.No)}})
	}
	return nil
}

// clockPage explains one limit.
type clockPage struct {
	*page
	*head
	Name  string
	Lamp  *ui.Lamp
	Count *ui.Count
	More  []string // effect of silence
}

// clock answers 怎么算的? for one limit of the case.
func (d *Desk) clock(p *page, r *http.Request) error {
	id := r.PathValue("clock")
	if !nameable(id) {
		return hall.ErrNotFound
	}
	s, err := p.scene("clock:"+id, "")
	if err != nil {
		return err
	}
	k := s.c.Clock(id)
	if k == nil {
		return hall.ErrNotFound
	}
	v := &clockPage{page: p, head: p.head(s), Lamp: p.lamp(s, k), Count: kit.Count(k, p.desk.hall.CountedBy(s.c.Region, k), p.Lang)}
	v.Name = p.limitName(s.it, k)
	p.Title = p.T("desk.count-title", v.Name)
	if k.Rule.Effect != caseflow.EffectNone {
		v.More = append(v.More, p.T("case.effect."+string(k.Rule.Effect)))
	}
	return p.show("clock", v)
}

// nameable reports whether a part of an address can be the id of something: it goes into the record of looks.
func nameable(id string) bool {
	return id != "" && len(id) <= 100 && !strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r > '~' })
}

// file shows an uploaded document beside the form. Only what belongs to the case is opened; the look is recorded.
func (d *Desk) file(p *page, r *http.Request) error {
	id, hash := r.PathValue("material"), r.PathValue("hash")
	if !nameable(id) {
		return hall.ErrNotFound
	}
	s, err := p.scene("file:"+id, "")
	if err != nil {
		return err
	}
	m := s.c.Material(id)
	if m == nil {
		return hall.ErrNotFound
	}
	i := slices.IndexFunc(m.Files, func(f caseflow.File) bool { return f.Hash == hash })
	if i < 0 {
		return hall.ErrNotFound
	}
	f := m.Files[i]
	content, err := d.files.Open(r.Context(), hash)
	if err != nil {
		return err
	}
	defer func() { _ = content.Close() }()
	h := p.w.Header()
	h.Set("Content-Type", f.Type)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("Content-Disposition", mime.FormatMediaType("inline", map[string]string{"filename": f.Name}))
	h.Set("Content-Length", strconv.FormatInt(f.Bytes, 10))
	if _, err := io.Copy(p.w, content); err != nil {
		d.log.Warn("file not sent whole", "case", s.c.No, "err", err)
	}
	return nil
}
