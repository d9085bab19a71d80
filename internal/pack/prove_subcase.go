package pack

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/rule"
)

// subcase proves that the case which does the work of a step can be opened and handed in with what the step carries over:
// else it would wait for the applicant, and nobody could say when its parent ends.
func (p *prover) subcase(b *itemBuild, s *caseflow.Step) {
	wrong := func(code, what, mend string, key ...string) { p.add(b.doc, code, what, mend, b.at(s, key...)...) }
	if s.By != (caseflow.Post{}) || s.Within != nil || len(s.Signers) > 0 || len(s.Fields) > 0 {
		wrong("step.subcase", fmt.Sprintf("the step %q is done by a case of its own, which has posts and limits of its own", s.ID), "remove by, signers, within and fields")
	}
	child := p.items[s.Subcase.Item]
	if child == nil {
		wrong("subcase.item", fmt.Sprintf("the pack has no item %q that could do the work of %q", s.Subcase.Item, s.ID), "correct the id, or write items/"+string(s.Subcase.Item)+".yaml", "subcase", "item")
		return
	}
	carried := map[string]bool{}
	for i, c := range s.Subcase.Form {
		key := func(k string) []string { return []string{"subcase", "form", index(i), k} }
		to := child.form.typ.At(c.To)
		p.fromFacts(b, c.From, b.at(s, key("from")...)...)
		switch from := p.typeOf(b, c.From); {
		case child.item.Field(c.To) == nil || to == nil:
			wrong("subcase.field", fmt.Sprintf("no page of %q asks for %q", child.item.ID, c.To), "name a field of a page of its form, not one of the rows of a list", key("to")...)
		case carried[c.To]:
			wrong("subcase.twice", fmt.Sprintf("%q is carried over a second time", c.To), "keep one of the two", key("to")...)
		case from != nil && !fits(from, to):
			wrong("subcase.type", fmt.Sprintf("%s cannot answer %q of %q: they are not of one kind, or not each value of the one is one of the other", c.From, c.To, child.item.ID),
				"carry over a fact of the same kind, with no other values", key("from")...)
		}
		carried[c.To] = true
	}
	for i := range child.item.Pages {
		page := &child.item.Pages[i]
		for j := range page.Fields {
			if f := &page.Fields[j]; f.Required && f.WhenText == "" && page.WhenText == "" && !carried[f.Name] {
				wrong("subcase.missing", fmt.Sprintf("%q asks for %q, which is not carried over", child.item.ID, f.Name), "carry it over, or make it optional there", "subcase")
			}
		}
	}
	for i := range child.item.Materials {
		if m := &child.item.Materials[i]; m.Need != caseflow.Optional && m.WhenText == "" {
			wrong("subcase.material", fmt.Sprintf("%q asks for the material %q, which nobody brings", child.item.ID, m.ID), "ask for it in this item, and make it optional there", "subcase", "item")
		}
	}
}

// typeOf is the type of a fact as a whole; nil if there is none. What stands in the rows of a list is none.
func (p *prover) typeOf(b *itemBuild, path string) *rule.Type {
	root, rest, _ := strings.Cut(path, ".")
	t := applicantType
	switch root {
	case "form":
		t = b.form.typ
	case "data":
		id, field, _ := strings.Cut(rest, ".")
		s := b.item.StepByID(caseflow.StepID(id))
		if s == nil {
			return nil
		}
		t, rest = fieldsType(s.Fields), field
	}
	for key := range strings.SplitSeq(rest, ".") {
		if t == nil || t.Kind != rule.Object {
			return &rule.Type{Kind: rule.Object} // of rows: fits nothing that a page asks for
		}
		t = t.Fields[key]
	}
	return t
}

// fits reports whether every value of one type is one of the other.
func fits(from, to *rule.Type) bool {
	switch {
	case from.Kind == rule.Int && to.Kind == rule.Number:
		return true
	case from.Kind != to.Kind:
		return false
	case from.Kind == rule.List:
		return fits(from.Elem, to.Elem)
	case from.Kind == rule.Object:
		for name, t := range from.Fields {
			if to.Fields[name] == nil || !fits(t, to.Fields[name]) {
				return false
			}
		}
		return len(from.Fields) > 0
	}
	return to.Enum == nil || from.Enum != nil && !slices.ContainsFunc(from.Enum, func(v string) bool { return !slices.Contains(to.Enum, v) })
}

// subcases proves that no item orders itself, by whatever way.
func (p *prover) subcases() {
	for _, it := range p.Items {
		if ring := p.ring(it, []string{string(it.ID)}); ring != nil {
			b := p.items[it.ID]
			p.add(b.doc, "subcase.cycle", "these items order one another without end: "+strings.Join(ring, " orders "), "let one of the steps be done in another way", "steps")
		}
	}
}

// ring is a way of orders from an item back to where it began; nil if there is none.
func (p *prover) ring(it *caseflow.Item, way []string) []string {
	for i := range it.Steps {
		sub := it.Steps[i].Subcase
		if sub == nil || p.items[sub.Item] == nil {
			continue
		}
		next := string(sub.Item)
		if next == way[0] {
			return append(way, next)
		}
		if !slices.Contains(way, next) {
			if ring := p.ring(p.items[sub.Item].item, append(slices.Clone(way), next)); ring != nil {
				return ring
			}
		}
	}
	return nil
}
