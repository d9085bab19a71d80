package desk

import (
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/web/i18n"
	kit "github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
)

// The tabs of the queue, in their order.
const (
	tabMine   = "mine"   // 我的: claimed by or meant for this person
	tabDept   = "dept"   // 本科室: everything open in the department
	tabOpen   = "open"   // 可认领
	tabDone   = "done"   // 已办
	tabAsked  = "asked"  // 我发起: what this person asked of others
	tabCopies = "copies" // 抄送我的
)

var tabs = []string{tabMine, tabDept, tabOpen, tabDone, tabAsked, tabCopies}

var (
	liveStates = []string{caseflow.TaskOpen, caseflow.TaskClaimed, caseflow.TaskWaiting}
	kinds      = []string{caseflow.TaskAccept, caseflow.TaskStep, caseflow.TaskOpinion, caseflow.TaskCopy, caseflow.TaskOrder, caseflow.TaskClose, caseflow.TaskCallback, caseflow.TaskObjection}
)

// filter is what the address of a queue says.
type filter struct {
	Tab, Item, Kind, State, Due, Help, Department, Region, Cursor string
	Size                                                          int
}

// The values of a filter by due date.
const (
	dueSoon    = "soon"
	dueToday   = "today"
	dueOverdue = "overdue"
)

// helpAny is the filter by help for whatever way; the others are the ways.
const helpAny = "any"

var helps = append([]string{helpAny}, caseflow.Ways()...)

var levelOf = map[string]caseflow.Level{dueSoon: caseflow.LevelSoon, dueToday: caseflow.LevelToday, dueOverdue: caseflow.LevelOver}

// readFilter reads the address; a value that is not among the choices is left out.
func readFilter(v url.Values, by caseflow.Actor) filter {
	f := filter{Tab: oneOf(v.Get("tab"), tabs), Item: v.Get("item"), Kind: oneOf(v.Get("kind"), kinds),
		State: oneOf(v.Get("state"), liveStates), Due: oneOf(v.Get("due"), []string{dueSoon, dueToday, dueOverdue}),
		Help: oneOf(v.Get("help"), helps), Department: v.Get("department"), Region: v.Get("region"), Cursor: v.Get("cursor"), Size: ui.RowsOf(v, 20)}
	if f.Tab == "" {
		f.Tab = tabMine
	}
	if f.Region == "" {
		f.Region = by.Region
	}
	return f
}

func oneOf(s string, list []string) string {
	if slices.Contains(list, s) {
		return s
	}
	return ""
}

// query is the filter as the store understands it.
func (f filter) query(by caseflow.Actor, now time.Time) store.TaskQuery {
	q := store.TaskQuery{Region: f.Region, Item: caseflow.ItemID(f.Item), Cursor: f.Cursor, Limit: f.Size, Department: f.Department}
	if f.Kind != "" {
		q.Kinds = []string{f.Kind}
	}
	q.States = liveStates
	switch f.Tab {
	case tabMine:
		q.Person = by.ID
	case tabOpen:
		q.States, q.Roles = []string{caseflow.TaskOpen}, by.Roles // whoever oversees sees more than they can take
		if q.Department == "" {
			q.Department = by.Department
		}
	case tabDone:
		q.States, q.DoneBy = []string{caseflow.TaskDone}, by.ID
	case tabAsked:
		q.From = by.ID
		q.States = append(slices.Clone(liveStates), caseflow.TaskDone)
	case tabCopies:
		q.Kinds = []string{caseflow.TaskCopy}
	}
	if f.State != "" && f.Tab != tabDone && f.Tab != tabOpen {
		q.States = []string{f.State}
	}
	q.Level, q.Now = levelOf[f.Due], now
	switch f.Help {
	case "":
	case helpAny:
		q.Assisted = caseflow.Ways()
	default:
		q.Assisted = []string{f.Help}
	}
	return q
}

// column says what the instants of a tab are.
func (f filter) column() string {
	switch f.Tab {
	case tabDone:
		return "done"
	case tabAsked:
		return "asked"
	}
	return "since"
}

// address is the queue with one value of the filter changed; the page begins anew.
func (f filter) address(name, value string) string {
	v := url.Values{}
	set := func(key, val, standard string) {
		if key == name {
			val = value
		}
		if val != "" && val != standard {
			v.Set(key, val)
		}
	}
	set("tab", f.Tab, "")
	set("item", f.Item, "")
	set("kind", f.Kind, "")
	set("state", f.State, "")
	set("due", f.Due, "")
	set("help", f.Help, "")
	set("department", f.Department, "")
	set("region", f.Region, "")
	set("size", strconv.Itoa(f.Size), "20")
	set("cursor", "", "")
	if len(v) == 0 {
		return "/desk"
	}
	return "/desk?" + v.Encode()
}

