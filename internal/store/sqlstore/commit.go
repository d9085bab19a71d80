package sqlstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tongban/tongban/internal/store"
)

// retryFor bounds how long a batch is tried again while the server is away; an error then comes below five seconds.
const retryFor = 3 * time.Second

// errText: no database stores such text alike.
var errText = errors.New("store: text is not valid UTF-8")

// check turns a change into rows and refuses what could not be stored. It runs in the caller's goroutine.
func (s *Store) check(c *store.Change) (*changeRows, error) {
	if c.Region == "" || c.Case == "" || c.Entry.No < 1 || c.Entry.Request == "" {
		return nil, fmt.Errorf("store: a change needs region, case, entry number and request id (case %q, entry %d)", c.Case, c.Entry.No)
	}
	sealer, err := s.sealer()
	if err != nil {
		return nil, err
	}
	r := rowsOf(c)
	for _, t := range append(r.more, [][]any{r.entry, r.row}) {
		for _, row := range t {
			if err := checkText(row); err != nil {
				return nil, fmt.Errorf("case %s: %w", c.Case, err)
			}
			sealer.row(row)
		}
	}
	for _, m := range c.Marks { // those before were once such
		if err := checkText([]any{m.Department, m.Channel, m.Measure}); err != nil {
			return nil, fmt.Errorf("case %s: %w", c.Case, err)
		}
	}
	return r, nil
}

// checkRow is checkText of a row that is then sealed.
func (s *Store) checkRow(row []any) error {
	if err := checkText(row); err != nil {
		return err
	}
	return s.sealRow(row)
}

// checkText refuses text that is not UTF-8 or holds a NUL.
func checkText(row []any) error {
	for _, v := range row {
		if s, ok := textOf(v); ok && (!utf8.ValidString(s) || strings.IndexByte(s, 0) >= 0) {
			return errText
		}
	}
	return nil
}

func textOf(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case found:
		return string(v), true
	case listed:
		return string(v), true
	}
	return "", false
}

// writeBatch writes the changes and returns the outcome of each: in one transaction if that succeeds, else each in its
// own, so that one bad row does not sink the others.
func (w *writer) writeBatch(batch []*job) []error {
	out := make([]error, len(batch))
	slices.SortStableFunc(batch, func(a, b *job) int { // the same order in every transaction: nobody waits in a circle
		return cmp.Or(strings.Compare(a.change.Region, b.change.Region),
			strings.Compare(string(a.change.Case), string(b.change.Case)), a.change.Entry.No-b.change.Entry.No)
	})
	err := w.attempt(batch, out)
	if err == nil {
		return out
	}
	if v := w.s.d.verdict(err); len(batch) > 1 && (v == fault || v == denied) {
		for i := range batch {
			if err := w.attempt(batch[i:i+1], out[i:i+1]); err != nil {
				out[i] = w.s.sentinel(err)
			}
		}
		return out
	}
	for i := range out {
		out[i] = w.s.sentinel(err)
	}
	return out
}

// attempt writes the batch in one transaction, and again while that may help. It fills out with nil, ErrConflict,
// ErrRepeat or ErrCalendar, or returns why nothing could be written.
func (w *writer) attempt(batch []*job, out []error) error {
	var err error
	var doubt doubt
	for start, try := time.Now(), 0; ; try++ {
		if w.s.stopped.Load() {
			return errStopped
		}
		clear(out)
		if err = w.connect(); err == nil {
			if err = w.writeAll(batch, out, doubt); err != nil {
				err = w.failed(err)
			}
		}
		if err == nil {
			w.known(batch, out)
			return nil
		}
		v := w.s.d.verdict(err)
		doubt.committed = doubt.committed || v == offline
		doubt.requests = doubt.requests || v == taken
		if v != retry && v != offline && v != taken || time.Since(start) > retryFor {
			return err
		}
		if v != taken || try > 0 {
			pause(context.Background(), time.Duration(min(try+1, 10))*10*time.Millisecond)
		}
	}
}

// doubt is what an earlier attempt leaves to be asked.
type doubt struct {
	committed bool // it may have been committed although we were not told
	requests  bool // a request id of the batch is taken
}

// known remembers the regions of new cases after they were written.
func (w *writer) known(batch []*job, out []error) {
	for i, j := range batch {
		if out[i] == nil && j.change.Entry.No == 1 {
			w.s.regions.Store(j.change.Region, true)
		}
	}
}

