package rule

import (
	"fmt"
	"maps"
	"slices"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/parser"
)

// A condition that fails on the facts of a case leaves nobody an answer, and the case stands still. What is missing is no
// failure: it is unknown. What is left is arithmetic that is not defined, places that a list does not have and texts that
// cannot be read; each can be found before any case runs, unless a guard beside it rules it out:
//
//	size(form.rows) > 0 && 1 / size(form.rows) > 0
//
// Overflow of 64 bits and the bound on cost cannot be seen before the facts are there.

// known facts of a guard, by the text of the expression that they are about.
type guards map[string]guard

// guard is what is known of a number.
type guard struct {
	nonZero bool
	least   int64
	bounded bool // least is known
}

func (g guards) with(more guards) guards {
	if len(more) == 0 {
		return g
	}
	out := maps.Clone(g)
	if out == nil {
		out = guards{}
	}
	for text, m := range more {
		was := out[text]
		m.nonZero = m.nonZero || was.nonZero
		if was.bounded && (!m.bounded || was.least > m.least) {
			m.least, m.bounded = was.least, true
		}
		out[text] = m
	}
	return out
}

// fallible is the search for what can fail in one expression.
type fallible struct {
	tree  *ast.AST
	fault *Fault
}

// CanFail finds the first place of the condition that can fail on facts of the right types; nil if there is none.
func (c *Condition) CanFail() *Fault {
	f := &fallible{tree: c.tree}
	f.walk(c.tree.Expr(), nil)
	return f.fault
}

// CanFail finds the rows whose condition can fail.
func (t *Table) CanFail() []*RowFault {
	var out []*RowFault
	for i := range t.Rows {
		if c := t.Rows[i].cond; c != nil {
			if f := c.CanFail(); f != nil {
				out = append(out, &RowFault{i, "when", f, f.What})
			}
		}
	}
	return out
}

func (f *fallible) text(e ast.Expr) string {
	s, err := parser.Unparse(e, f.tree.SourceInfo())
	if err != nil { // an expression without a text equals no other
		return fmt.Sprint("#", e.ID())
	}
	return s
}

func (f *fallible) wrong(e ast.Expr, what string) {
	if f.fault != nil {
		return
	}
	at := f.tree.SourceInfo().GetStartLocation(e.ID())
	f.fault = &Fault{max(at.Line(), 1), max(at.Column()+1, 1), what}
}

func (f *fallible) walk(e ast.Expr, g guards) {
	switch e.Kind() {
	case ast.CallKind:
		f.call(e, g)
	case ast.SelectKind:
		f.walk(e.AsSelect().Operand(), g)
	case ast.ListKind:
		for _, x := range e.AsList().Elements() {
			f.walk(x, g)
		}
	case ast.ComprehensionKind:
		c := e.AsComprehension()
		for _, x := range []ast.Expr{c.IterRange(), c.AccuInit(), c.LoopCondition(), c.LoopStep(), c.Result()} {
			f.walk(x, g)
		}
	}
}

func (f *fallible) call(e ast.Expr, g guards) {
	call := e.AsCall()
	args := call.Args()
	switch call.FunctionName() {
	case operators.LogicalAnd: // one false side settles it, whatever the other does
		f.walk(args[0], g.with(f.given(args[1], true)))
		f.walk(args[1], g.with(f.given(args[0], true)))
		return
	case operators.LogicalOr:
		f.walk(args[0], g.with(f.given(args[1], false)))
		f.walk(args[1], g.with(f.given(args[0], false)))
		return
	case operators.Conditional:
		f.walk(args[0], g)
		f.walk(args[1], g.with(f.given(args[0], true)))
		f.walk(args[2], g.with(f.given(args[0], false)))
		return
	}
	if call.IsMemberFunction() {
		f.walk(call.Target(), g)
	}
	for _, x := range args {
		f.walk(x, g)
	}
	f.operation(e, g)
}

// readers read a text as something else, and fail on one that is nothing of the kind.
var readers = []string{"int", "uint", "double", "bool", "timestamp", "duration"}

// cutters fail on a place beyond the end of a text.
var cutters = []string{"charAt", "substring", "format"}

