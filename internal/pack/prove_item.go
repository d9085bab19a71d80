package pack

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/rule"
)

// item proves what an item says about itself, apart from its flow.
func (p *prover) item(b *itemBuild) {
	it, doc := b.item, b.doc
	p.unique(doc, "parts", "materials", "steps", "grounds", "corrections", "stops")
	p.department(doc, it.Department, "department")
	if it.Fee.Fen > 0 && it.Fee.Basis.Law == "" {
		p.add(doc, "fee.basis", "a fee is charged without a clause", "add basis to fee, or set fen: 0", "fee")
	}
	for i, c := range it.Conditions {
		p.noCatchAll(doc, c.Text, "conditions", index(i), "text")
	}
	p.itemParts(b)
	p.subject(b)
	p.situations(b)
	p.refers(b)
	p.knowings(b)
	for i := range it.Materials {
		p.material(b, i, &it.Materials[i])
	}
	p.grounds(b, "grounds", it.Grounds)
	p.grounds(b, "corrections", it.Corrections)
	p.extension(b)
	p.stops(b)
	p.limits(b)
	p.renews(b)
	p.cancels(b)
	p.doors(b)
	p.instant(b)
	p.listing(b)
}

func (p *prover) itemParts(b *itemBuild) {
	it, doc := b.item, b.doc
	core := len(it.Parts) == 0
	for i, part := range it.Parts {
		p.department(doc, part.Department, "parts", index(i), "department")
		core = core || part.Core
		p.possible(b, part.When, "parts", index(i), "when")
		if part.Core && part.WhenText != "" {
			p.add(doc, "part.core", fmt.Sprintf("the part %q carries the bundle, but is not always wanted", part.ID), "remove when, or core", "parts", index(i))
		}
	}
	if !core {
		p.add(doc, "part.core", "no part carries the bundle", "mark the part whose refusal refuses the whole with core: true", "parts")
	}
	if (it.Kind == "bundle") != (len(it.Parts) > 0) {
		p.add(doc, "item.kind", "a bundle has parts, and only a bundle has", "write kind: bundle and parts, or neither", "kind")
	}
}

// subject proves that what a case is called by is one line of text that the form asks for.
func (p *prover) subject(b *itemBuild) {
	path := b.item.Subject
	if path == "" {
		return
	}
	switch f := b.item.Field(strings.TrimPrefix(path, "form.")); {
	case f == nil:
		p.add(b.doc, "subject.unknown", fmt.Sprintf("no page of the form asks for %q", path),
			"name a field of a page as form.<field>, not one of the rows of a list, or remove subject", "subject")
	case f.Widget != "text":
		p.add(b.doc, "subject.text", fmt.Sprintf("%q is answered with %s, which cannot name a case", path, f.Widget),
			"name a field with widget: text, or remove subject", "subject")
	}
}

// refers proves that the form asks for the number of the case that a case is about.
func (p *prover) refers(b *itemBuild) {
	path := b.item.Refers
	if path == "" {
		return
	}
	if f := b.item.Field(strings.TrimPrefix(path, "form.")); f == nil || f.Widget != "text" {
		p.add(b.doc, "refers.unknown", fmt.Sprintf("no page of the form asks for a number as %q", path),
			"name a field with widget: text as form.<field> (code drops the hyphens), or remove refers", "refers")
	}
}

// renews proves that a renewal says which licence it renews, and what follows from its expiry.
func (p *prover) renews(b *itemBuild) {
	n := b.item.Renews
	if n == nil {
		return
	}
	if !p.hasLicence(n.Licence) {
		p.add(b.doc, "licence.unknown", fmt.Sprintf("pack.yaml has no licence %q", n.Licence), "add it under licences in pack.yaml, or correct the id", "renews", "licence")
	}
	if f := b.item.Field(strings.TrimPrefix(n.No, "form.")); f == nil || f.Widget != "text" && f.Widget != "code" {
		p.add(b.doc, "renews.no", fmt.Sprintf("no page of the form asks for a number at %q", n.No), "name a field of a page with widget: text or code as form.<field>", "renews", "no")
	}
	if b.item.Limits.Expiry == nil && b.item.Limits.Apply == nil {
		p.add(b.doc, "renews.limit", "nothing follows from the expiry of the licence that is renewed", "write limits: expiry or apply, or remove renews", "renews")
	}
}

