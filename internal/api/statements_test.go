package api_test

import (
	"bytes"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store/pgtest"
	"github.com/tongban/tongban/internal/store/sqlstore"
	"github.com/tongban/tongban/internal/store/storetest"
)

// mark is a word that stands in every text of a request, and must stand in no statement.
const mark = "qz7mark"

// statements are those that a database was asked to run.
type statements struct {
	mu    sync.Mutex
	texts map[string]bool
	now   string // the request on its way
	bad   map[string]string
}

// hook is storetest.Hook.
func (s *statements) hook(text string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.texts[text] = true
	if strings.Contains(strings.ToLower(text), mark) {
		s.bad[text] = s.now
	}
	return nil
}

func (s *statements) begin(request string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = request
}

// marked is a body whose texts all have the mark, the optional ones too.
func (c *contract) marked(schema any, text string, depth int) any {
	s, _ := schema.(map[string]any)
	if ref, ok := s["$ref"].(string); ok {
		return c.marked(dig(c.doc, strings.Split(strings.TrimPrefix(ref, "#/"), "/")...), text, depth)
	}
	kind := s["type"]
	if list, ok := kind.([]any); ok {
		kind = list[0]
	}
	switch properties, _ := s["properties"].(map[string]any); {
	case kind == "object" && depth < 4:
		out := map[string]any{}
		for name, p := range properties {
			if name != "$schema" {
				out[name] = c.marked(p, text, depth+1)
			}
		}
		if len(properties) == 0 {
			out["company"] = map[string]any{"name": text}
		}
		return out
	case kind == "array" && depth < 4:
		return []any{c.marked(s["items"], text, depth+1)}
	case kind == "string" && s["enum"] == nil && s["format"] == nil:
		return text
	}
	return c.sample(s)
}

// R21: every operation of the document, reading and writing, with SQL in each parameter and in each text of its body, on both
// databases: no statement that the database is asked to run has a word of the request in it. What is no part of a statement cannot be
// run, whatever it says and however long it would take.
func TestNoStatementHasAWordOfTheRequest(t *testing.T) {
	t.Parallel()
	for name, options := range map[string]func(*testing.T, storetest.Hook) sqlstore.Options{
		"SQLite": func(t *testing.T, hook storetest.Hook) sqlstore.Options {
			return sqlstore.Options{Address: filepath.Join(t.TempDir(), "t.db"), Driver: storetest.Tap(t, hook)}
		},
		"PostgreSQL": func(t *testing.T, hook storetest.Hook) sqlstore.Options {
			return sqlstore.Options{Address: pgtest.Tap(t, pgtest.Start(t), hook)}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			seen := &statements{texts: map[string]bool{}, bad: map[string]string{}}
			h := openHouseOn(t, t.TempDir(), access.Limits{AccountTries: 1 << 20, AddressTries: 1 << 20, Registrations: 1 << 20}, options(t, seen.hook))
			h.inject(seen)
			for text, request := range seen.bad {
				t.Errorf("%s became a part of %.200s", request, text)
			}
			var dump bytes.Buffer
			must(t, h.store.Backup(t.Context(), &dump, func(caseflow.File) error { return nil }))
			if stored := bytes.Count(dump.Bytes(), []byte(mark)); len(seen.texts) < 150 || stored < 10 {
				t.Errorf("only %d statements were seen, and the mark was stored %d times", len(seen.texts), stored)
			}
		})
	}
}

// inject sends SQL by every operation, as everybody who may do something.
func (h *house) inject(seen *statements) {
	h.t.Helper()
	no := h.running()
	list := h.rules.operations(h.t, no, strings.Repeat("0", 64))
	texts := []string{mark + `' OR '1'='1`, `1); SELECT pg_sleep(9) /* ` + mark + ` */ --`}
	for who := range slices.Values([]string{"owner", "clerk", "market", "head", "supervisor", "admin", "security", "audit"}) {
		for _, o := range list {
			if o.id == "sign-out" {
				continue
			}
			seen.begin(o.id + " as " + who)
			for _, at := range h.rules.targets(o, no, texts[len(o.id)%2]) {
				body := o.body
				if schema := dig(h.rules.doc, "paths", o.path, strings.ToLower(o.method), "requestBody", "content", "application/json", "schema"); schema != nil {
					body = h.rules.marked(schema, texts[len(at)%2], 0)
				}
				if r := h.call(who, o.method, at, body); r.status >= http.StatusInternalServerError && r.status != http.StatusServiceUnavailable { // of a receipt whose log is not there yet
					h.t.Errorf("%s %s as %s: %d %s", o.method, at, who, r.status, r.body)
				}
			}
		}
	}
}

// targets are addresses of an operation with a text in one parameter after the other; the plain one first.
func (c *contract) targets(o operation, no, text string) []string {
	list := []string{o.at}
	parameters, _ := dig(c.doc, "paths", o.path, strings.ToLower(o.method), "parameters").([]any)
	for _, q := range parameters {
		switch name := dig(q, "name").(string); dig(q, "in") {
		case "path":
			list = append(list, strings.NewReplacer("{"+name+"}", url.PathEscape(text), "{case}", no).Replace(o.path))
		case "query":
			u, err := url.Parse(o.at)
			if err != nil {
				continue
			}
			query := u.Query()
			query.Set(name, text)
			u.RawQuery = query.Encode()
			list = append(list, u.String())
		}
	}
	return list
}
