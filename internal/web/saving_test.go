package web_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/stat"
	"github.com/tongban/tongban/internal/web/browsertest"
)

// version reads the version of a form page.
func (s shown) version() string {
	s.t.Helper()
	m := regexp.MustCompile(`name="version" value="([^"]+)"`).FindStringSubmatch(s.body)
	if m == nil {
		s.t.Fatalf("no version on %s (%d)", s.path, s.status)
	}
	return m[1]
}

func TestSaving_a_switch_of_view_or_language_keeps_what_was_typed(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	v := b.signedIn(wang)
	path := "/my/cases/" + v.begin() + "/form/name"
	v.get(path).has(`form="answers" name="_switch" value="view=elder"`, "最近一次保存：2026年11月24日（周二） 10:00")
	form := url.Values{"asked": {"company.name", "company.alternate"}, "company.name": {"渭南"}, "_switch": {"view=elder"}}
	v.post(path, form).is(http.StatusOK).has(`class="public elder"`, `value="渭南"`).lacks("提交前需要修改")
	form.Set("company.name", "渭南市")
	form.Set("_switch", "lang=en")
	v.post(path+"?back=check", form).is(http.StatusOK).has(`lang="en"`, `value="渭南市"`, "?back=check")
	form.Set("_switch", "next=//evil.example")
	v.post(path, form).is(http.StatusUnprocessableEntity)
}

func TestSaving_a_second_device_does_not_overwrite_without_a_word(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	one, two := b.signedIn(wang), b.signedIn(wang)
	no := one.begin()
	path := "/my/cases/" + no + "/form/name"
	version := one.get(path).version()
	ask := func(name, version string) url.Values {
		return url.Values{"asked": {"company.name", "company.alternate"}, "company.name": {name}, "version": {version}}
	}
	two.post(path, ask("渭南市早市面馆有限公司", two.get(path).version())).is(http.StatusOK)
	p := one.post(path, ask("渭南市晚市面馆有限公司", version)).is(http.StatusConflict).
		has("这一页在别处改过了", "渭南市早市面馆有限公司", `value="渭南市晚市面馆有限公司"`)
	one.get(path).has(`value="渭南市早市面馆有限公司"`)
	one.post(path, ask("渭南市晚市面馆有限公司", p.version())).is(http.StatusOK) // knowing both
	one.get(path).has(`value="渭南市晚市面馆有限公司"`)
	entry := b.view(wang, keyOf(no)).Entry
	two.post(path, ask("渭南市晚市面馆有限公司", version)).is(http.StatusOK) // the same words are no clash
	if now := b.view(wang, keyOf(no)).Entry; now != entry {
		t.Errorf("the same words wrote entry %d", now)
	}
	// Only an answer that was changed elsewhere clashes.
	version = one.get(path).version()
	one.post(path, url.Values{"autosave": {"1"}, "asked": {"company.name"}, "company.name": {"渭南市夜市面馆有限公司"}, "version": {version}}).
		is(http.StatusOK).has(`"version":`, "已保存（10:00）")
	form := ask("渭南市夜市面馆有限公司", version)
	form.Set("company.alternate", "渭南市早点面馆有限公司")
	one.post(path, form).is(http.StatusOK)
	one.get(path).has("渭南市早点面馆有限公司")
	// A list clashes as a whole, and shows both.
	path = "/my/cases/" + no + "/form/people"
	version = one.get(path).version()
	rows := url.Values{"asked": {"people"}, "people.rows": {"1"}, "people.0.name": {"李志强"}, "version": {version}}
	two.post(path, rows)
	rows.Set("people.0.name", "王秀英")
	one.post(path, rows).is(http.StatusConflict).has("李志强", `value="王秀英"`)
	rows.Set("autosave", "1")
	one.post(path, rows).is(http.StatusConflict).has("这一页在别处改过了").lacks("<html")
}

