package console

import (
	"encoding/csv"
	"strings"

	"github.com/tongban/tongban/internal/access"
)

// tame keeps a spreadsheet from taking a cell for a formula (OWASP, "CSV Injection"): what begins like one gets a leading quote.
func tame(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}

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
	if _, err := p.w.Write([]byte("\ufeff")); err != nil {
		return nil // the client is gone
	}
	out := csv.NewWriter(p.w)
	out.UseCRLF = true
	write := func(row []string) {
		cells := make([]string, len(row))
		for i, cell := range row {
			cells[i] = tame(cell)
		}
		_ = out.Write(cells) // Error tells below
	}
	for write(t.head); ; {
		for _, row := range rows {
			write(row)
		}
		out.Flush()
		switch {
		case out.Error() != nil || next == "":
			return nil
		}
		if rows, next, err = t.page(next); err != nil {
			p.console.log.Error("export broken off", "list", t.name, "req", p.Request, "err", err)
			write([]string{p.T("console.csv-broken", p.Request)})
			out.Flush()
			return nil
		}
	}
}
