// Package sheet writes lists as files that spreadsheets open: CSV in UTF-8 with a byte order mark, so that they read its Chinese, and
// XLSX. A text can do nothing in the program that opens it: what begins like a formula is a text there (OWASP, "CSV Injection").
// Numbers stay numbers, and days and instants are those of the spreadsheet, so that it sorts and counts them. Files are written as they
// come, row by row.
package sheet

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

// The kinds of file.
const (
	CSV  = "csv"
	XLSX = "xlsx"
)

// Kinds lists them.
func Kinds() []string { return []string{XLSX, CSV} }

// ErrKind: there is no such kind of file.
var ErrKind = errors.New("sheet: no such kind of file")

// MediaType is the media type of a kind.
func MediaType(kind string) string {
	if kind == XLSX {
		return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	}
	return "text/csv; charset=utf-8"
}

// Share is a number between 0 and 1 that is shown as a percentage.
type Share float64

// Day, Minute and Second are instants as far as they are shown, as the clocks of their own zone show them. The zero instant is none.
type (
	Day    time.Time
	Minute time.Time
	Second time.Time
)

// The ways in which instants are written, in a CSV and as formats of an XLSX, by what they are shown to.
const (
	toDay = iota
	toMinute
	toSecond
)

var (
	layouts = [...]string{"2006-01-02", "2006-01-02 15:04", "2006-01-02 15:04:05"}
	formats = [...]string{"yyyy-mm-dd", "yyyy-mm-dd hh:mm", "yyyy-mm-dd hh:mm:ss"}
)

// instant takes a cell for one: the instant, and what it is shown to.
func instant(cell any) (at time.Time, to int, ok bool) {
	switch c := cell.(type) {
	case Day:
		return time.Time(c), toDay, true
	case Minute:
		return time.Time(c), toMinute, true
	case Second:
		return time.Time(c), toSecond, true
	}
	return time.Time{}, 0, false
}

// Writer writes the rows of one list; the first one is its heading. A cell is a string, an int64, a Share, a Day, Minute or Second, or nil
// for none.
type Writer interface {
	Row(cells ...any) error
	// Note writes a remark below the rows, which is none of them.
	Note(text string) error
	// Close ends the file. Without it the file is not whole.
	Close() error
}

// New begins a file of a kind; title names the list inside an XLSX. ErrKind.
func New(kind string, w io.Writer, title string) (Writer, error) {
	switch kind {
	case CSV:
		if _, err := io.WriteString(w, "\ufeff"); err != nil {
			return nil, err
		}
		out := csv.NewWriter(w)
		out.UseCRLF = true
		return &csvFile{out}, nil
	case XLSX:
		return newXLSX(w, title)
	}
	return nil, ErrKind
}

// Tame keeps a spreadsheet from taking a text of a CSV for a formula: what begins like one gets a leading quote.
func Tame(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return "'" + text
	}
	return text
}

type csvFile struct{ out *csv.Writer }

func (f *csvFile) Row(cells ...any) error {
	texts := make([]string, len(cells))
	for i, c := range cells {
		var err error
		if texts[i], err = text(c); err != nil {
			return err
		}
		if _, ok := c.(string); ok {
			texts[i] = Tame(texts[i])
		}
	}
	if err := f.out.Write(texts); err != nil {
		return err
	}
	f.out.Flush()
	return f.out.Error()
}

// text is how a cell reads.
func text(cell any) (string, error) {
	if at, to, ok := instant(cell); ok {
		if at.IsZero() {
			return "", nil
		}
		return at.Format(layouts[to]), nil
	}
	switch c := cell.(type) {
	case nil:
		return "", nil
	case string:
		return c, nil
	case int64:
		return strconv.FormatInt(c, 10), nil
	case Share:
		return strconv.FormatFloat(float64(c)*100, 'f', 1, 64) + "%", nil
	}
	return "", fmt.Errorf("sheet: a cell of type %T", cell)
}

func (f *csvFile) Note(text string) error { return f.Row(text) }

func (f *csvFile) Close() error {
	f.out.Flush()
	return f.out.Error()
}

// xlsxFile is an XLSX of one sheet. Its texts are typed as such, so that none is a formula whatever it begins with. The heading stays
// in sight and has the buttons of a filter; columns are as wide as the first rows need, which are held back until then.
type xlsxFile struct {
	to   io.Writer
	book *excelize.File
	out  *excelize.StreamWriter
	name string // of the sheet

	held    [][]any // the first rows, until the widths are known
	widths  []int   // of the columns, in the spreadsheet's characters
	begun   bool    // the widths are set
	ended   bool    // no row follows
	rows    int
	heading int // style
	percent int
	instant [len(formats)]int
}

// The rows that tell how wide a column is, and the bounds of that.
const (
	measured = 200
	minWidth = 8
	maxWidth = 50
)

