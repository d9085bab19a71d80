package public

import (
	"net/http"
	"reflect"
	"slices"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/web/form"
	"github.com/tongban/tongban/internal/web/ui"
)

// unmended finds the points of the correction notice at which nothing was changed since: the notice is given once, and so is
// the chance to answer it (行政许可法 art. 32(1)(4)). A point that names neither answer nor document cannot be told.
func (s *Site) unmended(r *http.Request, o *own) ([]caseflow.CorrectionPoint, error) {
	if o.Case.Phase != caseflow.PhaseCorrecting {
		return nil, nil
	}
	history, err := s.hall.History(r.Context(), o.by, o.key)
	if err != nil {
		return nil, err
	}
	var then form.Answers
	asked, given := false, map[string]bool{} // documents that were changed since
	for i := range history {
		for _, e := range history[i].Decoded {
			switch e := e.(type) {
			case caseflow.DraftSaved:
				if asked {
					continue
				}
				if then, err = form.Decode(e.Form); err != nil {
					return nil, err
				}
			case caseflow.CorrectionRequested:
				asked = true
				clear(given)
			case caseflow.Attached:
				given[e.Material] = true
			case caseflow.Detached:
				given[e.Material] = true
			case caseflow.PaperSeen:
				given[e.Material] = true
			case caseflow.LicenceUsed:
				given[e.Material] = true
			}
		}
	}
	var list []caseflow.CorrectionPoint
	for _, c := range o.Case.Correction.Points {
		if c.Field != "" && reflect.DeepEqual(then.At(c.Field), o.data.At(c.Field)) && !given[c.Material] ||
			c.Field == "" && c.Material != "" && !given[c.Material] {
			list = append(list, c)
		}
	}
	return list, nil
}

// open reports whether a page of the form, or a document, has a point that is not mended.
func (o *own) open(unmended []caseflow.CorrectionPoint, page, material string) bool {
	return slices.ContainsFunc(unmended, func(c caseflow.CorrectionPoint) bool {
		return c.Material != "" && c.Material == material || c.Field != "" && page != "" && pageOfField(o.Item, c.Field) == page
	})
}

// mark puts what the correction notice names, and nobody has changed yet, among what is wrong.
func (o *own) mark(row *ui.TaskRow, unmended []caseflow.CorrectionPoint, page, material string) {
	if o.open(unmended, page, material) {
		row.State = ui.TaskWrong
	}
}
