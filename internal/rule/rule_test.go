package rule

import (
	"encoding/json"
	"strings"
	"testing"
)

const formSchema = `{
  "type": "object",
  "$defs": {"person": {"type": "object", "properties": {"name": {"type": "string"}, "share": {"type": "string"}, "age": {"type": "integer"}}}},
  "properties": {
    "kind":   {"type": "string", "enum": ["limited", "sole"]},
    "staff":  {"type": "integer"},
    "ratio":  {"type": "number"},
    "online": {"type": "boolean"},
    "region": {"type": "string"},
    "seals":  {"type": "array", "items": {"type": "string"}},
    "company": {"type": "object", "properties": {"name": {"type": "string"}, "capital": {"type": "string"}}},
    "people": {"type": "array", "items": {"$ref": "#/$defs/person"}}
  }
}`

func newEnv(t testing.TB) *Env {
	t.Helper()
	typ, err := TypeOf(json.RawMessage(formSchema))
	if err != nil {
		t.Fatal(err)
	}
	env, err := NewEnv(typ, Strings("kind", "docType", "region", "channel"), Strings("register", "seal"),
		&Type{Kind: Object, Fields: map[string]*Type{"register": Strings("note")}})
	if err != nil {
		t.Fatal(err)
	}
	return env
}

func facts(t testing.TB, form string) Facts {
	t.Helper()
	f := Facts{Steps: map[string]string{"register": "grant"}, Applicant: map[string]any{"kind": "person", "region": "610502"}}
	if err := json.Unmarshal([]byte(form), &f.Form); err != nil {
		t.Fatal(err)
	}
	return f
}

const full = `{"kind":"limited","staff":3,"ratio":0.05,"online":true,"region":"610502","seals":["official","finance"],
 "company":{"name":"渭南测试有限公司","capital":"100 万元"},
 "people":[{"name":"甲","share":"600000","age":30},{"name":"乙","share":"400,000.00","age":17}]}`

func TestJudge(t *testing.T) {
	env := newEnv(t)
	for _, c := range []struct {
		name, form, cond string
		want             Verdict
	}{
		{"a choice that was made", full, `form.kind == "limited"`, Yes},
		{"another choice", full, `form.kind == "sole"`, No},
		{"a choice not made is unknown", `{}`, `form.kind == "limited"`, Unknown},
		{"and so is its opposite", `{}`, `form.kind != "limited"`, Unknown},
		{"and its negation", `{}`, `!(form.kind == "limited")`, Unknown},
		{"null is absent", `{"kind":null}`, `form.kind == "limited"`, Unknown},
		{"an empty answer is absent", `{"kind":""}`, `has(form.kind)`, No},
		{"has is always known", `{}`, `has(form.kind)`, No},
		{"has below an absent object", `{}`, `has(form.company.name)`, No},
		{"has below a present object", full, `has(form.company.name)`, Yes},
		{"false and unknown is false", `{"staff":0}`, `form.staff > 0 && form.kind == "sole"`, No},
		{"unknown and false is false", `{"staff":0}`, `form.kind == "sole" && form.staff > 0`, No},
		{"true or unknown is true", `{"staff":2}`, `form.kind == "sole" || form.staff > 0`, Yes},
		{"false or unknown is unknown", `{"staff":0}`, `form.kind == "sole" || form.staff > 0`, Unknown},
		{"a guard", `{}`, `!has(form.kind) || form.kind == "sole"`, Yes},
		{"a condition of unknown", `{}`, `form.online ? true : true`, Unknown},
		{"numbers from JSON are integers", full, `form.staff == 3`, Yes},
		{"decimals", full, `form.ratio >= 0.05 && form.ratio <= 0.12`, Yes},
		{"yes or no", full, `form.online`, Yes},
		{"one of a list", full, `"finance" in form.seals`, Yes},
		{"not one of a list", full, `"invoice" in form.seals`, No},
		{"a list that is not there", `{}`, `"finance" in form.seals`, Unknown},
		{"rows", full, `form.people.exists(p, p.age < 18)`, Yes},
		{"all rows", full, `form.people.all(p, p.age >= 18)`, No},
		{"a row with a gap is unknown", `{"people":[{"name":"甲"}]}`, `form.people.all(p, p.age >= 18)`, Unknown},
		{"another row settles it", `{"people":[{"name":"甲"},{"age":3}]}`, `form.people.all(p, p.age >= 18)`, No},
		{"amounts add up", full, `sum(form.people.map(p, fen(p.share))) == fen(form.company.capital)`, Yes},
		{"an amount that cannot be read is unknown", `{"company":{"capital":"many"}}`, `fen(form.company.capital) > 0`, Unknown},
		{"regions", full, `within(form.region, "610500")`, Yes},
		{"steps", full, `steps.register == "grant"`, Yes},
		{"a step that is not done", full, `steps.seal == "agree"`, Unknown},
		{"data of a step that is not done", full, `data.register.note == "x"`, Unknown},
		{"the applicant", full, `applicant.kind == "person"`, Yes},
		{"texts", full, `form.company.name.startsWith("渭南") && form.company.name.contains("有限")`, Yes},
	} {
		t.Run(c.name, func(t *testing.T) {
			cond, fault := env.Compile(c.cond)
			if fault != nil {
				t.Fatal(fault)
			}
			got, err := cond.Judge(facts(t, c.form))
			if err != nil || got != c.want {
				t.Fatalf("%s on %s: got %v, %v; want %v", c.cond, c.form, got, err, c.want)
			}
			if holds, _ := cond.Holds(facts(t, c.form)); holds != (c.want == Yes) {
				t.Fatalf("Holds is %v, want %v", holds, c.want == Yes)
			}
		})
	}
}

