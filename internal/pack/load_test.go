package pack

import (
	"encoding/json"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/tongban/tongban/internal/caseflow"
)

// TestFormSchemaSaysWhatMustBeAnswered: what the API publishes is closed and names what is always required.
func TestFormSchemaSaysWhatMustBeAnswered(t *testing.T) {
	var s struct {
		Required   []string
		Properties map[string]struct {
			Required             []string
			AdditionalProperties *bool
			Items                struct{ Required []string }
		}
	}
	if err := json.Unmarshal(practice03(t).Items[0].Schema, &s); err != nil {
		t.Fatal(err)
	}
	company := s.Properties["company"]
	if strings.Join(company.Required, " ") != "name kind capital region address addressUse industry scope term" {
		t.Errorf("company requires %v", company.Required)
	}
	if company.AdditionalProperties == nil || *company.AdditionalProperties {
		t.Error("company is open")
	}
	if strings.Join(s.Properties["people"].Items.Required, " ") != "post name docType docNo" {
		t.Errorf("a row of people requires %v", s.Properties["people"].Items.Required)
	}
}

func TestStepsAreOrdered(t *testing.T) {
	for _, it := range practice03(t).Items {
		done := map[caseflow.StepID]bool{}
		for _, s := range it.Steps {
			for _, n := range s.Needs {
				if !done[n] {
					t.Errorf("%s stands before %s, which it needs", s.ID, n)
				}
			}
			done[s.ID] = true
		}
	}
}

func TestTemplatesPrint(t *testing.T) {
	p := practice03(t)
	var out strings.Builder
	paper := Paper{Holder: "渭南秦东软件有限公司", No: "91610502MA00000011", Department: "渭南市市场监督管理局", Date: "2026年2月14日", Data: map[string]string{"name": "<b>渭南</b>", "capital": "¥1,000,000.00"}}
	if err := p.Render(&out, "business-licence", "zh", paper); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"营业执照", "91610502MA00000011", "&lt;b&gt;渭南&lt;/b&gt;", "¥1,000,000.00"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the licence lacks %q:\n%s", want, out.String())
		}
	}
	if err := p.Render(&out, "none", "zh", paper); err == nil {
		t.Error("a template that does not exist was printed")
	}
}

func TestWords(t *testing.T) {
	it := practice03(t).Items[0]
	for _, c := range []struct {
		path  string
		value any
		lang  string
		want  string
	}{
		{"form.company.kind", "limited", "zh", "有限责任公司（自然人投资或控股）"},
		{"form.company.kind", "limited", "en", "Limited company with several owners"},
		{"form.company.region", "610502", "zh", "临渭区"},
		{"form.company.capital", "100 万元", "zh", "¥1,000,000.00"},
		{"form.company.industry", "I65", "zh", "软件和信息技术服务业"},
		{"form.seals", []any{"official", "finance"}, "zh", "公章、财务专用章"},
		{"form.shareholders.docType", "passport", "en", "Passport"},
		{"form.bank.date", "2026-11-26", "zh", "2026年11月26日"},
		{"form.people", []any{map[string]any{}, map[string]any{}}, "zh", "2"},
		{"data.register.approvedName", "渭南秦东软件有限公司", "zh", "渭南秦东软件有限公司"},
		{"form.nothing", "x", "zh", "x"},
		{"form.company.name", nil, "zh", ""},
	} {
		if got := Words(it, c.path, c.value, c.lang); got != c.want {
			t.Errorf("%s in %s: got %q, want %q", c.path, c.lang, got, c.want)
		}
	}
}

func FuzzLoad(f *testing.F) {
	base := os.DirFS("testdata/base")
	names := []string{"pack.yaml", "items/permit.yaml", "forms/permit.yaml", "rules/advice.yaml", "walk.yaml", "templates/permit.zh.html"}
	for i, name := range names {
		text, err := fs.ReadFile(base, name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(i), text)
	}
	f.Add(uint8(1), []byte("a: &a [*a]"))
	f.Add(uint8(1), []byte("? [a]\n: b"))
	f.Fuzz(func(t *testing.T, which uint8, text []byte) {
		files := broken(t, "README.md", "", "x")
		name := names[int(which)%len(names)]
		files[name] = &fstest.MapFile{Data: text}
		p, problems := Check(files)
		if (p == nil) == (len(problems) == 0) {
			t.Fatalf("pack %v with problems %v", p != nil, problems)
		}
		for _, pr := range problems {
			if pr.File == "" || pr.Code == "" || pr.What == "" || pr.Mend == "" {
				t.Fatalf("a problem says too little: %+v", pr)
			}
		}
	})
}

func BenchmarkCheck(b *testing.B) {
	base := os.DirFS("../../packs/03-weinan-open-company")
	b.ReportAllocs()
	for b.Loop() {
		if _, problems := Check(base); len(problems) > 0 {
			b.Fatal(problems)
		}
	}
}

func BenchmarkHolds(b *testing.B) {
	p := practice03(b)
	it := p.Items[0]
	facts := caseflow.Facts{Form: p.Walk.Forms["full"]}
	cond := it.PartByID("bank").When
	b.ReportAllocs()
	for b.Loop() {
		if ok, err := cond.Holds(facts); !ok || err != nil {
			b.Fatal(ok, err)
		}
	}
}

func TestCheckAllNamesTheFolder(t *testing.T) {
	all := fstest.MapFS{}
	for name, f := range broken(t, "README.md", "", "x") {
		all["base/"+name] = f
		all["other/"+name] = f
	}
	all["other/extra.md"] = &fstest.MapFile{Data: []byte("x")}
	all["moved/pack.yaml"] = all["base/pack.yaml"]
	for name, f := range broken(t, "README.md", "", "x") {
		all["moved/"+name] = f
	}
	packs, problems := Options{}.CheckAll(all)
	if len(packs) != 1 || packs[0].ID != "base" {
		t.Fatalf("got %d packs", len(packs))
	}
	if len(problems) != 2 || problems[0].File != "moved/pack.yaml" || problems[0].Code != "file.folder" || problems[1].File != "other/extra.md" {
		t.Errorf("got %v", problems)
	}
}

func TestTablesOfPractice03(t *testing.T) {
	p := practice03(t)
	for _, c := range []struct {
		table string
		form  string
		want  string
	}{
		{"permits", `{"company":{"industry":"H62"}}`, "food"},
		{"permits", `{"company":{"industry":"H"}}`, "food hotel"},
		{"permits", `{"company":{"industry":"I65"}}`, ""},
		{"permits", `{}`, ""},
		{"assistance", "disabled", "throughout"},
		{"assistance", "unfamiliar", "guide"},
		{"assistance", "", ""},
	} {
		var facts caseflow.Facts
		if c.table == "assistance" {
			facts.Applicant = map[string]any{"help": c.form}
			c.form = "{}"
		}
		if err := json.Unmarshal([]byte(c.form), &facts.Form); err != nil {
			t.Fatal(err)
		}
		out, err := p.Table(c.table).Decide(facts)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, h := range out.Hits {
			got = append(got, h.ID)
			if h.Basis.Law == "" || len(h.Used) == 0 {
				t.Errorf("%s on %s: row %s says not why: %+v", c.table, c.form, h.ID, h)
			}
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s on %s: got %q, want %q", c.table, c.form, strings.Join(got, " "), c.want)
		}
	}
	if p.Table("none") != nil {
		t.Error("a table that does not exist was found")
	}
}
