package web_test

import (
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/seal"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/web"
)

const (
	newName = "李雪梅"
	newDoc  = "11010519491231002X"
)

// means is the account that a provider's person means; nil if none.
func (b *bench) means(p *op, subject string) *store.Account {
	b.t.Helper()
	i, err := b.store.Identity(b.t.Context(), p.server.URL, subject)
	if err != nil {
		return nil
	}
	a, err := b.store.AccountByID(b.t.Context(), i.Account)
	b.must(err)
	return a
}

// waiting is what the store keeps of somebody whom a provider knows and this site does not.
func (b *bench) waiting(v *visitor) string {
	b.t.Helper()
	here, err := url.Parse(b.server.URL)
	b.must(err)
	for _, c := range v.client.Jar.Cookies(here) {
		if strings.HasSuffix(c.Name, "tongban-new") {
			token, err := access.ParseToken(c.Value)
			b.must(err)
			ticket, err := b.store.Ticket(b.t.Context(), token.Hash())
			b.must(err)
			return string(ticket.Body)
		}
	}
	return ""
}

// traces are what a log tells, newest first, as kind and reason.
func (b *bench) traces(log string) []string {
	b.t.Helper()
	list, _, err := b.store.FindTraces(b.t.Context(), store.TraceQuery{Log: log, Regions: []string{weinan, ""}, Limit: 200})
	b.must(err)
	said := make([]string, len(list))
	for i, t := range list {
		said[i] = t.Kind + " " + t.Reason
	}
	return said
}

func TestProvider_somebody_new_gets_an_account_without_a_password(t *testing.T) {
	t.Parallel()
	b, national, _ := providedBench(t)
	national.person("n-1", newName, newDoc, "13900139000")
	v := b.visitor()
	v.get("/signin").is(http.StatusOK).has("用国家政务服务平台登录", "用政务内网登录")
	v.back("national", v.away("national", url.Values{"return": {"/my/licences"}})).at("/signin/new").
		has("第一次这样登录", "国家政务服务平台").lacks(newDoc, newName)
	if kept := b.waiting(v); len(kept) == 0 || strings.Contains(kept, newDoc) || strings.Contains(kept, newName) {
		t.Errorf("the store keeps of who has arrived: %q", kept)
	}
	if b.means(national, "n-1") != nil {
		t.Fatal("an account was made that nobody has asked for")
	}
	v.post("/signin/new/join", nil).at("/my/licences")
	a := b.means(national, "n-1")
	if a == nil || a.Name != newName || seal.KeyOf(a.DocNo) == "" || strings.Contains(a.DocNo, newDoc) || a.Login != "13900139000" || a.Region != weinan || a.Verified.IsZero() || a.Password != "" {
		t.Fatalf("the account is %+v", a)
	}
	v.get("/account").is(http.StatusOK).has(newName, "统一身份登录")
	v.get("/account/identities").is(http.StatusOK).has("国家政务服务平台", "没有密码，不能解除关联").lacks("解除选中的关联")
	v.post("/account/identities/remove", url.Values{"identity": {national.server.URL + " n-1"}}).is(http.StatusUnprocessableEntity).has("没有密码")
	for _, password := range []string{"", " ", newDoc} {
		b.visitor().post("/signin", url.Values{"login": {"13900139000"}, "password": {password}}).is(http.StatusUnauthorized)
	}
	b.pass(time.Minute)
	// The next time nobody is asked anything, and what was typed before comes back.
	w := b.visitor()
	p := w.back("national", w.away("national", url.Values{"return": {"/my/mandates"}, "kept.item": {"company-open"}}))
	p.is(http.StatusOK).has("登录成功，请继续", `name="item" value="company-open"`, `action="/my/mandates"`)
	if got := b.traces(store.SignInLog); got[0] != "signed-in provider:national" {
		t.Errorf("the log tells %v", got)
	}
	// Signing out here leads on to the provider, which leads back.
	if got := w.post("/signout", nil).is(http.StatusOK).has("还将在国家政务服务平台退出").header.Get("Refresh"); !strings.Contains(got, national.server.URL+"/leave?client_id=tongban&post_logout_redirect_uri=https%3A%2F%2Fzwfw.example.cn%2F") {
		t.Errorf("signing out leads to %q", got)
	}
	w.get("/account").is(http.StatusUnauthorized)
	w.post("/signout", nil).at("/") // once
}

