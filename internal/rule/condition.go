package rule

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"

	"github.com/tongban/tongban/workday"
)

// Facts are what conditions see.
type Facts struct {
	Form      map[string]any
	Applicant map[string]any
	Steps     map[string]string
	Data      map[string]any
	Today     workday.Date // the day on which the question is asked; only conditions of a dated environment see it
}

func (f *Facts) resolve(name string) (any, bool) {
	switch name {
	case form:
		return f.Form, true
	case applicant:
		return f.Applicant, true
	case steps:
		return f.Steps, true
	case data:
		return f.Data, true
	case today:
		return f.Today.String(), true
	}
	return nil, false
}

// ResolveName and Parent make Facts an activation of CEL without copying it into a map.
func (f *Facts) ResolveName(name string) (any, bool) { return f.resolve(name) }

// Parent is nil: facts stand alone.
func (f *Facts) Parent() cel.Activation { return nil }

// Verdict is the answer of a condition.
type Verdict int

// The verdicts. Unknown means that facts are missing.
const (
	Unknown Verdict = iota
	No
	Yes
)

// String gives unknown, no or yes.
func (v Verdict) String() string { return [...]string{"unknown", "no", "yes"}[v] }

// Fault is why an expression does not compile, with its place in the expression's text, both counted from 1.
type Fault struct {
	Line, Column int
	What         string
}

// Error is the place and what is wrong there.
func (f *Fault) Error() string { return fmt.Sprintf("%d:%d: %s", f.Line, f.Column, f.What) }

// Condition is a compiled expression that is true or false. It may be used by any number of goroutines.
type Condition struct {
	text    string
	program cel.Program
	reads   []string
	tree    *ast.AST
}

// Compile type-checks an expression, which must give a bool. Whether it can fail while it runs is asked apart: CanFail.
func (e *Env) Compile(text string) (*Condition, *Fault) {
	if strings.TrimSpace(text) == "" {
		return nil, &Fault{1, 1, "the condition is empty"}
	}
	checked, issues := e.cel.Compile(text)
	if issues.Err() != nil {
		return nil, e.undated(firstFault(issues))
	}
	if out := checked.OutputType(); !out.IsExactType(types.BoolType) {
		return nil, &Fault{1, 1, "the condition gives " + out.String() + ", not a yes or no"}
	}
	program, err := e.cel.Program(checked, cel.EvalOptions(cel.OptOptimize), cel.CostLimit(maxCost))
	if err != nil {
		return nil, &Fault{1, 1, err.Error()}
	}
	tree := checked.NativeRep()
	if fault := lengths(tree); fault != nil {
		return nil, fault
	}
	return &Condition{text: text, program: program, reads: paths(tree), tree: tree}, nil
}

func firstFault(issues *cel.Issues) *Fault {
	errs := issues.Errors()
	if len(errs) == 0 {
		return &Fault{1, 1, issues.Err().Error()}
	}
	first := slices.MinFunc(errs, func(a, b *cel.Error) int {
		if d := a.Location.Line() - b.Location.Line(); d != 0 {
			return d
		}
		return a.Location.Column() - b.Location.Column()
	})
	return &Fault{max(first.Location.Line(), 1), max(first.Location.Column()+1, 1), first.Message}
}

// String is the expression as it was written.
func (c *Condition) String() string { return c.text }

// Reads lists the facts that the condition may look at, as dotted paths in alphabetical order.
func (c *Condition) Reads() []string { return slices.Clone(c.reads) }

// Judge evaluates the condition. It fails on facts of a wrong type, on overflow, and past the cost limit.
func (c *Condition) Judge(f Facts) (Verdict, error) {
	out, _, err := c.program.Eval(&f)
	switch {
	case errors.Is(err, errUnknown):
		return Unknown, nil
	case err != nil:
		return Unknown, fmt.Errorf("condition %q: %w", c.text, err)
	case out == types.True:
		return Yes, nil
	}
	return No, nil
}

// Holds reports whether the condition is true; unknown is not.
func (c *Condition) Holds(f Facts) (bool, error) {
	v, err := c.Judge(f)
	return v == Yes, err
}

// Fact is one fact that an answer used.
type Fact struct {
	Path  string `json:"path"`
	Value any    `json:"value,omitempty"` // as it stands in the case: mask before showing
	Known bool   `json:"known"`
}

func used(reads []string, f Facts) []Fact {
	out := make([]Fact, 0, len(reads))
	for _, path := range reads {
		name, rest, _ := strings.Cut(path, ".")
		v, _ := f.resolve(name)
		for rest != "" {
			var key string
			key, rest, _ = strings.Cut(rest, ".")
			v = lookup(v, key)
		}
		out = append(out, Fact{Path: path, Value: v, Known: known(v)})
	}
	return out
}

// paths collects the longest chains of selections that start with a fact.
func paths(tree *ast.AST) []string {
	var out []string
	inner := map[int64]bool{} // operands of a longer chain
	ast.PreOrderVisit(tree.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		if inner[e.ID()] {
			if e.Kind() == ast.SelectKind {
				inner[e.AsSelect().Operand().ID()] = true
			}
			return
		}
		path, ok := chain(e)
		if !ok {
			return
		}
		if e.Kind() == ast.SelectKind {
			inner[e.AsSelect().Operand().ID()] = true
		}
		out = append(out, path)
	}))
	slices.Sort(out)
	return slices.Compact(out)
}

// chain writes form.company.name as a path; false if the expression is not such a chain.
func chain(e ast.Expr) (string, bool) {
	switch e.Kind() {
	case ast.IdentKind:
		name := e.AsIdent()
		return name, name == form || name == applicant || name == steps || name == data
	case ast.SelectKind:
		s := e.AsSelect()
		path, ok := chain(s.Operand())
		return path + "." + s.FieldName(), ok
	}
	return "", false
}

// Compared lists the texts that a condition compares each fact with by ==, != or in, by the fact's path. A fact of a
// row is not among them.
func (c *Condition) Compared() map[string][]string {
	out := map[string][]string{}
	ast.PreOrderVisit(c.tree.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		if e.Kind() != ast.CallKind {
			return
		}
		call := e.AsCall()
		switch call.FunctionName() {
		case operators.Equals, operators.NotEquals, operators.In:
		default:
			return
		}
		found := map[string][]any{}
		if len(call.Args()) == 2 && !compare(call.Args()[0], call.Args()[1], found) {
			compare(call.Args()[1], call.Args()[0], found)
		}
		for path, values := range found {
			for _, v := range values {
				if s, ok := v.(string); ok {
					out[path] = append(out[path], s)
				}
			}
		}
	}))
	return out
}
