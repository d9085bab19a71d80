package pack

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tongban/tongban/internal/caseflow"
)

// flow proves that the steps lead to an end, in an order that makes sense, with somebody for each.
func (p *prover) flow(b *itemBuild) {
	if len(b.cyclic) > 0 {
		p.cycle(b)
		return // what follows would repeat it
	}
	f := &flowView{before: map[caseflow.StepID]map[caseflow.StepID]bool{}, needed: map[caseflow.StepID]bool{}}
	for i := range b.item.Steps {
		f.see(&b.item.Steps[i])
	}
	for i := range b.item.Steps {
		s := &b.item.Steps[i]
		p.step(b, s)
		p.kind(b, s)
		p.looksBack(b, f, s)
		p.leads(b, f, s)
	}
	p.decided(b, f)
}

// flowView knows what comes before what.
type flowView struct {
	before map[caseflow.StepID]map[caseflow.StepID]bool // all steps that a step builds on
	needed map[caseflow.StepID]bool                     // steps that another one needs
}

func (f *flowView) see(s *caseflow.Step) {
	all := map[caseflow.StepID]bool{}
	for _, n := range s.Needs {
		all[n], f.needed[n] = true, true
		for m := range f.before[n] {
			all[m] = true
		}
	}
	f.before[s.ID] = all
}

// at is the place of a step in its file.
func (b *itemBuild) at(s *caseflow.Step, key ...string) []string {
	return append([]string{"steps", index(b.place[s.ID])}, key...)
}

// cycle names one ring of steps that wait for each other.
func (p *prover) cycle(b *itemBuild) {
	id := b.cyclic[0]
	var ring []string
	for seen := map[caseflow.StepID]bool{}; !seen[id]; {
		seen[id] = true
		ring = append(ring, string(id))
		s := b.item.StepByID(id)
		next := slices.IndexFunc(s.Needs, func(n caseflow.StepID) bool { return slices.Contains(b.cyclic, n) })
		if next < 0 {
			break
		}
		id = s.Needs[next]
	}
	if i := slices.Index(ring, string(id)); i >= 0 {
		ring = append(ring[i:], string(id))
	}
	p.add(b.doc, "flow.cycle", "these steps wait for each other: "+strings.Join(ring, " needs "),
		"remove one of the needs; sending back is the kernel's own and is not drawn", b.at(b.item.StepByID(id), "needs")...)
}

// step proves what a step names.
func (p *prover) step(b *itemBuild, s *caseflow.Step) {
	for i, n := range s.Needs {
		if b.item.StepByID(n) == nil {
			p.add(b.doc, "flow.needs", fmt.Sprintf("the step %q needs %q, which the item does not have", s.ID, n), "correct the id, or add the step", b.at(s, "needs", index(i))...)
		}
	}
	if s.Part != "" && b.item.PartByID(s.Part) == nil {
		p.add(b.doc, "part.unknown", fmt.Sprintf("the item has no part %q", s.Part), "correct the id, or add the part", b.at(s, "part")...)
	}
	p.possible(b, s.When, b.at(s, "when")...)
	p.possible(b, s.Check, b.at(s, "check")...)
	if s.Auto() || s.Kind == caseflow.KindSubcase || s.Kind == caseflow.KindCancel {
		return
	}
	posts := s.Signers
	if len(posts) == 0 {
		posts = []caseflow.Post{s.By}
	}
	for _, post := range posts {
		switch {
		case post == (caseflow.Post{}) && s.Kind == caseflow.KindWait: // nobody does it
		case post.Department == "":
			p.add(b.doc, "step.nobody", fmt.Sprintf("nobody may do the step %q", s.ID), "add by: {department: …, role: …}", b.at(s)...)
		case !p.hasDepartment(post.Department):
			p.department(b.doc, post.Department, b.at(s, "by", "department")...)
		case !p.hasRole(post.Role):
			p.add(b.doc, "role.unknown", fmt.Sprintf("there is no role %q", post.Role), "add it under roles in pack.yaml, or correct the id", b.at(s, "by", "role")...)
		}
	}
	if s.Within == nil && s.Kind != caseflow.KindDeliver {
		p.add(b.doc, "step.limit", fmt.Sprintf("the step %q has no limit, so nobody can say when the case ends", s.ID), "add within: {rule: …}", b.at(s)...)
	}
}

