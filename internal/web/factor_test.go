package web_test

import (
	"crypto/hmac"
	"crypto/sha1" // #nosec G505 -- what authenticator apps compute
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/web/browsertest"
)

// appCode is what an authenticator app shows for a secret, written down here a second time.
func (b *bench) appCode(secret string) string {
	b.t.Helper()
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	b.must(err)
	mac := hmac.New(sha1.New, key)
	b.must(binary.Write(mac, binary.BigEndian, b.clock().Unix()/30))
	sum := mac.Sum(nil)
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[sum[19]&15:])&0x7fffffff%1_000_000)
}

var secretText = regexp.MustCompile(`<code>([A-Z2-7]{32})</code>`)

func (s shown) secret() string {
	s.t.Helper()
	m := secretText.FindStringSubmatch(s.body)
	if m == nil {
		s.t.Fatalf("no secret on %s (%d):\n%s", s.path, s.status, text(s.body))
	}
	return m[1]
}

// withApp sets up an app by the pages, and returns its secret and the page with the recovery codes.
func (v *visitor) withApp(login string) (string, shown) {
	v.b.t.Helper()
	p := v.post("/account/factor", url.Values{"act": {"start"}, "old": {v.b.passwords[login]}}).is(http.StatusOK)
	secret := p.secret()
	done := v.post("/account/factor/confirm", url.Values{"code": {v.b.appCode(secret)}}).is(http.StatusOK)
	v.b.pass(time.Minute)
	return secret, done
}

func TestFactor_is_set_up_used_and_turned_off(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	v := b.signedIn("clerk1")
	v.get("/account").is(http.StatusOK).has("二次验证", "未启用")
	v.get("/account/factor").is(http.StatusOK).has("开始设置").lacks("qr.png")
	v.get("/account/factor/qr.png").is(http.StatusNotFound)
	v.post("/account/factor", url.Values{"old": {"wrong"}}).is(http.StatusUnprocessableEntity).has("原密码不正确")
	p := v.post("/account/factor", url.Values{"old": {b.passwords["clerk1"]}}).is(http.StatusOK).has("qr.png")
	qr := v.get("/account/factor/qr.png").is(http.StatusOK)
	if !strings.HasPrefix(qr.body, "\x89PNG") || qr.header.Get("Cache-Control") != "no-store" {
		t.Errorf("the QR code is %.10q, %s", qr.body, qr.header)
	}
	b.visitor().get("/account/factor/qr.png").is(http.StatusNotFound)
	v.post("/account/factor/confirm", url.Values{"code": {"abc"}}).is(http.StatusUnprocessableEntity).has("验证码不正确", p.secret())
	other := b.signedIn("clerk1")
	secret, done := v.withApp("clerk1")
	done.has("备用码", "二次验证已启用").lacks(secret)
	codes := regexp.MustCompile(`<li><code>([a-z0-9-]{29})</code>`).FindAllStringSubmatch(done.body, -1)
	if len(codes) != 10 {
		t.Fatalf("%d recovery codes", len(codes))
	}
	other.get("/account").is(http.StatusUnauthorized) // all other sessions have ended
	v.get("/account/factor").is(http.StatusOK).has("还有 10 个可用").lacks(codes[0][1], secret)

	w := b.visitor()
	login := url.Values{"login": {"clerk1"}, "password": {b.passwords["clerk1"]}}
	w.post("/signin", login).is(http.StatusOK).has("验证码").lacks(b.passwords["clerk1"])
	w.get("/desk").is(http.StatusUnauthorized)
	w.post("/signin/factor", url.Values{"code": {"000000"}}).is(http.StatusUnauthorized).has("验证码不正确")
	if p := w.post("/signin/factor", url.Values{"code": {b.appCode(secret)}}).is(http.StatusOK); p.path != "/desk" {
		t.Errorf("signed in to %s", p.path)
	}
	b.visitor().post("/signin/factor", url.Values{"code": {codes[0][1]}}).is(http.StatusUnauthorized).has("重新登录")
	x := b.visitor()
	x.post("/signin", login)
	x.post("/signin/factor", url.Values{"code": {codes[0][1]}}).is(http.StatusOK)
	x.get("/account").has("还有 9 个可用")
	x.post("/account/factor", url.Values{"act": {"codes"}, "old": {b.passwords["clerk1"]}}).is(http.StatusOK).lacks(codes[1][1])
	if p := x.post("/account/factor", url.Values{"act": {"remove"}, "old": {b.passwords["clerk1"]}}).is(http.StatusOK); p.path != "/account/factor" {
		t.Errorf("led to %s", p.path)
	}
	b.signedIn("clerk1")
	for _, secret := range []string{secret, codes[0][1]} {
		if strings.Contains(b.log.String(), secret) {
			t.Error("a secret of a factor is in the log")
		}
	}
}

