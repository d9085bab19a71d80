package web_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
)

func TestDecision_a_refused_part_says_why_and_what_can_be_done(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	v := b.signedIn(wang)
	no := v.handIn(wantsFund())
	home := "/my/cases/" + no
	b.run(no)
	v.get(home).is(http.StatusOK).has("“住房公积金缴存登记”不予办理的理由", "缴存比例或者基数不符合规定", "比例与申报不符。", "《住房公积金管理条例》第18条",
		"渭南市住房公积金管理中心", "60 日内向渭南市人民政府申请行政复议", "6 个月内", home+"/papers/refused-fund", "已办结").lacks("不予许可的理由")
	v.get(home+"/papers/refused-fund").is(http.StatusOK).has("不予办理决定书", "渭南市不办〔2026〕1-6号", "王秀英：", "缴存比例或者基数不符合规定", "渭南市住房公积金管理中心")
	for _, other := range []string{"refused", "refused-tax", "declined", "revoked", "x"} {
		v.get(home + "/papers/" + other).is(http.StatusNotFound)
	}
	b.signedIn(li).get(home + "/papers/refused-fund").is(http.StatusNotFound)
	b.visitor().get(home + "/papers/refused-fund").is(http.StatusUnauthorized).lacks("比例")
}

func TestDecision_declined_and_revoked_have_words_of_their_own(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	v := b.signedIn(wang)
	declined := v.handIn()
	b.official("clerk1", keyOf(declined), caseflow.Decline{Ground: "region", Words: "所填住所在西安市。"})
	v.get("/my/cases/"+declined).is(http.StatusOK).has("不予受理的理由", "住所不在本市", "所填住所在西安市。", "《市场主体登记管理条例》第5条", "申请行政复议")
	v.get("/my/cases/"+declined+"/papers/declined").is(http.StatusOK).has("不予受理通知书", "住所不在本市", "渭南市不受〔2026〕1号")

	revoked := v.handIn()
	b.run(revoked)
	v.get("/my/cases/" + revoked).lacks("的理由")
	b.official("head1", keyOf(revoked), caseflow.Revoke{Reason: "住所证明系伪造。", Basis: caseflow.Basis{Law: "行政许可法", Article: "69"}})
	v.get("/my/cases/"+revoked).is(http.StatusOK).has("撤销的理由", "住所证明系伪造。", "《行政许可法》第69条", "撤销等决定不服的").lacks("不予办理的理由", "不予许可的理由")
	v.get("/my/cases/"+revoked+"/papers/revoked").is(http.StatusOK).has("撤销决定书", "住所证明系伪造。", "予以撤销", "渭南市撤〔2026〕2号")
}

// A promise whose time ran out takes the licence back, and everybody reads why in words; before its clock runs the notice says how long
// there is.
func TestDecision_of_a_promise_that_lapsed_is_in_words(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	v := b.signedIn(wang)
	no := v.handIn()
	home := "/my/cases/" + no
	v.get(home+"/papers/deferral").is(http.StatusOK).has("容缺受理通知书", "受理后 2 个工作日")
	b.run(no)
	b.pass(7 * 24 * time.Hour)
	if _, err := b.hall.RunClocks(t.Context()); err != nil {
		t.Fatal(err)
	}
	v = b.signedIn(wang)
	const why = "承诺的期限届满，没有补交"
	for _, page := range []string{home, home + "/papers/revoked"} {
		v.get(page).is(http.StatusOK).has(why).lacks("lapsed")
	}
	v.get("/my/messages").has("已被撤销", why).lacks("lapsed")
	official := b.signedIn("market1")
	for _, tab := range []string{"", "/timeline"} {
		official.get("/desk/cases/" + no + tab).has(why).lacks("lapsed")
	}
}

// The code on a paper leads to a page that says it is genuine and nothing that stands on it; the paper is a file as well.
func TestPaper_is_verified_by_its_code(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	key := b.handedIn(full())
	d := b.doors()
	at := "/desk/cases/" + string(key.Case) + "/papers/receipt"
	p := d.page("clerk1").get(at).is(http.StatusOK).has("下载 PDF", at+".pdf")
	if f := d.page("clerk1").get(at + ".pdf").is(http.StatusOK); !strings.HasPrefix(f.body, "%PDF-1.7") {
		t.Errorf("the file begins %.20q", f.body)
	}
	for _, who := range []string{"market1", "tax1"} { // who gives it to nobody reads a copy
		d.page(who).get(at).is(http.StatusOK).has("收件凭证", "王**").lacks("王秀英", "/progress/", "/verify/")
	}
	m := regexp.MustCompile(`/verify/` + string(key.Case) + `/([A-Z2-7]{26})"`).FindStringSubmatch(p.body)
	if m == nil {
		t.Fatalf("the paper has no code:\n%s", p.body)
	}
	home := "/verify/" + string(key.Case) + "/"
	b.visitor().get(home+m[1]).is(http.StatusOK).has("这份文书是真实的", "收件凭证", "收〔2026〕").lacks("王秀英", "代替")
	b.visitor().get(home + strings.Repeat("A", 26)).is(http.StatusNotFound).has("没有找到与办件编号和核验码相符的文书").lacks("收件凭证")
	b.visitor().get("/verify/610500-00000000-000001/" + m[1]).is(http.StatusNotFound).lacks("收件凭证")
	b.visitor().get(at + ".pdf").is(http.StatusUnauthorized)
}