func TestProvider_links_the_account_that_is_there_only_by_its_password(t *testing.T) {
	t.Parallel()
	b, national, _ := providedBench(t)
	national.person("n-wang", "王秀英", citizen(1).No, wang) // her name, her document, her number: none of them joins
	v := b.visitor()
	v.back("national", v.away("national", nil)).at("/signin/new")
	v.get("/account").is(http.StatusUnauthorized)
	v.post("/signin/new/link", url.Values{"login": {wang}, "password": {"wrong password"}}).is(http.StatusUnauthorized).has("账号或密码不正确", wang)
	v.post("/signin/new/link", url.Values{"login": {li}, "password": {b.passwords[li]}}).is(http.StatusUnprocessableEntity).has("证件号码与这个账号的不一致")
	v.post("/signin/new/link", url.Values{"login": {"clerk1"}, "password": {b.passwords["clerk1"]}}).is(http.StatusForbidden)
	if a := b.means(national, "n-wang"); a != nil {
		t.Fatalf("it means %s already", a.Login)
	}
	v = b.visitor()
	v.back("national", v.away("national", nil)).at("/signin/new")
	v.post("/signin/new/link", url.Values{"login": {wang}, "password": {b.passwords[wang]}}).at("/my")
	if a := b.means(national, "n-wang"); a == nil || a.Login != wang {
		t.Fatalf("it means %v", a)
	}
	// Another person of the provider cannot take the account, nor this one another account.
	w := b.signedIn(li)
	w.back("national", w.there(w.post("/account/identities", url.Values{"provider": {"national"}, "old": {b.passwords[li]}}))).is(http.StatusUnprocessableEntity).has("证件号码与这个账号的不一致")

	v.post("/account/identities/remove", url.Values{"identity": {national.server.URL + " n-wang"}, "old": {"wrong"}}).is(http.StatusUnprocessableEntity).has("原密码不正确")
	v.post("/account/identities/remove", url.Values{"identity": {national.server.URL + " n-wang"}, "old": {b.passwords[wang]}}).at("/account/identities")
	if b.means(national, "n-wang") != nil {
		t.Error("it is linked still")
	}
	log := strings.Join(b.traces(store.SignInLog), "\n")
	for _, want := range []string{"identity-linked provider:national", "identity-unlinked provider:national", "sign-in-refused provider-other"} {
		if !strings.Contains(log, want) {
			t.Errorf("the log lacks %q:\n%s", want, log)
		}
	}
}

func TestProvider_joining_beside_a_login_that_is_taken_takes_nothing(t *testing.T) {
	t.Parallel()
	b, national, _ := providedBench(t)
	national.person("n-2", "王秀英", citizen(1).No, wang)
	v := b.visitor()
	v.back("national", v.away("national", nil)).at("/signin/new")
	v.post("/signin/new/join", nil).at("/my")
	a, err := b.store.AccountByLogin(t.Context(), wang)
	b.must(err)
	if own := b.means(national, "n-2"); own == nil || own.ID == a.ID || own.Login == wang {
		t.Errorf("the newcomer's account is %+v", own)
	}
	v.post("/signin/new/join", nil).is(http.StatusUnauthorized) // once
	b.signedIn(wang)
}