func (f *fallible) operation(e ast.Expr, g guards) {
	call := e.AsCall()
	name, args := call.FunctionName(), call.Args()
	switch {
	case name == operators.Divide && f.tree.GetType(e.ID()) == types.DoubleType:
	case name == operators.Divide || name == operators.Modulo:
		n, literal := whole(args[1])
		if known := g[f.text(args[1])]; !(literal && n != 0 || known.nonZero || known.bounded && known.least > 0) {
			f.wrong(e, fmt.Sprintf("it divides by %[1]s, which can be 0: write %[1]s > 0 && … before it", f.text(args[1])))
		}
	case name == operators.Index:
		n, literal := whole(args[1])
		size := "size(" + f.text(args[0]) + ")"
		if known := g[size]; !literal || n < 0 || !known.bounded || known.least <= n {
			f.wrong(e, fmt.Sprintf("it takes %s out of a list that can be shorter: write %s > %d && … before it, or use exists", f.text(e), size, max(n, 0)))
		}
	case slices.Contains(readers, name) && len(args) == 1 && f.tree.GetType(args[0].ID()) == types.StringType:
		f.wrong(e, fmt.Sprintf("%s fails on a text that it cannot read: give the field that type in the form's schema, or use fen for an amount", f.text(e)))
	case slices.Contains(cutters, name):
		f.wrong(e, fmt.Sprintf("%s fails on a text that is shorter: use startsWith, endsWith, contains or matches", name))
	case name == "matches" && args[len(args)-1].Kind() != ast.LiteralKind:
		f.wrong(e, "it matches a pattern that is made while it runs: write the pattern as a text")
	}
}

// whole is a whole number that is written as such.
func whole(e ast.Expr) (int64, bool) {
	if e.Kind() != ast.LiteralKind {
		return 0, false
	}
	switch v := e.AsLiteral().Value().(type) {
	case int64:
		return v, true
	case uint64:
		return int64(min(v, 1<<62)), true
	}
	return 0, false
}

// given is what is known of numbers when an expression is true, or false.
func (f *fallible) given(e ast.Expr, holds bool) guards {
	if e.Kind() != ast.CallKind {
		return nil
	}
	call := e.AsCall()
	name, args := call.FunctionName(), call.Args()
	switch {
	case name == operators.LogicalNot:
		return f.given(args[0], !holds)
	case name == operators.LogicalAnd && holds, name == operators.LogicalOr && !holds:
		return f.given(args[0], holds).with(f.given(args[1], holds))
	case len(args) != 2:
		return nil
	}
	if n, ok := whole(args[1]); ok {
		return f.compared(name, args[0], n, holds)
	}
	if n, ok := whole(args[0]); ok {
		return f.compared(turned[name], args[1], n, holds)
	}
	return nil
}

// turned are the comparisons read from the right.
var turned = map[string]string{
	operators.Less: operators.Greater, operators.LessEquals: operators.GreaterEquals, operators.Greater: operators.Less,
	operators.GreaterEquals: operators.LessEquals, operators.Equals: operators.Equals, operators.NotEquals: operators.NotEquals,
}

// opposite are the comparisons that hold when the one does not.
var opposite = map[string]string{
	operators.Less: operators.GreaterEquals, operators.LessEquals: operators.Greater, operators.Greater: operators.LessEquals,
	operators.GreaterEquals: operators.Less, operators.Equals: operators.NotEquals, operators.NotEquals: operators.Equals,
}

func (f *fallible) compared(name string, with ast.Expr, n int64, holds bool) guards {
	if !holds {
		name = opposite[name]
	}
	var g guard
	switch name {
	case operators.Greater:
		g = guard{least: n + 1, bounded: true}
	case operators.GreaterEquals:
		g = guard{least: n, bounded: true}
	case operators.Equals:
		g = guard{least: n, bounded: true, nonZero: n != 0}
	case operators.NotEquals:
		g = guard{nonZero: n == 0}
	case operators.Less:
		g = guard{nonZero: n <= 0}
	case operators.LessEquals:
		g = guard{nonZero: n < 0}
	default:
		return nil
	}
	return guards{f.text(with): g}
}
