package desk

import (
	"cmp"
	"net/http"
	"net/url"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/sheet"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/internal/web/ui"
)

// MaxRows is how many rows an exported list has at most. More is not cut off: the list has to be narrowed first.
const MaxRows = 20_000

// exportParameter of an address asks for the list as a file; its value is the kind.
const exportParameter = "as"

// file is a list as a file: its name, its heading, and where it comes from.
type file struct {
	name, title string
	head        []string
	rows        [][]any
}

// wanted is the kind of file that the address asks for; "" if it asks for a page.
func (p *page) wanted() string { return oneOf(p.r.URL.Query().Get(exportParameter), sheet.Kinds()) }

// exports are the links to this list as files.
func (p *page) exports() []ui.Link {
	var list []ui.Link
	for _, kind := range sheet.Kinds() {
		v := p.r.URL.Query()
		v.Del("cursor")
		v.Set(exportParameter, kind)
		list = append(list, ui.Link{Text: p.T("desk.export." + kind), Href: (&url.URL{Path: p.r.URL.Path, RawQuery: v.Encode()}).String()})
	}
	return list
}

// send writes a list as a file, and records who took it before the first byte leaves. Source and time stand below the rows.
func (p *page) send(kind string, f file) error {
	if err := p.desk.gate.NoteIn(p.r.Context(), p.Actor, p.r.URL.Query().Get("region"), access.ListExported, f.name+"?"+p.r.URL.RawQuery); err != nil {
		return err
	}
	p.attach(f.name, kind)
	out, err := sheet.New(kind, p.w, f.title)
	if err != nil {
		return nil // the client is gone
	}
	head := make([]any, len(f.head))
	for i, text := range f.head {
		head[i] = text
	}
	for _, row := range append([][]any{head}, f.rows...) {
		if out.Row(row...) != nil {
			break
		}
	}
	_ = out.Note(p.T("ui.data-at", p.T("desk.overview.source"), i18n.Moment(p.Lang, p.Now)))
	_ = out.Close() // the client is gone; a file without its end is not taken for a whole one
	return nil
}

// attach says that the answer is a file of a kind.
func (p *page) attach(name, kind string) {
	h := p.w.Header()
	h.Set("Content-Type", sheet.MediaType(kind))
	h.Set("Content-Disposition", `attachment; filename="`+name+"-"+p.Now.Format("20060102-150405")+"."+kind+`"`)
	h.Set("Cache-Control", "no-store")
}

// gather reads all pages of a list. Beyond MaxRows it returns false.
func gather[T any](read func(cursor string) ([]T, string, error)) (all []T, whole bool, err error) {
	for cursor := ""; ; {
		rows, next, err := read(cursor)
		if err != nil {
			return nil, false, err
		}
		if all = append(all, rows...); len(all) > MaxRows {
			return nil, false, nil
		}
		if cursor = next; cursor == "" {
			return all, true, nil
		}
	}
}

// sendQueue sends the tasks of a filter; false if there are too many.
func (p *page) sendQueue(kind string, ask filter) (sent bool, err error) {
	all, whole, err := gather(func(cursor string) ([]store.TaskItem, string, error) {
		q := ask.query(p.Actor, p.Now)
		q.Cursor, q.Limit = cursor, 200
		return p.desk.hall.Queue(p.r.Context(), p.Actor, q)
	})
	if err != nil || !whole {
		return false, err
	}
	f := file{name: "tasks", title: p.T("desk.queue.title")}
	for _, key := range []string{"desk.case-no", "desk.item", "desk.subject", "desk.applicant", "desk.step", "desk.department", "desk.col.who", "desk.filter.state", "desk.col.since", "desk.col.due", "desk.col.done"} {
		f.head = append(f.head, p.T(key))
	}
	for _, row := range all {
		l := p.taskLine(row, p.Now)
		f.rows = append(f.rows, []any{string(row.Case.Key.Case), l.Service, l.Subject, l.Applicant, l.What, p.department(row.Department),
			cmp.Or(l.Holder, l.Who), p.T("case.task." + row.State), fileTime(row.Opened), fileDue(row.Due), fileTime(row.Done)})
	}
	return true, p.send(kind, f)
}

// tooMany says on the page of a list that it is too long for a file, and what to do.
func (p *page) tooMany() *ui.Notice {
	return &ui.Notice{Kind: ui.Warning, Title: p.T("desk.export.too-many", i18n.Number(MaxRows)), Text: p.T("desk.export.too-many-do")}
}

// status is that of a page with or without such a notice.
func status(n *ui.Notice) int {
	if n != nil {
		return http.StatusUnprocessableEntity
	}
	return http.StatusOK
}
