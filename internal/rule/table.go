package rule

import (
	"fmt"
	"slices"
	"strings"
)

// Text is a sentence for people, Chinese first.
type Text struct {
	ZH, EN string
}

// Basis is the clause that a row rests on.
type Basis struct {
	Law, Article string
}

// Hit is the policy of a table: which of the rows that hold count.
type Hit string

// The hit policies.
const (
	First   Hit = "first"   // the first row that holds; order matters
	Unique  Hit = "unique"  // the one row that holds; two are a mistake of the table
	Collect Hit = "collect" // every row that holds
)

// Output is one column that a table gives.
type Output struct {
	Name string
	Kind Kind     // String, Int, Number or Bool
	Enum []string // values of a String; nil: any
}

// RowSource is one row as written: a condition, what follows from it, and the clause that says so.
type RowSource struct {
	ID    string
	Name  Text
	When  string // CEL; empty holds always
	Then  map[string]any
	Basis Basis
}

// TableSource is a decision table as written.
type TableSource struct {
	ID       string
	Hit      Hit
	Complete bool // every case must hit a row
	Outputs  []Output
	Rows     []RowSource
}

// Bounds on one table.
const (
	MaxRows    = 500
	maxOutputs = 20
)

// Row is a compiled row.
type Row struct {
	RowSource
	cond *Condition // nil holds always
}

// Table is a compiled decision table. It may be used by any number of goroutines.
type Table struct {
	ID       string
	Hit      Hit
	Complete bool
	Outputs  []Output
	Rows     []Row
	env      *Env
}

// RowFault is why a row is refused.
type RowFault struct {
	Row    int    // index
	Column string // "when", or the name of an output
	Fault  *Fault // of the condition; nil otherwise
	What   string
}

// Error names the row and what is wrong in it.
func (f *RowFault) Error() string { return fmt.Sprintf("row %d, %s: %s", f.Row+1, f.Column, f.What) }

// Table compiles a decision table and returns every fault of its rows.
func (e *Env) Table(src TableSource) (*Table, []*RowFault) {
	var faults []*RowFault
	if len(src.Rows) > MaxRows || len(src.Outputs) > maxOutputs {
		return nil, []*RowFault{{Column: "rows", What: fmt.Sprintf("more than %d rows or %d outputs", MaxRows, maxOutputs)}}
	}
	t := &Table{ID: src.ID, Hit: src.Hit, Complete: src.Complete, Outputs: src.Outputs, env: e}
	for i, r := range src.Rows {
		row := Row{RowSource: r}
		if strings.TrimSpace(r.When) != "" {
			cond, f := e.Compile(r.When)
			if f != nil {
				faults = append(faults, &RowFault{i, "when", f, f.What})
			}
			row.cond = cond
		}
		for _, out := range src.Outputs {
			if what := out.check(r.Then[out.Name]); what != "" {
				faults = append(faults, &RowFault{Row: i, Column: out.Name, What: what})
			}
		}
		for name := range r.Then {
			if !slices.ContainsFunc(src.Outputs, func(o Output) bool { return o.Name == name }) {
				faults = append(faults, &RowFault{Row: i, Column: name, What: "is not among the table's outputs"})
			}
		}
		t.Rows = append(t.Rows, row)
	}
	if len(faults) > 0 {
		slices.SortFunc(faults, func(a, b *RowFault) int {
			if a.Row != b.Row {
				return a.Row - b.Row
			}
			return strings.Compare(a.Column, b.Column)
		})
		return nil, faults
	}
	return t, nil
}

// check says what is wrong with a value of the column; "" if nothing is.
func (o Output) check(v any) string {
	if v == nil {
		return "is missing"
	}
	ok := false
	switch o.Kind {
	case String:
		var s string
		if s, ok = v.(string); ok && o.Enum != nil && !slices.Contains(o.Enum, s) {
			return "is none of " + strings.Join(o.Enum, ", ")
		}
	case Int:
		_, ok = integer(v)
	case Number:
		_, ok = number(v)
	case Bool:
		_, ok = v.(bool)
	}
	if !ok {
		return "has another type than the table's output says"
	}
	return ""
}

// RowHit is one row that holds, and why.
type RowHit struct {
	Row   int            `json:"row"` // index
	ID    string         `json:"id"`
	Name  Text           `json:"name"`
	When  string         `json:"when,omitempty"`
	Then  map[string]any `json:"then"`
	Basis Basis          `json:"basis"`
	Used  []Fact         `json:"used,omitempty"`
}

// Outcome is what a table says about a case.
type Outcome struct {
	Table string   `json:"table"`
	Hits  []RowHit `json:"hits,omitempty"` // of First and Unique at most one
	// Open lists the rows that could not be judged because facts are missing and that could still change the outcome.
	Open []int `json:"open,omitempty"`
}

// Decide evaluates the table. It fails on facts of a wrong type, and when two rows of a Unique table hold.
func (t *Table) Decide(f Facts) (Outcome, error) {
	out := Outcome{Table: t.ID}
	for i := range t.Rows {
		r := &t.Rows[i]
		verdict, reads := Yes, []string(nil)
		if r.cond != nil {
			var err error
			if verdict, err = r.cond.Judge(f); err != nil {
				return out, fmt.Errorf("table %s, row %d: %w", t.ID, i+1, err)
			}
			reads = r.cond.reads
		}
		switch verdict {
		case Unknown:
			out.Open = append(out.Open, i)
			continue
		case No:
			continue
		}
		if t.Hit == Unique && len(out.Hits) > 0 {
			return out, fmt.Errorf("table %s: rows %d and %d both hold", t.ID, out.Hits[0].Row+1, i+1)
		}
		out.Hits = append(out.Hits, RowHit{i, r.ID, r.Name, r.When, r.Then, r.Basis, used(reads, f)})
		if t.Hit == First {
			break
		}
	}
	return out, nil
}
