package web_test

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"github.com/tongban/tongban/internal/web/browsertest"
)

// By keyboard alone: what fits is shown while one types; Escape closes it, arrows choose, Enter leads there, and Enter on none
// sends the words.
func TestSearch_by_keyboard(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	w := browsertest.Start(t)
	w.Goto(b.server.URL + "/")
	w.Axe(t)
	reach(t, w, "#f-q")
	w.Press("kgs")
	w.WaitFor("#f-q[aria-expanded=true]")
	w.Axe(t)
	if got := w.Text("#f-q-list [role=option]"); !strings.HasPrefix(got, "企业开办一件事") || !strings.Contains(got, "开公司") {
		t.Errorf("the first is %q", got)
	}
	w.Press(kb.Escape)
	w.WaitFor("#f-q[aria-expanded=false]")
	if got := w.Value("#f-q"); got != "kgs" {
		t.Errorf("Escape took the words: %q", got)
	}
	w.Press(kb.ArrowDown)
	w.WaitFor("#f-q[aria-expanded=true]")
	w.Press(kb.ArrowDown)
	w.WaitFor("#f-q[aria-activedescendant]")
	w.Press(kb.Enter)
	w.WaitFor("#situation")
	if got := w.URL(); got != b.server.URL+"/services/company-open" {
		t.Errorf("it leads to %s", got)
	}
	w.Axe(t)

	w.Goto(b.server.URL + "/")
	reach(t, w, "#f-q")
	w.Press("zzzz")
	w.Press(kb.Enter)
	w.WaitFor("[data-none].notice")
	w.Axe(t)
}
