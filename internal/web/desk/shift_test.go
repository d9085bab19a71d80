package desk_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
)

// A clerk hands over at the end of the shift by the page, without script: the colleague sees what comes, and takes all of it.
func TestShift_is_handed_over_and_taken(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	key, other := b.received(), b.received()
	b.act("clerk1", key, "claim", 1)
	b.act("clerk1", other, "claim", 1)
	page := b.get("clerk1", "/desk/shift")
	contains(t, page, string(key.Case), string(other.Case), "钱窗口")
	send := form(t, page, "/desk/shift", "to", "id-clerk2", "words", evil, "papers", "租赁合同原件")
	send["piece"] = []string{string(key.Case)}
	asked := b.as("clerk1", "POST", "/desk/shift", send)
	if asked.Code != http.StatusSeeOther {
		t.Fatalf("%d\n%s", asked.Code, plain(asked.body))
	}
	given := b.get("clerk1", asked.Header().Get("Location"))
	contains(t, given, "已请同事接收", "等 钱窗口 接收", `value="`+string(other.Case)+`" aria-label="`+string(other.Case)+`" checked`)
	lacks(t, given, `value="`+string(key.Case)+`" aria-label="`+string(key.Case)+`" checked`) // it is offered already
	contains(t, b.get("clerk2", "/desk"), "有同事请您接班")
	offer := b.get("clerk2", "/desk/shift")
	contains(t, offer, "请您接班", string(key.Case)+"</a> 企业开办一件事 渭南秦东商贸有限公司", "租赁合同原件")
	lacks(t, offer, string(other.Case), "<script>alert")
	i := strings.Index(offer.body, `action="/desk/shift/`)
	take, _, _ := strings.Cut(offer.body[i+len(`action="`):], `"`)
	for _, who := range []string{"clerk1", "market1", "far1"} {
		if a := b.as(who, "POST", take, url.Values{"request": {"r"}}); a.Code != http.StatusNotFound {
			t.Errorf("%s takes it: %d", who, a.Code)
		}
	}
	taken := b.as("clerk2", "POST", take, form(t, offer, take))
	if taken.Code != http.StatusSeeOther {
		t.Fatalf("%d\n%s", taken.Code, plain(taken.body))
	}
	contains(t, b.get("clerk2", taken.Header().Get("Location")), "已全部接收，现在由您办理")
	lacks(t, b.get("clerk2", "/desk/shift"), "已全部接收，现在")
	if b.state(key).Task(1).Holder != "id-clerk2" || b.state(other).Task(1).Holder != "id-clerk1" {
		t.Errorf("%+v %+v", b.state(key).Tasks, b.state(other).Tasks)
	}
	contains(t, b.get("clerk2", "/desk/shift"), "以前的交接", "已接收")
	contains(t, b.get("clerk2", home(key)+"/timeline"), "交接班")
	lacks(t, b.get("clerk2", "/desk"), "有同事请您接班")
}

// What stands in the way is said, what was typed stays.
func TestShift_says_what_stands_in_the_way(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	key := b.received()
	b.act("clerk1", key, "claim", 1)
	b.must(b.store.AddAccount(t.Context(), store.Account{ID: "id-reader", Login: "reader", Kind: caseflow.ActorOfficial, Name: "许审核", Region: region,
		Department: "hall", Roles: []string{"reviewer"}, Added: b.clock()})) // of the department, with another post
	page := b.get("clerk1", "/desk/shift")
	for _, c := range []struct {
		to, piece, want string
	}{{"", string(key.Case), "请选择“交给哪位同事”"}, {"id-market1", string(key.Case), "请选择"}, {"id-clerk2", "nothing", "已经不在您手上"},
		{"id-reader", string(key.Case), "这位同事没有办理这项工作的岗位"}} {
		send := form(t, page, "/desk/shift", "to", c.to, "words", "记住这句话")
		send["piece"] = []string{c.piece}
		a := b.as("clerk1", "POST", "/desk/shift", send)
		if a.Code != http.StatusUnprocessableEntity {
			t.Errorf("%+v: %d", c, a.Code)
		}
		contains(t, a, c.want, "记住这句话")
	}
	if a := b.as("citizen", "GET", "/desk/shift", nil); a.Code == http.StatusOK {
		t.Error("a citizen sees the page")
	}
	if a := b.as("super", "GET", "/desk/shift", nil); a.Code != http.StatusNotFound {
		t.Errorf("a supervisor: %d", a.Code)
	}
}