// kind proves that a step has what its kind needs.
func (p *prover) kind(b *itemBuild, s *caseflow.Step) {
	wrong := func(code, what, mend string, key ...string) { p.add(b.doc, code, what, mend, b.at(s, key...)...) }
	switch {
	case !slices.Contains(caseflow.Kinds(), s.Kind):
		wrong("step.kind", fmt.Sprintf("the step %q is of the kind %q, which nobody knows", s.ID, s.Kind), "use one of "+strings.Join(caseflow.Kinds(), ", "), "kind")
	case (s.Kind == caseflow.KindIssue) != (s.Result != nil):
		wrong("step.result", fmt.Sprintf("an issue step has a result, and only an issue step; %q does not keep to that", s.ID), "add result, or correct kind")
	case (s.Kind == caseflow.KindCheck) != (s.CheckText != ""):
		wrong("step.check", fmt.Sprintf("a check step has a check, and only a check step; %q does not keep to that", s.ID), "add check, or correct kind")
	case (s.Kind == caseflow.KindNotify) != (s.Message != ""):
		wrong("step.message", fmt.Sprintf("a notify step has a message, and only a notify step; %q does not keep to that", s.ID), "add message, or correct kind")
	case (s.Kind == caseflow.KindSubcase) != (s.Subcase != nil):
		wrong("step.subcase", fmt.Sprintf("a subcase step names the item that does its work, and only a subcase step; %q does not keep to that", s.ID), "add subcase: {item: …}, or correct kind")
	case (s.Kind == caseflow.KindPublish) != (s.Publish != nil):
		wrong("step.publish", fmt.Sprintf("a publish step says what it publishes, and only a publish step; %q does not keep to that", s.ID), "add publish, or correct kind")
	case s.Kind == caseflow.KindCancel && b.item.Cancels == nil:
		wrong("step.cancel", fmt.Sprintf("the step %q ends a licence, but the item does not say which", s.ID), "add cancels: {licence: …} to the item", "kind")
	case s.Kind == caseflow.KindDecide && s.Part == "" && len(b.item.Parts) > 0:
		wrong("step.part", fmt.Sprintf("the step %q decides, but no part", s.ID), "add part: …")
	}
	if s.Message != "" {
		p.template(b, s.Message, "message", b.at(s, "message")...)
	}
	if r := s.Result; r != nil {
		p.template(b, r.Template, "licence", b.at(s, "result", "template")...)
		if !slices.ContainsFunc(p.Licences, func(k LicenceKind) bool { return k.ID == r.Licence }) {
			wrong("licence.unknown", fmt.Sprintf("pack.yaml has no licence %q", r.Licence), "add it under licences in pack.yaml, or correct the id", "result", "licence")
		}
		p.given(b.doc, r.Sample, b.at(s, "result", "sample")...)
		for i, d := range r.Shows {
			p.fromFacts(b, d.From, b.at(s, "result", "shows", index(i), "from")...)
		}
		if r.Holder != "" {
			p.fromFacts(b, r.Holder, b.at(s, "result", "holder")...)
		}
	}
	for i, f := range s.Fields {
		if f.Preset != "" {
			p.fromFacts(b, f.Preset, b.at(s, "fields", index(i), "preset")...)
		}
		for j, d := range f.Departments {
			p.department(b.doc, d, b.at(s, "fields", index(i), "departments", index(j))...)
		}
		p.noCatchAll(b.doc, f.Label, b.at(s, "fields", index(i), "label")...)
		if strings.Contains(f.Name, ".") {
			wrong("step.field", fmt.Sprintf("the signer's field %q has a dot", f.Name), "use a plain name", "fields", index(i), "name")
		}
	}
	if s.Subcase != nil {
		p.subcase(b, s)
	}
	if s.Publish != nil {
		p.publishes(b, s)
	}
	p.outcomes(b, s)
}

