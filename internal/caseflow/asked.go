package caseflow

// Asked is what the applicant of a case is asked for, as the answers given so far decide it.
type Asked struct {
	Facts     Facts
	Parts     map[PartID]bool // whether a bundled item is wanted; "" stands for the whole and is always true
	Pages     []*Page         // of the form, in order, without those whose condition is false
	Materials []*Material     // in order, without those that no wanted part needs
}

// Ask finds out what is asked for. A page or material whose condition cannot be evaluated on these answers counts as
// asked: it is better to ask too much than to hide a question. It refuses only a form that is no JSON object.
func Ask(c *Case, it *Item) (*Asked, *Refusal) {
	d := decider{c: c, it: it}
	facts, r := d.facts()
	if r != nil {
		return nil, r
	}
	a := &Asked{Facts: facts, Parts: map[PartID]bool{"": true}}
	for i := range it.Parts {
		a.Parts[it.Parts[i].ID] = a.Holds(it.Parts[i].When)
	}
	for i := range it.Pages {
		if a.Holds(it.Pages[i].When) {
			a.Pages = append(a.Pages, &it.Pages[i])
		}
	}
	for i := range it.Materials {
		if needed, r := d.needsMaterial(&it.Materials[i], a.Parts); needed || r != nil {
			a.Materials = append(a.Materials, &it.Materials[i])
		}
	}
	return a, nil
}

// Holds evaluates a condition of a page or field; nil, and one that fails on these facts, is true.
func (a *Asked) Holds(cond Condition) bool {
	if cond == nil {
		return true
	}
	ok, err := cond.Holds(a.Facts)
	return ok || err != nil
}
