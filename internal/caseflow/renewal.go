package caseflow

import (
	"encoding/json"
	"slices"
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

// Held is a licence that the applicant holds: a fact that is looked up before a request that renews, ends or uses one is judged.
type Held struct {
	No, Kind   string
	Expires    workday.Date // zero: never
	State      string
	Region     string // of the case that granted it
	Case       CaseNo
	Item       ItemID // of that case
	Department string // that issued it
	Name       Text
	Holder     string
	Issued     time.Time
	Data       json.RawMessage // what stands on it
}

// NeedsHeld reports whether judging a command on a case of the item needs Env.Held.
func (it *Item) NeedsHeld(cmd Command) bool {
	if it.TakesLicences() {
		switch cmd.(type) {
		case Open, UseLicence, Submit, Correct, Accept:
			return true
		}
	}
	return HandsIn(cmd) && (it.Renews != nil || it.Cancels != nil)
}

// HandsIn reports whether a command may hand a request in.
func HandsIn(cmd Command) bool {
	switch cmd.(type) {
	case Submit, OpenSubcase:
		return true
	}
	return false
}

func (n *Renews) number(f Facts) string {
	v, _ := f.at(n.No)
	no, _ := v.(string)
	return strings.TrimSpace(no)
}

// Renewing reports whether a case renews a licence: its item is for that, and its form names the number.
func (c *Case) Renewing(it *Item, kind, no string) bool {
	var f Facts
	return it.Renews != nil && it.Renews.Licence == kind && json.Unmarshal(c.Form, &f.Form) == nil && it.Renews.number(f) == no
}

// renewed finds the licence that the request renews; nil if the store knows none of that number, so that the form's word
// stands. One that was revoked, or never expires, is not renewed.
func (d *decider) renewed() (*Held, *Refusal) {
	n := d.it.Renews
	if n == nil {
		return nil, nil
	}
	f, r := d.facts()
	if r != nil {
		return nil, r
	}
	no := n.number(f)
	i := slices.IndexFunc(d.env.Held, func(h Held) bool { return h.Kind == n.Licence && h.No == no && h.Region == d.c.Region })
	switch {
	case i < 0:
		return nil, nil
	case d.env.Held[i].State != LicenceValid || d.env.Held[i].Expires.IsZero():
		return nil, &Refusal{Code: CodeNoLicence, Fields: []FieldFault{{Field: strings.TrimPrefix(n.No, "form."), Code: "enum"}}}
	}
	return &d.env.Held[i], nil
}

// anchored gives a rule the date of this case that it is counted back from: the expiry of the licence that is renewed, else
// the answer in the form. It refuses an answer that is no date.
func (d *decider) anchored(rule Rule, held *Held) (Rule, *Refusal) {
	if held != nil {
		rule.Until = held.Expires
		return rule, nil
	}
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
	held, r := d.renewed()
	if r != nil {
		return r
	}
	if held != nil {
		d.emit(RenewalChecked{No: held.No, Expires: held.Expires})
	}
	inTime := true
	if limits.Apply != nil {
		rule, r := d.anchored(*limits.Apply, held)
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
	rule, r := d.anchored(*limits.Expiry, held)
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
