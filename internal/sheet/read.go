package sheet

import (
	"archive/zip"
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/tongban/tongban/internal/caseflow"
)

// Bounds of a list that comes in as a file.
const (
	MaxFile = 256 << 20 // bytes
	MaxRows = 1_000_000 // without its heading
	// maxUnpacked bounds what an XLSX, which is a zip, may unpack to.
	maxUnpacked = 1 << 30
	// maxLine bounds one row of a CSV, far above what its columns may hold: a quote that nobody closes would take the rest into memory.
	maxLine = 1 << 20
)

// What is refused of a file as a whole, at every door that takes lists.
const (
	CodeFile     = "list-file"     // not a table of a kind that is read
	CodeEncoding = "list-encoding" // neither UTF-8 nor GB18030
	CodeLarge    = "list-large"    // too many bytes or rows
)

func refuse(code string, args ...string) error { return &caseflow.Refusal{Code: code, Args: args} }

func tooLarge() error { return refuse(CodeLarge, strconv.Itoa(MaxFile>>20)) }

// Column is a column of a file, and a key of a row in the API.
type Column struct {
	Name string
	ZH   string
	Must bool
	Most int  // characters
	Day  bool // an XLSX may keep it as a number of days
}

// Row is one row by the names of its columns.
type Row map[string]string

// Fault is what is wrong with one row, in a word that the catalogue knows.
type Fault struct {
	Row    int    `json:"row"`    // of a file, its heading is row 1; of a list in the API, counted from 1
	Column string `json:"column"` // "" the row as a whole
	Code   string `json:"code"`
}

// Rows gives the rows of a list, one after the other, each with its number, and may be asked again. A heading that does not fit, or
// a text that is cut short, ends it with [Faults].
type Rows interface {
	Each(do func(no int, row Row) error) error
}

// List is rows that came by the API, numbered from 1.
type List []Row

// Each is Rows'.
func (l List) Each(do func(int, Row) error) error {
	for i, row := range l {
		if err := do(i+1, row); err != nil {
			return err
		}
	}
	return nil
}

// Faults end the reading of a file whose heading, or whose quotes, do not fit.
type Faults []Fault

// Error is error's.
func (Faults) Error() string { return "sheet: the list does not fit" }

// Text is the value of a column: bounded, in one line. Code is what is wrong with it, "" if nothing is.
func (r Row) Text(c Column) (text, code string) {
	s := strings.TrimSpace(r[c.Name])
	switch {
	case s == "" && c.Must:
		return "", "missing"
	case !utf8.ValidString(s) || strings.ContainsFunc(s, func(c rune) bool { return c < ' ' || c == 0x7f || c == utf8.RuneError }):
		return "", "characters"
	case utf8.RuneCountInString(s) > c.Most:
		return "", "long"
	}
	return s, ""
}

// Keys are the keys of rows that were read, to tell those that stand twice. It keeps 16 bytes of the SHA-256 of each, so that those
// of a million rows take some 40 MiB however long they are.
type Keys map[[16]byte]struct{}

// Add tells whether a key is new.
func (k Keys) Add(parts ...string) bool {
	sum := sha256.New()
	var size [8]byte
	for _, s := range parts {
		sum.Write(binary.BigEndian.AppendUint64(size[:0], uint64(len(s))))
		io.WriteString(sum, s)
	}
	key, n := [16]byte(sum.Sum(nil)), len(k)
	k[key] = struct{}{}
	return len(k) > n
}

// heading finds the columns of a file by its first row, in Chinese or by name, in any order. What it does not know, what stands
// twice and what is missing are faults of row 1.
func heading(cells []string, columns []Column) ([]string, []Fault) {
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

// File is a table on the disk. Its columns are named by its first row.
type File struct {
	path    string
	kind    string // CSV, XLSX
	columns []Column
	guobiao bool // written in GB18030
}

// Spool keeps a CSV (UTF-8 or GB18030) or XLSX that comes in beside the program until it has been read, and finds out what it is.
// The caller removes it. A refusal: CodeFile, CodeEncoding, CodeLarge.
func Spool(in io.Reader, columns []Column) (_ *File, err error) {
	f, err := os.CreateTemp("", "tongban-list-*")
	if err != nil {
		return nil, err
	}
	out := &File{path: f.Name(), kind: CSV, columns: columns}
	defer func() {
		if err = errors.Join(err, f.Close()); err != nil {
			err = errors.Join(err, out.Remove())
		}
	}()
	n, err := io.Copy(f, io.LimitReader(in, MaxFile+1))
	switch {
	case err != nil:
		return nil, err
	case n > MaxFile:
		return nil, tooLarge()
	case n == 0:
		return nil, refuse(CodeFile)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	return out, out.recognise(f)
}

// recognise tells a zip, which may be an XLSX, from text, and the characters of text: the whole of it must be UTF-8, or it is
// GB18030, as older programs of offices write.
func (f *File) recognise(in io.Reader) error {
	r := bufio.NewReaderSize(in, 1<<16)
	head, err := r.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if bytes.HasPrefix(head, []byte("PK\x03\x04")) {
		f.kind = XLSX
		return f.sound()
	}
	if bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff")) {
		return refuse(CodeEncoding) // UTF-16
	}
	for {
		c, size, err := r.ReadRune()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case c == 0:
			return refuse(CodeFile)
		case c == utf8.RuneError && size == 1:
			f.guobiao = true
			return nil
		}
	}
}

