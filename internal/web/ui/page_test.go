package ui_test

import (
	"compress/gzip"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/tongban/tongban/internal/web/ui"
)

// demo is a page as a handler would make it.
type demo struct {
	ui.Page
	Field ui.Field
}

// withPage is a renderer that knows one page, demo/page, besides its own.
func withPage(t *testing.T, text string) *ui.Renderer {
	t.Helper()
	pages := fstest.MapFS{"demo/page.html": {Data: []byte(text)}}
	r, err := ui.New(ui.Options{Site: site, Pages: []fs.FS{pages}})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// get renders a page for a request and returns the answer.
func get(t *testing.T, r *ui.Renderer, target string, status int, change func(*demo)) (*http.Response, string) {
	t.Helper()
	req := httptest.NewRequest(http.MethodGet, target, nil)
	w := httptest.NewRecorder()
	v := &demo{Page: ui.NewPage(req, ui.Public), Field: ui.Field{Name: "name", Label: "企业名称"}}
	v.Title = "填写名称"
	if change != nil {
		change(v)
	}
	r.Render(w, status, "demo/page", v)
	answer := w.Result()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer, string(body)
}

func TestRender(t *testing.T) {
	t.Parallel()
	r := withPage(t, `<h1>{{.Title}}</h1><form>{{template "field" .Field}}</form>`)

	t.Run("gives a whole page with its headers", func(t *testing.T) {
		answer, body := get(t, r, "/x", http.StatusUnprocessableEntity, nil)
		if answer.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("status %d, want 422", answer.StatusCode)
		}
		for name, want := range map[string]string{
			"Content-Type": "text/html; charset=utf-8", "Content-Language": "zh-CN", "Content-Security-Policy": ui.Policy,
			"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff",
		} {
			if got := answer.Header.Get(name); got != want {
				t.Errorf("%s: %q, want %q", name, got, want)
			}
		}
		wants(t, body, `<html lang="zh-CN" class="public">`, "<title>填写名称 - 渭南市政务服务</title>", "主办单位", "渭南市行政审批服务局", "</html>")
	})
	t.Run("escapes what was typed", func(t *testing.T) {
		_, body := get(t, r, "/x", 200, func(v *demo) { v.Field.Value = `"><script>alert(1)</script>` })
		if strings.Contains(body, "<script>alert") {
			t.Error("a typed script came out as a script")
		}
	})
	t.Run("says in the title that something must be mended", func(t *testing.T) {
		_, body := get(t, r, "/x", 422, func(v *demo) {
			v.Errors = &ui.Errors{Faults: []ui.Fault{{Field: "name", Text: "请填写企业名称"}}}
			v.Field.Error = v.Errors.Of("name")
		})
		wants(t, body, "<title>错误：填写名称", "提交前需要修改 1 处", `<a href="#f-name">请填写企业名称</a>`, `id="f-name"`, `aria-invalid="true"`)
	})
	t.Run("shows nothing of a page that fails half way", func(t *testing.T) {
		broken := withPage(t, `<p>half a page</p>{{index .Field.Values 3}}`)
		answer, body := get(t, broken, "/x", 200, func(v *demo) { v.Request = "R-17" })
		if answer.StatusCode != http.StatusInternalServerError {
			t.Errorf("status %d, want 500", answer.StatusCode)
		}
		if strings.Contains(body, "half a page") || strings.Contains(body, "out of range") {
			t.Errorf("the failed page shows:\n%s", body)
		}
		wants(t, body, "系统出现问题", "R-17")
	})
}

func wants(t *testing.T, body string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(body, p) {
			t.Errorf("%q is missing in:\n%s", p, body)
		}
	}
}

func TestNew_refuses_what_would_fail_later(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]ui.Options{
		"a page that does not parse": {Pages: []fs.FS{fstest.MapFS{"a.html": {Data: []byte(`{{if}}`)}}}},
		"two pages of one name":      {Pages: []fs.FS{fstest.MapFS{"a.html": {Data: []byte(`a`)}}, fstest.MapFS{"a.html": {Data: []byte(`b`)}}}},
		"two assets of one name":     {Static: []fs.FS{fstest.MapFS{"tongban.css": {Data: []byte(`p{}`)}}}},
		"an asset of no known kind":  {Static: []fs.FS{fstest.MapFS{"a.exe": {Data: []byte(`x`)}}}},
	} {
		if _, err := ui.New(o); err == nil {
			t.Errorf("New accepted %s", name)
		}
	}
}

