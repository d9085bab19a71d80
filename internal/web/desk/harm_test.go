package desk_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
)

var links = regexp.MustCompile(`(?:href|action)="(/desk/cases/[^"]*/acts/[^"]*)"`)

const evil = `<script>alert(1)</script>"><img src=x onerror=alert(2)>`

// Whatever is typed into any text of any act comes out as text, on every page of the case.
func TestPages_show_markup_as_text(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	key := b.received()
	b.act("clerk1", key, "note", 0, "words", evil)
	b.act("clerk1", key, "accept", 0)
	task := b.task(key, "check")
	b.act("market1", key, "ask-opinion", task, "to", "tax|reviewer", "words", evil, "within", "2")
	b.act("tax1", key, "complete", task+1, "words", evil)
	b.act("market1", key, "stop-clock", task, "cause", "appraisal", "need", "2", "words", evil)
	b.act("market1", key, "resume-clock", 0)
	b.act("market1", key, "copy-to", 0, "to", "market|reviewer", "words", evil)
	b.act("market1", key, "complete", task, "outcome", "agree", "words", evil)
	b.act("super", key, "supervise", 0, "to", "market|reviewer", "words", evil, "within", "1")
	b.act("market1", key, "grant", b.task(key, "register"), "data.scope", evil, "words", evil)
	b.act("chief", key, "extend", 0, "words", evil)
	b.as("market1", "POST", home(key)+"/reveal", url.Values{"reason": {evil}})
	for _, who := range []string{"clerk1", "market1", "super", "chief"} {
		for _, page := range []string{"", "/materials", "/opinions", "/timeline", "/evidence", "/clocks/statutory", "/papers/extension", "/papers/stop", "/acts/note"} {
			a := b.as(who, "GET", home(key)+page, nil)
			lacks(t, a, "<script>alert", "<img src=x")
			if strings.Contains(a.body, "<script>") {
				t.Errorf("%s %s: a script of its own", who, page)
			}
		}
	}
	lacks(t, b.get("super", "/desk?item="+url.QueryEscape(evil)+"&department="+url.QueryEscape(evil)+"&tab="+url.QueryEscape(evil)), "<script>alert", "<img src=x")
	for _, path := range []string{"/desk?cursor=" + url.QueryEscape(evil), "/desk/find?q=x&cursor=" + url.QueryEscape(evil)} {
		if a := b.as("market1", "GET", path, nil); a.Code != http.StatusSeeOther {
			t.Errorf("%s: %d", path, a.Code)
		}
	}
	lacks(t, b.get("market1", "/desk/find?q="+url.QueryEscape(evil)), "<script>alert", "<img src=x")
	typed := b.as("clerk1", "POST", home(key)+"/acts/note", url.Values{"request": {"r"}, "entry": {"1"}, "words": {evil}})
	lacks(t, typed, "<script>alert", "<img src=x")
}

// A search is a value, never SQL.
func TestFind_takes_anything_as_text(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	key := b.received()
	for _, q := range []string{"' OR 1=1 --", `"; DROP TABLE cases; --`, "%", "_", "王' --", "\x00", strings.Repeat("王", 5000), "﹔—‘’"} {
		a := b.as("clerk1", "GET", "/desk/find?q="+url.QueryEscape(q), nil)
		if a.Code != http.StatusOK {
			t.Errorf("%.20q: %d", q, a.Code)
		}
		if q != "\x00" && strings.Contains(a.body, string(key.Case)) { // nothing but control characters is no search
			t.Errorf("%q finds the case", q)
		}
	}
	contains(t, b.get("clerk1", "/desk/find?q="+url.QueryEscape("王秀")), string(key.Case), "王**")
	if a := b.as("clerk1", "GET", "/desk/find?q="+string(key.Case), nil); a.Code != http.StatusSeeOther || a.Header().Get("Location") != home(key) {
		t.Errorf("a whole number leads to %d %s", a.Code, a.Header().Get("Location"))
	}
	lacks(t, b.get("far1", "/desk/find?q="+url.QueryEscape("王秀")), string(key.Case))
	lacks(t, b.get("water1", "/desk/find?q="+url.QueryEscape("王秀")), string(key.Case))
}

