package ident

import (
	"fmt"
	"log/slog"
	"strings"
	"time"
)

// CitizenID is a citizen identity number (公民身份号码, GB 11643-1999) in canonical form: 17 digits and a check
// character 0-9 or X. It is personal data: String, fmt and log/slog show it masked; [CitizenID.Reveal] does not.
type CitizenID string

var citizenWeights = [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}

// ParseCitizenID reads an 18-character citizen identity number, also of a residence permit (81, 82, 83). today is the
// present day in its own location; a birth after it is refused. The error is a [*Fault] with codes "citizen.…". A
// number of 15 digits is refused as "citizen.old", because it has no check character and a mistyped number could pass
// for one: for old records there is [UpgradeCitizenID]. The region is never a ground to refuse.
func ParseCitizenID(s string, today time.Time) (CitizenID, error) {
	s = bare(s)
	if len(s) == 15 && allDigits(s) {
		return "", &Fault{Code: "citizen.old", Got: "15", Want: "18"}
	}
	if f := citizenFault("citizen", s, today); f != nil {
		return "", f
	}
	return CitizenID(s), nil
}

// UpgradeCitizenID turns a 15-digit number of old records into the 18-character one: the century 19 and the check
// character are added. It refuses what is not 15 digits with a real birth date.
func UpgradeCitizenID(old string, today time.Time) (CitizenID, error) {
	old = bare(old)
	if f := lengthFault("citizen", old, 15); f != nil {
		return "", f
	}
	if f := digitsFault("citizen", old); f != nil {
		return "", f
	}
	full := old[:6] + "19" + old[6:]
	if f := birthFault("citizen", full, today); f != nil {
		return "", f
	}
	return CitizenID(full + string(citizenCheck(full))), nil
}

// citizenFault checks what citizen ids, residence permits and foreigners' cards share.
func citizenFault(kind, s string, today time.Time) *Fault {
	if f := lengthFault(kind, s, 18); f != nil {
		return f
	}
	if f := digitsFault(kind, s); f != nil {
		return f
	}
	if f := birthFault(kind, s, today); f != nil {
		return f
	}
	if want := citizenCheck(s[:17]); s[17] != want {
		return &Fault{Code: kind + ".check", Pos: 18, Got: s[17:], Want: string(want)}
	}
	return nil
}

// digitsFault refuses anything but digits, except for an X as character 18.
func digitsFault(kind, s string) *Fault {
	pos, r := firstNot(s, func(pos int, r rune) bool { return isDigit(r) || pos == 18 && r == 'X' })
	switch pos {
	case 0:
		return nil
	case 18:
		return &Fault{Code: kind + ".char", Pos: pos, Got: shown(r), Want: likely(r, "0123456789X")}
	}
	return &Fault{Code: kind + ".digit", Pos: pos, Got: shown(r), Want: likely(r, "0123456789")}
}

// birthFault checks characters 7 to 14. Years begin with 18: nobody born earlier lived to be given a number.
func birthFault(kind, s string, today time.Time) *Fault {
	y, m, d := number(s[6:10]), number(s[10:12]), number(s[12:14])
	switch {
	case y < 1800:
		return &Fault{Code: kind + ".date", Pos: 7, Got: s[6:10], Want: "1800-" + fmt.Sprintf("%04d", today.Year())}
	case m < 1 || m > 12:
		return &Fault{Code: kind + ".date", Pos: 11, Got: s[10:12], Want: "01-12"}
	case d < 1 || d > daysIn(y, m):
		return &Fault{Code: kind + ".date", Pos: 13, Got: s[12:14], Want: "01-" + count(daysIn(y, m))}
	}
	if ty, tm, td := today.Date(); y > ty || y == ty && (m > int(tm) || m == int(tm) && d > td) {
		return &Fault{Code: kind + ".future", Pos: 7}
	}
	return nil
}

// citizenCheck computes the check character (ISO 7064 MOD 11-2) for 17 digits.
func citizenCheck(body string) byte {
	sum := 0
	for i, w := range citizenWeights {
		sum += int(body[i]-'0') * w
	}
	return "10X98765432"[sum%11]
}

func daysIn(y, m int) int { return time.Date(y, time.Month(m)+1, 0, 0, 0, 0, 0, time.UTC).Day() }

// number reads a few digits that are known to be digits.
func number(digits string) int {
	n := 0
	for i := range len(digits) {
		n = n*10 + int(digits[i]-'0')
	}
	return n
}

func allDigits(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return !isDigit(r) })
}

// Sex is coded as in GB/T 2261.1.
type Sex int

// The sexes that a citizen id can tell.
const (
	SexUnknown Sex = 0
	Male       Sex = 1
	Female     Sex = 2
)

// Text names the sex in "zh" (any other language: English).
func (s Sex) Text(lang string) string {
	switch s {
	case Male:
		return pick([2]string{"男", "male"}, lang)
	case Female:
		return pick([2]string{"女", "female"}, lang)
	}
	return pick([2]string{"未知", "unknown"}, lang)
}

// Valid tells whether id is a right number in canonical form, whatever the day.
func (id CitizenID) Valid() bool {
	return citizenFault("citizen", string(id), time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)) == nil
}

// Birth is the day of birth at 00:00 UTC; the zero time if id is not valid.
func (id CitizenID) Birth() time.Time {
	if !id.Valid() {
		return time.Time{}
	}
	return time.Date(number(string(id[6:10])), time.Month(number(string(id[10:12]))), number(string(id[12:14])),
		0, 0, 0, 0, time.UTC)
}

// Sex is told by character 17: odd is male, even is female. SexUnknown if id is not valid.
func (id CitizenID) Sex() Sex {
	switch {
	case !id.Valid():
		return SexUnknown
	case id[16]%2 == 1:
		return Male
	}
	return Female
}

// Region is the GB/T 2260 code of the first registration, possibly one that exists no more; 810000, 820000, 830000
// for residence permits; "" if id is not valid.
func (id CitizenID) Region() string {
	if !id.Valid() {
		return ""
	}
	return string(id[:6])
}

// ResidencePermit tells whether the number belongs to a residence permit for Hong Kong, Macao and Taiwan residents.
func (id CitizenID) ResidencePermit() bool { return permitPrefix(string(id)) }

func permitPrefix(s string) bool {
	return len(s) > 2 && s[0] == '8' && s[1] >= '1' && s[1] <= '3'
}

// Reveal is the real number. Call it only where somebody with a reason sees it, and record that.
func (id CitizenID) Reveal() string { return string(id) }

// String is the masked number: "610104********0012".
func (id CitizenID) String() string { return MaskID(string(id)) }

// LogValue is the masked number.
func (id CitizenID) LogValue() slog.Value { return slog.StringValue(id.String()) }

// Format prints the masked number whatever the verb, so that no slip of a format string shows the real one.
func (id CitizenID) Format(f fmt.State, verb rune) { formatMasked(f, verb, id.String()) }

// formatMasked prints text with the flags of f, quoted for %q, else plain.
func formatMasked(f fmt.State, verb rune, text string) {
	if verb != 'q' {
		verb = 's'
	}
	fmt.Fprintf(f, fmt.FormatString(f, verb), text)
}
