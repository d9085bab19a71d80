package api_test

import (
	"archive/zip"
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/api"
	"github.com/tongban/tongban/internal/caseflow"
)

// R16 and the bad input that the issue names: each is refused with its code, quickly, in little memory, and changes
// nothing.
func TestHostile_bodies_are_refused(t *testing.T) {
	h := newHouse(t) // not parallel: it measures memory
	no := h.open()
	before := h.must(http.StatusOK, "owner", "GET", "/cases/"+no, nil)
	manyKeys := func(n int) []byte {
		var b bytes.Buffer
		b.WriteString(`{"data":{"a":1`)
		for i := range n {
			b.WriteString(path(`,"%d":1`, i))
		}
		b.WriteString("}}")
		return b.Bytes()
	}
	data := func(v string) []byte { return []byte(`{"data":` + v + `}`) }
	for name, c := range map[string]struct {
		body   []byte
		status int
		code   string
	}{
		"100,000 arrays":          {data(strings.Repeat("[", 100_000)), 400, "json-depth"},
		"100,000 objects":         {data(strings.Repeat(`{"a":`, 100_000)), 400, "json-depth"},
		"33 levels":               {data(strings.Repeat("[", 32) + strings.Repeat("]", 32)), 400, "json-depth"},
		"10^6 keys":               {manyKeys(1_000_000), 413, "too-large"},
		"20,000 keys":             {manyKeys(20_000), 400, "json-values"},
		"200,000 elements":        {data("[" + strings.Repeat("0,", 200_000) + "0]"), 400, "json-values"},
		"a number of 41 digits":   {data(`{"a":` + strings.Repeat("9", 41) + `}`), 400, "json-number"},
		"a number of 10^6 digits": {data(`{"a":` + strings.Repeat("9", 900_000) + `}`), 400, "json-number"},
		"1e999999999":             {data(`{"a":1e999999999}`), 400, "json-number"},
		"NUL":                     {data(`{"a":"x` + "\x00" + `"}`), 400, "text"},
		"NUL escaped":             {data(`{"a":"x\u0000"}`), 400, "text"},
		"half a surrogate pair":   {data(`{"a":"\ud83d"}`), 400, "text"},
		"the other half":          {data(`{"a":"\ude00"}`), 400, "text"},
		"invalid UTF-8":           {data(`{"a":"` + "\xff\xfe" + `"}`), 400, "text"},
		"no JSON":                 {[]byte(`data=1`), 400, "json"},
		"half of JSON":            {[]byte(`{"data":{`), 400, "json"},
		"two values":              {[]byte(`{"data":{}} {"data":{}}`), 400, "json"},
		"an array":                {[]byte(`[]`), 422, "request"},
		"a wrong type":            {data(`"text"`), 422, "form"},
		"an unknown field":        {[]byte(`{"data":{},"more":1}`), 422, "request"},
		"a field missing":         {[]byte(`{}`), 422, "request"},
		"no body":                 {nil, 422, "request"},
	} {
		t.Run(name, func(t *testing.T) {
			began, memory := time.Now(), allocated()
			var body any = c.body
			if c.body == nil {
				body = nil
			}
			r := h.call("owner", "POST", path("/cases/%s/save-draft", no), body)
			if r.status != c.status || r.code() != c.code {
				t.Errorf("%d %s, want %d %s", r.status, r.body, c.status, c.code)
			}
			if took := time.Since(began); took > time.Second {
				t.Errorf("took %s", took)
			}
			if more := allocated() - memory; more > 64<<20 {
				t.Errorf("allocated %d MiB", more>>20)
			}
		})
	}
	if r := h.call("owner", "POST", path("/cases/%s/save-draft", no), []byte(`{"data":{}}`), "Content-Type", "application/xml"); r.status != http.StatusUnsupportedMediaType {
		t.Errorf("XML: %d %s", r.status, r.body)
	}
	if after := h.must(http.StatusOK, "owner", "GET", "/cases/"+no, nil); !bytes.Equal(before.body, after.body) {
		t.Errorf("something was changed:\n%s\n%s", before.body, after.body)
	}
}

