package ui

import (
	"testing"

	"github.com/tongban/tongban/workday"
)

// A date is read however people write it, and as pages show it; nothing else is one.
func TestDay_reads_what_people_type(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"2026-12-06", "2026-12-6", "2026.12.6", "2026/12/06", "2026年12月6日", " 2026年12月6日 ", "20261206", "２０２６－１２－０６"} {
		if d, err := Day(text); err != nil || d != workday.NewDate(2026, 12, 6) {
			t.Errorf("%q is %v, %v", text, d, err)
		}
	}
	for _, text := range []string{"", "明天", "12-06", "2026-13-06", "2026-02-30", "2026年12月", "06/12/2026"} {
		if d, err := Day(text); err == nil {
			t.Errorf("%q is read as %v", text, d)
		}
	}
}
