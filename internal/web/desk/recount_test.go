package desk_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
)

// taken is the question of a recount after which cases take version 2 of the service's rules.
var taken = url.Values{"rules": {"company-open|2"}, "from": {"2026-11-24"}, "reason": {"市政府令第 12 号调整承诺时限"}}

// An administrator sees what would move and why, confirms, and sees what came of it; sent again, nothing moves again. Cases
// that were accepted before the day keep their rule, and those concerned are told.
func TestRecount_is_tried_confirmed_and_done_once(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	early := b.running()
	b.pass(24 * time.Hour)
	late := b.running()
	before := b.state(late).Clock(caseflow.ClockPromised).Due
	if a := b.as("admin1", "GET", "/desk", nil); a.Header().Get("Location") != "/console" {
		t.Errorf("the administrator starts at %d %s", a.Code, a.Header().Get("Location"))
	}
	for _, page := range []string{"/desk/overview", "/desk/recount"} { // the navigation leads from either to the other
		contains(t, b.get("admin1", page), `href="/desk/overview"`, `href="/desk/recount"`)
	}
	lacks(t, b.get("chief", "/desk"), "/desk/recount")

	tried := b.get("admin1", "/desk/recount?"+taken.Encode())
	contains(t, tried, string(late.Case), "原到期日", "新到期日", "新规定：4 个工作日", "会变动", "2026年11月26日", "2026年11月30日", "本页列出 1 件，另有 1 件保持原样")
	lacks(t, tried, string(early.Case))
	if !b.state(late).Clock(caseflow.ClockPromised).Due.Equal(before) {
		t.Fatal("the trial moved a limit")
	}

	confirm := b.as("admin1", "POST", "/desk/recount", formAt(t, tried, "post", "/desk/recount"))
	contains(t, confirm, "企业开办一件事，版本 2", "市政府令第 12 号调整承诺时限", "逐件写入记录")
	send := formAt(t, confirm, "post", "/desk/recount")
	for range 2 {
		outcome := b.as("admin1", "POST", "/desk/recount", send)
		contains(t, outcome, string(late.Case), "已变动", "本批 1 件处理完毕")
		lacks(t, outcome, string(early.Case))
	}
	moved := 0
	for _, e := range b.journal(late) {
		if r, ok := e.(caseflow.Recounted); ok && r.Reason == taken.Get("reason") {
			moved++
		}
	}
	if due := b.state(late).Clock(caseflow.ClockPromised).Due; moved != 1 || !due.After(before) {
		t.Errorf("%d recounts in the journal, due %v, was %v", moved, due, before)
	}
	for _, login := range []string{"clerk1", "market1"} {
		page := b.get(login, "/desk/messages")
		if login == "clerk1" {
			contains(t, page, "时限重新计算", string(late.Case), taken.Get("reason"))
		}
		lacks(t, page, "王秀英")
	}
	if again := b.get("admin1", "/desk/recount?"+taken.Encode()); !strings.Contains(again.body, "没有办件会变动") {
		t.Errorf("a second trial still moves something:\n%s", plain(again.body))
	}
}

// Without a reason, with an impossible day, and for everybody else.
func TestRecount_refuses(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	key := b.running()
	for name, bad := range map[string]string{"reason": "", "from": "2026-13-45"} {
		v := url.Values{}
		for k, x := range taken {
			v[k] = x
		}
		v.Set(name, bad)
		if a := b.as("admin1", "GET", "/desk/recount?"+v.Encode(), nil); a.Code != http.StatusUnprocessableEntity || !strings.Contains(a.body, `href="#`) {
			t.Errorf("%s %q: %d\n%s", name, bad, a.Code, plain(a.body))
		}
	}
	send := url.Values{"request": {"r1"}, "confirmed": {"yes"}}
	for k, x := range taken {
		send[k] = x
	}
	for login := range b.people {
		if login == "admin1" {
			continue
		}
		if a := b.as(login, "GET", "/desk/recount", nil); a.Code == http.StatusOK {
			t.Errorf("%s sees the page", login)
		}
		if a := b.as(login, "POST", "/desk/recount", send); a.Code != http.StatusNotFound && a.Code != http.StatusForbidden {
			t.Errorf("%s: %d", login, a.Code)
		}
	}
	for _, e := range b.journal(key) {
		if _, ok := e.(caseflow.Recounted); ok {
			t.Error("somebody who may not has counted again")
		}
	}
}

// journal are the events of a case.
func (b *bench) journal(key store.Key) (list []caseflow.Event) {
	b.t.Helper()
	entries, err := b.store.Entries(b.t.Context(), key, 0, 1000)
	b.must(err)
	for i := range entries {
		events, err := caseflow.DecodeEvents(entries[i].Events)
		b.must(err)
		list = append(list, events...)
	}
	return list
}

// formAt is form for a page with two forms of the same address.
func formAt(t testing.TB, a answer, method, action string) url.Values {
	t.Helper()
	_, rest, ok := strings.Cut(a.body, `method="`+method+`" action="`+action+`"`)
	if !ok {
		t.Fatalf("no form to %s on the page:\n%s", action, plain(a.body))
	}
	inner, _, _ := strings.Cut(rest, "</form>")
	v := url.Values{}
	for _, m := range hidden.FindAllStringSubmatch(inner, -1) {
		v.Add(m[1], unescape.Replace(m[2]))
	}
	return v
}
