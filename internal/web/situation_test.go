package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/tongban/tongban/internal/hall"
)

// The answers stand in the address and nowhere else; they reduce the list, say who cannot apply, and go into the draft in sight.
func TestSituation_reduces_the_list_and_fills_the_draft(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	guide := "/services/company-open"
	stranger := b.visitor()
	stranger.get(guide).is(http.StatusOK).has("我的情况", "住所使用证明", "特定情形提交", "集群注册住所托管协议", "开始办理").lacks("按您的回答列出", "不能这样办")
	answers := "?s.place=here&s.kind=person&s.rooms=rent&s.who=self&s.help=nobody&s.bank=later&s.staff=later&s.fund=later"
	stranger.get(guide+answers).is(http.StatusOK).has("按您的回答列出", "不用交的材料：2 份", "没有员工", "住所使用证明").lacks("特定情形提交", "银行预约开户（", "个问题没有回答")
	stranger.get(guide+answers).lacks("银行预审", "银行开户预约确认单", "住房公积金单位缴存登记通知").has("企业登记审查", "营业执照") // nor what is done and given for them
	stranger.get(guide).has("银行预审", "银行开户预约确认单", "住房公积金单位缴存登记通知")
	stranger.get(guide+"/list"+answers).is(http.StatusOK).has("材料清单：企业开办一件事", "公司章程", "租的").lacks("集群注册住所托管协议", "特定情形提交")
	stranger.get(guide+"/list?s.rooms=cluster").has("集群注册住所托管协议", "特定情形提交").lacks(">住所使用证明<")
	stranger.get(guide + "?s.who=station").has("还有 6 个问题没有回答").lacks("需要有人帮着办吗") // not asked where somebody acts anyway
	stranger.get(guide+"?s.place=elsewhere").has("这件事不能这样办", "登记机关登记", "当地 12345").lacks("开始办理")
	// The form leads to its own heading: why not, and what is still asked, stand there.
	_, below, _ := strings.Cut(stranger.get(guide+"?s.kind=household").has("个体工商户不是公司").lacks("开始办理", "个问题没有回答").body, `id="situation"`)
	if !strings.Contains(below, "个体工商户不是公司") {
		t.Error("what stands against it is out of sight of who has just answered")
	}
	stranger.get(guide + answers).lacks("<details open>")
	stranger.get(guide+strings.Replace(answers, "&s.help=nobody", "", 1)).has("还有 1 个问题没有回答", "<details open><summary>继续回答或者修改")
	stranger.get(guide+"?s.rooms=%3Cscript%3E&s.none=x&s.=y").is(http.StatusOK).lacks("按您的回答列出", "<script>alert")
	stranger.get("/services/none/list").is(http.StatusNotFound)

	v := b.signedIn(wang)
	start := guide + "/start?s.kind=person&s.rooms=rent&s.help=elderly&s.who=self&s.bank=later"
	page := v.get(start).is(http.StatusOK).has("您的回答会填进表单", "租赁", "自然人独资", "请人帮办", "老年人")
	page = v.post(guide+"/start", url.Values{"request": {page.hidden()}, "for": {"self"}, "s.kind": {"person"}, "s.rooms": {"rent"}, "s.who": {"self"}, "s.help": {"elderly"}, "s.bank": {"later"}, "s.place": {"here"}})
	page.is(http.StatusOK)
	no := page.path[len("/my/cases/"):]
	b.holds(no, "company.kind", "limited-sole-person")
	b.holds(no, "company.addressUse", "rent")
	b.holds(no, "bank.wanted", "no")
	b.holds(no, "staff.insured", nil)
	if a := b.view(wang, keyOf(no)).Case.Assistance; a == nil || a.How != "asked" || a.Why != "elderly" {
		t.Errorf("the help that was asked for is not there: %+v", a)
	}
	v.get("/my/cases/" + no + "/form/kind").has(`value="limited-sole-person" checked`)
}