func (p *prover) material(b *itemBuild, i int, m *caseflow.Material) {
	doc := b.doc
	at := func(key ...string) []string { return append([]string{"materials", index(i)}, key...) }
	p.noCatchAll(doc, m.Name, at("name")...)
	p.noCatchAll(doc, m.Hint, at("hint")...)
	p.possible(b, m.When, at("when")...)
	if m.Form != "original" && (len(m.Accept) == 0 || m.MaxBytes == 0) {
		p.add(doc, "material.file", fmt.Sprintf("the material %q can be uploaded, but says not which files", m.ID), "add accept and maxBytes", at()...)
	}
	for j, kind := range m.Accept {
		if !slices.Contains(caseflow.FileTypes(), kind) {
			p.add(doc, "material.accept", fmt.Sprintf("no upload is ever kept as %s, so the material %q would wait for it for ever", kind, m.ID),
				"name one of "+strings.Join(caseflow.FileTypes(), ", "), at("accept", index(j))...)
		}
	}
	if m.Source == "government" && m.Need == caseflow.Required && len(m.Licences) == 0 {
		p.add(doc, "material.government", fmt.Sprintf("the material %q is asked for although the government holds it", m.ID),
			"name the licences that stand for it, or make it optional (国务院关于在线政务服务的若干规定 art. 7)", at("source")...)
	}
	if (m.Need == caseflow.Deferrable) != (m.Deferral != nil) {
		p.add(doc, "material.deferral", fmt.Sprintf("the material %q is deferrable without a deferral, or the other way round", m.ID),
			"write need: deferrable and deferral together", at()...)
	}
	p.onFile(b, m, at)
	p.noCatchAll(doc, m.Standard, at("standard")...)
	p.noCatchAll(doc, m.Filling, at("filling")...)
	p.given(doc, m.Sample, at("sample")...)
	p.given(doc, m.Blank, at("blank")...)
	for j, part := range m.Parts {
		if b.item.PartByID(part) == nil {
			p.add(doc, "part.unknown", fmt.Sprintf("the item has no part %q", part), "correct the id", at("parts", index(j))...)
		}
	}
}

// onFile proves that a licence which stands for a material is one that there is, and gives what the form asks for.
func (p *prover) onFile(b *itemBuild, m *caseflow.Material, at func(...string) []string) {
	for j, kind := range m.Licences {
		if !p.hasLicence(kind) {
			p.add(b.doc, "licence.unknown", fmt.Sprintf("pack.yaml has no licence %q", kind),
				"add it under licences in pack.yaml, also if another pack issues it, or correct the id", at("licences", index(j))...)
		}
	}
	if len(m.Fills) > 0 && len(m.Licences) == 0 {
		p.add(b.doc, "material.fills", fmt.Sprintf("no licence fills anything in for the material %q", m.ID), "name licences, or remove fills", at("fills")...)
	}
	for j, f := range m.Fills {
		if b.item.Field(strings.TrimPrefix(f.Field, "form.")) == nil {
			p.add(b.doc, "material.fills", fmt.Sprintf("no page of the form asks for %q", f.Field), "name a field of a page as form.<field>", at("fills", index(j), "field")...)
		}
		if key, shown := strings.CutPrefix(f.From, caseflow.FillShown); shown && !p.stands(m.Licences, key) {
			p.add(b.doc, "material.fills", fmt.Sprintf("nothing stands on the licence as %q", key), "name a key of shows of the step that issues it", at("fills", index(j), "from")...)
		}
	}
}

