package pack

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/workday"
)

// use is one place of an item where a limit does something.
type use struct {
	name string // as a problem calls it
	rule caseflow.Rule
	may  []caseflow.Effect // what its lapse can do there
	at   []string          // of the rule
}

// uses lists every limit of an item that is named by its id.
func (b *itemBuild) uses() []use {
	l := &b.item.Limits
	out := []use{
		{"limits.acceptance", l.Acceptance, []caseflow.Effect{"", caseflow.EffectAccept}, []string{"limits", "acceptance"}},
		{"limits.statutory", l.Statutory, []caseflow.Effect{"", caseflow.EffectGrant}, []string{"limits", "statutory"}},
		{"limits.promised", l.Promised, []caseflow.Effect{""}, []string{"limits", "promised"}},
		{correctionUse, l.Correction, []caseflow.Effect{"", caseflow.EffectWithdraw}, []string{"limits", "correction"}},
	}
	if l.Delivery != nil {
		out = append(out, use{"limits.delivery", *l.Delivery, []caseflow.Effect{""}, []string{"limits", "delivery"}})
	}
	for i := range b.item.Steps {
		s := &b.item.Steps[i]
		if s.Within == nil {
			continue
		}
		may := []caseflow.Effect{""}
		if s.Kind == caseflow.KindDecide {
			may = append(may, caseflow.EffectGrant)
		}
		out = append(out, use{fmt.Sprintf("the step %q", s.ID), *s.Within, may, b.at(s, "within")})
	}
	for i, m := range b.item.Materials {
		if m.Deferral != nil {
			out = append(out, use{fmt.Sprintf("the deferral of %q", m.ID), m.Deferral.Rule, []caseflow.Effect{caseflow.EffectBreach},
				[]string{"materials", index(i), "deferral", "rule"}})
		}
	}
	return out
}

const correctionUse = "limits.correction"

// limits proves of every limit that it counts forward, bounds what it should, and does at its lapse what the law lets it.
func (p *prover) limits(b *itemBuild) {
	for _, u := range b.uses() {
		at := func(key string) []string { return append(slices.Clone(u.at), key) }
		if !slices.Contains(u.may, u.rule.Effect) {
			p.add(b.doc, "limit.effect", fmt.Sprintf("the lapse of %s cannot be %q", u.name, u.rule.Effect),
				"accept belongs to limits.acceptance, withdraw to limits.correction, breach to every deferral, grant to limits.statutory or a decision, nothing elsewhere", at("effect")...)
		} else if u.rule.Effect == caseflow.EffectGrant && !p.grants(u.rule) {
			p.add(b.doc, "limit.grant", fmt.Sprintf("no law that is known grants when %s lapses (%s)", u.name, u.rule.Basis),
				"remove effect, or rest the limit on 行政许可法 art. 50 or a row of the catalogue that says so", at("effect")...)
		}
		p.forward(b, u.name, u.rule.Limit, at("rule")...)
		if u.rule.Soon.Backward {
			p.add(b.doc, "limit.backward", fmt.Sprintf("the warning of %s counts back", u.name), "write soon without the minus", at("soon")...)
		}
		if law, ok := p.law(u.rule.ID); ok && law.Bound != workday.AtMost && u.name != correctionUse {
			p.add(b.doc, "limit.minimum", fmt.Sprintf("%s is the shortest time that somebody must be given, or no length at all: nothing is late by it", law),
				"name a limit that says by when something is to be done", at("rule")...)
		}
	}
	p.statutory(b)
	p.extension(b)
	p.stops(b)
	for i := range b.item.Steps {
		s := &b.item.Steps[i]
		if s.Result == nil || s.Result.Valid == nil {
			continue
		}
		p.forward(b, "the validity of "+s.Result.Licence, *s.Result.Valid, b.at(s, "result", "valid")...)
		if s.Result.Valid.N == 0 {
			p.add(b.doc, "limit.none", fmt.Sprintf("what %q issues would be valid for no time", s.ID), "remove valid for a result without expiry, or write how long", b.at(s, "result", "valid")...)
		}
	}
}

// grants reports whether silence grants by law: 行政许可法 art. 50, or a row of the catalogue that says so.
func (p *prover) grants(r caseflow.Rule) bool {
	law, ok := p.law(r.ID)
	return ok && strings.Contains(law.Effect, "准予") || lawName(r.Basis.Law) == "行政许可法" && strings.HasPrefix(r.Basis.Article, "50")
}

