package web_test

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/store"
)

// lies are answers of a provider that must not be believed, each with the reason that must be recorded.
var lies = []struct {
	name, why string
	token     func(p *op, claims, header map[string]any)
}{
	{"wrong issuer", "provider-issuer", func(_ *op, c, _ map[string]any) { c["iss"] = "https://evil.example" }},
	{"issuer with a slash more", "provider-issuer", func(_ *op, c, _ map[string]any) { c["iss"] = c["iss"].(string) + "/" }},
	{"no issuer", "provider-issuer", func(_ *op, c, _ map[string]any) { delete(c, "iss") }},
	{"wrong audience", "provider-audience", func(_ *op, c, _ map[string]any) { c["aud"] = "another-site" }},
	{"no audience", "provider-audience", func(_ *op, c, _ map[string]any) { delete(c, "aud") }},
	{"several audiences and no party", "provider-audience", func(_ *op, c, _ map[string]any) { c["aud"] = []string{"tongban", "another-site"} }},
	{"another party", "provider-audience", func(_ *op, c, _ map[string]any) {
		c["aud"], c["azp"] = []string{"tongban", "another-site"}, "another-site"
	}},
	{"expired", "provider-expired", func(p *op, c, _ map[string]any) { c["exp"] = p.clock().Add(-2 * time.Minute).Unix() }},
	{"never expires", "provider-expired", func(_ *op, c, _ map[string]any) { delete(c, "exp") }},
	{"issued before it was asked for", "provider-expired", func(p *op, c, _ map[string]any) { c["iat"] = p.clock().Add(-time.Hour).Unix() }},
	{"issued never", "provider-expired", func(_ *op, c, _ map[string]any) { delete(c, "iat") }},
	{"issued in the future", "provider-future", func(p *op, c, _ map[string]any) { c["iat"] = p.clock().Add(5 * time.Minute).Unix() }},
	{"not valid yet", "provider-future", func(p *op, c, _ map[string]any) { c["nbf"] = p.clock().Add(2 * time.Minute).Unix() }},
	{"other nonce", "provider-nonce", func(_ *op, c, _ map[string]any) { c["nonce"] = "n-0S6_WzA2Mj" }},
	{"no nonce", "provider-nonce", func(_ *op, c, _ map[string]any) { delete(c, "nonce") }},
	{"hash of another access token", "provider-at-hash", func(_ *op, c, _ map[string]any) { c["at_hash"] = "MTIzNDU2Nzg5MDEyMzQ1Ng" }},
	{"no subject", "provider-subject", func(_ *op, c, _ map[string]any) { delete(c, "sub") }},
	{"subject that is no text", "provider-signature", func(_ *op, c, _ map[string]any) { c["sub"] = 7 }},
	{"endless subject", "provider-subject", func(_ *op, c, _ map[string]any) { c["sub"] = strings.Repeat("n", 300) }},
	{"weak assurance", "provider-weak", func(_ *op, c, _ map[string]any) { c["acr"] = "phone-only" }},
	{"no assurance", "provider-weak", func(_ *op, c, _ map[string]any) { delete(c, "acr") }},
	{"alg none", "provider-signature", func(p *op, _, h map[string]any) {
		h["alg"] = "none"
		p.lieSign = func(input string) string { return input + "." }
	}},
	{"HS256 with the public key", "provider-signature", func(p *op, _, h map[string]any) {
		h["alg"] = "HS256"
		der, _ := x509.MarshalPKIXPublicKey(&p.key.PublicKey)
		public := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
		p.lieSign = func(input string) string {
			mac := hmac.New(sha256.New, public)
			mac.Write([]byte(input))
			return input + "." + b64(mac.Sum(nil))
		}
	}},
	{"RS256 said, signed with nothing", "provider-signature", func(p *op, _, _ map[string]any) {
		p.lieSign = func(input string) string { return input + "." }
	}},
	{"key of somebody else", "provider-signature", func(p *op, _, _ map[string]any) {
		p.lieSign = func(input string) string { return p.signedWith(other, input) }
	}},
	{"key in the header", "provider-signature", func(p *op, _, h map[string]any) {
		p.lieSign = func(input string) string { return p.signedWith(other, input) }
		h["jwk"] = map[string]any{"kty": "RSA", "n": b64(other.N.Bytes()), "e": "AQAB"}
	}},
	{"unknown key", "provider-signature", func(_ *op, _, h map[string]any) { h["kid"] = "two" }},
	{"no token at all", "provider-signature", func(p *op, _, _ map[string]any) { p.lieSign = func(string) string { return "" } }},
	{"userinfo of another subject", "provider-subject", func(p *op, c, _ map[string]any) {
		delete(c, "name")
		p.more = map[string]any{"sub": "n-2", "name": "李志强"}
	}},
}

