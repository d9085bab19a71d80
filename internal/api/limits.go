package api

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"net"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"
)

// Bounds on what is read.
const (
	maxBody     = 1 << 20 // bytes of JSON
	maxDepth    = 32      // objects and arrays within one another
	maxValues   = 10_000  // keys and elements of all of them
	maxNumber   = 40      // characters
	maxExponent = 3       // characters with its sign: a float64 ends at 1e308
	maxQuery    = 4 << 10 // bytes of parameters
	maxReading  = 4096    // bodies that are read at one time
	bodyTime    = 10 * time.Second
	uploadTime  = 10 * time.Minute
)

// Paths whose body is a file.
const (
	filesPath = Prefix + "/files"
	packsPath = Prefix + "/packs"
)

// limits bounds every request before anything else looks at it: how many run, how long, and what their bodies are. A body
// is read before its request takes a place among those that run: who sends slowly keeps nobody else from working.
func (a *API) limits(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		room, allowed, reading := a.o.Work, a.o.Timeout, bodyTime
		upload := a.files[r.URL.Path] && r.Method == http.MethodPost
		if upload {
			room, allowed, reading = a.uploads, uploadTime, uploadTime
		}
		ex := of(r.Context())
		if !upload && room.Full() {
			ex.write(w, ex.busy(w))
			return
		}
		if r.Body != nil && r.Body != http.NoBody {
			// A writer without deadlines (a test recorder) has no slow client either.
			_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(reading))
		}
		if p := ex.unreadable(r); p != nil {
			ex.write(w, p)
			return
		}
		if !upload {
			if p := a.whole(ex, w, r); p != nil {
				ex.write(w, p)
				return
			}
		}
		if !room.Enter(r.Context()) {
			ex.write(w, ex.busy(w))
			return
		}
		defer room.Leave()
		ctx, cancel := context.WithTimeout(r.Context(), allowed)
		defer cancel()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// whole reads the body of a request, one of so many that may be read at one time.
func (a *API) whole(ex *exchange, w http.ResponseWriter, r *http.Request) *Problem {
	if r.Body != nil && r.Body != http.NoBody {
		if !a.reading.Enter(r.Context()) {
			return ex.busy(w)
		}
		defer a.reading.Leave()
	}
	if p := ex.bodyOf(w, r); p != nil {
		return p
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Time{}) // it has come; the server takes a deadline that passes for a client that is gone
	return nil
}

// busy is the answer to a request for which there is no room.
func (ex *exchange) busy(w http.ResponseWriter) *Problem {
	w.Header().Set("Retry-After", "5")
	return ex.problem(http.StatusServiceUnavailable, codeBusy)
}

// unreadable refuses an address that no honest client sends, and a body that would have to be unpacked.
func (ex *exchange) unreadable(r *http.Request) *Problem {
	if len(r.URL.RawQuery) > maxQuery {
		return ex.problem(http.StatusRequestURITooLong, codeTooLarge)
	}
	for _, values := range r.URL.Query() {
		for _, v := range values {
			if !clean(v) {
				return ex.problem(http.StatusBadRequest, codeText)
			}
		}
	}
	if !clean(r.URL.Path) {
		return ex.problem(http.StatusBadRequest, codeText)
	}
	if packed := r.Header.Get("Content-Encoding"); packed != "" && !strings.EqualFold(packed, "identity") {
		return ex.problem(http.StatusUnsupportedMediaType, codeEncoding)
	}
	return nil
}

func clean(s string) bool { return utf8.ValidString(s) && !strings.Contains(s, "\x00") }

