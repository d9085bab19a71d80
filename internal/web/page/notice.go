package page

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/web/ui"
)

// Shown are the facts of a public notice, each as the form that asked for it words it. it is nil if its version is not loaded any more.
func Shown(it *caseflow.Item, p *hall.Posted, lang string, reading func(f *caseflow.Field, value any, lang string) string) []ui.SummaryRow {
	var shows []caseflow.Datum
	if it != nil {
		if def := it.StepByID(p.Step); def != nil && def.Publish != nil {
			shows = def.Publish.Shows
		}
	}
	var rows []ui.SummaryRow
	for _, f := range p.List {
		row := ui.SummaryRow{Label: f.Label.In(lang)}
		i := slices.IndexFunc(shows, func(d caseflow.Datum) bool { return d.Key == f.Key })
		var field *caseflow.Field
		if i >= 0 {
			field = it.Field(strings.TrimPrefix(shows[i].From, "form."))
		}
		switch text, ok := f.Value.(string); {
		case field != nil:
			row.Value = reading(field, f.Value, lang)
		case ok:
			row.Value = text
		default:
			data, err := json.Marshal(f.Value)
			if err != nil {
				continue
			}
			row.Value = string(data)
		}
		rows = append(rows, row)
	}
	return rows
}
