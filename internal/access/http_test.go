package access

import (
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
)

// site is a small site behind a door: sign in, sign out, change the password, and a page that says who looks at it.
type site struct {
	*scene
	door   *Door
	server *httptest.Server
}

func newSite(t *testing.T, o DoorOptions, tls bool) *site {
	t.Helper()
	s := newScene(t, Limits{AddressTries: 10})
	door, err := NewDoor(s.Gate, o)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	answer := func(w http.ResponseWriter, r *http.Request, err error) {
		if err == nil {
			http.Redirect(w, r, "/me", http.StatusSeeOther)
			return
		}
		status, show, retry := Status(err)
		if retry > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(int(retry.Seconds())))
		}
		if show == nil {
			show = &caseflow.Refusal{Code: "failure"}
		}
		http.Error(w, show.Code+" "+words[show.Code].ZH, status)
	}
	mux.HandleFunc("POST /sign-in", func(w http.ResponseWriter, r *http.Request) {
		_, err := door.SignIn(w, r, r.FormValue("login"), r.FormValue("password"))
		answer(w, r, err)
	})
	mux.HandleFunc("POST /factor", func(w http.ResponseWriter, r *http.Request) {
		_, err := door.PassFactor(w, r, r.FormValue("code"))
		answer(w, r, err)
	})
	mux.HandleFunc("POST /sign-out", func(w http.ResponseWriter, r *http.Request) { answer(w, r, door.SignOut(w, r)) })
	mux.HandleFunc("POST /password", func(w http.ResponseWriter, r *http.Request) {
		answer(w, r, door.ChangePassword(w, r, r.FormValue("old"), r.FormValue("password")))
	})
	mux.HandleFunc("/me", func(w http.ResponseWriter, r *http.Request) {
		actor, account, ok := FromRequest(r)
		if ok != !TokenFromRequest(r).IsZero() || ok && account.ID != actor.ID {
			t.Errorf("FromRequest and TokenFromRequest disagree")
		}
		_, _ = io.WriteString(w, "actor "+actor.ID)
	})
	site := &site{scene: s, door: door}
	if handler := door.Middleware(mux); tls {
		site.server = httptest.NewTLSServer(handler)
	} else {
		site.server = httptest.NewServer(handler)
	}
	t.Cleanup(site.server.Close)
	return site
}

// browser keeps cookies.
func (s *site) browser() *http.Client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	c := *s.server.Client()
	c.Jar = jar
	return &c
}

func (s *site) cookie(c *http.Client) string {
	u, err := url.Parse(s.server.URL)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, cookie := range c.Jar.Cookies(u) {
		if strings.HasSuffix(cookie.Name, sessionCookie) {
			return cookie.Value
		}
	}
	return ""
}

func (s *site) do(c *http.Client, method, path string, form url.Values, header ...string) (int, string, http.Header) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.server.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	answer, err := c.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer.StatusCode, string(body), answer.Header
}

func credentials(login, password string) url.Values {
	return url.Values{"login": {login}, "password": {password}}
}

func TestBrowserSession(t *testing.T) {
	t.Parallel()
	for _, tls := range []bool{false, true} {
		s := newSite(t, DoorOptions{}, tls)
		a := s.official("li.clerk", caseflow.RoleClerk)
		b := s.browser()
		if _, body, _ := s.do(b, "GET", "/me", nil); body != "actor " {
			t.Errorf("before sign-in: %q", body)
		}
		status, body, header := s.do(b, "POST", "/sign-in", credentials("li.clerk", good))
		if status != 200 || body != "actor "+a.ID || header.Get("Cache-Control") != "no-store" {
			t.Errorf("after sign-in: %d %q %q", status, body, header.Get("Cache-Control"))
		}
		token := s.cookie(b)
		if _, body, _ := s.do(s.browser(), "GET", "/me", nil, "Authorization", "bearer "+token); body != "actor "+a.ID {
			t.Errorf("by bearer token: %q", body)
		}
		if status, body, _ := s.do(b, "POST", "/sign-out", nil); status != 200 || body != "actor " || s.cookie(b) != "" {
			t.Errorf("after sign-out: %d %q, cookie %q", status, body, s.cookie(b))
		}
		if _, body, _ := s.do(s.browser(), "GET", "/me", nil, "Cookie", "tongban="+token+"; __Host-tongban="+token); body != "actor " {
			t.Errorf("the old cookie after sign-out: %q", body)
		}
	}
}

