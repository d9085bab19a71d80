package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/api"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/module"
	"github.com/tongban/tongban/internal/pack"
	"github.com/tongban/tongban/internal/walk"
	"github.com/tongban/tongban/internal/web/browsertest"
	"github.com/tongban/tongban/packs"
)

// Markup that runs in whatever takes it for anything but text; the mark tells a page that shows it.
const (
	plantedMark  = "xss7mark"
	plantedLong  = plantedMark + `"><img src=x onerror=ran=1><script>ran=2</script>'{{.}}${ran=3}<a href="javascript:ran=4" onclick=ran=5>x</a><svg/onload=ran=6>`
	plantedShort = plantedMark + `"><script>ran=7</script>`
)

// planter sends what a walk sends, with markup in each text that a person typed, as far as it is taken: what is refused changes nothing, so
// that the same is sent again with less of it, at last as it was.
type planter struct {
	t         *testing.T
	taken     map[string]int // texts with markup, by the operation
	passwords map[string]string
}

// typed puts another text in the place of each that holds Chinese characters: people typed those, and the program's own codes have none.
func typed(v any, other func(string) string) any {
	switch v := v.(type) {
	case string:
		if strings.ContainsFunc(v, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
			return other(v)
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			if key != "firm" && key != "company" && key != "libraries" { // names that are judged, or looked for, after they were taken
				v[key] = typed(v[key], other)
			}
		}
	case []any:
		for i := range v {
			v[i] = typed(v[i], other)
		}
	}
	return v
}

// plants is a body with markup in those of its n texts that are chosen.
func plants(body []byte, text string, chosen func(i int) bool) (planted []byte, n int) {
	var v any
	if json.Unmarshal(body, &v) != nil {
		return body, 0
	}
	out, err := json.Marshal(typed(v, func(s string) string {
		if n++; chosen(n - 1) {
			return text
		}
		return s
	}))
	if err != nil {
		return body, 0
	}
	return out, n
}

// plantsList is a list in CSV with markup in those of its n columns of Chinese text that are chosen.
func plantsList(body []byte, text string, chosen func(i int) bool) (planted []byte, n int) {
	rows, err := csv.NewReader(bytes.NewReader(body)).ReadAll()
	if err != nil || len(rows) < 2 {
		return body, 0
	}
	for col, cell := range slices.Clone(rows[1]) {
		if rows[0][col] == "名称" || !strings.ContainsFunc(cell, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
			continue // what a case of the company is opened under later
		}
		if n++; chosen(n - 1) {
			for _, row := range rows[1:] {
				row[col] = text
			}
		}
	}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	if w.WriteAll(rows) != nil {
		return body, 0
	}
	return b.Bytes(), n
}

// send sends a request with another body and query, and reads the answer.
func (p *planter) send(r *http.Request, method, path, query string, body []byte) (*http.Response, []byte, error) {
	one := r.Clone(r.Context())
	one.Method, one.URL.Path, one.URL.RawPath, one.URL.RawQuery = method, path, "", query
	one.Body, one.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	res, err := http.DefaultTransport.RoundTrip(one)
	if err != nil {
		return nil, nil, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	res.Body = io.NopCloser(bytes.NewReader(text))
	return res, text, err
}

// RoundTrip is http.RoundTripper's.
func (p *planter) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
	}
	path := r.URL.Path
	plain := func() (*http.Response, error) {
		res, _, err := p.send(r, r.Method, path, r.URL.RawQuery, body)
		return res, err
	}
	how := plants
	switch {
	case strings.HasSuffix(path, "/sessions"):
		var in struct{ Login, Password string }
		if json.Unmarshal(body, &in) == nil {
			p.passwords[in.Login] = in.Password
		}
		return plain()
	case strings.HasSuffix(path, "/files"):
		return p.first(r, [][2]string{{url.Values{"name": {plantedShort + r.URL.Query().Get("name")}}.Encode(), string(body)}, {r.URL.RawQuery, string(body)}})
	case r.Method == http.MethodGet && r.URL.Query().Get("reason") != "":
		query := r.URL.Query()
		query.Set("reason", plantedLong)
		return p.first(r, [][2]string{{query.Encode(), ""}, {r.URL.RawQuery, ""}})
	case r.Method != http.MethodPost:
		return plain()
	case strings.HasSuffix(path, "/save-draft"):
		return p.draft(r, body)
	case strings.HasSuffix(path, "/lists") || strings.HasSuffix(path, "/batches"):
		how = plantsList
	}
	all := func(int) bool { return true }
	_, n := how(body, plantedShort, all)
	if n == 0 {
		return plain()
	}
	var tries [][2]string
	add := func(text string, chosen func(int) bool) {
		planted, _ := how(body, text, chosen)
		tries = append(tries, [2]string{r.URL.RawQuery, string(planted)})
	}
	add(plantedLong, all)
	add(plantedShort, all)
	for k := range n {
		add(plantedShort, func(i int) bool { return i != k })
	}
	for k := range n {
		add(plantedShort, func(i int) bool { return i == k })
	}
	return p.first(r, append(tries, [2]string{r.URL.RawQuery, string(body)}))
}

