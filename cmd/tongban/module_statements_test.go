package main

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/tongban/tongban/internal/api"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store/pgtest"
	"github.com/tongban/tongban/internal/store/storetest"
)

// sqlMark is a word that stands in every text of a request, and must stand in no statement.
const sqlMark = "qz7mark"

// statementLog are the statements that a database was asked to run.
type statementLog struct {
	mu    sync.Mutex
	texts map[string]bool
	now   string            // the request on its way
	bad   map[string]string // by the statement, the request whose words it has
}

func (w *statementLog) hook(text string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.texts[text] = true
	if strings.Contains(strings.ToLower(text), sqlMark) {
		w.bad[text] = w.now
	}
	return nil
}

func (w *statementLog) begin(request string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = request
}

// R21 for the modules, as TestNoStatementHasAWordOfTheRequest for the rest: every operation that a module adds to the document, with SQL in each
// parameter in turn and in every text of its body, on both databases; no statement has a word of it, and none fails.
func TestModules_statements_have_no_word_of_the_request(t *testing.T) {
	t.Parallel()
	for name, place := range map[string]func(*testing.T, storetest.Hook) placeFlags{
		"SQLite": func(t *testing.T, hook storetest.Hook) placeFlags { return placeFlags{driver: storetest.Tap(t, hook)} },
		"PostgreSQL": func(t *testing.T, hook storetest.Hook) placeFlags {
			return placeFlags{Store: pgtest.Tap(t, pgtest.Start(t), hook)}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := &statementLog{texts: map[string]bool{}, bad: map[string]string{}}
			h := newInspectHouseIn(t, place(t, w.hook))
			h.injectModules(w)
			for text, request := range w.bad {
				t.Errorf("%s became a part of %.200s", request, text)
			}
			own := 0
			for text := range w.texts {
				if strings.Contains(text, "credit_") || strings.Contains(text, "inspect_") || strings.Contains(text, "draw") {
					own++
				}
			}
			var dump bytes.Buffer
			must(t, h.app.store.Backup(t.Context(), &dump, func(caseflow.File) error { return nil }))
			if stored := bytes.Count(dump.Bytes(), []byte(sqlMark)); own < 80 || stored < 5 {
				t.Errorf("only %d statements of modules were seen, and the mark was stored %d times", own, stored)
			}
		})
	}
}

// injectModules sends SQL by every operation of the modules, as those who may do something there and a citizen.
func (h *inspectHouse) injectModules(w *statementLog) {
	h.t.Helper()
	text := sqlMark + `' OR '1'='1'); SELECT pg_sleep(9) /* ` + sqlMark + ` */ --`
	plain, _ := h.kept(text)
	list := h.operationsOf(plain)
	marked := maps.Clone(plain)
	marked["*"] = text
	all := h.operationsOf(marked)
	for _, name := range append(slices.Sorted(maps.Keys(plain)), "after") {
		marked := maps.Clone(plain)
		marked[name] = text
		for _, o := range h.operationsOf(marked) { // those that have such a parameter
			if !slices.ContainsFunc(list, func(p moduleOperation) bool { return p.id == o.id && p.at == o.at && bytes.Equal(p.body, o.body) }) {
				all = append(all, o)
			}
		}
	}
	for _, o := range all {
		if o.kind == "application/octet-stream" {
			o.body = []byte("事项编号,抽查事项,事项类别,检查方式,检查依据\nA1,\"" + text + "\",一般,现场检查,\"" + text + "\"\n")
		}
		for _, who := range []string{"plan", "head", "in1", "admin", "13800138001"} {
			w.begin(o.id + " as " + who)
			if status, body := h.ask(who, o.method, o.at, o.kind, o.body); status >= 500 {
				h.t.Errorf("%s as %s: %d %s", strings.TrimPrefix(o.at, api.Prefix), who, status, body)
			}
		}
	}
	w.begin("what modules do by themselves")
	h.work()
}
