package web_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/web"
)

// op is a provider of sign-ins by OpenID Connect. It keeps to the standard (authorization code, PKCE, one use of a code) until it
// is told to lie.
type op struct {
	t      testing.TB
	server *httptest.Server
	client string // what it knows the site as
	secret string
	back   string // the one address that it leads back to
	clock  func() time.Time

	mu      sync.Mutex
	key     *rsa.PrivateKey
	kid     string
	codes   map[string]url.Values // code to what was asked
	who     map[string]any        // claims of who signs in there
	more    map[string]any        // what userinfo tells beside
	fetched int                   // how often the keys were asked for
	left    []url.Values          // who was signed out there

	lieToken    func(claims, header map[string]any)
	lieMetadata func(m map[string]any)
	lieSign     func(input string) string // the whole token instead of a signature
	serve       map[string]http.HandlerFunc
}

func newOP(t testing.TB) *op {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p := &op{t: t, client: "tongban", secret: "s3cret-of-the-site", key: key, kid: "one", codes: map[string]url.Values{}, serve: map[string]http.HandlerFunc{}}
	mux := http.NewServeMux()
	for path, serve := range map[string]http.HandlerFunc{
		"GET /.well-known/openid-configuration": p.metadata, "GET /keys": p.keys, "GET /authorize": p.authorize, "POST /token": p.token,
		"GET /userinfo": p.userinfo, "GET /leave": p.leave,
	} {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			p.mu.Lock()
			other := p.serve[r.URL.Path]
			p.mu.Unlock()
			if other != nil {
				other(w, r)
				return
			}
			serve(w, r)
		})
	}
	p.server = httptest.NewServer(mux)
	t.Cleanup(p.server.Close)
	return p
}

func answerJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

func (p *op) metadata(w http.ResponseWriter, _ *http.Request) {
	u := p.server.URL
	m := map[string]any{"issuer": u, "authorization_endpoint": u + "/authorize", "token_endpoint": u + "/token", "jwks_uri": u + "/keys",
		"userinfo_endpoint": u + "/userinfo", "end_session_endpoint": u + "/leave", "authorization_response_iss_parameter_supported": true,
		"id_token_signing_alg_values_supported": []string{"RS256", "none", "HS256"}}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.lieMetadata != nil {
		p.lieMetadata(m)
	}
	answerJSON(w, m)
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func (p *op) keys(w http.ResponseWriter, _ *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fetched++
	answerJSON(w, map[string]any{"keys": []any{map[string]any{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": p.kid,
		"n": b64(p.key.N.Bytes()), "e": b64(big.NewInt(int64(p.key.E)).Bytes())}}})
}

// authorize is the page where people sign in there: whoever is said to be there is.
func (p *op) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	p.mu.Lock()
	defer p.mu.Unlock()
	if q.Get("client_id") != p.client || q.Get("redirect_uri") != p.back || q.Get("response_type") != "code" || q.Get("code_challenge_method") != "S256" ||
		len(q.Get("state")) < 32 || len(q.Get("nonce")) < 32 || len(q.Get("code_challenge")) < 32 || !strings.Contains(q.Get("scope"), "openid") {
		http.Error(w, "not of a client that is known here: "+r.URL.RawQuery, http.StatusBadRequest)
		return
	}
	code := rand.Text()
	p.codes[code] = q
	back := url.Values{"code": {code}, "state": {q.Get("state")}, "iss": {p.server.URL}}
	http.Redirect(w, r, p.back+"?"+back.Encode(), http.StatusFound)
}

// lastAsked is what the one sign-in that waits was asked with.
func (p *op) lastAsked() url.Values {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, q := range p.codes {
		return q
	}
	return nil
}

func (p *op) token(w http.ResponseWriter, r *http.Request) {
	id, secret, ok := r.BasicAuth()
	_ = r.ParseForm()
	p.mu.Lock()
	defer p.mu.Unlock()
	asked, known := p.codes[r.PostForm.Get("code")]
	delete(p.codes, r.PostForm.Get("code")) // a code is good for one try
	challenge := sha256.Sum256([]byte(r.PostForm.Get("code_verifier")))
	if !ok || id != p.client || secret != p.secret || !known || r.PostForm.Get("redirect_uri") != p.back || b64(challenge[:]) != asked.Get("code_challenge") {
		w.WriteHeader(http.StatusBadRequest)
		answerJSON(w, map[string]string{"error": "invalid_grant"})
		return
	}
	access := rand.Text()
	hash := sha256.Sum256([]byte(access))
	now := p.clock()
	claims := map[string]any{"iss": p.server.URL, "aud": p.client, "iat": now.Unix(), "exp": now.Add(5 * time.Minute).Unix(), "nonce": asked.Get("nonce"), "at_hash": b64(hash[:16])}
	maps.Copy(claims, p.who)
	header := map[string]any{"alg": "RS256", "kid": p.kid, "typ": "JWT"}
	if p.lieToken != nil {
		p.lieToken(claims, header)
	}
	answerJSON(w, map[string]any{"access_token": access, "token_type": "Bearer", "expires_in": 300, "id_token": p.signed(header, claims)})
}

