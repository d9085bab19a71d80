package desk_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
)

// walkIn opens a case at the window and returns its number.
func (b *bench) walkIn(answers ...string) store.Key {
	b.t.Helper()
	send := form(b.t, b.get("clerk1", "/desk/new"), "/desk/new", append([]string{"item", "company-open", "docType", "resident-id",
		"docNo", string(ident.MakeCitizenID(region, 1955, 3, 8, 2)), "party", "张桂兰", "phone", "138 9130 0002", "channel", "window"}, answers...)...)
	a := b.as("clerk1", "POST", "/desk/new", send)
	if a.Code != http.StatusSeeOther {
		b.t.Fatalf("%d\n%s", a.Code, plain(a.body))
	}
	no, _ := strings.CutSuffix(strings.TrimPrefix(a.Header().Get("Location"), "/desk/cases/"), "/intake")
	return store.Key{Region: region, Case: caseflow.CaseNo(no)}
}

func TestIntake_on_one_screen_to_the_printed_receipt(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	key := b.walkIn("assisted", "elderly", "agentName", "张小明", "agentType", "resident-id", "agentNo", string(ident.MakeCitizenID(region, 1985, 3, 8, 1)))
	p := home(key) + "/intake"
	screen := b.get("clerk1", p)
	contains(t, screen, "企业名称", "身份证号码", "法定代表人身份证件", "住所使用证明", "提交并受理")

	// Something is missing: it is said, and what was typed is kept.
	a := b.as("clerk1", "POST", p, form(t, screen, p, "company.name", "", "legal.name", "张桂兰", "material.address", "defer", "act", "accept"))
	if a.Code != http.StatusUnprocessableEntity {
		t.Fatalf("%d\n%s", a.Code, plain(a.body))
	}
	contains(t, a, "需要申请人签名", "张桂兰")
	a = b.as("clerk1", "POST", p, form(t, a, p, "company.name", "", "legal.name", "张桂兰", "material.address", "defer", "signed.address", "张桂兰", "act", "accept"))
	contains(t, a, "请填写“企业名称”", "张桂兰")
	a = b.as("clerk1", "POST", p, form(t, a, p, "company.name", "渭南桂兰餐饮店", "company.capital", "10,000", "legal.name", "张桂兰",
		"material.identity", "seen", "act", "accept"))
	if a.Code != http.StatusSeeOther || a.Header().Get("Location") != home(key)+"/papers/receipt" {
		t.Fatalf("%d %s\n%s", a.Code, a.Header().Get("Location"), plain(a.body))
	}
	c := b.state(key)
	if c.Phase != caseflow.PhaseRunning || c.Agent == nil || !c.Material("identity").Paper || c.Material("address").State != caseflow.MaterialDeferred {
		t.Fatalf("%+v", c)
	}
	if !strings.Contains(string(c.Form), `"capital":1000000`) {
		t.Errorf("an amount typed in yuan is kept in fen: %s", c.Form)
	}
	contains(t, b.get("clerk1", home(key)+"/papers/receipt"), "收件凭证", "张桂兰", "已核对原件", "容缺后补")
	contains(t, b.get("clerk1", home(key)+"/timeline"), "登记帮办代办", "工作人员帮办")
	if a := b.as("clerk1", "GET", p, nil); a.Code != http.StatusNotFound {
		t.Errorf("a case that was handed in is still open to typing: %d", a.Code)
	}
}

func TestIntake_warns_of_a_second_case_of_the_same_person(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	first := b.walkIn()
	send := form(t, b.get("clerk1", "/desk/new"), "/desk/new", "item", "company-open", "docType", "resident-id",
		"docNo", string(ident.MakeCitizenID(region, 1955, 3, 8, 2)), "party", "张桂兰", "channel", "window")
	a := b.as("clerk1", "POST", "/desk/new", send)
	if a.Code != http.StatusConflict {
		t.Fatalf("%d", a.Code)
	}
	contains(t, a, string(first.Case), "已有办理中的同一事项", `value="张桂兰"`)
	send.Set("again", "yes")
	if a := b.as("clerk1", "POST", "/desk/new", send); a.Code != http.StatusSeeOther {
		t.Errorf("%d", a.Code)
	}
}