func TestSaving_a_name_that_will_not_pass_is_told_before(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	v := b.signedIn(wang)
	no := v.begin()
	path := "/my/cases/" + no + "/form/name"
	ask := func(name string) url.Values {
		return url.Values{"asked": {"company.name", "company.alternate"}, "company.name": {name}}
	}
	for _, good := range []string{"渭南秦东小麦食品有限公司", "秦东小麦食品（渭南）有限公司", "富平县秦东小麦食品有限公司"} {
		if p := v.post(path, ask(good)).is(http.StatusOK).lacks("预计不会通过"); p.path == path {
			t.Errorf("%s does not go on", good)
		}
	}
	p := v.post(path, ask("秦东小麦食品有限公司")).is(http.StatusOK).has("“名称自动核查”预计不会通过", "一般以所在地的行政区划开头")
	if p.path != path {
		t.Errorf("nobody reads it at %s", p.path)
	}
	form := ask("秦东小麦食品有限公司")
	form.Set("advised", "1")
	if p := v.post(path, form).is(http.StatusOK); p.path == path {
		t.Error("advice keeps from going on")
	}
	v.get("/my/cases/" + no + "/check").has("预计不会通过")

	no = v.handIn(url.Values{"page": {"name"}, "asked": {"company.name"}, "company.name": {"秦东小麦食品有限公司"}, "advised": {"1"}})
	b.official("clerk1", keyOf(no), caseflow.Accept{})
	v.get("/my/cases/"+no).is(http.StatusOK).has("自动核查没有通过，由工作人员人工审查。", `<li class="refused"><p class="step-head"><span class="step-name">名称自动核查`)
}

func TestSaving_an_answer_that_is_too_long_is_refused_and_kept(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	v := b.signedIn(wang)
	no := v.begin()
	path := "/my/cases/" + no + "/form/business"
	long := strings.Repeat("面", 4001)
	form := url.Values{"asked": {"company.industry", "company.scope"}, "company.scope": {long}}
	v.post(path, form).is(http.StatusUnprocessableEntity).has("最多 4000 个字，现在有 4001 个字", long)
	form.Set("autosave", "1")
	v.post(path, form).is(http.StatusUnprocessableEntity).has("超过了 4000 个字")
	if got := string(b.view(wang, keyOf(no)).Case.Form); strings.Contains(got, "面") {
		t.Error("a part of it was saved")
	}
	path = "/my/cases/" + no + "/form/people"
	v.post(path, url.Values{"asked": {"people"}, "people.rows": {"2"}, "people.1.name": {long}}).is(http.StatusUnprocessableEntity).has("最多 4000 个字", long)
}

func TestSaving_with_script_when_a_field_is_left(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	w := browsertest.Start(t)
	b.signIn(w, wang)
	w.Goto(b.server.URL + "/services/company-open/start")
	w.Click("#f-for")
	w.FollowText("继续")
	home := w.URL()
	w.Goto(home + "/form/name")
	reach(t, w, "#f-company-name")
	w.Press("渭南市早市")
	w.Tab()
	w.WaitFor("[data-saved=done]")
	w.Goto(home + "/form/name")
	if got := w.Value("#f-company-name"); got != "渭南市早市" {
		t.Fatalf("saved: %q", got)
	}
	reach(t, w, "#f-company-name")
	w.Press("面馆")
	w.FollowText("长辈版")
	if got := w.Value("#f-company-name"); !w.Has("html.elder") || !strings.Contains(got, "面馆") {
		t.Errorf("after the switch: %q", got)
	}
}

