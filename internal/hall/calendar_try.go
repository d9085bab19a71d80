package hall

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/workday"
)

// CalendarTrial is what loading a calendar would do to the cases that run now.
type CalendarTrial struct {
	Version int // that it would be
	Days    []ChangedDay
	Hours   []ChangedHours
	// From and To are the published years of the country as they would then be.
	From, To workday.Date
	Touched  int    // cases with a running clock whose days meet the changed ones
	Looked   int    // of these, how many were looked at
	Next     string // cursor of the part that follows, "" at the end
	Counts   CalendarCounts
	// Stopped is how many clocks stand still in the regions of the cases: they are counted under the calendar that then is, when they
	// run again. Still are the first of them, of cases that the actor may count again.
	Stopped  int
	Still    []store.ClockRow
	Shifts   map[int]int     // how many clocks move by how many calendar days, earlier ones negative
	Examples []CalendarMove  // the first of each kind
	kinds    map[string]bool // that have an example
	listed   bool            // the cases of the region may be named
}

// CalendarCounts tell how many of something there are.
type CalendarCounts struct {
	Cases   int // that change
	Later   int // clocks that end later
	Earlier int
	Settled int // clocks that keep their day, but other marks: it is certain now, or is announced on another day
	// Clocks that would end earlier by the calendar and keep their day: see caseflow.Keeps.
	KeptApplicant, KeptPast int
	Overdue                 int // of KeptPast: overdue at once, if they did not
	Relieved                int // overdue now, and then no more
	Colour                  int // clocks whose lamp changes
}

// ChangedDay is a day that is worked under one calendar alone.
type ChangedDay struct {
	Region string // "": the whole country
	Date   workday.Date
	Works  bool // under the new one
	Name   string
}

// ChangedHours are office hours that differ under the new calendar, which count on every day.
type ChangedHours struct {
	Region   string // "": the whole country
	Was, Now workday.OfficeHours
}

// What a calendar does to a clock.
const (
	MoveLater   = "later"
	MoveEarlier = "earlier"
	MoveSettled = "settled"
	MoveKept    = "kept"
)

// CalendarMove is one clock that the calendar counts otherwise.
type CalendarMove struct {
	store.Key
	Item    caseflow.ItemID
	Clock   string
	Kind    string
	Step    caseflow.StepID
	Bearer  string
	What    string // later, earlier, settled, kept
	Kept    string // why it keeps its day: applicant, past
	Was     time.Time
	Due     time.Time      // under the new calendar, also of one that keeps its day
	WasLamp caseflow.Level // at the time of the trial
	Lamp    caseflow.Level
}

// maxExamples is how many examples a trial keeps.
const maxExamples = 20

// Part is a part of a trial: from a cursor on ("": the beginning), most cases at most (0: all).
type Part struct {
	Cursor string
	Most   int
}

// TryCalendar counts what a document would do, and changes nothing. It calls each, if it is not nil, for every clock that is
// counted otherwise, and whose case the actor may count again; its error ends the trial.
func (h *Hall) TryCalendar(ctx context.Context, by caseflow.Actor, c NewCalendar, part Part, each func(CalendarMove) error) (*CalendarTrial, error) {
	cand, err := h.candidate(ctx, by, c)
	if err != nil {
		return nil, err
	}
	regions, err := h.store.Regions(ctx)
	if err != nil {
		return nil, fmt.Errorf("regions: %w", err)
	}
	slices.Sort(regions)
	t := &CalendarTrial{Version: cand.row.Version, Shifts: map[int]int{}, kinds: map[string]bool{}}
	t.From, t.To = cand.set.Region("").Coverage()
	t.days(cand)
	from, after, _ := strings.Cut(part.Cursor, "|")
	for _, region := range regions {
		was, now := cand.was(region), cand.set.Region(region)
		if err := h.stillOf(ctx, by, t, region, was, now); err != nil {
			return nil, err
		}
		cases, err := h.store.Touched(ctx, region, spansOf(was, now), "")
		if err != nil {
			return nil, fmt.Errorf("touched cases of %s: %w", region, err)
		}
		t.Touched += len(cases)
		if t.Next != "" || region < from {
			continue
		}
		if at, found := slices.BinarySearch(cases, caseflow.CaseNo(after)); region == from {
			if found {
				at++
			}
			cases = cases[at:]
		}
		if left := part.Most - t.Looked; part.Most > 0 && len(cases) > left {
			if cases = cases[:left]; left > 0 {
				t.Next = region + "|" + string(cases[left-1])
			} else {
				t.Next = region + "|"
			}
		}
		t.listed = mayRecount(by, region)
		for some := range slices.Chunk(cases, passChunk) {
			if err := h.tryChunk(ctx, t, region, some, now, each); err != nil {
				return nil, err
			}
		}
	}
	return t, nil
}

