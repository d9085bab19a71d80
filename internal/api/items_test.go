package api_test

import (
	"net/url"
	"testing"

	"github.com/tongban/tongban/internal/api"
)

// Programs find services as the pages do, and are told why.
func TestItems_are_found(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	search := func(query string) []api.ItemSummary {
		t.Helper()
		var list api.ItemList
		h.into(&list.Body, h.must(200, "", "GET", "/items?"+query, nil))
		return list.Body.Items
	}
	all := search("")
	if len(all) == 0 || all[0].Found != nil {
		t.Fatalf("all items: %+v", all)
	}
	name := []rune(all[0].Name.ZH)
	for query, how := range map[string]string{string(name): "text", string(all[0].ID): "text"} {
		got := search("q=" + url.QueryEscape(query))
		if len(got) == 0 || got[0].ID != all[0].ID || got[0].Found == nil || got[0].Found.How != how || got[0].Found.Text == "" {
			t.Errorf("%q: %+v", query, got)
		}
	}
	if got := search("q=" + url.QueryEscape("卫星发射")); len(got) != 0 {
		t.Errorf("found for nothing: %+v", got)
	}
	if got := search("q=" + url.QueryEscape(string(name)) + "&occasion=death"); len(got) != 0 {
		t.Errorf("found under an occasion that it does not have: %+v", got)
	}
	h.must(422, "", "GET", "/items?for=cats", nil)
}

func TestSituation_is_judged_as_on_the_page(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	see := func(query string) (v api.SituationView) {
		h.into(&v, h.must(200, "", "GET", "/items/company-open/situation"+query, nil))
		return v
	}
	if v := see("?answer=nothing:here&answer=x&answer=place:mars"); v.Open != 1 || len(v.Questions) != 1 || len(v.Form) != 0 || len(v.Cannot) != 0 {
		t.Errorf("answers that there are not: %+v", v)
	}
	v := see("?answer=place:here")
	place, _ := v.Form["place"].(map[string]any)
	if v.Open != 0 || place["kind"] != "own" || v.Help != "elderly" || v.Channel != "window" || len(v.Materials) == 0 || v.Materials[0] != (api.SituationNeed{ID: "identity", Needed: "yes"}) {
		t.Errorf("%+v", v)
	}
	if v := see("?answer=place:elsewhere"); len(v.Cannot) != 1 || v.Cannot[0].Instead.ZH != "请到当地" {
		t.Errorf("who cannot apply: %+v", v)
	}
	h.must(404, "", "GET", "/items/none/situation", nil)
}
