package ui_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The style sheet and what is shown know the same classes: no rule is for a class that no page, script or Go file has, and each look of a
// tag or button has a rule.
func TestStyle_sheet_has_what_pages_use_and_no_more(t *testing.T) {
	t.Parallel()
	read := func(name string) string {
		text, err := os.ReadFile(name) // #nosec G304 -- a source of ours
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	word := regexp.MustCompile(`[a-z][\w-]*`)
	attribute, quoted := regexp.MustCompile(`class="[^"]*(?:"[^"]*"[^"]*)*?"`), regexp.MustCompile(`"[a-z][\w -]*"`)
	look := regexp.MustCompile(`\bLook(?:: |, | = )[^\n]*`)
	used, looks := map[string]bool{}, map[string]string{}
	err := filepath.WalkDir("../..", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(name, "_test.go") {
			return err
		}
		var found []string
		switch filepath.Ext(name) {
		case ".html":
			found = attribute.FindAllString(read(name), -1)
		case ".js":
			found = quoted.FindAllString(read(name), -1)
		case ".go":
			text := read(name)
			found = quoted.FindAllString(text, -1)
			for _, line := range look.FindAllString(text, -1) {
				for _, l := range word.FindAllString(strings.Join(quoted.FindAllString(line, 1), ""), -1) {
					looks[l] = name
				}
			}
		}
		for _, text := range found {
			for _, w := range word.FindAllString(text, -1) {
				used[w] = true
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	css := regexp.MustCompile(`(?s)/\*.*?\*/`).ReplaceAllString(read("static/tongban.css"), "")
	known := map[string]bool{}
	for _, selectors := range regexp.MustCompile(`[^{}]+\{`).FindAllString(css, -1) {
		if strings.HasPrefix(strings.TrimSpace(selectors), "@") {
			continue
		}
		for _, class := range regexp.MustCompile(`\.[a-z][\w-]*`).FindAllString(selectors, -1) {
			known[class[1:]] = true
			if !used[class[1:]] {
				t.Errorf("no page has anything of class %s", class)
			}
		}
	}
	for l, name := range looks {
		if !known[l] {
			t.Errorf("%s: there is no look %q", name, l)
		}
	}
}