// forward proves that a limit counts forward.
func (p *prover) forward(b *itemBuild, what string, l workday.Limit, at ...string) {
	if l.Backward {
		p.add(b.doc, "limit.backward", what+" counts back, from an event that lies ahead", "name a limit that counts forward", at...)
	}
}

// longestOwn bounds a statutory limit that the catalogue does not have: no law that was read gives an authority longer to
// decide on a request.
var longestOwn = workday.Limit{N: 1, Unit: workday.Year}

func (p *prover) statutory(b *itemBuild) {
	l := b.item.Limits.Statutory
	if _, known := p.law(l.ID); known {
		return
	}
	if _, _, _, bad := longer(l.Limit, longestOwn); bad {
		p.add(b.doc, "time.statutory", fmt.Sprintf("the pack's own limit %q gives the authority %s: no law is known that lets a decision take more than %s", l.ID, l.Limit, longestOwn),
			"name the limit of the law from the catalogue, or shorten your own", "limits", "statutory")
	}
}

// extension proves that time is lengthened only as far as the law lets it. Where it names no number, and where the
// limit is the pack's own, an extension is at most as long as the limit that it lengthens.
func (p *prover) extension(b *itemBuild) {
	x := b.item.Extension
	if x == nil {
		return
	}
	if !p.hasRole(x.Role) {
		p.add(b.doc, "role.unknown", fmt.Sprintf("there is no role %q", x.Role), "add it under roles in pack.yaml, or correct the id", "extension", "role")
	}
	p.forward(b, "the extension", x.Limit, "extension", "limit")
	statutory := b.item.Limits.Statutory
	law, ok := p.law(statutory.ID)
	switch {
	case ok && law.Extension.Text == "":
		p.add(b.doc, "extension.none", fmt.Sprintf("%s knows no extension", law), "remove extension", "extension")
	case ok && law.Extension.By.N > 0:
		if x.Limit.Unit != law.Extension.By.Unit || x.Limit.N > law.Extension.By.N {
			p.add(b.doc, "extension.long", fmt.Sprintf("the law lets %q be extended by %s, not %s", statutory.ID, law.Extension.By, x.Limit),
				"write the law's limit or a shorter one of the same unit", "extension", "limit")
		}
	default:
		if _, _, _, bad := longer(x.Limit, statutory.Limit); bad {
			p.add(b.doc, "extension.long", fmt.Sprintf("no law that is known lets %q be extended by %s, which is longer than the limit itself (%s)", statutory.ID, x.Limit, statutory.Limit),
				"write an extension that is at most as long as the limit", "extension", "limit")
		}
	}
}

// stopCauses are the special procedures whose time does not count: 行政许可法 art. 45, and the laws of single fields. The
// law names a number for the hearing alone (art. 47: within 20 days); for the others, of which it says only that the time
// needed is told in writing, the house sets a bound, so that a stop does not become a pause button.
var stopCauses = []string{"hearing", "tender", "auction", "inspection", "testing", "quarantine", "appraisal", "expert-review"}

var (
	hearingStop = workday.Limit{N: 20, Unit: workday.WorkDay}
	longestStop = workday.Limit{N: 90, Unit: workday.Day}
)

// mostStops is how often a case may stop for one cause.
const mostStops = 3

func (p *prover) stops(b *itemBuild) {
	for i, s := range b.item.Stops {
		at := func(key string) []string { return []string{"stops", index(i), key} }
		if !slices.Contains(stopCauses, s.ID) {
			p.add(b.doc, "stop.cause", fmt.Sprintf("the law knows no stop for %q", s.ID), "use one of "+strings.Join(stopCauses, ", ")+" (行政许可法 art. 45)", at("id")...)
		}
		p.forward(b, fmt.Sprintf("the stop %q", s.ID), s.Max, at("max")...)
		most := longestStop
		if s.ID == "hearing" {
			most = hearingStop
		}
		if _, _, _, bad := longer(s.Max, most); bad {
			p.add(b.doc, "stop.long", fmt.Sprintf("a stop for %s may take %s, longer than %s", s.ID, s.Max, most),
				"shorten max: what takes longer is decided without it, or asked for again (行政许可法 art. 45, 47)", at("max")...)
		}
		if s.Times > mostStops {
			p.add(b.doc, "stop.often", fmt.Sprintf("a case may stop %d times for %s", s.Times, s.ID), fmt.Sprintf("allow it at most %d times", mostStops), at("times")...)
		}
	}
}
