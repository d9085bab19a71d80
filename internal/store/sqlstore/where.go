package sqlstore

import (
	"strconv"
	"strings"
)

// where collects conditions and their arguments.
type where struct {
	conds []string
	args  []any
}

func (w *where) add(cond string, args ...any) {
	w.conds = append(w.conds, cond)
	w.args = append(w.args, args...)
}

// equal adds a condition unless the value is empty.
func (w *where) equal(col, value string) {
	if value != "" {
		w.add(col+" = ?", value)
	}
}

// in adds a condition that a column is one of the values, unless there are none.
func in[T ~string](w *where, col string, values []T) {
	switch len(values) {
	case 0:
		return
	case 1:
		w.add(col+" = ?", string(values[0]))
		return
	}
	args := make([]any, len(values))
	for i, v := range values {
		args[i] = string(v)
	}
	w.add(col+" IN "+tuples(1, len(values)), args...)
}

// together is a department with those that count as it; nil for none.
func together(department string, succeeds []string) []string {
	if department == "" {
		return nil
	}
	return append([]string{department}, succeeds...)
}

// branch is one range of one index, walked in the order of its key. A list that wants several states, or several ways to
// belong to somebody, is the merged beginning of several branches: each reads at most a page, so that no list sorts more
// than that.
type branch struct {
	from string
	where
}

// union is the first limit rows of all branches in the order. order names columns of cols, which are the same for all.
func union(branches []branch, cols, names, inner, outer string, limit int) (string, []any) {
	first := " LIMIT " + strconv.Itoa(limit) // written out, for the plan to know
	var b strings.Builder
	var args []any
	for i, br := range branches {
		if i > 0 {
			b.WriteString(" UNION ALL ")
		}
		one := "SELECT " + cols + " FROM " + br.from + " WHERE " + strings.Join(br.conds, " AND ") + " ORDER BY " + inner + first
		args = append(args, br.args...)
		if len(branches) == 1 {
			return one, args
		}
		b.WriteString("SELECT " + names + " FROM (" + one + ") AS branch")
	}
	return b.String() + " ORDER BY " + outer + first, args
}

// counting is so many rows of all branches, to be counted: in no order, of no column.
func counting(branches []branch, limit int) (string, []any) {
	all := make([]string, len(branches))
	var args []any
	for i, br := range branches {
		all[i] = "SELECT 1 FROM " + br.from + " WHERE " + strings.Join(br.conds, " AND ")
		args = append(args, br.args...)
	}
	return strings.Join(all, " UNION ALL ") + " LIMIT " + strconv.Itoa(limit), args
}
