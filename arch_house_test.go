package tongban_test

// This file is the house's law, as data: which package may import which, what
// is forbidden where, how large things may grow, and why. What is not written
// is forbidden. Do not change it to make a build pass: change the code, or
// write an ADR (docs/adr) first. The tests that apply it are in
// arch_imports_test.go and arch_source_test.go.

// room is one package of the house. A path may end in /* for one folder of any
// name.
type room struct {
	path  string
	may   string // packages of ours that it may import
	third string // modules of others, or parts of them, that it may import
	why   string
}

// Words for the rows below: a row may name a group instead of its members.
var groups = map[string]string{
	"@below": "workday ident draw evidence internal/dotted internal/naming internal/caseflow internal/line internal/rule internal/pack internal/chore internal/parameter internal/seal internal/stat internal/store internal/access",
	"@hall":  "workday ident draw evidence internal/dotted internal/hanzi internal/find internal/naming internal/caseflow internal/line internal/rule internal/pack internal/chore internal/parameter internal/seal internal/stat internal/store internal/access internal/sequencer internal/receipt internal/witness internal/hall internal/backup internal/export internal/quarantine",
	"@paper": "github.com/skip2/go-qrcode github.com/xuri/excelize/v2",
}

var house = []room{
	// path, may import, modules of others, why
	{"", "", "", "the module's root holds tests only"},
	{"workday", "", "", "the law's calendar: anybody may use it, so it drags nothing in"},
	{"ident", "", "golang.org/x/text", "check digits and codes: anybody may use it, so it drags in no more than Unicode tables"},
	{"draw", "", "filippo.io/edwards25519 github.com/cloudflare/circl", "a citizen repeats a draw offline: the less there is to trust, the better; curves are no code of ours (docs/adr/0040)"},
	{"evidence", "", "golang.org/x/mod github.com/emmansun/gmsm golang.org/x/crypto/cryptobyte", "a log that third-party tools verify: tlog and note, nothing of ours; SM2 and SM3 of a library, signatures as GM/T 0009 writes them taken apart (docs/adr/0053)"},

	{"internal/dotted", "", "", "dotted names in JSON objects are read and set alike by the core, the rules and the forms (docs/adr/0019)"},
	{"internal/naming", "ident", "", "names of firms are judged over plain values, by the same words for the hall, the API and the pages (docs/adr/0026)"},
	{"internal/caseflow", "workday ident internal/dotted", "github.com/go-json-experiment/json", "state + command -> events: a receipt is re-executed offline, so only values come in"},
	{"internal/line", "workday internal/caseflow", "", "who is next at a window: the turns of a day and an act give the turns that change, so that any order can be tried (docs/adr/0039)"},
	{"internal/hanzi", "", "github.com/mozillazg/go-pinyin", "readings, strokes and simplified forms of characters: tables and no more, for finding and for sorting names (docs/adr/0028)"},
	{"internal/find", "internal/hanzi internal/caseflow", "", "finds services, people and departments by what is typed; pages, desk and API find alike, so none of them can own it (docs/adr/0028)"},
	{"internal/rule", "workday ident internal/dotted", "cel.dev/cel-go github.com/xuri/excelize/v2 go.yaml.in/yaml/v3", "rules know days and codes, not cases: facts come in as values"},
	{"internal/pack", "workday ident internal/dotted internal/caseflow internal/line internal/rule", "github.com/santhosh-tekuri/jsonschema/v6 go.yaml.in/yaml/v3", "a pack is data over the core; it is proved without store or server"},

	{"internal/parameter", "ident", "", "what may change while the program runs is one closed list, the same for the gate, the hall and every door (docs/adr/0046)"},

	{"internal/admit", "", "", "how much is worked on at one time, the same for pages and programs (docs/adr/0056)"},

	{"internal/chore", "", "", "what background work did last, the same for every loop and for the page that shows them (docs/adr/0046)"},

	{"internal/seal", "", "github.com/emmansun/gmsm", "values that the store must not be able to read: ciphers and a file of keys, nothing of ours (docs/adr/0023)"},

	{"internal/stat", "workday internal/caseflow", "", "figures are computed from a case alone, so that totals can be computed again (docs/adr/0031)"},

	{"internal/sheet", "internal/caseflow", "github.com/xuri/excelize/v2 golang.org/x/text", "lists as files that spreadsheets open, written and read in one safe way for every door; rows are values (docs/adr/0031, docs/adr/0048)"},

	{"internal/store", "workday ident internal/caseflow internal/line internal/stat evidence", "", "the contract speaks of cases, events and leaves, not of SQL"},
	{"internal/store/sqlstore", "workday ident internal/caseflow internal/line internal/seal internal/stat evidence internal/store", "modernc.org/sqlite modernc.org/libc github.com/jackc/pgx/v5 github.com/pressly/goose/v3 github.com/klauspost/compress/zstd", "the only place that knows SQL and how rows are stored"},
	{"internal/store/storetest", "workday ident internal/caseflow internal/line internal/stat evidence internal/store", "pgregory.net/rapid github.com/anishathalye/porcupine", "the conformance suite sees the contract, never an implementation"},
	{"internal/store/pgtest", "", "github.com/jackc/pgx/v5", "a throwaway server for tests; knows nothing of ours"},

	{"internal/pdffile", "", "", "the frame of a PDF file, the same for papers and for pictures that are joined (docs/adr/0027)"},

	{"internal/store/filestore", "internal/caseflow internal/chore internal/pdffile internal/store", "github.com/gabriel-vasile/mimetype github.com/minio/minio-go/v7 golang.org/x/image", "uploads by their hash, on a disk or in a bucket (docs/adr/0033)"},

	{"internal/access", "workday ident internal/caseflow internal/chore internal/parameter internal/seal internal/store", "github.com/cedar-policy/cedar-go github.com/hashicorp/golang-lru/v2 github.com/coreos/go-oidc/v3 golang.org/x/oauth2 github.com/go-webauthn/webauthn golang.org/x/crypto golang.org/x/text go.yaml.in/yaml/v3", "who acts (accounts and sessions of the store) and who may do what, decided over plain values; it never reads a case by itself"},
	{"internal/sequencer", "evidence internal/chore internal/seal internal/store", "golang.org/x/mod", "places leaves and signs: it sees rows and hashes, never a case (docs/adr/0041)"},
	{"internal/receipt", "workday evidence internal/caseflow internal/web/i18n", "go.yaml.in/yaml/v3 golang.org/x/mod", "what a citizen proves a case with, also in a browser: it must be small and trust nobody (docs/adr/0044)"},
	{"internal/receipt/wasm", "draw internal/receipt internal/web/i18n", "", "the half of the verify page that runs in the browser: receipts, and records of draws (docs/adr/0044)"},
	{"internal/witness", "evidence internal/chore internal/seal internal/store", "golang.org/x/mod", "signs for other logs and lets others sign for ours: checkpoints and proofs, never a case (docs/adr/0045)"},
	{"internal/hall", "@below internal/sequencer internal/receipt", "github.com/hashicorp/golang-lru/v2 github.com/prometheus/client_golang go.opentelemetry.io/otel", "the only writer joins core, packs, store and access; nobody above it may be known to it"},
	{"internal/backup", "internal/caseflow internal/chore internal/store internal/access", "", "makes, keeps and tries archives; how one is written and restored is given to it (docs/adr/0034)"},
	{"internal/quarantine", "internal/caseflow internal/chore internal/parameter internal/store internal/store/filestore internal/access", "", "takes uploads in and keeps those apart that the scanner warns of, alike for pages and API (docs/adr/0037)"},
	{"internal/courier", "@hall", "github.com/wneessen/go-mail go.yaml.in/yaml/v3", "carries out what the hall has committed; knows no page (docs/adr/0025)"},
	{"internal/paper", "@hall internal/web/i18n internal/web/form", "", "what stands on a paper, the same for pages, files and programs; a licence shows values as the form does (docs/adr/0027)"},
	{"internal/paper/pdf", "internal/paper internal/pdffile internal/web/i18n", "github.com/klauspost/compress/zstd github.com/skip2/go-qrcode", "a paper as a file: fonts and measures, nothing of cases (docs/adr/0027)"},
	{"internal/export", "evidence internal/caseflow internal/store internal/access", "golang.org/x/mod", "seals logs of administrators; who signs is given to it (docs/adr/0050)"},
	{"internal/dictionary", "ident internal/caseflow internal/pack internal/web/i18n", "", "the lists that are in use, read from packs, codes and words for pages and programs alike (docs/adr/0050)"},
	{"internal/api", "@hall internal/admit internal/dictionary internal/store/filestore internal/paper internal/paper/pdf", "github.com/danielgtaylor/huma/v2", "an edge: turns requests into commands"},
	{"internal/demo", "@hall internal/sheet internal/module internal/module/credit internal/module/draws internal/module/inspect", "", "invented traffic through the hall and the modules, on virtual time (docs/adr/0011, docs/adr/0054)"},
	{"internal/walk", "@hall internal/sequencer internal/api internal/store/sqlstore internal/store/filestore", "", "starts a server on a store of its own, then goes in by the public API like anybody else (docs/adr/0007)"},

	{"internal/web/i18n", "", "", "words only"},
	{"internal/web/ui", "workday ident internal/caseflow internal/web/i18n", "go.yaml.in/yaml/v3", "components show values; they do not fetch them; the gallery reads their examples.yaml"},
	{"internal/web/browsertest", "", "github.com/chromedp", "drives a browser for tests of pages; knows nothing of ours"},
	{"internal/web/page", "@hall internal/paper internal/paper/pdf internal/web/ui internal/web/i18n", "github.com/skip2/go-qrcode", "what the doors share: the frame of a page, request ids, errors as pages; without it each door would word its own"},
	{"internal/web/form", "workday ident internal/dotted internal/caseflow internal/find internal/web/ui internal/web/i18n", "", "an item's form as fields and back, the same for citizens and clerks; without it each door would read answers in its own way"},
	{"internal/web/public", "@hall internal/paper internal/web/ui internal/web/i18n internal/web/page internal/web/form", "@paper", "an edge; does not know the other two doors"},
	{"internal/web/desk", "@hall internal/sheet internal/paper internal/web/ui internal/web/i18n internal/web/page internal/web/form", "golang.org/x/text", "an edge; does not know the other two doors"},
	{"internal/web/console", "@hall internal/dictionary internal/sheet internal/web/ui internal/web/i18n internal/web/page", "@paper", "an edge; does not know the other two doors"},
	{"internal/web", "@hall internal/admit internal/store/filestore internal/web/ui internal/web/i18n internal/web/page internal/web/public internal/web/desk internal/web/console", "github.com/skip2/go-qrcode", "joins the three doors; sessions, limits, headers, uploads"},

	{"internal/module/*", "workday ident draw evidence internal/caseflow internal/rule internal/pack internal/parameter internal/store internal/seal internal/chore internal/access internal/hall internal/sheet internal/api internal/web/ui internal/web/i18n internal/web/page", "@paper github.com/danielgtaylor/huma/v2 go.yaml.in/yaml/v3 golang.org/x/sync golang.org/x/text github.com/peterstace/simplefeatures github.com/tidwall/rtree", "modules meet in data; one that imported another could not be left out"},

	{"internal/module", "ident internal/caseflow internal/chore internal/pack internal/store internal/seal internal/hall internal/api internal/web internal/module/credit internal/module/draws internal/module/inspect", "", "the one list of modules: cmd, walks and tests take all or none (docs/adr/0043)"},

	{"bench", "", "modernc.org/sqlite golang.org/x/mod", "the figures that are promised: tests that use all the real parts, and the bare drivers beside them (docs/adr/0007)"},

	{"packs", "", "", "the practices as data: an embedded file system and no code"},
	{"cmd/tongban", "* packs", "filippo.io/age golang.org/x/mod github.com/alecthomas/kong github.com/prometheus/client_golang go.opentelemetry.io/otel go.opentelemetry.io/proto/otlp google.golang.org/protobuf golang.org/x/term", "wiring: the only place that knows every package"},
}