// outcomes proves that each outcome of a review can be told apart and that one of them goes on.
func (p *prover) outcomes(b *itemBuild, s *caseflow.Step) {
	seen := map[string]bool{}
	goesOn := len(s.Outcomes) == 0
	for i, o := range s.Outcomes {
		if seen[o.ID] {
			p.add(b.doc, "outcome.unreachable", fmt.Sprintf("the outcome %q of %q stands a second time and can never be given", o.ID, s.ID), "remove it, or give it another id", b.at(s, "outcomes", index(i))...)
		}
		seen[o.ID] = true
		goesOn = goesOn || !o.Refuse
	}
	switch {
	case len(s.Outcomes) > 0 && (s.Auto() || slices.Contains([]string{caseflow.KindDecide, caseflow.KindDeliver, caseflow.KindSubcase, caseflow.KindPublish, caseflow.KindWait, caseflow.KindCancel}, s.Kind)):
		p.add(b.doc, "outcome.unreachable", fmt.Sprintf("a %s step gives its own outcomes; those of %q can never be given", s.Kind, s.ID), "remove outcomes, or use kind: review", b.at(s, "outcomes")...)
	case !goesOn:
		p.add(b.doc, "outcome.refuse", fmt.Sprintf("every outcome of %q refuses", s.ID), "add one that goes on", b.at(s, "outcomes")...)
	}
}

func (p *prover) template(b *itemBuild, id, kind string, at ...string) {
	t, ok := p.papers[id]
	switch {
	case !ok:
		p.add(b.doc, "template.unknown", fmt.Sprintf("pack.yaml has no template %q", id), "add it under templates in pack.yaml, or correct the id", at...)
	case t.def.Kind != kind:
		p.add(b.doc, "template.kind", fmt.Sprintf("the template %q is a %s, not a %s", id, t.def.Kind, kind), "name another template, or correct its kind", at...)
	}
}

// fromFacts proves that a dotted path leads to a fact.
func (p *prover) fromFacts(b *itemBuild, path string, at ...string) {
	root, rest, _ := strings.Cut(path, ".")
	ok := false
	switch root {
	case "form":
		ok = b.form.typ.At(rest) != nil
	case "applicant":
		ok = applicantType.Fields[rest] != nil
	case "data":
		id, field, _ := strings.Cut(rest, ".")
		s := b.item.StepByID(caseflow.StepID(id))
		ok = s != nil && fieldsType(s.Fields).At(field) != nil
	}
	if !ok {
		p.add(b.doc, "fact.unknown", fmt.Sprintf("no fact stands at %q", path), "name a field of the form (form.…), of the applicant, or of an earlier step (data.<step>.…)", at...)
	}
}

// looksBack proves that a step uses outcomes and data only of steps that come before it.
func (p *prover) looksBack(b *itemBuild, f *flowView, s *caseflow.Step) {
	uses := func(path, where string, key ...string) {
		root, rest, _ := strings.Cut(path, ".")
		id, _, _ := strings.Cut(rest, ".")
		other := caseflow.StepID(id)
		if (root == "steps" || root == "data") && b.item.StepByID(other) != nil && !f.before[s.ID][other] {
			p.add(b.doc, "flow.order", fmt.Sprintf("the %s of %q looks at the step %q, but does not come after it", where, s.ID, id),
				fmt.Sprintf("add %s to its needs", id), b.at(s, key...)...)
		}
	}
	for key, cond := range map[string]caseflow.Condition{"when": s.When, "check": s.Check} {
		if c, ok := cond.(condition); ok {
			for _, path := range c.Reads() {
				uses(path, key, key)
			}
		}
	}
	for i, other := range s.OtherThan {
		at := b.at(s, "otherThan", index(i))
		switch o := b.item.StepByID(other); {
		case o == nil || o.Auto():
			p.add(b.doc, "step.other", fmt.Sprintf("nobody does a step %q", other), "name a step that somebody does", at...)
		case !f.before[s.ID][other]:
			p.add(b.doc, "flow.order", fmt.Sprintf("%q is to be done by somebody else than %q, but does not come after it", s.ID, other), fmt.Sprintf("add %s to its needs", other), at...)
		}
	}
	if s.Consults != "" && s.Kind != caseflow.KindReview && s.Kind != caseflow.KindDecide {
		p.add(b.doc, "step.consults", fmt.Sprintf("nobody answers the step %q", s.ID), "let a review or decide step consult it", b.at(s, "consults")...)
	}
	if r := s.Result; r != nil {
		for i, d := range r.Shows {
			uses(d.From, "result", "result", "shows", index(i), "from")
		}
		uses(r.Holder, "result", "result", "holder")
	}
	if s.Publish != nil {
		for i, d := range s.Publish.Shows {
			uses(d.From, "publish", "publish", "shows", index(i), "from")
		}
	}
	if sub := s.Subcase; sub != nil {
		for i, c := range sub.Form {
			uses(c.From, "subcase", "subcase", "form", index(i), "from")
		}
	}
}

