package courier_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/tongban/tongban/internal/hall"
)

// Every error that an attempt to send may end with is of a kind that the page of deliveries has words for.
func TestEvery_error_of_an_attempt_has_a_cause(t *testing.T) {
	t.Parallel()
	attempt := []string{"Deliver", "carry", "deliver", "exchange", "notYet", "bare", "refusal", "spoken", "try", "judge", "connection"}
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, text, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || !slices.Contains(attempt, fn.Name.Name) {
				continue
			}
			for _, words := range errorsOf(fn) {
				n++
				if cause := hall.CauseOf(words); cause == "other" {
					t.Errorf("%s, %s: %q has no cause", name, fn.Name.Name, words)
				}
			}
		}
	}
	if n < 18 {
		t.Errorf("only %d errors were found", n)
	}
}

// errorsOf are the words of the errors that a function makes; those that only pass on another error are left out.
func errorsOf(fn *ast.FuncDecl) (list []string) {
	ast.Inspect(fn, func(x ast.Node) bool {
		call, ok := x.(*ast.CallExpr)
		if !ok {
			return true
		}
		made, ok := call.Fun.(*ast.SelectorExpr)
		if !ok || made.Sel.Name != "New" && made.Sel.Name != "Errorf" || len(call.Args) == 0 {
			return true
		}
		if lit, ok := call.Args[0].(*ast.BasicLit); ok {
			if words, err := strconv.Unquote(lit.Value); err == nil && !slices.Contains([]string{"gateway %s: %w", "%s: %w", "begin message: %w"}, words) {
				list = append(list, words)
			}
		}
		return true
	})
	return list
}
