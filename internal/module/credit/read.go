package credit

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/tongban/tongban/internal/sheet"
)

// Bounds of what comes in at one time.
const (
	MaxFile = 256 << 20 // bytes of a file
	MaxRows = 1_000_000 // of a file, without its heading
	MaxList = 1000      // records of a call of the API
	// maxUnpacked bounds what an XLSX, which is a zip, may unpack to.
	maxUnpacked = 1 << 30
)

// rows gives the rows of a list, one after the other, each with its number, and may be asked again.
type rows interface {
	each(do func(no int, row Row) error) error
}

// listed are rows that came by the API, numbered from 1.
type listed []Row

func (l listed) each(do func(int, Row) error) error {
	for i, row := range l {
		if err := do(i+1, row); err != nil {
			return err
		}
	}
	return nil
}

// file is a table on the disk. Columns are named by its first row.
type file struct {
	path    string
	kind    string // sheet.CSV, sheet.XLSX
	columns []Column
	guobiao bool // written in GB18030
}

// spool keeps what comes in beside the program until it has been read, and finds out what it is. The caller removes it.
func spool(in io.Reader, columns []Column) (_ *file, err error) {
	f, err := os.CreateTemp("", "tongban-credit-*")
	if err != nil {
		return nil, err
	}
	out := &file{path: f.Name(), kind: sheet.CSV, columns: columns}
	defer func() {
		if err = errors.Join(err, f.Close()); err != nil {
			err = errors.Join(err, out.remove())
		}
	}()
	n, err := io.Copy(f, io.LimitReader(in, MaxFile+1))
	switch {
	case err != nil:
		return nil, err
	case n > MaxFile:
		return nil, refuse(CodeLarge, strconv.Itoa(MaxFile>>20))
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
func (f *file) recognise(in io.Reader) error {
	r := bufio.NewReaderSize(in, 1<<16)
	head, err := r.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if bytes.HasPrefix(head, []byte("PK\x03\x04")) {
		f.kind = sheet.XLSX
		return nil
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

func (f *file) remove() error { return os.Remove(f.path) }

// faulty ends the reading of a file whose heading does not fit.
type faulty []Fault

// Error is error's.
func (faulty) Error() string { return "credit: the heading does not fit" }

func (f *file) each(do func(int, Row) error) error {
	var at []string
	return f.cells(func(no int, cells []string) error {
		if no == 1 {
			var faults []Fault
			if at, faults = Heading(cells, f.columns); len(faults) > 0 {
				return faulty(faults)
			}
			return nil
		}
		if no > MaxRows+1 {
			return refuse(CodeLarge, strconv.Itoa(MaxFile>>20))
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

func (f *file) cells(do func(no int, cells []string) error) error {
	if f.kind == sheet.XLSX {
		return f.workbook(do)
	}
	in, err := os.Open(f.path)
	if err != nil {
		return err
	}
	defer in.Close()
	var text io.Reader = bufio.NewReaderSize(in, 1<<16)
	if f.guobiao {
		text = simplifiedchinese.GB18030.NewDecoder().Reader(text)
	}
	r := csv.NewReader(text)
	r.FieldsPerRecord, r.ReuseRecord = -1, true
	for no := 1; ; no++ {
		cells, err := r.Read()
		var wrong *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.As(err, &wrong):
			return faulty{{wrong.StartLine, "", "quotes"}}
		case err != nil:
			return err
		}
		if err := do(no, cells); err != nil {
			return err
		}
	}
}

// workbook reads the first sheet of an XLSX. Cells come as they are stored: a formula is never computed, dates are numbers of days.
func (f *file) workbook(do func(no int, cells []string) error) error {
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
	return i >= 0 && slices.Contains([]string{"day", "until", "published", "since"}, columns[i].Name)
}

// ofSerial writes a day as spreadsheets count them, from 1899-12-30 on; any other text stays.
func ofSerial(cell string) string {
	n, err := strconv.Atoi(cell)
	if err != nil || n < 1 || n > 99_999 {
		return cell
	}
	return time.Date(1899, 12, 30+n, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
}
