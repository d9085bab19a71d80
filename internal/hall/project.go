package hall

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/dotted"
	"github.com/tongban/tongban/internal/stat"
	"github.com/tongban/tongban/internal/store"
)

// project fills the change with the rows that differ between the case before and after. was is nil for a new case and for
// a rebuild, which writes all rows. Tasks, clocks and licences are only ever added to a case, so each keeps its place.
func project(ch *store.Change, it *caseflow.Item, was, c *caseflow.Case, subject caseflow.Subject, now time.Time) {
	ch.Row = caseRow(ch.Key, it, c, ch.Entry.No, now)
	ch.Row.Subject = subject
	if was == nil {
		was = &caseflow.Case{}
	}
	for i := range c.Tasks {
		row := taskRow(ch.Key, it, c, &c.Tasks[i])
		var before *store.TaskRow
		if i < len(was.Tasks) {
			old := taskRow(ch.Key, it, was, &was.Tasks[i])
			if old == row {
				continue
			}
			before = kept(old)
		}
		ch.Tasks, ch.WasTasks = append(ch.Tasks, row), append(ch.WasTasks, before)
	}
	for i := range c.Clocks {
		row := clockRow(ch.Key, c, &c.Clocks[i])
		var before *store.ClockRow
		if i < len(was.Clocks) {
			old := clockRow(ch.Key, was, &was.Clocks[i])
			if old == row {
				continue
			}
			before = kept(old)
		}
		ch.Clocks, ch.WasClocks = append(ch.Clocks, row), append(ch.WasClocks, before)
	}
	projectName(ch, it, was, c)
	projectNotices(ch, was, c)
	company := companyOf(it, c)
	moved := company != companyOf(it, was) // all that the case grants is the company's
	for i := range c.Licences {
		if l := &c.Licences[i]; moved || i >= len(was.Licences) || was.Licences[i].State != l.State || was.Licences[i].Reminded != l.Reminded {
			ch.Licences = append(ch.Licences, licenceRow(ch.Key, it, c, l, company))
		}
	}
	ch.Marks, ch.WasMarks = stat.MarksOf(c, it.Department), stat.MarksOf(was, it.Department)
	for len(ch.WasMarks) > 0 && len(ch.Marks) > 0 && ch.Marks[0] == ch.WasMarks[0] { // what stays counts neither way
		ch.Marks, ch.WasMarks = ch.Marks[1:], ch.WasMarks[1:]
	}
}

// kept is a copy to be kept: most rows do not differ, and those need no place on the heap.
func kept[T any](v T) *T { return &v }

func caseRow(key store.Key, it *caseflow.Item, c *caseflow.Case, entry int, now time.Time) store.CaseRow {
	row := store.CaseRow{
		Key: key, Item: c.Item, Pack: c.Pack, Version: c.Version, Phase: c.Phase, Channel: c.Channel,
		Department: it.Department, Departments: departments(&matter{it: it, c: c}), Owner: c.Owner, Applicant: c.Applicant.Name,
		Document: document(c), Opened: c.Opened, Submitted: c.Submitted, Accepted: c.Accepted, Decided: c.Decided,
		Ended: c.Ended, Stopped: c.Stopped() != nil, Wake: c.Wake(), Entry: entry, Updated: now,
	}
	if len(c.Errands()) > 0 { // whoever runs the clocks carries them, as soon as may be
		row.Wake = c.Updated
	}
	row.Keys = keys(it, c)
	if c.Assistance != nil {
		row.Assisted = c.Assistance.How
	}
	if k := c.Clock(caseflow.ClockStatutory); k != nil {
		row.Statutory = k.Due
	}
	if k := c.Clock(caseflow.ClockPromised); k != nil {
		row.Promised = k.Due
	}
	if c.Phase == caseflow.PhaseCorrecting && c.Correction != nil {
		row.Points = len(c.Correction.Points)
	}
	if k := c.Clock(caseflow.ClockAcceptance); k != nil && c.Accepted.IsZero() && c.Phase.Open() { // 行政许可法 art. 32(4): the limit by law until then
		row.Statutory, row.Stopped = k.Due, k.State == caseflow.ClockStopped
	}
	return row
}

// keys are the numbers by which officials find a case: documents and telephones of who asks, and the credit codes that it has
// granted.
func keys(it *caseflow.Item, c *caseflow.Case) []string {
	all := []string{c.Applicant.Document.No, c.Applicant.Phone}
	if c.Agent != nil {
		all = append(all, c.Agent.Document.No, c.Agent.Phone)
	}
	if no := it.RefersTo(c.Form); no != "" {
		all = append(all, referring(no))
	}
	for i := range c.Licences {
		if opens(it, &c.Licences[i]) {
			all = append(all, c.Licences[i].No)
		}
	}
	return all
}

// opens reports whether a licence is that of a company which the case opens: its number is the company's credit code.
func opens(it *caseflow.Item, l *caseflow.Licence) bool {
	st := it.StepByID(l.Step)
	return st != nil && st.Result != nil && st.Result.Numbering == caseflow.NumberCreditCode
}

// companyOf is the credit code of the company that the case has opened; "" if it has opened none.
func companyOf(it *caseflow.Item, c *caseflow.Case) string {
	for i := range c.Licences {
		if opens(it, &c.Licences[i]) {
			return c.Licences[i].No
		}
	}
	return ""
}

