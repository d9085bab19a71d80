package draw

import (
	"encoding/hex"
	"slices"
	"strings"
)

// check says what is wrong with a sorted plan.
func (p *Plan) check() error {
	if err := p.checkTerms(); err != nil {
		return err
	}
	for i := range p.Sources {
		if err := p.Sources[i].check(); err != nil {
			return err
		}
	}
	if !slices.ContainsFunc(p.Sources, func(s Source) bool { return s.Kind != VRF }) {
		return &Fault{Code: "source.own"}
	}
	if err := p.checkCandidates(); err != nil {
		return err
	}
	if err := p.checkInspectors(); err != nil {
		return err
	}
	return p.checkMethod()
}

// checkTerms looks at all but the lists of people.
func (p *Plan) checkTerms() error {
	if err := checkText("title", p.Title, MaxText); err != nil {
		return err
	}
	if p.Opens.IsZero() || p.Opens.Nanosecond() != 0 || instant(p.Opens.Format(instantLayout)).IsZero() {
		return &Fault{Code: "plan.opens"}
	}
	if p.Predecessor != "" && !isHex(p.Predecessor, 32) {
		return &Fault{Code: "plan.hash", At: "predecessor", Want: "64"}
	}
	for _, list := range []struct {
		name      string
		size, max int
	}{{"sources", len(p.Sources), MaxSources}, {"strata", len(p.Strata), MaxStrata}, {Candidates, len(p.Candidates), MaxCandidates}} {
		switch {
		case list.size == 0:
			return &Fault{Code: "plan.missing", At: list.name}
		case list.size > list.max:
			return &Fault{Code: "plan.many", At: list.name, Want: number(list.max)}
		}
	}
	if id, ok := twice(p.Strata, func(s Stratum) string { return s.ID }); ok {
		return &Fault{Code: "plan.duplicate", At: id, Want: "strata"}
	}
	for _, s := range p.Strata {
		if err := checkText("strata.id", s.ID, MaxID); err != nil {
			return err
		}
		if s.Count != 0 && s.Per10000 != 0 || p.Total != 0 && s.Count+s.Per10000 != 0 {
			return &Fault{Code: "plan.share", At: s.ID}
		}
		if s.Count < 0 || s.Count > MaxCandidates {
			return outside(s.ID, s.Count, 0, MaxCandidates)
		}
		if s.Per10000 < 0 || s.Per10000 > 10000 {
			return outside(s.ID, s.Per10000, 0, 10000)
		}
	}
	if p.Total < 0 || p.Total > MaxCandidates {
		return outside("total", p.Total, 0, MaxCandidates)
	}
	return nil
}

func (p *Plan) checkCandidates() error {
	var weights int64
	for i := range p.Candidates {
		c := &p.Candidates[i]
		if err := checkText("candidates.id", c.ID, MaxID); err != nil {
			return err
		}
		if i > 0 && p.Candidates[i-1].ID == c.ID {
			return &Fault{Code: "plan.duplicate", At: c.ID, Want: Candidates}
		}
		if i > 0 && p.Candidates[i-1].Stratum == c.Stratum {
			// it is looked up once for all that follow each other
		} else if _, ok := p.stratum(c.Stratum); !ok {
			return &Fault{Code: "plan.stratum", At: c.ID, Got: c.Stratum}
		}
		if c.Weight > MaxWeight {
			return outside(c.ID, c.Weight, 1, MaxWeight)
		}
		weights += c.Weight
		for _, s := range []string{c.Region, c.Field} {
			if s != "" {
				if err := checkText(c.ID, s, MaxID); err != nil {
					return err
				}
			}
		}
	}
	if weights > MaxWeights {
		return &Fault{Code: "plan.weights", Got: number(int(weights)), Want: number(MaxWeights)}
	}
	for i, e := range p.Excluded {
		if i > 0 && p.Excluded[i-1].ID == e.ID {
			return &Fault{Code: "plan.conflict", At: e.ID}
		}
		if _, ok := p.candidate(e.ID); !ok {
			return &Fault{Code: "plan.excluded", At: e.ID}
		}
		if err := checkText(e.ID, e.Reason, MaxText); err != nil {
			return err
		}
	}
	return nil
}

// stratum finds a stratum of a sorted plan.
func (p *Plan) stratum(id string) (int, bool) {
	return slices.BinarySearchFunc(p.Strata, id, func(s Stratum, id string) int { return strings.Compare(s.ID, id) })
}

// candidate finds a candidate of a sorted plan.
func (p *Plan) candidate(id string) (int, bool) {
	return slices.BinarySearchFunc(p.Candidates, id, func(c Candidate, id string) int { return strings.Compare(c.ID, id) })
}

