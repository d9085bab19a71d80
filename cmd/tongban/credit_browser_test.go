package main

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/tongban/tongban/internal/api"
	"github.com/tongban/tongban/internal/web/browsertest"
)

// The pages of credit in Chromium, in both languages, on a laptop and a phone: axe finds nothing, nothing is wider than the screen,
// and of the navigation one place is the current one, though /my/credit lies below /my.
func TestCredit_pages_look_right_and_are_accessible(t *testing.T) {
	t.Parallel()
	h := newCreditHouse(t)
	h.want(http.StatusCreated, "market", "POST", api.Prefix+"/credit/batches", "application/octet-stream", []byte(creditList))
	who := ""
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Set("Authorization", "Bearer "+h.tokens[who])
		h.Config.Handler.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	b := browsertest.Start(t)
	for _, page := range []struct{ name, who, path, place string }{
		{"credit", "market", "/desk/credit", "/desk/credit"}, {"credit-own", "13800138001", "/my/credit", "/my"},
	} {
		who = page.who
		for _, lang := range []string{"en", "zh"} {
			b.Goto(s.URL + page.path + "?lang=" + lang)
			b.Look(t, page.name+"-"+lang)
			var places []string
			b.Eval(`[...document.querySelectorAll('.nav [aria-current=page]')].map(a => a.getAttribute('href'))`, &places)
			if len(places) != 1 || places[0] != page.place {
				t.Errorf("%s: the current places are %v", page.name, places)
			}
		}
	}
}
