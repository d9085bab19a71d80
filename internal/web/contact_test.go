package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// A person says how they want to be reached; what is wrong stands at its field and nothing typed is lost.
func TestContact_is_chosen_and_confirmed(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	v := b.signedIn(wang)
	has := func(s shown, words ...string) {
		t.Helper()
		for _, w := range words {
			if !strings.Contains(s.body, w) {
				t.Errorf("%s lacks %q", s.path, w)
			}
		}
	}
	has(v.get("/account"), `href="/account/contact"`)
	wrong := v.post("/account/contact", url.Values{"email": {"wang@"}, "sms": {"no"}, "quietFrom": {"22:00"}})
	if wrong.status != http.StatusUnprocessableEntity {
		t.Errorf("status %d", wrong.status)
	}
	has(wrong, "请填写完整的电子邮箱地址", "请填写开始和结束两个时间", `value="wang@"`, `value="22:00"`)
	saved := v.post("/account/contact", url.Values{"email": {"wang@example.cn"}, "sms": {"no"}, "mail": {"yes"}, "quietFrom": {"22：00"}, "quietTo": {"07:00"}})
	has(saved, "已经保存", "wang@example.cn 还没有验证", `value="22:00"`)
	has(v.post("/account/contact/code", nil), "验证码已经发出")
	if b.code == "" {
		t.Fatal("no code was sent")
	}
	has(v.post("/account/contact/confirm", url.Values{"code": {"x"}}), "验证码不正确")
	done := v.post("/account/contact/confirm", url.Values{"code": {b.code}})
	has(done, "邮箱已经验证")
	if strings.Contains(done.body, "还没有验证") {
		t.Error("still to be confirmed")
	}
	if s := b.visitor().get("/account/contact"); !strings.Contains(s.body, `name="password"`) {
		t.Error("somebody unknown sees the page")
	}
}
