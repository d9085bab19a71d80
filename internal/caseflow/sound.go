package caseflow

import (
	"slices"

	"github.com/tongban/tongban/workday"
)

// sound refuses an item that no case may begin on: a step of a kind that nobody knows, a limit that counts into the wrong
// direction, an extension beyond the rules. A pack is refused for it when it is proved; this holds for whatever reaches
// the core.
func (it *Item) sound() *Refusal {
	for i := range it.Steps {
		s := &it.Steps[i]
		if !slices.Contains(Kinds(), s.Kind) || (s.Kind == KindSubcase) != (s.Subcase != nil) || (s.Kind == KindPublish) != (s.Publish != nil) || s.Timed() && s.Within == nil {
			return refuse(CodeItem, string(s.ID))
		}
		if s.Publish != nil && !s.Publish.Answer.forward() {
			return refuse(CodeItem, string(s.ID))
		}
		if s.Within != nil && !s.Within.forward() || s.Result != nil && s.Result.Valid != nil && !counts(*s.Result.Valid, false) {
			return refuse(CodeItem, string(s.ID))
		}
	}
	for i := range it.Materials {
		if m := &it.Materials[i]; m.Deferral != nil && !m.Deferral.Rule.forward() {
			return refuse(CodeItem, m.ID)
		}
	}
	for i := range it.Stops {
		if s := &it.Stops[i]; !counts(s.Max, false) {
			return refuse(CodeItem, s.ID)
		}
	}
	if !it.Limits.sound() {
		return refuse(CodeItem, "limits")
	}
	if x := it.Extension; x != nil && (x.Role == "" || !counts(x.Limit, false)) {
		return refuse(CodeItem, "extension")
	}
	return nil
}

// sound reports whether each limit counts into its direction: back to a date those that have one, forward all others.
func (l *Limits) sound() bool {
	return l.Acceptance.forward() && l.Statutory.forward() && l.Promised.forward() && l.Correction.forward() &&
		(l.Delivery == nil || l.Delivery.forward()) && (l.Expiry == nil || l.Expiry.back()) && (l.Apply == nil || l.Apply.back())
}

func (r *Rule) forward() bool {
	return counts(r.Limit, false) && counts(r.Soon, false) && r.Anchor == ""
}

func (r *Rule) back() bool { return counts(r.Limit, true) && counts(r.Soon, false) && r.Anchor != "" }

// counts reports whether a limit is one, and runs the way that is asked for.
func counts(l workday.Limit, backward bool) bool { return l.Valid() == nil && l.Backward == backward }
