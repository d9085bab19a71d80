package public

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/pack"
	"github.com/tongban/tongban/internal/rule"
	"github.com/tongban/tongban/internal/web/form"
	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
)

// situationPrefix stands before the id of a question in an address: s.rooms=rent.
const situationPrefix = "s."

// situationView is what the guide asks about somebody's situation, and what follows from the answers. All of it stands in the
// address, so that it can be kept, sent and printed; nothing is stored.
type situationView struct {
	Action  string
	Fields  []ui.Field
	Given   ui.Summary // what was answered, in words
	Open    string     // how many questions are left
	Cannot  []cannotView
	Without []string // materials that the answers make needless
	List    string   // address of the list to print
}

// cannotView says why the request cannot be made so, and what fits instead.
type cannotView struct {
	Text, Basis, Instead string
	Items                []ui.Link
}

// givenIn are the answers that an address or a form carries, by question.
func givenIn(values url.Values) map[string]string {
	given := map[string]string{}
	for key, list := range values {
		if id, ok := strings.CutPrefix(key, situationPrefix); ok && len(list) > 0 && len(given) < 50 {
			given[id] = list[0]
		}
	}
	return given
}

// carried are the answers that count, as an address carries them on.
func carried(s *pack.Situated) url.Values {
	values := url.Values{}
	for _, q := range s.Questions {
		if q.Answer != nil {
			values.Set(situationPrefix+q.ID, q.Answer.ID)
		}
	}
	return values
}

// withAnswers is an address with the answers that count.
func withAnswers(address string, s *pack.Situated) string {
	if query := carried(s).Encode(); query != "" {
		return address + "?" + query
	}
	return address
}

// situation shows the questions of an item with what was answered; nil if it has none.
func (s *Site) situation(it *caseflow.Item, sit *pack.Situated, lang string) *situationView {
	if len(it.Situations) == 0 {
		return nil
	}
	v := &situationView{Action: "/services/" + string(it.ID), Given: givenAnswers(sit, lang), List: withAnswers("/services/"+string(it.ID)+"/list", sit)}
	for _, q := range sit.Questions {
		f := ui.Field{Kind: ui.KindRadio, Name: situationPrefix + q.ID, Label: q.Ask.In(lang), Hint: q.Hint.In(lang)}
		for _, a := range q.Answers {
			f.Options = append(f.Options, ui.Option{Value: a.ID, Label: a.Label.In(lang), Hint: a.Hint.In(lang)})
		}
		if q.Answer != nil {
			f.Value = q.Answer.ID
		}
		v.Fields = append(v.Fields, f)
	}
	if len(v.Given.Rows) > 0 && sit.Open > 0 {
		v.Open = i18n.T(lang, "public.situation-open", sit.Open)
	}
	for _, c := range sit.Cannot {
		line := cannotView{Text: c.Text.In(lang), Basis: c.Basis.String(), Instead: c.Instead.In(lang)}
		for _, id := range c.Items {
			if other := s.hall.Item(id); other != nil && other.OfferedIn(s.region) {
				line.Items = append(line.Items, ui.Link{Text: other.Name.In(lang), Href: "/services/" + string(id)})
			}
		}
		v.Cannot = append(v.Cannot, line)
	}
	for _, m := range sit.Materials {
		if m.Needed == rule.No {
			v.Without = append(v.Without, m.Name.In(lang))
		}
	}
	return v
}

// givenAnswers are the answers in words.
func givenAnswers(sit *pack.Situated, lang string) ui.Summary {
	var sum ui.Summary
	for _, q := range sit.Questions {
		if q.Answer != nil {
			sum.Rows = append(sum.Rows, ui.SummaryRow{Label: q.Ask.In(lang), Value: q.Answer.Label.In(lang)})
		}
	}
	return sum
}

// listView is the list of materials (材料清单) of somebody's situation, to print and take along.
type listView struct {
	ui.Page
	Item      string
	Given     ui.Summary
	Cannot    []cannotView
	Materials ui.Table
	Contact   ui.Summary
	Made      string
}

// list shows the list of materials alone.
func (s *Site) list(w http.ResponseWriter, r *http.Request) {
	it := s.itemOf(r)
	if it == nil {
		s.fail(w, r, hall.ErrNotFound)
		return
	}
	lang := page.Lang(r)
	sit := pack.Situate(it, givenIn(r.URL.Query()))
	v := &listView{Page: s.narrow(r, "", withAnswers("/services/"+string(it.ID), sit)), Item: it.Name.In(lang), Given: givenAnswers(sit, lang),
		Materials: s.materialTable(it, sit, lang), Made: i18n.Moment(lang, s.hall.Now())}
	v.Title = v.T("public.list-title", v.Item)
	if view := s.situation(it, sit, lang); view != nil {
		v.Cannot = view.Cannot
	}
	v.Contact.Rows = []ui.SummaryRow{
		{Label: v.T("public.address"), Value: it.Contact.Address.In(lang)}, {Label: v.T("public.hours"), Value: it.Contact.Hours.In(lang)},
		{Label: v.T("layout.contact"), Value: it.Contact.Ask},
	}
	s.kit.Show(w, http.StatusOK, "public/list", v)
}

// fills are the answers of a situation that go into the form, question by question, in words.
func fills(it *caseflow.Item, sit *pack.Situated, lang string) ui.Summary {
	var sum ui.Summary
	data := form.Answers(sit.Form)
	for i := range it.Pages {
		for j := range it.Pages[i].Fields {
			f := &it.Pages[i].Fields[j]
			if v := data.At(f.Name); v != nil {
				sum.Rows = append(sum.Rows, ui.SummaryRow{Label: f.Label.In(lang), Value: pack.Words(it, "form."+f.Name, v, lang)})
			}
		}
	}
	if slices.Contains(caseflow.Reasons(), sit.Help) {
		sum.Rows = append(sum.Rows, ui.SummaryRow{Label: i18n.T(lang, "public.fills-help"), Value: i18n.T(lang, "case.assist-why."+sit.Help)})
	}
	return sum
}
