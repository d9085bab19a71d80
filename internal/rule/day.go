package rule

import (
	"fmt"
	"strings"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/workday"
)

// today is the day on which a question is asked.
const today = "today"

// Functions over days. A day is a text as a form holds it, 2026-11-23; texts of days compare as the days do.
const (
	later   = "later"
	earlier = "earlier"
	isWork  = "workday"
	born    = "born"
)

// Dated makes an environment whose conditions also know the day on which they are asked, and count from it. It is for checks
// of what is handed in: they are asked once, and the answer is kept. Whether a question, a step or a material is there at all
// must not change overnight, so conditions of those are compiled without.
func (e *Env) Dated() (*Env, error) {
	text := []*cel.Type{cel.StringType}
	texts := []*cel.Type{cel.StringType, cel.StringType}
	env, err := e.cel.Extend(cel.Variable(today, cel.StringType),
		cel.Function(later, cel.Overload("later_day", texts, cel.StringType, cel.BinaryBinding(counted(workday.National().Add)))),
		cel.Function(earlier, cel.Overload("earlier_day", texts, cel.StringType, cel.BinaryBinding(counted(workday.National().Sub)))),
		cel.Function(isWork, cel.Overload("workday_day", text, cel.BoolType, cel.UnaryBinding(works))),
		cel.Function(born, cel.Overload("born_document", text, cel.StringType, cel.UnaryBinding(birth))))
	if err != nil {
		return nil, fmt.Errorf("rule environment: %w", err)
	}
	return &Env{cel: env, vars: e.vars, dated: true}, nil
}

// Dated reports whether the condition looks at the day on which it is asked, so that another day may give another answer.
func (c *Condition) Dated() bool {
	found := false
	ast.PreOrderVisit(c.tree.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		found = found || e.Kind() == ast.IdentKind && e.AsIdent() == today
	}))
	return found
}

// undated words the fault of an expression that asks for the day where there is none.
func (e *Env) undated(f *Fault) *Fault {
	if !e.dated && strings.HasPrefix(f.What, "undeclared reference to '"+today+"'") {
		f.What = "only checks know today: questions must not change overnight"
	}
	return f
}

// counted is a day so many days, months or years from another; a text that is no day is unknown, and the form's own check
// says so. A last day moves to a working day as the law says (package workday).
func counted(count func(workday.Date, int, workday.Unit) workday.Date) func(a, b ref.Val) ref.Val {
	return func(a, b ref.Val) ref.Val {
		d, ok := dayOf(a)
		text, isText := b.Value().(string)
		if !isText {
			return types.MaybeNoSuchOverloadErr(b)
		}
		l, err := length(text)
		if !ok || err != nil {
			return types.WrapErr(errUnknown)
		}
		return types.String(count(d, l.N, l.Unit).String())
	}
}

// works tells whether a day is a working day by the national calendar.
func works(v ref.Val) ref.Val {
	d, ok := dayOf(v)
	if !ok {
		return types.WrapErr(errUnknown)
	}
	return types.Bool(workday.National().IsWorkday(d))
}

// birth is the day of birth in the number of a resident identity card; unknown for any other document.
func birth(v ref.Val) ref.Val {
	s, _ := v.Value().(string)
	id, err := ident.ParseCitizenID(s, workday.MaxDate.Start())
	if err != nil {
		return types.WrapErr(errUnknown)
	}
	return types.String(id.Birth().Format(time.DateOnly))
}

func dayOf(v ref.Val) (workday.Date, bool) {
	s, _ := v.Value().(string)
	d, err := workday.ParseDate(strings.TrimSpace(s))
	return d, err == nil
}

// length reads how far a day is from another: whole days, not hours.
func length(text string) (workday.Limit, error) {
	l, err := workday.ParseLimit(text)
	whole := workday.Limit{N: l.N, Unit: l.Unit}
	if err == nil && (l != whole || l.Unit == workday.Hour || l.Unit == workday.WorkHour) {
		err = fmt.Errorf("%q is no length in days, like \"5 year\", \"3 month\", \"10 day\" or \"2 workday\"", text)
	}
	return l, err
}

// lengths finds a call that counts days by a length that cannot be read, or that is not written out.
func lengths(tree *ast.AST) *Fault {
	var fault *Fault
	ast.PreOrderVisit(tree.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		if fault != nil || e.Kind() != ast.CallKind {
			return
		}
		call := e.AsCall()
		if name := call.FunctionName(); name != later && name != earlier {
			return
		}
		what := fmt.Sprintf("the length that %s counts must be written out, like \"5 year\"", call.FunctionName())
		if arg := call.Args()[1]; arg.Kind() == ast.LiteralKind {
			text, _ := arg.AsLiteral().Value().(string)
			_, err := length(text)
			if err == nil {
				return
			}
			what = err.Error()
		}
		at := tree.SourceInfo().GetStartLocation(e.ID())
		fault = &Fault{max(at.Line(), 1), max(at.Column()+1, 1), what}
	}))
	return fault
}
