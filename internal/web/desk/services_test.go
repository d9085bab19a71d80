package desk_test

import (
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hanzi"
)

// A clerk finds the service by what people call it, by initials or by its code, without script, and loses nothing typed.
func TestNew_case_finds_its_service(t *testing.T) {
	t.Parallel()
	it := opening()
	it.Nicknames = []string{"开公司", "办执照"}
	it.Codes = []caseflow.Code{{Scheme: "tongban", Value: "03-company-open"}}
	b := newBenchOf(t, it)
	page := b.get("clerk1", "/desk/new")
	contains(t, page, `name="item.find"`, "拼音首字母", `value="company-open" checked`) // the only one
	for _, words := range []string{"kgs", "办执照", "bzz", "03-company-open", "kaigongsi"} {
		a := b.as("clerk1", "POST", "/desk/new", url.Values{"request": {"r"}, "_find": {"item"}, "item.find": {words}, "party": {"张三"}, "docNo": {"6105021990"}})
		if a.Code != 200 {
			t.Fatalf("%s: %d", words, a.Code)
		}
		contains(t, a, `value="company-open" checked`, `value="张三"`, `value="6105021990"`, "找到 1 项")
		lacks(t, a, "aria-invalid")
	}
	a := b.as("clerk1", "POST", "/desk/new", url.Values{"request": {"r"}, "item.find": {"卫星发射"}, "party": {"张三"}}) // Enter instead of the button
	contains(t, a, "没有找到", `value="张三"`)
	lacks(t, a, `value="company-open"`)
	a = b.as("clerk1", "POST", "/desk/new", url.Values{"request": {"r"}, "item": {"company-open"}, "item.find": {"卫星发射"}}) // other words than what is chosen
	contains(t, a, "没有找到")
	contains(t, b.get("clerk1", "/desk/services?q=kgs"), `[{"value":"company-open","label":`)
	contains(t, b.get("clerk1", "/desk/services?q=zzzz"), "[]")
	if code := b.as("market1", "GET", "/desk/services?q=kgs", nil).Code; code != 404 {
		t.Errorf("who opens no cases finds services: %d", code)
	}
}

// By keyboard alone: Enter in any field opens the case. The button that looks for a service stands first in the form, and does not take it.
func TestNew_case_opens_by_Enter(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	s := sit(t, b)
	s.as("clerk1", "/desk/new")
	s.Fill("#f-docNo", "610502199001010011")
	s.Fill("#f-party", "王五")
	s.FollowKey("\r")
	if got := s.URL(); !strings.HasSuffix(got, "/intake") {
		t.Errorf("Enter leads to %s\n%s", got, s.Text("main"))
	}
}

// Who looks for somebody by keyboard is at the people that were found, not at the top of the page again.
func TestNames_that_were_looked_for_have_the_focus(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	key := b.running()
	s := sit(t, b)
	s.WithoutScript()
	s.as("super", home(key)+"/acts/supervise")
	s.Fill(`input[name="to.find"]`, "gongan")
	s.Follow(`button[name="_find"][value="to"]`)
	if got := s.Focused(); got != "#f-to" {
		t.Errorf("the focus is on %q", got)
	}
}

// Names that work can be given to stand by pinyin, or by strokes if the address says so.
func TestNames_stand_by_pinyin_or_strokes(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	key := b.running()
	path := home(key) + "/acts/hand-over?of=check&task=" + strconv.Itoa(b.task(key, "check"))
	for order, want := range map[hanzi.Order]struct{ first, then, link string }{
		hanzi.ByPinyin: {"冯队长", "王公安", "人员按姓氏笔画排列"}, // feng, wang
		hanzi.ByStroke: {"王公安", "冯队长", "人员按拼音排列"},   // 4 strokes, 5 strokes
		"":             {"冯队长", "王公安", "人员按姓氏笔画排列"},
	} {
		a := b.get("market1", path+"&names="+string(order))
		contains(t, a, want.link, `aria-current="true"`)
		first, then := strings.Index(a.body, "· "+want.first), strings.Index(a.body, "· "+want.then)
		if first < 0 || then < first {
			t.Errorf("by %q: %s at %d, %s at %d", order, want.first, first, want.then, then)
		}
	}
}