func TestProvider_a_second_factor_is_asked_for_all_the_same(t *testing.T) {
	t.Parallel()
	b, national, _ := providedBench(t)
	national.person("n-wang", "王秀英", citizen(1).No, "")
	v := b.signedIn(wang)
	secret, _ := v.withApp(wang)
	code := func() url.Values {
		b.pass(time.Minute)
		return url.Values{"code": {b.appCode(secret)}, "return": {"/account/identities"}}
	}

	// From the first sign-in: password, code, and the password once more.
	w := b.visitor()
	w.back("national", w.away("national", nil)).at("/signin/new")
	w.post("/signin/new/link", url.Values{"login": {wang}, "password": {b.passwords[wang]}}).is(http.StatusOK).has("验证码")
	if b.means(national, "n-wang") != nil {
		t.Fatal("it was linked before the second factor")
	}
	w.post("/signin/factor", code()).at("/account/identities").has("关联您在国家政务服务平台的身份").lacks(citizen(1).No)
	w.post("/account/identities/waiting", url.Values{"old": {"wrong"}}).is(http.StatusUnprocessableEntity)
	w.post("/account/identities/waiting", url.Values{"old": {b.passwords[wang]}}).at("/account/identities").has("已经关联", "解除选中的关联")

	x := b.visitor()
	x.back("national", x.away("national", nil)).is(http.StatusOK).has("验证码")
	x.get("/account").is(http.StatusUnauthorized)
	x.post("/signin/factor", code()).at("/account/identities")
	x.get("/account").is(http.StatusOK)
}

func TestProvider_links_from_the_security_page_in_the_same_session_only(t *testing.T) {
	t.Parallel()
	b, national, _ := providedBench(t)
	national.person("n-wang", "王秀英", citizen(1).No, "")
	v := b.signedIn(wang)
	v.get("/account/identities").is(http.StatusOK).has("国家政务服务平台").lacks("政务内网")
	v.post("/account/identities", url.Values{"provider": {"national"}, "old": {"wrong"}}).is(http.StatusUnprocessableEntity).has("原密码不正确")
	v.post("/account/identities", url.Values{"provider": {"staff"}, "old": {b.passwords[wang]}}).is(http.StatusNotFound)
	answer := v.there(v.post("/account/identities", url.Values{"provider": {"national"}, "old": {b.passwords[wang]}}))
	b.signedIn(li).back("national", answer).is(http.StatusUnauthorized) // another browser
	v.back("national", answer).at("/account/identities").has("已经关联")

	// Signed out while away: nothing is linked, and nobody signed in.
	w := b.signedIn(li)
	national.person("n-li", "李志强", citizen(2).No, "")
	answer = w.there(w.post("/account/identities", url.Values{"provider": {"national"}, "old": {b.passwords[li]}}))
	w.post("/signout", nil).at("/")
	w.back("national", answer).is(http.StatusUnauthorized)
	if b.means(national, "n-li") != nil {
		t.Error("linked without a session")
	}
}

