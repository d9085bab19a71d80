package web_test

import (
	"strings"
	"testing"

	"github.com/tongban/tongban/internal/web/browsertest"
)

// The receipt and the papers of a case print as papers of an office: its name in red above a line, nothing of the site around, A4.
func TestPrint_papers_look_official(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	s := b.states()
	w := browsertest.Start(t)
	b.signIn(w, wang)
	for name, path := range map[string]string{"receipt": s.received + "/papers/receipt", "declined": s.refused + "/papers/declined"} {
		w.Paper(false)
		w.Goto(b.server.URL + "/my/cases/" + path)
		w.Axe(t)
		w.Screenshot("paper-" + name)
		w.Paper(true)
		w.Screenshot("paper-" + name + "-print")
		var around []string
		w.Eval(`[".band", ".bottom", ".btn", ".back", ".crumbs"].filter(s => [...document.querySelectorAll(s)].some(e => e.getClientRects().length))`, &around)
		if len(around) > 0 {
			t.Errorf("%s: around the paper one sees %v", name, around)
		}
		var office struct {
			Line, Colour, Align string
		}
		w.Eval(`(s => ({Line: s.borderBottomStyle, Colour: s.color, Align: s.textAlign}))(getComputedStyle(document.querySelector(".paper > .paper-office")))`, &office)
		if office.Line != "solid" || office.Colour == "rgb(0, 0, 0)" || office.Align != "center" {
			t.Errorf("%s: the office stands there as %+v", name, office)
		}
		pdf := string(w.PDF())
		if n := strings.Count(pdf, "/Type /Page\n"); n != 1 || !strings.Contains(pdf, "/MediaBox [0 0 594.95996 841.91998]") && !strings.Contains(pdf, "/MediaBox [0 0 595") {
			t.Errorf("%s: %d pages, not one of A4", name, n)
		}
	}
}

// What stands in columns at the desk prints on A4 across; a paper that is opened there prints upright, a receipt with all its codes on one page.
func TestPrint_the_desk_is_across_and_papers_upright(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.keepPack()
	no := b.states().received
	b.place()
	w := browsertest.Start(t)
	b.signIn(w, "clerk1")
	for path, want := range map[string]string{"/desk?tab=dept": "/MediaBox [0 0 841.9", "/desk/cases/" + no: "/MediaBox [0 0 841.9", "/desk/cases/" + no + "/papers/receipt": "/MediaBox [0 0 594.9"} {
		w.Goto(b.server.URL + path)
		if pdf := string(w.PDF()); strings.Count(pdf, "/MediaBox") != strings.Count(pdf, want) || !strings.Contains(pdf, want) {
			t.Errorf("%s is not printed on %s", path, want)
		} else if n := strings.Count(pdf, "/Type /Page\n"); strings.HasSuffix(path, "receipt") && n != 1 {
			t.Errorf("the receipt takes %d pages", n)
		}
	}
}
