package hanzi

import (
	_ "embed"
	"sync"
)

//go:embed data/simplified.txt
var simplifiedText string

var simplifiedOf = sync.OnceValue(func() map[rune]rune {
	m := map[rune]rune{}
	var before rune
	for _, r := range simplifiedText {
		switch {
		case r == '\n':
		case before == 0:
			before = r
		default:
			m[before] = r
			before = 0
		}
	}
	return m
})

// Simplified is the simplified form of a character, or the character itself. It is meant for comparing: a few characters that
// are written in simplified texts as well (乾, 著) are folded into another (干, 着).
func Simplified(r rune) rune {
	if s, ok := simplifiedOf()[r]; ok {
		return s
	}
	return r
}
