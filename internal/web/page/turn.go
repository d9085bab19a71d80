package page

import (
	"net/url"

	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/internal/web/ui"
)

// Turn leads through a list by the address of its page, with how many rows it has in all.
func Turn(lang string, at *url.URL, rows int, next string, all store.Count) ui.Turn {
	t := ui.NewTurn(at, rows, next)
	key := "ui.page-count"
	if all.More {
		key = "ui.page-count-more"
	}
	t.Total = i18n.T(lang, key, i18n.Number(int64(all.N)))
	return t
}
