package sqlstore

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/workday"
)

// changeRows is a change as rows.
type changeRows struct {
	*store.Change
	opens      bool // it begins the case
	entry, row []any
	leaf       []any
	more       [][][]any // by moreTables
	// was is the values of the indexed columns of tasks and of clocks before the change, beside their rows; nil of what is new.
	was [clocksAt + 1][][]any
	// counts are the changes whose marks count: this one or, if it stands for several, all of them.
	counts []*store.Change
}

// moreTables are the tables in which a change may have any number of rows, and how they are written.
var moreTables = []struct {
	table *table
	write *shape
}{
	{tTask, tTask.put},
	{tClock, tClock.put},
	{tLicence, tLicence.put},
	{tNotice, tNotice.put},
	{tName, claimNames},
	{tNameOf, tNameOf.drop},
	{tMessage, tMessage.keep}, // what became of a message stays
	{tSnapshot, tSnapshot.put},
}

// The places of tables among moreTables. Tasks and clocks are written by what changes in them; see puts.
const (
	tasksAt = iota
	clocksAt
	licencesAt
	noticesAt
	namesAt
	freedAt
	messagesAt
	snapshotAt
)

func rowsOf(c *store.Change) *changeRows {
	r := &changeRows{Change: c, opens: c.Entry.No == 1, entry: entryRow(c), row: caseRow(c), leaf: entryLeafRow(c), more: make([][][]any, len(moreTables)),
		counts: []*store.Change{c}}
	for i := range c.Tasks {
		r.more[tasksAt] = append(r.more[tasksAt], taskRow(c.Key, &c.Tasks[i]))
		r.was[tasksAt] = append(r.was[tasksAt], indexWas(tTask, c.Key, c.WasTasks, i, taskRow))
	}
	for i := range c.Clocks {
		r.more[clocksAt] = append(r.more[clocksAt], clockRow(c.Key, &c.Clocks[i]))
		r.was[clocksAt] = append(r.was[clocksAt], indexWas(tClock, c.Key, c.WasClocks, i, clockRow))
	}
	for i := range c.Licences {
		r.more[licencesAt] = append(r.more[licencesAt], licenceRow(c.Key, &c.Licences[i]))
	}
	for i := range c.Notices {
		r.more[noticesAt] = append(r.more[noticesAt], noticeRow(&c.Notices[i]))
	}
	for i := range c.Names {
		r.more[namesAt] = append(r.more[namesAt], nameRows(&c.Names[i])...)
	}
	for i := range c.FreedNames {
		r.more[freedAt] = append(r.more[freedAt], firsts(nameRows(&c.FreedNames[i]), tNameOf.key)...)
	}
	r.more[freedAt] = without(r.more[freedAt], firsts(r.more[namesAt], tNameOf.key))
	for i := range c.Messages {
		r.more[messagesAt] = append(r.more[messagesAt], messageRow(c, &c.Messages[i]))
	}
	if c.Snapshot != nil {
		r.more[snapshotAt] = [][]any{{c.Region, string(c.Case), int64(c.Entry.No), packed(c.Snapshot)}}
	}
	return r
}

// indexWas is the values of the indexed columns of what stood in a place before; nil if nothing did.
func indexWas[T any](t *table, k store.Key, was []*T, i int, row func(store.Key, *T) []any) []any {
	if i >= len(was) || was[i] == nil {
		return nil
	}
	return t.indexOf(row(k, was[i]))
}

func entryRow(c *store.Change) []any {
	e := &c.Entry
	return []any{
		c.Region, string(c.Case), int64(e.No), e.Request, blob(e.Body), store.Micros(e.At), e.Actor.ID, e.Actor.Kind,
		e.Actor.Department, e.Actor.For, e.Verb, int64(e.Seq), packed(e.Events), blob(e.Salt), blob(e.Leaf),
	}
}

