package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// set changes a parameter by its page.
func (v *visitor) set(name, value, version string) shown {
	v.b.t.Helper()
	return v.post("/console/parameters/"+name, url.Values{"value": {value}, "reason": {"五一假期前试行"}, "version": {version}})
}

// The system administrator changes a parameter, with a reason: it holds at once, stands in the operation log with what was, and comes
// back as it was when it is taken back. What is out of bounds or without a reason changes nothing and loses nothing; of two who change
// one the later is told.
func TestParameters_are_changed_at_once_and_traced(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	sys, clerk := b.signedIn("sys1"), b.signedIn("clerk1")
	sys.get("/console/parameters").is(http.StatusOK).has("工作人员闲置退出时间", "30 分钟", "系统启动时的设置", "没有改过")
	sys.get("/console/parameters?lang=en").is(http.StatusOK).has("Idle time of officials", "30 minutes")
	sys.get("/console/parameters/idle-officials?lang=zh").is(http.StatusOK).has("10 到 480", "改为", `name="version" value="0"`)
	sys.get("/console/parameters/none").is(http.StatusNotFound)
	sys.get("/console/parameters?lang=zh").has("--session-life", "12 小时", "关闭").lacks("12h", "false</td>")

	for _, wrong := range []string{"9", "481", "1.5", "x"} {
		sys.set("idle-officials", wrong, "0").is(http.StatusUnprocessableEntity).has("请填写允许范围内的整数", `value="`+wrong+`"`, "五一假期前试行")
	}
	sys.post("/console/parameters/idle-officials", url.Values{"value": {"20"}, "version": {"0"}}).is(http.StatusUnprocessableEntity).has("请写明理由")
	sys.post("/console/parameters/benefits", url.Values{"value": {"perhaps"}, "reason": {"x"}, "version": {"0"}}).is(http.StatusUnprocessableEntity).has("请选择开启或者关闭")

	b.pass(15 * time.Minute)
	clerk.get("/desk").is(http.StatusOK)
	sys.set("idle-officials", "１０", "0").is(http.StatusOK).has("参数已修改", "10 分钟", "五一假期前试行")
	sys.set("idle-officials", "60", "0").is(http.StatusConflict).has("其他管理员刚刚改过", "10 分钟")
	b.pass(11 * time.Minute)
	clerk.get("/desk").is(http.StatusUnauthorized)
	b.signedIn("aud1").get("/console/operations?kind=parameter-set").has("修改参数", "五一假期前试行", "工作人员闲置退出时间：无 → 10", "sys1")

	sys = b.signedIn("sys1")
	sys.set("idle-officials", "", "1").is(http.StatusOK).has("30 分钟", "系统启动时的设置").lacks("10 分钟")
	clerk = b.signedIn("clerk1")
	b.pass(25 * time.Minute)
	clerk.get("/desk").is(http.StatusOK)
}

// A person is bounded beside the address: who changes the address goes on counting, and others at the address do not wait. The same at
// the door for programs, which is the same meter.
func TestLookups_are_counted_by_account_too(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.signedIn("sys1").set("lookups-person", "5", "0").is(http.StatusOK)
	v := b.signedIn(wang)
	for range 5 {
		v.get("/verify/ABCDEFGHIJKLMNOP").is(http.StatusNotFound)
	}
	v.get("/verify/ABCDEFGHIJKLMNOP").is(http.StatusTooManyRequests).has("次数过多")
	b.signedIn(wang).get("/verify/ABCDEFGHIJKLMNOP").is(http.StatusTooManyRequests) // another session is the same person
	b.visitor().get("/verify/ABCDEFGHIJKLMNOP").is(http.StatusNotFound)
	b.pass(16 * time.Minute)
	b.signedIn(wang).get("/verify/ABCDEFGHIJKLMNOP").is(http.StatusNotFound)
	if strings.Contains(b.log.String(), "ABCDEFGHIJKLMNOP") {
		t.Error("the log repeats a number")
	}
}
