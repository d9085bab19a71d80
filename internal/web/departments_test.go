package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// The system administrator sees what would move before anything is sent, the security administrator agrees, and the pages of officials
// and of the public name the department by both its names; the paper that was given before keeps the old one.
func TestReform_from_the_form_to_the_queue(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	sys, sec := b.signedIn("sys1"), b.signedIn("sec1")
	typed := url.Values{"gone": {"market"}, "target": {"tax"}, "new-name": {"渭南市综合服务局"}, "english-name": {"Weinan Joint Office"}, "short-name": {"综合局"}, "basis": {"渭编发〔2026〕<1>号"}, "step": {"try"}}
	sys.post("/console/reforms/new?region="+weinan, url.Values{"gone": {"market"}, "target": {"nowhere"}, "step": {"try"}}).is(http.StatusUnprocessableEntity).has("本地区没有这个部门", "请填写调整依据")
	sys.post("/console/reforms/new?region="+weinan, url.Values{"target": {"tax"}, "new-name": {"新局"}, "short-name": {"一二三四五六七八九十一二三"}, "basis": {"x"}, "step": {"try"}}).is(http.StatusUnprocessableEntity).has("简称不超过 12 个字")
	p := sys.post("/console/reforms/new?region="+weinan, typed).is(http.StatusOK).has("将移动的办件和人员", "market1", "提交安全管理员确认")
	if strings.Contains(p.body, "<1>") {
		t.Error("what was typed is not escaped")
	}
	typed.Set("step", "propose")
	typed.Set("request", "one-reform")
	first := sys.post("/console/reforms/new?region="+weinan, typed).is(http.StatusOK).has("等待安全管理员确认")
	if second := sys.post("/console/reforms/new?region="+weinan, typed); second.path != first.path {
		t.Errorf("a double click made %s and %s", first.path, second.path)
	}
	sys.post(first.path+"/agree", nil).is(http.StatusNotFound)
	b.signedIn("aud1").post(first.path+"/withdraw", nil).is(http.StatusNotFound)
	b.signedIn("clerk1").get("/console/departments").is(http.StatusNotFound)
	sec.post(first.path+"/agree", nil).is(http.StatusOK).has("已生效")
	sec.post(first.path+"/decline", nil).is(http.StatusConflict).has("已经由其他管理员处理")
	sec.get("/console/departments?office=" + url.QueryEscape("市场")).is(http.StatusOK).has("已并入渭南市综合服务局")
	sec.get("/console/departments?lang=en").is(http.StatusOK).has("Merged into Weinan Joint Office")
	b.signedIn("aud1").get("/console/operations").is(http.StatusOK).has("提出机构调整", "机构调整生效", "渭编发〔2026〕", "；名称：").lacks("姓名")
	for _, name := range []string{"渭南市综合服务局", "市场监督管理局"} {
		b.visitor().get("/?q=" + url.QueryEscape(name)).is(http.StatusOK).has("企业开办")
	}
	b.signedIn("market1").get("/desk").is(http.StatusOK).has("渭南市综合服务局", "并入渭南市综合服务局", "并入部门的待办已转到本部门")
	b.signedIn("police1").get("/desk").is(http.StatusOK).lacks("并入渭南市综合服务局")
	sys.get("/desk/statistics").is(http.StatusOK).has("数字包括已并入的部门：渭南市综合服务局（原")
}
