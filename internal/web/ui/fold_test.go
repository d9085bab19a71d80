package ui

import (
	"html/template"
	"strings"
	"testing"
	"text/template/parse"

	"github.com/tongban/tongban/internal/web/i18n"
)

// calls counts the calls of t with a key that are left in a template.
func calls(t *template.Template) int { return strings.Count(t.Tree.Root.String(), "t \"") }

func TestFold_writes_words_and_changes_nothing_else(t *testing.T) {
	t.Parallel()
	marked := "" // a key whose text HTML writes otherwise
	for _, key := range i18n.Keys("") {
		if strings.ContainsAny(i18n.T("en", key), "'\"&<>") && !strings.Contains(i18n.T("en", key), "{") {
			marked = key
			break
		}
	}
	if marked == "" {
		t.Fatal("every text is plain: this test shows nothing")
	}
	for _, c := range []struct {
		name, text string
		left       int
	}{
		{"text and attribute", `<p title="{{t "ui.copy"}}">{{t "ui.copied"}}</p>`, 0},
		{"branches", `{{if .On}}{{t "ui.copy"}}{{else}}{{t "ui.copied"}}{{end}}{{range .All}}{{with .}}{{t "ui.pages"}}{{end}}{{else}}{{t "ui.filters"}}{{end}}`, 0},
		{"with values", `{{t "ui.copy-of" .Name}}{{t .Key}}{{t "ui.copy" | printf "%s!"}}`, 2},
		{"marked", `<p title="{{t "` + marked + `"}}">{{t "` + marked + `"}}</p>`, 2},
	} {
		for _, lang := range []string{"zh", "en"} {
			data := map[string]any{"On": true, "All": []string{"a", "b"}, "Name": "<x>", "Key": "ui.copy"}
			r := &Renderer{}
			made := func(folded bool) (string, *template.Template) {
				set := template.Must(template.New("page").Funcs(r.funcs(lang)).Parse(c.text))
				if folded {
					fold(set, lang)
				}
				left := template.Must(set.Clone())
				var out strings.Builder
				if err := set.Execute(&out, data); err != nil {
					t.Fatalf("%s: %v", c.name, err)
				}
				return out.String(), left
			}
			want, _ := made(false)
			got, left := made(true)
			if got != want {
				t.Errorf("%s in %s: %q, want %q", c.name, lang, got, want)
			}
			if n := calls(left); lang == "en" && n != c.left {
				t.Errorf("%s: %d calls left, want %d: %s", c.name, n, c.left, left.Tree.Root)
			}
		}
	}
	set := template.Must(template.New("page").Funcs((&Renderer{}).funcs("zh")).Parse(`{{t "no.such-key"}}`))
	fold(set, "zh")
	if _, ok := set.Tree.Root.Nodes[0].(*parse.ActionNode); !ok {
		t.Error("a key that does not exist was taken for text")
	}
}
