package public

import (
	"net/http"
	"slices"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/web/form"
	"github.com/tongban/tongban/internal/web/ui"
)

// unmended finds the points of the correction notice at which nothing was changed since, while they can be.
func (s *Site) unmended(r *http.Request, o *own) ([]caseflow.CorrectionPoint, error) {
	if o.Case.Phase != caseflow.PhaseCorrecting {
		return nil, nil
	}
	history, err := s.hall.History(r.Context(), o.by, o.key)
	if err != nil {
		return nil, err
	}
	return form.Unmended(o.Case, hall.Events(history))
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
