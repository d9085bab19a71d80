package api_test

import (
	"bytes"
	"encoding/json"
	"mime"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/tongban/tongban/internal/api"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
)

// contract holds answers against the OpenAPI document that the server serves. The document's schemas are JSON Schema
// 2020-12, so a validator that knows nothing of this program can judge them.
type contract struct {
	doc      map[string]any
	compiler *jsonschema.Compiler
	mu       sync.Mutex
	schemas  map[string]*jsonschema.Schema
	seen     map[string]bool // operation and status that were checked
}

func newContract(t testing.TB, h *house) *contract {
	t.Helper()
	r := h.call("", "GET", "/openapi.json", nil)
	if r.status != 200 {
		t.Fatalf("document: status %d", r.status)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(r.body))
	must(t, err)
	c := &contract{doc: doc.(map[string]any), compiler: jsonschema.NewCompiler(), schemas: map[string]*jsonschema.Schema{}, seen: map[string]bool{}}
	c.compiler.AssertFormat()
	must(t, c.compiler.AddResource("http://document/openapi.json", doc))
	return c
}

// dig walks into the document.
func dig(v any, keys ...string) any {
	for _, k := range keys {
		m, _ := v.(map[string]any)
		v = m[k]
	}
	return v
}

// template finds the path of the document that an address belongs to; fixed parts go before parameters.
func (c *contract) template(path, method string) string {
	path, _, _ = strings.Cut(path, "?")
	got := strings.Split(path, "/")
	best, score := "", -1
	for p := range c.doc["paths"].(map[string]any) {
		want := strings.Split(p, "/")
		if len(want) != len(got) || dig(c.doc, "paths", p, strings.ToLower(method)) == nil {
			continue
		}
		fixed := 0
		for i := range want {
			if strings.HasPrefix(want[i], "{") {
				continue
			}
			if want[i] != got[i] {
				fixed = -1
				break
			}
			fixed++
		}
		if fixed > score {
			best, score = p, fixed
		}
	}
	return best
}

// check fails the test if the answer is not one that the document promises.
func (c *contract) check(t testing.TB, method, path string, r reply) {
	t.Helper()
	kind, more, _ := mime.ParseMediaType(r.header.Get("Content-Type"))
	if strings.HasPrefix(kind, "text/") && !strings.EqualFold(more["charset"], "utf-8") {
		t.Errorf("%s %s: %s without its charset", method, path, kind)
	}
	at := c.template(path, method)
	if at == "" { // no operation: a problem all the same, but for the two pages
		if r.status >= 400 {
			c.hold(t, []string{"components", "schemas", "Problem"}, r)
		}
		return
	}
	responses := []string{"paths", at, strings.ToLower(method), "responses"}
	status := strconv.Itoa(r.status)
	if dig(c.doc, append(responses, status)...) == nil {
		status = "default"
	}
	if dig(c.doc, append(responses, status)...) == nil {
		t.Errorf("%s %s: status %d is not in the document", method, at, r.status)
		return
	}
	c.mu.Lock()
	c.seen[method+" "+at+" "+status] = true
	c.mu.Unlock()
	content, _ := dig(c.doc, append(responses, status, "content")...).(map[string]any)
	if len(content) == 0 {
		if len(r.body) > 0 {
			t.Errorf("%s %s %d: a body that the document does not know: %s", method, at, r.status, r.body)
		}
		return
	}
	if content[kind] == nil {
		t.Errorf("%s %s %d: content %q is not in the document", method, at, r.status, kind)
		return
	}
	if strings.HasSuffix(kind, "json") {
		c.hold(t, append(responses, status, "content", kind, "schema"), r)
	}
	c.headers(t, append(responses, status, "headers"), r)
}

// headers checks that every documented header that is there fits its schema.
func (c *contract) headers(t testing.TB, at []string, r reply) {
	t.Helper()
	list, _ := dig(c.doc, at...).(map[string]any)
	for name := range list {
		if v := r.header.Get(name); v != "" {
			s := c.schema(t, append(at, name, "schema"))
			if err := s.Validate(v); err != nil {
				t.Errorf("header %s %q: %v", name, v, err)
			}
		}
	}
}