func (p *op) signed(header, claims map[string]any) string {
	h, _ := json.Marshal(header)
	c, _ := json.Marshal(claims)
	input := b64(h) + "." + b64(c)
	if p.lieSign != nil {
		return p.lieSign(input)
	}
	return p.signedWith(p.key, input)
}

func (p *op) signedWith(key *rsa.PrivateKey, input string) string {
	sum := sha256.Sum256([]byte(input))
	sig, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		p.t.Error(err)
	}
	return input + "." + b64(sig)
}

func (p *op) userinfo(w http.ResponseWriter, _ *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	answerJSON(w, p.more)
}

func (p *op) leave(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.left = append(p.left, r.URL.Query())
	http.Redirect(w, r, r.URL.Query().Get("post_logout_redirect_uri"), http.StatusFound)
}

// person is who signs in there next.
func (p *op) person(subject, name, document, phone string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.who = map[string]any{"sub": subject, "name": name, "id_number": document, "phone_number": phone, "acr": "real-name"}
	p.more = map[string]any{"sub": subject}
}

func (p *op) set(change func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change()
}

// providedBench is a site that trusts a provider for parties, national, and one for officials, staff.
func providedBench(t testing.TB) (*bench, *op, *op) {
	t.Helper()
	national, staff := newOP(t), newOP(t)
	b := providersOf(t, national, staff, &http.Client{Timeout: 3 * time.Second})
	return b, national, staff
}

func providersOf(t testing.TB, national, staff *op, client *http.Client, change ...func(*web.Deps)) *bench {
	t.Helper()
	return providersAt(t, "https://zwfw.example.cn", providerList(t, national, staff), national, staff, client, change...)
}

// providerList is the file of the two providers.
func providerList(t testing.TB, national, staff *op) []access.Provider {
	t.Helper()
	file := "providers:\n" +
		"- {id: national, name: {zh: 国家政务服务平台, en: National platform}, issuer: " + national.server.URL + ", client: tongban, secret: env:SECRET, realm: parties,\n" +
		"   claims: {document: id_number}, assured: [real-name]}\n" +
		"- {id: staff, name: {zh: 政务内网, en: Staff network}, issuer: " + staff.server.URL + ", client: tongban, secret: env:SECRET, realm: officials}\n"
	list, err := access.ParseProviders("providers.yaml", []byte(file), func(string) (string, bool) { return national.secret, true })
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// providersAt is the site at an address.
func providersAt(t testing.TB, base string, list []access.Provider, national, staff *op, client *http.Client, change ...func(*web.Deps)) *bench {
	t.Helper()
	national.back, staff.back = base+"/signin/national/callback", base+"/signin/staff/callback"
	return benchGated(t, practice03(t), weinan, func(b *bench, o *access.Options) {
		national.clock, staff.clock = b.clock, b.clock
		o.Providers = access.NewProviders(list, base, client, b.clock)
	}, change...)
}

// away is what a browser does between the button and the way back: it takes the page's link, signs in there, and is led back here.
func (v *visitor) away(id string, form url.Values) url.Values {
	v.b.t.Helper()
	return v.there(v.post("/signin/"+id, form).is(http.StatusOK))
}

// there follows the link of a page to the provider, and returns what that leads back with.
func (v *visitor) there(p shown) url.Values {
	v.b.t.Helper()
	address, ok := strings.CutPrefix(p.header.Get("Refresh"), "0; url=")
	if !ok || !strings.Contains(p.body, strings.ReplaceAll(address, "&", "&amp;")) {
		v.b.t.Fatalf("the page does not lead to the provider: %s\n%s", p.header.Get("Refresh"), text(p.body))
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	r, err := client.Get(address)
	v.b.must(err)
	said, _ := io.ReadAll(r.Body)
	v.b.must(r.Body.Close())
	back, err := r.Location()
	if err != nil {
		v.b.t.Fatalf("the provider answered %d: %s", r.StatusCode, said)
	}
	return back.Query()
}

func (v *visitor) back(id string, answer url.Values) shown {
	v.b.t.Helper()
	return v.get("/signin/" + id + "/callback?" + answer.Encode())
}

// at is where redirects have led to.
func (s shown) at(path string) shown {
	s.t.Helper()
	if s.status != http.StatusOK || s.path != path {
		s.t.Fatalf("%d at %s, not at %s:\n%s", s.status, s.path, path, text(s.body))
	}
	return s
}
