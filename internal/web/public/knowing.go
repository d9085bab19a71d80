package public

import (
	"net/http"
	"slices"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/web/form"
	"github.com/tongban/tongban/internal/web/page"
)

// knowing offers to fill in what is known of the questions of a page; nil if nothing is. A form can be filled in without it: what
// keeps it from being told is logged.
func (s *Site) knowing(r *http.Request, o *own, p *caseflow.Page) *page.Knowing {
	if len(o.Item.Known) == 0 {
		return nil
	}
	list, err := s.hall.OfferedAnswers(r.Context(), o.by, o.key)
	if err != nil {
		s.log.Error("what is known of an applicant", "case", o.key.Case, "err", err)
		return nil
	}
	return page.KnowingOf(ofPage(list, p), o.lang, func(a *hall.KnownAnswer) string { return form.Reading(a.Field, a.Value, o.lang) })
}

// ofPage are those of the questions of one page.
func ofPage(list []hall.KnownAnswer, p *caseflow.Page) []hall.KnownAnswer {
	return slices.DeleteFunc(slices.Clone(list), func(a hall.KnownAnswer) bool {
		return !slices.ContainsFunc(p.Fields, func(f caseflow.Field) bool { return f.Name == a.Field.Name })
	})
}

// fillKnown fills the questions of the page in that were left empty, and shows it again.
func (s *Site) fillKnown(w http.ResponseWriter, r *http.Request, o *own, p *caseflow.Page, again string) {
	list, err := s.hall.KnownAnswers(r.Context(), o.by, o.key)
	if err == nil {
		_, err = s.save(r, o, hall.Patch(ofPage(list, p)))
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	http.Redirect(w, r, again, http.StatusSeeOther)
}
