package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tongban/tongban/internal/api"
)

// What must not be logged, each of a kind of its own, and what would break a line of the log if it were.
const (
	canaryName     = "王秀英"
	canaryPassword = "Kanarie-秦岭-7f3a91"
	canaryWords    = "kanarie0words"
	breaker        = canaryWords + "\r\n{\"level\":\"ERROR\",\"msg\":\"forged\"}\x1b[31m\u2028"
)

// flood sends canaries by every way in: each operation of the API's document and each page of the site, as somebody.
type flood struct {
	t    *testing.T
	base string
	http *http.Client
	auth string // a token of the API, or none
	sent int
}

// send gives a request whose headers are canaries too, and does not care for the answer.
func (f *flood) send(method, at, kind string, body []byte) (answer string) {
	r, err := http.NewRequest(method, f.base+at, bytes.NewReader(body))
	if err != nil {
		f.t.Fatalf("%s %s: %v", method, at, err)
	}
	for name, value := range map[string]string{"User-Agent": canaryWords + ` "} \u001b[31m`, "Referer": "http://" + canaryWords + "/?" + url.QueryEscape(breaker), "X-Forwarded-For": canaryWords,
		"Accept-Language": canaryWords, "Idempotency-Key": canaryWords + "\"x", "X-Request-Id": canaryWords, "Traceparent": canaryWords, "X-" + canaryWords: canaryWords} {
		r.Header.Set(name, value)
	}
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	if f.auth != "" {
		r.Header.Set("Authorization", "Bearer "+f.auth)
	}
	resp, err := f.http.Do(r)
	if err != nil { // turned away in the middle of it
		return ""
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err == nil {
		f.sent++
	}
	return string(b)
}

var placeholder = regexp.MustCompile(`\{[^}]*\}`)

// filled puts a canary into every parameter of a path, and behind it as a query.
func filled(path, no string) string {
	path = strings.ReplaceAll(path, "{case}", no)
	path = placeholder.ReplaceAllString(path, url.PathEscape(breaker))
	q := url.QueryEscape(breaker)
	return path + "?q=" + q + "&name=" + q + "&no=" + q + "&digits=" + q + "&cursor=" + q + "&region=" + q + "&" + q + "=1"
}

// sample is a value of a schema in which every text is a canary.
func sample(doc, schema map[string]any, depth int) any {
	if ref, ok := schema["$ref"].(string); ok {
		schemas := doc["components"].(map[string]any)["schemas"].(map[string]any)
		schema, _ = schemas[strings.TrimPrefix(ref, "#/components/schemas/")].(map[string]any)
	}
	kind, _ := schema["type"].(string)
	switch {
	case depth > 6:
		return nil
	case kind == "integer" || kind == "number":
		return 7
	case kind == "boolean":
		return true
	case kind == "array":
		items, _ := schema["items"].(map[string]any)
		return []any{sample(doc, items, depth+1)}
	case kind == "object" || schema["properties"] != nil:
		out := map[string]any{}
		properties, _ := schema["properties"].(map[string]any)
		for name, p := range properties {
			p, _ := p.(map[string]any)
			out[name] = sample(doc, p, depth+1)
			if name == "password" || name == "code" {
				out[name] = canaryPassword
			}
		}
		return out
	}
	return breaker
}

// operations calls each operation of the document.
func (f *flood) operations(no string) {
	f.t.Helper()
	var doc map[string]any
	if err := json.Unmarshal([]byte(f.send("GET", api.Prefix+"/openapi.json", "", nil)), &doc); err != nil {
		f.t.Fatal(err)
	}
	paths := doc["paths"].(map[string]any)
	if len(paths) < 50 {
		f.t.Fatalf("the document has %d paths", len(paths))
	}
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		for method, op := range paths[path].(map[string]any) {
			if method == "delete" && strings.HasPrefix(path, "/sessions") {
				continue // signs out
			}
			body, kind := []byte(nil), ""
			if b, ok := op.(map[string]any)["requestBody"].(map[string]any); ok {
				kind, body = "application/octet-stream", []byte("%PDF-1.7\n"+breaker)
				if content, ok := b["content"].(map[string]any)["application/json"].(map[string]any); ok {
					schema, _ := content["schema"].(map[string]any)
					value, err := json.Marshal(sample(doc, schema, 0))
					must(f.t, err)
					kind, body = "application/json", value
				}
			}
			f.send(strings.ToUpper(method), api.Prefix+filled(path, no), kind, body)
			if kind == "application/json" {
				f.send(strings.ToUpper(method), api.Prefix+filled(path, no), kind, []byte(`{"`+canaryWords+`": "`+breaker)) // no JSON
			}
		}
	}
}

