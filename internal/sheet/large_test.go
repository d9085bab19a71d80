package sheet

import (
	"archive/zip"
	"bufio"
	"fmt"
	"io"
	"os"
	"runtime"
	"testing"
	"time"
)

// A large workbook, its texts kept apart from its cells as spreadsheets write them, is read without being held in memory: 200,000 rows with
// TONGBAN_TEST_FULL=1, else a tenth. The million of a whole list took 4 minutes and 82 MiB beside other work.
func TestLarge_workbooks_are_not_held(t *testing.T) {
	rows := MaxRows / 50
	if os.Getenv("TONGBAN_TEST_FULL") == "1" {
		rows = MaxRows / 5
	}
	in, out := io.Pipe()
	go func() { _ = out.CloseWithError(sharedWorkbook(out, rows)) }()
	began := time.Now()
	f, err := Spool(in, []Column{{Name: "party", ZH: "统一社会信用代码", Most: 60}, {Name: "id", ZH: "记录编号", Most: 60}, {Name: "title", ZH: "事项", Most: 200}})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Remove()
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	before, most, n := m.HeapAlloc, uint64(0), 0
	err = f.Each(func(no int, row Row) error {
		if n++; no != n+1 || row["id"] != fmt.Sprint("榆市监罚字〔2026〕", no, "号") || row["title"] != "未按规定公示年度报告信息" {
			return fmt.Errorf("row %d: %v", no, row)
		}
		if n%1000 == 0 {
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapAlloc)
		}
		return nil
	})
	grown := int64(most - before)
	t.Logf("%d rows in %v, the heap grew by at most %d MiB", n, time.Since(began).Round(time.Millisecond), grown>>20)
	if err != nil || n != rows || grown > 256<<20 {
		t.Errorf("%d rows of %d, %v; the heap grew by %d MiB", n, rows, err, grown>>20)
	}
}

func sharedWorkbook(to io.Writer, rows int) error {
	z := zip.NewWriter(to)
	part := func(name string, write func(w *bufio.Writer)) error {
		w, err := z.Create(name)
		if err != nil {
			return err
		}
		b := bufio.NewWriterSize(w, 1<<16)
		_, _ = b.WriteString(`<?xml version="1.0" encoding="UTF-8" standalone="yes"?>`)
		write(b)
		return b.Flush()
	}
	const types, kind, main = "http://schemas.openxmlformats.org/package/2006/", "application/vnd.openxmlformats-officedocument.spreadsheetml.", "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
	const relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	for _, p := range []struct{ name, text string }{
		{"[Content_Types].xml", `<Types xmlns="` + types + `content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="` + kind + `sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="` + kind + `worksheet+xml"/><Override PartName="/xl/sharedStrings.xml" ContentType="` + kind + `sharedStrings+xml"/></Types>`},
		{"_rels/.rels", `<Relationships xmlns="` + types + `relationships"><Relationship Id="r1" Type="` + relation + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
		{"xl/workbook.xml", `<workbook xmlns="` + main + `" xmlns:r="` + relation + `"><sheets><sheet name="名单" sheetId="1" r:id="r1"/></sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", `<Relationships xmlns="` + types + `relationships"><Relationship Id="r1" Type="` + relation + `/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="` + relation + `/sharedStrings" Target="sharedStrings.xml"/></Relationships>`},
	} {
		if err := part(p.name, func(w *bufio.Writer) { _, _ = w.WriteString(p.text) }); err != nil {
			return err
		}
	}
	err := part("xl/worksheets/sheet1.xml", func(w *bufio.Writer) {
		fmt.Fprintf(w, `<worksheet xmlns="%s"><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="s"><v>2</v></c></row>`, main)
		for i := range rows {
			fmt.Fprintf(w, `<row r="%d"><c r="A%[1]d" t="s"><v>3</v></c><c r="B%[1]d" t="s"><v>%d</v></c><c r="C%[1]d" t="s"><v>4</v></c></row>`, i+2, i+5)
		}
		_, _ = w.WriteString(`</sheetData></worksheet>`)
	})
	if err != nil {
		return err
	}
	err = part("xl/sharedStrings.xml", func(w *bufio.Writer) {
		fmt.Fprintf(w, `<sst xmlns="%s" count="%d" uniqueCount="%d">`, main, 3*rows+3, rows+5)
		for _, s := range []string{"统一社会信用代码", "记录编号", "事项", "91350100M000100Y43", "未按规定公示年度报告信息"} {
			fmt.Fprintf(w, `<si><t>%s</t></si>`, s)
		}
		for i := range rows {
			fmt.Fprintf(w, `<si><t>榆市监罚字〔2026〕%d号</t></si>`, i+2)
		}
		_, _ = w.WriteString(`</sst>`)
	})
	if err != nil {
		return err
	}
	return z.Close()
}
