package pack

import (
	"maps"
	"slices"
	"strings"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/dotted"
	"github.com/tongban/tongban/internal/rule"
)

// Situated is what an item asks of somebody whose situation is known in part: the same conditions as those of a case, held
// against the facts that the answers set.
type Situated struct {
	Questions []SituatedQuestion // those that are asked, in order
	Open      int                // how many of them have no answer yet
	Form      map[string]any     // what the answers say of the form
	Channel   string             // where the request is made, if an answer says so
	Help      string             // why help is wanted, if an answer says so
	Materials []SituatedMaterial
	Parts     []SituatedPart
	Cannot    []*caseflow.Cannot // why the request cannot be made so; empty: nothing that was said stands against it
}

// SituatedQuestion is a question with its answer; nil if it has none.
type SituatedQuestion struct {
	*caseflow.Situation
	Answer *caseflow.Answer
}

// SituatedMaterial is a material: needed, not needed, or not known yet.
type SituatedMaterial struct {
	*caseflow.Material
	Needed rule.Verdict
}

// SituatedPart is a bundled item: wanted, not wanted, or not known yet.
type SituatedPart struct {
	*caseflow.Part
	Wanted rule.Verdict
}

// Situate finds what an item asks for by the answers given so far, each by the id of its question. Answers to questions that the
// item does not have, or does not ask after the answers before, count for nothing.
func Situate(it *caseflow.Item, given map[string]string) *Situated {
	s := &Situated{Form: map[string]any{}}
	facts := rule.Facts{Form: s.Form, Applicant: map[string]any{}}
	for i := range it.Situations {
		q := SituatedQuestion{Situation: &it.Situations[i]}
		if judge(q.When, facts) != rule.Yes {
			continue
		}
		q.Answer = q.AnswerByID(given[q.ID])
		s.Questions = append(s.Questions, q)
		if q.Answer == nil {
			s.Open++
			continue
		}
		for path, value := range q.Answer.Sets {
			s.set(facts, path, value)
		}
		if q.Answer.Cannot != nil {
			s.Cannot = append(s.Cannot, q.Answer.Cannot)
		}
	}
	wanted := map[caseflow.PartID]rule.Verdict{}
	for i := range it.Parts {
		p := &it.Parts[i]
		wanted[p.ID] = judge(p.When, facts)
		s.Parts = append(s.Parts, SituatedPart{p, wanted[p.ID]})
	}
	for i := range it.Materials {
		m := &it.Materials[i]
		needed := judge(m.When, facts)
		if len(m.Parts) > 0 {
			some := rule.No
			for _, p := range m.Parts {
				some = either(some, wanted[p])
			}
			needed = both(needed, some)
		}
		s.Materials = append(s.Materials, SituatedMaterial{m, needed})
	}
	return s
}

// Wants reports whether a bundled item is asked for, or may be; what belongs to none (the empty id) always is.
func (s *Situated) Wants(part caseflow.PartID) bool {
	return !slices.ContainsFunc(s.Parts, func(p SituatedPart) bool { return p.ID == part && p.Wanted == rule.No })
}

func (s *Situated) set(facts rule.Facts, path, value string) {
	root, rest, _ := strings.Cut(path, ".")
	if root == "applicant" {
		facts.Applicant[rest] = value
		switch rest {
		case "channel":
			s.Channel = value
		case "help":
			s.Help = value
		}
		return
	}
	dotted.Set(s.Form, rest, value)
}

// judge is what a condition says of facts that are known in part; no condition holds, and one that fails is not known.
func judge(cond caseflow.Condition, facts rule.Facts) rule.Verdict {
	if cond == nil {
		return rule.Yes
	}
	c, ok := cond.(condition)
	if !ok {
		return rule.Unknown
	}
	v, err := c.Judge(facts)
	if err != nil {
		return rule.Unknown
	}
	return v
}

