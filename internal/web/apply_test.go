package web_test

import (
	"net/http"
	"net/url"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
)

// fill types something lawful into every field of every page that the task list shows, then uploads every material.
func (v *visitor) fill(no string) {
	v.b.t.Helper()
	key := store.Key{Region: weinan, Case: caseflow.CaseNo(no)}
	for range 3 { // answers open further pages
		for _, p := range v.b.view(wang, key).Item.Pages {
			v.page(no, &p)
		}
	}
}

// page answers one page of the form.
func (v *visitor) page(no string, p *caseflow.Page) {
	form := url.Values{}
	known := known()
	for _, f := range p.Fields {
		form.Add("asked", f.Name)
		for k, values := range known {
			if k == f.Name || strings.HasPrefix(k, f.Name+".") {
				form[k] = values
			}
		}
	}
	v.post("/my/cases/"+no+"/form/"+p.ID, form)
}

// known are the answers to the fields of practice 03.
func known() url.Values {
	id := citizen(1).No
	return url.Values{
		"company.name": {"渭南市秦东小麦食品有限公司"}, "company.kind": {"limited"}, "company.capital": {"100 万元"},
		"company.region": {"610502"}, "company.address": {"临渭区东风大街88号"}, "company.addressUse": {"rent"},
		"company.industry": {"C13"}, "company.scope": {"面粉、挂面生产、销售"}, "company.term": {"long"},
		"legal.name": {"王秀英"}, "legal.docType": {"resident-id"}, "legal.docNo": {id}, "legal.phone": {"１３８ ９１３０ ０００１"}, "legal.post": {"director"},
		"people.rows": {"2"}, "people.0.post": {"director"}, "people.0.name": {"王秀英"}, "people.0.docType": {"resident-id"}, "people.0.docNo": {id},
		"people.1.post": {"supervisor"}, "people.1.name": {"李志强"}, "people.1.docType": {"resident-id"}, "people.1.docNo": {citizen(2).No},
		"shareholders.rows": {"1"}, "shareholders.0.name": {"王秀英"}, "shareholders.0.docType": {"resident-id"}, "shareholders.0.docNo": {id},
		"shareholders.0.amount": {"1,000,000"}, "shareholders.0.by": {"2030年6月30日"},
		"contact.name": {"王秀英"}, "contact.docType": {"resident-id"}, "contact.docNo": {id}, "contact.phone": {wang}, "contact.email": {"wang@example.com"},
		"tax.accounting": {"small-enterprise"}, "tax.payer": {"small-scale"}, "tax.financeName": {"王秀英"}, "tax.financePhone": {wang},
		"tax.invoice": {"no"}, "seals": {"official", "finance"}, "bank.wanted": {"no"}, "staff.insured": {"no"}, "fund.wanted": {"no"},
		"delivery.how": {"window"}, "delivery.receiver": {"王秀英"}, "delivery.phone": {wang},
	}
}

// begin opens a draft by the pages and returns its number.
func (v *visitor) begin() string {
	v.b.t.Helper()
	p := v.get("/services/company-open/start").is(http.StatusOK)
	p = v.post("/services/company-open/start", url.Values{"request": {p.hidden()}, "for": {"self"}}).is(http.StatusOK)
	return strings.TrimPrefix(p.path, "/my/cases/")
}

// handIn fills in everything and hands it in; it returns the number. What is given changes pages of the form before.
func (v *visitor) handIn(change ...url.Values) string {
	v.b.t.Helper()
	no := v.ready(change...)
	home := "/my/cases/" + no
	p := v.get(home + "/check").is(http.StatusOK).lacks("处需要填写或修改")
	p = v.post(home+"/check", url.Values{"request": {p.hidden()}}).is(http.StatusOK)
	p.has("提交成功", no)
	return no
}

// ready is a draft with all that is asked for.
func (v *visitor) ready(change ...url.Values) string {
	v.b.t.Helper()
	no := v.begin()
	v.fill(no)
	home := "/my/cases/" + no
	for _, form := range change {
		v.post(home+"/form/"+form.Get("page"), form).is(http.StatusOK)
	}
	for _, m := range []string{"articles", "legal-identity", "owner-identity"} {
		p := v.get(home + "/materials/" + m).is(http.StatusOK)
		v.upload(home+"/materials/"+m, m+".pdf", pdf(m), url.Values{"request": {p.hidden()}, "act": {"continue"}}).is(http.StatusOK)
	}
	p := v.get(home + "/materials/address-proof").has("承诺")
	v.upload(home+"/materials/address-proof", "", nil, url.Values{"request": {p.hidden()}, "act": {"defer"}, "signed": {"王秀英"}}).is(http.StatusOK)
	return no
}

