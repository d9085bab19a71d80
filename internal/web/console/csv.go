package console

import (
	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/sheet"
)

// table is a list as a file: its heading, and the rows page by page.
type table struct {
	name string
	head []string
	page func(cursor string) (rows [][]string, next string, err error)
}

// export writes a whole list as CSV in UTF-8 with a byte order mark, so that spreadsheets read its Chinese, and records who took it.
// The rows are read page by page while they are sent: a long log needs no memory. What fails after the first page ends
// the file with a row that says so, so that nobody takes a part for the whole.
func (p *page) export(t table) error {
	rows, next, err := t.page("")
	if err != nil {
		return err
	}
	if err := p.console.gate.Note(p.r.Context(), p.Actor, access.LogExported, t.name+"?"+p.r.URL.RawQuery); err != nil {
		return err
	}
	h := p.w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="`+t.name+`-`+p.Now.Format("20060102-150405")+`.csv"`)
	h.Set("Cache-Control", "no-store")
	out, err := sheet.New(sheet.CSV, p.w, t.name)
	if err != nil {
		return nil // the client is gone
	}
	gone := false
	write := func(row []string) {
		cells := make([]any, len(row))
		for i, cell := range row {
			cells[i] = cell
		}
		gone = out.Row(cells...) != nil || gone
	}
	for write(t.head); ; {
		for _, row := range rows {
			write(row)
		}
		if gone || next == "" {
			return nil
		}
		if rows, next, err = t.page(next); err != nil {
			p.console.log.Error("export broken off", "list", t.name, "req", p.Request, "err", err)
			write([]string{p.T("console.csv-broken", p.Request)})
			return nil
		}
	}
}
