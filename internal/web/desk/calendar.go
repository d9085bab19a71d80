package desk

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/sheet"
	"github.com/tongban/tongban/internal/web/i18n"
	kit "github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
	"github.com/tongban/tongban/workday"
)

// calendarPage shows the calendars that count, and asks for a new one.
type calendarPage struct {
	*page
	Loaded ui.Table
	Fields []ui.Field
	File   ui.Field
	Ends   string
	// Example is a document as it is written, of the reader's region.
	Example string
}

// calendarExample is a document of a region, as docs/calendars.md has it.
const calendarExample = `{
  "schema": "tongban.holidays/1",
  "country": "CN",
  "timezone": "Asia/Shanghai",
  "region": "%s",
  "office_hours": "08:30-12:00, 14:00-17:30",
  "coverage": {"from": "2027-01-01", "to": "2027-12-31"},
  "status": "published",
  "days": [
    {"date": "2027-01-01", "name": "元旦", "kind": "off"},
    {"date": "2027-01-09", "name": "元旦", "kind": "work"}
  ]
}`

// calendarTrial shows what a calendar would do, and asks whether it is to.
type calendarTrial struct {
	*page
	Days, Sum, Examples ui.Table
	Hours               ui.Table // office hours
	Still               ui.Table // clocks that stand still
	Stopped             int
	Looked, Read        string     // how many cases; which file, and how its characters were read
	Keep                []ui.Field // what was typed, for the download
	Kinds               []string   // of file, for the download
	Confirm             ui.Confirm
}

const calendarAddress = kit.CalendarAddress

// The names of the questions, beside askWhy.
const (
	askName   = "name"
	askSource = "source"
	askText   = "text"
	askFile   = "file"
)

// maxCalendar bounds a document that is sent as a file, in bytes: a year takes some thousand. The page that asks whether it is to
// count sends it back, in a form of at most maxBody, where a character may take three times its room.
const maxCalendar = 256 << 10

var calendarAsks = []string{askName, askText, askSource, askWhy}

// pageTrial is how many cases a page looks at, so that it comes soon; the download looks at all.
const pageTrial = 20_000

// loads lets those through who may load calendars; for others there is no such page.
func (d *Desk) loads(serve func(p *page, typed answers) error) func(*page, *http.Request) error {
	return func(p *page, r *http.Request) error {
		if !access.May(p.Actor, access.CalendarLoad, access.Resource{Region: p.Actor.Region}).Allow {
			return hall.ErrNotFound
		}
		p.Title = p.T("desk.calendar.title")
		if r.Method == http.MethodPost {
			p.Crumbs = []ui.Link{{Text: p.Title, Href: calendarAddress}}
		}
		return serve(p, answers(r.Form))
	}
}

// newCalendar is what was typed.
func newCalendar(typed answers) hall.NewCalendar {
	lines := func(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }
	return hall.NewCalendar{Name: typed.get(askName), Text: []byte(lines(typed.get(askText))), Source: typed.get(askSource), Reason: lines(typed.get(askWhy))}
}

func (d *Desk) calendars(p *page, typed answers) error { return p.askCalendar(http.StatusOK, typed) }

func (p *page) askCalendar(status int, typed answers) error {
	rows, err := p.desk.hall.CalendarsLoaded(p.r.Context(), p.Actor)
	if err != nil {
		return err
	}
	last, left, _ := p.desk.hall.CalendarEnds()
	v := &calendarPage{page: p, Example: fmt.Sprintf(calendarExample, p.Actor.Region), Ends: p.T("desk.calendar.last", i18n.Date(p.Lang, last.Start()), left)}
	v.Loaded = ui.Table{Caption: p.T("desk.calendar.loaded"), Columns: []ui.Column{{Text: p.T("desk.calendar.version")}, {Text: p.T("desk.calendar.name")},
		{Text: p.T("desk.calendar.source")}, {Text: p.T("desk.calendar.when")}, {Text: p.T("desk.calendar.by")}, {Text: p.T("desk.calendar.state")}}}
	for i := range rows {
		r := &rows[len(rows)-1-i]
		state := p.T("desk.calendar.counting", r.Cases)
		if !r.Finished.IsZero() {
			state = p.T("desk.calendar.counted", r.Cases, r.Clocks, r.Failed)
		}
		v.Loaded.Rows = append(v.Loaded.Rows, ui.TableRow{Cells: []ui.Cell{{Text: strconv.Itoa(r.Version), Head: true}, {Text: r.Name, More: r.Reason},
			{Text: r.Source}, {Text: i18n.Due(p.Lang, r.Loaded)}, {Text: p.person(r.By)}, {Text: state}}})
	}
	v.File = ui.Field{Kind: ui.KindFile, Name: askFile, Label: p.T("desk.calendar.file"), Hint: p.T("desk.calendar.file-hint", maxCalendar>>10), Accept: ".json,application/json",
		Error: p.Errors.Of(askFile), Optional: true}
	for _, f := range []ui.Field{{Kind: ui.KindText, Name: askName, Hint: p.T("desk.calendar.name-hint")},
		{Kind: ui.KindTextarea, Name: askText, Lines: 12, Hint: p.T("desk.calendar.text-hint")}, {Kind: ui.KindText, Name: askSource, Hint: p.T("desk.calendar.source-hint")},
		{Kind: ui.KindTextarea, Name: askWhy, Lines: 2, Max: caseflow.MaxWords, Hint: p.T("desk.recount.reason-hint")}} {
		f.Label, f.Error, f.Value = p.T("desk.calendar."+f.Name), p.Errors.Of(f.Name), typed.get(f.Name)
		v.Fields = append(v.Fields, f)
	}
	return p.write(status, "calendars", v)
}

