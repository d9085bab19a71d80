package main

import (
	"bytes"
	"encoding/json"
	"html"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/api"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/store/pgtest"
)

const channelSecret = "geheim-4711-token"

// smsc is an SMS gateway on loopback: what it was given, by key.
type smsc struct {
	*httptest.Server
	mu    sync.Mutex
	times map[string]int
	came  chan string
}

// newSMSC answers ok, but whom hold is true for it leaves without an answer until the client is gone.
func newSMSC(t *testing.T, hold func(n int) bool) *smsc {
	t.Helper()
	g := &smsc{times: map[string]int{}, came: make(chan string, 100)}
	n := 0
	g.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var m struct{ ID string }
		if json.NewDecoder(r.Body).Decode(&m) != nil || r.Header.Get("Authorization") != "Bearer "+channelSecret {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		g.mu.Lock()
		g.times[m.ID]++
		n++
		held := hold(n)
		g.mu.Unlock()
		g.came <- m.ID
		if held {
			<-r.Context().Done()
			return
		}
		_, _ = io.WriteString(w, `{"code":0}`)
	}))
	t.Cleanup(g.Close)
	return g
}

// flags set a server up to use the gateway.
func (g *smsc) flags(t *testing.T) []string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "channels.yaml")
	must(t, os.WriteFile(name, []byte(`sms:
  - name: first
    url: `+g.URL+`/send
    headers: {Authorization: "Bearer {{.Secret.token}}"}
    body: '{"id":{{json .Key}},"to":{{json .To}},"text":{{json .Text}}}'
    success: {field: code, equals: ["0"]}
    secrets: {token: `+channelSecret+`}
`), 0o600))
	return []string{"--channels", name, "--reach", "127.0.0.1/32"}
}

func (g *smsc) wait(t *testing.T) string {
	t.Helper()
	select {
	case id := <-g.came:
		return id
	case <-time.After(time.Minute):
		t.Fatal("no text message came")
		return ""
	}
}

func (g *smsc) once(t *testing.T) {
	t.Helper()
	g.mu.Lock()
	defer g.mu.Unlock()
	for id, n := range g.times {
		if n != 1 {
			t.Errorf("%s was sent %d times", id, n)
		}
	}
}

// R27: the server is killed while a gateway has a text and has not answered. Nobody can tell whether the person got it: the
// next server does not send it again but shows it; it sends the others. And the gateway's secret stands nowhere.
func TestKilled_while_sending_a_text_sends_it_no_second_time(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("kills servers, which -short leaves out")
	}
	onBoth(t, func(t *testing.T, f placeFlags, flags []string) {
		g := newSMSC(t, func(n int) bool { return n == 1 })
		flags = append(flags, g.flags(t)...)
		p := serve(t, flags...)
		citizen(t, p.address, 1).submitted(t, 1)
		held := g.wait(t)
		_, metrics := get(t, p.address+"/metrics")
		p.kill()
		address, stop := here(t, func() time.Time { return time.Now().Add(10 * time.Minute) }, flags...)
		citizen(t, address, 2).submitted(t, 2)
		if next := g.wait(t); next == held {
			t.Errorf("%s was sent again", next)
		}
		stop()
		g.once(t)
		st, err := f.openExisting(t.Context(), time.Now)
		must(t, err)
		list, _, err := st.Dispatches(t.Context(), store.DispatchQuery{Region: weinan, State: store.MessageUnclear})
		must(t, err)
		if len(list) != 1 || !strings.HasPrefix(held, string(list[0].Case)) {
			t.Errorf("%d messages are unclear, want the one that was held", len(list))
		}
		must(t, st.Close())
		for where, text := range map[string]string{"out": p.out.String(), "log": p.err.String(), "metrics": metrics} {
			if strings.Contains(text, channelSecret) {
				t.Errorf("%s shows the secret", where)
			}
		}
		must(t, filepath.WalkDir(f.Data, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			data, err := os.ReadFile(filepath.Clean(path))
			if bytes.Contains(data, []byte(channelSecret)) {
				t.Errorf("%s holds the secret", path)
			}
			return err
		}))
	})
}

