package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/workday"
)

type calendarCommand struct {
	Load calendarLoad `cmd:"" help:"Make a calendar document count and count running cases again; lists what would move unless --apply."`
	List calendarList `cmd:"" help:"List the calendars that the store keeps, with who loaded them and how far running cases are counted again."`
}

type calendarLoad struct {
	storeFlags
	File   string `arg:"" help:"Calendar document; docs/calendars.md says how one is written." type:"existingfile"`
	Source string `required:"" help:"The notice that it is taken from, such as 国办发明电〔2026〕7号."`
	Reason string `required:"" help:"Why; told to those whose limits move."`
	DryRun bool   `xor:"what" help:"List what would move and change nothing. This is what happens without --apply."`
	Apply  bool   `xor:"what" help:"Load it, and count running cases again. Give the same command again to go on after an interruption."`
	JSON   bool   `name:"json" help:"Print all of it as JSON."`
}

// calendarTried is what --json prints of a trial.
type calendarTried struct {
	Version int                 `json:"version"`
	Counts  hall.CalendarCounts `json:"counts"`
	Shifts  map[int]int         `json:"shifts"` // days to clocks
	Days    []hall.ChangedDay   `json:"days"`
	Hours   []hall.ChangedHours `json:"hours"` // of office
	Moves   []calendarMoved     `json:"moves"`
}

type calendarMoved struct {
	Case  caseflow.CaseNo `json:"case"`
	Clock string          `json:"clock"`
	What  string          `json:"what"`
	Kept  string          `json:"kept,omitempty"`
	Was   time.Time       `json:"was"`
	Due   time.Time       `json:"due"`
}

// calendarLoaded is what --json prints of a calendar.
type calendarLoaded struct {
	Version  int       `json:"version"`
	Name     string    `json:"name"`
	Digest   string    `json:"digest"`
	Source   string    `json:"source"`
	Reason   string    `json:"reason"`
	By       string    `json:"by"`
	Loaded   time.Time `json:"loaded"`
	Cases    int       `json:"cases"`
	Clocks   int       `json:"clocks"`
	Failed   int       `json:"failed"`
	Finished time.Time `json:"finished,omitzero"`
}

func loadedOf(r *store.CalendarRow) calendarLoaded {
	return calendarLoaded{r.Version, r.Name, r.Digest, r.Source, r.Reason, r.By, r.Loaded, r.Cases, r.Clocks, r.Failed, r.Finished}
}

// Run lists what would move, or loads the calendar and counts again. It exits with 1 if a case could not be counted.
func (c calendarLoad) Run(w *world) (err error) {
	doc, err := readCalendar(c.File)
	if err != nil {
		return err
	}
	a, err := c.openThere(w)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.close()) }()
	load := hall.NewCalendar{Name: filepath.Base(c.File), Text: doc, Source: c.Source, Reason: c.Reason}
	if !c.Apply {
		return c.try(w, a.hall, load)
	}
	row, err := a.loadCalendar(w.ctx, load)
	if err != nil {
		return refusedCalendar(err)
	}
	if c.JSON {
		err = printJSON(w, loadedOf(&row))
	} else {
		fmt.Fprintf(w.out, "%d\t%s\t%d cases\t%d clocks\t%d failed\n", row.Version, row.Name, row.Cases, row.Clocks, row.Failed)
	}
	if err == nil && row.Failed > 0 {
		fmt.Fprintf(w.err, "%d cases could not be counted again; the log above says why, tongban recount counts them once that is mended\n", row.Failed)
		return errNo
	}
	return err
}

func (c calendarLoad) try(w *world, h *hall.Hall, load hall.NewCalendar) error {
	out := calendarTried{Moves: []calendarMoved{}}
	trial, err := h.TryCalendar(w.ctx, hall.System, load, hall.Part{}, func(m hall.CalendarMove) error {
		if c.JSON {
			out.Moves = append(out.Moves, calendarMoved{m.Case, m.Clock, m.What, m.Kept, m.Was, m.Due})
			return nil
		}
		_, err := fmt.Fprintf(w.out, "%s\t%s\t%s\t%s\t%s\t%s\n", m.Case, m.Clock, m.What, clockText(m.Was), clockText(m.Due), m.Kept)
		return err
	})
	if err != nil {
		return refusedCalendar(err)
	}
	if c.JSON {
		out.Version, out.Counts, out.Shifts, out.Days, out.Hours = trial.Version, trial.Counts, trial.Shifts, trial.Days, trial.Hours
		if err := printJSON(w, out); err != nil {
			return err
		}
	}
	for _, h := range trial.Hours {
		fmt.Fprintf(w.err, "office hours of %s become %s, now %s\n", cmp.Or(h.Region, "the whole country"), h.Now, h.Was)
	}
	n := trial.Counts
	fmt.Fprintf(w.err, "%d days change; of %d cases that span them %d change: %d clocks end later, %d earlier, %d are settled; %d of applicants and %d that would end before tomorrow keep their day\n",
		len(trial.Days), trial.Touched, n.Cases, n.Later, n.Earlier, n.Settled, n.KeptApplicant, n.KeptPast)
	fmt.Fprintln(w.err, "nothing was changed; say --apply to load it")
	return nil
}

