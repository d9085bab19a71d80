package page

import (
	"encoding/json"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/web/ui"
)

// Shown are the facts of a public notice, each as the form that asked for it words it.
func Shown(p *hall.Posted, lang string, reading func(f *caseflow.Field, value any, lang string) string) []ui.SummaryRow {
	var rows []ui.SummaryRow
	for _, f := range p.List {
		row := ui.SummaryRow{Label: f.Label.In(lang)}
		switch text, ok := f.Value.(string); {
		case f.Field != nil:
			row.Value = reading(f.Field, f.Value, lang)
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
