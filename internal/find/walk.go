package find

// walk looks through sorted keys as through a tree, one letter a step.
type walk struct {
	index   *Index
	scratch *scratch
	word    []byte
	steps   int
}

// mixed finds terms by full syllables and first letters in any mixture: kaigs, kgongsi. It follows the initials, and then holds
// what it finds against the syllables themselves.
func (x *Index) mixed(s *scratch, word []byte) {
	w := walk{index: x, scratch: s, word: word}
	w.mix(x.initials.all(), 0, 0)
}

// mix goes on at letter i of the word and unit depth of the keys.
func (w *walk) mix(in span, depth, i int) {
	if w.steps++; in.empty() || w.steps > maxWalk {
		return
	}
	if i == len(w.word) {
		w.verify(in)
		return
	}
	next := w.index.initials.narrow(in, depth, w.word[i])
	for n := 1; i+n <= len(w.word) && !next.empty(); n++ {
		if n > 1 && !w.index.syllables[string(w.word[i:i+n])] {
			break
		}
		w.mix(next, depth+1, i+n)
	}
}

func (w *walk) verify(in span) {
	s := w.scratch
	for i := in.from; i < in.to && s.visits < maxVisits; i++ {
		s.visits++
		k := w.index.initials[i]
		if t := &w.index.terms[k.term]; spells(w.word, t.units[k.at:]) {
			share := int32(mixedRead)
			if k.at > 0 {
				share -= 15
			}
			w.index.note(s, k.term, ByMixed, share)
		}
	}
}

// spells reports whether a word is made of beginnings of the units, one after the other.
func spells(word []byte, units []string) bool {
	if len(word) == 0 {
		return true
	}
	if len(units) == 0 {
		return false
	}
	for n := 0; n < len(units[0]) && n < len(word) && units[0][n] == word[n]; n++ {
		if spells(word[n+1:], units[1:]) {
			return true
		}
	}
	return false
}

// typo finds keys that begin with the word but for one letter: another one, one too many, one too few, or two that changed places.
// It goes on at letter i of the word and depth of the keys; spare says that no letter was wrong so far.
func (w *walk) typo(in span, depth, i int, spare bool) {
	if w.steps++; in.empty() || w.steps > maxWalk {
		return
	}
	k := w.index.letters
	if i == len(w.word) {
		w.index.read(w.scratch, k, in, -1, ByTypo, [3]int32{typoRead, typoRead, typoRead - 15})
		return
	}
	c := w.word[i]
	w.typo(k.narrow(in, depth, c), depth+1, i+1, spare)
	if !spare {
		return
	}
	w.typo(in, depth, i+1, false) // one too many
	if i+1 < len(w.word) && w.word[i+1] != c {
		w.typo(k.narrow(k.narrow(in, depth, w.word[i+1]), depth+1, c), depth+2, i+2, false) // changed places
	}
	for from := in.from; from < in.to; {
		other := k.letter(from, depth)
		below := span{from, k.first(span{from, in.to}, depth, other+1)}
		from = below.to
		if other == 0 {
			continue // the key ends here
		}
		w.typo(below, depth+1, i, false) // one too few
		if other != c {
			w.typo(below, depth+1, i+1, false) // another one
		}
	}
}
