package desk_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
)

const oneDayOff = `{"schema": "tongban.holidays/1", "country": "CN", "timezone": "Asia/Shanghai", "region": "610500",
"coverage": {"from": "2026-01-01", "to": "2026-12-31"},
"days": [
  {"date": "2026-11-24", "name": "临时放假", "kind": "off"}]}`

// An administrator sees what a calendar would do, downloads all of it, confirms, and it counts.
func TestCalendars_are_previewed_confirmed_and_counted(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	key := b.running()
	before := b.state(key).Clock(caseflow.ClockPromised).Due
	contains(t, b.get("admin1", "/desk/calendars"), "2026年12月31日", "还没有载入过日历", `href="/desk/calendars"`)
	for _, who := range []string{"clerk1", "market1", "super", "chief"} {
		if a := b.as(who, "GET", "/desk/calendars", nil); a.Code != http.StatusNotFound {
			t.Errorf("%s sees calendars: %d", who, a.Code)
		}
		lacks(t, b.get(who, "/desk/messages"), "/desk/calendars")
	}

	typed := url.Values{"name": {"weinan.json"}, "text": {strings.ReplaceAll(oneDayOff, "\n", "\r\n")}, "source": {"渭政办发〔2026〕9号"}, "reason": {"全市临时放假"}}
	bad := url.Values{"name": {"weinan.json"}, "text": {strings.Replace(oneDayOff, `"kind": "off"}]`, `"kind": "off"},`+"\n"+`{"date": "2026-11-24", "name": "x", "kind": "work"}]`, 1)}, "source": {"x"}, "reason": {""}}
	if a := b.as("admin1", "POST", "/desk/calendars", bad); a.Code != http.StatusUnprocessableEntity {
		t.Errorf("without a reason: %d", a.Code)
	}
	bad.Set("reason", "y")
	a := b.as("admin1", "POST", "/desk/calendars", bad)
	contains(t, a, "weinan.json: line 5: contradicts itself: 2026-11-24", "临时放假") // with all that was typed
	if a.Code != http.StatusUnprocessableEntity {
		t.Errorf("a contradiction: %d", a.Code)
	}

	trial := b.as("admin1", "POST", "/desk/calendars", typed)
	contains(t, trial, "2026年11月24日", "临时放假", string(key.Case), "推后 1 天", "有 1 件在办件")
	list := b.as("admin1", "POST", "/desk/calendars/list", formAt(t, trial, "post", "/desk/calendars/list"))
	contains(t, list, "\ufeff", string(key.Case)+",", ",推后 1 天,")
	if !b.state(key).Clock(caseflow.ClockPromised).Due.Equal(before) {
		t.Fatal("the preview moved a limit")
	}
	contains(t, b.as("admin1", "POST", "/desk/calendars", formAt(t, trial, "post", "/desk/calendars")), "版本 1", "正在重算")
	if _, err := b.hall.ApplyCalendars(t.Context()); err != nil {
		t.Fatal(err)
	}
	contains(t, b.get("admin1", "/desk/calendars"), "weinan.json", "渭政办发〔2026〕9号", "已变动 1 件")
	if due := b.state(key).Clock(caseflow.ClockPromised).Due; !due.Equal(before.AddDate(0, 0, 1)) {
		t.Errorf("due %v, was %v", due, before)
	}
	contains(t, b.get("market1", "/desk/cases/"+string(key.Case)+"/timeline"), "全市临时放假")
	contains(t, b.get("market1", "/desk/cases/"+string(key.Case)+"/clocks/promised"), "临时放假")
}

// Administrators are told on each of their pages when the last published day comes near; nobody else is.
func TestCalendars_that_end_soon_are_told_to_administrators(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	const told = "请载入下一年的放假安排"
	lacks(t, b.get("admin1", "/desk/overview"), told)
	b.hall.WarnCalendar(45)
	for _, page := range []string{"/desk/overview", "/desk/recount", "/desk/messages", "/desk/calendars"} {
		contains(t, b.get("admin1", page), told)
	}
	lacks(t, b.get("market1", "/desk"), told)
	b.pass(60 * 24 * time.Hour)
	contains(t, b.get("admin1", "/desk/overview"), told)
}