// first sends queries and bodies until one is taken; the answer to the last is the answer if none is.
func (p *planter) first(r *http.Request, tries [][2]string) (res *http.Response, err error) {
	for i, one := range tries {
		var text []byte
		if res, text, err = p.send(r, r.Method, r.URL.Path, one[0], []byte(one[1])); err != nil {
			return nil, err
		}
		if res.StatusCode >= http.StatusInternalServerError {
			p.t.Errorf("%s: %d %s", r.URL.Path, res.StatusCode, text)
		}
		if res.StatusCode < http.StatusBadRequest && !bytes.Contains(text, []byte(`"state":"refused"`)) {
			if i < len(tries)-1 {
				p.taken[r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]]++
			}
			break
		}
	}
	return res, err
}

// draft saves a draft with markup in each answer that takes it: after which the case is judged as before.
func (p *planter) draft(r *http.Request, body []byte) (*http.Response, error) {
	res, _, err := p.send(r, r.Method, r.URL.Path, r.URL.RawQuery, body)
	if err != nil || res.StatusCode >= http.StatusBadRequest {
		return res, err
	}
	judged := func() string {
		_, text, err := p.send(r, http.MethodGet, strings.TrimSuffix(r.URL.Path, "save-draft")+"asked", "", nil)
		if err != nil {
			p.t.Error(err)
		}
		return string(text)
	}
	want := judged()
	keeps := map[int]bool{}
	chosen := func(i int) bool { return keeps[i] }
	_, n := plants(body, plantedShort, chosen)
	for i := range n {
		keeps[i] = true
		planted, _ := plants(body, plantedShort, chosen)
		res, _, err := p.send(r, r.Method, r.URL.Path, r.URL.RawQuery, planted)
		if err != nil {
			return nil, err
		}
		if res.StatusCode >= http.StatusBadRequest || judged() != want {
			delete(keeps, i)
		}
	}
	p.taken["answers"] += len(keeps)
	planted, _ := plants(body, plantedShort, chosen)
	res, _, err = p.send(r, r.Method, r.URL.Path, r.URL.RawQuery, planted)
	return res, err
}

// plantedTown is the whole program over what a walk has left, with the people of the walk and three administrators.
type plantedTown struct {
	creditHouse
	region, department string
	people             map[string]string // passwords by login
}

// plant plays the walk of a pack with markup in it and opens the program over what it has left.
func plant(t *testing.T, folder string) *plantedTown {
	t.Helper()
	sub, err := fs.Sub(packs.FS, folder)
	must(t, err)
	pk, problems := pack.Options{Parts: module.PackParts()}.Load(sub)
	if pk == nil {
		t.Fatal(problems)
	}
	dir := t.TempDir()
	p := &planter{t: t, taken: map[string]int{}, passwords: map[string]string{}}
	report, err := walk.Run(t.Context(), walk.Options{Pack: pk, Dir: dir, Schemas: module.Schemas(), Modules: modulesOf(pk), Client: &http.Client{Transport: p}})
	must(t, err)
	played, all := 0, 0
	for i, s := range report.Scenes {
		played, all = played+s.Acts, all+len(pk.Walk.Scenes[i].Acts)
	}
	t.Logf("%s: %d of %d acts; markup was taken by %v", folder, played, all, p.taken)
	if played*10 < all*9 || p.taken["answers"] == 0 || len(p.taken) < 5 {
		t.Errorf("%s: too little was planted: %v", folder, report.Failures())
	}
	must(t, os.Rename(filepath.Join(dir, "walk.db"), filepath.Join(dir, "tongban.db")))
	now := func() time.Time { return time.Date(2026, 12, 1, 2, 0, 0, 0, time.UTC) }
	a, err := storeFlags{placeFlags: placeFlags{Data: dir}}.open(t.Context(), slog.New(slog.DiscardHandler), now)
	must(t, err)
	t.Cleanup(func() { must(t, a.close()) })
	first := pk.Walk.Accounts[slices.IndexFunc(pk.Walk.Accounts, func(a pack.Account) bool { return a.Kind == caseflow.ActorOfficial })]
	w, c := &world{ctx: t.Context(), now: now}, serveCommand{storeFlags: storeFlags{placeFlags: placeFlags{Data: dir}}, Region: first.Region}
	must(t, a.keepLog(w, c))
	must(t, a.keepWitnesses(w, c))
	_, err = a.sequencer.Place(t.Context())
	must(t, err)
	handler, err := a.handler(c, nil)
	must(t, err)
	h := &plantedTown{creditHouse{httptest.NewServer(handler), t, a, map[string]string{}, nil}, first.Region, first.Department, p.passwords}
	t.Cleanup(h.Close)
	var admins []access.NewAccount
	for login, role := range map[string]string{"sys1": caseflow.RoleAdmin, "sec1": caseflow.RoleSecurity, "aud1": caseflow.RoleAudit} {
		admins = append(admins, access.NewAccount{Login: login, Kind: caseflow.ActorOfficial, Name: "严格", Region: first.Region, Department: "office", Roles: []string{role}})
	}
	seeded, err := a.gate.Seed(t.Context(), admins)
	must(t, err)
	for _, s := range seeded {
		h.people[s.Login] = s.Password
	}
	for login, password := range h.people {
		var in api.SignedIn
		text := h.want(http.StatusCreated, "", "POST", api.Prefix+"/sessions", "application/json", jsonOf(t, map[string]string{"login": login, "password": password}))
		must(t, json.Unmarshal(text, &in.Body))
		h.tokens[login] = in.Body.Token
	}
	h.plantConsole()
	return h
}