func TestCookieIsKeptFromScriptsAndOtherSites(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		o    DoorOptions
		tls  bool
		want []string
		not  string
	}{
		{"plain on loopback", DoorOptions{}, false, []string{"tongban=", "Path=/", "HttpOnly", "SameSite=Lax"}, "Secure"},
		{"TLS here", DoorOptions{}, true, []string{"__Host-tongban=", "Path=/", "HttpOnly", "SameSite=Lax", "Secure"}, "Domain"},
		{"TLS at a proxy", DoorOptions{Secure: true}, false, []string{"__Host-tongban=", "HttpOnly", "SameSite=Lax", "Secure"}, "Domain"},
	} {
		s := newSite(t, c.o, c.tls)
		s.official("li.clerk", caseflow.RoleClerk)
		client := *s.server.Client()
		client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		_, _, header := s.do(&client, "POST", "/sign-in", credentials("li.clerk", good))
		cookie := header.Get("Set-Cookie")
		for _, want := range c.want {
			if !strings.Contains(cookie, want) {
				t.Errorf("%s: %s is not in the cookie", c.name, want)
			}
		}
		if strings.Contains(cookie, c.not) || strings.Contains(cookie, "Max-Age") {
			t.Errorf("%s: the cookie holds %s or an age", c.name, c.not)
		}
	}
}

func TestSessionFixation(t *testing.T) {
	t.Parallel()
	s := newSite(t, DoorOptions{}, false)
	s.official("evil.clerk", caseflow.RoleClerk)
	victim := s.official("li.clerk", caseflow.RoleClerk)
	planted := s.signIn("evil.clerk", good).Reveal() // a live session that somebody puts into the victim's browser
	for _, fixed := range []string{planted, strings.Repeat("A", 43)} {
		b := s.browser()
		u, err := url.Parse(s.server.URL)
		if err != nil {
			t.Fatal(err)
		}
		b.Jar.SetCookies(u, []*http.Cookie{{Name: "tongban", Value: fixed, Path: "/"}})
		_, body, _ := s.do(b, "POST", "/sign-in", credentials("li.clerk", good))
		if body != "actor "+victim.ID {
			t.Errorf("after sign-in: %q", body)
		}
		if s.cookie(b) == fixed {
			t.Error("the sign-in kept the token that the browser sent")
		}
		if _, body, _ := s.do(s.browser(), "GET", "/me", nil, "Cookie", "tongban="+fixed); body != "actor " {
			t.Errorf("the planted token opens %q after the sign-in", body)
		}
	}
}

func TestMalformedTokensAreAnonymous(t *testing.T) {
	t.Parallel()
	s := newSite(t, DoorOptions{}, false)
	s.official("li.clerk", caseflow.RoleClerk)
	live := s.signIn("li.clerk", good).Reveal()
	for _, header := range [][2]string{
		{"Cookie", "tongban="}, {"Cookie", "tongban=../../etc/passwd"}, {"Cookie", "tongban=" + live + "A"}, {"Cookie", "tongban=" + live[:42]},
		{"Cookie", "tongban=" + strings.ToLower(live)}, {"Cookie", "tongban=" + strings.Repeat("A", 10000)},
		{"Authorization", "Bearer"}, {"Authorization", "Bearer " + live[1:]}, {"Authorization", live},
		{"Authorization", "Bearer  " + live}, {"Authorization", "Basic " + live},
	} {
		status, body, _ := s.do(s.browser(), "GET", "/me", nil, header[0], header[1])
		if status != 200 || body != "actor " {
			t.Errorf("%s: %d %q, want an anonymous visitor", header[0], status, body)
		}
	}
	status, body, _ := s.do(s.browser(), "GET", "/me", nil, "Authorization", "Bearer no", "Cookie", "tongban="+live)
	if status != 200 || body != "actor " {
		t.Errorf("a bad bearer token fell back to the cookie: %q", body)
	}
}

func TestCrossSiteRequestsAreRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t, DoorOptions{Origins: []string{"https://hall.example.gov.cn"}}, false)
	s.official("li.clerk", caseflow.RoleClerk)
	b := s.browser()
	s.do(b, "POST", "/sign-in", credentials("li.clerk", good))
	for _, c := range []struct {
		name, method string
		header       []string
		want         int
	}{
		{"a form of another site", "POST", []string{"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"}, 403},
		{"a form of a sister site", "POST", []string{"Sec-Fetch-Site", "same-site", "Origin", "https://evil.gov.cn"}, 403},
		{"an old browser on another site", "POST", []string{"Origin", "https://evil.example"}, 403},
		{"a sandboxed frame", "POST", []string{"Origin", "null"}, 403},
		{"the own form", "POST", []string{"Sec-Fetch-Site", "same-origin", "Origin", s.server.URL}, 200},
		{"a trusted origin", "POST", []string{"Sec-Fetch-Site", "cross-site", "Origin", "https://hall.example.gov.cn"}, 200},
		{"a program", "POST", nil, 200},
		{"a link on another site", "GET", []string{"Sec-Fetch-Site", "cross-site"}, 200},
		{"another method", "DELETE", []string{"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"}, 403},
	} {
		if status, _, _ := s.do(b, c.method, "/me", nil, c.header...); status != c.want {
			t.Errorf("%s: %d, want %d", c.name, status, c.want)
		}
	}
	if s.do(b, "POST", "/sign-out", nil, "Sec-Fetch-Site", "cross-site"); s.cookie(b) == "" {
		t.Error("another site signed the person out")
	}
	if n := s.count(CrossSite, ""); n != 6 {
		t.Errorf("%d cross-site events, want 6", n)
	}
	if _, err := NewDoor(s.Gate, DoorOptions{Origins: []string{"hall.example"}}); err == nil {
		t.Error("an origin without scheme is accepted")
	}
}

func TestThrottledSignInAnswers429(t *testing.T) {
	t.Parallel()
	s := newSite(t, DoorOptions{}, false)
	s.official("li.clerk", caseflow.RoleClerk)
	b := s.browser()
	for i := range 10 {
		status, _, header := s.do(b, "POST", "/sign-in", credentials("user"+strconv.Itoa(i), "wrong"))
		if status != 401 || header.Get("Retry-After") != "" {
			t.Fatalf("try %d: %d, Retry-After %q", i, status, header.Get("Retry-After"))
		}
	}
	status, body, header := s.do(b, "POST", "/sign-in", credentials("li.clerk", good))
	if status != 429 || header.Get("Retry-After") != "900" || !strings.Contains(body, CodeThrottled) {
		t.Errorf("%d %q, Retry-After %q", status, body, header.Get("Retry-After"))
	}
	s.pass(15*time.Minute + time.Second)
	if status, _, _ := s.do(b, "POST", "/sign-in", credentials("li.clerk", good)); status != 200 {
		t.Errorf("after the window: %d", status)
	}
}

func TestFirstPasswordMustBeChanged(t *testing.T) {
	t.Parallel()
	s := newSite(t, DoorOptions{Free: []string{"/password", "/sign-out", "/static/"}}, false)
	a, password, err := s.AddAccount(t.Context(), System, NewAccount{Login: "new.clerk", Kind: caseflow.ActorOfficial, Name: "赵新",
		Region: weinan, Department: "tax", Roles: []string{"clerk"}})
	if err != nil {
		t.Fatal(err)
	}
	b := s.browser()
	status, body, _ := s.do(b, "POST", "/sign-in", credentials("new.clerk", password))
	if status != 403 || !strings.Contains(body, words[CodeMustChange].ZH) {
		t.Errorf("the first page: %d %q", status, body)
	}
	for path, want := range map[string]int{"/passwords": 403, "/static/a.css": 404, "/me": 403} {
		if status, _, _ := s.do(b, "GET", path, nil); status != want {
			t.Errorf("%s: %d, want %d", path, status, want)
		}
	}
	status, body, _ = s.do(b, "POST", "/password", url.Values{"old": {password}, "password": {good}})
	if status != 200 || body != "actor "+a.ID {
		t.Errorf("after the change: %d %q", status, body)
	}
	s.pass(3 * 365 * 24 * time.Hour) // and then no more (ASVS 6.2.10)
	if status, body, _ := s.do(s.browser(), "POST", "/sign-in", credentials("new.clerk", good)); status != 200 || body != "actor "+a.ID {
		t.Errorf("three years later: %d %q", status, body)
	}
}

