package sqlstore

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tongban/tongban/internal/store"
)

// A case is found by the pairs of characters (bigrams) of its names, the applicant's and the subject: words of Chinese have
// no spaces between them and often only two characters, which the databases' own full-text indexes do not find. A name is
// kept folded: lower case, full-width letters narrow, without spaces. The pairs of 王小明 are ^王, 王小, 小明; ^ marks the
// beginning, so that one character finds the names that begin with it.

// maxName bounds how many characters of a name are indexed.
const maxName = 64

// folded is a name as it is searched. It holds no line break.
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

// begin stands before each name of a case, and exact before a number that is found as a whole only. Nobody can type them: a
// folded name holds no control character.
const (
	begin = "\n"
	exact = "\x01"
)

// names are the folded names by which a case is found, each after begin.
func names(r *store.CaseRow) listed {
	all := begin + folded(r.Applicant)
	if s := folded(r.Subject.Text); s != "" {
		all += begin + s
	}
	for _, k := range r.Keys {
		if k = store.FoundBy(k); k != "" && !strings.Contains(all+begin, begin+exact+k+begin) {
			all += begin + exact + k
		}
	}
	return listed(all)
}

// grams are the pairs under which a case with these names stands, each once.
func grams(names string) []string {
	var all []string
	for name := range strings.SplitSeq(names, begin) {
		if strings.HasPrefix(name, exact) {
			all = append(all, name)
			continue
		}
		all = append(all, pairs(name)...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// pairs are the pairs of one folded name, the first with its mark.
func pairs(name string) []string {
	if name == "" {
		return nil
	}
	r := []rune("^" + name)
	r = r[:min(len(r), maxName+1)]
	all := make([]string, len(r)-1)
	for i := range all {
		all[i] = string(r[i : i+2])
	}
	return all
}

// probes are the pairs under which every name that contains the folded word stands.
func probes(word string) []string {
	if strings.HasPrefix(word, exact) {
		return []string{word}
	}
	all := pairs(word)
	if len(all) > 1 { // the word need not stand at the beginning
		all = all[1:]
	}
	return all
}

// needle is what the names of a case contain if the folded word finds it.
func needle(word string) string {
	if utf8.RuneCountInString(word) == 1 || strings.HasPrefix(word, exact) {
		return begin + word
	}
	return word
}

// wanted is what a search looks for among the names: a whole number, or a part of a name.
func (s *Store) wanted(search string) string {
	if k := store.FoundBy(search); k != "" {
		return exact + s.asked(k)
	}
	return folded(search)
}

// caseNumber reports whether a search is meant as the beginning of a case number, and returns it.
func caseNumber(search string) (string, bool) {
	if store.FoundBy(search) != "" {
		return "", false
	}
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