func keyOf(no string) store.Key {
	return store.Key{Region: weinan, Case: caseflow.CaseNo(no)}
}

func TestApply_from_guide_to_licence(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	stranger := b.visitor()
	stranger.get("/").is(http.StatusOK).has("企业开办一件事", "2 个工作日", "不收费")
	for _, asked := range []string{"开公司", "刻章", "社保", "公司", "我要开公司", "印章 公积金", "Seal", "start+a+business"} {
		stranger.get("/?q=" + strings.ReplaceAll(asked, " ", "+")).is(http.StatusOK).has("企业开办一件事").lacks("没有找到")
	}
	stranger.get("/services/company-open").has("法定 3 个工作日").lacks("日 (《")
	stranger.get("/services/company-open?lang=en").has(" (《市场主体登记管理条例》").lacks("days（《")
	stranger.get("/?lang=zh")
	stranger.get("/?q=结婚").has("没有找到")
	stranger.get("/?q=公司+结婚").has("没有找到")
	stranger.get("/services/company-open").is(http.StatusOK).has("开始办理", "公司章程", "可以容缺", "从受理时算起；受理前的收件审查最长 5 个工作日", `href="tel:12345"`, "《公司法》第42、47条", "特定情形提交", "自己办理的不需要", "法定", "承诺", "以下部门同时办理", "营业执照")
	stranger.get("/services/company-open").has("权力来源", "法定本级行使", "联办机构", "国家税务总局渭南市税务局", "主题分类", "设立变更", "全市通办", "物流快递",
		"受理标准：全体股东签名", "下载空白表").lacks("网上支付", "预约办理", "中介服务")
	stranger.get("/services/company-open/blanks/articles").is(http.StatusOK).has("章程（范本）")
	for _, none := range []string{"samples/articles", "blanks/none", "results/licence", "results/register", "blanks/..%2Fpack.yaml"} {
		stranger.get("/services/company-open/" + none).is(http.StatusNotFound)
	}
	stranger.get("/services/company-open/start").is(http.StatusUnauthorized).has("登录")

	v := b.signedIn(wang)
	no := v.handIn()
	home := "/my/cases/" + no
	v.get(home).lacks("评价这次服务")
	v.get(home + "/looks").has("还没有人看过")
	clerk := b.signedIn("clerk1")
	clerk.get("/desk/cases/" + no).is(http.StatusOK)
	b.pass(time.Minute)
	clerk.get("/desk/cases/" + no).is(http.StatusOK)
	v.get(home+"/looks").has("工作人员 1", "渭南市市场监督管理局", "查看 2 次", "10:00", "10:01").lacks("赵明", "工作人员 2")
	v.get(home).has("收件与受理", "怎么算的", "以下部门同时办理", "提交了申请", "申请人")
	v.get("/my").has("企业开办一件事", "已收件")
	v.get("/my/messages").has("已经收到")
	v.get(home).has(home+"/papers/receipt", "收件凭证").lacks("回执")
	v.get(home+"/papers/receipt").is(http.StatusOK).has("收件凭证", no, "查询码").lacks("610502")
	v.get(home+"/clocks/acceptance").is(http.StatusOK).has("行政许可法", "2026年11月25日（周三）")

	b.run(no)
	v.get(home).is(http.StatusOK).has("已办结", "营业执照", "到期", "评价")
	v.get("/my/licences").has("营业执照", "印章刻制备案证明")
	c := b.view(wang, keyOf(no)).Case
	for _, l := range c.Licences {
		v.get(home+"/licences/"+url.PathEscape(l.No)).is(http.StatusOK).has(l.No, "核验码 <code>"+l.Verify+"</code>", "渭南市秦东小麦食品有限公司")
		stranger.get("/verify/"+l.Verify).is(http.StatusOK).has("有效的证照", "渭南市秦东小麦食品有限公司").lacks("王秀英")
	}
	stranger.get("/verify/AAAAAAAAAAAAAAAAAAAAAAAAAA").is(http.StatusNotFound).has("没有找到")
	p := v.get(home + "/rate").is(http.StatusOK).lacks("checked")
	v.post(home+"/rate", url.Values{"request": {p.hidden()}}).is(http.StatusUnprocessableEntity).has("五个等级")
	v.post(home+"/rate", url.Values{"request": {p.hidden()}, "level": {"5"}, "tags": {"fast"}, "words": {"很快"}}).is(http.StatusOK).has("非常满意")
	v.get(home + "/rate").is(http.StatusConflict)
}

