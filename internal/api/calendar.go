package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/workday"
)

// CalendarBody is a calendar document to be loaded.
type CalendarBody struct {
	Name   string `json:"name" maxLength:"200" doc:"Of the document, such as 2027.json"`
	Text   string `json:"text" maxLength:"500000" doc:"The document itself, JSON as text: the lines of what is wrong are counted in it"`
	Source string `json:"source" maxLength:"500" doc:"The notice that it is taken from"`
	Reason string `json:"reason" maxLength:"2000" doc:"Told to those whose limits move"`
}

func (b CalendarBody) load() hall.NewCalendar {
	return hall.NewCalendar{Name: b.Name, Text: []byte(b.Text), Source: b.Source, Reason: b.Reason}
}

type tryCalendarInput struct {
	caller
	Cursor string `query:"cursor" maxLength:"500" doc:"The next of the part before"`
	Body   CalendarBody
}

type loadCalendarInput struct {
	caller
	Body CalendarBody
}

// CalendarTrialAnswer is what a document would do to the cases of one part.
type CalendarTrialAnswer struct {
	Body struct {
		Version int            `json:"version" doc:"That it would be"`
		Days    []ChangedDay   `json:"days" doc:"That are worked under one calendar alone" nullable:"false"`
		Hours   []ChangedHours `json:"hours" doc:"Office hours that differ; they count on every day" nullable:"false"`
		From    workday.Date   `json:"from" doc:"First day of the published years, as they would then be"`
		To      workday.Date   `json:"to"`
		Touched int            `json:"touched" doc:"Cases with a running limit that spans a changed day, in all parts"`
		Looked  int            `json:"looked" doc:"Of these, looked at in this part"`
		Stopped int            `json:"stopped" doc:"Limits that stand still where days change: they are counted by the calendar of that time when they run again"`
		Counts  CalendarCounts `json:"counts" doc:"Of this part"`
		Moves   []CalendarMove `json:"moves" doc:"Of this part, of cases that you may recount" nullable:"false"`
		Next    string         `json:"next,omitempty" doc:"Cursor of the part that follows; missing at the end"`
	}
}

// ChangedDay is a day that is worked under one calendar alone.
type ChangedDay struct {
	Region string       `json:"region,omitempty" doc:"Missing: the whole country"`
	Date   workday.Date `json:"date"`
	Works  bool         `json:"works" doc:"Under the new one"`
	Name   string       `json:"name,omitempty"`
}

// ChangedHours are office hours that differ under the new calendar.
type ChangedHours struct {
	Region string `json:"region,omitempty" doc:"Missing: the whole country"`
	Was    string `json:"was" doc:"Sessions of a working day, such as 09:00-12:00, 13:30-17:00"`
	Now    string `json:"now"`
}

// CalendarCounts tell how many of something there are.
type CalendarCounts struct {
	Cases         int `json:"cases" doc:"That change"`
	Later         int `json:"later" doc:"Limits that end later"`
	Earlier       int `json:"earlier"`
	Settled       int `json:"settled" doc:"Limits that keep their day, but are certain now, or are announced on another day"`
	KeptApplicant int `json:"keptApplicant" doc:"Limits of applicants, who keep the later day that they were told"`
	KeptPast      int `json:"keptPast" doc:"Limits that would end before tomorrow, and keep their day"`
	Overdue       int `json:"overdue" doc:"Of keptPast: they would be overdue at once"`
	Relieved      int `json:"relieved" doc:"Limits that are overdue, and then no more"`
	Colour        int `json:"colour" doc:"Limits whose lamp changes"`
}

// CalendarMove is one limit that the calendar counts otherwise.
type CalendarMove struct {
	Case   caseflow.CaseNo `json:"case"`
	Region string          `json:"region"`
	Clock  string          `json:"clock"`
	Kind   string          `json:"kind"`
	Step   caseflow.StepID `json:"step,omitempty"`
	Bearer string          `json:"bearer" doc:"Department that must act, or applicant"`
	What   string          `json:"what" enum:"later,earlier,settled,kept"`
	Kept   string          `json:"kept,omitempty" enum:"applicant,past" doc:"Why it keeps its day"`
	Was    time.Time       `json:"was"`
	Due    time.Time       `json:"due" doc:"Under the new calendar, also of one that keeps its day"`
}

