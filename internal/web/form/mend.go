package form

import (
	"reflect"

	"github.com/tongban/tongban/internal/caseflow"
)

// Unmended finds the points of the case's correction notice at which nothing was changed since it was given: there is one, and so is the
// chance to answer it (行政许可法 art. 32(1)(4)). A point that names neither answer nor document cannot be told. Events are all of
// the case, the oldest first; none may have been left out for the reader.
func Unmended(c *caseflow.Case, events []caseflow.Event) ([]caseflow.CorrectionPoint, error) {
	if c.Correction == nil {
		return nil, nil
	}
	var before []byte
	asked, given := false, map[string]bool{} // documents that were changed since
	for _, e := range events {
		switch e := e.(type) {
		case caseflow.DraftSaved:
			if !asked {
				before = e.Form
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
	then, err := Decode(before)
	if err != nil {
		return nil, err
	}
	now, err := Decode(c.Form)
	if err != nil {
		return nil, err
	}
	var list []caseflow.CorrectionPoint
	for _, p := range c.Correction.Points {
		if p.Field != "" && reflect.DeepEqual(then.At(p.Field), now.At(p.Field)) && !given[p.Material] ||
			p.Field == "" && p.Material != "" && !given[p.Material] {
			list = append(list, p)
		}
	}
	return list, nil
}