// pure lists the files whose result depends on their arguments alone: they can
// be replayed, fuzzed, and re-executed offline by the citizen concerned.
var pure = []string{"workday", "ident", "draw", "evidence", "internal/dotted", "internal/naming", "internal/caseflow", "internal/line", "internal/hanzi", "internal/find", "internal/parameter", "internal/stat", "internal/receipt", "internal/module/*/core*.go"}

// testOnly lists packages that are never linked into the product.
var testOnly = []string{"internal/store/storetest", "internal/store/pgtest", "internal/web/browsertest"}

// public lists the packages that others import from outside: they carry a
// runnable example.
var public = []string{"workday", "ident", "draw", "evidence"}

// testThird is what tests everywhere may import beside what their package may.
const testThird = "github.com/santhosh-tekuri/jsonschema/v6 modernc.org/libc pgregory.net/rapid github.com/google/go-cmp github.com/chromedp github.com/anishathalye/porcupine github.com/jackc/pgx/v5 golang.org/x/net/html github.com/emersion/go-smtp github.com/emersion/go-sasl github.com/johannesboyne/gofakes3 github.com/minio/minio-go/v7 golang.org/x/crypto/ssh"

// fence keeps standard packages inside some rooms. It does not bind tests.
type fence struct {
	std  string   // package, or package/... with all below it
	only []string // where it may be imported
	why  string
}

