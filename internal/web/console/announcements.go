package console

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/web/i18n"
	kit "github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
	"github.com/tongban/tongban/workday"
)

// The places where an announcement is shown.
const (
	wherePublic = "public"
	whereDesk   = "desk"
)

// announcementList is the page of announcements (公告管理).
func (c *Console) announcementList(p *page) error {
	region := p.here()
	rows, err := c.hall.Announcements(p.r.Context(), p.Actor, region)
	if err != nil {
		return err
	}
	v := p.list("announcements", p.regionField())
	v.columns("title", "where", "days", "state", "by")
	for i := range rows {
		a := &rows[i]
		v.row(ui.Cell{Text: a.Title.In(p.Lang), Href: announcementAddress(a.ID), Head: true}, ui.Cell{Text: p.where(a)}, ui.Cell{Text: kit.AnnouncedFor(a, p.Lang)},
			ui.Cell{Tag: p.announcementTag(a)}, ui.Cell{Text: p.whole(a.By)})
	}
	if access.May(p.Actor, access.AnnouncementWrite, access.Resource{Region: region}).Allow {
		v.New, v.NewText = "/console/announcements/new?"+url.Values{"region": {region}}.Encode(), p.T("console.announcement.new")
	}
	return v.short("announcements", "list", v)
}

func announcementAddress(id string) string { return "/console/announcements/" + url.PathEscape(id) }

// where says who is shown an announcement.
func (p *page) where(a *store.Announcement) string {
	var list []string
	if a.Public {
		list = append(list, p.T("console.where."+wherePublic))
	}
	if a.Desk {
		list = append(list, p.T("console.where."+whereDesk))
	}
	return strings.Join(list, p.T("console.and"))
}

func (p *page) announcementTag(a *store.Announcement) *ui.Tag {
	switch {
	case !a.Withdrawn.IsZero():
		return &ui.Tag{Text: p.T("console.announcement.withdrawn"), Look: "red"}
	case p.Now.Before(a.Since):
		return &ui.Tag{Text: p.T("console.announcement.coming"), Look: "blue"}
	case !p.Now.Before(a.Until):
		return &ui.Tag{Text: p.T("console.announcement.over")}
	}
	return &ui.Tag{Text: p.T("console.announcement.shown")}
}

func (c *Console) newAnnouncement(p *page) error { return p.askAnnouncement(http.StatusOK) }

// announcementForm asks for an announcement, under a request id so that it is made once.
type announcementForm struct {
	*formView
	Back string
	ID   string
}

func (p *page) askAnnouncement(status int) error {
	region := p.here()
	if !access.May(p.Actor, access.AnnouncementWrite, access.Resource{Region: region}).Allow {
		return hall.ErrNotFound
	}
	p.Title, p.Narrow = p.T("console.announcement.new"), true
	back := "/console/announcements?" + url.Values{"region": {region}}.Encode()
	p.Crumbs = []ui.Link{{Text: p.T("console.menu.announcements"), Href: back}}
	v := &announcementForm{formView: &formView{page: p, Lead: p.T("console.announcement.lead", p.region(region)), Button: p.T("console.announcement.publish")}, Back: back, ID: kit.NewRequestID()}
	if id := kit.RequestID(p.r); id != "" {
		v.ID = id
	}
	where := ui.Field{Kind: ui.KindCheckbox, Name: "where", Options: []ui.Option{{Value: wherePublic, Label: p.T("console.where." + wherePublic)}, {Value: whereDesk, Label: p.T("console.where." + whereDesk)}}}
	v.ask(ui.Field{Kind: ui.KindText, Name: "title", Max: 60}, ui.Field{Kind: ui.KindTextarea, Name: "text", Hint: p.T("console.announcement.text-hint"), Max: 2000, Lines: 6},
		ui.Field{Kind: ui.KindText, Name: "title-en", Optional: true, Hint: p.T("console.announcement.en-hint"), Max: 120}, ui.Field{Kind: ui.KindTextarea, Name: "text-en", Optional: true, Max: 4000},
		where, ui.Field{Kind: ui.KindDate, Name: "from", Optional: true, Hint: p.T("console.announcement.from-hint")}, ui.Field{Kind: ui.KindDate, Name: "to"})
	return p.write(status, "announcement-new", v)
}

