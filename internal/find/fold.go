package find

import (
	_ "embed"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/tongban/tongban/internal/hanzi"
)

//go:embed data/stop.txt
var stopText string

// stop are the words that say nothing of what is looked for.
type stop struct {
	words   map[string]bool
	longest int // in characters
}

var stops = sync.OnceValue(func() stop {
	s := stop{words: map[string]bool{}}
	for _, w := range strings.Fields(stopText) {
		s.words[w] = true
		s.longest = max(s.longest, utf8.RuneCountInString(w))
	}
	return s
})

// foldOne is a character as it is compared: full-width forms as half-width ones, letters small, Chinese simplified; a space for
// what is neither letter, digit nor Chinese.
func foldOne(r rune) rune {
	if r >= 0xFF01 && r <= 0xFF5E {
		r -= 0xFEE0
	}
	switch {
	case r < utf8.RuneSelf:
		r = unicode.ToLower(r)
	case r == 'ü' || r == 'Ü' || r == 'ǚ' || r == 'ǜ':
		return 'v'
	case hanzi.Is(r):
		return hanzi.Simplified(r)
	}
	if plain(r) {
		return r
	}
	return ' '
}

// plain reports whether a folded character is a letter or digit.
func plain(r rune) bool { return r >= 'a' && r <= 'z' || r >= '0' && r <= '9' }

// fold appends a text as it is compared, at most so many of its characters.
func fold(to []rune, text string, most int) []rune {
	for _, r := range text {
		if most--; most < 0 {
			break
		}
		if r == '\'' || r == '’' { // xi'an
			continue
		}
		to = append(to, foldOne(r))
	}
	return to
}

// joined appends a folded text without its spaces.
func joined(to []byte, folded []rune) []byte {
	for _, r := range folded {
		if r != ' ' {
			to = utf8.AppendRune(to, r)
		}
	}
	return to
}

// run is a piece of a query: Chinese, or one word of letters.
type run struct {
	text []rune
	han  bool
}

// runs appends the pieces of a folded query without the words that say nothing; all of it, if nothing else is left.
func (x *Index) runs(to []run, folded []rune) []run {
	n := len(to)
	to = x.pieces(to, folded, true)
	if len(to) == n {
		to = x.pieces(to, folded, false)
	}
	return to
}

func (x *Index) pieces(to []run, text []rune, leave bool) []run {
	for i := 0; i < len(text); {
		r := text[i]
		if r == ' ' {
			i++
			continue
		}
		end := i
		for end < len(text) && text[end] != ' ' && hanzi.Is(text[end]) == hanzi.Is(r) {
			end++
		}
		switch {
		case hanzi.Is(r) && leave:
			to = x.speech(to, text[i:end])
		case !leave || !stops().words[string(text[i:end])]:
			to = append(to, run{text[i:end], hanzi.Is(r)})
		}
		i = end
	}
	return to
}

// speech appends what is left of Chinese words without those that say nothing. One that is a part of a longer word stays: 个 in
// 个体户, as long as some entry is called so.
func (x *Index) speech(to []run, text []rune) []run {
	from := 0
	for i := 0; i < len(text); {
		n := stops().at(text[i:])
		within := n > 0 && (i > 0 && x.named(text[i-1], text[i]) || i+n < len(text) && x.named(text[i+n-1], text[i+n]))
		if n == 0 || within {
			i++
			continue
		}
		if i > from {
			to = append(to, run{text[from:i], true})
		}
		i += n
		from = i
	}
	if from < len(text) {
		to = append(to, run{text[from:], true})
	}
	return to
}

// at is the length of the longest word that says nothing at the head of a text, in characters; 0 if there is none.
func (s stop) at(text []rune) int {
	var buf [64]byte
	for n := min(s.longest, len(text)); n > 0; n-- {
		if s.words[string(joined(buf[:0], text[:n]))] {
			return n
		}
	}
	return 0
}