// inspector finds an inspector of a sorted plan.
func (p *Plan) inspector(id string) (int, bool) {
	return slices.BinarySearchFunc(p.Inspectors, id, func(i Inspector, id string) int { return strings.Compare(i.ID, id) })
}

func (p *Plan) checkInspectors() error {
	if (p.Pairing == nil) != (len(p.Inspectors) == 0) {
		return &Fault{Code: "plan.pairing"}
	}
	if len(p.Inspectors) > MaxInspectors {
		return &Fault{Code: "plan.many", At: Inspectors, Want: number(MaxInspectors)}
	}
	if p.Pairing == nil {
		return nil
	}
	switch q := p.Pairing; {
	case q.Team < 2 || q.Team > 10:
		return outside("pairing.team", q.Team, 2, 10)
	case q.Cap < 1 || q.Cap > MaxCandidates:
		return outside("pairing.cap", q.Cap, 1, MaxCandidates)
	case q.Together > MaxCandidates:
		return outside("pairing.together", q.Together, 1, MaxCandidates)
	case q.Specialists < 0 || q.Specialists > q.Team:
		return &Fault{Code: "plan.specials", Got: number(int(q.Specialists)), Want: number(int(q.Team))}
	case int64(len(q.Groups)) > q.Team || len(q.Groups) > 0 && q.Specialists > 0:
		return &Fault{Code: "plan.groups", Got: number(len(q.Groups)), Want: number(int(q.Team))}
	}
	if err := p.checkGroups(); err != nil {
		return err
	}
	for i := range p.Inspectors {
		if i > 0 && p.Inspectors[i-1].ID == p.Inspectors[i].ID {
			return &Fault{Code: "plan.duplicate", At: p.Inspectors[i].ID, Want: Inspectors}
		}
		if err := p.checkInspector(&p.Inspectors[i]); err != nil {
			return err
		}
	}
	return nil
}

// checkGroups wants groups that can be met: each named once, and somebody of each among the inspectors.
func (p *Plan) checkGroups() error {
	if s, ok := twice(p.Pairing.Groups, func(s string) string { return s }); ok {
		return &Fault{Code: "plan.duplicate", At: s, Want: "groups"}
	}
	for _, g := range p.Pairing.Groups {
		if err := checkText("pairing.groups", g, MaxID); err != nil {
			return err
		}
		if !slices.ContainsFunc(p.Inspectors, func(i Inspector) bool { return i.Group == g }) {
			return &Fault{Code: "plan.group", At: g}
		}
	}
	return nil
}

func (p *Plan) checkInspector(i *Inspector) error {
	if err := checkText("inspectors.id", i.ID, MaxID); err != nil {
		return err
	}
	if i.Cap < 0 || i.Cap > MaxCandidates {
		return outside(i.ID, i.Cap, 1, MaxCandidates)
	}
	if i.Group != "" {
		if err := checkText(i.ID, i.Group, MaxID); err != nil {
			return err
		}
	}
	for _, list := range [][]string{i.Regions, i.Fields, i.Barred} {
		if len(list) > MaxBarred {
			return &Fault{Code: "plan.many", At: i.ID, Want: number(MaxBarred)}
		}
		if s, ok := twice(list, func(s string) string { return s }); ok {
			return &Fault{Code: "plan.duplicate", At: s, Want: i.ID}
		}
		for _, s := range list {
			if err := checkText(i.ID, s, MaxID); err != nil {
				return err
			}
		}
	}
	for _, s := range i.Barred {
		if _, ok := p.candidate(s); !ok {
			return &Fault{Code: "plan.barred", At: i.ID, Got: s}
		}
	}
	return nil
}

func (p *Plan) checkMethod() error {
	switch p.Method {
	case Tickets:
		return nil
	case RFC3797:
		if len(p.Strata) != 1 || len(p.Candidates) > 65535 ||
			slices.ContainsFunc(p.Candidates, func(c Candidate) bool { return c.Weight != 1 }) ||
			slices.ContainsFunc(p.Sources, func(s Source) bool { return s.Kind != Numbers }) {
			return &Fault{Code: "plan.rfc3797"}
		}
		return nil
	}
	return &Fault{Code: "plan.method", Got: p.Method}
}

// twice returns an id that stands twice in a sorted list.
func twice[T any](list []T, id func(T) string) (string, bool) {
	for i := 1; i < len(list); i++ {
		if id(list[i-1]) == id(list[i]) {
			return id(list[i]), true
		}
	}
	return "", false
}

// isHex reports whether s is the lower-case hexadecimal form of so many bytes.
func isHex(s string, bytes int) bool {
	b, err := hex.DecodeString(s)
	return err == nil && len(b) == bytes && hex.EncodeToString(b) == s
}
