package ui_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/web/ui"
)

var update = flag.Bool("update", false, "write the golden files anew")

// site is a city's as it would be configured.
var site = ui.Site{
	Name:  caseflow.Text{ZH: "渭南市政务服务", EN: "Weinan Government Services"},
	Host:  caseflow.Text{ZH: "渭南市行政审批服务局", EN: "Weinan Administrative Approval Bureau"},
	Phone: "0913-2000000", Complaints: "12345",
	Links: []ui.SiteLink{{Text: caseflow.Text{ZH: "隐私说明", EN: "Privacy"}, Href: "/privacy"}},
}

func renderer(t *testing.T) *ui.Renderer {
	t.Helper()
	r, err := ui.New(ui.Options{Site: site})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestComponents_look_as_agreed(t *testing.T) {
	t.Parallel()
	r := renderer(t)
	for _, name := range ui.Components() {
		examples, err := ui.Examples(name)
		if err != nil {
			t.Error(err)
			continue
		}
		for _, lang := range []string{"zh", "en"} {
			var b strings.Builder
			for _, e := range examples {
				html, err := r.Component(lang, name, e.View)
				if err != nil {
					t.Errorf("%s / %s: %v", name, e.Name, err)
				}
				b.WriteString("<!-- " + e.Name + " -->\n" + string(html) + "\n")
			}
			golden(t, filepath.Join("testdata", "golden", name+"."+lang+".html"), b.String())
		}
	}
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v (write it with: go test ./internal/web/ui -update)", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs; if it is meant, run go test ./internal/web/ui -update (-agreed +now):\n%s", file, diff)
	}
}