// knowings proves that what is known already is asked for, and stands where it is said to.
func (p *prover) knowings(b *itemBuild) {
	for i, k := range b.item.Known {
		asks := b.item.Field(strings.TrimPrefix(k.Field, "form."))
		name, ofCase := strings.CutPrefix(k.From, "form.")
		at := func(key string) []string { return []string{"known", index(i), key} }
		switch {
		case asks == nil || asks.Widget == "list":
			p.add(b.doc, "known.field", fmt.Sprintf("no page of the form asks for %q as one answer", k.Field), "name a field of a page as form.<field>", at("field")...)
		case (k.Item == "") == (k.Licence == "") || ofCase != (k.Item != ""):
			p.add(b.doc, "known.from", "it is known from a case of an item, by form.<field>, or from a licence", "name item and from: form.<field>, or licence and what of it", at("from")...)
		case k.Licence != "" && !p.hasLicence(k.Licence):
			p.add(b.doc, "licence.unknown", fmt.Sprintf("pack.yaml has no licence %q", k.Licence), "add it under licences in pack.yaml, or correct the id", at("licence")...)
		case k.Licence != "":
			if key, shown := strings.CutPrefix(k.From, caseflow.FillShown); shown && !p.stands([]string{k.Licence}, key) {
				p.add(b.doc, "known.from", fmt.Sprintf("nothing stands on the licence as %q", key), "name a key of shows of the step that issues it", at("from")...)
			}
		default:
			other := p.items[k.Item]
			if other == nil {
				p.add(b.doc, "item.unknown", fmt.Sprintf("the pack has no item %q", k.Item), "correct the id", at("item")...)
			} else if f := other.item.Field(name); f == nil || f.Widget != asks.Widget {
				p.add(b.doc, "known.from", fmt.Sprintf("the form of %q does not ask for %q in the same way", k.Item, name), "name a field of that form with the same widget", at("from")...)
			}
		}
	}
}

func (p *prover) hasLicence(kind string) bool {
	return slices.ContainsFunc(p.Licences, func(k LicenceKind) bool { return k.ID == kind })
}

// stands reports whether a key stands on one of the licences, or may: what another pack issues is not known here.
func (p *prover) stands(kinds []string, key string) bool {
	known := map[string]bool{}
	for _, it := range p.Items {
		for i := range it.Steps {
			r := it.Steps[i].Result
			if r == nil || !slices.Contains(kinds, r.Licence) {
				continue
			}
			known[r.Licence] = true
			if slices.ContainsFunc(r.Shows, func(d caseflow.Datum) bool { return d.Key == key }) {
				return true
			}
		}
	}
	return len(known) < len(kinds)
}

// given proves that a file which the guide offers is in the pack.
func (p *prover) given(doc *document, name string, at ...string) {
	if _, ok := p.files[name]; name != "" && (!ok || !strings.HasPrefix(name, "samples/")) {
		p.add(doc, "material.sample", fmt.Sprintf("the pack has no file %s in samples/", name), "put it there, or remove it here", at...)
	}
}

// listing proves what the catalogue records for people.
func (p *prover) listing(b *itemBuild) {
	l := &b.item.Listing
	for i, d := range l.Jointly {
		p.department(b.doc, d, "jointly", index(i))
	}
	if (l.Body == "entrusted") != (l.Entrusting.ZH != "") {
		p.add(b.doc, "listing.entrusting", "an entrusted body names who entrusts it, and only an entrusted one does", "write body: entrusted and entrusting together", "body")
	}
	for i, s := range l.Intermediary {
		p.noCatchAll(b.doc, s.Name, "intermediary", index(i), "name")
	}
}

// doors proves that those who take requests in are known, and that the item can be asked for there.
func (p *prover) doors(b *itemBuild) {
	for i, door := range b.item.Doors {
		p.department(b.doc, door.Department, "doors", index(i), "department")
		if !slices.Contains(b.item.Channels, door.Channel) {
			p.add(b.doc, "door.channel", fmt.Sprintf("the item cannot be asked for through %q", door.Channel), "add it to channels, or remove the door", "doors", index(i), "channel")
		}
	}
}

// instant proves that nobody has to judge an item that is accepted when it is handed in.
func (p *prover) instant(b *itemBuild) {
	if !b.item.Instant {
		return
	}
	for i := range b.item.Steps {
		if s := &b.item.Steps[i]; !s.Auto() {
			p.add(b.doc, "item.instant", fmt.Sprintf("the step %q waits for somebody, but the item is instant", s.ID), "remove instant, or use check, issue and notify steps only", b.at(s, "kind")...)
		}
	}
}