// announce publishes what was typed.
func (c *Console) announce(p *page) error {
	n := hall.NewAnnouncement{Region: p.here(), Title: caseflow.Text{ZH: p.asked("title"), EN: p.asked("title-en")}, Text: caseflow.Text{ZH: p.asked("text"), EN: p.asked("text-en")},
		Public: slices.Contains(p.r.Form["where"], wherePublic), Desk: slices.Contains(p.r.Form["where"], whereDesk)}
	for field, day := range map[string]*workday.Date{"from": &n.From, "to": &n.To} {
		if text := p.asked(field); text != "" {
			var err error
			if *day, err = ui.Day(text); err != nil {
				*day = 1 // long past: it is refused as one that is no day
			}
		}
	}
	a, err := c.hall.Announce(p.r.Context(), p.Actor, kit.RequestID(p.r), n)
	if refusal, ok := kit.Refusal(err); ok {
		p.faults(refusal)
		status, _ := kit.Status(err)
		return p.askAnnouncement(status)
	}
	if err != nil {
		return err
	}
	return p.back(announcementAddress(a.ID) + "?done=published")
}

// announcementView is one with who has read it.
type announcementView struct {
	*page
	Facts  ui.Summary
	Texts  [][]string // the paragraphs of each language
	Reads  *ui.Table
	Action string // to withdraw it; "" that is not possible
	Why    ui.Field
}

func (c *Console) announcement(p *page) error { return p.showAnnouncement(http.StatusOK) }

func (p *page) showAnnouncement(status int) error {
	a, reads, err := p.console.hall.Announcement(p.r.Context(), p.Actor, p.r.PathValue("id"))
	if err != nil {
		return err
	}
	p.Title = a.Title.In(p.Lang)
	p.Crumbs = []ui.Link{{Text: p.T("console.menu.announcements"), Href: "/console/announcements?" + url.Values{"region": {a.Region}}.Encode()}}
	v := &announcementView{page: p, Texts: [][]string{strings.Split(a.Title.ZH+"\n"+a.Text.ZH, "\n")}}
	if a.Title.EN != "" {
		v.Texts = append(v.Texts, strings.Split(a.Title.EN+"\n"+a.Text.EN, "\n"))
	}
	withdrew := ""
	if !a.Withdrawn.IsZero() {
		withdrew = p.T("console.parameter.changed", i18n.Moment(p.Lang, a.Withdrawn), p.whole(a.Withdrew))
	}
	for _, f := range [][2]string{{"state", p.announcementTag(a).Text}, {"where", p.where(a)}, {"days", kit.AnnouncedFor(a, p.Lang)}, {"region", p.region(a.Region)},
		{"by", p.T("console.parameter.changed", i18n.Moment(p.Lang, a.At), p.whole(a.By))}, {"withdrawn", withdrew}, {"reason", a.Why}} {
		if f[1] != "" {
			v.Facts.Rows = append(v.Facts.Rows, ui.SummaryRow{Label: p.T("console.field." + f[0]), Value: f[1]})
		}
	}
	if a.Desk {
		v.Reads = &ui.Table{Caption: p.T("console.announcement.reads", len(reads)), Columns: p.headings("name", "department", "at"),
			Empty: &ui.Empty{Title: p.T("console.announcement.unread"), Why: p.T("console.announcement.unread-why")}}
		for _, r := range reads {
			department := ""
			if who := p.person(r.Account); who != nil {
				department = p.office(who.Region, who.Department)
			}
			v.Reads.Rows = append(v.Reads.Rows, ui.TableRow{Cells: []ui.Cell{{Text: p.whole(r.Account), Head: true}, {Text: department}, {At: r.At}}})
		}
	}
	if a.Withdrawn.IsZero() && p.Now.Before(a.Until) && access.May(p.Actor, access.AnnouncementWrite, access.Resource{Region: a.Region}).Allow {
		v.Action = announcementAddress(a.ID) + "/withdraw"
		v.Why = ui.Field{Kind: ui.KindText, Name: "why", Label: p.T("console.field.reason"), Hint: p.T("console.parameter.reason-hint"), Value: p.asked("why"), Error: p.Errors.Of("why"), Max: 200}
	}
	if done := p.r.URL.Query().Get("done"); (done == "published" || done == "withdrawn") && p.Errors == nil {
		p.Notice = &ui.Notice{Kind: ui.Success, Title: p.T("console.announcement.done-" + done)}
	}
	return p.write(status, "announcement", v)
}

// withdrawAnnouncement takes one back.
func (c *Console) withdrawAnnouncement(p *page) error {
	_, err := c.hall.WithdrawAnnouncement(p.r.Context(), p.Actor, p.r.PathValue("id"), p.asked("why"))
	if refusal, ok := kit.Refusal(err); ok {
		p.faults(refusal)
		status, _ := kit.Status(err)
		return p.showAnnouncement(status)
	}
	if err != nil {
		return err
	}
	return p.back(announcementAddress(p.r.PathValue("id")) + "?done=withdrawn")
}
