package pdf

import (
	"strings"
	"unicode"
)

// alphabet numbers the characters that a file uses, in the order of their first use, from 1.
type alphabet struct {
	list []rune
	code map[rune]int
}

func (a *alphabet) of(r rune) int {
	if n, ok := a.code[r]; ok {
		return n
	}
	a.list = append(a.list, r)
	a.code[r] = len(a.list)
	return len(a.list)
}

// Characters that must not begin or end a line (GB/T 15834: 标点符号用法 5).
const (
	notFirst = "，。、；：？！）》〉」』】〕”’…—·％℃,.;:?!)]}%"
	notLast  = "（《〈「『【〔“‘([{"
)

// width is how wide a character is set, in parts of the letter size. What the font lacks stands as a square with its
// number.
func (f *face) width(r rune) float64 {
	if g := f.glyph(r); g != 0 {
		return float64(f.advance(g)) / float64(f.em)
	}
	return 1
}

// line is one line of a paragraph.
type line struct {
	text  []rune
	width float64 // in letter sizes
	last  bool    // of its paragraph
}

// paragraphs cuts a text where its writer began a new line. Whatever else is no letter is left to be seen.
func paragraphs(s string) []string {
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n", "\t", " ").Replace(strings.ToValidUTF8(s, "\uFFFD"))
	return strings.Split(strings.TrimRight(s, "\n"), "\n")
}

// wrap breaks a paragraph into lines of at most width letter sizes, the first of them indent shorter.
func (f *face) wrap(s string, width, indent float64) []line {
	var lines []line
	now, room := line{}, width-indent
	flush := func() {
		for len(now.text) > 0 && now.text[len(now.text)-1] == ' ' {
			now.text, now.width = now.text[:len(now.text)-1], now.width-f.width(' ')
		}
		lines = append(lines, now)
		now, room = line{}, width
	}
	put := func(r rune, w float64) { now.text, now.width = append(now.text, r), now.width+w }
	for _, u := range units([]rune(s)) {
		var w float64
		for _, r := range u {
			w += f.width(r)
		}
		if now.width+w > room && len(now.text) > 0 {
			flush()
		}
		if u[0] == ' ' && len(now.text) == 0 && len(lines) > 0 {
			continue // a new line does not begin with the space that parted it
		}
		for _, r := range u {
			w := f.width(r)
			if now.width+w > room && len(now.text) > 0 { // a unit that is wider than a line is cut
				flush()
			}
			put(r, w)
		}
	}
	flush()
	lines[len(lines)-1].last = true
	return lines
}

// units are what a line is not broken within: a Chinese character or a word of letters, with what must not stand apart.
func units(text []rune) [][]rune {
	var list [][]rune
	for i := 0; i < len(text); {
		from := i
		for i < len(text)-1 && strings.ContainsRune(notLast, text[i]) {
			i++
		}
		i++
		if letter(text[i-1]) {
			for i < len(text) && letter(text[i]) {
				i++
			}
		}
		for i < len(text) && text[i-1] != ' ' && (strings.ContainsRune(notFirst, text[i]) || unicode.Is(unicode.Mn, text[i])) {
			i++
		}
		list = append(list, text[from:i])
	}
	return list
}

// letter reports whether a character is a part of a word that is not broken.
func letter(r rune) bool {
	return r < 0x2000 && r > ' ' && !strings.ContainsRune(notFirst+notLast, r) || r < 0x80 && strings.ContainsRune(".-_/@:%", r)
}