// bodyOf reads the body of a request and checks it, so that what comes after may decode it without fear. No body is {}.
func (ex *exchange) bodyOf(w http.ResponseWriter, r *http.Request) *Problem {
	if r.Body == nil || r.Body == http.NoBody {
		if r.Method == http.MethodPost {
			r.Body = io.NopCloser(strings.NewReader("{}"))
		}
		return nil
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return ex.unread(err)
	}
	if len(bytes.TrimSpace(body)) == 0 {
		body = []byte("{}")
	} else if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return ex.problem(http.StatusUnsupportedMediaType, codeMediaType)
	}
	if code := checkJSON(body); code != "" {
		return ex.problem(http.StatusBadRequest, code)
	}
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return nil
}

// unread says why a body could not be read.
func (ex *exchange) unread(err error) *Problem {
	var large *http.MaxBytesError
	var slow net.Error
	switch {
	case errors.As(err, &large):
		return ex.problem(http.StatusRequestEntityTooLarge, codeTooLarge)
	case errors.As(err, &slow) && slow.Timeout(), errors.Is(err, context.DeadlineExceeded):
		return ex.problem(http.StatusRequestTimeout, codeTimeout)
	}
	return ex.problem(http.StatusBadRequest, codeCut)
}

// checkJSON bounds a JSON text without decoding it: one pass, no allocation. It returns the code of what is wrong, or "".
// It does not find every fault of syntax; decoding does.
func checkJSON(b []byte) string {
	if !utf8.Valid(b) || bytes.IndexByte(b, 0) >= 0 {
		return codeText
	}
	depth, values := 0, 0
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case c == '"':
			end, ok := stringEnd(b, i+1)
			if !ok {
				return codeText
			}
			i = end
		case c == '{' || c == '[':
			depth, values = depth+1, values+1
		case c == '}' || c == ']':
			depth--
		case c == ',':
			values++
		case c == '-' || c >= '0' && c <= '9':
			end, ok := numberEnd(b, i)
			if !ok {
				return codeNumber
			}
			i = end - 1
		}
		if depth > maxDepth {
			return codeDepth
		}
		if values > maxValues {
			return codeValues
		}
	}
	return ""
}

// numberEnd finds the end of a number that begins at i, and refuses a long one and one with a large exponent.
func numberEnd(b []byte, i int) (end int, ok bool) {
	begin, exponent := i, 0
	for ; i < len(b); i++ {
		switch c := b[i]; {
		case c == 'e' || c == 'E':
			exponent = i
		case (c < '0' || c > '9') && c != '.' && c != '-' && c != '+':
			return i, true
		}
		if i-begin >= maxNumber || exponent > 0 && i-exponent > maxExponent {
			return 0, false
		}
	}
	return i, true
}

// stringEnd finds the quote that ends a string which begins at i. It refuses escapes for NUL and for halves of a
// surrogate pair, which decoding would change silently.
func stringEnd(b []byte, i int) (end int, ok bool) {
	for ; i < len(b); i++ {
		switch b[i] {
		case '"':
			return i, true
		case '\\':
			i++
			if i >= len(b) || b[i] != 'u' {
				continue
			}
			switch r := hex4(b, i+1); {
			case r == 0, r >= 0xDC00 && r <= 0xDFFF:
				return 0, false
			case r >= 0xD800 && r <= 0xDBFF:
				if i+6 >= len(b) || b[i+5] != '\\' || b[i+6] != 'u' {
					return 0, false
				}
				if low := hex4(b, i+7); low < 0xDC00 || low > 0xDFFF {
					return 0, false
				}
				i += 10
			}
		}
	}
	return i, true // not ended: decoding says so
}

// hex4 reads the four digits of an escape, or returns -1.
func hex4(b []byte, i int) rune {
	if i+4 > len(b) {
		return -1
	}
	var r rune
	for _, c := range b[i : i+4] {
		switch {
		case c >= '0' && c <= '9':
			r = r<<4 | rune(c-'0')
		case c >= 'a' && c <= 'f':
			r = r<<4 | rune(c-'a'+10)
		case c >= 'A' && c <= 'F':
			r = r<<4 | rune(c-'A'+10)
		default:
			return -1
		}
	}
	return r
}
