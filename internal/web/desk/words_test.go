package desk_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
)

// Whoever has no account any more, or never had one here, is still the applicant and no official.
func TestTimeline_says_who_acted_by_what_they_are(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	wang := b.people["wang"]
	wang.actor.ID = "gone"
	b.people["wang"] = wang
	timeline := b.get("clerk1", home(b.received())+"/timeline")
	if line := strings.Join(strings.Fields(plain(timeline.body)), " "); !strings.Contains(line, "提交了申请 申请人") {
		t.Errorf("the applicant is not named:\n%s", line)
	}
	lacks(t, timeline, "工作人员")
}

// A warning says which limit it is about and of which company, so that six of one morning can be told apart.
func TestMessages_name_the_limit_and_the_subject(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	key := b.received()
	due := b.state(key).Clock(caseflow.ClockAcceptance).Due
	b.pass(due.Sub(b.clock()) - time.Hour)
	if _, err := b.hall.RunClocks(b.t.Context()); err != nil {
		t.Fatal(err)
	}
	contains(t, b.get("clerk1", "/desk/messages"), "“企业开办一件事”的“受理时限”今天到期，截止 2026年11月30日（周一）。", "渭南秦东商贸有限公司")

	b.do("clerk1", key, caseflow.Accept{})
	b.pass(72 * time.Hour)
	if _, err := b.hall.RunClocks(b.t.Context()); err != nil {
		t.Fatal(err)
	}
	contains(t, b.get("market1", "/desk/messages"), "“企业开办一件事”的“名称审核”已超过时限")
}

// Whoever has nothing to claim begins with what the department has; whoever oversees all departments is told so.
func TestQueue_begins_where_there_is_something(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	key := b.running()
	contains(t, b.get("market3", "/desk"), string(key.Case), "本科室")
	queue := b.get("super", "/desk")
	contains(t, queue, string(key.Case), "全部部门", "市场监督管理局 · 审批人员")
	lacks(t, queue, "本科室")
}

// What stands still is in the list by when it must run again, not above what is overdue by the day on which it stopped.
func TestQueue_shows_a_stopped_task_by_the_end_of_its_stop(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	stopped := b.running()
	b.do("market2", stopped, caseflow.StopClock{Task: b.task(stopped, "check"), Cause: "appraisal", Need: workdays(3), Reason: "鉴定"})
	b.pass(time.Hour)
	running := b.running()
	body := plain(b.get("market1", "/desk?tab=dept").body)
	if strings.Index(body, string(running.Case)) > strings.Index(body, string(stopped.Case)) {
		t.Errorf("what is stopped stands first:\n%s", body)
	}
	if !strings.Contains(body, "最迟 11-26 恢复计时") {
		t.Errorf("nothing says when it runs again:\n%s", body)
	}
	contains(t, b.get("market1", home(stopped)), "不计入时限的时间")
	contains(t, b.get("market1", home(stopped)+"/clocks/stop:1"), "不计入时限的时间是怎么算的？", "3 个工作日")
}

// What a window began for somebody and laid aside is found again, by the clerks of the department alone.
func TestFind_finds_what_a_window_laid_aside(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	key := b.walkIn()
	for _, search := range []string{"张桂兰", "13891300002", string(key.Case)} {
		find := "/desk/find?q=" + url.QueryEscape(search)
		if a := b.as("clerk2", "GET", find, nil); a.Header().Get("Location") != home(key) && !strings.Contains(a.body, home(key)) {
			t.Errorf("%s: %d\n%s", search, a.Code, plain(a.body))
		}
		lacks(t, b.get("tax1", find), home(key))
	}
	private := b.do("wang", store.Key{Region: region}, caseflow.Open{Item: "company-open", Channel: caseflow.ChannelOnline, Applicant: caseflow.Party{
		Kind: "person", Name: "王秀英", Document: ident.Document{Type: ident.DocResidentID, No: "610502199001010011"}, Phone: "13891300001"}})
	for _, search := range []string{"王秀英", "13891300001", string(private.Case)} {
		lacks(t, b.get("clerk1", "/desk/find?q="+url.QueryEscape(search)), "/desk/cases/"+string(private.Case))
	}
}

// A limit has one name, and each date of the picture of the steps opens how it was counted.
func TestLimits_have_one_name_and_explain_themselves(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	key := b.received()
	contains(t, b.get("clerk1", home(key)+"/clocks/acceptance"), "受理时限是怎么算的？")
	b.do("clerk1", key, caseflow.Accept{})
	page := b.get("market1", home(key))
	_, path, _ := strings.Cut(page.body, `<ol class="progress">`)
	path, _, _ = strings.Cut(path, `<h2>材料`)
	if !strings.Contains(path, `<details class="how">`) || !strings.Contains(path, "起算") {
		t.Errorf("the step's limit does not explain itself:\n%s", plain(path))
	}
}

