package desk_test

import (
	"bytes"
	"errors"
	"html"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/tongban/tongban/internal/caseflow"
)

const oneDayOff = `{"schema": "tongban.holidays/1", "country": "CN", "timezone": "Asia/Shanghai", "region": "610502",
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
	contains(t, a, "weinan.json：第 5 行：前后矛盾：2026-11-24 既放假又上班", "临时放假") // with all that was typed
	if a.Code != http.StatusUnprocessableEntity {
		t.Errorf("a contradiction: %d", a.Code)
	}

	trial := b.as("admin1", "POST", "/desk/calendars", typed)
	contains(t, trial, "2026年11月24日", "临时放假", string(key.Case), "推后 1 天", "有 1 件在办件")
	download := formAt(t, trial, "post", "/desk/calendars/list")
	if a := b.as("admin1", "POST", "/desk/calendars/list", download); a.Code != http.StatusBadRequest {
		t.Errorf("a file of no kind: %d", a.Code)
	}
	download.Set("as", "csv")
	list := b.as("admin1", "POST", "/desk/calendars/list", download)
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

// Office hours that change are told, and a limit that keeps its day shows no other one as the one to come.
func TestCalendars_tell_of_office_hours_and_of_limits_that_stay(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	key := b.received()
	b.do("clerk1", key, caseflow.RequestCorrection{Points: []caseflow.CorrectionPoint{{Words: "请补签"}}})
	typed := url.Values{"name": {"hours.json"}, "source": {"渭政办发〔2026〕10号"}, "reason": {"办公时间调整"}, "text": {`{"schema": "tongban.holidays/1", "country": "CN",
		"timezone": "Asia/Shanghai", "region": "610502", "office_hours": "08:30-12:00, 14:00-17:30", "coverage": {"from": "2026-01-01", "to": "2026-12-31"},
		"days": [{"date": "2026-11-28", "name": "调休", "kind": "work"}]}`}}
	trial := b.as("admin1", "POST", "/desk/calendars", typed)
	contains(t, trial, "变动的办公时间", "09:00-12:00, 13:30-17:00", "08:30-12:00, 14:00-17:30", "保持原来的日子", "按新日历本应")

	const due = "2026-12-14 23:59" // as it is, while the new calendar ends it a day earlier
	download := formAt(t, trial, "post", "/desk/calendars/list")
	download.Set("as", "csv")
	list := b.as("admin1", "POST", "/desk/calendars/list", download).Body.String()
	if kept := `保持原来的日子,` + due + `,` + due + `,0`; !strings.Contains(list, kept) {
		t.Errorf("%q is not in the list:\n%s", kept, list)
	}
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
	if n := strings.Count(b.get("admin1", "/desk/calendars").Body.String(), `href="/desk/calendars"`); n != 1 { // the one of the menu
		t.Errorf("the page of calendars has %d links to itself", n)
	}
	lacks(t, b.get("market1", "/desk"), told)
	b.pass(60 * 24 * time.Hour)
	contains(t, b.get("admin1", "/desk/overview"), told)
}

// A calendar comes as a file as well, in UTF-8 or in GB18030, and the preview says in which; whatever is neither, or too large for one, is
// told at the file, with all that was typed. Limits that stand still are listed apart.
func TestCalendars_come_as_files(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	key := b.running()
	b.do("market1", key, caseflow.StopClock{Task: b.task(key, "check"), Cause: "appraisal", Need: workdays(3), Reason: "鉴定"})
	send := func(content []byte, reason string) answer {
		var body bytes.Buffer
		w := multipart.NewWriter(&body)
		for name, value := range map[string]string{"name": "", "text": "", "source": "渭政办发〔2026〕9号", "reason": reason} {
			if err := w.WriteField(name, value); err != nil {
				t.Fatal(err)
			}
		}
		part, err := w.CreateFormFile("file", "渭南.json")
		if err == nil {
			_, err = part.Write(content)
		}
		if err = errors.Join(err, w.Close()); err != nil {
			t.Fatal(err)
		}
		return b.as("admin1", "POST", "/desk/calendars", nil, func(r *http.Request) {
			r.Body, r.ContentLength = io.NopCloser(&body), int64(body.Len())
			r.Header.Set("Content-Type", w.FormDataContentType())
		})
	}
	gb, err := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte(oneDayOff))
	if err != nil {
		t.Fatal(err)
	}
	for how, content := range map[string][]byte{"UTF-8": append([]byte("\ufeff"), oneDayOff...), "GB18030": gb} {
		trial := send(content, "全市临时放假")
		contains(t, trial, "文件“渭南.json”，按 "+how+" 编码读取", "2026年11月24日", "临时放假", "暂停计时的期限", "恢复计时的时候", string(key.Case))
		if form := formAt(t, trial, "post", "/desk/calendars"); form.Get("text") != strings.TrimSpace(oneDayOff) || form.Get("name") != "渭南.json" {
			t.Errorf("%s: the page would load %q: %q", how, form.Get("name"), form.Get("text"))
		}
	}
	for wrong, content := range map[string][]byte{"编码既不是 UTF-8，也不是 GB18030": {'{', 0xff, 0xff, '}'}, "超过 256 KB": bytes.Repeat([]byte("x"), 300<<10)} {
		a := send(content, "写好的理由")
		contains(t, a, wrong, "写好的理由", "渭政办发〔2026〕9号")
		if a.Code != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", wrong, a.Code)
		}
	}
	contains(t, send(nil, "理由"), "请填写“文件名”")
	if a := send(nil, "\xc0\xed\xd3\xc9"); a.Code != http.StatusBadRequest || !strings.Contains(a.Body.String(), "不是 UTF-8 编码") { // 理由 in GBK
		t.Errorf("a reason in GBK: %d", a.Code)
	}
}

// The page shows how a calendar is written, and what it shows can be loaded.
func TestCalendars_are_shown_by_an_example(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	_, example, _ := strings.Cut(html.UnescapeString(b.get("admin1", "/desk/calendars").Body.String()), "<pre><code>")
	example, _, _ = strings.Cut(example, "</code></pre>")
	written, err := os.ReadFile("../../../docs/calendars.md")
	b.must(err)
	if !strings.Contains(string(written), strings.Replace(example, `"610502"`, `"610500"`, 1)) {
		t.Errorf("the manual has another example than the page: %s", example)
	}
	b.running()
	contains(t, b.as("admin1", "POST", "/desk/calendars", url.Values{"name": {"2027"}, "text": {example}, "source": {"x"}, "reason": {"y"}}), "2027年1月9日", "载入日历")
}
