package ident

import (
	"iter"
	"slices"
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
// and bidirectional characters, markup, digits and other signs, private-use characters, a dot at the beginning or end.
func Name(s string) (string, error) {
	if len(s) > 16*maxName {
		return "", &Fault{Code: "name.length", Got: count(utf8.RuneCountInString(s)), Want: count(maxName)}
	}
	typed := strings.TrimSpace(strings.Map(dropInvisible, s))
	if typed == "" {
		return "", &Fault{Code: "name.empty"}
	}
	if pos, r := firstNot(typed, func(_ int, r rune) bool { return nameRuneFault(r) == "" }); pos > 0 {
		return "", &Fault{Code: nameRuneFault(r), Pos: pos, Got: shown(r)}
	}
	name := joinName(dotName([]rune(strings.Join(strings.Fields(strings.Map(foldLetter, typed)), " "))))
	switch n := len(name); {
	case n > maxName:
		return "", &Fault{Code: "name.length", Got: count(n), Want: count(maxName)}
	case name[0] == '·':
		return "", &Fault{Code: "name.dot", Pos: 1}
	case name[n-1] == '·':
		return "", &Fault{Code: "name.dot", Pos: n}
	}
	return string(name), nil
}

// dotName turns a full stop next to a Chinese character into a dot; in "J. Smith" it is an abbreviation and stays.
func dotName(runes []rune) []rune {
	out := slices.Clone(runes)
	for i, r := range runes {
		before, after := runes[:i], runes[i+1:]
		if r == '.' && (isHan(firstVisible(slices.Backward(before))) || isHan(firstVisible(slices.All(after)))) {
			out[i] = '·'
		}
	}
	return out
}

// joinName drops spaces beside dots and between Chinese characters, and repeated dots.
func joinName(runes []rune) []rune {
	var out []rune
	for i, r := range runes {
		last, next := rune(0), rune(0)
		if len(out) > 0 {
			last = out[len(out)-1]
		}
		if i+1 < len(runes) {
			next = runes[i+1]
		}
		switch {
		case r == ' ' && (last == '·' || next == '·' || isHan(last) && isHan(next)), r == '·' && last == '·':
		default:
			out = append(out, r)
		}
	}
	return out
}

// firstVisible is the first rune that is no space; 0 if there is none.
func firstVisible(runes iter.Seq2[int, rune]) rune {
	for _, r := range runes {
		if r != ' ' {
			return r
		}
	}
	return 0
}

// dropInvisible removes what comes along when text is copied and nobody can see or delete.
func dropInvisible(r rune) rune {
	switch r {
	case '\u200B', '\u2060', '\uFEFF', '\u00AD':
		return -1
	}
	return r
}

// nameRuneFault says why a character cannot stand in a name, "" if it can: letters, marks, spaces, dots, hyphens,
// apostrophes.
func nameRuneFault(r rune) string {
	switch {
	case unicode.IsLetter(r), unicode.IsMark(r), r == '〇', strings.ContainsRune(" \u3000\u00A0-'’.．", r), middleDots[r]:
		return ""
	case unicode.Is(unicode.Co, r):
		return "name.private"
	case unicode.IsControl(r), unicode.Is(unicode.Cf, r), r == '\u2028', r == '\u2029', r == utf8.RuneError:
		return "name.control"
	}
	return "name.char"
}

// middleDots are the code points that imitate U+00B7.
var middleDots = map[rune]bool{
	'\u00B7': true, '\u2022': true, '\u2027': true, '\u30FB': true, '\uFF65': true, '\u2219': true, '\u22C5': true,
	'\u0387': true, '\u16EB': true, '\u2E31': true, '\u2024': true, '\u25CF': true, '\u26AB': true, '\u318D': true,
	'\uA78F': true, '\u2E33': true, '\u02D9': true, '\u25AA': true,
}

func isHan(r rune) bool {
	return unicode.Is(unicode.Han, r) || unicode.Is(unicode.Variation_Selector, r)
}

// foldLetter turns full-width Latin letters and full stops into plain ones, and every middle dot into U+00B7.
func foldLetter(r rune) rune {
	switch {
	case r >= 'Ａ' && r <= 'Ｚ' || r >= 'ａ' && r <= 'ｚ' || r == '．':
		return r - 'Ａ' + 'A'
	case middleDots[r]:
		return '·'
	}
	return r
}