type calendarList struct {
	storeFlags
	JSON bool `name:"json" help:"Print all of it as JSON."`
}

// Run lists the calendars, oldest first, and on standard error the last published day.
func (c calendarList) Run(w *world) (err error) {
	a, err := c.openThere(w)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.close()) }()
	rows, err := a.hall.CalendarsLoaded(w.ctx, hall.System)
	if err != nil {
		return err
	}
	all := make([]calendarLoaded, len(rows))
	for i := range rows {
		all[i] = loadedOf(&rows[i])
		if c.JSON {
			continue
		}
		state := "counting"
		if !rows[i].Finished.IsZero() {
			state = fmt.Sprintf("%d cases", rows[i].Cases)
		}
		fmt.Fprintf(w.out, "%d\t%s\t%s\t%s\t%s\t%s\n", rows[i].Version, rows[i].Name, clockText(rows[i].Loaded), rows[i].By, state, rows[i].Source)
	}
	if c.JSON {
		err = printJSON(w, all)
	}
	last, days := a.hall.CalendarLeft()
	fmt.Fprintf(w.err, "the published days end on %s, in %d days\n", last, days)
	return err
}

func printJSON(w *world, v any) error {
	enc := json.NewEncoder(w.out)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// loadCalendar makes a document count and waits until running cases are counted again, by whomever.
func (a *app) loadCalendar(ctx context.Context, c hall.NewCalendar) (store.CalendarRow, error) {
	for {
		_, err := a.hall.LoadCalendar(ctx, hall.System, c)
		if err != nil && !errors.Is(err, hall.ErrCounting) {
			return store.CalendarRow{}, err
		}
		row, late := a.hall.ApplyCalendars(ctx)
		if err == nil && late == nil {
			return row, nil
		}
		if late != nil && !errors.Is(late, store.ErrBusy) { // busy: another server counts; it is done in a while, or its lease ends
			return row, late
		}
		select {
		case <-ctx.Done():
			return row, ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// startReason is told when a document that was given at the start moves limits.
const startReason = "工作日历更新"

// giveCalendars loads the documents of --calendar that the store does not have yet.
func (a *app) giveCalendars(ctx context.Context, files []string) error {
	for _, name := range files {
		text, err := readCalendar(name)
		if err != nil {
			return err
		}
		if a.hall.HasCalendar(text) {
			continue
		}
		if _, err := a.loadCalendar(ctx, hall.NewCalendar{Name: filepath.Base(name), Text: text, Source: filepath.Base(name), Reason: startReason}); err != nil {
			return refusedCalendar(err)
		}
	}
	return nil
}

func readCalendar(name string) ([]byte, error) {
	text, err := os.ReadFile(name) // #nosec G304 -- the operator names the file
	if err != nil {
		return nil, fmt.Errorf("cannot read the calendar: %w", err)
	}
	return text, nil
}

// refusedCalendar says where to read how a document is written, if that is what is wrong.
func refusedCalendar(err error) error {
	if errors.As(err, new(*hall.CalendarFault)) {
		return fmt.Errorf("the calendar is refused: %w (docs/calendars.md says how one is written)", err)
	}
	return spoken(err)
}

// loadCalendars reads calendar documents beside the embedded ones.
func loadCalendars(files []string) (*workday.Set, error) {
	docs := make([]workday.Document, len(files))
	for i, name := range files {
		text, err := readCalendar(name)
		if err != nil {
			return nil, err
		}
		docs[i] = workday.Document{Name: name, Text: text}
	}
	set, err := workday.NewSet(docs...)
	if err != nil {
		return nil, fmt.Errorf("the calendar is refused: %w (docs/calendars.md says how one is written)", err)
	}
	for _, region := range set.Own() {
		if _, ok := regionByCode(region); !ok {
			return nil, fmt.Errorf("calendars: %q is not a region that is known here: "+regionsKnown+" (correct region in the document)", region)
		}
	}
	return set, nil
}
