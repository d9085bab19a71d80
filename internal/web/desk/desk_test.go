package desk_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
)

func TestDesk_opens_a_company_from_queue_to_hand_out(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	key := b.received()
	no := string(key.Case)

	contains(t, b.get("clerk1", "/desk?tab=open"), no, "企业开办一件事", "王**", "正常")
	lacks(t, b.get("clerk1", "/desk?tab=open"), "王秀英", "610502199001010011")
	contains(t, b.get("clerk1", home(key)), "受理", "不予受理", "一次性告知补正", "企业信息", "¥1,000,000.00", "610502********0011")
	lacks(t, b.get("clerk1", home(key)), "王秀英", "610502199001010011", "东风大街88号")
	b.act("clerk1", key, "accept", 0)

	contains(t, b.get("market1", "/desk?tab=open"), no, "名称审核")
	queue := b.get("market1", "/desk?tab=open")
	claim := form(t, queue, "/desk/bulk", "one", "claim "+no+"/"+strconv.Itoa(b.task(key, "check")))
	if a := b.as("market1", "POST", "/desk/bulk", claim); a.Code != http.StatusSeeOther {
		t.Fatalf("claim: %d\n%s", a.Code, plain(a.body))
	}
	contains(t, b.get("market1", "/desk"), no, "李登记")
	contains(t, b.get("market2", home(key)), "正在办理：名称审核，李登记（市场监督管理局）")
	b.act("market1", key, "complete", b.task(key, "check"), "outcome", "agree", "words.phrase", "经审核，同意。")
	b.act("market1", key, "grant", b.task(key, "register"), "data.scope", "日用百货销售", "words", "符合条件，准予。")
	b.pass(90 * time.Minute)
	b.act("tax1", key, "grant", b.task(key, "tax"))
	b.act("police1", key, "complete", b.task(key, "seal"), "outcome", "agree")
	b.act("police2", key, "complete", b.task(key, "seal"), "outcome", "agree")
	b.act("clerk2", key, "deliver", b.task(key, "deliver"), "how", "window", "receiver", "王秀英")
	if c := b.state(key); c.Phase != caseflow.PhaseClosed || c.Deliveries[0].Receiver != "王秀英" {
		t.Fatalf("phase %s, deliveries %+v", c.Phase, c.Deliveries)
	}
	contains(t, b.get("clerk2", home(key)), "已办结", "按时办结", "营业执照", "窗口领取", "各部门用时", "1.5 小时", "不到 1 分钟")
	contains(t, b.get("clerk2", home(key)+"/opinions"), "经审核，同意。", "符合条件，准予。", "日用百货销售")
	contains(t, b.get("clerk2", home(key)+"/timeline"), "受理申请", "办结", "李登记")
	contains(t, b.get("clerk2", home(key)+"/evidence"), "存证值")
	contains(t, b.get("clerk2", home(key)+"/clocks/promised"), "2 个工作日", "起算当日，不计入")
	for _, paper := range []string{"receipt", "acceptance", "deferral", "granted", "delivery"} {
		contains(t, b.get("clerk2", home(key)+"/papers/"+paper), "〔2026〕", "政务服务大厅", "2026年11月23日")
	}
	contains(t, b.get("market1", "/desk?tab=done"), no)
}

// A decision against the applicant is printed at the window like any other paper.
func TestDesk_prints_the_decision_against_the_applicant(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	key := b.received()
	b.do("clerk1", key, caseflow.Decline{Ground: "not-eligible", Words: "不符合条件"})
	contains(t, b.get("clerk1", home(key)+"/materials"), "不予受理通知书")
	contains(t, b.get("clerk1", home(key)+"/papers/declined"), "不予受理通知书", "不受〔2026〕", "不符合条件")
	for _, none := range []string{"refused", "refused-tax", "revoked", "granted", "nonsense"} {
		if a := b.as("clerk1", "GET", home(key)+"/papers/"+none, nil); a.Code != http.StatusNotFound {
			t.Errorf("%s: status %d", none, a.Code)
		}
	}
}

func TestDesk_wrong_people_see_nothing(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	key := b.running()
	before := b.state(key).Seq
	task := b.task(key, "check")
	for _, login := range []string{"far1", "farclerk", "water1", "admin1", "wang"} {
		for _, path := range []string{home(key), home(key) + "/materials", home(key) + "/clocks/promised", home(key) + "/papers/receipt",
			home(key) + "/acts/complete?task=" + strconv.Itoa(task), home(key) + "/files/identity/" + strings.Repeat("ab", 32)} {
			if a := b.as(login, "GET", path, nil); a.Code != http.StatusNotFound {
				t.Errorf("%s GET %s: %d", login, path, a.Code)
			}
		}
		a := b.as(login, "POST", home(key)+"/acts/complete?task="+strconv.Itoa(task),
			url.Values{"request": {"x" + login}, "entry": {"99"}, "outcome": {"agree"}, "words": {"同意"}})
		if a.Code != http.StatusNotFound {
			t.Errorf("%s POST: %d", login, a.Code)
		}
	}
	if a := b.as("", "GET", home(key), nil); a.Code != http.StatusUnauthorized {
		t.Errorf("nobody: %d", a.Code)
	}
	if after := b.state(key).Seq; after != before {
		t.Errorf("the case moved from %d to %d", before, after)
	}
}
