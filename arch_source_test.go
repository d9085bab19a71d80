package tongban_test

import (
	"fmt"
	"go/ast"
	"go/token"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// checks are the laws that one file can break by itself.
var checks = []struct {
	name  string
	check func(source) []string
}{
	{"forbidden calls", checkCalls},
	{"no init, no panic outside start-up", checkStartUp},
	{"sizes", checkSizes},
	{"exported names are documented", checkDocs},
	{"no test skips without a reason", checkSkips},
	{"comments and strings", checkText},
	{"modules name their own tables", checkTables},
}

func TestHouse_source(t *testing.T) {
	all := sources(t)
	for _, c := range checks {
		t.Run(c.name, func(t *testing.T) {
			for _, s := range all {
				for _, w := range c.check(s) {
					t.Error(w)
				}
			}
		})
	}
}

// An act that the policies speak of and nobody asks about would be a rule that holds for nothing.
func TestHouse_every_act_of_the_policies_is_asked_about(t *testing.T) {
	const table = "internal/access/rights.go"
	acts, used := map[string]bool{}, map[string]bool{}
	for _, s := range sources(t) {
		test := strings.HasSuffix(s.path, "_test.go")
		ast.Inspect(s.file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ValueSpec:
				if kind, ok := n.Type.(*ast.Ident); ok && s.path == table && kind.Name == "Act" {
					acts[n.Names[0].Name] = true
				}
			case *ast.Ident:
				if !test && s.path != table {
					used[n.Name] = true
				}
			}
			return true
		})
	}
	if len(acts) < 50 {
		t.Fatalf("found only %d acts", len(acts))
	}
	for act := range acts {
		if !used[act] {
			t.Errorf("nobody asks whether somebody may %s", act)
		}
	}
}

// checkCalls finds calls and uses of the functions in the table calls.
func checkCalls(s source) (wrong []string) {
	local := map[string]string{} // name in this file -> import path
	for p, spec := range s.imports() {
		local[importName(p, spec)] = p
	}
	ast.Inspect(s.file, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		x, ok := sel.X.(*ast.Ident)
		if !ok {
			return true
		}
		for _, c := range calls {
			if local[x.Name] == c.pkg && (c.name == "" || c.name == sel.Sel.Name) && c.binds(s) {
				wrong = append(wrong, fmt.Sprintf("%s: %s.%s: %s", s.at(sel), c.pkg, sel.Sel.Name, c.why))
			}
		}
		return true
	})
	return wrong
}

// binds reports whether the ban holds in the file.
func (c call) binds(s source) bool {
	if s.test() && !c.tests {
		return false
	}
	if c.where == "pure" {
		return s.in(pure)
	}
	rooms, _ := strings.CutPrefix(c.where, "all but ")
	return !s.in(strings.Fields(rooms))
}

// importName is the name a file uses for an import: its own, or the last
// element of the path that is no version.
func importName(p string, spec *ast.ImportSpec) string {
	if spec.Name != nil {
		return spec.Name.Name
	}
	base := path.Base(p)
	if regexp.MustCompile(`^v[0-9]+$`).MatchString(base) {
		base = path.Base(path.Dir(p))
	}
	return base
}

// checkStartUp forbids init functions, and panics outside functions whose name
// begins with Must or must, which run when the program starts.
func checkStartUp(s source) (wrong []string) {
	for _, d := range s.file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		if f.Recv == nil && f.Name.Name == "init" {
			wrong = append(wrong, s.at(f)+": no init(): register explicitly in cmd")
		}
		if s.test() || strings.HasPrefix(strings.ToLower(f.Name.Name), "must") {
			continue
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if c, ok := n.(*ast.CallExpr); ok {
				if x, ok := c.Fun.(*ast.Ident); ok && x.Name == "panic" {
					wrong = append(wrong, s.at(c)+": no panic outside start-up (a function named must…): return an error")
				}
			}
			return true
		})
	}
	return wrong
}

// size is the length of one function.
type size struct {
	at    string
	lines int  // without the insides of multi-line literals
	long  bool // marked //house:long with a reason
}

func sizesOf(s source) (all []size) {
	line := func(p token.Pos) int { return s.fset.Position(p).Line }
	for _, d := range s.file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || f.Body == nil {
			continue
		}
		lines := line(f.End()) - line(f.Pos()) + 1
		ast.Inspect(f.Body, func(n ast.Node) bool {
			switch lit := n.(type) {
			case *ast.CompositeLit:
				lines -= max(0, line(lit.Rbrace)-line(lit.Lbrace)-1)
				return false
			case *ast.BasicLit:
				lines -= line(lit.End()) - line(lit.Pos())
			}
			return true
		})
		long := f.Doc != nil && slices.ContainsFunc(f.Doc.List, func(c *ast.Comment) bool {
			return regexp.MustCompile(`^//house:long \S{3,}`).MatchString(c.Text)
		})
		all = append(all, size{s.at(f) + " " + f.Name.Name, lines, long})
	}
	return all
}