// plantConsole does what administrators do, with markup in each text that takes it.
func (h *plantedTown) plantConsole() {
	h.t.Helper()
	text := map[string]string{"zh": plantedShort}
	long := map[string]string{"zh": plantedLong}
	taken := 0
	for _, c := range []struct {
		who, at string
		body    map[string]any
	}{
		{"sys1", "/console/announcements", map[string]any{"request": "r1", "title": text, "text": long, "desk": true, "to": "2026-12-31"}},
		{"sys1", "/console/announcements", map[string]any{"request": "r2", "title": text, "text": long, "public": true, "desk": false, "to": "2026-12-31"}},
		{"sys1", "/console/accounts", map[string]any{"login": "planted.one", "name": plantedShort, "region": h.region, "department": h.department}},
		{"sys1", "/console/reforms", map[string]any{"target": h.department, "name": text, "basis": plantedLong}},
		{"sys1", "/console/parameters/benefits", map[string]any{"value": "off", "reason": plantedLong, "version": 0}},
		{"", "/sessions", map[string]any{"login": plantedShort, "password": plantedLong}},
	} {
		if status, body := h.ask(c.who, "POST", api.Prefix+c.at, "application/json", jsonOf(h.t, c.body)); status < http.StatusBadRequest {
			taken++
		} else if status >= http.StatusInternalServerError {
			h.t.Errorf("%s: %d %s", c.at, status, body)
		}
	}
	if taken < 3 {
		h.t.Errorf("only %d acts of administrators took markup", taken)
	}
}

