package draw

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Each refusal that the code knows has its sentences, and no sentence is left over.
func TestFaults_areAllWorded(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(filepath.Clean(name))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`Code: "([a-z0-9.]+)"`).FindAllStringSubmatch(string(text), -1) {
			used[m[1]] = true
		}
	}
	for code := range used {
		if s := sentences[code]; s[0] == "" || s[1] == "" {
			t.Errorf("%s has no sentence", code)
		}
	}
	for code, s := range sentences {
		if !used[code] {
			t.Errorf("%s is never used", code)
		}
		if strings.ContainsAny(s[0], ",;()") || regexp.MustCompile(`\p{Han}:`).MatchString(s[0]) {
			t.Errorf("%s has half-width punctuation: %s", code, s[0])
		}
	}
}
