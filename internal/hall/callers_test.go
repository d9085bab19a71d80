package hall_test

import (
	"testing"

	"github.com/tongban/tongban/internal/hall"
)

// The newest fifty are looked through for somebody who asks; that there are others is said, and only then.
func TestCallersAreToldThatThereAreMore(t *testing.T) {
	t.Parallel()
	h := newHall(t, openStore(t), monday())
	for n := 1; n <= hall.CallerCases+1; n++ {
		submitted(t, h, region)
		if n < hall.CallerCases {
			continue
		}
		list, more, err := h.Callers(t.Context(), clerk, "13800138000", "本人来电询问进度")
		if err != nil || len(list) != hall.CallerCases || more != (n > hall.CallerCases) {
			t.Errorf("of %d cases %d are told, more %v, %v", n, len(list), more, err)
		}
	}
}
