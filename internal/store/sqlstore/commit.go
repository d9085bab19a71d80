package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
)

// retryFor bounds how long a batch is tried again while the server is away; an error then comes below five seconds.
const retryFor = 3 * time.Second

// errGap: an entry would leave a gap in its case's journal. The caller sees a conflict.
var errGap = errors.New("gap in the journal")

// errText: no database stores such text alike.
var errText = errors.New("store: text is not valid UTF-8")

// check turns a change into rows and refuses what could not be stored. It runs in the caller's goroutine.
func check(c *store.Change) (*changeRows, error) {
	if c.Region == "" || c.Case == "" || c.Entry.No < 1 || c.Entry.Request == "" {
		return nil, fmt.Errorf("store: a change needs region, case, entry number and request id (case %q, entry %d)", c.Case, c.Entry.No)
	}
	r := rowsOf(c)
	for _, t := range append(r.more, [][]any{r.entry, r.row}) {
		for _, row := range t {
			if err := checkText(row); err != nil {
				return nil, fmt.Errorf("case %s: %w", c.Case, err)
			}
		}
	}
	return r, nil
}

// checkText refuses text that is not UTF-8 or holds a NUL.
func checkText(row []any) error {
	for _, v := range row {
		if s, ok := v.(string); ok && (!utf8.ValidString(s) || strings.IndexByte(s, 0) >= 0) {
			return errText
		}
	}
	return nil
}

// writeBatch writes the changes and returns the outcome of each: in one transaction if that succeeds, else each in its
// own, so that one bad row does not sink the others. The changes are of different cases and requests.
func (w *writer) writeBatch(batch []*job) []error {
	out := make([]error, len(batch))
	slices.SortFunc(batch, func(a, b *job) int { // the same order in every transaction: nobody waits in a circle
		return strings.Compare(a.change.Region+"\x00"+string(a.change.Case), b.change.Region+"\x00"+string(b.change.Case))
	})
	err := w.attempt(batch, out)
	if err == nil {
		return out
	}
	if len(batch) > 1 && w.s.d.verdict(err) == fault {
		for i := range batch {
			one := batch[i : i+1]
			if err := w.attempt(one, out[i:i+1]); err != nil {
				out[i] = w.outcome(err)
			}
		}
		return out
	}
	for i := range out {
		out[i] = w.outcome(err)
	}
	return out
}

// outcome is what the caller of a change learns of a failure.
func (w *writer) outcome(err error) error {
	if errors.Is(err, errGap) {
		return store.ErrConflict
	}
	return w.s.sentinel(err)
}

// attempt writes the batch in one transaction, and again while that may help. It fills out with nil, ErrConflict or
// ErrRepeat, or returns why nothing could be written.
func (w *writer) attempt(batch []*job, out []error) error {
	var err error
	unsure := false // an earlier attempt may have been committed although we were not told
	for start, try := time.Now(), 0; ; try++ {
		if w.s.stopped.Load() {
			return errStopped
		}
		clear(out)
		if err = w.connect(); err == nil {
			if err = w.writeAll(batch, out, unsure); err != nil {
				err = w.failed(err)
			}
		}
		if err == nil {
			w.known(batch, out)
			return nil
		}
		v := w.s.d.verdict(err)
		unsure = unsure || v == offline
		if v != retry && v != offline || time.Since(start) > retryFor {
			return err
		}
		pause(context.Background(), time.Duration(min(try+1, 10))*10*time.Millisecond)
	}
}

// known remembers the regions of new cases after they were written.
func (w *writer) known(batch []*job, out []error) {
	for i, j := range batch {
		if out[i] == nil && j.change.Entry.No == 1 {
			w.s.regions.Store(j.change.Region, true)
		}
	}
}