// legalOf is the document of the legal representative (法定代表人) that the form names, as the store knows it; "" if it names none.
func legalOf(it *caseflow.Item, c *caseflow.Case) string {
	i := slices.IndexFunc(it.Persons, func(p caseflow.Person) bool { return p.ID == caseflow.PersonLegal && p.List == "" })
	form, ok := object(c.Form)
	if i < 0 || !ok {
		return ""
	}
	text := func(name string) string {
		v, _ := dotted.At(form, name)
		s, _ := v.(string)
		return s
	}
	f := it.Persons[i].Fields
	doc, err := ident.Check(ident.Document{Type: ident.DocType(cmp.Or(text(f.DocType), string(ident.DocResidentID))), No: text(f.DocNo)}, c.Updated)
	if err != nil {
		return ""
	}
	return string(doc.Type) + ":" + doc.No
}

// referring is the key by which the cases are found that are about a case.
func referring(no caseflow.CaseNo) string { return "REF" + strings.ReplaceAll(string(no), "-", "") }

func document(c *caseflow.Case) string { return documentOf(c.Applicant) }

// companyDocument is how the store knows a company.
func companyDocument(code string) string { return string(ident.DocCreditCode) + ":" + code }

// documentOf is how the store knows a party.
func documentOf(p caseflow.Party) string { return string(p.Document.Type) + ":" + p.Document.No }

func taskRow(key store.Key, it *caseflow.Item, c *caseflow.Case, t *caseflow.Task) store.TaskRow {
	row := store.TaskRow{
		Key: key, ID: t.ID, Kind: t.Kind, Step: t.Step, Department: t.By.Department, Role: t.By.Role, Person: t.By.Person,
		Holder: t.Holder, From: t.From, State: t.State, Opened: t.Opened, Done: t.Done, DoneBy: t.DoneBy, Outcome: t.Outcome,
	}
	if t.Delegator != "" { // it comes back there
		row.From = t.Delegator
	}
	row.Due, row.Soon, row.Stopped = TaskDue(it, c, t)
	return row
}

// TaskDue is when a task is due and from when on that is soon; zero if it has no limit. A limit that stands still is due when
// its stop must end: the instant that it had before says nothing of the work any more.
func TaskDue(it *caseflow.Item, c *caseflow.Case, t *caseflow.Task) (due, soon time.Time, stopped bool) {
	k := limitOf(it, c, t)
	switch {
	case k == nil:
		return due, soon, false
	case k.State == caseflow.ClockStopped:
		return stopEnd(c, t.Step), soon, true
	}
	return k.Due, k.Soon, false
}

// stopEnd is when the limit of a step that stands still must run again; zero if nothing says when.
func stopEnd(c *caseflow.Case, step caseflow.StepID) time.Time {
	if stop := c.StoppedAt(step); stop != nil {
		if k := c.Clock(caseflow.StopClockID(stop.ID)); k != nil {
			return k.Due
		}
	}
	return time.Time{}
}

// limitOf finds the clock that a task runs under: its own, its step's, that of acceptance or, of a hand-out that has none
// of its own, that of delivery; nil if it has none.
func limitOf(it *caseflow.Item, c *caseflow.Case, t *caseflow.Task) *caseflow.Clock {
	switch t.Kind {
	case caseflow.TaskAccept:
		return c.Clock(caseflow.ClockAcceptance)
	case caseflow.TaskStep:
		if k := c.Clock(caseflow.StepClock(t.Step, t.Round)); k != nil {
			return k
		}
		if def := it.StepByID(t.Step); def != nil && def.Kind == caseflow.KindDeliver {
			return c.Clock(caseflow.ClockDelivery)
		}
		return nil
	}
	return c.Clock(caseflow.TaskClock(t.ID))
}

func clockRow(key store.Key, c *caseflow.Case, k *caseflow.Clock) store.ClockRow {
	row := store.ClockRow{
		Key: key, ID: k.ID, Kind: k.Kind, Step: k.Step, Bearer: k.Bearer, From: k.From, Due: k.Due, State: k.State,
		Level: int(k.Level), Ended: k.Ended, Provisional: k.Provisional, Soon: k.Soon, Today: k.Today, Limit: k.Limit(),
	}
	if len(k.Stops) > 0 {
		row.Stops = string(mustJSON(k.Stops))
	}
	if stop := c.Stopped(); stop != nil && k.State == caseflow.ClockStopped {
		row.Why = stop.Reason
	}
	return row
}

// clockOf is what a row tells of a clock: enough to show how it stands.
func clockOf(row *store.ClockRow) (caseflow.Clock, error) {
	k := caseflow.Clock{
		ID: row.ID, Kind: row.Kind, Step: row.Step, Bearer: row.Bearer, From: row.From, State: row.State, Level: caseflow.Level(row.Level),
		Ended: row.Ended, Rule: caseflow.Rule{Limit: row.Limit},
		Times: caseflow.Times{Due: row.Due, Soon: row.Soon, Today: row.Today, Provisional: row.Provisional},
	}
	if row.Stops == "" {
		return k, nil
	}
	if err := json.Unmarshal([]byte(row.Stops), &k.Stops); err != nil {
		return k, fmt.Errorf("clock %s of case %s: %w", row.ID, row.Case, err)
	}
	return k, nil
}

// licenceRow is a licence in a list. What a case grants that opens a company is the company's.
func licenceRow(key store.Key, it *caseflow.Item, c *caseflow.Case, l *caseflow.Licence, company string) store.LicenceRow {
	row := store.LicenceRow{
		Key: key, No: l.No, Kind: l.Kind, Holder: l.Holder, Document: document(c), Verify: l.Verify, Issued: l.Issued,
		State: l.State, Item: c.Item, Body: mustJSON(l),
	}
	if company != "" {
		row.Document = companyDocument(company)
	}
	if opens(it, l) {
		row.Legal = legalOf(it, c)
	}
	if !l.Expires.IsZero() {
		row.Expires = l.Expires.String()
	}
	return row
}
