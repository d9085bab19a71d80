package sheet

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
)

var nasty = []string{"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", `=HYPERLINK("http://evil.example","x")`, "渭南市，\"秦东\"", "<b>&</b>", "a\nb", "\x01x", ""}

func written(t *testing.T, kind, title string, rows ...[]any) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := New(kind, &b, title)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if err := w.Row(r...); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func texts(list []string) []any {
	row := make([]any, len(list))
	for i, s := range list {
		row[i] = s
	}
	return row
}

// No text is a formula in the program that opens the file, and every text comes back as it was.
func TestXLSX_holds_texts_and_no_formulas(t *testing.T) {
	data := written(t, XLSX, "名单: 2026/11 [超期]*", texts(nasty), []any{int64(12345678901), Share(.985), nil})
	book, err := excelize.OpenReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	name := book.GetSheetName(0)
	for i, want := range nasty {
		at, _ := excelize.CoordinatesToCellName(i+1, 1)
		got, err := book.GetCellValue(name, at)
		if err != nil {
			t.Fatal(err)
		}
		want = strings.ReplaceAll(strings.ReplaceAll(want, "\x01", ""), "\r", "\n") // XML has one end of a line
		if strings.ReplaceAll(got, "\r", "\n") != want {
			t.Errorf("%s: %q, want %q", at, got, want)
		}
		if formula, _ := book.GetCellFormula(name, at); formula != "" {
			t.Errorf("%s is the formula %q", at, formula)
		}
		if kind, _ := book.GetCellType(name, at); want != "" && kind != excelize.CellTypeInlineString && kind != excelize.CellTypeSharedString {
			t.Errorf("%s has type %v", at, kind)
		}
	}
	if v, _ := book.GetCellValue(name, "A2", excelize.Options{RawCellValue: true}); v != "12345678901" {
		t.Errorf("a number is %q", v)
	}
	if v, _ := book.GetCellValue(name, "B2"); v != "98.50%" {
		t.Errorf("a share is %q", v)
	}
}

// A reader that knows nothing of the library finds well-formed parts and not one formula element.
func TestXLSX_is_well_formed_to_another_reader(t *testing.T) {
	data := written(t, XLSX, strings.Repeat("很长的名字", 20), texts(nasty))
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, part := range z.File {
		names = append(names, part.Name)
		if !strings.HasSuffix(part.Name, ".xml") && !strings.HasSuffix(part.Name, ".rels") {
			t.Errorf("a part that is no XML: %s", part.Name)
			continue
		}
		r, err := part.Open()
		if err != nil {
			t.Fatal(err)
		}
		for d := xml.NewDecoder(r); ; {
			token, err := d.Token()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", part.Name, err)
			}
			if e, ok := token.(xml.StartElement); ok && (e.Name.Local == "f" || e.Name.Local == "hyperlink" || e.Name.Local == "externalReference") {
				t.Errorf("%s has <%s>", part.Name, e.Name.Local)
			}
		}
		r.Close()
	}
	for _, want := range []string{"[Content_Types].xml", "_rels/.rels", "xl/workbook.xml", "xl/worksheets/sheet1.xml"} {
		if !slices.Contains(names, want) {
			t.Errorf("no %s among %v", want, names)
		}
	}
}