// writeAll writes the batch in one transaction, in two steps: the rows of the cases, of the mandates under which something was
// done, and the version of the calendar are read and on PostgreSQL locked, so that it is known which changes follow the last entry
// of their case and were decided on what stands; then these are written and committed. That a request id is taken shows when
// writing fails, which is rare; only then are they looked up.
func (w *writer) writeAll(batch []*job, out []error, doubt doubt) error {
	old, mandates, calendar := make(map[store.Key]caseState, len(batch)), map[string]int{}, 0
	if err := w.together(append(w.readOld(batch, old, &calendar), readMandates(batch, mandates))...); err != nil {
		return err
	}
	var repeats map[int][]byte
	if doubt.requests {
		var err error
		if repeats, err = w.repeats(batch, nil); err != nil {
			return err
		}
	}
	accepted, refused := judge(batch, old, mandates, calendar, repeats)
	if len(refused) > 0 {
		if err := w.refuse(batch, refused, out, doubt.committed, calendar); err != nil {
			return err
		}
	}
	return w.together(append(w.writing(accepted, old), step{text: "COMMIT"})...)
}

// writing is the steps that write changes that follow what stands.
func (w *writer) writing(accepted []*changeRows, old map[store.Key]caseState) []step {
	entries, leaves := step{shape: tJournal.add}, step{shape: tWaiting.add}
	for _, r := range accepted {
		entries.rows, leaves.rows = append(entries.rows, r.entry), append(leaves.rows, r.leaf)
	}
	return append([]step{entries, leaves}, w.project(fold(accepted), old)...)
}

// judge tells the changes that follow the last entry of their case, as the changes before them leave it, whose mandate stands, and
// which were decided under the newest calendar, from the others.
func judge(batch []*job, old map[store.Key]caseState, mandates map[string]int, calendar int, repeats map[int][]byte) (accepted []*changeRows, refused []int) {
	type end struct {
		no   int
		leaf string
	}
	ends := make(map[store.Key]end, len(batch))
	accepted = make([]*changeRows, 0, len(batch))
	for i, j := range batch {
		c := j.change
		last, ok := ends[c.Key]
		if !ok {
			last = end{old[c.Key].entry, old[c.Key].tip}
		}
		if _, repeat := repeats[i]; repeat || c.Calendar != calendar || !mandated(c, mandates) || c.Entry.No != last.no+1 || string(c.After) != last.leaf {
			refused = append(refused, i)
			continue
		}
		ends[c.Key] = end{c.Entry.No, string(c.Entry.Leaf)}
		accepted = append(accepted, j.rows)
	}
	return accepted, refused
}

// refuse tells why entries were not accepted: the request id is taken, the calendar is another, or number or mandate are not as
// they were decided on. After a broken connection the entry found may be our own; its salt, 16 random bytes, proves it.
func (w *writer) refuse(batch []*job, refused []int, out []error, unsure bool, calendar int) error {
	repeats, err := w.repeats(batch, refused)
	for _, i := range refused {
		salt, repeat := repeats[i]
		switch {
		case repeat && unsure && len(salt) > 0 && string(salt) == string(batch[i].change.Entry.Salt):
			out[i] = nil
		case repeat:
			out[i] = store.ErrRepeat
		case batch[i].change.Calendar != calendar:
			out[i] = store.ErrCalendar
		default:
			out[i] = store.ErrConflict
		}
	}
	return err
}

var requestKinds = []kind{text, text, text}

// laterRequests and firstRequests find entries by case and request id, and first entries by region and request id.
var (
	laterRequests = &shape{requestKinds, func(d *dialect, n int) string {
		return "SELECT region, case_no, request, salt FROM journal WHERE " +
			among(d, []string{"region", "case_no", "request"}, requestKinds, n)
	}}
	firstRequests = &shape{requestKinds[:2], func(d *dialect, n int) string {
		return "SELECT region, '', request, salt FROM journal WHERE no = 1 AND " +
			among(d, []string{"region", "request"}, requestKinds[:2], n)
	}}
)

// repeats finds, among the changes at the places (nil: all), those whose request id is taken, and the salt of who has it.
func (w *writer) repeats(batch []*job, places []int) (map[int][]byte, error) {
	if places == nil {
		places = make([]int, len(batch))
		for i := range places {
			places[i] = i
		}
	}
	salts := map[name][]byte{}
	each := func(sc scan) error {
		var n name
		var salt []byte
		err := sc(&n.Region, &n.Case, &n.request, &salt)
		salts[n] = salt
		return err
	}
	later, first := step{shape: laterRequests, each: each}, step{shape: firstRequests, each: each}
	for _, i := range places {
		if n := batch[i].asked(); n.Case == "" {
			first.rows = append(first.rows, []any{n.Region, n.request})
		} else {
			later.rows = append(later.rows, []any{n.Region, string(n.Case), n.request})
		}
	}
	if err := w.together(later, first); err != nil {
		return nil, err
	}
	found := map[int][]byte{}
	for _, i := range places {
		if salt, ok := salts[batch[i].asked()]; ok {
			found[i] = salt
		}
	}
	return found, nil
}