// taskLine is one row of the queue.
type taskLine struct {
	store.TaskItem
	No      string // of the case
	Href    string
	Row     string // what a tick sends; "" if it does nothing
	Lamp    *ui.Lamp
	Service string
	What    string // the step, or the kind of task
	about
	Help      *ui.Tag // somebody helps the applicant, or should
	Holder    string
	Result    string    // of what is done
	Who       string    // the post it waits for
	Since     time.Time // when it came, or was done
	Waiting   string    // that, for a list
	Claimable bool
	Agreeable bool
}

// queuePage is what the template of the queue sees.
type queuePage struct {
	*page
	Filter filter
	ID     string // request id of an act on several rows
	Here   string
	Tabs   ui.Tabs
	Chips  []ui.Chip
	Clear  string
	Fields []ui.Field // of the filter
	Keep   []ui.Field
	Turn   ui.Turn
	Lines  []taskLine
	Empty  string // why there is nothing
	Claims bool   // some rows can be claimed
	Agrees bool   // some rows can be agreed to together
	Column string // what the instants of the list are

	Exports []ui.Link
	Relief  bool // a colleague asks to be relieved

	Announced []kit.Announcement // to officials, not read
	Reformed  []string           // what lately became of the department
}

func (d *Desk) queue(p *page, _ *http.Request) error {
	return d.queueWith(p, http.StatusOK)
}

// queueWith shows the queue that the address, or the form that was sent from it, names.
func (d *Desk) queueWith(p *page, status int) error {
	r, now := p.r, d.hall.Now()
	if !p.atDesk() { // who keeps the house has no queue
		return hall.ErrNotFound
	}
	query := r.URL.Query()
	if from, err := url.Parse(kit.Local(r.PostFormValue("next"))); err == nil && r.Method == http.MethodPost {
		query = from.Query()
	}
	f := readFilter(query, p.Actor)
	if f.Region == p.Actor.Region {
		f.Region = ""
	}
	ask := f
	if ask.Region == "" {
		ask.Region = p.Actor.Region
	}
	v := &queuePage{page: p, Filter: f, ID: kit.NewRequestID(), Here: f.address("cursor", f.Cursor)}
	if kind := p.wanted(); kind != "" && r.Method == http.MethodGet {
		sent, err := p.sendQueue(kind, ask)
		if sent || err != nil {
			return err
		}
		p.Notice, status = p.tooMany(), http.StatusUnprocessableEntity
	}
	rows, next, err := d.hall.Queue(r.Context(), p.Actor, ask.query(p.Actor, now))
	for _, tab := range []string{tabOpen, tabDept} { // nothing of one's own: what can be claimed, or what the others have, is more use
		if err != nil || len(rows) > 0 || chosen(query) {
			break
		}
		ask.Tab = tab
		if rows, next, err = d.hall.Queue(r.Context(), p.Actor, ask.query(p.Actor, now)); len(rows) > 0 {
			f.Tab = tab
		}
	}
	if errors.Is(err, store.ErrCursor) { // an address of yesterday, or by hand
		return p.back(f.address("cursor", ""))
	}
	if err != nil {
		return err
	}
	v.Filter, v.Here = f, f.address("cursor", f.Cursor)
	p.Title, v.Column = p.queueTitle(f.Tab), p.T("desk.col."+f.column())
	v.list(rows)
	all := store.Count{N: len(rows)}
	if f.Cursor != "" || next != "" { // there are more than these
		if all, err = d.hall.CountQueue(r.Context(), p.Actor, ask.query(p.Actor, now)); err != nil {
			return err
		}
	}
	if at, err := url.Parse(v.Here); err == nil { // an address that address made is one
		v.Turn = ui.NewTurn(at, f.Size, next)
		v.Turn.Total = kit.Total(p.Lang, all)
	}
	v.choices()
	if len(v.Lines) > 0 {
		v.Exports = p.exports()
	}
	if len(v.Lines) == 0 {
		v.Empty = p.T("desk.empty." + f.Tab)
		if len(v.Chips) > 0 {
			v.Empty = p.T("desk.empty.filtered")
		}
	}
	v.Relief, err = d.hall.ReliefAsked(r.Context(), p.Actor)
	if err != nil {
		return err
	}
	unread, err := p.desk.hall.Unread(p.r.Context(), p.Actor)
	if err != nil {
		return err
	}
	v.Announced = kit.Announcements(unread, p.Lang)
	v.Reformed = p.reformed()
	return p.write(status, "queue", v)
}

// chosen reports whether an address says more than in which language and view.
func chosen(query url.Values) bool {
	for name := range query {
		if name != "lang" && name != "view" {
			return true
		}
	}
	return false
}