func TestPreferences(t *testing.T) {
	t.Parallel()
	r := withPage(t, `<h1>{{.Title}}</h1>`)
	h := ui.Preferences(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		r.Render(w, 200, "demo/page", &demo{Page: ui.NewPage(req, ui.Public)})
	}))
	ask := func(target string, cookies ...*http.Cookie) (*http.Response, string) {
		req := httptest.NewRequest(http.MethodGet, target, nil)
		for _, c := range cookies {
			req.AddCookie(c)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, req)
		body, err := io.ReadAll(w.Result().Body)
		if err != nil {
			t.Fatal(err)
		}
		return w.Result(), string(body)
	}

	t.Run("an English page is remembered and can be left", func(t *testing.T) {
		answer, body := ask("/x?page=2&lang=en")
		wants(t, body, `<html lang="en"`, "Skip to main content", `href="/x?lang=zh&amp;page=2"`)
		_, body = ask("/y", answer.Cookies()...)
		wants(t, body, `<html lang="en"`)
		_, body = ask("/y?lang=zh", answer.Cookies()...)
		wants(t, body, `<html lang="zh-CN"`)
	})
	t.Run("large print is remembered and can be left", func(t *testing.T) {
		answer, body := ask("/x?view=elder")
		wants(t, body, `class="public elder"`, "标准版", "0913-2000000")
		_, body = ask("/y", answer.Cookies()...)
		wants(t, body, `class="public elder"`, `href="/y?view=standard"`)
		_, body = ask("/y?view=standard", answer.Cookies()...)
		wants(t, body, `class="public"`)
	})
	t.Run("other words are neither remembered nor shown", func(t *testing.T) {
		answer, body := ask("/x?lang=fr&view=%3Cb%3E")
		if len(answer.Cookies()) > 0 {
			t.Errorf("cookies %v", answer.Cookies())
		}
		wants(t, body, `<html lang="zh-CN" class="public">`)
	})
	t.Run("a script reads no cookie, and another site sends none with a form", func(t *testing.T) {
		answer, _ := ask("/x?lang=en&view=elder")
		for _, c := range answer.Cookies() {
			if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" {
				t.Errorf("%+v", c)
			}
		}
		if n := len(answer.Cookies()); n != 2 {
			t.Errorf("%d cookies", n)
		}
	})
	t.Run("a switch never leads to another site", func(t *testing.T) {
		_, body := ask("//evil.example/x")
		if strings.Contains(body, `href="//`) {
			t.Errorf("a link leaves the site:\n%s", body)
		}
	})
}

func TestProblem_says_what_to_do(t *testing.T) {
	t.Parallel()
	r := renderer(t)
	for status, want := range map[int][]string{
		404: {"没有找到这个页面"}, 403: {"您没有权限办理"}, 503: {"系统繁忙", "问题编号：R-9"}, 418: {"提交的内容无法识别"}, 502: {"系统出现问题", "R-9"},
	} {
		w := httptest.NewRecorder()
		p := ui.NewPage(httptest.NewRequest(http.MethodGet, "/", nil), ui.Desk)
		p.Request = "R-9"
		r.Problem(w, status, p)
		if w.Code != status {
			t.Errorf("status %d, want %d", w.Code, status)
		}
		wants(t, w.Body.String(), want...)
	}
}