var fences = []fence{
	{"database/sql/...", []string{"internal/store/sqlstore", "internal/store/storetest/tap.go"}, "one SQL implementation; dialects differ in one file; tests look at its statements"},
	{"net/http/...", []string{"internal/api", "internal/web", "internal/web/*", "internal/access", "internal/courier", "internal/witness", "internal/module/*/routes*.go", "internal/module/*/module.go", "internal/walk", "cmd/tongban"}, "only the edges speak HTTP; a lawful no becomes a status code there and nowhere else"},
	{"testing/...", testOnly, "test code is never linked into the product"},
	{"plugin", nil, "a pack holds no code"},
	{"os/exec", testOnly, "no command of the system is run, so none is run with what somebody sent"},
	{"unsafe", []string{"internal/store/sqlstore"}, "only to hand SQLite its functions (docs/adr/0003)"},
	{"log", nil, "log/slog: fixed keys, masked personal data"},
	{"math/rand", nil, "math/rand/v2 has a seed that is an argument"},
}

// impure lists what a pure file must not import.
var impure = []string{
	"os/...", "io/ioutil", "net/...", "database/...", "syscall", "plugin", "unsafe",
	"crypto/rand", "math/rand/...", "hash/maphash", "log/syslog", "runtime/...", "testing/...",
}

