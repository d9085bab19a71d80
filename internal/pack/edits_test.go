package pack

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A change is taken apart into the values that differ: rows that moved are none, lists of words are one value, of files it is the lines between.
func TestEdits_are_what_differs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		old, now string
		want     []Edit
	}{
		{"one value", `{"id":"a","hint":{"zh":"一","en":"one"},"maxBytes":10485760}`, `{"id":"a","hint":{"zh":"二","en":"one"},"maxBytes":10485760}`, []Edit{{[]string{"hint", "zh"}, "一", "二"}}},
		{"rows that moved", `{"options":[{"value":"x","label":"X"},{"value":"y","label":"Y"}]}`, `{"options":[{"value":"y","label":"Z"},{"value":"x","label":"X"}]}`, []Edit{{[]string{"options", "y", "label"}, "Y", "Z"}}},
		{"a list of words", `["online","window"]`, `["online"]`, []Edit{{nil, "online, window", "online"}}},
		{"added", ``, `{"need":"required","copies":1,"share":0.5}`, []Edit{{[]string{"copies"}, "", "1"}, {[]string{"need"}, "", "required"}, {[]string{"share"}, "", "0.5"}}},
		{"a value is gone", `{"when":"true","need":"required"}`, `{"need":"required"}`, []Edit{{[]string{"when"}, "true", ""}}},
		{"a file", "<p>a</p>\n<p>b</p>\n<p>c</p>\n", "<p>a</p>\n<p>d</p>\n<p>c</p>\n", []Edit{{nil, "<p>b</p>", "<p>d</p>"}}},
	} {
		got := (&Change{Old: c.old, New: c.now}).Edits()
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}