// wantsFund are the answers that ask for a housing fund account too.
func wantsFund() url.Values {
	return url.Values{"page": {"fund"}, "asked": {"fund.wanted", "fund.ratio", "fund.base", "fund.count"},
		"fund.wanted": {"yes"}, "fund.ratio": {"12"}, "fund.base": {"20000"}, "fund.count": {"3"}}
}

// refusal refuses the fund when its task comes.
var refusal = caseflow.Refuse{Ground: "fund-rate", Words: "比例与申报不符。"}

// run lets the officials do their work until the case is closed; the fund is refused.
func (b *bench) run(no string) {
	b.t.Helper()
	key := keyOf(no)
	b.official("clerk1", key, caseflow.Accept{})
	data := map[string]string{
		"register":   `{"approvedName":"渭南市秦东小麦食品有限公司"}`,
		"sealReview": `{"codes":"6105020000001"}`,
		"taxReview":  `{"office":"临渭区税务所"}`,
	}
	for range 20 {
		c := b.view(wang, key).Case
		if !c.Phase.Open() {
			return
		}
		tasks := c.Tasks
		sort.Slice(tasks, func(i, j int) bool { return tasks[i].ID < tasks[j].ID })
		for _, t := range tasks {
			if !t.Live() || t.Kind != caseflow.TaskStep {
				continue
			}
			if t.Step == "handOut" {
				b.official("clerk1", key, caseflow.Deliver{Task: t.ID, How: "window", Receiver: "王秀英"})
				break
			}
			if t.Step == "fundReview" {
				no := refusal
				no.Task = t.ID
				b.official("fund1", key, no)
				break
			}
			b.official(t.By.Department+"1", key, caseflow.Grant{Task: t.ID, Data: []byte(data[string(t.Step)])})
			break
		}
	}
	b.t.Fatalf("%s is not closed: %s", no, b.view(wang, key).Case.Phase)
}