// call is a function that must not be called, in code or, where tests is set,
// in tests either.
type call struct {
	pkg, name string // name "" is every function of the package
	where     string // "pure", "all", or "all but" followed by rooms
	tests     bool
	why       string
}

var calls = []call{
	{"time", "Now", "pure", false, "the time is an argument"},
	{"time", "Since", "pure", false, "the time is an argument"},
	{"time", "Until", "pure", false, "the time is an argument"},
	{"time", "After", "pure", false, "a pure function does not wait"},
	{"time", "AfterFunc", "pure", false, "a pure function does not wait"},
	{"time", "NewTimer", "pure", false, "a pure function does not wait"},
	{"time", "NewTicker", "pure", false, "a pure function does not wait"},
	{"time", "LoadLocation", "pure", false, "reads the machine's files; the location is an argument"},
	{"time", "Sleep", "all", true, "wait on a signal or move the virtual clock"},
	{"time", "Tick", "all", true, "cannot be stopped"},
	{"os", "Exit", "all but cmd/tongban", false, "only main ends the process; others return an error"},
	{"fmt", "Print", "all but cmd/tongban", false, "log with slog, or write to an io.Writer that was given"},
	{"fmt", "Printf", "all but cmd/tongban", false, "log with slog, or write to an io.Writer that was given"},
	{"fmt", "Println", "all but cmd/tongban", false, "log with slog, or write to an io.Writer that was given"},
	{module + "/internal/access", "Weak", "all but internal/walk", false, "a person's password is hashed at its full cost"},
	{"flag", "", "all", false, "the command line is kong's, in cmd"},
}

// banned names no folder may have: they say nothing about what is inside.
const bannedFolders = "common util utils misc models types mocks pkg helpers lib shared base"

// Sizes, from docs: a function is counted in lines without its multi-line
// literals, which are tables. A long switch or the like is marked
// `//house:long reason` in its doc comment.
const (
	fileLines     = 800 // none over
	functionLines = 80  // none over, unless marked
	usualLines    = 40  // nine in ten stay under
)
