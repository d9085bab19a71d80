package desk_test

import (
	"net/url"
	"testing"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
)

const company = "渭南秦东商贸有限公司"

func find(search string) string { return "/desk/find?" + url.Values{"q": {search}}.Encode() }

func TestSubject_stands_beside_the_applicant_wherever_a_case_is_listed(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	keys := b.traffic()
	fresh, late := home(keys[1]), home(keys[2])
	for _, c := range []struct{ login, path, subject string }{
		{"clerk1", "/desk?tab=open", longName}, {"clerk1", fresh, longName}, {"clerk1", fresh + "/timeline", longName},
		{"clerk1", fresh + "/acts/decline", longName}, {"clerk1", find("秦东商贸"), company}, {"clerk1", find("王秀英"), company},
		{"market1", "/desk?tab=dept", company}, {"market1", "/desk?tab=dept&due=overdue", company}, {"market1", late, company},
		{"super", "/desk/overview", company}, {"super", "/desk?tab=dept&due=overdue", company},
	} {
		a := b.get(c.login, c.path)
		contains(t, a, c.subject, "王**")
		lacks(t, a, ">王秀英<")
	}
	lacks(t, b.get("clerk1", find("秦西")), company)
	contains(t, b.get("clerk1", late), "<title>"+company)
	contains(t, b.get("clerk1", late+"/papers/acceptance"), "办理对象", company)
}

// The name of a child that a case is about is nobody's business either: it is masked as the applicant's is, and still found.
func TestSubject_that_is_a_person_is_masked(t *testing.T) {
	t.Parallel()
	it := opening()
	it.Subject = "form.legal.name"
	b := newBenchOf(t, it)
	key := b.receivedFor("渭南秦东商贸有限公司", "欧阳小明")
	for _, path := range []string{"/desk?tab=open", find("小明"), home(key)} {
		a := b.get("clerk1", path)
		contains(t, a, "欧阳**", "王**")
		lacks(t, a, "欧阳小明", "王秀英")
	}
}

func TestSubject_that_is_missing_leaves_the_applicant_alone(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	key := b.walkIn()
	intake := home(key) + "/intake"
	screen := b.get("clerk1", intake)
	contains(t, screen, "张**")
	lacks(t, screen, "办理对象")

	b.as("clerk1", "POST", intake, form(t, screen, intake, "company.name", "渭南桂兰餐饮店", "act", "save"))
	contains(t, b.get("clerk1", intake), "<strong>渭南桂兰餐饮店</strong>", "张**")
	again := form(t, b.get("clerk1", "/desk/new"), "/desk/new", "item", "company-open", "docType", "resident-id",
		"docNo", string(ident.MakeCitizenID(region, 1955, 3, 8, 2)), "party", "张桂兰", "channel", "window")
	contains(t, b.as("clerk1", "POST", "/desk/new", again), string(key.Case)+" 渭南桂兰餐饮店 填写中")

	b.do("clerk1", key, caseflow.SaveDraft{Data: []byte(`{"company":{"name":"张桂兰"}}`)}) // one name is said once, masked
	lacks(t, b.get("clerk1", home(key)), "办理对象", "<strong>张桂兰")
}
