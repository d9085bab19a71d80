package page_test

import (
	"strings"
	"testing"

	"github.com/tongban/tongban/internal/web/page"
)

// A code of much text stands larger, so that each module has two pixels that a phone can tell apart.
func TestQR_is_large_enough_for_a_phone(t *testing.T) {
	t.Parallel()
	if got := page.NewQR("https://zwfw.example.cn/verify/AB12").Pixels(); got != 112 {
		t.Errorf("a short address: %d", got)
	}
	long := page.NewQR("https://zwfw.example.cn/verify/receipt#" + strings.Repeat("ab", 300))
	if got := long.Pixels(); got < 2*long.Size || long.Size < 60 {
		t.Errorf("%d modules in %d pixels", long.Size, got)
	}
	if page.NewQR(strings.Repeat("长", 3000)) != nil {
		t.Error("what does not fit is drawn")
	}
}