// reformed tells what lately became of the own department.
func (p *page) reformed() (lines []string) {
	for _, r := range p.desk.hall.Reformed(p.Actor) {
		line := p.T("desk.reformed-from", kit.ReformText(p.Lang, &r), i18n.Date(p.Lang, r.Applied), r.Basis)
		if len(r.Gone) > 0 {
			line += " " + p.T("desk.reformed-work")
		}
		lines = append(lines, line)
	}
	return lines
}

// list fills in the rows of the tab.
func (v *queuePage) list(rows []store.TaskItem) {
	for _, row := range rows {
		l := v.taskLine(row, v.Now)
		if v.Filter.Tab == tabDone {
			l.Since, l.Waiting = l.Done, v.short(l.Done)
		}
		v.Claims, v.Agrees = v.Claims || l.Claimable, v.Agrees || l.Agreeable
		v.Lines = append(v.Lines, l)
	}
}

// choices fills in tabs, filters and what of them is applied.
func (v *queuePage) choices() {
	f := v.Filter
	for _, t := range tabs {
		plain := filter{Tab: t, Size: f.Size}
		text := v.T("desk.tab." + t)
		if t == tabDept && v.oversees() {
			text = v.T("desk.tab.all")
		}
		v.Tabs.Tabs = append(v.Tabs.Tabs, ui.Link{Text: text, Href: plain.address("", ""), Current: t == f.Tab})
	}
	pick := func(name, chosen, prefix string, values ...string) []ui.Option {
		var list []ui.Option
		for _, val := range values {
			o := ui.Option{Value: val, Label: v.T(prefix + val)}
			list = append(list, o)
			if val == chosen {
				v.Chips = append(v.Chips, ui.Chip{Text: o.Label, Remove: f.address(name, "")})
			}
		}
		return list
	}
	field := func(name, chosen string, options []ui.Option) {
		v.Fields = append(v.Fields, ui.Field{Kind: ui.KindSelect, Name: name, Label: v.T("desk.filter." + name), Value: chosen,
			Options: options, Optional: false})
	}
	var items []ui.Option
	for _, it := range v.desk.guides.Items() {
		items = append(items, ui.Option{Value: string(it.ID), Label: it.Name.In(v.Lang)})
	}
	if f.Item != "" {
		v.Chips = append(v.Chips, ui.Chip{Text: v.itemName(caseflow.ItemID(f.Item)), Remove: f.address("item", "")})
	}
	field("item", f.Item, items)
	field("kind", f.Kind, pick("kind", f.Kind, "case.task-kind.", kinds...))
	field("state", f.State, pick("state", f.State, "case.task.", liveStates...))
	field("due", f.Due, pick("due", f.Due, "desk.due.", dueSoon, dueToday, dueOverdue))
	field("help", f.Help, pick("help", f.Help, "desk.help.", helps...))
	for name, value := range map[string]string{"tab": f.Tab, "department": f.Department, "region": f.Region} {
		if value != "" {
			v.Keep = append(v.Keep, ui.Field{Name: name, Value: value})
		}
	}
	if f.Department != "" {
		v.Chips = append(v.Chips, ui.Chip{Text: v.department(f.Department), Remove: f.address("department", "")})
	}
	if f.Region != "" {
		v.Chips = append(v.Chips, ui.Chip{Text: v.region(f.Region), Remove: f.address("region", "")})
	}
	v.Clear = filter{Tab: f.Tab, Size: f.Size}.address("", "")
}

// queueTitle names a tab: what waits is one thing, what does not has its own name.
func (p *page) queueTitle(tab string) string {
	if tab == tabDone || tab == tabAsked || tab == tabCopies {
		return p.T("desk.tab." + tab)
	}
	return p.T("desk.queue.title")
}

// taskLine turns a row of the store into one of the page.
func (p *page) taskLine(row store.TaskItem, now time.Time) taskLine {
	no := string(row.TaskRow.Key.Case)
	l := taskLine{TaskItem: row, No: no, Href: caseAddress(row.TaskRow.Key.Case), Lamp: taskLamp(&row.TaskRow, now), Service: p.itemName(row.Case.Item),
		What: p.T("case.task-kind." + row.Kind), about: aboutRow(&row.Case),
		Help: p.assisted(row.Case.Assisted), Since: row.Opened, Waiting: p.short(row.Opened), Who: p.postHere(caseflow.Post{Department: row.Department, Role: row.Role, Person: row.Person})}
	if l.Lamp != nil && l.Lamp.State == ui.LampPaused && !row.Due.IsZero() {
		l.Lamp.Why = p.T("desk.resumes", i18n.ShortDue(row.Due, now))
	}
	var def *caseflow.Step
	if it := p.desk.itemAt(&row.Case); it != nil {
		if def = it.StepByID(row.Step); def != nil && row.Kind == caseflow.TaskStep {
			l.What = def.Name.In(p.Lang)
			l.Agreeable = p.takes(&row.TaskRow) && safeToAgree(def)
		}
	}
	if row.Holder != "" {
		l.Holder = p.colleague(row.Holder)
	}
	if row.State == caseflow.TaskDone && row.Outcome != "" {
		l.Result = p.outcomeName(def, row.Outcome)
	}
	l.Claimable = row.State == caseflow.TaskOpen && p.takes(&row.TaskRow)
	if l.Claimable || l.Agreeable {
		l.Row = no + "/" + strconv.Itoa(row.ID)
	}
	return l
}

