package draw_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/tongban/tongban/draw"
)

var update = flag.Bool("update", false, "write what the program gives into the vectors of docs/draw.md and into testdata")

const page = "../docs/draw.md"

// block is what stands in the code block behind a marker of the page, and where.
func block(t *testing.T, text, marker string) (begin, end int) {
	t.Helper()
	at := strings.Index(text, "<!-- "+marker+" -->\n```")
	if at < 0 {
		t.Fatalf("the page has no %s", marker)
	}
	begin = at + strings.Index(text[at:], "```")
	begin += strings.Index(text[begin:], "\n") + 1
	return begin, begin + strings.Index(text[begin:], "```\n")
}

func pageText(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

const vectorPlan = `{
  "title": "2026年11月食品经营单位双随机抽查",
  "opens": "2026-11-25T02:00:00Z",
  "sources": [
    {"kind": "dice", "name": "机关", "rolls": 8, "faces": 6},
    {"kind": "dice", "name": "企业代表", "rolls": 8, "faces": 6}
  ],
  "strata": [{"id": "A", "count": 2}, {"id": "D", "per10000": 5000}],
  "excluded": [{"id": "c03", "reason": "已注销"}],
  "candidates": [
    {"id": "c01", "stratum": "A", "region": "610502", "field": "食品"},
    {"id": "c02", "stratum": "A", "weight": 3},
    {"id": "c03", "stratum": "A"},
    {"id": "c04", "stratum": "A"},
    {"id": "c05", "stratum": "D"},
    {"id": "c06", "stratum": "D", "region": "610502"},
    {"id": "c07", "stratum": "D"}
  ],
  "inspectors": [
    {"id": "i1", "regions": ["610502"], "fields": ["食品"]},
    {"id": "i2", "regions": ["610502"]},
    {"id": "i3", "barred": ["c04"], "cap": 2},
    {"id": "i4", "regions": ["610502"]}
  ],
  "pairing": {"team": 2, "cap": 3, "specialists": 1}
}
`

// vectors computes what the page shows.
func vectors(t *testing.T) map[string]string {
	t.Helper()
	p, err := draw.ReadPlan([]byte(vectorPlan))
	if err != nil {
		t.Fatal(err)
	}
	c := commit(t, p)
	r, err := c.Reveal(opens.Add(1e9), []draw.Value{{Numbers: []int64{3, 1, 6, 2, 5, 5, 1, 4}}, {Numbers: []int64{2, 6, 6, 3, 1, 4, 2, 5}}})
	if err != nil {
		t.Fatal(err)
	}
	seed, _ := r.Seed()
	var tickets string
	for _, one := range c.Plan().Candidates {
		if one.ID != "c03" {
			tickets += fmt.Sprintf("%s %s\n", one.ID, draw.WeightedTicket(seed, one.ID, one.Weight))
		}
	}
	if r, err = r.Withdraw(draw.Withdrawal{At: later, From: draw.Candidates, ID: r.Stratum("D")[0], Reason: "停业"}); err != nil {
		t.Fatal(err)
	}
	lines := "tongban.draw/1 seed\n" + c.Hash().String() + "\ndice 3,1,6,2,5,5,1,4\ndice 2,6,6,3,1,4,2,5\n"
	if draw.Hash([]byte(sha(lines))) != seed {
		t.Error("the lines of the seed do not give it")
	}
	return map[string]string{"plan": vectorPlan, "committed": string(c.Body()) + "\n" + c.Hash().String() + "\n", "seed": lines, "tickets": tickets, "record": string(r.Bytes())}
}

func TestPage_showsTheVectorsOfTheProgram(t *testing.T) {
	t.Parallel()
	text := pageText(t)
	for name, want := range vectors(t) {
		begin, end := block(t, text, "vector: "+name)
		switch {
		case text[begin:end] == want:
		case *update:
			text = text[:begin] + want + text[end:]
		default:
			t.Errorf("the page shows another %s (run go test ./draw -run Page -update and read what changed):\n%s", name, want)
		}
	}
	if *update {
		if err := os.WriteFile(page, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// Records of every kind that were once made must hold for ever.
func TestPage_oldRecordsHold(t *testing.T) {
	t.Parallel()
	if *update {
		for i, r := range life(t) {
			if err := os.WriteFile(filepath.Join("testdata", fmt.Sprintf("everything-%d.json", i)), r.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) < 7 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		text, err := os.ReadFile(filepath.Clean(name))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := draw.Verify(text); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if slowRecord(text) != string(text) {
			t.Errorf("%s: the second implementation gives another", name)
		}
	}
}

// schemas compiles the two of the page.
func schemas(t *testing.T) (plan, record *jsonschema.Schema) {
	t.Helper()
	text := pageText(t)
	compiler := jsonschema.NewCompiler()
	for _, name := range []string{"plan", "record"} {
		begin, end := block(t, text, "schema: "+name)
		doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text[begin:end]))
		if err != nil {
			t.Fatal(name, err)
		}
		if err := compiler.AddResource("mem:///"+name, doc); err != nil {
			t.Fatal(err)
		}
	}
	plan, err := compiler.Compile("mem:///plan")
	if err != nil {
		t.Fatal(err)
	}
	if record, err = compiler.Compile("mem:///record"); err != nil {
		t.Fatal(err)
	}
	return plan, record
}

func TestPage_schemasFitWhatTheProgramReadsAndWrites(t *testing.T) {
	t.Parallel()
	plan, record := schemas(t)
	fits := func(s *jsonschema.Schema, text string) error {
		doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		return s.Validate(doc)
	}
	if err := fits(plan, vectorPlan); err != nil {
		t.Error(err)
	}
	for i, r := range life(t) {
		if err := fits(record, string(r.Bytes())); err != nil {
			t.Errorf("record %d: %v", i, err)
		}
	}
	for name, change := range map[string]func(m map[string]any){
		"without a title":          func(m map[string]any) { delete(m, "title") },
		"a fraction":               func(m map[string]any) { m["total"] = 1.5 },
		"an unknown member":        func(m map[string]any) { m["quota"] = 1 },
		"a die of seven faces":     func(m map[string]any) { m["sources"].([]any)[0].(map[string]any)["faces"] = 7 },
		"a pairing without people": func(m map[string]any) { delete(m, "inspectors") },
		"a team of one":            func(m map[string]any) { m["pairing"].(map[string]any)["team"] = 1 },
		"weight zero":              func(m map[string]any) { m["candidates"].([]any)[0].(map[string]any)["weight"] = 0 },
		"another time zone":        func(m map[string]any) { m["opens"] = "2026-11-25T02:00:00+08:00" },
	} {
		var m map[string]any
		if err := json.Unmarshal([]byte(vectorPlan), &m); err != nil {
			t.Fatal(err)
		}
		change(m)
		text, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		if fits(plan, string(text)) == nil {
			t.Errorf("the schema takes a plan %s", name)
		}
		p, err := draw.ReadPlan(text)
		if err == nil {
			_, err = draw.Commit(p)
		}
		if err == nil {
			t.Errorf("the program takes a plan %s", name)
		}
	}
}
