package ident

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"time"
)

// today is the day on which the tests stand.
var today = time.Date(2026, 11, 24, 12, 0, 0, 0, time.FixedZone("CST", 8*3600))

type vector struct{ Code, Why string }

type vectorFile struct {
	USCC struct {
		Alphabet string
		Weights  []int
		Valid    []string
		Invalid  []vector
	}
	OrgCode struct {
		Weights []int
		Valid   []string
	}
	CitizenID struct {
		Weights []int
		Valid   []string
		Invalid []vector
		Upgrade [][2]string `json:"upgrade_15_to_18"`
	} `json:"citizen_id"`
}

func vectors(t *testing.T) vectorFile {
	t.Helper()
	raw, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var v vectorFile
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	if len(v.USCC.Valid) == 0 || len(v.OrgCode.Valid) == 0 || len(v.CitizenID.Valid) == 0 || len(v.CitizenID.Upgrade) == 0 {
		t.Fatal("testdata/vectors.json lacks a part")
	}
	return v
}

// fault asserts that err is a Fault with this code and returns it.
func fault(t *testing.T, err error, code string) *Fault {
	t.Helper()
	var f *Fault
	if !errors.As(err, &f) {
		t.Fatalf("got error %v, want a Fault %s", err, code)
	}
	if f.Code != code {
		t.Fatalf("got %s (%s), want %s", f.Code, f, code)
	}
	return f
}

func TestVectors(t *testing.T) {
	v := vectors(t)
	if v.USCC.Alphabet != creditAlphabet {
		t.Errorf("alphabet is %s", v.USCC.Alphabet)
	}
	for i, w := range v.USCC.Weights {
		if creditWeights[i] != w {
			t.Errorf("credit weight %d is %d, want %d", i, creditWeights[i], w)
		}
	}
	for i, w := range v.OrgCode.Weights {
		if orgWeights[i] != w {
			t.Errorf("organisation weight %d is %d, want %d", i, orgWeights[i], w)
		}
	}
	for i, w := range v.CitizenID.Weights {
		if citizenWeights[i] != w {
			t.Errorf("citizen weight %d is %d, want %d", i, citizenWeights[i], w)
		}
	}
	for _, s := range v.USCC.Valid {
		if c, err := ParseCreditCode(s); err != nil || string(c) != s || !c.Valid() {
			t.Errorf("%s: %q, %v", s, c, err)
		}
	}
	for _, s := range v.OrgCode.Valid {
		if c, err := ParseOrgCode(s); err != nil || c.Format() != s || !c.Valid() {
			t.Errorf("%s: %q, %v", s, c, err)
		}
	}
	for _, s := range v.CitizenID.Valid {
		if id, err := ParseCitizenID(s, today); err != nil || id.Reveal() != s || !id.Valid() {
			t.Errorf("%s: %q, %v", s, id.Reveal(), err)
		}
	}
	for _, pair := range v.CitizenID.Upgrade {
		if id, err := UpgradeCitizenID(pair[0], today); err != nil || id.Reveal() != pair[1] {
			t.Errorf("%s: %q, %v", pair[0], id.Reveal(), err)
		}
	}
}

// The invalid vectors are invalid as they stand. Two kinds become valid when normalised, which parsing does.
func TestInvalidVectors(t *testing.T) {
	v := vectors(t)
	normalises := func(why string) bool { return strings.Contains(why, "normalise") }
	for _, x := range v.USCC.Invalid {
		if CreditCode(x.Code).Valid() {
			t.Errorf("%s is valid as it stands, though: %s", x.Code, x.Why)
		}
		c, err := ParseCreditCode(x.Code)
		if normalises(x.Why) {
			if err != nil || c != "91350100M000100Y43" {
				t.Errorf("%s is not normalised: %q, %v", x.Code, c, err)
			}
		} else if err == nil || c != "" {
			t.Errorf("%s is accepted, though: %s", x.Code, x.Why)
		}
	}
	for _, x := range v.CitizenID.Invalid {
		id, err := ParseCitizenID(x.Code, today)
		if normalises(x.Why) {
			if CitizenID(x.Code).Valid() || err != nil || id.Reveal() != strings.ToUpper(x.Code) {
				t.Errorf("%s is not normalised: %v", x.Code, err)
			}
		} else if err == nil || id != "" {
			t.Errorf("%s is accepted, though: %s", x.Code, x.Why)
		}
	}
}

