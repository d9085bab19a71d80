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
	late := keys[2]
	for login, paths := range map[string][]string{
		"clerk1":  {"/desk?tab=open", find("秦东商贸"), find("王秀英"), home(keys[1]), home(keys[1]) + "/timeline"},
		"market1": {"/desk?tab=dept", "/desk?tab=dept&due=overdue", find(string(keys[0].Case)[:12]), home(late)},
		"super":   {"/desk/overview", "/desk?tab=dept&due=overdue"},
	} {
		for _, path := range paths {
			a := b.get(login, path)
			want := company
			if login == "clerk1" && path != find("秦东商贸") && path != find("王秀英") {
				want = longName
			}
			contains(t, a, want, "王**")
			lacks(t, a, "王秀英</")
		}
	}
	lacks(t, b.get("clerk1", find("秦西")), company)
	contains(t, b.get("clerk1", home(late)), "<title>"+company)
	contains(t, b.get("clerk1", home(keys[1])+"/acts/decline"), longName)
	contains(t, b.get("clerk1", home(late)+"/papers/acceptance"), "办理对象", company)
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
	key := b.walkIn() // nothing is answered yet
	for _, path := range []string{find(string(key.Case)[:12]), home(key), home(key) + "/intake"} {
		if path == find(string(key.Case)[:12]) {
			lacks(t, b.get("clerk1", path), string(key.Case)) // a draft is no case of the list yet
			continue
		}
		contains(t, b.get("clerk1", path), "张**")
	}
	screen := b.get("clerk1", home(key)+"/intake")
	b.as("clerk1", "POST", home(key)+"/intake", form(t, screen, home(key)+"/intake", "company.name", "渭南桂兰餐饮店", "act", "save"))
	contains(t, b.get("clerk1", home(key)+"/intake"), "<strong>渭南桂兰餐饮店</strong>")
	contains(t, b.as("clerk1", "POST", "/desk/new", form(t, b.get("clerk1", "/desk/new"), "/desk/new", "item", "company-open", "docType", "resident-id",
		"docNo", string(ident.MakeCitizenID(region, 1955, 3, 8, 2)), "party", "张桂兰", "channel", "window")), string(key.Case)+" 渭南桂兰餐饮店 填写中")
	b.do("clerk1", key, caseflow.SaveDraft{Data: []byte(`{"company":{"name":"张桂兰"},"legal":{"name":"张桂兰"}}`)})
	lacks(t, b.get("clerk1", home(key)), "<strong>张桂兰</strong>") // one name once, and masked as the applicant's
}
