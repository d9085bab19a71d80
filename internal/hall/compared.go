package hall

import (
	"reflect"
	"slices"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/dotted"
)

// Compared is one answer of two cases.
type Compared struct {
	Field       *caseflow.Field
	List        *caseflow.Field // the list whose row it is in; nil: it is in none
	Row         int             // of the list, from 1
	This, Other any             // as decoded from JSON; nil: not answered
}

// Differs reports whether the two cases answer differently.
func (c *Compared) Differs() bool { return !reflect.DeepEqual(c.This, c.Other) }

// ComparedMaterial is one material of two cases; nil where a case has none such.
type ComparedMaterial struct {
	Material    *caseflow.Material
	This, Other *caseflow.MaterialState
}

// Differs reports whether the two cases hold different things for the material.
func (c *ComparedMaterial) Differs() bool {
	if c.This == nil || c.Other == nil {
		return c.This != c.Other
	}
	return c.This.State != c.Other.State || c.This.Paper != c.Other.Paper || !slices.Equal(hashes(c.This), hashes(c.Other)) || licenceOf(c.This) != licenceOf(c.Other)
}

func hashes(m *caseflow.MaterialState) []string {
	list := make([]string, len(m.Files))
	for i := range m.Files {
		list[i] = m.Files[i].Hash
	}
	slices.Sort(list)
	return list
}

func licenceOf(m *caseflow.MaterialState) string {
	if m.OnFile == nil {
		return ""
	}
	return m.OnFile.No
}

// Compare sets the answers and materials of two cases of one item beside each other, as far as each viewer reads them, in the order
// of the form; what only the other case's version of the form asks comes last. What neither answers is left out.
func Compare(this, other *View) ([]Compared, []ComparedMaterial) {
	a, _ := object(this.Case.Form)
	b, _ := object(other.Case.Form)
	var answers []Compared
	seen := map[string]bool{}
	for _, it := range []*caseflow.Item{this.Item, other.Item} {
		for i := range it.Pages {
			for j := range it.Pages[i].Fields {
				if f := &it.Pages[i].Fields[j]; !seen[f.Name] {
					seen[f.Name] = true
					answers = append(answers, compared(f, a, b)...)
				}
			}
		}
	}
	var materials []ComparedMaterial
	listed := map[string]bool{}
	for _, it := range []*caseflow.Item{this.Item, other.Item} {
		for i := range it.Materials {
			m := ComparedMaterial{Material: &it.Materials[i]}
			m.This, m.Other = keptOf(this.Case, m.Material.ID), keptOf(other.Case, m.Material.ID)
			if !listed[m.Material.ID] && (m.This != nil || m.Other != nil) {
				materials = append(materials, m)
			}
			listed[m.Material.ID] = true
		}
	}
	return answers, materials
}

// keptOf is what a case holds for a material; nil for nothing.
func keptOf(c *caseflow.Case, id string) *caseflow.MaterialState {
	m := c.Material(id)
	if m == nil || m.State == caseflow.MaterialMissing && len(m.Files) == 0 && !m.Paper && m.OnFile == nil {
		return nil
	}
	return m
}

// compared are the answers to one question; those of a list row by row.
func compared(f *caseflow.Field, a, b map[string]any) (out []Compared) {
	x, y := answered(f, a), answered(f, b)
	if len(f.Fields) == 0 {
		if x == nil && y == nil {
			return nil
		}
		return []Compared{{Field: f, This: x, Other: y}}
	}
	rows, others := rowsOf(x), rowsOf(y)
	for i := range max(len(rows), len(others)) {
		var row, beside map[string]any
		if i < len(rows) {
			row = rows[i]
		}
		if i < len(others) {
			beside = others[i]
		}
		for j := range f.Fields {
			for _, c := range compared(&f.Fields[j], row, beside) {
				c.List, c.Row = f, i+1
				out = append(out, c)
			}
		}
	}
	return out
}

// answered is an answer, nil for an empty one.
func answered(f *caseflow.Field, form map[string]any) any {
	v, _ := dotted.At(form, f.Name)
	switch x := v.(type) {
	case string:
		if x == "" {
			return nil
		}
	case []any:
		if len(x) == 0 {
			return nil
		}
	}
	return v
}

func rowsOf(v any) []map[string]any {
	list, _ := v.([]any)
	rows := make([]map[string]any, len(list))
	for i := range list {
		rows[i], _ = list[i].(map[string]any)
	}
	return rows
}
