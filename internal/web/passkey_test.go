package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/web/browsertest"
)

func TestPasskey_is_added_used_and_removed_in_a_browser(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	base := strings.Replace(b.server.URL, "127.0.0.1", "localhost", 1) // passkeys belong to names, not to addresses
	b.server.URL = base
	w := browsertest.Start(t)
	w.Passkeys()
	b.signIn(w, wang)
	w.Goto(base + "/account/passkeys")
	w.Axe(t)
	w.Screenshot("passkeys-none")
	w.Fill("#f-name", "办公室电脑")
	w.Fill("#f-old", "wrong password 1")
	w.Click("form[data-passkey] button")
	w.WaitFor("[data-said]:not(:empty)")
	if said := w.Text("[data-said]"); !strings.Contains(said, "原密码不正确") {
		t.Errorf("a wrong password: %s", said)
	}
	w.Fill("#f-old", b.passwords[wang])
	w.Follow("form[data-passkey] button")
	w.WaitFor(".codes li") // the first factor brings recovery codes
	if said := w.Text(".notice.success"); !strings.Contains(said, "通行密钥已添加") {
		t.Errorf("what was added is not said: %q", said)
	}
	w.Goto(base + "/account/passkeys")
	w.Axe(t)
	w.Screenshot("passkeys")
	if got := w.Text("main"); !strings.Contains(got, "办公室电脑") {
		t.Errorf("the page lists %s", got)
	}
	w.Follow("header form button") // signs out

	b.pass(time.Minute)
	w.Goto(base + "/signin?return=/my/licences")
	w.WaitFor("form[data-passkey] button")
	w.Screenshot("signin-passkey")
	w.Follow("form[data-passkey] button")
	if got := strings.TrimPrefix(w.URL(), base); got != "/my/licences" {
		t.Errorf("signed in to %s", got)
	}
	w.Follow("header form button")

	// As second factor: the password is right, and then the passkey.
	b.pass(time.Minute)
	b.signIn(w, wang)
	w.WaitFor("#f-code")
	w.Follow("form[data-passkey] button")
	if got := strings.TrimPrefix(w.URL(), base); got != "/my" {
		t.Errorf("signed in to %s", got)
	}
	w.Goto(base + "/account/passkeys")
	w.Fill("#remove-old", b.passwords[wang])
	w.Follow("form[action$=remove] button")
	if said := w.Text(".notice.success"); !strings.Contains(said, "通行密钥已删除") {
		t.Errorf("what was removed is not said: %q", said)
	}
	w.Follow("header form button")

	// Removed: the device still has it, the account does not.
	b.pass(time.Minute)
	w.Goto(base + "/signin")
	w.Follow("form[data-passkey] button")
	w.WaitFor("#f-password")
	if got := w.Text("main"); !strings.Contains(got, "没有能用通行密钥登录") {
		t.Errorf("a removed passkey: %s", got)
	}
	b.signIn(w, wang) // the password alone is enough again
	if got := strings.TrimPrefix(w.URL(), base); got != "/my" {
		t.Errorf("signed in to %s", got)
	}
}

func TestPasskey_answers_that_are_not_right_are_refused_alike(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.visitor().post("/signin/passkey/options", nil).is(http.StatusUnauthorized).has("用 IP 地址打开的网站不能使用通行密钥") // an address has no passkeys
	b.server.URL = strings.Replace(b.server.URL, "127.0.0.1", "localhost", 1)
	v := b.visitor()
	try := func(answer string) { // each needs an ask of its own
		t.Helper()
		v.post("/signin/passkey/options", nil).is(http.StatusOK).has(`"challenge"`)
		v.post("/signin/passkey", url.Values{"answer": {answer}}).is(http.StatusUnauthorized).has("没有能用通行密钥登录")
	}
	for _, answer := range []string{"", "{}", "[]", strings.Repeat("[", 100000), `{"id":"AAAA","rawId":"AAAA","type":"public-key","response":{}}`,
		`{"id":"AAAA","rawId":"AAAA","type":"public-key","response":{"clientDataJSON":"e30","authenticatorData":"AAAA","signature":"AAAA","userHandle":"AAAA"}}`} {
		try(answer)
	}
	v.post("/signin/passkey/options", nil).is(http.StatusOK)
	v.post("/signin/passkey", url.Values{"answer": {"{}"}})
	v.post("/signin/passkey", url.Values{"answer": {"{}"}}).is(http.StatusUnauthorized).has("重新登录") // the ask is used up
	b.visitor().post("/signin/passkey", url.Values{"answer": {"{}"}}).is(http.StatusUnauthorized).has("重新登录")
	b.visitor().post("/account/passkeys/options", url.Values{"old": {"x"}}).is(http.StatusUnauthorized)
	b.visitor().get("/account/passkeys").is(http.StatusUnauthorized)
}
