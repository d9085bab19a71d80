package page

import (
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/web/i18n"
)

// Total says how many rows a list has in all.
func Total(lang string, all store.Count) string {
	key := "ui.page-count"
	if all.More {
		key = "ui.page-count-more"
	}
	return i18n.T(lang, key, i18n.Number(int64(all.N)))
}
