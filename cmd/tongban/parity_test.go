package main

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/api"
)

// commandsOf stands for the operations of the commands on a case: packages api and desk each test that none is missing.
const commandsOf = "open save-draft attach detach seen-paper defer submit accept decline request-correction correct claim release complete grant refuse " +
	"ask-opinion withdraw-question add-signer remove-signer hand-over delegate copy-to send-back take-back extend stop-clock resume-clock " +
	"fulfil-commitment break-commitment withdraw deliver revoke rate supervise note assist offer-charge take-charge consult recuse"

// asPages says for every address of the pages by which operations a program does or reads the same. An address that needs no
// operation says why, after a dash. ~ is a part that the source puts together.
var asPages = map[string]string{
	"GET /_static/": "- style sheet and script",
	"/":             "- what is no page",

	"GET /_gallery":             "- components with their examples, for developers",
	"GET /_gallery/{component}": "- components with their examples, for developers",

	"GET /signin":                       "- an empty form",
	"POST /signin":                      "sign-in",
	"POST /signout":                     "sign-out",
	"GET /register":                     "- an empty form",
	"POST /register":                    "register",
	"GET /account":                      "me list-sessions",
	"POST /account/password":            "change-password",
	"POST /account/sessions/{id}/end":   "end-session",
	"POST /account/sessions/end-others": "end-other-sessions",
	"POST /account/stay":                "me",
	"POST /signin/passkey/options":      "ask-passkey",
	"POST /signin/passkey":              "sign-in-passkey",
	"GET /account/passkeys":             "list-factors",
	"POST /account/passkeys/options":    "start-passkey",
	"POST /account/passkeys":            "add-passkey",
	"POST /account/passkeys/remove":     "remove-factor",
	"POST /signin/factor":               "sign-in",
	"POST /signin/{provider}":           "- leads a browser to another site and back: list-providers",
	"GET /signin/{provider}/callback":   "- where the browser comes back",
	"GET /signin/new":                   "- whom the browser has brought back",
	"POST /signin/new/join":             "- of whom the browser has brought back",
	"POST /signin/new/link":             "- of whom the browser has brought back",
	"GET /account/identities":           "list-identities list-providers",
	"POST /account/identities":          "- leads a browser to another site and back",
	"POST /account/identities/waiting":  "- of whom the browser has brought back",
	"POST /account/identities/remove":   "unlink-identity",
	"GET /account/factor":               "list-factors",
	"POST /account/factor":              "start-totp remove-factor new-recovery-codes",
	"GET /account/factor/qr.png":        "start-totp",
	"POST /account/factor/confirm":      "confirm-totp",
	"GET /account/contact":              "see-contact",
	"POST /account/contact":             "choose-contact",
	"POST /account/contact/code":        "send-code",
	"POST /account/contact/confirm":     "confirm-email",

	"GET /{$}":                               "list-items",
	"GET /services/{item}":                   "see-item see-situation",
	"GET /services/{item}/list":              "see-situation",
	"GET /services/{item}/~/{id}":            "see-sample see-blank see-result-sample",
	"GET /services/{item}/doors":             "see-item",
	"GET /terminal/end":                      "- forgets who used a public terminal: sign-out",
	"POST /terminal/end":                     "sign-out",
	"GET /services/{item}/start":             "see-item me",
	"POST /services/{item}/start":            "open",
	"GET /names":                             "check-name",
	"GET /verify":                            "- an empty form",
	"GET /verify/{code}":                     "verify-licence",
	"GET /verify/{case}/{code}":              "verify-paper",
	"GET /verify/{code}/qr.png":              "- a picture of an address",
	"GET /verify/receipt":                    "- checks in the browser what the program has downloaded; tongban verify receipt",
	"GET /verify/receipt/{case}/{leaf}":      "verify-leaf",
	"GET /verify/receipt.schema.json":        "- a schema, for all",
	"GET /verify/receipt.wasm":               "- the program of that page",
	"GET /verify/wasm_exec.js":               "- the program of that page",
	"GET /progress":                          "- an empty form",
	"GET /progress/{case}/{digits}":          "see-progress",
	"GET /progress/{case}/{digits}/receipt":  "see-progress",
	"POST /progress/{case}/{digits}/receipt": "prove-by-receipt",
	"GET /progress/{case}/{digits}/rate":     "see-progress",
	"POST /progress/{case}/{digits}/rate":    "rate-by-receipt",
	"GET /my":                                "list-cases list-messages list-spaces",
	"GET /my/licences":                       "list-licences",
	"GET /my/messages":                       "list-messages",
	"GET /my/looks":                          "list-own-looks",
	"POST /my/messages/read":                 "read-messages read-message",

	"GET /my/mandates":                "list-mandates list-spaces list-items",
	"POST /my/mandates":               "give-mandate",
	"POST /my/mandates/accept":        "accept-mandate",
	"GET /my/mandates/{mandate}/end":  "list-mandates",
	"POST /my/mandates/{mandate}/end": "end-mandate",
	"POST /my/companies":              "claim-company",
	"GET /desk/papers-seen":           "- an empty form",
	"POST /desk/papers-seen":          "record-papers",

	// of one's own case, below /my/cases/{case}
	"GET ":                       "see-case see-timeline see-shares",
	"GET /form/{page}":           "see-item see-case list-known-answers",
	"POST /form/{page}":          "save-draft see-asked list-known-answers",
	"GET /materials/{material}":  "see-case see-asked given-before on-file list-quarantined-of-case",
	"POST /materials/{material}": "upload join-files take-quarantined attach detach use-licence defer fulfil-commitment",
	"GET /files/{hash}":          "download",
	"GET /check":                 "see-case see-asked",
	"POST /check":                "submit correct",
	"GET /receipt.json":          "prove-case",
	"GET /papers/{paper}":        "see-paper print-paper",
	"GET /clocks/{clock}":        "see-clocks",
	"GET /withdraw":              "see-case",
	"POST /withdraw":             "withdraw",
	"GET /help":                  "see-case",
	"POST /help":                 "assist",
	"GET /rate":                  "see-case",
	"POST /rate":                 "rate",
	"GET /looks":                 "list-looks",
	"GET /licences/{no}":         "see-case list-licences",

	"GET /log": "get-log",

	"GET /line":                "list-lobbies",
	"GET /line/{lobby}":        "list-lobbies",
	"POST /line/{lobby}":       "take-turn",
	"GET /line/{lobby}/screen": "list-lobbies",
	"GET /number/{code}":       "see-turn",
	"POST /number/{code}":      "leave-line",
	"GET /desk/line":           "see-line",
	"POST /desk/line":          "act-in-line take-turn",
	"GET /desk/line/day":       "see-line",

	"GET /notices":           "list-notices",
	"GET /notices/{notice}":  "get-notice",
	"POST /notices/{notice}": "object",

	"GET /lookup/{list}":  "search-list",
	"GET /lookup/service": "list-items",

	"GET /console":                                 "me",
	"GET /console/accounts":                        "list-accounts",
	"GET /console/accounts/new":                    "- an empty form",
	"POST /console/accounts/new":                   "add-official",
	"GET /console/accounts/{account}":              "see-account list-online list-account-identities",
	"POST /console/accounts/{account}/assign":      "assign-account",
	"POST /console/accounts/{account}/close":       "close-account",
	"POST /console/accounts/{account}/open":        "open-account",
	"POST /console/accounts/{account}/factors":     "take-factors",
	"POST /console/accounts/{account}/document":    "set-document",
	"POST /console/accounts/{account}/password":    "reset-password",
	"POST /console/accounts/{account}/sign-out":    "sign-out-other",
	"POST /console/accounts/{account}/link":        "link-official",
	"POST /console/accounts/{account}/unlink":      "unlink-official",
	"GET /console/departments":                     "list-departments",
	"GET /console/reforms/new":                     "list-departments",
	"POST /console/reforms/new":                    "try-reform propose-reform",
	"GET /console/reforms/{reform}":                "see-reform",
	"POST /console/reforms/{reform}/{act}":         "agree-reform decline-reform withdraw-reform",
	"GET /console/sign-ins":                        "list-sign-ins",
	"GET /console/operations":                      "list-operations",
	"GET /console/looks":                           "list-all-looks",
	"GET /console/exports":                         "- an empty form",
	"POST /console/exports":                        "seal-export",
	"GET /console/online":                          "list-online",
	"GET /console/system":                          "see-system",
	"GET /console/log":                             "see-witnesses get-log",
	"POST /console/log/{alarm}":                    "settle-alarm",
	"GET /console/announcements":                   "list-announcements",
	"GET /console/announcements/new":               "- an empty form",
	"POST /console/announcements/new":              "announce",
	"GET /console/announcements/{id}":              "see-announcement",
	"POST /console/announcements/{id}/withdraw":    "withdraw-announcement",
	"GET /announcements":                           "list-announced",
	"GET /desk/announcements":                      "list-announced",
	"POST /desk/announcements/{id}/read":           "read-announcement",
	"POST /my/benefits":                            "see-benefits switch-benefits",
	"GET /console/jobs":                            "list-jobs",
	"POST /console/jobs/{job}":                     "run-job",
	"GET /console/parameters":                      "list-parameters",
	"GET /console/parameters/{parameter}":          "list-parameters",
	"POST /console/parameters/{parameter}":         "set-parameter",
	"GET /console/backups":                         "list-backups",
	"POST /console/backups":                        "start-backup try-backup",
	"GET /console/quarantine":                      "list-quarantine",
	"GET /console/quarantine/{file}":               "see-quarantined",
	"POST /console/quarantine/{file}/{act}":        "ask-release release-quarantined refuse-release delete-quarantined",
	"GET /console/dictionaries":                    "list-dictionaries see-dictionary",
	"GET /console/dictionaries/{source}/{list...}": "see-dictionary",
	"GET /console/packs":                           "list-packs",
	"GET /console/packs/{pack}":                    "list-proofs compare-packs",
	"GET /console/packs/{pack}/{version}":          "list-promises see-kept",

	"GET /draws":                                       "list-draws",
	"GET /draws/{draw}":                                "see-draw check-draw",
	"GET /draws/{draw}/screen":                         "see-draw download-draw",
	"GET /draws/{draw}/record.json":                    "download-draw",
	"GET /desk/draws":                                  "list-draws list-draw-keys",
	"POST /desk/draws/keys":                            "make-draw-key",
	"POST /desk/draws":                                 "propose-draw",
	"GET /desk/draws/{draw}":                           "see-draw download-draw",
	"POST /desk/draws/{draw}":                          "confirm-draw give-draw-value prove-draw-value abandon-draw withdraw-drawn",
	"GET /inspections":                                 "list-inspections list-inspect-years",
	"GET /my/inspections":                              "see-own-inspections",
	"GET /desk/inspections":                            "list-inspect-tasks",
	"GET /desk/inspections/lists":                      "list-inspect-lists",
	"POST /desk/inspections/lists":                     "send-inspect-list",
	"GET /desk/inspections/lists/{edition}":            "see-inspect-list",
	"GET /desk/inspections/tasks/{task}":               "see-inspect-task",
	"POST /desk/inspections/tasks/{task}":              "hand-in-inspection sign-inspection publish-inspection follow-inspection end-inspection-follow hand-over-again withdraw-drawn",
	"POST /desk/inspections/tasks/{task}/photos":       "add-inspect-photo",
	"GET /desk/inspections/tasks/{task}/photos/{hash}": "see-inspect-photo",
	"GET /desk/inspections/offline.js":                 "- the worker of these pages",
	"GET /desk/inspection-plans":                       "list-inspect-plans list-inspect-years",
	"POST /desk/inspection-plans":                      "make-inspect-plan",
	"POST /desk/inspection-plans/years":                "announce-inspect-year",
	"GET /desk/inspection-plans/{plan}":                "see-inspect-plan list-plan-tasks",
	"POST /desk/inspection-plans/{plan}/draw":          "draw-inspect-plan",
	"GET /console/inspections":                         "compare-draws",

	"GET /desk/credit":                    "list-credit-batches",
	"POST /desk/credit":                   "send-credit-file send-credit-records",
	"GET /desk/credit/batches/{batch}":    "see-credit-batch",
	"POST /desk/credit/party":             "see-credit",
	"GET /my/credit":                      "see-own-credit list-spaces",
	"GET /my/credit/ask":                  "see-own-credit",
	"POST /my/credit/ask":                 "open save-draft",
	"GET /credit":                         "list-credit-publications",
	"GET /desk/credit/published":          "see-credit-compliance list-credit-late",
	"GET /desk/credit/cases/{case}":       "see-credit-of-case",
	"GET /desk/credit/cases/{case}/party": "see-credit-party-of-case",
	"GET /desk/credit/deeds":              "- an empty form",
	"POST /desk/credit/deeds":             "report-deed",
	"GET /my/score":                       "see-score",
	"POST /my/score":                      "join-score leave-score draw-perk",
	"GET /credit/perk":                    "check-perk-code",

	"GET /desk":                      "list-tasks list-cases",
	"GET /desk/find":                 "list-cases",
	"POST /desk/bulk":                "claim release complete",
	"GET /desk/overview":             "tally list-tasks statistics list-orders",
	"GET /desk/statistics":           "statistics",
	"GET /desk/assessment":           "list-promises-kept see-protection list-components",
	"GET /desk/cases":                "list-cases list-cases-behind",
	"GET /desk/orders":               "list-orders",
	"GET /desk/new":                  "list-items",
	"GET /desk/services":             "list-items",
	"POST /desk/new":                 "open find-known",
	"GET /desk/callers":              "- an empty form",
	"POST /desk/callers":             "find-caller",
	"GET /desk/shift":                "list-in-hand list-shifts see-shift list-people",
	"POST /desk/shift":               "offer-shift",
	"POST /desk/shift/{shift}/{how}": "accept-shift decline-shift take-shift-back",
	"GET /desk/today":                "list-cases see-case see-asked",
	"POST /desk/today":               "assist",
	"GET /desk/cases/{no}/intake/materials/{material}":  "see-case see-asked given-before",
	"POST /desk/cases/{no}/intake/materials/{material}": "upload join-files attach detach",
	"GET /desk/messages":                           "list-messages",
	"GET /desk/dispatches":                         "list-dispatches list-recorded-texts",
	"POST /desk/dispatches/{message}/{how}":        "resend-dispatch settle-dispatch",
	"GET /desk/recount":                            "try-recount",
	"POST /desk/recount":                           "recount",
	"GET /desk/calendars":                          "list-calendars",
	"POST /desk/calendars":                         "try-calendar load-calendar",
	"POST /desk/calendars/list":                    "try-calendar",
	"GET /desk/cases/{no}/intake":                  "see-item see-case see-asked list-known-answers",
	"POST /desk/cases/{no}/intake":                 "save-draft upload attach detach seen-paper defer submit correct",
	"GET /desk/cases/{no}":                         "see-case see-shares list-people",
	"GET /desk/cases/{no}/{tab}":                   "see-case see-timeline see-party-history",
	"GET /desk/cases/{no}/situation":               "see-case see-situation",
	"POST /desk/cases/{no}/situation":              "see-situation save-draft",
	"GET /desk/cases/{no}/beside":                  "see-beside",
	"POST /desk/cases/{no}/reveal":                 "see-case",
	"GET /desk/cases/{no}/clocks/{clock}":          "see-clocks",
	"GET /desk/cases/{no}/acts/{verb}":             "see-case see-item list-people",
	"POST /desk/cases/{no}/acts/{verb}":            commandsOf,
	"GET /desk/cases/{no}/files/{material}/{hash}": "download",
	"GET /desk/cases/{no}/papers/{paper}":          "list-papers see-paper print-paper",
}

