package desk_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/store"
)

// An instruction goes from the leader's screen to the department and back, and stays in the leader's list until it is closed.
func TestOrders_are_followed_until_closed(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	key, _ := at("check")(b)
	no := string(key.Case)
	b.act("super", key, "supervise", 0, "to", "tax|reviewer", "words", "请三日内核实", "within", "3")
	contains(t, b.get("super", "/desk/orders"), no, "税务")
	contains(t, b.get("tax1", "/desk?tab=open&kind=order"), no)
	order := len(b.state(key).Tasks)
	answers := home(key) + "/acts/complete?task="
	contains(t, b.get("tax1", answers+strconv.Itoa(order)), "请三日内核实")
	b.act("tax1", key, "complete", order, "words", "已核实，无欠税")
	lacks(t, b.get("super", "/desk/orders"), no)
	answered := b.get("super", "/desk/orders?state=answered")
	contains(t, answered, no, "看答复、销号", "acts/complete?task="+strconv.Itoa(order+1))
	lacks(t, b.get("tax1", "/desk?tab=dept"), no)                                   // neither the instruction nor its closing waits for the department
	contains(t, b.get("super", answers+strconv.Itoa(order+1)), "请三日内核实", "已核实，无欠税") // who closes it reads the answer
	b.act("super", key, "complete", order+1, "outcome", "returned", "words", "请附查询结果")
	contains(t, b.get("super", "/desk/orders"), no)
	contains(t, b.get("tax1", answers+strconv.Itoa(order+2)), "请附查询结果", "已核实，无欠税") // and who answers again what was not enough
	b.act("tax1", key, "complete", order+2, "words", "已附")
	b.act("super", key, "complete", order+3, "outcome", "closed", "words", "同意销号")
	contains(t, b.get("super", "/desk/orders?state=closed"), no, "已销号", "退回再办")
	lacks(t, b.get("super", "/desk/orders?state=answered"), no)
	for _, login := range []string{"clerk1", "market1", "admin1"} {
		if a := b.as(login, "GET", "/desk/orders", nil); a.Code != http.StatusNotFound {
			t.Errorf("%s: %d", login, a.Code)
		}
	}
}

// A figure of the statistics is as many cases as its link lists.
func TestStatistics_figures_lead_to_their_cases(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	keys := b.traffic()
	b.pass(time.Minute)
	for _, login := range []string{"super", "chief"} {
		a := b.get(login, "/desk/statistics?group=item")
		contains(t, a, "企业开办", "环比 —", "看数据表")
		link := between(t, a.body, `<a href="/desk/cases?`, `"`)
		listed := b.get(login, "/desk/cases?"+unescape.Replace(link))
		received := 0
		for _, key := range keys {
			if !b.state(key).Submitted.IsZero() {
				received++
				contains(t, listed, string(key.Case))
			}
		}
		if n := strings.Count(listed.body, `<th scope="row"`); received == 0 || n < received {
			t.Errorf("%s: %d cases are listed of %d", login, n, received)
		}
		contains(t, a, `<span class="tile-value">`+strconv.Itoa(strings.Count(listed.body, `<th scope="row"`))+`</span>`)
		contains(t, b.get(login, "/desk/cases?when=decided"), "作出决定")
	}
	lacks(t, b.get("super", "/desk/cases?from=2020-01-01&to=2020-01-31"), string(keys[0].Case))
	for _, login := range []string{"clerk1", "market1"} {
		if a := b.as(login, "GET", "/desk/statistics", nil); a.Code != http.StatusNotFound {
			t.Errorf("%s sees statistics: %d", login, a.Code)
		}
	}
	admin := b.get("admin1", "/desk/statistics") // figures, and no way to a case
	lacks(t, admin, `href="/desk/cases`)
	if a := b.as("far1", "GET", "/desk/cases?region="+url.QueryEscape(keys[0].Region), nil); strings.Contains(a.body, string(keys[0].Case)) {
		t.Error("another region's cases are listed")
	}
	if a := b.as("admin1", "GET", "/desk/cases", nil); a.Code != http.StatusNotFound {
		t.Errorf("an administrator lists cases: %d", a.Code)
	}
}

// between is what stands between two texts, the first time.
func between(t *testing.T, s, before, after string) string {
	t.Helper()
	_, rest, ok := strings.Cut(s, before)
	text, _, ok2 := strings.Cut(rest, after)
	if !ok || !ok2 {
		t.Fatalf("no %q in the page", before)
	}
	return text
}

// Each list can be taken away as a file, safely and masked, and the operation log says who did.
func TestLists_are_exported(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.receivedAs("=HYPERLINK(1)商贸有限公司")
	key := b.received()
	for _, c := range []struct{ who, path, has string }{
		{"super", "/desk/cases?as=csv", "'=HYPERLINK(1)商贸有限公司"}, {"super", "/desk/cases?as=csv", string(key.Case)}, {"clerk1", "/desk?tab=dept&as=csv", string(key.Case)}, {"super", "/desk/statistics?as=csv", "合计"},
	} {
		a := b.get(c.who, c.path)
		contains(t, a, c.has, "\ufeff", "数据来源")
		lacks(t, a, "王秀英", "<html")
		if got := a.Header().Get("Content-Disposition"); !strings.Contains(got, "attachment") {
			t.Errorf("%s: %q", c.path, got)
		}
		if x := b.get(c.who, strings.Replace(c.path, "csv", "xlsx", 1)); !strings.HasPrefix(x.body, "PK") {
			t.Errorf("%s as XLSX begins with %q", c.path, x.body[:4])
		}
	}
	traces, _, err := b.store.FindTraces(t.Context(), store.TraceQuery{Log: store.OperationLog, Regions: []string{key.Region}, Kinds: []string{string(access.ListExported)}})
	if err != nil || len(traces) != 8 {
		t.Fatalf("%d exports are recorded: %v", len(traces), err)
	}
	if a := b.as("admin1", "GET", "/desk/cases?as=csv", nil); a.Code != http.StatusNotFound {
		t.Errorf("an administrator takes cases away: %d", a.Code)
	}
}