// stillOf adds the clocks of a region that stand still, if the calendar changes any day there.
func (h *Hall) stillOf(ctx context.Context, by caseflow.Actor, t *CalendarTrial, region string, was, now *workday.Calendar) error {
	if len(spansOf(was, now)) == 0 {
		return nil
	}
	still, n, err := h.store.StoppedClocks(ctx, region, maxExamples)
	if err != nil {
		return fmt.Errorf("stopped clocks of %s: %w", region, err)
	}
	t.Stopped += n
	if mayRecount(by, region) {
		t.Still = append(t.Still, still[:min(len(still), maxExamples-len(t.Still))]...)
	}
	return nil
}

// days lists the days and office hours that change, of the country and of each region that has a calendar of its own.
func (t *CalendarTrial) days(cand *candidate) {
	seen := map[workday.Date]bool{}
	for _, region := range append([]string{""}, cand.set.Own()...) {
		was, now := cand.was(region), cand.set.Region(region)
		hours := ChangedHours{region, was.OfficeHours(), now.OfficeHours()}
		if all := (ChangedHours{"", hours.Was, hours.Now}); hours.Was != hours.Now && !slices.Contains(t.Hours, all) { // else the country's tell it
			t.Hours = append(t.Hours, hours)
		}
		for _, d := range was.Diff(now) {
			if region != "" && seen[d] {
				continue
			}
			seen[d] = true
			_, name := now.DayKind(d)
			t.Days = append(t.Days, ChangedDay{Region: region, Date: d, Works: now.IsWorkday(d), Name: name})
		}
	}
}

func (h *Hall) tryChunk(ctx context.Context, t *CalendarTrial, region string, cases []caseflow.CaseNo, cal *workday.Calendar, each func(CalendarMove) error) error {
	loaded, err := h.store.LoadMany(ctx, region, cases)
	if err != nil {
		return fmt.Errorf("load cases of %s: %w", region, err)
	}
	now := h.Now()
	for i, no := range cases {
		t.Looked++
		key := store.Key{Region: region, Case: no}
		if loaded[i] == nil {
			continue
		}
		got, err := replayed(key, loaded[i])
		if err != nil {
			return fmt.Errorf("case %s: %w", no, err)
		}
		changes := false
		for k := range runs(got.c) {
			m, differs := moveOf(key, got.c.Item, k, cal, now)
			if !differs {
				continue
			}
			changes = changes || m.What != MoveKept
			t.add(m)
			if each != nil && t.listed {
				if err := each(m); err != nil {
					return err
				}
			}
		}
		if changes {
			t.Counts.Cases++
		}
	}
	return nil
}

// runs walks the running clocks of a case.
func runs(c *caseflow.Case) func(yield func(*caseflow.Clock) bool) {
	return func(yield func(*caseflow.Clock) bool) {
		for i := range c.Clocks {
			if k := &c.Clocks[i]; k.State == caseflow.ClockRunning && !yield(k) {
				return
			}
		}
	}
}

// moveOf is what a calendar does to a clock, as the core will decide it.
func moveOf(key store.Key, item caseflow.ItemID, k *caseflow.Clock, cal *workday.Calendar, now time.Time) (CalendarMove, bool) {
	then, differs := k.Under(cal)
	m := CalendarMove{Key: key, Item: item, Clock: k.ID, Kind: k.Kind, Step: k.Step, Bearer: k.Bearer, Was: k.Due, Due: then.Due,
		Kept: caseflow.Keeps(k, then, now), WasLamp: k.LevelAt(now)}
	m.Lamp = m.WasLamp
	switch {
	case m.Kept != "":
		m.What = MoveKept
		return m, differs
	case then.Due.After(k.Due):
		m.What = MoveLater
	case then.Due.Before(k.Due):
		m.What = MoveEarlier
	default:
		m.What = MoveSettled
	}
	m.Lamp = then.LevelAt(now)
	return m, differs
}

// add counts a clock.
func (t *CalendarTrial) add(m CalendarMove) {
	n := &t.Counts
	switch {
	case m.Kept == caseflow.KeepsApplicant:
		n.KeptApplicant++
	case m.Kept == caseflow.KeepsPast:
		n.KeptPast++
		if m.WasLamp < caseflow.LevelOver {
			n.Overdue++
		}
	case m.What == MoveSettled:
		n.Settled++
	case m.What == MoveLater:
		n.Later++
	default:
		n.Earlier++
	}
	if m.What == MoveLater || m.What == MoveEarlier {
		t.Shifts[int(workday.DateOf(m.Due)-workday.DateOf(m.Was))]++
	}
	if m.Lamp != m.WasLamp {
		n.Colour++
		if m.WasLamp == caseflow.LevelOver {
			n.Relieved++
		}
	}
	kind := fmt.Sprint(m.What, m.Kept, m.WasLamp, m.Lamp)
	if t.listed && len(t.Examples) < maxExamples && (!t.kinds[kind] || len(t.Examples) < maxExamples/2) {
		t.kinds[kind] = true
		t.Examples = append(t.Examples, m)
	}
}
