package ident

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxInput bounds, in bytes, what any parser of an identifier looks at. The longest lawful input, spaced full-width
// characters, stays far below.
const maxInput = 256

// Normalise brings what people type into the form that identifiers are checked in: compatibility forms (full-width
// letters and digits, Roman numeral Ⅹ) become ASCII, letters become upper case, every kind of dash becomes "-", and
// spaces and invisible format characters disappear. Characters are folded one by one, so the result is the same when
// normalised again. It is not for names: see [Name].
func Normalise(s string) string {
	if canonicalASCII(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range s {
		if r < utf8.RuneSelf {
			put(&b, r)
			continue
		}
		var buf [utf8.UTFMax]byte
		for _, folded := range string(norm.NFKC.Append(nil, buf[:utf8.EncodeRune(buf[:], r)]...)) {
			put(&b, folded)
		}
	}
	return b.String()
}

func canonicalASCII(s string) bool {
	for i := range len(s) {
		if c := s[i]; !isDigit(c) && !isUpper(c) {
			return false
		}
	}
	return true
}

func put(b *strings.Builder, r rune) {
	switch {
	case unicode.IsSpace(r) || unicode.Is(unicode.Cf, r):
	case r == '-' || r == '\u2212' || r == '\u30FC' || r >= '\u2010' && r <= '\u2015':
		b.WriteByte('-')
	case r >= 'a' && r <= 'z':
		b.WriteByte(byte(r - 'a' + 'A'))
	default:
		b.WriteRune(r)
	}
}

// bare normalises an identifier that hyphens mean nothing in, and drops them. Of oversized input the beginning comes
// back as it is: with at least 64 characters, too long for any identifier.
func bare(s string) string {
	if len(s) > maxInput {
		return s[:maxInput]
	}
	return strings.ReplaceAll(Normalise(s), "-", "")
}

func isDigit[C byte | rune](c C) bool { return c >= '0' && c <= '9' }
func isUpper[C byte | rune](c C) bool { return c >= 'A' && c <= 'Z' }

// lengthFault refuses s unless it has n characters.
func lengthFault(kind, s string, n int) *Fault {
	got := utf8.RuneCountInString(s)
	switch got {
	case n:
		return nil
	case 0:
		return &Fault{Code: kind + ".empty"}
	}
	return &Fault{Code: kind + ".length", Got: count(got), Want: count(n)}
}

// firstNot finds the first character that ok refuses: its position from 1 and itself; 0 if there is none.
func firstNot(s string, ok func(pos int, r rune) bool) (int, rune) {
	pos := 0
	for _, r := range s {
		pos++
		if !ok(pos, r) {
			return pos, r
		}
	}
	return 0, 0
}

// lookalikes are characters that are typed or read for a digit, or for the letter X.
var lookalikes = map[rune]rune{
	'O': '0', 'Q': '0', 'D': '0', '〇': '0', '○': '0', '零': '0', 'О': '0', 'Ο': '0',
	'I': '1', 'L': '1', '|': '1', '!': '1', 'І': '1', '一': '1',
	'Z': '2', 'S': '5', 'G': '6', 'T': '7', 'B': '8',
	'×': 'X', 'Х': 'X', 'Χ': 'X', '*': 'X',
}

// likely names the character that was probably meant by r, if allowed has it: O for 0, I for 1, S for 5, Z for 2.
func likely(r rune, allowed string) string {
	meant, ok := lookalikes[r]
	if r == 'V' {
		meant, ok = 'U', true // V is not in the alphabet of GB 32100; U is what it is most often misread from
	}
	if !ok || !strings.ContainsRune(allowed, meant) {
		return ""
	}
	return string(meant)
}
