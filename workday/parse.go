package workday

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"unicode"
	"unicode/utf8"
)

// Limits of a calendar document.
const (
	maxDocument  = 1 << 20 // bytes
	maxDocuments = 200
	maxDays      = 20_000
	maxName      = 60 // characters
	// A notice may list days of the year before: New Year 2023 began on 2022-12-31.
	maxBeyond = 31 // days
)

// Documents may list days from firstDay to lastDay.
var (
	firstDay = NewDate(1990, 1, 1)
	lastDay  = NewDate(2100, 12, 31)
)

const holidaySchema = "tongban.holidays/1"

// document is the file format, tongban.holidays/1.
type document struct {
	Schema   string `json:"schema"`
	Country  string `json:"country"`
	Timezone string `json:"timezone"`
	Region   string `json:"region"`
	Hours    string `json:"office_hours"` // of a region, or of all; empty: as before
	Coverage struct {
		From Date `json:"from"`
		To   Date `json:"to"`
	} `json:"coverage"`
	Status  string              `json:"status"` // published (default) or provisional
	Rule    string              `json:"rule"`
	Notices map[string][]string `json:"notices"`
	Days    dayList             `json:"days"`
}

type listedDay struct {
	Date Date   `json:"date"`
	Name string `json:"name"`
	Kind string `json:"kind"` // off or work

	line int
}

func (d document) provisional() bool { return d.Status == "provisional" }

// Parse makes a calendar of one or more documents in the format tongban.holidays/1. Days are merged by date,
// never by file, since a notice may list days of the year before: where two documents list the same day, the
// later argument wins, but a provisional document never speaks about a day that a published one covers.
//
// It refuses documents that are not of this format, too large, that contradict themselves (a day listed twice; a
// make-up day from Monday to Friday that was not off; days far outside the coverage), and published years with a gap
// between them.
func Parse(docs ...[]byte) (*Calendar, error) {
	named := make([]Document, len(docs))
	for i, text := range docs {
		named[i] = Document{Name: fmt.Sprintf("calendar document %d", i+1), Text: text}
	}
	return parse(named)
}

func parse(docs []Document) (*Calendar, error) {
	if len(docs) == 0 || len(docs) > maxDocuments {
		return nil, refuse("日历文件有 %d 份，应为 1 至 %d 份", "%d calendar documents, not 1 to %d", len(docs), maxDocuments)
	}
	parsed := make([]document, len(docs))
	for i, b := range docs {
		doc, err := decodeDocument(b.Text)
		if err == nil && doc.Region != "" {
			err = refuse("只适用于地区 %q，应叠加在全国日历上", "is for region %q only: lay it over a national calendar", doc.Region)
		}
		if err != nil {
			return nil, of(b.Name, err)
		}
		parsed[i] = doc
	}
	from, to, err := publishedCoverage(parsed)
	if err != nil {
		return nil, err
	}
	listed := map[Date]entry{}
	for _, provisional := range []bool{true, false} { // published documents last, so that they win
		for i, doc := range parsed {
			if doc.provisional() != provisional {
				continue
			}
			if provisional {
				doc.Days = slices.DeleteFunc(doc.Days, func(d listedDay) bool { return from <= d.Date && d.Date <= to })
			}
			if err := merge(listed, doc.Days, ""); err != nil {
				return nil, of(docs[i].Name, err)
			}
		}
	}
	hours, err := officeHours(docs, parsed)
	if err != nil {
		return nil, err
	}
	return newCalendar(listed, from, to, nil, hours), nil
}

// officeHours are those that the documents name; two different ones contradict each other.
func officeHours(named []Document, docs []document) (OfficeHours, error) {
	var hours OfficeHours
	for i, d := range docs {
		if d.Hours == "" {
			continue
		}
		h, err := ParseOfficeHours(d.Hours)
		if err != nil {
			return hours, of(named[i].Name, err)
		}
		if hours.n > 0 && h != hours {
			return hours, of(named[i].Name, refuse("办公时间为 %v，与前一份的 %v 不同", "has office hours %v, an earlier one %v", h, hours))
		}
		hours = h
	}
	return hours.orDefault(), nil
}