// A form that comes from another site is turned away and does nothing.
func TestForms_from_other_sites_do_nothing(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	key := b.received()
	send := form(t, b.get("clerk1", home(key)+"/acts/accept"), home(key)+"/acts/accept", "confirmed", "yes")
	for _, from := range []func(*http.Request){
		func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
		func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") },
	} {
		if a := b.as("clerk1", "POST", home(key)+"/acts/accept", send, from); a.Code != http.StatusForbidden {
			t.Errorf("%d", a.Code)
		}
	}
	if b.state(key).Phase != caseflow.PhaseReceived {
		t.Error("the case was accepted")
	}
	send.Del("request")
	if a := b.as("clerk1", "POST", home(key)+"/acts/accept", send); a.Code != http.StatusBadRequest {
		t.Errorf("a form without its request id: %d", a.Code)
	}
}

// A form that is sent twice acts once; the same request id with other words is refused.
func TestForms_act_once(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	key, task := at("check")(b)
	p := path(b, key, "complete", task, nil)
	send := form(t, b.get("market1", p), p, "outcome", "agree", "words", "同意")
	for range 3 {
		if a := b.as("market1", "POST", p, send); a.Code != http.StatusSeeOther {
			t.Fatalf("%d\n%s", a.Code, plain(a.body))
		}
	}
	n := b.state(key).Seq
	send.Set("words", "不同的意见")
	if a := b.as("market1", "POST", p, send); a.Code != http.StatusConflict {
		t.Errorf("other words under the same id: %d", a.Code)
	}
	if b.state(key).Seq != n {
		t.Error("the case moved")
	}
}

// Somebody else was quicker: what happened and what was typed are both shown, and sending again is an informed act.
func TestForms_show_what_happened_meanwhile(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	key, task := at("check")(b)
	p := path(b, key, "complete", task, nil)
	send := form(t, b.get("market1", p), p, "outcome", "agree", "words", "我写了很久的意见")
	b.act("super", key, "supervise", 0, "to", "market|reviewer", "words", "请说明情况", "within", "1")
	a := b.as("market1", "POST", p, send)
	if a.Code != http.StatusConflict {
		t.Fatalf("%d\n%s", a.Code, plain(a.body))
	}
	contains(t, a, "办件有新的变化", "请说明情况", "我写了很久的意见")
	if b.state(key).Steps[0].State == caseflow.StepDone {
		t.Fatal("it was done without being looked at")
	}
	if a := b.as("market1", "POST", p, form(t, a, p, "outcome", "agree", "words", "我写了很久的意见")); a.Code != http.StatusSeeOther {
		t.Fatalf("sent again: %d\n%s", a.Code, plain(a.body))
	}

	// The task itself was taken: nothing can be sent any more, but nothing typed is lost.
	key, task = at("check")(b)
	p = path(b, key, "complete", task, nil)
	send = form(t, b.get("market1", p), p, "outcome", "agree", "words", "又一段意见")
	b.act("market2", key, "claim", task)
	a = b.as("market1", "POST", p, send)
	if a.Code != http.StatusConflict {
		t.Fatalf("%d", a.Code)
	}
	contains(t, a, "又一段意见", "已由其他同事认领", "周登记")
}

// A clock that warns meanwhile is no reason to ask again.
func TestForms_are_not_disturbed_by_clocks(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	key, task := at("check")(b)
	p := path(b, key, "complete", task, nil)
	send := form(t, b.get("market1", p), p, "outcome", "agree", "words", "同意")
	b.pass(24 * 60 * 60 * 1e9)
	if n, err := b.hall.RunClocks(t.Context()); err != nil || n == 0 {
		t.Fatalf("clocks moved %d cases, %v", n, err)
	}
	if a := b.as("market1", "POST", p, send); a.Code != http.StatusSeeOther {
		t.Errorf("%d\n%s", a.Code, plain(a.body))
	}
}