func TestApply_correction_and_commitment(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	v := b.signedIn(wang)
	no := v.handIn()
	home := "/my/cases/" + no
	b.official("clerk1", keyOf(no), caseflow.RequestCorrection{Points: []caseflow.CorrectionPoint{
		{Field: "company.address", Ground: "address-incomplete", Words: "住所没有写到门牌号，请写完整。"},
		{Material: "articles", Ground: "articles-unsigned", Words: "章程没有全体股东签名。"},
	}})
	v.get("/my").is(http.StatusOK).has("等您补正", "需要补正 2 处")
	v.get("/my/messages").has("有 2 处需要补正")
	v.get(home).is(http.StatusOK).has("请补正申请内容", "住所没有写到门牌号", "《市场主体登记管理条例》第8条", home+"/form/address#f-company-address", home+"/materials/articles", "补正时限")
	v.get(home).has(home + "/papers/" + hall.PaperCorrection)
	v.get(home + "/papers/" + hall.PaperCorrection).is(http.StatusOK).has("章程没有全体股东签名")
	v.get(home+"/form/address").is(http.StatusOK).has("这里需要补正", "住所没有写到门牌号")
	if n := strings.Count(v.get(home).lacks(">已修改<").body, `<li class="wrong">`); n != 2 {
		t.Errorf("%d rows are marked, not the two that the notice names", n)
	}
	p := v.get(home+"/check").has("有 2 处要求补正的内容还没有修改", "补正只有一次")
	v.post(home+"/check", url.Values{"request": {p.hidden()}}).is(http.StatusUnprocessableEntity).has("确认不需要修改")
	if phase := b.view(wang, keyOf(no)).Case.Phase; phase != caseflow.PhaseCorrecting {
		t.Fatalf("handed in as it was: %s", phase)
	}
	v.post(home+"/form/address", url.Values{"asked": {"company.address"}, "company.address": {"临渭区东风大街88号"}}).is(http.StatusOK).has("请补正申请内容") // and not the next page
	v.post(home+"/form/address?back=check", url.Values{"asked": {"company.address"}, "company.address": {"临渭区东风大街88号3层301室"}}).is(http.StatusOK).has("提交前核对", "3层301室")
	v.upload(home+"/materials/articles", "章程（签名）.pdf", pdf("signed"), url.Values{"act": {"continue"}}).is(http.StatusOK)
	v.get(home).has(">已修改<").lacks(`<li class="wrong">`)
	p = v.get(home + "/check").is(http.StatusOK).has("提交补正内容").lacks("还没有修改")
	form := url.Values{"request": {p.hidden()}}
	v.post(home+"/check", form).is(http.StatusOK).has("提交成功")
	v.post(home+"/check", form).is(http.StatusOK) // once more changes nothing
	if c := b.view(wang, keyOf(no)).Case; c.Phase != caseflow.PhaseReceived || c.Correction.Done.IsZero() {
		t.Fatalf("phase %s, correction %+v", c.Phase, c.Correction)
	}

	b.official("clerk1", keyOf(no), caseflow.Accept{})
	v.get(home).has("待履行", "承诺履行时限", "补交材料")
	p = v.get(home + "/materials/address-proof").is(http.StatusOK).has("补交材料")
	v.upload(home+"/materials/address-proof", "", nil, url.Values{"act": {"continue"}}).is(http.StatusUnprocessableEntity).has("请选择要上传的文件")
	v.upload(home+"/materials/address-proof", "租赁合同.pdf", pdf("lease"), url.Values{"request": {p.hidden()}, "act": {"continue"}}).is(http.StatusOK).has("已履行", "收到后补材料")
	v.get(home + "/materials/address-proof").is(http.StatusNotFound) // kept; nothing is asked any more
	v.get(home + "/materials/articles").is(http.StatusNotFound)

	p = v.get(home+"/withdraw").is(http.StatusOK).has("确定撤回", no, "王秀英")
	v.post(home+"/withdraw", url.Values{"request": {p.hidden()}, "reason": {"另有打算"}}).is(http.StatusOK).has("已撤回", "另有打算")
}

// Help is asked for at the start; the page of progress tells by which office and telephone it is given, and who of the
// officials it is stays inside. Once handed in it is for the window to record.
func TestApply_with_help(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	v := b.signedIn(wang)
	no := v.begin()
	home := "/my/cases/" + no
	v.get(home).has("请人帮办或者代办")
	send := func(more ...string) shown {
		form := url.Values{"request": {v.get(home + "/help").is(http.StatusOK).hidden()}}
		for i := 0; i < len(more); i += 2 {
			form.Set(more[i], more[i+1])
		}
		return v.post(home+"/help", form)
	}
	send("how", "agent", "why", "elderly").is(http.StatusUnprocessableEntity).has("请填写“代办人姓名”")
	send("how", "official", "why", "elderly").is(http.StatusUnprocessableEntity).has("请选择“您需要帮办代办吗？”") // that is for the window to say
	send("how", "agent", "why", "elderly", "name", "张小明", "office", "临渭区残联", "phone", "１３８９１３００００９", "basis", "授权委托书").is(http.StatusOK).
		has("代办人代办", "张小明", "临渭区残联", "13891300009")
	send("how", "asked", "why", "disabled").is(http.StatusOK).has("申请人希望有人帮办").lacks("张小明")
	send("how", "asked", "why", "disabled").is(http.StatusOK) // what is so already
	send("how", "none").is(http.StatusOK).lacks("登记时间")

	received := v.handIn()
	home = "/my/cases/" + received
	clerk, err := b.store.AccountByLogin(t.Context(), "clerk1")
	b.must(err)
	b.official("clerk1", keyOf(received), caseflow.Assist{How: caseflow.AssistOfficial, Why: "elderly",
		Post: caseflow.Post{Department: "market", Role: caseflow.RoleClerk, Person: clerk.ID}})
	v.get(home).has("工作人员帮办", "渭南市市场监督管理局", "0913-12315", "登记帮办代办").lacks("赵明")
	v.get(home + "/help").is(http.StatusOK).lacks("您需要帮办代办吗")
	v.post(home+"/help", url.Values{"request": {"late"}, "how": {"none"}}).is(http.StatusConflict)
	if b.view(wang, keyOf(received)).Case.Assistance == nil {
		t.Error("the applicant ended help that the window recorded")
	}
}
