package receipt

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/tongban/tongban/evidence"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/workday"
)

// Report is what a receipt that holds proves.
type Report struct {
	Log       evidence.Checkpoint
	Believed  []string               // the log's keys, if nobody said which to trust and those of the receipt were taken
	Witnesses []evidence.Cosignature // of trusted witnesses
	Case      *caseflow.Case         // as the events that can be read make it
	Item      caseflow.Text
	Pack      caseflow.Text
	Steps     []Step
	Printed   bool // it was held against what is printed on a paper
}

// Step is one entry of the journal, replayed.
type Step struct {
	Entry     int
	At        time.Time
	By        caseflow.Stamp
	Office    caseflow.Text // name of the department that acted; empty if none did
	Verb      string
	Events    []string // names
	Withheld  int
	Deadlines []Deadline
}

// Deadline is a clock that the step set, counted again.
type Deadline struct {
	Clock caseflow.Clock // as it then was
	Name  caseflow.Text  // of its rule
	Of    caseflow.Text  // the step or material that it is of; empty: the case
	From  string         // where the limit stands: FromPack, FromCase, FromOffice
	Days  []workday.Explanation
}

// Where a limit stands.
const (
	FromPack   = "pack"   // the pack says so
	FromCase   = "case"   // limits were changed for the case by a recount, or the law was another on that day: an entry says so
	FromOffice = "office" // an official named it, such as for a special procedure
)

// Verify checks a receipt. trust says whose signatures are believed; with no log in it the keys that the receipt itself names are, and
// the report says so. A receipt that does not hold fails with a [Fault].
func Verify(r *Receipt, trust evidence.Policy) (*Report, error) {
	v := &verifier{r: r, report: &Report{Case: &caseflow.Case{}}}
	for _, check := range []func() error{func() error { return v.log(trust) }, v.places, v.pack, v.calendars, v.replay} {
		if err := check(); err != nil {
			return nil, err
		}
	}
	return v.report, nil
}

type verifier struct {
	r        *Receipt
	report   *Report
	leaves   []evidence.Hash // of the entries
	source   *source
	editions map[string]*workday.Calendar // by id
}

// log opens the checkpoint.
func (v *verifier) log(trust evidence.Policy) error {
	if len(trust.Logs) == 0 {
		believed, err := evidence.Trust(v.r.Log.Keys...)
		if err != nil || len(v.r.Log.Keys) == 0 {
			return fault(FaultLog, 0, "it names no key of the log: %v", err)
		}
		trust.Logs, v.report.Believed = believed.Logs, v.r.Log.Keys
	}
	var err error
	v.report.Log, v.report.Witnesses, err = opened(trust, []byte(v.r.Log.Checkpoint))
	return err
}

// opened opens a checkpoint that is trusted.
func opened(trust evidence.Policy, checkpoint []byte) (evidence.Checkpoint, []evidence.Cosignature, error) {
	c, signed, err := trust.Open(checkpoint)
	switch {
	case err == nil:
		return c, signed, nil
	case signed != nil || errors.Is(err, evidence.ErrQuorum):
		return c, signed, fault(FaultQuorum, 0, "%v", err)
	default:
		return c, nil, fault(FaultLog, 0, "%v", err)
	}
}

// pack reads the files of the pack that are there and checks that they are of the version that the log knows.
func (v *verifier) pack() error {
	p := &v.r.Pack
	leaf, err := evidence.PackLeaf{Pack: p.ID, Version: p.Version, Digest: digest(p.Listing)}.Entry(v.report.Log.Suite)
	if err == nil {
		err = p.in(v.report.Log.Tree, leaf.Leaf())
	}
	if err != nil {
		return fault(FaultPlace, 0, "the pack %s %s: %v", p.ID, p.Version, err)
	}
	if v.source, err = readSource(p); err != nil {
		return fault(FaultPack, 0, "%v", err)
	}
	v.report.Item, v.report.Pack = v.source.item.Name, v.source.pack.Name
	return nil
}

// maxCalendars bounds the calendars of a receipt: each edition is made anew. Ten a year are many.
const maxCalendars = 300