// tryCalendar shows what would change, or, once that is confirmed, loads the calendar.
func (d *Desk) tryCalendar(p *page, typed answers) error {
	read := ""
	if kit.IsUpload(p.r) {
		var fault string
		var err error
		if typed, read, fault, err = p.readCalendar(); err != nil {
			return err
		}
		if fault != "" {
			p.Errors = &ui.Errors{Faults: []ui.Fault{{Field: askFile, Text: fault}}}
			return p.askCalendar(http.StatusUnprocessableEntity, typed)
		}
	}
	load := newCalendar(typed)
	if typed.get("confirmed") == "yes" {
		row, err := d.hall.LoadCalendar(p.r.Context(), p.Actor, load)
		if err != nil {
			return p.calendarFaults(err, typed)
		}
		p.Notice = &ui.Notice{Kind: ui.Success, Text: p.T("desk.calendar.done", row.Version)}
		return p.askCalendar(http.StatusOK, nil)
	}
	t, err := d.hall.TryCalendar(p.r.Context(), p.Actor, load, hall.Part{Most: pageTrial}, nil)
	if err != nil {
		return p.calendarFaults(err, typed)
	}
	p.Title = p.T("desk.calendar.trial")
	v := p.calendarTrial(t, typed, load)
	v.Read = read
	return p.show("calendar-trial", v)
}

// readCalendar reads the form in which the document may come as a file, which then stands for the typed text. It tells how the
// characters of the file were read, or what is wrong with the file.
func (p *page) readCalendar() (typed answers, read, fault string, err error) {
	p.r.Body = http.MaxBytesReader(p.w, p.r.Body, kit.MaxSent) // read to its end, so that the answer is seen
	parts, err := p.r.MultipartReader()
	typed = answers{}
	var sent [2]string // name and text of the file
	garbled := false
	for err == nil {
		var part *multipart.Part
		if part, err = parts.NextPart(); err != nil {
			break
		}
		var b []byte
		if b, err = io.ReadAll(io.LimitReader(part, maxCalendar+1)); err != nil {
			break
		}
		name, file := part.FormName(), part.FileName()
		switch {
		case name != askFile:
			garbled = garbled || len(b) <= maxCalendar && !utf8.Valid(b)
			typed[name] = []string{strings.ToValidUTF8(string(b), "")}
		case file == "" || len(b) == 0 || fault != "":
		case len(b) > maxCalendar:
			fault = p.T("desk.calendar.file-large", file, maxCalendar>>10)
		default:
			text, how := characters(b)
			if how == "" {
				fault = p.T("desk.calendar.file-characters", file)
				continue
			}
			read, sent = p.T("desk.calendar.file-read", file, how), [2]string{file, text}
		}
	}
	if !errors.Is(err, io.EOF) {
		return nil, "", "", kit.BadInput(err)
	}
	if garbled {
		return nil, "", "", kit.ErrEncoding
	}
	if read != "" {
		typed[askText] = []string{sent[1]}
		if typed.get(askName) == "" {
			typed[askName] = []string{sent[0]}
		}
	}
	return typed, read, fault, nil
}

// characters reads a file that is written in UTF-8, with or without its mark, or in GB18030, as older programs of offices write
// (GB 18030 holds GBK and GB 2312), and says in which; "" if in neither.
func characters(b []byte) (s, how string) {
	if utf8.Valid(b) {
		return strings.TrimPrefix(string(b), "\ufeff"), "UTF-8"
	}
	text, err := simplifiedchinese.GB18030.NewDecoder().Bytes(b)
	if err != nil || bytes.ContainsRune(text, utf8.RuneError) || bytes.ContainsRune(text, 0) {
		return "", ""
	}
	return string(text), "GB18030"
}

