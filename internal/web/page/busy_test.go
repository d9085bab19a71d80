package page_test

import (
	"errors"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
)

// Who meets a busy service, or sent too much, has a way back, and tries again with all that was typed. A password is not sent back, and
// what another site made the browser send does not become a button.
func TestBusy_keeps_what_was_typed(t *testing.T) {
	t.Parallel()
	renderer, err := ui.New(ui.Options{Pages: []fs.FS{page.Pages()}})
	if err != nil {
		t.Fatal(err)
	}
	kit := page.New(page.Options{UI: renderer})
	const urlencoded = "application/x-www-form-urlencoded"
	for _, x := range []struct {
		name, method, target, kind, body, site string
		err                                    error
		status                                 int
		has, lacks                             []string
	}{
		{"a form", "POST", "/my/cases/1/form/name?back=check", urlencoded, "asked=a&a=面馆&asked=b&b=", "same-origin", store.ErrBusy, 503,
			[]string{"系统繁忙", "忙不过来", `action="/my/cases/1/form/name?back=check"`, `name="a" value="面馆"`, `name="asked" value="b"`, "再试一次", "您填写的内容还在"}, nil},
		{"a form with a password", "POST", "/signin", urlencoded, "return=%2Fmy&kept.a=1&login=me&password=geheim", "same-origin", store.ErrFull, 503,
			[]string{`name="kept.a" value="1"`, `name="login" value="me"`, `name="password" type="password"`}, []string{"geheim"}},
		{"an act while the log lags", "POST", "/desk/cases/1/acts/grant", urlencoded, "request=1&words=准予", "same-origin", hall.ErrBehind, 503,
			[]string{"存证日志滞后", `name="words" value="准予"`, "再试一次"}, nil},
		{"a form of another site", "POST", "/my/cases/1/withdraw", urlencoded, "request=1", "cross-site", store.ErrBusy, 503,
			[]string{"再试一次", `href="/"`}, []string{"<form method=\"post\" action=\"/my", `name="request"`}},
		{"files", "POST", "/my/cases/1/materials/m", "multipart/form-data; boundary=x", "--x--", "same-origin", store.ErrBusy, 503,
			[]string{"忙不过来", "重新选择", `href="/my/cases/1/materials/m"`}, []string{"再试一次"}},
		{"too often", "POST", "/notices/1-1", urlencoded, "words=欠款&name=何", "same-origin", &caseflow.Refusal{Code: access.CodeOften}, 429,
			[]string{"操作太频繁", "稍后再试", `name="words" value="欠款"`}, nil},
		{"a page", "GET", "/progress?no=1&digits=2", "", "", "none", store.ErrBusy, 503, []string{`href="/progress?no=1&amp;digits=2"`, "再试一次"}, []string{"您填写的内容"}},
		{"an address that would lead away", "POST", "//evil.example/x", urlencoded, "a=1", "same-origin", store.ErrBusy, 503,
			[]string{`action="/"`}, []string{`"//evil.example`}},
		{"too much", "POST", "/my/cases/1/form/name", urlencoded, "a=1", "same-origin", page.BadInput(&http.MaxBytesError{Limit: 1}), 413,
			[]string{"提交的内容太大", `class="btn" href="/my/cases/1/form/name">返回刚才的页面`}, nil},
		{"a fault of ours", "POST", "/my/cases/1/rate", urlencoded, "a=1", "same-origin", errors.New("broken"), 500,
			[]string{"系统出现问题", `class="btn" href="/my/cases/1/rate">返回刚才的页面`}, nil},
		{"nothing there", "GET", "/my/cases/1/rate", "", "", "none", store.ErrNotFound, 404, []string{`class="btn" href="/"`}, []string{"返回刚才的页面"}},
	} {
		t.Run(x.name, func(t *testing.T) {
			r := httptest.NewRequest(x.method, x.target, strings.NewReader(x.body))
			r.Header.Set("Content-Type", x.kind)
			r.Header.Set("Sec-Fetch-Site", x.site)
			w := httptest.NewRecorder()
			kit.Fail(w, r, ui.Public, x.err)
			if w.Code != x.status {
				t.Errorf("status %d, want %d", w.Code, x.status)
			}
			for _, want := range x.has {
				if !strings.Contains(w.Body.String(), want) {
					t.Errorf("%q is not on the page:\n%s", want, w.Body)
				}
			}
			for _, not := range x.lacks {
				if strings.Contains(w.Body.String(), not) {
					t.Errorf("%q is on the page:\n%s", not, w.Body)
				}
			}
		})
	}
}

// Who is turned away gets their language and view, and a button that tries the same address; a form keeps what was typed.
func TestBusy_turned_away(t *testing.T) {
	t.Parallel()
	renderer, err := ui.New(ui.Options{Pages: []fs.FS{page.Pages()}})
	if err != nil {
		t.Fatal(err)
	}
	kit := page.New(page.Options{UI: renderer})
	for _, x := range []struct{ method, target, body, has string }{
		{"GET", "/my/cases/1?a=1", "", `class="btn" href=""`},
		{"GET", "/other", "", `lang="zh-CN"`},
		{"GET", "/other?lang=en", "", `lang="en"`},
		{"GET", "/other?view=elder", "", "elder"},
		{"POST", "/my/cases/1/rate", "a=面馆", `name="a" value="面馆"`},
	} {
		for range 2 { // made, and made before
			r := httptest.NewRequest(x.method, x.target, strings.NewReader(x.body))
			r.Header.Set("Sec-Fetch-Site", "same-origin")
			if x.body != "" {
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			}
			w := httptest.NewRecorder()
			kit.Busy(w, r)
			if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") != "5" || !strings.Contains(w.Body.String(), x.has) {
				t.Errorf("%s %s: %d, %q is not on the page:\n%s", x.method, x.target, w.Code, x.has, w.Body)
			}
			if strings.Contains(w.Body.String(), "<nav") || strings.Contains(w.Body.String(), "/my/cases/1?a=1") {
				t.Errorf("%s %s: more than is needed, or somebody else's address:\n%s", x.method, x.target, w.Body)
			}
		}
	}
}

// A page that could not be made is told to whom it was made for, and is tried again for the next.
func TestBusy_failure_is_not_kept(t *testing.T) {
	t.Parallel()
	renderer, err := ui.New(ui.Options{Pages: []fs.FS{fstest.MapFS{"page/busy.html": {Data: []byte(`{{asset "none.js"}}`)}}}})
	if err != nil {
		t.Fatal(err)
	}
	kit := page.New(page.Options{UI: renderer})
	seen := map[string]bool{}
	for range 3 {
		w := httptest.NewRecorder()
		kit.Busy(w, httptest.NewRequest(http.MethodGet, "/other", nil))
		if w.Code != http.StatusInternalServerError || !strings.Contains(w.Body.String(), "系统出现问题") {
			t.Errorf("%d:\n%s", w.Code, w.Body)
		}
		seen[w.Body.String()] = true
	}
	if len(seen) != 3 {
		t.Errorf("%d references for 3 failures", len(seen))
	}
}