// Whatever a page does or shows, the API does: a page's address without an operation in the table fails, and so does one in
// the table that is no page's any more.
func TestEverything_the_pages_do_the_API_does(t *testing.T) {
	t.Parallel()
	pages := append(addresses(t, filepath.Join("..", "..", "internal", "web")), addresses(t, filepath.Join("..", "..", "internal", "module"))...)
	if len(pages) < 50 {
		t.Fatalf("only %d addresses were found in the source", len(pages))
	}
	for _, page := range pages {
		if asPages[page] == "" {
			t.Errorf("%s is a page; which operations of the API do the same?", page)
		}
	}
	operations := operationIDs(t)
	used := map[string]bool{}
	for page, by := range asPages {
		if !slices.Contains(pages, page) {
			t.Errorf("%s is no page any more", page)
		}
		if strings.HasPrefix(by, "- ") {
			continue
		}
		for id := range strings.FieldsSeq(by) {
			used[id] = true
			if !operations[id] {
				t.Errorf("%s: the API has no operation %s", page, id)
			}
		}
	}
	// The command line does this.
	beyond := []string{"load-pack"}
	for id := range operations {
		if !used[id] && !slices.Contains(beyond, id) {
			t.Errorf("operation %s is what no page does", id)
		}
	}
}

// operationIDs are the operations of the document that the server serves.
func operationIDs(t *testing.T) map[string]bool {
	t.Helper()
	a, err := storeFlags{placeFlags: placeFlags{Data: t.TempDir()}}.open(t.Context(), slog.New(slog.DiscardHandler), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.close() })
	handler, err := a.handler(serveCommand{Region: "610500"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, api.Prefix+"/openapi.json", nil))
	var document struct {
		Paths map[string]map[string]struct{ OperationID string }
	}
	if err := json.Unmarshal(w.Body.Bytes(), &document); err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	for _, methods := range document.Paths {
		for _, op := range methods {
			ids[op.OperationID] = true
		}
	}
	return ids
}