// takes reports whether the row looks like this person's to take; the core has the last word.
func (p *page) takes(t *store.TaskRow) bool {
	switch {
	case t.State == caseflow.TaskClaimed:
		return t.Holder == p.Actor.ID
	case t.State != caseflow.TaskOpen:
		return false
	case t.Person != "":
		return t.Person == p.Actor.ID
	}
	return p.Actor.Bears(t.Department) && p.Actor.Has(t.Role)
}

// safeToAgree: a plain review without data of its own may be agreed to for many cases at once; a decision never.
func safeToAgree(def *caseflow.Step) bool {
	if def.Kind == caseflow.KindDecide || def.Kind == caseflow.KindDeliver || len(def.Fields) > 0 {
		return false
	}
	return slices.ContainsFunc(def.Choices(), func(o caseflow.Outcome) bool { return o.ID == caseflow.OutcomeAgree })
}

// about is what a case is about and who asks, as lists show them: people's names masked, one name once. Without a subject
// the applicant stands alone.
type about struct{ Subject, Applicant string }

func aboutOf(s caseflow.Subject, applicant, document string) about {
	a := about{s.Masked(), maskParty(applicant, document)}
	if s.Text == applicant {
		a.Subject = ""
	}
	return a
}

func aboutRow(row *store.CaseRow) about { return aboutOf(row.Subject, row.Applicant, row.Document) }

// findPage lists cases by number or name, whatever their state.
type findPage struct {
	*page
	Search string
	Lines  []caseLine
	Turn   ui.Turn
	Empty  string
	Hint   string // what was searched, and what to try
}

type caseLine struct {
	No      caseflow.CaseNo
	Phase   caseflow.Phase
	Service string
	about
	Lamp  *ui.Lamp
	State string
	When  string // when it was handed in, decided or ended, where the list goes by that
	Lead  string // department that leads
}

// caseLine is a row of a list of cases.
func (p *page) caseLine(row *store.CaseRow) caseLine {
	return caseLine{No: row.Key.Case, Phase: row.Phase, State: kit.PhaseName(p.Lang, "desk.phase.", row.Phase, row.Discarded()),
		Service: p.itemName(row.Item), about: aboutRow(row), Lamp: caseLamp(row, p.Now)}
}

// find searches cases; a whole number leads straight to its case.
func (d *Desk) find(p *page, r *http.Request) error {
	search := strings.TrimSpace(r.URL.Query().Get("q"))
	v := &findPage{page: p, Search: search}
	p.Title = p.T("desk.find.title")
	q := store.CaseQuery{Region: p.Actor.Region, Search: search, Cursor: r.URL.Query().Get("cursor"), Limit: ui.RowsOf(r.URL.Query(), 20)}
	if kind := soughtAs(search); kind == "name" || kind == "number" || wholeNumber.MatchString(search) {
		q.Phases = caseflow.Phases() // with what a window began and did not hand in; private drafts bear no name to be found by
	}
	rows, next, err := d.hall.Cases(r.Context(), p.Actor, q)
	if errors.Is(err, store.ErrCursor) {
		return p.back("/desk/find?" + url.Values{"q": {search}}.Encode())
	}
	if err != nil {
		return err
	}
	if len(rows) == 1 && string(rows[0].Key.Case) == search {
		http.Redirect(p.w, r, caseAddress(rows[0].Key.Case), http.StatusSeeOther)
		return nil
	}
	for i := range rows {
		v.Lines = append(v.Lines, p.caseLine(&rows[i]))
	}
	v.Turn = ui.NewTurn(r.URL, q.Limit, next)
	if len(rows) == 0 {
		v.Empty, v.Hint = p.T("desk.empty.find"), p.T("desk.empty.find-"+soughtAs(search))
	}
	return p.show("find", v)
}

// wholeNumber is a case number that is complete, so that at most one case has it.
var wholeNumber = regexp.MustCompile(`^[0-9]{6}-[0-9]{8}-[0-9]{6,}$`)

// soughtAs says what a search was understood as: none, number (of a person, telephone or company), case or name.
func soughtAs(search string) string {
	switch {
	case search == "":
		return "none"
	case store.FoundBy(search) != "":
		return "number"
	case search[0] >= '0' && search[0] <= '9':
		return "case"
	}
	return "name"
}

func caseAddress(no caseflow.CaseNo) string { return "/desk/cases/" + url.PathEscape(string(no)) }
