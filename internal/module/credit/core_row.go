package credit

import (
	"errors"
	"slices"
	"strings"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/sheet"
	"github.com/tongban/tongban/workday"
)

// The places of RecordColumns.
const (
	ofParty = iota
	ofID
	ofKind
	ofResult
	ofDay
	ofUntil
	ofFen
	ofField
	ofTitle
	ofBasis
	ofPublished
	ofWithdrawn
)

// RecordColumns are those of a file of records, in the order of the sample.
var RecordColumns = []sheet.Column{
	{Name: "party", ZH: "统一社会信用代码", Must: true, Most: 40}, {Name: "id", ZH: "记录编号", Must: true, Most: 60}, {Name: "kind", ZH: "信息类别", Must: true, Most: 20}, {Name: "result", ZH: "结果", Must: true, Most: 20},
	{Name: "day", ZH: "日期", Must: true, Most: 20, Day: true}, {Name: "until", ZH: "截止日期", Most: 20, Day: true}, {Name: "fen", ZH: "金额（分）", Most: 18}, {Name: "field", ZH: "领域", Most: 40},
	{Name: "title", ZH: "事项", Must: true, Most: 200}, {Name: "basis", ZH: "依据", Most: 200}, {Name: "published", ZH: "公示日期", Most: 20, Day: true}, {Name: "withdrawn", ZH: "是否撤回", Most: 5},
}

// The places of SubjectColumns.
const (
	subjectParty = iota
	subjectName
	subjectSince
	subjectFields
)

// SubjectColumns are those of a file of parties.
var SubjectColumns = []sheet.Column{
	{Name: "party", ZH: "统一社会信用代码", Must: true, Most: 40}, {Name: "name", ZH: "名称", Must: true, Most: 100}, {Name: "since", ZH: "成立日期", Most: 20, Day: true}, {Name: "fields", ZH: "领域", Most: 400},
}

// reader reads the values of a row and keeps what is wrong.
type reader struct {
	row    sheet.Row
	no     int
	faults []sheet.Fault
}

func (r *reader) fault(column, code string) {
	r.faults = append(r.faults, sheet.Fault{Row: r.no, Column: column, Code: code})
}

// text is a value that every column has: bounded, in one line.
func (r *reader) text(c sheet.Column) string {
	s, code := r.row.Text(c)
	if code != "" {
		r.fault(c.Name, code)
	}
	return s
}

// all are the texts of the columns, in their order.
func (r *reader) all(columns []sheet.Column) []string {
	out := make([]string, len(columns))
	for i, c := range columns {
		out[i] = r.text(c)
	}
	return out
}

// party is a credit code that passes its check character.
func (r *reader) party(text string) string {
	if text == "" {
		return ""
	}
	code, err := ident.ParseCreditCode(text)
	var fault *ident.Fault
	if errors.As(err, &fault) {
		r.fault("party", fault.Code)
		return ""
	}
	return string(code)
}

// day is a date, as 2026-11-23, 2026/11/23 or 20261123; zero if there is none.
func (r *reader) day(column, text string) workday.Date {
	if text == "" {
		return 0
	}
	text = strings.ReplaceAll(ident.Normalise(text), "/", "-")
	if len(text) == 8 && !strings.Contains(text, "-") {
		text = text[:4] + "-" + text[4:6] + "-" + text[6:]
	}
	d, err := workday.ParseDate(text)
	if err != nil || d < earliest || d > latest {
		r.fault(column, "date")
		return 0
	}
	return d
}

// The days that a record may name: the first company of the People's Republic, and the end of what a calendar can say.
var (
	earliest = workday.NewDate(1949, 10, 1)
	latest   = workday.NewDate(2999, 12, 31)
)

// maxFen bounds money: a hundred thousand billion yuan.
const maxFen = 10_000_000_000_000_000

// fen is a whole number of fen, not negative.
func (r *reader) fen(text string) int64 {
	var n int64
	for _, c := range text {
		if c < '0' || c > '9' || n > maxFen {
			r.fault("fen", "fen")
			return 0
		}
		n = n*10 + int64(c-'0')
	}
	if n > maxFen {
		r.fault("fen", "fen")
		return 0
	}
	return n
}

// yes is a truth; empty is false.
func (r *reader) yes(column, text string) bool {
	switch text {
	case "", "否", "0", "no", "false":
		return false
	case "是", "1", "yes", "true":
		return true
	}
	r.fault(column, "yes")
	return false
}

// ReadRecord reads a row as a record of a source, on a day after which nothing can have happened yet. It returns the party, the
// record, and what is wrong with the row: then neither may be used.
func ReadRecord(row sheet.Row, no int, source string, today workday.Date) (string, Record, []sheet.Fault) {
	r := &reader{row: row, no: no}
	t := r.all(RecordColumns)
	rec := Record{Ref: Ref{source, t[ofID]}, Field: t[ofField], Title: t[ofTitle], Basis: t[ofBasis]}
	party := r.party(t[ofParty])
	if t[ofKind] != "" {
		if rec.Kind = KindOf(t[ofKind]); rec.Kind == 0 {
			r.fault("kind", "kind")
		}
	}
	if rec.Kind != 0 && t[ofResult] != "" {
		if rec.Result = ResultOf(rec.Kind, t[ofResult]); rec.Result == 0 {
			r.fault("result", "result")
		}
	}
	rec.Day, rec.Until, rec.Published = r.day("day", t[ofDay]), r.day("until", t[ofUntil]), r.day("published", t[ofPublished])
	if rec.Day > today {
		r.fault("day", "future")
	}
	if rec.Until != 0 && rec.Until < rec.Day {
		r.fault("until", "order")
	}
	if rec.Published != 0 && (rec.Published < rec.Day || rec.Published > today) {
		r.fault("published", "order")
	}
	rec.Fen, rec.Withdrawn = r.fen(t[ofFen]), r.yes("withdrawn", t[ofWithdrawn])
	if strings.ContainsAny(rec.Field, " ;；、") {
		r.fault("field", "characters")
	}
	return party, rec, r.faults
}

// ReadSubject reads a row as a party.
func ReadSubject(row sheet.Row, no int, today workday.Date) (Subject, []sheet.Fault) {
	r := &reader{row: row, no: no}
	t := r.all(SubjectColumns)
	s := Subject{Party: r.party(t[subjectParty]), Name: t[subjectName], Since: r.day("since", t[subjectSince])}
	if s.Since > today {
		r.fault("since", "future")
	}
	s.Fields = strings.FieldsFunc(t[subjectFields], func(c rune) bool { return strings.ContainsRune(" ;；、,，", c) })
	slices.Sort(s.Fields)
	s.Fields = slices.Compact(s.Fields)
	return s, r.faults
}