func checkSizes(s source) (wrong []string) {
	if n := strings.Count(s.text, "\n"); n > fileLines {
		wrong = append(wrong, fmt.Sprintf("%s: %d lines, at most %d", s.path, n, fileLines))
	}
	for _, f := range sizesOf(s) {
		if f.lines > functionLines && !f.long {
			wrong = append(wrong, fmt.Sprintf("%s: %d lines, at most %d (a long switch says so: //house:long and why)", f.at, f.lines, functionLines))
		}
	}
	return wrong
}

// Nine functions in ten are seen whole.
func TestHouse_functions_are_short(t *testing.T) {
	var all []size
	for _, s := range sources(t) {
		if !s.test() {
			all = append(all, sizesOf(s)...)
		}
	}
	if len(all) == 0 {
		t.Fatal("no function found")
	}
	slices.SortFunc(all, func(a, b size) int { return b.lines - a.lines })
	long := slices.IndexFunc(all, func(f size) bool { return f.lines < usualLines })
	t.Logf("%d functions, median %d lines, %d of them %d or more", len(all), all[len(all)/2].lines, long, usualLines)
	if long*10 > len(all) {
		for _, f := range all[:long] {
			t.Errorf("%s: %d lines", f.at, f.lines)
		}
		t.Errorf("%d of %d functions have %d lines or more, at most one in ten may", long, len(all), usualLines)
	}
}

// checkDocs wants a comment on every exported declaration. In a group of
// constants, variables or types a comment on the group or on any member speaks
// for all. A method of one line needs none: its interface explains it.
func checkDocs(s source) (wrong []string) {
	if s.test() || s.file.Name.Name == "main" {
		return nil
	}
	for _, d := range s.file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Name.IsExported() && d.Doc == nil && exportedReceiver(d) && !(d.Recv != nil && s.oneLine(d)) {
				wrong = append(wrong, s.at(d)+": "+d.Name.Name+" is exported and has no comment")
			}
		case *ast.GenDecl:
			if d.Tok == token.IMPORT || d.Doc != nil {
				continue
			}
			if name := undocumented(d.Specs); name != nil {
				wrong = append(wrong, s.at(name)+": "+name.Name+" is exported and has no comment")
			}
		}
	}
	return wrong
}

func (s source) oneLine(n ast.Node) bool {
	return s.fset.Position(n.Pos()).Line == s.fset.Position(n.End()).Line
}

// undocumented returns the first exported name of a group in which nothing has
// a comment, before or beside it.
func undocumented(specs []ast.Spec) (first *ast.Ident) {
	for _, spec := range specs {
		var name *ast.Ident
		switch d := spec.(type) {
		case *ast.TypeSpec:
			if d.Doc != nil || d.Comment != nil {
				return nil
			}
			name = d.Name
		case *ast.ValueSpec:
			if d.Doc != nil || d.Comment != nil {
				return nil
			}
			name = d.Names[0]
		}
		if first == nil && name != nil && name.IsExported() {
			first = name
		}
	}
	return first
}

// exportedReceiver reports whether a function can be called from outside: it
// has no receiver or one of an exported type. Methods that a standard
// interface explains (String, MarshalJSON …) need no words.
func exportedReceiver(f *ast.FuncDecl) bool {
	if f.Recv == nil {
		return true
	}
	if slices.Contains([]string{"String", "Error", "Unwrap", "LogValue", "MarshalText", "UnmarshalText", "MarshalJSON", "UnmarshalJSON"}, f.Name.Name) {
		return false
	}
	x := f.Recv.List[0].Type
	if star, ok := x.(*ast.StarExpr); ok {
		x = star.X
	}
	switch g := x.(type) {
	case *ast.IndexExpr:
		x = g.X
	case *ast.IndexListExpr:
		x = g.X
	}
	id, ok := x.(*ast.Ident)
	return ok && id.IsExported()
}

// checkSkips wants a sentence from every test that skips.
func checkSkips(s source) (wrong []string) {
	ast.Inspect(s.file, func(n ast.Node) bool {
		c, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		sel, ok := c.Fun.(*ast.SelectorExpr)
		if !ok || !slices.Contains([]string{"Skip", "Skipf", "SkipNow"}, sel.Sel.Name) {
			return true
		}
		if x, ok := sel.X.(*ast.Ident); !ok || !slices.Contains([]string{"t", "b", "f", "tb"}, x.Name) {
			return true
		}
		if sel.Sel.Name == "SkipNow" || len(c.Args) == 0 || shortLiteral(c.Args[0]) {
			wrong = append(wrong, s.at(c)+": a skipped test says why, and what to do, in a sentence")
		}
		return true
	})
	return wrong
}