// page asks for a page as somebody, where redirects lead.
func (h *plantedTown) page(who, method, at string, form url.Values) (status int, header http.Header, body string) {
	h.t.Helper()
	r, err := http.NewRequestWithContext(h.t.Context(), method, h.URL+at, strings.NewReader(form.Encode()))
	must(h.t, err)
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if h.tokens[who] != "" {
		r.Header.Set("Authorization", "Bearer "+h.tokens[who])
	}
	res, err := http.DefaultClient.Do(r)
	must(h.t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	must(h.t, err)
	return res.StatusCode, res.Header, string(text)
}

var (
	linksOf  = regexp.MustCompile(`href="(/[^"#]*)`)
	numbered = regexp.MustCompile(`licence-[^/.]*|[0-9]+[-0-9]*|[0-9a-f]{16,}`)
)

// startsOf are pages that no other leads everybody to.
var startsOf = []string{"/", "/my", "/my/credit", "/my/score", "/my/inspections", "/my/looks", "/desk", "/desk/overview", "/desk/statistics", "/desk/cases", "/desk/find?q=" + plantedMark, "/desk/line", "/desk/callers",
	"/desk/shift", "/desk/announcements", "/desk/inspections", "/desk/inspections/lists", "/desk/inspection-plans", "/desk/draws", "/desk/credit", "/desk/credit/published", "/inspections", "/draws", "/credit",
	"/notices", "/announcements", "/console", "/console/accounts?q=planted", "/console/reforms/new", "/?q=" + url.QueryEscape(plantedLong), "/names?name=" + url.QueryEscape(plantedShort), "/credit?party=" + url.QueryEscape(plantedShort),
	"/verify?code=" + url.QueryEscape(plantedLong)}

// crawl reads the pages that somebody can reach by links, each kind of page twice at most, and gives those that show the mark.
func (h *plantedTown) crawl(who string) (shown map[string]browsertest.Recorded) {
	h.t.Helper()
	shown = map[string]browsertest.Recorded{}
	seen, kinds := map[string]bool{}, map[string]int{}
	for from := slices.Clone(startsOf); len(from) > 0; {
		at := from[0]
		from = from[1:]
		bare, _, _ := strings.Cut(at, "?")
		kind := numbered.ReplaceAllString(bare, "*")
		if seen[at] || kinds[kind] >= 2 || strings.HasPrefix(at, "/_") || strings.Contains(at, "/lookup/") || strings.Contains(at, "/files/") || strings.Contains(at, ".csv") || strings.Contains(at, ".xlsx") {
			continue
		}
		seen[at] = true
		kinds[kind]++
		status, header, body := h.page(who, http.MethodGet, at, nil)
		for _, m := range linksOf.FindAllStringSubmatch(body, -1) {
			from = append(from, html.UnescapeString(m[1]))
		}
		h.look(who, at, kind, status, header, body, shown)
	}
	for _, code := range []string{"91350100M000100Y43", "9161070000002001XE"} {
		status, header, body := h.page(who, http.MethodPost, "/desk/credit/party", url.Values{"code": {code}, "reason": {plantedLong}})
		h.look(who, "/desk/credit/party", "/desk/credit/party", status, header, body, shown)
	}
	return shown
}

// look judges the text of a page, and keeps it for a browser if it shows the mark.
func (h *plantedTown) look(who, at, kind string, status int, header http.Header, body string, shown map[string]browsertest.Recorded) {
	h.t.Helper()
	if status >= http.StatusInternalServerError {
		h.t.Errorf("%s as %q: %d", at, who, status)
	}
	if !strings.HasPrefix(header.Get("Content-Type"), "text/html") {
		return
	}
	policy := header.Get("Content-Security-Policy")
	if !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe-inline") || strings.Contains(policy, "'unsafe-eval'") {
		h.t.Errorf("%s as %q: policy %q", at, who, policy)
	}
	for _, raw := range []string{"<script>ran", "<img src=x onerror", "<svg/onload", `href="javascript:`} {
		if strings.Contains(body, raw) {
			h.t.Errorf("%s as %q holds %s", at, who, raw)
		}
	}
	if strings.Contains(body, plantedMark) {
		shown[kind] = browsertest.Recorded{Name: fmt.Sprintf("%s as %q", at, who), Policy: policy, Body: body}
	}
}

// TestPlanted_scripts_run_in_no_practice: R20, ASVS 1.2.1 and 1.2.3, for practices 04, 35 and 36, the modules and the console. The walk of each
// pack is played with markup in every text that takes it; then everybody of the walk, the three administrators and a stranger read all pages
// that links lead them to. Each kind of page that shows markup is opened in Chromium, all at once.
func TestPlanted_scripts_run_in_no_practice(t *testing.T) {
	t.Parallel()
	kinds := map[string]browsertest.Recorded{}
	var assets http.Handler
	for _, folder := range []string{"04-ankang-open-company", "35-yulin-credit", "36-hanzhong-inspections"} {
		h := plant(t, folder)
		assets = h.Config.Handler
		for who := range h.people {
			maps.Copy(kinds, h.crawl(who))
		}
		maps.Copy(kinds, h.crawl(""))
	}
	names := slices.Sorted(maps.Keys(kinds))
	t.Logf("%d kinds of pages show it: %s", len(names), strings.Join(names, " "))
	for _, part := range []string{"/my/cases/", "/desk/cases/", "/desk/inspections/tasks/", "/desk/inspection-plans/", "/desk/draws/", "/desk/credit", "/inspections", "/draws/", "/credit", "/console/", "/announcements"} {
		if !slices.ContainsFunc(names, func(kind string) bool { return strings.HasPrefix(kind, part) }) {
			t.Errorf("no page of %s shows the markup", part)
		}
	}
	bites := []browsertest.Recorded{{Name: "raw", Body: plantedLong}, {Name: "escaped", Body: html.EscapeString(plantedLong)}}
	if ran := browsertest.Ran(t, assets, slices.AppendSeq(bites, maps.Values(kinds)), plantedMark); !slices.Equal(ran, []string{"raw"}) {
		t.Errorf("markup became more than text at %v, and should at the raw one alone", ran)
	}
}
