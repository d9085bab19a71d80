package caseflow

import (
	"testing"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/workday"
	"pgregory.net/rapid"
)

// numbered decides which number the n-th licence of a case in the region gets.
func numbered(region string, serial int64, numbering string, before int) string {
	it := &Item{Steps: []Step{{ID: "issue", Result: &Result{Numbering: numbering, Prefix: "渭公印备"}}}}
	d := &decider{it: it, c: &Case{Region: region, Serial: serial}, env: Env{Now: monday, Calendar: workday.National()}}
	for range before {
		d.c.Licences = append(d.c.Licences, Licence{Step: "issue"})
	}
	return d.licenceNo(it.Steps[0].Result)
}

func everyRegion() []string {
	list := []string{"yangling", "xixian", "hancheng"}
	for _, province := range ident.Administrative().Children("") {
		list = append(list, province.Code)
		for _, city := range ident.Administrative().Children(province.Code) {
			list = append(list, city.Code)
			for _, county := range ident.Administrative().Children(city.Code) {
				list = append(list, county.Code)
			}
		}
	}
	return list
}

func TestCreditCodes(t *testing.T) {
	t.Run("are right in every region, and no two have one organisation code", func(t *testing.T) {
		seen := map[ident.OrgCode]string{}
		for _, region := range everyRegion() {
			for _, serial := range []int64{0, 1, 2, 25, lastCreditSerial} {
				for n := range creditCodesPerCase {
					code, err := ident.ParseCreditCode(numbered(region, serial, NumberCreditCode, n))
					if err != nil {
						t.Fatalf("%s %d %d: %v", region, serial, n, err)
					}
					if code.Region() != ident.RegisteringCode(region) {
						t.Fatalf("%s registers as %s", region, code.Region())
					}
					if other, taken := seen[code.OrgCode()]; taken {
						t.Fatalf("%s and %s have the organisation code %s", region, other, code.OrgCode())
					}
					seen[code.OrgCode()] = region
				}
			}
		}
	})
	t.Run("never collide whatever the case", func(t *testing.T) {
		regions := everyRegion()
		type place struct {
			region string
			serial int64
			n      int
		}
		rapid.Check(t, func(t *rapid.T) {
			seen := map[string]place{}
			for range 50 {
				p := place{rapid.SampledFrom(regions).Draw(t, "region"), rapid.Int64Range(0, 40).Draw(t, "serial"),
					rapid.IntRange(0, creditCodesPerCase-1).Draw(t, "licence")}
				code := organisationCode(p.region, p.serial, p.n)
				if other, taken := seen[code]; taken && other != p || code == "" {
					t.Fatalf("%+v and %+v have %q", p, other, code)
				}
				seen[code] = p
			}
		})
	})
	t.Run("end where their characters do", func(t *testing.T) {
		for _, no := range []string{
			numbered("610502", lastCreditSerial+1, NumberCreditCode, 0), numbered("610502", 1, NumberCreditCode, creditCodesPerCase),
			numbered("610502", -1, NumberCreditCode, 0), numbered("nowhere", 1, NumberCreditCode, 0),
		} {
			if no != "" {
				t.Errorf("a number is made up: %s", no)
			}
		}
	})
}

func TestSerialNumbersReadLikeThoseOfDocuments(t *testing.T) {
	for region, want := range map[string]string{
		"610502": "渭公印备〔2026〕610502-10-2号", "yangling": "渭公印备〔2026〕杨凌示范区10-2号",
	} {
		if got := numbered(region, 10, "serial", 1); got != want {
			t.Errorf("%s: %s, want %s", region, got, want)
		}
	}
}

// A licence that cannot be numbered is not issued, and the case waits for the head instead of being refused to everybody.
func TestNoLicenceIsIssuedWithoutANumber(t *testing.T) {
	d := newDesk(t)
	d.fill()
	d.ok(owner, Submit{})
	d.ok(clerk, Accept{})
	d.it.Steps[1].Result.Numbering = NumberCreditCode
	d.c.Serial = lastCreditSerial + 1
	dec, r := Decide(d.c, d.it, reviewer("market"), Grant{Task: d.task("register")}, d.env())
	if r != nil || len(dec.Case.Licences) != 0 || dec.Case.step("licence").Stuck != StuckIssue {
		t.Fatalf("%v, licences %v, step %+v", r, dec.Case.Licences, dec.Case.step("licence"))
	}
	judge := Complete{Task: dec.Case.LastTask, Outcome: OutcomeAgain, Words: "号段已更新"}
	if _, r := Decide(dec.Case, d.it, chief, judge, d.env()); r == nil || r.Code != CodeNumber {
		t.Fatalf("issued again: %v", r)
	}
	dec.Case.Serial = 8
	if dec, r = Decide(dec.Case, d.it, chief, judge, d.env()); r != nil || len(dec.Case.Licences) != 1 || dec.Case.step("tax").State != StepReady {
		t.Fatalf("%v, licences %v", r, dec.Case.Licences)
	}
}
