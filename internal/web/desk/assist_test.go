package desk_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/tongban/tongban/internal/caseflow"
)

// A case with help is marked with a word in the queue and on its page, and the queue can be narrowed to it; what an agent
// leaves behind is masked until it is asked for.
func TestAssistance_is_marked_filtered_and_told(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	helped, plainCase := b.running(), b.running()
	b.act("clerk1", helped, "assist", 0, "assist.how", "official", "assist.why", "elderly", "assist.post", "hall|clerk|id-clerk2")
	for query, want := range map[string]bool{"": true, "&help=any": true, "&help=official": true, "&help=agent": false, "&help=asked": false} {
		page := b.get("market1", "/desk?tab=dept"+query)
		if want {
			contains(t, page, string(helped.Case), ">帮办</span>")
		} else {
			lacks(t, page, string(helped.Case))
		}
		if query != "" {
			lacks(t, page, string(plainCase.Case))
		}
	}
	contains(t, b.get("clerk1", home(helped)), ">帮办</span>", "钱窗口", "老年人")
	other := b.get("market1", home(helped)) // why is for the window
	contains(t, other, ">帮办</span>", "钱窗口")
	lacks(t, other, "老年人")
	contains(t, b.get("market1", home(helped)+"/timeline"), "登记帮办代办", "工作人员帮办")
	lacks(t, b.get("market1", home(plainCase)), ">帮办</span>")

	b.act("clerk1", helped, "assist", 0, "assist.how", "agent", "assist.why", "disabled", "assist.name", "张小明", "assist.office", "临渭区残联",
		"assist.phone", "13891300009", "assist.basis", "授权委托书")
	page := b.get("clerk1", home(helped))
	contains(t, page, "临渭区残联", "授权委托书")
	lacks(t, page, "13891300009", "张小明")
	b.act("clerk1", helped, "assist", 0, "assist.how", "none")
	if a := b.state(helped).Assistance; a != nil {
		t.Errorf("help goes on: %+v", a)
	}
	p := home(plainCase) + "/acts/assist"
	bad := b.as("clerk1", "POST", p, form(t, b.get("clerk1", p), p, "assist.how", "agent", "assist.why", "elderly"))
	if bad.Code != http.StatusUnprocessableEntity {
		t.Errorf("an agent without a name: %d", bad.Code)
	}
	contains(t, bad, "请填写“代办人姓名”")
}

// The window clerk who takes a request in for an elderly person is the one who helps.
func TestAssistance_from_the_first_screen(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	key := b.walkIn("assisted", "disabled")
	if a := b.state(key).Assistance; a == nil || a.Why != "disabled" || a.How != caseflow.AssistOfficial || a.Post.Person != "id-clerk1" {
		t.Errorf("%+v", a)
	}
	send := url.Values{"request": {"x"}, "assist.how": {"official"}, "assist.why": {"elderly"}}
	if a := b.as("far1", "POST", home(key)+"/acts/assist", send); a.Code != http.StatusNotFound {
		t.Errorf("another region's official: %d", a.Code)
	}
}
