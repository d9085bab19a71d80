package rule

import (
	"fmt"
	"slices"
	"strings"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"

	"github.com/tongban/tongban/internal/dotted"
)

// Finding is a weakness of a table that was proved by an example.
type Finding struct {
	Kind    string // overlap: two rows of a unique table hold; gap: no row holds; shadowed: no case reaches the row
	Rows    []int  // indices
	Example string // the facts, as form.kind = "a"; empty for shadowed
}

// maxCombinations bounds how many sets of facts an analysis tries.
const maxCombinations = 20_000

// Analyse tries every combination of the facts that the table's conditions tell apart: each value of a choice and each
// text that a condition names, the neighbours of each number, yes and no. decided is false when the conditions use
// facts in other ways (lists, functions, parts of texts) or there are too many combinations; then nothing is claimed.
func (t *Table) Analyse() (findings []Finding, decided bool) {
	axes, ok := t.axes()
	if !ok {
		return nil, false
	}
	reached := make([]bool, len(t.Rows))
	var seen []string // kinds already reported, so that each pair of rows is reported once
	for n := range combinations(axes) {
		facts, example := pick(axes, n)
		hits, err := t.holding(facts)
		if err != nil {
			return nil, false
		}
		for i, h := range hits {
			if t.Hit != First || i == 0 {
				reached[h] = true
			}
		}
		var f Finding
		switch {
		case len(hits) == 0 && t.Complete:
			f = Finding{Kind: "gap", Example: example}
		case len(hits) > 1 && t.Hit == Unique:
			f = Finding{Kind: "overlap", Rows: hits, Example: example}
		default:
			continue
		}
		if key := fmt.Sprint(f.Kind, f.Rows); !slices.Contains(seen, key) {
			seen = append(seen, key)
			findings = append(findings, f)
		}
	}
	for i, ok := range reached {
		if !ok {
			findings = append(findings, Finding{Kind: "shadowed", Rows: []int{i}})
		}
	}
	return findings, true
}

func (t *Table) holding(f Facts) ([]int, error) {
	var hits []int
	for i := range t.Rows {
		if c := t.Rows[i].cond; c != nil {
			v, err := c.Judge(f)
			if err != nil {
				return nil, err
			}
			if v != Yes {
				continue
			}
		}
		hits = append(hits, i)
	}
	return hits, nil
}

// axis is one fact and the values that the conditions tell apart.
type axis struct {
	path   string
	values []any
}

func combinations(axes []axis) int {
	n := 1
	for _, a := range axes {
		n *= len(a.values)
	}
	return n
}

// pick builds the n-th combination as facts, and as text.
func pick(axes []axis, n int) (Facts, string) {
	f := Facts{Form: map[string]any{}, Applicant: map[string]any{}, Steps: map[string]string{}, Data: map[string]any{}}
	var words []string
	for _, a := range axes {
		v := a.values[n%len(a.values)]
		n /= len(a.values)
		words = append(words, fmt.Sprintf("%s = %#v", a.path, v))
		root, rest, _ := strings.Cut(a.path, ".")
		if root == steps {
			f.Steps[rest], _ = v.(string)
			continue
		}
		target, _ := f.resolve(root)
		dotted.Set(target.(map[string]any), rest, v)
	}
	return f, strings.Join(words, ", ")
}

// axes finds what the conditions tell apart; false if they use facts in a way that is not decided here.
func (t *Table) axes() ([]axis, bool) {
	literals := map[string][]any{}
	for i := range t.Rows {
		if c := t.Rows[i].cond; c != nil && !collect(c.tree.Expr(), literals) {
			return nil, false
		}
	}
	var axes []axis
	total := 1
	for path, lits := range literals {
		name, rest, _ := strings.Cut(path, ".")
		typ := t.env.vars[name].At(rest)
		if typ == nil {
			return nil, false
		}
		values := domain(typ, lits)
		if total *= len(values); values == nil || total > maxCombinations {
			return nil, false
		}
		axes = append(axes, axis{path, values})
	}
	slices.SortFunc(axes, func(a, b axis) int { return strings.Compare(a.path, b.path) })
	return axes, true
}

// domain lists the values worth trying.
func domain(t *Type, literals []any) []any {
	var out []any
	add := func(v any) {
		if !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	switch t.Kind {
	case Bool:
		return []any{false, true}
	case String:
		for _, v := range t.Enum {
			add(v)
		}
		if t.Enum == nil {
			for _, v := range literals {
				add(v)
			}
			add("\u2026") // any other text
		}
	case Int:
		for _, v := range literals {
			if n, ok := v.(int64); ok {
				add(n - 1)
				add(n)
				add(n + 1)
			}
		}
	}
	return out
}

// decidable are the operators whose operands may be a fact and a literal.
var decidable = []string{operators.Equals, operators.NotEquals, operators.Less, operators.LessEquals, operators.Greater,
	operators.GreaterEquals, operators.In}

// collect gathers the literals that each fact is compared with; false if the expression does anything else.
func collect(e ast.Expr, into map[string][]any) bool {
	if path, ok := chain(e); ok { // a fact by itself: a yes or no
		into[path] = append(into[path], nil)
		return true
	}
	if e.Kind() == ast.LiteralKind {
		return e.AsLiteral().Type() == types.BoolType
	}
	if e.Kind() != ast.CallKind {
		return false
	}
	call := e.AsCall()
	switch call.FunctionName() {
	case operators.LogicalAnd, operators.LogicalOr, operators.LogicalNot:
		for _, arg := range call.Args() {
			if !collect(arg, into) {
				return false
			}
		}
		return true
	}
	if !slices.Contains(decidable, call.FunctionName()) || len(call.Args()) != 2 {
		return false
	}
	return compare(call.Args()[0], call.Args()[1], into) || compare(call.Args()[1], call.Args()[0], into)
}

// compare gathers from fact and literal, or fact and list of literals.
func compare(fact, with ast.Expr, into map[string][]any) bool {
	path, ok := chain(fact)
	if !ok {
		return false
	}
	var lits []ast.Expr
	switch with.Kind() {
	case ast.LiteralKind:
		lits = []ast.Expr{with}
	case ast.ListKind:
		lits = with.AsList().Elements()
	default:
		return false
	}
	for _, l := range lits {
		if l.Kind() != ast.LiteralKind {
			return false
		}
		into[path] = append(into[path], l.AsLiteral().Value())
	}
	return true
}
