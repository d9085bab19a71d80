package page

import (
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/paper"
	"github.com/tongban/tongban/internal/web/i18n"
)

// Message writes a message in a language in the words of the catalogue, the same at every door.
func Message(template string, n hall.Notice, lang string) string {
	if template == "decided" || template == "rejected" {
		return paper.KindText(lang, n.Kind, template, n.Item.In(lang), i18n.Reason(lang, n.Words))
	}
	key := "public.message." + template
	if !i18n.Has(key) {
		return i18n.T(lang, "public.message.other", n.Item.In(lang))
	}
	return i18n.T(lang, key, n.Item.In(lang), i18n.Due(lang, n.Due), n.Points, i18n.Reason(lang, n.Words), n.Part.In(lang))
}