func (p *prover) grounds(b *itemBuild, list string, grounds []caseflow.Ground) {
	decides := slices.ContainsFunc(b.item.Steps, func(s caseflow.Step) bool { return s.Kind == caseflow.KindDecide })
	if list == "grounds" && len(grounds) == 0 && decides {
		p.add(b.doc, "ground.none", "the item decides, but has no ground on which it may refuse", "write grounds, each with its clause (行政许可法 art. 38)", list)
	}
	for i, g := range grounds {
		p.noCatchAll(b.doc, g.Text, list, index(i), "text")
		if g.Field != "" && b.form.typ.At(g.Field) == nil {
			p.add(b.doc, "field.unknown", fmt.Sprintf("the form has no field %q", g.Field), "correct the name", list, index(i), "field")
		}
		if g.Material != "" && b.item.MaterialByID(g.Material) == nil {
			p.add(b.doc, "material.unknown", fmt.Sprintf("the item has no material %q", g.Material), "correct the id", list, index(i), "material")
		}
		if g.Part != "" && b.item.PartByID(g.Part) == nil {
			p.add(b.doc, "part.unknown", fmt.Sprintf("the item has no part %q", g.Part), "correct the id", list, index(i), "part")
		}
	}
	for i := range b.item.Steps {
		s := &b.item.Steps[i]
		if list == "grounds" && len(grounds) > 0 && s.Kind == caseflow.KindDecide && len(b.item.GroundsFor(s.Part)) == 0 {
			p.add(b.doc, "ground.none", fmt.Sprintf("%q decides, but no ground may be used against its part", s.ID), "write one for the part, each with its clause (行政许可法 art. 38)", list)
		}
	}
}

// possible proves that a condition compares facts only with values that they can have.
func (p *prover) possible(b *itemBuild, cond caseflow.Condition, at ...string) {
	c, ok := cond.(condition)
	if !ok {
		return
	}
	p.runs(b.doc, c, at...)
	for path, values := range c.Compared() {
		enum := p.values(b, path)
		for _, v := range values {
			if enum != nil && !slices.Contains(enum, v) {
				p.add(b.doc, "value.impossible", fmt.Sprintf("%s is never %q", path, clip(v)), "use one of "+strings.Join(enum, ", "), at...)
			}
		}
	}
}

// runs proves that a condition cannot fail on the facts of a case.
func (p *prover) runs(doc *document, c condition, at ...string) {
	if fault := c.CanFail(); fault != nil {
		p.problems = append(p.problems, fallible(doc, fault, at...))
	}
}

// values lists what a fact can be; nil if it can be anything.
func (p *prover) values(b *itemBuild, path string) []string {
	root, rest, _ := strings.Cut(path, ".")
	switch root {
	case "form":
		return b.form.allowed(rest)
	case "steps":
		if s := b.item.StepByID(caseflow.StepID(rest)); s != nil {
			return outcomes(s)
		}
	}
	return nil
}

// allowed lists what an answer, or each of several answers, can be; nil if it can be anything.
func (f *formBuild) allowed(field string) []string {
	t := f.typ.At(field)
	switch {
	case t == nil:
		return nil
	case t.Kind == rule.List:
		return t.Elem.Enum
	}
	return t.Enum
}

// outcomes lists what a step can end with.
func outcomes(s *caseflow.Step) []string {
	switch s.Kind {
	case caseflow.KindCheck:
		return []string{caseflow.OutcomePass, caseflow.OutcomeFail}
	case caseflow.KindIssue, caseflow.KindNotify, caseflow.KindDeliver, caseflow.KindWait, caseflow.KindCancel:
		return []string{caseflow.OutcomeDone}
	case caseflow.KindDecide:
		return []string{caseflow.OutcomeGrant, caseflow.OutcomeRefuse}
	case caseflow.KindSubcase:
		if s.Subcase != nil && s.Subcase.Detached {
			return []string{caseflow.OutcomeDone}
		}
		return caseflow.ChildEnds()
	case caseflow.KindPublish:
		return []string{caseflow.OutcomeClear, caseflow.OutcomeObjected}
	}
	if len(s.Outcomes) == 0 {
		return []string{caseflow.OutcomeAgree, caseflow.OutcomeDisagree}
	}
	out := make([]string, len(s.Outcomes))
	for i, o := range s.Outcomes {
		out[i] = o.ID
	}
	return out
}
