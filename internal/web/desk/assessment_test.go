package desk_test

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// An assessor begins at what they came for, reads every limit, and reaches no case; who oversees goes from what was late to its cases.
func TestAssessment_promises_lead_to_cases_of_who_may_see_them(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	keys := b.traffic()
	b.pass(48 * time.Hour)
	_, err := b.hall.RunClocks(t.Context())
	b.must(err)
	if a := b.as("assessor1", "GET", "/desk", nil); a.Code != http.StatusSeeOther || a.Header().Get("Location") != "/desk/assessment" {
		t.Errorf("an assessor begins at %d %s", a.Code, a.Header().Get("Location"))
	}
	a := b.get("assessor1", "/desk/assessment")
	contains(t, a, "承诺兑现", "企业开办一件事", "超期", "按时率", "数据来源")
	lacks(t, a, `href="/desk/cases`, string(keys[0].Case), "王秀英")
	super := b.get("super", "/desk/assessment")
	late := b.get("super", "/desk/cases?"+unescape.Replace(between(t, super.body, `data-label="超期"><span class="cell"><a href="/desk/cases?`, `"`)))
	contains(t, late, string(keys[2].Case))
	for _, path := range []string{"/desk/cases", "/desk/find", "/desk/cases/" + string(keys[0].Case), "/desk?tab=dept"} {
		if a := b.as("assessor1", "GET", path, nil); a.Code == http.StatusOK && strings.Contains(a.body, string(keys[0].Case)) {
			t.Errorf("an assessor sees a case at %s", path)
		}
	}
	for login, want := range map[string]int{"chief": http.StatusOK, "admin1": http.StatusOK, "clerk1": http.StatusNotFound, "market1": http.StatusNotFound} {
		if a := b.as(login, "GET", "/desk/assessment", nil); a.Code != want {
			t.Errorf("%s: %d, want %d", login, a.Code, want)
		}
	}
	for _, part := range []string{"protection", "components"} {
		if a := b.as("chief", "GET", "/desk/assessment?part="+part, nil); a.Code != http.StatusNotFound {
			t.Errorf("a head reads %s: %d", part, a.Code)
		}
	}
}

func TestAssessment_protection_is_what_is_in_force(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, login := range []string{"assessor1", "admin1"} {
		contains(t, b.get(login, "/desk/assessment?part=protection"), "10 到 128 个字符", "15 分钟内失败 5 次后暂停登录", "测评人员", "argon2id")
		contains(t, b.get(login, "/desk/assessment?part=components"), "这个程序没有记录组件")
	}
}

// What is taken away is text: a service whose name is a formula does nothing in a spreadsheet.
func TestAssessment_files_hold_no_formula(t *testing.T) {
	t.Parallel()
	it := opening()
	it.Name = text("=HYPERLINK(1)", "=1+1")
	b := newBenchOf(t, it)
	b.traffic()
	csv := b.get("assessor1", "/desk/assessment?as=csv")
	contains(t, csv, "'=HYPERLINK(1)", "数据来源")
	lacks(t, csv, ",=HYPERLINK", "王秀英")
	for _, part := range []string{"", "&part=protection", "&part=components"} {
		if x := b.get("assessor1", "/desk/assessment?as=xlsx"+part); !strings.HasPrefix(x.body, "PK") {
			t.Errorf("part %q begins with %.4q", part, x.body)
		}
	}
}