func TestStoreThatIsDownAnswers503(t *testing.T) {
	t.Parallel()
	s := newSite(t, DoorOptions{}, false)
	s.official("li.clerk", caseflow.RoleClerk)
	b := s.browser()
	s.do(b, "POST", "/sign-in", credentials("li.clerk", good))
	s.store.down = errors.New("secret detail of the database")
	status, body, header := s.do(b, "GET", "/me", nil)
	if status != 503 || header.Get("Retry-After") == "" || strings.Contains(body, "secret") {
		t.Errorf("%d %q, Retry-After %q", status, body, header.Get("Retry-After"))
	}
	status, body, _ = s.do(s.browser(), "POST", "/sign-in", credentials("li.clerk", good))
	if status != 500 || strings.Contains(body, "secret") {
		t.Errorf("sign-in: %d %q", status, body)
	}
}

func TestClientBehindProxies(t *testing.T) {
	t.Parallel()
	door, err := NewDoor(newScene(t, Limits{}).Gate, DoorOptions{Proxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, peer, forwarded, want string }{
		{"no proxy", "203.0.113.5:4711", "", "203.0.113.5"},
		{"a stranger claims to be a proxy", "203.0.113.5:4711", "198.51.100.1", "203.0.113.5"},
		{"a proxy", "10.0.0.1:80", "198.51.100.1", "198.51.100.1"},
		{"a client that forges the header", "10.0.0.1:80", "1.2.3.4, 198.51.100.1", "198.51.100.1"},
		{"two proxies", "10.0.0.1:80", "1.2.3.4, 198.51.100.1, 10.0.0.2", "198.51.100.1"},
		{"a proxy that says nothing", "10.0.0.1:80", "", "10.0.0.1"},
		{"nonsense in the header", "10.0.0.1:80", "1.2.3.4, <script>", "10.0.0.1"},
		{"IPv4 in IPv6", "[::ffff:10.0.0.1]:80", "198.51.100.1", "198.51.100.1"},
		{"IPv6", "[2001:db8::1]:80", "198.51.100.1", "2001:db8::1"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = c.peer
		if c.forwarded != "" {
			r.Header.Set("X-Forwarded-For", c.forwarded)
		}
		if got := door.Client(r).Address; got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func FuzzClient(f *testing.F) {
	f.Add("10.0.0.1:80", "1.2.3.4, 10.0.0.2")
	f.Add("", ",,,")
	f.Add("[fe80::1%eth0]:1", "::1%x")
	door := &Door{o: DoorOptions{Proxies: []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0")}}}
	f.Fuzz(func(t *testing.T, peer, forwarded string) {
		r := &http.Request{RemoteAddr: peer, Header: http.Header{"X-Forwarded-For": {forwarded}}}
		c := door.Client(r)
		if key := addressKey("sign-in", c.Address); len(key) > 80 || strings.ContainsAny(key, "%\n") {
			t.Errorf("counter %q for %q, %q", key, peer, forwarded)
		}
	})
}

func TestStatus(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err   error
		want  int
		code  string
		retry time.Duration
	}{
		{&Throttled{After: time.Minute}, 429, CodeThrottled, time.Minute},
		{ErrBusy, 503, CodeBusy, 5 * time.Second},
		{ErrNoSession, 401, CodeNoSession, 0},
		{refuse(CodeSignIn), 401, CodeSignIn, 0},
		{refuse(CodeNotAllowed), 403, CodeNotAllowed, 0},
		{fieldFault("password", "password.short"), 422, caseflow.CodeForm, 0},
		{errors.New("disk on fire"), 500, "", 0},
	} {
		status, show, retry := Status(c.err)
		if status != c.want || retry != c.retry || (show == nil) != (c.code == "") || show != nil && show.Code != c.code {
			t.Errorf("%v: %d %v %s", c.err, status, show, retry)
		}
	}
}
