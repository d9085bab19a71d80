package web_test

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/web"
)

// value is what a hidden field of the page holds.
func (s shown) value(name string) string {
	s.t.Helper()
	m := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(s.body)
	if m == nil {
		s.t.Fatalf("no field %s on %s", name, s.path)
	}
	return m[1]
}

// line presses a key of the line page.
func (v *visitor) line(window string, act string, more ...string) shown {
	v.b.t.Helper()
	p := v.get("/desk/line?lobby=hall&window=" + window).is(http.StatusOK)
	form := url.Values{"request": {p.hidden()}, "lobby": {"hall"}, "window": {window}, "turn": {p.value("turn")}, "act": {act}}
	for i := 0; i+1 < len(more); i += 2 {
		form.Set(more[i], more[i+1])
	}
	return v.post("/desk/line", form)
}

// A number is taken at the terminal without signing in; the ticket holds nothing about a person; the clerk calls it, and the case says
// by which number it came.
func TestLine_from_the_ticket_to_the_case(t *testing.T) {
	t.Parallel()
	b := fiveDoors(t, func(d *web.Deps) { d.Terminals = []netip.Prefix{netip.MustParsePrefix("127.0.0.2/32")} })
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(b.log.String())
		}
	})
	at := b.visitor()
	at.client.Transport = &http.Transport{DialContext: (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}}).DialContext}
	at.get("/").is(http.StatusOK).has(`href="/line"`)
	if p := at.get("/line").is(http.StatusOK).has("安康市政务服务大厅"); p.path != "/line/hall" {
		t.Errorf("the only lobby is not opened at once: at %s", p.path)
	}
	p := at.get("/line/hall").is(http.StatusOK).has("企业开办", "等候 0 人", "取号")
	p = at.post("/line/hall", url.Values{"request": {p.hidden()}, "letter": {"A"}, "class": {"elderly"}}).is(http.StatusOK)
	ticket := p.path
	p.has("A001", "前面还有 0 位", "无法估计", "老年人", "退号").lacks("预计")
	if p.header.Get("Cache-Control") != "no-store" {
		t.Error("the ticket is stored")
	}
	if p = at.get(ticket); p.header.Get("Refresh") != "" {
		t.Error("a terminal asks anew for a person who has gone")
	}
	at.get("/line/hall/screen").is(http.StatusOK).has("现在没有叫号", "A001")

	clerk := b.signedIn("clerk1")
	clerk.get("/desk").has("叫号")
	clerk.get("/desk/line").is(http.StatusOK).has("请先选择", "A001", "自助终端")
	p = clerk.line("1", "next").is(http.StatusOK).has("A001", "开始办理", "重呼", "过号", "转窗口", "老年人")
	phone := b.visitor()
	p = phone.get(ticket).is(http.StatusOK).has("请到 1 号窗口").lacks("退号")
	if p.header.Get("Refresh") != "20" {
		t.Errorf("refresh %q", p.header.Get("Refresh"))
	}
	if p = phone.get("/line/hall/screen").has("A001", "1 号窗口"); p.header.Get("Refresh") != "5" {
		t.Errorf("refresh %q", p.header.Get("Refresh"))
	}
	if p = phone.get("/line/hall/screen?still=1"); p.header.Get("Refresh") != "" {
		t.Error("it cannot be switched off")
	}

	p = clerk.get("/desk/new?lobby=hall&turn=1").is(http.StatusOK).has("为 A001 号办理")
	open := url.Values{"request": {p.hidden()}, "item": {"ankang-company-open"}, "docType": {"resident-id"}, "docNo": {citizen(3).No},
		"party": {"张桂兰"}, "phone": {"13891300003"}, "channel": {"window"}, "turn": {"1"}, "lobby": {"hall"}}
	stranger := url.Values{}
	for k, v := range open {
		stranger[k] = v
	}
	stranger["turn"], stranger["request"] = []string{"9"}, []string{"x9"}
	clerk.post("/desk/new", stranger).is(http.StatusUnprocessableEntity).has("不在您的窗口")
	p = clerk.post("/desk/new", open).is(http.StatusOK)
	no := strings.TrimSuffix(strings.TrimPrefix(p.path, "/desk/cases/"), "/intake")
	c := b.stored(no)
	if c.Turn == nil || c.Turn.Label != "A001" || c.Turn.Window != "1" || c.Turn.Origin != "terminal" {
		t.Fatalf("turn %+v", c.Turn)
	}
	p.has("排队号 A001（1 号窗口，自助终端）")
	clerk.line("1", "done").is(http.StatusOK).has("现在没有叫到人")
	phone.get(ticket).has("已经办结")
	b.pass(24 * time.Hour)
	phone.get(ticket).has("已经失效")
}

