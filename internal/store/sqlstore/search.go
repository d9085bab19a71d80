package sqlstore

import (
	"slices"
	"strings"
	"unicode"
)

// A name is found by pairs of characters (bigrams): words of Chinese have no spaces between them and often only two
// characters, which the databases' own full-text indexes do not find. The name is kept folded: lower case, full-width
// letters narrow, without spaces. The pairs of 王小明 are ^王, 王小, 小明; ^ marks the beginning, so that one character finds
// the names that begin with it.

// maxName bounds how many characters of a name are indexed.
const maxName = 64

// folded is a name as it is searched.
func folded(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r) || unicode.IsControl(r):
			return -1
		case r >= '!'+0xFEE0 && r <= '~'+0xFEE0: // full width
			r -= 0xFEE0
		}
		return unicode.ToLower(r)
	}, name)
}

// grams are the pairs under which a folded name stands, each once.
func grams(find string) []string {
	if find == "" {
		return nil
	}
	r := []rune("^" + find)
	r = r[:min(len(r), maxName+1)]
	var all []string
	for i := range len(r) - 1 {
		all = append(all, string(r[i:i+2]))
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// probes are the pairs under which every name that contains the folded word stands.
func probes(word string) []string {
	r := []rune(word)
	if len(r) == 1 {
		return []string{"^" + word}
	}
	all := grams(word)
	first := "^" + string(r[0])
	return slices.DeleteFunc(all, func(g string) bool { return g == first })
}

// caseNumber reports whether a search is meant as the beginning of a case number, and returns it.
func caseNumber(search string) (string, bool) {
	s := strings.TrimSpace(strings.Map(func(r rune) rune {
		if r >= '!'+0xFEE0 && r <= '~'+0xFEE0 {
			r -= 0xFEE0
		}
		return r
	}, search))
	digits := 0
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			digits++
		case r == '-', r >= 'A' && r <= 'Z', r >= 'a' && r <= 'z':
		default:
			return "", false
		}
	}
	return s, digits > 0 && s[0] >= '0' && s[0] <= '9'
}
