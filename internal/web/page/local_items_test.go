package page_test

import (
	"testing"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/web/page"
)

func TestLocalFirst_names_departments_as_they_are_called_there(t *testing.T) {
	t.Parallel()
	items := []*caseflow.Item{{ID: "a", Region: "610500"}, {ID: "b"}, {ID: "c", Region: "610900"}, {ID: "d", Region: "610500"}}
	for region, want := range map[string]string{"610902": "bcad", "610500": "abdc", "61": "bacd"} {
		got := ""
		for _, it := range page.LocalFirst(items, region) {
			got += string(it.ID)
		}
		if got != want {
			t.Errorf("in %s: %s, want %s", region, got, want)
		}
	}
	if items[0].ID != "a" || items[2].ID != "c" {
		t.Error("the list that was given is changed")
	}
}
