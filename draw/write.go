package draw

import "strconv"

// writer appends canonical JSON as RFC 8785 defines it: no white space, members in the order of their names (written in that order
// here), the shortest escapes.
type writer struct {
	buf  []byte
	rest bool // a member or element stands before
}

func (w *writer) comma() {
	if w.rest {
		w.buf = append(w.buf, ',')
	}
	w.rest = true
}

func (w *writer) open(c byte) {
	w.buf = append(w.buf, c)
	w.rest = false
}

func (w *writer) close(c byte) {
	w.buf = append(w.buf, c)
	w.rest = true
}

// key begins a member.
func (w *writer) key(name string) {
	w.comma()
	w.buf = append(w.buf, '"')
	w.buf = append(w.buf, name...)
	w.buf = append(w.buf, '"', ':')
	w.rest = false
}

// string writes a value.
func (w *writer) string(s string) {
	w.buf = appendText(w.buf, s)
	w.rest = true
}

// raw writes a value that is canonical JSON already.
func (w *writer) raw(text string) {
	w.buf = append(w.buf, text...)
	w.rest = true
}

func (w *writer) text(name, s string) {
	w.key(name)
	w.string(s)
}

// optional writes a member only if the text is not empty.
func (w *writer) optional(name, s string) {
	if s != "" {
		w.text(name, s)
	}
}

func (w *writer) integer(name string, n int64) {
	w.key(name)
	w.buf = strconv.AppendInt(w.buf, n, 10)
	w.rest = true
}

// count writes a member only if the number is not zero.
func (w *writer) count(name string, n int64) {
	if n != 0 {
		w.integer(name, n)
	}
}

// texts writes an array, also an empty one.
func (w *writer) texts(name string, all []string) {
	w.key(name)
	w.open('[')
	for _, s := range all {
		w.comma()
		w.string(s)
	}
	w.close(']')
}

// some writes an array only if it is not empty.
func (w *writer) some(name string, all []string) {
	if len(all) > 0 {
		w.texts(name, all)
	}
}

// appendText appends a string with the escapes of RFC 8785 section 3.2.2.2.
func appendText(b []byte, s string) []byte {
	const digits = "0123456789abcdef"
	b = append(b, '"')
	from := 0
	for i := range len(s) {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' {
			continue
		}
		b = append(b, s[from:i]...)
		from = i + 1
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\b':
			b = append(b, '\\', 'b')
		case '\f':
			b = append(b, '\\', 'f')
		case '\n':
			b = append(b, '\\', 'n')
		case '\r':
			b = append(b, '\\', 'r')
		case '\t':
			b = append(b, '\\', 't')
		default:
			b = append(b, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
		}
	}
	b = append(b, s[from:]...)
	return append(b, '"')
}
