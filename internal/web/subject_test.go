package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// Somebody who opens two companies tells their cases apart wherever they are named.
func TestSubject_tells_the_cases_of_one_owner_apart(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	v := b.signedIn(wang)
	first := "/my/cases/" + v.handIn()
	second := "/my/cases/" + v.begin()

	list := v.get("/my").is(http.StatusOK)
	list.has("企业开办一件事 · 渭南市秦东小麦食品有限公司", "企业开办一件事 · 王秀英</a>") // not named yet: the applicant stands alone
	v.post(second+"/form/name", url.Values{"asked": {"company.name"}, "company.name": {"渭南市秦西面粉有限公司"}})
	v.get("/my").is(http.StatusOK).has("企业开办一件事 · 渭南市秦东小麦食品有限公司", "企业开办一件事 · 渭南市秦西面粉有限公司", " · 王秀英 · ")

	for path, name := range map[string]string{
		first: "渭南市秦东小麦食品有限公司", first + "/papers/receipt": "渭南市秦东小麦食品有限公司", first + "/withdraw": "渭南市秦东小麦食品有限公司",
		"/my/messages": "渭南市秦东小麦食品有限公司", second: "渭南市秦西面粉有限公司", second + "/withdraw": "渭南市秦西面粉有限公司",
	} {
		v.get(path).is(http.StatusOK).has(name)
	}
	receipt := v.get(first + "/papers/receipt")
	_, address, _ := strings.Cut(receipt.body, b.server.URL+"/progress/")
	address, _, _ = strings.Cut(address, `"`)
	b.visitor().get("/progress/"+address).is(http.StatusOK).lacks("秦东", "王秀英") // a receipt shows how far it is, and no answer
}