func TestJudgeFailsOnWrongTypes(t *testing.T) {
	env := newEnv(t)
	for _, c := range []struct{ form, cond string }{
		{`{"staff":"three"}`, `form.staff > 0`},
		{`{"staff":2.5}`, `form.staff > 0`},
		{`{"staff":1e300}`, `form.staff > 0`},
		{`{"kind":7}`, `form.kind == "sole"`},
		{`{"people":{"name":"甲"}}`, `form.people.all(p, p.age > 1)`},
		{`{"people":["甲"]}`, `form.people.all(p, p.age > 1)`},
		{`{"company":"x"}`, `form.company.name == "x"`},
		{`{"seals":[1]}`, `"a" in form.seals`},
	} {
		cond, fault := env.Compile(c.cond)
		if fault != nil {
			t.Fatal(fault)
		}
		if v, err := cond.Judge(facts(t, c.form)); err == nil || v != Unknown {
			t.Errorf("%s on %s: got %v without an error", c.cond, c.form, v)
		}
	}
}

func TestCompileRefuses(t *testing.T) {
	env := newEnv(t)
	for _, c := range []struct {
		name, cond, want string
		line, column     int
	}{
		{"an unknown field", `form.kind == "sole" &&` + "\n" + `form.knid == "x"`, "undefined field 'knid'", 2, 5},
		{"an unknown field of a row", `form.people.exists(p, p.size > 1)`, "undefined field 'size'", 1, 24},
		{"an unknown step", `steps.deliver == "done"`, "undefined field 'deliver'", 1, 6},
		{"an unknown fact", `case.no == "1"`, "undeclared reference to 'case'", 1, 1},
		{"a comparison of unlike types", `form.staff == "3"`, "found no matching overload", 1, 12},
		{"an expression that is no yes or no", `form.kind`, "not a yes or no", 1, 1},
		{"an open bracket", `(form.staff > 1`, "Syntax error", 1, 16},
		{"nothing", "  ", "is empty", 1, 1},
		{"a made object", `form{kind: "a"}.kind == "a"`, "", 1, 1},
		{"a text that is too long", strings.Repeat("true && ", 600) + "true", "limit", 1, 1},
		{"nesting that is too deep", strings.Repeat("(", 300) + "true" + strings.Repeat(")", 300), "", 1, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			cond, fault := env.Compile(c.cond)
			if fault == nil {
				t.Fatalf("%q compiled: %v", c.cond, cond)
			}
			if !strings.Contains(fault.What, c.want) {
				t.Errorf("got %q, want it to contain %q", fault.What, c.want)
			}
			if c.want != "limit" && c.want != "" && (fault.Line != c.line || fault.Column != c.column) {
				t.Errorf("got place %d:%d, want %d:%d (%s)", fault.Line, fault.Column, c.line, c.column, fault.What)
			}
		})
	}
}

