package pack

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is why a pack is refused: where, what, and how to mend it.
type Problem struct {
	File   string `json:"file"`           // within the pack, with slashes
	Line   int    `json:"line,omitempty"` // counted from 1; 0: the file as a whole
	Column int    `json:"column,omitempty"`
	Code   string `json:"code"` // stable, such as flow.cycle
	What   string `json:"what"`
	Mend   string `json:"mend"`
}

// Error writes the problem on one line: items/x.yaml:12: what; mend.
func (p Problem) Error() string {
	where := p.File
	if p.Line > 0 {
		where = fmt.Sprintf("%s:%d", p.File, p.Line)
	}
	return where + ": " + p.What + "; " + p.Mend
}

// maxProblems bounds a report: a broken file should not drown its first cause.
const maxProblems = 200

// sorted puts problems into the order in which a person reads the files, without repetitions.
func sorted(ps []Problem) []Problem {
	slices.SortFunc(ps, func(a, b Problem) int {
		return cmp.Or(strings.Compare(a.File, b.File), a.Line-b.Line, a.Column-b.Column, strings.Compare(a.Code, b.Code),
			strings.Compare(a.What, b.What))
	})
	ps = slices.Compact(ps)
	return ps[:min(len(ps), maxProblems)]
}
