package rule

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Kind is the kind of a fact.
type Kind int

// The kinds of facts.
const (
	Object Kind = iota
	List
	String
	Int
	Number
	Bool
)

// Type is what is known about a fact before any case exists.
type Type struct {
	Kind   Kind
	Fields map[string]*Type // of an Object
	Elem   *Type            // of a List
	Enum   []string         // the values that a String can have; nil: any
}

// Strings makes an object whose fields are all text, such as the outcomes of steps.
func Strings(names ...string) *Type {
	t := &Type{Kind: Object, Fields: map[string]*Type{}}
	for _, n := range names {
		t.Fields[n] = &Type{Kind: String}
	}
	return t
}

// At finds the type at a dotted path below t; rows of a list are entered without an index. Nil if there is none.
func (t *Type) At(path string) *Type {
	for path != "" && t != nil {
		if t.Kind == List {
			t = t.Elem
			continue
		}
		var key string
		key, path, _ = strings.Cut(path, ".")
		t = t.Fields[key]
	}
	return t
}

// maxSchemaDepth bounds how deep a form may nest.
const maxSchemaDepth = 8

// node is the part of JSON Schema 2020-12 from which types are read.
type node struct {
	Type       string           `json:"type"`
	Properties map[string]*node `json:"properties"`
	Items      *node            `json:"items"`
	Enum       []any            `json:"enum"`
	Const      any              `json:"const"`
	Ref        string           `json:"$ref"`
	Defs       map[string]*node `json:"$defs"`
}

// TypeOf reads the type of a form from its JSON Schema. Every property needs one of the types object, array, string,
// integer, number, boolean; $ref may point into $defs of the same schema.
func TypeOf(schema json.RawMessage) (*Type, error) {
	var root node
	if err := json.Unmarshal(schema, &root); err != nil {
		return nil, fmt.Errorf("form schema: %w", err)
	}
	return root.typ(&root, "form", 0)
}

func (n *node) typ(root *node, at string, depth int) (*Type, error) {
	if depth > maxSchemaDepth {
		return nil, fmt.Errorf("%s: nested deeper than %d; make the form flatter", at, maxSchemaDepth)
	}
	if name, ok := strings.CutPrefix(n.Ref, "#/$defs/"); ok {
		def := root.Defs[name]
		if def == nil {
			return nil, fmt.Errorf("%s: $defs has no %q", at, name)
		}
		return def.typ(root, at, depth+1)
	}
	switch n.Type {
	case "object":
		return n.object(root, at, depth)
	case "array":
		if n.Items == nil {
			return nil, fmt.Errorf("%s: an array needs items", at)
		}
		elem, err := n.Items.typ(root, at, depth+1)
		return &Type{Kind: List, Elem: elem}, err
	case "string":
		return &Type{Kind: String, Enum: n.enum()}, nil
	case "integer":
		return &Type{Kind: Int}, nil
	case "number":
		return &Type{Kind: Number}, nil
	case "boolean":
		return &Type{Kind: Bool}, nil
	}
	return nil, fmt.Errorf("%s: needs a type (object, array, string, integer, number, boolean)", at)
}

func (n *node) object(root *node, at string, depth int) (*Type, error) {
	t := &Type{Kind: Object, Fields: make(map[string]*Type, len(n.Properties))}
	names := make([]string, 0, len(n.Properties))
	for name := range n.Properties {
		names = append(names, name)
	}
	slices.Sort(names) // so that the first error is always the same
	for _, name := range names {
		sub, err := n.Properties[name].typ(root, at+"."+name, depth+1)
		if err != nil {
			return nil, err
		}
		t.Fields[name] = sub
	}
	return t, nil
}

func (n *node) enum() []string {
	if s, ok := n.Const.(string); ok {
		return []string{s}
	}
	var out []string
	for _, v := range n.Enum {
		if s, ok := v.(string); ok {
			out = append(out, s)
		}
	}
	return out
}
