package rule

import (
	"fmt"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
	"cel.dev/cel-go/ext"

	"github.com/tongban/tongban/ident"
)

// Bounds on one expression.
const (
	MaxText  = 4000    // characters
	maxNodes = 500     // of the syntax tree
	maxDepth = 24      // of the syntax tree
	maxCost  = 200_000 // CEL's units, about one per operation
)

// Names of the facts that an expression may start with.
const (
	form      = "form"
	applicant = "applicant"
	steps     = "steps"
	data      = "data"
)

// Env compiles conditions against the facts of one item. It may be used by any number of goroutines.
type Env struct {
	cel   *cel.Env
	vars  map[string]*Type
	dated bool
}

// NewEnv makes the environment of an item: the type of its form, the fields of an applicant, the outcomes of its steps
// and what their signers fill in, by step. A nil type knows no fields.
func NewEnv(formType, applicantType, stepsType, dataType *Type) (*Env, error) {
	vars := map[string]*Type{form: formType, applicant: applicantType, steps: stepsType, data: dataType}
	opts := []cel.EnvOption{
		ext.Strings(ext.StringsVersion(2)),
		cel.ParserExpressionSizeLimit(MaxText),
		cel.ParserRecursionLimit(maxDepth),
		cel.ExpressionNodeLimit(maxNodes),
		cel.ExpressionNestingDepthLimit(maxDepth),
		cel.Function("fen", cel.Overload("fen_string", []*cel.Type{cel.StringType}, cel.IntType, cel.UnaryBinding(fen))),
		cel.Function("code", cel.Overload("code_string", []*cel.Type{cel.StringType}, cel.StringType, cel.UnaryBinding(code))),
		cel.Function("sum", cel.Overload("sum_list_int", []*cel.Type{cel.ListType(cel.IntType)}, cel.IntType, cel.UnaryBinding(sum))),
		cel.Function("within", cel.Overload("within_regions", []*cel.Type{cel.StringType, cel.StringType}, cel.BoolType,
			cel.BinaryBinding(within))),
	}
	for name, t := range vars {
		if t == nil {
			t = &Type{Kind: Object}
			vars[name] = t
		}
		opts = append(opts, cel.Variable(name, celType("@"+name, t)))
	}
	registry, err := types.NewRegistry()
	if err != nil {
		return nil, fmt.Errorf("rule environment: %w", err)
	}
	opts = append(opts, cel.CustomTypeProvider(newProvider(registry, vars)), cel.CustomTypeAdapter(registry))
	env, err := cel.NewCustomEnv(append([]cel.EnvOption{cel.StdLib(), cel.Macros(cel.StandardMacros...)}, opts...)...)
	if err != nil {
		return nil, fmt.Errorf("rule environment: %w", err)
	}
	return &Env{cel: env, vars: vars}, nil
}

// fen reads an amount typed in yuan; what cannot be read is unknown, and the form's own check says so.
func fen(v ref.Val) ref.Val {
	s, ok := v.Value().(string)
	if !ok {
		return types.MaybeNoSuchOverloadErr(v)
	}
	n, err := ident.ParseYuan(s)
	if err != nil {
		return types.WrapErr(errUnknown)
	}
	return types.Int(n)
}

// code is a number of a document without the spaces, hyphens and full-width characters that people type.
func code(v ref.Val) ref.Val {
	s, ok := v.Value().(string)
	if !ok {
		return types.MaybeNoSuchOverloadErr(v)
	}
	return types.String(strings.ReplaceAll(ident.Normalise(s), "-", ""))
}

// sum adds up integers; it fails on overflow, as CEL's own + does.
func sum(v ref.Val) ref.Val {
	list, ok := v.(traits.Lister)
	if !ok {
		return types.MaybeNoSuchOverloadErr(v)
	}
	var total ref.Val = types.IntZero
	for it := list.Iterator(); it.HasNext() == types.True; {
		total = total.(types.Int).Add(it.Next())
		if types.IsUnknownOrError(total) {
			return total
		}
	}
	return total
}

func within(a, b ref.Val) ref.Val {
	x, ok1 := a.Value().(string)
	y, ok2 := b.Value().(string)
	if !ok1 || !ok2 {
		return types.MaybeNoSuchOverloadErr(a)
	}
	return types.Bool(ident.Within(x, y))
}
