package hall

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/workday"
)

// Calendars of a running system: which one counts, which ones counted before, and how a new one is loaded. That a command is
// decided under one calendar alone is the store's promise (store.ErrCalendar): here is only what is known of it.

// CalendarFault is why a calendar is refused: what the document says, with its line.
type CalendarFault struct{ Reason caseflow.Text }

func (f *CalendarFault) Error() string { return f.Reason.EN }

func calendarFault(err error) *CalendarFault {
	return &CalendarFault{caseflow.Text{ZH: workday.FaultText(workday.Chinese, err), EN: workday.FaultText(workday.English, err)}}
}

// ErrCounting: running cases are still being counted again for the calendar before.
var ErrCounting = errors.New("hall: running cases are still being counted again")

// book is the calendars as one version of them has it. It never changes once made.
type book struct {
	version int
	region  func(code string) *workday.Calendar
	// correcting is set while running cases may still be counted under the version before.
	correcting *caseflow.CalendarChange
	rows       []store.CalendarRow
	older      *shelves
}

// shelves finds calendars that counted before, by their digest.
type shelves struct {
	mu   sync.Mutex
	sets map[int]*workday.Set // by version
}

// FollowCalendars reads the calendars that the store keeps, if there are newer ones or the pass has ended. A server that serves
// does it by itself.
func (h *Hall) FollowCalendars(ctx context.Context) error {
	version, finished, err := h.store.CalendarVersion(ctx)
	if err != nil {
		return fmt.Errorf("calendar version: %w", err)
	}
	if now := h.book.Load(); now.version == version && finished == (now.correcting == nil) {
		return nil
	}
	h.reading.Lock()
	defer h.reading.Unlock()
	rows, err := h.store.Calendars(ctx)
	if err != nil {
		return fmt.Errorf("calendars: %w", err)
	}
	if len(rows) == 0 {
		return nil
	}
	now, last := h.book.Load(), rows[len(rows)-1]
	b := &book{version: last.Version, rows: rows, older: now.older, region: now.region}
	if b.version != now.version {
		set, err := workday.NewSet(documents(rows)...)
		if err != nil {
			return fmt.Errorf("stored calendar %d: %w", last.Version, err)
		}
		b.region = set.Region
	}
	if last.Finished.IsZero() {
		b.correcting = &caseflow.CalendarChange{Version: last.Version, Reason: last.Reason}
	}
	h.book.Store(b)
	return nil
}

// documents are those that count.
func documents(rows []store.CalendarRow) []workday.Document {
	docs := make([]workday.Document, len(rows))
	for i := range rows {
		docs[i] = workday.Document{Name: rows[i].Name, Text: rows[i].Text}
	}
	return workday.Current(docs)
}

// CountedBy is the calendar that a clock was counted with, so that its day can be explained also when another counts by now:
// the present one if nobody knows the other any more.
func (h *Hall) CountedBy(region string, k *caseflow.Clock) *workday.Calendar {
	b := h.book.Load()
	now := b.region(region)
	if k.Calendar == "" || k.Calendar == now.ID() {
		return now
	}
	for v := b.version - 1; v >= 0; v-- {
		if cal := h.edition(b, v)(region); cal.ID() == k.Calendar {
			return cal
		}
	}
	return now
}

// edition is the calendars as a version had them; 0 is what the program was started with.
func (h *Hall) edition(b *book, version int) func(string) *workday.Calendar {
	if version == 0 {
		return h.calendars
	}
	b.older.mu.Lock()
	defer b.older.mu.Unlock()
	set := b.older.sets[version]
	if set == nil {
		var err error
		if set, err = workday.NewSet(documents(b.rows[:version])...); err != nil {
			return h.calendars // it counted once: another program reads it otherwise
		}
		b.older.sets[version] = set
	}
	return set.Region
}

// NewCalendar is a calendar document to be loaded.
type NewCalendar struct {
	Name   string // of the file
	Text   []byte
	Source string // the notice that it is taken from
	Reason string // told to those whose limits move
}

// Bounds of the words.
const (
	maxCalendarName = 200
	maxSource       = 500
)

// candidate is a document that could be loaded, with the calendars as they would then be.
type candidate struct {
	row store.CalendarRow
	set *workday.Set
	was func(string) *workday.Calendar
}

