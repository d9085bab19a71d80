package stat

import "github.com/tongban/tongban/internal/caseflow"

// Promise is one limit that an item states for the agency.
type Promise struct {
	Kind string // a clock's kind
	Step caseflow.StepID
	Rule caseflow.Rule
}

// Measure is what counts how it is kept: under this very length, so that another version's promise is another one.
func (p Promise) Measure() string { return LimitOf(p.Kind, p.Step, p.Rule.Limit) }

// Promises lists what an item promises, from the whole to its steps.
func Promises(it *caseflow.Item) []Promise {
	list := []Promise{{Kind: caseflow.ClockAcceptance, Rule: it.Limits.Acceptance}, {Kind: caseflow.ClockStatutory, Rule: it.Limits.Statutory},
		{Kind: caseflow.ClockPromised, Rule: it.Limits.Promised}}
	if it.Limits.Delivery != nil {
		list = append(list, Promise{Kind: caseflow.ClockDelivery, Rule: *it.Limits.Delivery})
	}
	for i := range it.Steps {
		if s := &it.Steps[i]; s.Within != nil {
			list = append(list, Promise{Kind: caseflow.ClockStep, Step: s.ID, Rule: *s.Within})
		}
	}
	return list
}
