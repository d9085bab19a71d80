package desk_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/web/browsertest"
)

// seat is a browser in front of somebody's desk.
type seat struct {
	*browsertest.Browser
	b    *bench
	base string
	who  *string
}

// sit opens a browser on the desk. Who sits there is switched with as.
func sit(t *testing.T, b *bench) *seat {
	t.Helper()
	who := ""
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p, ok := b.people[who]; ok {
			r.AddCookie(&http.Cookie{Name: "tongban", Value: p.token.Reveal()})
		}
		b.web.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return &seat{browsertest.Start(t), b, s.URL, &who}
}

func (s *seat) as(login, path string) {
	*s.who = login
	s.Goto(s.base + path)
}

// to follows a link or button and waits for what the page that it opens shows.
func (s *seat) to(text, shows string) {
	s.FollowText(text)
	s.WaitFor(shows)
}

func TestDesk_pages_look_right_and_are_accessible(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	keys := b.traffic()
	b.fail(store.MessageDead)
	s := sit(t, b)
	key := string(keys[0].Case)
	_, second := b.past()
	for _, shot := range []struct{ name, who, path string }{
		{"queue", "market1", "/desk?tab=dept"},
		{"queue-mine-empty", "water1", "/desk"},
		{"queue-all", "super", "/desk?tab=dept"},
		{"queue-filtered", "market1", "/desk?tab=dept&due=overdue"},
		{"find", "market1", "/desk/find?q=%E6%B8%AD%E5%8D%97"},
		{"case-long", "clerk1", "/desk/cases/" + string(keys[1].Case)},
		{"confirm-long", "clerk1", "/desk/cases/" + string(keys[1].Case) + "/papers/receipt"},
		{"case", "market1", "/desk/cases/" + key},
		{"case-en", "market1", "/desk/cases/" + key + "?lang=en"},
		{"case-materials", "clerk1", "/desk/cases/" + key + "/materials?lang=zh"},
		{"case-opinions", "market1", "/desk/cases/" + key + "/opinions"},
		{"case-timeline", "market1", "/desk/cases/" + key + "/timeline"},
		{"case-history", "clerk1", "/desk/cases/" + string(second.Case) + "/history"},
		{"beside", "clerk1", "/desk/cases/" + string(second.Case) + "/beside"},
		{"case-evidence", "market1", "/desk/cases/" + key + "/evidence"},
		{"clock", "market1", "/desk/cases/" + key + "/clocks/promised"},
		{"act-correction", "clerk1", "/desk/cases/" + string(keys[1].Case) + "/acts/request-correction"},
		{"act-refuse", "market1", "/desk/cases/" + key + "/acts/refuse?task=3"},
		{"act-grant", "market1", "/desk/cases/" + key + "/acts/grant?task=3"},
		{"act-deliver", "clerk1", "/desk/cases/" + string(b.handing().Case) + "/acts/deliver?task=6"},
		{"new", "clerk1", "/desk/new"},
		{"intake", "clerk1", "/desk/cases/" + string(b.walkIn().Case) + "/intake"},
		{"scan", "clerk1", "/desk/cases/" + string(b.walkIn("again", "yes").Case) + "/intake/materials/identity"},
		{"callers", "clerk1", "/desk/callers"},
		{"today", "clerk1", "/desk/today"},
		{"overview", "super", "/desk/overview"},
		{"statistics", "super", "/desk/statistics"},
		{"cases", "super", "/desk/cases"},
		{"assessment", "assessor1", "/desk/assessment"},
		{"assessment-protection", "assessor1", "/desk/assessment?part=protection"},
		{"assessment-components-en", "assessor1", "/desk/assessment?part=components&lang=en"},
		{"assessment-super", "super", "/desk/assessment?lang=zh"},
		{"orders", "super", "/desk/orders"},
		{"act-assist", "clerk1", "/desk/cases/" + key + "/acts/assist"},
		{"messages", "market1", "/desk/messages"},
		{"dispatches", "admin1", "/desk/dispatches?state=dead"},
		{"recount", "admin1", "/desk/recount?" + taken.Encode()},
		{"calendars", "admin1", "/desk/calendars"},
		{"paper", "clerk1", "/desk/cases/" + key + "/papers/acceptance"},
	} {
		s.as(shot.who, shot.path)
		s.Look(t, shot.name)
	}
}