// calendarFaults puts what is wrong at its question, with all that was typed.
func (p *page) calendarFaults(err error, typed answers) error {
	var fault *hall.CalendarFault
	refusal, refused := kit.Refusal(err)
	p.Errors = &ui.Errors{}
	add := func(field, text string) {
		p.Errors.Faults = append(p.Errors.Faults, ui.Fault{Field: field, Text: text})
	}
	switch {
	case errors.As(err, &fault):
		add(askText, p.T("desk.calendar.fault", fault.Reason.In(p.Lang)))
	case errors.Is(err, hall.ErrCounting):
		add(askText, p.T("desk.calendar.busy"))
	case refused && len(refusal.Fields) == 0:
		add(askText, kit.Sentence(p.Lang, refusal))
	case refused:
		for _, f := range refusal.Fields {
			add(f.Field, p.T("case.fault."+map[bool]string{true: "required", false: "other"}[f.Code == "required"], p.T("desk.calendar."+f.Field)))
		}
	default:
		p.Errors = nil
		return err
	}
	return p.askCalendar(http.StatusUnprocessableEntity, typed)
}

func (p *page) calendarTrial(t *hall.CalendarTrial, typed answers, load hall.NewCalendar) *calendarTrial {
	v := &calendarTrial{page: p, Kinds: sheet.Kinds(), Looked: p.T("desk.calendar.looked", t.Touched)}
	if t.Next != "" {
		v.Looked = p.T("desk.calendar.looked-part", t.Touched, t.Looked)
	}
	v.Days = ui.Table{Caption: p.T("desk.calendar.days"), Columns: []ui.Column{{Text: p.T("desk.calendar.day")}, {Text: p.T("desk.calendar.becomes")}, {Text: p.T("desk.calendar.where")}}}
	where := func(region string) string {
		if region == "" {
			return p.T("desk.calendar.country")
		}
		return p.region(region)
	}
	for _, day := range t.Days {
		becomes := p.T("desk.calendar.off")
		if day.Works {
			becomes = p.T("desk.calendar.works")
		}
		v.Days.Rows = append(v.Days.Rows, ui.TableRow{Cells: []ui.Cell{{Text: i18n.Date(p.Lang, day.Date.Start()), Head: true}, {Text: becomes, More: day.Name}, {Text: where(day.Region)}}})
	}
	v.Hours = ui.Table{Caption: p.T("desk.calendar.hours"), Columns: []ui.Column{{Text: p.T("desk.calendar.where")}, {Text: p.T("desk.calendar.hours-was")}, {Text: p.T("desk.calendar.becomes")}}}
	for _, h := range t.Hours {
		v.Hours.Rows = append(v.Hours.Rows, ui.TableRow{Cells: []ui.Cell{{Text: where(h.Region), Head: true}, {Text: h.Was.String()}, {Text: h.Now.String()}}})
	}
	n := t.Counts
	v.Sum = ui.Table{Caption: p.T("desk.calendar.sum"), Columns: []ui.Column{{Text: p.T("desk.calendar.what")}, {Text: p.T("desk.calendar.number")}}}
	for _, c := range []struct {
		key string
		n   int
	}{{"cases", n.Cases}, {"later", n.Later}, {"earlier", n.Earlier}, {"settled", n.Settled}, {"kept-applicant", n.KeptApplicant}, {"kept-past", n.KeptPast},
		{"overdue", n.Overdue}, {"relieved", n.Relieved}, {"colour", n.Colour}} {
		v.Sum.Rows = append(v.Sum.Rows, ui.TableRow{Cells: []ui.Cell{{Text: p.T("desk.calendar." + c.key), Head: true}, {Text: strconv.Itoa(c.n)}}})
	}
	v.Examples = p.calendarExamples(t)
	v.Still = ui.Table{Caption: p.T("desk.calendar.still", t.Stopped, len(t.Still)), Columns: []ui.Column{{Text: p.T("desk.case-no")}, {Text: p.T("desk.recount.clock")}, {Text: p.T("desk.calendar.bearer")}}}
	for i := range t.Still {
		k := &t.Still[i]
		v.Still.Rows = append(v.Still.Rows, ui.TableRow{Cells: []ui.Cell{{Text: string(k.Case), Head: true}, {Text: p.T("case.clock." + k.Kind)}, {Text: p.bearer(k.Bearer)}}})
	}
	v.Stopped = t.Stopped
	object := []ui.SummaryRow{}
	for _, name := range calendarAsks {
		f := ui.Field{Kind: ui.KindHidden, Name: name, Value: typed.get(name)}
		v.Keep = append(v.Keep, f)
		if name != askText {
			object = append(object, ui.SummaryRow{Label: p.T("desk.calendar." + name), Value: f.Value})
		}
	}
	v.Confirm = ui.Confirm{Question: p.T("desk.calendar.question", load.Name), Object: object, Result: p.T("desk.calendar.result"), Action: calendarAddress, Grave: true,
		Button: p.T("desk.calendar.button"), Cancel: calendarAddress, Keep: append(v.Keep[:len(v.Keep):len(v.Keep)], ui.Field{Kind: ui.KindHidden, Name: "confirmed", Value: "yes"})}
	return v
}

