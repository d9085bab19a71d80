// Package sheet writes lists as files that spreadsheets open: CSV in UTF-8 with a byte order mark, so that they read its Chinese, and
// XLSX. A text can do nothing in the program that opens it: what begins like a formula is a text there (OWASP, "CSV Injection").
// Numbers stay numbers. Files are written as they come, row by row.
package sheet

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
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

// Writer writes the rows of one list; the first one is its heading. A cell is a string, an int64, a Share, or nil for none.
type Writer interface {
	Row(cells ...any) error
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
		switch c := c.(type) {
		case nil:
		case string:
			texts[i] = Tame(c)
		case int64:
			texts[i] = strconv.FormatInt(c, 10)
		case Share:
			texts[i] = strconv.FormatFloat(float64(c)*100, 'f', 1, 64) + "%"
		default:
			return fmt.Errorf("sheet: a cell of type %T", c)
		}
	}
	if err := f.out.Write(texts); err != nil {
		return err
	}
	f.out.Flush()
	return f.out.Error()
}

func (f *csvFile) Close() error {
	f.out.Flush()
	return f.out.Error()
}

// xlsxFile is an XLSX of one sheet. Its texts are typed as such, so that none is a formula whatever it begins with.
type xlsxFile struct {
	to      io.Writer
	book    *excelize.File
	out     *excelize.StreamWriter
	rows    int
	percent int // style
}

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
	f := &xlsxFile{to: w, book: book}
	if title = strings.TrimSpace(title); title == "" {
		title = "1"
	}
	if err := book.SetSheetName("Sheet1", title); err != nil {
		return nil, errors.Join(err, book.Close())
	}
	var err error
	if f.percent, err = book.NewStyle(&excelize.Style{NumFmt: 10}); err == nil { // 0.00%
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
	f.rows++
	row := make([]any, len(cells))
	for i, c := range cells {
		switch c := c.(type) {
		case nil:
		case string:
			row[i] = excelize.Cell{Value: clean(c)}
		case int64:
			row[i] = c
		case Share:
			row[i] = excelize.Cell{StyleID: f.percent, Value: float64(c)}
		default:
			return fmt.Errorf("sheet: a cell of type %T", c)
		}
	}
	at, err := excelize.CoordinatesToCellName(1, f.rows)
	if err != nil {
		return err
	}
	return f.out.SetRow(at, row)
}

func (f *xlsxFile) Close() error {
	err := f.out.Flush()
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
