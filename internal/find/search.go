package find

import (
	"slices"

	"github.com/tongban/tongban/internal/hanzi"
)

// Bounds on the work of one search.
const (
	maxGrams  = 40    // pairs of characters that are looked up
	maxWords  = 12    // words of letters
	maxSound  = 8     // characters that are tried by their sound
	maxVisits = 6000  // keys looked at for one word
	maxWalk   = 20000 // steps of a walk for syllables mixed with initials
)

// Shares of a word of letters, in hundredths, by how it meets a term.
const (
	wholeRead    = 100 // the whole reading
	headRead     = 90  // its beginning
	insideRead   = 75  // from another character on
	wholeInitial = 88
	headInitial  = 78
	insideIn     = 60
	mixedRead    = 65
	typoRead     = 50
	exactShare   = 300 // of the whole query, if it is the whole of a term
)

// Hit is an entry that was found, and why: the weightiest term that met a part of the query, and by what.
type Hit struct {
	Entry int
	In    Field
	How   How
	Text  string // the term
	Close bool   // less than half of the query was met; such hits are given only if there are no others
	score int32
}

// meeting is how an entry meets one part of a query, or all of it.
type meeting struct {
	score int32
	mass  int32 // of the parts that it meets
	term  int32
	how   How
	best  int32 // score of the part that term meets
}

// scratch is what a search writes on.
type scratch struct {
	folded  []rune
	runs    []run
	word    []byte
	sound   []byte
	whole   []meeting // by entry
	touched []int32   // entries of whole
	part    []meeting // by entry, of one part of the query
	parts   []int32   // entries of part
	mass    int32     // of all parts
	visits  int
}

func newScratch(entries int) *scratch {
	return &scratch{whole: make([]meeting, entries), part: make([]meeting, entries)}
}

// Search appends the entries that a query finds, best first and at most so many. Entries of one score stand in their own order.
// Keep, if not nil, says which entries count. A query without letters, digits and Chinese finds nothing.
func (x *Index) Search(query string, most int, keep func(entry int) bool, hits []Hit) []Hit {
	s := x.scratch.Get().(*scratch)
	defer x.scratch.Put(s)
	defer s.clear()
	s.folded = fold(s.folded[:0], query, MaxQuery)
	s.runs = x.runs(s.runs[:0], s.folded)
	x.meet(s)
	before := len(hits)
	hits = x.ranked(s, most, keep, hits, false)
	if len(hits) == before && slices.ContainsFunc(s.runs, func(r run) bool { return r.han }) {
		hits = x.bySound(s.runs, most, keep, hits)
	}
	if len(hits) == before {
		hits = x.ranked(s, most, keep, hits, true)
	}
	return hits
}

// meet finds what meets the query, part by part.
func (x *Index) meet(s *scratch) {
	s.mass = 0
	x.whole(s)
	if x.spaced(s) {
		return
	}
	grams, words := maxGrams, maxWords
	worded := slices.ContainsFunc(s.runs, func(r run) bool { return r.han && len(r.text) > 1 })
	for _, r := range s.runs {
		if r.han && len(r.text) == 1 && worded {
			continue
		}
		if r.han {
			grams = x.characters(s, r.text, grams)
		} else if words--; words >= 0 {
			x.word(s, joined(s.word[:0], r.text), true)
		}
	}
	for _, r := range s.runs {
		if r.han && len(r.text) == 1 && worded {
			x.beside(s, r.text[0])
		}
	}
}

// beside raises what words have met by a character that stands alone. By itself it says too little: 补办身份证, without 办, is no
// question about 补贴.
func (x *Index) beside(s *scratch, alone rune) {
	list := x.grams[gram(alone, 0)]
	for _, p := range list {
		if s.whole[p.entry].mass > 0 {
			x.note(s, p.term, ByText, 100)
		}
	}
	s.end(x.rarity(len(list)))
}

// characters meets Chinese text by its pairs, at most so many, and returns how many are left. A pair that nobody has, between two
// that somebody has, is where two words meet (餐饮|许可): it weighs a quarter.
func (x *Index) characters(s *scratch, text []rune, most int) int {
	if len(text) == 1 {
		x.gram(s, gram(text[0], 0), 1)
		return most
	}
	some := func(i int) bool { return i >= 0 && i+1 < len(text) && len(x.grams[gram(text[i], text[i+1])]) > 0 }
	for i := 0; i+1 < len(text) && most > 0; i++ {
		most--
		part := int32(1)
		if !some(i) && some(i-1) && some(i+1) {
			part = 4
		}
		x.gram(s, gram(text[i], text[i+1]), part)
	}
	return most
}

// spaced tries several words of letters as one, as pinyin is typed with spaces: kai gong si.
func (x *Index) spaced(s *scratch) bool {
	if len(s.runs) < 2 || slices.ContainsFunc(s.folded, hanzi.Is) {
		return false
	}
	s.word = joined(s.word[:0], s.folded)
	if x.letters.prefix(s.word).empty() {
		return false
	}
	x.word(s, s.word, false)
	return true
}

// whole raises the entries one of whose terms is the query itself.
func (x *Index) whole(s *scratch) {
	s.word = joined(s.word[:0], s.folded)
	if len(s.word) == 0 {
		return
	}
	for _, id := range x.exact[string(s.word)] {
		x.note(s, id, ByText, exactShare)
	}
	s.end(x.rarity(0)) // its mass counts for who meets it, and against nobody
	s.mass = 0
}

