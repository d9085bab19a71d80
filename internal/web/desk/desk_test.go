package desk_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/tongban/tongban/internal/caseflow"
)

func TestDesk_opens_a_company_from_queue_to_hand_out(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	key := b.received()
	no := string(key.Case)

	contains(t, b.get("clerk1", "/desk?tab=open"), no, "企业开办一件事", "王**", "正常")
	lacks(t, b.get("clerk1", "/desk?tab=open"), "王秀英", "610502199001010011")
	contains(t, b.get("clerk1", home(key)), "受理", "不予受理", "一次性告知补正", "企业信息", "100,0000.00元"[:0]+"¥1,000,000.00")
	b.act("clerk1", key, "accept", 0)

	contains(t, b.get("market1", "/desk?tab=open"), no, "名称审核")
	b.act("market1", key, "claim2", 0)
	_ = no
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

var _ = caseflow.PhaseClosed