func TestProvider_an_official_is_linked_by_two_administrators_and_never_made(t *testing.T) {
	t.Parallel()
	b, _, staff := providedBench(t)
	staff.person("s-77", "赵明", "", "")
	v := b.visitor()
	v.back("staff", v.away("staff", nil)).is(http.StatusUnauthorized).has("没有关联工作人员账号")
	v.get("/signin/new").is(http.StatusUnauthorized)
	clerk, err := b.store.AccountByLogin(t.Context(), "clerk1")
	b.must(err)
	page := "/console/accounts/" + clerk.ID
	form := url.Values{"version": {"0"}, "provider": {"staff"}, "subject": {"s-77"}}

	sec, sys := b.signedIn("sec1"), b.signedIn("sys1")
	sec.post(page+"/link", form).is(http.StatusNotFound)
	b.signedIn("clerk1").post(page+"/link", form).is(http.StatusNotFound)
	sys.post(page+"/link", url.Values{"version": {"0"}, "provider": {"national"}, "subject": {" "}}).is(http.StatusUnprocessableEntity).has("没有这个登录平台", "请填写登录平台上的用户标识")
	sys.get(page).is(http.StatusOK).has("平台上的用户标识").lacks("解除关联")
	busy := b.signedIn("clerk1")
	sys.post(page+"/link", form).at(page).has("已经关联", "s-77")
	busy.get("/desk").is(http.StatusUnauthorized)
	v.back("staff", v.away("staff", nil)).is(http.StatusUnauthorized).has("账号或密码不正确") // closed until the other one opens it
	sec.post(page+"/open", url.Values{"version": {"1"}}).at(page)
	v.back("staff", v.away("staff", nil)).at("/desk")

	sys.post(page+"/unlink", url.Values{"issuer": {staff.server.URL}, "subject": {"s-77"}}).is(http.StatusNotFound)
	sec.post(page+"/unlink", url.Values{"issuer": {staff.server.URL}, "subject": {"s-77"}}).at(page).has("已经解除关联")
	v.get("/desk").is(http.StatusUnauthorized)
	v.back("staff", v.away("staff", nil)).is(http.StatusUnauthorized).has("没有关联工作人员账号")
	log := strings.Join(b.traces(store.OperationLog), "\n")
	for _, want := range []string{"identity-linked provider:staff", "identity-unlinked provider:staff"} {
		if !strings.Contains(log, want) {
			t.Errorf("the log lacks %q:\n%s", want, log)
		}
	}
	b.signedIn("aud1").get("/console/operations").is(http.StatusOK).has("关联统一身份", "通过政务内网", "staff:s-77")
}

func TestProvider_at_a_public_terminal_the_last_person_is_not_let_in_again(t *testing.T) {
	t.Parallel()
	national, staff := newOP(t), newOP(t)
	b := providersOf(t, national, staff, &http.Client{Timeout: 3 * time.Second}, func(d *web.Deps) {
		d.Terminals = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	})
	national.person("n-1", newName, newDoc, "")
	v := b.visitor()
	v.away("national", nil)
	asked := national.lastAsked()
	if asked.Get("prompt") != "login" {
		t.Errorf("the provider was asked %v", asked)
	}
	other, national2, _ := providedBench(t)
	national2.person("n-1", newName, newDoc, "")
	other.visitor().away("national", nil)
	if asked := national2.lastAsked(); asked.Has("prompt") || asked.Get("acr_values") != "real-name" {
		t.Errorf("the provider was asked %v", asked)
	}
}

func TestProvider_file_says_what_is_wrong_with_it(t *testing.T) {
	t.Parallel()
	good := "providers:\n- {id: a, name: {zh: 甲, en: A}, issuer: 'https://a.example', client: c, secret: 'env:S', realm: parties, claims: {document: id}}\n"
	env := func(name string) (string, bool) { return "tops3cret", name == "S" }
	if _, err := access.ParseProviders("f", []byte(good), env); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string][2]string{
		"https":        {"https://a.example", "http://a.example"},
		"RS256":        {"client: c", "client: c, algorithms: [none]"},
		"RS256 ":       {"client: c", "client: c, algorithms: [HS256]"},
		"realm":        {"realm: parties", "realm: everybody"},
		"document":     {"claims: {document: id}", "claims: {}"},
		"environment":  {"env:S", "env:MISSING"},
		"holds none":   {"env:S", "tops3cret"},
		"id has small": {"id: a", "id: A"},
		"none of":      {"id: a", "id: new"},
		"name in zh":   {"en: A", "en: ''"},
		"not of the":   {"client: c", "clinet: c"},
		"the client":   {"client: c", "client: ''"},
		"such as":      {"https://a.example", "https://u@a.example"},
	} {
		_, err := access.ParseProviders("f", []byte(strings.Replace(good, change[0], change[1], 1)), env)
		if err == nil || !strings.Contains(err.Error(), strings.TrimSpace(name)) || strings.Contains(err.Error(), "tops3cret") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := access.ParseProviders("f", []byte(good+strings.TrimPrefix(good, "providers:\n")), env); err == nil {
		t.Error("one id twice is taken")
	}
}
