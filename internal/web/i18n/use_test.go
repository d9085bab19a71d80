package i18n

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"text/template/parse"
)

// root is the module's folder, seen from here.
const root = "../../.."

// computed are the beginnings of keys that are put together when a page is made, each with the keys that the program can
// give. A nil list is checked elsewhere (TestCore_has_words) or by the component's examples.
var computed = []string{
	"refusal.", "event.", "command.", "case.phase.", "case.step.", "case.task.", "case.task-kind.", "case.agent-basis.", "case.material.", "case.material-need.",
	"case.part.", "case.commitment.", "case.licence.", "case.role.", "case.actor.", "case.clock.", "case.clock-state.", "case.effect.",
	"case.assist.", "case.assist-mark.", "case.assist-why.", "case.channel.", "case.deliver.", "case.outcome.", "case.child.", "case.sign.", "case.fault.", "case.publication.", "case.reason.", "case.objection.",
	"public.consequence.", "public.for.", "public.help.", "public.help-hint-", "public.help-how.", "public.message.", "public.moved.", "public.party-document.", "public.party-name.",
	"public.source.", "public.why-in.", "public.why-how.", "public.who-am.", "public.occasions.", "public.listing.", "public.mandate-did.", "public.mandate-state.", "public.tag.", "public.verify-", "public.log-suite.", "public.names-", "public.fault-", "public.object-", "public.notice-state-", "public.doors-",
	"desk.act.", "desk.assessment.", "desk.bulk.", "desk.callers.", "desk.case-tab.", "desk.col.", "desk.consequence.", "desk.due.", "desk.empty.", "desk.filter.", "desk.level.",
	"desk.help.", "desk.line.origin.", "desk.line.figure.", "desk.shift.", "desk.dispatches.", "desk.cases.", "desk.statistics.", "desk.overview.why-", "desk.orders.", "desk.export.", "desk.look.", "desk.message.", "desk.names.", "desk.nav.", "desk.recount.", "desk.calendar.", "desk.recounted.", "desk.outcome.", "desk.ask.", "desk.phase.", "desk.seen.", "desk.phrase.", "desk.tab.", "desk.waits.",
	"console.backups.", "console.dictionary.", "console.quarantine.", "console.disabled.", "console.done.", "console.duty.", "console.reform.state.", "console.event.", "console.exported.", "console.exported-by.", "console.field.", "console.changed-field.", "console.group.", "console.choice.", "console.kind-of-change.", "console.lead.", "console.menu.",
	"console.part.", "console.point.", "witness.state.", "witness.alarm.", "console.parameter.", "console.job.", "console.where.", "console.announcement.", "console.unit.", "console.lasting.", "console.flag.", "console.switch.", "console.reason.", "console.system.", "console.what.", "console.why.",
	"credit.fault.", "credit.column.", "credit.kind.", "credit.result.", "credit.record-state.", "credit.batch-state.", "credit.tier.", "credit.why.", "credit.list-", "credit.joint-kind.",
	"inspect.fault.", "inspect.column.", "inspect.kind.", "inspect.tier.", "inspect.task-state.", "inspect.edition-state.", "inspect.list-", "inspect.field-", "inspect.why.", "inspect.follow.", "inspect.follow-end.", "inspect.duty.", "inspect.unfiled-",
	"draws.state.", "draws.kind.", "draws.event.", "draws.give.",
	"kind.", "paper.title.", "paper.decision-text.", "paper.decision-why.", "page.department.", "page.factor-kind.", "page.quarantine.", "page.related-",
	"receipt.fault.", "receipt.from.", "problem.", "lamp.", "ui.task-", "ui.stage-", "ui.rating-", "ui.notice-",
}

func isComputed(key string) bool {
	for _, prefix := range computed {
		if strings.HasPrefix(key, prefix) {
			return true
		}
	}
	return false
}

// use is one place where a message is asked for.
type use struct {
	at   string
	key  string
	args int // -1: not known
}

func TestEvery_key_is_there_and_used(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	check := func(u use) {
		m, ok := catalogue[u.key]
		switch {
		case strings.HasSuffix(u.key, "-") || strings.HasSuffix(u.key, "."):
			if !isComputed(u.key) {
				t.Errorf("%s: keys that begin with %q are put together, but are not in the list computed", u.at, u.key)
			}
		case !ok:
			t.Errorf("%s: there is no message %q", u.at, u.key)
		case u.args >= 0 && u.args != len(holes(m.ZH)):
			t.Errorf("%s: %s takes %d arguments, not %d", u.at, u.key, len(holes(m.ZH)), u.args)
		}
	}
	walk(t, func(file, text string) {
		var uses []use
		var literals []string
		if strings.HasSuffix(file, ".html") {
			uses = templateUses(t, file, text)
		} else {
			uses, literals = goUses(t, file, text)
		}
		for _, u := range uses {
			check(u)
			seen[u.key] = true
		}
		for _, l := range literals {
			seen[l] = true
		}
	})
	for key := range catalogue {
		if !seen[key] && !isComputed(key) {
			t.Errorf("no page uses the message %q: remove it", key)
		}
	}
}

