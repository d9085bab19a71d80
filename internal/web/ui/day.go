package ui

import (
	"regexp"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/workday"
)

var dayForm = regexp.MustCompile(`^([0-9]{4})(?:[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?|([0-9]{2})([0-9]{2}))$`)

// Day reads what was typed into a field for a date, as people write it and as pages show it; see CanonicalDay. Every form reads dates by it.
func Day(text string) (workday.Date, error) { return workday.ParseDate(CanonicalDay(text)) }

// CanonicalDay is 2026-11-23 of 2026.11.23, 2026/11/23, 2026年11月23日 and 20261123, also full-width; anything else stays as typed.
func CanonicalDay(text string) string {
	m := dayForm.FindStringSubmatch(ident.Normalise(text))
	if m == nil {
		return text
	}
	two := func(digits string) string { return ("0" + digits)[len(digits)-1:] }
	return m[1] + "-" + two(m[2]+m[4]) + "-" + two(m[3]+m[5])
}