// either and both join verdicts of which some are unknown.
func either(a, b rule.Verdict) rule.Verdict {
	switch {
	case a == rule.Yes || b == rule.Yes:
		return rule.Yes
	case a == rule.Unknown || b == rule.Unknown:
		return rule.Unknown
	}
	return rule.No
}

func both(a, b rule.Verdict) rule.Verdict {
	switch {
	case a == rule.No || b == rule.No:
		return rule.No
	case a == rule.Unknown || b == rule.Unknown:
		return rule.Unknown
	}
	return rule.Yes
}

// situations proves that each question is worth asking and each answer says what can be.
func (p *prover) situations(b *itemBuild) {
	p.unique(b.doc, "situations")
	known := []string{} // what earlier answers set
	for i := range b.item.Situations {
		s := &b.item.Situations[i]
		at := []string{"situations", index(i)}
		p.possible(b, s.When, append(slices.Clone(at), "when")...)
		if c, ok := s.When.(condition); ok {
			for _, path := range c.Reads() {
				if !slices.Contains(known, path) {
					p.add(b.doc, "situation.order", "no earlier answer says "+path, "ask for it in an earlier situation, or remove when", append(slices.Clone(at), "when")...)
				}
			}
		}
		p.noCatchAll(b.doc, s.Ask, append(slices.Clone(at), "ask")...)
		known = append(known, p.answers(b, s, at)...)
	}
}

// answers proves the answers of a situation and returns the facts that they set.
func (p *prover) answers(b *itemBuild, s *caseflow.Situation, at []string) (sets []string) {
	var ids []string
	idle := true
	for i := range s.Answers {
		a, here := &s.Answers[i], append(slices.Clone(at), "answers", index(i))
		if slices.Contains(ids, a.ID) {
			p.add(b.doc, "duplicate", "the answer \""+a.ID+"\" stands here a second time", "give each its own id", here...)
		}
		ids = append(ids, a.ID)
		idle = idle && len(a.Sets) == 0 && a.Cannot == nil
		p.noCatchAll(b.doc, a.Label, append(slices.Clone(here), "label")...)
		for _, path := range slices.Sorted(maps.Keys(a.Sets)) {
			p.says(b, path, a.Sets[path], append(slices.Clone(here), "sets", path))
			sets = append(sets, path)
		}
		if a.Cannot != nil {
			p.cannot(b, a.Cannot, append(slices.Clone(here), "cannot"))
		}
	}
	if idle {
		p.add(b.doc, "situation.idle", "no answer of \""+s.ID+"\" changes anything", "add sets or cannot to an answer, or remove the question", at...)
	}
	return sets
}

// says proves that an answer sets a fact which the item knows to a value that it can have.
func (p *prover) says(b *itemBuild, path, value string, at []string) {
	var values []string
	field := b.item.Field(strings.TrimPrefix(path, "form."))
	switch {
	case path == "applicant.channel":
		values = b.item.Channels
	case path == "applicant.help":
		values = caseflow.Reasons()
	case field != nil && (field.Widget == "radio" || field.Widget == "select"):
		values = b.form.allowed(field.Name)
	default:
		p.add(b.doc, "situation.fact", "no page asks for "+path+" by choosing one answer", "name a question with widget: radio or select as form.<field>, applicant.channel or applicant.help", at...)
		return
	}
	if !slices.Contains(values, value) {
		p.add(b.doc, "value.impossible", path+" is never \""+clip(value)+"\"", "use one of "+strings.Join(values, ", "), at...)
	}
}

// cannot proves that what fits instead is there.
func (p *prover) cannot(b *itemBuild, c *caseflow.Cannot, at []string) {
	p.noCatchAll(b.doc, c.Text, append(slices.Clone(at), "text")...)
	for i, id := range c.Items {
		if p.items[id] == nil || id == b.item.ID {
			p.add(b.doc, "item.unknown", "the pack has no other item \""+string(id)+"\"", "correct the id, or say in instead where to go", append(slices.Clone(at), "items", index(i))...)
		}
	}
}
