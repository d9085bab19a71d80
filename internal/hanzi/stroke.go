package hanzi

import (
	"cmp"
	_ "embed"
	"slices"
)

//go:embed data/strokes.dat
var strokeCounts string

// blocks are the ranges of code points of strokes.dat, in its order; tools/unihan has the same list.
var blocks = [][2]rune{{0x3400, 0x4DBF}, {0x4E00, 0x9FFF}, {0xF900, 0xFAFF}, {0x20000, 0x2A6DF}, {0x2A700, 0x2EBE0}, {0x30000, 0x323AF}}

// Strokes is the number of strokes of a character; 0 of what is no Chinese character, or none whose strokes are known.
func Strokes(r rune) int {
	at := rune(0)
	for _, b := range blocks {
		if r >= b[0] && r <= b[1] {
			return int(strokeCounts[at+r-b[0]])
		}
		at += b[1] - b[0] + 1
	}
	return 0
}

// Order is the order of a list of names.
type Order string

// The orders in which Chinese lists stand.
const (
	ByPinyin Order = "pinyin" // 按拼音: syllable by syllable, within one by tone, then by strokes
	ByStroke Order = "stroke" // 按姓氏笔画: character by character, within one number of strokes by radical, as Unicode lists them
)

// Orders lists the orders; the first is the usual one.
func Orders() []Order { return []Order{ByPinyin, ByStroke} }

// sortKey is what a name is compared by, character after character.
type sortKey struct {
	syllable string
	tone     int8
	strokes  int
	r        rune
}

func keysOf(name string) []sortKey {
	text := []rune(name)
	read := NameSyllables(text)
	keys := make([]sortKey, len(text))
	for i, r := range text {
		_, tone := usual(r)
		keys[i] = sortKey{read[i], tone, Strokes(r), r}
	}
	return keys
}

func (o Order) compare(a, b sortKey) int {
	if o == ByStroke {
		return cmp.Or(cmp.Compare(a.strokes, b.strokes), cmp.Compare(a.r, b.r))
	}
	return cmp.Or(cmp.Compare(a.syllable, b.syllable), cmp.Compare(a.tone, b.tone), cmp.Compare(a.strokes, b.strokes), cmp.Compare(a.r, b.r))
}

// Sort puts a list into the order by a name of each. Those of one name stay as they stand; an unknown order is ByPinyin.
func Sort[T any](o Order, list []T, name func(T) string) {
	keyed := make([]struct {
		keys []sortKey
		one  T
	}, len(list))
	for i, one := range list {
		keyed[i].keys, keyed[i].one = keysOf(name(one)), one
	}
	slices.SortStableFunc(keyed, func(a, b struct {
		keys []sortKey
		one  T
	}) int {
		return slices.CompareFunc(a.keys, b.keys, o.compare)
	})
	for i := range keyed {
		list[i] = keyed[i].one
	}
}
