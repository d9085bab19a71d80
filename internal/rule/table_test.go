package rule

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func source(hit Hit, whens ...string) TableSource {
	src := TableSource{ID: "t", Hit: hit, Outputs: []Output{{Name: "say", Kind: String, Enum: []string{"a", "b", "c"}}, {Name: "n", Kind: Int}}}
	for i, w := range whens {
		src.Rows = append(src.Rows, RowSource{ID: string(rune('a' + i)), When: w, Then: map[string]any{"say": string(rune('a' + i)), "n": 1.0}, Basis: Basis{"示例法", "1"}})
	}
	return src
}

func TestDecide(t *testing.T) {
	env := newEnv(t)
	for _, c := range []struct {
		name  string
		hit   Hit
		whens []string
		form  string
		hits  string
		open  []int
		fails bool
	}{
		{"first takes the first that holds", First, []string{`form.staff > 5`, `form.staff > 1`, ``}, `{"staff":3}`, "b", nil, false},
		{"first falls through to a row without a condition", First, []string{`form.staff > 5`, ``}, `{"staff":3}`, "b", nil, false},
		{"first says which row before could not be judged", First, []string{`form.kind == "sole"`, `form.staff > 1`}, `{"staff":3}`, "b", []int{0}, false},
		{"collect takes all", Collect, []string{`form.staff > 1`, `form.staff > 5`, `form.staff > 2`}, `{"staff":3}`, "a c", nil, false},
		{"unique takes the one", Unique, []string{`form.staff < 3`, `form.staff >= 3`}, `{"staff":3}`, "b", nil, false},
		{"unique fails on two", Unique, []string{`form.staff > 1`, `form.staff >= 3`}, `{"staff":3}`, "a", nil, true},
		{"none holds", Collect, []string{`form.staff > 5`}, `{"staff":3}`, "", nil, false},
		{"a wrong type fails", Collect, []string{`form.staff > 5`}, `{"staff":"x"}`, "", nil, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			table, faults := env.Table(source(c.hit, c.whens...))
			if len(faults) > 0 {
				t.Fatal(faults[0])
			}
			out, err := table.Decide(facts(t, c.form))
			if (err != nil) != c.fails {
				t.Fatalf("error is %v", err)
			}
			var got []string
			for _, h := range out.Hits {
				got = append(got, h.ID)
			}
			if strings.Join(got, " ") != c.hits || !slices.Equal(out.Open, c.open) {
				t.Errorf("hits %v, open %v; want %s, %v", got, out.Open, c.hits, c.open)
			}
		})
	}
}

func TestTableRefusesRows(t *testing.T) {
	src := source(First, `form.knid == "x"`, `form.staff > 1`)
	src.Rows[0].Then = map[string]any{"say": "z", "n": 1.5, "more": 1}
	_, faults := newEnv(t).Table(src)
	var got []string
	for _, f := range faults {
		got = append(got, f.Error())
	}
	want := []string{"row 1, more: is not among the table's outputs", "row 1, n: has another type than the table's output says",
		"row 1, say: is none of a, b, c", "row 1, when: undefined field 'knid'"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
	src = source(First, ``)
	src.Rows = slices.Repeat(src.Rows, MaxRows+1)
	if _, faults := newEnv(t).Table(src); len(faults) != 1 {
		t.Errorf("too many rows: %v", faults)
	}
}

func TestAnalyse(t *testing.T) {
	env := newEnv(t)
	for _, c := range []struct {
		name    string
		hit     Hit
		whens   []string
		decided bool
		want    string // kind rows example
	}{
		{"all choices, each once", Unique, []string{`form.kind == "limited"`, `form.kind == "sole"`}, true, ""},
		{"a choice without a row", Unique, []string{`form.kind == "limited"`}, true, `gap [] form.kind = "sole"`},
		{"two rows for one choice", Unique, []string{`form.kind == "limited"`, `form.kind in ["limited", "sole"]`}, true, `overlap [0 1] form.kind = "limited"`},
		{"numbers that meet", Unique, []string{`form.staff < 10`, `form.staff >= 10`}, true, ""},
		{"a number between", Unique, []string{`form.staff < 10`, `form.staff > 10`}, true, `gap [] form.staff = 10`},
		{"numbers that overlap", Unique, []string{`form.staff <= 10`, `form.staff >= 10`}, true, `overlap [0 1] form.staff = 10`},
		{"another text", Unique, []string{`form.region == "610502"`, `form.region != "610502"`}, true, ""},
		{"yes and no", Unique, []string{`form.online`, `!form.online`}, true, ""},
		{"a row behind a wider one", First, []string{`form.staff > 1`, `form.staff > 5`, ``}, true, `shadowed [1] `},
		{"a row that contradicts itself", Collect, []string{`form.staff > 5 && form.staff < 2`, ``}, true, `shadowed [0] `},
		{"several facts", First, []string{`form.online && form.staff > 3`, `steps.register == "grant"`, ``}, true, ""},
		{"lists are not decided", Unique, []string{`"official" in form.seals`}, false, ""},
		{"functions are not decided", Unique, []string{`form.region.startsWith("61")`}, false, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			src := source(c.hit, c.whens...)
			src.Complete = true
			table, faults := env.Table(src)
			if len(faults) > 0 {
				t.Fatal(faults[0])
			}
			findings, decided := table.Analyse()
			var got []string
			for _, f := range findings {
				got = append(got, strings.TrimSpace(strings.Join([]string{f.Kind, fmt.Sprint(f.Rows), f.Example}, " ")))
			}
			if decided != c.decided || strings.Join(got, "; ") != strings.TrimSpace(c.want) {
				t.Errorf("got %q, decided %v; want %q, %v", got, decided, c.want, c.decided)
			}
		})
	}
}
