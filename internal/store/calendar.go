package store

import (
	"context"
	"errors"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
)

// ErrCalendar: the change was decided under another calendar than the newest. Read the calendars, and decide again.
var ErrCalendar = errors.New("store: decided under another calendar")

// Calendars keeps the documents that say which days are worked, each loading as a version of its own, from 1 without gaps; 0
// is what the program holds by itself. Every change names the version that it was decided under, and Commit takes only the
// newest: what was written before a version was added was decided without it, everything after with it.
type Calendars interface {
	// AddCalendar stores the next version; from then on it is the newest. ErrConflict if Version is not the one after the newest,
	// or if running cases are still being counted again for that (its Finished is zero).
	AddCalendar(ctx context.Context, c CalendarRow, traces ...Trace) error
	// Calendars lists all versions with their documents, oldest first; CalendarVersion tells the newest, 0 if there is none, and
	// whether running cases have been counted again: cheap enough to ask every second.
	Calendars(ctx context.Context) ([]CalendarRow, error)
	CalendarVersion(ctx context.Context) (version int, finished bool, err error)
	// ClaimCalendar leases the unfinished pass of a version to a server: to one that holds it, or if nobody's lease reaches beyond
	// now. It returns the row as it stands. ErrBusy if another server has it, ErrNotFound if there is no such version, or it is
	// finished.
	ClaimCalendar(ctx context.Context, version int, holder string, now, lease time.Time) (CalendarRow, error)
	// KeepCalendar records how far the holder has come (Cursor, Cases, Clocks, Failed, Finished) and renews its lease. ErrConflict,
	// and nothing is changed, if another server has it by now, or it is finished.
	KeepCalendar(ctx context.Context, c CalendarRow, lease time.Time) error
	// Touched lists the cases of a region after a number that have a running clock whose days, from when it began until it is
	// due, meet one of the spans, by number, each once.
	Touched(ctx context.Context, region string, spans []Span, after caseflow.CaseNo) ([]caseflow.CaseNo, error)
	// StoppedClocks lists the first clocks of a region that stand still, by case and id, and tells how many there are.
	StoppedClocks(ctx context.Context, region string, limit int) ([]ClockRow, int, error)
	// LoadMany is Load for cases of a region, in their order; nil for one that does not exist.
	LoadMany(ctx context.Context, region string, cases []caseflow.CaseNo) ([]*Loaded, error)
}

// Span is from From until before To.
type Span struct{ From, To time.Time }

// CalendarRow is one version of the calendars: the document that it adds, who added it and why, and how far the running
// cases have been counted again for it.
type CalendarRow struct {
	Version int
	Name    string // of the document
	Text    []byte
	Digest  string // hexadecimal SHA-256 of Text
	Source  string // the notice that it was taken from
	Reason  string // told to those concerned
	By      string // account
	Loaded  time.Time
	Progress
}

// Progress is how far a pass through the running cases has come.
type Progress struct {
	Holder   string // the server that is at it, or was last
	Cursor   string // how far it is
	Cases    int    // that were changed
	Clocks   int    // that moved
	Failed   int    // cases that could not be changed; the log says why
	Finished time.Time
}
