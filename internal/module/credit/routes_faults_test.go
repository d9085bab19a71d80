package credit

import (
	"strings"
	"testing"

	"github.com/tongban/tongban/internal/sheet"
	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
)

// What is wrong with a row is said so that it can be mended: with the words that a file may have, which it takes, and without holes.
func TestFaults_of_rows_say_what_to_write(t *testing.T) {
	t.Parallel()
	a := &asked{Asked: &page.Asked{Page: ui.Page{Lang: i18n.Chinese}}}
	for _, code := range []string{"kind", "result"} {
		if text := a.fault(sheet.Fault{Code: code}); !strings.Contains(text, "行政处罚（轻微、一般、严重）") || strings.Contains(text, "{") {
			t.Errorf("%s: %s", code, text)
		}
	}
	for _, code := range []string{"uscc.length", "uscc.check"} {
		if text := a.fault(sheet.Fault{Column: "party", Code: code}); text != "统一社会信用代码有误，请对照证件逐位核对。" {
			t.Errorf("%s: %s", code, text)
		}
	}
}
