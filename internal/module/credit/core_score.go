package credit

import (
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/workday"
)

// Score (市民诚信分) is what citizens who want it get for good deeds: points, and perks for points. It rewards and nothing else. No
// deed takes points away, nobody else sees who a member is, and no step, right or check of the program can read it.
type Score struct {
	ID    string         `json:"id"`
	Name  caseflow.Text  `json:"name"`
	Basis caseflow.Basis `json:"basis"`
	Deeds []DeedRule     `json:"deeds"`
	Perks []Perk         `json:"perks"`
}

// DeedRule says what a kind of deed is worth.
type DeedRule struct {
	ID     string        `json:"id"`
	Name   caseflow.Text `json:"name"`
	Points int64         `json:"points"`
	Most   int64         `json:"most"`   // points that all deeds of the kind together give
	Months int           `json:"months"` // for how long a deed counts
}

// Perk is what members with enough points get from a provider.
type Perk struct {
	ID       string        `json:"id"`
	Name     caseflow.Text `json:"name"`
	Provider caseflow.Text `json:"provider"`
	Points   int64         `json:"points"`
}

// Deed is what a department reports of a member.
type Deed struct {
	Ref
	Kind string
	Day  workday.Date
}

func (s *Score) rule(id string) *DeedRule {
	for i := range s.Deeds {
		if s.Deeds[i].ID == id {
			return &s.Deeds[i]
		}
	}
	return nil
}

func (s *Score) perk(id string) *Perk {
	for i := range s.Perks {
		if s.Perks[i].ID == id {
			return &s.Perks[i]
		}
	}
	return nil
}

// Points is what deeds give on a day.
func (s *Score) Points(deeds []Deed, day workday.Date) (sum int64) {
	by := map[string]int64{}
	for _, d := range deeds {
		if r := s.rule(d.Kind); r != nil && d.Day <= day && day < afterMonths(d.Day, r.Months) {
			by[d.Kind] += r.Points
		}
	}
	for kind, n := range by {
		sum += min(n, s.rule(kind).Most)
	}
	return sum
}
