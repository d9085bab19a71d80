package inspect

import (
	"testing"
	"time"

	"github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
	"github.com/tongban/tongban/workday"
)

// A visit that is late says so in words: its colour alone would tell nobody who does not see it.
func TestTags_of_late_visits_say_so(t *testing.T) {
	t.Parallel()
	a := &asked{&page.Asked{Page: ui.Page{Lang: "zh", Now: time.Date(2026, 11, 28, 2, 0, 0, 0, time.UTC)}}}
	for day, want := range map[int]string{27: "待检查，已过截止日期", 28: "待检查", 29: "待检查"} {
		if got := a.taskTag(&Task{State: TaskOpen, Due: workday.DateOf(time.Date(2026, 11, day, 2, 0, 0, 0, time.UTC))}).Text; got != want {
			t.Errorf("due on the %d.: %s, want %s", day, got, want)
		}
	}
}
