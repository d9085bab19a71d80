package find

import (
	"cmp"
	"math"
	"slices"
	"sync"

	"github.com/tongban/tongban/internal/hanzi"
)

// Bounds on a search and on what is indexed, in characters.
const (
	MaxQuery = 120 // what is longer is cut
	maxTerm  = 400 // of a term that is indexed
	maxRead  = 60  // of a term that is indexed by its letters
)

// Field is where a term stands.
type Field uint8

// The fields, the weightiest first.
const (
	InName Field = iota
	InNickname
	InCode
	InPart
	InOccasion
	InTopic
	InDepartment
	InText
	fields
)

// weights are the shares of a match, in hundredths, by its field.
var weights = [fields]int32{InName: 100, InNickname: 96, InCode: 100, InPart: 80, InOccasion: 60, InTopic: 50, InDepartment: 45, InText: 35}

// String is the name of the field in addresses, the API and the catalogue of words.
func (f Field) String() string {
	return [fields]string{"name", "nickname", "code", "part", "occasion", "topic", "department", "text"}[f]
}

// How is by what a term was found.
type How uint8

// The ways to find, the surest first.
const (
	ByText     How = iota // the characters or words themselves
	ByPinyin              // its reading
	ByInitials            // the first letters of its reading
	ByMixed               // full syllables and first letters: kaigs
	BySound               // other characters with the same reading
	ByTypo                // its reading or words with one letter wrong
	hows
)

// String is the name of the way in the API and the catalogue of words.
func (h How) String() string {
	return [hows]string{"text", "pinyin", "initials", "mixed", "sound", "typo"}[h]
}

// Term is a text that an entry may be found by.
type Term struct {
	In   Field
	Text string
}

// term is a term of the index.
type term struct {
	Term
	entry int32
	units []string // how it is read: a syllable for a character, a word for a word
	han   bool     // some unit is a Chinese character
}

// posting says that an entry holds something, and its weightiest term that does.
type posting struct{ entry, term int32 }

// Index finds entries. It never changes, and any number of goroutines may search it.
type Index struct {
	entries   int
	terms     []term
	exact     map[string][]int32   // terms by their whole text, folded
	grams     map[uint64][]posting // by one character or two that follow each other
	letters   keys
	initials  keys
	syllables map[string]bool // every beginning of a unit
	scratch   sync.Pool
}

// New makes the index of entries, each with the terms that it may be found by. A hit names its entry by its place here.
func New(entries [][]Term) *Index {
	x := &Index{entries: len(entries), exact: map[string][]int32{}, grams: map[uint64][]posting{}, syllables: map[string]bool{}}
	x.scratch.New = func() any { return newScratch(len(entries)) }
	for i, terms := range entries {
		for _, t := range terms {
			x.add(int32(i), t)
		}
	}
	x.letters.sort()
	x.initials.sort()
	return x
}

func (x *Index) add(entry int32, t Term) {
	folded := fold(nil, t.Text, maxTerm)
	id := int32(len(x.terms))
	x.terms = append(x.terms, term{Term: t, entry: entry})
	if whole := joined(nil, folded); len(whole) > 0 {
		x.exact[string(whole)] = append(x.exact[string(whole)], id)
	}
	for i, r := range folded {
		if !hanzi.Is(r) {
			continue
		}
		x.post(gram(r, 0), entry, id)
		if i+1 < len(folded) && hanzi.Is(folded[i+1]) {
			x.post(gram(r, folded[i+1]), entry, id)
		}
	}
	x.spell(id, []rune(t.Text))
}

// post notes that an entry holds a gram, under its weightiest term.
func (x *Index) post(key uint64, entry, id int32) {
	list := x.grams[key]
	if n := len(list); n > 0 && list[n-1].entry == entry {
		if weights[x.terms[id].In] > weights[x.terms[list[n-1].term].In] {
			list[n-1].term = id
		}
		return
	}
	x.grams[key] = append(list, posting{entry, id})
}

