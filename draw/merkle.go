package draw

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// Hash is a SHA-256 hash.
type Hash [sha256.Size]byte

// String writes the hash in lower-case hexadecimal.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// root is the Merkle tree hash of RFC 6962 section 2.1 over n lines. line appends the i-th to its argument.
func root(n int, line func(i int, b []byte) []byte) Hash {
	var stack []Hash // roots of complete subtrees, the largest first
	var buf []byte
	for i := range n {
		buf = line(i, append(buf[:0], 0))
		h := Hash(sha256.Sum256(buf))
		for size := i; size&1 == 1; size >>= 1 {
			h = node(stack[len(stack)-1], h)
			stack = stack[:len(stack)-1]
		}
		stack = append(stack, h)
	}
	if n == 0 {
		return sha256.Sum256(nil)
	}
	h := stack[len(stack)-1]
	for i := len(stack) - 2; i >= 0; i-- {
		h = node(stack[i], h)
	}
	return h
}

// list is candidates or inspectors as a record holds them: the JSON array of their lines, and its root.
type list struct {
	text string
	root Hash
}

// listIn is the list of so many lines that a text holds already.
func listIn(text string, n int, length func(i int) int) list {
	at := len("[")
	return list{text, root(n, func(i int, b []byte) []byte {
		end := at + length(i)
		b = append(b, text[at:end]...)
		at = end + len(",")
		return b
	})}
}

func listOf[T any](all []T, line func(T, []byte) []byte) list {
	var text strings.Builder
	text.Grow(64*len(all) + len("[]"))
	text.WriteByte('[')
	r := root(len(all), func(i int, b []byte) []byte {
		if i > 0 {
			text.WriteByte(',')
		}
		begin := len(b)
		b = line(all[i], b)
		text.Write(b[begin:])
		return b
	})
	text.WriteByte(']')
	return list{text.String(), r}
}

func node(left, right Hash) Hash {
	var b [1 + 2*sha256.Size]byte
	b[0] = 1
	copy(b[1:], left[:])
	copy(b[1+sha256.Size:], right[:])
	return sha256.Sum256(b[:])
}

// path is the audit path of RFC 6962 section 2.1.1 for the m-th of the n lines from begin on, the lowest first.
func path(m, begin, n int, line func(i int, b []byte) []byte) []Hash {
	if n == 1 {
		return nil
	}
	k := 1
	for k*2 < n {
		k *= 2
	}
	part := func(from, size int) Hash {
		return root(size, func(i int, b []byte) []byte { return line(from+i, b) })
	}
	if m < k {
		return append(path(m, begin, k, line), part(begin+k, n-k))
	}
	return append(path(m-k, begin+k, n-k, line), part(begin, k))
}

// Membership proves that a line stands in a committed list.
type Membership struct {
	Line  string // canonical JSON of the candidate or inspector
	Index int    // from 0, in the order of the ids
	Size  int    // of the list
	Path  []Hash // from the leaf's neighbour up
}

// Holds reports whether the line stands at its place in the list with the root (RFC 9162 section 2.1.3.2).
func (m Membership) Holds(list Hash) bool {
	if m.Index < 0 || m.Index >= m.Size {
		return false
	}
	h := Hash(sha256.Sum256(append([]byte{0}, m.Line...)))
	at, last := m.Index, m.Size-1
	for _, p := range m.Path {
		if last == 0 {
			return false
		}
		if at&1 == 1 || at == last {
			h = node(p, h)
			for at&1 == 0 && at != 0 {
				at, last = at>>1, last>>1
			}
		} else {
			h = node(h, p)
		}
		at, last = at>>1, last>>1
	}
	return last == 0 && h == list
}