// Overlay lays a region's own days over the calendar: festivals of minority areas (全国年节及纪念日放假办法 art. 4), days off in
// an emergency. The document has the format of Parse; its days and office hours win over those below, its coverage
// makes no year known. If it names a region, that must be region.
func (c *Calendar) Overlay(region string, doc []byte) (*Calendar, error) {
	if err := checkName(region); err != nil {
		return nil, &fault{words{"叠加的地区", "overlay: region"}, err}
	}
	d, err := decodeDocument(doc)
	if err == nil && d.Region != "" && d.Region != region {
		err = refuse("适用于地区 %q", "is for region %q", d.Region)
	}
	listed := maps.Clone(c.listed)
	if err == nil {
		err = merge(listed, d.Days, region)
	}
	if err != nil {
		return nil, overlaid(region, err)
	}
	hours := c.hours
	if d.Hours != "" {
		if hours, err = ParseOfficeHours(d.Hours); err != nil {
			return nil, overlaid(region, err)
		}
	}
	return newCalendar(listed, c.from, c.to, append(slices.Clone(c.regions), region), hours), nil
}

func overlaid(region string, err error) error {
	return &fault{words{"叠加在地区 " + region, "overlay for " + region}, err}
}

// merge puts a document's days into listed.
func merge(listed map[Date]entry, days []listedDay, region string) error {
	for _, d := range days {
		was, ok := listed[d.Date]
		if d.Kind == "work" && isWeekday(d.Date) && !(ok && was.off) {
			return inLine(d.line, refuse("%[1]v 本来就是工作日，不能列为调休上班", "%v is a %v and not a day off: it cannot be a make-up working day", d.Date, d.Date.Weekday()))
		}
		listed[d.Date] = entry{off: d.Kind == "off", name: d.Name, region: region}
	}
	return nil
}

// publishedCoverage joins the coverage of the published documents.
func publishedCoverage(docs []document) (from, to Date, err error) {
	docs = slices.DeleteFunc(slices.Clone(docs), document.provisional)
	if len(docs) == 0 {
		return 1, 0, nil
	}
	slices.SortFunc(docs, func(a, b document) int { return int(a.Coverage.From - b.Coverage.From) })
	from, to = docs[0].Coverage.From, docs[0].Coverage.To
	for _, d := range docs[1:] {
		if d.Coverage.From > to+1 {
			return 0, 0, refuse("没有日历覆盖 %v 至 %v", "no calendar document covers %v to %v", to+1, d.Coverage.From-1)
		}
		to = max(to, d.Coverage.To)
	}
	return from, to, nil
}

func decodeDocument(b []byte) (document, error) {
	var doc document
	b = bytes.TrimPrefix(b, []byte("\ufeff"))
	if err := decodeStrict(b, maxDocument, &doc); err != nil {
		var day *lineError
		if errors.As(err, &day) && errors.As(err, new(dayError)) {
			day.line += valueLine(b, "days") - 1
		}
		return doc, err
	}
	doc.Days.move(valueLine(b, "days"))
	if err := doc.check(); err != nil {
		return doc, err
	}
	return doc, nil
}

// decodeStrict decodes one JSON value of at most limit bytes into v. It refuses unknown and repeated names and
// anything after the value.
func decodeStrict(b []byte, limit int, v any) error {
	if len(b) > limit {
		return refuse("超过 %d 字节", "is larger than %d bytes", limit)
	}
	if !utf8.Valid(b) {
		return refuse("不是 UTF-8 编码", "is not UTF-8")
	}
	b = bytes.TrimPrefix(b, []byte("\ufeff"))
	if err := uniqueNames(b); err != nil {
		return err
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return located(b, err)
	}
	return nil
}