// calendars checks the calendars that were loaded, and makes every edition that counted once.
func (v *verifier) calendars() error {
	v.editions = map[string]*workday.Calendar{}
	region := ""
	var head caseflow.EntryHead
	if json.Unmarshal(v.r.Entries[0].Head, &head) == nil {
		region = head.Region
	}
	edition := func(docs []workday.Document) error {
		set, err := workday.NewSet(workday.Current(docs)...)
		if err == nil {
			cal := set.Region(region)
			v.editions[cal.ID()] = cal
		}
		return err
	}
	if len(v.r.Calendars) > maxCalendars {
		return fault(FaultLarge, 0, "more than %d calendars", maxCalendars)
	}
	if err := edition(nil); err != nil {
		return fault(FaultCalendar, 0, "%v", err)
	}
	var docs []workday.Document
	for i := range v.r.Calendars {
		c := &v.r.Calendars[i]
		if c.Version != i+1 {
			return fault(FaultCalendar, 0, "calendar %d stands where %d should", c.Version, i+1)
		}
		leaf, err := evidence.CalendarLeaf{Calendar: c.Version, Digest: digest(c.Text)}.Entry(v.report.Log.Suite)
		if err == nil {
			err = c.in(v.report.Log.Tree, leaf.Leaf())
		}
		if err != nil {
			return fault(FaultPlace, 0, "calendar %d: %v", c.Version, err)
		}
		docs = append(docs, workday.Document{Name: c.Name, Text: []byte(c.Text)})
		if err := edition(docs); err != nil {
			return fault(FaultCalendar, 0, "%v", err)
		}
	}
	return nil
}

// places checks that each entry stands in the log: first of all, since that needs no more than hashes.
func (v *verifier) places() error {
	v.leaves = make([]evidence.Hash, len(v.r.Entries))
	for i := range v.r.Entries {
		e := &v.r.Entries[i]
		hash, err := e.hash(v.report.Log.Suite)
		v.leaves[i] = hash.Leaf()
		if err == nil {
			err = e.in(v.report.Log.Tree, v.leaves[i])
		}
		if err != nil {
			return fault(FaultPlace, i+1, "%v", err)
		}
	}
	return nil
}

// replay follows the entries one after another and applies their events.
func (v *verifier) replay() error {
	var before evidence.Hash
	var last time.Time
	place := int64(-1)
	for i := range v.r.Entries {
		e := &v.r.Entries[i]
		head, at, err := v.head(e, i, before)
		if err != nil {
			return err
		}
		if at.Before(last) || e.Index <= place {
			return fault(FaultChain, i+1, "it lies before the entry before it")
		}
		last, place, before = at, e.Index, v.leaves[i]
		if err := v.step(e, head, at); err != nil {
			return err
		}
	}
	c := v.report.Case
	if c.Pack != v.r.Pack.ID || c.Version != v.r.Pack.Version || c.Item != v.source.item.ID {
		return fault(FaultPack, 0, "the case runs by %s of %s %s", c.Item, c.Pack, c.Version)
	}
	return nil
}

// head reads the head of the i-th entry, which follows the entry with the leaf before.
func (v *verifier) head(e *Entry, i int, before evidence.Hash) (head caseflow.EntryHead, at time.Time, err error) {
	dec := json.NewDecoder(bytes.NewReader(e.Head))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&head); err != nil {
		return head, at, fault(FaultForm, i+1, "its head: %v", err)
	}
	after := ""
	if i > 0 {
		after = hex.EncodeToString(before[:])
	}
	c := v.report.Case
	same := i == 0 || head.Region == c.Region && head.Case == c.No
	if head.Entry != i+1 || head.After != after || head.Seq != c.Seq+1 || !same {
		return head, at, fault(FaultChain, i+1, "it is entry %d of %s", head.Entry, head.Case)
	}
	if at, err = time.Parse(time.RFC3339Nano, head.At); err != nil {
		return head, at, fault(FaultForm, i+1, "%v", err)
	}
	return head, at.UTC(), nil
}

