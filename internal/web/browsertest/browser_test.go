package browsertest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const sample = `<!DOCTYPE html><html lang="zh-CN"><head><title>%s</title></head><body><main><h1>%s</h1>
<form action="/said" method="get"><label for="a">姓名</label><input id="a" name="a" value="旧">
<label for="s">区县</label><select id="s" name="s"><option value="1">临渭区</option><option value="2">华州区</option></select>
<button>提交</button></form><a href="/said?a=link">去看</a></main></body></html>`

func serve(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		switch r.URL.Path {
		case "/bad":
			_, _ = fmt.Fprint(w, `<html><meta name="viewport" content="width=device-width, initial-scale=1"><body><img src="/x"><input><p style="color:#bbb">颜色太浅的一句话</p><div style="width:800px">宽</div><button style="height:10px">小</button></body></html>`)
		case "/on":
			n, err := strconv.Atoi(r.FormValue("n"))
			must(t, err)
			_, _ = fmt.Fprintf(w, `<!DOCTYPE html><title>on</title><h1>%d</h1><script>if (%[1]d < 5) location.assign("/on?n=%d")</script>`, n, n+1)
		case "/favicon.ico":
			w.WriteHeader(http.StatusNoContent)
		default:
			said := r.FormValue("a") + " " + r.FormValue("s")
			_, _ = fmt.Fprintf(w, sample, "示例", said)
		}
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func TestBrowser_fills_and_follows(t *testing.T) {
	at := serve(t)
	b := Start(t)
	b.Goto(at + "/")
	b.Fill("#a", "张卫国")
	b.Choose("#s", "2")
	b.FollowText("提交")
	if got := b.Text("h1"); got != "张卫国 2" {
		t.Errorf("the page says %q", got)
	}
	b.FollowText("去看")
	if got := b.URL(); !strings.HasSuffix(got, "/said?a=link") {
		t.Errorf("the link led to %s", got)
	}
	b.Fill("#a", "")
	if got := b.Value("#a"); got != "" {
		t.Errorf("an emptied field holds %q", got)
	}
	if !b.Has("form") || b.Has("video") || b.Title() != "示例" {
		t.Error("Has or Title is wrong")
	}
	b.Axe(t)
	b.Narrow(t)
	pictures := t.TempDir()
	t.Setenv("TONGBAN_SCREENSHOTS", pictures)
	b.Screenshot("sample")
	png, err := os.ReadFile(filepath.Join(pictures, "sample.png")) // #nosec G304 -- just written
	if err != nil || !strings.HasPrefix(string(png), "\x89PNG") {
		t.Errorf("no picture: %v", err)
	}
}

// A page is followed as soon as it has loaded, also where no script of it runs, however busy the machine is.
func TestBrowser_follows_without_script(t *testing.T) {
	t.Parallel()
	at := serve(t)
	b := Start(t)
	b.WithoutScript()
	b.Goto(at + "/")
	for range 100 {
		b.FollowText("去看")
	}
	if got := b.Text("h1"); got != "link" {
		t.Errorf("the page says %q", got)
	}
}

// A page that goes on by itself is followed, whenever it does: while it loads, while it is drawn, while something is waited for on it.
func TestBrowser_follows_a_page_that_goes_on_by_itself(t *testing.T) {
	t.Parallel()
	at := serve(t)
	b := Start(t)
	for range 20 {
		b.Goto(at + "/on?n=0")
		b.Until(`document.querySelector("h1").innerText === "5"`)
		b.Goto(at + "/on?n=4")
		b.Goto(at + "/said?a=here") // also while it is going on
		if got := b.Text("h1"); got != "here" {
			t.Fatalf("the page says %q", got)
		}
	}
}

// verdict is a test that only remembers what was found wrong.
type verdict struct {
	testing.TB
	found []string
}

func (v *verdict) Helper() {}

func (v *verdict) Errorf(format string, args ...any) {
	v.found = append(v.found, fmt.Sprintf(format, args...))
}

func TestBrowser_finds_what_is_wrong(t *testing.T) {
	t.Parallel()
	at := serve(t)
	b := Start(t)
	b.Size(375, 800)
	b.Goto(at + "/bad")
	v := &verdict{TB: t}
	b.Axe(v)
	b.Narrow(v)
	b.Targets(v, 44)
	all := strings.Join(v.found, "\n")
	for _, want := range []string{"image-alt", "html-has-lang", "label", "color-contrast", "wider than the window", "target lower than 44 px"} {
		if !strings.Contains(all, want) {
			t.Errorf("%s was not found among:\n%s", want, all)
		}
	}
}