// spell notes how a term is read: a name from each of its units on, others from the beginning. A long text is read by its words
// of letters alone: nobody looks for a sentence by its pinyin.
func (x *Index) spell(id int32, text []rune) {
	t := &x.terms[id]
	units, han := unitsOf(text[:min(len(text), maxRead)], t.In != InText)
	t.units, t.han = units, slices.Contains(han, true)
	var full, first []byte
	starts := make([]int, len(units))
	for i, u := range units {
		starts[i] = len(full)
		full, first = append(full, u...), append(first, u[0])
		for n := 1; n <= len(u) && han[i]; n++ {
			x.syllables[u[:n]] = true
		}
	}
	letters, initials := string(full), string(first)
	if t.In > InPart && t.In != InText { // nobody begins a department in its middle
		units = units[:min(1, len(units))]
	}
	for i := range units {
		x.letters = append(x.letters, key{letters[starts[i]:], id, uint8(i)})
		if t.han && t.In != InText {
			x.initials = append(x.initials, key{initials[i:], id, uint8(i)})
		}
	}
}

// unitsOf splits a text into how it is read: Chinese characters, if they are wanted, and words of letters and digits.
func unitsOf(text []rune, read bool) (units []string, han []bool) {
	var syllables []string
	if read {
		syllables = hanzi.Syllables(text)
	}
	var word []byte
	end := func() {
		if len(word) > 0 {
			units, han, word = append(units, string(word)), append(han, false), word[:0]
		}
	}
	for i, r := range text {
		if c := foldOne(r); plain(c) {
			word = append(word, byte(c))
			continue
		}
		end()
		if read && syllables[i] != "" {
			units, han = append(units, syllables[i]), append(han, true)
		}
	}
	end()
	return units, han
}

// rarity is what something weighs that df of all entries hold: the fewer, the more. It is rounded to hundredths, so that a search
// ranks alike on every machine.
func (x *Index) rarity(df int) int32 {
	return int32(math.Round(100 * math.Log2(float64(2*x.entries+2)/float64(df+1))))
}

func gram(a, b rune) uint64 { return uint64(a)<<32 | uint64(b) }

// key is one way to read a term: from its unit at on.
type key struct {
	text string
	term int32
	at   uint8
}

// keys are sorted, so that those which begin alike stand together.
type keys []key

func (k keys) sort() {
	slices.SortFunc(k, func(a, b key) int {
		return cmp.Or(cmp.Compare(a.text, b.text), cmp.Compare(a.term, b.term), cmp.Compare(a.at, b.at))
	})
}

// span is a part of keys, all of which begin alike.
type span struct{ from, to int }

func (s span) empty() bool { return s.from >= s.to }

func (k keys) all() span { return span{0, len(k)} }

// letter is the letter of a key at a depth; 0 if it ends before.
func (k keys) letter(i, depth int) byte {
	if t := k[i].text; depth < len(t) {
		return t[depth]
	}
	return 0
}

// narrow is the part of a span whose keys have the letter at the depth. All keys of the span are alike before it.
func (k keys) narrow(s span, depth int, c byte) span {
	from := k.first(s, depth, c)
	return span{from, k.first(span{from, s.to}, depth, c+1)}
}

// first is the place of the first key of a span whose letter at the depth is c or comes after it.
func (k keys) first(s span, depth int, c byte) int {
	lo, hi := s.from, s.to
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if k.letter(mid, depth) < c {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// prefix is the span of the keys that begin with a word.
func (k keys) prefix(word []byte) span {
	s := k.all()
	for i := 0; i < len(word) && !s.empty(); i++ {
		s = k.narrow(s, i, word[i])
	}
	return s
}

// named reports whether two characters follow each other in a name of some entry, or in what it is called.
func (x *Index) named(a, b rune) bool {
	return slices.ContainsFunc(x.grams[gram(a, b)], func(p posting) bool { return x.terms[p.term].In != InText })
}