// R27: two servers on one PostgreSQL send each text once.
func TestTwo_servers_send_each_text_once(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts servers on PostgreSQL, which -short leaves out")
	}
	g := newSMSC(t, func(int) bool { return false })
	flags := append([]string{"--data", t.TempDir(), "--store", pgtest.Start(t)}, g.flags(t)...)
	a, b := serve(t, flags...), serve(t, flags...)
	const people = 6
	for n := range people {
		citizen(t, []string{a.address, b.address}[n%2], n+1).submitted(t, n+1)
	}
	for range people {
		g.wait(t)
	}
	for _, p := range []*process{a, b} {
		if code := p.end(); code != 0 {
			t.Errorf("exit %d: %s", code, p.err)
		}
	}
	g.once(t)
	if len(g.times) != people {
		t.Errorf("%d texts, want %d", len(g.times), people)
	}
}

// What is wrong with the channels is said at the start, and no secret with it.
func TestChannels_are_checked_at_the_start(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	name := filepath.Join(dir, "channels.yaml")
	for text, want := range map[string]string{
		"webhooks: [{id: a, url: 'https://a.cn', secrets: [x]}]":                                            "one of all, department, document",
		"webhooks: [{id: a, url: 'https://a.cn', all: true, events: [born], secrets: [x]}]":                 `no event "born"`,
		"webhooks: [{id: a, url: 'https://a.cn', all: true, secrets: [" + channelSecret + "]}]":             "24 to 64 bytes",
		"sms: [{name: a, url: 'https://a.cn', body: '{{.Secret.x}}', secrets: {y: " + channelSecret + "}}]": "sms gateway",
		"email: {host: a.cn, from: nobody, password: " + channelSecret + "}":                                "from is not an address",
		"email: {host: a.cn, from: a@b.cn, pass: " + channelSecret + "}":                                    "pass",
		"email: {host: a.cn, from: a@b.cn, user: u, password: " + channelSecret + ", security: none}":       "over TLS only",
		"email: {host: a.cn, from: a@b.cn, password: 'env:TONGBAN_NO_SUCH_VARIABLE'}":                       "TONGBAN_NO_SUCH_VARIABLE",
		"ca: " + filepath.Join(dir, "none.pem") + "\nemail: {host: a.cn, from: a@b.cn}":                     "ca",
	} {
		must(t, os.WriteFile(name, []byte(text), 0o600))
		_, errw, code := cli(t, "serve", "--data", filepath.Join(dir, "data"), "--listen", "127.0.0.1:0", "--channels", name)
		if code == 0 || !strings.Contains(errw, want) || strings.Contains(errw, channelSecret) {
			t.Errorf("%s: %d %s", text, code, errw)
		}
	}
	must(t, os.WriteFile(name, nil, 0o600))
	must(t, os.Chmod(name, 0o644)) // #nosec G302 -- what must be refused
	if _, errw, code := cli(t, "serve", "--data", filepath.Join(dir, "data"), "--channels", name); code == 0 || !strings.Contains(errw, "chmod 600") {
		t.Errorf("readable by all: %d %s", code, errw)
	}
	if _, errw, code := cli(t, "serve", "--data", filepath.Join(dir, "data"), "--reach", "home"); code != 2 || !strings.Contains(errw, "--reach") {
		t.Errorf("--reach: %d %s", code, errw)
	}
}

// A demonstration shows its system administrator, on the page and by REST, the texts that it keeps instead of sending them.
func TestDemo_shows_the_texts_that_it_would_have_sent(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	passwords := map[string]string{}
	for line := range strings.Lines(demoOf(t, 2, "--data", data)) {
		if w := strings.Fields(line); len(w) >= 3 {
			passwords[w[0]] = w[1]
		}
	}
	p := serve(t, "--data", data, "--demo")
	admin, audit := newClient(p.address), newClient(p.address)
	admin.signIn(t, "admin", passwords["admin"])
	audit.signIn(t, "audit", passwords["audit"])
	no := citizen(t, p.address, 1).submitted(t, 1)
	var out struct{ Texts []api.RecordedTextView }
	until(t, func() bool {
		admin.want(t, http.StatusOK, "GET", "/dispatches/recorded", nil, &out)
		return len(out.Texts) > 0 && out.Texts[0].Case == no // the demo's own are older
	})
	if text := out.Texts[0]; text.Recipient != ident.MaskPhone(phone(1)) || text.Text == "" {
		t.Errorf("%+v", text)
	}
	page := admin.page(t, "/desk/dispatches?lang=en")
	for _, want := range []string{"would have sent", string(no), ident.MaskPhone(phone(1)), html.EscapeString(out.Texts[0].Text)} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	audit.want(t, http.StatusNotFound, "GET", "/dispatches/recorded", nil, nil)
	if page := audit.page(t, "/desk/dispatches"); strings.Contains(page, string(no)) || strings.Contains(page, "本来要发的短信") {
		t.Error("the audit administrator reads the texts")
	}
}