// maxTitle is the longest name of a sheet.
const maxTitle = 31

func newXLSX(w io.Writer, title string) (Writer, error) {
	title = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`:\/?*[]'`, r) {
			return ' '
		}
		return r
	}, title)
	for utf8.RuneCountInString(title) > maxTitle {
		_, size := utf8.DecodeLastRuneInString(title)
		title = title[:len(title)-size]
	}
	book := excelize.NewFile()
	if title = strings.TrimSpace(title); title == "" {
		title = "1"
	}
	f := &xlsxFile{to: w, book: book, name: title}
	err := book.SetSheetName("Sheet1", title)
	style := func(to *int, s excelize.Style) {
		if err == nil {
			*to, err = book.NewStyle(&s)
		}
	}
	style(&f.heading, excelize.Style{Font: &excelize.Font{Bold: true}})
	style(&f.percent, excelize.Style{NumFmt: 10}) // 0.00%
	for to := range formats {
		style(&f.instant[to], excelize.Style{CustomNumFmt: &formats[to]})
	}
	if err == nil {
		f.out, err = book.NewStreamWriter(title)
	}
	if err == nil {
		err = f.out.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"})
	}
	if err != nil {
		return nil, errors.Join(err, book.Close())
	}
	return f, nil
}

func (f *xlsxFile) Row(cells ...any) error {
	row := make([]any, len(cells))
	for i, c := range cells {
		read, err := text(c)
		if err != nil {
			return err
		}
		if !f.begun {
			f.measure(i, read)
		}
		row[i] = f.cell(c)
	}
	f.rows++
	if f.begun {
		return f.write(f.rows, row)
	}
	if f.held = append(f.held, row); len(f.held) < measured {
		return nil
	}
	return f.begin()
}

// epoch is the day from which spreadsheets count.
var epoch = time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)

// cell is a cell as the library takes it.
func (f *xlsxFile) cell(c any) any {
	if at, to, ok := instant(c); ok {
		if at.IsZero() {
			return nil
		}
		_, offset := at.Zone()
		days := at.Add(time.Duration(offset)*time.Second).Sub(epoch).Hours() / 24
		return excelize.Cell{StyleID: f.instant[to], Value: days}
	}
	switch c := c.(type) {
	case string:
		if f.rows == 0 {
			return excelize.Cell{StyleID: f.heading, Value: clean(c)}
		}
		return excelize.Cell{Value: clean(c)}
	case Share:
		return excelize.Cell{StyleID: f.percent, Value: float64(c)}
	}
	return c
}

// measure widens a column to what a cell of it needs: a character of Chinese takes the room of two digits, the button of a filter that
// of three.
func (f *xlsxFile) measure(column int, text string) {
	width := 2
	if f.rows == 0 {
		width += 3
	}
	for _, r := range text {
		width++
		if r >= 0x1100 {
			width++
		}
	}
	if column == len(f.widths) {
		f.widths = append(f.widths, minWidth)
	}
	f.widths[column] = max(f.widths[column], min(width, maxWidth))
}

// begin sets the widths, and writes the rows that were held back.
func (f *xlsxFile) begin() error {
	f.begun = true
	for i, width := range f.widths {
		if err := f.out.SetColWidth(i+1, i+1, float64(width)); err != nil {
			return err
		}
	}
	for i, row := range f.held {
		if err := f.write(i+1, row); err != nil {
			return err
		}
	}
	f.held = nil
	return nil
}

func (f *xlsxFile) write(no int, row []any) error {
	at, err := excelize.CoordinatesToCellName(1, no)
	if err != nil {
		return err
	}
	return f.out.SetRow(at, row)
}

// Note stands a line below the rows, out of reach of the filter.
func (f *xlsxFile) Note(text string) error {
	if !f.ended {
		if err := f.end(); err != nil {
			return err
		}
	}
	f.rows += 2
	return f.write(f.rows, []any{f.cell(text)})
}

// end ends the rows: they are the ones that the filter filters.
func (f *xlsxFile) end() error {
	f.ended = true
	if !f.begun {
		if err := f.begin(); err != nil {
			return err
		}
	}
	if f.rows == 0 || len(f.widths) == 0 {
		return nil
	}
	last, err := excelize.CoordinatesToCellName(len(f.widths), f.rows)
	if err != nil {
		return err
	}
	return f.book.AutoFilter(f.name, "A1:"+last, nil)
}

func (f *xlsxFile) Close() error {
	var err error
	if !f.ended {
		err = f.end()
	}
	if err == nil {
		err = f.out.Flush()
	}
	if err == nil {
		_, err = f.book.WriteTo(f.to)
	}
	return errors.Join(err, f.book.Close())
}

// clean leaves out the control characters that XML cannot hold.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF {
			return -1
		}
		return r
	}, text)
}