func TestCreditCodeFaults(t *testing.T) {
	for name, c := range map[string]struct {
		in   string
		want Fault
	}{
		"nothing":                      {" \u3000", Fault{Code: "uscc.empty"}},
		"one too few":                  {"91350100M000100Y4", Fault{Code: "uscc.length", Got: "17", Want: "18"}},
		"letter O in the region":       {"9135O100M000100Y43", Fault{Code: "uscc.digit", Pos: 5, Got: "O", Want: "0"}},
		"letter I":                     {"91350100M000I00Y43", Fault{Code: "uscc.char", Pos: 13, Got: "I", Want: "1"}},
		"letter S":                     {"91350100M000S00Y43", Fault{Code: "uscc.char", Pos: 13, Got: "S", Want: "5"}},
		"letter Z":                     {"91350100M000100Y4z", Fault{Code: "uscc.char", Pos: 18, Got: "Z", Want: "2"}},
		"letter V":                     {"91350100M000100V43", Fault{Code: "uscc.char", Pos: 16, Got: "V", Want: "U"}},
		"lawful letter in the region":  {"9135B100M000100Y43", Fault{Code: "uscc.digit", Pos: 5, Got: "B", Want: "8"}},
		"markup":                       {"91350100M000100Y4<", Fault{Code: "uscc.char", Pos: 18, Got: "<"}},
		"NUL":                          {"91350100M000100Y4\x00", Fault{Code: "uscc.char", Pos: 18, Got: "U+0000"}},
		"check character":              {"91350100M000100Y42", Fault{Code: "uscc.check", Pos: 18, Got: "2", Want: "3", Near: "1-8, 18"}},
		"exchange in the organisation": {"91350100M000010Y43", Fault{Code: "uscc.check", Pos: 18, Got: "3", Want: "J", Swap: 13, Near: "9-17"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ParseCreditCode(c.in)
			if f := fault(t, err, c.want.Code); *f != c.want {
				t.Errorf("got %+v, want %+v", *f, c.want)
			}
		})
	}
}

func TestCreditCodeInnerOrganisationCode(t *testing.T) {
	body := "610104MA6W0001" + "00" // organisation code ends in a wrong check character
	enterprise := "91" + body[:15]
	if orgCheck(enterprise[8:16]) == enterprise[16] {
		t.Fatal("the inner code is right by chance")
	}
	enterprise += string(creditCheck(enterprise))
	individual := "92" + enterprise[2:17]
	individual += string(creditCheck(individual))

	_, err := ParseCreditCode(enterprise)
	if f := fault(t, err, "uscc.inner"); f.Pos != 17 || f.Want == "" {
		t.Errorf("got %+v", f)
	}
	c, err := ParseCreditCode(individual)
	if err != nil {
		t.Fatalf("an individual business is refused: %v", err)
	}
	if w := c.Warnings(); len(w) != 1 || w[0].Code != "uscc.inner" {
		t.Errorf("warnings: %v", w)
	}
	if w := CreditCode("91350100M000100Y43").Warnings(); w != nil {
		t.Errorf("warnings on a right code: %v", w)
	}
}

func TestCreditCodeParts(t *testing.T) {
	c := CreditCode("91350100M000100Y43")
	if c.Authority() != "9" || c.Category() != "1" || c.Region() != "350100" || c.OrgCode() != "M000100Y4" ||
		c.Kind() != KindEnterprise || c.OrgCode().Format() != "M000100Y-4" {
		t.Errorf("%s %s %s %s %s", c.Authority(), c.Category(), c.Region(), c.OrgCode(), c.Kind())
	}
	for _, c := range []CreditCode{"", "91", "9135010"} {
		if c.Authority()+c.Category()+c.Region()+string(c.OrgCode()) != "" || c.Kind() != KindUnknown || c.Warnings() != nil {
			t.Errorf("parts of %q", c)
		}
	}
	odd := MakeCreditCode('Q', '7', "610104", "MA6W0001")
	if w := odd.Warnings(); len(w) != 1 || w[0].Code != "uscc.authority" {
		t.Errorf("unknown authority: %v", w)
	}
	abolished := MakeCreditCode('9', '1', "999999", "MA6W0001")
	if _, err := ParseCreditCode(string(abolished)); err != nil {
		t.Errorf("refused on the region: %v", err)
	}
}