func (p *page) calendarExamples(t *hall.CalendarTrial) ui.Table {
	table := ui.Table{Caption: p.T("desk.calendar.examples"), Columns: []ui.Column{{Text: p.T("desk.case-no")}, {Text: p.T("desk.recount.clock")},
		{Text: p.T("desk.recount.was")}, {Text: p.T("desk.recount.due")}, {Text: p.T("desk.calendar.shift")}}}
	for _, m := range t.Examples {
		days, move := int(workday.DateOf(m.Due)-workday.DateOf(m.Was)), "desk.calendar.move-"+m.What
		if days == 0 && (m.What == hall.MoveEarlier || m.What == hall.MoveLater) {
			move += "-hours" // of office alone
		}
		due, what := ui.Cell{Text: i18n.Due(p.Lang, m.Due)}, ui.Cell{Text: p.T(move, days)}
		if m.What == hall.MoveKept { // what it would have been is said beside, so that nobody takes it for what it will be
			due.Text, what.More = i18n.Due(p.Lang, m.Was), p.T("desk.calendar.would-be", i18n.Due(p.Lang, m.Due))
		}
		table.Rows = append(table.Rows, ui.TableRow{Cells: []ui.Cell{{Text: string(m.Case), Head: true}, {Text: p.T("case.clock." + m.Kind)}, {Text: i18n.Due(p.Lang, m.Was)}, due, what}})
	}
	return table
}

// listCalendar is the complete list of what would move, as a file of the kind that was asked for.
func (d *Desk) listCalendar(p *page, typed answers) error {
	kind := oneOf(typed.get(exportParameter), sheet.Kinds())
	if kind == "" {
		return hall.ErrBadRequest
	}
	var out sheet.Writer
	begin := func() (err error) {
		p.attach("calendar-moves", kind)
		if out, err = sheet.New(kind, p.w, p.T("desk.calendar.trial")); err != nil {
			return err
		}
		return out.Row(p.T("desk.case-no"), p.T("desk.item"), p.T("desk.recount.clock"), p.T("desk.calendar.step"), p.T("desk.calendar.bearer"), p.T("desk.calendar.what"),
			p.T("desk.recount.was"), p.T("desk.recount.due"), p.T("desk.calendar.days-number"))
	}
	_, err := d.hall.TryCalendar(p.r.Context(), p.Actor, newCalendar(typed), hall.Part{}, func(m hall.CalendarMove) error {
		if out == nil {
			if err := begin(); err != nil {
				return err
			}
		}
		if m.What == hall.MoveKept {
			m.Due = m.Was
		}
		days := int(workday.DateOf(m.Due) - workday.DateOf(m.Was))
		return out.Row(string(m.Case), p.itemName(m.Item), p.T("case.clock."+m.Kind), p.stepName(m.Item, m.Step), p.bearer(m.Bearer), p.T("desk.calendar.move-"+m.What, days),
			fileDue(m.Was), fileDue(m.Due), int64(days))
	})
	if err != nil && out == nil {
		return p.calendarFaults(err, typed)
	}
	if out == nil {
		err = begin()
	}
	if out == nil {
		return nil // the client is gone
	}
	if err != nil { // the answer has begun: nobody may take it for whole
		d.log.Error("list of calendar moves", "err", err)
		err = out.Note(p.T("desk.calendar.cut"))
	}
	_ = errors.Join(err, out.Close()) // the client is gone
	return nil
}

// stepName names a step of an item; its id if the newest version has none such.
func (p *page) stepName(item caseflow.ItemID, id caseflow.StepID) string {
	if it := p.desk.hall.Item(item); it != nil {
		if def := it.StepByID(id); def != nil {
			return def.Name.In(p.Lang)
		}
	}
	return string(id)
}