// writeAll writes the batch in one transaction, in two steps: the journal decides which changes are accepted and the rows of
// their cases are read; then everything else is written and committed.
func (w *writer) writeAll(batch []*job, out []error, unsure bool) error {
	taken := make(map[store.Key]bool, len(batch))
	old := make(map[store.Key]caseState, len(batch))
	err := w.together(step{text: w.s.d.begin}, appendStep(batch, taken), lockStep(keysOf(batch), old))
	if err != nil {
		return err
	}
	accepted := make([]*changeRows, 0, len(batch))
	var refused []int
	for i, j := range batch {
		if !taken[j.change.Key] {
			refused = append(refused, i)
			continue
		}
		if e := old[j.change.Key].entry; e != j.change.Entry.No-1 {
			return fmt.Errorf("case %s entry %d after %d: %w", j.change.Case, j.change.Entry.No, e, errGap)
		}
		accepted = append(accepted, j.rows)
	}
	if len(refused) > 0 {
		if err := w.refuse(batch, refused, out, unsure); err != nil {
			return err
		}
	}
	return w.together(append(w.project(accepted, old), step{text: "COMMIT"})...)
}

// appendEntries inserts the entries that nothing stands against and returns their cases.
var appendEntries = tJournal.adding(ignore + " RETURNING region, case_no")

// appendStep appends the entries whose number and request id are free to the journal, and marks their cases as taken.
func appendStep(batch []*job, taken map[store.Key]bool) step {
	st := step{shape: appendEntries, each: func(sc scan) error {
		var k store.Key
		err := sc(&k.Region, &k.Case)
		taken[k] = true
		return err
	}}
	for _, j := range batch {
		st.rows = append(st.rows, j.rows.entry)
	}
	return st
}

func keysOf(batch []*job) [][]any {
	keys := make([][]any, len(batch))
	for i, j := range batch {
		keys[i] = j.rows.entry[:2]
	}
	return keys
}

var firstRequests = &shape{[]kind{text, text}, func(d *dialect, n int) string {
	return "SELECT region, request, salt FROM journal WHERE " + among(d, []string{"region", "request"}, []kind{text, text}, n)
}}

// refuse tells why entries were not accepted: the request id is taken, or the number is. After a broken connection the
// entry found may be our own; its salt, 16 random bytes, proves it.
func (w *writer) refuse(batch []*job, refused []int, out []error, unsure bool) error {
	keys := make([][]any, len(refused))
	for k, i := range refused {
		keys[k] = []any{batch[i].change.Region, batch[i].change.Entry.Request}
	}
	first := map[string][]byte{}
	err := w.many(firstRequests, keys, func(sc scan) error {
		var region, request string
		var salt []byte
		err := sc(&region, &request, &salt)
		first[region+"\x00"+request] = salt
		return err
	})
	for _, i := range refused {
		e := &batch[i].change.Entry
		salt, repeat := first[batch[i].change.Region+"\x00"+e.Request]
		switch {
		case repeat && unsure && len(salt) > 0 && string(salt) == string(e.Salt):
			out[i] = nil
		case repeat:
			out[i] = store.ErrRepeat
		default:
			out[i] = store.ErrConflict
		}
	}
	return err
}

// caseState is what has to be known of a case's row before it is replaced: its entry and what stands in other rows and
// indexes.
type caseState struct {
	entry       int
	item, stage string
	owner       string
	searched    string // the names under whose pairs it stands: of a private draft, none
	departments []string
	opened      int64
	wake        int64
}

// stateOf is the state after a change.
func stateOf(c *store.Change) caseState {
	r := &c.Row
	return caseState{c.Entry.No, string(r.Item), stage(r.Phase), r.Owner, searched(r, names(r)), r.Departments, micros(r.Opened), micros(r.Wake)}
}

// searched is those of the names under whose pairs the case stands.
func searched(r *store.CaseRow, names string) string {
	if r.Private() {
		return ""
	}
	return names
}

var lockCases = &shape{tCase.kinds[:2], func(d *dialect, n int) string {
	return "SELECT region, case_no, entry, item, phase, channel, owner, departments, find, opened, wake FROM cases WHERE " +
		among(d, tCase.cols[:2], tCase.kinds[:2], n) + d.lock
}}