// leads proves that a step is not forgotten: somebody waits for it, or it is an end.
func (p *prover) leads(b *itemBuild, f *flowView, s *caseflow.Step) {
	delivers := slices.ContainsFunc(b.item.Steps, func(o caseflow.Step) bool { return o.Kind == caseflow.KindDeliver })
	if delivers && s.Kind != caseflow.KindDeliver && !f.needed[s.ID] {
		p.add(b.doc, "flow.loose", fmt.Sprintf("no step waits for %q", s.ID), "let the step that follows need it", b.at(s)...)
	}
}

// decided proves that every part is decided before its result is issued, and everything before it is handed out.
func (p *prover) decided(b *itemBuild, f *flowView) {
	it := b.item
	decides := map[caseflow.PartID][]caseflow.StepID{}
	for i := range it.Steps {
		if s := &it.Steps[i]; s.Kind == caseflow.KindDecide {
			decides[s.Part] = append(decides[s.Part], s.ID)
		}
	}
	for i := range it.Steps {
		if s := &it.Steps[i]; s.Kind == caseflow.KindDecide && s.WhenText != "" && len(decides[s.Part]) == 1 {
			p.add(b.doc, "part.skipped", fmt.Sprintf("the part %q would be granted without a decision when %q is passed over", s.Part, s.ID),
				"move when to the part, or let an earlier review refuse", b.at(s, "when")...)
		}
	}
	for i, part := range it.Parts {
		if len(decides[part.ID]) == 0 {
			p.add(b.doc, "part.undecided", fmt.Sprintf("no step decides the part %q", part.ID), "add a step of kind decide with part: "+string(part.ID), "parts", index(i))
		}
	}
	if len(it.Parts) == 0 && len(decides[""]) == 0 && it.Promise {
		p.add(b.doc, "part.undecided", "no step decides the item", "add a step of kind decide", "steps")
	}
	for i := range it.Steps {
		s := &it.Steps[i]
		first := decides[s.Part]
		if s.Part == "" { // a result of the whole
			first = slices.Concat(slices.Collect(maps.Values(decides))...)
			slices.Sort(first)
		}
		for _, d := range first {
			if (s.Kind == caseflow.KindIssue || s.Kind == caseflow.KindCancel) && !f.before[s.ID][d] {
				p.add(b.doc, "flow.undecided", fmt.Sprintf("the step %q issues before %q has decided", s.ID, d), fmt.Sprintf("add %s to its needs", d), b.at(s, "needs")...)
			}
		}
		if s.Kind != caseflow.KindDeliver {
			continue
		}
		for j := range it.Steps {
			if o := &it.Steps[j]; o.Kind == caseflow.KindIssue && !f.before[s.ID][o.ID] {
				p.add(b.doc, "flow.deliver", fmt.Sprintf("the step %q hands out before %q has issued", s.ID, o.ID), fmt.Sprintf("add %s to its needs", o.ID), b.at(s, "needs")...)
			}
		}
	}
	p.connected(b, f)
}

// connected proves that the steps of each part hang together: each one builds on another of its part, or another of
// its part builds on it.
func (p *prover) connected(b *itemBuild, f *flowView) {
	it := b.item
	for i := range it.Steps {
		s := &it.Steps[i]
		alone, others := true, 0
		for j := range it.Steps {
			o := &it.Steps[j]
			if s.Part == "" || o.Part != s.Part || o.ID == s.ID {
				continue
			}
			others++
			alone = alone && !f.before[s.ID][o.ID] && !f.before[o.ID][s.ID]
		}
		if others > 0 && alone {
			p.add(b.doc, "part.apart", fmt.Sprintf("the step %q does not hang together with the other steps of the part %q", s.ID, s.Part),
				"let it need one of them, or one of them need it", b.at(s, "needs")...)
		}
	}
}
