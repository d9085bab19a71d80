package desk_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
)

// past are two cases of one party for the same service: the first refused, the second handed in with another company and a scan.
func (b *bench) past() (first, second store.Key) {
	b.t.Helper()
	first = b.running()
	b.do("market1", first, caseflow.Complete{Task: b.task(first, "check"), Outcome: "agree", Words: "同意。"})
	b.do("market1", first, caseflow.Refuse{Task: b.task(first, "register"), Ground: "not-eligible", Words: "材料不符合法定形式。"})
	b.pass(24 * time.Hour)
	return first, b.receivedAs("渭南华州建材有限公司")
}

// The case page lists what the same party has asked for, by service and outcome, and leads to both cases side by side.
func TestHistory_of_the_applicant(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	first, second := b.past()
	contains(t, b.get("clerk1", home(second)), home(second)+"/history")
	a := b.get("clerk1", home(second)+"/history")
	contains(t, a, string(first.Case), "不予办理", "其他办件（1 件）", home(second)+"/beside?with="+string(first.Case))
	lacks(t, a, "信用等级", "王秀英", "610502199001010011")
	contains(t, b.get("clerk1", home(first)+"/history"), string(second.Case), "与本件对照")
	contains(t, b.get("clerk1", home(second)+"/history?lang=en"), "Other cases (1)")
	contains(t, b.get("super", home(second)), "查看申请人历史") // at the record of looks of the case
	for _, who := range []string{"far1", "water1", "wang"} {
		if a := b.as(who, "GET", home(second)+"/history", nil); a.Code != http.StatusNotFound {
			t.Errorf("%s: %d", who, a.Code)
		}
	}
}

// Whoever opens a case that was refused reads the ticked reason beside the words, and is one step from the decision on paper.
func TestRefusal_names_its_reason_and_leads_to_the_paper(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	first, _ := b.past()
	contains(t, b.get("market1", home(first)), "不符合法定条件", "材料不符合法定形式。", home(first)+"/papers/refused")
	contains(t, b.get("market1", home(first)+"/papers/refused"), "不予办理通知书", "号")
}

// Two cases side by side mark what differs; personal data stay masked, also in what differs.
func TestBeside_marks_what_differs(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	first, second := b.past()
	a := b.get("clerk1", home(second)+"/beside")
	contains(t, a, "渭南华州建材有限公司", "渭南秦东商贸有限公司", "不予办理", "申请内容和材料有 1 处不同", string(first.Case))
	lacks(t, a, "王秀英", "610502199001010011", "13891300001", "东风大街88号")
	only := b.get("clerk1", home(second)+"/beside?show=differences&with="+string(first.Case))
	contains(t, only, "渭南华州建材有限公司", "没有不同")
	lacks(t, only, "注册资本")
	contains(t, b.get("clerk1", home(second)+"/beside?lang=en"), "Differs")
	for _, path := range []string{home(first) + "/beside", home(second) + "/beside?with=" + string(second.Case), home(second) + "/beside?with=x"} {
		if a := b.as("clerk1", "GET", path, nil); a.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, a.Code)
		}
	}
	for _, who := range []string{"far1", "wang"} {
		if a := b.as(who, "GET", home(second)+"/beside", nil); a.Code != http.StatusNotFound {
			t.Errorf("%s: %d", who, a.Code)
		}
	}
}
