package ident

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxName is the longest personal name in characters; long enough for every name on a passport.
const maxName = 64

// Name reads a personal name: outer spaces go, spaces between Chinese characters go, other runs of spaces become one,
// and what imitates the middle dot of minority names (•, ・, ., and others) becomes "·" U+00B7. Rare characters of any
// plane and their variation selectors stay exactly as they are: names are not Unicode-normalised, because that would
// exchange compatibility ideographs. Refused, as a [*Fault] with codes "name.…": more than 64 characters, control
// and bidirectional characters, markup, digits and other signs, private-use characters, a dot that is not between two characters.
func Name(s string) (string, error) {
	if len(s) > 16*maxName {
		return "", &Fault{Code: "name.length", Got: count(utf8.RuneCountInString(s)), Want: count(maxName)}
	}
	runes := []rune(strings.TrimSpace(strings.Map(dropInvisible, s)))
	if len(runes) == 0 {
		return "", &Fault{Code: "name.empty"}
	}
	out := make([]rune, 0, len(runes))
	for i, r := range runes {
		if f := nameRuneFault(i+1, r); f != nil {
			return "", f
		}
		switch before, after := lastOf(out), nextVisible(runes[i+1:]); {
		case unicode.IsSpace(r):
			if before != ' ' && before != '·' && after != 0 && !isDot(after, before, 0) && !(isHan(before) && isHan(after)) {
				out = append(out, ' ')
			}
		case isDot(r, before, after):
			if before == 0 || after == 0 {
				return "", &Fault{Code: "name.dot", Pos: i + 1}
			}
			if before != '·' {
				out = append(out, '·')
			}
		default:
			out = append(out, narrowLetter(r))
		}
	}
	if len(out) > maxName {
		return "", &Fault{Code: "name.length", Got: count(len(out)), Want: count(maxName)}
	}
	return string(out), nil
}

// dropInvisible removes what comes along when text is copied and nobody can see or delete.
func dropInvisible(r rune) rune {
	switch r {
	case '\u200B', '\u2060', '\uFEFF', '\u00AD':
		return -1
	}
	return r
}

// nameRuneFault says why a character cannot stand in a name. Letters, marks, spaces, dots, hyphens, apostrophes can.
func nameRuneFault(pos int, r rune) *Fault {
	code := "name.char"
	switch {
	case unicode.IsLetter(r), unicode.IsMark(r), r == '〇', strings.ContainsRune(" \u3000\u00A0-'’.．", r), middleDots[r]:
		return nil
	case unicode.Is(unicode.Co, r):
		code = "name.private"
	case unicode.IsControl(r), unicode.Is(unicode.Cf, r), r == '\u2028', r == '\u2029', r == utf8.RuneError:
		code = "name.control"
	}
	return &Fault{Code: code, Pos: pos, Got: shown(r)}
}

// middleDots are the code points that imitate U+00B7.
var middleDots = map[rune]bool{
	'\u00B7': true, '\u2022': true, '\u2027': true, '\u30FB': true, '\uFF65': true, '\u2219': true, '\u22C5': true,
	'\u0387': true, '\u16EB': true, '\u2E31': true, '\u2024': true, '\u25CF': true, '\u26AB': true, '\u318D': true,
	'\uA78F': true, '\u2E33': true, '\u02D9': true, '\u25AA': true,
}

// isDot tells whether r separates the parts of a name. A full stop does so only next to a Chinese character: in
// "J. Smith" it is an abbreviation.
func isDot(r, before, after rune) bool {
	return middleDots[r] || (r == '.' || r == '．') && (isHan(before) || isHan(after))
}

func isHan(r rune) bool { return unicode.Is(unicode.Han, r) || isVariation(r) }

func isVariation(r rune) bool { return unicode.Is(unicode.Variation_Selector, r) }

// narrowLetter turns full-width Latin letters into plain ones.
func narrowLetter(r rune) rune {
	if r >= 'Ａ' && r <= 'Ｚ' || r >= 'ａ' && r <= 'ｚ' || r == '．' {
		return r - 'Ａ' + 'A'
	}
	return r
}

func lastOf(runes []rune) rune {
	if len(runes) == 0 {
		return 0
	}
	return runes[len(runes)-1]
}

// nextVisible is the next character that is no space; 0 at the end.
func nextVisible(runes []rune) rune {
	for _, r := range runes {
		if !unicode.IsSpace(r) {
			return r
		}
	}
	return 0
}
