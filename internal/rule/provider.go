package rule

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// errUnknown is what reading a fact that is not there leads to; it passes through an expression as CEL's errors do,
// which && and || absorb.
var errUnknown = errors.New("unknown")

// provider tells CEL the fields of the objects of a form. An object's type is named by its path behind an @, which no
// expression can write, so that a type never hides the fact of the same name: @form, @form.company.
type provider struct {
	types.Provider
	objects map[string]*Type
}

func newProvider(base types.Provider, vars map[string]*Type) *provider {
	p := &provider{Provider: base, objects: map[string]*Type{}}
	for name, t := range vars {
		p.add("@"+name, t)
	}
	return p
}

func (p *provider) add(path string, t *Type) {
	switch t.Kind {
	case List:
		p.add(path, t.Elem)
	case Object:
		p.objects[path] = t
		for name, f := range t.Fields {
			p.add(path+"."+name, f)
		}
	}
}

// celType is how CEL sees a type that stands at path.
func celType(path string, t *Type) *types.Type {
	switch t.Kind {
	case Object:
		return types.NewObjectType(path)
	case List:
		return types.NewListType(celType(path, t.Elem))
	case Int:
		return types.IntType
	case Number:
		return types.DoubleType
	case Bool:
		return types.BoolType
	}
	return types.StringType
}

func (p *provider) FindStructType(name string) (*types.Type, bool) {
	if _, ok := p.objects[name]; ok {
		return types.NewTypeTypeWithParam(types.NewObjectType(name)), true
	}
	return p.Provider.FindStructType(name)
}

func (p *provider) FindStructFieldNames(name string) ([]string, bool) {
	t, ok := p.objects[name]
	if !ok {
		return p.Provider.FindStructFieldNames(name)
	}
	names := make([]string, 0, len(t.Fields))
	for f := range t.Fields {
		names = append(names, f)
	}
	slices.Sort(names)
	return names, true
}

func (p *provider) FindStructFieldType(name, field string) (*types.FieldType, bool) {
	t, ok := p.objects[name]
	if !ok {
		return p.Provider.FindStructFieldType(name, field)
	}
	f, ok := t.Fields[field]
	if !ok {
		return nil, false
	}
	return &types.FieldType{
		Type:    celType(name+"."+field, f),
		IsSet:   func(obj any) bool { return known(lookup(obj, field)) },
		GetFrom: func(obj any) (any, error) { return typed(lookup(obj, field), f, name[1:]+"."+field) },
	}, true
}

// NewValue refuses: an expression reads facts, it does not make them.
func (p *provider) NewValue(name string, _ map[string]ref.Val) ref.Val {
	return types.NewErr("%s cannot be made in an expression", name)
}

func lookup(obj any, field string) any {
	switch m := obj.(type) {
	case map[string]any:
		return m[field]
	case map[string]string:
		return m[field]
	}
	return nil
}

// known reports whether a fact is there.
func known(v any) bool { return v != nil && v != "" }

// typed gives a fact as CEL wants it, errUnknown if it is not there, another error if it is of another type.
func typed(v any, t *Type, path string) (any, error) {
	if !known(v) {
		if t.Kind == Object {
			return map[string]any{}, nil
		}
		return nil, errUnknown
	}
	switch t.Kind {
	case Object:
		if m, ok := v.(map[string]any); ok {
			return m, nil
		}
	case List:
		if l, ok := v.([]any); ok {
			return elements(l, t.Elem, path)
		}
	case String:
		if s, ok := v.(string); ok {
			return s, nil
		}
	case Bool:
		if b, ok := v.(bool); ok {
			return b, nil
		}
	case Int:
		if n, ok := integer(v); ok {
			return n, nil
		}
	case Number:
		if f, ok := number(v); ok {
			return f, nil
		}
	}
	return nil, fmt.Errorf("%s has another type than the form says", path)
}

// elements types the elements of a list, so that [1, 2] of JSON numbers is a list of int.
func elements(l []any, elem *Type, path string) (any, error) {
	if elem.Kind == Object {
		for _, v := range l {
			if _, ok := v.(map[string]any); !ok {
				return nil, fmt.Errorf("%s has a row that is no object", path)
			}
		}
		return l, nil
	}
	out := make([]any, len(l))
	for i, v := range l {
		e, err := typed(v, elem, path)
		if err != nil {
			return nil, err
		}
		out[i] = e
	}
	return out, nil
}

// integer reads the forms in which decoded JSON holds a whole number; a float only as far as it is exact.
func integer(v any) (int64, bool) {
	switch n := v.(type) {
	case json.Number:
		i, err := n.Int64()
		return i, err == nil
	case float64:
		return int64(n), n == math.Trunc(n) && math.Abs(n) <= 1<<53
	case int:
		return int64(n), true
	case int64:
		return n, true
	}
	return 0, false
}

func number(v any) (float64, bool) {
	switch n := v.(type) {
	case json.Number:
		f, err := n.Float64()
		return f, err == nil
	case float64:
		return n, true
	case int:
		return float64(n), true
	case int64:
		return float64(n), true
	}
	return 0, false
}
