package api_test

import (
	"net/http"
	"testing"

	"github.com/tongban/tongban/internal/api"
)

func TestKnown_says_what_is_known_and_from_where(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	no := h.running()
	ask := map[string]any{"document": document}
	var got struct {
		Name, Phone *api.KnownFact
		Sex, Born   string
	}
	h.into(&got, h.must(http.StatusOK, "clerk", "POST", "/known", ask))
	if got.Name == nil || got.Name.Value != "王秀英" || string(got.Name.Case) != no || got.Name.At.IsZero() || got.Born != "1990-01-01" || got.Sex == "" {
		t.Errorf("%+v", got)
	}
	for _, who := range []string{"owner", "market", "head", "admin"} {
		h.must(http.StatusNotFound, who, "POST", "/known", ask)
	}
	lacks(t, h.must(http.StatusOK, "other-clerk", "POST", "/known", ask).body, "王秀英")
	h.must(http.StatusUnprocessableEntity, "clerk", "POST", "/known", map[string]any{"document": map[string]any{"docType": "resident-id", "docNo": "1"}})
}