func TestFactor_keeps_what_was_typed_before_the_session_ended(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	v := b.signedIn(wang)
	no := v.begin()
	secret, _ := v.withApp(wang)
	b.pass(3 * time.Hour) // idle too long
	p := v.post("/my/cases/"+no+"/form/name", url.Values{"asked": {"company.name"}, "company.name": {"渭南市早市面馆有限公司"}}).is(http.StatusUnauthorized)
	form := kept(p)
	form.Set("login", wang)
	form.Set("password", b.passwords[wang])
	p = v.post("/signin", form).is(http.StatusOK).has("渭南市早市面馆有限公司")
	form = kept(p)
	form.Set("code", "123456x")
	p = v.post("/signin/factor", form).is(http.StatusUnauthorized).has("渭南市早市面馆有限公司")
	form = kept(p)
	form.Set("code", b.appCode(secret))
	v.post("/signin/factor", form).is(http.StatusOK).has("请继续", "渭南市早市面馆有限公司", "/my/cases/"+no+"/form/name")
}

var hiddenField = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)">`)

// kept is what the hidden fields of a page carry on.
func kept(s shown) url.Values {
	form := url.Values{}
	for _, m := range hiddenField.FindAllStringSubmatch(s.body, -1) {
		form.Add(m[1], m[2])
	}
	return form
}

func TestFactor_of_a_post_that_must_have_one(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	seeded, err := b.gate.Seed(t.Context(), []access.NewAccount{{Login: "keeper1", Kind: caseflow.ActorOfficial, Name: "王芳", Region: weinan,
		Department: "office", Roles: []string{roleMustProve}}})
	b.must(err)
	b.passwords["keeper1"] = seeded[0].Password
	v := b.visitor()
	p := v.post("/signin", url.Values{"login": {"keeper1"}, "password": {b.passwords["keeper1"]}}).is(http.StatusOK)
	if p.path != "/account/factor" {
		t.Errorf("somebody of that post without a second factor is led to %s", p.path)
	}
	p.has("您的岗位须启用二次验证")
	v.post("/desk/recount", url.Values{}).is(http.StatusForbidden)
	v.withApp("keeper1")
	if p := v.get("/desk").is(http.StatusOK); p.path != "/desk" {
		t.Errorf("then led to %s", p.path)
	}
}

// The security administrator takes a lost factor away, and nobody else does; it stands in the log, and who lost it is told at the next
// sign-in, until there is another.
func TestFactor_that_was_lost_is_taken_away(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	v := b.signedIn("clerk1")
	v.withApp("clerk1")
	a, err := b.store.AccountByLogin(t.Context(), "clerk1")
	b.must(err)
	at := "/console/accounts/" + a.ID
	for _, login := range []string{"sys1", "aud1"} {
		other := b.signedIn(login)
		other.get(at).is(http.StatusOK).lacks(at + "/factors")
		other.post(at+"/factors", url.Values{}).is(http.StatusNotFound)
	}
	sec := b.signedIn("sec1")
	sec.get(at).is(http.StatusOK).has(`href="`+at+`?take=factors"`, "移除二次验证").lacks(`action="` + at + `/factors"`) // it cannot be undone: asked first
	sec.get(at+"?take=factors").is(http.StatusOK).has("确定移除这个人的二次验证吗？", "clerk1", "其登录全部退出", `action="`+at+`/factors"`, `href="`+at+`"`)
	b.signedIn("aud1").get(at + "?take=factors").is(http.StatusOK).lacks(at + "/factors")
	sec.post(at+"/factors", url.Values{}).is(http.StatusOK).has("二次验证已移除")
	sec.post(at+"/factors", url.Values{}).has("没有启用二次验证")
	b.signedIn("aud1").get("/console/operations?kind=factor-removed").has("sec1", "clerk1", "安全管理员解除全部验证方式")
	v.get("/desk").is(http.StatusUnauthorized)

	w := b.signedIn("clerk1")
	told := "管理员已于"
	w.get("/account").has(told)
	if p := b.visitor().post("/signin", url.Values{"login": {"clerk1"}, "password": {b.passwords["clerk1"]}}); p.path != "/account/factor" {
		t.Errorf("who lost it is led to %s", p.path)
	} else {
		p.has(told+" 2026年", "如果不是您要求的")
	}
	w.withApp("clerk1")
	w.get("/account").lacks(told)
}

