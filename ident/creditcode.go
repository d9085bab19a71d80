package ident

import "strings"

// CreditCode is a unified social credit code (统一社会信用代码, GB 32100-2015) in canonical form: 18 characters, upper
// case. Character 1 is the registering authority, 2 the category, 3 to 8 the region of registration, 9 to 17 the
// organisation code, 18 the check character. It names an organisation, is public, and is not masked.
type CreditCode string

// creditAlphabet leaves out I, O, S, V and Z; a character's place is its value.
const creditAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"

// creditWeights are the powers of 3 modulus 31.
var creditWeights = [17]int{1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28}

var creditValue = func() (values [256]int8) {
	for i := range values {
		values[i] = int8(strings.IndexByte(creditAlphabet, byte(i)))
	}
	return values
}()

// ParseCreditCode reads a unified social credit code. The error is a [*Fault] with codes "uscc.…". The organisation
// code inside must be right as well, except for individual businesses (92…): some of theirs were converted from older
// numbers, so they pass with a warning (see [CreditCode.Warnings]). The region is never a ground to refuse.
func ParseCreditCode(s string) (CreditCode, error) {
	s = bare(s)
	if f := creditFault(s); f != nil {
		return "", f
	}
	return CreditCode(s), nil
}

// Valid tells whether c is a right code in canonical form, as it is to be stored.
func (c CreditCode) Valid() bool { return creditFault(string(c)) == nil }

func (c CreditCode) part(from, to int) string {
	if len(c) != 18 {
		return ""
	}
	return string(c[from:to])
}

// Authority is character 1, the registering authority: "9" market supervision, "5" civil affairs, "1" establishment.
func (c CreditCode) Authority() string { return c.part(0, 1) }

// Category is character 2, whose meaning depends on the authority. [CreditCode.Kind] reads both.
func (c CreditCode) Category() string { return c.part(1, 2) }

// Region is the GB/T 2260 code of the registering office, possibly one that exists no more.
func (c CreditCode) Region() string { return c.part(2, 8) }

// OrgCode is the organisation code inside. It may fail its own check for individual businesses.
func (c CreditCode) OrgCode() OrgCode { return OrgCode(c.part(8, 17)) }

// Kind is the kind of organisation, from the authority and the category; KindUnknown if they are not in the standard.
func (c CreditCode) Kind() OrgKind {
	return orgKinds[c.part(0, 2)]
}

// Warnings are what looks wrong but is no ground to refuse: "uscc.inner" (the organisation code of an individual
// business fails its check) and "uscc.authority" (authority and category are in no published list). Log and show them.
func (c CreditCode) Warnings() []*Fault {
	if !c.Valid() {
		return nil
	}
	var warnings []*Fault
	if f := innerFault(string(c)); f != nil {
		warnings = append(warnings, f)
	}
	if c.Kind() == KindUnknown {
		warnings = append(warnings, &Fault{Code: "uscc.authority", Pos: 1, Got: c.part(0, 2)})
	}
	return warnings
}

func creditFault(s string) *Fault {
	if f := lengthFault("uscc", s, 18); f != nil {
		return f
	}
	if f := creditCharFault(s); f != nil {
		return f
	}
	if want := creditCheck(s[:17]); s[17] != want {
		return &Fault{Code: "uscc.check", Pos: 18, Got: s[17:], Want: string(want),
			Swap: creditSwap(s), Near: creditNear(s)}
	}
	if individual(s) {
		return nil
	}
	return innerFault(s)
}

// creditCharFault refuses characters outside the alphabet, letters in the region, and letters other than X as the
// check character of the organisation code.
func creditCharFault(s string) *Fault {
	pos, r := firstNot(s, func(pos int, r rune) bool {
		if pos >= 3 && pos <= 8 {
			return isDigit(r)
		}
		return r < 256 && creditValue[r] >= 0
	})
	switch {
	case pos == 0:
		return nil
	case pos >= 3 && pos <= 8:
		return &Fault{Code: "uscc.digit", Pos: pos, Got: shown(r), Want: likely(r, "0123456789")}
	}
	return &Fault{Code: "uscc.char", Pos: pos, Got: shown(r), Want: likely(r, creditAlphabet)}
}

// creditCheck computes the check character for 17 characters of the alphabet.
func creditCheck(body string) byte {
	sum := 0
	for i, w := range creditWeights {
		sum += int(creditValue[body[i]]) * w
	}
	return creditAlphabet[(31-sum%31)%31]
}

func individual(s string) bool { return s[0] == '9' && s[1] == '2' }

// innerFault checks characters 9 to 17 as an organisation code.
func innerFault(s string) *Fault {
	if want := orgCheck(s[8:16]); s[16] != want {
		return &Fault{Code: "uscc.inner", Pos: 17, Got: s[16:17], Want: string(want)}
	}
	return nil
}

// creditNear uses the second check character, that of the organisation code, to say which part is wrong.
func creditNear(s string) string {
	switch {
	case individual(s):
		return ""
	case innerFault(s) == nil:
		return "1-8, 18"
	}
	return "9-17"
}

// creditSwap finds the one pair of neighbours whose exchange makes the whole code right: its position from 1, 0 if
// none or several do. Both check characters must agree, because one alone fits some exchange by chance in every third
// code; therefore individual businesses get no such hint, nor do citizen ids.
func creditSwap(s string) int {
	if individual(s) {
		return 0
	}
	found := 0
	b := []byte(s)
	for i := range len(b) - 1 {
		if b[i] == b[i+1] {
			continue
		}
		b[i], b[i+1] = b[i+1], b[i]
		if agrees(string(b)) {
			if found > 0 {
				return 0
			}
			found = i + 1
		}
		b[i], b[i+1] = b[i+1], b[i]
	}
	return found
}

// agrees tells whether 18 characters are lawful in their places and both check characters are right.
func agrees(s string) bool {
	return creditCharFault(s) == nil && creditCheck(s[:17]) == s[17] && innerFault(s) == nil
}