// pages asks for each page, and sends each form with canaries in every field and as a file's name.
func (f *flood) pages(no string) {
	f.t.Helper()
	for pattern := range asPages {
		method, path, _ := strings.Cut(pattern, " ")
		if method != http.MethodGet && method != http.MethodPost || strings.Contains(path, "signout") {
			continue
		}
		for _, at := range []string{path, "/my/cases/" + no + path, "/desk/cases/" + no + path} {
			if at == "" {
				continue
			}
			if at = filled(at, no); method == "GET" {
				f.send(method, at, "", nil)
				continue
			}
			form := url.Values{}
			for _, name := range []string{"login", "name", "password", "old", "new", "code", "document", "docNo", "phone", "email", "reason", "words", "opinion", "party", "request", "act", "return", "item", "answer",
				"company.name", canaryWords} {
				form.Set(name, breaker)
			}
			form.Set("password", canaryPassword)
			f.send(method, at, "application/x-www-form-urlencoded", []byte(form.Encode()))
			var files bytes.Buffer
			w := multipart.NewWriter(&files)
			part, err := w.CreateFormFile("files", canaryWords+"\"\x1b[31m.pdf")
			must(f.t, err)
			_, err = part.Write([]byte("%PDF-1.7\n" + breaker))
			must(f.t, errors.Join(err, w.WriteField("signed", breaker), w.Close()))
			f.send(method, at, w.FormDataContentType(), files.Bytes())
			f.send(method, at, w.FormDataContentType(), files.Bytes()[:files.Len()/2])
		}
	}
}