// What somebody did stands newest first, with when and with which outcome; so does what they asked of others.
func TestQueue_lists_what_was_done_newest_first(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var keys []store.Key
	for range 3 {
		key := b.running()
		keys = append(keys, key)
		b.do("market1", key, caseflow.AskOpinion{Task: b.task(key, "check"), To: caseflow.Post{Department: "tax", Role: "reviewer"}, Ask: "有无欠税？", Within: workdays(1)})
		b.pass(10 * time.Minute)
		asked := b.state(key).Tasks
		b.do("tax1", key, caseflow.Complete{Task: asked[len(asked)-1].ID, Words: "没有欠税"})
		b.do("market1", key, caseflow.Complete{Task: b.task(key, "check"), Outcome: "agree"})
		b.pass(time.Hour)
	}
	for _, tab := range []string{"done", "asked"} {
		page := plain(b.get("market1", "/desk?tab="+tab).body)
		first, second, third := strings.Index(page, string(keys[2].Case)), strings.Index(page, string(keys[1].Case)), strings.Index(page, string(keys[0].Case))
		if first < 0 || first > second || second > third {
			t.Errorf("%s: the newest is not first:\n%s", tab, page)
		}
	}
	contains(t, b.get("market1", "/desk?tab=done"), "办理时间", "同意", "11-23 12:30")
	contains(t, b.get("market1", "/desk?tab=asked"), "发起时间", "11-23 12:20")
}

// How a limit was counted names whose days off it went by and up to when they are known, not the id of a calendar.
func TestClock_says_whose_days_off_it_was_counted_with(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	page := b.get("clerk1", home(b.running())+"/clocks/promised")
	contains(t, page, "按国务院办公厅公布的放假调休安排计算，安排已公布到2026年12月31日")
	lacks(t, page, "日历版本")
}

// A draft at the window is deleted and not withdrawn: nobody is asked why, and it is called so afterwards.
func TestIntake_deletes_a_draft(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	key := b.walkIn()
	contains(t, b.get("clerk1", home(key)), "删除草稿")
	lacks(t, b.get("clerk1", home(key)), "撤回申请")
	contains(t, b.get("clerk1", home(key)+"/acts/withdraw"), "确认删除草稿", "草稿已删除")
	b.act("clerk1", key, "withdraw", 0)
	contains(t, b.get("clerk1", home(key)+"?done=withdraw"), "草稿已删除", "删除草稿")
	lacks(t, b.get("clerk1", home(key)+"/timeline"), "撤回")
}

// Work that comes back says on the case who gave it back and why: whoever claims it need not look for that in the timeline.
func TestSent_back_work_says_why(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	key, task := at("register")(b)
	lacks(t, b.get("market1", home(key)), "退回：")
	b.act("market1", key, "send-back", task, "step", "check", "words", "名称有误")
	contains(t, b.get("market1", home(key)), "由“设立登记”退回：名称有误")
	b.act("market1", key, "complete", b.task(key, "check"), "outcome", "agree", "words", "同意")
	lacks(t, b.get("market1", home(key)), "退回：")
}

// Who answers to the applicant may ask a colleague to take over, by name; it passes when that person agrees. Others are offered neither.
func TestCharge_passes_to_a_colleague(t *testing.T) {
	t.Parallel()
	it := opening()
	it.FirstAsked = true
	b := newBenchOf(t, it)
	key := b.running()
	contains(t, b.get("clerk1", home(key)), "首问责任人", "移交首问责任")
	lacks(t, b.get("market1", home(key)), "移交首问责任")
	lacks(t, b.get("clerk1", home(key)+"/acts/offer-charge"), "不指定人员")
	b.act("clerk1", key, "offer-charge", 0, "to", "hall|clerk|id-clerk2", "words", "从明天起休假")
	lacks(t, b.get("clerk1", home(key)), "同意接手首问责任")
	contains(t, b.get("clerk1", home(key)), "已请钱窗口", "接手，对方同意以前不变")
	contains(t, b.get("clerk2", home(key)), "同意接手首问责任")
	contains(t, b.get("clerk2", "/desk/messages"), "请您接手", "从明天起休假")
	lacks(t, b.get("clerk1", "/desk/messages"), "请您接手")
	b.act("clerk2", key, "take-charge", 0)
	if got := b.state(key).Charge.Person; got != "id-clerk2" {
		t.Errorf("%s is in charge", got)
	}
}
