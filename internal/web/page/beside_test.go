package page_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
)

// Pages of modules are found beside the notices, or beside one's own cases; none lengthens the navigation, and one place of it is
// current on each of them.
func TestPages_of_modules_are_found_beside_the_notices_and_ones_cases(t *testing.T) {
	t.Parallel()
	k := page.New(page.Options{Entries: []page.Entry{
		{Layout: ui.Public, Key: "credit.nav-public", Href: "/credit"}, {Layout: ui.Public, Key: "credit.nav-own", Href: "/my/credit"},
		{Layout: ui.Desk, Key: "credit.nav", Href: "/desk/credit"},
	}})
	for at, want := range map[string]struct {
		current string
		beside  []string
	}{
		"/":              {"/", nil},
		"/?q=开公司":        {"/", nil},
		"/names?city=1":  {"/", nil},
		"/line/hall":     {"/", nil},
		"/services/open": {"/", nil},
		"/progress/1/2":  {"/progress", nil},
		"/verify/CODE":   {"/verify", nil},
		"/log":           {"/verify", nil},
		"/my/cases/1":    {"/my", nil},
		"/notices":       {"/notices", []string{"/credit"}},
		"/my":            {"/my", []string{"/my/credit"}},
		"/credit":        {"/notices", nil},
		"/credit/detail": {"/notices", nil},
		"/my/credit":     {"/my", nil},
	} {
		r := httptest.NewRequest(http.MethodGet, at, nil)
		p := k.Frame(r, ui.Public, "")
		var places, current, beside []string
		for _, l := range p.Nav {
			places = append(places, l.Href)
			if l.Current {
				current = append(current, l.Href)
			}
		}
		if !slices.Equal(places, []string{"/", "/my", "/progress", "/verify", "/notices"}) || !slices.Equal(current, []string{want.current}) {
			t.Errorf("%s: the places are %v, current is %v", at, places, current)
		}
		if want.beside == nil {
			continue
		}
		for _, l := range k.Beside(r, &p) {
			beside = append(beside, l.Href)
		}
		if !slices.Equal(beside, want.beside) {
			t.Errorf("beside %s: %v", at, beside)
		}
	}
}
