package pack

import (
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"
)

// childBreaks are the ways in which a step that is done by a case of its own can fail a proof: each changes one place of
// the walk's pack that has such a step.
var childBreaks = []struct{ code, file, old, new string }{
	{"step.subcase", "items/shop.yaml", "needs: [look]\n    subcase:", "needs: [look]\n    by: {department: office, role: head}\n    subcase:"},
	{"step.subcase", "items/shop.yaml", "kind: review, by", "kind: subcase, by"},
	{"step.subcase", "items/shop.yaml", "kind: subcase", "kind: review\n    by: {department: office, role: head}\n    within: {rule: own.step}"},
	{"subcase.item", "items/shop.yaml", "item: inspection", "item: inspections"},
	{"subcase.field", "items/shop.yaml", "to: place.name", "to: place.nmae"},
	{"subcase.field", "items/shop.yaml", "to: place.name", "to: place"},
	{"subcase.twice", "items/shop.yaml", "to: note}", "to: use}"},
	{"subcase.type", "items/shop.yaml", "from: form.shop.size", "from: form.shop.name"},
	{"subcase.type", "items/shop.yaml", "from: form.shop.name, to: place.name", "from: form.rows, to: place.name"},
	{"subcase.type", "items/shop.yaml", "from: form.shop.name, to: place.name", "from: form.rows.thing, to: place.name"},
	{"subcase.type", "forms/shop.yaml", "enum: [food, goods]", "enum: [food, goods, night]"},
	{"subcase.type", "forms/inspection.yaml", "size: {type: number, minimum: 1}", "size: {type: boolean}"},
	{"subcase.missing", "items/shop.yaml", "        - {from: form.use, to: use}\n", ""},
	{"subcase.material", "items/inspection.yaml", "form: inspection\n", "form: inspection\nmaterials: [{id: plan, name: {zh: 图纸, en: Plan}, need: required, source: applicant, form: electronic, accept: [application/pdf], maxBytes: 1000, basis: {law: 行政许可法, article: \"31\"}, hint: {zh: 请上传, en: Please upload}}]\n"},
	{"subcase.cycle", "items/inspection.yaml", "  - {id: report,", "  - {id: again, name: {zh: 再来, en: Again}, kind: subcase, subcase: {item: shop, form: [{from: form.place.name, to: shop.name}, {from: form.use, to: use}]}}\n  - {id: report,"},
	{"subcase.cycle", "items/shop.yaml", "item: inspection", "item: shop"},
	{"fact.unknown", "items/shop.yaml", "from: form.shop.size", "from: form.size"},
	{"flow.order", "items/shop.yaml", "needs: [look]\n    subcase:", "subcase:"},
	{"value.impossible", "items/shop.yaml", "kind: decide, needs: [safety]", "kind: decide, needs: [safety], when: steps.safety == \"agree\""},
	{"time.path", "pack.yaml", "limit: 3 workday", "limit: 9 workday"},
	{"walk.case", "walk.yaml", "case: /safety", "case: /look"},
	{"walk.step", "walk.yaml", "case: /safety, expect: {phase: received, steps: {visit: pending}}", "case: /safety, expect: {steps: {safety: pending}}"},
}

func TestASubcaseIsProved(t *testing.T) {
	for _, b := range childBreaks {
		t.Run(b.code, func(t *testing.T) {
			files := fstest.MapFS{}
			pack := os.DirFS("../walk/testdata/subcase")
			err := fs.WalkDir(pack, ".", func(name string, d fs.DirEntry, err error) error {
				if err != nil || d.IsDir() {
					return err
				}
				text, err := fs.ReadFile(pack, name)
				files[name] = &fstest.MapFile{Data: text}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			if _, problems := Check(files); len(problems) > 0 {
				t.Fatalf("before anything was changed: %v", problems)
			}
			text := string(files[b.file].Data)
			if !strings.Contains(text, b.old) {
				t.Fatalf("%s does not hold %q", b.file, b.old)
			}
			files[b.file] = &fstest.MapFile{Data: []byte(strings.Replace(text, b.old, b.new, 1))}
			_, problems := Check(files)
			found := false
			for _, p := range problems {
				t.Log(p.Error())
				found = found || p.Code == b.code
			}
			if !found {
				t.Errorf("nothing was said of %s", b.code)
			}
		})
	}
}
