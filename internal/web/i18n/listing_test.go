package i18n

import (
	"testing"

	"github.com/tongban/tongban/internal/caseflow"
)

func TestListing_values_have_words(t *testing.T) {
	t.Parallel()
	for group, values := range map[string][]string{"power": caseflow.Powers, "body": caseflow.Bodies, "depth": caseflow.Depths, "scope": caseflow.Scopes} {
		for _, v := range values {
			if key := "public.listing." + group + "." + v; !Has(key) {
				t.Errorf("there is no message %q", key)
			}
		}
	}
}
