package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/web/browsertest"
)

// company runs a case of 王秀英 to its end and returns the credit code and the name of the company that it opened.
func (b *bench) company() (code, name string) {
	b.t.Helper()
	no := b.signedIn(wang).handIn()
	b.run(no)
	for _, l := range b.view(wang, keyOf(no)).Case.Licences {
		if l.Kind == "business-licence" {
			return l.No, l.Holder
		}
	}
	b.t.Fatal("no business licence was issued")
	return "", ""
}

var invitationForm = regexp.MustCompile(`[A-Z2-7]{4}-[A-Z2-7]{4}-[A-Z2-7]{4}-[A-Z2-7]{4}`)

// space is the address of a page of a company's space.
func space(page, code string) string {
	return page + "?" + url.Values{"for": {caseflow.CompanyOwner(code)}}.Encode()
}

// By the pages alone: the legal representative opens the company's space and lets somebody act, who applies for the company;
// the representative sees it and takes the mandate back, and the agent finds nothing any more.
func TestMandate_is_given_used_and_taken_back(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	code, name := b.company()
	boss, agent := b.signedIn(wang), b.signedIn(li)
	agent.get(space("/my", code)).is(http.StatusNotFound)
	boss.get("/my/mandates").is(http.StatusOK).has(name, code, "还没有授权他人办理")
	boss.post("/my/companies", url.Values{"code": {code}}).is(http.StatusOK).has(name, "您正在以法定代表人身份办理").lacks("您正在代为办理")
	boss.get("/my").has(`href="` + strings.ReplaceAll(space("/my", code), "&", "&amp;")) // the switch

	owner := caseflow.CompanyOwner(code)
	boss.post("/my/mandates", url.Values{"for": {owner}, "agent": {"李志强"}, "until": {"昨天"}, "items": {"*"}}).is(http.StatusUnprocessableEntity).
		has("请填写年、月、日", `value="李志强"`)
	boss.post("/my/mandates", url.Values{"for": {owner}, "agent": {"李志强"}, "until": {"2027-11-23"}}).is(http.StatusUnprocessableEntity).has("请至少选择一个")
	boss.post("/my/mandates", url.Values{"for": {owner}, "from": {"昨天"}}).is(http.StatusUnprocessableEntity).
		has("提交前需要修改 4 处", `href="#f-agent"`, "请至少选择一个", "请填写年、月、日") // all at once
	boss.get("/my/mandates").has(`href="`+strings.ReplaceAll(space("/my/mandates", code), "&", "&amp;"), "授权他人办理这家企业的事")
	give := url.Values{"request": {boss.get(space("/my/mandates", code)).hidden()}, "for": {owner}, "agent": {"李志强"}, "until": {"2027.11.23"}, "items": {"company-open"}}
	p := boss.post("/my/mandates", give).is(http.StatusOK).has("授权邀请已生成", "待接受")
	invitation := invitationForm.FindString(p.body)
	p = boss.post("/my/mandates", give).is(http.StatusOK).has(invitation) // a double click
	if n := strings.Count(p.body, "待接受"); n != 1 || p.hidden() == give.Get("request") {
		t.Errorf("%d invitations by a double click", n)
	}
	boss.get(space("/my/mandates", code)).lacks(invitation) // shown this once
	boss.post("/my/mandates/accept", url.Values{"code": {invitation}}).is(http.StatusUnprocessableEntity).has("没有找到可以接受的授权邀请")
	agent.post("/my/mandates/accept", url.Values{"code": {strings.ToLower(invitation)}}).is(http.StatusOK).has(name, "您是受托代理人", "授权至 2027年11月23日（周二） 止")
	agent.get(space("/my/mandates", code)).is(http.StatusNotFound)
	agent.get(space("/my/licences", code)).is(http.StatusOK).has(code)

	start := agent.get("/services/company-open/start").is(http.StatusOK).has(name, "按授权代为办理")
	draft := agent.post("/services/company-open/start", url.Values{"request": {start.hidden()}, "for": {"space:" + owner}}).is(http.StatusOK)
	no := draft.path[strings.LastIndex(draft.path, "/")+1:]
	at := "/my/cases/" + no
	for _, page := range []string{"", "/form/name", "/check", "/withdraw", "/help"} {
		agent.get(at+page).is(http.StatusOK).has("您正在代为办理", name)
	}
	agent.get("/my").is(http.StatusOK).lacks(no)
	agent.get(space("/my", code)).lacks("谁看过我的信息")
	agent.get(space("/my/looks", code)).is(http.StatusNotFound) // who looked is the principal's to know
	boss.get(space("/my/looks", code)).is(http.StatusOK)
	agent.get(space("/my", code)).has(no)
	boss.get(space("/my", code)).has(no)
	boss.get(at).is(http.StatusOK).has("您正在以法定代表人身份办理", name).lacks("您正在代为办理")

	end := regexp.MustCompile(`href="(/my/mandates/[0-9a-f]+/end[^"]*)"`).FindStringSubmatch(boss.get(space("/my/mandates", code)).body)
	if end == nil {
		t.Fatal("nothing to take back with")
	}
	path, _, _ := strings.Cut(end[1], "?")
	agent.get("/my/mandates").has("辞去代理")
	boss.get(strings.ReplaceAll(end[1], "&amp;", "&")).is(http.StatusOK).has("确认结束这项授权", "李志强", "企业开办一件事", "2027年11月23日")
	boss.post(path, url.Values{"for": {owner}, "words": {"已换人"}}).is(http.StatusOK).has("授权已经结束", "已结束", "已换人", "授权人收回")
	for _, page := range []string{at, at + "/form/name", at + "/check", space("/my", code), space("/my/messages", code), space("/my/licences", code)} {
		agent.get(page).is(http.StatusNotFound).lacks(name)
	}
	agent.post(at+"/withdraw", url.Values{"reason": {"x"}}).is(http.StatusNotFound)
	boss.get(at).is(http.StatusOK)
}