// Remove ends it.
func (f *File) Remove() error { return os.Remove(f.path) }

// Each is Rows'. A blank line is passed over, and counted, as the program counts it that shows the file.
func (f *File) Each(do func(int, Row) error) error {
	var at []string
	return f.cells(func(no int, cells []string) error {
		if at == nil {
			var faults []Fault
			if at, faults = heading(cells, f.columns); len(faults) > 0 {
				return Faults(faults)
			}
			return nil
		}
		if no > MaxRows+1 {
			return tooLarge()
		}
		if !slices.ContainsFunc(cells, func(s string) bool { return strings.TrimSpace(s) != "" }) {
			return nil // a blank line
		}
		row := make(Row, len(at))
		for i, cell := range cells {
			if i < len(at) && at[i] != "" {
				row[at[i]] = cell
			}
		}
		return do(no, row)
	})
}

func (f *File) cells(do func(no int, cells []string) error) error {
	if f.kind == XLSX {
		return f.workbook(do)
	}
	in, err := os.Open(f.path)
	if err != nil {
		return err
	}
	defer in.Close()
	var text io.Reader = in
	if f.guobiao {
		text = simplifiedchinese.GB18030.NewDecoder().Reader(in)
	}
	line := &bounded{text, maxLine}
	r := csv.NewReader(bufio.NewReaderSize(line, 1<<16))
	r.FieldsPerRecord, r.ReuseRecord = -1, true
	for no, end := 0, 0; ; { // the row, and the line it ends in: a row may have several lines
		cells, err := r.Read()
		line.left = maxLine
		var wrong *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, errEndless):
			return Faults{{no + 1, "", "quotes"}}
		case errors.As(err, &wrong):
			return Faults{{no + wrong.StartLine - end, "", "quotes"}}
		case err != nil:
			return err
		}
		start, _ := r.FieldPos(0)
		no, end = no+start-end, start
		for _, cell := range cells {
			end += strings.Count(cell, "\n")
		}
		if err := do(no, cells); err != nil {
			return err
		}
	}
}

// bounded ends a text of which no row has an end.
type bounded struct {
	in   io.Reader
	left int
}

var errEndless = errors.New("sheet: a row without end")

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errEndless
	}
	n, err := b.in.Read(p)
	b.left -= n
	return n, err
}

// sound refuses an XLSX whose XML breaks off, is none, or brings entities of its own, which ECMA-376 forbids: the library that reads
// rows stops at it without a word, and the rows behind it would be missing.
func (f *File) sound() error {
	book, err := zip.OpenReader(f.path)
	if err != nil {
		return refuse(CodeFile)
	}
	defer book.Close() //nolint:errcheck // read only
	left := int64(maxUnpacked)
	for _, part := range book.File {
		if !strings.EqualFold(path.Ext(part.Name), ".xml") {
			continue
		}
		if left -= int64(min(part.UncompressedSize64, maxUnpacked+1)); left < 0 { // as the archive says; the reader holds it to that
			return tooLarge()
		}
		if err := wellFormed(part); err != nil {
			return refuse(CodeFile)
		}
	}
	return nil
}

func wellFormed(part *zip.File) error {
	in, err := part.Open()
	if err != nil {
		return err
	}
	defer in.Close() //nolint:errcheck // read only
	for dec := xml.NewDecoder(in); ; {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if _, declares := token.(xml.Directive); declares {
			return errors.New("it declares something")
		}
	}
}

// workbook reads the first sheet of an XLSX. Cells come as they are stored: a formula is never computed, dates are numbers of days.
func (f *File) workbook(do func(no int, cells []string) error) error {
	book, err := excelize.OpenFile(f.path, excelize.Options{UnzipSizeLimit: maxUnpacked, UnzipXMLSizeLimit: 16 << 20, RawCellValue: true})
	if err != nil {
		return refuse(CodeFile)
	}
	defer book.Close()
	names := book.GetSheetList()
	if len(names) == 0 {
		return refuse(CodeFile)
	}
	list, err := book.Rows(names[0])
	if err != nil {
		return refuse(CodeFile)
	}
	defer list.Close()
	dates := map[int]bool{}
	for no := 1; list.Next(); no++ {
		cells, err := list.Columns()
		if err != nil {
			return refuse(CodeFile)
		}
		for i := range cells {
			if no == 1 {
				dates[i] = isDate(cells[i], f.columns)
			} else if dates[i] {
				cells[i] = ofSerial(cells[i])
			}
		}
		if err := do(no, cells); err != nil {
			return err
		}
	}
	if list.Error() != nil {
		return refuse(CodeFile)
	}
	return nil
}

func isDate(heading string, columns []Column) bool {
	i := slices.IndexFunc(columns, func(c Column) bool { return c.Name == heading || c.ZH == heading })
	return i >= 0 && columns[i].Day
}

// ofSerial writes a day as spreadsheets count them, from 1899-12-30 on; any other text stays.
func ofSerial(cell string) string {
	n, err := strconv.Atoi(cell)
	if err != nil || n < 1 || n > 99_999 {
		return cell
	}
	return time.Date(1899, 12, 30+n, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
}
