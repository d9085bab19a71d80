package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"github.com/tongban/tongban/internal/web/browsertest"
)

// A long list is searched by words or a code, without script: search, results, choose.
func TestLookup_without_script(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	v := b.signedIn(wang)
	no := v.begin()
	path := "/my/cases/" + no + "/form/business"
	v.get(path).is(http.StatusOK).has(`name="company.industry.find"`, ">查找<").lacks("<select", "I65 ")
	send := func(more ...string) shown {
		form := url.Values{"asked": {"company.industry", "company.scope"}, "company.scope": {"软件开发"}}
		for i := 0; i < len(more); i += 2 {
			form.Set(more[i], more[i+1])
		}
		return v.post(path, form)
	}
	find := "company.industry.find"
	send(find, "零售", "_find", "company.industry").is(http.StatusOK).has("按“零售”找到 2 项", "F52 零售业（批发和零售业）", "软件开发").lacks("请选择“所属行业”")
	b.holds(no, "company.industry", nil)                                             // found is not chosen
	send(find, "建筑").is(http.StatusOK).has("按“建筑”找到", "E50", "E47").lacks("checked") // words and 继续 search as well
	send(find, "软件开发").has("I65 软件和信息技术服务业")
	send(find, "没有这个行业", "_find", "company.industry").has("按“没有这个行业”没有找到", "没有这个行业")
	send("_find", "company.industry").has("一共 97 项", "A01", "T97")
	send(find, "<b>&").has("按“&lt;b&gt;&amp;”没有找到")
	p := send(find, "建筑", "company.industry.was", "建筑", "company.industry", "E50").is(http.StatusOK)
	if p.path == path {
		t.Error("what was chosen does not go on")
	}
	b.holds(no, "company.industry", "E50")
	v.get(path).has("现在选的", "E50").lacks("E47")
	for typed, code := range map[string]string{"I65": "I65", "62": "H62", "i6510": "I65", "F52 零售业（批发和零售业）": "F52"} {
		send(find, typed, "company.industry", "E50") // a code needs no choosing
		if got := b.answers(no).At("company.industry"); got != code {
			t.Errorf("%s gives %v, want %s", typed, got, code)
		}
	}
	send(find, "批发", "company.industry", "F52").has("F51", `value="F52" checked`) // a new search keeps what was chosen until another is

	region := "/my/cases/" + no + "/form/address"
	form := url.Values{"asked": {"company.region", "company.address", "company.addressUse"}, "company.region.find": {"神木"}}
	v.post(region, form).is(http.StatusOK).has("陕西省榆林市神木市", `value="610881"`)
	form.Set("company.region.find", "陕西省渭南市临渭区")
	v.post(region, form)
	b.holds(no, "company.region", "610502")
}

func TestLookup_answers_scripts_with_what_the_page_finds(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	v := b.visitor() // the lists are public
	v.get("/lookup/industry?q=" + url.QueryEscape("餐饮")).is(http.StatusOK).has(`{"value":"H62","label":"H62 餐饮业（住宿和餐饮业）"}`)
	v.get("/lookup/region?q=" + url.QueryEscape("渭南 富平")).is(http.StatusOK).has(`"610528"`).lacks("610502")
	v.get("/lookup/industry?q=" + url.QueryEscape("'; DROP TABLE cases --")).is(http.StatusOK).has("[]")
	v.get("/lookup/accounts?q=a").is(http.StatusNotFound)
}

// With script the list opens while words are typed, by keyboard alone, and what is chosen is saved.
func TestLookup_with_script_by_keyboard(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	w := browsertest.Start(t)
	b.signIn(w, wang)
	w.Goto(b.server.URL + "/services/company-open/start")
	w.Click("#f-for")
	w.FollowText("继续")
	no := strings.TrimPrefix(w.URL(), b.server.URL+"/my/cases/")
	w.Goto(w.URL() + "/form/business")
	reach(t, w, "#f-company-industry")
	w.Press("软件")
	w.WaitFor("#f-company-industry[aria-expanded=true]")
	w.Axe(t)
	w.Press(kb.ArrowDown)
	if got := w.Text("#f-company-industry-list [aria-selected=true]"); !strings.HasPrefix(got, "I65") {
		t.Errorf("the first is %q", got)
	}
	w.Press(kb.Enter)
	w.WaitFor("#f-company-industry[aria-expanded=false]")
	w.WaitFor("[data-saved=done]")
	b.holds(no, "company.industry", "I65")
	w.Goto(w.URL())
	if got := w.Value("#f-company-industry"); !strings.HasPrefix(got, "I65 软件") {
		t.Errorf("shown again: %q", got)
	}
	w.Fill("#f-company-industry", "") // emptied
	w.Tab()
	w.WaitFor("[data-saved=done]")
	b.holds(no, "company.industry", nil)
}