// Before the first key it says that one signs in; who signs in there comes back to the lobby.
func TestLine_says_first_that_one_signs_in(t *testing.T) {
	t.Parallel()
	b := fiveDoors(t)
	v := b.visitor()
	p := v.get("/line/hall").is(http.StatusOK).has(`href="/signin?return=%2Fline%2Fhall"`)
	before, _, found := strings.Cut(p.body, `name="letter"`)
	if !found || !strings.Contains(before, "网上取号要先登录") {
		t.Error("signing in is asked for after the key was pressed")
	}
	b.signedIn(wang).get("/line/hall").is(http.StatusOK).lacks("网上取号要先登录")
}

// Numbers and walk-ins are one list; who was passed over comes back; one is sent to another window with the reason.
func TestLine_numbers_and_walk_ins_are_one_list(t *testing.T) {
	t.Parallel()
	b := fiveDoors(t)
	clerk := b.signedIn("clerk1")
	wangs := b.signedIn(wang)
	p := wangs.get("/line/hall").is(http.StatusOK)
	p = wangs.post("/line/hall", url.Values{"request": {p.hidden()}, "letter": {"A"}}).is(http.StatusOK).has("A001")
	mine := p.path
	p = wangs.get("/line/hall").has("您今天已经取号")
	if again := wangs.post("/line/hall", url.Values{"request": {p.hidden()}, "letter": {"B"}}); again.path != mine {
		t.Errorf("a second number: %s", again.path)
	}
	b.visitor().post("/line/hall", url.Values{"request": {"x"}, "letter": {"A"}}).is(http.StatusUnauthorized).has("您还没有登录")
	hotline := b.signedIn("hotline1")
	p = hotline.get("/desk/line").is(http.StatusOK).has("替来电人取当日号").lacks("叫下一位", "无号来人")
	hotline.post("/desk/line", url.Values{"request": {p.hidden()}, "lobby": {"hall"}, "act": {"give:B"}}).is(http.StatusOK).has("已取号 B002")
	hotline.post("/desk/line", url.Values{"request": {"h1"}, "lobby": {"hall"}, "act": {"walk-in:A"}}).is(http.StatusNotFound)
	hotline.post("/desk/line", url.Values{"request": {"h2"}, "lobby": {"hall"}, "window": {"1"}, "act": {"next"}}).is(http.StatusNotFound)
	clerk.line("1", "walk-in:A", "class", "soldier").is(http.StatusOK).has("已取号 A003", "无号", "网上取号").lacks("B002", "等候叫号")
	clerk.get("/desk/line?window=3").has("A001", "B002", "热线代取")
	clerk.line("1", "walk-in:B").is(http.StatusOK).has("已取号 B004，请到 3 号窗口等候叫号")
	clerk.line("3", "leave:4").is(http.StatusOK).lacks("B004")
	clerk.line("1", "walk-in:Z").is(http.StatusUnprocessableEntity).has("没有这一类业务")

	clerk.line("1", "next").has("A003", "军人")
	clerk.line("1", "pass").has("已过号", "A003")
	clerk.line("1", "next").has("A001")
	clerk.line("1", "move", "to", "3").is(http.StatusUnprocessableEntity).has("写明原因")
	clerk.line("1", "move", "to", "3", "note", "要反映办不成的事").is(http.StatusOK).has("现在没有叫到人")
	wangs.get(mine).has("请等候 3 号窗口叫号")
	clerk.line("3", "next").has("A001")
	clerk.line("1", "back:3").is(http.StatusOK)
	clerk.line("3", "next").has("B002")
	clerk.line("1", "next").has("A003")
	clerk.line("2", "next").is(http.StatusUnprocessableEntity).has("没有等候这个窗口的人")
	for _, who := range []string{"tax1", "sys1", "station1"} {
		status := http.StatusNotFound
		if who == "station1" {
			status = http.StatusOK // its door takes the same services in: it may take numbers for others
		}
		b.signedIn(who).get("/desk/line").is(status)
	}
	b.signedIn("head1").get("/desk/line/day").is(http.StatusOK).has("安康市政务服务大厅", "按工作人员", "赵明")
	clerk.get("/desk/line/day").is(http.StatusOK).lacks("按工作人员")
	b.signedIn("tax1").get("/desk/line/day").is(http.StatusNotFound)
	p = b.visitor().get(mine).has("已经办结")

	li2 := b.signedIn(li)
	p = li2.get("/line/hall")
	p = li2.post("/line/hall", url.Values{"request": {p.hidden()}, "letter": {"A"}}).is(http.StatusOK)
	p = li2.post(p.path, url.Values{"request": {p.hidden()}}).is(http.StatusOK).has("已经退回")
	b.pass(4 * 24 * time.Hour) // a Saturday
	b.signedIn(li).post("/line/hall", url.Values{"request": {"sat"}, "letter": {"A"}}).is(http.StatusUnprocessableEntity).has("不是工作日")
	b.visitor().get("/line/hall").is(http.StatusOK).has("今天不是工作日", "企业开办").lacks(`name="letter"`, "要先登录") // said before somebody tries
}
