package web_test

import (
	"net/http"
	"net/url"
	"testing"
)

// At the window people say a telephone, show a card or a licence: each finds the case, whole and in any writing, for those who
// may see it.
func TestFind_by_telephone_document_and_credit_code(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	no := b.signedIn(wang).handIn()
	draft := b.signedIn(li).begin()
	b.run(no)
	code := b.view(wang, keyOf(no)).Case.Licences[0].No
	clerk, fund := b.signedIn("clerk1"), b.signedIn("fund1")
	find := func(v *visitor, q string) shown {
		return v.get("/desk/find?q=" + url.QueryEscape(q)).is(http.StatusOK)
	}
	for _, q := range []string{wang, "138 9130 0001", "+86 138-9130-0001", "１３８９１３００００１", citizen(1).No, code, "秦东小麦"} {
		find(clerk, q).has(no, "王**").lacks(">" + citizen(1).No)
	}
	find(fund, wang).lacks(no) // its part was not asked for
	for q, words := range map[string]string{
		"138913000":   "没有完全一致的。号码要写全",
		li:            "没有完全一致的", // a draft is found by nobody
		"没有这家公司":      "按企业名称和申请人姓名查过了",
		"610500-2099": "没有以这些数字开头的",
	} {
		find(clerk, q).has(words, "草稿").lacks(no, draft)
	}
}
