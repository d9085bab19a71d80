package main

import (
	"io"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tongban/tongban/internal/api"
	"github.com/tongban/tongban/internal/store/pgtest"
)

// internals are what nobody outside is told: of the database, of the program, of the machine.
var internals = regexp.MustCompile(`pgx\b|pgconn|SQLSTATE|[Pp]ostgre|sql:|dial tcp|connection refused|127\.0\.0\.1:\d+/|goroutine|\.go:\d|store: |broken pipe|unexpected EOF`)

// needNone are acts that end something in the browser alone; a provider's answer says nothing of a language.
var needNone = []string{"POST /signout", "POST /terminal/end"}

// TestDatabase_that_is_away_answers_503: ASVS 16.5.1 to 16.5.3. PostgreSQL is stopped under a server at work. Whatever page or operation
// is asked for, by whomever: no act passes, nothing fails but as 503 in the language of who asks, with when to try again, and nothing
// is told of what is inside. When the database is back the same sessions go on, without a restart.
func TestDatabase_that_is_away_answers_503(t *testing.T) {
	t.Parallel()
	server := pgtest.New(t, pgtest.Options{Hasty: true})
	h := newInspectHouse(t, server.Database(t))
	h.lists()
	before := h.get(http.StatusOK, "plan", "/inspect/lists")
	browsers := map[string]*http.Client{"": {CheckRedirect: stay}}
	for _, who := range []string{"plan", "13800138001"} {
		jar, err := cookiejar.New(nil)
		must(t, err)
		browsers[who] = &http.Client{Jar: jar, CheckRedirect: stay}
		_, status, _ := h.browse(browsers[who], "POST", "/signin", "", url.Values{"login": {who}, "password": {h.passwords[who]}})
		if status != http.StatusSeeOther {
			t.Fatalf("%s signs in at the pages: %d", who, status)
		}
	}
	operations := h.everyOperation()

	server.Stop(t, pgtest.Fast)
	away := map[string]int{}
	for who := range browsers {
		for _, lang := range []string{"zh", "en"} {
			for _, o := range operations {
				if lang == "en" && o.method != http.MethodGet {
					continue
				}
				body, status, header := h.called(who, lang, o)
				away[lang] += h.unharmed(o.method+" "+o.at+" as "+who, o.method, lang, body, status, header)
			}
			for _, pattern := range slices.Sorted(maps.Keys(asPages)) {
				method, path, _ := strings.Cut(pattern, " ")
				if method == http.MethodPost && lang == "en" || path == "" || slices.Contains(needNone, pattern) || lang == "en" && strings.HasSuffix(path, "/callback") || strings.Contains(path, "~") {
					continue
				}
				at := placeholder.ReplaceAllString(path, "1")
				body, status, header := h.browse(browsers[who], method, at, lang, url.Values{"login": {"plan"}, "password": {"x"}, "reason": {"x"}})
				away[lang] += h.unharmed(pattern+" as "+who, method, lang, body, status, header)
			}
		}
	}
	if away["zh"] < 300 || away["en"] < 150 {
		t.Errorf("503 was answered %v times: not all of this was tried", away)
	}
	server.Resume(t)
	if after := h.get(http.StatusOK, "plan", "/inspect/lists"); string(after) != string(before) {
		t.Errorf("after the database is back:\n%s\nbefore:\n%s", after, before)
	}
	if body, status, _ := h.browse(browsers["plan"], "GET", "/desk", "", nil); status != http.StatusOK {
		t.Errorf("the desk after the database is back: %d %.300s", status, body)
	}
	h.post(http.StatusCreated, "plan", "/inspect/plans", map[string]any{"title": "之后", "due": "2026-12-31", "terms": plainTerms})
}

func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// everyOperation lists all operations of the document.
func (h *inspectHouse) everyOperation() []moduleOperation {
	h.t.Helper()
	var doc map[string]any
	h.into(h.get(http.StatusOK, "", "/openapi.json"), &doc)
	var list []moduleOperation
	for path, methods := range doc["paths"].(map[string]any) {
		for method, v := range methods.(map[string]any) {
			op := v.(map[string]any)
			o := moduleOperation{id: op["operationId"].(string), method: strings.ToUpper(method), at: api.Prefix + placeholder.ReplaceAllString(path, "1")}
			if b, ok := op["requestBody"].(map[string]any); ok {
				o.kind, o.body = "application/octet-stream", picture(h.t)
				if content, ok := b["content"].(map[string]any)["application/json"].(map[string]any); ok {
					o.kind, o.body = "application/json", jsonOf(h.t, fitting(doc, content["schema"].(map[string]any), nil))
				}
			}
			list = append(list, o)
		}
	}
	return list
}

func (h *inspectHouse) called(who, lang string, o moduleOperation) (body []byte, status int, header http.Header) {
	h.t.Helper()
	r, err := http.NewRequestWithContext(h.t.Context(), o.method, h.URL+o.at, strings.NewReader(string(o.body)))
	must(h.t, err)
	r.Header.Set("Accept-Language", lang)
	if o.kind != "" {
		r.Header.Set("Content-Type", o.kind)
	}
	if h.tokens[who] != "" {
		r.Header.Set("Authorization", "Bearer "+h.tokens[who])
	}
	return h.answered(http.DefaultClient, r)
}

func (h *inspectHouse) browse(c *http.Client, method, at, lang string, form url.Values) (body []byte, status int, header http.Header) {
	h.t.Helper()
	if lang != "" {
		at += "?lang=" + lang
	}
	r, err := http.NewRequestWithContext(h.t.Context(), method, h.URL+at, strings.NewReader(form.Encode()))
	must(h.t, err)
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return h.answered(c, r)
}

func (h *inspectHouse) answered(c *http.Client, r *http.Request) (body []byte, status int, header http.Header) {
	h.t.Helper()
	res, err := c.Do(r)
	must(h.t, err)
	defer res.Body.Close()
	body, err = io.ReadAll(res.Body)
	must(h.t, err)
	return body, res.StatusCode, res.Header
}

// unharmed checks one answer while the database is away; it counts those that say so.
func (h *inspectHouse) unharmed(what, method, lang string, body []byte, status int, header http.Header) int {
	h.t.Helper()
	if found := internals.Find(body); found != nil {
		h.t.Errorf("%s tells %q: %d", what, found, status)
	}
	switch {
	case status >= 500 && status != http.StatusServiceUnavailable:
		h.t.Errorf("%s: %d %.200s", what, status, body)
	case method != http.MethodGet && status < 400 && !strings.HasPrefix(header.Get("Location"), "/signin"):
		h.t.Errorf("%s passes: %d %.200s", what, status, body)
	case status == http.StatusServiceUnavailable:
		if header.Get("Retry-After") == "" {
			h.t.Errorf("%s does not say when to try again", what)
		}
		if words := map[string]string{"zh": "系统|稍|再试", "en": "busy|again|Wait|moment"}[lang]; !regexp.MustCompile(words).Match(body) {
			h.t.Errorf("%s does not speak %s: %.300s", what, lang, body)
		}
		return 1
	}
	return 0
}