// other is a key that no provider publishes.
var other = func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
}()

func TestProvider_that_lies_in_a_token_is_not_believed(t *testing.T) {
	t.Parallel()
	b, national, _ := providedBench(t)
	a, err := b.store.AccountByLogin(t.Context(), wang)
	b.must(err)
	b.must(b.store.AddIdentity(t.Context(), store.Identity{Issuer: national.server.URL, Subject: "n-1", Account: a.ID, Added: b.clock()}, nil))
	for _, lie := range lies {
		t.Run(lie.name, func(t *testing.T) {
			b.pass(2 * time.Hour) // neither keys nor failures of before are remembered
			national.person("n-1", "王秀英", citizen(1).No, "")
			national.set(func() {
				national.lieToken, national.lieSign = nil, nil
				national.lieToken = func(claims, header map[string]any) { lie.token(national, claims, header) }
			})
			v := b.visitor()
			before := len(b.traces(store.SignInLog))
			answer := v.away("national", nil)
			p := v.back("national", answer).is(http.StatusUnauthorized).has("登录").lacks("evil.example", "another-site", answer.Get("code"))
			if lie.why != "provider-weak" {
				p.has("返回的结果无法核实", "没有任何变化")
			}
			v.get("/account").is(http.StatusUnauthorized)
			v.get("/signin/new").is(http.StatusUnauthorized)
			log := b.traces(store.SignInLog)
			if len(log) != before+1 || log[0] != "sign-in-refused "+lie.why {
				t.Errorf("recorded: %v", log[:len(log)-before])
			}
			v.back("national", answer).is(http.StatusUnauthorized).has("已超时或已结束") // once, whatever came of it
			national.set(func() { national.lieToken, national.lieSign = nil, nil })
		})
	}
	b.pass(2 * time.Hour)
	v := b.visitor()
	v.back("national", v.away("national", nil)).at("/my") // and the truth is believed
	b.signedIn("sec1").get("/console/sign-ins").is(http.StatusOK).has("登录失败", "没有用户标识，或者前后不一致", "签名无效或者算法不允许")
}

