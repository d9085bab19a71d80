package page

import "testing"

// TestNoOpenRedirect tries addresses that browsers read as another site.
func TestNoOpenRedirect(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{
		"https://evil.example/", "//evil.example", "///evil.example", `/\evil.example`, `\\evil.example`, "/\t/evil.example",
		"/\n/evil.example", "javascript:alert(1)", "http:evil.example", "evil.example", " //evil.example", "/\r\nSet-Cookie: a=b",
	} {
		if got := Local(bad); got != "" {
			t.Errorf("%q leads to %q", bad, got)
		}
	}
	for _, good := range []string{"/", "/my/cases/610500-20261124-000001?tab=files", "/desk?state=open&due=today"} {
		if got := Local(good); got != good {
			t.Errorf("%q becomes %q", good, got)
		}
	}
}
