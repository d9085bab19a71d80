package caseflow

import (
	"testing"
	"time"

	"github.com/tongban/tongban/workday"
)

// What the prover refuses is refused by the core as well: no case begins on it.
func TestNoCaseBeginsOnAnItemThatIsNotSound(t *testing.T) {
	back := workday.Limit{N: 3, Unit: workday.WorkDay, Backward: true}
	for name, spoil := range map[string]func(it *Item){
		"step of no kind":            func(it *Item) { it.Steps[0].Kind = "" },
		"step of a kind mistyped":    func(it *Item) { it.Steps[0].Kind = "reveiw" },
		"subcase of no item":         func(it *Item) { it.Steps[0].Kind = KindSubcase },
		"subcase of a review":        func(it *Item) { it.Steps[0].Subcase = &Subcase{Item: "x"} },
		"step":                       func(it *Item) { r := rule("x", 1, ""); r.Limit = back; it.Steps[0].Within = &r },
		"acceptance":                 func(it *Item) { it.Limits.Acceptance.Limit = back },
		"statutory":                  func(it *Item) { it.Limits.Statutory.Limit = back },
		"promised":                   func(it *Item) { it.Limits.Promised.Limit = back },
		"correction":                 func(it *Item) { it.Limits.Correction.Limit = back },
		"delivery":                   func(it *Item) { it.Limits.Delivery = &Rule{Limit: back} },
		"warning":                    func(it *Item) { it.Limits.Promised.Soon = back },
		"forward limit with a date":  func(it *Item) { it.Limits.Promised.Anchor = "form.x" },
		"expiry without a date":      func(it *Item) { it.Limits.Expiry = &Rule{Limit: back} },
		"expiry that counts forward": func(it *Item) { it.Limits.Expiry = &Rule{Limit: wd(3), Anchor: "form.x"} },
		"application after the date": func(it *Item) { it.Limits.Apply = &Rule{Limit: wd(3), Anchor: "form.x"} },
		"unit":                       func(it *Item) { it.Limits.Promised.Limit.Unit = 99 },
		"deferral": func(it *Item) {
			it.Materials = []Material{{ID: "m", Deferral: &Deferral{Rule: Rule{Limit: back}}}}
		},
		"stop":                func(it *Item) { it.Stops = []StopCause{{ID: "hearing", Max: back}} },
		"validity":            func(it *Item) { it.Steps[0].Kind, it.Steps[0].Result = KindIssue, &Result{Valid: &back} },
		"extension":           func(it *Item) { it.Extension = &Extension{Limit: back, Role: RoleHead} },
		"extension by nobody": func(it *Item) { it.Extension = &Extension{Limit: wd(3)} },
	} {
		t.Run(name, func(t *testing.T) {
			it := oneStep()
			env := Env{Now: time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC), Calendar: workday.National(), No: "1", Region: "610502", Serial: 1}
			open := Open{Channel: ChannelOnline, Applicant: applicant}
			if _, r := Decide(nil, it, owner, open, env); r != nil {
				t.Fatal(r)
			}
			spoil(it)
			if _, r := Decide(nil, it, owner, open, env); r == nil || r.Code != CodeItem {
				t.Fatalf("got %v", r)
			}
		})
	}
}

// 行政许可法 art. 42: an extension is an exception to a limit, not another one. Where a law of its own lets it be longer,
// the catalogue says so.
func TestAnExtensionIsNotLongerThanTheLawLetsIt(t *testing.T) {
	for _, test := range []struct {
		rule   string
		limit  workday.Limit
		by     workday.Limit
		refuse bool
	}{
		{"own", wd(5), wd(5), false},
		{"own", wd(5), wd(6), true},
		{"own", wd(5), wd(0), true},
		{"licence.decision", wd(20), wd(10), false},
		{"licence.decision", wd(20), wd(11), true},
		{"bankr.rule_on_creditor_petition", workday.Limit{N: 10, Unit: workday.Day}, workday.Limit{N: 15, Unit: workday.Day}, false},
	} {
		it := oneStep()
		it.Limits.Statutory = rule(test.rule, 0, "")
		it.Limits.Statutory.Limit = test.limit
		it.Extension = &Extension{Limit: test.by, Role: RoleHead}
		d := runningOne(t, it)
		if test.refuse {
			d.no(CodeNotExtendable, chief, Extend{"案情复杂"})
		} else {
			d.ok(chief, Extend{"案情复杂"})
		}
	}
}