// shortLiteral reports whether the argument is a string too short for a reason.
func shortLiteral(x ast.Expr) bool {
	lit, ok := x.(*ast.BasicLit)
	if !ok {
		return false
	}
	text, err := strconv.Unquote(lit.Value)
	return err == nil && len(text) < 15
}

// phrases no Go file may hold. The patterns are split so that this file passes.
var phrases = []struct {
	re   *regexp.Regexp
	test bool // binds tests too
	why  string
}{
	{regexp.MustCompile(`(?i)"[^"]*SELE` + `CT\s+\*`), true, "SQL names its columns"},
	{regexp.MustCompile(`//.*TO` + `DO(?:[^(]|\((?:[^#]|#[^0-9]))`), true, "TODO(#12): … or nothing"},
	{regexp.MustCompile(`//.*\b(?:FIX` + `ME|XX` + `X)\b`), true, "TODO(#12): … or nothing"},
	{regexp.MustCompile(`["` + "`" + `]/t` + `mp/`), true, "no path of one machine: t.TempDir, or a flag"},
}

func checkText(s source) (wrong []string) {
	for i, l := range strings.Split(s.text, "\n") {
		for _, p := range phrases {
			if p.re.MatchString(l) && (p.test || !s.test()) {
				wrong = append(wrong, fmt.Sprintf("%s:%d: %s", s.path, i+1, p.why))
			}
		}
	}
	return wrong
}

// tableNamed finds what a statement reads or writes.
var tableNamed = regexp.MustCompile(`\b(?:FROM|JOIN|INTO|UPDATE)\s+(\(|"?[A-Za-z_.0-9]*)`)

// checkTables: a module reaches its own tables and no others (package store, Modules): the rows of cases are the hall's alone. A name that
// is put together when the program runs cannot be read here, and so is not allowed either.
func checkTables(s source) (wrong []string) {
	name, in := strings.CutPrefix(s.path, "internal/module/")
	name, _, deep := strings.Cut(name, "/")
	if !in || !deep || s.test() {
		return nil
	}
	ast.Inspect(s.file, func(n ast.Node) bool {
		lit, ok := n.(*ast.BasicLit)
		if !ok || lit.Kind != token.STRING {
			return true
		}
		text, err := strconv.Unquote(lit.Value)
		if err != nil || !regexp.MustCompile(`\b(?:SELECT|INSERT|UPDATE|DELETE)\b`).MatchString(text) {
			return true
		}
		for _, m := range tableNamed.FindAllStringSubmatch(text+" ", -1) {
			if !strings.HasPrefix(m[1], name+"_") && m[1] != "SET" && m[1] != "(" {
				wrong = append(wrong, fmt.Sprintf("%s: a statement names the table %q: a module has its own, %s_…", s.fset.Position(lit.Pos()), m[1], name))
			}
		}
		return true
	})
	return wrong
}

// Every folder with Go files says in a package comment what it is for.
func TestHouse_packages_are_documented(t *testing.T) {
	documented := map[string]bool{}
	example := map[string]bool{}
	for _, s := range sources(t) {
		if strings.HasSuffix(s.path, "example_test.go") {
			example[s.room()] = true
		}
		if s.test() {
			continue
		}
		want := "Package " + s.file.Name.Name + " "
		if s.file.Name.Name == "main" {
			want = "Command " + path.Base(s.room()) + " "
		}
		documented[s.room()] = documented[s.room()] || s.file.Doc != nil && strings.HasPrefix(s.file.Doc.Text(), want)
	}
	for folder, ok := range documented {
		if !ok {
			t.Errorf("%s: no package comment (// Package x …: what it is for, what it promises, what it does not do)", folder)
		}
		if slices.Contains(public, folder) && !example[folder] {
			t.Errorf("%s: a public package has an example_test.go", folder)
		}
	}
}

// Folders are named for what they do; no file holds a path of somebody's
// machine.
func TestHouse_files(t *testing.T) {
	// The patterns are split so that this file passes.
	machine := regexp.MustCompile("(?m)(^|[\\s\"'`(=:])/(wo" + "rk|ro" + "ot|ho" + "me/[a-z]+|Us" + "ers/[A-Za-z]+)/")
	text := []string{".go", ".md", ".sh", ".yaml", ".yml", ".json", ".html", ".css", ".js", ".sql", ".toml", ""}
	walkFiles(t, func(name string) {
		for _, dir := range strings.Split(path.Dir(name), "/") {
			if slices.Contains(strings.Fields(bannedFolders), dir) {
				t.Errorf("%s: a folder named %q says nothing about what is inside", name, dir)
			}
		}
		if !slices.Contains(text, path.Ext(name)) {
			return
		}
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if m := machine.FindIndex(b); m != nil {
			t.Errorf("%s:%d: a path of one machine", name, 1+strings.Count(string(b[:m[1]]), "\n"))
		}
	})
}