// What is missing is said at its field, and what was typed stays.
func TestForms_say_what_to_mend(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	key, task := at("register")(b)
	for verb, c := range map[string]struct{ form, want []string }{
		"grant":       {[]string{"words", "准予意见"}, []string{"核定经营范围", "准予意见"}},
		"refuse":      {[]string{"words", "理由如下"}, []string{"请选择“不予办理的理由”", "理由如下"}},
		"stop-clock":  {[]string{"cause", "appraisal", "need", "99", "words", "很久"}, []string{"超过了该特别程序的上限", "很久"}},
		"send-back":   {[]string{"words", "退回吧"}, []string{"请选择“退回到”", "退回吧"}},
		"hand-over":   {[]string{"words", "交接"}, []string{"请选择“对象”", "交接"}},
		"ask-opinion": {[]string{"to", "tax|reviewer", "words", "问", "within", "很快"}, []string{"请检查“答复时限”"}},
	} {
		p := path(b, key, verb, task, nil)
		a := b.as("market1", "POST", p, form(t, b.get("market1", p), p, c.form...))
		if a.Code != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", verb, a.Code)
		}
		contains(t, a, append(c.want, "提交前需要修改", "错误：")...)
	}
}

// Personal data comes masked; a record is shown after a reason, which is recorded; without a reason it stays masked.
func TestReveal_records_who_and_why(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	key := b.running()
	lacks(t, b.get("market1", home(key)), "610502199001010011", "13891300001", "王秀英")
	a := b.as("market1", "POST", home(key)+"/reveal", url.Values{})
	contains(t, a, "请填写查看完整信息的理由")
	lacks(t, a, "610502199001010011")
	for _, blank := range []string{" ", "\x00", "\xff\xfe"} {
		contains(t, b.as("market1", "POST", home(key)+"/reveal", url.Values{"reason": {blank}}), "请填写查看完整信息的理由")
	}
	contains(t, b.as("market1", "POST", home(key)+"/reveal", url.Values{"reason": {"核\x00对\xff住所"}}), "本次查看已记录")
	b.pass(time.Minute)
	a = b.as("market1", "POST", home(key)+"/reveal", url.Values{"reason": {"核对身份证件"}})
	contains(t, a, "610502199001010011", "13891300001", "东风大街88号", "本次查看已记录")
	lacks(t, b.get("market1", home(key)), "610502199001010011", "13891300001", "东风大街88号") // over with the page
	contains(t, b.get("super", home(key)), "核对身份证件", "查看完整信息", "李登记")
	lacks(t, b.get("market2", home(key)), "核对身份证件") // who looked is for supervisors and the owner
	if a := b.as("far1", "POST", home(key)+"/reveal", url.Values{"reason": {"好奇"}}); a.Code != http.StatusNotFound {
		t.Errorf("another region: %d", a.Code)
	}
}

// Many rows at once: an outcome for each, and one that fails stops no other.
func TestBulk_tells_the_outcome_of_each_row(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	one, two, taken := b.running(), b.running(), b.running()
	b.do("market2", taken, caseflow.Claim{Task: b.task(taken, "check")})
	row := func(key string, task int) string { return key + "/" + strconv.Itoa(task) }
	send := url.Values{"request": {"bulk-1"}, "act": {"claim"}, "row": {row(string(one.Case), b.task(one, "check")),
		row(string(two.Case), b.task(two, "check")), row(string(taken.Case), 2), row("610503-20260101-000001", 1), "nonsense"}}
	a := b.as("market1", "POST", "/desk/bulk", send)
	if a.Code != http.StatusOK {
		t.Fatalf("%d\n%s", a.Code, plain(a.body))
	}
	contains(t, a, "批量认领的结果", `href="/desk?lang=en"`, "共 5 条，成功 2 条", "已认领", "已由其他同事认领", "没有找到该待办")
	if b.state(one).Tasks[1].Holder != "id-market1" || b.state(taken).Tasks[1].Holder != "id-market2" {
		t.Error("the wrong rows were claimed")
	}
	send.Set("act", "agree")
	send.Set("request", "bulk-2")
	contains(t, b.as("market1", "POST", "/desk/bulk", send), "已同意")
	// A decision is never made for many at once.
	contains(t, b.as("market1", "POST", "/desk/bulk", url.Values{"request": {"bulk-3"}, "act": {"agree"},
		"row": {row(string(one.Case), b.task(one, "register")), row(string(two.Case), b.task(two, "register"))}}), "需要逐件办理")
	if b.state(one).Phase != caseflow.PhaseRunning {
		t.Error("a decision was made in bulk")
	}
	none := b.as("market1", "POST", "/desk/bulk", url.Values{"request": {"bulk-4"}, "act": {"claim"}, "next": {"/desk?tab=open"}})
	if none.Code != http.StatusUnprocessableEntity {
		t.Errorf("nothing ticked: %d", none.Code)
	}
	contains(t, none, `href="/desk?lang=en&tab=open"`) // in the other language the queue again: what was sent to has no page
}

