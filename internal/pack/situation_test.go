package pack

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/rule"
)

// Whatever is answered, in whatever order: one more answer never takes back which parts are wanted, and when all is answered the
// materials and parts are those of a case with these facts.
func TestSituate_agrees_with_the_case_that_follows(t *testing.T) {
	it := practice03(t).Items[0]
	rapid.Check(t, func(t *rapid.T) {
		given := map[string]string{"none": "x", "rooms": "nonsense"}
		s := Situate(it, given)
		if len(s.Form) > 0 || s.Open != len(s.Questions) {
			t.Fatalf("answers that the item does not have count: %v", s.Form)
		}
		delete(given, "rooms")
		for s.Open > 0 {
			open := slices.DeleteFunc(slices.Clone(s.Questions), func(q SituatedQuestion) bool { return q.Answer != nil })
			q := rapid.SampledFrom(open).Draw(t, "question")
			given[q.ID] = rapid.SampledFrom(q.Answers).Draw(t, "answer").ID
			next := Situate(it, given)
			for i, p := range s.Parts {
				if p.Wanted != rule.Unknown && p.Wanted != next.Parts[i].Wanted {
					t.Fatalf("%v: the part %s was %v and is %v", given, p.ID, p.Wanted, next.Parts[i].Wanted)
				}
			}
			s = next
		}
		c := &caseflow.Case{Phase: caseflow.PhaseDraft, Channel: s.Channel, Form: json.RawMessage(encoded(s.Form))}
		asked, refusal := caseflow.Ask(c, it)
		if refusal != nil {
			t.Fatal(refusal)
		}
		var want, got []string
		for _, m := range asked.Materials {
			want = append(want, m.ID)
		}
		for _, m := range s.Materials {
			if m.Needed == rule.Unknown {
				t.Fatalf("%v: all is answered, but %s is not known", given, m.ID)
			}
			if m.Needed == rule.Yes {
				got = append(got, m.ID)
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("%v: the guide lists %v, the case asks for %v", given, got, want)
		}
		for _, p := range s.Parts {
			if (p.Wanted == rule.Yes) != asked.Parts[p.ID] {
				t.Fatalf("%v: the part %s is %v in the guide, %v in the case", given, p.ID, p.Wanted, asked.Parts[p.ID])
			}
		}
		if faults := it.CheckDraft(c.Form); len(faults) > 0 {
			t.Fatalf("%v: the form does not take what the answers say: %v", given, faults)
		}
	})
}

func TestSituate_says_who_cannot_apply(t *testing.T) {
	it := practice03(t).Items[0]
	s := Situate(it, map[string]string{"place": "elsewhere", "kind": "household", "who": "self", "help": "elderly"})
	if len(s.Cannot) != 2 || s.Help != "elderly" {
		t.Errorf("%d reasons, help %q", len(s.Cannot), s.Help)
	}
	s = Situate(it, map[string]string{"who": "station", "help": "elderly"})
	asked := slices.ContainsFunc(s.Questions, func(q SituatedQuestion) bool { return q.ID == "help" })
	if asked || s.Help != "" {
		t.Errorf("a question that is not asked counts: %v %q", asked, s.Help)
	}
	if got := slices.Sorted(maps.Keys(Situate(it, nil).Form)); len(got) != 0 {
		t.Errorf("nothing was answered, but the form holds %v", got)
	}
}
