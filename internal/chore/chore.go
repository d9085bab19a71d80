// Package chore is the board on which the background work of a server stands (任务): what each kind did last, how far, with which error,
// when it runs again, and a bell by which it is asked to run now. A kind of work is a loop that has its own time; the board starts
// nothing. A nil *Board keeps nothing and never rings, so that work can be done without one.
package chore

import (
	"slices"
	"strings"
	"sync"
	"time"
)

// Name is a kind of background work. Names are stored: only ever add.
type Name string

// The kinds.
const (
	Clocks     Name = "clocks"     // lets clocks act that are due; N: cases moved
	Calendars  Name = "calendars"  // follows calendars, reforms, parameters and announcements; tells cases of outages and counts them again. N: cases
	SignIns    Name = "sign-ins"   // prunes old sign-ins and sessions; N: rows
	Sequencer  Name = "sequencer"  // gives leaves their place in the log; N: leaves
	Witnesses  Name = "witnesses"  // has the log's checkpoints signed by others; N: signatures under the newest
	Uploads    Name = "uploads"    // removes files that no case took
	Quarantine Name = "quarantine" // removes contents that no row needs
	Packs      Name = "packs"      // takes versions that others have stored
	Courier    Name = "courier"    // sends messages; N: messages
	Backup     Name = "backup"     // makes and tries archives

	Credit      Name = "credit"      // follows cases, brings tiers up to the day
	Inspections Name = "inspections" // makes tasks of draws, publishes results
)

// maxFault is the longest text of an error that is kept, in bytes.
const maxFault = 300

// Run is what a kind of work did last.
type Run struct {
	Name   Name
	Began  time.Time
	Ended  time.Time // zero: it runs
	Next   time.Time // zero: when something happens
	N      int       // things that it did
	Fault  string    // of the last run that failed
	Failed time.Time
}

// Board is the board of one server. It is safe for concurrent use.
type Board struct {
	now   func() time.Time
	mu    sync.Mutex
	runs  map[Name]Run
	fresh map[Name]bool // changed since Changed was asked
	bells map[Name]chan struct{}
}

// NewBoard makes an empty board.
func NewBoard(now func() time.Time) *Board {
	return &Board{now: now, runs: map[Name]Run{}, fresh: map[Name]bool{}, bells: map[Name]chan struct{}{}}
}

// Do does some work and notes what became of it. every is after which time it runs again; 0: when something happens.
func (b *Board) Do(name Name, every time.Duration, work func() (n int, err error)) (int, error) {
	if b == nil {
		return work()
	}
	b.note(name, func(r *Run) { r.Began, r.Ended = b.now().UTC(), time.Time{} })
	n, err := work()
	b.note(name, func(r *Run) {
		r.Ended, r.N, r.Next = b.now().UTC(), n, time.Time{}
		if every > 0 {
			r.Next = r.Ended.Add(every)
		}
		if err != nil {
			r.Fault, r.Failed = clip(err.Error()), r.Ended
		}
	})
	return n, err
}

func (b *Board) note(name Name, change func(*Run)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	r := b.runs[name]
	r.Name = name
	change(&r)
	b.runs[name], b.fresh[name] = r, true
}

func clip(s string) string {
	s = strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "")
	if len(s) > maxFault {
		s = strings.ToValidUTF8(s[:maxFault], "") + "…"
	}
	return s
}

// Bell rings when somebody asks that the work runs now. The loop that does the work waits for it, beside its own time.
func (b *Board) Bell(name Name) <-chan struct{} {
	if b == nil {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.bells[name] == nil {
		b.bells[name] = make(chan struct{}, 1)
	}
	return b.bells[name]
}

// Ring asks that the work runs now, and reports whether this server has a loop that hears it. Work that was asked for and has not begun
// is asked for once.
func (b *Board) Ring(name Name) bool {
	if b == nil {
		return false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	bell := b.bells[name]
	if bell == nil {
		return false
	}
	select {
	case bell <- struct{}{}:
	default:
	}
	return true
}

// Rings reports whether work of the kind can be asked for here.
func (b *Board) Rings(name Name) bool {
	if b == nil {
		return false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.bells[name] != nil
}

// All lists what stands on the board, by name.
func (b *Board) All() []Run { return b.list(false) }

// Changed lists what has changed since it was asked before, by name.
func (b *Board) Changed() []Run { return b.list(true) }

func (b *Board) list(changed bool) []Run {
	if b == nil {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	var list []Run
	for name, r := range b.runs {
		if !changed || b.fresh[name] {
			list = append(list, r)
		}
	}
	if changed {
		clear(b.fresh)
	}
	slices.SortFunc(list, func(x, y Run) int { return strings.Compare(string(x.Name), string(y.Name)) })
	return list
}
