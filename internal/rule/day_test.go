package rule

import (
	"strings"
	"testing"

	"github.com/tongban/tongban/workday"
)

// A dated condition counts from the day that the facts carry, and from no other: the same facts give the same answer whenever
// they are asked.
func TestDatedConditions(t *testing.T) {
	env, err := newEnv(t).Dated()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, today, kind, cond string
		want                    Verdict
	}{
		{"a day behind", "2026-11-24", "2026-11-23", `form.company.name < today`, Yes},
		{"today is not behind", "2026-11-24", "2026-11-24", `form.company.name < today`, No},
		{"the last day of five years", "2026-11-24", "2031-11-24", `form.company.name <= later(today, "5 year")`, Yes},
		{"a day after five years", "2026-11-24", "2031-11-25", `form.company.name <= later(today, "5 year")`, No},
		{"a last day off moves on", "2026-11-27", "2026-11-30", `form.company.name == later(today, "1 day")`, Yes},
		{"years back are never moved", "2026-11-22", "2010-11-22", `form.company.name <= earlier(today, "16 year")`, Yes},
		{"working days", "2026-11-26", "2026-11-30", `form.company.name == later(today, "2 workday")`, Yes},
		{"29 February", "2028-02-29", "2033-02-28", `form.company.name == later(today, "5 year")`, Yes},
		{"a Sunday", "2026-11-24", "2026-11-29", `workday(form.company.name)`, No},
		{"a make-up Saturday", "2026-11-24", "2026-02-14", `workday(form.company.name)`, Yes},
		{"no day", "2026-11-24", "soon", `workday(form.company.name)`, Unknown},
		{"no day to count from", "2026-11-24", "2026-02-30", `later(form.company.name, "1 day") > today`, Unknown},
		{"born", "2026-11-24", "610502201011050228", `born(form.company.name) <= earlier(today, "16 year")`, Yes},
		{"born too late", "2026-11-04", "610502201011050228", `born(form.company.name) <= earlier(today, "16 year")`, No},
		{"a passport tells no birth", "2026-11-24", "E12345678", `born(form.company.name) < today`, Unknown},
		{"nothing typed", "2026-11-24", "", `form.company.name > today`, Unknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			cond, fault := env.Compile(c.cond)
			if fault != nil {
				t.Fatal(fault)
			}
			day, err := workday.ParseDate(c.today)
			if err != nil {
				t.Fatal(err)
			}
			f := Facts{Form: map[string]any{"company": map[string]any{"name": c.kind}}, Today: day}
			if got, err := cond.Judge(f); err != nil || got != c.want {
				t.Fatalf("%s of %s on %s: %v, %v; want %v", c.cond, c.kind, c.today, got, err, c.want)
			}
			if cond.CanFail() != nil {
				t.Error("it is said to fail")
			}
			if cond.Dated() != strings.Contains(c.cond, "today") {
				t.Errorf("Dated is %v", cond.Dated())
			}
		})
	}
}

func TestDatedConditionsThatAreRefused(t *testing.T) {
	plain := newEnv(t)
	env, err := plain.Dated()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		env        *Env
		cond, want string
	}{
		{plain, `form.company.name < today`, "only checks know today"},
		{plain, `workday(form.company.name)`, "undeclared reference to 'workday'"},
		{env, `form.company.name < later(today, "5 yaers")`, "yaers"},
		{env, `form.company.name < later(today, "8 hour")`, "no length in days"},
		{env, `form.company.name < later(today, "-5 day")`, "no length in days"},
		{env, `form.company.name < later(today, form.kind)`, "must be written out"},
		{env, `today > 3`, "found no matching overload"},
	} {
		if _, fault := c.env.Compile(c.cond); fault == nil || !strings.Contains(fault.What, c.want) {
			t.Errorf("%s: %v, want %q", c.cond, fault, c.want)
		}
	}
}