func TestProvider_answers_of_other_sign_ins_are_refused(t *testing.T) {
	t.Parallel()
	b, national, _ := providedBench(t)
	national.person("n-1", newName, newDoc, "")
	change := func(answer url.Values, name string, values ...string) url.Values {
		c := url.Values{}
		for k, v := range answer {
			c[k] = v
		}
		if c[name] = values; len(values) == 0 {
			delete(c, name)
		}
		return c
	}
	t.Run("state of another browser", func(t *testing.T) {
		v, thief := b.visitor(), b.visitor()
		answer, own := v.away("national", nil), thief.away("national", nil)
		thief.back("national", answer).is(http.StatusUnauthorized).has("已超时或已结束")
		b.visitor().back("national", answer).is(http.StatusUnauthorized).has("已超时或已结束")
		for _, state := range [][]string{nil, {""}, {"x"}, {own.Get("state")}, {answer.Get("state"), answer.Get("state")}} {
			v.back("national", change(answer, "state", state...)).is(http.StatusUnauthorized)
		}
		v.get("/signin/staff/callback?" + answer.Encode()).is(http.StatusUnauthorized) // the right state at the wrong provider's address
		v.back("national", answer).at("/signin/new")                                   // forged answers have not ended it
	})
	t.Run("code of another sign-in", func(t *testing.T) {
		v, w := b.visitor(), b.visitor()
		stolen, own := v.away("national", nil), w.away("national", nil)
		w.back("national", change(own, "code", stolen.Get("code"))).is(http.StatusUnauthorized).has("返回的结果无法核实")
	})
	t.Run("code replayed", func(t *testing.T) {
		v := b.visitor()
		answer := v.away("national", nil)
		v.back("national", answer).at("/signin/new")
		v.back("national", answer).is(http.StatusUnauthorized)
		w := b.visitor()
		w.back("national", change(w.away("national", nil), "code", answer.Get("code"))).is(http.StatusUnauthorized)
	})
	t.Run("answer of another provider", func(t *testing.T) {
		for _, iss := range [][]string{nil, {"https://evil.example"}, {national.server.URL, national.server.URL}} {
			v := b.visitor()
			v.back("national", change(v.away("national", nil), "iss", iss...)).is(http.StatusUnauthorized).has("返回的结果无法核实")
		}
	})
	t.Run("refused there", func(t *testing.T) {
		v := b.visitor()
		answer := change(v.away("national", nil), "code")
		answer.Set("error", "access_denied")
		answer.Set("error_description", "<script>alert(1)</script>")
		v.back("national", answer).is(http.StatusUnauthorized).has("您在登录平台取消了登录").lacks("alert(1)")
	})
	t.Run("too late", func(t *testing.T) {
		v := b.visitor()
		answer := v.away("national", nil)
		b.pass(11 * time.Minute)
		v.back("national", answer).is(http.StatusUnauthorized).has("已超时或已结束")
	})
	t.Run("leads nowhere else", func(t *testing.T) {
		v := b.visitor()
		v.back("national", v.away("national", url.Values{"return": {"https://evil.example/"}})).at("/signin/new")
		v.post("/signin/new/join", nil).at("/my")
		for _, to := range []string{"https://evil.example/", "//evil.example", `/\evil.example`, "javascript:alert(1)"} {
			v := b.visitor()
			v.back("national", v.away("national", url.Values{"return": {to}})).at("/my")
		}
	})
	log := strings.Join(b.traces(store.SignInLog), "\n")
	for _, why := range []string{"provider-state", "provider-code", "provider-mix-up", "provider-denied"} {
		if !strings.Contains(log, "sign-in-refused "+why) {
			t.Errorf("not recorded: %s", why)
		}
	}
}

func TestProvider_that_answers_wrongly_or_endlessly_costs_little(t *testing.T) {
	t.Parallel()
	national, staff := newOP(t), newOP(t)
	b := providersOf(t, national, staff, &http.Client{Timeout: time.Second})
	national.person("n-1", newName, newDoc, "")
	var sent atomic.Int64
	flood := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		chunk := []byte(strings.Repeat(`{"a":`, 1<<13))
		for r.Context().Err() == nil {
			n, err := w.Write(chunk)
			sent.Add(int64(n))
			if err != nil {
				return
			}
		}
	}
	hang := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte("{"))
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}
	inner := false
	staff.set(func() {
		staff.serve["/keys"] = func(w http.ResponseWriter, r *http.Request) { inner = true; staff.keys(w, r) }
	})
	metadata := func(change func(map[string]any)) func() {
		return func() { national.lieMetadata = change }
	}
	serve := func(path string, h http.HandlerFunc) func() {
		return func() { national.serve[path] = h }
	}
	for name, lie := range map[string]struct {
		set   func()
		start bool // it is found before anybody leaves
	}{
		"giant discovery document":       {serve("/.well-known/openid-configuration", flood), true},
		"endless body":                   {serve("/.well-known/openid-configuration", hang), true},
		"discovery leads elsewhere":      {serve("/.well-known/openid-configuration", http.RedirectHandler(staff.server.URL+"/keys", http.StatusFound).ServeHTTP), true},
		"discovery is a page":            {serve("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) }), true},
		"discovery of another issuer":    {metadata(func(m map[string]any) { m["issuer"] = "https://evil.example" }), true},
		"address without TLS":            {metadata(func(m map[string]any) { m["token_endpoint"] = "http://evil.example/token" }), true},
		"address that is script":         {metadata(func(m map[string]any) { m["authorization_endpoint"] = "javascript:alert(1)" }), true},
		"address with a password":        {metadata(func(m map[string]any) { m["jwks_uri"] = "https://a:b@evil.example/" }), true},
		"no keys":                        {serve("/keys", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) }), false},
		"giant keys":                     {serve("/keys", flood), false},
		"keys lead elsewhere":            {serve("/keys", http.RedirectHandler(staff.server.URL+"/keys", http.StatusFound).ServeHTTP), false},
		"giant answer to the code":       {serve("/token", flood), false},
		"endless answer to the code":     {serve("/token", hang), false},
		"the code leads elsewhere":       {serve("/token", http.RedirectHandler(staff.server.URL+"/keys", http.StatusTemporaryRedirect).ServeHTTP), false},
		"an error where the code is due": {serve("/token", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }), false},
	} {
		t.Run(name, func(t *testing.T) {
			b.pass(2 * time.Hour)
			sent.Store(0)
			national.set(lie.set)
			v := b.visitor()
			if lie.start {
				v.post("/signin/national", nil).is(http.StatusBadGateway).has("登录平台暂时没有响应", `name="password"`)
			} else {
				v.back("national", v.away("national", nil)).is(http.StatusBadGateway).has("登录平台暂时没有响应", `name="password"`)
			}
			v.get("/account").is(http.StatusUnauthorized)
			if log := b.traces(store.SignInLog); len(log) == 0 || log[0] != "sign-in-refused provider-away" && log[0] != "sign-in-refused provider-metadata" {
				t.Errorf("recorded: %v", log)
			}
			if n := sent.Load(); n > 16<<20 {
				t.Errorf("%d bytes were taken", n)
			}
			national.set(func() { clear(national.serve); national.lieMetadata = nil })
		})
	}
	if inner {
		t.Error("a redirect was followed")
	}
}

