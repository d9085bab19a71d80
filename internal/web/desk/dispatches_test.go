package desk_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/web/i18n"
)

// fail makes the text messages that wait end in a state.
func (b *bench) fail(state string) {
	b.t.Helper()
	list, err := b.store.ClaimMessages(b.t.Context(), "610502", hall.ChannelSMS, b.clock(), b.clock().Add(time.Minute), 100)
	b.must(err)
	if len(list) == 0 {
		b.t.Fatal("no text message was written")
	}
	for i := range list {
		list[i].State, list[i].Attempts, list[i].Error = state, 1, "gateway a: answered 500"
	}
	b.must(b.store.FinishMessages(b.t.Context(), list))
}

func TestDispatches_are_listed_and_decided(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	key := b.running()
	b.fail(store.MessageUnclear)
	page := b.get("admin1", "/desk/dispatches")
	contains(t, page, string(key.Case), "结果不明", "对方的服务器答复没有成功。<details><summary>详情</summary><code>gateway a: answered 500</code></details>", "重发", "作已送达处理", `href="/desk/dispatches"`)
	lacks(t, page, "13800138000", "13892300001", "本来要发的短信") // a gateway sends them here
	contains(t, b.get("admin1", "/desk/dispatches?lang=en"), "The other server answered that it failed.<details>")
	for _, cause := range hall.Causes() {
		if key := "desk.dispatches.cause-" + cause; !i18n.Has(key) {
			t.Errorf("no words for %s", key)
		}
	}
	list, _, err := b.store.Dispatches(t.Context(), store.DispatchQuery{Region: "610502", State: store.MessageUnclear})
	b.must(err)
	at := func(i int, how string) string {
		return fmt.Sprintf("/desk/dispatches/%s.%d.%d/%s", list[i].Case, list[i].Entry, list[i].Index, how)
	}
	send := formAt(t, page, "post", at(0, "resend"))
	for _, login := range []string{"clerk1", "chief", "super"} {
		for _, a := range []answer{b.as(login, "GET", "/desk/dispatches", nil), b.as(login, "POST", at(0, "resend"), send)} {
			if a.Code != http.StatusNotFound {
				t.Errorf("%s: %d", login, a.Code)
			}
		}
		lacks(t, b.get(login, "/desk/messages"), "/desk/dispatches")
	}
	if a := b.as("admin1", "POST", at(0, "resend"), send); a.Header().Get("Location") != "/desk/dispatches?state=unclear" {
		t.Errorf("%d %s", a.Code, a.Header().Get("Location"))
	}
	b.as("admin1", "POST", at(1, "settle"), formAt(t, page, "post", at(1, "settle")))
	if a := b.as("admin1", "POST", at(1, "resend"), send); a.Code != http.StatusNotFound {
		t.Errorf("what is taken as sent was sent again: %d", a.Code)
	}
	states := map[string]int{}
	counts, err := b.store.CountDispatches(t.Context(), "610502")
	b.must(err)
	for _, n := range counts {
		states[n.State] += n.N
	}
	if states[store.MessageWaiting] != 1 || states[store.MessageUnclear] != len(list)-2 {
		t.Errorf("%v of %d", states, len(list))
	}
	contains(t, b.get("admin1", "/desk/dispatches?state=waiting"), "138****")
	contains(t, b.get("admin1", "/desk/dispatches?state=dead"), "这里没有消息")
}