func TestIntake_says_what_is_wrong_with_a_number(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	a := b.as("clerk1", "POST", "/desk/new", url.Values{"request": {"r"}, "docType": {"resident-id"}, "docNo": {"610502199001010012"}, "party": {"王五"}, "channel": {"window"}})
	if a.Code != http.StatusUnprocessableEntity {
		t.Fatalf("%d", a.Code)
	}
	contains(t, a, "请选择“事项”", `value="王五"`, `value="610502199001010012"`, "提交前需要修改 2 处")
	for _, login := range []string{"market1", "super", "admin1", "chief"} {
		if a := b.as(login, "GET", "/desk/new", nil); a.Code != http.StatusNotFound {
			t.Errorf("%s: %d", login, a.Code)
		}
	}
	// A draft that an applicant fills in at home is nobody else's business.
	r := b.do("wang", store.Key{Region: region}, caseflow.Open{Item: "company-open", Channel: caseflow.ChannelOnline, Applicant: caseflow.Party{Kind: "person", Name: "王秀英",
		Document: ident.Document{Type: ident.DocResidentID, No: "610502199001010011"}}})
	if a := b.as("clerk1", "GET", "/desk/cases/"+string(r.Case)+"/intake", nil); a.Code != http.StatusNotFound {
		t.Errorf("somebody's own draft: %d", a.Code)
	}
}

// Two windows with the same form: what the other one saved meanwhile is not overwritten without a word, and nothing typed is lost.
func TestIntake_in_two_windows(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	key := b.walkIn()
	p := home(key) + "/intake"
	one, two := b.get("clerk1", p), b.get("clerk1", p)
	typed := func(screen answer, answers ...string) answer {
		return b.as("clerk1", "POST", p, form(t, screen, p, answers...))
	}
	if a := typed(two, "company.name", "渭南早市面馆", "act", "save"); a.Code != http.StatusSeeOther {
		t.Fatalf("%d\n%s", a.Code, plain(a.body))
	}
	entry := b.state(key).Seq
	a := typed(one, "company.name", "渭南晚市面馆", "legal.name", "张桂兰", "material.identity", "seen", "material.address", "defer", "signed.address", "张桂兰", "act", "accept")
	if a.Code != http.StatusConflict {
		t.Fatalf("%d\n%s", a.Code, plain(a.body))
	}
	contains(t, a, "这一页在别处改过了", "渭南早市面馆", `value="渭南晚市面馆"`, `value="张桂兰"`, `name="material.identity" value="seen" checked`, `name="material.address" value="defer" checked`)
	if now := b.state(key).Seq; now != entry {
		t.Errorf("the case moved from %d to %d", entry, now)
	}
	// What was saved elsewhere and not touched here is no clash; the same words are none either; knowing both, it is saved.
	if b := typed(one, "company.name", "渭南早市面馆", "legal.name", "张桂兰", "act", "save"); b.Code != http.StatusSeeOther {
		t.Errorf("%d\n%s", b.Code, plain(b.body))
	}
	a = typed(one, "company.name", "渭南晚市面馆", "act", "save")
	if a = typed(a, "company.name", "渭南晚市面馆", "act", "save"); a.Code != http.StatusSeeOther {
		t.Errorf("%d\n%s", a.Code, plain(a.body))
	}
	contains(t, b.get("clerk1", p), `value="渭南晚市面馆"`)
}

// What is typed is saved while it is typed: the script gets words and the next version, and the same words write nothing.
func TestIntake_saves_while_typing(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	key := b.walkIn()
	p := home(key) + "/intake"
	screen := b.get("clerk1", p)
	send := form(t, screen, p, "company.name", "渭南早市面馆", "autosave", "1")
	for range 2 {
		a := b.as("clerk1", "POST", p, send)
		if a.Code != http.StatusOK || !strings.Contains(a.body, "已保存") || !strings.Contains(a.body, `"version":`) {
			t.Fatalf("%d %s", a.Code, a.body)
		}
	}
	entry := b.state(key).Seq
	b.as("clerk1", "POST", p, send)
	if now := b.state(key).Seq; now != entry {
		t.Errorf("the same words wrote %d after %d", now, entry)
	}
	send.Set("company.name", "渭南晚市面馆") // of the page as it was
	if a := b.as("clerk1", "POST", p, send); a.Code != http.StatusConflict || !strings.Contains(a.body, "别处改过") {
		t.Errorf("%d %s", a.Code, a.body)
	}
	contains(t, b.get("clerk1", p), `value="渭南早市面馆"`)
}