func scanEntry(sc scan, more ...any) (store.Entry, error) {
	var e store.Entry
	err := sc(append(more, &e.No, &e.Request, &e.Body, store.At(&e.At), &e.Actor.ID, &e.Actor.Kind, &e.Actor.Department,
		&e.Actor.For, &e.Verb, &e.Seq, (*zipped)(&e.Events), &e.Salt, &e.Leaf)...)
	return e, err
}

func caseRow(c *store.Change) []any {
	r := &c.Row
	return []any{
		c.Region, string(c.Case), string(r.Item), r.Pack, r.Version, string(r.Phase), stage(r.Phase), r.Channel, r.Department,
		asList(r.Departments), r.Owner, r.Applicant, r.Subject.Text, truth(r.Subject.Personal), names(r), found(r.Document),
		store.Micros(r.Opened), store.Micros(r.Submitted), store.Micros(r.Accepted), store.Micros(r.Decided), store.Micros(r.Ended), store.Micros(r.Statutory),
		store.Micros(r.Promised), truth(r.Stopped), r.Assisted, store.Micros(r.Wake), int64(0), int64(c.Entry.No),
		blob(c.Entry.Leaf), store.Micros(r.Updated), int64(r.Points),
	}
}

// caseCols are the columns of cases that scanCase reads, each behind the prefix.
func caseCols(prefix string) string {
	return prefix + strings.Join([]string{
		"region", "case_no", "item", "pack", "version", "phase", "channel", "department", "departments", "owner", "applicant",
		"subject", "personal", "document", "opened", "submitted", "accepted", "decided", "ended", "statutory", "promised",
		"stopped", "assisted", "wake", "entry", "updated", "points",
	}, ", "+prefix)
}

func scanCase(sc scan, r *store.CaseRow, more ...any) error {
	var departments string
	err := sc(append(more, &r.Region, &r.Case, &r.Item, &r.Pack, &r.Version, &r.Phase, &r.Channel, &r.Department, &departments,
		&r.Owner, &r.Applicant, &r.Subject.Text, &r.Subject.Personal, (*covered)(&r.Document), store.At(&r.Opened), store.At(&r.Submitted),
		store.At(&r.Accepted), store.At(&r.Decided), store.At(&r.Ended), store.At(&r.Statutory), store.At(&r.Promised),
		&r.Stopped, &r.Assisted, store.At(&r.Wake), &r.Entry, store.At(&r.Updated), &r.Points)...)
	r.Departments = list(departments)
	return err
}

func taskRow(k store.Key, t *store.TaskRow) []any {
	return []any{
		k.Region, string(k.Case), int64(t.ID), t.Kind, string(t.Step), t.Department, t.Role, t.Person, t.Holder, t.From, t.State,
		truth(live(t.State)), store.Micros(t.Opened), store.Micros(t.Done), t.DoneBy, t.Outcome, dueMicros(t.Due), store.Micros(t.Soon), truth(t.Stopped),
	}
}

// live reports whether somebody still has to do a task in this state.
func live(state string) bool { return (&caseflow.Task{State: state}).Live() }

func scanTask(sc scan, i *store.TaskItem) error {
	t := &i.TaskRow
	var due int64
	err := scanCase(sc, &i.Case, &t.ID, &t.Kind, &t.Step, &t.Department, &t.Role, &t.Person, &t.Holder, &t.From, &t.State,
		store.At(&t.Opened), store.At(&t.Done), &t.DoneBy, &t.Outcome, &due, store.At(&t.Soon), &t.Stopped)
	t.Key = i.Case.Key
	t.Due = dueInstant(due)
	return err
}

func clockRow(k store.Key, c *store.ClockRow) []any {
	return []any{
		k.Region, string(k.Case), c.ID, c.Kind, string(c.Step), c.Bearer, store.Micros(c.From), dueMicros(c.Due), c.State, int64(c.Level),
		store.Micros(c.Ended), truth(c.Provisional), store.Micros(c.Soon), store.Micros(c.Today), c.Limit.String(), c.Stops, c.Why,
	}
}

