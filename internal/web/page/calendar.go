package page

import (
	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/internal/web/ui"
)

// CalendarAddress is where calendars are loaded.
const CalendarAddress = "/desk/calendars"

// CalendarEnds warns administrators, on each of their pages, that the published calendar ends soon; nil for others, and else. path is that of
// the page: the one where calendars are loaded needs no link to itself.
func CalendarEnds(lang, path string, by caseflow.Actor, h *hall.Hall) *ui.Notice {
	last, left, near := h.CalendarEnds()
	if !near || !access.May(by, access.CalendarLoad, access.Resource{Region: by.Region}).Allow {
		return nil
	}
	n := &ui.Notice{Kind: ui.Warning, Text: i18n.T(lang, "desk.calendar.ends", i18n.Date(lang, last.Start()), left)}
	if path != CalendarAddress {
		n.Links = []ui.Link{{Text: i18n.T(lang, "desk.calendar.title"), Href: CalendarAddress}}
	}
	return n
}
