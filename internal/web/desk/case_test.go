package desk_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/tongban/tongban/internal/caseflow"
)

// What a request does not ask for is not looked out for: before it is accepted its steps read as not needed, as they do afterwards.
func TestPath_before_acceptance_leaves_out_what_nobody_asks_for(t *testing.T) {
	t.Parallel()
	it := opening()
	it.Parts[1].When = never{}
	b := newBenchOf(t, it)
	key := b.received()
	path := func() string {
		_, path, _ := strings.Cut(b.get("clerk1", home(key)).body, `<ol class="progress">`)
		path, _, _ = strings.Cut(path, `<h2>材料`)
		return plain(path)
	}
	for range 2 { // before acceptance, and after it
		_, tax, ok := strings.Cut(path(), "税务信息确认\n")
		if state, _, _ := strings.Cut(tax, "\n"); !ok || state != "不需要办理" {
			t.Errorf("the step of the part that nobody wants is %q in\n%s", state, path())
		}
		if b.state(key).Accepted.IsZero() {
			b.do("clerk1", key, caseflow.Accept{})
		}
	}
	if !strings.Contains(path(), "公章备案\n未开始") {
		t.Errorf("a step that is needed is not to come:\n%s", path())
	}
}

// Time that a special procedure needs has its unit where it is confirmed.
func TestStop_is_confirmed_with_its_unit(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	key, task := at("check")(b)
	path := home(key) + "/acts/stop-clock?of=check&task=" + strconv.Itoa(task)
	a := b.as("market1", "POST", path, form(t, b.get("market1", path), path, "cause", "appraisal", "need", "5", "words", "鉴定公证书"))
	if text := plain(a.body); a.Code != http.StatusOK || !strings.Contains(text, "所需时间\n5 个工作日") {
		t.Errorf("%d\n%s", a.Code, text)
	}
}

// Who checks or decides reads what was said in the step before, on the page where they do it.
func TestActs_show_what_the_step_before_said(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	key, check := at("check")(b)
	b.do("market1", key, caseflow.Complete{Task: check, Outcome: "agree", Words: "名称与已登记的不近似"})
	a := b.get("market1", home(key)+"/acts/grant?of=register&task="+strconv.Itoa(b.task(key, "register")))
	contains(t, a, "名称审核", "名称与已登记的不近似", "李登记")
}
