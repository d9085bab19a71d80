package desk

import (
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

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/web/form"
	"github.com/tongban/tongban/internal/web/i18n"
	kit "github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
)

// head stays above every page of a case.
type head struct {
	No        ui.Copy
	Item      string
	Applicant string // masked
	Phase     ui.Tag
	Channel   string
	Lamps     []ui.SummaryRow // the limits that run, each with its lamp
	Home      string
	Tabs      ui.Tabs
}

// caseTabs are the views of a case.
var caseTabs = []string{"overview", "materials", "opinions", "timeline", "evidence"}

func (p *page) head(s *scene) *head {
	c := s.c
	h := &head{No: ui.Copy{Code: string(c.No), What: p.T("desk.case-no")}, Item: s.it.Name.In(p.Lang),
		Applicant: maskParty(c.Applicant.Name, string(c.Applicant.Document.Type)), Home: caseAddress(c.No),
		Phase: ui.Tag{Text: p.T("desk.phase." + string(c.Phase)), Look: "blue"}, Channel: p.T("case.channel." + c.Channel)}
	if !c.Phase.Open() {
		h.Phase.Look = "ink"
	}
	for _, id := range []string{caseflow.ClockAcceptance, caseflow.ClockPromised, caseflow.ClockStatutory, caseflow.ClockCorrection, caseflow.ClockDelivery} {
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

func (p *page) clockRow(s *scene, k *caseflow.Clock) ui.SummaryRow {
	return ui.SummaryRow{Label: p.T("case.clock." + k.Kind), Lamp: p.lamp(s, k), Change: caseAddress(s.c.No) + "/clocks/" + k.ID}
}

// object names the case on a confirmation.
func (h *head) object(p *page, subject string) []ui.SummaryRow {
	rows := []ui.SummaryRow{{Label: p.T("desk.case-no"), Value: h.No.Code}, {Label: p.T("desk.item"), Value: h.Item},
		{Label: p.T("desk.applicant"), Value: h.Applicant}}
	if subject != "" {
		rows = append(rows, ui.SummaryRow{Label: p.T("desk.subject"), Value: subject})
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
	Waits     []string // why nothing is offered
	Parties   []record
	Pages     []record
	Materials []material
	Deferrals []ui.SummaryRow
	Path      ui.Progress
	Seen      []seen // who has looked
	SeenAll   bool   // this person may see who looked
	Shares    []share
	Opinions  []opinion
	Timeline  ui.Timeline
	Evidence  []leaf
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
}

func (d *Desk) caseTab(p *page, r *http.Request) error {
	tab := r.PathValue("tab")
	if tab == "" {
		tab = caseTabs[0]
	}
	if !slices.Contains(caseTabs, tab) {
		return hall.ErrNotFound
	}
	return d.showCase(p, tab, "", "")
}

// showCase shows a view of a case; with a record it is shown in full for the reason given.
func (d *Desk) showCase(p *page, tab, record, reason string) error {
	what := "case:" + tab
	if record != "" {
		what = "reveal:" + record
	}
	s, err := p.scene(what, reason)
	if err != nil {
		return err
	}
	key := store.Key{Region: s.c.Region, Case: s.c.No}
	v := &casePage{page: p, head: p.head(s), Entry: s.entry}
	p.Title = v.Item + " " + v.No.Code
	if verb := p.r.URL.Query().Get("done"); i18n.Has("command." + verb) {
		p.Notice = &ui.Notice{Kind: ui.Success, Text: p.T("desk.done", p.T("command."+verb))}
	}
	v.nextSteps(s)
	switch tab {
	case "overview":
		v.materials(s)
		if err = v.records(s, record); err == nil {
			err = v.path(s, key)
		}
	case "materials":
		v.materials(s)
		v.papers(s)
	case "opinions":
		v.opinions(s)
	case "timeline":
		err = v.timeline(s, key)
	case "evidence":
		err = v.evidence(s, key)
	}
	if err != nil {
		return err
	}
	return p.show("case-"+tab, v)
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
		if tasks[o.Verb] > 1 {
			st.Of = v.subject(s, o)
		}
		if st.Quick {
			st.ID, st.Entry = kit.NewRequestID(), s.entry
		}
		if len(v.Steps) == 0 && acts[o.Verb].rank < 30 {
			st.Look = ""
		}
		if len(v.Steps) < maxSteps {
			v.Steps = append(v.Steps, st)
		} else {
			v.More = append(v.More, st)
		}
	}
	v.waits(s)
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
		v.Waits = append(v.Waits, v.T("desk.waits."+t.State, what, who))
	}
	if s.c.Phase == caseflow.PhaseCorrecting {
		v.Waits = append(v.Waits, v.T("desk.waits.applicant"))
	}
}

// record is personal data that is shown masked, or in full after a reason was given.
type record struct {
	ID     string
	Action string // where the form that reveals it goes
	Rows   ui.Summary
	Masked bool // something is hidden that can be shown
	Shown  bool
}

// records sets out the parties and the form, page by page.
func (v *casePage) records(s *scene, shown string) error {
	party := func(id, title string, p *caseflow.Party) {
		if p == nil {
			return
		}
		full := shown == id
		rec := record{ID: id, Action: v.Home + "/reveal", Shown: full, Masked: !full, Rows: ui.Summary{Title: title}}
		name, no, phone := maskParty(p.Name, string(p.Document.Type)), p.Document.Masked(), ident.MaskPhone(p.Phone)
		if full {
			name, no, phone = p.Name, p.Document.No, p.Phone
		}
		rec.Rows.Rows = []ui.SummaryRow{{Label: v.T("desk.name"), Value: name},
			{Label: p.Document.Type.Text(v.Lang), Value: no}, {Label: v.T("desk.phone"), Value: phone}}
		v.Parties = append(v.Parties, rec)
	}
	party("applicant", v.T("desk.applicant"), &s.c.Applicant)
	party("agent", v.T("desk.agent"), s.c.Agent)
	data, err := form.Decode(s.c.Form)
	if err != nil {
		return err
	}
	for i := range s.it.Pages {
		pg := &s.it.Pages[i]
		rec := record{ID: "page:" + pg.ID, Action: v.Home + "/reveal", Shown: shown == "page:"+pg.ID, Rows: ui.Summary{Title: pg.Title.In(v.Lang)}}
		for j := range pg.Fields {
			v.fieldRows(&rec, &pg.Fields[j], data, "")
		}
		if len(rec.Rows.Rows) > 0 {
			v.Pages = append(v.Pages, rec)
		}
	}
	return nil
}

// fieldRows adds the answers of a field; those of a list row by row.
func (v *casePage) fieldRows(rec *record, f *caseflow.Field, data form.Answers, prefix string) {
	val := data.At(f.Name)
	if form.Blank(val) {
		return
	}
	label := prefix + f.Label.In(v.Lang)
	if rows, isList := val.([]any); isList && f.Widget == ui.KindList {
		for n, row := range rows {
			m, _ := row.(map[string]any)
			for j := range f.Fields {
				v.fieldRows(rec, &f.Fields[j], m, f.Label.In(v.Lang)+" "+strconv.Itoa(n+1)+" · ")
			}
		}
		return
	}
	text := form.Reading(f, val, v.Lang)
	if f.Personal && !rec.Shown {
		rec.Masked = true
		text = maskField(f, text)
	}
	row := ui.SummaryRow{Label: label, Value: text}
	if !f.Personal && (f.Widget == ui.KindCode || f.Widget == ui.KindID) {
		row.Copy = &ui.Copy{Code: text, What: label}
	}
	rec.Rows.Rows = append(rec.Rows.Rows, row)
}

// maskField hides an answer in the way of its kind.
func maskField(f *caseflow.Field, text string) string {
	switch f.Widget {
	case ui.KindPhone:
		return ident.MaskPhone(text)
	case ui.KindID, ui.KindCode:
		return ident.MaskID(text)
	case ui.KindRegion, "address":
		return ident.MaskAddress(text)
	case ui.KindDate:
		if len(text) >= 4 {
			return text[:4] + "-**-**"
		}
	}
	if strings.Contains(strings.ToLower(f.Name), "address") || strings.Contains(f.Label.ZH, "地址") || strings.Contains(f.Label.ZH, "住所") {
		return ident.MaskAddress(text)
	}
	return ident.MaskName(text)
}

// reveal shows one record in full; the reason is recorded before it is shown.
func (d *Desk) reveal(p *page, r *http.Request) error {
	reason := strings.TrimSpace(r.PostFormValue("reason"))
	record := r.PostFormValue("record")
	if reason == "" || len([]rune(reason)) > caseflow.MaxWords || record == "" || len(record) > 100 {
		p.Errors = &ui.Errors{Faults: []ui.Fault{{Text: p.T("desk.reveal-reason-missing")}}}
		return d.showCase(p, "overview", "", "")
	}
	return d.showCase(p, "overview", record, reason)
}

// material is a document of the case with what can be done about it.
type material struct {
	ID, Name, State, Need, Basis, Form string
	Paper                              bool
	Files                              []ui.File
	Steps                              []step
	Commitment                         string
}

func (v *casePage) materials(s *scene) {
	offers := s.offers()
	for i := range s.it.Materials {
		def := &s.it.Materials[i]
		st := s.c.Material(def.ID)
		if st == nil {
			continue
		}
		m := material{ID: def.ID, Name: def.Name.In(v.Lang), State: v.T("case.material." + st.State), Paper: st.Paper,
			Need: v.T("case.material-need." + string(def.Need)), Basis: def.Basis.String()}
		for _, f := range st.Files {
			m.Files = append(m.Files, ui.File{Name: f.Name, Size: bytesText(f.Bytes),
				Href: caseAddress(s.c.No) + "/files/" + def.ID + "/" + f.Hash})
		}
		for _, o := range offers {
			if o.Material == def.ID {
				v.beside(s, &m, o)
			}
		}
		for _, k := range s.c.Commitments {
			if k.Material == def.ID {
				m.Commitment = v.T("desk.commitment", ident.MaskName(k.Signed), v.T("case.commitment."+k.State))
			}
		}
		v.Materials = append(v.Materials, m)
	}
}

func (v *casePage) beside(s *scene, m *material, o offer) {
	st := step{offer: o, Text: v.T("desk.act." + o.Verb), Href: o.address(s.c.No), Quick: acts[o.Verb].quick, Look: "secondary"}
	if st.Quick {
		st.ID, st.Entry = kit.NewRequestID(), s.entry
	}
	m.Steps = append(m.Steps, st)
}

func bytesText(n int64) string {
	switch {
	case n >= 1<<20:
		return strconv.FormatFloat(float64(n)/(1<<20), 'f', 1, 64) + " MB"
	case n >= 1<<10:
		return strconv.FormatInt(n>>10, 10) + " KB"
	}
	return strconv.FormatInt(n, 10) + " B"
}

// path is the picture of the steps: what runs at the same time, who has it, who saw it, and whose time was used.
func (v *casePage) path(s *scene, key store.Key) error {
	for _, level := range levels(s.it) {
		stage := ui.Stage{}
		for _, id := range level {
			stage.Steps = append(stage.Steps, v.pathStep(s, id))
		}
		v.Path.Stages = append(v.Path.Stages, stage)
	}
	for _, sh := range s.c.Shares(s.cal, s.now) {
		row := share{Who: v.bearer(sh.Bearer), Clock: v.T("case.clock." + clockKind(s.c, sh.Clock)), Days: sh.Workdays, Running: sh.Running}
		if def := s.it.StepByID(sh.Step); def != nil {
			row.Clock = def.Name.In(v.Lang)
		}
		v.Shares = append(v.Shares, row)
	}
	v.outcome(s)
	looks, err := v.desk.hall.Looks(v.r.Context(), v.Actor, key)
	switch {
	case err == nil:
		v.SeenAll = true
		for _, l := range looks[:min(len(looks), 50)] {
			v.Seen = append(v.Seen, seen{Who: v.person(l.Account), At: l.At, What: v.lookWords(l.What), Reason: l.Reason})
		}
	case !errors.Is(err, hall.ErrNotFound): // who may not see who looked simply does not
		return err
	}
	return nil
}

type share struct {
	Who, Clock string
	Days       int
	Running    bool
}

type seen struct {
	Who, What, Reason string
	At                time.Time
}

func (v *casePage) lookWords(what string) string {
	kind, id, _ := strings.Cut(what, ":")
	if key := "desk.look." + kind; i18n.Has(key) {
		if i18n.Has("command." + id) {
			id = v.T("command." + id)
		}
		return v.T(key, id)
	}
	return what
}

func clockKind(c *caseflow.Case, id string) string {
	if k := c.Clock(id); k != nil {
		return k.Kind
	}
	return id
}

func (p *page) bearer(id string) string {
	if id == caseflow.BearerApplicant {
		return p.T("case.actor.citizen")
	}
	return p.department(id)
}

// levels puts the steps into the stages in which they become ready: what stands in one stage runs at the same time.
func levels(it *caseflow.Item) [][]caseflow.StepID {
	depth := map[caseflow.StepID]int{}
	var out [][]caseflow.StepID
	for i := range it.Steps {
		n := 0
		for _, need := range it.Steps[i].Needs {
			n = max(n, depth[need]+1)
		}
		depth[it.Steps[i].ID] = n
		for len(out) <= n {
			out = append(out, nil)
		}
		out[n] = append(out[n], it.Steps[i].ID)
	}
	return out
}

func (v *casePage) pathStep(s *scene, id caseflow.StepID) ui.ProgressStep {
	p := v.page
	def := s.it.StepByID(id)
	ps := ui.ProgressStep{Name: def.Name.In(v.Lang), State: ui.StagePending}
	if !def.Auto() {
		ps.Who = v.department(def.By.Department)
	}
	st := stepState(s.c, id)
	if st == nil {
		return ps
	}
	switch st.State {
	case caseflow.StepReady:
		ps.State = ui.StageNow
	case caseflow.StepDone:
		ps.State, ps.Ended = ui.StageDone, st.Done
		if st.Outcome == caseflow.OutcomeRefuse {
			ps.State = ui.StageRefused
		}
	case caseflow.StepSkipped:
		ps.State = ui.StageSkipped
	}
	if k := s.c.Clock(caseflow.StepClock(id, st.Round)); k != nil {
		if ps.Lamp = p.lamp(s, k); ps.Lamp != nil {
			ps.Lamp.Clock = ""
		}
		if k.State == caseflow.ClockStopped {
			ps.State = ui.StagePaused
		}
	}
	if st.State == caseflow.StepReady {
		ps.Waits = v.has(s, id)
	}
	return ps
}

// has says who has a step now.
func (v *casePage) has(s *scene, id caseflow.StepID) string {
	var who []string
	for i := range s.c.Tasks {
		t := &s.c.Tasks[i]
		if t.Step != id || !t.Live() {
			continue
		}
		name := v.T("desk.unclaimed", v.postName(t.By))
		if t.Holder != "" {
			name = v.person(t.Holder)
		}
		if t.Kind == caseflow.TaskOpinion {
			name = v.T("desk.asked", name)
		}
		if t.State == caseflow.TaskWaiting {
			name = v.T("desk.waits-turn", name)
		}
		who = append(who, name)
	}
	return v.joined(who)
}

func stepState(c *caseflow.Case, id caseflow.StepID) *caseflow.StepState {
	for i := range c.Steps {
		if c.Steps[i].ID == id {
			return &c.Steps[i]
		}
	}
	return nil
}

// outcome is what the case led to: results, deliveries, the ground of a refusal.
func (v *casePage) outcome(s *scene) {
	if g := s.c.Ground; g != nil {
		v.Result = append(v.Result, ui.SummaryRow{Label: v.T("desk.ground"), Lines: []string{g.Text, g.Basis.String(), g.Relief.In(v.Lang)}})
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
	for _, prefix := range []string{"case.outcome.", "desk.outcome.", "command."} {
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
		v.Evidence = append(v.Evidence, leaf{No: e.No, At: e.At, Text: v.T("command." + e.Verb),
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
	More  []string // extension, effect of silence
}

// clock answers 怎么算的? for one limit of the case.
func (d *Desk) clock(p *page, r *http.Request) error {
	s, err := p.scene("clock:"+r.PathValue("clock"), "")
	if err != nil {
		return err
	}
	k := s.c.Clock(r.PathValue("clock"))
	if k == nil {
		return hall.ErrNotFound
	}
	v := &clockPage{page: p, head: p.head(s), Lamp: p.lamp(s, k), Count: kit.Count(k, s.cal, p.Lang)}
	v.Name = v.Count.Name
	p.Title = p.T("desk.count-title", v.Name)
	if k.Extended != nil {
		v.More = append(v.More, p.T("desk.extended", k.Extended.Limit.Text(p.Lang), k.Extended.Reason))
	}
	if k.Rule.Effect != caseflow.EffectNone {
		v.More = append(v.More, p.T("case.effect."+string(k.Rule.Effect)))
	}
	return p.show("clock", v)
}

// file shows an uploaded document beside the form. Only what belongs to the case is opened; the look is recorded.
func (d *Desk) file(p *page, r *http.Request) error {
	id, hash := r.PathValue("material"), r.PathValue("hash")
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
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'; img-src 'self'; style-src 'unsafe-inline'")
	h.Set("Content-Disposition", mime.FormatMediaType("inline", map[string]string{"filename": f.Name}))
	h.Set("Content-Length", strconv.FormatInt(f.Bytes, 10))
	if _, err := io.Copy(p.w, content); err != nil {
		d.log.Warn("file not sent whole", "case", s.c.No, "err", err)
	}
	return nil
}