// Figures lead to as many rows as they say.
func TestOverview_figures_lead_to_their_rows(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.traffic()
	a := b.get("super", "/desk/overview")
	found := 0
	for _, m := range regexp.MustCompile(`<a href="(/desk\?[^"]*department=[^"]*)">([0-9]+)</a>`).FindAllStringSubmatch(a.body, -1) {
		rows := strings.Count(b.get("super", unescape.Replace(m[1])).body, "<th scope=\"row\"")
		if want, _ := strconv.Atoi(m[2]); rows != want {
			t.Errorf("%s says %d, there are %d rows", m[1], want, rows)
		}
		found++
	}
	if found < 5 {
		t.Errorf("only %d figures", found)
	}
	for _, login := range []string{"clerk1", "market1", "admin1"} {
		if a := b.as(login, "GET", "/desk/overview", nil); a.Code != http.StatusNotFound && login != "admin1" {
			t.Errorf("%s: %d", login, a.Code)
		}
	}
}

// Each tab shows what is its own.
func TestQueue_tabs(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	key, task := at("check")(b)
	no := string(key.Case)
	b.do("market1", key, caseflow.AskOpinion{Task: task, To: by("tax", "reviewer"), Ask: "有无欠税", Within: workdays(2)})
	b.do("market1", key, caseflow.CopyTo{To: []caseflow.Post{by("police", "reviewer")}, Ask: "请知悉"})
	contains(t, b.get("market1", "/desk"), no, "名称审核")
	contains(t, b.get("market1", "/desk?tab=asked"), no, "征求意见", "抄送阅知")
	contains(t, b.get("tax1", "/desk?tab=open"), no, "征求意见")
	contains(t, b.get("police1", "/desk?tab=copies"), no)
	lacks(t, b.get("tax1", "/desk?tab=copies"), no)
	lacks(t, b.get("far1", "/desk?tab=open"), no)
	if a := b.as("far1", "GET", "/desk?tab=dept&region="+region, nil); a.Code != http.StatusNotFound {
		t.Errorf("another region's queue: %d", a.Code)
	}
	if a := b.as("market1", "GET", "/desk?tab=dept&department=tax", nil); a.Code != http.StatusNotFound {
		t.Errorf("another department's queue: %d", a.Code)
	}
	contains(t, b.get("water1", "/desk"), "您目前没有经办的待办")
	for _, address := range []string{"/desk", "/desk?lang=zh", "/desk?lang=zh&view=standard"} { // nothing of one's own: what can be claimed
		contains(t, b.get("tax1", address), no, `<a href="/desk?tab=open" aria-current="page"`)
	}
	contains(t, b.get("tax1", "/desk?tab=mine&lang=zh"), "您目前没有经办的待办")
	filtered := b.get("market1", "/desk?tab=dept&kind=copy&due=overdue")
	contains(t, filtered, "没有符合筛选条件的待办", "取消筛选：超期", "取消筛选：抄送阅知")
	contains(t, b.get("market1", "/desk?size=10"), `<strong aria-current="true">10</strong>`)
}