// Who goes on while an answer is still being saved does not clash with themselves: the page waits, and sends what is typed since.
func TestSaving_on_its_way_when_the_page_is_sent(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	w := browsertest.Start(t)
	b.signIn(w, wang)
	w.Goto(b.server.URL + "/services/company-open/start")
	w.Click("#f-for")
	w.FollowText("继续")
	home := w.URL()
	w.Goto(home + "/form/name")
	w.Eval(`const send = window.fetch; // the answer of the server reaches the page's script only once the page is being sent
		window.fetch = (...all) => send(...all).then(answer => new Promise(go => {
			document.addEventListener("submit", () => go(answer), {once: true});
			document.body.dataset.held = "1";
		}));`, nil)
	w.Fill("#f-company-name", "渭南市早市")
	w.Tab()
	w.WaitFor("body[data-held]")
	w.Fill("#f-company-name", "渭南市早市面馆")
	w.FollowText("长辈版")
	if text := w.Text("main"); strings.Contains(text, "在别处改过了") {
		t.Errorf("the page clashes with its own script:\n%s", text)
	}
	if got := w.Value("#f-company-name"); !w.Has("html.elder") || got != "渭南市早市面馆" {
		t.Errorf("after the switch: %q", got)
	}
}

// A server that does not answer while a page saves itself keeps nobody: the page says that it waits, and goes on when it is told to,
// with all that was typed.
func TestSaving_that_is_never_answered_keeps_nobody(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	to, err := url.Parse(b.server.URL)
	b.must(err)
	silent := make(chan struct{})
	proxy := httputil.NewSingleHostReverseProxy(to)
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.Body = io.NopCloser(bytes.NewReader(body)); bytes.Contains(body, []byte("autosave=1")) {
			select { // never answered, as long as the browser waits
			case <-silent:
			case <-r.Context().Done():
			}
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	defer front.Close()
	defer close(silent)
	w := browsertest.Start(t)
	w.Goto(front.URL + "/signin")
	w.Fill("#f-login", wang)
	w.Fill("#f-password", b.passwords[wang])
	w.Follow("main form button")
	w.Goto(front.URL + "/services/company-open/start")
	w.Click("#f-for")
	w.FollowText("继续")
	home := w.URL()
	w.Goto(home + "/form/capital")
	w.Fill("#f-company-capital", "100 万元")
	w.Tab() // the page begins to save itself
	w.Click("main .acts .btn")
	w.WaitFor("[data-waiting]:not([hidden])")
	if text := w.Text("[data-waiting]"); !strings.Contains(text, "还没有回音") || w.Value("#f-company-capital") != "100 万元" {
		t.Errorf("while it waits: %s", text)
	}
	w.Axe(t)
	w.Follow("[data-waiting] button")
	if strings.HasSuffix(w.URL(), "/form/capital") {
		t.Errorf("does not go on: %s", w.Text("main"))
	}
	b.holds(strings.TrimPrefix(home, front.URL+"/my/cases/"), "company.capital", "1000000")
}

// A draft is deleted and not withdrawn: nobody is asked why, it is called so in one's own list, and officials, who never saw it, do not see
// it afterwards either, by its page, by a search for its name, or in the figures.
func TestDraft_that_is_deleted_stays_private(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	v, clerk := b.signedIn(wang), b.signedIn("clerk1")
	no := v.begin()
	home := "/my/cases/" + no
	v.post(home+"/form/name", url.Values{"asked": {"company.name"}, "company.name": {"渭南市早市面馆有限公司"}})
	v.get(home).has("删除草稿").lacks("撤回")
	p := v.get(home+"/withdraw").is(http.StatusOK).has("确定删除这份草稿吗").lacks("撤回", "原因")
	v.post(home+"/withdraw", url.Values{"request": {p.hidden()}}).is(http.StatusOK).has("草稿已删除").lacks("撤回", "/papers/receipt")
	v.get("/my").has("草稿已删除").lacks("撤回")
	clerk.get("/desk/cases/" + no).is(http.StatusNotFound)
	for _, q := range []string{"早市面馆", no} {
		clerk.get("/desk/find?q="+url.QueryEscape(q)).is(http.StatusOK).lacks("草稿已删除", "/desk/cases/"+no)
	}
	if c := b.view(wang, keyOf(no)).Case; !c.Discarded() || len(stat.MarksOf(c, "hall")) > 0 {
		t.Errorf("%+v counts as %v", c, stat.MarksOf(c, "hall"))
	}
}