// candidate reads a document. It fails with a CalendarFault if the document, or all of them together, contradict themselves, and
// with a refusal if words are missing.
func (h *Hall) candidate(ctx context.Context, by caseflow.Actor, c NewCalendar) (*candidate, error) {
	if !access.May(by, access.CalendarLoad, access.Resource{Region: by.Region}).Allow {
		return nil, ErrNotFound
	}
	if err := h.FollowCalendars(ctx); err != nil {
		return nil, err
	}
	var faults []caseflow.FieldFault
	for _, f := range []struct {
		field, text string
		most        int
	}{{"name", c.Name, maxCalendarName}, {"source", c.Source, maxSource}, {"reason", c.Reason, caseflow.MaxWords}} {
		switch {
		case strings.TrimSpace(f.text) == "":
			faults = append(faults, caseflow.FieldFault{Field: f.field, Code: "required"})
		case len([]rune(f.text)) > f.most:
			faults = append(faults, caseflow.FieldFault{Field: f.field, Code: "maxLength"})
		}
	}
	if faults != nil {
		return nil, &caseflow.Refusal{Code: caseflow.CodeForm, Fields: faults}
	}
	doc := workday.Document{Name: c.Name, Text: c.Text}
	head, err := doc.Head()
	if err != nil {
		return nil, calendarFault(err)
	}
	if head.Region != "" && !knownRegion(head.Region) {
		return nil, &CalendarFault{caseflow.Text{ZH: fmt.Sprintf("%s：没有地区 %q，请更正文件中的 region", c.Name, head.Region),
			EN: fmt.Sprintf("%s: %q is not a region that is known here (correct region in the document)", c.Name, head.Region)}}
	}
	if err := h.mayCount(ctx, by, head.Region); err != nil {
		return nil, err
	}
	b := h.book.Load()
	sum := sha256.Sum256(c.Text)
	cand := &candidate{was: b.region, row: store.CalendarRow{Version: b.version + 1, Name: c.Name, Text: c.Text, Digest: hex.EncodeToString(sum[:]),
		Source: c.Source, Reason: c.Reason, By: by.ID}}
	if cand.set, err = workday.NewSet(documents(append(b.rows[:len(b.rows):len(b.rows)], cand.row))...); err != nil {
		return nil, calendarFault(err)
	}
	return cand, nil
}

// mayCount refuses a calendar that counts in a region which is not the actor's, nor below it: one of the country counts wherever
// there are cases.
func (h *Hall) mayCount(ctx context.Context, by caseflow.Actor, region string) error {
	regions := []string{region}
	if region == "" {
		var err error
		if regions, err = h.store.Regions(ctx); err != nil {
			return fmt.Errorf("regions: %w", err)
		}
	}
	for _, r := range regions {
		if !access.May(by, access.CalendarLoad, access.Resource{Region: r}).Allow {
			return &caseflow.Refusal{Code: caseflow.CodeOtherRegion, Args: []string{r}}
		}
	}
	return nil
}

func knownRegion(code string) bool {
	_, service := ident.Service().ByCode(code)
	_, unit := ident.RegionByCode(code)
	return service || unit
}

// LoadCalendar makes a document count, from this moment on, for every command of every server. Running cases are counted again
// behind it: by the servers, or by ApplyCalendars. Giving the newest document once more does nothing. ErrCounting if the one
// before is not done with, ErrNotFound for who may not.
func (h *Hall) LoadCalendar(ctx context.Context, by caseflow.Actor, c NewCalendar) (store.CalendarRow, error) {
	cand, err := h.candidate(ctx, by, c)
	if err != nil {
		return store.CalendarRow{}, err
	}
	b := h.book.Load()
	if n := len(b.rows); n > 0 && b.rows[n-1].Digest == cand.row.Digest {
		return b.rows[n-1], nil
	}
	t, err := h.noted(by, by.Region, access.CalendarLoaded, fmt.Sprintf("%s %d", cand.row.Name, cand.row.Version))
	if err != nil {
		return store.CalendarRow{}, err
	}
	cand.row.Loaded = t.At
	if err = h.store.AddCalendar(ctx, cand.row, t); errors.Is(err, store.ErrConflict) {
		return store.CalendarRow{}, ErrCounting
	}
	if err != nil {
		return store.CalendarRow{}, fmt.Errorf("add the calendar: %w", err)
	}
	h.log.Info("calendar loaded", "version", cand.row.Version, "name", cand.row.Name, "digest", cand.row.Digest, "actor", by.ID)
	poke(h.wake)
	return cand.row, h.FollowCalendars(ctx)
}

// HasCalendar reports whether a document was ever loaded, so that one that is given at each start is loaded once.
func (h *Hall) HasCalendar(text []byte) bool {
	sum := sha256.Sum256(text)
	for _, row := range h.book.Load().rows {
		if row.Digest == hex.EncodeToString(sum[:]) {
			return true
		}
	}
	return false
}

// CalendarsLoaded lists the versions, oldest first, as the store has them; for who may load one.
func (h *Hall) CalendarsLoaded(ctx context.Context, by caseflow.Actor) ([]store.CalendarRow, error) {
	if !access.May(by, access.CalendarLoad, access.Resource{Region: by.Region}).Allow {
		return nil, ErrNotFound
	}
	return h.store.Calendars(ctx)
}

// WarnCalendar sets how many days before the last published day CalendarEnds begins to warn, and Serve to log it.
func (h *Hall) WarnCalendar(days int) { h.warnDays.Store(int64(days)) }

// CalendarEnds reports whether the last published day is near or past.
func (h *Hall) CalendarEnds() (last workday.Date, days int, near bool) {
	last, days = h.CalendarLeft()
	return last, days, days <= int(h.warnDays.Load())
}

// CalendarLeft is the last day that a published calendar of the country covers, and how many days there are until then:
// negative once it is past.
func (h *Hall) CalendarLeft() (last workday.Date, days int) {
	_, last = h.book.Load().region("").Coverage()
	return last, int(last - workday.DateOf(h.Now()))
}