// The list of messages has pages, and each message can be marked as read.
func TestMessages_have_pages_and_are_read_one_by_one(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	v := b.signedIn(wang)
	for range 16 {
		no := v.handIn()
		b.official("clerk1", keyOf(no), caseflow.Accept{})
	}
	first := v.get("/my/messages").is(http.StatusOK).has("查看更早的消息", "标为已读")
	if n := strings.Count(first.body, `name="message"`); n != 30 {
		t.Errorf("the first page has %d messages, want 30", n)
	}
	more := regexp.MustCompile(`href="(/my/messages\?after=[^"]+)"`).FindStringSubmatch(first.body)
	v.get(more[1]).is(http.StatusOK).lacks("查看更早的消息")
	v.get("/my").has(">32<")
	id := regexp.MustCompile(`name="message" value="([^"]+)"`).FindStringSubmatch(first.body)[1]
	v.post("/my/messages/read", url.Values{"message": {id}}).is(http.StatusOK).lacks(`value="` + id + `"`)
	v.get("/my").has(">31<")
	b.signedIn(li).post("/my/messages/read", url.Values{"message": {id}}).is(http.StatusNotFound)
	v.post("/my/messages/read", nil).is(http.StatusOK).lacks("标为已读")
	v.get("/my").lacks(`class="count"`)
}

// What has to be mended comes first, however many newer cases there are.
func TestMy_shows_what_is_to_be_mended_first(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	v := b.signedIn(wang)
	old := v.handIn()
	b.official("clerk1", keyOf(old), caseflow.RequestCorrection{Points: []caseflow.CorrectionPoint{{Field: "company.address", Words: "请写完整"}}})
	for range 51 {
		v.begin()
	}
	p := v.get("/my").is(http.StatusOK).has(old, "查看更早")
	if strings.Index(p.body, old) > strings.Index(p.body, "<h2>填写中") && strings.Contains(p.body, "<h2>填写中") {
		t.Error("it stands below the drafts")
	}
}

