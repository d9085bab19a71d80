package page

import (
	"strings"
	"time"

	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/workday"
)

// Announcement is one as a page shows it.
type Announcement struct {
	ID, Title, Days string
	Lines           []string // paragraphs
	Read            bool     // by who looks
}

// Announcements words announcements.
func Announcements(list []store.Announcement, lang string) []Announcement {
	var all []Announcement
	for i := range list {
		a := &list[i]
		all = append(all, Announcement{ID: a.ID, Title: a.Title.In(lang), Lines: strings.Split(a.Text.In(lang), "\n"), Days: AnnouncedFor(a, lang)})
	}
	return all
}

// AnnouncedFor is from which day to which an announcement is shown.
func AnnouncedFor(a *store.Announcement, lang string) string {
	return i18n.T(lang, "page.announced-for", workday.DateOf(a.Since).Text(lang), workday.DateOf(a.Until.Add(-time.Minute)).Text(lang))
}