// TestLogs_hold_no_secrets_and_cannot_be_forged: R26, ASVS 16.2.5 and 16.4.1. A real server is sent canaries in every field, header, file
// name and parameter of every page and operation, by a stranger, a citizen, an official and the three administrators. What it logged is
// one JSON object a line and holds none of them: no password, token, cookie, number of a person, secret of a factor, nor words of theirs.
func TestLogs_hold_no_secrets_and_cannot_be_forged(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	demoOf(t, 6, "--data", dir)
	p := serve(t, "--demo", "--data", dir, "--log-json", "--log-level", "debug")
	printed := p.waitFor("audit")
	secrets := []string{canaryName, canaryPassword, canaryWords, "forged", citizenNo(9).No, phone(9), "\x1b", "\r", "\u2028"}

	own := newClient(p.address)
	own.want(t, http.StatusCreated, "POST", "/accounts", map[string]any{"name": canaryName, "document": citizenNo(9), "phone": phone(9), "password": canaryPassword, "region": weinan}, nil)
	for range 2 {
		status, _, err := own.send("POST", "/sessions", "", map[string]string{"login": phone(9), "password": canaryPassword + "x"})
		must(t, err)
		if status != http.StatusUnauthorized {
			t.Fatalf("a wrong password: %d", status)
		}
	}
	own.signIn(t, phone(9), canaryPassword)
	no := string(own.submitted(t, 9))
	var factor struct{ Secret string }
	own.want(t, http.StatusOK, "POST", "/me/factors/totp", map[string]string{"old": canaryPassword}, &factor)
	if len(factor.Secret) < 16 {
		t.Fatalf("no secret: %+v", factor)
	}
	secrets = append(secrets, factor.Secret, own.token)

	sent := 0
	for _, who := range []string{"", "own", "window", "admin", "security", "audit"} {
		jar, err := cookiejar.New(nil)
		must(t, err)
		f := &flood{t: t, base: p.address, http: &http.Client{Jar: jar}}
		login, pass := phone(9), canaryPassword
		switch who {
		case "own", "":
			f.auth = map[string]string{"own": own.token}[who]
		default:
			c := official(t, p.address, printed, who)
			f.auth, login = c.token, who
			pass = passwordOf(printed, who)
			secrets = append(secrets, c.token, pass)
		}
		f.operations(no)
		if f.auth = ""; who != "" {
			f.send("POST", "/signin", "application/x-www-form-urlencoded", []byte(url.Values{"login": {login}, "password": {pass}}.Encode()))
			at, err := url.Parse(p.address)
			must(t, err)
			cookies := jar.Cookies(at)
			if len(cookies) == 0 {
				t.Fatalf("%s has no session", who)
			}
			for _, c := range cookies {
				if len(c.Value) > 20 {
					secrets = append(secrets, c.Value)
				}
			}
		}
		f.pages(no)
		f.send("KANARIE0WORDS", "/"+canaryWords, "", nil)
		sent += f.sent
	}
	for _, head := range []string{"GET / HTTP/1.1\r\nHost: " + canaryWords + "\r\nX-A: \x1b[31m" + canaryWords + "\r\n\r\n", canaryWords + "\x1b[31m\r\n\r\n", "GET /%zz" + canaryWords + " HTTP/1.1\r\n\r\n",
		"POST /signin HTTP/1.1\r\nHost: x\r\nContent-Length: " + canaryWords + "\r\n\r\n"} { // what no client of Go's sends
		c, err := net.Dial("tcp", strings.TrimPrefix(p.address, "http://"))
		must(t, err)
		_, err = io.WriteString(c, head)
		must(t, err)
		must(t, c.(*net.TCPConn).CloseWrite())
		_, _ = io.ReadAll(c)
		must(t, c.Close())
	}
	_, metrics := get(t, p.address+"/metrics")
	if code := p.end(); code != 0 {
		t.Errorf("it ended with %d", code)
	}
	logged := p.err.String()
	lines := holdsNone(t, logged, metrics, secrets)
	if lines < 20 || !strings.Contains(logged, "sign-in-refused") || !strings.Contains(metrics, "tongban_sign_in_events_total") || sent < 1000 {
		t.Errorf("%d requests left %d lines: not all of this was tried", sent, lines)
	}
}

// passwordOf reads the password that serve printed for somebody.
func passwordOf(printed, login string) string {
	for line := range strings.Lines(printed) {
		if words := strings.Fields(line); len(words) > 1 && words[0] == login {
			return words[1]
		}
	}
	return ""
}

// holdsNone checks that each line of the log is one JSON object and that neither text holds a secret; it counts the lines.
func holdsNone(t *testing.T, logged, metrics string, secrets []string) (lines int) {
	t.Helper()
	if n := strings.Count(logged, `"msg":"request failed"`) + strings.Count(logged, `"msg":"page failed"`); n > 0 {
		t.Errorf("%d requests failed: what is sent must not do that", n)
	}
	for line := range strings.Lines(logged) {
		lines++
		var one struct{ Time, Level, Msg string }
		d := json.NewDecoder(strings.NewReader(line))
		if err := d.Decode(&one); err != nil || one.Time == "" || one.Level == "" || one.Msg == "" || d.More() {
			t.Errorf("no line of the log: %q (%v)", line, err)
		}
	}
	for _, s := range secrets {
		for name, text := range map[string]string{"log": logged, "metrics": metrics} {
			for _, form := range []string{s, url.QueryEscape(s), url.PathEscape(s), strings.ToUpper(s)} {
				if i := strings.Index(text, form); i >= 0 {
					t.Errorf("the %s holds %q: %q", name, form, text[max(0, i-200):min(len(text), i+200)])
					break
				}
			}
		}
	}
	return lines
}
