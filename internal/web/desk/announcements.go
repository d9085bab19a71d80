package desk

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/tongban/tongban/internal/store"
	kit "github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
)

// announcementsPage lists what is announced to officials now (公告), each with a button by which one says that it was read.
type announcementsPage struct {
	*page
	List  []kit.Announcement
	Empty *ui.Empty
}

func (d *Desk) announcements(p *page, r *http.Request) error {
	unread, err := d.hall.Unread(r.Context(), p.Actor)
	if err != nil {
		return err
	}
	p.Title = p.T("page.announced")
	v := &announcementsPage{page: p, List: kit.Announcements(d.hall.AnnouncedTo(p.Actor), p.Lang)}
	for i := range v.List {
		v.List[i].Read = !slices.ContainsFunc(unread, func(a store.Announcement) bool { return a.ID == v.List[i].ID })
	}
	if len(v.List) == 0 {
		v.Empty = &ui.Empty{Title: p.T("desk.announced-none"), Why: p.T("desk.announced-none-why")}
	}
	return p.show("announcements", v)
}

// readAnnouncement records that an announcement was read.
func (d *Desk) readAnnouncement(p *page, r *http.Request) error {
	if err := d.hall.ReadAnnouncement(r.Context(), p.Actor, r.PathValue("id")); err != nil {
		return err
	}
	http.Redirect(p.w, r, "/desk/announcements#"+url.PathEscape(r.PathValue("id")), http.StatusSeeOther)
	return nil
}