// A window records whose papers it saw, and so who represents a company that was not opened here.
func TestWindow_records_a_legal_representative(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	code := "91610502MA6TE1TA00"
	window := b.signedIn("clerk1")
	b.signedIn("market1").get("/desk/papers-seen").is(http.StatusNotFound)
	b.signedIn(wang).post("/desk/papers-seen", url.Values{"phone": {li}}).is(http.StatusNotFound)
	form := url.Values{"phone": {li}, "docType": {"resident-id"}, "docNo": {citizen(1).No}, "company": {"华阴市老字号有限公司"}, "code": {code}, "reason": {"核验执照正本"}}
	window.post("/desk/papers-seen", form).is(http.StatusUnprocessableEntity).has("没有这个手机号码与证件号码相符的账号", "华阴市老字号有限公司")
	form.Set("docNo", citizen(2).No)
	window.post("/desk/papers-seen", form).is(http.StatusUnprocessableEntity).has("华阴市老字号有限公司") // the code's check character is wrong
	form.Set("code", string(ident.MakeCreditCode('9', '1', "610502", "MA6TE1TA")))
	window.post("/desk/papers-seen", form).is(http.StatusOK).has("已记录")
	b.signedIn(li).get("/my").is(http.StatusOK).has("华阴市老字号有限公司")
}

// tabTo moves the focus on until it stands on an element that matches.
func tabOnto(t *testing.T, w *browsertest.Browser, selector string) {
	t.Helper()
	for range 120 {
		var there bool
		w.Eval("document.activeElement && document.activeElement.matches("+strconv.Quote(selector)+")", &there)
		if there {
			return
		}
		w.Tab()
	}
	t.Fatalf("the tabulator does not reach %s on %s", selector, w.URL())
}

// The same by keyboard in a browser, with the pages looked at: the representative authorises, the agent applies, the
// representative sees it and takes it back, the agent finds nothing.
func TestMandate_by_keyboard(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	code, name := b.company()
	owner := caseflow.CompanyOwner(code)
	w := browsertest.Start(t)
	enter := func(selector string) {
		t.Helper()
		tabOnto(t, w, selector)
		w.FollowKey("\r")
	}
	b.signIn(w, wang)
	w.Goto(b.server.URL + "/my/mandates")
	enter(`form[action="/my/companies"] button`)
	w.Look(t, "space-company")
	enter(`main a[href^="/my/mandates"]`)
	tabOnto(t, w, "#f-agent")
	w.Press("李志强")
	tabOnto(t, w, `input[name="items"][value="*"]`)
	w.Press(" ")
	tabOnto(t, w, "#f-until")
	w.Press("2027-11-23")
	enter(`form[action="/my/mandates"] button`)
	invitation := invitationForm.FindString(w.Text("main"))
	w.Look(t, "mandates")
	enter(`form[action="/signout"] button`)

	b.signIn(w, li)
	w.Goto(b.server.URL + "/my/mandates")
	tabOnto(t, w, "#f-code")
	w.Press(invitation)
	enter(`form[action="/my/mandates/accept"] button`)
	w.Look(t, "space-agent")
	w.Goto(b.server.URL + "/services/company-open/start")
	tabOnto(t, w, `input[name="for"]`)
	w.Press(" ")
	w.Press(kb.ArrowDown) //, from oneself to the company
	w.Look(t, "start-for-company")
	enter(`main form button`)
	at := w.URL()
	if text := w.Text("main"); !strings.Contains(text, "您正在代为办理") || !strings.Contains(text, name) {
		t.Errorf("the draft does not say for whom:\n%s", text)
	}
	w.Look(t, "draft-for-company")
	w.Goto(b.server.URL + space("/my/licences", code))
	w.Look(t, "licences-company")
	enter(`form[action="/signout"] button`)

	b.signIn(w, wang)
	w.Goto(b.server.URL + space("/my", code))
	enter(`main a[href="` + strings.TrimPrefix(at, b.server.URL) + `"]`)
	w.Goto(b.server.URL + space("/my/mandates", code))
	enter(`main a[href*="/end"]`)
	w.Look(t, "mandate-end")
	enter(`main form button`)
	enter(`form[action="/signout"] button`)

	b.signIn(w, li)
	for _, page := range []string{at, b.server.URL + space("/my", code)} {
		w.Goto(page)
		if text := w.Text("main"); strings.Contains(text, name) || !strings.Contains(text, "没有找到") && !strings.Contains(text, "不存在") {
			t.Errorf("%s (%s) shows the agent\n%s", page, owner, text)
		}
	}
}
