package desk

import (
	"encoding/json"
	"net/http"

	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/web/i18n"
	kit "github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
)

// messagesPage lists what was written to the person and to the department.
type messagesPage struct {
	*page
	Table ui.Table
}

func (d *Desk) messages(p *page, r *http.Request) error {
	list, _, err := d.hall.Messages(r.Context(), p.Actor, "", store.MessageQuery{Region: p.Actor.Region, Limit: 100})
	if err != nil {
		return err
	}
	p.Title = p.T("desk.nav.messages")
	v := &messagesPage{page: p, Table: ui.Table{Caption: p.Title, HideCaption: true,
		Columns: []ui.Column{{Text: p.T("desk.case-no")}, {Text: p.T("desk.subject")}, {Text: p.T("desk.message-text")}, {Text: p.T("desk.message-at")}},
		Empty:   &ui.Empty{Title: p.T("desk.messages-none"), Why: p.T("desk.messages-none-why")}}}
	for _, m := range list {
		var n hall.Notice
		if err := json.Unmarshal(m.Body, &n); err != nil {
			d.log.Error("message", "case", m.Case, "err", err)
			continue
		}
		v.Table.Rows = append(v.Table.Rows, ui.TableRow{Cells: []ui.Cell{
			{Text: string(m.Case), Href: p.writtenAbout(&m), Head: true},
			{Text: n.Subject}, {Text: p.message(m.Template, n)}, {At: m.Sent}}})
	}
	return p.show("messages", v)
}

// writtenAbout leads to what a message is about: a draft that its applicant writes alone cannot be opened, but they can be called.
func (p *page) writtenAbout(m *store.Message) string {
	if m.Template == hall.MessageHelpWanted {
		if !p.keepsDoor() {
			return ""
		}
		return callersAddress(m.Case)
	}
	return caseAddress(m.Case)
}

// message is what a message says: of limits in words for those who work on the case, else as it is said everywhere.
func (p *page) message(template string, n hall.Notice) string {
	key := "desk.message." + template
	if !i18n.Has(key) {
		return kit.Message(template, n, p.Lang)
	}
	return p.T(key, n.Item.In(p.Lang), i18n.Due(p.Lang, n.Due), n.Words, p.warnedOf(n))
}

// warnedOf names the limit that a warning is about: by its step, else by its kind.
func (p *page) warnedOf(n hall.Notice) string {
	if name := n.Part.In(p.Lang); name != "" {
		return name
	}
	if key := "case.clock." + n.Limit; i18n.Has(key) {
		return p.T(key)
	}
	return ""
}
