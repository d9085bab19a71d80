package hanzi

import (
	_ "embed"
	"strings"
	"sync"
	"unicode"

	"github.com/mozillazg/go-pinyin"
)

//go:embed data/phrases.txt
var phrasesText string

//go:embed data/surnames.txt
var surnamesText string

// words is a table of words and how each is read, one syllable a character.
type words struct {
	read    map[string][]string
	longest int // in characters
}

var phrases = sync.OnceValue(func() words { return readWords(phrasesText) })

var surnames = sync.OnceValue(func() words { return readWords(surnamesText) })

func readWords(text string) words {
	w := words{read: map[string][]string{}}
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) < 2 {
			continue
		}
		w.read[f[0]] = f[1:]
		w.longest = max(w.longest, len(f)-1)
	}
	return w
}

// head is how the longest word at the head of a text is read; nil if the table has none.
func (w words) head(text []rune) []string {
	for n := min(w.longest, len(text)); n > 0; n-- {
		if s := w.read[string(text[:n])]; s != nil {
			return s
		}
	}
	return nil
}

// Is reports whether a character is Chinese.
func Is(r rune) bool { return unicode.Is(unicode.Han, r) }

// Syllables reads a text: one syllable for each of its characters, such as kai gong si; empty for one that has no reading.
func Syllables(text []rune) []string {
	out := make([]string, 0, len(text))
	for len(out) < len(text) {
		if s := phrases().head(text[len(out):]); s != nil {
			out = append(out, s...)
			continue
		}
		s, _ := usual(text[len(out)])
		out = append(out, s)
	}
	return out
}

// NameSyllables reads the name of a person: a surname may be read in its own way.
func NameSyllables(name []rune) []string {
	s := surnames().head(name)
	return append(append(make([]string, 0, len(name)), s...), Syllables(name[len(s):])...)
}

// marked are the letters that carry a tone: a letter of plain pinyin, and the tone from 1 to 4; 0 is none.
var marked = map[rune]struct {
	letter byte
	tone   int8
}{
	'ā': {'a', 1}, 'á': {'a', 2}, 'ǎ': {'a', 3}, 'à': {'a', 4}, 'ē': {'e', 1}, 'é': {'e', 2}, 'ě': {'e', 3}, 'è': {'e', 4},
	'ī': {'i', 1}, 'í': {'i', 2}, 'ǐ': {'i', 3}, 'ì': {'i', 4}, 'ō': {'o', 1}, 'ó': {'o', 2}, 'ǒ': {'o', 3}, 'ò': {'o', 4},
	'ū': {'u', 1}, 'ú': {'u', 2}, 'ǔ': {'u', 3}, 'ù': {'u', 4}, 'ǖ': {'v', 1}, 'ǘ': {'v', 2}, 'ǚ': {'v', 3}, 'ǜ': {'v', 4}, 'ü': {'v', 0},
	'ń': {'n', 2}, 'ň': {'n', 3}, 'ǹ': {'n', 4}, 'ḿ': {'m', 2}, 'ê': {'e', 0}, 'ế': {'e', 2}, 'ề': {'e', 4},
}

// usual is the usual reading of one character and its tone; empty if it has none. The first reading of the library's table is
// the usual one. The library's own functions are not called: they go through regular expressions, fifty times slower.
func usual(r rune) (syllable string, tone int8) {
	first, _, _ := strings.Cut(pinyin.PinyinDict[int(r)], ",")
	var plain [8]byte
	out := plain[:0]
	for _, c := range first {
		if m, ok := marked[c]; ok {
			c, tone = rune(m.letter), max(tone, m.tone)
		}
		if c >= 'a' && c <= 'z' {
			out = append(out, byte(c))
		}
	}
	return string(out), tone
}
