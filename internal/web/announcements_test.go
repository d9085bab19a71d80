package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// An announcement is written, shown for its days where it is meant for, said to be read by officials one by one, and withdrawn; markup
// stays text, in both languages; what was sent twice is made once.
func TestAnnouncements_from_first_to_last(t *testing.T) {
	t.Parallel()
	b := newBench(t) // on 24 November 2026
	sys, clerk, guest := b.signedIn("sys1"), b.signedIn("clerk1"), b.visitor()
	form := url.Values{"request": {"announce-1"}, "title": {"大厅停电<b>通知</b>"}, "text": {"周六停电。\r\n\r\n请改日再来 <script>alert(1)</script>。"},
		"title-en": {"Power cut"}, "text-en": {"No power on Saturday."}, "where": {"public", "desk"}, "to": {"2026-11-28"}}
	p := sys.post("/console/announcements/new", form).is(http.StatusOK).has("公告已发布", "周六停电。", "还没有人点")
	if again := sys.post("/console/announcements/new", form).is(http.StatusOK); again.path != p.path {
		t.Errorf("sent twice it is made twice: %s, %s", p.path, again.path)
	}
	guest.get("/").is(http.StatusOK).has("大厅停电&lt;b&gt;通知", "2026年11月24日", "2026年11月28日").lacks("<b>通知")
	guest.get("/announcements").is(http.StatusOK).has("&lt;script&gt;alert(1)", "周六停电。").lacks("<script>alert")
	guest.get("/announcements?lang=en").is(http.StatusOK).has("Power cut", "No power on Saturday.").lacks("停电")
	guest.get("/?q=公司&lang=zh").lacks("停电")

	clerk.get("/desk").is(http.StatusOK).has("大厅停电")
	id := strings.TrimPrefix(p.path, "/console/announcements/")
	clerk.get("/desk/announcements").is(http.StatusOK).has("已阅")
	clerk.post("/desk/announcements/"+id+"/read", nil).is(http.StatusOK).has("您已阅读")
	clerk.post("/desk/announcements/"+id+"/read", nil).is(http.StatusOK)
	clerk.get("/desk").lacks("大厅停电")
	b.signedIn("tax1").get("/desk").has("大厅停电") // somebody else has not read it
	b.signedIn("aud1").get(p.path).is(http.StatusOK).has("已阅读（1 人）", "clerk1").lacks("撤下公告")
	b.signedIn(wang).post("/desk/announcements/"+id+"/read", nil).is(http.StatusNotFound)
	clerk.post("/desk/announcements/none/read", nil).is(http.StatusNotFound)

	sys.post(p.path+"/withdraw", url.Values{"why": {" "}}).is(http.StatusUnprocessableEntity).has("请写明撤下的理由")
	sys.post(p.path+"/withdraw", url.Values{"why": {"改期"}}).is(http.StatusOK).has("公告已撤下", "改期")
	guest.get("/").lacks("停电")
	b.signedIn("tax1").get("/desk").lacks("停电")
	b.signedIn("aud1").get("/console/operations").has("发布公告", "撤下公告", "改期")
}

// An announcement is shown from its first day to its last and on no other; one for officials is not shown to everybody. What is wrong is
// told at the field and loses nothing.
func TestAnnouncements_keep_to_their_days_and_places(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	sys := b.signedIn("sys1")
	form := url.Values{"title": {"内部培训"}, "text": {"周四下午培训。"}, "where": {"desk"}, "from": {"2026年11月26日"}, "to": {"2026.11.26"}}
	wrong := func(field, value, told string) {
		t.Helper()
		bad := url.Values{}
		for k, v := range form {
			bad[k] = v
		}
		bad[field] = []string{value}
		sys.post("/console/announcements/new", bad).is(http.StatusUnprocessableEntity).has(told, "周四下午培训")
	}
	wrong("title", strings.Repeat("长", 61), "不超过 60 个字")
	wrong("to", "2026-11-25", "截止日期不早于开始日期")
	wrong("from", "2026-11-23", "今天或者以后")
	wrong("to", "2028-01-01", "最长一年")
	wrong("where", "", "请选择显示在哪里")
	wrong("title-en", "Training", "请同时填写")
	b.signedIn("sec1").post("/console/announcements/new", form).is(http.StatusNotFound)
	sys.post("/console/announcements/new", form).is(http.StatusOK).has("未到时间")
	clerk := b.signedIn("clerk1")
	clerk.get("/desk").lacks("内部培训")
	b.pass(24 * time.Hour)
	clerk = b.signedIn("clerk1")
	clerk.get("/desk").lacks("内部培训")
	b.pass(24 * time.Hour)
	clerk = b.signedIn("clerk1")
	clerk.get("/desk").has("内部培训")
	b.visitor().get("/").lacks("内部培训")
	b.visitor().get("/announcements").has("现在没有公告")
	b.pass(24 * time.Hour)
	b.signedIn("clerk1").get("/desk").lacks("内部培训")
}