func (c *contract) schema(t testing.TB, at []string) *jsonschema.Schema {
	t.Helper()
	var pointer strings.Builder
	for _, k := range at {
		k = strings.ReplaceAll(strings.ReplaceAll(k, "~", "~0"), "/", "~1")
		pointer.WriteString("/" + url.PathEscape(k))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	s, ok := c.schemas[pointer.String()]
	if !ok {
		var err error
		if s, err = c.compiler.Compile("http://document/openapi.json#" + pointer.String()); err != nil {
			t.Fatalf("schema %s: %v", pointer.String(), err)
		}
		c.schemas[pointer.String()] = s
	}
	return s
}

func (c *contract) hold(t testing.TB, at []string, r reply) {
	t.Helper()
	body, err := jsonschema.UnmarshalJSON(bytes.NewReader(r.body))
	if err != nil {
		t.Errorf("%v: the body is not JSON: %v: %.300s", at, err, r.body)
		return
	}
	if err := c.schema(t, at).Validate(body); err != nil {
		t.Errorf("%v: the answer differs from the document: %v\n%.2000s", at, err, r.body)
	}
}

func TestDocument_is_complete(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	if v := h.rules.doc["openapi"]; v != "3.1.0" {
		t.Errorf("version %v", v)
	}
	ids := map[string]bool{}
	for p, ops := range h.rules.doc["paths"].(map[string]any) {
		for method, op := range ops.(map[string]any) {
			id, _ := dig(op, "operationId").(string)
			if id == "" || ids[id] {
				t.Errorf("%s %s: operation id %q is missing or used twice", method, p, id)
			}
			ids[id] = true
			if s, _ := dig(op, "summary").(string); s == "" {
				t.Errorf("%s %s: no summary", method, p)
			}
			if dig(op, "responses", "default", "content", "application/problem+json") == nil {
				t.Errorf("%s %s: problems are not in the document", method, p)
			}
		}
	}
	// Nothing is loaded from anywhere else.
	page := h.must(200, "", "GET", "/", nil)
	for _, foreign := range []string{"http://", "https://", "//", "<script", "src="} {
		lacks(t, page.body, foreign)
	}
	data, err := json.Marshal(h.api.OpenAPI())
	must(t, err)
	if len(data) < 10_000 {
		t.Errorf("the document has only %d bytes", len(data))
	}
	_ = api.Prefix
}

// R39: every answer in the tests of this package is held against the document by call; here every read of the document
// is made to succeed for somebody, so that none is held against it as a problem only.
func TestDocument_fits_every_read(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.running() // an earlier case of the same party, to stand beside the next
	h.pass(time.Minute)
	no := h.running()
	h.give("market", no, "grant", map[string]any{"task": h.task("market", no, "register")})
	var c api.CaseDetail
	h.into(&c, h.must(200, "owner", "GET", "/cases/"+no, nil))
	var line struct{ Entries []api.TimelineEntry }
	h.into(&line, h.must(200, "owner", "GET", "/cases/"+no+"/timeline", nil))
	version := h.shelve()
	h.token("audit")
	sits := h.accounts("audit", "?q=audit").Accounts[0].ID
	posted := h.posted()
	h.quarantined(no, store.QuarantineHeld)
	var turn api.PlaceView
	h.into(&turn, h.must(200, "owner", "POST", "/lobbies/hall/turns", map[string]any{"letter": "A", "origin": "online"}))
	receipt := h.paper("owner", no, "receipt")
	paper, err := h.hall.Issue(t.Context(), hall.System, keyOf(no), "receipt")
	if err != nil {
		t.Fatal(err)
	}
	var told api.ManagedAnnouncement
	h.into(&told, h.must(201, "admin", "POST", "/console/announcements", announcement(true)))
	real := strings.NewReplacer("/cases/"+no+"/known", "/cases/"+h.open()+"/known", "/announcements/none", "/announcements/"+told.ID, "/turns/AAAA", "/turns/"+turn.Code, "/shifts/none", "/shifts/"+h.offered(), "/reforms/none", "/reforms/"+h.proposed(api.NewReform{Target: "culture", Name: caseflow.Text{ZH: "文旅局"}, Basis: "x"}).Reform.ID, "/notices/"+no+"-1", "/notices/"+posted+"-1", "/"+no+"/AAAA", "/"+no+"/"+paper.Code, "/accounts/"+strings.Repeat("0", 32), "/accounts/"+sits, "/packs/none/changes", "/packs/"+shelved+"/changes?old="+version+"&new=9.0.0",
		"/packs/none/versions/1", "/packs/"+shelved+"/versions/9.0.0", "/packs/none", "/packs/"+shelved, "/"+strings.Repeat("0", 20), "/"+receipt.Digits, "/leaves/"+strings.Repeat("0", 64), "/leaves/"+receipt.Leaf, "/AAAA", "/"+c.Licences[0].Verify)
	h.place()
	for _, o := range h.rules.operations(t, no, c.Materials[0].Files[0].Hash) {
		if o.method != "GET" {
			continue
		}
		who := "owner"
		switch {
		case o.public:
			who = ""
		case o.id == "see-party-history", o.id == "see-beside":
			who = "clerk"
		case o.id == "list-tasks", o.id == "list-people":
			who = "tax"
		case o.id == "list-in-hand", o.id == "list-shifts", o.id == "see-shift":
			who = "market"
		case o.id == "tally", o.id == "statistics", o.id == "list-cases-behind", o.id == "list-orders":
			who = "supervisor"
		case strings.HasSuffix(strings.Split(o.at, "?")[0], "/lobbies/hall"), strings.HasPrefix(o.at, "/lobbies/hall/day"):
			who = "clerk"
		case o.id == "list-packs", o.id == "list-calendars", o.id == "list-dispatches", o.id == "list-recorded-texts", strings.Contains(o.at, "/console/packs"):
			who = "admin"
		case strings.Contains(o.at, "/assessment/"):
			who = "assessor"
		case strings.Contains(o.at, "/console/"):
			who = "audit"
		}
		h.must(200, who, "GET", real.Replace(o.at), nil)
	}
}