// traffic is a desk on an ordinary day: cases in every state of their limits.
func (b *bench) traffic() (keys []store.Key) {
	b.t.Helper()
	late := b.running()
	b.pass(24 * time.Hour)
	soon := b.running()
	b.pass(24 * time.Hour)
	if _, err := b.hall.RunClocks(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
	deciding := b.running()
	b.do("market1", deciding, caseflow.Complete{Task: b.task(deciding, "check"), Outcome: "agree", Words: "经审核，同意。"})
	b.do("market1", deciding, caseflow.Claim{Task: b.task(deciding, "register")})
	fresh := b.receivedAs(longName)
	stopped := b.running()
	b.do("market2", stopped, caseflow.StopClock{Task: b.task(stopped, "check"), Cause: "appraisal", Need: workdays(3), Reason: "需要鉴定公证书"})
	return []store.Key{deciding, fresh, late, soon, stopped}
}

// handing is a case whose results wait at the window.
func (b *bench) handing() store.Key {
	key, _ := at("deliver")(b)
	return key
}

// The whole opening by the people of four departments, in a browser without script: each finds the task, does it, and
// what is left to do passes on.
func TestDesk_opening_without_script(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	key := b.received()
	s := sit(t, b)
	s.WithoutScript()
	s.as("clerk1", "/desk?tab=open")
	s.to(string(key.Case), ".case-head")
	s.to("受理", ".results")
	s.to("确认受理", ".notice.success")
	s.as("market1", "/desk?tab=open")
	s.to("认领 "+string(key.Case), ".case-head")
	s.to("提交办理结果", ".act form")
	s.Click("#f-outcome")
	s.Choose("#f-words-phrase", "材料齐全，同意。")
	s.to("提交办理结果", ".notice.success")
	s.to("准予", ".act form")
	s.to("下一步：核对结果", ".errors")
	s.WaitFor(".errors a[href='#f-data-scope']")
	s.Screenshot("act-errors")
	s.Fill("#f-data-scope", "日用百货销售")
	s.to("下一步：核对结果", ".results")
	s.Screenshot("confirm")
	s.to("确认准予", ".notice.success")
	s.as("tax1", "/desk/cases/"+string(key.Case))
	s.to("准予", ".act form")
	s.to("下一步：核对结果", ".results")
	s.to("确认准予", ".notice.success")
	for _, who := range []string{"police1", "police2"} {
		s.as(who, "/desk/cases/"+string(key.Case))
		s.to("提交办理结果", ".act form")
		s.Click("#f-outcome")
		s.to("提交办理结果", ".notice.success")
	}
	s.as("clerk1", "/desk?tab=open")
	s.to(string(key.Case), ".case-head")
	s.to("送达", ".act form")
	s.to("下一步：核对结果", ".results")
	s.to("确认送达", ".notice.success")
	if c := b.state(key); c.Phase != caseflow.PhaseClosed {
		t.Fatalf("the case is %s", c.Phase)
	}
	s.Screenshot("case-closed")
}

// A row of the queue is one line on a laptop's screen, as high as its button; the number is copied by a button that comes with the pointer or
// the focus and takes no room.
func TestDesk_rows_of_the_queue_are_one_line(t *testing.T) {
	b := newBench(t)
	b.traffic()
	s := sit(t, b)
	s.as("market1", "/desk?tab=dept")
	var high []string
	s.Eval(`[...document.querySelectorAll(".queue tbody tr")].filter(r => r.offsetHeight > 60 && r.querySelector(".about").innerText.length < 20).map(r => r.offsetHeight + " px: " + r.innerText)`, &high)
	for _, row := range high {
		t.Errorf("more than one line: %s", row)
	}
}

// With the keyboard alone: claim from the queue, and refuse with its ground.
func TestDesk_by_keyboard(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	key := b.running()
	b.pass(time.Minute)
	second := b.receivedFor("渭南第二有限公司", "李志强")
	b.do("clerk1", second, caseflow.Accept{})
	s := sit(t, b)
	s.as("market1", "/desk?tab=open")
	for range 60 {
		if s.Focused() == "认领 "+string(key.Case) {
			break
		}
		s.Tab()
	}
	s.Press("\r")
	s.WaitFor(".case-head")
	if b.state(key).Tasks[1].Holder == "" {
		t.Fatalf("not claimed; the focus was on %q", s.Focused())
	}
	s.Targets(t, 44)
	s.Press("1") // the first of the next steps
	s.WaitFor("#f-outcome")
	s.Click("#f-outcome")
	s.to("提交办理结果", ".next-case") // the next case is one key away
	if got := s.Text(".next-case"); !strings.Contains(got, string(second.Case)) {
		t.Errorf("goes on to %q", got)
	}
	s.FollowKey("n")
	if !strings.HasSuffix(s.URL(), home(second)) {
		t.Errorf("the key leads to %s", s.URL())
	}
	s.as("market1", "/desk?tab=open")
	s.FollowKey("o")
	if !strings.Contains(s.URL(), "/desk/cases/") {
		t.Errorf("the first of the queue is at %s", s.URL())
	}
}

// A tick in the head ticks all rows of the page; how many is said; without script it is not there.
func TestQueue_all_rows_of_a_page_are_ticked(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	first, second := b.running(), b.running()
	s := sit(t, b)
	s.as("market1", "/desk?tab=open")
	const head = "[data-pick-all] input"
	said := func(want string) {
		t.Helper()
		if got := s.Text("[data-picked]"); got != want {
			t.Errorf("it says %q, not %q", got, want)
		}
	}
	s.Eval(`document.querySelector("`+head+`").focus()`, nil)
	s.Press(" ")
	said("已选择 2 条")
	s.Axe(t)
	s.Click("tbody .pick input")
	said("已选择 1 条")
	var half bool
	if s.Eval(`document.querySelector("`+head+`").indeterminate`, &half); !half {
		t.Error("one of two is ticked, and the head says neither")
	}
	s.Click(head)
	said("已选择 2 条")
	s.Screenshot("queue-all-ticked")
	s.to("认领所选", ".table")
	for _, key := range []store.Key{first, second} {
		if b.state(key).Tasks[1].Holder != "id-market1" {
			t.Errorf("%s is not claimed", key.Case)
		}
	}
	b.running()
	s.WithoutScript()
	s.as("market1", "/desk?tab=open")
	var shown int
	if s.Eval(`document.querySelector("[data-pick-all]").getClientRects().length`, &shown); shown != 0 {
		t.Error("a tick that does nothing is shown")
	}
}

// Words that are rewritten tick their point of the correction notice; those of a point that is not ticked any more are as they were.
func TestCorrection_points_are_ticked_by_their_words(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	key := b.received()
	s := sit(t, b)
	s.as("clerk1", home(key)+"/acts/request-correction")
	ticked := func() (is bool) {
		s.Eval(`document.querySelector(".point [type=checkbox]").checked`, &is)
		return is
	}
	const words = ".point [name^='words.']"
	preset := s.Value(words)
	if ticked() {
		t.Fatal("ticked before anything is done")
	}
	s.Fill(words, "照片请重拍")
	if !ticked() {
		t.Error("words are rewritten, and would not go on the notice")
	}
	s.Click(".point [type=checkbox]")
	if got := s.Value(words); got != preset || ticked() {
		t.Errorf("not ticked any more, and the words are %q", got)
	}
}