// CalendarView is a calendar that was loaded, and how far running cases are counted again.
type CalendarView struct {
	Version  int       `json:"version"`
	Name     string    `json:"name"`
	Digest   string    `json:"digest" doc:"SHA-256 of the document"`
	Source   string    `json:"source"`
	Reason   string    `json:"reason"`
	By       string    `json:"by"`
	Loaded   time.Time `json:"loaded"`
	Cases    int       `json:"cases" doc:"That were changed so far"`
	Clocks   int       `json:"clocks" doc:"That moved so far"`
	Failed   int       `json:"failed" doc:"Cases that could not be counted again; the log says why"`
	Finished time.Time `json:"finished,omitzero" doc:"Missing while running cases are being counted again"`
}

func calendarView(r *store.CalendarRow) CalendarView {
	return CalendarView{r.Version, r.Name, r.Digest, r.Source, r.Reason, r.By, r.Loaded, r.Cases, r.Clocks, r.Failed, r.Finished}
}

// CalendarList is the calendars that were loaded.
type CalendarList struct {
	Body struct {
		Calendars []CalendarView `json:"calendars" doc:"Oldest first" nullable:"false"`
		Last      workday.Date   `json:"last" doc:"Last day whose calendar is published"`
		Left      int            `json:"left" doc:"Days until then, negative once it is past"`
		Near      bool           `json:"near" doc:"It is so near that the next calendar should be loaded"`
	}
}

// CalendarAnswer is a calendar that was loaded.
type CalendarAnswer struct{ Body CalendarView }

type calendarsInput struct{ caller }

// tryPart is how many cases a part of a trial looks at.
const tryPart = 2000

func (a *API) registerCalendars() {
	tags := []string{"calendars"}
	huma.Register(a.huma, huma.Operation{OperationID: "list-calendars", Method: http.MethodGet, Path: "/calendars", Tags: tags,
		Summary: "The calendars that were loaded, how far running cases are counted again, and when the published days end; for administrators"}, a.calendars)
	huma.Register(a.huma, huma.Operation{OperationID: "try-calendar", Method: http.MethodPost, Path: "/calendars/try", Tags: tags,
		Summary: "List what a calendar would do to running cases; changes nothing",
		Description: "For administrators; 404 for others. A document that contradicts itself is refused with its line. Answers in parts: " +
			"send the same body with the cursor next until there is none; all moves together are the complete list."}, a.tryCalendar)
	huma.Register(a.huma, huma.Operation{OperationID: "load-calendar", Method: http.MethodPost, Path: "/calendars", Tags: tags, DefaultStatus: http.StatusCreated,
		Summary: "Make a calendar count from now on, on every server, and count running cases again",
		Description: "For administrators; 404 for others. It counts at once for every command; running cases are counted again behind it, in one " +
			"pass that list-calendars shows. Sending the newest document again does nothing. 409 while running cases are still being counted for the one before."}, a.loadCalendar)
}

func (a *API) calendars(ctx context.Context, in *calendarsInput) (*CalendarList, error) {
	rows, err := a.o.Hall.CalendarsLoaded(ctx, in.by)
	if err != nil {
		return nil, err
	}
	out := &CalendarList{}
	out.Body.Calendars = Views(rows, calendarView)
	out.Body.Last, out.Body.Left, out.Body.Near = a.o.Hall.CalendarEnds()
	return out, nil
}

func (a *API) tryCalendar(ctx context.Context, in *tryCalendarInput) (*CalendarTrialAnswer, error) {
	out := &CalendarTrialAnswer{}
	b := &out.Body
	b.Days, b.Hours, b.Moves = []ChangedDay{}, []ChangedHours{}, []CalendarMove{}
	t, err := a.o.Hall.TryCalendar(ctx, in.by, in.Body.load(), hall.Part{Cursor: in.Cursor, Most: tryPart}, func(m hall.CalendarMove) error {
		b.Moves = append(b.Moves, CalendarMove{Case: m.Case, Region: m.Region, Clock: m.Clock, Kind: m.Kind, Step: m.Step, Bearer: m.Bearer,
			What: m.What, Kept: m.Kept, Was: m.Was, Due: m.Due})
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, d := range t.Days {
		b.Days = append(b.Days, ChangedDay(d))
	}
	for _, h := range t.Hours {
		b.Hours = append(b.Hours, ChangedHours{h.Region, h.Was.String(), h.Now.String()})
	}
	b.Version, b.From, b.To, b.Touched, b.Looked, b.Counts, b.Next, b.Stopped = t.Version, t.From, t.To, t.Touched, t.Looked, CalendarCounts(t.Counts), t.Next, t.Stopped
	return out, nil
}

func (a *API) loadCalendar(ctx context.Context, in *loadCalendarInput) (*CalendarAnswer, error) {
	row, err := a.o.Hall.LoadCalendar(ctx, in.by, in.Body.load())
	if err != nil {
		return nil, err
	}
	return &CalendarAnswer{calendarView(&row)}, nil
}
