package find

import (
	"slices"
	"strings"

	"github.com/tongban/tongban/internal/hanzi"
)

// maxNamed bounds words and names, in characters.
const maxNamed = 60

// Named reports whether words, as people type them, name somebody or something: each of them, apart by spaces, is a part of one of the
// names, however it is written, or how one of its parts is read: in pinyin, in full or by first letters (wxy, wangxy, xiuying). No words
// name everything. Surnames are read in their own way too.
func Named(words string, names ...string) bool {
	var folded [][]rune
	for _, name := range names {
		folded = append(folded, fold(nil, name, maxNamed))
	}
	for word := range strings.FieldsSeq(string(fold(nil, words, maxNamed))) {
		if !slices.ContainsFunc(folded, func(name []rune) bool { return named(word, name) }) {
			return false
		}
	}
	return true
}

func named(word string, name []rune) bool {
	if strings.Contains(string(name), word) {
		return true
	}
	if strings.ContainsFunc(word, func(r rune) bool { return r < 'a' || r > 'z' }) {
		return false
	}
	for _, read := range [][]string{hanzi.Syllables(name), hanzi.NameSyllables(name)} {
		for i := range read {
			if sounds(word, read[i:]) {
				return true
			}
		}
	}
	return false
}

// sounds reports whether a word is how syllables begin: of each the whole, its first letter, or its first sound (zh), and of the last that
// the word reaches as much as it has.
func sounds(word string, syllables []string) bool {
	at := []int{0} // how much of the word is read
	for _, s := range syllables {
		var next []int
		for _, n := range at {
			rest := word[n:]
			if s != "" && strings.HasPrefix(s, rest) {
				return true
			}
			for _, k := range []int{1, 2, len(s)} {
				if k <= len(s) && (k != 2 || s[1] == 'h') && strings.HasPrefix(rest, s[:k]) && !slices.Contains(next, n+k) {
					next = append(next, n+k)
				}
			}
		}
		if slices.Contains(next, len(word)) {
			return true
		}
		if at = next; len(at) == 0 {
			return false
		}
	}
	return false
}
