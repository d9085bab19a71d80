package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/web/browsertest"
)

// printed is the code on the receipt that the window prints.
func (d *doors) printed(no caseflow.CaseNo) string {
	d.b.t.Helper()
	p := d.page("clerk1").get("/desk/cases/" + string(no) + "/papers/receipt").is(http.StatusOK).has("扫码查询进度、评价服务")
	m := regexp.MustCompile(`查询码</dt><dd[^>]*>(?:<[^>]+>)*([0-9a-f]{20})<`).FindStringSubmatch(p.body)
	if m == nil {
		d.b.t.Fatalf("the printed receipt has no code:\n%s", p.body)
	}
	return m[1]
}

// Who was served at a window and has no account follows the case with the printed receipt and rates the service there, once.
func TestRate_at_the_window_with_the_printed_receipt(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	d := b.doors()
	key := b.handedInBy("clerk1", caseflow.ChannelWindow, full())
	progress := "/progress/" + string(key.Case) + "/" + d.printed(key.Case)
	someone := b.visitor()
	someone.get(progress).is(http.StatusOK).has(`href="`+progress+`/rate"`, "评价这次服务").lacks("王秀英")
	p := someone.get(progress+"/rate").is(http.StatusOK).has("手机号后四位", "企业开办一件事").lacks("checked", "王秀英")
	send := func(level, phone string) shown {
		return someone.post(progress+"/rate", url.Values{"request": {p.hidden()}, "level": {level}, "phone": {phone}, "tags": {"slow", "evil"}, "words": {"等得太久"}})
	}
	send("", "9999").is(http.StatusUnprocessableEntity).has("五个等级", "手机号后四位与办理时留的不一致", "等得太久", `value="9999"`)
	send("2", "").is(http.StatusUnprocessableEntity).has("手机号后四位与办理时留的不一致").lacks("五个等级")
	if n := len(b.window(key).Ratings); n != 0 {
		t.Fatalf("%d ratings with the wrong phone", n)
	}
	for range 2 { // the form sent twice is one rating
		if at := send("2", "１３８９１３０ 0001").is(http.StatusOK).has("已收到您的评价").lacks("/rate").path; at != progress {
			t.Errorf("rating leads to %s", at)
		}
	}
	got := b.window(key).Ratings
	if len(got) != 1 || got[0].Level != 2 || got[0].Channel != caseflow.ChannelWindow || got[0].Words != "等得太久" || strings.Join(got[0].Tags, ",") != "slow" {
		t.Fatalf("ratings %+v", got)
	}
	someone.get(progress + "/rate").is(http.StatusConflict).has("评价")
	someone.get("/progress/" + string(key.Case) + "/00000000000000000000/rate").is(http.StatusNotFound)
	someone.post("/progress/"+string(key.Case)+"/00000000000000000000/rate", url.Values{"level": {"5"}, "phone": {"0001"}}).is(http.StatusNotFound)
}

// Who is dissatisfied reads who contacts them by when, and afterwards that it was answered: who was not contacted can say so.
func TestRate_badly_says_who_answers_and_when(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	seeded, err := b.gate.Seed(t.Context(), []access.NewAccount{{Login: "supervisor1", Kind: caseflow.ActorOfficial, Name: "雷督查", Region: weinan, Department: "market", Roles: []string{caseflow.RoleSupervisor}}})
	b.must(err)
	b.passwords["supervisor1"] = seeded[0].Password
	own := b.signedIn(wang)
	no := own.handIn()
	b.run(no)
	address := "/my/cases/" + no
	p := own.get(address + "/rate").is(http.StatusOK)
	own.post(address+"/rate", url.Values{"request": {p.hidden()}, "level": {"1"}}).is(http.StatusOK).
		has("您的评价：非常不满意", "渭南市市场监督管理局会在 2026年12月1日（周二） 前联系您")
	for _, task := range b.window(keyOf(no)).Tasks {
		if task.Kind == caseflow.TaskCallback {
			b.official("supervisor1", keyOf(no), caseflow.Complete{Task: task.ID, Words: "已电话致歉并说明。"})
		}
	}
	own.get(address).is(http.StatusOK).has("渭南市市场监督管理局在2026年11月", "答复了您的评价", "请拨打监督投诉电话").lacks("前联系您", "已电话致歉")
}

// A case that somebody's account owns is rated there: its receipt shows the progress and no more.
func TestRate_with_the_receipt_is_not_for_a_case_with_an_owner(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	key := b.handedIn(full())
	progress := "/progress/" + string(key.Case) + "/" + b.doors().printed(key.Case)
	someone := b.visitor()
	someone.get(progress).is(http.StatusOK).lacks("/rate", "已收到您的评价")
	someone.get(progress + "/rate").is(http.StatusNotFound)
	someone.post(progress+"/rate", url.Values{"level": {"1"}, "phone": {"0001"}}).is(http.StatusNotFound)
	if n := len(b.window(key).Ratings); n != 0 {
		t.Errorf("%d ratings", n)
	}
}

func TestRate_with_the_receipt_in_a_browser(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	key := b.handedInBy("clerk1", caseflow.ChannelWindow, full())
	w := browsertest.Start(t)
	w.Goto(b.server.URL + "/progress/" + string(key.Case) + "/" + b.doors().printed(key.Case))
	w.FollowText("评价这次服务")
	w.Look(t, "rate-receipt")
	w.FollowText("提交评价")
	w.Look(t, "rate-receipt-faults")
	w.Click(`input[name="level"][value="5"]`)
	w.Fill("#f-phone", "0001")
	w.FollowText("提交评价")
	if got := w.Text("main"); !strings.Contains(got, "已收到您的评价") {
		t.Errorf("no thanks:\n%s", got)
	}
	w.Look(t, "rate-receipt-done")
}

// window is a case as the window that received it sees it.
func (b *bench) window(key store.Key) *caseflow.Case {
	b.t.Helper()
	a, err := b.store.AccountByLogin(b.t.Context(), "clerk1")
	b.must(err)
	v, err := b.hall.View(b.t.Context(), caseflow.Actor{ID: a.ID, Kind: a.Kind, Department: a.Department, Region: a.Region, Roles: a.Roles}, key, "test", "")
	b.must(err)
	return v.Case
}