// uniqueNames refuses JSON in which an object has a name twice (encoding/json would keep the last one silently), nested
// more than 8 deep, or followed by something else.
func uniqueNames(b []byte) error {
	type level struct {
		names map[string]bool // nil for an array
		value bool            // a name was read, its value comes next
	}
	var stack []level
	dec := json.NewDecoder(bytes.NewReader(b))
	for done := false; !done; {
		tok, err := dec.Token()
		if err != nil {
			return located(b, err)
		}
		delim, _ := tok.(json.Delim)
		closing := delim == '}' || delim == ']'
		if n := len(stack); n > 0 && stack[n-1].names != nil && !closing {
			top := &stack[n-1]
			if name, ok := tok.(string); ok && !top.value {
				if top.names[name] {
					return inLine(lineAt(b, dec.InputOffset()), refuse("字段 %.40q 在同一处写了两次", "has the name %.40q twice in one object", name))
				}
				top.names[name], top.value = true, true
				continue
			}
			top.value = false
		}
		switch {
		case delim == '{':
			stack = append(stack, level{names: map[string]bool{}})
		case delim == '[':
			stack = append(stack, level{})
		case closing:
			stack = stack[:len(stack)-1]
		}
		if len(stack) > 8 {
			return refuse("嵌套过深", "is nested too deep")
		}
		done = len(stack) == 0
	}
	if _, err := dec.Token(); err != io.EOF {
		return refuse("结尾之后还有内容", "has something after its end")
	}
	return nil
}

// check finds what is wrong with a document by itself.
func (d document) check() error {
	from, to := d.Coverage.From, d.Coverage.To
	switch {
	case d.Schema != holidaySchema:
		return refuse("schema 为 %.40q，应为 %q", "has schema %.40q, not %q", d.Schema, holidaySchema)
	case d.Country != "CN" || d.Timezone != "Asia/Shanghai":
		return refuse("country 为 %.40q、timezone 为 %.40q，应为 CN 和 Asia/Shanghai", "is for country %.40q and time zone %.40q, not CN and Asia/Shanghai", d.Country, d.Timezone)
	case d.Status != "" && d.Status != "published" && d.Status != "provisional":
		return refuse("status 为 %.40q，应为 published（已公布）或者 provisional（暂定）", "has status %.40q, not published or provisional", d.Status)
	case from > to || from < firstDay || to > lastDay:
		return refuse("coverage 为 %v 至 %v，应为 %v 至 %v 之内先后相接的日子", "covers %v to %v, which is not a stretch within %v to %v", from, to, firstDay, lastDay)
	case len(d.Days) > maxDays:
		return refuse("列出 %d 天，超过 %d 天", "lists %d days, more than %d", len(d.Days), maxDays)
	}
	return d.checkDays()
}

func (d document) checkDays() error {
	kinds := make(map[Date]string, len(d.Days))
	for _, day := range d.Days {
		if err := d.checkDay(day, kinds[day.Date]); err != nil {
			return inLine(day.line, err)
		}
		kinds[day.Date] = day.Kind
	}
	return nil
}

// checkDay judges a day; was is what an earlier line makes of it, "" if none does.
func (d document) checkDay(day listedDay, was string) error {
	from, to := d.Coverage.From, d.Coverage.To
	switch {
	case day.Kind != "off" && day.Kind != "work":
		return refuse("%v 的 kind 为 %.20q，应为 off（放假）或者 work（上班）", "%v has kind %.20q, not off or work", day.Date, day.Kind)
	case was != "" && was != day.Kind:
		return refuse("前后矛盾：%v 既放假又上班", "contradicts itself: %v is both off and work", day.Date)
	case was != "":
		return refuse("%v 列了两次", "lists %v twice", day.Date)
	case day.Date < max(from-maxBeyond, firstDay) || day.Date > min(to+maxBeyond, lastDay):
		return refuse("列有 %v，远在 %v 至 %v 之外", "lists %v, far outside its coverage %v to %v", day.Date, from, to)
	}
	if err := checkName(day.Name); err != nil {
		return &fault{words{fmt.Sprintf("%v 的名称", day.Date), fmt.Sprintf("%v: name", day.Date)}, err}
	}
	return nil
}

func checkName(s string) error {
	if n := utf8.RuneCountInString(s); n == 0 || n > maxName {
		return refuse("有 %d 个字，应为 1 至 %d 个", "has %d characters, not 1 to %d", n, maxName)
	}
	for _, r := range s {
		if !unicode.IsPrint(r) {
			return refuse("含有不能显示的字符 %U", "contains the unprintable character %U", r)
		}
	}
	return nil
}
