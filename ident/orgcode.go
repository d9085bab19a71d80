package ident

// OrgCode is an organisation code (组织机构代码, GB 11714) in canonical form: nine characters without hyphen.
//
// Its check character cannot catch every slip: GB 11714 weighs 36 symbols modulus 11, so symbols whose values differ by 11, 22
// or 33 pass for each other. 22143569-X is as right as D2143569-X, whose first character was mistyped: of all single-character
// changes of a code about one in fifteen passes the standard's own check. Where an organisation has a credit code, ask for
// that: it catches them all.
type OrgCode string

var orgWeights = [8]int{3, 7, 9, 10, 5, 8, 4, 2}

// ParseOrgCode reads an organisation code, with or without its hyphen. The error is a [*Fault] with codes "orgcode.…".
func ParseOrgCode(s string) (OrgCode, error) {
	s = bare(s)
	if f := orgFault(s); f != nil {
		return "", f
	}
	return OrgCode(s), nil
}

// Valid tells whether c is a right code in canonical form, as it is to be stored.
func (c OrgCode) Valid() bool { return orgFault(string(c)) == nil }

// Format writes the code with its hyphen, as on certificates: "D2143569-X".
func (c OrgCode) Format() string {
	if len(c) != 9 {
		return string(c)
	}
	return string(c[:8] + "-" + c[8:])
}

func orgFault(s string) *Fault {
	if f := lengthFault("orgcode", s, 9); f != nil {
		return f
	}
	pos, r := firstNot(s, func(pos int, r rune) bool {
		return isDigit(r) || isUpper(r) && (pos < 9 || r == 'X')
	})
	if pos > 0 {
		return &Fault{Code: "orgcode.char", Pos: pos, Got: shown(r), Want: likely(r, "0123456789X")}
	}
	if want := orgCheck(s[:8]); s[8] != want {
		return &Fault{Code: "orgcode.check", Pos: 9, Got: s[8:], Want: string(want)}
	}
	return nil
}

// orgCheck computes the check character for eight characters of 0-9 and A-Z.
func orgCheck(body string) byte {
	sum := 0
	for i, w := range orgWeights {
		v := int(body[i] - '0')
		if isUpper(body[i]) {
			v = int(body[i]-'A') + 10
		}
		sum += v * w
	}
	return "0X987654321"[sum%11]
}
