package caseflow

import (
	"strings"
	"time"

	"github.com/tongban/tongban/workday"
)

// Start is the instant that a clock's limit is counted from: what started it, or the date that it is anchored at.
func (k *Clock) Start() time.Time {
	if !k.Rule.Until.IsZero() {
		return k.Rule.Until.Start()
	}
	return k.From
}

// at is the rule, counted back from the date if it is anchored.
func (r *Rule) at(until workday.Date) Rule {
	rule := *r
	if rule.Anchor != "" {
		rule.Until = until
	}
	return rule
}

// anchored gives a rule the date of this case that it is counted back from. It refuses an answer that is no date.
func (d *decider) anchored(rule Rule) (Rule, *Refusal) {
	f, r := d.facts()
	if r != nil {
		return rule, r
	}
	v, _ := f.at(rule.Anchor)
	text, _ := v.(string)
	date, err := workday.ParseDate(text)
	if err != nil {
		return rule, &Refusal{Code: CodeForm, Fields: []FieldFault{{Field: strings.TrimPrefix(rule.Anchor, "form."), Code: "date"}}}
	}
	rule.Until = date
	return rule, nil
}

// renews starts the clock of a request to renew a licence, from when it is handed in to the day on which the licence
// expires. 行政许可法 art. 50: it is handed in thirty days before, and counts as granted if nobody decides until then.
func (d *decider) renews() *Refusal {
	limits := &d.it.Limits
	inTime := true
	if limits.Apply != nil {
		rule, r := d.anchored(*limits.Apply)
		if r != nil {
			return r
		}
		last := d.times(rule, d.env.Now, nil, nil).Due
		if inTime = d.env.Now.Before(last); !inTime && rule.Effect == EffectRefuse {
			return refuse(CodeTooLate).because(rule.Basis.Law, rule.Basis.Article)
		}
		if !inTime {
			d.emit(AppliedLate{Due: last})
		}
	}
	if limits.Expiry == nil {
		return nil
	}
	rule, r := d.anchored(*limits.Expiry)
	if r != nil {
		return r
	}
	if !inTime {
		rule.Effect = EffectNone
	}
	if !d.env.Now.Before(d.times(rule, d.env.Now, nil, nil).Due) { // nothing is left to be renewed
		return refuse(CodeTooLate).because(rule.Basis.Law, rule.Basis.Article)
	}
	d.startClock(ClockExpiry, ClockExpiry, "", d.it.Department, rule, d.env.Now)
	return nil
}