func TestFactor_in_a_browser(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	w := browsertest.Start(t)
	b.signIn(w, wang)
	look := func(name string) {
		t.Helper()
		w.Axe(t)
		w.Screenshot(name)
		w.Size(375, 800)
		w.Axe(t)
		w.Screenshot(name + "-375")
		w.Size(1280, 900)
	}
	w.Goto(b.server.URL + "/account/factor")
	look("factor-none")
	w.Fill("#f-old", b.passwords[wang])
	w.Follow("main form button")
	look("factor-set-up")
	var secret string
	w.Eval("document.querySelector('main code').textContent", &secret)
	w.Fill("#f-code", b.appCode(secret))
	w.Follow("main form button")
	look("factor-codes")
	w.FollowText("已妥善保管")
	look("factor-on")
	b.pass(time.Minute)
	w.Follow("header form button") // signs out
	b.signIn(w, wang)
	look("factor-step")
	w.Fill("#f-code", b.appCode(secret))
	w.Follow("main form button")
	if got := strings.TrimPrefix(w.URL(), b.server.URL); got != "/my" {
		t.Errorf("signed in to %s", got)
	}
}

func TestSessions_end_all_others(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	v, other := b.signedIn(wang), b.signedIn(wang)
	v.get("/account").is(http.StatusOK).has("退出其他所有登录")
	v.post("/account/sessions/end-others", nil).is(http.StatusOK).lacks("退出其他所有登录")
	other.get("/account").is(http.StatusUnauthorized)
	v.get("/account").is(http.StatusOK)
}

// The browser's clock is not moved: the page is one whose session ends within the five minutes of the warning.
func TestStay_warns_before_the_session_ends_and_loses_nothing(t *testing.T) {
	t.Parallel()
	b := newBenchWith(t, access.Limits{IdleCitizen: 5 * time.Minute, Absolute: 24 * time.Hour})
	v := b.signedIn(wang)
	no := v.begin()
	w := browsertest.Start(t)
	b.signIn(w, wang)
	w.Goto(b.server.URL + "/my/cases/" + no + "/form/name")
	w.WaitFor("[data-stay]")
	w.Axe(t)
	w.Screenshot("stay")
	b.pass(3 * time.Minute)
	w.Click("[data-stay]")
	w.WaitFor("[data-stayed='240']") // seconds until it ends, less the minute in which uses are written down
	b.pass(3 * time.Minute)
	w.Eval(`document.querySelector("form[data-autosave]").removeAttribute("data-autosave")`, nil)
	w.Fill("input[name='company.name']", "渭南市早市面馆有限公司")
	b.pass(6 * time.Minute) // now it is over
	w.Click("[data-stay]")
	w.WaitFor("[data-over]")
	w.Follow("main form button[name=go], main form .acts button")
	w.WaitFor("#f-login")
	w.Fill("#f-login", wang)
	w.Fill("#f-password", b.passwords[wang])
	w.Follow("main form button")
	w.FollowText("继续")
	w.Goto(b.server.URL + "/my/cases/" + no + "/form/name")
	if got := w.Value("input[name='company.name']"); got != "渭南市早市面馆有限公司" {
		t.Errorf("after signing in again the form holds %q", got)
	}
}
