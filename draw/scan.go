package draw

import (
	"slices"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// scanner reads the JSON of plans and records: a subset of I-JSON (RFC 7493) without fractions and null, in which every member of an object is
// known and stands once. The first fault stays; after it everything reads as nothing. Texts are parts of data, not copies.
type scanner struct {
	data  string
	pos   int
	depth int
	fault *Fault
}

const maxDepth = 8

// fail says what stands in the way, one of syntaxes; got is what is quoted in it.
func (s *scanner) fail(want, got string) {
	if s.fault == nil {
		s.fault = &Fault{Code: "json.syntax", At: number(s.pos), Got: got, Want: want}
	}
}

func (s *scanner) refuse(f *Fault) {
	if s.fault == nil {
		s.fault = f
	}
}

// err is the first fault as an error.
func (s *scanner) err() error {
	if s.fault == nil {
		return nil
	}
	return s.fault
}

// peek skips white space and returns the next byte, 0 at the end.
func (s *scanner) peek() byte {
	for s.pos < len(s.data) {
		switch c := s.data[s.pos]; c {
		case ' ', '\t', '\n', '\r':
			s.pos++
		default:
			return c
		}
	}
	return 0
}

func (s *scanner) take(c byte) bool {
	if s.fault == nil && s.peek() == c {
		s.pos++
		return true
	}
	return false
}

func (s *scanner) expect(c byte) {
	if !s.take(c) {
		s.fail("expected {got}", strconv.QuoteRune(rune(c)))
	}
}

func (s *scanner) enter() {
	if s.depth++; s.depth > maxDepth {
		s.fail("nested too deeply", "")
	}
}

// end wants nothing but white space to follow.
func (s *scanner) end() {
	if s.fault == nil && (s.peek() != 0 || s.pos < len(s.data)) {
		s.fail("expected the end", "")
	}
}

// object reads an object; member reads the value of a key and reports whether it knows the key.
func (s *scanner) object(member func(key string) bool) {
	s.enter()
	s.expect('{')
	var seen [24]string
	keys := seen[:0]
	for more := !s.take('}'); more && s.fault == nil; {
		s.peek()
		at := s.pos
		key := s.text()
		s.expect(':')
		if s.fault == nil && (slices.Contains(keys, key) || !member(key)) {
			s.pos = at
			s.fail("unknown or repeated member {got}", strconv.Quote(shown(key)))
		}
		keys = append(keys, key)
		if more = s.take(','); !more {
			s.expect('}')
		}
	}
	s.depth--
}

// array reads an array of at most limit elements.
func (s *scanner) array(what string, limit int, element func()) {
	s.enter()
	s.expect('[')
	n := 0
	for more := !s.take(']'); more && s.fault == nil; {
		if n++; n > limit {
			s.refuse(&Fault{Code: "plan.many", At: what, Want: number(limit)})
		}
		element()
		if more = s.take(','); !more {
			s.expect(']')
		}
	}
	s.depth--
}

// integer reads a whole number that every JSON reader keeps exactly: up to 2^53-1, without sign, fraction and exponent.
func (s *scanner) integer() int64 {
	s.peek()
	begin := s.pos
	for s.pos < len(s.data) && s.data[s.pos] >= '0' && s.data[s.pos] <= '9' {
		s.pos++
	}
	digits := s.data[begin:s.pos]
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n > maxInteger || len(digits) > 1 && digits[0] == '0' {
		s.pos = begin
		s.fail("expected a whole number from 0 to 9007199254740991", "")
		return 0
	}
	return n
}

// text reads a string.
func (s *scanner) text() string {
	s.expect('"')
	if s.fault != nil {
		return ""
	}
	begin := s.pos
	for s.pos < len(s.data) {
		switch c := s.data[s.pos]; {
		case c == '"':
			raw := s.data[begin:s.pos]
			if !utf8.ValidString(raw) {
				s.fail("the text is not UTF-8", "")
				return ""
			}
			s.pos++
			return raw
		case c == '\\':
			return s.escaped(begin)
		case c < 0x20:
			s.fail("a control character must be escaped", "")
			return ""
		}
		s.pos++
	}
	s.fail("the text does not end", "")
	return ""
}

// plain is how many bytes at the beginning of a text are ASCII that JSON writes as it is.
func plain(s string) int {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return i
		}
	}
	return len(s)
}

// escaped reads a string that has a backslash at the present place.
func (s *scanner) escaped(begin int) string {
	out := []byte(s.data[begin:s.pos])
	for s.pos < len(s.data) && s.fault == nil {
		c := s.data[s.pos]
		s.pos++
		switch {
		case c == '"':
			if !utf8.Valid(out) {
				s.fail("the text is not UTF-8", "")
				return ""
			}
			return string(out)
		case c < 0x20:
			s.fail("a control character must be escaped", "")
		case c == '\\':
			out = s.escape(out)
		default:
			out = append(out, c)
		}
	}
	s.fail("the text does not end", "")
	return ""
}

func (s *scanner) escape(out []byte) []byte {
	if s.pos >= len(s.data) {
		return out
	}
	c := s.data[s.pos]
	s.pos++
	switch c {
	case '"', '\\', '/':
		return append(out, c)
	case 'b':
		return append(out, '\b')
	case 'f':
		return append(out, '\f')
	case 'n':
		return append(out, '\n')
	case 'r':
		return append(out, '\r')
	case 't':
		return append(out, '\t')
	case 'u':
		r := s.unit()
		if utf16.IsSurrogate(r) {
			if s.pos+1 < len(s.data) && s.data[s.pos] == '\\' && s.data[s.pos+1] == 'u' {
				s.pos += 2
				r = utf16.DecodeRune(r, s.unit())
			} else {
				r = utf8.RuneError
			}
			if r == utf8.RuneError {
				s.fail("half a surrogate pair", "")
			}
		}
		return utf8.AppendRune(out, r)
	}
	s.fail("unknown escape", "")
	return out
}

// unit reads four hexadecimal digits.
func (s *scanner) unit() rune {
	if s.pos+4 > len(s.data) {
		s.fail("expected four hexadecimal digits", "")
		return 0
	}
	n, err := strconv.ParseUint(s.data[s.pos:s.pos+4], 16, 16)
	if err != nil {
		s.fail("expected four hexadecimal digits", "")
		return 0
	}
	s.pos += 4
	return rune(n)
}

// skip reads any value and forgets it.
func (s *scanner) skip() {
	switch c := s.peek(); {
	case c == '{':
		s.object(func(string) bool { s.skip(); return true })
	case c == '[':
		s.array("json", MaxBytes, s.skip)
	case c == '"':
		s.text()
	default:
		s.integer()
	}
}