func TestProvider_that_changes_keys_without_end_is_asked_seldom(t *testing.T) {
	t.Parallel()
	b, national, _ := providedBench(t)
	national.person("n-1", newName, newDoc, "")
	v := b.visitor()
	v.back("national", v.away("national", nil)).at("/signin/new")
	first := national.fetched
	national.set(func() { national.lieToken = func(_, header map[string]any) { header["kid"] = rand.Text() } })
	for range 20 {
		b.pass(time.Second)
		v.back("national", v.away("national", nil)).is(http.StatusUnauthorized)
	}
	if n := national.fetched - first; n > 1 {
		t.Errorf("the keys were fetched %d times in twenty seconds", n)
	}
	// A real change of keys is followed within the half minute.
	national.set(func() { national.lieToken, national.key, national.kid = nil, other, "two" })
	b.pass(31 * time.Second)
	v.back("national", v.away("national", nil)).at("/signin/new")
	// A key that the provider has withdrawn is forgotten within the hour.
	b.pass(61 * time.Minute)
	old, err := rsa.GenerateKey(rand.Reader, 2048)
	b.must(err)
	national.set(func() { national.key, national.kid = old, "three" })
	v.back("national", v.away("national", nil)).at("/signin/new")
	national.set(func() {
		national.lieToken = func(_, header map[string]any) { header["kid"] = "two"; national.key = other }
	})
	v.back("national", v.away("national", nil)).is(http.StatusUnauthorized)
}

func TestProvider_failures_are_throttled(t *testing.T) {
	t.Parallel()
	b, national, _ := providedBench(t)
	national.person("n-1", newName, newDoc, "")
	v := b.visitor()
	for range 50 {
		v.get("/signin/national/callback?code=x&state=y").is(http.StatusUnauthorized)
	}
	v.get("/signin/national/callback?code=x&state=y").is(http.StatusTooManyRequests)
	if n := len(b.traces(store.SignInLog)); n > 51 {
		t.Errorf("%d traces", n)
	}
	w := b.visitor()
	b.pass(16 * time.Minute)
	for range 200 {
		w.post("/signin/national", nil).is(http.StatusOK)
	}
	w.post("/signin/national", nil).is(http.StatusTooManyRequests)
	big := url.Values{"kept.purpose": {strings.Repeat("很", 9000)}}
	b.pass(16 * time.Minute)
	w.post("/signin/national", big).is(http.StatusUnprocessableEntity).has("填写的内容都在", "很很很")
}