// Days and instants are those of the spreadsheet, as the clock of their zone shows them; the heading has a filter that ends above the remark,
// and columns are as wide as their cells.
func TestXLSX_sorts_by_time_and_shows_columns_whole(t *testing.T) {
	at := time.Date(2026, 11, 28, 23, 59, 59, 7, time.FixedZone("", 8*60*60))
	var b bytes.Buffer
	w, err := New(XLSX, &b, "名单")
	if err != nil {
		t.Fatal(err)
	}
	rows := [][]any{{"办件编号", "日期", "收到时间", "登录时间", "件数"}, {"610500-20261128-000123", Day(at), Minute(at), Second(at), int64(7)}}
	for range measured { // more than are measured
		rows = append(rows, []any{strings.Repeat("长", 99), Day{}, Minute{}, Second{}, nil})
	}
	for _, row := range rows {
		if err := w.Row(row...); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Note("数据来源：办件台账"), w.Close()); err != nil {
		t.Fatal(err)
	}
	book, err := excelize.OpenReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	value := func(cell string, o ...excelize.Options) string {
		v, err := book.GetCellValue("名单", cell, o...)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	last := len(rows)
	for cell, want := range map[string]string{"B2": "2026-11-28", "C2": "2026-11-28 23:59", "D2": "2026-11-28 23:59:59", "C3": "",
		"A" + fmt.Sprint(last): strings.Repeat("长", 99), "A" + fmt.Sprint(last+1): "", "A" + fmt.Sprint(last+2): "数据来源：办件台账"} {
		if got := value(cell); got != want {
			t.Errorf("%s is %q, want %q", cell, got, want)
		}
	}
	if raw := value("D2", excelize.Options{RawCellValue: true}); !strings.HasPrefix(raw, "46354.99998") {
		t.Errorf("an instant is kept as %q", raw)
	}
	for column, want := range map[string]float64{"A": maxWidth, "C": 18, "E": 9} {
		if got, _ := book.GetColWidth("名单", column); got != want {
			t.Errorf("column %s is %v wide, want %v", column, got, want)
		}
	}
	names := book.GetDefinedName()
	if len(names) != 1 || names[0].RefersTo != fmt.Sprintf("'名单'!$A$1:$E$%d", last) {
		t.Errorf("the filter: %+v", names)
	}
	style, err := book.GetCellStyle("名单", "A1")
	if err != nil {
		t.Fatal(err)
	}
	if look, err := book.GetStyle(style); err != nil || look.Font == nil || !look.Font.Bold {
		t.Errorf("the heading looks like the rows: %+v %v", look, err)
	}
}

func TestCSV_is_tame(t *testing.T) {
	at := time.Date(2026, 11, 28, 9, 5, 7, 0, time.UTC)
	data := string(written(t, CSV, "", texts(nasty), []any{int64(-5), Share(1), nil, Day(at), Minute(at), Second(at), Minute{}}))
	text, ok := strings.CutPrefix(data, "\ufeff")
	if !ok {
		t.Fatal("no byte order mark")
	}
	in := csv.NewReader(strings.NewReader(text))
	in.FieldsPerRecord = -1
	rows, err := in.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for i, cell := range rows[0] {
		if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
			t.Errorf("cell %d begins with %q", i, cell[0])
		}
	}
	if got := strings.Join(rows[1], "|"); got != "-5|100.0%||2026-11-28|2026-11-28 09:05|2026-11-28 09:05:07|" { // a number is no text
		t.Errorf("numbers: %s", got)
	}
}

func TestFiles_refuse_what_they_do_not_know(t *testing.T) {
	if _, err := New("ods", io.Discard, ""); err != ErrKind {
		t.Errorf("a third kind: %v", err)
	}
	for _, kind := range Kinds() {
		w, err := New(kind, io.Discard, "x")
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Row(struct{}{}); err == nil {
			t.Errorf("%s takes anything", kind)
		}
		_ = w.Close()
	}
}

// A row is numbered as the program numbers it that shows the file: blank lines count, and the lines within a row do not.
func TestRows_are_numbered_as_they_are_shown(t *testing.T) {
	columns := []Column{{Name: "a", ZH: "甲", Most: 9}, {Name: "b", ZH: "乙", Most: 9}}
	for text, want := range map[string]string{
		"甲,乙\n1,\n2,\n":                            "2:1 3:2 ",
		"甲,乙\r\n1,\r\n\r\n\r\n2,\r\n":              "2:1 5:2 ",
		"\n甲,乙\n1,\n":                              "3:1 ",
		"甲,乙\n1,\"x\ny\r\nz\"\n2,\n\n3,\n":         "2:1 3:2 5:3 ",
		"甲,乙\n1,\"x\ny\"\n\n2,\"z\n":               "2:1 4!quotes ",
		"甲,乙\n1,\"" + strings.Repeat("x\n", 1<<20): "2!quotes ", // no end within what a row may have
		"甲,乙\n1," + strings.Repeat("x", 2<<20):     "2!quotes ",
	} {
		f, err := Spool(strings.NewReader(text), columns)
		if err != nil {
			t.Fatal(err)
		}
		var got strings.Builder
		err = f.Each(func(no int, row Row) error {
			fmt.Fprintf(&got, "%d:%s ", no, row["a"])
			return nil
		})
		var faults Faults
		if errors.As(err, &faults) {
			fmt.Fprintf(&got, "%d!%s ", faults[0].Row, faults[0].Code)
		} else if err != nil {
			t.Error(err)
		}
		if got.String() != want {
			t.Errorf("%.40q: %s, want %s", text, got.String(), want)
		}
		if err := f.Remove(); err != nil {
			t.Error(err)
		}
	}
}

func TestKeys_tell_what_stands_twice(t *testing.T) {
	k := Keys{}
	for i, c := range []struct {
		parts []string
		fresh bool
	}{{[]string{"a", "bc"}, true}, {[]string{"ab", "c"}, true}, {[]string{"abc"}, true}, {[]string{"a", "bc"}, false}, {[]string{"", ""}, true}, {[]string{""}, true}, {nil, true}, {[]string{""}, false}} {
		if k.Add(c.parts...) != c.fresh {
			t.Errorf("%d: %v", i, c.parts)
		}
	}
}