// A condition that fails at run time would leave a case standing.
func TestCanFailFindsWhatIsNotGuarded(t *testing.T) {
	env := newEnv(t)
	for cond, want := range map[string]string{
		`1 / size(form.people) > 0`:                                   "can be 0",
		`1 % form.staff > 0`:                                          "can be 0",
		`form.staff >= 0 && 1 / form.staff > 0`:                       "can be 0",
		`form.staff > 0 || 1 / form.staff > 0`:                        "can be 0",
		`size(form.seals) > 0 && 1 / size(form.people) > 0`:           "can be 0",
		`form.staff != 1 && 1 / form.staff > 0`:                       "can be 0",
		`!(form.staff > 0) && 1 / form.staff > 0`:                     "can be 0",
		`form.people.exists(p, 1 / p.age > 0)`:                        "can be 0",
		`form.people[0].age > 1`:                                      "can be shorter",
		`size(form.people) > 0 && form.people[1].age > 1`:             "size(form.people) > 1",
		`size(form.people) > 0 && form.people[form.staff].age > 1`:    "can be shorter",
		`int(form.region) > 5`:                                        "cannot read",
		`timestamp(form.region) < timestamp("2026-01-01T00:00:00Z")`:  "cannot read",
		`form.region.substring(2) == "x"`:                             "shorter",
		`form.region.matches(form.company.name)`:                      "pattern",
		`form.online ? 1 / form.staff > 0 : false`:                    "can be 0",
		`form.staff == 0 ? 1 / form.staff > 0 : 1 / form.staff > 2`:   "can be 0",
		`form.staff > 0 && (form.online || 1 / (form.staff - 1) > 0)`: "can be 0",
	} {
		c, fault := env.Compile(cond)
		if fault != nil {
			t.Fatal(fault)
		}
		if fault = c.CanFail(); fault == nil {
			t.Errorf("%s is said never to fail", cond)
		} else if !strings.Contains(fault.What, want) || fault.Line != 1 || fault.Column < 1 {
			t.Errorf("%s: got %v, want it to say %q", cond, fault, want)
		}
	}
	for _, cond := range []string{
		`size(form.people) > 0 && 1 / size(form.people) > 0`,
		`1 / size(form.people) > 0 && size(form.people) >= 1`,
		`form.staff == 0 || 1 / form.staff > 0`,
		`form.staff != 0 && form.online && 10 % form.staff == 1`,
		`form.staff <= 0 ? false : 1 / form.staff > 0`,
		`0 < form.staff && 1 / form.staff > 0`,
		`!(form.staff == 0) && 1 / form.staff > 0`,
		`form.people.exists(p, p.age > 0 && 1 / p.age > 0)`,
		`size(form.people) > 1 && form.people[1].age > 1`,
		`size(form.people) == 2 && form.people[1].age > 1`,
		`form.staff / 2 > 1 && form.ratio / 2.0 > 0.1`,
		`double(form.staff) > 0.5`,
		`form.region.matches("^61")`,
	} {
		c, fault := env.Compile(cond)
		if fault != nil {
			t.Fatal(fault)
		}
		if fault := c.CanFail(); fault != nil {
			t.Errorf("%s: %v", cond, fault)
		}
	}
}

func TestCostIsBounded(t *testing.T) {
	env := newEnv(t)
	cond, fault := env.Compile(`form.people.all(a, form.people.all(b, form.people.all(c, a.name != b.name || c.name != "x")))`)
	if fault != nil {
		t.Fatal(fault)
	}
	rows := strings.Repeat(`{"name":"甲"},`, 200)
	f := facts(t, `{"people":[`+strings.TrimSuffix(rows, ",")+`]}`)
	if _, err := cond.Holds(f); err == nil || !strings.Contains(err.Error(), "cost") {
		t.Fatalf("8,000,000 comparisons were allowed: %v", err)
	}
}

func FuzzCompile(f *testing.F) {
	for _, s := range []string{`form.kind == "sole"`, `form.people.all(p, p.age > 1)`, `has(form.x)`, `1 / 0 == 1`, `"\u0000" in form.seals`} {
		f.Add(s, full)
	}
	env := newEnv(f)
	f.Fuzz(func(t *testing.T, text, form string) {
		cond, fault := env.Compile(text)
		if fault != nil {
			if fault.Line < 1 || fault.Column < 1 {
				t.Fatalf("fault without a place: %v", fault)
			}
			return
		}
		var facts Facts
		if json.Unmarshal([]byte(form), &facts.Form) != nil {
			return
		}
		v1, err1 := cond.Judge(facts)
		v2, err2 := cond.Judge(facts)
		if v1 != v2 || (err1 == nil) != (err2 == nil) {
			t.Fatalf("%q judged twice: %v %v, then %v %v", text, v1, err1, v2, err2)
		}
	})
}

func BenchmarkHolds(b *testing.B) {
	env := newEnv(b)
	f := facts(b, full)
	for _, text := range []string{
		`form.kind == "limited"`,
		`form.kind == "limited" && form.staff > 0 && within(form.region, "610500")`,
		`sum(form.people.map(p, fen(p.share))) == fen(form.company.capital)`,
	} {
		cond, fault := env.Compile(text)
		if fault != nil {
			b.Fatal(fault)
		}
		b.Run(text[:min(len(text), 24)], func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if ok, err := cond.Holds(f); !ok || err != nil {
					b.Fatal(ok, err)
				}
			}
		})
	}
}