func scanClock(sc scan) (store.ClockRow, error) {
	var c store.ClockRow
	var due int64
	var limit string
	err := sc(&c.Region, &c.Case, &c.ID, &c.Kind, &c.Step, &c.Bearer, store.At(&c.From), &due, &c.State, &c.Level, store.At(&c.Ended), &c.Provisional,
		store.At(&c.Soon), store.At(&c.Today), &limit, &c.Stops, &c.Why)
	if err != nil {
		return c, err
	}
	c.Due = dueInstant(due)
	c.Limit, err = workday.ParseLimit(limit)
	return c, err
}

func licenceRow(k store.Key, l *store.LicenceRow) []any {
	return []any{
		k.Region, string(k.Case), l.No, l.Kind, l.Holder, found(l.Document), l.Verify, store.Micros(l.Issued), l.Expires, l.State, string(l.Item), found(l.Legal),
		packed(l.Body),
	}
}

func scanLicence(sc scan) (store.LicenceRow, error) {
	var l store.LicenceRow
	err := sc(&l.Region, &l.Case, &l.No, &l.Kind, &l.Holder, (*covered)(&l.Document), &l.Verify, store.At(&l.Issued), &l.Expires, &l.State,
		&l.Item, (*covered)(&l.Legal), (*zipped)(&l.Body))
	return l, err
}

// messageRow places a message in the journal: its entry is the change's, whatever the message says.
func messageRow(c *store.Change, m *store.Message) []any {
	state := m.State
	if state == "" {
		state = store.MessageWaiting
	}
	return []any{
		c.Region, string(c.Case), int64(c.Entry.No), int64(m.Index), m.Channel, found(m.Recipient), m.Template, string(m.Item), packed(m.Body), store.Micros(c.Entry.At),
		state, int64(m.Attempts), store.Micros(m.Next), int64(0), store.Micros(m.Sent), store.Micros(m.Read), m.Error,
	}
}

// messageCols are the columns of message that scanMessage reads.
const messageCols = "region, case_no, entry, idx, channel, recipient, template, item, body, state, attempts, next, sent, seen, error, made, lease"

func scanMessage(sc scan) (store.Message, error) {
	var m store.Message
	err := sc(&m.Region, &m.Case, &m.Entry, &m.Index, &m.Channel, (*covered)(&m.Recipient), &m.Template, &m.Item, (*zipped)(&m.Body), &m.State, &m.Attempts,
		store.At(&m.Next), store.At(&m.Sent), store.At(&m.Read), &m.Error, store.At(&m.Made), store.At(&m.Lease))
	return m, err
}

// partyRows lists a case once for every department that takes part.
func partyRows(k store.Key, s caseState) [][]any {
	var rows [][]any
	for _, d := range slices.Compact(slices.Sorted(slices.Values(list(s.departments)))) {
		rows = append(rows, []any{k.Region, d, s.stage, s.opened, string(k.Case)})
	}
	return rows
}

// gramRows lists a case under the pairs of characters of its names.
func gramRows(k store.Key, s caseState) [][]any {
	var rows [][]any
	for _, g := range grams(s.searched) {
		rows = append(rows, []any{k.Region, g, s.opened, string(k.Case)})
	}
	return rows
}

// noDue is a due instant that never comes, so that it sorts last.
const noDue = math.MaxInt64

func dueMicros(t time.Time) int64 {
	if t.IsZero() {
		return noDue
	}
	return t.UnixMicro()
}

func dueInstant(us int64) time.Time {
	if us == noDue {
		return time.Time{}
	}
	return store.FromMicros(us)
}

func truth(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// blob is never NULL.
func blob(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// asList stores a list of words; list reads it.
func asList(words []string) string {
	if len(words) == 0 {
		return "[]"
	}
	b, err := json.Marshal(words)
	if err != nil { // strings always encode
		return "[]"
	}
	return string(b)
}

func list(s string) []string {
	if s == "" || s == "[]" {
		return nil
	}
	var words []string
	if json.Unmarshal([]byte(s), &words) != nil {
		return nil
	}
	return words
}
