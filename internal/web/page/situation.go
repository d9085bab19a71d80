package page

import (
	"net/url"
	"strings"

	"github.com/tongban/tongban/internal/pack"
	"github.com/tongban/tongban/internal/rule"
	"github.com/tongban/tongban/internal/web/ui"
)

// SituationPrefix stands before the id of a question about a situation in an address or a form: s.rooms=rent.
const SituationPrefix = "s."

// GivenIn are the answers about a situation that an address or a form carries, by question.
func GivenIn(values url.Values) map[string]string {
	given := map[string]string{}
	for key, list := range values {
		if id, ok := strings.CutPrefix(key, SituationPrefix); ok && len(list) > 0 && len(given) < 50 {
			given[id] = list[0]
		}
	}
	return given
}

// SituationFields are the questions that are asked after the answers so far, with those.
func SituationFields(sit *pack.Situated, lang string) []ui.Field {
	var fields []ui.Field
	for _, q := range sit.Questions {
		f := ui.Field{Kind: ui.KindRadio, Name: SituationPrefix + q.ID, Label: q.Ask.In(lang), Hint: q.Hint.In(lang)}
		for _, a := range q.Answers {
			f.Options = append(f.Options, ui.Option{Value: a.ID, Label: a.Label.In(lang), Hint: a.Hint.In(lang)})
		}
		if q.Answer != nil {
			f.Value = q.Answer.ID
		}
		fields = append(fields, f)
	}
	return fields
}

// Needless are the materials that the answers make needless.
func Needless(sit *pack.Situated, lang string) []string {
	var list []string
	for _, m := range sit.Materials {
		if m.Needed == rule.No {
			list = append(list, m.Name.In(lang))
		}
	}
	return list
}

// Cannot says why a request cannot be made so, and what fits instead.
type Cannot struct {
	Text, Basis, Instead string
	Items                []ui.Link
}
