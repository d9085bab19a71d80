package ui_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"github.com/tongban/tongban/internal/web/browsertest"
	"github.com/tongban/tongban/internal/web/ui"
)

const formPage = `<h1>{{.Title}}</h1>
<form method="post" action="/form">
{{template "field" .Field}}
{{template "rating" .Rating}}
<button class="btn" id="go">继续</button>
</form>
{{template "copy" .Copy}}
<a class="btn secondary" id="next" data-key="n" href="/form?next=1">下一件</a>`

type formView struct {
	ui.Page
	Field  ui.Field
	Rating ui.Rating
	Copy   ui.Copy
}

// formSite serves one page with a form that is always sent back with a fault.
func formSite(t *testing.T) string {
	t.Helper()
	r := withPage(t, formPage)
	mux := http.NewServeMux()
	mux.Handle(ui.StaticPath, r.Static(http.NotFoundHandler()))
	mux.HandleFunc("/form", func(w http.ResponseWriter, req *http.Request) {
		v := &formView{Page: ui.NewPage(req, ui.Public), Copy: ui.Copy{Code: "610500202611230007", What: "办件编号"}}
		v.Title, v.Back = "填写名称", &ui.Link{Href: "/back"}
		v.Nav = []ui.Link{{Text: "首页", Href: "/"}}
		v.Rating = ui.Rating{Name: "level", Legend: "满意吗？"}
		status := http.StatusOK
		if req.Method == http.MethodPost {
			v.Errors = &ui.Errors{Faults: []ui.Fault{{Field: "name", Text: "请填写企业名称"}, {Field: "level", Text: "请选择"}}}
			v.Rating.Error = v.Errors.Of("level")
			status = http.StatusUnprocessableEntity
		}
		v.Field = ui.Field{Name: "name", Label: "企业名称", Value: req.PostFormValue("name"), Error: v.Errors.Of("name")}
		r.Render(w, status, "demo/page", v)
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s.URL
}

func TestPage_by_keyboard_alone(t *testing.T) {
	t.Parallel()
	at := formSite(t)
	b := browsertest.Start(t)
	b.Goto(at + "/form")

	order := []string{"跳到主要内容", "渭南市政务服务", "长辈版", "English", "首页", "返回", "#f-name", "#f-level", "#go", "复制办件编号", "#next"}
	for i, want := range order {
		b.Tab()
		if got := b.Focused(); got != want {
			t.Errorf("Tab %d: the focus is on %q, want %q", i+1, got, want)
		}
		var outline string
		b.Eval(`getComputedStyle(document.activeElement).outlineStyle + " " + parseInt(getComputedStyle(document.activeElement).outlineWidth)`, &outline)
		if outline != "solid 3" {
			t.Errorf("%s: the focus is not seen: outline %s", want, outline)
		}
	}

	t.Run("the skip link leads past the head of the page", func(t *testing.T) {
		b := b.With(t)
		b.Goto(at + "/form")
		b.Tab()
		b.Press(kb.Enter)
		if got := b.Focused(); got != "#main" {
			t.Errorf("the focus is on %q", got)
		}
	})
	t.Run("a fault takes the focus, and its link leads to the field with what was typed", func(t *testing.T) {
		b := b.With(t)
		b.Goto(at + "/form")
		b.Fill("#f-name", "渭南 秦川")
		b.Follow("#go")
		if got := b.Focused(); !strings.HasPrefix(got, "提交前需要修改 2 处") {
			t.Errorf("the focus is on %q", got)
		}
		if got := b.Title(); !strings.HasPrefix(got, "错误：") {
			t.Errorf("title %q", got)
		}
		b.Tab()
		b.Press(kb.Enter)
		if got := b.Focused(); got != "#f-name" {
			t.Errorf("after the link the focus is on %q", got)
		}
		if got := b.Value("#f-name"); got != "渭南 秦川" {
			t.Errorf("the field holds %q", got)
		}
		b.Axe(t)
	})
	t.Run("a shortcut acts, not while typing, and can be switched off", func(t *testing.T) {
		b := b.With(t)
		b.Goto(at + "/form")
		b.Click("#f-name")
		b.Press("n")
		if got := b.Value("#f-name"); got != "n" {
			t.Errorf("typing n gave %q", got)
		}
		b.Click("h1")
		b.Press("?")
		if got := b.Text("#keys .key-list"); !strings.Contains(got, "下一件") {
			t.Errorf("the list of shortcuts says %q", got)
		}
		b.Tab() // from the list's heading to its switch
		b.Press(" ")
		var off bool
		b.Eval(`document.activeElement.matches("[data-keys-off]:checked")`, &off)
		if !off {
			t.Fatal("the space bar does not switch the shortcuts off")
		}
		b.Press("n")
		b.Press(" ")
		if strings.Contains(b.URL(), "next") {
			t.Error("a shortcut acted although it was switched off")
		}
		b.FollowKey("n")
		if !strings.Contains(b.URL(), "next=1") {
			t.Errorf("n led to %s", b.URL())
		}
	})
}

func TestPage_without_script(t *testing.T) {
	t.Parallel()
	at := formSite(t)
	b := browsertest.Start(t)
	b.WithoutScript()
	b.Goto(at + "/form")
	b.Fill("#f-name", "渭南秦川")
	b.Follow("#go")
	if got := b.Text(".errors h2"); got != "提交前需要修改 2 处" {
		t.Errorf("the summary says %q", got)
	}
	if got := b.Value("#f-name"); got != "渭南秦川" {
		t.Errorf("the field holds %q", got)
	}
	var dead int
	b.Eval(`[...document.querySelectorAll("[data-copy], [data-read], [data-print], #keys")].filter(e => e.getClientRects().length).length`, &dead)
	if dead > 0 {
		t.Errorf("%d buttons that need script are shown without it", dead)
	}
}

func TestPage_on_paper(t *testing.T) {
	t.Parallel()
	at := gallery(t)
	b := browsertest.Start(t)
	b.Goto(at + "/table")
	b.Paper(true)
	var shown []string
	b.Eval(`[".tools", ".nav", ".skip", ".back", ".btn", ".pager"].filter(s => [...document.querySelectorAll(s)].some(e => e.getClientRects().length))`, &shown)
	if len(shown) > 0 {
		t.Errorf("on paper one sees %v", shown)
	}
	var head string
	b.Eval(`getComputedStyle(document.querySelector("thead")).display`, &head)
	if head != "table-header-group" {
		t.Errorf("table heads do not repeat: display %s", head)
	}
	pdf := b.PDF()
	if !strings.HasPrefix(string(pdf), "%PDF-") {
		t.Error("the page does not print")
	}
	if !strings.Contains(string(pdf), "/MediaBox [0 0 594.95996 841.91998]") && !strings.Contains(string(pdf), "/MediaBox [0 0 595") {
		t.Error("the paper is not A4")
	}
}

func TestCopy_button(t *testing.T) {
	t.Parallel()
	at := formSite(t)
	b := browsertest.Start(t)
	b.Goto(at + "/form")
	b.Eval(`navigator.clipboard.writeText = text => { window.copied = text; return Promise.resolve(); };`, nil)
	b.Click("[data-copy]")
	b.WaitFor(`[aria-label="已复制"]`)
	var got string
	b.Eval("window.copied", &got)
	if got != "610500202611230007" {
		t.Errorf("copied %q", got)
	}
}