// gram meets the entries that have a pair of characters, or one; it weighs a part of what its rarity says.
func (x *Index) gram(s *scratch, key uint64, part int32) {
	list := x.grams[key]
	for _, p := range list {
		x.note(s, p.term, ByText, 100)
	}
	s.end(x.rarity(len(list)) / part)
}

// word meets the terms that are read like a word of letters, or begin so.
func (x *Index) word(s *scratch, word []byte, typos bool) {
	s.visits = 0
	if len(word) == 0 {
		return
	}
	s.word = word
	x.read(s, x.letters, x.letters.prefix(word), len(word), ByPinyin, [3]int32{wholeRead, headRead, insideRead})
	x.read(s, x.initials, x.initials.prefix(word), len(word), ByInitials, [3]int32{wholeInitial, headInitial, insideIn})
	if len(s.parts) == 0 {
		x.mixed(s, word)
	}
	if len(s.parts) == 0 && typos && len(word) >= 4 {
		w := walk{index: x, scratch: s, word: word}
		w.typo(x.letters.all(), 0, 0, true)
	}
	s.end(x.rarity(min(len(s.parts), max(1, x.entries/2))))
}

// read notes the terms of a span of keys: shares are those of a whole reading, its beginning, and inside.
func (x *Index) read(s *scratch, k keys, in span, length int, how How, shares [3]int32) {
	for i := in.from; i < in.to && s.visits < maxVisits; i++ {
		s.visits++
		share := shares[1]
		switch {
		case k[i].at > 0 && length == 1:
			continue // one letter is the beginning of a name, or of nothing
		case k[i].at > 0:
			share = shares[2]
		case len(k[i].text) == length:
			share = shares[0]
		}
		by := how
		if how == ByPinyin && !x.terms[k[i].term].han {
			by = ByText
		}
		x.note(s, k[i].term, by, share)
	}
}

// note remembers the best meeting of an entry with the part of the query that is looked at.
func (x *Index) note(s *scratch, id int32, how How, share int32) {
	t := &x.terms[id]
	score := share * weights[t.In]
	m := &s.part[t.entry]
	if m.score == 0 {
		s.parts = append(s.parts, t.entry)
	}
	if score > m.score {
		m.score, m.term, m.how = score, id, how
	}
}

// end adds a part of the query to the whole; rarity is what the part weighs.
func (s *scratch) end(rarity int32) {
	s.mass += rarity
	for _, e := range s.parts {
		p, w := &s.part[e], &s.whole[e]
		score := int32(int64(p.score) * int64(rarity) / 10000)
		if w.mass == 0 {
			s.touched = append(s.touched, e)
		}
		if score > w.best || w.mass == 0 {
			w.best, w.term, w.how = score, p.term, p.how
		}
		w.score += score
		w.mass += rarity
		*p = meeting{}
	}
	s.parts = s.parts[:0]
}

func (s *scratch) clear() {
	for _, e := range s.touched {
		s.whole[e] = meeting{}
	}
	s.touched = s.touched[:0]
}

// ranked appends the best entries: those that meet half of the query or more, or only the close ones.
func (x *Index) ranked(s *scratch, most int, keep func(int) bool, hits []Hit, close bool) []Hit {
	from := len(hits)
	for _, e := range s.touched {
		m := &s.whole[e]
		if (m.mass*2 < s.mass) != close || keep != nil && !keep(int(e)) {
			continue
		}
		h := Hit{int(e), x.terms[m.term].In, m.how, x.terms[m.term].Text, close, m.score}
		if len(hits)-from >= most {
			if most <= 0 || !h.before(hits[len(hits)-1]) {
				continue
			}
			hits = hits[:len(hits)-1]
		}
		at, _ := slices.BinarySearchFunc(hits[from:], h, func(a, b Hit) int {
			if a.before(b) {
				return -1
			}
			return 1
		})
		hits = slices.Insert(hits, from+at, h)
	}
	return hits
}

func (h Hit) before(o Hit) bool {
	if h.score != o.score {
		return h.score > o.score
	}
	return h.Entry < o.Entry
}

// bySound looks for other characters that are read alike: 开公私 for 开公司. A long query is a sentence, and no slip of the
// keyboard's choice of characters.
func (x *Index) bySound(asked []run, most int, keep func(int) bool, hits []Hit) []Hit {
	s := x.scratch.Get().(*scratch)
	defer x.scratch.Put(s)
	defer s.clear()
	s.mass = 0
	for _, r := range asked {
		if r.han && len(r.text) > maxSound {
			return hits
		}
		s.sound = joined(s.sound[:0], r.text)
		if r.han {
			s.sound = s.sound[:0]
			for _, syllable := range hanzi.Syllables(r.text) {
				s.sound = append(s.sound, syllable...)
			}
		}
		if !r.han || len(r.text) > 1 { // one character sounds like too many others
			x.word(s, s.sound, true)
		}
	}
	from := len(hits)
	hits = x.ranked(s, most, keep, hits, false)
	for i := range hits[from:] {
		if h := &hits[from+i]; h.How == ByPinyin {
			h.How = BySound
		}
	}
	return hits
}