// step applies the events of one entry.
func (v *verifier) step(e *Entry, head caseflow.EntryHead, at time.Time) error {
	c := v.report.Case
	s := Step{Entry: head.Entry, At: at, By: head.Actor, Office: v.source.office(head.Actor.Department), Verb: head.Verb}
	for i := range e.Events {
		raw := e.Events[i].Event
		if raw == nil {
			s.Withheld++
			c.Seq++
			c.Updated = at
			continue
		}
		text, unreadable := compact(raw)
		list, err := caseflow.DecodeEvents(slices.Concat([]byte{'['}, text, []byte{']'}))
		if err := errors.Join(unreadable, err); err != nil || len(list) != 1 {
			return fault(FaultReplay, head.Entry, "%v", err)
		}
		if head.Entry == 1 && i == 0 {
			if o, ok := list[0].(caseflow.Opened); !ok || o.No != head.Case || o.Region != head.Region {
				return fault(FaultReplay, 1, "it does not open case %s", head.Case)
			}
		}
		caseflow.Apply(c, list[0], caseflow.Meta{At: at, By: head.Actor})
		s.Events = append(s.Events, list[0].Name())
		if err := v.clock(&s, list[0], at); err != nil {
			return err
		}
	}
	v.report.Steps = append(v.report.Steps, s)
	return nil
}

// clock counts again what an event says of a clock.
func (v *verifier) clock(s *Step, e caseflow.Event, at time.Time) error {
	id := ""
	switch e := e.(type) {
	case caseflow.ClockStarted:
		id = e.Clock.ID
	case caseflow.ClockFreed:
		id = e.Clock
	case caseflow.ClockMoved:
		id = e.Clock
	case caseflow.ClockEnded:
		return v.ended(s, e)
	}
	if id == "" {
		return nil
	}
	k := v.report.Case.Clock(id)
	if k == nil {
		return fault(FaultReplay, s.Entry, "there is no clock %s", id)
	}
	counted := *k
	counted.Stops = closed(k.Stops, at)
	cal := v.editions[k.Calendar]
	if cal == nil {
		return fault(FaultCalendar, s.Entry, "clock %s was counted by calendar %s, which neither the receipt nor this program has", id, k.Calendar)
	}
	if got := caseflow.ClockTimes(cal, k.Rule, k.From, k.Extended, counted.Stops); !sameTimes(got, k.Times) {
		return fault(FaultDeadline, s.Entry, "clock %s is due at %s, not at %s", id, got.Due.Format(time.RFC3339), k.Due.Format(time.RFC3339))
	}
	from, of, err := v.source.find(v.report.Case, k, at)
	if err != nil {
		return fault(FaultRule, s.Entry, "clock %s: %v", id, err)
	}
	s.Deadlines = append(s.Deadlines, Deadline{Clock: *k, Name: k.Rule.Name, Of: of, From: from, Days: counted.Explain(cal)})
	return nil
}

// ended checks that a clock which was met was not late.
func (v *verifier) ended(s *Step, e caseflow.ClockEnded) error {
	if k := v.report.Case.Clock(e.Clock); k != nil && e.State == caseflow.ClockMet && !e.At.Before(k.Due) && len(k.Stops) == 0 {
		return fault(FaultDeadline, s.Entry, "clock %s was due at %s and ended at %s: that is late", e.Clock, k.Due.Format(time.RFC3339), e.At.Format(time.RFC3339))
	}
	return nil
}

// closed ends a stop that has no end yet: a clock that stands has the times that it would have if it ran again at once.
func closed(stops []workday.Span, at time.Time) []workday.Span {
	n := len(stops)
	if n == 0 || !stops[n-1].To.IsZero() {
		return stops
	}
	out := append([]workday.Span{}, stops...)
	out[n-1].To = at
	return out
}

func sameTimes(a, b caseflow.Times) bool {
	return a.Due.Equal(b.Due) && a.Soon.Equal(b.Soon) && a.Today.Equal(b.Today) && a.Provisional == b.Provisional
}
