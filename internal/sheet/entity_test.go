package sheet

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
)

// What breaks off behind its first rows is refused before any of them is taken.
func TestXLSX_that_breaks_off_is_refused(t *testing.T) {
	var whole bytes.Buffer
	if err := sharedWorkbook(&whole, 9); err != nil {
		t.Fatal(err)
	}
	data := changed(t, whole.Bytes(), "xl/worksheets/sheet1.xml", func(text string) string {
		at := strings.Index(text, `<row r="5">`)
		return text[:at] + "<row r=\"5\">\x00" + text[at:]
	})
	_, err := Spool(bytes.NewReader(data), []Column{{Name: "party", ZH: "统一社会信用代码", Most: 60}})
	var refusal *caseflow.Refusal
	if !errors.As(err, &refusal) {
		t.Errorf("%v", err)
	}
}

// A workbook whose XML holds entities of its own, that multiply or come from a file, is refused as a whole, wherever they stand: nothing
// is expanded and nothing is read.
func TestXLSX_with_entities_is_refused(t *testing.T) {
	const bomb, file = "&e9;", "&outside;"
	var types strings.Builder
	types.WriteString(`<!DOCTYPE x [<!ENTITY outside SYSTEM "file:///etc/passwd"><!ENTITY e0 "` + strings.Repeat("lol", 100) + `">`)
	for i := range 9 {
		fmt.Fprintf(&types, `<!ENTITY e%d "%s">`, i+1, strings.Repeat(fmt.Sprintf("&e%d;", i), 10))
	}
	types.WriteString("]>")
	var whole bytes.Buffer
	if err := sharedWorkbook(&whole, 1); err != nil {
		t.Fatal(err)
	}
	var m runtime.MemStats
	for _, entity := range []string{bomb, file} {
		for part, at := range map[string]string{"xl/sharedStrings.xml": "事项", "xl/workbook.xml": "名单", "xl/worksheets/sheet1.xml": "<v>4", "xl/_rels/workbook.xml.rels": "worksheets/", "[Content_Types].xml": "/xl/workbook"} {
			data := changed(t, whole.Bytes(), part, func(text string) string {
				return strings.Replace(strings.Replace(text, "?>", "?>"+types.String(), 1), at, at+entity, 1)
			})
			runtime.ReadMemStats(&m)
			before, began, rows := m.TotalAlloc, time.Now(), 0
			f, err := Spool(bytes.NewReader(data), []Column{{Name: "party", ZH: "统一社会信用代码", Most: 60}, {Name: "id", ZH: "记录编号", Most: 60}, {Name: "title", ZH: "事项", Most: 200}})
			if err == nil {
				err = f.Each(func(int, Row) error { rows++; return nil })
				_ = f.Remove()
			}
			runtime.ReadMemStats(&m)
			var refusal *caseflow.Refusal
			if !errors.As(err, &refusal) || rows > 0 {
				t.Errorf("%s in %s: %d rows, %v", entity, part, rows, err)
			}
			if grown := (m.TotalAlloc - before) >> 20; grown > 64 || time.Since(began) > 10*time.Second {
				t.Errorf("%s in %s: %d MiB, %v", entity, part, grown, time.Since(began))
			}
		}
	}
}

// changed is a zip with one of its files changed.
func changed(t *testing.T, data []byte, name string, change func(string) string) []byte {
	t.Helper()
	from, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var to bytes.Buffer
	z := zip.NewWriter(&to)
	for _, f := range from.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if f.Name == name {
			was := string(text)
			if text = []byte(change(was)); string(text) == was {
				t.Fatalf("%s was not changed", name)
			}
		}
		w, err := z.Create(f.Name)
		if err == nil {
			_, err = w.Write(text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return to.Bytes()
}