// The laws must bite: each row is a source that breaks one.
func TestHouse_source_law_bites(t *testing.T) {
	long := strings.Repeat("\t_ = 1\n", functionLines)
	table := strings.Repeat("\t1,\n", functionLines)
	for name, c := range map[string]struct{ file, source, want string }{
		"the core asks the time":           {"workday/a.go", "import \"time\"\nvar _ = time.Now", "argument"},
		"under another name":               {"workday/a.go", "import clock \"time\"\nvar _ = clock.Now()", "argument"},
		"a module's core asks the time":    {"internal/module/credit/core.go", "import \"time\"\nvar _ = time.Since", "argument"},
		"a test sleeps":                    {"internal/hall/a_test.go", "import \"time\"\nfunc f() { time.Sleep(1) }", "virtual clock"},
		"a package ends the process":       {"internal/hall/a.go", "import \"os\"\nfunc f() { os.Exit(1) }", "only main"},
		"a package prints":                 {"internal/hall/a.go", "import \"fmt\"\nfunc f() { fmt.Println(1) }", "slog"},
		"passwords are hashed cheaply":     {"cmd/tongban/a.go", "import \"github.com/tongban/tongban/internal/access\"\nvar _ = access.Weak()", "full cost"},
		"init":                             {"internal/hall/a.go", "func init() {}", "no init"},
		"panic":                            {"internal/hall/a.go", "func f() { panic(1) }", "no panic"},
		"a long function":                  {"internal/hall/a.go", "func f() {\n" + long + "}", "at most 80"},
		"a long file":                      {"internal/hall/a.go", strings.Repeat("\n", fileLines+1), "at most 800"},
		"an exported function unexplained": {"internal/hall/a.go", "func F() {}", "no comment"},
		"an exported method unexplained":   {"internal/hall/a.go", "// T is.\ntype T struct{}\nfunc (*T) F() {\n}", "no comment"},
		"an exported type unexplained":     {"internal/hall/a.go", "type T int", "no comment"},
		"a silent skip":                    {"internal/hall/a_test.go", "func f(t interface{ SkipNow() }) { t.SkipNow() }", "says why"},
		"a skip without reason":            {"internal/hall/a_test.go", "func f(t interface{ Skip(...any) }) { t.Skip(\"flaky\") }", "says why"},
		"a star in SQL":                    {"internal/store/sqlstore/a.go", "var _ = \"sele" + "ct * from t\"", "columns"},
		"a task for nobody":                {"internal/hall/a.go", "// TO" + "DO: later", "#12"},
		"a module reads cases":             {"internal/module/credit/a.go", "var _ = \"SELECT no FROM credit_record JOIN cases ON true\"", "its own"},
		"a module makes up a table":        {"internal/module/credit/a.go", "func f(t string) string { return \"SELECT no FROM \" + t }", "its own"},
		"a machine's path":                 {"internal/hall/a.go", "var _ = \"/t" + "mp/x\"", "one machine"},

		"a module reads its own":             {"internal/module/credit/a.go", "var _ = \"SELECT no FROM credit_record WHERE a = (SELECT b FROM credit_mark)\"", ""},
		"the hall asks the time":             {"internal/hall/a.go", "import \"time\"\nvar _ = time.Now", ""},
		"a pure test asks the time":          {"workday/a_test.go", "import \"time\"\nvar _ = time.Now", ""},
		"another Now":                        {"workday/a.go", "var time struct{ Now int }\nvar _ = time.Now", ""},
		"main prints":                        {"cmd/tongban/a.go", "import \"fmt\"\nfunc f() { fmt.Println(1) }", ""},
		"a function named must":              {"internal/hall/a.go", "func mustParse() { panic(1) }", ""},
		"a long table":                       {"internal/hall/a.go", "func f() {\n_ = []int{\n" + table + "}\n}", ""},
		"a long switch that says so":         {"internal/hall/a.go", "// f is long.\n//\n//house:long one case a command\nfunc f() {\n" + long + "}", ""},
		"a skip with a reason":               {"internal/hall/a_test.go", "func f(t interface{ Skip(...any) }) { t.Skip(\"needs PostgreSQL (run: make deps)\") }", ""},
		"a task with its issue":              {"internal/hall/a.go", "// TO" + "DO(#12): later", ""},
		"a group of constants with one word": {"internal/hall/a.go", "// The modes.\nconst (\n\tA = 1\n\tB = 2\n)", ""},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := parse(c.file, "package x\n"+c.source+"\n")
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, c := range checks {
				got = append(got, c.check(s)...)
			}
			if c.want == "" && len(got) > 0 || c.want != "" && !strings.Contains(strings.Join(got, "\n"), c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