// walk calls do for the templates and Go files, tests left out, below internal and cmd.
func walk(t *testing.T, do func(file, text string)) {
	t.Helper()
	for _, top := range []string{"internal", "cmd"} {
		err := filepath.WalkDir(filepath.Join(root, top), func(p string, d fs.DirEntry, err error) error {
			if os.IsNotExist(err) {
				return nil
			}
			if err != nil || d.IsDir() {
				if d != nil && d.Name() == "testdata" {
					return fs.SkipDir
				}
				return err
			}
			if ext := filepath.Ext(p); ext != ".html" && ext != ".go" || strings.HasSuffix(p, "_test.go") {
				return nil
			}
			text, err := os.ReadFile(p)
			do(p, string(text))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// templateUses finds the calls of t with a literal key; of a key that is put together, its beginning.
func templateUses(t *testing.T, file, text string) (uses []use) {
	t.Helper()
	tree := parse.New(file)
	tree.Mode = parse.SkipFuncCheck
	trees := map[string]*parse.Tree{}
	if _, err := tree.Parse(text, "", "", trees); err != nil {
		t.Fatal(err)
	}
	trees[file] = tree
	for _, tree := range trees {
		if tree.Root != nil {
			commands(tree.Root, func(c *parse.CommandNode) {
				if u, ok := callOfT(c); ok {
					u.at = file
					uses = append(uses, u)
				}
			})
		}
	}
	return uses
}

func callOfT(c *parse.CommandNode) (use, bool) {
	if len(c.Args) < 2 {
		return use{}, false
	}
	switch f := c.Args[0].(type) {
	case *parse.IdentifierNode:
		if f.Ident != "t" {
			return use{}, false
		}
	case *parse.FieldNode: // .T of a page
		if f.Ident[len(f.Ident)-1] != "T" {
			return use{}, false
		}
	default:
		return use{}, false
	}
	switch key := c.Args[1].(type) {
	case *parse.StringNode:
		return use{key: key.Text, args: len(c.Args) - 2}, true
	case *parse.PipeNode: // (print "ui.stage-" .State)
		if inner := key.Cmds[0].Args; len(inner) > 1 {
			if s, ok := inner[1].(*parse.StringNode); ok {
				return use{key: s.Text, args: -1}, true
			}
		}
	}
	return use{}, false
}

// commands visits every command of a template, also those in parentheses.
func commands(n parse.Node, visit func(*parse.CommandNode)) {
	branch := func(p *parse.PipeNode, list, otherwise *parse.ListNode) {
		commands(p, visit)
		commands(list, visit)
		if otherwise != nil {
			commands(otherwise, visit)
		}
	}
	switch n := n.(type) {
	case *parse.ListNode:
		for _, c := range n.Nodes {
			commands(c, visit)
		}
	case *parse.ActionNode:
		commands(n.Pipe, visit)
	case *parse.TemplateNode:
		if n.Pipe != nil {
			commands(n.Pipe, visit)
		}
	case *parse.IfNode:
		branch(n.Pipe, n.List, n.ElseList)
	case *parse.WithNode:
		branch(n.Pipe, n.List, n.ElseList)
	case *parse.RangeNode:
		branch(n.Pipe, n.List, n.ElseList)
	case *parse.PipeNode:
		for _, c := range n.Cmds {
			visit(c)
			for _, a := range c.Args {
				commands(a, visit)
			}
		}
	}
}

// goUses finds the calls of a function or method T whose key is a literal, and every literal that could be a key.
func goUses(t *testing.T, file, text string) (uses []use, literals []string) {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, text, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(parsed, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BasicLit:
			if s, err := strconv.Unquote(n.Value); err == nil && n.Kind == token.STRING {
				literals = append(literals, s)
			}
		case *ast.CallExpr:
			name := ""
			switch f := n.Fun.(type) {
			case *ast.SelectorExpr:
				name = f.Sel.Name
			case *ast.Ident:
				name = f.Name
			}
			if name != "T" {
				return true
			}
			for i, a := range n.Args[:min(2, len(n.Args))] { // T(key, …) of a page, T(lang, key, …) of the package
				if s, ok := literal(a); ok && strings.Contains(s, ".") {
					args := len(n.Args) - i - 1
					if n.Ellipsis.IsValid() {
						args = -1
					}
					uses = append(uses, use{file, s, args})
				}
			}
		}
		return true
	})
	return uses, literals
}

// literal reads a string, or the first part of a sum that begins with one.
func literal(x ast.Expr) (string, bool) {
	switch x := x.(type) {
	case *ast.BasicLit:
		s, err := strconv.Unquote(x.Value)
		return s, err == nil && x.Kind == token.STRING
	case *ast.BinaryExpr:
		s, ok := literal(x.X)
		return s, ok && (strings.HasSuffix(s, ".") || strings.HasSuffix(s, "-"))
	}
	return "", false
}

// families say where in the core the members of a family of keys come from.
var families = []struct{ prefix, typ, name string }{
	{"refusal.", "", "Code"},
	{"case.phase.", "Phase", "Phase"},
	{"case.step.", "", "Step"},
	{"case.task.", "", "TaskOpen TaskClaimed TaskDone TaskCancelled TaskWaiting"},
	{"case.agent-basis.", "", "BasisLetter BasisRepresentative BasisGuardian"},
	{"case.task-kind.", "", "TaskAccept TaskStep TaskOpinion TaskCopy TaskOrder TaskClose TaskCallback TaskJudge TaskObjection"},
	{"case.material.", "", "Material"},
	{"case.material-need.", "Need", ""},
	{"case.part.", "", "Part"},
	{"case.commitment.", "", "Commitment"},
	{"case.licence.", "", "Licence"},
	{"case.role.", "", "Role"},
	{"case.actor.", "", "Actor"},
	{"case.clock.", "", "ClockAcceptance ClockStatutory ClockPromised ClockStep ClockCorrection ClockCommitment ClockStop ClockDelivery ClockOrder ClockExpiry"},
	{"case.clock-state.", "", "ClockRunning ClockStopped ClockMet ClockMissed ClockCancelled"},
	{"case.assist.", "", "AssistAsked AssistOfficial AssistAgent AssistNone"},
	{"case.effect.", "Effect", ""},
	{"case.outcome.", "", "Outcome"},
	{"case.child.", "", "ChildGranted ChildRefused ChildDeclined ChildWithdrawn ChildRevoked"},
	{"case.sign.", "Sign", ""},
	{"case.publication.", "", "PublicationRunning PublicationOver PublicationObjected PublicationDropped"},
	{"case.objection.", "", "ObjectionOpen OutcomeUpheld OutcomeDismissed"},
}

// TestCore_has_words reads the core's source, so that no code, state, event or command is without its words, and no word is
// left of one that is gone.
func TestCore_has_words(t *testing.T) {
	t.Parallel()
	core := readCore(t)
	for _, f := range families {
		want := map[string]bool{}
		for _, c := range core.constants {
			if member(f.typ, f.name, c) && c.value != "" {
				want[c.value] = true
			}
		}
		compare(t, f.prefix, want)
	}
	compare(t, "event.", core.results["Name"])
	compare(t, "command.", core.results["Verb"])
}

func compare(t *testing.T, prefix string, want map[string]bool) {
	t.Helper()
	if len(want) == 0 {
		t.Errorf("%s: nothing found in the core; has it moved?", prefix)
	}
	for name := range want {
		if !Has(prefix + name) {
			t.Errorf("%s%s has no words", prefix, name)
		}
	}
	for _, key := range Keys(prefix) {
		if name := strings.TrimPrefix(key, prefix); !want[name] {
			t.Errorf("%s: the core has no %q", key, name)
		}
	}
}

// constant is a string constant of the core.
type constant struct{ typ, name, value string }

// member reports whether a constant belongs to a family: by its type, by a list of names, or by how its name begins.
func member(typ, names string, c constant) bool {
	switch {
	case typ != "":
		return c.typ == typ
	case strings.Contains(names, " "):
		for _, n := range strings.Fields(names) {
			if n == c.name {
				return true
			}
		}
		return false
	}
	return c.typ == "" && strings.HasPrefix(c.name, names)
}

// coreSource is what the test needs of the core.
type coreSource struct {
	constants []constant
	results   map[string]map[string]bool // of methods that return one literal, by the method's name
}

func readCore(t *testing.T) coreSource {
	t.Helper()
	c := coreSource{results: map[string]map[string]bool{"Name": {}, "Verb": {}}}
	names, err := filepath.Glob(filepath.Join(root, "internal/caseflow/*.go"))
	if err != nil {
		t.Fatal(err)
	}
	ofModules, err := filepath.Glob(filepath.Join(root, "internal/module/*/refusal.go"))
	if err != nil {
		t.Fatal(err)
	}
	names = append(append(names, ofModules...), filepath.Join(root, "internal/sheet/read.go"), filepath.Join(root, "internal/witness/alarm.go"))
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			switch d := d.(type) {
			case *ast.GenDecl:
				if d.Tok == token.CONST {
					c.constants = append(c.constants, constants(d)...)
				}
			case *ast.FuncDecl:
				if s, ok := result(d); ok && c.results[d.Name.Name] != nil {
					c.results[d.Name.Name][s] = true
				}
			}
		}
	}
	return c
}

func constants(d *ast.GenDecl) (all []constant) {
	for _, s := range d.Specs {
		v, ok := s.(*ast.ValueSpec)
		if !ok || len(v.Values) != 1 {
			continue
		}
		text, ok := literal(v.Values[0])
		if !ok {
			continue
		}
		typ := ""
		if id, ok := v.Type.(*ast.Ident); ok {
			typ = id.Name
		}
		all = append(all, constant{typ, v.Names[0].Name, text})
	}
	return all
}

// result is the literal that a method returns, if that is all it does.
func result(f *ast.FuncDecl) (string, bool) {
	if f.Recv == nil || f.Body == nil || len(f.Body.List) != 1 {
		return "", false
	}
	r, ok := f.Body.List[0].(*ast.ReturnStmt)
	if !ok || len(r.Results) != 1 {
		return "", false
	}
	return literal(r.Results[0])
}
