package ui

import (
	"testing"

	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/workday"
)

func TestLamp_says_what_is_left_and_what_is_over(t *testing.T) {
	t.Parallel()
	for want, l := range map[string]Lamp{
		"还剩 2 个工作日": {State: LampPaused, Left: 2, Unit: workday.WorkDay},
		"已超 6 个工作日": {State: LampPaused, Left: 6, Unit: workday.WorkDay, Over: true},
		"已超 1 个工作日": {State: LampOverdue, Left: 1, Unit: workday.WorkDay},
	} {
		if got := l.left(i18n.Chinese); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