// The window asks what the guide asks: the answers go into the form of the case, and its list of materials gets shorter.
func TestSituation_at_the_window(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	v := b.signedIn("clerk1")
	no := v.takesIn("company-open", "window")
	at := "/desk/cases/" + no + "/situation"
	holds := func(want ...string) {
		t.Helper()
		c, err := b.hall.View(t.Context(), hall.System, keyOf(no), "", "")
		b.must(err)
		for _, w := range want {
			if !strings.Contains(string(c.Case.Form), w) {
				t.Errorf("the form lacks %s: %s", w, c.Case.Form)
			}
		}
		if len(want) == 0 && len(c.Case.Form) > 2 {
			t.Errorf("the form holds %s", c.Case.Form)
		}
	}
	v.get("/desk/cases/"+no+"/intake").is(http.StatusOK).has("先问情形", at)
	page := v.get(at).is(http.StatusOK).has("住所使用证明", "看回答而定", "集群注册住所托管协议")
	answers := url.Values{"request": {page.hidden()}, "s.place": {"here"}, "s.kind": {"person"}, "s.rooms": {"rent"}, "s.who": {"self"}, "s.help": {"nobody"}, "s.bank": {"later"}, "s.staff": {"later"}, "s.fund": {"later"}}
	answers.Set("act", "look")
	v.post(at, answers).is(http.StatusOK).has("不用交的材料")
	holds()
	answers.Set("act", "save")
	if p := v.post(at, answers).is(http.StatusOK); !strings.HasSuffix(p.path, "/intake") {
		t.Errorf("at %s", p.path)
	}
	holds(`"addressUse":"rent"`, `"kind":"limited-sole-person"`)
	v.get("/desk/cases/" + no + "/intake").is(http.StatusOK).lacks("集群注册住所托管协议")
	v.get(at).has(`value="rent" checked`) // what the form holds
	answers.Set("s.kind", "household")
	v.post(at, answers).is(http.StatusOK).has("这件事不能这样办", "个体工商户不是公司")
	holds(`"kind":"limited-sole-person"`)
	v.get(at + "?lang=en").is(http.StatusOK).has("Materials that are asked for")
	v.get(at + "?lang=zh&s.rooms=%3Cscript%3E&s.none=x&s.=y").is(http.StatusOK).lacks("<script>alert")
	for _, who := range []string{"market1", wang} {
		b.signedIn(who).get(at).is(http.StatusNotFound)
		b.signedIn(who).post(at, answers).is(http.StatusNotFound)
	}
}

// A restaurant and the events of life lead to the company with its permits.
func TestSearch_finds_the_company_of_Ankang(t *testing.T) {
	t.Parallel()
	v := fiveDoors(t).visitor()
	v.get("/?q="+url.QueryEscape("开饭店")).is(http.StatusOK).has("找到 1 项服务", "开办企业（证照联办）", "也叫“开饭店”")
	v.get("/").has("/?occasion=open", "/?occasion=work")
	v.get("/?occasion=open").has("“企业开办”的服务", "开办企业（证照联办）")
}

func TestSearch_says_why_and_what_to_do(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	v := b.visitor()
	for q, want := range map[string]string{
		"kgs": "也叫“开公司”（按拼音首字母）", "kaigongsi": "也叫“开公司”（按拼音）", "kaigs": "也叫“开公司”（按拼音和首字母）", "開公司": "也叫“开公司”（按文字）",
		"开公私": "按同音字", "kaigngsi": "可能打错了一个字母", "ｙｉｎｈａｎｇ": "银行", "渭南市市场监督管理局": "由“渭南市市场监督管理局”办理", "03-company-open": "编码",
	} {
		v.get("/?q="+url.QueryEscape(q)).is(http.StatusOK).has("企业开办一件事", "找到 1 项服务", want, "最多跑 1 次", "不收费").lacks("没有找到")
	}
	v.get("/?q="+url.QueryEscape("公司 结婚")).has("没有找到相关服务", "您要找的也许是", "企业开办一件事", `打电话问，会有人帮您找： <a href="tel:0913-2930000">`)
	v.get("/?q="+url.QueryEscape("卫星发射")).has("没有找到相关服务", "咨询台").lacks("您要找的也许是", "企业开办一件事")
	v.get("/").has("企业的事", "/?occasion=open", "人生的事", "就业创业", "for=company").lacks("婚姻")
	v.get("/?occasion=open").has("“企业开办”的服务", "企业开办一件事")
	v.get("/?occasion=death").has("这里还没有可以办理的服务").lacks("企业开办一件事")
	v.get("/?for=company").has("企业开办一件事", `aria-current="true"`).lacks("人生的事")
	v.get("/lookup/service?q=kgs").is(http.StatusOK).has(`[{"value":"/services/company-open","label":"企业开办一件事","hint":"也叫“开公司”（按拼音首字母）"}]`)
	v.get("/lookup/service?q=%FF%FE").is(http.StatusOK).has("[]")
}