// lockStep reads, and on PostgreSQL locks, the rows of cases. A case that is new is not among them.
func lockStep(keys [][]any, old map[store.Key]caseState) step {
	return step{shape: lockCases, rows: keys, each: func(sc scan) error {
		var k store.Key
		var o caseState
		var r store.CaseRow
		var departments, find string
		err := sc(&k.Region, &k.Case, &o.entry, &o.item, &r.Phase, &r.Channel, &o.owner, &departments, &find, &o.opened, &o.wake)
		o.stage, o.searched, o.departments = stage(r.Phase), searched(&r, find), list(departments)
		old[k] = o
		return err
	}}
}

// project returns the steps that write the rows derived from the journal, and the messages.
func (w *writer) project(changes []*changeRows, old map[store.Key]caseState) []step {
	var parties, grams rowDiff
	var whole, plain, regions [][]any
	all := make([][][]any, len(moreTables))
	for _, c := range changes {
		o, exists := old[c.Key]
		now := stateOf(c.Change)
		if exists && w.s.d.reindex && o.item == now.item && o.stage == now.stage && o.owner == now.owner && o.opened == now.opened && o.wake == now.wake {
			plain = append(plain, c.row)
		} else {
			whole = append(whole, c.row)
		}
		if o.opened != now.opened || o.stage != now.stage || !slices.Equal(o.departments, now.departments) {
			parties.add(partyRows(c.Key, o), partyRows(c.Key, now))
		}
		if o.opened != now.opened || o.searched != now.searched {
			grams.add(gramRows(c.Key, o), gramRows(c.Key, now))
		}
		if _, known := w.s.regions.Load(c.Region); c.Entry.No == 1 && !known {
			regions = append(regions, []any{c.Region})
		}
		for i, rows := range c.more {
			all[i] = append(all[i], rows...)
		}
	}
	steps := []step{{shape: putCases, rows: whole}, {shape: putPlain, rows: plain}}
	for i, t := range moreTables {
		steps = append(steps, step{shape: t.write, rows: all[i]})
	}
	return append(steps, step{shape: tParty.drop, rows: parties.gone}, step{shape: tParty.keep, rows: parties.come},
		step{shape: tGram.drop, rows: grams.gone}, step{shape: tGram.keep, rows: grams.come}, step{shape: tRegion.keep, rows: regions})
}

// putCases and putPlain insert or replace rows of cases. A claim of the wake instant ends when that instant changes.
var (
	putCases = tCase.adding(tCase.replace(caseColumns) + ", lease = CASE WHEN cases.wake = excluded.wake THEN cases.lease ELSE 0 END")
	putPlain = tCase.adding(tCase.replace(plainColumns))
)

// Columns of a case's row that an update replaces: all, or those that stand in no index. lease follows wake.
var (
	caseColumns  = slices.DeleteFunc(slices.Clone(tCase.cols[tCase.key:]), func(c string) bool { return c == "lease" })
	plainColumns = slices.DeleteFunc(slices.Clone(caseColumns), func(c string) bool {
		return slices.Contains([]string{"item", "stage", "owner", "opened", "wake"}, c)
	})
)

// rowDiff collects the rows that have to go and to come; those that stand already are left alone.
type rowDiff struct{ gone, come [][]any }

func (d *rowDiff) add(old, now [][]any) {
	d.gone = append(d.gone, without(old, now)...)
	d.come = append(d.come, without(now, old)...)
}

// without is the rows that are not among the others.
func without(rows, others [][]any) [][]any {
	return slices.DeleteFunc(slices.Clone(rows), func(r []any) bool {
		return slices.ContainsFunc(others, func(o []any) bool { return slices.Equal(r, o) })
	})
}

// stage is where a case stands in the lists: open, or the phase in which it ended.
func stage(p caseflow.Phase) string {
	if p.Open() {
		return stageOpen
	}
	return string(p)
}

const stageOpen = "open"
