package caseflow_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/tongban/tongban/internal/caseflow"
)

func TestSubject(t *testing.T) {
	t.Parallel()
	item := func(path string) *caseflow.Item {
		return &caseflow.Item{Subject: path, Pages: []caseflow.Page{{Fields: []caseflow.Field{
			{Name: "company.name", Widget: "text"}, {Name: "child", Widget: "text", Personal: true},
		}}}}
	}
	long := strings.Repeat("名", caseflow.MaxSubject)
	for name, c := range map[string]struct {
		path, form string
		want       caseflow.Subject
		masked     string
	}{
		"a nested text":                   {"form.company.name", `{"company":{"name":"渭南秦东软件有限公司","kind":"limited"}}`, caseflow.Subject{Text: "渭南秦东软件有限公司"}, "渭南秦东软件有限公司"},
		"a person's name is masked":       {"form.child", `{"child":"欧阳小明"}`, caseflow.Subject{Text: "欧阳小明", Personal: true}, "欧阳**"},
		"what nobody asks is masked":      {"form.other", `{"other":"张三"}`, caseflow.Subject{Text: "张三", Personal: true}, "张*"},
		"spaces and marks of direction":   {"form.child", `{"child":"  王\n\t小\u202e明\u0000 "}`, caseflow.Subject{Text: "王 小明", Personal: true}, "王 **"},
		"only blanks":                     {"form.child", `{"child":" \u3000 "}`, caseflow.Subject{}, ""},
		"cut at the longest":              {"form.company.name", `{"company":{"name":"` + long + `多"}}`, caseflow.Subject{Text: long}, long},
		"an item without subject":         {"", `{"child":"张三"}`, caseflow.Subject{}, ""},
		"not answered":                    {"form.company.name", `{"company":{}}`, caseflow.Subject{}, ""},
		"answered by no text":             {"form.company.name", `{"company":{"name":7}}`, caseflow.Subject{}, ""},
		"answered null":                   {"form.child", `{"child":null}`, caseflow.Subject{}, ""},
		"a text on the way":               {"form.company.name", `{"company":"x"}`, caseflow.Subject{}, ""},
		"nothing filled in":               {"form.child", ``, caseflow.Subject{}, ""},
		"a path that is none of the form": {"data.register.name", `{"register":{"name":"x"}}`, caseflow.Subject{}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := item(c.path).SubjectOf(json.RawMessage(c.form))
			if got != c.want || got.Masked() != c.masked {
				t.Errorf("got %+v, masked %q; want %+v, masked %q", got, got.Masked(), c.want, c.masked)
			}
		})
	}
}
