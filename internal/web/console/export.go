package console

import (
	"cmp"
	"errors"
	"net/url"
	"slices"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/sheet"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/web/ui"
)

// exportRows are the rows that an export reads at a time.
const exportRows = 200

// table is a list as a file: its heading, and the rows page by page.
type table struct {
	name  string
	event access.EventKind // that tells who took it
	head  []string
	page  func(cursor string) (rows [][]any, next string, err error)
}

// wanted is the kind of file that the address asks for; "" if it asks for a page.
func (p *page) wanted() string {
	if kind := p.r.URL.Query().Get("as"); slices.Contains(sheet.Kinds(), kind) {
		return kind
	}
	return ""
}

// exports are the links to this list as files, with its filters.
func (p *page) exports() []ui.Link {
	var list []ui.Link
	for _, kind := range sheet.Kinds() {
		q := p.r.URL.Query()
		q.Del("cursor")
		q.Del("size")
		q.Set("as", kind)
		list = append(list, ui.Link{Text: p.T("desk.export." + kind), Href: (&url.URL{Path: p.r.URL.Path, RawQuery: q.Encode()}).String()})
	}
	return list
}

// export writes a whole list as a file, and records who took it. The rows are read page by page while they are sent: a long log needs
// no memory. What fails after the first page ends the file with a row that says so, so that nobody takes a part for the whole.
func (p *page) export(kind string, t table) error {
	rows, next, err := t.page("")
	if err != nil {
		return err
	}
	asked := p.r.URL.Query()
	asked.Del("as")
	if err := p.console.gate.NoteIn(p.r.Context(), p.Actor, asked.Get("region"), t.event, t.name+"?"+asked.Encode()); err != nil {
		return err
	}
	h := p.w.Header()
	h.Set("Content-Type", sheet.MediaType(kind))
	h.Set("Content-Disposition", `attachment; filename="`+t.name+`-`+p.Now.Format("20060102-150405")+`.`+kind+`"`)
	h.Set("Cache-Control", "no-store")
	out, err := sheet.New(kind, p.w, cmp.Or(p.Title, t.name))
	if err != nil {
		return nil // the client is gone
	}
	head := make([]any, len(t.head))
	for i, text := range t.head {
		head[i] = text
	}
	for gone := out.Row(head...) != nil; ; {
		for _, row := range rows {
			gone = out.Row(row...) != nil || gone
		}
		if gone || next == "" {
			_ = out.Close() // the client is gone; a file without its end is not taken for a whole one
			return nil
		}
		if rows, next, err = t.page(next); err != nil {
			p.console.log.Error("export broken off", "list", t.name, "req", p.Request, "err", err)
			_ = errors.Join(out.Note(p.T("console.csv-broken", p.Request)), out.Close())
			return nil
		}
	}
}

// cells are those of a row as a file has them: what the page shows.
func cells(row ui.TableRow) []any {
	list := make([]any, len(row.Cells))
	for i, c := range row.Cells {
		switch {
		case c.Tag != nil:
			list[i] = c.Tag.Text
		case !c.At.IsZero():
			list[i] = instant(c.At)
		default:
			list[i] = c.Text
		}
	}
	return list
}

// rowsPage reads a page of the rows of a list.
type rowsPage func(cursor string, limit int) (rows []ui.TableRow, next string, err error)

// long is a list that is read page by page: its page, or all of it as a file. count tells how long it is; nil: it is not counted.
func (v *listView) long(name string, event access.EventKind, columns []string, read rowsPage, count func() (store.Count, error)) error {
	if kind := v.wanted(); kind != "" {
		return v.page.export(kind, table{name, event, v.heads(columns), func(cursor string) ([][]any, string, error) {
			rows, next, err := read(cursor, exportRows)
			return allCells(rows), next, err
		}})
	}
	rows, next, err := read(v.asked("cursor"), v.Rows)
	if err != nil {
		return err
	}
	v.columns(columns...)
	v.Table.Rows, v.Exports = rows, v.exports()
	t := ui.NewTurn(v.r.URL, v.Rows, next)
	if count != nil {
		all, err := count()
		if err != nil {
			return err
		}
		t.Total = v.total(all)
	}
	v.Turn = &t
	return v.show("list", v)
}

func allCells(rows []ui.TableRow) [][]any {
	list := make([][]any, len(rows))
	for i := range rows {
		list[i] = cells(rows[i])
	}
	return list
}

// exportTable sends a list that is shown whole as a file.
func (p *page) exportTable(kind, name string, t *ui.Table) error {
	head := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		head[i] = c.Text
	}
	return p.export(kind, table{name, access.ListExported, head, func(string) ([][]any, string, error) { return allCells(t.Rows), "", nil }})
}

// short is a list that is shown whole: its page, or all of it as a file.
func (v *listView) short(name, template string, view ui.View) error {
	if kind := v.wanted(); kind != "" {
		return v.exportTable(kind, name, &v.Table)
	}
	v.Exports = v.exports()
	return v.show(template, view)
}
