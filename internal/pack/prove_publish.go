package pack

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tongban/tongban/internal/caseflow"
)

// publishes proves that a public notice shows facts, names nobody by a document or a telephone, and ends by a ground that there is.
func (p *prover) publishes(b *itemBuild, s *caseflow.Step) {
	wrong := func(code, what, mend string, key ...string) { p.add(b.doc, code, what, mend, b.at(s, key...)...) }
	seen := map[string]bool{}
	for i, d := range s.Publish.Shows {
		p.fromFacts(b, d.From, b.at(s, "publish", "shows", index(i), "from")...)
		if seen[d.Key] {
			wrong("publish.twice", fmt.Sprintf("%q is published a second time", d.Key), "give it another key", "publish", "shows", index(i), "key")
		}
		seen[d.Key] = true
		if strings.HasPrefix(d.From, "applicant.") && slices.Contains(b.item.For, "person") {
			wrong("publish.personal", "who asks may be a person, whom everybody would read of", "remove person from for, or publish something else", "publish", "shows", index(i), "from")
		}
		if f := b.item.Field(strings.TrimPrefix(d.From, "form.")); f != nil && private(f) {
			wrong("publish.personal", fmt.Sprintf("%s is a number that tells a person apart: everybody would read it", d.From), "publish the name alone (个人信息保护法 art. 6)", "publish", "shows", index(i), "from")
		}
	}
	ground := slices.ContainsFunc(b.item.Grounds, func(g caseflow.Ground) bool { return g.ID == s.Publish.Ground })
	if ends := s.Publish.Objection == caseflow.ObjectionEnds; ends != (s.Publish.Ground != "") || ends && !ground {
		wrong("publish.ground", fmt.Sprintf("an objection to %q ends the case by a ground of the item, and only with objection: ends", s.ID), "name one of the grounds, or remove ground", "publish", "objection")
	}
}

// private reports whether an answer is a number by which a person is found: of a document, a telephone, an address of mail.
func private(f *caseflow.Field) bool {
	return slices.Contains([]string{"id", "phone", "email", "list"}, f.Widget)
}

// cancels proves that an item that ends a licence is asked for by a company, and has one step that does it.
func (p *prover) cancels(b *itemBuild) {
	n := b.item.Cancels
	if n == nil {
		return
	}
	if !p.hasLicence(n.Licence) {
		p.add(b.doc, "licence.unknown", fmt.Sprintf("pack.yaml has no licence %q", n.Licence), "add it under licences in pack.yaml, or correct the id", "cancels", "licence")
	}
	if slices.Contains(b.item.For, "person") {
		p.add(b.doc, "cancels.for", "a person has no credit code by which the licence is found", "remove person from for", "for")
	}
	steps := 0
	for i := range b.item.Steps {
		if b.item.Steps[i].Kind == caseflow.KindCancel {
			steps++
		}
	}
	if steps != 1 {
		p.add(b.doc, "cancels.step", fmt.Sprintf("%d steps end the licence", steps), "write one step with kind: cancel", "cancels")
	}
}