// allocated is how many bytes were ever allocated: an upper bound of what a request needs at one time.
func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}

// What looks like an attack in a text is a text: it is kept and comes back as it was sent.
func TestTexts_come_back_unchanged(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, text := range hostileTexts {
		no := h.open()
		h.give("owner", no, "save-draft", map[string]any{"data": map[string]any{"company": map[string]any{"name": text}}})
		var c struct {
			Form struct{ Company struct{ Name string } }
		}
		r := h.must(http.StatusOK, "owner", "GET", "/cases/"+no, nil)
		h.into(&c, r)
		if c.Form.Company.Name != text {
			t.Errorf("sent %q, got %q", text, c.Form.Company.Name)
		}
		if !strings.HasPrefix(r.header.Get("Content-Type"), "application/json") {
			t.Errorf("a browser might take %q for a page", r.header.Get("Content-Type"))
		}
	}
}

var hostileTexts = []string{
	`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `'; DROP TABLE cases; --`, `' OR '1'='1`, `1; SELECT 1`,
	`%27%20OR%201=1`, `\'; --`, "“‘；--", "a\r\nSet-Cookie: x=1", `{{7*7}}`, `${7*7}`, `=1+1`, `../../etc/passwd`, `%`, `_`, `*`, `\`, `"`, `""" OR`,
	"NEAR(a b)", "e\u0301", "😀", strings.Repeat("甲", 90),
}

// A parameter that comes twice is refused, since who stands before us may have judged the other one; so is one that nobody knows. What is
// meant to come several times may: TestSituation_is_judged_as_on_the_page.
func TestParameters_come_once_and_are_known(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for at, field := range map[string]string{"/cases?limit=1&limit=2": "limit", "/items?q=a&q=b": "q", "/cases?cursor=&limit=5&cursor=x": "cursor", "/cases?more=1": "more", "/items?sort=x": "sort"} {
		r := h.must(http.StatusUnprocessableEntity, "owner", "GET", at, nil)
		if r.code() != "request" || !strings.Contains(string(r.body), `"field":"`+field+`"`) {
			t.Errorf("%s: %s", at, r.body)
		}
	}
	contains(t, h.must(http.StatusUnprocessableEntity, "owner", "GET", "/items?q=a&q=b", nil).body, "这个参数只能出现一次")
	h.must(http.StatusOK, "owner", "GET", "/items?q=a", nil)
}

// R21: SQL and its look-alikes in every parameter of every operation: never a failure of ours, and never more than was
// asked for.
func TestParameters_are_data(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	no := h.running()
	for p, methods := range h.rules.doc["paths"].(map[string]any) {
		op := dig(methods, "get")
		if op == nil {
			continue
		}
		parameters, _ := dig(op, "parameters").([]any)
		for _, q := range parameters {
			name, in := dig(q, "name").(string), dig(q, "in").(string)
			for _, text := range hostileTexts {
				at := strings.NewReplacer("{case}", no, "{hash}", strings.Repeat("0", 64), "{id}", "company-open", "{code}", "AAAA").Replace(p)
				if in == "path" {
					at = strings.Replace(p, "{"+name+"}", url.PathEscape(text), 1)
					at = strings.NewReplacer("{case}", no, "{hash}", strings.Repeat("0", 64)).Replace(at)
				} else if in == "query" {
					at += "?" + name + "=" + url.QueryEscape(text)
				}
				for _, who := range []string{"neighbour", "culture"} {
					r := h.call(who, "GET", at, nil)
					if r.status >= 500 {
						t.Errorf("%s %s=%q: %d %s", p, name, text, r.status, r.body)
					}
					lacks(t, r.body, "王秀英")
				}
			}
		}
	}
}

// endless is an upload that never ends; it counts what was taken from it.
type endless struct{ taken atomic.Int64 }

func (e *endless) Read(p []byte) (int, error) {
	e.taken.Add(int64(len(p)))
	copy(p, "%PDF-1.7\n")
	return len(p), nil
}

func TestUpload_of_200_MB_is_cut_early(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	token := h.token("owner")
	for name, length := range map[string]int64{"announced": 200 << 20, "not announced": -1} {
		body := &endless{}
		req, err := http.NewRequestWithContext(t.Context(), "POST", h.server.URL+api.Prefix+"/files?name=a.pdf", io.LimitReader(body, 200<<20))
		must(t, err)
		req.ContentLength = length
		req.Header.Set("Authorization", "Bearer "+token)
		res, err := h.server.Client().Do(req)
		if err != nil { // the server hung up while we were still sending, which is as good
			if !strings.Contains(err.Error(), "reset") && !strings.Contains(err.Error(), "broken pipe") && !errors.Is(err, io.EOF) {
				t.Errorf("%s: %v", name, err)
			}
		} else {
			if res.StatusCode != http.StatusRequestEntityTooLarge {
				t.Errorf("%s: status %d", name, res.StatusCode)
			}
			must(t, res.Body.Close())
		}
		if got := body.taken.Load(); got > 40<<20 {
			t.Errorf("%s: %d MiB were taken", name, got>>20)
		}
	}
}

// bomb is a document of a few hundred bytes that says it unpacks to 10 GB.
func bomb() []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range []string{"[Content_Types].xml", "word/document.xml"} {
		_, _ = z.Create(name)
	}
	w, _ := z.CreateRaw(&zip.FileHeader{Name: "word/media/a.png", Method: zip.Deflate, CompressedSize64: 4, UncompressedSize64: 10 << 30})
	_, _ = w.Write([]byte("abcd"))
	_ = z.Close()
	return b.Bytes()
}

func TestUpload_knows_files_by_content(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for name, c := range map[string]struct {
		content []byte
		code    string
	}{
		"empty":              {nil, "file.empty"},
		"a page as a PDF":    {[]byte("<html><script>alert(1)</script>"), "file.type"},
		"a program":          {[]byte("\x7fELF\x02\x01\x01"), "file.type"},
		"a picture in XML":   {[]byte(`<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><svg xmlns="http://www.w3.org/2000/svg"/>`), "file.type"},
		"a flood of pixels":  {flood(60_000, 60_000), "file.pixels"},
		"a picture cut off":  {image(20, 20)[:20], "file.type"},
		"a packed bomb":      {bomb(), "file.packed"},
		"a zip with nothing": {[]byte("PK\x05\x06" + strings.Repeat("\x00", 18)), "file.type"},
	} {
		r := h.call("owner", "POST", "/files?name=a.pdf", bytes.NewReader(c.content))
		if r.status != http.StatusUnprocessableEntity || r.code() != c.code || !strings.ContainsAny(string(r.body), "请") {
			t.Errorf("%s: %d %s, want %s", name, r.status, r.body, c.code)
		}
	}
	if f := h.upload("owner", "wrong-ending.pdf", image(5, 5)); f.Type != "image/png" {
		t.Errorf("a picture called PDF is %s", f.Type)
	}
}

// A file's name is shown, never opened: whatever is in it, it makes no header and no path.
func TestFile_names_are_harmless(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for sent, want := range map[string]string{
		"../../etc/passwd": "passwd", `C:\Users\wang\身份证.png`: "身份证.png", "a\r\nSet-Cookie: x=1.png": "aSet-Cookie: x=1.png",
		`"; filename="evil.exe`: `"; filename="evil.exe`, "..": "file", "/": "file", "CON": "CON", "\u202egnp.exe": "gnp.exe",
		"营业执照（副本）100%.png": "营业执照（副本）100%.png", strings.Repeat("长", 300) + ".png": strings.Repeat("长", 190) + "长长长长长长.png",
	} {
		no := h.open()
		content := image(4, 4)
		f := h.upload("owner", url.QueryEscape(sent), append(bytes.Clone(content), randomBytes()...)) // what follows a picture is not kept
		if f.Name != want {
			t.Errorf("%q is called %q, want %q", sent, f.Name, want)
		}
		f.Name, f.Type, f.Bytes = sent, "text/html", 1 // what a client says of a file counts for nothing
		h.give("owner", no, "attach", map[string]any{"material": "identity", "file": f})
		r := h.must(http.StatusOK, "owner", "GET", path("/cases/%s/files/%s", no, f.Hash), nil)
		if !bytes.Equal(r.body, content) || r.header.Get("Content-Type") != "image/png" || r.header.Get("Set-Cookie") != "" {
			t.Errorf("%q comes back as %d bytes of %q", sent, len(r.body), r.header.Get("Content-Type"))
		}
		says := r.header.Get("Content-Disposition")
		plain, _, _ := strings.Cut(strings.TrimPrefix(says, `attachment; filename="`), `"; filename*=UTF-8''`)
		if !strings.HasPrefix(says, "attachment; ") || strings.ContainsAny(plain, "\"\r\n\\/%;") || !strings.HasSuffix(says, strings.ReplaceAll(url.QueryEscape(want), "+", "%20")) {
			t.Errorf("%q: %s", sent, says)
		}
		if policy := r.header.Get("Content-Security-Policy"); !strings.Contains(policy, "sandbox") || r.header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("a file without a sandbox: %q", policy)
		}
	}
}

func randomBytes() []byte {
	b := make([]byte, 8)
	_, _ = rand.Read(b) // never fails
	return b
}

// Knowing a hash opens nothing: only who has uploaded a file may hand it in, and only who sees its case may fetch it.
func TestFiles_belong_to_who_uploaded_them(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	no := h.submitted()
	var c api.CaseDetail
	h.into(&c, h.must(http.StatusOK, "owner", "GET", "/cases/"+no, nil))
	stolen := c.Materials[0].Files[0]
	var theirs struct{ Case string }
	h.into(&theirs, h.must(http.StatusOK, "neighbour", "POST", "/cases", map[string]any{"item": "company-open", "channel": "online",
		"applicant": map[string]any{"kind": "person", "name": "李建国", "document": document}}))
	r := h.must(http.StatusUnprocessableEntity, "neighbour", "POST", path("/cases/%s/attach", theirs.Case), map[string]any{"material": "identity", "file": stolen})
	if r.code() != "file-unknown" {
		t.Errorf("somebody else's hash: %s", r.body)
	}
	h.must(http.StatusNotFound, "neighbour", "GET", path("/cases/%s/files/%s", theirs.Case, stolen.Hash), nil)
	h.must(http.StatusNotFound, "neighbour", "GET", path("/cases/%s/files/%s", no, stolen.Hash), nil)
	h.must(http.StatusOK, "clerk", "GET", path("/cases/%s/files/%s", no, stolen.Hash), nil)
	for _, hash := range []string{"", "..", strings.Repeat("0", 64), strings.Repeat("A", 64), "../" + stolen.Hash} {
		stolen.Hash = hash
		h.must(http.StatusUnprocessableEntity, "owner", "POST", path("/cases/%s/attach", h.open()), map[string]any{"material": "identity", "file": stolen})
	}
	if r := h.call("owner", "POST", path("/files?name=a.png&case=%s&material=identity", h.open()), io.MultiReader(bytes.NewReader(image(9, 9)), bytes.NewReader(make([]byte, 2<<20)))); r.status != http.StatusRequestEntityTooLarge {
		t.Errorf("larger than its material allows: %d %s", r.status, r.body)
	}
}

func TestCrossSite_posts_are_turned_away(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	cookie := "tongban=" + h.token("owner")
	for name, headers := range map[string][]string{
		"fetch metadata": {"Sec-Fetch-Site", "cross-site"},
		"same site":      {"Sec-Fetch-Site", "same-site"},
		"origin":         {"Origin", "https://evil.example"},
	} {
		req, err := http.NewRequestWithContext(t.Context(), "POST", h.server.URL+api.Prefix+"/cases", strings.NewReader(mustJSON(t, opening())))
		must(t, err)
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Cookie", cookie)
		req.Header.Set(headers[0], headers[1])
		res, err := h.server.Client().Do(req)
		must(t, err)
		body, err := io.ReadAll(res.Body)
		must(t, err)
		must(t, res.Body.Close())
		if res.StatusCode != http.StatusForbidden || !strings.Contains(string(body), `"code":"cross-site"`) {
			t.Errorf("%s: %d %s", name, res.StatusCode, body)
		}
	}
	contains(t, h.must(http.StatusOK, "owner", "GET", "/cases", nil).body, `"cases":[]`)
	// The same cookie from the own pages works.
	h.must(http.StatusOK, "", "POST", "/cases", opening(), "Cookie", cookie, "Sec-Fetch-Site", "same-origin")
}

func mustJSON(t testing.TB, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	must(t, err)
	return string(data)
}

func TestOverload_is_answered_at_once(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.must(http.StatusOK, "admin", "POST", "/console/parameters/upload-megabytes", map[string]any{"value": "100000", "reason": "x", "version": 0}) // 200 each, as long as nobody knows
	token := h.token("owner")
	// As many uploads as may run at one time are held open by their clients; one more is turned away, the rest of the
	// API is not affected.
	const most = 32
	began := make(chan struct{}, most)
	var held []*io.PipeWriter
	ended := make(chan int, most)
	for range most {
		r, w := io.Pipe()
		held = append(held, w)
		req, err := http.NewRequestWithContext(t.Context(), "POST", h.server.URL+api.Prefix+"/files?name=a.pdf", r)
		must(t, err)
		req.Header.Set("Authorization", "Bearer "+token)
		go func() {
			res, err := h.server.Client().Do(req)
			if err != nil {
				ended <- 0
				return
			}
			ended <- res.StatusCode
			_ = res.Body.Close()
		}()
		go func() {
			for range 64 { // once this much is through, the server is reading: it has the slot
				_, _ = w.Write([]byte("%PDF-1.7\n" + strings.Repeat("x", 64<<10)))
			}
			began <- struct{}{}
		}()
	}
	for range most {
		<-began
	}
	r := h.call("owner", "POST", "/files?name=a.png", bytes.NewReader(image(2, 2)))
	if r.status != http.StatusServiceUnavailable || r.header.Get("Retry-After") == "" || r.code() != "busy" {
		t.Errorf("one upload too many: %d %s", r.status, r.body)
	}
	h.must(http.StatusOK, "owner", "GET", "/me", nil)
	for _, w := range held {
		must(t, w.Close())
	}
	for range most {
		if status := <-ended; status != http.StatusCreated {
			t.Errorf("an upload that was held ended with %d", status)
		}
	}
	h.must(http.StatusCreated, "owner", "POST", "/files?name=a.png", bytes.NewReader(image(2, 2)))
}

// FuzzCommandBody sends arbitrary bodies and verbs: never a failure of ours, always an answer that fits the document.
func FuzzCommandBody(f *testing.F) {
	h := newHouse(f)
	no := h.submitted()
	verbs := []string{"open"}
	for verb := range caseflow.Verbs() {
		if verb != "open" {
			verbs = append(verbs, verb)
		}
	}
	f.Add(uint8(1), []byte(`{"data":{"a":1}}`))
	f.Add(uint8(2), []byte(`{"task":1,"ground":"x","words":"y"}`))
	f.Add(uint8(3), []byte(`{"to":{"department":"hall","role":"clerk"},"words":"w","within":"5 workday"}`))
	f.Add(uint8(4), []byte(`{"points":[{"field":"a","words":"b"}]}`))
	f.Add(uint8(5), []byte(`{"from":"2026-11-24T00:00:00Z"}`))
	f.Add(uint8(6), []byte(`{"task":1e3}`))
	f.Add(uint8(7), []byte("{\"a\":\"\\ud83d\\ude00\"}"))
	f.Fuzz(func(t *testing.T, which uint8, body []byte) {
		h.t = t
		at := "/cases"
		if verb := verbs[int(which)%len(verbs)]; verb != "open" {
			at = path("/cases/%s/%s", no, verb)
		}
		for _, who := range []string{"owner", "clerk"} {
			if r := h.call(who, "POST", at, body); r.status >= 500 {
				t.Errorf("%s %q: %d %s", at, body, r.status, r.body)
			}
		}
	})
}