// addresses are the patterns that the source of the pages registers: every text in it that begins with a method, and every
// one that is registered without. Names of texts are followed; what is put together at run time is a ~.
func addresses(t *testing.T, root string) []string {
	t.Helper()
	var files []*ast.File
	texts := map[string]string{}
	err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		files = append(files, file)
		ast.Inspect(file, func(n ast.Node) bool {
			if v, ok := n.(*ast.ValueSpec); ok && len(v.Names) == len(v.Values) {
				for i, name := range v.Names {
					if lit, ok := v.Values[i].(*ast.BasicLit); ok && lit.Kind == token.STRING {
						texts[name.Name], _ = strconv.Unquote(lit.Value)
					}
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && len(call.Args) == 2 {
				if f, ok := call.Fun.(*ast.SelectorExpr); ok && strings.HasPrefix(f.Sel.Name, "Handle") {
					if text := textOf(call.Args[0], texts); strings.HasPrefix(text, "/") {
						found[text] = true
					}
				}
			}
			e, ok := n.(ast.Expr)
			if !ok {
				return true
			}
			text := textOf(e, texts)
			if method, address, ok := strings.Cut(text, " "); ok && (method == http.MethodGet || method == http.MethodPost) && (address == "" || address[0] == '/') {
				found[text] = true
				return false
			}
			return true
		})
	}
	return slices.Sorted(maps.Keys(found))
}

// textOf reads a text that is put together with +.
func textOf(e ast.Expr, texts map[string]string) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		if err == nil && e.Kind == token.STRING {
			return text
		}
	case *ast.BinaryExpr:
		if e.Op == token.ADD {
			return textOf(e.X, texts) + textOf(e.Y, texts)
		}
	case *ast.Ident:
		if text, ok := texts[e.Name]; ok {
			return text
		}
	case *ast.SelectorExpr:
		return textOf(e.Sel, texts)
	}
	return "~"
}
