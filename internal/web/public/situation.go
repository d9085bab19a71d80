package public

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/pack"
	"github.com/tongban/tongban/internal/web/form"
	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
)

// situationView is what the guide asks about somebody's situation, and what follows from the answers. All of it stands in the
// address, so that it can be kept, sent and printed; nothing is stored.
type situationView struct {
	Action  string
	Fields  []ui.Field
	Given   ui.Summary // what was answered, in words
	Open    string     // how many questions are left to who has begun to answer; empty where nothing depends on them any more
	Cannot  []page.Cannot
	Without []string // materials that the answers make needless
	List    string   // address of the list to print
}

// carried are the answers that count, as an address carries them on.
func carried(s *pack.Situated) url.Values {
	values := url.Values{}
	for _, q := range s.Questions {
		if q.Answer != nil {
			values.Set(page.SituationPrefix+q.ID, q.Answer.ID)
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
	v := &situationView{Action: "/services/" + string(it.ID), Fields: page.SituationFields(sit, lang), Without: page.Needless(sit, lang), Given: givenAnswers(sit, lang), List: withAnswers("/services/"+string(it.ID)+"/list", sit)}
	if len(v.Given.Rows) > 0 && sit.Open > 0 && len(sit.Cannot) == 0 {
		v.Open = i18n.T(lang, "public.situation-open", sit.Open)
	}
	for _, c := range sit.Cannot {
		line := page.Cannot{Text: c.Text.In(lang), Basis: c.Basis.String(), Instead: c.Instead.In(lang)}
		for _, id := range c.Items {
			if other := s.hall.Item(id); other != nil && other.OfferedIn(s.region) {
				line.Items = append(line.Items, ui.Link{Text: other.Name.In(lang), Href: "/services/" + string(id)})
			}
		}
		v.Cannot = append(v.Cannot, line)
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
	Cannot    []page.Cannot
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
	sit := pack.Situate(it, page.GivenIn(r.URL.Query()))
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