func TestStatic(t *testing.T) {
	t.Parallel()
	r := renderer(t)
	address := r.Asset("tongban.css")
	ask := func(method, target, encoding string) *http.Response {
		req := httptest.NewRequest(method, target, nil)
		req.Header.Set("Accept-Encoding", encoding)
		w := httptest.NewRecorder()
		r.Static(http.NotFoundHandler()).ServeHTTP(w, req)
		return w.Result()
	}
	read := func(from io.Reader) string {
		b, err := io.ReadAll(from)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}

	plain := ask(http.MethodGet, address, "")
	css := read(plain.Body)
	if !strings.Contains(css, "--blue") || plain.Header.Get("Content-Encoding") != "" {
		t.Error("the style sheet does not come plainly to a client that cannot unpack")
	}
	if got := plain.Header.Get("Cache-Control"); got != "public, max-age=31536000, immutable" {
		t.Errorf("Cache-Control %q", got)
	}
	if len(css) >= 40_000 {
		t.Errorf("the style sheet has %d bytes, under 40,000 were promised", len(css))
	}
	for _, encoding := range []string{"gzip", "br, gzip;q=0.8"} {
		packed := ask(http.MethodGet, address, encoding)
		z, err := gzip.NewReader(packed.Body)
		if err != nil {
			t.Fatal(err)
		}
		if read(z) != css {
			t.Error("compressed and plain differ")
		}
	}
	if got := ask(http.MethodGet, address, "gzip;q=0, identity").Header.Get("Content-Encoding"); got != "" {
		t.Errorf("a client that refuses gzip got %s", got)
	}
	if got := ask(http.MethodPost, address, "").StatusCode; got != http.StatusNotFound {
		t.Errorf("POST: %d", got)
	}
	for _, wrong := range []string{"/_static/tongban.css", "/_static/../ui.go", "/_static/", "/_static/tongban-000000000000.css"} {
		if got := ask(http.MethodGet, (&url.URL{Path: wrong}).String(), "").StatusCode; got != http.StatusNotFound {
			t.Errorf("%s: %d, want 404", wrong, got)
		}
	}
}

func TestTurn(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ target, next, wantFirst, wantNext, chosen string }{
		{"/q", "", "", "", "20"},
		{"/q?tab=all&size=7", "b", "", "/q?cursor=b&size=7&tab=all", "20"},
		{"/q?tab=all&size=100&cursor=a", "b", "/q?size=100&tab=all", "/q?cursor=b&size=100&tab=all", "100"},
		{"/q?size=-1&cursor=a", "", "/q?size=-1", "", "20"},
	} {
		u, err := url.Parse(c.target)
		if err != nil {
			t.Fatal(err)
		}
		turn, chosen := ui.NewTurn(u, ui.RowsOf(u.Query(), 20), c.next), ""
		for _, size := range turn.Sizes {
			if size.Current {
				chosen += size.Text
			}
		}
		if turn.First != c.wantFirst || turn.Next != c.wantNext || chosen != c.chosen {
			t.Errorf("%s with %q next: first %q, next %q, %s rows, want %+v", c.target, c.next, turn.First, turn.Next, chosen, c)
		}
	}
}

// A deadline of a state that there is not is no lamp without a shape: the page is refused as a whole.
func TestLamp_of_no_state_is_refused(t *testing.T) {
	t.Parallel()
	r := withPage(t, "")
	for _, state := range []string{"", "late", `"><script>`} {
		lamp := ui.Lamp{State: state, Clock: "法定时限"}
		for component, view := range map[string]any{
			"lamp":     &lamp,
			"summary":  ui.Summary{Rows: []ui.SummaryRow{{Label: "时限", Lamp: &lamp}}},
			"progress": ui.Progress{Stages: []ui.Stage{{Steps: []ui.ProgressStep{{Name: "审查", State: ui.StageNow, Lamp: &lamp}}}}},
		} {
			if html, err := r.Component("zh", component, view); err == nil || html != "" {
				t.Errorf("%s with a lamp of state %q: %v, %s", component, state, err, html)
			}
		}
	}
	if _, err := r.Component("zh", "lamp", &ui.Lamp{State: ui.LampSoon}); err != nil {
		t.Error(err) // what failed before is forgotten
	}
}

// A stage has begun when one of its steps has; one that is not needed has not begun it.
func TestStage_begins_with_a_step_that_is_needed(t *testing.T) {
	t.Parallel()
	for want, states := range map[string][]string{
		ui.StagePending: {ui.StagePending, ui.StageSkipped}, ui.StageNow: {ui.StageDone, ui.StagePending, ui.StageSkipped},
		ui.StageDone: {ui.StageDone, ui.StageSkipped}, ui.StageWaiting: {ui.StageSkipped, ui.StageWaiting, ui.StagePending},
	} {
		var s ui.Stage
		for _, state := range states {
			s.Steps = append(s.Steps, ui.ProgressStep{State: state})
		}
		if got := s.State(); got != want {
			t.Errorf("%v: %s, want %s", states, got, want)
		}
	}
}
