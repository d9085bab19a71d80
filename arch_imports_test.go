package tongban_test

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"

	"go/ast"
)

const module = "github.com/tongban/tongban"

// source is one Go file of the module.
type source struct {
	path string // from the module's root, with slashes
	text string
	fset *token.FileSet
	file *ast.File
}

func (s source) room() string {
	if d := path.Dir(s.path); d != "." {
		return d
	}
	return ""
}

func (s source) test() bool { return strings.HasSuffix(s.path, "_test.go") }

// at is the place of a node, for messages.
func (s source) at(n ast.Node) string {
	return fmt.Sprintf("%s:%d", s.path, s.fset.Position(n.Pos()).Line)
}

// imports returns the paths that the file imports.
func (s source) imports() map[string]*ast.ImportSpec {
	m := make(map[string]*ast.ImportSpec)
	for _, i := range s.file.Imports {
		p, err := strconv.Unquote(i.Path.Value)
		if err == nil {
			m[p] = i
		}
	}
	return m
}

func parse(name, text string) (source, error) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, name, text, parser.ParseComments)
	return source{name, text, fset, f}, err
}

// walkFiles calls do for every file of the module that git would keep. Nested
// modules have laws of their own.
func walkFiles(t *testing.T, do func(name string)) {
	t.Helper()
	err := fs.WalkDir(os.DirFS("."), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil || name == ".":
			return err
		case !d.IsDir():
			do(name)
		case slices.Contains([]string{".git", ".cache", "bin", "data"}, name), d.Name() == "testdata", d.Name() == "node_modules":
			return fs.SkipDir
		default:
			if _, err := os.Stat(name + "/go.mod"); err == nil {
				return fs.SkipDir
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// sources parses every Go file of the module, whatever its build tags.
func sources(t *testing.T) (all []source) {
	t.Helper()
	walkFiles(t, func(name string) {
		if path.Ext(name) != ".go" {
			return
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		s, err := parse(name, string(text))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	})
	return all
}

// row returns the room that a folder is.
func row(folder string) (room, bool) {
	for _, r := range house {
		if ok, _ := path.Match(r.path, folder); ok {
			return r, true
		}
	}
	return room{}, false
}

// words splits a list of the table and replaces groups by their members.
func words(list string) (all []string) {
	for _, w := range strings.Fields(list) {
		if strings.HasPrefix(w, "@") {
			all = append(all, strings.Fields(groups[w])...)
		} else {
			all = append(all, w)
		}
	}
	return all
}

// within reports whether an import path is one of the given or below one.
func within(p string, roots []string) bool {
	return slices.ContainsFunc(roots, func(r string) bool { return p == r || strings.HasPrefix(p, r+"/") })
}

// matches reports whether an import path is the pattern, or, if the pattern
// ends in /..., is its root or below it.
func matches(p, pattern string) bool {
	root, deep := strings.CutSuffix(pattern, "/...")
	return p == root || deep && strings.HasPrefix(p, root+"/")
}

// in reports whether a file lies in one of the places: a room, a room pattern,
// or a file pattern.
func (s source) in(places []string) bool {
	return slices.ContainsFunc(places, func(p string) bool {
		folder, _ := path.Match(p, s.room())
		file, _ := path.Match(p, s.path)
		return folder || file
	})
}

// checkImports returns what is wrong with a file's imports.
func checkImports(s source) (wrong []string) {
	r, ok := row(s.room())
	if !ok {
		return []string{fmt.Sprintf("%s: the house has no room %q: add a row with its reason to arch_house_test.go, and an ADR", s.path, s.room())}
	}
	for p, spec := range s.imports() {
		if why := refuse(s, r, p); why != "" {
			wrong = append(wrong, fmt.Sprintf("%s: imports %s: %s", s.at(spec), p, why))
		}
	}
	return wrong
}

// refuse says why a file of room r must not import p, or "".
func refuse(s source, r room, p string) string {
	ours, isOurs := strings.CutPrefix(p, module+"/")
	switch first, _, _ := strings.Cut(p, "/"); {
	case isOurs:
		return refuseOurs(s, r, ours)
	case strings.Contains(first, "."):
		allowed := words(r.third)
		if s.test() {
			allowed = append(allowed, words(testThird)...)
		}
		if !within(p, allowed) {
			return fmt.Sprintf("not among the modules of others that %s may use (docs/adr/0005): %s", r.path, r.why)
		}
		return ""
	default:
		return refuseStd(s, p)
	}
}

func refuseOurs(s source, r room, p string) string {
	may := words(r.may)
	target, known := row(p)
	switch {
	case p == s.room():
		return "" // an external test imports what it tests
	case !known:
		return "the house has no such room"
	case target.path == "cmd/tongban":
		return "nothing imports a program"
	case strings.HasPrefix(p, "internal/module/") && r.path != "cmd/tongban" && r.path != "internal/module" && r.path != "internal/demo" && r.path != "bench":
		return "nothing but cmd, the list of modules, the demo and the figures knows a module; a module never imports a module"
	case s.test() && !s.in(pure):
		return "" // a test above the pure core may use all the real parts
	case slices.Contains(testOnly, p):
		return "test code is never linked into the product"
	case slices.Contains(may, "*") || slices.Contains(may, p):
		return ""
	}
	return fmt.Sprintf("not written in the table, so forbidden: %s: %s", r.path, r.why)
}

func refuseStd(s source, p string) string {
	if s.test() {
		return ""
	}
	if s.in(pure) && slices.ContainsFunc(impure, func(i string) bool { return matches(p, i) }) {
		return "this code is pure: no files, network, database or randomness inside; they come in as values"
	}
	for _, f := range fences {
		if matches(p, f.std) && !s.in(f.only) {
			return fmt.Sprintf("only allowed in %v: %s", f.only, f.why)
		}
	}
	return ""
}

func TestHouse_imports_go_down_only(t *testing.T) {
	for _, s := range sources(t) {
		for _, w := range checkImports(s) {
			t.Error(w)
		}
	}
}

// The table itself: every row has a reason, names only rows that exist, and
// the whole has no circle.
func TestHouse_table_is_sound(t *testing.T) {
	above := map[string][]string{}
	for _, r := range house {
		if r.why == "" {
			t.Errorf("%s: no reason", r.path)
		}
		if _, twice := above[r.path]; twice {
			t.Errorf("%s: two rows", r.path)
		}
		above[r.path] = words(r.may)
		for _, w := range words(r.may) {
			if _, ok := row(w); !ok && w != "*" {
				t.Errorf("%s: may import %q, which is no row", r.path, w)
			}
		}
	}
	var visit func(p string, trail []string)
	visit = func(p string, trail []string) {
		if slices.Contains(trail, p) {
			t.Errorf("a circle: %v", append(trail, p))
			return
		}
		for _, q := range above[p] {
			visit(q, append(slices.Clone(trail), p))
		}
	}
	for p := range above {
		visit(p, nil)
	}
}

// The law must bite: each row is a file that breaks it in one way.
func TestHouse_import_law_bites(t *testing.T) {
	ours := func(p string) string { return module + "/" + p }
	for name, c := range map[string]struct{ file, imports, want string }{
		"a room nobody wrote down":              {"internal/queue/a.go", "fmt", "no room"},
		"the core reads files":                  {"internal/caseflow/a.go", "os", "pure"},
		"the core reads files by a sub-package": {"internal/caseflow/a.go", "os/exec", "pure"},
		"a module's core is random":             {"internal/module/credit/core.go", "math/rand/v2", "pure"},
		"the core asks the store":               {"internal/caseflow/a.go", ours("internal/store"), "forbidden"},
		"a pure test asks the store":            {"internal/caseflow/a_test.go", ours("internal/store"), "forbidden"},
		"a rule knows cases":                    {"internal/rule/a.go", ours("internal/caseflow"), "forbidden"},
		"a module imports a module":             {"internal/module/credit/module.go", ours("internal/module/inspect"), "never imports a module"},
		"the hall knows a page":                 {"internal/hall/a.go", ours("internal/web"), "forbidden"},
		"SQL outside the store":                 {"internal/hall/a.go", "database/sql", "one SQL implementation"},
		"HTTP in the hall":                      {"internal/hall/a.go", "net/http", "only the edges"},
		"HTTP in a module's core":               {"internal/module/credit/core.go", "net/http", "pure"},
		"a stranger's module":                   {"workday/a.go", "github.com/x/y", "modules of others"},
		"a module of others in a wrong room":    {"internal/hall/a.go", "modernc.org/sqlite", "modules of others"},
		"test code in the product":              {"internal/hall/a.go", ours("internal/store/pgtest"), "test code"},
		"testing in the product":                {"internal/hall/a.go", "testing", "test code"},
		"a program is imported":                 {"internal/walk/a_test.go", ours("cmd/tongban"), "program"},

		"the store may use its driver":       {"internal/store/sqlstore/a.go", "github.com/jackc/pgx/v5/stdlib", ""},
		"a module's routes may speak HTTP":   {"internal/module/credit/routes.go", "net/http", ""},
		"a hall test may use the real store": {"internal/hall/a_test.go", ours("internal/store/sqlstore"), ""},
		"a pure test may read testdata":      {"workday/a_test.go", "os", ""},
		"cmd knows a module":                 {"cmd/tongban/main.go", ours("internal/module/credit"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := parse(c.file, fmt.Sprintf("package x\nimport _ %q\n", c.imports))
			if err != nil {
				t.Fatal(err)
			}
			got := strings.Join(checkImports(s), "\n")
			if c.want == "" && got != "" || !strings.Contains(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
