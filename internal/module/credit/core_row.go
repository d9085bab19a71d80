package credit

import (
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/workday"
)

// Column is a column of a file, and a key of a record in the API.
type Column struct {
	Name string
	ZH   string
	Must bool
	Most int // characters
}

// RecordColumns are those of a file of records, in the order of the sample.
var RecordColumns = []Column{
	{"party", "统一社会信用代码", true, 40}, {"id", "记录编号", true, 60}, {"kind", "信息类别", true, 20}, {"result", "结果", true, 20},
	{"day", "日期", true, 20}, {"until", "截止日期", false, 20}, {"fen", "金额（分）", false, 18}, {"field", "领域", false, 40},
	{"title", "事项", true, 200}, {"basis", "依据", false, 200}, {"published", "公示日期", false, 20}, {"withdrawn", "是否撤回", false, 5},
}

// SubjectColumns are those of a file of parties.
var SubjectColumns = []Column{
	{"party", "统一社会信用代码", true, 40}, {"name", "名称", true, 100}, {"since", "成立日期", false, 20}, {"fields", "领域", false, 400},
}

// Fault is what is wrong with one row. Codes are words of the catalogue, credit.fault.<code>; ident's own stand there too.
type Fault struct {
	Row    int    `json:"row"`    // of the file, its heading is row 1; of a list in the API, counted from 1
	Column string `json:"column"` // "" the row as a whole
	Code   string `json:"code"`
}

// Row is one row of a file by the names of its columns.
type Row map[string]string

// reader reads the values of a row and keeps what is wrong.
type reader struct {
	row    Row
	no     int
	faults []Fault
}

func (r *reader) fault(column, code string) {
	r.faults = append(r.faults, Fault{r.no, column, code})
}

// text is a value that every column has: bounded, in one line.
func (r *reader) text(c Column) string {
	s := strings.TrimSpace(r.row[c.Name])
	switch {
	case s == "" && c.Must:
		r.fault(c.Name, "missing")
	case !utf8.ValidString(s) || strings.ContainsFunc(s, func(c rune) bool { return c < ' ' || c == 0x7f || c == utf8.RuneError }):
		r.fault(c.Name, "characters")
	case utf8.RuneCountInString(s) > c.Most:
		r.fault(c.Name, "long")
	default:
		return s
	}
	return ""
}

// all are the texts of the columns.
func (r *reader) all(columns []Column) map[string]string {
	out := make(map[string]string, len(columns))
	for _, c := range columns {
		out[c.Name] = r.text(c)
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
func ReadRecord(row Row, no int, source string, today workday.Date) (string, Record, []Fault) {
	r := &reader{row: row, no: no}
	t := r.all(RecordColumns)
	rec := Record{Ref: Ref{source, t["id"]}, Field: t["field"], Title: t["title"], Basis: t["basis"]}
	party := r.party(t["party"])
	if t["kind"] != "" {
		if rec.Kind = KindOf(t["kind"]); rec.Kind == 0 {
			r.fault("kind", "kind")
		}
	}
	if rec.Kind != 0 && t["result"] != "" {
		if rec.Result = ResultOf(rec.Kind, t["result"]); rec.Result == 0 {
			r.fault("result", "result")
		}
	}
	rec.Day, rec.Until, rec.Published = r.day("day", t["day"]), r.day("until", t["until"]), r.day("published", t["published"])
	if rec.Day > today {
		r.fault("day", "future")
	}
	if rec.Until != 0 && rec.Until < rec.Day {
		r.fault("until", "order")
	}
	if rec.Published != 0 && (rec.Published < rec.Day || rec.Published > today) {
		r.fault("published", "order")
	}
	rec.Fen, rec.Withdrawn = r.fen(t["fen"]), r.yes("withdrawn", t["withdrawn"])
	if strings.ContainsAny(rec.Field, " ;；、") {
		r.fault("field", "characters")
	}
	return party, rec, r.faults
}

// ReadSubject reads a row as a party.
func ReadSubject(row Row, no int, today workday.Date) (Subject, []Fault) {
	r := &reader{row: row, no: no}
	t := r.all(SubjectColumns)
	s := Subject{Party: r.party(t["party"]), Name: t["name"], Since: r.day("since", t["since"])}
	if s.Since > today {
		r.fault("since", "future")
	}
	s.Fields = strings.FieldsFunc(t["fields"], func(c rune) bool { return strings.ContainsRune(" ;；、,，", c) })
	slices.Sort(s.Fields)
	s.Fields = slices.Compact(s.Fields)
	return s, r.faults
}

// Heading finds the columns of a file by its first row, in Chinese or by name, in any order. What it does not know, what stands
// twice and what is missing are faults of row 1.
func Heading(cells []string, columns []Column) ([]string, []Fault) {
	var faults []Fault
	at := make([]string, len(cells))
	seen := map[string]bool{}
	for i, cell := range cells {
		cell = strings.TrimSpace(strings.TrimPrefix(cell, "\ufeff"))
		j := slices.IndexFunc(columns, func(c Column) bool { return c.Name == cell || c.ZH == cell })
		switch {
		case cell == "":
		case j < 0:
			faults = append(faults, Fault{1, "", "column-unknown"})
		case seen[columns[j].Name]:
			faults = append(faults, Fault{1, columns[j].Name, "column-twice"})
		default:
			at[i], seen[columns[j].Name] = columns[j].Name, true
		}
	}
	for _, c := range columns {
		if c.Must && !seen[c.Name] {
			faults = append(faults, Fault{1, c.Name, "column-missing"})
		}
	}
	return at, faults
}
