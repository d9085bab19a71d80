package draw

import (
	"errors"
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
	used, wanted := map[string]bool{}, map[string]bool{}
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
		for _, m := range regexp.MustCompile(`\.fail\("([^"]+)"`).FindAllStringSubmatch(string(text), -1) {
			if wanted[m[1]] = true; syntaxes[m[1]] == "" {
				t.Errorf("%q has no Chinese words", m[1])
			}
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
	if len(wanted) != len(syntaxes) {
		t.Errorf("%d of %d are used", len(wanted), len(syntaxes))
	}
	_, err = ReadPlan([]byte(`{"title":"a","quota":1}`))
	var f *Fault
	if !errors.As(err, &f) || f.Text("zh") != "不是 docs/draw.md 规定的 JSON：第 13 字节处，没有名为 \"quota\" 的字段，或者它写了两次" || !strings.HasSuffix(f.Text("en"), `at byte 13, unknown or repeated member "quota"`) {
		t.Errorf("%v", err)
	}
}
