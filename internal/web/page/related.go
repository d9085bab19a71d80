package page

import (
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/internal/web/ui"
)

// Related is a case that another is tied to, as both doors show it.
type Related struct {
	ui.Link
	State string
	Why   string
}

// RelatedOf words the cases that a case is tied to; address is where a case is at this door.
func RelatedOf(list []hall.Related, lang string, address func(caseflow.CaseNo) string) []Related {
	out := make([]Related, len(list))
	for i, r := range list {
		why := "page.related-child"
		switch {
		case r.About == hall.TieMissing:
			out[i] = Related{Link: ui.Link{Text: string(r.No)}, Why: i18n.T(lang, "page.related-missing")}
			continue
		case r.About != "":
			why = "page.related-" + string(r.About)
		case r.Parent:
			why = "page.related-parent"
		}
		out[i] = Related{
			Link:  ui.Link{Text: r.Item.Name.In(lang) + " " + string(r.Case.No), Href: address(r.Case.No)},
			State: PhaseName(lang, "case.phase.", r.Case.Phase, r.Case.Discarded()), Why: i18n.T(lang, why, r.Step.In(lang)),
		}
	}
	return out
}
