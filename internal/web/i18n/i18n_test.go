package i18n

import (
	"bytes"
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
)

var hole = regexp.MustCompile(`\{(\d+)(?:\|[^{}|]*\|[^{}|]*)?\}`)

// holes lists the arguments that a text uses, each once.
func holes(s string) []string {
	var found []string
	for _, m := range hole.FindAllStringSubmatch(s, -1) {
		found = append(found, m[1])
	}
	slices.Sort(found)
	return slices.Compact(found)
}

func han(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) })
}

// joins reports whether a message only joins its placeholders: it has no word of its own, or continues a line.
func joins(zh, en string) bool {
	rest := hole.ReplaceAllString(zh+en, "")
	return !strings.ContainsFunc(rest, unicode.IsLetter) || strings.HasPrefix(zh, " ·") || strings.HasPrefix(en, " ")
}

func TestCatalogue_has_both_languages(t *testing.T) {
	t.Parallel()
	if len(catalogue) < 300 {
		t.Fatalf("only %d messages", len(catalogue))
	}
	for key, m := range catalogue {
		switch {
		case m.ZH == "" || m.EN == "":
			t.Errorf("%s: a language is missing", key)
		case joins(m.ZH, m.EN): // brackets, separators: the space around them is theirs
		case strings.TrimSpace(m.ZH) != m.ZH || strings.TrimSpace(m.EN) != m.EN:
			t.Errorf("%s: has spaces around it", key)
		case key == "layout.other-language": // each names the other
		case !han(m.ZH):
			t.Errorf("%s: the Chinese text is not Chinese: %s", key, m.ZH)
		case han(m.EN):
			t.Errorf("%s: the English text is not English: %s", key, m.EN)
		}
		if zh, en := holes(m.ZH), holes(m.EN); !slices.Equal(zh, en) {
			t.Errorf("%s: placeholders differ: %v and %v", key, zh, en)
		}
		if rest := hole.ReplaceAllString(m.ZH+m.EN, ""); strings.ContainsAny(rest, "{}<>") {
			t.Errorf("%s: a placeholder that is none, or markup", key)
		}
	}
}

// leaks are words of the program that no reader knows.
var leaks = regexp.MustCompile(`(?i)\b(null|nil|json|sql|http|uuid|seq|exception|actor|payload|enum|boolean)\b|校验失败|系统异常|非法|参数|字段|接口`)

func TestCatalogue_speaks_as_a_clerk(t *testing.T) {
	t.Parallel()
	for key, m := range catalogue {
		for _, s := range []string{m.ZH, m.EN} {
			if word := leaks.FindString(s); word != "" && (word != "参数" || !strings.HasPrefix(key, "console.")) { // what administrators look for in a menu
				t.Errorf("%s says %q, which is a word of the program: %s", key, word, s)
			}
			if strings.ContainsAny(s, "!!") {
				t.Errorf("%s shouts: %s", key, s)
			}
		}
	}
	for _, key := range Keys("refusal.") { // what is wrong, and then what to do
		for _, lang := range []string{Chinese, English} {
			s := T(lang, key)
			if !strings.HasSuffix(s, "。") && !strings.HasSuffix(s, ".") {
				t.Errorf("%s in %s is no sentence: %s", key, lang, s)
			}
		}
	}
}

// Two branches that add the same key must not overwrite each other silently.
func TestCatalogue_has_no_key_twice(t *testing.T) {
	t.Parallel()
	names, err := files.ReadDir("messages")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range names {
		text, err := os.ReadFile("messages/" + f.Name())
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		d := json.NewDecoder(bytes.NewReader(text))
		if _, err := d.Token(); err != nil {
			t.Fatal(err)
		}
		for d.More() {
			key, err := d.Token()
			if err != nil {
				t.Fatal(err)
			}
			var m map[string]string
			if err := d.Decode(&m); err != nil {
				t.Fatalf("%s: %v", f.Name(), err)
			}
			if k, _ := key.(string); seen[k] {
				t.Errorf("%s: %s comes twice", f.Name(), k)
			} else {
				seen[k] = true
			}
			for lang := range m {
				if lang != Chinese && lang != English {
					t.Errorf("%s: %v has a language %q", f.Name(), key, lang)
				}
			}
		}
	}
}

func TestT(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 11, 23, 4, 5, 0, 0, time.UTC)
	for _, c := range []struct {
		lang, text string
		args       []any
		want       string
	}{
		{"zh", "共 {0} 条，第 {1} 页", []any{12, "3"}, "共 12 条，第 3 页"},
		{"en", "{0|thing|things} to change", []any{1}, "1 thing to change"},
		{"en", "{0|thing|things} to change", []any{2}, "2 things to change"},
		{"en", "{1} of {0}", []any{5, 1}, "1 of 5"},
		{"zh", "{0} 到期", []any{noon}, "2026年11月23日（周一） 12:05 到期"},
		{"en", "Due {0}", []any{noon}, "Due Mon 23 Nov 2026 12:05"},
		{"zh", "{0} {3} {x} {", []any{"a"}, "a {3} {x} {"},
		{"zh", "{0}", []any{"{1}", "no"}, "{1}"}, // what comes in is not read again
	} {
		if got := fill(c.lang, c.text, c.args); got != c.want {
			t.Errorf("fill(%q) = %q, want %q", c.text, got, c.want)
		}
	}
	if got := T("en", "ui.errors", 2); got != "2 things to change before you hand this in" {
		t.Errorf("T = %q", got)
	}
	if got := T("fr", "layout.back"); got != "返回" {
		t.Errorf("an unknown language reads %q, want Chinese", got)
	}
	if got := T("zh", "no.such-key"); got != "no.such-key" {
		t.Errorf("a missing key reads %q", got)
	}
}

func TestDates(t *testing.T) {
	t.Parallel()
	at := func(s string) time.Time {
		v, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, c := range []struct{ got, want string }{
		{Date("zh", at("2026-11-22T16:00:00Z")), "2026年11月23日（周一）"},
		{Date("en", at("2026-11-22T15:59:59Z")), "Sun 22 Nov 2026"},
		{Date("zh", time.Time{}), ""},
		{Clock(at("2026-11-23T06:05:00Z")), "14:05"},
		{Moment("zh", at("2026-11-23T06:05:00Z")), "2026年11月23日（周一） 14:05"},
		{Due("zh", at("2026-11-23T16:00:00Z")), "2026年11月23日（周一）"},
		{Due("zh", at("2026-11-23T09:30:00Z")), "2026年11月23日（周一） 17:30"},
		{Short(at("2026-11-23T06:05:00Z"), at("2026-01-01T00:00:00Z")), "11-23 14:05"},
		{Short(at("2025-11-23T06:05:00Z"), at("2026-01-01T00:00:00Z")), "2025-11-23 14:05"},
		{Number(1234567), "1,234,567"}, {Number(-1234), "-1,234"}, {Number(-123), "-123"}, {Number(0), "0"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}
