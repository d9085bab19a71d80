package page

import (
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/web/i18n"
)

// FillField names the button that fills in what is known already.
const FillField = "_known"

// Knowing offers to fill in what earlier cases and licences of the applicant say: a line for each answer.
type Knowing struct{ Lines []string }

// KnowingOf words what is known: the question, where it stands and since when. reading says what is known, if the page may show it;
// nil shows none.
func KnowingOf(list []hall.KnownAnswer, lang string, reading func(*hall.KnownAnswer) string) *Knowing {
	if len(list) == 0 {
		return nil
	}
	k := &Knowing{}
	for i := range list {
		a := &list[i]
		from := i18n.T(lang, "page.known-case", string(a.Case))
		if a.Licence != "" {
			from = i18n.T(lang, "page.known-licence", a.Licence)
		}
		from = i18n.T(lang, "page.known-from", a.Field.Label.In(lang), from, i18n.Date(lang, a.At))
		if reading != nil {
			from = i18n.T(lang, "page.known-value", from, reading(a))
		}
		k.Lines = append(k.Lines, from)
	}
	return k
}
